"""The sites that are asked, and what each of them lets us ask: ``/hosts`` and ``/hosts.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.store import hosts
from bot.store.hosts import HostState
from bot.web.site import Site, site_of

ROBOTS = {"rules": "robots.txt read", "none": "no robots.txt", "closed": "robots.txt answers with an error"}
WHY = {"retry-after": "as it asked", "too many requests": "it was asked too much", "no answer": "it did not answer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One site's budget. ``gap``: seconds between two fetches; ``left_alone``: until when, with ``why`` in words."""

    host: str
    gap: float | None
    robots: str
    failures: int
    requests: int
    last_status: int | None
    left_alone: datetime | None
    why: str
    last_success_at: datetime | None


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
        return [_budget(one, now) for one in hosts.list_(tx)]


def _budget(known: HostState, now: datetime) -> Budget:
    state = known.state or {}
    resting = known.retry_after if known.retry_after is not None and known.retry_after > now else None
    return Budget(
        host=known.host,
        gap=_number(state.get("gap")) or known.crawl_delay,
        robots=str(state.get("robots_state") or ""),
        failures=known.failures,
        requests=int(_number(state.get("requests")) or 0),
        last_status=int(_number(state.get("last_status")) or 0) or None,
        left_alone=resting,
        why=WHY.get(str(state.get("why") or ""), "") if resting else "",
        last_success_at=known.last_success_at,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
