"""A day in minutes: 24 simulated hours on a driven clock, with edits and faults, on a loopback newsroom.

Printed per simulated hour: memory, size of the database, the worst lateness, checks and changes; then what was lost.
``STET_SOAK_WATCHES`` (default 500) and ``STET_SOAK_HOURS`` (default 24) scale it.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from bot import log
from bot.app import App
from bot.config import parse
from bot.jobs.check import Checker
from bot.jobs.deliver import Courier
from bot.jobs.record import Result
from bot.store import versions, watches

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
HOSTS = [f"127.0.2.{number}" for number in range(1, 21)]
STEP = timedelta(minutes=2)


def edits(number: int, hour: int) -> int:
    """How many edits a story has seen by this hour: one story in twelve is edited every hour, none in the last two."""
    return sum(1 for past in range(1, hour + 1) if (number * 7 + past) % 12 == 0)


def page(number: int, hour: int) -> bytes:
    """The story at this hour; its furniture turns with every hour."""
    told = 20_001 + number * 50 + edits(number, hour) * 3
    paragraphs = "".join(
        f"<p>The council of ward {number} met for the {n}th time about its bridge.</p>" for n in range(9)
    )
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Bridge {number}</title></head><body><article>"
        f"<h1>Bridge of ward {number} is to be rebuilt</h1><p>At least {told} people signed against it.</p>{paragraphs}"
        f"</article><footer>{hour * 17} readers</footer></body></html>"
    ).encode()


def serve(pipe: Connection) -> None:
    """The newsroom. It is told the hour; None ends it."""
    from tests.newsroom import Newsroom, Reply, Seen

    hour = 0

    def answer(seen: Seen) -> Reply:
        number = int(seen.path.rsplit("/", 1)[-1])
        if hour % 6 and (number + hour) % 37 == 0:
            return Reply(status=500) if number % 2 else Reply(reset_after=0)
        return Reply(body=page(number, hour))

    with Newsroom(addresses=tuple(HOSTS)) as site:
        site.fallback = answer
        pipe.send(site.port)
        while (said := pipe.recv()) is not None:
            hour = said
            pipe.send("ready")


def main() -> None:
    """Print the day."""
    count = int(os.environ.get("STET_SOAK_WATCHES", "500"))
    hours = int(os.environ.get("STET_SOAK_HOURS", "24"))
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    site = context.Process(target=serve, args=(there,), daemon=True)
    site.start()
    port = here.recv()
    log.set_up(level="error")
    with tempfile.TemporaryDirectory() as folder:
        _day(Path(folder), here, port, count, hours)
    here.send(None)
    site.join(10)


def _day(folder: Path, pipe: Connection, port: int, count: int, hours: int) -> None:
    now = START
    came: Counter[str] = Counter()

    def took(result: Result) -> None:
        came[result.outcome.value] += 1

    settings = {
        "fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False, "timeout": 5},
        "cadence": {"steps": [["30d", "30m"]]},
        "judge": {"settle": 0},
        "route": [{"name": "desk", "to": {"terminal": True}}],
    }
    console = Console(file=Path(os.devnull).open("w", encoding="utf-8"), width=100)  # noqa: SIM115
    began = time.monotonic()
    with App.open(parse(settings, {}), folder, console=console, clock=lambda: now) as app:
        with app.kit.db.begin() as tx:
            for n in range(count):
                url = f"http://{HOSTS[n % len(HOSTS)]}:{port}/s/{n}"
                watches.add(tx, url=url, key=url, now=now, next_check_at=now + timedelta(seconds=n * 1800 // count))
        checker = Checker(app.kit, workers=16, per_host=2, lease=timedelta(minutes=5), on_result=took)
        courier = Courier(app.kit)
        told = 0
        print(f"{count} watches, looked at every 30 to 60 minutes")
        print(" hour  RSS MB    DB MB  late s  checks  changed  failed  told")
        for hour in range(hours + 2):
            pipe.send(min(hour, hours))
            pipe.recv()
            late = 0.0
            while now < START + timedelta(hours=hour + 1):
                now += STEP
                checker.work(wait_for_all=True)
                told += len(courier.work())
                with app.kit.db.read() as tx:
                    due = watches.next_due(tx)
                late = max(late, (now - due).total_seconds() if due else 0.0)
            size = sum(path.stat().st_size for path in folder.glob("stet.db*")) / 1e6
            print(
                f"{hour + 1:>5}{_rss():>8.1f}{size:>9.2f}{late:>8.0f}{came.total():>8}{came['changed']:>9}"
                f"{came['failed']:>8}{told:>6}",
                flush=True,
            )
        checker.close()
        lost = 0
        with app.kit.db.read() as tx:
            for watch in watches.list_(tx):
                number = int(urlsplit(watch.url).path.rsplit("/", 1)[-1])
                newest = versions.story(tx, watch.id, watch.latest_n)
                wanted = f"At least {20_001 + number * 50 + edits(number, hours) * 3} people"
                lost += not any(wanted in block.text for block in newest.blocks)
    console.file.close()
    print(f"stories whose last edit is not stored: {lost} of {count}; {time.monotonic() - began:.0f} s")


def _rss() -> float:
    """Resident memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
