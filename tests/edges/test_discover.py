"""Discovery: every form of feed, sitemap and section, and what hostile ones must not do."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.model import Source, SourceKind
from bot.discover import FoundKind, read, robots
from bot.discover.address import key_of, web_address
from bot.discover.opml import read_list, write_csv, write_opml
from bot.discover.section import MAX_CARDS, looks_like_story
from bot.errors import ExtractError, UsageError

WHEN = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)

RSS2 = b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>The Quay Post</title>
<link>https://quay.example/</link><item><title>Wall &amp; harbour &lt;b&gt;rebuilt&lt;/b&gt;</title>
<link>/news/wall-to-be-rebuilt</link><pubDate>Fri, 20 Nov 2026 06:30:00 GMT</pubDate></item>
<item><title>No link</title></item><item><title>Script</title><link>javascript:alert(1)</link></item></channel></rss>"""
RSS091 = b"""<?xml version="1.0"?><rss version="0.91"><channel><title>Old</title><link>https://quay.example/</link>
<item><title>One</title><link>https://quay.example/one</link></item></channel></rss>"""
RDF = b"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://quay.example/">
<title>RDF</title><link>https://quay.example/</link></channel><item rdf:about="https://quay.example/one"><title>One</title>
<link>https://quay.example/one</link><dc:date>2026-11-20T06:30:00Z</dc:date></item></rdf:RDF>"""
ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atom</title>
<entry><title>One</title><link rel="self" href="https://quay.example/one.json"/>
<link rel="alternate" type="text/html" href="https://quay.example/one"/><published>2026-11-20T07:30:00+01:00</published>
</entry></feed>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "JSON",
        "items": [
            {"id": "1", "url": "https://quay.example/one", "title": "One", "date_published": "2026-11-20T06:30:00Z"}
        ],
    }
).encode()
NEWS_SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://quay.example/one</loc><news:news>
<news:publication_date>2026-11-20T06:30:00Z</news:publication_date><news:title>One</news:title></news:news></url></urlset>"""
INDEX = b"""<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://quay.example/a.xml</loc><lastmod>2026-11-01</lastmod></sitemap>
<sitemap><loc>https://quay.example/b.xml.gz</loc><lastmod>2026-11-20</lastmod></sitemap></sitemapindex>"""


@pytest.mark.parametrize(("body", "dated"), [(RSS091, False), (RDF, True), (ATOM, True), (JSON_FEED, True)])
def test_every_form_of_feed_gives_its_stories(body: bytes, dated: bool) -> None:
    found = read(body, "https://quay.example/feed")
    assert found.kind is FoundKind.FEED
    assert [(entry.url, entry.title) for entry in found.entries] == [("https://quay.example/one", "One")]
    assert found.entries[0].published_at == (WHEN if dated else None)


def test_relative_links_become_absolute_markup_in_titles_goes_and_hostile_links_are_left_out() -> None:
    found = read(RSS2, "https://quay.example/feed")
    (entry,) = found.entries
    assert entry.url == "https://quay.example/news/wall-to-be-rebuilt"
    assert entry.title == "Wall & harbour rebuilt"
    assert entry.published_at == WHEN


@pytest.mark.parametrize("pack", [lambda body: body, gzip.compress])
def test_news_sitemaps_are_read_gzip_or_not(pack) -> None:  # type: ignore[no-untyped-def]
    found = read(pack(NEWS_SITEMAP), "https://quay.example/news.xml.gz")
    assert found.kind is FoundKind.SITEMAP
    assert [(e.url, e.title, e.published_at) for e in found.entries] == [("https://quay.example/one", "One", WHEN)]


def test_a_sitemap_index_names_its_parts_newest_first() -> None:
    assert read(INDEX, "https://quay.example/i.xml").parts == (
        "https://quay.example/b.xml.gz",
        "https://quay.example/a.xml",
    )


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss version="2.0"/>',
        b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed><title>&x;</title></feed>',
        b"\xff\xfe" + '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a">]><rss/>'.encode("utf-16-le"),
    ],
)
def test_xml_that_declares_entities_is_refused_before_any_parser_sees_it(body: bytes) -> None:
    with pytest.raises(ExtractError) as caught:
        read(body, "https://quay.example/feed")
    assert caught.value.kind == "not_feed"


