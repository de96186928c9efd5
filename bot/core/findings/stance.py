"""Stance: negation, hedges, modality, quantifiers, attribution and framing, per linked pair.

All of it looks at small edits. A clause that is new or gone is not a flipped negation; a word that only moved within
its clause is not one either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.comparison import Finding, Severity
from bot.core.diff import Op
from bot.core.findings.attribution import attribution
from bot.core.findings.copyedit import TRIVIAL, Hunk
from bot.core.findings.hunks import around, changed_phrases, hunk_at, hunk_words, in_name, same_region
from bot.core.findings.negation import SHORT, negation
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon, Phrases
from bot.core.pair import Pair, Side
from bot.core.text import bare


def hedges(pair: Pair) -> list[Finding]:
    """S2: a word that says *not proven* came or went."""
    gone, come = changed_phrases(pair, pair.words.hedges)
    if not gone and not come:
        return []
    found: list[Finding] = []
    gone, come = _unplanned(pair, gone, come)
    for place in list(gone):
        mate = next((other for other in come if same_region(pair, place, other)), None)
        if mate is not None:
            gone.remove(place)
            come.remove(mate)
    old_total = len(pair.words.hedges.find(pair.old.keys))
    new_total = len(pair.words.hedges.find(pair.new.keys))
    for places, old, total, other_total in ((gone, True, old_total, new_total), (come, False, new_total, old_total)):
        said: set[int] = set()
        for place in places:
            op = hunk_at(pair, place, old=old)
            if op is None or total <= other_total:
                continue
            counts = hunk_words(pair, op)
            size = max(counts)
            if op[1] in said:
                continue
            said.add(op[1])
            whole_clause = min(counts) == 0 and size > 8
            if whole_clause or (size > 12 and other_total):
                continue
            found.append(
                pair.finding(
                    "hedge_removed" if old else "hedge_added",
                    3,
                    "S2",
                    "Hedge dropped" if old else "Hedge added",
                    around(op, place, old=True) if old else (op[1], op[2]),
                    (op[3], op[4]) if old else around(op, place, old=False),
                    why="An allegation now reads as fact." if old else "A statement now reads as an allegation.",
                    confidence=0.9 if size <= 8 else 0.6,
                    context=4,
                    data={"word": (pair.old if old else pair.new).words(*place)},
                )
            )
    return found


def _unplanned(
    pair: Pair, gone: list[tuple[int, int]], come: list[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Without the *soll* in whose place another modal stands: *soll öffnen*, *wird öffnen* is a plan on both sides."""
    modal_old, modal_new = changed_phrases(pair, pair.words.modality)
    return [place for place in gone if not _is_plan(pair, pair.old, place, modal_new, old=True)], [
        place for place in come if not _is_plan(pair, pair.new, place, modal_old, old=False)
    ]


def _is_plan(pair: Pair, side: Side, place: tuple[int, int], others: Sequence[tuple[int, int]], *, old: bool) -> bool:
    key, other = side.keys[place[0]], pair.new if old else pair.old
    if key not in pair.words.modal_hedges:
        return False
    for mate in others:
        near = same_region(pair, place, mate) if old else same_region(pair, mate, place)
        if near and other.keys[mate[0]] not in pair.words.modal_hedges:
            return True
    return False


def hearsay(pair: Pair) -> list[Finding]:
    """S3: the conditional of hearsay (*s'élèverait*) became the plain form of its verb, or the other way round."""
    endings = pair.words.hearsay_endings
    if not endings:
        return []
    found = []
    for op in pair.ops:
        _, i1, i2, j1, j2 = op
        if op[0] != "replace" or max(i2 - i1, j2 - j1) > 8:
            continue
        gone = [key for key in pair.old.keys[i1:i2] if key not in pair.new.keys[j1:j2]]
        come = [key for key in pair.new.keys[j1:j2] if key not in pair.old.keys[i1:i2]]
        for left in gone:
            for right in come:
                if left.endswith(endings) != right.endswith(endings) and _one_verb(left, right):
                    found.append(
                        pair.finding(
                            "modality_changed", 2, "S3", "Certainty changed", (i1, i2), (j1, j2), confidence=0.8
                        )
                    )
                    break
    return found


