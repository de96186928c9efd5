"""Who says a quotation, by the paragraph in which it stands: cue verbs, names beside them, pronouns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.lexicon import Lexicon
from bot.core.names import name_runs
from bot.core.text import Folded, Token


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph made ready: folded text, its display text and its tokens."""

    folded: Folded
    display: str
    tokens: Sequence[Token]
    is_quote_block: bool = False

    def shown(self, index: int) -> str:
        """The display character behind a folded one."""
        at = self.folded.starts[index]
        return self.display[at] if at < len(self.display) else ""


def surnames_of(passages: Sequence[Passage | None], words_of: Sequence[Lexicon]) -> frozenset[str]:
    """Last words of the full names of a story: by these alone people are named later."""
    found: set[str] = set()
    for passage, words in zip(passages, words_of, strict=True):
        if passage is not None:
            found.update(
                passage.tokens[end - 1].key for start, end, _ in name_runs(passage.tokens, words) if end - start >= 2
            )
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Speech:
    """Who says a quotation, by its paragraph; ``goes_on``: whoever spoke before, by a pronoun or by saying nothing."""

    name: str | None = None
    verb: str = ""
    sure: float = 0.4
    goes_on: bool = False


NAMED = 0.65
"""From this confidence on a speaker counts as named in the paragraph."""

_OBJECTS = frozenset("it him her them me us".split())
"""Pronouns that behind a verb are what is spoken of: *called it “a blow”*."""
_PRO_DROP = frozenset({"es", "it", "pt"})
"""Languages in which a verb of saying needs no subject."""


def speaker_of(
    passage: Passage,
    spans: Sequence[tuple[int, int]],
    own: tuple[int, int, int],
    words: Lexicon,
    surnames: frozenset[str],
    direct: bool,
) -> Speech:
    """Who is said to say one quotation of a paragraph; the cue for a fragment stands in its own sentence."""
    tokens = passage.tokens
    outside = [
        index
        for index, token in enumerate(tokens)
        if token.wordlike and not any(start <= token.start < end for start, end in spans)
    ]
    if not outside:
        return Speech(goes_on=True)
    start, end = own[1], own[2]
    names = _people(tokens, words, spans, surnames)
    sequence = [tokens[index].key for index in outside]
    only = set(words.attribution_only.find(sequence))
    cues = {*words.verbs.find(sequence), *only}
    near = sorted((_distance(passage, tokens[outside[cue[0]]], start, end), cue) for cue in cues)
    near = [
        entry
        for entry in near
        if entry[0] <= 160 and (direct or not _other_sentence(passage, tokens[outside[entry[1][0]]], start, end))
    ]
    if not near:
        name = _beside(passage, names, start, end, words)
        return Speech(name, "", 0.7) if name else Speech(_opener(passage, names, words), "", 0.6)
    first = tokens[outside[near[0][1][0]]].key
    for _, cue in near[:3]:
        told = tokens[outside[cue[1] - 1]].end <= start
        subjects = [run for run in names if not (told and _within(passage, run, outside[cue[1] - 1], start))]
        speech = _by_cue(passage, outside, cue, subjects, words, cue in only)
        if speech.name or speech.goes_on:
            return replace(speech, verb=first)
    return Speech(None, first, 0.4)


def _within(passage: Passage, run: tuple[int, int], cue: int, start: int) -> bool:
    """Between a cue and the quotation that follows: what is told there is no speaker (*said Acme had been "…"*)."""
    tokens = passage.tokens
    behind = tokens[run[1]].key if run[1] < len(tokens) else ""
    return run[0] > cue and tokens[run[1] - 1].end <= start and behind not in {":", ",", '"', "'"}


def _by_cue(
    passage: Passage,
    outside: Sequence[int],
    cue: tuple[int, int],
    listed: Sequence[tuple[int, int]],
    words: Lexicon,
    only: bool,
) -> Speech:
    """The subject of one cue verb."""
    tokens, names = passage.tokens, list(listed)
    verb_at, verb_end = outside[cue[0]], outside[cue[1] - 1]
    before = outside[cue[0] - 1] if cue[0] else -1
    after = outside[cue[1]] if cue[1] < len(outside) else -1
    if (
        words.nouns_capitalised
        and after >= 0
        and tokens[after].text[0].isupper()
        and tokens[after].key not in words.office_words | words.titles | words.function_words
        and not any(first <= after + 3 and after < last for first, last in names)
    ):
        names.append((after, after + 1))
    best = _nearest_name(passage, names, verb_at, verb_end, words, only)
    pronoun = any(
        index >= 0 and tokens[index].key in words.pronouns and not (index == after and tokens[index].key in _OBJECTS)
        for index in (before, after)
    )
    subject_told = before >= 0 and before + 1 == verb_at and tokens[before].key in words.pronouns
    if best is not None and not (pronoun and best[2] > 0) and not best[0] and not subject_told:
        return Speech(best[3], tokens[verb_at].key, 0.9)
    if pronoun or words.lang in _PRO_DROP:
        earlier = [run for run in names if run[1] <= verb_at and not _after_preposition(tokens, run, words)]
        if earlier:
            subject = next((run for run in reversed(earlier) if _subject(tokens, run, words)), earlier[0])
            return Speech(_named(passage, subject), tokens[verb_at].key, 0.7)
    return Speech(goes_on=pronoun)


