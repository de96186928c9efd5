"""Absurd tags, found before a parser sees them: libxml2 and expat take quadratic time over attributes of one element.

Fifty thousand on one element are half a minute, two hundred thousand ten minutes; real pages have a few dozen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MANY = 400
_LEAST = 3
"""Bytes of the shortest attribute with the space before it."""
_TAG = re.compile(rb"""<[a-zA-Z](?>[^"'>]+|"[^"]*"|'[^']*')*+>?""")
_NAME = re.compile(rb"<[a-zA-Z][a-zA-Z0-9:-]{0,40}")


_SIGNS = re.compile(rb"<!\[CDATA\[.*?\]\]>|&(?!#?\w{1,20};)", re.DOTALL)
_ENDS = re.compile(rb"</(?:\w{1,20}:)?(?:rss|feed|rdf|urlset|sitemapindex)\b", re.IGNORECASE)


def escaped(body: bytes) -> bytes:
    """XML in which ampersands that begin no entity are escaped: parsers that forgive leave out the word behind them."""
    if b"&" not in body:
        return body
    return _SIGNS.sub(lambda found: found[0] if found[0][:1] == b"<" else b"&amp;", body)


def is_cut(body: bytes) -> bool:
    """Whether a feed or sitemap ends in the middle of a word: its last entry is not whole then."""
    return not body.rstrip(b"\x00 \t\r\n").endswith(b">") and _ENDS.search(body[-5_000:]) is None


def narrow(body: bytes) -> bytes:
    """UTF-16 with its mark as UTF-8 without an XML declaration, all else as it is."""
    if not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", body.decode("utf-16", "replace")).encode("utf-8", "replace")


def absurd(body: bytes) -> Iterator[re.Match[bytes]]:
    """The tags with more than some four hundred attributes, quoted or bare."""
    if len(body) < MANY * _LEAST:
        return
    for tag in _TAG.finditer(body):
        if tag.end() - tag.start() >= MANY * _LEAST and max(tag[0].count(b"="), len(tag[0].split())) > MANY:
            yield tag


def tamed(body: bytes) -> bytes:
    """The document in which such tags keep their names alone."""
    kept: list[bytes] = []
    position = 0
    for tag in absurd(body):
        name = _NAME.match(tag[0])
        kept += [body[position : tag.start()], (name[0] if name else b"<span") + b">"]
        position = tag.end()
    return b"".join([*kept, body[position:]])
