"""What names and places say about a box is believed only where the page does not speak against it."""

from __future__ import annotations

import pytest

from bot.core.story import Story
from bot.errors import ExtractError
from bot.extract import extract
from tests.bridge import TEXT, paragraphs

HEADLINE = "<h1>Swing bridge to close</h1>"


def _story(body: str, head: str = "") -> Story:
    page = f"<html lang=en><head><title>Swing bridge to close</title>{head}</head><body>{body}</body></html>"
    return extract(page.encode(), url="https://outlet.example/2026/05/bridge").story


def _texts(story: Story) -> list[str]:
    return [block.text for block in story.blocks]


@pytest.mark.parametrize("name", ["component_related story", "page-comments", "with_related_categories"])
def test_a_box_that_holds_headline_and_text_is_the_story_whatever_it_is_called(name: str) -> None:
    story = _story(f"<div class='{name}'>{HEADLINE}{paragraphs()}</div>")
    assert _texts(story) == list(TEXT)


def test_the_footer_alone_is_no_story() -> None:
    small_print = "We collect words about the pages that you visit and use them for advertising. " * 5
    with pytest.raises(ExtractError) as caught:
        _story(f"<div>Clip</div><footer><p>{small_print}</p></footer>")
    assert caught.value.kind == "empty"


def test_what_a_plugin_puts_between_paragraphs_is_left_out_and_code_is_not() -> None:
    appeal = "Dear reader, the lights in this office stay on only because of you and your friends. "
    body = f"{paragraphs(TEXT[:3])}<div class='code-block code-block-7'>{appeal}</div>{paragraphs(TEXT[3:])}"
    assert _texts(_story(f"<article>{HEADLINE}<div>{body}</div></article>")) == list(TEXT)


def test_who_signs_with_a_title_and_an_outlet_is_no_paragraph() -> None:
    meta = "<meta name=author content='Ann Example'>"
    body = f"<article>{HEADLINE}<div><p>By Ann Example Harbour reporter, The Outlet</p>{paragraphs()}</div></article>"
    assert _texts(_story(body, meta)) == list(TEXT)


def test_a_box_about_the_author_goes_whole() -> None:
    box = "<div class=end><h4>About Author</h4><p>Ann hails from the north bank and writes about boats.</p></div>"
    assert _texts(_story(f"<article>{HEADLINE}<div>{paragraphs()}</div>{box}</article>")) == list(TEXT)


def test_names_of_people_and_places_in_elements_of_their_own_stay_in_the_sentence() -> None:
    first = "<p>When <person>Ann Example</person> came to <location>Northbank</location> the bridge was open.</p>"
    story = _story(f"<article>{HEADLINE}<div>{first}{paragraphs()}</div></article>")
    assert _texts(story)[0] == "When Ann Example came to Northbank the bridge was open."


def test_a_rail_in_a_narrow_column_is_no_second_half_of_the_story() -> None:
    shown = "<h3>Showcase</h3><p>Weak catches suggest that more boats stay in port.</p>"
    rail = f"<div class='column2 panel grid4'>{shown}</div>"
    body = f"{HEADLINE}<div><div class='column1 panel grid8'>{paragraphs()}</div>{rail}</div>"
    assert _texts(_story(body)) == list(TEXT)


def test_a_story_about_an_app_keeps_its_last_sentence() -> None:
    last = "For users without the app, the council will send a text message encouraging them to download it."
    assert _texts(_story(f"<article>{HEADLINE}<div>{paragraphs()}<p>{last}</p></div></article>"))[-1] == last
