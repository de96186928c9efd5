"""The terminal: side-by-side diffs and alerts with rich, readable without colour and at any width.

Story text becomes ``Text`` objects, never markup, and passes ``plain.safe`` first: rich's own escaping lets control
characters through. Where the console shows no colour, words carry ``[-…-] {+…+}`` marks instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.story import Story
from bot.render.html_words import flag_words
from bot.render.message import MAX_FINDINGS, Message, kind_words, notable_findings, telling
from bot.render.plain import context_line, marked, one_line, row_label, safe
from bot.render.rows import Mark, Row, RowKind, Segment, collapse, glue, rows

SIDE_BY_SIDE = 96
"""Columns from which two versions stand side by side; below, was and now stand under each other."""

MAX_ALERT_TEXT = 4000
"""Characters of one run of words in an alert."""
_GONE = "red strike"
_COME = "green bold underline"
SEVERITY_STYLE = {
    Severity.TRIVIAL: "dim",
    Severity.MINOR: "",
    Severity.NOTABLE: "cyan",
    Severity.MAJOR: "bold yellow",
    Severity.CRITICAL: "bold red",
}


def comparison_view(comparison: Comparison, old: Story, new: Story, console: Console) -> RenderableType:
    """Findings first, in an editor's words, then the diff."""
    parts: list[RenderableType] = [_summary(comparison)]
    parts += list(findings_view(comparison.findings))
    parts.append(Text(""))
    parts.append(diff_view(collapse(rows(comparison, old, new)), console))
    return Group(*parts)


def findings_view(findings: Sequence[Finding], *, limit: int = MAX_FINDINGS) -> Iterable[RenderableType]:
    """The gravest findings, one paragraph each with a hanging indent, and how many more there are."""
    worth = list(telling(findings)) or list(findings)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=2, justify="right")
    table.add_column(overflow="fold")
    for finding in worth[:limit]:
        line = Text()
        line.append(f"{finding.severity.word} ", style=SEVERITY_STYLE[finding.severity])
        line.append(one_line(finding.explanation or finding.kind.replace("_", " ")))
        line.append(f"  [{finding.rule}]", style="dim")
        table.add_row(Text("•"), line)
    if worth:
        yield table
    if len(worth) > limit:
        yield Text(f" • and {len(worth) - limit} more", style="dim")


def diff_view(shown: Sequence[Row], console: Console) -> RenderableType:
    """Rows side by side where the console is wide enough, else was above now."""
    coloured = console.color_system is not None and not console.no_color
    if console.width >= SIDE_BY_SIDE:
        return _beside(shown, coloured)
    return Group(*(part for row in shown for part in _stacked(row, coloured)))


def alert_view(message: Message, console: Console) -> RenderableType:
    """One alert as the terminal channel prints it."""
    title = Text()
    title.append(f" {kind_words(message).upper()} ", style=SEVERITY_STYLE[message.severity] or "bold")
    parts: list[RenderableType] = [Rule(title, align="left", characters="─", style="dim")]
    parts.append(Text(one_line(message.headline), style="bold"))
    if line := context_line(message):
        parts.append(Text(line, style="dim"))
    parts += [Text(safe(line)) for line in message.lines]
    findings, more = notable_findings(message)
    parts += list(findings_view(findings))
    if more:
        parts.append(Text(f" • and {more} more", style="dim"))
    if changed := message.changed_rows:
        parts += [Text(""), diff_view([clipped(row) for row in changed], console)]
    for key in ("diff", "story"):
        if message.links.get(key):
            parts.append(Text(safe(message.links[key]), style="dim underline"))
            break
    return Group(*parts, Text(""))


