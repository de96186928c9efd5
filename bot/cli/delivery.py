"""Commands about telling: deliver, outbox, digest."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

import typer

from bot.cli.records import alert_json
from bot.cli.session import JSON, Exit, emit, finish, now, say, session, tell
from bot.render.phrases import counted

PANEL = "Telling"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("deliver", rich_help_panel=PANEL)(deliver)
    outbox = typer.Typer(
        help="What waits to be told, was told, or could not be.\n\nExample:  stet outbox list", rich_markup_mode=None
    )
    outbox.command("list")(outbox_list)
    outbox.command("show")(outbox_show)
    outbox.command("retry")(outbox_retry)
    app.add_typer(outbox, name="outbox", rich_help_panel=PANEL)
    app.command("digest", rich_help_panel=PANEL)(digest)
    app.command("bounce", rich_help_panel=PANEL)(bounce)


def deliver() -> None:
    """Send what waits in the outbox, once. The service does this by itself.

    Example:  stet deliver
    """
    from bot.core.model import AlertStatus
    from bot.jobs.deliver import Courier
    from bot.jobs.settle import settle_due

    with session().app(tells=True) as app:
        settle_due(app.kit, now())
        made = Courier(app.kit).work()
    failed = [delivery for delivery in made if delivery.status is not AlertStatus.SENT]
    for delivery in failed:
        tell(f"stet: {delivery.alert.target.key}: {delivery.error}")
    if not made:
        say("Nothing waits to be told.")
    else:
        say(f"{len(made) - len(failed)} told, {len(failed)} not delivered.")
    if failed:
        finish(Exit.FAILED)


def outbox_list(
    status: Annotated[str | None, typer.Option("--status", metavar="S", help="pending, sent, dead, paused …")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many.")] = 50,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List alerts, newest first.

    Example:  stet outbox list --status dead
    """
    from bot.core.model import AlertStatus
    from bot.store import outbox

    wanted = None
    if status is not None:
        try:
            wanted = AlertStatus(status.lower())
        except ValueError as error:
            words = ", ".join(one.value for one in AlertStatus)
            raise typer.BadParameter(f"use one of {words}", param_hint="--status") from error
    with session().app() as app:
        with app.kit.db.read() as tx:
            found = outbox.list_(tx, status=wanted, limit=limit)
        if as_json or session().json:
            emit({"schema": 1, "alerts": [alert_json(alert) for alert in found]})
            return
        if not found:
            say("The outbox holds nothing like that." if wanted else "The outbox is empty.")
        for alert in found:
            story = f"watch {alert.watch_id} v{alert.old_n or '-'}→{alert.new_n or '-'}" if alert.watch_id else ""
            why = f"  {alert.last_error}" if alert.last_error else ""
            say(f"{alert.id:>5}  {alert.status.value:<8} {alert.kind.value:<13} {alert.target.key}  {story}{why}")


def outbox_show(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number in the list.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show one alert whole.

    Example:  stet outbox show 12
    """
    from bot.errors import NotFound
    from bot.store import outbox

    with session().app() as app:
        with app.kit.db.read() as tx:
            alert = outbox.get(tx, number)
        if alert is None:
            raise NotFound(f"there is no alert {number}; `stet outbox list` shows them")
        if as_json or session().json:
            emit({"schema": 1, **alert_json(alert), "payload": dict(alert.payload)})
            return
        for name, value in alert_json(alert).items():
            if value not in (None, "", False):
                say(f"{name:<12} {json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value}")
        say(f"{'payload':<12} {json.dumps(dict(alert.payload), ensure_ascii=False)}")


def outbox_retry(
    number: Annotated[int | None, typer.Argument(metavar="[ID]", help="Its number in the list.")] = None,
    target: Annotated[str | None, typer.Option("--target", metavar="T", help="All of one target; resumes it.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything that died or is paused.")] = False,
) -> None:
    """Try an alert again, or everything for a target that was mended.

    Examples:  stet outbox retry 12    stet outbox retry --target email:desk@newsroom.example
    """
    from bot.core.model import AlertStatus
    from bot.errors import NotFound, UsageError
    from bot.store import notices, outbox, targets

    if number is None and target is None and not all_:
        raise UsageError("name an alert, a --target, or --all")
    count = 0
    with session().app() as app, app.kit.db.begin() as tx:
        if target is not None:
            count += targets.resume(tx, target, now())
            notices.clear(tx, f"delivery:{target}")
        elif all_:
            for state in targets.paused(tx):
                count += targets.resume(tx, state.key, now())
                notices.clear(tx, f"delivery:{state.key}")
            for alert in outbox.list_(tx, status=AlertStatus.DEAD, limit=None):
                count += outbox.requeue(tx, alert.id, now())
        elif number is not None:
            if outbox.get(tx, number) is None:
                raise NotFound(f"there is no alert {number}; `stet outbox list` shows them")
            count += outbox.requeue(tx, number, now())
    say(
        f"Due again: {counted(count, 'alert')}."
        if count
        else "Nothing to try again: it was sent, or is being sent now."
    )


def digest(
    to: Annotated[str | None, typer.Option("--to", metavar="WHO", help="One recipient.")] = None,
    day: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The local date; else today.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Print it and send nothing.")] = False,
    form: Annotated[str, typer.Option("--as", metavar="FORM", help="text, html or email.")] = "text",
) -> None:
    """Make the digests that are due, or preview one.

    Examples:  stet digest    stet digest --preview    stet digest --to desk@newsroom.example --preview
    """
    import sys

    from bot.cli.preview import rendered_digest
    from bot.jobs import digest as job

    local_date = None
    if day is not None:
        try:
            local_date = date.fromisoformat(day)
        except ValueError as error:
            raise typer.BadParameter("write YYYY-MM-DD", param_hint="--date") from error
    if form not in ("text", "html", "email"):
        raise typer.BadParameter("use text, html or email", param_hint="--as")
    with session().app() as app:
        if preview:
            made = job.preview(app.kit, now(), recipient=to, day=local_date)
            sys.stdout.flush()
            sys.stdout.buffer.write(
                rendered_digest(made, form, app.config.bot.base_url, to or "editor@newsroom.example")
            )
            sys.stdout.buffer.flush()
            return
        alerts = job.tick(app.kit, now())
        say(f"Put into the outbox: {counted(len(alerts), 'digest')}." if alerts else "No digest is due.")


def bounce(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="The report, a mail; else standard input.")] = "-",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Take a report that a mail did not arrive. For the alias that [email] envelope_sender leads to.

    Exit 0 for every mail that was understood, also where nothing was to be done: a mail server must not see a failure.

    Examples:  stet bounce < report.eml    stet bounce report.eml --json
    """
    from bot.cli.given import read_bytes
    from bot.jobs.bounces import take

    raw = read_bytes(file)
    with session().app() as app:
        taken = take(app.kit, raw, now())
    if as_json or session().json:
        found = {"outcome": taken.outcome.value, "message": taken.words, "target": taken.target, "alert": taken.alert}
        emit({"schema": 1, **found})
    else:
        say(taken.words)
