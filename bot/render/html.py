"""Web pages: what the templates of ``templates/web/`` are given, and the words they use for times and kinds.

A comparison becomes a ``DiffView``: lines for paragraphs, folds for long unchanged runs, each paragraph as pieces of
text with one fate. Nothing here makes markup: the templates do, and they escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment
from markupsafe import Markup

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.story import BlockKind, Story
from bot.render.message import Message
from bot.render.plain import safe
from bot.render.rows import Mark, Row, RowKind, Segment, glue, rows
from bot.render.templates import environment as shared

FOLD = 3
"""Unchanged paragraphs in a row beyond this many are folded, one neighbour kept on each side."""

PAIR = 220
"""Characters of one side of a finding."""
LIKE = 0.5
"""Below this share of equal words, two texts are shown as wholly different."""
_SHOWN_BELOW = frozenset({"para_edited", "para_moved", "para_split", "para_merged"})
"""Findings whose words stand in the sheet in full; quoting them in the list would double the page."""
_SAID_BY_LABEL = frozenset({*_SHOWN_BELOW, "para_added", "para_removed", "headline_changed", "standfirst_changed"})
"""Findings that the label of their own row already says."""

Pieces = tuple[tuple[Mark, str], ...]
"""One paragraph as runs of words, each with its fate."""

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
_BLOCK_WORDS = {
    BlockKind.HEADING: "Subheading",
    BlockKind.CAPTION: "Caption",
    BlockKind.NOTE: "Note",
    BlockKind.QUOTE: "Block quotation",
    BlockKind.LIST_ITEM: "List line",
    BlockKind.TABLE_ROW: "Table row",
    BlockKind.LIVE_ENTRY: "Live entry",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One paragraph beside what it was. ``old``, ``new`` and ``inline`` hold paragraphs; empty where there is none.

    ``kind`` is a RowKind's word, or ``moved_away`` for the place a paragraph left. ``anchor`` is unique on the page
    (``p4`` by the new number, ``o4`` by the old one); ``also`` are further anchors that lead here.
    ``whole``: too little survived for word marks, or a whole paragraph came or went. ``target`` is where a
    ``moved_away`` line points.
    """

    kind: str
    label: str
    anchor: str
    also: tuple[str, ...] = ()
    block: str = "paragraph"
    old: tuple[Pieces, ...] = ()
    new: tuple[Pieces, ...] = ()
    inline: tuple[Pieces, ...] = ()
    whole: bool = False
    moved: bool = False
    badges: tuple[Finding, ...] = ()
    target: str = ""

    @property
    def quiet(self) -> bool:
        """Whether nothing happened here that needs a label."""
        return self.kind == "unchanged" and not self.badges


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A run of unchanged paragraphs, shown on demand."""

    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A finding as listed: where it is (``place`` in words, ``anchor`` on the page, empty for none).

    ``sides`` is one run of words with marks where most of it stayed, else what was and what is.
    """

    finding: Finding
    words: str
    place: str = ""
    anchor: str = ""
    sides: tuple[Pieces, ...] = ()
    remark: str = ""
    """What the explanation says beyond the words before and after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffView:
    """A comparison, ready to lay out. ``fields`` are headline and standfirst where they changed."""

    fields: tuple[DiffLine, ...]
    parts: tuple[DiffLine | Fold, ...]
    findings: tuple[FoundLine, ...]
    lesser: tuple[FoundLine, ...]
    """Trivial findings, listed last."""

    @property
    def changed_lines(self) -> int:
        """How many paragraphs differ."""
        return sum(1 for part in self.parts if isinstance(part, DiffLine) and part.kind not in ("unchanged",))


def diff_view(comparison: Comparison, old: Story, new: Story) -> DiffView:
    """Lay a comparison out as lines and folds, findings with jump links."""
    everything = rows(comparison, old, new)
    badges = _badges(comparison.findings)
    lines = [_line(row, badges) for row in everything]
    fields = tuple(line for line in lines if line.kind in ("headline", "standfirst"))
    body = [line for line in lines if line.kind not in ("headline", "standfirst")]
    body = _with_places_left(body, everything, comparison)
    anchors = {anchor for line in (*fields, *body) for anchor in (line.anchor, *line.also)}
    found = [_found(finding, anchors) for finding in comparison.findings]
    return DiffView(
        fields=fields,
        parts=tuple(_folded(body)),
        findings=tuple(line for line in found if line.finding.severity > Severity.TRIVIAL),
        lesser=tuple(line for line in found if line.finding.severity == Severity.TRIVIAL),
    )


def kind_words(kind: str) -> str:
    """A kind of finding in an editor's words: ``Quotation altered``."""
    return KIND_WORDS.get(kind) or kind.replace("_", " ").capitalize()


