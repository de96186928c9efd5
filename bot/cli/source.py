"""Commands about sources of stories, and lists of addresses: source, feeds, import, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.session import JSON, Exit, emit, finish, now, say, session, tell
from bot.render.phrases import counted

if TYPE_CHECKING:
    from bot.core.model import Source
    from bot.discover import Found

PANEL = "Sources and lists"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    source = typer.Typer(
        help="Feeds, sitemaps and section pages whose stories are followed.\n\nExample:  stet source add URL",
        rich_markup_mode=None,
    )
    source.command("add")(source_add)
    source.command("list")(source_list)
    source.command("check")(source_check)
    source.command("remove")(source_remove)
    app.add_typer(source, name="source", rich_help_panel=PANEL)
    app.command("feeds", rich_help_panel="Pipes (no database, no network)")(feeds)
    app.command("import", rich_help_panel=PANEL)(import_)
    app.command("export", rich_help_panel=PANEL)(export)


def source_add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, a sitemap, a section page, or a home page.")],
    desk: Annotated[str, typer.Option("--desk", metavar="D", help="The desk its stories belong to.")] = "",
    every: Annotated[
        str | None, typer.Option("--every", metavar="15m", help="How often it is read (else by its pace).")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option("--include", metavar="PATTERN", help="Only stories that fit.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", metavar="PATTERN", help="No stories that fit.")
    ] = None,
    max_new: Annotated[int, typer.Option("--max-new", metavar="N", min=1, max=5000, help="New stories per look.")] = 50,
    max_age_days: Annotated[
        int, typer.Option("--max-age-days", metavar="N", min=0, max=3650, help="0: however old.")
    ] = 7,
    route: Annotated[list[str] | None, typer.Option("--route", metavar="R", help="A route that hears of it.")] = None,
    section: Annotated[bool, typer.Option("--section", help="Follow a home page itself as a section page.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Follow every new story of a feed, sitemap or section. For a home page, list what it offers.

    Examples:  stet source add https://news.example/rss.xml --desk rivals    stet source add https://news.example/
    """
    from bot.cli.options import interval, login
    from bot.discover import FoundKind
    from bot.jobs.sources import add_source, discover, look_at
    from bot.jobs.watching import Actor

    seconds = interval(every) if every else None
    with session().app() as app:
        final, found = look_at(app.kit, url)
        if found.kind is FoundKind.HOME and not section:
            _offer(final, found, as_json or session().json)
            return
        source, created = add_source(
            app.kit,
            url,
            now=now(),
            by=Actor(name=login(), via="cli"),
            found=found,
            desk=desk,
            every=seconds,
            include=tuple(include or ()),
            exclude=tuple(exclude or ()),
            max_new_per_check=max_new,
            max_age_days=max_age_days,
            routes=tuple(route or ()),
        )
        done = discover(app.kit, source, now()) if created else None
        left = f"; {done.left} more come at the next looks" if done is not None and done.left else ""
        if as_json or session().json:
            counts = {"new": done.new if done else 0, "left": done.left if done else 0}
            emit(
                {
                    "schema": 1,
                    "created": created,
                    **_json(source),
                    **counts,
                    "error": (done.error if done else "") or None,
                }
            )
        elif not created:
            say(f"Already followed as source {source.id}: {source.title or source.url}")
        elif done is not None:
            say(f"Source {source.id} ({source.kind.value}) is followed: {source.title or source.url}")
            if not done.error:
                say(f"{counted(done.new, 'new story', 'new stories')} watched now, {done.known} watched before{left}.")
    if done is not None and done.error:
        tell(f"stet: {done.error}; it is read again by itself")
        finish(Exit.FAILED)


def source_list(as_json: Annotated[bool, JSON] = False) -> None:
    """List the sources.

    Example:  stet source list
    """
    from bot.render.plain import one_line
    from bot.store import sources

    with session().app() as app, app.kit.db.read() as tx:
        found = sources.list_(tx)
    if as_json or session().json:
        emit({"schema": 1, "sources": [_json(one) for one in found]})
        return
    if not found:
        say("No source is followed yet: stet source add URL")
    for one in found:
        state = one.state.value if one.health.value == "ok" else one.health.value
        say(f"{one.id:>4}  {one.kind.value:<8} {state:<8} {one_line(one.title or one.url, 60)}  {one.url}")


