"""Message: what one alert says, before any channel has given it a form.

Built once from the alert, its watch and the two versions; every renderer (Slack, email, terminal, plain, HTML, Atom)
reads it and nothing else. Addresses in it are http(s) or empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.model import AlertKind
from bot.core.story import Story
from bot.render.rows import Row, RowKind, rows

MAX_FINDINGS = 8
"""Findings shown in one alert; the rest are counted (a heavy rewrite gives 30 to 60)."""

_NOTES = {"correction_added", "correction_changed", "correction_removed"}
_GENERAL = {"para_edited", "para_moved", "para_split", "para_merged"}
_PLACES = ("headline", "standfirst", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One alert, channel-neutral.

    ``old`` and ``new`` are the stories compared (the version last told on the route, and the newest); both None for
    notices, whose words are ``title`` and ``lines``. ``edits`` counts the edits coalesced into this alert.
    ``zone`` is the reader's zone name for local times. ``links`` may hold ``story`` (the outlet's page), ``diff``
    ``versions`` ``evidence`` (our pages), ``mute``, ``settings``, ``unsubscribe``.
    """

    kind: AlertKind
    public_id: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    severity: Severity = Severity.NOTABLE
    watch_id: int | None = None
    label: str = ""
    desk: str = ""
    outlet: str = ""
    route: str = ""
    why: str = ""
    """Why the reader gets this, in words: ``route “world” hears of major changes``."""
    old: Story | None = None
    new: Story | None = None
    old_n: int | None = None
    new_n: int | None = None
    comparison: Comparison | None = None
    findings: tuple[Finding, ...] = ()
    """What the route wants to hear, gravest first; the comparison holds all."""
    seen_at: datetime | None = None
    edits: int = 1
    span_minutes: int = 0
    zone: str = "UTC"
    links: Mapping[str, str] = attribute(default_factory=dict)
    payload: Mapping[str, Any] = attribute(default_factory=dict)

    @property
    def headline(self) -> str:
        """The newest headline, or the notice's title."""
        return (self.new.headline if self.new else "") or (self.old.headline if self.old else "") or self.title

    @property
    def rows(self) -> tuple[Row, ...]:
        """The diff as rows; empty for notices."""
        if self.comparison is None or self.old is None or self.new is None:
            return ()
        return rows(self.comparison, self.old, self.new)

    @property
    def changed_rows(self) -> tuple[Row, ...]:
        """Rows that differ: what an alert shows. Never empty for a change that is told."""
        return tuple(row for row in self.rows if row.changed or row.kind is RowKind.MOVED)

    @property
    def words_added(self) -> int:
        """Words that came."""
        return int(self.comparison.counts.get("words_added", 0)) if self.comparison else 0

    @property
    def words_removed(self) -> int:
        """Words that went."""
        return int(self.comparison.counts.get("words_removed", 0)) if self.comparison else 0


ICONS = {
    "correction": "⚠️",
    "removed": "🗑️",
    "headline": "📰",
    "text": "✏️",
    "restored": "⬆️",
    "gone": "🗑️",
    "notice": "ℹ️",
}
"""A sign for each sort of message; always shown beside its word, never alone."""


def sort_of(message: Message) -> str:
    """One of ``correction removed headline text restored gone notice``: the icon's key, gravest first."""
    if message.kind is AlertKind.GONE:
        return "gone"
    if message.kind is AlertKind.RETURNED:
        return "restored"
    if message.comparison is None:
        return "notice"
    kinds = set(message.comparison.kinds)
    if kinds & _NOTES:
        return "correction"
    if "story_withdrawn" in kinds:
        return "removed"
    if message.comparison.headline.changed:
        return "headline"
    return "text"


def kind_words(message: Message) -> str:
    """The kind of change in words: ``Correction added``, ``Headline and text changed``, ``Story gone``.

    A sample says ``Test:`` before them.
    """
    words = _kind_words(message)
    return f"Test: {words}" if message.kind is AlertKind.TEST and message.comparison is not None else words


def _kind_words(message: Message) -> str:
    if message.kind is AlertKind.GONE:
        return "Story gone"
    if message.kind is AlertKind.RETURNED:
        return "Story is back"
    if message.kind is AlertKind.HEADLINE_TEST:
        return "Headline test"
    comparison = message.comparison
    if comparison is None:
        return message.title or "Notice"
    kinds = set(comparison.kinds)
    if "correction_added" in kinds:
        return "Correction added"
    if "correction_removed" in kinds:
        return "Correction removed"
    if "correction_changed" in kinds:
        return "Correction changed"
    changed = [
        place
        for place, is_changed in zip(
            _PLACES,
            (
                comparison.headline.changed,
                comparison.standfirst.changed,
                any(row.changed and row.kind not in (RowKind.HEADLINE, RowKind.STANDFIRST) for row in message.rows),
            ),
            strict=True,
        )
        if is_changed
    ]
    words = " and ".join(changed) if len(changed) < 3 else "headline, standfirst and text"
    if not words:
        return "Details changed"
    if "silent_change" in comparison.flags:
        return f"{words.capitalize()} changed without a note"
    return f"{words.capitalize()} changed"


def notable_findings(message: Message) -> tuple[tuple[Finding, ...], int]:
    """The findings to show (at most MAX_FINDINGS, severity above trivial) and how many more there are."""
    wanted = message.findings or (message.comparison.findings if message.comparison else ())
    worth = telling(wanted)
    return worth[:MAX_FINDINGS], max(0, len(worth) - MAX_FINDINGS)


def telling(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that say something of their own: notes first, trivial ones and repetitions left out.

    "Paragraph edited" (or "headline changed" by one figure) beside a finding that says how is a repetition; the diff
    shows the words.
    """
    worth = [finding for finding in findings if finding.severity > Severity.TRIVIAL]
    explained = {(one.field, one.old_block, one.new_block) for one in worth if one.kind not in _GENERAL}
    kept = [
        one for one in worth if one.kind != "para_edited" or (one.field, one.old_block, one.new_block) not in explained
    ]
    return tuple(sorted(kept, key=lambda one: one.kind not in _NOTES))
