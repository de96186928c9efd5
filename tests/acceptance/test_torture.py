"""Crash safety in short; ``make torture`` is the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.marked import STEPS
from tests.acceptance.torture import Death, Report, _arrived, torture

pytestmark = pytest.mark.slow

MOMENTS = (
    "random",
    "version added, not committed",
    "message sent, not written down",
    "check recorded",
    "slack",
    "receipt added, not committed",
    "mail",
    "alerts claimed",
)


def test_killed_again_and_again_nothing_is_lost_and_nothing_is_told_twice_unawares(tmp_path: Path) -> None:
    report = torture(tmp_path, kills=len(MOMENTS), moments=MOMENTS, seed=7)
    assert report.problems == []
    assert report.kills.total() == len(MOMENTS)
    assert len(set(report.kills) & set(STEPS)) >= 3, report.kills
    assert report.changes >= 4
    assert min(report.sent[channel] for channel in ("slack", "email", "terminal")) >= 4


def test_the_harness_tells_a_second_copy_that_was_due_from_one_that_was_not() -> None:
    deaths = [
        Death(accepted=1, swallowed=0, calls=0, printed=0, on_their_way=frozenset({"a_cut"})),
        Death(accepted=2, swallowed=0, calls=0, printed=0, on_their_way=frozenset()),
    ]
    alerts = [(name, "email", "sent", 1, n, n + 1, name == "a_cut") for n, name in enumerate(("a_cut", "a_done"), 1)]

    def problems(**came: list[int]) -> list[str]:
        report = Report()
        _arrived(report, alerts, "email", came, deaths)
        assert report.sent["email"] == 2
        return report.problems

    assert problems(a_cut=[0, 1], a_done=[1]) == []
    assert problems(a_cut=[0, 1, 2], a_done=[1]) == [
        "email: alert a_cut came again though nothing cut off its sending",
    ], "the second copy had been written down"
    assert problems(a_cut=[0, 1], a_done=[0, 1]) == [
        "email: alert a_done came again though nothing cut off its sending"
    ]
    assert problems(a_cut=[1, 1], a_done=[1]) == ["email: alert a_cut came twice in one life"]
    assert problems(a_cut=[0], a_done=[]) == ["email: alert a_done is marked sent and never came"]
    assert problems(a_cut=[0], a_done=[1], other=[1]) == ["email: 1 messages of no alert that was sent, other"]
