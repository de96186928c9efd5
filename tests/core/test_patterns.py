"""One look for the words that patterns need passes over no pattern that would have matched."""

from __future__ import annotations

import pytest

from bot.core.compare_config import CompareConfig
from bot.core.findings.notes import Sorter, furniture_rule, note_type_of
from bot.core.needles import Lookout
from bot.core.patterns import note_rules, rules
from bot.core.text import fold_text
from tests.gate import pairs

TEXTS = sorted(
    {fold_text(block.text) for pair in pairs()[::4] for story in (pair.old, pair.new) for block in story.blocks}
)


def test_every_pattern_that_matches_a_text_is_among_those_tried() -> None:
    notes = [rule for _, rule in note_rules()]
    for listed in (notes, list(rules("furniture"))):
        lookout = Lookout([rule.needles for rule in listed])
        for text in TEXTS:
            lowered = text.casefold()
            tried = lookout.among(lowered)
            assert {number for number, rule in enumerate(listed) if rule.hits(lowered)} <= tried


def test_texts_sorted_together_are_sorted_as_each_alone() -> None:
    config = CompareConfig()
    together = Sorter(TEXTS, config)
    for text in TEXTS[::7]:
        if text:
            assert together.note_type(text) == note_type_of(text, config)
            assert together.furniture_rule(text) == furniture_rule(text, config)


@pytest.mark.parametrize("text", ["a correction", "an update", "koala", "cat", "", "a.b*c", "zürich"])
def test_a_lookout_finds_needles_that_overlap_or_hold_one_another(text: str) -> None:
    needed = [("cat",), ("correction", "update"), ("rrec",), (), ("a.b*",), ("ala", "oal"), ("zür",)]
    wanted = {n for n, listed in enumerate(needed) if not listed or any(one in text for one in listed)}
    assert wanted <= Lookout(needed).among(text)


def test_no_needles_are_looked_for_in_vain() -> None:
    assert Lookout([("zebra",), ("zero",)]).among("a plain line") == set()
