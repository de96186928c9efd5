"""Story text for comparing: folding with a map back to the display text, tokens, sentences.

*Display* text is what the page shows; *folded* text is only for comparing: one form for every quotation mark, dash,
space and Unicode spelling, nothing invisible. Case survives folding; token keys are casefolded.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_INVISIBLE = [
    *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *(0xFEFF, 0x640, 0x3164, 0xFFA0),
    *range(0xFE00, 0xFE10),
    *range(0xFFF9, 0xFFFC),
    *range(0x09),
    *range(0x0E, 0x1C),
    *range(0x7F, 0x85),
    *range(0x86, 0xA0),
    *range(0xE0000, 0xE0080),
    *range(0x64B, 0x653),  # vowel marks of Arabic and Hebrew: written or left out, the word is the same
    *(0x670, 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7),
    *range(0x5B0, 0x5BE),
]
_DOUBLE = "“”„‟«»〝〞〟＂「」『』″‶❝❞⹂"
_SINGLE = "‘’‚‛′‵`´‹›＇❛❜ʼʹˈ՚"
_DASHES = "‐‑‒–—―−⁃﹘﹣－⸺⸻⁻₋"
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040)
_BULLETS = "•◦‣▪●○∙"

_TABLE: dict[int, str] = {
    **dict.fromkeys(_INVISIBLE, ""),
    **{ord(mark): '"' for mark in _DOUBLE},
    **{ord(mark): "'" for mark in _SINGLE},
    **{ord(mark): "-" for mark in _DASHES},
    **{zero + digit: str(digit) for zero in _ZEROS for digit in range(10)},
    **{ord(mark): "•" for mark in _BULLETS},
    **{ord(mark): f"^{digit}" for mark, digit in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)},
    **{ord(mark): f" {top}/{low}" for mark, top, low in zip("½¼¾⅓⅔⅛⅜⅝⅞⅕", "1131213571", "2443388885", strict=True)},
    ord("⁄"): "/",
    ord("∕"): "/",
    ord("،"): ",",
    ord("؛"): ";",
    ord("؟"): "?",
    ord("٫"): ".",
    ord("٬"): ",",
    ord("…"): "...",
    ord("⋯"): "...",
}
_TABLE.update({ord("⅖"): " 2/5", ord("⅗"): " 3/5", ord("⅘"): " 4/5"})

_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")
_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(r"[!-_a-~]+(?: [!-_a-~]+)*")
_ODD = re.compile(r"[^!-_a-~]*")
_UNEVEN = re.compile(r"[^\S ]|  ")
WIDE = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\u0e00-\u0e4e\u0e80-\u0eff\u1000-\u109f\u1780-\u17d3\U00020000-\U0003ffff"
)
"""Letters of scripts written without spaces: each is a token."""
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0962\u0963\u0981-\u0983\u09bc\u09be-\u09cd"
    "\u0a01-\u0a03\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd\u0c00-\u0c04"
    "\u0c3e-\u0c4d\u0c81-\u0c83\u0cbc-\u0ccd\u0d00-\u0d03\u0d3b-\u0d4d\u20d0-\u20ff"
)
_LETTERS = rf"[^\W\d_{WIDE}]+(?:[{_MARKS}]+[^\W\d_{WIDE}]*)*"
TOKEN = re.compile(
    rf"(?P<word>{_LETTERS}(?:'{_LETTERS})*)"
    r"|(?P<number>\d{1,3}(?:[ ]\d{3})+(?:[.,]\d+)?(?![\d.,]?\d)|\d+(?:[.,:']\d+)*)"
    rf"|(?P<wide>[{WIDE}])"
    r"|(?P<mark>\.{2,}|-+|\S)"
)
_ELISION = re.compile(
    r"(?:qu|lorsqu|jusqu|puisqu|quelqu|dell|nell|sull|dall|all|un|quest|[cdjlmnst])'(?=\w)", re.IGNORECASE
)
_CACHED = 4000
"""Characters up to which the tokens of a text are remembered."""
_HAS_WIDE = re.compile(rf"[{WIDE}]")
_SENTENCE_END = re.compile(r"""[.!?。！？]+["')\]]*(?:\s+|(?<=[。！？])|$)""")
_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof st sen rep gov gen col lt sgt capt rev hon jr sr vs no nr inc ltd co corp jan feb mar apr jun
    jul aug sep sept oct nov dec
    u.s u.k u.n a.m p.m e.g i.e z.b d.h bzw ca m mm mme mlle sig dott sr sra srta d dra exmo
    hr fr dhr mevr art abs approx etc ph""".split()
)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and, for each of its characters, where the display characters it stands for begin and end."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Display offsets of the folded stretch ``start:end``."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return at, at
        return self.starts[start], self.ends[end - 1]


class Token(NamedTuple):
    """A word, number, letter of a script without spaces, or punctuation mark, with offsets into folded text."""

    text: str
    key: str
    kind: str
    """``word``, ``number``, ``wide`` or ``mark``."""
    start: int
    end: int

    @property
    def wordlike(self) -> bool:
        """True for all but punctuation."""
        return self.kind != "mark"


def _normal(text: str) -> str:
    once = text.translate(_TABLE)
    if once.isascii() or unicodedata.is_normalized("NFKC", once):
        return once
    return unicodedata.normalize("NFKC", once).translate(_TABLE)


_ENTITY = re.compile(
    r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|amp|lt|gt|quot|apos|nbsp|[nm]dash|[lr][sd]quo|hellip|laquo|raquo|shy);"
)
"""Character references that a page shows as they are, because it escaped its text twice."""


def _unescaped(text: str) -> tuple[str, list[int], list[int]]:
    """The text with its character references read, and where each character begins and ends in ``text``."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for match in (*_ENTITY.finditer(text), None):
        stop = match.start() if match is not None else len(text)
        parts.append(text[at:stop])
        starts.extend(range(at, stop))
        ends.extend(range(at + 1, stop + 1))
        if match is not None:
            read = html.unescape(match.group())
            parts.append(read)
            starts.extend([stop] * len(read))
            ends.extend([match.end()] * len(read))
            at = match.end()
    return "".join(parts), starts, ends


