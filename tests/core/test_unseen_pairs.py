"""Classes of pairs that a reader found who had not seen the rules: names, roundings, forms, notes, sources.

Every class stands beside a fact of the same shape, which still has to show.
"""

from __future__ import annotations

import pytest

from bot.core.compare import compare
from bot.core.comparison import Comparison
from bot.core.story import Block, BlockKind, Story

BODY = {
    "en": "The council met on Monday in the town hall and spoke of the old harbour for two hours before it went home.",
    "de": "Die Staatsanwaltschaft ermittelt gegen den Bürgermeister von Tannrode, Kai Osterloh, wegen der Vorwürfe.",
    "fr": "Le conseil s'est réuni lundi dans la salle de la mairie et a parlé du vieux port pendant un long moment.",
    "es": "El concejo se reunió el lunes en el ayuntamiento y habló del viejo puerto durante un buen rato.",
    "nl": "De raad kwam maandag bijeen in het stadhuis en sprak lang over de oude haven met de bewoners van de stad.",
    "ar": "اجتمع المجلس يوم الاثنين في قاعة البلدية وتحدث عن الميناء القديم مع سكان المدينة.",
    "ja": "議会は月曜日に市役所で会合を開き、古い港について話し合った。",
}


def told(lang: str, old: str, new: str, *, kind: BlockKind = BlockKind.PARAGRAPH) -> Comparison:
    """The comparison of a story whose last blocks are the lines of ``old`` and ``new``."""
    return compare(*(_story(lang, text, kind) for text in (old, new)))


def _story(lang: str, text: str, kind: BlockKind) -> Story:
    body = Block(kind=BlockKind.PARAGRAPH, text=BODY[lang])
    rest = (Block(kind=kind, text=line) for line in text.split("\n") if line)
    return Story(url="https://morning.example/1", lang=lang, headline="", blocks=(body, *rest))


def headlines(lang: str, old: str, new: str, body: str = "") -> Comparison:
    """The comparison of a story of which only the headline changed."""
    blocks = (Block(kind=BlockKind.PARAGRAPH, text=body or BODY[lang]),)
    return compare(
        *(Story(url="https://morning.example/1", lang=lang, headline=head, blocks=blocks) for head in (old, new))
    )


def kinds(found: Comparison) -> set[str]:
    """The kinds of all findings."""
    return {finding.kind for finding in found.findings}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Ermittlungen gegen Bürgermeister von Tannrode", "Ermittlungen gegen Bürgermeister von Tannrohde"),
        ("Osterloh bestreitet Vorwürfe", "Osterlohe bestreitet Vorwürfe"),
        ("Brand in Westerlund gelöscht", "Brand in Westerland gelöscht"),
    ],
)
def test_one_letter_of_a_name_in_a_german_headline_is_told(old: str, new: str) -> None:
    found = headlines("de", old, new)
    assert found.severity >= 2
    assert kinds(found) & {"name_spelling", "name_changed"}


def test_a_plain_german_noun_in_a_headline_is_only_spelled_otherwise() -> None:
    assert (
        headlines(
            "de", "Ermittlungen wegen Erpressung eingestellt", "Ermittlungen wegen Erpresung eingestellt"
        ).severity
        == 0
    )


def test_a_plain_german_noun_behind_a_preposition_is_no_place() -> None:
    assert headlines("de", "Streit in Regierung eskaliert", "Streit in Regirung eskaliert").severity == 0


def test_one_letter_of_a_name_in_a_title_case_headline_is_told() -> None:
    body = "The mayor, Ada Finchley, left the town hall on Monday and did not speak to reporters who had waited there."
    found = headlines("en", "Finchley Leaves Town Hall for Good", "Fincheley Leaves Town Hall for Good", body)
    assert found.severity >= 2
    assert kinds(found) & {"name_spelling", "name_changed"}


@pytest.mark.parametrize(
    ("old", "new", "severity"),
    [
        ("Tom Vasey, 19, a student, was hurt.", "Tom Vasey, 20, a student, was hurt.", 3),
        ("48 people were hurt.", "50 people were hurt.", 3),
        ("48 people were hurt.", "About 50 people were hurt.", 2),
        ("More than 48 people were hurt.", "More than 50 people were hurt.", 3),
        ("It cost 1,237 pounds.", "It cost 1,200 pounds.", 2),
        ("It rose 4.67 per cent.", "It rose 4.7 per cent.", 2),
        ("It rose 45 per cent.", "It rose 50 per cent.", 3),
        ("It sold 9.5m boxes.", "It sold 10m boxes.", 2),
    ],
)
def test_two_counts_of_few_digits_are_no_rounding(old: str, new: str, severity: int) -> None:
    (figure,) = (one for one in told("en", old, new).findings if one.kind == "figure_changed")
    assert int(figure.severity) == severity


