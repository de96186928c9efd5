"""Crash safety in short; ``make torture`` is the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.torture import MOMENTS, torture

pytestmark = pytest.mark.slow


def test_killed_again_and_again_nothing_is_lost_and_nothing_is_told_twice_unawares(tmp_path: Path) -> None:
    report = torture(tmp_path, kills=8, seed=7)
    assert report.problems == []
    assert report.kills.total() == 8
    assert set(report.kills) & set(MOMENTS) >= {"checked", "delivered"}, report.kills
    assert report.changes >= 4
    assert min(report.sent[channel] for channel in ("slack", "email", "terminal")) >= 4
