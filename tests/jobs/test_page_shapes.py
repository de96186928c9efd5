# ruff: noqa: E501 - pages read best with their markup on one line
"""Ten and more shapes of article pages, each in several versions from a loopback server, through the whole pipeline.

All text is invented. Each shape is served as published, then with other furniture (silent), then with one word of a
quotation edited (told), then with a correction (told as critical).
"""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.core.comparison import Severity
from bot.core.model import Outcome
from bot.jobs.check import check_now
from bot.jobs.watching import Actor, add_watch
from tests.newsroom import Newsroom

HEADLINE = "Council to rebuild harbour wall"
TEXT = (
    "The harbour authority of Marlow Quay will rebuild the outer wall after engineers found a second crack on Monday.",
    "“We have been warning about that wall for eleven years and nobody wrote back,” said Pieter Lindqvist, a diver.",
    "At least 14 people were moved from the boathouses below the wall, the county council said in a statement.",
    "The work will cost about £12 million and take until next autumn, according to a report seen by councillors.",
    "A decision on the money is expected before the end of the month, and the port stays open until then.",
)
GERMAN = (
    "Die Hafenverwaltung von Marlow Quay will die äußere Mauer erneuern, nachdem Ingenieure am Montag einen zweiten "
    "Riss gefunden haben.",
    "„Wir haben elf Jahre lang vor dieser Mauer gewarnt, und niemand hat geantwortet“, sagte der Taucher Pieter Lindqvist.",
    "Mindestens 14 Menschen mussten ihre Bootshäuser verlassen, teilte die Verwaltung in einer Erklärung mit.",
    "Die Arbeiten sollen rund 40.000 Tonnen Gestein und viele Monate brauchen, heißt es in einem Bericht.",
)
Shape = Callable[[tuple[str, ...], str, int], str]


def paragraphs(text: tuple[str, ...], tag: str = "p", klass: str = "") -> str:
    attribute = f' class="{klass}"' if klass else ""
    return "\n".join(f"<{tag}{attribute}>{html.escape(one)}</{tag}>" for one in text)


def linked(turn: int, **more: object) -> str:
    data = {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": "2026-11-20T06:00:00Z", **more}
    return f'<script type="application/ld+json" nonce="{turn}">{json.dumps({"@context": "https://schema.org", **data})}</script>'


def shell(head: str, body: str, turn: int, lang: str = "en") -> str:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{HEADLINE}</title>{head}'
        f'<script nonce="x{turn}">window.t={turn}</script></head><body class="t{turn}">'
        f'<header><nav><a href="/">Home</a><a href="/news">News</a></nav></header>{body}'
        f"<footer>© Quay Post · {turn * 31} readers online</footer></body></html>"
    )


def related(turn: int) -> str:
    rows = "".join(f'<li><a href="/x/{turn}{i}">More from the quay, part {turn}{i}</a></li>' for i in range(5))
    return f'<aside class="related-stories"><h2>More on this story</h2><ul>{rows}</ul></aside>'


def json_ld_heavy(text: tuple[str, ...], note: str, turn: int) -> str:
    graph = linked(turn, author=[{"@type": "Person", "name": "Ines Calloway"}], articleBody=" ".join(text))
    body = f"<main><article><h1>{HEADLINE}</h1>{paragraphs(text)}{note}</article>{related(turn)}</main>"
    return shell(graph + linked(turn, **{"@type": "BreadcrumbList"}), body, turn)


def no_json_ld(text: tuple[str, ...], note: str, turn: int) -> str:
    return shell(
        "",
        f"<article><h1>{HEADLINE}</h1><p class='byline'>By Ines Calloway</p>{paragraphs(text)}{note}</article>",
        turn,
    )


def plain_article(text: tuple[str, ...], note: str, turn: int) -> str:
    share = f'<div class="share-tools">{turn * 7} shares</div>'
    return shell(
        "<meta property='og:type' content='article'>",
        f"<article><header><h1>{HEADLINE}</h1>{share}</header>{paragraphs(text)}{note}</article>{related(turn)}",
        turn,
    )


def div_soup(text: tuple[str, ...], note: str, turn: int) -> str:
    inner = "".join(f'<div class="row c{turn}"><div class="txt"><p>{html.escape(one)}</p></div></div>' for one in text)
    return shell(
        "",
        f'<div id="w"><div class="c1"><h1>{HEADLINE}</h1><div class="c2">{inner}{note}</div></div><div class="c3">{related(turn)}</div></div>',
        turn,
    )


def with_lists(text: tuple[str, ...], note: str, turn: int) -> str:
    items = paragraphs(
        ("The wall dates from 1911 and has been mended twice.", "The slipway closes on Friday at noon."), "li"
    )
    return shell(
        linked(turn),
        f"<article><h1>{HEADLINE}</h1>{paragraphs(text[:2])}<ul>{items}</ul>{paragraphs(text[2:])}{note}</article>",
        turn,
    )


def with_blockquotes(text: tuple[str, ...], note: str, turn: int) -> str:
    quote = f"<blockquote><p>{html.escape(text[1])}</p></blockquote>"
    return shell(
        linked(turn),
        f"<article><h1>{HEADLINE}</h1>{paragraphs(text[:1])}{quote}{paragraphs(text[2:])}{note}</article>",
        turn,
    )


def with_captions(text: tuple[str, ...], note: str, turn: int) -> str:
    figure = (
        f'<figure><img src="/i/{turn}.jpg" alt=""><figcaption>The outer wall on Monday evening.</figcaption></figure>'
    )
    return shell(linked(turn), f"<article><h1>{HEADLINE}</h1>{figure}{paragraphs(text)}{note}</article>", turn)


