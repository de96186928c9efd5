"""Reading an address strictly: whatever two readers could read differently is refused, the rest has one form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

from bot.errors import Refused
from bot.fetch.addresses import Address

MAX_URL = 8_000
"""Characters in an address; RFC 9110 asks for at least 8,000 octets."""

_SHAPE = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")

_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedUrl:
    """An address that passed the door, in the one form in which it is then used."""

    url: str
    """The whole address in ASCII, without fragment: what is sent and what is remembered."""
    scheme: str
    host: str
    """In lower case, IDN in A-labels, no trailing dot, no brackets."""
    port: int
    target: str
    """Path and query, at least ``/``."""
    literal: Address | None
    """The host where it is written as an address."""

    @property
    def authority(self) -> str:
        """``host`` or ``host:port``: what the Host header says."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        return host if self.port == _DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what robots.txt, cookies and secrets are bound to."""
        return self.scheme, self.host, self.port


def _refuse(why: str, url: str, reason: str = "url") -> Refused:
    return Refused(why, subject=printable(url), reason=reason)


def printable(url: str) -> str:
    """An address as it may stand in a message: control characters and credentials taken out, 200 characters."""
    clean = re.sub(r"//[^/?#@]*@", "//…@", url)
    clean = "".join(ch if ch.isprintable() and ch != " " else "�" for ch in clean)
    return clean if len(clean) <= 200 else clean[:199] + "…"


def _percent_encode(text: str) -> str:
    return _NON_ASCII.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8")), text)


def parse_url(url: str) -> ParsedUrl:
    """Read an address strictly. Raises `Refused` (reason ``scheme`` or ``url``) for whatever two readers could
    read differently: whitespace, control characters, backslashes, credentials, percent signs in the host, numbers
    that are not four plain decimals, zone ids, empty labels.

    Letters beyond ASCII are mapped as browsers do (UTS 46 for the host, UTF-8 percent-encoding for the rest), so
    full-width digits and dots are seen as the digits and dots that they become.
    """
    if len(url) > MAX_URL:
        raise _refuse(f"the address is longer than {MAX_URL} characters; shorten it", url)
    if _FORBIDDEN.search(url):
        raise _refuse("the address holds a space, a backslash or a control character; correct it", url)
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise _refuse("only http:// and https:// addresses can be watched", url, "scheme")
    scheme, authority, target = shape[1].lower(), shape[2], shape[3]
    if "@" in authority:
        raise _refuse("an address must not carry a user name or password; take it out", url)
    host, literal, port = _read_authority(authority, url)
    port = _DEFAULT_PORT[scheme] if port is None else port
    target = _percent_encode(target if target.startswith("/") else "/" + target)
    if "/." in target:
        path, mark, query = target.partition("?")
        target = _without_dots(path) + mark + query
    shown = f"[{host}]" if isinstance(literal, IPv6Address) else host
    if port != _DEFAULT_PORT[scheme]:
        shown = f"{shown}:{port}"
    return ParsedUrl(
        url=f"{scheme}://{shown}{target}", scheme=scheme, host=host, port=port, target=target, literal=literal
    )


def _without_dots(path: str) -> str:
    """A path without its ``.`` and ``..`` segments (RFC 3986, 5.2.4), so that robots.txt is asked what is fetched."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if path.endswith(("/.", "/..")):
        kept.append("")
    return "/" + "/".join(kept)


def _read_authority(authority: str, url: str) -> tuple[str, Address | None, int | None]:
    if authority.startswith("["):
        inside, closed, rest = authority[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise _refuse("the address has a broken IPv6 host", url)
        if "%" in inside:
            raise _refuse("an IPv6 host with a zone cannot be watched", url, "address")
        try:
            literal: Address | None = IPv6Address(inside)
        except AddressValueError as error:
            raise _refuse("the address has a broken IPv6 host", url) from error
        return str(literal), literal, _read_port(rest[1:], url)
    host, colon, port_text = authority.partition(":")
    host, literal = _read_host(host, url)
    return host, literal, _read_port(port_text if colon else "", url)


def _read_port(text: str, url: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65_536):
        raise _refuse("the address has a port that is no number from 1 to 65535", url)
    return int(text)


class _BadHost(Exception):
    """Why a host is refused, and the reason in one word."""

    def __init__(self, why: str, reason: str = "url") -> None:
        super().__init__(why)
        self.why = why
        self.reason = reason


def _read_host(host: str, url: str) -> tuple[str, Address | None]:
    try:
        return _known_host(host)
    except _BadHost as error:
        raise _refuse(error.why, url, error.reason) from error.__cause__


@lru_cache(maxsize=4_096)
def _known_host(host: str) -> tuple[str, Address | None]:
    """The host in its one form, and the address that it is. The same few hosts are read all day."""
    if not host:
        raise _BadHost("the address has no host")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise _BadHost("the address has a host name that no registry allows") from error
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _BadHost("the address has a host name that no registry allows")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            literal = IPv4Address(host)
        except AddressValueError as error:
            raise _BadHost("write a numeric host as four plain decimal numbers", "address") from error
        return str(literal), literal
    return host, None
