"""Comparison: what differs between two versions of a story, and its JSON form.

The types only; ``compare`` in ``core/compare.py`` makes them. Block numbers count from 1 in the order given;
``Span`` and ``Edit`` hold character offsets into display text (the text as stored).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import IntEnum
from typing import Any, Literal

SCHEMA = 1


class Severity(IntEnum):
    """How much a change matters, from whitespace to a correction."""

    TRIVIAL = 0
    MINOR = 1
    NOTABLE = 2
    MAJOR = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The name people write: ``trivial`` … ``critical``."""
        return self.name.lower()

    @classmethod
    def parse(cls, value: str | int) -> Severity:
        """From ``"major"`` or ``3``. Raises ValueError with the accepted words."""
        if isinstance(value, int):
            return cls(value)
        try:
            return cls[value.strip().upper()]
        except KeyError:
            words = ", ".join(member.word for member in cls)
            raise ValueError(f"{value!r} is no severity; use one of {words}") from None


Status = Literal["same", "trivial", "changed", "suspect"]
Relation = Literal["unchanged", "typographic", "edited", "rewritten", "split", "merged"]
EditOp = Literal["equal", "delete", "insert", "replace"]
Fate = Literal[
    "verbatim",
    "altered",
    "brackets",
    "trimmed",
    "paraphrased",
    "marks_removed",
    "reattributed",
    "removed",
    "added",
]
KINDS: frozenset[str] = frozenset(
    """
    headline_changed standfirst_changed byline_changed published_changed lede_changed caption_changed
    correction_added correction_changed correction_removed update_note_changed
    para_added para_removed para_edited para_moved para_split para_merged
    quote_added quote_removed quote_altered quote_trimmed quote_brackets quote_paraphrased quote_marks_added
    quote_marks_removed quote_reattributed
    figure_changed figure_added figure_removed date_changed name_changed name_spelling name_added name_removed
    negation_changed hedge_added hedge_removed modality_changed quantifier_changed attribution_added
    attribution_removed attribution_verb question_changed framing_changed
    typography punctuation spelling figure_format furniture
    entry_added entry_removed entry_edited
    extraction_suspect story_withdrawn
    flip_flop
    """.split()
)
"""The closed list of kinds of finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Characters ``start`` to ``end`` of block number ``block`` (0: the field itself, e.g. the headline)."""

    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One run of words. The ``old`` (``new``) texts of a link's edits, concatenated, are its old (new) text.

    Never cut inside a whitespace-delimited word. ``delete`` has an empty ``new``, ``insert`` an empty ``old``;
    in ``equal`` the two may still differ typographically.
    """

    op: EditOp
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Which old blocks became which new blocks. The texts of several blocks are joined by one newline."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    relation: Relation
    score: float
    edits: tuple[Edit, ...] = ()
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason, with evidence.

    ``kind`` is from KINDS, ``rule`` the stable id of the rule (``Q1``), ``field`` is ``headline standfirst byline
    published body note caption page``. ``before`` and ``after`` are the words concerned, verbatim from the display
    text ("" where there are none), ``explanation`` one plain line of at most 300 characters.
    """

    kind: str
    severity: Severity
    rule: str
    field: str
    before: str = ""
    after: str = ""
    confidence: float = 1.0
    speaker: str | None = None
    old: Span | None = None
    new: Span | None = None
    explanation: str = ""
    data: Mapping[str, Any] = attribute(default_factory=dict)

    @property
    def old_block(self) -> int | None:
        """Number of the old block, None outside the body."""
        return self.old.block or None if self.old else None

    @property
    def new_block(self) -> int | None:
        """Number of the new block, None outside the body."""
        return self.new.block or None if self.new else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFate:
    """What became of one quotation."""

    fate: Fate
    before: str = ""
    after: str = ""
    speaker_before: str | None = None
    speaker_after: str | None = None
    old_block: int | None = None
    new_block: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A single-line field (headline, standfirst) before and after, with its word edits."""

    before: str = ""
    after: str = ""
    changed: bool = False
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What ``compare(old, new)`` found.

    ``findings`` are sorted: severity descending, then headline, standfirst, body in order, notes by position.
    Every old (new) block number is in exactly one of ``links`` and ``removed`` (``added``).
    ``flags`` may hold ``lede_replaced story_reframed rewritten silent_change live degraded``.
    """

    status: Status
    severity: Severity
    findings: tuple[Finding, ...] = ()
    links: tuple[Link, ...] = ()
    removed: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    quotes: tuple[QuoteFate, ...] = ()
    headline: FieldChange = FieldChange()
    standfirst: FieldChange = FieldChange()
    summary: str = ""
    flags: frozenset[str] = frozenset()
    counts: Mapping[str, int] = attribute(default_factory=dict)
    """``words_added`` and ``words_removed`` among others."""
    engine: str = ""
    degraded: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the findings, gravest first, each once."""
        return tuple(dict.fromkeys(finding.kind for finding in self.findings))


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The public comparison JSON; ``from_json`` reads it back without loss."""
    return {
        "schema": SCHEMA,
        "status": comparison.status,
        "severity": int(comparison.severity),
        "severity_name": comparison.severity.word,
        "summary": comparison.summary,
        "flags": sorted(comparison.flags),
        "engine": comparison.engine,
        "degraded": comparison.degraded,
        "headline": _field_json(comparison.headline),
        "standfirst": _field_json(comparison.standfirst),
        "links": [
            {
                "old": list(link.old),
                "new": list(link.new),
                "relation": link.relation,
                "moved": link.moved,
                "score": round(link.score, 4),
                "edits": [{"op": edit.op, "old": edit.old, "new": edit.new} for edit in link.edits],
            }
            for link in comparison.links
        ],
        "removed": list(comparison.removed),
        "added": list(comparison.added),
        "findings": [_finding_json(finding) for finding in comparison.findings],
        "quotes": [
            {
                "fate": quote.fate,
                "before": quote.before,
                "after": quote.after,
                "speaker_before": quote.speaker_before,
                "speaker_after": quote.speaker_after,
                "old_block": quote.old_block,
                "new_block": quote.new_block,
            }
            for quote in comparison.quotes
        ],
        "counts": dict(sorted(comparison.counts.items())),
    }


