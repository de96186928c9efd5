"""The patterns of notes, page furniture and walls: of all languages, because an English label occurs on German pages.

Each has an id (``en.furniture.ad``) so that an editor can switch it off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bot.core.lexicon import LANGUAGES, folded, raw_lexicon
from bot.core.needles import Lookout, needles
from bot.core.text import keys

NOTE_TYPES = ("correction", "clarification", "retraction", "editors_note", "update_substance", "update")


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern with its id; applied to folded, casefolded text."""

    id: str
    pattern: re.Pattern[str]
    anchored: bool
    needles: tuple[str, ...] = ()
    """Texts of which one must be there for the pattern to match; empty for no such rule."""

    def hits(self, text: str) -> bool:
        """True where the pattern is found. Anchored ones are tried at the start only."""
        if self.needles:
            for needle in self.needles:  # a plain loop: this is asked some hundred times for each page
                if needle in text:
                    break
            else:
                return False
        return (self.pattern.match(text) if self.anchored else self.pattern.search(text)) is not None


def make_rule(rule_id: str, pattern: str) -> Rule:
    """Compile a pattern of the lexicons."""
    depth = 0
    alternatives = False
    escaped = False
    for char in pattern:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            alternatives = True
    anchored = pattern.startswith("^") and not alternatives
    return Rule(rule_id, re.compile(pattern, re.DOTALL), anchored, needles(pattern))


@cache
def rules(name: str) -> tuple[Rule, ...]:
    """Patterns called ``furniture`` or ``suspect``, of all languages: an English label occurs on German pages too."""
    found: list[Rule] = []
    for lang in (*LANGUAGES, "neutral"):
        for rule_id, pattern in raw_lexicon(lang).get(name, {}).items():
            found.append(make_rule(rule_id, pattern))
    return tuple(found)


@cache
def note_rules() -> tuple[tuple[str, Rule], ...]:
    """Note patterns of all languages as (note type, rule), gravest type first."""
    found: list[tuple[str, Rule]] = []
    for note_type in NOTE_TYPES:
        for lang in (*LANGUAGES, "neutral"):
            for rule_id, pattern in raw_lexicon(lang).get("notes", {}).get(note_type, {}).items():
                found.append((note_type, make_rule(rule_id, pattern)))
    return tuple(found)


@cache
def _lookouts() -> tuple[Lookout, Lookout]:
    return (
        Lookout([rule.needles for _, rule in note_rules()]),
        Lookout([rule.needles for rule in rules("furniture")]),
    )


def possible_notes(text: str) -> tuple[tuple[str, Rule], ...]:
    """The note patterns that can match a casefolded text or a part of it."""
    listed = note_rules()
    return tuple(listed[number] for number in sorted(_lookouts()[0].among(text)))


def possible_furniture(text: str) -> tuple[Rule, ...]:
    """The furniture patterns that can match a casefolded text or a part of it."""
    listed = rules("furniture")
    return tuple(listed[number] for number in sorted(_lookouts()[1].among(text)))


@cache
def related_headings() -> frozenset[str]:
    """Headings after which only links to other stories follow."""
    return frozenset(folded(heading) for lang in LANGUAGES for heading in raw_lexicon(lang).get("related_headings", ()))


@cache
def stamp_words() -> tuple[frozenset[str], frozenset[str]]:
    """(words that lead in a publication stamp, words it may hold besides) of all languages; months and days belong."""
    leads: set[str] = set()
    fillers: set[str] = set()
    for lang in LANGUAGES:
        raw = raw_lexicon(lang)
        leads.update(keys(folded(raw.get("stamp_words", ""))))
        listed = folded(raw.get("stamp_fillers", ""))
        fillers.update(keys(listed))
        fillers.update(word for word in listed.split() if word.endswith("'"))  # elided articles are tokens of their own
        for name in ("months", "weekdays"):
            for word in raw.get(name, {}):
                fillers.update(keys(folded(word)))
    return frozenset(leads), frozenset(fillers)
