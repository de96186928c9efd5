"""The morning's catch-up: what waited for the end of a route's quiet hours goes out as one message per target.

Done shortly before the hours end, so that no courier takes the alerts one by one; what comes in the last minute goes
by itself. Nothing is dropped: the alerts are folded into the catch-up and listed in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.core.model import Alert, AlertKind, AlertStatus, NewAlert
from bot.core.routing import catch_up_groups
from bot.jobs.kit import Kit
from bot.store import outbox, watches
from bot.store.database import Tx

AHEAD = timedelta(seconds=60)


def catch_up(kit: Kit, now: datetime) -> list[Alert]:
    """Fold what is about to be released, two alerts or more of a target. Returns the catch-ups written."""
    with kit.db.read() as tx:
        waiting = [alert for alert in outbox.held(tx, now, now + AHEAD) if alert.payload.get("catch_up")]
    groups = catch_up_groups([(alert.id, alert.target, alert.severity) for alert in waiting])
    by_id = {alert.id: alert for alert in waiting}
    written = []
    for key, ids in groups.items():
        with kit.db.begin() as tx:
            alert = _fold(tx, kit, key, [by_id[one] for one in ids], now)
        if alert is not None:
            written.append(alert)
    return written


def _fold(tx: Tx, kit: Kit, key: str, alerts: list[Alert], now: datetime) -> Alert | None:
    first = alerts[0]
    released = max(alert.not_before for alert in alerts if alert.not_before is not None)
    new = NewAlert(
        key=f"catch_up:{key}:{released.isoformat()}",
        kind=AlertKind.CATCH_UP,
        route=first.route,
        target=first.target,
        severity=max(alert.severity for alert in alerts),
        payload={
            "title": f"While it was quiet: {len(alerts)} alerts",
            "lines": [_line(tx, alert) for alert in alerts],
            "stories": [_story(tx, kit, alert) for alert in alerts],
            "seen_at": now.isoformat(),
        },
        not_before=released,
    )
    alert = outbox.add(tx, new, now)
    if alert is not None:
        outbox.fold(tx, [one.id for one in alerts if one.status is AlertStatus.PENDING], alert.id)
    return alert


def _line(tx: Tx, alert: Alert) -> str:
    watch = watches.get(tx, alert.watch_id) if alert.watch_id is not None else None
    name = watch.headline if watch else str(alert.payload.get("title", ""))
    return f"{name}: {_words(alert)}"


def _story(tx: Tx, kit: Kit, alert: Alert) -> dict[str, Any]:
    watch = watches.get(tx, alert.watch_id) if alert.watch_id is not None else None
    url = watch.url if watch else ""
    if watch is not None and kit.base_url and alert.old_n and alert.new_n:
        url = f"{kit.base_url}/stories/{watch.id}/diff/{alert.old_n}..{alert.new_n}"
    headline = watch.headline if watch else str(alert.payload.get("title", ""))
    return {"headline": headline, "url": url, "words": _words(alert), "severity": alert.severity.word}


def _words(alert: Alert) -> str:
    found = alert.payload.get("findings") or ()
    said = [str(one.get("explanation", "")) for one in found[:1]] or [
        str(line) for line in alert.payload.get("lines", ())
    ]
    return said[0] if said else alert.severity.word
