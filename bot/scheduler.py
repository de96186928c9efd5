"""The scheduler: a handful of static APScheduler jobs. Due times are columns in the database, never jobs.

Everything runs in UTC, coalesces, never overlaps itself and is never dropped for being late (APScheduler's own default
drops a job that is a second late). A job that raises is logged and tried again at its next tick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.errors import StetError
from bot.log import clean, get

log = get("scheduler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One static job: called every ``seconds``, first after ``first`` seconds."""

    name: str
    seconds: float
    call: Callable[[], object]


class Scheduler:
    """Runs ticks, each in a thread of its own so that none waits for another."""

    def __init__(self, ticks: Mapping[str, Tick] | list[Tick]) -> None:
        listed = list(ticks.values()) if isinstance(ticks, Mapping) else ticks
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(1, len(listed)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for tick in listed:
            self._scheduler.add_job(_quietly(tick), "interval", seconds=tick.seconds, id=tick.name, name=tick.name)
        self._scheduler.add_listener(_say, EVENT_JOB_ERROR)
        self._names = [tick.name for tick in listed]

    def start(self) -> None:
        """Begin, every tick at once."""
        from datetime import datetime

        self._scheduler.start()
        for name in self._names:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def stop(self, *, wait: bool = True) -> None:
        """No tick begins any more; ``wait`` for those that run."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=wait)


def _quietly(tick: Tick) -> Callable[[], None]:
    """What is expected to go wrong (the database is busy, a disk is full) is one line; the next tick tries again."""

    def run() -> None:
        try:
            tick.call()
        except StetError as error:
            log.error("tick failed", tick=tick.name, error=clean(str(error)))

    run.__name__ = tick.name
    return run


def _say(event: JobExecutionEvent) -> None:
    error: Any = event.exception
    log.error("tick failed", tick=event.job_id, error=clean(f"{type(error).__name__}: {error}"))
