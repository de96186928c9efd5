"""When to try a delivery again, or give up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.comparison import Severity
from bot.core.model import Alert, AlertKind, AlertStatus, Target
from bot.core.retry import Answer, after_failure, next_try, pauses
from bot.errors import DeliveryError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def alert(channel: str = "email", attempts: int = 1, *, age: timedelta = timedelta(0)) -> Alert:
    return Alert(
        id=1,
        public_id="a_7f3k",
        key="change:1:2/desk/x",
        kind=AlertKind.CHANGE,
        route="desk",
        target=Target(channel=channel, address="desk@paper.example"),
        severity=Severity.MAJOR,
        watch_id=1,
        change_id=1,
        old_n=1,
        new_n=2,
        payload={},
        status=AlertStatus.LEASED,
        created_at=NOW - age,
        attempts=attempts,
    )


TRANSIENT = DeliveryError("The server is busy")


def test_mail_is_tried_after_1_5_15_60_minutes_and_then_every_four_hours_for_two_days() -> None:
    one, at, waits = alert(), NOW, []
    while (again := next_try(one, TRANSIENT, at)) is not None:
        waits.append((again - at).total_seconds() / 60)
        at, one = again, replace(one, attempts=one.attempts + 1)
    for waited, said in zip(waits, (1, 5, 15, 60, 240, 240), strict=False):
        assert said <= waited <= said * 1.2
    assert timedelta(hours=43) <= at - NOW <= timedelta(hours=48)
    assert after_failure(one, TRANSIENT, at).answer is Answer.DEAD


def test_slack_backs_off_from_seconds_to_a_quarter_of_an_hour() -> None:
    waits = []
    for attempts in range(1, 12):
        again = next_try(alert("slack", attempts), TRANSIENT, NOW)
        assert again is not None
        waits.append((again - NOW).total_seconds())
    assert 5 <= waits[0] <= 6
    assert 900 <= waits[-1] <= 1080


def test_alerts_that_failed_together_do_not_return_together() -> None:
    times = {next_try(replace(alert("slack", 4), public_id=f"a_{n}"), TRANSIENT, NOW) for n in range(50)}
    assert len(times) > 40


def test_what_the_other_side_asks_for_is_a_floor_and_a_day_at_most() -> None:
    polite = DeliveryError("Slow down", retry_after=90.0)
    again = next_try(alert("slack"), polite, NOW)
    assert again == NOW + timedelta(seconds=90)
    endless = DeliveryError("Slow down", retry_after=1e9)
    assert next_try(alert("slack"), endless, NOW) == NOW + timedelta(days=1)
    short = DeliveryError("Slow down", retry_after=0.0)
    assert (next_try(alert("email"), short, NOW) or NOW) >= NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("scope", "answer"),
    [("alert", Answer.DEAD), ("target", Answer.PAUSE_TARGET), ("channel", Answer.STOP_CHANNEL)],
)
def test_a_permanent_error_reaches_as_far_as_it_says(scope: str, answer: Answer) -> None:
    error = DeliveryError("No", permanent=True, scope=scope)
    decided = after_failure(alert("slack"), error, NOW)
    assert decided.answer is answer
    assert next_try(alert("slack"), error, NOW) is None


def test_an_outage_of_a_whole_channel_is_waited_out_like_any_other() -> None:
    decided = after_failure(alert("slack"), DeliveryError("No answer", scope="channel"), NOW)
    assert decided.answer is Answer.RETRY


def test_an_attempt_without_an_answer_stays_marked_on_every_later_try() -> None:
    unknown = DeliveryError("Dropped after DATA", outcome_unknown=True)
    first = after_failure(alert(), unknown, NOW)
    assert first.maybe_sent and first.answer is Answer.RETRY
    assert after_failure(replace(alert(), maybe_sent=True), TRANSIENT, NOW).maybe_sent


def test_an_alert_held_back_has_its_two_days_from_its_first_try() -> None:
    old = alert(age=timedelta(hours=50))
    assert after_failure(replace(old, first_try_at=old.created_at), TRANSIENT, NOW).answer is Answer.DEAD
    released = replace(old, first_try_at=NOW - timedelta(hours=1))
    assert after_failure(released, TRANSIENT, NOW).answer is Answer.RETRY
    wrong_clock = replace(old, first_try_at=old.created_at - timedelta(days=9))
    assert after_failure(wrong_clock, TRANSIENT, old.created_at).answer is Answer.RETRY


def test_the_terminal_is_not_waited_for() -> None:
    assert next_try(alert("terminal", 9, age=timedelta(minutes=6)), TRANSIENT, NOW) is None


def test_three_refusals_in_a_row_pause_an_address() -> None:
    assert [pauses(count) for count in (1, 2, 3, 4)] == [False, False, True, True]


@given(
    channel=st.sampled_from(["email", "slack", "terminal", "pigeon"]),
    attempts=st.integers(0, 10**6),
    age=st.integers(0, 10**7),
    asked=st.none() | st.floats(-1e6, 1e12),
)
def test_a_retry_is_never_in_the_past(channel: str, attempts: int, age: int, asked: float | None) -> None:
    again = next_try(
        alert(channel, attempts, age=timedelta(seconds=age)), DeliveryError("busy", retry_after=asked), NOW
    )
    assert again is None or again > NOW
