"""``stet extract``: the story in a page, in every page of a folder, or at an address, and how it was read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.given import read_bytes
from bot.cli.session import JSON, Exit, emit, finish, say, session, tell
from bot.render.phrases import counted

if TYPE_CHECKING:
    from bot.extract.page import Extraction
    from bot.extract.rules import OutletRules

PANEL = "Pipes (no database, no network)"
PUBLIC_KINDS = {"not_found": "error_page", "not_article": "empty", "truncated": "empty", "javascript": "empty"}
"""The gate's finer verdicts as the kinds that scripts rely on; the finer word stands in ``detail``."""
PAGES = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz", ".xhtml.gz")
_EXPLAINED = 60
"""So many left-out lines are shown to people; ``--json`` has all of them."""


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("extract", rich_help_panel=PANEL)(extract)


def extract(
    source: Annotated[str, typer.Argument(metavar="FILE|DIR|URL", help="A saved page, a folder of them, or -.")],
    url: Annotated[str, typer.Option("--url", help="The address the page came from.")] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Say where each field came from and what was left out.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Read the story in a saved page. With an address, the rules of its [[outlet]] apply.

    Examples:  stet extract page.html --json    curl -s URL | stet extract - --url URL    stet extract URL --explain
    """
    as_json = as_json or session().json
    if source != "-" and Path(source).is_dir():
        _folder(Path(source), url, explain=explain)
        return
    if source.startswith(("http://", "https://")):
        from bot.cli.fetching import fetch_page

        page = fetch_page(source)
        found = _story_or_error(page.body, page.final_url, explain=explain, content_type=page.content_type)
    else:
        found = _story_or_error(read_bytes(source), url, explain=explain)
    if "error" in found:
        if as_json:
            emit(found)
        else:
            message = found["error"]["message"]
            tell(f"stet: {message}" if source in message else f"stet: {source}: {message}")
        finish(Exit.FAILED)
    if as_json:
        emit(found)
    else:
        _print_story(found)


def _folder(folder: Path, url: str, *, explain: bool) -> None:
    """A JSON line for every page below a folder; what is no page by its name is left alone."""
    files = sorted(path for path in folder.rglob("*") if path.name.lower().endswith(PAGES) and path.is_file())
    if not files:
        from bot.errors import NotFound

        raise NotFound("the folder holds no .html or .html.gz file", subject=str(folder))
    failed = 0
    for path, found in _outcomes(files, url, explain=explain):
        failed += "error" in found
        emit({"file": path.relative_to(folder).as_posix(), **found})
    if failed:
        tell(f"stet: no story in {failed} of {counted(len(files), 'page')}; see the error in each line")


def _outcomes(files: list[Path], url: str, *, explain: bool) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What each file holds, with progress on standard error where somebody looks on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from bot.core.story import SCHEMA
    from bot.errors import UsageError

    console = session().console(stderr=True)
    quiet = not console.is_terminal or session().verbosity < 0 or len(files) < 2
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("", total=len(files))
        for path in files:
            try:
                yield path, _story_or_error(read_bytes(str(path)), url, explain=explain)
            except UsageError as error:  # one broken file is no reason to skip the others
                yield path, {"schema": SCHEMA, "error": {"kind": "not_html", "message": error.message}}
            progress.advance(task)


def _story_or_error(data: bytes, url: str, *, explain: bool = False, content_type: str = "") -> dict[str, Any]:
    from bot.core.story import SCHEMA, to_json
    from bot.errors import ExtractError
    from bot.extract.apart import read

    try:
        found = read(data, url=url, explain=explain, rules=_rules_of(url), content_type=content_type)
    except ExtractError as error:
        kind = PUBLIC_KINDS.get(error.kind, error.kind)
        more = {} if kind == error.kind else {"detail": error.kind}
        return {"schema": SCHEMA, "error": {"kind": kind, "message": str(error), **more}}
    document = to_json(found.story)
    if explain:
        document["explain"] = _explained(found, data, url)
    return document


def _rules_of(url: str) -> OutletRules:
    """The configured rules of an address's outlet; none without an address or a configuration file."""
    from bot.config import find, load
    from bot.extract.rules import OutletRules

    path = find(session().config_path, os.environ, cwd=Path.cwd(), home=Path.home()) if url else None
    if path is None:
        return OutletRules()
    from bot.wiring import outlet_of

    return outlet_of(load(path, os.environ))(url).rules


def _explained(found: Extraction, data: bytes, url: str) -> dict[str, Any]:
    from bot.extract.opinion import second_opinion

    opinion = second_opinion(data, found.story, charset=found.charset, url=url)
    return {
        "recipe": found.recipe,
        "charset": found.charset,
        "sources": dict(found.sources),
        "evidence": found.evidence,
        "dropped": [{"text": line.text, "rule": line.rule} for line in found.dropped],
        "second_opinion": opinion.to_json(),
    }


def _print_story(document: dict[str, Any]) -> None:
    say(document["headline"])
    if document["standfirst"]:
        say(document["standfirst"])
    line = " · ".join(
        str(part)
        for part in (document["site_name"], ", ".join(document["byline"]), document["published_at"], document["lang"])
        if part
    )
    if line:
        say(line)
    say()
    for number, block in enumerate(document["blocks"], start=1):
        kind = "" if block["kind"] == "paragraph" else f"[{block['kind']}] "
        say(f"¶{number} {kind}{block['text']}")
    if "explain" in document:
        say()
        _print_explained(document["explain"])


def _print_explained(explained: dict[str, Any]) -> None:
    from bot.render.plain import one_line

    say(f"recipe {explained['recipe']}, charset {explained['charset']}, evidence {explained['evidence']} of 6")
    for field, source in explained["sources"].items():
        say(f"  {field}: {source or 'not found'}")
    dropped = explained["dropped"]
    for line in dropped[:_EXPLAINED]:
        say(f"  left out ({line['rule']}): {one_line(line['text'], 160)}")
    if len(dropped) > _EXPLAINED:
        say(f"  and {len(dropped) - _EXPLAINED} lines more; --json shows all")
    opinion = explained["second_opinion"]
    if opinion["agreement"] is None:
        say(f"second opinion: {opinion['note']}")
        return
    say(f"second opinion: {opinion['by']} agrees to {opinion['agreement']:.0%}")
    for text in opinion["only_here"]:
        say(f"  only here: {one_line(text, 160)}")
    for text in opinion["only_there"]:
        say(f"  only there: {one_line(text, 160)}")
