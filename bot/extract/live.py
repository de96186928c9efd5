"""Live blogs: told apart from stories, and read as entries, each with its identity and time.

An entry is one of three or more siblings of the same make that carry a time or an id, and together hold much of the
page's text. The lead above them stays ordinary paragraphs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.story import Block, BlockKind
from bot.extract import jsonld
from bot.extract.makes import Make
from bot.extract.phrases import MOMENTS
from bot.extract.region import stable
from bot.extract.walk import Line, Node, Walked
from bot.extract.when import moment

_IDS = ("data-post-id", "data-entry-id", "data-update-id", "data-id", "data-blog-id", "data-block-id", "id", "data-key")
_TIMES = ("data-timestamp", "data-time", "data-published", "data-date", "data-datetime", "datetime")
_LEAST = 3
_SHARE = 0.3


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


def entries(walked: Walked, *, told: bool) -> list[Entry]:
    """The entries of a page, in page order; empty where it is no live blog.

    ``told``: the page calls itself one, so less is asked of the siblings; else their element must be named a live
    blog's too, or a story in parts would be taken for one.
    """
    best: list[Node] = []
    best_size = 0
    whole = walked.root.size or 1
    for parent in walked.nodes:
        if len(parent.children) < _LEAST or parent.size < _SHARE * whole * (0.5 if told else 1.0):
            continue
        groups: dict[tuple[str, str], list[Node]] = {}
        for child in parent.children:
            if child.size >= 20 and child.tag not in ("p", "h2", "h3", "figure", "section" if not told else ""):
                groups.setdefault((child.tag, stable(child.names)), []).append(child)
        for group in groups.values():
            size = sum(node.size for node in group)
            if len(group) >= _LEAST and size > best_size and _carries_times(group, told):
                best, best_size = group, size
    if not best or best_size < _SHARE * whole * (0.3 if told else 1.0):
        return []
    return [Entry(node, _identity(node), _time(node)) for node in best]


def _carries_times(group: list[Node], told: bool) -> bool:
    named = any(node.make & Make.LIVE for node in group) or any(node.make & Make.LIVE for node in _above(group[0], 4))
    if not named and not told:
        return False
    timed = sum(1 for node in group[:60] if _time(node) is not None or _starts_with_time(node))
    known = sum(1 for node in group[:60] if _identity(node) is not None)
    return max(timed, known if named or told else 0) >= 0.6 * min(len(group), 60)


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
    for name in _TIMES:
        value = node.element.get(name)
        if value and (found := moment(value)) is not None:
            return found
    for element in node.element.iter("time", "meta"):
        value = element.get("datetime") or (
            element.get("content") if "date" in (element.get("itemprop") or "").lower() else None
        )
        if value:
            return moment(value)
    return None


def _starts_with_time(node: Node) -> bool:
    text = "".join(map(str, node.element.itertext()))[:300].strip()
    return bool(MOMENTS.search(text[:60]))


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
