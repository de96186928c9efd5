"""Targets: what we know of the places alerts go to. Paused ones, failures in a row, settings, unsubscriptions.

The key is ``Target.key`` (``slack:C0123``); ``slack:*`` stands for a whole channel, when its token or login failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from bot.core.model import AlertStatus
from bot.core.tokens import story_rule
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import alerts, targets, unsubscribes


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """One target as remembered. ``failures`` counts failures in a row; ``settings`` are a person's own."""

    key: str
    paused_at: datetime | None
    paused_reason: str | None
    failures: int
    last_error: str | None
    last_failure_at: datetime | None
    last_success_at: datetime | None
    settings: Mapping[str, Any]


COLUMNS = rows.columns(targets, TargetState)
_DECLINED = select(unsubscribes.c.target).where(
    unsubscribes.c.target == bindparam("key"), unsubscribes.c.rule.in_(bindparam("rules", expanding=True))
)


def get(tx: Tx, key: str) -> TargetState | None:
    """What is known of a target, None where nothing is."""
    row = tx.execute(select(*COLUMNS).where(targets.c.key == key)).first()
    return None if row is None else rows.load(TargetState, row)


def list_(tx: Tx) -> list[TargetState]:
    """Every target anything is known of, by key."""
    return [rows.load(TargetState, row) for row in tx.execute(select(*COLUMNS).order_by(targets.c.key))]


def pause(tx: Tx, key: str, reason: str, now: datetime) -> int:
    """Stop sending to a target until ``resume``; its waiting alerts become paused. Returns how many.

    ``key`` may be ``slack:*``. One in the middle of being sent joins them when it is retried.
    """
    _put(tx, key, paused_at=now, paused_reason=reason)
    wanted = update(alerts).where(alerts.c.status == AlertStatus.PENDING, _of(key))
    return tx.execute(wanted.values(status=AlertStatus.PAUSED)).rowcount


def resume(tx: Tx, key: str, now: datetime) -> int:
    """Send again. Waiting alerts become due in their old order, with as much time for trying as new ones.

    Returns how many. No-op where nothing is paused.
    """
    _put(tx, key, paused_at=None, paused_reason=None, failures=0)
    still = {state.key for state in paused(tx)}
    wanted = update(alerts).where(
        alerts.c.status == AlertStatus.PAUSED, _of(key), alerts.c.target.not_in(sorted(still))
    )
    channels = [name.removesuffix(":*") for name in still if name.endswith(":*")]
    if channels:
        wanted = wanted.where(alerts.c.channel.not_in(channels))
    return tx.execute(wanted.values(status=AlertStatus.PENDING, next_try_at=now, first_try_at=None)).rowcount


def paused(tx: Tx) -> list[TargetState]:
    """Targets that are paused, by key."""
    wanted = select(*COLUMNS).where(targets.c.paused_at.is_not(None)).order_by(targets.c.key)
    return [rows.load(TargetState, row) for row in tx.execute(wanted)]


def is_paused(tx: Tx, key: str) -> bool:
    """Whether this target, or its whole channel, is paused."""
    either = [key, key.partition(":")[0] + ":*"]
    wanted = select(targets.c.key).where(targets.c.key.in_(either), targets.c.paused_at.is_not(None))
    return tx.execute(wanted).first() is not None


def failed(tx: Tx, key: str, error: str, now: datetime) -> int:
    """Count one more failure in a row; returns how many there are now."""
    known = get(tx, key)
    failures = (known.failures if known else 0) + 1
    _put(tx, key, failures=failures, last_error=error, last_failure_at=now)
    return failures


def succeeded(tx: Tx, key: str, now: datetime) -> None:
    """It works (again): failures go back to zero."""
    _put(tx, key, failures=0, last_error=None, last_success_at=now)


def set_settings(tx: Tx, key: str, settings: Mapping[str, Any]) -> None:
    """Replace a person's own settings."""
    _put(tx, key, settings=dict(settings))


def unsubscribe(tx: Tx, key: str, rule: str, now: datetime) -> bool:
    """This target does not want this rule (a route's name) any more. False where that was known."""
    known = unsubscribed(tx, key, rule)
    tx.execute(rows.insert_new(tx, unsubscribes).values(target=key, rule=rule, at=now))
    return not known


def resubscribe(tx: Tx, key: str, rule: str) -> bool:
    """It wants it again. False where it never left."""
    gone = delete(unsubscribes).where(unsubscribes.c.target == key, unsubscribes.c.rule == rule)
    return tx.execute(gone).rowcount == 1


def unsubscribed(tx: Tx, key: str, rule: str) -> bool:
    """Whether this target unsubscribed from this rule."""
    wanted = select(unsubscribes.c.target).where(unsubscribes.c.target == key, unsubscribes.c.rule == rule)
    return tx.execute(wanted).first() is not None


def declined(tx: Tx, key: str, rule: str, watch_id: int) -> bool:
    """Whether this target wants nothing of this story: unsubscribed from the rule, or the story muted."""
    return tx.execute(_DECLINED, {"key": key, "rules": [rule, story_rule(watch_id)]}).first() is not None


def all_unsubscribed(tx: Tx) -> frozenset[tuple[str, str]]:
    """Every (target key, rule) that was unsubscribed."""
    found = tx.execute(select(unsubscribes.c.target, unsubscribes.c.rule))
    return frozenset((row.target, row.rule) for row in found)


def _of(key: str) -> Any:
    channel, _, address = key.partition(":")
    return alerts.c.channel == channel if address == "*" else alerts.c.target == key


def _put(tx: Tx, key: str, **values: Any) -> None:
    rows.put(tx, targets, {"key": key}, values)
