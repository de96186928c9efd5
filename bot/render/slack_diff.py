"""The diff of one alert as pieces of rich text for Slack: struck is removed, bold is added.

rich_text is the one block in which any words can be struck or bold without escaping, without word-boundary rules and
without pinging anybody. Words are never cut, edits that at most two equal words separate are glued, the rest of a
paragraph is elided beyond ``CONTEXT`` words, and nothing is elided inside an altered quotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.core.comparison import Comparison, Finding
from bot.core.story import BlockKind
from bot.render.message import Message
from bot.render.phrases import counted
from bot.render.rows import Mark, Row, RowKind, Segment, glue
from bot.render.slack_text import ELLIPSIS, clean, cut, one_line, split_at, units

CONTEXT = 8
"""Equal words kept on either side of an edit."""
CONTEXT_UNITS = 240
"""And no more than this many characters of them: a "word" may be anything."""
LEAF_UNITS = 700
"""Longest run of removed or added words in the channel; the full diff has it whole."""
QUOTATION_UNITS = 3000
"""The same inside an altered quotation, which is not elided."""
PIECE_UNITS = 2600
"""Longest stretch of one paragraph in a window; a longer paragraph goes on in the next piece."""

Style = Literal["", "strike", "bold", "italic"]
_STYLES: dict[Mark, Style] = {Mark.EQUAL: "", Mark.DELETED: "strike", Mark.INSERTED: "bold"}
_QUOTE_KINDS = {
    "quote_altered",
    "quote_trimmed",
    "quote_brackets",
    "quote_paraphrased",
    "quote_marks_added",
    "quote_marks_removed",
    "quote_reattributed",
}
_ALTERED_FATES = {"altered", "brackets", "trimmed", "paraphrased", "marks_removed", "reattributed"}
_EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)
_WORDS = re.compile(r"\S+\s*")
_BLOCK_WORDS = {
    BlockKind.HEADING: "Subheading",
    BlockKind.CAPTION: "Caption",
    BlockKind.NOTE: "Note",
    BlockKind.LIST_ITEM: "List item",
    BlockKind.TABLE_ROW: "Table row",
    BlockKind.LIVE_ENTRY: "Live post",
}
_RANK_NOTE, _RANK_HEADLINE, _RANK_STANDFIRST, _RANK_MOVED = 100, 90, 10, -1


@dataclass(frozen=True, slots=True)
class Leaf:
    """A run of words in one style."""

    text: str
    style: Style = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One changed paragraph as it is shown. ``rank`` says how much it matters, ``place`` where it stands."""

    label: str
    leaves: tuple[Leaf, ...]
    rank: int = 0
    place: int = 0
    quotation: bool = False
    """Holds an altered quotation: shown whole."""

    @property
    def size(self) -> int:
        """UTF-16 units of what is shown."""
        return units(self.label) + sum(units(leaf.text) for leaf in self.leaves)


def hunks(message: Message, *, whole: bool = False) -> tuple[Hunk, ...]:
    """Every change of the message as a hunk: notes first, then headline, standfirst and body in order.

    ``whole`` keeps every word (the window); without it unchanged words beyond the context are elided and very long
    runs are cut, saying how many words are left out (the channel). Never empty where anything differs at all: what no
    row shows (byline, structured corrections, dates) is taken from the findings.
    """
    comparison = message.comparison
    if comparison is None:
        return ()
    out = [
        _hunk(row, place, comparison, whole=whole)
        for place, row in enumerate(message.rows)
        if row.changed or row.kind is RowKind.MOVED
    ]
    out = [hunk for hunk in out if any(leaf.text.strip() for leaf in hunk.leaves)]
    out.extend(_finding_hunks(comparison.findings, shown=bool(out), whole=whole))
    return tuple(sorted(out, key=lambda hunk: (_shelf(hunk), hunk.place)))


