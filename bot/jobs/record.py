"""What a look means, written in one transaction: version, change, alerts and the watch's new state, or nothing.

Comparing happens before the transaction; should another check have stored a version meanwhile, it is done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core import cadence, health, history, hold
from bot.core.compare import compare
from bot.core.comparison import Comparison, Finding, Severity
from bot.core.history import Sighting
from bot.core.hold import Belief, Hold, Reading
from bot.core.judge import RouteState
from bot.core.model import AlertKind, Change, Outcome, Watch, WatchState
from bot.core.story import Story, fingerprint
from bot.errors import FetchError, Unreachable
from bot.jobs import identity, sitelines, trouble
from bot.jobs.decide import Decided, compare_config, decide, decide_again, history_of, tell_all
from bot.jobs.kit import Kit
from bot.jobs.look import Failed, Look, Missing, Read, Same, remember, reread
from bot.log import clean
from bot.store import changes, route_states, versions, watches
from bot.store.database import Tx
from bot.store.watches import UnchangedCheck

DOWN, PAUSED_REASONS = trouble.DOWN, trouble.PAUSED_REASONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one check ended, for people and for JSON Lines."""

    watch_id: int
    url: str
    outcome: Outcome
    version: int | None
    severity: Severity | None = None
    ms: float = 0.0
    headline: str = ""
    summary: str = ""
    error: str = ""
    error_kind: str = ""
    alerts: int = 0
    waiting: int = 0
    """Routes that wait for the edits to settle."""
    same_as: int | None = None
    """The story turned out to be one that is watched already."""


def is_plain(done: Look) -> bool:
    """Whether this look found nothing new on a watch without trouble: such rows are written many at a time."""
    watch = done.watch
    return (
        isinstance(done.seen, Same)
        and not done.seen.moved
        and watch.state is WatchState.ACTIVE
        and watch.failures == 0
        and watch.hold is None
        and "trouble" not in watch.told
    )


def plain_row(kit: Kit, done: Look, now: datetime) -> tuple[UnchangedCheck | None, Result]:
    """The row for the batch. None where the story is to be retired and needs a write of its own."""
    assert isinstance(done.seen, Same)  # noqa: S101 - the caller asked is_plain
    due = cadence.next_check(done.watch, now, kit.cadence, quiet=done.watch.quiet_checks + 1)
    result = _result(done, Outcome.UNCHANGED, version=done.watch.latest_n)
    if due.retire:
        return None, result
    row = UnchangedCheck(
        watch_id=done.watch.id,
        checked_at=now,
        next_check_at=due.at,
        etag=done.seen.etag,
        last_modified=done.seen.last_modified,
        quick_key=done.seen.quick_key,
        body_hash=done.seen.body_hash,
    )
    return row, result


def record(kit: Kit, done: Look, now: datetime, *, at_once: bool = False) -> Result:
    """Write down one look. Raises StoreError where the database fails; then nothing was written."""
    match done.seen:
        case Same():
            return _unchanged(kit, done, now)
        case Read():
            return _read(kit, done, done.seen, now, at_once)
        case Missing(what=what):
            return _missing(kit, done, what, now)
        case Failed():
            return _failed(kit, done, done.seen, now)


def _unchanged(kit: Kit, done: Look, now: datetime) -> Result:
    assert isinstance(done.seen, Same)  # noqa: S101 - matched by the caller
    seen = done.seen
    with kit.db.begin() as tx:
        watch = _fresh(tx, done.watch)
        kept = {"etag": seen.etag, "last_modified": seen.last_modified}
        if seen.body_hash:
            kept |= {"quick_key": seen.quick_key, "body_hash": seen.body_hash}
        if seen.moved:
            kept["url"] = seen.moved
        alerts = _returned(tx, kit, watch, now)
        _succeed(tx, kit, watch, now, {**kept, "quiet_checks": watch.quiet_checks + 1, "hold": None})
    return _result(done, Outcome.UNCHANGED, version=watch.latest_n, alerts=alerts)


