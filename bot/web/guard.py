"""What stands before every page: the host asked for, the login, the headers, and the last resort.

Plain ASGI, so that nothing buffers an answer. The order, from outside: ``Shield`` (any failure becomes a page),
``Headers``, ``Hosts``, then compression, then ``Login``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.log import get as get_log
from bot.web.site import WebSettings

log = get_log("web")

COOKIE = "stet_session"
SESSION_SECONDS = 30 * 86_400
KEYS = ("/unsubscribe/", "/settings/")
OPEN = ("/healthz", "/readyz", "/robots.txt", "/login", "/static/", *KEYS, "/slack/")
"""Paths that need no login: health (says no more than yes or no), and pages whose address is itself the key."""
ANY_HOST = ("/healthz", "/readyz")
TRIES = 10
TRIES_SECONDS = 60.0
ADDRESSES = 1000

Failed = Callable[[Request, int, str, str], Response]
"""Makes a page for a failure: request, status, title, message."""


def policy(*, forms: bool = False) -> str:
    """The Content-Security-Policy: our style sheet, our icon, nothing else; forms only where there is one."""
    action = "'self'" if forms else "'none'"
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"form-action {action}; frame-ancestors 'none'"
    )


class Shield:
    """Any exception that escapes becomes one line in the log and a page without a traceback."""

    def __init__(self, app: ASGIApp, failed: Failed) -> None:
        self.app = app
        self.failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or say that we could not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            log.error("page_failed", path=_told(scope.get("path", "")), error=type(error).__name__, exc_info=error)
            if started:
                raise
            message = "Something failed on our side. It was written to the log; try again in a minute."
            await self.failed(Request(scope), 500, "This page could not be made", message)(scope, receive, send)


def _told(path: str) -> str:
    """A path for the log: where the address itself is the key, without the key."""
    place, slash, _ = path[1:].partition("/")
    return f"/{place}/…" if slash and f"/{place}/" in KEYS else path


class Headers:
    """Security headers on every answer, and the path prefix of a reverse proxy taken off."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve with headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        root = self.settings.root
        path = scope["path"]
        if root and (path == root or path.startswith(root + "/")):
            scope["path"] = path[len(root) :] or "/"
            scope["raw_path"] = scope["path"].encode("utf-8", "replace")

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy(forms=bool(scope.get("stet.forms"))))
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
                headers["X-Frame-Options"] = "DENY"
                if self.settings.noindex:
                    headers["X-Robots-Tag"] = "noindex, nofollow"
                if self.settings.base_url.startswith("https://"):
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, add)


