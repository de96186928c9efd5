"""The one door to the network: which addresses may be asked for, and which may be connected to.

Watch addresses come from people, and redirects and feeds from pages, so each is hostile until it has passed here.
An address is read once, strictly, into a `ParsedUrl`; its host is resolved once; *every* address that the name
has must be public; the connection then goes to those addresses and to no other (`bot.fetch.curl` refuses the
socket otherwise), so a name that points elsewhere a moment later gains nothing. When anything is unclear the
door stays shut.

What counts as public is one predicate, `is_public`, written from the IANA special-purpose registries (RFC 6890 and
its updates) and not from `ipaddress.is_global`, which lets translated and tunnelled forms of private addresses pass
(NAT64 64:ff9b::/96 and 6to4 2002::/16 of 127.0.0.1 read as global there).
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import idna

from bot.errors import Refused, Unreachable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str], Sequence[str]]

MAX_URL = 8_000
"""Characters in an address; RFC 9110 asks for at least 8,000 octets."""

MAX_ADDRESSES = 8
"""Addresses of one name that are tried; all of them are checked."""

FRESH_FOR = 60.0
"""Seconds a resolved and checked name stays pinned before it is asked for again."""

FAILED_FOR = 5.0
"""Seconds a failed resolution is remembered, so that a batch of stories asks once."""

REMEMBERED_NAMES = 4_096

_IPV4_CLOSED = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # shared, carrier-grade NAT (RFC 6598); one cloud's metadata lives here
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's platform service, reachable from its guests only
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays, withdrawn (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking (RFC 2544)
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
)
_IPV6_UNICAST = IPv6Network("2000::/3")
_IPV6_CLOSED = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID (RFC 2928)
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, withdrawn: carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, returned
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_IPV6_MAPPED = IPv6Network("::ffff:0:0/96")
_IPV6_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)

_SHAPE = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")

_LOOPBACK = ("127.0.0.1", "::1")
_DEFAULT_PORT = {"http": 80, "https": 443}


def unwrap(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped or NAT64 (RFC 6052 well-known prefix) one; any other as it is."""
    if isinstance(address, IPv6Address) and (address in _IPV6_MAPPED or address in _IPV6_NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address | str) -> bool:
    """Whether an address is global unicast, seen through every way of writing IPv4 inside IPv6.

    IPv4-mapped and NAT64 addresses are as public as what they carry (a network with NAT64 gives nothing else).
    6to4, Teredo, ISATAP, IPv4-compatible and local-use NAT64 (64:ff9b:1::/48) addresses are never public: no
    newsroom is published there and each can carry a private address. Text that is no address, or has a zone id,
    is not public.
    """
    if isinstance(address, str):
        try:
            address = ip_address(address)
        except ValueError:
            return False
    address = unwrap(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4_CLOSED)
    if address.scope_id is not None or address not in _IPV6_UNICAST:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return not any(address in network for network in _IPV6_CLOSED)


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


def _read_host(host: str, url: str) -> tuple[str, Address | None]:
    if not host:
        raise _refuse("the address has no host", url)
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise _refuse("the address has a host name that no registry allows", url) from error
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refuse("the address has a host name that no registry allows", url)
    if _NUMBER.fullmatch(labels[-1]):
        try:
            literal = IPv4Address(host)
        except AddressValueError as error:
            raise _refuse("write a numeric host as four plain decimal numbers", url, "address") from error
        return str(literal), literal
    return host, None