def _read(kit: Kit, done: Look, seen: Read, now: datetime, at_once: bool) -> Result:
    for _ in range(3):
        with kit.db.read() as tx:
            latest = versions.latest(tx, done.watch.id)
            old = seen.before if latest is not None and latest.n == done.watch.latest_n else None
            if latest is not None and old is None:
                old = versions.story(tx, done.watch.id, latest.n)
            *before, new = sitelines.marked(tx, done.watch, *([old] if old is not None else []), seen.story)
        seen = replace(seen, extraction=replace(seen.extraction, story=new))
        if latest is None or not before:
            return _first(kit, done, seen, now)
        (old,) = before
        if latest.recipe != seen.extraction.recipe and fingerprint(old) != fingerprint(seen.story):
            rebaseline(kit, done.watch, now)
            continue
        step = compare(old, seen.story, compare_config(kit, done.watch))
        with kit.db.begin() as tx:
            watch = _fresh(tx, done.watch)
            if watch.latest_n == latest.n:
                return _versioned(tx, kit, replace(done, watch=watch), seen, old, step, now, at_once)
    return _failed(kit, done, Failed(error=FetchError("the story kept changing while it was read")), now)


def _first(kit: Kit, done: Look, seen: Read, now: datetime) -> Result:
    """First sight: version 1, and nobody is told."""
    with kit.db.begin() as tx:
        watch = _fresh(tx, done.watch)
        twin = identity.twin(tx, watch, seen)
        if twin is not None:
            watches.remove(tx, watch.id, now)
            return _result(done, Outcome.UNCHANGED, version=twin.latest_n, same_as=twin.id)
        if watch.latest_n:  # somebody else was faster
            return _result(done, Outcome.UNCHANGED, version=watch.latest_n)
        version = _store(tx, kit, watch, seen, now, history.sighting(seen.story, 1, now, fingerprint(seen.story)))
        sitelines.learn(tx, watch, seen.story, now)
        _succeed(tx, kit, watch, now, {**_kept(seen), "latest_n": version, "key": identity.key(seen)})
    return _result(done, Outcome.FIRST_SEEN, version=version, headline=seen.story.headline)


def _versioned(
    tx: Tx, kit: Kit, done: Look, seen: Read, old: Story, step: Comparison, now: datetime, at_once: bool
) -> Result:
    """There is a version already: is this the same text, an odd page, or a new version?"""
    watch, new, print_ = done.watch, seen.story, fingerprint(seen.story)
    same = print_ == fingerprint(old)
    sighting = history.sighting(new, watch.latest_n + 1, now, print_)
    past = history_of(tx, watch.id, now)
    reading = hold.on_page(
        None if same else step,
        fingerprint=print_,
        new_words=new.words,
        hold=Hold.from_json(watch.hold),
        history=past,
        body=sighting.body,
        policy=kit.policy,
        now=now,
    )
    if reading.belief is Belief.HOLD:
        return _hold(tx, kit, done, reading, now)
    returned = _returned(tx, kit, watch, now)
    if same:
        _succeed(
            tx,
            kit,
            watch,
            now,
            {**_kept(seen), **identity.renamed(tx, watch, seen), "quiet_checks": watch.quiet_checks + 1},
        )
        return _result(done, Outcome.UNCHANGED, version=watch.latest_n, alerts=returned)
    if reading.belief in (Belief.CONFIRMED, Belief.WITHDRAWN):
        step = compare(old, new, compare_config(kit, watch, confirmed=True))
        if reading.belief is Belief.WITHDRAWN:
            step = _withdrawn(step, reading.reason)
    reverted = any(one.fingerprint == print_ for one in past.sightings) or (
        len(past.sightings) >= history.RING and versions.by_fingerprint(tx, watch.id, print_) is not None
    )
    version = _store(tx, kit, watch, seen, now, sighting)
    sitelines.learn(tx, watch, new, now, old=old)
    past = replace(past, sightings=(*past.sightings, sighting)[-history.RING :])
    step = replace(step, findings=step.findings + history.annotate(step, past, now, kit.policy))
    change = changes.add(tx, watch.id, version - 1, version, step, now)
    moved = step.severity > Severity.TRIVIAL
    fields = {
        **_kept(seen),
        **identity.renamed(tx, watch, seen),
        "latest_n": version,
        "quiet_checks": 0 if moved else watch.quiet_checks + 1,
        **({"last_changed_at": now} if moved else {}),
    }
    watch = _succeed(tx, kit, watch, now, fields)
    past = replace(past, removed=(*history.removed_passages(step, old, version - 1, now), *past.removed))
    decided = decide(
        tx, kit, watch, new=new, new_n=version, change=change, step=step, now=now, at_once=at_once, past=past
    )
    outcome = Outcome.REVERTED if reverted else Outcome.CHANGED
    return _changed(done, outcome, version, step, change, decided, returned)


