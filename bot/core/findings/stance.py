"""Stance: negation, hedges, modality, quantifiers, attribution and framing, per linked pair.

All of it looks at small edits. A clause that is new or gone is not a flipped negation; a word that only moved within
its clause is not one either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.core.align import Op
from bot.core.comparison import Finding
from bot.core.findings.copyedit import TRIVIAL, Hunk
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon, Phrases
from bot.core.pair import Pair, Side
from bot.core.text import bare

_CLAUSE_MARKS = frozenset({",", ";", ":", ".", "!", "?", "-"})


def _hunk_words(pair: Pair, op: Op) -> tuple[int, int]:
    _, i1, i2, j1, j2 = op
    return (
        sum(1 for token in pair.old.tokens[i1:i2] if token.wordlike),
        sum(1 for token in pair.new.tokens[j1:j2] if token.wordlike),
    )


def _in_name(side: Side, index: int) -> bool:
    token = side.tokens[index]
    if not token.text[0].isupper():
        return False
    before = side.tokens[index - 1] if index else None
    after = side.tokens[index + 1] if index + 1 < len(side.tokens) else None
    opens = before is None or before.key in {".", "!", "?", '"', ":", "'"}
    return (not opens and after is not None and after.kind == "word" and after.text[0].isupper()) or (
        before is not None
        and before.kind == "word"
        and before.text[0].isupper()
        and not opens
        and (after is None or not after.text[0].islower())
    )


def _negations(side: Side, words: Lexicon, start: int, end: int, *, titled: bool = False) -> list[int]:
    """Token indexes of the negations in ``start:end``, those of names and French half-pairs left out."""
    keys = side.keys
    found = []
    additive = words.negation_additive
    for first, last in words.negation.find(keys, start, end):
        if last > end and last - first > 1:
            continue
        key = keys[first]
        if not titled and _in_name(side, first):
            continue
        if last < end and keys[last] in additive:
            continue  # *not only*, both words new or gone
        if key in {"no", "nothing", "none"} and "but" in keys[last : last + 2]:
            continue  # *no choice but*
        if (key, *keys[last : last + 1]) in _NO_DENIALS:
            continue
        if keys[last : last + 2] == ["to", "be"] and keys[last + 2 : last + 3] and keys[last + 2] in _ANONYMOUS:
            continue  # *asked not to be named*
        if words.negation_pairs:
            if key in words.negation_pairs:
                ahead = keys[first + 1 : first + 6]
                if any(mate in ahead for mate in words.negation_pairs[key]):
                    continue
            elif key in {"personne", "rien", "plus", "aucun", "aucune"}:
                near = keys[max(first - 6, 0) : first + 4]
                if key == "personne" and not any(mark in near for mark in words.negation_pairs):
                    continue
        if (
            key == "no"
            and words.lang == "en"
            and first + 1 < len(keys)
            and (keys[first + 1] in {"doubt", ".", "more", "less", "fewer"} or keys[first + 1][0].isdigit())
        ):
            continue
        found.append(first)
    for index in range(start, end):
        key = keys[index]
        if side.tokens[index].kind == "word" and key.endswith("n't") and index not in found:
            found.append(index)
        led = key in words.negation_pairs and index not in found and not start <= index - 1 < end
        if led and any(mate in keys[max(index - 4, 0) : index] for mate in _LEADS_NE):
            found.append(index)  # *personne n'a*
    return sorted(found)


_LEADS_NE = ("personne", "rien", "aucun", "aucune", "nul", "nulle")
_NO_DENIALS = frozenset({("nothing", "short"), ("nothing", "less"), ("none", "other")})
_ANONYMOUS = frozenset({"named", "identified", "quoted"})
_DENIED = re.compile(r"(?<![少危])(?:なかった|なければ|なけれ|ない|ません|なく)|(?<![必まはいわ])ず(?=[、。に])")
_WIDE_HUNK = 14


def _ending_turned(pair: Pair, op: Op) -> bool:
    """A Japanese verb was denied by its ending, or no longer is: *廃止する*, *廃止しない*."""
    _, i1, i2, j1, j2 = op
    if max(i2 - i1, j2 - j1) > _WIDE_HUNK or not any(
        token.kind == "wide" for token in (*pair.old.tokens[i1:i2], *pair.new.tokens[j1:j2])
    ):
        return False
    old, new = (
        len(_DENIED.findall("".join(side.keys[max(low - 3, 0) : high + 3])))
        for side, low, high in ((pair.old, i1, i2), (pair.new, j1, j2))
    )
    return (old + new) % 2 == 1


def _prefix_count(pair: Pair, old: Sequence[str], new: Sequence[str]) -> int:
    """How many words of the edit turned into their prefixed opposite, either way."""
    words, flips = pair.words, 0
    exceptions = set(words.raw.get("prefix_exceptions", ()))
    for left in old:
        for right in new:
            short, long = sorted((left, right), key=len)
            if len(short) < 4 or long in exceptions:
                continue
            for prefix in words.negative_prefixes:
                if prefix in old or prefix in new:
                    continue  # *non-members*, *nonmembers*
                if long == prefix + short or (long.endswith(short) and long == prefix + "-" + short):
                    flips += 1
                    break
    return flips


def _opposites(pair: Pair, old: Sequence[str], new: Sequence[str]) -> bool:
    gone, come = [key for key in old if key not in new], [key for key in new if key not in old]
    return any(frozenset((left, right)) in pair.words.opposites for left in gone for right in come)


def negation(pair: Pair, index: StoryIndex | None = None) -> list[Finding]:
    """S1: a small edit that turns a statement into its opposite; words that only moved in the story turn nothing."""
    found: list[Finding] = []
    pending: list[tuple[Op, int, int, int]] = []
    for op in pair.hunks:
        _, i1, i2, j1, j2 = op
        old_words, new_words = _hunk_words(pair, op)
        size = max(old_words, new_words)
        if size > 8 or (min(old_words, new_words) == 0 and size > 5):
            continue
        before = _negations(pair.old, pair.words, i1, i2)
        after = _negations(pair.new, pair.words, j1, j2)
        old_keys = [token.key for token in pair.old.tokens[i1:i2] if token.kind == "word"]
        new_keys = [token.key for token in pair.new.tokens[j1:j2] if token.kind == "word"]
        a, b = _without_soft(pair, before, after)
        if pair.words.negative_concord or pair.words.negation_pairs:
            a, b = min(a, 1), min(b, 1)
        flips = _prefix_count(pair, old_keys, new_keys)
        turned = (a + b + flips) % 2 == 1 and not _said_otherwise(pair, op, a, b)
        turned = turned or (not a and not b and _ending_turned(pair, op))
        if not turned and not flips and a == b == 0 and size <= 5 and _opposites(pair, old_keys, new_keys):
            found.append(
                pair.finding(
                    "negation_changed", 3, "S1", "Turned into its opposite", (i1, i2), (j1, j2), confidence=0.8
                )
            )
            continue
        if turned and not _still_denied(pair, op, a, b):
            pending.append((op, a, b, size))
    for op, a, b, size in pending:
        if _moved_within(pair, op, a, b, pending):
            continue
        _, i1, i2, j1, j2 = op
        if index is not None and _moved_away(pair, op, index):
            continue
        severity = 4 if size <= 3 else 3 if size <= 5 else 2
        confidence = 0.95 if size <= 3 else 0.7 if size <= 5 else 0.45
        if (max(pair.score, pair.kept) < 0.55 and max(len(pair.old.keys), len(pair.new.keys)) > SHORT) or _clause_only(
            pair, op
        ):
            severity, confidence = min(severity, 2), 0.45
        if _soft(pair, op):
            severity = min(severity, 3)
        found.append(
            pair.finding(
                "negation_changed",
                severity,
                "S1",
                "Negation added" if b > a else "Negation dropped" if a > b else "Turned into its opposite",
                (i1, i2),
                (j1, j2),
                why="The sentence now says the opposite.",
                confidence=confidence,
            )
        )
    return found


def _said_otherwise(pair: Pair, op: Op, a: int, b: int) -> bool:
    """*Had no cameras*, *lacked cameras*; *not published*, *unpublished*: another word says the same."""
    _, i1, i2, j1, j2 = op
    other = pair.new.keys[j1:j2] if a > b else pair.old.keys[i1:i2]
    if a + b == 1 and any(key in pair.words.negation_like for key in other):
        return True
    denied = [key for key in (pair.old.keys[i1:i2] if a > b else pair.new.keys[j1:j2]) if len(key) > 4]
    there = set(pair.new.keys if a > b else pair.old.keys)
    return a + b == 1 and any(
        prefix + key in there for key in denied for prefix in pair.words.negative_prefixes
    )  # *has not been published*, *unpublished*


def _moved_away(pair: Pair, op: Op, index: StoryIndex) -> bool:
    """Words that went from here (or came) stand in a row in the other version: a sentence found another place."""
    _, i1, i2, j1, j2 = op
    gone = [token.key for token in pair.old.tokens[i1:i2] if token.wordlike]
    come = [token.key for token in pair.new.tokens[j1:j2] if token.wordlike]
    if len(gone) >= 4 and not come:
        return index.holds(gone, new=True)
    return len(come) >= 4 and not gone and index.holds(come, new=False)


def _still_denied(pair: Pair, op: Op, a: int, b: int) -> bool:
    """Where negations agree (*non ho*, *non ho mai*) a second one more or less denies no more and no less."""
    if not pair.words.negative_concord or a + b != 1:
        return False
    _, i1, i2, j1, j2 = op
    near = (
        (pair.old, (*range(max(i1 - 4, 0), i1), *range(i2, min(i2 + 3, len(pair.old.keys))))),
        (pair.new, (*range(max(j1 - 4, 0), j1), *range(j2, min(j2 + 3, len(pair.new.keys))))),
    )
    return all(any(side.keys[at] in pair.words.negation.single for at in places) for side, places in near)


def _without_soft(pair: Pair, before: Sequence[int], after: Sequence[int]) -> tuple[int, int]:
    """How many negations stand on each side; a verb such as *deny* that stands on both counts on neither."""
    soft = pair.words.negation_soft
    a, b = (
        sum(pair.words.negation.at(side.keys, at) in soft for at in places)
        for side, places in ((pair.old, before), (pair.new, after))
    )
    both = min(a, b)
    return len(before) - both, len(after) - both


def _clause_only(pair: Pair, op: Op) -> bool:
    """The verb that was denied came or went with its *not*, in a text much of which changed: a clause, no turn."""
    _, i1, i2, j1, j2 = op
    if pair.kept >= 0.6:
        return False
    sides = [
        [key for key in side.keys[low:high] if key[0].isalpha() and pair.words.is_content(key)]
        for side, low, high in ((pair.old, i1, i2), (pair.new, j1, j2))
    ]
    return not all(sides) and any(
        key not in pair.words.negation.single and len(key) > 3 for key in (*sides[0], *sides[1])
    )


def _soft(pair: Pair, op: Op) -> bool:
    """Only verbs such as *refused to*, or *without*, came or went: weightier than style, weaker than *not*."""
    soft = pair.words.negation_soft
    if not soft:
        return False
    _, i1, i2, j1, j2 = op
    hard = seen = 0
    for side, start, end in ((pair.old, i1, i2), (pair.new, j1, j2)):
        for at in _negations(side, pair.words, start, end):
            parts = pair.words.negation.at(side.keys, at)
            seen += 1
            hard += parts is None or parts not in soft
    return bool(seen) and not hard


def _moved_within(pair: Pair, op: Op, a: int, b: int, pending: Sequence[tuple[Op, int, int, int]]) -> bool:
    """A negation that left here and came back within the same clause, a few words on."""
    if a == b:
        return False
    for other, c, d, _ in pending:
        if other is op or (a - b) + (c - d) != 0:
            continue
        low, high = (op, other) if op[1] < other[1] else (other, op)
        between = pair.old.keys[low[2] : high[1]]
        if len(between) <= 6 and not any(key in _CLAUSE_MARKS or key in {"and", "but"} for key in between):
            return True
    return False


def _changed_phrases(pair: Pair, phrases: Phrases) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Phrases that an edit touches, per side; those kept as they were are left out."""
    old = phrases.find(pair.old.keys)
    new = phrases.find(pair.new.keys)
    if not old and not new:
        return [], []
    kept_new: set[int] = set()
    kept_old: set[int] = set()
    ends = dict(new)
    at = 0
    equal = [op for op in pair.ops if op[0] == "equal" and op[2] - op[1] == op[4] - op[3]]
    for start, end in old:
        while at < len(equal) and equal[at][2] < end:
            at += 1
        if at == len(equal):
            break
        _, i1, _, j1, _ = equal[at]
        mate = start - i1 + j1
        if start >= i1 and ends.get(mate) == mate + end - start:
            kept_old.add(start)
            kept_new.add(mate)
    return (
        [place for place in old if place[0] not in kept_old],
        [place for place in new if place[0] not in kept_new],
    )


