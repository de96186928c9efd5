"""Watches, on both databases."""

from __future__ import annotations

import threading
from dataclasses import fields
from datetime import timedelta

import pytest

from bot.core.comparison import Severity
from bot.core.model import Health, Watch, WatchState
from bot.store import route_states, subscriptions, tables, versions, watches
from bot.store.database import Database
from tests.contract.values import LEASE, MINUTE, NOW, story, url, version, watch


def test_every_field_of_a_watch_is_a_column() -> None:
    assert {field.name for field in fields(Watch)} <= set(tables.watches.c.keys())


def test_a_new_watch_is_active_and_due_at_once(db: Database) -> None:
    with db.begin() as tx:
        added, created = watches.add(
            tx,
            url=url(1),
            key="key",
            now=NOW,
            desk="city",
            outlet="Harbour",
            every=600,
            min_severity=Severity.MAJOR,
            routes=["a", "b"],
            published_at=NOW - MINUTE,
        )
    assert created
    with db.read() as tx:
        stored = watches.get(tx, added.id)
    assert stored == added
    assert (stored.state, stored.next_check_at, stored.desk, stored.every) == (WatchState.ACTIVE, NOW, "city", 600)
    assert (stored.min_severity, stored.routes, stored.published_at) == (Severity.MAJOR, ("a", "b"), NOW - MINUTE)
    assert (stored.latest_n, stored.told, stored.hold, stored.is_live) == (0, {}, None, False)


def test_one_key_is_one_watch(db: Database) -> None:
    with db.begin() as tx:
        first, created = watches.add(tx, url=url(1), key="key", now=NOW, desk="city")
        second, again = watches.add(tx, url=url(2), key="key", now=NOW, desk="world")
    assert (created, again) == (True, False)
    assert second == first


def test_a_removed_watch_is_followed_again_under_its_old_number(db: Database) -> None:
    with db.begin() as tx:
        first = watch(tx)
        version(tx, first.id)
        assert watches.remove(tx, first.id, NOW)
        assert not watches.remove(tx, first.id, NOW)
        again, created = watches.add(tx, url=first.url, key=first.key, now=NOW + MINUTE, label="new")
        assert created
        assert (again.id, again.state, again.label, again.latest_n) == (first.id, WatchState.ACTIVE, "new", 1)


def test_removing_keeps_versions_and_drops_subscriptions_and_route_states(db: Database) -> None:
    with db.begin() as tx:
        first = watch(tx)
        version(tx, first.id)
        subscriptions.add(tx, watch_id=first.id, channel="C1", now=NOW)
        route_states.put(tx, first.id, "desk", {"held": 1}, NOW)
        watches.remove(tx, first.id, NOW)
        assert versions.story(tx, first.id, 1) == story()
        assert subscriptions.for_watch(tx, first.id) == []
        assert route_states.get(tx, first.id) == {}
        assert watches.claim_due(tx, NOW + timedelta(days=9), 10, LEASE) == []
        assert watches.list_(tx) == []
        assert [kept.id for kept in watches.list_(tx, states=[WatchState.REMOVED])] == [first.id]


def test_thousands_are_added_in_one_go_and_doubles_counted(db: Database) -> None:
    rows = [{"url": url(number), "key": url(number)} for number in range(2500)]
    with db.begin() as tx:
        assert watches.add_many(tx, rows, NOW) == (2500, 0)
        assert watches.add_many(tx, [*rows[:10], rows[0], {"url": "u", "key": "new"}], NOW) == (1, 11)
        assert watches.count(tx) == 2501


def test_addresses_far_beyond_255_characters_are_stored_and_unique(db: Database) -> None:
    long = "https://harbour.example/?" + "".join(f"p{number}={number * 7919}&" for number in range(900))
    assert len(long) > 8000
    with db.begin() as tx:
        first, created = watches.add(tx, url=long, key=long, now=NOW)
        _, again = watches.add(tx, url=long, key=long, now=NOW)
        other, differs = watches.add(tx, url=long + "x", key=long + "x", now=NOW)
        assert (created, again, differs) == (True, False, True)
        assert watches.find(tx, long) == first
        assert other.id != first.id


