"""``stet why``: which rules fired, what they saw, what each route decided, and which setting would have changed it.

Values in, plain lines out. Story text in the lines is as the page has it; whoever prints them cleans it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.comparison import Comparison, Finding, Severity

RULES: Mapping[str, str] = {
    "C1": "a correction, clarification or retraction came, changed or went",
    "C2": "an editor's note came, changed or went",
    "C3": "an update line, or the line that says a story is developing",
    "H1": "the words of the headline",
    "H2": "a fact or stance changed in the headline: one step graver than in the text",
    "H3": "quotation or question marks in the headline",
    "H4": "standfirst, byline, publication date or caption",
    "L1": "the opening paragraph was replaced or rewritten",
    "Q1": "words inside a direct quotation",
    "Q2": "editorial brackets or an ellipsis inside a quotation",
    "Q3": "a quotation shortened or extended",
    "Q4": "a quotation is gone, and so are the speaker's words",
    "Q5": "a quotation became paraphrase",
    "Q6": "quotation marks came or went round the same words",
    "Q7": "the same words in another mouth",
    "Q8": "a new quotation",
    "F1": "a figure, a sum, a percentage or its unit",
    "F2": "a date, a weekday, a time, or the number in a name",
    "F3": "a figure came or went inside a paragraph that stayed",
    "N1": "a name",
    "S1": "a negation flipped",
    "S2": "an allegation was added or dropped",
    "S3": "how certain, or how many",
    "S4": "the claim lost its source",
    "S5": "the claim gained a source, or the verb that introduces it changed its tone",
    "S6": "the word chosen for the same thing",
    "P1": "a paragraph is gone",
    "P2": "a paragraph is new",
    "P3": "a paragraph was edited",
    "P4": "a paragraph moved, was split or joined",
    "V1": "so much changed that it counts as a rewrite",
    "E1": "an entry of a live blog",
    "X1": "typography, punctuation, spelling or page furniture",
    "X2": "the page looks incomplete, or the story was withdrawn",
    "T1": "something returned that stood there before",
}
"""What each rule of the comparator looks at, in an editor's words."""

JUDGE: Mapping[str, str] = {
    "J0": "muted",
    "J1": "confirm first",
    "J2": "nothing left to tell",
    "J3": "headline test",
    "J4": "returned to an earlier text",
    "J5": "template change",
    "J6": "below the level",
    "J7": "critical",
    "J8": "still settling",
    "J9": "settled",
}
"""The judge's rules in two words each."""

ACTIONS: Mapping[str, str] = {"tell": "told", "wait": "waits", "confirm": "to be confirmed", "silent": "not told"}
LIMIT = 30
"""So many findings are listed; the rest is counted."""


def lines(comparison: Comparison, decisions: Mapping[str, Any]) -> list[str]:
    """The answer, line by line. ``decisions`` maps a route to the JSON of its verdict."""
    return [*_findings(comparison), "", *_decisions(decisions)]


def _findings(comparison: Comparison) -> list[str]:
    level = comparison.severity.word
    found = [f"What the rules saw: {level} ({int(comparison.severity)})"]
    heard = [one for one in comparison.findings if one.severity > Severity.TRIVIAL]
    found += [_finding(one) for one in heard[:LIMIT]]
    if len(heard) > LIMIT:
        found.append(f"  … and {len(heard) - LIMIT} more")
    quiet = Counter(one.kind for one in comparison.findings if one.severity is Severity.TRIVIAL)
    if quiet:
        named = ", ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(quiet.items()))
        found.append(f"  ignored as trivial: {named}")
    if not heard and not quiet:
        found.append("  nothing")
    if comparison.severity > max((one.severity for one in comparison.findings), default=Severity.TRIVIAL):
        found.append(f"  V1 {RULES['V1']}: at least {level}")
    if "silent_change" in comparison.flags:
        found.append("  silent change: the substance changed and no note says so")
    if comparison.degraded:
        found.append("  the story was too large for every rule; this is the coarser answer")
    if comparison.engine:
        found.append(f"  compared by {comparison.engine}")
    return found


def _finding(one: Finding) -> str:
    what = RULES.get(one.rule, "")
    sure = f", {one.confidence:.0%} sure" if one.confidence < 0.95 else ""
    rule = f"{one.rule} ({what})" if what else one.rule
    return f"  {one.severity.word:8} {one.kind}: {one.explanation or one.before or one.after} [{rule}{sure}]"


def _decisions(decisions: Mapping[str, Any]) -> list[str]:
    if not decisions:
        return ["What the routes decided: no route hears of this story. Give it a route or a desk that one covers."]
    found = ["What the routes decided:"]
    for route, verdict in sorted(decisions.items()):
        found += _decision(route, verdict)
    return found


def _decision(route: str, verdict: Mapping[str, Any]) -> Iterable[str]:
    action = str(verdict.get("action", ""))
    rule = str(verdict.get("rule", ""))
    said = ACTIONS.get(action, action)
    if action == "wait" and verdict.get("due_at"):
        said = f"waits until {str(verdict['due_at'])[:16].replace('T', ' ')} UTC"
    label = f", {JUDGE[rule]}" if rule in JUDGE else ""
    yield f"  {route}: {said} ({rule}{label}). {verdict.get('reason', '')}"
    if verdict.get("burst"):
        yield f"    {verdict['burst']}: version {verdict.get('old_n')} → {verdict.get('new_n')}"
    elif action == "tell" and isinstance(verdict.get("old_n"), int) and verdict["new_n"] - verdict["old_n"] > 1:
        yield f"    compared with version {verdict['old_n']}, the last one told here"
    for aside in list(verdict.get("set_aside") or ())[:LIMIT]:
        level = Severity(aside.get("severity", 0)).word
        yield f"    set aside: {aside.get('kind')} ({level}) by {aside.get('setting')}"
    settings = verdict.get("settings") or {}
    if settings:
        yield f"    settings: {_settings(settings)}"


def _settings(settings: Mapping[str, Any]) -> str:
    """The settings that are not empty, as they would be written."""
    shown = []
    for key, value in settings.items():
        if value in ([], {}, "all", "story"):
            continue
        if key in _SPANS and isinstance(value, int):
            value = span(value)
        written = f'"{value}"' if isinstance(value, str) else str(value).replace("'", '"')
        shown.append(f"{key} = {written}")
    return ", ".join(shown)


_SPANS = frozenset({"settle", "settle_max"})
"""Settings in seconds."""


def span(seconds: int) -> str:
    """Seconds as the configuration writes them: ``10m``, ``90s``, ``2h``, ``0``."""
    for size, unit in ((3600, "h"), (60, "m"), (1, "s")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return "0"
