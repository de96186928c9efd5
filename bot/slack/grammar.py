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

What single words mean (addresses, channels, lengths of time) is in ``typed``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time

from bot.core.model import Only
from bot.slack.typed import (
    INTERVALS,
    LABEL_LENGTH,
    ChannelRef,
    address,
    channel,
    duration,
    interval,
    keyword,
    reference,
    tokens,
    whole,
)

DEFAULT_MUTE = 3600


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

_CLOCK = re.compile(r"^(\d{1,2})[:.](\d{2})$")
_RANGE = re.compile(r"^v?(\d{1,6})(?:\.\.\.?|-|:|→|to)v?(\d{1,6})$", re.IGNORECASE)


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
            if (seconds := INTERVALS.get(interval(typed))) is None:
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
        number = whole(token)
        if word in ("all", "everywhere"):
            everywhere = True
        elif (place := channel(token)) is not None:
            where = place
        elif word == "page" and (number := whole(words.peek())) is not None:
            words.take()
            page = max(1, number)
        elif number is not None:
            page = max(1, number)
        elif word not in ("here", "in", "page", "watches"):
            return Problem(kind="argument", word=token, hint="list")
    return List(everywhere=everywhere, channel=where, page=page)


def _show(words: _Words) -> Command:
    ref = reference(words.take())
    return _alone(words, Show(ref=ref), "show") if ref else Problem(kind="ref", hint="show")


def _alone(words: _Words, command: Command, name: str) -> Command:
    """The command, unless words are left over that it knows nothing of: they are not passed over in silence."""
    return command if words.done else Problem(kind="argument", word=words.peek(), hint=name)


def _why(words: _Words) -> Command:
    ref = reference(words.take())
    if not ref:
        return Problem(kind="ref", hint="why")
    if keyword(words.peek()) in ("version", "v"):
        words.take()
    number = re.match(r"^v?(\d{1,6})$", words.peek(), re.IGNORECASE)
    if number:
        words.take()
    return _alone(words, Why(ref=ref, version=int(number.group(1)) if number else None), "why")


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
    return _alone(words, Unmute(ref=ref), "unmute") if ref else Problem(kind="ref", hint="unmute")


def _remove(words: _Words) -> Command:
    ref = reference(words.take())
    return _alone(words, Remove(ref=ref), "remove") if ref else Problem(kind="ref", hint="remove")


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
        return _alone(words, SourceRemove(ref=ref), "source") if ref else Problem(kind="ref", hint="source remove")
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
    if re.match(r"^\d{1,5}$", typed) and duration(f"1{keyword(words.peek())}"):
        typed += keyword(words.take())
    return {"hour": "1h", "day": "1d", "week": "1w", "daily": "1d", "hourly": "1h"}.get(keyword(typed), typed)
