"""How often and how many at once: one budget per host, shared by every kind of fetch.

A host is a name without its ``www.`` and without a port: what an outlet's own people would call their site. Each has
a gap between the starts of two fetches (the larger of ``host_gap`` and robots.txt's Crawl-delay), a number of
fetches at once, and pauses: what ``Retry-After`` asked for counts for the whole host, and a host that does not
answer is asked by one at a time until it does, and left alone for a growing time, so that it costs few workers.

Nothing here sleeps longer than its caller allows, and a scheduler need not wait at all: `Politeness.ready_in` says
when a host's next turn is.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.errors import Refused, Unreachable

LONGEST_PAUSE = 86_400.0
"""Seconds: what a Retry-After may ask for at most."""

LONGEST_CRAWL_DELAY = 3_600.0

BUSY_PAUSE = (30.0, 3_600.0)
"""First and longest pause, in seconds, after a 429 that names no time; doubled each time in a row."""

DOWN_AFTER = 3
"""Fetches in a row without an answer before a host is left alone."""

DOWN_PAUSE = (5.0, 300.0)
"""First and longest such pause, in seconds, doubled each time."""

WORTH_WAITING = 10.0
"""Seconds of a pause that are waited for; of a longer one people are told at once, however patient they are."""

FULL = 0.05
"""Seconds that a host whose places are all taken is not ready for at the least."""

REMEMBERED_HOSTS = 50_000

DOWN = "no answer"
"""Why a host rests that did not ask for it."""


def host_key(host: str) -> str:
    """The name under which a host's budget is kept."""
    return host.lower().rstrip(".").removeprefix("www.")


def parse_retry_after(value: str, *, date: str = "", now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for: a number or an HTTP date (RFC 9110, 10.2.3).

    A date counts from the response's own ``Date`` where it has one, because the two clocks need not agree. Never
    negative, at most a day, None where it cannot be read.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_PAUSE)
    until = _http_date(value)
    if until is None:
        return None
    since = _http_date(date) or now
    return min(max(0.0, (until - since).total_seconds()), LONGEST_PAUSE)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """One host's budget as it is now, for people to look at. All times in seconds."""

    host: str
    gap: float
    per_host: int
    active: int
    waiting: int
    ready_in: float
    crawl_delay: float | None
    paused_for: float
    paused_why: str
    """``""``, ``retry-after``, ``too many requests`` or ``no answer``."""
    robots: str
    """What is known of robots.txt: ``""``, ``rules``, ``none`` or ``closed``."""
    requests: int
    failures_in_row: int
    bytes: int
    last_status: int
    last_ago: float | None


@dataclass(slots=True)
class _Host:
    key: str
    turn: threading.Condition
    crawl_delay: float | None = None
    active: int = 0
    waiting: int = 0
    last_start: float | None = None
    paused_until: float = 0.0
    paused_why: str = ""
    busy_in_row: int = 0
    failures_in_row: int = 0
    requests: int = 0
    bytes: int = 0
    last_status: int = 0
    robots: str = ""


