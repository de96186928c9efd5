"""What Stet counts while it works, for Prometheus: checks, bytes, deliveries.

One ``Metrics`` per process, made by the composition root and handed to the jobs, which only ever count. What can be
read from the database (outbox, watches, ticks) is no counter: the web view reads it at each scrape.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector

CHECK_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
DELIVERY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counters with a registry of their own, so that two can live in one process (tests do that)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._checks = Counter(
            "stet_checks", "Checks of a story, by how they ended.", ["outcome"], registry=self.registry
        )
        self._ended: dict[str, Counter] = {}
        self._check_seconds = Histogram(
            "stet_check_duration_seconds",
            "Time of one check: fetch, extraction, comparison, storing.",
            buckets=CHECK_SECONDS,
            registry=self.registry,
        )
        self._fetched = Counter("stet_fetched_bytes", "Bytes of pages and feeds received.", registry=self.registry)
        self._alerts = Counter(
            "stet_alerts",
            "Attempts to deliver an alert, by channel and how they ended.",
            ["channel", "status"],
            registry=self.registry,
        )
        self._delivery_seconds = Histogram(
            "stet_delivery_duration_seconds",
            "Time of one attempt to deliver, by channel.",
            ["channel"],
            buckets=DELIVERY_SECONDS,
            registry=self.registry,
        )

    def checked(self, outcome: str, *, seconds: float | None = None, size: int = 0) -> None:
        """One check ended as ``outcome`` (the words of ``model.Outcome``), having received ``size`` bytes."""
        ended = self._ended.get(outcome)
        if ended is None:
            ended = self._ended[outcome] = self._checks.labels(outcome=str(outcome))
        ended.inc()
        if seconds is not None:
            self._check_seconds.observe(max(0.0, seconds))
        if size > 0:
            self._fetched.inc(size)

    def fetched(self, size: int) -> None:
        """Bytes received outside a check: a feed, a sitemap, robots.txt."""
        if size > 0:
            self._fetched.inc(size)

    def delivered(self, channel: str, status: str, *, seconds: float | None = None) -> None:
        """One attempt on ``slack``, ``email`` or ``terminal`` ended as ``sent``, ``retry`` or ``dead``."""
        self._alerts.labels(channel=channel, status=status).inc()
        if seconds is not None:
            self._delivery_seconds.labels(channel=channel).observe(max(0.0, seconds))
