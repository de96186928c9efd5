"""The one door to the network: which addresses may be asked for, and which may be connected to.

Watch addresses come from people, and redirects and feeds from pages, so each is hostile until it has passed here.
An address is read once, strictly (`bot.fetch.url`); its host is resolved once; *every* address that the name has must
be public (`bot.fetch.addresses`); the connection then goes to those addresses and to no other (`bot.fetch.curl` refuses
the socket otherwise), so a name that points elsewhere a moment later gains nothing. When anything is unclear the door
stays shut.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

from bot.errors import Refused, Unreachable
from bot.fetch.addresses import Address, Network, is_public
from bot.fetch.url import ParsedUrl, parse_url

Resolver = Callable[[str], Sequence[str]]

MAX_ADDRESSES = 8
"""Addresses of one name that are tried; all of them are checked."""

FRESH_FOR = 60.0
"""Seconds a resolved and checked name stays pinned before it is asked for again."""

FAILED_FOR = 5.0
"""Seconds a failed resolution is remembered, so that a batch of stories asks once."""

REMEMBERED_NAMES = 4_096

_LOOPBACK = ("127.0.0.1", "::1")


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
