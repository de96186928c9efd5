"""Stories and versions: the list with its filters and search, one story, one version; each as page and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from bot.core import story as story_
from bot.core.comparison import Severity
from bot.core.model import Change, Version, Watch, WatchState
from bot.core.story import Story
from bot.errors import NotFound
from bot.render import html
from bot.store import search, sources, versions, views, watches
from bot.store.database import Tx
from bot.web.site import Problem, site_of

LARGEST_ID = 2**53
LAST_PAGE = views.COUNTED // views.PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list as asked for in the address: what was understood, and what could not be."""

    query: str
    wanted: views.Filter
    since: str
    until: str
    page: int
    problems: tuple[str, ...]

    @property
    def filtered(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.query or self.since or self.until or self.wanted != views.Filter())

    def address(self, path: str, **changed: Any) -> str:
        """The same choice under another path, or another page of it."""
        wanted = self.wanted
        pairs = {
            "q": self.query,
            "outlet": wanted.outlet,
            "desk": wanted.desk,
            "severity": wanted.min_severity.word if wanted.min_severity is not None else "",
            "from": self.since,
            "to": self.until,
            "state": wanted.states[0].value if wanted.states else "",
            **changed,
        }
        told = {name: value for name, value in pairs.items() if value not in ("", None)}
        return f"{path}?{urlencode(told)}" if told else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Where a search found its words: runs of the line (True: looked for), the versions in words, the one to show."""

    runs: tuple[tuple[bool, str], ...]
    where: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLine:
    """One story of the list, as the template shows it."""

    watch: Watch
    change: Change | None
    hit: Hit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version in a story's list: ``gap`` since the one before (empty for the first)."""

    version: Version
    change: Change | None
    gap: str
    new_headline: bool


def stories(request: Request) -> Response:
    """``/``: all stories, filtered, searched."""
    site = site_of(request)
    asked = read_choice(request.query_params, site.settings.timezone)
    with site.db.read() as tx:
        page = _page(tx, asked)
        names = views.names(tx)
    title = "Stories"
    if asked.filtered:
        title = "Stories found" if asked.query else "Stories chosen"
    feed = feed_address(asked)
    values = {
        "title": title,
        "here": "stories",
        "filtered": asked.filtered,
        "query": asked.query,
        "wanted": asked.wanted,
        "since": asked.since,
        "until": asked.until,
        "problems": asked.problems,
        "levels": [level.word for level in Severity if level > Severity.TRIVIAL],
        "names": names,
        "page": replace_lines(page, asked),
        "counted": _counted(page),
        "newer": asked.address("/", page=asked.page - 1 or None) if asked.page > 1 else "",
        "older": asked.address("/", page=asked.page + 1) if page.more and asked.page < LAST_PAGE else "",
        "feed": feed,
        "json": asked.address("/stories.json", page=asked.page if asked.page > 1 else None),
    }
    return site.page(request, "stories.html", values, status=400 if asked.problems else 200, forms=True)


def stories_json(request: Request) -> Response:
    """``/stories.json``: the same list."""
    site = site_of(request)
    asked = read_choice(request.query_params, site.settings.timezone)
    if asked.problems:
        raise Problem(400, "Not understood", " ".join(asked.problems))
    with site.db.read() as tx:
        page = _page(tx, asked)
    base = site.base(request)
    document = {
        "total": page.total,
        "offset": page.offset,
        "stories": [
            {
                **watch_json(line.watch, base),
                "last_change": change_json(line.change, base) if line.change else None,
                **_hit_json(line.lines, asked),
            }
            for line in page.stories
        ],
    }
    return site.json(request, document)


