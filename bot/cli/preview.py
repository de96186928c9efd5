"""``stet preview``: an alert or a digest as it would be sent, in every form, and what renders it."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.comparing import rules
from bot.cli.given import encodable, read_story
from bot.cli.session import emit, now, session

if TYPE_CHECKING:
    from bot.core.digest import Digest
    from bot.core.story import Story
    from bot.render.message import Message

PANEL = "Pipes (no database, no network)"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    preview = typer.Typer(
        help="Show an alert or a digest exactly as it would be sent.\n\nExample:  stet preview digest --as text",
        rich_markup_mode=None,
    )
    preview.command("alert")(preview_alert)
    preview.command("digest")(preview_digest)
    app.add_typer(preview, name="preview", rich_help_panel=PANEL)


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

    before, after = encodable(read_story(old)), encodable(read_story(new))
    message = sample_message(before, after, run(before, after, rules(None)))
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


def rendered_digest(digest: Digest, form: str, base_url: str, to: str) -> bytes:
    """A digest as text, HTML or a whole mail."""
    from bot.render import digest as render

    if form == "html":
        return render.html(digest, base_url=base_url).encode("utf-8", "replace")
    if form == "text":
        return render.text(digest, base_url=base_url).encode("utf-8", "replace")
    from bot.core.digest import to_json
    from bot.deliver.smtp import EmailSettings
    from bot.render.letter import compose, wire

    letterhead = EmailSettings(sender="stet@newsroom.example", domain="newsroom.example").letterhead(base_url=base_url)
    letter = render.digest_letter({"digest": to_json(digest)}, recipient=to, letterhead=letterhead)
    return wire(compose(letter, letterhead, now()))


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
    from bot.deliver.smtp import EmailSettings
    from bot.render.email import letter
    from bot.render.letter import compose, wire

    settings = EmailSettings(sender="stet@newsroom.example", domain="newsroom.example")
    letterhead = settings.letterhead()
    return wire(compose(letter(message, recipient=to, letterhead=letterhead), letterhead, now()))
