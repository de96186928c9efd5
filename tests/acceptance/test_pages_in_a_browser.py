"""Pages in a real browser: no sideways scroll on a phone, nothing in the console, readable in the dark and on paper.

Chromium comes from the system; axe-core from ``node_modules`` at the top of the repository where somebody installed it
(``npm install axe-core``). What is missing is skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web_site import site

playwright = pytest.importorskip("playwright.sync_api", reason="playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGES = (
    "/",
    "/?q=declared",
    "/stories/1",
    "/stories/1/versions/2",
    "/stories/1/diff/1..2",
    "/stories/1/diff/1..2?view=inline",
    "/stories/3/diff/1..2",
    "/stories/4/diff/1..2",
    "/feeds",
    "/digests/",
    "/nothing",
)
WAYS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 360)]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium"),
    pytest.mark.filterwarnings("default::ResourceWarning", "default::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample site."""
    with site(tmp_path_factory.mktemp("browser")) as (server, _):
        yield server.url


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A headless Chromium with an empty profile."""
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


def open_page(browser: object, scheme: str, width: int, **more: object) -> object:
    """A page of this width in this colour scheme."""
    return browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("scheme", "width"), WAYS)
def test_no_page_scrolls_sideways_or_complains(browser: object, url: str, scheme: str, width: int) -> None:
    page = open_page(browser, scheme, width)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: said.append(str(error)))  # type: ignore[attr-defined]
    page.on("dialog", lambda dialog: said.append(dialog.message))  # type: ignore[attr-defined]
    for path in PAGES:
        page.goto(url + path)  # type: ignore[attr-defined]
        inner, outer = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")  # type: ignore[attr-defined]
        assert inner <= outer, (path, inner, outer)
    assert [line for line in said if "404" not in line] == []
    page.close()  # type: ignore[attr-defined]


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core")
@pytest.mark.parametrize(("scheme", "width"), WAYS)
def test_axe_finds_nothing_that_shuts_people_out(browser: object, url: str, scheme: str, width: int) -> None:
    page = open_page(browser, scheme, width, bypass_csp=True)
    found: list[tuple[str, str, str]] = []
    for path in PAGES:
        page.goto(url + path)  # type: ignore[attr-defined]
        page.add_script_tag(path=str(AXE))  # type: ignore[attr-defined]
        result = page.evaluate("axe.run()")  # type: ignore[attr-defined]
        found += [(path, one["id"], one["nodes"][0]["html"][:200]) for one in result["violations"]]
    page.close()  # type: ignore[attr-defined]
    assert found == []


def test_a_link_to_a_paragraph_opens_the_fold_it_lies_in(browser: object, url: str) -> None:
    page = open_page(browser, "light", 1280)
    page.goto(f"{url}/stories/1/diff/1..2")  # type: ignore[attr-defined]
    inside = page.evaluate("document.querySelector('details.fold .row').id")  # type: ignore[attr-defined]
    page.goto(f"{url}/stories/1/diff/1..2#{inside}")  # type: ignore[attr-defined]
    assert page.evaluate(f"document.getElementById('{inside}').closest('details').open")  # type: ignore[attr-defined]
    page.close()  # type: ignore[attr-defined]


def test_the_two_columns_stand_level_and_the_heads_stay_in_view(browser: object, url: str) -> None:
    page = open_page(browser, "light", 1280, bypass_csp=True)
    page.goto(f"{url}/stories/1/diff/1..2#p3")  # type: ignore[attr-defined]
    uneven = page.evaluate(  # type: ignore[attr-defined]
        """[...document.querySelectorAll('.row')].filter(row => {
             const [a, b] = row.querySelectorAll('.cell');
             return a && b && Math.abs(a.getBoundingClientRect().top - b.getBoundingClientRect().top) > 1;
           }).map(row => row.id)"""
    )
    assert uneven == []
    page.mouse.wheel(0, 900)  # type: ignore[attr-defined]
    page.wait_for_function("document.querySelector('.heads').getBoundingClientRect().top === 0")  # type: ignore[attr-defined]
    page.close()  # type: ignore[attr-defined]


def test_insertions_and_deletions_are_said_in_words_to_screen_readers(browser: object, url: str) -> None:
    page = open_page(browser, "light", 1280)
    page.goto(f"{url}/stories/1/diff/1..2")  # type: ignore[attr-defined]
    words = page.evaluate(
        "[getComputedStyle(document.querySelector('.sheet del'), '::before').content, "  # type: ignore[attr-defined]
        "getComputedStyle(document.querySelector('.sheet ins'), '::after').content]"
    )
    assert words == ['" [removed: "', '" end of addition] "']
    page.close()  # type: ignore[attr-defined]


def test_without_colour_the_marks_are_still_there(browser: object, url: str) -> None:
    page = open_page(browser, "light", 1280, forced_colors="active")
    page.goto(f"{url}/stories/1/diff/1..2")  # type: ignore[attr-defined]
    lines = page.evaluate(
        "['del', 'ins'].map(tag => getComputedStyle(document.querySelector('.sheet ' + tag)).textDecorationLine)"
    )  # type: ignore[attr-defined]
    assert lines == ["line-through", "underline"]
    page.close()  # type: ignore[attr-defined]


def test_a_diff_prints_as_two_columns_without_controls(browser: object, url: str) -> None:
    page = open_page(browser, "light", 1000)
    page.goto(f"{url}/stories/1/diff/1..2")  # type: ignore[attr-defined]
    page.emulate_media(media="print")  # type: ignore[attr-defined]
    shown = page.evaluate(
        "['.pick', '.masthead nav', '.views'].map(one => getComputedStyle(document.querySelector(one)).display)"
    )  # type: ignore[attr-defined]
    assert shown == ["none", "none", "none"]
    assert page.evaluate("getComputedStyle(document.querySelector('.sheet .row')).display") == "grid"  # type: ignore[attr-defined]
    assert len(page.pdf()) > 10_000  # type: ignore[attr-defined]
    page.close()  # type: ignore[attr-defined]
