"""One story is one watch: by which address it is known, and what becomes of it when the story moves or is renamed."""

from __future__ import annotations

from datetime import datetime

from bot.core import hold
from bot.core.model import Watch, WatchState
from bot.discover.address import key_of
from bot.jobs.look import Read
from bot.store import watches
from bot.store.database import Tx


def key(seen: Read) -> str:
    """The story's identity, from its canonical address where that is believable."""
    canonical = seen.story.canonical_url
    final = seen.page.final_url
    believable = canonical and not hold.leads_away(final, canonical) and key_of(canonical) != "//"
    same_site = believable and key_of(canonical).split("/")[2:3] == key_of(final).split("/")[2:3]
    return key_of(canonical if same_site else final)


def moved(tx: Tx, watch: Watch, address: str, now: datetime) -> dict[str, str]:
    """The identity of a story that has moved for good, as a column; none where another watch has it and keeps it.

    Another watch has it when a source showed the new address before we saw the move: it ends, and its versions stay.
    One that somebody asked for, or that has seen more than one text, is left as it is.
    """
    named = key_of(address)
    other = watches.by_key(tx, named)
    if other is None or other.id == watch.id:
        return {"key": named}
    if other.state is not WatchState.REMOVED:
        if other.origin != "source" or other.latest_n > 1:
            return {}
        watches.remove(tx, other.id, now)
    watches.update(tx, other.id, key=f"moved:{other.id}:{named}"[:4_000])
    return {"key": named}


def renamed(tx: Tx, watch: Watch, seen: Read) -> dict[str, str]:
    """The identity that the page gives itself now, where nobody has it: desks rename stories with their headlines."""
    named = key(seen)
    return {"key": named} if named != watch.key and watches.by_key(tx, named) is None else {}


def twin(tx: Tx, watch: Watch, seen: Read) -> Watch | None:
    """Another watch of the same story under another address."""
    other = watches.by_key(tx, key(seen))
    if other is None or other.id == watch.id or other.state is WatchState.REMOVED:
        return None
    return other
