"""Alert mails: what one message says, as text and HTML from one model, with all its headers.

Every changed passage stands as a "Was" and a "Now" block with the changed words marked. HTML is kept below
MAX_HTML, since Gmail clips at about 102 kB and the unsubscribe link would go first; what does not fit is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from bot.core.comparison import Finding, Severity
from bot.core.model import Alert, AlertKind
from bot.core.story import BlockKind
from bot.render.letter import SUBJECT_LIMIT, Letter, Letterhead, Thread, compose, inlined
from bot.render.message import Message, kind_words, notable_findings, sort_of
from bot.render.phrases import counted, local_time, one_line, shorten, web_address
from bot.render.rows import Mark, Row, RowKind, Segment, glue
from bot.render.templates import fill

MAX_HTML = 80_000
"""Bytes of HTML in one mail."""
MAX_TEXT = 40_000
"""Bytes of the text part."""
PASSAGE = 1_200
"""Characters shown of one side of one changed passage."""
CONTEXT = 110
"""Characters of unchanged words kept on each side of a change in a long passage."""
PREHEADER = 90

BLOCK_WORDS = {
    BlockKind.PARAGRAPH: "paragraph",
    BlockKind.HEADING: "subheading",
    BlockKind.LIST_ITEM: "list item",
    BlockKind.QUOTE: "quotation",
    BlockKind.CAPTION: "caption",
    BlockKind.TABLE_ROW: "table row",
    BlockKind.NOTE: "note",
    BlockKind.LIVE_ENTRY: "live entry",
    BlockKind.FURNITURE: "line",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A run of words, marked where it went or came."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One changed passage as a reader sees it: where, what it was, what it is. ``same``: moved, words unchanged."""

    place: str
    was: tuple[Part, ...] = ()
    now: tuple[Part, ...] = ()
    same: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLink:
    """An address and the words that say where it leads."""

    words: str
    address: str


def passages(message: Message) -> tuple[Passage, ...]:
    """The changed passages, what matters first: headline, standfirst, notes, then the body in order."""
    order = {RowKind.HEADLINE: 0, RowKind.STANDFIRST: 1}
    changed = sorted(message.changed_rows, key=lambda row: order.get(row.kind, 2 if row.block is BlockKind.NOTE else 3))
    return tuple(passage(row) for row in changed)


def passage(row: Row) -> Passage:
    """One row as Was and Now. A rewritten passage is shown whole, its words unmarked: all of them changed."""
    if not row.changed:
        return Passage(place=place(row), same=_cut([Part(text=row.new_text)]))
    marked = any(segment.mark is Mark.EQUAL and segment.text.strip() for segment in row.segments) and not row.rewritten
    segments = glue(row.segments) if marked else row.segments
    return Passage(
        place=place(row),
        was=_cut(_side(segments, Mark.DELETED, marked)) if row.old_text.strip() else (),
        now=_cut(_side(segments, Mark.INSERTED, marked)) if row.new_text.strip() else (),
    )


def place(row: Row) -> str:
    """Where the passage stands, in words: ``Paragraph 3``, ``New note, paragraph 12``, ``Removed: paragraph 4``."""
    if row.kind is RowKind.HEADLINE:
        return "Headline"
    if row.kind is RowKind.STANDFIRST:
        return "Standfirst"
    words = BLOCK_WORDS[row.block]
    if row.kind is RowKind.ADDED:
        return f"New {words} ({row.new[0]})"
    if row.kind is RowKind.REMOVED:
        return f"Removed {words} (was {row.old[0]})"
    if row.kind is RowKind.SPLIT:
        return f"{words.capitalize()} {row.old[0]}, now split into {_numbers(row.new)}"
    if row.kind is RowKind.MERGED:
        return f"{words.capitalize()} {row.new[0]}, merged from {_numbers(row.old)}"
    where = f"{words.capitalize()} {row.new[0]}" if row.new else words.capitalize()
    if row.moved and row.old:
        where += f", moved from {row.old[0]}"
    if row.rewritten:
        where += ", rewritten"
    return where


