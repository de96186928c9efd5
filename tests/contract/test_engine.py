"""The distributed engine on a real PostgreSQL: two worker processes, one killed in the middle of a job."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import App
from bot.config import load
from bot.core.model import AlertKind, AlertStatus, NewAlert, Target
from bot.engine.leader import Leader
from bot.engine.local import LocalEngine
from bot.engine.procrastinate import ProcrastinateEngine
from bot.errors import ConfigError
from bot.jobs import check
from bot.store import hosts, outbox, versions, watches
from bot.store.database import Database
from tests import postgres
from tests.contract.workers import HOSTS, Worker, page, until
from tests.newsroom import Newsroom, Reply, Seen

STORIES = 4


def stories(newsroom: Newsroom) -> list[tuple[str, str]]:
    return [(host, f"/{number}") for host in HOSTS for number in range(STORIES)]


def publish(newsroom: Newsroom, visitors: str) -> None:
    for host, path in stories(newsroom):
        newsroom.serve(path, Reply(body=page(host, path, visitors), delay=0.05), host=host)


def make_due(db: Database) -> None:
    now = datetime.now(UTC)
    with db.begin() as tx:
        for watch in watches.list_(tx):
            watches.update(tx, watch.id, next_check_at=now)


def numbers(db: Database) -> list[int]:
    with db.read() as tx:
        return [watch.latest_n for watch in watches.list_(tx)]


@pytest.mark.postgres
@pytest.mark.slow
def test_two_workers_share_the_work_and_one_finishes_what_the_other_was_killed_in(
    url: str, newsroom: Newsroom, tmp_path: Path
) -> None:
    publish(newsroom, "900")
    now = datetime.now(UTC)
    with ExitStack() as stack:
        db = stack.enter_context(Database.open(url))
        with db.begin() as tx:
            rows = [
                {"url": newsroom.url(path, host), "key": newsroom.url(path, host)} for host, path in stories(newsroom)
            ]
            watches.add_many(tx, rows, now)
        workers = [Worker(name, tmp_path, url) for name in ("alpha", "beta")]
        for worker in workers:
            stack.callback(worker.kill)
        until(lambda: all(n == 1 for n in numbers(db)), 60, "the first look", workers)

        asked = [(seen.address, seen.path) for seen in newsroom.requests]
        assert sorted(asked) == sorted(set(asked)), "a story was fetched by both"

        # Every site has news. One of them does not answer, and whoever asks it is killed while waiting.
        publish(newsroom, "1,400")
        stuck = HOSTS[2]
        newsroom.serve("/0", Reply(hang=True), host=stuck)
        newsroom.forget()
        make_due(db)
        until(lambda: any(s.path == "/0" and s.address == stuck for s in newsroom.requests), 30, "the hang", workers)
        agent = next(s for s in newsroom.requests if s.path == "/0" and s.address == stuck).headers["user-agent"]
        victim = next(worker for worker in workers if worker.name == agent)
        survivor = next(worker for worker in workers if worker is not victim)
        victim.kill()
        newsroom.serve("/0", Reply(body=page(stuck, "/0", "1,400")), host=stuck)

        until(lambda: all(n == 2 for n in numbers(db)), 60, "the second look", [survivor])
        assert "worker lost" in survivor.log.read_text()

        def told() -> bool:
            with db.read() as tx:
                return outbox.counts(tx, datetime.now(UTC))["sent"] == len(HOSTS) * STORIES

        until(told, 30, "the telling", [survivor])
        with db.read() as tx:
            for watch in watches.list_(tx):
                assert [version.n for version in versions.list_(tx, watch.id)] == [1, 2]
            alerts = outbox.list_(tx, limit=None)
        assert len({alert.watch_id for alert in alerts}) == len(alerts) == len(HOSTS) * STORIES
        assert all(alert.status is AlertStatus.SENT for alert in alerts)
        assert all(alert.attempts == 1 or alert.maybe_sent for alert in alerts)

        began = time.monotonic()
        assert survivor.end() == 0
        assert time.monotonic() - began < 10


@pytest.mark.postgres
def test_only_one_leads_and_another_takes_over(postgres_server: postgres.Server) -> None:
    conninfo = postgres_server.conninfo(postgres_server.fresh())
    one, two = Leader(conninfo), Leader(conninfo)
    try:
        assert one.try_()
        assert one.try_()
        assert not two.try_()
        one.close()
        assert two.try_()
        assert not one.try_()
    finally:
        one.close()
        two.close()


@pytest.mark.postgres
def test_a_leader_whose_session_was_ended_notices_and_stands_again(postgres_server: postgres.Server) -> None:
    name = postgres_server.fresh()
    conninfo = postgres_server.conninfo(name)
    one, two = Leader(conninfo), Leader(conninfo)
    try:
        assert one.try_()
        with Database.open(postgres_server.url(name)) as db, db.begin() as tx:
            tx.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'stet leader'"
            )
        assert two.try_()
        assert not one.try_()
        assert not one.try_()
    finally:
        one.close()
        two.close()


@pytest.mark.parametrize("kind", ["local", "procrastinate"])
@pytest.mark.postgres
def test_what_fell_due_while_nobody_led_is_spread_over_minutes_on_postgresql_too(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(check, "CROWD", 20)
    with App.open(load(None, {"STET_STORE_URL": url}), tmp_path, console=Console(quiet=True)) as app:
        long_ago = app.kit.clock() - timedelta(hours=5)
        with app.kit.db.begin() as tx:
            for number in range(20):
                address = f"https://harbour.example/{number}"
                watch, _ = watches.add(tx, url=address, key=address, now=long_ago, every=300)
                watches.update(tx, watch.id, last_checked_at=long_ago, next_check_at=long_ago)

        def due() -> int:
            with app.kit.db.read() as tx:
                return watches.due_count(tx, app.kit.clock())

        assert due() == 20
        engine = LocalEngine(app) if kind == "local" else ProcrastinateEngine(app, parts=())
        engine.start()
        try:
            until(lambda: due() < 20, 30, "the spreading", [])
            assert due() <= 3, "one every fifteen seconds"
        finally:
            engine.stop(1)


@pytest.mark.postgres
def test_no_story_waits_behind_hosts_that_hang_on_postgresql_either(url: str, tmp_path: Path) -> None:
    let_go = threading.Event()

    def hang(seen: Seen) -> Reply:
        let_go.wait(60)
        return Reply(status=503)

    *hanging, well = HOSTS[:4]
    settings = '[fetch]\nallow_private = ["127.0.0.0/8"]\nrobots = false\nhost_gap = 0\n'
    (tmp_path / "config.toml").write_text(settings, encoding="utf-8")
    config = load(tmp_path / "config.toml", {"STET_STORE_URL": url})
    with (
        Newsroom(addresses=HOSTS[:4]) as newsroom,
        App.open(config, tmp_path, console=Console(quiet=True)) as app,
    ):
        newsroom.answer("/hung", hang)
        rows = [newsroom.url(f"/hung?{number}", host) for host in hanging for number in range(3)]
        for number in range(3):
            newsroom.serve(f"/{number}", Reply(body=page(well, f"/{number}", "900")), host=well)
            rows.append(newsroom.url(f"/{number}", well))
        now = app.kit.clock()
        with app.kit.db.begin() as tx:
            for place, address in enumerate(rows):
                watches.add(tx, url=address, key=address, now=now, next_check_at=now - timedelta(seconds=60 - place))
            for host in hanging:
                hosts.put(tx, host, failures=1, last_failure_at=now)

        def read() -> int:
            with app.kit.db.read() as tx:
                return sum(watch.latest_n for watch in watches.list_(tx))

        engine = ProcrastinateEngine(app, concurrency=1)
        engine.start()
        try:
            until(lambda: any(seen.path.startswith("/hung") for seen in newsroom.requests), 30, "a host that hangs", [])
            until(lambda: read() == 3, 30, "the stories of the host that is well", [])
            assert len({seen.address for seen in newsroom.requests} & set(hanging)) <= 2, "they have two places"
        finally:
            let_go.set()
            engine.stop(5)


def test_the_distributed_engine_refuses_sqlite_with_a_plain_sentence(tmp_path: Path) -> None:
    with (
        App.open(load(None, {}), tmp_path, console=Console(quiet=True)) as app,
        pytest.raises(ConfigError, match="needs PostgreSQL"),
    ):
        ProcrastinateEngine(app)


def test_the_local_engine_takes_up_at_once_what_a_killed_service_held(tmp_path: Path) -> None:
    with App.open(load(None, {}), tmp_path, console=Console(quiet=True)) as app:
        now = app.kit.clock()
        hour = timedelta(hours=1)
        with app.kit.db.begin() as tx:
            watches.add(tx, url="https://harbour.example/1", key="1", now=now)
            target = Target(channel="terminal")
            outbox.add(tx, NewAlert(key="k", kind=AlertKind.TEST, route="r", target=target), now)
            assert watches.claim_due(tx, now, 9, hour, holder="service")
            assert outbox.claim(tx, now, 9, hour, holder="service")
        engine = LocalEngine(app)
        try:
            assert engine.leads()
            assert set(engine.beats()) == {"check", "clock", "deliver terminal", "deliver email"}
            engine.start()
            with app.kit.db.begin() as tx:
                assert watches.claim_due(tx, now + timedelta(minutes=1), 9, hour)
                (again,) = outbox.claim(tx, now + timedelta(minutes=1), 9, hour)
                assert again.maybe_sent
        finally:
            engine.stop(1)
