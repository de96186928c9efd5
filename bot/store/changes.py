"""Changes: two versions of a story, what differs between them, and what was decided about it for each route."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, null, select

from bot.core import comparison as comparison_
from bot.core.comparison import Comparison, Severity
from bot.core.model import Change
from bot.errors import NotFound
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import changes, watches

COLUMNS = rows.columns(changes, Change)
BRIEF = [column for column in COLUMNS if column.key != "comparison"]

_ONE = select(*COLUMNS).where(changes.c.id == bindparam("number"))
_BETWEEN = select(*COLUMNS).where(
    changes.c.watch_id == bindparam("watch"), changes.c.old_n == bindparam("old"), changes.c.new_n == bindparam("new")
)
_KNOWN = _BETWEEN.with_only_columns(changes.c.id)
_DECISIONS = select(changes.c.decisions).where(changes.c.id == bindparam("number")).with_for_update()
_SINCE = (
    select(*BRIEF, null().label("comparison"))
    .where(changes.c.watch_id == bindparam("watch"), changes.c.seen_at >= bindparam("since"))
    .order_by(changes.c.id.desc())
    .limit(bindparam("most"))
)
_HOW_MANY = select(func.count()).where(
    changes.c.watch_id == bindparam("watch"), changes.c.seen_at >= bindparam("since")
)
_NEWEST = (
    select(changes.c.id, changes.c.seen_at)
    .join(watches, watches.c.id == changes.c.watch_id)
    .where(watches.c.outlet == bindparam("outlet"), changes.c.seen_at >= bindparam("since"))
    .order_by(changes.c.id.desc())
    .limit(bindparam("most"))
)
_NEW = insert(changes)


def add(
    tx: Tx,
    watch_id: int,
    old_n: int,
    new_n: int,
    comparison: Comparison,
    seen_at: datetime,
    decisions: Mapping[str, Any] | None = None,
) -> Change:
    """Store what differs between two versions. The same pair again replaces comparison and decisions, not the number.

    ``decisions`` maps the name of a route to the JSON of its verdict.
    """
    values: dict[str, Any] = {
        "seen_at": seen_at,
        "severity": comparison.severity,
        "status": comparison.status,
        "kinds": comparison.kinds,
        "summary": comparison.summary,
        "flags": tuple(sorted(comparison.flags)),
        "words_added": comparison.counts.get("words_added", 0),
        "words_removed": comparison.counts.get("words_removed", 0),
        "decisions": dict(decisions or {}),
        "comparison": comparison_.to_json(comparison),
    }
    pair: dict[str, Any] = {"watch_id": watch_id, "old_n": old_n, "new_n": new_n}
    known = tx.execute(_KNOWN, {"watch": watch_id, "old": old_n, "new": new_n}).scalar_one_or_none()
    if known is None:
        known = rows.stored_as(tx.execute(_NEW, {**pair, **values}))
    else:
        rows.change(tx, changes, known, values)
    return Change(id=known, **pair, **values)


def get(tx: Tx, change_id: int) -> Change | None:
    """One change by its number."""
    row = tx.execute(_ONE, {"number": change_id}).first()
    return None if row is None else rows.load(Change, row)


def between(tx: Tx, watch_id: int, old_n: int, new_n: int) -> Change | None:
    """The change from one version to another."""
    row = tx.execute(_BETWEEN, {"watch": watch_id, "old": old_n, "new": new_n}).first()
    return None if row is None else rows.load(Change, row)


def list_(
    tx: Tx,
    *,
    watch_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    min_severity: Severity | None = None,
    desk: str | None = None,
    outlet: str | None = None,
    limit: int | None = 100,
    before_id: int | None = None,
    hidden: bool = True,
    brief: bool = False,
) -> list[Change]:
    """Changes, newest first. ``since`` is included, ``until`` is not; ``before_id`` pages on from the last one.

    ``hidden=False`` leaves out stories that were taken down. ``brief`` leaves ``comparison`` empty, which saves
    unpacking it: enough for lists.
    """
    wanted = select(*BRIEF, null().label("comparison")) if brief else select(*COLUMNS)
    if watch_id is not None:
        wanted = wanted.where(changes.c.watch_id == watch_id)
    if since is not None:
        wanted = wanted.where(changes.c.seen_at >= since)
    if until is not None:
        wanted = wanted.where(changes.c.seen_at < until)
    if min_severity is not None:
        wanted = wanted.where(changes.c.severity >= min_severity)
    if before_id is not None:
        wanted = wanted.where(changes.c.id < before_id)
    if desk is not None or outlet is not None or not hidden:
        wanted = wanted.join(watches, watches.c.id == changes.c.watch_id)
    if desk is not None:
        wanted = wanted.where(watches.c.desk == desk)
    if outlet is not None:
        wanted = wanted.where(watches.c.outlet == outlet)
    if not hidden:
        wanted = wanted.where(watches.c.hidden_reason.is_(None))
    wanted = wanted.order_by(changes.c.id.desc())
    if limit is not None:
        wanted = wanted.limit(limit)
    return [Change(**{**row._mapping, "comparison": row.comparison or {}}) for row in tx.execute(wanted)]


def since(tx: Tx, watch_id: int, moment: datetime, limit: int) -> list[Change]:
    """A story's newest changes since then, newest first, with ``comparison`` left empty."""
    found = tx.execute(_SINCE, {"watch": watch_id, "since": moment, "most": limit})
    return [Change(**{**row._mapping, "comparison": {}}) for row in found]


def count_since(tx: Tx, watch_id: int, moment: datetime) -> int:
    """How many changes a story had since then."""
    return int(tx.execute(_HOW_MANY, {"watch": watch_id, "since": moment}).scalar_one())


def newest_of(tx: Tx, outlet: str, since: datetime, limit: int) -> list[tuple[int, datetime]]:
    """Numbers and times of an outlet's newest changes since then, newest first, without unpacking any of them."""
    found = tx.execute(_NEWEST, {"outlet": outlet, "since": since, "most": limit})
    return [(int(row.id), row.seen_at) for row in found]


def set_decision(tx: Tx, change_id: int, route: str, decision: Mapping[str, Any]) -> None:
    """Remember what was decided for one route, beside the other routes' decisions. Raises NotFound."""
    set_decisions(tx, change_id, {route: decision})


def set_decisions(tx: Tx, change_id: int, decisions: Mapping[str, Mapping[str, Any]], *, fresh: bool = False) -> None:
    """The same for several routes at once. ``fresh``: there are none yet. Raises NotFound."""
    known: dict[str, Any] = {}
    if not fresh:
        row = tx.execute(_DECISIONS, {"number": change_id}).first()
        if row is None:
            raise NotFound("there is no such change", subject=str(change_id))
        known = row.decisions
    new = {route: dict(decision) for route, decision in decisions.items()}
    rows.change(tx, changes, change_id, {"decisions": {**known, **new}})