def fold_text(text: str) -> str:
    """The folded form of a display text. Idempotent; never raises, lone surrogates included."""
    return _short_fold(text) if len(text) <= _CACHED else _fold_text(text)


def _fold_text(text: str) -> str:
    text = _fold_once(text)
    while "&" in text and _ENTITY.search(text):
        text = _fold_once(_unescaped(text)[0])
    return text


def _fold_once(text: str) -> str:
    if not text.isascii() or (not text.isprintable() and _CONTROL.search(text)):
        text = _normal(text)
    if "  " in text or (not text.isprintable() and _UNEVEN.search(text)) or text[:1] == " " or text[-1:] == " ":
        text = _SPACES.sub(" ", text).strip()
    if "`" in text:
        text = text.replace("`", "'")
    if "''" in text:
        text = text.replace("''", '"')
    return text


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str) -> str:
    return _normal(cluster).replace("`", "'")


def _joins(char: str) -> bool:
    """True where a character may compose with, or vanish into, the one before it."""
    code = ord(char)
    return (
        unicodedata.category(char)[0] == "M"
        or 0x1160 <= code <= 0x11FF
        or code in (0xFF9E, 0xFF9F)
        or _TABLE.get(code) == ""
    )


def _clusters(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Base characters with what may compose with them, between two offsets."""
    for index in range(start + 1, stop):
        if not _joins(text[index]):
            yield start, index
            start = index
    if start < stop:
        yield start, stop


def fold(text: str) -> Folded:
    """Fold with a map of offsets back to the display text."""
    outer = _map_once(text)
    while "&" in outer.text and _ENTITY.search(outer.text):
        plain, starts, ends = _unescaped(outer.text)
        inner = _map_once(plain)
        outer = Folded(
            inner.text,
            [outer.starts[starts[start]] for start in inner.starts],
            [outer.ends[ends[end - 1] - 1] if end else 0 for end in inner.ends],
        )
    return outer


def _map_once(text: str) -> Folded:
    folded = _fold_once(text)
    if folded == text:
        return Folded(folded, range(len(text)), range(1, len(text) + 1))
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at, size, last = 0, len(text), " "
    while at < size:
        match = _PLAIN.match(text, at)
        if match is not None:
            stop = match.end()
            if stop < size and _joins(text[stop]):
                stop -= 1
            if stop > at:
                chars.append(text[at:stop])
                starts.extend(range(at, stop))
                ends.extend(range(at + 1, stop + 1))
                at, last = stop, "x"
                continue
        odd = _ODD.match(text, at)
        stop = odd.end() if odd is not None and odd.end() > at else at + 1
        while stop < size and _joins(text[stop]):
            stop += 1
        for start, end in _clusters(text, at, stop):
            for char in _fold_cluster(text[start:end]):
                if char.isspace():
                    if last == " ":
                        continue
                    char = " "
                chars.append(char)
                starts.append(start)
                ends.append(end)
                last = char
        at = stop
    if last == " " and chars:
        chars.pop()
        starts.pop()
        ends.pop()
    joined = "".join(chars)
    if "''" in joined:
        joined, starts, ends = _double_singles(joined, starts, ends)
    if joined != folded:  # some exotic composition across clusters: a coarse map is still a right one
        return Folded(folded, [0] * len(folded), [len(text)] * len(folded))
    return Folded(folded, starts, ends)


def _double_singles(text: str, starts: list[int], ends: list[int]) -> tuple[str, list[int], list[int]]:
    """Two single marks in a row are one double mark."""
    chars: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    at = 0
    while at < len(text):
        pair = text.startswith("''", at)
        chars.append('"' if pair else text[at])
        new_starts.append(starts[at])
        new_ends.append(ends[at + 1] if pair else ends[at])
        at += 2 if pair else 1
    return "".join(chars), new_starts, new_ends


def tokenize(folded: str) -> Sequence[Token]:
    """Tokens of a folded text: numbers with their separators, words with inner apostrophes, marks.

    Elided articles and pronouns (``l'``, ``qu'``, ``dell'``) are tokens of their own.
    """
    return _short_tokens(folded) if len(folded) <= _CACHED else _tokens(folded)


def _tokens(folded: str) -> tuple[Token, ...]:
    found: list[Token] = []
    for match in TOKEN.finditer(folded):
        text = match.group()
        start, end = match.span()
        kind = match.lastgroup or "mark"
        if kind == "word" and "'" in text and (elided := _ELISION.match(text)) is not None:
            cut = elided.end()
            found.append(Token(text[:cut], text[:cut].casefold(), kind, start, start + cut))
            text, start = text[cut:], start + cut
        found.append(Token(text, text.casefold(), kind, start, end))
    return tuple(found)


_short_tokens = lru_cache(maxsize=512)(_tokens)
_short_fold = lru_cache(maxsize=1024)(_fold_text)


def keys(folded: str) -> list[str]:
    """The casefolded tokens only: what most comparisons need."""
    return [token.key for token in tokenize(folded)]


def has_wide(folded: str) -> bool:
    """True where the text holds a script written without spaces."""
    return _HAS_WIDE.search(folded) is not None


def words(tokens: Iterable[Token]) -> list[str]:
    """Keys of all tokens but punctuation."""
    return [token.key for token in tokens if token.kind != "mark"]


def sentences(folded: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of a folded text. Known abbreviations, initials and lower case do not end one."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(folded):
        end = match.end()
        if end < len(folded):
            head = folded[max(start, match.start() - 12) : match.start()]
            last = re.split(r"[\s(\[\"']", head)[-1].casefold()
            following = folded[end]
            if folded[match.start()] == "." and (
                last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()) or following.islower()
            ):
                continue
        found.append((start, end))
        start = end
    if start < len(folded):
        found.append((start, len(folded)))
    return found


def word_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch of display text to whole whitespace-delimited words."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def excerpt(text: str, start: int, end: int, *, limit: int = 160, context: int = 6) -> tuple[int, int]:
    """A word-bounded stretch of at most ``limit`` characters around ``start:end``, for an editor to read.

    Takes up to ``context`` words on each side; where the core alone is too long it is cut at a word from its start.
    """
    if not text.isascii() and has_wide(text[max(start - 1, 0) : end + 1]):
        return _wide_excerpt(text, start, end, limit=limit, room=3 * context)
    core_start, core_end = word_span(text, start, end)
    if core_end - core_start > limit:
        cut = text.rfind(" ", core_start + 1, core_start + limit + 1)
        return core_start, cut if cut > core_start else core_start + limit
    left, right = core_start, core_end
    for _ in range(context):
        before = text.rfind(" ", 0, max(left - 1, 0)) + 1 if left > 0 else 0
        if right - before <= limit:
            left = before
        stop = text.find(" ", right + 1) if right < len(text) else len(text)
        after = len(text) if stop < 0 else stop
        if after - left <= limit:
            right = after
    while left < core_start and text[left].isspace():
        left += 1
    while right > core_end and text[right - 1].isspace():
        right -= 1
    return left, right


def _wide_excerpt(text: str, start: int, end: int, *, limit: int, room: int) -> tuple[int, int]:
    """As ``excerpt`` for scripts without spaces: ``room`` characters on each side, Latin words and numbers whole."""
    end = min(end, start + limit)
    room = min(room, (limit - (end - start)) // 2)
    left, right = max(start - room, 0), min(end + room, len(text))
    while left > 0 and start - left < room + 12 and _LATIN.match(text[left - 1]) and _LATIN.match(text[left]):
        left -= 1
    while right < len(text) and right - end < room + 12 and _LATIN.match(text[right - 1]) and _LATIN.match(text[right]):
        right += 1
    if right - left > limit:
        right = left + limit if start - left + (end - start) <= limit else end
        left = max(left, right - limit)
    return left, right


_LATIN = re.compile(rf"[^\W{WIDE}]")


def one_edit_apart(left: str, right: str) -> str:
    """How two words differ, where by one small slip: ``swap``, ``double``, ``letter``, or "" for anything more."""
    if left == right:
        return ""
    if len(left) == len(right):
        places = [index for index, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1]]
        if len(places) == 2 and places[1] == places[0] + 1:
            first, second = places
            if left[first] == right[second] and left[second] == right[first]:
                return "swap"
        return "letter" if len(places) == 1 else ""
    short, long = sorted((left, right), key=len)
    if len(long) - len(short) != 1:
        return ""
    at = next((index for index, char in enumerate(short) if char != long[index]), len(short))
    if short[at:] != long[at + 1 :]:
        return ""
    doubled = (at > 0 and long[at] == long[at - 1]) or (at + 1 < len(long) and long[at] == long[at + 1])
    return "double" if doubled else "letter"


def closeness(left: str, right: str) -> float:
    """1 - edit distance / longer length (Levenshtein, adjacent swaps count one), for short words and names."""
    if left == right:
        return 1.0
    if not left or not right or len(left) > 60 or len(right) > 60:
        return 0.0
    before_last: list[int] = []
    last = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        row = [i]
        for j, b in enumerate(right, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return 1.0 - last[-1] / max(len(left), len(right))


def bare(word: str) -> str:
    """The word without accents and marks, casefolded."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
