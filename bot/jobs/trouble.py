"""Trouble with a watch, a site, our checker or our own network: told once, reminded weekly, told when it is over.

The decisions are ``core/health.py``'s; this module remembers which hosts answered lately and writes the notices. What
is wrong with a whole site is told as that, however many of its stories are watched: a story's ledger then says since
when its site has been in trouble, and notices about a site carry that moment as their identity, so that the outbox
keeps one for each owner.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import cadence, health
from bot.core.health import Diagnosis, HostResult, Notice, Telling
from bot.core.model import Health, Source, Watch
from bot.errors import Unreachable
from bot.jobs.decide import notify, owners_of
from bot.jobs.kit import Kit
from bot.store import changes, hosts, meta, notices, sources, watches
from bot.store.database import Tx

DOWN = "down"
PAUSED_REASONS = ("paused", "busy", DOWN)
"""Refusals that say "not now": nothing was sent and nothing failed."""
OUTAGE_KEY = "outage"
UNSEEN_KEY = "unseen"
MANY_HOSTS = 5_000
"""More are not counted, and not left out of a count: a database takes only so many words in one question."""
TITLES = {
    Telling.BEGAN: "Trouble with a watched story",
    Telling.REMINDER: "Still trouble with a watched story",
    Telling.RECOVERED: "A watched story reads again",
}
SITE_TITLES = {
    Telling.BEGAN: "Trouble with a site",
    Telling.REMINDER: "Still trouble with a site",
    Telling.RECOVERED: "A site reads again",
}
OF_SITES = (Health.FAILING, Health.BLOCKED, Health.BROKEN)
"""Trouble that a whole site may have."""
MANY = 3
"""So many stories of a site with the same trouble are told one by one; the next one is the site's trouble."""


MANY_NAMES = 8
"""So many sources of a site are named."""


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
        today = min(changes.count_since(tx, watch.id, now - timedelta(days=1)), 50)
    found = health.of_watch(watch, now, every=every, changes_today=today, status=status)
    out = bool(watch.failures) and HOSTS.outage(now)
    site, stories = ("", 0) if out else _site(tx, watch, found)
    name = f"{stories} stories of {site}" if stories else site or watch.headline or watch.url
    said = health.notice(found, watch.told, now, name=name, outage=out)
    if said.telling is not None and site:
        said = _of_the_site(tx, kit, watch, found, site, said, now)
    values: dict[str, object] = {}
    if found.health is not watch.health:
        values["health"] = found.health
    if dict(said.told) != dict(watch.told):
        values["told"] = dict(said.told)
    if values:
        watches.update(tx, watch.id, **values)
    if said.telling is not None and not site:
        notify(
            tx,
            owners_of(kit, watch),
            identity=f"{watch.id}:{said.key}",
            title=_title(watch, said.telling),
            lines=[said.text, *([watch.url] if watch.headline else [])],
            now=now,
            watch_id=watch.id,
        )


def _title(watch: Watch, telling: Telling) -> str:
    trouble = watch.told.get("trouble")
    was_noisy = isinstance(trouble, Mapping) and trouble.get("health") == Health.NOISY
    return "A watched story is quiet again" if was_noisy and telling is Telling.RECOVERED else TITLES[telling]


def _site(tx: Tx, watch: Watch, found: Diagnosis) -> tuple[str, int]:
    """The site, where it is in trouble and not this story alone, with how many stories where that begins.

    A site that does not answer is one trouble from its second story on. What a site answers may be meant for some of
    its stories only, so a few are told by themselves.
    """
    host = hosts.name_of(watch.url)
    told = watch.told.get("trouble")
    if isinstance(told, Mapping):
        return (host, 0) if told.get("site") else ("", 0)
    if found.health not in OF_SITES or not host:
        return "", 0
    if _is_dead(watch, found):
        all_ = hosts.stories(tx, host)
        return (host, all_) if all_ > 1 else ("", 0)
    others = hosts.stories(tx, host, health=[found.health], but=watch.id)
    return (host, others + 1) if others >= MANY else ("", 0)


def _is_dead(watch: Watch, found: Diagnosis) -> bool:
    return found.health is Health.FAILING and watch.last_error_kind == Unreachable.kind


