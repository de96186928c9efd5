"""A day in minutes: 24 simulated hours with 5,000 watches, edits, faults and churn, on a loopback newsroom.

    make soak                   (STET_SOAK_WATCHES and STET_SOAK_HOURS scale it)

Everything but the clock is the service's own, put together as it puts itself together: checker, courier and all its
ticks. Time moves in steps of thirty seconds and stands still while work is done, so that lateness is what the
program adds, not what the machine takes. Every hour one story in twelve is edited, one in fifty is followed no longer
and as many new ones are, one in forty fails all the time in one of seven ways, one in two hundred is missing for a
moment, and a host asks for a pause; the last two hours are calm. Printed per hour: memory, the database and what it
should have grown to, how late a look was, what came; then what was lost. Ends with 1 where anything is wrong.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from rich.console import Console
from sqlalchemy import select

from bot import heap, log
from bot.app import App
from bot.config import parse
from bot.core.model import AlertKind, AlertStatus, Outcome, Watch, WatchState
from bot.engine.local import LocalEngine
from bot.jobs import watching
from bot.jobs.kit import Kit
from bot.service import Service
from bot.store import outbox, versions, watches
from bot.store.database import Tx
from bot.store.tables import watches as table
from tests.newsroom import Newsroom, Reply, Seen

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
HOSTS = [f"127.0.2.{number}" for number in range(1, 101)]
STEP = timedelta(seconds=30)
CALM = 2
"""Hours at the end without edits and faults: what is under way comes to rest."""
CHURN = 50
"""One watch in so many is removed every hour, and another one added."""
FULL_MB = 200.0
"""What the service may take at most, in MB resident."""
WARM = 2
"""Hours until memory is to be flat."""
DRIFT = 0.03
"""So much of its memory may be added between that hour and the last three: the allocator's own ups and downs."""
LEAK_MB = 0.15
"""So much an hour may be added over the second half of the day: a leak of 0.3 MB an hour is seen."""
GROWTH = 0.1
"""So far may the database be from what the first two hours predict: so much for a new story, so much for a change."""
LATE = timedelta(minutes=1)
SOMEBODY = watching.Actor(name="soak", via="cli")


def edits(number: int, hour: int) -> int:
    """How many edits a story has seen by this hour: one story in twelve is edited every hour."""
    return sum(1 for past in range(1, hour + 1) if (number * 7 + past) % 12 == 0)


def told(number: int, hour: int) -> str:
    """The words of a story that its edits change."""
    return f"At least {20_001 + number * 50 + edits(number, hour) * 3} people"


def page(number: int, hour: int) -> bytes:
    """The story at this hour; the furniture of one story in four turns with every hour."""
    paragraphs = "".join(
        f"<p>The council of ward {number} met for the {n}th time about its bridge, and rose late.</p>"
        for n in range(30)
    )
    turn = hour if number % 4 == 0 else 0
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Bridge {number}</title></head><body><article>"
        f"<h1>Bridge of ward {number} is to be rebuilt</h1><p>{told(number, hour)} signed against it.</p>{paragraphs}"
        f"</article><footer>{turn * 17} readers</footer></body></html>"
    ).encode()


FAULTS = (
    Reply(status=500),
    Reply(status=503),
    Reply(reset_after=0),
    Reply(body=page(1, 0), cut_after=300),
    Reply(body=b""),
    Reply(body=b"<!doctype html><html><body><p>Please wait.</p></body></html>"),
    Reply(status=302, headers=(("Location", "http://[::ffff:10.0.0.1]/"),)),
)
MISSING = Reply(status=404)
PAUSE = Reply(status=429, headers=(("Retry-After", "900"),))


