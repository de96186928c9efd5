"""Folding a crowd of mails to one recipient into one, before the first of them goes out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.core.folding import FOLDABLE, LARGEST_FOLD, fold
from bot.core.model import Alert, AlertStatus
from bot.errors import NotFound
from bot.jobs.kit import Kit
from bot.jobs.messages import message_for
from bot.render.message import Message
from bot.store import outbox
from bot.store.database import Tx


def gather(kit: Kit, alert: Alert, now: datetime) -> tuple[Alert, ...] | None:
    """The alerts to tell in the same mail as the claimed ``alert``; empty: it goes alone; None: it was put back.

    What was folded once stays folded, so that a retry is the same mail. An alert that is put back is looked at again
    within a minute, its attempt uncounted.
    """
    if alert.target.channel != "email" or alert.kind not in FOLDABLE:
        return ()
    key = alert.target.key
    with kit.db.read() as tx:
        if folded := outbox.folded(tx, alert.id):
            return tuple(folded)
        behind = [
            one
            for one in outbox.list_(tx, status=AlertStatus.PENDING, target=key, limit=LARGEST_FOLD, oldest_first=True)
            if one.next_try_at is None or one.next_try_at <= now
        ]
        newest = outbox.list_(tx, status=AlertStatus.SENT, target=key, limit=2 * kit.hourly_mail_limit)
    if alert.maybe_sent:  # it may be there already, alone: the same mail again, nothing added
        return ()
    sent = [one.sent_at for one in newest if one.sent_at is not None]
    decided = fold(alert, behind, sent=sent, limit=kit.hourly_mail_limit, now=now)
    if decided.wait_until is not None:
        with kit.db.begin() as tx:
            outbox.release(tx, [alert.id], now)
            outbox.retry(tx, alert.id, decided.wait_until, "waits: enough mails to this recipient for this hour")
        return None
    if not decided.together:
        return ()
    with kit.db.begin() as tx:
        outbox.fold(tx, [one.id for one in decided.together], alert.id)
        return tuple(outbox.folded(tx, alert.id))


def readable(tx: Tx, kit: Kit, alerts: Iterable[Alert]) -> list[Message]:
    """The messages of folded alerts. One whose versions were pruned meanwhile has nothing left to say."""
    out: list[Message] = []
    for alert in alerts:
        try:
            out.append(message_for(tx, kit, alert))
        except NotFound:
            continue
    return out
