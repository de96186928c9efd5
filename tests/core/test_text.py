"""Folding keeps what readers read and drops what only machines see."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.text import fold, fold_text, keys, one_edit_apart, sentences


@pytest.mark.parametrize(
    ("shown", "folded"),
    [
        ("“Hello…”", '"Hello..."'),
        ("a\u00a0b\u202fc  d\n", "a b c d"),
        ("co\u00adop\u200berate", "cooperate"),
        ("ﬁne e\u0301", "fine é"),
        ("a – b — c − d", "a - b - c - d"),
        ("٣٤", "34"),
        ("1½ m²", "1 1/2 m^2"),
        ("‘‘so’’", '"so"'),
    ],
)
def test_forms_of_one_text_fold_to_one(shown: str, folded: str) -> None:
    assert fold_text(shown) == folded


@given(st.text(alphabet=st.characters(), max_size=60))
@settings(max_examples=200, deadline=None)
def test_folding_is_idempotent_and_maps_back_into_the_text(text: str) -> None:
    result = fold(text)
    assert fold_text(result.text) == result.text
    assert len(result.text) == len(result.starts) == len(result.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(result.starts, result.ends, strict=True))


def test_numbers_keep_their_separators_and_words_their_apostrophes() -> None:
    assert keys("It isn't 1,200.5 or 10:30") == ["it", "isn't", "1,200.5", "or", "10:30"]
    assert keys("L'homme n'est") == ["l'", "homme", "n'", "est"]


def test_an_initial_or_a_title_does_not_end_a_sentence() -> None:
    assert len(sentences("Dr. J. Bell left. He went home.")) == 2


def test_slips_are_told_from_other_words() -> None:
    assert one_edit_apart("recieved", "received") == "swap"
    assert one_edit_apart("occured", "occurred") == "double"
    assert one_edit_apart("dead", "deaf") == "letter"
    assert one_edit_apart("ferry", "harbour") == ""
