"""Subscriptions: Slack channels that follow single stories."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, select
from sqlalchemy import update as update_

from bot.core.comparison import Severity
from bot.core.model import Only, Subscription
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import subscriptions

COLUMNS = rows.columns(subscriptions, Subscription)
_FOR_WATCH = (
    select(*COLUMNS).where(subscriptions.c.watch_id == bindparam("watch")).order_by(subscriptions.c.id)
)  # asked at every change: made once


def add(
    tx: Tx,
    *,
    watch_id: int,
    channel: str,
    now: datetime,
    team: str = "",
    channel_name: str = "",
    label: str = "",
    only: Only = Only.ALL,
    min_severity: Severity | None = None,
    added_by: str = "",
) -> tuple[Subscription, bool]:
    """Let a channel follow a story. Returns the subscription and whether it is new; an old one is left as it is."""
    same = (
        subscriptions.c.watch_id == watch_id,
        subscriptions.c.team == team,
        subscriptions.c.channel == channel,
    )
    fresh = (
        rows.insert_new(tx, subscriptions)
        .values(
            watch_id=watch_id,
            team=team,
            channel=channel,
            channel_name=channel_name,
            label=label,
            only=only,
            min_severity=min_severity,
            added_by=added_by,
            added_at=now,
        )
        .returning(subscriptions.c.id)
    )
    created = tx.execute(fresh).first() is not None
    return _list(tx, *same)[0], created


def get(tx: Tx, subscription_id: int) -> Subscription | None:
    """One subscription by its number."""
    found = _list(tx, subscriptions.c.id == subscription_id)
    return found[0] if found else None


def list_(tx: Tx) -> list[Subscription]:
    """All subscriptions, oldest first."""
    return _list(tx)


def for_watch(tx: Tx, watch_id: int) -> list[Subscription]:
    """Who follows this story, oldest first."""
    return [rows.load(Subscription, row) for row in tx.execute(_FOR_WATCH, {"watch": watch_id})]


def for_channel(tx: Tx, channel: str, team: str | None = None) -> list[Subscription]:
    """What this channel follows, oldest first; ``team`` None looks in every workspace."""
    wanted = [subscriptions.c.channel == channel]
    if team is not None:
        wanted.append(subscriptions.c.team == team)
    return _list(tx, *wanted)


def update(tx: Tx, subscription_id: int, **changed: Any) -> bool:
    """Write columns by name; False where there is no such subscription. KeyError for an unknown column."""
    values = {subscriptions.c[name].name: value for name, value in changed.items()}
    wanted = update_(subscriptions).where(subscriptions.c.id == subscription_id)
    return bool(values) and tx.execute(wanted.values(values)).rowcount == 1


def remove(tx: Tx, subscription_id: int) -> bool:
    """Stop following. False where there is no such subscription."""
    return tx.execute(delete(subscriptions).where(subscriptions.c.id == subscription_id)).rowcount == 1


def _list(tx: Tx, *terms: ColumnElement[bool]) -> list[Subscription]:
    wanted = select(*COLUMNS).where(*terms).order_by(subscriptions.c.id)
    return [rows.load(Subscription, row) for row in tx.execute(wanted)]