def test_a_gzip_bomb_and_a_cut_file_are_refused() -> None:
    with pytest.raises(ExtractError, match="more than 50 MB"):
        read(gzip.compress(b"\0" * 60_000_000), "https://quay.example/s.xml.gz")
    with pytest.raises(ExtractError, match="cut off"):
        read(gzip.compress(NEWS_SITEMAP)[:-20], "https://quay.example/s.xml.gz")


@pytest.mark.parametrize("body", [b"", b"\0\1\2", b"plain words", b"{}", b"[1,2]", b"<p>nothing here</p>", b"<rss"])
def test_what_offers_no_story_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(ExtractError):
        read(body, "https://quay.example/x")


@pytest.mark.parametrize(
    "body",
    [
        b"<rss version='2.0'><channel>" + b"<item><title>A</title><link>https://q.example/a</link></item>" * 2_000_000,
        b"<?xml version='1.0'?><urlset>" + b"<url><loc>https://q.example/a</loc></url>" * 2_600_000,
        b"<!doctype html><html><body>" + b"<a href='/2026/11/20/a'>Council to rebuild the wall</a>" * 1_800_000,
        b"a" * 100_000_000,
    ],
    ids=["rss", "sitemap", "page", "no markup"],
)
def test_a_hundred_megabytes_are_refused_before_any_parser_sees_them(body: bytes) -> None:
    assert len(body) > 90_000_000
    with pytest.raises(ExtractError) as caught:
        read(body, "https://q.example/feed")
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize(
    ("body", "urls"),
    [
        ("<item><title>A & B</title><link>https://q.example/a?x=1&y=2</link></item></channel></rss>", ["a?x=1&y=2"]),
        ("<item><title>A&nbsp;B &eacute;</title><link>https://q.example/a</link></item></channel></rss>", ["a"]),
        ("<item><title>A</b></title><link>https://q.example/a</link></item></channel></rss>", ["a"]),
        ("<item><title>A</title><link>https://q.example/a</link></item><item><link>https://q.exa", ["a"]),
    ],
    ids=["ampersands", "entities of HTML", "tags that do not match", "cut off"],
)
def test_a_feed_that_is_not_well_formed_gives_what_can_be_read(body: str, urls: list[str]) -> None:
    found = read(f"<rss version='2.0'><channel>{body}".encode(), "https://q.example/rss")
    assert [entry.url for entry in found.entries] == [f"https://q.example/{one}" for one in urls]


def test_a_robots_txt_offers_its_sitemaps_news_first() -> None:
    body = b"User-agent: *\r\nDisallow: /x\r\nSitemap: /all.xml\r\nsitemap:https://q.example/news-map.xml\r\nSITEMAP: ftp://x/y\r\n"
    offers = robots.offers(body, "https://q.example/robots.txt")
    assert [(one.kind, one.url) for one in offers] == [
        ("sitemap", "https://q.example/news-map.xml"),
        ("sitemap", "https://q.example/all.xml"),
    ]
    assert robots.offers(b"<html>Sitemap: /x</html>", "https://q.example/robots.txt") == ()


def test_an_index_without_days_puts_news_and_high_numbers_first() -> None:
    names = ("sitemap-2019-01.xml", "sitemap-2026-11.xml", "sitemap-2026-2.xml", "news.xml")
    parts = "".join(f"<sitemap><loc>https://q.example/{name}</loc></sitemap>" for name in names)
    found = read(f"<?xml version='1.0'?><sitemapindex>{parts}</sitemapindex>".encode(), "https://q.example/s.xml")
    assert [one.rpartition("/")[2] for one in found.parts] == [
        "news.xml", "sitemap-2026-11.xml", "sitemap-2026-2.xml", "sitemap-2019-01.xml",
    ]  # fmt: skip


def test_a_broken_feed_still_gives_what_can_be_read() -> None:
    broken = RSS2.replace(b"</item>\n<item><title>No link", b"<item><title>No & link")
    assert read(broken, "https://quay.example/feed").entries


