"""What Slack tells of itself: channels that go and come, the bot invited, the Home tab opened, the app removed.

State never depends on an event having arrived: a channel that cannot be posted to is also noticed when it is tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.deliver.slack import SlackSettings
from bot.deliver.slack_calls import CallFailed, call
from bot.render.slack_blocks import section
from bot.slack import people
from bot.slack.desk import Talk, log
from bot.slack.following import Place
from bot.slack.places import Places
from bot.slack.tabs import HomeTabs
from bot.slack.words import person_words

GREETING = (
    "I watch news stories and tell you here when they change in a way that matters. "
    "Start with {command} add https://example.com/story"
)
_LOST = {
    "channel_archive": "archived",
    "group_archive": "archived",
    "channel_deleted": "deleted",
    "group_deleted": "deleted",
    "channel_left": "left",
    "group_left": "left",
}


class Events:
    """Answers events, each once."""

    NAMES = (
        "app_home_opened",
        "member_joined_channel",
        *_LOST,
        "channel_unarchive",
        "group_unarchive",
        "channel_rename",
        "group_rename",
        "app_uninstalled",
        "tokens_revoked",
    )

    def __init__(self, places: Places, settings: SlackSettings, tabs: HomeTabs) -> None:
        self._places = places
        self._settings = settings
        self._tabs = tabs

    def run(self, talk: Talk, event: Mapping[str, Any], *, event_id: str, bot_user: str | None) -> None:
        """Do what the event asks for, unless it was seen before."""
        if event_id and not self._places.first_time(event_id):
            return
        kind = str(event.get("type", ""))
        if kind == "app_home_opened":
            if event.get("tab", "home") == "home":
                self._tabs.opened(talk)
            return
        place = _place(talk, event)
        if kind == "member_joined_channel":
            if event.get("user") == bot_user:
                self._arrived(talk, place, str(event.get("inviter", "")))
        elif kind in _LOST:
            self._places.lost(place, f"the channel was {_LOST[kind]}")
        elif kind.endswith("_unarchive"):
            self._places.back(_named(talk, place))
        elif kind.endswith("_rename"):
            self._places.renamed(place)
        elif kind == "app_uninstalled" or (event.get("tokens") or {}).get("bot"):
            self._places.uninstalled(talk.place.team)
            log.warning("the app was removed from a workspace or its tokens were revoked", team=talk.place.team)

    def _arrived(self, talk: Talk, place: Place, inviter: str) -> None:
        """Invited: what waited for this channel may go, and one line says what I am."""
        self._places.back(_named(talk, place))
        by = f" {person_words(inviter)} invited me." if inviter else ""
        text = GREETING.format(command=self._settings.command) + by
        call(
            talk.client,
            "chat.postMessage",
            subject=place.channel,
            channel=place.channel,
            text=text,
            blocks=[section(text)],
            unfurl_links=False,
            unfurl_media=False,
        )


def _place(talk: Talk, event: Mapping[str, Any]) -> Place:
    channel = event.get("channel", "")
    if isinstance(channel, Mapping):
        return Place(team=talk.place.team, channel=str(channel.get("id", "")), name=str(channel.get("name", "")))
    return Place(team=talk.place.team, channel=str(channel))


def _named(talk: Talk, place: Place) -> Place:
    """With the channel's name, which most events leave out and a route may go by."""
    if place.name:
        return place
    try:
        return replace(place, name=people.room(talk.client, place.channel).name)
    except CallFailed:
        return place
