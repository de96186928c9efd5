"""The whole check against a loopback newsroom: CPU of our process per check, beside urlwatch where it is installed.

Pages of about 100 kB on 20 loopback hosts, served by another process. Measured: a 304, a 200 with the same bytes, a 200
where only noise differs, an edited story. Every edit must be found and nothing else. We and urlwatch are held to one
core (where the system can do that), the newsroom has the others. ``STET_BENCH_PAGES`` sets the numbers of pages
(default ``500,2000``); urlwatch looks at the first number of them, in turns with us. Ratios count, not milliseconds:
machines are noisy.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rich.console import Console

from bot import heap, log
from bot.app import App
from bot.config import parse
from bot.core.model import Outcome
from bot.jobs.check import Checker
from bot.jobs.record import Result
from bot.jobs.watching import Actor, add_many
from bot.store import watches

HOSTS = [f"127.0.0.{number}" for number in range(2, 22)]
MODES = ("304", "same bytes", "noise", "edited")
TURNS = ("first", "304", "same bytes", "304", "noise", "edited")
TARGETS = {"304": 0.8, "same bytes": 1.0, "noise": 2.5, "edited": 30.0}
PEERS = (("urlwatch", ""), ("with html2text", "filter: [html2text]\n"))
"""urlwatch as it comes (the page as it is), and with the filter most jobs have: tags taken out, scripts left in."""
WORDS = (
    "harbour council wall engineer survey minister contract ferry school budget report winter family hospital river "
    "bridge market police court union season village farmer doctor election coast storm museum library garden"
).split()


def main() -> None:
    """Print the table."""
    sizes = [int(size) for size in os.environ.get("STET_BENCH_PAGES", "500,2000").split(",")]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _run(size, Path(folder), peers=size == sizes[0])


def page(number: int, mode: str, turn: int) -> bytes:
    """One page of about 98 kB. ``noise`` turns its furniture, ``edited`` one word of a quotation as well.

    Its make-up is the median of 39 real publishers' pages of 70 to 130 kB (the test pages of fundus): a thousand lines,
    1,200 tags outside scripts, 26 scripts with a quarter of the bytes, 130 links, 31 paragraphs, a few drawings; most
    other bytes are attributes. Noise is spread as there: nonces, class hashes, advert slots inside the story, counters,
    how long ago, and lists of other stories that turn over.
    """
    rnd = random.Random(number)
    noisy = random.Random(number * 1000 + (turn if mode in ("noise", "edited") else 0))
    title = f"Story {number} of the quay and the {rnd.choice(WORDS)} today"
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f"<title>{title} | The Quay</title>",
        '<meta property="og:type" content="article">',
        f'<meta property="og:title" content="{title}">',
        *(f'<meta name="site:{word}" content="{rnd.getrandbits(160):x}">' for word in WORDS),
        *(
            f'<link rel="preload" as="font" href="/assets/{rnd.getrandbits(96):x}.woff2" crossorigin>'
            for _ in range(12)
        ),
        '<script type="application/ld+json">',
        f'{{"@type":"NewsArticle","headline":"{title}","datePublished":"2026-11-20T06:00:00Z"}}',
        "</script>",
    ]
    lines += [
        "<style>",
        *(f"  .c{rnd.getrandbits(32):x} {{ margin: 0 auto; padding: {rnd.randrange(40)}px }}" for _ in range(150)),
        "</style>",
    ]
    for _ in range(25):
        lines += [f'<script nonce="{noisy.getrandbits(64):x}">', *_code(rnd, 13), "</script>"]
    lines += ["</head>", f'<body class="page page--story b{noisy.getrandbits(32):x}">', "<header>", "<nav>", "<ul>"]
    for word in WORDS:
        drawing = '<svg viewBox="0 0 9 9"><path d="M0 0 L9 9"/></svg>' if word < "c" else ""
        lines += [
            '<li class="menu__place menu__place--wide">',
            f'  <a class="menu__link" href="/{word}">{drawing}{word.title()}</a>',
            "</li>",
        ]
    lines += ["</ul>", "</nav>", "</header>", "<main>", '<article class="story" data-turn="1">', f"<h1>{title}</h1>"]
    lines += ['<div class="byline">By <a href="/by/ines-calloway">Ines Calloway</a></div>']
    lines += ['<div class="share">', f"  <span>{noisy.randrange(900)} shares</span>", "</div>"]
    for index in range(31):
        lines += _paragraph(rnd, index, mode)
        if index % 6 == 4:
            lines += [
                '<div class="ad-slot">',
                f'  <div id="ad-{noisy.getrandbits(40):x}" data-sizes="300x250"></div>',
                "</div>",
            ]
    lines += ["</article>"]
    for name, count in (("More on this", 12), ("Most read", 10), ("From the quay", 50)):
        lines += [f'<aside class="cards cards--{count}">', f"<h2>{name}</h2>", "<ul>"]
        for _ in range(count):
            lines += _card(noisy)
        lines += ["</ul>", "</aside>"]
    lines += [
        "</main>",
        "<footer>",
        f"<p>{noisy.randrange(9000)} readers online</p>",
        "</footer>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines).encode()


def _code(rnd: random.Random, count: int) -> list[str]:
    return [
        f"  window.q{rnd.getrandbits(24):x} = {{a: {rnd.randrange(999)}, b: '{rnd.getrandbits(280):x}'}};"
        for _ in range(count)
    ]


def _paragraph(rnd: random.Random, index: int, mode: str) -> list[str]:
    text = " ".join(rnd.choice(WORDS) for _ in range(38)).capitalize() + "."
    if index % 5 == 2:
        verb = "complaining" if mode == "edited" and index == 7 else "warning"
        years, what = rnd.randint(3, 30), rnd.choice(WORDS)
        text = f"“We have been {verb} about the {what} for {years} years,” said Ines Calloway."
    elif index % 4 == 0:
        text = text.replace(" harbour ", ' <a class="link" href="/topics/harbour">harbour</a> ', 1)
    return [
        f'<div class="block block--text" data-key="{rnd.getrandbits(64):x}">',
        '  <p class="block__text">',
        f"    {text}",
        "  </p>",
        "</div>",
    ]


def _card(noisy: random.Random) -> list[str]:
    key = noisy.getrandbits(64)
    widths = ", ".join(f"/i/{key:x}-{width}.jpg {width}w" for width in (240, 480, 960))
    return [
        f'<li class="card card-{key & 0xFFFF:x}">',
        f'  <a class="card__link" href="/story/{key:x}" data-track="{key:x}">',
        f'    <img class="card__image" loading="lazy" alt="" src="/i/{key:x}-120.jpg" srcset="{widths}" sizes="240px">',
        f'    <h3 class="card__title">{" ".join(noisy.choice(WORDS) for _ in range(8)).capitalize()}</h3>',
        "  </a>",
        f'  <time class="card__time">{noisy.randrange(1, 59)} min ago</time>',
        "</li>",
    ]


def serve(pipe: Connection) -> None:
    """The newsroom, in a process of its own. Messages set the mode and the turn; None ends it."""
    state: dict[str, Any] = {"mode": "same bytes", "turn": 0}
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
        for message in (("same bytes" if mode == "first" else mode, turn), ("fill", self.size)):
            self._pipe.send(message)
            self._pipe.recv()

    def urls(self) -> list[str]:
        """All addresses."""
        return [f"http://{HOSTS[number % len(HOSTS)]}:{self.port}/s/{number}" for number in range(self.size)]

    def close(self) -> None:
        """End it."""
        self._pipe.send(None)
        self._process.join(5)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One mode by one program: CPU seconds, seconds on the wall, stories reported as changed."""

    cpu: float
    wall: float
    found: int


