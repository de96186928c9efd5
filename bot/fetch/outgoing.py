"""What we say to a site: our one name, what we accept, and the outlet's own headers where they are safe to send."""

from __future__ import annotations

import re

from bot import __version__
from bot.fetch.decode import ACCEPT_ENCODING
from bot.fetch.page import FetchSettings, Headers, Request

_RESERVED = frozenset(
    "host connection content-length transfer-encoding te trailer upgrade expect proxy-authorization proxy-connection "
    "user-agent accept-encoding if-none-match if-modified-since range".split()
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
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


def is_proxy(address: str) -> bool:
    """Whether a proxy's address is one that can be used."""
    return _PROXY.fullmatch(address) is not None


def is_cookie(name: str, value: str) -> bool:
    """Whether a cookie that a site set can be sent back as it is."""
    return bool(_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)) and len(name) + len(value) < 4_096


def request_headers(request: Request, name: str, *, own: bool, cookies: list[str]) -> list[tuple[bytes, bytes]]:
    """The headers of one hop, as bytes. ``own``: the outlet's own ones are meant for this hop's host."""
    headers = {"user-agent": name, "accept": _ACCEPT[request.kind], "accept-encoding": ACCEPT_ENCODING}
    if request.etag:
        headers["if-none-match"] = _one_line(request.etag)
    if request.last_modified:
        headers["if-modified-since"] = _one_line(request.last_modified)
    if own:
        headers.update((key.lower(), value) for key, value in request.headers)
    if cookies:
        headers["cookie"] = "; ".join([*([headers["cookie"]] if "cookie" in headers else []), *cookies])
    return [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]


def _one_line(value: str) -> str:
    """A validator as it may stand in a header: what a server sent us once, kept from becoming two headers."""
    return "".join(ch for ch in value if " " <= ch <= "~" or "\x80" <= ch <= "\xff")[:1_000]
