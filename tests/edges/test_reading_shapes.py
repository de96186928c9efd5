"""Shapes of pages that were once misread: each is a phenomenon of many sites, told with invented text."""

from __future__ import annotations

import pytest

from bot.core.story import BlockKind
from bot.errors import ExtractError
from bot.extract import Extraction, extract, quick_key
from tests import publishers

URL = "https://quay-courier.example/2026/harbour"
HEAD = (
    '<!doctype html><html lang="en"><head><title>Harbour opens early</title>'
    '<meta property="og:title" content="Harbour opens early"><meta property="og:type" content="article"></head>'
)
PROSE = (
    "The harbour office counted four hundred boats before noon, and the ferry company hired two more pilots.",
    "Nobody at the fish market could remember a spring in which the ice had left the inner basin so soon.",
    "The council will meet on Thursday to decide whether the tolls of the long winter are to be paid back.",
    "Two of the older cranes stay closed until an engineer has looked at the cables, the master said.",
)
TEXT = "".join(f"<p>{sentence}</p>" for sentence in PROSE)


def read(body: str, head: str = HEAD) -> Extraction:
    return extract(f"{head}<body>{body}</body></html>".encode(), url=URL, explain=True)


def texts(got: Extraction, kind: BlockKind = BlockKind.PARAGRAPH) -> list[str]:
    return [block.text for block in got.story.blocks if block.kind is kind]


def test_steps_that_stand_beside_pictures_are_text_and_no_captions() -> None:
    steps = "".join(
        f'<div class="step"><div class="shot"><img src="/{number}.jpg"></div><div>{sentence}</div></div>'
        for number, sentence in enumerate(PROSE)
    )
    got = read(f"<h1>Harbour opens early</h1><div class='steps'>{steps}</div>")
    assert texts(got) == list(PROSE)


def test_a_caption_in_a_box_with_its_picture_stays_one() -> None:
    picture = (
        "<div class='shot'><div><img src='/1.jpg'></div><div>The inner basin at dawn, seen from the tower</div></div>"
    )
    got = read(f"<h1>Harbour opens early</h1><div><p>{PROSE[0]}</p>{picture}<p>{PROSE[1]}</p><p>{PROSE[2]}</p></div>")
    assert texts(got, BlockKind.CAPTION) == ["The inner basin at dawn, seen from the tower"]
    assert texts(got) == list(PROSE[:3])


def test_a_story_of_one_paragraph_has_a_body_and_no_standfirst() -> None:
    got = read(f"<h1>Harbour opens early</h1><div class='lead'><p>{' '.join(PROSE)}</p></div>")
    assert texts(got) == [" ".join(PROSE)]
    assert got.story.standfirst == ""


def test_a_page_without_a_full_sentence_is_read_around_its_headline() -> None:
    short = "".join(f"<h3>Part {word}</h3><p>Film, ISO {word}.</p><p>Lens: old.</p>" for word in "abcdefghij")
    body = f"<div><p>Swap</p></div><article><h1>Harbour opens early</h1><div>{short}</div></article><p>Imprint</p>"
    got = read(body)
    assert len(texts(got)) == 20


@pytest.mark.parametrize(
    "end", ["</script\n  <!-- widget -->", "</script >", "</SCRIPT>", "</script charset='utf-8'>", "</script\t>"]
)
def test_an_end_tag_may_hold_anything_up_to_its_end(end: str) -> None:
    body = f"<script>var a = 1;{end}<h1>Harbour opens early</h1><div>{TEXT}</div><script>var b;</script>"
    assert texts(read(body)) == list(PROSE)
    edited = body.replace("four hundred", "five hundred")
    assert quick_key(f"{HEAD}<body>{body}".encode()) != quick_key(f"{HEAD}<body>{edited}".encode())


def test_a_quote_before_an_attribute_does_not_eat_the_headline() -> None:
    got = read(f'<h1 class="h1" "tabindex="0">Harbour opens early</h1><div class="t" "id="x">{TEXT}</div>')
    assert got.story.headline == "Harbour opens early"
    assert texts(got) == list(PROSE)


def test_a_box_left_open_in_a_menu_does_not_take_the_story_with_it() -> None:
    menu = "<header><nav class='navbar'><ul><li><a href='/a'>News</a></li></ul><div class='sub'><div></nav></header>"
    got = read(f"{menu}<main><article><h1>Harbour opens early</h1><div>{TEXT}</div></article></main>")
    assert texts(got) == list(PROSE)


def test_a_consent_dialog_longer_than_the_story_is_not_the_story() -> None:
    terms = "".join(
        f"<p>Purpose {n}: measuring visits, sharing them with partners, for {n} months.</p>" for n in range(60)
    )
    dialog = f"<div class='sp-dsgvo-popup'><div class='sp-dsgvo-category'>{terms}</div></div>"
    got = read(f"<main><h1>Harbour opens early</h1><div>{TEXT}</div></main>{dialog}")
    assert texts(got) == list(PROSE)


