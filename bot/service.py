"""The running service: checking, delivering, ticking, Slack and the web view in one process, or some of them.

SIGTERM and SIGINT end it within ten seconds: no new work begins, what is in flight is finished or keeps its lease.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import FrameType

from bot import heap
from bot.app import App
from bot.engine import Engine
from bot.engine.local import LocalEngine
from bot.errors import StoreError
from bot.jobs import hostbook, trouble, watching
from bot.jobs.settle import settle_due
from bot.log import get
from bot.scheduler import Scheduler, Tick
from bot.store import meta

PARTS = ("checker", "courier", "slack", "web", "scheduler")
SILENT = 180.0
"""Seconds without a sign of life after which a part counts as stuck."""
PATIENCE = 8.0
"""Seconds for what is in flight at the end; the whole stop stays below ten."""

log = get("service")


class Service:
    """The chosen parts over one open App."""

    def __init__(self, app: App, parts: tuple[str, ...] = PARTS, engine: Engine | None = None) -> None:
        self._app = app
        self._parts = parts
        self._engine: Engine = engine or LocalEngine(app, parts)
        self._stop = threading.Event()
        self._ending: list[Callable[[], object]] = []

    @property
    def stopping(self) -> threading.Event:
        """Set when the service ends."""
        return self._stop

    def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Start, say so by ``started``, wait for a signal, end."""
        previous = {one: signal.signal(one, self._on_signal) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.start()
            started()
            while not self._stop.wait(1.0):
                pass
        finally:
            self.stop()
            for one, handler in previous.items():
                signal.signal(one, handler)

    def start(self) -> None:
        """Bring up the parts, in the order that lets failures speak before anything runs."""
        heap.keep_together()
        self._declare()
        if "web" in self._parts and self._app.config.web.enabled:
            self._start_web()
        if "slack" in self._parts:
            self._start_slack()
        hostbook.recall(self._app.kit)
        self._ending.append(self._keep_hosts)
        self._engine.start()
        self._ending.append(lambda: self._engine.stop(PATIENCE / 2))
        scheduler = Scheduler(self.ticks())
        heap.settle()
        scheduler.start()
        self._ending.append(lambda: scheduler.stop(wait=False))
        log.info("started", parts=list(self._parts), data_dir=str(self._app.data_dir))

    def stop(self) -> None:
        """End every part, newest first. Safe to call twice."""
        self._stop.set()
        began = time.monotonic()
        while self._ending:
            self._ending.pop()()
        log.info("stopped", seconds=round(time.monotonic() - began, 1))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _declare(self) -> None:
        from bot.config import names

        rows = [
            {
                "url": one.url,
                "desk": one.desk,
                "label": one.label,
                "outlet": one.outlet,
                "every": one.every,
                "min_severity": one.min_severity,
                "routes": names(one.route),
                "profile": one.profile,
            }
            for one in self._app.config.watch
        ]
        if rows:
            watching.declared(self._app.kit, rows, now=self._app.kit.clock())
        if self._app.config.source:
            from bot.jobs.sources import declare

            declare(self._app.kit, self._app.config.source, now=self._app.kit.clock())

    def ticks(self) -> list[Tick]:
        """Everything that is done now and then, by this process with its parts."""
        ticks: list[Tick] = [Tick(name="heartbeat", seconds=10, call=self._heartbeat)]
        ticks.append(Tick(name="hosts", seconds=60, call=self._keep_hosts))
        ticks.append(Tick(name="memory", seconds=10, call=heap.give_back))
        ticks += [Tick(name=name, seconds=1, call=call) for name, call in self._engine.beats().items()]
        if "scheduler" in self._parts:
            ticks += [replace(tick, call=self._where_leading(tick.call)) for tick in self._scheduled()]
        return ticks

    def _where_leading(self, call: Callable[[], object]) -> Callable[[], object]:
        """Periodic work is done once, by the process that leads."""
        return lambda: call() if self._engine.leads() else None

    def _scheduled(self) -> list[Tick]:
        from bot.jobs.catch_up import catch_up
        from bot.jobs.digest import tick as digest_tick
        from bot.jobs.housekeeping import hourly
        from bot.jobs.sources import discover_due

        kit, config = self._app.kit, self._app.config
        ticks = [
            Tick(name="settle", seconds=5, call=lambda: settle_due(kit, kit.clock())),
            Tick(name="discover", seconds=10, call=lambda: discover_due(kit, kit.clock())),
            Tick(name="digest", seconds=30, call=lambda: digest_tick(kit, kit.clock())),
            Tick(name="catch up", seconds=20, call=lambda: catch_up(kit, kit.clock())),
            Tick(name="network", seconds=30, call=lambda: trouble.our_network(kit, kit.clock())),
            Tick(name="housekeeping", seconds=3600, call=lambda: hourly(kit, config, kit.clock())),
        ]
        if config.ping.url:
            ticks.append(Tick(name="ping", seconds=max(10, config.ping.every), call=self._ping))
        return ticks

    def _heartbeat(self) -> None:
        now, signs = self._app.kit.clock(), self._engine.signs()
        with self._app.kit.db.begin() as tx:
            for part in self._parts:
                meta.tick(tx, part, now - timedelta(seconds=signs.get(part, 0.0)))

    def _ping(self) -> None:
        """The dead man's switch hears from us only while every loop comes round and the database takes a heartbeat."""
        from bot.jobs.housekeeping import ping

        silent = [part for part, seconds in self._engine.signs().items() if seconds > SILENT]
        if silent:
            log.error("no ping", why=f"no sign of life from the {' and the '.join(silent)}")
            return
        self._heartbeat()
        ping(self._app.kit, self._app.config.ping.url)

    def _keep_hosts(self) -> None:
        """What the fetcher learnt of hosts outlives the process; where it cannot be stored it is learnt again."""
        try:
            hostbook.keep(self._app.kit)
        except StoreError as error:
            log.warning("hosts not kept", error=str(error))

    def _start_web(self) -> None:
        from bot.web.run import start
        from bot.wiring import slack_is_on

        slack = None
        if "slack" in self._parts and slack_is_on(self._app.config) and self._app.config.slack.mode == "http":
            from bot.slack.run import endpoint

            slack = endpoint(self._app)
            self._ending.append(slack.stop)
        server = start(self._app, slack=slack)
        self._ending.append(server.stop)
        log.info("web view", address=server.address)

    def _start_slack(self) -> None:
        from bot.wiring import slack_is_on

        if not slack_is_on(self._app.config):
            return
        channel = self._app.kit.channels.get("slack")
        if channel is not None and hasattr(channel, "recall"):
            channel.recall()
        if self._app.config.slack.mode != "socket":
            return
        if not self._app.config.secrets.slack_app_token:
            log.warning("slack commands are off", why="STET_SLACK_APP_TOKEN is not set; alerts are posted all the same")
            return
        from bot.slack.run import start

        runner = start(self._app)
        self._ending.append(runner.stop)
