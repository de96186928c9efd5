"""Words for people in letters and digests: times with their zone, shortened lines, counted nouns, safe addresses."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\s]+")
_UNSAFE = re.compile(r"[\"'<>`{}|\\^]")
_JOINERS = "\u200d\ufe0e\ufe0f"


def one_line(text: str) -> str:
    """Text on one line: control characters, line ends and direction overrides become single spaces."""
    return _BREAKING.sub(" ", text.encode("utf-8", "replace").decode("utf-8")).strip()


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters on one line, cut between words where a word end is near, closed by an ellipsis.

    Never cuts between a letter and its accent, or inside a joined emoji.
    """
    line = one_line(text)
    if len(line) <= limit:
        return line
    end = limit - 1
    space = line.rfind(" ", max(0, end * 2 // 3), end + 1)
    if space > 0:
        end = space
    else:
        while end > 0 and _sticks(line, end):
            end -= 1
    return line[:end].rstrip(" ,;:-–—") + "…"


def _sticks(line: str, place: int) -> bool:
    """Whether the character at ``place`` belongs to the one before it."""
    character, before = line[place], line[place - 1]
    if _is_flag_half(character) and _is_flag_half(before):
        halves = len(line[:place]) - len(line[:place].rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
        return halves % 2 == 1
    return bool(
        unicodedata.combining(character)
        or character in _JOINERS
        or before == "\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; UTC where there is none, since a letter with a wrong name still has to go out."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def local_time(moment: datetime, zone: str, *, year: bool = True) -> str:
    """``Tue 24 Nov 2026, 14:02 GMT (Europe/London)``: wall time, its abbreviation and the zone's name."""
    where = zone_of(zone)
    local = moment.astimezone(where)
    short = local.tzname() or ""
    place = "" if where.key == short or where.key == "UTC" else f" ({where.key})"
    date = f"{day(local)} {local.year}" if year else day(local)
    return f"{date}, {local:%H:%M} {short}{place}"


def day(moment: datetime) -> str:
    """``Tue 24 Nov``, in English whatever the host's locale."""
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[moment.month - 1]
    return f"{weekday} {moment.day} {month}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 headline``, ``2 headlines``, ``10,000 changes``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def gap_words(delta: timedelta) -> str:
    """A span as people say it: ``less than a minute``, ``12 minutes``, ``about 3 hours``, ``2 days``."""
    seconds = abs(delta.total_seconds())
    if seconds < 60:
        return "less than a minute"
    if seconds < 3600 - 30:
        return counted(round(seconds / 60), "minute")
    if seconds < 86_400 - 1800:
        hours = round(seconds / 3600)
        return f"about {counted(hours, 'hour')}" if hours > 1 else "about an hour"
    if seconds < 86_400 * 60:
        return counted(round(seconds / 86_400), "day")
    if seconds < 86_400 * 700:
        return f"about {counted(round(seconds / 2_629_746), 'month')}"
    return f"about {counted(round(seconds / 31_556_952), 'year')}"


def web_address(address: str) -> str:
    """The address, brackets and quotes encoded, if a reader may be sent there (http, https); nothing otherwise."""
    line = address.strip()
    if any(character.isspace() or ord(character) < 32 for character in line):
        return ""
    try:
        parts = urlsplit(line)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", line)
