"""Alert mails: headers that survive, threads, sizes, hostile text, and what stands in them."""

from __future__ import annotations

import base64
import email
import email.header
import email.policy
import itertools
import quopri
import random
import re
import shutil
import subprocess
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.core import tokens
from bot.core.comparison import Comparison, Finding, Link, Severity
from bot.core.model import AlertKind
from bot.core.story import Block, Story
from bot.render.email import MAX_HTML, MAX_TEXT, PREHEADER, contents, folded_letter, letter, mail, preheader
from bot.render.letter import POLICY, Letter, Letterhead, Thread, compose, story_root, wire
from bot.render.message import Message
from bot.render.phrases import shorten
from tests.edges.mail_samples import LETTERHEAD, NOW, alert, correction, edit, message, notice, rewritten

DESK = "desk@paper.example"
WORDS = (
    "Minister said £40,000 “quoted” café naïve Zürich Ångström Привет мир 東京 大阪 مرحبا بالعالم שלום 🇺🇦 👩‍👩‍👧‍👦 🚨 "
    'e\u0301clair co\u0302te\u0301 a,b; c:d <tag> "quote" (paren) it\'s 100% = ? _under_ .dot @at =?fake?= plain words '
    "Donaudampfschifffahrtsgesellschaftskapitän supercalifragilisticexpialidocious ไทย हिन्दी"
).split()


def raw_headers(mail: bytes) -> dict[str, str]:
    """Headers as they stand on the wire, unfolded as RFC 5322 says and not decoded."""
    head = mail.split(b"\r\n\r\n", 1)[0].decode("ascii")
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head)
    return dict(line.split(": ", 1) for line in unfolded.split("\r\n"))


def decoded(value: str) -> str:
    """RFC 2047, written from the RFC and not from Python's library."""
    word = re.compile(r"=\?([^?]+)\?([bBqQ])\?([^?]*)\?=")
    value = re.sub(r"(\?=)[ \t]+(?==\?)", r"\1", value)

    def one(found: re.Match[str]) -> str:
        charset, kind, text = found.groups()
        raw = base64.b64decode(text) if kind in "bB" else quopri.decodestring(text.replace("_", "=20").encode())
        return raw.decode(charset)

    return word.sub(one, value)


def random_line(dice: random.Random) -> str:
    line = " ".join(dice.choices(WORDS, k=dice.randint(1, 14)))
    return line[: dice.randint(1, 120)].strip() or "x"


def plain_letter(**more: object) -> Letter:
    values = {"recipient": DESK, "identity": "alert.x1", "subject": "Subject", "text": "Text.", "html": "<p>Text.</p>"}
    return Letter(**(values | {"rule": "world"} | more))  # type: ignore[arg-type]


def test_3000_random_subjects_and_names_survive_two_independent_decoders() -> None:
    dice = random.Random(20261124)
    for _ in range(3000):
        subject, name = random_line(dice), random_line(dice)
        sent = wire(compose(plain_letter(subject=subject), replace(LETTERHEAD, sender_name=name), NOW))
        headers = raw_headers(sent)
        assert decoded(headers["Subject"]) == subject
        assert str(email.header.make_header(email.header.decode_header(headers["Subject"]))) == subject
        shown, address = parseaddr(headers["From"])
        assert (decoded(shown), address) == (name, LETTERHEAD.sender)
        assert_lines_are_short(sent)


def assert_lines_are_short(sent: bytes) -> None:
    for line in sent.split(b"\r\n"):
        assert b"\n" not in line
        assert len(line) <= 998
        for word in re.findall(rb"=\?[^ ]*\?=", line) if line.isascii() else []:
            assert len(word) <= 75
    for line in sent.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
        assert len(line) <= 78 or line.strip().count(b" ") <= 1  # one long token cannot be folded


