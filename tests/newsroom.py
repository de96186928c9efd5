"""A newsroom on loopback: a small threaded web server whose every path can be told how to behave, and misbehave.

    with Newsroom() as newsroom:
        newsroom.page("/story", "<h1>Bridge closed</h1>")
        newsroom.serve("/flaky", Reply(status=503), Reply(body=b"back"))   # one after the other, the last stays
        newsroom.serve("/bad", *FAULTS["truncated_length"]())
        fetch(newsroom.url("/story"))
        newsroom.requests[-1].headers["user-agent"]

It speaks HTTP/1.1 with kept connections over plain sockets, so that a fault is exactly the bytes (or the silence) it
claims to be. ``addresses`` binds several loopback addresses to one port: so many hosts. Ports are always free ones.
"""

from __future__ import annotations

import contextlib
import datetime
import gzip
import hashlib
import ipaddress
import itertools
import socket
import ssl
import struct
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import brotli
import trustme
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOOPBACK = "127.0.0.0/8"
"""The network to open in ``allow_private`` for a fetcher that visits a `Newsroom`."""

_REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 404: "Not Found", 410: "Gone"}
_LONGEST_HANG = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it came in. ``at`` is monotonic seconds, ``connection`` counts connections from 1."""

    at: float
    address: str
    connection: int
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer, or one way of not answering. Sizes in bytes, times in seconds.

    ``headers`` come after the usual ones and replace them. ``validate``: answer 304 where the request's validators fit.
    ``packed``: gzip, deflate, br or zstd. ``delay`` comes before the first byte, ``drip`` between every ``drip_size``
    bytes of the body. ``hang``: never answer. ``cut_after``: close after so many bytes of the body as sent;
    ``reset_after``: the same with a reset, 0 for before any answer. ``http10``: no length, closed at the end.
    ``close_on_next``: keep the connection and close it without a word when the next request comes.
    ``endless``: the body again and again, chunked, until the other side has enough or ``endless`` bytes went out.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    validate: bool = True
    packed: str = ""
    chunked: bool = False
    delay: float = 0.0
    drip: float = 0.0
    drip_size: int = 1
    hang: bool = False
    cut_after: int | None = None
    reset_after: int | None = None
    http10: bool = False
    close_on_next: bool = False
    endless: int = 0
    raw: bytes | None = None
    """Instead of everything else: exactly these bytes, then the connection is closed."""


Answering = Callable[[Seen], Reply]


def pack(body: bytes, how: str) -> bytes:
    """A body in a content encoding."""
    if how == "gzip":
        return gzip.compress(body, 6, mtime=0)
    if how == "deflate":
        return zlib.compress(body)
    if how == "br":
        return bytes(brotli.compress(body, quality=4))
    if how == "zstd":
        return zstandard.compress(body)
    return body


@dataclass(slots=True)
class _Route:
    replies: tuple[Reply, ...]
    answering: Answering | None = None
    served: int = 0


@dataclass(slots=True)
class _Connection:
    sock: socket.socket
    number: int
    address: str
    buffer: bytes = b""
    wire: dict[int, bytes] = field(default_factory=dict)


class Newsroom:
    """The server. A context manager; `url` gives addresses, `requests` what was asked.

    ``tls``: ``""`` for plain HTTP, ``good``, or a fault: ``expired``, ``other_name``, ``unknown`` (an authority that
    nobody trusts), ``self_signed``. The certificate names ``localhost`` and the bound addresses; `ca_file` is the
    authority that should have signed it.
    """

    def __init__(self, *, addresses: tuple[str, ...] = ("127.0.0.1",), tls: str = "") -> None:
        self.addresses = addresses
        self.tls = tls
        self.fallback: Answering = lambda seen: Reply(status=404, body=b"<h1>Not found</h1>")
        """Answers for every path that was not programmed."""
        self._routes: dict[tuple[str, str], _Route] = {}
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._wire: dict[int, tuple[Reply, bytes]] = {}
        self._ca_file = ""
        self._authority = trustme.CA() if tls else None
        self._context = self._make_context(tls) if tls else None
        self._listeners = self._bind()
        self.port: int = self._listeners[0].getsockname()[1]
        for listener in self._listeners:
            self._start(self._accept, listener)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening, cut every connection, and wait for the threads."""
        self._stopping.set()
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            connections = list(self._open)
            threads = list(self._threads)
        for sock in connections:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5.0)
        if self._ca_file:
            Path(self._ca_file).unlink(missing_ok=True)
            self._ca_file = ""

    # programming

    def url(self, path: str = "/", host: str | int = 0) -> str:
        """An address of this server; ``host`` is a bound address, its number, or any name that leads here."""
        name = self.addresses[host] if isinstance(host, int) else host
        name = f"[{name}]" if ":" in name else name
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}{path}"

    def serve(self, path: str, *replies: Reply, host: str = "") -> None:
        """Answer ``path``, with any query, by one reply after the other, the last again and again.

        ``host`` limits it to one bound address.
        """
        assert replies, "a path needs at least one reply"
        with self._lock:
            self._routes[host, path] = _Route(replies)

    def answer(self, path: str, answering: Answering, host: str = "") -> None:
        """Answer ``path`` with whatever a function makes of the request."""
        with self._lock:
            self._routes[host, path] = _Route((), answering)

    def page(self, path: str, body: str | bytes, *, host: str = "", **more: object) -> Reply:
        """Serve a page with an ETag of its text and a Last-Modified, as most sites do. Returns what is served."""
        content = body.encode("utf-8") if isinstance(body, str) else body
        reply = replace(
            Reply(
                body=content,
                etag=f'"{hashlib.sha256(content).hexdigest()[:16]}"',
                last_modified=http_date(datetime.datetime.now(datetime.UTC)),
            ),
            **more,
        )
        self.serve(path, reply, host=host)
        return reply

    def robots(self, text: str, *, host: str = "") -> None:
        """Serve a robots.txt."""
        self.serve("/robots.txt", Reply(body=text.encode(), content_type="text/plain"), host=host)

    def forget(self) -> None:
        """Take every request so far off the record."""
        with self._lock:
            self._seen.clear()

    @property
    def requests(self) -> list[Seen]:
        """Every request so far, in the order they came."""
        with self._lock:
            return list(self._seen)

    def seen(self, path: str) -> list[Seen]:
        """The requests for one path."""
        return [request for request in self.requests if request.path == path]

    @property
    def ca_file(self) -> str:
        """A file with the authority that signed this server's certificate (for ``tls``)."""
        return self._ca_file

    # serving

    def _bind(self) -> list[socket.socket]:
        for _attempt in range(50):
            listeners = [_listen(self.addresses[0], 0)]
            port = listeners[0].getsockname()[1]
            try:
                for address in self.addresses[1:]:
                    listeners.append(_listen(address, port))
            except OSError:
                for listener in listeners:
                    listener.close()
                continue
            return listeners
        raise RuntimeError("no port is free on all of the addresses")

    def certify(self, tls: str) -> None:
        """Show another certificate from now on (see ``tls``). Connections that are open are cut."""
        self._context = self._make_context(tls)
        with self._lock:
            connections = list(self._open)
        for sock in connections:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _make_context(self, tls: str) -> ssl.SSLContext:
        assert self._authority is not None
        if not self._ca_file:
            with tempfile.NamedTemporaryFile("wb", suffix=".pem", delete=False) as file:
                file.write(self._authority.cert_pem.bytes())
                self._ca_file = file.name
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if tls == "self_signed":
            _self_signed(context, ["localhost", *self.addresses])
            return context
        authority = trustme.CA() if tls == "unknown" else self._authority
        names = ["elsewhere.test"] if tls == "other_name" else ["localhost", *self.addresses]
        expiry = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3) if tls == "expired" else None
        authority.issue_cert(*names, not_after=expiry).configure_cert(context)
        return context

    def _start(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        with self._lock:
            self._threads = [known for known in self._threads if known.is_alive()] + [thread]
            thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                sock, _peer = listener.accept()
            except OSError:
                return
            self._start(self._serve_connection, sock)

    def _serve_connection(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.add(sock)
        secured: socket.socket | None = None
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                secured = self._context.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._open.add(secured)
            speaking = secured or sock
            connection = _Connection(sock=speaking, number=next(self._numbers), address=speaking.getsockname()[0])
            while self._serve_one(connection):
                pass
        except OSError:
            pass  # the other side went away, or we are stopping
        finally:
            with self._lock:
                self._open.discard(sock)
                if secured is not None:
                    self._open.discard(secured)
            if secured is not None:
                secured.close()
            sock.close()

    def _serve_one(self, connection: _Connection) -> bool:
        seen = self._read(connection)
        if seen is None:
            return False
        with self._lock:
            self._seen.append(seen)
        reply = self._choose(seen)
        if reply.raw is not None:
            connection.sock.sendall(reply.raw)
            return False
        if reply.hang:
            self._stopping.wait(_LONGEST_HANG)
            return False
        if reply.delay:
            self._stopping.wait(reply.delay)
        if reply.reset_after == 0:
            _reset(connection.sock)
            return False
        keep = self._send(connection.sock, seen, reply)
        if keep and reply.close_on_next:
            self._read(connection)
            return False
        return keep

    def _read(self, connection: _Connection) -> Seen | None:
        while b"\r\n\r\n" not in connection.buffer:
            received = connection.sock.recv(65_536)
            if not received:
                return None
            connection.buffer += received
        head, connection.buffer = connection.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _version = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Seen(
            at=time.monotonic(),
            address=connection.address,
            connection=connection.number,
            method=method,
            path=path,
            headers=headers,
        )

    def _choose(self, seen: Seen) -> Reply:
        with self._lock:
            route = next(
                (
                    self._routes[host, path]
                    for path in (seen.path, seen.path.partition("?")[0])
                    for host in (seen.address, "")
                    if (host, path) in self._routes
                ),
                None,
            )
            if route is not None and route.answering is None:
                reply = route.replies[min(route.served, len(route.replies) - 1)]
                route.served += 1
                return reply
        return self.fallback(seen) if route is None or route.answering is None else route.answering(seen)

    def _send(self, sock: socket.socket, seen: Seen, reply: Reply) -> bool:
        """Send a reply; True where the connection is kept."""
        if reply.validate and reply.status == 200 and _fits(seen, reply):
            sock.sendall(_head(reply, 304, None))
            return True
        body = self._packed(reply)
        if reply.endless:
            return self._send_endless(sock, reply)
        head = _head(reply, reply.status, None if reply.http10 or reply.chunked else len(body))
        if reply.chunked:
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in _parts(body, 4_096)) + b"0\r\n\r\n"
        cut = reply.cut_after if reply.cut_after is not None else reply.reset_after
        if cut is not None:
            body = body[:cut]
        if reply.drip:
            sock.sendall(head)
            for part in _parts(body, reply.drip_size):
                sock.sendall(part)
                if self._stopping.wait(reply.drip):
                    return False
        else:
            sock.sendall(head + body)
        if reply.reset_after is not None:
            _reset(sock)
            return False
        return cut is None and not reply.http10

    def _packed(self, reply: Reply) -> bytes:
        if not reply.packed:
            return reply.body
        with self._lock:
            known = self._wire.get(id(reply))
        if known is not None and known[0] is reply:
            return known[1]
        body = pack(reply.body, reply.packed)
        with self._lock:
            self._wire[id(reply)] = (reply, body)
        return body

    def _send_endless(self, sock: socket.socket, reply: Reply) -> bool:
        sock.sendall(_head(replace(reply, chunked=True), reply.status, None))
        part = b"%x\r\n%s\r\n" % (len(reply.body), reply.body)
        sent = 0
        while sent < reply.endless and not self._stopping.is_set():
            sock.sendall(part)
            sent += len(reply.body)
        sock.sendall(b"0\r\n\r\n")
        return True


def _self_signed(context: ssl.SSLContext, names: list[str]) -> None:
    """Load a certificate that names the right hosts and that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    hosts = [x509.DNSName(n) if n == "localhost" else x509.IPAddress(ipaddress.ip_address(n)) for n in names]
    certificate = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    with tempfile.NamedTemporaryFile("wb", suffix=".pem") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, *plain))
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, port), family=family, backlog=256)


def http_date(moment: datetime.datetime) -> str:
    """A moment as HTTP writes it."""
    return format_datetime(moment.astimezone(datetime.UTC), usegmt=True)


def _fits(seen: Seen, reply: Reply) -> bool:
    wanted = seen.headers.get("if-none-match")
    if wanted is not None:
        return reply.etag is not None and reply.etag in wanted
    since = seen.headers.get("if-modified-since")
    return since is not None and since == reply.last_modified


def _head(reply: Reply, status: int, length: int | None) -> bytes:
    headers = {"date": http_date(datetime.datetime.now(datetime.UTC)), "server": "newsroom"}
    if status != 304:
        headers["content-type"] = reply.content_type
        if reply.packed:
            headers["content-encoding"] = reply.packed
        if length is not None:
            headers["content-length"] = str(length)
        elif reply.chunked:
            headers["transfer-encoding"] = "chunked"
    if reply.etag:
        headers["etag"] = reply.etag
    if reply.last_modified:
        headers["last-modified"] = reply.last_modified
    replaced = {name.lower() for name, _ in reply.headers}
    lines = [f"{name}: {value}" for name, value in headers.items() if name not in replaced and value]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    version = "HTTP/1.0" if reply.http10 else "HTTP/1.1"
    return "\r\n".join([f"{version} {status} {_REASONS.get(status, 'Status')}", *lines, "", ""]).encode("utf-8")


def _parts(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def _reset(sock: socket.socket) -> None:
    """Close with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


STORY = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Bridge closed</title></head><body><article>"
    "<h1>Bridge closed after crack is found</h1>"
    + "".join(
        f"<p>Paragraph {number}: the old bridge over the river Arl carries {number * 37} vehicles an hour, "
        "the council said, and will stay closed until engineers have looked at every joint.</p>"
        for number in range(1, 31)
    )
    + "</article></body></html>"
)
"""A story of this newsroom, some five kilobytes."""

