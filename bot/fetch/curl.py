"""The engine under the transport: libcurl handles, kept warm, one exchange at a time each.

Why libcurl. Measured on one core against a loopback server (98 kB pages, `benchmarks/fetch.py` prints the figures of
the day), CPU milliseconds per fetch for 304 / 200: pycurl alone 0.05 / 0.11, urllib3 alone 0.16 / 0.20, httpx as it
comes 0.33 / 0.46; pycurl under httpx's types 0.15 / 0.17, under a whole ``httpx.Client`` 0.22 / 0.27. libcurl
is also the one engine of these that connects to given addresses while TLS verifies the name (``CURLOPT_RESOLVE``), asks
before each socket (``CURLOPT_OPENSOCKETFUNCTION``), has a deadline for the whole transfer and a cap on its size,
and repeats a request by itself when a kept connection turns out to be dead. HTTP/2 is left out: a host is asked for one
or two pages at a time and not at once for many, so there is nothing to multiplex.

A handle keeps its own connections, and its own copy of the certificate store (5 ms to load), so handles are
few (one per concurrent fetch) and each keeps connections to many hosts; a fetch prefers the idle
handle that spoke to its host last.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

import pycurl

from bot.errors import Refused, TooLarge, Unreachable
from bot.fetch.url import ParsedUrl

HANDLES_IDLE = 24
"""Handles that are kept warm at the least; one that has spoken TLS holds 0.9 MB of certificates."""
CONNECTIONS_PER_HANDLE = 24
CONNECT_TIMEOUT = 10.0
"""Seconds to reach a server, TLS included; the deadline of the whole fetch may be nearer."""

_RESET = {
    pycurl.E_GOT_NOTHING,
    pycurl.E_RECV_ERROR,
    pycurl.E_SEND_ERROR,
}
_PROXY = {pycurl.E_COULDNT_CONNECT, pycurl.E_COULDNT_RESOLVE_PROXY, 97}  # 97 is CURLE_PROXY, which pycurl does not name
_PROXY_SAYS_NO = "the proxy does not let us through; check its address and login"
_TLS = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CACERT_BADFILE,
    pycurl.E_SSL_CIPHER,
    pycurl.E_SSL_INVALIDCERTSTATUS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One exchange: the status line's number, header lines in order, the body as it came (still packed)."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    address: str
    """The address that answered; the proxy's where one was used."""
    wire_bytes: int


class LibcurlError(Exception):
    """What libcurl said, as a cause that people can read: ``Recv failure: Connection reset by peer (56)``."""

    def __init__(self, error: pycurl.error) -> None:
        code, said = (*error.args, 0, "")[:2]
        clean = "".join(ch for ch in str(said) if ch.isprintable())[:200]
        super().__init__(f"{clean or 'no more is known'} ({code})")


class _Handle:
    """One libcurl handle, its buffers, and the origins that it may hold connections to."""

    __slots__ = ("_stopping", "allowed", "body", "curl", "lines", "origins", "pinned", "refused", "sockets")

    def __init__(self, ca_file: str, stopping: threading.Event) -> None:
        self._stopping = stopping
        self.curl = curl = pycurl.Curl()
        self.lines: list[bytes] = []
        self.body: list[bytes] = []
        self.sockets: list[socket.socket] = []
        self.allowed: Callable[[str], bool] = _nothing
        self.refused = ""
        self.pinned: tuple[str, ...] = ()
        self.origins: OrderedDict[tuple[str, ...], None] = OrderedDict()
        options: list[tuple[int, object]] = [
            (pycurl.NOSIGNAL, 1),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.NETRC, pycurl.NETRC_IGNORED),
            (pycurl.PROXY, ""),  # and not what the environment says
            (pycurl.NOPROXY, ""),
            (pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2),
            (pycurl.CAINFO, ca_file),
            (pycurl.BUFFERSIZE, 64 * 1024),
            (pycurl.PROXY_CAINFO, ca_file),
            (pycurl.MAXCONNECTS, CONNECTIONS_PER_HANDLE),
            (pycurl.MAXLIFETIME_CONN, 600),  # a site that moves is followed
            (pycurl.TCP_NODELAY, 1),
            (pycurl.TCP_KEEPALIVE, 1),
            (pycurl.HTTP09_ALLOWED, 0),
            (pycurl.PATH_AS_IS, 1),
            (pycurl.WRITEFUNCTION, self.body.append),
            (pycurl.HEADERFUNCTION, self.lines.append),
            (pycurl.OPENSOCKETFUNCTION, self._on_socket),
            (pycurl.NOPROGRESS, 0),
            (pycurl.XFERINFOFUNCTION, self._on_progress),
        ]
        for option, value in options:
            curl.setopt(option, value)

    def _on_socket(self, _purpose: int, wanted: tuple[int, int, int, tuple[object, ...]]) -> socket.socket | int:
        family, kind, protocol, where = wanted
        if family not in (socket.AF_INET, socket.AF_INET6) or not self.allowed(_text(where[0])):
            self.refused = _text(where[0])
            return pycurl.SOCKET_BAD
        opened = socket.socket(family, kind, protocol)
        self.sockets.append(opened)  # libcurl works on a duplicate; ours is closed after the exchange
        return opened

    def _on_progress(self, *_counts: int) -> int:
        return 1 if self._stopping.is_set() else 0

    def clear(self) -> None:
        """Let go of everything that belongs to the last exchange."""
        for opened in self.sockets:
            opened.close()
        self.sockets.clear()
        self.lines.clear()
        self.body.clear()
        self.allowed = _nothing
        self.refused = ""


