"""The audit log: who did what, when and where. Rows are only ever added, and pruned by age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One line of the log. ``via`` is ``cli``, ``slack``, ``web``, ``config`` or ``import``."""

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


COLUMNS = rows.columns(audit, Deed)


def add(
    tx: Tx,
    *,
    at: datetime,
    action: str,
    actor: str = "",
    via: str = "cli",
    subject: str = "",
    watch_id: int | None = None,
    team: str = "",
    channel: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one line, in the transaction that does the deed: either both happened or neither."""
    tx.execute(
        insert(audit).values(
            at=at,
            actor=actor,
            via=via,
            action=action,
            subject=subject,
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
    actor: str | None = None,
    action: str | None = None,
    channel: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
    before_id: int | None = None,
) -> list[Deed]:
    """Lines, newest first; page on with ``before_id``."""
    terms: list[ColumnElement[bool]] = []
    for column, value in (
        (audit.c.watch_id, watch_id),
        (audit.c.actor, actor),
        (audit.c.action, action),
        (audit.c.channel, channel),
    ):
        if value is not None:
            terms.append(column == value)
    if since is not None:
        terms.append(audit.c.at >= since)
    if before_id is not None:
        terms.append(audit.c.id < before_id)
    wanted = select(*COLUMNS).where(*terms).order_by(audit.c.id.desc()).limit(limit)
    return [rows.load(Deed, row) for row in tx.execute(wanted)]


def prune(tx: Tx, before: datetime) -> int:
    """Forget lines older than that; returns how many."""
    return tx.execute(delete(audit).where(audit.c.at < before)).rowcount
