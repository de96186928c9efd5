"""Pages that need a browser: rendered by a Chromium that reaches nothing except through the door."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator

import pytest

from bot.errors import BadStatus, Refused, Unreachable
from bot.fetch import Fetcher, FetchSettings, Page, Request
from tests.newsroom import LOOPBACK, Newsroom, Reply


def _no_browser() -> str:
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    from bot.fetch.browser import find_browser

    try:
        find_browser()
    except Refused as error:
        return error.message
    return ""


pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(_no_browser()), reason="no Chromium")]

SHELL = """<!doctype html><html><head><title>Shell</title></head><body><main id=story>Loading</main>
<script src="/app.js"></script></body></html>"""

APP = """
fetch('/story.json').then(r => r.json()).then(story => {
  document.getElementById('story').innerHTML = '<h1>' + story.headline + '</h1>';
});
"""


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        running.page("/story", SHELL)
        running.serve("/app.js", Reply(status=302, headers=(("Location", "/app-1.js"),)))
        running.serve("/app-1.js", Reply(body=APP.encode(), content_type="text/javascript"))
        running.serve("/story.json", Reply(body=b'{"headline": "Bridge closed"}', content_type="application/json"))
        yield running


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    settings = FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0, timeout=8.0, robots=False, contact="a@b.example")
    with Fetcher(settings) as fetching:
        yield fetching


def rendered(fetcher: Fetcher, url: str, **more: str) -> Page:
    from bot.fetch.browser import get_rendered

    page = get_rendered(fetcher, Request(url=url, **more))  # type: ignore[arg-type]
    assert isinstance(page, Page)
    return page


def test_a_page_is_read_as_it_stands_after_its_scripts_ran(newsroom: Newsroom, fetcher: Fetcher) -> None:
    page = rendered(fetcher, newsroom.url("/story"), etag=newsroom.page("/story", SHELL).etag or "")
    assert b"<h1>Bridge closed</h1>" in page.body
    assert (page.status, page.charset, page.etag) == (200, "utf-8", None)
    assert {seen.headers["user-agent"] for seen in newsroom.requests} == {fetcher.user_agent}
    assert len(newsroom.seen("/story")) == 1


def test_what_a_page_asks_for_inside_is_stopped_and_the_rest_goes_on(newsroom: Newsroom, fetcher: Fetcher) -> None:
    with Newsroom() as inside:
        # The inner server stands on a loopback address too, so the door is told to keep that one shut.
        settings = FetchSettings(allow_private=("127.0.0.1/32",), host_gap=0.0, timeout=8.0, robots=False)
        trap = inside.url("/secret", "127.0.0.2")
        newsroom.page(
            "/trap",
            f"""<body><main id=story>-</main><img src="{trap}"><iframe src="{trap}"></iframe>
            <script src="http://169.254.169.254/latest/meta-data/"></script><script src="{trap}"></script>
            <script>
              const say = text => document.getElementById('story').append(text + ' ');
              fetch('{trap}').then(() => say('LEAKED'), () => say('stopped'));
              fetch('http://[::1]:{inside.port}/').then(() => say('LEAKED'), () => say('stopped'));
              fetch('/story.json', {{method: 'POST'}}).then(() => say('POSTED'), () => say('stopped'));
              try {{ new WebSocket('ws://127.0.0.1:{inside.port}/ws').onopen = () => say('LEAKED'); }} catch (e) {{}}
            </script></body>""",
        )
        with Fetcher(settings) as guarded:
            page = rendered(guarded, newsroom.url("/trap"))
        assert inside.requests == []
    assert page.body.count(b"stopped") >= 3
    assert b"LEAKED " not in page.body
    assert b"POSTED " not in page.body


def test_a_page_that_never_ends_is_ended_and_the_next_one_is_rendered(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.page("/loop", "<body><p>before</p><script>for (;;) {}</script></body>")
    with Fetcher(FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0, timeout=1.5, robots=False)) as impatient:
        started = time.monotonic()
        with pytest.raises(Unreachable):
            rendered(impatient, newsroom.url("/loop"))
        assert time.monotonic() - started < 40
    assert b"Bridge closed" in rendered(fetcher, newsroom.url("/story")).body


def test_a_page_that_keeps_asking_is_read_as_it_is(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.page(
        "/ticker",
        "<body><p id=n>0</p><script>setInterval(() => fetch('/story.json?' + Math.random()), 100)</script></body>",
    )
    assert b'id="n"' in rendered(fetcher, newsroom.url("/ticker")).body


def test_a_page_that_does_not_come_is_not_rendered(newsroom: Newsroom, fetcher: Fetcher) -> None:
    with pytest.raises(BadStatus):
        rendered(fetcher, newsroom.url("/nowhere"))
    with pytest.raises(Refused):
        rendered(fetcher, "http://10.0.0.1/")
