"""Nouns of the conversation: where somebody speaks, a watch as one channel sees it, an alert that was told there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.model import Alert, Only, Subscription, Watch
from bot.render.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody spoke: a channel of a workspace. ``name`` is without ``#`` and may be empty."""

    team: str
    channel: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """A watch as one channel sees it. Without ``subscription`` it comes there through the route ``through``."""

    watch: Watch
    subscription: Subscription | None = None
    through: str = ""

    @property
    def muted_until(self) -> datetime | None:
        """Until when nothing is said here."""
        ends = [self.watch.muted_until, self.subscription.muted_until if self.subscription else None]
        return max((end for end in ends if end is not None), default=None)

    @property
    def owner(self) -> str:
        """Who asked for it here."""
        return (self.subscription.added_by if self.subscription else "") or self.watch.added_by

    @property
    def only(self) -> Only:
        """What this channel wants to hear of."""
        return self.subscription.only if self.subscription else Only.ALL

    @property
    def title(self) -> str:
        """What people call it: its label, else its headline, else its address."""
        label = self.subscription.label if self.subscription else ""
        return label or self.watch.label or self.watch.headline or self.watch.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How Stet is, for ``/stet status`` and the Home tab; without values, how it is before the first watch."""

    watched: int = 0
    here: int = 0
    failing: int = 0
    waiting: int = 0
    oldest_seconds: float = 0.0
    dead: int = 0
    paused_here: str = ""
    """Why nothing is told in this channel at the moment, "" where it is."""
    paused_elsewhere: int = 0
    """How many other places wait; which is nobody's business here."""
    last_check: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An alert and everything it said."""

    alert: Alert
    message: Message
    watch: Watch | None
