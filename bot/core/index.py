"""What each version of a story says as a whole: its figures, its names, its words in a row.

Rules ask it whether what left one paragraph stands in another. It reads a version only when it is asked: most changes
are small, and their rules never ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.core.figure_scan import find_figures
from bot.core.lexicon import Lexicon
from bot.core.names import leads_a_noun, name_runs
from bot.core.text import Token, fold_text, keys, tokenize

Identity = tuple[object, ...]


@dataclass(slots=True)
class StoryIndex:
    """Both versions; ``False`` is the old one and ``True`` the new one wherever a side is asked for.

    ``texts`` are the folded content blocks of each, ``heads`` its headline and standfirst as shown; ``words_of`` gives
    the lexicon for a stretch of tokens.
    """

    texts: tuple[Sequence[str], Sequence[str]] = ((), ())
    heads: tuple[Sequence[str], Sequence[str]] = ((), ())
    words_of: Callable[[Sequence[str]], Lexicon] | None = None
    _lexicons: dict[str, Lexicon] = field(default_factory=dict)
    _figures: dict[bool, frozenset[Identity]] = field(default_factory=dict)
    _names: dict[bool, frozenset[str]] = field(default_factory=dict)
    _keys: dict[bool, frozenset[str]] = field(default_factory=dict)
    _rows: dict[bool, str] = field(default_factory=dict)
    _lower: frozenset[str] | None = None
    _known: frozenset[str] | None = None
    _uses: dict[str, tuple[int, int]] | None = None

    def _read(self, text: str) -> tuple[Sequence[Token], Lexicon]:
        tokens = tokenize(text)
        words = self._lexicons.get(text)
        if words is None:
            assert self.words_of is not None  # noqa: S101 - an index without a lexicon has no texts
            words = self._lexicons[text] = self.words_of([token.key for token in tokens[:120]])
        return tokens, words

    def figures(self, new: bool) -> frozenset[Identity]:
        """The figures of a version."""
        if new not in self._figures:
            found: set[Identity] = set()
            for text in self.texts[new]:
                found.update(figure.identity for figure in find_figures(*self._read(text)))
            self._figures[new] = frozenset(found)
        return self._figures[new]

    def named(self, new: bool) -> frozenset[str]:
        """The words of a version's names; one that only opens its sentence is none."""
        if new not in self._names:
            found: set[str] = set()
            for text in self.texts[new]:
                tokens, words = self._read(text)
                for start, end, opener in name_runs(tokens, words):
                    if not (opener and end - start == 1):
                        found.update(token.key for token in tokens[start:end])
            self._names[new] = frozenset(found)
        return self._names[new]

    def words(self, new: bool) -> frozenset[str]:
        """All words and marks of a version, headline and standfirst among them."""
        if new not in self._keys:
            every = {token.key for text in self.texts[new] for token in tokenize(text)}
            for head in self.heads[new]:
                every.update(keys(fold_text(head)))
            self._keys[new] = frozenset(every)
        return self._keys[new]

    def holds(self, words: Sequence[str], *, new: bool) -> bool:
        """True where one block of a version holds these words in a row."""
        if new not in self._rows:
            rows = (" ".join(token.key for token in tokenize(text) if token.wordlike) for text in self.texts[new])
            self._rows[new] = " " + " \n ".join(rows) + " "
        return " " + " ".join(words) + " " in self._rows[new]

    def spells(self, letters: str, *, new: bool) -> bool:
        """True where a version holds an abbreviation in capitals, with full stops or without: *US*, *U.S.*"""
        pattern = re.compile(r"\b" + r"\.?\s?".join(map(re.escape, letters.upper())) + r"\b")
        return any(pattern.search(text) for text in (*self.texts[new], *map(fold_text, self.heads[new])))

    @property
    def lower(self) -> frozenset[str]:
        """Words that stand in lower case somewhere in either version."""
        if self._lower is None:
            texts = dict.fromkeys((*self.texts[False], *self.texts[True]))
            self._lower = frozenset(
                token.key
                for text in texts
                for token in tokenize(text)
                if token.kind == "word" and token.text[0].islower()
            )
        return self._lower

    def uses(self, key: str, words: Lexicon) -> tuple[int, int]:
        """How often a capitalised word stands (without, with) an article or adjective before it, in both versions."""
        if self._uses is None:
            self._uses = {}
            for text in dict.fromkeys((*self.texts[False], *self.texts[True])):
                tokens = tokenize(text)
                for at, token in enumerate(tokens):
                    if token.kind == "word" and token.text[0].isupper():
                        bare, led = self._uses.get(token.key, (0, 0))
                        is_led = at > 0 and leads_a_noun(tokens[at - 1].key, words)
                        self._uses[token.key] = (bare, led + 1) if is_led else (bare + 1, led)
        return self._uses.get(key, (0, 0))

    @property
    def known(self) -> frozenset[str]:
        """The words of the names of both versions."""
        if self._known is None:
            self._known = self.named(False) | self.named(True)
        return self._known

    @property
    def names(self) -> frozenset[str]:
        """Names of either version that are no plain words of the story too."""
        return self.known - self.lower