def _changed(
    done: Look, outcome: Outcome, version: int, step: Comparison, change: Change, decided: Decided, more: int
) -> Result:
    waiting = sum(1 for verdict in decided.verdicts.values() if verdict.due_at is not None)
    return replace(
        _result(done, outcome, version=version, headline=step.headline.after, alerts=len(decided.alerts) + more),
        severity=step.severity,
        summary=change.summary,
        waiting=waiting,
    )


def rebaseline(kit: Kit, watch: Watch, now: datetime) -> None:
    """The recipe changed: read the newest stored page with it and store that text silently, so that like meets like.

    Edits that wait to settle were read by the old recipe on both sides: they are told now, before it is left. Where no
    page is kept the old text stays, marked with the new recipe; a difference then shows as a change.
    """
    with kit.db.read() as tx:
        latest = versions.latest(tx, watch.id)
        raw = versions.raw(tx, watch.id, latest.n) if latest else None
    if latest is None:
        return
    extraction = reread(kit, watch, raw, latest.headers) if raw else None
    with kit.db.begin() as tx:
        if extraction is not None:
            old, new = sitelines.marked(tx, watch, versions.story(tx, watch.id, latest.n), extraction.story)
        if extraction is None or fingerprint(new) == fingerprint(old):
            versions.set_recipe(tx, watch.id, latest.n, kit_recipe(kit, watch))
            return
        _tell_waiting(tx, kit, _fresh(tx, watch), latest.n, now)
        version = versions.add(
            tx,
            watch.id,
            story=new,
            seen_at=latest.seen_at,
            recipe=extraction.recipe,
            fingerprint=fingerprint(new),
            raw=raw,
            final_url=latest.final_url,
            status=latest.status,
            headers=latest.headers,
            now=now,
        )
        watches.update(tx, watch.id, latest_n=version.n, recipe=extraction.recipe)
        rebase_routes(tx, watch.id, version.n)


def _tell_waiting(tx: Tx, kit: Kit, watch: Watch, n: int, now: datetime) -> None:
    """Judge at once the routes on which edits up to version ``n`` still settle."""
    states = {
        route: RouteState.from_json(stored, baseline_n=n) for route, stored in route_states.get(tx, watch.id).items()
    }
    waiting = [route for route, state in states.items() if state.pending_since is not None]
    if waiting:
        decide_again(tx, kit, watch, n, routes=waiting, now=now, at_once=True)


def kit_recipe(kit: Kit, watch: Watch) -> str:
    """The recipe that reads this watch today."""
    from bot.extract.page import recipe

    return recipe(kit.outlet_of(watch.url).rules)


def rebase_routes(tx: Tx, watch_id: int, n: int) -> None:
    """Every route takes version ``n`` as what it was told last."""
    for route, stored in route_states.get(tx, watch_id).items():
        state = RouteState.from_json(stored, baseline_n=n).told(n)
        route_states.put(tx, watch_id, route, state.to_json(), None)


def _hold(tx: Tx, kit: Kit, done: Look, reading: Reading, now: datetime) -> Result:
    watch = done.watch
    due = cadence.next_check(watch, now, kit.cadence, confirm_at=reading.check_at)
    values: dict[str, Any] = {
        "hold": reading.hold.to_json() if reading.hold else None,
        "next_check_at": due.at,
        "last_checked_at": now,
    }
    watches.update(tx, watch.id, **values)
    trouble.after_check(tx, kit, replace(watch, **values), now)
    return _result(done, Outcome.HELD, version=watch.latest_n, summary=reading.reason)


