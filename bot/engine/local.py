"""The embedded engine: one process, threads, no queue beside the database's own due times and outbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.app import App
from bot.engine.clock import ClockWatch
from bot.jobs.check import Checker, spread_overdue
from bot.jobs.deliver import Courier
from bot.log import get
from bot.store import outbox, watches

HOLDER = "service"
"""The name under which the service claims: what an earlier one left behind when it was killed is taken up at once."""
COURIERS = {"slack": 16}
"""Messages at once by channel, 4 for the others. Slack paces every channel by itself, one message a second."""

log = get("engine")


class LocalEngine:
    """Checks with one pool of threads, delivers with one courier per channel.

    ``patient``: each beat of the checker waits for everything that is being fetched. For a clock that is driven and
    stands still meanwhile.
    """

    def __init__(self, app: App, parts: tuple[str, ...] = ("checker", "courier"), *, patient: bool = False) -> None:
        config = app.config
        self._app = app
        self._patient = patient
        self._stop = threading.Event()
        self._clock = ClockWatch(app.kit.db, app.kit.clock)
        self._checker: Checker | None = None
        self._couriers: dict[str, Courier] = {}
        if "checker" in parts:
            lease = timedelta(seconds=config.fetch.timeout * 2 + 120)
            self._checker = Checker(
                app.kit, workers=config.fetch.workers, per_host=config.fetch.per_host, lease=lease, holder=HOLDER
            )
        if "courier" in parts:
            self._couriers = {
                name: Courier(app.kit, channels=[name], holder=HOLDER, workers=COURIERS.get(name, 4))
                for name in app.kit.channels
            }

    def start(self) -> None:
        """Take up what a service that was killed still holds, and spread what fell due meanwhile."""
        self._clock.start()
        if self._app.kit.db.is_sqlite:
            self._take_up()
        spread = spread_overdue(self._app.kit) if self._checker is not None else 0
        if spread:
            log.info("overdue stories spread over the next minutes", checks=spread)

    def _take_up(self) -> None:
        """On SQLite the data directory's lock says that whoever held something under our name is gone."""
        now = self._app.kit.clock()
        with self._app.kit.db.begin() as tx:
            checks = watches.release(tx, HOLDER, now) if self._checker is not None else 0
            alerts = outbox.abandon(tx, HOLDER, now) if self._couriers else 0
        if checks or alerts:
            log.info("taken up again", checks=checks, alerts=alerts)

    def stop(self, timeout: float) -> None:
        """Finish what is in flight, as far as ``timeout`` seconds go."""
        self._stop.set()
        if self._checker is not None:
            self._checker.close(patience=timeout)

    def beats(self) -> Mapping[str, Callable[[], object]]:
        """``clock``, ``check`` and one ``deliver CHANNEL`` per channel."""
        beats: dict[str, Callable[[], object]] = {"clock": self._clock.look}
        if self._checker is not None:
            checker = self._checker
            beats["check"] = lambda: checker.work(self._stop, wait_for_all=self._patient)
        for name, courier in self._couriers.items():
            beats[f"deliver {name}"] = _work(courier, self._stop)
        return beats

    def signs(self) -> Mapping[str, float]:
        """Of the checker, and of the courier that has been silent longest."""
        now = time.monotonic()
        signs = {} if self._checker is None else {"checker": now - self._checker.sign}
        if self._couriers:
            signs["courier"] = now - min(courier.sign for courier in self._couriers.values())
        return signs

    def leads(self) -> bool:
        """Always: there is nobody else."""
        return True


def _work(courier: Courier, stop: threading.Event) -> Callable[[], object]:
    return lambda: courier.work(stop)