def _nothing(_address: str) -> bool:
    return False


def _is_among(addresses: Sequence[str], address: str) -> bool:
    try:
        return ip_address(address) in {ip_address(text) for text in addresses}
    except ValueError:
        return False


def _anything(_address: str) -> bool:
    return True


def _text(value: object) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


class Engine:
    """A pool of warm handles, ``idle`` at most. Thread-safe; `perform` blocks its thread and lets the others run."""

    def __init__(self, *, ca_file: str | None = None, idle: int = HANDLES_IDLE) -> None:
        self._most_idle = max(idle, HANDLES_IDLE)
        self._ca_file = ca_file or os.environ.get("SSL_CERT_FILE") or _bundled_certificates()
        self._lock = threading.Lock()
        self._idle: list[_Handle] = []
        self._stopping = threading.Event()

    def perform(
        self,
        target: ParsedUrl,
        addresses: Sequence[str],
        headers: list[bytes],
        *,
        timeout: float,
        max_bytes: int,
        proxy: str | None = None,
        fresh: bool = False,
    ) -> Answer:
        """Send one GET to one of ``addresses`` and read the answer.

        ``headers`` are whole lines. ``timeout`` is for everything, in seconds. ``max_bytes`` caps the body on the
        wire. With a ``proxy`` (the operator's, so it may stand anywhere) the target's address is given to it, not
        its name. ``fresh`` opens a new connection. Raises `Unreachable`, `TooLarge` or `Refused`.
        """
        key = (target.scheme, target.host, str(target.port), proxy or "")
        handle = self._take(key)
        try:
            handle.allowed = _anything if proxy else partial(_is_among, addresses)
            self._prepare(handle, target, addresses, proxy)
            curl = handle.curl
            curl.setopt(pycurl.URL, target.url)
            curl.setopt(pycurl.HTTPHEADER, headers)
            curl.setopt(pycurl.TIMEOUT_MS, max(1, int(timeout * 1000)))
            curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(min(timeout, CONNECT_TIMEOUT) * 1000)))
            curl.setopt(pycurl.MAXFILESIZE_LARGE, max_bytes)
            curl.setopt(pycurl.FRESH_CONNECT, 1 if fresh else 0)
            try:
                curl.perform()
            except pycurl.error as error:
                raise _explain(error, handle, target, max_bytes, timeout, proxy) from LibcurlError(error)
            answer = _read(handle)
            if proxy and answer.status == 407:
                raise Unreachable(_PROXY_SAYS_NO, subject=target.url, reason="proxy")
            return answer
        finally:
            handle.clear()
            self._give(handle, key)

    def close(self) -> None:
        """Close every connection; an exchange that is under way is broken off within a second."""
        self._stopping.set()
        with self._lock:
            idle, self._idle = self._idle, []
        for handle in idle:
            handle.curl.close()

    def _take(self, key: tuple[str, ...]) -> _Handle:
        with self._lock:
            for place in range(len(self._idle) - 1, -1, -1):
                if key in self._idle[place].origins:
                    return self._idle.pop(place)
            if self._idle:
                return self._idle.pop(0)
        return _Handle(self._ca_file, self._stopping)

    def _give(self, handle: _Handle, key: tuple[str, ...]) -> None:
        handle.origins[key] = None
        handle.origins.move_to_end(key)
        if len(handle.origins) > CONNECTIONS_PER_HANDLE:
            handle.origins.popitem(last=False)
        with self._lock:
            if not self._stopping.is_set() and len(self._idle) < self._most_idle:
                self._idle.append(handle)
                return
        handle.curl.close()

    @staticmethod
    def _prepare(handle: _Handle, target: ParsedUrl, addresses: Sequence[str], proxy: str | None) -> None:
        curl = handle.curl
        pins = (f"{_bracketed(target)}:{target.port}", proxy or "", *addresses)
        if pins == handle.pinned:
            return
        # A pin has no age in libcurl, so the last one is taken out; without one it would ask the system by itself.
        outdated = [f"-{handle.pinned[0]}"] if handle.pinned else []
        shown = [f"[{text}]" if ":" in text else text for text in addresses]
        if proxy:
            # A tunnel to the checked address: the proxy never resolves the name, TLS still verifies it.
            curl.setopt(pycurl.PROXY, proxy)
            curl.setopt(pycurl.CONNECT_TO, [f"{pins[0]}:{shown[0]}:{target.port}"])
        elif handle.pinned and handle.pinned[1]:
            curl.setopt(pycurl.PROXY, "")
            curl.setopt(pycurl.CONNECT_TO, [])
        pinned = [] if proxy or target.literal else [f"{pins[0]}:{','.join(shown)}"]
        curl.setopt(pycurl.RESOLVE, outdated + pinned)
        handle.pinned = pins


