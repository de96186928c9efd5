"""Commands that keep it alive: backup, restore, prune, db, evidence, hide, reextract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import Ref, login, watch_numbers
from bot.cli.session import JSON, Exit, emit, finish, now, say, session, tell
from bot.render.phrases import counted

if TYPE_CHECKING:
    from bot.app import App

PANEL = "Keeping it alive"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("backup", rich_help_panel=PANEL)(backup)
    app.command("restore", rich_help_panel=PANEL)(restore)
    app.command("prune", rich_help_panel=PANEL)(prune)
    db = typer.Typer(help="The database's schema.\n\nExample:  stet db current", rich_markup_mode=None)
    db.command("current")(db_current)
    db.command("upgrade")(db_upgrade)
    app.add_typer(db, name="db", rich_help_panel=PANEL)
    app.command("evidence", rich_help_panel=PANEL)(evidence)
    app.command("hide", rich_help_panel=PANEL)(hide)
    app.command("unhide", rich_help_panel=PANEL)(unhide)
    app.command("reextract", rich_help_panel=PANEL)(reextract)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Copy the whole database to one file, while the service runs.

    Example:  stet backup /var/backups/stet.db
    """
    from bot.store.backup import backup as run

    with session().app() as app, _Bar("backing up") as bar:
        report = run(app.kit.db, file, force=force, progress=bar.table)
    say(f"{report.path}: {report.bytes / 1e6:.1f} MB, {_rows(report.rows)}. Restore with: stet restore {file}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `stet backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a database that is there; it is kept aside.")] = False,
) -> None:
    """Put a backup in the database's place, and compare the two. Stop the service first.

    Example:  stet restore /var/backups/stet.db
    """
    from bot.app import make_folder
    from bot.store.backup import restore as run

    config = session().config()
    data = session().data(config)
    make_folder(data)
    url = config.database_url(f"sqlite:///{data.absolute() / 'stet.db'}")
    with _Bar("restoring") as bar:
        report = run(file, url, now=now(), data_dir=data, force=force, progress=bar.table)
    say(f"Restored {_rows(report.rows)} and compared them with the backup.")
    if report.kept is not None:
        say(f"The database that was there is kept as {report.kept}")


