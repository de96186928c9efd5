"""Verdict: what the judge decided for one route, and RouteState: what it remembers of a story there.

Plain values with their JSON; the rules are in ``core/judge.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.core.comparison import Finding, Severity
from bot.core.model import AlertKind
from bot.core.policy import SetAside


class Action(StrEnum):
    """What to do about a change on one route."""

    TELL = "tell"
    WAIT = "wait"
    CONFIRM = "confirm"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteState:
    """What one route knows of one story.

    ``baseline_n`` is the version last told (or first seen): decisions compare with it. ``pending_since`` is when
    something worth telling first came up, ``burst_since`` and ``last_edit_at`` the first and latest edit that were not
    told yet, ``edits`` their number. ``due_at`` is when the judge wants to be asked again. ``test_since`` is when a
    headline test was first noticed, ``peak`` the gravest headline change seen in it, ``test_told`` when it was told.
    """

    baseline_n: int
    pending_since: datetime | None = None
    burst_since: datetime | None = None
    last_edit_at: datetime | None = None
    edits: int = 0
    due_at: datetime | None = None
    peak: Severity = Severity.TRIVIAL
    test_since: datetime | None = None
    test_told: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """For the store; ``from_json`` reads it back."""
        return {
            "baseline_n": self.baseline_n,
            "pending_since": _iso(self.pending_since),
            "burst_since": _iso(self.burst_since),
            "last_edit_at": _iso(self.last_edit_at),
            "edits": self.edits,
            "due_at": _iso(self.due_at),
            "peak": int(self.peak),
            "test_since": _iso(self.test_since),
            "test_told": _iso(self.test_told),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any] | None, *, baseline_n: int) -> RouteState:
        """The stored state. A route that is new to the story starts at ``baseline_n``, the version before this one."""
        if not document:
            return cls(baseline_n=baseline_n)
        return cls(
            baseline_n=int(document["baseline_n"]),
            pending_since=_moment(document.get("pending_since")),
            burst_since=_moment(document.get("burst_since")),
            last_edit_at=_moment(document.get("last_edit_at")),
            edits=int(document.get("edits") or 0),
            due_at=_moment(document.get("due_at")),
            peak=Severity(document.get("peak") or 0),
            test_since=_moment(document.get("test_since")),
            test_told=_moment(document.get("test_told")),
        )

    def told(self, n: int) -> RouteState:
        """After version ``n`` was told (or is to be forgotten): nothing waits."""
        return RouteState(baseline_n=n, peak=self.peak, test_since=self.test_since, test_told=self.test_told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided for one route, and why.

    ``reason`` is one sentence that names the setting which would change the decision. ``findings`` are what the route
    is told, after its policy; ``set_aside`` what a setting kept out. The change told is ``old_n`` to ``new_n``.
    ``edits`` and ``minutes`` say how many edits it took and over how long. ``state`` replaces the stored one.
    """

    action: Action
    rule: str
    reason: str
    severity: Severity
    old_n: int
    new_n: int
    state: RouteState
    findings: tuple[Finding, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    due_at: datetime | None = None
    edits: int = 1
    minutes: int = 0
    alert_kind: AlertKind = AlertKind.CHANGE
    variants: int = 0
    settings: Mapping[str, Any] | None = None

    @property
    def burst(self) -> str:
        """``3 edits in 12 min``; nothing for one edit."""
        if self.edits < 2:
            return ""
        return f"{self.edits} edits in {max(self.minutes, 1)} min"

    def to_json(self) -> dict[str, Any]:
        """As kept in ``Change.decisions`` and in an alert's payload. The findings in short; the state is kept apart."""
        return {
            "action": self.action.value,
            "rule": self.rule,
            "reason": self.reason,
            "severity": int(self.severity),
            "severity_name": self.severity.word,
            "old_n": self.old_n,
            "new_n": self.new_n,
            "due_at": _iso(self.due_at),
            "edits": self.edits,
            "minutes": self.minutes,
            "burst": self.burst,
            "alert_kind": self.alert_kind.value,
            "variants": self.variants,
            "findings": [_brief(finding) for finding in self.findings],
            "set_aside": [{**_brief(aside.finding), "setting": aside.setting} for aside in self.set_aside],
            "settings": dict(self.settings or {}),
        }


def _brief(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "rule": finding.rule,
        "severity": int(finding.severity),
        "field": finding.field,
        "explanation": finding.explanation,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(UTC) if value else None
