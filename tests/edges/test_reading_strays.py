"""Small boxes inside the text: furniture goes by its shape, and nothing of the story goes with it."""

from __future__ import annotations

import pytest

from bot.core.story import BlockKind, Story
from bot.extract import extract
from bot.extract.strays import are_links
from bot.extract.walk import Line, Node
from tests.bridge import TEXT


def _story(*parts: str, tail: str = "") -> Story:
    page = (
        f"<html lang=en><title>Bridge</title><main><h1>Swing bridge to close</h1>{''.join(parts)}</main>{tail}</html>"
    )
    return extract(page.encode(), url="https://outlet.example/s").story


def _texts(story: Story) -> list[str]:
    return [block.text for block in story.blocks]


def _paragraphs(box: str = "", at: int = 3) -> list[str]:
    parts = [f"<p>{text}</p>" for text in TEXT]
    return [*parts[:at], box, *parts[at:]]


def test_paragraphs_that_all_carry_a_button_stay() -> None:
    parts = [f"<div><p>{text}</p><button>Copy link</button></div>" for text in TEXT]
    assert _texts(_story(*parts)) == list(TEXT)


def test_a_paragraph_with_a_button_in_it_stays() -> None:
    parts = [f"<p>{text} <button>Explain</button></p>" for text in TEXT]
    assert _texts(_story(*parts)) == list(TEXT)


def test_a_brief_whose_two_paragraphs_carry_buttons_stays() -> None:
    parts = [f"<div><p>{text}</p><button>Share</button></div>" for text in TEXT[:2]]
    head = '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-01-02T03:04:05Z"}</script>'
    assert _texts(_story(*parts, tail=head)) == list(TEXT[:2])


def test_a_correction_in_a_box_with_a_button_stays() -> None:
    note = "Correction: an earlier version of this story gave the wrong number of bearings."
    story = _story(*_paragraphs(f"<div><p>{note}</p><button>Dismiss</button></div>"))
    assert [block.text for block in story.blocks if block.kind is BlockKind.NOTE] == [note]


def test_a_quotation_and_a_table_in_a_box_with_a_button_stay() -> None:
    said = "We have been warning about those bearings for eleven years."
    story = _story(*_paragraphs(f"<div><blockquote>{said}</blockquote><button>Share</button></div>"))
    assert said in _texts(story)
    rows = "<table><tr><td>North bank</td><td>11</td></tr><tr><td>South bank</td><td>9</td></tr></table>"
    assert "North bank 11" in _texts(_story(*_paragraphs(f"<div>{rows}<button>Sort</button></div>")))


def test_the_standfirst_in_a_header_with_a_share_button_stays() -> None:
    stand = "It is the longest closure since the bridge was built, and the schools are not amused."
    head = f"<h1>Swing bridge to close</h1><h2>{stand}</h2><button>Share</button>"
    body = "".join(f"<p>{text}</p>" for text in TEXT)
    page = f'<html lang=en><title>Bridge</title><meta name=description content="{stand}"><article><div>{head}</div><div>{body}</div></article></html>'  # noqa: E501
    story = extract(page.encode(), url="https://outlet.example/s").story
    assert story.standfirst == stand


def test_a_sentence_that_links_to_a_channel_stays() -> None:
    text = 'The council told residents <a href="https://t.me/council">on its channel</a> that the bridge would close.'
    story = _story(*_paragraphs(f"<p>{text}</p>"))
    assert any("on its channel" in one for one in _texts(story))


def test_a_sentence_about_an_author_in_the_middle_of_the_text_stays() -> None:
    text = (
        '<div><p><a href="/author/ada">Ada Quay</a> wrote the report that the council read on Tuesday night.</p></div>'
    )
    assert any(one.startswith("Ada Quay wrote") for one in _texts(_story(*_paragraphs(text, at=2))))


def test_another_story_below_goes_and_a_story_in_an_article_without_its_headline_stays() -> None:
    other = "<article><h2>Lock to open</h2>" + "".join(
        f"<p>{text.replace('bridge', 'lock')} Too.</p>" for text in TEXT[:3]
    )
    assert _texts(_story(*_paragraphs(), tail=other + "</article>")) == list(TEXT)
    inside = "<article><h2>What happens now</h2>" + "".join(f"<p>{text}</p>" for text in TEXT) + "</article>"
    assert set(TEXT) <= set(_texts(_story(inside)))


def test_links_with_gaps_are_links_only_in_scripts_without_spaces() -> None:
    def line(text: str, link: int) -> Line:
        return Line(text, Node(None, "p", None, 0, ""), "p", link, 0, 0, len(text), 0.0)  # type: ignore[arg-type]

    assert are_links(line("港口 议会 法院", 6))
    assert not are_links(line("But the council has denied the whole plan", 37))
    assert not are_links(line("议会 否认 法院", 2))


