"""Sources: feeds, sitemaps and section pages are read when due, and the stories they show become watches.

A story stays watched when it leaves its source. One that was retired and is shown again is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from bot.core import cadence
from bot.core.model import Source, SourceKind, Watch, WatchState
from bot.discover import Entry, Found, FoundKind, Offer, read, robots
from bot.discover.address import host_of, key_of, web_address
from bot.errors import CheckError, ExtractError, NotFound, StoreError, Unreachable, UsageError
from bot.fetch import NotModified, Page, Request
from bot.jobs import source_trouble, trouble
from bot.jobs.kit import Kit
from bot.jobs.watching import Actor, record_action
from bot.log import clean, get
from bot.store import sources, watches
from bot.store.database import Tx

if TYPE_CHECKING:
    from bot.fetch import Fetcher

EVERY = 900
"""Seconds between two looks at a source that names no interval."""
SLOW_AFTER = timedelta(days=2)
SLOW_EVERY = 3600
"""A source that shows nothing new for two days is read hourly."""
AT_ONCE = 8
"""So many sources are read at the same time."""
LEASE = timedelta(minutes=10)
MAX_PARTS = 3
"""So many sitemaps of an index are read at one look, the newest."""

log = get("discover")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """How one look at a source ended."""

    source: Source
    new: int = 0
    known: int = 0
    left: int = 0
    """New stories beyond the source's limit; they come at the next looks."""
    error: str = ""


def look_at(kit: Kit, url: str) -> tuple[str, Found]:
    """Fetch an address and say what it offers: ``(final address, found)``. Raises CheckError, UsageError.

    A home page is asked further: its robots.txt names the sitemaps, and where neither names anything, the addresses
    are tried at which feeds usually are.
    """
    return look_through(kit.fetcher, url)


def look_through(fetcher: Fetcher, url: str) -> tuple[str, Found]:
    """The same, through any fetcher."""
    address = web_address(url)
    page = fetcher.get(Request(url=address, kind="feed"))
    assert not isinstance(page, NotModified)  # noqa: S101 - nothing conditional was asked
    try:
        found = read(page.body, page.final_url, page.content_type)
    except ExtractError:
        if urlsplit(page.final_url).path not in ("", "/"):
            raise
        found = Found(kind=FoundKind.HOME)
    if found.kind is FoundKind.HOME:
        known = {one.url for one in found.feeds}
        more = [one for one in _of_robots(fetcher, page.final_url) if one.url not in known]
        feeds = (*found.feeds, *more) or _usual(fetcher, page.final_url)
        if not (feeds or found.entries):
            raise ExtractError("no feed, sitemap or list of stories is at this site", kind="not_feed", subject=url)
        found = replace(found, feeds=feeds)
    return page.final_url, found


def _of_robots(fetcher: Fetcher, url: str) -> tuple[Offer, ...]:
    try:
        page = fetcher.get(Request(url=robots.address(url), kind="feed"))
    except CheckError:
        return ()
    return () if isinstance(page, NotModified) else robots.offers(page.body, page.final_url)


def _usual(fetcher: Fetcher, url: str) -> tuple[Offer, ...]:
    """The first of the usual addresses that is a feed or sitemap."""
    for path in robots.USUAL:
        try:
            page = fetcher.get(Request(url=urljoin(url, path), kind="feed"))
            assert not isinstance(page, NotModified)  # noqa: S101 - nothing conditional was asked
            found = read(page.body, page.final_url, page.content_type)
        except CheckError:
            continue
        if found.kind is FoundKind.FEED:
            return (Offer(url=page.final_url, title=found.title),)
        if found.kind in (FoundKind.SITEMAP, FoundKind.SITEMAP_INDEX):
            return (Offer(url=page.final_url, title=found.title, kind="sitemap"),)
    return ()


