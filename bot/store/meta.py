"""Meta: single values the installation remembers: its secret key, heartbeats, last runs."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, select

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import meta

SECRET_KEY = "secret_key"  # noqa: S105 - the name of the row, not the key


def get(tx: Tx, key: str) -> str | None:
    """A value, None where it was never set."""
    found: str | None = tx.execute(select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()
    return found


def set_(tx: Tx, key: str, value: str, now: datetime | None = None) -> None:
    """Set a value; ``now`` is kept as the time of it."""
    rows.put(tx, meta, {"key": key}, {"value": value, "updated_at": now})


def remove(tx: Tx, key: str) -> bool:
    """Forget a value."""
    return tx.execute(delete(meta).where(meta.c.key == key)).rowcount == 1


def tick(tx: Tx, name: str, now: datetime) -> None:
    """A heartbeat: the loop ``name`` is alive. Kept under ``tick:NAME``."""
    set_(tx, f"tick:{name}", now.isoformat(), now)


def ticks(tx: Tx) -> dict[str, datetime]:
    """When each loop last gave a heartbeat."""
    found = tx.execute(select(meta.c.key, meta.c.updated_at).where(meta.c.key.startswith("tick:")))
    return {row.key.removeprefix("tick:"): row.updated_at for row in found if row.updated_at is not None}


def secret_key(tx: Tx, given: str | None = None) -> bytes:
    """The key links, cookies and sealed tokens are signed with: ``given`` (STET_SECRET_KEY), else one made once.

    Making it writes: call it inside ``begin()`` the first time.
    """
    if given:
        return given.encode("utf-8")
    known = get(tx, SECRET_KEY)
    if known is None:
        fresh = rows.insert_new(tx, meta).values(key=SECRET_KEY, value=secrets.token_urlsafe(32))
        tx.execute(fresh)
        known = get(tx, SECRET_KEY)
        assert known is not None  # noqa: S101 - made a line above, by us or by another worker
    return known.encode("ascii")
