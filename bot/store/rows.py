"""Rows and the frozen types of the core: the columns a type needs, and the type from a row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")


def columns(table: Table, kind: type[Any]) -> list[ColumnElement[Any]]:
    """The columns that bear the names of the type's fields, in their order."""
    return [table.c[field.name] for field in fields(kind) if field.name in table.c]


def load(kind: type[T], row: Row[*tuple[Any, ...]]) -> T:
    """The value of ``kind`` in a row selected with ``columns``."""
    return kind(**row._mapping)


def sha256(words: str) -> str:
    """Hex SHA-256 of a text: the form under which long keys are unique."""
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def host_of(url: str) -> str:
    """Host of an address, lower-case, without port; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def contains(words: str) -> str:
    """A LIKE pattern (escape character ``\\``) for text that contains ``words``."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def insert_new(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves a row with the same key as it is, also where another worker is just storing it."""
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    return make(table).on_conflict_do_nothing()


def put(tx: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write these columns of the row with this primary key, making the row where there is none."""
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    new = make(table).values(**key, **values)
    if values:
        tx.execute(new.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
    else:
        tx.execute(new.on_conflict_do_nothing())
