"""One run of the command line: where the configuration is, how to speak, and how to end.

Results go to standard output, everything else to standard error. Exit codes: 0 ok, 1 something failed, 2 usage,
3 configuration, 4 not found, 10 changes found, 130 Ctrl-C. No traceback reaches a person.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from bot.cli.lookalikes import HANDLER

if TYPE_CHECKING:
    from rich.console import Console

    from bot.app import App
    from bot.config import Config


class Exit(IntEnum):
    """What the process answers its caller."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CONFIG = 3
    NOT_FOUND = 4
    CHANGES = 10
    INTERRUPTED = 130


@dataclass(slots=True)
class Session:
    """The global options of this run. One per process; commands read it with ``session()``."""

    config_path: Path | None = None
    data_dir: Path | None = None
    json: bool = False
    verbosity: int = 0
    color: str = "auto"
    said: list[str] = field(default_factory=list)
    """With ``--json``: what commands without a document of their own said, kept for ``conclude``."""
    emitted: bool = False

    def conclude(self, code: int) -> None:
        """With ``--json``: one document for a command that only spoke to people."""
        if self.json and self.said and not self.emitted:
            emit({"schema": 1, "ok": code == Exit.OK, "message": "\n".join(self.said)})

    def console(self, *, stderr: bool = False, width: int | None = None) -> Console:
        """A rich console that honours --color, NO_COLOR and pipes. Story text is never given to it as markup."""
        from rich.console import Console

        force: bool | None = {"always": True, "never": None}.get(self.color)
        return Console(
            stderr=stderr,
            force_terminal=force,
            no_color=True if self.color == "never" else None,
            markup=False,
            highlight=False,
            emoji=False,
            width=width,
            soft_wrap=False,
        )

    def show(self, renderable: Any) -> None:
        """Print what rich lays out; in a pipe without the spaces it fills lines up with."""
        console = self.console()
        if console.is_terminal:
            console.print(renderable)
            return
        with console.capture() as caught:
            console.print(renderable)
        text = "".join(f"{line.rstrip()}\n" for line in caught.get().splitlines())
        sys.stdout.write(_encodable(text, sys.stdout.encoding))

    def config(self) -> Config:
        """The configuration of this run. Raises ConfigError."""
        from bot.config import find, load

        return load(find(self.config_path, os.environ, cwd=Path.cwd(), home=Path.home()), os.environ)

    def data(self, config: Config | None = None) -> Path:
        """The data directory: ``--data-dir``, ``$STET_DATA_DIR``, else ``stet-data`` beside the configuration."""
        if self.data_dir is not None:
            return self.data_dir
        if named := os.environ.get("STET_DATA_DIR"):
            return Path(named)
        beside = config.path.parent if config is not None and config.path is not None else Path.cwd()
        return beside / "stet-data"

    @contextmanager
    def app(self, *, service: bool = False, tells: bool = False) -> Iterator[App]:
        """The program, opened and closed. ``service`` holds the data directory against a second service.

        ``tells``: the command sends alerts, so a wrong mail or Slack setting ends it before it begins.
        With ``--json`` the terminal channel prints to standard error: standard output belongs to the JSON.
        """
        from bot import log
        from bot.app import App
        from bot.later import Later

        config = self.config()
        level = {-1: "error", 0: config.log.level if service else "warning", 1: "info"}.get(self.verbosity, "debug")
        log.set_up(style=config.log.format, level=level)
        lazily = not (service or tells)
        console = cast("Console", Later(partial(self.console, stderr=self.json)))
        with App.open(config, self.data(config), console=console, service=service, lazily=lazily) as app:
            yield app


_current = Session()


def session() -> Session:
    """The session of this run."""
    return _current


def begin() -> None:
    """Forget the run before: several may happen in one process."""
    global _current
    _current = Session()


def now() -> datetime:
    """The one moment a command takes for its ``now``."""
    return datetime.now(UTC)


def emit(document: Any) -> None:
    """One JSON document on one line of standard output, UTF-8, lone surrogates escaped."""
    _current.emitted = True
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)
    try:
        data = line.encode("utf-8")
    except UnicodeEncodeError:
        data = json.dumps(document, ensure_ascii=True, separators=(",", ":"), default=str).encode("ascii")
    sys.stdout.flush()
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()


ACCENTS = {
    "✓": "green",
    "!": "yellow",
    "✗": "bold red",
    "critical": "bold red",
    "major": "bold yellow",
    "notable": "cyan",
}
"""How the sign or the level that a line begins with is shown, where there is colour; the same as in alerts."""


def say(text: str = "", *, bold: bool = False) -> None:
    """One line for people on standard output, without terminal controls. With ``--json`` see ``Session.conclude``.

    On a terminal a long line is broken between words and hangs under its beginning; in a pipe it stays one line.
    ``bold``: a heading.
    """
    from bot.render.plain import safe

    if _current.json:
        _current.said.append(safe(text))
        return
    line = safe(text)
    if sys.stdout.isatty():
        line = _folded(line, _columns())
        first = line.split(maxsplit=1)[0].rstrip(":") if line.strip() else ""
        if bold or first in ACCENTS:
            _print_accented(line, first, bold)
            return
    sys.stdout.write(_encodable(line, sys.stdout.encoding) + "\n")


def say_row(*cells: str) -> None:
    """One line of a list for other programs: the cells, each on one line, with a tab between them."""
    from bot.render.plain import one_line

    sys.stdout.write(_encodable("\t".join(one_line(cell) for cell in cells), sys.stdout.encoding) + "\n")


def tell(text: str) -> None:
    """One line for people on standard error, without terminal controls."""
    from bot.render.plain import safe

    sys.stderr.write(_encodable(safe(text), sys.stderr.encoding) + "\n")


def _print_accented(line: str, first: str, bold: bool) -> None:
    from rich.text import Text

    shown = Text(line, style="bold" if bold else "")
    if first in ACCENTS:
        start = line.index(first)
        shown.stylize(ACCENTS[first], start, start + len(first))
    _current.console().print(shown, soft_wrap=True)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _folded(line: str, columns: int) -> str:
    """The line in lines of at most ``columns``; a word that is longer (an address) is left whole for copying."""
    import textwrap

    if len(line) <= columns or columns < 20:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(), columns, initial_indent=indent, subsequent_indent=indent + "    ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def program() -> str:
    """What the person types to start Stet again: ``stet``, or its path where no such command is found."""
    import shutil

    if shutil.which("stet"):
        return "stet"
    started = Path(sys.argv[0])
    if started.name != "stet":
        return "python -m bot"
    return str(
        started.relative_to(Path.cwd()) if started.is_absolute() and started.is_relative_to(Path.cwd()) else started
    )


def finish(code: Exit) -> None:
    """End the command with ``code``."""
    raise typer.Exit(int(code))


def _encodable(text: str, encoding: str | None) -> str:
    encoding = encoding or "utf-8"
    return text.encode(encoding, HANDLER).decode(encoding)


JSON = typer.Option("--json", help="Print JSON.")
"""The ``--json`` option every reading command has."""
