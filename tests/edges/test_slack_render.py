"""Alerts as Slack shows them: within every limit, no ping, no lost word, whatever a page says."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.compare import compare
from bot.core.comparison import Comparison, FieldChange, Finding, Severity
from bot.core.model import AlertKind
from bot.core.story import Block, BlockKind, Story
from bot.render.message import Message
from bot.render.slack import MESSAGE_UNITS, broadcasts, fallback, payload, plain
from bot.render.slack_text import clean, cut, escape, escaped_cut, link, split_at, units, web_address
from bot.render.slack_thread import ThreadState, noted, updated_parent
from bot.render.slack_window import diff_pages, diff_view
from tests.slack_cases import CHANNEL, NOON, compared, council, message, story
from tests.slack_checks import check_message, check_view, texts

HOSTILE = [
    "<!channel>", "<!here>", "<!everyone>", "<!subteam^S0ABCDEF>", "<@U1>", "<@U0ALICE00>", "<#C0NEWS0000|x>", "*bold*",
    "_it_", "~gone~", "`code`", "```", "*_~`", "&amp;", "&lt;!channel&gt;", "&", "<", ">", "|", "<https://evil.example|x>",
    ":tada:", "@channel", "<!date^0^{ago}|x>",
    "עברית", "العربية", "\u202eevil\u202c", "\u2066x\u2069", "👩‍👩‍👧‍👦", "🇬🇧🇫🇷",
    "e\u0301\u0302\u0303", "\u200b", "\u00a0", "\x00", "\x1b[31m", "\ud800", "\r\n", "\u2028", "語" * 30, "ﷺ", "𝔘𝔫𝔦",
    "“quoted words”", "'", '"', "{}", "%s", "\\n", "-", "—", "…", "£12m", "12,000", "a" * 200, "</script>",
]  # fmt: skip
PLAIN = "the council voted on Tuesday to approve a budget for harbour works and said that no jobs would be lost".split()


def leaves(blocks: list[dict[str, Any]], style: str | None = None) -> Iterator[str]:
    """Texts of rich_text leaves, all or of one style."""
    for block in blocks:
        if block["type"] == "rich_text":
            for part in block["elements"]:
                for leaf in part["elements"]:
                    if leaf["type"] == "text" and (style is None or leaf.get("style", {}).get(style)):
                        yield leaf["text"]


def diff(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of the changed words."""
    return [block for block in body["blocks"] if ".diff." in block["block_id"]]


def joined(body: dict[str, Any]) -> str:
    return "".join(leaves(diff(body)))


def random_text(dice: random.Random, words: int) -> str:
    if dice.random() < 0.01:
        return "".join(dice.choices("abcdefghijk<>&*_", k=40_000))  # 40 kB without a space
    return " ".join(dice.choice(HOSTILE) if dice.random() < 0.4 else dice.choice(PLAIN) for _ in range(words))


def random_story(dice: random.Random) -> tuple[Story, Story]:
    kinds = list(BlockKind)
    old = [
        Block(text=random_text(dice, dice.randrange(1, 40)), kind=dice.choice(kinds))
        for _ in range(dice.randrange(0, 6))
    ]
    new = []
    for block in old:
        roll = dice.random()
        if roll < 0.2:
            continue
        words = block.text.split(" ")
        if roll < 0.7 and words:
            at = dice.randrange(len(words))
            words[at : at + dice.randrange(0, 3)] = [random_text(dice, dice.randrange(1, 4))]
        new.append(replace(block, text=" ".join(words)))
    if dice.random() < 0.4:
        new.append(Block(text=random_text(dice, dice.randrange(1, 200))))
    url = dice.choice(
        ["https://a.example/x?a=1&b=|2>", "https://a.example/" + "y" * 4000, "javascript:alert(1)", "", "https://"]
    )
    return (
        Story(headline=random_text(dice, dice.randrange(0, 25)), blocks=tuple(old), url=url),
        Story(headline=random_text(dice, dice.randrange(0, 25)), blocks=tuple(new), url=url),
    )


