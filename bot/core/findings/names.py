"""Names: replaced by another, spelled otherwise, gone from the story or new in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.core.comparison import Finding
from bot.core.diff import Op
from bot.core.findings.copyedit import bare_place, house_variant
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon
from bot.core.names import name_runs
from bot.core.pair import Pair, Side
from bot.core.text import bare, closeness, one_edit_apart


def _is_titled(side: Side, words: Lexicon) -> bool:
    """True for a headline in Title Case or capitals, where a capital says nothing."""
    content = [token for token in side.tokens if token.kind == "word" and words.is_content(token.key)]
    return len(content) >= 3 and sum(token.text[0].isupper() for token in content) >= 0.8 * len(content)


def _names(side: Side, pair: Pair, index: StoryIndex) -> list[tuple[int, int]]:
    touched = [
        (op[1], op[2]) if side is pair.old else (op[3], op[4]) for op in (*pair.ops, *pair.hunks) if op[0] != "equal"
    ]
    titled = pair.field in {"headline", "standfirst"} and _is_titled(side, pair.words)
    runs = []
    for start, end, opener in name_runs(side.tokens, pair.words):
        if not any(low <= end and start <= high for low, high in touched):
            continue  # a name on both sides
        keys = side.keys[start:end]
        if titled:
            if not any(key in index.known for key in keys):
                continue
        elif opener and end - start == 1 and keys[0] in pair.words.numbers:
            continue
        elif opener and end - start == 1 and (keys[0] in index.lower or keys[0] not in index.known):
            if keys[0] in index.lower or not pair.words.is_content(keys[0]) or keys[0] in pair.words.verbs.single:
                continue
            if pair.field in {"headline", "standfirst"} and not _opens_with_name(pair, index.known):
                continue
            runs.append((start, end))
            continue
        runs.append((start, end))
    if pair.words.nouns_capitalised or titled:
        slips = _slips(pair, side, index)
        covered = {at for start, end in runs for at in range(start, end)}
        runs += [
            (at, at + 1)
            for at, token in enumerate(side.tokens)
            if at not in covered
            and token.kind == "word"
            and token.text[0].isupper()
            and any(low <= at + 1 and at <= high for low, high in touched)
            and (token.key in index.known or at in slips)
        ]
        runs.sort()
    return runs


def _slips(pair: Pair, side: Side, index: StoryIndex) -> set[int]:
    """Words that stand where a name of the story stood and differ from it by little, or a place in a headline."""
    found: set[int] = set()
    for tag, i1, i2, j1, j2 in pair.ops:
        if tag != "replace" or i2 - i1 != j2 - j1:
            continue
        for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
            old, new = pair.old.tokens[i], pair.new.tokens[j]
            if old.kind != "word" or new.kind != "word" or not (old.text[0].isupper() and new.text[0].isupper()):
                continue
            known = bool({old.key, new.key} & index.names) and closeness(old.key, new.key) >= 0.7
            if known or (pair.words.nouns_capitalised and bare_place(pair, pair.old, i, old.key, new.key)):
                found.add(i if side is pair.old else j)
    return found


def _opens_with_name(pair: Pair, known: Collection[str]) -> bool:
    """The first word of either headline is a name that the story knows, and the rest is kept: a name for a name."""
    return pair.score >= 0.6 and any(side.keys and side.keys[0] in known for side in (pair.old, pair.new))


def names(pair: Pair, index: StoryIndex) -> list[Finding]:
    """Findings about names: replaced, spelled otherwise, gone from or new in the story."""
    old_runs, new_runs = _names(pair.old, pair, index), _names(pair.new, pair, index)
    if not old_runs and not new_runs:
        return []
    found: list[Finding] = []
    used_old: set[tuple[int, int]] = set()
    used_new: set[tuple[int, int]] = set()
    for op in (*(op for op in pair.ops if op[0] == "replace"), *(op for op in pair.hunks if op[0] == "replace")):
        _, i1, i2, j1, j2 = op
        olds = [run for run in old_runs if run[0] < i2 and run[1] > i1 and run not in used_old]
        news = [run for run in new_runs if run[0] < j2 and run[1] > j1 and run not in used_new]
        if not olds or not news or max(i2 - i1, j2 - j1) > 14:
            continue
        for before, after in zip(olds, news, strict=False):
            finding = _name_change(pair, before, after, op, index)
            used_old.add(before)
            used_new.add(after)
            if finding is not None:
                found.append(finding)
    found += _name_presence(pair, old_runs, used_old, index, removed=True)
    found += _name_presence(pair, new_runs, used_new, index, removed=False)
    return found


def _name_change(
    pair: Pair, before: tuple[int, int], after: tuple[int, int], op: Op, index: StoryIndex
) -> Finding | None:
    a = [key for key in pair.old.keys[slice(*before)] if key[0].isalnum()]
    b = [key for key in pair.new.keys[slice(*after)] if key[0].isalnum()]
    a, b = [_plain(key) for key in a], [_plain(key) for key in b]
    if a == b or set(a) <= set(b) or set(b) <= set(a):
        return None  # a first name or title came or went
    if all(key in pair.new.keys for key in a) and all(key in pair.old.keys for key in b):
        if _in_list(pair.old, before) and _in_list(pair.new, after):
            return None  # names of a list in another order
        return pair.finding("name_changed", 3, "N1", "Names changed places", before, after, confidence=0.7)
    if all(
        house_variant(x, y, pair.words) or one_edit_apart(x, y) in {"swap", "double"}
        for x, y in zip(a, b, strict=False)
    ) and (len(a) == len(b) == 1 and _opener_only(pair, before, after, index)):
        return None  # a plain word that opens its sentence, spelled otherwise
    if sum(1 for key in b if key in a) and a[-1] == b[-1] and len(a) != len(b):
        return None
    if _opener_only(pair, before, after, index) and _one_stem(a[0], b[0]):
        return None  # *Photographs* and *Photos*
    if len(a) == len(b) and all(x == y or (1 in (len(x), len(y)) and x[0] == y[0]) for x, y in zip(a, b, strict=True)):
        return None  # an initial written out, or the other way round
    gone = [key for key in a if key not in b]
    come = [key for key in b if key not in a]
    if any(frozenset((x, y)) in pair.words.confusable for x in gone for y in come):
        return pair.finding("name_changed", 3, "N1", "Name changed", before, after, context=2)
    if len(gone) == len(come) and all(
        bare(x) == bare(y) or closeness(x, y) >= (0.75 if len(x) > 4 else 0.7) for x, y in zip(gone, come, strict=True)
    ):
        return pair.finding("name_spelling", 2, "N1", "Name spelled differently", before, after, context=2)
    joined_a, joined_b = " ".join(pair.old.keys[slice(*before)]), " ".join(pair.new.keys[slice(*after)])
    if "".join(a) == "".join(b) or _acronym(a, b) or _acronym(b, a):
        return None
    if a[-1] == b[-1] and len(gone) == len(come) and all(_cut_short(x, y) for x, y in zip(gone, come, strict=True)):
        return None  # *Meteorological Office*, *Met Office*
    confidence = 0.9 if joined_a != joined_b else 0.5
    if _opener_only(pair, before, after, index):
        if a[0].endswith("s") and b[0].endswith("s"):
            return None  # *Islanders* and *Residents*
        if not any(
            side.keys[run[1] : run[1] + 1] and side.keys[run[1]] in pair.words.verbs.single
            for side, run in ((pair.old, before), (pair.new, after))
        ):
            return None  # two plain words that open the sentence
        confidence = 0.45
    return pair.finding("name_changed", 3, "N1", "Name changed", before, after, context=2, confidence=confidence)


def _in_list(side: Side, run: tuple[int, int]) -> bool:
    """The run is one of three or more names or words between commas and *and*."""
    near = side.keys[max(run[0] - 1, 0) : run[0]] + side.keys[run[1] : run[1] + 1]
    return "," in near or any(key in {"and", "et", "und", "y", "e", "en", "ed"} for key in near)


def _opener_only(pair: Pair, before: tuple[int, int], after: tuple[int, int], index: StoryIndex) -> bool:
    """Both are single sentence-opening words unknown elsewhere: perhaps no names at all."""
    for side, run in ((pair.old, before), (pair.new, after)):
        if run[1] - run[0] > 1 or (run[0] and side.keys[run[0] - 1] not in {".", "!", "?", ":", '"'}):
            return False
        if side.keys[run[0]] in index.known:
            return False
    return True


def _cut_short(left: str, right: str) -> bool:
    """One is the beginning of the other, three letters or more."""
    short, long = sorted((left, right), key=len)
    return len(short) >= 3 and long.startswith(short)


def _one_stem(left: str, right: str) -> bool:
    """Both begin with the same five letters: forms of one plain word."""
    return left[:5] == right[:5] and min(len(left), len(right)) >= 5


def _plain(key: str) -> str:
    return key[:-2] if key.endswith("'s") else key


def _acronym(short: Sequence[str], long: Sequence[str]) -> bool:
    return len(short) == 1 and len(long) >= 2 and short[0] == "".join(word[0] for word in long)


def _name_presence(
    pair: Pair, runs: Sequence[tuple[int, int]], used: set[tuple[int, int]], index: StoryIndex, *, removed: bool
) -> list[Finding]:
    """Names gone from, or new in, the whole story."""
    found = []
    beside = frozenset(pair.new.keys if removed else pair.old.keys)
    side = pair.old if removed else pair.new
    said: set[str] = set()
    for run in runs:
        keys = [_plain(key) for key in side.keys[run[0] : run[1]] if key[0].isalnum()]
        if run in used or not keys or keys[-1] in said or any(key in beside or key + "'s" in beside for key in keys):
            continue
        if keys[-1] not in index.named(not removed):
            continue
        elsewhere = index.words(removed)
        if any(key in elsewhere or key + "'s" in elsewhere for key in keys):
            continue
        said.add(keys[-1])
        found.append(
            pair.finding(
                "name_removed" if removed else "name_added",
                1,
                "N1",
                "Name gone from the story" if removed else "Name new in the story",
                run if removed else None,
                None if removed else run,
                context=2,
            )
        )
    return found