def _hunk_at(pair: Pair, place: tuple[int, int], *, old: bool) -> Op | None:
    for op in pair.hunks:
        start, end = (op[1], op[2]) if old else (op[3], op[4])
        if place[0] < end and place[1] > start:
            return op
    return None


def hedges(pair: Pair) -> list[Finding]:
    """S2: a word that says *not proven* came or went."""
    gone, come = _changed_phrases(pair, pair.words.hedges)
    if not gone and not come:
        return []
    found: list[Finding] = []
    for place in list(gone):
        mate = next((other for other in come if _same_region(pair, place, other)), None)
        if mate is not None:
            gone.remove(place)
            come.remove(mate)
    old_total = len(pair.words.hedges.find(pair.old.keys))
    new_total = len(pair.words.hedges.find(pair.new.keys))
    for places, old, total, other_total in ((gone, True, old_total, new_total), (come, False, new_total, old_total)):
        said: set[int] = set()
        for place in places:
            op = _hunk_at(pair, place, old=old)
            if op is None or total <= other_total:
                continue
            counts = _hunk_words(pair, op)
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
                    _around(op, place, old=True) if old else (op[1], op[2]),
                    (op[3], op[4]) if old else _around(op, place, old=False),
                    why="An allegation now reads as fact." if old else "A statement now reads as an allegation.",
                    confidence=0.9 if size <= 8 else 0.6,
                    context=4,
                    data={"word": (pair.old if old else pair.new).words(*place)},
                )
            )
    return found