CONSENT = (
    "<!doctype html><html><head><title>Before you continue</title></head><body><div id=consent-wall>"
    "<h1>We value your privacy</h1><p>We and our 812 partners store and access information on your device.</p>"
    "<button>Accept all</button><button>Manage options</button></div></body></html>"
)


def _bomb(how: str) -> Reply:
    return Reply(body=b"\0" * 40_000_000, packed=how)


_HUGE = b"<p>" + b"news " * 13_107 + b"</p>"

FAULTS: dict[str, Callable[[], tuple[Reply, ...]]] = {
    "server_error": lambda: (Reply(status=500, body=b"<h1>Oops</h1>"),),
    "bad_gateway": lambda: (Reply(status=502),),
    "cdn_error": lambda: (Reply(status=522),),
    "busy": lambda: (Reply(status=429),),
    "busy_seconds": lambda: (Reply(status=429, headers=(("Retry-After", "120"),)),),
    "busy_date": lambda: (
        Reply(
            status=503,
            headers=(("Retry-After", http_date(datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5))),),
        ),
    ),
    "not_found": lambda: (Reply(status=404, body=b"<h1>Not found</h1>"),),
    "gone": lambda: (Reply(status=410, body=b"<h1>Gone</h1>"),),
    "forbidden": lambda: (Reply(status=403, body=b"<h1>Are you a robot?</h1>"),),
    "slow_drip": lambda: (Reply(body=STORY.encode(), drip=0.05),),
    "hang": lambda: (Reply(hang=True),),
    "reset": lambda: (Reply(reset_after=0),),
    "reset_middle": lambda: (Reply(body=STORY.encode(), reset_after=1_500),),
    "truncated_length": lambda: (Reply(body=STORY.encode(), cut_after=1_500),),
    "truncated_chunked": lambda: (Reply(body=STORY.encode(), chunked=True, cut_after=4_200),),
    "truncated_gzip": lambda: (
        Reply(
            body=pack(STORY.encode(), "gzip")[:-60],
            headers=(("Content-Encoding", "gzip"),),
        ),
    ),
    "redirect_loop": lambda: (Reply(status=302, headers=(("Location", "?again"),)),),
    "redirect_private": lambda: (
        Reply(status=302, headers=(("Location", "http://169.254.169.254/latest/meta-data/"),)),
    ),
    "redirect_scheme": lambda: (Reply(status=302, headers=(("Location", "file:///etc/passwd"),)),),
    "huge": lambda: (Reply(body=_HUGE, endless=50_000_000),),
    "gzip_bomb": lambda: (_bomb("gzip"),),
    "brotli_bomb": lambda: (_bomb("br"),),
    "zstd_bomb": lambda: (_bomb("zstd"),),
    "wrong_charset": lambda: (
        Reply(
            body=STORY.replace("crack", "crack “naïve”").encode("utf-8"), content_type="text/html; charset=iso-8859-1"
        ),
    ),
    "consent": lambda: (Reply(body=CONSENT.encode()),),
    "empty": lambda: (Reply(body=b""),),
    "not_http": lambda: (Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"),),
    "http10": lambda: (Reply(body=STORY.encode(), http10=True),),
    "keep_alive_race": lambda: (Reply(body=STORY.encode(), close_on_next=True), Reply(body=STORY.encode())),
}
"""One way to fail each: a name, and the replies to serve for it (``http10`` and ``keep_alive_race`` must succeed).

Not here because they are servers and not paths: a port where nobody listens, a name that does not resolve, and the
certificate faults of ``Newsroom(tls=...)``.
"""
