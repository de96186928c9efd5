"""Who hears of a watch, what of it, and when it is too late at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.core.comparison import Severity
from bot.core.model import Only, Quiet, Route, Subscription, Target, Watch
from bot.core.policy import Policy
from bot.core.routing import (
    catch_up_groups,
    check_quiet,
    instant,
    muted_until,
    policy_for,
    quiet_until,
    routes_for,
    sending,
    wall_time,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MAIL = Target(channel="email", address="desk@paper.example")
WORLD = Target(channel="slack", address="C0WORLD")


def watch(**more: Any) -> Watch:
    return Watch(**{"id": 7, "url": "https://quay.example/a", "key": "quay.example/a", "added_at": NOW, **more})


def subscription(**more: Any) -> Subscription:
    return Subscription(**{"id": 1, "watch_id": 7, "team": "T1", "channel": "C0WORLD", "added_at": NOW, **more})


def route(name: str = "desk", **more: Any) -> Route:
    return Route(**{"name": name, "targets": (MAIL,), **more})


def names(found: tuple[Route, ...]) -> list[str]:
    return [one.name for one in found]


def test_a_route_without_filters_hears_of_everything() -> None:
    assert names(routes_for(watch(), [], [route()])) == ["desk"]


@pytest.mark.parametrize(
    ("filters", "hears"),
    [
        ({"desks": ("world",)}, True),
        ({"desks": ("World", "sport")}, True),
        ({"desks": ("sport",)}, False),
        ({"outlets": ("The Quay",)}, True),
        ({"outlets": ("The Lock",)}, False),
        ({"desks": ("world",), "outlets": ("The Lock",)}, False),
        ({"watches": (7,)}, True),
        ({"watches": (8,)}, False),
        ({"watches": (8,), "desks": ("world",)}, False),
    ],
)
def test_desks_outlets_and_watches_choose(filters: dict[str, Any], hears: bool) -> None:
    found = routes_for(watch(desk="world", outlet="The Quay"), [], [route(**filters)])
    assert (names(found) == ["desk"]) is hears


def test_a_watch_can_name_a_route_that_does_not_match() -> None:
    assert names(routes_for(watch(routes=("desk",)), [], [route(desks=("sport",))])) == ["desk"]


def test_each_route_is_there_once() -> None:
    assert names(routes_for(watch(routes=("desk",)), [], [route(), route()])) == ["desk"]


def test_a_subscription_is_a_route_of_its_own() -> None:
    found = routes_for(watch(), [subscription(), subscription(id=2, watch_id=8, channel="C0OTHER")], [])
    assert names(found) == ["slack:C0WORLD"]
    assert found[0].targets == (WORLD,)


def test_a_channel_that_follows_the_watch_itself_is_not_told_twice() -> None:
    found = routes_for(watch(), [subscription()], [route(targets=(MAIL, WORLD)), route("news", targets=(WORLD,))])
    assert [(one.name, one.targets) for one in found] == [("desk", (MAIL,)), ("slack:C0WORLD", (WORLD,))]


def test_a_digest_route_without_targets_stays() -> None:
    assert names(routes_for(watch(), [], [route(targets=(), digest="daily")])) == ["desk"]


@pytest.mark.parametrize(
    ("of_route", "of_watch", "of_subscription", "level"),
    [
        (Severity.NOTABLE, None, None, Severity.NOTABLE),
        (Severity.NOTABLE, Severity.CRITICAL, None, Severity.CRITICAL),
        (Severity.MAJOR, Severity.CRITICAL, Severity.MINOR, Severity.MINOR),
        (Severity.MAJOR, Severity.TRIVIAL, None, Severity.TRIVIAL),
    ],
)
def test_the_nearest_level_wins(
    of_route: Severity, of_watch: Severity | None, of_subscription: Severity | None, level: Severity
) -> None:
    own = subscription(min_severity=of_subscription) if of_subscription is not None else None
    policy = policy_for(Policy(), route(min_severity=of_route), watch(min_severity=of_watch), own)
    assert policy.min_severity is level


def test_who_asks_for_headlines_only_hears_of_notable_ones() -> None:
    own = subscription(only=Only.HEADLINE)
    policy = policy_for(Policy(), route(), watch(), own)
    assert (policy.only, policy.min_severity) == (Only.HEADLINE, Severity.NOTABLE)


def test_a_live_blog_is_judged_as_one_and_kinds_come_from_the_route() -> None:
    policy = policy_for(Policy(), route(kinds=("quote_altered",)), watch(is_live=True))
    assert policy.profile == "live"
    assert policy.kinds_on == {"quote_altered"}


def test_a_mute_of_the_watch_or_of_the_channel_counts_until_it_ends() -> None:
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    assert muted_until(watch(), subscription(), NOW) is None
    assert muted_until(watch(muted_until=soon), subscription(muted_until=later), NOW) == later
    assert muted_until(watch(muted_until=soon), None, soon) is None


def night(start: str = "22:00", end: str = "07:00", zone: str = "Europe/London") -> Route:
    return route(quiet=Quiet(start=start, end=end, timezone=zone))


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (datetime(2026, 1, 5, 21, 59, tzinfo=UTC), None),
        (datetime(2026, 1, 5, 22, 0, tzinfo=UTC), datetime(2026, 1, 6, 7, 0, tzinfo=UTC)),
        (datetime(2026, 1, 6, 3, 0, tzinfo=UTC), datetime(2026, 1, 6, 7, 0, tzinfo=UTC)),
        (datetime(2026, 1, 6, 7, 0, tzinfo=UTC), None),
        # summer time: the same wall times, an hour earlier in UTC
        (datetime(2026, 7, 5, 21, 0, tzinfo=UTC), datetime(2026, 7, 6, 6, 0, tzinfo=UTC)),
        (datetime(2026, 7, 6, 6, 0, tzinfo=UTC), None),
    ],
)
def test_quiet_hours_follow_the_local_clock_over_midnight(at: datetime, until: datetime | None) -> None:
    assert quiet_until(night(), at) == until


def test_quiet_hours_within_one_day() -> None:
    lunch = night("12:00", "14:00", "UTC")
    assert quiet_until(lunch, datetime(2026, 3, 2, 13, 0, tzinfo=UTC)) == datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    assert quiet_until(lunch, datetime(2026, 3, 2, 14, 0, tzinfo=UTC)) is None


def test_equal_times_mean_no_quiet_hours() -> None:
    assert quiet_until(night("22:00", "22:00"), NOW) is None
    assert quiet_until(route(), NOW) is None


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Africa/Cairo", date(2026, 4, 24)),
        ("Asia/Kathmandu", date(2026, 5, 1)),
        ("Pacific/Apia", date(2011, 12, 30)),
    ],
)
def test_every_night_ends_even_when_the_clock_is_changed(zone: str, day: date) -> None:
    for end in ("00:30", "02:30", "07:00"):
        quiet = night("22:00", end, zone)
        start = datetime.combine(day, wall_time("00:00"), tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(hours=6)
        for step in range(36 * 4):
            at = start + timedelta(minutes=15 * step)
            until = quiet_until(quiet, at)
            if until is not None:
                assert at < until <= at + timedelta(hours=11)
                assert quiet_until(quiet, until) is None


def test_a_time_that_is_skipped_means_after_the_gap_and_a_double_one_the_first() -> None:
    new_york = ZoneInfo("America/New_York")
    assert instant(date(2026, 3, 8), wall_time("02:30"), new_york) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert instant(date(2026, 11, 1), wall_time("01:30"), new_york) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_critical_changes_ring_at_night_and_others_wait_for_the_morning() -> None:
    at = datetime(2026, 1, 6, 3, 0, tzinfo=UTC)
    assert sending(night(), Severity.CRITICAL, at).not_before is None
    waits = sending(night(), Severity.MAJOR, at)
    assert waits.not_before == datetime(2026, 1, 6, 7, 0, tzinfo=UTC)
    assert waits.catch_up
    assert sending(night(), Severity.MAJOR, NOW).not_before is None


def test_what_waited_for_one_place_is_one_message_in_the_morning_gravest_first() -> None:
    waiting = [(1, MAIL, Severity.NOTABLE), (2, WORLD, Severity.MAJOR), (3, MAIL, Severity.MAJOR)]
    assert catch_up_groups(waiting) == {"email:desk@paper.example": [3, 1]}


@pytest.mark.parametrize(
    "wrong", [{"start": "22"}, {"end": "25:00"}, {"timezone": "Mars/Olympus"}, {"timezone": "../etc/passwd"}]
)
def test_quiet_hours_that_cannot_be_read_are_refused(wrong: dict[str, str]) -> None:
    check_quiet(Quiet(start="22:00", end="07:00", timezone="Europe/London"))
    with pytest.raises(ValueError, match="time"):
        check_quiet(replace(Quiet(start="22:00", end="07:00", timezone="UTC"), **wrong))


def test_a_channel_that_names_no_level_hears_what_the_judge_section_says() -> None:
    from dataclasses import replace
    from datetime import UTC, datetime

    from bot.core.comparison import Severity
    from bot.core.model import Only, Subscription, Watch
    from bot.core.policy import Policy
    from bot.core.routing import policy_for, route_of

    moment = datetime(2026, 11, 24, tzinfo=UTC)
    watch = Watch(id=1, url="https://q.example/", key="//q.example/", added_at=moment)
    follow = Subscription(id=1, watch_id=1, team="", channel="C1", added_at=moment)
    base = Policy(min_severity=Severity.CRITICAL)
    assert policy_for(base, route_of(follow), watch, follow).min_severity is Severity.CRITICAL
    headlines = replace(follow, only=Only.HEADLINE)
    assert policy_for(base, route_of(headlines), watch, headlines).min_severity is Severity.NOTABLE
