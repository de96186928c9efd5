"""Commands about watches: add, list, show, edit, mute, unmute, pause, resume, remove."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import Ref, interval, login, parsed, severity_option
from bot.cli.records import result_json, watch_json
from bot.cli.session import JSON, Exit, emit, finish, now, say, say_row, session, tell
from bot.render.phrases import counted

if TYPE_CHECKING:
    from bot.app import App
    from bot.core.model import Watch

PANEL = "Watches"
NARROW = 60
"""Columns below which a list is no table: addresses would be broken."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for name, command in (
        ("add", add),
        ("list", list_),
        ("show", show),
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
            ("hidden", watch.hidden_reason or ("from pages and feeds" if watch.hidden_reason is not None else "")),
            ("added by", f"{watch.added_by} ({watch.origin})" if watch.added_by else watch.origin),
            ("trouble", watch.last_error or ""),
        ]
        for name, value in rows:
            if value:
                say(f"  {name:<12} {value}")


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

    length = parsed(parse_duration, for_, "--for")
    if length < 60:
        raise typer.BadParameter("the shortest silence is 1m", param_hint="--for")
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
        say(f"Watching “{name}”. First version saved ({counted(words, 'word')}). Watch {watch.id}.")


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

    from bot.jobs.hostbook import ROBOTS, budget_of
    from bot.render.phrases import counted
    from bot.render.plain import local_time, one_line
    from bot.store import hosts

    with app.kit.db.read() as tx:
        known = [(one, budget_of(one, now())) for one in hosts.list_(tx)]
    if as_json:
        told = [{**asdict(one), "robots": bool(one.robots), "budget": asdict(budget)} for one, budget in known]
        emit({"schema": 1, "hosts": told})
        return
    if not known:
        say("No site was asked yet.")
    for _, one in known:
        said = [f"a page every {one.gap:g} s at most" if one.gap else ""]
        said.append(f"{one.at_once} at once" if one.at_once else "")
        said.append(ROBOTS.get(one.robots, ""))
        why = f" ({one.why})" if one.why else ""
        said.append(f"left alone until {local_time(one.left_alone, app.kit.zone)}{why}" if one.left_alone else "")
        said.append(f"{counted(one.failures, 'failure')} in a row" if one.failures else "")
        said.append(f"last answered {local_time(one.last_success_at, app.kit.zone)}" if one.last_success_at else "")
        say(f"{one_line(one.host, 80)}  {', '.join(part for part in said if part) or 'nothing known yet'}")
