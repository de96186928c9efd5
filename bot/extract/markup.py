"""Markup to a bounded tree: scripts, styles and comments come out first, in one linear scan.

What is left of a 160 kB page is a third of it, so everything after is cheaper; JSON-LD is picked up on the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from bot.extract.mend import mend, with_body

MAX_ELEMENTS = 60_000
MAX_LINES = 20_000
MAX_CHARS = 5_000_000

# Written as pages write it; a "ScRiPt" is left to the parser and skipped in the walk.
_RAW = re.compile(
    r"<(?:!--|(script|style|svg|noscript|template|iframe|textarea|math|SCRIPT|Script|STYLE|NOSCRIPT|IFRAME|TEXTAREA)(?=[\s>/]))"
)
_NAMES = ("script", "style", "svg", "noscript", "template", "iframe", "textarea", "math")
# An end tag may hold anything up to its ">", as in "</script <!-- end -->".
# Both cases are spelt out, for IGNORECASE would keep the search from skipping ahead to the next "</".
_CLOSERS = {
    name: re.compile(f"</{''.join(f'[{letter}{letter.upper()}]' for letter in name)}(?:\\s[^>]*)?>") for name in _NAMES
}
# Icons come by the hundred, so the plain ones go in one sweep of their own.
_DRAWING = re.compile(
    r"<svg(?=[\s>])[^<>]*(?<!/)>(?:[^<]|</?(?:path|g|use|circle|rect|line|poly(?:gon|line)|ellipse|defs|title)(?=[\s>/])[^<>]*>)*+"
    r"</svg\s*>"
)
_LD_JSON = re.compile(r"""type\s*=\s*["']?application/(?:[a-z]*\+)?(?:ld\+)?json""", re.IGNORECASE)
_TAG = re.compile(r"""<[a-zA-Z](?>[^"'>]+|"[^"]*"|'[^']*')*+>?""")
_LONG_TAG = 5_000
_MANY_ATTRIBUTES = 256


@dataclass(frozen=True, slots=True)
class Markup:
    """``html`` without scripts, styles, comments and drawings; ``ld_json``: the texts of its JSON-LD scripts."""

    html: str
    ld_json: tuple[str, ...]


def strip(text: str) -> Markup:
    """Take out what is never text, in one pass; an unclosed script or comment ends the page, as in a browser."""
    text = _DRAWING.sub("", text)
    kept: list[str] = []
    ld_json: list[str] = []
    position = 0
    unclosed: set[str] = set()
    while True:
        match = _RAW.search(text, position)
        if match is None:
            kept.append(text[position:])
            break
        start = match.start()
        kept.append(text[position:start])
        name = match.group(1)
        if name is None:
            end = text.find("-->", start + 2)
            position = len(text) if end < 0 else end + 3
            continue
        name = name.lower()
        opened = text.find(">", match.end())
        if opened < 0:
            break
        if text[opened - 1] == "/" and name in ("svg", "math"):
            position = opened + 1
            continue
        closed = _CLOSERS[name].search(text, opened) if name not in unclosed else None
        if closed is None:
            unclosed.add(name)
            # A browser takes the rest as script; for the others the tag alone is dropped.
            if name in ("script", "style", "textarea"):
                break
            position = opened + 1
            continue
        if name == "script" and _LD_JSON.search(text, match.end(), opened):
            ld_json.append(text[opened + 1 : closed.start()])
        position = closed.end()
        kept.append(" " if name == "noscript" else "")
    return Markup(tame(mend("".join(kept))), tuple(ld_json))


def tame(html: str) -> str:
    """The markup without absurd tags: parsers take quadratic time over tens of thousands of attributes on one element.

    The check costs microseconds where no tag can be that long; else every tag is looked at, quotes and all, and one
    with hundreds of attributes keeps its name alone.
    """
    if html.count("=") < 30_000 and not _has_long_tag(html):
        return html
    return _TAG.sub(_shortened, html)


def _has_long_tag(html: str) -> bool:
    """Whether some 10,000 characters hold no ``>``; every stretch of 20,000 without one is among them."""
    return any(html.find(">", start, start + 10_000) < 0 for start in range(0, len(html) - 10_000, 10_000))


def _shortened(match: re.Match[str]) -> str:
    tag = match.group()
    if len(tag) < _LONG_TAG or len(tag.split()) + tag.count("=") < _MANY_ATTRIBUTES:
        return tag
    name = re.match(r"<[a-zA-Z][a-zA-Z0-9:-]{0,40}", tag)
    return f"{name.group() if name else '<span'}>"


def parse(html: str) -> etree._Element | None:
    """The root of the tree, or None where there is no element at all.

    libxml2 bounds the depth (2,048 with ``huge_tree``, which pages with unclosed inline elements need); size and
    attributes are bounded before, here and by the caller.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, huge_tree=True, no_network=True
    )
    encoded = with_body(html).encode("utf-8", "ignore").replace(b"\0", b"")  # without lone surrogates and NULs
    try:
        return etree.fromstring(encoded, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
