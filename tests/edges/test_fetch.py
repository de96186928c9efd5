"""A fetch that goes well: what is sent, what comes back, and what is remembered for the next time."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from bot import __version__
from bot.errors import BadStatus, Refused, Unreachable
from bot.fetch import Fetcher, FetchSettings, Guard, NotModified, Page, Request, header_problems
from bot.fetch.transport import PinnedTransport
from tests.newsroom import LOOPBACK, STORY, Newsroom, Reply

SETTINGS = FetchSettings(
    allow_private=(LOOPBACK,), host_gap=0.0, timeout=5.0, robots=False, contact="desk@outlet.example"
)


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(addresses=("127.0.0.1", "127.0.0.2")) as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(SETTINGS) as fetching:
        yield fetching


def page_of(fetcher: Fetcher, url: str, **more: object) -> Page:
    got = fetcher.get(Request(url=url, **more))  # type: ignore[arg-type]
    assert isinstance(got, Page)
    return got


def redirect(to: str, status: int = 302, **headers: str) -> Reply:
    return Reply(status=status, headers=(("Location", to), *headers.items()))


def test_a_page_comes_with_everything_that_is_evidence(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.serve(
        "/story",
        Reply(
            body=STORY.encode(),
            etag='"v1"',
            last_modified="Tue, 24 Nov 2026 05:00:00 GMT",
            headers=(("X-Cache", "HIT"), ("X-Cache", "MISS"), ("Set-Cookie", "id=secret")),
        ),
    )
    url = newsroom.url("/story")
    page = page_of(fetcher, url)
    assert (page.url, page.final_url, page.status, page.redirects) == (url, url, 200, ())
    assert page.body == STORY.encode()
    assert (page.etag, page.last_modified) == ('"v1"', "Tue, 24 Nov 2026 05:00:00 GMT")
    assert (page.content_type, page.charset) == ("text/html; charset=utf-8", "utf-8")
    assert page.address == "127.0.0.1"
    assert page.wire_bytes > len(page.body)
    assert page.fetched_in_ms > 0
    assert ("x-cache", "HIT") in page.headers
    assert ("x-cache", "MISS") in page.headers
    assert "secret" not in repr(page.headers)


def test_one_honest_user_agent_with_a_contact_is_sent(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.page("/story", STORY)
    page_of(fetcher, newsroom.url("/story"))
    sent = newsroom.requests[0].headers
    assert sent["user-agent"] == f"Stet/{__version__} (+desk@outlet.example)"
    assert sent["host"] == f"127.0.0.1:{newsroom.port}"
    assert set(sent) == {"host", "user-agent", "accept", "accept-encoding"}


def test_validators_are_sent_and_an_unchanged_page_is_not_modified(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.page("/story", STORY)
    url = newsroom.url("/story")
    page = page_of(fetcher, url)
    again = fetcher.get(Request(url=url, etag=page.etag, last_modified=page.last_modified))
    assert isinstance(again, NotModified)
    assert (again.etag, again.last_modified) == (page.etag, page.last_modified)
    assert newsroom.requests[1].headers["if-none-match"] == page.etag
    assert newsroom.requests[1].headers["if-modified-since"] == page.last_modified
    by_date = fetcher.get(Request(url=url, last_modified=page.last_modified))
    assert isinstance(by_date, NotModified)
    assert by_date.etag == page.etag


def test_a_validator_cannot_smuggle_a_second_header(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.page("/story", STORY)
    page_of(fetcher, newsroom.url("/story"), etag='"a"\r\nX-Injected: yes')
    assert "x-injected" not in newsroom.requests[0].headers


@pytest.mark.parametrize("how", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_packed_page_is_unpacked(newsroom: Newsroom, fetcher: Fetcher, how: str, chunked: bool) -> None:
    newsroom.page("/story", STORY, packed=how, chunked=chunked)
    page = page_of(fetcher, newsroom.url("/story"))
    assert page.body == STORY.encode()
    assert page.wire_bytes < len(page.body)
    assert ("content-encoding", how) in page.headers


def test_a_connection_is_kept_for_the_next_story_of_the_site(newsroom: Newsroom, fetcher: Fetcher) -> None:
    for number in range(5):
        newsroom.page(f"/{number}", STORY)
        page_of(fetcher, newsroom.url(f"/{number}"))
        page_of(fetcher, newsroom.url("/0", 1))
    assert {seen.connection for seen in newsroom.requests if seen.address == "127.0.0.1"} == {1}
    assert len({seen.connection for seen in newsroom.requests}) == 2


def test_a_redirect_is_followed_and_each_address_on_the_way_is_told(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.serve("/old", redirect("/newer", 301))
    newsroom.serve("/newer", redirect(newsroom.url("/newest", 1), 308))
    newsroom.serve("/newest", redirect("story?today=1", 307))
    newsroom.page("/story", STORY)
    page = page_of(fetcher, newsroom.url("/old"))
    assert page.url == newsroom.url("/old")
    assert page.final_url == newsroom.url("/story?today=1", 1)
    assert page.redirects == (newsroom.url("/old"), newsroom.url("/newer"), newsroom.url("/newest", 1))
    assert page.permanent_redirect == newsroom.url("/newest", 1)


def test_a_passing_redirect_is_not_permanent_whatever_follows(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.serve("/old", redirect("/newer", 302))
    newsroom.serve("/newer", redirect("/story", 301))
    newsroom.page("/story", STORY)
    assert page_of(fetcher, newsroom.url("/old")).permanent_redirect is None


def test_an_unchanged_page_behind_a_redirect_is_not_modified(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.serve("/old", redirect("/story", 301))
    reply = newsroom.page("/story", STORY)
    got = fetcher.get(Request(url=newsroom.url("/old"), etag=reply.etag))
    assert isinstance(got, NotModified)
    assert (got.final_url, got.permanent_redirect) == (newsroom.url("/story"), newsroom.url("/story"))


def test_ten_redirects_are_followed_and_eleven_are_not(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.page("/0", STORY)
    for number in range(1, 12):
        newsroom.serve(f"/{number}", redirect(f"/{number - 1}"))
    assert len(page_of(fetcher, newsroom.url("/10")).redirects) == 10
    with pytest.raises(Refused, match="more than 10 times"):
        fetcher.get(Request(url=newsroom.url("/11")))


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://10.0.0.1/", "address"),
        ("http://[::1]/", "address"),
        ("http://[64:ff9b::7f00:1]/", "address"),
        ("//169.254.169.254/", "address"),
        ("http://2130706433/", "address"),
        ("http://0x7f.1/", "address"),
        ("http://user:secret@127.0.0.1/", "url"),
        ("http://127.0.0.1\\@outlet.example/", "url"),
        ("\\\\10.0.0.1\\", "url"),
        ("ftp://127.0.0.1/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("http://[broken/", "url"),
        ("http://93.184.216.34:22/", "url"),
    ],
)
def test_every_hop_passes_the_door(newsroom: Newsroom, fetcher: Fetcher, location: str, reason: str) -> None:
    newsroom.serve("/story", redirect(location))
    with pytest.raises(Refused) as refusal:
        fetcher.get(Request(url=newsroom.url("/story")))
    assert refusal.value.reason == reason
    assert "secret" not in str(refusal.value)
    assert len(newsroom.requests) == 1


@pytest.mark.parametrize(
    ("location", "arrives"),
    [
        ("/a b", "/a%20b"),
        ("/stra\u00dfe", "/stra%C3%9Fe"),
        ("?page=2", "/dir/story?page=2"),
        ("next", "/dir/next"),
        ("../up", "/up"),
        ("/a#part", "/a"),
    ],
)
def test_a_sloppy_location_is_read_as_browsers_read_it(
    newsroom: Newsroom, fetcher: Fetcher, location: str, arrives: str
) -> None:
    newsroom.serve("/dir/story", redirect(location), Reply(body=b"x"))
    newsroom.serve(arrives, Reply(body=b"there"))
    page = page_of(fetcher, newsroom.url("/dir/story"))
    assert page.final_url == newsroom.url(arrives)
    assert newsroom.requests[-1].path == arrives


def test_a_redirect_from_https_to_http_is_refused() -> None:
    with Newsroom() as plain, Newsroom(tls="good") as secure:
        secure.serve("/story", redirect(plain.url("/story")))
        with (
            Fetcher(dataclasses.replace(SETTINGS, ca_file=secure.ca_file)) as fetching,
            pytest.raises(Refused, match="from https to http") as refusal,
        ):
            fetching.get(Request(url=secure.url("/story")))
        assert plain.requests == []
    assert refusal.value.reason == "redirects"


def test_an_outlets_own_headers_go_to_its_own_host_only(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.serve("/story", redirect("/next"))
    newsroom.serve("/next", redirect(newsroom.url("/away", 1)))
    newsroom.page("/away", STORY)
    page_of(fetcher, newsroom.url("/story"), headers=(("Authorization", "Bearer secret"), ("Accept-Language", "fr")))
    first, second, third = (seen.headers for seen in newsroom.requests)
    assert first["authorization"] == second["authorization"] == "Bearer secret"
    assert first["accept-language"] == "fr"
    assert "authorization" not in third


def test_an_outlets_own_headers_do_not_go_to_another_port_of_its_host(newsroom: Newsroom, fetcher: Fetcher) -> None:
    with Newsroom() as other:
        other.page("/away", STORY)
        newsroom.serve("/story", redirect(other.url("/away")))
        page_of(fetcher, newsroom.url("/story"), headers=(("Authorization", "Bearer secret"),))
        assert "authorization" not in other.requests[0].headers


def test_letters_beyond_ascii_in_headers_go_there_and_back_as_bytes(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.serve("/story", Reply(body=b"x", headers=(("ETag", '"é"'), ("X-Place", "Zürich"))))
    page = page_of(fetcher, newsroom.url("/story"), headers=(("X-Desk", "caf\xe9"),))
    page_of(fetcher, newsroom.url("/story"), etag=page.etag)
    assert newsroom.requests[0].headers["x-desk"] == "caf\xe9"
    assert newsroom.requests[1].headers["if-none-match"].encode("latin-1") == '"é"'.encode()


@pytest.mark.parametrize(
    ("header", "status"), [(("CF-Mitigated", "challenge"), 403), (("X-Amzn-Waf-Action", "captcha"), 202)]
)
def test_a_wall_that_names_itself_is_told(
    newsroom: Newsroom, fetcher: Fetcher, header: tuple[str, str], status: int
) -> None:
    newsroom.serve("/story", Reply(status=status, headers=(header,)))
    with pytest.raises(BadStatus, match="a wall that keeps robots out"):
        fetcher.get(Request(url=newsroom.url("/story")))


@pytest.mark.parametrize(
    "header",
    [
        ("Host", "inside"),
        ("X-A", "b\r\nX-C: d"),
        ("X A", "b"),
        ("User-Agent", "Browser"),
        ("Content-Length", "5"),
        ("", ""),
    ],
)
def test_a_header_that_would_break_the_request_is_refused_before_anything_is_sent(
    newsroom: Newsroom, fetcher: Fetcher, header: tuple[str, str]
) -> None:
    assert len(header_problems((header,))) == 1
    with pytest.raises(Refused):
        fetcher.get(Request(url=newsroom.url("/story"), headers=(header,)))
    assert newsroom.requests == []


def test_a_cookie_set_by_a_redirect_is_sent_back_to_that_host_within_the_fetch(
    newsroom: Newsroom, fetcher: Fetcher
) -> None:
    newsroom.answer(
        "/story",
        lambda seen: (
            Reply(body=b"in")
            if "visited=yes" in seen.headers.get("cookie", "")
            else redirect("/story", 302, **{"Set-Cookie": "visited=yes; Path=/"})
        ),
    )
    assert page_of(fetcher, newsroom.url("/story")).body == b"in"
    newsroom.forget()
    assert page_of(fetcher, newsroom.url("/story")).body == b"in"
    assert "cookie" not in newsroom.requests[0].headers


def test_a_cookie_is_not_sent_to_another_host(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.serve("/story", redirect(newsroom.url("/away", 1), 302, **{"Set-Cookie": "id=1"}))
    newsroom.page("/away", STORY)
    page_of(fetcher, newsroom.url("/story"))
    assert "cookie" not in newsroom.requests[1].headers


def test_a_name_is_connected_to_the_address_that_was_checked_even_if_it_moves(newsroom: Newsroom) -> None:
    newsroom.page("/story", STORY)
    asked: list[str] = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["10.0.0.1"]

    with Fetcher(SETTINGS, resolver=rebinding) as fetching:
        page = page_of(fetching, newsroom.url("/story", "rebinding.test"))
    assert asked == ["rebinding.test"]
    assert (page.address, newsroom.requests[0].address) == ("127.0.0.2", "127.0.0.2")
    assert newsroom.requests[0].headers["host"] == f"rebinding.test:{newsroom.port}"


def test_the_second_address_of_a_name_is_tried_when_the_first_does_not_answer(newsroom: Newsroom) -> None:
    newsroom.page("/story", STORY)
    with Fetcher(SETTINGS, resolver=lambda host: ["127.0.0.9", "127.0.0.2"]) as fetching:
        assert page_of(fetching, newsroom.url("/story", "outlet.test")).address == "127.0.0.2"


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="no IPv6 loopback")
@pytest.mark.parametrize("written", ["::1", "0:0::0:1"])
def test_an_ipv6_address_is_pinned_however_it_is_written(written: str) -> None:
    settings = dataclasses.replace(SETTINGS, allow_private=("::1/128",))
    with Newsroom(addresses=("::1",)) as newsroom, Fetcher(settings, resolver=lambda host: [written]) as fetching:
        newsroom.page("/story", STORY)
        assert page_of(fetching, newsroom.url("/story")).address == "::1"
        assert page_of(fetching, newsroom.url("/story", "six.test")).address == "::1"


def test_closing_breaks_off_what_is_under_way(newsroom: Newsroom) -> None:
    newsroom.serve("/hung", Reply(hang=True))
    fetching = Fetcher(dataclasses.replace(SETTINGS, timeout=60.0))
    caught: list[Refused] = []

    def look() -> None:
        with pytest.raises(Refused) as refusal:
            fetching.get(Request(url=newsroom.url("/hung")))
        caught.append(refusal.value)

    thread = threading.Thread(target=look)
    thread.start()
    while not newsroom.requests:
        time.sleep(0.01)
    fetching.close()
    thread.join(10.0)
    assert [error.reason for error in caught] == ["paused"]


def test_a_proxy_in_the_environment_is_not_used(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    newsroom.page("/story", STORY)
    with Fetcher(SETTINGS) as fetching:
        assert page_of(fetching, newsroom.url("/story")).body == STORY.encode()


def test_a_proxy_is_asked_for_the_checked_address_and_never_for_the_name() -> None:
    with Newsroom() as proxy:
        # A proxy that refuses the tunnel is enough to see what it was asked for.
        proxy.fallback = lambda seen: Reply(status=403)
        with Fetcher(SETTINGS, resolver=lambda host: ["127.0.0.2"]) as fetching, pytest.raises(Unreachable) as failure:
            fetching.get(Request(url="http://outlet.test/story", proxy=f"http://me:secret@127.0.0.1:{proxy.port}"))
        asked = proxy.requests[0]
    assert (asked.method, asked.path) == ("CONNECT", "127.0.0.2:80")
    assert failure.value.reason == "proxy"
    assert "secret" not in str(failure.value)


def test_a_target_that_is_not_public_is_refused_behind_a_proxy_too() -> None:
    settings = FetchSettings(robots=False, proxy="http://127.0.0.1:9")
    with Fetcher(settings, resolver=lambda host: ["10.0.0.1"]) as fetching, pytest.raises(Refused):
        fetching.get(Request(url="http://inside.test/"))


def test_an_httpx_client_on_the_transport_goes_through_the_same_door(newsroom: Newsroom) -> None:
    newsroom.page("/story", STORY, packed="gzip")
    transport = PinnedTransport(Guard((LOOPBACK,)), timeout=5.0, max_bytes=1_000_000)
    with httpx.Client(transport=transport) as client:
        response = client.get(newsroom.url("/story"))
        assert (response.status_code, response.text) == (200, STORY)
        with pytest.raises(Refused):
            client.get("http://10.0.0.1/")
        with pytest.raises(Refused):
            client.get("http://169.254.169.254/latest/meta-data/")


def test_many_threads_share_a_fetcher_and_each_gets_its_own_page(newsroom: Newsroom) -> None:
    newsroom.fallback = lambda seen: Reply(body=(seen.path * 500).encode())
    wrong: list[str] = []
    with Fetcher(dataclasses.replace(SETTINGS, per_host=4)) as fetching:

        def look(worker: int) -> None:
            for number in range(40):
                path = f"/{worker}-{number}"
                if page_of(fetching, newsroom.url(path, number % 2)).body != (path * 500).encode():
                    wrong.append(path)

        threads = [threading.Thread(target=look, args=(worker,)) for worker in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(newsroom.requests) == 240
    assert len({seen.connection for seen in newsroom.requests}) <= 12


def test_a_retry_after_pauses_the_whole_host_and_names_the_time(newsroom: Newsroom, fetcher: Fetcher) -> None:
    newsroom.serve("/busy", Reply(status=429, headers=(("Retry-After", "90"),)))
    newsroom.page("/story", STORY)
    with pytest.raises(BadStatus):
        fetcher.get(Request(url=newsroom.url("/busy")))
    with pytest.raises(Refused) as refusal:
        fetcher.get(Request(url=newsroom.url("/story")))
    assert refusal.value.reason == "paused"
    assert 80 < (refusal.value.retry_after or 0) <= 90
    assert newsroom.seen("/story") == []
    assert page_of(fetcher, newsroom.url("/story", 1)).status == 200


def test_the_fetch_package_loads_without_its_engine() -> None:
    code = "import sys, bot.fetch; sys.exit(any(name in sys.modules for name in ('httpx', 'pycurl', 'protego')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
