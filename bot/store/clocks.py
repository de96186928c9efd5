"""After a clock that was wrong: due times far in the future, written while it ran ahead, are brought back.

A machine without a clock battery, a restored virtual machine or a mistyped year moves ``now`` by months. Whatever was
scheduled meanwhile would sleep for as long. Nothing that Stet plans lies further ahead than these horizons.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, DateTime, type_coerce, update

from bot.core.model import AlertStatus
from bot.store.database import Tx
from bot.store.tables import alerts, hosts, route_states, sources, watches
from bot.store.types import MICROSECOND

HORIZON = timedelta(days=8)
"""A check, a retry or quiet hours never wait longer, but for intervals longer than four days that a person set."""
UNSENT = (AlertStatus.PENDING, AlertStatus.LEASED, AlertStatus.PAUSED)
PLANNED = {
    watches: ("next_check_at", "leased_until"),
    sources: ("next_check_at",),
    alerts: ("next_try_at", "leased_until", "first_try_at"),
    hosts: ("retry_after",),
    route_states: ("due_at",),
}
"""Columns that say when something is due or held."""
LEASE_HORIZON = timedelta(hours=6)


def shift(tx: Tx, by: timedelta) -> int:
    """The clock was put back by this much while we ran: due times and leases move with it. Returns how many rows."""
    moved = 0
    for table, names in PLANNED.items():
        for name in names:
            wanted = update(table).where(table.c[name].is_not(None)).values({name: _earlier(tx, table.c[name], by)})
            moved += tx.execute(wanted if table is not alerts else wanted.where(alerts.c.status.in_(UNSENT))).rowcount
    return moved


def _earlier(tx: Tx, column: ColumnElement[datetime], by: timedelta) -> ColumnElement[datetime]:
    if tx.dialect.name == "sqlite":
        return type_coerce(type_coerce(column, BigInteger) - by // MICROSECOND, column.type)
    return type_coerce(type_coerce(column, DateTime(timezone=True)) - by, column.type)


def bring_back(tx: Tx, now: datetime) -> int:
    """Make due at once what is planned impossibly far ahead; returns how many rows were. Cheap where all is well."""
    moved = 0
    for table in (watches, sources):
        far = (table.c.next_check_at > now + HORIZON, table.c.every.is_(None) | (table.c.every <= 4 * 86_400))
        moved += tx.execute(update(table).where(*far).values(next_check_at=now)).rowcount
    unsent = alerts.c.status.in_(UNSENT)
    moved += tx.execute(
        update(alerts).where(unsent, alerts.c.next_try_at > now + HORIZON).values(next_try_at=now, not_before=None)
    ).rowcount
    leased = alerts.c.status == AlertStatus.LEASED
    moved += tx.execute(
        update(alerts).where(leased, alerts.c.leased_until > now + LEASE_HORIZON).values(leased_until=now)
    ).rowcount
    moved += tx.execute(update(hosts).where(hosts.c.retry_after > now + HORIZON).values(retry_after=None)).rowcount
    return moved
