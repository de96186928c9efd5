"""Which network addresses are public: one predicate, written from the IANA special-purpose registries.

Not from `ipaddress.is_global`, which lets translated and tunnelled forms of private addresses pass: NAT64
(64:ff9b::/96) and 6to4 (2002::/16) of 127.0.0.1 read as global there. The registries are those of RFC 6890 and its
updates.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

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
