"""Crash safety in short; ``make torture`` is the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.marked import STEPS
from tests.acceptance.torture import torture

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
