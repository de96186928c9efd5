"""Ask the judge for every route of a story, and write what it says: states, decisions, alerts.

Called inside the transaction that stores the version, and again when a route's waiting time is over. The judge decides;
this module fetches what it needs and carries out what it answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from bot.core import brake
from bot.core.compare import CompareConfig, compare
from bot.core.comparison import Comparison, Severity, from_json
from bot.core.history import RING, History, Passage, Sighting, removed_passages
from bot.core.judge import Action, RouteState, Verdict, judge
from bot.core.model import Alert, AlertKind, Change, NewAlert, Route, Subscription, Target, Watch
from bot.core.policy import Policy
from bot.core.routing import muted_until, policy_for, routes_for, sending
from bot.core.story import Story
from bot.errors import NotFound
from bot.jobs import sitelines
from bot.jobs.kit import Kit
from bot.store import changes, notices, outbox, route_states, subscriptions, targets, versions
from bot.store.database import Database, Tx

REMOVED_WINDOW = timedelta(days=7)
REMOVALS = frozenset(("para_removed", "quote_removed"))
BRAKE_LOOK = 60
"""So many recent changes of an outlet are looked through for a template change."""
SIGNED_KEPT = 2_000
"""At so many changes whose signatures are remembered, a kilobyte each, those that are too old to be asked for go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a change: a verdict per route, and the alerts that were written."""

    verdicts: dict[str, Verdict]
    alerts: tuple[Alert, ...] = ()


def compare_config(kit: Kit, watch: Watch, *, confirmed: bool = False) -> CompareConfig:
    """The comparator's settings for one story. ``confirmed``: the suspect gate has done its work."""
    config = kit.compare
    if watch.profile != "story":
        config = replace(config, profile=watch.profile)
    return replace(config, suspect_ratio=1e-9) if confirmed else config


def history_of(tx: Tx, watch_id: int, now: datetime) -> History:
    """What the story showed before, for the judge."""
    removed: list[Passage] = []
    for brief in changes.since(tx, watch_id, now - REMOVED_WINDOW, RING):
        change = changes.get(tx, brief.id) if not REMOVALS.isdisjoint(brief.kinds) else None
        if change is not None:  # only changes that took something out are unpacked
            removed += passages_of(tx, change)
    return History(sightings=sightings_of(tx, watch_id), removed=tuple(removed))


def sightings_of(tx: Tx, watch_id: int) -> tuple[Sighting, ...]:
    """The versions a story had, oldest first."""
    return tuple(
        Sighting(n=past.n, at=past.at, headline=past.headline_hash, body=past.body_hash, fingerprint=past.fingerprint)
        for past in versions.history(tx, watch_id)[-RING:]
    )


def passages_of(tx: Tx, change: Change) -> tuple[Passage, ...]:
    """What one change took out of the story: every paragraph; of a text that was pruned, what the findings quote."""
    step = from_json(change.comparison)
    with suppress(NotFound):
        return removed_passages(step, versions.story(tx, change.watch_id, change.old_n), change.old_n, change.seen_at)
    return tuple(
        Passage(text=finding.before, removed_at=change.seen_at, n=change.old_n)
        for finding in step.findings
        if finding.kind in REMOVALS and finding.before
    )


