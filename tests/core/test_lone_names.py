"""A single German noun is a name by evidence only: the gazetteer, the letters, the articles, the rest of the story."""

from __future__ import annotations

import pytest

from bot.core.compare import compare
from bot.core.comparison import Comparison
from bot.core.story import Block, Story

REST = "Der Stadtrat hat am Montag lange über den Haushalt des kommenden Jahres beraten."


def changed(old: str, new: str, *more: str, headline: bool = False, lang: str = "de") -> Comparison:
    if headline:
        sides = [Story(headline=text, lang=lang, blocks=(Block(text=REST),)) for text in (old, new)]
    else:
        sides = [
            Story(lang=lang, blocks=tuple(Block(text=line) for line in (REST, *more, text))) for text in (old, new)
        ]
    return compare(*sides)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Die Bahn sperrt die Strecke nach Leipzig.", "Die Bahn sperrt die Strecke nach Dresden."),
        ("Die SPD will den Antrag ablehnen.", "Die CDU will den Antrag ablehnen."),
        ("Siemens will 300 Stellen streichen.", "Bosch will 300 Stellen streichen."),
        ("Das Paar kam aus Oberhausen in die Stadt.", "Das Paar kam aus Unterhausen in die Stadt."),
    ],
)
def test_a_place_firm_or_party_is_a_name(old: str, new: str) -> None:
    found = changed(old, new)
    assert found.severity >= 2
    assert {"name_changed", "name_spelling"} & set(found.kinds)


def test_a_firm_nobody_knows_is_a_name_by_how_the_story_uses_it() -> None:
    more = ("Der Auftrag ging an Kralltec und Morvag.", "Im Herbst hatten Morvag und Kralltec geboten.")
    assert "name_changed" in changed("Kralltec will im Mai beginnen.", "Morvag will im Mai beginnen.", *more).kinds
    led = ("Der Kralltec steht im Hof.", "Die Morvag liegt daneben.")
    assert "name_changed" not in changed("Kralltec will im Mai beginnen.", "Morvag will im Mai beginnen.", *led).kinds


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Der Rat will den Plan in Ruhe prüfen.", "Der Rat will den Plan in Eile prüfen."),
        ("Der Wagen stand vor der Mauer.", "Der Wagen stand vor der Wand."),
        ("Fachleute warnen vor dem Bau.", "Experten warnen vor dem Bau."),
        ("Der Lehrer kam mit dem PKW.", "Der Lehrer kam mit dem LKW."),
        ("In Planung ist ein Steg.", "In Vorbereitung ist ein Steg."),
    ],
)
def test_a_plain_noun_is_none(old: str, new: str) -> None:
    assert not {"name_changed", "name_spelling", "name_added", "name_removed"} & set(changed(old, new).kinds)


def test_a_headline_without_articles_needs_the_gazetteer() -> None:
    assert "name_changed" in changed("Brand in Kassel gelöscht", "Brand in Fulda gelöscht", headline=True).kinds
    assert "name_changed" not in changed("Brand in Keller gelöscht", "Brand in Küche gelöscht", headline=True).kinds


@pytest.mark.parametrize(
    ("lang", "old", "new"),
    [
        ("en", "Lisbon will host the fair.", "Madrid will host the fair."),
        ("fr", "Toulouse accueille la foire.", "Rennes accueille la foire."),
        ("it", "Genova ospita la fiera.", "Trieste ospita la fiera."),
    ],
)
def test_a_place_that_opens_the_sentence_is_a_name(lang: str, old: str, new: str) -> None:
    assert "name_changed" in changed(old, new, lang=lang).kinds