class Site:
    """The newsroom at one hour; a page is made once an hour and answered with 304 to whoever has it."""

    def __init__(self, last: int) -> None:
        self.hour = 0
        self._last = last
        self._pages: dict[int, Reply] = {}
        self._missed: set[int] = set()

    def turn(self, hour: int) -> None:
        """The next hour."""
        self.hour = hour
        self._pages.clear()
        self._missed.clear()

    def answer(self, seen: Seen) -> Reply:
        """One request."""
        number = int(seen.path.rsplit("/", 1)[-1])
        hour = min(self.hour, self._last)
        if 0 < self.hour < self._last:
            if (int(seen.address.rsplit(".", 1)[-1]) + hour * 13) % len(HOSTS) == 0:
                return PAUSE
            if (number + hour * 11) % 40 == 0:
                return FAULTS[(number // 40 + hour) % len(FAULTS)]
            if (number + hour * 17) % 200 == 0 and number not in self._missed:  # for a moment: no story is gone
                self._missed.add(number)
                return MISSING
        known = self._pages.get(number)
        if known is None:
            body = page(number, hour)
            known = Reply(body=body, etag=f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"')
            self._pages[number] = known
        return known


def serve(pipe: Connection, last: int) -> None:
    """The newsroom's process. It is told the hour; None ends it."""
    site = Site(last)
    with Newsroom(addresses=tuple(HOSTS)) as newsroom:
        newsroom.fallback = site.answer
        pipe.send(newsroom.port)
        while (hour := pipe.recv()) is not None:
            site.turn(hour)
            newsroom.forget()
            pipe.send("ready")


@dataclass(kw_only=True)
class Day:
    """What happened."""

    now: datetime = START
    late: timedelta = timedelta()
    problems: list[str] = field(default_factory=list)


class Growth:
    """What the first hour (first looks) and the second (changes) say the database should come to. Sizes in bytes."""

    def __init__(self, empty: int) -> None:
        self._known = [(empty, 0, 0)]
        self._story = self._change = 0.0

    def predict(self, size: int, stories: int, changes: int) -> float:
        """The size for so many stories and changes; in the first two hours, the size there is."""
        if len(self._known) < 3:
            before = self._known[-1]
            if len(self._known) == 1:
                self._story = (size - before[0]) / max(1, stories)
            else:
                grown = size - before[0] - (stories - before[1]) * self._story
                self._change = grown / max(1, changes - before[2])
            self._known.append((size, stories, changes))
            return size
        then, had, changed = self._known[-1]
        return then + (stories - had) * self._story + (changes - changed) * self._change


def grown(rss: Mapping[int, float]) -> list[str]:
    """What is wrong with memory, given in MB by hour.

    A leak goes on; caches that fill and an allocator that finds its size do not. So the slope of the second half of the
    day counts (the median of the slopes between any two of its hours, which one odd hour does not move) beside how much
    more it is at the end.
    """
    last = max(rss)
    found = [f"memory reached {max(rss.values()):.0f} MB"] if max(rss.values()) > FULL_MB else []
    if last <= WARM + 2:
        return found
    end = median(rss[hour] for hour in range(last - 2, last + 1))
    if end > rss[WARM] * (1 + DRIFT):
        found.append(f"memory grew from {rss[WARM]:.1f} MB at hour {WARM} to {end:.1f} MB")
    hours = range(max(WARM, last // 2), last + 1)
    slope = median((rss[late] - rss[early]) / (late - early) for early, late in combinations(hours, 2))
    if len(hours) > 6 and slope > LEAK_MB:
        found.append(f"memory still grows by {slope:.2f} MB an hour")
    return found


class Soak:
    """The service on a clock that is driven: whatever it does now and then is done when its time has come."""

    def __init__(self, app: App, day: Day, port: int, count: int) -> None:
        self._day = day
        self._port = port
        self._next = count
        self.kit: Kit = app.kit
        parts = ("checker", "courier", "scheduler")
        self._engine = LocalEngine(app, parts, patient=True)
        ticks = Service(app, parts, self._engine).ticks()
        self._ticks = [tick for tick in ticks if tick.name != "clock"]  # it would wonder at ours
        self._next_at = dict.fromkeys((tick.name for tick in ticks), day.now)

    def plant(self, count: int) -> None:
        """The watches of the first day, spread over half an hour as a running service has them."""
        self._follow(0, count)
        with self.kit.db.begin() as tx:
            for number, watch_id in enumerate(self._watched(tx)):
                first = self._day.now + timedelta(seconds=number * 1800 // count)
                watches.update(tx, watch_id, next_check_at=first)

    def churn(self, hour: int) -> None:
        """Some are followed no longer, and as many new ones are."""
        with self.kit.db.read() as tx:
            gone = [watch_id for watch_id in self._watched(tx) if (watch_id + hour * 7) % CHURN == 0]
        for watch_id in gone:
            with self.kit.db.read() as tx:
                watch = watches.get(tx, watch_id)
            if watch is not None:
                watching.remove_watch(self.kit, watch, now=self._day.now, by=SOMEBODY)
        self._follow(self._next, len(gone))
        self._next += len(gone)

    def step(self) -> None:
        """Thirty seconds pass, and everything that the service does now and then is done."""
        day = self._day
        day.now += STEP
        resting = set(self.kit.fetcher.resting())  # a pause may end while we work
        for tick in self._ticks:
            if day.now >= self._next_at[tick.name]:
                tick.call()
                self._next_at[tick.name] = day.now + timedelta(seconds=tick.seconds)
        resting.update(self.kit.fetcher.resting())
        left = [at for host, at in self._due() if host not in resting]
        day.late = max([day.late, *(day.now - at for at in left)])

    def came(self) -> Counter[str]:
        """How looks ended since the beginning, and under ``told`` how many alerts were sent."""
        registry = self.kit.metrics.registry
        found = {
            outcome.value: registry.get_sample_value("stet_checks_total", {"outcome": outcome.value}) or 0
            for outcome in Outcome
        }
        sent = registry.get_sample_value("stet_alerts_total", {"channel": "terminal", "status": "sent"}) or 0
        return Counter({name: int(value) for name, value in found.items()} | {"told": int(sent)})

    def _due(self) -> list[tuple[str, datetime]]:
        """Host and due time of what is due and was not looked at."""
        wanted = select(table.c.host, table.c.next_check_at).where(
            table.c.state.in_(watches.LOOKED_AT), table.c.next_check_at <= self._day.now
        )
        with self.kit.db.read() as tx:
            return [(row.host, row.next_check_at) for row in tx.execute(wanted)]

    def _follow(self, first: int, count: int) -> None:
        rows = ({"url": self._url(number)} for number in range(first, first + count))
        watching.add_many(self.kit, rows, now=self._day.now, by=SOMEBODY)

    def _watched(self, tx: Tx) -> list[int]:
        wanted = select(table.c.id).where(table.c.state != WatchState.REMOVED).order_by(table.c.id)
        return list(tx.execute(wanted).scalars())

    def _url(self, number: int) -> str:
        return f"http://{HOSTS[number % len(HOSTS)]}:{self._port}/s/{number}"

    def lost(self, hour: int) -> list[str]:
        """The stories whose last edit is not stored, or was not told."""
        wrong = []
        with self.kit.db.read() as tx:
            for watch in watches.list_(tx, limit=None):
                number = int(urlsplit(watch.url).path.rsplit("/", 1)[-1])
                blocks = versions.story(tx, watch.id, watch.latest_n).blocks if watch.latest_n else ()
                if not any(told(number, hour) in block.text for block in blocks):
                    wrong.append(
                        f"story {number}, version {watch.latest_n}: its last edit is not stored; {_state(watch)}"
                    )
                said = [
                    alert.new_n
                    for alert in outbox.list_(tx, watch_id=watch.id, status=AlertStatus.SENT, limit=None)
                    if alert.kind is AlertKind.CHANGE
                ]
                if watch.latest_n > 1 and watch.latest_n not in said:
                    wrong.append(f"story {number}, version {watch.latest_n}: not told; {_state(watch)}")
        return wrong

    def close(self) -> None:
        """End the threads."""
        self._engine.stop(5.0)


def soak(folder: Path, pipe: Connection, port: int, count: int, hours: int) -> list[str]:
    """Let the day pass and print it. Returns what is wrong."""
    config = parse(
        {
            "fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False, "timeout": 5},
            "cadence": {"steps": [["30d", "30m"]]},
            "judge": {"settle": 300},
            "route": [{"name": "desk", "to": {"terminal": True}}],
        },
        {},
    )
    day = Day()
    rss: dict[int, float] = {}
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        App.open(config, folder, console=Console(file=nowhere, width=100), clock=lambda: day.now) as app,
    ):
        run = Soak(app, day, port, count)
        run.plant(count)
        heap.settle()
        print(f"{count} watches on {len(HOSTS)} hosts, looked at every 30 to 60 minutes")
        print(" hour  RSS MB   DB MB predicted  late s  checks    304  changed  failed  told  CPU s")
        growth = Growth(run.kit.db.size())
        for hour in range(hours):
            pipe.send(hour)
            pipe.recv()
            day.late = timedelta()
            if 0 < hour < hours - CALM:
                run.churn(hour)
            while day.now < START + timedelta(hours=hour + 1):
                run.step()
            size, came = run.kit.db.size(), run.came()
            told = came.pop("told")
            predicted = growth.predict(size, came["first_seen"], came["changed"] + came["reverted"])
            rss[hour + 1] = _rss()
            print(
                f"{hour + 1:>5}{rss[hour + 1]:>8.1f}{size / 1e6:>8.1f}{predicted / 1e6:>10.1f}"
                f"{day.late.total_seconds():>8.0f}{came.total():>8}{came['unchanged']:>7}"
                f"{came['changed']:>9}{came['failed']:>8}{told:>6}{time.process_time():>7.0f}",
                flush=True,
            )
            if day.late > LATE:
                day.problems.append(f"hour {hour + 1}: a look was {day.late.total_seconds():.0f} s late")
        if abs(size - predicted) > predicted * GROWTH:
            day.problems.append(f"the database has {size / 1e6:.1f} MB where {predicted / 1e6:.1f} were predicted")
        day.problems += run.lost(hours - CALM)
        run.close()
    if hours > WARM:
        print(f"memory at hour {WARM}: {rss[WARM]:.1f} MB, at the end {rss[hours]:.1f} MB")
    day.problems += grown(rss)
    return day.problems


def _state(watch: Watch) -> str:
    return f"{watch.state}, {watch.failures} failures ({watch.last_error or watch.hold}), next {watch.next_check_at}"


def _rss() -> float:
    """Resident memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Print the day; 1 where something is wrong."""
    count = int(os.environ.get("STET_SOAK_WATCHES", "5000"))
    hours = int(os.environ.get("STET_SOAK_HOURS", "24"))
    began = time.monotonic()
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    site = context.Process(target=serve, args=(there, hours - CALM), daemon=True)
    site.start()
    port = here.recv()
    log.set_up(level="error")
    heap.keep_together()
    with tempfile.TemporaryDirectory() as folder:
        problems = soak(Path(folder), here, port, count, hours)
    here.send(None)
    site.join(10)
    print(f"{time.monotonic() - began:.0f} s, {time.process_time():.0f} s of CPU")
    print("\n".join(f"WRONG: {problem}" for problem in problems) or "nothing lost, nothing late, memory flat")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
