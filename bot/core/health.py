"""When something is wrong with a watch, and when its owner hears of it: once, weekly, and when it is over.

Pure decisions over values. *Failing* is judged by the age of the last success, never by one error; *blocked* and
*broken* by what the site answers; *noisy* by how often a story changes; *silent* by nobody having looked. When most
hosts fail at once, the trouble is ours: one notice about our own network, none about the stories.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.core.cadence import BLOCKED_KINDS, DAY, HOUR, words
from bot.core.model import Health, Source, Watch, WatchState

BLOCKED_STATUSES = frozenset((401, 402, 403, 407, 451))
BROKEN_KINDS = frozenset(("empty", "truncated", "not_html", "not_article", "error_page", "too_large", "javascript"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """When trouble is trouble. Durations in seconds."""

    blocked_after: int = 2
    """Refusals in a row."""
    broken_after: int = 3
    """Pages in a row without a story."""
    failing_after: int = 6 * HOUR
    """Age of the last success, with at least ``failing_count`` failures in a row."""
    failing_count: int = 3
    silent_factor: int = 4
    """Nobody looked for so many intervals …"""
    silent_after: int = 6 * HOUR
    """… and for at least so long."""
    held_after: int = DAY
    """An incomplete page that stays unconfirmed for so long is a broken one."""
    noisy_changes: int = 20
    """Versions within a day, live blogs excepted."""
    source_silent: int = 7 * DAY
    """A source that shows nothing new for so long."""
    remind_every: int = 7 * DAY


DEFAULT = HealthSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is wrong (or OK), and one sentence for the owner."""

    health: Health
    reason: str


def of_watch(
    watch: Watch,
    now: datetime,
    settings: HealthSettings = DEFAULT,
    *,
    every: int,
    changes_today: int = 0,
    status: int | None = None,
) -> Diagnosis:
    """What is wrong with this watch.

    ``every`` is its present interval in seconds, ``changes_today`` its new versions of the last 24 hours, ``status``
    the HTTP status of the last failed check where there was one.
    """
    if watch.state is not WatchState.ACTIVE:
        return Diagnosis(health=Health.OK, reason=f"The watch is {watch.state.value}.")
    if watch.failures:
        found = _failing(watch, now, settings, status)
        if found is not None:
            return found
    held = _held_since(watch)
    if held is not None and (now - held).total_seconds() >= settings.held_after:
        return Diagnosis(
            health=Health.BROKEN, reason=f"The page has looked incomplete for {words((now - held).total_seconds())}."
        )
    if changes_today > settings.noisy_changes and not watch.is_live and watch.profile != "live":
        return Diagnosis(
            health=Health.NOISY,
            reason=f"{changes_today} versions within a day: add an ignore rule, or set its profile to live.",
        )
    age = _age(watch.last_checked_at or watch.added_at, now)
    if not watch.failures and age > max(settings.silent_after, settings.silent_factor * every):
        return Diagnosis(health=Health.SILENT, reason=f"Nobody looked at it for {words(age)}: is the checker running?")
    return Diagnosis(health=Health.OK, reason="Read without trouble.")


def of_source(source: Source, now: datetime, settings: HealthSettings = DEFAULT) -> Diagnosis:
    """What is wrong with this source of stories."""
    if source.state is not WatchState.ACTIVE:
        return Diagnosis(health=Health.OK, reason=f"The source is {source.state.value}.")
    last = _age(source.last_success_at or source.added_at, now)
    if source.failures >= settings.failing_count and last >= settings.failing_after:
        return Diagnosis(
            health=Health.FAILING, reason=f"Not read for {words(last)}: {source.last_error or 'no answer'}"
        )
    quiet = _age(source.last_new_at or source.added_at, now)
    if quiet >= settings.source_silent:
        return Diagnosis(health=Health.SILENT, reason=f"No new story for {words(quiet)}: has the address changed?")
    return Diagnosis(health=Health.OK, reason="Read without trouble.")


def _failing(watch: Watch, now: datetime, settings: HealthSettings, status: int | None) -> Diagnosis | None:
    kind, error = watch.last_error_kind or "", watch.last_error or "no answer"
    refused = kind in BLOCKED_KINDS or status in BLOCKED_STATUSES
    if refused and watch.failures >= settings.blocked_after:
        return Diagnosis(health=Health.BLOCKED, reason=f"The site does not let us read it: {error}")
    if kind in BROKEN_KINDS and watch.failures >= settings.broken_after:
        return Diagnosis(health=Health.BROKEN, reason=f"A page comes, but no story can be read in it: {error}")
    age = _age(watch.last_success_at or watch.added_at, now)
    if watch.failures >= settings.failing_count and age >= settings.failing_after:
        return Diagnosis(health=Health.FAILING, reason=f"Not read for {words(age)}: {error}")
    return None


