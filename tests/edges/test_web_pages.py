"""Pages: what they show, what they answer when asked for something odd, and that story text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from bot.store import views
from bot.store.database import Database
from tests.web_site import HOSTILE, NOW, browse

PAGES = (
    "/",
    "/?q=declared",
    "/stories/1",
    "/stories/1/versions/2",
    "/stories/1/diff/1..2",
    "/stories/1/diff/1..2?view=inline",
    "/stories/1/diff/1..3",
    "/stories/3",
    "/stories/3/versions/1",
    "/stories/3/diff/1..2",
    "/stories/3/diff/1..2?view=inline",
    "/stories/4/diff/1..2",
    "/stories/6",
    "/feeds",
    "/digests/",
)
DOCUMENTS = ("/stories.json", "/stories/1.json", "/stories/1/versions/2.json", "/stories/1/diff/1..2.json")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Database]]:
    """The sample site, read only for this module."""
    with browse(tmp_path_factory.mktemp("pages"), base_url="https://stet.example") as pair:
        yield pair


@pytest.fixture
def client(served: tuple[httpx.Client, Database]) -> httpx.Client:
    """A reader."""
    return served[0]


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def text_of(page: str) -> str:
    """The words of a page, marks and all, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_list_shows_each_story_with_outlet_versions_last_change_and_plan(client: httpx.Client) -> None:
    words = text_of(client.get("/").text)
    assert "Minister denies receiving £14,000 from developer" in words
    assert "The Marlow Herald · politics" in words
    assert "3 versions" in words
    assert "Next check Tue 24 Nov 2026, 14:52" in words
    assert "Will not be checked again" in words
    assert "Could not be fetched" in words


def test_the_list_is_filtered_by_outlet_desk_level_and_date(client: httpx.Client) -> None:
    def ids(query: str) -> set[int]:
        answer = client.get(f"/stories.json?{query}")
        assert answer.status_code == 200, answer.text
        return {story["id"] for story in answer.json()["stories"]}

    assert ids("outlet=Coast+Post") == {2, 5, 6}
    assert ids("desk=local") == {5, 6}
    assert ids("outlet=Coast+Post&severity=major") == {2}
    assert ids("state=retired") == {6}
    assert 1 in ids("from=2026-11-24&to=2026-11-24")
    assert ids("to=2026-11-20") == set()


def test_a_search_finds_words_that_are_gone_and_says_where_they_stood(client: httpx.Client) -> None:
    page = client.get("/", params={"q": "opposition inquiry"}).text
    assert "<mark>Opposition</mark>" in page
    assert "in version 1, no longer there" in text_of(page)
    nothing = client.get("/", params={"q": "zebra"})
    assert nothing.status_code == 200
    assert "No story fits" in nothing.text


def test_a_story_page_tells_its_history(client: httpx.Client) -> None:
    words = text_of(client.get("/stories/1").text)
    assert "Changed twice within about 6 hours of being first seen" in words
    assert "about 3 hours later" in words
    assert "first seen" in words
    assert "Side by side with version 2" in words
    assert "https://herald.example/news/donation" in words
    assert "Read without trouble" in words
    assert "the site answered 503" in text_of(client.get("/stories/5").text)


def test_the_side_by_side_page_shows_word_marks_splits_moves_and_what_went(client: httpx.Client) -> None:
    page = client.get("/stories/1/diff/1..2").text
    words = text_of(page)
    assert "<del>£40,000</del>" in page
    assert "<ins>£14,000</ins>" in page
    assert "Paragraph 5 was split into 5 and 6" in words
    assert "moved from" in words
    assert "Paragraph 16 was removed" in words
    assert "Note 20 is new" in words
    assert "about 3 hours later" in words
    assert "unchanged paragraphs" in words


def test_every_jump_link_of_a_diff_has_its_target_and_no_id_stands_twice(client: httpx.Client) -> None:
    for path in ("/stories/1/diff/1..2", "/stories/1/diff/1..2?view=inline", "/stories/3/diff/1..2"):
        found = Elements(client.get(path).text).found
        ids = [attributes["id"] for _, attributes in found if attributes.get("id")]
        assert len(ids) == len(set(ids)), path
        jumps = {
            attributes["href"]
            for tag, attributes in found
            if tag == "a" and str(attributes.get("href")).startswith("#")
        }
        assert {f"#{one}" for one in ids} >= jumps, path


