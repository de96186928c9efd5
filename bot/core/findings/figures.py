"""Figures and dates: what was one value and is now another.

A figure that only moved, or that is written another way, is no change; one that merely leaves a paragraph is told
quietly, and not at all where the story says it elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from bot.core.comparison import Finding
from bot.core.diff import Op
from bot.core.figure_scan import find_figures
from bot.core.figures import Figure, alike, change_in_percent, is_rounding, same_date
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon
from bot.core.pair import Pair, Side


@dataclass(slots=True)
class FactResult:
    """Findings of a pair, and its figures for other rules."""

    findings: list[Finding] = field(default_factory=list)
    old_figures: list[Figure] = field(default_factory=list)
    new_figures: list[Figure] = field(default_factory=list)


def _token_map(ops: Sequence[Op]) -> dict[int, int]:
    return {
        i: j
        for tag, i1, i2, j1, j2 in ops
        if tag == "equal" and i2 - i1 == j2 - j1
        for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
    }


def figures(pair: Pair, index: StoryIndex) -> FactResult:
    """All findings about figures and dates of a pair."""
    old = find_figures(pair.old.tokens, pair.words)
    new = find_figures(pair.new.tokens, pair.words)
    if pair.entry:  # the stamp before an entry ages
        old, new = (
            [one for one in found if not (one.start < 2 and "ago" in side.keys[one.end : one.end + 2])]
            for side, found in ((pair.old, old), (pair.new, new))
        )
    result = FactResult(old_figures=old, new_figures=new)
    to_new = _token_map(pair.ops)
    by_start = {figure.start: figure for figure in new}
    left: list[Figure] = []
    gone: set[int] = set()
    for figure in old:
        mate = by_start.get(to_new.get(figure.start, -1))
        whole = all(
            to_new.get(at) == to_new.get(figure.start, -9) + at - figure.start for at in range(figure.start, figure.end)
        )
        if mate is not None and whole and mate.identity == figure.identity:
            gone.add(mate.start)
        else:
            left.append(figure)
    right = [figure for figure in new if figure.start not in gone]
    pairs: list[tuple[Figure, Figure]] = []
    for op in (*(op for op in pair.ops if op[0] != "equal"), *pair.hunks):
        _pair_in(pair, op, left, right, pairs)
    swapped = _cancel_same(
        pair,
        left,
        right,
        [
            (figure, by_start[to_new[figure.start]])
            for figure in old
            if figure not in left and figure.start in to_new and to_new[figure.start] in by_start
        ],
    )
    _pair_numbers(pair, left, right, pairs)
    _pair_by_context(pair, left, right, pairs)
    for before, after in pairs:
        finding = _changed(pair, before, after, (old, new))
        if finding is not None:
            result.findings.append(finding)
    for before, after in swapped:
        result.findings.append(
            pair.finding(
                "figure_changed",
                3,
                "F1",
                "Figures changed places",
                (before.start, before.end),
                (after.start, after.end),
                confidence=0.8,
                context=5,
            )
        )
    result.findings += _rates(pair, old, new, to_new)
    result.findings += _leftover(pair, left, old, index, removed=True)
    result.findings += _leftover(pair, right, new, index, removed=False)
    return result


_PER = frozenset("a an per each every pro je im par por al alla à al' all' ao à la il / the".split())


def _rate(side: Side, figure: Figure, words: Lexicon) -> tuple[str, int]:
    """The span of time of ``€300 a month`` and the token that names it, ("", 0) for none."""
    at = figure.end
    if side.keys[at : at + 1] and side.keys[at] in _PER:
        for place in (at + 1, at + 2):
            unit = words.units.get(side.keys[place], "") if place < len(side.keys) else ""
            if unit in _SPANS:
                return unit, place
    return "", 0


_SPANS = frozenset("s min h day week month year decade".split())


def _rates(pair: Pair, old: Sequence[Figure], new: Sequence[Figure], to_new: Mapping[int, int]) -> list[Finding]:
    """A kept figure whose rate is another one: *€300 a month*, *€300 a year*."""
    by_core = {figure.core: figure for figure in new}
    found = []
    for figure in old:
        mate = by_core.get(to_new.get(figure.core, -1))
        if mate is None or not isinstance(figure.value, Fraction):
            continue
        (before, at), (after, there) = _rate(pair.old, figure, pair.words), _rate(pair.new, mate, pair.words)
        if before and after and before != after:
            found.append(
                pair.finding("figure_changed", 3, "F1", "Rate changed", (figure.start, at + 1), (mate.start, there + 1))
            )
    return found


def _pair_in(pair: Pair, op: Op, left: list[Figure], right: list[Figure], pairs: list[tuple[Figure, Figure]]) -> None:
    _, i1, i2, j1, j2 = op
    here = [figure for figure in left if figure.start < i2 and figure.end > i1]
    there = [figure for figure in right if figure.start < j2 and figure.end > j1]
    if here and not there and i1 != i2:  # the digits were kept but the unit went: 5 % -> 5
        there = [figure for figure in right if figure.start <= j1 <= figure.end]
    if there and not here:
        here = [figure for figure in left if figure.start <= i1 <= figure.end]
    if not here or not there:
        return
    for figure in list(here):
        mate = next((other for other in there if other.identity == figure.identity), None)
        if mate is not None:
            for listed, gone in ((here, figure), (left, figure), (there, mate), (right, mate)):
                listed.remove(gone)
    small = max(i2 - i1, j2 - j1) <= 12
    for figure in list(here):
        rank = [
            (0 if other.family == figure.family else 1, 0 if _same_context(pair, figure, other) else 1, number, other)
            for number, other in enumerate(there)
            if _comparable(figure, other)
        ]
        rank.sort(key=lambda entry: entry[:3])
        if not rank:
            continue
        _family, context, _, mate = rank[0]
        if small or context == 0:
            pairs.append((figure, mate))
            left.remove(figure)
            right.remove(mate)
            there.remove(mate)


def _pair_numbers(pair: Pair, left: list[Figure], right: list[Figure], pairs: list[tuple[Figure, Figure]]) -> None:
    """A number that stands where another stood is a change even where the two read as figures of different kinds."""
    for tag, i1, i2, j1, j2 in pair.ops:
        if tag != "replace" or i2 - i1 != 1 or j2 - j1 != 1:
            continue
        if pair.old.tokens[i1].kind != "number" or pair.new.tokens[j1].kind != "number":
            continue
        before = next((figure for figure in left if figure.start <= i1 < figure.end), None)
        after = next((figure for figure in right if figure.start <= j1 < figure.end), None)
        if before is not None and after is not None:
            pairs.append((before, after))
            left.remove(before)
            right.remove(after)


def _comparable(a: Figure, b: Figure) -> bool:
    if a.weak and b.weak and not a.unit == b.unit == "times":
        return False
    if a.family == b.family:
        return True
    amounts = {"number", "money", "percent", "points"}
    if a.family in amounts and b.family in amounts:
        return True
    return "date" in {a.family, b.family} and {a.kind, b.kind} <= {"year", "number"} and not (a.weak or b.weak)


def _same_context(pair: Pair, a: Figure, b: Figure, *, tight: bool = False) -> bool:
    """The next word (or the two before) is the same on both sides; ``tight`` asks for a content word right behind."""
    old, new = pair.old.keys, pair.new.keys
    after = a.end < len(old) and b.end < len(new) and old[a.end] == new[b.end] and old[a.end][0].isalpha()
    if after and not pair.words.is_content(old[a.end]):
        after = a.end + 1 < len(old) and b.end + 1 < len(new) and old[a.end + 1] == new[b.end + 1]
    if tight:
        return after and pair.words.is_content(old[a.end])
    before = (
        a.start > 1
        and b.start > 1
        and old[a.start - 1] == new[b.start - 1]
        and old[a.start - 2] == new[b.start - 2]
        and any(pair.words.is_content(key) and key[0].isalpha() for key in old[a.start - 2 : a.start])
    )
    return after or before


def _cancel_same(
    pair: Pair, left: list[Figure], right: list[Figure], kept: Sequence[tuple[Figure, Figure]]
) -> list[tuple[Figure, Figure]]:
    """Take out figures that only moved; those that changed places with another one come back as swapped."""
    swapped: list[tuple[Figure, Figure]] = []
    for figure in list(left):
        mate = next((other for other in right if other.identity == figure.identity), None)
        if mate is None:
            continue
        left.remove(figure)
        right.remove(mate)
        if figure.is_date or figure.weak or _same_context(pair, figure, mate, tight=True):
            continue
        if pair.old.sentence_of(figure.start) != pair.old.sentence_of(min(figure.end, len(pair.old.tokens) - 1)):
            continue
        for stay_old, stay_new in kept:
            crossed = (figure.start < stay_old.start) != (mate.start < stay_new.start)
            near = abs(figure.start - stay_old.start) <= 8 and abs(mate.start - stay_new.start) <= 8
            alike = stay_old.family == figure.family and stay_old.unit == figure.unit and not stay_old.is_date
            if crossed and near and alike and not _same_context(pair, stay_old, stay_new, tight=True):
                swapped.append((figure, mate))
                break
    return swapped


def _pair_by_context(pair: Pair, left: list[Figure], right: list[Figure], pairs: list[tuple[Figure, Figure]]) -> None:
    for figure in list(left):
        mates = [other for other in right if _comparable(figure, other) and figure.family == other.family]
        mates = [other for other in mates if _same_context(pair, figure, other)]
        if len(mates) == 1 and not figure.weak and figure.kind != "relative":
            pairs.append((figure, mates[0]))
            left.remove(figure)
            right.remove(mates[0])


def _unit_told(pair: Pair, before: Figure, after: Figure, figures: tuple[Sequence[Figure], Sequence[Figure]]) -> bool:
    """The figure without a unit shares that of its neighbour: *from 3 to 4 per cent*, *€1.7m, insured for 1.2m*."""
    bare, side, others = (before, pair.old, figures[0]) if not before.unit else (after, pair.new, figures[1])
    unit = after.unit or before.unit
    return any(
        other is not bare and other.unit == unit and side.sentence_of(other.start) == side.sentence_of(bare.start)
        for other in others
    )


_ABOUT = frozenset(
    """about around roughly nearly almost some approximately circa over under than etwa rund fast knapp ungefähr mehr
    environ près presque quelque plus cerca unos unas casi alrededor aproximadamente quasi oltre ongeveer bijna
    zowat ruim quase""".split()
)


def _says_about(pair: Pair, before: Figure, after: Figure) -> tuple[bool, bool]:
    """Which of the two alone says of itself that it is a rough one: *about 50*, *more than 50*."""
    old, new = (
        bool(_ABOUT & set(side.keys[max(figure.start - 2, 0) : figure.start]))
        for side, figure in ((pair.old, before), (pair.new, after))
    )
    return old and not new, new and not old


def _changed(
    pair: Pair, before: Figure, after: Figure, figures: tuple[Sequence[Figure], Sequence[Figure]]
) -> Finding | None:
    if alike(before, after) or same_date(before, after):
        return None
    if pair.field in {"headline", "standfirst"} and pair.score < 0.5 and not _same_context(pair, before, after):
        return None  # another sentence, with a figure of its own
    if before.value == after.value and "" in {before.unit, after.unit} and _unit_told(pair, before, after, figures):
        return None
    dates = before.is_date and after.is_date
    kind = "date_changed" if before.is_date or after.is_date else "figure_changed"
    rule, severity, why, confidence = ("F2" if dates else "F1"), 3, "", 0.95
    data: dict[str, object] = {}
    kinds = {before.kind, after.kind}
    if dates and "relative" in kinds:
        severity = 1
    elif kinds == {"weekday"}:
        severity = 2
    elif dates and before.kind != after.kind:
        severity, confidence = 2, 0.6
    elif before.in_name and after.in_name:
        severity, rule, why = 2, "F2", "The number is part of a name."
    elif not dates and before.unit == after.unit and is_rounding(before, after, told=_says_about(pair, before, after)):
        severity, data["rounding"], why = 2, True, "Rounded, or made exact."
    elif not dates and before.unit != after.unit and before.value == after.value:
        why = "The unit changed."
    percent = change_in_percent(before, after)
    what = "Date changed" if kind == "date_changed" else "Figure changed"
    return pair.finding(
        kind,
        severity,
        rule,
        what,
        (before.start, before.end),
        (after.start, after.end),
        why=why or (f"({percent:+g} %)" if percent is not None and not before.in_name else ""),
        confidence=confidence,
        data={**data, **({"change_percent": percent} if percent is not None else {})},
    )


def _leftover(
    pair: Pair, listed: Sequence[Figure], everything: Sequence[Figure], index: StoryIndex, *, removed: bool
) -> list[Finding]:
    found = []
    for figure in listed:
        if figure.weak or figure.kind in {"relative", "weekday", "time"} or figure.identity in index.figures(removed):
            continue
        if figure.kind == "ordinal" or (figure.unit == "part"):
            continue
        only = sum(1 for other in everything if not other.weak and other.kind not in {"relative", "weekday"}) == 1
        place = (figure.start, figure.end)
        found.append(
            pair.finding(
                "figure_removed" if removed else "figure_added",
                2 if only and removed else 1,
                "F3",
                "Figure removed" if removed else "Figure added",
                place if removed else None,
                None if removed else place,
            )
        )
    return found
