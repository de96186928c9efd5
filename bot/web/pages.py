"""One story with its versions, and one version; each as page and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from bot.core import story as story_
from bot.core.model import Change, Version, Watch
from bot.errors import NotFound
from bot.render.html_diff import unmarked
from bot.render.html_words import language
from bot.render.phrases import gap_words
from bot.store import sources, versions, views
from bot.store.database import Tx
from bot.web.named import number, version_of, watch_of
from bot.web.records import change_json, version_json, watch_json
from bot.web.site import site_of


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version in a story's list: ``gap`` since the one before (empty for the first)."""

    version: Version
    change: Change | None
    gap: str
    new_headline: bool


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
        "lang": language(lang),
        "lede": _lede(listed, watch),
        "versions": lines,
        "first_seen": listed[0].seen_at if listed else None,
        "source": source,
        "every": gap_words(timedelta(seconds=watch.every)) if watch.every else "",
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
        "blocks": unmarked(text),
        "lang": language(text.lang),
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
                gap=gap_words(found.seen_at - before.seen_at) if before else "",
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
    span = gap_words(listed[-1].seen_at - listed[0].seen_at)
    return f"Changed {times} within {span} of being first seen."


def _source(tx: Tx, watch: Watch) -> str:
    if watch.source_id is not None and (source := sources.get(tx, watch.source_id)):
        return f"{source.kind.value}: {source.title or source.url}"
    who = f" by {watch.added_by}" if watch.added_by and watch.origin != "slack" else ""
    words = {"cli": "added in the terminal", "config": "declared in the configuration", "import": "imported"}
    return words.get(watch.origin, f"added from {watch.origin.capitalize()}") + who