def choose(found: Sequence[Hunk], *, most: int, room: int) -> tuple[Hunk, ...]:
    """The hunks an editor needs first: by rank, within ``most`` and ``room`` units, in their order. At least one."""
    picked: list[int] = []
    spent = 0
    for index in sorted(range(len(found)), key=lambda i: (-found[i].rank, i)):
        if len(picked) == most:
            break
        if picked and spent + found[index].size > room:
            continue
        picked.append(index)
        spent += found[index].size
    return tuple(found[index] for index in sorted(picked))


def clip(hunk: Hunk, room: int) -> Hunk:
    """The hunk within ``room`` units; where words are left out it says how many."""
    if hunk.size <= room:
        return hunk
    room = max(80, room - units(hunk.label) - 40)
    kept: list[Leaf] = []
    lost = 0
    for leaf in hunk.leaves:
        size = units(leaf.text)
        if lost:
            lost += len(leaf.text.split())
        elif size <= room:
            kept.append(leaf)
            room -= size
        else:
            head, tail = split_at(leaf.text, room)
            if head.strip():
                kept.append(Leaf(head.rstrip(), leaf.style))
            lost = len(tail.split()) or 1
    kept.append(_left_out(lost))
    return replace(hunk, leaves=tuple(kept))


def pieces(hunk: Hunk) -> Iterator[Hunk]:
    """The hunk in stretches of at most PIECE_UNITS; nothing is lost."""
    leaves: list[Leaf] = []
    room = PIECE_UNITS
    label = hunk.label
    for leaf in hunk.leaves:
        rest = leaf.text
        while rest:
            head, tail = split_at(rest, room) if room > 0 else ("", rest)
            if head:
                leaves.append(Leaf(head, leaf.style))
                room -= units(head)
            if tail:
                yield replace(hunk, label=label, leaves=tuple(leaves))
                label, leaves, room = f"{hunk.label}, continued", [], PIECE_UNITS
            rest = tail
    if leaves:
        yield replace(hunk, label=label, leaves=tuple(leaves))


def elements(shown: Iterable[Hunk]) -> list[dict[str, Any]]:
    """Elements of a rich_text block: a bold label and a quotation for each hunk."""
    out: list[dict[str, Any]] = []
    for hunk in shown:
        out.append({"type": "rich_text_section", "elements": [_element(Leaf(hunk.label, "bold"))]})
        out.append({"type": "rich_text_quote", "elements": [_element(leaf) for leaf in hunk.leaves if leaf.text]})
    return out


def gist(hunk: Hunk, style: Style) -> str:
    """The removed (``strike``) or added (``bold``) words of a hunk on one line."""
    return one_line(f" {ELLIPSIS} ".join(leaf.text for leaf in hunk.leaves if leaf.style == style))


def _element(leaf: Leaf) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "text", "text": leaf.text}
    if leaf.style:
        element["style"] = {leaf.style: True}
    return element


def _shelf(hunk: Hunk) -> int:
    if hunk.rank >= _RANK_NOTE:
        return 0
    return 1 if hunk.place >= 0 else 2


def _hunk(row: Row, place: int, comparison: Comparison, *, whole: bool) -> Hunk:
    kept_old, kept_new = _quotations(row, comparison)
    quotation = bool(kept_old or kept_new)
    parts = glue([_cleaned(part) for part in row.segments])
    leaves: list[Leaf] = []
    if row.kind is RowKind.MOVED and not row.changed:
        text = clean(row.new_text)
        leaves.append(Leaf(text if whole else cut(text, 160)))
    else:
        longest = QUOTATION_UNITS if quotation else LEAF_UNITS
        old_at = new_at = 0
        for index, part in enumerate(parts):
            if part.mark is Mark.EQUAL:
                ranges = (kept_old, old_at, kept_new, new_at)
                first, last = index == 0, index == len(parts) - 1
                leaves.append(Leaf(part.text if whole else _elided(part.text, ranges, first=first, last=last)))
            else:
                leaves.extend(_marked(part, longest=0 if whole else longest))
            if part.mark is not Mark.INSERTED:
                old_at += len(part.old_text or part.text)
            if part.mark is not Mark.DELETED:
                new_at += len(part.text)
    return Hunk(
        label=_label(row),
        leaves=_merged(_spaced(leaves)),
        rank=_rank(row, comparison),
        place=place,
        quotation=quotation,
    )


