"""Digests: every tick asks whose local date is due, and writes digest and outbox row in one transaction.

    routes x recipients -> window due? -> stories of the window -> Digest -> digests row + alert, or nothing

The tick may run as often as it likes, in as many processes: the unique row decides. What is listed is read before the
transaction; versions never change once stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.core import digest as digest_
from bot.core import due
from bot.core.comparison import from_json
from bot.core.digest import Digest, Numbers, Step, StoryWindow, Trouble
from bot.core.due import Previous, Schedule, Window
from bot.core.model import Alert, AlertKind, AlertStatus, Change, Health, NewAlert, Route, Target, Watch, WatchState
from bot.core.routing import concerns, wall_time
from bot.core.tokens import story_rule
from bot.errors import NotFound, UsageError
from bot.jobs.kit import Kit
from bot.jobs.messages import comparison_of
from bot.log import get
from bot.store import changes, digests, outbox, targets, versions, watches
from bot.store.database import Tx

TICK = timedelta(microseconds=1)
"""The store's lists take ``since <= t < until``; a window is ``start < t <= end``, in whole microseconds."""
TROUBLE = {
    Health.FAILING: "cannot be fetched",
    Health.BLOCKED: "the site blocks us",
    Health.BROKEN: "no story can be read in it",
    Health.SILENT: "has gone silent",
    Health.NOISY: "changes too often",
}
MAX_TROUBLE = 50