def german(text: tuple[str, ...], note: str, turn: int) -> str:
    return shell(
        linked(turn, inLanguage="de"),
        f"<main><article><h1>Hafenmauer wird erneuert</h1>{paragraphs(text)}{note}</article></main>",
        turn,
        "de",
    )


def broken_markup(text: tuple[str, ...], note: str, turn: int) -> str:
    return (
        f"<title>{HEADLINE}</title><body bgcolor=white><table><tr><td><h1>{HEADLINE}<p>"
        + "<p>".join(html.escape(one) for one in text)
        + f"{note}<div><span></table></b>&nbsp;{turn * 13} readers online"
    )


def breaks_for_paragraphs(text: tuple[str, ...], note: str, turn: int) -> str:
    return shell(
        "",
        f'<div class="story"><h1>{HEADLINE}</h1><div class="story-text">'
        + "<br><br>".join(html.escape(one) for one in text)
        + f"</div>{note}</div>{related(turn)}",
        turn,
    )


def microdata(text: tuple[str, ...], note: str, turn: int) -> str:
    return shell(
        "",
        f'<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{HEADLINE}</h1><span itemprop="author">Ines Calloway</span><div itemprop="articleBody">{paragraphs(text)}{note}</div></div>',
        turn,
    )


def subheadings(text: tuple[str, ...], note: str, turn: int) -> str:
    return shell(
        linked(turn),
        f"<main><h1>{HEADLINE}</h1><section>{paragraphs(text[:3])}<h2>What happens next</h2>{paragraphs(text[3:])}</section>{note}</main>",
        turn,
    )


SHAPES: tuple[Shape, ...] = (
    json_ld_heavy,
    no_json_ld,
    plain_article,
    div_soup,
    with_lists,
    with_blockquotes,
    with_captions,
    german,
    broken_markup,
    breaks_for_paragraphs,
    microdata,
    subheadings,
)


class Desk:
    """A program over a loopback site, with a clock that the test moves."""

    def __init__(self, app: App, site: Newsroom, clock: list[datetime]) -> None:
        self.app, self.site, self.clock = app, site, clock

    def look(self, watch_id: int):  # type: ignore[no-untyped-def]
        from bot.store import watches

        self.clock[0] += timedelta(minutes=20)
        with self.app.kit.db.read() as tx:
            watch = watches.get(tx, watch_id)
        assert watch is not None
        (result,) = check_now(self.app.kit, [watch], workers=1)
        return result


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = [datetime(2026, 11, 24, 9, 0, tzinfo=UTC)]
    config = parse(
        {"fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False}, "judge": {"settle": 0}}, {}
    )
    console = Console(file=io.StringIO())
    with Newsroom() as site, App.open(config, tmp_path, console=console, clock=lambda: clock[0]) as app:
        yield Desk(app, site, clock)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_shape_is_read_stays_silent_and_tells(desk: Desk, shape: Shape) -> None:
    text = GERMAN if shape is german else TEXT
    desk.site.page("/story", shape(text, "", 1))
    added = add_watch(desk.app.kit, desk.site.url("/story"), now=desk.clock[0], by=Actor())
    assert added.result is not None and added.result.outcome is Outcome.FIRST_SEEN, added.result

    desk.site.page("/story", shape(text, "", 2))
    quiet = desk.look(added.watch.id)
    assert quiet.outcome is Outcome.UNCHANGED, quiet

    old, new = ("warning about", "complaining about") if text is TEXT else ("gewarnt", "gesprochen")
    edited = (text[0], text[1].replace(old, new), *text[2:])
    assert edited != text
    desk.site.page("/story", shape(edited, "", 3))
    told = desk.look(added.watch.id)
    assert (told.outcome, told.severity, told.version, told.alerts) == (Outcome.CHANGED, Severity.MAJOR, 2, 1), told

    words = (
        "Correction: An earlier version of this article gave the wrong year."
        if text is TEXT
        else ("Korrektur: In einer früheren Fassung dieses Artikels stand ein falsches Jahr.")
    )
    desk.site.page("/story", shape(edited, f'<p class="correction">{words}</p>', 4))
    corrected = desk.look(added.watch.id)
    assert (corrected.severity, corrected.version) == (Severity.CRITICAL, 3), corrected


LIVE = """<!doctype html><html lang="en"><head><title>Storm on the quay: live</title>
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"LiveBlogPosting","headline":"Storm on the quay: live",
"coverageStartTime":"2026-11-24T06:00:00Z"}}</script></head><body><main><article class="live-blog"><h1>Storm on the quay: live</h1>
<div class="live-posts">{posts}</div></article></main></body></html>"""


def post(number: int, text: str) -> str:
    return (
        f'<div class="live-post" id="post-{number}"><time datetime="2026-11-24T0{number}:00:00Z">0{number}:00</time>'
        f"<p>{text}</p></div>"
    )


def test_a_live_blog_counts_new_posts_and_alerts_about_corrections_only(desk: Desk) -> None:
    posts = [
        post(n, f"The harbour master said that wave number {n} had passed the outer wall without damage.")
        for n in range(1, 6)
    ]
    desk.site.page("/live", LIVE.format(posts="".join(reversed(posts))))
    added = add_watch(desk.app.kit, desk.site.url("/live"), now=desk.clock[0], by=Actor())
    assert added.result is not None and added.result.outcome is Outcome.FIRST_SEEN
    assert added.watch.is_live

    posts.append(post(6, "The ferry to the island will not run this afternoon, the harbour master said."))
    desk.site.page("/live", LIVE.format(posts="".join(reversed(posts))))
    more = desk.look(added.watch.id)
    assert more.outcome is Outcome.CHANGED and more.severity is not None
    assert more.severity <= Severity.MINOR and more.alerts == 0, more
