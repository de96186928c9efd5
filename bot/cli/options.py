"""Options and arguments that several commands take, read the same way by each, and who gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.core.comparison import Severity

Ref = Annotated[str, typer.Argument(metavar="REF", help="The watch's number or address.")]


def parsed(parse: Any, value: str, option: str) -> Any:
    """``parse(value)``; what it refuses (ValueError) is a wrong command line that names the option."""
    try:
        return parse(value)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def severity_option(value: str | None) -> Severity | None:
    """``--min-severity`` as a severity."""
    from bot.core.comparison import Severity

    return None if value is None else parsed(Severity.parse, value, "--min-severity")


def interval(value: str) -> int:
    """``--every`` as seconds; a minute is the shortest that a site is asked for."""
    from bot.config import parse_duration
    from bot.settings import SHORTEST

    seconds: int = parsed(parse_duration, value, "--every")
    if seconds < SHORTEST:
        raise typer.BadParameter("the shortest interval is 1m", param_hint="--every")
    return seconds


def login() -> str:
    """Who runs the command, for the audit log."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