_IRREGULAR = (
    ("tendr", ("tien", "ten")),
    ("podr", ("pued", "pod")),
    ("vendr", ("vien", "ven")),
    ("saldr", ("sal",)),
    ("pondr", ("pon",)),
    ("querr", ("quier",)),
    ("har", ("hace", "hacen")),
    ("dir", ("dice", "dicen")),
    ("sabr", ("sab",)),
    ("viendr", ("vien",)),
    ("tiendr", ("tien",)),
    ("pourr", ("peut", "peuv")),
    ("devr", ("doit", "doiv")),
    ("fer", ("fait", "font")),
)
"""Conditional stems that are not the plain one: Spanish *tendría* and *tiene*, French *pourrait* and *peut*."""


def _one_verb(left: str, right: str) -> bool:
    for stem, plain in _IRREGULAR:
        for told, bald in ((left, right), (right, left)):
            if told.startswith((stem + "ía", stem + "ai")) and bald.startswith(plain):
                return True
    shared = next((at for at, (a, b) in enumerate(zip(bare(left), bare(right), strict=False)) if a != b), 99)
    return min(shared, len(left), len(right)) >= 3


def _wordset(side: Side, places: Sequence[tuple[int, int]], words: Lexicon) -> list[str]:
    return sorted({_class(" ".join(side.keys[start:end]), words) for start, end in places})


def _class(phrase: str, words: Lexicon) -> str:
    """The number of a phrase's group of synonyms, or the phrase."""
    return f"={words.synonyms[phrase]}" if phrase in words.synonyms else phrase


def word_class(
    pair: Pair, phrases: Phrases, kind: str, what: str, weak: frozenset[str], severity: int = 2
) -> list[Finding]:
    """S3: a modal or quantifying word changed in an edit of at most eight words."""
    gone, come = changed_phrases(pair, phrases)
    if not gone and not come:
        return []
    words_of_share = set(pair.words.fractions)
    found: list[Finding] = []
    for op in pair.hunks:
        if max(hunk_words(pair, op)) > 8:
            continue
        before = [place for place in gone if place[0] < op[2] and place[1] > op[1]]
        after = [place for place in come if place[0] < op[4] and place[1] > op[3]]
        before = [place for place in before if _counts(pair.old, pair.words, place)]
        after = [place for place in after if _counts(pair.new, pair.words, place)]
        before, after = (
            [at for at in places if not _adds(side, pair.words, at)]
            for side, places in ((pair.old, before), (pair.new, after))
        )
        a, b = _wordset(pair.old, before, pair.words), _wordset(pair.new, after, pair.words)
        if a == b or not (a or b):
            continue
        if not (a and b) and set(a or b) <= weak:
            continue
        if not (a and b) and set(a or b) <= words_of_share:
            side, low, high = (pair.new, op[3], op[4]) if a else (pair.old, op[1], op[2])
            if any(token.kind == "number" for token in side.tokens[low:high]):
                continue  # *half* and *50 %*: the figure rules speak
        found.append(pair.finding(kind, severity, "S3", what, (op[1], op[2]), (op[3], op[4]), confidence=0.8))
    return found


def _adds(side: Side, words: Lexicon, place: tuple[int, int]) -> bool:
    """The *only* of *not only*, and the *every* of *every year*: they count nothing."""
    behind = side.keys[place[1]] if place[1] < len(side.keys) else ""
    if side.keys[place[0]] in {"every", "each"} and words.units.get(behind, "") in {
        "day",
        "week",
        "month",
        "year",
        "h",
    }:
        return True
    before = side.keys[place[0] - 1] if place[0] else ""
    return side.keys[place[0]] in words.negation_additive and before in words.negation.single


def _counts(side: Side, words: Lexicon, place: tuple[int, int]) -> bool:
    """Words such as *about* and *over* quantify only before a figure."""
    phrase = " ".join(side.keys[place[0] : place[1]])
    first = side.tokens[place[0]]
    if (
        first.key in words.months
        and first.text[0].isupper()
        and place[0]
        and side.keys[place[0] - 1] not in {".", "!", "?"}
    ):
        return False
    if phrase not in words.raw.get("number_quantifiers", ()):
        return not in_name(side, place[0])
    ahead = side.tokens[place[1] : place[1] + 2]
    return any(
        token.kind == "number" or token.key in words.numbers or token.key in {"$", "£", "€", "a"} for token in ahead
    )


