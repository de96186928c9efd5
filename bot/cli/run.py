"""Commands that run the service: run, worker, healthcheck."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from bot.cli.session import Exit, finish, say, session, tell

PANEL = "Running"
COLLECT = (700, 10, 10)
"""When the collector looks for rubbish while the service runs: the numbers of Python itself, see ``__main__``."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("run", rich_help_panel=PANEL)(run)
    app.command("worker", rich_help_panel=PANEL)(worker)
    app.command("healthcheck", rich_help_panel=PANEL)(healthcheck)


def run(
    only: Annotated[
        str | None, typer.Option("--only", metavar="PARTS", help="Some of checker,courier,slack,web,scheduler.")
    ] = None,
) -> None:
    """Run the service: check, tell, answer in Slack, show pages. Ctrl-C or SIGTERM ends it cleanly.

    Examples:  stet run    stet run --only web    stet run --only checker,courier,scheduler
    """
    from bot.service import PARTS, Service

    gc.set_threshold(*COLLECT)
    parts = tuple(part.strip() for part in only.split(",")) if only else PARTS
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is no part; use {', '.join(PARTS)}", param_hint="--only")
    alone = set(parts) <= {"web"}
    with session().app(service=not alone) as app:
        engine = None
        if app.config.engine.kind == "procrastinate" and not alone:
            from bot.engine.procrastinate import ProcrastinateEngine

            engine = ProcrastinateEngine(app, parts)
        where = f"http://{app.config.web.listen}" if "web" in parts and app.config.web.enabled else "no web view"
        words = f"stet: running ({', '.join(parts)}); {where}; data in {app.data_dir}; Ctrl-C ends it"
        Service(app, parts, engine).run(lambda: tell(words))


def worker(
    concurrency: Annotated[int, typer.Option("--concurrency", metavar="N", help="Sites checked at the same time.")] = 8,
) -> None:
    """Work on checks and deliveries of the distributed engine ([engine] kind = "procrastinate").

    Any number of these, on any number of machines, share one PostgreSQL database; one of them leads.

    Example:  stet worker --concurrency 8
    """
    from bot.errors import UsageError

    with session().app(tells=True) as app:
        if app.config.engine.kind != "procrastinate":
            raise UsageError('workers belong to the distributed engine: set [engine] kind = "procrastinate"')
        from bot.engine.procrastinate import ProcrastinateEngine
        from bot.service import Service

        gc.set_threshold(*COLLECT)
        parts = ("checker", "courier", "scheduler")
        words = f"stet: working on jobs of {app.kit.db.subject}; Ctrl-C ends it"
        Service(app, parts, ProcrastinateEngine(app, parts, concurrency=concurrency)).run(lambda: tell(words))


def healthcheck() -> None:
    """Ask the running service whether it is ready: exit 0 or 1. For container images.

    Example:  stet healthcheck
    """
    import http.client

    config = session().config()
    host, _, port = config.web.listen.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1", "::": "::1"}.get(host, host.strip("[]"))  # noqa: S104 - read, not bound
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(2000).decode("utf-8", "replace").strip()
    except OSError as error:
        tell(f"stet: the service does not answer on {config.web.listen} ({_why(error)}); is `stet run` up?")
        finish(Exit.FAILED)
        return
    finally:
        connection.close()
    say(body or str(answer.status))
    if answer.status != 200:
        finish(Exit.FAILED)


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
