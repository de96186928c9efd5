"""Live blogs: told apart from stories, and read as entries, each with its identity and time.

An entry is one of several siblings of the same make that carry a time or an id, and together hold much of the page's
text; three, or one where the page calls itself a live blog and the sibling is named so. Where neither the page nor its
names say it, four siblings with clock times that run one way will do. The lead above them stays ordinary paragraphs.
What an entry does not say of its time and id itself is taken from the page's JSON-LD (``liveBlogUpdate``). Entries
without a box of their own, a line with a clock time and paragraphs below it, are folded from the blocks (``fold``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from bot.core.story import Block, BlockKind
from bot.extract import jsonld
from bot.extract.makes import Make
from bot.extract.region import stable
from bot.extract.walk import Line, Node, Walked
from bot.extract.when import moment

_IDS = ("data-post-id", "data-entry-id", "data-update-id", "data-id", "data-blog-id", "data-block-id", "id", "data-key")
_TIMES = ("data-timestamp", "data-time", "data-published", "data-date", "data-datetime", "datetime")
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:.h時点시]([0-5]\d)(?!\d)\s*(?:([ap])\.?m\b\.?)?", re.IGNORECASE)
_AT_THE_START = re.compile(rf"\W{{0,3}}{_CLOCK.pattern}", re.IGNORECASE)
_LEAST = 3
_UNNAMED = 4
_SHARE = 0.3
_SPREAD = 60
"""Characters that an entry of an unnamed live blog has on average: rows of a timetable have fewer."""
_NEAR = 14
"""Elements of an entry that are asked for its time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a live blog: its node, and what identifies and dates it (None where the page does not say)."""

    node: Node
    id: str | None
    time: datetime | None


def is_live(nodes: tuple[Mapping[str, Any], ...], article: Mapping[str, Any]) -> bool:
    """Whether the page calls itself a live blog."""
    if "liveblogposting" in jsonld.types(article):
        return True
    return any("liveblogposting" in jsonld.types(node) and "liveBlogUpdate" in node for node in nodes)


def entries(walked: Walked, *, told: bool, nodes: tuple[Mapping[str, Any], ...] = ()) -> list[Entry]:
    """The entries of a page, in page order; empty where it is no live blog.

    ``told``: the page calls itself one, so less is asked of the siblings; else their element must be named a live
    blog's too, or a story in parts would be taken for one. ``nodes``: the page's JSON-LD.
    """
    best: list[Node] = []
    best_size = 0
    whole = walked.root.size or 1
    begun: list[Node] = []
    for parent in walked.nodes:
        if not parent.children or parent.size < _SHARE * whole * (0.5 if told else 1.0):
            continue
        for group in _alike(parent):
            size = sum(node.size for node in group)
            if len(group) < _LEAST:
                begun = group if told and _has_begun(group) else begun
            elif size > best_size and _is_live(group, told, size, whole):
                best, best_size = group, size
    if best_size < _SHARE * whole * (0.3 if told else 1.0):
        best = begun if not best else []
    updates = list(_updates(nodes))
    return [_entry(node, updates) for node in best]


def _alike(parent: Node) -> Iterable[list[Node]]:
    """The children of one tag and one make, each make together."""
    groups: dict[tuple[str, str], list[Node]] = {}
    for child in parent.children:
        if child.size >= 20 and child.tag not in ("p", "h2", "h3", "h4", "figure"):
            groups.setdefault((child.tag, stable(child.names)), []).append(child)
    return groups.values()


def _has_begun(group: list[Node]) -> bool:
    """Whether one or two boxes are the first entries: named so, or below a box that is, with one time each."""
    named = any(node.make & Make.LIVE for node in [group[0], *_above(group[0], 4)])
    return named and all(_clock(node) is not None and len(_alone(node)) <= 1 and _openings(node) <= 1 for node in group)


def _openings(node: Node) -> int:
    """How many headings and paragraphs of a box begin with a clock time: of one entry, one does."""
    found = node.element.iter("h2", "h3", "h4", "p", "dt")
    return sum(_AT_THE_START.match("".join(map(str, one.itertext()))[:40].strip()) is not None for one in found)


def _is_live(group: list[Node], told: bool, size: int, whole: int) -> bool:
    """Whether siblings are entries: by their own names, by those above them, or by the run of their times."""
    named = any(node.make & Make.LIVE for node in [*group, *_above(group[0], 4)])
    asked = group[:60]
    clocks = [_clock(node) for node in asked]
    timed = sum(clock is not None for clock in clocks)
    if 2 * sum(map(_linked, asked)) >= sum(node.size for node in asked):
        return False  # a list of links to the entries
    if not named and (not told or timed < 0.6 * len(asked)):
        free = all(node.marked is None for node in asked)  # readers' comments carry times as well
        runs = free and len(group) >= _UNNAMED and timed == len(asked) and _run(clocks)
        if runs and size >= 0.5 * whole and size >= _SPREAD * len(group):
            return True
        if not told:
            return False
    known = sum(_identity(node) is not None for node in asked)
    return max(timed, known) >= 0.6 * len(asked)


def _linked(node: Node) -> int:
    """Characters of a box that are words of a link, one to a place on the page too."""
    return sum(len("".join(map(str, link.itertext())).strip()) for link in node.element.iter("a"))


def _run(clocks: list[int | None]) -> bool:
    """Whether times of the day run one way, but for one midnight."""
    minutes = [clock for clock in clocks if clock is not None]
    pairs = list(pairwise(minutes))
    return len(set(minutes)) >= _LEAST and (sum(a < b for a, b in pairs) <= 1 or sum(a > b for a, b in pairs) <= 1)


def _entry(node: Node, updates: list[tuple[str, str | None, datetime | None]]) -> Entry:
    identity, time = _identity(node), _time(node)
    if (identity is None or time is None) and updates:
        text = _letters("".join(map(str, node.element.itertext()))[:2_000])
        for words, its_id, its_time in updates:
            if words in text:
                return Entry(node, identity or its_id, time or its_time)
    return Entry(node, identity, time)


def _updates(nodes: tuple[Mapping[str, Any], ...]) -> Iterable[tuple[str, str | None, datetime | None]]:
    """The entries that the JSON-LD names: the first letters of each, its id and its time."""
    for node in nodes:
        for one in jsonld.many(node.get("liveBlogUpdate"))[:2_000]:
            if not isinstance(one, Mapping):
                continue
            address = jsonld.text(one.get("@id")) or jsonld.text(one.get("url"))
            for name in ("articleBody", "headline"):
                words = _letters(jsonld.text(one.get(name)))[:60]
                if len(words) >= 10:
                    yield words, address.rpartition("#")[2][:120] or None, moment(jsonld.text(one.get("datePublished")))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _above(node: Node, levels: int) -> list[Node]:
    out: list[Node] = []
    above = node.parent
    while above is not None and len(out) < levels:
        out.append(above)
        above = above.parent
    return out


def _identity(node: Node) -> str | None:
    for element in [node.element, *list(node.element)[:3]]:
        for name in _IDS:
            value = element.get(name)
            if value and any(map(str.isdigit, value)) and len(value) <= 120:
                return str(value)
    return None


def _time(node: Node) -> datetime | None:
    for count, element in enumerate(node.element.iter()):
        if count > _NEAR:
            break
        for name in _TIMES:
            value = element.get(name)
            if value and (found := moment(value)) is not None:
                return found
    for element in node.element.iter("time", "meta"):
        value = element.get("datetime") or (
            element.get("content") if "date" in (element.get("itemprop") or "").lower() else None
        )
        if value:
            return moment(value)
    return None


def _clock(node: Node) -> int | None:
    """The minute of the day that an entry names: in an attribute, at its start, or alone in an element near it."""
    time = _time(node)
    if time is not None:
        return time.hour * 60 + time.minute
    texts = [" ".join("".join(map(str, node.element.itertext()))[:300].split())]
    for text in texts + _alone(node):
        found = _AT_THE_START.match(text)
        if found is not None:
            return _minutes(found)
    return None


def _alone(node: Node) -> list[str]:
    """The clock times that stand alone, each in an element of its own."""
    found: list[str] = []
    for element in node.element.iter():
        text = (element.text or "").strip()
        if 4 <= len(text) <= 24 and element is not node.element and _AT_THE_START.match(text):
            found.append(text)
    return found


def fold(blocks: list[Block], *, told: bool, walked: Walked) -> list[Block]:
    """The blocks of a live blog whose entries have no boxes, those from a clock time to the next as one entry.

    Unchanged where fewer than two begin with a time. A page that does not call itself a live blog must have four whose
    times run one way and hold most of the text; backwards, unless an element around it is named a live blog's: a
    programme or a chronicle runs forwards.
    """
    starts: list[int] = []
    clocks: list[int | None] = []
    for index, block in enumerate(blocks):
        found = _AT_THE_START.match(block.text) if block.kind in (BlockKind.HEADING, BlockKind.PARAGRAPH) else None
        if found is not None:
            starts.append(index)
            clocks.append(_minutes(found))
    if len(starts) < 2 or any(block.kind is BlockKind.LIVE_ENTRY for block in blocks):
        return blocks
    if not told and not _flows(blocks, starts, clocks, walked):
        return blocks
    out: list[Block] = []
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
        part = blocks[start:end]
        apart = [block for block in part if block.kind in (BlockKind.CAPTION, BlockKind.NOTE)]
        text = "\n".join(block.text for block in part if block not in apart)
        out += [Block(text=text, kind=BlockKind.LIVE_ENTRY), *apart]
    begun, _ = openings(out)
    above: list[Block] = []
    for block in blocks[: starts[0]]:
        if block.kind is not BlockKind.LIST_ITEM or repeated(block.text) not in begun:
            above.append(block)
        elif above and above[-1].kind is BlockKind.HEADING:
            above.pop()  # a box of "key events" goes with its heading
    return above + out


def _flows(blocks: list[Block], starts: list[int], clocks: list[int | None], walked: Walked) -> bool:
    minutes = [clock for clock in clocks if clock is not None]
    if len(starts) < _UNNAMED or not _run(clocks):
        return False
    below = blocks[starts[0] :]
    kinds = {blocks[start].kind for start in starts}
    if len(kinds) > 1 or sum(len(one.text) for one in below) < max(
        _SPREAD * len(starts), 0.5 * sum(len(one.text) for one in blocks)
    ):
        return False
    backwards = sum(a < b for a, b in pairwise(minutes)) <= 1
    return backwards or any(
        node.make & Make.LIVE and node.size >= _SHARE * (walked.root.size or 1) for node in walked.nodes
    )


def _minutes(found: re.Match[str]) -> int:
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    return (hour % 12 + 12 if half == "p" else hour) * 60 + minute


def openings(posts: Iterable[Block]) -> tuple[frozenset[str], frozenset[str]]:
    """The letters of the first line of each entry, and of every line: what a box of "key events" or a pinned entry
    repeats."""
    lines = [[repeated(line) for line in post.text.split("\n")] for post in posts]
    first, every = {one[0] for one in lines}, {line for one in lines for line in one}
    return frozenset(first - {""}), frozenset(every - {""})


def repeated(text: str) -> str:
    """The letters of a line without the clock time it begins with."""
    return _letters(_AT_THE_START.sub("", text, count=1))


def group(lines: list[tuple[Line, Block]], found: list[Entry]) -> list[Block]:
    """One block per entry, each followed by its captions, in page order; entries without text stay out."""
    holders = {id(entry.node): index for index, entry in enumerate(found)}
    texts: list[list[str]] = [[] for _ in found]
    captions: list[list[Block]] = [[] for _ in found]
    for line, block in lines:
        index = holder(line, holders)
        if index is None:
            continue
        if block.kind is BlockKind.CAPTION:
            captions[index].append(block)
        else:
            texts[index].append(block.text)
    blocks: list[Block] = []
    for entry, pieces, below in zip(found, texts, captions, strict=True):
        if pieces:
            blocks.append(Block(text="\n".join(pieces), kind=BlockKind.LIVE_ENTRY, id=entry.id, time=entry.time))
        blocks.extend(below)
    return blocks


def holder(line: Line, holders: Mapping[int, int]) -> int | None:
    """The number of the entry a line belongs to."""
    node: Node | None = line.node
    while node is not None:
        if id(node) in holders:
            return holders[id(node)]
        node = node.parent
    return None
