"""robots.txt: asked first, through the same door, kept for a day, and believed as RFC 9309 says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import BadStatus, FetchError, Refused, TooLarge, Unreachable
from bot.fetch import Fetcher, FetchSettings, Page, Request
from bot.fetch.robots import RobotsBook, RobotsFile
from bot.fetch.url import parse_url
from tests.newsroom import LOOPBACK, STORY, Newsroom, Reply

STORY_URL = parse_url("http://outlet.example/news/story")


class Site:
    """A site's robots.txt by hand: what it says next, and what it was asked."""

    def __init__(self, *answers: str | FetchError | None) -> None:
        self.now = 0.0
        self.answers = list(answers)
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.book = RobotsBook("Stet", clock=lambda: self.now)

    def ask(self, url: str, etag: str | None, last_modified: str | None) -> RobotsFile:
        self.asked.append((url, etag, last_modified))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, FetchError):
            raise answer
        return RobotsFile(body=None if answer is None else answer.encode(), etag='"r1"', last_modified=None)

    def allows(self, url: str = STORY_URL.url) -> bool:
        return self.book.check(parse_url(url), self.ask).allowed


CLOSED = "User-agent: *\nDisallow: /news/\n"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/news/story", True),
        (CLOSED, "/news/story", False),
        (CLOSED, "/sport/story", True),
        ("User-agent: *\nDisallow:\n", "/news/story", True),
        ("User-agent: *\nDisallow: /\nAllow: /news/\n", "/news/story", True),
        ("User-agent: *\nDisallow: /news/*/live$\n", "/news/a/live", False),
        ("User-agent: *\nDisallow: /news/*/live$\n", "/news/a/live/1", True),
        ("User-agent: Stet\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/news/story", False),
        ("User-agent: stet\nAllow: /\n\nUser-agent: *\nDisallow: /\n", "/news/story", True),
        ("User-agent: Otherbot\nDisallow: /\n", "/news/story", True),
        ("\ufeff" + CLOSED, "/news/story", False),
        (CLOSED.replace("\n", "\r\n"), "/news/story", False),
        ("<!doctype html><html><body>Not a robots file</body></html>", "/news/story", True),
        ("User-agent: *\nDisallow: /?print=\n", "/?print=1", False),
    ],
)
def test_the_rules_are_kept(text: str, path: str, allowed: bool) -> None:
    assert Site(text).allows("http://outlet.example" + path) is allowed


def test_a_copy_holds_for_a_day_and_is_then_asked_for_with_its_validator() -> None:
    site = Site(CLOSED, None)
    assert not site.allows()
    site.now = 86_399.0
    assert not site.allows()
    assert site.asked == [("http://outlet.example/robots.txt", None, None)]
    site.now = 86_401.0
    assert not site.allows()
    assert site.asked[1] == ("http://outlet.example/robots.txt", '"r1"', None)


def test_each_scheme_and_port_has_its_own_file() -> None:
    site = Site("")
    for url in ("http://outlet.example/a", "https://outlet.example/a", "http://outlet.example:8080/a"):
        site.allows(url)
    assert [asked[0] for asked in site.asked] == [
        "http://outlet.example/robots.txt",
        "https://outlet.example/robots.txt",
        "http://outlet.example:8080/robots.txt",
    ]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_no_file_means_no_rules(status: int) -> None:
    site = Site(BadStatus("no", status=status))
    assert site.allows()
    site.now = 3_600.0
    assert site.allows()
    assert len(site.asked) == 1


@pytest.mark.parametrize("reason", ["redirects", "address", "scheme"])
def test_a_file_that_leads_nowhere_means_no_rules(reason: str) -> None:
    assert Site(Refused("no", reason=reason)).allows()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_broken_file_closes_the_site_for_a_day_and_then_opens_it(status: int) -> None:
    site = Site(BadStatus("broken", status=status))
    assert not site.allows()
    site.now = 200.0
    assert not site.allows()
    assert len(site.asked) == 1
    site.now = 400.0
    assert not site.allows()
    assert len(site.asked) == 2
    site.now = 86_500.0
    assert site.allows()


def test_a_broken_file_says_when_it_is_asked_for_again() -> None:
    site = Site(BadStatus("broken", status=503, retry_after=900.0))
    verdict = site.book.check(STORY_URL, site.ask)
    assert (verdict.allowed, verdict.state, verdict.retry_after) == (False, "closed", 900.0)


