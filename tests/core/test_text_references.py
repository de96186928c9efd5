"""Character references that show, numbers in one word, and edits in scripts without spaces."""

from __future__ import annotations

import pytest

from bot.core.compare import compare
from bot.core.lexicon import lexicon
from bot.core.number_words import glued_number
from bot.core.story import Block, Story
from bot.core.text import fold, fold_text


def test_a_character_reference_folds_to_its_character_and_maps_back() -> None:
    folded = fold("Rock &#038; roll")
    assert folded.text == "Rock & roll"
    assert folded.span(5, 6) == (5, 11)
    assert fold_text("a &amp;amp; b") == "a & b"


@pytest.mark.parametrize(
    ("lang", "word", "value"),
    [
        ("de", "zweitausendfünfhundert", 2500),
        ("nl", "tweehonderdvijftig", 250),
        ("it", "duecentocinquanta", 250),
        ("it", "documento", None),
    ],
)
def test_a_number_written_as_one_word_has_its_value(lang: str, word: str, value: int | None) -> None:
    assert glued_number(word, lexicon(lang)) == value


def test_an_edit_in_japanese_is_smaller_than_its_paragraph() -> None:
    old, new = (Story(headline="市議会", lang="ja", blocks=(Block(text=f"事故で{n}人が死亡した。"),)) for n in (12, 15))
    edits = compare(old, new).links[0].edits
    assert [(edit.old, edit.new) for edit in edits if edit.op != "equal"] == [("12", "15")]
