"""The one door: every way of writing an address that must not be asked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from bot.errors import Refused, Unreachable
from bot.fetch.addresses import is_public
from bot.fetch.guard import Guard
from bot.fetch.url import parse_url, printable

PUBLIC = """
1.1.1.1 8.8.8.8 93.184.216.34 151.101.1.164 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.1.1
198.17.255.255 198.20.0.1 223.255.255.255 169.253.255.255 11.0.0.1 128.0.0.1
2606:4700::1111 2a00:1450:4001::200e 2001:4860:4860::8888 2400:cb00::1
::ffff:8.8.8.8 64:ff9b::8.8.8.8
""".split()

NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3 127.255.255.255
168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.170
192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9
224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.254 255.255.255.255
:: ::1 ::2 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 feff::1 ff02::1 ff0e::1 100::1
100:0:0:1::1 2001:db8::1 3fff::1 2001:2::1 2001:10::1 2001:20::1 2001::1 5f00::1 4000::1 8000::1 3ffe::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:7f00:1 ::127.0.0.1 ::8.8.8.8 ::ffff:0:127.0.0.1
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::127.0.0.1 64:ff9b:1::8.8.8.8
2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 2002:808:808::
2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:0:a9fe:a9fe:0:0:80ff:fffe
2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:10.0.0.1 fe80::5efe:8.8.8.8
""".split()


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_global_unicast_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "0x7f000001", "2130706433", "1.1.1.1 ", "１.1.1.1", "1.1.1.1/32"]
)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


REFUSED_URLS = {
    # schemes and shapes
    "": "scheme",
    "file:///etc/passwd": "scheme",
    "ftp://outlet.example/": "scheme",
    "gopher://127.0.0.1:6379/_INFO": "scheme",
    "javascript:alert(1)": "scheme",
    "data:text/html,hi": "scheme",
    "//outlet.example/": "scheme",
    "outlet.example/story": "scheme",
    "http:outlet.example": "scheme",
    "http:/outlet.example": "scheme",
    "view-source:http://outlet.example/": "scheme",
    "http://": "url",
    "http:///story": "url",
    "http://?a": "url",
    # whitespace, control characters, backslashes
    " http://outlet.example/": "url",
    "http://outlet.example/ ": "url",
    "http://outlet.example/a b": "url",
    "http://outlet.example/\t": "url",
    "http://outlet.example/\r\nHost: inside": "url",
    "http://out\nlet.example/": "url",
    "http://outlet.example/\x00": "url",
    "http://outlet.example/\u2028": "url",
    "http://outlet.example\\@127.0.0.1/": "url",
    "http:\\\\127.0.0.1\\": "url",
    "http://outlet.example/a\\b": "url",
    # credentials
    "http://user@outlet.example/": "url",
    "http://user:secret@outlet.example/": "url",
    "http://outlet.example@127.0.0.1/": "url",
    "http://outlet.example:80@127.0.0.1/": "url",
    "http://@outlet.example/": "url",
    # hosts
    "http://%6c%6fcalhost/": "url",
    "http://127.0.0.1%2f@outlet.example/": "url",
    "http://outlet..example/": "url",
    "http://outlet.example../": "url",
    "http://.outlet.example/": "url",
    "http://-outlet.example/": "url",
    "http://outlet!.example/": "url",
    "http://[::1/": "url",
    "http://[::1]x/": "url",
    "http://[::g]/": "url",
    "http://[]/": "url",
    "http://[fe80::1%25eth0]/": "address",
    "http://[fe80::1%eth0]/": "address",
    "http://::1/": "url",
    # numbers that are not four plain decimals
    "http://2130706433/": "address",
    "http://0x7f000001/": "address",
    "http://0x7f.0.0.1/": "address",
    "http://0x7f.1/": "address",
    "http://017700000001/": "address",
    "http://0177.0.0.1/": "address",
    "http://127.1/": "address",
    "http://127.0.1/": "address",
    "http://127.0.0.01/": "address",
    "http://127.0.0.0x1/": "address",
    "http://0/": "address",
    "http://256.1.1.1/": "address",
    "http://1.1.1.1.1/": "address",
    "http://4294967297/": "address",
    "http://outlet.example.5/": "address",
    "http://0x/": "address",
    # addresses that are not public, in every dress
    "http://127.0.0.1/": "address",
    "http://127.0.0.1./": "address",
    "http://127。0。0。1/": "address",
    "http://１２７.0.0.1/": "address",
    "http://①②⑦.0.0.1/": "address",
    "http://２１３０７０６４３３/": "address",
    "http://０ｘ７ｆ．１/": "address",
    "http://169.254.169.254/latest/meta-data/": "address",
    "http://[::1]/": "address",
    "http://[::]/": "address",
    "http://[::ffff:127.0.0.1]/": "address",
    "http://[::ffff:a9fe:a9fe]/": "address",
    "http://[64:ff9b::7f00:1]/": "address",
    "http://[2002:7f00:1::]/": "address",
    "http://[2001:db8::1]/": "address",
    # ports
    "http://outlet.example:22/": "url",
    "http://outlet.example:8080/": "url",
    "http://outlet.example:0/": "url",
    "http://outlet.example:65536/": "url",
    "http://outlet.example:99999999999/": "url",
    "http://outlet.example:８０/": "url",
    "http://outlet.example:+80/": "url",
    "http://outlet.example:80a/": "url",
    "http://outlet.example:80:80/": "url",
    # names
    "http://xn--/": "url",
    "http://" + "a" * 64 + ".example/": "url",
    "http://" + "a." * 130 + "example/": "url",
    "http://outlet.example/" + "a" * 8_000: "url",
}


