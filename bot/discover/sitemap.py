"""Sitemaps: news sitemaps, plain ones and their indexes, gzip or not, and plain lists of addresses.

Read as a stream without entities and without network. Limits of the protocol: 50,000 addresses, 50 MB unpacked.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from bot.discover.feed import absolute, refuse_declarations
from bot.discover.found import MAX_ENTRIES, Entry, Found, FoundKind, plain
from bot.discover.tags import escaped, is_cut, narrow
from bot.errors import ExtractError

MAX_UNPACKED = 50_000_000
_OF_PICTURES = re.compile(r"sitemap-(?:image|video)")
"""Namespaces whose ``loc`` and ``title`` are those of a picture or film."""
_NUMBERS = re.compile(r"\d+")


def unpack(body: bytes, url: str) -> bytes:
    """The bytes behind gzip, at most 50 MB. Raises ExtractError for a bomb or a cut file."""
    if body[:2] != b"\x1f\x8b":
        return body
    inflater = zlib.decompressobj(wbits=31)
    try:
        data = inflater.decompress(body, MAX_UNPACKED + 1)
    except zlib.error as error:
        raise ExtractError("the sitemap is not whole gzip data", kind="not_feed", subject=url) from error
    if len(data) > MAX_UNPACKED:
        raise ExtractError("the sitemap unpacks to more than 50 MB", kind="too_large", subject=url)
    if not inflater.eof:
        raise ExtractError("the sitemap's gzip data is cut off", kind="truncated", subject=url)
    return data


def read_sitemap(body: bytes, url: str) -> Found | None:
    """The sitemap or sitemap index in these bytes, None where they are none."""
    body = narrow(body)
    if _ROOT.search(body[:20_000]) is None:
        return _lines(body, url) if _ADDRESS.match(body[:5_000].lower()) else None
    refuse_declarations(body, url)
    cut = is_cut(body)
    entries: dict[str, Entry] = {}
    parts: list[tuple[str, str]] = []
    for count, (name, fields) in enumerate(_records(escaped(body))):
        if count >= MAX_ENTRIES:
            break
        address = absolute(fields.get("loc", ""), url)
        if address is None:
            continue
        if name == "sitemap":
            parts.append((fields.get("lastmod", ""), address))
            continue
        entries.setdefault(address, _entry(address, fields))
    if cut and (entries or parts):
        _ = entries.popitem() if entries else parts.pop()
    if parts and not entries:
        newest = [address for _, address in sorted(parts, key=_newness, reverse=True)]
        return Found(kind=FoundKind.SITEMAP_INDEX, parts=tuple(newest[:MAX_ENTRIES]))
    return Found(kind=FoundKind.SITEMAP, entries=tuple(entries.values()))


_ROOT = re.compile(rb"<(?:\w{1,20}:)?(?:urlset|sitemapindex)[\s>]", re.IGNORECASE)
_ADDRESS = re.compile(rb"(?:\xef\xbb\xbf)?\s*https?://\S+\s*(?:\n|\Z)")


def _lines(body: bytes, url: str) -> Found | None:
    """A sitemap that is a text with an address on each line; None where a line is none."""
    lines = [line.strip() for line in body.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    found = [absolute(line, url) if line[:4].lower() == "http" and " " not in line else None for line in lines]
    addresses = [one for one in found if one is not None]
    if len(addresses) < len(lines):
        return None
    return Found(kind=FoundKind.SITEMAP, entries=tuple(map(_bare, dict.fromkeys(addresses[:MAX_ENTRIES]))))


def _bare(address: str) -> Entry:
    return Entry(url=address)


def _newness(part: tuple[str, str]) -> tuple[bool, str, tuple[int, ...]]:
    """News sitemaps first, then by their day, then by the numbers in their address ("sitemap-2026-11.xml")."""
    day, address = part
    return "news" in urlsplit(address).path.lower(), day, tuple(int(one[:9]) for one in _NUMBERS.findall(address))


def _entry(address: str, fields: dict[str, str]) -> Entry:
    when = fields.get("publication_date") or fields.get("lastmod") or ""
    return Entry(url=address, title=plain(fields.get("title")), published_at=_date(when))


def _records(body: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Each ``url`` or ``sitemap`` element with the texts of its fields by local name."""
    fields: dict[str, str] = {}
    stream: Any = etree.iterparse(
        io.BytesIO(body),
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
    )
    try:
        for _, element in stream:
            qualified = etree.QName(element) if isinstance(element.tag, str) else None
            name = qualified.localname.lower() if qualified is not None else ""
            if qualified is not None and _OF_PICTURES.search(qualified.namespace or ""):
                continue
            if name in ("url", "sitemap"):
                yield name, fields
                fields = {}
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif name in ("loc", "lastmod", "publication_date", "title") and element.text:
                fields.setdefault(name, element.text.strip()[:4000])
    except etree.XMLSyntaxError:
        return


def _date(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