def test_a_watch_is_found_by_number_key_and_address(db: Database) -> None:
    with db.begin() as tx:
        first = watch(tx, url="https://harbour.example/a?utm_source=x", key="https://harbour.example/a")
        for ref in (str(first.id), f" #{first.id} ", first.url, first.key):
            assert watches.find(tx, ref) == first
        for ref in ("", "999", "99999999999999999999999", "https://nowhere.example/", "²"):
            assert watches.find(tx, ref) is None


def test_hostile_text_survives_or_is_made_harmless(db: Database) -> None:
    with db.begin() as tx:
        first = watch(tx, label="<!channel> 'x'; DROP TABLE watches; --", desk="nul\0and\ud800surrogate")
        stored = watches.get(tx, first.id)
        assert stored is not None
        assert stored.label == "<!channel> 'x'; DROP TABLE watches; --"
        assert stored.desk.startswith("nul\ufffdand\ufffd")


def test_lists_are_narrowed_by_state_desk_outlet_health_and_words(db: Database) -> None:
    with db.begin() as tx:
        one = watch(tx, 1, desk="city", outlet="Harbour", label="100% sure_thing")
        two = watch(tx, 2, desk="world", outlet="Harbour")
        three = watch(tx, 3, desk="world", outlet="Quay")
        watches.update(tx, two.id, state=WatchState.PAUSED, headline="Ferry STRIKE ends")
        watches.update(tx, three.id, health=Health.BLOCKED)

        def ids(**how: object) -> list[int]:
            found = [found.id for found in watches.list_(tx, **how)]  # type: ignore[arg-type]
            assert watches.count(tx, **how) == len(found)  # type: ignore[arg-type]
            return found

        assert ids() == [one.id, two.id, three.id]
        assert ids(states=[WatchState.PAUSED]) == [two.id]
        assert ids(desk="world") == [two.id, three.id]
        assert ids(outlet="Harbour") == [one.id, two.id]
        assert ids(health=Health.BLOCKED) == [three.id]
        assert ids(health=[Health.BLOCKED, Health.OK]) == [one.id, two.id, three.id]
        assert ids(search="strike") == [two.id]
        assert ids(search="100%") == [one.id]
        assert ids(search="e_t") == [one.id]
        assert [found.id for found in watches.list_(tx, limit=1, offset=1)] == [two.id]
        assert watches.counts(tx)[(WatchState.PAUSED, Health.OK)] == 1


def test_due_watches_are_claimed_oldest_first_and_leased(db: Database) -> None:
    with db.begin() as tx:
        late = watch(tx, 1, next_check_at=NOW - MINUTE)
        latest = watch(tx, 2, next_check_at=NOW - 2 * MINUTE)
        watch(tx, 3, next_check_at=NOW + MINUTE)
        paused = watch(tx, 4, next_check_at=NOW - 9 * MINUTE)
        gone = watch(tx, 5, next_check_at=NOW)
        watches.update(tx, paused.id, state=WatchState.PAUSED)
        watches.update(tx, gone.id, state=WatchState.GONE)
        assert watches.due_count(tx, NOW) == 3
        assert watches.next_due(tx) == NOW - 2 * MINUTE
    with db.begin() as tx:
        assert [found.id for found in watches.claim_due(tx, NOW, 2, LEASE)] == [latest.id, late.id]
        assert [found.id for found in watches.claim_due(tx, NOW, 10, LEASE)] == [gone.id]
        assert watches.claim_due(tx, NOW, 10, LEASE) == []
    with db.begin() as tx:
        again = watches.claim_due(tx, NOW + LEASE, 10, LEASE)
        assert {late.id, latest.id, gone.id} <= {found.id for found in again}