HOME = b"""<!doctype html><html><head><title>The Quay Post</title>
<link rel="alternate" type="application/rss+xml" title="News" href="/rss.xml">
<link rel="sitemap" href="/sitemap-news.xml"></head><body>
<nav><a href="/politics/">Politics</a><a href="/login">Log in</a></nav>
<a href="/2026/11/20/council-to-rebuild-the-outer-harbour-wall">Council to rebuild the outer harbour wall</a>
<a href="/2026/11/20/council-to-rebuild-the-outer-harbour-wall?utm_source=home">Read</a>
<a href="/politics/minister-denies-taking-money-from-ferry-owner-48213377"><img alt="">
<span>Minister denies taking money</span></a>
<a href="https://elsewhere.example/2026/11/20/a-long-story-on-another-site">A long story on another site</a>
<a href="/tag/harbour">Everything about the harbour wall</a>
<a href="/video/x.mp4">Watch the film of the day</a>
<a href="/article.aspx?feed=AP&amp;x=1">Wires</a></body></html>"""


def test_a_home_page_offers_its_feeds() -> None:
    found = read(HOME, "https://quay.example/")
    assert found.kind is FoundKind.HOME
    assert [(one.kind, one.url) for one in found.feeds] == [
        ("feed", "https://quay.example/rss.xml"),
        ("sitemap", "https://quay.example/sitemap-news.xml"),
    ]


def test_a_section_page_gives_links_that_look_like_stories_once_each() -> None:
    found = read(HOME, "https://quay.example/politics/")
    assert found.kind is FoundKind.SECTION
    assert [entry.title for entry in found.entries] == [
        "Council to rebuild the outer harbour wall",
        "Minister denies taking money",
    ]


@pytest.mark.parametrize(
    ("url", "words", "story"),
    [
        ("https://q.example/news/2026/nov/20/wall-cracks-again", "Wall cracks again, engineers say", True),
        ("https://q.example/article/48213377.html", "Ministerin weist Vorwürfe zurück und schweigt", True),
        ("https://q.example/nachrichten/ministerin-weist-vorwuerfe-zurueck", "Ministerin weist Vorwürfe zurück", True),
        ("https://q.example/2026/11/20/kabe-saiken", "港の外壁を再建へ、市議会が可決", True),
        ("https://q.example/news/articles/cx2lnzzr0mxo", "Minister denies taking the money", True),
        ("https://q.example/inland/innenpolitik/bundestag-rente-104.html", "Bundestag streitet über die Rente", True),
        ("https://q.example/movies/article.aspx?news=857035", "Piers Morgan reveals a new gig", True),
        ("https://q.example/news/articleView.html?idxno=205012", "시의회, 항구 외벽 재건하기로 결정", True),
        ("https://q.example/articles/ASV2X3R5VV2XUHBI01.html", "港の外壁を再建へ、市議会が可決", True),
        ("https://q.example/view/AKR20260301000100001", "시의회, 항구 외벽 재건하기로 결정", True),
        ("https://q.example/el-mundo/el-muro-nid01032026/", "El consejo reconstruirá el muro del puerto", True),
        ("https://q.example/adx/bin/adx_click.html?id=2050123", "A full floor residence in the harbour", False),
        ("https://q.example/sport/live-und-ergebnisse", "Live und Ergebnisse", False),
        ("https://q.example/politics", "Politics", False),
        ("https://q.example/author/ines-calloway-reports-on-the-quay", "Ines Calloway reports on the quay", False),
        ("https://q.example/", "The front page of the Quay Post", False),
        ("https://q.example/about/our-long-history-as-a-paper", "Our long history as a paper", False),
    ],
)
def test_what_looks_like_a_story(url: str, words: str, story: bool) -> None:
    assert looks_like_story(url, words) is story


@pytest.mark.parametrize(
    "twin",
    [
        "http://www.quay.example/news/wall",
        "https://m.quay.example/news/wall/",
        "https://amp.quay.example/news/wall",
        "https://quay.example/news/wall/amp",
        "https://quay.example/amp/news/wall",
        "https://quay.example/news/wall?utm_source=x&fbclid=y#top",
        "HTTPS://QUAY.example:443/news//wall",
        "https://quay.example/news/wall/index.html",
        "https://quay.example/news/wall?hpt=hp_t1&wt_zmc=front&itm_campaign=top&front_ref=teaser",
        "https://www-quay-example.cdn.ampproject.org/c/s/www.quay.example/news/wall",
        "https://www.google.co.uk/amp/s/amp.quay.example/news/wall",
    ],
)
def test_one_story_is_one_key_through_its_twins(twin: str) -> None:
    assert key_of(twin) == key_of("https://quay.example/news/wall")


