"""Line counts: in how many stories of an outlet a line of text was seen. Lines that many share are site furniture.

Only hashes are kept. A line counts once per story: call ``add`` when a story is seen for the first time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import line_counts

CHUNK = 400
_COUNTS = select(line_counts.c.line_sha256, line_counts.c.stories).where(
    line_counts.c.outlet == bindparam("outlet"), line_counts.c.line_sha256.in_(bindparam("lines", expanding=True))
)


def add(tx: Tx, outlet: str, lines: Iterable[str], now: datetime) -> None:
    """One more story of the outlet (its name, or its host where it has none) holds these lines."""
    new = [
        {"outlet": outlet, "line_sha256": rows.sha256(line), "stories": 1, "first_at": now, "last_at": now}
        for line in sorted(set(lines))
    ]
    if not new:
        return
    tx.execute(_more(tx.dialect.name), new)


@lru_cache(maxsize=4)
def _more(dialect: str) -> Any:
    new = rows.insert_of(dialect, line_counts)
    return new.on_conflict_do_update(
        index_elements=["outlet", "line_sha256"],
        set_={"stories": line_counts.c.stories + 1, "last_at": new.excluded.last_at},
    )


def counts(tx: Tx, outlet: str, lines: Iterable[str]) -> dict[str, int]:
    """In how many stories each of these lines was seen; lines never seen are left out."""
    digests = {rows.sha256(line): line for line in lines}
    ordered = list(digests)
    seen: dict[str, int] = {}
    for start in range(0, len(ordered), CHUNK):
        found = tx.execute(_COUNTS, {"outlet": outlet, "lines": ordered[start : start + CHUNK]})
        seen.update({digests[row.line_sha256]: row.stories for row in found})
    return seen


def common(tx: Tx, outlet: str, lines: Iterable[str], min_stories: int) -> frozenset[str]:
    """Those of these lines that at least ``min_stories`` stories share."""
    return frozenset(line for line, stories in counts(tx, outlet, lines).items() if stories >= min_stories)


def stories_seen(tx: Tx, outlet: str) -> int:
    """The count of the commonest line: about how many stories have been learnt from."""
    wanted = select(func.max(line_counts.c.stories)).where(line_counts.c.outlet == outlet)
    return int(tx.execute(wanted).scalar_one() or 0)


def forget(tx: Tx, before: datetime) -> int:
    """Drop lines not seen since ``before``."""
    return tx.execute(delete(line_counts).where(line_counts.c.last_at < before)).rowcount
