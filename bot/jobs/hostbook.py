"""What was learnt of hosts, kept in the store: robots files, Crawl-delay and pauses outlive the process."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.jobs.kit import Kit
from bot.store import hosts

FRESH_FOR = timedelta(days=1)


def recall(kit: Kit) -> int:
    """Give the fetcher what earlier runs and other machines learnt. Returns how many hosts that is."""
    now = kit.clock()
    with kit.db.read() as tx:
        known = hosts.list_(tx)
    learnt = {one.host: dict(one.state) for one in known if one.state}
    for one in known:
        if one.retry_after is not None and one.retry_after > now:
            learnt.setdefault(one.host, {})["retry_after"] = one.retry_after.isoformat()
    kit.fetcher.recall(learnt)
    return len(learnt)


def keep(kit: Kit) -> int:
    """Write down what the fetcher learnt since the last time. Returns how many hosts that is."""
    learnt = kit.fetcher.changed()
    if not learnt:
        return 0
    now = kit.clock()
    with kit.db.begin() as tx:
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
                **({"last_success_at": now} if known["last_status"] else {"last_failure_at": now}),
            )
            if known["retry_after"] is not None:
                hosts.leave_alone(tx, host, datetime.fromisoformat(known["retry_after"]))
    return len(learnt)