@pytest.mark.parametrize(
    "other",
    [
        "https://quay.example/news/wall?id=2",
        "https://quay.example/news/wall?page=2&ref=x",
        "https://quay.example/news/Wall2",
        "https://other.example/news/wall",
        "https://quay.example/news/wall/index.php",
    ],
)
def test_other_stories_have_other_keys(other: str) -> None:
    assert key_of(other) != key_of("https://quay.example/news/wall")


def test_long_addresses_with_queries_are_fine_and_nonsense_is_refused() -> None:
    long = "https://quay.example/news?id=" + "a" * 1500 + "&b=ü"
    assert web_address(long).endswith("b=%C3%BC")
    for text in (
        "",
        "ftp://x.example/",
        "javascript:alert(1)",
        "https://u:p@x.example/",
        "https://x\\y.example/",
        "http://",
    ):
        with pytest.raises(UsageError):
            web_address(text)


OPML = b"""<?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body><outline text="rivals">
<outline type="rss" text="Quay" xmlUrl="https://quay.example/rss.xml"/></outline></body></opml>"""


def test_lists_come_in_many_forms() -> None:
    assert [(one.url, one.desk, one.feed) for one in read_list(OPML)] == [
        ("https://quay.example/rss.xml", "rivals", True)
    ]
    assert [one.url for one in read_list(b"# mine\nhttps://a.example/1\n\nb.example/2\n")] == [
        "https://a.example/1",
        "b.example/2",
    ]
    assert [(one.url, one.title) for one in read_list(b"name,url\nA story,https://a.example/1\n")] == [
        ("https://a.example/1", "A story")
    ]
    assert [
        (one.url, one.title)
        for one in read_list(b'name: "A"\nurl: https://a.example/1\n---\nnavigate: "https://b.example/"\n')
    ] == [
        ("https://a.example/1", "A"),
        ("https://b.example/", ""),
    ]
    with pytest.raises(UsageError, match="no address"):
        read_list(b"nothing to see")


def _source(url: str, kind: SourceKind, **settings: Any) -> Source:
    return Source(id=1, url=url, kind=kind, added_at=datetime(2026, 3, 4, tzinfo=UTC), **settings)


def test_sources_written_as_opml_are_read_back_whole() -> None:
    feed = _source("https://a.example/rss?x=1&y=2", SourceKind.FEED, title='A "quoted" <title>', desk="world")
    section = _source(
        "https://a.example/politics", SourceKind.SECTION, outlet="Post & Co", every=420, routes=("desk", "night"),
        include=(r"/politics/\d{4}/", 'say "yes"  twice', "l'œuvre <b>"), exclude=("a\tb", "sponsored"),
        max_new_per_check=7, max_age_days=0,
    )  # fmt: skip
    text = write_opml([feed, section, _source("https://a.example/news.xml.gz", SourceKind.SITEMAP)])
    assert 'xmlUrl="https://a.example/rss?x=1&amp;y=2"' in text
    read = read_list(text.encode())
    assert all(one.feed for one in read)
    assert [(one.url, one.title, one.desk, one.kind) for one in read] == [
        (feed.url, feed.title, "world", "feed"),
        (section.url, section.url, "", "section"),
        ("https://a.example/news.xml.gz", "https://a.example/news.xml.gz", "", "sitemap"),
    ]
    two = read[1]
    assert (two.outlet, two.every, two.routes, two.include, two.exclude, two.max_new_per_check, two.max_age_days) == (
        "Post & Co", "420s", ("desk", "night"), section.include, section.exclude, 7, 0,
    )  # fmt: skip


