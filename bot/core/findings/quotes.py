"""What became of each quotation: kept, altered, bracketed, trimmed, paraphrased, given to another, gone, new.

Quotations are matched over the whole story, so one that only moved, was split around its speaker or runs over a new
paragraph break is kept. Words are compared, marks are not: a quotation in curled marks is the same quotation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from bot.core.comparison import Fate, Finding, QuoteFate, Severity, Span
from bot.core.diff import Budget
from bot.core.figure_scan import find_figures
from bot.core.findings.alteration import Alteration, alteration
from bot.core.findings.copyedit import same_stem
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon
from bot.core.names import same_person
from bot.core.pair import explain, widen
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


AROUND = 12
"""Words on each side of a quotation in which its speaker is named."""


def _told_figures(tokens: Sequence[Token], words: Lexicon) -> list[str]:
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


def _written_out(keys: Sequence[str], words: Lexicon) -> list[str]:
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


class QuoteMatcher:
    """Pairs old and new quotations, then says what became of each."""

    def __init__(self, old: QuoteSide, new: QuoteSide, index: StoryIndex, budget: Budget) -> None:
        self.old, self.new, self.index, self.budget = old, new, index, budget
        self.free_old = dict(enumerate(old.quotations))
        self.free_new = dict(enumerate(new.quotations))
        self.findings: list[Finding] = []
        self.fates: list[tuple[tuple[int, int], QuoteFate]] = []
        self.folded_away: set[int] = set()
        self.stays: set[tuple[str, ...]] = set()
        """Words of the quotations of paragraphs that stayed as they were."""

    def keep(self, left: Quotation, right: Quotation) -> None:
        """Note a quotation of a paragraph that stayed as it was."""
        self._fate("verbatim", left, right)
        self.stays.add(left.words)

    def run(self) -> None:
        """Match and judge; results are in ``findings`` and ``fates``."""
        self._exact()
        self._joined(self.free_old, self.free_new, parts_old=True)
        self._joined(self.free_new, self.free_old, parts_old=False)
        self._similar()
        for number, quotation in sorted(self.free_old.items()):
            self._gone(number, quotation)
        for number, quotation in sorted(self.free_new.items()):
            self._come(number, quotation)
        self.fates.sort(key=lambda entry: entry[0])

    def _linked(self, a: Quotation, b: Quotation) -> bool:
        link = self.old.link_of.get(a.position)
        return link is not None and link == self.new.link_of.get(b.position)

    def _exact(self) -> None:
        waiting: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, quotation in self.free_new.items():
            waiting[quotation.words].append(number)
        for number, quotation in list(self.free_old.items()):
            queue = waiting.get(quotation.words)
            if not queue:
                continue
            mate = next((other for other in queue if self._linked(quotation, self.free_new[other])), None)
            if mate is None and (len(quotation.words) >= 3 or self.old.link_of.get(quotation.position) is None):
                mate = queue[0]
            if mate is None:
                continue
            queue.remove(mate)
            self._pair(number, mate)

    def _joined(self, parts: dict[int, Quotation], wholes: dict[int, Quotation], *, parts_old: bool) -> None:
        """Several neighbouring quotations that together hold the words of one: split around a speaker."""
        numbers = sorted(parts)
        for whole_number, whole in sorted(wholes.items()):
            for at in range(len(numbers)):
                run: list[int] = []
                joined: tuple[str, ...] = ()
                for number in numbers[at : at + 6]:
                    run.append(number)
                    joined += parts[number].words
                    if joined == whole.words[: len(joined)] and len(joined) < len(whole.words):
                        continue
                    break
                if joined == whole.words and len(run) > 1:
                    for number in run:
                        old, new = (parts[number], whole) if parts_old else (whole, parts[number])
                        self._fate("verbatim", old, new)
                        del parts[number]
                    del wholes[whole_number]
                    numbers = sorted(parts)
                    break

    def _similar(self) -> None:
        scored: list[tuple[float, int, int]] = []
        for a, left in self.free_old.items():
            for b, right in self.free_new.items():
                if not self.budget.take(len(left.words) + len(right.words)):
                    return
                linked = self._linked(left, right)
                score = similarity(left, right)
                if min(len(left.words), len(right.words)) < 3 and not linked:
                    continue
                wanted = 0.45 if linked else 0.6
                if score < wanted and linked and score > 0:
                    shared = sum((Counter(left.words) & Counter(right.words)).values())
                    small = min(len(left.words), len(right.words))
                    score = 0.45 if shared >= 0.8 * small and small >= 2 else 0.0
                if score >= wanted:
                    scored.append((-score - (0.2 if linked else 0.0), a, b))
        for _, a, b in sorted(scored):
            if a in self.free_old and b in self.free_new:
                self._pair(a, b)
        self._same_place()

    def _same_place(self) -> None:
        """One quotation left on each side of a link, in the same surroundings: its words were exchanged."""
        for a, left in list(self.free_old.items()):
            mates = [b for b, right in self.free_new.items() if self._linked(left, right)]
            rivals = (
                [c for c, other in self.free_old.items() if self._linked(other, self.free_new[mates[0]])]
                if mates
                else []
            )
            if len(mates) == 1 and len(rivals) == 1:
                right = self.free_new[mates[0]]
                if self._surroundings(self.old, left) == self._surroundings(self.new, right) and left.kind != "title":
                    self._pair(a, mates[0])

    def _surroundings(self, side: QuoteSide, quotation: Quotation) -> tuple[str, ...]:
        position, start, end = quotation.parts[0]
        passage = side.passages[position]
        if passage is None:
            return ()
        before = [token.key for token in passage.tokens if token.end < start and token.wordlike][-3:]
        after = [token.key for token in passage.tokens if token.start > end and token.wordlike][:3]
        return (*before, "|", *after)

    def _said_around(self, side: QuoteSide, quotation: Quotation) -> tuple[str, ...]:
        """The words round a quotation, wherever its paragraph is cut: the same words name the same speaker."""
        link, (position, start, end) = side.link_of.get(quotation.position), quotation.parts[0]
        before: list[str] = []
        after: list[str] = []
        for at in sorted(at for at, number in side.link_of.items() if number == link):
            passage = side.passages[at]
            for token in passage.tokens if passage is not None else ():
                if not token.wordlike:
                    continue
                if at < position or (at == position and token.end <= start):
                    before.append(token.key)
                elif at > position or token.start >= end:
                    after.append(token.key)
        return (*before[-AROUND:], "|", *after[:AROUND])

    def _pair(self, a: int, b: int) -> None:
        left, right = self.free_old.pop(a), self.free_new.pop(b)
        words = self.new.words[right.position]
        change = alteration(left.keys, right.keys, words) if left.keys != right.keys else None
        if change is not None and change.kind == "quote_altered" and change.severity >= 2:
            change = self._mildest(left, right, words, change)
        reattributed = (
            left.named_here
            and right.named_here
            and left.speaker is not None
            and right.speaker is not None
            and not same_person(left.speaker, right.speaker)
            and not (self._linked(left, right) and self.old.link_of.get(left.position) in self.old.kept)
            and not (
                self._linked(left, right) and self._said_around(self.old, left) == self._said_around(self.new, right)
            )
        )
        speaker = left.speaker if left.named_here and not right.named_here else right.speaker or left.speaker
        if reattributed:
            shown_old, span_old = self.old.shown(left)
            shown_new, span_new = self.new.shown(right)
            self.findings.append(
                Finding(
                    kind="quote_reattributed",
                    severity=Severity.MAJOR,
                    rule="Q7",
                    field="body",
                    before=shown_old,
                    after=shown_new,
                    confidence=0.85,
                    speaker=right.speaker,
                    old=span_old,
                    new=span_new,
                    explanation=explain(
                        f"Quotation given to another speaker: {left.speaker} → {right.speaker}",
                        self._where(left, right),
                        "",
                        shown_new,
                    ),
                    data={"speaker_before": left.speaker, "speaker_after": right.speaker},
                )
            )
        if change is not None:
            shown_old, span_old = self.old.shown(left, *change.old)
            shown_new, span_new = self.new.shown(right, *change.new)
            severity = change.severity
            if left.kind in {"scare", "title"} and severity == 3:
                severity = 2
            self.findings.append(
                Finding(
                    kind=change.kind,
                    severity=Severity(severity),
                    rule=change.rule,
                    field="body",
                    before=shown_old,
                    after=shown_new,
                    confidence=0.9,
                    speaker=speaker,
                    old=span_old,
                    new=span_new,
                    explanation=explain(
                        change.what, self._where(left, right), shown_old, shown_new, why=change.why, who=speaker
                    ),
                )
            )
        fate: Fate = change.fate if change is not None else "verbatim"
        if reattributed and fate == "verbatim":
            fate = "reattributed"
        self._fate(fate, left, right)

    def _mildest(self, left: Quotation, right: Quotation, words: Lexicon, change: Alteration) -> Alteration | None:
        """None where only the form of a figure differs (*50,000*, *50 thousand*); 2 where only a contraction does."""
        old, new = (
            _told_figures([token for _, token in side.tokens(one)], words)
            for side, one in ((self.old, left), (self.new, right))
        )
        if old == new:
            return None
        if _written_out(old, words) == _written_out(new, words):
            return replace(change, severity=2, why="")
        return change

    def _where(self, left: Quotation | None, right: Quotation | None) -> str:
        old = self.old.numbers[left.position] if left else 0
        new = self.new.numbers[right.position] if right else 0
        return f"¶{new}, was ¶{old}" if old and new and old != new else f"¶{new or old}"

    def _fate(self, fate: Fate, left: Quotation | None, right: Quotation | None) -> None:
        said_once = left is not None and right is not None and left.named_here and not right.named_here
        old = self.old.numbers[left.position] if left else None
        new = self.new.numbers[right.position] if right else None
        self.fates.append(
            (
                (
                    new if new is not None else (old or 0),
                    right.parts[0][1] if right else (left.parts[0][1] if left else 0),
                ),
                QuoteFate(
                    fate=fate,
                    before=left.text if left else "",
                    after=right.text if right else "",
                    speaker_before=left.speaker if left else None,
                    speaker_after=(left.speaker if left and said_once else right.speaker) if right else None,
                    old_block=old,
                    new_block=new,
                ),
            )
        )

    def _gone(self, number: int, quotation: Quotation) -> None:
        shown, span = self.old.shown(quotation)
        removed_block = self.old.link_of.get(quotation.position) is None
        short = len(quotation.words) <= 2
        if quotation.words in self.stays and len(quotation.words) >= 3:
            self._fate("verbatim", quotation, None)  # said twice, and once still
            return
        survives = self._unquoted(quotation, new=True)
        if survives:
            if removed_block and short:
                self._fate("removed", quotation, None)
                return
            self._fate("marks_removed", quotation, None)
            self.findings.append(
                self._one(
                    "quote_marks_removed",
                    2,
                    "Q6",
                    "Quotation marks dropped, words kept",
                    quotation,
                    None,
                    shown,
                    span,
                )
            )
            return
        share = self._paraphrase_share(quotation, new=True)
        if not removed_block and share >= 0.5 and len(quotation.words) >= 2:
            severity = 3 if quotation.kind == "direct" or (quotation.kind == "fragment" and quotation.speaker) else 2
            self._fate("paraphrased", quotation, None)
            self.findings.append(
                self._one(
                    "quote_paraphrased",
                    severity,
                    "Q5",
                    "Quotation turned into paraphrase",
                    quotation,
                    None,
                    shown,
                    span,
                    confidence=0.7,
                    instead=self._paraphrase(quotation),
                )
            )
            return
        self._fate("removed", quotation, None)
        if removed_block:
            self.folded_away.add(quotation.position)
            return
        severity = {"direct": 3, "fragment": 2}.get(quotation.kind, 1)
        self.findings.append(
            self._one(
                "quote_removed",
                severity,
                "Q4",
                "Quotation removed",
                quotation,
                None,
                shown,
                span,
                confidence=0.9,
            )
        )

    def _come(self, number: int, quotation: Quotation) -> None:
        shown, span = self.new.shown(quotation)
        added_block = self.new.link_of.get(quotation.position) is None
        again = quotation.words in self.stays
        if not again and self._unquoted(quotation, new=False) and not (added_block and len(quotation.words) <= 2):
            self._fate("added", None, quotation)
            self.findings.append(
                self._one(
                    "quote_marks_added",
                    2,
                    "Q6",
                    "Quotation marks added around kept words",
                    None,
                    quotation,
                    shown,
                    span,
                )
            )
            return
        self._fate("added", None, quotation)
        if added_block:
            return
        severity = {"direct": 2}.get(quotation.kind, 1)
        self.findings.append(self._one("quote_added", severity, "Q8", "Quotation added", None, quotation, shown, span))

    def _unquoted(self, quotation: Quotation, *, new: bool) -> bool:
        """The words stand in a row on the other side (outside quotations, or it would have been paired)."""
        if not quotation.words:
            return False
        if len(quotation.words) >= 3:
            return self.index.holds(quotation.words, new=new)
        return self._linked_words(quotation, new=new, contiguous=True) >= 1.0

    def _paraphrase_share(self, quotation: Quotation, *, new: bool) -> float:
        return self._linked_words(quotation, new=new, contiguous=False)

    def _paraphrase(self, quotation: Quotation) -> str:
        """The words of the new version that stand where the quotation stood, from the first that it shares on."""
        link, lexicon = self.old.link_of.get(quotation.position), self.old.words[quotation.position]
        wanted = [key for key in quotation.words if lexicon.is_content(key)] or list(quotation.words)
        best: tuple[int, str] = (0, "")
        for position, passage in enumerate(self.new.passages):
            if passage is None or link is None or self.new.link_of.get(position) != link:
                continue
            shared = [
                token
                for token in passage.tokens
                if any(token.key == key or (len(token.key) > 3 and same_stem(key, token.key)) for key in wanted)
            ]
            if len(shared) > best[0]:
                start, end = passage.folded.span(shared[0].start, shared[-1].end)
                best = len(shared), widen(passage.display, start, end)
        return best[1]

    def _linked_words(self, quotation: Quotation, *, new: bool, contiguous: bool) -> float:
        here, there = (self.old, self.new) if new else (self.new, self.old)
        link = here.link_of.get(quotation.position)
        if link is None:
            return 0.0
        words: list[str] = []
        for position, other in sorted(there.link_of.items()):
            if other == link:
                words += self._words_at(there, position)
        if contiguous:
            return 1.0 if " " + " ".join(quotation.words) + " " in " " + " ".join(words) + " " else 0.0
        lexicon = here.words[quotation.position]
        content = [key for key in quotation.words if lexicon.is_content(key)] or list(quotation.words)
        present = set(words)
        return sum(1 for key in content if key in present or any(same_stem(key, other) for other in present)) / len(
            content
        )

    def _words_at(self, side: QuoteSide, position: int) -> list[str]:
        passage = side.passages[position]
        return [token.key for token in passage.tokens if token.wordlike] if passage is not None else []

    def _one(
        self,
        kind: str,
        severity: int,
        rule: str,
        what: str,
        left: Quotation | None,
        right: Quotation | None,
        shown: str,
        span: Span,
        confidence: float = 0.85,
        instead: str = "",
    ) -> Finding:
        quotation = left or right
        speaker = quotation.speaker if quotation else None
        return Finding(
            kind=kind,
            severity=Severity(severity),
            rule=rule,
            field="body",
            before=shown if left else "",
            after=shown if right else "",
            confidence=confidence,
            speaker=speaker,
            old=span if left else None,
            new=span if right else None,
            explanation=explain(
                what, self._where(left, right), shown if left else "", shown if right else instead, who=speaker
            ),
        )
