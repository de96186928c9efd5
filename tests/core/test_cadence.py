"""When to look again: by age and behaviour, never in the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cadence import DAY, HOUR, Cadence, interval, next_check, revived, spread
from bot.core.model import Watch, WatchState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVEN = Cadence(jitter=0.0)


def watch(**more: Any) -> Watch:
    return Watch(**{"id": 7, "url": "https://quay.example/a", "key": "quay.example/a", "added_at": NOW, **more})


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("age", "every"),
    [
        (0, 600),
        (3 * HOUR - 1, 600),
        (3 * HOUR, 1800),
        (DAY - 1, 1800),
        (DAY, 3 * HOUR),
        (25 * HOUR, 3 * HOUR),
        (49 * HOUR, 3 * HOUR),
        (7 * DAY, DAY),
        (30 * DAY - 1, DAY),
        (30 * DAY, None),
        (400 * DAY, None),
    ],
)
def test_the_interval_follows_the_age_beyond_the_first_day_too(age: int, every: int | None) -> None:
    assert interval(watch(published_at=ago(age), added_at=ago(age)), NOW)[0] == every


def test_a_month_of_steps_makes_about_131_fetches() -> None:
    at, fetches, born = NOW, 0, NOW
    plain = Cadence(jitter=0.0, quiet_max=1.0)
    while True:
        decided = next_check(watch(published_at=born, added_at=born), at, plain)
        if decided.at is None:
            break
        at, fetches = decided.at, fetches + 1
    assert 125 <= fetches <= 135


def test_a_story_without_a_date_ages_from_when_it_was_added() -> None:
    assert interval(watch(added_at=ago(2 * DAY)), NOW)[0] == 3 * HOUR


def test_a_date_in_the_future_does_not_keep_a_story_young() -> None:
    one = watch(added_at=ago(2 * DAY), published_at=NOW + timedelta(days=400))
    assert interval(one, NOW)[0] == 3 * HOUR


def test_a_change_brings_an_old_story_back_to_the_fast_step_for_an_hour() -> None:
    old = watch(published_at=ago(20 * DAY), added_at=ago(20 * DAY), last_changed_at=ago(600))
    assert interval(old, NOW)[0] == 600
    assert interval(replace(old, last_changed_at=ago(HOUR)), NOW)[0] == DAY


def test_a_story_that_changed_last_week_is_not_retired() -> None:
    old = watch(published_at=ago(40 * DAY), added_at=ago(40 * DAY), last_changed_at=ago(3 * DAY))
    assert interval(old, NOW)[0] == DAY


def test_an_old_quiet_story_is_retired_in_words() -> None:
    decided = next_check(watch(published_at=ago(31 * DAY), added_at=ago(31 * DAY)), NOW)
    assert decided.retire
    assert "will not be checked again" in decided.reason


def test_quiet_checks_stretch_the_interval_to_twice_the_step_at_most() -> None:
    every = [interval(watch(quiet_checks=quiet), NOW)[0] for quiet in (0, 6, 7, 8, 20, 10**9)]
    assert every == [600, 600, 720, 864, 1200, 1200]


def test_a_fixed_interval_is_kept_whatever_the_age() -> None:
    old = watch(every=900, published_at=ago(400 * DAY), added_at=ago(400 * DAY), quiet_checks=500)
    assert interval(old, NOW)[0] == 900


def test_a_live_blog_stays_fast_while_it_moves() -> None:
    old = watch(is_live=True, published_at=ago(3 * DAY), added_at=ago(3 * DAY), last_changed_at=ago(5 * HOUR))
    assert interval(old, NOW)[0] == 300
    assert interval(replace(old, last_changed_at=ago(7 * HOUR)), NOW)[0] == 3 * HOUR


def test_a_policy_page_is_followed_for_good() -> None:
    assert interval(watch(profile="policy_page", added_at=ago(900 * DAY)), NOW)[0] == DAY


def test_a_gone_story_is_looked_at_now_and_then_for_a_month() -> None:
    gone = watch(state=WatchState.GONE, last_success_at=ago(DAY))
    assert interval(gone, NOW)[0] == 6 * HOUR
    assert interval(replace(gone, last_success_at=ago(31 * DAY)), NOW)[0] is None


@pytest.mark.parametrize("state", [WatchState.PAUSED, WatchState.RETIRED, WatchState.REMOVED])
def test_a_watch_that_is_not_followed_has_no_next_check(state: WatchState) -> None:
    assert next_check(watch(state=state), NOW).at is None


def test_failures_back_off_from_the_interval_to_six_hours() -> None:
    waits = []
    for failures in (1, 2, 3, 4, 5, 50):
        at = next_check(watch(failures=failures), NOW, EVEN, failed=True).at
        assert at is not None
        waits.append((at - NOW).total_seconds())
    assert waits == [600, 900, 3600, 4 * HOUR, 6 * HOUR, 6 * HOUR]


def test_a_failing_story_is_never_looked_at_more_often_than_a_healthy_one() -> None:
    slow = watch(every=DAY, failures=1)
    at = next_check(slow, NOW, EVEN, failed=True).at
    assert at == NOW + timedelta(days=1)


def test_a_site_that_refuses_us_is_left_alone_for_an_hour_at_least() -> None:
    at = next_check(watch(failures=1, last_error_kind="bot_wall"), NOW, EVEN, failed=True).at
    assert at == NOW + timedelta(hours=1)


def test_an_old_story_that_fails_is_not_retired_by_the_failure() -> None:
    old = watch(published_at=ago(90 * DAY), added_at=ago(90 * DAY), failures=2)
    assert next_check(old, NOW, failed=True).at is not None


@pytest.mark.parametrize("failed", [True, False])
def test_retry_after_is_honoured_and_a_day_at_most(failed: bool) -> None:
    for asked, least in ((7200.0, 7200), (9e9, DAY)):
        at = next_check(watch(failures=1), NOW, failed=failed, retry_after=asked).at
        assert at is not None
        assert timedelta(seconds=least) <= at - NOW <= timedelta(seconds=least * 1.1)


def test_a_short_retry_after_does_not_make_us_impatient() -> None:
    at = next_check(watch(failures=1), NOW, EVEN, failed=True, retry_after=1.0).at
    assert at == NOW + timedelta(seconds=600)


def test_an_odd_page_is_confirmed_when_the_judge_asks() -> None:
    at = NOW + timedelta(minutes=10)
    assert next_check(watch(), NOW, confirm_at=at).at == at


def test_jitter_is_ten_per_cent_and_the_same_for_the_same_question() -> None:
    waits = set()
    for number in range(300):
        at = next_check(watch(id=number), NOW).at
        assert at is not None and at == next_check(watch(id=number), NOW).at
        waits.add((at - NOW).total_seconds())
        assert 540 <= (at - NOW).total_seconds() <= 660
    assert len(waits) > 250


MOMENTS = st.floats(6e8, 2.9e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
WATCHES = st.builds(
    Watch,
    id=st.integers(1, 10**9),
    url=st.just("https://quay.example/a"),
    key=st.just("quay.example/a"),
    added_at=MOMENTS,
    published_at=st.none() | MOMENTS,
    last_changed_at=st.none() | MOMENTS,
    last_success_at=st.none() | MOMENTS,
    every=st.none() | st.integers(0, 10**7),
    failures=st.integers(0, 10**6),
    quiet_checks=st.integers(0, 10**9),
    is_live=st.booleans(),
    state=st.sampled_from(WatchState),
    profile=st.sampled_from(["story", "live", "policy_page"]),
    last_error_kind=st.sampled_from([None, "bot_wall", "unreachable"]),
)


@given(
    one=WATCHES,
    now=MOMENTS,
    failed=st.booleans(),
    asked=st.none() | st.floats(-1e6, 1e12),
    confirm=st.none() | MOMENTS,
)
def test_the_next_check_is_never_in_the_past(
    one: Watch, now: datetime, failed: bool, asked: float | None, confirm: datetime | None
) -> None:
    decided = next_check(one, now, failed=failed, retry_after=asked, confirm_at=confirm)
    assert decided.at is None or decided.at > now
    assert decided.reason


def test_overdue_stories_are_spread_after_a_restart_the_oldest_first() -> None:
    stories = [watch(id=number, next_check_at=ago(number)) for number in range(1, 1001)]
    due = spread(stories, NOW)
    assert due[1000] == NOW
    assert max(due.values()) < NOW + timedelta(seconds=600)
    assert len({at.replace(microsecond=0) for at in due.values()}) >= 590
    assert due[1000] < due[500] < due[1]


def test_a_fast_story_does_not_wait_longer_than_its_interval_after_a_restart() -> None:
    stories = [watch(id=number, next_check_at=ago(2000 - number)) for number in range(1, 1000)]
    fast = watch(id=1000, every=60, next_check_at=ago(1))
    assert spread([*stories, fast], NOW)[1000] <= NOW + timedelta(seconds=60)


def test_a_retired_story_is_revived_when_its_source_shows_it_anew() -> None:
    retired = watch(state=WatchState.RETIRED, last_checked_at=ago(DAY))
    assert revived(retired, NOW, NOW)
    assert not revived(retired, ago(2 * DAY), NOW)
    assert not revived(watch(last_checked_at=ago(DAY)), NOW, NOW)


@pytest.mark.parametrize(
    "wrong",
    [{"steps": ()}, {"steps": ((10, 5), (5, 5))}, {"steps": ((10, 0),)}, {"failure_backoff": ()}],
)
def test_steps_that_do_not_climb_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cadence"):
        Cadence(**wrong)
