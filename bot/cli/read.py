"""Commands that read what happened: history, diff, why, tune, audit, open."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import Ref, parsed, severity_option, watch_numbers
from bot.cli.session import JSON, Exit, emit, finish, now, say, session
from bot.render.phrases import counted, gap_words

if TYPE_CHECKING:
    from bot.app import App
    from bot.core.model import Change, Version, Watch

PANEL = "Reading what happened"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for name, command in (
        ("history", history),
        ("diff", diff),
        ("why", why),
        ("tune", tune),
        ("audit", audit),
        ("open", open_),
    ):
        app.command(name, rich_help_panel=PANEL)(command)


def history(ref: Ref, as_json: Annotated[bool, JSON] = False) -> None:
    """Every version of a story: when it came, what it changed, how much it mattered.

    Example:  stet history 17
    """
    from bot.jobs.watching import find_watch
    from bot.render.plain import local_time, one_line
    from bot.store import changes, versions

    with session().app() as app:
        watch = find_watch(app.kit, ref)
        with app.kit.db.read() as tx:
            listed = versions.list_(tx, watch.id)
            steps = {one.new_n: one for one in changes.list_(tx, watch_id=watch.id, limit=10_000)}
        if as_json or session().json:
            emit(
                {
                    "schema": 1,
                    "watch": watch.id,
                    "url": watch.url,
                    "versions": [_version_json(one, steps.get(one.n)) for one in listed],
                }
            )
            return
        say(watch.headline or "(not read yet)")
        times = {0: "not changed yet", 1: "changed once"}.get(len(steps), f"changed {len(steps)} times")
        say(" · ".join([watch.url, f"watch {watch.id}", *([times] if listed else [])]))
        before: datetime | None = None
        for one in listed:
            step = steps.get(one.n)
            say()
            gap = f", {gap_words(one.seen_at - before)} later" if before else ""
            say(f"v{one.n}  {local_time(one.seen_at, app.kit.zone)}{gap}  {counted(one.words, 'word')}")
            if step is None and before:
                say("    the same page, read with newer rules; nobody was told")
            elif step is None:
                say(f"    {one_line(one.headline)}")
            else:
                say(f"    {step.severity.word}: {one_line(step.summary) or 'no words changed'}")
            before = one.seen_at


def diff(
    ref: Ref,
    versions: Annotated[
        str | None, typer.Argument(metavar="[A..B]", help="Versions, e.g. 2..5; else the last two.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Unchanged paragraphs too.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 10 where they differ.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Any two versions side by side, findings first.

    Examples:  stet diff 17    stet diff 17 1..4    stet diff 17 2..3 --json
    """
    from bot.core.comparison import to_json
    from bot.jobs.messages import comparison_of
    from bot.jobs.watching import find_watch
    from bot.render.rows import rows
    from bot.render.terminal import comparison_view, diff_view

    with session().app() as app:
        watch = find_watch(app.kit, ref)
        a, b = version_pair(watch, versions)
        with app.kit.db.read() as tx:
            comparison, old, new = comparison_of(tx, app.kit, watch, a, b)
        if as_json or session().json:
            emit({"schema": 1, "watch": watch.id, "old_version": a, "new_version": b, **to_json(comparison)})
        else:
            console = session().console()
            say(f"{watch.headline or watch.url} · version {a} → {b}")
            if full:
                session().show(diff_view(rows(comparison, old, new), console))
            else:
                session().show(comparison_view(comparison, old, new, console))
        if exit_code and comparison.severity:
            finish(Exit.CHANGES)


