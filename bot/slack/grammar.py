"""What people type after ``/stet``, as values. Pure; forgiving in form, exact in meaning.

    command = help | add | list | show | why | diff | mute | unmute | remove | status | settings | digest | source
            | test
    add     = "add" url [channel] { "every" 15m | "only" headline | "label" "…" }   ; no url opens the form
    list    = "list" [ "all" | channel ] [ "page" number ]
    show    = "show" ref        why = "why" ref [version]        diff = "diff" ref [ a..b ]
    mute    = "mute" ( ref | "all" ) [ "for" 2h | "until" 18:30 | "until" "tomorrow" ]
    unmute  = "unmute" ( ref | "all" )        remove = "remove" ref        settings = "settings" [ref]
    source  = "source" ( "add" url | "list" | "remove" ref )
    ref     = watch number | url

Slack hands over ``<https://…|label>`` or a bare address with ``&amp;``, ``<#C1|name>`` with the name left out for
private channels, and whatever a phone makes of quotes, dashes and spaces.
"""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time

from bot.core.model import Only

INTERVALS: dict[str, int] = {"5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "6h": 21600, "1d": 86400}
LABEL_LENGTH = 80
DEFAULT_MUTE = 3600
LONGEST_MUTE = 366 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRef:
    """A channel as typed: by ``id``, or only by ``name``, which Slack did not recognise."""

    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Watch a story. ``url`` "" opens the form; ``every`` is in seconds, None: by the story's age."""

    url: str = ""
    channel: ChannelRef | None = None
    every: int | None = None
    only: Only | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """What is watched: here, in ``channel``, or ``everywhere`` the asker may look."""

    everywhere: bool = False
    channel: ChannelRef | None = None
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """One watch."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a change was told, or not. ``version`` None: the latest."""

    ref: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Two versions of a story; None: the latest change."""

    ref: str
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Say nothing of a watch (``ref`` None: of all here) for ``seconds``, or until a wall-clock time or tomorrow."""

    ref: str | None
    seconds: int | None = DEFAULT_MUTE
    until: time | None = None
    tomorrow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmute:
    """Speak again."""

    ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Stop watching here."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A watch's settings as a form, or (``ref`` None) what holds in this channel."""

    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAdd:
    """Follow a feed, sitemap, section or home page."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRemove:
    """Stop following a source."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A command without arguments: ``status``, ``digest``, ``test``, ``source list``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """How to use me."""

    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What was typed makes no sense. ``kind`` names the answer, ``word`` what was typed, ``hint`` what may be meant."""

    kind: str
    word: str = ""
    hint: str = ""


Command = (
    Add
    | List
    | Show
    | Why
    | Diff
    | Mute
    | Unmute
    | Remove
    | Settings
    | SourceAdd
    | SourceRemove
    | Plain
    | Help
    | Problem
)

ALIASES: dict[str, str] = {
    "watch": "add",
    "follow": "add",
    "new": "add",
    "rm": "remove",
    "delete": "remove",
    "del": "remove",
    "unwatch": "remove",
    "unfollow": "remove",
    "stop": "remove",
    "ls": "list",
    "watches": "list",
    "info": "show",
    "explain": "why",
    "compare": "diff",
    "silence": "mute",
    "snooze": "mute",
    "unsilence": "unmute",
    "unsnooze": "unmute",
    "edit": "settings",
    "config": "settings",
    "sources": "source",
    "feed": "source",
    "feeds": "source",
    "?": "help",
    "hi": "help",
    "hello": "help",
}
NAMES = (
    "add",
    "list",
    "show",
    "why",
    "diff",
    "mute",
    "unmute",
    "remove",
    "status",
    "settings",
    "digest",
    "source",
    "test",
    "help",
)

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\r\n\v\f]")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_TOKEN = re.compile(r'<[^<>]*>|"[^"]*"?|[^\s"<>]+|[<>]')
_URL = re.compile(r"^https?://\S+$", re.IGNORECASE)
_BARE_HOST = re.compile(r"^(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?$", re.IGNORECASE)
_DURATION = re.compile(r"^(\d{1,5})\s*(m|min|mins|minute|minutes|h|hr|hrs|hour|hours|d|day|days|w|week|weeks)$", re.I)
_UNIT = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_CLOCK = re.compile(r"^(\d{1,2})[:.](\d{2})$")
_RANGE = re.compile(r"^v?(\d{1,6})(?:\.\.\.?|-|:|→|to)v?(\d{1,6})$", re.IGNORECASE)
_NUMBER = re.compile(r"^#?(\d{1,9})$")


@dataclass(slots=True)
class _Words:
    """The tokens left to read."""

    tokens: list[str]
    at: int = 0
    problems: list[Problem] = field(default_factory=list)

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        word = self.peek()
        self.at += 1
        return word

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)


def parse(text: str) -> Command:
    """The command in ``text``; a Problem where there is none. Never raises."""
    words = _Words(tokens(text))
    if words.done:
        return Help()
    if any(token.startswith("<!") for token in words.tokens):
        return Problem(kind="ping")
    if address(words.peek()):
        return _add(words)
    typed = words.take()
    name = keyword(typed)
    name = ALIASES.get(name, name)
    if name not in NAMES:
        close = difflib.get_close_matches(name, [*NAMES, *ALIASES], n=1, cutoff=0.6)
        return Problem(kind="unknown", word=typed, hint=ALIASES.get(close[0], close[0]) if close else "")
    return _READERS[name](words)


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


def reference(token: str) -> str:
    """A watch number or an address, "" if it is neither."""
    number = _NUMBER.match(token)
    return number.group(1) if number else address(token)


def _add(words: _Words) -> Command:
    url, where, every, only, label = "", None, None, None, ""
    while not words.done:
        token = words.take()
        if not url and (found := address(token)):
            url = found
            continue
        if (place := channel(token)) is not None:
            where = place
            continue
        word = keyword(token)
        if word == "every":
            typed = _duration_words(words)
            if (seconds := INTERVALS.get(_canonical(typed))) is None:
                return Problem(kind="interval", word=typed)
            every = seconds
        elif word == "only":
            typed = words.take()
            try:
                only = Only(_ONLY.get(keyword(typed), keyword(typed)))
            except ValueError:
                return Problem(kind="only", word=typed)
        elif word in ("label", "as", "name"):
            label = words.take().strip('"').strip()[:LABEL_LENGTH]
        elif word in ("in", "to", "at", "and", "please"):
            continue
        elif not url:
            return Problem(kind="url", word=token)
        else:
            return Problem(kind="argument", word=token, hint="add")
    return Add(url=url, channel=where, every=every, only=only, label=label)


_ONLY = {
    "headlines": "headline",
    "title": "headline",
    "text": "body",
    "story": "body",
    "correction": "corrections",
    "notes": "corrections",
    "everything": "all",
    "any": "all",
}


def _list(words: _Words) -> Command:
    everywhere, where, page = False, None, 1
    while not words.done:
        token = words.take()
        word = keyword(token)
        number = _NUMBER.match(token)
        if word in ("all", "everywhere"):
            everywhere = True
        elif (place := channel(token)) is not None:
            where = place
        elif word == "page" and (number := _NUMBER.match(words.peek())):
            words.take()
            page = max(1, int(number.group(1)))
        elif number:
            page = max(1, int(number.group(1)))
        elif word not in ("here", "in", "page", "watches"):
            return Problem(kind="argument", word=token, hint="list")
    return List(everywhere=everywhere, channel=where, page=page)


def _show(words: _Words) -> Command:
    ref = reference(words.take())
    return Show(ref=ref) if ref else Problem(kind="ref", hint="show")


def _why(words: _Words) -> Command:
    ref = reference(words.take())
    if not ref:
        return Problem(kind="ref", hint="why")
    if keyword(words.peek()) in ("version", "v"):
        words.take()
    number = re.match(r"^v?(\d{1,6})$", words.peek(), re.IGNORECASE)
    return Why(ref=ref, version=int(number.group(1)) if number else None)


def _diff(words: _Words) -> Command:
    ref = reference(words.take())
    if not ref:
        return Problem(kind="ref", hint="diff")
    rest = "".join(words.tokens[words.at :])
    if not rest:
        return Diff(ref=ref)
    found = _RANGE.match(rest)
    if found and int(found.group(1)) != int(found.group(2)):
        old, new = sorted((int(found.group(1)), int(found.group(2))))
        return Diff(ref=ref, old=old, new=new)
    return Problem(kind="range", word=rest)


def _mute(words: _Words) -> Command:
    token = words.take()
    everything = keyword(token) in ("all", "everything")
    ref = None if everything else reference(token)
    if not everything and not ref:
        return Problem(kind="ref", hint="mute")
    if words.done:
        return Mute(ref=ref)
    word = keyword(words.peek())
    if word == "off":
        return Unmute(ref=ref)
    if word in ("for", "until", "till"):
        words.take()
    typed = _duration_words(words)
    if word in ("until", "till"):
        clock = _CLOCK.match(typed)
        if clock and int(clock.group(1)) < 24 and int(clock.group(2)) < 60:
            return Mute(ref=ref, seconds=None, until=time(int(clock.group(1)), int(clock.group(2))))
    if keyword(typed) == "tomorrow":
        return Mute(ref=ref, seconds=None, tomorrow=True)
    seconds = duration(typed)
    if seconds is None or word in ("until", "till"):
        return Problem(kind="duration", word=typed)
    return Mute(ref=ref, seconds=seconds)


def _unmute(words: _Words) -> Command:
    token = words.take()
    if keyword(token) in ("all", "everything"):
        return Unmute(ref=None)
    ref = reference(token)
    return Unmute(ref=ref) if ref else Problem(kind="ref", hint="unmute")


def _remove(words: _Words) -> Command:
    ref = reference(words.take())
    return Remove(ref=ref) if ref else Problem(kind="ref", hint="remove")


def _settings(words: _Words) -> Command:
    if words.done:
        return Settings()
    ref = reference(words.take())
    return Settings(ref=ref) if ref else Problem(kind="ref", hint="settings")


def _source(words: _Words) -> Command:
    word = ALIASES.get(keyword(words.peek()), keyword(words.peek()))
    if words.done or word == "list":
        return Plain(name="source list")
    if word == "add" or address(words.peek()):
        if word == "add":
            words.take()
        url = address(words.take())
        return SourceAdd(url=url) if url else Problem(kind="source_url")
    if word == "remove":
        words.take()
        ref = reference(words.take())
        return SourceRemove(ref=ref) if ref else Problem(kind="ref", hint="source remove")
    return Problem(kind="argument", word=words.peek(), hint="source")


def _help(words: _Words) -> Command:
    topic = ALIASES.get(keyword(words.peek()), keyword(words.peek()))
    return Help(topic=topic if topic in NAMES else "")


_READERS: dict[str, Callable[[_Words], Command]] = {
    "add": _add,
    "list": _list,
    "show": _show,
    "why": _why,
    "diff": _diff,
    "mute": _mute,
    "unmute": _unmute,
    "remove": _remove,
    "settings": _settings,
    "source": _source,
    "help": _help,
    "status": lambda words: Plain(name="status"),
    "digest": lambda words: Plain(name="digest"),
    "test": lambda words: Plain(name="test"),
}


def _duration_words(words: _Words) -> str:
    """``15m``, ``15 minutes`` or ``an hour`` as typed, in one word."""
    typed = words.take()
    if keyword(typed) in ("a", "an", "one"):
        typed = "1"
    if re.match(r"^\d{1,5}$", typed) and _DURATION.match(f"1{keyword(words.peek())}"):
        typed += keyword(words.take())
    return {"hour": "1h", "day": "1d", "week": "1w", "daily": "1d", "hourly": "1h"}.get(keyword(typed), typed)


def duration(typed: str) -> int | None:
    """Seconds in ``90m``, ``2h``, ``1 day``; None where it is no duration or longer than a year."""
    found = _DURATION.match(typed.strip())
    if not found:
        return None
    seconds = int(found.group(1)) * _UNIT[found.group(2)[0].lower()]
    return seconds if 0 < seconds <= LONGEST_MUTE else None


def _canonical(typed: str) -> str:
    """The interval's name for what was typed: ``60m`` is ``1h``."""
    seconds = duration(typed)
    return next((name for name, length in INTERVALS.items() if length == seconds), "")
