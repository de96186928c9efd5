"""The template brake: the same change on many stories of one outlet is a change of the site, not of the stories.

A signature is what a finding says, without where it stands. When one signature turns up on enough stories of an outlet
within a few hours, its findings are set aside on every story and the operator is told once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.history import fold

STORIES = 4
"""So many stories of one outlet with the same change are a template change."""
CRITICAL_STORIES = 8
"""A correction may be printed on several stories that told the same thing: the brake comes later."""
WINDOW = timedelta(hours=6)
MIN_WORDS = 4
"""Shorter texts ("12" becomes "17") may agree by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One finding on one story, as remembered for the brake."""

    watch_id: int
    at: datetime
    signature: str
    critical: bool = False
    words: str = ""
    """What it says, for the notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """One template change: its signature, on which stories it was seen, and the notice to the operator."""

    signature: str
    outlet: str
    watches: tuple[int, ...]
    notice: str

    @property
    def key(self) -> str:
        """Identity for the told-once ledger."""
        return f"template:{self.outlet}:{self.signature}"


def signature(finding: Finding) -> str:
    """What the finding says, hashed; empty where it says too little to be the same by more than chance."""
    return _signature(finding.kind, finding.field, finding.before, finding.after)


def signed(step: Comparison, watch_id: int, at: datetime) -> tuple[Signed, ...]:
    """The signatures of one change, to remember beside it. Trivial findings need no brake."""
    rows = ((one.kind, one.field, one.before, one.after, int(one.severity)) for one in step.findings)
    return _signed(rows, watch_id, at)


def signed_json(comparison: Mapping[str, Any], watch_id: int, at: datetime) -> tuple[Signed, ...]:
    """The same from a stored comparison's JSON, without building it: an outlet has many recent changes."""
    rows = (
        (one["kind"], one["field"], one["before"], one["after"], int(one["severity"]))
        for one in comparison.get("findings", ())
    )
    return _signed(rows, watch_id, at)


def _signed(rows: Iterable[tuple[str, str, str, str, int]], watch_id: int, at: datetime) -> tuple[Signed, ...]:
    found = {}
    for kind, field, before, after, severity in rows:
        if severity <= Severity.TRIVIAL:
            continue
        mark = _signature(kind, field, before, after)
        if mark:
            found[mark] = Signed(
                watch_id=watch_id,
                at=at,
                signature=mark,
                critical=severity >= Severity.CRITICAL,
                words=(after or before)[:120],
            )
    return tuple(found.values())


def _signature(kind: str, field: str, before: str, after: str) -> str:
    if field == "headline":
        return ""
    old, new = fold(before), fold(after)
    if len(old.split()) + len(new.split()) < MIN_WORDS:
        return ""
    packed = "\x1e".join((kind, old, new)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(packed).hexdigest()[:16]


def brakes(recent: Iterable[Signed], outlet: str, now: datetime) -> tuple[Brake, ...]:
    """The template changes among the recent findings of one outlet, those of the change at hand included."""
    if not outlet:
        return ()
    seen: dict[str, dict[int, Signed]] = {}
    for one in recent:
        if one.signature and timedelta(0) <= now - one.at <= WINDOW:
            seen.setdefault(one.signature, {})[one.watch_id] = one
    found = []
    for mark, stories in sorted(seen.items()):
        some = next(iter(stories.values()))
        if len(stories) >= (CRITICAL_STORIES if some.critical else STORIES):
            notice = (
                f"The same change appeared on {len(stories)} stories of {outlet} within "
                f"{round(WINDOW.total_seconds() / 3600)} hours and is treated as a change of the site: “{some.words}”. "
                "Add it to the outlet's ignore rules if it should stay unseen."
            )
            found.append(Brake(signature=mark, outlet=outlet, watches=tuple(sorted(stories)), notice=notice))
    return tuple(found)