class Politeness:
    """The hosts' budgets. Thread-safe. ``host_gap`` and ``clock`` in seconds."""

    def __init__(
        self, *, per_host: int = 2, host_gap: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_host = max(1, per_host)
        self._host_gap = max(0.0, host_gap)
        self._clock = clock
        self._lock = threading.Lock()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._maybe_resting: dict[str, _Host] = {}  # those that may have a gap, a pause or a full house
        self._unsure: set[str] = set()

    def ready_in(self, host: str, now: float | None = None) -> float:
        """Seconds until the next fetch of ``host`` may start; 0 when it may start now.

        While all of the host's places are taken, what a gap takes at least, since nobody knows when one gets free.
        """
        with self._lock:
            known = self._hosts.get(host_key(host))
            return 0.0 if known is None else self._ready_in(known, self._clock() if now is None else now)

    @contextmanager
    def turn(self, host: str, *, patience: float) -> Iterator[None]:
        """Wait for the host's next turn, at most ``patience`` seconds, and hold one of its places meanwhile.

        Raises `Refused` (reason ``paused`` or ``busy``) or `Unreachable` (reason ``down``), at once where the
        wait would be longer, each with ``retry_after``: nothing was sent, so nothing failed.
        """
        known = self._enter(host_key(host), patience)
        try:
            yield
        finally:
            with self._lock:
                known.active -= 1
                known.turn.notify()

    def answered(self, host: str, status: int, *, retry_after: float | None = None, size: int = 0) -> bool:
        """A host answered. 429 and 503 pause the whole host for what they ask for.

        True where that is news: it asks for a pause, or is back after one for not answering.
        """
        with self._lock:
            known = self._get(host_key(host))
            known.requests += 1
            known.bytes += size
            known.last_status = status
            back = known.failures_in_row >= DOWN_AFTER
            known.failures_in_row = 0
            self._unsure.discard(known.key)
            if status == 429 and retry_after is None:
                self._pause(known, _doubled(BUSY_PAUSE, known.busy_in_row), "too many requests")
                known.busy_in_row += 1
            elif status in (429, 503) and retry_after is not None:
                self._pause(known, retry_after, "retry-after")
                known.busy_in_row += 1
            else:
                known.busy_in_row = 0
                return back
            return True

    def failed(self, host: str) -> bool:
        """A host did not answer. From the third time in a row on it is left alone for a growing while: then True."""
        with self._lock:
            known = self._get(host_key(host))
            known.requests += 1
            known.last_status = 0
            known.failures_in_row += 1
            self._unsure.add(known.key)
            if known.failures_in_row >= DOWN_AFTER:
                self._pause(known, _doubled(DOWN_PAUSE, known.failures_in_row - DOWN_AFTER), DOWN)
                return True
            return False

    def leave_alone(self, host: str, seconds: float, why: str = "retry-after") -> None:
        """Pause a host, as another worker or an earlier run was asked to. A longer pause stands."""
        with self._lock:
            self._pause(self._get(host_key(host)), seconds, why)

    def resting(self, soon: float = 0.0) -> list[str]:
        """Names of hosts whose turn is not now, with and without ``www.``: for a scheduler to leave out.

        Those whose turn comes within ``soon`` seconds are not among them.
        """
        with self._lock:
            now = self._clock()
            names = []
            for key, known in list(self._maybe_resting.items()):
                ready = self._ready_in(known, now)
                if ready > soon or self._is_full(known):
                    names += [key, f"www.{key}"]
                elif ready <= 0.0:
                    del self._maybe_resting[key]
            return names

    def unsure(self) -> list[str]:
        """Names of hosts that did not answer when they were last asked, with and without ``www.``."""
        with self._lock:
            return [name for key in self._unsure for name in (key, f"www.{key}")]

    def learn_robots(self, host: str, state: str, crawl_delay: float | None) -> None:
        """Take over what robots.txt says."""
        with self._lock:
            known = self._get(host_key(host))
            known.robots = state
            known.crawl_delay = None if crawl_delay is None else min(max(0.0, crawl_delay), LONGEST_CRAWL_DELAY)

    def state(self, host: str) -> HostState:
        """One host's budget; of a host that was never asked, an empty one."""
        with self._lock:
            key = host_key(host)
            return self._state(key, self._get(key), self._clock())

    def states(self) -> list[HostState]:
        """Every host that was spoken to, by name."""
        with self._lock:
            now = self._clock()
            return [self._state(name, self._hosts[name], now) for name in sorted(self._hosts)]

    def _state(self, name: str, known: _Host, now: float) -> HostState:
        paused = max(0.0, known.paused_until - now)
        return HostState(
            host=name,
            gap=self._gap(known),
            per_host=self._per_host,
            active=known.active,
            waiting=known.waiting,
            ready_in=self._ready_in(known, now),
            crawl_delay=known.crawl_delay,
            paused_for=paused,
            paused_why=known.paused_why if paused else "",
            robots=known.robots,
            requests=known.requests,
            failures_in_row=known.failures_in_row,
            bytes=known.bytes,
            last_status=known.last_status,
            last_ago=None if known.last_start is None else max(0.0, now - known.last_start),
        )

    def _get(self, key: str) -> _Host:
        known = self._hosts.get(key)
        if known is None:
            known = self._hosts[key] = _Host(key=key, turn=threading.Condition(self._lock))
            if len(self._hosts) > REMEMBERED_HOSTS:
                self._forget_one()
        return known

    def _forget_one(self) -> None:
        now = self._clock()
        for name, known in self._hosts.items():
            if not known.active and not known.waiting and known.paused_until <= now:
                self._unsure.discard(name)
                del self._hosts[name]
                return

    def _gap(self, known: _Host) -> float:
        return max(self._host_gap, known.crawl_delay or 0.0)

    def _is_full(self, known: _Host) -> bool:
        """A host that did not answer has one place until it does: whoever asks may wait for long."""
        return known.active >= (1 if known.failures_in_row else self._per_host)

    def _ready_in(self, known: _Host, now: float) -> float:
        ready = max(0.0, known.paused_until - now)
        gap = self._gap(known)
        if known.last_start is not None:
            ready = max(ready, known.last_start + gap - now)
        if self._is_full(known):
            ready = max(ready, gap, FULL)
        return ready

    def _enter(self, key: str, patience: float) -> _Host:
        with self._lock:
            known = self._get(key)
            deadline = self._clock() + patience
            known.waiting += 1
            try:
                while True:
                    now = self._clock()
                    full = self._is_full(known)
                    ready = self._ready_in(known, now)
                    if not full and ready <= 0.0:
                        break
                    ahead = ready if full else ready + (known.waiting - 1) * self._gap(known)
                    rests = known.paused_until - now > WORTH_WAITING
                    if rests or now >= deadline or now + ahead > deadline:
                        raise self._too_long(key, known, now, ahead)
                    known.turn.wait(min(ready, deadline - now))
            finally:
                known.waiting -= 1
            known.active += 1
            known.last_start = self._clock()
            self._maybe_resting[key] = known
            return known

    def _too_long(self, key: str, known: _Host, now: float, ahead: float) -> Refused | Unreachable:
        if known.paused_until > now:
            left = known.paused_until - now
            if known.paused_why == DOWN:
                return Unreachable(
                    f"the site has not answered {known.failures_in_row} times in a row; next try in {left:.0f} s",
                    subject=key,
                    retry_after=left,
                    reason="down",
                )
            return Refused(
                f"the site asked for a pause; next try in {left:.0f} s", subject=key, retry_after=left, reason="paused"
            )
        return Refused(
            "other stories of this site are being fetched; this one has its turn later",
            subject=key,
            retry_after=max(ahead, 1.0),
            reason="busy",
        )

    def _pause(self, known: _Host, seconds: float, why: str) -> None:
        self._maybe_resting[known.key] = known
        until = self._clock() + min(seconds, LONGEST_PAUSE)
        if until > known.paused_until:
            known.paused_until = until
            known.paused_why = why


def _doubled(limits: tuple[float, float], times: int) -> float:
    first, longest = limits
    return float(min(longest, first * 2 ** min(times, 16)))
