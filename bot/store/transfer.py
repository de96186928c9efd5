"""Moving a whole installation from one database to another, whichever kind each is, and comparing two."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from sqlalchemy import Row, Table, delete, func, select

from bot.store.database import Database, Tx
from bot.store.tables import metadata

BATCH = 500
Progress = Callable[[str, int], None]
"""Called with a table's name and how many of its rows are done."""


def copy(source: Database, target: Database, progress: Progress | None = None) -> dict[str, int]:
    """Copy every row, in one transaction of the target, which must be freshly made. Returns rows by table.

    Both must have the schema of this release (``Database.open`` sees to that). The source is read as of one moment.
    """
    with target.begin() as tx:
        return copy_into(source, tx, progress)


def copy_into(source: Database, tx: Tx, progress: Progress | None = None) -> dict[str, int]:
    """The same in a transaction that is open already."""
    with source.read() as old:
        done = {table.name: _copy_table(old, tx, table, progress) for table in metadata.sorted_tables}
    if tx.dialect.name == "postgresql":
        _restart_numbers(tx)
    return done


def empty(tx: Tx) -> None:
    """Delete every row of every table, in an order that foreign keys allow."""
    for table in reversed(metadata.sorted_tables):
        tx.execute(delete(table))


def counts(tx: Tx) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: int(tx.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    }


def differences(one: Database, two: Database) -> list[str]:
    """What differs between two databases, one line per table; empty where they hold the same."""
    found = []
    with one.read() as left, two.read() as right:
        for table in metadata.sorted_tables:
            (left_rows, left_digest), (right_rows, right_digest) = digest(left, table), digest(right, table)
            if left_rows != right_rows:
                found.append(f"{table.name}: {left_rows} rows and {right_rows} rows")
            elif left_digest != right_digest:
                found.append(f"{table.name}: {left_rows} rows each, but not the same")
    return found


def digest(tx: Tx, table: Table) -> tuple[int, str]:
    """Number of rows and a hash over all values of a table, the same on SQLite and PostgreSQL."""
    total = hashlib.sha256()
    number = 0
    for row in _rows(tx, table):
        total.update(repr(tuple(row)).encode("utf-8", "backslashreplace"))
        number += 1
    return number, total.hexdigest()


def _rows(tx: Tx, table: Table) -> Iterator[Row[tuple[object, ...]]]:
    """Rows in the order of the primary key (text keys by their bytes, whatever the server's language)."""
    key = [
        column.collate("C") if tx.dialect.name == "postgresql" and column.type.python_type is str else column
        for column in table.primary_key.columns
    ]
    wanted = select(table).order_by(*key).execution_options(yield_per=BATCH)
    yield from tx.execute(wanted)


def _copy_table(old: Tx, new: Tx, table: Table, progress: Progress | None) -> int:
    done = 0
    batch: list[dict[str, object]] = []
    for row in _rows(old, table):
        batch.append(dict(row._mapping))
        if len(batch) == BATCH:
            new.execute(table.insert(), batch)
            done += len(batch)
            batch = []
            if progress is not None:
                progress(table.name, done)
    if batch:
        new.execute(table.insert(), batch)
        done += len(batch)
    if progress is not None:
        progress(table.name, done)
    return done


def _restart_numbers(tx: Tx) -> None:
    """PostgreSQL's sequences go on after the highest number that was copied."""
    for table in metadata.sorted_tables:
        if "id" in table.c and table.c.id.autoincrement is True:
            highest = func.coalesce(func.max(table.c.id), 0) + 1
            tx.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest, False)))
