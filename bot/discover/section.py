"""Section and home pages: the links that look like stories, and the feeds and sitemaps a page offers.

A link looks like a story when its address does (a date, a long slug, a number) and its words read like a headline.
Links to sections, tags, authors, accounts, shops and other sites never do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

from bot.discover.address import host_of, key_of
from bot.discover.feed import absolute
from bot.discover.found import Entry, Found, FoundKind, Offer, plain
from bot.discover.tags import tamed

MAX_LINKS = 20_000
MAX_BYTES = 10_000_000

_DATE = re.compile(r"/(?:19|20)\d\d[/-](?:[01]?\d|[a-z]{3})(?:[/-][0-3]?\d)?(?=/|-|$)", re.IGNORECASE)
_NUMBER = re.compile(r"(?:[-/_.]|id=)[a-z]?\d{5,}", re.IGNORECASE)
_NOT_STORIES = re.compile(
    r"/(?:tags?|topics?|themen?|author|authors|autor|auteurs?|by|profile|people|category|categories|rubrik|section|"
    r"sections|search|suche|login|signin|register|account|subscribe|abo|newsletters?|podcasts?|shop|store|jobs|about|"
    r"contact|kontakt|impressum|imprint|privacy|datenschutz|terms|cookies?|help|faq|rss|feeds?|sitemap|advert\w*|"
    r"careers|weather|wetter|horoscopes?|puzzles|crosswords?|archive|page|user|users|share|print|comments?)(?:/|$|\.)",
    re.IGNORECASE,
)
_FILES = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|css|js|xml|rss|atom|json|ico|woff2?)$", re.IGNORECASE)
_FEED_TYPES = (
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/xml",
    "text/xml",
)  # fmt: skip
# A word for "story" before a name that is a code: "/news/articles/cx2lnzzr0mxo".
_CODE = re.compile(
    r"/(?:articles?|story|stories|artikel|artikkel|artiklar|articolo|articoli|noticias?|noticia|nieuws|actualite|nota|"
    r"news|a)/(?=[\w-]*\d)[\w-]{7,}/?$",
    re.IGNORECASE,
)
_FEED_LINK = re.compile(r"(?:/(?:rss|feed|feeds|atom)(?:/|$|\.)|\.(?:rss|atom|rdf)$|[?&]feed=)", re.IGNORECASE)


def read_page(body: bytes, url: str) -> Found | None:
    """The stories and feeds a page links to; None where it is no HTML."""
    if b"<" not in body[:5000]:
        return None
    parser = html.HTMLParser(huge_tree=False, no_network=True, remove_comments=True, encoding=_encoding(body))
    try:
        tree: Any = html.document_fromstring(tamed(body[:MAX_BYTES]), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    base = absolute(str(next(iter(tree.xpath("//base/@href")), "")), url) or url
    title = plain(next(iter(tree.xpath("//title/text()")), ""))
    feeds = tuple(_offers(tree, base))
    entries = tuple(_stories(tree, base, url))
    home = urlsplit(url).path in ("", "/") if url else bool(feeds)
    return Found(kind=FoundKind.HOME if home else FoundKind.SECTION, title=title, entries=entries, feeds=feeds)


def looks_like_story(address: str, words: str) -> bool:
    """Whether a link with this address and these words leads to a story."""
    parts = urlsplit(address)
    path = parts.path
    if path in ("", "/") or _NOT_STORIES.search(path) or _FILES.search(path):
        return False
    segments = [segment for segment in path.split("/") if segment]
    slug = max(segments, key=len)
    hyphens = len(re.findall(r"[-_]", slug))
    named = 2 if hyphens >= 3 and len(slug) >= 20 else 1 if hyphens >= 2 and len(slug) >= 15 else 0
    dated, numbered = bool(_DATE.search(path)), bool(_NUMBER.search(f"{path}?{parts.query}"))
    headline = len(words.split()) >= 4 or (len(words) >= 10 and not words.isascii())
    coded = bool(_CODE.search(path))
    score = 2 * dated + 2 * numbered + 2 * coded + named + headline + (len(segments) >= 3)
    return headline and score >= 3


def _stories(tree: Any, base: str, url: str) -> Iterable[Entry]:
    site = host_of(url) or host_of(base)
    best: dict[str, Entry] = {}
    for count, link in enumerate(tree.iter("a")):
        if count > MAX_LINKS:
            break
        address = absolute(link.get("href") or "", base)
        if address is None or (site and not _same_site(host_of(address), site)):
            continue
        words = plain(" ".join(link.itertext()) or link.get("title") or link.get("aria-label"), 300)
        key = key_of(address)
        known = best.get(key)
        if known is not None:
            if len(words) > len(known.title):
                best[key] = Entry(url=known.url, title=words)
            continue
        best[key] = Entry(url=address, title=words)
    return [entry for entry in best.values() if looks_like_story(entry.url, entry.title)]


def _offers(tree: Any, base: str) -> Iterable[Offer]:
    seen: set[str] = set()
    for link in tree.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower()
        address = absolute(link.get("href") or "", base)
        if address is None or address in seen:
            continue
        if "alternate" in rel and kind in _FEED_TYPES:
            seen.add(address)
            yield Offer(url=address, title=plain(link.get("title"), 200))
        elif "sitemap" in rel:
            seen.add(address)
            yield Offer(url=address, title=plain(link.get("title"), 200), kind="sitemap")
    for count, link in enumerate(tree.iter("a")):
        if count > MAX_LINKS:
            break
        address = absolute(link.get("href") or "", base)
        if (
            address
            and address not in seen
            and _FEED_LINK.search(address)
            and _same_site(host_of(address), host_of(base))
        ):
            seen.add(address)
            yield Offer(url=address, title=plain(" ".join(link.itertext()), 200))


def _same_site(one: str, other: str) -> bool:
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _encoding(body: bytes) -> str | None:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"
