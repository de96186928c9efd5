"""Home tabs as they stand in Slack: drawn anew once for all that happens within a moment, at the pace Slack allows.

Every click on the tab, every form and every look at it asks for a new drawing. A person's first is drawn at once, what
comes within ``GAP`` of it waits and becomes one, and where Slack asks to wait the whole workspace does. One thread
draws, so that an older picture never covers a newer one; it ends when nothing is left to draw.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.deliver.slack_calls import CallFailed, call
from bot.errors import StetError
from bot.slack import people
from bot.slack.desk import Talk, excuse, log
from bot.slack.home import home

GAP = 1.5
"""Seconds between two drawings of one person's tab. users.conversations is the tighter of the two methods that a
drawing needs: twenty calls a minute for the whole workspace."""
ROOMS_AGE = 30.0
"""Seconds for which a person's channels are not asked again while they use the tab. Slack goes on showing the last
drawing for as long as nobody opens the tab, so a channel somebody has just left is not shown longer for it."""
TRIES = 4
KEPT = 2000
"""People whose page and channels are remembered at most."""

Key = tuple[str, str]


class Draw(Protocol):
    """Draws the tab of ``talk``'s person; ``fresh`` asks again which channels they are in."""

    def __call__(self, talk: Talk, *, page: int, fresh: bool) -> None: ...


@dataclass(slots=True, kw_only=True)
class _Wish:
    """A drawing that is still to be made, not before ``due`` on the monotonic clock."""

    talk: Talk
    page: int
    due: float
    fresh: bool = False
    tries: int = 0


class HomeTabs:
    """Everybody's Home tab. Safe among threads; ``close`` lets what is being drawn end and drops the rest."""

    def __init__(
        self, draw: Draw | None = None, *, gap: float = GAP, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._draw: Draw = draw or Drawing(monotonic)
        self._gap = gap
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._wishes: dict[Key, _Wish] = {}
        self._drawn: dict[Key, float] = {}
        self._pages: dict[Key, int] = {}
        self._held: dict[str, float] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    def opened(self, talk: Talk) -> None:
        """Somebody looks at the tab: its first page, with their channels as they are now."""
        self._want(talk, 1, fresh=True)

    def refresh(self, talk: Talk, page: int | None = None) -> None:
        """Something changed, or another page is wanted; without ``page`` the one they were on."""
        self._want(talk, page)

    def close(self) -> None:
        """Draw no more. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._wishes.clear()
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join(timeout=10)

    def _want(self, talk: Talk, page: int | None, *, fresh: bool = False) -> None:
        key = (talk.place.team, talk.who)
        with self._changed:
            if self._closed:
                return
            if page is not None:
                self._pages[key] = page
            now = self._monotonic()
            due = max(now, self._drawn.get(key, now - self._gap) + self._gap, self._held.get(key[0], now))
            waiting = self._wishes.pop(key, None)
            fresh = fresh or (waiting is not None and waiting.fresh)
            self._wishes[key] = _Wish(talk=talk, page=self._pages.get(key, 1), due=due, fresh=fresh)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="slack-home", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _work(self) -> None:
        while (chosen := self._next()) is not None:
            key, wish = chosen
            try:
                self._draw(wish.talk, page=wish.page, fresh=wish.fresh)
            except CallFailed as failure:
                self._failed(key, wish, failure)
            except StetError as failure:
                log.warning("the Home tab could not be drawn", error=failure.message)
            except Exception as error:  # one person's tab must not end everybody's
                excuse(error)
            with self._changed:
                self._drawn[key] = self._monotonic()
                for kept in (self._drawn, self._pages):
                    while len(kept) > KEPT:
                        del kept[next(iter(kept))]

    def _next(self) -> tuple[Key, _Wish] | None:
        """The next drawing, waiting for its time. None where nothing is left: the thread ends."""
        with self._changed:
            while self._wishes:
                key = min(self._wishes, key=lambda one: self._wishes[one].due)
                wait = self._wishes[key].due - self._monotonic()
                if wait <= 0:
                    return key, self._wishes.pop(key)
                self._changed.wait(wait)
            self._thread = None
            return None

    def _failed(self, key: Key, wish: _Wish, failure: CallFailed) -> None:
        if failure.retry_after is None or wish.tries + 1 >= TRIES:
            log.warning("the Home tab could not be drawn", error=failure.error)
            return
        with self._changed:
            until = self._monotonic() + failure.retry_after
            self._held[key[0]] = until
            if not self._closed and key not in self._wishes:
                self._wishes[key] = wish
                wish.tries += 1
            for one, waiting in self._wishes.items():
                if one[0] == key[0]:
                    waiting.due = max(waiting.due, until)


class Drawing:
    """Asks Slack for a person's channels and publishes their tab: only the channels they are in."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._rooms: dict[Key, tuple[float, Mapping[str, str]]] = {}

    def __call__(self, talk: Talk, *, page: int, fresh: bool) -> None:
        """Raises CallFailed."""
        rooms = self._rooms_of(talk, fresh=fresh)
        services = talk.services
        mine = (one for one in services.places.following() if one.channel in rooms)
        places = sorted(mine, key=lambda it: rooms[it.channel])
        view: dict[str, Any] = home(
            [(place, services.here(place)) for place in places],
            services.status(talk.place),
            services.now(),
            page=page,
            command=talk.command,
        )
        call(talk.client, "views.publish", subject=talk.who, user_id=talk.who, view=view)

    def _rooms_of(self, talk: Talk, *, fresh: bool) -> Mapping[str, str]:
        key, now = (talk.place.team, talk.who), self._monotonic()
        known = self._rooms.get(key)
        if known is not None and not fresh and now - known[0] < ROOMS_AGE:
            return known[1]
        rooms = people.rooms_of(talk.client, talk.who)
        self._rooms.pop(key, None)
        self._rooms[key] = (now, rooms)
        while len(self._rooms) > KEPT:
            del self._rooms[next(iter(self._rooms))]
        return rooms
