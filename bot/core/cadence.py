"""When to look at a story again: by its age, by how it behaves, and never in the past.

A story changes most in its first hours (82 % of changes fall into the first day). The default steps make about 131
fetches over a month: every 10 minutes for three hours, every 30 to a day, every 3 hours to a week, daily to a month.
Durations are in seconds. Jitter is drawn from the watch's id and the time, so the same question has the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.model import Watch, WatchState

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The ``[cadence]`` settings.

    ``steps`` are (younger than, every), youngest first. ``failure_backoff`` is the least wait after the first, second …
    failure in a row; the last one repeats. Raises ValueError where the steps do not climb.
    """

    steps: tuple[tuple[int, int], ...] = ((3 * HOUR, 600), (DAY, 1800), (7 * DAY, 3 * HOUR), (30 * DAY, DAY))
    retire_after: int = 30 * DAY
    after_change: int = HOUR
    """For so long after a change the fastest step applies again."""
    live_every: int = 300
    """Live blogs, as long as they move."""
    live_quiet: int = 6 * HOUR
    """A live blog without a change for so long is an ordinary story."""
    quiet_after: int = 6
    """After so many quiet checks in a row the interval begins to grow …"""
    quiet_factor: float = 1.2
    """… by this factor a check …"""
    quiet_max: float = 2.0
    """… up to so many times the step."""
    jitter: float = 0.1
    failure_backoff: tuple[int, ...] = (300, 900, 3600, 4 * HOUR, 6 * HOUR)
    blocked_every: int = HOUR
    """The least wait while a site refuses us."""
    gone_every: int = 6 * HOUR
    """A story that is gone is looked at now and then: its return is news."""
    retry_after_max: int = DAY
    shortest: int = 1

    def __post_init__(self) -> None:
        ages = [age for age, _ in self.steps]
        if not self.steps or ages != sorted(set(ages)) or any(every < 1 for _, every in self.steps):
            raise ValueError("cadence.steps: ages must climb and intervals be a second or more")
        if not self.failure_backoff or min(self.failure_backoff) < 1:
            raise ValueError("cadence.failure_backoff: at least one wait of a second or more")

    @property
    def fastest(self) -> int:
        """The shortest of the steps."""
        return min(every for _, every in self.steps)


