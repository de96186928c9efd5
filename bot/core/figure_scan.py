"""Finding the figures of a tokenized text: one walk over its tokens, left to right.

Digits, number words, units, currencies and months come from the lexicon of the text's language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from bot.core.figures import Figure
from bot.core.lexicon import Lexicon
from bot.core.text import Token

_TIMES = frozenset({"h", "min", "day", "week", "month", "year", "decade"})

_YEAR_BEFORE = frozenset(
    """in since from by until till of and between after before during circa year early late mid to for around
    en de depuis avant après dès an année im seit jahr jahre bis vor nach عام سنة العام
    desde hasta año del dal nel del dall' nell' em uit desde até ano sinds jaar van tot vanaf aus ab""".split()
)

_MONTH_BEFORE = frozenset(
    "in on of by since until till last next early late mid from this during through and to before after for".split()
)

_MERIDIEM = frozenset({"am", "pm", "a.m", "p.m"})

_CLOCK_WORDS = frozenset({"uhr", "h", "heures", "o'clock", "uur", "gmt", "bst", "utc"})

_AGED = frozenset("man woman boy girl child teenager youth baby pensioner lad".split())

_TEN_AR = frozenset({"عشر", "عشرة"})
"""The ten of Arabic numbers from eleven to nineteen, which stands behind the unit."""

_OF_PERSONS = frozenset("fell died drowned fled lost won took went came broke ran found hit left met saw set".split())

_CLOCK = re.compile(r"\d{1,2}(?:[:.]\d\d){0,2}")

_PEOPLE = frozenset("people men women children dead injured killed others percent per".split())

_GLUED = {
    "de": (("tausend", 1000), ("hundert", 100)),
    "nl": (("duizend", 1000), ("honderd", 100)),
    "it": (("mila", 1000), ("mille", 1000), ("cento", 100)),
}
"""Languages that write a whole number as one word, with the parts at which it is cut."""


def _full_year(digits: str) -> int:
    """*26* is 2026 and *85* is 1985."""
    return int(digits) + (0 if len(digits) == 4 else 2000 if int(digits) < 70 else 1900)


def parse_number(text: str, decimal: str) -> Fraction | None:
    """Value of a number token such as ``1,200.50``; ``decimal`` is the language's mark, ``?`` where unknown."""
    text = text.replace(" ", "").replace("'", "")
    if ":" in text:
        return None
    separators = [char for char in text if char in ".,"]
    if not separators:
        return Fraction(int(text)) if len(text) < 400 else None
    kinds = set(separators)
    last = separators[-1]
    head, _, tail = text.rpartition(last)
    if len(kinds) == 2:  # both marks: the last one is the decimal, whatever the language
        clean = "".join(char for char in head if char.isdigit())
    elif len(separators) > 1 or (len(tail) == 3 and head.lstrip("0") and last != decimal):
        clean, tail = "".join(char for char in head if char.isdigit()) + tail, ""
    else:
        clean = "".join(char for char in head if char.isdigit())
    if len(clean) + len(tail) > 400 or not clean:
        return None
    return Fraction(int(clean + tail), 10 ** len(tail))


@lru_cache(maxsize=64)
def _number_words(words: Lexicon) -> tuple[frozenset[str], frozenset[str]]:
    """Every word with which a figure in words may begin, and these with the words that begin a date."""
    listed = (words.numbers, words.ordinals, words.scales, words.fractions, words.raw.get("multiples", {}))
    numbers = frozenset(key for table in listed for key in table) | words.halves
    days = frozenset(parts[0] for parts in words.relative_days.values)
    return numbers, numbers | days | words.months.keys() | words.weekdays.keys()


def glued_number(key: str, words: Lexicon) -> int | None:
    """Value of a number written as one word (*zweihundertfünfzig*), None for any other word."""
    if key in words.numbers:
        return words.numbers[key]
    for root, scale in _GLUED.get(words.lang, ()):
        head, found, tail = key.partition(root)
        if not found:
            continue
        first = glued_number(head, words) if head else 1
        for joiner in ("und", "en"):
            tail = tail.removeprefix(joiner) if tail.removeprefix(joiner) in words.numbers else tail
        rest = glued_number(tail, words) if tail else 0
        return None if first is None or rest is None or rest >= scale else first * scale + rest
    return None