def test_settings_in_opml_that_cannot_be_read_are_left_out() -> None:
    row = (
        b'<opml xmlns:s="urn:stet:opml" version="2.0"><body><outline url="https://a.example/p" s:kind="section" '
        b's:include="[&quot;a" s:exclude="{}" s:maxNewPerCheck="-1" s:maxAgeDays="many"/></body></opml>'
    )
    (read,) = read_list(row)
    assert (read.include, read.exclude, read.max_new_per_check, read.max_age_days) == ((), (), None, None)


def test_links_count_from_the_base_that_a_feed_names() -> None:
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://paper.example/world/"><title>P</title><entry><id>1</id>'
        b'<title>One</title><link href="2026/one"/></entry><entry><id>2</id><title>Two</title>'
        b'<link type="insert type" href="/two"/></entry></feed>'
    )
    found = read(atom, "https://feeds.example/atom.xml")
    assert [one.url for one in found.entries] == ["https://paper.example/world/2026/one", "https://paper.example/two"]


def test_a_picture_in_a_news_sitemap_gives_neither_address_nor_title() -> None:
    sitemap = (
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
        b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><image:image><image:loc>https://i.example/1.jpg'
        b"</image:loc><image:title>A picture</image:title></image:image><loc>https://p.example/one</loc><news:news>"
        b"<news:title>One</news:title></news:news></url></urlset>"
    )
    (one,) = read(sitemap, "https://p.example/news.xml").entries
    assert (one.url, one.title) == ("https://p.example/one", "One")


_ATTRIBUTES = b" ".join(b'a%d="1"' % number for number in range(50_000))


@pytest.mark.parametrize("quote", [b"", b'x=">" '])
def test_fifty_thousand_attributes_are_refused_before_any_parser_sees_them(quote: bytes) -> None:
    item = b"<item " + quote + _ATTRIBUTES + b"><link>https://a.example/1</link></item>"
    for body in (
        b'<rss version="2.0"><channel>' + item + b"</channel></rss>",
        b"<urlset><url " + quote + _ATTRIBUTES + b"><loc>https://a.example/1</loc></url></urlset>",
    ):
        with pytest.raises(ExtractError, match="hundreds of attributes"):
            read(body, "https://a.example/feed")


def test_a_section_page_with_fifty_thousand_attributes_keeps_its_links() -> None:
    link = b'<a href="/2026/03/04/the-wall-is-to-be-rebuilt-12345">The wall is to be rebuilt</a>'
    page = b"<html><body><div " + _ATTRIBUTES + b">" + link * 2 + b"</div></body></html>"
    assert len(read(page, "https://a.example/world").entries) == 1


def test_one_id_for_many_entries_and_dates_of_another_age_hide_no_story() -> None:
    entries = b"".join(
        b'<entry><id>same</id><title>T%d</title><updated>%s</updated><link href="https://a.example/%d"/></entry>'
        % (number, when, number)
        for number, when in enumerate([b"9999-12-31T23:59:59Z", b"0000-00-00", b"99999-99-99T99:99:99Z", b"soon"])
    )
    found = read(b'<feed xmlns="http://www.w3.org/2005/Atom">' + entries + b"</feed>", "https://a.example/feed")
    assert [one.url for one in found.entries] == [f"https://a.example/{number}" for number in range(4)]
    assert all(one.published_at is None or one.published_at.tzinfo is UTC for one in found.entries)


def test_json_that_is_no_feed_is_no_section_page() -> None:
    with pytest.raises(ExtractError):
        read(b'{"html": "<a href=/2026/03/04/one-long-story>One long story of the day</a>"}', "https://p.example/api")


def test_what_is_exported_is_read_back() -> None:
    csv = write_csv([{"url": "https://a.example/1", "title": "=cmd()", "desk": "d", "every": "900s"}])
    (row,) = read_list(csv.encode())
    assert (row.url, row.title, row.desk, row.every) == ("https://a.example/1", "'=cmd()", "d", "900s")


