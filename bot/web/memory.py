"""Comparisons made lately: any two versions can be asked for, and a long pair costs tenths of a second."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from bot.core.comparison import Comparison
from bot.core.story import Story

REMEMBERED = 128
"""Comparisons kept in memory: a few hundred kilobytes each at worst."""

Key = tuple[int, str, str]
"""The story, and the hashes of the two texts."""


class Comparisons:
    """Comparisons made lately, by story and the two texts. Safe among threads; the same pair is made once."""

    def __init__(self, compare: Callable[[Story, Story], Comparison]) -> None:
        self._compare = compare
        self._kept: OrderedDict[Key, Comparison] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Key, threading.Lock] = {}

    def get(self, key: Key, old: Story, new: Story) -> Comparison:
        """The comparison of two texts named by their hashes."""
        with self._lock:
            if known := self._recall(key):
                return known
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if known := self._recall(key):
                    return known
            made = self._compare(old, new)
            with self._lock:
                self._kept[key] = made
                self._making.pop(key, None)
                while len(self._kept) > REMEMBERED:
                    self._kept.popitem(last=False)
            return made

    def _recall(self, key: Key) -> Comparison | None:
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
        return known
