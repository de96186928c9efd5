"""Commands that need no database, no network and no configuration: compare and preview, and what all such read."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.session import JSON, Exit, emit, finish, session, tell

if TYPE_CHECKING:
    from bot.core.compare import CompareConfig
    from bot.core.story import Story
    from bot.render.message import Message

PANEL = "Pipes (no database, no network)"
MAX_INPUT = 100_000_000


def register(app: typer.Typer) -> None:
    """Add this module's commands, and ``extract``."""
    from bot.cli.extracting import extract

    app.command("extract", rich_help_panel=PANEL)(extract)
    app.command("compare", rich_help_panel=PANEL)(compare)
    preview = typer.Typer(
        help="Show an alert or a digest exactly as it would be sent.\n\nExample:  stet preview digest --as text",
        rich_markup_mode=None,
    )
    preview.command("alert")(preview_alert)
    preview.command("digest")(preview_digest)
    app.add_typer(preview, name="preview", rich_help_panel=PANEL)


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
    rules = _rules(config)
    if pairs is not None:
        if old is not None or new is not None:
            raise typer.BadParameter("give either two versions or --pairs, not both")
        changed = _compare_pairs(pairs, rules)
    else:
        if old is None or new is None:
            raise typer.BadParameter("two versions are wanted: stet compare OLD NEW")
        changed = _compare_two(old, new, rules, as_json or session().json)
    if exit_code and changed:
        finish(Exit.CHANGES)


def preview_alert(
    old: Annotated[str, typer.Option("--old", metavar="OLD", help="Story JSON or an HTML page.")],
    new: Annotated[str, typer.Option("--new", metavar="NEW", help="Story JSON or an HTML page.")],
    form: Annotated[
        str, typer.Option("--as", metavar="FORM", help="slack, email, html, text, terminal or atom.")
    ] = "terminal",
    to: Annotated[str, typer.Option("--to", help="The recipient shown in a mail.")] = "editor@newsroom.example",
) -> None:
    """Print an alert as it would be sent.

    Example:  stet preview alert --old a.json --new b.json --as slack
    """
    from bot.core.compare import compare as run

    before, after = _encodable(read_story(old)), _encodable(read_story(new))
    message = sample_message(before, after, run(before, after, _rules(None)))
    match form:
        case "terminal":
            from bot.render.terminal import alert_view

            console = session().console()
            session().show(alert_view(message, console))
        case "text":
            from bot.render.plain import text

            sys.stdout.write(text(message))
        case "slack" | "email" | "html" | "atom":
            _preview_rendered(message, form, to)
        case _:
            raise typer.BadParameter("use slack, email, html, text, terminal or atom", param_hint="--as")


def preview_digest(
    source: Annotated[
        str | None, typer.Option("--from", metavar="DB", help="A data directory or database file; else this one's.")
    ] = None,
    form: Annotated[str, typer.Option("--as", metavar="FORM", help="email, html or text.")] = "text",
    since: Annotated[str, typer.Option("--since", metavar="24h", help="The span it covers, up to now.")] = "24h",
    to: Annotated[str, typer.Option("--to", help="The recipient shown in a mail.")] = "editor@newsroom.example",
) -> None:
    """Print a digest of everything as it would be sent.

    Example:  stet preview digest --from stet-demo --as text
    """
    from datetime import timedelta

    from bot.cli.delivery import rendered_digest
    from bot.cli.session import now
    from bot.config import parse_duration
    from bot.errors import NotFound
    from bot.jobs.digest import everything

    if form not in ("email", "html", "text"):
        raise typer.BadParameter("use email, html or text", param_hint="--as")
    try:
        length = timedelta(seconds=parse_duration(since))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error
    if source is not None:
        path = Path(source)
        folder = path if path.is_dir() else path.parent
        if not (folder / "stet.db").is_file():
            raise NotFound("there is no Stet database there", subject=source)
        session().data_dir = folder
    with session().app() as app:
        moment = now()
        with app.kit.db.read() as tx:
            digest = everything(tx, app.kit, start=moment - length, end=moment)
        data = rendered_digest(digest, form, app.config.bot.base_url, to)
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def sample_message(old: Story, new: Story, comparison: Any) -> Message:
    """The message of an alert about two versions that are in no database."""
    from urllib.parse import urlsplit

    from bot.cli.session import now
    from bot.core.model import AlertKind
    from bot.render.message import Message

    url = new.url or old.url or new.canonical_url
    web = url if url.startswith(("http://", "https://")) else ""
    return Message(
        kind=AlertKind.CHANGE,
        public_id="a_preview",
        severity=comparison.severity,
        watch_id=1,
        outlet=new.site_name or old.site_name or urlsplit(web).hostname or "",
        route="preview",
        why="This is a preview; nothing was sent.",
        old=old,
        new=new,
        old_n=1,
        new_n=2,
        comparison=comparison,
        findings=comparison.findings,
        seen_at=now(),
        links={"story": web} if web else {},
    )


