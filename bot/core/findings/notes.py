"""Sorting blocks into notes, furniture and content, and what became of the notes.

A note is a correction, clarification, retraction, editor's note or update line. Furniture is everything a page shows
around a story: stamps, counters, share buttons, adverts, lists of other stories. Notes win over furniture; what the
extractor already said wins over both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.compare_config import CompareConfig
from bot.core.comparison import Finding, Severity, Span
from bot.core.pair import explain
from bot.core.patterns import possible_furniture, possible_notes, related_headings, stamp_words
from bot.core.story import Block, BlockKind
from bot.core.text import excerpt, tokenize

_TIMED = re.compile(r"^\d{1,2}[:.h]\d{2}(?:\s?[ap]\.?m\.?)?\W+")
"""The time before a live entry."""
_LOOSE = (
    ("retraction", re.compile(r"\bretract|zurückgezogen|\bretirad|\bwithdrawn\b|\bingetrokken")),
    ("clarification", re.compile(r"\bclarif|klarstell|\baclara|\bprécision|\bprecisazion|\besclarec|verduidelijk")),
    (
        "correction",
        re.compile(
            r"\bcorrec|\bcorrig|korrektur|korrigier|berichtig|\brectif"
            r"|\brettif|\bfe de err|\berrat|\bgecorrig|\bearlier version|\bwrongly\b|\bincorrectly\b|\bmisstated\b"
        ),
    ),
    (
        "update",
        re.compile(r"^\W*(?:last )?updated?\b|^\W*(?:mise à jour|aktualisi|actualiz|aggiorna|atualiza|bijgewerkt)"),
    ),
)
"""Words that say what a block is which the extractor already knows for a note."""

_ENDS_SENTENCE = re.compile(r"""[.!]["')]*$|\?["']$""")
_BESIDE = re.compile(r"\s*[•|·]\s*")
"""What divides the pieces of one line around a story: *2 min read • 1,204 views*."""
MAX_NOTE = 1200
MAX_FURNITURE = 200
MAX_STAMP = 90
_CLOCK_ONLY = re.compile(r"\d{1,2}[:.h]\d{2}$|\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4}")
NOTE_SEVERITY = {
    "correction": 4,
    "clarification": 4,
    "retraction": 4,
    "editors_note": 3,
    "update_substance": 3,
    "update": 1,
}
NOTE_WORDS = {
    "correction": "Correction",
    "clarification": "Clarification",
    "retraction": "Retraction",
    "editors_note": "Editor's note",
    "update_substance": "Note of a change",
    "update": "Update line",
}


_NEVER_FURNITURE = frozenset({BlockKind.LIVE_ENTRY, BlockKind.TABLE_ROW, BlockKind.QUOTE})


@dataclass(frozen=True, slots=True)
class Sorted:
    """One block's sort: ``note`` with its type, ``furniture`` with the rule that said so, or ``content``."""

    sort: str
    note_type: str = ""
    rule: str = ""


class Sorter:
    """Knows for the texts of one comparison which are notes and which furniture.

    There are some two hundred patterns. One look for the words that they need, over all texts at once, leaves the few
    that can match any of them; what a text is, is remembered from one comparison to the next.
    """

    __slots__ = ("_known", "config", "furniture", "notes")

    def __init__(self, texts: Iterable[str], config: CompareConfig) -> None:
        self.config = config
        self._known: dict[str, tuple[str, str, str]] = {}
        unknown: list[str] = []
        for text in dict.fromkeys(texts):
            known = _SEEN.get((text, config.rules_off))
            if known is not None:
                self._known[text] = known
            elif len(text) <= MAX_NOTE:
                unknown.append(text.casefold())
        self.notes = possible_notes("\n".join(unknown)) if unknown else ()
        short = [text for text in unknown if len(text) <= MAX_FURNITURE]
        self.furniture = possible_furniture("\n".join(short)) if short else ()
        if len(_SEEN) > KEPT:
            _SEEN.clear()

    def of(self, folded: str) -> tuple[str, str, str]:
        """(note type, its rule, furniture rule) of one of the texts by the lexicons' patterns; "" for none."""
        known = self._known.get(folded)
        if known is None:
            lowered = folded.casefold()
            known = self._known[folded] = (*self._note(lowered), self._furniture(lowered))
            if len(folded) <= MAX_NOTE:
                _SEEN[folded, self.config.rules_off] = known
        return known

    def _note(self, lowered: str) -> tuple[str, str]:
        if len(lowered) > MAX_NOTE:
            return "", ""
        lowered, off = _TIMED.sub("", lowered), self.config.rules_off
        return next(((name, one.id) for name, one in self.notes if one.id not in off and one.hits(lowered)), ("", ""))

    def _furniture(self, lowered: str) -> str:
        if len(lowered) > MAX_FURNITURE:
            return ""
        off = self.config.rules_off
        return next((one.id for one in self.furniture if one.id not in off and one.hits(lowered)), "")

    def note_type(self, folded: str) -> tuple[str, str]:
        """(note type, rule id) of a text, ("", "") for no note."""
        if len(folded) > MAX_NOTE or not folded:
            return "", ""
        if self.config.notes:
            lowered = _TIMED.sub("", folded.casefold())
            for pattern in self.config.notes:
                if re.search(pattern, lowered, re.IGNORECASE):
                    return "correction", "config.notes"
        return self.of(folded)[:2]

    def furniture_rule(self, folded: str) -> str:
        """Id of the furniture pattern a text matches, "" for none."""
        if not folded:
            return "furniture.empty"
        parts = _BESIDE.split(folded) if len(folded) <= MAX_STAMP else ()
        if len(parts) > 1 and all(part and furniture_rule(part, self.config) for part in parts):
            return "furniture.line"
        if len(folded) > MAX_FURNITURE:
            return ""
        if len(folded) <= MAX_STAMP and "furniture.stamp" not in self.config.rules_off and is_stamp(folded):
            return "furniture.stamp"
        if self.config.furniture:
            lowered = folded.casefold()
            for pattern in self.config.furniture:
                if re.search(pattern, lowered, re.IGNORECASE):
                    return "config.furniture"
        return self.of(folded)[2]


KEPT = 8192
"""Texts whose sort is remembered."""
_SEEN: dict[tuple[str, frozenset[str]], tuple[str, str, str]] = {}


def note_type_of(folded: str, config: CompareConfig) -> tuple[str, str]:
    """(note type, rule id) of one text, ("", "") for no note."""
    return Sorter((folded,), config).note_type(folded)


def furniture_rule(folded: str, config: CompareConfig) -> str:
    """Id of the furniture pattern that one text matches, "" for none."""
    return Sorter((folded,), config).furniture_rule(folded)


def is_stamp(folded: str) -> bool:
    """True for a publication stamp, relative or absolute, and for nothing that says anything more.

    Every word must be one that stamps are made of, so ``Updated 6 weeks ago, the rules promise …`` is a sentence.
    """
    leads, fillers = stamp_words()
    number = relative = led = named = False
    tokens = tokenize(folded)
    for index, token in enumerate(tokens):
        if token.kind == "mark":
            if token.key in {"?", "!", '"', "%", "$", "£", "€"}:
                return False
        elif token.kind == "number":
            number = True
        elif token.key in leads and (index < 4 or led or number):
            led = led or len(token.key) > 2
        elif token.key in fillers:
            relative = True
            named = named or len(token.key) > 2
        else:
            return False
    if not tokens or not (number or relative):
        return False
    return led or (relative and (number or named)) or _CLOCK_ONLY.match(folded) is not None


def _heads_links(folded: str, rule: str) -> bool:
    """True for a heading under which only links to other stories stand."""
    bare = folded.casefold().strip(" :»>|")
    return bare in related_headings() or (rule.endswith(".readmore") and not re.search(r"[:|>]", bare))


def sort_blocks(blocks: Sequence[Block], folded: Sequence[str], sorter: Sorter) -> list[Sorted]:
    """The sort of every block, in order."""
    result: list[Sorted] = []
    related = False
    for block, text in zip(blocks, folded, strict=True):
        if block.kind is BlockKind.FURNITURE:
            result.append(Sorted("furniture", rule="extractor"))
            continue
        if block.kind is BlockKind.NOTE:
            note_type, rule = sorter.note_type(text)
            if not note_type:
                lowered = text.casefold()
                note_type = next((name for name, pattern in _LOOSE if pattern.search(lowered)), "editors_note")
            result.append(Sorted("note", note_type, rule or "extractor"))
            related = False
            continue
        if related and (
            block.kind is BlockKind.LIST_ITEM
            or (len(text) <= 140 and not _ENDS_SENTENCE.search(text) and block.kind is not BlockKind.HEADING)
        ):
            result.append(Sorted("furniture", rule="furniture.related"))
            continue
        listing, related = related, False
        note_type, rule = sorter.note_type(text)
        if note_type == "update" and len(text) <= MAX_STAMP and is_stamp(text):
            note_type = ""
        if note_type and not (block.kind is BlockKind.LIVE_ENTRY and note_type == "update"):
            result.append(Sorted("note", note_type, rule))
            continue
        rule = "" if block.kind in _NEVER_FURNITURE else sorter.furniture_rule(text)
        if rule:
            result.append(Sorted("furniture", rule=rule))
            related = listing or _heads_links(text, rule)  # an advert does not end a list of links
            continue
        result.append(Sorted("content"))
    return result


def note_finding(
    change: str,
    note_type: str,
    before: str,
    after: str,
    old_number: int,
    new_number: int,
    *,
    structured: bool = False,
    date: str = "",
) -> Finding:
    """A finding about one note; ``change`` is added, changed or removed."""
    severity = NOTE_SEVERITY[note_type]
    family = note_type in {"correction", "clarification", "retraction"}
    kind = f"correction_{change}" if family else "update_note_changed"
    rule = "C1" if family else "C2" if note_type == "editors_note" else "C3"
    what = f"{NOTE_WORDS[note_type]} {'reworded' if change == 'changed' else change}"
    shown_before, shown_after = _shown(before), _shown(after)
    return Finding(
        kind=kind,
        severity=Severity(severity),
        rule=rule,
        field="note",
        before=shown_before,
        after=shown_after,
        confidence=0.95,
        old=Span(block=old_number, start=0, end=len(before)) if before else None,
        new=Span(block=new_number, start=0, end=len(after)) if after else None,
        explanation=explain(
            what, "structured data" if structured else f"¶{new_number or old_number}", shown_before, shown_after
        ),
        data={"note_type": note_type, "change": change, "structured": structured},
    )


def _shown(text: str) -> str:
    if not text:
        return ""
    start, end = excerpt(text, 0, min(len(text), 1), context=40)
    return text[start:end]