def _people(
    tokens: Sequence[Token], words: Lexicon, spans: Sequence[tuple[int, int]], surnames: frozenset[str]
) -> list[tuple[int, int]]:
    """Runs that can be somebody who speaks: no possessive, no plain word that only opens its sentence."""
    found = []
    for first, last, opener in name_runs(tokens, words, spans):
        if tokens[last - 1].key.endswith("'s"):
            continue
        if opener and last - first == 1:
            key = tokens[first].key
            following = tokens[last].key if last < len(tokens) else ""
            if key in words.numbers or following in {"of", "to"} or words.negation.at([key], 0):
                continue
            if key not in surnames and following not in words.verbs.single:
                continue  # *Asked*, *Parents*, *Además*, *Avrebbe*: a word that only opens its sentence
        found.append((first, last))
    if words.nouns_capitalised:
        covered = {at for run in found for at in range(*run)}
        found += [
            (at, at + 1)
            for at, token in enumerate(tokens)
            if at not in covered
            and token.key in surnames
            and token.text[0].isupper()
            and not any(start <= token.start < end for start, end in spans)
        ]
        found.sort()
    return found


def _opener(passage: Passage, names: Sequence[tuple[int, int]], words: Lexicon) -> str | None:
    """The only full name of a paragraph without a word of saying, where the paragraph begins with it."""
    full = [run for run in names if run[1] - run[0] >= 2 and not _after_preposition(passage.tokens, run, words)]
    return _named(passage, full[0]) if len(full) == 1 and full[0][0] <= 3 else None


def _distance(passage: Passage, token: Token, start: int, end: int) -> int:
    """How far a cue is from a quotation, in characters; a sentence end between them counts as forty."""
    text = passage.folded.text
    gap = text[end : token.start] if token.start >= end else text[token.end : start]
    return len(gap) + 40 * sum(gap.count(mark) for mark in ".!?") + (0 if token.start >= end else 3)


def _other_sentence(passage: Passage, token: Token, start: int, end: int) -> bool:
    """A sentence ends between the cue and the quotation, or with the quotation."""
    text = passage.folded.text
    gap = text[end - 1 : token.start] if token.start >= end else text[token.end : start]
    return any(
        mark in ".!?" and gap[at + 1 : at + 2] in {"", " ", '"', "'"} and gap[at + 2 : at + 3].isupper()
        for at, mark in enumerate(gap)
    )


def _nearest_name(
    passage: Passage, names: Sequence[tuple[int, int]], verb_at: int, verb_end: int, words: Lexicon, only: bool
) -> tuple[bool, bool, int, str] | None:
    """The likeliest subject of a cue: not behind a preposition, of more than one word, nearest."""
    tokens = passage.tokens
    ranked: list[tuple[bool, bool, int, str]] = []
    for first, last in names:
        left = last <= verb_at
        far = verb_at - last if left else first - verb_end - 1
        between = (last, verb_at) if left else (verb_end, first)
        if far < 0 or far > 14 or _crosses_sentence(tokens, *between):
            continue
        behind = _after_preposition(tokens, (first, last), words) and not (only and not left)
        object_of = not left and tokens[verb_at].key in {"told", "tells", "tell", "telling"}
        ranked.append((behind or object_of, last - first < 2 and far > 1, far, _named(passage, (first, last))))
    return min(ranked) if ranked else None


def _named(passage: Passage, run: tuple[int, int]) -> str:
    tokens = passage.tokens
    return passage.folded.text[tokens[run[0]].start : tokens[run[1] - 1].end]


def _after_preposition(tokens: Sequence[Token], run: tuple[int, int], words: Lexicon) -> bool:
    first = run[0]
    while first and (tokens[first - 1].key in words.office_words or tokens[first - 1].key in words.titles):
        first -= 1
    return first > 0 and tokens[first - 1].key in words.prepositions


def _subject(tokens: Sequence[Token], run: tuple[int, int], words: Lexicon) -> bool:
    """A cue verb follows the name at once."""
    return run[1] < len(tokens) and tokens[run[1]].key in words.verbs.single


def _beside(passage: Passage, names: Sequence[tuple[int, int]], start: int, end: int, words: Lexicon) -> str | None:
    """A name right behind a quotation, one lower-case word between: an unlisted verb of saying."""
    tokens = passage.tokens
    for run in names:
        gap = [token for token in tokens if token.start >= end and token.end <= tokens[run[0]].start and token.wordlike]
        gap = [
            token
            for token in gap
            if token.key not in words.office_words and token.key not in words.titles | words.pronouns
        ]
        if len(gap) == 2 and gap[1].key in words.function_words and gap[1].key not in words.prepositions:
            gap = gap[:1]  # *protestó su presidente, Fermín Ochoa*
        near = tokens[run[0]].start >= end and tokens[run[0]].start - end <= 40
        plain = all(
            token.text[0].islower() and token.key not in words.prepositions | words.function_words for token in gap
        )
        if near and len(gap) <= 1 and plain and run[1] - run[0] >= 2:
            return _named(passage, run)
    return None


def _crosses_sentence(tokens: Sequence[Token], start: int, end: int) -> bool:
    return any(
        token.key in {"!", "?"} or (token.key == "." and not _initial(tokens, start + number))
        for number, token in enumerate(tokens[start:end])
    )


def _initial(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and len(tokens[index - 1].text) <= 3 and tokens[index - 1].text[0].isupper()
