"""The terminal's diffs and alerts: readable without colour, at any width, whatever the story's words are."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from bot.cli.preview import sample_message
from bot.core.compare import compare
from bot.core.story import Block, BlockKind, Story
from bot.render.plain import MAX_LINE, one_line, row_line, safe, text
from bot.render.rows import rows
from bot.render.terminal import MAX_ALERT_TEXT, alert_view, comparison_view, diff_view
from tests.edges.cli_process import HOSTILE, controls

WIDTHS = (20, 40, 80, 95, 96, 130, 200)


def story(headline: str, *paragraphs: str) -> Story:
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=words) for words in paragraphs)
    return Story(url="https://courier.example/a", site_name="The Quay Courier", headline=headline, blocks=blocks)


OLD = story(
    "Ferry fire kills 12",
    "Twelve people died in the fire aboard the ferry, the harbour master said on Tuesday.",
    "“The engine was old,” said Ida Holm, who runs the line.",
    "Sailings begin again on Friday morning from the northern quay.",
    "The town hall was opened for the passengers and their families.",
)
NEW = story(
    "Ferry fire kills 19",
    "Nineteen people died in the fire aboard the ferry, the harbour master said on Tuesday.",
    "“The engine was new,” said Ida Holm, who runs the line.",
    "The town hall was opened for the passengers and their families.",
    "An inquiry opens next week under a retired judge, the ministry said.",
)


def shown(view: RenderableType, console: Console) -> str:
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def console(width: int, *, colour: bool = False) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )


def compared(old: Story, new: Story, width: int, *, colour: bool = False) -> str:
    screen = console(width, colour=colour)
    return shown(comparison_view(compare(old, new), old, new, screen), screen)


def test_wide_consoles_show_two_versions_side_by_side_and_narrow_ones_below_each_other() -> None:
    assert "Before" in compared(OLD, NEW, 96)
    assert "Before" not in compared(OLD, NEW, 95)


@pytest.mark.parametrize("width", WIDTHS)
def test_without_colour_marks_say_what_went_and_what_came(width: int) -> None:
    flat = compared(OLD, NEW, width)
    assert "\x1b" not in flat
    assert "[-12-]" in flat
    assert "{+19+}" in flat
    assert re.search(r"^\+ ", flat, re.MULTILINE)
    assert re.search(r"^- ", flat, re.MULTILINE)
    assert max(map(len, flat.splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_every_word_of_both_versions_is_whole_at_any_width(width: int) -> None:
    words = set(re.findall(r"\w+", compared(OLD, NEW, width)))
    for word in ("Nineteen", "harbour", "northern", "inquiry", "retired", "engine"):
        assert word in words


def test_with_colour_words_are_struck_or_underlined_too() -> None:
    out = compared(OLD, NEW, 120, colour=True)
    assert re.search("\x1b\\[9;31m12\x1b", out), "struck, in red"
    assert re.search("\x1b\\[1;4;32m19\x1b", out), "bold, underlined, in green"
    assert "[-" not in out


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colour", [False, True])
def test_hostile_words_are_inert_in_diffs_and_alerts(width: int, colour: bool) -> None:
    old = replace(story(f"{HOSTILE} 12", f"{HOSTILE} 12 people"), site_name=HOSTILE, standfirst=HOSTILE)
    new = replace(story(f"{HOSTILE} 19", f"{HOSTILE} 19 people", HOSTILE), site_name=HOSTILE, standfirst="")
    screen = console(width, colour=colour)
    comparison = compare(old, new)
    shown(comparison_view(comparison, old, new, screen), screen)
    shown(diff_view(rows(comparison, old, new), screen), screen)
    out = shown(alert_view(sample_message(old, new, comparison), screen), screen)
    assert controls(re.sub("\x1b\\[[0-9;]*m", "", out)) == []
    assert "\ud800" not in out
    flat = " ".join(re.sub("\x1b\\[[0-9;]*m", "", out).split())
    assert "[red]Bold[/b]" in flat.replace(" ", "")


def test_findings_hang_under_their_bullet() -> None:
    lines = compared(OLD, NEW, 60).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(" • "))
    assert lines[at + 1].startswith("   ")


def test_an_endless_word_is_cut_in_an_alert_and_whole_in_a_diff() -> None:
    old, new = story("Port", "A port.", "W" * 50_000), story("Port", "A port.", "X" * 50_000)
    message = sample_message(old, new, compare(old, new))
    screen = console(80)
    alert = shown(alert_view(message, screen), screen)
    assert alert.count("X") < MAX_ALERT_TEXT * 1.2
    assert "(50,000 characters)" in " ".join(alert.split())
    assert text(message).count("X") < MAX_LINE * 1.2
    assert compared(old, new, 80).count("X") >= 50_000


def test_plain_lines_carry_sign_place_and_words() -> None:
    lines = [row_line(row) for row in rows(compare(OLD, NEW), OLD, NEW)]
    assert lines[0] == "~ Headline: Ferry fire kills [-12-] {+19+}"
    assert "+ New ¶4: An inquiry opens next week under a retired judge, the ministry said." in lines
    assert "- Removed ¶3: Sailings begin again on Friday morning from the northern quay." in lines


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x1b[31mb", "a[31mb"),
        ("a\x1b]0;t\x07b", "a]0;tb"),
        ("a\x9bb", "ab"),
        ("a\u202eb\u202c", "ab"),
        ("a\ud800b", "ab"),
        ("a\rb\r\nc", "ab\nc"),
        ("a\tb", "a    b"),
        ("naïve – “été” 東京", "naïve – “été” 東京"),
    ],
)
def test_safe_text_holds_nothing_a_terminal_obeys(raw: str, clean: str) -> None:
    assert safe(raw) == clean


def test_one_line_cuts_at_a_word_and_says_so() -> None:
    assert one_line("one two\nthree four", 10) == "one two…"
    assert one_line("one", 10) == "one"
    assert len(one_line("x" * 50, 10)) == 10