@pytest.mark.skipif(shutil.which("perl") is None, reason="perl is not installed")
def test_perl_reads_the_same_subjects(tmp_path: Path) -> None:
    dice = random.Random(7)
    subjects = [random_line(dice) for _ in range(300)]
    folded = [POLICY.fold("Subject", POLICY.header_factory("Subject", subject)) for subject in subjects]
    script = tmp_path / "decode.pl"
    script.write_text(
        "use strict; use warnings; use Encode; binmode STDOUT, ':utf8'; local $/ = \"\\0\";\n"
        "while (<STDIN>) { chomp; s/^Subject: //; s/\\r\\n(?=[ \\t])//g; s/\\r\\n$//;\n"
        "print decode('MIME-Header', $_), \"\\0\"; }\n"
    )
    done = subprocess.run(
        ["perl", str(script)], input="\0".join(folded).encode(), capture_output=True, check=False, timeout=60
    )
    if done.returncode:
        pytest.skip("perl has no Encode::MIME::Header")
    assert done.stdout.decode().split("\0")[: len(subjects)] == subjects


HOSTILE = [
    "A headline\r\nBcc: everyone@paper.example\r\n\r\nwith a body",
    "Controls \x00\x07\x1b[2J\x85\u2028\u2029 inside",
    "Very long " + "headline " * 50,
    "x" * 400,
    "🚨🇺🇦 Breaking 👩‍👩‍👧‍👦 " * 30,
    "שלום עולם مرحبا بالعالم \u202e evil \u2066 isolate",
    "=?utf-8?q?looks_encoded?= but is not",
    "lone surrogate \ud800 here",
    "",
    "   ",
]


@pytest.mark.parametrize("headline", HOSTILE)
def test_a_hostile_headline_makes_a_good_mail(headline: str) -> None:
    said = correction()
    assert said.new is not None
    said = replace(said, new=replace(said.new, headline=headline))
    sent = wire(mail(said, recipient=DESK, letterhead=LETTERHEAD, now=NOW))
    assert_lines_are_short(sent)
    assert sent.isascii()
    read = email.message_from_bytes(sent, policy=email.policy.default)
    assert read.defects == []
    assert read["Bcc"] is None
    subject = decoded(raw_headers(sent)["Subject"])
    assert len(subject) <= 78
    assert subject.startswith("[Stet] Harbour Times:")
    assert not re.search(r"[\x00-\x1f\u202a-\u202e\u2066-\u2069]", subject)
    assert "£14,000" in body(read, "plain")


