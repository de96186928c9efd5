"""Workers of the distributed engine as processes of their own, for tests that kill them, and the sites they look at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 7))
"""The sites of the workers' newsroom."""
PAGE = """<!doctype html><html lang="en"><head><title>{0}</title><meta property="og:type" content="article">
<meta property="article:published_time" content="{2}"></head><body><main><article><h1>{0}</h1>
<p class="byline">By A. Writer</p>
<p>The harbour authority said on Monday that repair work on the eastern pier would begin in May and last nine weeks.</p>
<p>Ferries to the islands are to use the northern quay until the work is finished, a spokesman told reporters.</p>
<p>{1} people a day use the pier in summer, according to figures that the council published last year.</p>
<p>Shops on the pier will stay open during the repairs, and the market moves to the square behind the town hall.</p>
</article></main></body></html>"""
PUBLISHED = datetime.now(UTC).isoformat()
CONFIG = """
[engine]
kind = "procrastinate"
[bot]
base_url = ""
[fetch]
allow_private = ["127.0.0.0/8"]
robots = false
host_gap = {host_gap}
per_host = 1
timeout = 60
user_agent = "{name}"
[judge]
settle = 0
min_severity = "minor"
{more}
"""


def page(host: str, path: str, visitors: str) -> bytes:
    """A story of today: old ones are retired after their first look."""
    return PAGE.format(f"Pier of {host} story {path[1:]} to close", visitors, PUBLISHED).encode()


class Worker:
    """One worker process. Its name is its user agent, so the newsroom knows who asks."""

    def __init__(
        self,
        name: str,
        folder: Path,
        url: str,
        *,
        host_gap: float = 0,
        concurrency: int = 6,
        more: str = "",
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.name = name
        home = folder / name
        home.mkdir()
        (home / "config.toml").write_text(CONFIG.format(name=name, host_gap=host_gap, more=more))
        self.log = home / "log"
        seen = {**os.environ, "STET_STORE_URL": url, "PYTHONUNBUFFERED": "1", **environment}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.contract.engine_process"),
                    *(str(home / "config.toml"), str(home), str(concurrency)),
                ],
                env=seen,
                stdout=log,
                stderr=log,
            )

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)


def until(true: Callable[[], object], seconds: float, what: str, workers: Sequence[Worker]) -> None:
    """Wait for something to become true, at most so long."""
    deadline = time.monotonic() + seconds
    while not true():
        logs = "\n".join(f"{worker.name}: {worker.log.read_text()[-1500:]}" for worker in workers)
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s\n{logs}"
        time.sleep(0.1)
