"""Words of the web pages: kinds of finding, flags, times and gaps, safe links, languages, cut lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

KIND_WORDS = {
    "para_added": "Paragraph added",
    "para_removed": "Paragraph removed",
    "para_edited": "Paragraph edited",
    "para_moved": "Paragraph moved",
    "para_split": "Paragraph split",
    "para_merged": "Paragraphs merged",
    "lede_changed": "Opening changed",
    "published_changed": "Publication time changed",
    "quote_altered": "Quotation altered",
    "quote_added": "Quotation added",
    "quote_removed": "Quotation removed",
    "quote_trimmed": "Quotation shortened",
    "quote_brackets": "Brackets in a quotation",
    "quote_paraphrased": "Quotation paraphrased",
    "quote_marks_added": "Quotation marks added",
    "quote_marks_removed": "Quotation marks removed",
    "quote_reattributed": "Quotation given to another speaker",
    "negation_changed": "A “not” came or went",
    "attribution_verb": "Attribution verb changed",
    "extraction_suspect": "Page read doubtfully",
    "story_withdrawn": "Story withdrawn",
    "flip_flop": "Changed back",
    "figure_format": "Figure written differently",
}
FLAG_WORDS = {
    "silent_change": "changed without a note",
    "lede_replaced": "opening replaced",
    "story_reframed": "story reframed",
    "rewritten": "rewritten",
    "live": "live blog",
    "degraded": "compared coarsely: the text is very long",
}
_QUOTED = re.compile("(“[^”]*(?:”|$))")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}")


def finding_words(kind: str) -> str:
    """A kind of finding in an editor's words: ``Quotation altered``."""
    return KIND_WORDS.get(kind) or kind.replace("_", " ").capitalize()


def kinds_line(kinds: Sequence[str], *, limit: int = 3) -> str:
    """Several kinds on one line, the rest counted: ``Quotation altered, figure changed and 4 more``."""
    words = list(dict.fromkeys(finding_words(kind) for kind in kinds))
    shown = [words[0], *(word[0].lower() + word[1:] for word in words[1:limit])] if words else []
    rest = len(words) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def flag_words(flags: Iterable[str]) -> list[str]:
    """Flags worth showing, in words."""
    return [FLAG_WORDS[flag] for flag in FLAG_WORDS if flag in set(flags)]


def local(moment: datetime, zone: str) -> str:
    """``Tue 24 Nov 2026, 14:40 GMT``."""
    here = moment.astimezone(ZoneInfo(zone))
    return f"{here:%a} {here.day} {here:%b %Y, %H:%M} {here.tzname()}"


def local_short(moment: datetime, zone: str) -> str:
    """``Tue 24 Nov 2026, 14:40``: for lists whose zone is named once."""
    here = moment.astimezone(ZoneInfo(zone))
    return f"{here:%a} {here.day} {here:%b %Y, %H:%M}"


def href(url: str | None) -> str:
    """An address that is safe as a link: http or https with a host, no control characters. Empty for all others."""
    if (
        not url
        or not url.lower().startswith(("http://", "https://"))
        or any(ord(c) <= 32 or ord(c) == 127 for c in url)
    ):
        return ""
    try:
        return url if urlsplit(url).hostname else ""
    except ValueError:
        return ""


def language(code: str | None) -> str:
    """A language tag fit for ``lang=""``; empty for anything else."""
    return code if code and _LANGUAGE.fullmatch(code) else ""


def quoted(text: str) -> tuple[tuple[bool, str], ...]:
    """A summary as runs of text, True where it quotes a story (to the end where the closing mark was cut off)."""
    return tuple((run.startswith("“"), run) for run in _QUOTED.split(text) if run)


def quotes(explanation: str) -> str:
    """An explanation from its first quotation on, for a line that says by itself what changed and where."""
    _, mark, rest = explanation.partition(": “")
    return f"“{rest}" if mark else explanation


def highlighted(text: str, spans: Sequence[tuple[int, int]], *, around: int = 120) -> tuple[tuple[bool, str], ...]:
    """A line cut to what surrounds its first hit: runs of text, True where the words looked for stand."""
    if not spans:
        return ((False, cut(text, 2 * around)),)
    begin = max(0, spans[0][0] - around)
    end = min(len(text), spans[0][1] + 2 * around)
    begin = text.find(" ", begin) + 1 if begin and 0 <= text.find(" ", begin) < spans[0][0] else begin
    space = text.rfind(" ", spans[0][1], end)
    end = space if end < len(text) and space > 0 else end
    out: list[tuple[bool, str]] = [(False, "… ")] if begin else []
    at = begin
    for start, stop in spans:
        if start >= end:
            break
        out += [(False, text[at:start]), (True, text[start:stop])]
        at = stop
    out += [(False, text[at:end]), (False, " …" if end < len(text) else "")]
    return tuple((hit, words) for hit, words in out if words)


def shorten(text: str, limit: int) -> str:
    """Cut at ``limit`` characters, spaces kept as they are."""
    return text if len(text) <= limit else text[:limit] + "…"


def cut(text: str, limit: int) -> str:
    """One line of at most ``limit`` characters, cut at a word and ended by an ellipsis."""
    words = " ".join(text.split())
    if len(words) <= limit:
        return words
    return words[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
