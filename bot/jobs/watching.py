"""Adding, changing and ending watches: the same for the terminal, Slack, files and sources. Everything is audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.core.comparison import Severity
from bot.core.model import Only, Outcome, Subscription, Watch, WatchState
from bot.discover.address import key_of, web_address
from bot.errors import NotFound, UsageError
from bot.jobs.kit import Kit
from bot.store import audit, subscriptions, watches
from bot.store.database import Tx

if TYPE_CHECKING:
    from bot.jobs.record import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asked: ``name`` (a Slack user id, a login), ``via`` (``cli``, ``slack``, ``config``, ``import``)."""

    name: str = ""
    via: str = "cli"
    team: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of adding a story. ``result`` is its first check, None where none was made."""

    watch: Watch
    created: bool
    result: Result | None = None
    subscription: Subscription | None = None
    subscribed: bool = False
    """The channel did not follow it before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """A Slack channel that is to follow the story."""

    channel: str
    channel_name: str = ""
    team: str = ""
    only: Only = Only.ALL
    min_severity: Severity | None = None


def add_watch(
    kit: Kit,
    url: str,
    *,
    now: datetime,
    by: Actor,
    desk: str = "",
    label: str = "",
    every: int | None = None,
    min_severity: Severity | None = None,
    routes: Sequence[str] = (),
    profile: str = "story",
    outlet: str = "",
    follow: Follow | None = None,
    look: bool = True,
) -> Added:
    """Follow a story, and look at it at once (``look``). A story that is watched already is answered as it is.

    Raises UsageError for an address that cannot be watched. A first look that fails keeps the watch: it is tried again.
    """
    address = web_address(url)
    kit.fetcher.guard.check_url(address)
    known = kit.outlet_of(address)
    unknown = [name for name in routes if name not in {route.name for route in kit.routes}]
    if unknown:
        raise UsageError(f"there is no route {unknown[0]!r}; routes are declared as [[route]] in the configuration")
    with kit.db.begin() as tx:
        watch, created = watches.add(
            tx,
            url=address,
            key=key_of(address),
            now=now,
            outlet=outlet or known.name,
            desk=desk or known.desk,
            label=label,
            every=every,
            min_severity=None if min_severity is None else int(min_severity),
            routes=routes,
            profile=profile,
            origin=by.via,
            added_by=by.name,
        )
        if created:
            record_action(tx, by, now, "add", watch, {"url": address})
        subscription, subscribed = _follow(tx, watch, follow, label, by, now)
    result = None
    if look and created:
        from bot.jobs.check import check_now  # what only asks for a watch starts without the reader of pages

        result = next(check_now(kit, [watch], workers=1))
    if result is not None and result.same_as is not None:
        return _merged(kit, result.same_as, watch, follow, label, by, now, result)
    with kit.db.read() as tx:
        watch = watches.get(tx, watch.id) or watch
    return Added(watch=watch, created=created, result=result, subscription=subscription, subscribed=subscribed)


def add_many(
    kit: Kit, rows: Iterable[Mapping[str, Any]], *, now: datetime, by: Actor
) -> tuple[int, int, list[tuple[str, str]]]:
    """Thousands of stories in one transaction: ``(added, known before, [(address, why not)])``. None is looked at yet.

    A row needs ``url``; ``desk``, ``label``, ``every``, ``min_severity``, ``routes``, ``outlet``, ``profile`` are
    optional.
    """
    good: list[dict[str, Any]] = []
    bad: list[tuple[str, str]] = []
    for row in rows:
        try:
            address = web_address(str(row["url"]))
        except UsageError as error:
            bad.append((str(row["url"])[:200], error.message))
            continue
        outlet = kit.outlet_of(address)
        good.append(
            {
                **row,
                "url": address,
                "key": key_of(address),
                "outlet": row.get("outlet") or outlet.name,
                "desk": row.get("desk") or outlet.desk,
                "origin": by.via,
                "added_by": by.name,
            }
        )
    with kit.db.begin() as tx:
        added, known = watches.add_many(tx, good, now)
        if added:
            record_action(tx, by, now, "import", None, {"added": added})
    return added, known, bad


def find_watch(kit: Kit, ref: str) -> Watch:
    """By number or address. Raises NotFound with what to do."""
    with kit.db.read() as tx:
        found = watches.find(tx, ref) or watches.by_key(tx, key_of(ref))
    if found is None or found.state is WatchState.REMOVED:
        raise NotFound(f"there is no watch {ref}; `stet list` shows them")
    return found


def remove_watch(kit: Kit, watch: Watch, *, now: datetime, by: Actor, channel: str | None = None) -> bool:
    """Stop following: the channel's subscription, or (``channel`` None) the watch itself. Its versions stay.

    A watch whose last subscription goes, and that nobody else asked for, ends with it. True where the watch ended.
    """
    with kit.db.begin() as tx:
        if channel is not None:
            for one in subscriptions.for_watch(tx, watch.id):
                if one.channel == channel:
                    subscriptions.remove(tx, one.id)
            record_action(tx, by, now, "unfollow", watch, {"channel": channel})
            if watch.origin != "slack" or subscriptions.for_watch(tx, watch.id):
                return False
        watches.remove(tx, watch.id, now)
        record_action(tx, by, now, "remove", watch, {})
    return True


