"""The whole check against a loopback newsroom: CPU of our process per check, beside urlwatch where it is installed.

Pages of about 100 kB on 20 loopback hosts, served by another process. Measured: a 304, a 200 with the same bytes, a 200
where only noise differs, an edited story. Every edit must be found and nothing else. ``STET_BENCH_PAGES`` sets the
numbers of pages (default ``500,2000``). Ratios count, not milliseconds: machines are noisy.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

HOSTS = [f"127.0.0.{number}" for number in range(2, 22)]
MODES = ("same bytes", "304", "noise", "edited")
WORDS = (
    "harbour council wall engineer survey minister contract ferry school budget report winter family hospital river "
    "bridge market police court union season village farmer doctor election coast storm museum library garden"
).split()


def main() -> None:
    """Print the table."""
    sizes = [int(size) for size in os.environ.get("STET_BENCH_PAGES", "500,2000").split(",")]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _run(size, Path(folder))


def page(number: int, mode: str, turn: int) -> bytes:
    """One page of about 100 kB. ``noise`` turns its furniture, ``edited`` one word of a quotation as well."""
    rnd = random.Random(number)
    noisy = random.Random(number * 1000 + (turn if mode in ("noise", "edited") else 0))
    paragraphs = []
    for index in range(24):
        text = " ".join(rnd.choice(WORDS) for _ in range(38)).capitalize() + "."
        if index % 5 == 2:
            verb = "complaining" if mode == "edited" and index == 7 else "warning"
            years, what = rnd.randint(3, 30), rnd.choice(WORDS)
            text = f"“We have been {verb} about the {what} for {years} years,” said Ines Calloway."
        paragraphs.append(f"<p>{text}</p>")
    cards = "".join(
        f'<li class="card c{noisy.randrange(10**6)}"><a href="/x/{noisy.randrange(10**7)}">'
        f"{' '.join(noisy.choice(WORDS) for _ in range(8))}</a><time>{noisy.randrange(59)} min ago</time></li>"
        for _ in range(60)
    )
    filler = "".join(f'<svg id="i{index}"><path d="M{index} 0 L10 {index}"/></svg>' for index in range(900))
    script = "".join(f"window.q{index}={{a:{index},b:'{index * 7}'}};" for index in range(1100))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Story {number} of the quay</title>
<meta property="og:type" content="article"><meta property="og:title" content="Story {number} of the quay today">
<script type="application/ld+json">{{"@type":"NewsArticle","headline":"Story {number} of the quay today",
"datePublished":"2026-11-20T06:00:00Z"}}</script><script nonce="{noisy.randrange(10**9)}">{script}</script></head>
<body class="b{noisy.randrange(10**6)}"><nav>{filler}</nav><main><article><h1>Story {number} of the quay today</h1>
<div class="share">{noisy.randrange(900)} shares</div>{"".join(paragraphs)}</article>
<aside class="related"><ul>{cards}</ul></aside></main>
<footer>{noisy.randrange(9000)} readers online</footer></body></html>
""".encode()


