"""When digests are due: hostile zones and dates, downtime, moved clocks, changed zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.due import Previous, Schedule, Window, due_at, exists, instant, next_due, quiet_long_enough, window

DAY = timedelta(days=1)
HOSTILE = [
    ("America/New_York", time(1, 30), date(2026, 10, 28), date(2026, 11, 5)),  # 01:30 comes twice on 1 November
    ("America/New_York", time(2, 30), date(2026, 3, 4), date(2026, 3, 12)),  # 02:30 never comes on 8 March
    ("Europe/London", time(1, 30), date(2026, 10, 22), date(2026, 10, 29)),  # twice on 25 October
    ("Australia/Lord_Howe", time(1, 45), date(2026, 4, 1), date(2026, 4, 9)),  # half an hour twice
    ("Africa/Cairo", time(0, 0), date(2026, 4, 20), date(2026, 4, 28)),  # no midnight on 24 April
    ("America/Sao_Paulo", time(0, 0), date(2018, 11, 1), date(2018, 11, 8)),  # no midnight on 4 November
    ("Pacific/Apia", time(7, 0), date(2011, 12, 27), date(2012, 1, 3)),  # no 30 December
    ("America/Toronto", time(23, 45), date(1918, 4, 11), date(1918, 4, 18)),  # an old switch in the evening
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


class Ledger:
    """The rows a database would hold: one recipient, windows in order."""

    def __init__(self) -> None:
        self.windows: list[Window] = []

    @property
    def previous(self) -> Previous | None:
        return Previous(local_date=self.windows[-1].local_date, end=self.windows[-1].end) if self.windows else None

    def tick(self, schedule: Schedule, now: datetime) -> Window | None:
        due = window(schedule, self.previous, now)
        if due is not None:
            self.windows.append(due)
        return due

    def check(self) -> None:
        for before, after in zip(self.windows, self.windows[1:], strict=False):
            assert after.start == before.end
            assert after.end > after.start
        dates = [due.local_date for due in self.windows]
        assert len(dates) == len(set(dates))
        assert dates == sorted(dates)


@pytest.mark.parametrize(("zone", "at", "first", "last"), HOSTILE)
def test_every_existing_local_date_has_exactly_one_digest(zone: str, at: time, first: date, last: date) -> None:
    schedule = Schedule(zone=zone, at=at)
    where = ZoneInfo(zone)
    ledger = Ledger()
    now = instant(datetime.combine(first, time()), where)
    end = instant(datetime.combine(last + DAY, time()), where)
    while now < end + timedelta(hours=3):
        ledger.tick(schedule, now)
        now += timedelta(minutes=7)
    ledger.check()
    expected = []
    moment = instant(datetime.combine(first, time()), where)
    while moment < end:  # every date that the zone's own clock ever shows
        shown = moment.astimezone(where).date()
        if shown not in expected:
            expected.append(shown)
        moment += timedelta(minutes=15)
    got = [due.local_date for due in ledger.windows if first <= due.local_date <= last]
    assert got == expected


def test_samoa_had_no_30_december_2011() -> None:
    where = ZoneInfo("Pacific/Apia")
    assert not exists(date(2011, 12, 30), where)
    assert exists(date(2011, 12, 29), where)
    assert due_at(date(2011, 12, 30), Schedule(zone="Pacific/Apia")) is None
    ends = [due_at(date(2011, 12, day), Schedule(zone="Pacific/Apia")) for day in (29, 31)]
    assert ends == [utc(2011, 12, 29, 17), utc(2011, 12, 30, 17)]


def test_a_wall_time_in_the_gap_means_the_end_of_the_gap_and_one_that_comes_twice_the_first() -> None:
    new_york = ZoneInfo("America/New_York")
    assert instant(datetime(2026, 3, 8, 2, 30), new_york) == utc(2026, 3, 8, 7)  # noqa: DTZ001
    assert instant(datetime(2026, 11, 1, 1, 30), new_york) == utc(2026, 11, 1, 5, 30)  # noqa: DTZ001
    assert instant(datetime(2026, 4, 24), ZoneInfo("Africa/Cairo")) == utc(2026, 4, 23, 22)  # noqa: DTZ001
    assert instant(datetime(2026, 7, 1, 7), new_york) == utc(2026, 7, 1, 11)  # noqa: DTZ001


def test_a_morning_outage_sends_late_on_the_same_day() -> None:
    schedule = Schedule(zone="Europe/London")
    before = Previous(local_date=date(2026, 11, 23), end=utc(2026, 11, 23, 7))
    due = window(schedule, before, utc(2026, 11, 24, 15))
    assert due is not None
    assert (due.local_date, due.start, due.end) == (date(2026, 11, 24), utc(2026, 11, 23, 7), utc(2026, 11, 24, 7))
    assert due.days == 1


def test_after_the_day_is_over_its_digest_is_left_to_the_next() -> None:
    schedule = Schedule(zone="Europe/London")
    before = Previous(local_date=date(2026, 11, 21), end=utc(2026, 11, 21, 7))
    assert window(schedule, before, utc(2026, 11, 24, 3)) is None
    due = window(schedule, before, utc(2026, 11, 24, 7))
    assert due is not None
    assert (due.start, due.end, due.days) == (utc(2026, 11, 21, 7), utc(2026, 11, 24, 7), 3)


def test_a_digest_due_a_minute_before_midnight_still_goes_out_after_it() -> None:
    schedule = Schedule(zone="UTC", at=time(23, 59))
    before = Previous(local_date=date(2026, 11, 22), end=utc(2026, 11, 22, 23, 59))
    due = window(schedule, before, utc(2026, 11, 24, 0, 1))
    assert due is not None
    assert due.local_date == date(2026, 11, 23)


def test_after_more_than_a_week_only_a_week_is_listed_but_the_window_stays_whole() -> None:
    before = Previous(local_date=date(2026, 10, 1), end=utc(2026, 10, 1, 7))
    due = window(Schedule(zone="UTC"), before, utc(2026, 11, 24, 8))
    assert due is not None
    assert due.start == utc(2026, 10, 1, 7)
    assert due.listed_from == utc(2026, 11, 17, 7)


def test_a_clock_that_was_set_back_sends_nothing_twice() -> None:
    schedule = Schedule(zone="UTC")
    ledger = Ledger()
    assert ledger.tick(schedule, utc(2026, 11, 24, 8))
    assert ledger.tick(schedule, utc(2026, 11, 24, 6)) is None
    assert ledger.tick(schedule, utc(2026, 11, 23, 12)) is None
    assert ledger.tick(schedule, utc(2026, 11, 24, 8)) is None
    assert ledger.tick(schedule, utc(2026, 11, 25, 8))
    ledger.check()


def test_a_reader_who_moves_gets_neither_a_gap_nor_two_digests_for_one_date() -> None:
    ledger = Ledger()
    assert ledger.tick(Schedule(zone="America/New_York"), utc(2026, 11, 23, 12))
    moved = Schedule(zone="Asia/Tokyo")
    assert ledger.tick(moved, utc(2026, 11, 23, 12, 5)) is None
    assert ledger.tick(moved, utc(2026, 11, 23, 22))
    back = Schedule(zone="America/New_York")
    assert ledger.tick(back, utc(2026, 11, 24, 12)) is None
    assert ledger.tick(back, utc(2026, 11, 25, 12))
    ledger.check()
    assert [due.local_date.day for due in ledger.windows] == [23, 24, 25]


def test_a_weekly_digest_comes_on_its_weekday_and_covers_the_week() -> None:
    schedule = Schedule(zone="Europe/London", weekday=0)
    ledger = Ledger()
    now = utc(2026, 11, 1)
    while now < utc(2026, 12, 1):
        ledger.tick(schedule, now)
        now += timedelta(hours=1)
    ledger.check()
    assert [due.local_date.weekday() for due in ledger.windows] == [0] * len(ledger.windows)
    assert len(ledger.windows) in (4, 5)
    assert {due.end - due.start for due in ledger.windows} == {timedelta(days=7)}


def test_the_first_digest_covers_one_period() -> None:
    due = window(Schedule(zone="UTC"), None, utc(2026, 11, 24, 9))
    assert due is not None
    assert (due.start, due.end, due.days) == (utc(2026, 11, 23, 7), utc(2026, 11, 24, 7), 1)


def test_a_week_of_silence_is_long_enough_for_a_sign_of_life() -> None:
    due = window(Schedule(zone="UTC"), None, utc(2026, 11, 24, 9))
    assert due is not None
    assert not quiet_long_enough(utc(2026, 11, 23, 7), utc(2026, 1, 1), due)
    assert quiet_long_enough(utc(2026, 11, 17, 7), utc(2026, 1, 1), due)
    assert quiet_long_enough(None, utc(2026, 11, 1), due)
    assert not quiet_long_enough(None, utc(2026, 11, 23, 7), due)


ZONES = st.sampled_from(sorted({zone for zone, *_ in HOSTILE} | {"UTC", "Asia/Kathmandu", "Pacific/Kiritimati"}))
SCHEDULES = st.builds(
    Schedule,
    zone=ZONES,
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None, fold=0)),
    weekday=st.one_of(st.none(), st.integers(0, 6)),
)
STEPS = st.lists(st.integers(-3 * 86400, 4 * 86400), min_size=5, max_size=40)
STARTS = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


@settings(max_examples=150, deadline=None)
@given(schedules=st.lists(SCHEDULES, min_size=1, max_size=3), start=STARTS, steps=STEPS)
def test_windows_tile_time_whatever_the_clock_the_bot_and_the_reader_do(
    schedules: list[Schedule], start: datetime, steps: list[int]
) -> None:
    ledger = Ledger()
    now = start
    for number, step in enumerate(steps):
        now += timedelta(seconds=step)
        schedule = schedules[number * len(schedules) // len(steps)]
        due = ledger.tick(schedule, now)
        again = ledger.tick(schedule, now)  # a second process at the same moment
        assert again is None
        if due is not None:
            assert due.end <= now
            assert due.start <= due.listed_from < due.end
    ledger.check()


@settings(max_examples=150, deadline=None)
@given(schedule=SCHEDULES, now=STARTS)
def test_the_next_due_instant_is_later_and_then_a_digest_is_due(schedule: Schedule, now: datetime) -> None:
    later = next_due(schedule, now)
    assert later > now
    due = window(schedule, None, later)
    assert due is not None
    assert due.end == later