def _missing(kit: Kit, done: Look, what: str, now: datetime) -> Result:
    with kit.db.begin() as tx:
        watch = _fresh(tx, done.watch)
        if not watch.latest_n:  # it was never there: an address mistyped, not a story gone
            error = FetchError(f"there is no story at this address ({what}); check it or remove the watch")
            return _fail(tx, kit, replace(done, watch=watch), Failed(error=error), now)
        reading = hold.on_missing(
            what,
            hold=Hold.from_json(watch.hold),
            told=watch.told,
            now=now,
            already_gone=watch.state is WatchState.GONE,
        )
        if reading.belief is Belief.HOLD:
            return _hold(tx, kit, replace(done, watch=watch), reading, now)
        alerts = 0
        values: dict[str, Any] = {"hold": None, "last_checked_at": now}
        if reading.belief is Belief.GONE:
            values |= {"state": WatchState.GONE, "told": dict(reading.told or watch.told)}
            alerts = len(
                tell_all(
                    tx,
                    kit,
                    watch,
                    kind=AlertKind.GONE,
                    identity=now.isoformat(),
                    severity=Severity.MAJOR,
                    title=f"Story gone: {watch.headline}",
                    lines=[reading.reason, f"The last text is kept as version {watch.latest_n}."],
                    now=now,
                )
            )
        after = replace(watch, **values)
        watches.update(tx, watch.id, **values, next_check_at=cadence.next_check(after, now, kit.cadence).at)
    return _result(done, Outcome.GONE, version=watch.latest_n, summary=reading.reason, alerts=alerts)


def _failed(kit: Kit, done: Look, seen: Failed, now: datetime) -> Result:
    with kit.db.begin() as tx:
        return _fail(tx, kit, replace(done, watch=_fresh(tx, done.watch)), seen, now)


def _fail(tx: Tx, kit: Kit, done: Look, seen: Failed, now: datetime) -> Result:
    watch, error = done.watch, seen.error
    words = clean(str(error))
    retry_after = getattr(error, "retry_after", None)
    reason = getattr(error, "reason", "")
    if reason in PAUSED_REASONS:
        due = now + timedelta(seconds=max(float(retry_after or 60.0), 1.0))
        watches.update(tx, watch.id, next_check_at=due)
        if reason == DOWN:
            _left_out(tx, kit, replace(watch, next_check_at=due), words, now)
        return replace(_result(done, Outcome.HELD, version=watch.latest_n), error=words, error_kind=reason)
    values: dict[str, Any] = {
        "failures": watch.failures + 1,
        "last_error": words,
        "last_error_kind": error.kind,
        "failing_since": watch.failing_since or now,
        "last_checked_at": now,
    }
    after = replace(watch, **values)
    due_at = cadence.next_check(after, now, kit.cadence, failed=True, retry_after=retry_after).at
    watches.update(tx, watch.id, **values, next_check_at=due_at)
    trouble.after_check(tx, kit, after, now, status=getattr(error, "status", None))
    return replace(_result(done, Outcome.FAILED, version=watch.latest_n or None), error=words, error_kind=error.kind)


def _left_out(tx: Tx, kit: Kit, watch: Watch, words: str, now: datetime) -> None:
    """A story of a site that does not answer: nobody asked for this one, but its owner hears when it lasts.

    Of many stories of such a site a few are tried at each turn; by its own failures alone each would take days to be
    told. So what was not read for as long as makes a story failing counts as that, tried or not.
    """
    if now - (watch.last_success_at or watch.added_at) < timedelta(seconds=health.DEFAULT.failing_after):
        return
    values: dict[str, Any] = {
        "failures": max(watch.failures, health.DEFAULT.failing_count),
        "last_error": words,
        "last_error_kind": Unreachable.kind,
        "failing_since": watch.failing_since or now,
    }
    watches.update(tx, watch.id, **values)
    trouble.after_check(tx, kit, replace(watch, **values), now)