def _around(op: Op, place: tuple[int, int], *, old: bool) -> tuple[int, int]:
    start, end = (op[1], op[2]) if old else (op[3], op[4])
    return (min(start, place[0]), max(end, place[1])) if end - start <= 14 else place


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


def _one_verb(left: str, right: str) -> bool:
    shared = next((at for at, (a, b) in enumerate(zip(bare(left), bare(right), strict=False)) if a != b), 99)
    return min(shared, len(left), len(right)) >= 3


def _same_region(pair: Pair, old: tuple[int, int], new: tuple[int, int]) -> bool:
    """In one edit, or in sentences that hold the same place in both texts."""
    for op in pair.hunks:
        if old[0] < op[2] and old[1] > op[1] and new[0] < op[4] and new[1] > op[3]:
            return True
    mapped = _map_old(pair, old[0])
    return abs(mapped - new[0]) <= 14


def _map_old(pair: Pair, index: int) -> int:
    for tag, i1, i2, j1, _j2 in pair.ops:
        if i1 <= index < i2 or (i1 == i2 == index):
            return j1 + (index - i1 if tag == "equal" else 0)
    return len(pair.new.keys)


def _wordset(side: Side, places: Sequence[tuple[int, int]], words: Lexicon) -> list[str]:
    return sorted({_class(" ".join(side.keys[start:end]), words) for start, end in places})


