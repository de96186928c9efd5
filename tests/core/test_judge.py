"""The judge over time: settling, flip-flops, headline tests, live blogs, mutes, template changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.brake import STORIES, Signed, brakes, signature, signed, signed_json
from bot.core.comparison import Comparison, Finding, QuoteFate, Severity
from bot.core.comparison import to_json as comparison_to_json
from bot.core.history import annotate, flips, removed_passages, sighting
from bot.core.judge import Action, History, Passage, Policy, RouteState, Sighting, Verdict, judge
from bot.core.model import AlertKind, Only
from bot.core.story import Block, Story, fingerprint

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALM = Policy()
AT_ONCE = Policy(settle=0, settle_max=0)


def finding(kind: str, level: int, *, field: str = "body", before: str = "", after: str = "") -> Finding:
    return Finding(
        kind=kind, severity=Severity(level), rule="T0", field=field, before=before, after=after, explanation=kind
    )


def changed(*findings: Finding, flags: Iterable[str] = (), severity: int | None = None) -> Comparison:
    if not findings:
        return Comparison(status="same", severity=Severity.TRIVIAL)
    level = max(one.severity for one in findings) if severity is None else Severity(severity)
    ordered = tuple(sorted(findings, key=lambda one: -one.severity))
    return Comparison(status="changed", severity=level, findings=ordered, flags=frozenset(flags))


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def compare_simply(old: Story, new: Story) -> Comparison:
    """A stand-in for the comparator that knows headlines, figures in square brackets and notes: enough for time."""
    found = []
    if old.headline != new.headline:
        found.append(finding("headline_changed", 3, field="headline", before=old.headline, after=new.headline))
    before, after = [block.text for block in old.blocks], [block.text for block in new.blocks]
    notes_before = [text for text in before if text.startswith("Correction")]
    notes_after = [text for text in after if text.startswith("Correction")]
    if notes_before != notes_after:
        kind = "correction_added" if len(notes_after) > len(notes_before) else "correction_removed"
        found.append(finding(kind, 4, field="note"))
    if [text for text in before if text not in notes_before] != [text for text in after if text not in notes_after]:
        found.append(finding("figure_changed", 3))
    return changed(*found)


@dataclass
class Desk:
    """One story on one route, lived through minute by minute as the check and the timer would."""

    policy: Policy = CALM
    live: bool = False
    stories: dict[int, Story] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)
    state: RouteState = field(default_factory=lambda: RouteState(baseline_n=1))
    verdicts: list[tuple[float, Verdict]] = field(default_factory=list)

    @property
    def alerts(self) -> list[tuple[float, Verdict]]:
        return [(at, verdict) for at, verdict in self.verdicts if verdict.action is Action.TELL]

    def sees(self, at: float, story: Story) -> Verdict | None:
        self.passes(at)
        if self.sightings and self.sightings[-1].fingerprint == fingerprint(story):
            return None
        n = len(self.sightings) + 1
        self.stories[n] = story
        self.sightings.append(sighting(story, n, minute(at), fingerprint(story)))
        if n == 1:
            return None
        return self._judge(at, compare_simply(self.stories[n - 1], story))

    def passes(self, until: float) -> None:
        while self.state.due_at is not None and self.state.due_at <= minute(until):
            at = (self.state.due_at - START).total_seconds() / 60
            before = self.state.due_at
            self._judge(at, None)
            assert self.state.due_at is None or self.state.due_at > before, "asks again at the same moment for ever"

    def _judge(self, at: float, step: Comparison | None) -> Verdict:
        latest = self.sightings[-1].n
        verdict = judge(
            compare_simply(self.stories[self.state.baseline_n], self.stories[latest]),
            state=self.state,
            policy=self.policy,
            history=History(sightings=tuple(self.sightings)),
            now=minute(at),
            latest_n=latest,
            step=step,
            live=self.live,
        )
        self.state = RouteState.from_json(verdict.state.to_json(), baseline_n=0)
        self.verdicts.append((at, verdict))
        return verdict


def story(headline: str = "Council to vote on harbour plan", *texts: str) -> Story:
    return Story(
        headline=headline, blocks=tuple(Block(text=text) for text in texts or ("The wall is [12] metres high.",))
    )


A = story()
B = story("Harbour plan: why this town cannot wait")
C = story("The harbour plan that divides a town")


def test_first_sight_tells_nobody() -> None:
    desk = Desk()
    desk.sees(0, A)
    desk.passes(600)
    assert desk.verdicts == []


def test_a_major_change_waits_ten_minutes_and_is_told() -> None:
    desk = Desk()
    desk.sees(0, A)
    verdict = desk.sees(60, B)
    assert verdict is not None and verdict.action is Action.WAIT
    assert verdict.due_at == minute(70)
    desk.passes(100)
    assert [(at, one.old_n, one.new_n) for at, one in desk.alerts] == [(70, 1, 2)]


def test_each_edit_waits_anew_but_never_longer_than_settle_max() -> None:
    desk = Desk()
    desk.sees(0, story("Ferry fire leaves [1] dead"))
    for number, at in enumerate(range(60, 120, 8), start=2):
        desk.sees(at, story(f"Ferry fire leaves [{number}] dead"))
    at, verdict = desk.alerts[0]
    assert at == 90
    assert (verdict.old_n, verdict.new_n) == (1, 5)
    assert verdict.burst == "4 edits in 24 min"


def test_edits_in_a_burst_are_one_alert() -> None:
    desk = Desk()
    desk.sees(0, A)
    desk.sees(60, B)
    desk.sees(66, C)
    desk.sees(72, story("Town divided over harbour plan"))
    desk.passes(200)
    assert [(at, one.burst, one.edits) for at, one in desk.alerts] == [(82, "3 edits in 12 min", 3)]


def test_an_edit_that_is_taken_back_while_waiting_is_never_told() -> None:
    desk = Desk()
    desk.sees(0, A)
    desk.sees(60, B)
    verdict = desk.sees(65, A)
    desk.passes(10_000)
    assert verdict is not None and verdict.action is Action.SILENT
    assert desk.alerts == []
    assert desk.state.pending_since is None


def test_a_critical_change_is_told_at_once_and_takes_the_waiting_ones_along() -> None:
    desk = Desk()
    desk.sees(0, A)
    desk.sees(60, story("Council to vote on harbour plan", "The wall is [17] metres high."))
    noted = story("Council to vote on harbour plan", "The wall is [17] metres high.", "Correction: not 12 metres.")
    verdict = desk.sees(63, noted)
    assert verdict is not None and verdict.action is Action.TELL and verdict.rule == "J7"
    assert {one.kind for one in verdict.findings} == {"correction_added", "figure_changed"}
    assert verdict.burst == "2 edits in 3 min"
    desk.passes(300)
    assert len(desk.alerts) == 1


def test_small_edits_add_up_against_the_version_last_told() -> None:
    small = changed(finding("para_edited", 1))
    state = RouteState(baseline_n=1)
    first = judge(small, state=state, policy=AT_ONCE, history=History(), now=minute(0), latest_n=2, step=small)
    assert first.action is Action.SILENT
    assert first.state.baseline_n == 1
    together = changed(finding("para_edited", 1), flags=["rewritten"], severity=3)
    second = judge(
        together, state=first.state, policy=AT_ONCE, history=History(), now=minute(5), latest_n=3, step=small
    )
    assert second.action is Action.TELL
    assert (second.old_n, second.new_n) == (1, 3)


def test_a_trivial_edit_does_not_make_a_pending_alert_wait_longer() -> None:
    grave = changed(finding("figure_changed", 3))
    first = judge(
        grave, state=RouteState(baseline_n=1), policy=CALM, history=History(), now=minute(0), latest_n=2, step=grave
    )
    typo = changed(finding("spelling", 0))
    second = judge(grave, state=first.state, policy=CALM, history=History(), now=minute(9), latest_n=3, step=typo)
    assert second.due_at == minute(10)
    assert second.edits == 1


def test_edits_that_told_nothing_yesterday_do_not_count_into_todays_burst() -> None:
    small, grave = changed(finding("para_edited", 1)), changed(finding("figure_changed", 3))
    state = RouteState(baseline_n=1)
    for at in (0, 3, 6):
        state = judge(small, state=state, policy=CALM, history=History(), now=minute(at), latest_n=2, step=small).state
    verdict = judge(grave, state=state, policy=CALM, history=History(), now=minute(1440), latest_n=3, step=grave)
    assert verdict.edits == 1
    assert verdict.burst == ""


def test_a_headline_that_is_back_within_half_an_hour_makes_one_alert_at_most() -> None:
    """Sequence S01: A, B ten minutes later, A again at 25."""
    desk = Desk()
    desk.sees(0, A)
    desk.sees(10, B)
    verdict = desk.sees(25, A)
    desk.passes(10_000)
    assert len(desk.alerts) <= 1
    assert verdict is not None and verdict.action is Action.SILENT and verdict.rule == "J4"
    assert compare_simply(desk.stories[desk.state.baseline_n], A).status == "same"


def test_the_return_is_recorded_as_a_flip_flop_the_first_time_only() -> None:
    desk = Desk()
    desk.sees(0, A)
    desk.sees(10, B)
    desk.sees(25, A)
    step = compare_simply(B, A)
    first = annotate(step, History(sightings=tuple(desk.sightings)), minute(25), CALM)
    assert [(one.kind, one.severity, one.field) for one in first] == [("flip_flop", Severity.MINOR, "headline")]
    desk.sees(40, B)
    again = annotate(step, History(sightings=tuple(desk.sightings)), minute(40), CALM)
    assert [(one.kind, one.severity) for one in again] == [("flip_flop", Severity.TRIVIAL)]


def test_a_headline_that_alternates_is_told_once_when_it_stands_still() -> None:
    """Sequence S02: five changes in 25 minutes, still B at 240."""
    desk = Desk()
    for at, one in zip((0, 5, 10, 15, 20, 25), (A, B, A, B, A, B), strict=True):
        desk.sees(at, one)
    desk.sees(240, B)
    assert len(desk.alerts) <= 2
    at, last = desk.alerts[-1]
    assert at == 205
    assert last.alert_kind is AlertKind.HEADLINE_TEST
    assert "2 headline variants seen" in last.reason
    assert last.variants == 2
    assert desk.state.baseline_n == 6


def test_a_test_that_ends_where_it_began_is_told_once_too() -> None:
    desk = Desk()
    for at, one in zip((0, 5, 10, 15, 20), (A, B, A, B, A), strict=True):
        desk.sees(at, one)
    desk.passes(2000)
    assert [one.alert_kind for _, one in desk.alerts] == [AlertKind.HEADLINE_TEST]
    # it shows the other variant beside the one that stayed, not an empty difference
    assert (desk.alerts[0][1].old_n, desk.alerts[0][1].new_n) == (4, 5)


def test_a_long_test_makes_no_storm() -> None:
    desk = Desk()
    for number in range(100):
        desk.sees(number * 7, (A, B, C)[number % 3])
    desk.passes(5000)
    assert len(desk.alerts) <= 3


def test_a_test_that_never_ends_is_told_within_a_day() -> None:
    desk = Desk()
    for number in range(150):
        desk.sees(number * 20, (A, B)[number % 2])
    told = [at for at, one in desk.alerts if one.alert_kind is AlertKind.HEADLINE_TEST]
    assert told and told[0] <= 1500
    assert len(desk.alerts) <= 3


def test_a_new_headline_during_a_test_is_notable_and_said_in_the_summary() -> None:
    desk = Desk(policy=Policy(min_severity=Severity.NOTABLE))
    for at, one in zip((0, 5, 10, 15), (A, B, A, B), strict=True):
        desk.sees(at, one)
    verdict = desk.sees(20, C)
    assert verdict is not None and verdict.severity is Severity.NOTABLE
    desk.passes(1000)
    assert any("3 headline variants seen" in one.reason for _, one in desk.alerts)


def test_a_test_does_not_hide_a_figure_changed_in_the_body() -> None:
    desk = Desk()
    for at, one in zip((0, 5, 10, 15), (A, B, A, B), strict=True):
        desk.sees(at, one)
    desk.sees(20, story(A.headline, "The wall is [19] metres high."))
    desk.passes(60)
    assert [{one.kind for one in verdict.findings} for _, verdict in desk.alerts] == [{"figure_changed"}]


def test_a_rewrite_after_the_test_is_told_as_what_it_is() -> None:
    desk = Desk()
    for at, one in zip((0, 5, 10, 15), (A, B, A, B), strict=True):
        desk.sees(at, one)
    desk.passes(400)
    desk.sees(500, story("Mayor resigns over harbour plan"))
    desk.passes(600)
    assert desk.alerts[-1][1].alert_kind is AlertKind.CHANGE
    assert desk.alerts[-1][0] == 510


def test_a_headline_taken_back_the_next_day_is_a_real_revert_and_is_told() -> None:
    desk = Desk()
    desk.sees(0, A)
    desk.sees(60, B)
    desk.sees(60 + 24 * 60, A)
    desk.passes(3000)
    assert [(one.old_n, one.new_n) for _, one in desk.alerts] == [(1, 2), (2, 3)]


def test_a_figure_told_and_taken_back_an_hour_later_is_told_again() -> None:
    """Whoever was told 12 to 17 must hear that it is 12 again."""
    desk = Desk()
    first, second = story("Wall", "The wall is [12] metres."), story("Wall", "The wall is [17] metres.")
    desk.sees(0, first)
    desk.sees(60, second)
    desk.sees(140, first)
    desk.passes(1000)
    assert len(desk.alerts) == 2


def test_a_body_that_flaps_makes_no_storm() -> None:
    desk = Desk()
    first, second = story("Wall", "The wall is [12] metres."), story("Wall", "The wall is [17] metres.")
    for number in range(60):
        desk.sees(number * 20, (first, second)[number % 2])
    desk.passes(5000)
    assert len(desk.alerts) <= 3


def test_a_correction_that_is_withdrawn_within_minutes_is_told() -> None:
    desk = Desk()
    plain = story("Wall", "The wall is [12] metres.")
    noted = story("Wall", "The wall is [12] metres.", "Correction: the wall is in Marlow Quay.")
    desk.sees(0, plain)
    desk.sees(60, noted)
    verdict = desk.sees(70, plain)
    assert verdict is not None and verdict.action is Action.TELL
    assert [one.kind for one in verdict.findings] == ["correction_removed"]


def test_a_flapping_correction_makes_no_storm() -> None:
    desk = Desk()
    plain = story("Wall", "The wall is [12] metres.")
    noted = story("Wall", "The wall is [12] metres.", "Correction: the wall is in Marlow Quay.")
    for number in range(40):
        desk.sees(number * 30, (plain, noted)[number % 2])
    desk.passes(5000)
    assert len(desk.alerts) <= 4


def test_below_the_level_is_silent_and_names_the_setting() -> None:
    small = changed(finding("para_edited", 2))
    verdict = judge(
        small, state=RouteState(baseline_n=1), policy=CALM, history=History(), now=START, latest_n=2, step=small
    )
    assert verdict.action is Action.SILENT
    assert 'min_severity = "notable" would have told it' in verdict.reason


@pytest.mark.parametrize(
    ("policy", "setting"),
    [
        (Policy(kinds_off=frozenset(["figure_changed"])), "kinds_off"),
        (Policy(kinds_on=frozenset(["quote_altered"])), "kinds"),
        (Policy(only=Only.HEADLINE), "only"),
        (Policy(severity_overrides={"figure_changed": Severity.MINOR}), "severity_overrides"),
        (Policy(profile="live"), "live"),
    ],
)
def test_every_setting_that_silences_a_change_is_named(policy: Policy, setting: str) -> None:
    grave = changed(finding("figure_changed", 3))
    verdict = judge(
        grave, state=RouteState(baseline_n=1), policy=policy, history=History(), now=START, latest_n=2, step=grave
    )
    assert verdict.action is Action.SILENT
    assert setting in verdict.reason
    assert verdict.set_aside[0].finding.kind == "figure_changed"


def test_an_override_can_raise_a_kind() -> None:
    small = changed(finding("byline_changed", 2, field="byline"))
    policy = Policy(severity_overrides={"byline_changed": Severity.CRITICAL})
    verdict = judge(
        small, state=RouteState(baseline_n=1), policy=policy, history=History(), now=START, latest_n=2, step=small
    )
    assert verdict.action is Action.TELL


def test_a_policy_page_tells_from_minor_upwards() -> None:
    small = changed(finding("para_edited", 1))
    policy = Policy(profile="policy_page", settle=0)
    verdict = judge(
        small, state=RouteState(baseline_n=1), policy=policy, history=History(), now=START, latest_n=2, step=small
    )
    assert verdict.action is Action.TELL


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (finding("entry_added", 1), False),
        (finding("para_edited", 3), False),
        (finding("figure_changed", 3), False),
        (finding("entry_removed", 3), True),
        (finding("para_removed", 3), True),
        (finding("headline_changed", 3, field="headline"), True),
        (finding("figure_changed", 4, field="headline"), True),
        (finding("correction_added", 4, field="note"), True),
    ],
)
def test_a_live_blog_alerts_about_headline_corrections_and_deletions_only(one: Finding, told: bool) -> None:
    verdict = judge(
        changed(one),
        state=RouteState(baseline_n=1),
        policy=AT_ONCE,
        history=History(),
        now=START,
        latest_n=2,
        step=changed(one),
        live=True,
    )
    assert (verdict.action is Action.TELL) is told


def test_a_muted_story_is_silent_and_is_not_told_afterwards() -> None:
    grave = changed(finding("correction_added", 4, field="note"))
    verdict = judge(
        grave,
        state=RouteState(baseline_n=1),
        policy=CALM,
        history=History(),
        now=START,
        latest_n=2,
        step=grave,
        muted_until=START + timedelta(hours=1),
    )
    assert verdict.action is Action.SILENT and verdict.rule == "J0"
    assert verdict.state.baseline_n == 2


def test_a_mute_that_is_over_mutes_nothing() -> None:
    grave = changed(finding("correction_added", 4, field="note"))
    verdict = judge(
        grave,
        state=RouteState(baseline_n=1),
        policy=CALM,
        history=History(),
        now=START,
        latest_n=2,
        step=grave,
        muted_until=START,
    )
    assert verdict.action is Action.TELL


def test_a_suspect_page_is_confirmed_and_never_told() -> None:
    page = Comparison(
        status="suspect", severity=Severity.NOTABLE, findings=(finding("extraction_suspect", 2, field="page"),)
    )
    verdict = judge(
        page, state=RouteState(baseline_n=1), policy=AT_ONCE, history=History(), now=START, latest_n=2, step=page
    )
    assert verdict.action is Action.CONFIRM
    assert verdict.state.baseline_n == 1
    assert verdict.due_at == START + timedelta(minutes=10)


PASSAGE = "The port authority was warned of the crack four times, letters seen by this paper show."


def test_a_paragraph_that_comes_back_within_a_week_is_called_restored() -> None:
    back = changed(finding("para_added", 3, after=PASSAGE))
    history = History(removed=(Passage(text=PASSAGE, removed_at=START - timedelta(days=3)),))
    verdict = judge(
        back,
        state=RouteState(baseline_n=2),
        policy=Policy(min_severity=Severity.NOTABLE, settle=0),
        history=history,
        now=START,
        latest_n=3,
        step=back,
    )
    assert verdict.action is Action.TELL
    assert verdict.severity is Severity.NOTABLE
    assert verdict.findings[0].explanation.startswith("Restored: taken out 3 days ago")
    assert [one.kind for one in annotate(back, history, START, CALM)] == ["flip_flop"]


def test_a_paragraph_that_comes_back_after_more_than_a_week_is_new() -> None:
    back = changed(finding("para_added", 3, after=PASSAGE))
    history = History(removed=(Passage(text=PASSAGE, removed_at=START - timedelta(days=8)),))
    verdict = judge(
        back, state=RouteState(baseline_n=2), policy=AT_ONCE, history=history, now=START, latest_n=3, step=back
    )
    assert verdict.severity is Severity.MAJOR


def test_another_paragraph_of_the_same_shape_is_not_taken_for_the_removed_one() -> None:
    other = PASSAGE.replace("four times", "nine times")
    back = changed(finding("para_added", 3, after=other))
    history = History(removed=(Passage(text=PASSAGE, removed_at=START - timedelta(days=1)),))
    verdict = judge(
        back, state=RouteState(baseline_n=2), policy=AT_ONCE, history=history, now=START, latest_n=3, step=back
    )
    assert verdict.action is Action.TELL


def test_removed_paragraphs_and_quotations_are_remembered_once_each() -> None:
    quote = "we told them about it in March"
    old = story("Wall", "Kept text that stays as it is.", f"“{quote},” she said of the wall.")
    gone = Comparison(
        status="changed",
        severity=Severity.MAJOR,
        removed=(2,),
        quotes=(
            QuoteFate(fate="removed", before=quote),
            QuoteFate(fate="removed", before="nobody ever wrote back to us"),
            QuoteFate(fate="verbatim", before="kept and well and alive"),
        ),
    )
    texts = [one.text for one in removed_passages(gone, old, 1, START)]
    assert texts == [f"“{quote},” she said of the wall.", "nobody ever wrote back to us"]


SIGN_UP = "Sign up for our free evening newsletter about the coast."


def test_the_same_change_on_many_stories_is_a_template_change_and_told_to_nobody() -> None:
    step = changed(finding("para_added", 3, after=SIGN_UP))
    recent = [one for watch in range(1, STORIES + 1) for one in signed(step, watch, minute(watch))]
    found = brakes(recent, "The Quay", minute(30))
    assert [one.watches for one in found] == [tuple(range(1, STORIES + 1))]
    assert SIGN_UP in found[0].notice
    verdict = judge(
        step,
        state=RouteState(baseline_n=1),
        policy=AT_ONCE,
        history=History(),
        now=minute(30),
        latest_n=2,
        step=step,
        braked=frozenset(one.signature for one in found),
    )
    assert verdict.action is Action.SILENT and verdict.rule == "J5"
    assert verdict.state.baseline_n == 2


def test_a_real_change_beside_a_template_change_is_still_told() -> None:
    template, fact = finding("para_added", 3, after=SIGN_UP), finding("figure_changed", 3, before="12", after="17")
    verdict = judge(
        changed(template, fact),
        state=RouteState(baseline_n=1),
        policy=AT_ONCE,
        history=History(),
        now=START,
        latest_n=2,
        step=changed(template, fact),
        braked=frozenset([signature(template)]),
    )
    assert verdict.action is Action.TELL
    assert [one.kind for one in verdict.findings] == ["figure_changed"]


@pytest.mark.parametrize("stories", range(1, STORIES))
def test_a_few_stories_make_no_template_change(stories: int) -> None:
    step = changed(finding("para_added", 3, after=SIGN_UP))
    recent = [one for watch in range(stories) for one in signed(step, watch, START)]
    assert brakes(recent, "The Quay", START) == ()


def test_a_stored_change_is_signed_like_a_fresh_one() -> None:
    step = changed(finding("para_added", 3, after=SIGN_UP), finding("spelling", 0, before="one two three four"))
    assert signed_json(comparison_to_json(step), 7, START) == signed(step, 7, START) != ()


def test_the_same_story_many_times_is_no_template_change() -> None:
    step = changed(finding("para_added", 3, after=SIGN_UP))
    recent = [one for at in range(20) for one in signed(step, 7, minute(at))]
    assert brakes(recent, "The Quay", minute(20)) == ()


def test_figures_that_agree_by_chance_are_no_template_change() -> None:
    step = changed(finding("figure_changed", 3, before="12", after="17"))
    assert signed(step, 1, START) == ()


def test_one_correction_on_four_stories_is_still_told() -> None:
    step = changed(finding("correction_added", 4, field="note", after="Correction: the wall dates from 1911."))
    recent = [one for watch in range(STORIES) for one in signed(step, watch, START)]
    assert brakes(recent, "The Quay", START) == ()


def test_changes_of_yesterday_are_no_template_change_of_today() -> None:
    old = [Signed(watch_id=watch, at=START - timedelta(days=1), signature="x") for watch in range(9)]
    assert brakes(old, "The Quay", START) == ()


def test_stories_without_an_outlet_are_never_braked() -> None:
    recent = [Signed(watch_id=watch, at=START, signature="x") for watch in range(9)]
    assert brakes(recent, "", START) == ()


def test_the_state_survives_the_store() -> None:
    state = RouteState(
        baseline_n=7,
        pending_since=START,
        burst_since=START,
        last_edit_at=minute(3),
        edits=3,
        due_at=minute(13),
        peak=Severity.MAJOR,
        test_since=minute(-90),
        test_told=minute(-60),
    )
    assert RouteState.from_json(state.to_json(), baseline_n=0) == state
    assert RouteState.from_json(None, baseline_n=4) == RouteState(baseline_n=4)


@pytest.mark.parametrize(
    "wrong",
    [{"kinds_off": frozenset(["headlines"])}, {"profile": "blog"}, {"settle": -1}, {"kinds_on": frozenset([""])}],
)
def test_a_policy_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"kind|profile|seconds"):
        Policy(**wrong)  # type: ignore[arg-type]


def test_typography_and_case_make_no_other_headline() -> None:
    seen = [
        sighting(story("The “harbour” plan"), 1, minute(0), "a"),
        sighting(story('The "Harbour" plan'), 2, minute(5), "b"),
    ]
    assert not flips(History(sightings=tuple(seen)), "headline", CALM).returned
    assert seen[0].headline == seen[1].headline
