"""The judge: what to do about a change on one route, now: tell it, wait, confirm it first, or keep silent.

Pure functions over values. ``judge`` is asked twice: when a new version came in, and when a route's ``due_at`` has
passed. It compares nothing itself: the caller hands it the comparison of the version last told on the route (the
baseline) with the latest, and what the story showed before.

The rules, in the order they are asked:

  J0  muted: silent, and what happened meanwhile is not told later
  J1  suspect page: confirm it first (``core/hold.py`` counts the fetches)
  J2  back at the baseline while waiting, or nothing left to tell: silent
  J3  headline test: known variants are silent, one summary when it stands still
  J4  the headline or body returned shortly after it left: silent, recorded once
  J5  template change: the same change on many stories of one outlet is the operator's, not the desk's
  J6  below the route's level: silent; it still counts when more comes, because the baseline stays
  J7  critical: told at once, with everything that was waiting
  J8  still being edited: wait until it has settled
  J9  settled: told, as one alert for all edits
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.brake import signature
from bot.core.comparison import Comparison, Finding, Severity
from bot.core.history import NO_FLIPS, Flips, History, Passage, Sighting, flip_flop, flips, restored, span
from bot.core.model import AlertKind
from bot.core.policy import Policy, SetAside, Weighed, by_severity, highest, weigh, with_severity
from bot.core.verdict import Action, RouteState, Verdict

__all__ = [
    "Action",
    "History",
    "Passage",
    "Policy",
    "RouteState",
    "Sighting",
    "Verdict",
    "judge",
]


def judge(
    comparison: Comparison,
    *,
    state: RouteState,
    policy: Policy,
    history: History,
    now: datetime,
    latest_n: int,
    step: Comparison | None = None,
    live: bool = False,
    muted_until: datetime | None = None,
    braked: frozenset[str] = frozenset(),
) -> Verdict:
    """Decide for one route.

    ``comparison`` is baseline to latest. ``step`` is previous to latest, given when that version has just come in,
    None when only time has passed. ``history`` already holds the latest version. ``live``: the story is a live blog.
    ``braked`` are the signatures that ``core/brake.py`` found on many stories of the outlet.
    """
    case = _Case(
        comparison=comparison,
        state=_counted(state, step, now),
        policy=policy,
        history=history,
        now=now,
        latest_n=latest_n,
        weighed=weigh(comparison, policy, live=live),
        headline=flips(history, "headline", policy),
        body=flips(history, "body", policy),
    )
    if muted_until is not None and now < muted_until:
        until = muted_until.isoformat(timespec="minutes")
        return case.silent("J0", f"Muted until {until}; unmute the story to hear of it again.", forget=True)
    if comparison.status == "suspect":
        return case.confirm()
    braked_off = _brake(case, braked)
    if braked_off is not None and not braked_off.weighed.findings:
        return braked_off.silent(
            "J5",
            "The same change came on many stories of this outlet: a template change, told to the operator once.",
            forget=True,
        )
    case = _came_back(braked_off or case)
    tested = _headline_test(case)
    if isinstance(tested, Verdict):
        return tested
    return _settle(_flapped(tested))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Everything one decision is made of, passed from rule to rule."""

    comparison: Comparison
    state: RouteState
    policy: Policy
    history: History
    now: datetime
    latest_n: int
    weighed: Weighed
    headline: Flips = NO_FLIPS
    body: Flips = NO_FLIPS
    ask_again: datetime | None = None
    """A rule wants to be asked again at this time, whatever is decided now."""
    returned: str = ""
    """The field that returned shortly after it left, if that was all."""
    shown_from: int | None = None
    """Number of the version to show the change from, where that is not the baseline."""

    def without(self, kept: tuple[Finding, ...], aside: tuple[SetAside, ...]) -> _Case:
        """The same case with these findings only. What was too much to list is not added to again."""
        severity = highest(kept)
        if kept and self.weighed.severity > highest(self.weighed.findings):
            severity = max(severity, self.weighed.severity)  # the volume of the change (V1) is still there
        weighed = Weighed(severity=severity, findings=by_severity(kept), set_aside=self.weighed.set_aside + aside)
        return replace(self, weighed=weighed)

    def verdict(self, action: Action, rule: str, reason: str, state: RouteState, **more: Any) -> Verdict:
        """A verdict with what every verdict carries."""
        first = self.state.burst_since or self.now
        last = self.state.last_edit_at or self.now
        return Verdict(
            action=action,
            rule=rule,
            reason=reason,
            severity=self.weighed.severity,
            old_n=self.shown_from or self.state.baseline_n,
            new_n=self.latest_n,
            state=state,
            findings=self.weighed.findings,
            set_aside=self.weighed.set_aside,
            due_at=state.due_at,
            edits=max(self.state.edits, 1),
            minutes=round((last - first).total_seconds() / 60),
            settings=self.policy.to_json(),
            **more,
        )

    def tell(self, rule: str, reason: str, **more: Any) -> Verdict:
        """Tell it; the latest version becomes the baseline."""
        state = replace(self.state.told(self.latest_n), due_at=self.ask_again)
        return self.verdict(Action.TELL, rule, reason, state, **more)

    def silent(self, rule: str, reason: str, *, forget: bool = False) -> Verdict:
        """Say nothing. ``forget``: the latest version becomes the baseline, so this is never told later."""
        kept = self.state.told(self.latest_n) if forget else replace(self.state, pending_since=None)
        return self.verdict(Action.SILENT, rule, reason, replace(kept, due_at=self.ask_again))

    def confirm(self) -> Verdict:
        """Look again before believing it."""
        reason = "The page looks incomplete; it is fetched again before anything is told (confirm_gap)."
        at = self.now + timedelta(seconds=self.policy.confirm_gap)
        return self.verdict(Action.CONFIRM, "J1", reason, replace(self.state, due_at=at))


