"""What was made lately and costs to make again: comparisons of any two versions, and the bodies of feed entries."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.core.comparison import Comparison
from bot.core.story import Story

REMEMBERED = 128
"""Comparisons kept in memory: a few hundred kilobytes each at worst."""

K = TypeVar("K")
V = TypeVar("V")

Key = tuple[int, str, str]
"""The story, and the hashes of the two texts."""


class Kept(Generic[K, V]):
    """The values used last, at most ``size`` of them. Safe among threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """A value, None where it is not (any more) known."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: K, value: V) -> None:
        """Remember a value; the one unused for longest makes room."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)


class Comparisons:
    """Comparisons by story and the two texts. Asked for twice at once, a pair is still made once."""

    def __init__(self, compare: Callable[[Story, Story], Comparison]) -> None:
        self._compare = compare
        self._kept: Kept[Key, Comparison] = Kept(REMEMBERED)
        self._lock = threading.Lock()
        self._making: dict[Key, threading.Lock] = {}

    def get(self, key: Key, old: Story, new: Story) -> Comparison:
        """The comparison of two texts named by their hashes."""
        if known := self._kept.get(key):
            return known
        with self._lock:
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            known = self._kept.get(key)
            if known is None:
                known = self._compare(old, new)
                self._kept.put(key, known)
        with self._lock:
            self._making.pop(key, None)
        return known