def _succeed(tx: Tx, kit: Kit, watch: Watch, now: datetime, fields: dict[str, Any]) -> Watch:
    """The watch after a good check: errors forgotten, next look planned, recovery told. A 304 counts as good."""
    if "key" not in fields and fields.get("url", watch.url) != watch.url:
        fields = {**fields, **identity.moved(tx, watch, fields["url"], now)}
    values: dict[str, Any] = {
        "failures": 0,
        "last_error": None,
        "last_error_kind": None,
        "failing_since": None,
        "last_checked_at": now,
        "last_success_at": now,
        "hold": None,
        "state": WatchState.ACTIVE if watch.state is WatchState.GONE else watch.state,
        **fields,
    }
    after = replace(watch, **{name: value for name, value in values.items() if name != "key"})
    due = cadence.next_check(after, now, kit.cadence)
    if due.retire and after.state is WatchState.ACTIVE:
        values["state"] = WatchState.RETIRED
    watches.update(tx, watch.id, **values, next_check_at=due.at)
    trouble.after_check(tx, kit, after, now)
    return after


def _returned(tx: Tx, kit: Kit, watch: Watch, now: datetime) -> int:
    """A story that was told gone is back: say so."""
    if watch.state is not WatchState.GONE:
        return 0
    reading = hold.on_return(told=watch.told, now=now)
    watches.update(tx, watch.id, told=dict(reading.told or {}))
    if not reading.tell:
        return 0
    written = tell_all(
        tx,
        kit,
        watch,
        kind=AlertKind.RETURNED,
        identity=now.isoformat(),
        severity=Severity.MAJOR,
        title=f"Story is back: {watch.headline}",
        lines=[reading.reason],
        now=now,
    )
    return len(written)


def _withdrawn(step: Comparison, reason: str) -> Comparison:
    finding = Finding(
        kind="story_withdrawn",
        severity=Severity.CRITICAL,
        rule="X2",
        field="page",
        explanation=f"Story withdrawn: hardly any of its text is left. {reason}"[:300],
    )
    return replace(
        step,
        status="changed",
        severity=Severity.CRITICAL,
        findings=(finding, *step.findings),
        summary="Story withdrawn",
    )


def _store(tx: Tx, kit: Kit, watch: Watch, seen: Read, now: datetime, sighting: Sighting) -> int:
    page = seen.page
    version = versions.add(
        tx,
        watch.id,
        story=seen.story,
        seen_at=now,
        recipe=seen.extraction.recipe,
        fingerprint=sighting.fingerprint,
        hashes=(sighting.headline, sighting.body),
        raw=page.body if kit.raw_snapshots else None,
        raw_sha256=seen.body_hash,
        final_url=page.final_url,
        status=page.status,
        headers=page.headers,
        now=now,
    )
    return version.n


def _kept(seen: Read) -> dict[str, Any]:
    page, story = seen.page, seen.story
    kept: dict[str, Any] = {
        "etag": page.etag,
        "last_modified": page.last_modified,
        "quick_key": seen.quick_key,
        "body_hash": seen.body_hash,
        "charset": seen.extraction.charset,
        "recipe": seen.extraction.recipe,
        "remembered": remember(seen.extraction.remembered),
        "headline": story.headline,
        "is_live": story.is_live,
    }
    if story.published_at is not None:
        kept["published_at"] = story.published_at
    if page.permanent_redirect and not hold.leads_away(page.url, page.permanent_redirect):
        kept["url"] = page.permanent_redirect
    return kept


def _fresh(tx: Tx, watch: Watch) -> Watch:
    return watches.get(tx, watch.id) or watch


def _result(
    done: Look,
    outcome: Outcome,
    *,
    version: int | None,
    headline: str = "",
    summary: str = "",
    alerts: int = 0,
    same_as: int | None = None,
) -> Result:
    return Result(
        watch_id=done.watch.id,
        url=done.watch.url,
        outcome=outcome,
        version=version or None,
        ms=round(done.ms, 1),
        headline=headline or done.watch.headline,
        summary=summary,
        alerts=alerts,
        same_as=same_as,
    )


def plain_results(rows: Sequence[tuple[UnchangedCheck | None, Result]]) -> list[UnchangedCheck]:
    """The rows of a batch that are to be written."""
    return [row for row, _ in rows if row is not None]