def story(request: Request) -> Response:
    """``/stories/ID``: every version with its time, gap, headline and change."""
    site = site_of(request)
    with site.db.read() as tx:
        watch = watch_of(request, tx)
        listed, changed = versions.list_(tx, watch.id), views.changes_of(tx, watch.id)
        lang = _language(tx, watch)
        source = _source(tx, watch)
    lines = _version_lines(listed, changed)
    values = {
        "watch": watch,
        "headline": watch.headline or watch.label or watch.url,
        "lang": html.language(lang),
        "lede": _lede(listed, watch),
        "versions": lines,
        "first_seen": listed[0].seen_at if listed else None,
        "source": source,
        "every": html.gap_words(timedelta(seconds=watch.every)) if watch.every else "",
    }
    return site.page(request, "story.html", values, forms=len(listed) > 1)


def story_json(request: Request) -> Response:
    """``/stories/ID.json``."""
    site = site_of(request)
    with site.db.read() as tx:
        watch = watch_of(request, tx)
        listed, changed = versions.list_(tx, watch.id), views.changes_of(tx, watch.id)
    base = site.base(request)
    document = {
        **watch_json(watch, base),
        "versions": [version_json(version, base) for version in listed],
        "changes": [change_json(changed[n], base) for n in sorted(changed)],
    }
    return site.json(request, document)


def version(request: Request) -> Response:
    """``/stories/ID/versions/N``: one version as it was read."""
    site = site_of(request)
    with site.db.read() as tx:
        watch = watch_of(request, tx)
        found, text = version_of(tx, watch, number(request, "n"))
    values = {
        "watch": watch,
        "version": found,
        "last": watch.latest_n,
        "story": text,
        "blocks": html.unmarked(text),
        "lang": html.language(text.lang),
    }
    return site.page(request, "version.html", values)


def version_json_page(request: Request) -> Response:
    """``/stories/ID/versions/N.json``: the record and the Story JSON."""
    site = site_of(request)
    with site.db.read() as tx:
        watch = watch_of(request, tx)
        found, text = version_of(tx, watch, number(request, "n"))
    document = {**version_json(found, site.base(request)), "story": story_.to_json(text)}
    return site.json(request, document)


def number(request: Request, name: str) -> int:
    """A number from the path; one that no database can hold is simply not there."""
    value = int(request.path_params[name])
    if value > LARGEST_ID:
        raise Problem(404, "Not here", "There is nothing under so large a number.", links=(("/", "All stories"),))
    return value


def watch_of(request: Request, tx: Tx) -> Watch:
    """The story of the path. Problem 404 for an unknown one, 410 with the reason for one that was taken down."""
    watch_id = number(request, "id")
    watch = watches.get(tx, watch_id)
    if watch is None:
        message = f"There is no story {watch_id}. Look for it by its words or its outlet."
        raise Problem(404, "No such story", message, links=(("/", "All stories"),))
    if watch.hidden_reason is not None:
        gone = views.hidden(tx, watch_id)
        since = f" since {gone.at:%d %B %Y}" if gone and gone.at else ""
        message = f"This story is not shown{since}. The reason given: {watch.hidden_reason}"
        raise Problem(410, "Taken down", message, links=(("/", "All stories"),))
    return watch


def version_of(tx: Tx, watch: Watch, n: int) -> tuple[Version, Story]:
    """One version and its text. Problem 404 where it does not exist, 410 where its text was pruned."""
    found = versions.get(tx, watch.id, n)
    to_story = ((f"/stories/{watch.id}", "All versions of this story"),)
    if found is None:
        known = f"It has versions 1 to {watch.latest_n}." if watch.latest_n else "It has not been read yet."
        raise Problem(404, "No such version", f"Story {watch.id} has no version {n}. {known}", links=to_story)
    try:
        return found, versions.story(tx, watch.id, n)
    except NotFound:
        message = f"The text of version {n} is past the time it is kept. Its record and its hashes remain."
        raise Problem(410, "No longer kept", message, links=to_story) from None


