"""Reading a page: its time beside a plain lxml parse, what noise and edits show, the gate, the worst inputs.

``python -m benchmarks extract``. Pages are those of ``tests/publishers.py``, and one filled to 160 kB.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from lxml import etree

from bot.core.story import fingerprint
from bot.errors import ExtractError
from bot.extract import extract, quick_key
from tests import publishers, walls
from tests.edges import test_reading_bad_input as bad
from tests.publishers import EDITS, HARD_NOISES, NOISES, ODD_NOISES, Article, Publisher

PAGE_BYTES = 160_000
ROUNDS = 3


def filled(page: bytes, size: int = PAGE_BYTES, seed: int = 1) -> bytes:
    """The page filled to ``size`` bytes the way publishers do: scripts, styles, menus and teasers."""
    rng = random.Random(seed)
    text = page.decode()
    script = '<script>window.d=window.d||[];window.d.push({"k":"%s","v":[1,2,3]});</script>'
    style = "<style>.c%s{margin:0 auto;padding:4px}.x{color:#123}</style>"
    teaser = '<li class="teaser"><a href="/s/%s"><h3>The board met</h3><img data-src="/i.jpg" alt=""></a></li>'
    half, rest, teasers = [], [], []
    while len(text) + sum(map(len, (*half, *rest, *teasers))) < size:
        half += [script % f"{rng.getrandbits(900):x}"] * 2
        rest.append(style % f"{rng.getrandbits(400):x}")
        teasers.append(teaser % f"{rng.getrandbits(64):x}")
    text = text.replace("</head>", "".join(half) + "".join(rest) + "</head>", 1)
    return text.replace("<footer", f"<section class='river'><ul>{''.join(teasers)}</ul></section><footer", 1).encode()


def _ms(action: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times) * 1000


def _parse(page: bytes) -> None:
    etree.fromstring(page, etree.HTMLParser(encoding="utf-8"))


def _row(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    print(f"{name:34} {statistics.median(ordered):8.2f} {ordered[int(len(ordered) * 0.95)]:8.2f} {ordered[-1]:8.2f}")


def speed(pages: list[bytes]) -> None:
    """CPU milliseconds a page: reading, the quick key and a plain parse."""
    size = statistics.median(map(len, pages))
    print(f"\n{f'CPU ms a page of {size / 1000:.0f} kB':34} {'median':>8} {'p95':>8} {'worst':>8}")
    parse = [_ms(lambda p=page: _parse(p)) for page in pages]
    read = [_ms(lambda p=page: extract(p, url="https://outlet.example/a")) for page in pages]
    key = [_ms(lambda p=page: quick_key(p)) for page in pages]
    _row("plain lxml parse", parse)
    _row("extract", read)
    _row("quick key", key)
    print(f"extract is {sum(read) / sum(parse):.1f} plain parses, the quick key {sum(key) / sum(parse):.2f}")


def _shown(page: bytes) -> str:
    try:
        return fingerprint(extract(page, url="https://outlet.example/a").story)
    except ExtractError as error:
        return error.kind


def stability(corpus: list[tuple[Publisher, Article]]) -> None:
    """Share of pages on which noise shows, and of which the quick key spares the reading."""
    print(f"\n{'noise':34} {'shows':>8} {'spared':>8}")
    for kind in (*NOISES, *HARD_NOISES, *ODD_NOISES):
        shown = spared = 0
        for publisher, written in corpus:
            before, after = (publishers.render(publisher, written, noise, seed=7) for noise in ((), [kind]))
            shown += _shown(before) != _shown(after)
            spared += quick_key(before) == quick_key(after)
        print(f"{kind:34} {shown / len(corpus):8.1%} {spared / len(corpus):8.0%}")


def sensitivity(corpus: list[tuple[Publisher, Article]]) -> None:
    """Share of edits that show, on quiet pages and through all noise at once."""
    print(f"\n{'edit':34} {'shows':>8} {'in noise':>8} {'tried':>8}")
    for kind in EDITS:
        quiet = noisy = tried = 0
        for publisher, written in corpus:
            edited = publishers.edits(written).get(kind)
            if edited is None:
                continue
            tried += 1
            old, new = (publishers.render(publisher, each) for each in (written, edited))
            quiet += _shown(old) != _shown(new)
            old, new = (publishers.render(publisher, each, NOISES, seed=n) for n, each in enumerate((written, edited)))
            noisy += _shown(old) != _shown(new)
        print(f"{kind:34} {quiet / tried:8.1%} {noisy / tried:8.1%} {tried:8}")


def verdicts() -> None:
    """The gate's confusion matrix: a row for what a page is, a column for what the gate said."""
    found = walls.matrix()
    names = sorted({name for pair in found for name in pair})
    print(f"\n{'gate: page, and verdict':24}" + "".join(f"{name[:12]:>13}" for name in names))
    for wanted in names:
        row = [found.get((wanted, got), 0) for got in names]
        if any(row):
            print(f"{wanted:24}" + "".join(f"{count or '·':>13}" for count in row))


def worst() -> None:
    """The inputs that cost most, each read in a process with a gigabyte."""
    found = bad.read(list(bad.PAGES))
    print(f"\n{'input':34} {'ended':>14} {'s':>8} {'key s':>8} {'MB':>6}")
    for name, (ended, took, keyed, grown) in sorted(found.items(), key=lambda row: -row[1][1])[:15]:
        print(f"{name:34} {ended[:14]:>14} {took:8.2f} {keyed:8.2f} {grown:6}")


def main() -> None:
    """Print the tables."""
    corpus = [(one, publishers.article(one, 0)) for one in publishers.publishers()]
    pages = [publishers.render(publisher, written) for publisher, written in corpus]
    speed(pages)
    speed([filled(page) for page in pages])
    stability(corpus)
    sensitivity(corpus)
    verdicts()
    worst()


if __name__ == "__main__":
    main()
