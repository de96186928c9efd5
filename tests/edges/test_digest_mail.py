"""The digest as a mail: order, sizes, corrections that are never cut, its links and its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core import tokens
from bot.core.digest import Digest, to_json
from bot.render.digest import digest_letter, html, text, view
from bot.render.email import MAX_HTML, MAX_TEXT
from bot.render.letter import Letter
from tests.edges.mail_letters import DESK, a_day, quiet_week
from tests.edges.mail_samples import LETTERHEAD


def made(digest: Digest) -> Letter:
    return digest_letter({"digest": to_json(digest)}, recipient=DESK, letterhead=LETTERHEAD)


def test_sections_come_in_their_order_in_both_forms() -> None:
    titles = ["Corrections", "Deleted", "Headlines", "Significant", "Changed and changed back", "Smaller", "Trouble"]
    letter = made(a_day())
    for said in (letter.html, letter.text):
        places = [said.lower().index(title.lower(), said.index("Europe/London")) for title in [*titles, "Numbers"]]
        assert places == sorted(places)


def test_the_subject_counts_and_a_quiet_one_says_so() -> None:
    assert (
        made(a_day()).subject
        == "[Stet] Tue 24 Nov: 2 corrections, 1 story gone, 2 headlines, 33 other changes, 1 changed back"
    )
    assert made(quiet_week()).subject == "[Stet] Tue 24 Nov: all quiet"


def test_corrections_are_never_cut_however_many_there_are() -> None:
    day = a_day()
    many = tuple(replace(day.corrections[0], watch_id=n, headline=f"Corrected story {n}.") for n in range(100))
    full = replace(
        day,
        corrections=many,
        headlines=tuple(replace(day.headlines[0], watch_id=n) for n in range(300)),
        minor=tuple(replace(day.minor[0], watch_id=n) for n in range(2000)),
    )
    letter = made(full)
    assert len(letter.html.encode()) <= MAX_HTML
    assert len(letter.text.encode()) <= MAX_TEXT
    for n in range(100):
        assert f"Corrected story {n}." in letter.html
        assert f"Corrected story {n}." in letter.text
    assert "and 2000 more" in letter.html


def test_its_name_comes_from_rule_date_and_recipient_and_its_page_can_be_verified() -> None:
    letter = made(a_day())
    assert letter.identity == "digest.world.2026-11-24"
    assert letter.thread is None
    token = letter.text.split("/digests/2026-11-24?d=", 1)[1].split()[0]
    assert tokens.unpack(LETTERHEAD.secret_key, "digest", token) == (f"email:{DESK}", "world")


def test_a_digest_of_several_days_says_so() -> None:
    late = replace(a_day(), days=3)
    assert view(late).covers == "Covers 3 days, because no digest went out in between."
    longer = replace(late, days=20, listed_from=late.start + timedelta(hours=2))
    assert "20 days" in view(longer).covers


def test_hostile_words_are_inert() -> None:
    day = a_day()
    evil = "<script>alert(1)</script>"
    hostile = replace(
        day,
        corrections=(replace(day.corrections[0], headline=evil, outlet=evil, notes=(evil,), remark=evil),),
        trouble=(replace(day.trouble[0], subject=evil, what=evil),),
        headlines=(replace(day.headlines[0], url="javascript:alert(1)"),),
    )
    page = html(hostile)
    assert "<script" not in page
    assert "javascript:" not in page
    assert evil in text(hostile)
