"""Watches: the stories that are followed, and which of them are due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, literal_column, or_, select
from sqlalchemy import update as update_

from bot.core.model import Health, Watch, WatchState
from bot.store import rows, versions
from bot.store.database import Tx
from bot.store.tables import route_states, subscriptions, watches
from bot.store.versions import PastVersion

COLUMNS = rows.columns(watches, Watch)
LOOKED_AT = (WatchState.ACTIVE, WatchState.GONE)
"""States in which a due time counts."""
_ONE = select(*COLUMNS).where(watches.c.id == bindparam("number"))
_OF_KEY = select(*COLUMNS).where(watches.c.key_sha256 == bindparam("digest"))
_LOOKED_AT = or_(*(watches.c.state == literal_column(f"'{state.value}'") for state in LOOKED_AT))
_CLAIM = (
    update_(watches)
    .where(watches.c.id.in_(bindparam("claimed", expanding=True)))
    .values(next_check_at=bindparam("until"), leased_until=bindparam("until"), claimed_by=bindparam("holder"))
)
_NEXT = select(func.min(watches.c.next_check_at)).where(watches.c.state == bindparam("state"))
CHUNK = 500
"""Values in one IN list: well below the limits of both databases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedCheck:
    """A check that found nothing new. Validators that are None stay as they are; empty ones are cleared."""

    watch_id: int
    checked_at: datetime
    next_check_at: datetime | None
    etag: str | None = None
    last_modified: str | None = None
    quick_key: str | None = None
    body_hash: str | None = None
    charset: str | None = None


def add(
    tx: Tx,
    *,
    url: str,
    key: str,
    now: datetime,
    outlet: str = "",
    desk: str = "",
    label: str = "",
    every: int | None = None,
    min_severity: int | None = None,
    routes: Sequence[str] = (),
    profile: str = "story",
    origin: str = "cli",
    source_id: int | None = None,
    added_by: str = "",
    published_at: datetime | None = None,
    next_check_at: datetime | None = None,
) -> tuple[Watch, bool]:
    """Follow a story. Returns the watch and whether it is newly followed.

    A watch with the same ``key`` is returned as it is (False); one that was removed is followed again under its old
    number, with its old versions (True). Due at ``next_check_at``, else at once.
    """
    row = {
        "url": url,
        "key": key,
        "outlet": outlet,
        "desk": desk,
        "label": label,
        "every": every,
        "min_severity": min_severity,
        "routes": tuple(routes),
        "profile": profile,
        "origin": origin,
        "source_id": source_id,
        "added_by": added_by,
        "published_at": published_at,
        "next_check_at": next_check_at,
    }
    added, _ = add_many(tx, [row], now)
    watch = by_key(tx, key)
    assert watch is not None  # noqa: S101 - it was stored or found a line above
    return watch, bool(added)


def add_many(tx: Tx, new: Iterable[Mapping[str, Any]], now: datetime) -> tuple[int, int]:
    """Follow many stories at once: ``(newly followed, followed already)``. Rows hold the arguments of ``add``.

    ``url`` and ``key`` are required, the rest is optional. A key given twice is stored once.
    """
    wanted: dict[str, dict[str, Any]] = {}
    given = 0
    for row in new:
        given += 1
        wanted.setdefault(rows.sha256(row["key"]), _complete(row, now))
    known: dict[str, tuple[int, WatchState]] = {}
    for part in _chunks(list(wanted)):
        found = tx.execute(
            select(watches.c.key_sha256, watches.c.id, watches.c.state).where(watches.c.key_sha256.in_(part))
        )
        known.update({row.key_sha256: (row.id, row.state) for row in found})
    fresh = [row for digest, row in wanted.items() if digest not in known]
    if fresh:
        tx.execute(rows.insert_new(tx, watches), fresh)
    revived = [(number, wanted[digest]) for digest, (number, state) in known.items() if state is WatchState.REMOVED]
    for number, row in revived:
        tx.execute(update_(watches).where(watches.c.id == number).values(**row, failures=0, quiet_checks=0))
    added = len(fresh) + len(revived)
    return added, given - added


def get(tx: Tx, watch_id: int) -> Watch | None:
    """The watch with this number, removed ones too."""
    row = tx.execute(_ONE, {"number": watch_id}).first()
    return None if row is None else rows.load(Watch, row)


