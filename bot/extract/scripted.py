"""A story whose text stands only in the page's scripts: in JSON-LD's ``articleBody`` or in an application's state.

Pages built in the browser carry what they will show as JSON (``__NEXT_DATA__``, ``Fusion.globalContent``,
``window.__PRELOADED_STATE__``, the pushed rows of React's server components). Where a page shows hardly any text but
holds its story there, that is the text a reader sees. Lists of other stories stand there too; they are told by the
address or headline each of their members has.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rapidfuzz import fuzz

from bot.core.story import Block, BlockKind
from bot.extract import jsonld, markup, walk
from bot.extract.blocks import kind_of
from bot.extract.cards import is_caption
from bot.extract.clean import clean
from bot.extract.phrases import FURNITURE

FEW_PARAGRAPHS = 6
"""A page with as many ``<p>`` shows its text itself; the quick key counts them alike."""

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL)
_STATE = re.compile(r"(?:=|\bpush\()\s*(JSON\.parse\(\s*)?(?=[{\[\"'])")
_ROW = re.compile(r"^[0-9a-f]+:(?=[\[{])", re.MULTILINE)
_BREAK = re.compile(r"</?(?:p|h[1-6]|li|ul|ol|div|blockquote|figure|section|br)\b[^>]*>|\n\s*\n|\r\n|\n", re.IGNORECASE)
_TEXT_KEYS = ("text", "content", "html", "value", "body", "paragraph", "markup", "children", "data")
_BODY_KEYS = frozenset(
    "articlebody body bodytext bodyhtml body_html content contenthtml content_html text html fulltext full_text "
    "storybody story articletext markup rendered maincontent main_content description_html richtext".split()
)
_ELSEWHERE = frozenset(
    "url slug href link headline headlines title permalink canonical_url websiteurl path uri".split()
)
_HEADING = re.compile(r"head|^h[2-6]$|subtitle|crosshead", re.IGNORECASE)
_LEAST = 200
_MAX_CHARS = 3_000_000
_MAX_VALUES = 60_000
_MAX_STATES = 24
_DECODER = json.JSONDecoder(strict=False)

_Found = list[tuple[str, BlockKind]]


def shows_little(stripped: str) -> bool:
    """Whether a page without its scripts has hardly a paragraph; looks no further than the first few."""
    found, at = 0, stripped.find("<p")
    while at >= 0 and found < FEW_PARAGRAPHS:
        found += stripped[at + 2 : at + 3] in (">", " ")
        at = stripped.find("<p", at + 2)
    return found < FEW_PARAGRAPHS


def blocks(page: str, article: Mapping[str, Any], headline: str) -> list[Block]:
    """The story's text as the page's scripts hold it; empty where it is not there. Never fails, bounded in size.

    ``headline``: what the page says its story is called; an application's state must know it.
    """
    told = article.get("articleBody")
    found = _from_string(told) if isinstance(told, str) else []
    if _size(found) < _LEAST and headline:
        found = _largest(page, headline)
    if _size(found) < _LEAST:
        return []
    return [Block(text=text, kind=kind) for text, kind in found]


def _largest(page: str, headline: str) -> _Found:
    best: _Found = []
    for value in _states(page):
        if not _knows(value, headline):
            continue
        for found in _candidates(value):
            if _size(found) > _size(best):
                best = found
    return best


def _states(page: str) -> Iterator[Any]:
    """The JSON values among a page's scripts."""
    rows: list[str] = []
    for count, script in enumerate(_SCRIPT.finditer(page[:_MAX_CHARS])):
        attributes, text = script.groups()
        if count > 400 or len(text) < _LEAST or "ld+json" in attributes or not ('":' in text or '\\":' in text):
            continue
        if text.lstrip()[:1] in ("{", "["):
            yield from _decoded(text, len(text) - len(text.lstrip()))
            continue
        for number, start in enumerate(_STATE.finditer(text)):
            if number >= _MAX_STATES:
                break
            for value in _decoded(text, start.end()):
                if isinstance(value, str):
                    yield from _decoded(value, 0)
                elif isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):
                    rows.append(value[1])
                elif isinstance(value, (dict, list)):
                    yield value
    pushed = "".join(rows)
    for row in _ROW.finditer(pushed):
        yield from _decoded(pushed, row.end())


