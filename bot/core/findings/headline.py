"""Headline, standfirst, byline and publication time: fields of one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.core.comparison import Finding, Severity, Span
from bot.core.findings.copyedit import Hunk, content_changed
from bot.core.findings.headline_quotes import quotations_altered
from bot.core.pair import Pair, explain
from bot.core.story import Story
from bot.core.text import fold_text

_RAISED = frozenset(
    "figure_changed date_changed name_changed name_spelling negation_changed hedge_added hedge_removed "
    "attribution_removed attribution_added modality_changed quantifier_changed framing_changed attribution_verb".split()
)
_FACTS = _RAISED


def _marks(pair: Pair, mark: str) -> tuple[int, int]:
    return pair.old.folded.text.count(mark), pair.new.folded.text.count(mark)


def _quote_marks(text: str, tokens: Sequence[object]) -> int:
    """How many stretches in quotation marks: apostrophes inside words are no tokens of their own."""
    keys = [token.key for token in tokens]  # type: ignore[attr-defined]
    return keys.count('"') // 2 + keys.count("'") // 2


def headline(pair: Pair, hunks: Sequence[Hunk], facts: Sequence[Finding], *, what: str = "Headline") -> list[Finding]:
    """H1 to H3 for a headline pair whose texts differ; ``facts`` are its fact and stance findings (raised, H2)."""
    old, new = pair.old, pair.new
    everything_old, everything_new = (0, len(old.tokens)), (0, len(new.tokens))
    found: list[Finding] = []
    raised = [
        replace(finding, severity=Severity(min(4, finding.severity + 1)), rule="H2")
        if finding.kind in _RAISED and finding.severity >= 2
        else finding
        for finding in facts
    ]
    questions = _marks(pair, "?")
    if (questions[0] > 0) != (questions[1] > 0):
        claim = questions[1] > questions[0]
        found.append(
            pair.finding(
                "question_changed",
                3 if claim else 2,
                "H3",
                f"{what} became a question" if claim else f"{what} is no longer a question",
                everything_old,
                everything_new,
                confidence=0.95,
                context=20,
            )
        )
    found += _quoted_otherwise(pair, what)
    severity = _severity(pair, hunks, [*raised, *found])
    kinds = {hunk.sort for hunk in hunks}
    if severity == 0 and not found:
        sort = (
            "spelling"
            if "spelling" in kinds
            else "figure_format"
            if "figure_format" in kinds
            else ("punctuation" if "punctuation" in kinds else "typography")
        )
        return [
            pair.finding(
                sort, 0, "X1", f"{what}: {sort.replace('_', ' ')} changed", everything_old, everything_new, context=20
            )
        ]
    severity = max([severity, *(int(finding.severity) for finding in found if finding.rule == "H3")])
    kind = "headline_changed" if pair.field == "headline" else f"{pair.field}_changed"
    return [
        pair.finding(
            kind, severity, "H1", f"{what} changed", everything_old, everything_new, confidence=1.0, context=20
        ),
        *found,
        *quotations_altered(pair),
        *raised,
    ]


def _quoted_otherwise(pair: Pair, what: str) -> list[Finding]:
    """H3: quotation marks came or went."""
    old, new = pair.old, pair.new
    before, after = _quote_marks(old.text, old.tokens), _quote_marks(new.text, new.tokens)
    if before == after or not old.tokens or not new.tokens:
        return []
    more = after > before
    return [
        pair.finding(
            "quote_marks_added" if more else "quote_marks_removed",
            2,
            "H3",
            f"Quotation marks {'added to' if more else 'dropped from'} the {what.lower()}",
            (0, len(old.tokens)),
            (0, len(new.tokens)),
            context=20,
        )
    ]


def _severity(pair: Pair, hunks: Sequence[Hunk], facts: Sequence[Finding]) -> int:
    content = sum(hunk.content for hunk in hunks if hunk.sort == "content")
    moved_only = not content_changed(hunks)[0]
    if not content:
        if any(hunk.sort == "function" for hunk in hunks):
            return max([1, *(2 if finding.severity >= 2 else 1 for finding in facts)])
        return 0
    words = pair.words
    old = {token.key for token in pair.old.tokens if token.wordlike and words.is_content(token.key)}
    new = {token.key for token in pair.new.tokens if token.wordlike and words.is_content(token.key)}
    kept = len(old & new) / max(len(old), len(new), 1)
    if any(
        (finding.severity >= 2 and finding.kind not in {"name_added", "name_removed"})
        or finding.kind in {"figure_added", "figure_removed"}
        for finding in facts
    ):
        return 3
    if moved_only:
        return 2
    return 2 if kept >= 0.6 else 3


def standfirst(pair: Pair, hunks: Sequence[Hunk], facts: Sequence[Finding]) -> list[Finding]:
    """H4: a standfirst changed; fact rules apply, at most 3."""
    content = sum(hunk.content for hunk in hunks if hunk.sort == "content")
    whole_old, whole_new = (0, len(pair.old.tokens)), (0, len(pair.new.tokens))
    capped = [
        replace(finding, severity=Severity(min(3, finding.severity))) for finding in (*quotations_altered(pair), *facts)
    ]
    marks = _quoted_otherwise(pair, "Standfirst")
    if marks:
        capped = [*marks, *capped]
    if not content and all(hunk.sort != "function" for hunk in hunks) and not capped:
        sorts = {hunk.sort for hunk in hunks}
        sort = next((name for name in ("spelling", "figure_format", "punctuation") if name in sorts), "typography")
        return [pair.finding(sort, 0, "X1", f"Standfirst: {sort.replace('_', ' ')} changed", whole_old, whole_new)]
    severity = 2 if content or marks else 1
    return [
        pair.finding("standfirst_changed", severity, "H4", "Standfirst changed", whole_old, whole_new, context=25),
        *capped,
    ]


def byline(old: Story, new: Story) -> list[Finding]:
    """H4: an author replaced 2, added or left out 1; spelling and case 0."""
    before, after = " · ".join(old.byline), " · ".join(new.byline)
    a, b = ([author for name in story.byline for author in _authors(name)] for story in (old, new))
    if sorted(a) == sorted(b):
        if before == after:
            return []
        severity = 0
    else:
        gone, come = set(a) - set(b), set(b) - set(a)
        severity = 2 if gone and (come or not b) else 1
    shown_old, shown_new = (old.byline[0] if old.byline else ""), (new.byline[0] if new.byline else "")
    if set(a) < set(b) or set(b) < set(a):  # an author more or less: the whole lines, lest one seem to replace another
        shown_old, shown_new = ", ".join(old.byline), ", ".join(new.byline)
    elif len(old.byline) > 1 or len(new.byline) > 1:
        shown_old = next((name for name in old.byline if not set(_authors(name)) <= set(b)), shown_old)
        shown_new = next((name for name in new.byline if not set(_authors(name)) <= set(a)), shown_new)
    return [
        Finding(
            kind="byline_changed" if severity else "typography",
            severity=Severity(severity),
            rule="H4" if severity else "X1",
            field="byline",
            before=shown_old,
            after=shown_new,
            old=Span(block=0, start=0, end=len(shown_old)),
            new=Span(block=0, start=0, end=len(shown_new)),
            explanation=explain("Byline changed", "byline", shown_old, shown_new),
        )
    ]


_AND = re.compile(r"\s*(?:,|;|\||/|·|•|&|\b(?:and|und|et|y|e|en|with|mit|avec|con|com|met)\b)\s*")


_PLACE = re.compile(r"\s(?:in|aus|from|à|desde|da)\s")


def _authors(line: str) -> list[str]:
    """The authors of one line, however it joins them."""
    return [name for part in _AND.split(_author(line)) if (name := _PLACE.split(part)[0].strip(" ,."))]


def _author(name: str) -> str:
    folded = fold_text(name).casefold()
    folded = re.sub(r"\b(\w)\.\s*(?=\w)", r"\1 ", folded)
    for lead in ("by ", "von ", "par ", "por ", "di ", "door "):
        folded = folded.removeprefix(lead)
    return folded.strip(" ,.")


def published(old: Story, new: Story) -> list[Finding]:
    """H4: the publication time moved 2, to an earlier time 3. The modified time is free to move."""
    if old.published_at is None or new.published_at is None or old.published_at == new.published_at:
        return []
    earlier = new.published_at < old.published_at
    before, after = old.published_at.isoformat(), new.published_at.isoformat()
    return [
        Finding(
            kind="published_changed",
            severity=Severity(3 if earlier else 2),
            rule="H4",
            field="published",
            before=before,
            after=after,
            explanation=explain(
                "Publication time moved",
                "published",
                before,
                after,
                why="It now claims to have been published earlier." if earlier else "",
            ),
        )
    ]
