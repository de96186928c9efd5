"""Whatever a story does, the judge never storms, never forgets, and never asks again at once."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.comparison import Severity
from bot.core.judge import Action, Policy
from bot.core.story import Block, Story
from tests.core.test_judge import Desk, compare_simply, minute

HEADLINES = ("Council to vote on plan", "Why this town cannot wait", "Town divided over plan")
FIGURES = ("12", "17", "19")


def story(headline: int, figure: int, noted: bool) -> Story:
    texts = [f"The wall is [{FIGURES[figure]}] metres high."]
    texts += ["Correction: it is in Marlow Quay."] if noted else []
    return Story(headline=HEADLINES[headline], blocks=tuple(Block(text=text) for text in texts))


LIVES = st.lists(
    st.tuples(
        st.integers(1, 400),
        st.builds(story, st.integers(0, 2), st.integers(0, 2), st.booleans()),
    ),
    min_size=1,
    max_size=40,
)


def lived(life: list[tuple[int, Story]], policy: Policy) -> tuple[Desk, float]:
    desk, at = Desk(policy=policy), 0.0
    desk.sees(0, story(0, 0, False))
    for gap, one in life:
        at += gap
        desk.sees(at, one)
    desk.passes(at + 10_000)
    return desk, at


@settings(max_examples=150, deadline=None)
@given(life=LIVES)
def test_when_a_story_stands_still_its_last_text_has_been_told(life: list[tuple[int, Story]]) -> None:
    desk, _ = lived(life, Policy())
    latest = desk.stories[len(desk.stories)]
    left = compare_simply(desk.stories[desk.state.baseline_n], latest)
    assert left.severity < Severity.MAJOR, [(at, one.action, one.rule, one.reason) for at, one in desk.verdicts]
    assert desk.state.due_at is None


@settings(max_examples=150, deadline=None)
@given(life=LIVES)
def test_a_story_never_makes_a_storm(life: list[tuple[int, Story]]) -> None:
    """Three headlines, three figures and a note, however they alternate: a dozen alerts in a day at the very most."""
    desk, _ = lived(life, Policy())
    times = [at for at, _ in desk.alerts]
    for start in times:
        assert sum(start <= at < start + 1440 for at in times) <= 12


@settings(max_examples=80, deadline=None)
@given(life=LIVES, settle=st.integers(0, 3600), level=st.sampled_from(Severity))
def test_every_verdict_has_a_reason_a_future_and_a_place_in_the_store(
    life: list[tuple[int, Story]], settle: int, level: Severity
) -> None:
    desk, _ = lived(life, Policy(settle=settle, settle_max=settle * 2, min_severity=level))
    for at, verdict in desk.verdicts:
        assert json.loads(json.dumps(verdict.to_json()))["action"] == verdict.action
        assert verdict.reason.endswith(".") or verdict.reason.endswith("it.")
        assert verdict.due_at is None or verdict.due_at > minute(at)
        assert (verdict.action is Action.WAIT) <= (verdict.due_at is not None)
        if verdict.action is Action.TELL:
            assert verdict.findings, "an alert with an empty diff"
            assert verdict.old_n < verdict.new_n
