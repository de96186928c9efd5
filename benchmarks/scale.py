"""Ten thousand stories at five minutes on one core: are they checked on time, and does trouble elsewhere delay them?

Two hundred loopback hosts in a process of their own. Nine tenths of the stories answer 304, a twentieth sends the same
bytes every time, a twentieth a page of 98 kB whose furniture has turned and, every twelfth time, a word of a quotation.
Our process is held to one core (where the system can do that).

First ten cycles with a driven clock. It runs like a real one while anything is due or under way, and jumps over the
time in which nothing is: to the next due time and on by the second after which an idle service looks again. A
story's lateness is how far its result lies behind its due time, so it holds everything the story waited for: the
claim, the stories before it, the fetch, and whatever else the machine did meanwhile. A checker that cannot keep up
falls behind on this clock as on a real one; what is left out is only idle time, and with it the host gap (none here:
fetches of one host would be spread over idle time). CPU is that of our process, per second of the driven clock: below
one is enough.

Then the same rate with a real clock and the default politeness, without faults and with 1 % of the hosts hanging and
5 % failing: the lateness of all others must not grow. Last the shipped ``stet run`` itself: how soon after its start
it has written its first check, and what it keeps in memory while new stories are read as fast as it can.
``STET_SCALE_WATCHES`` and ``STET_SCALE_CYCLES`` set the size, ``STET_SCALE_PARTS`` (``driven,real,service``) the parts.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.check import one_core, page, resident

HOSTS = [f"127.0.{1 + number // 100}.{1 + number % 100}" for number in range(200)]
HANGING = frozenset(HOSTS[7::100])
FAILING = frozenset(HOSTS[3::20])
EVERY = timedelta(minutes=5)
REAL_SECONDS = 45.0
SERVICE_SECONDS = 40.0
LONGEST = 600.0
"""Seconds for the cycles with a driven clock; a busy machine may end with fewer, and says so."""
PAGES, TURNS, EDIT_EVERY = 40, 5, 12
"""So many different pages and states of their furniture are served; after so many fetches a word changes."""
ROLES = {0: "n", 1: "b"}
"""Story number modulo 20 -> how it answers: ``n`` noise, ``b`` the same bytes, all others ``s``, a 304."""


def main() -> None:
    """Print the figures."""
    total = int(os.environ.get("STET_SCALE_WATCHES", "10000"))
    cycles = int(os.environ.get("STET_SCALE_CYCLES", "10"))
    parts = os.environ.get("STET_SCALE_PARTS", "driven,real,service").split(",")
    site = _Site()
    everywhere = one_core()
    try:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{total} watches at {EVERY.seconds // 60} minutes on {len(HOSTS)} hosts", flush=True)
            _prepare(Path(folder), site.port, total)
            if "driven" in parts:
                _driven(Path(folder), total, cycles)
            if "real" in parts:
                _real(Path(folder), site, "as usual", faults=False)
                _real(Path(folder), site, "1 % of the hosts hang, 5 % fail", faults=True)
            if "service" in parts:
                _service(Path(folder), site.port)
    finally:
        site.close()
        if everywhere:
            os.sched_setaffinity(0, everywhere)


def serve(pipe: Connection) -> None:
    """The newsrooms, in a process of their own: who asks gets what the address says, or trouble. None ends it."""
    state = {"faults": False}
    pages = {
        (number, mode, turn): page(number, mode, turn)
        for number in range(PAGES)
        for turn in range(TURNS)
        for mode in ("noise", "edited")
    }
    seen: Counter[bytes] = Counter()

    def body(path: bytes) -> bytes:
        _, kind, number = path.split(b"/")
        if kind == b"b":
            return pages[int(number) % PAGES, "noise", 0]
        count = seen[path]
        seen[path] += 1
        return pages[
            int(number) % PAGES, "edited" if (count + int(number) // 20) // EDIT_EVERY % 2 else "noise", count % TURNS
        ]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            host = writer.get_extra_info("sockname")[0]
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1]
                if state["faults"] and host in HANGING:
                    await asyncio.sleep(3_600)
                if state["faults"] and host in FAILING:
                    writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
                elif path.startswith(b"/s/") and b"if-none-match" in head.lower():
                    writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n')
                else:
                    told = body(path)
                    writer.write(
                        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
                        % len(told)
                        + told
                    )
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
    """When each check was due and how late it ended, in seconds, by host; and how the checks ended."""

    clock: Callable[[], datetime]
    due: dict[int, tuple[datetime, str]] = field(default_factory=dict)
    seconds: list[tuple[float, str]] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)

    def claimed(self, found: list[Any]) -> list[Any]:
        for watch in found:
            self.due[watch.id] = (watch.next_check_at, urlsplit(watch.url).hostname or "")
        return found

    def ended(self, result: Any) -> None:
        at, host = self.due.pop(result.watch_id)
        self.ends[result.outcome.value] += 1
        self.seconds.append(((self.clock() - at).total_seconds(), host))

    def told(self, leave_out: frozenset[str] = frozenset()) -> str:
        late = sorted(seconds for seconds, host in self.seconds if host not in leave_out)
        if not late:
            return "no checks"
        middle, most = late[len(late) // 2], late[min(int(len(late) * 0.99), len(late) - 1)]
        over = sum(1 for seconds in late if seconds > 15)
        return (
            f"late by {middle:.2f} s (median), {most:.2f} s (99 %), {late[-1]:.2f} s (most); "
            f"over 15 s (target: none): {over}"
        )

    def how(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in self.ends.most_common())


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
    """Watches as they are after their first look, evenly over the five minutes; those with pages had a real one."""
    from bot.extract.page import recipe
    from bot.jobs.check import check_now
    from bot.jobs.watching import Actor, add_many
    from bot.store import watches

    now = datetime.now(UTC)
    with _open(folder, host_gap=0) as app:
        urls = [
            f"http://{HOSTS[(number + number // 20) % len(HOSTS)]}:{port}/{ROLES.get(number % 20, 's')}/{number}"
            for number in range(total)
        ]
        add_many(app.kit, [{"url": url, "every": EVERY.seconds} for url in urls], now=now, by=Actor(via="import"))
        with app.kit.db.read() as tx:
            every = watches.list_(tx)
        for _ in check_now(app.kit, [watch for watch in every if "/s/" not in watch.url]):
            pass
        with app.kit.db.begin() as tx:
            for number, watch in enumerate(every):
                seen = {"etag": '"one"', "recipe": recipe(), "latest_n": 1, "body_hash": "0", "quick_key": "0"}
                watches.update(
                    tx,
                    watch.id,
                    **(seen if "/s/" in watch.url else {}),
                    every=EVERY.seconds,
                    last_success_at=now,
                    next_check_at=now + timedelta(hours=1) + EVERY * number / total,
                )


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
        said = memory = 0
        while clock() < first + EVERY * cycles and time.perf_counter() - wall < LONGEST:
            checker.work(wait_for_all=True)
            with app.kit.db.read() as tx:
                due = watches.next_due(tx)
            if due is not None and due > clock():
                jumped[0] += max(due - clock(), timedelta(0)) + timedelta(seconds=1)
            if (clock() - first) // EVERY > said:
                said += 1
                memory = max(memory, resident(os.getpid()))
                print(f"  cycle {said} of {cycles} after {time.perf_counter() - wall:.0f} s", flush=True)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        checker.close()
    undo()
    checks = len(lateness.seconds)
    simulated = (clock() - first).total_seconds()
    done = simulated / EVERY.total_seconds()
    print(f"{done:.1f} of {cycles} cycles, driven clock, one core: {checks} checks ({lateness.how()})")
    print(f"  {lateness.told()}")
    print(
        f"  CPU {cpu / simulated:.3f} s for each second (target: below 1), {cpu / checks * 1000:.2f} ms a check; "
        f"busy for {wall:.0f} of {simulated:.0f} s; memory {memory} MB, this benchmark included",
        flush=True,
    )


def _real(folder: Path, site: _Site, name: str, *, faults: bool) -> None:
    from bot.jobs.check import Checker
    from bot.store import watches

    with _open(folder, host_gap=1) as app:
        lateness = _Lateness(app.kit.clock)
        undo = _watched(lateness)
        with app.kit.db.begin() as tx:
            every = watches.list_(tx)
            for watch in every:
                if watch.failures or watch.told:
                    watches.update(tx, watch.id, failures=0, told={})
            now = app.kit.clock() + timedelta(seconds=2)
            watches.put_off(tx, {watch.id: now + EVERY * number / len(every) for number, watch in enumerate(every)})
        site.faults(faults)
        checker = Checker(app.kit, workers=16, per_host=2, lease=EVERY, on_result=lateness.ended)
        stop = threading.Event()
        timer = threading.Timer(REAL_SECONDS, stop.set)
        timer.start()
        cpu = time.process_time()
        while not stop.is_set():
            checker.work(stop)
            stop.wait(1.0)  # as the service's ticks do
        cpu = time.process_time() - cpu
        most = threading.active_count()
        checker.close(patience=0.5)
        undo()
        site.faults(False)
    others = lateness.told(HANGING | FAILING if faults else frozenset())
    print(f"{REAL_SECONDS:.0f} s with a real clock, {name}: {len(lateness.seconds)} checks ({lateness.how()})")
    print(
        f"  {'the others: ' if faults else ''}{others}; CPU {cpu / REAL_SECONDS * 100:.1f} % of a core, "
        f"{most} threads at the end",
        flush=True,
    )


def _service(folder: Path, port: int) -> None:
    """The shipped process with all watches, and 3,000 new ones on top that are all due: its start and its memory."""
    from bot.jobs.watching import Actor, add_many
    from bot.store import watches

    stet = Path(sys.executable).with_name("stet")
    command = [str(stet)] if stet.exists() else [shutil.which("stet") or "stet"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "config.toml"
    config.write_text(
        f'[fetch]\nallow_private = ["127.0.0.0/8"]\nhost_gap = 0\nrobots = false\n[web]\nlisten = "{listen}"\n'
    )
    with _open(folder, host_gap=0) as app:
        now = app.kit.clock()
        urls = [f"http://{HOSTS[number % len(HOSTS)]}:{port}/n/{1_000_000 + number}" for number in range(3_000)]
        add_many(app.kit, [{"url": url, "every": EVERY.seconds} for url in urls], now=now, by=Actor(via="import"))
        with app.kit.db.begin() as tx:
            every = watches.list_(tx)
            now = app.kit.clock()
            due = {watch.id: now + EVERY * number / len(every) for number, watch in enumerate(every)}
            watches.put_off(tx, due | {watch.id: now for watch in every if not watch.latest_n})
    command += ["--config", str(config), "--data-dir", str(folder / "data"), "run"]
    began = time.monotonic()
    log = folder / "service.log"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        up: tuple[float, float] | None = None
        most, last = 0, 0.0
        while time.monotonic() - began < SERVICE_SECONDS and process.poll() is None:
            time.sleep(0.05 if up is None else 0.25)
            if up is None and '"checked"' in log.read_text():
                up = (time.monotonic() - began, _cpu(process.pid))
            most = max(most, resident(process.pid))
            last = _cpu(process.pid)
        process.terminate()
    checked = log.read_text().count('"checked"')
    if up is None:
        print(f"stet run did not check within {SERVICE_SECONDS:.0f} s: {log.read_text()[-300:]}")
        return
    print(
        f"stet run with {len(every)} watches: first check written after {up[0]:.1f} s, "
        f"{up[1]:.1f} s of CPU (target 3); "
        f"{checked} stories read in {SERVICE_SECONDS:.0f} s with {last - up[1]:.0f} s of CPU, "
        f"memory {most} MB at the most (target 150)",
        flush=True,
    )


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used; 0 where nobody says."""
    try:
        used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0.0
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
