"""The list of all stories: chosen by words, outlet, desk, level and day, by pages, with the lines that were found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from bot.core.comparison import Severity
from bot.core.model import Change, Watch, WatchState
from bot.render.html_words import highlighted
from bot.store import search, views
from bot.store.database import Tx
from bot.web.records import change_json, watch_json
from bot.web.site import Problem, site_of

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
    return Hit(runs=highlighted(line.text, spans), where=seen, n=line.last)


def _hit_json(lines: tuple[search.Line, ...], asked: Asked) -> dict[str, Any]:
    if not asked.wanted.terms:
        return {}
    best = search.best_line(lines, asked.wanted.terms)
    if best is None:
        return {"hit": None}
    line, spans = best
    return {"hit": {"field": line.field, "text": line.text, "first": line.first, "last": line.last, "spans": spans}}


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
