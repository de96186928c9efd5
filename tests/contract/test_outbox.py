"""The outbox and its targets, on both databases."""

from __future__ import annotations

import threading
from dataclasses import fields

import pytest

from bot.core.comparison import Severity
from bot.core.model import Alert, AlertKind, AlertStatus, Target
from bot.store import changes, outbox, targets
from bot.store.database import Database, Tx
from tests.contract.values import LEASE, MINUTE, NOW, alert, comparison, watch


def keys(found: list[Alert]) -> list[str]:
    return [row.key for row in found]


def put(tx: Tx, *names: str, address: str = "C1", channel: str = "slack") -> list[Alert]:
    made = [outbox.add(tx, alert(name, address, channel), NOW) for name in names]
    assert all(row is not None for row in made)
    return [row for row in made if row is not None]


def test_every_field_of_an_alert_is_stored() -> None:
    assert {field.name for field in fields(Alert)} - {"target"} == set(outbox.FIELDS)


def test_an_alert_comes_back_as_it_was_stored(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        change = changes.add(tx, followed.id, 1, 2, comparison(), NOW)
        made = outbox.add(
            tx,
            alert(
                "change:1:2/desk/slack:C1",
                severity=Severity.CRITICAL,
                watch_id=followed.id,
                change_id=change.id,
                old_n=1,
                new_n=2,
                payload={"edits": 3, "words": "é\0"},
                kind=AlertKind.RETURNED,
            ),
            NOW,
        )
        assert made is not None
        assert outbox.get(tx, made.id) == outbox.by_public_id(tx, made.public_id) == outbox.by_key(tx, made.key) == made
    assert made.target == Target(channel="slack", address="C1")
    assert made.payload == {"edits": 3, "words": "é\0"}
    assert (made.status, made.attempts, made.created_at, made.next_try_at) == (AlertStatus.PENDING, 0, NOW, NOW)
    assert made.public_id.startswith("a_")


def test_one_key_is_one_alert_even_after_it_was_sent(db: Database) -> None:
    with db.begin() as tx:
        (first,) = put(tx, "key")
        assert outbox.add(tx, alert("key"), NOW) is None
        outbox.sent(tx, first.id, {"ts": "1.2"}, NOW)
        assert outbox.add(tx, alert("key"), NOW) is None
        assert len(outbox.list_(tx)) == 1


def test_two_transactions_storing_the_same_key_store_it_once(db: Database) -> None:
    made: list[Alert | None] = []

    def work() -> None:
        for number in range(10):
            with db.begin() as tx:
                made.append(outbox.add(tx, alert(f"key {number}"), NOW))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([row for row in made if row is not None]) == 10


def test_very_long_keys_differ_in_their_last_letter(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "k" * 9000 + "a", "k" * 9000 + "b")


def test_an_alert_goes_with_the_transaction_that_made_it(db: Database) -> None:
    with pytest.raises(RuntimeError), db.begin() as tx:
        put(tx, "key")
        raise RuntimeError("before the commit")
    with db.begin() as tx:
        assert outbox.claim(tx, NOW, 10, LEASE) == []


def test_a_claim_leases_and_counts_the_attempt(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "key")
        (claimed,) = outbox.claim(tx, NOW, 10, LEASE)
        assert (claimed.status, claimed.attempts, claimed.leased_until) == (AlertStatus.LEASED, 1, NOW + LEASE)
        assert not claimed.maybe_sent
        assert outbox.claim(tx, NOW, 10, LEASE) == []
        assert outbox.get(tx, claimed.id) == claimed


def test_a_lost_lease_is_claimed_again_and_marked_maybe_sent(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "key")
        outbox.claim(tx, NOW, 10, LEASE)
        assert outbox.claim(tx, NOW + LEASE - MINUTE / 60, 10, LEASE) == []
        (again,) = outbox.claim(tx, NOW + LEASE, 10, LEASE)
        assert (again.maybe_sent, again.attempts) == (True, 2)


def test_each_target_gets_its_alerts_in_order_and_one_at_a_time(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "1a", "1b")
        put(tx, "2a", "2b", address="C2")
        first = outbox.claim(tx, NOW, 10, LEASE)
        assert keys(first) == ["1a", "2a"]
        assert outbox.claim(tx, NOW, 10, LEASE) == []
        outbox.sent(tx, first[0].id, {}, NOW)
        assert keys(outbox.claim(tx, NOW, 10, LEASE)) == ["1b"]


def test_a_waiting_alert_holds_up_its_own_target_and_nobody_else(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "1a", "1b")
        put(tx, "2a", address="C2")
        claimed = outbox.claim(tx, NOW, 10, LEASE)
        outbox.retry(tx, claimed[0].id, NOW + 5 * MINUTE, "503 from slack", maybe_sent=True)
        outbox.sent(tx, claimed[1].id, {}, NOW)
        assert outbox.claim(tx, NOW + MINUTE, 10, LEASE) == []
        (again,) = outbox.claim(tx, NOW + 5 * MINUTE, 10, LEASE)
        assert (again.key, again.maybe_sent, again.last_error) == ("1a", True, "503 from slack")


def test_a_dead_alert_lets_the_next_one_pass(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "a", "b")
        (first,) = outbox.claim(tx, NOW, 10, LEASE)
        outbox.dead(tx, first.id, "no such mailbox", NOW)
        assert keys(outbox.claim(tx, NOW, 10, LEASE)) == ["b"]
        stored = outbox.get(tx, first.id)
        assert stored is not None
        assert (stored.status, stored.last_error) == (AlertStatus.DEAD, "no such mailbox")


def test_an_alert_kept_for_the_morning_holds_nobody_up(db: Database) -> None:
    with db.begin() as tx:
        outbox.add(tx, alert("quiet", not_before=NOW + 60 * MINUTE), NOW)
        put(tx, "urgent")
        assert keys(outbox.claim(tx, NOW, 10, LEASE)) == ["urgent"]
        assert outbox.counts(tx, NOW + MINUTE)["oldest_age"] == 60
        assert outbox.next_try(tx) == NOW + LEASE
        outbox.sent(tx, 2, {}, NOW)
        assert outbox.counts(tx, NOW + MINUTE)["oldest_age"] == 0
        assert outbox.next_try(tx) == NOW + 60 * MINUTE
        assert keys(outbox.claim(tx, NOW + 60 * MINUTE, 10, LEASE)) == ["quiet"]


def test_a_claim_may_be_limited_in_number_and_to_channels(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "s1", address="C1")
        put(tx, "e1", address="a@quay.example", channel="email")
        put(tx, "e2", address="b@quay.example", channel="email")
        assert keys(outbox.claim(tx, NOW, 1, LEASE, channels=["email"])) == ["e1"]
        assert keys(outbox.claim(tx, NOW, 9, LEASE, channels=["email", "terminal"])) == ["e2"]
        assert keys(outbox.claim(tx, NOW, 9, LEASE)) == ["s1"]


def test_many_claimers_never_get_the_same_alert_and_keep_the_order(db: Database) -> None:
    with db.begin() as tx:
        for number in range(8):
            for target in range(4):
                put(tx, f"{target}:{number}", address=f"C{target}")
    order: dict[str, list[str]] = {}
    guard = threading.Lock()

    def work() -> None:
        idle = 0
        while idle < 20:
            with db.begin() as tx:
                claimed = outbox.claim(tx, NOW, 2, LEASE)
            idle = 0 if claimed else idle + 1
            for row in claimed:
                with guard:
                    order.setdefault(row.target.key, []).append(row.key)
                with db.begin() as tx:
                    outbox.sent(tx, row.id, {}, NOW)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == {f"slack:C{target}": [f"{target}:{number}" for number in range(8)] for target in range(4)}


def test_a_sent_alert_stays_sent(db: Database) -> None:
    with db.begin() as tx:
        (made,) = put(tx, "key")
        outbox.claim(tx, NOW, 1, LEASE)
        outbox.sent(tx, made.id, {"ts": "1.2"}, NOW + MINUTE)
        assert not outbox.retry(tx, made.id, NOW, "late")
        assert not outbox.dead(tx, made.id, "late", NOW)
        assert not outbox.requeue(tx, made.id, NOW)
        stored = outbox.get(tx, made.id)
        assert stored is not None
        assert (stored.status, stored.receipt, stored.sent_at) == (AlertStatus.SENT, {"ts": "1.2"}, NOW + MINUTE)


def test_a_dead_alert_can_be_woken(db: Database) -> None:
    with db.begin() as tx:
        (made,) = put(tx, "key")
        outbox.claim(tx, NOW, 1, LEASE)
        assert not outbox.requeue(tx, made.id, NOW)  # somebody is sending it
        outbox.dead(tx, made.id, "gone", NOW)
        assert outbox.requeue(tx, made.id, NOW + MINUTE)
        (again,) = outbox.claim(tx, NOW + MINUTE, 1, LEASE)
        assert again.attempts == 1


def test_a_claim_given_back_is_claimable_at_once_and_uncounted(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "key")
        (claimed,) = outbox.claim(tx, NOW, 1, LEASE)
        outbox.release(tx, [claimed.id], NOW)
        (again,) = outbox.claim(tx, NOW, 1, LEASE)
        assert (again.attempts, again.maybe_sent) == (1, False)
        outbox.extend(tx, [again.id], NOW + 9 * LEASE)
        assert outbox.claim(tx, NOW + LEASE, 1, LEASE) == []


def test_folded_alerts_are_told_inside_another(db: Database) -> None:
    with db.begin() as tx:
        a, b, c = put(tx, "a", "b", "c")
        outbox.sent(tx, a.id, {}, NOW)
        assert outbox.fold(tx, [a.id, b.id, c.id], c.id) == 1
        assert keys(outbox.folded(tx, c.id)) == ["b"]
        assert keys(outbox.claim(tx, NOW, 9, LEASE)) == ["c"]


def test_a_paused_target_gets_nothing_until_it_is_resumed_in_the_old_order(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "1a")
        put(tx, "2a", address="C2")
        assert targets.pause(tx, "slack:C1", "channel is archived", NOW) == 1
        put(tx, "1b")
        assert keys(outbox.claim(tx, NOW, 9, LEASE)) == ["2a"]
        assert outbox.counts(tx, NOW)["paused"] == 2
        assert targets.is_paused(tx, "slack:C1") and not targets.is_paused(tx, "slack:C2")
        assert [state.paused_reason for state in targets.paused(tx)] == ["channel is archived"]
        assert targets.resume(tx, "slack:C1", NOW) == 2
        assert keys(outbox.claim(tx, NOW, 9, LEASE)) == ["1a"]


def test_an_alert_that_fails_while_its_target_is_paused_waits_with_the_others(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "a")
        (claimed,) = outbox.claim(tx, NOW, 9, LEASE)
        targets.pause(tx, "slack:*", "token revoked", NOW)
        outbox.retry(tx, claimed.id, NOW, "token revoked")
        stored = outbox.get(tx, claimed.id)
        assert stored is not None
        assert stored.status is AlertStatus.PAUSED
        assert targets.is_paused(tx, "slack:C1") and not targets.is_paused(tx, "email:a@quay.example")


def test_a_lost_lease_of_a_paused_target_is_not_claimed(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "a")
        outbox.claim(tx, NOW, 9, LEASE)
        targets.pause(tx, "slack:*", "token revoked", NOW)
        assert outbox.claim(tx, NOW + LEASE, 9, LEASE) == []


def test_resuming_one_target_leaves_its_paused_channel_paused(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "a")
        put(tx, "b", address="C2")
        targets.pause(tx, "slack:C1", "archived", NOW)
        targets.pause(tx, "slack:*", "token revoked", NOW)
        assert targets.resume(tx, "slack:C1", NOW) == 0
        assert targets.resume(tx, "slack:*", NOW) == 2


def test_failures_in_a_row_are_counted_and_success_clears_them(db: Database) -> None:
    with db.begin() as tx:
        assert [targets.failed(tx, "email:a@quay.example", "550", NOW) for _ in range(3)] == [1, 2, 3]
        targets.succeeded(tx, "email:a@quay.example", NOW + MINUTE)
        state = targets.get(tx, "email:a@quay.example")
        assert state is not None
        assert (state.failures, state.last_error, state.last_success_at) == (0, None, NOW + MINUTE)
        assert (state.last_failure_at, state.paused_at, state.settings) == (NOW, None, {})
        targets.set_settings(tx, "email:a@quay.example", {"timezone": "Europe/Rome"})
        assert targets.list_(tx)[0].settings == {"timezone": "Europe/Rome"}
        assert targets.get(tx, "email:nobody@quay.example") is None


def test_unsubscribing_is_per_target_and_rule_and_told_once(db: Database) -> None:
    with db.begin() as tx:
        assert targets.unsubscribe(tx, "email:a@quay.example", "desk", NOW)
        assert not targets.unsubscribe(tx, "email:a@quay.example", "desk", NOW)
        assert targets.unsubscribed(tx, "email:a@quay.example", "desk")
        assert not targets.unsubscribed(tx, "email:a@quay.example", "world")
        assert targets.all_unsubscribed(tx) == {("email:a@quay.example", "desk")}
        assert targets.resubscribe(tx, "email:a@quay.example", "desk")
        assert not targets.resubscribe(tx, "email:a@quay.example", "desk")


def test_alerts_are_listed_by_status_target_watch_and_time(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        outbox.add(tx, alert("a", watch_id=followed.id), NOW)
        outbox.add(tx, alert("b", "C2"), NOW + MINUTE)
        outbox.sent(tx, 1, {}, NOW)
        assert keys(outbox.list_(tx)) == ["b", "a"]
        assert keys(outbox.list_(tx, oldest_first=True, limit=1)) == ["a"]
        assert keys(outbox.list_(tx, status=AlertStatus.SENT)) == ["a"]
        assert keys(outbox.list_(tx, status=[AlertStatus.SENT, AlertStatus.PENDING], limit=None)) == ["b", "a"]
        assert keys(outbox.list_(tx, target="slack:C2")) == ["b"]
        assert keys(outbox.list_(tx, watch_id=followed.id)) == ["a"]
        assert keys(outbox.list_(tx, since=NOW + MINUTE)) == ["b"]
        counts = outbox.counts(tx, NOW + 2 * MINUTE)
        assert (counts["sent"], counts["pending"], counts["dead"], counts["oldest_age"]) == (1, 1, 0, 60)


def test_public_ids_do_not_repeat() -> None:
    assert len({outbox.public_id() for _ in range(1000)}) == 1000


def test_one_target_can_be_worked_off_by_itself(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "1a", "1b")
        put(tx, "2a", address="C2")
        put(tx, "e", address="a@quay.example", channel="email")
        assert outbox.ready_targets(tx, NOW, 9) == ["slack:C1", "slack:C2", "email:a@quay.example"]
        assert outbox.ready_targets(tx, NOW, 9, ["email"]) == ["email:a@quay.example"]
        assert outbox.ready_targets(tx, NOW, 1) == ["slack:C1"]
        assert keys(outbox.claim(tx, NOW, 9, LEASE, target="slack:C2")) == ["2a"]
        assert outbox.ready_targets(tx, NOW, 9) == ["slack:C1", "email:a@quay.example"]


def test_what_a_dead_worker_was_sending_is_claimable_at_once_and_marked(db: Database) -> None:
    with db.begin() as tx:
        put(tx, "a")
        put(tx, "b", address="C2")
        outbox.claim(tx, NOW, 9, LEASE, target="slack:C1", holder="job:1")
        outbox.claim(tx, NOW, 9, LEASE, target="slack:C2", holder="job:2")
        assert outbox.abandon(tx, "job:1", NOW) == 1
        (again,) = outbox.claim(tx, NOW, 9, LEASE)
        assert (again.key, again.maybe_sent) == ("a", True)
        assert outbox.abandon(tx, "job:1", NOW) == 0
