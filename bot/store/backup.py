"""Backup while running, restore that compares, and retention.

A backup is one SQLite file whatever the database is, so a backup of either kind restores into either. On PostgreSQL
``pg_dump`` is the better daily habit for large installations; this one moves between the two.
A backup holds the installation's secret key: keep it as safe as the database itself.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.errors import NotFound, StoreBusy, StoreError, StoreFull, UsageError
from bot.store import faults, schema, transfer
from bot.store.database import Database
from bot.store.lock import hold_data_dir
from bot.store.migrations import HEAD
from bot.store.tables import metadata
from bot.store.transfer import Progress

SIDE_FILES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What was written, or restored: the file, its bytes, its schema, rows by table.

    ``kept`` is where a database that was replaced lies now.
    """

    path: Path
    bytes: int
    schema: str
    rows: Mapping[str, int]
    kept: Path | None = None


def backup(db: Database, path: Path, *, force: bool = False, progress: Progress | None = None) -> BackupReport:
    """Write a consistent copy of a database in use to ``path``. Readers and writers go on meanwhile.

    The copy is checked before it takes its name: no half-written file ever bears it. Raises UsageError where the file
    exists and ``force`` is not given, StoreFull where it cannot be written, StoreError where the copy is unsound.
    """
    path = path.absolute()
    if path.exists() and not force:
        raise UsageError("this file exists already; name another one or use --force", subject=str(path))
    if not path.parent.is_dir():
        raise UsageError("this directory does not exist; create it first", subject=str(path.parent))
    partial = path.with_name(f".{path.name}.partial")
    _remove(partial)
    try:
        if db.is_sqlite:
            _copy_online(db, partial)
        else:
            with Database.open(f"sqlite:///{partial}") as copy:
                transfer.copy(db, copy, progress)
            _single_file(partial)
        report = inspect(partial)
        _sync(partial)
        partial.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StoreFull("the backup could not be written", subject=str(path)) from error
    finally:
        _remove(partial)
    return BackupReport(path=path, bytes=report.bytes, schema=report.schema, rows=report.rows)


