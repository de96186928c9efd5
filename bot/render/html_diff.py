"""A comparison as the web shows it: lines for paragraphs, folds for long unchanged runs, findings with where they are.

Each paragraph is pieces of text with one fate. Nothing here makes markup: the templates do, and they escape. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.story import BlockKind, Story
from bot.render.html_words import cut, finding_words
from bot.render.rows import Mark, Row, RowKind, Segment, glue, rows

FOLD = 3
"""Unchanged paragraphs in a row beyond this many are folded, one neighbour kept on each side."""
PAIR = 220
"""Characters of one side of a finding."""
LIKE = 0.5
"""Below this share of equal words, two texts are shown as wholly different."""
_SHOWN_BELOW = frozenset({"para_edited", "para_moved", "para_split", "para_merged"})
"""Findings whose words stand in the sheet in full; quoting them in the list would double the page."""
_SAID_BY_LABEL = frozenset({*_SHOWN_BELOW, "para_added", "para_removed", "headline_changed", "standfirst_changed"})
"""Findings that the label of their own row already says."""
Pieces = tuple[tuple[Mark, str], ...]
"""One paragraph as runs of words, each with its fate."""
_BLOCK_WORDS = {
    BlockKind.HEADING: "Subheading",
    BlockKind.CAPTION: "Caption",
    BlockKind.NOTE: "Note",
    BlockKind.QUOTE: "Block quotation",
    BlockKind.LIST_ITEM: "List line",
    BlockKind.TABLE_ROW: "Table row",
    BlockKind.LIVE_ENTRY: "Live entry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One paragraph beside what it was. ``old``, ``new`` and ``inline`` hold paragraphs; empty where there is none.

    ``kind`` is a RowKind's word, or ``moved_away`` for the place a paragraph left. ``anchor`` is unique on the page
    (``p4`` by the new number, ``o4`` by the old one); ``also`` are further anchors that lead here.
    ``whole``: too little survived for word marks, or a whole paragraph came or went. ``target`` is where a
    ``moved_away`` line points.
    """

    kind: str
    label: str
    anchor: str
    also: tuple[str, ...] = ()
    block: str = "paragraph"
    old: tuple[Pieces, ...] = ()
    new: tuple[Pieces, ...] = ()
    inline: tuple[Pieces, ...] = ()
    whole: bool = False
    moved: bool = False
    badges: tuple[Finding, ...] = ()
    target: str = ""

    @property
    def quiet(self) -> bool:
        """Whether nothing happened here that needs a label."""
        return self.kind == "unchanged" and not self.badges


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A run of unchanged paragraphs, shown on demand."""

    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A finding as listed: where it is (``place`` in words, ``anchor`` on the page, empty for none).

    ``sides`` is one run of words with marks where most of it stayed, else what was and what is.
    """

    finding: Finding
    words: str
    place: str = ""
    anchor: str = ""
    sides: tuple[Pieces, ...] = ()
    remark: str = ""
    """What the explanation says beyond the words before and after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffView:
    """A comparison, ready to lay out. ``fields`` are headline and standfirst where they changed."""

    fields: tuple[DiffLine, ...]
    parts: tuple[DiffLine | Fold, ...]
    findings: tuple[FoundLine, ...]
    lesser: tuple[FoundLine, ...]
    """Trivial findings, listed last."""

    @property
    def changed_lines(self) -> int:
        """How many paragraphs differ."""
        return sum(1 for part in self.parts if isinstance(part, DiffLine) and part.kind not in ("unchanged",))


def diff_view(comparison: Comparison, old: Story, new: Story) -> DiffView:
    """Lay a comparison out as lines and folds, findings with jump links."""
    everything = rows(comparison, old, new)
    badges = _badges(comparison.findings)
    lines = [_line(row, badges) for row in everything]
    fields = tuple(line for line in lines if line.kind in ("headline", "standfirst"))
    body = [line for line in lines if line.kind not in ("headline", "standfirst")]
    body = _with_places_left(body, everything, comparison)
    anchors = {anchor for line in (*fields, *body) for anchor in (line.anchor, *line.also)}
    found = [_found(finding, anchors) for finding in comparison.findings]
    return DiffView(
        fields=fields,
        parts=tuple(_folded(body)),
        findings=tuple(line for line in found if line.finding.severity > Severity.TRIVIAL),
        lesser=tuple(line for line in found if line.finding.severity == Severity.TRIVIAL),
    )


def unmarked(story: Story) -> tuple[tuple[str, str, int], ...]:
    """A version by itself: (kind, text, number) of each block a reader read."""
    return tuple(
        (block.kind.value, block.text, number)
        for number, block in enumerate(story.blocks, start=1)
        if block.kind is not BlockKind.FURNITURE
    )


def _badges(findings: Sequence[Finding]) -> dict[tuple[str, int], list[Finding]]:
    """Findings above trivial by the place they belong to; each at one place only, the new one where there is one."""
    out: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        said = finding.severity == Severity.TRIVIAL or finding.kind in _SAID_BY_LABEL
        if not said and (place := _place_of(finding)):
            out.setdefault(place, []).append(finding)
    return out


def _place_of(finding: Finding) -> tuple[str, int] | None:
    if finding.field in ("headline", "standfirst"):
        return finding.field, 0
    if finding.new_block:
        return "p", finding.new_block
    if finding.old_block:
        return "o", finding.old_block
    return None


def _line(row: Row, badges: Mapping[tuple[str, int], list[Finding]]) -> DiffLine:
    if row.kind in (RowKind.HEADLINE, RowKind.STANDFIRST):
        places: list[tuple[str, int]] = [(row.kind.value, 0)]
        anchors = [row.kind.value]
    else:
        places = [*(("p", number) for number in row.new), *(("o", number) for number in row.old)]
        anchors = [f"{side}{number}" for side, number in places]
    here = [finding for place in places for finding in badges.get(place, ())]
    is_field = row.kind in (RowKind.HEADLINE, RowKind.STANDFIRST)
    parts = glue(row.segments)
    if row.rewritten:
        parts = tuple(
            Segment(mark=mark, text=text)
            for mark, text in ((Mark.DELETED, row.old_text), (Mark.INSERTED, row.new_text))
            if text
        )
    return DiffLine(
        kind=row.kind.value,
        label=_label(row),
        anchor=anchors[0],
        also=tuple(anchors[1:]),
        block=row.block.value,
        old=_paragraphs(_side(parts, Mark.DELETED)) if row.old or is_field else (),
        new=_paragraphs(_side(parts, Mark.INSERTED)) if row.new or is_field else (),
        inline=_paragraphs([(part.mark, part.text) for part in parts]),
        whole=row.kind in (RowKind.ADDED, RowKind.REMOVED) or row.rewritten,
        moved=row.moved,
        badges=tuple(_one_of_each_kind(here)),
    )


def _one_of_each_kind(findings: Iterable[Finding]) -> Iterator[Finding]:
    seen: set[str] = set()
    for finding in findings:
        if finding.kind not in seen:
            seen.add(finding.kind)
            yield finding


def _label(row: Row) -> str:
    noun = _BLOCK_WORDS.get(row.block, "Paragraph")
    old, new = _numbers(row.old), _numbers(row.new)
    if row.kind is RowKind.HEADLINE:
        return "Headline"
    if row.kind is RowKind.STANDFIRST:
        return "Standfirst"
    if row.kind is RowKind.ADDED:
        return f"{noun} {new} is new"
    if row.kind is RowKind.REMOVED:
        return f"{noun} {old} was removed"
    if row.kind is RowKind.SPLIT:
        words = f"{noun} {old} was split into {new}"
    elif row.kind is RowKind.MERGED:
        words = f"{noun}s {old} were merged into {new}"
    elif row.moved:
        words = f"{noun} {new}, moved from {old}"
    else:
        words = f"{noun} {new}" if old == new else f"{noun} {new} (was {old})"
    if row.rewritten:
        return f"{words}, rewritten"
    return words


def _numbers(numbers: Sequence[int]) -> str:
    words = [str(number) for number in numbers]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" and {words[-1]}" if words else ""


def _side(parts: Sequence[Segment], mark: Mark) -> list[tuple[Mark, str]]:
    """What one column shows: the equal runs and those of ``mark``."""
    out = []
    for part in parts:
        if part.mark is Mark.EQUAL:
            out.append((Mark.EQUAL, (part.old_text or part.text) if mark is Mark.DELETED else part.text))
        elif part.mark is mark:
            out.append((mark, part.text))
    return out


def _paragraphs(pieces: Iterable[tuple[Mark, str]]) -> tuple[Pieces, ...]:
    """Cut at line breaks; outer spaces of a mark are moved out of it, so that no line is drawn under them."""
    out: list[list[tuple[Mark, str]]] = [[]]
    for mark, text in pieces:
        for index, line in enumerate(text.split("\n")):
            if index:
                out.append([])
            if not line:
                continue
            bare = line.strip()
            if mark is Mark.EQUAL or not bare:
                out[-1].append((Mark.EQUAL if not bare else mark, line))
                continue
            lead, tail = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
            out[-1] += [piece for piece in ((Mark.EQUAL, lead), (mark, bare), (Mark.EQUAL, tail)) if piece[1]]
    return tuple(tuple(line) for line in out if line)


def _with_places_left(body: list[DiffLine], everything: Sequence[Row], comparison: Comparison) -> list[DiffLine]:
    """Add a short line where each moved paragraph stood, pointing to where it went."""
    moved = sorted(
        (min(link.old), max(link.old), min(link.new))
        for link in comparison.links
        if link.moved and link.old and link.new
    )
    if not moved:
        return body
    shown = [row for row in everything if row.kind not in (RowKind.HEADLINE, RowKind.STANDFIRST)]
    out: list[DiffLine] = []
    waiting = iter(moved)
    pending = next(waiting, None)
    for line, row in zip(body, shown, strict=True):
        if not row.moved and row.old:
            while pending is not None and pending[0] < min(row.old):
                out.append(_left(pending))
                pending = next(waiting, None)
        out.append(line)
    while pending is not None:
        out.append(_left(pending))
        pending = next(waiting, None)
    return out


def _left(moved: tuple[int, int, int]) -> DiffLine:
    first, last, target = moved
    words = f"Paragraph {first}" if first == last else f"Paragraphs {first} to {last}"
    return DiffLine(
        kind="moved_away", label=f"{words} moved to {target}", anchor=f"from{first}", moved=True, target=f"p{target}"
    )


def _folded(lines: Sequence[DiffLine]) -> Iterator[DiffLine | Fold]:
    index = 0
    while index < len(lines):
        end = index
        while end < len(lines) and lines[end].quiet:
            end += 1
        run = lines[index:end]
        keep_before = 1 if index > 0 else 0
        keep_after = 1 if end < len(lines) else 0
        if len(run) - keep_before - keep_after >= FOLD:
            yield from run[:keep_before]
            yield Fold(lines=tuple(run[keep_before : len(run) - keep_after]))
            yield from run[len(run) - keep_after :] if keep_after else ()
        else:
            yield from run
        if end < len(lines):
            yield lines[end]
        index = end + 1


def _found(finding: Finding, anchors: set[str]) -> FoundLine:
    place = _place_of(finding)
    anchor, words = ("byline", "byline") if finding.field == "byline" else ("", "")
    if place is not None:
        side, number = place
        anchor = side if not number else f"{side}{number}"
        noun = "note" if finding.field == "note" else "caption" if finding.field == "caption" else "paragraph"
        words = side if not number else f"{'old ' if side == 'o' else ''}{noun} {number}"
        if anchor not in anchors:
            anchor = ""
    sides = () if finding.kind in _SHOWN_BELOW else _pair(finding.before, finding.after)
    return FoundLine(
        finding=finding,
        words=finding_words(finding.kind),
        place=words,
        anchor=anchor,
        sides=sides,
        remark=_remark(finding) if sides else "",
    )


def _pair(before: str, after: str) -> tuple[Pieces, ...]:
    """Two short texts as one with marks on the words that differ; apart where little is alike."""
    before, after = cut(before, PAIR), cut(after, PAIR)
    whole = tuple(((mark, text),) for mark, text in ((Mark.DELETED, before), (Mark.INSERTED, after)) if text)
    old, new = before.split(" "), after.split(" ")
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if len(whole) < 2 or matcher.ratio() < LIKE:
        return whole
    parts: list[tuple[Mark, str]] = []
    for op, a, b, c, d in matcher.get_opcodes():
        if op == "equal":
            parts.append((Mark.EQUAL, " ".join(new[c:d]) + " "))
            continue
        parts += [(Mark.DELETED, " ".join(old[a:b]) + " ")] if b > a else []
        parts += [(Mark.INSERTED, " ".join(new[c:d]) + " ")] if d > c else []
    return _paragraphs(parts)


def _remark(finding: Finding) -> str:
    """The explanation without its quotation of the words before and after, which stand beside it."""
    _, quoted, rest = finding.explanation.rpartition("”")
    words = (rest if quoted else finding.explanation).strip(" .,;:()")
    return f"{words}." if words and words[-1].isalpha() else words