def _decoded(text: str, start: int) -> Iterator[Any]:
    try:
        value, _ = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return
    yield value


def _values(root: Any) -> Iterator[tuple[str, Any]]:
    """Every value of a JSON document with the name it stands under, in order, without recursion."""
    waiting: list[tuple[str, Any]] = [("", root)]
    seen = 0
    while waiting and seen < _MAX_VALUES:
        name, value = waiting.pop()
        seen += 1
        yield name, value
        if isinstance(value, Mapping):
            waiting.extend((str(key), value[key]) for key in reversed(list(value)))
        elif isinstance(value, list):
            waiting.extend((name, member) for member in reversed(value))


def _knows(root: Any, headline: str) -> bool:
    wanted = headline.casefold()
    return any(
        isinstance(value, str) and 8 <= len(value) < 400 and fuzz.ratio(clean(value).casefold(), wanted) >= 85
        for _, value in _values(root)
    )


def _candidates(root: Any) -> Iterator[_Found]:
    for name, value in _values(root):
        if isinstance(value, str):
            if len(value) >= _LEAST and name.replace("-", "_").casefold() in _BODY_KEYS:
                yield _from_string(value)
        elif isinstance(value, list) and value:
            yield _from_list(value)


def _from_string(value: str) -> _Found:
    text = html.unescape(value) if "&lt;p" in value else value
    if "<p" in text and (read := _from_markup(text)):
        return read
    pieces = (clean(jsonld.text(piece)) for piece in _BREAK.split(text))
    return [(piece, BlockKind.PARAGRAPH) for piece in pieces if piece]


def _from_markup(text: str) -> _Found:
    """Lines of marked-up text, headings and captions told apart, placeholders for adverts left out."""
    root = markup.parse(markup.strip(text).html)
    if root is None:
        return []
    walked = walk.walk(root)
    try:
        return [
            (line.text, BlockKind.CAPTION if is_caption(line) else kind_of(line))
            for line in walked.lines
            if not FURNITURE.fullmatch(line.text[:200])
        ]
    finally:
        walked.let_go()


def _from_list(members: list[Any]) -> _Found:
    found: _Found = []
    for member in members[:2_000]:
        kind = BlockKind.PARAGRAPH
        if isinstance(member, Mapping):
            if len(_ELSEWHERE & {str(key).casefold() for key in member}) >= 2:
                return []
            told = next((str(member[key]) for key in ("type", "_type", "nodeType", "name", "tag") if key in member), "")
            kind = BlockKind.HEADING if _HEADING.search(told) else kind
        elif isinstance(member, list):
            # React's rows: ["$", "p", null, {"children": ...}]
            if len(member) < 4 or member[0] != "$" or member[1] not in ("p", "h2", "h3", "h4"):
                continue
            kind = BlockKind.PARAGRAPH if member[1] == "p" else BlockKind.HEADING
            member = member[3]
        for piece, _ in _from_string(_prose(member, 0)):
            found.append((piece, kind))
    prose = sum(kind is BlockKind.PARAGRAPH and len(text) >= 40 for text, kind in found)
    return found if prose >= 2 or (prose and prose == len(found)) else []


def _prose(value: Any, depth: int) -> str:
    """The words of one paragraph, wherever a rich text's tree has put them."""
    if isinstance(value, str):
        return value
    if depth > 8:
        return ""
    if isinstance(value, list):
        if len(value) >= 4 and value[0] == "$" and isinstance(value[3], Mapping):
            return _prose(value[3], depth + 1)
        return "".join(_prose(member, depth + 1) for member in value[:200])
    if isinstance(value, Mapping):
        return next((text for key in _TEXT_KEYS if key in value and (text := _prose(value[key], depth + 1))), "")
    return ""


def _size(found: _Found) -> int:
    return sum(len(text) for text, kind in found if kind is BlockKind.PARAGRAPH and len(text) >= 40)
