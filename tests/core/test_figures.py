"""Figures are compared by value: another form is no other figure."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.figure_scan import find_figures
from bot.core.figures import Figure, is_rounding
from bot.core.lexicon import LANGUAGES, lexicon
from bot.core.text import fold_text, tokenize


def one(text: str, lang: str = "en") -> Figure:
    return find_figures(tokenize(fold_text(text)), lexicon(lang))[0]


@pytest.mark.parametrize(
    ("lang", "left", "right"),
    [
        ("en", "1,200 berths", "twelve hundred berths"),
        ("en", "1.2 thousand berths", "1200 berths"),
        ("en", "£1.2m", "1.2 million pounds"),
        ("en", "5%", "5 per cent"),
        ("en", "3 March 2026", "March 3, 2026"),
        ("en", "3pm", "15:00"),
        ("en", "one in ten", "10%"),
        ("de", "40.000 Tonnen", "40 000 Tonnen"),
        ("de", "einundzwanzig", "21"),
        ("fr", "deux cents personnes", "200 personnes"),
        ("es", "dos mil personas", "2.000 personas"),
        ("it", "ventuno", "21"),
        ("nl", "tweeëntwintig", "22"),
    ],
)
def test_one_value_in_two_forms_is_one_figure(lang: str, left: str, right: str) -> None:
    assert one(left, lang).identity == one(right, lang).identity


@pytest.mark.parametrize(
    ("left", "right"),
    [("5%", "5 percentage points"), ("5 km", "5 miles"), ("£5", "€5"), ("−4.1%", "4.1%"), ("1911", "1919")],
)
def test_another_unit_sign_or_year_is_another_figure(left: str, right: str) -> None:
    assert one(left).identity != one(right).identity


def test_rounding_is_told_from_change() -> None:
    assert is_rounding(one("1,187 people"), one("1,200 people"))
    assert not is_rounding(one("1,200 people"), one("1,900 people"))


def test_a_number_in_a_name_is_known_as_one() -> None:
    assert one("COVID-19 spread").in_name
    assert not one("In London 14 people").in_name


_PIECES = [
    *(
        "1,8",
        "12",
        "1896",
        "26",
        "3.5",
        "1:30",
        "12'000",
        "1.2.3",
        "٣",
        "½",
        "30.",
        "1,2,3",
        "00",
        "12:34:56",
        "1/2",
        "-5",
    ),
    *(
        "pm",
        "a.m.",
        "h",
        "Uhr",
        "o'clock",
        "%",
        "£",
        "$",
        "Juli",
        "March",
        "mars",
        "de",
        "of",
        "in",
        "million",
        "k",
        "st",
    ),
    *(
        "half",
        "a",
        "one",
        "twenty",
        "vingt",
        "hundert",
        "tausendzwei",
        "per",
        "cent",
        "heures",
        "and",
        ".",
        ",",
        "-",
        "/",
    ),
    *("to", "times", "deux", "dozen", "next", "Monday", "yesterday", "p", "out", "ten", "m", "bn", "(", ")", "th", "º"),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=9), st.sampled_from([*LANGUAGES, "neutral"]), st.booleans())
@settings(max_examples=400, deadline=None)
def test_no_run_of_numbers_and_units_is_too_odd_to_read(pieces: list[str], lang: str, glued: bool) -> None:
    text = fold_text(("" if glued else " ").join(pieces))
    tokens = tokenize(text)
    found = find_figures(tokens, lexicon(lang))
    assert all(0 <= one.start < one.end <= len(tokens) for one in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("lang", "left", "right"),
    [
        ("de", "eine halbe Million Menschen", "500.000 Menschen"),
        ("de", "anderthalb Stunden", "90 Minuten"),
        ("de", "zwei Dutzend Boote", "24 Boote"),
        ("fr", "un millier de personnes", "1 000 personnes"),
        ("fr", "deux heures et demie", "2,5 heures"),
        ("en", "two dozen boats", "24 boats"),
        ("en", "an hour and a half", "90 minutes"),
        ("en", "two hours 10 minutes", "2h 10m"),
        ("en", "a million and a half", "1.5 million"),
        ("es", "medio millón de euros", "500.000 euros"),
        ("it", "mezzo milione", "500.000"),
        ("nl", "anderhalf uur", "90 minuten"),
        ("en", "40 square metres", "40 m²"),
        ("de", "ein Fünftel der Wähler", "20 Prozent der Wähler"),
    ],
)
def test_halves_dozens_and_spans_of_time_have_their_value(lang: str, left: str, right: str) -> None:
    figures = [
        [one for one in find_figures(tokenize(fold_text(text)), lexicon(lang)) if not one.weak]
        for text in (left, right)
    ]
    assert [one.identity for one in figures[0]] == [one.identity for one in figures[1]]


@pytest.mark.parametrize(
    ("lang", "text"), [("es", "la clase media"), ("it", "in mezzo alla strada"), ("pt", "meio dia")]
)
def test_words_for_half_that_mean_the_middle_are_no_figures(lang: str, text: str) -> None:
    assert not [one for one in find_figures(tokenize(fold_text(text)), lexicon(lang)) if one.value == 50]
