"""Pages that want more than a plain reading, through the real jobs: made by JavaScript, huge, or lists of stories."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.core.model import AlertKind, Health, Outcome
from bot.extract import apart
from bot.jobs.watching import Actor, add_watch
from tests import walls
from tests.acceptance.pages import article
from tests.jobs.test_lives import MAJOR, START, Desk
from tests.newsroom import Newsroom

FILL = "<script>" + "var a = 1; " * 150_000 + "</script></head>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = {"fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False}, "judge": {"settle": 0}}
    clock, screen = [START], io.StringIO()
    with (
        Newsroom() as site,
        App.open(
            parse(settings, {}), tmp_path / "d", console=Console(file=screen, width=100), clock=lambda: clock[0]
        ) as app,
    ):
        one = Desk(app, site, clock, screen)
        try:
            yield one
        finally:
            one.close()
            apart.close()


def test_a_story_that_turns_into_javascript_is_told_once_with_the_way_out(desk: Desk) -> None:
    watch = desk.watch("/a")
    page = next(wall.page for wall in walls.walls() if wall.wanted == "javascript")
    desk.site.page("/a", page)
    for _ in range(4):
        desk.clock[0] += timedelta(hours=1)
        found = desk.look(watch)
        assert (found.outcome, found.error_kind) == (Outcome.FAILED, "javascript")
    assert desk.state(watch).health is Health.BROKEN
    assert desk.state(watch).latest_n == 1
    (notice,) = desk.alerts(AlertKind.NOTICE)
    assert any("browser = true" in line for line in notice.payload["lines"])


def test_a_story_on_a_page_of_more_than_a_megabyte_is_watched_as_any_other(desk: Desk) -> None:
    desk.site.page("/a", article().replace("</head>", FILL))
    watch = add_watch(desk.kit, desk.site.url("/a"), now=desk.clock[0], by=Actor()).watch
    assert desk.state(watch).latest_n == 1
    desk.site.page("/a", article(paragraphs=MAJOR).replace("</head>", FILL))
    assert desk.look(watch).outcome is Outcome.CHANGED
    assert apart._reader.pid is not None
    (alert,) = desk.alerts(AlertKind.CHANGE)
    assert (alert.old_n, alert.new_n) == (1, 2)


def test_a_story_whose_address_turns_into_a_list_of_stories_makes_no_version(desk: Desk) -> None:
    watch = desk.watch("/a")
    page = next(wall.page for wall in walls.walls() if wall.name == "section en")
    desk.site.page("/a", page)
    found = desk.look(watch)
    assert (found.outcome, found.error_kind) == (Outcome.FAILED, "not_article")
    assert desk.state(watch).latest_n == 1
