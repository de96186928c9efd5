"""The soak judges memory honestly: it calls a leak a leak and a cache that fills up none."""

from __future__ import annotations

import math

import pytest

from benchmarks.soak import grown

HOURS = range(1, 25)


def unrest(hour: int) -> float:
    """What an allocator adds and takes by itself, in MB: up to 0.6, the same in every run."""
    return 0.6 * math.sin(hour * 2.3)


@pytest.mark.parametrize("filling", [0.0, 1.0, 3.0], ids=lambda mb: f"{mb:.0f} MB fill up after hour two")
def test_memory_that_comes_to_rest_is_flat(filling: float) -> None:
    assert grown({hour: 150 + filling * (1 - math.exp(-(hour - 2) / 2)) + unrest(hour) for hour in HOURS}) == []


@pytest.mark.parametrize("leak", [0.3, 0.5, 2.0], ids=lambda mb: f"{mb} MB an hour")
@pytest.mark.parametrize("since", [1, 12], ids=["from the start", "from hour twelve"])
def test_a_leak_is_seen(leak: float, since: int) -> None:
    found = grown({hour: 150 + leak * max(0, hour - since) + unrest(hour) for hour in HOURS})
    assert any("still grows" in words for words in found), found


def test_a_step_that_stays_is_seen() -> None:
    (found,) = grown({hour: 150 + (8 if hour > 9 else 0) + unrest(hour) for hour in HOURS})
    assert found.startswith("memory grew from 1")


def test_too_much_is_too_much_however_flat() -> None:
    assert grown(dict.fromkeys(HOURS, 201.0)) == ["memory reached 201 MB"]


def test_a_short_run_judges_its_size_only() -> None:
    assert grown({1: 120.0, 2: 150.0, 3: 158.0}) == []
