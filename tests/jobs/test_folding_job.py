"""A crowd of mails to one recipient becomes one; refused addresses are paused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.comparison import Severity
from bot.core.model import AlertStatus, Route, Target, Watch
from bot.errors import DeliveryError
from bot.jobs.deliver import Courier
from bot.store import outbox, targets
from tests.jobs.newsdesk import DESK, HOUR, START, Letterbox, NewsDesk

LIMIT = 3
MINUTE = timedelta(minutes=1)


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
def desk(tmp_path: Path, box: Letterbox) -> Iterator[NewsDesk]:
    owner = Target(channel="terminal")
    made = NewsDesk(
        tmp_path,
        [Route(name="world", targets=(DESK,))],
        channels={"email": box},
        hourly_mail_limit=LIMIT,
        owners=(owner,),
    )
    yield made
    made.close()


def changed(desk: NewsDesk, number: int) -> Watch:
    desk.story(number, "One.", at=START - HOUR)
    return desk.story(number, "Two, and more.", at=START)


def work(desk: NewsDesk) -> None:
    Courier(desk.kit, workers=2).work()


def test_a_few_mails_go_out_one_by_one(desk: NewsDesk, box: Letterbox) -> None:
    alerts = [desk.alert(f"k{n}", changed(desk, n)) for n in range(LIMIT)]
    work(desk)
    assert box.sent == [[alert.public_id] for alert in alerts]


def test_a_crowd_becomes_one_mail_that_holds_every_alert(desk: NewsDesk, box: Letterbox) -> None:
    alerts = [desk.alert(f"k{n}", changed(desk, n)) for n in range(10)]
    work(desk)
    assert box.sent == [[alert.public_id for alert in alerts]]
    with desk.db.read() as tx:
        states = [alert.status for alert in outbox.list_(tx, oldest_first=True)]
    assert states == [AlertStatus.SENT] + [AlertStatus.FOLDED] * 9


def test_a_trickle_beyond_the_limit_gathers_until_the_hour_has_room(desk: NewsDesk, box: Letterbox) -> None:
    watch = changed(desk, 1)
    for n in range(60):
        desk.now = START + n * MINUTE
        desk.alert(f"k{n}", watch)
        work(desk)
    assert [len(mail) for mail in box.sent] == [1] * LIMIT
    desk.now = START + HOUR
    work(desk)
    assert [len(mail) for mail in box.sent] == [1] * LIMIT + [57]


def test_a_correction_does_not_wait_for_the_hour_to_end(desk: NewsDesk, box: Letterbox) -> None:
    watch = changed(desk, 1)
    for n in range(6):
        desk.now += MINUTE
        desk.alert(f"k{n}", watch)
        work(desk)
    assert len(box.sent) == LIMIT
    desk.alert("correction", watch, severity=Severity.CRITICAL)
    desk.now += MINUTE
    work(desk)
    assert [len(mail) for mail in box.sent] == [1] * LIMIT + [4]


def test_a_folded_mail_that_failed_is_sent_again_as_the_same_mail(desk: NewsDesk, box: Letterbox) -> None:
    alerts = [desk.alert(f"k{n}", changed(desk, n)) for n in range(10)]
    box.fail = DeliveryError("the server is away")
    work(desk)
    box.fail = None
    desk.now += 10 * MINUTE
    desk.alert("later", changed(desk, 99))
    work(desk)
    assert box.sent[0] == [alert.public_id for alert in alerts]
    assert len(box.sent) == 2


def test_an_address_refused_three_times_in_a_row_is_paused_and_its_owner_told(desk: NewsDesk, box: Letterbox) -> None:
    refused = DeliveryError("550 no such user", permanent=True, scope="target")
    watch = changed(desk, 1)
    box.fail = refused
    for n in range(2):
        desk.alert(f"k{n}", watch)
        work(desk)
    box.fail = None
    desk.alert("good", watch)
    work(desk)
    box.fail = refused
    for n in range(2, 4):
        desk.alert(f"k{n}", watch)
        work(desk)
        with desk.db.read() as tx:
            assert targets.paused(tx) == []
    desk.alert("k5", watch)
    work(desk)
    with desk.db.read() as tx:
        [paused] = targets.paused(tx)
        assert paused.key == DESK.key
        notices = outbox.list_(tx, target="terminal:")
        assert len(notices) == 1
        assert DESK.key in notices[0].payload["title"]
    waiting = desk.alert("k6", watch)
    assert waiting.status is AlertStatus.PAUSED


def test_a_refused_login_keeps_every_mail(desk: NewsDesk, box: Letterbox) -> None:
    box.fail = DeliveryError("535 login refused", permanent=True, scope="channel", retry_after=900)
    alert = desk.alert("k", changed(desk, 1))
    for _ in range(5):
        work(desk)
        desk.now += timedelta(hours=20)
    box.fail = None
    work(desk)
    assert box.sent == [[alert.public_id]]