def _run(size: int, folder: Path, peers: bool) -> None:
    site = Site(size)
    program = os.environ.get("URLWATCH") or shutil.which("urlwatch")
    everywhere = one_core()
    try:
        print(f"\n{size} pages of {len(page(1, 'same bytes', 0)) / 1000:.0f} kB on {len(HOSTS)} hosts")
        others = [_Urlwatch(program, site, folder, *how) for how in PEERS] if program and peers else []
        with _Stet.open(site, folder) as ours:
            programs: list[_Stet | _Urlwatch] = [ours, *others]
            seen: dict[str, list[_Seen]] = {}
            for turn, mode in enumerate(TURNS):
                site.set(mode, turn)
                seen[mode] = [one.look(mode) for one in programs]
        _table(size, seen, [one.name for one in others])
        if not others:
            print("(urlwatch is not installed: set URLWATCH to its path)" if peers else "(urlwatch: see above)")
        print(
            f"memory of our process after a round of looks, at its highest, this benchmark included: {ours.memory} MB"
        )
    finally:
        site.close()
        if everywhere:
            os.sched_setaffinity(0, everywhere)


def _table(size: int, seen: dict[str, list[_Seen]], others: list[str]) -> None:
    names = "".join(f" | {name + ', ms':>18} {'ratio':>6} {'found':>6}" for name in others)
    print(f"{'':12} {'CPU ms a check':>15} {'target':>7} {'checks/s':>9} {'found':>6} {'of':>6}{names}")
    for mode in MODES:
        ours, *rest = seen[mode]
        line = f"{mode:12} {ours.cpu / size * 1000:15.2f} {TARGETS[mode]:7.1f} {size / ours.wall:9.0f} {ours.found:6}"
        line += f" {size if mode == 'edited' else 0:6}"
        for one in rest:
            line += f" | {one.cpu / size * 1000:18.2f} {one.cpu / ours.cpu:6.1f} {one.found:6}"
        print(line, flush=True)