CARDS = """<!doctype html><html><head><title>Politics</title></head><body><style>.a{}</style>
<article><style>.t{inset:0}</style><a href="/politics/ferry-owner-li.3395920" aria-label="Go to:"></a>
 <span>Harbour</span><h3><style>.h{}</style>Minister denies taking money</h3>
 <p>She says that the wall was dear.</p></article>
<article><a href="/politics/wall-cracks-li.3395921"><img alt=""></a><h3>The outer wall cracks <em>again</em></h3>
 <a href="/tag/harbour">Harbour</a><a href="/politics/wall-cracks-li.3395921">Read more</a></article>
<a href="/politics/mayor-speaks-4207498"><h4>Politics</h4><h3>Mayor speaks about the ferry</h3>
 <p>More than an hour.</p></a>
<a href="/politics/mayor-silent-4207499"><h3>Mayor silent</h3><p>Not a word from the town hall on Friday.</p></a>
<a href="/weather/storm-reaches-the-quay-tonight-4207500">Storm reaches the quay tonight</a>
<a href="/weather/storm-reaches-the-quay">Weather for the whole quay</a>
<a href="https://shop.quay.example/2026/11/20/a-cup-for-the-quay">A cup for the quay, with lid</a>
<a href="https://live.quay.example/2026/11/20/the-quay-votes">The quay votes in the rain</a>
<a href="/inland/article69a372aa7c787f6a1cef2865/vote.html"><style>.v{}</style>Quay votes on the wall</a>
<a href="/2026/11/20/gaza">Three short words</a><a href="/sections/sport-31148770.html">Sport and games</a>
<a href="/thema/reden-wir-ueber-geld-und-mehr">Reden wir über Geld und mehr</a>
<footer><a href="/id_100008454/the-company-behind-the-quay-post">The company behind the Quay Post</a></footer>
</body></html>"""


def test_links_are_called_by_their_card_or_heading_and_lists_shops_and_footers_are_left_out() -> None:
    found = read(CARDS.encode(), "https://www.quay.example/politics/")
    assert [(entry.url.partition("example")[2], entry.title) for entry in found.entries] == [
        ("/politics/ferry-owner-li.3395920", "Minister denies taking money"),
        ("/politics/wall-cracks-li.3395921", "The outer wall cracks again"),
        ("/politics/mayor-speaks-4207498", "Mayor speaks about the ferry"),
        ("/politics/mayor-silent-4207499", "Mayor silent Not a word from the town hall on Friday."),
        ("/weather/storm-reaches-the-quay-tonight-4207500", "Storm reaches the quay tonight"),
        ("/2026/11/20/the-quay-votes", "The quay votes in the rain"),
        ("/inland/article69a372aa7c787f6a1cef2865/vote.html", "Quay votes on the wall"),
        ("/2026/11/20/gaza", "Three short words"),
    ]


def test_a_section_page_of_a_shop_host_itself_gives_its_links() -> None:
    page = '<html><a href="/2026/11/20/a-cup-for-the-quay">A cup for the quay, with lid</a></html>'
    assert len(read(page.encode(), "https://shop.quay.example/all/").entries) == 1


@pytest.mark.parametrize("told", ["text/html; charset=windows-1251", "text/html", "text/html; charset=rot13"])
def test_a_section_page_is_read_in_the_charset_that_the_server_or_the_page_names(told: str) -> None:
    meta = "" if "1251" in told else '<meta charset="windows-1251">'
    page = f'<html>{meta}<a href="/2026/11/20/most">Мэр обещает новый мост</a></html>'.encode("cp1251")
    assert [entry.title for entry in read(page, "https://quay.example/news/", told).entries] == [
        "Мэр обещает новый мост"
    ]


def test_only_so_many_links_without_words_are_called_by_their_card() -> None:
    card = '<div><a href="/2026/11/20/story-number-{0}"></a><h3>The story has number {0}</h3></div>'
    page = "<html>" + "".join(card.format(one) for one in range(MAX_CARDS + 200))
    assert len(read(page.encode(), "https://quay.example/news/").entries) == MAX_CARDS


@pytest.mark.parametrize(
    "body",
    [
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Q</title><description><![CDATA[<html>]]></description>'
        "<item><title>Wall</title><link>https://quay.example/a</link></item></channel></rss>",
        '<!DOCTYPE html><html><body><feed xmlns="http://www.w3.org/2005/Atom"><title>Q</title>'
        '<entry><title>Wall</title><link href="https://quay.example/a"/></entry></feed></body></html>',
    ],
)
def test_a_feed_in_a_page_and_a_page_in_a_feed_are_feeds(body: str) -> None:
    found = read(body.encode(), "https://quay.example/rss")
    assert (found.kind, [entry.url for entry in found.entries]) == (FoundKind.FEED, ["https://quay.example/a"])