@pytest.mark.parametrize("failure", [BadStatus("broken", status=500), Unreachable("no"), TooLarge("endless")])
def test_an_old_copy_holds_while_no_new_one_can_be_had(failure: FetchError) -> None:
    site = Site("User-agent: *\nDisallow: /sport/\n", failure)
    assert site.allows()
    site.now = 86_401.0
    assert site.allows()
    assert not site.allows("http://outlet.example/sport/")
    assert len(site.asked) == 2
    site.now += 301.0
    assert site.allows()
    assert len(site.asked) == 3


def test_a_site_that_cannot_be_reached_gives_that_error_and_is_asked_again() -> None:
    site = Site(Unreachable("no answer", reason="timeout"), CLOSED)
    with pytest.raises(Unreachable, match="no answer"):
        site.allows()
    assert site.book.peek(STORY_URL) is None
    assert not site.allows()


def test_a_turn_that_did_not_come_leaves_everything_as_it_was() -> None:
    site = Site(Refused("later", reason="paused", retry_after=60.0), CLOSED)
    with pytest.raises(Refused, match="later"):
        site.allows()
    assert not site.allows()


def test_a_file_is_read_to_its_first_half_megabyte() -> None:
    filler = "# " + "x" * 98 + "\n"
    early = CLOSED + filler * 20_000
    late = filler * 20_000 + CLOSED
    assert not Site(early).allows()
    assert Site(late).allows()


def test_many_threads_ask_for_a_file_once() -> None:
    go = threading.Event()
    asked: list[str] = []
    book = RobotsBook("Stet")

    def ask(url: str, etag: str | None, last_modified: str | None) -> RobotsFile:
        asked.append(url)
        go.wait(20)
        return RobotsFile(body=b"", etag=None, last_modified=None)

    threads = [threading.Thread(target=book.check, args=(STORY_URL, ask)) for _ in range(5)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


# through the fetcher


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(addresses=("127.0.0.1", "127.0.0.2")) as running:
        running.page("/news/story", STORY)
        running.page("/sport/story", STORY)
        yield running


def fetcher(**more: object) -> Fetcher:
    settings = {"allow_private": (LOOPBACK,), "host_gap": 0.0, "timeout": 3.0, **more}
    return Fetcher(FetchSettings(**settings))  # type: ignore[arg-type]


def test_robots_is_asked_once_before_the_first_story(newsroom: Newsroom) -> None:
    newsroom.robots(CLOSED)
    with fetcher() as fetching:
        for _ in range(2):
            with pytest.raises(Refused) as refusal:
                fetching.get(Request(url=newsroom.url("/news/story")))
            assert isinstance(fetching.get(Request(url=newsroom.url("/sport/story"))), Page)
        assert isinstance(fetching.get(Request(url=newsroom.url("/news/story"), kind="test")), Page)
    assert refusal.value.reason == "robots"
    assert [seen.path for seen in newsroom.requests] == [
        "/robots.txt",
        "/sport/story",
        "/sport/story",
        "/news/story",
    ]
    assert newsroom.requests[0].headers["user-agent"] == newsroom.requests[1].headers["user-agent"]


def test_robots_can_be_switched_off(newsroom: Newsroom) -> None:
    newsroom.robots(CLOSED)
    with fetcher(robots=False) as fetching:
        assert isinstance(fetching.get(Request(url=newsroom.url("/news/story"))), Page)
    assert newsroom.seen("/robots.txt") == []


def test_a_site_without_robots_is_open(newsroom: Newsroom) -> None:
    with fetcher() as fetching:
        assert isinstance(fetching.get(Request(url=newsroom.url("/news/story"))), Page)


def test_what_was_learnt_is_kept_over_a_restart(newsroom: Newsroom) -> None:
    newsroom.page("/robots.txt", CLOSED + "Crawl-delay: 3\n")
    newsroom.serve("/busy", Reply(status=503, headers=(("Retry-After", "120"),)))
    with fetcher() as first:
        first.get(Request(url=newsroom.url("/sport/story")))
        first.get(Request(url=newsroom.url("/sport/story", 1)))
        with pytest.raises(BadStatus):
            first.get(Request(url=newsroom.url("/busy"), patience=10.0))
        learnt = json.loads(json.dumps(first.changed()))
        assert first.changed() == {}
    newsroom.forget()
    with fetcher() as second:
        second.recall(learnt)
        assert 110 < second.ready_in("127.0.0.1") <= 120
        with pytest.raises(Refused) as refusal:
            second.get(Request(url=newsroom.url("/news/story", 1)))
        assert refusal.value.reason == "robots"
        assert isinstance(second.get(Request(url=newsroom.url("/sport/story", 1))), Page)
        assert 2.0 < second.ready_in("127.0.0.2") <= 3.0
        with pytest.raises(Refused, match="asked for a pause"):
            second.get(Request(url=newsroom.url("/sport/story")))
    assert [seen.path for seen in newsroom.requests] == ["/sport/story"]


def test_a_remembered_robots_that_is_a_day_old_is_asked_for_again_conditionally(newsroom: Newsroom) -> None:
    newsroom.page("/robots.txt", CLOSED)
    with fetcher() as first:
        first.get(Request(url=newsroom.url("/sport/story")))
        learnt = first.changed()
    later = datetime.now(UTC) + timedelta(days=2)
    with Fetcher(FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0), wall=lambda: later) as second:
        second.recall(learnt)
        with pytest.raises(Refused):
            second.get(Request(url=newsroom.url("/news/story")))
    assert "if-none-match" in newsroom.seen("/robots.txt")[1].headers


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"robots": [{}], "retry_after": "soon"},
        {"robots": [{"origin": "x", "got_at": "y", "text": "", "state": "rules"}], "retry_after": 5},
        {
            "robots": [
                {"origin": ["http", "127.0.0.1", 1], "got_at": "2999-01-01T00:00:00+00:00", "text": "", "state": "none"}
            ]
        },
        {"robots": [{"origin": ["http", "127.0.0.1", 1], "got_at": "2026-01-01", "text": "", "state": "none"}]},
    ],
)
def test_a_memory_that_cannot_be_read_is_left_out(known: dict[str, object]) -> None:
    with fetcher() as fetching:
        fetching.recall({"127.0.0.1": known})
        assert fetching.ready_in("127.0.0.1") == 0.0


