"""``stet tune``: what was stored, judged again under another policy, counted per route."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.core.compare import compare
from bot.core.comparison import Comparison, Severity, from_json
from bot.core.history import Sighting, removed_passages
from bot.core.model import Watch
from bot.core.policy import Policy
from bot.core.routing import policy_for, routes_for
from bot.core.tune import Edit, Tuning, replay, tally
from bot.core.verdict import Verdict
from bot.jobs import sitelines
from bot.jobs.decide import compare_config
from bot.jobs.kit import Kit
from bot.store import changes, subscriptions, versions, watches
from bot.store.database import Tx


def tune(
    kit: Kit,
    *,
    since: datetime,
    now: datetime,
    min_severity: Severity,
    kinds_off: Iterable[str] = (),
) -> Tuning:
    """Count the alerts that each route has had by its present policy since then, and would have had by this one."""
    off = frozenset(kinds_off)
    today: dict[str, list[Verdict]] = {}
    tried: dict[str, list[Verdict]] = {}
    stories = edits_seen = 0
    with kit.db.read() as tx:
        touched = {change.watch_id for change in changes.list_(tx, since=since, limit=None, brief=True)}
        for watch_id in sorted(touched):
            watch = watches.get(tx, watch_id)
            if watch is None:
                continue
            edits, before = _edits(tx, watch, since)
            if not edits:
                continue
            stories += 1
            edits_seen += len(edits)
            follows = {one.route: one for one in subscriptions.for_watch(tx, watch_id)}
            for route in routes_for(watch, follows.values(), kit.routes):
                present = policy_for(kit.policy, route, watch, follows.get(route.name))
                other = replace(present, min_severity=min_severity, kinds_off=present.kinds_off | off)
                today.setdefault(route.name, []).extend(_told(tx, kit, watch, edits, before, present, now))
                tried.setdefault(route.name, []).extend(_told(tx, kit, watch, edits, before, other, now))
    names = sorted({*today, *(route.name for route in kit.routes)})
    tallies = tuple(tally(name, today.get(name, ()), tried.get(name, ())) for name in names)
    return Tuning(tallies=tallies, stories=stories, changes=edits_seen)


def _told(
    tx: Tx, kit: Kit, watch: Watch, edits: list[Edit], before: list[Sighting], policy: Policy, now: datetime
) -> tuple[Verdict, ...]:
    def between(old_n: int, new_n: int) -> Comparison:
        stored = changes.between(tx, watch.id, old_n, new_n)
        if stored is not None:
            return from_json(stored.comparison)
        old, new = sitelines.story(tx, watch, old_n), sitelines.story(tx, watch, new_n)
        return compare(old, new, compare_config(kit, watch, confirmed=True))

    return replay(edits, between, policy, until=now, before=before, live=watch.is_live)


def _edits(tx: Tx, watch: Watch, since: datetime) -> tuple[list[Edit], list[Sighting]]:
    past = {one.n: one for one in versions.history(tx, watch.id)}
    steps = {one.new_n: one for one in changes.list_(tx, watch_id=watch.id, limit=None)}
    before: list[Sighting] = []
    edits: list[Edit] = []
    for n in sorted(past):
        one = past[n]
        seen = Sighting(n=n, at=one.at, headline=one.headline_hash, body=one.body_hash, fingerprint=one.fingerprint)
        step = steps.get(n)
        if step is None or one.at < since:
            if not edits:
                before.append(seen)
            continue
        comparison = from_json(step.comparison)
        old = versions.story(tx, watch.id, step.old_n)
        edits.append(
            Edit(sighting=seen, step=comparison, removed=removed_passages(comparison, old, step.old_n, one.at))
        )
    return edits, before
