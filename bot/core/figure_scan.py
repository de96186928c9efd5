"""Finding the figures of a tokenized text: one walk over its tokens, left to right.

Digits, number words, units, currencies and months come from the lexicon of the text's language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from bot.core.figure_dates import CLOCK_WORDS, MERIDIEM, PEOPLE, DateWalk
from bot.core.figures import Figure
from bot.core.lexicon import Lexicon
from bot.core.number_words import GLUED, glued_number, number_words, parse_number
from bot.core.text import Token

_TIMES = frozenset({"h", "min", "day", "week", "month", "year", "decade"})

_AGED = frozenset("man woman boy girl child teenager youth baby pensioner lad".split())

_TEN_AR = frozenset({"عشر", "عشرة"})
"""The ten of Arabic numbers from eleven to nineteen, which stands behind the unit."""

_OF_PERSONS = frozenset("fell died drowned fled lost won took went came broke ran found hit left met saw set".split())

_CLOCK = re.compile(r"\d{1,2}(?:[:.]\d\d){0,2}")


class _Scanner(DateWalk):
    """Walks over the tokens of one text once, left to right."""

    def run(self) -> list[Figure]:
        index, words = 0, self.words
        interesting, starts = number_words(words)
        roots = GLUED.get(words.lang, ())
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
            figure = self.figure_at(index, interesting, roots)
            if figure is not None:
                if self.found and (whole := self.duration(self.found[-1], figure)) is not None:
                    self.found.pop()
                    figure = whole
                self.found.append(figure)
                index = figure.end
            else:
                index += 1
        return self.found

    def figure_at(self, index: int, interesting: frozenset[str], roots: Sequence[tuple[str, int]]) -> Figure | None:
        """The figure that begins at a token, of whatever kind."""
        token, words, key = self.tokens[index], self.words, self.key(index)
        figure = self.decade_at(index) if token.kind in {"number", "word"} else None
        if figure is not None or token.kind == "mark":
            return figure
        if token.kind == "number":
            return self.wide_date_at(index) or self.date_at(index) or self.number_at(index)
        if key == "nineteen" and self.key(index + 1) in words.decades:
            return self.decade_at(index + 1)
        if key in words.months:
            figure = self.month_at(index)
        elif key in words.weekdays and (words.lang != "en" or token.text[0].isupper()):
            figure = Figure(index, index + 1, "weekday", (words.weekdays[key],), core=index)
        if figure is None and token.kind == "word" and key in interesting:
            figure = self.worded_at(index)
        elif token.kind == "word" and roots and len(key) > 7 and any(root in key for root, _ in roots):
            value = glued_number(key, words)
            figure = self.with_unit(index, index + 1, Fraction(value), index) if value else figure
        if figure is None and (parts := words.relative_days.at(self.keys, index)):
            figure = Figure(index, index + len(parts), "relative", " ".join(parts), core=index)
        return figure

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
        spoken = after in MERIDIEM or half or (after in CLOCK_WORDS and not self.touches(index + 1))
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
        counted = plain and following is not None and (following.key.endswith("s") or following.key in PEOPLE)
        sentence_start = start == 1 or self.tokens[start - 2].key in {".", "!", "?", ":", '"'}
        return not counted and not (sentence_start and plain)


def find_figures(tokens: Sequence[Token], words: Lexicon) -> list[Figure]:
    """All figures of a tokenized text, left to right, never overlapping."""
    return _Scanner(tokens, words).run()
