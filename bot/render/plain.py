"""Plain text: words marked ``[-gone-] {+come+}``, safe for any terminal, pipe or text mail.

Everything here returns lines of str without control characters: story text is data, never an instruction to the
terminal that shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.comparison import Finding
from bot.render.message import Message, kind_words, notable_findings
from bot.render.rows import Mark, Row, RowKind, Segment, glue

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)

MAX_LINE = 8000
"""Characters of one row in plain text."""


def safe(text: str) -> str:
    """Text without terminal controls, bidirectional overrides or lone surrogates; tabs become spaces."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\t", "    "))


def one_line(text: str, limit: int = 0) -> str:
    """``safe`` on one line, cut at a word with an ellipsis where ``limit`` is given and reached."""
    line = " ".join(safe(text).split())
    if not limit or len(line) <= limit:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:") + "…"


def marked(segments: Iterable[Segment]) -> str:
    """One string with ``[-gone-]`` and ``{+come+}`` around whole words; outer spaces stay outside the marks."""
    out: list[str] = []
    for segment in segments:
        text = safe(segment.text)
        if segment.mark is Mark.EQUAL or not text.strip():
            out.append(text)
            continue
        lead = text[: len(text) - len(text.lstrip())]
        tail = text[len(text.rstrip()) :]
        left, right = ("[-", "-]") if segment.mark is Mark.DELETED else ("{+", "+}")
        if out and out[-1][-2:] in ("-]", "+}") and not lead:
            lead = " "
        out.append(f"{lead}{left}{text.strip()}{right}{tail}")
    return "".join(out)


def row_label(row: Row) -> str:
    """Where the row stands, in words: ``Headline``, ``¶4``, ``New ¶4``, ``¶9 moved to ¶2``."""
    if row.kind is RowKind.HEADLINE:
        return "Headline"
    if row.kind is RowKind.STANDFIRST:
        return "Standfirst"
    old = ", ".join(f"¶{number}" for number in row.old)
    new = ", ".join(f"¶{number}" for number in row.new)
    if row.kind is RowKind.ADDED:
        return f"New {new}"
    if row.kind is RowKind.REMOVED:
        return f"Removed {old}"
    if row.kind is RowKind.SPLIT:
        return f"{old} split into {new}"
    if row.kind is RowKind.MERGED:
        return f"{old} merged into {new}"
    if row.moved:
        return f"{new}, moved from {old}"
    return new if old == new else f"{new} (was {old})"


def row_line(row: Row) -> str:
    """One row as one line: sign, place, words."""
    if row.kind is RowKind.COLLAPSED:
        plural = "paragraph" if row.hidden == 1 else "paragraphs"
        return f"  ⋯ {row.hidden} unchanged {plural}"
    text = " ".join(marked(glue(row.segments)).split())
    if row.kind is RowKind.ADDED:
        return f"+ {row_label(row)}: {one_line(row.new_text, MAX_LINE)}"
    if row.kind is RowKind.REMOVED:
        return f"- {row_label(row)}: {one_line(row.old_text, MAX_LINE)}"
    return f"~ {row_label(row)}: {one_line(text, MAX_LINE)}"


def finding_line(finding: Finding) -> str:
    """A finding in an editor's words."""
    return f"{finding.severity.word}: {one_line(finding.explanation or finding.kind.replace('_', ' '))}"


def local_time(moment: datetime | None, zone: str) -> str:
    """``Tue 24 Nov 2026 18:33 (Europe/London)``; empty for None."""
    if moment is None:
        return ""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %-d %b %Y %H:%M} ({zone})"


def context_line(message: Message) -> str:
    """Outlet, versions, words and time on one line."""
    parts = [message.outlet]
    if message.old_n and message.new_n:
        parts.append(f"version {message.old_n} → {message.new_n}")
    if message.comparison is not None:
        parts.append(f"+{message.words_added} / −{message.words_removed} words")
    if message.edits > 1:
        parts.append(f"{message.edits} edits in {max(1, message.span_minutes)} min")
    parts.append(local_time(message.seen_at, message.zone))
    return " · ".join(one_line(part) for part in parts if part)


def text(message: Message) -> str:
    """A whole alert as plain text."""
    lines = [f"{kind_words(message).upper()}: {one_line(message.headline)}", context_line(message)]
    lines += [safe(line) for line in message.lines]
    findings, more = notable_findings(message)
    if findings:
        lines.append("")
        lines += [f"* {finding_line(finding)}" for finding in findings]
        if more:
            lines.append(f"* and {more} more")
    shown: Sequence[Row] = message.changed_rows
    if shown:
        lines.append("")
        lines += [row_line(row) for row in shown]
    links = [
        f"{label}: {message.links[key]}"
        for key, label in (("story", "Story"), ("diff", "Side by side"), ("versions", "All versions"))
        if message.links.get(key)
    ]
    if links or message.why:
        lines.append("")
        lines += links
        if message.why:
            lines.append(message.why)
    return "\n".join(lines) + "\n"