class _Stet:
    """Our checker on an embedded database, with a clock that goes a day on at every look."""

    def __init__(self, app: App, clock: list[datetime], size: int) -> None:
        self._app = app
        self._clock = clock
        self._size = size
        self.memory = 0
        self._results: list[Result] = []
        self._checker = Checker(
            app.kit, workers=16, per_host=4, lease=timedelta(minutes=5), on_result=self._results.append
        )

    @classmethod
    @contextmanager
    def open(cls, site: Site, folder: Path) -> Iterator[_Stet]:
        """Open it on the addresses of the site."""
        log.set_up(style="json", level="error")
        fetch = {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False, "per_host": 4, "workers": 16}
        config = parse({"fetch": fetch, "judge": {"settle": 0}}, {})
        clock = [datetime(2026, 11, 24, 6, 0, tzinfo=UTC)]
        with (
            (folder / "terminal.txt").open("w") as terminal,
            App.open(config, folder / "data", console=Console(file=terminal), clock=lambda: clock[0]) as app,
        ):
            add_many(app.kit, [{"url": url} for url in site.urls()], now=clock[0], by=Actor(via="import"))
            heap.keep_together()  # as the service does
            heap.settle()
            ours = cls(app, clock, site.size)
            yield ours
            ours._checker.close()

    def look(self, mode: str) -> _Seen:
        """Look at all stories once; whatever fails is printed."""
        self._clock[0] += timedelta(days=1)
        with self._app.kit.db.begin() as tx:
            for watch in watches.list_(tx) if mode != "first" else []:
                watches.update(tx, watch.id, next_check_at=self._clock[0])
        self._results.clear()
        cpu, wall = time.process_time(), time.perf_counter()
        while len(self._results) < self._size:
            self._checker.work(wait_for_all=True)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        self.memory = max(self.memory, resident(os.getpid()))
        failed = [one.error for one in self._results if one.outcome is Outcome.FAILED]
        if failed:
            print(f"{mode}: {len(failed)} failed: {failed[0]}")
        return _Seen(cpu, wall, sum(one.outcome is Outcome.CHANGED for one in self._results))


class _Urlwatch:
    """urlwatch on the same addresses, a process for each look as its users' cron starts it, with its own defaults."""

    def __init__(self, program: str, site: Site, folder: Path, name: str, job: str) -> None:
        self.name = name
        own = folder / name.replace(" ", "-")
        own.mkdir()
        (own / "urls.yaml").write_text("---\n".join(f"url: {url}\n{job}" for url in site.urls()))
        (own / "urlwatch.yaml").write_text("display: {new: false}\n")
        self._command = [program, "--urls", str(own / "urls.yaml"), "--config", str(own / "urlwatch.yaml")]
        self._command += ["--cache", str(own / "cache.db"), "--hooks", str(own / "none.py")]

    def look(self, mode: str) -> _Seen:
        """One run; the stories whose diff it reports."""
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(self._command, capture_output=True, text=True, timeout=900, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if done.returncode and not done.stdout:
            print(f"{self.name} on {mode}: {done.stderr.strip()[-200:] or done.returncode}", file=sys.stderr)
        return _Seen(cpu, time.perf_counter() - wall, len(set(re.findall(r"CHANGED: (\S+)", done.stdout))))


def one_core() -> set[int]:
    """Hold this process and what it starts from now on to one core. Returns the cores it had; none: it cannot be held.

    The last one, because systems tend to do their own work on the first.
    """
    if not hasattr(os, "sched_setaffinity"):
        print("(this system cannot hold a process to one core)")
        return set()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    return cores


def resident(pid: int) -> int:
    """Megabytes a process holds now; 0 where nobody says."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000
