"""What was learnt of a host outlives the process that learnt it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Outcome
from bot.errors import BadStatus, Refused, Unreachable
from bot.fetch import Fetcher, FetchSettings, Request
from bot.jobs import hostbook
from bot.jobs.check import check_now
from bot.jobs.hostbook import Budget
from bot.store import hosts, watches
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


def test_a_check_that_somebody_asks_for_writes_down_what_it_learnt_and_the_next_one_keeps_to_it(
    desk: NewsDesk, newsroom: Newsroom
) -> None:
    def check(path: str) -> tuple[Outcome, str]:
        url = newsroom.url(path)
        with Fetcher(SETTINGS, wall=lambda: desk.now) as fetcher:
            kit = replace(desk.kit, fetcher=fetcher)
            with desk.db.begin() as tx:
                watch, _ = watches.add(tx, url=url, key=url, now=desk.now)
            (result,) = check_now(kit, [watch], workers=1)
        return result.outcome, result.error

    assert check("/story") == (Outcome.FIRST_SEEN, "")
    assert [seen.path for seen in newsroom.requests] == ["/robots.txt", "/story"]
    assert _budgets(desk) == [_budget(last_success_at=desk.now)]

    newsroom.forget()
    desk.now += timedelta(minutes=5)
    outcome, _ = check("/busy")
    assert outcome is Outcome.FAILED
    assert [seen.path for seen in newsroom.requests] == ["/busy"], "robots.txt is known"
    (budget,) = _budgets(desk)
    assert (budget.why, budget.last_status) == ("as it asked", 429)

    newsroom.forget()
    desk.now += timedelta(minutes=1)
    outcome, error = check("/story")
    assert outcome is Outcome.HELD
    assert "asked for a pause" in error
    assert newsroom.requests == []


def test_a_host_is_said_to_have_answered_when_it_did_last(desk: NewsDesk, newsroom: Newsroom) -> None:
    newsroom.serve("/reset", Reply(reset_after=0))
    with Fetcher(SETTINGS, wall=lambda: desk.now) as fetcher:
        kit = replace(desk.kit, fetcher=fetcher)
        fetcher.get(Request(url=newsroom.url("/story")))
        hostbook.keep(kit)
        desk.now += timedelta(hours=1)
        fetcher.get(Request(url=newsroom.url("/story"), patience=10.0))
        assert hostbook.keep(kit) == 0
        assert _budgets(desk) == [_budget(last_success_at=desk.now)]
        answered_at = desk.now
        desk.now += timedelta(hours=1)
        with pytest.raises(Unreachable):
            fetcher.get(Request(url=newsroom.url("/reset"), patience=10.0))
        hostbook.keep(kit)
        assert _budgets(desk) == [_budget(last_success_at=answered_at, failures=1)]


def _budgets(desk: NewsDesk) -> list[Budget]:
    with desk.db.read() as tx:
        return hostbook.budgets(tx, desk.now)


def _budget(**more: Any) -> Budget:
    known: dict[str, Any] = {
        "host": "127.0.0.1",
        "gap": 2.0,
        "at_once": 2,
        "robots": "rules",
        "failures": 0,
        "requests": 2,
        "last_status": 200,
        "left_alone": None,
        "why": "",
        "last_success_at": None,
    }
    return Budget(**(known | more))
