"""The engine's eye on the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.engine.clock import ClockWatch
from bot.store import watches
from bot.store.database import Database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_due_times_follow_a_clock_that_goes_back_and_nothing_else_does(tmp_path: Path) -> None:
    clock = Clock()
    with Database.open(f"sqlite:///{tmp_path / 'stet.db'}") as db:
        with db.begin() as tx:
            watches.add(tx, url="u", key="k", now=NOW, next_check_at=NOW + timedelta(minutes=10))

        def due() -> datetime | None:
            with db.read() as tx:
                return watches.next_due(tx)

        eye = ClockWatch(db, clock)
        assert eye.look() == timedelta()
        clock.now += timedelta(days=3)
        assert eye.look() == timedelta()
        assert due() == NOW + timedelta(minutes=10)
        clock.now -= timedelta(seconds=30)
        assert eye.look() == timedelta()
        clock.now -= timedelta(hours=2)
        assert eye.look(act=False) == timedelta()
        assert due() == NOW + timedelta(minutes=10)
        clock.now -= timedelta(hours=2)
        assert abs(eye.look() - timedelta(hours=2)) < timedelta(seconds=20)
        moved = due()
        assert moved is not None
        assert abs(moved - (NOW + timedelta(minutes=10) - timedelta(hours=2))) < timedelta(seconds=20)


def test_a_start_brings_back_what_a_wrong_clock_planned(tmp_path: Path) -> None:
    clock = Clock()
    with Database.open(f"sqlite:///{tmp_path / 'stet.db'}") as db:
        with db.begin() as tx:
            watches.add(tx, url="u", key="k", now=NOW, next_check_at=NOW + timedelta(days=300))
        ClockWatch(db, clock).start()
        with db.read() as tx:
            assert watches.next_due(tx) == NOW
