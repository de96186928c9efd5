"""``stet tune``: live stored changes through once more under another policy, and count the alerts.

Nothing is compared here: the caller hands over each story's versions in order and a function that compares two of
them. Time passes as it did: waiting, settling, headline tests and baselines play out as they would have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

from bot.core.comparison import Comparison, Severity
from bot.core.history import RING, History, Passage, Sighting
from bot.core.judge import Action, RouteState, Verdict, judge
from bot.core.policy import Policy

Compare = Callable[[int, int], Comparison]
"""Compares version ``a`` with version ``b`` of the story at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One version that came in: its sighting, and what changed since the version before."""

    sighting: Sighting
    step: Comparison
    removed: tuple[Passage, ...] = ()


def replay(
    edits: Sequence[Edit],
    compare: Compare,
    policy: Policy,
    *,
    until: datetime,
    before: Sequence[Sighting] = (),
    live: bool = False,
) -> tuple[Verdict, ...]:
    """The alerts one route would have had about one story, oldest first.

    ``edits`` are in order of time; ``before`` are the sightings that led up to them, the last being the version that
    counts as told. What still waits to settle at ``until`` is counted as told: it is about to be. A headline test that
    still runs then is not.
    """
    if not edits:
        return ()
    seen = list(before)
    removed: list[Passage] = []
    state = RouteState(baseline_n=seen[-1].n if seen else max(edits[0].sighting.n - 1, 1))
    told: list[Verdict] = []

    def ask(now: datetime, step: Comparison | None) -> None:
        nonlocal state
        latest = seen[-1].n
        verdict = judge(
            step if step is not None and state.baseline_n == latest - 1 else compare(state.baseline_n, latest),
            state=state,
            policy=policy,
            history=History(sightings=tuple(seen[-RING:]), removed=tuple(removed)),
            now=now,
            latest_n=latest,
            step=step,
            live=live,
        )
        state = verdict.state
        if verdict.action is Action.TELL:
            told.append(verdict)

    def pass_time(until_: datetime) -> None:
        """Ask again whenever the judge wanted to be, each time later than the time before."""
        last: datetime | None = None
        while state.due_at is not None and state.due_at <= until_ and (last is None or state.due_at > last):
            last = state.due_at
            ask(last, None)

    for edit in edits:
        pass_time(edit.sighting.at)
        seen.append(edit.sighting)
        ask(edit.sighting.at, edit.step)
        removed += edit.removed
    pass_time(until)
    if state.pending_since is not None and state.due_at is not None:
        ask(max(state.due_at, until), None)
    return tuple(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One route: its alerts under the present policy, and under the one that is tried, by severity."""

    route: str
    now: Mapping[Severity, int] = attribute(default_factory=dict)
    then: Mapping[Severity, int] = attribute(default_factory=dict)

    @property
    def before(self) -> int:
        """Alerts under the present policy."""
        return sum(self.now.values())

    @property
    def after(self) -> int:
        """Alerts under the policy that is tried."""
        return sum(self.then.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What another policy would have meant, route by route."""

    tallies: tuple[Tally, ...]
    stories: int = 0
    changes: int = 0

    def to_json(self) -> list[dict[str, Any]]:
        """For ``stet tune --json``: one object per route."""
        return [
            {
                "route": one.route,
                "alerts_now": one.before,
                "alerts_then": one.after,
                "now": _by_word(one.now),
                "then": _by_word(one.then),
            }
            for one in self.tallies
        ]

    def lines(self, level: str, since: str) -> list[str]:
        """``7 alerts in 7d with min_severity = "critical", not 31``, a line per route."""
        if not self.tallies:
            return ["No route is configured; `stet config show` shows what is."]
        stories = "1 story" if self.stories == 1 else f"{self.stories} stories"
        found = [f"Changes replayed: {self.changes} of {stories} within {since}."]
        for one in self.tallies:
            plural = "" if one.after == 1 else "s"
            against = f", not {one.before}" if one.after != one.before else ", as now"
            found.append(
                f'{one.route}: {one.after} alert{plural} with min_severity = "{level}"{against}{_mix(one.then)}'
            )
        return found


def tally(route: str, now: Iterable[Verdict], then: Iterable[Verdict]) -> Tally:
    """Count the verdicts of one route's stories under both policies."""
    return Tally(
        route=route,
        now=Counter(one.severity for one in now),
        then=Counter(one.severity for one in then),
    )


def _by_word(counts: Mapping[Severity, int]) -> dict[str, int]:
    return {level.word: counts[level] for level in sorted(counts, reverse=True)}


def _mix(counts: Mapping[Severity, int]) -> str:
    named = [f"{counts[level]} {level.word}" for level in sorted(counts, reverse=True) if counts[level]]
    return f" ({', '.join(named)})" if len(named) > 1 else ""
