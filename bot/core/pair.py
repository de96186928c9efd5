"""Two linked stretches of story made ready for the rules: tokens, word edits, and the way back to display text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from bot.core.comparison import Edit, Finding, Severity, Span
from bot.core.diff import Budget, Op, diff_keys, tidy
from bot.core.lexicon import Lexicon
from bot.core.text import WIDE, Folded, Token, excerpt, fold, has_wide, sentences, tokenize, word_span

_WIDE_WORD = re.compile(rf"[{WIDE}、。，．！？「」『』（）：；・]|[^\s{WIDE}、。，．！？「」『』（）：；・]+")
_WORD = re.compile(r"\S+")
EXCERPT = 160
EXPLANATION = 300


@dataclass(slots=True, eq=False)
class Side:
    """One side of a pair: blocks joined by one newline, or a field (number 0)."""

    numbers: tuple[int, ...]
    texts: tuple[str, ...]
    text: str = ""
    folded: Folded = attribute(default_factory=lambda: Folded("", (), ()))
    tokens: Sequence[Token] = ()
    keys: list[str] = attribute(default_factory=list)
    offsets: list[int] = attribute(default_factory=list)
    _sentences: list[tuple[int, int]] | None = None

    @classmethod
    def of(cls, numbers: Sequence[int], texts: Sequence[str]) -> Side:
        """Fold and tokenize the blocks ``numbers`` with their display ``texts``."""
        joined = "\n".join(texts)
        offsets, at = [], 0
        for text in texts:
            offsets.append(at)
            at += len(text) + 1
        folded = fold(joined)
        tokens = tokenize(folded.text)
        return cls(tuple(numbers), tuple(texts), joined, folded, tokens, [token.key for token in tokens], offsets)

    def place(self, first: int, last: int) -> tuple[int, int, int]:
        """(index of the block, start, end) in display text of tokens ``first:last``, cut to one block."""
        if first >= last:
            if not self.tokens:
                return 0, 0, 0
            at = self.folded.span(self.tokens[min(first, len(self.tokens) - 1)].start, 0)[0]
            at = self.folded.starts[self.tokens[first].start] if first < len(self.tokens) else len(self.text)
            block = max(bisect_right(self.offsets, at) - 1, 0)
            local = min(at - self.offsets[block], len(self.texts[block]))
            return block, local, local
        start = self.folded.starts[self.tokens[first].start]
        end = self.folded.ends[self.tokens[last - 1].end - 1]
        block = max(bisect_right(self.offsets, start) - 1, 0)
        local = start - self.offsets[block]
        return block, local, max(min(end - self.offsets[block], len(self.texts[block])), local)

    def span(self, first: int, last: int) -> Span:
        """The display span of tokens ``first:last``."""
        block, start, end = self.place(first, last)
        return Span(block=self.numbers[block] if self.numbers else 0, start=start, end=end)

    def words(self, first: int, last: int, context: int = 0, limit: int = EXCERPT) -> str:
        """Display text of tokens ``first:last`` with some whole words around, "" where there are none."""
        if first >= last and not context:
            return ""
        if not self.texts:
            return ""
        block, start, end = self.place(first, last)
        if start == end and first >= last:
            if context <= 0:
                return ""
            start = max(start - 1, 0)
            end = start
        left, right = excerpt(self.texts[block], start, end, limit=limit, context=context)
        return self.texts[block][left:right]

    def sentence_of(self, token: int) -> int:
        """Number of the sentence that holds a token index."""
        if self._sentences is None:
            self._sentences = sentences(self.folded.text)
        if token >= len(self.tokens):
            return max(len(self._sentences) - 1, 0)
        at = self.tokens[token].start
        return max(bisect_right(self._sentences, (at, 1 << 60)) - 1, 0)


@dataclass(slots=True, eq=False)
class Pair:
    """An old and a new stretch with their word difference."""

    old: Side
    new: Side
    words: Lexicon
    field: str = "body"
    score: float = 1.0
    relation: str = "edited"
    ops: list[Op] = attribute(default_factory=list)
    hunks: list[Op] = attribute(default_factory=list)
    """Edits only, small islands swallowed."""
    coarse: bool = False
    old_quoted: list[tuple[int, int]] = attribute(default_factory=list)
    new_quoted: list[tuple[int, int]] = attribute(default_factory=list)
    """Token ranges inside quotation marks."""
    entry: bool = False

    @classmethod
    def of(cls, old: Side, new: Side, words: Lexicon, budget: Budget, **more: Any) -> Pair:
        """Diff two sides."""
        pair = cls(old, new, words, **more)
        spent = budget.spent
        pair.ops = diff_keys(old.keys, new.keys, budget)
        pair.coarse = budget.spent and not spent
        pair.hunks = [op for op in tidy(pair.ops, old.keys, words.function_words) if op[0] != "equal"]
        return pair

    @property
    def kept(self) -> float:
        """Share of the tokens of both sides that stand in both, 0 to 1."""
        same = sum(op[2] - op[1] for op in self.ops if op[0] == "equal")
        return 2 * same / max(len(self.old.keys) + len(self.new.keys), 1)

    @property
    def where(self) -> str:
        """The place in an editor's words: ``headline``, ``¶5``, ``¶12, was ¶2``."""
        if self.field != "body" and self.field != "note" and self.field != "caption":
            return self.field
        old = self.old.numbers[0] if self.old.numbers else 0
        new = self.new.numbers[0] if self.new.numbers else 0
        if old and new and old != new:
            return f"¶{new}, was ¶{old}"
        return f"¶{new or old}"

    def finding(
        self,
        kind: str,
        severity: int,
        rule: str,
        what: str,
        old: tuple[int, int] | None,
        new: tuple[int, int] | None,
        *,
        why: str = "",
        who: str | None = None,
        confidence: float = 0.9,
        context: int = 3,
        data: dict[str, Any] | None = None,
    ) -> Finding:
        """A finding over token ranges of both sides, with its excerpts and explanation."""
        before = self.old.words(*old, context=context) if old is not None else ""
        after = self.new.words(*new, context=context) if new is not None else ""
        return Finding(
            kind=kind,
            severity=Severity(max(0, min(4, severity))),
            rule=rule,
            field=self.field,
            before=before,
            after=after,
            confidence=confidence,
            speaker=who,
            old=self.old.span(*old) if old is not None else None,
            new=self.new.span(*new) if new is not None else None,
            explanation=explain(what, self.where, before, after, why=why, who=who),
            data=data or {},
        )

    def in_old_quote(self, first: int, last: int) -> bool:
        """True where tokens ``first:last`` of the old side lie inside one quotation."""
        return any(start <= first and last <= end for start, end in self.old_quoted)

    def in_new_quote(self, first: int, last: int) -> bool:
        """The same for the new side."""
        return any(start <= first and last <= end for start, end in self.new_quoted)


