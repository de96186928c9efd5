"""Which word edits are copy-editing only: punctuation, joined words, spelling, figure forms, function words."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.comparison import Finding
from bot.core.diff import Op
from bot.core.figures import Figure, alike, same_amounts
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon
from bot.core.pair import Pair, Side
from bot.core.text import Token, bare, one_edit_apart

_MEANINGFUL_MARKS = frozenset("%$£€¥₹°")
_BESIDE_NUMBERS = frozenset("+=<>/")
"""Marks that mean something only where a number stands beside them: elsewhere they are left-over markup."""
TRIVIAL = frozenset({"punctuation", "typography", "spelling", "figure_format"})


@dataclass(frozen=True, slots=True)
class Hunk:
    """One raw edit with its class: one of TRIVIAL, ``function`` or ``content``, and how many content words it holds."""

    op: Op
    sort: str
    content: int
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()
    """Content words of the old and the new side."""


def is_spelling(old: str, new: str, pair: Pair, *, strict: bool = False) -> bool:
    """True where two words are one word spelled differently: swapped or doubled letters, house variants, accents.

    Without a dictionary a slip of one letter in a long word counts too, unless ``strict``; pairs that are both real
    words are listed in the lexicon as confusable and never count.
    """
    words = pair.words
    if frozenset((old, new)) in words.confusable or old[:1].isdigit() or new[:1].isdigit():
        return False
    if bare(old) == bare(new) or house_variant(old, new, words) or _plural_slip(old, new):
        return True
    slip = one_edit_apart(old, new)
    if min(len(old), len(new)) < 4:  # *teh* for *the*: only a slip where one is a common word and the other is none
        common = (old in words.function_words) + (new in words.function_words)
        return slip == "swap" and len(old) == 3 and common == 1 and not {old, new} & words.numbers.keys()
    if slip in {"swap", "double"}:
        return min(len(old), len(new)) >= (5 if slip == "swap" else 4) and not _inflection(old, new)
    if strict or slip != "letter" or _prefix_flip(old, new, pair):
        return False
    if len(old) != len(new) and min(len(old), len(new)) >= 6:  # a letter left out inside: *expectd*
        return old[0] == new[0] and old[-1] == new[-1] and _lacks_vowel(old, new)
    return min(len(old), len(new)) >= 7 and old[0] == new[0] and old[-2:] == new[-2:]


def _plural_slip(old: str, new: str) -> bool:
    """*Denys* for *denies*: an ending of English that one of the two has wrong."""
    for wrong, right in ((old, new), (new, old)):
        if wrong.endswith("ys") and right == wrong[:-2] + "ies" and len(wrong) > 4 and wrong[-3] not in "aeiou":
            return True
    return False


def _lacks_vowel(old: str, new: str) -> bool:
    """One word has one vowel more inside, or the ending is the same two letters."""
    short, long = sorted((old, new), key=len)
    at = next((index for index, char in enumerate(short) if char != long[index]), len(short))
    return bare(long[at]) in "aeiou" or old[-2:] == new[-2:]


def house_variant(old: str, new: str, words: Lexicon) -> bool:
    """*organise* and *organize*, *harbour* and *harbor*: equal once the house style of spelling is taken out."""
    if not words.variants or old == new:
        return False
    if _listed(old, new, words) or _listed(new, old, words):
        return True
    return min(len(old), len(new)) >= 5 and _plain_style(old, words) == _plain_style(new, words)


def _listed(british: str, american: str, words: Lexicon) -> bool:
    """One is the other with its listed beginning exchanged: *ploughing*, *plowing*."""
    for cut in range(len(british), 2, -1):
        other = words.spelling_pairs.get(british[:cut])
        if other is not None and american == other + british[cut:]:
            return True
    return False


def _plain_style(word: str, words: Lexicon) -> str:
    for british, american in words.variants:
        word = word.replace(british, american)
    return word


def _inflection(old: str, new: str) -> bool:
    """``fail`` and ``fails``: one is the other with an ending."""
    short, long = sorted((old, new), key=len)
    return long.startswith(short)


def _prefix_flip(old: str, new: str, pair: Pair) -> bool:
    short, long = sorted((old, new), key=len)
    return any(long == prefix + short for prefix in pair.words.negative_prefixes)


def same_stem(old: str, new: str) -> bool:
    """Two forms of one word: the beginning is shared and the endings are short."""
    shared = 0
    for a, b in zip(old, new, strict=False):
        if a != b:
            break
        shared += 1
    return shared >= 3 and shared >= 0.6 * min(len(old), len(new)) and max(len(old), len(new)) - shared <= 3


def classify(
    pair: Pair, old_figures: list[Figure], new_figures: list[Figure], index: StoryIndex | None = None
) -> list[Hunk]:
    """Every raw edit of the pair with its class; ``index`` tells the names that the story knows."""
    marks_only = _marks_moved(pair)
    return [
        Hunk(op, "punctuation", 0) if op in marks_only else _classify(pair, op, old_figures, new_figures, index)
        for op in pair.ops
        if op[0] != "equal"
    ]


def _marks_moved(pair: Pair) -> set[Op]:
    """Edits around which the words are the same: *valley, and by night* and *valley and, by night*."""
    found: set[Op] = set()
    edits = [op for op in pair.ops if op[0] != "equal"]
    for before, after in itertools.pairwise(edits):
        if after[1] - before[2] > 3:
            continue
        old, new = pair.old.tokens[before[1] : after[2]], pair.new.tokens[before[3] : after[4]]
        if any(token.kind == "number" or token.key in _MEANINGFUL_MARKS for token in (*old, *new)):
            continue
        if [token.text for token in old if token.wordlike] == [token.text for token in new if token.wordlike]:
            found |= {before, after}
    return found


def _classify(
    pair: Pair, op: Op, old_figures: list[Figure], new_figures: list[Figure], index: StoryIndex | None
) -> Hunk:
    _, i1, i2, j1, j2 = op
    old = [token for token in pair.old.tokens[i1:i2] if token.wordlike]
    new = [token for token in pair.new.tokens[j1:j2] if token.wordlike]
    inside = (i1 < i2 or j1 < j2) and _inside_same(pair, op, old_figures, new_figures, marks=True)
    if inside:
        return Hunk(op, "figure_format", 0)
    if not old and not new:
        marks = {token.key for token in (*pair.old.tokens[i1:i2], *pair.new.tokens[j1:j2])}
        if marks & _MEANINGFUL_MARKS or (marks & _BESIDE_NUMBERS and _by_number(pair, op)):
            return Hunk(op, "content", 1)
        return Hunk(op, "punctuation", 0)
    old_keys = [token.key for token in old]
    new_keys = [token.key for token in new]
    if _doubled(pair.old, i1, i2, new_keys) or _doubled(pair.new, j1, j2, old_keys):
        return Hunk(op, "typography", 0)
    if [_possessor(key) for key in old_keys] == [_possessor(key) for key in new_keys]:
        return Hunk(op, "punctuation", 0)
    if pair.entry and min(i1, j1) < 3 and _ages(pair, op):
        return Hunk(op, "typography", 0)
    a = [figure for figure in old_figures if figure.start < i2 and figure.end > i1]
    b = [figure for figure in new_figures if figure.start < j2 and figure.end > j1]
    if same_amounts(a, b) and _only_figures(pair, op, old_figures, new_figures):
        return Hunk(op, "figure_format", 0)
    if not any(key[0].isdigit() for key in (*old_keys, *new_keys)):
        if "".join(old_keys).replace("'", "") == "".join(new_keys).replace("'", ""):
            return Hunk(op, "typography", 0)
        if len(old_keys) == len(new_keys) and all(
            left == right or is_spelling(left, right, pair) for left, right in zip(old_keys, new_keys, strict=True)
        ):
            named = any(
                token.text[0].isupper()
                and (not _opens_sentence(pair, side, token.start) or (index is not None and token.key in index.names))
                for side, listed in ((pair.old, old), (pair.new, new))
                for token in listed
            )
            if pair.words.nouns_capitalised:
                named = any(
                    token.text[0].isupper() and (token.key in known or bare_place(pair, side, at, left, right))
                    for known in (index.names if index is not None else frozenset(),)
                    for side, low, high in ((pair.old, i1, i2), (pair.new, j1, j2))
                    for (at, token), left, right in zip(_words_at(side, low, high), old_keys, new_keys, strict=True)
                )
            if not named:
                return Hunk(op, "spelling", 0)
    gone = tuple(key for key in old_keys if pair.words.is_content(key))
    come = tuple(key for key in new_keys if pair.words.is_content(key))
    content = max(len(gone), len(come))
    return Hunk(op, "content" if content else "function", content, gone, come)


def _doubled(side: Side, low: int, high: int, other: Sequence[str]) -> bool:
    """The words that only this side has stand here twice in a row, one of them by a slip: *the the council*."""
    size = high - low
    if other or not 1 <= size <= 3 or any(token.kind != "word" for token in side.tokens[low:high]):
        return False
    here = side.keys[low:high]
    return here in (side.keys[low - size : low], side.keys[high : high + size])


def _inside_same(
    pair: Pair, op: Op, old_figures: list[Figure], new_figures: list[Figure], *, marks: bool = False
) -> bool:
    """Every word of the edit is part of a figure that stands here on both sides: *3 March*, *March 3*, *€2*, *2 euros*.

    ``marks``: the marks too, but for full stops, commas and hyphens.
    """
    _, i1, i2, j1, j2 = op
    near_old = [figure for figure in old_figures if figure.start < i2 + 4 and figure.end > i1 - 4]
    near_new = [figure for figure in new_figures if figure.start < j2 + 4 and figure.end > j1 - 4]
    for tokens, low, high, figures, others in (
        (pair.old.tokens, i1, i2, near_old, near_new),
        (pair.new.tokens, j1, j2, near_new, near_old),
    ):
        kept = {other.identity for other in others}
        for index in range(low, high):
            if (
                (tokens[index].wordlike or (marks and tokens[index].key not in {".", ",", "-"}))
                and not any(
                    figure.start <= index < figure.end
                    and (figure.identity in kept or any(alike(figure, other) for other in others))
                    for figure in figures
                )
                and not _article_of(tokens, index, figures)
            ):
                return False
    return any(
        low < high
        and any(tokens[index].wordlike or tokens[index].key in _MEANINGFUL_MARKS for index in range(low, high))
        for tokens, low, high in ((pair.old.tokens, i1, i2), (pair.new.tokens, j1, j2))
    )


def _by_number(pair: Pair, op: Op) -> bool:
    _, i1, i2, j1, j2 = op
    return any(
        token.kind == "number"
        for side, low, high in ((pair.old, i1, i2), (pair.new, j1, j2))
        if low < high
        for token in (*side.tokens[max(low - 1, 0) : low], *side.tokens[high : high + 1])
    )


def _opens_sentence(pair: Pair, side: object, start: int) -> bool:
    text = side.folded.text  # type: ignore[attr-defined]
    head = text[:start].rstrip(" \"'([-")
    return not head or head[-1] in ".!?:"


_BEFORE_PLACES = frozenset("von in aus bei nach".split())


_PLAIN_ENDINGS = ("ung", "ungen", "heit", "keit", "schaft", "tion", "tionen", "ität", "nis", "mus")
"""Endings of German nouns that are no places: *in Regierung*."""


def _words_at(side: Side, low: int, high: int) -> list[tuple[int, Token]]:
    return [(at, side.tokens[at]) for at in range(low, high) if side.tokens[at].wordlike]


def bare_place(pair: Pair, side: Side, at: int, left: str, right: str) -> bool:
    """In a headline, a letter changed in a noun right behind *von* or *in*: a place, for all that a headline says."""
    behind = at > 0 and side.keys[at - 1] in _BEFORE_PLACES
    plain = left.endswith(_PLAIN_ENDINGS) and right.endswith(_PLAIN_ENDINGS)
    return pair.field == "headline" and behind and not plain and one_edit_apart(left, right) == "letter"


def _possessor(key: str) -> str:
    """*James's* and *James'* are one."""
    return key[:-2] if key.endswith("s's") else key


def _ages(pair: Pair, op: Op) -> bool:
    """The stamp before a live entry grew older: *5 minutes ago*, *15 minutes ago*."""
    return "ago" in pair.old.keys[: op[2] + 3][:4] and "ago" in pair.new.keys[: op[4] + 3][:4]


_ARTICLES = frozenset("a an one un une ein eine einem einer einen una uno um uma een".split())


def _article_of(tokens: Sequence[Token], index: int, figures: Sequence[Figure]) -> bool:
    """The article that a figure in words brings along: *a quarter*."""
    return tokens[index].key in _ARTICLES and any(figure.start == index + 1 for figure in figures)


def _only_figures(pair: Pair, op: Op, old_figures: list[Figure], new_figures: list[Figure]) -> bool:
    _, i1, i2, j1, j2 = op
    for tokens, figures, low, high in (
        (pair.old.tokens, old_figures, i1, i2),
        (pair.new.tokens, new_figures, j1, j2),
    ):
        for index in range(low, high):
            token = tokens[index]
            if (
                token.wordlike
                and not any(figure.start <= index < figure.end for figure in figures)
                and not _article_of(tokens, index, figures)
            ):
                return False
    return True


def content_changed(hunks: Sequence[Hunk]) -> tuple[int, bool]:
    """Content words changed (a word that only moved counts nothing), and whether more than copy-editing was done."""
    real = [hunk for hunk in hunks if hunk.sort not in TRIVIAL]
    gone, come = Counter[str](), Counter[str]()
    bare_content = 0
    for hunk in real:
        gone.update(hunk.gone)
        come.update(hunk.come)
        if hunk.content and not hunk.gone and not hunk.come:
            bare_content += hunk.content
    changed = max(sum((gone - come).values()), sum((come - gone).values()))
    return changed + bare_content, bool(real)


def trivial_findings(pair: Pair, hunks: list[Hunk]) -> list[Finding]:
    """At most one severity-0 finding of each sort per pair."""
    said = {
        "punctuation": "Punctuation changed",
        "typography": "Typography changed",
        "spelling": "Spelling changed",
        "figure_format": "A figure is written another way",
    }
    found: list[Finding] = []
    seen: set[str] = set()
    for hunk in hunks:
        if hunk.sort in said and hunk.sort not in seen:
            seen.add(hunk.sort)
            _, i1, i2, j1, j2 = hunk.op
            found.append(pair.finding(hunk.sort, 0, "X1", said[hunk.sort], (i1, i2), (j1, j2), context=2))
    if not seen and pair.old.text != pair.new.text and not hunks:
        found.append(
            pair.finding(
                "typography", 0, "X1", "Typography changed", (0, len(pair.old.tokens)), (0, len(pair.new.tokens))
            )
        )
    return found
