"""What commands print for machines about one thing: a watch, a check, an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.core.model import Alert, Watch
    from bot.jobs.record import Result


def watch_json(watch: Watch) -> dict[str, Any]:
    """One watch for machines."""
    return {
        "watch": watch.id,
        "url": watch.url,
        "headline": watch.headline,
        "outlet": watch.outlet,
        "desk": watch.desk,
        "label": watch.label,
        "state": watch.state.value,
        "health": watch.health.value,
        "versions": watch.latest_n,
        "every": watch.every,
        "min_severity": watch.min_severity.word if watch.min_severity is not None else None,
        "routes": list(watch.routes),
        "origin": watch.origin,
        "source": watch.source_id,
        "added_at": watch.added_at.isoformat(),
        "last_checked_at": watch.last_checked_at.isoformat() if watch.last_checked_at else None,
        "last_changed_at": watch.last_changed_at.isoformat() if watch.last_changed_at else None,
        "next_check_at": watch.next_check_at.isoformat() if watch.next_check_at else None,
        "failures": watch.failures,
        "last_error": watch.last_error,
        "muted_until": watch.muted_until.isoformat() if watch.muted_until else None,
    }


def result_json(result: Result) -> dict[str, Any]:
    """One check for machines: the line of ``check --json``."""
    line: dict[str, Any] = {
        "schema": 1,
        "watch": result.watch_id,
        "url": result.url,
        "outcome": result.outcome.value,
        "version": result.version,
        "severity": int(result.severity) if result.severity is not None else None,
        "ms": result.ms,
    }
    if result.headline:
        line["headline"] = result.headline
    if result.summary:
        line["summary"] = result.summary
    if result.error:
        line["error"] = {"kind": result.error_kind, "message": result.error}
    if result.same_as is not None:
        line["same_as"] = result.same_as
    return line


def alert_json(alert: Alert) -> dict[str, Any]:
    """One alert for machines."""
    return {
        "id": alert.id,
        "public_id": alert.public_id,
        "key": alert.key,
        "kind": alert.kind.value,
        "status": alert.status.value,
        "route": alert.route,
        "target": alert.target.key,
        "severity": int(alert.severity),
        "watch": alert.watch_id,
        "old_version": alert.old_n,
        "new_version": alert.new_n,
        "created_at": alert.created_at.isoformat(),
        "sent_at": alert.sent_at.isoformat() if alert.sent_at else None,
        "attempts": alert.attempts,
        "next_try_at": alert.next_try_at.isoformat() if alert.next_try_at else None,
        "receipt": dict(alert.receipt) if alert.receipt else None,
        "last_error": alert.last_error,
        "maybe_sent": alert.maybe_sent,
    }
