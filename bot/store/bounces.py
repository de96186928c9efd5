"""Mails that came back after a server had taken them: a sent alert that did not arrive after all."""

from __future__ import annotations

from itertools import takewhile

from sqlalchemy import update

from bot.core.model import AlertStatus
from bot.store import outbox
from bot.store.database import Tx
from bot.store.tables import alerts


def came_back(tx: Tx, alert_id: int, error: str) -> bool:
    """A sent alert did not arrive: it is dead, with what the other server said. False where it was not sent, or known.

    ``outbox.requeue`` sends it again, once the address is mended.
    """
    wanted = update(alerts).where(alerts.c.id == alert_id, alerts.c.status == AlertStatus.SENT)
    return tx.execute(wanted.values(status=AlertStatus.DEAD, last_error=error)).rowcount == 1


def lost_in_a_row(tx: Tx, target: str, limit: int) -> int:
    """How many of the newest ``limit`` alerts to this target that ended did not arrive, one after the other."""
    ended = outbox.list_(tx, status=(AlertStatus.SENT, AlertStatus.DEAD), target=target, limit=limit)
    return sum(1 for _ in takewhile(lambda one: one.status is AlertStatus.DEAD, ended))
