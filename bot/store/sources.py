"""Sources: feeds, sitemaps and section pages, which of them are due, and the links they have shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy import update as update_

from bot.core.model import Health, Source, SourceKind, WatchState
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import source_links, sources

COLUMNS = rows.columns(sources, Source)
CHUNK = 400


def add(
    tx: Tx,
    *,
    url: str,
    kind: SourceKind,
    now: datetime,
    title: str = "",
    outlet: str = "",
    desk: str = "",
    routes: Sequence[str] = (),
    every: int | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    max_new_per_check: int = 50,
    max_age_days: int = 7,
    origin: str = "cli",
    added_by: str = "",
    next_check_at: datetime | None = None,
) -> tuple[Source, bool]:
    """Follow a source. Returns it and whether it is newly followed; one removed before is followed again."""
    values = {
        "url": url,
        "url_sha256": rows.sha256(url),
        "host": rows.host_of(url),
        "kind": kind,
        "title": title,
        "outlet": outlet,
        "desk": desk,
        "routes": tuple(routes),
        "every": every,
        "include": tuple(include),
        "exclude": tuple(exclude),
        "max_new_per_check": max_new_per_check,
        "max_age_days": max_age_days,
        "origin": origin,
        "added_by": added_by,
        "added_at": now,
        "state": WatchState.ACTIVE,
        "next_check_at": next_check_at or now,
    }
    known = _by_url(tx, url)
    if known is not None and known.state is not WatchState.REMOVED:
        return known, False
    if known is None:
        tx.execute(rows.insert_new(tx, sources).values(values))
    else:
        tx.execute(update_(sources).where(sources.c.id == known.id).values(**values, failures=0))
    stored = _by_url(tx, url)
    assert stored is not None  # noqa: S101 - stored a line above
    return stored, True


def get(tx: Tx, source_id: int) -> Source | None:
    """One source by its number, removed ones too."""
    return _one(tx, sources.c.id == source_id)


def find(tx: Tx, ref: str) -> Source | None:
    """By number (``3`` or ``#3``) or address."""
    ref = ref.strip()
    number = ref.removeprefix("#")
    if number.isascii() and number.isdigit():
        return get(tx, int(number)) if len(number) < 19 else None
    return _by_url(tx, ref)


def list_(
    tx: Tx,
    *,
    states: Collection[WatchState] | None = None,
    desk: str | None = None,
    outlet: str | None = None,
    health: Health | None = None,
    host: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Source]:
    """Sources by number. ``states`` None means all but removed ones."""
    wanted = select(*COLUMNS).order_by(sources.c.id)
    if states is None:
        wanted = wanted.where(sources.c.state != WatchState.REMOVED)
    else:
        wanted = wanted.where(sources.c.state.in_(list(states)))
    if desk is not None:
        wanted = wanted.where(sources.c.desk == desk)
    if outlet is not None:
        wanted = wanted.where(sources.c.outlet == outlet)
    if health is not None:
        wanted = wanted.where(sources.c.health == health)
    if host is not None:
        wanted = wanted.where(sources.c.host == host)
    if limit is not None or offset:
        wanted = wanted.limit(limit if limit is not None else 2**31).offset(offset)
    return [rows.load(Source, row) for row in tx.execute(wanted)]


def claim_due(tx: Tx, now: datetime, limit: int, lease: timedelta, skip_hosts: Collection[str] = ()) -> list[Source]:
    """Take up to ``limit`` due sources, oldest due first; their due time moves to ``now + lease`` as for watches."""
    wanted = select(*COLUMNS).where(sources.c.state == WatchState.ACTIVE, sources.c.next_check_at <= now)
    if skip_hosts:
        wanted = wanted.where(sources.c.host.not_in(sorted(skip_hosts)))
    wanted = wanted.order_by(sources.c.next_check_at, sources.c.id).limit(limit)
    claimed = [rows.load(Source, row) for row in tx.execute(wanted.with_for_update(skip_locked=True))]
    if claimed:
        tx.execute(
            update_(sources)
            .where(sources.c.id.in_([source.id for source in claimed]))
            .values(next_check_at=now + lease)
        )
    return claimed


def next_due(tx: Tx) -> datetime | None:
    """When the next source is due; in the past where some are overdue; None where none ever is."""
    wanted = select(func.min(sources.c.next_check_at)).where(sources.c.state == WatchState.ACTIVE)
    moment: datetime | None = tx.execute(wanted).scalar_one()
    return moment


def update(tx: Tx, source_id: int, **changed: Any) -> bool:
    """Write columns by name; False where there is no such source. KeyError for an unknown column."""
    if "url" in changed:
        changed["host"] = rows.host_of(changed["url"])
        changed["url_sha256"] = rows.sha256(changed["url"])
    values = {sources.c[name].name: value for name, value in changed.items()}
    wanted = update_(sources).where(sources.c.id == source_id)
    return bool(values) and tx.execute(wanted.values(values)).rowcount == 1


def remove(tx: Tx, source_id: int, now: datetime) -> bool:
    """Stop discovering from it. The stories it showed stay followed."""
    gone = tx.execute(
        update_(sources)
        .where(sources.c.id == source_id, sources.c.state != WatchState.REMOVED)
        .values(state=WatchState.REMOVED, next_check_at=None)
    )
    return gone.rowcount == 1


def seen_links(tx: Tx, source_id: int, keys: Iterable[str]) -> set[str]:
    """Which of these canonical addresses the source has shown before."""
    digests = {rows.sha256(key): key for key in keys}
    known: set[str] = set()
    ordered = list(digests)
    for start in range(0, len(ordered), CHUNK):
        found = tx.execute(
            select(source_links.c.link_sha256).where(
                source_links.c.source_id == source_id,
                source_links.c.link_sha256.in_(ordered[start : start + CHUNK]),
            )
        )
        known.update(digests[row.link_sha256] for row in found)
    return known


def remember_links(tx: Tx, source_id: int, keys: Iterable[str], now: datetime) -> int:
    """The source shows these now. Known ones get the new time, so that ``prune`` drops only what is long gone."""
    wanted = list(dict.fromkeys(keys))
    known = seen_links(tx, source_id, wanted)
    fresh = [
        {"source_id": source_id, "link_sha256": rows.sha256(key), "seen_at": now} for key in wanted if key not in known
    ]
    if fresh:
        tx.execute(rows.insert_new(tx, source_links), fresh)
    again = [rows.sha256(key) for key in wanted if key in known]
    for start in range(0, len(again), CHUNK):
        tx.execute(
            update_(source_links)
            .where(
                source_links.c.source_id == source_id,
                source_links.c.link_sha256.in_(again[start : start + CHUNK]),
                source_links.c.seen_at < now - timedelta(hours=12),
            )
            .values(seen_at=now)
        )
    return len(fresh)


def forget_links(tx: Tx, before: datetime) -> int:
    """Drop links no source has shown since ``before``."""
    return tx.execute(delete(source_links).where(source_links.c.seen_at < before)).rowcount


def _by_url(tx: Tx, url: str) -> Source | None:
    return _one(tx, sources.c.url_sha256 == rows.sha256(url))


def _one(tx: Tx, term: ColumnElement[bool]) -> Source | None:
    row = tx.execute(select(*COLUMNS).where(term)).first()
    return None if row is None else rows.load(Source, row)