def inspect(path: Path) -> BackupReport:
    """Read a backup and say what is in it. The file is not changed.

    Raises NotFound where there is none, StoreError where it is damaged or no database of Stet, SchemaMismatch where
    a newer Stet wrote it.
    """
    if not path.is_file():
        raise NotFound("there is no such backup", subject=str(path))
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            problems = [row[0] for row in file.execute("PRAGMA integrity_check")]
            names = {row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "alembic_version" not in names or "watches" not in names:
                raise StoreError("this file is not a backup of Stet", subject=str(path))
            row = file.execute("SELECT version_num FROM alembic_version").fetchone()
            tables = sorted(names & set(metadata.tables))
            counts = {
                name: int(file.execute(f"SELECT count(*) FROM {name}").fetchone()[0])  # noqa: S608 - our own names
                for name in tables
            }
    except sqlite3.Error as error:
        raise StoreError("this backup is damaged; use an older one", subject=str(path)) from error
    if problems != ["ok"]:
        raise StoreError(f"this backup is damaged ({problems[0]}); use an older one", subject=str(path))
    found = str(row[0]) if row else ""
    schema.check(found)
    return BackupReport(path=path, bytes=path.stat().st_size, schema=found, rows=counts)


def restore(
    path: Path,
    url: str,
    *,
    now: datetime,
    data_dir: Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> BackupReport:
    """Put a backup in the place of the database at ``url``, upgrade it if it is older, and compare the two.

    Nothing is touched before the backup was found sound. Where a database with anything in it is there already,
    UsageError without ``force``; with it an SQLite database is kept beside as ``NAME.replaced-TIME.db``, the rows of
    a PostgreSQL one are deleted in the same transaction that writes the new ones. StoreBusy while Stet runs on it
    (``data_dir``, else the directory of the file, is locked meanwhile). StoreError where the result does not hold
    what the backup holds.
    """
    inspect(path)
    if not url.startswith("sqlite"):
        return _restore_rows(path, url, now, force, progress)
    target = Path(url.partition(":///")[2].removeprefix("file:").partition("?")[0]).absolute()
    if target.exists() and target.samefile(path):
        raise UsageError("the backup is the database itself", subject=str(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFull(faults.CANNOT_OPEN, subject=str(target)) from error
    with hold_data_dir(data_dir or target.parent):
        kept = _make_room(target, now, force)
        _place(path, target)
        with Database.open(url, now=now) as restored:
            return _compared(path, restored, kept)


def _restore_rows(path: Path, url: str, now: datetime, force: bool, progress: Progress | None) -> BackupReport:
    with tempfile.TemporaryDirectory(prefix="stet-restore-") as folder:
        copy = Path(folder) / "copy.db"  # a copy, since opening may upgrade it, and the backup's place may be read-only
        _place(path, copy)
        with Database.open(f"sqlite:///{copy}", now=now) as source, Database.open(url, now=now) as target:
            with target.begin() as tx:
                if any(transfer.counts(tx).values()):
                    if not force:
                        raise UsageError("the database is not empty; use --force to replace it", subject=target.subject)
                    transfer.empty(tx)
                transfer.copy_into(source, tx, progress)
            problems = transfer.differences(source, target)
            if problems:
                raise StoreError(f"the restored database differs: {problems[0]}", subject=target.subject)
            with target.read() as tx:
                rows = transfer.counts(tx)
            return BackupReport(path=path, bytes=target.size(), schema=HEAD, rows=rows)


def _make_room(target: Path, now: datetime, force: bool) -> Path | None:
    """Move what is there out of the way, journal and all. Returns where it lies now."""
    if not target.exists():
        _remove(target)  # a journal without its database would be played into the new one
        return None
    if not _is_empty(target) and not force:
        raise UsageError("a database is there already; use --force to replace it (it is kept)", subject=str(target))
    kept = target.with_name(f"{target.stem}.replaced-{now.strftime('%Y%m%dT%H%M%SZ')}{target.suffix}")
    if kept.exists():
        raise UsageError("a database was replaced this very second; try again", subject=str(kept))
    target.rename(kept)
    for suffix in SIDE_FILES:
        side = target.with_name(target.name + suffix)
        if side.exists():
            side.rename(kept.with_name(kept.name + suffix))
    return kept


def _is_empty(target: Path) -> bool:
    """Whether nobody would miss it: no watch, no source. A damaged one counts as full. Raises StoreBusy when in use."""
    try:
        with contextlib.closing(sqlite3.connect(target, timeout=1.0)) as file:
            file.isolation_level = None
            file.execute("BEGIN EXCLUSIVE")
            names = {row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            full = any(
                file.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()  # noqa: S608 - our own names
                for name in ("watches", "sources")
                if name in names
            )
            file.execute("ROLLBACK")
            return not full
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreBusy("the database is in use; stop Stet first", subject=str(target)) from error
        return False
    except sqlite3.Error:
        return False


def _compared(path: Path, restored: Database, kept: Path | None) -> BackupReport:
    problems = restored.check(thorough=True)
    if problems:
        raise StoreError(f"the restored database is unsound: {problems[0]}", subject=restored.subject)
    before = inspect(path)
    with restored.read() as tx:
        rows = transfer.counts(tx)
    wrong = [name for name, number in before.rows.items() if rows.get(name) != number]
    if wrong:
        raise StoreError(f"the restored database lacks rows of {wrong[0]}", subject=restored.subject)
    return BackupReport(path=path, bytes=restored.size(), schema=HEAD, rows=rows, kept=kept)


def _copy_online(db: Database, target: Path) -> None:
    assert db.path is not None  # noqa: S101 - only called for SQLite
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{db.path.as_uri()}?mode=ro", uri=True, timeout=10.0)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)  # all pages in one step: one moment, and a writer never makes it start anew
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise StoreFull("the backup could not be written", subject=str(target)) from error


def _single_file(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode=DELETE")


def _place(path: Path, target: Path) -> None:
    """Copy through SQLite, so that a backup someone opened meanwhile (with a journal beside it) comes whole."""
    partial = target.with_name(f".{target.name}.partial")
    _remove(partial)
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreFull("the database could not be written", subject=str(target)) from error
    finally:
        _remove(partial)


def _remove(path: Path) -> None:
    for suffix in ("", *SIDE_FILES):
        with contextlib.suppress(OSError):
            path.with_name(path.name + suffix).unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
