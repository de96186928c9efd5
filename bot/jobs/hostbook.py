"""What was learnt of hosts, kept in the store: robots files, Crawl-delay and pauses outlive the process."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.jobs.kit import Kit
from bot.store import hosts
from bot.store.database import Tx
from bot.store.hosts import HostState

FRESH_FOR = timedelta(days=1)
FEW = 50
"""Up to so many hosts are looked up one by one."""
ROBOTS = {"rules": "robots.txt read", "none": "no robots.txt", "closed": "robots.txt answers with an error"}
WHY = {"retry-after": "as it asked", "too many requests": "it was asked too much", "no answer": "it did not answer"}
"""What is said of a host's robots.txt, and why it is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a host lets us ask. ``gap``: seconds between two fetches; ``at_once``: how many at the same time.

    ``left_alone``: until when, with ``why`` in words. ``failures``: how often in a row it has not answered.
    """

    host: str
    gap: float | None
    at_once: int | None
    robots: str
    failures: int
    requests: int
    last_status: int | None
    left_alone: datetime | None
    why: str
    last_success_at: datetime | None


def budgets(tx: Tx, now: datetime) -> list[Budget]:
    """Every host that was asked, by name."""
    return [budget_of(one, now) for one in hosts.list_(tx)]


def recall(kit: Kit, only: Collection[str] | None = None) -> int:
    """Give the fetcher what earlier runs and other machines learnt. Returns how many hosts that is.

    ``only`` names the hosts that will be asked.
    """
    now = kit.clock()
    with kit.db.read() as tx:
        if only is not None and len(only) <= FEW:
            known = [one for one in (hosts.get(tx, host) for host in only) if one is not None]
        else:
            known = hosts.list_(tx)
    learnt = {one.host: dict(one.state) for one in known if one.state}
    for one in known:
        if one.retry_after is not None and one.retry_after > now:
            learnt.setdefault(one.host, {})["retry_after"] = one.retry_after.isoformat()
    kit.fetcher.recall(learnt)
    return len(learnt)


def keep(kit: Kit) -> int:
    """Write down what the fetcher learnt since the last time. Returns how many hosts there was news of.

    That a host answered, or did not, is written down of all that were asked.
    """
    learnt, spoken = kit.fetcher.changed(), kit.fetcher.spoken_to()
    if not learnt and not spoken:
        return 0
    now = kit.clock()
    with kit.db.begin() as tx:
        for host, failures in spoken.items():
            seen = {"last_failure_at": now} if failures else {"last_success_at": now}
            hosts.put(tx, host, failures=failures, **seen)
        for host, known in learnt.items():
            files = known["robots"]
            fetched_at = datetime.fromisoformat(files[0]["got_at"]) if files else None
            hosts.put(
                tx,
                host,
                state=known,
                robots=files[0]["text"] if files else None,
                robots_fetched_at=fetched_at,
                robots_expires_at=fetched_at + FRESH_FOR if fetched_at else None,
                crawl_delay=known["crawl_delay"],
                failures=known["failures_in_row"],
            )
            if known["retry_after"] is not None:
                hosts.leave_alone(tx, host, datetime.fromisoformat(known["retry_after"]))
    return len(learnt)


def budget_of(known: HostState, now: datetime) -> Budget:
    """What is said of one host."""
    state = known.state or {}
    resting = known.retry_after if known.retry_after is not None and known.retry_after > now else None
    return Budget(
        host=known.host,
        gap=_number(state.get("gap")) or known.crawl_delay,
        at_once=int(_number(state.get("per_host")) or 0) or None,
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