def source_check(
    ref: Annotated[str | None, typer.Argument(metavar="[REF]", help="Its number or address; else all.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Read sources now: one, or all.

    Examples:  stet source check    stet source check 3
    """
    from bot.jobs.sources import discover, find_source
    from bot.store import sources

    with session().app() as app:
        if ref:
            chosen = [find_source(app.kit, ref)]
        else:
            with app.kit.db.read() as tx:
                chosen = sources.list_(tx)
        results = [discover(app.kit, one, now()) for one in chosen]
    for done in results:
        if as_json or session().json:
            emit(
                {
                    "schema": 1,
                    "source": done.source.id,
                    "new": done.new,
                    "known": done.known,
                    "left": done.left,
                    "error": done.error or None,
                }
            )
        else:
            left = f", {done.left} more come at the next looks" if done.left else ""
            words = done.error or f"{counted(done.new, 'new story', 'new stories')}{left}"
            say(f"{done.source.id}  {words}" + ("" if done.source.url in words else f"  {done.source.url}"))
    if any(done.error for done in results):
        finish(Exit.FAILED)


def source_remove(ref: Annotated[str, typer.Argument(metavar="REF", help="Its number or address.")]) -> None:
    """Stop discovering from a source. The stories it brought stay watched.

    Example:  stet source remove 3
    """
    from bot.cli.options import login
    from bot.jobs.sources import find_source, remove_source
    from bot.jobs.watching import Actor

    with session().app() as app:
        source = find_source(app.kit, ref)
        remove_source(app.kit, source, now=now(), by=Actor(name=login(), via="cli"))
        say(f"Source {source.id} is removed; its stories stay watched. Undo: stet source add {source.url}")


def feeds(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="A feed, sitemap, section or home page.")],
    url: Annotated[str, typer.Option("--url", help="The address a file came from.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show the stories in a feed, sitemap or section page; for a home page, the feeds it offers.

    Examples:  stet feeds feed.xml --json    stet feeds https://news.example/
    """
    from bot.discover import FoundKind, read

    if source.startswith(("http://", "https://")):
        from bot.cli.fetching import offered

        url, found = offered(source)
    else:
        from bot.cli.given import read_bytes

        found = read(read_bytes(source), url)
    if as_json or session().json:
        emit(found.to_json())
        return
    if found.kind is FoundKind.HOME:
        _offer(url or source, found, False)
        return
    say(f"{found.kind.value}: {found.title or url or source}, {counted(len(found.entries), 'story', 'stories')}")
    for entry in found.entries:
        when = f"{entry.published_at:%Y-%m-%d %H:%M}Z  " if entry.published_at else ""
        say(f"{when}{entry.title or '(no title)'}\n  {entry.url}")


def import_(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="Addresses by line, OPML, CSV, JSON; - is standard input.")
    ],
    desk: Annotated[str, typer.Option("--desk", metavar="D", help="The desk its stories belong to.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Add many stories and sources at once, in one transaction.

    Lists of Klaxon, urlwatch, webchanges and changedetection.io are read too, and what `stet export` wrote.

    Examples:  stet import urls.txt    stet import subscriptions.opml --desk rivals
    """
    from bot.cli.given import read_bytes
    from bot.cli.options import login, severity_option
    from bot.config import parse_duration
    from bot.core.model import SourceKind
    from bot.discover.opml import read_list
    from bot.errors import StetError
    from bot.jobs.sources import add_source
    from bot.jobs.watching import Actor, add_many

    listed = read_list(read_bytes(source), source)
    by = Actor(name=login(), via="import")
    rows: list[dict[str, Any]] = []
    for one in listed:
        if one.feed:
            continue
        every = None
        if one.every:
            try:
                every = parse_duration(one.every)
            except ValueError:
                tell(f"stet: {one.url}: {one.every!r} is no interval; checked by age instead")
        row = {"url": one.url, "label": one.title, "desk": one.desk or desk, "every": every, "routes": one.routes}
        if one.min_severity:
            row["min_severity"] = severity_option(one.min_severity)
        rows.append(row)
    with session().app() as app:
        added, known, bad = add_many(app.kit, rows, now=now(), by=by)
        made = 0
        for one in listed:
            if not one.feed:
                continue
            try:
                _, created = add_source(
                    app.kit,
                    one.url,
                    now=now(),
                    by=by,
                    kind=SourceKind(one.kind or "feed"),
                    title=one.title,
                    desk=one.desk or desk,
                    outlet=one.outlet,
                    every=parse_duration(one.every) if one.every else None,
                    routes=one.routes,
                    include=one.include,
                    exclude=one.exclude,
                    max_new_per_check=one.max_new_per_check,
                    max_age_days=one.max_age_days,
                )
                made += created
            except ValueError as error:
                bad.append((one.url, str(error)))
            except StetError as error:
                bad.append((one.url, error.message))
    for url, reason in bad[:20]:
        tell(f"stet: {url}: {reason}")
    if len(bad) > 20:
        tell(f"stet: and {len(bad) - 20} more")
    if as_json or session().json:
        emit({"schema": 1, "added": added, "known": known, "sources": made, "refused": len(bad)})
    else:
        stories = counted(added, "story", "stories")
        say(f"Added: {stories}, {counted(made, 'source')}. Watched before: {known}. Refused: {len(bad)}.")
    if bad and not (added or known or made):
        finish(Exit.FAILED)


def export(
    form: Annotated[str, typer.Option("--as", metavar="FORM", help="csv, urls, opml or json.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Else standard output.")] = None,
) -> None:
    """Write the watches (csv, urls, json) or the sources (opml) so that `stet import` reads them back.

    Examples:  stet export --out watches.csv    stet export --as opml
    """
    import json

    from bot.cli.records import watch_json
    from bot.discover.opml import write_csv, write_opml
    from bot.store import sources, watches

    with session().app() as app, app.kit.db.read() as tx:
        found, origins = watches.list_(tx), sources.list_(tx)
    match "json" if session().json and form == "csv" else form:
        case "csv":
            text = write_csv(
                {"url": one.url, "title": one.label, "desk": one.desk, "every": f"{one.every}s" if one.every else ""}
                for one in found
            )
        case "urls":
            text = "".join(f"{one.url}\n" for one in found)
        case "opml":
            text = write_opml(origins)
        case "json":
            document = {
                "schema": 1,
                "watches": [watch_json(one) for one in found],
                "sources": [_json(o) for o in origins],
            }
            text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        case _:
            raise typer.BadParameter("use csv, urls, opml or json", param_hint="--as")
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
        tell(f"stet: {len(found)} watches and {len(origins)} sources are in {out}")


def _offer(url: str, found: Found, as_json: bool) -> None:
    if as_json:
        emit({"url": url, **found.to_json()})
        return
    if not found.feeds:
        say(f"{url} is a home page and offers no feed. Follow the page itself: stet source add {url} --section")
        return
    say(f"{url} is a home page. It offers:")
    for one in found.feeds:
        say(f"  {one.kind:<8} {one.title or '(no title)'}")
        say(f"           stet source add {one.url}")


def _json(source: Source) -> dict[str, Any]:
    return {
        "source": source.id,
        "url": source.url,
        "kind": source.kind.value,
        "title": source.title,
        "outlet": source.outlet,
        "desk": source.desk,
        "routes": list(source.routes),
        "every": source.every,
        "include": list(source.include),
        "exclude": list(source.exclude),
        "max_new_per_check": source.max_new_per_check,
        "max_age_days": source.max_age_days,
        "state": source.state.value,
        "health": source.health.value,
        "last_checked_at": source.last_checked_at.isoformat() if source.last_checked_at else None,
        "last_error": source.last_error,
    }
