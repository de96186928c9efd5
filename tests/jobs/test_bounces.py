"""A mail that came back is an alert that did not arrive; three in a row pause the address and the owners hear of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.model import Alert, AlertKind, AlertStatus, NewAlert, Target
from bot.jobs.bounces import Outcome, take
from bot.jobs.kit import Kit
from bot.store import audit, outbox, targets
from tests.edges.test_bounce import report
from tests.jobs.newsdesk import DESK, NewsDesk

OWNER = Target(channel="slack", address="U0ADMIN00")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[NewsDesk]:
    it = NewsDesk(tmp_path, (), owners=(OWNER,))
    yield it
    it.close()


def sent(desk: NewsDesk, number: int, target: Target = DESK) -> Alert:
    """An alert that a mail server took."""
    with desk.db.begin() as tx:
        new = NewAlert(key=f"k{number}", kind=AlertKind.NOTICE, route="world", target=target)
        written = outbox.add(tx, new, desk.now)
        assert written is not None
        outbox.sent(tx, written.id, {"reply": "250 queued"}, desk.now)
    return written


def of(alert: Alert, fields: str = "Action: failed\nStatus: 5.1.1") -> bytes:
    return report(to=f"bounces+{alert.public_id}@paper.example", fields=fields)


def now_of(kit: Kit, alert: Alert) -> Alert:
    with kit.db.read() as tx:
        found = outbox.get(tx, alert.id)
    assert found is not None
    return found


def test_the_alert_is_dead_with_what_the_server_said_and_may_be_sent_again(desk: NewsDesk) -> None:
    alert = sent(desk, 1)
    taken = take(desk.kit, of(alert, "Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 full"), desk.now)
    assert taken.outcome is Outcome.LOST
    assert taken.words.startswith("The mail to desk@paper.example did not arrive (5.2.2 552 full).")
    lost = now_of(desk.kit, alert)
    assert lost.status is AlertStatus.DEAD
    assert "552 full" in str(lost.last_error)
    with desk.db.begin() as tx:
        outbox.requeue(tx, alert.id, desk.now)
        assert [line.action for line in audit.list_(tx)] == ["bounce"]
    assert now_of(desk.kit, alert).status is AlertStatus.PENDING


def test_the_same_report_twice_counts_once(desk: NewsDesk) -> None:
    alert = sent(desk, 1)
    assert take(desk.kit, of(alert), desk.now).outcome is Outcome.LOST
    assert take(desk.kit, of(alert), desk.now).outcome is Outcome.KNOWN
    with desk.db.read() as tx:
        state = targets.get(tx, DESK.key)
    assert state is not None
    assert state.failures == 1


def test_three_in_a_row_pause_the_address_and_the_owners_are_told_once(desk: NewsDesk) -> None:
    outcomes = [take(desk.kit, of(sent(desk, number)), desk.now).outcome for number in range(4)]
    assert outcomes == [Outcome.LOST, Outcome.LOST, Outcome.PAUSED, Outcome.LOST]
    with desk.db.read() as tx:
        assert targets.is_paused(tx, DESK.key)
        [told] = outbox.list_(tx, target=OWNER.key)
    assert told.payload["title"] == f"Alerts to {DESK.key} are waiting"


def test_one_that_arrived_in_between_begins_the_count_anew(desk: NewsDesk) -> None:
    for number in range(6):
        alert = sent(desk, number)
        if number % 3 != 2:
            assert take(desk.kit, of(alert), desk.now).outcome is Outcome.LOST
    with desk.db.read() as tx:
        assert not targets.is_paused(tx, DESK.key)


def test_an_address_is_not_paused_for_what_may_pass(desk: NewsDesk) -> None:
    for number in range(4):
        taken = take(desk.kit, of(sent(desk, number), "Action: failed\nStatus: 4.4.7"), desk.now)
        assert taken.outcome is Outcome.LOST
    with desk.db.read() as tx:
        assert not targets.is_paused(tx, DESK.key)


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (b"Subject: I am away\n\nuntil Monday", Outcome.NO_REPORT),
        (report(), Outcome.STRANGER),
        (report(to="bounces+a_k3v9w2mq7xtd@paper.example"), Outcome.STRANGER),
    ],
    ids=["an absence note", "no mail of ours", "an id that nobody gave out"],
)
def test_other_mail_changes_nothing(desk: NewsDesk, raw: bytes, outcome: Outcome) -> None:
    alert = sent(desk, 1)
    assert take(desk.kit, raw, desk.now).outcome is outcome
    assert now_of(desk.kit, alert).status is AlertStatus.SENT


def test_a_delay_changes_nothing_and_an_alert_to_slack_cannot_come_back(desk: NewsDesk) -> None:
    alert = sent(desk, 1)
    assert take(desk.kit, of(alert, "Action: delayed\nStatus: 4.4.1"), desk.now).outcome is Outcome.WAITING
    posted = sent(desk, 2, OWNER)
    assert take(desk.kit, of(posted), desk.now).outcome is Outcome.STRANGER
    assert {now_of(desk.kit, one).status for one in (alert, posted)} == {AlertStatus.SENT}
