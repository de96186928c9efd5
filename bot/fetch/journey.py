"""One fetch on its way: the hop it is at, where it has been, and which redirects it may follow."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urljoin

from bot.errors import Refused, Unreachable
from bot.fetch.curl import Answer
from bot.fetch.guard import Guard
from bot.fetch.outgoing import is_cookie
from bot.fetch.page import Request
from bot.fetch.politeness import host_key
from bot.fetch.url import ParsedUrl, printable

MAX_REDIRECTS = 10
MAX_COOKIES = 20

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
_SCHEME_AND_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")


@dataclass(slots=True)
class Journey:
    """A fetch with its redirects. ``left`` is what remains of its own time, in seconds; waiting for turns is not in it.

    Cookies live as long as the fetch: some sites set one and redirect to where they were asked.
    """

    request: Request
    target: ParsedUrl
    left: float
    redirects: list[str] = field(default_factory=list)
    permanent: str | None = None
    _all_permanent: bool = True
    _start: ParsedUrl | None = None
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _cookies: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def at_home(self) -> bool:
        """Whether this hop is at the host (or its www. twin) that was asked for: where the outlet's headers may go."""
        start, here = self._start or self.target, self.target
        same_port = start.port == here.port or {start.port, here.port} == {80, 443}
        return same_port and host_key(start.host) == host_key(here.host)

    @property
    def cookies(self) -> list[str]:
        """The cookies for this hop, as ``name=value``."""
        return self._cookies_of(self.target)

    @staticmethod
    def leads_on(answer: Answer) -> str:
        """Where an answer redirects to, ``""`` where it does not."""
        if answer.status not in _REDIRECTS:
            return ""
        return next((value for name, value in answer.headers if name == "location"), "").strip()

    def follow(self, location: str, answer: Answer, guard: Guard) -> None:
        """Go on to where an answer redirects to. Raises `Refused`, `Unreachable` where the time is up."""
        here = self.target
        if len(self.redirects) >= MAX_REDIRECTS:
            raise Refused(f"redirected more than {MAX_REDIRECTS} times", subject=self.request.url, reason="redirects")
        try:
            there = guard.check_url(absolute(here.url, location))
        except Refused as error:
            why = f"redirected to where we may not go: {error.subject} ({error.message})"
            raise Refused(why, subject=here.url, reason=error.reason) from None
        if here.scheme == "https" and there.scheme == "http":
            raise Refused(
                f"redirected from https to http ({there.url}); watch that address itself if you trust it",
                subject=here.url,
                reason="redirects",
            )
        self._seen.add((here.url, ";".join(self._cookies_of(here))))
        self._take_cookies(answer)
        self._start = self._start or here
        self.redirects.append(here.url)
        self._all_permanent = self._all_permanent and answer.status in _PERMANENT
        if self._all_permanent:
            self.permanent = there.url
        if (there.url, ";".join(self._cookies_of(there))) in self._seen:
            raise Refused("redirected in a circle", subject=self.request.url, reason="redirects")
        if self.left <= 0:
            raise Unreachable("no answer in time", subject=self.request.url, reason="timeout")
        self.target = there

    def _take_cookies(self, answer: Answer) -> None:
        for name, line in answer.headers:
            if name == "set-cookie" and len(self._cookies) < MAX_COOKIES:
                key, equals, value = line.partition(";")[0].strip().partition("=")
                if equals and is_cookie(key, value):
                    self._cookies[self.target.host, key] = value

    def _cookies_of(self, target: ParsedUrl) -> list[str]:
        return [f"{name}={value}" for (host, name), value in self._cookies.items() if host == target.host]


def absolute(base: str, location: str) -> str:
    """A Location header as an address, with what browsers quote (spaces, letters beyond ASCII) quoted.

    Raises `Refused` where it cannot be read.
    """
    if "\\" in location:
        raise Refused("the address holds a backslash", subject=printable(location), reason="url")
    with suppress(UnicodeError):  # header values are read as Latin-1; servers that send letters mean UTF-8
        location = location.encode("latin-1").decode("utf-8")
    host = _SCHEME_AND_HOST.match(location)
    kept = host[0] if host else ""
    rest = "".join(
        ch if "!" <= ch <= "~" else "".join(f"%{byte:02X}" for byte in ch.encode("utf-8", "replace"))
        for ch in location[len(kept) :]
    )
    try:
        return urljoin(base, kept + rest)
    except ValueError as error:
        raise Refused("the address cannot be read", subject=printable(location), reason="url") from error