def edits_of(pair: Pair) -> tuple[Edit, ...]:
    """Word edits over the display texts, cut only at whitespace; concatenated they rebuild both texts exactly.

    Space between an equal run and an edit goes to the equal run where there is one.
    """
    return edits_between(pair.old, pair.new, list(_with_equals(pair)))


def _with_equals(pair: Pair) -> list[Op]:
    ops: list[Op] = []
    at_old = at_new = 0
    for tag, i1, i2, j1, j2 in pair.hunks:
        if i1 > at_old or j1 > at_new:
            ops.append(("equal", at_old, i1, at_new, j1))
        ops.append((tag, i1, i2, j1, j2))
        at_old, at_new = i2, j2
    if at_old < len(pair.old.tokens) or at_new < len(pair.new.tokens):
        ops.append(("equal", at_old, len(pair.old.tokens), at_new, len(pair.new.tokens)))
    return ops


def _words_of(text: str) -> list[tuple[int, int]]:
    """Whitespace-delimited words as offsets; each letter of a script written without spaces is a word of its own."""
    if has_wide(text):
        return [match.span() for match in _WIDE_WORD.finditer(text)]
    return [match.span() for match in _WORD.finditer(text)]


def _word_numbers(side: Side, places: Sequence[tuple[int, int]]) -> list[int]:
    """For each token the number of the whitespace-delimited word in which it begins."""
    starts = [start for start, _ in places]
    return [bisect_right(starts, side.folded.starts[token.start]) - 1 for token in side.tokens]


