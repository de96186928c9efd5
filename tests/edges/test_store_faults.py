"""What a broken, full, locked or foreign SQLite database does: a plain sentence, and nothing half-written."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.story import Block, Story, fingerprint
from bot.errors import ConfigError, SchemaMismatch, StetError, StoreBusy, StoreError, StoreFull
from bot.store import backup, database, meta, outbox, versions, watches
from bot.store.database import Database
from bot.store.lock import hold_data_dir
from tests.contract.values import alert

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one story of one version."""
    file = tmp_path / "stet.db"
    with Database.open(at(file)) as db, db.begin() as tx:
        watches.add(tx, url="https://harbour.example/1", key="1", now=NOW)
        add_version(tx, 1, "first")
    return file


def add_version(tx: database.Tx, watch_id: int, words: str) -> None:
    text = Story(headline=words, blocks=(Block(text=words),))
    versions.add(
        tx,
        watch_id,
        story=text,
        seen_at=NOW,
        recipe="r",
        fingerprint=fingerprint(text),
        raw=words.encode() * 2000 + bytes(hash((words, i)) % 256 for i in range(60_000)),
        final_url="https://harbour.example/1",
        status=200,
        headers=(),
        now=NOW,
    )


def one_line(error: StetError) -> str:
    words = str(error)
    assert "\n" not in words
    assert "Traceback" not in words
    assert "SELECT" not in words and "INSERT" not in words
    return words


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    file = tmp_path / "stet.db"
    file.write_bytes(b"this is no database at all" * 300)
    with pytest.raises(StoreError) as caught:
        Database.open(at(file))
    assert "damaged" in one_line(caught.value)
    assert "stet restore" in str(caught.value)
    assert file.read_bytes().startswith(b"this is no database")


def test_a_truncated_database_is_called_damaged_when_it_is_read_or_checked(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 4096 * 20])
    with pytest.raises(StoreError, match="damaged"), Database.open(at(path)) as db:
        problems = db.check()
        raise StoreError(f"damaged: {problems[0]}")


def test_a_damaged_row_is_named_and_hurts_only_itself(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE versions SET story = x'00112233' WHERE n = 1")
    with Database.open(at(path)) as db:
        with pytest.raises(StoreError) as caught, db.read() as tx:
            versions.story(tx, 1, 1)
        assert "damaged" in one_line(caught.value)
        with db.read() as tx:
            assert versions.latest(tx, 1) is not None
            assert watches.get(tx, 1) is not None


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(file)) as other, other:
        other.execute("CREATE TABLE watches (id INTEGER, brand TEXT)")
    with pytest.raises(SchemaMismatch, match="is not Stet's"):
        Database.open(at(file))


def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreFull) as caught:
        Database.open(at(tmp_path / "none" / "stet.db"))
    assert str(tmp_path / "none" / "stet.db") in one_line(caught.value)


def test_a_directory_in_the_place_of_the_file_is_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="cannot be opened"):
        Database.open(at(tmp_path))


