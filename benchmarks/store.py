"""What the store costs, on SQLite and, where it is installed, on PostgreSQL.

    python -m benchmarks.store            10,000 watches; prints one table per database

Times are wall-clock milliseconds on this machine; fsync is on for SQLite (synchronous=FULL) and off for the throw-away
PostgreSQL server. Pages are 98 kB of made-up HTML, stories 40 paragraphs.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.model import AlertKind, NewAlert, Target
from bot.core.story import Block, Story, fingerprint
from bot.store import backup, changes, outbox, prune, versions, watches
from bot.store.database import Database
from tests import postgres

WATCHES = 10_000
VERSIONS = 400
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDS = [f"{a}{b}{c}" for a in "bcdfglmnprst" for b in "aeiou" for c in ("n", "r", "st", "l", "ding", "ment")]


@contextmanager
def timed(name: str, times: int = 1, unit: str = "") -> Iterator[None]:
    """Print what the block took, per one of ``times``."""
    began = time.perf_counter()
    yield
    took = (time.perf_counter() - began) * 1000
    each = f"{took / times:9.3f} ms each" if times > 1 else " " * 17
    print(f"  {name:<58}{took:9.1f} ms  {each}  {unit}")


def prose(seed: int, words: int) -> str:
    """Made-up words."""
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) for _ in range(words))


def story(number: int) -> Story:
    """40 paragraphs of 45 words. Every 20th number is the same story with one more paragraph rewritten."""
    seed, edition = number % 20, number // 20
    blocks = [Block(text=prose(seed * 100 + n, 45)) for n in range(40)]
    for edited in range(1, edition + 1):
        blocks[edited % 40] = Block(text=prose(10_000 + seed * 100 + edited, 45))
    return Story(headline=prose(seed, 9), blocks=tuple(blocks))


def page(seed: int) -> bytes:
    """98 kB of HTML, most of it the same for every story of a site."""
    same = "".join(f'<a class="teaser teaser-{n}" href="/x/{n}">{prose(n, 6)}</a>\n' for n in range(900))
    own = "".join(f"<p>{block.text}</p>" for block in story(seed).blocks)
    return f"<html>{same}{own}</html>".encode().ljust(98_000, b" ")[:98_000]


def comparison() -> Comparison:
    """A comparison with a few findings."""
    found = tuple(
        Finding(kind="figure_changed", severity=Severity.MAJOR, rule="F1", field="body", before="12", after="19")
        for _ in range(4)
    )
    return Comparison(status="changed", severity=Severity.MAJOR, summary="Figures changed", findings=found)


def measure(url: str) -> None:
    """One table."""
    with timed("create the schema"):
        Database.open(url).close()
    with Database.open(url) as db:
        addresses = [f"https://h{n % 200}.example/{n}" for n in range(WATCHES)]
        rows = [{"url": address, "key": address} for address in addresses]
        with timed(f"add {WATCHES} watches in one transaction", WATCHES), db.begin() as tx:
            watches.add_many(tx, rows, NOW)
        with db.begin() as tx:
            for watch in watches.list_(tx, limit=50):
                watches.update(tx, watch.id, next_check_at=NOW - MINUTE)
    with timed("open the database and claim the 50 due first"):
        db = Database.open(url)
        with db.begin() as tx:
            assert len(watches.claim_due(tx, NOW, 50, MINUTE)) == 50
    try:
        checks(db)
        stories(db)
        keeping(db)
    finally:
        db.close()


def checks(db: Database) -> None:
    """What a check without news costs."""
    with timed("list all watches", WATCHES), db.read() as tx:
        found = watches.list_(tx)
    with timed("claim 100 of 10,000 due", 100), db.begin() as tx:
        watches.claim_due(tx, NOW, 100, MINUTE)
    with timed("claim 100 of 10,000 due, at most 4 of a host", 100), db.begin() as tx:
        watches.claim_due(tx, NOW, 100, MINUTE, per_host=4)
    later = NOW + 5 * MINUTE
    rows = [watches.UnchangedCheck(watch_id=one.id, checked_at=NOW, next_check_at=later, etag='"x"') for one in found]
    with timed("record 5,000 unchanged checks, 100 at a time", 5000):
        for start in range(0, 5000, 100):
            with db.begin() as tx:
                watches.record_unchanged(tx, rows[start : start + 100])
    before = db.size()
    with timed("record 2,000 more, one at a time", 2000):
        for row in rows[:2000]:
            with db.begin() as tx:
                watches.record_unchanged(tx, [row])
    print(f"  growth of the database by 2,000 unchanged checks: {db.size() - before} bytes")


def stories(db: Database) -> None:
    """What a change costs: version, raw page, comparison, alert and watch in one transaction."""
    made = [(story(n), page(n)) for n in range(VERSIONS)]
    before = db.size()
    with timed(f"{VERSIONS} changes with page, comparison and alert", VERSIONS):
        for number, (text, raw) in enumerate(made):
            watch_id = number % 20 + 1
            with db.begin() as tx:
                version = versions.add(
                    tx,
                    watch_id,
                    story=text,
                    seen_at=NOW + number * MINUTE,
                    recipe="r",
                    fingerprint=fingerprint(text),
                    raw=raw,
                    final_url="https://h.example/",
                    status=200,
                    headers=[("content-type", "text/html")],
                    now=NOW,
                )
                change = changes.add(tx, watch_id, version.n - 1, version.n, comparison(), NOW)
                outbox.add(tx, alert(number, watch_id, change.id), NOW)
                watches.update(tx, watch_id, etag=f'"{number}"', next_check_at=NOW + MINUTE)
    print(f"  growth by one change of a 98 kB page: {(db.size() - before) / VERSIONS / 1000:.1f} kB")
    with timed(f"claim and confirm {VERSIONS} alerts of 20 targets", VERSIONS):
        drain(db)
    with timed("read back 200 stories", 200), db.read() as tx:
        for number in range(200):
            versions.story(tx, number % 20 + 1, 1 + number // 20)


def alert(number: int, watch_id: int, change_id: int) -> NewAlert:
    """One alert to one of 20 targets."""
    return NewAlert(
        key=f"change:{number}",
        kind=AlertKind.CHANGE,
        route="desk",
        target=Target(channel="slack", address=f"C{number % 20}"),
        watch_id=watch_id,
        change_id=change_id,
    )


def drain(db: Database) -> None:
    """Send everything."""
    while True:
        with db.begin() as tx:
            claimed = outbox.claim(tx, NOW, 20, MINUTE)
        if not claimed:
            return
        for one in claimed:
            with db.begin() as tx:
                outbox.sent(tx, one.id, {"ts": "1"}, NOW)


def keeping(db: Database) -> None:
    """Backup and retention."""
    with tempfile.TemporaryDirectory() as folder:
        report: list[backup.BackupReport] = []
        with timed("back up"):
            report.append(backup.backup(db, Path(folder) / "copy.db"))
        print(f"  size of the backup: {report[0].bytes / 1e6:.1f} MB")
    with db.begin() as tx:
        tx.exec_driver_sql("DELETE FROM alerts")
    with timed("prune to the newest 5 versions of each story"):
        pruned = prune.prune(db, NOW, keep_versions=5)
    print(f"  pruned: {pruned.versions} texts, {pruned.snapshots} pages")


def run(name: str, work: Callable[[], None]) -> None:
    """One database's table."""
    print(f"\n{name}")
    work()


def main() -> None:
    """Both databases."""
    with tempfile.TemporaryDirectory() as folder:
        run("SQLite", lambda: measure(f"sqlite:///{folder}/stet.db"))
    if postgres.find() is None:
        print("\nPostgreSQL: not installed")
        return
    with postgres.server() as server:
        run("PostgreSQL", lambda: measure(server.fresh_url()))


if __name__ == "__main__":
    main()
