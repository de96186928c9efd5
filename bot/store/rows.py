"""Rows and the frozen types of the core: the columns a type needs, and the type from a row."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    DefaultClause,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    select,
    update,
)

from bot.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

_PLAIN = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]{1,5})?(?=[/?#]|\Z)")
"""An address as nearly all are: its host can be read off. For the others `urlsplit` knows better, and takes 4 µs."""


def columns(table: Table, kind: type[Any]) -> list[ColumnElement[Any]]:
    """The columns that bear the names of the type's fields, in their order."""
    return [table.c[field.name] for field in fields(kind) if field.name in table.c]


def load(kind: type[T], row: Row[*tuple[Any, ...]]) -> T:
    """The value of ``kind`` in a row selected with ``columns``."""
    return kind(**row._mapping)


def load_each(tx: Connection, table: Table, kind: type[T], ids: Sequence[int]) -> tuple[list[T], list[int]]:
    """The rows with these ids, in this order, and the ids of those that are damaged and cannot be read.

    All in one query where all are sound: one damaged row must not hide the others.
    """
    wanted = _among(table, tuple(column.name for column in columns(table, kind)))
    try:
        found = {row.id: load(kind, row) for row in tx.execute(wanted, {"ids": ids})}
    except (StoreError, ValueError, TypeError):
        found = {}
        for number in ids:
            with contextlib.suppress(StoreError, ValueError, TypeError):
                found.update({row.id: load(kind, row) for row in tx.execute(wanted, {"ids": [number]})})
    return [found[number] for number in ids if number in found], [number for number in ids if number not in found]


@lru_cache(maxsize=16)
def _among(table: Table, names: tuple[str, ...]) -> Select[Any]:
    return select(*(table.c[name] for name in names)).where(table.c.id.in_(bindparam("ids", expanding=True)))


def mend(tx: Connection, table: Table, number: int) -> list[str]:
    """Reset the columns of a row that cannot be read to their defaults; returns their names.

    What they held is lost; the rest of the row works again.
    """
    spoilt = []
    for column in table.c:
        try:
            tx.execute(select(column).where(table.c.id == number)).first()
        except (StoreError, ValueError, TypeError):
            spoilt.append(column)
    if spoilt:
        defaults = {
            column.name: column.server_default.arg if isinstance(column.server_default, DefaultClause) else None
            for column in spoilt
        }
        tx.execute(update(table).where(table.c.id == number).values(defaults))
    return [column.name for column in spoilt]


def sha256(words: str) -> str:
    """Hex SHA-256 of a text: the form under which long keys are unique."""
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def host_of(url: str) -> str:
    """Host of an address, lower-case, without port; empty where there is none."""
    plain = _PLAIN.match(url)
    if plain is not None:
        return plain[1]
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def contains(words: str) -> str:
    """A LIKE pattern (escape character ``\\``) for text that contains ``words``."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def change(tx: Connection, table: Table, number: int, values: Mapping[str, Any]) -> bool:
    """Write these columns of the row with this number; False where there is none. The values are no SQL."""
    given: dict[str, Any] = {f"new_{name}": value for name, value in values.items()}
    return tx.execute(_change(table, tuple(values)), {**given, "this": number}).rowcount == 1


def stored_as(done: CursorResult[Any]) -> int:
    """The number of the row that an INSERT of one row made."""
    made = done.inserted_primary_key
    assert made is not None  # noqa: S101 - it always is after such an INSERT
    return int(made[0])


@lru_cache(maxsize=512)
def _change(table: Table, names: tuple[str, ...]) -> Update:
    new = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("this")).values(new)


def insert(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of this database, with ``on_conflict_…``. The other one's dialect is never loaded: it takes 25 ms."""
    return insert_of(tx.dialect.name, table)


def insert_new(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves a row with the same key as it is, also where another worker is just storing it."""
    return new_of(tx.dialect.name, table)


def put(tx: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write these columns of the row with this primary key, making the row where there is none."""
    tx.execute(_put(tx.dialect.name, table, tuple(key), tuple(values)), {**key, **values})


# Making a statement costs more than carrying it out, so each is made once.


@lru_cache(maxsize=64)
def insert_of(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """``insert`` of a database by its name: ``sqlite`` or ``postgresql``."""
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table)


@lru_cache(maxsize=64)
def new_of(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """``insert_new`` of a database by its name: ``sqlite`` or ``postgresql``."""
    return insert_of(dialect, table).on_conflict_do_nothing()


@lru_cache(maxsize=256)
def _put(dialect: str, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> sqlite.Insert | postgresql.Insert:
    if not names:
        return new_of(dialect, table)
    new = insert_of(dialect, table)
    return new.on_conflict_do_update(index_elements=list(key), set_={name: new.excluded[name] for name in names})