def read_choice(params: Mapping[str, str], zone: str) -> Asked:
    """Understand the address of a list; what cannot be understood becomes a sentence and is left out."""
    problems: list[str] = []
    query = " ".join(params.get("q", "").split())
    if len(query) > search.MAX_QUERY:
        problems.append(f"Only the first {search.MAX_QUERY} characters were looked for.")
        query = query[: search.MAX_QUERY]
    terms = search.parse(query)
    if query and not terms:
        problems.append("There is no word to look for in that; write letters or numbers.")
    since, until = (_day(params.get(name, ""), zone, problems) for name in ("from", "to"))
    states: tuple[WatchState, ...] = ()
    if given := params.get("state", ""):
        try:
            states = (WatchState(given),)
        except ValueError:
            problems.append(f"A state is one of {', '.join(WatchState)}.")
    wanted = views.Filter(
        terms=terms,
        outlet=params.get("outlet", "")[:300],
        desk=params.get("desk", "")[:300],
        min_severity=read_level(params.get("severity", ""), problems),
        since=since[1],
        until=until[1] + timedelta(days=1) if until[1] else None,
        states=states,
    )
    page = params.get("page", "1")
    known = page.isascii() and page.isdigit() and 1 <= int(page[:6]) <= LAST_PAGE
    if not known:
        problems.append(f"Pages go from 1 to {LAST_PAGE}; narrow the choice to see older stories.")
    return Asked(
        query=query,
        wanted=wanted,
        since=since[0],
        until=until[0],
        page=int(page[:6]) if known else 1,
        problems=tuple(problems),
    )


def read_level(given: str, problems: list[str]) -> Severity | None:
    """A severity by its word; a sentence into ``problems`` where it is none."""
    if not given:
        return None
    try:
        return Severity.parse(given[:40])
    except ValueError:
        words = ", ".join(level.word for level in Severity)
        problems.append(f"A level is one of {words}.")
        return None


def feed_address(asked: Asked) -> str:
    """The feed nearest to a choice: outlet, desk and level; words and dates are no part of a feed."""
    bare = replace(asked, query="", since="", until="", wanted=replace(asked.wanted, states=()))
    return bare.address("/feed.atom")


def replace_lines(page: views.StoryPage, asked: Asked) -> dict[str, Any]:
    """The page as the template wants it: lines with what the search found."""
    shown = [
        ListLine(watch=line.watch, change=line.change, hit=_hit(line.lines, line.watch, asked)) for line in page.stories
    ]
    return {"stories": shown, "total": page.total}


def watch_json(watch: Watch, base: str) -> dict[str, Any]:
    """A story's public facts."""
    return {
        "id": watch.id,
        "url": watch.url,
        "outlet": watch.outlet,
        "desk": watch.desk,
        "label": watch.label,
        "headline": watch.headline,
        "state": watch.state.value,
        "health": watch.health.value,
        "versions_count": watch.latest_n,
        "is_live": watch.is_live,
        "added_at": watch.added_at,
        "published_at": watch.published_at,
        "last_checked_at": watch.last_checked_at,
        "last_changed_at": watch.last_changed_at,
        "next_check_at": watch.next_check_at,
        "links": {
            "page": f"{base}/stories/{watch.id}",
            "json": f"{base}/stories/{watch.id}.json",
            "feed": f"{base}/stories/{watch.id}/feed.atom",
        },
    }


def version_json(found: Version, base: str) -> dict[str, Any]:
    """A version's record, without its text."""
    return {
        "watch": found.watch_id,
        "n": found.n,
        "seen_at": found.seen_at,
        "headline": found.headline,
        "words": found.words,
        "status": found.status,
        "final_url": found.final_url,
        "recipe": found.recipe,
        "fingerprint": found.fingerprint,
        "raw_sha256": found.raw_sha256,
        "story_sha256": found.story_sha256,
        "chain": found.chain,
        "links": {"page": f"{base}/stories/{found.watch_id}/versions/{found.n}"},
    }


