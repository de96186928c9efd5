"""The command line: global options, the commands, and one place where every failure gets its sentence."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import __version__
from bot.cli import session as sessions
from bot.cli.help import dress, sort_commands
from bot.cli.lookalikes import HANDLER
from bot.cli.session import Exit, tell

UsageFault: type[Any] = next(one for one in typer.BadParameter.__mro__ if one.__name__ == "UsageError")
"""What a wrong command line raises; newer releases of typer carry a click of their own."""

GROUPS = {
    "demo": "demo",
    "setup": "init doctor config completion",
    "watch": "add list show edit mute unmute pause resume remove",
    "checking": "check",
    "read": "history diff why tune audit open",
    "source": "source feeds import export",
    "extracting": "extract",
    "comparing": "compare",
    "preview": "preview",
    "run": "run worker healthcheck",
    "delivery": "deliver outbox digest bounce",
    "keep": "backup restore prune db evidence hide unhide reextract",
}
"""Modules of this package that bring commands, and which; each has ``register(app)``. A command that is named on the
command line is built with its module alone: that is half of what starting costs."""
HEADINGS = [
    "Start here",
    "Setting up",
    "Watches",
    "Reading what happened",
    "Sources and lists",
    "Running",
    "Telling",
    "Keeping it alive",
    "Pipes (no database, no network)",
]
"""The order in which ``stet --help`` shows the groups of commands: from the first minute to the third year."""

KINDS = {
    Exit.FAILED: "failed",
    Exit.USAGE: "usage",
    Exit.CONFIG: "configuration",
    Exit.NOT_FOUND: "not_found",
    Exit.INTERRUPTED: "interrupted",
}
"""The ``kind`` of a JSON error, by exit code."""

WITH_VALUE = ("--config", "--data-dir", "--color")
FLAGS = ("--json", "--verbose", "-q", "--quiet")


def _version(value: bool) -> None:
    if value:
        sys.stdout.write(f"stet {__version__}\n")
        raise typer.Exit()


def start(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Configuration (else $STET_CONFIG, ./config.toml).")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", metavar="DIR", help="Where the database and outbox live.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON where a command can.")] = False,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, show_default=False, help="Say more; twice for debugging.")
    ] = 0,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")] = False,
    color: Annotated[str, typer.Option("--color", metavar="WHEN", help="auto, always or never.")] = "auto",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Stet tells a newsroom when a published story changes in a way that matters."""
    if color not in ("auto", "always", "never"):
        raise typer.BadParameter("use auto, always or never", param_hint="--color")
    current = sessions.session()
    current.config_path = config
    current.data_dir = data_dir
    current.json = as_json
    current.verbosity = -1 if quiet else verbose
    current.color = color
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


