"""Who asks and where: people and channels as Slack knows them now, never as they were when a button was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from bot.deliver.slack import SlackSettings
from bot.deliver.slack_calls import CallFailed, get
from bot.deliver.slack_workspaces import channel_cards, pages
from bot.slack.following import Following

WORKSPACE_ADMINS = "workspace_admins"
"""In ``[slack] admins``: whoever administers the Slack workspace may administer Stet too."""
NOT_VISIBLE = ("channel_not_found", "not_in_channel", "missing_scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One user. ``outsider``: a guest, a stranger from another organisation, a bot or a closed account."""

    id: str
    guest: bool = False
    stranger: bool = False
    admin: bool = False
    zone: str = ""

    @property
    def may_change(self) -> bool:
        """Whether this person may add and mute."""
        return not (self.guest or self.stranger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One channel as the bot sees it; ``seen`` False where it does not see it at all."""

    id: str
    name: str = ""
    seen: bool = True
    private: bool = False
    member: bool = False
    archived: bool = False
    shared: bool = False
    im: bool = False


def person(client: WebClient, user: str, *, team: str = "") -> Person:
    """Ask Slack who this is. ``team`` is the workspace the app is installed in."""
    card = get(client, "users.info", subject=user, user=user).get("user", {})
    home = str(card.get("team_id") or team)
    return Person(
        id=user,
        guest=bool(card.get("is_restricted") or card.get("is_ultra_restricted")),
        stranger=bool(
            card.get("is_stranger")
            or card.get("is_bot")
            or card.get("deleted")
            or (team and home != team and not card.get("enterprise_user"))
        ),
        admin=bool(card.get("is_admin") or card.get("is_owner")),
        zone=str(card.get("tz") or ""),
    )


def is_admin(who: Person, settings: SlackSettings) -> bool:
    """Whether this person administers Stet."""
    if not who.may_change:
        return False
    return who.id in settings.admins or (WORKSPACE_ADMINS in settings.admins and who.admin)


def may_edit(who: Person, found: Following, settings: SlackSettings) -> bool:
    """Whether this person may change or remove the watch here: who added it, and admins."""
    return who.may_change and (found.owner == who.id or is_admin(who, settings))


def room(client: WebClient, channel: str) -> Room:
    """Ask Slack about a channel. One that the bot cannot see is ``seen=False``, whether it exists or not."""
    try:
        card = get(client, "conversations.info", subject=channel, channel=channel).get("channel", {})
    except CallFailed as failure:
        if failure.error in NOT_VISIBLE:
            return Room(id=channel, seen=False)
        raise
    return _room(card)


def room_by_name(client: WebClient, name: str) -> Room | None:
    """The channel of this name, None where the bot sees none."""
    return next((_room(card) for card in channel_cards(client) if card.get("name") == name), None)


def rooms_of(client: WebClient, user: str) -> dict[str, str]:
    """Ids and names of the channels this person is in and the bot can see: nobody is shown another's private names."""
    mine = pages(
        client,
        "users.conversations",
        "channels",
        subject=user,
        most=10,
        user=user,
        types="public_channel,private_channel",
        exclude_archived=True,
    )
    return {str(card.get("id", "")): str(card.get("name", "")) for card in mine}


def _room(card: Mapping[str, Any]) -> Room:
    return Room(
        id=str(card.get("id", "")),
        name=str(card.get("name", "")),
        private=bool(card.get("is_private")),
        member=bool(card.get("is_member")),
        archived=bool(card.get("is_archived")),
        shared=bool(card.get("is_ext_shared") or card.get("is_pending_ext_shared")),
        im=bool(card.get("is_im")),
    )
