"""Hosts: what was learnt about each site's server, and what of ours it serves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from bot.core.model import Health, WatchState
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import hosts, watches


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """One host as remembered. ``robots`` is the file's text (None: never fetched); ``crawl_delay`` is in seconds.

    Nothing is fetched from it before ``retry_after``. ``state`` is free for what politeness wants to keep.
    """

    host: str
    robots: str | None = None
    robots_status: int | None = None
    robots_fetched_at: datetime | None = None
    robots_expires_at: datetime | None = None
    retry_after: datetime | None = None
    crawl_delay: float | None = None
    failures: int = 0
    last_failure_at: datetime | None = None
    last_success_at: datetime | None = None
    state: Mapping[str, Any]


COLUMNS = rows.columns(hosts, HostState)


def get(tx: Tx, host: str) -> HostState | None:
    """What is known of a host, None where nothing is."""
    row = tx.execute(select(*COLUMNS).where(hosts.c.host == host)).first()
    return None if row is None else rows.load(HostState, row)


def list_(tx: Tx) -> list[HostState]:
    """Every host anything is known of, by name."""
    return [rows.load(HostState, row) for row in tx.execute(select(*COLUMNS).order_by(hosts.c.host))]


def put(tx: Tx, host: str, **changed: Any) -> None:
    """Write columns by name; the host is made known where it was not. KeyError for an unknown column."""
    values = {hosts.c[name].name: value for name, value in changed.items()}
    rows.put(tx, hosts, {"host": host}, values)


def leave_alone(tx: Tx, host: str, until: datetime) -> None:
    """It asked for a pause (Retry-After). A longer pause asked for earlier stands."""
    known = get(tx, host)
    if known is None or known.retry_after is None or known.retry_after < until:
        put(tx, host, retry_after=until)


def left_alone(tx: Tx, now: datetime) -> dict[str, datetime]:
    """Hosts that may not be asked yet, and until when: give the names to ``watches.claim_due(skip_hosts=...)``."""
    found = tx.execute(select(hosts.c.host, hosts.c.retry_after).where(hosts.c.retry_after > now))
    return {row.host: row.retry_after for row in found}


def not_asked(tx: Tx, now: datetime) -> set[str]:
    """Hosts that asked for a pause or did not answer lately: that their stories are overdue says nothing about us."""
    waits = or_(hosts.c.retry_after > now, hosts.c.failures > 0)
    return set(tx.execute(select(hosts.c.host).where(waits)).scalars())


def name_of(url: str) -> str:
    """The host of an address as the store keeps it; empty where there is none."""
    return rows.host_of(url)


def stories(tx: Tx, host: str, *, health: Collection[Health] = (), but: int = 0) -> int:
    """How many stories of a host are looked at; with ``health``, how many in one of these states. One is left out."""
    wanted = select(func.count()).where(
        watches.c.host == host, watches.c.state == WatchState.ACTIVE, watches.c.id != but
    )
    if health:
        wanted = wanted.where(watches.c.health.in_(list(health)))
    return int(tx.execute(wanted).scalar_one())


def told(tx: Tx, host: str, *, health: Collection[Health], but: int = 0, limit: int = 50) -> list[Mapping[str, Any]]:
    """What was told of the newest stories of a host that are in one of these states."""
    wanted = (
        select(watches.c.told)
        .where(
            watches.c.host == host,
            watches.c.state == WatchState.ACTIVE,
            watches.c.id != but,
            watches.c.health.in_(list(health)),
        )
        .order_by(watches.c.id.desc())
    )
    return list(tx.execute(wanted.limit(limit)).scalars())


def silent(tx: Tx) -> set[str]:
    """Hosts that did not answer when they were last asked."""
    return set(tx.execute(select(hosts.c.host).where(hosts.c.failures > 0)).scalars())
