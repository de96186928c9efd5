"""The comparison as a whole: settings applied, findings sorted, flags, counts and the summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.pair import clip
from bot.core.work import Work

_FIELD_ORDER = {
    "page": 0,
    "headline": 1,
    "standfirst": 2,
    "byline": 3,
    "published": 4,
    "body": 5,
    "caption": 5,
    "note": 6,
}


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.new or finding.old
    return (
        -finding.severity,
        _FIELD_ORDER.get(finding.field, 5),
        place.block if place else 1 << 30,
        place.start if place else 0,
        finding.kind,
        finding.before,
        finding.after,
        finding.explanation,
    )


def finish(work: Work) -> Comparison:
    """Apply the settings, cap by confidence, sort, sum up."""
    config = work.config
    total_old, total_new = len(work.old.story.blocks), len(work.new.story.blocks)
    work.removed |= set(range(len(work.old.blocks) + 1, total_old + 1))
    work.added |= set(range(len(work.new.blocks) + 1, total_new + 1))
    found: list[Finding] = []
    seen: set[tuple[object, ...]] = set()
    for finding in work.findings:
        if finding.kind in config.kinds_off:
            continue
        if finding.confidence < 0.5 and finding.severity > Severity.NOTABLE:
            finding = replace(finding, severity=Severity.NOTABLE)
        if finding.kind in config.severity_overrides:
            finding = replace(finding, severity=Severity(config.severity_overrides[finding.kind]))
        signature = (finding.kind, finding.field, finding.before, finding.after, finding.old, finding.new)
        if signature not in seen:
            seen.add(signature)
            found.append(finding)
    found.sort(key=_order)
    severity = max((finding.severity for finding in found), default=Severity.TRIVIAL)
    share = (work.words_removed + work.words_added) / max(work.old.words + work.new.words, 1)
    notable = sum(1 for finding in found if finding.severity >= Severity.NOTABLE)
    live = work.old.story.is_live or work.new.story.is_live or config.profile == "live"
    if (
        not live
        and severity >= Severity.MINOR
        and ((share > config.volume and min(work.old.words, work.new.words) >= 60) or notable >= config.many_findings)
    ):
        work.flags.add("rewritten")
        severity = max(severity, Severity.MAJOR)
    if live:
        work.flags.add("live")
    lede = any(finding.kind == "lede_changed" and finding.severity >= 3 for finding in found)
    if lede and any(finding.kind == "headline_changed" and finding.severity >= 3 for finding in found):
        work.flags.add("story_reframed")
    told = {"correction_added", "correction_changed"}
    noted = any(
        finding.kind in told or (finding.kind == "update_note_changed" and finding.data.get("change") != "removed")
        for finding in found
    )
    if severity >= Severity.MAJOR and not noted:
        work.flags.add("silent_change")
    if work.budget.spent:
        work.flags.add("degraded")
    work.links.sort(key=lambda link: (link.new, link.old))
    return Comparison(
        status="changed" if severity > Severity.TRIVIAL else "trivial" if found or _differs(work) else "same",
        severity=severity,
        findings=tuple(found),
        links=tuple(work.links),
        removed=tuple(sorted(work.removed)),
        added=tuple(sorted(work.added)),
        quotes=tuple(work.quotes),
        headline=work.headline,
        standfirst=work.standfirst,
        summary=summary(work, found),
        flags=frozenset(work.flags),
        counts=_counts(work, found),
        engine=config.engine,
        degraded=work.budget.spent,
    )


def _differs(work: Work) -> bool:
    return work.old.story != work.new.story


def _counts(work: Work, found: Sequence[Finding]) -> dict[str, int]:
    counts = {
        "words_added": work.words_added + work.note_words_added,
        "words_removed": work.words_removed + work.note_words_removed,
        "old_words": work.old.words,
        "new_words": work.new.words,
        "findings": len(found),
    }
    for finding in found:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
    return counts


_NOUNS = {
    "correction_added": ("correction added", "corrections added"),
    "correction_changed": ("correction reworded", "corrections reworded"),
    "correction_removed": ("correction withdrawn", "corrections withdrawn"),
    "update_note_changed": ("note changed", "notes changed"),
    "lede_changed": ("opening changed", "opening changed"),
    "para_added": ("paragraph added", "paragraphs added"),
    "para_removed": ("paragraph removed", "paragraphs removed"),
    "para_edited": ("paragraph edited", "paragraphs edited"),
    "para_moved": ("paragraph moved", "paragraphs moved"),
    "para_split": ("paragraph split", "paragraphs split"),
    "para_merged": ("paragraph merged", "paragraphs merged"),
    "entry_added": ("entry added", "entries added"),
    "entry_removed": ("entry removed", "entries removed"),
    "entry_edited": ("entry edited", "entries edited"),
}

_OBJECTS = {
    "quote": "quotation",
    "figure": "figure",
    "date": "date",
    "name": "name",
    "attribution": "attribution",
    "hedge": "hedge",
    "modality": "certainty word",
    "quantifier": "quantity word",
    "framing": "loaded word",
}


def _phrase(kind: str, count: int) -> str:
    if kind in _NOUNS:
        return f"{count} {_NOUNS[kind][0 if count == 1 else 1]}" if kind != "lede_changed" else "opening changed"
    if kind == "quote_marks_removed":
        return f"{count} {'quotation lost its' if count == 1 else 'quotations lost their'} marks"
    if kind == "quote_marks_added":
        return f"{count} {'quotation gained' if count == 1 else 'quotations gained'} marks"
    if kind == "quote_brackets":
        return f"{count} {'quotation' if count == 1 else 'quotations'} with brackets changed"
    head, _, tail = kind.partition("_")
    noun = _OBJECTS.get(head, head)
    return f"{count} {noun}{'' if count == 1 else 's'} {tail.replace('_', ' ')}"


def summary(work: Work, found: Sequence[Finding]) -> str:
    """Headline fate, the three gravest kinds with counts, and how many smaller; at most 240 characters."""
    told = [finding for finding in found if finding.severity > Severity.TRIVIAL]
    parts: list[str] = []
    head = next((finding for finding in found if finding.kind == "headline_changed"), None)
    if head is not None and head.severity > 0:
        parts.append(f"Headline: “{clip(work.old.story.headline, 60)}” → “{clip(work.new.story.headline, 60)}”")
    rest = [finding for finding in told if finding.kind != "headline_changed"]
    counted: dict[str, int] = {}
    for finding in rest:
        size = (
            len(finding.data.get("blocks", ()))
            if finding.kind in {"para_added", "para_removed", "entry_added", "entry_removed"}
            else 1
        )
        counted[finding.kind] = counted.get(finding.kind, 0) + max(size, 1)
    kinds = list(counted)
    parts += [_phrase(kind, counted[kind]) for kind in kinds[:3]]
    smaller = sum(1 for finding in rest if finding.kind not in kinds[:3])
    if not parts:
        return "Only typography or page furniture changed." if found or _differs(work) else "No change."
    text = "; ".join(parts)
    if smaller:
        text = f"{clip(text, 222)} and {smaller} smaller"
    text = clip(text, 239)
    return text[:1].upper() + text[1:] + ("" if text.endswith("…") else ".")