class _Scanner:
    """Walks over the tokens of one text once, left to right."""

    def __init__(self, tokens: Sequence[Token], words: Lexicon) -> None:
        self.tokens = tokens
        self.keys = [token.key for token in tokens]
        self.words = words
        self.found: list[Figure] = []

    def key(self, index: int) -> str:
        return self.keys[index] if 0 <= index < len(self.keys) else ""

    def touches(self, index: int) -> bool:
        """No space between token ``index - 1`` and ``index``."""
        return 0 < index < len(self.tokens) and self.tokens[index - 1].end == self.tokens[index].start

    def run(self) -> list[Figure]:
        index, words = 0, self.words
        interesting, starts = _number_words(words)
        roots = _GLUED.get(words.lang, ())
        while index < len(self.tokens):
            token = self.tokens[index]
            key = token.key
            if self.keys[index + 1 : index + 3] == ["-", "feira"] and (day := words.weekdays.get(f"{key}-feira")):
                self.found.append(Figure(index, index + 3, "weekday", (day,), core=index))
                index += 3
                continue
            if token.kind != "number" and key not in starts and not (roots and len(key) > 7):
                index += 1
                continue
            figure = None
            if token.kind == "number":
                figure = self.wide_date_at(index) or self.date_at(index) or self.number_at(index)
            elif token.kind in {"word", "wide"}:
                if key in words.months:
                    figure = self.month_at(index)
                elif key in words.weekdays and (words.lang != "en" or token.text[0].isupper()):
                    figure = Figure(index, index + 1, "weekday", (words.weekdays[key],), core=index)
                if figure is None and token.kind == "word" and key in interesting:
                    figure = self.worded_at(index)
                elif (
                    token.kind == "word"
                    and roots
                    and len(key) > 7
                    and any(root in key for root, _ in roots)
                    and (value := glued_number(key, words))
                ):
                    figure = self.with_unit(index, index + 1, Fraction(value), index)
                if figure is None and (parts := words.relative_days.at(self.keys, index)):
                    figure = Figure(index, index + len(parts), "relative", " ".join(parts), core=index)
            if figure is not None:
                if self.found and (whole := self.duration(self.found[-1], figure)) is not None:
                    self.found.pop()
                    figure = whole
                self.found.append(figure)
                index = figure.end
            else:
                index += 1
        return self.found

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
        at = index
        if self.key(at) in {",", "de", "del", "."}:
            at += 1
        value = self.year(at)
        return (at + 1, value) if value is not None else (index, None)

    def plausible_month(self, index: int, *, beside_number: bool) -> bool:
        if self.words.lang == "en" and not self.tokens[index].text[0].isupper():
            return False
        if self.words.lang == "en" and self.key(index) in {"may", "march", "mar", "jan", "sun"} and not beside_number:
            return self.key(index - 1) in _MONTH_BEFORE
        return True

    def month_at(self, index: int) -> Figure | None:
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

    def worded_at(self, index: int) -> Figure | None:
        words, start = self.words, index
        if self.key(index) in words.halves and (half := self.half_at(index)) is not None:
            return half
        if self.key(index) in words.halves and self.key(index) not in words.fractions:
            return None
        if self.key(index) in words.raw.get("multiples", {}):
            value = Fraction(words.raw["multiples"][self.key(index)])
            return Figure(index, index + 1, "number", value, "times", core=index, weak=True)
        if self.key(index) == "إحدى" and self.key(index + 1) not in _TEN_AR:
            return None  # *one of*
        total, current, seen, weak_only, at = 0, 0, False, True, index
        if self.key(at) in words.ordinals and self.key(at) not in words.fractions:
            return Figure(at, at + 1, "ordinal", Fraction(words.ordinals[self.key(at)]), core=at)
        if self.key(at) in words.fractions and self.key(at) not in words.numbers:
            before = self.key(at - 1)
            if self.key(at) in words.ordinals and before not in {"a", "one", "un", "una", "ein"}:
                return Figure(at, at + 1, "ordinal", Fraction(words.ordinals[self.key(at)]), core=at)
            share = Fraction(str(words.fractions[self.key(at)])).limit_denominator(100)
            scale = words.scales.get(self.key(at + 2), 0) if self.key(at + 1) in {"a", "of"} else 0
            if scale >= 12:
                return self.with_unit(at, at + 3, share * scale, at)
            return Figure(at, at + 1, "percent", share * 100, "%", core=at)
        while at < len(self.keys):
            key = self.key(at)
            if key in words.numbers:
                number = words.numbers[key]
                loose = self.key(at - 1) not in {"-"} | words.number_joiners
                if seen and current % 100 == 0 and number < 10 and loose and self.key(at + 1) not in words.scales:
                    break
                if seen and number >= 100 and current:
                    break
                full = number >= (10 if current % 100 >= 20 else 1)
                teen = key in _TEN_AR and 0 < current < 10
                if seen and current % 100 > 0 and full and not teen and words.lang != "fr":
                    break
                current = 80 if (current % 100 == 4 and number == 20) else current + number
                weak_only = weak_only and key in words.weak_numbers
            elif key in words.scales and len(key) > 2 and (seen or self.may_stand_alone(at)):
                scale = words.scales[key]
                if scale == 100:
                    current = (current or 1) * 100
                else:
                    total, current = total + (current or 1) * scale, 0
                weak_only = False
            elif (
                seen
                and key in words.number_joiners | {"-"}
                and self.key(at + 1) in words.numbers
                and (current + total >= 20 or (self.key(at - 1) == "quatre" and self.key(at + 1).startswith("vingt")))
            ):
                at += 1
                continue
            else:
                break
            seen = True
            at += 1
        if not seen:
            return None
        if self.key(at) == "-" and self.key(at + 1) in words.fractions and not weak_only:
            at += 1
        if self.key(at) in words.fractions and self.key(at) not in words.units and not weak_only:
            value = Fraction(total + current) * Fraction(str(words.fractions[self.key(at)])).limit_denominator(100)
            return Figure(start, at + 1, "percent", value * 100, "%", core=start)
        value = Fraction(total + current)
        if more := self.and_half(at):
            return self.with_unit(start, at + more, value + self.half_of(at - 1), start)
        ratio = self.ratio_at(start, at, value)
        return ratio or self.with_unit(start, at, value, start, weak=weak_only)

    def half_at(self, index: int) -> Figure | None:
        """*Half an hour*, *half a million*, *eine halbe Million*, *an hour and a half*; None for any other half."""
        words, at = self.words, index + 1
        while self.key(at) in {"a", "an", "-"}:
            at += 1
        scale = words.scales.get(self.key(at), 0)
        if scale >= 10 and len(self.key(at)) > 2:
            return self.with_unit(index, at + 1, Fraction(scale, 2), index)
        unit = words.units.get(self.key(at), "")
        if unit in _TIMES:
            return Figure(index, at + 1, "number", Fraction(1, 2), unit, index)
        taken = self.found[-1].end if self.found else 0
        start = index - 4
        if (
            start >= taken
            and self.keys[index - 2 : index] == ["and", "a"]
            and self.key(start) in {"a", "an"}
            and (unit := words.units.get(self.key(start + 1), "")) in _TIMES
        ):
            return Figure(start, index + 1, "number", Fraction(3, 2), unit, index)
        return None

    def and_half(self, at: int) -> int:
        """Tokens of *and a half*, *et demie*, *y media* at ``at``, 0 for none."""
        if self.keys[at : at + 2] == ["and", "a"] and self.key(at + 2) in self.words.halves:
            return 3
        if self.key(at) in {"et", "y", "e"} and self.key(at + 1) in self.words.halves:
            return 2
        return 0

    def half_of(self, index: int) -> Fraction:
        """A half of the scale at ``index`` (*a million and a half*), of one where there is none."""
        return Fraction(self.words.scales.get(self.key(index), 1), 2)

    def may_stand_alone(self, index: int) -> bool:
        return self.words.lang != "en" or self.key(index - 1) in {"a", "an", "one"}

    def number_at(self, index: int) -> Figure | None:
        token, words = self.tokens[index], self.words
        after = self.key(index + 1)
        half = self.keys[index + 1 : index + 4] in (["p", ".", "m"], ["a", ".", "m"])
        spoken = after in _MERIDIEM or half or (after in _CLOCK_WORDS and not self.touches(index + 1))
        if ":" in token.text or (spoken and _CLOCK.fullmatch(token.text)):
            return self.time_at(index)
        if (
            after == "h"
            and _CLOCK.fullmatch(token.text)
            and self.touches(index + 1)
            and (
                (self.key(index + 2).isdigit() and self.touches(index + 2))
                or not self.key(index + 2)
                or words.lang == "fr"
            )
        ):
            return self.time_at(index)
        value = parse_number(token.text, words.decimal)
        if value is None:
            return Figure(index, index + 1, "number", token.key, core=index)
        decimals = 0
        if value.denominator != 1 or re.search(r"\d[.,]\d{1,2}$", token.text):
            decimals = len(re.split(r"[.,]", token.text)[-1])
        if self.touches(index + 1) and after in words.ordinal_suffixes and len(after) > 1:
            return Figure(index, index + 2, "ordinal", value, core=index)
        end = index + 1
        if (
            self.key(end).isdigit()
            and self.key(end + 1) == "/"
            and self.key(end + 2).isdigit()
            and int(self.key(end + 2))
        ):
            value += Fraction(int(self.key(end)), int(self.key(end + 2)))
            end += 3
        elif after == "/" and self.touches(end) and self.key(end + 1).isdigit() and self.touches(end + 1):
            low = int(self.key(end + 1)[:12])
            if low and token.text.isdigit() and low in (2, 3, 4, 5, 8):
                value, end = Fraction(int(token.text), low), end + 2
        ratio = self.ratio_at(index, end, value)
        if ratio is not None:
            return ratio
        currency_before = self.currency_before(index)
        while self.key(end) in words.scales:
            key = self.key(end)
            if (
                len(key) <= 2
                and key.isascii()
                and not (key in {"bn", "mn", "tn", "md"} or currency_before or key == "k")
                and self.key(end + 1) not in words.currencies
            ):
                break
            value *= words.scales[key]
            end += 1
            if self.key(end) == "." and len(key) <= 3 and self.touches(end):
                end += 1
        return self.with_unit(index, end, value, index, decimals=decimals)

    def currency_before(self, index: int) -> str:
        taken = self.found[-1].end if self.found else 0
        return self.words.currencies.get(self.key(index - 1), "") if index > taken else ""

    def ratio_at(self, start: int, end: int, value: Fraction) -> Figure | None:
        """``one in ten`` and ``3 out of 4``: a share, told in per cent."""
        at = end
        for phrase in self.words.raw.get("ratio_words", ()):
            parts = phrase.split()
            if self.keys[at : at + len(parts)] == parts:
                other = self.key(at + len(parts))
                low = self.words.numbers.get(other, int(other) if other.isdigit() and len(other) < 4 else 0)
                if (
                    1 < low <= 100
                    and 0 < value < low
                    and value.denominator == 1
                    and other not in self.words.weak_numbers
                ):
                    after = self.key(at + len(parts) + 1)
                    if after in self.words.months or after in self.words.units:
                        return None
                    return Figure(start, at + len(parts) + 1, "percent", value / low * 100, "%", core=start)
        return None

    def negative(self, start: int) -> bool:
        """A minus sign stands directly before, and no word before that: not a hyphen, not a range."""
        return (
            start > (self.found[-1].end if self.found else 0)
            and self.keys[start - 1] == "-"
            and self.touches(start)
            and not (
                self.touches(start - 1) and (self.tokens[start - 2].kind != "mark" or self.keys[start - 2] in ")%")
            )
        )

    def with_unit(
        self, start: int, end: int, value: Fraction, core: int, *, weak: bool = False, decimals: int = 0
    ) -> Figure:
        if more := self.and_half(end):  # *2 and a half hours*
            value, end = value + self.half_of(end - 1), end + more
        if self.tokens[start].kind == "number" and self.negative(start):
            figure = self.with_unit_of(start, end, -value, core, weak=weak, decimals=decimals)
            return replace(figure, start=start - 1)
        return self.with_unit_of(start, end, value, core, weak=weak, decimals=decimals)

    def with_unit_of(
        self, start: int, end: int, value: Fraction, core: int, *, weak: bool = False, decimals: int = 0
    ) -> Figure:
        """The figure with the currency, per cent or unit that stands before or after it."""
        words, keys = self.words, self.keys
        if currency := self.currency_before(start):
            taken = self.found[-1].end if self.found else 0
            led = start - 2 >= taken and self.key(start - 2) in {"us", "a", "c", "nz", "hk", "r"}
            prefix = 2 if led and self.touches(start - 1) else 1
            if prefix == 2:
                currency = words.currencies.get(self.key(start - 2) + "$", currency)
            if self.key(start - 1) in {"$", "£", "€", "¥", "₹"} or self.key(end) not in words.currencies:
                trailing = words.currencies.get(self.key(end), "")
                if trailing and trailing == currency:
                    end += 1
                if self.negative(start - prefix):
                    value = -value
                return Figure(start - prefix, end, "money", value, currency, core, decimals=decimals)
        if end < len(keys):
            hyphen = end + 1 if keys[end] == "-" and end + 1 < len(keys) and self.touches(end) else end
            if parts := words.points.at(keys, end):
                return Figure(start, end + len(parts), "points", value, "pp", core, decimals=decimals)
            if parts := words.percent.at(keys, hyphen):
                return Figure(start, hyphen + len(parts), "percent", value, "%", core, decimals=decimals)
            at = end + 1 if keys[end] in {"de", "d'", "di", "°", "º"} else end
            if (currency := words.currencies.get(self.key(at), "")) and not weak:
                return Figure(start, at + 1, "money", value, currency, core, decimals=decimals)
            if keys[end] in {"p", "pence"} and words.lang == "en" and (keys[end] == "pence" or self.touches(end)):
                return Figure(start, end + 1, "money", value, "GBP/100", core, decimals=decimals)
            if keys[end] == "c" and words.lang == "en" and self.touches(end) and self.tokens[end].text == "c":
                return Figure(start, end + 1, "money", value, "CENT", core, decimals=decimals)  # *30C* is a temperature
            at = hyphen if at == end else at
            for size in (4, 3):  # *kilomètres à l'heure*, *miles per hour*
                whole = at + size <= len(keys)
                if whole and (unit := words.units.get(" ".join(keys[at : at + size]), "")):
                    return Figure(start, at + size, "number", value, unit, core, weak=weak, decimals=decimals)
            if self.key(at + 1) == "/" and (unit := words.units.get(f"{self.key(at)}/{self.key(at + 2)}", "")):
                return Figure(start, at + 3, "number", value, unit, core, weak=weak, decimals=decimals)
            if unit := words.units.get(f"{self.key(at)} {self.key(at + 1)}", ""):
                return Figure(start, at + 2, "number", value, unit, core, weak=weak, decimals=decimals)
            if unit := words.units.get(self.key(at), ""):
                if unit in {"m", "km", "cm", "mm", "hm"} and self.key(at + 1) == "^" and self.key(at + 2) in {"2", "3"}:
                    unit, at = f"{unit}^{self.key(at + 2)}", at + 2
                if unit in _TIMES and (more := self.and_half(at + 1)):
                    return Figure(start, at + 1 + more, "number", value + Fraction(1, 2), unit, core)
                return Figure(start, at + 1, "number", value, unit, core, weak=weak, decimals=decimals)
        if end == start + 1 and self.is_year(start, value):
            return Figure(start, end, "year", (int(value), None, None), core=core)
        if self.is_age(start, end):
            return Figure(start, end, "number", value, "year", core)
        return Figure(
            start, end, "number", value, "", core, weak=weak, in_name=self.in_name(start, end), decimals=decimals
        )

    def is_year(self, index: int, value: Fraction) -> bool:
        text = self.tokens[index].text
        if self.tokens[index].kind != "number" or len(text) != 4 or not text.isdigit() or not 1500 <= value <= 2199:
            return False
        if self.key(index - 1) in _YEAR_BEFORE:
            return True
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        before = self.key(index - 2) if self.key(index - 1) in {"[", "("} else self.key(index - 1)
        if before in {"a", "the"} and 1900 <= value <= 2100 and following is not None:
            return not following.key.endswith("s") and following.key not in _PEOPLE  # *a 2021 report*
        return following is None or following.kind != "word" or following.key in self.words.function_words

    def is_age(self, start: int, end: int) -> bool:
        """*A man of 48*, where no noun follows that is counted: *a team of 48 nurses*."""
        if self.key(start - 1) != "of" or self.key(start - 2) not in _AGED or self.words.lang != "en":
            return False
        following = self.tokens[end] if end < len(self.tokens) else None
        return (
            following is None
            or following.kind == "mark"
            or following.key in self.words.function_words
            or following.key in self.words.verbs.single
            or following.key[-2:] == "ed"
            or following.key in _OF_PERSONS
        )

    def in_name(self, start: int, end: int) -> bool:
        if start == 0 or self.tokens[start].kind != "number" or not self.tokens[start].text.isdigit():
            return False
        before = self.tokens[start - 1]
        following = self.tokens[end] if end < len(self.tokens) else None
        if self.key(end) == "-" and self.touches(end) and self.touches(end + 1) and self.key(end + 1).isdigit():
            return False  # a score: *Lydmouth 2-1 Corve*
        if before.kind == "mark":
            joined = before.key == "-" and self.touches(start) and self.touches(start - 1) and start >= 2
            return joined and self.tokens[start - 2].text[:1].isupper()
        if following is not None and following.kind == "word" and self.touches(end) and following.text.isupper():
            return True
        if not before.text[:1].isupper() or before.key in self.words.function_words:
            return False
        if self.words.nouns_capitalised and following is not None and following.text[:1].isupper():
            return False
        plain = following is not None and following.kind == "word" and following.text.islower()
        counted = plain and following is not None and (following.key.endswith("s") or following.key in _PEOPLE)
        sentence_start = start == 1 or self.tokens[start - 2].key in {".", "!", "?", ":", '"'}
        return not counted and not (sentence_start and plain)

    def time_at(self, index: int) -> Figure:
        pieces = re.split(r"[:.,']", self.tokens[index].text)
        hour = int(pieces[0][:6] or 0)
        minute = int(pieces[1][:6]) if len(pieces) > 1 and pieces[1].isdigit() else 0
        end = index + 1
        if self.key(end) == "h" and self.touches(end):
            end += 1
            if self.key(end).isdigit() and self.touches(end):
                minute, end = int(self.key(end)[:6]), end + 1
        key = self.key(end)
        if key in _MERIDIEM or key in _CLOCK_WORDS:
            half = "pm" if key.startswith("p") else "am" if key.startswith("a") else ""
            hour = hour % 12 + 12 if half == "pm" else hour % 12 if half == "am" else hour
            end += 1
        elif key in {"a", "p"} and self.key(end + 1) == "." and self.key(end + 2) == "m":
            hour = hour % 12 + 12 if key == "p" else hour % 12
            end += 4 if self.key(end + 3) == "." else 3
        return Figure(index, end, "time", (hour, minute, *(int(piece[:6] or 0) for piece in pieces[2:])), core=index)


def find_figures(tokens: Sequence[Token], words: Lexicon) -> list[Figure]:
    """All figures of a tokenized text, left to right, never overlapping."""
    return _Scanner(tokens, words).run()
