"""Commands about watches: add, list, show, check, mute, pause, resume, remove."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.session import JSON, Exit, emit, finish, now, say, say_row, session, tell

if TYPE_CHECKING:
    from bot.app import App
    from bot.core.comparison import Severity
    from bot.core.model import Watch
    from bot.jobs.record import Result

PANEL = "Watches"
SHORTEST = 60
"""Seconds between two looks at a story, at the least."""
NARROW = 60
"""Columns below which a list is no table: addresses would be broken."""
Ref = Annotated[str, typer.Argument(metavar="REF", help="The watch's number or address.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for name, command in (
        ("add", add),
        ("list", list_),
        ("show", show),
        ("check", check),
        ("edit", edit),
        ("mute", mute),
        ("unmute", unmute),
        ("pause", pause),
        ("resume", resume),
        ("remove", remove),
    ):
        app.command(name, rich_help_panel=PANEL)(command)


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The story's address.")],
    desk: Annotated[str, typer.Option("--desk", metavar="D", help="The desk it belongs to.")] = "",
    label: Annotated[str, typer.Option("--label", metavar="L", help="A name of your own.")] = "",
    every: Annotated[str | None, typer.Option("--every", metavar="15m", help="A fixed interval (else by age).")] = None,
    min_severity: Annotated[
        str | None, typer.Option("--min-severity", metavar="S", help="trivial, minor, notable, major or critical.")
    ] = None,
    route: Annotated[list[str] | None, typer.Option("--route", metavar="R", help="A route that hears of it.")] = None,
    profile: Annotated[str, typer.Option("--profile", help="story, live or policy_page.")] = "story",
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not look at it yet.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Follow a story, and save its first version.

    Examples:  stet add https://news.example/story    stet add URL --desk world --every 15m
    """
    from bot.core.model import Outcome
    from bot.jobs.watching import Actor, add_watch

    if profile not in ("story", "live", "policy_page"):
        raise typer.BadParameter("use story, live or policy_page", param_hint="--profile")
    seconds = interval(every) if every else None
    level = severity_option(min_severity)
    with session().app() as app:
        added = add_watch(
            app.kit,
            url,
            now=now(),
            by=Actor(name=login(), via="cli"),
            desk=desk,
            label=label,
            every=seconds,
            min_severity=level,
            routes=tuple(route or ()),
            profile=profile,
            look=not no_check,
        )
        result = added.result
        failed = result is not None and result.outcome is Outcome.FAILED
        if as_json or session().json:
            document = {"schema": 1, "created": added.created, **watch_json(added.watch)}
            emit({**document, "check": result_json(result) if result else None})
        else:
            _say_added(app, added, failed)
        if failed:
            finish(Exit.FAILED)