def decide(
    tx: Tx,
    kit: Kit,
    watch: Watch,
    *,
    new: Story,
    new_n: int,
    change: Change | None,
    step: Comparison | None,
    now: datetime,
    at_once: bool = False,
    only_routes: Sequence[str] = (),
    past: History | None = None,
) -> Decided:
    """Judge the story on every route (or ``only_routes``) and store the outcome. ``past``: ``history_of``, if at hand.

    ``step`` is the comparison with the version before, given when version ``new_n`` has just come in. ``at_once``
    skips the settling time: somebody asked for this check and waits for the answer.
    """
    follows = {one.route: one for one in subscriptions.for_watch(tx, watch.id)}
    states = route_states.get(tx, watch.id)
    history = past if past is not None else history_of(tx, watch.id, now)
    # asked again when the waiting is over: by then other stories may have shown the same change
    latest = step if step is not None else from_json(change.comparison) if change is not None else None
    fresh = change if step is not None else None
    braked = _brakes(tx, kit, watch, latest, now, fresh) if latest is not None else frozenset()
    told: set[str] = set()
    verdicts: dict[str, Verdict] = {}
    written: list[Alert] = []
    for route in routes_for(watch, follows.values(), kit.routes):
        if only_routes and route.name not in only_routes:
            continue
        subscription = follows.get(route.name)
        policy = _policy(kit, route, watch, subscription, at_once)
        before = new_n - 1 if step is not None else new_n
        state = RouteState.from_json(states.get(route.name), baseline_n=max(before, 1))
        verdict = judge(
            _since_told(tx, kit, watch, state, new, new_n, step),
            state=state,
            policy=policy,
            history=history,
            now=now,
            latest_n=new_n,
            step=step,
            live=watch.is_live,
            muted_until=muted_until(watch, subscription, now),
            braked=braked,
        )
        route_states.put(tx, watch.id, route.name, verdict.state.to_json(), verdict.due_at)
        verdicts[route.name] = verdict
        if verdict.action is Action.TELL and not route.digest_only:
            written += _enqueue(tx, watch, route, verdict, change, now, told)
    if change is not None and verdicts:
        decisions = {route: verdict.to_json() for route, verdict in verdicts.items()}
        changes.set_decisions(tx, change.id, decisions, fresh=step is not None)
    return Decided(verdicts=verdicts, alerts=tuple(written))


def decide_again(
    tx: Tx, kit: Kit, watch: Watch, n: int, *, routes: Sequence[str], now: datetime, at_once: bool = False
) -> Decided:
    """Ask the judge again on ``routes`` though nothing new came; version ``n`` is the latest."""
    story = versions.story(tx, watch.id, n)
    change = changes.between(tx, watch.id, n - 1, n)
    return decide(
        tx, kit, watch, new=story, new_n=n, change=change, step=None, now=now, at_once=at_once, only_routes=routes
    )


def tell_all(
    tx: Tx,
    kit: Kit,
    watch: Watch,
    *,
    kind: AlertKind,
    identity: str,
    severity: Severity,
    title: str,
    lines: Sequence[str],
    now: datetime,
) -> tuple[Alert, ...]:
    """Tell every route of the story something that is no change of words: gone, returned."""
    follows = {one.route: one for one in subscriptions.for_watch(tx, watch.id)}
    written: list[Alert] = []
    told: set[str] = set()
    for route in routes_for(watch, follows.values(), kit.routes):
        subscription = follows.get(route.name)
        policy = _policy(kit, route, watch, subscription, False)
        muted = muted_until(watch, subscription, now) is not None
        if route.digest_only or muted or severity < policy.threshold:
            continue
        held = sending(route, severity, now)
        for target in route.targets:
            if target.key in told or targets.declined(tx, target.key, route.name, watch.id):
                continue
            told.add(target.key)
            new = NewAlert(
                key=f"{kind.value}:{watch.id}:{identity}/{route.name}/{target.key}",
                kind=kind,
                route=route.name,
                target=target,
                severity=severity,
                watch_id=watch.id,
                new_n=watch.latest_n or None,
                payload={"title": title, "lines": list(lines), "seen_at": now.isoformat(), "catch_up": held.catch_up},
                not_before=held.not_before,
            )
            if (alert := outbox.add(tx, new, now)) is not None:
                written.append(alert)
    return tuple(written)


def notify(
    tx: Tx,
    to: Sequence[Target],
    *,
    identity: str,
    title: str,
    lines: Sequence[str],
    now: datetime,
    watch_id: int | None = None,
    severity: Severity = Severity.NOTABLE,
) -> tuple[Alert, ...]:
    """A notice about trouble (or its end) to owners and operators. The same identity is stored once."""
    written = []
    for target in to or (Target(channel="terminal"),):
        new = NewAlert(
            key=f"notice:{identity}/{target.key}",
            kind=AlertKind.NOTICE,
            route="notices",
            target=target,
            severity=severity,
            watch_id=watch_id,
            payload={"title": title, "lines": list(lines), "seen_at": now.isoformat()},
        )
        if (alert := outbox.add(tx, new, now)) is not None:
            written.append(alert)
    return tuple(written)


def owners_of(kit: Kit, watch: Watch) -> tuple[Target, ...]:
    """Who hears of trouble with a watch: whoever added it in Slack, else the operators."""
    if watch.origin == "slack" and watch.added_by[:1] in ("U", "W"):
        return (Target(channel="slack", address=watch.added_by),)
    return kit.owners


