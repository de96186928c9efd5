"""Blocks of a story made ready to be aligned, and the links between them."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field

from bot.core.text import has_wide, keys


@dataclass(slots=True, eq=False)
class Unit:
    """A block to be aligned: its position, kind, folded text and lazily its tokens."""

    position: int
    group: str
    folded: str
    exact: str
    """Casefolded words only: equal for texts that differ in nothing but punctuation and case."""
    _keys: list[str] | None = field(default=None)
    _words: list[str] | None = field(default=None)
    _bag: Counter[str] | None = field(default=None)
    wordcount: int = 0

    @property
    def keys(self) -> list[str]:
        """Casefolded tokens, punctuation among them."""
        if self._keys is None:
            self._keys = keys(self.folded)
        return self._keys

    @property
    def words(self) -> list[str]:
        """Casefolded tokens but punctuation."""
        if self._words is None:
            self._words = [key for key in self.keys if key[0].isalnum() or (len(key) > 1 and key[1].isalnum())]
        return self._words

    @property
    def bag(self) -> Counter[str]:
        """The words as a multiset; letters of scripts without spaces in pairs."""
        if self._bag is None:
            words = self.words
            if has_wide(self.folded):
                words = [*words, *(a + b for a, b in itertools.pairwise(words))]
            self._bag = Counter(words)
        return self._bag


@dataclass(frozen=True, slots=True)
class Match:
    """A link between positions (not block numbers) of old and new units."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    score: float
    how: str
    """``exact``, ``words`` (equal but for punctuation), ``joined`` (a pure split or join), ``fuzzy``, ``rewritten``."""
