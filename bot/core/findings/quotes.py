"""What became of each quotation: kept, altered, bracketed, trimmed, paraphrased, given to another, gone, new.

Quotations are matched over the whole story, so one that only moved, was split around its speaker or runs over a new
paragraph break is kept. Words are compared, marks are not: a quotation in curled marks is the same quotation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from bot.core.comparison import Fate, Finding, Severity
from bot.core.diff import Budget
from bot.core.findings.alteration import Alteration, alteration
from bot.core.findings.quote_fates import QuoteFates
from bot.core.findings.quote_sides import QuoteSide, similarity, told_figures, written_out
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon
from bot.core.names import same_person
from bot.core.pair import explain
from bot.core.quotes import Quotation

AROUND = 12
"""Words on each side of a quotation in which its speaker is named."""


class QuoteMatcher(QuoteFates):
    """Pairs old and new quotations, then says what became of each."""

    def __init__(self, old: QuoteSide, new: QuoteSide, index: StoryIndex, budget: Budget) -> None:
        super().__init__(old, new, index)
        self.budget = budget
        self.free_old = dict(enumerate(old.quotations))
        self.free_new = dict(enumerate(new.quotations))

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
            told_figures([token for _, token in side.tokens(one)], words)
            for side, one in ((self.old, left), (self.new, right))
        )
        if old == new:
            return None
        if written_out(old, words) == written_out(new, words):
            return replace(change, severity=2, why="")
        return change
