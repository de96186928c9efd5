"""Many alerts to many recipients over a real server that fails in every way it may: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Alert, AlertKind, AlertStatus, NewAlert, Route, Target
from bot.deliver.email import EmailChannel, EmailSettings, Security
from bot.jobs.deliver import Receipts, deliver
from bot.jobs.mailbook import StoredMailThreads
from bot.store import outbox
from tests.jobs.newsdesk import HOUR, START, NewsDesk
from tests.smtp_server import MailServer


class OneByOne:
    """A channel that tells each alert in a mail of its own."""

    name = "email"

    def __init__(self, channel: EmailChannel) -> None:
        self.send = channel.send
        self.close = channel.close


def claim(desk: NewsDesk, limit: int) -> list[Alert]:
    """The next alert of every recipient, as the courier takes them."""
    with desk.db.begin() as tx:
        return outbox.claim(tx, desk.now, limit, timedelta(minutes=5))


def message_id(content: bytes) -> str:
    found = re.search(rb"(?m)^Message-ID: (<[^>]+>)\r$", content)
    assert found is not None
    return found[1].decode()


@pytest.mark.parametrize(
    ("alerts", "recipients"),
    [
        pytest.param(250, 25, id="250 alerts"),
        pytest.param(
            10_000,
            50,
            id="10,000 alerts",
            marks=[
                pytest.mark.slow,
                pytest.mark.timeout(1200),
                pytest.mark.skipif("STET_STORM" not in os.environ, reason="minutes long; set STET_STORM=1"),
            ],
        ),
    ],
)
def test_every_alert_arrives_and_none_twice_but_after_an_unknown_outcome(
    alerts: int, recipients: int, tmp_path: Path
) -> None:
    dice = random.Random(alerts)
    people = [Target(channel="email", address=f"r{n}@paper.example") for n in range(recipients)]
    with MailServer() as server:
        settings = EmailSettings(
            host="127.0.0.1", port=server.port, security=Security.NONE, sender="stet@paper.example", timeout=10
        )
        desk = NewsDesk(tmp_path, [Route(name="world", targets=tuple(people))])
        channel = EmailChannel(settings, now=lambda: desk.now, threads=StoredMailThreads(desk.db), secret_key="k")
        desk.kit = replace(desk.kit, channels={"email": OneByOne(channel)})

        def answer(envelope: object) -> str | None:
            return dice.choices([None, "451 4.3.0 busy", "452 4.3.1 no room", "drop"], [94, 2, 2, 2])[0]

        server.on_data = answer
        for person in people:
            server.refuse_recipient(person.address, "451 4.7.1 greylisted", "421 4.3.2 closing")
        stories = []
        for number in range(10):
            desk.story(number, "The donation of £40,000 was declared.", at=START - HOUR)
            stories.append(desk.story(number, "The donation of £14,000 was declared.", at=START))
        with desk.db.begin() as tx:
            for n in range(alerts):
                story = stories[n % 10]
                new = NewAlert(
                    key=f"k{n}",
                    kind=AlertKind.CHANGE,
                    route="world",
                    target=people[n % recipients],
                    watch_id=story.id,
                    old_n=1,
                    new_n=2,
                )
                assert outbox.add(tx, new, desk.now) is not None
        for _ in range(300):
            while claimed := claim(desk, recipients):
                for alert in claimed:
                    deliver(desk.kit, alert, Receipts())
            with desk.db.read() as tx:
                if outbox.next_try(tx) is None:
                    break
            desk.now += timedelta(minutes=5)
        channel.close()
        with desk.db.read() as tx:
            ended = outbox.list_(tx, limit=None)
        desk.close()
    assert Counter(alert.status for alert in ended) == {AlertStatus.SENT: alerts}
    taken = Counter(message_id(mail.content) for mail in server.accepted)
    lost = Counter(message_id(mail.content) for mail in server.swallowed)
    assert set(taken.values()) == {1}  # what we were told of came once
    promised = {alert.receipt["message_id"] for alert in ended if alert.receipt}
    assert promised == set(taken)
    assert len(promised) == alerts
    assert lost  # connections were broken after the text,
    assert set(lost) <= promised  # and those mails came again under the same name
    by_person = Counter(mail.recipients[0] for mail in server.accepted)
    assert set(by_person.values()) == {alerts // recipients}
