"""Which paragraph became which: kept, edited, moved, split, merged, rewritten, added, removed.

Exact texts pair first, then pure splits and joins, then the rest by shared rare words through an inverted index
(weights are inverse document frequencies), greedily, best first. Moves are what lies off the heaviest increasing chain.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from bot.core import recut
from bot.core.diff import Budget, increasing
from bot.core.runs import LONG_POSTING, contiguous, longest_run, mass, meets
from bot.core.units import Match, Unit

RARE_WORDS = 24
CANDIDATES = 5
MAX_JOINED = 8
"""Blocks of both sides that may be linked as one because the breaks between them moved."""


class Aligner:
    """Aligns two lists of units; every position ends in exactly one match or in ``removed`` / ``added``."""

    def __init__(
        self,
        old: Sequence[Unit],
        new: Sequence[Unit],
        *,
        edited: float = 0.42,
        rewritten: float = 0.30,
        joined: float = 0.55,
        function_words: frozenset[str] = frozenset(),
        budget: Budget | None = None,
    ) -> None:
        self.old, self.new = old, new
        self.edited, self.rewritten, self.joined = edited, rewritten, joined
        self.function_words = function_words
        self.budget = budget or Budget()
        self.free_old: dict[int, Unit] = {unit.position: unit for unit in old}
        self.free_new: dict[int, Unit] = {unit.position: unit for unit in new}
        self.matches: list[Match] = []
        self._by_place: tuple[dict[int, Unit], dict[int, Unit]] | None = None

    def run(self) -> list[Match]:
        """All matches, in order of the first new position."""
        self._exact(lambda unit: unit.folded, "exact")
        self._exact(lambda unit: unit.exact, "words")
        for whole, parts in recut.joins(self.free_old, self.free_new):
            self._take((whole,), parts, 1.0, "joined")
        for whole, parts in recut.joins(self.free_new, self.free_old):
            self._take(parts, (whole,), 1.0, "joined")
        for old, new in recut.chains(self.free_old, self.free_new):
            self._take(old, new, 1.0, "joined")
        if self.free_old and self.free_new:
            self._fuzzy()
        if (self.free_old or self.free_new) and not self.budget.spent:
            self._attach()
        if len(self.matches) > 1 and not self.budget.spent:
            self._bridge()
        if self.free_old and self.free_new and not self.budget.spent:
            self._rewritten()
        if self.free_old and self.free_new and not self.budget.spent:
            self._contained()
        self.matches.sort(key=lambda match: (match.new[0], match.old[0]))
        return self.matches

    def _take(self, old: Sequence[int], new: Sequence[int], score: float, how: str) -> None:
        for position in old:
            del self.free_old[position]
        for position in new:
            del self.free_new[position]
        self.matches.append(Match(tuple(old), tuple(new), score, how))

    def _exact(self, form, how: str) -> None:  # type: ignore[no-untyped-def]
        old = list(self.free_old.values())
        new = list(self.free_new.values())
        low = 0
        while low < min(len(old), len(new)) and form(old[low]) == form(new[low]):
            low += 1
        high = 0
        while high < min(len(old), len(new)) - low and form(old[-1 - high]) == form(new[-1 - high]):
            high += 1
        pairs = [*zip(old[:low], new[:low], strict=True)]
        if high:
            pairs += [*zip(old[-high:], new[-high:], strict=True)]
        waiting: dict[str, list[Unit]] = defaultdict(list)
        for unit in reversed(old[low : len(old) - high]):
            waiting[form(unit)].append(unit)
        for unit in new[low : len(new) - high]:
            queue = waiting.get(form(unit))
            if queue:
                pairs.append((queue.pop(), unit))
        for left, right in pairs:
            if form(left) or left.folded == right.folded:
                self._take((left.position,), (right.position,), 1.0, how)

    def _contained(self) -> None:
        """A block of four words or more that stands whole in the one it must come from: cut down, or drawn out."""
        gaps = self._gaps()
        for left in sorted(self.free_old):
            for right in gaps.get(left, ()):
                if left not in self.free_old or right not in self.free_new:
                    continue
                before, after = self.free_old[left], self.free_new[right]
                short, long = sorted((before.words, after.words), key=len)
                if len(short) >= 4 and _compatible(before.group, after.group) and contiguous(short, long):
                    self._take((left,), (right,), round(2 * len(short) / (len(short) + len(long)), 6), "fuzzy")

    def _weights(self) -> dict[str, float]:
        chosen: dict[tuple[str, int], Unit] = {}
        for side, free, units in (("o", self.free_old, self.old), ("n", self.free_new, self.new)):
            index_of = {unit.position: index for index, unit in enumerate(units)}
            for position in free:
                at = index_of[position]
                for near in (at - 1, at, at + 1):
                    if 0 <= near < len(units):
                        chosen[side, units[near].position] = units[near]
        documents: Counter[str] = Counter()
        for unit in chosen.values():
            documents.update(unit.bag.keys())
        total = max(len(chosen), 1)
        return {word: math.log(1 + total / count) for word, count in documents.items()}

    def _fuzzy(self) -> None:
        self.idf = self._weights()
        idf = self.idf
        self.mass = {id(unit): mass(unit.bag, idf) for free in (self.free_old, self.free_new) for unit in free.values()}
        postings: dict[str, list[int]] = defaultdict(list)
        for position, unit in self.free_new.items():
            for word in unit.bag:
                postings[word].append(position)
        gaps = self._gaps()
        scored: list[tuple[float, float, int, int]] = []
        span_old, span_new = max(len(self.old), 1), max(len(self.new), 1)
        self.weak: list[tuple[float, float, int, int]] = []
        for position, unit in self.free_old.items():
            rare = sorted(unit.bag, key=lambda word: (-idf[word], word))[:RARE_WORDS]
            votes: dict[int, float] = defaultdict(float)
            for word in rare:
                posting = postings.get(word, ())
                if len(posting) <= LONG_POSTING:
                    for other in posting:
                        votes[other] += idf[word]
            best = sorted(votes, key=lambda other: (-votes[other], abs(other - position), other))[:CANDIDATES]
            near = [other for other in gaps.get(position, ()) if other not in best]
            for other in [*best, *near]:
                mate = self.free_new[other]
                if not _compatible(unit.group, mate.group):
                    continue
                if not self.budget.take(len(unit.bag) + 1):
                    break
                score = self.score(unit, mate)
                distance = abs(position / span_old - other / span_new)
                if score >= self.edited:
                    scored.append((-round(score, 6), distance, position, other))
                elif score >= self.rewritten:
                    self.weak.append((-round(score, 6), distance, position, other))
        for negative, _distance, left, right in sorted(scored):
            if left in self.free_old and right in self.free_new:
                self._take((left,), (right,), -negative, "fuzzy")

    def score(self, left: Unit, right: Unit) -> float:
        """Weighted overlap of two word multisets, 0 to 1."""
        total = self.mass[id(left)] + self.mass[id(right)]
        if not total:
            return 0.0
        small, large = sorted((left.bag, right.bag), key=len)
        shared = sum(self.idf[word] * min(count, large[word]) for word, count in small.items() if word in large)
        return 2 * shared / total

    def _gaps(self) -> dict[int, list[int]]:
        """Free new positions lying between the same linked neighbours as each free old position (small gaps only)."""
        linked = sorted((match.old[0], match.new[0]) for match in self.matches)
        chain = increasing([pair[1] for pair in linked], [1] * len(linked))
        fixed = [linked[index] for index in chain]
        olds = [pair[0] for pair in fixed]
        free_new = sorted(self.free_new)
        found: dict[int, list[int]] = {}
        for position in self.free_old:
            at = bisect_left(olds, position)
            low = fixed[at - 1][1] if at else -1
            high = fixed[at][1] if at < len(fixed) else 10**9
            start, end = bisect_left(free_new, low), bisect_left(free_new, high)
            if end - start <= 6:
                found[position] = free_new[start:end]
        return found

    def _attach(self) -> None:
        """Let a free block join an existing link of which it explains what is unexplained: splits and merges."""
        if not hasattr(self, "idf"):
            self.idf = self._weights()
        old_at = {unit.position: unit for unit in self.old}
        new_at = {unit.position: unit for unit in self.new}
        groups: list[tuple[list[int], list[int], float]] = []
        rest_old: list[Counter[str]] = []
        rest_new: list[Counter[str]] = []
        kept: list[Match] = []
        for match in self.matches:
            if match.how == "fuzzy":
                groups.append((list(match.old), list(match.new), match.score))
                left, right = old_at[match.old[0]].bag, new_at[match.new[0]].bag
                rest_old.append(left - right)
                rest_new.append(right - left)
            else:
                kept.append(match)
        joined_old: set[int] = set()
        joined_new: set[int] = set()
        for free, rests, side in (
            (self.free_old, rest_new, "old"),
            (self.free_new, rest_old, "new"),
        ):
            postings: dict[str, list[int]] = defaultdict(list)
            for number, rest in enumerate(rests):
                for word in rest:
                    postings[word].append(number)
            for position, unit in sorted(free.items()):
                host = self._host(unit, position, side, groups, rests, postings, old_at, new_at)
                if host is None:
                    continue
                (groups[host][0] if side == "old" else groups[host][1]).append(position)
                rests[host] = rests[host] - unit.bag
                (joined_old if side == "old" else joined_new).add(position)
        for position in joined_old:
            del self.free_old[position]
        for position in joined_new:
            del self.free_new[position]
        self.matches = kept + [
            Match(tuple(sorted(old)), tuple(sorted(new)), score, "fuzzy") for old, new, score in groups
        ]

    def _host(
        self,
        unit: Unit,
        position: int,
        side: str,
        groups: Sequence[tuple[list[int], list[int], float]],
        rests: Sequence[Counter[str]],
        postings: Mapping[str, Sequence[int]],
        old_at: Mapping[int, Unit],
        new_at: Mapping[int, Unit],
    ) -> int | None:
        idf = self.idf
        own = mass(unit.bag, idf)
        if not own:
            return None
        votes: dict[int, float] = defaultdict(float)
        for word in sorted(unit.bag, key=lambda word: (-idf.get(word, 0.0), word))[:RARE_WORDS]:
            posting = postings.get(word, ())
            if len(posting) <= LONG_POSTING:
                for number in posting:
                    votes[number] += idf.get(word, 0.0)
        for number in sorted(votes, key=lambda number: (-votes[number], number))[:CANDIDATES]:
            old, new, _ = groups[number]
            if len(old) + len(new) >= 6:
                continue
            crossed = len(new) > 1 if side == "old" else len(old) > 1
            partner = new_at[new[0]] if side == "old" else old_at[old[0]]
            host = old_at[old[0]] if side == "old" else new_at[new[0]]
            if not _compatible(unit.group, host.group) or abs(position - host.position) > 12:
                continue
            shared = unit.bag & rests[number]
            explained = mass(shared, idf)
            words = unit.words
            if len(words) <= 8 and len(words) >= 2 and explained >= 0.8 * own and contiguous(words, partner.words):
                if not crossed:
                    return number
                continue
            if len(words) < 5 or not self.budget.take(len(words) * 4):
                continue
            if self._explains(unit, partner, shared, explained / own, explained / max(mass(rests[number], idf), 1e-9)):
                if crossed and explained < self.joined * own:
                    continue
                return number
        return None

    def _explains(self, unit: Unit, partner: Unit, shared: Counter[str], own: float, rest: float) -> bool:
        """True where a block is told in what its partner's link leaves unexplained.

        ``own`` and ``rest`` are the shares of weight explained of the block and of that rest. The less is explained,
        the more words in a row must be the same.
        """
        if max(own, rest) < 0.5:
            return False
        words, content = longest_run(unit.words, partner.words, self.function_words)
        if len(unit.words) <= 8:
            return own >= 0.7 and words >= 4
        told = sum(1 for word in shared if word not in self.function_words and word[0].isalnum())
        return (
            (max(own, rest) >= self.joined and words >= 5 and content >= 3)
            or (own >= self.joined and rest >= 0.8 and words >= 5 and content >= 2)
            or (own >= 0.5 and words >= 4 and content >= 2)
            or (own >= 0.5 and rest >= 0.5 and words >= 3 and content >= 2)
            or (own >= 0.6 and words >= 3 and told >= 4)
        )

    def _bridge(self) -> None:
        """Join neighbouring links between which the paragraph break moved: text cut anew and edited too."""
        self.matches.sort(key=lambda match: (match.new[0], match.old[0]))
        joined: list[Match] = []
        for match in self.matches:
            last = joined[-1] if joined else None
            if last is not None and last.how == match.how == "fuzzy" and self._shifted(last, match):
                weight = len(last.new), len(match.new)
                score = (last.score * weight[0] + match.score * weight[1]) / sum(weight)
                joined[-1] = Match(last.old + match.old, last.new + match.new, round(score, 6), "fuzzy")
            else:
                joined.append(match)
        self.matches = joined

    def _shifted(self, upper: Match, lower: Match) -> bool:
        """The end of one became the beginning of the next, or the other way round."""
        if lower.old[0] <= upper.old[-1] or lower.old[0] - upper.old[-1] > 3 or lower.new[0] - upper.new[-1] > 3:
            return False
        if sum(map(len, (upper.old, upper.new, lower.old, lower.new))) > MAX_JOINED:
            return False
        old_at, new_at = self._places()
        a, b = old_at[upper.old[-1]], new_at[lower.new[0]]
        c, d = new_at[upper.new[-1]], old_at[lower.old[0]]
        if a.group != d.group:
            return False
        gone = [a.bag - c.bag, d.bag - b.bag]
        come = [b.bag - d.bag, c.bag - a.bag]
        for (tail, head), left, right in zip(((a, b), (c, d)), (gone[0], come[1]), (come[0], gone[1]), strict=True):
            shared = left & right
            if shared.total() < 5 or not self.budget.take(4 * len(tail.words)):
                continue
            small = min(mass(left, self.idf), mass(right, self.idf))
            if mass(shared, self.idf) >= self.joined * small and meets(tail.words, head.words, self.function_words):
                return True
        return False

    def _places(self) -> tuple[dict[int, Unit], dict[int, Unit]]:
        if self._by_place is None:
            self._by_place = {unit.position: unit for unit in self.old}, {unit.position: unit for unit in self.new}
        return self._by_place

    def _rewritten(self) -> None:
        gaps = self._gaps()
        for negative, _distance, left, right in sorted(getattr(self, "weak", ())):
            if left not in self.free_old or right not in self.free_new:
                continue
            before, after = self.free_old[left], self.free_new[right]
            if right in gaps.get(left, ()) or (
                -negative >= 0.85 * self.edited
                and self.budget.take(4 * len(before.words))
                and longest_run(before.words, after.words, self.function_words)[1] >= 3
            ):
                short, long = sorted((before.words, after.words), key=len)
                whole = len(short) >= 3 and contiguous(short, long)
                self._take((left,), (right,), -negative, "fuzzy" if whole else "rewritten")
        self._alone()

    def _alone(self) -> None:
        """Short blocks alone on both sides of one gap are one block if most of their words share a stem."""
        gaps = self._gaps()
        takers = Counter(mate for mates in gaps.values() for mate in mates)
        old_at = {unit.position: unit for unit in self.old}
        for left in sorted(self.free_old):
            mates = gaps.get(left, ())
            if len(mates) != 1 or takers[mates[0]] != 1 or mates[0] not in self.free_new:
                continue
            before, after = old_at[left], self.free_new[mates[0]]
            if not _compatible(before.group, after.group) or max(len(before.words), len(after.words)) > 12:
                continue
            a, b = (
                Counter(word[: max(3, len(word) - 3)] for word in unit.words if word not in self.function_words)
                for unit in (before, after)
            )
            size, shared = a.total() + b.total(), (a & b).total()
            if shared >= 2 and 2 * shared >= 0.6 * size:
                self._take((left,), (mates[0],), round(2 * shared / size, 6), "fuzzy")


def _compatible(left: str, right: str) -> bool:
    return left == right


def moved(matches: Sequence[Match], size: Mapping[int, int]) -> set[int]:
    """Indexes of the matches (in new order) that lie off the heaviest increasing chain of old positions."""
    weights = [size.get(match.new[0], 0) + 1 for match in matches]
    chain = set(increasing([match.old[0] for match in matches], weights))
    return {index for index in range(len(matches)) if index not in chain}
