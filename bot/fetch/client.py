"""The fetcher: one address in, one page (or the word that it is unchanged) out, politely and through the one door.

The way of a fetch, each line of which may end it with an error of `bot.errors`:

    guard.check_url     the address is read strictly
    politeness.turn     the host's turn; its place is held until the answer is whole
    robots.check        robots.txt, fetched the same way where it is not known
    transport           resolve, check, pin, connect, send, read, unpack; once more on a fresh connection after a reset
    a redirect          the next hop, from the top; at most ten
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

from bot import __version__
from bot.errors import BadStatus, FetchError, Refused, Unreachable
from bot.fetch.curl import Answer
from bot.fetch.decode import ACCEPT_ENCODING
from bot.fetch.guard import Guard, ParsedUrl, Resolver
from bot.fetch.page import FetchSettings, Headers, NotModified, Page, Request
from bot.fetch.politeness import HostState, Politeness, host_key, parse_retry_after
from bot.fetch.robots import RobotsBook, RobotsFile
from bot.fetch.transport import PinnedTransport

MAX_REDIRECTS = 10
MAX_KEPT_HEADERS = 100
MAX_KEPT_VALUE = 2_000

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
_NO_ANSWER = frozenset(("dns", "refused", "reset", "timeout", "tls", "proxy"))
_PAGES = frozenset((200, 203))
_NOT_EVIDENCE = frozenset(("set-cookie", "set-cookie2"))
_RESERVED = frozenset(
    "host connection content-length transfer-encoding te trailer upgrade expect proxy-authorization proxy-connection "
    "user-agent accept-encoding if-none-match if-modified-since range".split()
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:+-]{1,40})""", re.IGNORECASE)
_PROXY = re.compile(r"(?:https?|socks5h?)://[^\s\\]+")

_ACCEPT = {
    "story": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "feed": "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.5",
    "robots": "text/plain,*/*;q=0.5",
    "test": "*/*",
}


def user_agent(settings: FetchSettings) -> str:
    """The one name we go by: the product, its version, and how to reach whoever runs it."""
    name = settings.user_agent or f"Stet/{__version__}"
    if settings.contact and settings.contact not in name:
        name = f"{name} (+{settings.contact})"
    return "".join(ch for ch in name if ch.isascii() and ch.isprintable())


def product_token(name: str) -> str:
    """The part of a User-Agent that robots.txt calls us by: ``Stet`` of ``Stet/1.0 (+mailto:desk@outlet.example)``."""
    found = re.match(r"[A-Za-z_-]+", name)
    return found[0] if found else "Stet"


def header_problems(headers: Headers) -> list[str]:
    """What is wrong with an outlet's own headers, one line each; empty when nothing is."""
    problems = []
    for name, value in headers:
        if not _HEADER_NAME.fullmatch(name):
            problems.append(f"{name!r} is no header name")
        elif name.lower() in _RESERVED:
            problems.append(f"{name} is set by the fetcher itself")
        elif not _HEADER_VALUE.fullmatch(value):
            problems.append(f"the value of {name} holds a line break or a character beyond Latin-1")
    return problems


