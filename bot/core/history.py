"""What a story showed before: values that return, headline tests, passages that come back.

Pure functions over the last 50 sightings of a watch, oldest first. A *sighting* is one version that was accepted; a
*run* is the time during which one field showed one value; a *return* is a run whose value stood there before, with
something else between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.policy import Policy
from bot.core.story import BlockKind, Story
from bot.core.text import fold_text

RING = 50
"""So many sightings are remembered per watch."""

Field = Literal["headline", "body"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One accepted version: its number, when it came, and hashes of its headline, its body and the whole."""

    n: int
    at: datetime
    headline: str
    body: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph or quotation that was taken out of the story, and when."""

    text: str
    removed_at: datetime
    n: int = 0
    """Number of the last version that held it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Sightings oldest first, the latest version last, and what was removed within the last days."""

    sightings: tuple[Sighting, ...] = ()
    removed: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One field showed ``value`` from ``since`` until the next run."""

    value: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """What one field's past says about its present value.

    ``returned``: the present value stood there before. ``away``: how long something else stood in between.
    ``returns``: returns within the window. ``variants``: distinct values that took part. ``testing``: enough returns
    to call it a test (a headline) or a flapping cache (a body). ``unknown``: a test was running and the present value
    is new to it. ``started`` and ``changed``: when the first variant came, and when the present value did.
    """

    returned: bool = False
    away: timedelta = timedelta(0)
    returns: int = 0
    variants: int = 0
    testing: bool = False
    unknown: bool = False
    started: datetime | None = None
    changed: datetime | None = None


NO_FLIPS = Flips()


def headline_hash(story: Story) -> str:
    """Hash of the headline as a reader hears it: typography and case do not make another headline."""
    return _hash([story.headline])


def body_hash(story: Story) -> str:
    """Hash of standfirst and body as a reader hears them. Furniture is left out."""
    words = [block.text for block in story.blocks if block.kind is not BlockKind.FURNITURE]
    return _hash([story.standfirst, *story.corrections, *words])


def sighting(story: Story, n: int, at: datetime, fingerprint: str) -> Sighting:
    """The sighting of a version that was just accepted."""
    return Sighting(n=n, at=at, headline=headline_hash(story), body=body_hash(story), fingerprint=fingerprint)


def runs(history: History, field: Field) -> list[Run]:
    """The field's values in order, neighbouring equal ones as one."""
    found: list[Run] = []
    for seen in history.sightings[-RING:]:
        value = seen.headline if field == "headline" else seen.body
        if not found or found[-1].value != value:
            found.append(Run(value=value, since=seen.at))
    return found


def flips(history: History, field: Field, policy: Policy) -> Flips:
    """Does the field's present value return, and does the field alternate?

    Returns are counted over ``policy.test_window`` before the latest change, so the answer does not depend on when it
    is asked; a test that ended long ago is one whose ``changed`` lies long ago.
    """
    line = runs(history, field)
    if len(line) < 2:
        return NO_FLIPS
    present = line[-1]
    returned = any(run.value == present.value for run in line[:-1])
    away = present.since - line[-2].since
    if returned:
        part = _alternating(line, policy)
    else:
        # a new value right after a test belongs to it; one that comes when the test has calmed down is a rewrite
        before = _alternating(line[:-1], policy) if away < _seconds(policy.test_calm) else None
        part = [*before, present] if before else None
    return Flips(
        returned=returned,
        away=away,
        returns=_returns(line, policy),
        variants=len({run.value for run in part}) if part else 0,
        testing=part is not None,
        unknown=part is not None and not returned,
        started=part[0].since if part else None,
        changed=present.since,
    )


def restored(finding: Finding, history: History, now: datetime, policy: Policy) -> Passage | None:
    """The removed passage that this added one is, if it was taken out within the last days."""
    if finding.kind not in ("para_added", "quote_added") or not finding.after:
        return None
    text = fold(finding.after)
    if len(text.split()) < 4:
        return None
    for passage in history.removed:
        old = fold(passage.text)
        recent = now - passage.removed_at <= timedelta(days=policy.restored_days)
        if recent and (text in old or (old in text and len(old) * 2 > len(text))):
            return passage
    return None


def removed_passages(comparison: Comparison, old: Story, n: int, at: datetime) -> tuple[Passage, ...]:
    """What this change took out of version ``n``: whole paragraphs, and quotations from paragraphs that stayed."""
    texts = [old.blocks[number - 1].text for number in comparison.removed if 0 < number <= len(old.blocks)]
    texts += [
        quote.before
        for quote in comparison.quotes
        if quote.fate == "removed" and not any(quote.before in text for text in texts)
    ]
    return tuple(Passage(text=text, removed_at=at, n=n) for text in texts if len(text.split()) >= 4)


def flip_flop(explanation: str, *, field: str, severity: Severity = Severity.MINOR) -> Finding:
    """The finding that says that a value came back."""
    return Finding(kind="flip_flop", severity=severity, rule="T1", field=field, explanation=explanation)


def annotate(step: Comparison, history: History, now: datetime, policy: Policy) -> tuple[Finding, ...]:
    """Findings of history to store beside a step's own: a headline or body that returned, passages that came back.

    ``history`` already holds the new version. Each says ``flip_flop``, at most MINOR.
    """
    found: list[Finding] = []
    for field in ("headline", "body"):
        seen = flips(history, field, policy)
        if seen.returned and seen.changed == history.sightings[-1].at:
            first = seen.returns <= 1
            words = f"The {field} is again what it was before; something else stood there for {span(seen.away)}."
            found.append(flip_flop(words, field=field, severity=Severity.MINOR if first else Severity.TRIVIAL))
    for finding in step.findings:
        passage = restored(finding, history, now, policy)
        if passage is not None:
            words = f"Restored: a passage taken out {span(now - passage.removed_at)} ago is back."
            found.append(flip_flop(words, field=finding.field))
    return tuple(found)


def span(length: timedelta) -> str:
    """A duration in words, the largest unit that fits: ``12 min``, ``3 hours``, ``2 days``."""
    minutes = round(length.total_seconds() / 60)
    if minutes < 90:
        return f"{max(minutes, 1)} min"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def _alternating(line: Sequence[Run], policy: Policy) -> list[Run] | None:
    """The runs of a test: from the first of the values that return, where enough returns fall into the window."""
    if _returns(line, policy) < policy.test_returns:
        return None
    start = line[-1].since - _seconds(policy.test_window)
    back = {run.value for run in _return_runs(line) if run.since >= start}
    # the run that stood when the window opened belongs to it
    first_inside = next((i for i, run in enumerate(line) if run.since >= start), len(line))
    earliest = max(first_inside - 1, 0)
    first = next(i for i in range(earliest, len(line)) if line[i].value in back)
    return list(line[first:])


def _returns(line: Sequence[Run], policy: Policy) -> int:
    if not line:
        return 0
    start = line[-1].since - _seconds(policy.test_window)
    return sum(1 for run in _return_runs(line) if run.since >= start)


def _return_runs(line: Sequence[Run]) -> Iterable[Run]:
    seen: set[str] = set()
    for run in line:
        if run.value in seen:
            yield run
        seen.add(run.value)


def _seconds(value: int) -> timedelta:
    return timedelta(seconds=value)


def _hash(texts: Iterable[str]) -> str:
    packed = "\x1e".join(fold(text) for text in texts)
    return hashlib.sha256(packed.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def fold(text: str) -> str:
    """Text as a reader hears it: one form of every letter, quotation mark, dash and space, and one case."""
    return " ".join(fold_text(text).casefold().split())
