"""Trouble that many stories have at once is told as one thing, to each owner once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core import health
from bot.core.model import AlertKind, Health, Target, Watch
from bot.fetch import Fetcher, FetchSettings
from bot.jobs import trouble
from bot.store import hosts, outbox, watches
from tests.jobs.newsdesk import NewsDesk

OPERATOR = Target(channel="terminal")
EDITOR = "U0EDITOR00"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewsDesk]:
    monkeypatch.setattr(trouble, "HOSTS", trouble.HostLog())
    running = NewsDesk(tmp_path, [], owners=(OPERATOR,), fetcher=Fetcher(FetchSettings()))
    yield running
    running.kit.fetcher.close()
    running.close()


def follow(desk: NewsDesk, count: int, host: str = "quay.example", **more: Any) -> list[Watch]:
    """So many stories of one site, read without trouble an hour ago."""
    with desk.db.begin() as tx:
        found = []
        for number in range(count):
            url = f"https://{host}/{len(more)}/{number}"
            watch, _ = watches.add(tx, url=url, key=url, now=desk.now, **more)
            watches.update(tx, watch.id, last_success_at=desk.now, last_checked_at=desk.now)
            found.append(watch)
    return found


def fail(desk: NewsDesk, watch: Watch, kind: str, words: str, failures: int = 4) -> None:
    """One more look that failed."""
    values = {
        "failures": failures,
        "last_error": words,
        "last_error_kind": kind,
        "failing_since": desk.now,
        "last_checked_at": desk.now,
    }
    look(desk, watch, **values)


def look(desk: NewsDesk, watch: Watch, **values: Any) -> None:
    with desk.db.begin() as tx:
        watches.update(tx, watch.id, **values)
        now = watches.get(tx, watch.id)
        assert now is not None
        trouble.after_check(tx, desk.kit, now, desk.now)


def succeed(desk: NewsDesk, watch: Watch) -> None:
    """One look that went well."""
    look(desk, watch, failures=0, last_error=None, last_error_kind=None, failing_since=None, last_success_at=desk.now)


def titles(desk: NewsDesk, target: Target = OPERATOR) -> Counter[str]:
    with desk.db.read() as tx:
        found = outbox.list_(tx, limit=None)
    assert {alert.kind for alert in found} <= {AlertKind.NOTICE}
    return Counter(str(alert.payload["title"]) for alert in found if alert.target == target)


def test_a_site_that_does_not_answer_is_one_notice_for_each_owner_and_one_when_it_is_over(desk: NewsDesk) -> None:
    ours = follow(desk, 40)
    theirs = follow(desk, 40, origin="slack", added_by=EDITOR)
    desk.now += timedelta(hours=7)
    for watch in [*ours, *theirs]:
        fail(desk, watch, "unreachable", "no answer in time")
    editor = Target(channel="slack", address=EDITOR)
    assert titles(desk) == titles(desk, editor) == {"Trouble with a site": 1}
    with desk.db.read() as tx:
        (text, hint) = outbox.list_(tx)[0].payload["lines"]
    assert text == "Failing: 80 stories of quay.example. Not read for 7 h: no answer in time"
    assert "stet list --trouble" in hint

    desk.now += timedelta(days=7, hours=1)
    for watch in [*ours, *theirs]:
        fail(desk, watch, "unreachable", "no answer in time", failures=30)
    assert titles(desk) == {"Trouble with a site": 1, "Still trouble with a site": 1}

    for watch in [*ours, *theirs]:
        succeed(desk, watch)
    over = {"Trouble with a site": 1, "Still trouble with a site": 1, "A site reads again": 1}
    assert titles(desk) == titles(desk, editor) == over

    desk.now += timedelta(hours=7)
    for watch in ours:
        fail(desk, watch, "unreachable", "no answer in time")
    assert titles(desk)["Trouble with a site"] == 2, "the next time is told again"


def test_a_site_is_told_with_the_second_of_its_stories_and_the_only_one_by_itself(desk: NewsDesk) -> None:
    (alone,) = follow(desk, 1)
    elsewhere = follow(desk, 2, host="pier.example")
    desk.now += timedelta(hours=7)
    fail(desk, alone, "unreachable", "no answer in time")
    assert titles(desk) == {"Trouble with a watched story": 1}
    fail(desk, elsewhere[0], "unreachable", "no answer in time")
    fail(desk, elsewhere[1], "unreachable", "no answer in time")
    assert titles(desk) == {"Trouble with a watched story": 1, "Trouble with a site": 1}
    succeed(desk, alone)
    assert titles(desk)["A watched story reads again"] == 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [("status", "HTTP 503"), ("blocked", "HTTP 403"), ("not_article", "no story in the page")],
)
def test_what_a_site_answers_is_told_for_three_stories_and_then_for_the_site(
    desk: NewsDesk, kind: str, words: str
) -> None:
    stories = follow(desk, 30)
    desk.now += timedelta(hours=7)
    for watch in stories:
        fail(desk, watch, kind, words)
    assert titles(desk) == {"Trouble with a watched story": trouble.MANY, "Trouble with a site": 1}
    with desk.db.read() as tx:
        assert watches.count(tx, health=Health.OK) == 0, "each is listed as what it is"
    for watch in stories[1:-1]:
        succeed(desk, watch)
    assert titles(desk)["A watched story reads again"] == trouble.MANY - 1
    assert titles(desk)["A site reads again"] == 0, "one of its stories does not"
    succeed(desk, stories[-1])
    assert titles(desk)["A site reads again"] == 1


def test_trouble_of_stories_that_were_removed_does_not_silence_the_next(desk: NewsDesk) -> None:
    first = follow(desk, 2)
    desk.now += timedelta(hours=7)
    for watch in first:
        fail(desk, watch, "unreachable", "no answer in time")
    with desk.db.begin() as tx:
        for watch in first:
            watches.remove(tx, watch.id, desk.now)
    then = follow(desk, 2, label="again")
    desk.now += timedelta(hours=7)
    for watch in then:
        fail(desk, watch, "unreachable", "no answer in time")
    assert titles(desk) == {"Trouble with a site": 2}


def test_stories_that_nobody_looks_at_are_one_notice_an_hour_after_waking_and_one_when_it_is_over(
    desk: NewsDesk,
) -> None:
    stories = follow(desk, 300)
    desk.now += timedelta(hours=9)
    assert trouble.unseen(desk.kit, desk.now) == 300
    assert titles(desk) == {}, "the computer may just have woken"
    for _ in range(3):
        desk.now += timedelta(hours=1)
        trouble.unseen(desk.kit, desk.now)
    assert titles(desk) == {"Nobody looks at stories": 1}
    with desk.db.begin() as tx:
        for watch in stories:
            watches.update(tx, watch.id, next_check_at=desk.now)
    assert trouble.unseen(desk.kit, desk.now) == 0
    assert titles(desk) == {"Nobody looks at stories": 1, "Stories are looked at again": 1}
    assert trouble.unseen(desk.kit, desk.now) == 0
    assert titles(desk).total() == 2


def test_stories_of_sites_that_may_not_be_asked_are_not_forgotten_ones(desk: NewsDesk) -> None:
    for host in ("pause.example", "silent.example", "rest.example"):
        follow(desk, 3, host=host)
    desk.now += timedelta(hours=9)
    desk.kit.fetcher.leave_alone("rest.example", 600)
    with desk.db.begin() as tx:
        hosts.leave_alone(tx, "pause.example", desk.now + timedelta(hours=2))
        hosts.put(tx, "silent.example", failures=4)
    assert trouble.unseen(desk.kit, desk.now) == 0
    follow(desk, 2)
    desk.now += timedelta(hours=1, minutes=30)
    assert trouble.unseen(desk.kit, desk.now) == 0
    desk.now += timedelta(hours=5)
    assert trouble.unseen(desk.kit, desk.now) == 5, "the pause is over, too"


def test_a_story_that_changes_all_day_is_told_once_and_when_it_is_quiet_again(desk: NewsDesk) -> None:
    for edit in range(health.DEFAULT.noisy_changes + 2):
        watch = desk.story(1, f"The ferry carries {edit} people today.", headline="Ferry")
    for _ in range(3):
        look(desk, watch, quiet_checks=0)
    with desk.db.read() as tx:
        (told,) = outbox.list_(tx)
    assert (told.payload["title"], told.watch_id) == ("Trouble with a watched story", watch.id)
    assert told.payload["lines"][0].startswith("Noisy: ")
    desk.now += timedelta(hours=25)
    look(desk, watch, last_success_at=desk.now, last_checked_at=desk.now)
    assert titles(desk) == {"Trouble with a watched story": 1, "A watched story is quiet again": 1}
