"""The web view with 10,000 stories and 100,000 versions in SQLite: each page, the search, and a long diff, cold.

Pages are asked of the real server over loopback, one at a time; CPU time is that of server and reader together, and
does not depend on what else the machine does. The data are built straight into the tables (the same
ten texts of a story in turn), because storing 100,000 versions as the bot does would take longer than measuring.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import insert

from bot.core import comparison as comparison_
from bot.core.compare import compare
from bot.core.model import Health, WatchState
from bot.core.story import Block, Story, fingerprint
from bot.store import search, versions
from bot.store.database import Database
from bot.store.tables import changes, story_texts, watches
from bot.store.tables import versions as versions_table
from bot.web import Services, WebSettings, serve

STORIES = 10_000
VERSIONS = 10
WORDS = 400
LONG = 5_000
ROUNDS = 15
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEMPLATES = 40
"""Different stories; each is used again under other numbers and headlines."""


def main() -> None:
    """Build, measure, print."""
    with tempfile.TemporaryDirectory() as folder, Database.open(f"sqlite:///{Path(folder) / 'stet.db'}") as db:
        began = time.perf_counter()
        vocabulary = _fill(db)
        size = db.size() / 2**20
        print(
            f"{STORIES:,} stories, {STORIES * VERSIONS:,} versions: {time.perf_counter() - began:.0f} s, {size:.0f} MB"
        )
        services = Services(db=db, now=lambda: NOW, compare=compare, secret="benchmark", version="0")
        server = serve(services, WebSettings(listen="127.0.0.1:0", expect_ticks=False))
        try:
            _measure(server.url, vocabulary)
        finally:
            server.stop()


def _measure(base: str, vocabulary: list[str]) -> None:
    chosen = random.Random(1)
    common, rare = vocabulary[0], vocabulary[-1]

    def story() -> int:
        return chosen.randrange(1, STORIES + 1)

    pages = {
        "list": lambda: "/",
        "list, second page": lambda: "/?page=2",
        "list of one outlet": lambda: f"/?outlet=Outlet+{chosen.randrange(50)}",
        "list by level": lambda: "/?severity=major",
        "list by level and day": lambda: "/?severity=major&from=2026-11-23",
        "story": lambda: f"/stories/{story()}",
        "version": lambda: f"/stories/{story()}/versions/5",
        "diff of neighbours": lambda: f"/stories/{story()}/diff/4..5",
        "diff of any two, cold": lambda: f"/stories/{story()}/diff/1..9",
        "feed of everything": lambda: "/feed.atom",
        "feed of one story": lambda: f"/stories/{story()}/feed.atom",
        "list as JSON": lambda: "/stories.json",
        "metrics": lambda: "/metrics",
        "search, a common word": lambda: f"/?q={common}",
        "search, a rare word": lambda: f"/?q={rare}",
        "search, two words": lambda: f"/?q={common}+{rare}",
        "search, a phrase": lambda: f"/?q=%22{common}+{vocabulary[1]}%22",
        "search, all filters": lambda: f"/?q={common}&desk=Desk+1&severity=minor&from=2026-11-01",
    }
    print(f"{'page':<28}{'CPU ms':>10}{'median ms':>12}{'worst ms':>12}{'kB':>8}")
    for name, address in pages.items():
        taken, busy, size = [], [], 0
        for _ in range(ROUNDS):
            began, worked = time.perf_counter(), time.process_time()
            with urllib.request.urlopen(base + address(), timeout=60) as answer:
                size = len(answer.read())
            taken.append((time.perf_counter() - began) * 1000)
            busy.append((time.process_time() - worked) * 1000)
        figures = (statistics.median(busy), statistics.median(taken), max(taken))
        print("{:<28}{:>10.1f}{:>12.1f}{:>12.1f}{:>8.0f}".format(name, *figures, size / 1024))
    for name in (f"diff of two {LONG:,}-word versions, cold", "the same, again"):
        began = time.perf_counter()
        with urllib.request.urlopen(f"{base}/stories/{STORIES + 1}/diff/1..3", timeout=60) as answer:
            size = len(answer.read())
        print(f"{name:<40}{(time.perf_counter() - began) * 1000:.0f} ms, {size / 1024:.0f} kB")


def _fill(db: Database) -> list[str]:
    chosen = random.Random(0)
    vocabulary = sorted({_word(chosen) for _ in range(20_000)}, key=lambda word: chosen.random())
    weights = [1 / (place + 3) for place in range(len(vocabulary))]
    made = [_versions_of(chosen, vocabulary, weights, WORDS) for _ in range(TEMPLATES)]
    for start in range(0, STORIES, 500):
        with db.begin() as tx:
            for number in range(start + 1, start + 501):
                _store(tx, number, made[number % TEMPLATES], chosen)
    long = _versions_of(chosen, vocabulary, weights, LONG, count=3)
    with db.begin() as tx:
        _store(tx, STORIES + 1, long, chosen)
        tx.exec_driver_sql("ANALYZE")
    return vocabulary


Made = tuple[list[Story], list[dict[str, object]], str, list[list[object]]]


def _versions_of(
    chosen: random.Random, vocabulary: list[str], weights: list[float], words: int, count: int = VERSIONS
) -> Made:
    paragraphs = [chosen.choices(vocabulary, weights, k=50) for _ in range(words // 50)]
    texts = []
    for _ in range(count):
        for _ in range(max(2, words // 400)):
            line = chosen.choice(paragraphs)
            line[chosen.randrange(len(line))] = chosen.choices(vocabulary, weights)[0]
        headline = " ".join(chosen.choices(vocabulary, weights, k=8)).capitalize()
        blocks = tuple(Block(text=" ".join(line).capitalize() + ".") for line in paragraphs)
        texts.append(Story(headline=headline, standfirst=" ".join(paragraphs[0][:12]), blocks=blocks, lang="en"))
    differ = [comparison_.to_json(compare(old, new)) for old, new in pairwise(texts)]
    lines: dict[tuple[str, str], list[object]] = {}
    for n, text in enumerate(texts, start=1):
        for field, words_ in search._texts(text):
            line_ = lines.setdefault((field, words_), [field, words_, n, n])
            line_[3] = n
    folded = " \n".join(" ".join(search.fold(str(line_[1]))) for line_ in lines.values())
    return texts, differ, folded, list(lines.values())


def _store(tx: object, number: int, made: Made, chosen: random.Random) -> None:
    texts, differ, folded, lines = made
    at = NOW - timedelta(minutes=number * 3 % 40_000)
    url = f"https://outlet{number % 50}.example/{number}"
    row = {
        "id": number, "url": url, "key": url, "key_sha256": f"{number:064x}", "outlet": f"Outlet {number % 50}",
        "desk": f"Desk {number % 8}", "state": WatchState.ACTIVE, "added_at": at - timedelta(days=2),
        "next_check_at": NOW + timedelta(seconds=number % 900), "last_changed_at": at, "latest_n": len(texts),
        "headline": texts[-1].headline, "health": Health.OK,
    }  # fmt: skip
    tx.execute(insert(watches), [row])  # type: ignore[attr-defined]
    tx.execute(  # type: ignore[attr-defined]
        insert(versions_table),
        [
            {
                "watch_id": number, "n": n, "seen_at": at - timedelta(hours=len(texts) - n),
                "fingerprint": fingerprint(text), "headline_hash": "0" * 64, "body_hash": "0" * 64,
                "headline": text.headline, "words": WORDS, "recipe": "r", "story_sha256": f"{n:064x}",
                "chain": "0" * 64, "stored_at": at, "story": versions.story_bytes(text),
            }
            for n, text in enumerate(texts, start=1)
        ],
    )  # fmt: skip
    tx.execute(  # type: ignore[attr-defined]
        insert(changes),
        [
            {
                "watch_id": number, "old_n": n, "new_n": n + 1, "seen_at": at - timedelta(hours=len(texts) - n - 1),
                "severity": chosen.choice((1, 1, 1, 2, 2, 3)), "status": "changed", "kinds": ["para_edited"],
                "summary": "A paragraph was edited", "comparison": differ[n - 1],
            }
            for n in range(1, len(texts))
        ],
    )  # fmt: skip
    tx.execute(insert(story_texts), [{"watch_id": number, "lines": lines, "words": f"{folded} story{number}"}])  # type: ignore[attr-defined]


def _word(chosen: random.Random) -> str:
    return "".join(chosen.choice("bdfglmnprstv") + chosen.choice("aeiou") for _ in range(chosen.randrange(2, 5)))


if __name__ == "__main__":
    main()
