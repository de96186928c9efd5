"""The outbox: every alert on its way, from the transaction that made it to the receipt of the other side.

pending -> leased -> sent | pending (try again) | dead. ``paused`` waits for its target, ``folded`` was told inside
another. An alert is claimed by one conditional UPDATE and carries a lease; whoever dies holding it loses it when the
lease ends, and the alert is claimed again, marked ``maybe_sent``. For each target alerts go out in the order in which
they were stored: a later one is never claimed while an earlier one is unsent.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, func, or_, select, update

from bot.core.model import Alert, AlertStatus, NewAlert, Target
from bot.errors import StoreError
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import alerts, targets

UNSENT = (AlertStatus.PENDING, AlertStatus.LEASED)
FIELDS = [name for name in Alert.__slots__ if name in alerts.c and name != "target"]
COLUMNS = [*(alerts.c[name] for name in FIELDS), alerts.c.channel, alerts.c.address]
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for each other when reading an id aloud."""


def add(tx: Tx, new: NewAlert, now: datetime) -> Alert | None:
    """Store an alert in the caller's transaction. None where its key was stored before, sent or not.

    For a target that is paused it is stored as paused and waits with the others.
    """
    either = [new.target.key, f"{new.target.channel}:*"]
    paused = tx.execute(_PAUSED_AMONG, {"either": either}).first() is not None
    row: dict[str, Any] = {
        "public_id": public_id(),
        "key": new.key,
        "kind": new.kind,
        "route": new.route,
        "severity": new.severity,
        "watch_id": new.watch_id,
        "change_id": new.change_id,
        "old_n": new.old_n,
        "new_n": new.new_n,
        "payload": dict(new.payload),
        "status": AlertStatus.PAUSED if paused else AlertStatus.PENDING,
        "created_at": now,
        "not_before": new.not_before,
        "next_try_at": max(now, new.not_before) if new.not_before else now,
    }
    target = {"channel": new.target.channel, "address": new.target.address, "target": new.target.key}
    fresh = _fresh(tx.dialect.name)
    stored = tx.execute(fresh, {**row, **target, "key_sha256": rows.sha256(new.key)}).scalar_one_or_none()
    return None if stored is None else Alert(id=stored, target=new.target, **row)


def claim(
    tx: Tx,
    now: datetime,
    limit: int,
    lease: timedelta,
    channels: Collection[str] | None = None,
    *,
    target: str | None = None,
    holder: str = "",
) -> list[Alert]:
    """Take up to ``limit`` alerts that may go out now, at most one per target, oldest first.

    Per target only the oldest unsent one is looked at; while it is leased or waits to be tried again, its target
    gets nothing else. Alerts that wait for a ``not_before`` (quiet hours) stand beside the queue until then and hold
    nobody up. Returned alerts are LEASED until ``now + lease``, with ``attempts`` already counted up, and
    ``maybe_sent`` where an earlier lease ran out. ``channels`` limits to ``slack``, ``email`` ..., ``target`` to one
    target's key. Several workers never get the same alert. ``holder`` names who claims, for ``abandon``.
    """
    wanted = _claimable(now, channels).with_only_columns(alerts.c.id, alerts.c.status).order_by(alerts.c.id)
    if target is not None:
        wanted = wanted.where(alerts.c.target == target)
    found = tx.execute(wanted.limit(limit).with_for_update(skip_locked=True, of=alerts)).all()
    if not found:
        return []
    this = bindparam("this", type_=alerts.c.first_try_at.type)
    tx.execute(
        update(alerts)
        .where(alerts.c.id == bindparam("claimed"))
        .values(
            status=AlertStatus.LEASED,
            leased_until=bindparam("until"),
            claimed_by=bindparam("holder"),
            attempts=alerts.c.attempts + 1,
            first_try_at=case((alerts.c.attempts > 0, func.coalesce(alerts.c.first_try_at, this)), else_=this),
            maybe_sent=or_(alerts.c.maybe_sent, bindparam("lost")),
        ),
        [
            {
                "claimed": row.id,
                "until": now + lease,
                "this": now,
                "holder": holder or None,
                "lost": row.status is AlertStatus.LEASED,
            }
            for row in found
        ],
    )
    taken, damaged = _load_each(tx, [row.id for row in found])
    for number in damaged:
        rows.mend(tx, alerts, number)
        dead(tx, number, "its row in the database was damaged; what it was to tell is lost", now)
    return taken


