"""The fate of a quotation that has no match: gone, come, paraphrased, or only without its marks."""

from __future__ import annotations

from bot.core.comparison import Fate, Finding, QuoteFate, Severity, Span
from bot.core.findings.copyedit import same_stem
from bot.core.findings.quote_sides import QuoteSide
from bot.core.index import StoryIndex
from bot.core.pair import explain, widen
from bot.core.quotes import Quotation


class QuoteFates:
    """What became of the quotations of two versions: findings, and one fate for each."""

    def __init__(self, old: QuoteSide, new: QuoteSide, index: StoryIndex) -> None:
        self.old, self.new, self.index = old, new, index
        self.findings: list[Finding] = []
        self.fates: list[tuple[tuple[int, int], QuoteFate]] = []
        self.folded_away: set[int] = set()
        self.stays: set[tuple[str, ...]] = set()
        """Words of the quotations of paragraphs that stayed as they were."""

    def _linked(self, a: Quotation, b: Quotation) -> bool:
        link = self.old.link_of.get(a.position)
        return link is not None and link == self.new.link_of.get(b.position)

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