def test_a_claimed_watch_still_carries_the_due_time_it_had(db: Database) -> None:
    with db.begin() as tx:
        watch(tx, next_check_at=NOW - MINUTE)
        (claimed,) = watches.claim_due(tx, NOW, 1, LEASE)
        assert claimed.next_check_at == NOW - MINUTE
        stored = watches.get(tx, claimed.id)
        assert stored is not None
        assert stored.next_check_at == NOW + LEASE


def test_a_claim_skips_hosts_and_takes_no_more_of_one_host_than_asked(db: Database) -> None:
    with db.begin() as tx:
        for number in range(5):
            watch(tx, number, url=url(number, "a.example"))
            watch(tx, number, url=url(number, "b.example"))
    with db.begin() as tx:
        claimed = watches.claim_due(tx, NOW, 10, LEASE, per_host=2)
        assert sorted(found.url.split("/")[2] for found in claimed) == ["a.example"] * 2 + ["b.example"] * 2
        claimed = watches.claim_due(tx, NOW, 10, LEASE, skip_hosts={"a.example"})
        assert [found.url.split("/")[2] for found in claimed] == ["b.example"] * 3


def test_two_claimers_never_get_the_same_watch(db: Database) -> None:
    with db.begin() as tx:
        watches.add_many(tx, [{"url": url(number), "key": url(number)} for number in range(60)], NOW)
    taken: list[int] = []

    def work() -> None:
        while True:
            with db.begin() as tx:
                claimed = watches.claim_due(tx, NOW, 7, LEASE)
            if not claimed:
                return
            taken.extend(found.id for found in claimed)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken))
    if db.is_sqlite:
        assert len(taken) == 60