def told(old: Story, new: Story, comparison: Comparison) -> Message:
    return Message(
        kind=AlertKind.CHANGE,
        public_id="a_3fkauu2zq523",
        severity=comparison.severity,
        watch_id=1,
        outlet=old.headline[:300],
        label=new.headline[:300],
        why=new.headline,
        old=old,
        new=new,
        old_n=1,
        new_n=2,
        comparison=comparison,
        findings=comparison.findings,
        seen_at=NOON,
        links={"story": new.url, "diff": new.url},
    )


def check_everything(message: Message) -> None:
    """Every form of one message."""
    body = payload(message, channel=CHANNEL, public_url="http://stet.example")
    assert check_message(body) == []
    assert len(body["text"]) <= 300
    assert sum(units(text) for text in texts(body["blocks"])) <= MESSAGE_UNITS
    assert check_message(plain(message, channel=CHANNEL)) == []
    state = ThreadState(changes=7, last_at=NOON, headline=message.headline, url=message.links.get("story", ""))
    parent = updated_parent(body, state, channel=CHANNEL, ts="1.1")
    assert check_message(parent, update=True) == []
    again = updated_parent(
        parent, replace(state, note="Muted by <@U0ALICE00>", undo="unmute:a"), channel=CHANNEL, ts="1.1"
    )
    assert check_message(again, update=True) == []
    pages = diff_pages(message)
    for page in {1, max(1, len(pages))}:
        assert check_view(diff_view(message, page=page)) == []
    dump = json.dumps([body, again, pages and diff_view(message)], default=str)
    for ping in ("<!", "<@U1", "<@U0ALICE00> ", "<#C0"):
        for text in mrkdwn(body):
            assert ping not in text.replace("<!date^", "")
    assert "javascript:" not in dump


