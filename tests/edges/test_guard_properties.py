"""The door against whatever can be typed: refused, or read the same way by every reader."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import httpx
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.fetch.addresses import is_public, unwrap
from bot.fetch.guard import Guard
from bot.fetch.url import parse_url

PIECES = st.sampled_from(
    "http https :// : // / \\ @ . .. # ? % %2e %00 [ ] ::1 127.0.0.1 0x7f 1 0177 localhost outlet.example user:secret "
    "bücher ① ２ 。 8080 80 \t \r\n \u2028 - _ xn-- ; & = a".split(" ")
)
URLS = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, min_size=1, max_size=12).map("".join),
    st.lists(PIECES, min_size=1, max_size=10).map(lambda pieces: "http://" + "".join(pieces)),
)


@given(URLS)
@example("http://outlet.example\\@127.0.0.1/")
@example("http://outlet.example#@127.0.0.1/")
@example("http://outlet.example?@127.0.0.1/")
def test_an_address_is_refused_or_read_by_all_readers_alike(url: str) -> None:
    try:
        parsed = parse_url(url)
    except Refused as refusal:
        assert "\n" not in str(refusal)
        return
    assert parsed.url.isascii()
    assert parse_url(parsed.url) == parsed
    split = urlsplit(parsed.url)
    assert (split.scheme, split.hostname) == (parsed.scheme, parsed.host)
    assert (split.port or {"http": 80, "https": 443}[split.scheme]) == parsed.port
    assert (split.username, split.password, split.fragment) == (None, None, "")
    other = httpx.URL(parsed.url)
    assert other.raw_host.decode() == parsed.host
    assert (other.port or {"http": 80, "https": 443}[other.scheme]) == parsed.port


@given(URLS)
def test_a_numeric_host_that_passes_is_public(url: str) -> None:
    try:
        parsed = Guard().check_url(url)
    except Refused:
        return
    assert parsed.port in (80, 443)
    assert parsed.literal is None or is_public(parsed.literal)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_what_is_public_is_global_to_the_standard_library_too(address: IPv4Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@given(
    st.one_of(
        st.integers(0, 2**128 - 1),
        st.integers(0, 2**125 - 1).map(lambda rest: (1 << 125) | rest),
        st.integers(0, 2**32 - 1).map(lambda four: (0xFFFF << 32) | four),
        st.integers(0, 2**32 - 1).map(lambda four: (0x64FF9B << 96) | four),
        st.integers(0, 2**112 - 1).map(lambda rest: (0x2002 << 112) | rest),
    ).map(IPv6Address)
)
def test_what_is_public_in_ipv6_is_global_however_it_is_wrapped(address: IPv6Address) -> None:
    if is_public(address):
        inside = unwrap(address)
        assert inside.is_global
        assert not inside.is_multicast
        assert not (isinstance(inside, IPv6Address) and (inside.sixtofour or inside.teredo))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["127.0.0.0/8", "10.0.0.0/8", "192.168.0.0/16"]))
def test_an_opened_network_opens_nothing_outside_itself(number: int, network: str) -> None:
    from ipaddress import IPv4Network

    address = IPv4Address(number)
    assert Guard((network,)).allows(str(address)) == (address in IPv4Network(network) or is_public(address))
