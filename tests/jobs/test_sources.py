"""Sources over a loopback newsroom: what they show is watched, with their desk and limits, and stays watched."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.core.model import Health, Outcome, SourceKind, WatchState
from bot.discover import Entry
from bot.errors import ExtractError, UsageError
from bot.jobs.check import check_now
from bot.jobs.sources import add_source, chosen, discover, discover_due, look_at, remove_source
from bot.jobs.watching import Actor, add_watch
from bot.store import outbox, sources, watches
from tests.acceptance.pages import article
from tests.newsroom import Newsroom, Reply

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Desk:
    """A program over a loopback site with a clock that the test moves."""

    def __init__(self, app: App, site: Newsroom, clock: list[datetime]) -> None:
        self.app, self.site, self.clock = app, site, clock

    @property
    def kit(self):  # type: ignore[no-untyped-def]
        return self.app.kit

    def feed(self, *paths: str, path: str = "/rss.xml", date: str = "Tue, 24 Nov 2026 06:30:00 GMT") -> str:
        items = "".join(
            f"<item><title>Story {one}</title><link>{self.site.url(one)}</link><pubDate>{date}</pubDate></item>"
            for one in paths
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Quay</title>{items}</channel></rss>'
        self.site.page(path, body, content_type="application/rss+xml")
        return self.site.url(path)

    def add(self, url: str, **settings: object):  # type: ignore[no-untyped-def]
        source, _ = add_source(self.kit, url, now=self.clock[0], by=Actor(), **settings)  # type: ignore[arg-type]
        return source

    def look(self, source_id: int):  # type: ignore[no-untyped-def]
        self.clock[0] += timedelta(minutes=20)
        with self.kit.db.read() as tx:
            source = sources.get(tx, source_id)
        assert source is not None
        return discover(self.kit, source, self.clock[0])

    def watches(self):  # type: ignore[no-untyped-def]
        with self.kit.db.read() as tx:
            return watches.list_(tx)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = [START]
    config = parse({"fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False}}, {})
    console = Console(file=io.StringIO())
    with Newsroom() as site, App.open(config, tmp_path, console=console, clock=lambda: clock[0]) as app:
        yield Desk(app, site, clock)


def test_every_new_story_of_a_feed_becomes_a_watch_with_its_desk_and_stays_when_it_leaves(desk: Desk) -> None:
    source = desk.add(desk.feed("/a", "/b"), desk="rivals")
    assert source.kind is SourceKind.FEED
    assert desk.look(source.id).new == 2
    desk.feed("/b", "/c")
    assert desk.look(source.id).new == 1
    assert [(one.url, one.desk, one.source_id) for one in desk.watches()] == [
        (desk.site.url(path), "rivals", source.id) for path in ("/a", "/b", "/c")
    ]


def test_a_feed_that_has_not_changed_is_not_read_again(desk: Desk) -> None:
    source = desk.add(desk.feed("/a"))
    desk.look(source.id)
    desk.look(source.id)
    last = desk.site.seen("/rss.xml")[-1]
    assert "if-none-match" in {name.lower() for name in last.headers}
    assert len(desk.watches()) == 1


def test_limits_and_filters_of_a_source_hold(desk: Desk) -> None:
    url = desk.feed("/politics/a", "/politics/b", "/sport/c", "/video/politics/d", "/politics/e")
    source = desk.add(url, include=("/politics/",), exclude=("/video/",), max_new_per_check=2)
    assert desk.look(source.id).new == 2
    desk.feed("/politics/a", "/politics/b", "/sport/c", "/video/politics/d", "/politics/e", "/sport/f")
    assert desk.look(source.id).new == 1
    assert all("/politics/" in one.url and "/video/" not in one.url for one in desk.watches())


def test_old_entries_are_left_out(desk: Desk) -> None:
    source = desk.add(desk.feed("/old", date="Mon, 02 Nov 2026 06:30:00 GMT"), max_age_days=7)
    assert desk.look(source.id).new == 0


def test_a_pattern_that_cannot_be_is_refused(desk: Desk) -> None:
    with pytest.raises(UsageError, match="linear engine"):
        desk.add(desk.feed("/a"), include=("(?=x)",))


def test_a_sitemap_index_leads_to_its_newest_parts(desk: Desk) -> None:
    part = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{desk.site.url("/s/one")}</loc></url></urlset>'
    index = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{desk.site.url("/part.xml")}</loc></sitemap></sitemapindex>'
    desk.site.page("/part.xml", part, content_type="application/xml")
    desk.site.page("/index.xml", index, content_type="application/xml")
    source = desk.add(desk.site.url("/index.xml"))
    assert source.kind is SourceKind.SITEMAP
    assert desk.look(source.id).new == 1


def test_the_parts_of_an_index_that_stays_as_it_is_are_read_again(desk: Desk) -> None:
    index = (
        f"<?xml version='1.0'?><sitemapindex><sitemap><loc>{desk.site.url('/map.xml')}</loc></sitemap></sitemapindex>"
    )
    desk.site.page("/index.xml", index, content_type="application/xml")
    _sitemap(desk, "/s/one")
    source = desk.add(desk.site.url("/index.xml"))
    assert desk.look(source.id).new == 1
    _sitemap(desk, "/s/one", "/s/two")
    assert desk.look(source.id).new == 1


def test_a_home_page_offers_its_feeds(desk: Desk) -> None:
    desk.site.page(
        "/", '<html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head><body></body></html>'
    )
    _, found = look_at(desk.kit, desk.site.url("/"))
    assert [one.url for one in found.feeds] == [desk.site.url("/rss.xml")]


def test_a_home_page_offers_the_sitemaps_of_its_robots_txt_too(desk: Desk) -> None:
    desk.site.page("/", '<html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head></html>')
    desk.site.page("/robots.txt", f"Sitemap: {desk.site.url('/news.xml')}\n", content_type="text/plain")
    _, found = look_at(desk.kit, desk.site.url("/"))
    assert [one.url for one in found.feeds] == [desk.site.url("/rss.xml"), desk.site.url("/news.xml")]


def test_a_home_page_that_names_nothing_is_asked_where_feeds_usually_are(desk: Desk) -> None:
    desk.site.page("/", "<html><body><p>The Quay Post</p></body></html>")
    desk.feed("/a", path="/rss.xml")
    _, found = look_at(desk.kit, desk.site.url("/"))
    assert [(one.kind, one.url, one.title) for one in found.feeds] == [("feed", desk.site.url("/rss.xml"), "Quay")]


def test_a_home_page_without_anything_is_a_typed_error(desk: Desk) -> None:
    desk.site.page("/", "<html><body><p>Nothing here</p></body></html>")
    with pytest.raises(ExtractError, match="no feed, sitemap or list of stories"):
        look_at(desk.kit, desk.site.url("/"))


def _sitemap(desk: Desk, *paths: str) -> str:
    rows = "".join(f"<url><loc>{desk.site.url(path)}</loc></url>" for path in paths)
    desk.site.page("/map.xml", f"<?xml version='1.0'?><urlset>{rows}</urlset>", content_type="application/xml")
    return desk.site.url("/map.xml")


def test_the_old_stories_of_a_sitemap_without_days_do_not_flood_in(desk: Desk) -> None:
    old = [f"/s/{number}" for number in range(30)]
    source = desk.add(_sitemap(desk, *old), max_new_per_check=5)
    assert desk.look(source.id).new == 5
    assert desk.look(source.id).new == 0
    _sitemap(desk, *old, "/s/new")
    assert desk.look(source.id).new == 1
    assert desk.watches()[-1].url == desk.site.url("/s/new")


def test_what_a_busy_feed_shows_beyond_the_limit_comes_at_the_next_look(desk: Desk) -> None:
    source = desk.add(desk.feed("/a"), max_new_per_check=2)
    desk.look(source.id)
    desk.feed("/a", "/b", "/c", "/d", "/e")
    assert desk.look(source.id).new == 2
    assert [desk.look(source.id).new for _ in range(3)] == [2, 0, 0]
    assert len(desk.watches()) == 5


def test_the_filters_hold_for_titles_as_for_addresses(desk: Desk) -> None:
    source = desk.add(desk.feed("/a", "/b"), include=("^.*story /a$",))
    assert desk.look(source.id).new == 1
    assert desk.watches()[0].url == desk.site.url("/a")


def test_the_twins_of_a_story_in_two_feeds_are_one_watch(desk: Desk) -> None:
    one = desk.add(desk.feed("/news/wall?utm_source=rss", path="/one.xml"))
    two = desk.add(desk.feed("/amp/news/wall", "/news/wall.amp", "/news/wall/?fbclid=x", path="/two.xml"))
    assert desk.look(one.id).new == 1
    assert (desk.look(two.id).new, len(desk.watches())) == (0, 1)


def test_a_source_that_shows_nothing_new_is_read_less_often_and_then_more_again(desk: Desk) -> None:
    source = desk.add(desk.feed("/a"))
    desk.look(source.id)
    gaps = []
    for days in (0, 3):
        desk.clock[0] += timedelta(days=days)
        desk.look(source.id)
        with desk.kit.db.read() as tx:
            found = sources.get(tx, source.id)
        assert found is not None and found.next_check_at is not None
        gaps.append(found.next_check_at - desk.clock[0])
    desk.feed("/a", "/b", date="Fri, 27 Nov 2026 09:00:00 GMT")
    desk.look(source.id)
    with desk.kit.db.read() as tx:
        found = sources.get(tx, source.id)
    assert found is not None and found.next_check_at is not None
    gaps.append(found.next_check_at - desk.clock[0])
    assert gaps == [timedelta(minutes=15), timedelta(hours=1), timedelta(minutes=15)]


def test_a_site_that_asks_for_patience_gets_it(desk: Desk) -> None:
    source = desk.add(desk.feed("/a"))
    desk.site.serve("/rss.xml", Reply(status=503, headers=(("Retry-After", "7200"),)))
    assert desk.look(source.id).error
    with desk.kit.db.read() as tx:
        found = sources.get(tx, source.id)
    assert found is not None and found.next_check_at is not None
    assert found.next_check_at - desk.clock[0] >= timedelta(hours=2)


def test_one_story_is_one_watch_through_redirects_tracking_and_canonical_addresses(desk: Desk) -> None:
    canonical = f'<link rel="canonical" href="{desk.site.url("/news/wall")}">'
    page = article().replace("</head>", f"{canonical}</head>")
    for path in ("/news/wall", "/amp/news/wall", "/n/123"):
        desk.site.page(path, page)
    desk.site.serve("/go", Reply(status=301, headers=(("Location", desk.site.url("/news/wall")),)))
    first = add_watch(desk.kit, desk.site.url("/news/wall"), now=desk.clock[0], by=Actor())
    for path in ("/news/wall?utm_source=x", "/amp/news/wall", "/n/123", "/go"):
        again = add_watch(desk.kit, desk.site.url(path), now=desk.clock[0], by=Actor())
        assert (again.watch.id, again.created) == (first.watch.id, False), path
    assert len(desk.watches()) == 1


def test_a_retired_story_is_looked_at_again_when_its_source_shows_it_anew(desk: Desk) -> None:
    desk.site.page("/a", article())
    source = desk.add(desk.feed("/a"))
    desk.look(source.id)
    (watch,) = desk.watches()
    list(check_now(desk.kit, [watch]))
    with desk.kit.db.begin() as tx:
        watches.update(tx, watch.id, state=WatchState.RETIRED, next_check_at=None)
    desk.look(source.id)
    assert desk.watches()[0].state is WatchState.RETIRED, "the source never let go of it"
    desk.clock[0] += timedelta(days=40)
    desk.feed("/a", "/b", date="Sun, 03 Jan 2027 06:30:00 GMT")
    desk.look(source.id)
    assert desk.watches()[0].state is WatchState.ACTIVE


def test_a_failing_source_says_so_once_and_when_it_is_back(desk: Desk) -> None:
    url = desk.feed("/a")
    source = desk.add(url)
    desk.look(source.id)
    desk.site.serve("/rss.xml", Reply(status=500))
    for _ in range(30):
        assert desk.look(source.id).error
    with desk.kit.db.read() as tx:
        told = [one for one in outbox.list_(tx) if one.kind.value == "notice"]
        failing = sources.get(tx, source.id)
    assert failing is not None and failing.health is Health.FAILING
    assert len(told) == 1
    desk.feed("/a")
    desk.look(source.id)
    with desk.kit.db.read() as tx:
        told = [one for one in outbox.list_(tx) if one.kind.value == "notice"]
        back = sources.get(tx, source.id)
    assert back is not None and back.health is Health.OK
    assert len(told) == 2


def test_a_removed_source_is_not_read_and_its_stories_stay(desk: Desk) -> None:
    source = desk.add(desk.feed("/a"))
    desk.look(source.id)
    remove_source(desk.kit, source, now=desk.clock[0], by=Actor())
    desk.clock[0] += timedelta(days=1)
    assert discover_due(desk.kit, desk.clock[0]) == []
    assert len(desk.watches()) == 1


def test_a_route_that_is_not_declared_is_refused(desk: Desk) -> None:
    with pytest.raises(UsageError, match="there is no route 'rivals'"):
        desk.add(desk.feed("/a"), routes=("rivals",))


def test_a_pattern_that_backtracks_elsewhere_takes_linear_time_and_says_nothing_on_the_way(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    words = "/a-" + "a" * 60_000 + "!"
    entries = [Entry(url=f"https://quay.example{words}", title="A story about the wall"), *_plain(3)]
    source = desk.add(desk.feed("/x"), include=("(a+)+$", "(a|a)*b$", "(.*)*(.*)*wall$"), exclude=("(x+x+)+y",))
    assert [entry.url for entry in chosen(source, entries, START)] == [one.url for one in entries]
    with pytest.raises(UsageError, match="linear engine takes: invalid"):
        desk.add(desk.feed("/a"), include=("(?=x)",))
    assert capfd.readouterr().err == ""


def _plain(count: int) -> list[Entry]:
    return [Entry(url=f"https://quay.example/{n}", title=f"Story {n} about the wall") for n in range(count)]


def test_a_sitemap_larger_than_a_page_may_be_is_read(desk: Desk) -> None:
    rows = "".join(f"<url><loc>https://quay.example/{'x' * 200}/{n}</loc></url>" for n in range(30_000))
    desk.site.page("/map.xml", f"<?xml version='1.0'?><urlset>{rows}</urlset>", content_type="application/xml")
    assert len(rows) > desk.kit.fetcher.settings.max_bytes
    _, found = look_at(desk.kit, desk.site.url("/map.xml"))
    assert len(found.entries) == 30_000


def test_a_story_that_moves_for_good_stays_one_watch_whoever_sees_the_new_address_first(desk: Desk) -> None:
    desk.site.page("/old-slug", article())
    source = desk.add(desk.feed("/old-slug"))
    desk.look(source.id)
    (first,) = desk.watches()
    list(check_now(desk.kit, [first]))

    # The desk rewrites the headline: the page moves, and the feed shows the new address before the story is looked at.
    desk.site.page("/new-slug", article())
    desk.site.serve("/old-slug", Reply(status=301, headers=(("Location", desk.site.url("/new-slug")),)))
    desk.feed("/new-slug")
    desk.look(source.id)
    for one in desk.watches():
        list(check_now(desk.kit, [one]))
    for one in desk.watches():
        list(check_now(desk.kit, [one]))
    (only,) = desk.watches()
    assert (only.id, only.latest_n, only.url) == (first.id, 1, desk.site.url("/new-slug"))

    again = desk.add(desk.feed("/new-slug", "/old-slug", path="/other.xml"))
    desk.look(again.id)
    for one in desk.watches():
        list(check_now(desk.kit, [one]))
    assert [one.id for one in desk.watches()] == [first.id]
    added = add_watch(desk.kit, desk.site.url("/new-slug"), now=desk.clock[0], by=Actor())
    assert (added.watch.id, added.created) == (first.id, False)


def test_a_story_that_moved_before_anybody_saw_it_there_is_known_by_its_new_address(desk: Desk) -> None:
    desk.site.page("/old-slug", article())
    first = add_watch(desk.kit, desk.site.url("/old-slug"), now=desk.clock[0], by=Actor()).watch
    desk.site.page("/new-slug", article())
    desk.site.serve("/old-slug", Reply(status=308, headers=(("Location", desk.site.url("/new-slug")),)))
    list(check_now(desk.kit, [first]))
    added = add_watch(desk.kit, desk.site.url("/new-slug"), now=desk.clock[0], by=Actor())
    assert (added.watch.id, added.created) == (first.id, False)
    assert len(desk.watches()) == 1


@pytest.mark.parametrize("path", ["/new-slug", "/new-slug?utm_source=rss"])
def test_a_story_that_names_itself_anew_with_its_headline_stays_one_watch(desk: Desk, path: str) -> None:
    def named(slug: str, headline: str) -> str:
        link = f'<link rel="canonical" href="{desk.site.url(slug)}">'
        return article(headline=headline).replace("</head>", f"{link}</head>")

    desk.site.page("/old-slug", named("/old-slug", "Council to rebuild the harbour wall"))
    first = add_watch(desk.kit, desk.site.url("/old-slug"), now=desk.clock[0], by=Actor()).watch
    for slug in ("/old-slug", "/new-slug"):
        desk.site.page(slug, named("/new-slug", "Council will never rebuild the harbour wall"))
    (result,) = check_now(desk.kit, [first])
    assert result.outcome is Outcome.CHANGED
    source = desk.add(desk.feed(path))
    desk.look(source.id)
    assert [one.id for one in desk.watches()] == [first.id]
