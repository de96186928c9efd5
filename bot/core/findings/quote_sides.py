"""The quotations of one version with what is needed to show them, and how alike two of them are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.core.comparison import Span
from bot.core.figure_scan import find_figures
from bot.core.lexicon import Lexicon
from bot.core.quotes import Quotation
from bot.core.speakers import Passage
from bot.core.text import Token, excerpt


@dataclass(slots=True)
class QuoteSide:
    """The quotations of one version with what is needed to show them."""

    quotations: list[Quotation]
    passages: Sequence[Passage | None]
    numbers: Sequence[int]
    link_of: Mapping[int, int]
    """Position of a block to the number of its link; absent for removed or added blocks."""
    words: Sequence[Lexicon]
    kept: Collection[int] = ()
    """Numbers of the links whose words are equal: only marks, case or paragraph breaks differ there."""

    def tokens(self, quotation: Quotation) -> list[tuple[int, Token]]:
        """(block position, token) of all words and marks inside."""
        found: list[tuple[int, Token]] = []
        for position, start, end in quotation.parts:
            passage = self.passages[position]
            if passage is not None:
                found += [(position, token) for token in passage.tokens if token.start >= start and token.end <= end]
        return found

    def shown(self, quotation: Quotation, first: int = 0, last: int | None = None) -> tuple[str, Span]:
        """Excerpt of the display text around tokens ``first:last`` of the quotation, and their span."""
        tokens = self.tokens(quotation)
        if not tokens:
            return "", Span(block=self.numbers[quotation.position], start=0, end=0)
        last = len(tokens) if last is None else last
        if first >= last:
            first = min(first, len(tokens) - 1)
            last = first + 1
        position = tokens[first][0]
        while tokens[last - 1][0] != position:
            last -= 1
        passage = self.passages[position]
        assert passage is not None  # noqa: S101 - tokens come only from passages
        start, end = passage.folded.span(tokens[first][1].start, tokens[last - 1][1].end)
        part = next(part for part in quotation.parts if part[0] == position)
        low, high = passage.folded.span(part[1], part[2])
        left, right = excerpt(passage.display, start, end, context=8)
        left, right = max(left, low), min(right, high)
        if high - low <= 160:
            left, right = low, high
        return passage.display[left:right].strip(), Span(block=self.numbers[position], start=start, end=end)


def told_figures(tokens: Sequence[Token], words: Lexicon) -> list[str]:
    """The words with each figure as its value."""
    figures = {figure.start: figure for figure in find_figures(tokens, words) if not figure.weak}
    found, at = [], 0
    while at < len(tokens):
        figure = figures.get(at)
        if figure is not None:
            found.append(f"#{figure.identity}")
            at = figure.end
            continue
        if tokens[at].wordlike:
            found.append(tokens[at].key)
        at += 1
    return found


def written_out(keys: Sequence[str], words: Lexicon) -> list[str]:
    """The words with their contractions undone: *I've* is *I have*."""
    found: list[str] = []
    for key in keys:
        short = next((one for one in words.contractions if key.endswith(one) and len(key) > len(one)), None)
        found += [key] if short is None else [_WHOLE.get(key, key.removesuffix(short)), words.contractions[short]]
    return found


_WHOLE = {"won't": "will", "can't": "can", "shan't": "shall"}


def similarity(a: Quotation, b: Quotation) -> float:
    """Ratio of shared words in order, 0 to 1."""
    shared = sum((Counter(a.words) & Counter(b.words)).values())
    if 2 * shared < 0.3 * (len(a.words) + len(b.words)):
        return 0.0
    if len(a.words) * len(b.words) > 160_000:
        return 2 * shared / (len(a.words) + len(b.words))
    return SequenceMatcher(None, a.words, b.words, autojunk=False).ratio()