DEFAULT = Cadence()
BLOCKED_KINDS = frozenset(("refused", "consent_wall", "bot_wall", "paywall", "blocked"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCheck:
    """When to look again, and why. ``at`` is None where the watch is to be retired."""

    at: datetime | None
    reason: str

    @property
    def retire(self) -> bool:
        """The story will not be checked again."""
        return self.at is None


def next_check(
    watch: Watch,
    now: datetime,
    cadence: Cadence = DEFAULT,
    *,
    failed: bool = False,
    retry_after: float | None = None,
    confirm_at: datetime | None = None,
    quiet: int | None = None,
) -> NextCheck:
    """When to look at this watch again, asked after a check.

    ``watch`` is as it is after the check: ``failures``, ``quiet_checks``, ``last_changed_at`` and ``state`` count.
    ``failed``: this check failed. ``retry_after``: seconds the site asked for. ``confirm_at``: an odd page is to be
    confirmed then. ``quiet``: how many checks in a row found nothing new, where ``watch`` still holds what it was
    before this one. The answer is always later than ``now``.
    """
    if watch.state in (WatchState.PAUSED, WatchState.RETIRED, WatchState.REMOVED):
        return NextCheck(at=None, reason=f"The watch is {watch.state.value}.")
    if failed:
        return _after_failure(watch, now, cadence, retry_after)
    if confirm_at is not None:
        return NextCheck(at=_later(confirm_at, now, cadence), reason="An odd page is looked at again.")
    every, reason = interval(watch, now, cadence, quiet=quiet)
    if every is None:
        return NextCheck(at=None, reason=reason)
    wait = float(every)
    if retry_after is not None and retry_after > wait:
        return _asked(watch, now, cadence, retry_after)
    return NextCheck(at=now + _jittered(wait, watch, now, cadence), reason=reason)


def interval(
    watch: Watch, now: datetime, cadence: Cadence = DEFAULT, *, quiet: int | None = None
) -> tuple[int | None, str]:
    """Seconds between checks of this watch at this time, without jitter, and why. None: to be retired."""
    if watch.state is WatchState.GONE:
        if watch.last_success_at and now - watch.last_success_at > timedelta(seconds=cadence.retire_after):
            return None, "Gone for long: it will not be checked again."
        return cadence.gone_every, "The story is gone; looked at now and then for its return."
    if watch.every is not None:
        return max(watch.every, cadence.shortest), f"Every {words(watch.every)}, as set for this watch."
    since_change = _since(watch.last_changed_at, now)
    live = watch.is_live or watch.profile == "live"
    if live and (since_change if since_change is not None else _age(watch, now)) < cadence.live_quiet:
        return min(cadence.live_every, cadence.fastest), "A live blog that moves."
    if since_change is not None and since_change < cadence.after_change:
        return cadence.fastest, "It changed within the last hour."
    return _by_age(watch, now, cadence, since_change, watch.quiet_checks if quiet is None else quiet)


def _by_age(
    watch: Watch, now: datetime, cadence: Cadence, since_change: float | None, quiet: int
) -> tuple[int | None, str]:
    age = _age(watch, now)
    for limit, every in cadence.steps:
        if age < limit:
            growth = cadence.quiet_factor ** max(quiet - cadence.quiet_after, 0) if quiet < 200 else 99.0
            slower = round(every * min(growth, cadence.quiet_max))
            said = f", quiet for {quiet} checks" if slower > every else ""
            return slower, f"The story is {words(age)} old{said}."
    last = cadence.steps[-1][1]
    if watch.profile == "policy_page":
        return last, "A policy page is followed for good."
    recent = since_change is not None and since_change < 7 * DAY
    if age < cadence.retire_after or recent:
        return last, "Old, but it changed within the last week." if recent else f"The story is {words(age)} old."
    return None, "Old and quiet: it will not be checked again unless its source shows it again."


def _after_failure(watch: Watch, now: datetime, cadence: Cadence, retry_after: float | None) -> NextCheck:
    """The longer a story fails, the longer we wait; never less than the site asked for, or than its own interval."""
    count = max(watch.failures, 1)
    wait = float(cadence.failure_backoff[min(count, len(cadence.failure_backoff)) - 1])
    every, _ = interval(watch, now, cadence)
    wait = max(wait, float(every if every is not None else DAY))
    if watch.last_error_kind in BLOCKED_KINDS:
        wait = max(wait, float(cadence.blocked_every))
    if retry_after is not None and retry_after > wait:
        return _asked(watch, now, cadence, retry_after)
    return NextCheck(at=now + _jittered(wait, watch, now, cadence), reason=f"Failed {count} times in a row; waits.")


def _asked(watch: Watch, now: datetime, cadence: Cadence, retry_after: float) -> NextCheck:
    """Retry-After is honoured, a day at most; jitter only ever adds to it."""
    wait = min(retry_after, float(cadence.retry_after_max))
    extra = abs(_draw(watch.id, now)) * cadence.jitter * min(wait, 600.0)
    return NextCheck(at=now + timedelta(seconds=wait + extra), reason=f"The site asked to wait {words(wait)}.")


def spread(
    overdue: Sequence[Watch],
    now: datetime,
    cadence: Cadence = DEFAULT,
    *,
    within: float = 600.0,
    first: int = 0,
    of: int | None = None,
) -> dict[int, datetime]:
    """New due times for what fell due while nobody was looking, the most overdue first, evenly over ``within`` seconds.

    Each is due within its own interval, so that a fast story does not wait for the slow ones. A part of a crowd of
    ``of`` stories begins at place ``first`` of them.
    """
    last = now - timedelta(days=3650)
    ordered = sorted(overdue, key=lambda watch: (watch.next_check_at or last, watch.id))
    found = {}
    for place, watch in enumerate(ordered, start=first):
        every = interval(watch, now, cadence)[0] or DAY
        room = min(within, float(every))
        found[watch.id] = now + timedelta(seconds=room * place / max(len(ordered) if of is None else of, 1))
    return found


def revived(watch: Watch, shown_at: datetime | None, now: datetime) -> bool:
    """Is a retired story to be checked again because its source shows it? Not when the source never let go of it."""
    if watch.state is not WatchState.RETIRED:
        return False
    return shown_at is None or watch.last_checked_at is None or shown_at > watch.last_checked_at


def _age(watch: Watch, now: datetime) -> float:
    """Seconds since publication, or since it was added where the page does not say or says the future."""
    born = watch.published_at if watch.published_at and watch.published_at <= now else watch.added_at
    return max((now - born).total_seconds(), 0.0)


def _since(moment: datetime | None, now: datetime) -> float | None:
    return max((now - moment).total_seconds(), 0.0) if moment else None


def _later(at: datetime, now: datetime, cadence: Cadence) -> datetime:
    return max(at, now + timedelta(seconds=cadence.shortest))


def _jittered(wait: float, watch: Watch, now: datetime, cadence: Cadence) -> timedelta:
    seconds = wait * (1 + cadence.jitter * _draw(watch.id, now))
    return timedelta(seconds=max(seconds, float(cadence.shortest)))


def _draw(seed: int, now: datetime) -> float:
    """A number in [-1, 1) that looks random and is the same for the same watch and time."""
    packed = hashlib.blake2b(f"{seed}:{now.timestamp():.3f}".encode(), digest_size=8).digest()
    return int.from_bytes(packed, "big") / 2**63 - 1


def words(seconds: float) -> str:
    """``90 s``, ``15 min``, ``3 h``, ``2 days``: the largest unit that is not below two."""
    for size, unit in ((DAY, "days"), (HOUR, "h"), (60, "min")):
        if seconds >= 2 * size or (seconds == size and unit != "days"):
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds)} s" if seconds < 120 else f"{round(seconds / 60)} min"
