"""Rows of scripts go at once in the quick key: wherever they stand, what a reader reads beside them still counts."""

from __future__ import annotations

import pytest

from bot.extract import quick_key

PAGE = "<html><head><title>Harbour opens early</title></head><body><h1>Harbour opens early</h1>{}</body></html>"
TEXT = "<p>The harbour opens at four, the master said.</p>"


def key(body: str) -> str:
    return quick_key(PAGE.format(body).encode())


@pytest.mark.parametrize(
    "around",
    [
        "<script>a()</script>{}<script>b()</script>",
        "<script>a()</script><script>b()</script>\n<style>.c{{}}</style>{}<style>.d{{}}</style>",
        "<script>a < b && c</script> <script>d()</script>{}",
        "<script>a('</p>')</script>{}<script>b()</script>",
        "<script>a()</script><script>b('<!--')</script>{}<!-- c -->",
        "<script>a()</SCRIPT>{}<script>b()</script>",
        "<script>a()</script >{}<script>b()</script>",
        "<script>a()<style></script>{}<style>.c{{}}</style>",
        "<style>.c{{}}<script></style>{}<script>b()</script>",
        "<!--<script>-->{}</script><script>b()</script>",
        "<!-- <script> a --> {}<p>more</p></script>",
        "<textarea><!-- </textarea>{}<script>a()</script><!-- -->",
        "<noscript><script></noscript>{}<script>b()</script>",
        "<script-like>{}</script-like><script>b()</script>",
        "<script type='application/ld+json'>{{\"name\": 1}}</script>{}<script>b()</script>",
    ],
)
def test_an_edit_beside_scripts_is_seen_however_they_are_written(around: str) -> None:
    before = key(around.format(TEXT))
    assert before != key(around.format(TEXT.replace("four", "five")))
    assert before == key(around.format(TEXT).replace("b()", "b(7)"))


@pytest.mark.parametrize("between", ["<script>a()</script> <script>b()</script>", "<script>a()</script> "])
def test_a_space_between_words_that_scripts_stand_between_is_seen(between: str) -> None:
    assert key(f"<p>harbour{between}master</p>") != key(f"<p>harbour{between.replace('> ', '>')}master</p>")


def test_json_that_tells_of_the_story_is_no_plain_script() -> None:
    told = '<script>a()</script><script type="application/ld+json">{"author": "Ines Calloway"}</script>' + TEXT
    assert key(told) != key(told.replace("Ines", "Nora"))


def test_a_card_is_passed_over_and_a_correction_behind_a_link_is_not() -> None:
    card = "<ul><li><a href='/a'><h3>Ferry stays in port until the storm is over</h3></a></li></ul>"
    noted = card.replace("Ferry stays", "Correction: the ferry stays")
    padding = "<p>The harbour master said so in the morning.</p>" * 45
    assert key(padding + card) == key(padding + card.replace("storm", "fog"))
    assert key(padding + card) != key(padding + noted)
