"""Reading the quotations of two versions: which paragraphs need it, and what was read on both sides.

Paragraphs that are equal hold equal quotations. They are read only where a neighbour changed (a quotation may run on,
and *he said* means whoever spoke before), or where a quarter of the story or more changed: then every quotation is
listed with its fate, those of kept paragraphs as verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.findings.linked import LinkedPair
from bot.core.findings.quote_sides import QuoteSide
from bot.core.findings.quotes import QuoteMatcher
from bot.core.lexicon import Lexicon, lexicon
from bot.core.pair import Pair, Side
from bot.core.quotes import Quotation, find_quotations
from bot.core.speakers import Passage
from bot.core.story import BlockKind
from bot.core.text import fold, fold_text, tokenize
from bot.core.work import Version, Work

_MARKED = re.compile(r"""["]|(?:^|[\s(\[{/-])'\S""")
BEFORE = 4
"""Paragraphs before a changed one that are read for who speaks."""
MUCH = 0.25
"""From this share of changed paragraphs on all quotations are read."""


@dataclass(slots=True)
class Quoted:
    """Quotations of both sides after matching."""

    old: QuoteSide
    new: QuoteSide
    matcher: QuoteMatcher


def read_quotations(work: Work, pairs: Sequence[LinkedPair]) -> Quoted:
    """Quotations of both versions, matched; their findings and fates go to ``work``."""
    exact = {linked.match.old[0]: linked.match.new[0] for linked in pairs if linked.match.how == "exact"}
    old = _side(work, work.old, {at: n for n, one in enumerate(pairs) for at in one.match.old}, exact.keys(), pairs)
    new = _side(
        work, work.new, {at: n for n, one in enumerate(pairs) for at in one.match.new}, set(exact.values()), pairs
    )
    old.kept = {number for number, linked in enumerate(pairs) if linked.match.how in {"words", "joined"}}
    for linked in pairs:
        if linked.pair is not None:
            _mark_quoted(linked.pair, linked.match.old, linked.match.new, old, new)
    kept = list(_kept(old, new, exact))
    matcher = QuoteMatcher(old, new, work.index, work.budget)
    for left, right in kept:
        matcher.keep(left, right)
    matcher.run()
    work.findings += matcher.findings
    work.quotes += [fate for _, fate in matcher.fates]
    return Quoted(old, new, matcher)


def _side(
    work: Work, version: Version, links: Mapping[int, int], exact: Collection[int], pairs: Sequence[LinkedPair]
) -> QuoteSide:
    content = [position for position, sort in enumerate(version.sorts) if sort.sort == "content"]
    changed = [position for position in content if position not in exact]
    wanted = set(content) if len(changed) >= MUCH * len(content) else _around(version, content, changed)
    passages: list[Passage | None] = [None] * len(version.blocks)
    words_of: list[Lexicon] = [lexicon(work.lang)] * len(version.blocks)
    for position in wanted:
        block, text = version.blocks[position], version.folded[position]
        compared = position in links and pairs[links[position]].pair is not None
        if not (compared or block.kind is BlockKind.QUOTE or _MARKED.search(text)):
            continue
        folded = fold(block.text)
        tokens = tokenize(folded.text)
        passages[position] = Passage(folded, block.text, tokens, block.kind is BlockKind.QUOTE)
        words_of[position] = work.lexicon_for([token.key for token in tokens[:300]])
    skip = {position for position, sort in enumerate(version.sorts) if sort.sort != "content"}
    numbers = range(1, len(version.blocks) + 1)
    return QuoteSide(find_quotations(passages, words_of, skip), passages, numbers, links, words_of)


def _around(version: Version, content: Sequence[int], changed: Sequence[int]) -> set[int]:
    """The changed paragraphs, some before each, and those into which a quotation may run on."""
    place = {position: index for index, position in enumerate(content)}
    found: set[int] = set()
    for position in changed:
        index = place[position]
        found.update(content[max(index - BEFORE, 0) : index + 1])
        index += 1
        while index < len(content) and version.folded[content[index]].startswith('"'):
            found.add(content[index])
            index += 1
    return found


def _kept(old: QuoteSide, new: QuoteSide, exact: Mapping[int, int]) -> Iterator[tuple[Quotation, Quotation]]:
    """Take out the quotations of equal paragraphs, as pairs; the form of a mark must not change their reading."""
    there = set(exact.values())
    by_new: dict[int, list[Quotation]] = {}
    for quotation in new.quotations:
        if all(part[0] in there for part in quotation.parts):
            by_new.setdefault(quotation.position, []).append(quotation)
    gone = [quotation for quotation in old.quotations if all(part[0] in exact for part in quotation.parts)]
    for quotation in gone:
        queue = by_new.get(exact[quotation.position], [])
        mate = next((other for other in queue if other.words == quotation.words), None)
        if mate is not None:
            queue.remove(mate)
        parts = tuple((exact[position], start, end) for position, start, end in quotation.parts)
        yield quotation, mate or replace(quotation, parts=parts)
    dropped = set(map(id, gone))
    old.quotations = [one for one in old.quotations if id(one) not in dropped]
    new.quotations = [one for one in new.quotations if not all(part[0] in there for part in one.parts)]


def _mark_quoted(pair: Pair, old_at: Sequence[int], new_at: Sequence[int], old: QuoteSide, new: QuoteSide) -> None:
    for side, quote_side, positions, into in (
        (pair.old, old, old_at, pair.old_quoted),
        (pair.new, new, new_at, pair.new_quoted),
    ):
        offsets = dict(zip(positions, _folded_offsets(side), strict=True))
        for quotation in quote_side.quotations:
            for position, start, end in quotation.parts:
                if position not in offsets:
                    continue
                low, high = offsets[position] + start, offsets[position] + end
                inside = [at for at, token in enumerate(side.tokens) if token.start >= low and token.end <= high]
                if inside:
                    into.append((inside[0], inside[-1] + 1))


def _folded_offsets(side: Side) -> list[int]:
    """Where each block of a joined side begins in its folded text."""
    found, at = [], 0
    for text in side.texts:
        found.append(at)
        size = len(fold_text(text))
        at += size + (1 if size else 0)
    return found
