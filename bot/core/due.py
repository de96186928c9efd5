"""When a digest is due: local dates, wall times through clock changes, and windows that tile time.

A digest belongs to a local date. It is due at one instant of that date, and its window runs from the end of the one
before to that instant, never "24 hours". A cron expression in a local zone does not do: through the hour that comes
twice it fires twice, and where midnight does not exist it leaves the date out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
GRACE = timedelta(hours=2)
"""How long after its instant a digest may still go out although its local day is over."""
CATCH_UP = timedelta(days=7)
"""At most this much is listed after a long silence; the window itself stays whole."""
QUIET = timedelta(days=7) - timedelta(hours=3)
"""After so long without a digest an "all quiet" one goes out: a week, less what clock changes may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """``at`` is local wall time. ``weekday`` (Monday 0) makes it weekly; None: daily."""

    zone: str
    at: time = time(7)
    weekday: int | None = None

    @property
    def period(self) -> int:
        """Days from one digest to the next."""
        return 1 if self.weekday is None else 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time one digest covers: after ``start`` until and with ``end``, both UTC.

    ``local_date`` names it. ``listed_from`` is later than ``start`` only after a silence beyond CATCH_UP.
    ``days`` is how many local dates it stands for; more than its period means that we were down.
    """

    local_date: date
    start: datetime
    end: datetime
    listed_from: datetime
    days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The digest before: the local date it had and where its window ended."""

    local_date: date
    end: datetime


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive wall time: the first of two, and the end of the gap for one that never was."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # in a gap: fold 1 lies before it, fold 0 behind it
    after = first
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local date; that of the next one where the date was skipped."""
    return instant(datetime.combine(day, time()), zone)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone ever had this date. Samoa had no 30 December 2011."""
    return day_start(day, zone) < day_start(day + DAY, zone)


def due_at(day: date, schedule: Schedule) -> datetime | None:
    """The instant at which this date's digest is due; None where the date has none."""
    zone = ZoneInfo(schedule.zone)
    if not exists(day, zone) or (schedule.weekday is not None and day.weekday() != schedule.weekday):
        return None
    return instant(datetime.combine(day, schedule.at), zone)


def window(schedule: Schedule, previous: Previous | None, now: datetime) -> Window | None:
    """The one window that is due now, or None.

    After a downtime only the newest due date counts, and its window covers what was missed. A date whose local day
    (and GRACE) is over is not sent late: the next date covers it. A clock that was set back gives nothing until it
    has passed the last window's end; a new zone gives neither a gap nor a second digest for one date.
    """
    due = next(_dates_due(schedule, now), None)
    if due is None:
        return None
    day, end = due
    if previous is not None and (day <= previous.local_date or end <= previous.end):
        return None
    if now >= _too_late(day, end, schedule):
        return None
    before = _due_before(day, schedule)
    start = previous.end if previous is not None else before
    days = (day - previous.local_date).days if previous is not None else schedule.period
    return Window(local_date=day, start=start, end=end, listed_from=max(start, end - _listed(schedule)), days=days)


def next_due(schedule: Schedule, now: datetime) -> datetime:
    """The next instant after ``now`` at which a digest is due."""
    day = now.astimezone(ZoneInfo(schedule.zone)).date() - DAY
    while True:
        due = due_at(day, schedule)
        if due is not None and due > now:
            return due
        day += DAY


def _dates_due(schedule: Schedule, now: datetime) -> Iterator[tuple[date, datetime]]:
    """Dates whose instant has come, newest first."""
    day = now.astimezone(ZoneInfo(schedule.zone)).date() + DAY
    for back in range(2 * schedule.period + 3):
        due = due_at(day - back * DAY, schedule)
        if due is not None and due <= now:
            yield day - back * DAY, due


def _due_before(day: date, schedule: Schedule) -> datetime:
    """When the digest before this date's was due: where the window of a first digest starts."""
    for back in range(1, 3 * schedule.period + 3):
        if (due := due_at(day - back * DAY, schedule)) is not None:
            return due
    raise AssertionError("a zone never skips so many dates")


def _too_late(day: date, due: datetime, schedule: Schedule) -> datetime:
    """From when on the date is left to the next one: its end, or GRACE after a late hour, but before the next due."""
    end = max(day_start(day + DAY, ZoneInfo(schedule.zone)), due + GRACE)
    return min(end, next_due(schedule, due))


def _listed(schedule: Schedule) -> timedelta:
    return CATCH_UP if schedule.weekday is None else 2 * CATCH_UP


def quiet_long_enough(last_sent_end: datetime | None, first_start: datetime, window: Window) -> bool:
    """Whether an empty digest should go out all the same, to prove life. ``first_start``: where windows began."""
    return window.end - (last_sent_end or first_start) >= QUIET
