"""The fetcher: one address in, one page (or the word that it is unchanged) out, politely and through the one door.

The way of a fetch, each line of which may end it with an error of `bot.errors`:

    guard.check_url     the address is read strictly
    politeness.turn     the host's turn; its place is held until the answer is whole
    robots.check        robots.txt, fetched the same way where it is not known
    transport           resolve, check, pin, connect, send, read, unpack; once more on a fresh connection after a reset
    journey.follow      a redirect: the next hop, from the top; at most ten
    incoming.result     the page, or a status that is none
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from bot.errors import FetchError, Refused, Unreachable
from bot.fetch.guard import Guard, Resolver
from bot.fetch.incoming import result, retry_after
from bot.fetch.journey import Journey
from bot.fetch.outgoing import header_problems, is_proxy, product_token, request_headers, user_agent
from bot.fetch.page import FetchSettings, NotModified, Page, Request
from bot.fetch.politeness import DOWN, HostState, Politeness, host_key
from bot.fetch.robots import MAX_READ, Origin, RobotsBook, RobotsFile
from bot.fetch.transport import Exchange, PinnedTransport
from bot.fetch.url import ParsedUrl

FEEDS = 8
"""So many other fetches may go on beside those of the workers."""
_NO_ANSWER = frozenset(("dns", "refused", "reset", "timeout", "tls", "proxy"))
_WORTH_A_RETRY = frozenset(("reset", "truncated"))


class Fetcher:
    """Fetches pages within limits. Thread-safe; use as a context manager, or `close` it.

    ``resolver`` (host -> addresses), ``clock`` (monotonic seconds) and ``wall`` (aware UTC) may be given.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        resolver: Resolver | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] | None = None,
    ) -> None:
        self.settings = settings
        self.user_agent = user_agent(settings)
        self.guard = Guard(settings.allow_private, settings.ports, resolver=resolver)
        self.politeness = Politeness(per_host=settings.per_host, host_gap=settings.host_gap, clock=clock)
        self._wall = wall or _utc_now
        self._closing: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._names: dict[str, set[str]] = {}
        self._origins: dict[str, set[Origin]] = {}
        self._learnt: set[str] = set()
        self._spoken: set[str] = set()
        self._robots = RobotsBook(product_token(self.user_agent), clock=clock)
        self._transport = PinnedTransport(
            self.guard,
            timeout=settings.timeout,
            max_bytes=settings.max_bytes,
            ca_file=settings.ca_file,
            idle=settings.workers + FEEDS,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, and what was added with `when_closed`; a fetch under way ends within a second."""
        while self._closing:
            self._closing.pop()()
        self._transport.close()

    def when_closed(self, close: Callable[[], None]) -> None:
        """Have something else closed together with the fetcher."""
        self._closing.append(close)

    def hosts(self) -> list[HostState]:
        """Every host's budget as it is now, by name."""
        return self.politeness.states()

    def ready_in(self, host: str, now: float | None = None) -> float:
        """Seconds until a fetch from ``host`` would start at once. ``now`` is the clock's, in seconds."""
        return self.politeness.ready_in(host, now)

    def resting(self, soon: float = 0.0) -> list[str]:
        """Hosts that a scheduler leaves out for now: a fetch from them would have to wait longer than ``soon``."""
        return self.politeness.resting(soon)

    def unsure(self) -> list[str]:
        """Hosts that did not answer when they were last asked: who asks them again may wait for long."""
        return self.politeness.unsure()

    def leave_alone(self, host: str, seconds: float) -> None:
        """Pause a host, as another worker or an earlier run was asked to (Retry-After)."""
        self.politeness.leave_alone(host, seconds)

    def changed(self) -> dict[str, dict[str, Any]]:
        """What was learnt of hosts since the last call, as JSON by name: to be kept over a restart and `recall`ed.

        ``retry_after`` is the moment until which the host asked to be left alone (ISO 8601) or None, ``robots`` the
        files that are known; the rest is the host's budget, for people.
        """
        now = self._wall()
        with self._lock:
            names = {name: sorted(self._origins[name]) for name in self._learnt}
            self._learnt.clear()
        found: dict[str, dict[str, Any]] = {}
        for name, origins in names.items():
            budget = self.politeness.state(name)
            asked = budget.paused_for if budget.paused_why != DOWN else 0.0
            robots = [self._robots.remember(origin, now) for origin in origins]
            found[name] = {
                "retry_after": (now + timedelta(seconds=asked)).isoformat() if asked else None,
                "why": budget.paused_why,
                "robots": [known for known in robots if known is not None],
                "robots_state": budget.robots,
                "crawl_delay": budget.crawl_delay,
                "gap": budget.gap,
                "per_host": budget.per_host,
                "requests": budget.requests,
                "failures_in_row": budget.failures_in_row,
                "last_status": budget.last_status,
            }
        return found

    def spoken_to(self) -> dict[str, int]:
        """Hosts that were asked since the last call, by name: how often in a row each has not answered (0: it did)."""
        with self._lock:
            spoken, self._spoken = self._spoken, set()
        return {name: self.politeness.state(name).failures_in_row for name in spoken}

    def recall(self, learnt: Mapping[str, Mapping[str, Any]]) -> None:
        """Take over what `changed` gave, in an earlier run or on another machine. What cannot be read is left out."""
        now = self._wall()
        for name, known in learnt.items():
            for file in known.get("robots") or ():
                origin = self._robots.recall(file, now)
                if origin is not None:
                    self._learn(name, origin)
                    self.politeness.learn_robots(name, *self._robots.summary(origin))
            with suppress(ValueError, TypeError):
                seconds = (datetime.fromisoformat(known.get("retry_after") or "") - now).total_seconds()
                if seconds > 0:
                    self.politeness.leave_alone(name, seconds, str(known.get("why") or "retry-after"))
        with self._lock:
            self._learnt.clear()

    def get(self, request: Request) -> Page | NotModified:
        """Fetch one address.

        Raises `Refused` (the address, robots.txt, a redirect that may not be followed), `BadStatus` (whatever is not
        200, 203 or a fitting 304), `TooLarge` or `Unreachable`. Where the host's turn is too far off nothing is sent
        and nothing failed: `Refused` with reason ``paused`` or ``busy``, `Unreachable` with reason ``down``, each with
        ``retry_after``.
        """
        return self._go(request, held=None)

    def _go(self, request: Request, held: str | None) -> Page | NotModified:
        started = time.monotonic()
        self._check_request(request)
        target = self.guard.check_url(request.url)
        journey = Journey(request=request, target=target, left=self.settings.timeout)
        patience = self.settings.patience if request.patience is None else request.patience
        with ExitStack() as places:
            while True:
                host = host_key(journey.target.host)
                self._refuse_early(journey)
                if host != held:
                    places.close()
                    places.enter_context(self.politeness.turn(host, patience=patience))
                    held = host
                self._ask_robots(journey, host)
                done = self._exchange(journey, host)
                location = Journey.leads_on(done.answer)
                if not location:
                    took_ms = (time.monotonic() - started) * 1000
                    return result(journey, done.answer, done.body, took_ms=took_ms, now=self._wall())
                journey.follow(location, done.answer, self.guard)

    def _check_request(self, request: Request) -> None:
        problems = header_problems(request.headers)
        if problems:
            raise Refused(f"{problems[0]}; see [[outlet]] headers", subject=request.url[:200], reason="headers")
        proxy = request.proxy or self.settings.proxy
        if proxy and not is_proxy(proxy):
            raise Refused("the proxy is no http, https or socks5 address; see proxy", reason="url")

    def _learn(self, name: str, origin: Origin | None = None) -> None:
        """Note that something of a host is worth keeping, under each name that it was asked by."""
        key = host_key(name)
        with self._lock:
            origins = self._origins.setdefault(name, set())
            if origin is not None:
                origins.add(origin)
            names = self._names.setdefault(key, set())
            names.add(name)
            self._learnt |= names

    # robots.txt

    def _refuse_early(self, journey: Journey) -> None:
        """Say no without taking a turn, where the rules are known."""
        if self._is_asked_of_robots(journey):
            verdict = self._robots.peek(journey.target)
            if verdict is not None and not verdict.allowed:
                raise self._closed(journey.target, verdict.state, verdict.retry_after)

    def _is_asked_of_robots(self, journey: Journey) -> bool:
        return self.settings.robots and journey.request.kind in ("story", "feed")

    def _ask_robots(self, journey: Journey, host: str) -> None:
        if not self._is_asked_of_robots(journey):
            return
        verdict = self._robots.peek(journey.target)
        if verdict is None:

            def ask(url: str, etag: str | None, last_modified: str | None) -> RobotsFile:
                asked = Request(
                    url=url, etag=etag, last_modified=last_modified, kind="robots", proxy=journey.request.proxy
                )
                answer = self._go(asked, held=host)
                body = answer.body if isinstance(answer, Page) else None
                return RobotsFile(body=body, etag=answer.etag, last_modified=answer.last_modified)

            verdict = self._robots.check(journey.target, ask)
            self.politeness.learn_robots(host, verdict.state, verdict.crawl_delay)
            self._learn(journey.target.host, journey.target.origin)
        if not verdict.allowed:
            raise self._closed(journey.target, verdict.state, verdict.retry_after)

    @staticmethod
    def _closed(target: ParsedUrl, state: str, retry_after: float | None) -> Refused:
        if state == "closed":
            return Refused(
                "the site's robots.txt answers with an error, so the site counts as closed for now",
                subject=target.url,
                reason="robots",
                retry_after=retry_after,
            )
        return Refused(
            "robots.txt does not allow this address; ask the outlet, or set robots = false in [fetch] if you may",
            subject=target.url,
            reason="robots",
        )

    # one hop

    def _exchange(self, journey: Journey, host: str) -> Exchange:
        started = time.monotonic()
        try:
            try:
                done = self._send(journey, fresh=False)
            except Unreachable as error:
                left = journey.left - (time.monotonic() - started)
                if error.reason not in _WORTH_A_RETRY or left < 1.0:
                    raise
                journey.left = left
                started = time.monotonic()
                done = self._send(journey, fresh=True)
        except FetchError as error:
            if isinstance(error, Unreachable) and error.reason in _NO_ANSWER and self.politeness.failed(host):
                self._learn(journey.target.host)
            raise
        finally:
            journey.left -= time.monotonic() - started
            with self._lock:
                self._spoken.add(journey.target.host)
        answer = done.answer
        pause = retry_after(answer, self._wall()) if answer.status >= 400 else None
        news = self.politeness.answered(host, answer.status, retry_after=pause, size=answer.wire_bytes)
        if news or journey.target.host not in self._origins:
            self._learn(journey.target.host)
        return done

    def _send(self, journey: Journey, *, fresh: bool) -> Exchange:
        request = journey.request
        return self._transport.exchange(
            journey.target,
            request_headers(request, self.user_agent, own=journey.at_home, cookies=journey.cookies),
            timeout=max(0.001, journey.left),
            max_bytes=max(self.settings.max_bytes, _LARGER.get(request.kind, 0)),
            proxy=request.proxy or self.settings.proxy,
            fresh=fresh,
        )


_LARGER = {"robots": 2 * MAX_READ, "feed": 15_000_000}
"""Bytes that may come whatever the limit for pages is: a sitemap of 50,000 addresses is 10 MB."""


def _utc_now() -> datetime:
    return datetime.now(UTC)
