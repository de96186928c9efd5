"""``stet why`` and ``stet tune``: the same values in words, and the same changes under another policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.compare import compare
from bot.core.comparison import Comparison, Finding, Severity
from bot.core.history import History, sighting
from bot.core.judge import RouteState, judge
from bot.core.policy import Policy
from bot.core.story import Block, Story, fingerprint
from bot.core.tune import Edit, Tuning, replay, tally
from bot.core.why import JUDGE, RULES, lines, span

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIRST = Story(
    headline="Ferry fire leaves 12 hurt",
    lang="en",
    blocks=tuple(
        Block(text=text)
        for text in (
            "Twelve people were taken to hospital after a fire on a ferry near Skerry Bay on Sunday night.",
            "The coastguard said the alarm was raised shortly after nine, when most passengers were asleep.",
            '"We heard one bang and then the lights went out," said Marta Hollis, a nurse on her way home.',
            "An inquiry will publish its first findings in June.",
        )
    ),
)


def edited(story: Story, old: str, new: str) -> Story:
    return replace(
        story,
        headline=story.headline.replace(old, new),
        blocks=tuple(replace(block, text=block.text.replace(old, new)) for block in story.blocks),
    )


SECOND = edited(FIRST, "one bang", "one explosion")
THIRD = edited(SECOND, "findings in June", "findings in August")
STORIES = (FIRST, SECOND, THIRD)


def since(a: int, b: int) -> Comparison:
    return compare(STORIES[a - 1], STORIES[b - 1])


def edits() -> list[Edit]:
    seen = [
        sighting(one, n, START + timedelta(minutes=20 * n), fingerprint(one)) for n, one in enumerate(STORIES, start=1)
    ]
    return [Edit(sighting=seen[n], step=since(n, n + 1)) for n in (1, 2)]


def answer(policy: Policy) -> str:
    step = since(1, 2)
    verdict = judge(
        step,
        state=RouteState(baseline_n=1),
        policy=policy,
        history=History(),
        now=START,
        latest_n=2,
        step=step,
    )
    return "\n".join(lines(step, {"desk": verdict.to_json()}))


def test_why_names_the_rule_what_it_saw_and_what_the_route_decided() -> None:
    said = answer(Policy(settle=0))
    assert "quote_altered" in said and "Q1 (words inside a direct quotation" in said
    assert "Hollis" in said
    assert "desk: told (J9, settled)" in said


def test_why_names_the_setting_that_would_have_told_it() -> None:
    said = answer(Policy(min_severity=Severity.CRITICAL))
    assert "desk: not told (J6, below the level)" in said
    assert 'min_severity = "major" would have told it' in said


def test_why_names_what_a_setting_kept_out() -> None:
    said = answer(Policy(kinds_off=frozenset(["quote_altered"])))
    assert 'set aside: quote_altered (major) by kinds_off = ["quote_altered"]' in said


def test_why_says_until_when_it_waits() -> None:
    assert "desk: waits until 2026-03-02 09:10 UTC (J8, still settling)" in answer(Policy())


def test_why_says_when_no_route_hears_of_the_story() -> None:
    assert "no route hears of this story" in "\n".join(lines(since(1, 2), {}))


def test_why_is_short_for_a_rewrite_and_counts_the_rest() -> None:
    many = tuple(
        Finding(kind="para_edited", severity=Severity.MINOR, rule="P3", field="body", explanation=f"n {n}")
        for n in range(200)
    )
    said = lines(Comparison(status="changed", severity=Severity.MAJOR, findings=many), {})
    assert len(said) < 50
    assert any("170 more" in line for line in said)
    assert any("counts as a rewrite" in line for line in said)


def test_why_reads_decisions_of_any_age() -> None:
    assert lines(since(1, 2), {"desk": {"action": "tell"}, "old": {}})


def test_every_rule_a_corpus_comparison_fires_is_explained() -> None:
    from tests import gate

    rules = {one.rule for pair in gate.pairs()[::3] for one in compare(pair.old, pair.new).findings}
    assert rules <= set(RULES), rules - set(RULES)
    assert len(rules) > 15


def test_every_rule_of_the_judge_has_a_name() -> None:
    import bot.core.judge

    named = {f"J{number}" for number in range(10) if f'"J{number}"' in open_source(bot.core.judge.__file__)}
    assert named == set(JUDGE)


def open_source(path: str | None) -> str:
    from pathlib import Path

    assert path is not None
    return Path(path).read_text(encoding="utf-8")


def test_replaying_under_another_level_counts_other_alerts() -> None:
    until = START + timedelta(days=1)
    counts = {
        level: len(replay(edits(), since, Policy(min_severity=level), until=until)) for level in list(Severity)[1:]
    }
    assert counts[Severity.CRITICAL] == 0
    assert counts[Severity.MAJOR] == 2
    assert counts[Severity.MINOR] >= counts[Severity.MAJOR]


def test_replaying_waits_as_the_judge_would_have() -> None:
    patient = Policy(settle=3600, settle_max=7200)
    told = replay(edits(), since, patient, until=START + timedelta(days=1))
    assert [(one.old_n, one.new_n, one.edits) for one in told] == [(1, 3, 2)]


def test_what_still_waits_is_counted_because_it_is_about_to_be_told() -> None:
    hasty = replay(edits(), since, Policy(), until=START + timedelta(minutes=61))
    assert [(one.old_n, one.new_n) for one in hasty] == [(1, 2), (2, 3)]


def test_replaying_twice_gives_the_same_and_nothing_gives_nothing() -> None:
    until = START + timedelta(days=1)
    first = replay(edits(), since, Policy(), until=until)
    assert first == replay(edits(), since, Policy(), until=until)
    assert replay([], since, Policy(), until=until) == ()


def test_a_tuning_says_how_many_alerts_it_would_have_been() -> None:
    until = START + timedelta(days=1)
    now = replay(edits(), since, Policy(), until=until)
    then = replay(edits(), since, Policy(min_severity=Severity.CRITICAL), until=until)
    tuning = Tuning(tallies=(tally("desk", now, then),), stories=1, changes=2)
    assert tuning.lines("critical", "7d") == [
        "Changes replayed: 2 of 1 story within 7d.",
        'desk: 0 alerts with min_severity = "critical", not 2',
    ]
    assert tuning.to_json() == [{"route": "desk", "alerts_now": 2, "alerts_then": 0, "now": {"major": 2}, "then": {}}]


@pytest.mark.parametrize(("seconds", "written"), [(600, "10m"), (90, "90s"), (5400, "90m"), (7200, "2h"), (0, "0")])
def test_times_are_written_as_the_configuration_writes_them(seconds: int, written: str) -> None:
    assert span(seconds) == written