def edits_between(old: Side, new: Side, ops: Sequence[Op]) -> tuple[Edit, ...]:
    """Turn token opcodes into edits over whole whitespace-delimited words."""
    old_words, new_words = _words_of(old.text), _words_of(new.text)
    of_old, of_new = _word_numbers(old, old_words), _word_numbers(new, new_words)
    partner: dict[int, int] = {}
    broken_old: set[int] = set()
    broken_new: set[int] = set()
    for tag, i1, i2, j1, j2 in ops:
        if tag != "equal":
            broken_old.update(of_old[i1:i2])
            broken_new.update(of_new[j1:j2])
            continue
        if i2 - i1 != j2 - j1:
            broken_old.update(of_old[i1:i2])
            broken_new.update(of_new[j1:j2])
            continue
        for a, b in zip(of_old[i1:i2], of_new[j1:j2], strict=True):
            if partner.setdefault(a, b) != b:
                broken_old.add(a)
    back: dict[int, int] = {}
    for a, b in partner.items():
        if back.setdefault(b, a) != a:
            broken_new.add(b)
            broken_old.update((a, back[b]))
    matched = [
        (a, b) for a, b in sorted(partner.items()) if a not in broken_old and b not in broken_new and back.get(b) == a
    ]
    chain: list[tuple[int, int]] = []
    for a, b in matched:
        if not chain or b > chain[-1][1]:
            chain.append((a, b))
    return _cut(old.text, old_words, new.text, new_words, chain)


def _cut(
    old: str,
    old_words: Sequence[tuple[int, int]],
    new: str,
    new_words: Sequence[tuple[int, int]],
    chain: Sequence[tuple[int, int]],
) -> tuple[Edit, ...]:
    edits: list[Edit] = []
    old_at = new_at = 0
    index = 0
    while index <= len(chain):
        if index == len(chain):
            old_to, new_to = len(old), len(new)
            if chain and chain[-1] == (len(old_words) - 1, len(new_words) - 1):
                break
            _push(edits, old[old_at:old_to], new[new_at:new_to])
            return tuple(edits)
        a, b = chain[index]
        run = index
        while run + 1 < len(chain) and chain[run + 1] == (chain[run][0] + 1, chain[run][1] + 1):
            run += 1
        old_to, new_to = old_words[a][0], new_words[b][0]
        gap_old, gap_new = old[old_at:old_to], new[new_at:new_to]
        lead_old = lead_new = 0
        if not gap_old.strip() and not gap_new.strip():
            lead_old, lead_new = old_at, new_at
        else:
            _push(edits, gap_old, gap_new)
            lead_old, lead_new = old_to, new_to
        last_a, last_b = chain[run]
        old_end = _space_end(old, old_words[last_a][1])
        new_end = _space_end(new, new_words[last_b][1])
        edits.append(Edit(op="equal", old=old[lead_old:old_end], new=new[lead_new:new_end]))
        old_at, new_at = old_end, new_end
        index = run + 1
    if old_at < len(old) or new_at < len(new):
        _push(edits, old[old_at:], new[new_at:])
    return tuple(edits)


def _space_end(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _push(edits: list[Edit], before: str, after: str) -> None:
    if before and after:
        edits.append(Edit(op="equal" if before == after else "replace", old=before, new=after))
    elif before:
        edits.append(Edit(op="delete", old=before, new=""))
    elif after:
        edits.append(Edit(op="insert", old="", new=after))


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut at a word, with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text.rfind(" ", 0, limit - 1)
    return (text[:cut] if cut > limit // 3 else text[: limit - 1]).rstrip(" ,;:") + "…"


def explain(what: str, where: str, before: str, after: str, *, why: str = "", who: str | None = None) -> str:
    """One plain line of at most 300 characters: what, where and who, the words, why it matters."""
    place = ", ".join(part for part in (clip(who, 60) if who else "", where) if part)
    head = f"{what} ({place})" if place else what
    room = EXPLANATION - len(head) - len(why) - 12
    both = bool(before) and bool(after)
    each = max(min(EXCERPT, room // 2 if both else room), 12)
    if both:
        body = f": “{clip(before, each)}” → “{clip(after, each)}”"
    elif before or after:
        body = f": “{clip(before or after, each)}”"
    else:
        body = ""
    if why.startswith("("):  # a remark in brackets belongs to the sentence
        return clip(f"{head}{body} {why}.", EXPLANATION)
    stop = "" if body.endswith(_STOPPED) else "."
    line = f"{head}{body}{stop} {why}" if why else f"{head}{body}{stop}"
    return clip(line, EXPLANATION)


_STOPPED = (".”", "!”", "?”", "…”", ".’”", '."”', '!"”', '?"”', "。”", ".»”", ".””", "!””", "?””", "。」”")
"""Ends of an excerpt after which a sentence needs no full stop of its own."""


def widen(text: str, start: int, end: int) -> str:
    """Display text widened to whole words."""
    left, right = word_span(text, start, end)
    return text[left:right]