def read_bytes(source: str) -> bytes:
    """A file's bytes, ``-`` for standard input, ``.gz`` unpacked; at most 100 MB."""
    from bot.errors import UsageError

    if source == "-":
        data = sys.stdin.buffer.read(MAX_INPUT + 1)
        name = "standard input"
    else:
        name = source
        try:
            with Path(source).open("rb") as file:
                data = file.read(MAX_INPUT + 1)
        except FileNotFoundError:
            raise UsageError("there is no such file", subject=source) from None
        except OSError as error:
            raise UsageError(f"the file cannot be read ({error.strerror})", subject=source) from None
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(_Bytes(data)) as unpacked:
                data = unpacked.read(MAX_INPUT + 1)
        except (OSError, EOFError):
            raise UsageError("the file is not whole gzip data", subject=name) from None
    if len(data) > MAX_INPUT:
        raise UsageError("the file holds more than 100 MB; that is no story", subject=name)
    return data


def _Bytes(data: bytes) -> Any:  # noqa: N802 - reads as the constructor it wraps
    import io

    return io.BytesIO(data)


def read_story(source: str) -> Story:
    """A story from Story JSON or an HTML page. Raises UsageError or ExtractError with the file's name."""
    from bot.core.story import StoryFormatError, from_json, unknown_keys
    from bot.errors import UsageError

    data = read_bytes(source)
    if data.lstrip()[:1] != b"{":
        from bot.errors import ExtractError
        from bot.extract import extract as read

        try:
            return read(data).story
        except ExtractError as error:
            error.subject = error.subject or source
            raise
    try:
        document = json.loads(data.decode("utf-8-sig", "surrogatepass"))
        story = from_json(document)
    except (ValueError, StoryFormatError, RecursionError) as error:
        raise UsageError("this is not Story JSON", subject=source) from error
    if extra := unknown_keys(document):
        tell(f"stet: {source}: ignoring unknown keys: {', '.join(extra)}")
    return story


def _encodable(story: Story) -> Story:
    """The story with U+FFFD for lone surrogates, which Story JSON may hold and no page ever does."""
    from bot.core.story import from_json, to_json

    text = json.dumps(to_json(story), ensure_ascii=False).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return from_json(json.loads(text))


def _compare_two(old: str, new: str, rules: CompareConfig, as_json: bool) -> bool:
    from bot.core.compare import compare as run
    from bot.core.comparison import Severity, to_json

    before, after = read_story(old), read_story(new)
    comparison = run(before, after, rules)
    if as_json:
        emit(to_json(comparison))
    else:
        from bot.render.terminal import comparison_view

        console = session().console()
        session().show(comparison_view(comparison, before, after, console))
    return comparison.severity > Severity.TRIVIAL or comparison.status == "suspect"


def _compare_pairs(pairs: str, rules: CompareConfig) -> bool:
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
        comparison = run(before, after, rules)
        changed = changed or comparison.severity > Severity.TRIVIAL
        emit({"id": pair.get("id"), **to_json(comparison)})
    if failed:
        finish(Exit.FAILED)
    return changed


def _rules(config: Path | None) -> CompareConfig:
    from bot.core.compare import CompareConfig

    path = config or session().config_path
    if path is None:
        return CompareConfig()
    import os

    from bot.config import find, load
    from bot.wiring import compare_config

    return compare_config(load(find(path, os.environ, cwd=Path.cwd(), home=Path.home()), os.environ))


def _preview_rendered(message: Message, form: str, to: str) -> None:
    if form == "slack":
        from bot.render.slack import payload

        emit(payload(message, channel="C0PREVIEW"))
        return
    if form == "html":
        from bot.render.html import preview as html_page

        data = html_page(message).encode("utf-8", "replace")
    elif form == "atom":
        from bot.render.atom import preview as atom_entry

        data = atom_entry(message)
    else:
        data = _mail(message, to)
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _mail(message: Message, to: str) -> bytes:
    from bot.cli.session import now
    from bot.deliver.smtp import EmailSettings
    from bot.render.email import letter
    from bot.render.letter import compose, wire

    settings = EmailSettings(sender="stet@newsroom.example", domain="newsroom.example")
    letterhead = settings.letterhead()
    return wire(compose(letter(message, recipient=to, letterhead=letterhead), letterhead, now()))