def kinds_line(kinds: Sequence[str], *, limit: int = 3) -> str:
    """Several kinds on one line, the rest counted: ``Quotation altered, figure changed and 4 more``."""
    words = list(dict.fromkeys(kind_words(kind) for kind in kinds))
    shown = [words[0], *(word[0].lower() + word[1:] for word in words[1:limit])] if words else []
    rest = len(words) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def flag_words(flags: Iterable[str]) -> list[str]:
    """Flags worth showing, in words."""
    return [FLAG_WORDS[flag] for flag in FLAG_WORDS if flag in set(flags)]


def gap_words(delta: timedelta) -> str:
    """A span as people say it: ``less than a minute``, ``12 minutes``, ``about 3 hours``, ``2 days``."""
    seconds = abs(delta.total_seconds())
    if seconds < 60:
        return "less than a minute"
    if seconds < 3600 - 30:
        return _many(round(seconds / 60), "minute")
    if seconds < 86_400 - 1800:
        hours = round(seconds / 3600)
        return f"about {_many(hours, 'hour')}" if hours > 1 else "about an hour"
    if seconds < 86_400 * 60:
        return _many(round(seconds / 86_400), "day")
    if seconds < 86_400 * 700:
        return f"about {_many(round(seconds / 2_629_746), 'month')}"
    return f"about {_many(round(seconds / 31_556_952), 'year')}"


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


def highlighted(text: str, spans: Sequence[tuple[int, int]], *, around: int = 120) -> tuple[tuple[bool, str], ...]:
    """A line cut to what surrounds its first hit: runs of text, True where the words looked for stand."""
    if not spans:
        return ((False, _cut(text, 2 * around)),)
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


@cache
def environment() -> Environment:
    """The templates with the web's filters. Every value is cleaned of control characters, then escaped."""
    made = shared().overlay(finalize=_clean)
    made.filters = {  # a dict of its own: an overlay shares the one of the environment below it
        **made.filters,
        "cut": _cut,
        "flags": flag_words,
        "gap": gap_words,
        "href": href,
        "kind": kind_words,
        "kinds": kinds_line,
        "lang": language,
        "local": local,
        "local_short": local_short,
        "many": _many,
        "shorten": _shorten,
    }
    return made


def page(name: str, values: Mapping[str, Any]) -> str:
    """Render one page of ``templates/web``."""
    return environment().get_template(f"web/{name}").render(values)


def standalone(
    comparison: Comparison,
    old: Story,
    new: Story,
    *,
    title: str,
    url: str = "",
    heads: tuple[str, str] = ("Before", "After"),
    times: tuple[datetime | None, datetime | None] = (None, None),
    zone: str = "UTC",
) -> str:
    """One diff as a page that needs nothing beside itself: for evidence, mail attachments and previews."""
    values = {
        "comparison": comparison,
        "view": diff_view(comparison, old, new),
        "old": old,
        "new": new,
        "title": title,
        "url": url,
        "heads": heads,
        "times": times,
        "zone": zone,
        "lang": language(new.lang or old.lang),
        "inline": False,
        "root": "",
        "css": Markup(_style_sheet()),  # noqa: S704 - our own file, and style elements are not escaped
    }
    return page("standalone.html", values)


def preview(message: Message) -> str:
    """One alert as a page, for ``stet preview``. A notice without versions shows its title above an empty sheet."""
    return standalone(
        message.comparison or Comparison(status="same", severity=message.severity, summary=" ".join(message.lines)),
        message.old or Story(),
        message.new or Story(),
        title=message.headline,
        url=message.links.get("story", "") or (message.new.url if message.new else ""),
        heads=(
            f"Version {message.old_n}" if message.old_n else "Before",
            f"Version {message.new_n}" if message.new_n else "After",
        ),
        times=(None, message.seen_at),
        zone=message.zone,
    )


@cache
def _style_sheet() -> str:
    return (Path(__file__).resolve().parent.parent / "web" / "static" / "stet.css").read_text(encoding="utf-8")


def _clean(value: Any) -> Any:
    """Text for a page: no control characters, no bidirectional overrides. Markup was cleaned when it was made."""
    return safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _shorten(text: str, limit: int) -> str:
    """Cut at ``limit`` characters, spaces kept as they are."""
    return text if len(text) <= limit else text[:limit] + "…"


