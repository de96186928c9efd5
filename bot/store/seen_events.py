"""Events that were seen: Slack delivers one again when it was not acknowledged in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import seen_events

KEPT = timedelta(hours=1)
"""Slack's last attempt comes after five minutes or so."""


def first_time(tx: Tx, event_id: str, now: datetime) -> bool:
    """Whether this event was not seen before; it is now."""
    new = rows.insert_new(tx, seen_events).values(id=event_id[:200], at=now)
    return tx.execute(new.returning(seen_events.c.id)).first() is not None


def prune(tx: Tx, now: datetime) -> int:
    """Forget what is older than an hour; returns how many."""
    return tx.execute(delete(seen_events).where(seen_events.c.at < now - KEPT)).rowcount