def ready_targets(tx: Tx, now: datetime, limit: int, channels: Collection[str] | None = None) -> list[str]:
    """Keys of targets for which ``claim`` would give something now, the one that waits longest first."""
    wanted = _claimable(now, channels).with_only_columns(alerts.c.target).order_by(alerts.c.id).limit(limit)
    return list(tx.execute(wanted).scalars())


def abandon(tx: Tx, holder: str, now: datetime) -> int:
    """``holder`` died: what it was sending may have arrived or not (``maybe_sent``) and is claimable at once."""
    done = tx.execute(
        update(alerts)
        .where(alerts.c.claimed_by == holder, alerts.c.status == AlertStatus.LEASED)
        .values(status=_pending_or_paused(), next_try_at=now, leased_until=None, claimed_by=None, maybe_sent=True)
    )
    return done.rowcount


def extend(tx: Tx, alert_ids: Sequence[int], until: datetime) -> None:
    """Keep the lease of alerts that are being worked on longer than planned."""
    tx.execute(
        update(alerts)
        .where(alerts.c.id.in_(list(alert_ids)), alerts.c.status == AlertStatus.LEASED)
        .values(leased_until=until)
    )


def release(tx: Tx, alert_ids: Sequence[int], now: datetime) -> None:
    """Give back claimed alerts that were not tried (a clean stop): at once claimable, the attempt uncounted."""
    tx.execute(
        update(alerts)
        .where(alerts.c.id.in_(list(alert_ids)), alerts.c.status == AlertStatus.LEASED)
        .values(
            status=AlertStatus.PENDING,
            leased_until=None,
            next_try_at=now,
            attempts=case((alerts.c.attempts > 0, alerts.c.attempts - 1), else_=0),
        )
    )


def sent(tx: Tx, alert_id: int, receipt: Mapping[str, Any] | None, now: datetime) -> bool:
    """It went out; ``receipt`` is what the other side said. Whatever state it was in, it is sent now."""
    return _set(tx, alert_id, status=AlertStatus.SENT, sent_at=now, receipt=receipt, leased_until=None, last_error=None)


def retry(
    tx: Tx, alert_id: int, next_try_at: datetime, error: str, *, maybe_sent: bool = False, anew: bool = False
) -> bool:
    """It did not go out, or nobody knows (``maybe_sent``): try again at ``next_try_at``. Sent ones stay sent.

    ``anew``: it is not this alert's fault, and its time for trying begins with the next try.
    """
    values: dict[str, Any] = {
        "status": _pending_or_paused(),
        "next_try_at": next_try_at,
        "leased_until": None,
        "last_error": error,
    }
    if maybe_sent:
        values["maybe_sent"] = True
    if anew:
        values["first_try_at"] = None
    return _set(tx, alert_id, unless=(AlertStatus.SENT,), **values)


def dead(tx: Tx, alert_id: int, error: str, now: datetime) -> bool:
    """Give up on it; ``now`` is kept as the time of the last try. ``requeue`` wakes it."""
    return _set(
        tx,
        alert_id,
        unless=(AlertStatus.SENT,),
        status=AlertStatus.DEAD,
        next_try_at=now,
        leased_until=None,
        last_error=error,
    )


