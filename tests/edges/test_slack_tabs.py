"""Home tabs are drawn at the pace Slack allows: once for a flurry, in order, and again where Slack asked to wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.deliver.slack import SlackSettings
from bot.deliver.slack_calls import CallFailed, web_client
from bot.errors import StoreBusy
from bot.slack.desk import Talk
from bot.slack.following import Place
from bot.slack.services import Services
from bot.slack.tabs import TRIES, HomeTabs
from tests.slack_newsroom import desk
from tests.slack_standin import BOT_TOKEN

TEAM = "T0STANDIN"
SLOW_DOWN = CallFailed("Slack asks to wait", error="ratelimited", retry_after=0.01)


class Easel:
    """Draws nothing, and remembers what it was asked to draw. ``failures`` are raised first, in turn."""

    def __init__(self, *failures: Exception) -> None:
        self.drawn: list[tuple[str, int, bool]] = []
        self.failures = list(failures)
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self, talk: Talk, *, page: int, fresh: bool) -> None:
        self.drawn.append((talk.who, page, fresh))
        self.begun.release()
        assert self.may_end.wait(30)
        if self.failures:
            raise self.failures.pop(0)

    def wait(self, times: int) -> None:
        for _ in range(times):
            assert self.begun.acquire(timeout=30)


def talk(who: str = "U0ALICE00", team: str = TEAM, **more: Any) -> Talk:
    given: dict[str, Any] = {"services": None, "settings": SlackSettings(), "client": None, **more}
    return Talk(place=Place(team=team, channel=""), who=who, **given)


@contextmanager
def tabs_with(easel: Easel, gap: float = 0.0, at: float = 0.0) -> Iterator[HomeTabs]:
    """``at``: a monotonic clock that stands still there; 0: the real one."""
    tabs = HomeTabs(easel, gap=gap, monotonic=lambda: at) if at else HomeTabs(easel, gap=gap)
    try:
        yield tabs
    finally:
        easel.may_end.set()
        tabs.close()


def test_what_comes_while_a_tab_is_drawn_becomes_one_more_drawing_with_the_newest_page() -> None:
    easel = Easel()
    easel.may_end.clear()
    with tabs_with(easel) as tabs:
        tabs.opened(talk())
        easel.wait(1)
        for page in (2, 3, 4):
            tabs.refresh(talk(), page)
        tabs.refresh(talk())
        easel.may_end.set()
        easel.wait(1)
    assert easel.drawn == [("U0ALICE00", 1, True), ("U0ALICE00", 4, False)]


def test_changes_within_a_moment_of_a_drawing_wait_and_those_of_others_do_not() -> None:
    easel = Easel()
    with tabs_with(easel, gap=60.0, at=1000.0) as tabs:
        tabs.opened(talk())
        easel.wait(1)
        for _ in range(20):
            tabs.refresh(talk())
        tabs.opened(talk("U0BOB0000"))
        easel.wait(1)
    assert [who for who, _, _ in easel.drawn] == ["U0ALICE00", "U0BOB0000"]


def test_a_change_keeps_the_page_a_person_is_on_and_opening_the_tab_begins_at_the_first() -> None:
    easel = Easel()
    with tabs_with(easel) as tabs:
        for ask in (lambda: tabs.refresh(talk(), 3), lambda: tabs.refresh(talk()), lambda: tabs.opened(talk())):
            ask()
            easel.wait(1)
    assert [page for _, page, _ in easel.drawn] == [3, 3, 1]


def test_where_slack_asks_to_wait_the_tab_is_drawn_again_but_not_for_ever() -> None:
    easel = Easel(SLOW_DOWN)
    with tabs_with(easel) as tabs:
        tabs.opened(talk())
        easel.wait(2)
    assert easel.drawn == [("U0ALICE00", 1, True)] * 2
    easel = Easel(*[SLOW_DOWN] * 50)
    with tabs_with(easel) as tabs:
        tabs.opened(talk())
        easel.wait(TRIES)
    assert len(easel.drawn) == TRIES


@pytest.mark.parametrize(
    "failure",
    [StoreBusy("the database is busy"), CallFailed("no", error="invalid_blocks", permanent=True), KeyError("x")],
    ids=["store", "slack", "unforeseen"],
)
def test_one_person_s_failure_does_not_end_the_drawing_for_others(failure: Exception) -> None:
    easel = Easel(failure)
    with tabs_with(easel) as tabs:
        tabs.opened(talk())
        tabs.opened(talk("U0BOB0000"))
        easel.wait(2)
    assert [who for who, _, _ in easel.drawn] == ["U0ALICE00", "U0BOB0000"]


def test_nothing_is_drawn_after_the_end() -> None:
    easel = Easel()
    with tabs_with(easel, gap=60.0) as tabs:
        tabs.opened(talk())
        easel.wait(1)
        tabs.refresh(talk())
        tabs.close()
        tabs.opened(talk("U0BOB0000"))
        tabs.close()
    assert len(easel.drawn) == 1


def test_a_person_s_channels_are_asked_once_while_they_use_the_tab(tmp_path: Path) -> None:
    with desk(tmp_path, mode="none") as it:
        client = web_client(BOT_TOKEN, api_url=it.slack.api_url)
        alice = talk(services=Services(it.app.kit), client=client)
        tabs = HomeTabs(gap=0.0)
        try:
            for n, ask in enumerate((tabs.opened, tabs.refresh, tabs.refresh, tabs.opened), start=1):
                ask(alice)
                assert it.slack.wait_for(lambda n=n: it.slack.count("views.publish") == n)
        finally:
            tabs.close()
        assert it.slack.count("users.conversations") == 2
        assert it.slack.homes["U0ALICE00"]["type"] == "home"
