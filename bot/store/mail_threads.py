"""How each story's thread of mails to one recipient began: mail programs group by the first subject."""

from __future__ import annotations

from sqlalchemy import select

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import mail_threads


def begin(tx: Tx, recipient: str, watch_id: int, subject: str, alert: str) -> tuple[str, str]:
    """``(subject, alert)`` of the first mail about a story to a recipient; these, where there was none before."""
    key = {"recipient": recipient.strip().lower()[:400], "watch_id": watch_id}
    new = {**key, "subject": subject, "alert": alert}
    tx.execute(rows.insert_new(tx, mail_threads).values(new))
    row = tx.execute(
        select(mail_threads.c.subject, mail_threads.c.alert).where(
            mail_threads.c.recipient == key["recipient"], mail_threads.c.watch_id == watch_id
        )
    ).one()
    return str(row.subject), str(row.alert)
