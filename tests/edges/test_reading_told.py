"""What a page's head tells about its story: headlines in other places, authors and times, in the shapes of real pages."""

from __future__ import annotations

import json

from bot.core.story import Story
from bot.extract import extract

SENTENCE = "The harbour office counted four hundred boats before noon, and the ferry company hired two more pilots. "
TEXT = "".join(f"<p>{SENTENCE}Part {number} of the report says so.</p>" for number in ("one", "two", "three", "four"))


def read(head: str = "", *, article: object = None, above: str = "", text: str = TEXT, h1: bool = True) -> Story:
    told = f'<script type="application/ld+json">{json.dumps(article)}</script>' if article else ""
    top = "<h1>Harbour opens early</h1>" if h1 else ""
    page = (
        f'<!doctype html><html lang="en"><head>{head}{told}</head>'
        f'<body><main>{top}{above}<div class="text">{text}</div></main></body></html>'
    )
    return extract(page.encode(), url="https://quay-courier.example/harbour").story


def test_a_suffix_that_two_places_tell_belongs_to_the_headline_they_tell() -> None:
    told = "Harbour opens early - tides and times"
    story = read(f'<meta property="og:title" content="{told}">', article={"@type": "NewsArticle", "headline": told})
    assert (story.headline, story.social_headline, story.search_headline) == ("Harbour opens early", told, told)


def test_a_suffix_that_is_the_site_s_name_is_no_headline_however_often_it_is_told() -> None:
    told = "Harbour opens early - The Quay Courier"
    head = f'<meta property="og:title" content="{told}"><meta property="og:site_name" content="The Quay Courier">'
    story = read(head, article={"@type": "NewsArticle", "headline": told})
    assert story.social_headline == story.search_headline == ""


def test_a_section_that_one_place_adds_is_no_headline() -> None:
    head = '<meta property="og:title" content="Harbour opens early - Coast">'
    story = read(head, article={"@type": "NewsArticle", "headline": "Harbour opens early"})
    assert story.social_headline == ""


def test_the_host_s_whole_name_is_no_part_of_a_headline() -> None:
    head = (
        '<link rel="canonical" href="https://www.qc.example/harbour">'
        '<meta property="og:title" content="Tides: harbour opens early | QC.example">'
    )
    assert read(head).social_headline == "Tides: harbour opens early"


def test_a_meta_tag_called_headline_names_it_where_the_page_shows_none() -> None:
    head = "<title>Harbour opens early-coast</title>" '<meta name="headline" content="Harbour opens early">'
    assert read(head, h1=False).headline == "Harbour opens early"