def change_json(change: Change, base: str) -> dict[str, Any]:
    """A change, without its comparison."""
    return {
        "id": change.id,
        "watch": change.watch_id,
        "old": change.old_n,
        "new": change.new_n,
        "seen_at": change.seen_at,
        "severity": int(change.severity),
        "severity_name": change.severity.word,
        "kinds": list(change.kinds),
        "flags": list(change.flags),
        "summary": change.summary,
        "words_added": change.words_added,
        "words_removed": change.words_removed,
        "links": {"diff": f"{base}/stories/{change.watch_id}/diff/{change.old_n}..{change.new_n}"},
    }


def _page(tx: Tx, asked: Asked) -> views.StoryPage:
    if asked.query and not asked.wanted.terms:
        return views.StoryPage(stories=(), total=0, offset=0)
    return views.stories(tx, asked.wanted, offset=(asked.page - 1) * views.PAGE)


def _counted(page: views.StoryPage) -> str:
    if not page.stories:
        return ""
    first, last = page.offset + 1, page.offset + len(page.stories)
    total = f"more than {page.total:,}" if page.total >= views.COUNTED else f"{page.total:,}"
    if page.total == len(page.stories):
        return f"{total} {'story' if page.total == 1 else 'stories'}, the latest change first"
    return f"{first}–{last} of {total} stories, the latest change first"


def _hit(lines: tuple[search.Line, ...], watch: Watch, asked: Asked) -> Hit | None:
    best = search.best_line(lines, asked.wanted.terms)
    if best is None:
        return None
    line, spans = best
    seen = f"in version {line.first}" if line.first == line.last else f"in versions {line.first} to {line.last}"
    if line.last < watch.latest_n:
        seen += ", no longer there"
    elif line.first == 1:
        seen = "in every version" if watch.latest_n > 1 else "in the only version"
    return Hit(runs=html.highlighted(line.text, spans), where=seen, n=line.last)


def _hit_json(lines: tuple[search.Line, ...], asked: Asked) -> dict[str, Any]:
    if not asked.wanted.terms:
        return {}
    best = search.best_line(lines, asked.wanted.terms)
    if best is None:
        return {"hit": None}
    line, spans = best
    return {"hit": {"field": line.field, "text": line.text, "first": line.first, "last": line.last, "spans": spans}}


def _language(tx: Tx, watch: Watch) -> str | None:
    try:
        return versions.story(tx, watch.id, watch.latest_n).lang
    except NotFound:
        return None


def _version_lines(listed: list[Version], changed: Mapping[int, Change]) -> list[VersionLine]:
    out: list[VersionLine] = []
    before: Version | None = None
    for found in listed:
        out.append(
            VersionLine(
                version=found,
                change=changed.get(found.n),
                gap=html.gap_words(found.seen_at - before.seen_at) if before else "",
                new_headline=before is None or before.headline != found.headline,
            )
        )
        before = found
    return out[::-1]


def _lede(listed: list[Version], watch: Watch) -> str:
    if not listed:
        return "Not read yet."
    if len(listed) == 1:
        return "Not changed since it was first seen."
    times = {2: "once", 3: "twice"}.get(len(listed), f"{len(listed) - 1:,} times")
    span = html.gap_words(listed[-1].seen_at - listed[0].seen_at)
    return f"Changed {times} within {span} of being first seen."


def _source(tx: Tx, watch: Watch) -> str:
    if watch.source_id is not None and (source := sources.get(tx, watch.source_id)):
        return f"{source.kind.value}: {source.title or source.url}"
    who = f" by {watch.added_by}" if watch.added_by and watch.origin != "slack" else ""
    words = {"cli": "added in the terminal", "config": "declared in the configuration", "import": "imported"}
    return words.get(watch.origin, f"added from {watch.origin.capitalize()}") + who


def _day(given: str, zone: str, problems: list[str]) -> tuple[str, datetime | None]:
    """A local date as the moment it begins."""
    if not given:
        return "", None
    try:
        day = date.fromisoformat(given[:20])
        begins = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        begins + timedelta(days=2)  # the last day of the calendar has no tomorrow
    except (ValueError, OverflowError):
        problems.append("A date is written 2026-11-24.")
        return "", None
    return day.isoformat(), begins