def _of_the_site(tx: Tx, kit: Kit, watch: Watch, found: Diagnosis, site: str, said: Notice, now: datetime) -> Notice:
    """Tell what is the site's trouble, once to each owner. Returns the ledger with since when it has lasted.

    A site that did not answer is well again when it answers for one story, any other when its last story is.
    """
    old = watch.told.get("trouble")
    known = dict(old) if isinstance(old, Mapping) else {}
    if said.telling is Telling.BEGAN:
        known = {"site": since(tx, site, now, watch=watch.id), "dead": _is_dead(watch, found)}
    elif said.telling is Telling.RECOVERED:
        if not known.get("dead") and _has_more(tx, site, watch=watch.id):
            return said
        notices.clear(tx, ledger(site))
    trouble = said.told.get("trouble")
    times = trouble.get("times", 1) if isinstance(trouble, Mapping) else ""
    assert said.telling is not None  # noqa: S101 - asked by the caller
    hint = "Further stories of this site are not told one by one; see: stet list --trouble"
    notify(
        tx,
        owners_of(kit, watch),
        identity=f"{ledger(site)}:{known.get('site')}:{said.telling.value}:{times}",
        title=SITE_TITLES[said.telling],
        lines=[said.text, *([*_sources(tx, site, known), hint] if said.telling is not Telling.RECOVERED else [])],
        now=now,
    )
    if isinstance(trouble, Mapping):
        kept = {"site": known.get("site"), "dead": known.get("dead")}
        return replace(said, told={**said.told, "trouble": {**trouble, **kept}})
    return said


def sources_of(tx: Tx, site: str) -> list[Source]:
    """The sources of one site; of very many the first 500."""
    return sources.list_(tx, host=site, limit=500) if site else []


def _sources(tx: Tx, site: str, known: Mapping[str, object]) -> list[str]:
    """Which sources of a site that does not answer are not read either, in one line; none where none fails."""
    failing = [one.title or one.url for one in sources_of(tx, site) if one.failures]
    if not known.get("dead") or not failing:
        return []
    more = f" and {len(failing) - MANY_NAMES} more" if len(failing) > MANY_NAMES else ""
    return [f"Its sources are not read either: {', '.join(failing[:MANY_NAMES])}{more}"]


def _has_more(tx: Tx, site: str, *, watch: int = 0, source: int = 0) -> bool:
    """Whether other stories or sources share the site's trouble. Of very many stories in trouble, some do."""
    others = hosts.told(tx, site, health=OF_SITES, but=watch, limit=10 * MANY)
    if len(others) == 10 * MANY:
        return True
    told = [*others, *(one.told for one in sources_of(tx, site) if one.id != source)]
    troubles = [one.get("trouble") for one in told]
    return any(isinstance(one, Mapping) and one.get("site") for one in troubles)


def ledger(site: str) -> str:
    """The name under which the ledger of notices keeps a site's trouble."""
    return f"site:{site}"


def since(tx: Tx, site: str, now: datetime, *, watch: int = 0, source: int = 0) -> str:
    """Since when the site is in trouble: the ledger's word, unless all that it was about is gone.

    ``watch`` or ``source``: whose trouble begins now, and does not count.
    """
    key = ledger(site)
    if not _has_more(tx, site, watch=watch, source=source):
        notices.clear(tx, key)
    notices.begin(tx, key, now)
    known = notices.get(tx, key)
    return (known.first_at if known is not None else now).isoformat()


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


def unseen(kit: Kit, now: datetime) -> int:
    """Whether stories are long overdue, which says that nobody checks; told once, and when it is over. Call it hourly.

    It must be so at two calls half an hour apart: a computer that slept finds everything overdue when it wakes, and
    then it is looked at. Sites that asked for a pause or do not answer are left out. Returns how many stories are.
    """
    long_ago = now - timedelta(seconds=health.DEFAULT.silent_after)
    with kit.db.read() as tx:
        skip = hosts.not_asked(tx, now).union(kit.fetcher.resting())
        count = sum(watches.due_hosts(tx, long_ago, MANY_HOSTS, skip_hosts=sorted(skip)[:MANY_HOSTS]).values())
        since = meta.get(tx, UNSEEN_KEY)
        told = notices.get(tx, UNSEEN_KEY)
    if not count and not since:
        return 0
    with kit.db.begin() as tx:
        if not count:
            meta.remove(tx, UNSEEN_KEY)
            if notices.clear(tx, UNSEEN_KEY) and told is not None:
                said = ("Stories are looked at again", "No story is overdue any more.")
                _of_the_checker(tx, kit, f"{told.first_at.isoformat()}:over", *said, now)
        elif not since:
            meta.set_(tx, UNSEEN_KEY, now.isoformat(), now)
        elif now - datetime.fromisoformat(since) >= timedelta(minutes=30) and notices.begin(
            tx, UNSEEN_KEY, now, remind_after=timedelta(seconds=health.DEFAULT.remind_every)
        ):
            hours = health.DEFAULT.silent_after // 3600
            words = f"{count} stories should have been looked at {hours} hours ago and more: is the checker running?"
            _of_the_checker(tx, kit, now.isoformat(), "Nobody looks at stories", words, now)
    return count


def _of_the_checker(tx: Tx, kit: Kit, identity: str, title: str, words: str, now: datetime) -> None:
    notify(tx, kit.owners, identity=f"{UNSEEN_KEY}:{identity}", title=title, lines=[words, "See: stet doctor"], now=now)