@pytest.mark.parametrize(
    "body",
    [
        b'<opml><body><outline text="A &amp; B" xmlUrl="https://q.example/rss?a=1&amp;b=2"/></body></opml>',
        b'<opml><body><outline text="A & B" xmlurl="https://q.example/rss?a=1&b=2"/></body></opml>',
        b'<OPML><BODY><OUTLINE TITLE="A & B" XMLURL="https://q.example/rss?a=1&b=2"></OUTLINE></BODY></OPML>',
        b'<opml><body><outline text="A &#38; B" xmlUrl="https://q.example/rss?a=1&b=2"/></body></opml>',
        '<?xml version="1.0" encoding="utf-16"?><opml><body><outline text="A & B" '
        'xmlUrl="https://q.example/rss?a=1&amp;b=2"/></body></opml>'.encode("utf-16"),
    ],
)
def test_opml_is_read_as_it_is_meant(body: bytes) -> None:
    (found,) = read_list(body, "list.opml")
    assert (found.url, found.title, found.feed) == ("https://q.example/rss?a=1&b=2", "A & B", True)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("feed://q.example/rss", "http://q.example/rss"),
        ("feed:https://q.example/rss", "https://q.example/rss"),
        ("FEED://https://q.example/rss", "https://q.example/rss"),
        ("feed://q.example/rss?of=https://x.example/", "http://q.example/rss?of=https://x.example/"),
    ],
)
def test_the_addresses_of_older_readers_are_web_addresses(typed: str, meant: str) -> None:
    assert web_address(typed) == meant


def test_a_sitemap_may_be_a_list_of_addresses() -> None:
    body = b"\xef\xbb\xbfhttps://quay.example/a\r\n\r\nhttps://quay.example/b\nhttps://quay.example/a\n"
    found = read(gzip.compress(body), "https://quay.example/sitemap.txt.gz")
    assert (found.kind, [entry.url[-1] for entry in found.entries]) == (FoundKind.SITEMAP, ["a", "b"])
    with pytest.raises(ExtractError):
        read(body + b"and some words\n", "https://quay.example/sitemap.txt")


@pytest.mark.parametrize(
    "body",
    [
        "<?xml version='1.0'?><!-- " + "x" * 5_000 + " --><urlset><url><loc>{0}</loc></url></urlset>",
        "<s:urlset xmlns:s='http://www.sitemaps.org/schemas/sitemap/0.9'><s:url><s:loc>{0}</s:loc></s:url></s:urlset>",
        "<URLSET><URL><LOC>{0}</LOC></URL></URLSET>",
        "<urlset><url><loc>{1}</loc></url></urlset>",
        "<urlset><url><loc><![CDATA[{1}]]></loc></url></urlset>",
        "<urlset><url><loc>{0}</loc></url><url><loc>https://quay.ex",
    ],
)
def test_a_sitemap_is_read_as_it_is_meant(body: str) -> None:
    text = body.format("https://quay.example/a?x=1&amp;y=2", "https://quay.example/a?x=1&y=2")
    for packed in (text.encode(), text.encode("utf-16")):
        found = read(packed, "https://quay.example/sitemap.xml")
        assert [entry.url for entry in found.entries] == ["https://quay.example/a?x=1&y=2"]


def test_the_last_story_of_a_feed_that_was_cut_off_is_left_out() -> None:
    whole = "<rss version='2.0'><channel><title>Q</title>" + "".join(
        f"<item><title>Story {n}</title><link>https://quay.example/{n}0</link></item>" for n in range(3)
    )
    ends = {
        "": 3,
        "</channel></rss>": 3,
        "</channel></rss> served in 3 ms": 3,
        "</channel></rss": 3,
        "<item><link>https://quay.ex": 3,
    }
    for end, count in ends.items():
        assert len(read((whole + end).encode(), "https://quay.example/rss").entries) == count, end
