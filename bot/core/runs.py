"""Words in a row that two texts share: how many, how much they weigh, and where they lie."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

LONG_POSTING = 64
"""A word that stands in so many places says little of any."""
EDGE = 8
"""Words from the end of a block, or from the beginning of the next, within which a moved break must lie."""


def mass(bag: Counter[str], idf: Mapping[str, float]) -> float:
    """The weight of a multiset of words."""
    return sum(idf.get(word, 0.0) * count for word, count in bag.items())


def contiguous(needle: Sequence[str], haystack: Sequence[str]) -> bool:
    """True where ``needle`` (not empty) stands whole in ``haystack``."""
    size = len(needle)
    first = needle[0]
    return any(
        haystack[at] == first and list(haystack[at : at + size]) == list(needle)
        for at in range(len(haystack) - size + 1)
    )


def longest_run(left: Sequence[str], right: Sequence[str], function_words: frozenset[str]) -> tuple[int, int]:
    """The longest run of words in both, as (words, content words among them); of equals the one with most content."""
    where: dict[str, list[int]] = defaultdict(list)
    for at, word in enumerate(right):
        where[word].append(at)
    best = (0, 0)
    last: dict[int, int] = {}
    for at, word in enumerate(left):
        row: dict[int, int] = {}
        for other in where.get(word, ()) if len(where.get(word, ())) <= LONG_POSTING else ():
            size = row[other] = last.get(other - 1, 0) + 1
            if size >= best[0]:
                content = sum(1 for key in left[at - size + 1 : at + 1] if key not in function_words)
                best = max(best, (size, content))
        last = row
    return best


def meets(tail: Sequence[str], head: Sequence[str], function_words: frozenset[str]) -> bool:
    """The last words of one block open another: a run of five at least, three of them with content, near both edges."""
    for end in range(len(tail), max(len(tail) - EDGE, 5), -1):
        for start in range(min(EDGE, len(head))):
            for length in range(min(end, len(head) - start), 4, -1):
                run = head[start : start + length]
                if tail[end - length : end] == run and sum(key not in function_words for key in run) >= 3:
                    return True
    return False
