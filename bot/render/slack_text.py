"""Text for Slack: cleaned, measured, cut and escaped so that a story can neither ping anybody nor break a limit.

Slack counts UTF-16 units in some clients and code points in others; the larger count (UTF-16) is used everywhere.
Text is always cut before it is escaped, on a word boundary where there is one, never inside a surrogate pair, a
combining sequence or an emoji. Slack knows three escapes (``&``, ``<``, ``>``) and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ELLIPSIS = "…"
ZERO_WIDTH_SPACE = "\u200b"

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
"""Control characters and directional overrides: they carry no words, and an override could turn our own words round."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|\x85|\u2028|\u2029")
_FORMATTING = re.compile("([*_~`])")
_URL_UNSAFE = re.compile(r"[\s<>|\"`\\^{}]")
_LOOK_BACK = 48
"""How far a cut steps back to find a seam between characters; longer sequences are nobody's writing."""


def units(text: str) -> int:
    """Length in UTF-16 units: an emoji counts two."""
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


def clean(text: str) -> str:
    """The words without what no reader sees: control characters, directional overrides, lone surrogates (as U+FFFD).

    Line ends become ``\\n``, tabs become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return _INVISIBLE.sub("", _SURROGATE.sub("\ufffd", text))


def one_line(text: str) -> str:
    """Cleaned, with every run of white space as one space."""
    return " ".join(clean(text).split())


def cut(text: str, limit: int, *, mark: str = ELLIPSIS) -> str:
    """At most ``limit`` UTF-16 units, cut after a whole word and ended with ``mark`` where anything was left out.

    A single word longer than the limit is cut between characters: there is no other place.
    """
    if units(text) <= limit:
        return text
    head, _ = split_at(text, max(0, limit - units(mark)))
    return head.rstrip() + mark


def split_at(text: str, limit: int) -> tuple[str, str]:
    """``text`` in two parts, the first at most ``limit`` UTF-16 units and ending at a word where one ends there.

    The parts joined are the text. A word that fills more than half of the first part is cut between characters.
    """
    if units(text) <= limit:
        return text, ""
    end = _code_points(text, limit)
    if end < len(text) and not text[end].isspace() and not text[end - 1 : end].isspace():
        space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        end = space + 1 if space + 1 > end // 2 else _seam(text, end)
    return text[:end], text[end:]


def _code_points(text: str, limit: int) -> int:
    """How many code points fit into ``limit`` UTF-16 units."""
    if text[:limit].isascii():
        return limit
    spent = 0
    for index, character in enumerate(text):
        spent += 2 if character > "\uffff" else 1
        if spent > limit:
            return index
    return len(text)


def _seam(text: str, end: int) -> int:
    """The nearest place at or before ``end`` that does not part a character from its marks."""
    for place in range(end, max(0, end - _LOOK_BACK), -1):
        if not _joins(text, place):
            return place
    return end


def _joins(text: str, place: int) -> bool:
    if place <= 0 or place >= len(text):
        return False
    before, after = text[place - 1], text[place]
    if unicodedata.category(after).startswith("M") or "\u200d" in (before, after):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    return _regional(before) and _regional(after)


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def escape(text: str) -> str:
    """Slack's three escapes. Nothing else can be escaped, and without these a text can ping a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Escaped, and with ``* _ ~ \\``` parted from their words by invisible spaces, so that they stay what they are."""
    return _FORMATTING.sub(f"{ZERO_WIDTH_SPACE}\\1{ZERO_WIDTH_SPACE}", escape(text))


def escaped_cut(text: str, limit: int) -> str:
    """Cut so that the *escaped* text has at most ``limit`` units, then escaped."""
    room = limit
    while True:
        done = escape(cut(text, room))
        over = units(done) - limit
        if over <= 0 or room <= 1:
            return done
        room = max(1, room - max(1, over // 5))


def web_address(url: str) -> str:
    """The address as a button or link may carry it: http(s), no spaces or brackets, at most 3,000; else empty."""
    url = clean(url).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return ""
    url = _URL_UNSAFE.sub(lambda found: quote(found.group(), safe=""), url)
    return url if units(url) <= 3000 else ""


def link(url: str, label: str) -> str:
    """A mrkdwn link with an inert label; the label alone where the address is none."""
    address = web_address(url)
    return f"<{escape(address)}|{inert(one_line(label))}>" if address else inert(one_line(label))


def date(moment: datetime, zone: str = "UTC", *, form: str = "{date_short_pretty} {time}") -> str:
    """A time that Slack shows in each reader's own zone; ``zone`` names the one of the fallback."""
    return f"<!date^{int(moment.timestamp())}^{form}|{local_time(moment, zone)}>"


def local_time(moment: datetime, zone: str = "UTC") -> str:
    """``2026-11-21 18:33 GMT``: the time in ``zone``, in UTC where the name is unknown."""
    try:
        there = moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        there = moment.astimezone(UTC)
    return there.strftime("%Y-%m-%d %H:%M %Z")


def number(count: int) -> str:
    """``12,345``."""
    return f"{count:,}"
