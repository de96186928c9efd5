"""``stet compare``: two versions of a story, or many pairs of them, with no database and no network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.given import read_bytes, read_story
from bot.cli.session import JSON, Exit, emit, finish, session, tell

if TYPE_CHECKING:
    from bot.core.compare import CompareConfig

PANEL = "Pipes (no database, no network)"


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("compare", rich_help_panel=PANEL)(compare)


def compare(
    old: Annotated[str | None, typer.Argument(metavar="[OLD]", help="Story JSON or an HTML page.")] = None,
    new: Annotated[str | None, typer.Argument(metavar="[NEW]", help="Story JSON or an HTML page.")] = None,
    pairs: Annotated[
        str | None, typer.Option("--pairs", metavar="FILE.jsonl", help='Many pairs: lines of {"id","old","new"}.')
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 10 where something above trivial changed.")
    ] = False,
    config: Annotated[Path | None, typer.Option("--config", metavar="F", help="Use its [judge] section.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Compare two versions of a story: findings first, then the words side by side.

    Examples:  stet compare old.html new.html    stet compare --pairs pairs.jsonl --json
    """
    chosen = rules(config)
    if pairs is not None:
        if old is not None or new is not None:
            raise typer.BadParameter("give either two versions or --pairs, not both")
        changed = _compare_pairs(pairs, chosen)
    else:
        if old is None or new is None:
            raise typer.BadParameter("two versions are wanted: stet compare OLD NEW")
        changed = _compare_two(old, new, chosen, as_json or session().json)
    if exit_code and changed:
        finish(Exit.CHANGES)


def _compare_two(old: str, new: str, chosen: CompareConfig, as_json: bool) -> bool:
    from bot.core.compare import compare as run
    from bot.core.comparison import Severity, to_json

    before, after = read_story(old), read_story(new)
    comparison = run(before, after, chosen)
    if as_json:
        emit(to_json(comparison))
    else:
        from bot.render.terminal import comparison_view

        console = session().console()
        session().show(comparison_view(comparison, before, after, console))
    return comparison.severity > Severity.TRIVIAL or comparison.status == "suspect"


def _compare_pairs(pairs: str, chosen: CompareConfig) -> bool:
    from bot.core.compare import compare as run
    from bot.core.comparison import Severity, to_json
    from bot.core.story import SCHEMA, StoryFormatError, from_json

    changed = failed = False
    for number, line in enumerate(read_bytes(pairs).splitlines(), start=1):
        if not line.strip():
            continue
        pair: Any = None
        try:
            pair = json.loads(line.decode("utf-8", "surrogatepass"))
            before, after = from_json(pair["old"]), from_json(pair["new"])
        except (ValueError, KeyError, TypeError, StoryFormatError, RecursionError) as error:
            tell(f"stet: {pairs}: line {number} is no pair of stories ({type(error).__name__}); the others went on")
            identity = pair.get("id") if isinstance(pair, dict) else None
            message = f"line {number} is no pair of stories"
            emit({"id": identity, "schema": SCHEMA, "error": {"kind": "not_a_pair", "message": message}})
            failed = True
            continue
        comparison = run(before, after, chosen)
        changed = changed or comparison.severity > Severity.TRIVIAL
        emit({"id": pair.get("id"), **to_json(comparison)})
    if failed:
        finish(Exit.FAILED)
    return changed


def rules(config: Path | None) -> CompareConfig:
    """The [judge] section of the file that was named, for the comparison; the defaults where none was."""
    from bot.core.compare import CompareConfig

    path = config or session().config_path
    if path is None:
        return CompareConfig()
    from bot.config import find, load
    from bot.wiring import compare_config

    return compare_config(load(find(path, os.environ, cwd=Path.cwd(), home=Path.home()), os.environ))
