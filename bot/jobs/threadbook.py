"""What the Slack channel must remember between alerts: threads in our database, tokens of several workspaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.deliver.slack import Thread
from bot.store import installations, meta, subscriptions, threads
from bot.store.database import Database, Tx
from bot.store.threads import ThreadRow

BEHIND_AGE = timedelta(hours=24)


class StoredThreads:
    """The ThreadBook over the store."""

    def __init__(self, db: Database, *, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    def current(self, team: str, channel: str, watch_id: int) -> Thread | None:
        """The story's newest thread in the channel."""
        with self._db.read() as tx:
            row = threads.current(tx, team, channel, watch_id)
        return None if row is None else _thread(row)

    def keep(self, thread: Thread) -> None:
        """Store it, new or changed. A note that a button has set meanwhile stays."""
        with self._db.begin() as tx:
            known = threads.at(tx, thread.channel, thread.ts)
            if known is not None:
                said = _thread(known)
                thread = replace(thread, note=said.note, undo=said.undo)
            threads.put(tx, _row(thread))

    def forget(self, thread: Thread) -> None:
        """Its parent is gone."""
        with self._db.begin() as tx:
            threads.forget(tx, _row(thread))

    def behind(self) -> Sequence[Thread]:
        """Threads of the last day whose parent shows fewer changes than there were."""
        with self._db.read() as tx:
            found = [_thread(row) for row in threads.since(tx, self._now() - BEHIND_AGE)]
        return [thread for thread in found if thread.shown < thread.changes]


def set_note(tx: Tx, channel: str, ts: str, note: str, undo: str = "") -> bool:
    """What a button did to a story, for the thread's parent to say from now on. False where ``ts`` is no parent."""
    row = threads.at(tx, channel, ts)
    if row is None:
        return False
    threads.put(tx, replace(row, state={**row.state, "note": note, "undo": undo}))
    return True


class StoredTokens:
    """The TokenBook of several workspaces, over the installations in our database.

    ``only`` is the token of the environment; it serves every workspace that has none of its own.
    """

    def __init__(self, db: Database, *, only: str = "", secret_key: str | None = None) -> None:
        self._db = db
        self._only = only
        self._given = secret_key

    def token(self, team: str) -> str:
        """The bot token for ``team``, "" if there is none."""
        if not team:
            return self._only
        with self._db.read() as tx:
            if team not in installations.teams(tx):
                return self._only
            found = installations.find(tx, meta.secret_key(tx, self._given), team=team)
        return str(found.secrets.get("bot_token", "")) if found else self._only

    def team_of(self, channel: str) -> str:
        """The workspace of a channel that follows a story, or the only one installed."""
        with self._db.read() as tx:
            following = subscriptions.for_channel(tx, channel)
            known = installations.teams(tx)
        for one in following:
            if one.team in known:
                return one.team
        return known[0] if len(known) == 1 and not self._only else ""


def _thread(row: ThreadRow) -> Thread:
    state: Mapping[str, Any] = row.state
    return Thread(
        team=row.team,
        channel=row.channel,
        watch_id=row.watch_id,
        ts=row.ts,
        changes=row.changes,
        started_at=row.started_at,
        last_at=row.last_at,
        told=int(state.get("told", 0)),
        ended=str(state.get("ended", "")),
        shown=int(state.get("shown", 1)),
        headline=str(state.get("headline", "")),
        url=str(state.get("url", "")),
        note=str(state.get("note", "")),
        undo=str(state.get("undo", "")),
        zone=str(state.get("zone", "UTC")),
        parent=dict(state.get("parent", {})),
    )


def _row(thread: Thread) -> ThreadRow:
    return ThreadRow(
        team=thread.team,
        channel=thread.channel,
        watch_id=thread.watch_id,
        ts=thread.ts,
        changes=thread.changes,
        started_at=thread.started_at,
        last_at=thread.last_at,
        state={
            "told": thread.told,
            "ended": thread.ended,
            "shown": thread.shown,
            "headline": thread.headline,
            "url": thread.url,
            "note": thread.note,
            "undo": thread.undo,
            "zone": thread.zone,
            "parent": dict(thread.parent),
        },
    )
