"""What a robots.txt and a site's usual addresses offer: sitemaps above all, which few pages link to."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from bot.discover.feed import absolute
from bot.discover.found import Offer

MAX_OFFERS = 40
_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
USUAL = ("/feed/", "/rss.xml", "/rss", "/sitemap-news.xml", "/sitemap.xml")
"""Where feeds and sitemaps usually are; tried where a site names none."""


def address(url: str) -> str:
    """The robots.txt of an address's site."""
    return urljoin(url, "/robots.txt")


def offers(body: bytes, url: str) -> tuple[Offer, ...]:
    """The sitemaps that a robots.txt names, news sitemaps first, each once; none where it is a page."""
    text = body[:1_000_000].decode("utf-8", "replace").lstrip("\ufeff")
    if text.lstrip()[:1] == "<":
        return ()
    found = dict.fromkeys(one for link in _LINE.findall(text) if (one := absolute(link, url)) is not None)
    ordered = sorted(found, key=lambda one: "news" not in urlsplit(one).path.lower())
    return tuple(Offer(url=one, title="robots.txt", kind="sitemap") for one in ordered[:MAX_OFFERS])
