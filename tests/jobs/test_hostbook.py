"""What was learnt of a host outlives the process that learnt it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import BadStatus, Refused
from bot.fetch import Fetcher, FetchSettings, Request
from bot.jobs import hostbook
from bot.store import hosts
from tests.jobs.newsdesk import NewsDesk
from tests.newsroom import LOOPBACK, STORY, Newsroom, Reply

SETTINGS = FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0, timeout=3.0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[NewsDesk]:
    made = NewsDesk(tmp_path, [])
    yield made
    made.close()


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        running.page("/story", STORY)
        running.page("/robots.txt", "User-agent: *\nDisallow: /private/\nCrawl-delay: 2\n")
        running.serve("/busy", Reply(status=429, headers=(("Retry-After", "600"),)))
        yield running


def test_a_later_run_asks_for_no_robots_and_keeps_to_the_pause(desk: NewsDesk, newsroom: Newsroom) -> None:
    with Fetcher(SETTINGS, wall=lambda: desk.now) as first:
        kit = replace(desk.kit, fetcher=first)
        assert hostbook.keep(kit) == 0
        first.get(Request(url=newsroom.url("/story")))
        assert hostbook.keep(kit) == 1
        assert hostbook.keep(kit) == 0
        with pytest.raises(BadStatus):
            first.get(Request(url=newsroom.url("/busy"), patience=10.0))
        assert hostbook.keep(kit) == 1
    with desk.db.read() as tx:
        (known,) = hosts.list_(tx)
    assert (known.host, known.crawl_delay, known.failures) == ("127.0.0.1", 2.0, 0)
    assert "Disallow: /private/" in (known.robots or "")
    assert known.retry_after is not None
    assert timedelta(minutes=9) < known.retry_after - desk.now <= timedelta(minutes=10)

    newsroom.forget()
    desk.now += timedelta(minutes=5)
    with Fetcher(SETTINGS, wall=lambda: desk.now) as second:
        assert hostbook.recall(replace(desk.kit, fetcher=second)) == 1
        assert 290 < second.ready_in("127.0.0.1") <= 300
        with pytest.raises(Refused) as refusal:
            second.get(Request(url=newsroom.url("/private/story")))
        assert refusal.value.reason == "robots"
    assert newsroom.requests == []


def test_a_pause_that_another_machine_was_asked_for_is_kept_to(desk: NewsDesk) -> None:
    with desk.db.begin() as tx:
        hosts.leave_alone(tx, "outlet.example", desk.now + timedelta(minutes=2))
    with Fetcher(SETTINGS, wall=lambda: desk.now) as fetcher:
        hostbook.recall(replace(desk.kit, fetcher=fetcher))
        assert 110 < fetcher.ready_in("www.outlet.example") <= 120