def test_robots_of_the_redirects_target_counts(newsroom: Newsroom) -> None:
    newsroom.robots(CLOSED, host="127.0.0.2")
    newsroom.serve("/old", Reply(status=302, headers=(("Location", newsroom.url("/news/story", 1)),)))
    with fetcher() as fetching, pytest.raises(Refused) as refusal:
        fetching.get(Request(url=newsroom.url("/old")))
    assert refusal.value.reason == "robots"
    assert newsroom.seen("/news/story") == []


def test_a_long_robots_is_read_although_pages_must_be_short(newsroom: Newsroom) -> None:
    newsroom.robots(CLOSED + "# padding\n" * 30_000)
    with fetcher(max_bytes=20_000) as fetching, pytest.raises(Refused) as refusal:
        fetching.get(Request(url=newsroom.url("/news/story")))
    assert "does not allow" in str(refusal.value)


def test_a_redirected_robots_is_followed(newsroom: Newsroom) -> None:
    newsroom.serve("/robots.txt", Reply(status=301, headers=(("Location", "/other.txt"),)))
    newsroom.serve("/other.txt", Reply(body=CLOSED.encode(), content_type="text/plain"))
    with fetcher() as fetching, pytest.raises(Refused):
        fetching.get(Request(url=newsroom.url("/news/story")))


def test_a_robots_that_redirects_inside_is_not_followed_and_closes_nothing(newsroom: Newsroom) -> None:
    newsroom.serve("/robots.txt", Reply(status=301, headers=(("Location", "http://169.254.169.254/"),)))
    with fetcher() as fetching:
        assert isinstance(fetching.get(Request(url=newsroom.url("/news/story"))), Page)


def test_a_robots_that_fails_closes_the_site_and_the_story_is_not_asked_for(newsroom: Newsroom) -> None:
    newsroom.serve("/robots.txt", Reply(status=500))
    with fetcher() as fetching, pytest.raises(Refused) as refusal:
        fetching.get(Request(url=newsroom.url("/news/story")))
    assert refusal.value.reason == "robots"
    assert (refusal.value.retry_after or 0) > 0
    assert newsroom.seen("/news/story") == []


def test_a_robots_that_hangs_is_a_site_that_does_not_answer(newsroom: Newsroom) -> None:
    newsroom.serve("/robots.txt", Reply(hang=True))
    with fetcher(timeout=0.5) as fetching, pytest.raises(Unreachable) as failure:
        fetching.get(Request(url=newsroom.url("/news/story")))
    assert failure.value.reason == "timeout"


def test_robots_needs_no_second_place_of_a_host_with_one(newsroom: Newsroom) -> None:
    with fetcher(per_host=1, host_gap=20.0) as fetching:
        assert isinstance(fetching.get(Request(url=newsroom.url("/news/story"))), Page)