def _counted(state: RouteState, step: Comparison | None, now: datetime) -> RouteState:
    """The state with a new edit counted in. Trivial edits do not make anybody wait longer."""
    if step is None or step.severity is Severity.TRIVIAL:
        return state
    stale = state.last_edit_at is None or (state.pending_since is None and now - state.last_edit_at > _STALE)
    return replace(
        state,
        edits=1 if stale else state.edits + 1,
        burst_since=now if stale else (state.burst_since or now),
        last_edit_at=now,
    )


_STALE = timedelta(minutes=30)
"""Edits that were not worth telling and are older than this do not belong to the burst of today's."""


def _brake(case: _Case, braked: frozenset[str]) -> _Case | None:
    """The case without the findings that belong to a template change, None if there are none."""
    if not braked:
        return None
    marks = [(finding, signature(finding)) for finding in case.weighed.findings]
    kept = tuple(finding for finding, mark in marks if mark not in braked)
    gone = tuple(finding for finding, mark in marks if mark in braked)
    if not gone:
        return None
    rest = case.without(kept, tuple(SetAside(finding=finding, setting="template change") for finding in gone))
    return replace(rest, weighed=replace(rest.weighed, severity=highest(kept)))


def _came_back(case: _Case) -> _Case:
    """Passages that were taken out within the last days and are back are called that, not new."""
    kept: list[Finding] = []
    aside: list[SetAside] = []
    for finding in case.weighed.findings:
        passage = restored(finding, case.history, case.now, case.policy)
        if passage is None:
            kept.append(finding)
            continue
        ago = span(case.now - passage.removed_at)
        kept.append(
            replace(
                with_severity(finding, min(finding.severity, Severity.NOTABLE)),
                explanation=f"Restored: taken out {ago} ago, now back. {finding.explanation}"[:300],
            )
        )
        if finding.severity > Severity.NOTABLE:
            aside.append(SetAside(finding=finding, setting=f"restored within {case.policy.restored_days} days"))
    return case.without(tuple(kept), tuple(aside)) if aside else case


def _headline_test(case: _Case) -> _Case | Verdict:
    """J3. Known variants are silent while the test runs; the summary is due when the headline stood still."""
    test, state = case.headline, case.state
    if not test.testing or test.changed is None:
        return replace(case, state=replace(state, peak=Severity.TRIVIAL, test_since=None, test_told=None))
    mine = tuple(finding for finding in case.weighed.findings if finding.field == "headline")
    rest = tuple(finding for finding in case.weighed.findings if finding.field != "headline")
    peak, since = max(state.peak, highest(mine)), state.test_since or case.now
    case = replace(case, state=replace(state, peak=peak, test_since=since))
    already = state.test_told is not None
    calm_at = test.changed + timedelta(seconds=case.policy.test_calm)
    due_at = calm_at if already else min(calm_at, since + timedelta(seconds=case.policy.test_window))
    if case.now >= due_at:
        return case if already else _summary(case, test, peak, calm=case.now >= calm_at)
    if test.unknown:
        mine = tuple(with_severity(finding, min(finding.severity, Severity.NOTABLE)) for finding in mine)
        return replace(case.without(mine + rest, ()), ask_again=due_at)
    aside = tuple(SetAside(finding=finding, setting="headline test running") for finding in mine)
    quiet = replace(case.without(rest, aside), ask_again=due_at)
    if quiet.weighed.severity < case.policy.threshold:
        return quiet.silent(
            "J3", f"A headline test is running ({test.variants} variants seen); told once when it stands still."
        )
    return quiet


def _summary(case: _Case, test: Flips, peak: Severity, *, calm: bool) -> Verdict | _Case:
    """The one message about a headline test, if any of its variants was worth telling."""
    case = replace(case, state=replace(case.state, test_told=case.now, peak=Severity.TRIVIAL))
    severity = max(peak, case.weighed.severity)
    if severity < case.policy.threshold:
        return case
    how = f"unchanged for {span(case.now - test.changed)}" if calm and test.changed else "still alternating"
    words = f"Headline test: {test.variants} headline variants seen, {how}."
    findings = (flip_flop(words, field="headline", severity=min(severity, Severity.NOTABLE)), *case.weighed.findings)
    weighed = replace(case.weighed, severity=severity, findings=by_severity(findings))
    case = replace(case, weighed=weighed, shown_from=_other_variant(case))
    return case.tell("J3", words, alert_kind=AlertKind.HEADLINE_TEST, variants=test.variants)


