"""httpx's transport interface on the pinned engine: the only way out, for every kind of fetch.

Whoever holds an ``httpx.Client`` built on `PinnedTransport` goes through the door too: each request's address is read,
resolved, checked and pinned here, whatever the caller did before. The fetcher itself asks `PinnedTransport.exchange`,
which spares what a whole client costs (0.07 ms of 0.22 a fetch) and what building httpx's types costs (0.04 ms).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from bot.fetch.curl import HANDLES_IDLE, Answer, Engine
from bot.fetch.decode import decode
from bot.fetch.guard import Guard
from bot.fetch.url import ParsedUrl

_SET_BY_ENGINE = frozenset((b"host", b"connection", b"content-length", b"transfer-encoding"))


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer, and its body unpacked."""

    answer: Answer
    body: bytes


class PinnedTransport(httpx.BaseTransport):
    """Sends GET requests through the guard on pinned connections. Thread-safe.

    Extensions understood in a request: ``stet.target`` (a `ParsedUrl` that this guard made, to spare reading it
    again), ``stet.timeout`` (seconds for everything), ``stet.max_bytes``, ``stet.proxy``, ``stet.fresh``. The
    response's body is decoded within the limit; its extensions hold the `Answer` as ``stet.answer``. Raises the errors
    of `bot.errors`, never httpx's.
    """

    def __init__(
        self, guard: Guard, *, timeout: float, max_bytes: int, ca_file: str | None = None, idle: int = HANDLES_IDLE
    ) -> None:
        self._guard = guard
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._engine = Engine(ca_file=ca_file, idle=idle)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; redirects are answers like any other."""
        extensions: dict[str, Any] = dict(request.extensions)
        target = extensions.get("stet.target")
        if not isinstance(target, ParsedUrl):
            target = self._guard.check_url(str(request.url))
        if request.method != "GET":
            raise ValueError("only GET is sent from here")
        done = self.exchange(
            target,
            request.headers.raw,
            timeout=float(extensions.get("stet.timeout", self._timeout)),
            max_bytes=extensions.get("stet.max_bytes"),
            proxy=extensions.get("stet.proxy"),
            fresh=bool(extensions.get("stet.fresh")),
        )
        return _respond(request, done)

    def exchange(
        self,
        target: ParsedUrl,
        headers: Iterable[tuple[bytes, bytes]],
        *,
        timeout: float,
        max_bytes: int | None = None,
        proxy: str | None = None,
        fresh: bool = False,
    ) -> Exchange:
        """The same without httpx's types, which cost as much as the exchange itself where a page is unchanged.

        ``target`` was read by this guard; it is resolved, checked and pinned here as for everybody.
        """
        deadline = time.monotonic() + min(self._timeout, timeout)
        most = self._max_bytes if max_bytes is None else int(max_bytes)
        answer = self._engine.perform(
            target,
            self._guard.pin(target, timeout=deadline - time.monotonic()),
            [b"%b: %b" % pair for pair in headers if pair[0].lower() not in _SET_BY_ENGINE],
            timeout=max(0.001, deadline - time.monotonic()),
            max_bytes=most,
            proxy=proxy,
            fresh=fresh,
        )
        packing = ",".join(value for name, value in answer.headers if name == "content-encoding")
        if not packing or not answer.body:
            return Exchange(answer, answer.body)
        return Exchange(answer, decode(answer.body, packing, max_bytes=most, subject=target.url))

    def close(self) -> None:
        """Close the connections."""
        self._engine.close()


def _respond(request: httpx.Request, done: Exchange) -> httpx.Response:
    return httpx.Response(
        done.answer.status,
        # The body below is unpacked already; the headers as they came are in the answer.
        headers=[
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in done.answer.headers
            if name not in ("content-encoding", "transfer-encoding")
        ],
        content=done.body,
        request=request,
        extensions={"stet.answer": done.answer},
    )