def find(tx: Tx, ref: str) -> Watch | None:
    """By what a person types: its number (``7`` or ``#7``), its key or its address. None where nothing fits."""
    ref = ref.strip()
    number = ref.removeprefix("#")
    if number.isascii() and number.isdigit():
        return get(tx, int(number)) if len(number) < 19 else None
    found = by_key(tx, ref)
    if found is None and ref:
        found = _one(tx, select(*COLUMNS).where(watches.c.url == ref).order_by(watches.c.id).limit(1))
    return found


def by_key(tx: Tx, key: str) -> Watch | None:
    """The watch of a canonical address, removed ones too."""
    row = tx.execute(_OF_KEY, {"digest": rows.sha256(key)}).first()
    return None if row is None else rows.load(Watch, row)


class Chosen(TypedDict, total=False):
    """Which watches are meant. A key left out, or None, chooses all; ``states`` left out: all but removed ones."""

    states: Collection[WatchState] | None
    desk: str | None
    outlet: str | None
    source_id: int | None
    health: Health | Collection[Health] | None
    search: str | None
    """Words to be found in the headline, the URL or the label."""


def list_(tx: Tx, *, limit: int | None = None, offset: int = 0, **chosen: Unpack[Chosen]) -> list[Watch]:
    """The chosen watches by number."""
    wanted = select(*COLUMNS).where(*_where(chosen)).order_by(watches.c.id)
    if limit is not None or offset:
        wanted = wanted.limit(limit if limit is not None else 2**31).offset(offset)
    return [rows.load(Watch, row) for row in tx.execute(wanted)]


def count(tx: Tx, **chosen: Unpack[Chosen]) -> int:
    """How many watches ``list_`` would give."""
    return int(tx.execute(select(func.count()).select_from(watches).where(*_where(chosen))).scalar_one())


def counts(tx: Tx) -> dict[tuple[WatchState, Health], int]:
    """How many watches there are of each state and health."""
    found = tx.execute(
        select(watches.c.state, watches.c.health, func.count()).group_by(watches.c.state, watches.c.health)
    )
    return {(row[0], row[1]): int(row[2]) for row in found}


def claim_due(
    tx: Tx,
    now: datetime,
    limit: int,
    lease: timedelta,
    skip_hosts: Collection[str] = (),
    per_host: int | None = None,
    host: str | None = None,
    holder: str = "",
) -> list[Watch]:
    """Take up to ``limit`` due watches, oldest due first, at most ``per_host`` of one host, or only those of ``host``.

    Their ``next_check_at`` moves to ``now + lease``: should this process die, they are due again then, or as soon as
    somebody who knows of the death calls ``release`` for its ``holder``. The watches returned still carry the due
    time they had. On PostgreSQL several workers claim side by side and never the same.
    """
    wanted = _claimable(bool(skip_hosts), host is not None, per_host is not None, tx.dialect.name == "sqlite")
    asked: dict[str, Any] = {"now": now, "most": limit, "skip": sorted(skip_hosts), "host": host, "per_host": per_host}
    ids = tx.execute(wanted, asked).scalars().all()
    claimed, damaged = rows.load_each(tx, watches, Watch, ids)
    for number in damaged:
        _mend(tx, number)
    if claimed:
        held = {"until": now + lease, "holder": holder or None}
        for start in range(0, len(claimed), CHUNK):
            tx.execute(_CLAIM, {**held, "claimed": [watch.id for watch in claimed[start : start + CHUNK]]})
    return claimed


