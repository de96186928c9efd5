"""Each language's word list does its work, and a language without one still gets the rules that need no words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.core.compare import compare
from bot.core.lexicon import LANGUAGES, Phrases, detect, lexicon
from bot.core.patterns import note_rules, rules
from bot.core.story import Block, Story
from bot.core.text import keys

CASES = [
    ("en", "Officials were warned about the crack.", "Officials were not warned about the crack.", "negation_changed"),
    ("fr", "Le maire savait que le mur cédait.", "Le maire ne savait pas que le mur cédait.", "negation_changed"),
    ("de", "Der Bürgermeister wusste davon.", "Der Bürgermeister wusste nicht davon.", "negation_changed"),
    ("es", "El alcalde sabía que el muro cedía.", "El alcalde no sabía que el muro cedía.", "negation_changed"),
    ("it", "Il sindaco sapeva che il muro cedeva.", "Il sindaco non sapeva che il muro cedeva.", "negation_changed"),
    ("pt", "O prefeito sabia que o muro cedia.", "O prefeito não sabia que o muro cedia.", "negation_changed"),
    ("nl", "De burgemeester wist van de scheur.", "De burgemeester wist niet van de scheur.", "negation_changed"),
    ("en", "The contractor allegedly took the pins.", "The contractor took the pins.", "hedge_removed"),
    ("fr", "Le voleur présumé a pris les clés.", "Le voleur a pris les clés.", "hedge_removed"),
    ("de", "Der mutmaßliche Dieb nahm den Schlüssel.", "Der Dieb nahm den Schlüssel.", "hedge_removed"),
    ("es", "El presunto ladrón tomó las llaves.", "El ladrón tomó las llaves.", "hedge_removed"),
    ("it", "Il presunto ladro prese le chiavi.", "Il ladro prese le chiavi.", "hedge_removed"),
    ("pt", "O suposto ladrão levou as chaves.", "O ladrão levou as chaves.", "hedge_removed"),
    ("nl", "De vermeende dief nam de sleutels.", "De dief nam de sleutels.", "hedge_removed"),
]


@pytest.mark.parametrize(("lang", "before", "after", "kind"), CASES)
def test_stance_is_seen_in_every_language(lang: str, before: str, after: str, kind: str) -> None:
    old, new = (Story(lang=lang, blocks=(Block(text=text),)) for text in (before, after))
    assert kind in compare(old, new).kinds
    assert compare(old, old).findings == ()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lexicon_is_complete(lang: str) -> None:
    words = lexicon(lang)
    for part in (words.function_words, words.negation, words.hedges, words.modality, words.quantifiers, words.verbs):
        assert part
    assert len(words.months) >= 12
    assert len(words.weekdays) >= 7
    assert words.decimal in {".", ","}


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("le maire n'a pas répondu aux questions de la presse", "fr"),
        ("der bürgermeister hat die fragen nicht beantwortet", "de"),
        ("the mayor did not answer the questions of the press", "en"),
        ("el alcalde no ha respondido a las preguntas de la prensa", "es"),
    ],
)
def test_the_language_is_found_by_its_small_words(text: str, lang: str) -> None:
    assert detect(keys(text))[0] == lang


def test_every_pattern_has_its_own_id() -> None:
    ids = [rule.id for rule in (*rules("furniture"), *rules("suspect"), *(rule for _, rule in note_rules()))]
    assert len(ids) == len(set(ids)) > 80


def test_a_language_without_words_still_gets_figures() -> None:
    old, new = (Story(lang="sv", blocks=(Block(text=f"Minst {n} personer skadades i branden."),)) for n in (14, 19))
    assert "figure_changed" in compare(old, new).kinds


def test_a_window_of_a_long_text_is_searched_without_reading_the_text() -> None:
    class Watched(list[str]):
        """A text that counts how often it is asked for a word, and may not be read through."""

        asked = 0

        def __iter__(self) -> Iterator[str]:
            raise AssertionError("the whole text was read for a window of it")

        def __getitem__(self, at: Any) -> Any:
            self.asked += 1
            return super().__getitem__(at)

    text = Watched([*["the"] * 50_000, "did", "not", *["see"] * 50_000])
    assert Phrases(["did not", "never"]).find(text, 49_998, 50_004) == [(50_000, 50_002)]
    assert text.asked < 30
