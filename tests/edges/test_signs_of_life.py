"""A loop that is stuck shows though the process lives: in its tick, in readiness, in the dead man's silence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.engine.local import LocalEngine
from bot.service import SILENT, Service
from bot.store import meta
from tests.acceptance.rig import wait_for
from tests.newsroom import Newsroom, Reply

PARTS = ("checker", "courier", "scheduler")


class Engine:
    """Does nothing; its checker has been silent for as long as a test says."""

    def __init__(self) -> None:
        self.silent = 0.0

    def start(self) -> None:
        pass

    def stop(self, timeout: float) -> None:
        pass

    def beats(self) -> Mapping[str, Callable[[], object]]:
        return {}

    def signs(self) -> Mapping[str, float]:
        return {"checker": self.silent, "courier": 0.0}

    def leads(self) -> bool:
        return True


def test_a_checker_that_is_stuck_shows_in_its_tick_and_stops_the_ping(tmp_path: Path) -> None:
    with Newsroom() as switch:
        switch.serve("/alive", Reply(body=b"ok", content_type="text/plain"))
        config = parse(
            {
                "fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False},
                "ping": {"url": switch.url("/alive"), "every": 10},
            },
            {},
        )
        engine = Engine()
        with App.open(config, tmp_path, console=Console(quiet=True)) as app:

            def age(part: str) -> timedelta:
                with app.kit.db.read() as tx:
                    ticks = meta.ticks(tx)
                return app.kit.clock() - ticks[part] if part in ticks else timedelta.max

            service = Service(app, PARTS, engine)
            service.start()
            try:
                wait_for(lambda: age("checker") < timedelta(seconds=5), "a sign of the checker")
                wait_for(lambda: switch.seen("/alive"), "a ping")
            finally:
                service.stop()
            switch.forget()
            engine.silent = SILENT + 60
            stuck = Service(app, PARTS, engine)
            stuck.start()
            try:
                wait_for(lambda: age("checker") > timedelta(seconds=SILENT), "the silence to show")
                assert age("courier") < timedelta(seconds=30)
            finally:
                stuck.stop()
            assert switch.seen("/alive") == []


def test_the_loops_of_the_embedded_engine_give_signs_when_they_come_round(tmp_path: Path) -> None:
    with App.open(parse({}, {}), tmp_path, console=Console(quiet=True)) as app:
        engine = LocalEngine(app)
        try:
            time.sleep(0.05)
            before = engine.signs()
            assert set(before) == {"checker", "courier"}
            assert min(before.values()) >= 0.05
            for beat in engine.beats().values():
                beat()
            assert max(engine.signs().values()) < max(before.values())
        finally:
            engine.stop(1)
