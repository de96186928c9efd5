"""Ten thousand stories at five minutes on one core: are they checked on time, and does trouble elsewhere delay them?

Two hundred loopback hosts in a process of their own answer mostly 304. First ten cycles with a driven clock: it runs
like a real one while there is work and jumps over idle time, so every lateness is what a real clock would have shown.
Then the same rate with a real clock and the default politeness, without faults and with 1 % of the hosts hanging and
5 % failing: the lateness of all others must not grow. ``STET_SCALE_WATCHES`` and ``STET_SCALE_CYCLES`` set the size.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HOSTS = [f"127.0.{1 + number // 100}.{1 + number % 100}" for number in range(200)]
HANGING = frozenset(HOSTS[7::100])
FAILING = frozenset(HOSTS[3::20])
EVERY = timedelta(minutes=5)
REAL_SECONDS = 30.0
LONGEST = 150.0
"""Seconds for the cycles with a driven clock; a busy machine ends with fewer."""


def main() -> None:
    """Print the figures."""
    total = int(os.environ.get("STET_SCALE_WATCHES", "10000"))
    cycles = int(os.environ.get("STET_SCALE_CYCLES", "10"))
    site = _Site()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _prepare(Path(folder), site.port, total)
            print(f"{total} watches at {EVERY.seconds // 60} minutes on {len(HOSTS)} hosts")
            print(f"start-up, from nothing to the running service: {_start_up(Path(folder)):.1f} s", flush=True)
            _driven(Path(folder), total, cycles)
            _real(Path(folder), site, "as usual", faults=False)
            _real(Path(folder), site, "1 % of the hosts hang, 5 % fail", faults=True)
    finally:
        site.close()


def serve(pipe: Connection) -> None:
    """The newsrooms, in a process of their own: 304 to who has the page, 500 or silence where told. None ends it."""
    state = {"faults": False}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            host = writer.get_extra_info("sockname")[0]
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if state["faults"] and host in HANGING:
                    await asyncio.sleep(3_600)
                if state["faults"] and host in FAILING:
                    writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
                elif b"if-none-match" in head.lower():
                    writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n')
                else:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        sockets = [socket.create_server((HOSTS[0], 0), backlog=256)]
        port = sockets[0].getsockname()[1]
        sockets += [socket.create_server((host, port), backlog=256) for host in HOSTS[1:]]
        servers = [await asyncio.start_server(answer, sock=one) for one in sockets]
        pipe.send(port)
        said = True
        while said is not None:
            said = await asyncio.to_thread(pipe.recv)
            state["faults"] = bool(said)
            pipe.send(len(servers))
        os._exit(0)

    asyncio.run(run())


class _Site:
    """The newsrooms' process."""

    def __init__(self) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        self.port = int(self._pipe.recv())

    def faults(self, on: bool) -> None:
        self._pipe.send(on)
        self._pipe.recv()

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join(5)