class Hosts:
    """Refuse names that are not ours: a page elsewhere must not reach us through a name it controls (DNS rebinding).

    Addresses, ``localhost``, names without a dot, and the configured names pass; with a login anything does, since
    a browser would send no cookie of ours there.
    """

    def __init__(self, app: ASGIApp, settings: WebSettings, failed: Failed) -> None:
        self.app = app
        self.failed = failed
        self.anything = settings.login
        ours = (urlsplit(settings.base_url).hostname, settings.listen.rpartition(":")[0], *settings.hosts)
        self.names = {name.lower().strip("[]") for name in ours if name}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or say that this is another's name."""
        if scope["type"] != "http" or self.anything or scope["path"] in ANY_HOST or self._known(scope):
            await self.app(scope, receive, send)
            return
        message = "This name is not one of ours. Set [bot] base_url to the address people use, or [web] hosts."
        await self.failed(Request(scope), 421, "Not asked for by its own name", message)(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        given = RequestHeaders(scope=scope).get("host", "")
        try:
            name = (urlsplit(f"//{given}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self.names or (name and "." not in name):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


class Login:
    """Who may read: the token (bearer, basic password, or the cookie of the sign-in page), or a proxy's word."""

    def __init__(self, app: ASGIApp, settings: WebSettings, failed: Failed, clock: Callable[[], float]) -> None:
        self.app = app
        self.settings = settings
        self.failed = failed
        self.clock = clock
        self.networks = [ip_network(network, strict=False) for network in settings.trusted_proxies]
        self.throttle = Throttle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or ask to sign in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        allowed = not self.settings.login or self._allowed(scope)
        scope["stet.allowed"] = allowed
        scope["stet.throttle"] = self.throttle
        if allowed or is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        await self._refusal(scope)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response:
        headers = RequestHeaders(scope=scope)
        wants_page = "text/html" in headers.get("accept", "") and scope["method"] in ("GET", "HEAD")
        if wants_page and self.settings.token and "authorization" not in headers:
            asked = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            where = f"{self.settings.root}/login?next={quote(asked)}"
            return Response(status_code=303, headers={"Location": where, "Cache-Control": "no-store"})
        message = "Reading needs the access token of this installation. Ask whoever runs it."
        answer = self.failed(Request(scope), 401, "Please sign in", message)
        if self.settings.token:
            answer.headers["WWW-Authenticate"] = 'Basic realm="Stet", charset="UTF-8", Bearer realm="Stet"'
        return answer

    def _allowed(self, scope: Scope) -> bool:
        headers = RequestHeaders(scope=scope)
        if self._proxy_says(scope, headers):
            return True
        if not self.settings.token:
            return False
        given = headers.get("authorization")
        if given is not None and self._header_fits(given, client_address(scope)):
            return True  # else a proxy may ask for a login of its own, and the cookie still tells
        value = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        scope["stet.cookie"] = bool(value) and session_fits(self.settings.token, value, self.clock())
        return bool(scope["stet.cookie"])

    def _header_fits(self, given: str, address: str) -> bool:
        if self.throttle.full(address, self.clock()):
            return False
        scheme, _, rest = given.partition(" ")
        secret = rest.strip()
        if scheme.lower() == "basic":
            try:
                secret = base64.b64decode(secret, validate=True).decode("utf-8").partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                secret = ""
        elif scheme.lower() != "bearer":
            secret = ""
        fits = same(secret, self.settings.token)
        if not fits:
            self.throttle.failed(address, self.clock())
        return fits

    def _proxy_says(self, scope: Scope, headers: RequestHeaders) -> bool:
        if not self.settings.proxy_login_header or not headers.get(self.settings.proxy_login_header, "").strip():
            return False
        try:
            peer = ip_address(client_address(scope))
        except ValueError:
            return False
        return any(peer in network for network in self.networks)


class Throttle:
    """At most TRIES wrong tokens in TRIES_SECONDS from one address: guessing is hopeless, mistyping is not."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def failed(self, address: str, now: float) -> None:
        """One wrong token. Remembers at most ADDRESSES addresses, the latest ones."""
        self._failures.setdefault(address, deque(maxlen=TRIES)).append(now)
        self._failures.move_to_end(address)
        while len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)

    def full(self, address: str, now: float) -> bool:
        """Whether to look at no more tokens from there for a while."""
        known = self._failures.get(address)
        return known is not None and len(known) == TRIES and now - known[0] < TRIES_SECONDS


def client_address(scope: Scope) -> str:
    """The peer's address, empty where there is none."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_open(path: str) -> bool:
    """Whether a path needs no login."""
    return any(path.startswith(known) if known.endswith("/") else path == known for known in OPEN)


def same(given: str, wanted: str) -> bool:
    """Compare secrets in constant time; an empty one fits nothing."""
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8"))


def session(token: str, now: float) -> str:
    """A cookie's value: when it ends, and a signature by the token, so that a new token ends every session."""
    ends = str(int(now) + SESSION_SECONDS)
    return f"{ends}.{_signature(token, ends)}"


def session_fits(token: str, value: str, now: float) -> bool:
    """Whether a cookie is ours and still good."""
    ends, _, signature = value.partition(".")
    return ends.isdigit() and len(ends) < 16 and now < int(ends) and same(signature, _signature(token, ends))


def _signature(token: str, ends: str) -> str:
    return hmac.new(token.encode("utf-8"), f"stet web session until {ends}".encode(), hashlib.sha256).hexdigest()
