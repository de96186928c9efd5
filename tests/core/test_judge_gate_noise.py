"""Noise stays silent and facts get through, on every story of the corpus and on stories mixed from them."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from bot.core.compare import compare
from bot.core.comparison import Severity
from bot.core.story import Story
from tests import facts, measure, noise

STORIES = measure.corpus()
NOISE_PAIRS = 1500
FACT_PAIRS = 100
"""Of each kind."""


def _material(rnd: Random) -> Story:
    return rnd.choice(STORIES) if rnd.random() < 0.6 else facts.mixture(STORIES, rnd, rnd.randint(6, 20))


def test_noise_rises_above_trivial_at_most_once_in_a_thousand() -> None:
    rnd = Random(20260302)
    loud = []
    for number in range(NOISE_PAIRS):
        old, new, kinds = noise.noisy_pair(_material(rnd), rnd)
        found = compare(old, new)
        if found.severity > Severity.TRIVIAL:
            loud.append((number, kinds, [(one.kind, one.before[:60], one.after[:60]) for one in found.findings[:3]]))
    assert len(loud) <= NOISE_PAIRS // 1000, f"{len(loud)} of {NOISE_PAIRS}: {loud[:12]}"


@pytest.mark.parametrize("name", sorted(noise.NOISE))
def test_each_kind_of_noise_changes_the_page(name: str) -> None:
    """A noise injector that does nothing would make the test above worthless."""
    rnd = Random(7)
    changed = 0
    for _ in range(40):
        story = rnd.choice(STORIES)
        changed += noise.NOISE[name](story, rnd) != story
    assert changed >= 12


def test_facts_are_found_ninety_nine_times_in_a_hundred() -> None:
    rnd = Random(19110401)
    found: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    silent = []
    for name, inject in facts.FACTS.items():
        while tried[name] < FACT_PAIRS:
            old = _material(rnd)
            fact = inject(old, rnd)
            if fact is None:
                continue
            tried[name] += 1
            result = compare(fact.old, fact.new)
            if fact.found(result):
                found[name] += 1
            else:
                said = [(one.kind, int(one.severity)) for one in result.findings[:4]]
                silent.append(f"{name}: {fact.before[:60]!r} -> {fact.after[:60]!r}: {said}")
    rate = sum(found.values()) / sum(tried.values())
    assert rate >= 0.99, f"{rate:.2%}\n" + "\n".join(silent[:40])
    assert min(found[name] / tried[name] for name in facts.FACTS) >= 0.96, "\n".join(silent[:40])


def test_facts_get_through_noise() -> None:
    """A figure changed on a page whose furniture changed too is still a figure changed."""
    rnd = Random(5)
    missed = []
    for _ in range(150):
        story = _material(rnd)
        name = rnd.choice(["figure", "quotation word", "correction", "headline word"])
        fact = facts.FACTS[name](story, rnd)
        if fact is None:
            continue
        kinds = tuple(rnd.sample(sorted(noise.NOISE), 2))
        old, _, _ = noise.noisy_pair(fact.old, Random(1), kinds=kinds)
        _, new, _ = noise.noisy_pair(fact.new, Random(2), kinds=kinds)
        if not fact.found(compare(old, new)):
            missed.append((name, kinds, fact.before[:50], fact.after[:50]))
    assert len(missed) <= 2, missed
