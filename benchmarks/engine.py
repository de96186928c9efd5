"""How many checks a second two processes of the distributed engine make, against a newsroom on loopback.

    python -m benchmarks.engine           2,000 stories on 40 hosts; a first look, then two rounds of 304

Needs PostgreSQL's server. The newsroom runs in this process and shares the machine's cores, so a real machine does
better. CPU is that of the two processes together.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.store import watches
from bot.store.database import Database
from tests import postgres
from tests.contract.test_engine import page
from tests.contract.workers import CONFIG
from tests.newsroom import Newsroom, Reply

HOSTS = tuple(f"127.0.0.{number}" for number in range(2, 42))
EACH = 50
STORIES = len(HOSTS) * EACH
PATIENCE = 90.0


def wait(done: Callable[[], bool]) -> float:
    """Seconds until it is done."""
    began = time.monotonic()
    while not done() and time.monotonic() - began < PATIENCE:
        time.sleep(0.1)
    return time.monotonic() - began


def cpu(processes: list[subprocess.Popen[bytes]]) -> float:
    """Seconds of CPU they have used so far."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def start(url: str, folder: Path) -> list[subprocess.Popen[bytes]]:
    """A worker, and a service beside it."""
    config = folder / "config.toml"
    config.write_text(CONFIG.format(name="bench", host_gap=0, more='[log]\nlevel = "error"'))
    environment = {**os.environ, "STET_STORE_URL": url}
    stet = [sys.executable, "-m", "bot", "-q", "--config", str(config)]
    return [
        subprocess.Popen([*stet, "--data-dir", str(folder / arguments[0]), *arguments], env=environment)
        for arguments in (["worker"], ["run", "--only", "checker,courier,scheduler"])
    ]


def measure(url: str, newsroom: Newsroom, folder: Path) -> None:
    """Three rounds."""
    rows = [(host, f"/{number}") for host in HOSTS for number in range(EACH)]
    for host, path in rows:
        newsroom.serve(path, Reply(body=page(host, path, "900"), etag='"a"'), host=host)
    with Database.open(url) as db:
        with db.begin() as tx:
            addresses = [newsroom.url(path, host) for host, path in rows]
            watches.add_many(tx, [{"url": one, "key": one} for one in addresses], datetime.now(UTC))
        processes = start(url, folder)
        try:
            for name in ("first look, start included", "304", "304"):
                round_(db, name, processes)
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait(20)


def round_(db: Database, name: str, processes: list[subprocess.Popen[bytes]]) -> None:
    """Make everything due, and print how long it took to look at."""
    now = datetime.now(UTC)
    with db.begin() as tx:
        tx.exec_driver_sql("UPDATE watches SET next_check_at = now()")
    before = cpu(processes)

    def done() -> bool:
        with db.read() as tx:
            return all(watch.last_checked_at and watch.last_checked_at >= now for watch in watches.list_(tx))

    took, used = wait(done), cpu(processes) - before
    each = 1000 * used / STORIES
    print(f"{name:<28}{STORIES} in {took:5.1f} s  {STORIES / took:6.0f} checks/s  {each:5.2f} ms of CPU each")


def main() -> None:
    """Measure, where there is a server."""
    if postgres.find() is None:
        print("PostgreSQL is not installed")
        return
    with postgres.server() as server, Newsroom(addresses=HOSTS) as newsroom, tempfile.TemporaryDirectory() as folder:
        measure(server.fresh_url(), newsroom, Path(folder))


if __name__ == "__main__":
    main()
