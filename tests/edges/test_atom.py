"""Feeds: what RFC 4287 asks for, the change inside the entry, the same id for ever, and no markup of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree

import feedparser
import httpx
import pytest

from bot.core.compare import compare
from bot.core.model import AlertKind
from bot.core.story import Block, Story
from bot.render import atom
from bot.render.message import Message
from bot.store.database import Database
from tests.web_site import HOSTILE, NOW, add_story, browse, hostile, money

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = (
    "/feed.atom",
    "/feed.atom?severity=major",
    "/feed.atom?desk=weather",
    "/feed.atom?outlet=Coast+Post",
    "/feed.atom?outlet=Nobody",
    "/stories/1/feed.atom",
    "/stories/3/feed.atom",
    "/stories/6/feed.atom",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Database]]:
    """The sample site under a public name."""
    with browse(tmp_path_factory.mktemp("feeds"), base_url="https://stet.example/news") as pair:
        yield pair


@pytest.fixture
def client(served: tuple[httpx.Client, Database]) -> httpx.Client:
    """A feed reader."""
    return served[0]


def check(root: ElementTree.Element, asked: str) -> None:
    """The rules of RFC 4287 that can be broken by what we write, on a feed and each entry."""
    assert root.tag == f"{ATOM}feed"
    ids = []
    for node in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(node.findall(f"{ATOM}{name}")) == 1, name
        identity = node.findtext(f"{ATOM}id") or ""
        assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", identity)
        ids.append(identity)
        for moment in node.findall(f"{ATOM}updated") + node.findall(f"{ATOM}published"):
            assert datetime.fromisoformat(moment.text or "").tzinfo is not None
        rels = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in node.findall(f"{ATOM}link")]
        assert len(rels) == len(set(rels))
        for link in node.findall(f"{ATOM}link"):
            assert (link.get("href") or "").startswith(("http://", "https://"))
        assert (node.findtext(f"{ATOM}author/{ATOM}name") or "").strip()
        assert node.find(f"{ATOM}title").get("type") in (None, "text")  # type: ignore[union-attr]
    assert len(ids) == len(set(ids))
    selves = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert selves == [f"https://stet.example/news{asked}"]
    for entry in root.findall(f"{ATOM}entry"):
        assert any(link.get("rel") == "alternate" for link in entry.findall(f"{ATOM}link"))
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"


@pytest.mark.parametrize("path", FEEDS)
def test_every_feed_follows_the_standard(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    check(ElementTree.fromstring(answer.content), path)
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo, parsed.get("bozo_exception")


def test_the_change_is_in_the_entry_in_words_and_marks(client: httpx.Client) -> None:
    entries = feedparser.parse(client.get("/stories/1/feed.atom").content).entries
    assert [entry.id for entry in entries] == [
        "tag:stet.example,2026:stet/story/1/2..3",
        "tag:stet.example,2026:stet/story/1/1..2",
    ]
    body = (
        ElementTree.fromstring(client.get("/stories/1/feed.atom").content)
        .findall(f"{ATOM}entry")[1]
        .findtext(f"{ATOM}content")
    )
    assert body is not None
    assert "<del>£40,000</del>" in body
    assert "<ins><strong>£14,000</strong></ins>" in body
    assert "<b>Was</b>" in body
    assert "was split into 5 and 6" in body
    assert "<strong>Quotation shortened</strong> (paragraph 2): “" in body, "what changed is said once"
    assert entries[1].title.endswith("Minister denies receiving £14,000 from developer")
    assert entries[1].link == "https://stet.example/news/stories/1/diff/1..2"
    assert entries[1].updated == "2026-11-24T10:40:00Z"


def test_feeds_are_chosen_by_desk_outlet_and_level(client: httpx.Client) -> None:
    def stories(query: str) -> set[str]:
        entries = feedparser.parse(client.get(f"/feed.atom{query}").content).entries
        return {re.search(r"story/(\d+)/", entry.id).group(1) for entry in entries}  # type: ignore[union-attr]

    assert stories("") == {"1", "2", "3", "4"}
    assert stories("?desk=weather") == {"2"}
    assert stories("?outlet=Coast+Post") == {"2"}
    assert stories("?severity=critical") < stories("")
    assert stories("?outlet=Nobody") == set()


def test_hostile_words_stay_words_in_feeds(client: httpx.Client) -> None:
    answer = client.get("/stories/3/feed.atom")
    root = ElementTree.fromstring(answer.content)
    assert HOSTILE in (root.findtext(f"{ATOM}entry/{ATOM}title") or "")
    body = root.findtext(f"{ATOM}entry/{ATOM}content") or ""
    assert "<script" not in body
    assert "<img" not in body
    assert "&lt;script&gt;" in body
    assert "javascript:alert(1)&#34;" not in body
    assert not re.search(r'href="(?!https?:)', body)
    assert "\u202e" not in answer.text


def test_a_feed_that_did_not_change_costs_nothing(client: httpx.Client) -> None:
    first = client.get("/feed.atom")
    for known in (
        {"if-none-match": first.headers["etag"]},
        {"if-modified-since": first.headers["last-modified"]},
        {"if-none-match": f'"x", {first.headers["etag"]}', "if-modified-since": "Sat, 01 Jan 2000 00:00:00 GMT"},
    ):
        assert client.get("/feed.atom", headers=known).status_code == 304
    for stale in (
        {"if-none-match": '"x"', "if-modified-since": first.headers["last-modified"]},
        {"if-modified-since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"if-modified-since": "yesterday"},
    ):
        assert client.get("/feed.atom", headers=stale).status_code == 200


def test_an_entry_keeps_its_id_and_title_when_the_story_goes_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    with browse(tmp_path_factory.mktemp("later"), filled=False, base_url="https://stet.example") as (client, db):
        first, second, third = money()
        with db.begin() as tx:
            watch = add_story(tx, "https://herald.example/a", [first, second])
        before = feedparser.parse(client.get(f"/stories/{watch.id}/feed.atom").content)
        with db.begin() as tx:
            from bot.core.story import fingerprint
            from bot.store import changes, versions

            versions.add(
                tx,
                watch.id,
                story=third,
                seen_at=NOW,
                recipe="r",
                fingerprint=fingerprint(third),
                raw=None,
                final_url="",
                status=200,
                headers=(),
                now=NOW,
            )
            changes.add(tx, watch.id, 2, 3, compare(second, third), NOW)
        after = feedparser.parse(client.get(f"/stories/{watch.id}/feed.atom").content)
    assert len(after.entries) == 2
    old, new = before.entries[0], after.entries[1]
    assert (old.id, old.title, old.updated, old.content) == (new.id, new.title, new.updated, new.content)


def test_a_story_rewritten_from_end_to_end_makes_an_entry_of_bounded_size() -> None:
    old = Story(headline="Old", blocks=tuple(Block(text=f"old {n} " + "was so " * 80) for n in range(400)))
    new = Story(headline="New", blocks=tuple(Block(text=f"new {n} " + "is other " * 80) for n in range(400)))
    body = atom.content(compare(old, new), old, new, diff_url="https://stet.example/d")
    assert len(body) < 2 * atom.MAX_CHARACTERS
    assert "more changed places" in body


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    entry = atom.Entry(
        id="tag:x.example,2026:a",
        title="a\x00\x0b\ufffe\ud800b",
        url="https://x.example/",
        updated=NOW,
        content="c\x01\uffffd",
    )
    written = atom.feed(
        id="tag:x.example,2026:f",
        title="\x1b[2Jt",
        self_url="https://x.example/f",
        page_url="https://x.example/",
        entries=[entry],
    )
    root = ElementTree.fromstring(written)
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == "ab"
    assert root.findtext(f"{ATOM}entry/{ATOM}content") == "cd"


def test_a_preview_is_a_whole_feed_of_one_entry() -> None:
    old, new = hostile()
    message = Message(
        kind=AlertKind.CHANGE,
        old=old,
        new=new,
        old_n=1,
        new_n=2,
        comparison=compare(old, new),
        outlet=HOSTILE,
        seen_at=NOW,
        links={"story": "javascript:alert(1)", "diff": "https://stet.example/stories/1/diff/1..2"},
    )
    parsed = feedparser.parse(atom.preview(message))
    assert not parsed.bozo
    assert len(parsed.entries) == 1
    assert b"javascript:alert(1)&quot;" not in atom.preview(message)
    notice = feedparser.parse(atom.preview(Message(kind=AlertKind.NOTICE, title="Trouble", lines=("a", "b"))))
    assert notice.entries[0].title == "Trouble: Trouble"
