"""A site that does not answer is left alone for a while; the owners of all its stories hear of it when that lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.core.model import AlertKind, Health, Outcome, Target, Watch
from bot.fetch import Fetcher, FetchSettings
from bot.jobs import trouble
from bot.jobs.check import check_claimed
from bot.jobs.kit import Kit
from bot.store import outbox, watches
from tests.jobs.newsdesk import NewsDesk
from tests.newsroom import LOOPBACK, STORY, Newsroom

SETTINGS = FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0, timeout=3.0, patience=0.0, robots=False)
STORIES = 3


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewsDesk]:
    monkeypatch.setattr(trouble, "HOSTS", trouble.HostLog())
    running = NewsDesk(tmp_path, [])
    yield running
    running.close()


@pytest.fixture
def kit(desk: NewsDesk) -> Iterator[Kit]:
    with Fetcher(SETTINGS, wall=lambda: desk.now) as fetcher:
        yield replace(desk.kit, fetcher=fetcher, owners=(Target(channel="terminal"),))


def _stored(kit: Kit) -> list[Watch]:
    with kit.db.read() as tx:
        return watches.list_(tx)


def _titles(kit: Kit) -> list[str]:
    with kit.db.read() as tx:
        return sorted(str(one.payload["title"]) for one in outbox.list_(tx) if one.kind is AlertKind.NOTICE)


def test_stories_that_nobody_could_ask_for_are_told_after_six_hours_and_when_they_read_again(
    desk: NewsDesk, kit: Kit
) -> None:
    with Newsroom() as newsroom:
        with kit.db.begin() as tx:
            for number in range(STORIES):
                newsroom.page(f"/{number}", STORY.replace("</h1>", f" part {number}</h1>"))
                watches.add(tx, url=newsroom.url(f"/{number}"), key=f"//{number}", now=desk.now)
        assert {one.outcome for one in check_claimed(kit, _stored(kit), workers=2)} == {Outcome.FIRST_SEEN}

        kit.fetcher.politeness.leave_alone("127.0.0.1", 600.0, "no answer")
        desk.now += timedelta(hours=5)
        assert {one.error_kind for one in check_claimed(kit, _stored(kit), workers=2)} == {"down"}
        assert {(watch.health, watch.failures) for watch in _stored(kit)} == {(Health.OK, 0)}

        desk.now += timedelta(hours=2)
        for _ in range(3):
            assert {one.error_kind for one in check_claimed(kit, _stored(kit), workers=2)} == {"down"}
            desk.now += timedelta(minutes=5)
        failing = _stored(kit)
        assert {watch.health for watch in failing} == {Health.FAILING}
        assert {(watch.next_check_at - desk.now) < timedelta(minutes=10) for watch in failing} == {True}
        assert _titles(kit) == ["Trouble with a site"], "one site, one notice"

    with Newsroom() as again, Fetcher(SETTINGS, wall=lambda: desk.now) as fetcher:
        with kit.db.begin() as tx:
            for number, watch in enumerate(failing):
                again.page(f"/{number}", STORY.replace("</h1>", f" part {number}</h1>"))
                watches.update(tx, watch.id, url=again.url(f"/{number}"))
        check_claimed(replace(kit, fetcher=fetcher), _stored(kit), workers=2)
    assert {(watch.health, watch.failures) for watch in _stored(kit)} == {(Health.OK, 0)}
    assert _titles(kit) == ["A site reads again", "Trouble with a site"]


def test_a_driven_clock_moves_the_pauses_of_hosts(tmp_path: Path) -> None:
    clock = [datetime(2026, 11, 24, 6, 0, tzinfo=UTC)]
    config = parse({"fetch": {"host_gap": 30}}, {})
    with App.open(config, tmp_path, console=Console(file=StringIO()), clock=lambda: clock[0]) as app:
        app.kit.fetcher.leave_alone("quay.example", 600.0)
        assert "quay.example" in app.kit.fetcher.resting()
        clock[0] += timedelta(minutes=11)
        assert "quay.example" not in app.kit.fetcher.resting()
