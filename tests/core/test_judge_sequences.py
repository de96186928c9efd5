"""Stories lived through with the real comparator: tests, returns, restorations, template changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.core.brake import STORIES, brakes, signed
from bot.core.compare import compare
from bot.core.comparison import Comparison, Severity
from bot.core.history import History, annotate, removed_passages, sighting
from bot.core.judge import Action, Policy, RouteState, Verdict, judge
from bot.core.model import AlertKind
from bot.core.story import Block, Story, fingerprint
from tests import gate
from tests.core.test_judge import START, minute

PAIRS = {one.id: one for one in gate.pairs()}
A = PAIRS["HL01"].old
B = PAIRS["HL01"].new


def live_through(
    seen: Sequence[tuple[float, Story]], policy: Policy | None = None, until: float = 5000
) -> tuple[list[Verdict], RouteState, list[Story]]:
    """Every verdict, the state at the end, and the versions, as the check and the timer would have it."""
    policy = policy or Policy()
    state, stories, verdicts = RouteState(baseline_n=1), [seen[0][1]], []
    sightings = [sighting(seen[0][1], 1, minute(seen[0][0]), fingerprint(seen[0][1]))]

    def ask(at: float, step: Comparison | None) -> None:
        nonlocal state
        verdict = judge(
            compare(stories[state.baseline_n - 1], stories[-1]),
            state=state,
            policy=policy,
            history=History(sightings=tuple(sightings)),
            now=minute(at),
            latest_n=len(stories),
            step=step,
        )
        state = verdict.state
        verdicts.append(verdict)

    def wait(at: float) -> None:
        while state.due_at is not None and state.due_at <= minute(at):
            ask((state.due_at - START).total_seconds() / 60, None)

    for at, story in seen[1:]:
        wait(at)
        if fingerprint(story) == fingerprint(stories[-1]):
            continue
        step = compare(stories[-1], story)
        stories.append(story)
        sightings.append(sighting(story, len(stories), minute(at), fingerprint(story)))
        ask(at, step)
    wait(until)
    return verdicts, state, stories


def told(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [one for one in verdicts if one.action is Action.TELL]


def test_a_headline_that_comes_back_leaves_one_alert_and_nothing_pending() -> None:
    verdicts, state, stories = live_through([(0, A), (10, B), (25, A)])
    assert len(told(verdicts)) <= 1
    assert compare(stories[state.baseline_n - 1], stories[-1]).severity is Severity.TRIVIAL
    assert state.pending_since is None and state.due_at is None


def test_a_headline_that_alternates_is_summed_up_when_it_settles() -> None:
    verdicts, _, _ = live_through([(0, A), (5, B), (10, A), (15, B), (20, A), (25, B), (240, B)])
    alerts = told(verdicts)
    assert len(alerts) <= 2
    assert alerts[-1].alert_kind is AlertKind.HEADLINE_TEST
    assert "2 headline variants seen" in alerts[-1].findings[0].explanation + alerts[-1].reason


def test_a_paragraph_taken_out_and_put_back_is_called_restored() -> None:
    pair = PAIRS["PA02"]
    gone, back = compare(pair.old, pair.new), compare(pair.new, pair.old)
    history = History(removed=removed_passages(gone, pair.old, 1, START))
    found = annotate(back, history, START + timedelta(hours=5), Policy())
    assert [one.explanation for one in found] == ["Restored: a passage taken out 5 hours ago is back."]


def test_every_paragraph_of_a_removed_run_is_remembered() -> None:
    pair = PAIRS["PA21"]
    gone = compare(pair.old, pair.new)
    remembered = [one.text for one in removed_passages(gone, pair.old, 1, START)]
    assert [block.text for block in pair.old.blocks[4:7]] == remembered[:3]


def test_one_line_put_on_many_pages_is_a_template_change() -> None:
    line = Block(text="Sign in to follow topics and get our best stories on your phone every morning.")
    pages = list({fingerprint(one.old): one.old for one in gate.pairs() if len(one.old.blocks) > 6}.values())[:6]
    recent = [
        mark
        for number, page in enumerate(pages)
        for mark in signed(compare(page, replace(page, blocks=(*page.blocks, line))), number, START)
    ]
    found = brakes(recent, "The Quay", START)
    assert [len(one.watches) for one in found] == [6]
    assert brakes(recent[: STORIES - 1], "The Quay", START) == ()


def test_real_changes_of_many_stories_are_no_template_change() -> None:
    """The whole corpus, as if one outlet had made all those edits within an hour."""
    recent = [
        mark for number, one in enumerate(gate.pairs()) for mark in signed(compare(one.old, one.new), number, START)
    ]
    assert brakes(recent, "The Quay", START) == ()
