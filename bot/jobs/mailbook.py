"""What is remembered of a story's first mail to a recipient, so that later ones join its thread."""

from __future__ import annotations

from bot.store import mail_threads
from bot.store.database import Database


class StoredMailThreads:
    """Mail threads over the store: the first subject and alert of each story and recipient, for good."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, recipient: str, watch_id: int, subject: str, alert: str) -> tuple[str, str]:
        """``(subject, alert)`` of the first mail; the ones given where there was none before."""
        with self._db.begin() as tx:
            return mail_threads.begin(tx, recipient, watch_id, subject, alert)
