"""The service's checker leaves resting hosts alone, and takes no pause for an outage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Outcome, Watch
from bot.fetch import Fetcher, FetchSettings
from bot.jobs import check, trouble
from bot.jobs.check import Checker, check_claimed
from bot.jobs.kit import Kit
from bot.jobs.record import Result
from bot.store import watches
from tests.jobs.newsdesk import NewsDesk
from tests.newsroom import LOOPBACK, STORY, Newsroom

SETTINGS = FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0, timeout=3.0, patience=0.0, robots=False)


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        for number in range(3):
            running.page(f"/{number}", STORY)
        yield running


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    desk = NewsDesk(tmp_path, [])
    with Fetcher(SETTINGS, wall=lambda: desk.now) as fetcher:
        yield replace(desk.kit, fetcher=fetcher)
    desk.close()


def _add(kit: Kit, newsroom: Newsroom) -> list[Watch]:
    with kit.db.begin() as tx:
        added = [newsroom.url(f"/{number}") for number in range(3)]
        return [watches.add(tx, url=url, key=url, now=kit.clock())[0] for url in added]


def _stored(kit: Kit) -> list[Watch]:
    with kit.db.read() as tx:
        return watches.list_(tx)


def _work(kit: Kit) -> list[Result]:
    came: list[Result] = []
    checker = Checker(kit, workers=4, per_host=4, lease=timedelta(minutes=5), on_result=came.append)
    checker.work(wait_for_all=True)
    checker.close()
    return came


def test_due_stories_are_looked_at(kit: Kit, newsroom: Newsroom) -> None:
    _add(kit, newsroom)
    assert sorted(result.outcome for result in _work(kit)) == [Outcome.FIRST_SEEN] * 3


def test_stories_of_a_resting_host_stay_due_and_are_not_claimed(kit: Kit, newsroom: Newsroom) -> None:
    before = [watch.next_check_at for watch in _add(kit, newsroom)]
    kit.fetcher.leave_alone("127.0.0.1", 600)
    assert _work(kit) == []
    assert [watch.next_check_at for watch in _stored(kit)] == before


@pytest.mark.parametrize(("why", "kind", "silent"), [("retry-after", "paused", 3), ("no answer", "down", 2)])
def test_a_pause_is_no_failure_and_says_nothing_about_an_outage(
    kit: Kit, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, why: str, kind: str, silent: int
) -> None:
    log = trouble.HostLog()
    monkeypatch.setattr(trouble, "HOSTS", log)
    chosen = _add(kit, newsroom)
    for number in range(silent):
        log.add(f"{number}.example", kit.clock(), answered=False)
    before = log.outage(kit.clock())
    assert before is (silent == 3)
    kit.fetcher.politeness.leave_alone("127.0.0.1", 600, why)
    results = check_claimed(kit, chosen, workers=2)
    assert {result.outcome for result in results} == {Outcome.HELD}
    assert {result.error_kind for result in results} == {kind}
    assert [watch.failures for watch in _stored(kit)] == [0, 0, 0]
    assert log.outage(kit.clock()) is before, "nothing was sent, so nothing was learnt"


def test_when_there_is_enough_no_further_look_begins(kit: Kit, newsroom: Newsroom) -> None:
    results = check_claimed(kit, _add(kit, newsroom), workers=1, enough=lambda: bool(newsroom.requests))
    assert [result.outcome for result in results] == [Outcome.FIRST_SEEN]
    assert len(newsroom.requests) == 1


def test_somebody_who_asks_waits_longer_than_the_service_does() -> None:
    assert check.LONG >= 60 > check.SHORT


def test_a_crowd_that_fell_due_while_nobody_looked_is_spread_and_the_most_overdue_go_first(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "CROWD", 6)
    now = kit.clock()
    with kit.db.begin() as tx:
        for number in range(8):
            url = f"https://quay.example/{number}"
            watch, _ = watches.add(
                tx, url=url, key=url, now=now, every=300, next_check_at=now - timedelta(hours=number)
            )
            seen = now - timedelta(days=1) if number != 3 else None
            watches.update(tx, watch.id, last_checked_at=seen, next_check_at=now - timedelta(hours=number, seconds=1))
    assert check.spread_overdue(kit) == 7
    due = {watch.url[-1]: watch.next_check_at for watch in _stored(kit)}
    assert due.pop("3") < now, "a new story waits for nobody"
    assert sorted(due, key=lambda one: due[one]) == ["7", "6", "5", "4", "2", "1", "0"]
    assert now == due["7"] < due["0"] < now + timedelta(seconds=300)
    assert check.spread_overdue(kit) == 0
