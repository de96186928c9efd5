"""Word lists per language: data files under ``lexicons/``, folded with the function that folds stories.

A language without a file gets ``neutral``, the rules that need no words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from bot.core.text import Token, fold_text, keys

LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl")
VERB_CLASSES = ("neutral", "doubt", "concede", "force", "attack", "deny", "confirm")


def folded(word: str) -> str:
    """A lexicon entry as story text is compared: folded and casefolded."""
    return fold_text(word).casefold()


class Phrases:
    """A set of phrases found in a sequence of token keys; the longest phrase at a place wins."""

    __slots__ = ("_by_first", "single", "values")

    def __init__(self, phrases: Iterable[str] | Mapping[str, Any]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        self.values: dict[tuple[str, ...], Any] = {}
        self.single: set[str] = set()
        for phrase in phrases:
            parts = tuple(keys(folded(phrase)))
            if not parts or parts in self.values:
                continue
            self.values[parts] = phrases[phrase] if isinstance(phrases, Mapping) else folded(phrase)
            self._by_first.setdefault(parts[0], []).append(parts)
            if len(parts) == 1:
                self.single.add(parts[0])
        for choices in self._by_first.values():
            choices.sort(key=lambda parts: (-len(parts), parts))

    def __bool__(self) -> bool:
        return bool(self.values)

    def at(self, sequence: Sequence[str], index: int) -> tuple[str, ...] | None:
        """The longest phrase that begins at ``index``, or None."""
        for parts in self._by_first.get(sequence[index], ()):
            if len(parts) == 1 or tuple(sequence[index : index + len(parts)]) == parts:
                return parts
        return None

    def find(self, sequence: Sequence[str], start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
        """Index ranges of the phrases that begin in ``start:end``, left to right, never overlapping."""
        found: list[tuple[int, int]] = []
        by_first = self._by_first
        # One look over a whole sequence, never over a window: a window is asked for once an edit, and the
        # sequence around it may be a hundred thousand words.
        if start == 0 and end is None and by_first.keys().isdisjoint(sequence):
            return found
        index, stop = start, len(sequence) if end is None else end
        while index < stop:
            if sequence[index] in by_first:
                parts = self.at(sequence, index)
                if parts is not None:
                    found.append((index, index + len(parts)))
                    index += len(parts)
                    continue
            index += 1
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """One language's words, ready to be looked up."""

    lang: str
    decimal: str
    nouns_capitalised: bool
    negative_concord: bool
    function_words: frozenset[str]
    negation: Phrases
    negation_soft: frozenset[tuple[str, ...]]
    negation_additive: frozenset[str]
    """Words behind a *not* that adds: *not only*."""
    contractions: Mapping[str, str]
    synonyms: Mapping[str, int]
    """Words of certainty and quantity that say the same, by the number of their group."""
    document_nouns: frozenset[str]
    document_verbs: frozenset[str]
    negation_like: frozenset[str]
    """Words that deny without a negation: *lacked*."""
    headline_verbs: frozenset[str]
    headline_sources: frozenset[str]
    """Who stands before the colon of *Police: two held*, besides offices."""
    modal_hedges: frozenset[str]
    """Hedges that are as often a plain modal: *soll* before another modal says a plan."""
    opinion_verbs: frozenset[str]
    """*Believe*, *fear*: behind one of the sources they name who holds what follows."""
    opinion_sources: frozenset[str]
    decades: Mapping[str, int]
    """*Eighties*, *achtziger*: 80."""
    hearsay_endings: tuple[str, ...]
    """Endings of the conditional that tells hearsay."""
    negation_pairs: Mapping[str, frozenset[str]]
    negative_prefixes: tuple[str, ...]
    prefix_exceptions: frozenset[str]
    """Words that begin like a negating prefix and deny nothing: *impression*."""
    opposites: frozenset[frozenset[str]]
    opposite_endings: tuple[tuple[str, str], ...]
    """Endings that turn an adjective round: *rechtmäßig*, *rechtswidrig*."""
    hedges: Phrases
    modality: Phrases
    quantifiers: Phrases
    verbs: Phrases
    """Cue verbs; the value is the class."""
    attribution_only: Phrases
    be_forms: frozenset[str]
    pronouns: frozenset[str]
    prepositions: frozenset[str]
    office_words: frozenset[str]
    determiners: frozenset[str]
    """Words that only stand before a noun: articles, possessives and the like."""
    plain_nouns: frozenset[str]
    """Nouns and abbreviations that stand without an article and are no names: *in Haft*, *PKW*."""
    gazetteer: Mapping[str, str]
    """Places, firms, parties, peoples and first names, with their kind."""
    aliases: frozenset[frozenset[str]]
    """Pairs of names of one place, without spaces: *uk* and *britain*."""
    titles: frozenset[str]
    not_names: frozenset[str]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    relative_days: Phrases
    numbers: Mapping[str, int]
    weak_numbers: frozenset[str]
    halves: frozenset[str]
    """Words for half that make a figure only before a scale or a span of time."""
    scales: Mapping[str, int]
    ordinals: Mapping[str, int]
    ordinal_suffixes: frozenset[str]
    fractions: Mapping[str, float]
    number_joiners: frozenset[str]
    percent: Phrases
    points: Phrases
    units: Mapping[str, str]
    currencies: Mapping[str, str]
    framing: Mapping[tuple[str, ...], tuple[int, ...]]
    framing_phrases: Phrases
    confusable: frozenset[frozenset[str]]
    variants: tuple[tuple[str, str], ...]
    spelling_pairs: Mapping[str, str]
    """Beginnings of British words and of their American forms: *plough*, *plow*."""
    raw: Mapping[str, Any] = field(repr=False)

    def is_content(self, key: str) -> bool:
        """A word that carries meaning: no function word, no elided article."""
        return key not in self.function_words and not key.endswith("'")