log = get("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One recipient of one route's digest, with the schedule that holds for them."""

    route: Route
    target: Target
    schedule: Schedule


def tick(kit: Kit, now: datetime) -> list[Alert]:
    """Write every digest that is due now; returns the alerts written. Safe to run twice, late, or in two processes.

    A window without news becomes a row without an alert, unless the route says otherwise (``digest_empty``) or a week
    has passed in silence (then an "all quiet" goes out, so that nobody takes silence for a broken bot).
    """
    written: list[Alert] = []
    read: dict[tuple[str, datetime, datetime], Facts] = {}
    with kit.db.read() as tx:
        readers = list(readers_of(tx, kit.routes))
    for reader in readers:
        with kit.db.read() as tx:
            window = _window_due(tx, reader, now)
            if window is None:
                continue
            key = (reader.route.name, window.listed_from, window.end)
            if key not in read:
                read[key] = facts_of(tx, kit, reader.route, window)
            digest = build(tx, reader, window, read[key])
        with kit.db.begin() as tx:
            alert = _write(tx, reader, window, digest, now)
        if alert is not None:
            written.append(alert)
    return written


def readers_of(tx: Tx, routes: Sequence[Route]) -> Iterable[Reader]:
    """Every recipient that some route writes digests to, their own settings applied, the unsubscribed left out."""
    for route in routes:
        if route.digest is None:
            continue
        for target in route.targets:
            if targets.unsubscribed(tx, target.key, route.name):
                continue
            state = targets.get(tx, target.key)
            schedule = schedule_for(route, state.settings if state else {})
            if schedule is not None:
                yield Reader(route=route, target=target, schedule=schedule)


def schedule_for(route: Route, settings: Any) -> Schedule | None:
    """The route's schedule, a person's ``digest`` (daily, weekly, off), ``digest_at`` and ``zone`` before it."""
    rhythm = settings.get("digest") or route.digest
    if rhythm == "off":
        return None
    return Schedule(
        zone=settings.get("zone") or route.timezone,
        at=wall_time(settings.get("digest_at") or route.digest_at),
        weekday=0 if rhythm == "weekly" else None,
    )


def preview(
    kit: Kit, now: datetime, *, rule: str | None = None, recipient: str | None = None, day: date | None = None
) -> Digest:
    """The digest that ``recipient`` (a mail address or target key) would get of ``rule``. Nothing is written.

    Without ``day`` it covers what has come since the last one, up to now. Raises UsageError where no route writes
    digests that fit, or the day has none.
    """
    with kit.db.read() as tx:
        reader = _reader_named(tx, kit.routes, rule, recipient)
        last = digests.last(tx, reader.target.key, reader.route.name)
        if day is not None:
            end = due.due_at(day, reader.schedule)
            if end is None:
                raise UsageError("there is no digest on that day; see the route's digest setting", subject=str(day))
            window = due.window(reader.schedule, None, end)
            assert window is not None  # noqa: S101 - at its own instant a digest is due
        else:
            start = last.window_end if last else now - timedelta(days=reader.schedule.period)
            local = now.astimezone(ZoneInfo(reader.schedule.zone)).date()
            window = Window(local_date=local, start=min(start, now), end=now, listed_from=min(start, now))
        return build(tx, reader, window, facts_of(tx, kit, reader.route, window))


def everything(tx: Tx, kit: Kit, *, start: datetime, end: datetime, zone: str = "", rule: str = "all") -> Digest:
    """A digest of all stories over any span: for ``stet preview digest`` and the web page."""
    reader = Reader(
        route=Route(name=rule, targets=()), target=Target(channel="terminal"), schedule=Schedule(zone=zone or kit.zone)
    )
    local = end.astimezone(ZoneInfo(zone or kit.zone)).date()
    window = Window(local_date=local, start=start, end=end, listed_from=start)
    return build(tx, reader, window, facts_of(tx, kit, reader.route, window))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What happened to a route's stories in a window: the same for all of its recipients."""

    followed: tuple[Watch, ...]
    stories: tuple[StoryWindow, ...]
    numbers: Numbers


def facts_of(tx: Tx, kit: Kit, route: Route, window: Window) -> Facts:
    """Read the window's changes, and compare each story's text at its start with that at its end."""
    followed = {
        watch.id: watch for watch in watches.list_(tx) if watch.hidden_reason is None and concerns(route, watch)
    }
    happened: dict[int, list[Change]] = {}
    for change in changes.list_(
        tx, since=window.listed_from + TICK, until=window.end + TICK, limit=None, hidden=False, brief=True
    ):
        if change.watch_id in followed:
            happened.setdefault(change.watch_id, []).append(change)
    stories = [
        _story(tx, kit, watch, sorted(happened.get(watch.id, ()), key=lambda change: change.new_n), window)
        for watch in followed.values()
        if watch.id in happened or _is_new(watch, window) or _went_or_came(watch, window)
    ]
    return Facts(
        followed=tuple(followed.values()), stories=tuple(stories), numbers=_numbers(followed, happened, window)
    )


def build(tx: Tx, reader: Reader, window: Window, facts: Facts) -> Digest:
    """One recipient's digest: what they muted left out, what they were alerted of marked, nothing told twice."""
    recipient, rule = reader.target.key, reader.route.name
    muted = {name for key, name in targets.all_unsubscribed(tx) if key == recipient}
    told = _told(tx, reader, window)
    return digest_.build(
        [_with_times(story, told) for story in facts.stories if story_rule(story.watch_id) not in muted],
        rule=rule,
        zone=reader.schedule.zone,
        local_date=window.local_date,
        start=window.start,
        end=window.end,
        listed_from=window.listed_from,
        days=window.days,
        period=reader.schedule.period,
        trouble=_trouble(tx, reader, facts.followed, window),
        numbers=facts.numbers,
        told_elsewhere=digests.told_on(tx, recipient, window.local_date, but=rule),
    )


def _with_times(story: StoryWindow, told: dict[tuple[int, int], datetime]) -> StoryWindow:
    steps = tuple(replace(step, told_at=told.get((story.watch_id, step.new_n))) for step in story.steps)
    return replace(story, steps=steps)


def _window_due(tx: Tx, reader: Reader, now: datetime) -> Window | None:
    last = digests.last(tx, reader.target.key, reader.route.name)
    previous = Previous(local_date=last.local_date, end=last.window_end) if last else None
    return due.window(reader.schedule, previous, now)


def _write(tx: Tx, reader: Reader, window: Window, digest: Digest, now: datetime) -> Alert | None:
    recipient, rule = reader.target.key, reader.route.name
    document = digest_.to_json(digest)
    number = digests.add(
        tx,
        recipient=recipient,
        rule=rule,
        local_date=window.local_date,
        window_start=window.start,
        window_end=window.end,
        now=now,
        stories=len(digest.changed),
        changes=digest.numbers.changes,
        details={"watches": [entry.watch_id for entry in digest.changed], "digest": document},
    )
    if number is None:  # another process was faster
        return None
    wanted = reader.route.digest_empty == "send"
    if digest.is_empty and not digest.trouble and not wanted and not _time_for_a_sign(tx, recipient, rule, window):
        log.info("quiet digest not sent", recipient=recipient, rule=rule, date=window.local_date.isoformat())
        return None
    alert = outbox.add(
        tx,
        NewAlert(
            key=f"digest:{rule}:{window.local_date.isoformat()}/{recipient}",
            kind=AlertKind.DIGEST,
            route=rule,
            target=reader.target,
            payload={
                "title": f"Digest of {window.local_date.isoformat()}",
                "lines": [digest_.verdict(digest)],
                "digest": document,
            },
        ),
        now,
    )
    if alert is not None:
        digests.set_alert(tx, number, alert.id)
    return alert


def _time_for_a_sign(tx: Tx, recipient: str, rule: str, window: Window) -> bool:
    sent = digests.last(tx, recipient, rule, sent=True)
    began = digests.first(tx, recipient, rule)
    return due.quiet_long_enough(
        sent.window_end if sent else None, began.window_start if began else window.start, window
    )


def _reader_named(tx: Tx, routes: Sequence[Route], rule: str | None, recipient: str | None) -> Reader:
    found = [
        reader
        for reader in readers_of(tx, routes)
        if rule in (None, reader.route.name) and recipient in (None, reader.target.key, reader.target.address)
    ]
    if not found:
        wanted = " ".join(word for word in (rule, recipient) if word)
        what = "such a digest" if wanted else "a digest"
        raise UsageError(f'no route sends {what}; set digest = "daily" in a [[route]]', subject=wanted)
    return found[0]


def _is_new(watch: Watch, window: Window) -> bool:
    return window.listed_from < watch.added_at <= window.end and watch.latest_n > 0


def _went_or_came(watch: Watch, window: Window) -> bool:
    return any(
        at is not None and window.listed_from < at <= window.end
        for at in (_moment(watch.told.get("gone_at")), _moment(watch.told.get("returned_at")))
    )


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def _within(at: datetime | None, window: Window) -> datetime | None:
    return at if at is not None and window.listed_from < at <= window.end else None


def _told(tx: Tx, reader: Reader, window: Window) -> dict[tuple[int, int], datetime]:
    """When which version of which story was told to this recipient."""
    sent = outbox.list_(
        tx, status=AlertStatus.SENT, target=reader.target.key, since=window.listed_from - timedelta(days=2), limit=None
    )
    return {
        (alert.watch_id, alert.new_n): alert.sent_at
        for alert in sent
        if alert.watch_id is not None and alert.new_n is not None and alert.sent_at is not None
    }


def _story(tx: Tx, kit: Kit, watch: Watch, steps: Sequence[Change], window: Window) -> StoryWindow:
    plain = StoryWindow(
        watch_id=watch.id,
        headline=watch.headline or watch.label or watch.url,
        outlet=watch.outlet,
        desk=watch.desk,
        url=watch.url,
        new_n=watch.latest_n or None,
        gone_at=_within(_moment(watch.told.get("gone_at")), window),
        returned_at=_within(_moment(watch.told.get("returned_at")), window),
        old_n=None if _is_new(watch, window) else watch.latest_n or None,
    )
    if not steps:
        return plain
    old_n, new_n = steps[0].old_n, steps[-1].new_n
    first, last = versions.get(tx, watch.id, old_n), versions.get(tx, watch.id, new_n)
    net = None
    if first is None or last is None or first.fingerprint != last.fingerprint:
        try:
            net = comparison_of(tx, kit, watch, old_n, new_n)[0]
        except NotFound:  # pruned: the last step is what is left to tell
            known = changes.get(tx, steps[-1].id)
            net = from_json(known.comparison) if known else None
    return replace(
        plain,
        headline=(last.headline if last else "") or plain.headline,
        headline_before=first.headline if first else "",
        old_n=old_n,
        new_n=new_n,
        net=net,
        steps=tuple(_step(tx, change) for change in steps),
    )


def _step(tx: Tx, change: Change) -> Step:
    notes: tuple[str, ...] = ()
    if digest_.NOTE_KINDS & set(change.kinds):
        whole = changes.get(tx, change.id)
        found = from_json(whole.comparison).findings if whole else ()
        notes = tuple(finding.after or finding.before for finding in found if finding.kind in digest_.NOTE_KINDS)
    return Step(
        at=change.seen_at,
        old_n=change.old_n,
        new_n=change.new_n,
        severity=change.severity,
        kinds=change.kinds,
        summary=change.summary,
        notes=notes,
    )


def _trouble(tx: Tx, reader: Reader, followed: Iterable[Watch], window: Window) -> list[Trouble]:
    found = [
        Trouble(
            what=TROUBLE[watch.health],
            subject=watch.headline or watch.url,
            since=watch.failing_since,
            watch_id=watch.id,
        )
        for watch in followed
        if watch.health is not Health.OK and watch.state is WatchState.ACTIVE
    ]
    dead = outbox.list_(
        tx, status=AlertStatus.DEAD, target=reader.target.key, since=window.listed_from, limit=MAX_TROUBLE
    )
    found += [
        Trouble(
            what=f"an alert could not be delivered ({alert.last_error or 'no reason known'})", subject=alert.public_id
        )
        for alert in dead
        if alert.created_at <= window.end
    ]
    return found[:MAX_TROUBLE]


def _numbers(followed: dict[int, Watch], happened: dict[int, list[Change]], window: Window) -> Numbers:
    by_outlet: Counter[str] = Counter()
    for watch_id, steps in happened.items():
        by_outlet[followed[watch_id].outlet] += len(steps)
    looked = [watch.last_checked_at for watch in followed.values() if watch.last_checked_at is not None]
    return Numbers(
        watched=sum(1 for watch in followed.values() if watch.state in (WatchState.ACTIVE, WatchState.GONE)),
        checked=sum(1 for at in looked if at > window.listed_from),
        changes=sum(len(steps) for steps in happened.values()),
        last_check_at=max(looked, default=None),
        by_outlet=tuple(by_outlet.most_common()),
    )