def fold(tx: Tx, alert_ids: Sequence[int], into_id: int) -> int:
    """These are told inside the alert ``into_id`` and do not go out by themselves. Returns how many were unsent."""
    done = tx.execute(
        update(alerts)
        .where(
            alerts.c.id.in_(list(alert_ids)),
            alerts.c.id != into_id,
            alerts.c.status.in_([*UNSENT, AlertStatus.PAUSED]),
        )
        .values(status=AlertStatus.FOLDED, folded_into=into_id, leased_until=None)
    )
    return done.rowcount


def folded(tx: Tx, into_id: int) -> list[Alert]:
    """What was folded into an alert, oldest first."""
    wanted = select(*COLUMNS).where(alerts.c.folded_into == into_id).order_by(alerts.c.id)
    return [_alert(row) for row in tx.execute(wanted)]


def requeue(tx: Tx, alert_id: int, now: datetime) -> bool:
    """Send a dead, paused or waiting alert at the next chance, attempts counted anew. False for sent ones."""
    return _set(
        tx,
        alert_id,
        unless=(AlertStatus.SENT, AlertStatus.LEASED),
        status=AlertStatus.PENDING,
        attempts=0,
        next_try_at=now,
        not_before=None,
        leased_until=None,
        folded_into=None,
    )


def get(tx: Tx, alert_id: int) -> Alert | None:
    """One alert by its number."""
    row = tx.execute(select(*COLUMNS).where(alerts.c.id == alert_id)).first()
    return None if row is None else _alert(row)


def by_public_id(tx: Tx, public_id: str) -> Alert | None:
    """One alert by the opaque id in its buttons and links."""
    row = tx.execute(select(*COLUMNS).where(alerts.c.public_id == public_id)).first()
    return None if row is None else _alert(row)


def by_key(tx: Tx, key: str) -> Alert | None:
    """One alert by its identity."""
    row = tx.execute(select(*COLUMNS).where(alerts.c.key_sha256 == rows.sha256(key))).first()
    return None if row is None else _alert(row)


def list_(
    tx: Tx,
    *,
    status: AlertStatus | Collection[AlertStatus] | None = None,
    target: str | None = None,
    watch_id: int | None = None,
    since: datetime | None = None,
    limit: int | None = 100,
    oldest_first: bool = False,
) -> list[Alert]:
    """Alerts, newest first (or ``oldest_first``). ``since`` counts from their making."""
    wanted = select(*COLUMNS)
    if status is not None:
        wanted = wanted.where(alerts.c.status.in_([status] if isinstance(status, AlertStatus) else list(status)))
    if target is not None:
        wanted = wanted.where(alerts.c.target == target)
    if watch_id is not None:
        wanted = wanted.where(alerts.c.watch_id == watch_id)
    if since is not None:
        wanted = wanted.where(alerts.c.created_at >= since)
    wanted = wanted.order_by(alerts.c.id if oldest_first else alerts.c.id.desc())
    return [_alert(row) for row in tx.execute(wanted.limit(limit) if limit is not None else wanted)]


def held(tx: Tx, after: datetime, until: datetime) -> list[Alert]:
    """Unsent alerts that are held back and released between the two moments, oldest first."""
    wanted = select(*COLUMNS).where(
        alerts.c.status == AlertStatus.PENDING, alerts.c.not_before > after, alerts.c.not_before <= until
    )
    return [_alert(row) for row in tx.execute(wanted.order_by(alerts.c.id))]


def counts(tx: Tx, now: datetime) -> dict[str, float]:
    """How many alerts there are by status, and under ``oldest_age`` the seconds the oldest one waits that is due."""
    found = tx.execute(select(alerts.c.status, func.count()).group_by(alerts.c.status))
    numbers: dict[str, float] = {status.value: 0 for status in AlertStatus}
    numbers.update({row[0].value: row[1] for row in found})
    due_since = func.min(func.coalesce(alerts.c.not_before, alerts.c.created_at, type_=alerts.c.created_at.type))
    oldest = tx.execute(
        select(due_since).where(
            alerts.c.status.in_(UNSENT), or_(alerts.c.not_before.is_(None), alerts.c.not_before <= now)
        )
    ).scalar_one()
    numbers["oldest_age"] = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return numbers