@pytest.mark.parametrize(
    ("lang", "old", "new", "other"),
    [
        ("en", "The limit is 12mph.", "The limit is 12 miles per hour.", "The limit is 21 miles per hour."),
        ("en", "The limit is 12 km/h.", "The limit is 12 kilometres per hour.", "The limit is 12 miles per hour."),
        ("en", "A man of 48 fell.", "A 48-year-old man fell.", "A 49-year-old man fell."),
        ("en", "A girl of eight was hurt.", "An eight-year-old girl was hurt.", "A nine-year-old girl was hurt."),
        ("en", "It costs 99c a mile.", "It costs 99¢ a mile.", "It costs 89¢ a mile."),
        ("en", "It opened on 5/3/26.", "It opened on 5/3/2026.", "It opened on 5/3/2025."),
        ("fr", "La réunion a duré 9 heures.", "La réunion a duré 9h.", "La réunion a duré 8h."),
        (
            "fr",
            "Il roulait à 80 km/h.",
            "Il roulait à 80 kilomètres à l'heure.",
            "Il roulait à 90 kilomètres à l'heure.",
        ),
        ("de", "Er fuhr 80 km/h.", "Er fuhr 80 Stundenkilometer.", "Er fuhr 90 Stundenkilometer."),
        ("es", "Iba a 80 km/h.", "Iba a 80 kilómetros por hora.", "Iba a 90 kilómetros por hora."),
        ("ar", "وأغلقت السلطات 11 مدرسة.", "وأغلقت السلطات إحدى عشرة مدرسة.", "وأغلقت السلطات ثلاث عشرة مدرسة."),
        ("ar", "ارتفعت الأسعار بنسبة 12 في المئة.", "ارتفعت الأسعار بنسبة 12%.", "ارتفعت الأسعار بنسبة 21%."),
    ],
)
def test_one_figure_in_two_forms_is_no_change(lang: str, old: str, new: str, other: str) -> None:
    assert told(lang, old, new).severity <= 1
    assert told(lang, old, other).severity >= 3


def test_a_number_of_counted_people_is_no_age() -> None:
    assert "figure_changed" in kinds(told("en", "A team of 48 nurses came.", "A team of 50 nurses came."))


@pytest.mark.parametrize(
    ("lang", "old", "new"),
    [
        ("en", "Recommend (14) Share (3)", "Recommend (15) Share (4)"),
        ("en", "Share Save Print Listen", "Share Save Print Listen Email"),
        ("en", "Monday May 04 2026, 9.30am, The Gazette", "Monday May 04 2026, 4.10pm, The Gazette"),
        ("en", "Follow topic: Bridges", "Following: Bridges"),
        ("en", "LIVE", "ENDED"),
        ("en", "Explore more on these topics\nTrams", "Explore more on these topics\nTransport\nNews"),
        ("fr", "Partager Imprimer", "Partager Enregistrer Imprimer"),
        ("de", "Teilen Merken", "Teilen Merken Drucken"),
        ("es", "Compartir Guardar", "Compartir Guardar Imprimir"),
    ],
)
def test_rows_of_a_page_are_no_text(lang: str, old: str, new: str) -> None:
    assert told(lang, old, new).severity == 0


@pytest.mark.parametrize(
    ("lang", "old", "new"),
    [
        ("en", "Shares recommended: 14 of them rose.", "Shares recommended: 15 of them rose."),
        ("en", "Save, share and print 12 copies, he told staff.", "Save, share and print 21 copies, he told staff."),
        (
            "en",
            "Monday May 04 2026, 9.30am, the bridge fell",
            "Monday May 04 2026, 4.10pm, the bridge fell",
        ),
        ("en", "Following: Bridges closed", "Following: Bridges open"),
        ("en", "The strike ended after 12 days.", "The strike ended after 21 days."),
        ("en", "Related: that is how all 14 growers are.", "Related: that is how all 41 growers are."),
        ("fr", "Partager le butin avec 12 complices", "Partager le butin avec 21 complices"),
        ("de", "Teilen Sie den Betrag durch 12, sagt er.", "Teilen Sie den Betrag durch 21, sagt er."),
    ],
)
def test_a_fact_that_looks_like_such_a_row_shows(lang: str, old: str, new: str) -> None:
    assert told(lang, old, new).severity >= 1


@pytest.mark.parametrize(
    ("lang", "note"),
    [
        ("en", "An earlier photo caption named the wrong man."),
        ("en", "The Herald has withdrawn this article."),
        ("en", "Clarifies in second paragraph that most vehicles are bound for the port."),
        ("de", "Wir hatten zunächst geschrieben, die Brücke habe 21 Millionen gekostet. Das war falsch."),
        ("es", "En una primera versión de este artículo se decía que el puente costó 21 millones."),
        ("fr", "Modifié le 5 mars à 14 h : correction du coût des travaux."),
        ("fr", "Nota bene : le nom du maire a été corrigé."),
    ],
)
def test_a_newsroom_that_takes_its_words_back_is_read_as_a_correction(lang: str, note: str) -> None:
    assert "correction_added" in kinds(told(lang, "", note))