def add_source(
    kit: Kit,
    url: str,
    *,
    now: datetime,
    by: Actor,
    kind: SourceKind | None = None,
    found: Found | None = None,
    **settings: Any,
) -> tuple[Source, bool]:
    """Follow a source; it is due at once. ``settings`` are columns of Source (desk, outlet, include, …)."""
    address = web_address(url)
    kit.fetcher.guard.check_url(address)
    if kind is None:
        found = found or look_at(kit, address)[1]
        kind = kind_of(found)
    outlet = kit.outlet_of(address)
    for pattern in (*settings.get("include", ()), *settings.get("exclude", ())):
        _pattern(pattern)
    unknown = [name for name in settings.get("routes", ()) if name not in {route.name for route in kit.routes}]
    if unknown:
        raise UsageError(f"there is no route {unknown[0]!r}; routes are declared as [[route]] in the configuration")
    settings = {
        "outlet": outlet.name,
        "desk": outlet.desk,
        **{k: v for k, v in settings.items() if v not in (None, "", ())},
    }
    if found is not None and found.title:
        settings.setdefault("title", found.title)
    with kit.db.begin() as tx:
        source, created = sources.add(tx, url=address, kind=kind, now=now, origin=by.via, added_by=by.name, **settings)
        if created:
            record_action(tx, by, now, "add source", None, {"url": address}, subject=address)
    return source, created


def kind_of(found: Found) -> SourceKind:
    """Which kind of source a document is."""
    if found.kind is FoundKind.FEED:
        return SourceKind.FEED
    if found.kind in (FoundKind.SITEMAP, FoundKind.SITEMAP_INDEX):
        return SourceKind.SITEMAP
    return SourceKind.SECTION


def find_source(kit: Kit, ref: str) -> Source:
    """By number or address. Raises NotFound."""
    with kit.db.read() as tx:
        found = sources.find(tx, ref)
    if found is None or found.state is WatchState.REMOVED:
        raise NotFound(f"there is no source {ref}; `stet source list` shows them")
    return found


def remove_source(kit: Kit, source: Source, *, now: datetime, by: Actor) -> None:
    """Discover nothing from it any more; the stories it brought stay watched."""
    with kit.db.begin() as tx:
        sources.remove(tx, source.id, now)
        record_action(tx, by, now, "remove source", None, {"url": source.url}, subject=source.url)


def declare(kit: Kit, declared: Sequence[Any], *, now: datetime) -> int:
    """Make the sources of the configuration file so. Returns how many are new."""
    made = 0
    for one in declared:
        kind = None if one.kind == "auto" else SourceKind(one.kind)
        routes = (one.route,) if isinstance(one.route, str) and one.route else tuple(one.route)
        try:
            _, created = add_source(
                kit,
                one.url,
                now=now,
                by=Actor(via="config"),
                kind=kind or SourceKind.FEED,
                title=one.title,
                desk=one.desk,
                outlet=one.outlet,
                every=one.every,
                routes=routes,
                include=one.include,
                exclude=one.exclude,
                max_new_per_check=one.max_new_per_check,
                max_age_days=one.max_age_days,
            )
        except CheckError as error:
            raise UsageError(f"[[source]] {one.url}: {error.message}") from error
        made += created
    return made


def discover_due(kit: Kit, now: datetime, *, limit: int = 20) -> list[Discovered]:
    """Read every source that is due, some at once: one that does not answer keeps few others waiting."""
    with kit.db.begin() as tx:
        due = sources.claim_due(tx, now, limit, LEASE)
    if len(due) < 2:
        return [_logged(kit, source, now) for source in due]
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="discover") as pool:
        return list(pool.map(lambda source: _logged(kit, source, now), due))


def _logged(kit: Kit, source: Source, now: datetime) -> Discovered:
    done = discover(kit, source, now)
    if done.error:
        log.warning("source failed", source=source.id, error=done.error)
    else:
        log.info("discovered", source=source.id, new=done.new, known=done.known, left=done.left)
    return done


