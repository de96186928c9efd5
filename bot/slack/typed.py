"""Words as people type them and Slack hands them over: addresses, channels, numbers of watches, lengths of time. Pure.

An address comes as ``<https://…|label>`` or bare with ``&amp;``, a channel as ``<#C1|name>`` with the name left out for
private ones, and everything with whatever a phone makes of quotes, dashes and spaces.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

INTERVALS: dict[str, int] = {"5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "6h": 21600, "1d": 86400}
LABEL_LENGTH = 80
LONGEST_MUTE = 366 * 86400
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\r\n\v\f]")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_TOKEN = re.compile(r'<[^<>]*>|"[^"]*"?|[^\s"<>]+|[<>]')
_URL = re.compile(r"^https?://\S+$", re.IGNORECASE)
_BARE_HOST = re.compile(r"^(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?$", re.IGNORECASE)
_DURATION = re.compile(r"^(\d{1,5})\s*(m|min|mins|minute|minutes|h|hr|hrs|hour|hours|d|day|days|w|week|weeks)$", re.I)
_UNIT = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_NUMBER = re.compile(r"^#?(\d{1,9})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRef:
    """A channel as typed: by ``id``, or only by ``name``, which Slack did not recognise."""

    id: str = ""
    name: str = ""


def tokens(text: str) -> list[str]:
    """Words, ``<…>`` tokens and quoted runs, freed of what a phone adds. Addresses are left as they are."""
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text)).translate(_QUOTES)
    out = []
    for token in _TOKEN.findall(text):
        if token[0] not in '<"' and "://" not in token:
            token = _DASHES.sub("-", token)
        out.append(html.unescape(token) if not token.startswith("<") else token)
    return out


def keyword(token: str) -> str:
    """A word as a keyword: lower-case, without dashes before it or a colon after it."""
    return token.casefold().lstrip("-/").rstrip(":=,")


def address(token: str) -> str:
    """The web address in a token, "" if it is none. ``paper.example/a`` becomes ``https://paper.example/a``."""
    if token.startswith("<") and token.endswith(">"):
        inner = token[1:-1]
        if inner[:1] in "#@!":
            return ""
        token = html.unescape(inner.split("|", 1)[0])
    if _URL.match(token):
        return token
    if token.startswith('"') or not _BARE_HOST.match(token):
        return ""
    return f"https://{token}"


def channel(token: str) -> ChannelRef | None:
    """The channel in a token: ``<#C1|name>``, ``<#C1|>``, ``<#C1>`` or ``#name`` that Slack did not recognise."""
    found = re.match(r"^<#([A-Z0-9]+)(?:\|([^>]*))?>$", token)
    if found:
        return ChannelRef(id=found.group(1), name=found.group(2) or "")
    if re.match(r"^#[^\s#<>]{1,80}$", token) and not _NUMBER.match(token):
        return ChannelRef(name=token[1:])
    return None


def whole(token: str) -> int | None:
    """A number, with or without ``#``."""
    found = _NUMBER.match(token)
    return int(found.group(1)) if found else None


def reference(token: str) -> str:
    """A watch number or an address, "" if it is neither."""
    number = _NUMBER.match(token)
    return number.group(1) if number else address(token)


def duration(typed: str) -> int | None:
    """Seconds in ``90m``, ``2h``, ``1 day``; None where it is no duration or longer than a year."""
    found = _DURATION.match(typed.strip())
    if not found:
        return None
    seconds = int(found.group(1)) * _UNIT[found.group(2)[0].lower()]
    return seconds if 0 < seconds <= LONGEST_MUTE else None


def interval(typed: str) -> str:
    """The interval's name for what was typed: ``60m`` is ``1h``."""
    seconds = duration(typed)
    return next((name for name, length in INTERVALS.items() if length == seconds), "")
