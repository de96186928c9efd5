"""Hosts that hang: they hold threads of their own, and no story of another site waits behind them. Nothing is timed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Outcome
from bot.fetch import Fetcher, FetchSettings
from bot.jobs.check import Checker
from bot.jobs.crew import Crew
from bot.jobs.kit import Kit
from bot.jobs.record import Result
from bot.store import watches
from tests.jobs.newsdesk import NewsDesk
from tests.newsroom import LOOPBACK, STORY, Newsroom, Reply, Seen

HANGING = tuple(f"127.0.4.{number}" for number in range(1, 7))
WELL = "127.0.4.100"
SETTINGS = FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0, timeout=20.0, patience=0.0, robots=False)
LEASE = timedelta(minutes=5)


class Site:
    """Hosts that answer only when ``let_go`` is set, and one that always does."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.let_go = threading.Event()
        for host in HANGING:
            newsroom.answer("/story", self._answer, host=host)
        for number in range(30):
            newsroom.page(f"/{number}", STORY, host=WELL)

    def _answer(self, seen: Seen) -> Reply:
        self.let_go.wait(60)
        return Reply(body=STORY.encode())

    def is_asked(self, host: str) -> bool:
        return any(seen.address == host for seen in self.newsroom.requests)


@pytest.fixture
def site() -> Iterator[Site]:
    with Newsroom(addresses=(*HANGING, WELL)) as newsroom:
        made = Site(newsroom)
        yield made
        made.let_go.set()


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    desk = NewsDesk(tmp_path, [])
    with Fetcher(SETTINGS, wall=lambda: desk.now) as fetcher:
        yield replace(desk.kit, fetcher=fetcher)
    desk.close()


def _follow(kit: Kit, *urls: str) -> None:
    with kit.db.begin() as tx:
        for url in urls:
            watches.add(tx, url=url, key=url, now=kit.clock())


def test_all_others_are_checked_while_more_hosts_hang_than_there_are_threads(kit: Kit, site: Site) -> None:
    hanging = [site.newsroom.url("/story", host) for host in HANGING]
    well = [site.newsroom.url(f"/{number}", WELL) for number in range(30)]
    _follow(kit, *hanging)
    came: list[Result] = []
    checker = Checker(kit, workers=2, per_host=2, lease=LEASE, on_result=came.append, held_after=0.0)
    while not all(map(site.is_asked, HANGING)):
        checker.work()
    _follow(kit, *well)
    while len(came) < len(well):
        checker.work()
    assert {result.url for result in came} == set(well)
    assert {result.outcome for result in came} == {Outcome.FIRST_SEEN}
    site.let_go.set()
    checker.work(wait_for_all=True)
    checker.close()
    assert {result.url for result in came} == {*hanging, *well}
    assert {result.outcome for result in came} == {Outcome.FIRST_SEEN}


def test_half_of_the_stand_ins_are_kept_from_hosts_that_hung_before(kit: Kit, site: Site) -> None:
    fresh, known = HANGING[:2], HANGING[2]
    came: list[Result] = []
    checker = Checker(kit, workers=1, per_host=2, lease=LEASE, on_result=came.append, held_after=0.0)
    kit.fetcher.politeness.failed(known)
    for host in fresh:
        _follow(kit, site.newsroom.url("/story", host))
        while not site.is_asked(host):
            checker.work()
    _follow(kit, site.newsroom.url("/story", known), site.newsroom.url("/0", WELL))
    while not came:
        checker.work()
    assert [result.url for result in came] == [site.newsroom.url("/0", WELL)]
    checker.work()
    assert not site.is_asked(known), "two of four stand-ins are taken, the others are for those who hang anew"
    site.let_go.set()
    checker.work(wait_for_all=True)
    checker.close()
    assert site.is_asked(known)
    assert len(came) == 4


def test_a_host_that_hung_before_is_asked_by_one_thread_at_a_time(kit: Kit, site: Site) -> None:
    host = HANGING[0]
    for number in range(3):
        site.newsroom.answer(f"/story/{number}", lambda seen: site.newsroom.fallback(seen), host=host)
    _follow(kit, site.newsroom.url("/story", host), *(site.newsroom.url(f"/story/{n}", host) for n in range(3)))
    kit.fetcher.politeness.failed(host)
    came: list[Result] = []
    checker = Checker(kit, workers=4, per_host=2, lease=LEASE, on_result=came.append)
    while not site.is_asked(host):
        checker.work()
    checker.work()
    assert (came, len(site.newsroom.requests)) == ([], 1)
    site.let_go.set()
    checker.work(wait_for_all=True)
    checker.close()
    assert len(came) == 4


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_task_that_is_held_up_gets_a_stand_in_and_not_before_its_time() -> None:
    clock, let_go, done = Clock(), threading.Event(), threading.Event()
    begun = threading.Semaphore(0)

    def hang() -> None:
        begun.release()
        let_go.wait(60)

    crew = Crew(1, spare=1, patience=5.0, clock=clock)
    crew.submit(hang)
    assert begun.acquire(timeout=20)
    crew.submit(done.set)
    clock.now = 4.0
    assert (crew.relieve(), crew.waiting) == (0, 1)
    clock.now = 5.0
    assert crew.relieve() == 1
    assert done.wait(20)
    for _ in range(2):
        crew.submit(hang)
    assert begun.acquire(timeout=20), "the stand-in takes one"
    clock.now = 20.0
    assert (crew.relieve(), crew.waiting) == (2, 1), "and there is no third thread"
    let_go.set()
    assert begun.acquire(timeout=20)
    crew.close()


def test_a_task_that_only_needs_a_core_is_not_held_up() -> None:
    clock, let_go = Clock(), threading.Event()
    begun = threading.Semaphore(0)

    def work() -> None:
        crew.goes_on()
        begun.release()
        let_go.wait(60)

    crew = Crew(1, spare=3, patience=1.0, clock=clock)
    crew.submit(work)
    crew.submit(work)
    assert begun.acquire(timeout=20)
    clock.now = 50.0
    assert (crew.relieve(), crew.waiting) == (0, 1)
    let_go.set()
    assert begun.acquire(timeout=20)
    crew.close()


def test_when_work_goes_on_the_stand_ins_leave_and_the_crew_is_as_large_as_before() -> None:
    clock, let_go = Clock(), threading.Event()
    begun, ended = threading.Semaphore(0), threading.Semaphore(0)

    def hang() -> None:
        begun.release()
        let_go.wait(60)
        ended.release()

    crew = Crew(2, spare=4, patience=1.0, name="test-crew", clock=clock)
    for _ in range(3):
        for _ in range(2):
            crew.submit(hang)
        clock.now += 1.0
        crew.relieve()
        assert all(begun.acquire(timeout=20) for _ in range(2))
    let_go.set()
    assert all(ended.acquire(timeout=20) for _ in range(6))
    mine = [thread for thread in threading.enumerate() if thread.name.startswith("test-crew")]
    crew.relieve()
    for _ in range(200):
        alive = [thread for thread in mine if thread.is_alive()]
        if len(alive) <= 2:
            break
        alive[0].join(0.05)
    assert len(alive) == 2
    crew.close()
    for thread in mine:
        thread.join(20)
    assert not any(thread.is_alive() for thread in mine)