def directions(pair: Pair) -> list[Finding]:
    """A word of direction turned round: up and down, above and below, higher and lower."""
    pairs = {frozenset(entry) for entry in pair.words.raw.get("directions", ())}
    if not pairs:
        return []
    found = []
    for op in pair.hunks:
        _, i1, i2, j1, j2 = op
        if max(hunk_words(pair, op)) > 6:
            continue
        gone = [key for key in pair.old.keys[i1:i2] if key not in pair.new.keys[j1:j2]]
        come = [key for key in pair.new.keys[j1:j2] if key not in pair.old.keys[i1:i2]]
        if any(frozenset((left, right)) in pairs for left in gone for right in come):
            found.append(
                pair.finding(
                    "quantifier_changed", 3, "S3", "Direction turned round", (i1, i2), (j1, j2), confidence=0.85
                )
            )
    return found


REWRITTEN_HEADLINE = 0.35
"""Below this share of kept words a headline is another one: a word of certainty more or less says nothing."""


def _without_copyedits(pair: Pair, hunks: Sequence[Hunk]) -> Pair:
    """The pair without the edits that are spelling, typography or another form of a figure."""
    small = {hunk.op for hunk in hunks if hunk.sort in TRIVIAL}
    if not small:
        return pair
    real = [op for op in pair.ops if op[0] != "equal" and op not in small]
    kept = [op for op in pair.hunks if any(one[1] <= op[2] and one[2] >= op[1] and _inside(one, op) for one in real)]
    if len(kept) == len(pair.hunks):
        return pair
    return replace(pair, hunks=kept, ops=[op for op in pair.ops if op not in small])


def _inside(one: Op, op: Op) -> bool:
    return op[1] <= one[1] and one[2] <= op[2] and op[3] <= one[3] and one[4] <= op[4]


def framing(pair: Pair) -> list[Finding]:
    """S6: one word of a loaded pair stands where the other stood."""
    gone, come = changed_phrases(pair, pair.words.framing_phrases)
    found: list[Finding] = []
    for old in gone:
        op = hunk_at(pair, old, old=True)
        if op is None or max(hunk_words(pair, op)) > 8:
            continue
        word = pair.old.keys[slice(*old)]
        groups = set(pair.words.framing.get(tuple(word), ()))
        for new in come:
            other = pair.new.keys[slice(*new)]
            if not groups & set(pair.words.framing.get(tuple(other), ())) or other == word:
                continue
            mate = hunk_at(pair, new, old=False)
            if mate is None or max(hunk_words(pair, mate)) > 8 or not same_region(pair, old, new):
                continue
            found.append(pair.finding("framing_changed", 2, "S6", "Loaded word exchanged", old, new, confidence=0.8))
            come.remove(new)
            break
    return found


def stance(
    pair: Pair, hunks: Sequence[Hunk] = (), index: StoryIndex | None = None, *, policy: bool = False
) -> list[Finding]:
    """All stance findings of a pair; ``hunks`` say which edits are copy-editing, of which only negation speaks."""
    words = pair.words
    if pair.relation == "rewritten" and max(len(pair.old.keys), len(pair.new.keys)) > SHORT:
        return []
    weak = frozenset(words.raw.get("weak_modality", ()))
    found = negation(_without_copyedits(pair, [hunk for hunk in hunks if hunk.sort == "spelling"]), index)
    pair = _without_copyedits(pair, hunks)
    if pair.field == "headline" and pair.score < REWRITTEN_HEADLINE:
        doubtful = [replace(one, severity=Severity(min(2, one.severity)), confidence=0.45) for one in found]
        return [*doubtful, *hedges(pair), *attribution(pair)]
    return [
        *found,
        *hedges(pair),
        *word_class(pair, words.modality, "modality_changed", "Certainty changed", weak, 3 if policy else 2),
        *hearsay(pair),
        *word_class(pair, words.quantifiers, "quantifier_changed", "Quantity word changed", frozenset()),
        *directions(pair),
        *attribution(pair),
        *framing(pair),
    ]