class Telling(StrEnum):
    """What the owner is told."""

    BEGAN = "began"
    REMINDER = "reminder"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What to tell, if anything, and the ledger to keep (``Watch.told``, other keys untouched).

    ``key`` is the notice's identity for the outbox: telling the same thing twice stores it once.
    """

    telling: Telling | None
    told: Mapping[str, Any]
    text: str = ""
    key: str = ""


def notice(
    found: Diagnosis,
    told: Mapping[str, Any],
    now: datetime,
    settings: HealthSettings = DEFAULT,
    *,
    name: str = "",
    outage: bool = False,
) -> Notice:
    """Is the owner told now?

    Trouble is told when it begins, again after ``remind_every`` while it lasts, and once when it is over, whatever
    forms it took in between (failing, then blocked, then failing is one trouble). During an ``outage`` of our own
    nothing is told and nothing is forgotten. ``name`` is the headline or address.
    """
    trouble = told.get("trouble")
    if outage:
        return Notice(telling=None, told=told)
    if found.health is Health.OK:
        if not isinstance(trouble, Mapping):
            return Notice(telling=None, told=told)
        rest = {key: value for key, value in told.items() if key != "trouble"}
        since = _moment(trouble.get("since"))
        length = f" after {words((now - since).total_seconds())}" if since else ""
        over = "Quiet again" if trouble.get("health") == Health.NOISY else "Reads again"
        text = f"{over}{length}: {name}" if name else f"{over}{length}."
        return Notice(telling=Telling.RECOVERED, told=rest, text=text, key=_key(trouble, "recovered", since))
    if not isinstance(trouble, Mapping):
        fresh = {"health": found.health.value, "since": now.isoformat(), "told_at": now.isoformat(), "times": 1}
        text = _text(found, name)
        return Notice(telling=Telling.BEGAN, told={**told, "trouble": fresh}, text=text, key=_key(fresh, "began", now))
    last = _moment(trouble.get("told_at"))
    if last is not None and (now - last).total_seconds() < settings.remind_every:
        same = trouble.get("health") == found.health.value
        kept = told if same else {**told, "trouble": {**trouble, "health": found.health.value}}
        return Notice(telling=None, told=kept)
    times = int(trouble.get("times") or 1) + 1
    again = {**trouble, "health": found.health.value, "told_at": now.isoformat(), "times": times}
    text = f"Still: {_text(found, name)}"
    since = _moment(trouble.get("since"))
    return Notice(
        telling=Telling.REMINDER,
        told={**told, "trouble": again},
        text=text,
        key=_key(again, f"reminder-{times}", since),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HostResult:
    """How the last check on one host went, within the last minutes."""

    host: str
    at: datetime
    answered: bool
    """Any HTTP answer at all, a 404 or a refusal included: then the network works."""


OUTAGE_HOSTS = 3
OUTAGE_WINDOW = timedelta(minutes=10)


def own_outage(results: Iterable[HostResult], now: datetime) -> bool:
    """Is it our own network? True where at least three hosts were tried within ten minutes and none answered.

    The latest result of each host counts, so one answer ends the outage. With fewer hosts nobody can tell.
    """
    latest: dict[str, HostResult] = {}
    for result in results:
        if timedelta(0) <= now - result.at <= OUTAGE_WINDOW:
            seen = latest.get(result.host)
            if seen is None or result.at >= seen.at:
                latest[result.host] = result
    return len(latest) >= OUTAGE_HOSTS and not any(result.answered for result in latest.values())


def outage_notice(outage: bool, told: Mapping[str, Any], now: datetime) -> Notice:
    """The one notice about our own network, and the one when it is over. ``told`` is the ledger of the installation."""
    since = _moment(told.get("outage"))
    if outage and since is None:
        text = "No site answers: our own network seems to be down. Stories are checked again when it is back."
        return Notice(
            telling=Telling.BEGAN,
            told={**told, "outage": now.isoformat()},
            text=text,
            key=f"outage:{now.isoformat()}:began",
        )
    if not outage and since is not None:
        rest = {key: value for key, value in told.items() if key != "outage"}
        text = f"Our network is back after {words((now - since).total_seconds())}; overdue stories are being checked."
        return Notice(telling=Telling.RECOVERED, told=rest, text=text, key=f"outage:{since.isoformat()}:recovered")
    return Notice(telling=None, told=told)


def _text(found: Diagnosis, name: str) -> str:
    return f"{found.health.value.capitalize()}: {name}. {found.reason}" if name else found.reason


def _key(trouble: Mapping[str, Any], what: str, since: datetime | None) -> str:
    return f"trouble:{since.isoformat() if since else trouble.get('since')}:{what}"


def _held_since(watch: Watch) -> datetime | None:
    hold = watch.hold or {}
    return _moment(hold.get("since")) if hold.get("kind") == "suspect" else None


def _age(moment: datetime, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0)


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if value else None
    except (ValueError, TypeError):
        return None
