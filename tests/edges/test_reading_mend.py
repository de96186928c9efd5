"""Markup that libxml2 nests otherwise than a browser does is read as the browser shows it."""

from __future__ import annotations

import pytest

from bot.core.story import BlockKind
from bot.extract import extract
from bot.extract.mend import mend
from tests import bridge
from tests.bridge import paragraphs

TEXT = bridge.TEXT[:4]


def _page(body: str, head: str = "") -> bytes:
    return f"<html lang=en><head><title>Swing bridge to close</title>{head}</head>{body}</html>".encode()


def _read(page: bytes) -> list[str]:
    story = extract(page, url="https://outlet.example/2026/swing-bridge").story
    return [block.text for block in story.blocks if block.kind is BlockKind.PARAGRAPH]


@pytest.mark.parametrize("part", ["figure", "aside", "section", "header", "nav"])
def test_a_part_that_forgets_to_close_a_div_does_not_swallow_the_story(part: str) -> None:
    page = _page(
        f"<body><main><h1>Swing bridge to close</h1><{part}><div class=wrap><div><img src=a.jpg></div></{part}>"
        f"{paragraphs(TEXT)}</main></body>"
    )
    assert _read(page) == list(TEXT)


def test_a_page_whose_head_ends_the_document_is_read_to_its_end() -> None:
    page = _page(f"</head></html><body><main><h1>Swing bridge to close</h1>{paragraphs(TEXT)}</main></body>")
    assert _read(page) == list(TEXT)


def test_a_menu_with_an_end_of_its_own_does_not_end_the_page() -> None:
    menu = "<body><div class=menu><a href=/>Home</a></div></body></html>"
    page = _page(f"{menu}<div class=story><h1>Swing bridge to close</h1>{paragraphs(TEXT)}</div>")
    assert _read(page) == list(TEXT)


def test_a_heading_closed_as_another_one_ends_there() -> None:
    assert mend("<body><H2 class=deck>Ships wait</h3><div><p>They do") == (
        "<body><H2 class=deck>Ships wait</h2><div><p>They do"
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<body><div><figure><div></div></figure></div></body>",
        "<body><table><tr><td><div></td></tr></table></div>",
        "<body><section><table><tr><td></section><div></td></tr></table></section>",
        "<body><h2>a</h2><h3>b</h3></h2>",
    ],
)
def test_what_browsers_and_libxml2_read_alike_is_left_alone(markup: str) -> None:
    assert mend(markup) == markup.replace("</body>", "")


def test_tens_of_thousands_of_open_parts_are_left_as_they_are() -> None:
    deep = "<body>" + "<figure><div>" * 20_000 + "</figure>" * 20_000
    assert mend(deep) == deep


def test_a_stray_quote_beside_an_endless_attribute_costs_nothing_that_follows() -> None:
    advert = f'<div data-plan="{"x" * 21_000}"></div><div class="ad" "data-slot="top"></div>'
    long = "".join(f'<p class="t">{line} {"And so they wait. " * 40}</p>' for line in TEXT * 3)
    page = _page(f"<body><main><h1>Swing bridge to close</h1>{advert}{long}</main></body>")
    assert len(_read(page)) == 3 * len(TEXT)
