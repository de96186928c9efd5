"""Transactions and the schema, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.errors import SchemaMismatch, StetError, StoreError
from bot.store import meta, schema, watches
from bot.store.database import Database
from bot.store.migrations import HEAD
from bot.store.tables import metadata
from tests.edges.test_migrations import NEXT, a_later_release  # noqa: F401 - a fixture

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_new_database_has_the_newest_schema_and_is_sound(db: Database) -> None:
    assert db.schema_version() == HEAD
    assert db.check() == []
    assert db.check(thorough=True) == []
    assert db.size() > 0


def test_the_migrated_schema_is_the_one_the_code_expects(db: Database) -> None:
    with db.read() as tx:
        context = MigrationContext.configure(
            tx,
            opts={"compare_type": True, "compare_server_default": True, "include_name": _is_a_table_of_ours},
        )
        assert compare_metadata(context, metadata) == []


def _is_a_table_of_ours(name: str | None, kind: str, parents: object) -> bool:
    """What each database keeps for full-text search is written by hand: shadow tables here, a column there."""
    if kind == "table":
        return name in metadata.tables or "search" not in str(name)
    return name not in ("found", "ix_story_texts_found")


def test_opening_again_keeps_what_was_written(db: Database, db_url: str) -> None:
    with db.begin() as tx:
        meta.set_(tx, "colour", "teal", NOW)
    with Database.open(db_url) as again, again.read() as tx:
        assert meta.get(tx, "colour") == "teal"


def test_an_exception_rolls_the_whole_transaction_back(db: Database) -> None:
    with pytest.raises(RuntimeError), db.begin() as tx:
        meta.set_(tx, "colour", "teal", NOW)
        raise RuntimeError("half-way")
    with db.read() as tx:
        assert meta.get(tx, "colour") is None


def test_a_write_inside_read_is_refused(db: Database) -> None:
    with pytest.raises(StoreError), db.read() as tx:
        meta.set_(tx, "colour", "teal", NOW)
    with db.read() as tx:
        assert meta.get(tx, "colour") is None


def test_a_reader_sees_one_moment_while_a_writer_commits(db: Database) -> None:
    with db.read() as before:
        assert meta.get(before, "colour") is None
        with db.begin() as tx:
            meta.set_(tx, "colour", "teal", NOW)
        assert meta.get(before, "colour") is None
    with db.read() as after:
        assert meta.get(after, "colour") == "teal"


def test_a_newer_schema_is_refused_with_a_plain_sentence(db: Database, db_url: str) -> None:
    with db.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaMismatch, match="schema 9999, this Stet knows up to"):
        Database.open(db_url)


def test_an_empty_database_is_refused_where_it_may_not_be_migrated(empty_url: str) -> None:
    with pytest.raises(StoreError, match="stet db upgrade"):
        Database.open(empty_url, migrate=False)


def test_many_threads_write_side_by_side_and_lose_nothing(db: Database) -> None:
    def work(number: int) -> None:
        for turn in range(10):
            with db.begin() as tx:
                meta.set_(tx, f"{number}:{turn}", "done", NOW)
            with db.read() as tx:
                assert meta.get(tx, f"{number}:{turn}") == "done"

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as tx:
        assert all(meta.get(tx, f"{number}:{turn}") == "done" for number in range(8) for turn in range(10))


def test_two_processes_opening_an_empty_database_at_once_both_succeed(empty_url: str) -> None:
    opened: list[str | None] = []
    faults: list[BaseException] = []

    def work() -> None:
        try:
            with Database.open(empty_url) as database:
                opened.append(database.schema_version())
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert opened == [HEAD] * 4


def test_the_schema_says_which_one_it_is(db: Database) -> None:
    with db.read() as tx:
        assert schema.current(tx) == HEAD


@pytest.mark.postgres
def test_a_server_with_data_is_upgraded_whole_or_not_at_all(url: str, request: pytest.FixtureRequest) -> None:
    with Database.open(url) as db, db.begin() as tx:
        watches.add(tx, url="https://harbour.example/1", key="1", now=NOW)
    step: Path = request.getfixturevalue("a_later_release")
    whole = step.read_text("utf-8")
    step.write_text(NEXT.format(head=HEAD, more='op.execute("UPDATE no_such_table SET x = 1")'), "utf-8")
    with pytest.raises(StetError) as caught:
        Database.open(url)
    assert "\n" not in str(caught.value)
    with pytest.raises(StoreError, match=f"older schema {HEAD}"):
        Database.open(url, migrate=False)
    step.write_text(whole, "utf-8")
    with Database.open(url) as db, db.read() as tx:
        assert tx.exec_driver_sql("SELECT id, mood FROM watches").all() == [(1, "tense")]
