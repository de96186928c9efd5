"""Kit: what every job works with. Built once by the composition root; jobs decide nothing that is not in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import TYPE_CHECKING, cast

from bot.core.cadence import Cadence
from bot.core.compare_config import CompareConfig
from bot.core.model import Route, Target
from bot.core.policy import Policy
from bot.extract import OutletRules
from bot.later import Later
from bot.store.database import Database

if TYPE_CHECKING:
    from bot.deliver import Channel
    from bot.fetch import Fetcher
    from bot.metrics import Metrics


def _metrics() -> Metrics:
    from bot.metrics import Metrics

    return Metrics()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """What is configured for a publisher. ``name`` falls back to the host."""

    name: str
    rules: OutletRules
    desk: str = ""
    headers: Mapping[str, str] = attribute(default_factory=dict)
    proxy: str | None = None
    browser: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The database, the door, the clock, the routes and the rules.

    ``outlet_of`` answers the outlet of an address. ``owners`` hear of trouble. ``channels`` are by name; one that is
    not configured is missing and its alerts wait.
    """

    db: Database
    fetcher: Fetcher
    clock: Callable[[], datetime]
    outlet_of: Callable[[str], Outlet]
    channels: Mapping[str, Channel]
    policy: Policy
    compare: CompareConfig
    cadence: Cadence
    routes: tuple[Route, ...] = ()
    owners: tuple[Target, ...] = ()
    base_url: str = ""
    zone: str = "UTC"
    raw_snapshots: bool = True
    secret_key: str = ""
    hourly_mail_limit: int = 20
    metrics: Metrics = attribute(default_factory=lambda: cast("Metrics", Later(_metrics)))
    """Built when something is counted first."""
