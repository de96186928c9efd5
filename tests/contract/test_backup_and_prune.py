"""Backup, restore, moving and retention, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import SourceKind
from bot.errors import NotFound, StoreError, UsageError
from bot.store import (
    backup,
    changes,
    meta,
    outbox,
    prune,
    route_states,
    search,
    sources,
    tables,
    transfer,
    versions,
    watches,
)
from bot.store.database import Database
from tests.contract.values import MINUTE, NOW, alert, comparison, story, version, watch

DAY = timedelta(days=1)


def fill(db: Database, stories: int = 3) -> None:
    """A little of everything."""
    with db.begin() as tx:
        meta.secret_key(tx)
        source, _ = sources.add(tx, url="https://harbour.example/feed", kind=SourceKind.FEED, now=NOW)
        sources.remember_links(tx, source.id, ["a", "b"], NOW)
        for number in range(stories):
            followed = watch(tx, number, source_id=source.id, label="é\0 “x”")
            version(tx, followed.id, story("one"), raw=b"<p>one")
            version(tx, followed.id, story("two"), raw=f"<p>two {number}".encode(), seen_at=NOW + MINUTE)
            change = changes.add(tx, followed.id, 1, 2, comparison(), NOW + MINUTE, {"desk": {"action": "tell"}})
            outbox.add(tx, alert(f"{number}", watch_id=followed.id, change_id=change.id, old_n=1, new_n=2), NOW)
            route_states.put(tx, followed.id, "desk", {"baseline_n": 1}, None)


def test_a_backup_holds_exactly_what_the_database_holds(db: Database, tmp_path: Path) -> None:
    fill(db)
    told: list[tuple[str, int]] = []
    report = backup.backup(db, tmp_path / "copy.db", progress=lambda name, done: told.append((name, done)))
    assert report.rows["versions"] == 6
    assert report.bytes == (tmp_path / "copy.db").stat().st_size
    with Database.open(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert transfer.differences(db, copy) == []
        with copy.begin() as tx:
            assert watch(tx, 99).id == 4
            assert search.matching(tx, search.parse("two")) is not None
        assert [line.partition(":")[0] for line in transfer.differences(db, copy)] == ["watches"]
    assert [name for name in tmp_path.iterdir() if name.name.startswith(".")] == []


def test_a_backup_does_not_overwrite_unless_told_to(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    file.write_text("precious")
    with pytest.raises(UsageError, match="exists already"):
        backup.backup(db, file)
    assert file.read_text() == "precious"
    backup.backup(db, file, force=True)
    assert backup.inspect(file).rows["watches"] == 0


def test_a_backup_taken_while_writing_is_one_moment(db: Database, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set() and number < 400:
            number += 1
            with db.begin() as tx:  # always a pair: half of one would be a torn copy
                meta.set_(tx, "left", str(number))
                meta.set_(tx, "right", str(number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup.backup(db, tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        with Database.open(f"sqlite:///{tmp_path / f'{number}.db'}") as copy, copy.read() as tx:
            assert meta.get(tx, "left") == meta.get(tx, "right")


def test_a_backup_is_restored_and_compared(db: Database, db_url: str, tmp_path: Path) -> None:
    fill(db)
    backup.backup(db, tmp_path / "copy.db")
    with db.begin() as tx:
        watch(tx, 50)
    db.close()
    with pytest.raises(UsageError, match="--force"):
        backup.restore(tmp_path / "copy.db", db_url, now=NOW)
    report = backup.restore(tmp_path / "copy.db", db_url, now=NOW, force=True)
    assert report.rows["watches"] == 3
    with Database.open(db_url) as restored, Database.open(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert transfer.differences(restored, copy) == []
        with restored.begin() as tx:
            assert watch(tx, 77).id > 3
            assert version(tx, 1).n == 3
    if report.kept is not None:
        with Database.open(f"sqlite:///{report.kept}") as kept, kept.read() as tx:
            assert watches.count(tx) == 4


def test_a_refused_restore_changes_nothing(db: Database, db_url: str, tmp_path: Path) -> None:
    fill(db)
    (tmp_path / "bad.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(StoreError, match="damaged"):
        backup.restore(tmp_path / "bad.db", db_url, now=NOW, force=True)
    with pytest.raises(NotFound):
        backup.restore(tmp_path / "none.db", db_url, now=NOW, force=True)
    with db.read() as tx:
        assert watches.count(tx) == 3


def lengthen(db: Database, count: int = 10) -> None:
    """A story of ``count`` versions, a day apart, each compared with the one before."""
    with db.begin() as tx:
        followed = watch(tx)
        for n in range(1, count + 1):
            version(tx, followed.id, story(f"headline{n}"), raw=f"<p>{n}".encode(), seen_at=NOW + n * DAY)
            if n > 1:
                changes.add(tx, followed.id, n - 1, n, comparison(), NOW + n * DAY)


def kept(db: Database) -> list[int]:
    with db.read() as tx:
        return [found.n for found in versions.list_(tx, 1) if versions.kept(tx, 1, found.n)]


def test_pruning_by_count_keeps_the_newest_and_the_first(db: Database) -> None:
    lengthen(db)
    assert prune.prune(db, NOW, keep_versions=3, dry_run=True).versions == 6
    report = prune.prune(db, NOW, keep_versions=3, batch=2)
    assert (report.versions, report.snapshots, report.changes) == (6, 6, 7)
    assert kept(db) == [1, 8, 9, 10]
    assert prune.prune(db, NOW, keep_versions=3).versions == 0
    assert db.check() == []


def test_pruning_by_age_keeps_what_is_young(db: Database) -> None:
    lengthen(db)
    prune.prune(db, NOW + 10 * DAY, keep_days=4)
    assert kept(db) == [1, 6, 7, 8, 9, 10]


def test_pruning_without_a_rule_drops_no_text(db: Database) -> None:
    lengthen(db)
    assert prune.prune(db, NOW + 999 * DAY) == prune.PruneReport()
    assert len(kept(db)) == 10


def test_what_was_told_stays_as_evidence(db: Database) -> None:
    lengthen(db)
    with db.begin() as tx:
        change = changes.between(tx, 1, 3, 4)
        assert change is not None
        outbox.add(tx, alert("told", watch_id=1, change_id=change.id, old_n=2, new_n=4), NOW)
        tx.execute(
            tables.feedback.insert().values(
                at=NOW,
                watch_id=1,
                change_id=changes.between(tx, 1, 5, 6).id,
                verdict="x",
                actor="u",  # type: ignore[union-attr]
            )
        )
        route_states.put(tx, 1, "desk", {"baseline_n": 7}, None)
    prune.prune(db, NOW, keep_versions=2, batch=1)
    assert kept(db) == [1, 2, 3, 4, 5, 6, 7, 9, 10]
    with db.read() as tx:
        assert versions.raw(tx, 1, 2) == b"<p>2"
        assert versions.raw(tx, 1, 8) is None
        assert changes.between(tx, 1, 3, 4) is not None
        assert changes.between(tx, 1, 7, 8) is None


def test_a_pruned_version_keeps_its_number_and_hashes_and_is_not_found_by_search(db: Database) -> None:
    lengthen(db)
    with db.read() as tx:
        before = versions.list_(tx, 1)
    prune.prune(db, NOW, keep_versions=2)
    with db.read() as tx:
        assert versions.list_(tx, 1) == before
        with pytest.raises(NotFound, match="pruned"):
            versions.story(tx, 1, 5)
        words = {line.text for line in search.lines(tx, 1)}
        assert "headline5" not in words
        assert {"headline1", "headline9", "headline10"} <= words


def test_a_page_that_another_version_shares_stays(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        for n, raw in enumerate([b"a", b"shared", b"shared", b"b"]):
            version(tx, followed.id, story(f"{n}"), raw=raw)
    report = prune.prune(db, NOW, keep_versions=2)
    assert (report.versions, report.snapshots) == (1, 0)
    with db.read() as tx:
        assert versions.raw(tx, 1, 3) == b"shared"


def test_small_records_past_their_use_go(db: Database) -> None:
    with db.begin() as tx:
        source, _ = sources.add(tx, url="https://harbour.example/feed", kind=SourceKind.FEED, now=NOW)
        sources.remember_links(tx, source.id, ["a", "b"], NOW)
        tx.execute(tables.seen_events.insert().values(id="E1", at=NOW))
    assert prune.prune(db, NOW + DAY).records == 0
    assert prune.prune(db, NOW + 100 * DAY).records == 3


def test_compacting_gives_room_back_and_loses_nothing(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        for n in range(30):
            version(tx, followed.id, story(f"{n}"), raw=bytes((n * 7 + i * i) % 251 for i in range(20_000)))
    prune.prune(db, NOW, keep_versions=2)
    saved = prune.compact(db)
    assert saved > 0 or not db.is_sqlite
    assert kept(db) == [1, 29, 30]
