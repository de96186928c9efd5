"""How ``--help`` reads: usage, what it does, options in groups, examples on lines of their own, where to read on.

A command's docstring may end in a paragraph ``Examples:  one    another`` (three spaces or more between them); it is
shown as a section. Commands of a group stand under the headings they were registered with, in that order.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

READ_ON = "Read on: docs/commands.md"
EXAMPLES = re.compile(r"^Examples?:\s+")


class Command(TyperCommand):
    """A command whose help keeps examples on lines of their own."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """``[OPTIONS] REF [A..B]``: arguments as they are written."""
        pieces = [self.options_metavar] if self.options_metavar else []
        return pieces + [_argument_name(one) for one in self.get_params(ctx) if one.param_type_name == "argument"]

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """The paragraphs, without the examples."""
        _write_paragraphs(self.help, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then options under their headings."""
        _write_options(self, ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples, and where to read on."""
        _write_examples(self.help, formatter)
        formatter.write_paragraph()
        formatter.write_text(READ_ON)


class Group(TyperGroup):
    """A group that lists its commands under headings, each with its whole first sentence."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """The paragraphs, without the examples."""
        _write_paragraphs(self.help, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Commands first: they are what one looks for."""
        self.format_commands(ctx, formatter)
        _write_options(self, ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Every command under its heading."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            if not command.hidden:
                heading = getattr(command, "rich_help_panel", None)
                rows = panels.setdefault(heading if isinstance(heading, str) else "Commands", [])
                rows.append((name, first_sentence(command.help or "")))
        widest = max((len(name) for rows in panels.values() for name, _ in rows), default=0)
        for heading, rows in panels.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), words) for name, words in rows])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples, the epilog, and where to read on."""
        _write_examples(self.help, formatter)
        if self.epilog:
            formatter.write_paragraph()
            formatter.write_text(self.epilog)
        formatter.write_paragraph()
        formatter.write_text(READ_ON)


def first_sentence(text: str) -> str:
    """The first sentence of a help text, on one line, without its full stop."""
    paragraph = next(iter(_paragraphs(text)), "")
    return re.split(r"(?<=[.!?])\s", paragraph, maxsplit=1)[0].rstrip(".")


def examples(text: str | None) -> list[str]:
    """The examples of a help text, one command each."""
    found: list[str] = []
    for paragraph in _paragraphs(text or "", keep_gaps=True):
        if head := EXAMPLES.match(paragraph):
            found += [one.strip() for one in re.split(r"\s{3,}", paragraph[head.end() :]) if one.strip()]
    return found


def dress(app: Any) -> None:
    """Give every command and group of a typer app these helps."""
    app.info.cls = Group
    for info in app.registered_commands:
        info.cls = Command
    for info in app.registered_groups:
        info.cls = Group
        dress(info.typer_instance)


def sort_commands(group: Any, headings: list[str]) -> None:
    """Put the commands of a built group into the order of the headings, each heading's in the order they came."""
    order = {heading: number for number, heading in enumerate(headings)}

    def place(pair: tuple[str, Any]) -> int:
        return order.get(str(getattr(pair[1], "rich_help_panel", "")), len(order))

    group.commands = dict(sorted(group.commands.items(), key=place))


def _paragraphs(text: str, *, keep_gaps: bool = False) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        lines = [line.strip() for line in block.strip().splitlines()]
        whole = " ".join(line for line in lines if line)
        if whole:
            yield whole if keep_gaps else " ".join(whole.split())


def _write_paragraphs(text: str | None, formatter: Any) -> None:
    for paragraph in _paragraphs(text or ""):
        if not EXAMPLES.match(paragraph):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(paragraph)


def _write_examples(text: str | None, formatter: Any) -> None:
    found = examples(text)
    if found:
        with formatter.section("Examples" if len(found) > 1 else "Example"):
            for one in found:
                formatter.write(f"{'':>{formatter.current_indent}}{one}\n")


def _write_options(command: Any, ctx: Any, formatter: Any) -> None:
    arguments: list[tuple[str, str]] = []
    panels: dict[str, list[tuple[str, str]]] = {"Options": []}
    for parameter in command.get_params(ctx):
        if parameter.param_type_name == "argument":
            if not parameter.hidden:
                arguments.append((_argument_name(parameter), parameter.help or ""))
        elif (record := parameter.get_help_record(ctx)) is not None:
            heading = getattr(parameter, "rich_help_panel", None)
            panels.setdefault(heading if isinstance(heading, str) else "Options", []).append(record)
    if arguments:
        with formatter.section("Arguments"):
            formatter.write_dl(arguments)
    for heading, rows in panels.items():
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def _argument_name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())
