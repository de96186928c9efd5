"""What is remembered of a story's first mail to a recipient, so that later ones join its thread."""

from __future__ import annotations

import hashlib
import json

from bot.store import meta
from bot.store.database import Database


class StoredMailThreads:
    """Mail threads over the store: the first subject and alert of each story and recipient, for good."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, recipient: str, watch_id: int, subject: str, alert: str) -> tuple[str, str]:
        """``(subject, alert)`` of the first mail; the ones given where there was none before."""
        name = hashlib.sha256(f"{recipient.lower()}\n{watch_id}".encode()).hexdigest()[:40]
        key = f"mail-thread:{name}"
        with self._db.begin() as tx:
            known = meta.get(tx, key)
            if known is None:
                meta.set_(tx, key, json.dumps([subject, alert]))
                return subject, alert
        first, root = json.loads(known)
        return str(first), str(root)
