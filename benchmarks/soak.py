"""A day in minutes: 24 simulated hours with 5,000 watches, edits, faults and churn, on a loopback newsroom.

    make soak                   (STET_SOAK_WATCHES and STET_SOAK_HOURS scale it)

Everything but the clock is the service's own: claiming, fetching, reading, comparing, the outbox, settling, trouble,
housekeeping. Time moves in steps of thirty seconds and stands still while work is done, so that lateness is what the
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
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from sqlalchemy import select

from bot import heap, log
from bot.app import App
from bot.config import Config, parse
from bot.core.model import AlertKind, AlertStatus, Watch
from bot.fetch.client import Fetcher
from bot.jobs import trouble, watching
from bot.jobs.check import Checker
from bot.jobs.deliver import Courier
from bot.jobs.housekeeping import hourly
from bot.jobs.kit import Kit
from bot.jobs.record import Result
from bot.jobs.settle import settle_due
from bot.store import outbox, versions, watches
from bot.store.tables import watches as table
from bot.wiring import fetch_settings
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
DRIFT = 0.05
"""So much of its memory may be added between that hour and the last: the allocator's own ups and downs."""
GROWTH = 0.1
"""So far may the database be from what the first two hours predict: so much for a new story, so much for a change."""
LATE = timedelta(minutes=1)


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
    came: Counter[str] = field(default_factory=Counter)
    looked: set[int] = field(default_factory=set)
    late: timedelta = timedelta()
    told: int = 0
    problems: list[str] = field(default_factory=list)

    def took(self, result: Result) -> None:
        """One look ended."""
        self.came[result.outcome.value] += 1
        self.looked.add(result.watch_id)


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


class Soak:
    """The service's parts on a clock that is driven."""

    def __init__(self, app: App, config: Config, day: Day, port: int, count: int) -> None:
        began = time.monotonic()
        self._day = day
        self._config = config
        self._port = port
        self._next = count
        fetcher = Fetcher(
            fetch_settings(config),
            clock=lambda: (day.now - START).total_seconds() + time.monotonic() - began,
            wall=lambda: day.now,
        )
        self.kit: Kit = replace(app.kit, fetcher=fetcher)
        lease = timedelta(seconds=config.fetch.timeout * 2 + 120)
        self.checker = Checker(
            self.kit, workers=config.fetch.workers, per_host=config.fetch.per_host, lease=lease, on_result=day.took
        )
        self.courier = Courier(self.kit)

    def plant(self, count: int) -> None:
        """The watches of the first day, spread over half an hour as a running service has them."""
        with self.kit.db.begin() as tx:
            for number in range(count):
                first = self._day.now + timedelta(seconds=number * 1800 // count)
                watches.add(tx, url=self._url(number), key=self._url(number), now=self._day.now, next_check_at=first)

    def churn(self, hour: int) -> None:
        """Some are followed no longer, and as many new ones are."""
        by = watching.Actor(name="soak", via="cli")
        with self.kit.db.read() as tx:
            gone = [watch for watch in watches.list_(tx, limit=None) if (watch.id + hour * 7) % CHURN == 0]
        for watch in gone:
            watching.remove_watch(self.kit, watch, now=self._day.now, by=by)
        with self.kit.db.begin() as tx:
            for number in range(self._next, self._next + len(gone)):
                url = self._url(number)
                watches.add(tx, url=url, key=url, now=self._day.now, next_check_at=self._day.now)
        self._next += len(gone)

    def step(self) -> None:
        """Thirty seconds pass, and everything that the service's ticks call is called."""
        day, kit = self._day, self.kit
        day.now += STEP
        due, resting = self._due(), set(kit.fetcher.resting())
        day.looked.clear()
        self.checker.work(wait_for_all=True)
        settle_due(kit, day.now)
        trouble.our_network(kit, day.now)
        day.told += len(self.courier.work())
        resting.update(kit.fetcher.resting())
        left = [at for number, host, at in due if number not in day.looked and host not in resting]
        day.late = max([day.late, *(day.now - at for at in left)])

    def _due(self) -> list[tuple[int, str, datetime]]:
        """Number, host and due time of what is due now."""
        wanted = select(table.c.id, table.c.host, table.c.next_check_at).where(
            table.c.state.in_(watches.LOOKED_AT), table.c.next_check_at <= self._day.now
        )
        with self.kit.db.read() as tx:
            return [(row.id, row.host, row.next_check_at) for row in tx.execute(wanted)]

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
        self.checker.close()
        self.kit.fetcher.close()


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
        run = Soak(app, config, day, port, count)
        run.plant(count)
        heap.settle()
        print(f"{count} watches on {len(HOSTS)} hosts, looked at every 30 to 60 minutes")
        print(" hour  RSS MB   DB MB predicted  late s  checks   304  changed  failed  told  CPU s")
        growth = Growth(run.kit.db.size())
        for hour in range(hours):
            pipe.send(hour)
            pipe.recv()
            day.late = timedelta()
            if 0 < hour < hours - CALM:
                run.churn(hour)
            while day.now < START + timedelta(hours=hour + 1):
                run.step()
                heap.give_back()  # as the service does every ten seconds
            hourly(run.kit, config, day.now)
            size = run.kit.db.size()
            predicted = growth.predict(size, day.came["first_seen"], day.came["changed"] + day.came["reverted"])
            rss[hour + 1] = _rss()
            print(
                f"{hour + 1:>5}{rss[hour + 1]:>8.1f}{size / 1e6:>8.1f}{predicted / 1e6:>10.1f}"
                f"{day.late.total_seconds():>8.0f}{day.came.total():>8}{day.came['unchanged']:>6}"
                f"{day.came['changed']:>9}{day.came['failed']:>8}{day.told:>6}{time.process_time():>7.0f}",
                flush=True,
            )
            if day.late > LATE:
                day.problems.append(f"hour {hour + 1}: a look was {day.late.total_seconds():.0f} s late")
        if abs(size - predicted) > predicted * GROWTH:
            day.problems.append(f"the database has {size / 1e6:.1f} MB where {predicted / 1e6:.1f} were predicted")
        day.problems += run.lost(hours - CALM)
        run.close()
    worst = max(rss.values())
    if worst > FULL_MB:
        day.problems.append(f"memory reached {worst:.0f} MB")
    if hours > WARM:
        print(f"memory at hour {WARM}: {rss[WARM]:.0f} MB, at the end {rss[hours]:.0f} MB")
    if hours > WARM and rss[hours] > rss[WARM] * (1 + DRIFT):
        day.problems.append(f"memory grew from {rss[WARM]:.0f} MB at hour {WARM} to {rss[hours]:.0f} MB")
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
