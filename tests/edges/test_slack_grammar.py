"""What people type after /stet, in every shape a phone and Slack give it."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Only
from bot.slack import grammar, typed
from bot.slack.grammar import (
    Add,
    Diff,
    Help,
    List,
    Mute,
    Plain,
    Problem,
    Remove,
    Settings,
    Show,
    SourceAdd,
    SourceRemove,
    Unmute,
    Why,
    parse,
)
from bot.slack.typed import ChannelRef

URL = "https://a.example/x?a=1&b=2"


@pytest.mark.parametrize(
    "typed",
    [
        f"add {URL}",
        f"ADD {URL}",
        f"watch {URL}",
        URL,
        "add <https://a.example/x?a=1&amp;b=2|a.example/x>",
        "add <https://a.example/x?a=1&amp;b=2>",
        "add https://a.example/x?a=1&amp;b=2",
        f"add\u00a0\u200b{URL}\u200b",
        f"  –add {URL}  ",
        "add a.example/x?a=1&b=2",
    ],
)
def test_an_address_is_understood_in_every_shape(typed: str) -> None:
    assert parse(typed) == Add(url=URL)


@pytest.mark.parametrize("typed", ["<#C0NEWS0000|news>", "<#C0NEWS0000|>", "<#C0NEWS0000>"])
def test_a_channel_is_known_by_its_id(typed: str) -> None:
    found = parse(f"add {URL} {typed}")
    assert isinstance(found, Add)
    assert found.channel is not None
    assert found.channel.id == "C0NEWS0000"
    assert parse(f"add {URL} #news") == Add(url=URL, channel=ChannelRef(name="news"))


def test_the_options_of_add() -> None:
    assert parse(f"add {URL} every 60 minutes only headlines label “Big – story”") == Add(
        url=URL, every=3600, only=Only.HEADLINE, label="Big – story"
    )
    assert parse(f"add {URL} --every=15m") == Problem(kind="argument", word="--every=15m", hint="add")
    assert parse(f"add {URL} every hour") == Add(url=URL, every=3600)
    assert parse('add label "' + "x" * 200 + '"') == Add(label="x" * 80)


def test_dashes_in_addresses_stay_and_dashes_in_words_are_folded() -> None:
    assert parse("add https://a.example/1—2–3") == Add(url="https://a.example/1—2–3")
    assert parse("diff 17 1–3") == Diff(ref="17", old=1, new=3)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Help()),
        ("help", Help()),
        ("help rm", Help(topic="remove")),
        ("list", List()),
        ("ls all page 3", List(everywhere=True, page=3)),
        ("list <#C1|x>", List(channel=ChannelRef(id="C1", name="x"))),
        ("show #17", Show(ref="17")),
        ("why 17 v4", Why(ref="17", version=4)),
        ("diff 17 v4..v2", Diff(ref="17", old=2, new=4)),
        ("mute 17", Mute(ref="17", seconds=3600)),
        ("mute 17 for 2h", Mute(ref="17", seconds=7200)),
        ("mute 17 2 days", Mute(ref="17", seconds=172800)),
        ("mute all until 18:30", Mute(ref=None, seconds=None, until=time(18, 30))),
        ("mute 17 until tomorrow", Mute(ref="17", seconds=None, tomorrow=True)),
        ("mute 17 off", Unmute(ref="17")),
        ("mute all off", Unmute(ref=None)),
        ("unmute all", Unmute(ref=None)),
        ("delete 17", Remove(ref="17")),
        (f"unwatch <{URL}>", Remove(ref=URL)),
        ("settings", Settings()),
        ("edit 17", Settings(ref="17")),
        ("status", Plain(name="status")),
        ("digest", Plain(name="digest")),
        ("test", Plain(name="test")),
        ("source", Plain(name="source list")),
        (f"source add {URL}", SourceAdd(url=URL)),
        (f"feed {URL}", SourceAdd(url=URL)),
        ("source rm 3", SourceRemove(ref="3")),
        ("<!channel>", Problem(kind="ping")),
        ("add <!here>", Problem(kind="ping")),
        ("mute 17 for ever", Problem(kind="duration", word="ever")),
        ("mute 17 until 25:00", Problem(kind="duration", word="25:00")),
        ("mute 17 for 9999d", Problem(kind="duration", word="9999d")),
        ("diff 17 2..2", Problem(kind="range", word="2..2")),
        ("remove", Problem(kind="ref", hint="remove")),
        ("why 17 4 5", Problem(kind="argument", word="5", hint="why")),
        ("why 17 because", Problem(kind="argument", word="because", hint="why")),
        ("remove 17 18", Problem(kind="argument", word="18", hint="remove")),
        ("show 17 18", Problem(kind="argument", word="18", hint="show")),
        ("unmute 17 18", Problem(kind="argument", word="18", hint="unmute")),
        ("source rm 3 4", Problem(kind="argument", word="4", hint="source")),
        ("lsit", Problem(kind="unknown", word="lsit", hint="list")),
        ("unwacth 3", Problem(kind="unknown", word="unwacth", hint="remove")),
    ],
)
def test_every_command(typed: str, meant: grammar.Command) -> None:
    assert parse(typed) == meant


@given(st.text(max_size=120))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    parse(typed)


@given(st.sampled_from(grammar.NAMES), st.text(max_size=60))
def test_nothing_after_a_command_breaks_it(name: str, rest: str) -> None:
    found = parse(f"{name} {rest}")
    assert not isinstance(found, Problem) or found.kind != "unknown" or not rest.strip() or not rest[:1].isspace()


@given(st.sampled_from(sorted({*grammar.NAMES, *grammar.ALIASES})), st.sampled_from([str.upper, str.title, str.lower]))
def test_keywords_and_aliases_in_any_case_mean_the_same(name: str, case: object) -> None:
    assert callable(case)
    assert parse(f"{case(name)} 17") == parse(f"{name} 17")


@given(st.integers(min_value=1, max_value=10_000), st.sampled_from("mhdw"))
def test_durations_are_positive_and_at_most_a_year(count: int, unit: str) -> None:
    seconds = typed.duration(f"{count}{unit}")
    assert seconds is None or 0 < seconds <= typed.LONGEST_MUTE
