"""What a route cares about: a policy, and what it leaves of a comparison's findings.

Every finding that a policy sets aside is kept with the setting that did it, so that ``stet why`` can name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from bot.core.comparison import KINDS, Comparison, Finding, Severity
from bot.core.model import Only

PROFILES = ("story", "live", "policy_page")
CORRECTIONS = frozenset(("correction_added", "correction_changed", "correction_removed", "story_withdrawn"))
"""Kinds that ``only = corrections`` lets through, beside update notes that name a change (major and above)."""
LIVE_KINDS = CORRECTIONS | {"entry_removed", "para_removed", "quote_removed", "story_withdrawn"}
"""What a live blog alerts about beside its headline: corrections and deletions. Entries come and go all day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is worth telling on one route, and how long to wait before telling it. Durations in seconds.

    Raises ValueError for a kind, profile or duration that cannot be.
    """

    min_severity: Severity = Severity.MAJOR
    kinds_on: frozenset[str] = frozenset()
    """Only these kinds; empty means every kind."""
    kinds_off: frozenset[str] = frozenset()
    severity_overrides: Mapping[str, Severity] = attribute(default_factory=dict)
    only: Only = Only.ALL
    profile: str = "story"
    settle: int = 600
    """Quiet time after the latest edit before telling."""
    settle_max: int = 1800
    """However often it is edited, told after this long."""
    confirm_gap: int = 600
    """Time between the fetches that confirm an odd page."""
    body_flap: int = 900
    """A body that returns within this time of leaving is a cache, not an edit."""
    headline_flap: int = 10_800
    """A headline that returns within this time of leaving is a test, not a rewrite."""
    test_calm: int = 10_800
    """A headline test is over when the headline stood still this long."""
    test_window: int = 86_400
    """Returns are counted over this long."""
    test_returns: int = 2
    """So many returns within the window make a test."""
    restored_days: int = 7
    """How long a removed passage is remembered, to recognise it when it comes back."""

    def __post_init__(self) -> None:
        unknown = sorted((self.kinds_on | self.kinds_off | set(self.severity_overrides)) - KINDS)
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no kind of finding; the kinds are listed in the documentation")
        if self.profile not in PROFILES:
            raise ValueError(f"{self.profile!r} is no profile; use one of {', '.join(PROFILES)}")
        if min(self.settle, self.settle_max, self.confirm_gap) < 0:
            raise ValueError("settle, settle_max and confirm_gap are seconds, 0 or more")

    def to_json(self) -> dict[str, Any]:
        """The settings an editor can change, for ``stet why`` and stored decisions."""
        return {
            "min_severity": self.min_severity.word,
            "kinds_on": sorted(self.kinds_on),
            "kinds_off": sorted(self.kinds_off),
            "severity_overrides": {kind: int(level) for kind, level in sorted(self.severity_overrides.items())},
            "only": self.only.value,
            "profile": self.profile,
            "settle": self.settle,
            "settle_max": self.settle_max,
        }

    @property
    def threshold(self) -> Severity:
        """The level from which something is told. A policy page (terms, guidelines) tells from minor upwards."""
        return min(self.min_severity, Severity.MINOR) if self.profile == "policy_page" else self.min_severity


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A finding that a setting kept from being told. ``setting`` names it as written in the configuration."""

    finding: Finding
    setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What a policy leaves of a comparison: findings, gravest first, and their severity."""

    severity: Severity
    findings: tuple[Finding, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


def weigh(comparison: Comparison, policy: Policy, *, live: bool = False) -> Weighed:
    """Apply filters, overrides and the profile. A comparison that is too much to list (V1) stays at least as grave.

    ``live`` says that the story is a live blog, whatever the profile says.
    """
    live = live or policy.profile == "live"
    kept: list[Finding] = []
    aside: list[SetAside] = []
    for finding in comparison.findings:
        setting = _filtered_by(finding, policy)
        if setting:
            aside.append(SetAside(finding=finding, setting=setting))
            continue
        weighed, setting = _reweigh(finding, policy, live)
        if setting and weighed.severity < finding.severity:
            aside.append(SetAside(finding=finding, setting=setting))
        kept.append(weighed)
    severity = highest(kept)
    if not aside and not policy.kinds_on and policy.only is Only.ALL and not live:
        severity = max(severity, comparison.severity)
    elif "rewritten" in comparison.flags and not policy.kinds_on and policy.only is not Only.CORRECTIONS and not live:
        severity = max(severity, Severity.MAJOR) if kept else severity
    return Weighed(severity=severity, findings=by_severity(kept), set_aside=tuple(aside))


def highest(findings: Iterable[Finding]) -> Severity:
    """The gravest of the findings, TRIVIAL for none."""
    return max((finding.severity for finding in findings), default=Severity.TRIVIAL)


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Gravest first, otherwise in the order given."""
    return tuple(sorted(findings, key=lambda finding: -finding.severity))


def with_severity(finding: Finding, severity: Severity) -> Finding:
    """The same finding, weighed differently."""
    if finding.severity == severity:
        return finding
    return Finding(
        kind=finding.kind,
        severity=severity,
        rule=finding.rule,
        field=finding.field,
        before=finding.before,
        after=finding.after,
        confidence=finding.confidence,
        speaker=finding.speaker,
        old=finding.old,
        new=finding.new,
        explanation=finding.explanation,
        data=finding.data,
    )


def _filtered_by(finding: Finding, policy: Policy) -> str:
    """The setting that keeps this finding out, or nothing."""
    if finding.kind in policy.kinds_off:
        return f'kinds_off = ["{finding.kind}"]'
    if policy.kinds_on and finding.kind not in policy.kinds_on:
        return f"kinds = {sorted(policy.kinds_on)}".replace("'", '"')
    if not _wanted(finding, policy.only):
        return f'only = "{policy.only.value}"'
    return ""


def _wanted(finding: Finding, only: Only) -> bool:
    match only:
        case Only.ALL:
            return True
        case Only.HEADLINE:
            return finding.field == "headline"
        case Only.BODY:
            return finding.field != "headline"
        case Only.CORRECTIONS:
            note = finding.kind == "update_note_changed" and finding.severity >= Severity.MAJOR
            return note or finding.kind in CORRECTIONS


def _reweigh(finding: Finding, policy: Policy, live: bool) -> tuple[Finding, str]:
    override = policy.severity_overrides.get(finding.kind)
    if override is not None:
        return with_severity(finding, override), f"severity_overrides.{finding.kind} = {int(override)}"
    told_live = finding.field == "headline" or finding.kind in LIVE_KINDS or finding.kind in policy.kinds_on
    if live and not told_live and finding.severity > Severity.MINOR:
        return with_severity(finding, Severity.MINOR), 'profile = "live"'
    return finding, ""
