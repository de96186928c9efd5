"""Looking from words to the edits that touch them, and from one side of a pair to the other."""

from __future__ import annotations

from bot.core.diff import Op
from bot.core.lexicon import Phrases
from bot.core.pair import Pair, Side


def hunk_words(pair: Pair, op: Op) -> tuple[int, int]:
    """How many words an edit takes away and brings."""
    _, i1, i2, j1, j2 = op
    return (
        sum(1 for token in pair.old.tokens[i1:i2] if token.wordlike),
        sum(1 for token in pair.new.tokens[j1:j2] if token.wordlike),
    )


def in_name(side: Side, index: int) -> bool:
    """Whether a word is part of a name: capitalised beside another capital, not just at a sentence's start."""
    token = side.tokens[index]
    if not token.text[0].isupper():
        return False
    before = side.tokens[index - 1] if index else None
    after = side.tokens[index + 1] if index + 1 < len(side.tokens) else None
    opens = before is None or before.key in {".", "!", "?", '"', ":", "'"}
    return (not opens and after is not None and after.kind == "word" and after.text[0].isupper()) or (
        before is not None
        and before.kind == "word"
        and before.text[0].isupper()
        and not opens
        and (after is None or not after.text[0].islower())
    )


def changed_phrases(pair: Pair, phrases: Phrases) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Phrases that an edit touches, per side; those kept as they were are left out."""
    old = phrases.find(pair.old.keys)
    new = phrases.find(pair.new.keys)
    if not old and not new:
        return [], []
    kept_new: set[int] = set()
    kept_old: set[int] = set()
    ends = dict(new)
    at = 0
    equal = [op for op in pair.ops if op[0] == "equal" and op[2] - op[1] == op[4] - op[3]]
    for start, end in old:
        while at < len(equal) and equal[at][2] < end:
            at += 1
        if at == len(equal):
            break
        _, i1, _, j1, _ = equal[at]
        mate = start - i1 + j1
        if start >= i1 and ends.get(mate) == mate + end - start:
            kept_old.add(start)
            kept_new.add(mate)
    return (
        [place for place in old if place[0] not in kept_old],
        [place for place in new if place[0] not in kept_new],
    )


def hunk_at(pair: Pair, place: tuple[int, int], *, old: bool) -> Op | None:
    """The first edit that touches a place (tokens from, to) of one side."""
    for op in pair.hunks:
        start, end = (op[1], op[2]) if old else (op[3], op[4])
        if place[0] < end and place[1] > start:
            return op
    return None


def around(op: Op, place: tuple[int, int], *, old: bool) -> tuple[int, int]:
    """The place widened to its edit, where that is no longer than 14 tokens."""
    start, end = (op[1], op[2]) if old else (op[3], op[4])
    return (min(start, place[0]), max(end, place[1])) if end - start <= 14 else place


def same_region(pair: Pair, old: tuple[int, int], new: tuple[int, int]) -> bool:
    """In one edit, or in sentences that hold the same place in both texts."""
    for op in pair.hunks:
        if old[0] < op[2] and old[1] > op[1] and new[0] < op[4] and new[1] > op[3]:
            return True
    mapped = map_old(pair, old[0])
    return abs(mapped - new[0]) <= 14


def map_old(pair: Pair, index: int) -> int:
    """The token of the new side where an old one stands, or would."""
    for tag, i1, i2, j1, _j2 in pair.ops:
        if i1 <= index < i2 or (i1 == i2 == index):
            return j1 + (index - i1 if tag == "equal" else 0)
    return len(pair.new.keys)