def discover(kit: Kit, source: Source, now: datetime) -> Discovered:
    """Read one source and watch what is new in it. A failure is recorded on the source."""
    try:
        page = _fetched(kit, source, now)
        if isinstance(page, NotModified):
            return _quiet(kit, source, now, page.etag, page.last_modified)
        found = read(page.body, page.final_url, page.content_type)
        entries = [*found.entries, *_parts(kit, found)]
        # An index may stay as it is while its parts change.
        etag, last_modified = (None, None) if found.parts else (page.etag, page.last_modified)
        return _watch_new(kit, source, entries, now, etag, last_modified, kind_of(found), found.title)
    except CheckError as error:
        return _failed(kit, source, error, now)
    except StoreError:
        raise
    except Exception as error:
        fault = CheckError(f"a fault inside Stet, please report it: {type(error).__name__}: {error}")
        return _failed(kit, source, fault, now)


def _fetched(kit: Kit, source: Source, now: datetime) -> Page | NotModified:
    """The source's document; whether its host answered counts towards telling our own outage from theirs."""
    host = host_of(source.url)
    try:
        page = kit.fetcher.get(
            Request(url=source.url, kind="feed", etag=source.etag, last_modified=source.last_modified)
        )
    except CheckError as error:
        if getattr(error, "reason", "") not in trouble.PAUSED_REASONS:  # else nothing was sent, which is no evidence
            trouble.HOSTS.add(host, now, answered=not isinstance(error, Unreachable))
        raise
    trouble.HOSTS.add(host, now, answered=True)
    return page


def chosen(source: Source, entries: Iterable[Entry], now: datetime) -> list[Entry]:
    """The entries that the source's filters let through: pattern, age, each address once."""
    include = [_pattern(pattern) for pattern in source.include]
    exclude = [_pattern(pattern) for pattern in source.exclude]
    oldest = now - timedelta(days=source.max_age_days) if source.max_age_days else None
    kept: dict[str, Entry] = {}
    for entry in entries:
        words = f"{entry.url} {entry.title}"
        if include and not any(pattern(words) for pattern in include):
            continue
        if any(pattern(words) for pattern in exclude):
            continue
        if oldest is not None and entry.published_at is not None and entry.published_at < oldest:
            continue
        if urlsplit(entry.url).path in ("", "/"):
            continue
        kept.setdefault(key_of(entry.url), entry)
    return list(kept.values())


def _parts(kit: Kit, found: Found) -> list[Entry]:
    """The newest sitemaps of an index. One that fails is left out; the others still count."""
    entries: list[Entry] = []
    for address in found.parts[:MAX_PARTS]:
        try:
            page = kit.fetcher.get(Request(url=address, kind="feed"))
            if not isinstance(page, NotModified):
                entries += read(page.body, page.final_url, page.content_type).entries
        except CheckError as error:
            log.warning("sitemap part failed", url=clean(address, limit=200), error=clean(str(error)))
    return entries


def _watch_new(
    kit: Kit,
    source: Source,
    entries: list[Entry],
    now: datetime,
    etag: str | None,
    last_modified: str | None,
    kind: SourceKind,
    title: str,
) -> Discovered:
    wanted = chosen(source, entries, now)
    keys = [key_of(entry.url) for entry in wanted]
    with kit.db.begin() as tx:
        seen = sources.seen_links(tx, source.id, keys)
        fresh = [(key, entry) for key, entry in zip(keys, wanted, strict=True) if key not in seen]
        fresh.sort(key=lambda pair: pair[1].published_at or now, reverse=True)
        taken = fresh[: source.max_new_per_check]
        if source.last_success_at is None and kind is SourceKind.SITEMAP:
            # What a sitemap held before we came, without a day, is not new: it would flood in for weeks.
            seen = {*seen, *(key for key, entry in fresh[len(taken) :] if entry.published_at is None)}
        rows = [_row(kit, source, key, entry, now) for key, entry in taken]
        new, known = watches.add_many(tx, rows, now)
        sources.remember_links(tx, source.id, [*(key for key, _ in taken), *seen], now)
        _revive(tx, [key for key, _ in fresh] + [key for key in keys if key in seen], now)
        left = sum(key not in seen for key, _ in fresh[len(taken) :])
        if left:
            etag = last_modified = None  # they wait in this same document, so "not modified" must not hide them
        _succeed(tx, kit, source, now, etag, last_modified, new, kind, title)
    return Discovered(source=source, new=new, known=known, left=left)