def restore_watch(kit: Kit, watch: Watch, *, now: datetime, by: Actor, followers: Sequence[Subscription] = ()) -> Watch:
    """Undo a removal: the same number, the same versions, the same followers."""
    with kit.db.begin() as tx:
        watches.update(tx, watch.id, state=WatchState.ACTIVE, next_check_at=now)
        known = {one.channel for one in subscriptions.for_watch(tx, watch.id)}
        for one in followers:
            if one.channel not in known:
                subscriptions.add(
                    tx,
                    watch_id=watch.id,
                    channel=one.channel,
                    now=now,
                    team=one.team,
                    channel_name=one.channel_name,
                    label=one.label,
                    only=one.only,
                    min_severity=one.min_severity,
                    added_by=one.added_by,
                )
        record_action(tx, by, now, "restore", watch, {})
        return watches.get(tx, watch.id) or watch


def mute(
    kit: Kit, watch: Watch, *, until: datetime | None, now: datetime, by: Actor, channel: str | None = None
) -> None:
    """Say nothing about the story until then (None: speak again), for one channel or for everybody."""
    with kit.db.begin() as tx:
        if channel is None:
            watches.update(tx, watch.id, muted_until=until, muted_by=by.name if until else "")
        else:
            for one in subscriptions.for_watch(tx, watch.id):
                if one.channel == channel:
                    subscriptions.update(tx, one.id, muted_until=until, muted_by=by.name if until else "")
        what = "mute" if until else "unmute"
        record_action(tx, by, now, what, watch, {"until": until.isoformat() if until else None, "channel": channel})


def set_state(kit: Kit, watch: Watch, state: WatchState, *, now: datetime, by: Actor) -> Watch:
    """Pause or resume. A resumed story is due at once."""
    due = now if state is WatchState.ACTIVE else None
    with kit.db.begin() as tx:
        watches.update(tx, watch.id, state=state, next_check_at=due)
        record_action(tx, by, now, "resume" if state is WatchState.ACTIVE else "pause", watch, {})
        return watches.get(tx, watch.id) or watch


def edit_watch(kit: Kit, watch: Watch, changed: Mapping[str, Any], *, now: datetime, by: Actor) -> Watch:
    """Change ``desk label every min_severity routes profile`` of a watch; due at once where its pace changes."""
    values = dict(changed)
    if "every" in values:
        values["next_check_at"] = now
    with kit.db.begin() as tx:
        watches.update(tx, watch.id, **values)
        record_action(tx, by, now, "edit", watch, {name: str(value) for name, value in changed.items()})
        return watches.get(tx, watch.id) or watch


def declared(kit: Kit, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Make the watches of the configuration file so. Returns how many are new; one taken out of the file stays."""
    added, _, bad = add_many(kit, rows, now=now, by=Actor(via="config"))
    if bad:
        raise UsageError(f"[[watch]] {bad[0][0]}: {bad[0][1]}")
    return added


def failed(result: Result | None) -> bool:
    """Whether the first look failed."""
    return result is not None and result.outcome is Outcome.FAILED


def _follow(
    tx: Tx, watch: Watch, follow: Follow | None, label: str, by: Actor, now: datetime
) -> tuple[Subscription | None, bool]:
    if follow is None:
        return None, False
    for one in subscriptions.for_watch(tx, watch.id):
        if one.channel == follow.channel and one.team == follow.team:
            return one, False
    made = subscriptions.add(
        tx,
        watch_id=watch.id,
        channel=follow.channel,
        now=now,
        team=follow.team,
        channel_name=follow.channel_name,
        label=label,
        only=follow.only,
        min_severity=follow.min_severity,
        added_by=by.name,
    )
    record_action(tx, by, now, "follow", watch, {"channel": follow.channel})
    return made[0], made[1]


def _merged(
    kit: Kit, known: int, new: Watch, follow: Follow | None, label: str, by: Actor, now: datetime, result: Result
) -> Added:
    """The address led to a story that is watched already: that one is followed instead."""
    with kit.db.begin() as tx:
        watch = watches.get(tx, known)
        if watch is None:
            raise NotFound(f"there is no watch {known}; `stet list` shows them")
        subscription, subscribed = _follow(tx, watch, follow, label, by, now)
        record_action(tx, by, now, "same story", watch, {"url": new.url})
    return Added(watch=watch, created=False, result=result, subscription=subscription, subscribed=subscribed)


def record_action(
    tx: Tx,
    by: Actor,
    now: datetime,
    action: str,
    watch: Watch | None,
    details: Mapping[str, Any],
    *,
    subject: str = "",
) -> None:
    """One line of the audit log."""
    audit.add(
        tx,
        at=now,
        actor=by.name,
        via=by.via,
        action=action,
        subject=(watch.headline or watch.url) if watch else subject,
        watch_id=watch.id if watch else None,
        team=by.team,
        channel=by.channel,
        details=dict(details),
    )
