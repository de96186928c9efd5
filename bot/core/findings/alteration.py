"""How the words of one quotation changed: brackets, spelling, a cut at an end, another word, its opposite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.comparison import Fate
from bot.core.diff import Budget, diff_keys
from bot.core.findings.copyedit import house_variant, same_stem
from bot.core.lexicon import Lexicon
from bot.core.text import bare, one_edit_apart


@dataclass(frozen=True, slots=True)
class Alteration:
    """How the words of a quotation changed."""

    fate: Fate
    kind: str
    severity: int
    rule: str
    what: str
    old: tuple[int, int]
    new: tuple[int, int]
    why: str = ""


_BRACKETS = frozenset({"[", "]", "(", ")", "...", ".."})


def alteration(old: Sequence[str], new: Sequence[str], words: Lexicon) -> Alteration | None:
    """What happened between two forms of one quotation, by token keys; None where no word or bracket changed."""
    old, new = _unlinked(old), _unlinked(new)
    plain_old = [key for key in old if key[0].isalnum() or key in _BRACKETS]
    plain_new = [key for key in new if key[0].isalnum() or key in _BRACKETS]
    spoken_old = [key for key in plain_old if key not in _BRACKETS]
    spoken_new = [key for key in plain_new if key not in _BRACKETS]
    ops = [op for op in diff_keys(old, new, Budget()) if op[0] != "equal"]
    ops = [
        op
        for op in ops
        if any(key[0].isalnum() or key in _BRACKETS for key in (*old[op[1] : op[2]], *new[op[3] : op[4]]))
    ]
    if not ops:
        return None
    place_old, place_new = (ops[0][1], ops[-1][2]), (ops[0][3], ops[-1][4])
    if spoken_old == spoken_new:
        if plain_old == plain_new:
            return None
        return Alteration(
            "brackets", "quote_brackets", 2, "Q2", _bracket_words(plain_old, plain_new), place_old, place_new
        )
    if _unbracketed(plain_old) == _unbracketed(plain_new) and ("[" in plain_old or "[" in plain_new):
        return Alteration(
            "brackets", "quote_brackets", 2, "Q2", _bracket_words(plain_old, plain_new), place_old, place_new
        )
    if len(spoken_old) == len(spoken_new) and all(
        a == b
        or bare(a) == bare(b)
        or (
            one_edit_apart(a, b) in {"swap", "double"}
            and min(len(a), len(b)) >= 5
            and not a.startswith(b)
            and not b.startswith(a)
            and frozenset((a, b)) not in words.confusable
        )
        or house_variant(a, b, words)
        for a, b in zip(spoken_old, spoken_new, strict=True)
    ):
        return Alteration("verbatim", "spelling", 0, "Q1", "Spelling changed in a quotation", place_old, place_new)
    if "".join(spoken_old) == "".join(spoken_new):
        return None
    negated = _negated(old, new, ops, words)
    trimmed = _trim(spoken_old, spoken_new, ops, old, new)
    if negated and not (trimmed and trimmed[1] == 2 and _long_trim(spoken_old, spoken_new)):
        return Alteration(
            "altered",
            "quote_altered",
            4,
            "Q1",
            "Quotation altered",
            place_old,
            place_new,
            "The quotation now says the opposite.",
        )
    if trimmed is not None:
        what, severity, fate_kind = trimmed
        if fate_kind == "trimmed":
            return Alteration("trimmed", "quote_trimmed", severity, "Q3", what, place_old, place_new)
    severity = 2 if _slight(spoken_old, spoken_new, words) else 3
    return Alteration("altered", "quote_altered", severity, "Q1", "Quotation altered", place_old, place_new)


def _unlinked(keys: Sequence[str]) -> Sequence[str]:
    """The keys without the brackets of left-over link markup, ``[words](``: other marks take their places."""
    if "]" not in keys:
        return keys
    found = list(keys)
    for at, key in enumerate(keys):
        closes_link = key == "]" and (at + 1 == len(keys) or keys[at + 1] == "(")
        if not closes_link or (at + 1 == len(keys) and "[" in keys):
            continue
        opened = next((back for back in range(at - 1, -1, -1) if found[back] == "["), None)
        if opened is not None:
            found[opened] = ","
        found[at] = ","
        if at + 1 < len(keys):
            found[at + 1] = ","
            close = next((ahead for ahead in range(at + 2, len(keys)) if found[ahead] in {"(", ")"}), None)
            if close is not None and found[close] == ")":
                found[close] = ","
    return found


def _bracket_words(old: Sequence[str], new: Sequence[str]) -> str:
    a = sum(1 for key in old if key in _BRACKETS)
    b = sum(1 for key in new if key in _BRACKETS)
    what = "editorial brackets" if "[" in old or "[" in new or "(" in old or "(" in new else "an ellipsis"
    return f"Quotation: {what} {'dropped' if a > b else 'added' if b > a else 'changed'}"


def _unbracketed(keys: Sequence[str]) -> list[str]:
    found, inside = [], False
    for key in keys:
        if key == "[":
            inside = True
        elif key == "]":
            inside = False
        elif not inside and key not in _BRACKETS:
            found.append(key)
    return found


def _negated(
    old: Sequence[str], new: Sequence[str], ops: Sequence[tuple[str, int, int, int, int]], words: Lexicon
) -> bool:
    """True where the changed words hold a negation on one side only."""
    gone = sum(_negations(old, op[1], op[2], words) for op in ops)
    come = sum(_negations(new, op[3], op[4], words) for op in ops)
    if words.negative_concord or words.negation_pairs:
        gone, come = min(gone, 1), min(come, 1)
    if words.negative_concord and len(ops) == 1 and gone + come == 1:
        _, i1, _, j1, _ = ops[0]
        near = (old[max(i1 - 4, 0) : i1], new[max(j1 - 4, 0) : j1])
        if all(any(key in words.negation.single for key in keys) for keys in near):
            return False  # *non ho*, *non ho mai*
    return (gone + come) % 2 == 1


def _negations(keys: Sequence[str], start: int, end: int, words: Lexicon) -> int:
    count = 0
    for first, last in words.negation.find(keys, start, end):
        if tuple(keys[first:last]) in words.negation_soft:
            continue
        mates = words.negation_pairs.get(keys[first])
        if mates and any(mate in keys[first + 1 : first + 6] for mate in mates):
            continue
        count += 1
    return count


def _long_trim(old: Sequence[str], new: Sequence[str]) -> bool:
    return abs(len(old) - len(new)) >= 3


def _trim(
    spoken_old: Sequence[str],
    spoken_new: Sequence[str],
    ops: Sequence[tuple[str, int, int, int, int]],
    old: Sequence[str],
    new: Sequence[str],
) -> tuple[str, int, str] | None:
    """(what, severity, ``trimmed``) where words only went, or only came."""
    short, long = sorted((spoken_old, spoken_new), key=len)
    shortened = len(spoken_new) < len(spoken_old)
    only_one_way = all(
        not any(key[0].isalnum() for key in (new[op[3] : op[4]] if shortened else old[op[1] : op[2]])) for op in ops
    )
    if len(short) == len(long) or not only_one_way:
        return None
    word = "shortened" if shortened else "extended"
    at_end = list(long[: len(short)]) == list(short) or list(long[-len(short) :]) == list(short)
    if not at_end:
        size = len(short)
        at_end = any(list(long[at : at + size]) == list(short) for at in range(len(long) - size + 1))
    if at_end:
        return f"Quotation {word} at an end", 2, "trimmed"
    if len(long) - len(short) >= 2:
        return f"Quotation {word} inside", 3, "trimmed"
    return None


def _slight(old: Sequence[str], new: Sequence[str], words: Lexicon) -> bool:
    """One inflection or one function word."""
    gone = list((Counter(old) - Counter(new)).elements())
    come = list((Counter(new) - Counter(old)).elements())
    if not gone and not come:
        return False
    if len(gone) > 1 or len(come) > 1:
        return False
    if gone and come and one_edit_apart(gone[0], come[0]) and min(len(gone[0]), len(come[0])) >= 7:
        return frozenset((gone[0], come[0])) not in words.confusable
    if gone and come and same_stem(gone[0], come[0]) and min(len(gone[0]), len(come[0])) >= 3:
        return not any(key[0].isdigit() for key in (*gone, *come))
    return not any(
        words.is_content(key) or words.modality.at([key], 0) or key in words.pronouns for key in (*gone, *come)
    )
