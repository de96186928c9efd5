"""Trouble with sources of stories: told once, reminded weekly, told when it is over.

Sources of one site that fail together are one notice that names them: the first whose time is up tells for all that
fail with it. Where the site does not answer at all and its stories were told as that, or are told later, it is the same
notice: both carry since when the site has been in trouble as their identity, and the outbox keeps one for each owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core import health
from bot.core.health import Diagnosis, Notice, Telling
from bot.core.model import Health, Source
from bot.errors import CheckError, Unreachable
from bot.jobs import trouble
from bot.jobs.decide import notify
from bot.jobs.kit import Kit
from bot.store import hosts, notices, sources
from bot.store.database import Tx


def after_look(tx: Tx, kit: Kit, source: Source, now: datetime, *, error: CheckError | None = None) -> None:
    """Diagnose a source after a look and tell the operators what is to be told. ``source`` is as it is now."""
    found = health.of_source(source, now)
    shared = _shared(source)
    if shared:
        if source.failures and found.health is Health.OK:
            return  # it was told with its site before its own time was up
        if not source.failures:
            found = Diagnosis(health=Health.OK, reason="Read without trouble.")
    host = hosts.name_of(source.url)
    out = bool(source.failures) and trouble.HOSTS.outage(now)
    fellows = _fellows(tx, source, host) if found.health is Health.FAILING else []
    name = f"{len(fellows) + 1} sources of {host}" if fellows else host if shared else source.title or source.url
    said = health.notice(found, source.told, now, name=name, outage=out)
    told = dict(said.told)
    if said.telling is Telling.BEGAN and found.health is Health.FAILING:
        dead = isinstance(error, Unreachable)
        since = _since(tx, source, host, now, dead=dead) if fellows or (dead and _is_told(tx, host)) else ""
        if since:
            shared = {**dict(told["trouble"]), "site": since, "dead": dead}
            told = {**told, "trouble": shared}
            for one in fellows:
                sources.update(tx, one.id, told={**one.told, "trouble": shared})
    if found.health is not source.health or told != dict(source.told):
        sources.update(tx, source.id, health=found.health, told=told)
    if said.telling is None:
        return
    if shared:
        _tell_of_the_site(tx, kit, host, shared, said, [source, *fellows], now)
    else:
        over = said.telling is Telling.RECOVERED
        title = "A source reads again" if over else "Trouble with a source of stories"
        identity = f"source:{source.id}:{said.key}"
        notify(tx, kit.owners, identity=identity, title=title, lines=[said.text, source.url], now=now)


def _tell_of_the_site(
    tx: Tx, kit: Kit, host: str, shared: Mapping[str, Any], said: Notice, failing: list[Source], now: datetime
) -> None:
    """One notice for all; a site that did not answer is well when it answers, any other when its last source is."""
    over = said.telling is Telling.RECOVERED
    if over and not shared.get("dead") and any(_shared(one) for one in trouble.sources_of(tx, host)):
        return
    if over:
        notices.clear(tx, _ledger(host, dead=bool(shared.get("dead"))))
    assert said.telling is not None  # noqa: S101 - asked by the caller
    listed = (
        [] if over else [f"{one.title}: {one.url}" if one.title else one.url for one in failing[: trouble.MANY_NAMES]]
    )
    more = (
        [f"and {len(failing) - trouble.MANY_NAMES} more; see: stet source list"]
        if len(failing) > trouble.MANY_NAMES and not over
        else []
    )
    times = "" if over else 1 if said.telling is Telling.BEGAN else said.told["trouble"]["times"]
    notify(
        tx,
        kit.owners,
        identity=f"{_ledger(host, dead=bool(shared.get('dead')))}:{shared.get('site')}:{said.telling.value}:{times}",
        title=trouble.SITE_TITLES[said.telling],
        lines=[said.text, *listed, *more],
        now=now,
    )


def _ledger(host: str, *, dead: bool) -> str:
    return trouble.ledger(host) if dead else f"sources:{host}"


def _since(tx: Tx, source: Source, host: str, now: datetime, *, dead: bool) -> str:
    """Since when the site is in trouble: the ledger's word, which stories of a site that does not answer share."""
    if dead:
        return trouble.since(tx, host, now, source=source.id)
    key = _ledger(host, dead=False)
    if not any(_shared(one) for one in trouble.sources_of(tx, host)):
        notices.clear(tx, key)
    notices.begin(tx, key, now)
    known = notices.get(tx, key)
    return (known.first_at if known is not None else now).isoformat()


def _is_told(tx: Tx, host: str) -> bool:
    """Whether the stories of a site are told as those of one that does not answer."""
    return notices.get(tx, trouble.ledger(host)) is not None


def _shared(source: Source) -> Mapping[str, Any]:
    """The trouble that a source shares with its site; empty where it has none, or its own."""
    known = source.told.get("trouble")
    return known if isinstance(known, Mapping) and known.get("site") else {}


def _fellows(tx: Tx, source: Source, host: str) -> list[Source]:
    """The other sources of the site that fail as well and have not been told by themselves."""
    since = _shared(source).get("site")
    return [
        one
        for one in trouble.sources_of(tx, host)
        if one.id != source.id
        and one.failures
        and ("trouble" not in one.told or (since and _shared(one).get("site") == since))
    ]