def why(
    ref: Ref,
    version: Annotated[int | None, typer.Argument(metavar="[VERSION]", help="Else the newest.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Why a change was told or not: the rules, what they saw, what each route decided, what would change it.

    Examples:  stet why 17    stet why 17 4
    """
    from bot.errors import NotFound
    from bot.jobs.watching import find_watch
    from bot.store import changes

    with session().app() as app:
        watch = find_watch(app.kit, ref)
        n = version or watch.latest_n
        with app.kit.db.read() as tx:
            change = changes.between(tx, watch.id, n - 1, n)
        if change is None:
            if n == 0:
                raise NotFound(f"watch {watch.id} was not read yet; `stet show {watch.id}` says why")
            if n == 1:
                say(f"Version {n} is the first that was seen; first sight is told to nobody.")
                return
            raise NotFound(f"no change led to version {n}; `stet history {watch.id}` shows the versions")
        if as_json or session().json:
            emit({"schema": 1, "watch": watch.id, "version": n, **_change_json(change)})
            return
        for line in why_lines(app, watch, change):
            say(line, bold=line.startswith("What the "))


def tune(
    min_severity: Annotated[str, typer.Option("--min-severity", metavar="S", help="The policy to try.")] = "major",
    since: Annotated[str, typer.Option("--since", metavar="7d", help="How far back.")] = "7d",
    kinds_off: Annotated[list[str] | None, typer.Option("--off", metavar="KIND", help="Leave this kind out.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Replay what was stored under another policy, and count the alerts each route would have had.

    Examples:  stet tune --min-severity notable --since 7d    stet tune --off byline_changed
    """
    from bot.config import parse_duration
    from bot.jobs.tuning import tune as run
    from bot.store import feedback

    level = severity_option(min_severity)
    assert level is not None  # noqa: S101 - the option has a default
    length = timedelta(seconds=parsed(parse_duration, since, "--since"))
    with session().app() as app:
        moment = now()
        counted = run(app.kit, since=moment - length, now=moment, min_severity=level, kinds_off=kinds_off or ())
        with app.kit.db.read() as tx:
            opinions = feedback.list_(tx, since=moment - length)
            kinds = _opinion_kinds(tx, opinions)
        if as_json or session().json:
            emit(
                {
                    "schema": 1,
                    "min_severity": level.word,
                    "since": since,
                    "routes": counted.to_json(),
                    "not_important": [_opinion_json(one) for one in opinions],
                }
            )
            return
        for line in counted.lines(level.word, since):
            say(line)
        for line in _opinion_lines(opinions, kinds):
            say(line)


def audit(
    ref: Annotated[
        str | None, typer.Argument(metavar="[REF]", help="Only this watch.", autocompletion=watch_numbers)
    ] = None,
    since: Annotated[str, typer.Option("--since", metavar="30d", help="How far back.")] = "30d",
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many.")] = 100,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Who added, changed, muted or removed what, when, and from where.

    Example:  stet audit --since 7d
    """
    from bot.config import parse_duration
    from bot.jobs.watching import find_watch
    from bot.render.plain import local_time, one_line
    from bot.store import audit as log

    length = timedelta(seconds=parsed(parse_duration, since, "--since"))
    with session().app() as app:
        watch_id = find_watch(app.kit, ref).id if ref else None
        with app.kit.db.read() as tx:
            entries = log.list_(tx, watch_id=watch_id, since=now() - length, limit=limit)
        if as_json or session().json:
            emit({"schema": 1, "entries": [_entry_json(one) for one in entries]})
            return
        if not entries:
            say("Nothing was done in that time.")
        for one in entries:
            who = one.actor or "Stet"
            what = f"{one.action} {one_line(one.subject, 70)}".strip()
            place = " ".join(part for part in (one.via, one.channel) if part)
            number = f" (watch {one.watch_id})" if one.watch_id else ""
            say(f"{local_time(one.at, app.kit.zone)}  {who} via {place}: {what}{number}")


def open_(ref: Ref, story: Annotated[bool, typer.Option("--story", help="The outlet's own page.")] = False) -> None:
    """Open a story's page in the browser; prints the address where there is none.

    Example:  stet open 17
    """
    from bot.jobs.watching import find_watch

    with session().app() as app:
        watch = find_watch(app.kit, ref)
        base = app.config.bot.base_url or f"http://{app.config.web.listen}"
        address = watch.url if story else f"{base}/stories/{watch.id}"
    say(address)
    import sys

    if sys.stdout.isatty():
        typer.launch(address)


def version_pair(watch: Watch, text: str | None) -> tuple[int, int]:
    """``2..5`` as two versions; the last two where nothing is given. Raises UsageError."""
    from bot.errors import NotFound, UsageError

    if text is None:
        if watch.latest_n < 2:
            had = "one version" if watch.latest_n else "no version"
            raise NotFound(f"watch {watch.id} has {had} so far; there is nothing to compare")
        return watch.latest_n - 1, watch.latest_n
    match = re.fullmatch(r"v?(\d{1,9})\s*(?:\.\.|-|:)\s*v?(\d{1,9})", text)
    if match is None:
        raise UsageError("two versions are wanted, such as 2..5", subject=text)
    a, b = sorted((int(match[1]), int(match[2])))
    if a == b:
        raise UsageError("two different versions are wanted", subject=text)
    if not 1 <= a < b <= watch.latest_n:
        raise NotFound(f"no such versions; watch {watch.id} has 1 to {watch.latest_n}", subject=text)
    return a, b


def why_lines(app: App, watch: Watch, change: Change) -> list[str]:
    """The answer of ``stet why``, line by line."""
    from bot.core.comparison import from_json
    from bot.core.why import lines
    from bot.render.plain import local_time, safe

    head = [
        f"{watch.headline or watch.url}",
        f"version {change.old_n} → {change.new_n}, seen {local_time(change.seen_at, app.kit.zone)}",
        "",
    ]
    return head + [safe(line) for line in lines(from_json(change.comparison), change.decisions)]


def _version_json(version: Version, change: Change | None) -> dict[str, Any]:
    return {
        "version": version.n,
        "seen_at": version.seen_at.isoformat(),
        "headline": version.headline,
        "words": version.words,
        "fingerprint": version.fingerprint,
        "recipe": version.recipe,
        "chain": version.chain,
        **({"change": _change_json(change)} if change else {}),
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "old_version": change.old_n,
        "new_version": change.new_n,
        "severity": int(change.severity),
        "severity_name": change.severity.word,
        "kinds": list(change.kinds),
        "summary": change.summary,
        "flags": list(change.flags),
        "findings": list(change.comparison.get("findings", ())),
        "decisions": dict(change.decisions),
    }


def _opinion_kinds(tx: Any, opinions: list[Any]) -> dict[str, int]:
    """How often each kind of finding was called not important, most often first."""
    from collections import Counter

    from bot.store import changes

    counts: Counter[str] = Counter()
    for one in opinions:
        change = changes.get(tx, one.change_id) if one.change_id else None
        counts.update(change.kinds if change is not None else ())
    return dict(counts.most_common())


def _opinion_lines(opinions: list[Any], kinds: dict[str, int]) -> list[str]:
    """What readers of alerts said of them, and the option that would have spared them."""
    if not opinions:
        return []
    people = len({one.actor for one in opinions})
    times = "once" if len(opinions) == 1 else f"{len(opinions)} times"
    found = [f"“Not important” was said {times}, by {people} {'person' if people == 1 else 'people'}."]
    for kind, count in list(kinds.items())[:5]:
        found.append(f"  {kind}: {count}  (try: stet tune --off {kind})")
    return found


def _opinion_json(one: Any) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "watch": one.watch_id,
        "change": one.change_id,
        "actor": one.actor,
        "channel": one.channel,
        "verdict": one.verdict,
    }


def _entry_json(entry: Any) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "via": entry.via,
        "action": entry.action,
        "subject": entry.subject,
        "watch": entry.watch_id,
        "channel": entry.channel,
        "details": dict(entry.details),
    }
