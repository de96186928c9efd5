"""Health: alive, ready, and numbers for Prometheus.

``/healthz`` says that this process answers and nothing more. ``/readyz`` looks at the database, the age of the
scheduler's last tick and of the oldest alert that is due; its words carry no names. ``/metrics`` adds what the database
knows to what this process counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.core.model import AlertStatus, WatchState
from bot.errors import StoreError
from bot.store import meta, views
from bot.store.views import Gauges
from bot.web.site import Site, site_of

WORKING = ("checker", "courier", "scheduler")
"""The parts whose silence is trouble wherever they run."""


def healthz(request: Request) -> Response:
    """``/healthz``: 200 while the process answers."""
    return PlainTextResponse("ok\n")


def readyz(request: Request) -> Response:
    """``/readyz``: 200 when everything is in order, else 503 and which check failed."""
    site = site_of(request)
    checks = readiness(site)
    ready = all(good for _, good, _ in checks)
    lines = "".join(f"{'ok' if good else 'FAILED'} {name}: {words}\n" for name, good, words in checks)
    return PlainTextResponse(lines, status_code=200 if ready else 503)


def readiness(site: Site) -> list[tuple[str, bool, str]]:
    """Each check by name: whether it is good, and one line of words."""
    now = site.now()
    try:
        with site.db.read() as tx:
            gauges, ticks = views.gauges(tx, now), meta.ticks(tx)
    except StoreError as error:
        return [("database", False, error.message)]
    age = gauges.oldest_due_seconds
    checks = [
        ("database", True, "answers"),
        ("outbox", age <= site.settings.outbox_limit, f"oldest alert due {age:.0f} s ago" if age else "nothing waits"),
    ]
    if site.settings.expect_ticks:
        checks.append(_tick(ticks, now, site.settings.tick_limit))
    return checks


def metrics(request: Request) -> Response:
    """``/metrics``, in the form the scraper asks for."""
    site = site_of(request)
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    stored = CollectorRegistry()
    stored.register(Stored(site))
    body = encode(site.services.metrics.registry) + encode(stored)
    if media_type.startswith("application/openmetrics-text"):  # one document has one end
        body = body.replace(b"# EOF\n", b"") + b"# EOF\n"
    return Response(body, headers={"Content-Type": media_type})


class Stored(Collector):
    """What the database says, read at each scrape. Without a database the scrape still gives the counters."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def collect(self) -> Iterable[Metric]:
        """Gauges by the names of the documentation."""
        now = self._site.now()
        yield InfoMetricFamily("stet_build", "The running version.", {"version": self._site.services.version or "?"})
        up = GaugeMetricFamily("stet_database_up", "Whether the database answered this scrape.")
        try:
            with self._site.db.read() as tx:
                gauges, ticks = views.gauges(tx, now), meta.ticks(tx)
            size = self._site.db.size()
        except StoreError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield _one("stet_database_size_bytes", "Bytes the database takes.", size)
        yield from _watches(gauges)
        yield from _outbox(gauges)
        tick = GaugeMetricFamily("stet_tick_age_seconds", "Time since each loop last ran.", labels=["loop"])
        for name, at in sorted(ticks.items()):
            tick.add_metric([name], max(0.0, (now - at).total_seconds()))
        yield tick

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read the database."""
        return ()


def _watches(gauges: Gauges) -> Iterator[Metric]:
    states = GaugeMetricFamily("stet_watches", "Stories by state.", labels=["state"])
    for state in WatchState:
        states.add_metric([state], sum(count for (one, _), count in gauges.watches.items() if one == state))
    yield states
    health = GaugeMetricFamily("stet_watches_unhealthy", "Active stories in trouble, by kind.", labels=["health"])
    troubled = {one for _, one in gauges.watches if one != "ok"}
    for one in sorted(troubled):
        health.add_metric([one], gauges.watches.get((WatchState.ACTIVE, one), 0))
    yield health
    yield _one("stet_watches_overdue", "Active stories whose time to be checked is past.", gauges.overdue)


def _outbox(gauges: Gauges) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("stet_outbox_alerts", "Alerts not sent, by where they stand.", labels=["status"])
    for status in (AlertStatus.PENDING, AlertStatus.LEASED, AlertStatus.PAUSED, AlertStatus.DEAD):
        waiting.add_metric([status], gauges.outbox.get(status, 0))
    yield waiting
    yield _one("stet_outbox_oldest_age_seconds", "How long the oldest alert has been due.", gauges.oldest_due_seconds)


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _tick(ticks: dict[str, datetime], now: datetime, limit: float) -> tuple[str, bool, str]:
    """Whatever part ever worked on this database must have given a sign lately, and at least one must have."""
    if not ticks:
        return "scheduler", False, "has not run yet"
    ages = {name: (now - at).total_seconds() for name, at in ticks.items()}
    late = {name: age for name, age in ages.items() if name in WORKING and age > limit}
    if late:
        name = max(late, key=lambda one: late[one])
        return "scheduler", False, f"the {name} gave no sign for {late[name]:.0f} s"
    newest = min(ages.values())
    return "scheduler", newest <= limit, f"gave a sign {max(0.0, newest):.0f} s ago"
