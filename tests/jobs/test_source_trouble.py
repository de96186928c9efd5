"""Sources of one site that fail together are one notice that names them, and one when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import AlertKind, Source, SourceKind, Target, Watch
from bot.errors import BadStatus, CheckError, Unreachable
from bot.fetch import Fetcher, FetchSettings
from bot.jobs import source_trouble, trouble
from bot.store import outbox, sources, watches
from tests.jobs.newsdesk import NewsDesk

DEAD = Unreachable("no answer in time", subject="https://quay.example/rss")
BROKEN = BadStatus("HTTP 500", status=500, subject="https://quay.example/rss")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewsDesk]:
    monkeypatch.setattr(trouble, "HOSTS", trouble.HostLog())
    running = NewsDesk(tmp_path, [], owners=(Target(channel="terminal"),), fetcher=Fetcher(FetchSettings()))
    yield running
    running.kit.fetcher.close()
    running.close()


def follow(desk: NewsDesk, count: int, host: str = "quay.example") -> list[Source]:
    """So many feeds of one site, read without trouble now."""
    found = []
    with desk.db.begin() as tx:
        for number in range(count):
            url = f"https://{host}/{number}.xml"
            source, _ = sources.add(tx, url=url, kind=SourceKind.FEED, now=desk.now, title=f"Desk {number}")
            sources.update(tx, source.id, last_success_at=desk.now, last_new_at=desk.now)
            found.append(source)
    return found


def look(desk: NewsDesk, source: Source, error: CheckError | None, failures: int = 4) -> None:
    """One more look at a source, with its end written as the job writes it."""
    values: dict[str, Any] = {"failures": failures, "last_error": str(error)}
    if error is None:
        values = {"failures": 0, "last_error": None, "last_success_at": desk.now, "last_new_at": desk.now}
    with desk.db.begin() as tx:
        sources.update(tx, source.id, **values)
        now = sources.get(tx, source.id)
        assert now is not None
        source_trouble.after_look(tx, desk.kit, now, desk.now, error=error)


def told(desk: NewsDesk) -> list[tuple[str, list[str]]]:
    with desk.db.read() as tx:
        found = outbox.list_(tx, limit=None)
    assert {alert.kind for alert in found} <= {AlertKind.NOTICE}
    return [(str(one.payload["title"]), list(one.payload["lines"])) for one in sorted(found, key=lambda one: one.id)]


def titles(desk: NewsDesk) -> Counter[str]:
    return Counter(title for title, _ in told(desk))


@pytest.mark.parametrize("error", [DEAD, BROKEN])
def test_feeds_of_one_site_that_fail_together_are_one_notice_naming_them(desk: NewsDesk, error: CheckError) -> None:
    feeds = follow(desk, 3)
    desk.now += timedelta(hours=2)
    for one in feeds:
        look(desk, one, error, failures=2)
    assert told(desk) == [], "one error is no trouble yet"
    desk.now += timedelta(hours=5)
    for one in feeds:
        look(desk, one, error)
    ((title, lines),) = told(desk)
    assert title == "Trouble with a site"
    assert lines[0].startswith("Failing: 3 sources of quay.example. Not read for 7 h: ")
    assert lines[1:] == [f"Desk {n}: https://quay.example/{n}.xml" for n in range(3)]

    desk.now += timedelta(days=7, hours=1)
    for one in feeds:
        look(desk, one, error, failures=30)
    assert titles(desk) == {"Trouble with a site": 1, "Still trouble with a site": 1}

    for one in feeds:
        look(desk, one, None)
    assert titles(desk) == {"Trouble with a site": 1, "Still trouble with a site": 1, "A site reads again": 1}
    assert told(desk)[-1][1] == ["Reads again after 7 days: quay.example"]

    desk.now += timedelta(hours=7)
    for failures in (1, 4):
        for one in feeds:
            look(desk, one, error, failures=failures)
    assert titles(desk)["Trouble with a site"] == 2, "the next time is told again"


def test_one_feed_of_several_that_fails_is_told_by_itself(desk: NewsDesk) -> None:
    one, other = follow(desk, 2)
    elsewhere = follow(desk, 1, host="pier.example")
    desk.now += timedelta(hours=7)
    look(desk, other, None)
    look(desk, elsewhere[0], BROKEN)
    look(desk, one, BROKEN)
    assert titles(desk) == {"Trouble with a source of stories": 2}
    look(desk, one, None)
    assert titles(desk)["A source reads again"] == 1


def test_a_feed_that_was_named_with_its_site_and_reads_again_first_says_nothing(desk: NewsDesk) -> None:
    feeds = follow(desk, 3)
    desk.now += timedelta(hours=7)
    look(desk, feeds[2], BROKEN, failures=1)
    look(desk, feeds[1], BROKEN, failures=1)
    look(desk, feeds[0], BROKEN)
    assert told(desk)[0][1][0].startswith("Failing: 3 sources of quay.example.")
    look(desk, feeds[1], BROKEN, failures=2)
    look(desk, feeds[1], None)
    look(desk, feeds[2], None)
    assert titles(desk) == {"Trouble with a site": 1}, "one of them still fails"
    look(desk, feeds[0], None)
    assert titles(desk) == {"Trouble with a site": 1, "A site reads again": 1}


def test_a_feed_that_begins_to_fail_later_than_its_site_is_told_by_itself(desk: NewsDesk) -> None:
    first, second, late = follow(desk, 3)
    desk.now += timedelta(hours=7)
    look(desk, late, None)
    look(desk, second, BROKEN, failures=1)
    for one in (first, second):
        look(desk, one, BROKEN)
    desk.now += timedelta(hours=7)
    look(desk, late, BROKEN)
    assert titles(desk) == {"Trouble with a site": 1, "Trouble with a source of stories": 1}


def fail(desk: NewsDesk, watch: Watch, *, over: bool = False) -> None:
    """One more look at a story of a site that does not answer, or answers again."""
    values: dict[str, Any] = {"failures": 4, "last_error": "no answer", "last_error_kind": "unreachable"}
    if over:
        values = {"failures": 0, "last_error": None, "last_error_kind": None, "last_success_at": desk.now}
    with desk.db.begin() as tx:
        watches.update(tx, watch.id, **values)
        now = watches.get(tx, watch.id)
        assert now is not None
        trouble.after_check(tx, desk.kit, replace(now), desk.now)


def stories(desk: NewsDesk, count: int) -> list[Watch]:
    with desk.db.begin() as tx:
        found = []
        for number in range(count):
            url = f"https://quay.example/story/{number}"
            watch, _ = watches.add(tx, url=url, key=url, now=desk.now)
            watches.update(tx, watch.id, last_success_at=desk.now, last_checked_at=desk.now)
            found.append(watch)
    return found


@pytest.mark.parametrize("first", ["stories", "feeds", "one feed"])
def test_stories_and_feeds_of_a_site_that_does_not_answer_are_one_notice(desk: NewsDesk, first: str) -> None:
    feeds, all_ = follow(desk, 1 if first == "one feed" else 2), stories(desk, 4)
    desk.now += timedelta(hours=7)
    for one in feeds:
        look(desk, one, DEAD, failures=2)
    if first == "feeds":
        for one in feeds:
            look(desk, one, DEAD)
    for story in all_:
        fail(desk, story)
    for one in feeds:
        look(desk, one, DEAD)
    ((title, lines),) = told(desk)
    assert title == "Trouble with a site"
    assert "Desk 0" in " ".join(lines), "the sources are named"

    for story in all_:
        fail(desk, story, over=True)
    for one in feeds:
        look(desk, one, None)
    assert titles(desk) == {"Trouble with a site": 1, "A site reads again": 1}


def test_an_outage_of_our_own_is_no_trouble_of_the_feeds(desk: NewsDesk) -> None:
    feeds = follow(desk, 2)
    desk.now += timedelta(hours=7)
    for host in ("quay.example", "pier.example", "dock.example"):
        trouble.HOSTS.add(host, desk.now, answered=False)
    for one in feeds:
        look(desk, one, DEAD)
    assert told(desk) == []
