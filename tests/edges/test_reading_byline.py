"""Bylines as pages write them where nothing in the head names the authors."""

from __future__ import annotations

import pytest

from bot.extract import extract

SENTENCE = "The harbour office counted four hundred boats before noon, and the ferry company hired two more pilots. "
PAGE = """<!doctype html><html lang="en"><head><title>Harbour opens early</title>
<meta property="og:type" content="article"><meta property="og:site_name" content="The Quay Courier"></head><body>
<h1>Harbour opens early</h1>{line}<div class="text">{text}</div>{below}</body></html>"""
TEXT = "".join(f"<p>{SENTENCE}Part {number} of the report says so.</p>" for number in ("one", "two", "three", "four"))


def read(line: str, below: str = "") -> tuple[str, ...]:
    page = PAGE.format(line=line, text=TEXT, below=below).encode()
    return extract(page, url="https://quay-courier.example/harbour").story.byline


BYLINES = {
    "by and a date": ("<div>By Ada Novak Dec 9, 2026, 4:08pm EST</div>", ("Ada Novak",)),
    "by in an element of its own, without a space": (
        "<div><span>By</span><a href='/n/7'>Ada Novak</a></div>",
        ("Ada Novak",),
    ),
    "a date, then by": ("<p>Published on 3 May 2026 by Ada Novak</p>", ("Ada Novak",)),
    "two dates glued together, then by": (
        "<div class='entry-meta'>Veröffentlicht am 10. Februar 20269. März 2026 von Jan Adler</div>",
        ("Jan Adler",),
    ),
    "a name and a date": ("<div>Ada Novak, April 19, 2026</div>", ("Ada Novak",)),
    "a name and a handle": ("<div>Ada Novak, @adanovak</div>", ("Ada Novak",)),
    "a name, an agency and a date between bars": (
        "<div class='byline'>Ada Novak · Posted: Oct 14, 2026 9:27 AM ET | Last Updated: 24 minutes ago</div>",
        ("Ada Novak",),
    ),
    "a nickname that links to its author's page": (
        "<div>Posted on 4 May 2026 by <a rel='author' href='/author/tidewatch'>tidewatch</a></div>",
        ("tidewatch",),
    ),
    "three links without a mark between": (
        "<div class='byline'><a href='/author/1'>Ada Novak</a> <a href='/author/2'>Bo Lind</a> "
        "<a href='/author/3'>Cy Roth</a></div>",
        ("Ada Novak", "Bo Lind", "Cy Roth"),
    ),
    "sections after the name": ("<p>By Ada Novak, in Coast, Ferries · 31 Jan 2026, 20:02</p>", ("Ada Novak",)),
    "a word that is glued to the name": ("<div class='byline'>byAda Novak</div>", ("Ada Novak",)),
    "initials glued to the word": ("<div class='byline'>ByA.B. Novak</div>", ("A.B. Novak",)),
    "a talk": ("<p>Von Ada Novak im Gespräch mit Bo Lind</p>", ("Ada Novak", "Bo Lind")),
    "a label with a colon": ("<p>Auteur : Chloé Marin</p>", ("Chloé Marin",)),
    "a title after the name": ("<p>Written by Ada Novak, PhD on April 29, 2026</p>", ("Ada Novak",)),
    "Arabic": ("<address>بقلم <a rel='author' href='/a'>بترا فانس</a></address>", ("بترا فانس",)),
    "Hebrew": ("<div class='byline'>מאת דנה לביא</div>", ("דנה לביא",)),
    "Hindi": ("<div class='author'>लेखक मीरा जोशी</div>", ("मीरा जोशी",)),
    "Chinese, the office before the name": ("<div>记者 王小明 2026-03-01 14:27</div>", ("王小明",)),
    "Chinese, a name glued to a date": ("<div class='author'>谢若含2026-03-01 14:27:02</div>", ("谢若含",)),
    "Japanese": ("<div>文・ <a rel='author' href='/a'>大文多</a></div>", ("大文多",)),
    "Japanese, named a byline": ("<div class='story byline'>文・ <a rel='author'>大文多</a></div>", ("大文多",)),
    "Korean": ("<p class='byline'>홍길동 기자</p>", ("홍길동",)),
}


@pytest.mark.parametrize("name", sorted(BYLINES))
def test_the_authors_are_read_from_the_line_by_the_headline(name: str) -> None:
    line, names = BYLINES[name]
    assert read(line) == names


@pytest.mark.parametrize(
    "line",
    [
        "<div>3 May 2026</div>",
        "<div>World News | May 5, 2026</div>",
        "<p>By the Quay Courier</p>",
        "<div class='byline'>The Quay Courier</div>",
        "<p>By noon the harbour was full</p>",
        "<div><a href='/login'>Log In</a> <a href='/register'>Sign Up</a></div>",
        "<div>Read more | 12 comments</div>",
        "<div>新規登録</div>",
        "<div><a href='/author/7'>Ada Novak</a> <a href='/s/1'>17 stories</a></div>",
    ],
)
def test_what_names_nobody_gives_no_author(line: str) -> None:
    assert read(line) == ()


def test_a_signature_below_the_text_names_the_author() -> None:
    assert read("", "<p>Autorin: Jana Adler</p>") == ("Jana Adler",)
    assert read("", "<p>（责编：王小明、李大文）</p>") == ("王小明", "李大文")


def test_a_byline_that_names_a_person_goes_before_the_outlet_in_the_head() -> None:
    page = PAGE.replace("<title>", '<meta name="author" content="Quay Courier"><title>')
    body = page.format(line="<p>Von Ada Novak, Bo Lind und Cy Roth, QTV</p>", text=TEXT, below="").encode()
    names = extract(body, url="https://quay-courier.example/harbour").story.byline
    assert names[:3] == ("Ada Novak", "Bo Lind", "Cy Roth")


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("<div>谢若含2026-03-01 14:27:02</div>", "2026-03-01 14:27"),
        ("<div>大文多2026年04月13日 09時00分</div>", "2026-04-13 09:00"),
        ("<p>Von Jan Adler, 07 Dezember, 2026</p>", "2026-12-07 00:00"),
        ("<p>(2026-06-04 09:20:26) Source: the harbour office</p>", "2026-06-04 09:20"),
    ],
)
def test_the_day_is_read_from_the_line_by_the_headline(line: str, day: str) -> None:
    page = PAGE.format(line=line, text=TEXT, below="").encode()
    published = extract(page, url="https://quay-courier.example/harbour").story.published_at
    assert published is not None
    assert f"{published:%Y-%m-%d %H:%M}" == day