def mrkdwn(value: Any) -> Iterator[str]:
    """Everything Slack would read as markup."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        if "channel" in value:
            yield value["text"]
        for child in value.values():
            yield from mrkdwn(child)
    elif isinstance(value, list):
        for child in value:
            yield from mrkdwn(child)


def squeezed(text: str) -> str:
    return "".join(clean(text).split())


def check_nothing_lost(message: Message) -> None:
    """The window has every removed and every added word, in order, whatever its pages."""
    shown = [leaf for page in diff_pages(message) for hunk in page for leaf in hunk.leaves]
    found = "".join(squeezed(leaf.text) for leaf in shown if leaf.style != "strike")
    gone = "".join(squeezed(leaf.text) for leaf in shown if leaf.style != "bold")
    for row in message.rows:
        if not row.changed:
            continue
        new, old = squeezed(row.new_text), squeezed(row.old_text)
        assert new in found
        assert old in gone


def run(seeds: range) -> None:
    for seed in seeds:
        dice = random.Random(seed)
        old, new = random_story(dice)
        # Comparing costs three times what rendering does: the plain comparison of the cases stands in for most.
        comparison = compare(old, new) if seed % 25 == 0 else compared(old, new)
        check_everything(told(old, new, comparison))
        if seed % 10 == 0:
            check_nothing_lost(told(old, new, comparison))


def test_a_thousand_hostile_stories_break_no_limit_ping_nobody_and_lose_nothing() -> None:
    run(range(1000))


@pytest.mark.slow
def test_ten_thousand_hostile_stories_break_no_limit_ping_nobody_and_lose_nothing() -> None:
    run(range(1000, 11_000))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.lists(st.text(max_size=200), max_size=4))
def test_any_text_at_all_is_safe(before: str, after: str, body: list[str]) -> None:
    old = Story(headline=before, blocks=tuple(Block(text=text) for text in body))
    new = Story(headline=after, blocks=tuple(Block(text=text[::-1]) for text in body))
    check_everything(told(old, new, compare(old, new)))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.integers(min_value=1, max_value=80))
def test_cutting_keeps_to_the_limit_and_splitting_loses_nothing(text: str, limit: int) -> None:
    assert units(cut(text, limit)) <= limit
    head, tail = split_at(text, limit)
    assert head + tail == text
    assert units(head) <= limit
    assert units(escaped_cut(text, max(limit, 10))) <= max(limit, 10)


@pytest.mark.parametrize("text", ["👩‍👩‍👧‍👦" * 3, "e\u0301" * 9, "🇬🇧" * 5, "👍🏽" * 5, "ab\u200dcd"])
def test_a_cut_parts_no_character_from_its_marks(text: str) -> None:
    for limit in range(1, units(text)):
        head, tail = split_at(text, limit)
        assert not tail or tail[0] not in "\u0301\u200d\ufe0f\U0001f3fd" or len(head) == 0 or limit < 12


def test_words_are_never_cut_where_there_is_another_place() -> None:
    text = "approve " * 300
    assert cut(text, 100).rstrip("…").split() == ["approve"] * 12
    assert all(word in ("approve", "approve…") for word in cut(text, 100).split())


def test_escaping_is_slack_s_own_and_no_more() -> None:
    assert escape("<a> & 'b' \"c\"") == "&lt;a&gt; &amp; 'b' \"c\""
    assert link("https://a.example/?a=1&b=2", "<b>") == "<https://a.example/?a=1&amp;b=2|&lt;b&gt;>"
    assert web_address("https://a.example/a|b>c d") == "https://a.example/a%7Cb%3Ec%20d"
    assert web_address("javascript:alert(1)") == ""
    assert web_address("https://a.example/" + "x" * 3000) == ""


# ---- what an editor sees ----


def test_struck_is_removed_and_bold_is_added_with_a_space_between() -> None:
    body = payload(council(), channel=CHANNEL)
    quote = diff(body)[0]["elements"][1]["elements"]
    assert [(leaf["text"], *leaf.get("style", {})) for leaf in quote] == [
        ("Council ",),
        ("approves", "strike"),
        (" ",),
        ("delays", "bold"),
        (" £12m budget for harbour & ferry ",),
        ("works", "strike"),
        (" ",),
        ("works after <audit> warning", "bold"),
    ]


def test_edits_that_two_equal_words_separate_are_one() -> None:
    told_ = message(story("A", "He sold the red car and left."), story("A", "He bought the blue car and stayed."))
    body = payload(told_, channel=CHANNEL)
    assert list(leaves(diff(body), "strike")) == ["sold the red car and left."]
    assert list(leaves(diff(body), "bold"))[1:] == ["bought the blue car and stayed."]


def test_nothing_is_elided_inside_an_altered_quotation_but_round_it() -> None:
    inside = "every one of them answered, in public and by the people who signed it"
    assert inside in joined(payload(council(), channel=CHANNEL))
    told_ = council()
    assert told_.comparison is not None
    told_ = replace(told_, comparison=replace(told_.comparison, findings=()), findings=())
    assert inside not in joined(payload(told_, channel=CHANNEL)), "without the finding the middle is left out"


def test_a_long_altered_quotation_is_whole_in_the_channel() -> None:
    middle = " ".join(f"word{n}" for n in range(400))
    old, new = f"“We will not {middle} leave,” he said.", f"“We will {middle} leave now,” he said."
    finding = Finding(
        kind="quote_altered",
        severity=Severity.MAJOR,
        rule="Q1",
        field="body",
        before=old[1:].split(",”")[0],
        after=new[1:].split(",”")[0],
        explanation="Quotation altered.",
    )
    body = payload(message(story("A", old), story("A", new), finding), channel=CHANNEL)
    assert middle in joined(body)
    assert check_message(body) == []


def test_what_is_left_out_is_counted_and_the_button_says_how_many_there_are() -> None:
    paragraphs = [f"The committee met on day {n} and heard {n} people." for n in range(1, 13)]
    changed = [text.replace("heard", "dismissed") for text in paragraphs]
    body = payload(message(story("A", *paragraphs), story("A", *changed)), channel=CHANNEL)
    assert "5 of 12 changes shown." in str(body["blocks"])
    assert "Show all 12 changes" in str(body["blocks"])
    assert units(joined(body)) <= 2500


def test_a_very_long_new_paragraph_says_how_many_words_are_missing() -> None:
    body = payload(message(story("A"), story("A", "word " * 900)), channel=CHANNEL)
    [left_out] = list(leaves(diff(body), "italic"))
    shown = sum(len(text.split()) for text in leaves(diff(body), "bold")) - len("Paragraph 1, added".split())
    assert left_out == f" … ({900 - shown} more words)"


def test_the_gravest_changes_are_shown_first_and_notes_before_all() -> None:
    paragraphs = [f"Sentence {n} says something about day {n}." for n in range(1, 11)]
    changed = [text.replace("says", "claims") for text in paragraphs]
    grave = Finding(
        kind="figure_changed", severity=Severity.CRITICAL, rule="F1", field="body", explanation="Figure changed (¶10).",
        new=None, old=None,
    )  # fmt: skip
    from bot.core.comparison import Span

    grave = replace(grave, new=Span(block=10, start=0, end=3))
    old = Story(headline="A", blocks=tuple(Block(text=text) for text in [*paragraphs, "x"]))
    new = Story(
        headline="A",
        blocks=(
            *(Block(text=text) for text in changed),
            Block(text="Correction: the day was wrong.", kind=BlockKind.NOTE),
        ),
    )
    body = payload(message(old, new, grave), channel=CHANNEL)
    labels = [part["elements"][0]["text"] for part in diff(body)[0]["elements"] if part["type"] == "rich_text_section"]
    assert labels[0].startswith("Note 11")
    assert "Paragraph 10" in labels


def test_an_alert_is_never_empty() -> None:
    same = story("A", "Same.")
    byline = Finding(
        kind="byline_changed",
        severity=Severity.NOTABLE,
        rule="H4",
        field="byline",
        before="A. Writer",
        after="B. Author",
    )
    body = payload(message(same, same, byline), channel=CHANNEL)
    assert list(leaves(diff(body), "strike")) == ["A. Writer"]
    bare = payload(message(same, same), channel=CHANNEL)
    assert joined(bare) == "The story changed."
    silent = message(same, same)
    assert silent.comparison is not None
    silent = replace(silent, comparison=replace(silent.comparison, summary="", headline=FieldChange()))
    assert joined(payload(silent, channel=CHANNEL)) == "The page changed in ways that its words do not show."


def test_the_fallback_makes_sense_on_a_phone() -> None:
    assert fallback(council()).startswith(
        "Headline and text changed: “Council delays £12m budget for harbour &amp; ferry works after &lt;audit&gt; "
        "warning” (Harbour Times, version 3 → 4, +"
    )
    assert ". Removed: “" in fallback(council())


def test_a_gone_story_is_told_with_its_last_text() -> None:
    gone = Message(
        kind=AlertKind.GONE, public_id="g", watch_id=1, new=story("It was here", "These were its words."), new_n=3
    )
    body = payload(gone, channel=CHANNEL)
    assert "These were its words." in joined(body)
    assert body["text"].startswith("Story gone: “It was here”")
    assert broadcasts(gone)


def test_an_update_gives_changed_blocks_new_ids_and_keeps_the_rest() -> None:
    body = payload(council(), channel=CHANNEL)
    state = ThreadState(
        changes=5, last_at=NOON + timedelta(hours=6, minutes=50), headline="Newest", zone="Europe/London"
    )
    parent = updated_parent(body, state, channel=CHANNEL, ts="1.2")
    before, after = [{block["block_id"] for block in it["blocks"]} for it in (body, parent)]
    assert len(before & after) == len(before) - 1, "only the title was replaced"
    assert "*5 changes*, last <!date^" in str(parent["blocks"])
    assert "|2026-11-21 18:50 GMT>" in str(parent["blocks"])
    assert parent["text"] == "Changed again: “Newest” (5 changes)"


def test_a_note_is_replaced_and_taken_away_again() -> None:
    blocks = payload(council(), channel=CHANNEL)["blocks"]
    muted = noted(blocks, "Muted by <@U0ALICE00>", "unmute:a", revision="1")
    assert muted[-2]["accessory"]["text"]["text"] == "Unmute"
    other = noted(muted, "Not important, says <@U0BOB0000>", "important:a", revision="2")
    assert len(other) == len(muted)
    assert other[-2]["accessory"]["text"]["text"] == "Undo"
    assert noted(other, "", "") == blocks


def test_the_side_by_side_page_is_linked_where_there_is_one() -> None:
    with_page = council(links={"story": "https://a.example/", "diff": "/stories/17/diff/3..4"})
    assert "http://stet.example/stories/17/diff/3..4" in str(diff_view(with_page, public_url="http://stet.example/"))
    assert "Side by side" not in str(diff_view(with_page))
