"""Delivering under trouble: nothing goes out twice while we know that it arrived, and nothing is given up early."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Alert, AlertKind, AlertStatus, NewAlert, Target
from bot.errors import DeliveryError, StoreError
from bot.jobs.deliver import LEASE, Courier
from bot.render.message import Message
from bot.store import outbox, targets
from tests.jobs.newsdesk import NewsDesk

HERE, THERE = Target(channel="slack", address="C1"), Target(channel="slack", address="C2")


class Channel:
    """Keeps what it is given, and does beforehand what a test puts into ``before`` for a title."""

    name = "slack"

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.before: dict[str, Any] = {}

    def send(self, message: Message, alert: Alert) -> Mapping[str, Any]:
        title = str(alert.payload["title"])
        self.before.get(title, lambda: None)()
        self.sent.append(title)
        return {"ts": len(self.sent)}

    def close(self) -> None:
        pass


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def desk(tmp_path: Path, channel: Channel) -> Iterator[NewsDesk]:
    one = NewsDesk(tmp_path, (), channels={"slack": channel}, owners=(HERE,))
    yield one
    one.close()


def notice(desk: NewsDesk, title: str, target: Target = HERE) -> int:
    """An alert that waits; its number."""
    with desk.db.begin() as tx:
        payload = {"title": title, "lines": ["It is so."], "seen_at": desk.now.isoformat()}
        new = NewAlert(key=title, kind=AlertKind.NOTICE, route="notices", target=target, payload=payload)
        made = outbox.add(tx, new, desk.now)
    assert made is not None
    return made.id


def stored(desk: NewsDesk, number: int) -> Alert:
    with desk.db.read() as tx:
        found = outbox.get(tx, number)
    assert found is not None
    return found


def test_a_clock_put_forward_while_a_message_is_on_its_way_does_not_send_it_again(
    desk: NewsDesk, channel: Channel
) -> None:
    enough = threading.Event()

    def an_hour_passes() -> None:
        desk.now += timedelta(hours=1)

    channel.before = {"slow": lambda: enough.wait(10), "quick": an_hour_passes, "next": enough.set}
    for title, target in (("slow", HERE), ("quick", THERE), ("next", THERE)):
        notice(desk, title, target)
    Courier(desk.kit, workers=3).work()
    assert sorted(channel.sent) == ["next", "quick", "slow"]


def test_what_arrived_while_the_database_took_nothing_is_written_down_before_anything_else_is_sent(
    desk: NewsDesk, channel: Channel
) -> None:
    def fill() -> None:
        with desk.db.begin() as tx:
            tx.exec_driver_sql(
                "CREATE TRIGGER full BEFORE UPDATE OF sent_at ON alerts"
                " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )

    channel.before = {"first": fill}
    first, second = notice(desk, "first"), notice(desk, "second")
    courier = Courier(desk.kit)
    with pytest.raises(StoreError):
        courier.work()
    desk.now += 2 * LEASE
    with pytest.raises(StoreError):
        courier.work()
    assert channel.sent == ["first"], "nothing goes out that cannot be written down"
    with desk.db.begin() as tx:
        tx.exec_driver_sql("DROP TRIGGER full")
    courier.work()
    assert channel.sent == ["first", "second"]
    assert (stored(desk, first).status, stored(desk, first).receipt) == (AlertStatus.SENT, {"ts": 1})
    assert stored(desk, second).status is AlertStatus.SENT


def test_an_alert_made_before_a_weekend_is_not_given_up_at_its_first_hiccup(desk: NewsDesk, channel: Channel) -> None:
    def busy() -> None:
        raise DeliveryError("Slack is busy")

    number = notice(desk, "old")
    channel.before = {"old": busy}
    desk.now += timedelta(hours=60)  # Stet was off
    began = desk.now
    Courier(desk.kit).work()
    assert (stored(desk, number).status, stored(desk, number).first_try_at) == (AlertStatus.PENDING, began)
    while stored(desk, number).status is AlertStatus.PENDING:
        desk.now += timedelta(minutes=50)
        Courier(desk.kit).work()
    assert stored(desk, number).status is AlertStatus.DEAD
    assert timedelta(hours=47) < desk.now - began < timedelta(hours=49)


@pytest.mark.parametrize("how", ["resumed", "requeued", "channel mended"])
def test_what_waited_for_a_person_has_its_time_for_trying_from_then(desk: NewsDesk, channel: Channel, how: str) -> None:
    number = notice(desk, "waiting")
    scope = "channel" if how == "channel mended" else "target"

    def refused() -> None:
        raise DeliveryError("archived", permanent=True, scope=scope)

    def busy() -> None:
        raise DeliveryError("Slack is busy")

    channel.before = {"waiting": refused}
    Courier(desk.kit).work()
    desk.now += timedelta(days=4)
    with desk.db.begin() as tx:
        if how == "resumed":
            targets.resume(tx, HERE.key, desk.now)
        elif how == "requeued":
            targets.resume(tx, HERE.key, desk.now)
            assert outbox.requeue(tx, number, desk.now)
    channel.before = {"waiting": busy}
    Courier(desk.kit).work()
    assert stored(desk, number).status is AlertStatus.PENDING
    assert stored(desk, number).first_try_at == desk.now
