"""Housekeeping: what keeps a small server small and a dead service noticed."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.config import Config
from bot.discover.address import host_of
from bot.errors import CheckError
from bot.fetch import Request
from bot.jobs import trouble
from bot.jobs.kit import Kit
from bot.log import clean, get
from bot.store import line_counts, sources
from bot.store.prune import PruneReport, prune

log = get("housekeeping")

FORGET_LINES = timedelta(days=60)
FORGET_LINKS = timedelta(days=90)


def hourly(kit: Kit, config: Config, now: datetime) -> None:
    """Forget what nobody will ask for, keep to the retention that is set, and see whether anybody checks."""
    with kit.db.begin() as tx:
        line_counts.forget(tx, now - FORGET_LINES)
        sources.forget_links(tx, now - FORGET_LINKS)
    pruned = prune(kit.db, now, keep_days=config.store.keep_days, keep_versions=config.store.keep_versions)
    if pruned != PruneReport():
        log.info("pruned", what=str(pruned))
    trouble.unseen(kit, now)


def ping(kit: Kit, url: str) -> bool:
    """Tell a dead-man switch elsewhere that we live. A failure is logged; its silence is the alarm."""
    try:
        kit.fetcher.get(Request(url=url, kind="test"))
    except CheckError as error:
        log.warning("ping failed", host=host_of(url), error=clean(error.message))  # the address itself is a secret
        return False
    return True