def test_a_dutch_addition_that_brings_a_reaction_is_an_update() -> None:
    found = told("nl", "", "Aanvulling 17.15 uur: reactie van de gemeente.")
    assert "update_note_changed" in kinds(found)
    assert "correction_added" in kinds(told("nl", "", "Aanvulling: de burgemeester heet Vos."))


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Clarifies nothing, said the judge."),
        ("de", "Wir hatten zunächst geschrieben und dann telefoniert, sagte der Pastor."),
        ("es", "En la primera versión de la obra, el rey muere."),
        ("fr", "Le maire a été corrigé par son adjoint."),
    ],
)
def test_a_sentence_about_writing_is_no_correction(lang: str, text: str) -> None:
    assert "correction_added" not in kinds(told(lang, "", text))


@pytest.mark.parametrize(
    ("lang", "old", "new"),
    [
        ("en", "The cracks appeared in June, engineers believe.", "The cracks appeared in June."),
        ("en", "Slates fell in March, parents recall.", "Slates fell in March."),
        ("en", "The cracks appeared in June, it was reported on Sunday.", "The cracks appeared in June."),
        ("en", "Video footage appears to show that slates were stolen.", "Slates were stolen."),
        (
            "en",
            "The dam is old, and economists at Carrick College estimate that three in four farms need it.",
            "The dam is old, and three in four farms need it.",
        ),
        ("fr", "Une fissure est apparue en juin, a-t-on appris auprès du préfet.", "Une fissure est apparue en juin."),
        ("fr", "Pour le maire, Luc Sorin, la fissure est dangereuse.", "La fissure est dangereuse."),
        ("de", "Die Firma gibt an, dass der Riss im Juni entstand.", "Der Riss entstand im Juni."),
        ("de", "Aus Sicht des Landrats ist der Riss gefährlich.", "Der Riss ist gefährlich."),
        ("es", "Como adelantó La Voz del Valle, en junio apareció una grieta.", "En junio apareció una grieta."),
        ("es", "A juicio del alcalde, la grieta es peligrosa.", "La grieta es peligrosa."),
        ("nl", "De mijn sluit in maart, heeft de eigenaar woensdag bekendgemaakt.", "De mijn sluit in maart."),
    ],
)
def test_a_source_that_goes_is_told(lang: str, old: str, new: str) -> None:
    found = told(lang, old, new)
    assert "attribution_removed" in kinds(found)
    assert found.severity == 3


@pytest.mark.parametrize(
    ("lang", "old", "new"),
    [
        ("en", "Officials brought sand, miners brought hope.", "Officials brought sand, miners brought faith."),
        ("en", "The film opened in June.", "The film showed in June."),
        ("fr", "Pour le pont, la ville paie.", "La ville paie pour le pont."),
        ("de", "Die Firma gibt an die Schule 50 Euro.", "An die Schule gibt die Firma 50 Euro."),
        ("nl", "De mijn is oud, heeft geen liften en sluit in maart.", "De mijn is oud en sluit in maart."),
    ],
)
def test_words_that_name_no_source_are_none(lang: str, old: str, new: str) -> None:
    assert not kinds(told(lang, old, new)) & {"attribution_removed", "attribution_added"}


@pytest.mark.parametrize(
    ("lang", "old", "new", "kind"),
    [
        ("de", "Der Bauleiter hat womöglich Werte gefälscht.", "Der Bauleiter hat Werte gefälscht.", "hedge_removed"),
        ("es", "La empresa tendría tres socios.", "La empresa tiene tres socios.", "modality_changed"),
        ("fr", "Le pont n’est plus sûr.", "Le pont est sûr.", "negation_changed"),
        ("ja", "6月の検査でヒ素が検出されたという。", "6月の検査でヒ素が検出された。", "hedge_removed"),
    ],
)
def test_what_was_not_sure_and_now_is_is_told(lang: str, old: str, new: str, kind: str) -> None:
    assert kind in kinds(told(lang, old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Le pont n’est plus sûr.", "Le pont n'est pas sûr."),
        ("Le pont est plus sûr.", "Le pont est sûr."),
        ("Le pont n'a plus que deux voies.", "Le pont n'a que deux voies."),
    ],
)
def test_a_plus_that_denies_nothing_new_turns_nothing(old: str, new: str) -> None:
    assert "negation_changed" not in kinds(told("fr", old, new))


def test_a_paraphrase_shows_its_words_and_certainties_have_a_plural() -> None:
    found = told(
        "en",
        'The mayor said: "We lost the whole archive in a single night of rain."',
        "The mayor said that they had lost the whole archive in one night of rain.",
    )
    (one,) = (finding for finding in found.findings if finding.kind == "quote_paraphrased")
    assert "→ “lost the whole archive in one night of rain" in one.explanation
    pair = "The pier may close.\nThe school might open.", "The pier will close.\nThe school will open."
    assert "modalitys" not in told("en", *pair).summary
    assert "2 certainty words changed" in told("en", *pair).summary


def test_a_unit_of_three_words_may_end_the_text() -> None:
    assert told("en", "The limit is 12 miles per hour", "The limit is 12mph").severity == 0
    assert told("en", "The limit is 12 miles per hour", "The limit is 21 miles per hour").severity == 3
