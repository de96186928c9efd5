"""What a fetch costs: CPU of this process per fetch, for bare engines, the same under httpx, and Stet's fetcher.

    python -m benchmarks.fetch    the engines, the load of 2,000 pages on 20 hosts, and sound hosts beside bad ones

The newsroom runs in a process of its own on loopback; pages have some 98 kB. Only CPU of this process is counted
(`time.process_time`), so the figures hold on a busy machine; ``x`` is the ratio to bare pycurl in the same run.
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

HOSTS = 20
PAGES = 2_000
WORKERS = 8
PAGE_BYTES = 98_000
ROUNDS = 5
PER_ROUND = 200
FAULT_HOSTS = 100
FAULT_PAGES = 20

HEADERS = {
    "user-agent": "Stet/bench (+desk@outlet.example)",
    "accept": "text/html",
    "accept-encoding": "identity",
}
ETAG = '"same"'


# the newsroom's process


def serve() -> None:
    """Run the newsroom until standard input closes; print its port."""
    from tests.newsroom import Newsroom, Reply, Seen

    paragraph = b"<p>The old bridge over the river Arl stays closed until engineers have looked at every joint.</p>"
    filler = paragraph * (PAGE_BYTES // len(paragraph))
    extra = (("Cache-Control", "max-age=60"), ("Vary", "Accept-Encoding"), ("X-Frame-Options", "DENY"))
    packed = Reply(body=b"<h1>Story</h1>" + filler, etag=ETAG, headers=extra, packed="gzip")

    def story(seen: Seen) -> Reply:
        if seen.path == "/robots.txt":
            return Reply(body=b"User-agent: *\nDisallow: /private/\n", content_type="text/plain")
        if seen.path.startswith("/packed"):
            return packed
        if seen.path.startswith("/hang"):
            return Reply(hang=True)
        if seen.path.startswith("/reset"):
            return Reply(reset_after=0)
        body = b"<h1>Story %s</h1>" % seen.path.encode("latin-1") + filler
        return Reply(body=body, etag=ETAG, last_modified="Tue, 24 Nov 2026 05:00:00 GMT", headers=extra)

    addresses = [f"127.0.0.{number}" for number in range(1, HOSTS + 1)]
    addresses += [f"127.0.1.{number}" for number in range(1, FAULT_HOSTS + 1)]
    with Newsroom(addresses=tuple(addresses)) as newsroom:
        newsroom.fallback = story
        sys.stdout.write(f"{newsroom.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


@contextmanager
def newsroom() -> Iterator[int]:
    """The newsroom in a process of its own; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fetch", "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(20)