@dataclass(slots=True)
class _Lateness:
    """When each check was due and how late it ended, in seconds, by host."""

    clock: Callable[[], datetime]
    due: dict[int, tuple[datetime, str]] = field(default_factory=dict)
    seconds: list[tuple[float, str]] = field(default_factory=list)
    failed: int = 0

    def claimed(self, found: list[Any]) -> list[Any]:
        for watch in found:
            self.due[watch.id] = (watch.next_check_at, urlsplit(watch.url).hostname or "")
        return found

    def ended(self, result: Any) -> None:
        at, host = self.due.pop(result.watch_id)
        self.failed += result.outcome.value == "failed"
        self.seconds.append(((self.clock() - at).total_seconds(), host))

    def told(self, leave_out: frozenset[str] = frozenset()) -> str:
        late = sorted(seconds for seconds, host in self.seconds if host not in leave_out)
        if not late:
            return "no checks"
        middle, most = late[len(late) // 2], late[int(len(late) * 0.99)]
        over = sum(1 for seconds in late if seconds > 15)
        return f"late by {middle:.2f} s (median), {most:.2f} s (99 %), {late[-1]:.2f} s (most); over 15 s: {over}"


def _config(*, host_gap: float) -> Any:
    from bot.config import parse

    fetch = {"allow_private": ["127.0.0.0/8"], "host_gap": host_gap, "robots": False, "workers": 16, "timeout": 10}
    return parse({"fetch": fetch, "web": {"enabled": False}}, {})


def _now() -> datetime:
    return datetime.now(UTC)


def _open(folder: Path, *, host_gap: float, clock: Callable[[], datetime] | None = None) -> Any:
    from rich.console import Console

    from bot import log
    from bot.app import App

    log.set_up(style="json", level="error")
    console = Console(file=StringIO())
    return App.open(_config(host_gap=host_gap), folder / "data", console=console, clock=clock or _now)


def _prepare(folder: Path, port: int, total: int) -> None:
    """Watches as they are after their first sight, due evenly over the five minutes."""
    from bot.extract.page import recipe
    from bot.jobs.watching import Actor, add_many
    from bot.store import watches

    now = datetime.now(UTC)
    with _open(folder, host_gap=0) as app:
        urls = [f"http://{HOSTS[number % len(HOSTS)]}:{port}/s/{number}" for number in range(total)]
        add_many(app.kit, [{"url": url, "every": EVERY.seconds} for url in urls], now=now, by=Actor(via="import"))
        with app.kit.db.begin() as tx:
            for number, watch in enumerate(watches.list_(tx)):
                watches.update(
                    tx,
                    watch.id,
                    etag='"one"',
                    recipe=recipe(),
                    latest_n=1,
                    body_hash="0",
                    quick_key="0",
                    every=EVERY.seconds,
                    last_success_at=now,
                    next_check_at=now + timedelta(hours=1) + EVERY * number / total,
                )


def _start_up(folder: Path) -> float:
    """Seconds from the start of a process to the running service, imports and all."""
    code = (
        "import sys; from pathlib import Path; from benchmarks.scale import _open; from bot.service import Service;"
        "opened = _open(Path(sys.argv[1]), host_gap=1); app = opened.__enter__();"
        "service = Service(app, ('checker', 'courier', 'scheduler')); service.start(); print('up', flush=True);"
        "service.stop(); opened.__exit__(None, None, None)"
    )
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        took = time.perf_counter() - began
    return took if said.strip() == b"up" else float("nan")


def _watched(lateness: _Lateness) -> Callable[[], None]:
    """Note every claim's due time. Returns what undoes it."""
    from bot.store import watches

    claim = watches.claim_due
    watches.claim_due = lambda *args, **named: lateness.claimed(claim(*args, **named))

    def undo() -> None:
        watches.claim_due = claim

    return undo


def _driven(folder: Path, total: int, cycles: int) -> None:
    from bot.jobs.check import Checker
    from bot.store import watches

    with _open(folder, host_gap=0) as probe, probe.kit.db.read() as tx:
        first = watches.next_due(tx)
    assert first is not None
    jumped = [first - timedelta(seconds=time.perf_counter())]

    def clock() -> datetime:
        return jumped[0] + timedelta(seconds=time.perf_counter())

    lateness = _Lateness(clock)
    undo = _watched(lateness)
    with _open(folder, host_gap=0, clock=clock) as app:
        checker = Checker(app.kit, workers=16, per_host=2, lease=EVERY, on_result=lateness.ended)
        cpu, wall = time.process_time(), time.perf_counter()
        while clock() < first + EVERY * cycles and time.perf_counter() - wall < LONGEST:
            checker.work(wait_for_all=True)
            with app.kit.db.read() as tx:
                due = watches.next_due(tx)
            if due is not None and due > clock():
                # a service looks every second; jump over the time until there is something to see
                jumped[0] += max(due - clock(), timedelta(0)) + timedelta(seconds=1)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        checker.close()
    undo()
    checks = len(lateness.seconds)
    simulated = (clock() - first).total_seconds()
    print(
        f"{simulated / EVERY.total_seconds():.1f} cycles, driven clock: {checks} checks, {lateness.failed} failed;"
        f" {lateness.told()}"
    )
    print(
        f"  {checks / wall:.0f} checks/s where {total / EVERY.total_seconds():.0f} are asked for; CPU "
        f"{cpu / checks * 1000:.2f} ms a check, {cpu / simulated * 100:.1f} % of a core; memory {_resident()} MB",
        flush=True,
    )


def _real(folder: Path, site: _Site, name: str, *, faults: bool) -> None:
    from bot.jobs.check import Checker
    from bot.store import watches

    with _open(folder, host_gap=1) as app:
        lateness = _Lateness(app.kit.clock)
        undo = _watched(lateness)
        now = app.kit.clock()
        with app.kit.db.begin() as tx:
            every = watches.list_(tx)
            for number, watch in enumerate(every):
                watches.update(tx, watch.id, next_check_at=now + EVERY * number / len(every), failures=0, told={})
        site.faults(faults)
        checker = Checker(app.kit, workers=16, per_host=2, lease=EVERY, on_result=lateness.ended)
        cpu, until = time.process_time(), time.monotonic() + REAL_SECONDS
        while time.monotonic() < until:
            checker.work()
            time.sleep(0.5)
        cpu = time.process_time() - cpu
        checker.close(patience=0.5)
        undo()
        site.faults(False)
    others = lateness.told(HANGING | FAILING if faults else frozenset())
    print(f"{REAL_SECONDS:.0f} s with a real clock, {name}: {len(lateness.seconds)} checks, {lateness.failed} failed")
    print(f"  {'the others: ' if faults else ''}{others}; CPU {cpu / REAL_SECONDS * 100:.1f} % of a core", flush=True)


def _resident() -> int:
    """Megabytes this process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000
