"""Odd fetches are confirmed before they are believed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.history import History, Sighting
from bot.core.hold import Belief, Hold, HoldKind, Reading, leads_away, on_missing, on_page, on_return
from bot.core.policy import Policy

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def suspect(reason: str = "") -> Comparison:
    one = Finding(
        kind="extraction_suspect", severity=Severity.NOTABLE, rule="X2", field="page", data={"reason": reason}
    )
    return Comparison(status="suspect", severity=Severity.NOTABLE, findings=(one,))


ORDINARY = Comparison(status="changed", severity=Severity.MAJOR)


def page(
    step: Comparison | None,
    at: float,
    hold: Hold | None = None,
    *,
    fingerprint: str = "short",
    words: int = 90,
    history: History | None = None,
    body: str = "body-new",
) -> Reading:
    return on_page(
        step,
        fingerprint=fingerprint,
        new_words=words,
        hold=hold,
        history=history or History(),
        body=body,
        policy=Policy(),
        now=minute(at),
    )


def test_an_ordinary_page_is_accepted() -> None:
    assert page(ORDINARY, 0).belief is Belief.ACCEPT
    assert page(None, 0).belief is Belief.ACCEPT


def test_a_short_page_is_held_and_confirmed_by_two_more_ten_minutes_apart() -> None:
    first = page(suspect(), 0)
    assert first.belief is Belief.HOLD and first.check_at == minute(10)
    second = page(suspect(), 10, first.hold)
    assert second.belief is Belief.HOLD and second.check_at == minute(20)
    third = page(suspect(), 20, second.hold)
    assert third.belief is Belief.CONFIRMED
    assert third.hold is None


def test_hasty_fetches_confirm_nothing() -> None:
    reading = page(suspect(), 0)
    for at in (1, 2, 3, 4, 5, 6):
        reading = page(suspect(), at, reading.hold)
        assert reading.belief is Belief.HOLD
    assert reading.hold is not None and reading.hold.seen == 1
    assert reading.check_at == minute(10)


def test_a_page_that_is_short_in_another_way_each_time_confirms_nothing() -> None:
    reading = page(suspect(), 0, fingerprint="0")
    for number in range(1, 30):
        reading = page(suspect(), number * 10, reading.hold, fingerprint=str(number))
        assert reading.belief is Belief.HOLD
        assert reading.hold is not None and reading.hold.since == minute(0), "its owner would never hear of it"


def test_a_story_with_hardly_a_word_left_is_withdrawn() -> None:
    hold = Hold(kind=HoldKind.SUSPECT, since=minute(0), last_at=minute(10), seen=2, fingerprint="short")
    assert page(suspect(), 20, hold, words=12).belief is Belief.WITHDRAWN


@pytest.mark.parametrize("reason", ["consent", "paywall", "bot_wall", "not_found"])
def test_a_wall_is_never_believed_however_often_it_is_seen(reason: str) -> None:
    reading = page(suspect(reason), 0)
    for number in range(1, 20):
        reading = page(suspect(reason), number * 10, reading.hold)
        assert reading.belief is Belief.HOLD
        assert reading.check_at is not None and reading.check_at > minute(number * 10)


def test_a_page_that_is_itself_again_ends_the_hold() -> None:
    first = page(suspect(), 0)
    again = page(Comparison(status="same", severity=Severity.TRIVIAL), 10, first.hold)
    assert (again.belief, again.hold) == (Belief.ACCEPT, None)


def seen(*bodies: tuple[float, str]) -> History:
    return History(
        sightings=tuple(
            Sighting(n=n, at=minute(at), headline="h", body=body) for n, (at, body) in enumerate(bodies, start=1)
        )
    )


def test_a_body_that_returns_within_a_quarter_of_an_hour_waits_for_one_more_fetch() -> None:
    history = seen((0, "old"), (60, "new"))
    first = page(ORDINARY, 66, history=history, body="old")
    assert first.belief is Belief.HOLD and first.check_at == minute(71)
    second = page(ORDINARY, 71, first.hold, history=history, body="old")
    assert second.belief is Belief.ACCEPT


def test_a_stale_copy_that_goes_away_again_is_forgotten() -> None:
    history = seen((0, "old"), (60, "new"))
    first = page(ORDINARY, 66, history=history, body="old")
    again = page(Comparison(status="same", severity=Severity.TRIVIAL), 71, first.hold, history=history, body="new")
    assert (again.belief, again.hold) == (Belief.ACCEPT, None)


@pytest.mark.parametrize(("at", "body"), [(66, "brand-new"), (76, "old")])
def test_a_new_body_or_a_late_return_does_not_wait(at: float, body: str) -> None:
    assert page(ORDINARY, at, history=seen((0, "old"), (60, "new")), body=body).belief is Belief.ACCEPT


def missing(at: float, hold: Hold | None, told: Mapping[str, Any] | None = None) -> Reading:
    return on_missing("HTTP 404", hold=hold, told=told or {}, now=minute(at))


def test_a_missing_story_is_confirmed_twice_over_ten_minutes_and_told_once() -> None:
    first = missing(0, None)
    second = missing(5, first.hold)
    assert (first.belief, second.belief) == (Belief.HOLD, Belief.HOLD)
    third = missing(10, second.hold)
    assert third.belief is Belief.GONE and third.tell
    later = on_missing("HTTP 404", hold=None, told=third.told or {}, now=minute(400), already_gone=True)
    assert later.belief is Belief.STILL_GONE and not later.tell


def test_three_quick_404s_are_not_enough() -> None:
    reading = missing(0, None)
    for at in (0.5, 1, 1.5, 2):
        reading = missing(at, reading.hold)
    assert reading.belief is Belief.HOLD


def test_a_story_that_was_told_gone_is_told_when_it_is_back() -> None:
    back = on_return(told={"gone_at": minute(0).isoformat(), "trouble": "kept"}, now=minute(300))
    assert back.tell
    assert back.told is not None and "gone_at" not in back.told and back.told["trouble"] == "kept"


def test_a_story_that_was_never_told_gone_is_not_told_back() -> None:
    assert not on_return(told={}, now=minute(10)).tell


def test_a_story_that_comes_and_goes_all_day_is_no_storm() -> None:
    told: Mapping[str, Any] = {}
    hold, gone, alerts = None, False, 0
    for number in range(24 * 12):
        at = number * 5.0
        if number % 8 < 4:  # twenty minutes there, twenty minutes missing
            if gone:
                reading = on_return(told=told, now=minute(at))
                alerts += reading.tell
                told, gone = reading.told or told, False
            hold = None
            continue
        reading = on_missing("HTTP 404", hold=hold, told=told, now=minute(at), already_gone=gone)
        hold, told = reading.hold, reading.told or told
        if reading.belief is Belief.GONE:
            gone, alerts = True, alerts + 1
    assert alerts <= 4


@pytest.mark.parametrize(
    ("requested", "final", "away"),
    [
        ("https://quay.example/world/harbour-plan", "https://quay.example/", True),
        ("https://quay.example/world/harbour-plan", "https://www.quay.example/world/", True),
        ("https://www.quay.example/world/harbour-plan", "https://quay.example/index.html", True),
        ("https://quay.example/world/harbour-plan", "https://quay.example/world/harbour-plan/", False),
        ("https://quay.example/world/harbour-plan", "https://quay.example/world/harbour-plan-agreed", False),
        ("https://quay.example/world/harbour-plan", "https://quay.example/local/harbour-plan", False),
        ("https://quay.example/2026/03/harbour", "https://archive.example/", False),
        ("https://quay.example/?p=17", "https://quay.example/harbour-plan", False),
        ("https://quay.example/harbour-plan", "https://quay.example/?p=17", False),
        ("https://quay.example/", "https://quay.example/", False),
    ],
)
def test_a_redirect_to_a_section_or_front_page_is_no_story(requested: str, final: str, away: bool) -> None:
    assert leads_away(requested, final) is away


def test_a_hold_survives_the_store_and_nonsense_starts_anew() -> None:
    hold = Hold(kind=HoldKind.GONE, since=minute(0), last_at=minute(5), seen=2, what="HTTP 410")
    assert Hold.from_json(hold.to_json()) == hold
    for nonsense in (None, {}, {"kind": "odd"}, {"kind": "gone", "since": "yesterday", "last_at": "", "seen": "x"}):
        assert Hold.from_json(nonsense) is None