def body(read: email.message.Message, kind: str) -> str:
    assert isinstance(read, EmailMessage)
    part = read.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def parsed(said: Message, **more: object) -> EmailMessage:
    values = {"recipient": DESK, "letterhead": LETTERHEAD, "now": NOW}
    sent = wire(mail(said, **(values | more)))  # type: ignore[arg-type]
    read = email.message_from_bytes(sent, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def test_a_mail_has_the_headers_of_a_good_citizen() -> None:
    sent = wire(mail(correction(), recipient=DESK, letterhead=LETTERHEAD, now=NOW))
    headers = raw_headers(sent)
    assert headers["From"] == "Stet <stet@paper.example>"
    assert headers["To"] == DESK
    assert headers["Reply-To"] == "standards@paper.example"
    assert headers["Date"] == "Tue, 24 Nov 2026 14:03:00 +0000"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert headers["List-Id"] == "Stet: world <world.stet.paper.example>"
    assert headers["Feedback-ID"] == "alert:world:stet:stet"
    assert headers["X-Stet-Kind"] == "correction"
    assert headers["X-Stet-Significance"] == "critical"
    assert headers["X-Stet-Source"] == "Harbour Times"
    assert "Precedence" not in headers
    read = email.message_from_bytes(sent, policy=email.policy.default)
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert {part["Content-Transfer-Encoding"] for part in read.iter_parts()} == {"quoted-printable"}


def test_a_long_unsubscribe_address_is_neither_encoded_nor_broken() -> None:
    long = replace(LETTERHEAD, base_url="https://stet." + "very-long-label." * 12 + "paper.example/some/path")
    sent = wire(mail(correction(route="w" * 60), recipient=DESK, letterhead=long, now=NOW))
    value = raw_headers(sent)["List-Unsubscribe"]
    assert "=?" not in value
    page, post = re.fullmatch(r"<(https://[^> ]+)>, <(mailto:[^> ]+)>", value).groups()  # type: ignore[union-attr]
    token = page.rsplit("/", 1)[1]
    assert tokens.read_unsubscribe(LETTERHEAD.secret_key, token) == (DESK, "w" * 60)
    assert post.startswith("mailto:standards@paper.example?subject=unsubscribe")


@pytest.mark.parametrize(
    ("base_url", "page", "one_click"),
    [("https://stet.paper.example", True, True), ("http://stet.local", True, False), ("", False, False)],
)
def test_one_click_is_promised_only_where_an_https_page_can_keep_it(base_url: str, page: bool, one_click: bool) -> None:
    headers = raw_headers(
        wire(mail(correction(), recipient=DESK, letterhead=replace(LETTERHEAD, base_url=base_url), now=NOW))
    )
    assert ("http" in headers["List-Unsubscribe"]) is page
    assert headers.get("List-Unsubscribe-Post") == ("List-Unsubscribe=One-Click" if one_click else None)


def test_a_token_of_another_recipient_secret_or_purpose_is_refused() -> None:
    token = tokens.unsubscribe("secret", DESK, "world")
    assert tokens.read_unsubscribe("secret", token) == (DESK, "world")
    assert tokens.read_unsubscribe("other", token) is None
    assert tokens.read_unsubscribe("", token) is None
    assert tokens.unpack("secret", "digest", token) is None
    head, signature = token.split(".")
    forged = base64.urlsafe_b64encode(b'["boss@paper.example","world"]').rstrip(b"=").decode()
    for stranger in (f"{forged}.{signature}", head, f"{head}.", f"{token}x", "", ".", "ü.ü", "a.b.c"):
        assert tokens.read_unsubscribe("secret", stranger) is None


def test_the_message_id_comes_from_alert_and_recipient_and_never_from_chance() -> None:
    one = parsed(correction())
    assert one["Message-ID"] == parsed(correction())["Message-ID"]
    assert wire(mail(correction(), recipient=DESK, letterhead=LETTERHEAD, now=NOW)) == wire(
        mail(correction(), recipient=DESK, letterhead=LETTERHEAD, now=NOW)
    )
    assert one["Message-ID"] != parsed(correction(), recipient="other@paper.example")["Message-ID"]
    assert one["Message-ID"] != parsed(correction(public_id="zz99"))["Message-ID"]
    assert one["Message-ID"].endswith("@paper.example>")
    assert DESK not in one["Message-ID"]
    odd = parsed(correction(public_id="ü <b> " * 20))["Message-ID"]
    assert re.fullmatch(r"<[A-Za-z0-9._-]+@paper\.example>", odd)


def story_mails(watch_id: int, number: int, recipient: str = DESK) -> list[bytes]:
    """The mails about one story, the first of them being the root."""
    root = story_root(LETTERHEAD, watch_id, recipient)
    out = []
    for n in range(number):
        said = correction(watch_id=watch_id, public_id=f"s{watch_id}n{n}", outlet=f"Outlet {n}")
        thread = Thread(root=root, subject=f"[Stet] Story {watch_id} at first sight", first=n == 0)
        out.append(wire(mail(said, recipient=recipient, letterhead=LETTERHEAD, now=NOW, thread=thread)))
    return out


def threads(mails: list[bytes]) -> int:
    """How many conversations a mail program sees: mails joined by the identifiers they name."""
    parents: dict[str, str] = {}

    def top(name: str) -> str:
        while parents.setdefault(name, name) != name:
            name = parents[name]
        return name

    seen = []
    for raw in mails:
        headers = raw_headers(raw)
        names = re.findall(r"<[^<>]+>", headers["Message-ID"] + headers.get("References", ""))
        names += re.findall(r"<[^<>]+>", headers.get("In-Reply-To", ""))
        for name in names[1:]:
            parents[top(name)] = top(names[0])
        seen.append(names[0])
    return len({top(name) for name in seen})


def test_a_story_is_one_thread_in_any_order_of_arrival_and_without_its_first_mail() -> None:
    mails = story_mails(1, 3)
    for order in itertools.permutations(mails):
        assert threads(list(order)) == 1
    assert threads(mails[1:]) == 1
    assert threads(mails + story_mails(2, 3) + story_mails(3, 2)) == 3
    assert threads(mails + story_mails(1, 3, recipient="other@paper.example")) == 2


def test_a_thread_keeps_its_first_subject_and_the_head_of_its_index() -> None:
    read = [raw_headers(raw) for raw in story_mails(1, 3)]
    assert [decoded(headers["Subject"]) for headers in read] == [
        "[Stet] Story 1 at first sight",
        "Re: [Stet] Story 1 at first sight",
        "Re: [Stet] Story 1 at first sight",
    ]
    assert {headers["Thread-Topic"] for headers in read} == {"[Stet] Story 1 at first sight"}
    index = [base64.b64decode(headers["Thread-Index"]) for headers in read]
    assert [len(one) for one in index] == [22, 27, 27]
    assert len({one[:22] for one in index}) == 1
    assert len(set(index)) == 3


@pytest.mark.skipif(shutil.which("notmuch") is None, reason="notmuch is not installed")
def test_notmuch_counts_one_thread_a_story(tmp_path: Path) -> None:
    box = tmp_path / "mail"
    for folder in ("cur", "new", "tmp"):
        (box / folder).mkdir(parents=True)
    mails = [*story_mails(1, 4)[1:], *story_mails(2, 3), *story_mails(3, 2)]
    random.Random(1).shuffle(mails)
    for number, raw in enumerate(mails):
        (box / "cur" / f"{number}:2,").write_bytes(raw)
    config = tmp_path / "config"
    config.write_text(f"[database]\npath={box}\n[user]\nname=Test\nprimary_email=test@paper.example\n")
    run = {"env": {"NOTMUCH_CONFIG": str(config), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, "timeout": 60}
    subprocess.run(["notmuch", "new", "--quiet"], check=True, capture_output=True, **run)  # type: ignore[call-overload]
    done = subprocess.run(
        ["notmuch", "count", "--output=threads", "*"], check=True, capture_output=True, text=True, **run
    )  # type: ignore[call-overload]
    assert done.stdout.strip() == "3"


def test_text_and_html_show_the_same_passages_as_was_and_now() -> None:
    read = parsed(correction())
    text, html = body(read, "plain"), body(read, "html")
    assert "− Was: The donation of [-£40,000-] was declared in 2023." in text
    assert "+ Now: The donation of {+£14,000+} was declared in 2023." in text
    seen = Words(html).text
    assert "− Was: The donation of £40,000 was declared in 2023." in seen
    assert "+ Now: The donation of £14,000 was declared in 2023." in seen
    assert ">£40,000</span></del>" in html
    assert ">£14,000</span></ins>" in html
    for said in ("Correction added", "Harbour Times", "version 1 → 2", "14:02 GMT (Europe/London)", "19 words added"):
        assert said in seen
    assert "seen Tue 24 Nov 2026, 14:02 GMT (Europe/London)" in " ".join(text.split())
    assert text.index("Headline") < text.index("New note (3)") < text.index("Paragraph 1")


class Words(HTMLParser):
    """The visible text and the elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._out: list[str] = []
        self._skip = 0
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join("".join(self._out).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self._skip += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._skip -= tag in ("style", "title")
        self._out.append("" if tag in ("span", "del", "ins", "a", "strong") else " ")

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self._out.append(data)


def test_the_html_needs_no_image_no_network_and_no_colour() -> None:
    page = Words(body(parsed(correction()), "html"))
    tags = [tag for tag, _ in page.elements]
    assert not {"img", "script", "link", "iframe", "object", "form", "svg", "video"} & set(tags)
    assert tags.count("h1") == 1
    assert all(found.get("role") == "presentation" for tag, found in page.elements if tag == "table")
    assert dict(page.elements)["html"] == {"lang": "en"}
    for tag, found in page.elements:
        assert "src" not in found and "background" not in found, tag
        assert "url(" not in (found.get("style") or "")
        if tag == "a":
            assert (found["href"] or "").startswith(("https://", "http://"))


def test_tints_are_light_enough_for_forced_dark_mode_and_dark_text_stands_out_on_them() -> None:
    page = Words(body(parsed(correction()), "html"))
    seen = 0
    for _, found in page.elements:
        style = dict(part.strip().split(":", 1) for part in (found.get("style") or "").split(";") if ":" in part)
        style = {key.strip(): value.strip() for key, value in style.items()}
        ground = style.get("background-color")
        if ground is None:
            continue
        red, green, blue = (int(ground[place : place + 2], 16) for place in (1, 3, 5))
        assert 0.299 * red + 0.587 * green + 0.114 * blue >= 210
        if "color" in style:
            assert contrast(style["color"], ground) >= 4.5
            seen += 1
    assert seen >= 4


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two ``#rrggbb`` colours."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


EVIL = "<script>alert(1)</script>\"'&amp;<b>"


def test_hostile_text_in_every_field_is_inert_in_html_and_whole_in_text() -> None:
    said = correction(
        outlet=EVIL,
        desk=EVIL,
        route=EVIL,
        why=EVIL,
        old=Story(headline=EVIL, blocks=(Block(text=EVIL + " one"), Block(text="two"))),
        new=Story(headline=EVIL + "!", blocks=(Block(text=EVIL + " 1"), Block(text="two"), Block(text=EVIL))),
        links={"story": "javascript:alert(1)", "diff": 'https://x.example/"><script>', "mute": "data:text/html,x"},
    )
    assert said.comparison is not None
    evil = Finding(kind="para_edited", severity=Severity.MAJOR, rule="X", field="body", explanation=EVIL)
    said = replace(said, findings=(evil,), comparison=replace(said.comparison, summary=EVIL))
    read = parsed(said)
    html = body(read, "html")
    page = Words(html)
    assert "script" not in [tag for tag, _ in page.elements]
    assert "<script" not in html
    assert "&amp;amp;" in html
    assert EVIL in body(read, "plain").replace("\n", " ")
    addresses = [found.get("href") for tag, found in page.elements if tag == "a"]
    assert not [address for address in addresses if address and not address.startswith(("http://", "https://"))]


def test_a_rewritten_story_of_5000_words_stays_below_the_limit_and_counts_what_is_left_out() -> None:
    for said in (rewritten(200, 25), rewritten(1000, 50)):
        read = parsed(said)
        html, text = body(read, "html"), body(read, "plain")
        assert len(html.encode()) <= MAX_HTML
        assert len(text.encode()) <= MAX_TEXT
        assert len(html.encode()) > MAX_HTML // 2
        shown = Words(html).text.count("+ Now:")
        left = re.search(r"and ([\d,]+) more change", html)
        assert left is not None
        assert shown + int(left[1].replace(",", "")) == len(said.changed_rows)
        assert "Unsubscribe" in html
        assert_lines_are_short(wire(mail(said, recipient=DESK, letterhead=LETTERHEAD, now=NOW)))


def test_a_single_huge_paragraph_is_cut_around_its_changes() -> None:
    before = "word " * 4000 + "forty thousand " + "tail " * 4000
    after = before.replace("forty thousand", "fourteen thousand")
    edits = (
        edit("equal", "word " * 4000),
        edit("replace", "forty", "fourteen"),
        edit("equal", " thousand " + "tail " * 4000),
    )
    said = message(
        Story(headline="H", blocks=(Block(text=before),)),
        Story(headline="H", blocks=(Block(text=after),)),
        Comparison(
            status="changed",
            severity=Severity.MAJOR,
            links=(Link(old=(1,), new=(1,), relation="edited", score=0.9, edits=edits),),
        ),
    )
    text = body(parsed(said), "plain")
    assert "[-forty-] thousand" in text
    assert "{+fourteen+} thousand" in text
    assert len(text) < 3_000


def test_the_preheader_says_what_changed_in_few_words() -> None:
    said = preheader(correction())
    assert said.startswith("Correction added: ")
    assert len(said) <= PREHEADER
    figure = Finding(
        kind="figure_changed", severity=Severity.MAJOR, rule="F", field="body", before="12 dead", after="19 dead"
    )
    assert preheader(correction(findings=(figure,))).endswith("12 dead becomes 19 dead")


def test_a_story_that_is_gone_shows_its_last_words() -> None:
    said = correction()
    gone = replace(
        said,
        kind=AlertKind.GONE,
        comparison=None,
        findings=(),
        old=None,
        title="Story gone",
        lines=("HTTP 410, twice.",),
    )
    read = parsed(gone)
    assert "Its last text" in body(read, "plain")
    assert "The donation of £14,000" in body(read, "plain")
    assert "HTTP 410, twice." in body(read, "html")


def test_a_notice_stands_alone_and_says_its_lines() -> None:
    read = parsed(notice("Alerts to #world are waiting", "The token was revoked.", "See: stet doctor"))
    assert read["References"] is None
    assert "See: stet doctor" in body(read, "plain")
    assert read["Feedback-ID"].startswith("notice:operators")


def test_a_catch_up_lists_its_stories_with_their_links() -> None:
    stories = [
        {"headline": "Bridge closed", "words": "Headline changed", "url": "https://stet.paper.example/stories/1"},
        {"headline": "<b>Evil</b>", "words": "", "url": "javascript:alert(1)"},
    ]
    said = notice("While it was quiet", kind=AlertKind.CATCH_UP, payload={"stories": stories})
    read = parsed(said)
    assert 'href="https://stet.paper.example/stories/1"' in body(read, "html")
    assert "javascript:" not in body(read, "html")
    assert "&lt;b&gt;Evil" in body(read, "html")
    assert "* Bridge closed: Headline changed\n  https://stet.paper.example/stories/1" in body(read, "plain")


def test_a_folded_mail_lists_every_change_gravest_first() -> None:
    messages = [correction(public_id=f"p{n}", watch_id=n, severity=Severity(n % 5)) for n in range(200)]
    messages = [
        replace(said, new=replace(said.new, headline=f"Headline number {n}."))
        for n, said in enumerate(messages)
        if said.new
    ]
    alerts = [alert(said, number=n) for n, said in enumerate(messages)]
    made = folded_letter(messages, alerts, recipient=DESK, letterhead=LETTERHEAD)
    assert len(made.html.encode()) <= MAX_HTML
    assert len(made.text.encode()) <= MAX_TEXT
    for n in range(200):
        assert f"Headline number {n}." in made.html
        assert f"Headline number {n}." in made.text
    assert made.identity == folded_letter(messages, alerts[:1], recipient=DESK, letterhead=LETTERHEAD).identity
    few = folded_letter(messages[:3], alerts[:3], recipient=DESK, letterhead=LETTERHEAD)
    assert few.subject == "[Stet] 3 changes in stories you follow"
    assert "£14,000" in few.text


def test_a_recipient_that_is_no_address_is_refused() -> None:
    for wrong in ("nobody", "", "@paper.example", "a@b\r\nBcc: x@y.example", "a@"):
        with pytest.raises(ValueError, match=r"no mail address|invalid"):
            mail(correction(), recipient=wrong, letterhead=LETTERHEAD, now=NOW)


def test_an_international_domain_is_written_in_ascii() -> None:
    read = parsed(
        correction(), recipient="redaktion@zürich.example", letterhead=replace(LETTERHEAD, domain="bücher.example")
    )
    assert read["To"] == "redaktion@xn--zrich-kva.example"
    assert read["Message-ID"].endswith("@xn--bcher-kva.example>")


def test_shortening_never_cuts_a_letter_from_its_accent_or_an_emoji_in_two() -> None:
    family = "👩‍👩‍👧‍👦"
    for limit in range(2, 40):
        for text in (family * 6, "e\u0301" * 30, "🇺🇦" * 20, "👍🏽" * 15):
            cut = shorten(text, limit)
            assert len(cut) <= limit
            if cut == text:
                continue
            left = cut[:-1]
            rest = text[len(left) :]
            assert not rest or not (rest[0] in "\u0301\u200d\U0001f3fd" or left.endswith("\u200d"))


def test_without_pages_of_our_own_the_mail_still_says_everything() -> None:
    alone = Letterhead(sender="stet@paper.example")
    values = contents(correction(links={}), recipient=DESK, letterhead=alone)
    assert values["main_link"] is None
    made = letter(rewritten(300), recipient=DESK, letterhead=alone)
    assert "Was" in made.html
    offline = letter(replace(rewritten(300), links={}), recipient=DESK, letterhead=alone)
    assert "not shown in this mail" in offline.html