def test_the_words_of_a_footer_are_no_story_however_little_else_there_is() -> None:
    terms = "<p>By signing up you agree to our terms of use and to the mail we send you every week about our work.</p>"
    with pytest.raises(ExtractError):
        read(
            f"<h1>Harbour opens early</h1><div class='footer-links'><div class='footer-column'>{terms * 3}</div></div>"
        )


def test_a_paragraph_said_twice_side_by_side_is_shown_twice_and_its_mobile_twin_once() -> None:
    body = f"<h1>Harbour opens early</h1><div><p>{PROSE[0]}</p><p>{PROSE[0]}</p><p>{PROSE[1]}</p>"
    assert texts(read(f"{body}</div>")) == [PROSE[0], PROSE[0], PROSE[1]]
    twin = f"{body}<p class='only-small'>{PROSE[1]}</p></div>"
    assert texts(read(twin)) == [PROSE[0], PROSE[0], PROSE[1]]


def test_a_feed_beside_the_article_does_not_join_it() -> None:
    items = "".join(
        f"<li><div><p>A short note of the ticker, number {n}, about something quite else in town.</p></div></li>"
        for n in range(12)
    )
    body = f"<article><h1>Harbour opens early</h1><div class='article-body'>{TEXT}</div></article>"
    got = read(f"<div class='body-content'>{body}<div><ul class='flux'>{items}</ul></div></div>")
    assert texts(got) == list(PROSE)
    assert texts(got, BlockKind.LIST_ITEM) == []


def test_replies_in_lists_of_their_own_make_do_not_join_the_story() -> None:
    replies = "".join(
        f"<ul class='post'><li class='reply-text'>What a fine report of the thaw that was, number {n}; I was there"
        f" with my children and saw the cranes move, and so did half of the town that day.</li></ul>"
        for n in range(3)
    )
    body = f"<div class='content-inner'>{TEXT}</div>"
    got = read(
        f"<div class='area'><h1>Harbour opens early</h1><div>{body}</div><div class='below'>{replies}</div></div>"
    )
    assert texts(got) == list(PROSE)
    assert texts(got, BlockKind.LIST_ITEM) == []


def test_short_paragraphs_in_bold_between_others_are_sub_headings() -> None:
    parts = [f"<p>{PROSE[0]}</p>", f"<p>{PROSE[1]}</p>", f"<p>{PROSE[2]}</p>", f"<p>{PROSE[3]}</p>"]
    bold = "<p><strong>Tolls may be paid back</strong></p>"
    got = read(f"<h1>Harbour opens early</h1><div>{parts[0]}{parts[1]}{bold}{parts[2]}{parts[3]}</div>")
    assert texts(got, BlockKind.HEADING) == ["Tolls may be paid back"]
    names = "<p><b>Ada Novak</b></p><p><b>Bo Lind</b></p>"
    got = read(f"<h1>Harbour opens early</h1><div>{parts[0]}{parts[1]}{names}{parts[2]}{parts[3]}</div>")
    assert texts(got, BlockKind.HEADING) == []
    assert "Ada Novak" in texts(got)


def test_a_label_goes_with_the_links_below_it_and_a_sentence_stays() -> None:
    links = "<ul><li><a href='/a'>Ferry back in service</a></li><li><a href='/b'>Cranes to be tested</a></li></ul>"
    body = f"<h1>Harbour opens early</h1><div><p>{PROSE[0]}</p><p>{PROSE[1]}</p>{{}}{links}<p>{PROSE[2]}</p></div>"
    assert texts(read(body.format("<p>You may find these of use, too:</p>"))) == list(PROSE[:3])
    assert texts(read(body.format("<p>Nobody laughed.</p>"))) == [*PROSE[:2], "Nobody laughed.", PROSE[2]]


def test_a_paragraph_set_as_a_heading_is_a_paragraph() -> None:
    long = " ".join(PROSE)
    got = read(
        f"<h1>Harbour opens early</h1><div><p>{PROSE[0]}</p><h4>{long}</h4><p>{PROSE[1]}</p><p>{PROSE[2]}</p></div>"
    )
    assert long in texts(got)


def test_readers_comments_longer_than_the_story_do_not_become_the_story() -> None:
    said = "".join(
        f"<div class='user-comment'><p>{PROSE[n % 4]} So they say, but I doubt it, as I did in {1990 + n}.</p></div>"
        for n in range(20)
    )
    got = read(f"<h1>Harbour opens early</h1><div class='text'>{TEXT}</div><div id='below'>{said}</div>")
    assert texts(got) == list(PROSE)


def test_captions_of_a_carousel_are_captions_and_none_of_its_arrows() -> None:
    slides = "".join(
        f"<div class='Carousel-slide'><img src='/{n}.jpg'><div class='CarouselSlide-info-content'>"
        f"<p>The basin on day {n} of the thaw, seen from the tower</p></div></div>"
        for n in (1, 2)
    )
    carousel = f"<div class='Carousel'>{slides}<span class='Carousel-arrow'>Next</span></div>"
    got = read(f"<article><h1>Harbour opens early</h1>{carousel}<div class='article-body'>{TEXT}</div></article>")
    assert texts(got, BlockKind.CAPTION) == [
        "The basin on day 1 of the thaw, seen from the tower",
        "The basin on day 2 of the thaw, seen from the tower",
    ]
    assert texts(got) == list(PROSE)


def test_a_standfirst_in_a_box_with_buttons_is_one() -> None:
    lead = f"<div class='standfirst'><p>{PROSE[3]}</p></div><button>Save</button><button>Share</button>"
    got = read(
        f"<article><header><div class='intro-box'><h1>Harbour opens early</h1>{lead}</div></header>"
        f"<div class='article-body'><p>{PROSE[0]}</p><p>{PROSE[1]}</p><p>{PROSE[2]}</p></div></article>"
    )
    assert got.story.standfirst == PROSE[3]


def test_a_plain_page_with_one_long_paragraph_is_a_story_and_a_plain_notice_is_none() -> None:
    head = "<!doctype html><html><head><title>Harbour</title></head>"
    got = read(f"<h1>Harbour opens early</h1><p>{' '.join(PROSE)}</p>", head)
    assert texts(got) == [" ".join(PROSE)]
    with pytest.raises(ExtractError):
        read("<h1>Harbour</h1><p>This page shows the boats that are expected today.</p>", head)


def test_a_trail_of_links_over_the_standfirst_does_not_push_it_into_the_text() -> None:
    trail = "<div><a href='/'>Start</a> › <a href='/n'>संबंधित खबरें</a> › सबसे ज्यादा पढ़ी गई</div>"
    column = f"<p class='intro'>Pilots count four hundred boats in a spring without ice.</p>{TEXT}"
    plain, with_trail = (read(f"<h1>Harbour opens early</h1><div>{above}{column}</div>") for above in ("", trail))
    assert plain.story.standfirst.startswith("Pilots count")
    assert (with_trail.story.standfirst, texts(with_trail)) == (plain.story.standfirst, texts(plain))


def test_a_kicker_that_reads_like_a_label_does_not_take_the_headline_for_its_list() -> None:
    outlet = next(one for one in publishers.publishers() if one.name == "outlet25")
    pages = (publishers.render(outlet, publishers.article(outlet, 0), noise, seed=7) for noise in ((), ["cookie"]))
    plain, with_banner = (extract(page, url=URL).story.standfirst for page in pages)
    assert with_banner == plain != ""


def test_data_inside_a_sentence_does_not_break_it() -> None:
    name = '<span itemscope itemtype="http://schema.org/Place"><meta itemprop="name" content="Halden">Halden</span>'
    got = read(f"<h1>Harbour opens early</h1><div><p>The pilots of {name} are at work again.</p>{TEXT}</div>")
    assert texts(got)[0] == "The pilots of Halden are at work again."


def test_the_slogan_in_the_header_of_a_site_is_no_standfirst() -> None:
    slogan = '<header><p class="site-description">News of the harbour, since the year of the great ice</p></header>'
    own = '<p class="description">Boats by the hundred, and a market without ice: how spring came</p>'
    got = read(f"{slogan}<main><article><h1>Harbour opens early</h1>{own}<div>{TEXT}</div></article></main>")
    assert got.story.standfirst == "Boats by the hundred, and a market without ice: how spring came"
    assert read(f"{slogan}<main><article><h1>Harbour opens early</h1>{TEXT}</article></main>").story.standfirst == ""


def test_a_chapter_with_a_title_like_the_headline_is_no_next_story() -> None:
    chapter = "".join(f"<p>{sentence} {sentence}</p>" for sentence in PROSE)
    body = f"<div><h1>Harbour opens early</h1></div><section><div>{chapter}</div></section>"
    got = read(f"<article>{body}<section><div><h1>The cranes</h1>{TEXT}</div></section></article>")
    assert texts(got)[-len(PROSE) :] == list(PROSE)


def test_a_flash_is_read_though_the_footer_has_more_to_say() -> None:
    footer = "".join(f"<p>{sentence} It is what the paper has stood for since the great ice.</p>" for sentence in PROSE)
    told = " ".join(PROSE[:3])
    body = f"<main><article><h1>Harbour opens early</h1><div>{told}</div></article></main>"
    got = read(f"{body}<div class='page-footer'><footer><section><div>{footer}</div></section></footer></div>")
    assert texts(got) == [told]
