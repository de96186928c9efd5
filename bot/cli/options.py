"""Options and arguments that several commands take, read the same way by each, and who gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.core.comparison import Severity

OFFERED = 2000
"""So many watches are looked through for the numbers a shell offers."""


def watch_numbers(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """What a shell offers after Tab: numbers that begin so, each with its headline. Nothing where anything is amiss.

    Nothing is created or upgraded for it: no database, no offer.
    """
    from bot.cli.session import session
    from bot.errors import StetError
    from bot.render.plain import one_line
    from bot.store import watches
    from bot.store.database import Database

    given = context.find_root().params
    current = session()
    current.config_path, current.data_dir = given.get("config"), given.get("data_dir")
    try:
        config = current.config()
        file = current.data(config) / "stet.db"
        if not config.database_url("") and not file.is_file():
            return []
        with (
            Database.open(config.database_url(f"sqlite:///{file.absolute()}"), migrate=False) as database,
            database.read() as tx,
        ):
            found = watches.list_(tx, limit=OFFERED)
    except (StetError, OSError):
        return []
    return [(str(one.id), one_line(one.headline or one.url, 60)) for one in found if str(one.id).startswith(incomplete)]


Ref = Annotated[str, typer.Argument(metavar="REF", help="The watch's number or address.", autocompletion=watch_numbers)]


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
