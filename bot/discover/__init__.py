"""From a feed, sitemap, section or home page to story addresses. CPU only."""

from __future__ import annotations

import re

from bot.discover.found import Entry, Found, FoundKind, Offer
from bot.errors import ExtractError

__all__ = ["Entry", "Found", "FoundKind", "Offer", "read"]

_FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:rdf|urlset|sitemapindex)[\s>]")
"""Even where it stands in a page, or before one that its first description quotes."""


def read(body: bytes, url: str = "", content_type: str = "") -> Found:
    """What a document offers, whatever it is: feed, sitemap, sitemap index, section or home page.

    Raises ExtractError where it is none of these, is hostile, or is too large.
    """
    from bot.discover.feed import read_feed
    from bot.discover.section import read_page
    from bot.discover.sitemap import MAX_UNPACKED, read_sitemap, unpack

    body = unpack(body, url)
    if len(body) > MAX_UNPACKED:
        size = len(body) // 1_000_000
        raise ExtractError(f"the document is {size} MB, too large for a feed or sitemap", kind="too_large", subject=url)
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:600].lower()
    is_html = _FEED_ROOT.search(start) is None and (start.startswith(b"<!doctype html") or b"<html" in start)
    if not is_html:
        found = read_sitemap(body, url) or read_feed(body, url, content_type)
        if found is not None:
            return found
    page = None if start[:1] in (b"{", b"[") else read_page(body, url, content_type)
    if page is None or not (page.entries or page.feeds):
        words = "no feed, sitemap or list of stories is in this document; one story is watched with: stet add"
        raise ExtractError(words, kind="not_feed", subject=url)
    return page
