"""The gate on pages in words it was not made for: sites that speak to their visitors, and short stories that report.

And what it makes of a story that passed once and was edited.
"""

from __future__ import annotations

import html
import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from bot.errors import ExtractError
from bot.extract import Extraction, Previous, extract, quick_key

_TOLD = tomllib.loads((Path(__file__).parents[1] / "data" / "voices.toml").read_text(encoding="utf-8"))
_WALLS: list[tuple[str, str, str, list[str]]] = [tuple(row) for row in _TOLD["walls"]]
_STORIES: list[tuple[str, str, str, list[str]]] = [tuple(row) for row in _TOLD["stories"]]
_ADDRESS = "https://outlet.example/2026/03/04/the-ferry-runs-aground-4711"
_WHEN = "2026-03-04T08:15:00Z"

WALLS_PASSED = 0.02
"""Of walls and error pages; the promise of the gate."""
STORIES_REFUSED = 0.06
"""Of stories that are as hard as these: a sentence or two, with hardly a sign that they are one."""


def _page(lang: str, headline: str, paragraphs: list[str], *, told: str = "", framed: bool = True) -> bytes:
    head, above = "", ""
    if told in ("ld", "dressed"):
        article = {"@type": "NewsArticle", "headline": headline, "datePublished": _WHEN}
        if told == "dressed":
            article |= {"isAccessibleForFree": "False"}
        head = f'<script type="application/ld+json">{json.dumps(article)}</script>'
    if told in ("og", "dressed"):
        head += '<meta property="og:type" content="article">'
    if told == "time":
        above = f'<time datetime="{_WHEN}">4.3.2026</time>'
    inner = f"<h1>{html.escape(headline)}</h1>{above}" + "".join(f"<p>{html.escape(one)}</p>" for one in paragraphs)
    if framed:
        menu = "".join(f'<li><a href="/{number}">Menu {number}</a></li>' for number in range(6))
        inner = f"<header><nav><ul>{menu}</ul></nav></header><main>{inner}</main><footer><p>© 2026 Outlet</p></footer>"
    title = html.escape(headline)
    top = f'<!doctype html><html lang="{lang}"><head><title>{title}</title>{head}</head>'
    return f"{top}<body>{inner}</body></html>".encode()


def _read(page: bytes, previous: Previous | None = None) -> Extraction | None:
    try:
        return extract(page, url=_ADDRESS, previous=previous)
    except ExtractError:
        return None


@pytest.mark.parametrize("framed", [True, False])
def test_a_site_that_speaks_to_its_visitor_tells_no_story(framed: bool) -> None:
    passed = [
        f"{kind} {lang}: {headline}"
        for kind, lang, headline, paragraphs in _WALLS
        if _read(_page(lang, headline, paragraphs, told=kind if kind == "dressed" else "", framed=framed))
    ]
    assert len(_WALLS) > 350
    assert len(passed) <= WALLS_PASSED * len(_WALLS), passed


def test_walls_are_tried_in_sixteen_languages() -> None:
    assert min(Counter(lang for _, lang, _, _ in _WALLS).values()) >= 5
    assert len({lang for _, lang, _, _ in _WALLS}) >= 16


def test_a_short_story_is_a_story_even_where_it_is_about_walls() -> None:
    refused = [
        f"{told} {lang}: {headline}"
        for told, lang, headline, paragraphs in _STORIES
        if not _read(_page(lang, headline, paragraphs, told=told))
    ]
    assert len(refused) <= STORIES_REFUSED * len(_STORIES), refused


_CORRECTION = "Correction: an earlier version of this page gave a wrong figure. We are sorry for the error."
_EDITS = {
    "nothing": lambda headline, text: (headline, text),
    "a word": lambda headline, text: (headline, [text[0].replace(" ", " now ", 1), *text[1:]]),
    "cut to half": lambda headline, text: (headline, text[: (len(text) + 1) // 2]),
    "a correction": lambda headline, text: (headline, [*text, _CORRECTION]),
    "a paywall's words": lambda headline, text: (headline, [*text, "Subscribe to read on. Already a member? Sign in."]),
    "a wall's headline": lambda _, text: ("Page not found", text),
}


@pytest.mark.parametrize("edit", _EDITS)
def test_no_edit_of_a_story_that_passed_is_held_back(edit: str) -> None:
    held = []
    for told, lang, headline, paragraphs in _STORIES:
        before = _read(_page(lang, headline, paragraphs, told=told))
        if before is None or (edit != "nothing" and lang in ("ja", "zh")):  # the words added are English
            continue
        new_headline, text = _EDITS[edit](headline, paragraphs)
        if not _read(_page(lang, new_headline, text, told=told), before.remembered):
            held.append(f"{lang}: {headline}")
    assert held == []


_TEXT = [
    "The old mill at Reedham will reopen as a school for boat builders in September.",
    "The county bought it for a pound after it had stood empty for twenty years, and will spend two million on it.",
    "“The wheel will turn again,” said the head, Lena Moor, who hopes for forty pupils in the first year.",
]


def _scripted(form: str, text: list[str]) -> bytes:
    headline = "Mill to reopen as school"
    article = {"headline": headline, "body": [{"type": "paragraph", "text": one} for one in text]}
    rich = {"title": headline, "content": [{"type": "paragraph", "children": [{"text": one}]} for one in text]}
    other = [
        {"title": f"Other {n}", "url": f"/{n}", "summary": "A story that is told at some length elsewhere on it."}
        for n in range(9)
    ]
    told = [("h1", headline), *(("p", one) for one in text)]
    rows = ["$", "article", None, {"children": [["$", tag, None, {"children": one}] for tag, one in told]}]
    scripts = {
        "ld": '<script type="application/ld+json">'
        + json.dumps({"@type": "NewsArticle", "headline": headline, "articleBody": "\n\n".join(text)}),
        "next": '<script id="__NEXT_DATA__" type="application/json">'
        + json.dumps({"props": {"page": article, "more": other}}),
        "state": "<script>window.__PRELOADED_STATE__ = " + json.dumps({"story": rich, "related": other}) + ";",
        "html": "<script>Fusion.globalContent="
        + json.dumps({"headline": headline, "content": "".join(f"<p>{one}</p>" for one in text)}) + ";",
        "rows": "<script>self.__next_f.push([1,"
        + json.dumps(f'1:{json.dumps(["$", "h1", None, {"children": headline}])}\n7:{json.dumps(rows)}\n') + "])",
    }  # fmt: skip
    return (
        f'<!doctype html><html><head><title>{headline}</title><meta property="og:type" content="article">'
        f'<meta property="og:title" content="{headline}"></head><body><header><a href="/">Outlet</a></header>'
        f'<div id="root"></div><noscript>Please enable JavaScript.</noscript>{scripts[form]}</script></body></html>'
    ).encode()


@pytest.mark.parametrize("form", ["ld", "next", "state", "html", "rows"])
def test_a_story_whose_text_stands_in_a_script_is_read_from_there(form: str) -> None:
    found = _read(_scripted(form, _TEXT))
    assert found is not None
    assert [block.text for block in found.story.blocks] == _TEXT
    assert found.sources["body"] == "scripts"
    edited = [_TEXT[0].replace("September", "October"), *_TEXT[1:]]
    assert quick_key(_scripted(form, edited)) != quick_key(_scripted(form, _TEXT))


def test_other_stories_in_a_script_are_no_text_of_this_one() -> None:
    with pytest.raises(ExtractError) as caught:
        extract(_scripted("next", []), url=_ADDRESS)
    assert caught.value.kind == "javascript"