def serve(pipe: Connection) -> None:
    """The newsroom, in a process of its own. Messages set the mode and the turn; None ends it."""
    state = {"mode": "same bytes", "turn": 0}
    cache: dict[tuple[str, str, int], bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            mode, turn = str(state["mode"]), int(state["turn"])
            number = int(self.path.rsplit("/", 1)[-1])
            key = (self.path, mode if mode in ("noise", "edited") else "", turn if mode in ("noise", "edited") else 0)
            body = cache.get(key)
            if body is None:
                cache[key] = body = page(number, mode, turn)
            etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
            if mode == "304" and self.headers.get("If-None-Match") == etag:
                self.send_response(304)
                self.send_header("ETag", etag)
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            if mode in ("304", "same bytes"):
                self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.2", 0), Handler)
    port = int(server.server_address[1])
    servers = [server]
    for host in HOSTS[1:]:
        servers.append(ThreadingHTTPServer((host, port), Handler))
    import threading

    for one in servers:
        one.daemon_threads = True
        threading.Thread(target=one.serve_forever, daemon=True).start()
    pipe.send(port)
    while (said := pipe.recv()) is not None:
        if said[0] == "fill":
            for number in range(said[1]):
                mode, turn = str(state["mode"]), int(state["turn"])
                if mode in ("noise", "edited"):
                    for key in [key for key in cache if key[0] == f"/s/{number}" and key[1] and key[2] != turn]:
                        del cache[key]
                cache.setdefault(
                    (
                        f"/s/{number}",
                        mode if mode in ("noise", "edited") else "",
                        turn if mode in ("noise", "edited") else 0,
                    ),
                    page(number, mode, turn),
                )
        else:
            state.update(mode=said[0], turn=said[1])
        pipe.send("ready")
    os._exit(0)


class Site:
    """The newsroom's process and how to talk to it."""

    def __init__(self, size: int) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        self.port = self._pipe.recv()
        self.size = size

    def set(self, mode: str, turn: int) -> None:
        """What the pages are from now on; made before anybody asks."""
        for message in ((mode, turn), ("fill", self.size)):
            self._pipe.send(message)
            self._pipe.recv()

    def urls(self) -> list[str]:
        """All addresses."""
        return [f"http://{HOSTS[number % len(HOSTS)]}:{self.port}/s/{number}" for number in range(self.size)]

    def close(self) -> None:
        """End it."""
        self._pipe.send(None)
        self._process.join(5)


def _run(size: int, folder: Path) -> None:
    site = Site(size)
    try:
        print(f"\n{size} pages of {len(page(1, 'same bytes', 0)) / 1000:.0f} kB on {len(HOSTS)} hosts")
        ours = _stet(site, folder)
        theirs = _urlwatch(site, folder)
        head = f"{'':12} {'CPU ms a check':>15} {'checks/s':>9} {'found':>7} {'of':>6}"
        print(
            head
            + (
                f" {'urlwatch ms':>12} {'ratio':>6} {'urlwatch found':>15}"
                if theirs
                else "   (urlwatch is not installed)"
            )
        )
        for mode in MODES:
            cpu, wall, found = ours[mode]
            line = (
                f"{mode:12} {cpu / size * 1000:15.2f} {size / wall:9.0f} {found:7} {size if mode == 'edited' else 0:6}"
            )
            if theirs and mode in theirs:
                their_cpu, their_found = theirs[mode]
                line += f" {their_cpu / size * 1000:12.2f} {their_cpu / cpu:6.1f} {their_found:15}"
            print(line, flush=True)
        print(
            f"memory of our process at its highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
        )
    finally:
        site.close()


def _stet(site: Site, folder: Path) -> dict[str, tuple[float, float, int]]:
    from rich.console import Console

    from bot import log
    from bot.app import App
    from bot.config import parse
    from bot.core.model import Outcome
    from bot.jobs.check import Checker
    from bot.jobs.record import Result
    from bot.jobs.watching import Actor, add_many
    from bot.store import watches

    log.set_up(style="json", level="error")
    config = parse(
        {
            "fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False, "per_host": 4, "workers": 16},
            "judge": {"settle": 0},
        },
        {},
    )
    clock = [datetime(2026, 11, 24, 6, 0, tzinfo=UTC)]
    measured: dict[str, tuple[float, float, int]] = {}
    console = Console(file=(folder / "terminal.txt").open("w"))
    with App.open(config, folder / "data", console=console, clock=lambda: clock[0]) as app:
        add_many(app.kit, [{"url": url} for url in site.urls()], now=clock[0], by=Actor(via="import"))
        results: list[Result] = []
        checker = Checker(app.kit, workers=16, per_host=4, lease=timedelta(minutes=5), on_result=results.append)
        for turn, mode in enumerate(("first", "304", *MODES[:1], *MODES[1:])):
            site.set("same bytes" if mode == "first" else mode, turn)
            clock[0] += timedelta(days=1)
            with app.kit.db.begin() as tx:
                for watch in watches.list_(tx) if mode != "first" else []:
                    watches.update(tx, watch.id, next_check_at=clock[0])
            results.clear()
            cpu, wall = time.process_time(), time.perf_counter()
            while len(results) < site.size:
                checker.work(wait_for_all=True)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            changed = sum(1 for one in results if one.outcome is Outcome.CHANGED)
            failed = [one.error for one in results if one.outcome is Outcome.FAILED]
            if failed:
                print(f"{mode}: {len(failed)} failed: {failed[0]}")
            if mode in MODES:
                measured[mode] = (cpu, wall, changed)
        checker.close()
    console.file.close()
    return measured


def _urlwatch(site: Site, folder: Path) -> dict[str, tuple[float, int]]:
    """The same pages by urlwatch (``$URLWATCH`` or on the PATH): CPU of its process, reports it would send."""
    program = os.environ.get("URLWATCH") or shutil.which("urlwatch")
    if program is None:
        return {}
    urls, hooks = folder / "urls.yaml", folder / "urlwatch.yaml"
    urls.write_text("---\n".join(f"url: {url}\nfilter: [html2text]\n" for url in site.urls()))
    hooks.write_text(
        "display: {new: false, error: true, unchanged: false}\n"
        "report: {stdout: {enabled: true, color: false}, text: {details: false, footer: false, line_length: 75}}\n"
    )
    command = [
        program,
        "--urls",
        str(urls),
        "--config",
        str(hooks),
        "--cache",
        str(folder / "cache.db"),
        "--hooks",
        str(folder / "none.py"),
    ]
    found: dict[str, tuple[float, int]] = {}
    for turn, mode in enumerate(("first", "304", *MODES[:1], *MODES[1:])):
        site.set("same bytes" if mode == "first" else mode, turn)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if done.returncode and not done.stdout:
            print(
                f"urlwatch: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}",
                file=sys.stderr,
            )
            return {}
        if mode in MODES:
            found[mode] = (cpu, done.stdout.count("CHANGED: "))
    return found
