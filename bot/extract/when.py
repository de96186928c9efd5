"""Dates as pages write them, to aware UTC times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.extract import calendars

_ISO = re.compile(
    r"^\s*(\d{4})-?(\d{2})-?(\d{2})(?:[T\s]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|UTC|GMT|[+\- ]\d{1,2}:?\d{2}|[+\-]\d{2})?(?:\[[^\]]*\])?\s*$",
    re.IGNORECASE,
)
_ISO_INSIDE = re.compile(
    r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?![\d-])(?:[T\s]+(\d{1,2}):(\d{2})(?::\d{2})?)?"  # "Updated 2026-03-01 14:27"
)
_EPOCH = re.compile(r"^\d{10}(?:\d{3})?$")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})(?!\d)(?:[,|\s–-]+(?:um\s+|at\s+|à\s+|klo\s+|"
    r"kl\.?\s+)?(\d{1,2})[:.h](\d{2})(?::(\d{2}))?)?"
)
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|st|nd|rd|th|"
    r"er)?\s+(?:de\s+)?([^\W\d_]{3,12})[.,]?\s+(?:de\s+)?(\d{4})(?:\D{1,8}(\d{1,2})[:.h](\d{2}))?"
)
_CJK = re.compile(
    r"(\d{4})\s*[年년./]\s*(\d{1,2})\s*[月월./]\s*(\d{1,2})\s*[日일]?(?:\D{1,6}(\d{1,2})[:：時时点點시]\s*(\d{2}))?"
)
_MONTH_STEMS = {
    stem: number
    for number, stems in enumerate(
        (
            "jan ene gen янв oca sty sij led ian sau tam",
            "feb fév fev fevr févr фев şub lut úno vas hel",
            "mär mar maa март мар mrt bře ožu kov már maali",
            "apr avr abr апр nis kwi dub tra bal ápr huh",
            "mai may mag май мая mei maj kvě svi geg maí máj tou",
            "jun jui giu июн haz cze červ lipn lipa iun bir jún jūn kes",
            "juil jul lug июл tem lip srpnj červenc iul lie júl jūl hei",
            "aug aoû ago авг ağu sie srp kol ágú rugp elo",
            "sep set сен eyl wrz zář ruj rugs szept syy",
            "oct okt ott out окт eki paź říj spa lok",
            "nov ноя kas lis stu noi nóv lap marr",
            "dec déc dez dic дек ara gru pro des jou",
        ),
        start=1,
    )
    for stem in stems.split()
}  # fmt: skip
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_ENGLISH = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|"
    r"dec)(?![a-z]*kuu)[a-z]*\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?"
    r"(\d{4})(?:,?\s*(?:at\s+|\|\s*|-\s*)?(\d{1,2})[:.](\d{2})\s*([ap])?\.?m?\.?)?\s*([A-Z]{2,4})?",
    re.IGNORECASE,
)
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "ET": -5, "PT": -8,
          "GMT": 0, "UTC": 0, "BST": 1, "CET": 1, "CEST": 2, "IST": 5.5, "JST": 9, "AEST": 10, "AEDT": 11}  # fmt: skip


def moment(value: object) -> datetime | None:
    """An aware UTC time from ISO 8601 in any of its dialects, RFC 2822, epoch seconds or a date in words; else None.

    A time without an offset is taken as UTC. Years outside 1990-2100 are not dates of stories.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(int(value)) if 0 < value < 1e14 else ""
    if not isinstance(value, str) or not 6 <= len(value) <= 140:
        return None
    value = value.strip()
    for reader in (_iso, _epoch, calendars.read, _rfc2822, _english, _named, _cjk, _iso_inside, _day_first):
        try:
            found = reader(value)
        except (ValueError, OverflowError, TypeError):
            continue
        if found is not None:
            if found.tzinfo is None:
                found = found.replace(tzinfo=UTC)
            return found.astimezone(UTC) if 1990 <= found.year <= 2100 else None
    return None


def _iso(value: str) -> datetime | None:
    match = _ISO.match(value)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    naive = datetime(int(year), int(month), int(day), int(hour or 0) % 24, int(minute or 0), min(int(second or 0), 59))  # noqa: DTZ001 - the offset follows
    return _with_offset(naive, zone)


def _with_offset(naive: datetime, zone: str | None) -> datetime:
    if not zone or zone[0] in "zZuUgG":
        return naive.replace(tzinfo=UTC)
    sign = "-" if zone[0] == "-" else "+"
    digits = zone.strip(" +-").replace(":", "").zfill(4 if len(zone.strip(" +-")) > 2 else 2).ljust(4, "0")
    return datetime.fromisoformat(f"{naive.isoformat()}{sign}{digits[:2]}:{digits[2:4]}")


def _epoch(value: str) -> datetime | None:
    if not _EPOCH.match(value):
        return None
    return datetime.fromtimestamp(int(value[:10]), tz=UTC)


def _rfc2822(value: str) -> datetime | None:
    return (
        parsedate_to_datetime(value)
        if re.match(r"^(?:[A-Za-z]{3},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d", value)
        else None
    )


def _english(value: str) -> datetime | None:
    match = _ENGLISH.search(value)
    if match is None:
        return None
    before, month, after, year, hour, minute, half, zone = match.groups()
    day = before or after
    if day is None:
        return None
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    offset = _ZONES.get((zone or "").upper(), 0)
    naive = datetime(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day), hours, int(minute or 0), tzinfo=UTC)
    return datetime.fromtimestamp(naive.timestamp() - offset * 3600, tz=UTC)


def _day_first(value: str) -> datetime | None:
    match = _DAY_FIRST.search(value)
    if match is None:
        return None
    day, month, year, hour, minute, second = match.groups()
    full = int(year) + (2000 if len(year) == 2 else 0)
    return datetime(full, int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC)


def _iso_inside(value: str) -> datetime | None:
    match = _ISO_INSIDE.search(value)
    if match is None:
        return None
    year, month, day, hour, minute = match.groups()
    return datetime(int(year), int(month), int(day), int(hour or 0) % 24, int(minute or 0), tzinfo=UTC)


def _named(value: str) -> datetime | None:
    match = _NAMED.search(value)
    if match is None:
        return None
    day, name, year, hour, minute = match.groups()
    lowered = name.lower()
    month = next((_MONTH_STEMS[lowered[:n]] for n in (7, 5, 4, 3) if lowered[:n] in _MONTH_STEMS), None)
    if month is None:
        return None
    return datetime(int(year), month, int(day), int(hour or 0), int(minute or 0), tzinfo=UTC)


def _cjk(value: str) -> datetime | None:
    match = _CJK.search(value)
    if match is None:
        return None
    year, month, day, hour, minute = match.groups()
    hours = calendars.hour_of(hour, match.group())
    return datetime(int(year), int(month), int(day), hours, int(minute or 0), tzinfo=UTC)
