"""The sites that are asked, and what each of them lets us ask: ``/hosts`` and ``/hosts.json``."""

from __future__ import annotations

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from bot.jobs.hostbook import ROBOTS, Budget, budgets
from bot.web.site import Site, site_of


def overview(request: Request) -> Response:
    """``/hosts``: every site that was asked, by name."""
    site = site_of(request)
    return site.page(request, "hosts.html", {"here": "hosts", "budgets": _budgets(site), "robots": ROBOTS})


def overview_json(request: Request) -> Response:
    """``/hosts.json``."""
    site = site_of(request)
    return site.json(request, {"hosts": [asdict(one) for one in _budgets(site)]})


def _budgets(site: Site) -> list[Budget]:
    now = site.now()
    with site.db.read() as tx:
        return budgets(tx, now)
