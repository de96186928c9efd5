"""A small site with stories for the tests of pages: a correction, a storm, hostile words, another script, trouble.

Everything is invented. ``fill`` writes the stories through the store and the comparator, as the bot would; ``site``
serves them on a free port of loopback.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.core.compare import compare
from bot.core.model import Health, Watch, WatchState
from bot.core.story import Block, BlockKind, Story, fingerprint
from bot.store import changes, versions, watches
from bot.store.database import Database, Tx
from bot.web import Server, Services, WebSettings, serve

NOW = datetime(2026, 11, 24, 14, 40, tzinfo=UTC)
SECRET = "a-secret-for-tests-only"
HOSTILE = '<script>alert("x")</script>'
EVIL = f"{HOSTILE} & <!channel> \u202edesrever\u202c {{{{ 7*7 }}}} javascript:alert(1) <img src=x onerror=alert(2)>"


def block(text: str, kind: BlockKind = BlockKind.PARAGRAPH) -> Block:
    """One block."""
    return Block(text=text, kind=kind)


_MONEY = (
    "The housing secretary, Tom Weller, has denied receiving £40,000 from a developer whose scheme he approved.",
    "“I have declared every penny in full and on time,” Mr Weller told reporters outside the department on Tuesday.",
    "The donation, made in March 2023, was recorded in the register of members’ interests, his office said.",
    "Documents seen by the Herald show that Fairacre Homes met Mr Weller twice in the weeks before the decision.",
    "Fairacre said it had “never sought nor received any advantage”. The company employs 300 people in the county.",
    "The scheme, for 420 homes on the edge of Marlow Fen, was refused by the council and approved on appeal last June.",
    "Campaigners had argued that the land floods every other winter.",
    "Mr Weller allegedly overruled his own officials, who had advised against it.",
    "A spokesman for the department said all decisions were taken on their merits.",
    "The council’s leader, Ruth Amos, said she was “deeply troubled” by the reports.",
    "Residents plan to hold a public meeting on Friday at the village hall.",
    "An earlier application was withdrawn in 2019 after 900 objections from people living near the site.",
    "The nearest rail station is four miles away, at Dunmere, and the road to it is narrow and unlit.",
    "Two bus services that served the village were withdrawn in the spring, and none has replaced them since.",
    "The county’s own planners had warned in 2020 that the sewers could not take another 400 homes.",
    "Opposition MPs have called for an inquiry into the affair.",
    "Mr Weller has been housing secretary since the reshuffle in September.",
    "He represents a neighbouring constituency, which he won by 2,014 votes.",
    "The appeal was decided without a public hearing, which is unusual for a scheme of this size.",
)
NOTE = "Correction: an earlier version of this story gave the sum as £40,000. It was £14,000."


def money() -> tuple[Story, Story, Story]:
    """Three versions: a corrected sum, an altered quotation, a split, a move, a paragraph gone; then one more line."""
    first = Story(
        url="https://herald.example/news/donation",
        headline="Minister denies receiving £40,000 from developer",
        standfirst="Housing secretary says the money was declared “in full and on time”.",
        byline=("Ada Marsh",),
        lang="en",
        blocks=tuple(block(text) for text in _MONEY),
    )
    lines = list(first.blocks)
    sentence, rest = lines[4].text.split(". ", 1)
    lines[0] = block(lines[0].text.replace("£40,000", "£14,000"))
    lines[1] = block(lines[1].text.replace("in full and ", ""))
    lines[7] = block(lines[7].text.replace("allegedly ", ""))
    lines[8], lines[9] = lines[9], lines[8]
    lines[4:5] = [block(f"{sentence}."), block(rest)]
    lines = [line for line in lines if not line.text.startswith("Opposition")]
    second = replace(
        first,
        headline=first.headline.replace("£40,000", "£14,000"),
        byline=("Ada Marsh", "Joel Pike"),
        blocks=(*lines, block(NOTE, BlockKind.NOTE)),
    )
    third = replace(
        second, blocks=(*second.blocks[:-1], block("Police said they would not investigate."), *second.blocks[-1:])
    )
    return first, second, third


def hostile() -> tuple[Story, Story]:
    """Words that would like to be markup, and a paragraph without a space."""
    first = Story(
        headline=EVIL,
        standfirst=HOSTILE,
        byline=(HOSTILE,),
        lang='"><script>',
        blocks=(block(EVIL), block("x" * 4000), block("Nothing happens here."), block(HOSTILE, BlockKind.NOTE)),
    )
    second = replace(
        first,
        headline=f"{HOSTILE} again",
        blocks=(block(EVIL.replace("7*7", "8*8")), block("y" * 4000), block("<!-- -->")),
    )
    return first, second


def add_story(tx: Tx, url: str, texts: Sequence[Story], *, gap: timedelta = timedelta(hours=3), **given: Any) -> Watch:
    """Follow a story and store its versions, ``gap`` apart, the last one an hour ago, compared as they come."""
    begin = NOW - timedelta(hours=1) - gap * (len(texts) - 1)
    watch, _ = watches.add(tx, url=url, key=url, now=begin, next_check_at=NOW + timedelta(minutes=12), **given)
    before: Story | None = None
    for place, text in enumerate(texts):
        at = begin + place * gap
        versions.add(
            tx,
            watch.id,
            story=text,
            seen_at=at,
            recipe="r1",
            fingerprint=fingerprint(text),
            raw=f"<html><title>{text.headline}</title>{place}</html>".encode(),
            final_url=url,
            status=200,
            headers=(("content-type", "text/html; charset=utf-8"), ("etag", f'"{place}"')),
            now=at,
        )
        if before is not None:
            changes.add(tx, watch.id, place, place + 1, compare(before, text), at)
            watches.update(tx, watch.id, last_changed_at=at)
        before = text
    watches.update(tx, watch.id, last_checked_at=NOW, last_success_at=NOW)
    found = watches.get(tx, watch.id)
    assert found is not None
    return found


def fill(db: Database) -> None:
    """Six stories, numbered 1 to 6 in this order: money, storm, hostile, Arabic, failing, retired."""
    storm = [
        Story(
            headline=f"Storm Edda: {dead} dead as floods cut off coast towns",
            blocks=(block(f"At least {dead} people have died."),),
        )
        for dead in (12, 19)
    ]
    arabic = [
        Story(headline="الوزير ينفي تلقي أموال", lang="ar", blocks=(block("نفى الوزير تلقي أي أموال من المطور."),)),
        Story(headline="الوزير ينفي تلقي 14 ألف", lang="ar", blocks=(block("نفى الوزير تلقي 14 ألف جنيه من المطور."),)),
    ]
    with db.begin() as tx:
        add_story(tx, "https://herald.example/news/donation", money(), outlet="The Marlow Herald", desk="politics")
        add_story(
            tx, "https://post.example/storm", storm, outlet="Coast Post", desk="weather", gap=timedelta(minutes=41)
        )
        add_story(tx, "javascript:alert(1)", hostile(), outlet=f"{HOSTILE} Daily", desk="“evil” & co", label=HOSTILE)
        add_story(tx, "https://arabic.example/a", arabic, outlet="الصحيفة", desk="world")
        tax = Story(headline="Council tax to rise by 4.9 per cent", blocks=(block("Council tax will rise."),))
        failing = add_story(tx, "https://post.example/tax", [tax], outlet="Coast Post", desk="local")
        watches.update(tx, failing.id, health=Health.FAILING, failures=4, last_error="the site answered 503")
        fete = Story(headline="Village fete raises £812", blocks=(block("The fete was a success."),))
        retired = add_story(tx, "https://post.example/fete", [fete], outlet="Coast Post", desk="local")
        watches.update(tx, retired.id, state=WatchState.RETIRED, next_check_at=None)


@contextmanager
def site(folder: Path, *, filled: bool = True, **settings: Any) -> Iterator[tuple[Server, Database]]:
    """The site, served. ``settings`` are those of WebSettings."""
    with Database.open(f"sqlite:///{folder / 'stet.db'}") as db:
        if filled:
            fill(db)
        services = Services(db=db, now=lambda: NOW, compare=compare, secret=SECRET, version="0.1.0")
        server = serve(services, WebSettings(**{"listen": "127.0.0.1:0", "timezone": "Europe/London", **settings}))
        try:
            yield server, db
        finally:
            assert server.stop()


@contextmanager
def browse(folder: Path, **settings: Any) -> Iterator[tuple[httpx.Client, Database]]:
    """A client on the served site; redirects are not followed."""
    with site(folder, **settings) as (server, db), httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client, db