def _class(phrase: str, words: Lexicon) -> str:
    """The number of a phrase's group of synonyms, or the phrase."""
    return f"={words.synonyms[phrase]}" if phrase in words.synonyms else phrase


def word_class(
    pair: Pair, phrases: Phrases, kind: str, what: str, weak: frozenset[str], severity: int = 2
) -> list[Finding]:
    """S3: a modal or quantifying word changed in an edit of at most eight words."""
    gone, come = _changed_phrases(pair, phrases)
    if not gone and not come:
        return []
    words_of_share = set(pair.words.fractions)
    found: list[Finding] = []
    for op in pair.hunks:
        if max(_hunk_words(pair, op)) > 8:
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
        return not _in_name(side, place[0])
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
        if max(_hunk_words(pair, op)) > 6:
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


def attributions(side: Side, words: Lexicon, quoted: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Places where the text names a source, as (first token, last, verb class); passives name none."""
    keys = side.keys
    found = []
    for start, end in words.attribution_only.find(keys):
        if not any(a <= start < b for a, b in quoted):
            found.append((start, end, "neutral"))
    skip = set(words.raw.get("weak_cues", ()))
    for start, end in words.verbs.find(keys):
        if any(a <= start < b for a, b in quoted) or keys[start] in skip:
            continue
        if keys[start] in _COMMANDED and end < len(keys) and keys[end] == "to" and words.lang == "en":
            continue
        if words.lang == "en" and keys[start] in _NOUNS_TOO and not _has_subject(side, start, words):
            continue
        if start and keys[start - 1] in _ARTICLES.get(words.lang, ()):
            continue  # *l'accusa*, *die Klage*
        parts = tuple(keys[start:end])
        before = [key for key in keys[max(start - 3, 0) : start] if key[0].isalpha()]
        if (
            start
            and keys[start - 1] in {"to", "zu", "a", "the", "an", "his", "her", "their", "of"}
            and words.lang == "en"
        ):
            continue
        joined = all(key[0].isalpha() for key in keys[max(start - 2, 0) : start])
        passive = [key for key in before[-2 if joined else -1 :] if key in words.be_forms]
        if keys[start - 1 : start] == [","]:
            passive = []
        if words.lang == "en" and any(key in _NOT_SAID or key.endswith("n't") for key in before[-2:]):
            continue  # *has not said*, *did not respond*
        if passive and end - start == 1 and words.verbs.values[parts] is not None and _participle(words, keys[start]):
            continue
        found.append((start, end, words.verbs.values[parts]))
    if words.document_verbs:
        found += _documents(keys, words, quoted)
    found.sort()
    return found


def _documents(keys: Sequence[str], words: Lexicon, quoted: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """*Emails show*, *data from the state suggest*: a document that says something, as (first token, last, class)."""
    found = []
    for at, key in enumerate(keys):
        if key not in words.document_verbs or any(a <= at < b for a, b in quoted):
            continue
        for back in range(at - 1, max(at - 6, -1), -1):
            if not keys[back][0].isalpha():
                break
            if keys[back] in words.document_nouns:
                found.append((back, at + 1, "neutral"))
                break
    return found


SHORT = 14
"""Tokens up to which a paragraph is read word by word even where much of it changed: few words are much of it."""
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


def headline_source(side: Side, words: Lexicon) -> list[tuple[int, int, str]]:
    """The source before a headline's colon or behind its dash: *Minister: clubs pay*, *Clubs pay - minister*."""
    keys, who = side.keys, words.office_words | words.headline_sources
    if ":" in keys[1:6]:
        end = keys.index(":", 1)
        if any(key in who for key in keys[:end]):
            return [(0, end + 1, "neutral")]
    for end in range(2, min(7, len(keys))):
        if keys[-end] == "," and keys[-end + 1] not in words.function_words:
            behind = keys[-end + 1 :]
            if any(key in who for key in behind[:-1]) and behind[-1] in words.headline_verbs:
                return [(len(keys) - end, len(keys), "neutral")]
        if keys[-end] == ":" and end <= 4 and any(key in who for key in keys[-end + 1 :]):
            return [(len(keys) - end, len(keys), "neutral")]
        if keys[-end] == "-" and side.tokens[-end].start > side.tokens[-end - 1].end:
            if any(key in who for key in keys[-end + 1 :]):
                return [(len(keys) - end, len(keys), "neutral")]
            break
    return []


_THAT = frozenset("that dass que qu' che dat ob si se to zu".split())
_NOUNS_TOO = frozenset("notes comments reports states reads".split())
_NOT_SAID = frozenset("not never".split())
_ARTICLES = {
    "fr": frozenset("l' la le les une un des".split()),
    "it": frozenset("l' la le il lo i gli una un un' dell' dall' all' sull' nell' della delle alla sulla".split()),
    "es": frozenset("el la los las un una".split()),
    "pt": frozenset("o a os as um uma da do das dos".split()),
    "de": frozenset("der die das eine einer dem den".split()),
    "nl": frozenset("de het een".split()),
}


def _has_subject(side: Side, start: int, words: Lexicon) -> bool:
    """A name, a pronoun or an office stands before a word that is as often a noun: *Lomas notes*, *she claims*."""
    if not start:
        return False
    before = side.tokens[start - 1]
    known = before.key in words.pronouns or before.key in words.office_words or before.key in {"it", "who", ","}
    return known or (before.kind == "word" and before.text[0].isupper() and start > 1)


_COMMANDED = frozenset("told asked urged warned advised ordered found believed reported reminded".split())
"""Participles that name no source before *to*: *residents told to leave*."""


def _participle(words: Lexicon, key: str) -> bool:
    if words.lang == "en":
        return key.endswith(("ed", "told", "said", "found", "en"))
    return True


def attribution(pair: Pair) -> list[Finding]:
    """S4 and S5: a source named or no longer named, or the verb that carries it changed its colour."""
    old = attributions(pair.old, pair.words, pair.old_quoted)
    new = attributions(pair.new, pair.words, pair.new_quoted)
    if pair.field == "headline":
        old, new = old or headline_source(pair.old, pair.words), new or headline_source(pair.new, pair.words)
    if not old and not new:
        return []
    found: list[Finding] = []
    if old and not new:
        place = old[0]
        op = _hunk_at(pair, place[:2], old=True)
        said = op is not None and bool(pair.words.verbs.find(pair.new.keys, op[3], op[4]))
        if op is not None and not said and _close_enough(pair) and not _with_its_clause(pair, op, place):
            found.append(
                pair.finding(
                    "attribution_removed",
                    3,
                    "S4",
                    "Attribution dropped",
                    _around(op, place[:2], old=True),
                    (op[3], op[4]),
                    why="The claim now stands in the outlet's own voice.",
                    context=5,
                    confidence=0.85,
                    data={"source": source_of(pair.old, pair.words, place)},
                )
            )
    elif new and not old:
        place = new[0]
        op = _hunk_at(pair, place[:2], old=False)
        said = op is not None and bool(pair.words.verbs.find(pair.old.keys, op[1], op[2]))
        if op is not None and not said and _close_enough(pair):
            found.append(
                pair.finding(
                    "attribution_added",
                    2,
                    "S5",
                    "Attribution added",
                    (op[1], op[2]),
                    _around(op, place[:2], old=False),
                    why="The claim is now given to a source.",
                    context=5,
                    confidence=0.8,
                    data={"source": source_of(pair.new, pair.words, place)},
                )
            )
    else:
        found += _dropped_in_sentence(pair, old, new)
    for op in pair.ops:
        if op[0] != "replace":
            continue
        before = [place for place in old if place[0] < op[2] and place[1] > op[1]]
        after = [place for place in new if place[0] < op[4] and place[1] > op[3]]
        if len(before) == 1 and len(after) == 1 and before[0][2] != after[0][2]:
            found.append(
                pair.finding(
                    "attribution_verb",
                    2,
                    "S5",
                    "Attribution verb changed",
                    before[0][:2],
                    after[0][:2],
                    why=f"From {_CLASS_WORDS[before[0][2]]} to {_CLASS_WORDS[after[0][2]]}.",
                    data={"from": before[0][2], "to": after[0][2]},
                )
            )
    return found


def _close_enough(pair: Pair) -> bool:
    """The two are one paragraph told a little otherwise; in a short one the source is much of it."""
    return pair.score >= 0.4 or max(len(pair.old.keys), len(pair.new.keys)) <= SHORT


def _with_its_clause(pair: Pair, op: Op, place: tuple[int, int, str]) -> bool:
    """What the source says went with it: the cue is followed by a clause that is gone too."""
    _, i1, i2, j1, j2 = op
    behind = [key for key in pair.old.keys[place[1] : i2] if key[0].isalnum() and pair.words.is_content(key)]
    kept = set(pair.new.keys[j1:j2])
    gone = [key for key in behind if key not in kept]
    quiet = tuple(pair.old.keys[place[0] : place[1]]) not in pair.words.attribution_only.values
    opened = pair.old.keys[place[1] : place[1] + 1]
    clause = bool(opened) and (opened[0] == "," or opened[0] in _THAT)
    clause = clause or (pair.old.keys[i1] == "," and pair.old.keys[i1 + 1 : i1 + 2] in (["which"], ["who"], ["whose"]))
    return (
        quiet
        and len(gone) >= (3 if clause else 5)
        and pair.old.sentence_of(place[0]) == pair.old.sentence_of(max(i2 - 1, 0))
    )


_CLASS_WORDS = {
    "neutral": "a neutral verb",
    "doubt": "a verb of doubt",
    "concede": "a verb of admission",
    "force": "a verb of insistence",
    "attack": "a verb of attack",
    "deny": "a denial",
    "confirm": "a confirmation",
}


def _dropped_in_sentence(
    pair: Pair, old: Sequence[tuple[int, int, str]], new: Sequence[tuple[int, int, str]]
) -> list[Finding]:
    """The paragraph still names a source, but a sentence that had its own lost it in a small edit."""
    found = []
    new_sentences = {pair.new.sentence_of(place[0]) for place in new}
    for place in old:
        op = _hunk_at(pair, place[:2], old=True)
        if op is None:
            continue
        sizes = _hunk_words(pair, op)
        whole = tuple(pair.old.keys[place[0] : place[1]]) in pair.words.attribution_only.values
        if max(sizes) > (16 if whole and not sizes[1] else 8) or sizes[1] >= sizes[0]:
            continue
        here = pair.old.sentence_of(place[0])
        others = [other for other in old if other != place and pair.old.sentence_of(other[0]) == here]
        if any(not whole or other[2] == "neutral" or op[1] <= other[0] < op[2] for other in others):
            continue
        kept = list(range(op[1])[-3:]) + list(range(op[2], min(op[2] + 3, len(pair.old.keys))))
        anchors = [
            _map_old(pair, index)
            for index in kept
            if pair.old.sentence_of(index) == here and not op[1] <= index < op[2]
        ]
        if anchors and any(pair.in_new_quote(at, at + 1) for at in anchors):
            continue  # inside a quotation: the paragraph still says whose it is
        if not anchors or (
            not others
            and any(pair.new.sentence_of(min(at, max(len(pair.new.tokens) - 1, 0))) in new_sentences for at in anchors)
        ):
            continue
        found.append(
            pair.finding(
                "attribution_removed",
                3,
                "S4",
                "Attribution dropped",
                _around(op, place[:2], old=True),
                (op[3], op[4]),
                why="The claim now stands in the outlet's own voice.",
                context=5,
                confidence=0.7,
                data={"source": source_of(pair.old, pair.words, place)},
            )
        )
    return found[:1]


def source_of(side: Side, words: Lexicon, place: tuple[int, int, str]) -> str:
    """The words that name the source beside a cue: up to four content words."""
    around = [*side.tokens[max(place[0] - 4, 0) : place[0]], *side.tokens[place[1] : place[1] + 5]]
    return " ".join(token.key for token in around if token.kind == "word" and words.is_content(token.key))


def framing(pair: Pair) -> list[Finding]:
    """S6: one word of a loaded pair stands where the other stood."""
    gone, come = _changed_phrases(pair, pair.words.framing_phrases)
    found: list[Finding] = []
    for old in gone:
        op = _hunk_at(pair, old, old=True)
        if op is None or max(_hunk_words(pair, op)) > 8:
            continue
        word = pair.old.keys[slice(*old)]
        groups = set(pair.words.framing.get(tuple(word), ()))
        for new in come:
            other = pair.new.keys[slice(*new)]
            if not groups & set(pair.words.framing.get(tuple(other), ())) or other == word:
                continue
            mate = _hunk_at(pair, new, old=False)
            if mate is None or max(_hunk_words(pair, mate)) > 8 or not _same_region(pair, old, new):
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
    found = negation(pair, index)
    pair = _without_copyedits(pair, hunks)
    if pair.field == "headline" and pair.score < REWRITTEN_HEADLINE:
        return [*found, *hedges(pair), *attribution(pair)]
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
