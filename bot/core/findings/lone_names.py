"""Single words that are names, where a capital says nothing: German nouns, and the first word of a sentence.

German writes every noun with a capital, so *Leipzig* is told from *Leitung* by evidence: a gazetteer of places, firms
and parties, letters in capitals, no article before it where a noun would have one, and how the story uses the word
elsewhere. Two words in each other's place are names when together the evidence is strong and neither lacks it.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon
from bot.core.pair import Pair, Side

SURE = 4.0
"""Evidence that makes a word a name by itself, or two words together."""
MIN_EVIDENCE = 1.0

_PLACE_PREPOSITIONS = frozenset("in aus nach bei".split())
_PREPOSITIONS = frozenset("von für gegen mit an um zwischen ab bis über ohne durch".split())
_OPENERS = frozenset({".", "!", "?", ":", '"', "'"})
_FIRM_FORMS = frozenset("ag gmbh se kg ug plc inc ltd".split())
_SINGULAR = frozenset("ist war hat hatte wird wurde will soll muss darf kann wollte sollte musste konnte".split())
_NOUN_ENDINGS = (
    *("ung", "ungen", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "tion", "tionen", "ität", "itäten"),
    *("nis", "nisse", "ismus", "ment", "mente", "chen", "lein", "innen", "eure", "euren", "tum", "anz", "enz"),
)
_PLACE_ENDINGS = (
    *("burg", "berg", "dorf", "hausen", "heim", "stadt", "stedt", "furt", "bach", "kirchen", "ingen", "brück"),
    *("hafen", "münde", "leben", "rode", "walde", "felde", "horst", "büttel", "weiler", "hofen", "hagen", "reuth"),
)


def lone_names(pair: Pair, index: StoryIndex) -> tuple[set[int], set[int]]:
    """Tokens of both sides that are names by evidence and stand in one another's place."""
    old: set[int] = set()
    new: set[int] = set()
    if not pair.words.nouns_capitalised:
        return old, new
    for i, j in _exchanged(pair):
        a, b = evidence(pair, pair.old, i, index), evidence(pair, pair.new, j, index)
        if min(a, b) >= MIN_EVIDENCE and a + b >= SURE:
            old.add(i)
            new.add(j)
    return old, new


def _exchanged(pair: Pair) -> Iterator[tuple[int, int]]:
    """Capitalised words in each other's place, as token indexes of both sides."""
    for tag, i1, i2, j1, j2 in pair.ops:
        if tag != "replace" or max(i2 - i1, j2 - j1) > 4:
            continue
        olds = [at for at in range(i1, i2) if _is_capital(pair.old, at)]
        news = [at for at in range(j1, j2) if _is_capital(pair.new, at)]
        if len(olds) == len(news):
            yield from zip(olds, news, strict=True)


def _is_capital(side: Side, at: int) -> bool:
    token = side.tokens[at]
    return token.kind == "word" and len(token.text) > 1 and token.text[0].isupper()


def evidence(pair: Pair, side: Side, at: int, index: StoryIndex) -> float:
    """How much speaks for one capitalised word being a name; below 0 where it is surely a plain noun."""
    words, token = pair.words, side.tokens[at]
    key = token.key
    if key in words.plain_nouns or key in words.function_words or key in words.office_words or key in words.months:
        return -3.0
    behind = side.keys[at + 1] if at + 1 < len(side.keys) else ""
    if named(key, words) or _is_acronym(token.text, side) or behind in _FIRM_FORMS:
        return SURE
    if key.endswith(_NOUN_ENDINGS) or key in index.lower:
        return -3.0
    bare, led = index.uses(key, words)
    found = -3.0 if led else 1.0 if bare >= 2 else 0.0
    before = side.keys[at - 1] if at else ""
    if before in _PLACE_PREPOSITIONS:
        found += 3.0 if key.endswith(_PLACE_ENDINGS) else 1.0
    elif before in _PREPOSITIONS:
        found += 0.5
    elif (not before or before in _OPENERS) and pair.field not in {"headline", "standfirst"}:
        singular = behind in _SINGULAR or (behind.endswith("t") and side.tokens[at + 1].text[0].islower())
        found += 1.5 if singular else 0.0
    return found


def named(key: str, words: Lexicon) -> bool:
    """True for a word of the gazetteer, its genitive among them (*Leipzigs*, *Paris's*)."""
    plain = key.removesuffix("'s").removesuffix("'")
    return plain in words.gazetteer or (words.lang == "de" and plain.removesuffix("s") in words.gazetteer)


def _is_acronym(text: str, side: Side) -> bool:
    """*SPD*, *AfD*, *EnBW*: two capitals or more in a short word, in a text that is not all in capitals."""
    capitals = sum(char.isupper() for char in text)
    return capitals >= 2 and len(text) <= 6 and any(char.islower() for char in side.text)
