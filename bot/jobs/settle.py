"""Waiting times that are over: edits that have settled, headline tests that stand still. The judge is asked again."""

from __future__ import annotations

from datetime import datetime

from bot.core.model import Alert
from bot.jobs.decide import decide_again
from bot.jobs.kit import Kit
from bot.store import route_states, versions, watches


def settle_due(kit: Kit, now: datetime, *, limit: int = 200) -> list[Alert]:
    """Judge every route whose time has come; one transaction per story. Returns the alerts written."""
    with kit.db.read() as tx:
        due = route_states.due(tx, now, limit)
    by_watch: dict[int, list[str]] = {}
    for watch_id, route in due:
        by_watch.setdefault(watch_id, []).append(route)
    written: list[Alert] = []
    for watch_id, routes in by_watch.items():
        with kit.db.begin() as tx:
            watch = watches.get(tx, watch_id)
            latest = versions.latest(tx, watch_id)
            if watch is None or latest is None:
                route_states.clear(tx, watch_id)
                continue
            decided = decide_again(tx, kit, watch, latest.n, routes=routes, now=now)
            written += decided.alerts
            for route in set(routes) - set(decided.verdicts):  # the route is gone from the configuration
                route_states.clear(tx, watch_id, route)
    return written
