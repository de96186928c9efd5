"""Every way a site can fail, served by a loopback newsroom: each ends in its own error, in time, and blocks nobody."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadStatus, FetchError, Refused, TooLarge, Unreachable
from bot.fetch import Fetcher, FetchSettings, NotModified, Page, Request
from bot.fetch.decode import decode
from tests.newsroom import CONSENT, FAULTS, LOOPBACK, STORY, Newsroom, Reply, pack

TIMEOUT = 1.5


def fetcher(**more: object) -> Fetcher:
    settings = {
        "allow_private": (LOOPBACK,),
        "host_gap": 0.0,
        "timeout": TIMEOUT,
        "max_bytes": 2_000_000,
        "robots": False,
        "patience": 5.0,
    }
    return Fetcher(FetchSettings(**{**settings, **more}))  # type: ignore[arg-type]


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        yield running


FAILS: dict[str, tuple[type[FetchError], dict[str, object]]] = {
    "server_error": (BadStatus, {"status": 500, "retry_after": None}),
    "bad_gateway": (BadStatus, {"status": 502}),
    "cdn_error": (BadStatus, {"status": 522}),
    "busy": (BadStatus, {"status": 429, "retry_after": None}),
    "busy_seconds": (BadStatus, {"status": 429, "retry_after": 120.0}),
    "busy_date": (BadStatus, {"status": 503}),
    "not_found": (BadStatus, {"status": 404}),
    "gone": (BadStatus, {"status": 410}),
    "forbidden": (BadStatus, {"status": 403}),
    "slow_drip": (TooLarge, {}),
    "hang": (Unreachable, {"reason": "timeout"}),
    "reset": (Unreachable, {"reason": "reset"}),
    "reset_middle": (Unreachable, {"reason": "truncated"}),
    "truncated_length": (Unreachable, {"reason": "truncated"}),
    "truncated_chunked": (Unreachable, {"reason": "truncated"}),
    "truncated_gzip": (Unreachable, {"reason": "truncated"}),
    "redirect_loop": (Refused, {"reason": "redirects"}),
    "redirect_private": (Refused, {"reason": "address"}),
    "redirect_scheme": (Refused, {"reason": "scheme"}),
    "huge": (TooLarge, {}),
    "gzip_bomb": (TooLarge, {}),
    "brotli_bomb": (TooLarge, {}),
    "zstd_bomb": (TooLarge, {}),
    "not_http": (Unreachable, {"reason": "protocol"}),
}


@pytest.mark.parametrize("fault", FAILS)
def test_a_fault_ends_in_its_own_error_within_the_deadline(newsroom: Newsroom, fault: str) -> None:
    newsroom.serve("/story", *FAULTS[fault]())
    kind, fields = FAILS[fault]
    started = time.monotonic()
    with fetcher() as fetching, pytest.raises(FetchError) as failure:
        fetching.get(Request(url=newsroom.url("/story")))
    assert type(failure.value) is kind
    assert {name: getattr(failure.value, name) for name in fields} == fields
    assert time.monotonic() - started < 2 * TIMEOUT + 2
    text = str(failure.value)
    assert "\n" not in text
    assert newsroom.url("")[:16] in text or "169.254.169.254" in text or "file:" in text


def test_every_fault_of_the_newsroom_is_looked_at() -> None:
    come_through = {"wrong_charset", "consent", "empty", "http10", "keep_alive_race"}
    assert set(FAULTS) == set(FAILS) | come_through


def test_a_retry_after_date_counts_from_the_servers_own_clock(newsroom: Newsroom) -> None:
    headers = (("Date", "Wed, 21 Oct 2015 07:20:00 GMT"), ("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"))
    newsroom.serve("/story", Reply(status=503, headers=headers))
    with fetcher() as fetching, pytest.raises(BadStatus) as failure:
        fetching.get(Request(url=newsroom.url("/story")))
    assert failure.value.retry_after == 480.0


def test_pages_that_are_whole_but_wrong_are_handed_on_as_they_came(newsroom: Newsroom) -> None:
    for fault in ("wrong_charset", "consent", "empty"):
        newsroom.serve("/" + fault, *FAULTS[fault]())
    with fetcher() as fetching:
        wrong = fetching.get(Request(url=newsroom.url("/wrong_charset"), charset="utf-8"))
        consent = fetching.get(Request(url=newsroom.url("/consent")))
        empty = fetching.get(Request(url=newsroom.url("/empty")))
    assert isinstance(wrong, Page)
    assert (wrong.charset, wrong.charset_before) == ("iso-8859-1", "utf-8")
    assert "“naïve”".encode() in wrong.body
    assert isinstance(consent, Page)
    assert consent.body == CONSENT.encode()
    assert isinstance(empty, Page)
    assert empty.body == b""


def test_a_page_without_length_that_ends_with_the_connection_is_whole(newsroom: Newsroom) -> None:
    newsroom.serve("/story", *FAULTS["http10"]())
    with fetcher() as fetching:
        page = fetching.get(Request(url=newsroom.url("/story")))
    assert isinstance(page, Page)
    assert page.body == STORY.encode()


def test_a_kept_connection_that_closes_as_the_next_request_comes_is_retried_quietly(newsroom: Newsroom) -> None:
    newsroom.serve("/story", *FAULTS["keep_alive_race"]())
    with fetcher() as fetching:
        first = fetching.get(Request(url=newsroom.url("/story")))
        second = fetching.get(Request(url=newsroom.url("/story")))
    assert isinstance(first, Page)
    assert isinstance(second, Page)
    assert second.body == STORY.encode()
    assert [seen.connection for seen in newsroom.seen("/story")] == [1, 2]


@pytest.mark.parametrize("fault", ["reset", "reset_middle", "truncated_length"])
def test_one_broken_answer_is_retried_once_on_a_fresh_connection(newsroom: Newsroom, fault: str) -> None:
    newsroom.serve("/story", *FAULTS[fault](), Reply(body=STORY.encode()))
    with fetcher() as fetching:
        page = fetching.get(Request(url=newsroom.url("/story")))
    assert isinstance(page, Page)
    assert page.body == STORY.encode()
    assert len({seen.connection for seen in newsroom.seen("/story")}) == 2


def test_a_site_that_keeps_breaking_is_asked_twice_and_no_more(newsroom: Newsroom) -> None:
    newsroom.serve("/story", Reply(body=STORY.encode(), reset_after=1_500))
    with fetcher() as fetching, pytest.raises(Unreachable):
        fetching.get(Request(url=newsroom.url("/story")))
    assert len(newsroom.seen("/story")) == 2


def test_a_port_where_nobody_listens_is_refused_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with fetcher() as fetching, pytest.raises(Unreachable) as failure:
        fetching.get(Request(url=f"http://127.0.0.1:{port}/"))
    assert failure.value.reason == "refused"


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    with fetcher() as fetching, pytest.raises(Unreachable) as failure:
        fetching.get(Request(url="http://nowhere.invalid/"))
    assert failure.value.reason == "dns"


@pytest.mark.parametrize("fault", ["expired", "other_name", "unknown", "self_signed"])
def test_a_certificate_that_does_not_prove_the_name_ends_the_fetch(fault: str) -> None:
    with Newsroom(tls=fault) as newsroom:
        newsroom.page("/story", STORY)
        with fetcher(ca_file=newsroom.ca_file) as fetching, pytest.raises(Unreachable) as failure:
            fetching.get(Request(url=newsroom.url("/story", "localhost")))
        assert newsroom.requests == []
    assert failure.value.reason == "tls"


def test_a_good_certificate_is_verified_against_the_name_while_the_address_is_pinned() -> None:
    with Newsroom(tls="good") as newsroom:
        newsroom.page("/story", STORY)
        settings = FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0, robots=False, ca_file=newsroom.ca_file)
        with Fetcher(settings, resolver=lambda host: ["127.0.0.1"]) as fetching:
            page = fetching.get(Request(url=newsroom.url("/story", "localhost")))
            with pytest.raises(Unreachable) as failure:
                fetching.get(Request(url=newsroom.url("/story", "other.test")))
    assert isinstance(page, Page)
    assert failure.value.reason == "tls"


def test_a_hung_page_does_not_delay_another_of_the_same_site(newsroom: Newsroom) -> None:
    newsroom.serve("/hung", Reply(hang=True))
    newsroom.page("/story", STORY)
    with fetcher(timeout=2.0) as fetching:
        ended: list[str] = []

        def look(path: str) -> None:
            with contextlib.suppress(FetchError):
                fetching.get(Request(url=newsroom.url(path)))
            ended.append(path)

        threads = [threading.Thread(target=look, args=(path,)) for path in ("/hung", "/story")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ended == ["/story", "/hung"]


@pytest.mark.parametrize("how", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_never_unpacked_far_beyond_the_limit(how: str) -> None:
    packed = pack(b"\0" * 60_000_000, how)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decode(packed, how, max_bytes=2_000_000, subject="http://outlet.example/")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br", "x", "", "identity"]))
def test_bytes_that_only_pretend_to_be_packed_end_in_an_error_of_ours(body: bytes, how: str) -> None:
    with contextlib.suppress(Unreachable, TooLarge):
        decode(body, how, max_bytes=1_000_000, subject="http://outlet.example/")


@pytest.mark.parametrize("how", ["gzip", "deflate", "br", "zstd"])
def test_a_packed_page_cut_anywhere_is_never_a_shorter_page(how: str) -> None:
    packed = pack(STORY.encode(), how)
    for length in range(1, len(packed)):
        with pytest.raises(Unreachable):
            decode(packed[:length], how, max_bytes=1_000_000, subject="http://outlet.example/")


def test_a_304_that_nobody_asked_for_is_a_bad_status(newsroom: Newsroom) -> None:
    newsroom.serve("/story", Reply(status=304))
    with fetcher() as fetching:
        with pytest.raises(BadStatus) as failure:
            fetching.get(Request(url=newsroom.url("/story")))
        assert isinstance(fetching.get(Request(url=newsroom.url("/story"), etag='"a"')), NotModified)
    assert failure.value.status == 304


@pytest.mark.parametrize("status", [202, 204, 206, 300, 305, 400, 401, 402, 418, 451, 503, 520, 599])
def test_whatever_is_not_a_page_is_a_bad_status(newsroom: Newsroom, status: int) -> None:
    newsroom.serve("/story", Reply(status=status))
    with fetcher() as fetching, pytest.raises(BadStatus) as failure:
        fetching.get(Request(url=newsroom.url("/story")))
    assert failure.value.status == status


def test_a_redirect_without_an_address_is_a_bad_status(newsroom: Newsroom) -> None:
    newsroom.serve("/story", Reply(status=302))
    with fetcher() as fetching, pytest.raises(BadStatus):
        fetching.get(Request(url=newsroom.url("/story")))


def test_endless_headers_end_the_fetch(newsroom: Newsroom) -> None:
    newsroom.serve("/many", Reply(headers=tuple((f"X-{n}", "a") for n in range(5_000))))
    newsroom.serve("/long", Reply(headers=(("X-Long", "a" * 2_000_000),)))
    with fetcher() as fetching:
        for path in ("/many", "/long"):
            with pytest.raises(FetchError):
                fetching.get(Request(url=newsroom.url(path)))


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br, br, br, br\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: dcb\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 two hundred\r\n\r\nhello",
        b"hello",
        b"",
    ],
)
def test_an_answer_that_is_not_http_ends_in_an_error(newsroom: Newsroom, raw: bytes) -> None:
    newsroom.serve("/story", Reply(raw=raw))
    with fetcher() as fetching, pytest.raises(FetchError):
        fetching.get(Request(url=newsroom.url("/story")))
