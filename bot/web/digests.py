"""Digests as pages: a day of everything, or the very digest that went to somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from bot.core import digest as digest_
from bot.core import tokens
from bot.core.digest import Digest
from bot.core.due import day_start
from bot.errors import UsageError
from bot.jobs import digest as jobs
from bot.render import digest as render
from bot.store import digests as stored
from bot.store import views
from bot.web.site import Problem, Site, site_of

SECTIONS = ("corrections", "gone", "headlines", "texts", "minor", "reverted", "new")
DAYS = 14
"""Days listed on the overview."""
OLDEST = timedelta(days=3660)
TO_OVERVIEW = (("/digests/", "The last days"), ("/", "All stories"))


def overview(request: Request) -> Response:
    """``/digests/``: the last days."""
    site = site_of(request)
    today = site.now().astimezone(ZoneInfo(site.settings.timezone)).date()
    days = [today - timedelta(days=back) for back in range(DAYS)]
    return site.page(request, "digests.html", {"here": "digests", "days": days, "today": today})


def day(request: Request) -> Response:
    """``/digests/2026-11-24``: what changed on that local day; ``?d=TOKEN``: the digest somebody got."""
    site = site_of(request)
    digest, own = _digest(request, site)
    view = render.view(digest, base_url=site.base(request))
    wanted = digest.local_date
    today = site.now().astimezone(ZoneInfo(site.settings.timezone)).date()
    values = {
        "here": "digests",
        "view": view,
        "own": own,
        "path": f"/digests/{wanted.isoformat()}",
        "before": wanted - timedelta(days=1),
        "after": wanted + timedelta(days=1) if wanted < today else None,
        "today": wanted == today,
    }
    return site.page(request, "digest.html", values)


def day_json(request: Request) -> Response:
    """``/digests/2026-11-24.json``."""
    site = site_of(request)
    digest, _ = _digest(request, site)
    return site.json(request, digest_.to_json(digest))


def _digest(request: Request, site: Site) -> tuple[Digest, bool]:
    """The digest asked for, and whether it is somebody's own, without the stories that were taken down since."""
    digest, own = _made(request, site)
    named = {entry.watch_id for name in SECTIONS for entry in getattr(digest, name)}
    named |= {one.watch_id for one in digest.trouble if one.watch_id is not None}
    with site.db.read() as tx:
        gone = views.hidden_among(tx, named)
    if not gone:
        return digest, own
    kept: dict[str, Any] = {
        name: tuple(one for one in getattr(digest, name) if one.watch_id not in gone) for name in (*SECTIONS, "trouble")
    }
    return replace(digest, **kept), own


def _made(request: Request, site: Site) -> tuple[Digest, bool]:
    wanted = _date(request.path_params["date"], site)
    token = request.query_params.get("d")
    if token is not None:
        return _sent(site, wanted, token), True
    known = site.days.get(wanted)
    if known is None:
        known, final = _everything(site, wanted)
        if final:
            site.days.put(wanted, known)
    return known, False


def _sent(site: Site, wanted: date, token: str) -> Digest:
    parts = tokens.unpack(site.services.secret, "digest", token[:2000])
    if parts is None or len(parts) != 2:
        message = "This link is not whole, or not ours. Copy the whole address from the mail; it is one long line."
        raise Problem(404, "Link not understood", message, links=TO_OVERVIEW)
    with site.db.read() as tx:
        row = stored.on(tx, parts[0], parts[1], wanted)
    if row is None or not row.details:
        raise Problem(404, "No such digest", f"No digest went out on {wanted.isoformat()}.", links=TO_OVERVIEW)
    return digest_.from_json(row.details)


def _everything(site: Site, wanted: date) -> tuple[Digest, bool]:
    """The digest of a local day, and whether that day is over for good (an hour's grace for what is on its way)."""
    kit = site.services.kit
    if kit is None:
        raise Problem(404, "No digests here", "These pages run without the part that makes digests.")
    zone = ZoneInfo(site.settings.timezone)
    start, end = day_start(wanted, zone), day_start(wanted + timedelta(days=1), zone)
    now = site.now()
    with site.db.read() as tx:
        try:
            made = jobs.everything(tx, kit, start=start, end=min(end, now), zone=site.settings.timezone)
        except UsageError as error:
            raise Problem(400, "Not possible", str(error), links=TO_OVERVIEW) from error
    return made, now > end + timedelta(hours=1)


def _date(given: str, site: Site) -> date:
    try:
        wanted = date.fromisoformat(given)
    except ValueError:
        message = "A day is written as year, month and day: /digests/2026-11-24."
        raise Problem(400, "Which day?", message, links=TO_OVERVIEW) from None
    now = site.now()
    moment = datetime(wanted.year, wanted.month, wanted.day, tzinfo=UTC)
    if not now - OLDEST < moment < now + timedelta(days=1):
        raise Problem(404, "No such day", "Nothing is known of that day.", links=TO_OVERVIEW)
    return wanted
