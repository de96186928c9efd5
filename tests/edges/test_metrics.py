"""Health and numbers: alive is not ready, ready says why not, and a scrape reads the database afresh."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from bot.core.model import AlertKind, NewAlert, Target
from bot.metrics import Metrics
from bot.store import meta, outbox
from bot.store.database import Database
from bot.web import Server, Services, WebSettings, serve
from tests.web_site import NOW, browse, fill


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[tuple[httpx.Client, Database, Metrics]]:
    """The sample site with a process that has counted something."""
    metrics = Metrics()
    with Database.open(f"sqlite:///{tmp_path / 'stet.db'}") as db:
        fill(db)
        services = Services(
            db=db, now=lambda: NOW, compare=lambda a, b: pytest.fail("not wanted"), secret="s" * 20, metrics=metrics
        )
        server: Server = serve(services, WebSettings(listen="127.0.0.1:0"))
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            yield client, db, metrics
        assert server.stop()


def values(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample of a scrape."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse_text(text)
        for sample in family.samples
    }


def alert(n: int) -> NewAlert:
    """An alert of its own."""
    return NewAlert(
        key=f"test:{n}", kind=AlertKind.NOTICE, route="r", target=Target(channel="email", address=f"a{n}@x.example")
    )


def test_a_scrape_holds_what_the_process_counted(counted: tuple[httpx.Client, Database, Metrics]) -> None:
    client, _, metrics = counted
    metrics.checked("changed", seconds=0.3, size=5000)
    metrics.checked("unchanged", seconds=0.1, size=100)
    metrics.fetched(50)
    metrics.delivered("slack", "sent", seconds=0.2)
    metrics.delivered("email", "retry")
    found = values(client.get("/metrics").text)
    assert found["stet_checks_total", frozenset({("outcome", "changed")})] == 1
    assert found["stet_fetched_bytes_total", frozenset()] == 5150
    assert found["stet_alerts_total", frozenset({("channel", "email"), ("status", "retry")})] == 1
    assert found["stet_check_duration_seconds_count", frozenset()] == 2
    assert found["stet_delivery_duration_seconds_sum", frozenset({("channel", "slack")})] == pytest.approx(0.2)
    assert found["process_start_time_seconds", frozenset()] > 0


def test_a_scrape_reads_the_outbox_and_the_stories_afresh(counted: tuple[httpx.Client, Database, Metrics]) -> None:
    client, db, _ = counted
    before = values(client.get("/metrics").text)
    assert before["stet_watches", frozenset({("state", "active")})] == 5
    assert before["stet_watches", frozenset({("state", "retired")})] == 1
    assert before["stet_watches_unhealthy", frozenset({("health", "failing")})] == 1
    assert before["stet_outbox_alerts", frozenset({("status", "pending")})] == 0
    with db.begin() as tx:
        for n in range(3):
            assert outbox.add(tx, alert(n), NOW - timedelta(seconds=100))
        meta.tick(tx, "checker", NOW - timedelta(seconds=7))
    after = values(client.get("/metrics").text)
    assert after["stet_outbox_alerts", frozenset({("status", "pending")})] == 3
    assert after["stet_outbox_oldest_age_seconds", frozenset()] == 100
    assert after["stet_tick_age_seconds", frozenset({("loop", "checker")})] == 7
    assert after["stet_database_size_bytes", frozenset()] > 10_000


def test_names_and_units_follow_prometheus(counted: tuple[httpx.Client, Database, Metrics]) -> None:
    text = counted[0].get("/metrics").text
    for family in parse_text(text):
        assert family.documentation, family.name
        assert family.name.startswith(("stet_", "process_", "python_")), family.name
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))


def test_promtool_finds_nothing_in_the_numbers(counted: tuple[httpx.Client, Database, Metrics]) -> None:
    client, db, metrics = counted
    metrics.checked("changed", seconds=0.3, size=5000)
    metrics.delivered("slack", "sent", seconds=0.2)
    with db.begin() as tx:
        meta.tick(tx, "checker", NOW)
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool")
    scrape = client.get("/metrics").content
    assert b"stet_tick_age_seconds{" in scrape and b"stet_delivery_duration_seconds_bucket{" in scrape
    done = subprocess.run([tool, "check", "metrics"], input=scrape, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_openmetrics_is_spoken_to_who_asks_for_it(counted: tuple[httpx.Client, Database, Metrics]) -> None:
    answer = counted[0].get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = list(parse_openmetrics(answer.text))
    assert {"stet_checks", "stet_watches"} <= {family.name for family in families}
    assert answer.text.count("# EOF") == 1


def test_no_address_headline_or_name_of_a_person_is_in_the_numbers(
    counted: tuple[httpx.Client, Database, Metrics],
) -> None:
    client, db, _ = counted
    with db.begin() as tx:
        outbox.add(tx, alert(1), NOW)
    for path in ("/metrics", "/readyz", "/healthz"):
        text = client.get(path).text
        for word in ("herald", "Minister", "x.example", "Coast", str(db.path)):
            assert word not in text, path


def test_alive_is_said_without_the_database(counted: tuple[httpx.Client, Database, Metrics]) -> None:
    client, db, _ = counted
    with db.begin() as tx:
        tx.exec_driver_sql("ALTER TABLE watches RENAME TO lost")
    assert client.get("/healthz").text == "ok\n"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("FAILED database: ")
    found = values(client.get("/metrics").text)
    assert found["stet_database_up", frozenset()] == 0
    assert ("stet_checks_created", frozenset()) not in found


def test_ready_means_a_late_tick_and_an_old_alert_do_not_hide(tmp_path: Path) -> None:
    with browse(tmp_path, filled=False) as (client, db):
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "FAILED scheduler: has not run yet" in answer.text
        with db.begin() as tx:
            for part in ("checker", "scheduler", "web"):
                meta.tick(tx, part, NOW - timedelta(seconds=20))
        answer = client.get("/readyz")
        assert answer.status_code == 200, answer.text
        with db.begin() as tx:
            meta.tick(tx, "checker", NOW - timedelta(seconds=500))
        assert "the checker gave no sign for 500 s" in client.get("/readyz").text
        with db.begin() as tx:
            meta.tick(tx, "checker", NOW)
            outbox.add(tx, alert(1), NOW - timedelta(hours=1))
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "FAILED outbox: oldest alert due 3600 s ago" in answer.text


def test_pages_alone_are_ready_without_a_scheduler_where_none_is_expected(tmp_path: Path) -> None:
    with browse(tmp_path, filled=False, expect_ticks=False) as (client, _):
        assert client.get("/readyz").status_code == 200


def test_an_alert_held_for_later_is_not_late(tmp_path: Path) -> None:
    with browse(tmp_path, filled=False, expect_ticks=False) as (client, db):
        held = alert(1)
        with db.begin() as tx:
            outbox.add(
                tx,
                NewAlert(
                    key=held.key, kind=held.kind, route="r", target=held.target, not_before=NOW + timedelta(hours=8)
                ),
                NOW - timedelta(hours=9),
            )
        assert client.get("/readyz").status_code == 200