def _bracketed(target: ParsedUrl) -> str:
    return f"[{target.host}]" if ":" in target.host else target.host


def _bundled_certificates() -> str:
    import certifi

    return certifi.where()


def _read(handle: _Handle) -> Answer:
    curl = handle.curl
    headers: list[tuple[str, str]] = []
    size = 0
    for line in handle.lines:
        size += len(line)
        if line.startswith(b"HTTP/"):
            headers.clear()  # an interim answer (100, 103) or a proxy's came before
            continue
        text = line.decode("latin-1").rstrip("\r\n")
        if text[:1] in (" ", "\t") and headers:  # folded, as old servers still do
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {text.strip()}")
            continue
        name, colon, value = text.partition(":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))
    body = handle.body[0] if len(handle.body) == 1 else b"".join(handle.body)
    return Answer(
        status=curl.getinfo(pycurl.RESPONSE_CODE),
        headers=headers,
        body=body,
        address=curl.getinfo(pycurl.PRIMARY_IP),
        wire_bytes=size + len(body),
    )


def _explain(
    error: pycurl.error, handle: _Handle, target: ParsedUrl, max_bytes: int, timeout: float, proxy: str | None
) -> Unreachable | TooLarge | Refused:
    code = error.args[0] if error.args else 0
    subject = target.url
    if handle.refused:
        return Refused(
            "a connection to an address that was not checked was stopped", subject=f"{subject} ({handle.refused})"
        )
    if code == pycurl.E_ABORTED_BY_CALLBACK:
        return Refused(
            "Stet is stopping; the page is fetched next time", subject=subject, retry_after=1.0, reason="paused"
        )
    if code == pycurl.E_FILESIZE_EXCEEDED:
        return TooLarge(f"the page is larger than {max_bytes:,} bytes ([fetch] max_bytes)", subject=subject)
    if code == pycurl.E_OPERATION_TIMEDOUT:
        if handle.body:
            return TooLarge(f"the page was still coming when the time was up ({timeout:.0f} s)", subject=subject)
        return Unreachable("no answer in time", subject=subject, reason="timeout")
    if code in (pycurl.E_PARTIAL_FILE,) or (code in _RESET and handle.body):
        return Unreachable("the page was cut short on the way", subject=subject, reason="truncated")
    if code in _RESET:
        return Unreachable("the connection was closed before an answer came", subject=subject, reason="reset")
    if code in _TLS:
        return Unreachable(
            "no secure connection; the certificate may be wrong or out of date", subject=subject, reason="tls"
        )
    if proxy and code in _PROXY:
        return Unreachable(_PROXY_SAYS_NO, subject=subject, reason="proxy")
    if code == pycurl.E_COULDNT_CONNECT:
        return Unreachable("the server does not accept connections", subject=subject, reason="refused")
    if code == pycurl.E_COULDNT_RESOLVE_HOST:
        return Unreachable("the name cannot be resolved", subject=subject, reason="dns")
    return Unreachable("the answer is not HTTP as it should be", subject=subject, reason="protocol")
