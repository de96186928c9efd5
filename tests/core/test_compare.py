"""The comparator as a whole: settings, bounds, explanations, hostile input."""

from __future__ import annotations

import pytest

from bot.core.compare import CompareConfig, compare
from bot.core.comparison import Severity
from bot.core.story import Block, BlockKind, Story
from bot.errors import ConfigError


def story(*texts: str, headline: str = "Council to vote on harbour plan") -> Story:
    return Story(headline=headline, lang="en", blocks=tuple(Block(text=text) for text in texts))


def test_a_relative_stamp_is_furniture_but_a_death_is_not() -> None:
    body = "The council will vote on Thursday on the harbour wall."
    assert compare(story("Published 3 days ago", body), story("Published 4 days ago", body)).severity == 0
    changed = compare(story(body, "The mayor died 3 days ago."), story(body, "The mayor died 4 days ago."))
    assert "figure_changed" in changed.kinds


def test_a_silent_change_is_flagged_and_a_noted_one_is_not() -> None:
    old = story("At least 14 people were injured.", "The crane fell.")
    new = story("At least 19 people were injured.", "The crane fell.")
    assert "silent_change" in compare(old, new).flags
    noted = story("At least 19 people were injured.", "The crane fell.", "Correction: an earlier version said 14.")
    assert "silent_change" not in compare(old, noted).flags
    assert compare(old, noted).severity is Severity.CRITICAL


def test_a_nearly_empty_page_is_suspect() -> None:
    full = story(*(f"Paragraph {n} says a good many different words about the old wall." for n in range(12)))
    assert compare(full, story("Subscribe to continue reading.")).status == "suspect"
    assert compare(full, Story(headline="x")).status == "suspect"


def test_kinds_can_be_switched_off_and_severities_overridden() -> None:
    old, new = story("At least 14 people were injured."), story("At least 19 people were injured.")
    assert "figure_changed" not in compare(old, new, CompareConfig(kinds_off=frozenset({"figure_changed"}))).kinds
    quiet = compare(old, new, CompareConfig(severity_overrides={"figure_changed": 0, "lede_changed": 0}))
    assert quiet.severity <= 1
    assert quiet.engine != compare(old, new).engine


@pytest.mark.parametrize(
    "settings",
    [
        {"nonsense": 1},
        {"edited": 1.5},
        {"kinds_off": ["no_such_kind"]},
        {"severity_overrides": {"figure_changed": 9}},
        {"furniture": ["(a+)+b"]},
        {"notes": ["("]},
        {"profile": "novel"},
        {"lexicon": {"nonsense": ["x"]}},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        CompareConfig.from_mapping(settings)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\ud800 lone", "lone \udfff surrogates"),
        ("x" * 200_000, "x" * 199_999 + "y"),
        ('"' * 500, "'" * 499),
        ("وقال الوزير إن ٥ أشخاص", "وقال الوزير إن ٦ أشخاص"),
        ("", " "),
        ("a b " * 8000, "b a a " * 8000),
    ],
)
def test_hostile_text_never_raises(before: str, after: str) -> None:
    result = compare(story(before, headline=before[:50]), story(after, headline=after[:50]))
    assert all(len(finding.explanation) <= 300 and "\n" not in finding.explanation for finding in result.findings)
    assert len(result.summary) <= 240


def test_entries_that_age_off_are_not_removed() -> None:
    def live(*texts: str) -> Story:
        return Story(is_live=True, blocks=tuple(Block(text=text, kind=BlockKind.LIVE_ENTRY) for text in texts))

    first, second, third = "11:40 Helicopter leaves.", "11:15 Police close the road.", "10:50 First reports come in."
    assert compare(live(first, second, third), live(first, second)).severity == 0
    gone = compare(live(first, second, third), live(first, third))
    assert gone.kinds == ("entry_removed",)
    assert gone.severity == 3


def test_an_explanation_ends_with_one_full_stop() -> None:
    old, new = (Story(lang="en", blocks=(Block(text=f"Repairs to the lock will cost £{n},000."),)) for n in (12, 14))
    said = [finding.explanation for finding in compare(old, new).findings]
    assert said and all(not line.endswith(".”.") for line in said)
    assert any("£14,000.” " in line or line.endswith("£14,000.”") for line in said)