def _other_variant(case: _Case) -> int | None:
    """The version to show beside the latest: the baseline, unless it has the same headline; then the last that had
    another, so that the message shows both variants.
    """
    seen = case.history.sightings
    latest = seen[-1].headline
    baseline = next((one for one in seen if one.n == case.state.baseline_n), None)
    if baseline is not None and baseline.headline != latest:
        return None
    return next((one.n for one in reversed(seen) if one.headline != latest and one.n < case.latest_n), None)


def _flapped(case: _Case) -> _Case:
    """J4. A headline or body that is back shortly after it left says nothing new; what is critical is told once."""
    policy = case.policy
    back: list[str] = []
    for name, seen, limit in (
        ("headline", case.headline, policy.headline_flap),
        ("body", case.body, policy.body_flap),
    ):
        soon = seen.returned and not seen.testing and seen.away < timedelta(seconds=limit)
        storm = name == "body" and seen.testing and seen.returned and not _calm(case, seen)
        if storm and seen.changed is not None:
            case = replace(case, ask_again=seen.changed + timedelta(seconds=policy.test_calm))
        if soon or storm:
            back.append(name)
    if not back:
        return case
    kept: list[Finding] = []
    aside: list[SetAside] = []
    for finding in case.weighed.findings:
        field = "headline" if finding.field == "headline" else "body"
        critical = finding.severity >= Severity.CRITICAL and field == "body" and not case.body.testing
        if field not in back or critical:
            kept.append(finding)
        else:
            aside.append(SetAside(finding=finding, setting="returned to an earlier text"))
    if not aside:
        return case
    shortened = replace(case.without(tuple(kept), tuple(aside)), returned=" and ".join(back))
    return shortened if kept else replace(shortened, weighed=replace(shortened.weighed, severity=Severity.TRIVIAL))


def _calm(case: _Case, seen: Flips) -> bool:
    return seen.changed is not None and case.now - seen.changed >= timedelta(seconds=case.policy.test_calm)


def _settle(case: _Case) -> Verdict:
    """J2 and J6 to J9: is anything left, is it enough, has it settled?"""
    severity, threshold, state, policy = case.weighed.severity, case.policy.threshold, case.state, case.policy
    if case.returned and severity < max(threshold, Severity.NOTABLE):
        words = f"The {case.returned} went back to an earlier text before long (headline_flap, body_flap)."
        return case.silent("J4", words, forget=severity <= Severity.MINOR and case.ask_again is None)
    if severity is Severity.TRIVIAL:
        reason = "Back to the text last told; nothing is left to tell." if state.pending_since else _nothing(case)
        return case.silent("J2", reason)
    if severity < threshold:
        return case.silent("J6", _below(case))
    if severity >= Severity.CRITICAL:
        return case.tell("J7", "Critical changes are told at once, whatever is waiting.")
    pending = state.pending_since or case.now
    last = state.last_edit_at or case.now
    due = min(last + timedelta(seconds=policy.settle), pending + timedelta(seconds=policy.settle_max))
    if case.now >= due:
        reason = f"{severity.word.capitalize()} is at or above this route's min_severity ({threshold.word})"
        waited = f" and {policy.settle} s (settle) passed since the latest edit." if policy.settle else "."
        return case.tell("J9", reason + waited)
    due = min(due, case.ask_again) if case.ask_again else due
    waiting = replace(state, pending_since=pending, due_at=due)
    reason = f"Waits for the edits to settle (settle = {policy.settle} s, settle_max = {policy.settle_max} s)."
    return case.verdict(Action.WAIT, "J8", reason, waiting)


def _nothing(case: _Case) -> str:
    aside = case.weighed.set_aside
    if aside:
        gravest = max(aside, key=lambda one: one.finding.severity)
        return f"Nothing left to tell: {gravest.finding.kind} was set aside by {gravest.setting}."
    return "Only typography, spelling or page furniture differs from the text last told."


def _below(case: _Case) -> str:
    """Why it was not enough, and which setting would have told it."""
    severity, threshold = case.weighed.severity, case.policy.threshold
    aside = [one for one in case.weighed.set_aside if one.finding.severity >= threshold]
    if aside:
        gravest = max(aside, key=lambda one: one.finding.severity)
        return (
            f"{gravest.finding.kind} ({gravest.finding.severity.word}) was set aside by {gravest.setting}; "
            f"without it this route would have been told."
        )
    return (
        f"{severity.word.capitalize()} is below this route's min_severity ({threshold.word}); "
        f'min_severity = "{severity.word}" would have told it.'
    )