@dataclass(slots=True)
class _Journey:
    """One fetch with its redirects."""

    request: Request
    target: ParsedUrl
    left: float
    """Seconds of the fetch's own time that are left; waiting for a host's turn does not count."""
    redirects: list[str] = field(default_factory=list)
    permanent: str | None = None
    all_permanent: bool = True
    seen: set[tuple[str, str]] = field(default_factory=set)
    cookies: dict[tuple[str, str], str] = field(default_factory=dict)


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
        self._robots = RobotsBook(product_token(self.user_agent), clock=clock)
        self._transport = PinnedTransport(
            self.guard, timeout=settings.timeout, max_bytes=settings.max_bytes, ca_file=settings.ca_file
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

    def resting(self) -> list[str]:
        """Hosts that a scheduler leaves out for now, because a fetch from them would have to wait."""
        return self.politeness.resting()

    def leave_alone(self, host: str, seconds: float) -> None:
        """Pause a host, as another worker or an earlier run was asked to (Retry-After)."""
        self.politeness.leave_alone(host, seconds)

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
        journey = _Journey(request=request, target=target, left=self.settings.timeout)
        with ExitStack() as places:
            while True:
                host = host_key(journey.target.host)
                self._refuse_early(journey)
                if host != held:
                    places.close()
                    places.enter_context(self.politeness.turn(host, patience=self.settings.patience))
                    held = host
                self._ask_robots(journey, host)
                response = self._exchange(journey, host)
                if response.status_code not in _REDIRECTS or not response.headers.get("location"):
                    return self._arrive(journey, response, (time.monotonic() - started) * 1000)
                self._follow(journey, response)

    def _check_request(self, request: Request) -> None:
        problems = header_problems(request.headers)
        if problems:
            raise Refused(f"{problems[0]}; see [[outlet]] headers", subject=request.url[:200], reason="headers")
        proxy = request.proxy or self.settings.proxy
        if proxy and not _PROXY.fullmatch(proxy):
            raise Refused("the proxy is no http, https or socks5 address; see proxy", reason="url")

    # robots.txt

    def _refuse_early(self, journey: _Journey) -> None:
        """Say no without taking a turn, where the rules are known."""
        if self._is_asked_of_robots(journey):
            verdict = self._robots.peek(journey.target)
            if verdict is not None and not verdict.allowed:
                raise self._closed(journey.target, verdict.state, verdict.retry_after)

    def _is_asked_of_robots(self, journey: _Journey) -> bool:
        return self.settings.robots and journey.request.kind in ("story", "feed")

    def _ask_robots(self, journey: _Journey, host: str) -> None:
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

    def _exchange(self, journey: _Journey, host: str) -> httpx.Response:
        started = time.monotonic()
        try:
            try:
                response = self._send(journey, fresh=False)
            except Unreachable as error:
                left = journey.left - (time.monotonic() - started)
                if error.reason not in ("reset", "truncated") or left < 1.0:
                    raise
                journey.left = left
                started = time.monotonic()
                response = self._send(journey, fresh=True)
        except FetchError as error:
            if isinstance(error, Unreachable) and error.reason in _NO_ANSWER:
                self.politeness.failed(host)
            raise
        finally:
            journey.left -= time.monotonic() - started
        answer: Answer = response.extensions["stet.answer"]
        retry_after = self._retry_after(response) if response.status_code >= 400 else None
        self.politeness.answered(host, response.status_code, retry_after=retry_after, size=answer.wire_bytes)
        return response

    def _send(self, journey: _Journey, *, fresh: bool) -> httpx.Response:
        request, target = journey.request, journey.target
        headers = {
            "user-agent": self.user_agent,
            "accept": _ACCEPT[request.kind],
            "accept-encoding": ACCEPT_ENCODING,
        }
        if request.etag:
            headers["if-none-match"] = _one_line(request.etag)
        if request.last_modified:
            headers["if-modified-since"] = _one_line(request.last_modified)
        if not journey.redirects or _same_site(journey.redirects[0], target):
            headers.update(request.headers)
        cookies = [f"{name}={value}" for (where, name), value in journey.cookies.items() if where == target.host]
        if cookies:
            headers["cookie"] = "; ".join([*([headers["cookie"]] if "cookie" in headers else []), *cookies])
        return self._transport.handle_request(
            httpx.Request(
                "GET",
                target.url,
                headers=headers,
                extensions={
                    "stet.target": target,
                    "stet.timeout": max(0.001, journey.left),
                    "stet.proxy": request.proxy or self.settings.proxy,
                    "stet.fresh": fresh,
                },
            )
        )

    def _follow(self, journey: _Journey, response: httpx.Response) -> None:
        here = journey.target
        if len(journey.redirects) >= MAX_REDIRECTS:
            raise Refused(
                f"redirected more than {MAX_REDIRECTS} times", subject=journey.request.url, reason="redirects"
            )
        location = response.headers["location"].strip()
        there = self.guard.check_url(_absolute(here.url, location))
        if here.scheme == "https" and there.scheme == "http":
            raise Refused(
                f"redirected from https to http ({there.url}); watch that address itself if you trust it",
                subject=here.url,
                reason="redirects",
            )
        journey.seen.add((here.url, _cookie_state(journey, here)))
        for cookie in response.headers.get_list("set-cookie")[:20]:
            name, equals, value = cookie.partition(";")[0].strip().partition("=")
            if equals and _HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value) and len(cookie) < 4_096:
                journey.cookies[(here.host, name)] = value
        journey.redirects.append(here.url)
        journey.all_permanent = journey.all_permanent and response.status_code in _PERMANENT
        if journey.all_permanent:
            journey.permanent = there.url
        if (there.url, _cookie_state(journey, there)) in journey.seen:
            raise Refused("redirected in a circle", subject=journey.request.url, reason="redirects")
        if journey.left <= 0:
            raise Unreachable("no answer in time", subject=journey.request.url, reason="timeout")
        journey.target = there

    # the end

    def _arrive(self, journey: _Journey, response: httpx.Response, took_ms: float) -> Page | NotModified:
        request, answer = journey.request, response.extensions["stet.answer"]
        status, headers = response.status_code, response.headers
        etag, last_modified = headers.get("etag"), headers.get("last-modified")
        if status == 304 and (request.etag or request.last_modified):
            return NotModified(
                url=request.url,
                final_url=journey.target.url,
                headers=_evidence(answer),
                redirects=tuple(journey.redirects),
                permanent_redirect=journey.permanent,
                etag=etag or request.etag,
                last_modified=last_modified or request.last_modified,
                fetched_in_ms=took_ms,
                wire_bytes=answer.wire_bytes,
                address=answer.address,
            )
        if status not in _PAGES:
            raise BadStatus(
                f"the site answered {status}{_MEANING.get(status, '')}",
                status=status,
                subject=journey.target.url,
                retry_after=self._retry_after(response),
            )
        content_type = headers.get("content-type", "")
        charset = _CHARSET.search(content_type)
        return Page(
            url=request.url,
            final_url=journey.target.url,
            status=status,
            headers=_evidence(answer),
            body=response.content,
            redirects=tuple(journey.redirects),
            permanent_redirect=journey.permanent,
            etag=etag,
            last_modified=last_modified,
            content_type=content_type,
            charset=charset[1].lower() if charset else None,
            charset_before=request.charset,
            fetched_in_ms=took_ms,
            wire_bytes=answer.wire_bytes,
            address=answer.address,
        )

    def _retry_after(self, response: httpx.Response) -> float | None:
        value = response.headers.get("retry-after")
        return parse_retry_after(value, date=response.headers.get("date", ""), now=self._wall()) if value else None