def _row(kit: Kit, source: Source, key: str, entry: Entry, now: datetime) -> dict[str, Any]:
    outlet = kit.outlet_of(entry.url)
    return {
        "url": entry.url,
        "key": key,
        "outlet": source.outlet or outlet.name,
        "desk": source.desk or outlet.desk,
        "routes": source.routes,
        "origin": "source",
        "source_id": source.id,
        "published_at": entry.published_at if entry.published_at and entry.published_at <= now else None,
        "headline": entry.title,
    }


def _revive(tx: Tx, keys: list[str], now: datetime) -> None:
    """Retired stories that the source shows anew are looked at again."""
    for key in keys[:500]:
        watch = watches.by_key(tx, key)
        if watch is not None and cadence.revived(watch, None, now) and _is_shown_again(watch, now):
            watches.update(tx, watch.id, state=WatchState.ACTIVE, next_check_at=now, quiet_checks=0)


def _is_shown_again(watch: Watch, now: datetime) -> bool:
    """Not at every look at a source that never lets go of a story: once a month at most."""
    last = watch.last_checked_at
    return last is None or now - last > timedelta(days=30)


def _quiet(kit: Kit, source: Source, now: datetime, etag: str | None, last_modified: str | None) -> Discovered:
    with kit.db.begin() as tx:
        _succeed(tx, kit, source, now, etag, last_modified, 0, source.kind, "")
    return Discovered(source=source)


def _succeed(
    tx: Tx,
    kit: Kit,
    source: Source,
    now: datetime,
    etag: str | None,
    last_modified: str | None,
    new: int,
    kind: SourceKind,
    title: str,
) -> None:
    if new:
        source = replace(source, last_new_at=now)
    values: dict[str, Any] = {
        "etag": etag,
        "last_modified": last_modified,
        "failures": 0,
        "last_error": None,
        "last_checked_at": now,
        "last_success_at": now,
        "kind": kind,
        "next_check_at": now + timedelta(seconds=_interval(source, now)),
    }
    if new:
        values["last_new_at"] = now
    if title and not source.title:
        values["title"] = title
    sources.update(tx, source.id, **values)
    source_trouble.after_look(tx, kit, replace(source, **values), now)


def _failed(kit: Kit, source: Source, error: CheckError, now: datetime) -> Discovered:
    words = clean(str(error))
    failures = source.failures + 1
    wait = max(_interval(source, now), min(300 * 2 ** min(failures, 7), 6 * 3600))
    retry_after = getattr(error, "retry_after", None)
    if retry_after:
        wait = max(wait, min(float(retry_after), 86400.0))
    values: dict[str, Any] = {
        "failures": failures,
        "last_error": words,
        "last_checked_at": now,
        "next_check_at": now + timedelta(seconds=wait),
    }
    with kit.db.begin() as tx:
        sources.update(tx, source.id, **values)
        source_trouble.after_look(tx, kit, replace(source, **values), now, error=error)
    return Discovered(source=source, error=words)


def _interval(source: Source, now: datetime) -> int:
    if source.every is not None:
        return max(1, source.every)
    last = source.last_new_at or source.added_at
    return SLOW_EVERY if now - last > SLOW_AFTER else EVERY


def _pattern(text: str) -> Callable[[str], bool]:
    """A filter: a regular expression of the linear engine, searched without case in address and title."""
    import re2

    if len(text) > 500:
        raise UsageError("a pattern of more than 500 characters is refused", subject=text[:60] + "…")
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(f"(?i){text}", options=options)
    except re2.error as error:
        why = (
            error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else str(error)
        )
        raise UsageError(f"{text!r} is no pattern the linear engine takes", subject=why) from None
    return lambda words: compiled.search(words) is not None