def system_resolver(host: str) -> list[str]:
    """Every address that the system knows for a name, in its order. Raises `OSError`."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(slots=True)
class _Known:
    addresses: tuple[str, ...]
    failure: str
    until: float


class Guard:
    """The door with its settings. Thread-safe.

    ``allow_private`` opens the named networks (and nothing else); inside them every port may be asked for, because
    whoever opens an intranet knows what runs there. Elsewhere only ``ports``. ``resolver`` takes a host name
    and gives its addresses or raises `OSError`; it runs on a thread of its own, so that a dead name server costs a
    fetch its deadline and not more.
    """

    def __init__(
        self,
        allow_private: Iterable[str] = (),
        ports: Iterable[int] = (80, 443),
        *,
        resolver: Resolver | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open: tuple[Network, ...] = tuple(ip_network(text, strict=False) for text in allow_private)
        self._ports = frozenset(ports)
        self._resolver = resolver or system_resolver
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, threading.Event] = {}
        self._verdicts: dict[str, tuple[bool, bool]] = {}

    def check_url(self, url: str) -> ParsedUrl:
        """Read an address and refuse what needs no resolving: a numeric host that is not public, a closed port.

        Raises `Refused`.
        """
        parsed = parse_url(url)
        if parsed.literal is not None:
            self._check_address(parsed.host, parsed.host)
            self._check_port(parsed, (parsed.host,))
        elif not self._open:
            self._check_port(parsed, ())
        return parsed

    def pin(self, parsed: ParsedUrl, *, timeout: float = 20.0) -> tuple[str, ...]:
        """The addresses a connection for ``parsed`` may go to. Raises `Refused` or `Unreachable`."""
        if parsed.literal is None:
            addresses = self.resolve(parsed.host, timeout=timeout)
        else:
            addresses = (parsed.host,)
            self._check_address(parsed.host, parsed.host)
        self._check_port(parsed, addresses)
        return addresses

    def resolve(self, host: str, *, timeout: float = 20.0) -> tuple[str, ...]:
        """Every address of ``host``, all of them checked; at most `MAX_ADDRESSES`, never none.

        Raises `Refused` where any is not public, `Unreachable` (reason ``dns``) where there is none or the name
        servers do not answer within ``timeout`` seconds.
        """
        try:
            literal = ip_address(host)
        except ValueError:
            pass
        else:
            self._check_address(str(literal), host)
            return (str(literal),)
        if host == "localhost" or host.endswith(".localhost"):
            # Never asked of a name server (RFC 6761), and open as far as loopback is: it has two addresses everywhere.
            near = tuple(text for text in _LOOPBACK if self.allows(text))
            self._check_address(near[0] if near else _LOOPBACK[0], host)
            return near
        known = self._ask(host, self._clock() + timeout)
        if known.failure:
            raise Unreachable(f"the name cannot be resolved ({known.failure})", subject=host, reason="dns")
        for text in known.addresses:
            self._check_address(text, host)
        return known.addresses[:MAX_ADDRESSES]

    def allows(self, address: str) -> bool:
        """Whether a connection to ``address`` (a resolved one, as text) may be made."""
        return self._judge(address)[0]

    def _judge(self, address: str) -> tuple[bool, bool]:
        """Whether an address may be connected to, and whether that is because its network was opened."""
        verdict = self._verdicts.get(address)
        if verdict is None:
            try:
                parsed = ip_address(address)
            except ValueError:
                return False, False
            opened = self._is_open(parsed)
            verdict = (opened or is_public(parsed), opened)
            if len(self._verdicts) >= 4 * REMEMBERED_NAMES:
                self._verdicts.clear()
            self._verdicts[address] = verdict
        return verdict

    def _is_open(self, address: Address) -> bool:
        # Mapped is another spelling of the same address; NAT64 leads to another machine's view of it, so it is not.
        plain = address if isinstance(address, IPv4Address) else address.ipv4_mapped or address
        return any(plain in network for network in self._open if network.version == plain.version)

    def _check_address(self, address: str, host: str) -> None:
        if not self.allows(address):
            shown = address if address == host else f"{host} ({address})"
            raise Refused(
                "the address is not public; name its network in [fetch] allow_private if it is yours",
                subject=shown,
                reason="address",
            )

    def _check_port(self, parsed: ParsedUrl, addresses: Sequence[str]) -> None:
        if parsed.port in self._ports or (addresses and all(self._judge(address)[1] for address in addresses)):
            return
        raise Refused(
            f"port {parsed.port} is closed; only {', '.join(map(str, sorted(self._ports)))} may be asked for",
            subject=parsed.url,
            reason="url",
        )

    def _ask(self, host: str, deadline: float) -> _Known:
        """What is known of a name, asking at most once however many threads want it."""
        while True:
            with self._lock:
                known = self._known.get(host)
                if known is not None and known.until > self._clock():
                    return known
                answered = self._asking.get(host)
                if answered is None:
                    answered = self._asking[host] = threading.Event()
                    # A daemon thread: getaddrinfo cannot be interrupted, and must not keep the process from ending.
                    threading.Thread(
                        target=self._look_up, args=(host, answered), name=f"resolve {host}", daemon=True
                    ).start()
            if not answered.wait(max(0.0, deadline - self._clock())):
                return _Known(addresses=(), failure="no answer in time", until=0.0)

    def _look_up(self, host: str, answered: threading.Event) -> None:
        addresses: tuple[str, ...] = ()
        failure = "no addresses"
        try:
            addresses = tuple(self._resolver(host))
        except (OSError, UnicodeError) as error:
            failure = getattr(error, "strerror", None) or "no answer"
        finally:
            known = _Known(
                addresses=addresses,
                failure="" if addresses else failure,
                until=self._clock() + (FRESH_FOR if addresses else FAILED_FOR),
            )
            with self._lock:
                self._known[host] = known
                self._known.move_to_end(host)
                while len(self._known) > REMEMBERED_NAMES:
                    self._known.popitem(last=False)
                del self._asking[host]
            answered.set()
