"""The workspaces that Slack alerts go to: settings, tokens, a client for each, and channels by their names."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Literal, Protocol

from slack_sdk import WebClient

from bot.deliver.slack_calls import CallFailed, call, get, web_client

NAMES_AGE = 600.0
_ID = re.compile(r"^[CGD][A-Z0-9]{7,}$")
_PERSON = re.compile(r"^[UW][A-Z0-9]{7,}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """How Slack is reached and who may do what. Secrets never show in a ``repr``.

    ``admins`` are user ids. ``client_id`` and ``client_secret`` switch on installing into several workspaces
    (HTTP mode). ``public_url`` is the base address of our own pages.
    """

    mode: Literal["socket", "http", "off"] = "off"
    api_url: str = "https://slack.com/api/"
    command: str = "/stet"
    admins: tuple[str, ...] = ()
    bot_token: str = attribute(default="", repr=False)
    app_token: str = attribute(default="", repr=False)
    signing_secret: str = attribute(default="", repr=False)
    client_id: str = ""
    client_secret: str = attribute(default="", repr=False)
    allow_shared_channels: bool = False
    max_watches_per_channel: int = 100
    public_url: str = ""
    timezone: str = "UTC"
    timeout: float = 15.0


class TokenBook(Protocol):
    """Bot tokens by workspace."""

    def token(self, team: str) -> str:
        """The token for ``team`` ("" where there is one workspace only), "" if it has none."""
        ...

    def team_of(self, channel: str) -> str:
        """The workspace a channel belongs to, "" if there is one workspace only or it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class OneToken:
    """The TokenBook of a single workspace."""

    value: str = attribute(repr=False)

    def token(self, team: str) -> str:
        """The one token."""
        return self.value

    def team_of(self, channel: str) -> str:
        """No name is needed for the only workspace."""
        return ""


class Workspaces:
    """Clients and channel ids, each asked for once. Safe among threads."""

    def __init__(self, settings: SlackSettings, tokens: TokenBook, *, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._tokens = tokens
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._clients: dict[str, WebClient] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._names_read: dict[str, float] = {}

    def parts(self, address: str) -> tuple[str, str]:
        """``T0123:C0123`` as its two parts; a bare address belongs to the only, or the known, workspace."""
        team, colon, rest = address.partition(":")
        if colon and team.startswith(("T", "E")):
            return team, rest
        return self._tokens.team_of(address), address

    def client(self, team: str) -> WebClient:
        """A client with the workspace's token. Raises CallFailed where there is none."""
        token = self._tokens.token(team)
        if not token:
            where = f" for workspace {team}" if team else ""
            raise CallFailed(
                f"there is no Slack token{where}; set STET_SLACK_BOT_TOKEN or install the app there",
                error="not_authed",
                permanent=True,
                scope="channel",
            )
        with self._guard:
            client = self._clients.get(team)
            if client is None or client.token != token:
                client = web_client(token, api_url=self._settings.api_url, timeout=self._settings.timeout)
                self._clients[team] = client
            return client

    def channel_id(self, team: str, address: str) -> str:
        """The id of ``#name`` or of the conversation with a person; the address itself where it cannot be found out."""
        if is_id(address):
            return address
        with self._guard:
            known = self._names.get((team, address))
        if known:
            return known
        client = self.client(team)
        try:
            if _PERSON.match(address):
                opened = call(client, "conversations.open", subject=address, users=address)
                found = str(opened.get("channel", {}).get("id", ""))
            else:
                found = self._by_name(client, team, address.lstrip("#"))
        except CallFailed as failure:
            if failure.scope == "channel" and failure.error != "missing_scope":
                raise
            return address
        if found:
            self.learn(team, address, found)
        return found or address

    def learn(self, team: str, address: str, channel: str) -> None:
        """Slack said which channel an address is."""
        with self._guard:
            self._names[team, address] = channel

    def _by_name(self, client: WebClient, team: str, name: str) -> str:
        read_at = self._names_read.get(team)
        if read_at is not None and self._monotonic() - read_at < NAMES_AGE:
            return ""
        self._names_read[team] = self._monotonic()
        for card in channel_cards(client):  # to the end: the next name is then known, too
            self.learn(team, f"#{card.get('name', '')}", str(card.get("id", "")))
        with self._guard:
            return self._names.get((team, f"#{name}"), "")


def is_id(address: str) -> bool:
    """Whether this is a channel's id, not a name or a person."""
    return bool(_ID.match(address))


def channel_cards(client: WebClient) -> Iterator[Mapping[str, Any]]:
    """Every channel that the bot sees and that is not archived, page after page. Raises CallFailed."""
    return pages(
        client, "conversations.list", "channels", types="public_channel,private_channel", exclude_archived=True
    )


def pages(
    client: WebClient, method: str, key: str, subject: str = "", *, most: int = 20, **arguments: Any
) -> Iterator[Mapping[str, Any]]:
    """What a reading method lists under ``key``, page after page, at most ``most`` pages. Raises CallFailed."""
    cursor = ""
    for _ in range(most):
        page = get(client, method, subject=subject, limit=1000, cursor=cursor, **arguments)
        yield from page.get(key, ())
        cursor = str(page.get("response_metadata", {}).get("next_cursor", ""))
        if not cursor:
            return
