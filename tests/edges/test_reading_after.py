"""What follows a story on its page, and what stands at its ends: told with invented text."""

from __future__ import annotations

import pytest

from bot.core.story import BlockKind
from tests.edges.test_reading_shapes import HEAD, PROSE, TEXT, read, texts

H1 = "<h1>Harbour opens early</h1>"
SPOKEN = (
    "I have said for years that the pilots are paid far too little, and nobody in that office ever listens to us.",
    "My grandfather counted the boats from his window, and he would have laughed at four hundred in a spring.",
    "They should pay the tolls back today instead of meeting on Thursday, if you ask anybody down at the quay.",
)
COMMENTS = "".join(f"<li><b>reader{number}</b><div>{words}</div></li>" for number, words in enumerate(SPOKEN * 4))


@pytest.mark.parametrize(
    "label",
    [
        "<h3>Comments (12)</h3>", "<h3>12 comments</h3>", "<h4>Komentarze (25) Przejdź do dyskusji</h4>",
        "<h3>Leave a reply</h3>", "<h3>Комментарии</h3>", "<h3>評論</h3>", "<h3>12 commentaires</h3>",
        "<h3>Deja un comentario</h3>", "<h3>Schreiben Sie einen Kommentar</h3>", "<h3>תגובות (3)</h3>",
    ],
)  # fmt: skip
def test_readers_words_under_a_label_are_left_out_though_they_outweigh_the_story(label: str) -> None:
    got = read(
        f"<div class='k1'>{H1}<div class='k2'>{TEXT}</div><div class='k3'>{label}<ul>{COMMENTS}</ul></div></div>"
    )
    said = "\n".join(block.text for block in got.story.blocks)
    assert texts(got) == list(PROSE)
    assert not any(words in said for words in SPOKEN)


def test_a_label_above_the_text_or_between_its_paragraphs_cuts_nothing() -> None:
    bar = "<div class='bar'><a href='#c'>12 comments</a></div>"
    got = read(f"{H1}{bar}<div class='k2'>{TEXT}</div>")
    assert texts(got) == list(PROSE)
    got = read(f"{H1}<div class='k2'><p>{PROSE[0]}</p><p>{PROSE[1]}</p>{bar}<p>{PROSE[2]}</p><p>{PROSE[3]}</p></div>")
    assert texts(got) == list(PROSE)


@pytest.mark.parametrize(
    "wrapper", ["<div class='block'><p>{}</p></div>", "<div class='row row-{n}' id='p{n}'><p class='t'>{}</p></div>"]
)
def test_comments_between_paragraphs_in_wrappers_of_their_own_cut_nothing(wrapper: str) -> None:
    parts = [wrapper.replace("{}", words).replace("{n}", str(number)) for number, words in enumerate(PROSE)]
    box = f"<div class='talk'><h3>Comments (12)</h3><ul>{COMMENTS}</ul></div>"
    got = read(f"<div class='k1'>{H1}{''.join(parts[:3])}{box}{''.join(parts[3:])}</div>")
    assert set(PROSE) <= set(texts(got))


def test_a_correction_below_the_comments_is_read_all_the_same() -> None:
    note = "<div><p>Correction: An earlier version of this story gave the wrong number of boats.</p></div>"
    got = read(f"<div>{H1}<div class='k2'>{TEXT}</div><div><h3>Comments (12)</h3><ul>{COMMENTS}</ul></div>{note}</div>")
    assert [block.kind for block in got.story.blocks][-1] is BlockKind.NOTE


def test_a_rail_that_outweighs_a_short_story_is_passed_over() -> None:
    rail = "".join(
        f"<div class='r'><b>Person {number}</b><i>12.03.</i><div>{words}</div></div>"
        for number, words in enumerate(SPOKEN * 5)
    )
    got = read(f"<div class='a'><div class='b'>{H1}<div class='c'>{TEXT}</div></div><div class='d'>{rail}</div></div>")
    assert texts(got) == list(PROSE)


def test_the_next_story_of_a_page_that_scrolls_on_is_left_out_without_an_article_element() -> None:
    more = "".join(f"<p>{words}</p>" for words in SPOKEN * 3)
    after = f"<div class='more'><div class='head'><h1>Ferry back in service</h1></div><div class='t'>{more}</div></div>"
    got = read(f"<div class='m'><header>{H1}</header><div class='in'><div class='t'>{TEXT}</div>{after}</div></div>")
    assert texts(got) == list(PROSE)


def test_parts_with_headings_of_the_first_level_are_one_story() -> None:
    parts = "".join(f"<section><h1>Part {one}</h1>{TEXT.replace('The ', f'{one} ')}</section>" for one in "ABC")
    got = read(f"<div><header>{H1}</header><div class='t'>{parts}</div></div>")
    assert len(texts(got)) == 12


def test_who_wrote_it_at_the_ends_of_a_text_is_no_paragraph() -> None:
    got = read(f"{H1}<div><p>Mara Findling</p>{TEXT}<p>dpa/mf</p></div>")
    assert texts(got) == list(PROSE)
    got = read(f"{H1}<div>{TEXT}<p>The Tower Stays</p><p>{SPOKEN[0]}</p></div>")
    assert "The Tower Stays" in texts(got)


def test_an_appeal_for_the_outlet_itself_at_the_end_is_no_paragraph() -> None:
    appeal = "<p>Our website is your place for news of the quay, so bookmark it and sign up for our newsletters.</p>"
    assert texts(read(f"{H1}<div>{TEXT}{appeal}</div>")) == list(PROSE)


def test_a_linked_line_that_introduces_a_quotation_stays() -> None:
    quoted = f"<p><a href='/a'>The Tower Herald reports:</a></p><blockquote><p>{SPOKEN[0]}</p></blockquote>"
    got = read(f"{H1}<div><p>{PROSE[0]}</p><p>{PROSE[1]}</p>{quoted}<p>{PROSE[2]}</p></div>")
    assert "The Tower Herald reports:" in texts(got)


def test_a_story_inside_a_heading_left_open_is_read() -> None:
    got = read(f"<main>{H1}<h2 class='intro'><div class='articleBody'>{TEXT}</div></main>")
    assert texts(got) == list(PROSE)


def test_the_title_is_the_search_headline_where_json_ld_tells_none() -> None:
    head = HEAD.replace("<title>Harbour opens early</title>", "<title>(3) Early boats at the quay</title>")
    assert read(f"{H1}<div>{TEXT}</div>", head).story.search_headline == "Early boats at the quay"
    assert read(f"{H1}<div>{TEXT}</div>").story.search_headline == ""


@pytest.mark.parametrize(("day", "is_story"), [("<p>44 mins ago</p>", True), ("", False)])
def test_of_two_headlines_in_one_article_the_second_heads_another_story_where_it_has_a_day(
    day: str, is_story: bool
) -> None:
    words = [f"{sentence} The second quay was asked about, too." for sentence in PROSE]
    other = "".join(f"<p>{sentence}</p>" for sentence in words)
    got = read(
        f"<article>{H1}<div class='k2'>{TEXT}<div class='k3'><div class='k4'><h1>Pilots want more</h1></div>"
        f"{day}<div class='k5'>{other}</div></div></div></article>"
    )
    said = texts(got)
    assert said[: len(PROSE)] == list(PROSE)
    assert (words[0] not in said) is is_story
