"""Digests out of a database: once per date, net change, quiet weeks, two processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.core import digest as digest_
from bot.core.digest import Digest
from bot.core.model import Alert, AlertKind, Health, Route, Target
from bot.core.tokens import story_rule
from bot.errors import UsageError
from bot.jobs.digest import everything, preview, tick
from bot.store import digests, outbox, targets, watches
from tests.jobs.newsdesk import DESK, HOUR, START, NewsDesk

DAY = timedelta(days=1)
SECOND = Target(channel="email", address="second@paper.example")
WORLD = Route(name="world", targets=(DESK,), digest="daily", digest_at="07:00", timezone="UTC")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[NewsDesk]:
    made = NewsDesk(tmp_path, [WORLD])
    yield made
    made.close()


def told(alert: Alert) -> Digest:
    return digest_.from_json(alert.payload["digest"])


def test_a_digest_goes_out_once_with_the_net_change_of_each_story(desk: NewsDesk) -> None:
    desk.story(1, "The donation of £40,000 was declared.", at=START - DAY)
    desk.story(2, "The bridge is closed.", headline="Bridge shut", at=START - DAY)
    desk.story(1, "The donation of £30,000 was declared.", at=START + HOUR)
    desk.story(1, "The donation of £14,000 was declared.", at=START + 2 * HOUR)
    desk.story(2, "The bridge is closed.", headline="Bridge closed for good", at=START + 3 * HOUR)
    [alert] = tick(desk.kit, START + DAY)
    assert (alert.kind, alert.target, alert.route) == (AlertKind.DIGEST, DESK, "world")
    found = told(alert)
    assert (found.start, found.end) == (START, START + DAY)
    [text] = found.texts + found.minor
    assert (text.old_n, text.new_n, text.times) == (1, 3, 2)
    assert "£40,000" in text.pairs[0].before
    assert "£14,000" in text.pairs[0].after
    [headline] = found.headlines
    assert (headline.headline_before, headline.headline) == ("Bridge shut", "Bridge closed for good")
    assert found.numbers.changes == 3
    assert tick(desk.kit, START + DAY + HOUR) == []
    with desk.db.read() as tx:
        row = digests.on(tx, DESK.key, "world", date(2026, 11, 24))
        assert row is not None
        assert (row.alert_id, row.stories) == (alert.id, 2)


def test_changes_on_the_windows_edges_are_in_exactly_one_digest(desk: NewsDesk) -> None:
    edge = START + DAY
    times = [START, START + timedelta(microseconds=1), edge, edge + timedelta(microseconds=1), edge + DAY]
    for number, at in enumerate(times):
        desk.story(number, "One.", at=START - DAY)
        desk.story(number, "Two, and more.", at=at)
    listed = []
    for day in range(1, 4):
        for alert in tick(desk.kit, START + day * DAY):
            listed.append(sorted(entry.headline for entry in told(alert).changed))
    assert listed == [["Story 1", "Story 2"], ["Story 3", "Story 4"]]


def test_a_story_that_changed_and_changed_back_is_told(desk: NewsDesk) -> None:
    desk.story(1, "He denied it.", at=START - DAY)
    desk.story(1, "He admitted it.", at=START + HOUR)
    desk.story(1, "He denied it.", at=START + 2 * HOUR)
    [alert] = tick(desk.kit, START + DAY)
    [entry] = told(alert).reverted
    assert entry.times == 2


def test_nothing_new_sends_nothing_but_a_week_of_it_sends_a_sign_of_life(desk: NewsDesk) -> None:
    desk.story(1, at=START - 30 * DAY)
    alerts = [alert for day in range(1, 16) for alert in tick(desk.kit, START + day * DAY)]
    assert [told(alert).is_empty for alert in alerts] == [True, True]
    assert digest_.verdict(told(alerts[0])).startswith("All quiet")
    with desk.db.read() as tx:
        assert len(digests.list_(tx)) == 15


def test_a_route_may_want_its_digest_every_day(tmp_path: Path) -> None:
    always = Route(name="always", targets=(DESK,), digest="daily", digest_empty="send")
    desk = NewsDesk(tmp_path, [always])
    assert len(tick(desk.kit, START + DAY)) == 1
    desk.close()


def test_each_recipient_gets_their_own_and_the_unsubscribed_none(tmp_path: Path) -> None:
    both = Route(name="world", targets=(DESK, SECOND), digest="daily", timezone="UTC")
    desk = NewsDesk(tmp_path, [both])
    desk.story(1, "One.", at=START - DAY)
    desk.story(1, "Two, and more.", at=START + HOUR)
    assert [alert.target for alert in tick(desk.kit, START + DAY)] == [DESK, SECOND]
    with desk.db.begin() as tx:
        targets.unsubscribe(tx, SECOND.key, "world", START + DAY)
    desk.story(1, "Three, and even more.", at=START + DAY + HOUR)
    assert [alert.target for alert in tick(desk.kit, START + 2 * DAY)] == [DESK]
    desk.close()


def test_a_story_that_a_reader_muted_is_left_out_for_them_alone(tmp_path: Path) -> None:
    desk = NewsDesk(tmp_path, [Route(name="world", targets=(DESK, SECOND), digest="daily", timezone="UTC")])
    for number in (1, 2):
        desk.story(number, "One.", at=START - DAY)
        watch = desk.story(number, "Two, and more.", at=START + HOUR)
    with desk.db.begin() as tx:
        targets.unsubscribe(tx, DESK.key, story_rule(watch.id), START)
        assert targets.declined(tx, DESK.key, "world", watch.id)
        assert not targets.declined(tx, SECOND.key, "world", watch.id)
    alerts = tick(desk.kit, START + DAY)
    assert [len(told(alert).changed) for alert in alerts] == [1, 2]
    desk.close()


def test_a_persons_own_settings_come_before_the_routes(desk: NewsDesk) -> None:
    with desk.db.begin() as tx:
        targets.set_settings(tx, DESK.key, {"zone": "Asia/Tokyo", "digest_at": "18:30"})
    desk.story(1, "One.", at=START - DAY)
    desk.story(1, "Two, and more.", at=START + HOUR)
    assert tick(desk.kit, datetime.fromisoformat("2026-11-23T09:29:59+00:00")) == []
    [alert] = tick(desk.kit, datetime.fromisoformat("2026-11-23T09:30:00+00:00"))
    assert told(alert).zone == "Asia/Tokyo"
    with desk.db.begin() as tx:
        targets.set_settings(tx, DESK.key, {"digest": "off"})
    assert tick(desk.kit, START + 3 * DAY) == []


def test_a_route_hears_only_of_its_desks(tmp_path: Path) -> None:
    desk = NewsDesk(tmp_path, [Route(name="sport", targets=(DESK,), desks=("sport",), digest="daily")])
    for number, name in ((1, "sport"), (2, "politics")):
        desk.story(number, "One.", at=START - DAY, desk=name)
        desk.story(number, "Two, and more.", at=START + HOUR, desk=name)
    [alert] = tick(desk.kit, START + DAY)
    assert [entry.headline for entry in told(alert).changed] == ["Story 1"]
    desk.close()


def test_a_story_under_two_rules_is_told_once_to_the_same_person(tmp_path: Path) -> None:
    other = Route(name="everything", targets=(DESK,), digest="daily", timezone="UTC")
    desk = NewsDesk(tmp_path, [WORLD, other])
    desk.story(1, "One.", at=START - DAY)
    desk.story(1, "Two, and more.", at=START + HOUR)
    alerts = tick(desk.kit, START + DAY)
    assert [(alert.route, len(told(alert).changed)) for alert in alerts] == [("world", 1)]
    desk.close()


def test_two_processes_at_the_same_moment_write_one_digest(desk: NewsDesk) -> None:
    desk.story(1, "One.", at=START - DAY)
    desk.story(1, "Two, and more.", at=START + HOUR)
    written: list[Alert] = []
    gate = threading.Barrier(4)

    def run() -> None:
        gate.wait(10)
        written.extend(tick(desk.kit, START + DAY))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(written) == 1
    with desk.db.read() as tx:
        assert len(outbox.list_(tx)) == 1


def test_a_story_gone_in_the_window_is_told(desk: NewsDesk) -> None:
    watch = desk.story(1, "One.", at=START - DAY)
    with desk.db.begin() as tx:
        watches.update(tx, watch.id, told={"gone_at": (START + HOUR).isoformat()})
    [alert] = tick(desk.kit, START + DAY)
    assert [entry.watch_id for entry in told(alert).gone] == [watch.id]
    assert tick(desk.kit, START + 2 * DAY) == []


def test_trouble_and_what_was_alerted_are_in_it(desk: NewsDesk) -> None:
    desk.story(1, "One.", at=START - DAY)
    watch = desk.story(1, "Two, and more.", at=START + HOUR)
    desk.now = START + HOUR
    alert = desk.alert("change:1", watch)
    with desk.db.begin() as tx:
        outbox.sent(tx, alert.id, {}, START + 2 * HOUR)
        broken = watches.add(tx, url="https://x.example/1", key="https://x.example/1", now=START - DAY)[0]
        watches.update(tx, broken.id, health=Health.BLOCKED, failing_since=START)
    [sent] = tick(desk.kit, START + DAY)
    found = told(sent)
    [entry] = found.changed
    assert entry.told_at == (START + 2 * HOUR,)
    assert [(one.what, one.subject) for one in found.trouble] == [("the site blocks us", "https://x.example/1")]


def test_a_preview_writes_nothing_and_says_where_no_digest_is(desk: NewsDesk) -> None:
    desk.story(1, "One.", at=START - DAY)
    desk.story(1, "Two, and more.", at=START + HOUR)
    assert len(preview(desk.kit, START + 2 * HOUR).changed) == 1
    assert len(preview(desk.kit, START + 2 * DAY, day=date(2026, 11, 24), recipient=DESK.address).changed) == 1
    assert preview(desk.kit, START + 3 * DAY, day=date(2026, 11, 25)).changed == ()
    with pytest.raises(UsageError, match="digest"):
        preview(desk.kit, START, recipient="nobody@paper.example")
    with desk.db.read() as tx:
        assert digests.list_(tx) == []
        assert len(everything(tx, desk.kit, start=START - 2 * DAY, end=START + DAY).changed) == 1
