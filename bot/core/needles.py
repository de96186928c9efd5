"""Words of which a pattern needs one to match: a look for plain text first spares most of the patterns.

The standard library's own parser reads the pattern (the same that compiles it), so nothing has to be kept in step by
hand. Where that parser cannot be had, every pattern is tried, only more slowly.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from typing import Any

MIN_LENGTH = 3
"""Shorter needles are found everywhere, except in scripts where two letters are a word."""


def _parser() -> Any:
    try:
        return importlib.import_module("re._parser"), importlib.import_module("re._constants")
    except ImportError:
        return None


_PARTS = _parser()


def needles(pattern: str) -> tuple[str, ...]:
    """Texts of which every match of ``pattern`` holds at least one; empty where nothing can be said."""
    if _PARTS is None:
        return ()
    found = _required(_PARTS[0].parse(pattern))
    if found is None or any(len(one) < MIN_LENGTH and (one.isascii() or len(one) == 1) for one in found):
        return ()
    return tuple(sorted(found))


def _required(sequence: Any) -> frozenset[str] | None:
    constants = _PARTS[1]
    best: frozenset[str] | None = None
    run = ""
    for op, value in [*sequence, (None, None)]:
        if op is constants.LITERAL:
            run += chr(value)
            continue
        choices = [frozenset({run})] if run else []
        run = ""
        if op is constants.BRANCH:
            parts = [_required(part) for part in value[1]]
            if all(part is not None for part in parts):
                choices.append(frozenset().union(*(part for part in parts if part)))
        elif op is constants.SUBPATTERN:
            inner = _required(value[3])
            choices += [inner] if inner else []
        elif op in (constants.MAX_REPEAT, constants.MIN_REPEAT) and value[0] >= 1:
            inner = _required(value[2])
            choices += [inner] if inner else []
        for choice in choices:
            if best is None or _worth(choice) > _worth(best):
                best = choice
    return best


def _worth(choice: frozenset[str]) -> tuple[int, int]:
    return min(map(len, choice)), -len(choice)


class Lookout:
    """Finds in one pass over a text which of many patterns can match it or a part of it.

    ``needed`` are each pattern's needles. Of two needles one of which holds the other only the shorter is looked for;
    all are looked for at once, letter by letter along a tree of their beginnings.
    """

    __slots__ = ("_always", "_owners", "_pattern")

    def __init__(self, needed: Sequence[Sequence[str]]) -> None:
        every = sorted({needle for listed in needed for needle in listed}, key=lambda one: (len(one), one))
        chosen: list[str] = []
        short: dict[str, str] = {}
        for needle in every:
            short[needle] = next((one for one in chosen if one in needle), needle)
            if short[needle] is needle:
                chosen.append(needle)
        self._always = frozenset(number for number, listed in enumerate(needed) if not listed)
        self._owners: dict[str, set[int]] = {}
        for number, listed in enumerate(needed):
            for needle in listed:
                self._owners.setdefault(short[needle], set()).add(number)
        self._pattern = re.compile(f"(?=({_tree(chosen)}))") if chosen else None

    def among(self, text: str) -> set[int]:
        """Numbers of the patterns that may match; the others surely do not."""
        found = set(self._always)
        if self._pattern is not None:
            for needle in set(self._pattern.findall(text)):
                found |= self._owners[needle]
        return found


def _tree(needles: Sequence[str]) -> str:
    """One pattern for many texts, none of which begins another."""
    by_first: dict[str, list[str]] = {}
    for needle in needles:
        if needle:
            by_first.setdefault(needle[0], []).append(needle[1:])
    parts = [re.escape(first) + (_tree(rest) if any(rest) else "") for first, rest in sorted(by_first.items())]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
