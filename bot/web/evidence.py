"""The evidence pack of two versions, as a download."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bot.jobs import evidence
from bot.web.named import number, version_of, watch_of
from bot.web.site import Problem, site_of


def download(request: Request) -> Response:
    """``/stories/ID/evidence/A..B.zip``."""
    site = site_of(request)
    a, b = number(request, "a"), number(request, "b")
    with site.db.read() as tx:
        watch = watch_of(request, tx)
        for n in (a, b):
            version_of(tx, watch, n)
        if a == b:
            raise Problem(400, "Twice the same version", "Evidence needs two different versions.")
        made = evidence.pack(tx, watch.id, a, b, compare=site.services.compare, zone=site.settings.timezone)
    answer = site.answer(request, made.content, "application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer
