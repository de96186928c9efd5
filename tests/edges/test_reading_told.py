"""What a page's head tells about its story: headlines in other places, authors and times, as real pages write them."""

from __future__ import annotations

import json

from bot.core.story import BlockKind, Story
from bot.extract import extract, quick_key

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
    head = '<title>Harbour opens early-coast</title><meta name="headline" content="Harbour opens early">'
    assert read(head, h1=False).headline == "Harbour opens early"


def authors(told: object, **parts: str) -> tuple[str, ...]:
    article = {"@type": "NewsArticle", "headline": "Harbour opens early", "author": told}
    head = '<meta property="og:site_name" content="The Quay Courier">'
    return read(head, article=article, **parts).byline


def test_authors_told_in_lists_of_lists_and_in_parts_are_all_read() -> None:
    told = [{"@type": "Person", "givenName": "Ada", "familyName": "Novak"}, [{"@type": "Person", "name": "Bo Lind"}]]
    assert authors(told) == ("Ada Novak", "Bo Lind")


def test_what_a_person_is_follows_the_name_and_is_no_name() -> None:
    assert authors({"name": "Ada Novak, professor of tides at the college of the sea"}) == ("Ada Novak",)
    assert authors({"name": "Ada Novak, Quay Science Writer"}) == ("Ada Novak",)
    assert authors([{"name": "Ada Novak"}, {"name": "Quay Science Writer"}]) == ("Ada Novak", "Quay Science Writer")


def test_where_the_house_signs_no_name_further_down_is_the_author_s() -> None:
    below = "<p>By The Quay Courier</p><div class='x'>Bo Lind, April 19, 2026</div>"
    assert authors(HOUSE, above=below) == ("The Quay Courier",)


def test_the_account_that_runs_the_site_wrote_no_story() -> None:
    told = {"@type": "Person", "@id": "https://quay-courier.example/author/admin/", "name": "Quay D"}
    text = "<p>ADA NOVAK</p>" + TEXT
    assert authors(told, above="<div>by Quay D</div>", text=text) == ("ADA NOVAK",)


HOUSE = {"@type": "Organization", "name": "The Quay Courier"}


def test_who_signs_the_story_goes_before_the_house() -> None:
    assert authors(HOUSE, text="<p>Ada Novak/Bo Lind</p>" + TEXT) == ("Ada Novak", "Bo Lind")
    assert authors(HOUSE, text=TEXT + "<p>Ada Novak</p>") == ("Ada Novak",)


def test_a_label_or_a_title_made_otherwise_is_no_signature() -> None:
    assert authors(HOUSE, text=TEXT + "<div class='t'>North Quay</div>") == ("The Quay Courier",)
    assert authors(HOUSE, text=TEXT + "<p>Weitere Informationen</p>") == ("The Quay Courier",)
    assert authors(HOUSE, text=TEXT + "<h3>North Quay</h3>") == ("The Quay Courier",)


def test_another_signature_is_no_page_without_news() -> None:
    pages = [
        f"<html><body><h1>Harbour opens early</h1><div>{TEXT}<p>{name}</p></div>" for name in ("Ada Novak", "Bo Lind")
    ]
    assert quick_key(pages[0].encode()) != quick_key(pages[1].encode())


def test_a_visible_byline_with_more_names_than_the_head_tells_is_the_fuller_one() -> None:
    one = {"@type": "Person", "name": "Bo Lind"}
    boxes = (
        "<div class='bylines'><address class='name'>Ada Novak</address><address class='name'>Bo Lind</address></div>"
    )
    assert authors(one, above=boxes) == ("Ada Novak", "Bo Lind")
    assert authors(one, above="<p>By Ada Novak and Bo Lind</p>") == ("Ada Novak", "Bo Lind")
    assert authors(one, above="<div class='byline'><p>Bo Lind</p><p>Port Ellen</p></div>") == ("Bo Lind",)
    assert authors(one, above="<p>By Cy Roth</p>") == ("Bo Lind",)
    assert authors({"@type": "Person", "name": "bolind"}, above="<p>By Bo Lind</p>") == ("Bo Lind",)


def test_a_first_level_heading_in_the_trail_of_links_is_no_headline_where_another_stands_below() -> None:
    trail = (
        "<div class='breadcrumbs'><a href='/'>Home</a><h1 class='breadcrumb_last'>Tide tables for sailors</h1></div>"
    )
    head = '<title>Tide tables for sailors</title><meta property="og:title" content="Tide tables for sailors">'
    story = read(head, h1=False, above=f"{trail}<h2>Harbour opens early this spring</h2>")
    assert (story.headline, story.social_headline) == ("Harbour opens early this spring", "Tide tables for sailors")
    edited = read(head, h1=False, above=f"{trail.replace('Tide', 'New')}<h2>Harbour opens early this spring</h2>")
    assert edited.search_headline == "New tables for sailors"


def test_the_one_heading_above_the_text_is_the_headline_of_a_page_without_a_first_level() -> None:
    head = '<meta property="og:title" content="Why spring comes sooner to the coast">'
    story = read(head, h1=False, above="<h2>Harbour opens early</h2>", text=TEXT + "<h2>What comes next</h2>" + TEXT)
    assert (story.headline, story.social_headline) == ("Harbour opens early", "Why spring comes sooner to the coast")


def test_a_heading_of_another_story_in_a_box_is_not_taken_for_the_headline() -> None:
    head = '<meta property="og:title" content="The boats of the north coast are early">'
    box = "<aside class='related'><h2>More from: the boats of the north coast</h2><a href='/1'>A ferry</a></aside>"
    assert read(head, h1=False, above=box).headline == "The boats of the north coast are early"


def published(above: str = "", text: str = TEXT, h1: bool = True) -> str:
    found = read("<title>Harbour opens early</title>", above=above, text=text, h1=h1).published_at
    return f"{found:%Y-%m-%d}" if found else ""


def test_of_two_times_at_the_headline_the_one_called_published_counts() -> None:
    times = (
        "<p><time class='updated' datetime='2026-05-09T10:00:00Z'>9 May 2026</time> "
        "<time class='entry-date published' datetime='2026-05-03T10:00:00Z'>3 May 2026</time></p>"
    )
    assert published(times) == "2026-05-03"


def test_a_line_that_says_updated_comes_after_one_that_does_not() -> None:
    assert published("<p>Updated: 9 May 2026</p><p>3 May 2026</p>") == "2026-05-03"


def test_a_day_in_words_at_the_headline_goes_before_the_time_of_another_story() -> None:
    other = "<aside><ul><li>Ferries <time datetime='2025-01-02'>2 January 2025</time></li></ul></aside>"
    assert published("<p>Ada Novak · 3 May 2026</p>", TEXT + other) == "2026-05-03"


def test_the_day_in_a_caption_is_the_picture_s() -> None:
    picture = "<figure><img src='a.jpg'><figcaption>The quay at Port Ellen, 24 April 2026</figcaption></figure>"
    assert published(picture) == ""
    assert published(picture, TEXT + "<p>Datum: 28.04.2026</p>") == "2026-04-28"


def test_a_clock_time_of_another_day_does_not_overrule_the_day_by_the_headline() -> None:
    other = "<aside><p>Ferries</p><time datetime='2025-01-02T10:00:00Z'>then</time></aside>"
    assert published("<p>Published on 3 May 2026</p>", TEXT + other) == "2026-05-03"


def standfirst(told: str, above: str, text: str = TEXT) -> str:
    return read(f'<meta property="og:description" content="{told}">', above=above, text=text).standfirst


LEAD = "Ferries and fishing boats may leave two hours sooner this spring, says the harbour master."


def test_a_line_that_is_the_description_word_for_word_is_the_standfirst_in_whatever_box() -> None:
    box = f"<ul class='footer'><li><h2>{LEAD}</h2></li><li><a href='/1'>More on the harbour</a></li></ul>"
    assert standfirst(LEAD, box) == LEAD
    assert standfirst("The harbour in spring", box) == ""


def test_first_paragraphs_of_a_make_of_their_own_are_one_standfirst() -> None:
    first, second = LEAD, "Nobody on the island was asked whether the pilots want it."
    run = f"<p class='x1'>{first}</p><p class='x1'>{second}</p>"
    rest = TEXT.replace("<p>", "<p class='x2'>")
    assert standfirst("", "", run + rest) == f"{first} {second}"
    assert standfirst("", "", TEXT.replace("<p>", "<p class='x2'>")) == ""


def test_a_bold_first_line_that_is_the_description_is_the_standfirst_however_short() -> None:
    short = "The tide is to blame."
    assert standfirst(short, "", f"<p><b>{short}</b></p>{TEXT}") == short
    assert standfirst("", "", f"<p>{short}</p>{TEXT}") == ""


def test_of_a_heading_and_a_lead_both_called_so_the_described_one_is_the_standfirst() -> None:
    above = f"<h2 class='subheading'>Pilots want more pay</h2><p class='lead'>{LEAD}</p>"
    assert standfirst(LEAD, above) == LEAD
    assert standfirst("Pilots want more pay", above).startswith("Pilots want more pay")


def test_a_long_line_of_days_is_no_paragraph_above_the_standfirst() -> None:
    day = "<div>Aktualisiert am 07.01.2026 - 18:50 Uhr mit den Zahlen vom Tag davor</div>"
    text = f"<p class='font-bold'>{LEAD}</p>" + TEXT
    assert standfirst(LEAD, day, text) == LEAD


def test_the_caption_of_a_picture_that_opens_when_pressed_is_a_caption() -> None:
    picture = (
        "<button><div><img src='a.jpg'><figcaption>The quay at Port Ellen in April</figcaption></div></button>"
        "<button>Zoom the picture of the quay</button>"
    )
    blocks = read(text=TEXT.replace("</p>", f"</p>{picture}", 1)).blocks
    assert [block.text for block in blocks if block.kind is BlockKind.CAPTION] == ["The quay at Port Ellen in April"]
    assert not any("Zoom" in block.text for block in blocks)


def test_a_short_line_that_is_called_a_crosshead_is_a_sub_heading() -> None:
    between = "</p><p class='crosshead'>Pilots want more</p><p>"
    blocks = read(text=TEXT.replace("</p><p>", between, 1)).blocks
    assert [block.text for block in blocks if block.kind is BlockKind.HEADING] == ["Pilots want more"]
    plain = read(text=TEXT.replace("</p><p>", between.replace(" class='crosshead'", ""), 1)).blocks
    assert not [block for block in plain if block.kind is BlockKind.HEADING]


def test_quotation_marks_that_nobody_escaped_cost_no_author_and_no_time() -> None:
    script = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Harbour "opens" early",'
        '"author": {"@type": "Person", "name": "Ada "Tide" Novak"}, "datePublished": "2026-05-03T10:00:00Z"}</script>'
    )
    story = read(script)
    assert (story.search_headline, story.byline) == ('Harbour "opens" early', ('Ada "Tide" Novak',))
    assert f"{story.published_at:%d.%m. %H:%M}" == "03.05. 10:00"


def test_a_line_about_days_alone_goes_before_a_sentence_or_a_post_with_a_day_in_it() -> None:
    other = "<div>The quay at Port Ellen, as it was rebuilt by the pilots, 24 April 2025</div>"
    post = "<p>— Quay Office (@quay) June 1, 2025</p>"
    assert published(other + post + "<p>Ada Novak | 3 May 2026</p>") == "2026-05-03"
    assert published(other, TEXT + "<p>Datum: 28.04.2026</p>") == "2026-04-28"
    assert published(other) == "2025-04-24"
