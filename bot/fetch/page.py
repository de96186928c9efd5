"""What goes into a fetch and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["story", "feed", "robots", "test"]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """The ``[fetch]`` section. Times in seconds, sizes in bytes.

    ``timeout`` is for a whole fetch with all its redirects; ``patience`` for waiting until a host's turn comes, before
    that. ``max_bytes`` caps a page on the wire and again unpacked. ``allow_private`` names networks (CIDR) that may be
    watched although they are not public. ``ca_file`` replaces the certificates that are trusted. ``proxy`` is
    used where a request names none.
    """

    workers: int = 8
    per_host: int = 2
    host_gap: float = 1.0
    timeout: float = 20.0
    patience: float = 20.0
    max_bytes: int = 10_000_000
    robots: bool = True
    user_agent: str = ""
    contact: str = ""
    allow_private: tuple[str, ...] = ()
    ports: tuple[int, ...] = (80, 443)
    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One address to fetch.

    ``etag`` and ``last_modified`` are the validators of the version at hand; with either, `NotModified` may come
    back. ``headers`` are the outlet's own and go to the address's own host only. ``charset`` is what the story's pages
    were in so far; it is handed on with the page. ``kind`` ``robots`` and ``test`` are not asked of robots.txt.
    ``proxy`` overrides the settings' one (http, https, socks5, socks5h; a password in it is never shown), ``patience``
    the settings' seconds of waiting for the host's turn (long where a person waits for many stories of one site).
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    headers: Headers = field(default=(), repr=False)
    charset: str | None = None
    kind: Kind = "story"
    proxy: str | None = field(default=None, repr=False)
    patience: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that came whole (status 200 or 203).

    ``headers`` are kept as evidence: as sent, names in lower case, without cookies, at most 100. ``redirects`` are the
    addresses passed on the way, the first being the one asked for; ``permanent_redirect`` is how far the chain was
    permanent (301, 308) from its start, None where it was not. ``charset`` is what the Content-Type names,
    ``charset_before`` what the request remembered. ``wire_bytes`` counts the last answer as it came, ``address`` is who
    sent it.
    """

    url: str
    final_url: str
    status: int
    headers: Headers
    body: bytes
    redirects: tuple[str, ...]
    permanent_redirect: str | None
    etag: str | None
    last_modified: str | None
    content_type: str
    charset: str | None
    charset_before: str | None
    fetched_in_ms: float
    wire_bytes: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The page is as it was (304). Fields as in `Page`; validators as repeated by the server or as sent."""

    url: str
    final_url: str
    headers: Headers
    redirects: tuple[str, ...]
    permanent_redirect: str | None
    etag: str | None
    last_modified: str | None
    fetched_in_ms: float
    wire_bytes: int
    address: str