def _words(raw: Mapping[str, Any], name: str) -> list[str]:
    value = raw.get(name, ())
    return value.split() if isinstance(value, str) else list(value)


def _set(raw: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(folded(word) for word in _words(raw, name))


def _map(raw: Mapping[str, Any], neutral: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {folded(word): value for source in (neutral, raw) for word, value in source.get(name, {}).items()}


@cache
def raw_lexicon(lang: str) -> dict[str, Any]:
    """The data file of one language as it is."""
    text = resources.files("bot.core").joinpath("lexicons", f"{lang}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _gazetteer(lang: str) -> dict[str, str]:
    """The names of ``gazetteer.json`` that every language uses, and those of one, with their kind."""
    listed = raw_lexicon("gazetteer")
    return {
        folded(name): kind
        for source in (listed["all"], listed.get(lang, {}))
        for kind, names in source.items()
        for name in names.split()
    }


def build(raw: Mapping[str, Any], neutral: Mapping[str, Any]) -> Lexicon:
    """Make a lexicon from its data and the neutral one beneath it."""
    verbs: dict[str, str] = {}
    for source in (neutral, raw):
        for verb_class, listed in source.get("cue_verbs", {}).items():
            for verb in listed:
                verbs.setdefault(folded(verb), verb_class)
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, group in enumerate(raw.get("framing", ())):
        for phrase in group:
            groups.setdefault(tuple(keys(folded(phrase))), []).append(number)
    negation = [
        *neutral.get("negation", ()),
        *raw.get("negation", ()),
        *raw.get("negative_contractions", ()),
    ]
    return Lexicon(
        lang=raw["lang"],
        decimal=raw.get("decimal", "?"),
        nouns_capitalised=bool(raw.get("nouns_capitalised")),
        negative_concord=bool(raw.get("negative_concord")),
        function_words=_set(raw, "function_words"),
        negation=Phrases(negation),
        negation_soft=frozenset(tuple(keys(folded(word))) for word in _words(raw, "negation_soft")),
        negation_additive=_set(raw, "negation_additive"),
        contractions=raw.get("contractions", {}),
        synonyms={
            " ".join(keys(folded(word))): number
            for number, group in reversed(list(enumerate(raw.get("synonyms", ()))))
            for word in group
        },
        document_nouns=_set(raw, "document_nouns"),
        document_verbs=_set(raw, "document_verbs"),
        negation_like=_set(raw, "negation_like"),
        headline_verbs=_set(raw, "headline_verbs"),
        headline_sources=_set(raw, "headline_sources"),
        modal_hedges=_set(raw, "modal_hedges"),
        opinion_verbs=_set(raw, "opinion_verbs"),
        opinion_sources=_set(raw, "opinion_sources") | _set(raw, "headline_sources") | _set(raw, "office_words"),
        decades=_map(raw, {}, "decades"),
        hearsay_endings=tuple(folded(word) for word in _words(raw, "hearsay_endings")),
        negation_pairs={
            folded(word): frozenset(folded(mate) for mate in mates)
            for word, mates in raw.get("negation_pairs", {}).items()
        },
        negative_prefixes=tuple(sorted((folded(word) for word in _words(raw, "negative_prefixes")), key=len)),
        prefix_exceptions=_set(raw, "prefix_exceptions"),
        opposite_endings=tuple((folded(one), folded(other)) for one, other in raw.get("opposite_endings", ())),
        opposites=frozenset(frozenset(folded(word) for word in pair) for pair in raw.get("opposites", ())),
        hedges=Phrases([*neutral.get("hedges", ()), *raw.get("hedges", ())]),
        modality=Phrases(_words(raw, "modality")),
        quantifiers=Phrases(_words(raw, "quantifiers")),
        verbs=Phrases(verbs),
        attribution_only=Phrases([*neutral.get("attribution_only", ()), *raw.get("attribution_only", ())]),
        be_forms=_set(raw, "be_forms"),
        pronouns=_set(raw, "pronouns"),
        prepositions=_set(raw, "prepositions"),
        office_words=_set(raw, "office_words"),
        determiners=_set(raw, "determiners"),
        plain_nouns=_set(raw, "plain_nouns"),
        gazetteer=_gazetteer(raw["lang"]),
        aliases=frozenset(
            frozenset((folded(one).replace(" ", ""), folded(other).replace(" ", "")))
            for group in raw.get("aliases", ())
            for one in group
            for other in group
            if one != other
        ),
        titles=_set(raw, "titles"),
        not_names=_set(raw, "not_names"),
        months=_map(raw, neutral, "months"),
        weekdays=_map(raw, neutral, "weekdays"),
        relative_days=Phrases(_words(raw, "relative_days")),
        numbers=_map(raw, neutral, "numbers"),
        weak_numbers=_set(raw, "weak_numbers"),
        halves=_set(raw, "halves"),
        scales=_map(raw, neutral, "scales"),
        ordinals=_map(raw, {}, "ordinals"),
        ordinal_suffixes=_set(raw, "ordinal_suffixes"),
        fractions=_map(raw, {}, "fractions"),
        number_joiners=_set(raw, "number_joiners"),
        percent=Phrases([*neutral.get("percent", ()), *raw.get("percent", ())]),
        points=Phrases([*neutral.get("points", ()), *raw.get("points", ())]),
        units=_map(raw, neutral, "units"),
        currencies=_map(raw, neutral, "currencies"),
        framing={parts: tuple(numbers) for parts, numbers in groups.items()},
        framing_phrases=Phrases([phrase for group in raw.get("framing", ()) for phrase in group]),
        confusable=frozenset(frozenset(folded(pair).split()) for pair in raw.get("confusable", ())),
        variants=tuple(
            sorted((folded(left), folded(right)) for left, right in raw.get("spelling_variants", {}).items())
        ),
        spelling_pairs=_map(raw, {}, "spelling_pairs"),
        raw=raw,
    )


@lru_cache(maxsize=64)
def lexicon(lang: str, additions: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Lexicon:
    """The lexicon of a language code (``en``, ``pt-BR``), ``neutral`` where there is none.

    ``additions`` are more words per list (``hedges``, ``modality``, ``quantifiers``, ``negation``, ``titles`` …).
    """
    code = lang.split("-")[0].split("_")[0].casefold() if lang else "neutral"
    neutral = raw_lexicon("neutral")
    raw: dict[str, Any] = {"lang": "neutral", "directions": neutral.get("directions", ())}
    if code in LANGUAGES:
        raw = dict(raw_lexicon(code))
    for name, extra in additions:
        present = raw.get(name, [])
        raw[name] = [*(present.split() if isinstance(present, str) else present), *extra]
    return build(raw, neutral)


@cache
def _detection_words() -> dict[str, tuple[str, ...]]:
    owners: dict[str, list[str]] = {}
    for lang in LANGUAGES:
        for word in lexicon(lang).function_words:
            owners.setdefault(word, []).append(lang)
    return {word: tuple(langs) for word, langs in owners.items()}


def detect(tokens: Iterable[str]) -> tuple[str, float]:
    """The language whose function words a text holds most, and how clearly (0 to 1); ``neutral`` where none.

    A word of several languages counts a share for each. Counting function words is the classic cheap method and
    enough to choose between seven lexicons.
    """
    owners = _detection_words()
    scores: dict[str, float] = {}
    for key in tokens:
        for lang in owners.get(key, ()):
            scores[lang] = scores.get(lang, 0.0) + 1.0 / len(owners[key])
    if not scores:
        return "neutral", 0.0
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], LANGUAGES.index(pair[0])))
    best, value = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    return best, (value - second) / value if value else 0.0


@cache
def digest() -> str:
    """Eight hex digits over all lexicons: part of the engine's name, so that an old verdict can be explained."""
    hashed = hashlib.sha256()
    for lang in (*LANGUAGES, "neutral", "gazetteer"):
        hashed.update(json.dumps(raw_lexicon(lang), sort_keys=True).encode())
    return hashed.hexdigest()[:8]


def count_content(tokens: Sequence[Token], words: Lexicon) -> int:
    """How many of the tokens carry meaning."""
    return sum(1 for token in tokens if token.kind != "mark" and words.is_content(token.key))
