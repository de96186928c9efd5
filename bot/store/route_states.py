"""Route states: what the judge remembers of a story for one route, and when it wants to look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from bot.core.model import WatchState
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import route_states, watches

_OF_WATCH = select(route_states.c.route, route_states.c.state).where(route_states.c.watch_id == bindparam("watch"))


def get(tx: Tx, watch_id: int) -> dict[str, dict[str, Any]]:
    """The JSON state of each route that has one for this story."""
    return {row.route: row.state for row in tx.execute(_OF_WATCH, {"watch": watch_id})}


def put(tx: Tx, watch_id: int, route: str, state: Mapping[str, Any], due_at: datetime | None) -> None:
    """Remember a route's state; ``due_at`` is when to judge again though nothing changed (None: not)."""
    values = {"state": dict(state), "due_at": due_at}
    rows.put(tx, route_states, {"watch_id": watch_id, "route": route}, values)


def due(tx: Tx, now: datetime, limit: int) -> list[tuple[int, str]]:
    """``(watch_id, route)`` pairs whose time has come, oldest first. Removed stories are left out."""
    wanted = (
        select(route_states.c.watch_id, route_states.c.route)
        .join(watches, watches.c.id == route_states.c.watch_id)
        .where(route_states.c.due_at <= now, watches.c.state != WatchState.REMOVED)
        .order_by(route_states.c.due_at, route_states.c.watch_id)
        .limit(limit)
    )
    return [(row.watch_id, row.route) for row in tx.execute(wanted)]


def next_due(tx: Tx) -> datetime | None:
    """When the next one is due."""
    moment: datetime | None = tx.execute(select(func.min(route_states.c.due_at))).scalar_one()
    return moment


def clear(tx: Tx, watch_id: int, route: str | None = None) -> None:
    """Forget one route's state for a story, or all of them."""
    gone = delete(route_states).where(route_states.c.watch_id == watch_id)
    tx.execute(gone if route is None else gone.where(route_states.c.route == route))
