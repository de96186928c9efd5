"""Feeds: RSS 0.9x to 2.0, RDF, Atom through feedparser, and JSON Feed. CPU only; nothing is fetched from here.

A document with a DTD's own declarations is refused before any parser sees it: a "billion laughs" costs feedparser
seconds and a hundred megabytes.
"""

from __future__ import annotations

import io
import json
import re
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.discover.found import MAX_ENTRIES, Entry, Found, FoundKind, plain
from bot.discover.tags import absurd, is_cut
from bot.errors import ExtractError

_BOMB = re.compile(rb"<!(?:ENTITY|DOCTYPE[^>\[]{0,2000}\[)", re.IGNORECASE)
_BASE = re.compile(rb"""<(?:feed|rss|rdf:RDF)\b[^>]{0,2000}?\bxml:base\s*=\s*["']([^"'<>]{1,2000})""")
_TAGS = re.compile(r"<[^>]{0,500}>")
MAX_BYTES = 10_000_000
"""feedparser takes half a second for a megabyte."""


def refuse_declarations(body: bytes, url: str) -> None:
    """Raise ExtractError where XML declares entities of its own, or gives an element hundreds of attributes.

    Parsers take quadratic time over the latter: half a minute for fifty thousand.
    """
    wide = body[:4].startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00<" in body[:8] or b"<\x00" in body[:8]
    head = body.replace(b"\x00", b"") if wide else body
    if _BOMB.search(head):
        raise ExtractError("the XML declares entities of its own and is not read", kind="not_feed", subject=url)
    if next(absurd(head), None) is not None:
        raise ExtractError("the XML has a tag of hundreds of attributes and is not read", kind="not_feed", subject=url)


def read_feed(body: bytes, url: str, content_type: str = "") -> Found | None:
    """The feed in these bytes, None where they are none. Raises ExtractError for what is hostile or too large."""
    if len(body) > MAX_BYTES:
        raise ExtractError(f"the feed is {len(body) // 1_000_000} MB; that is no feed", kind="too_large", subject=url)
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"{":
        return _json_feed(body, url)
    refuse_declarations(body, url)
    return _xml_feed(body, url, content_type)


def _xml_feed(body: bytes, url: str, content_type: str) -> Found | None:
    import feedparser

    try:
        parsed: Any = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-location": url, "content-type": content_type or "application/xml"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # feedparser raises what its parsers raise: any of them means "no feed"
        raise ExtractError("the feed could not be read", kind="not_feed", subject=url) from error
    if not parsed.get("version") and not parsed.get("entries"):
        return None
    told = _BASE.search(body[:4_000])
    base = parsed.feed.get("link") or url
    if told:
        base = absolute(told.group(1).decode("utf-8", "replace"), url) or url
    entries: dict[str, Entry] = {}
    for item in parsed.entries[: -1 if is_cut(body) else None][:MAX_ENTRIES]:
        entry = _entry(item, url, base)
        if entry is not None:
            entries.setdefault(entry.url, entry)
    return Found(kind=FoundKind.FEED, title=_words(parsed.feed.get("title")), entries=tuple(entries.values()))


def _entry(item: Any, url: str, base: str) -> Entry | None:
    link = _link(item)
    address = absolute(link, base if urlsplit(str(base)).scheme in ("http", "https") else url) if link else None
    if address is None:
        return None
    return Entry(
        url=address,
        title=_words(item.get("title")),
        # Asked as a plain dict: feedparser's own access warns where one date stands in for the other.
        published_at=_when(dict.get(item, "published_parsed")) or _when(dict.get(item, "updated_parsed")),
    )


def _link(item: Any) -> str:
    """The story's own address: an ``alternate`` link, the original behind a proxy feed, or a permalink guid."""
    original = item.get("feedburner_origlink")
    if original:
        return str(original)
    for link in item.get("links", ()):
        if link.get("rel") == "alternate" and link.get("href") and "html" in (link.get("type") or "html"):
            return str(link["href"])
    for link in item.get("links", ()):  # of a type that is wrong, or that of a feed
        if link.get("rel") == "alternate" and link.get("href"):
            return str(link["href"])
    if item.get("link"):
        return str(item["link"])
    guid = str(item.get("id") or "")
    return guid if guid.startswith(("http://", "https://")) else ""


def _json_feed(body: bytes, url: str) -> Found | None:
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, Mapping) or not isinstance(document.get("items"), list):
        return None
    entries: dict[str, Entry] = {}
    for item in document["items"][:MAX_ENTRIES]:
        if not isinstance(item, Mapping):
            continue
        address = absolute(str(item.get("url") or item.get("external_url") or item.get("id") or ""), url)
        if address is None:
            continue
        when = _iso(item.get("date_published")) or _iso(item.get("date_modified"))
        entries.setdefault(address, Entry(url=address, title=_words(item.get("title")), published_at=when))
    return Found(kind=FoundKind.FEED, title=_words(document.get("title")), entries=tuple(entries.values()))


def absolute(link: str, base: str) -> str | None:
    """``link`` as an absolute http(s) address, None where it is none."""
    try:
        address = urljoin(base, link.strip())
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or len(address) > 4000:
        return None
    return address.partition("#")[0]


def _words(value: Any) -> str:
    return plain(_TAGS.sub(" ", value)) if isinstance(value, str) else ""


def _when(parsed: Any) -> datetime | None:
    if not parsed:
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _iso(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