def _cleaned(part: Segment) -> Segment:
    return Segment(mark=part.mark, text=clean(part.text), old_text=clean(part.old_text))


def _marked(part: Segment, *, longest: int) -> Iterator[Leaf]:
    """Removed or added words with the white space around them left plain, cut where they are longer than allowed."""
    found = _EDGES.match(part.text)
    before, words, after = found.groups() if found else ("", part.text, "")
    style = _STYLES[part.mark]
    if not words:
        # Only white space differs: show that there is something.
        yield Leaf(part.text, style)
        return
    if before:
        yield Leaf(before)
    if longest and units(words) > longest:
        head, tail = split_at(words, longest)
        yield Leaf(head.rstrip(), style)
        yield _left_out(len(tail.split()))
    else:
        yield Leaf(words, style)
    if after:
        yield Leaf(after)


def _left_out(words: int) -> Leaf:
    return Leaf(f" {ELLIPSIS} ({counted(max(1, words), 'more word')})", "italic")


Ranges = Sequence[tuple[int, int]]


def _elided(text: str, ranges: tuple[Ranges, int, Ranges, int], *, first: bool, last: bool) -> str:
    """Equal words with the middle left out, but for those inside an altered quotation."""
    words = list(_WORDS.finditer(text))
    kept_old, old_at, kept_new, new_at = ranges
    keep = [
        (not first and index < CONTEXT and word.end() <= CONTEXT_UNITS)
        or (not last and index >= len(words) - CONTEXT and len(text) - word.start() <= CONTEXT_UNITS)
        or _inside(kept_old, old_at + word.start(), old_at + word.end())
        or _inside(kept_new, new_at + word.start(), new_at + word.end())
        for index, word in enumerate(words)
    ]
    out = [text[: words[0].start()] if words else text]
    index = 0
    while index < len(words):
        if keep[index]:
            out.append(words[index].group())
            index += 1
            continue
        stop = index
        while stop < len(words) and not keep[stop]:
            stop += 1
        left_out = text[words[index].start() : words[stop - 1].end()]
        if stop - index <= 3 and len(left_out) <= CONTEXT_UNITS // 4:
            out.append(left_out)  # an ellipsis would save nothing
        else:
            tail = left_out[len(left_out.rstrip()) :]
            out.append(ELLIPSIS + (tail if stop < len(words) or tail else ""))
        index = stop
    return "".join(out)


def _inside(ranges: Ranges, start: int, end: int) -> bool:
    return any(start < upper and end > lower for lower, upper in ranges)