_MEANING = {
    401: " (a login is needed)",
    402: " (payment is needed)",
    403: " (we are not welcome)",
    404: " (not found)",
    410: " (gone)",
    429: " (too many requests)",
    451: " (closed for legal reasons)",
    503: " (not available for now)",
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _one_line(value: str) -> str:
    """A validator as it may stand in a header: what a server sent us once, kept from becoming two headers."""
    return "".join(ch for ch in value if " " <= ch <= "~" or "\x80" <= ch <= "\xff")[:1_000]


def _absolute(base: str, location: str) -> str:
    """A Location header as an address, with what browsers quote (spaces, letters beyond ASCII) quoted."""
    if "\\" in location:
        raise Refused("redirected to an address with a backslash", subject=base, reason="url")
    with suppress(UnicodeError):  # header values are read as Latin-1; servers that send letters mean UTF-8
        location = location.encode("latin-1").decode("utf-8")
    scheme_and_host = re.match(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*", location)
    kept = scheme_and_host[0] if scheme_and_host else ""
    rest = "".join(
        ch if "!" <= ch <= "~" else "".join(f"%{byte:02X}" for byte in ch.encode("utf-8", "replace"))
        for ch in location[len(kept) :]
    )
    try:
        return urljoin(base, kept + rest)
    except ValueError as error:
        raise Refused("redirected to an address that cannot be read", subject=base, reason="url") from error


def _same_site(first: str, target: ParsedUrl) -> bool:
    """Whether a hop is still at the host (or its www. twin) that the outlet's own headers are meant for."""
    scheme, _, rest = first.partition("://")
    authority = re.match(r"[^/?#]*", rest)
    return (
        authority is not None
        and host_key(authority[0]) == host_key(target.authority)
        and not (scheme == "https" and target.scheme == "http")
    )


def _cookie_state(journey: _Journey, target: ParsedUrl) -> str:
    return ";".join(
        f"{name}={value}" for (where, name), value in sorted(journey.cookies.items()) if where == target.host
    )


def _evidence(answer: Answer) -> Headers:
    kept = [(name, value[:MAX_KEPT_VALUE]) for name, value in answer.headers if name not in _NOT_EVIDENCE]
    return tuple(kept[:MAX_KEPT_HEADERS])