def from_json(document: Mapping[str, Any]) -> Comparison:
    """Read what ``to_json`` wrote."""
    return Comparison(
        status=document["status"],
        severity=Severity(document["severity"]),
        summary=document["summary"],
        flags=frozenset(document["flags"]),
        engine=document["engine"],
        degraded=document["degraded"],
        headline=_field(document["headline"]),
        standfirst=_field(document["standfirst"]),
        links=tuple(
            Link(
                old=tuple(link["old"]),
                new=tuple(link["new"]),
                relation=link["relation"],
                moved=link["moved"],
                score=link["score"],
                edits=_edits(link["edits"]),
            )
            for link in document["links"]
        ),
        removed=tuple(document["removed"]),
        added=tuple(document["added"]),
        findings=tuple(
            Finding(
                kind=finding["kind"],
                severity=Severity(finding["severity"]),
                confidence=finding["confidence"],
                rule=finding["rule"],
                field=finding["field"],
                before=finding["before"],
                after=finding["after"],
                speaker=finding["speaker"],
                explanation=finding["explanation"],
                old=_span(finding["old_span"]),
                new=_span(finding["new_span"]),
                data=finding["data"],
            )
            for finding in document["findings"]
        ),
        quotes=tuple(QuoteFate(**quote) for quote in document["quotes"]),
        counts=dict(document["counts"]),
    )


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "severity": int(finding.severity),
        "confidence": round(finding.confidence, 3),
        "rule": finding.rule,
        "field": finding.field,
        "old_block": finding.old_block,
        "new_block": finding.new_block,
        "before": finding.before,
        "after": finding.after,
        "speaker": finding.speaker,
        "explanation": finding.explanation,
        "old_span": _span_json(finding.old),
        "new_span": _span_json(finding.new),
        "data": dict(finding.data),
    }


def _field_json(change: FieldChange) -> dict[str, Any]:
    document: dict[str, Any] = {"before": change.before, "after": change.after, "changed": change.changed}
    if change.edits:
        document["edits"] = [{"op": edit.op, "old": edit.old, "new": edit.new} for edit in change.edits]
    return document


def _field(document: Mapping[str, Any]) -> FieldChange:
    return FieldChange(
        before=document["before"],
        after=document["after"],
        changed=document["changed"],
        edits=_edits(document.get("edits", ())),
    )


def _edits(documents: Any) -> tuple[Edit, ...]:
    return tuple(Edit(op=edit["op"], old=edit["old"], new=edit["new"]) for edit in documents)


def _span_json(span: Span | None) -> list[int] | None:
    return [span.block, span.start, span.end] if span else None


def _span(value: Any) -> Span | None:
    return Span(block=value[0], start=value[1], end=value[2]) if value else None