def list_(
    desk: Annotated[str | None, typer.Option("--desk", metavar="D", help="Only this desk's.")] = None,
    outlet: Annotated[str | None, typer.Option("--outlet", metavar="O", help="Only this outlet's.")] = None,
    trouble: Annotated[bool, typer.Option("--trouble", help="Only watches with trouble.")] = False,
    hosts: Annotated[bool, typer.Option("--hosts", help="The hosts and their budgets instead.")] = False,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="In headline, address, label.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List the watched stories.

    Examples:  stet list    stet list --desk world --json    stet list --hosts
    """
    from bot.core.model import Health
    from bot.store import watches

    with session().app() as app:
        if hosts:
            _list_hosts(app, as_json or session().json)
            return
        bad = [health for health in Health if health is not Health.OK] if trouble else None
        with app.kit.db.read() as tx:
            found = watches.list_(tx, desk=desk, outlet=outlet, health=bad, search=search)
        if as_json or session().json:
            emit({"schema": 1, "watches": [watch_json(watch) for watch in found]})
            return
        if not found:
            say("No watch fits." if desk or outlet or trouble or search else "Nothing is watched yet: stet add URL")
            return
        _print_list(found)


def show(ref: Ref, as_json: Annotated[bool, JSON] = False) -> None:
    """Show one watch: its settings, health, next check and latest version.

    Example:  stet show 17
    """
    from bot.jobs.watching import find_watch
    from bot.render.plain import local_time

    with session().app() as app:
        watch = find_watch(app.kit, ref)
        if as_json or session().json:
            emit({"schema": 1, **watch_json(watch)})
            return
        zone = app.kit.zone
        say(f"Watch {watch.id}: {watch.headline or '(not read yet)'}")
        rows = [
            ("address", watch.url),
            ("outlet", watch.outlet),
            ("desk", watch.desk),
            ("label", watch.label),
            ("state", f"{watch.state.value}, {watch.health.value}"),
            ("versions", str(watch.latest_n)),
            ("last change", local_time(watch.last_changed_at, zone)),
            ("last check", local_time(watch.last_checked_at, zone)),
            ("next check", local_time(watch.next_check_at, zone) or "will not be checked again"),
            ("interval", f"{watch.every} s" if watch.every else "by age"),
            ("level", watch.min_severity.word if watch.min_severity is not None else "as its routes say"),
            ("muted until", local_time(watch.muted_until, zone)),
            ("added by", f"{watch.added_by} ({watch.origin})" if watch.added_by else watch.origin),
            ("trouble", watch.last_error or ""),
        ]
        for name, value in rows:
            if value:
                say(f"  {name:<12} {value}")


def check(
    refs: Annotated[list[str] | None, typer.Argument(metavar="[REF]...", help="Watches to check.")] = None,
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


def edit(
    ref: Ref,
    desk: Annotated[str | None, typer.Option("--desk", metavar="D", help="The desk it belongs to.")] = None,
    label: Annotated[str | None, typer.Option("--label", metavar="L", help="A name of your own.")] = None,
    every: Annotated[str | None, typer.Option("--every", metavar="15m", help="A fixed interval; auto: by age.")] = None,
    min_severity: Annotated[
        str | None, typer.Option("--min-severity", metavar="S", help="From which level; auto: as its routes say.")
    ] = None,
) -> None:
    """Change the settings of a watch.

    Example:  stet edit 17 --every 30m --desk world
    """
    from bot.errors import UsageError
    from bot.jobs.watching import Actor, edit_watch, find_watch

    changed: dict[str, Any] = {}
    if desk is not None:
        changed["desk"] = desk
    if label is not None:
        changed["label"] = label
    if every is not None:
        changed["every"] = None if every == "auto" else interval(every)
    if min_severity is not None:
        changed["min_severity"] = None if min_severity == "auto" else severity_option(min_severity)
    if not changed:
        raise UsageError("nothing to change: name a --desk, --label, --every or --min-severity")
    with session().app() as app:
        watch = edit_watch(app.kit, find_watch(app.kit, ref), changed, now=now(), by=Actor(name=login(), via="cli"))
        say(f"Watch {watch.id} changed.")


def mute(ref: Ref, for_: Annotated[str, typer.Option("--for", metavar="2h", help="How long.")] = "1h") -> None:
    """Say nothing about a story for a while. Its versions are still kept.

    Example:  stet mute 17 --for 2h
    """
    from bot.config import parse_duration
    from bot.jobs import watching
    from bot.render.plain import local_time

    length = _checked(parse_duration, for_, "--for")
    with session().app() as app:
        watch = watching.find_watch(app.kit, ref)
        until = now() + timedelta(seconds=length)
        watching.mute(app.kit, watch, until=until, now=now(), by=watching.Actor(name=login(), via="cli"))
        say(f"Watch {watch.id} is muted until {local_time(until, app.kit.zone)}. Undo: stet unmute {watch.id}")


def unmute(ref: Ref) -> None:
    """Speak about a story again.

    Example:  stet unmute 17
    """
    from bot.jobs import watching

    with session().app() as app:
        watch = watching.find_watch(app.kit, ref)
        watching.mute(app.kit, watch, until=None, now=now(), by=watching.Actor(name=login(), via="cli"))
        say(f"Watch {watch.id} speaks again.")


def pause(ref: Ref) -> None:
    """Stop looking at a story until it is resumed.

    Example:  stet pause 17
    """
    _set_state(ref, "paused", "is paused. Undo: stet resume {id}")


def resume(ref: Ref) -> None:
    """Look at a paused or retired story again.

    Example:  stet resume 17
    """
    _set_state(ref, "active", "is looked at again, from now.")


def remove(ref: Ref) -> None:
    """Stop following a story. Its versions stay; adding it again brings back its number.

    Example:  stet remove 17
    """
    from bot.jobs import watching

    with session().app() as app:
        watch = watching.find_watch(app.kit, ref)
        watching.remove_watch(app.kit, watch, now=now(), by=watching.Actor(name=login(), via="cli"))
        kept = "its version stays" if watch.latest_n == 1 else f"its {watch.latest_n} versions stay"
        say(f"Watch {watch.id} is removed; {kept}. Undo: stet add {watch.url}")


def watch_json(watch: Watch) -> dict[str, Any]:
    """One watch for machines."""
    return {
        "watch": watch.id,
        "url": watch.url,
        "headline": watch.headline,
        "outlet": watch.outlet,
        "desk": watch.desk,
        "label": watch.label,
        "state": watch.state.value,
        "health": watch.health.value,
        "versions": watch.latest_n,
        "every": watch.every,
        "min_severity": watch.min_severity.word if watch.min_severity is not None else None,
        "routes": list(watch.routes),
        "origin": watch.origin,
        "source": watch.source_id,
        "added_at": watch.added_at.isoformat(),
        "last_checked_at": watch.last_checked_at.isoformat() if watch.last_checked_at else None,
        "last_changed_at": watch.last_changed_at.isoformat() if watch.last_changed_at else None,
        "next_check_at": watch.next_check_at.isoformat() if watch.next_check_at else None,
        "failures": watch.failures,
        "last_error": watch.last_error,
        "muted_until": watch.muted_until.isoformat() if watch.muted_until else None,
    }


def result_json(result: Result) -> dict[str, Any]:
    """One check for machines: the line of ``check --json``."""
    line: dict[str, Any] = {
        "schema": 1,
        "watch": result.watch_id,
        "url": result.url,
        "outcome": result.outcome.value,
        "version": result.version,
        "severity": int(result.severity) if result.severity is not None else None,
        "ms": result.ms,
    }
    if result.headline:
        line["headline"] = result.headline
    if result.summary:
        line["summary"] = result.summary
    if result.error:
        line["error"] = {"kind": result.error_kind, "message": result.error}
    if result.same_as is not None:
        line["same_as"] = result.same_as
    return line


def severity_option(value: str | None) -> Severity | None:
    """``--min-severity`` as a severity."""
    from bot.core.comparison import Severity

    return None if value is None else _checked(Severity.parse, value, "--min-severity")


def interval(value: str) -> int:
    """``--every`` as seconds; a minute is the shortest that a site is asked for."""
    from bot.config import parse_duration

    seconds: int = _checked(parse_duration, value, "--every")
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


def _checked(parse: Any, value: str, option: str) -> Any:
    try:
        return parse(value)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def _set_state(ref: str, state: str, words: str) -> None:
    from bot.core.model import WatchState
    from bot.jobs import watching

    with session().app() as app:
        watch = watching.find_watch(app.kit, ref)
        by = watching.Actor(name=login(), via="cli")
        watching.set_state(app.kit, watch, WatchState(state), now=now(), by=by)
        say(f"Watch {watch.id} {words.format(id=watch.id)}")


def _say_added(app: App, added: Any, failed: bool) -> None:
    watch, result = added.watch, added.result
    name = watch.headline or watch.url
    if not added.created:
        say(f"Already watched as {watch.id}: {name}")
    elif failed:
        say(f"Watch {watch.id} is saved, but the page could not be read; it will be tried again.")
        tell(f"stet: {result.error}")
    elif result is None:
        say(f"Watch {watch.id} is saved: {name}")
    else:
        words = _words(app, watch)
        say(f"Watching “{name}”. First version saved ({words} words). Watch {watch.id}.")


def _words(app: App, watch: Watch) -> int:
    from bot.store import versions

    with app.kit.db.read() as tx:
        latest = versions.latest(tx, watch.id)
    return latest.words if latest else 0


def _print_list(found: list[Watch]) -> None:
    """A table on a terminal that is wide enough, else a paragraph each; in a pipe one line each, with tabs."""
    from bot.render.plain import one_line

    rows = [
        (str(one.id), str(one.latest_n), _state(one), one_line(one.desk), one_line(one.headline), one_line(one.url))
        for one in found
    ]
    if not sys.stdout.isatty():
        for row in rows:
            say_row(*row)
    elif session().console().width < NARROW:
        for number, versions, state, desk, headline, url in rows:
            say(f"{number}  v{versions} {state} {desk}".rstrip())
            say(f"    {headline or '(not read yet)'}")
            say(f"    {url}")
    else:
        _table(found)


def _state(watch: Watch) -> str:
    return watch.state.value if watch.health.value == "ok" else watch.health.value


def _table(found: list[Watch]) -> None:
    from rich.table import Table
    from rich.text import Text

    from bot.render.plain import one_line

    table = Table(box=None, pad_edge=False, expand=False, header_style="bold")
    for name, justify in (("#", "right"), ("v", "right"), ("state", "left"), ("desk", "left"), ("story", "left")):
        table.add_column(name, justify=justify, no_wrap=name != "story", overflow="fold")  # type: ignore[arg-type]
    for watch in found:
        story = Text(one_line(watch.headline or "(not read yet)", 90))
        story.append(f"\n{one_line(watch.url)}", style="dim")
        table.add_row(str(watch.id), str(watch.latest_n), _state(watch), one_line(watch.desk), story)
    session().show(table)


def _list_hosts(app: App, as_json: bool) -> None:
    from dataclasses import asdict

    from bot.render.plain import local_time
    from bot.store import hosts

    with app.kit.db.read() as tx:
        known = hosts.list_(tx)
    if as_json:
        emit({"schema": 1, "hosts": [{**asdict(one), "robots": bool(one.robots)} for one in known]})
        return
    if not known:
        say("Nothing is known about hosts yet: the service writes down what it learns while it runs.")
    for one in known:
        said = [f"robots.txt {one.robots_status}" if one.robots_status else ""]
        said.append(f"a page every {one.crawl_delay:g} s" if one.crawl_delay else "")
        said.append(f"{one.failures} failures in a row" if one.failures else "")
        said.append(f"left alone until {local_time(one.retry_after, app.kit.zone)}" if one.retry_after else "")
        said.append(f"last answered {local_time(one.last_success_at, app.kit.zone)}" if one.last_success_at else "")
        say(f"{one.host}  {', '.join(part for part in said if part) or 'nothing known yet'}")


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


def _checked_watches(app: App, chosen: list[Watch], json_lines: bool) -> Any:
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
    parts = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    waiting = sum(result.waiting for result in results)
    say(
        f"Checked {len(results)}: {parts or 'nothing is due'}. {sent} alerts told"
        + (f", {undelivered} not delivered (stet outbox list)" if undelivered else "")
        + (f", {waiting} waiting for the edits to settle" if waiting else "")
        + "."
    )
