"""Digests that were due: one row per recipient, rule and local date, whether or not a mail came of it.

The unique key is what makes a digest go out once: two processes, a restart in the middle or a clock set back find
the row. A row without an alert stands for a quiet window that was not worth a mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import digests


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRow:
    """One digest as remembered. ``recipient`` is a target's key, ``details`` the JSON of ``core/digest.py``."""

    id: int
    recipient: str
    rule: str
    local_date: date
    window_start: datetime
    window_end: datetime
    created_at: datetime
    alert_id: int | None
    stories: int
    changes: int
    details: Mapping[str, Any]


COLUMNS = rows.columns(digests, DigestRow)


def add(
    tx: Tx,
    *,
    recipient: str,
    rule: str,
    local_date: date,
    window_start: datetime,
    window_end: datetime,
    now: datetime,
    stories: int = 0,
    changes: int = 0,
    details: Mapping[str, Any] | None = None,
) -> int | None:
    """Store a digest in the caller's transaction; its number, or None where this date's was there before."""
    values = {
        "recipient": recipient,
        "rule": rule,
        "local_date": local_date.isoformat(),
        "window_start": window_start,
        "window_end": window_end,
        "created_at": now,
        "stories": stories,
        "changes": changes,
        "details": dict(details or {}),
    }
    new = rows.insert_new(tx, digests).values(values).returning(digests.c.id)
    return tx.execute(new).scalar_one_or_none()


def set_alert(tx: Tx, digest_id: int, alert_id: int) -> None:
    """The outbox row that carries it."""
    tx.execute(digests.update().where(digests.c.id == digest_id).values(alert_id=alert_id))


def last(tx: Tx, recipient: str, rule: str, *, sent: bool = False) -> DigestRow | None:
    """The newest digest of a recipient and rule; with ``sent`` the newest that became a message."""
    wanted = _of(recipient, rule).order_by(digests.c.window_end.desc()).limit(1)
    return _one(tx, wanted.where(digests.c.alert_id.is_not(None)) if sent else wanted)


def first(tx: Tx, recipient: str, rule: str) -> DigestRow | None:
    """The oldest digest of a recipient and rule."""
    return _one(tx, _of(recipient, rule).order_by(digests.c.window_end).limit(1))


def get(tx: Tx, digest_id: int) -> DigestRow | None:
    """One digest by its number."""
    return _one(tx, select(*COLUMNS).where(digests.c.id == digest_id))


def on(tx: Tx, recipient: str, rule: str, local_date: date) -> DigestRow | None:
    """The digest of one local date."""
    return _one(tx, _of(recipient, rule).where(digests.c.local_date == local_date.isoformat()))


def list_(tx: Tx, *, recipient: str | None = None, rule: str | None = None, limit: int | None = 100) -> list[DigestRow]:
    """Digests, newest first."""
    wanted = select(*COLUMNS).order_by(digests.c.id.desc())
    if recipient is not None:
        wanted = wanted.where(digests.c.recipient == recipient)
    if rule is not None:
        wanted = wanted.where(digests.c.rule == rule)
    return [_load(row) for row in tx.execute(wanted.limit(limit) if limit is not None else wanted)]


def told_on(tx: Tx, recipient: str, local_date: date, *, but: str) -> frozenset[int]:
    """Watches that the recipient's digests of this date tell of, those of the rule ``but`` left out."""
    wanted = select(digests.c.details).where(
        digests.c.recipient == recipient, digests.c.local_date == local_date.isoformat(), digests.c.rule != but
    )
    return frozenset(int(watch) for row in tx.execute(wanted) for watch in row.details.get("watches", ()))


def _of(recipient: str, rule: str) -> Select[Any]:
    return select(*COLUMNS).where(digests.c.recipient == recipient, digests.c.rule == rule)


def _one(tx: Tx, wanted: Select[Any]) -> DigestRow | None:
    row = tx.execute(wanted).first()
    return None if row is None else _load(row)


def _load(row: Row[Any]) -> DigestRow:
    return DigestRow(**{**row._mapping, "local_date": date.fromisoformat(row.local_date)})
