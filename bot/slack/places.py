"""The channels Stet speaks in, as Slack tells of them: lost and back, renamed, a workspace that ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.model import Route, Target
from bot.jobs.kit import Kit
from bot.slack.following import Place
from bot.store import audit, installations, seen_events, subscriptions, targets
from bot.store.database import Tx


class Places:
    """What is remembered of channels. Alerts to a lost one wait until it is back."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def first_time(self, event_id: str) -> bool:
        """Whether an event was not seen before."""
        with self._kit.db.begin() as tx:
            return seen_events.first_time(tx, event_id, self._kit.clock())

    def following(self) -> list[Place]:
        """Every channel that follows anything."""
        with self._kit.db.read() as tx:
            found = {(one.team, one.channel): one.channel_name for one in subscriptions.list_(tx)}
        return [Place(team=team, channel=channel, name=name) for (team, channel), name in found.items()]

    def routes_to(self, place: Place) -> list[Route]:
        """The configured routes that tell of their stories in this channel."""
        return [route for route in self._kit.routes if any(reaches(target, place) for target in route.targets)]

    def lost(self, place: Place, reason: str) -> None:
        """The channel was archived, deleted or left: its alerts wait."""
        with self._kit.db.begin() as tx:
            for key in sorted(self.keys(place)):
                targets.pause(tx, key, reason, self._kit.clock())
            self._audit(tx, place, "channel paused", {"reason": reason})

    def back(self, place: Place) -> int:
        """The channel can be posted to again; returns how many alerts were waiting."""
        with self._kit.db.begin() as tx:
            waiting = sum(targets.resume(tx, key, self._kit.clock()) for key in sorted(self.keys(place)))
            self._audit(tx, place, "channel resumed", {"waiting": waiting})
        return waiting

    def renamed(self, place: Place) -> None:
        """Channels are known by id; only the name that is shown changes."""
        with self._kit.db.begin() as tx:
            for one in subscriptions.for_channel(tx, place.channel, place.team):
                subscriptions.update(tx, one.id, channel_name=place.name)

    def uninstalled(self, team: str) -> None:
        """The app was removed from a workspace: its tokens are forgotten, its alerts wait."""
        with self._kit.db.begin() as tx:
            installations.remove(tx, team=team)
            self._audit(tx, Place(team=team, channel=""), "app removed", {})

    def keys(self, place: Place) -> set[str]:
        """The targets that are this channel: by its id, and as the routes name it."""
        named = {target.key for route in self._kit.routes for target in route.targets if reaches(target, place)}
        return {f"slack:{place.channel}", *named}

    def _audit(self, tx: Tx, place: Place, action: str, details: Mapping[str, Any]) -> None:
        audit.add(
            tx,
            at=self._kit.clock(),
            via="slack",
            action=action,
            team=place.team,
            channel=place.channel,
            details=dict(details),
        )


def reaches(target: Target, place: Place) -> bool:
    """Whether what goes to this target arrives in this channel, as far as its name is known."""
    names = {place.channel, f"{place.team}:{place.channel}"} | ({f"#{place.name}"} if place.name else set())
    return target.channel == "slack" and target.address in names
