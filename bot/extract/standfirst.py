"""The standfirst: the sentence or two between headline and text that sums the story up, where there is one."""

from __future__ import annotations

import re

from bot.extract.blocks import is_note
from bot.extract.head import Head
from bot.extract.makes import Make
from bot.extract.phrases import FURNITURE, MOMENT
from bot.extract.region import Region
from bot.extract.walk import Line, Node, Walked

_WORDS = re.compile(r"\w+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_OVERLAP = 0.8
_REACH = 25


def find(walked: Walked, head: Head, region: Region, headline: Line | None) -> tuple[list[Line], str]:
    """The lines of the standfirst (mostly one) and the reason they were taken; empty where there is none.

    A line counts by its names (standfirst, dek, lead and the like) or by holding at least four fifths of the words
    of the page's description. Prefixes are not compared: that would hide edits. An opening paragraph made like the
    ones after it stays in the body.
    """
    lines = walked.lines
    if headline is None:
        return [], ""
    start = lines.index(headline)
    told = [words(value) for value in (head.first("og:description")[0], head.first("description")[0]) if value]
    body = _paragraphs(lines, start, region)
    usual = _usual_make(body)
    nearby = [*lines[start + 1 : start + 1 + _REACH], *lines[max(0, start - 4) : start]]
    stop = body[1] if len(body) > 1 else None
    for line in nearby:
        if line is stop:
            nearby = nearby[: nearby.index(line)] + nearby[_REACH:]
            break
    for line in nearby:
        if not _may_be(line, headline):
            continue
        named = any(node.make & Make.STANDFIRST for node in _up(line.node, 3, headline))
        if named and not (usual is not None and _make(line) == usual and line.node in [b.node for b in body[:1]] and not line.node.make & Make.STANDFIRST):
            return _with_followers(line, lines), "names"
        if any(_alike(words(line.text), one) for one in told) and _make(line) != usual:
            return [line], "description"
    first = next((line for line in lines[start + 1 : start + 6] if line.size > 20), None)
    if first is not None and first.heading in (2, 3) and first.size > 40 and _may_be(first, headline):
        return [first], "subtitle"
    return [], ""


def words(text: str) -> frozenset[str]:
    """The distinct words of a text, lower-cased; characters for scripts without spaces."""
    if _CJK.search(text):
        return frozenset(_CJK.findall(text))
    return frozenset(_WORDS.findall(text.casefold()))


def _alike(one: frozenset[str], two: frozenset[str]) -> bool:
    if len(one) < 4 or len(two) < 4:
        return one == two and bool(one)
    return len(one & two) >= _OVERLAP * max(min(len(one), len(two)), 0.7 * max(len(one), len(two)))


def _may_be(line: Line, headline: Line) -> bool:
    text = line.text
    if line.in_caption or line.size < 20 or line.size > 1_200 or line.heading == 1 or line.link * 2 > len(text):
        return False
    if line.node.marked is not None and (line.node.marked.make & (Make.STRONG | Make.HIDDEN) or not line.node.make & Make.STANDFIRST):
        return False
    if text.casefold() == headline.text.casefold() or is_note(line):
        return False
    return not (len(text) < 160 and (FURNITURE.fullmatch(text) or MOMENT.fullmatch(text)))


def _paragraphs(lines: list[Line], start: int, region: Region) -> list[Line]:
    found = []
    for line in lines[start + 1 : start + 400]:
        if line.weight and line.node.marked is None and region.holds(line.node):
            found.append(line)
            if len(found) >= 12:
                break
    return found


def _make(line: Line) -> tuple[str, str, int]:
    parent = line.node.parent
    return line.tag, line.node.names, id(parent)


def _usual_make(body: list[Line]) -> tuple[str, str, int] | None:
    """The make most of the body's first paragraphs share."""
    counts: dict[tuple[str, str, int], int] = {}
    for line in body:
        counts[_make(line)] = counts.get(_make(line), 0) + 1
    best = max(counts, key=lambda make: counts[make], default=None)
    return best if best is not None and counts[best] >= 2 else None


def _with_followers(line: Line, lines: list[Line]) -> list[Line]:
    """A standfirst of several paragraphs or bullets in one element is one standfirst."""
    holder = line.node if line.node.make & Make.STANDFIRST else line.node.parent
    if holder is None or not holder.make & Make.STANDFIRST:
        return [line]
    at = lines.index(line)
    out = [line]
    for other in lines[at + 1 : at + 12]:
        if holder not in list(_up(other.node, 4, None)):
            break
        if other.size >= 20 and not other.in_caption and other.link * 2 < len(other.text) and other.heading != 1:
            out.append(other)
    return out


def _up(node: Node | None, levels: int, headline: Line | None) -> list[Node]:
    """The node and its ancestors, but none that also holds the headline."""
    out: list[Node] = []
    above = set()
    if headline is not None:
        one: Node | None = headline.node
        while one is not None:
            above.add(id(one))
            one = one.parent
    for _ in range(levels):
        if node is None or id(node) in above:
            break
        out.append(node)
        node = node.parent
    return out
