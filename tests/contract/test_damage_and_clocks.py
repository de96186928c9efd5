"""One damaged row, and a clock that was wrong: the rest goes on. On both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.model import AlertStatus, SourceKind, WatchState
from bot.errors import StoreError
from bot.store import clocks, hosts, outbox, route_states, sources, tables, watches
from bot.store.database import Database, Tx
from tests.contract.values import LEASE, MINUTE, NOW, alert, watch

YEAR = timedelta(days=365)


def spoil(tx: Tx, table: str, column: str, number: int) -> None:
    """What no code of ours would write."""
    tx.exec_driver_sql(f"UPDATE {table} SET {column} = '{{half' WHERE id = {number}")


def test_a_damaged_watch_is_mended_and_says_so_and_the_others_are_checked(db: Database) -> None:
    with db.begin() as tx:
        bad, good = watch(tx, 1, desk="city"), watch(tx, 2)
        watches.update(tx, bad.id, hold={"at": 1})
        spoil(tx, "watches", "told", bad.id)
        spoil(tx, "watches", "hold", bad.id)
    with pytest.raises(StoreError, match="damaged"), db.read() as tx:
        watches.get(tx, bad.id)
    with db.begin() as tx:
        assert [found.id for found in watches.claim_due(tx, NOW, 9, LEASE)] == [good.id]
    with db.begin() as tx:
        (mended,) = watches.claim_due(tx, NOW, 9, LEASE)
        assert (mended.id, mended.told, mended.hold, mended.desk) == (bad.id, {}, None, "city")
        assert mended.last_error == "its row in the database was damaged (told, hold); these were reset"


def test_a_damaged_alert_is_dead_and_says_so_and_the_next_one_goes(db: Database) -> None:
    with db.begin() as tx:
        for name, address in (("a", "C1"), ("b", "C1"), ("c", "C2")):
            outbox.add(tx, alert(name, address), NOW)
        spoil(tx, "alerts", "payload", 1)
    with db.begin() as tx:
        assert [found.key for found in outbox.claim(tx, NOW, 9, LEASE)] == ["c"]
        stored = outbox.get(tx, 1)
        assert stored is not None
        assert stored.status is AlertStatus.DEAD
        assert "damaged" in (stored.last_error or "")
        assert [found.key for found in outbox.claim(tx, NOW, 9, LEASE)] == ["b"]


def test_a_transaction_inside_another_is_refused_at_once(db: Database) -> None:
    if not db.is_sqlite:
        pytest.skip("PostgreSQL has no need to refuse it")
    with pytest.raises(StoreError, match="inside another one"), db.begin(), db.begin():
        pass
    with db.begin() as tx:
        watch(tx)


def test_what_was_planned_while_the_clock_ran_a_year_ahead_is_brought_back(db: Database) -> None:
    with db.begin() as tx:
        lost, fine, weekly = watch(tx, 1), watch(tx, 2), watch(tx, 3, every=30 * 86_400)
        watches.update(tx, lost.id, next_check_at=NOW + YEAR)
        watches.update(tx, fine.id, next_check_at=NOW + timedelta(days=1))
        watches.update(tx, weekly.id, next_check_at=NOW + timedelta(days=30))
        source, _ = sources.add(tx, url="https://harbour.example/feed", kind=SourceKind.FEED, now=NOW + YEAR)
        outbox.add(tx, alert("waits"), NOW + YEAR)
        outbox.add(tx, alert("leased", "C2"), NOW)
        outbox.claim(tx, NOW, 9, YEAR)
        outbox.add(tx, alert("tomorrow", "C3", not_before=NOW + timedelta(days=1)), NOW)
        hosts.leave_alone(tx, "harbour.example", NOW + YEAR)
        assert clocks.bring_back(tx, NOW) == 5
        assert clocks.bring_back(tx, NOW) == 0
        assert [found.id for found in watches.claim_due(tx, NOW, 9, LEASE)] == [lost.id]
        assert [found.id for found in sources.claim_due(tx, NOW, 9, LEASE)] == [source.id]
        assert [found.key for found in outbox.claim(tx, NOW, 9, LEASE)] == ["waits", "leased"]
        assert hosts.left_alone(tx, NOW) == {}


def test_a_clock_put_back_takes_due_times_and_leases_with_it(db: Database) -> None:
    hour = timedelta(hours=1)
    with db.begin() as tx:
        soon, held, never = watch(tx, 1), watch(tx, 2), watch(tx, 3)
        watches.update(tx, never.id, state=WatchState.PAUSED, next_check_at=None)
        watches.update(tx, soon.id, next_check_at=NOW + MINUTE)
        watches.claim_due(tx, NOW, 9, LEASE, holder="job:1")
        outbox.add(tx, alert("a"), NOW)
        outbox.add(tx, alert("b", "C2"), NOW)
        outbox.sent(tx, 2, {}, NOW)
        route_states.put(tx, soon.id, "desk", {}, NOW + MINUTE)
        clocks.shift(tx, hour)
        moved = watches.get(tx, soon.id)
        assert moved is not None
        assert moved.next_check_at == NOW + MINUTE - hour
        assert route_states.next_due(tx) == NOW + MINUTE - hour
        assert outbox.next_try(tx) == NOW - hour
        assert watches.release(tx, "job:1", NOW - hour) == 1  # still known as held
        stopped = watches.get(tx, never.id)
        assert stopped is not None
        assert stopped.next_check_at is None
        assert tx.execute(tables.alerts.select().where(tables.alerts.c.id == 2)).one().next_try_at == NOW
        assert held.id
