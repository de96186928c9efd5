"""The audit log: who did what, when, and from where. Rows are added and read, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done. ``actor`` is a Slack user id or a login, ``via`` the door it came through."""

    id: int
    at: datetime
    actor: str
    via: str
    action: str
    subject: str
    watch_id: int | None
    team: str
    channel: str
    details: Mapping[str, Any]


COLUMNS = rows.columns(audit, Entry)


def add(
    tx: Tx,
    *,
    at: datetime,
    action: str,
    actor: str = "",
    via: str = "",
    subject: str = "",
    watch_id: int | None = None,
    team: str = "",
    channel: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one row."""
    tx.execute(
        insert(audit).values(
            at=at,
            action=action,
            actor=actor,
            via=via,
            subject=subject[:1000],
            watch_id=watch_id,
            team=team,
            channel=channel,
            details=dict(details or {}),
        )
    )


def list_(
    tx: Tx,
    *,
    watch_id: int | None = None,
    since: datetime | None = None,
    channel: str | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Newest first."""
    wanted = select(*COLUMNS).order_by(audit.c.id.desc()).limit(limit)
    if watch_id is not None:
        wanted = wanted.where(audit.c.watch_id == watch_id)
    if since is not None:
        wanted = wanted.where(audit.c.at >= since)
    if channel is not None:
        wanted = wanted.where(audit.c.channel == channel)
    return [rows.load(Entry, row) for row in tx.execute(wanted)]
