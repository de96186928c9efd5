"""The gate's confusion matrix: walls, error pages and lists of stories never pass, stories are never refused."""

from __future__ import annotations

import pytest

from bot.errors import ExtractError
from bot.extract import extract
from tests import walls
from tests.publishers import TONGUES


def test_the_gate_lets_no_wall_pass_and_names_it_right() -> None:
    found = [(wall.wanted, walls.verdict(wall.page), wall.name) for wall in walls.walls()]
    assert len(found) >= 340
    passed = [name for _, got, name in found if got == "story"]
    assert len(passed) <= 0.02 * len(found), passed
    misnamed = [(wanted, got, name) for wanted, got, name in found if got != wanted]
    assert len(misnamed) <= 0.03 * len(found), misnamed


def test_the_gate_refuses_no_story_that_looks_like_a_wall() -> None:
    found = [(walls.verdict(page), name) for name, page in walls.stories()]
    assert len(found) >= 200
    assert [one for one in found if one[0] != "story"] == []


def test_every_kind_of_wall_is_tried_in_every_language() -> None:
    kinds: dict[str, set[str]] = {}
    for wall in walls.walls():
        kinds.setdefault(wall.wanted, set()).update(set(wall.name.split()) & set(TONGUES))
    assert {kind: len(langs) for kind, langs in kinds.items()} == dict.fromkeys(kinds, 13)


def test_a_page_made_by_javascript_tells_the_operator_about_the_browser() -> None:
    wall = next(one for one in walls.walls() if one.wanted == "javascript")
    with pytest.raises(ExtractError) as caught:
        extract(wall.page, url=walls.ADDRESS)
    assert caught.value.kind == "javascript"
    assert "browser = true" in str(caught.value) and "stet[browser]" in str(caught.value)


def test_a_bot_wall_that_wants_javascript_is_a_wall() -> None:
    page = (
        b'<html><head><title>Just a moment...</title></head><body><div id="app"><noscript>Please enable '
        b"JavaScript and cookies to continue</noscript></div>"
        b'<script src="/cdn-cgi/challenge-platform/x.js"></script></body></html>'
    )
    assert walls.verdict(page) == "bot_wall"


def test_a_story_in_an_applications_root_is_a_story() -> None:
    text = "".join(
        f"<p>The board met at noon on day {n} and put off the vote on the second quay.</p>" for n in range(6)
    )
    page = f'<html><title>Quay</title><body><noscript>Please enable JavaScript.</noscript><div id="root"><h1>Quay vote put off</h1>{text}</div><script>var a=1;</script></body></html>'  # noqa: E501
    assert walls.verdict(page.encode()) == "story"