def test_any_two_versions_can_be_compared(client: httpx.Client) -> None:
    document = client.get("/stories/1/diff/1..3.json").json()
    assert document["schema"] == 1
    assert document["change"] is None
    assert any("Police" in finding["after"] for finding in document["findings"])
    sent = client.get("/stories/1/compare?a=3&b=1")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/stories/1/diff/1..3"


def test_every_page_has_a_document_beside_it(client: httpx.Client) -> None:
    for path in DOCUMENTS:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["schema"] == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/stories/99", 404),
        ("/stories/99.json", 404),
        ("/stories/999999999999999999999999", 404),
        ("/stories/abc", 404),
        ("/stories/-1", 404),
        ("/stories/1/versions/9", 404),
        ("/stories/1/versions/0", 404),
        ("/stories/1/versions/99999999999999999999", 404),
        ("/stories/1/diff/1..9", 404),
        ("/stories/1/diff/0..1", 404),
        ("/stories/1/diff/2..2", 400),
        ("/stories/1/diff/one..two", 400),
        ("/stories/1/diff/1-2", 400),
        ("/stories/1/diff/", 400),
        ("/stories/1/compare", 400),
        ("/stories/1/compare?a=1&b=x", 400),
        ("/stories/1/evidence/1..9.zip", 404),
        ("/stories/1/evidence/1..1.zip", 400),
        ("/?severity=awful", 400),
        ("/?from=yesterday", 400),
        ("/?to=9999-12-31", 400),
        ("/?page=0", 400),
        ("/?page=99999999999", 400),
        ("/?state=asleep", 400),
        ("/feed.atom?severity=x", 400),
        ("/stories/99/feed.atom", 404),
        ("/static/nothing.css", 404),
        ("/static/..%2fapp.py", 404),
        ("/digests/yesterday", 400),
        ("/digests/1999-01-01", 404),
        ("/digests/2026-11-24?d=forged", 404),
        ("/?q=" + "a" * 5000, 400),
        ("/?q=%22%22%22+AND+NOT+%2A", 200),
        ("/?q=%00%ff", 400),
        ("/?outlet=" + "%F0%9F%97%9E" * 200, 200),
    ],
)
def test_odd_requests_get_a_helpful_page_with_the_right_status(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    assert "Traceback" not in answer.text
    assert len(text_of(answer.text)) > 20


def test_versions_out_of_order_lead_to_the_page_in_order(client: httpx.Client) -> None:
    answer = client.get("/stories/1/diff/3..1?view=inline")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/stories/1/diff/1..3?view=inline"


def test_story_text_is_inert_on_every_page(client: httpx.Client) -> None:
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 200, path
        found = Elements(answer.text).found
        assert not {tag for tag, _ in found} & {"script", "img", "svg", "iframe", "object", "style"}, path
        for tag, attributes in found:
            assert not any(name.startswith("on") for name in attributes), (path, tag, attributes)
            for name in ("href", "src", "action"):
                value = attributes.get(name) or ""
                assert not value.lower().startswith(("javascript:", "data:", "vbscript:")), (path, value)
        assert "\u202e" not in answer.text
        assert "49" not in re.findall(r"desrever\s*(\S+)", answer.text)
        assert HOSTILE not in answer.text


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    for path in (*PAGES, *DOCUMENTS, "/feed.atom", "/nothing", "/stories/1/diff/2..2", "/healthz", "/metrics"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["cross-origin-opener-policy"] == "same-origin", path
        assert headers["cross-origin-resource-policy"] == "same-origin", path
        assert headers["x-robots-tag"].startswith("noindex"), path
        assert headers["strict-transport-security"], path
        assert "server" not in headers, path


def test_only_pages_with_a_form_may_send_one(client: httpx.Client) -> None:
    for path in PAGES:
        answer = client.get(path)
        has_form = "<form" in answer.text
        allowed = "form-action 'self'" in answer.headers["content-security-policy"]
        assert allowed >= has_form, path
    assert "form-action 'none'" in client.get("/feeds").headers["content-security-policy"]


def test_a_page_that_did_not_change_costs_no_second_reading(client: httpx.Client) -> None:
    for path in ("/", "/stories/1", "/stories/1/diff/1..2", "/stories/1.json", "/feed.atom"):
        first = client.get(path)
        assert first.headers["cache-control"].startswith("private")
        again = client.get(path, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304, path
        assert again.content == b""
        other = client.get(path, headers={"if-none-match": '"something"'})
        assert other.status_code == 200


def test_head_answers_like_get_without_a_body(client: httpx.Client) -> None:
    for path in ("/", "/stories/1/diff/1..2", "/feed.atom", "/nothing"):
        head, get = client.head(path), client.get(path)
        assert head.status_code == get.status_code
        assert head.content == b""
        assert head.headers["content-type"] == get.headers["content-type"]


def test_pages_go_out_compressed(client: httpx.Client) -> None:
    assert client.get("/", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/", headers={"accept-encoding": "identity"}).headers


def test_the_style_sheet_is_named_by_its_content_and_kept_for_ever(client: httpx.Client) -> None:
    page = client.get("/").text
    match = re.search(r'href="(/static/stet\.[0-9a-f]{12}\.css)"', page)
    assert match is not None
    sheet = client.get(match.group(1))
    assert sheet.status_code == 200
    assert "immutable" in sheet.headers["cache-control"]
    assert sheet.headers["content-type"].startswith("text/css")
    icon = re.search(r'href="(/static/favicon\.[0-9a-f]{12}\.svg)"', page)
    assert icon is not None
    assert client.get(icon.group(1)).headers["content-type"] == "image/svg+xml"


def test_nothing_can_be_written_to_a_page_that_is_only_read(client: httpx.Client) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.request(method, "/stories/1")
        assert answer.status_code == 405
        assert "read, not written" in answer.text


def test_a_story_that_was_taken_down_is_gone_with_its_reason_and_from_every_list(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browse(tmp_path_factory.mktemp("hidden")) as (client, db):
        assert "Minister denies" in client.get("/").text
        with db.begin() as tx:
            views.hide(tx, 1, reason="court order <b>12</b>", by="test", now=NOW)
        for path in (
            "/stories/1",
            "/stories/1/versions/1",
            "/stories/1/diff/1..2",
            "/stories/1/diff/1..3",
            "/stories/1/compare?a=1&b=2",
            "/stories/1/feed.atom",
            "/stories/1/evidence/1..2.zip",
            "/stories/1.json",
            "/stories/1/versions/1.json",
            "/stories/1/diff/1..2.json",
        ):
            answer = client.get(path)
            assert answer.status_code == 410, path
            assert "court order" in answer.text, path
            assert "Minister" not in answer.text, path
        for path in ("/", "/?q=minister", "/stories.json", "/feed.atom", "/feeds"):
            answer = client.get(path)
            assert "Minister denies" not in answer.text, path
            assert "Marlow Herald" not in answer.text, path
        with db.begin() as tx:
            assert views.unhide(tx, 1)
        assert client.get("/stories/1").status_code == 200


def test_an_empty_site_says_how_to_begin(tmp_path_factory: pytest.TempPathFactory) -> None:
    with browse(tmp_path_factory.mktemp("empty"), filled=False) as (client, _):
        assert "stet add" in client.get("/").text
        assert client.get("/feed.atom").status_code == 200


def test_below_a_path_of_a_reverse_proxy_every_link_keeps_the_path(tmp_path_factory: pytest.TempPathFactory) -> None:
    with browse(tmp_path_factory.mktemp("root"), base_url="https://paper.example/stet/") as (client, _):
        for path in ("/stories/1", "/stet/stories/1"):
            answer = client.get(path)
            assert answer.status_code == 200
            for tag, attributes in Elements(answer.text).found:
                target = attributes.get("href") or attributes.get("action") or ""
                if target.startswith("/"):
                    assert target.startswith("/stet/"), (tag, target)
        assert client.get("/stories/1/compare?a=1&b=2").headers["location"] == "/stet/stories/1/diff/1..2"
        assert "https://paper.example/stet/stories/1/diff/1..2" in client.get("/feed.atom").text
