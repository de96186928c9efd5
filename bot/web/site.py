"""What every page needs: settings, services, and how a page becomes an answer with the right headers.

An answer has a weak ETag taken from its bytes, so that an unchanged page costs the reader nothing; weak, because the
same page also goes out compressed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.core.comparison import Comparison
from bot.core.digest import Digest
from bot.core.story import Story
from bot.metrics import Metrics
from bot.render import html
from bot.store.database import Database
from bot.web.memory import Comparisons, Kept
from bot.web.statics import Statics

if TYPE_CHECKING:
    from bot.jobs.kit import Kit

LIST = "private, no-cache"
DIFF = "private, max-age=300"
"""A diff may be kept five minutes: its words never change, the page around them may after an upgrade."""

DAYS = 60
"""Digests of past days kept in memory."""
ENTRIES = 300
"""Bodies of feed entries kept in memory, 60 kB each at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the pages are served.

    ``base_url`` is the public address, with a path where a reverse proxy puts us below one; empty: links are relative
    and feeds use the address they were asked under. ``token``: whoever reads must know it. ``proxy_login_header``
    names a header in which a proxy at one of ``trusted_proxies`` (networks) says who is signed in. ``hosts`` are
    further names under which we may be asked; ``expect_ticks``: readiness wants a living scheduler. Ages in seconds.
    ``authority`` is the name in the ids of feeds: the host we were first reached under, wherever we have moved since.
    """

    listen: str = "127.0.0.1:8080"
    base_url: str = ""
    token: str = ""
    proxy_login_header: str = ""
    trusted_proxies: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    timezone: str = "UTC"
    noindex: bool = True
    authority: str = ""
    expect_ticks: bool = True
    tick_limit: float = 180.0
    outbox_limit: float = 900.0

    def __post_init__(self) -> None:
        for network in self.trusted_proxies:
            ip_network(network, strict=False)

    def __repr__(self) -> str:
        return f"WebSettings(listen={self.listen!r}, base_url={self.base_url!r}, login={self.login})"

    @property
    def login(self) -> bool:
        """Whether reading needs a login."""
        return bool(self.token or self.proxy_login_header)

    @property
    def root(self) -> str:
        """The path of ``base_url`` without a closing slash: what every link begins with."""
        return urlsplit(self.base_url).path.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the pages read from. ``compare`` is the core's, with the configuration bound; ``now`` the clock."""

    db: Database
    now: Callable[[], datetime]
    compare: Callable[[Story, Story], Comparison]
    secret: str
    metrics: Metrics = attribute(default_factory=Metrics)
    version: str = ""
    kit: Kit | None = None
    """What digests are made with; without it there are no digest pages."""


class Problem(Exception):
    """A page that cannot be shown: status, what happened, what to do next. ``links`` are (path, words)."""

    def __init__(self, status: int, title: str, message: str, *, links: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.title = title
        self.message = message
        self.links = links


class Site:
    """Settings and services together, kept on the application's state."""

    def __init__(self, services: Services, settings: WebSettings) -> None:
        self.services = services
        self.settings = settings
        self.statics = Statics()
        self.comparisons = Comparisons(services.compare)
        self.days: Kept[date, Digest] = Kept(DAYS)
        self.entries: Kept[tuple[int, str], tuple[str, str]] = Kept(ENTRIES)

    @property
    def db(self) -> Database:
        """The database."""
        return self.services.db

    def now(self) -> datetime:
        """The clock."""
        return self.services.now()

    def base(self, request: Request) -> str:
        """The address links outside our pages begin with, without a closing slash."""
        if self.settings.base_url:
            return self.settings.base_url.rstrip("/")
        return f"{request.url.scheme}://{request.url.netloc}"

    def tag_authority(self, request: Request) -> str:
        """The name in ``tag:`` ids: a host of ours, which must change neither with the asking nor with a move."""
        return self.settings.authority or urlsplit(self.settings.base_url).hostname or "stet.invalid"

    def page(
        self,
        request: Request,
        template: str,
        values: Mapping[str, Any],
        *,
        status: int = 200,
        cache: str = LIST,
        forms: bool = False,
    ) -> Response:
        """One HTML page. ``forms``: it has a form, which the policy must let through."""
        signed_in = bool(request.scope.get("stet.cookie"))
        allowed = request.scope.get("stet.allowed", True)
        text = html.page(
            template,
            {
                "root": self.settings.root,
                "base": self.base(request),
                "static": self.statics.path,
                "zone": self.settings.timezone,
                "noindex": self.settings.noindex,
                "here": "",
                "pages": allowed,
                "signed_in": signed_in,
                **values,
            },
        )
        answer = self.answer(request, text.encode("utf-8"), "text/html; charset=utf-8", status=status, cache=cache)
        if forms or signed_in:
            request.scope["stet.forms"] = True
        return answer

    def json(self, request: Request, document: Mapping[str, Any], *, status: int = 200, cache: str = LIST) -> Response:
        """One JSON document with ``"schema": 1`` on top."""
        text = json.dumps({"schema": 1, **document}, ensure_ascii=False, indent=1, default=_plain)
        body = text.encode("utf-8", "replace") + b"\n"
        return self.answer(request, body, "application/json", status=status, cache=cache)

    def answer(
        self,
        request: Request,
        body: bytes,
        media_type: str,
        *,
        status: int = 200,
        cache: str = LIST,
        modified: datetime | None = None,
        etag: str | None = None,
    ) -> Response:
        """Bytes with ETag and, where given, Last-Modified; 304 without a body to whoever has them already."""
        headers = {"Cache-Control": cache if status == 200 else "no-store"}
        if status == 200:
            headers["ETag"] = etag or tag_of(body)
            if modified is not None:
                headers["Last-Modified"] = format_datetime(modified.astimezone(UTC), usegmt=True)
            if not_modified(request, headers["ETag"], modified):
                return Response(status_code=304, headers=headers)
        return Response(body, status_code=status, media_type=media_type, headers=headers)

    def redirect(self, path: str) -> Response:
        """To another of our pages."""
        return RedirectResponse(self.settings.root + path, status_code=303, headers={"Cache-Control": "no-store"})


def site_of(request: Request) -> Site:
    """The site an endpoint serves."""
    site: Site = request.app.state.site
    return site


def tag_of(body: bytes) -> str:
    """A weak ETag of some bytes."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'


def not_modified(request: Request, etag: str, modified: datetime | None = None) -> bool:
    """Whether the reader's copy is good. If-None-Match decides where it is sent (RFC 9110, 13.1)."""
    if request.method not in ("GET", "HEAD"):
        return False
    if (known := request.headers.get("if-none-match")) is not None:
        return known.strip() == "*" or etag.removeprefix("W/") in (
            candidate.strip().removeprefix("W/") for candidate in known.split(",")
        )
    since = request.headers.get("if-modified-since")
    if since is None or modified is None:
        return False
    try:
        limit = parsedate_to_datetime(since)
    except ValueError:
        return False
    limit = limit if limit.tzinfo else limit.replace(tzinfo=UTC)
    return modified.replace(microsecond=0) <= limit


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")
