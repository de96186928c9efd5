"""Negation: a small edit that turns a statement into its opposite.

A clause that is new or gone is not a flipped negation; a word that only moved within its clause is not one either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.comparison import Finding
from bot.core.diff import Op
from bot.core.findings.hunks import hunk_words, in_name
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon
from bot.core.pair import Pair, Side

_CLAUSE_MARKS = frozenset({",", ";", ":", ".", "!", "?", "-"})


def _negations(side: Side, words: Lexicon, start: int, end: int, *, titled: bool = False) -> list[int]:
    """Token indexes of the negations in ``start:end``, those of names and French half-pairs left out."""
    keys = side.keys
    found = []
    additive = words.negation_additive
    for first, last in words.negation.find(keys, start, end):
        if last > end and last - first > 1:
            continue
        key = keys[first]
        if not titled and in_name(side, first):
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
        if key == "plus" and words.negation_pairs and _no_longer(keys, index, words):
            found.append(index)
        if side.tokens[index].kind == "word" and key.endswith("n't") and index not in found:
            found.append(index)
        led = key in words.negation_pairs and index not in found and not start <= index - 1 < end
        if led and any(mate in keys[max(index - 4, 0) : index] for mate in _LEADS_NE):
            found.append(index)  # *personne n'a*
    return sorted(found)


def _no_longer(keys: Sequence[str], index: int, words: Lexicon) -> bool:
    """The *plus* of *n'est plus*; that of *ne gagne pas plus* and of *n'a plus que* denies nothing."""
    near = keys[max(index - 4, 0) : index]
    led = max((at for at, key in enumerate(near) if key in words.negation_pairs), default=-1)
    denied = any(key in words.negation.single for key in near[led + 1 :])
    return led >= 0 and not denied and keys[index + 1 : index + 2] not in (["que"], ["qu'"])


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
    for left in old:
        for right in new:
            short, long = sorted((left, right), key=len)
            if len(short) < 4 or long in words.prefix_exceptions:
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
    return any(
        frozenset((left, right)) in pair.words.opposites or _turned_ending(left, right, pair.words)
        for left in gone
        for right in come
    )


def _turned_ending(left: str, right: str, words: Lexicon) -> bool:
    """*Rechtmäßig* and *rechtswidrig*, *careful* and *careless*, whatever their inflection."""
    for one, other in words.opposite_endings:
        for a, b in ((one, other), (other, one)):
            head, found, tail = left.rpartition(a)
            if found and len(head) >= 4 and right == head + b + tail:
                return True
            joined = head.removesuffix("s")  # *verfassungsgemäß*, *ordnungs-widrig*
            if found and len(joined) >= 3 and right in {joined + b + tail, joined + "s" + b + tail}:
                return True
    return False


def negation(pair: Pair, index: StoryIndex | None = None) -> list[Finding]:
    """S1: a small edit that turns a statement into its opposite; words that only moved in the story turn nothing."""
    found: list[Finding] = []
    pending: list[tuple[Op, int, int, int]] = []
    for op in pair.hunks:
        _, i1, i2, j1, j2 = op
        old_words, new_words = hunk_words(pair, op)
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


SHORT = 14
"""Tokens up to which a paragraph is read word by word even where much of it changed: few words are much of it."""
