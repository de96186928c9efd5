"""``/stet`` as people type it, answered by the whole program over Socket Mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slack_newsroom import Desk, desk

NEWS = "C0NEWS0000"


@pytest.fixture
def news(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as it:
        yield it


def test_help_is_what_an_empty_command_means(news: Desk) -> None:
    answer = news.text("")
    assert "/stet add" in answer
    assert news.text("help mute").startswith("/stet mute 17")


def test_adding_a_story_saves_its_first_version_and_says_so_in_the_channel(news: Desk) -> None:
    url = news.story("ferry")
    answer = news.text(f"add <{url}|ferry> every 15m label “Ferry”")
    assert (
        answer == f"Watching “<{url}|Ferry>” every 15 minutes in <#{NEWS}>. First version saved (160 words). Watch 1."
    )
    [line] = news.slack.wait_for(lambda: news.slack.posted(NEWS))
    assert line["text"] == f"<@U0ALICE00> asked me to watch “<{url}|Ferry>” here (watch 1)."
