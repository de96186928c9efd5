"""Quotations inside a headline or standfirst: one whose words were altered is told beside the changed headline.

A quotation that only moved within the headline is the same one, and another quotation in its place is another headline.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.comparison import Finding, Severity
from bot.core.findings.alteration import Alteration, alteration
from bot.core.findings.quote_sides import similarity
from bot.core.pair import Pair, Side
from bot.core.quotes import Quotation, find_quotations
from bot.core.speakers import Passage

ALIKE = 0.45
"""Share of words in order from which two quotations of one headline are one."""
SAME_REST = 0.8
"""Share of the words outside the marks that must be kept for two unlike quotations to be one with other words."""


def quotations_altered(pair: Pair) -> list[Finding]:
    """Q1 to Q3 for the quotations of a field of one line."""
    old, new = _quotations(pair.old, pair), _quotations(pair.new, pair)
    if not old or not new:
        return []
    kept = {one.words for one in old} & {one.words for one in new}
    left = [one for one in old if one.words not in kept]
    right = [one for one in new if one.words not in kept]
    found = []
    for before, after in _pairs(pair, left, right):
        change = alteration(before.keys, after.keys, pair.words)
        if change is not None and change.severity > Severity.TRIVIAL:
            found.append(_finding(pair, change, before, after))
    return found


def _quotations(side: Side, pair: Pair) -> list[Quotation]:
    if '"' not in side.folded.text and "'" not in side.folded.text:
        return []
    return [one for one in find_quotations([Passage(side.folded, side.text, side.tokens)], [pair.words]) if one.words]


def _pairs(pair: Pair, left: list[Quotation], right: list[Quotation]) -> Iterator[tuple[Quotation, Quotation]]:
    """Alike quotations, likest first; then the only one left on each side where the rest of the line is kept."""
    scored = sorted(
        (-similarity(a, b), i, j)
        for i, a in enumerate(left)
        for j, b in enumerate(right)
        if similarity(a, b) >= ALIKE or _holds(a, b) or _holds(b, a)
    )
    used: tuple[set[int], set[int]] = (set(), set())
    for _, i, j in scored:
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            yield left[i], right[j]
    rest = [a for i, a in enumerate(left) if i not in used[0]], [b for j, b in enumerate(right) if j not in used[1]]
    if len(rest[0]) == len(rest[1]) == 1 and _rest_kept(pair, rest[0][0], rest[1][0]):
        yield rest[0][0], rest[1][0]


def _holds(long: Quotation, short: Quotation) -> bool:
    """The words of one stand in a row in the other, two at least."""
    inner, outer = f" {' '.join(short.words)} ", f" {' '.join(long.words)} "
    return len(short.words) >= 2 and inner in outer


def _rest_kept(pair: Pair, before: Quotation, after: Quotation) -> bool:
    rests = [
        [
            token.key
            for token in side.tokens
            if token.wordlike and not any(a <= token.start < b for _, a, b in one.parts)
        ]
        for side, one in ((pair.old, before), (pair.new, after))
    ]
    shared = len(set(rests[0]) & set(rests[1]))
    return shared >= 2 and 2 * shared >= SAME_REST * (len(set(rests[0])) + len(set(rests[1])))


def _finding(pair: Pair, change: Alteration, before: Quotation, after: Quotation) -> Finding:
    places = []
    for side, one in ((pair.old, before), (pair.new, after)):
        _, start, end = one.parts[0]
        inside = [at for at, token in enumerate(side.tokens) if token.start >= start and token.end <= end]
        places.append((inside[0], inside[-1] + 1))
    return pair.finding(
        change.kind,
        change.severity,
        change.rule,
        f"{change.what} in the {pair.field}",
        places[0],
        places[1],
        why=change.why,
        who=after.speaker if after.named_here else before.speaker if before.named_here else None,
        context=0,
    )
