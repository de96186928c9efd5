"""Word differences of two token sequences, and the budget of work that bounds them.

difflib never sees more than a few hundred tokens: longer texts are first cut at runs of words that both hold exactly
once (the idea of Bram Cohen's patience diff). Work is counted, never timed: the same input gives the same answer on
every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Op = tuple[str, int, int, int, int]
"""(equal | delete | insert | replace, old start, old end, new start, new end), token indexes."""

MAX_PIECE = 300
"""Tokens that difflib may see at once."""


@dataclass(slots=True)
class Budget:
    """Units of work left; ``spent`` says that something was left coarse."""

    left: int = 40_000_000
    spent: bool = False

    def take(self, amount: int) -> bool:
        """Take ``amount`` if there is that much; else note that the budget ran out."""
        if amount > self.left:
            self.spent = True
            return False
        self.left -= amount
        return True


def diff_keys(old: Sequence[str], new: Sequence[str], budget: Budget) -> list[Op]:
    """Word difference of two token sequences as opcodes in order; coarse where the budget has run out."""
    ops: list[Op] = []
    _diff(old, 0, len(old), new, 0, len(new), budget, ops)
    return _merge(ops)


def _diff(
    old: Sequence[str], a1: int, a2: int, new: Sequence[str], b1: int, b2: int, budget: Budget, ops: list[Op]
) -> None:
    stack: list[tuple[str, int, int, int, int]] = [("?", a1, a2, b1, b2)]
    while stack:
        tag, i1, i2, j1, j2 = stack.pop()
        if tag != "?":
            ops.append((tag, i1, i2, j1, j2))
            continue
        head = 0
        limit = min(i2 - i1, j2 - j1)
        while head < limit and old[i1 + head] == new[j1 + head]:
            head += 1
        if head:
            ops.append(("equal", i1, i1 + head, j1, j1 + head))
            i1, j1 = i1 + head, j1 + head
        tail = 0
        limit = min(i2 - i1, j2 - j1)
        while tail < limit and old[i2 - 1 - tail] == new[j2 - 1 - tail]:
            tail += 1
        rest: list[tuple[str, int, int, int, int]] = []
        if tail:
            rest.append(("equal", i2 - tail, i2, j2 - tail, j2))
            i2, j2 = i2 - tail, j2 - tail
        stack.extend(rest)
        if i1 == i2 and j1 == j2:
            continue
        if i1 == i2:
            ops.append(("insert", i1, i2, j1, j2))
        elif j1 == j2:
            ops.append(("delete", i1, i2, j1, j2))
        elif (i2 - i1) + (j2 - j1) <= 2 * MAX_PIECE:
            ops.extend(_difflib(old, i1, i2, new, j1, j2, budget))
        else:
            anchors = _anchors(old, i1, i2, new, j1, j2)
            if not anchors or not budget.take((i2 - i1) + (j2 - j1)):
                if not anchors:
                    budget.spent = budget.spent or False
                ops.append(("replace", i1, i2, j1, j2))
                continue
            parts: list[tuple[str, int, int, int, int]] = []
            at_old, at_new = i1, j1
            for start_old, start_new, length in anchors:
                if start_old > at_old or start_new > at_new:
                    parts.append(("?", at_old, start_old, at_new, start_new))
                parts.append(("equal", start_old, start_old + length, start_new, start_new + length))
                at_old, at_new = start_old + length, start_new + length
            if at_old < i2 or at_new < j2:
                parts.append(("?", at_old, i2, at_new, j2))
            stack.extend(reversed(parts))


def _difflib(old: Sequence[str], i1: int, i2: int, new: Sequence[str], j1: int, j2: int, budget: Budget) -> list[Op]:
    left, right = old[i1:i2], new[j1:j2]
    counts = Counter(right)
    pairs = sum(counts[key] for key in left)
    cost = pairs * (min(len(left), len(right)) // 6 + 1) + len(left) + len(right)
    if not budget.take(cost):
        return [("replace", i1, i2, j1, j2)]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [(tag, i1 + a, i1 + b, j1 + c, j1 + d) for tag, a, b, c, d in matcher.get_opcodes()]


def _anchors(old: Sequence[str], i1: int, i2: int, new: Sequence[str], j1: int, j2: int) -> list[tuple[int, int, int]]:
    """Runs that occur exactly once on each side, in increasing order on both, widened while equal."""
    for width in (12, 6, 3, 1):
        where_old = _unique(old, i1, i2, width)
        where_new = _unique(new, j1, j2, width)
        pairs = sorted((at, where_new[gram]) for gram, at in where_old.items() if gram in where_new)
        if not pairs:
            continue
        chain = increasing([pair[1] for pair in pairs], [1] * len(pairs))
        anchors: list[tuple[int, int, int]] = []
        for index in chain:
            a, b = pairs[index]
            if anchors:
                last_a, last_b, length = anchors[-1]
                if a < last_a + length or b < last_b + length:
                    if a - last_a == b - last_b and a + width > last_a + length:
                        anchors[-1] = (last_a, last_b, a + width - last_a)
                    continue
            anchors.append((a, b, width))
        return anchors
    return []


def _unique(sequence: Sequence[str], start: int, end: int, width: int) -> dict[tuple[str, ...], int]:
    seen: dict[tuple[str, ...], int] = {}
    for at in range(start, end - width + 1):
        gram = tuple(sequence[at : at + width])
        seen[gram] = -1 if gram in seen else at
    return {gram: at for gram, at in seen.items() if at >= 0}


def increasing(values: Sequence[int], weights: Sequence[int]) -> list[int]:
    """Indexes of the heaviest strictly increasing subsequence (Fenwick tree over ranks, O(n log n))."""
    if not values:
        return []
    ranks = {value: rank for rank, value in enumerate(sorted(set(values)), start=1)}
    size = len(ranks)
    tree: list[tuple[int, int]] = [(0, -1)] * (size + 1)
    back = [-1] * len(values)
    best = (0, -1)
    for index, value in enumerate(values):
        rank = ranks[value] - 1
        top = (0, -1)
        while rank > 0:
            if tree[rank][0] > top[0]:
                top = tree[rank]
            rank -= rank & -rank
        back[index] = top[1]
        entry = (top[0] + weights[index], index)
        if entry[0] > best[0]:
            best = entry
        rank = ranks[value]
        while rank <= size:
            if entry[0] > tree[rank][0]:
                tree[rank] = entry
            rank += rank & -rank
    chain: list[int] = []
    at = best[1]
    while at >= 0:
        chain.append(at)
        at = back[at]
    return chain[::-1]


def _merge(ops: Iterable[Op]) -> list[Op]:
    """Join neighbouring opcodes of one sort, and neighbouring edits into one."""
    merged: list[Op] = []
    for tag, i1, i2, j1, j2 in ops:
        if i1 == i2 and j1 == j2:
            continue
        if merged and (merged[-1][0] == "equal") == (tag == "equal"):
            last = merged[-1]
            i1, j1 = last[1], last[3]
            tag = "equal" if tag == "equal" else "insert" if i1 == i2 else "delete" if j1 == j2 else "replace"
            merged[-1] = (tag, i1, i2, j1, j2)
        else:
            merged.append((tag, i1, i2, j1, j2))
    return merged


def tidy(ops: Sequence[Op], old: Sequence[str], function_words: frozenset[str]) -> list[Op]:
    """Swallow small equal islands between two larger edits, for people to read.

    An island has at most four tokens, fewer than two of them content words, and no number or quotation mark.
    """
    kept = list(ops)
    index = 1
    while index < len(kept) - 1:
        tag, i1, i2, _, _ = kept[index]
        if tag == "equal":
            island = old[i1:i2]
            content = sum(1 for key in island if key[0].isalnum() and key not in function_words)
            before, after = kept[index - 1], kept[index + 1]
            if (
                len(island) <= 4
                and content < 2
                and not any(key[0].isdigit() or key in {'"', "'"} for key in island)
                and _size(before) > len(island)
                and _size(after) > len(island)
            ):
                i1, i2, j1, j2 = before[1], after[2], before[3], after[4]
                tag = "insert" if i1 == i2 else "delete" if j1 == j2 else "replace"
                kept[index - 1 : index + 2] = [(tag, i1, i2, j1, j2)]
                continue
        index += 1
    return kept


def _size(op: Op) -> int:
    return max(op[2] - op[1], op[4] - op[3])
