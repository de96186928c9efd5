"""What the web view shows: lists of stories, their last change, and which names there are to filter by.

Read models: each is one or two queries over indexes, never a story's text. Stories that were taken down are in none of
them; ``hidden`` answers for those.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, update

from bot.core.comparison import Severity
from bot.core.model import AlertStatus, Change, Health, Watch, WatchState
from bot.errors import NotFound, UsageError
from bot.store import rows, search
from bot.store.database import Tx
from bot.store.tables import alerts, changes, versions, watches

PAGE = 50
"""Stories on one page."""
COUNTED = 2_000
"""Counting stops here: nobody reads page forty, and a filtered count looks at every story."""
NAMES = 200
"""Outlets or desks offered to choose from."""

_STORY = rows.columns(watches, Watch)
_BRIEF = [column for column in rows.columns(changes, Change) if column.key not in ("comparison", "decisions")]
_LATEST = func.coalesce(watches.c.last_changed_at, watches.c.added_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which stories. Empty means any; ``since`` is included, ``until`` is not.

    ``min_severity`` with dates wants a change of that level in that time; dates alone want any change in it.
    """

    terms: tuple[search.Term, ...] = ()
    outlet: str = ""
    desk: str = ""
    min_severity: Severity | None = None
    since: datetime | None = None
    until: datetime | None = None
    states: tuple[WatchState, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """One story in a list, with its last change (None: never changed) and the lines a search found in it."""

    watch: Watch
    change: Change | None = None
    lines: tuple[search.Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    """One page of a list. ``total`` stops at COUNTED."""

    stories: tuple[StoryLine, ...]
    total: int
    offset: int

    @property
    def more(self) -> bool:
        """Whether a next page exists."""
        return self.offset + len(self.stories) < self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Outlets and desks that have stories, each with how many, most first."""

    outlets: tuple[tuple[str, int], ...]
    desks: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A story that was taken down."""

    watch_id: int
    reason: str
    at: datetime | None


def stories(tx: Tx, wanted: Filter, *, offset: int = 0, limit: int = PAGE) -> StoryPage:
    """Stories, the one that changed (or was added) last first."""
    terms = _where(tx, wanted)
    query = select(*_STORY).where(*terms).order_by(_LATEST.desc(), watches.c.id.desc()).limit(limit).offset(offset)
    found = [rows.load(Watch, row) for row in tx.execute(query)]
    if offset == 0 and len(found) < limit:
        total = len(found)
    else:
        some = select(literal(1)).select_from(watches).where(*terms).limit(COUNTED).subquery()
        total = int(tx.execute(select(func.count()).select_from(some)).scalar_one())
    ids = [watch.id for watch in found]
    last = last_changes(tx, ids)
    hits = search.lines_of(tx, ids) if wanted.terms else {}
    return StoryPage(
        stories=tuple(
            StoryLine(watch=watch, change=last.get(watch.id), lines=hits.get(watch.id, ())) for watch in found
        ),
        total=total,
        offset=offset,
    )


def last_changes(tx: Tx, watch_ids: list[int]) -> dict[int, Change]:
    """The last change of each story, without its comparison."""
    if not watch_ids:
        return {}
    newest = select(func.max(changes.c.id)).where(changes.c.watch_id.in_(watch_ids)).group_by(changes.c.watch_id)
    query = select(*_BRIEF).where(changes.c.id.in_(newest))
    return {row.watch_id: rows.load(Change, row) for row in tx.execute(query)}


def changes_of(tx: Tx, watch_id: int) -> dict[int, Change]:
    """Every change of a story between neighbouring versions, by the number of the later one, without comparisons."""
    query = select(*_BRIEF).where(changes.c.watch_id == watch_id, changes.c.old_n == changes.c.new_n - 1)
    return {row.new_n: rows.load(Change, row) for row in tx.execute(query)}


def recent_changes(
    tx: Tx,
    *,
    watch_id: int | None = None,
    desk: str = "",
    outlet: str = "",
    min_severity: Severity | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> list[tuple[Change, Watch]]:
    """The latest changes above trivial with their stories, newest first, without comparisons: what a feed lists."""
    level = Severity.MINOR if min_severity is None else min_severity
    # A plain join from the newest change back: the planner must not start from the stories.
    query = (
        select(*_BRIEF, *(column.label(f"of_{column.key}") for column in _STORY))
        .join(watches, watches.c.id == changes.c.watch_id)
        .where(changes.c.severity >= level, watches.c.hidden_reason.is_(None))
        .order_by(changes.c.seen_at.desc(), changes.c.id.desc())
        .limit(limit)
    )
    if watch_id is not None:
        query = query.where(changes.c.watch_id == watch_id)
    if desk:
        query = query.where(watches.c.desk == desk)
    if outlet:
        query = query.where(watches.c.outlet == outlet)
    if since is not None:
        query = query.where(changes.c.seen_at >= since)
    if until is not None:
        query = query.where(changes.c.seen_at < until)
    found = []
    for row in tx.execute(query):
        change = {str(column.key): row._mapping[column] for column in _BRIEF}
        watch = {str(column.key): row._mapping[f"of_{column.key}"] for column in _STORY}
        found.append((Change(**change), Watch(**watch)))
    return found


def names(tx: Tx) -> Names:
    """Outlets and desks to choose from, at most NAMES of each."""
    return Names(outlets=_counted(tx, watches.c.outlet), desks=_counted(tx, watches.c.desk))


def last_check(tx: Tx) -> datetime | None:
    """When any story was looked at last."""
    found: datetime | None = tx.execute(select(func.max(watches.c.last_checked_at))).scalar_one_or_none()
    return found


def first_seen(tx: Tx, watch_id: int) -> datetime | None:
    """When the first version was seen."""
    query = select(versions.c.seen_at).where(versions.c.watch_id == watch_id).order_by(versions.c.n).limit(1)
    found: datetime | None = tx.execute(query).scalar_one_or_none()
    return found


def hidden(tx: Tx, watch_id: int) -> Hidden | None:
    """Why and when a story was taken down, None where it was not."""
    query = select(watches.c.hidden_reason, watches.c.hidden_at).where(watches.c.id == watch_id)
    row = tx.execute(query).first()
    if row is None or row.hidden_reason is None:
        return None
    return Hidden(watch_id=watch_id, reason=row.hidden_reason, at=row.hidden_at)


def hidden_among(tx: Tx, watch_ids: Collection[int]) -> frozenset[int]:
    """Which of these stories were taken down."""
    wanted = select(watches.c.id).where(watches.c.id.in_(list(watch_ids)), watches.c.hidden_reason.is_not(None))
    return frozenset(tx.execute(wanted).scalars())


def hide(tx: Tx, watch_id: int, *, reason: str, by: str, now: datetime) -> None:
    """Take a story down: it leaves pages, feeds and search; its versions stay. Again replaces the reason.

    Raises UsageError without a reason, NotFound for an unknown story.
    """
    if not reason.strip():
        raise UsageError("say why: a reason is shown to whoever asks for the story")
    values = {"hidden_reason": reason.strip(), "hidden_at": now, "hidden_by": by}
    if tx.execute(update(watches).where(watches.c.id == watch_id).values(**values)).rowcount == 0:
        raise NotFound("there is no such story", subject=str(watch_id))


def unhide(tx: Tx, watch_id: int) -> bool:
    """Show it again. False where it was not hidden."""
    values = {"hidden_reason": None, "hidden_at": None, "hidden_by": ""}
    query = update(watches).where(watches.c.id == watch_id, watches.c.hidden_reason.is_not(None)).values(**values)
    return tx.execute(query).rowcount == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What a scrape reads: stories by state and health, alerts by status, the age of the oldest one due (seconds)."""

    watches: Mapping[tuple[WatchState, Health], int]
    outbox: Mapping[AlertStatus, int]
    oldest_due_seconds: float
    overdue: int


def gauges(tx: Tx, now: datetime) -> Gauges:
    """Counted afresh; a few milliseconds with ten thousand stories."""
    by_state = select(watches.c.state, watches.c.health, func.count()).group_by(watches.c.state, watches.c.health)
    open_ = (AlertStatus.PENDING, AlertStatus.LEASED, AlertStatus.DEAD, AlertStatus.PAUSED)
    by_status = select(alerts.c.status, func.count()).where(alerts.c.status.in_(open_)).group_by(alerts.c.status)
    oldest = select(func.min(func.coalesce(alerts.c.not_before, alerts.c.created_at))).where(
        alerts.c.status.in_((AlertStatus.PENDING, AlertStatus.LEASED)),
        or_(alerts.c.not_before.is_(None), alerts.c.not_before <= now),
    )
    due = select(func.count()).where(watches.c.state == WatchState.ACTIVE, watches.c.next_check_at < now)
    since: datetime | None = tx.execute(oldest).scalar_one_or_none()
    return Gauges(
        watches={(state, health): count for state, health, count in tx.execute(by_state)},
        outbox={row[0]: row[1] for row in tx.execute(by_status)},
        oldest_due_seconds=max(0.0, (now - since).total_seconds()) if since else 0.0,
        overdue=int(tx.execute(due).scalar_one()),
    )


def _where(tx: Tx, wanted: Filter) -> list[ColumnElement[bool]]:
    terms: list[ColumnElement[bool]] = [watches.c.hidden_reason.is_(None)]
    if wanted.states:
        terms.append(watches.c.state.in_(wanted.states))
    elif not wanted.terms:
        terms.append(watches.c.state != WatchState.REMOVED)
    if wanted.terms:
        terms.append(watches.c.id.in_(search.matching(tx, wanted.terms)))
    if wanted.outlet:
        terms.append(watches.c.outlet == wanted.outlet)
    if wanted.desk:
        terms.append(watches.c.desk == wanted.desk)
    if wanted.min_severity is not None or wanted.since is not None or wanted.until is not None:
        terms.append(_changed(wanted))
    return terms


def _changed(wanted: Filter) -> ColumnElement[bool]:
    inner: Select[Any] = select(changes.c.id).where(changes.c.watch_id == watches.c.id)
    if wanted.min_severity is not None:
        inner = inner.where(changes.c.severity >= wanted.min_severity)
    if wanted.since is not None:
        inner = inner.where(changes.c.seen_at >= wanted.since)
    if wanted.until is not None:
        inner = inner.where(changes.c.seen_at < wanted.until)
    return exists(inner)


def _counted(tx: Tx, column: ColumnElement[str]) -> tuple[tuple[str, int], ...]:
    count = func.count().label("stories")
    query = (
        select(column, count)
        .where(watches.c.hidden_reason.is_(None), watches.c.state != WatchState.REMOVED, column != "")
        .group_by(column)
        .order_by(count.desc(), column)
        .limit(NAMES)
    )
    return tuple((name, number) for name, number in tx.execute(query))
