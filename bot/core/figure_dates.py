"""Dates, years, decades and times of day in a tokenized text: the part of the walk that reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from bot.core.figures import Figure
from bot.core.lexicon import Lexicon
from bot.core.text import Token

_YEAR_BEFORE = frozenset(
    """in since from by until till of and between after before during circa year early late mid to for around
    en de depuis avant après dès an année im seit jahr jahre bis vor nach عام سنة العام
    desde hasta año del dal nel del dall' nell' em uit desde até ano sinds jaar van tot vanaf aus ab""".split()
)

_MONTH_BEFORE = frozenset(
    "in on of by since until till last next early late mid from this during through and to before after for".split()
)

MERIDIEM = frozenset({"am", "pm", "a.m", "p.m"})

CLOCK_WORDS = frozenset({"uhr", "h", "heures", "o'clock", "uur", "gmt", "bst", "utc"})

PEOPLE = frozenset("people men women children dead injured killed others percent per".split())

_DECADE_BEFORE = frozenset("the early late mid - nineteen der den die".split())


def _full_year(digits: str) -> int:
    """*26* is 2026 and *85* is 1985."""
    return int(digits) + (0 if len(digits) == 4 else 2000 if int(digits) < 70 else 1900)


def _century(year: int) -> int:
    """*80* is 1980 and *20* is 2020."""
    return year + (1900 if year >= 30 else 2000)


class DateWalk:
    """A walk over the tokens of one text, and how dates and times are read where it stands."""

    def __init__(self, tokens: Sequence[Token], words: Lexicon) -> None:
        self.tokens = tokens
        self.keys = [token.key for token in tokens]
        self.words = words
        self.found: list[Figure] = []

    def key(self, index: int) -> str:
        """The folded token there; empty beyond either end."""
        return self.keys[index] if 0 <= index < len(self.keys) else ""

    def touches(self, index: int) -> bool:
        """No space between token ``index - 1`` and ``index``."""
        return 0 < index < len(self.tokens) and self.tokens[index - 1].end == self.tokens[index].start

    def duration(self, hours: Figure, minutes: Figure) -> Figure | None:
        """*2 hours 10 minutes*, *2h 10m*: one figure, in minutes."""
        near = self.keys[hours.end : minutes.start]
        if hours.unit != "h" or minutes.unit not in {"min", "m"} or len(near) > 1:
            return None
        if near and near[0] not in {"and", "und", "et", "y", "e", "en", ","}:
            return None
        if not isinstance(hours.value, Fraction) or not isinstance(minutes.value, Fraction) or minutes.value >= 60:
            return None
        return Figure(hours.start, minutes.end, "number", hours.value * 60 + minutes.value, "min", hours.core)

    def small(self, index: int) -> int | None:
        """The value of a token if it can be a day of the month."""
        token = self.tokens[index] if 0 <= index < len(self.tokens) else None
        if token is None or token.kind != "number" or not token.text.isdigit() or len(token.text) > 2:
            return None
        value = int(token.text)
        return value if 1 <= value <= 31 else None

    def year(self, index: int) -> int | None:
        """The value of a token of four digits that can be a year, 1000 to 2199."""
        token = self.tokens[index] if 0 <= index < len(self.tokens) else None
        if token is None or token.kind != "number" or len(token.text) != 4 or not token.text.isdigit():
            return None
        value = int(token.text)
        return value if 1000 <= value <= 2199 else None

    def after_day(self, index: int) -> int:
        """Index behind an ordinal suffix, full stop or *of* that may follow a day."""
        if self.touches(index) and self.key(index) in (self.words.ordinal_suffixes | {".", "º"}):
            index += 1
        if self.key(index) in {"of", "de"}:
            index += 1
        return index

    def wide_date_at(self, index: int) -> Figure | None:
        """*2024年3月4日* and its parts; a span of years, months or days is none."""
        if self.key(index + 1) not in {"年", "月", "日"}:
            return None
        found: dict[str, int] = {}
        at = index
        while self.key(at).isdigit() and self.key(at + 1) in {"年", "月", "日"} and self.key(at + 1) not in found:
            found[self.key(at + 1)] = int(self.key(at)[:6])
            at += 2
        spans = self.key(at) in {"間", "前", "後", "分"} or ("年" in found and found["年"] < 1000)
        if spans or not found or found == {"年": 0}:
            return None
        kind = "year" if list(found) == ["年"] else "date"
        return Figure(index, at, kind, (found.get("年"), found.get("月"), found.get("日")), core=index)

    def date_at(self, index: int) -> Figure | None:
        """A date that begins with its day or year: *2026-11-24*, *24/11/26*, *24.11.2026*, *24 November 2026*."""
        keys = self.keys
        if (
            index + 4 < len(keys)
            and keys[index + 1] == keys[index + 3]
            and keys[index + 1] in {"-", "/"}
            and all(self.touches(at) for at in range(index + 1, index + 5))
            and all(keys[at].isdigit() for at in (index, index + 2, index + 4))
        ):
            parts = tuple(int(keys[at]) for at in (index, index + 2, index + 4))
            if len(keys[index]) == 4 or len(keys[index + 4]) in (2, 4):
                value = parts if len(keys[index]) == 4 else (_full_year(keys[index + 4]), parts[1], parts[0])
                return Figure(index, index + 5, "date", value, core=index)
        if re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}", keys[index]):
            day, month, year = (int(part) for part in keys[index].split("."))
            return Figure(index, index + 1, "date", (year, month, day), core=index)
        day_value = self.small(index)
        if day_value is None:
            return None
        month_at = self.after_day(index + 1)
        if self.key(month_at) in self.words.months and self.plausible_month(month_at, beside_number=True):
            end, year_value = self.year_after(month_at + 1)
            return Figure(
                index, end, "date", (year_value, self.words.months[self.key(month_at)], day_value), core=index
            )
        return None

    def year_after(self, index: int) -> tuple[int, int | None]:
        """The year after a month, with the index behind it; ``(index, None)`` where none follows."""
        at = index
        if self.key(at) in {",", "de", "del", "."}:
            at += 1
        value = self.year(at)
        return (at + 1, value) if value is not None else (index, None)

    def plausible_month(self, index: int, *, beside_number: bool) -> bool:
        """Whether a month's word means the month: English *May* or *march* alone needs a word such as *in*."""
        if self.words.lang == "en" and not self.tokens[index].text[0].isupper():
            return False
        if self.words.lang == "en" and self.key(index) in {"may", "march", "mar", "jan", "sun"} and not beside_number:
            return self.key(index - 1) in _MONTH_BEFORE
        return True

    def month_at(self, index: int) -> Figure | None:
        """A date that begins with its month: *November 24, 2026*, *Nov. 2026*, *November*."""
        at = index + 1
        if self.key(at) == "." and len(self.key(index)) <= 4:
            at += 1
        day = self.small(at)
        year = self.year(at)
        if not self.plausible_month(index, beside_number=day is not None or year is not None):
            return None
        month = self.words.months[self.key(index)]
        if day is not None and self.key(at + 1) not in self.words.units:
            end = self.after_day(at + 1) if self.key(at + 1) in self.words.ordinal_suffixes else at + 1
            end, year_value = self.year_after(end)
            return Figure(index, end, "date", (year_value, month, day), core=at)
        end, year_value = self.year_after(index + 1)
        return Figure(index, end, "date", (year_value, month, None), core=index)

    def is_year(self, index: int, value: Fraction) -> bool:
        """Whether a number of four digits, 1500 to 2199, is a year by the words around it."""
        text = self.tokens[index].text
        if self.tokens[index].kind != "number" or len(text) != 4 or not text.isdigit() or not 1500 <= value <= 2199:
            return False
        if self.key(index - 1) in _YEAR_BEFORE:
            return True
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        before = self.key(index - 2) if self.key(index - 1) in {"[", "("} else self.key(index - 1)
        if before in {"a", "the"} and 1900 <= value <= 2100 and following is not None:
            return not following.key.endswith("s") and following.key not in PEOPLE  # *a 2021 report*
        return following is None or following.kind != "word" or following.key in self.words.function_words

    def time_at(self, index: int) -> Figure:
        """A time of day, *18:30*, *6.30 p.m.*, *18h30*, as hours and minutes of 24 hours."""
        pieces = re.split(r"[:.,']", self.tokens[index].text)
        hour = int(pieces[0][:6] or 0)
        minute = int(pieces[1][:6]) if len(pieces) > 1 and pieces[1].isdigit() else 0
        end = index + 1
        if self.key(end) == "h" and self.touches(end):
            end += 1
            if self.key(end).isdigit() and self.touches(end):
                minute, end = int(self.key(end)[:6]), end + 1
        key = self.key(end)
        if key in MERIDIEM or key in CLOCK_WORDS:
            half = "pm" if key.startswith("p") else "am" if key.startswith("a") else ""
            hour = hour % 12 + 12 if half == "pm" else hour % 12 if half == "am" else hour
            end += 1
        elif key in {"a", "p"} and self.key(end + 1) == "." and self.key(end + 2) == "m":
            hour = hour % 12 + 12 if key == "p" else hour % 12
            end += 4 if self.key(end + 3) == "." else 3
        return Figure(index, end, "time", (hour, minute, *(int(piece[:6] or 0) for piece in pieces[2:])), core=index)

    def decade_at(self, index: int) -> Figure | None:
        """*1980s*, *'80s*, *the eighties*, *1980er-Jahre*: a decade, told as the year it begins with."""
        token, start = self.tokens[index], index
        if token.key in self.words.decades:
            return self.worded_decade(index)
        if not token.text.isdigit() or len(token.text) not in (2, 4) or token.text[-1] != "0":
            return None
        end = index + 1
        if self.key(end) == "'" and self.touches(end):
            end += 1
        if self.key(end) not in ("s", "er") or not self.touches(end):
            return None
        if len(token.text) == 2:
            if self.key(index - 1) == "'" and self.touches(index):
                start = index - 1
            elif self.key(index - 1) not in _DECADE_BEFORE and self.key(end) != "er":
                return None  # *in her 30s*
        end += 1
        if self.key(end - 1) == "er":
            after = end + 1 if self.key(end) == "-" else end
            end = after + 1 if self.key(after) in {"jahre", "jahren"} else end
        value = int(token.text) if len(token.text) == 4 else _century(int(token.text))
        return Figure(start, end, "year", (value, None, None), "decade", core=index)

    def worded_decade(self, index: int) -> Figure | None:
        """*the eighties*, *achtziger Jahre*: a decade; *in her thirties*: an age."""
        value, end = self.words.decades[self.key(index)], index + 1
        if self.words.lang == "de" and not self.key(index).endswith(("jahre", "jahren")):
            if self.key(end) not in {"jahre", "jahren"}:
                return None
            end += 1
        if self.words.lang == "en" and self.key(index - 1) not in _DECADE_BEFORE:
            return Figure(index, end, "number", Fraction(value), "age", core=index)  # *in her thirties*
        start = index - 1 if self.key(index - 1) == "nineteen" else index
        return Figure(start, end, "year", (_century(value), None, None), "decade", core=index)