def test_temperatures_in_paragraphs_and_in_many_lines_are_the_story() -> None:
    lines = ("41°C in Albertown at the harbour", "39°C in Marlow on the old quay", "38°C at Halden, north of the lock")
    said = "".join(f"<div>{line}</div>" for line in lines)
    texts = _texts(_story(*_paragraphs(said)))
    assert set(lines) <= set(texts)
    assert "It was 41°C" in _texts(_story(*_paragraphs("<p>It was 41°C</p>")))


def test_a_sentence_with_a_mail_address_stays_unless_it_is_set_off_as_a_whole() -> None:
    link = '<a href="mailto:bids@council.example">bids@council.example</a>'
    text = "Bids for the work on the bearings go to"
    assert any(one.startswith(text) for one in _texts(_story(*_paragraphs(f"<p>{text} {link} until May.</p>"))))
    assert any(one.startswith(text) for one in _texts(_story(*_paragraphs(f"<p><b>{text}</b> {link} until May.</p>"))))
    assert not any(one.startswith(text) for one in _texts(_story(*_paragraphs(f"<p><i>{text} {link}</i></p>"))))


def test_a_subheading_about_newsletters_over_text_of_the_story_stays() -> None:
    parts = _paragraphs("<h2>The newsletter</h2>", at=2)
    assert set(TEXT) <= set(_texts(_story(*parts)))
    boxed = _paragraphs(f"<div><h2>The app</h2><p>{TEXT[0]} It did so in its app.</p></div>", at=2)
    assert any("did so in its app" in one for one in _texts(_story(*boxed)))


def test_code_in_a_box_with_a_button_to_copy_it_stays() -> None:
    code = "tide = table[day] if day in table else guess(day)"
    story = _story(*_paragraphs(f"<div><pre>{code}</pre><button>Copy</button></div>"))
    assert code in _texts(story)


@pytest.mark.parametrize(
    ("opening", "end"),
    [
        ('<aside class="cc-modal" role="dialog" aria-hidden="true">', "</aside>"),
        ('<div id="popup-7" hidden>', "</div>"),
    ],
)
def test_a_dialog_nobody_has_opened_is_no_story_however_much_it_holds(opening: str, end: str) -> None:
    told = "Die Fähre fährt bis zum Ende der Woche nicht, teilte die Hafenbehörde am Montag in Albertsstadt mit."
    asked = "Wir nutzen Techniken, um diese Seite bereitzustellen, und fragen nach der Wahl der Besucher dazu, Teil"
    layer = "".join(f"<p>{asked} {number}: {asked} {number}.</p>" for number in range(12))
    paragraphs = "".join(f"<p>{told} {number}</p>" for number in range(4))
    page = f"<body>{opening}{layer}{end}<main><h1>Fähre fährt nicht</h1>{paragraphs}</main></body>"
    story = extract(page.encode(), url="https://port.example/news/18").story
    assert [block.text for block in story.blocks] == [f"{told} {number}" for number in range(4)]


def test_a_consent_notice_closed_by_a_row_of_buttons_goes_and_a_paragraph_above_tools_stays() -> None:
    said = "We and our 812 partners store and read data on your device. If you accept, your browser may be recognised."
    row = "<div><input type=hidden name=id value=7><button>OK</button><button>Later</button></div>"
    assert said not in _texts(_story(*_paragraphs(f"<section><h2>Privacy</h2><p>{said}</p>{row}</section>")))
    told = "The pilots of the harbour will be paid for the nights of the great storm, the court said on Tuesday."
    assert told in _texts(_story(*_paragraphs(f"<section><p>{told}</p>{row}</section>")))


def test_a_line_that_gives_a_box_away_costs_nothing_where_it_stands_in_the_text_itself() -> None:
    told = [
        "The pilots of the harbour will be paid for the nights of the great storm, the court said on Tuesday.",
        "Their union had asked for twice as much, and for a boat that does not roll in the swell of the ferry.",
        "Nobody at the fish market could remember a winter in which so many of them were out at the same time.",
        "The council will look for the money in the fund for the swing bridge, which is to open again in June.",
    ]
    more = [
        f"The {name} boat went out at {hour} in the morning and came back without a scratch."
        for name, hour in (("first", "three"), ("second", "four"), ("third", "five"))
    ]
    notice = "This article contains affiliate links to products selected by our editors."
    page = f"<div>{'<br><br>'.join((told[0], notice, *told[1:], *more))}</div>"
    texts = _texts(_story(page))
    assert all(one in texts for one in told)
