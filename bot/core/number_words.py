"""Numbers as they are written: digits with their separators, and words that are a whole number (*zweihundert*)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from bot.core.lexicon import Lexicon

GLUED = {
    "de": (("tausend", 1000), ("hundert", 100)),
    "nl": (("duizend", 1000), ("honderd", 100)),
    "it": (("mila", 1000), ("mille", 1000), ("cento", 100)),
}
"""Languages that write a whole number as one word, with the parts at which it is cut."""


def parse_number(text: str, decimal: str) -> Fraction | None:
    """Value of a number token such as ``1,200.50``; ``decimal`` is the language's mark, ``?`` where unknown."""
    text = text.replace(" ", "").replace("'", "")
    if ":" in text:
        return None
    separators = [char for char in text if char in ".,"]
    if not separators:
        return Fraction(int(text)) if len(text) < 400 else None
    kinds = set(separators)
    last = separators[-1]
    head, _, tail = text.rpartition(last)
    if len(kinds) == 2:  # both marks: the last one is the decimal, whatever the language
        clean = "".join(char for char in head if char.isdigit())
    elif len(separators) > 1 or (len(tail) == 3 and head.lstrip("0") and last != decimal):
        clean, tail = "".join(char for char in head if char.isdigit()) + tail, ""
    else:
        clean = "".join(char for char in head if char.isdigit())
    if len(clean) + len(tail) > 400 or not clean:
        return None
    return Fraction(int(clean + tail), 10 ** len(tail))


@lru_cache(maxsize=64)
def number_words(words: Lexicon) -> tuple[frozenset[str], frozenset[str]]:
    """Every word with which a figure in words may begin, and these with the words that begin a date."""
    listed = (words.numbers, words.ordinals, words.scales, words.fractions, words.raw.get("multiples", {}))
    numbers = frozenset(key for table in listed for key in table) | words.halves
    days = frozenset(parts[0] for parts in words.relative_days.values)
    return numbers, numbers | days | words.decades.keys() | words.months.keys() | words.weekdays.keys()


def glued_number(key: str, words: Lexicon) -> int | None:
    """Value of a number written as one word (*zweihundertfünfzig*), None for any other word."""
    if key in words.numbers:
        return words.numbers[key]
    for root, scale in GLUED.get(words.lang, ()):
        head, found, tail = key.partition(root)
        if not found:
            continue
        first = glued_number(head, words) if head else 1
        for joiner in ("und", "en"):
            tail = tail.removeprefix(joiner) if tail.removeprefix(joiner) in words.numbers else tail
        rest = glued_number(tail, words) if tail else 0
        return None if first is None or rest is None or rest >= scale else first * scale + rest
    return None
