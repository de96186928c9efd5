"""The database: opening, upgrading, and the two kinds of transaction.

``begin()`` is one write transaction, all or nothing; ``read()`` sees one moment of the database and holds no lock
against writers. Every function of the other modules takes the connection these give (``tx``), so that one
transaction can span modules. No exception of SQLAlchemy or a driver leaves a ``with`` block of either: they leave
as StoreError or a kind of it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.errors import ConfigError, StoreBusy, StoreError, StoreFull
from bot.store import faults, schema
from bot.store.migrations import HEAD

Tx = Connection
"""What ``begin()`` and ``read()`` hand out; other packages name this type and need no SQLAlchemy."""

BUSY_SECONDS = 10.0
"""How long a writer waits for another before StoreBusy."""
WRITER_CACHE_KB, READER_CACHE_KB = 2_000, 1_000
"""What SQLite may keep of the file per connection. Five connections of 8 MB each filled up over a day; what a reader
does not keep, the operating system does."""
UPGRADE_LOCK = 0x57E7
"""PostgreSQL advisory lock: one process upgrades, the others wait and find it done."""


class Database:
    """One open database. Safe to share among threads: each transaction takes a pooled connection of its own."""

    def __init__(self, writer: Engine, reader: Engine, path: Path | None) -> None:
        self._writer = writer
        self._reader = reader
        self._turn = threading.Lock()
        self._holder: int | None = None
        self.path = path
        """The SQLite file, None on PostgreSQL."""

    @classmethod
    def open(
        cls, url: str, *, now: datetime | None = None, backup_dir: Path | None = None, migrate: bool = True
    ) -> Self:
        """Connect, create the schema where there is none, upgrade an older one.

        ``url`` is ``sqlite:////absolute/file.db`` (``sqlite:///relative.db``) or ``postgresql+psycopg://...``. Before
        an SQLite file with data is upgraded it is copied to ``<backup_dir or beside it>/<name>.before-<schema>.db``;
        ``now`` stamps that copy's name. With ``migrate=False`` an older or empty database is refused instead.
        Raises ConfigError for an unusable URL, SchemaMismatch for a newer schema, StoreError and its kinds otherwise.
        """
        parsed = _parse(url)
        database = cls(*(_sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)))
        try:
            database._bring_up(now, backup_dir, migrate)
        except BaseException:
            database.close()
            raise
        return database

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.path is not None

    @property
    def subject(self) -> str:
        """The database's name for messages: never holds a password."""
        return str(self.path) if self.path else self._writer.url.render_as_string(hide_password=True)

    @property
    def url(self) -> str:
        """The full address, password included: for drivers only, never for people."""
        return self._writer.url.render_as_string(hide_password=False)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """One write transaction: committed at the end of the block, rolled back whole on any exception.

        On SQLite writers take turns (BEGIN IMMEDIATE); never open a second one inside the first. Raises StoreBusy
        after BUSY_SECONDS of waiting.
        """
        with self._writers_turn(), self._translated(), self._writer.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One consistent view, read only: a write inside it is refused by the database."""
        with self._translated(), self._reader.connect() as tx:
            yield tx

    def schema_version(self) -> str | None:
        """Number of the schema on disk, None for an empty database."""
        with self.read() as tx:
            return schema.current(tx)

    def check(self, *, thorough: bool = False) -> list[str]:
        """Problems found in the database itself, empty when sound. ``thorough`` reads every page (SQLite only)."""
        with self.read() as tx:
            if not self.is_sqlite:
                tx.exec_driver_sql("SELECT 1 FROM meta").all()
                return []
            pragma = "integrity_check" if thorough else "quick_check"
            problems = [str(row[0]) for row in tx.exec_driver_sql(f"PRAGMA {pragma}") if row[0] != "ok"]
            problems += [
                f"a row of {row[0]} refers to a missing row of {row[2]}"
                for row in tx.exec_driver_sql("PRAGMA foreign_key_check")
            ]
            return problems

    def size(self) -> int:
        """Bytes the database takes on disk."""
        with self.read() as tx:
            if self.path is None:
                return int(tx.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
            pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages) * int(tx.exec_driver_sql("PRAGMA page_size").scalar_one())

    def vacuum(self) -> None:
        """Rewrite an SQLite file without its free pages, and empty its journal. Nobody else writes meanwhile."""
        autocommit = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        with self._writers_turn(), self._translated(), autocommit.connect() as tx:
            tx.exec_driver_sql("VACUUM")
            tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()

    def close(self) -> None:
        """Close every connection. The object is of no use afterwards."""
        self._reader.dispose()
        self._writer.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _bring_up(self, now: datetime | None, backup_dir: Path | None, migrate: bool) -> None:
        with self.read() as tx:
            found = schema.current(tx)
        schema.check(found)
        if found == HEAD:
            return
        if not migrate:
            words = "is empty" if found is None else f"has the older schema {found}"
            raise StoreError(f"the database {words}; run `stet db upgrade`", subject=self.subject)
        if found is not None and self.path is not None:
            self._copy_before_upgrade(found, now, backup_dir)
        with self.begin() as tx:
            if not self.is_sqlite:
                tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
            if schema.current(tx) != HEAD:  # another process may have been faster
                schema.upgrade(tx)

    def _copy_before_upgrade(self, found: str, now: datetime | None, backup_dir: Path | None) -> Path:
        assert self.path is not None  # noqa: S101 - only called for SQLite
        stamp = now.strftime("-%Y%m%dT%H%M%SZ") if now else ""
        target = (backup_dir or self.path.parent) / f"{self.path.stem}.before-{found}{stamp}.db"
        if target.exists():
            return target
        with self._translated(), self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
            tx.exec_driver_sql("VACUUM INTO ?", (str(target),))
        return target

    @contextmanager
    def _writers_turn(self) -> Iterator[None]:
        """Threads of one process queue on a lock, which is fair and cheap; SQLite's own waiting polls."""
        if self.path is None:
            yield
            return
        if self._holder == threading.get_ident():
            raise StoreError("a transaction was begun inside another one; please report this", subject=self.subject)
        if not self._turn.acquire(timeout=BUSY_SECONDS * 2):
            raise StoreBusy("the database is busy: another task of this process holds it", subject=self.subject)
        self._holder = threading.get_ident()
        try:
            yield
        finally:
            self._holder = None
            self._turn.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise faults.translate(error, self.subject) from faults.cause(error)
        except sqlite3.Error as error:
            raise StoreError("the database failed; nothing was written", subject=self.subject) from error


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter where its port is no number
        raise ConfigError(
            "[store] url is not a database address; use sqlite:////path/stet.db or postgresql+psycopg://..."
        ) from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise ConfigError(f"[store] url: {parsed.drivername} is not supported; use sqlite or postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigError("[store] url: a file is needed, memory forgets; use sqlite:////path/stet.db")
    return parsed


def _sqlite(url: URL) -> tuple[Engine, Engine, Path | None]:
    name = str(url.database)
    path = Path(name.removeprefix("file:").partition("?")[0]).absolute()
    if not path.parent.is_dir():
        raise StoreFull(faults.CANNOT_OPEN, subject=str(path))
    return _sqlite_engine(url, write=True), _sqlite_engine(url, write=False), path


def _sqlite_engine(url: URL, *, write: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=1 if write else 4,  # writers take turns
        max_overflow=60,
        pool_timeout=BUSY_SECONDS * 3,
        hide_parameters=True,
    )
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # transactions are ours: the driver's own never cover DDL
        cursor = connection.cursor()
        if write:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")  # what was told as sent survives a power cut
        else:
            cursor.execute("PRAGMA query_only=ON")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KB if write else READER_CACHE_KB}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: URL) -> tuple[Engine, Engine, Path | None]:
    engine = create_engine(
        url,
        pool_size=5,
        max_overflow=15,
        pool_timeout=BUSY_SECONDS * 3,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "application_name": "stet"},
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: object) -> None:
        connection.execute(f"SET lock_timeout = '{int(BUSY_SECONDS)}s'")
        connection.commit()

    reader = engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
    return engine, reader, None
