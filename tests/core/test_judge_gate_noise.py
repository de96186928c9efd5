"""Noise stays silent and facts get through, on every story of the corpus and on stories mixed from them."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from bot.core.compare import compare
from bot.core.comparison import Severity
from bot.core.story import Story, fingerprint
from tests import gate, noise


def _stories() -> list[Story]:
    """Every different story of the corpus, live blogs and pages without a body left out."""
    unique = {fingerprint(one.old): one.old for one in gate.pairs() if len(one.old.blocks) >= 5 and not one.old.is_live}
    return list(unique.values())


STORIES = _stories()
NOISE_PAIRS = 1500
FACT_PAIRS = 100
"""Of each kind."""


def _material(rnd: Random) -> Story:
    return rnd.choice(STORIES) if rnd.random() < 0.6 else noise.mixture(STORIES, rnd, rnd.randint(6, 20))


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
    for name, inject in noise.FACTS.items():
        while tried[name] < FACT_PAIRS:
            old = _material(rnd)
            fact = inject(old, rnd)
            if fact is None:
                continue
            tried[name] += 1
            findings = compare(old, fact.new).findings
            if any(one.kind in fact.kinds and one.severity >= fact.least for one in findings):
                found[name] += 1
            else:
                said = [(one.kind, int(one.severity)) for one in findings[:4]]
                silent.append(f"{name}: {fact.before[:60]!r} -> {fact.after[:60]!r}: {said}")
    rate = sum(found.values()) / sum(tried.values())
    assert rate >= 0.99, f"{rate:.2%}\n" + "\n".join(silent[:40])
    assert min(found[name] / tried[name] for name in noise.FACTS) >= 0.96, "\n".join(silent[:40])


def test_facts_get_through_noise() -> None:
    """A figure changed on a page whose furniture changed too is still a figure changed."""
    rnd = Random(5)
    missed = []
    for _ in range(150):
        story = _material(rnd)
        name = rnd.choice(["figure", "quotation word", "correction", "headline word"])
        fact = noise.FACTS[name](story, rnd)
        if fact is None:
            continue
        kinds = tuple(rnd.sample(sorted(noise.NOISE), 2))
        old, _, _ = noise.noisy_pair(story, Random(1), kinds=kinds)
        _, new, _ = noise.noisy_pair(fact.new, Random(2), kinds=kinds)
        findings = compare(old, new).findings
        if not any(one.kind in fact.kinds and one.severity >= fact.least for one in findings):
            missed.append((name, kinds, fact.before[:50], fact.after[:50]))
    assert len(missed) <= 2, missed