@cache
def build(only: str | None = None) -> Any:
    """The command tree: whole, or ``only`` the commands of one module of ``GROUPS``."""
    import importlib

    app = typer.Typer(
        name="stet",
        help="Stet tells a newsroom when a published story changes in a way that matters.",
        epilog="First time here? Run: stet demo",
        add_completion=False,
        no_args_is_help=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(invoke_without_command=True)(start)
    for name in [only] if only else GROUPS:
        module: Any = importlib.import_module(f"bot.cli.{name}")
        module.register(app)
    dress(app)
    tree: Any = typer.main.get_command(app)
    sort_commands(tree, HEADINGS)
    return tree


def module_of(arguments: Sequence[str]) -> str | None:
    """The module that brings the command these arguments (global options first) name; None where all are needed."""
    words = iter(arguments)
    for word in words:
        if word in WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return next((name for name, commands in GROUPS.items() if word in commands.split()), None)
    return None


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Never raises, but for what ends the interpreter itself."""
    sessions.begin()
    code = _run(arguments)
    try:
        sessions.session().conclude(code)
    except BrokenPipeError:
        return _reader_left()
    return code


def _run(arguments: Sequence[str]) -> int:
    from bot.errors import ConfigError, NotFound, StetError, UsageError

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller (``>&-``): said into nothing
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=HANDLER)
    try:
        if "_STET_COMPLETE" in os.environ:
            from typer._completion_classes import completion_init

            completion_init()  # else the shells that ask are not known
        words = globals_first(arguments)
        sessions.session().json = "--json" in words[: words.index("--")] if "--" in words else "--json" in words
        answer = build(module_of(words)).main(args=words, prog_name="stet", standalone_mode=False)
        sys.stdout.flush()
        if answer == Exit.INTERRUPTED:  # typer's word for Ctrl-C
            return _failed(Exit.INTERRUPTED, "stopped")
        return answer if isinstance(answer, int) else Exit.OK
    except UsageFault as error:
        return _usage(error)
    except typer.Exit as error:
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _failed(Exit.INTERRUPTED, "stopped")
    except ConfigError as error:
        return _failed(Exit.CONFIG, str(error), problems=error.problems)
    except NotFound as error:
        return _failed(Exit.NOT_FOUND, str(error))
    except UsageError as error:
        return _failed(Exit.USAGE, str(error))
    except StetError as error:
        return _failed(Exit.FAILED, str(error))
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as error:  # how typer ends where the reader of our output has gone
        if isinstance(error.__context__, BrokenPipeError):
            return _reader_left()
        raise
    except OSError as error:
        return _unwritable(error)
    except Exception as error:
        return _our_fault(error)


def _failed(code: Exit, words: str, *, problems: Sequence[str] = (), hint: str = "") -> int:
    """Say what failed on standard error; with ``--json`` as a document on standard output too."""
    tell(f"stet: {words}{hint}")
    for problem in problems:
        tell(f"  {problem}")
    if sessions.session().json:
        document = {"kind": KINDS[code], "message": words, **({"problems": list(problems)} if problems else {})}
        try:
            sessions.emit({"schema": 1, "error": document})
        except OSError:
            _reader_left(only=(sys.stdout,))
    return code


def _unwritable(error: OSError) -> int:
    """Standard output cannot be written (a full disk behind ``>``): say so, and let nothing be flushed at the end."""
    import errno

    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO) or error.filename is not None:
        return _our_fault(error)
    tell(f"stet: the output could not be written ({error.strerror}); make room, or write elsewhere")
    _reader_left(only=(sys.stdout,))
    return Exit.FAILED


def _reader_left(only: Sequence[Any] = ()) -> int:
    """Nobody reads on (``| head``): end quietly, and let the interpreter flush what is left into nothing."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in only or (sys.stdout, sys.stderr):
        try:
            os.dup2(nothing, stream.fileno())
        except (OSError, ValueError):
            continue
    os.close(nothing)
    return Exit.OK


def globals_first(arguments: Sequence[str]) -> list[str]:
    """The same command line with the global options in front, so that they may be written anywhere before ``--``.

    ``stet check --all --config c.toml`` is ``stet --config c.toml check --all``. Options of the command itself stay.
    """
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        name, equals, _ = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif name in WITH_VALUE:
            front.append(word)
            if not equals:
                front += [value for value in (next(words, None),) if value is not None]
        elif word in FLAGS or (word.startswith("-v") and set(word[1:]) == {"v"}):
            front.append(word)
        else:
            rest.append(word)
    return front + rest


def _usage(error: Any) -> int:
    """A wrong command line: what is wrong, and where the right one is written. No arguments at all: the help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        tell(error.format_message())
        return Exit.USAGE
    context = getattr(error, "ctx", None)
    words = _plain(" ".join(error.format_message().split()).rstrip("."))
    link = " See" if words.endswith("?") else "; see"
    hint = f"{link}: {context.command_path} --help" if context is not None else ""
    return _failed(Exit.USAGE, words[:1].lower() + words[1:], hint=hint)


def _plain(words: str) -> str:
    """What the libraries say of a wrong command line, as we would say it."""
    words = words.replace(
        "Input should be a valid integer, unable to parse string as an integer", "a whole number is wanted"
    )
    found = re.fullmatch(r"(.*) \(Possible options: (.*)\)", words)
    return f"{found[1]}. Did you mean {found[2].replace(', ', ' or ')}?" if found else words


def _our_fault(error: Exception) -> int:
    """A fault of ours: one sentence for people, the trace only for those who asked for debugging."""
    from bot.log import clean

    if sessions.session().verbosity >= 2:
        import traceback

        traceback.print_exception(error)
    place = f"{type(error).__name__}: {clean(str(error), limit=200)}"
    return _failed(
        Exit.FAILED, f"something went wrong inside Stet ({place}); run again with -vv for details and please report it"
    )
