"""Trouble with a watch, and with our own network: told once, reminded weekly, told when it is over.

The decisions are ``core/health.py``'s; this module remembers which hosts answered lately and writes the notices.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

from bot.core import cadence, health
from bot.core.health import HostResult, Telling
from bot.core.model import Health, Watch
from bot.jobs.decide import notify, owners_of
from bot.jobs.kit import Kit
from bot.store import changes, meta, watches
from bot.store.database import Tx

OUTAGE_KEY = "outage"
TITLES = {
    Telling.BEGAN: "Trouble with a watched story",
    Telling.REMINDER: "Still trouble with a watched story",
    Telling.RECOVERED: "A watched story reads again",
}


class HostLog:
    """How the latest check on each host went, for telling our own outage from theirs. Safe among threads.

    An outage lasts until somebody answers: checks that have become rare because they fail are no sign of an answer.
    """

    def __init__(self, size: int = 500) -> None:
        self._results: deque[HostResult] = deque(maxlen=size)
        self._out = False
        self._lock = threading.Lock()

    def add(self, host: str, at: datetime, *, answered: bool) -> None:
        """One check ended; ``answered`` says whether the host said anything at all."""
        with self._lock:
            self._results.append(HostResult(host=host, at=at, answered=answered))
            if answered:
                self._out = False

    def outage(self, now: datetime, *, known: bool = False) -> bool:
        """Whether nobody answers us. ``known``: an earlier process found so, which holds until somebody answers."""
        with self._lock:
            still = known and not any(result.answered for result in self._results)
            self._out = self._out or still or health.own_outage(tuple(self._results), now)
            return self._out


HOSTS = HostLog()
"""Of this process. Losing it at a restart only means that an outage is recognised a few minutes later."""


def after_check(tx: Tx, kit: Kit, watch: Watch, now: datetime, *, status: int | None = None) -> None:
    """Diagnose one watch after a check and tell its owner what is to be told. ``watch`` is as it is now."""
    if not watch.failures and watch.hold is None and "trouble" not in watch.told and watch.quiet_checks:
        return
    every = cadence.interval(watch, now, kit.cadence)[0] or cadence.DAY
    today = 0
    if not watch.failures:
        today = len(changes.list_(tx, watch_id=watch.id, since=now - timedelta(days=1), limit=50, brief=True))
    found = health.of_watch(watch, now, every=every, changes_today=today, status=status)
    name = watch.headline or watch.url
    said = health.notice(found, watch.told, now, name=name, outage=bool(watch.failures) and HOSTS.outage(now))
    values: dict[str, object] = {}
    if found.health is not watch.health:
        values["health"] = found.health
    if dict(said.told) != dict(watch.told):
        values["told"] = dict(said.told)
    if values:
        watches.update(tx, watch.id, **values)
    if said.telling is not None:
        notify(
            tx,
            owners_of(kit, watch),
            identity=f"{watch.id}:{said.key}",
            title=TITLES[said.telling],
            lines=[said.text, *([watch.url] if watch.headline else [])],
            now=now,
            watch_id=watch.id,
        )


def our_network(kit: Kit, now: datetime) -> bool:
    """Whether our own network is down; begins and ends its one notice. Call it now and then."""
    with kit.db.read() as tx:
        since = meta.get(tx, OUTAGE_KEY)
    outage = HOSTS.outage(now, known=bool(since))
    said = health.outage_notice(outage, {"outage": since} if since else {}, now)
    if said.telling is not None:
        with kit.db.begin() as tx:
            began = said.told.get("outage")
            if began:
                meta.set_(tx, OUTAGE_KEY, str(began), now)
            else:
                meta.remove(tx, OUTAGE_KEY)
            title = "Our network seems to be down" if outage else "Our network is back"
            notify(tx, kit.owners, identity=said.key, title=title, lines=[said.text], now=now)
    return outage


def silent_watches(kit: Kit, now: datetime, *, limit: int = 200) -> int:
    """Watches that nobody looked at for long: told like other trouble. Returns how many were looked through."""
    with kit.db.read() as tx:
        late = [
            watch
            for watch in watches.list_(tx, limit=limit, health=[Health.OK, Health.SILENT])
            if (watch.last_checked_at or watch.added_at) < now - timedelta(hours=6)
        ]
    for watch in late:
        with kit.db.begin() as tx:
            after_check(tx, kit, watch, now)
    return len(late)
