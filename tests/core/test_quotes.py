"""Where quotations begin and end, and who is named as saying them, in seven languages."""

from __future__ import annotations

import pytest

from bot.core.lexicon import lexicon
from bot.core.names import same_person
from bot.core.quotes import Quotation, find_quotations
from bot.core.speakers import Passage
from bot.core.text import fold, tokenize


def found(lang: str, *texts: str) -> list[Quotation]:
    passages = [Passage(fold(text), text, tokenize(fold(text).text)) for text in texts]
    return find_quotations(passages, [lexicon(lang)] * len(passages))


@pytest.mark.parametrize(
    ("lang", "text", "speaker"),
    [
        ("en", '"We have been warning for eleven years," said Pieter Lindqvist, a diver.', "Pieter Lindqvist"),
        ("en", "According to John Smith, “the plan is fine by us”.", "John Smith"),
        ("fr", "« Nous avons averti la mairie », a déclaré Hélène Garnier.", "Hélène Garnier"),
        ("de", "„Wir haben lange gewarnt“, sagte Bürgermeisterin Anna Schmidt.", "Anna Schmidt"),
        ("es", "«Llevamos once años avisando», dijo el alcalde Luis Ortega.", "Luis Ortega"),
        ("it", "«Non ce la facciamo più», ha detto il sindaco Mario Rossi.", "Mario Rossi"),
        ("pt", "“Não podemos esperar mais”, disse a prefeita Ana Souza.", "Ana Souza"),
        ("nl", "‘Wij hebben lang gewaarschuwd’, zegt Jan de Vries.", "Jan de Vries"),
    ],
)
def test_the_speaker_is_the_name_beside_the_verb(lang: str, text: str, speaker: str) -> None:
    (quotation,) = found(lang, text)
    assert quotation.speaker == speaker
    assert quotation.named_here


def test_apostrophes_never_open_a_quotation() -> None:
    assert not found("en", "The dockers' union and the Smiths' boatyard share the Joneses' slipway in the '90s block.")


def test_a_quotation_runs_on_over_paragraphs_and_over_furniture() -> None:
    texts = ("Ines Calloway said: “First paragraph here.", "“Second and last of it.”")
    (quotation,) = found("en", *texts)
    assert quotation.words == ("first", "paragraph", "here", "second", "and", "last", "of", "it")
    assert quotation.speaker == "Ines Calloway"


def test_a_pronoun_means_the_person_named_in_the_paragraph() -> None:
    (quotation,) = found("en", 'Mark Elland said officers were calm. "Nobody was hurt who hid," he said.')
    assert quotation.speaker == "Mark Elland"


def test_an_unbalanced_mark_is_no_quotation() -> None:
    assert not found("en", 'He said: "we will never know')


def test_names_of_one_person_match() -> None:
    assert same_person("Piers Okoro", "Okoro")
    assert not same_person("Pieter Lindqvist", "Hana Suzuki")
