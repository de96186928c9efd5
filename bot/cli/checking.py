"""``stet check``: look at stories now, store what changed, and tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import watch_numbers
from bot.cli.records import result_json
from bot.cli.session import JSON, Exit, emit, finish, now, say, session, tell
from bot.render.phrases import counted

if TYPE_CHECKING:
    from bot.app import App
    from bot.core.model import Watch
    from bot.jobs.record import Result

PANEL = "Watches"


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("check", rich_help_panel=PANEL)(check)


def check(
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="Watches to check.", autocompletion=watch_numbers)
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every watch, due or not.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 10 where something changed.")] = False,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="Leave the alerts in the outbox.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Check stories now, store what changed, and tell it.

    Without REF or --all, what is due. A check you ask for tells at once; the service waits for edits to settle.

    Examples:  stet check --all    stet check 17 --json    stet check --exit-code
    """
    from bot.core.model import Outcome

    json_lines = session().json = as_json or session().json
    with session().app(tells=True) as app:
        chosen = _chosen(app, refs or [], all_)
        results = list(_checked_watches(app, chosen, json_lines))
        if refs or all_:
            from bot.jobs.settle import settle_due

            settle_due(app.kit, now())
        sent, undelivered = (0, 0) if no_deliver else _deliver(app)
        failed = [result for result in results if result.outcome is Outcome.FAILED]
        changed = [result for result in results if result.outcome in (Outcome.CHANGED, Outcome.REVERTED)]
        _summarise(results, sent, undelivered, json_lines)
        if exit_code and any(result.severity for result in changed):
            finish(Exit.CHANGES)
        if failed or undelivered:
            finish(Exit.FAILED)


def _chosen(app: App, refs: list[str], all_: bool) -> list[Watch]:
    from bot.core.model import WatchState
    from bot.jobs.watching import find_watch
    from bot.store import watches

    if refs:
        return [find_watch(app.kit, ref) for ref in refs]
    with app.kit.db.read() as tx:
        if all_:
            return watches.list_(tx, states=[WatchState.ACTIVE, WatchState.GONE])
    with app.kit.db.begin() as tx:
        lease = timedelta(seconds=app.config.fetch.timeout * 2 + 120)
        return watches.claim_due(tx, now(), 100_000, lease)


def _checked_watches(app: App, chosen: list[Watch], json_lines: bool) -> Iterator[Result]:
    from bot.jobs.check import check_now

    console = session().console(stderr=True)
    quiet = json_lines or not console.is_terminal or session().verbosity < 0 or len(chosen) < 2
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("", total=len(chosen))
        for result in check_now(app.kit, chosen, workers=app.config.fetch.workers):
            progress.advance(task)
            if json_lines:
                emit(result_json(result))
            elif result.outcome.value != "unchanged":
                _say_result(result)
            yield result


def _say_result(result: Result) -> None:
    from bot.render.plain import one_line

    level = f" {result.severity.word}" if result.severity is not None else ""
    name = one_line(result.headline or result.url, 80)
    version = f" v{result.version}" if result.version else ""
    detail = result.error or result.summary
    say(
        f"{result.outcome.value}{level}  {result.watch_id}{version}  {name}"
        + (f"  ({one_line(detail)})" if detail else "")
    )


def _deliver(app: App) -> tuple[int, int]:
    from bot.core.model import AlertStatus
    from bot.jobs.deliver import Courier

    made = Courier(app.kit).work()
    sent = sum(1 for delivery in made if delivery.status is AlertStatus.SENT)
    for delivery in made:
        if delivery.error:
            tell(f"stet: {delivery.alert.target.key}: {delivery.error}")
    return sent, len(made) - sent


def _summarise(results: list[Result], sent: int, undelivered: int, json_lines: bool) -> None:
    from collections import Counter

    counts = Counter(result.outcome.value for result in results)
    summary = {"checked": len(results), **dict(sorted(counts.items())), "sent": sent, "undelivered": undelivered}
    if json_lines:
        emit({"schema": 1, "summary": summary})
        return
    if not results and not sent and not undelivered:
        say("Nothing is due.")
        return
    parts = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    waiting = sum(result.waiting for result in results)
    say(
        f"Checked {len(results)}: {parts or 'nothing was due'}. {counted(sent, 'alert')} told"
        + (f", {undelivered} not delivered (stet outbox list)" if undelivered else "")
        + (f", {waiting} waiting for the edits to settle" if waiting else "")
        + "."
    )
