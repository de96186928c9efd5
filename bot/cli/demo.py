"""``stet demo``: the main job end to end on loopback, in seconds, with no account and no network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.session import Exit, finish, now, program, say, session

if TYPE_CHECKING:
    from bot.app import App
    from bot.demo.newsroom import Edit, Newsroom
    from bot.jobs.record import Result


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel="Start here")(demo)


def demo(
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Where the demo keeps its files (made anew).")
    ] = None,
) -> None:
    """Show the main job on a pretend newspaper: no account, no network, a few seconds.

    Example:  stet demo
    """
    from bot import log
    from bot.app import App
    from bot.config import parse
    from bot.demo.newsroom import PAPER, Newsroom, second_edition

    data = folder or session().data_dir or Path("stet-demo")
    _fresh(data)
    log.set_up(style="console", level="error")
    console = session().console(stderr=session().json)
    with Newsroom() as newsroom:
        config = parse(_settings(newsroom, data), {})
        edits = second_edition()
        say(f"Stet demo: {PAPER}, a pretend newspaper on {newsroom.address}")
        say()
        with App.open(config, data, console=console) as app:
            say(f"1/4  watching {len(newsroom.urls)} stories", bold=True)
            _watch(app, newsroom)
            say()
            say("2/4  the paper edits its pages", bold=True)
            newsroom.turn_furniture()
            for edit in edits:
                current = newsroom.page(edit.page.path)
                from dataclasses import replace

                newsroom.publish(replace(edit.page, edition=current.edition if current else 2))
                say(f"     {edit.page.path}: {edit.what}")
            say("     (and on every page: new related links, counters, adverts, “2 hours ago”)")
            say()
            say("3/4  checking again", bold=True)
            results = _check(app)
            say()
            say("4/4  telling: terminal, mail, Slack", bold=True)
            say()
            sent = _deliver(app)
            slack = _slack_payloads(app, data)
        _farewell(data, results, edits, sent, slack)


def _settings(newsroom: Newsroom, data: Path) -> dict[str, object]:
    return {
        "bot": {"base_url": "http://127.0.0.1:8080", "timezone": "Europe/London"},
        "fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False, "per_host": 8},
        "judge": {"settle": 0},
        "outlet": [{"name": "Marlow Quay Courier", "hosts": ["127.0.0.1"], "desk": "news"}],
        "route": [
            {
                "name": "newsroom",
                "min_severity": "major",
                "to": {"terminal": True, "email": ["standards@newsroom.example"]},
            }
        ],
        "email": {"from": "Stet <stet@newsroom.example>"},
    }


def _fresh(data: Path) -> None:
    """The demo's folder, empty. A folder that is not the demo's is left alone."""
    from bot.errors import UsageError

    if data.exists() and any(data.iterdir()):
        if not (data / ".stet-demo").exists():
            raise UsageError("this folder is not empty and not the demo's; name another with --dir", subject=str(data))
        shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)
    (data / ".stet-demo").write_text("Made by `stet demo`, which deletes and makes it anew.\n", encoding="utf-8")


def _watch(app: App, newsroom: Newsroom) -> None:
    from bot.jobs.watching import Actor, add_watch

    for url in newsroom.urls:
        added = add_watch(app.kit, url, now=now(), by=Actor(name="demo", via="cli"))
        if added.result is None or added.result.error:
            say(f"     ✗ {url}: {added.result.error if added.result else 'not read'}")
            finish(Exit.FAILED)
        say(f"     ✓ “{added.watch.headline}” (version 1)")


def _check(app: App) -> list[Result]:
    from bot.core.comparison import Severity
    from bot.jobs.check import check_now
    from bot.store import watches

    with app.kit.db.read() as tx:
        chosen = watches.list_(tx)
    results = sorted(check_now(app.kit, chosen, workers=1), key=lambda result: result.watch_id)
    for result in results:
        if result.severity is not None and result.severity > Severity.TRIVIAL:
            say(f"     {result.severity.word:<9} {result.headline}: {result.summary}")
        else:
            say(f"     {'silent':<9} {result.headline}: typography and page furniture, told to nobody")
    return results


def _deliver(app: App) -> int:
    from bot.core.model import AlertStatus
    from bot.jobs.deliver import Courier

    made = Courier(app.kit, workers=1, channels=["terminal"]).work()
    made += Courier(app.kit, workers=1, channels=["email"]).work()
    return sum(1 for delivery in made if delivery.status is AlertStatus.SENT)


def _slack_payloads(app: App, data: Path) -> Path | None:
    """What Slack would be sent, as files; the gravest one is named."""
    from bot.core.model import AlertStatus
    from bot.jobs.messages import message_for
    from bot.render.slack import payload
    from bot.store import outbox

    folder = data / "slack"
    folder.mkdir(exist_ok=True)
    first: Path | None = None
    with app.kit.db.read() as tx:
        told = outbox.list_(tx, status=AlertStatus.SENT, target="terminal:", limit=20, oldest_first=True)
        for number, alert in enumerate(told, start=1):
            body = payload(message_for(tx, app.kit, alert), channel="C0NEWSROOM")
            path = folder / f"{number:04}-chat.postMessage.json"
            path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            first = first or path
    return first


def _farewell(data: Path, results: list[Result], edits: tuple[Edit, ...], sent: int, slack: Path | None) -> None:
    told = sum(1 for result in results if result.severity is not None and result.severity >= 3)
    mails = sorted((data / "outbox").glob("*.eml"))
    say(
        f"{told} of {len(edits)} stories changed in a way that matters; {sent} alerts told, "
        f"{len(mails)} of them as mail."
    )
    say()
    stet = f"{program()} --data-dir {data}"
    say("Look at it:")
    say(f"  {stet} diff 2")
    say(f"  {stet} why 3")
    say(f"  {stet} run --only web        then open http://127.0.0.1:8080/stories/1/diff/1..2")
    if mails:
        say(f"  {mails[0]}   (open it in a mail program)")
    if slack is not None:
        say(f"  {slack}   (what Slack would be sent)")
    say()
    say(f"Next: {program()} init, then {program()} add URL")
