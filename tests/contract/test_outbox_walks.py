"""The outbox under every order of events: whatever happens, all is told, in order, and never twice unawares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.core.model import Alert, AlertStatus
from bot.store import outbox, tables, targets
from bot.store.database import Database
from tests.contract.values import LEASE, MINUTE, NOW, alert

ADDRESSES = ("C1", "C2", "C3")
WAYS = (
    "arrives",
    "arrives, and we die",
    "we die first",
    "fails",
    "nobody knows, it arrived",
    "nobody knows, it did not",
)
"""How an attempt may end."""
ADD = st.tuples(st.just("add"), st.sampled_from(ADDRESSES))
WORK = st.tuples(st.just("work"), st.lists(st.sampled_from(WAYS), min_size=3, max_size=3))
WAIT = st.tuples(st.just("wait"), st.integers(min_value=0, max_value=8))
RARE = st.one_of(
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("pause"), st.sampled_from([*ADDRESSES, "*"])),
    st.tuples(st.just("resume"), st.sampled_from([*ADDRESSES, "*"])),
)
WALKS = st.lists(st.one_of(ADD, WORK, ADD, WORK, WAIT, RARE), min_size=12, max_size=40)
NUMBERS = count()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all walks."""
    folder: Path = tmp_path_factory.mktemp("walks")
    with Database.open(f"sqlite:///{folder / 'stet.db'}") as db:
        yield db


class Walk:
    """One courier, one outbox, and the world that hears it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.now = NOW
        self.stored: dict[str, list[str]] = {address: [] for address in ADDRESSES}
        self.heard: dict[str, list[str]] = {address: [] for address in ADDRESSES}
        with db.begin() as tx:
            tx.execute(delete(tables.alerts))
            tx.execute(delete(tables.targets))

    def add(self, address: str) -> None:
        key = f"walk {next(NUMBERS)}"
        with self.db.begin() as tx:
            outbox.add(tx, alert(key, address), self.now)
        self.stored[address].append(key)

    def work(self, ways: list[str]) -> list[Alert]:
        """Claim, and let each attempt end its way."""
        with self.db.begin() as tx:
            claimed = outbox.claim(tx, self.now, len(ways), LEASE, holder="service")
        assert len({one.target.key for one in claimed}) == len(claimed), "one of a target at a time"
        for one, way in zip(claimed, ways, strict=False):
            if way.startswith("arrives") or way.endswith("it arrived"):
                self._hear(one)
            with self.db.begin() as tx:
                if way == "arrives":
                    outbox.sent(tx, one.id, {"ts": "1"}, self.now)
                elif way == "fails":
                    outbox.retry(tx, one.id, self.now + MINUTE, "busy")
                elif way.startswith("nobody knows"):
                    outbox.retry(tx, one.id, self.now + MINUTE, "cut off", maybe_sent=True)
        return claimed

    def _hear(self, one: Alert) -> None:
        heard = self.heard[one.target.address]
        if one.key in heard:
            assert one.maybe_sent, "told twice, unawares"
        else:
            before = self.stored[one.target.address]
            assert before[: before.index(one.key)] == heard, "out of order"
            heard.append(one.key)

    def restart(self, _: object) -> None:
        """The service was killed and starts again."""
        with self.db.begin() as tx:
            outbox.abandon(tx, "service", self.now)

    def pause(self, address: str) -> None:
        with self.db.begin() as tx:
            targets.pause(tx, f"slack:{address}", "archived", self.now)

    def resume(self, address: str) -> None:
        with self.db.begin() as tx:
            targets.resume(tx, f"slack:{address}", self.now)

    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE


@given(events=WALKS)
@settings(
    max_examples=50,
    deadline=None,
    phases=(Phase.generate,),  # a walk that fails is short enough to read
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_all_is_told_in_order_and_never_twice_unawares(shared: Database, events: list[tuple[str, object]]) -> None:
    walk = Walk(shared)
    for name, given_ in events:
        getattr(walk, name)(given_)
    for address in ("*", *ADDRESSES):
        walk.resume(address)
    for _ in range(3 * len(events) + 3):
        walk.now += LEASE + timedelta(minutes=2)
        walk.work(["arrives"] * len(ADDRESSES))
    assert walk.heard == walk.stored
    with shared.read() as tx:
        assert {one.status for one in outbox.list_(tx, limit=None)} <= {AlertStatus.SENT}
