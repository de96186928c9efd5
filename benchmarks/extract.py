"""Reading pages: CPU per page beside a plain lxml parse, what noise and edits show, the gate, and the worst inputs.

    python -m benchmarks extract

Pages are those of ``tests/publishers.py``; for speed they are padded with scripts, menus and link lists to about
160 kB, as news pages are. Figures are CPU time of this process (``time.process_time``), so that they hold on a busy
machine; ``x`` is the ratio to parsing the same bytes with lxml in the same run.
"""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable
from statistics import median

from lxml import etree

from bot.core.story import fingerprint
from bot.errors import ExtractError
from bot.extract import extract, quick_key
from tests import publishers
from tests.edges import test_reading_gate as gate_cases

PAGE_BYTES = 160_000
PUBLISHERS = 60
ADDRESS = "https://outlet.example/story"


def main() -> None:
    """Print the tables."""
    pages = [(one, publishers.article(one, number)) for one in publishers.publishers(PUBLISHERS) for number in range(2)]
    _speed([_padded(publishers.render(*page)) for page in pages])
    _noise(pages)
    _edits(pages)
    _gate(pages)
    _worst()


def _padded(page: bytes) -> bytes:
    """The page grown to the size of a news page by what news pages grow by."""
    script = b"<script>" + b"window.config={a:[1,2,3],b:'none'};" * 40 + b"</script>"
    links = b"".join(b'<li><a href="/s/%d">A menu entry of the site</a></li>' % number for number in range(60))
    tail = b"<div class='site-map'><ul>" + links + b"</ul></div>"
    while len(page) < PAGE_BYTES:
        page = page.replace(b"</body>", script * 16 + tail + b"</body>", 1)
    return page


def _cpu(call: Callable[[], object]) -> float:
    """Milliseconds of CPU of one call."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1_000


def _speed(pages: list[bytes]) -> None:
    kilobytes = median(map(len, pages)) / 1_000
    print(f"{len(pages)} pages, median {kilobytes:.0f} kB      median ms    p95 ms    x lxml parse")
    parser = lambda: etree.HTMLParser(encoding="utf-8")  # noqa: E731 - a fresh one each time, as in use
    parse = [_cpu(lambda page=page: etree.fromstring(page, parser())) for page in pages]
    for name, call in (
        ("lxml parse", lambda page: etree.fromstring(page, parser())),
        ("quick key", quick_key),
        ("extract", lambda page: extract(page, url=ADDRESS)),
    ):
        for page in pages[:5]:
            call(page)
        times = sorted(_cpu(lambda page=page: call(page)) for page in pages)  # noqa: B023 - called at once
        ratio = median(times) / max(median(parse), 0.001)
        print(f"{name:<32}{median(times):>10.2f}{times[int(len(times) * 0.95)]:>10.2f}{ratio:>12.1f}")


def _shown(page: bytes) -> str:
    try:
        return fingerprint(extract(page, url=ADDRESS).story)
    except ExtractError as error:
        return error.kind


def _noise(pages: list[tuple[publishers.Publisher, publishers.Article]]) -> None:
    print("\nnoise between two fetches           story changed    quick key spared the work")
    for kind in (*publishers.NOISES, "all"):
        kinds = publishers.NOISES if kind == "all" else (kind,)
        changed = spared = 0
        for page in pages:
            one, two = (publishers.render(*page, kinds, seed=seed) for seed in (1, 2))
            changed += _shown(one) != _shown(two)
            spared += quick_key(one) == quick_key(two)
        print(f"{kind:<36}{changed / len(pages):>12.1%}{spared / len(pages):>22.0%}")


def _edits(pages: list[tuple[publishers.Publisher, publishers.Article]]) -> None:
    tried: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for publisher, written in pages:
        before = publishers.render(publisher, written)
        story, key = _shown(before), quick_key(before)
        for kind, edited in publishers.edits(written).items():
            after = publishers.render(publisher, edited)
            shows = _shown(after) != story
            tried[kind] += 1
            seen[kind] += shows
            missed[kind] += shows and quick_key(after) == key
    print("\nedit                                tried     shows    missed by the quick key")
    for kind in publishers.EDITS:
        if tried[kind]:
            print(f"{kind:<34}{tried[kind]:>7}{seen[kind] / tried[kind]:>10.1%}{missed[kind]:>12}")


def _gate(pages: list[tuple[publishers.Publisher, publishers.Article]]) -> None:
    matrix: Counter[tuple[str, str]] = Counter()
    for page in pages:
        matrix["story", _verdict(publishers.render(*page))] += 1
    for wanted, _, page_bytes in gate_cases._walls():
        matrix[wanted, _verdict(page_bytes)] += 1
    print("\nthe page is          read as              pages")
    for (wanted, got), count in sorted(matrix.items()):
        print(f"{wanted:<21}{got:<21}{count:>5}")


def _verdict(page: bytes) -> str:
    try:
        extract(page, url=ADDRESS)
    except ExtractError as error:
        return error.kind
    return "story"


def _worst() -> None:
    """Hostile and broken input; memory is the peak of the whole process so far."""
    head = b"<html><head><title>x</title></head><body><h1>A headline of the day</h1>"
    line = b"<p>The council voted on Tuesday to close the bridge, and nobody said why it took so long.</p>"
    attributes = b" ".join(b"a%d='<x'" % number for number in range(50_000))
    cases = {
        "10 MB of paragraphs": head + line * (10_000_000 // len(line)),
        "200,000 links": head + b"<a href='/x'>a link</a>" * 200_000,
        "50,000 attributes": head + b"<p " + attributes + b">x</p>" + line * 20,
        "100,000 nested divs": head + b"<div>" * 100_000 + line * 20,
        "50,000 nested lists": head + b"<ul><li>" * 50_000 + line * 20,
        "JSON-LD 20,000 deep": head + b"<script type='application/ld+json'>" + b'{"a":' * 20_000 + b"</script>" + line,
        "100,000 unclosed svg": head + b"<svg>" * 100_000 + line * 20,
        "300,000 unclosed comments": head + b"<!--" * 300_000,
        "3 MB of <": b"<html>" + b"<" * 3_000_000,
        "4 MB in one paragraph": head + b"<p>" + b"w" * 4_000_000 + b"</p>",
        "20,000 headings that link": head + b"<div><h2><a href='/x'>Headline</a></h2>" * 20_000 + line * 20,
    }
    print("\nworst inputs                      extract s   quick s    peak MB   verdict")
    for name, page in cases.items():
        verdict = ""

        def read(page: bytes = page) -> None:
            nonlocal verdict
            verdict = _verdict(page)

        seconds, quick = _cpu(read) / 1_000, _cpu(lambda page=page: quick_key(page)) / 1_000
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
        print(f"{name:<34}{seconds:>9.2f}{quick:>10.2f}{peak:>10}    {verdict}")


if __name__ == "__main__":
    main()
