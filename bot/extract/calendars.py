"""Dates in scripts other than the Latin one, and in other calendars: the Persian, the Thai and the Japanese years.

Arabic has three sets of month names for one calendar, Persian and Dari two calendars; Thailand counts from Buddha,
Japan by emperors and Taiwan from its republic. Islamic dates are known as dates, but not turned into a day: which day
it was depends on who saw the moon.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from bot.extract.lexicons import lexicon

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_BUDDHIST = 543


def _names(calendar: str) -> dict[str, int]:
    """The month names of a calendar, in one spelling, and their numbers."""
    found: dict[str, int] = {}
    for line in lexicon("months.txt"):
        kept_in, *names = line.split()
        for number, spellings in enumerate(names if kept_in == calendar else (), start=1):
            for name in spellings.split("|"):
                if name != "-":
                    found.setdefault(_plain(unicodedata.normalize("NFC", name.replace("_", " "))), number)
    return found


def _plain(text: str) -> str:
    """One spelling of a composed text, as long as it is: small letters, Arabic ones for their Persian twins."""
    small = text.lower()
    return (small if len(small) == len(text) else text).translate(_TWINS)


_TWINS = str.maketrans("يىك", "ییک")
_MONTHS, _PERSIAN_MONTHS = _names("gregorian"), _names("persian")


def _any_of(names: list[str]) -> str:
    """Any of these, longest first, by their first letter, which is all that is looked at in most text."""
    letters: dict[str, list[str]] = {}
    for name in sorted(set(names), key=len, reverse=True):
        letters.setdefault(name[0], []).append(re.escape(name[1:]).replace(r"\ ", r"\s+"))
    return "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in letters.items())


_NAMES = _any_of([*_MONTHS, *_PERSIAN_MONTHS])
# Every expression opens with a figure or an era, so that text without dates costs next to nothing. A Hebrew "in"
# stands on the word itself; Levantine and Western names are given side by side.
_CLOCK = r"(?:\D{1,14}?(?P<hour>\d{1,2})[:.時시](?P<minute>\d{2})(?!\d))?"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})\D{{0,4}}?(?P<name>{_NAMES})(?![^\W\d_])\.?(?:\s*/\s*(?:{_NAMES}))?"
    rf"[\s,،/.-]*(?:พ\.?ศ\.?\s*)?(?P<year>\d{{4}}|\d\d(?!\d|\s*[:.]\d))?{_CLOCK}"
)
_YEAR_LAST = re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})[\s,،]+(?P<year>\d{{4}})(?!\d){_CLOCK}")
_NUMBERS = re.compile(
    rf"(?<!\d)(?P<year>1[34]\d\d)\s*[/-]\s*(?P<month>\d{{1,2}})\s*[/-]\s*(?P<day>\d{{1,2}})(?!\d){_CLOCK}"
)
_ERA = re.compile(
    rf"(?P<era>{'|'.join(_ERAS)})\s*(?P<year>\d{{1,3}}|元)\s*年\s*(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*日{_CLOCK}"
)
_VIETNAMESE = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})\s*(?:tháng|/)\s*(?P<month>\d{{1,2}})[\s,]*năm\s*(?P<year>\d{{4}}){_CLOCK}"
)
_EXPRESSIONS = (_ERA, _VIETNAMESE, _DAY_FIRST, _YEAR_LAST, _NUMBERS)
_ISLAMIC_NAMES = _any_of(list(_names("islamic")))
# What is only recognised: Islamic dates, and a day without its year.
_OTHER_DAYS = re.compile(
    rf"(?<!\d)\d{{1,2}}\s*(?:{_ISLAMIC_NAMES})(?:\s*,?\s*1[34]\d\d)?(?:\s*هـ?)?(?![^\W\d_])"
    r"|(?<![年\d])(?<!年 )\d{1,2}月\s*\d{1,2}日|(?<!\d)\d{1,2} tháng \d{1,2}"
)
_ISLAMIC_YEAR = re.compile(r"هـ|هجری")
_WIDE_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?[時时点點시]\s?(\d{2})\s?[分분]")
_OTHER_SCRIPT = re.compile("[\u0370-\u1fff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|tháng|năm", re.IGNORECASE)


@lru_cache(maxsize=4_096)
def in_figures(text: str) -> str:
    """A short text with its dates in these scripts and calendars as ISO dates, and all digits as 0 to 9.

    Other texts come back as they are. A date that names no year, or is Islamic, becomes the first day of 2000.
    """
    if text.isascii() or not any(map(str.isdecimal, text)) or not _OTHER_SCRIPT.search(text):
        return text
    text = _WIDE_CLOCK.sub(r"\1:\2", unicodedata.normalize("NFC", plain_digits(text)))
    for expression in (*_EXPRESSIONS, _OTHER_DAYS):
        out, end = [], 0
        for match in expression.finditer(_plain(text)):
            found = _as_figures(match)
            if found:
                out += [text[end : match.start()], found]
                end = match.end()
        text = "".join(out) + text[end:]
    return text.strip()


def _as_figures(match: re.Match[str]) -> str:
    if match.re is _OTHER_DAYS or match["year"] is None:
        return " 2000-01-01 "
    found = _read(match)
    if found is None:
        return ""
    return f"{found:%Y-%m-%d %H:%M}" if match["hour"] else f"{found:%Y-%m-%d} "


_DIGITS = {
    code: str(unicodedata.decimal(chr(code)))
    for code in (*range(0x660, 0x1A99), *range(0xFF10, 0xFF1A))
    if chr(code).isdecimal()
}


def plain_digits(text: str) -> str:
    """A text with the digits of any script as 0 to 9."""
    return text if text.isascii() else text.translate(_DIGITS)


def read(value: str) -> datetime | None:
    """The time a date in these scripts and calendars says, in UTC; None where there is none.

    Persian dates are turned by the rule of 33 years, exact from 1799 to 2254.
    """
    folded = _folded(value)
    if folded.isascii() and not _NUMBERS.search(folded):
        return None
    for expression in _EXPRESSIONS:
        for match in expression.finditer(folded):
            found = _read(match)
            if found is not None:
                return found
    return None


def _folded(text: str) -> str:
    """One spelling: composed, small letters, digits 0 to 9, Arabic letters for the Persian ones alike."""
    return _plain(unicodedata.normalize("NFC", plain_digits(text)))


def _read(match: re.Match[str]) -> datetime | None:
    try:
        day = _day(match) if match["year"] else None
        if day is None:
            return None
        hour = hour_of(match["hour"], match.string[match.start() : match.end() + _LATER])
        return datetime(day.year, day.month, day.day, hour, int(match["minute"] or 0) % 60, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


_LATER = 12
"""Characters behind a clock time among which "in the afternoon" is looked for."""


def hour_of(hour: str | None, text: str) -> int:
    """The hour of a clock time, where the text around it may say "in the afternoon"."""
    number = int(hour or 0) % 24
    return number + 12 if hour and 0 < number < 12 and _AFTERNOON.search(text) else number


_AFTERNOON = re.compile(r"午後|下午|오후|مساء|بعدازظهر|μ\.?μ|\b[pP]\.?[mM]\b")


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    number, era, name = int(parts["day"]), parts.get("era"), parts.get("name")
    if era:
        year = _ERAS[era] + (1 if parts["year"] == "元" else int(parts["year"]))
        return date(year, int(parts["month"]), number)
    year = int(parts["year"])
    if parts.get("month"):
        if year >= _LAST_PERSIAN:
            return date(year, int(parts["month"]), number)
        islamic = _ISLAMIC_YEAR.search(match.string)
        return None if islamic else _from_persian(year, int(parts["month"]), number)
    if name is None:
        name = match.string[: match.start()].rstrip(" ,،").rpartition(" ")[2]
        if name not in _MONTHS:
            return None
    name = " ".join(name.split())
    if name in _PERSIAN_MONTHS and (year < _LAST_PERSIAN or name not in _MONTHS):
        full = year if year > 99 else 1300 + year if year > 60 else 1400 + year
        return _from_persian(full, _PERSIAN_MONTHS[name], number)
    if year < 100:
        year += 2500 if "\u0e00" <= name[0] <= "\u0e7f" and year > 43 else 2000
    return date(year - _BUDDHIST if year > 2400 else year, _MONTHS[name], number)


_LAST_PERSIAN = 1500


def _from_persian(year: int, month: int, day: int) -> date:
    """The Gregorian day of a Persian one; 1 Farvardin 1399 was 20 March 2020."""
    if not (1178 <= year <= 1633 and 1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError(f"no Persian date: {year}/{month}/{day}")
    years = range(1399, year) if year >= 1399 else range(year, 1399)
    days = sum(366 if (25 * one + 11) % 33 < 8 else 365 for one in years)
    start = date(2020, 3, 20) + timedelta(days=days if year >= 1399 else -days)
    return start + timedelta(days=(31 * (month - 1) if month <= 7 else 30 * (month - 1) + 6) + day - 1)
