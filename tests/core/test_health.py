"""Trouble is told once, weekly, and when it is over; our own outage is one notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.health import Diagnosis, HostResult, Telling, notice, of_source, of_watch, outage_notice, own_outage
from bot.core.model import Health, Source, SourceKind, Watch, WatchState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def watch(**more: Any) -> Watch:
    usual = {
        "id": 7,
        "url": "https://quay.example/a",
        "key": "quay.example/a",
        "added_at": ago(days=3),
        "last_checked_at": ago(minutes=5),
        "last_success_at": ago(minutes=5),
    }
    return Watch(**{**usual, **more})


def source(**more: Any) -> Source:
    usual = {"id": 1, "url": "https://quay.example/feed", "kind": SourceKind.FEED, "added_at": ago(days=30)}
    return Source(**{**usual, **more})


@pytest.mark.parametrize(
    ("state", "more", "health"),
    [
        ({}, {}, Health.OK),
        ({"failures": 2, "last_success_at": ago(days=2)}, {}, Health.OK),
        ({"failures": 30, "last_success_at": ago(hours=5)}, {}, Health.OK),
        ({"failures": 3, "last_success_at": ago(hours=7)}, {}, Health.FAILING),
        ({"failures": 3, "last_success_at": None, "added_at": ago(hours=7)}, {}, Health.FAILING),
        ({"failures": 1, "last_error_kind": "bot_wall"}, {}, Health.OK),
        ({"failures": 2, "last_error_kind": "bot_wall"}, {}, Health.BLOCKED),
        ({"failures": 2, "last_error_kind": "status"}, {"status": 403}, Health.BLOCKED),
        ({"failures": 2, "last_error_kind": "status"}, {"status": 500}, Health.OK),
        ({"failures": 3, "last_error_kind": "empty"}, {}, Health.BROKEN),
        ({"failures": 2, "last_error_kind": "empty"}, {}, Health.OK),
        ({"hold": {"kind": "suspect", "since": ago(hours=25).isoformat()}}, {}, Health.BROKEN),
        ({"hold": {"kind": "suspect", "since": ago(hours=2).isoformat()}}, {}, Health.OK),
        ({"hold": {"kind": "suspect", "since": "?"}}, {}, Health.OK),
        ({}, {"changes_today": 21}, Health.NOISY),
        ({}, {"changes_today": 20}, Health.OK),
        ({"is_live": True}, {"changes_today": 200}, Health.OK),
        ({"last_checked_at": ago(hours=7)}, {}, Health.SILENT),
        ({"last_checked_at": ago(hours=7)}, {"every": 24 * 3600}, Health.OK),
        ({"last_checked_at": ago(days=9), "state": WatchState.RETIRED}, {}, Health.OK),
    ],
)
def test_what_is_wrong_with_a_watch(state: dict[str, Any], more: dict[str, Any], health: Health) -> None:
    found = of_watch(watch(**state), NOW, **{"every": 600, **more})
    assert found.health is health
    assert found.reason


@pytest.mark.parametrize(
    ("state", "health"),
    [
        ({"last_success_at": ago(minutes=5), "last_new_at": ago(days=1)}, Health.OK),
        ({"last_success_at": ago(minutes=5), "last_new_at": ago(days=8)}, Health.SILENT),
        ({"last_success_at": ago(days=1), "failures": 5, "last_new_at": ago(days=1)}, Health.FAILING),
        ({"last_success_at": ago(days=1), "failures": 5, "state": WatchState.PAUSED}, Health.OK),
    ],
)
def test_what_is_wrong_with_a_source(state: dict[str, Any], health: Health) -> None:
    assert of_source(source(**state), NOW).health is health


BLOCKED = Diagnosis(health=Health.BLOCKED, reason="The site does not let us read it.")
FAILING = Diagnosis(health=Health.FAILING, reason="Not read for 7 h.")
FINE = Diagnosis(health=Health.OK, reason="Read without trouble.")


def live(*moments: tuple[float, Diagnosis]) -> list[tuple[float, Telling]]:
    told: Mapping[str, Any] = {"gone_at": "kept"}
    said = []
    keys = set()
    for hours, found in moments:
        one = notice(found, told, NOW + timedelta(hours=hours), name="Harbour plan")
        told = one.told
        assert told["gone_at"] == "kept"
        if one.telling:
            assert one.text and one.key not in keys
            keys.add(one.key)
            said.append((hours, one.telling))
    return said


def test_trouble_is_told_once_reminded_weekly_and_told_when_it_is_over() -> None:
    moments = [(hour, BLOCKED) for hour in range(24 * 15)] + [(360.0, FINE), (361.0, FINE)]
    assert live(*moments) == [
        (0, Telling.BEGAN),
        (168, Telling.REMINDER),
        (336, Telling.REMINDER),
        (360, Telling.RECOVERED),
    ]


def test_trouble_that_changes_its_form_is_one_trouble() -> None:
    said = live((0, FAILING), (1, BLOCKED), (2, FAILING), (3, BLOCKED), (4, FINE))
    assert [telling for _, telling in said] == [Telling.BEGAN, Telling.RECOVERED]


def test_new_trouble_after_a_recovery_is_told_again() -> None:
    said = live((0, FAILING), (1, FINE), (2, FAILING))
    assert [telling for _, telling in said] == [Telling.BEGAN, Telling.RECOVERED, Telling.BEGAN]


def test_a_healthy_watch_says_nothing() -> None:
    assert live((0, FINE), (1, FINE)) == []


def test_during_our_own_outage_no_watch_says_anything_and_nothing_is_forgotten() -> None:
    quiet = notice(BLOCKED, {}, NOW, outage=True)
    assert (quiet.telling, quiet.told) == (None, {})
    began = notice(BLOCKED, {}, NOW)
    during = notice(FINE, began.told, NOW, outage=True)
    assert during.told == began.told


def results(*answers: bool, minutes: float = 1) -> list[HostResult]:
    return [HostResult(host=f"h{n}.example", at=ago(minutes=minutes), answered=one) for n, one in enumerate(answers)]


@pytest.mark.parametrize(
    ("seen", "outage"),
    [
        (results(False, False, False), True),
        (results(False, False, True), False),
        (results(False, False), False),
        (results(False, False, False, minutes=11), False),
        ([], False),
    ],
)
def test_our_own_outage_is_when_no_host_answers(seen: list[HostResult], outage: bool) -> None:
    assert own_outage(seen, NOW) is outage


def test_one_later_answer_ends_the_outage() -> None:
    seen = [*results(False, False, False, minutes=5), HostResult(host="h0.example", at=NOW, answered=True)]
    assert own_outage(seen, NOW) is False
    stale = [*results(False, False, False), HostResult(host="h0.example", at=ago(minutes=5), answered=True)]
    assert own_outage(stale, NOW) is True


def test_an_outage_is_one_notice_and_one_when_it_is_over() -> None:
    began = outage_notice(True, {}, NOW)
    again = outage_notice(True, began.told, NOW + timedelta(minutes=5))
    over = outage_notice(False, again.told, NOW + timedelta(hours=2))
    quiet = outage_notice(False, over.told, NOW + timedelta(hours=3))
    assert [one.telling for one in (began, again, over, quiet)] == [Telling.BEGAN, None, Telling.RECOVERED, None]
    assert "2 h" in over.text
