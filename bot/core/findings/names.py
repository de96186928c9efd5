"""Names: replaced by another, spelled otherwise, gone from the story or new in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.core.comparison import Finding
from bot.core.diff import Op
from bot.core.findings.copyedit import bare_place, house_variant
from bot.core.findings.lone_names import lone_names, named
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon
from bot.core.names import name_runs
from bot.core.pair import Pair, Side
from bot.core.text import bare, closeness, one_edit_apart


def _is_titled(side: Side, words: Lexicon) -> bool:
    """True for a headline in Title Case or capitals, where a capital says nothing."""
    content = [token for token in side.tokens if token.kind == "word" and words.is_content(token.key)]
    return len(content) >= 3 and sum(token.text[0].isupper() for token in content) >= 0.8 * len(content)


def _names(side: Side, pair: Pair, index: StoryIndex, lone: Collection[int]) -> list[tuple[int, int]]:
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
            if not any(key in index.known or named(key, pair.words) for key in keys):
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
            and (token.key in index.known or at in slips or at in lone)
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
    lone_old, lone_new = lone_names(pair, index)
    old_runs, new_runs = _names(pair.old, pair, index, lone_old), _names(pair.new, pair, index, lone_new)
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
            sure = before[0] in lone_old or all(
                named(side.keys[run[0]], pair.words) for side, run in ((pair.old, before), (pair.new, after))
            )
            finding = _name_change(pair, before, after, op, index, sure)
            used_old.add(before)
            used_new.add(after)
            if finding is not None:
                found.append(finding)
    found += _name_presence(pair, old_runs, used_old, index, removed=True)
    found += _name_presence(pair, new_runs, used_new, index, removed=False)
    return found


def _name_change(
    pair: Pair, before: tuple[int, int], after: tuple[int, int], op: Op, index: StoryIndex, sure: bool
) -> Finding | None:
    """One name in the place of another. ``sure``: the story or the gazetteer says that both are names."""
    a, b = run_keys(pair.old, before), run_keys(pair.new, after)
    openers = not sure and _opener_only(pair, before, after, index)
    if _is_one_name(pair, a, b) or (openers and _is_one_word(pair, a, b)):
        return None
    if all(key in pair.new.keys for key in a) and all(key in pair.old.keys for key in b):
        if _in_list(pair.old, before) and _in_list(pair.new, after):
            return None  # names of a list in another order
        return pair.finding("name_changed", 3, "N1", "Names changed places", before, after, confidence=0.7)
    gone = [key for key in a if key not in b]
    come = [key for key in b if key not in a]
    if any(frozenset((x, y)) in pair.words.confusable for x in gone for y in come):
        return pair.finding("name_changed", 3, "N1", "Name changed", before, after, context=2)
    listed = len(gone) == len(come) and all(named(key, pair.words) for key in (*gone, *come))
    if listed:  # *Mali* and *Malta* are two places
        return pair.finding("name_changed", 3, "N1", "Name changed", before, after, context=2)
    if len(gone) == len(come) and all(
        bare(x) == bare(y) or closeness(x, y) >= (0.75 if len(x) > 4 else 0.7) for x, y in zip(gone, come, strict=True)
    ):
        return pair.finding("name_spelling", 2, "N1", "Name spelled differently", before, after, context=2)
    confidence = 0.9
    if openers:
        if not any(named(keys[0], pair.words) for keys in (a, b)):
            if a[0].endswith("s") and b[0].endswith("s"):
                return None  # *Islanders* and *Residents*
            if not any(
                side.keys[run[1] : run[1] + 1] and side.keys[run[1]] in pair.words.verbs.single
                for side, run in ((pair.old, before), (pair.new, after))
            ):
                return None  # two plain words that open the sentence
        confidence = 0.45
    return pair.finding("name_changed", 3, "N1", "Name changed", before, after, context=2, confidence=confidence)


def run_keys(side: Side, run: tuple[int, int]) -> list[str]:
    """The words of a name: no possessive ending, and letters with full stops as one word (*U.S.* and *US*)."""
    found: list[str] = []
    letters = False
    for at in range(*run):
        key = side.keys[at]
        if key == "." and letters:
            continue
        if not key[0].isalnum():
            letters = False
            continue
        letter = len(key) == 1 and key.isalpha()
        if letter and letters:
            found[-1] += key
        else:
            found.append(_plain(key))
        letters = letter
    return found


def _is_one_name(pair: Pair, a: Sequence[str], b: Sequence[str]) -> bool:
    """Two forms of one name: a first name more or less, an initial, an abbreviation, *UK* and *Britain*."""
    if a == b or set(a) <= set(b) or set(b) <= set(a):
        return True  # a first name or title came or went
    if len(a) == len(b) and all(x == y or (1 in (len(x), len(y)) and x[0] == y[0]) for x, y in zip(a, b, strict=True)):
        return True  # an initial written out, or the other way round
    if len(a) != len(b) and a[-1] == b[-1] and any(key in a for key in b):
        return True
    joined = "".join(a), "".join(b)
    if joined[0] == joined[1] or _acronym(a, b) or _acronym(b, a) or frozenset(joined) in pair.words.aliases:
        return True
    gone = [key for key in a if key not in b]
    come = [key for key in b if key not in a]
    cut = len(gone) == len(come) and all(_cut_short(x, y) for x, y in zip(gone, come, strict=True))
    return a[-1] == b[-1] and cut  # *Meteorological Office*, *Met Office*


def _is_one_word(pair: Pair, a: Sequence[str], b: Sequence[str]) -> bool:
    """Two forms of a plain word that opens its sentence, or two words of quantity (*All*, *Some*)."""
    if len(a) != 1 or len(b) != 1:
        return False
    if house_variant(a[0], b[0], pair.words) or one_edit_apart(a[0], b[0]) in {"swap", "double"}:
        return True
    return _one_stem(a[0], b[0])  # *Photographs* and *Photos*


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
    spelled = "".join(word[0] for word in long), "".join(word if len(word) == 2 else word[0] for word in long)
    return len(short) == 1 and len(long) >= 2 and short[0] in spelled  # *USDS*, *U.S. Digital Service*


def _name_presence(
    pair: Pair, runs: Sequence[tuple[int, int]], used: set[tuple[int, int]], index: StoryIndex, *, removed: bool
) -> list[Finding]:
    """Names gone from, or new in, the whole story."""
    found = []
    side = pair.old if removed else pair.new
    said: set[str] = set()
    for run in runs:
        keys = run_keys(side, run)
        if run in used or not keys or keys[-1] in said:
            continue
        if _stands_elsewhere(pair, keys, side.tokens[run[0]].text, index, removed=removed):
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


def _stands_elsewhere(pair: Pair, keys: Sequence[str], first: str, index: StoryIndex, *, removed: bool) -> bool:
    """A name that left (or came) stands in the other version too, if only in part or in another form."""
    beside = frozenset(pair.new.keys if removed else pair.old.keys)
    if any(frozenset(("".join(keys), key)) in pair.words.aliases for key in beside):
        return True
    dotted = len(first) < len(keys[0])
    if keys[-1] not in index.named(not removed) and not dotted:
        return True  # nothing but a capital says that it is a name
    if len(keys) == 1 and 2 <= len(keys[0]) <= 4 and first.isupper():
        return index.spells(keys[0], new=removed)  # the *US* of a name is no *us*
    telling = [key for key in keys if pair.words.is_content(key)] or keys
    elsewhere = beside | index.words(removed)
    return any(key in elsewhere or key + "'s" in elsewhere for key in telling)
