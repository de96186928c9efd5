"""Does a check cost more where more stories are watched? CPU per check with 500, 2,000 and 10,000 watches on 20 hosts.

The newsroom and the four kinds of look are those of `check`; of all watches two hundred, evenly among them, are looked
at, so that the numbers of pages that are made stay small. Whatever grows with the number of watches (claims, due
times, the outlets' memories) is in it. ``STET_GROWS`` sets the numbers (default ``500,2000,10000``).
"""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from benchmarks.check import MODES, TARGETS, TURNS, Site
from bot import heap, log
from bot.app import App
from bot.config import parse
from bot.core.model import Outcome
from bot.jobs.check import Checker
from bot.jobs.record import Result
from bot.jobs.watching import Actor, add_many
from bot.store import watches

LOOKED_AT = 200
START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
FAR = timedelta(days=400)


def main() -> None:
    """Print the table."""
    log.set_up(style="json", level="error")
    sizes = [int(size) for size in os.environ.get("STET_GROWS", "500,2000,10000").split(",")]
    site = Site(0)
    try:
        seen = {size: _costs(site, size) for size in sizes}
    finally:
        site.close()
    print(f"CPU ms a check, {LOOKED_AT} looks of each kind, everything included")
    print(f"{'':12}" + "".join(f"{size:>9,}" for size in sizes) + f"{'target':>9}{'most : least':>14}   (watches)")
    for mode in MODES:
        costs = [seen[size][mode] for size in sizes]
        line = "".join(f"{cost:9.2f}" for cost in costs)
        print(f"{mode:12}{line}{TARGETS[mode]:9.1f}{max(costs) / min(costs):14.2f}", flush=True)


def _costs(site: Site, size: int) -> dict[str, float]:
    """Milliseconds by kind of look with ``size`` watches."""
    clock = [START]
    fetch = {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False, "per_host": 4, "workers": 16}
    config = parse({"fetch": fetch, "judge": {"settle": 0}}, {})
    found: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        (Path(folder) / "terminal.txt").open("w") as terminal,
        App.open(config, Path(folder) / "data", console=Console(file=terminal), clock=lambda: clock[0]) as app,
    ):
        site.size = size
        urls, site.size = site.urls(), 0
        add_many(app.kit, [{"url": url} for url in urls], now=START, by=Actor(via="import"))
        heap.keep_together()
        heap.settle()
        with app.kit.db.begin() as tx:
            every = watches.list_(tx)
            chosen = every[:: max(1, size // LOOKED_AT)][:LOOKED_AT]
            watches.put_off(tx, {watch.id: START + FAR for watch in every})
        results: list[Result] = []
        checker = Checker(app.kit, workers=16, per_host=4, lease=timedelta(minutes=5), on_result=results.append)
        for turn, mode in enumerate(TURNS):
            site.set(mode, turn)
            clock[0] += timedelta(days=1)
            with app.kit.db.begin() as tx:
                watches.put_off(tx, {watch.id: clock[0] for watch in chosen})
            results.clear()
            cpu = time.process_time()
            while len(results) < len(chosen):
                checker.work(wait_for_all=True)
            found[mode] = (time.process_time() - cpu) / len(chosen) * 1000
            changed = sum(one.outcome is Outcome.CHANGED for one in results)
            if changed != (len(chosen) if mode == "edited" else 0):
                print(f"{mode} with {size}: {changed} reported as changed")
        checker.close()
    return found
