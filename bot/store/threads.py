"""Threads: a story's thread in one Slack channel, by the ``ts`` of its parent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import threads


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """One thread. ``state`` is the channel's own: what the parent shows and was posted with."""

    team: str
    channel: str
    watch_id: int
    ts: str
    changes: int
    started_at: datetime
    last_at: datetime
    state: Mapping[str, Any]


COLUMNS = rows.columns(threads, ThreadRow)


def current(tx: Tx, team: str, channel: str, watch_id: int) -> ThreadRow | None:
    """The newest thread of a story in a channel."""
    wanted = (
        select(*COLUMNS)
        .where(threads.c.team == team, threads.c.channel == channel, threads.c.watch_id == watch_id)
        .order_by(threads.c.id.desc())
        .limit(1)
    )
    row = tx.execute(wanted).first()
    return None if row is None else rows.load(ThreadRow, row)


def at(tx: Tx, channel: str, ts: str) -> ThreadRow | None:
    """The thread whose parent is this message."""
    row = tx.execute(select(*COLUMNS).where(threads.c.channel == channel, threads.c.ts == ts).limit(1)).first()
    return None if row is None else rows.load(ThreadRow, row)


def of_watch(tx: Tx, watch_id: int) -> list[ThreadRow]:
    """Every thread of a story, oldest first."""
    wanted = select(*COLUMNS).where(threads.c.watch_id == watch_id).order_by(threads.c.id)
    return [rows.load(ThreadRow, row) for row in tx.execute(wanted)]


def put(tx: Tx, row: ThreadRow) -> None:
    """Store a thread, new or changed; team, channel, watch and ts are its identity."""
    values = {"changes": row.changes, "started_at": row.started_at, "last_at": row.last_at, "state": dict(row.state)}
    if tx.execute(update(threads).where(*_same(row)).values(values)).rowcount == 0:
        identity = {"team": row.team, "channel": row.channel, "watch_id": row.watch_id, "ts": row.ts}
        tx.execute(insert(threads).values(**identity, **values))


def forget(tx: Tx, row: ThreadRow) -> None:
    """Its parent is gone: the story's next alert begins a new one."""
    tx.execute(delete(threads).where(*_same(row)))


def since(tx: Tx, moment: datetime) -> list[ThreadRow]:
    """Threads in which something was told since then, oldest first."""
    wanted = select(*COLUMNS).where(threads.c.last_at >= moment).order_by(threads.c.last_at)
    return [rows.load(ThreadRow, row) for row in tx.execute(wanted)]


def prune(tx: Tx, before: datetime) -> int:
    """Forget threads in which nothing was told since then; returns how many."""
    return tx.execute(delete(threads).where(threads.c.last_at < before)).rowcount


def _same(row: ThreadRow) -> list[Any]:
    return [
        threads.c.team == row.team,
        threads.c.channel == row.channel,
        threads.c.watch_id == row.watch_id,
        threads.c.ts == row.ts,
    ]
