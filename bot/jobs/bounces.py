"""A mail came back: its alert did not arrive, and an address that refuses three in a row gets no more for now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core import retry
from bot.core.model import Alert, Target
from bot.deliver import bounce
from bot.deliver.bounce import Bounce
from bot.jobs.decide import notify
from bot.jobs.kit import Kit
from bot.log import clean, get
from bot.store import audit, bounces, notices, outbox, targets
from bot.store.database import Tx

log = get("bounces")


class Outcome(StrEnum):
    """What became of a report."""

    LOST = "lost"
    """The alert did not arrive; it is shown among the dead ones of the outbox."""
    PAUSED = "paused"
    """The same, and the address is paused: it was one refusal too many."""
    WAITING = "waiting"
    """The other server still tries, or tells that it arrived: nothing to do."""
    KNOWN = "known"
    """This alert was known to be lost."""
    STRANGER = "stranger"
    """A report about no mail of ours."""
    NO_REPORT = "no_report"
    """Not a delivery report: an answer of a person, an absence note, anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a report said and what came of it; ``words`` is one line for people."""

    outcome: Outcome
    words: str
    bounce: Bounce | None = None
    target: str = ""
    alert: str = ""


def take(kit: Kit, raw: bytes, now: datetime) -> Taken:
    """Work off one mail that came to the address for bounces. The same report may come twice."""
    found = bounce.read(raw)
    if found is None:
        return Taken(outcome=Outcome.NO_REPORT, words="This is no delivery report; nothing was done.")
    with kit.db.begin() as tx:
        alert = outbox.by_public_id(tx, found.alert) if found.alert else None
        if alert is None or alert.target.channel != "email":
            return Taken(
                outcome=Outcome.STRANGER, words="The report names no mail of ours; nothing was done.", bounce=found
            )
        outcome = _settle(tx, kit, alert, found, now)
    log.info("mail came back", alert=alert.public_id, target=alert.target.key, outcome=outcome.value)
    return Taken(
        outcome=outcome,
        words=_WORDS[outcome].format(address=alert.target.address, said=_said(found)),
        bounce=found,
        target=alert.target.key,
        alert=alert.public_id,
    )


_WORDS = {
    Outcome.LOST: "The mail to {address} did not arrive ({said}). Send it again: stet outbox retry",
    Outcome.PAUSED: "The mail to {address} did not arrive ({said}), as those before it: the address is paused.",
    Outcome.WAITING: "The mail to {address} is not lost ({said}); nothing was done.",
    Outcome.KNOWN: "That the mail to {address} did not arrive was known; nothing was done.",
}


def _settle(tx: Tx, kit: Kit, alert: Alert, found: Bounce, now: datetime) -> Outcome:
    if not found.failed:
        return Outcome.WAITING
    words = f"the mail came back ({_said(found)}); check the address"
    if not bounces.came_back(tx, alert.id, words):
        return Outcome.KNOWN
    key = alert.target.key
    targets.failed(tx, key, words, now)
    audit.add(
        tx,
        at=now,
        actor="mail server",
        via="email",
        action="bounce",
        subject=alert.target.address,
        watch_id=alert.watch_id,
        details={"alert": alert.public_id, "status": found.status, "said": found.words},
    )
    lost = bounces.lost_in_a_row(tx, key, retry.REFUSED_IN_A_ROW)
    if not found.permanent or not retry.pauses(lost) or targets.is_paused(tx, key):
        return Outcome.LOST
    targets.pause(tx, key, words, now)
    _tell(tx, kit, alert, words, now)
    return Outcome.PAUSED


def _tell(tx: Tx, kit: Kit, alert: Alert, words: str, now: datetime) -> None:
    """The owners hear of it once a day at most, and never through the address that is paused."""
    key = alert.target.key
    if not notices.begin(tx, f"delivery:{key}", now, remind_after=timedelta(days=1)):
        return
    notify(
        tx,
        [target for target in kit.owners if target.key != key] or [Target(channel="terminal")],
        identity=f"delivery:{key}:{now.isoformat()}",
        title=f"Alerts to {key} are waiting",
        lines=[words, f"{retry.REFUSED_IN_A_ROW} mails in a row did not arrive.", "See: stet outbox list, stet doctor"],
        now=now,
    )


def _said(found: Bounce) -> str:
    return clean(" ".join(word for word in (found.status, found.words) if word) or found.action, limit=200)
