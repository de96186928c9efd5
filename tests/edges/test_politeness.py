"""How often and how many at once: a host's budget, kept across everything that is fetched from it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest

from bot.errors import FetchError, Refused, Unreachable
from bot.fetch import Fetcher, FetchSettings, Request
from bot.fetch.politeness import Politeness, parse_retry_after
from tests.newsroom import LOOPBACK, STORY, Newsroom, Reply

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("120", "", 120.0),
        ("0", "", 0.0),
        (" 7 ", "", 7.0),
        ("999999999999", "", 86_400.0),
        ("-5", "", None),
        ("1.5", "", None),
        ("soon", "", None),
        ("", "", None),
        ("１２０", "", None),
        ("Tue, 24 Nov 2026 05:02:00 GMT", "", 120.0),
        ("Tue, 24 Nov 2026 04:00:00 GMT", "", 0.0),
        ("Tue, 24 Nov 2099 05:02:00 GMT", "", 86_400.0),
        ("Tue, 24 Nov 2026 09:02:00 GMT", "Tue, 24 Nov 2026 09:00:00 GMT", 120.0),
        ("Tue, 24 Nov 2026 06:02:00 +0100", "", 120.0),
        ("Tuesday, 24-Nov-26 05:02:00 GMT", "", 120.0),
        ("Tue, 99 Nov 2026 05:02:00 GMT", "", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date_and_capped_at_a_day(
    value: str, date: str, seconds: float | None
) -> None:
    assert parse_retry_after(value, date=date, now=NOW) == seconds


def test_a_host_that_was_never_asked_is_ready() -> None:
    assert Politeness(host_gap=5.0).ready_in("outlet.example") == 0.0


def test_the_gap_counts_from_start_to_start_and_www_is_the_same_host() -> None:
    clock = Clock()
    politeness = Politeness(host_gap=5.0, clock=clock)
    with politeness.turn("www.outlet.example", patience=0.0):
        clock.now += 2.0
    assert politeness.ready_in("outlet.example") == 3.0
    assert politeness.ready_in("OUTLET.example.") == 3.0
    assert politeness.ready_in("other.example") == 0.0
    clock.now += 3.0
    assert politeness.ready_in("outlet.example") == 0.0


def test_a_turn_too_far_off_is_refused_at_once_and_says_when_to_come_back() -> None:
    politeness = Politeness(host_gap=90.0)
    with politeness.turn("outlet.example", patience=30.0):
        pass
    started = time.monotonic()
    with pytest.raises(Refused) as refusal, politeness.turn("outlet.example", patience=30.0):
        pass
    assert time.monotonic() - started < 15.0
    assert refusal.value.reason == "busy"
    assert 60.0 < (refusal.value.retry_after or 0.0) <= 90.0


def test_a_queue_that_is_longer_than_the_patience_is_not_joined() -> None:
    politeness = Politeness(host_gap=0.4, per_host=9)
    reasons: list[str] = []

    def go() -> None:
        try:
            with politeness.turn("outlet.example", patience=1.0):
                reasons.append("went")
        except FetchError as error:
            reasons.append(str(getattr(error, "reason", "")))

    threads = [threading.Thread(target=go) for _ in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 2 <= reasons.count("went") <= 4
    assert reasons.count("went") + reasons.count("busy") == 8
    assert time.monotonic() - started < 4.0


def test_places_of_a_host_are_never_overbooked() -> None:
    politeness = Politeness(host_gap=0.0, per_host=2)
    lock = threading.Lock()
    inside, most = 0, 0

    def go() -> None:
        nonlocal inside, most
        for _ in range(5):
            with politeness.turn("outlet.example", patience=20.0):
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.005)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
    assert politeness.states()[0].active == 0


def test_a_place_is_given_back_when_the_fetch_fails() -> None:
    politeness = Politeness(host_gap=0.0, per_host=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), politeness.turn("outlet.example", patience=0.0):
            raise ZeroDivisionError
    assert politeness.states()[0].active == 0


def test_a_full_host_is_not_ready_for_a_scheduler() -> None:
    politeness = Politeness(host_gap=0.0, per_host=1)
    with politeness.turn("outlet.example", patience=0.0):
        assert politeness.ready_in("outlet.example") > 0.0
    assert politeness.ready_in("outlet.example") == 0.0


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_pauses_the_host_and_is_never_shortened(status: int) -> None:
    clock = Clock()
    politeness = Politeness(host_gap=0.0, clock=clock)
    politeness.answered("outlet.example", status, retry_after=600.0)
    politeness.answered("outlet.example", status, retry_after=5.0)
    politeness.answered("outlet.example", 200)
    assert politeness.ready_in("outlet.example") == 600.0
    (state,) = politeness.states()
    assert (state.paused_for, state.paused_why) == (600.0, "retry-after")
    clock.now += 600.0
    assert politeness.ready_in("outlet.example") == 0.0
    assert politeness.states()[0].paused_why == ""


def test_a_long_pause_is_told_at_once_however_patient_somebody_is() -> None:
    politeness = Politeness(host_gap=0.0, clock=Clock())
    politeness.leave_alone("outlet.example", 11.0)
    with pytest.raises(Refused, match="next try in 11 s") as refusal, politeness.turn("outlet.example", patience=300.0):
        pass
    assert (refusal.value.reason, refusal.value.retry_after) == ("paused", 11.0)


def test_a_host_that_did_not_answer_has_one_place_until_it_does() -> None:
    politeness = Politeness(host_gap=0.0, per_host=2)
    politeness.failed("www.outlet.example")
    assert politeness.unsure() == ["outlet.example", "www.outlet.example"]
    with politeness.turn("outlet.example", patience=0.0):
        assert politeness.resting() == politeness.resting(60.0) == ["outlet.example", "www.outlet.example"]
        with pytest.raises(Refused), politeness.turn("outlet.example", patience=0.0):
            pass
        politeness.answered("outlet.example", 404)
        with politeness.turn("outlet.example", patience=0.0):
            assert politeness.state("outlet.example").active == 2
    assert politeness.unsure() == []


def test_a_turn_that_comes_soon_is_not_left_out() -> None:
    clock = Clock()
    politeness = Politeness(host_gap=5.0, clock=clock)
    with politeness.turn("outlet.example", patience=0.0):
        pass
    clock.now += 4.0
    assert politeness.resting(1.0) == []
    assert politeness.resting(0.9) == politeness.resting() == ["outlet.example", "www.outlet.example"]


def test_a_scheduler_is_told_which_hosts_to_leave_out() -> None:
    clock = Clock()
    politeness = Politeness(host_gap=5.0, per_host=1, clock=clock)
    with politeness.turn("www.outlet.example", patience=0.0):
        clock.now += 10.0
        assert politeness.resting() == ["outlet.example", "www.outlet.example"]
    assert politeness.resting() == []
    politeness.leave_alone("other.example", 60.0)
    politeness.leave_alone("other.example", 10.0)
    clock.now += 59.0
    assert politeness.resting() == ["other.example", "www.other.example"]
    clock.now += 1.0
    assert politeness.resting() == []


def test_too_many_requests_without_a_time_pause_longer_each_time() -> None:
    clock = Clock()
    politeness = Politeness(host_gap=0.0, clock=clock)
    pauses = []
    for _ in range(9):
        politeness.answered("outlet.example", 429)
        pauses.append(politeness.ready_in("outlet.example"))
        clock.now += pauses[-1]
    assert pauses[:3] == [30.0, 60.0, 120.0]
    assert pauses[-1] == 3_600.0
    politeness.answered("outlet.example", 200)
    politeness.answered("outlet.example", 429)
    assert politeness.ready_in("outlet.example") == 30.0


def test_a_host_that_does_not_answer_is_left_alone_for_a_growing_while() -> None:
    clock = Clock()
    politeness = Politeness(host_gap=0.0, clock=clock)
    politeness.failed("outlet.example")
    politeness.failed("outlet.example")
    assert politeness.ready_in("outlet.example") == 0.0
    politeness.failed("outlet.example")
    assert politeness.ready_in("outlet.example") == 5.0
    with pytest.raises(Unreachable, match="3 times in a row") as failure, politeness.turn("outlet.example", patience=1):
        pass
    assert (failure.value.reason, failure.value.retry_after) == ("down", 5.0)
    for _ in range(12):
        clock.now += politeness.ready_in("outlet.example")
        politeness.failed("outlet.example")
    assert politeness.ready_in("outlet.example") == 300.0
    clock.now += 300.0
    politeness.answered("outlet.example", 500)
    politeness.failed("outlet.example")
    assert politeness.ready_in("outlet.example") == 0.0


def test_a_crawl_delay_widens_the_gap_and_never_narrows_it() -> None:
    clock = Clock()
    politeness = Politeness(host_gap=2.0, clock=clock)
    with politeness.turn("outlet.example", patience=0.0):
        politeness.learn_robots("outlet.example", "rules", 20.0)
    assert politeness.ready_in("outlet.example") == 20.0
    politeness.learn_robots("outlet.example", "rules", 0.5)
    assert politeness.ready_in("outlet.example") == 2.0
    politeness.learn_robots("outlet.example", "rules", 1e9)
    assert politeness.states()[0].gap == 3_600.0


def test_story_and_feed_of_one_host_share_its_gap() -> None:
    with Newsroom(addresses=("127.0.0.1", "127.0.0.2")) as newsroom:
        newsroom.page("/story", STORY)
        newsroom.page("/feed", "<rss/>")
        settings = FetchSettings(allow_private=(LOOPBACK,), host_gap=0.25, robots=False)
        with Fetcher(settings) as fetcher:
            fetcher.get(Request(url=newsroom.url("/story")))
            fetcher.get(Request(url=newsroom.url("/feed"), kind="feed"))
            fetcher.get(Request(url=newsroom.url("/story", 1)))
            assert 0.0 < fetcher.ready_in("127.0.0.1") <= 0.25
        first, second, other = newsroom.requests
    assert second.at - first.at >= 0.24
    assert other.at - second.at < 0.24


def test_a_request_may_bring_more_patience_than_the_settings_have() -> None:
    with Newsroom() as newsroom:
        newsroom.page("/story", STORY)
        settings = FetchSettings(allow_private=(LOOPBACK,), host_gap=0.3, robots=False, patience=0.0)
        with Fetcher(settings) as fetcher:
            fetcher.get(Request(url=newsroom.url("/story")))
            with pytest.raises(Refused):
                fetcher.get(Request(url=newsroom.url("/story")))
            fetcher.get(Request(url=newsroom.url("/story"), patience=5.0))
    assert len(newsroom.requests) == 2


def test_a_redirect_within_a_host_needs_no_second_turn() -> None:
    with Newsroom() as newsroom:
        newsroom.serve("/old", Reply(status=301, headers=(("Location", "/story"),)))
        newsroom.page("/story", STORY)
        settings = FetchSettings(allow_private=(LOOPBACK,), host_gap=30.0, robots=False, per_host=1)
        with Fetcher(settings) as fetcher:
            fetcher.get(Request(url=newsroom.url("/old")))


def test_a_host_shows_its_budget() -> None:
    with Newsroom() as newsroom:
        newsroom.page("/story", STORY)
        newsroom.robots("User-agent: *\nCrawl-delay: 7\n")
        with Fetcher(FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0)) as fetcher:
            fetcher.get(Request(url=newsroom.url("/story")))
            (state,) = fetcher.hosts()
    assert (state.host, state.gap, state.crawl_delay, state.robots) == ("127.0.0.1", 7.0, 7.0, "rules")
    assert (state.requests, state.last_status, state.failures_in_row, state.active) == (2, 200, 0, 0)
    assert state.bytes > len(STORY)
    assert 6.0 < state.ready_in <= 7.0


def test_hosts_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.fetch.politeness.REMEMBERED_HOSTS", 100)
    politeness = Politeness()
    for number in range(300):
        politeness.answered(f"{number}.example", 200)
    assert len(politeness.states()) == 100