def prune(
    keep_days: Annotated[
        int | None, typer.Option("--keep-days", metavar="N", min=1, help="Drop what is older.")
    ] = None,
    keep_versions: Annotated[
        int | None, typer.Option("--keep-versions", metavar="N", min=2, help="Keep so many of each story.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    compact: Annotated[bool, typer.Option("--compact", help="Give freed space back to the disk.")] = False,
) -> None:
    """Drop old texts and pages that were never told. Numbers, times and hashes stay, as does what was reported.

    Without options, what [store] keep_days and keep_versions say.

    Examples:  stet prune --keep-days 365 --dry-run    stet prune --compact
    """
    from bot.store.prune import compact as give_back
    from bot.store.prune import prune as run

    with session().app() as app:
        days = keep_days or app.config.store.keep_days
        count = keep_versions or app.config.store.keep_versions
        report = run(app.kit.db, now(), keep_days=days, keep_versions=count, dry_run=dry_run)
        saved = give_back(app.kit.db) if compact and not dry_run else 0
    parts = [f"{value} {name.replace('_', ' ')}" for name, value in _fields(report).items() if value]
    say(("Would drop: " if dry_run else "Dropped: ") + (", ".join(parts) or "nothing") + ".")
    if saved:
        say(f"{saved / 1e6:.1f} MB given back to the disk.")


def db_current(as_json: Annotated[bool, JSON] = False) -> None:
    """Print the schema the database has and the one this release wants. Only looks; exit 1 where they differ.

    Example:  stet db current
    """
    from bot.errors import NotFound
    from bot.store.database import Database
    from bot.store.migrations import HEAD

    config = session().config()
    file = session().data(config).absolute() / "stet.db"
    url = config.database_url(f"sqlite:///{file}")
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).is_file():
        raise NotFound("there is no database yet; `stet add URL` or `stet run` makes it", subject=path)
    with Database.open(url, migrate=False) as db:  # only looks: an older schema is named, never upgraded
        found, subject = db.schema_version(), db.subject
    if as_json or session().json:
        emit({"schema": 1, "database": subject, "current": found, "wanted": HEAD})
    else:
        say(f"{subject}: schema {found}, as this release wants")


def db_upgrade() -> None:
    """Upgrade the database now (the service does it at its start; SQLite is copied first).

    Example:  stet db upgrade
    """
    with session().app() as app:
        say(f"{app.kit.db.subject}: schema {app.kit.db.schema_version()}")


def evidence(
    ref: Annotated[
        str, typer.Argument(metavar="REF|verify", help="A watch, or the word verify.", autocompletion=watch_numbers)
    ],
    versions: Annotated[
        str | None, typer.Argument(metavar="[A..B|F.zip]", help="Versions, else the last two; the pack to verify.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="F.zip", help="Where the pack goes.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Pack the proof of a change: both pages as they came, headers, times, hashes, the comparison. Or verify a pack.

    Examples:  stet evidence 17 2..3 --out proof.zip    stet evidence verify proof.zip
    """
    if ref == "verify":
        _verify(versions, as_json or session().json)
        return
    from functools import partial

    from bot.cli.read import version_pair
    from bot.core.compare import compare
    from bot.jobs.evidence import build
    from bot.jobs.watching import find_watch

    with session().app() as app:
        watch = find_watch(app.kit, ref)
        a, b = version_pair(watch, versions)
        path = out or Path(f"stet-evidence-{watch.id}-{a}-{b}.zip")
        build(app.kit.db, watch.id, a, b, path, compare=partial(compare, config=app.kit.compare), zone=app.kit.zone)
    say(f"{path}: versions {a} and {b} of watch {watch.id}. Check it with: stet evidence verify {path}")


def hide(
    ref: Ref, reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="Kept, and shown instead.")]
) -> None:
    """Take a story down from pages, feeds and search. It stays in the database, with the reason.

    Example:  stet hide 17 --reason "court order of 24 November"
    """
    from bot.errors import UsageError
    from bot.store import views

    if not reason.strip():
        raise UsageError("a reason is wanted: it is shown in the story's place")
    with session().app() as app:
        watch = _watch(app, ref)
        with app.kit.db.begin() as tx:
            views.hide(tx, watch.id, reason=reason, by=_login(), now=now())
            _record(tx, "hide", watch, {"reason": reason})
        say(f"Story {watch.id} is hidden. Undo: stet unhide {watch.id}")


def unhide(ref: Ref) -> None:
    """Show a hidden story again.

    Example:  stet unhide 17
    """
    from bot.store import views

    with session().app() as app:
        watch = _watch(app, ref)
        with app.kit.db.begin() as tx:
            shown = views.unhide(tx, watch.id)
            if shown:
                _record(tx, "unhide", watch, {})
        say(f"Story {watch.id} is shown again." if shown else f"Story {watch.id} was not hidden.")


def reextract(
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="Else every watch.", autocompletion=watch_numbers)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be read differently; store nothing.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Read stored pages again with today's rules. Differences are stored silently as the new baseline; nobody is told.

    Examples:  stet reextract --dry-run    stet reextract 17
    """
    from bot.jobs.reextract import reextract as run
    from bot.jobs.watching import find_watch
    from bot.store import watches

    with session().app() as app:
        if refs:
            chosen = [find_watch(app.kit, ref) for ref in refs]
        else:
            with app.kit.db.read() as tx:
                chosen = watches.list_(tx)
        differing = 0
        with _Bar("reading", len(chosen)) as bar:
            for watch in chosen:
                reread = run(app.kit, watch, now(), dry_run=dry_run)
                bar.step(1, len(chosen))
                if as_json or session().json:
                    emit({"schema": 1, **reread.to_json()})
                elif reread.differs:
                    say(f"{watch.id}  {reread.words}")
                differing += reread.differs
        if not (as_json or session().json):
            say(
                f"{counted(len(chosen), 'story', 'stories')} read again, {differing} differently"
                + (" (nothing stored)." if dry_run else ".")
            )


def _verify(name: str | None, as_json: bool) -> None:
    from bot.errors import UsageError
    from bot.jobs.evidence import verify

    if name is None:
        raise UsageError("name the pack: stet evidence verify F.zip")
    if not Path(name).is_file():
        raise UsageError("there is no such file", subject=name)
    problems = verify(Path(name))
    if as_json:
        emit({"schema": 1, "file": name, "sound": not problems, "problems": list(problems)})
    else:
        for problem in problems:
            say(f"✗ {problem}")
        say(
            f"{name}: every byte is as it was packed."
            if not problems
            else f"{name}: {counted(len(problems), 'problem')}."
        )
    if problems:
        finish(Exit.FAILED)


def _watch(app: App, ref: str) -> Any:
    from bot.jobs.watching import find_watch

    return find_watch(app.kit, ref)


def _record(tx: Any, action: str, watch: Any, details: dict[str, str]) -> None:
    from bot.jobs.watching import Actor, record_action

    record_action(tx, Actor(name=_login(), via="cli"), now(), action, watch, details)


def _login() -> str:

    return login()


def _rows(rows: Any) -> str:
    wanted = ("watches", "versions", "changes", "alerts")
    return ", ".join(f"{rows[name]} {name}" for name in wanted if name in rows)


def _fields(report: Any) -> dict[str, int]:
    from dataclasses import asdict

    return {name: value for name, value in asdict(report).items() if isinstance(value, int)}


class _Bar:
    """A progress bar on standard error, on terminals only."""

    def __init__(self, words: str, total: int | None = None) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = session().console(stderr=True)
        quiet = not console.is_terminal or session().verbosity < 0
        columns = (
            TextColumn(words),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total}"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console, transient=True, disable=quiet)
        self._task = self._progress.add_task("", total=total or 1)
        self._done = 0

    def step(self, done: int, total: int) -> None:
        """``done`` more steps of ``total`` are made."""
        self._done += done
        self._progress.update(self._task, completed=self._done, total=max(total, 1))

    def table(self, name: str, rows: int) -> None:
        """``rows`` more rows of a table are copied."""
        self._done += rows
        self._progress.update(self._task, description=name, completed=self._done, total=None)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()
        if exc[0] is not None and self._done:
            tell("stet: not finished")
