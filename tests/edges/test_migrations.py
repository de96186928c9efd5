"""Upgrades: every released schema, with data; a copy first; nothing half-done."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.errors import SchemaMismatch, StetError, StoreError
from bot.store import database, schema, tables, versions, watches
from bot.store.database import Database
from bot.store.migrations import HEAD, REVISIONS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RELEASED = Path(__file__).parent.parent / "data" / "schemas"
"""One file per released schema: SQL that makes a database of it, with data."""

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade():
    op.add_column("watches", sa.Column("mood", sa.Text(), nullable=False, server_default="calm"))
    op.execute("UPDATE watches SET mood = 'tense' WHERE id = 1")
    {more}
"""


def released(revision: str, folder: Path) -> Path:
    """A database as a release with this schema left it."""
    path = folder / "stet.db"
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.executescript((RELEASED / f"{revision}.sql").read_text("utf-8"))
    return path


@pytest.fixture
def a_later_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Stet that knows one schema more. Gives the file of its new step."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    step = folder / "versions" / "v_next.py"
    step.write_text(NEXT.format(head=HEAD, more=""))
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "next"))
    monkeypatch.setattr(database, "HEAD", "next")
    monkeypatch.setattr(schema.upgrade, "__defaults__", ("next",))
    yield step


def test_the_list_of_schemas_is_the_list_of_steps() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(steps)) == REVISIONS


def test_a_step_says_for_itself_what_it_does() -> None:
    for step in (schema.MIGRATIONS / "versions").glob("v*.py"):
        assert not re.search(r"bot\.|metadata", step.read_text("utf-8")), f"{step.name} depends on code that changes"


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_every_released_schema_opens_with_its_data(revision: str, tmp_path: Path) -> None:
    path = released(revision, tmp_path)
    with Database.open(f"sqlite:///{path}", now=NOW) as db:
        assert db.schema_version() == HEAD
        assert db.check(thorough=True) == []
        with db.read() as tx:
            (followed,) = watches.list_(tx)
            assert followed.url == "https://harbour.example/story/1"
            assert [found.n for found in versions.list_(tx, followed.id)] == [1, 2]
            assert versions.story(tx, followed.id, 2).headline == "Council delays harbour works again"
            assert versions.raw(tx, followed.id, 2) == b"<p>page 2"
            for table in tables.metadata.sorted_tables:
                tx.execute(table.select()).all()


def test_an_upgrade_keeps_a_copy_of_what_was_there(a_later_release: Path, tmp_path: Path) -> None:
    path = released(HEAD, tmp_path)
    with Database.open(f"sqlite:///{path}", now=NOW) as db, db.read() as tx:
        assert tx.exec_driver_sql("SELECT mood FROM watches").scalars().all() == ["tense"]
        assert db.check() == []
    copy = tmp_path / f"stet.before-{HEAD}-20260301T120000Z.db"
    with contextlib.closing(sqlite3.connect(copy)) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert file.execute("SELECT count(*) FROM versions").fetchone() == (2,)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(a_later_release: Path, tmp_path: Path) -> None:
    a_later_release.write_text(NEXT.format(head=HEAD, more='op.execute("UPDATE no_such_table SET x = 1")'))
    path = released(HEAD, tmp_path)
    with pytest.raises(StetError) as caught:
        Database.open(f"sqlite:///{path}", now=NOW)
    assert "\n" not in str(caught.value)
    with contextlib.closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert "mood" not in [row[1] for row in file.execute("PRAGMA table_info(watches)")]


def test_a_new_database_takes_every_step_and_makes_no_copy(a_later_release: Path, tmp_path: Path) -> None:
    with Database.open(f"sqlite:///{tmp_path / 'new.db'}", now=NOW) as db:
        assert db.schema_version() == "next"
    assert list(tmp_path.glob("*.before-*")) == []


def test_an_older_schema_is_refused_where_it_may_not_be_upgraded(a_later_release: Path, tmp_path: Path) -> None:
    path = released(HEAD, tmp_path)
    with pytest.raises(StoreError, match=f"older schema {HEAD}.*; run `stet db upgrade`"):
        Database.open(f"sqlite:///{path}", migrate=False)


def test_the_older_release_refuses_what_the_later_one_wrote(
    a_later_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stet.db"
    Database.open(f"sqlite:///{path}", now=NOW).close()
    monkeypatch.setattr(schema, "REVISIONS", REVISIONS)
    with pytest.raises(SchemaMismatch, match="schema next"):
        Database.open(f"sqlite:///{path}", now=NOW)