def _numbers(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return str(numbers[0])
    return ", ".join(str(number) for number in numbers[:-1]) + f" and {numbers[-1]}"


def _side(segments: Iterable[Segment], mark: Mark, marked: bool) -> list[Part]:
    out: list[Part] = []
    for segment in segments:
        if segment.mark is Mark.EQUAL:
            text = (segment.old_text or segment.text) if mark is Mark.DELETED else segment.text
            out.append(Part(text=text))
        elif segment.mark is mark:
            core = segment.text.strip()
            lead = segment.text[: len(segment.text) - len(segment.text.lstrip())]
            tail = segment.text[len(lead) + len(core) :]
            out.extend(
                part
                for part in (Part(text=lead), Part(text=core, marked=marked and bool(core)), Part(text=tail))
                if part.text
            )
    return out


def _cut(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Parts within PASSAGE characters: long unchanged runs lose their middle, then the end goes."""
    if sum(len(part.text) for part in parts) > PASSAGE and any(part.marked for part in parts):
        parts = [_thin(part, first=index == 0, last=index == len(parts) - 1) for index, part in enumerate(parts)]
    out: list[Part] = []
    room = PASSAGE
    for index, part in enumerate(parts):
        if len(part.text) > room:
            left = len(part.text[room:].split()) + sum(len(later.text.split()) for later in parts[index + 1 :])
            out.append(Part(text=shorten_keeping_lines(part.text, room), marked=part.marked))
            out.append(Part(text=f" ({counted(left, 'more word')})"))
            break
        out.append(part)
        room -= len(part.text)
    return tuple(out)


def _thin(part: Part, *, first: bool, last: bool) -> Part:
    if part.marked or len(part.text) <= 2 * CONTEXT + 20:
        return part
    head = "" if first else _until_space(part.text[:CONTEXT])
    tail = "" if last else _from_space(part.text[-CONTEXT:])
    return Part(
        text=f"{head} … {tail}".lstrip() if first else f"{head} … {tail}".rstrip() if last else f"{head} … {tail}"
    )


def _until_space(text: str) -> str:
    return text.rpartition(" ")[0] or text


def _from_space(text: str) -> str:
    return text.partition(" ")[2] or text


def shorten_keeping_lines(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut at a word's end, with an ellipsis; line ends stay."""
    if len(text) <= limit:
        return text
    return (_until_space(text[: max(1, limit - 1)])).rstrip() + "…"


def preheader(message: Message) -> str:
    """What changed, in at most 90 characters: what a mailbox shows beside the subject."""
    kind = kind_words(message)
    found = notable_findings(message)[0]
    if found:
        return shorten(f"{kind}: {_gist(found[0])}", PREHEADER)
    said = (message.comparison.summary if message.comparison else "") or (message.lines[0] if message.lines else "")
    return shorten(f"{kind}: {said}" if said else kind, PREHEADER)


def _gist(finding: Finding) -> str:
    before, after = one_line(finding.before), one_line(finding.after)
    if finding.kind == "correction_added" and after:
        return after
    if before and after and len(before) + len(after) <= PREHEADER - 30:
        return f"{before} becomes {after}"
    return finding.explanation or after or before


def findings_lines(message: Message) -> tuple[tuple[str, ...], int]:
    """The findings as one line each, and how many more there are."""
    shown, more = notable_findings(message)
    lines = [shorten(finding.explanation or _gist(finding), 300) for finding in shown]
    return tuple(dict.fromkeys(line for line in lines if line)), more


def subject(message: Message, letterhead: Letterhead) -> str:
    """``[Stet] OUTLET: HEADLINE``, short enough for a list of mails."""
    said = fill(
        "email/alert/subject.txt",
        {
            "prefix": letterhead.prefix,
            "outlet": shorten(message.outlet, 24),
            "headline": message.headline or message.title,
        },
    )
    return shorten(said, SUBJECT_LIMIT)


def meta(message: Message) -> tuple[str, ...]:
    """Outlet, versions, local time with its zone, words added and removed."""
    out = [message.outlet] if message.outlet else []
    if message.old_n is not None and message.new_n is not None:
        out.append(f"version {message.old_n} → {message.new_n}")
    if message.seen_at is not None:
        out.append(f"seen {local_time(message.seen_at, message.zone)}")
    if message.comparison is not None:
        added, removed = message.words_added, message.words_removed
        out.append(f"{counted(added, 'word')} added, {removed:,} removed")
        out.append(f"{message.severity.word} change")
    if message.edits > 1:
        span = f" within {counted(message.span_minutes, 'minute')}" if message.span_minutes else ""
        out.append(f"{counted(message.edits, 'edit')}{span}")
    return tuple(out)


def main_link(message: Message) -> WebLink | None:
    """The one thing to do next: see the two versions side by side, else open the story."""
    if diff := web_address(message.links.get("diff", "")):
        return WebLink(words="See the two versions side by side", address=diff)
    if versions := web_address(message.links.get("versions", "")):
        return WebLink(words="See all versions", address=versions)
    if story := web_address(message.links.get("story", "")):
        return WebLink(words="Open the story on its site", address=story)
    return None


def foot_links(message: Message, recipient: str, letterhead: Letterhead) -> tuple[WebLink, ...]:
    """Original story, mute, settings, unsubscribe: those that exist here."""
    links = message.links
    wanted = (
        ("Open the story on its site", links.get("story", "")),
        ("All versions", links.get("versions", "")),
        ("Mute this story", links.get("mute") or letterhead.mute_page(recipient, message.watch_id)),
        ("Change what you get", links.get("settings") or letterhead.settings_page(recipient, message.route)),
        ("Unsubscribe", links.get("unsubscribe") or letterhead.unsubscribe_page(recipient, message.route)),
    )
    return tuple(WebLink(words=words, address=safe) for words, link in wanted if (safe := web_address(link)))


def _last_words(message: Message) -> tuple[Passage, ...]:
    """The opening of a story that is gone: its last text is the news."""
    story = message.new or message.old
    if message.kind is not AlertKind.GONE or story is None or message.comparison is not None:
        return ()
    read = [block.text for block in story.blocks if block.kind is not BlockKind.FURNITURE and block.text.strip()]
    opening = "\n".join(read[:3])
    return (Passage(place="Its last text", was=_cut([Part(text=opening)])),) if opening else ()


def _stories(message: Message) -> tuple[tuple[str, str, str], ...]:
    """``(headline, what changed, address)`` of the stories a catch-up lists."""
    listed = message.payload.get("stories", ()) if message.kind is AlertKind.CATCH_UP else ()
    return tuple(
        (
            shorten(str(story.get("headline", "")), 200),
            shorten(str(story.get("words", "")), 300),
            web_address(str(story.get("url", ""))),
        )
        for story in listed
        if isinstance(story, Mapping)
    )


def contents(message: Message, *, recipient: str, letterhead: Letterhead) -> dict[str, Any]:
    """The values the alert's templates show. Tests and ``stet preview`` read them too."""
    lines, more = findings_lines(message)
    return {
        "title": subject(message, letterhead),
        "preheader": preheader(message),
        "kind": kind_words(message),
        "headline": one_line(message.headline or message.title),
        "meta": meta(message),
        "findings": lines,
        "more_findings": more,
        "lines": () if _stories(message) else message.lines,
        "stories": _stories(message),
        "main_link": main_link(message),
        "blocks": passages(message) or _last_words(message),
        "more": "",
        "why": message.why.rstrip("."),
        "foot_links": foot_links(message, recipient, letterhead),
    }


def html(values: dict[str, Any]) -> str:
    """The HTML part within MAX_HTML bytes: passages that do not fit are counted instead."""
    return _within(values, "email/alert/body.html", MAX_HTML, inline=True)


def text(values: dict[str, Any]) -> str:
    """The text part within MAX_TEXT bytes."""
    return _within(values, "email/alert/body.txt", MAX_TEXT, inline=False)


def _within(values: dict[str, Any], template: str, limit: int, *, inline: bool) -> str:
    blocks = values["blocks"]
    shown = len(blocks)
    while True:
        left = len(blocks) - shown
        more = counted(left, "more change") if left else ""
        said = fill(template, {**values, "blocks": blocks[:shown], "more": more})
        said = inlined(said) if inline else said
        size = len(said.encode())
        if size <= limit or shown == 0:
            return said
        shown = min(shown - 1, int(shown * limit / size))


def letter(
    message: Message, *, recipient: str, letterhead: Letterhead, thread: Thread | None = None, identity: str = ""
) -> Letter:
    """The message as a letter to one recipient. ``identity`` names the alert (its public id by default)."""
    values = contents(message, recipient=recipient, letterhead=letterhead)
    return Letter(
        recipient=recipient,
        identity=identity or f"alert.{message.public_id or 'preview'}",
        subject=values["title"],
        text=text(values),
        html=html(values),
        rule=message.route,
        kind="test" if message.kind is AlertKind.TEST else "notice" if message.comparison is None else "alert",
        stet={
            "Kind": sort_of(message),
            "Change": message.kind.value,
            "Significance": message.severity.word,
            "Source": message.outlet,
            "Desk": message.desk,
            "Story": str(message.watch_id or ""),
        },
        thread=thread,
    )


def mail(
    message: Message,
    *,
    recipient: str,
    letterhead: Letterhead,
    now: datetime,
    thread: Thread | None = None,
) -> EmailMessage:
    """One alert as a whole mail. Raises ValueError where the recipient is no mail address."""
    return compose(letter(message, recipient=recipient, letterhead=letterhead, thread=thread), letterhead, now)


FOLDED_PASSAGES = 2
"""Passages of each change shown in a folded mail."""


def folded_letter(
    messages: Sequence[Message], alerts: Sequence[Alert], *, recipient: str, letterhead: Letterhead
) -> Letter:
    """One letter that lists every one of ``messages``, gravest first. The first alert gives its identity."""
    order = sorted(messages, key=lambda message: -message.severity)
    values = {
        "title": f"{letterhead.prefix} {counted(len(order), 'change')} in stories you follow",
        "preheader": shorten("; ".join(one_line(message.headline) for message in order), PREHEADER),
        "count": counted(len(order), "change"),
        "changes": [_folded(message) for message in order],
        "why": f"{order[0].why.rstrip('.')}; so many changes in one hour come as one mail" if order else "",
        "foot_links": foot_links(_without_story(order[0]), recipient, letterhead) if order else (),
        "detail": FOLDED_PASSAGES,
    }
    return Letter(
        recipient=recipient,
        identity=f"folded.{alerts[0].public_id}",
        subject=str(values["title"]),
        text=_folded_within(values, "email/folded/body.txt", MAX_TEXT, inline=False),
        html=_folded_within(values, "email/folded/body.html", MAX_HTML, inline=True),
        rule=order[0].route if order else "",
        stet={"Kind": "folded", "Significance": max((m.severity for m in messages), default=Severity.MINOR).word},
    )


def _without_story(message: Message) -> Message:
    """The message without what leads to one story."""
    return replace(
        message,
        watch_id=None,
        links={key: link for key, link in message.links.items() if key in ("settings", "unsubscribe")},
    )


def _folded(message: Message) -> dict[str, Any]:
    lines, _ = findings_lines(message)
    return {
        "kind": kind_words(message),
        "headline": one_line(message.headline or message.title),
        "meta": meta(message),
        "gist": lines[0] if lines else (message.lines[0] if message.lines else ""),
        "link": main_link(message),
        "blocks": passages(message),
    }


def _folded_within(values: dict[str, Any], template: str, limit: int, *, inline: bool) -> str:
    """Passages go first, then the gists; every change keeps its headline line."""
    for detail in (FOLDED_PASSAGES, 1, 0, -1):
        said = fill(template, {**values, "detail": detail})
        said = inlined(said) if inline else said
        if len(said.encode()) <= limit:
            break
    return said
