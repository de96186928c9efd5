"""Stories' threads in Slack: what is remembered of each, and their parents brought up to date behind the replies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from typing import Any, Protocol

from slack_sdk import WebClient

from bot.deliver.slack_calls import GONE_ERRORS, CallFailed, Pace, call
from bot.render.slack_thread import ThreadState, updated_parent

UPDATE_GAP = 1.3
"""Seconds between updates in one workspace: chat.update allows 50 a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A story's thread in one channel. ``parent`` is the body its parent was posted with.

    ``told`` is the version last told there, ``ended`` which going or coming back of the story was, ``shown`` how many
    changes the parent says, ``note`` what a button set (who muted it, until when; mrkdwn) and ``undo`` the value of
    the button that takes it back.
    """

    team: str
    channel: str
    watch_id: int
    ts: str
    changes: int
    started_at: datetime
    last_at: datetime
    told: int = 0
    ended: str = ""
    shown: int = 1
    headline: str = ""
    url: str = ""
    note: str = ""
    undo: str = ""
    zone: str = "UTC"
    parent: Mapping[str, Any] = attribute(default_factory=dict)


class ThreadBook(Protocol):
    """Where threads are remembered."""

    def current(self, team: str, channel: str, watch_id: int) -> Thread | None:
        """The story's newest thread in the channel."""
        ...

    def keep(self, thread: Thread) -> None:
        """Store it, new or changed; its identity is team, channel, watch and ts."""
        ...

    def forget(self, thread: Thread) -> None:
        """Its parent is gone."""
        ...

    def behind(self) -> Sequence[Thread]:
        """Threads whose parent shows fewer changes than there were."""
        ...


class MemoryThreads:
    """A ThreadBook that forgets at the end of the process: for trying things out."""

    def __init__(self) -> None:
        self._threads: dict[tuple[str, str, int], Thread] = {}

    def current(self, team: str, channel: str, watch_id: int) -> Thread | None:
        """See ThreadBook."""
        return self._threads.get((team, channel, watch_id))

    def keep(self, thread: Thread) -> None:
        """See ThreadBook."""
        self._threads[thread.team, thread.channel, thread.watch_id] = thread

    def forget(self, thread: Thread) -> None:
        """See ThreadBook."""
        self._threads.pop((thread.team, thread.channel, thread.watch_id), None)

    def behind(self) -> Sequence[Thread]:
        """See ThreadBook."""
        return [thread for thread in self._threads.values() if thread.shown < thread.changes]


class Parents:
    """Brings parents up to date that replies left behind, at the pace Slack allows. Safe among threads."""

    def __init__(
        self,
        threads: ThreadBook,
        client: Callable[[str], WebClient],
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], object] | None = None,
        background: bool = True,
    ) -> None:
        """``client`` gives the one of a workspace. ``background``: a thread of our own works off what a burst left.

        Without ``sleep`` it waits on the clock, and closing wakes it.
        """
        self._threads = threads
        self._client = client
        self._background = background
        self._closed = threading.Event()
        self._pace = Pace(UPDATE_GAP, monotonic=monotonic, sleep=sleep or self._closed.wait)
        self._guard = threading.Lock()
        self._behind: dict[tuple[str, str, str], Thread] = {}
        self._sweeper: threading.Thread | None = None
        self._sweeping = False

    def left_behind(self, *threads: Thread) -> None:
        """These parents show too little: update what may be updated now, and leave the rest to the sweeper."""
        with self._guard:
            for thread in threads:
                self._behind[thread.team, thread.channel, thread.ts] = thread
            if self._sweeping:
                return
        self.bring_up_to_date(wait=False)
        with self._guard:
            if not self._behind or not self._background or self._sweeping or self._closed.is_set():
                return
            self._sweeping = True
            self._sweeper = threading.Thread(target=self._work_off, name="slack-parents", daemon=True)
            self._sweeper.start()

    def bring_up_to_date(self, *, wait: bool = True) -> int:
        """Update the parents that replies left behind; returns how many. Without ``wait`` only what may go now."""
        done = 0
        while not self._closed.is_set():
            with self._guard:
                if not self._behind:
                    break
                key = next(iter(self._behind))
            if wait:
                self._pace.wait(key[0])
            elif not self._pace.take(key[0]):
                break
            with self._guard:
                thread = self._behind.pop(key, None)  # the newest state: more may have happened while waiting
            if thread is not None:
                done += self._update(thread)
        return done

    def close(self) -> None:
        """Stop the sweeper; parents still behind are taken up at the next start."""
        self._closed.set()
        sweeper = self._sweeper
        if sweeper is not None:
            sweeper.join(timeout=5)

    def _work_off(self) -> None:
        while True:
            self.bring_up_to_date(wait=True)
            with self._guard:
                if not self._behind or self._closed.is_set():
                    self._sweeping = False
                    return

    def _update(self, thread: Thread) -> int:
        stored = self._threads.current(thread.team, thread.channel, thread.watch_id)
        if stored is not None and stored.ts == thread.ts:
            thread = stored
        state = ThreadState(
            changes=thread.changes,
            last_at=thread.last_at,
            headline=thread.headline,
            url=thread.url,
            note=thread.note,
            undo=thread.undo,
            zone=thread.zone,
        )
        body = updated_parent(thread.parent, state, channel=thread.channel, ts=thread.ts)
        try:
            call(self._client(thread.team), "chat.update", subject=thread.channel, **body)
        except CallFailed as failure:
            if failure.error in GONE_ERRORS:
                self._threads.forget(thread)
            elif failure.retry_after is not None or failure.outcome_unknown:
                # An update may be sent twice without harm; only the newest state matters.
                self._pace.hold(thread.team, failure.retry_after or 5.0)
                with self._guard:
                    self._behind.setdefault((thread.team, thread.channel, thread.ts), thread)
            return 0
        newest = self._threads.current(thread.team, thread.channel, thread.watch_id)
        if newest is not None and newest.ts == thread.ts:
            self._threads.keep(replace(newest, shown=max(newest.shown, thread.changes)))
        return 1
