# ruff: noqa: E501 - markup and sentences read better whole
"""The quick key over a page with everything a story page has: it follows every edit a reader sees, and no noise."""

from __future__ import annotations

import pytest

from bot.core.story import fingerprint
from bot.extract import extract, quick_key

PARAGRAPHS = [
    "The harbour wall will not be finished before the winter storms, the council said on Monday, and the ferry stays in port.",
    "“We have been warning about the wall for nine years,” said Ines Calloway, who ran the survey for the harbour office.",
    "The work was to cost £4.2m when it was announced; the latest estimate is £6.8m, of which the town has raised £1.1m.",
    "Three families in Quay Street have been asked to move out until the pumps are tested again in the spring.",
    "A second report, which the council has not published, put the chance of a breach this winter at one in twelve.",
    "The minister is expected to visit the town on Thursday and to meet the people of the harbour association.",
]
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Harbour wall delayed again - The Quay</title>
<meta property="og:type" content="article"><meta property="og:site_name" content="The Quay">
<meta property="og:title" content="Harbour wall delayed again">
<script type="application/ld+json">{{"@type":"NewsArticle","headline":"Harbour wall delayed again","wordCount":{n},
"datePublished":"2026-11-20T06:00:00Z","author":{{"@type":"Person","name":"Mara Whitlock"}}}}</script>
<script nonce="n{n}">window.q={n};</script><style>.c{n}{{color:red}}</style></head>
<body class="b{n}" data-build="{n}">{banner}<nav><ul><li><a href="/a{n}">News</a></li><li><a href="/b">Sport</a></li></ul></nav>
<main><article><header><h1 class="h{n}">{headline}</h1><p class="standfirst">{standfirst}</p>
<div class="meta"><span class="byline">By <a href="/mara">Mara Whitlock</a></span> · <time>{n} hours ago</time></div>
<div class="tools">{n} shares</div><a href="/c" class="comments">{n} comments</a></header>
<figure><img src="/i{n}.jpg" alt=""><figcaption>{caption}</figcaption></figure>
<div class="article-body">{body}<ul><li>{listed}</li><li>The pumps are tested in the spring.</li></ul>{note}</div></article>
<aside class="related"><h2>More stories</h2><ul>{cards}</ul></aside></main>
<section class="cards">{tiles}</section>
<footer><p>{n} readers online</p><p>{n} people reading now</p></footer></body></html>"""
FIELDS = {
    "headline": "Harbour wall delayed again",
    "standfirst": "The council says the work must wait for spring, and the ferry stays in port until then.",
    "caption": "The harbour wall on Monday, seen from the old customs house.",
    "listed": "The wall was planned in 2017.",
    "note": "",
    "banner": "",
}
TITLES = (
    "Ferry timetable for the holidays is out",
    "Library opens on Sundays",
    "What the storm left on the north beach",
)


def page(n: int = 1, *, paragraphs: list[str] | None = None, after_first: str = "", **changed: str) -> bytes:
    """The page as served: ``n`` turns everything that is noise."""
    body = [f"<p>{text}</p>" for text in (paragraphs if paragraphs is not None else PARAGRAPHS)]
    body.insert(1, after_first)
    titles = [*TITLES[n % 3 :], *TITLES[: n % 3]]
    cards = "".join(f'<li class="x{n}"><a href="/{n}">{one}</a><time>{n + 3} min ago</time></li>' for one in titles)
    tiles = "".join(
        f'<div><h3><a href="/t{n}">{one} {n}</a></h3><span>{n} hours ago</span> | <span>{n} comments</span></div>'
        for one in titles
    )
    return PAGE.format(n=n, body="".join(body), cards=cards, tiles=tiles, **{**FIELDS, **changed}).encode()


def _with(old: str, new: str) -> bytes:
    assert sum(old in one for one in PARAGRAPHS) == 1
    return page(paragraphs=[one.replace(old, new) for one in PARAGRAPHS])


EDITS = {
    "headline": page(headline="Harbour wall delayed for good"),
    "standfirst": page(standfirst=FIELDS["standfirst"].replace("spring", "summer")),
    "word of a quotation": _with("warning about", "complaining about"),
    "speaker": _with("Ines Calloway", "Inez Galloway"),
    "figure": _with("£6.8m", "£8.6m"),
    "caption": page(caption=FIELDS["caption"].replace("Monday", "Sunday")),
    "list item": page(listed="The wall was planned in 2016."),
    "correction at the end": page(note="<p>Correction: an earlier version gave the wrong year.</p>"),
    "correction after the first paragraph": page(after_first="<p>Clarification: the council is the town council.</p>"),
    "first paragraph": _with("on Monday, and", "on Tuesday, and"),
    "last paragraph": _with("on Thursday", "on Friday"),
    "first paragraph gone": page(paragraphs=PARAGRAPHS[1:]),
    "last paragraph gone": page(paragraphs=PARAGRAPHS[:-1]),
    "paragraph added": page(paragraphs=[*PARAGRAPHS, "The association said it would not attend the meeting at all."]),
    "paragraphs swapped": page(paragraphs=[PARAGRAPHS[1], PARAGRAPHS[0], *PARAGRAPHS[2:]]),
    "duration in a list": page(listed="The work takes 3 days, not 2."),
    "count with a link": page(listed='<a href="/w">Calloway</a> 3'),
}
NOISE = {
    "another turn of everything": page(2),
    "a later turn": page(17),
    "an advert between paragraphs": page(
        after_first='<div class="ad"><p>Advertisement</p><iframe src="/ad"></iframe></div>'
    ),
    "an advert in a script": page(after_first='<div id="slot-9"><script>show(9)</script></div>'),
    "a link between paragraphs": page(after_first='<p><a href="/x">Ferry timetable for the holidays is out</a></p>'),
    "a banner that scripts fill": page(banner='<div class="banner"><script>fill()</script><style>p{}</style></div>'),
    "attributes in another order": page().replace(
        b'<img src="/i1.jpg" alt="">', b'<img alt="" loading="lazy" src="/i9.jpg">'
    ),
    "white space": page().replace(b"<p>", b"<p>\n   ").replace(b"</li>", b" </li>\n"),
    "a comment in the markup": page().replace(b"<main>", b"<!-- built at 12:01 --><main>"),
}


@pytest.mark.parametrize("name", sorted(EDITS))
def test_the_key_differs_after_an_edit(name: str) -> None:
    assert quick_key(EDITS[name]) != quick_key(page())


@pytest.mark.parametrize("name", sorted(set(EDITS) - {"count with a link"}))
def test_extraction_shows_the_edit_so_that_the_key_has_to(name: str) -> None:
    assert fingerprint(extract(EDITS[name]).story) != fingerprint(extract(page()).story)


@pytest.mark.parametrize("name", sorted(NOISE))
def test_the_key_stays_where_only_noise_turned(name: str) -> None:
    assert quick_key(NOISE[name]) == quick_key(page())


@pytest.mark.parametrize("name", sorted(NOISE))
def test_extraction_agrees_that_it_was_noise(name: str) -> None:
    assert fingerprint(extract(NOISE[name]).story) == fingerprint(extract(page()).story)


def _cards(words: str) -> str:
    return "".join(
        f'<a href="/{number}{words}" data-n="{number}">\n <img src="/{words}.jpg">\n <h3 class="t">{words} {number}</h3>\n'
        f" <p>{words} and what the ferry captain said of it</p>\n</a><time>{number} min ago</time>"
        for number in range(1, 4)
    )


def test_cards_that_are_links_as_a_whole_turn_without_a_new_key() -> None:
    assert quick_key(page(banner=_cards("Library opens"))) == quick_key(page(banner=_cards("Storm on the north beach")))


@pytest.mark.parametrize("links", ['<a href="/x">', '<a href="/x"><div>', '<div><a href="/x"></div>', '<a name="x">'])
def test_a_link_that_was_never_closed_hides_no_edit_behind_it(links: str) -> None:
    one = page(after_first=f"<p>{links}The council met twice.</p>")
    for old, new in (("£6.8m", "£8.6m"), ("Ines Calloway", "Inez Galloway"), ("on Thursday", "on Friday")):
        changed = [text.replace(old, new) for text in PARAGRAPHS]
        two = page(paragraphs=changed, after_first=f"<p>{links}The council met twice.</p>")
        assert quick_key(one) != quick_key(two)


@pytest.mark.parametrize(
    "piece", ["<a ", "<svg>", "<script>", "<!--", "<meta ", "<table", '<meta content="', "<a href=x ", "\x05<p>"]
)
def test_markup_that_never_ends_takes_no_time(piece: str) -> None:
    """Each pass is linear: these would take hours if one looked ahead to the end at every tag."""
    assert len(quick_key(b"<body>" + piece.encode() * 400_000)) == 32
