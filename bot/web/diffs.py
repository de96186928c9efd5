"""Any two versions side by side or inline, and the comparison as JSON.

Neighbouring versions were compared when the later one was stored; any other pair is compared when asked for and
remembered, because a long pair costs tenths of a second.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.core import comparison as comparison_
from bot.core.comparison import Comparison
from bot.core.model import Version, Watch
from bot.core.story import Story
from bot.render.html_diff import DiffLine, DiffView, diff_view
from bot.render.html_words import language
from bot.render.phrases import gap_words
from bot.store import changes, versions
from bot.store.database import Tx
from bot.web.named import LARGEST_ID, number, version_of, watch_of
from bot.web.records import change_json, version_json, watch_json
from bot.web.site import DIFF, Problem, Site, site_of

NUMBERS = 400
"""Versions offered to choose from; beyond, the newest ones and the two shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two versions with their texts and what differs."""

    watch: Watch
    old_version: Version
    new_version: Version
    old: Story
    new: Story
    comparison: Comparison


def load(site: Site, tx: Tx, watch: Watch, a: int, b: int) -> Pair:
    """Two versions of a story, compared. Problems as of ``version_of``."""
    old_version, old = version_of(tx, watch, a)
    new_version, new = version_of(tx, watch, b)
    stored = changes.between(tx, watch.id, a, b)
    if stored is not None and stored.comparison:
        comparison = comparison_.from_json(stored.comparison)
    else:
        key = (watch.id, old_version.story_sha256, new_version.story_sha256)
        comparison = site.comparisons.get(key, old, new)
    return Pair(watch=watch, old_version=old_version, new_version=new_version, old=old, new=new, comparison=comparison)


def diff(request: Request) -> Response:
    """``/stories/ID/diff/A..B``, ``?view=inline``."""
    site = site_of(request)
    with site.db.read() as tx:
        pair = _asked(request, site, tx)
        if isinstance(pair, Response):
            return pair
        watch, a, b = pair.watch, pair.old_version.n, pair.new_version.n
        known = [version.n for version in versions.list_(tx, watch.id)]
    view = diff_view(pair.comparison, pair.old, pair.new)
    gap = gap_words(pair.new_version.seen_at - pair.old_version.seen_at)
    values = {
        "watch": watch,
        "old_version": pair.old_version,
        "new_version": pair.new_version,
        "old": pair.old,
        "new": pair.new,
        "comparison": pair.comparison,
        "view": view,
        "headline": pair.new.headline or pair.old.headline,
        "lang": language(pair.new.lang or pair.old.lang),
        "gap": gap,
        "lede": _lede(view, pair),
        "numbers": [n for n in known if n in (a, b) or n > len(known) - NUMBERS],
        "before": (a - 1, a) if a > 1 else None,
        "after": (b, b + 1) if b < watch.latest_n else None,
        "inline": request.query_params.get("view") == "inline",
        "here_path": f"/stories/{watch.id}/diff/{a}..{b}",
    }
    return site.page(request, "diff.html", values, cache=DIFF, forms=True)


def diff_json(request: Request) -> Response:
    """``/stories/ID/diff/A..B.json``: the public comparison JSON with the two versions' records."""
    site = site_of(request)
    with site.db.read() as tx:
        pair = _asked(request, site, tx)
        if isinstance(pair, Response):
            return pair
        stored = changes.between(tx, pair.watch.id, pair.old_version.n, pair.new_version.n)
    base = site.base(request)
    document = {
        **comparison_.to_json(pair.comparison),
        "watch": watch_json(pair.watch, base),
        "versions": [version_json(pair.old_version, base), version_json(pair.new_version, base)],
        "change": change_json(stored, base) if stored else None,
    }
    return site.json(request, document, cache=DIFF)


def choose(request: Request) -> Response:
    """``/stories/ID/compare?a=&b=``: where the form of two versions goes; on to the page of that pair."""
    site = site_of(request)
    with site.db.read() as tx:
        watch = watch_of(request, tx)
    given = [request.query_params.get(name, "") for name in ("a", "b")]
    if not all(value.isascii() and value.isdigit() and len(value) < 10 for value in given):
        raise _unreadable(watch.id)
    first, last = sorted(int(value) for value in given)
    return site.redirect(f"/stories/{watch.id}/diff/{first}..{last}")


def unreadable(request: Request) -> Response:
    """``/stories/ID/diff/anything else``."""
    site = site_of(request)
    with site.db.read() as tx:
        watch = watch_of(request, tx)
    raise _unreadable(watch.id)


def _asked(request: Request, site: Site, tx: Tx) -> Pair | Response:
    """The two versions of the path, or the way to them in their right order. Problems as of ``load``."""
    a, b = number(request, "a"), number(request, "b")
    watch = watch_of(request, tx)
    return _out_of_order(request, site, watch, a, b) or load(site, tx, watch, a, b)


def _unreadable(watch_id: int) -> Problem:
    message = "Two versions are written as their numbers with two dots between them, such as 1..2."
    return Problem(400, "Which two versions?", message, links=((f"/stories/{watch_id}", "All versions of this story"),))


def _out_of_order(request: Request, site: Site, watch: Watch, a: int, b: int) -> Response | None:
    if a == b:
        links = (
            (f"/stories/{watch.id}/versions/{a}", f"Version {a}"),
            (f"/stories/{watch.id}", "All versions of this story"),
        )
        known = links if 1 <= a <= watch.latest_n else links[1:]
        raise Problem(400, "Twice the same version", f"Version {a} does not differ from itself.", links=known)
    if a > b and max(a, b) <= LARGEST_ID:
        ending = ".json" if request.url.path.endswith(".json") else ""
        query = f"?{request.url.query}" if request.query_params.get("view") == "inline" else ""
        return site.redirect(f"/stories/{watch.id}/diff/{b}..{a}{ending}{query}")
    return None


def _lede(view: DiffView, pair: Pair) -> str:
    if pair.comparison.status == "same":
        return "Nothing a reader reads differs between these versions."
    changed = sum(1 for part in (*view.fields, *view.parts) if isinstance(part, DiffLine) and not part.quiet)
    return f"{changed} {'place differs' if changed == 1 else 'places differ'}."