# the engines


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to fetch: ``fetch(url, validator)`` gives the body, empty for a 304."""

    name: str
    fetch: Callable[[str, str | None], bytes]
    close: Callable[[], None]


def bare_pycurl() -> Candidate:
    import pycurl

    curl = pycurl.Curl()

    def fetch(url: str, etag: str | None) -> bytes:
        body: list[bytes] = []
        lines: list[bytes] = []
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in _headers(etag).items()])
        curl.setopt(pycurl.WRITEFUNCTION, body.append)
        curl.setopt(pycurl.HEADERFUNCTION, lines.append)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.BUFFERSIZE, 256 * 1024)
        curl.perform()
        return b"".join(body)

    return Candidate("pycurl, bare", fetch, curl.close)


def bare_urllib3() -> Candidate:
    import urllib3

    pool = urllib3.PoolManager(retries=False)

    def fetch(url: str, etag: str | None) -> bytes:
        return pool.request("GET", url, headers=_headers(etag), redirect=False).data

    return Candidate("urllib3, bare", fetch, pool.clear)


def plain_httpx() -> Candidate:
    import httpx

    client = httpx.Client(trust_env=False)

    def fetch(url: str, etag: str | None) -> bytes:
        return client.get(url, headers=_headers(etag)).content

    return Candidate("httpx, as it comes", fetch, client.close)


def urllib3_under_httpx() -> Candidate:
    import httpx
    import urllib3

    pool = urllib3.PoolManager(retries=False)

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = pool.request("GET", str(request.url), headers=dict(request.headers), redirect=False)
            return httpx.Response(answer.status, headers=list(answer.headers.items()), content=answer.data)

    client = httpx.Client(transport=Transport())

    def fetch(url: str, etag: str | None) -> bytes:
        return client.get(url, headers=_headers(etag)).content

    return Candidate("httpx.Client on urllib3", fetch, pool.clear)


def pinned_under_httpx() -> Candidate:
    import httpx

    from bot.fetch.guard import Guard
    from bot.fetch.transport import PinnedTransport

    client = httpx.Client(transport=PinnedTransport(Guard(("127.0.0.0/8",)), timeout=20.0, max_bytes=5_000_000))

    def fetch(url: str, etag: str | None) -> bytes:
        return client.get(url, headers=_headers(etag)).content

    return Candidate("httpx.Client on Stet's transport", fetch, client.close)


def stet() -> Candidate:
    from bot.fetch import Fetcher, FetchSettings, Page, Request

    fetcher = Fetcher(FetchSettings(allow_private=("127.0.0.0/8",), host_gap=0.0, per_host=8))

    def fetch(url: str, etag: str | None) -> bytes:
        got = fetcher.get(Request(url=url, etag=etag))
        return got.body if isinstance(got, Page) else b""

    return Candidate("Stet's fetcher, all of it", fetch, fetcher.close)


def _headers(etag: str | None) -> dict[str, str]:
    return HEADERS if etag is None else {**HEADERS, "if-none-match": etag}


def _cpu(work: Callable[[], object], times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times * 1000


def engines(port: int) -> dict[str, dict[str, float]]:
    """CPU milliseconds per fetch by candidate and kind: the best of a few rounds, taken in turns."""
    candidates = [
        build() for build in (bare_pycurl, bare_urllib3, plain_httpx, urllib3_under_httpx, pinned_under_httpx, stet)
    ]
    url = f"http://127.0.0.1:{port}/story"
    kinds: dict[str, Callable[[Candidate], object]] = {
        "304": lambda candidate: candidate.fetch(url, ETAG),
        "200 + sha256": lambda candidate: hashlib.sha256(candidate.fetch(url, None)).digest(),
    }
    best: dict[str, dict[str, float]] = {candidate.name: dict.fromkeys(kinds, float("inf")) for candidate in candidates}
    for number in range(ROUNDS + 1):
        for candidate in candidates:
            for kind, work in kinds.items():
                cost = _cpu(lambda work=work, candidate=candidate: work(candidate), 20 if number == 0 else PER_ROUND)  # type: ignore[misc]
                if number:
                    best[candidate.name][kind] = min(best[candidate.name][kind], cost)
    for candidate in candidates:
        candidate.close()
    return best


def print_engines(best: dict[str, dict[str, float]]) -> None:
    floor = best["pycurl, bare"]
    print(f"{'CPU ms per fetch, one connection':38s}" + "".join(f"{kind:>16s}{'x':>7s}" for kind in floor))
    for name, costs in best.items():
        print(f"{name:38s}" + "".join(f"{cost:16.3f}{cost / floor[kind]:7.1f}" for kind, cost in costs.items()))


# the load


def load(port: int, *, path: str, etag: str | None, pages: int = PAGES) -> tuple[float, float]:
    """Fetch ``pages`` pages on all hosts with all workers: CPU milliseconds per fetch, fetches per second."""
    from bot.fetch import Fetcher, FetchSettings, Request

    settings = FetchSettings(allow_private=("127.0.0.0/8",), host_gap=0.0, per_host=2, patience=30.0)
    numbers = iter(range(pages))
    lock = threading.Lock()
    failures: list[str] = []

    with Fetcher(settings) as fetcher:

        def work() -> None:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                url = f"http://127.0.0.{number % HOSTS + 1}:{port}{path}/{number}"
                try:
                    fetcher.get(Request(url=url, etag=etag))
                except Exception as error:
                    failures.append(str(error))

        threads = [threading.Thread(target=work) for _ in range(WORKERS)]
        cpu, wall = time.process_time(), time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if failures:
        raise SystemExit(f"{len(failures)} fetches failed; the first: {failures[0]}")
    return cpu / pages * 1000, pages / wall


def print_load(port: int) -> None:
    print(f"\n{PAGES:,} pages of {PAGE_BYTES // 1000} kB on {HOSTS} hosts, {WORKERS} threads, robots.txt asked")
    print(f"{'':38s}{'CPU ms':>16s}{'a second':>16s}")
    for name, path, etag in (("304", "/s", ETAG), ("200", "/s", None), ("200, gzip", "/packed", None)):
        cost, speed = load(port, path=path, etag=etag)
        print(f"{name:38s}{cost:16.3f}{speed:16.0f}")
    print(f"most memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def beside_faults(port: int, faulty: int) -> tuple[float, float]:
    """Seconds until every page of the sound hosts was fetched, and the slowest one's wait, with ``faulty`` hosts bad.

    Of those every sixth hangs and the others reset. Eight threads take the oldest page of a host that does not rest,
    as the service does; each page of a bad host is asked for again as soon as it failed.
    """
    from collections import deque

    from bot.fetch import Fetcher, FetchSettings, Request

    hosts = [f"127.0.1.{number}" for number in range(1, FAULT_HOSTS + 1)]
    bad = {host: "/hang" if number % 6 == 0 else "/reset" for number, host in enumerate(hosts[:faulty])}
    waiting = {host: deque(range(FAULT_PAGES)) for host in hosts}
    sound_left = FAULT_PAGES * (FAULT_HOSTS - faulty)
    order = deque(hosts)
    lock = threading.Lock()
    waits: list[float] = []
    settings = FetchSettings(
        allow_private=("127.0.0.0/8",), host_gap=0.02, per_host=1, timeout=3.0, patience=0.0, robots=False
    )
    started = time.perf_counter()
    with Fetcher(settings) as fetcher:

        def take() -> tuple[str, int] | None:
            resting = set(fetcher.resting())
            with lock:
                for _ in range(len(order)):
                    host = order[0]
                    order.rotate(-1)
                    if host not in resting and waiting[host]:
                        return host, waiting[host].popleft()
            return None

        def work() -> None:
            nonlocal sound_left
            while sound_left > 0:
                taken = take()
                if taken is None:
                    time.sleep(0.002)
                    continue
                host, number = taken
                asked = time.perf_counter()
                try:
                    fetcher.get(Request(url=f"http://{host}:{port}{bad.get(host, '/s')}/{number}"))
                except Exception:
                    with lock:
                        waiting[host].append(number)
                    continue
                with lock:
                    waits.append(time.perf_counter() - asked)
                    sound_left -= 1

        threads = [threading.Thread(target=work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        while sound_left > 0:
            time.sleep(0.01)
        took = time.perf_counter() - started
    for thread in threads:
        thread.join()
    return took, max(waits)


def print_faults(port: int) -> None:
    print(f"\n{FAULT_HOSTS} hosts with {FAULT_PAGES} pages each, gap 20 ms, {WORKERS} threads; bad ones hang or reset")
    print(f"{'':38s}{'sound pages':>16s}{'slowest fetch':>16s}")
    for faulty in (0, 1, 6):
        took, slowest = beside_faults(port, faulty)
        print(f"{f'{faulty} of {FAULT_HOSTS} hosts bad':38s}{took:14.2f} s{slowest:14.3f} s")


def main() -> None:
    """Print the tables."""
    with newsroom() as port:
        print_engines(engines(port))
        print_load(port)
        print_faults(port)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    else:
        main()