@pytest.mark.postgres
def test_on_postgresql_two_open_transactions_claim_side_by_side(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("writers take turns on SQLite")
    with db.begin() as tx:
        watches.add_many(tx, [{"url": url(number), "key": url(number)} for number in range(10)], NOW)
    with db.begin() as one, db.begin() as two:
        first = {found.id for found in watches.claim_due(one, NOW, 6, LEASE)}
        second = {found.id for found in watches.claim_due(two, NOW, 6, LEASE)}
    assert len(first) == 6
    assert len(second) == 4
    assert not first & second


def test_unchanged_checks_are_written_many_at_a_time_and_leave_no_row(db: Database) -> None:
    with db.begin() as tx:
        one, two = watch(tx, 1), watch(tx, 2)
        watches.update(
            tx, one.id, failures=4, last_error="refused", last_error_kind="refused", failing_since=NOW, etag='"a"'
        )
        watches.update(tx, two.id, etag='"b"', last_modified="x", body_hash="h", health=Health.FAILING)
    with db.begin() as tx:
        watches.record_unchanged(tx, [])
        watches.record_unchanged(
            tx,
            [
                watches.UnchangedCheck(
                    watch_id=one.id, checked_at=NOW, next_check_at=NOW + MINUTE, etag='"c"', quick_key="q"
                ),
                watches.UnchangedCheck(watch_id=two.id, checked_at=NOW, next_check_at=None, etag=""),
            ],
        )
        first, second = watches.get(tx, one.id), watches.get(tx, two.id)
    assert first is not None and second is not None
    assert (first.failures, first.last_error, first.last_error_kind, first.failing_since) == (0, None, None, None)
    assert (first.last_checked_at, first.last_success_at, first.next_check_at) == (NOW, NOW, NOW + MINUTE)
    assert (first.etag, first.quick_key, first.quiet_checks) == ('"c"', "q", 1)
    assert (second.etag, second.last_modified, second.body_hash, second.next_check_at) == (None, "x", "h", None)
    assert second.health is Health.FAILING


def test_columns_are_updated_by_name_and_unknown_ones_refused(db: Database) -> None:
    with db.begin() as tx:
        one = watch(tx)
        assert watches.update(
            tx, one.id, hold={"at": 1}, told={"failing": "x"}, muted_until=NOW, url=url(9, "new.example")
        )
        assert not watches.update(tx, 999, desk="x")
        stored = watches.get(tx, one.id)
        assert stored is not None
        assert (stored.hold, stored.told, stored.muted_until) == ({"at": 1}, {"failing": "x"}, NOW)
        assert watches.update(tx, one.id, hold=None)
        with pytest.raises(KeyError):
            watches.update(tx, one.id, colour="teal")
        stored = watches.get(tx, one.id)
        assert stored is not None
        assert stored.hold is None
        assert watches.claim_due(tx, NOW, 5, LEASE, skip_hosts=["new.example"]) == []


def test_a_time_without_a_zone_is_refused(db: Database) -> None:
    from bot.errors import StoreError

    with pytest.raises((ValueError, StoreError)), db.begin() as tx:
        watch(tx, next_check_at=NOW.replace(tzinfo=None))


def test_due_hosts_are_counted_longest_overdue_first(db: Database) -> None:
    with db.begin() as tx:
        for number in range(3):
            watch(tx, number, url=url(number, "a.example"))
        watch(tx, 9, url=url(9, "b.example"), next_check_at=NOW - MINUTE)
        watch(tx, 9, url=url(9, "c.example"), next_check_at=NOW + MINUTE)
        assert list(watches.due_hosts(tx, NOW, 9).items()) == [("b.example", 1), ("a.example", 3)]
        assert watches.due_hosts(tx, NOW, 9, skip_hosts=["b.example"]) == {"a.example": 3}
        assert watches.due_hosts(tx, NOW, 1) == {"b.example": 1}
        claimed = watches.claim_due(tx, NOW, 2, LEASE, host="a.example")
        assert {found.url.split("/")[2] for found in claimed} == {"a.example"}
        assert watches.due_hosts(tx, NOW, 9) == {"b.example": 1, "a.example": 1}


def test_what_a_dead_worker_claimed_and_did_not_finish_is_due_at_once(db: Database) -> None:
    with db.begin() as tx:
        done, lost, other = watch(tx, 1), watch(tx, 2), watch(tx, 3)
        assert len(watches.claim_due(tx, NOW, 2, LEASE, holder="job:1")) == 2
        assert len(watches.claim_due(tx, NOW, 1, LEASE, holder="job:2")) == 1
        check = watches.UnchangedCheck(watch_id=done.id, checked_at=NOW, next_check_at=NOW + 9 * MINUTE)
        watches.record_unchanged(tx, [check])
        assert watches.release(tx, "job:1", NOW) == 1
        assert [found.id for found in watches.claim_due(tx, NOW, 9, LEASE)] == [lost.id]
        assert watches.release(tx, "job:2", NOW) == 1
        assert [found.id for found in watches.claim_due(tx, NOW, 9, LEASE)] == [other.id]


def test_overdue_stories_come_a_few_at_a_time_and_are_put_off_together(db: Database) -> None:
    with db.begin() as tx:
        numbers = [watch(tx, number).id for number in range(1, 8)]
        for hours, number in enumerate(numbers, start=1):
            seen = NOW - 99 * MINUTE if number != numbers[2] else None
            watches.update(tx, number, last_checked_at=seen, next_check_at=NOW - timedelta(hours=hours))
        watches.update(tx, numbers[4], state=WatchState.PAUSED)
        watches.update(tx, numbers[5], next_check_at=NOW)
    with db.read() as tx:
        parts = [[one.id for one in part] for part in watches.overdue(tx, NOW, batch=2)]
        assert watches.overdue_count(tx, NOW) == 4
    late = [numbers[6], numbers[3], numbers[1], numbers[0]]
    assert parts == [late[:2], late[2:]]
    with db.begin() as tx:
        watches.put_off(tx, {number: NOW + number * MINUTE for number in late})
        watches.put_off(tx, {})
    with db.read() as tx:
        assert list(watches.overdue(tx, NOW)) == []
        assert [one.next_check_at for one in watches.list_(tx) if one.id in late] == [
            NOW + number * MINUTE for number in sorted(late)
        ]
