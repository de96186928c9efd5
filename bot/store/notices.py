"""Notices: the ledger of trouble that was told, so that each is told once, reminded of at most, and called off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something told and not yet called off. ``times`` counts the first telling and every reminder."""

    key: str
    first_at: datetime
    last_at: datetime
    times: int
    details: Mapping[str, Any]


COLUMNS = rows.columns(notices, Notice)


def begin(
    tx: Tx,
    key: str,
    now: datetime,
    *,
    remind_after: timedelta | None = None,
    details: Mapping[str, Any] | None = None,
) -> bool:
    """Whether to tell this now: True the first time, and again each ``remind_after``; False while it is known.

    Call it in the transaction that stores the alert: then it is told exactly once, whatever happens.
    """
    known = get(tx, key)
    if known is None:
        row = {"key": key, "first_at": now, "last_at": now, "times": 1, "details": dict(details or {})}
        stored = tx.execute(rows.insert_new(tx, notices).values(row).returning(notices.c.key))
        return stored.first() is not None
    if remind_after is None or now - known.last_at < remind_after:
        return False
    again = (
        update(notices)
        .where(notices.c.key == key, notices.c.last_at == known.last_at)
        .values(last_at=now, times=known.times + 1)
    )
    return tx.execute(again).rowcount == 1


def clear(tx: Tx, key: str) -> bool:
    """The trouble is over. True where it had been told, so that its end is worth telling too."""
    return tx.execute(delete(notices).where(notices.c.key == key)).rowcount == 1


def get(tx: Tx, key: str) -> Notice | None:
    """One notice that stands."""
    row = tx.execute(select(*COLUMNS).where(notices.c.key == key)).first()
    return None if row is None else rows.load(Notice, row)


def list_(tx: Tx, prefix: str = "") -> list[Notice]:
    """Notices that stand, by key."""
    wanted = select(*COLUMNS).where(notices.c.key.startswith(prefix, autoescape=True)).order_by(notices.c.key)
    return [rows.load(Notice, row) for row in tx.execute(wanted)]