@pytest.mark.parametrize(("url", "reason"), REFUSED_URLS.items())
def test_an_address_that_two_readers_could_read_differently_is_refused(url: str, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        Guard().check_url(url)
    assert refusal.value.reason == reason
    assert "\n" not in str(refusal.value)


ACCEPTED = {
    "http://outlet.example": "http://outlet.example/",
    "HTTP://Outlet.Example/Story": "http://outlet.example/Story",
    "https://outlet.example:443/a": "https://outlet.example/a",
    "http://outlet.example:443/a": "http://outlet.example:443/a",
    "http://outlet.example:/a": "http://outlet.example/a",
    "http://outlet.example./a": "http://outlet.example/a",
    "http://outlet.example/a?b=c#part": "http://outlet.example/a?b=c",
    "http://outlet.example?b=c": "http://outlet.example/?b=c",
    "http://outlet.example/a@b": "http://outlet.example/a@b",
    "http://outlet.example/?to=http://127.0.0.1/": "http://outlet.example/?to=http://127.0.0.1/",
    "http://outlet.example/a/./b/../c": "http://outlet.example/a/c",
    "http://outlet.example/../../a/..": "http://outlet.example/",
    "http://outlet.example/a/.well-known/..?q=/../": "http://outlet.example/a/?q=/../",
    "http://outlet.example/a//b/.": "http://outlet.example/a//b/",
    "http://zeitung.example/straße?q=ü": "http://zeitung.example/stra%C3%9Fe?q=%C3%BC",
    "http://bücher.example/": "http://xn--bcher-kva.example/",
    "http://BÜCHER.example/": "http://xn--bcher-kva.example/",
    "http://новости.example/": "http://xn--b1amnebsh.example/",
    "http://under_score.example/": "http://under_score.example/",
    "http://8.8.8.8/": "http://8.8.8.8/",
    "http://[2606:4700:0::1111]/": "http://[2606:4700::1111]/",
    "http://[2606:4700::1111]:443/": "http://[2606:4700::1111]:443/",
}


@pytest.mark.parametrize(("url", "normal"), ACCEPTED.items())
def test_a_plain_address_passes_in_one_normal_form(url: str, normal: str) -> None:
    parsed = Guard().check_url(url)
    assert parsed.url == normal
    assert Guard().check_url(parsed.url) == parsed


def test_every_address_of_a_name_is_checked_not_only_the_first() -> None:
    guard = Guard(resolver=lambda host: ["93.184.216.34", "10.0.0.7"])
    with pytest.raises(Refused, match=r"outlet\.example \(10\.0\.0\.7\)"):
        guard.resolve("outlet.example")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_points_inside_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        Guard(resolver=lambda host: [address]).resolve("inside.example")


def test_a_name_is_resolved_once_and_stays_pinned() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    guard = Guard(resolver=lambda host: next(answers))
    assert guard.resolve("rebinding.example") == ("93.184.216.34",)
    assert guard.resolve("rebinding.example") == ("93.184.216.34",)


def test_a_name_that_moves_inside_is_refused_when_it_is_resolved_again() -> None:
    now = [0.0]
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    guard = Guard(resolver=lambda host: next(answers), clock=lambda: now[0])
    assert guard.resolve("rebinding.example") == ("93.184.216.34",)
    now[0] = 3_600.0
    with pytest.raises(Refused):
        guard.resolve("rebinding.example")


def _fails(host: str) -> Sequence[str]:
    raise OSError(-2, "Name or service not known")


@pytest.mark.parametrize("resolver", [_fails, lambda host: []])
def test_the_door_stays_shut_when_a_name_does_not_resolve(resolver: object) -> None:
    with pytest.raises(Unreachable) as failure:
        Guard(resolver=resolver).resolve("nowhere.example")  # type: ignore[arg-type]
    assert failure.value.reason == "dns"


def test_a_name_server_that_hangs_costs_the_time_allowed_and_not_more() -> None:
    hang = threading.Event()

    def resolver(host: str) -> Sequence[str]:
        hang.wait(30)
        return ["93.184.216.34"]

    guard = Guard(resolver=resolver)
    try:
        with pytest.raises(Unreachable) as failure:
            guard.resolve("slow.example", timeout=0.05)
    finally:
        hang.set()
    assert failure.value.reason == "dns"


def test_many_threads_ask_for_a_name_once() -> None:
    asked: list[str] = []
    go = threading.Event()

    def resolver(host: str) -> Sequence[str]:
        asked.append(host)
        go.wait(30)
        return ["93.184.216.34"]

    guard = Guard(resolver=resolver)
    found: list[tuple[str, ...]] = []
    threads = [threading.Thread(target=lambda: found.append(guard.resolve("outlet.example"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert asked == ["outlet.example"]
    assert found == [("93.184.216.34",)] * 6


def test_an_opened_network_opens_itself_and_nothing_else() -> None:
    guard = Guard(allow_private=("127.0.0.0/8", "fd00:5e::/32"))
    guard.check_url("http://127.0.0.1:8123/")
    guard.check_url("http://[::ffff:127.0.0.1]:8123/")
    guard.check_url("http://[fd00:5e::1]:8123/")
    for url in (
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://[fd00:5f::1]/",
        "http://169.254.169.254/",
        "http://2130706433/",
    ):
        with pytest.raises(Refused):
            guard.check_url(url)


def test_localhost_is_open_as_far_as_loopback_is_and_asks_nobody() -> None:
    def resolver(host: str) -> Sequence[str]:
        raise AssertionError(host)

    assert Guard(("127.0.0.0/8",), resolver=resolver).resolve("localhost") == ("127.0.0.1",)
    assert Guard(("127.0.0.0/8", "::1/128"), resolver=resolver).resolve("a.localhost") == ("127.0.0.1", "::1")
    with pytest.raises(Refused):
        Guard(("10.0.0.0/8",), resolver=resolver).resolve("localhost")


def test_a_port_is_open_beyond_80_and_443_only_in_an_opened_network_or_by_setting() -> None:
    inside = Guard(allow_private=("10.0.0.0/8",), resolver=lambda host: ["10.1.1.1"])
    outside = Guard(allow_private=("10.0.0.0/8",), resolver=lambda host: ["93.184.216.34"])
    url = "http://outlet.example:8080/"
    assert inside.pin(inside.check_url(url)) == ("10.1.1.1",)
    with pytest.raises(Refused, match="port 8080 is closed"):
        outside.pin(outside.check_url(url))
    Guard(ports=(80, 443, 8080)).check_url(url)


def test_a_message_shows_an_address_without_credentials_and_control_characters() -> None:
    assert printable("http://user:secret@outlet.example/\r\nx") == "http://…@outlet.example/��x"
    with pytest.raises(Refused) as refusal:
        parse_url("http://user:secret@outlet.example/")
    assert "secret" not in str(refusal.value)