def clipped(row: Row, limit: int = MAX_ALERT_TEXT) -> Row:
    """The row with each run of words cut at ``limit`` characters: an alert shows a paragraph, never a whole page."""
    if all(len(part.text) <= limit and len(part.old_text) <= limit for part in row.segments):
        return row
    return replace(
        row,
        segments=tuple(
            replace(part, text=_cut(part.text, limit), old_text=_cut(part.old_text, limit)) for part in row.segments
        ),
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{one_line(text, limit)} ({len(text):,} characters)"


def _summary(comparison: Comparison) -> RenderableType:
    line = Text()
    line.append(comparison.severity.word.upper(), style=SEVERITY_STYLE[comparison.severity] or "bold")
    line.append(f"  {one_line(comparison.summary) or comparison.status}")
    for words in flag_words(comparison.flags):
        line.append(f"  [{words}]", style="dim")
    return line


def _beside(shown: Sequence[Row], coloured: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("", width=1)
    table.add_column("Before", ratio=1, overflow="fold")
    table.add_column("After", ratio=1, overflow="fold")
    for row in shown:
        if row.kind is RowKind.COLLAPSED:
            table.add_row("", Text(_folded(row), style="dim"), Text(""))
            continue
        sign, style = _SIGNS[row.kind]
        label = Text(row_label(row), style="dim")
        before: RenderableType = Text("")
        after: RenderableType = Text("")
        if row.kind is not RowKind.ADDED:
            before = Group(label, _side(row, Mark.DELETED, coloured))
        if row.kind is not RowKind.REMOVED:
            head = label if row.kind is RowKind.ADDED else Text("")
            after = Group(head, _side(row, Mark.INSERTED, coloured))
        table.add_row(Text(sign, style=style), before, after)
    return table


def _stacked(row: Row, coloured: bool) -> Iterable[RenderableType]:
    if row.kind is RowKind.COLLAPSED:
        yield Text(_folded(row), style="dim")
        return
    sign, style = _SIGNS[row.kind]
    head = Text()
    head.append(f"{sign} ", style=style)
    head.append(row_label(row), style="dim")
    yield head
    if row.kind in (RowKind.ADDED, RowKind.REMOVED):
        yield Padding(
            _side(row, Mark.INSERTED if row.kind is RowKind.ADDED else Mark.DELETED, coloured),
            (0, 0, 0, 2),
            expand=False,
        )
    elif row.kind in (RowKind.UNCHANGED, RowKind.MOVED):
        yield Padding(Text(one_line(row.new_text, 160), style="dim"), (0, 0, 0, 2), expand=False)
    elif coloured:
        yield Padding(_coloured(glue(row.segments)), (0, 0, 0, 2), expand=False)
    else:
        yield Padding(Text(" ".join(marked(glue(row.segments)).split())), (0, 0, 0, 2), expand=False)


def _side(row: Row, mark: Mark, coloured: bool) -> Text:
    other = Mark.INSERTED if mark is Mark.DELETED else Mark.DELETED
    parts = [segment for segment in glue(row.segments) if segment.mark is not other]
    if mark is Mark.DELETED:
        parts = [
            Segment(mark=part.mark, text=part.old_text) if part.mark is Mark.EQUAL and part.old_text else part
            for part in parts
        ]
    if coloured:
        return _coloured(parts)
    return Text(marked(parts).strip())


def _coloured(parts: Iterable[Segment]) -> Text:
    out = Text()
    last: Mark | None = None
    for part in parts:
        words = safe(part.text)
        after_edit = last in (Mark.DELETED, Mark.INSERTED) and part.mark is not last
        if after_edit and not words[:1].isspace() and not out.plain.endswith((" ", "\n")):
            out.append(" ")
        style = {Mark.DELETED: _GONE, Mark.INSERTED: _COME}.get(part.mark, "")
        lead = words[: len(words) - len(words.lstrip())]
        tail = words[len(words.rstrip()) :]
        out.append(lead)
        out.append(words.strip(), style=style)
        out.append(tail if words.strip() else "")
        last = part.mark
    return out


def _folded(row: Row) -> str:
    return f"⋯ {row.hidden} unchanged paragraph{'' if row.hidden == 1 else 's'}"


_SIGNS = {
    RowKind.HEADLINE: ("~", "bold yellow"),
    RowKind.STANDFIRST: ("~", "bold yellow"),
    RowKind.EDITED: ("~", "bold yellow"),
    RowKind.SPLIT: ("~", "bold yellow"),
    RowKind.MERGED: ("~", "bold yellow"),
    RowKind.ADDED: ("+", "bold green"),
    RowKind.REMOVED: ("-", "bold red"),
    RowKind.MOVED: (">", "bold cyan"),
    RowKind.UNCHANGED: (" ", ""),
}