def _cut(text: str, limit: int) -> str:
    words = " ".join(text.split())
    if len(words) <= limit:
        return words
    return words[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _badges(findings: Sequence[Finding]) -> dict[tuple[str, int], list[Finding]]:
    """Findings above trivial by the place they belong to; each at one place only, the new one where there is one."""
    out: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        said = finding.severity == Severity.TRIVIAL or finding.kind in _SAID_BY_LABEL
        if not said and (place := _place_of(finding)):
            out.setdefault(place, []).append(finding)
    return out


def _place_of(finding: Finding) -> tuple[str, int] | None:
    if finding.field in ("headline", "standfirst"):
        return finding.field, 0
    if finding.new_block:
        return "p", finding.new_block
    if finding.old_block:
        return "o", finding.old_block
    return None


def _line(row: Row, badges: Mapping[tuple[str, int], list[Finding]]) -> DiffLine:
    if row.kind in (RowKind.HEADLINE, RowKind.STANDFIRST):
        places: list[tuple[str, int]] = [(row.kind.value, 0)]
        anchors = [row.kind.value]
    else:
        places = [*(("p", number) for number in row.new), *(("o", number) for number in row.old)]
        anchors = [f"{side}{number}" for side, number in places]
    here = [finding for place in places for finding in badges.get(place, ())]
    is_field = row.kind in (RowKind.HEADLINE, RowKind.STANDFIRST)
    parts = glue(row.segments)
    if row.rewritten:
        parts = tuple(
            Segment(mark=mark, text=text)
            for mark, text in ((Mark.DELETED, row.old_text), (Mark.INSERTED, row.new_text))
            if text
        )
    return DiffLine(
        kind=row.kind.value,
        label=_label(row),
        anchor=anchors[0],
        also=tuple(anchors[1:]),
        block=row.block.value,
        old=_paragraphs(_side(parts, Mark.DELETED)) if row.old or is_field else (),
        new=_paragraphs(_side(parts, Mark.INSERTED)) if row.new or is_field else (),
        inline=_paragraphs([(part.mark, part.text) for part in parts]),
        whole=row.kind in (RowKind.ADDED, RowKind.REMOVED) or row.rewritten,
        moved=row.moved,
        badges=tuple(_one_of_each_kind(here)),
    )


def _one_of_each_kind(findings: Iterable[Finding]) -> Iterator[Finding]:
    seen: set[str] = set()
    for finding in findings:
        if finding.kind not in seen:
            seen.add(finding.kind)
            yield finding


def _label(row: Row) -> str:
    noun = _BLOCK_WORDS.get(row.block, "Paragraph")
    old, new = _numbers(row.old), _numbers(row.new)
    if row.kind is RowKind.HEADLINE:
        return "Headline"
    if row.kind is RowKind.STANDFIRST:
        return "Standfirst"
    if row.kind is RowKind.ADDED:
        return f"{noun} {new} is new"
    if row.kind is RowKind.REMOVED:
        return f"{noun} {old} was removed"
    if row.kind is RowKind.SPLIT:
        words = f"{noun} {old} was split into {new}"
    elif row.kind is RowKind.MERGED:
        words = f"{noun}s {old} were merged into {new}"
    elif row.moved:
        words = f"{noun} {new}, moved from {old}"
    else:
        words = f"{noun} {new}" if old == new else f"{noun} {new} (was {old})"
    if row.rewritten:
        return f"{words}, rewritten"
    return words


def _numbers(numbers: Sequence[int]) -> str:
    words = [str(number) for number in numbers]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" and {words[-1]}" if words else ""


def _side(parts: Sequence[Segment], mark: Mark) -> list[tuple[Mark, str]]:
    """What one column shows: the equal runs and those of ``mark``."""
    out = []
    for part in parts:
        if part.mark is Mark.EQUAL:
            out.append((Mark.EQUAL, (part.old_text or part.text) if mark is Mark.DELETED else part.text))
        elif part.mark is mark:
            out.append((mark, part.text))
    return out


def _paragraphs(pieces: Iterable[tuple[Mark, str]]) -> tuple[Pieces, ...]:
    """Cut at line breaks; outer spaces of a mark are moved out of it, so that no line is drawn under them."""
    out: list[list[tuple[Mark, str]]] = [[]]
    for mark, text in pieces:
        for index, line in enumerate(text.split("\n")):
            if index:
                out.append([])
            if not line:
                continue
            bare = line.strip()
            if mark is Mark.EQUAL or not bare:
                out[-1].append((Mark.EQUAL if not bare else mark, line))
                continue
            lead, tail = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
            out[-1] += [piece for piece in ((Mark.EQUAL, lead), (mark, bare), (Mark.EQUAL, tail)) if piece[1]]
    return tuple(tuple(line) for line in out if line)


def _with_places_left(body: list[DiffLine], everything: Sequence[Row], comparison: Comparison) -> list[DiffLine]:
    """Add a short line where each moved paragraph stood, pointing to where it went."""
    moved = sorted(
        (min(link.old), max(link.old), min(link.new))
        for link in comparison.links
        if link.moved and link.old and link.new
    )
    if not moved:
        return body
    shown = [row for row in everything if row.kind not in (RowKind.HEADLINE, RowKind.STANDFIRST)]
    out: list[DiffLine] = []
    waiting = iter(moved)
    pending = next(waiting, None)
    for line, row in zip(body, shown, strict=True):
        if not row.moved and row.old:
            while pending is not None and pending[0] < min(row.old):
                out.append(_left(pending))
                pending = next(waiting, None)
        out.append(line)
    while pending is not None:
        out.append(_left(pending))
        pending = next(waiting, None)
    return out


def _left(moved: tuple[int, int, int]) -> DiffLine:
    first, last, target = moved
    words = f"Paragraph {first}" if first == last else f"Paragraphs {first} to {last}"
    return DiffLine(
        kind="moved_away", label=f"{words} moved to {target}", anchor=f"from{first}", moved=True, target=f"p{target}"
    )


def _folded(lines: Sequence[DiffLine]) -> Iterator[DiffLine | Fold]:
    index = 0
    while index < len(lines):
        end = index
        while end < len(lines) and lines[end].quiet:
            end += 1
        run = lines[index:end]
        keep_before = 1 if index > 0 else 0
        keep_after = 1 if end < len(lines) else 0
        if len(run) - keep_before - keep_after >= FOLD:
            yield from run[:keep_before]
            yield Fold(lines=tuple(run[keep_before : len(run) - keep_after]))
            yield from run[len(run) - keep_after :] if keep_after else ()
        else:
            yield from run
        if end < len(lines):
            yield lines[end]
        index = end + 1


def _found(finding: Finding, anchors: set[str]) -> FoundLine:
    place = _place_of(finding)
    anchor, words = ("byline", "byline") if finding.field == "byline" else ("", "")
    if place is not None:
        side, number = place
        anchor = side if not number else f"{side}{number}"
        noun = "note" if finding.field == "note" else "caption" if finding.field == "caption" else "paragraph"
        words = side if not number else f"{'old ' if side == 'o' else ''}{noun} {number}"
        if anchor not in anchors:
            anchor = ""
    sides = () if finding.kind in _SHOWN_BELOW else _pair(finding.before, finding.after)
    return FoundLine(
        finding=finding,
        words=kind_words(finding.kind),
        place=words,
        anchor=anchor,
        sides=sides,
        remark=_remark(finding) if sides else "",
    )


def _pair(before: str, after: str) -> tuple[Pieces, ...]:
    """Two short texts as one with marks on the words that differ; apart where little is alike."""
    before, after = _cut(before, PAIR), _cut(after, PAIR)
    whole = tuple(((mark, text),) for mark, text in ((Mark.DELETED, before), (Mark.INSERTED, after)) if text)
    old, new = before.split(" "), after.split(" ")
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if len(whole) < 2 or matcher.ratio() < LIKE:
        return whole
    parts: list[tuple[Mark, str]] = []
    for op, a, b, c, d in matcher.get_opcodes():
        if op == "equal":
            parts.append((Mark.EQUAL, " ".join(new[c:d]) + " "))
            continue
        parts += [(Mark.DELETED, " ".join(old[a:b]) + " ")] if b > a else []
        parts += [(Mark.INSERTED, " ".join(new[c:d]) + " ")] if d > c else []
    return _paragraphs(parts)


def _remark(finding: Finding) -> str:
    """The explanation without its quotation of the words before and after, which stand beside it."""
    _, quoted, rest = finding.explanation.rpartition("”")
    words = (rest if quoted else finding.explanation).strip(" .,;:()")
    return f"{words}." if words and words[-1].isalpha() else words


def unmarked(story: Story) -> tuple[tuple[str, str, int], ...]:
    """A version by itself: (kind, text, number) of each block a reader read."""
    return tuple(
        (block.kind.value, block.text, number)
        for number, block in enumerate(story.blocks, start=1)
        if block.kind is not BlockKind.FURNITURE
    )