def _policy(kit: Kit, route: Route, watch: Watch, subscription: Subscription | None, at_once: bool) -> Policy:
    policy = policy_for(kit.policy, route, watch, subscription)
    return replace(policy, settle=0) if at_once else policy


def _since_told(
    tx: Tx, kit: Kit, watch: Watch, state: RouteState, new: Story, new_n: int, step: Comparison | None
) -> Comparison:
    """The comparison the decision is about: from the version last told on the route to the newest."""
    if step is not None and state.baseline_n == new_n - 1:
        return step
    if state.baseline_n == new_n:
        return compare(new, new, compare_config(kit, watch))
    old, new = sitelines.marked(tx, watch, versions.story(tx, watch.id, state.baseline_n), new)
    return compare(old, new, compare_config(kit, watch, confirmed=True))


def _enqueue(
    tx: Tx, watch: Watch, route: Route, verdict: Verdict, change: Change | None, now: datetime, told: set[str]
) -> list[Alert]:
    written = []
    held = sending(route, verdict.severity, now)
    for target in route.targets:
        if target.key in told or targets.declined(tx, target.key, route.name, watch.id):
            continue
        told.add(target.key)
        new = NewAlert(
            key=f"{verdict.alert_kind.value}:{watch.id}:{verdict.new_n}/{route.name}/{target.key}",
            kind=verdict.alert_kind,
            route=route.name,
            target=target,
            severity=verdict.severity,
            watch_id=watch.id,
            change_id=change.id if change is not None else None,
            old_n=verdict.old_n,
            new_n=verdict.new_n,
            payload={**verdict.to_json(), "seen_at": now.isoformat(), "catch_up": held.catch_up},
            not_before=held.not_before,
        )
        if (alert := outbox.add(tx, new, now)) is not None:
            written.append(alert)
    return written


def _brakes(tx: Tx, kit: Kit, watch: Watch, step: Comparison, now: datetime, fresh: Change | None) -> frozenset[str]:
    """Signatures that many stories of the outlet share; the operators hear of each once.

    ``fresh``: the change that ``step`` was stored as just now. Its signatures need not be read back for the next one.
    """
    mine = brake.signed(step, watch.id, now)
    if fresh is not None and watch.outlet:
        _remember(kit, fresh.id, fresh.seen_at, mine)
    if not watch.outlet or not mine:
        return frozenset()
    recent = list(mine)
    for number, at in changes.newest_of(tx, watch.outlet, now - brake.WINDOW, BRAKE_LOOK):
        recent += _signed(tx, kit, number, at)
    found = brake.brakes(recent, watch.outlet, now)
    for one in found:
        if notices.begin(tx, one.key, now, remind_after=timedelta(days=7)):
            notify(
                tx,
                kit.owners,
                identity=f"{one.key}:{now.isoformat()}",
                title=f"{one.outlet} changed its pages",
                lines=[one.notice],
                now=now,
            )
    return frozenset(one.signature for one in found)


_FORGETTING = Lock()
_SIGNED: WeakKeyDictionary[Database, dict[tuple[int, datetime], tuple[brake.Signed, ...]]] = WeakKeyDictionary()


def _forget(known: dict[tuple[int, datetime], tuple[brake.Signed, ...]], before: datetime) -> None:
    with _FORGETTING:
        old = [key for key in list(known) if key[1] < before]
        few = len(old) * 4 < len(known)  # then all go: looking through them would be done too often
        for key in list(known) if few else old:
            known.pop(key, None)


def _remember(kit: Kit, number: int, at: datetime, signed: tuple[brake.Signed, ...]) -> None:
    known = _SIGNED.setdefault(kit.db, {})
    if len(known) >= SIGNED_KEPT:
        _forget(known, at - brake.WINDOW)
    known[number, at] = signed


def _signed(tx: Tx, kit: Kit, number: int, at: datetime) -> tuple[brake.Signed, ...]:
    """The signatures of a stored change, remembered: each change of an outlet asks for those of the last sixty."""
    found = _SIGNED.setdefault(kit.db, {}).get((number, at))
    if found is None:
        change = changes.get(tx, number)
        found = brake.signed_json(change.comparison, change.watch_id, at) if change is not None else ()
        _remember(kit, number, at, found)
    return found