def test_a_database_that_may_only_be_read_says_so(path: Path) -> None:
    address = f"sqlite:///file:{path}?mode=ro&uri=true"
    with pytest.raises(StoreFull) as caught, Database.open(address) as db, db.begin() as tx:
        meta.set_(tx, "colour", "teal")
    assert "may not be written" in one_line(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "stet.db", "mysql://u:hunter2@h/d", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://u:hunter2@h/d"],
)
def test_an_address_that_cannot_be_used_is_a_configuration_problem(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Database.open(url)
    assert "[store] url" in one_line(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_does_not_answer_is_a_plain_sentence_without_the_password() -> None:
    with pytest.raises(StoreError) as caught:
        Database.open("postgresql+psycopg://stet:hunter2@127.0.0.1:1/stet")
    assert "does not answer" in one_line(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_full_disk_rolls_the_whole_transaction_back_and_goes_on_when_there_is_room(path: Path) -> None:
    with Database.open(at(path)) as db:
        pages = db.size() // 4096

        def limit(tx: database.Tx, to: int) -> None:
            tx.exec_driver_sql(f"PRAGMA max_page_count = {to}")

        with pytest.raises(StoreFull) as caught, db.begin() as tx:
            limit(tx, pages + 8)
            watches.update(tx, 1, etag="new")
            outbox.add(tx, alert("told"), NOW)
            for number in range(20):
                add_version(tx, 1, f"version {number}")
        assert "no room" in one_line(caught.value)
        with db.read() as tx:
            assert [found.n for found in versions.list_(tx, 1)] == [1]
            assert outbox.list_(tx) == []
            followed = watches.get(tx, 1)
            assert followed is not None
            assert followed.etag is None
        assert db.check() == []
        with db.begin() as tx:
            limit(tx, 2**31 - 2)
            add_version(tx, 1, "second")
        with db.read() as tx:
            assert [found.n for found in versions.list_(tx, 1)] == [1, 2]


def test_a_locked_database_is_waited_for_and_then_called_busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    with Database.open(at(path)) as db, contextlib.closing(sqlite3.connect(path)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        with db.read() as tx:  # readers do not care
            assert watches.get(tx, 1) is not None
        with pytest.raises(StoreBusy) as caught, db.begin() as tx:
            meta.set_(tx, "colour", "teal")
        assert "another process holds it" in one_line(caught.value)
        other.execute("COMMIT")
        with db.begin() as tx:
            meta.set_(tx, "colour", "teal")


def test_a_writer_waits_for_another_process_that_is_only_slow(path: Path) -> None:
    program = (
        "import sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True)\n"
        "sys.stdin.readline(); c.execute('COMMIT'); c.close()\n"
    )
    with (
        Database.open(at(path)) as db,
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other,
    ):
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        release = threading.Timer(0.3, lambda: (other.stdin.write(b"\n"), other.stdin.flush()))  # type: ignore[union-attr]
        release.start()
        with db.begin() as tx:
            meta.set_(tx, "colour", "teal")
        release.join()
        other.communicate()
    assert other.returncode == 0


def test_a_second_process_on_the_same_data_directory_is_refused(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bot.store.lock import hold_data_dir\n"
        "from bot.errors import StoreBusy\n"
        "try:\n"
        "    with hold_data_dir(Path(sys.argv[1])): print('held')\n"
        "except StoreBusy as error: print(error)\n"
    )

    def other() -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
        )
        return done.stdout

    with hold_data_dir(tmp_path):
        words = other()
        assert "Stet already runs on this data directory (process" in words
        assert words.count("\n") == 1
    assert other() == "held\n"


def test_a_data_directory_that_is_missing_cannot_be_held(tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="may not be written"), hold_data_dir(tmp_path / "none"):
        pass


def test_a_restore_is_refused_while_stet_runs(path: Path, tmp_path: Path) -> None:
    with Database.open(at(path)) as db:
        backup.backup(db, tmp_path / "copy.db")
    with hold_data_dir(path.parent), pytest.raises(StoreBusy, match="already runs"):
        backup.restore(tmp_path / "copy.db", at(path), now=NOW, force=True)


def test_a_restore_is_refused_while_somebody_writes(path: Path, tmp_path: Path) -> None:
    with Database.open(at(path)) as db:
        backup.backup(db, tmp_path / "copy.db")
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="in use"):
            backup.restore(tmp_path / "copy.db", at(path), now=NOW, force=True)


def test_a_restore_never_plays_an_old_journal_into_the_new_file(path: Path, tmp_path: Path) -> None:
    with Database.open(at(path)) as db:
        backup.backup(db, tmp_path / "copy.db")
    program = (
        "import os, sys; from bot.store.database import Database; from bot.store import meta\n"
        "db = Database.open('sqlite:///' + sys.argv[1])\n"
        "with db.begin() as tx: meta.set_(tx, 'colour', 'after the backup')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert path.with_name("stet.db-wal").stat().st_size > 0
    report = backup.restore(tmp_path / "copy.db", at(path), now=NOW, force=True)
    with Database.open(at(path)) as db, db.read() as tx:
        assert meta.get(tx, "colour") is None
    assert report.kept is not None
    with Database.open(at(report.kept)) as kept, kept.read() as tx:
        assert meta.get(tx, "colour") == "after the backup"


def test_a_foreign_file_is_not_restored(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as file, file:
        file.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError, match="not a backup of Stet"):
        backup.restore(other, at(path), now=NOW, force=True)


def test_what_was_committed_survives_kill_9_and_what_was_not_is_gone_whole(tmp_path: Path) -> None:
    file = tmp_path / "stet.db"
    program = (
        "import os, sys\n"
        "from datetime import UTC, datetime\n"
        "from bot.store.database import Database\n"
        "from bot.store import meta, outbox, watches\n"
        "from tests.contract.values import alert\n"
        "from tests.edges.test_store_faults import add_version\n"
        "now = datetime(2026, 3, 1, tzinfo=UTC)\n"
        "db = Database.open('sqlite:///' + sys.argv[1])\n"
        "with db.begin() as tx:\n"
        "    watches.add(tx, url='u', key='k', now=now); add_version(tx, 1, 'one'); outbox.add(tx, alert('one'), now)\n"
        "with db.begin() as tx:\n"
        "    add_version(tx, 1, 'two'); outbox.add(tx, alert('two'), now)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], check=False)
    assert done.returncode == -9
    with Database.open(at(file)) as db:
        assert db.check(thorough=True) == []
        with db.begin() as tx:
            assert [found.n for found in versions.list_(tx, 1)] == [1]
            assert [found.key for found in outbox.claim(tx, NOW, 9, timedelta(minutes=1))] == ["one"]
            add_version(tx, 1, "two")
            assert [found.n for found in versions.list_(tx, 1)] == [1, 2]
