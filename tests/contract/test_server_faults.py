"""A PostgreSQL server in trouble: full, read-only, busy, restarted. Each is a plain sentence, nothing is half-done."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bot.errors import StetError, StoreBusy, StoreError, StoreFull
from bot.store import database, meta, outbox, versions, watches
from bot.store.database import Database
from tests import postgres
from tests.contract.values import NOW, alert, story, version, watch

pytestmark = pytest.mark.postgres


@pytest.fixture
def name(postgres_server: postgres.Server) -> str:
    """An empty database."""
    return postgres_server.fresh()


@pytest.fixture
def db(postgres_server: postgres.Server, name: str) -> Iterator[Database]:
    with Database.open(postgres_server.url(name)) as opened:
        yield opened


def one_line(error: StetError) -> str:
    text = str(error)
    assert "\n" not in text and "psycopg" not in error.message, text
    return text


def assert_untouched(db: Database, number: int) -> None:
    """The story has its first version and nothing of what failed."""
    with db.read() as tx:
        assert [found.n for found in versions.list_(tx, number)] == [1]
        assert outbox.list_(tx) == []
        followed = watches.get(tx, number)
    assert followed is not None and followed.etag is None


def test_a_full_disk_under_the_server_rolls_the_whole_transaction_back(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        version(tx, followed.id, story("First"))
        tx.exec_driver_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        tx.exec_driver_sql("CREATE TRIGGER no_room BEFORE INSERT ON alerts FOR EACH ROW EXECUTE FUNCTION full_disk()")
    with pytest.raises(StoreFull) as caught, db.begin() as tx:
        watches.update(tx, followed.id, etag="new")
        version(tx, followed.id, story("Second"))
        outbox.add(tx, alert("told"), NOW)
    assert "no room" in one_line(caught.value)
    assert_untouched(db, followed.id)
    with db.begin() as tx:
        tx.exec_driver_sql("DROP TRIGGER no_room ON alerts")
        version(tx, followed.id, story("Second"))
        assert outbox.add(tx, alert("told"), NOW) is not None


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of six megabytes; the test is skipped where none can be mounted."""
    folder.mkdir()
    owner = folder.parent.stat().st_uid
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=6m,uid={owner}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="tmpfs")
def test_a_disk_that_is_really_full_stops_writing_and_nothing_else(
    postgres_server: postgres.Server, db: Database, name: str
) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        version(tx, followed.id, story("First"))
    with (
        small_disk(postgres_server.socket_dir / f"disk-{name}") as disk,
        psycopg.connect(postgres_server.conninfo(name), autocommit=True) as connection,
    ):
        space = f"small_{name}"
        connection.execute(f"CREATE TABLESPACE {space} LOCATION '{disk}'")  # type: ignore[arg-type]
        connection.execute(f"ALTER TABLE alerts SET TABLESPACE {space}")  # type: ignore[arg-type]
        try:
            with pytest.raises(StoreFull) as caught, db.begin() as tx:
                watches.update(tx, followed.id, etag="new")
                for number in range(400):
                    outbox.add(tx, alert(f"told {number}", payload={"words": os.urandom(20_000).hex()}), NOW)
            assert "no room" in one_line(caught.value)
            assert_untouched(db, followed.id)
        finally:
            db.close()
            connection.execute("ALTER TABLE alerts SET TABLESPACE pg_default")
            connection.execute(f"DROP TABLESPACE {space}")  # type: ignore[arg-type]


def test_a_login_that_may_only_read_is_told_so(postgres_server: postgres.Server, db: Database, name: str) -> None:
    role = f"reader_{name}"
    with psycopg.connect(postgres_server.conninfo(name), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")  # type: ignore[arg-type]
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")  # type: ignore[arg-type]
    reading = postgres_server.url(name).replace("://stet@", f"://{role}@")
    with Database.open(reading) as again:
        with again.read() as tx:
            assert watches.list_(tx) == []
        with pytest.raises(StoreFull) as caught, again.begin() as tx:
            meta.set_(tx, "colour", "teal", NOW)
    assert "may not be written" in one_line(caught.value)


def test_a_table_that_somebody_holds_is_waited_for_and_then_called_busy(
    postgres_server: postgres.Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 1)
    with (
        Database.open(postgres_server.url(name)) as db,
        psycopg.connect(postgres_server.conninfo(name)) as other,
    ):
        other.execute("LOCK TABLE meta IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreBusy) as caught, db.begin() as tx:
            meta.set_(tx, "colour", "teal", NOW)
        assert "busy" in one_line(caught.value)
        other.rollback()
        with db.begin() as tx:
            meta.set_(tx, "colour", "teal", NOW)


def test_a_server_that_restarts_in_the_middle_of_a_transaction_loses_it_whole_and_is_used_again(
    postgres_server: postgres.Server, db: Database, name: str
) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        version(tx, followed.id, story("First"))
    with pytest.raises(StoreError) as caught, db.begin() as tx:
        watches.update(tx, followed.id, etag="new")
        with psycopg.connect(postgres_server.conninfo("postgres"), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,))
        version(tx, followed.id, story("Second"))
    assert "does not answer" in one_line(caught.value)
    assert_untouched(db, followed.id)
    with db.begin() as tx:
        version(tx, followed.id, story("Second"))