def next_try(tx: Tx) -> datetime | None:
    """The earliest moment at which an unsent alert may be claimable; None where all is told."""
    pending = select(func.min(alerts.c.next_try_at)).where(alerts.c.status == AlertStatus.PENDING)
    leased = select(func.min(alerts.c.leased_until)).where(alerts.c.status == AlertStatus.LEASED)
    moments = [tx.execute(wanted).scalar_one() for wanted in (pending, leased)]
    return min((moment for moment in moments if moment is not None), default=None)


def public_id() -> str:
    """A new opaque id: ``a_`` and 12 letters (60 bits), unguessable and readable aloud."""
    return "a_" + "".join(secrets.choice(ALPHABET) for _ in range(12))


def _claimable(now: datetime, channels: Collection[str] | None) -> Select[Any]:
    """Per target the oldest unsent alert, where it may go out now."""
    in_line = or_(alerts.c.not_before.is_(None), alerts.c.not_before <= now)
    front = select(func.min(alerts.c.id)).where(alerts.c.status.in_(UNSENT), in_line).group_by(alerts.c.target)
    ready = or_(
        (alerts.c.status == AlertStatus.PENDING) & (alerts.c.next_try_at <= now),
        (alerts.c.status == AlertStatus.LEASED) & (alerts.c.leased_until <= now),
    )
    stopped = select(targets.c.key).where(
        _PAUSED, or_(targets.c.key == alerts.c.target, targets.c.key == alerts.c.channel + ":*")
    )
    wanted = select(alerts).where(alerts.c.id.in_(front), ready, ~stopped.correlate(alerts).exists())
    return wanted if channels is None else wanted.where(alerts.c.channel.in_(list(channels)))


_PAUSED = targets.c.paused_at.is_not(None)


_PAUSED_AMONG = select(targets.c.key).where(_PAUSED, targets.c.key.in_(bindparam("either", expanding=True)))


@lru_cache(maxsize=4)
def _fresh(dialect: str) -> Any:
    return rows.new_of(dialect, alerts).returning(alerts.c.id)


def _pending_or_paused() -> ColumnElement[Any]:
    """A retried alert whose target was paused in the meantime waits with the others."""
    paused = (
        select(targets.c.key)
        .where(_PAUSED, or_(targets.c.key == alerts.c.target, targets.c.key == alerts.c.channel + ":*"))
        .correlate(alerts)
        .exists()
    )
    return case((paused, AlertStatus.PAUSED.value), else_=AlertStatus.PENDING.value)


def _load_each(tx: Tx, ids: Sequence[int]) -> tuple[list[Alert], list[int]]:
    """Alerts with these ids, and the ids of those that are damaged: one must not hide the others."""
    wanted = select(*COLUMNS).order_by(alerts.c.id)
    try:
        return [_alert(row) for row in tx.execute(wanted.where(alerts.c.id.in_(ids)))], []
    except (StoreError, ValueError, TypeError):
        sound: list[Alert] = []
        for number in ids:
            with contextlib.suppress(StoreError, ValueError, TypeError):
                sound += [_alert(row) for row in tx.execute(wanted.where(alerts.c.id == number))]
        known = {alert.id for alert in sound}
        return sound, [number for number in ids if number not in known]


def _set(tx: Tx, alert_id: int, unless: Sequence[AlertStatus] = (), **values: Any) -> bool:
    wanted = update(alerts).where(alerts.c.id == alert_id)
    if unless:
        wanted = wanted.where(alerts.c.status.not_in(list(unless)))
    return tx.execute(wanted.values(**values)).rowcount == 1


def _alert(row: Row[Any]) -> Alert:
    values = dict(row._mapping)
    target = Target(channel=values.pop("channel"), address=values.pop("address"))
    return Alert(target=target, **values)
