"""Atom feeds: of everything, by desk, outlet and level, and of one story; and the page that lists them.

A feed is asked for far more often than it changes, so the ETag is taken from the list of changes alone: whoever has
the feed already costs one query.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from bot.core import comparison as comparison_
from bot.core.comparison import Severity
from bot.core.model import Change, Watch
from bot.errors import NotFound
from bot.render import atom
from bot.store import changes, versions, views
from bot.store.database import Tx
from bot.web.named import watch_of
from bot.web.site import LIST, Problem, Site, not_modified, site_of
from bot.web.stories import read_level

ENTRIES = 30
"""Changes in a feed: a day or two of a busy newsroom; readers ask every hour."""
MEDIA_TYPE = "application/atom+xml; charset=utf-8"

Listed = Sequence[tuple[Change, Watch]]


def feed(request: Request) -> Response:
    """``/feed.atom``, ``?outlet= &desk= &severity=``: the latest changes, minor ones and above."""
    site = site_of(request)
    params = request.query_params
    problems: list[str] = []
    level = read_level(params.get("severity", ""), problems)
    if problems:
        raise Problem(400, "Not understood", problems[0])
    outlet, desk = params.get("outlet", "")[:300], params.get("desk", "")[:300]
    with site.db.read() as tx:
        listed = views.recent_changes(tx, outlet=outlet, desk=desk, min_severity=level, limit=ENTRIES)
        chosen = {"outlet": outlet, "desk": desk, "severity": level.word if level is not None else ""}
        query = urlencode({name: value for name, value in chosen.items() if value})
        words = [outlet, desk, f"{level.word} and above" if level is not None else ""]
        title = "Stet: " + (", ".join(word for word in words if word) or "all changes")
        return _answer(request, site, tx, listed, title=title, path="/feed.atom", query=query, page="/")


def story_feed(request: Request) -> Response:
    """``/stories/ID/feed.atom``: every change of one story, trivial ones too."""
    site = site_of(request)
    with site.db.read() as tx:
        watch = watch_of(request, tx)
        listed = views.recent_changes(tx, watch_id=watch.id, min_severity=Severity.TRIVIAL, limit=ENTRIES)
        title = f"Stet: {watch.headline or watch.label or watch.url}"
        path = f"/stories/{watch.id}"
        return _answer(request, site, tx, listed, title=title, path=f"{path}/feed.atom", query="", page=path)


def overview(request: Request) -> Response:
    """``/feeds``: what can be subscribed to."""
    site = site_of(request)
    with site.db.read() as tx:
        names = views.names(tx)
    levels = [level.word for level in Severity if level > Severity.MINOR]
    return site.page(request, "feeds.html", {"here": "feeds", "names": names, "levels": levels})


def _answer(
    request: Request, site: Site, tx: Tx, listed: Listed, *, title: str, path: str, query: str, page: str
) -> Response:
    base = site.base(request)
    self_url = f"{base}{path}" + (f"?{query}" if query else "")
    page_url = f"{base}{page}" + (f"?{query}" if query else "")
    etag = _etag(site, listed, self_url, title)
    modified = max((change.seen_at for change, _ in listed), default=None)
    if not_modified(request, etag, modified):
        return site.answer(request, b"", MEDIA_TYPE, etag=etag, modified=modified)
    entries = [_entry(site, tx, request, change, watch, base) for change, watch in listed]
    authority = site.tag_authority(request)
    body = atom.feed(
        id=atom.tag(authority, "feed", *(part for part in (path.strip("/"), query) if part)),
        title=title,
        self_url=self_url,
        page_url=page_url,
        entries=entries,
        version=site.services.version,
        icon=base + site.statics.path("favicon.svg"),
    )
    return site.answer(request, body, MEDIA_TYPE, cache=LIST, etag=etag, modified=modified)


def _etag(site: Site, listed: Listed, self_url: str, title: str) -> str:
    seen = [self_url, title, site.services.version, *(f"{change.id} {change.seen_at}" for change, _ in listed)]
    return f'W/"{hashlib.sha256(chr(10).join(seen).encode("utf-8", "replace")).hexdigest()[:24]}"'


def _entry(site: Site, tx: Tx, request: Request, change: Change, watch: Watch, base: str) -> atom.Entry:
    diff_url = f"{base}/stories/{watch.id}/diff/{change.old_n}..{change.new_n}"
    key = (change.id, diff_url)
    told = site.entries.get(key)
    if told is None:
        told = _told(tx, change, watch, diff_url)
        site.entries.put(key, told)
    headline, content = told
    return atom.Entry(
        id=atom.tag(site.tag_authority(request), "story", watch.id, f"{change.old_n}..{change.new_n}"),
        title=atom.title(change.kinds, headline or watch.label, change.severity),
        url=diff_url,
        updated=change.seen_at,
        summary=change.summary,
        content=content,
        author=watch.outlet,
        original=watch.url,
        categories=(change.severity.word, *change.kinds[:8]),
    )


def _told(tx: Tx, change: Change, watch: Watch, diff_url: str) -> tuple[str, str]:
    """The headline as it was after this change, and the body. Both never change, so they are remembered."""
    version = versions.get(tx, watch.id, change.new_n)
    headline = version.headline if version else watch.headline
    stored = changes.get(tx, change.id)
    if stored is None or not stored.comparison:
        return headline, ""
    try:
        old, new = (versions.story(tx, watch.id, n) for n in (change.old_n, change.new_n))
    except NotFound:  # a pruned text: the summary still tells
        return headline, ""
    comparison = comparison_.from_json(stored.comparison)
    return headline, atom.content(comparison, old, new, diff_url=diff_url, original=watch.url)