@lru_cache(maxsize=16)
def _claimable(skip: bool, host: bool, per_host: bool, flat: bool) -> Select[Any]:
    """The numbers of due watches, oldest due first. ``flat``: rows cannot be locked, so one pass will do."""
    due: list[ColumnElement[bool]] = [_LOOKED_AT, watches.c.next_check_at <= bindparam("now")]
    if skip:
        due.append(watches.c.host.not_in(bindparam("skip", expanding=True)))
    if host:
        due.append(watches.c.host == bindparam("host"))
    order = (watches.c.next_check_at, watches.c.id)
    if not per_host:
        wanted = select(watches.c.id).where(*due).order_by(*order)
    else:
        place = func.row_number().over(partition_by=watches.c.host, order_by=order)
        ranked = select(*order, place.label("place")).where(*due).subquery()
        first = ranked.c.place <= bindparam("per_host")
        if flat:
            return (
                select(ranked.c.id).where(first).order_by(ranked.c.next_check_at, ranked.c.id).limit(bindparam("most"))
            )
        wanted = select(watches.c.id).where(*due, watches.c.id.in_(select(ranked.c.id).where(first))).order_by(*order)
    return wanted.limit(bindparam("most")).with_for_update(skip_locked=True, of=watches)


def release(tx: Tx, holder: str, now: datetime) -> int:
    """``holder`` died or gives up: what it claimed and did not finish is due at once. Returns how many."""
    held = (watches.c.claimed_by == holder, watches.c.next_check_at == watches.c.leased_until)
    return tx.execute(update_(watches).where(*held).values(next_check_at=now, claimed_by=None)).rowcount


def due_hosts(tx: Tx, now: datetime, limit: int, skip_hosts: Collection[str] = ()) -> dict[str, int]:
    """Hosts with due watches and how many each has, the longest overdue first."""
    wanted = (
        select(watches.c.host, func.count())
        .where(watches.c.state.in_(LOOKED_AT), watches.c.next_check_at <= now)
        .group_by(watches.c.host)
        .order_by(func.min(watches.c.next_check_at))
        .limit(limit)
    )
    if skip_hosts:
        wanted = wanted.where(watches.c.host.not_in(sorted(skip_hosts)))
    return {row[0]: int(row[1]) for row in tx.execute(wanted)}


def due_count(tx: Tx, now: datetime) -> int:
    """How many watches are due."""
    wanted = select(func.count()).where(watches.c.state.in_(LOOKED_AT), watches.c.next_check_at <= now)
    return int(tx.execute(wanted).scalar_one())