def _quotations(row: Row, comparison: Comparison) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where altered quotations stand in the row's old and new text, as character ranges.

    A quotation that a finding names without a place, and whose words are not found, protects the whole row.
    """
    old: list[tuple[int, int]] = []
    new: list[tuple[int, int]] = []
    old_text, new_text = clean(row.old_text), clean(row.new_text)
    for before, after, old_block, new_block in _altered(comparison):
        placed = old_block is not None or new_block is not None
        if placed and old_block not in row.old and new_block not in row.new:
            continue
        in_old, in_new = _found(old_text, clean(before)), _found(new_text, clean(after))
        if in_old is None and in_new is None:
            if not placed:
                continue
            return [(0, len(old_text))], [(0, len(new_text))]
        if in_old:
            old.append(in_old)
        if in_new:
            new.append(in_new)
    return old, new


def _altered(comparison: Comparison) -> Iterator[tuple[str, str, int | None, int | None]]:
    for fate in comparison.quotes:
        if fate.fate in _ALTERED_FATES:
            yield fate.before, fate.after, fate.old_block, fate.new_block
    for finding in comparison.findings:
        if finding.kind in _QUOTE_KINDS:
            yield finding.before, finding.after, finding.old_block, finding.new_block


def _found(text: str, words: str) -> tuple[int, int] | None:
    start = text.find(words) if words else -1
    return (start, start + len(words)) if start >= 0 else None


def _spaced(leaves: Sequence[Leaf]) -> Iterator[Leaf]:
    """A plain space between struck and bold words that would otherwise touch."""
    last: Leaf | None = None
    for leaf in leaves:
        if (
            last is not None
            and {last.style, leaf.style} == {"strike", "bold"}
            and not last.text[-1:].isspace()
            and not leaf.text[:1].isspace()
        ):
            yield Leaf(" ")
        if leaf.text:
            yield leaf
            last = leaf


def _merged(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    out: list[Leaf] = []
    for leaf in leaves:
        if out and out[-1].style == leaf.style:
            out[-1] = Leaf(out[-1].text + leaf.text, leaf.style)
        else:
            out.append(leaf)
    return tuple(out)


def _label(row: Row) -> str:
    if row.kind is RowKind.HEADLINE:
        return "Headline"
    if row.kind is RowKind.STANDFIRST:
        return "Standfirst"
    word = _BLOCK_WORDS.get(row.block, "Paragraph")
    numbers = row.new or row.old
    name = f"{word} {numbers[0]}" if numbers else word
    if len(row.new) > 1:
        name = f"{word}s {row.new[0]}–{row.new[-1]}"
    if row.kind is RowKind.ADDED:
        return f"{name}, added"
    if row.kind is RowKind.REMOVED:
        return f"{name}, removed"
    notes = []
    if row.kind is RowKind.SPLIT and row.old:
        notes.append(f"was one, {row.old[0]}")
    elif row.kind is RowKind.MERGED and len(row.old) > 1:
        notes.append(f"was {row.old[0]}–{row.old[-1]}")
    if row.moved and row.old:
        notes.append(f"moved from {row.old[0]}")
    if row.rewritten:
        notes.append("rewritten")
    return f"{name} ({', '.join(notes)})" if notes else name


def _rank(row: Row, comparison: Comparison) -> int:
    if row.block is BlockKind.NOTE:
        return _RANK_NOTE
    if row.kind is RowKind.HEADLINE:
        return _RANK_HEADLINE
    if row.kind is RowKind.MOVED and not row.changed:
        return _RANK_MOVED
    gravest = max((int(finding.severity) for finding in comparison.findings if _concerns(finding, row)), default=0)
    return gravest * 10 + (_RANK_STANDFIRST if row.kind is RowKind.STANDFIRST else 0)


def _concerns(finding: Finding, row: Row) -> bool:
    if row.kind is RowKind.STANDFIRST:
        return finding.field == "standfirst"
    return (finding.new_block is not None and finding.new_block in row.new) or (
        finding.old_block is not None and finding.old_block in row.old
    )


_FIELD_WORDS = {"byline": "Byline", "published": "Publication date", "note": "Correction", "page": "Page"}


def _finding_hunks(findings: Sequence[Finding], *, shown: bool, whole: bool) -> Iterator[Hunk]:
    """What the rows do not show: changed bylines and dates, structured corrections; anything, if nothing is shown."""
    seen: set[tuple[str, str]] = set()
    for finding in findings:
        outside = finding.old_block is None and finding.new_block is None
        if (finding.before, finding.after) in seen:
            continue
        seen.add((finding.before, finding.after))
        if (finding.field not in _FIELD_WORDS or not outside) and shown:
            continue
        leaves: list[Leaf] = []
        longest = 0 if whole else LEAF_UNITS
        if finding.before:
            leaves.extend(_marked(Segment(mark=Mark.DELETED, text=clean(finding.before)), longest=longest))
        if finding.after:
            leaves.extend(_marked(Segment(mark=Mark.INSERTED, text=clean(finding.after)), longest=longest))
        if not any(leaf.text.strip() for leaf in leaves):
            continue
        note = finding.field == "note"
        yield Hunk(
            label=_FIELD_WORDS.get(finding.field, finding.field.capitalize() or "Text"),
            leaves=_merged(_spaced(leaves)),
            rank=_RANK_NOTE if note else int(finding.severity) * 10,
            place=-1,
        )
