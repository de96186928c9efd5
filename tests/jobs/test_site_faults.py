"""Faults of sites that take more than one look to show, each served by the loopback newsroom to the checker itself."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.core.model import AlertKind, Outcome, Source, SourceKind
from bot.jobs.sources import discover_due
from bot.store import sources, watches
from tests.acceptance.pages import PARAGRAPHS, article
from tests.jobs.test_lives import MAJOR, Open, opened
from tests.newsroom import LOOPBACK, Newsroom, Reply, Seen

__all__ = ["opened"]

NAMED = [PARAGRAPHS[0].replace("a second crack", "a second “naïve” crack"), *PARAGRAPHS[1:]]
SPELT = article(paragraphs=NAMED)
BARE = SPELT.replace('<meta charset="utf-8">', "")
CHARSETS = {
    "as it says": Reply(body=SPELT.encode()),
    "another one, said in the header": Reply(
        body=BARE.encode("cp1252"), content_type="text/html; charset=windows-1252"
    ),
    "none at all": Reply(body=BARE.encode(), content_type="text/html"),
    "a wrong one in the header": Reply(body=BARE.encode(), content_type="text/html; charset=iso-8859-1"),
    "a wrong one in the page": Reply(
        body=SPELT.replace('charset="utf-8"', 'charset="iso-8859-1"').encode(), content_type="text/html"
    ),
}


@pytest.mark.parametrize("name", CHARSETS)
def test_a_wrong_changing_or_missing_charset_is_no_change(opened: Open, name: str) -> None:
    with opened(judge={"settle": 0}) as desk:
        desk.site.serve("/a", CHARSETS["as it says"])
        watch = desk.watch_url(desk.site.url("/a"))
        for _ in range(3):
            for reply in (CHARSETS[name], CHARSETS["as it says"]):
                desk.site.serve("/a", reply)
                desk.pass_time(10, step=10)
        assert {one.outcome for one in desk.results} == {Outcome.UNCHANGED}
        assert desk.state(watch).latest_n == 1
        assert desk.alerts() == []


@pytest.mark.parametrize("by", ["turns", "visitors"])
def test_a_site_that_shows_two_versions_by_turns_is_told_once_each_way_at_most(opened: Open, by: str) -> None:
    """A CDN whose nodes are not of one mind (every look another text), and a test of two headlines (now and then)."""
    texts = [article(), article(paragraphs=MAJOR)]
    if by == "visitors":
        texts = [article(), article(headline="Harbour wall to be rebuilt")]
    looks: list[int] = []

    def answer(seen: Seen) -> Reply:
        looks.append(1)
        place = len(looks) if by == "turns" else (len(looks) * 7) // 5
        return Reply(body=texts[place % 2].encode())

    with opened() as desk:
        desk.site.answer("/a", answer)
        desk.watch_url(desk.site.url("/a"))
        desk.pass_time(8 * 60, step=5)
        told = desk.alerts()
        assert len(looks) > 50
        changes = [(one.old_n, one.new_n) for one in told if one.kind is AlertKind.CHANGE]
        assert changes in ([], [(1, 2)], [(1, 2), (2, 3)]), "then it is known for it"
        assert len(told) - len(changes) <= 1, "a notice that the story is noisy"


START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
GOOD = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Quay</title>'
    "<item><title>One</title><link>/one</link><guid>1</guid><pubDate>Tue, 24 Nov 2026 06:30:00 GMT</pubDate></item>"
    "<item><title>Two</title><link>/two</link><guid>1</guid><pubDate>Tue, 24 Nov 2099 06:30:00 GMT</pubDate></item>"
    "</channel></rss>"
)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "haha">'
    + "".join(f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in pairwise("abcdefghij"))
    + ']><rss version="2.0"><channel><title>&j;</title>'
    "<item><title>&j;</title><link>/lol</link></item></channel></rss>"
)
FEEDS = {
    "an XML bomb": Reply(body=LAUGHS.encode()),
    "an external entity": Reply(
        body=b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.5.9/secret">]><rss version="2.0">'
        b"<channel><title>&x;</title><item><title>&x;</title><link>/&x;</link></item></channel></rss>"
    ),
    "100 MB": Reply(body=GOOD.encode() + b" " * 60_000, endless=100_000_000),
    "a bomb": Reply(body=b" " * 60_000_000, packed="gzip"),
    "cut": Reply(body=GOOD.encode(), cut_after=200),
    "nothing": Reply(body=b""),
    "a hang": Reply(hang=True),
    "an error": Reply(status=500),
}


@pytest.fixture
def room() -> Iterator[Newsroom]:
    with Newsroom(addresses=tuple(f"127.0.5.{number}" for number in range(1, len(FEEDS) + 3))) as newsroom:
        yield newsroom


def test_no_feed_however_bad_hurts_or_holds_up_another(room: Newsroom, tmp_path: Path) -> None:
    clock = [START]
    settings = {"allow_private": [LOOPBACK], "host_gap": 0, "robots": False, "timeout": 3}
    config = parse({"fetch": settings}, {})
    with App.open(config, tmp_path, console=Console(file=io.StringIO()), clock=lambda: clock[0]) as app:
        names = {}
        for place, (name, reply) in enumerate([*FEEDS.items(), ("well", Reply(body=GOOD.encode()))]):
            room.serve("/rss.xml", reply, host=room.addresses[place])
            url = room.url("/rss.xml", place)
            with app.kit.db.begin() as tx:
                sources.add(tx, url=url, kind=SourceKind.FEED, now=START, every=600)
            names[url] = name
        discover_due(app.kit, START)
        with app.kit.db.read() as tx:
            read = {names[one.url]: one for one in sources.list_(tx)}
            urls = sorted(one.url for one in watches.list_(tx))
        well = room.url("", len(FEEDS))
        assert [url for url in urls if url.startswith(well)] == [f"{well}/one", f"{well}/two"], (
            "relative links, one identity for two stories and a date in the future are no obstacle"
        )
        assert urls == [f"{well}/one", f"{well}/two"]
        assert {name for name, one in read.items() if one.failures == 0} == {"well"}, _said(read)
        assert all(one.last_error and "inside Stet" not in one.last_error for one in read.values() if one.failures)
        assert all(one.next_check_at and one.next_check_at > START + timedelta(minutes=1) for one in read.values())
        assert not [seen for seen in room.requests if seen.path != "/rss.xml"], "nobody asks for an entity"


def test_a_feed_that_hangs_keeps_no_other_waiting(room: Newsroom, tmp_path: Path) -> None:
    let_go = threading.Event()

    def hang(seen: Seen) -> Reply:
        let_go.wait(60)
        return Reply(body=GOOD.encode())

    config = parse({"fetch": {"allow_private": [LOOPBACK], "host_gap": 0, "robots": False}}, {})
    with App.open(config, tmp_path, console=Console(file=io.StringIO()), clock=lambda: START) as app:
        room.answer("/rss.xml", hang, host=room.addresses[0])
        room.serve("/rss.xml", Reply(body=GOOD.encode()), host=room.addresses[1])
        with app.kit.db.begin() as tx:
            for place in range(2):
                sources.add(tx, url=room.url("/rss.xml", place), kind=SourceKind.FEED, now=START, every=600)
        reading = threading.Thread(target=discover_due, args=(app.kit, START))
        reading.start()
        try:
            for _ in range(300):
                with app.kit.db.read() as tx:
                    found = watches.count(tx)
                if found:
                    break
                reading.join(0.1)
            assert found == 2
            assert reading.is_alive()
        finally:
            let_go.set()
            reading.join(30)
        with app.kit.db.read() as tx:
            assert watches.count(tx) == 4


def _said(read: dict[str, Source]) -> dict[str, str]:
    return {name: one.last_error or "" for name, one in read.items()}
