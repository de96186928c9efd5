"""Stories whose words are templates, markup, mentions, headers and terminal controls, told by the shipped service.

Every output is read back with a reader of its own kind: the words are there as words, and nothing of them was obeyed.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Any

import httpx
import pytest
from lxml import etree
from lxml import html as lxml_html

from tests.acceptance.pages import PARAGRAPHS, article
from tests.acceptance.rig import CHANNEL, RECIPIENT, Rig, wait_for

pytestmark = pytest.mark.slow

PAYLOADS = {
    "jinja": "{{ 1337*1337 }}{% set x = 1 %}{# gone #}{{ self.__init__.__globals__ }}",
    "other templates": "${1337*1337} #{1337*1337} <%= 1337*1337 %> {0.__class__} {headline} %(headline)s %s %n",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)><b>bold</b>&lt;i&gt;",
    "leaving an attribute": "\"' onmouseover=alert(3) x=\"'><svg/onload=alert(4)>",
    "leaving a comment": "--><!-- ]]> <![CDATA[ x ]]> <?php echo 1337*1337 ?>",
    "mentions": "<!channel> <!here|x> <@U0ALICE00> <#C0NEWS0000> <https://quay.example|click> @channel",
    "marks of mail": "=?UTF-8?Q?=0ABcc=3A_eve@paper.example?= x%0d%0aBcc: eve@paper.example",
    "marks of a terminal": "[red]red[/red] [link=https://quay.example]x[/link] *bold* _it_ ~no~ `code`",
    "direction": "\u202edesrever\u202c \u2066isolated\u2069 zero\u200bwidth",
    "a formula": '=HYPERLINK("https://quay.example","x") @SUM(1+1)',
}
COMPUTED = "1787569"
"""1337 times 1337."""
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Case:
    """One story: its address and the words that its texts hold."""

    number: int
    payload: str

    @property
    def path(self) -> str:
        return f"/{self.number}"

    @property
    def marker(self) -> str:
        return f"Marlow{self.number:02}"

    def page(self, hour: int) -> str:
        people = 14 + self.number * 11 + hour * (3 + self.number)
        moved = f"At least {people} people were moved, {self.payload} said {self.marker}body in a statement."
        return article(headline=f"{self.marker} {self.payload}", paragraphs=(PARAGRAPHS[0], moved, *PARAGRAPHS[2:]))


CASES = [Case(number, payload) for number, payload in enumerate(PAYLOADS.values(), start=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The world after every change was told, the pages that the web view shows, and what the terminal printed."""

    rig: Rig
    pages: dict[str, bytes]
    printed: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Every story was edited, and every channel has told it; with the pages that the web view shows."""
    with Rig(tmp_path_factory.mktemp("hostile")) as rig:
        text = rig.config.read_text(encoding="utf-8")
        rig.config.write_text(text.replace("[email]\n", "[email]\nhourly_limit = 1000\n"), encoding="utf-8")
        addresses = rig.folder / "stories.txt"
        addresses.write_text("\n".join(rig.site.url(case.path) for case in CASES), encoding="utf-8")
        rig.stet("import", str(addresses))
        for hour in (1, 2):
            for case in CASES:
                rig.site.page(case.path, case.page(hour))
            if hour == 1:
                rig.stet("check", "--all")
        printed = rig.stet("check", "--all").stdout
        pages: dict[str, bytes] = {}
        address = f"http://127.0.0.1:{rig.web_port}"
        with rig.service(), httpx.Client(base_url=address, trust_env=False) as client:
            wait_for(lambda: answers(client), "the pages")
            for case in CASES:
                story = f"/stories/{case.number}"
                for path in (f"{story}/diff/1..2", story, f"{story}/feed.atom", "/", "/feed.atom"):
                    pages[path] = client.get(path).raise_for_status().content
        yield Told(rig=rig, pages=pages, printed=printed)


def answers(client: httpx.Client) -> bool:
    """Whether the web view is up."""
    try:
        return client.get("/healthz").is_success
    except httpx.TransportError:
        return False


def squeezed(text: str) -> str:
    """Without any white space or invisible letter: outputs break lines, and readers are not to care."""
    return re.sub(r"[\s\u200b]+", "", BIDI.sub("", text))


def assert_whole(text: str, case: Case) -> None:
    """The words are there as words."""
    assert squeezed(case.payload) in squeezed(text), case.payload
    assert COMPUTED not in text
    assert not BIDI.search(text)


def assert_inert(markup: bytes | str) -> str:
    """Nothing of it became markup that does something. Returns the text that is to be read."""
    tree = lxml_html.document_fromstring(markup)
    assert not tree.xpath("//script | //img[@onerror] | //svg[@onload] | //iframe | //object | //base")
    assert not [name for node in tree.iter() for name in node.attrib if str(name).lower().startswith("on")]
    for address in tree.xpath("//@href | //@src | //@action"):
        assert str(address).startswith(("http://127.0.0.1", "/", "#", "mailto:", "?")), address
    assert not tree.xpath("//b[text()='bold']")
    return str(tree.text_content())


@pytest.mark.parametrize("case", CASES, ids=list(PAYLOADS))
def test_a_page_of_ours_shows_the_words_and_obeys_none(told: Told, case: Case) -> None:
    assert_whole(assert_inert(told.pages[f"/stories/{case.number}/diff/1..2"]), case)
    assert_whole(assert_inert(told.pages[f"/stories/{case.number}"]), case)
    assert_whole(assert_inert(told.pages["/"]), case)


@pytest.mark.parametrize("case", CASES, ids=list(PAYLOADS))
def test_a_feed_shows_the_words_and_obeys_none(told: Told, case: Case) -> None:
    for path in (f"/stories/{case.number}/feed.atom", "/feed.atom"):
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        feed = etree.fromstring(told.pages[path], parser)
        atom = "{http://www.w3.org/2005/Atom}"
        entries = [one for one in feed.iter(f"{atom}entry") if case.marker in "".join(one.itertext())]
        assert entries, path
        assert {str(node.tag) for node in feed.iter()} <= {atom + name for name in ATOM}
        content = entries[0].findtext(f"{atom}content")
        assert content
        assert_whole(assert_inert(content), case)
        title = entries[0].find(f"{atom}title")
        assert title is not None
        words = "".join(title.itertext())
        assert_whole(assert_inert(words) if title.get("type") == "html" else words, case)


ATOM = frozenset(
    "feed entry title subtitle id updated published link author name uri category content summary icon "
    "generator".split()
)


@pytest.mark.parametrize("case", CASES, ids=list(PAYLOADS))
def test_a_mail_shows_the_words_and_obeys_none(told: Told, case: Case) -> None:
    found = [one for one in told.rig.mail.accepted if case.marker.encode() in one.content.replace(b"=\r\n", b"")]
    (taken,) = [one for one in found if case.marker + "body" in plain_text(one.content)]
    assert taken.recipients == [RECIPIENT]
    mail = read(taken.content)
    assert mail["Bcc"] is None and mail["Cc"] is None
    assert mail.get_all("To") == [RECIPIENT] and len(mail.get_all("Subject") or ()) == 1
    assert case.marker in str(mail["Subject"]) and "\n" not in str(mail["Subject"])
    assert_whole(plain_text(taken.content), case)
    part = mail.get_body(preferencelist=("html",))
    assert part is not None
    assert_whole(assert_inert(part.get_content()), case)


def read(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def plain_text(content: bytes) -> str:
    part = read(content).get_body(preferencelist=("plain",))
    return str(part.get_content()) if part is not None else ""


@pytest.mark.parametrize("case", CASES, ids=list(PAYLOADS))
def test_slack_shows_the_words_and_obeys_none(told: Told, case: Case) -> None:
    posts = told.rig.slack.posted(CHANNEL)
    (posted,) = [one for one in posts if one["metadata"]["event_payload"]["watch_id"] == case.number]
    assert told.rig.slack.violations == []
    shown = []
    for node in walk(posted):
        if node.get("type") == "mrkdwn" or ("blocks" in node and "text" in node):
            text = str(node["text"])
            assert not re.search(r"<(?!https?://127\.0\.0\.1|!date\^)", text), text
            shown.append(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        elif node.get("type") in ("text", "plain_text"):
            shown.append(str(node["text"]))
        assert node.get("type") not in ("user", "usergroup", "broadcast", "channel"), node
    assert_whole("".join(shown), case)


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every object within."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


@pytest.mark.parametrize("case", CASES, ids=list(PAYLOADS))
def test_the_terminal_shows_the_words_and_obeys_none(told: Told, case: Case) -> None:
    printed = told.printed
    assert "\x1b" not in printed and "\x07" not in printed
    end = printed.index(f"/stories/{case.number}/diff/1..2")
    begin = printed.rindex("TEXT CHANGED", 0, end)
    assert_whole(printed[begin:end], case)


def test_the_payloads_came_as_they_are_in_the_page() -> None:
    for case in CASES:
        assert escape(case.payload) in case.page(1)