def _overdue(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (watches.c.state == WatchState.ACTIVE, watches.c.next_check_at < now, watches.c.last_checked_at.is_not(None))


def overdue_count(tx: Tx, now: datetime) -> int:
    """How many active stories were looked at before and should have been looked at again."""
    return int(tx.execute(select(func.count()).where(*_overdue(now))).scalar_one())


def overdue(tx: Tx, now: datetime, batch: int = 1_000) -> Iterator[list[Watch]]:
    """These stories, the most overdue first, so many at a time: a hundred thousand at once are 150 MB."""
    wanted = select(*COLUMNS).where(*_overdue(now)).order_by(watches.c.next_check_at, watches.c.id)
    for part in tx.execute(wanted, execution_options={"yield_per": batch}).partitions():
        yield [rows.load(Watch, row) for row in part]


def put_off(tx: Tx, due: Mapping[int, datetime]) -> None:
    """Give many stories another due time at once."""
    moved = update_(watches).where(watches.c.id == bindparam("moved")).values(next_check_at=bindparam("to"))
    left = iter(due.items())
    while part := [{"moved": number, "to": at} for number, at in islice(left, 1_000)]:
        tx.execute(moved, part)


def next_due(tx: Tx) -> datetime | None:
    """When the next watch is due; in the past where some are overdue; None where none ever is."""
    earliest = [tx.execute(_NEXT, {"state": state}).scalar_one() for state in LOOKED_AT]
    return min((moment for moment in earliest if moment is not None), default=None)


def update(tx: Tx, watch_id: int, **changed: Any) -> bool:
    """Write columns of one watch by name; False where there is no such watch. A new ``url`` or ``key`` brings its own.

    Raises KeyError for a column that does not exist.
    """
    if not changed:
        return get(tx, watch_id) is not None
    if "url" in changed:
        changed["host"] = rows.host_of(changed["url"])
    if "key" in changed:
        changed["key_sha256"] = rows.sha256(changed["key"])
    return rows.change(tx, watches, watch_id, changed)


def record_unchanged(tx: Tx, checks: Sequence[UnchangedCheck]) -> None:
    """Write the ends of many unchanged checks with one statement: times, validators, failures back to zero.

    Health is left alone, since a recovery is told; ``quiet_checks`` goes up by one.
    """
    if checks:
        tx.execute(_UNCHANGED, [_unchanged_values(check) for check in checks])


def remove(tx: Tx, watch_id: int, now: datetime) -> bool:
    """Stop following. Versions, changes and alerts stay; subscriptions and open route states go. False: unknown."""
    gone = tx.execute(
        update_(watches)
        .where(watches.c.id == watch_id, watches.c.state != WatchState.REMOVED)
        .values(state=WatchState.REMOVED, next_check_at=None, hold=None)
    )
    if gone.rowcount:
        tx.execute(delete(route_states).where(route_states.c.watch_id == watch_id))
        tx.execute(delete(subscriptions).where(subscriptions.c.watch_id == watch_id))
    return gone.rowcount == 1


def read_history(tx: Tx, watch_id: int) -> list[PastVersion]:
    """The last 50 versions, oldest first, without their texts: what the judge looks back on."""
    return versions.history(tx, watch_id)


def _mend(tx: Tx, watch_id: int) -> None:
    """Make a watch whose row is damaged readable again, and say so on it; it is looked at with the next claim."""
    spoilt = rows.mend(tx, watches, watch_id)
    words = f"its row in the database was damaged ({', '.join(spoilt)}); these were reset"
    update(tx, watch_id, last_error=words, last_error_kind="damaged")


def _complete(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    severity = row.get("min_severity")
    return {
        "url": row["url"],
        "key": row["key"],
        "key_sha256": rows.sha256(row["key"]),
        "host": rows.host_of(row["url"]),
        "outlet": row.get("outlet") or "",
        "desk": row.get("desk") or "",
        "label": row.get("label") or "",
        "state": WatchState.ACTIVE,
        "every": row.get("every"),
        "min_severity": None if severity is None else int(severity),
        "routes": tuple(row.get("routes") or ()),
        "profile": row.get("profile") or "story",
        "origin": row.get("origin") or "cli",
        "source_id": row.get("source_id"),
        "added_by": row.get("added_by") or "",
        "added_at": now,
        "published_at": row.get("published_at"),
        "next_check_at": row.get("next_check_at") or now,
    }


def _where(chosen: Chosen) -> list[ColumnElement[bool]]:
    states, health, search = chosen.get("states"), chosen.get("health"), chosen.get("search")
    named = ((watches.c.desk, chosen.get("desk")), (watches.c.outlet, chosen.get("outlet")))
    terms: list[ColumnElement[bool]] = [column == name for column, name in named if name is not None]
    terms.append(watches.c.state != WatchState.REMOVED if states is None else watches.c.state.in_(list(states)))
    if (source_id := chosen.get("source_id")) is not None:
        terms.append(watches.c.source_id == source_id)
    if health is not None:
        terms.append(watches.c.health.in_([health] if isinstance(health, Health) else list(health)))
    if search:
        pattern = rows.contains(search)
        places = (watches.c.headline, watches.c.url, watches.c.label)
        terms.append(or_(*(place.ilike(pattern, escape="\\") for place in places)))
    return terms


def _one(tx: Tx, wanted: Select[Any]) -> Watch | None:
    row = tx.execute(wanted).first()
    return None if row is None else rows.load(Watch, row)


def _chunks(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


KEPT = ("etag", "last_modified", "quick_key", "body_hash", "charset")


def _kept(name: str) -> ColumnElement[Any]:
    given = bindparam(f"new_{name}", type_=watches.c[name].type)
    return func.nullif(func.coalesce(given, watches.c[name]), "")


_UNCHANGED = (
    update_(watches)
    .where(watches.c.id == bindparam("checked"))
    .values(
        last_checked_at=bindparam("at"),
        last_success_at=bindparam("at"),
        next_check_at=bindparam("next"),
        failures=0,
        last_error=None,
        last_error_kind=None,
        failing_since=None,
        quiet_checks=watches.c.quiet_checks + 1,
        **{name: _kept(name) for name in KEPT},
    )
)


def _unchanged_values(check: UnchangedCheck) -> dict[str, Any]:
    values: dict[str, Any] = {"checked": check.watch_id, "at": check.checked_at, "next": check.next_check_at}
    values.update({f"new_{name}": getattr(check, name) for name in KEPT})
    return values
