"""A clock that is put back while we run: without this, all that is due waits until the old time comes round again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.log import get
from bot.store import clocks
from bot.store.database import Database

WORTH_A_MOVE = timedelta(seconds=90)
"""Smaller steps (a time server's corrections) are left to pass."""

log = get("clock")


class ClockWatch:
    """Compares the clock with the machine's monotonic one at every call; moves due times when it went back."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock
        self._last = clock()
        self._last_monotonic = time.monotonic()

    def start(self) -> None:
        """Bring back what an earlier run planned impossibly far ahead, its clock being wrong."""
        with self._db.begin() as tx:
            moved = clocks.bring_back(tx, self._clock())
        if moved:
            log.warning("due times far in the future were brought back; the clock must have been wrong", rows=moved)

    def look(self, *, act: bool = True) -> timedelta:
        """How far the clock went back since the last look (zero where it did not); due times have moved with it.

        With ``act=False`` nothing moves: another process leads, and its clock counts.
        """
        now, monotonic = self._clock(), time.monotonic()
        passed = timedelta(seconds=monotonic - self._last_monotonic)
        back = passed - (now - self._last)
        self._last, self._last_monotonic = now, monotonic
        if back < WORTH_A_MOVE or not act:
            return timedelta()
        with self._db.begin() as tx:
            moved = clocks.shift(tx, back)
        log.warning("the clock went back; due times moved with it", seconds=round(back.total_seconds()), rows=moved)
        return back
