"""Alerts to Slack: one queue per channel, a thread per story, and nothing posted twice for want of an answer.

A story's first alert in a channel is the parent; later ones are replies, and the parent is brought up to date in
place. After 24 quiet hours, or when the parent is gone, a new one begins. Where an earlier attempt ended without an
answer, the alert's id is looked for in the metadata of the channel's recent messages before anything is posted
again; that needs the history scopes, and without them the alert is posted again and may be there twice.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from slack_sdk import WebClient

from bot.core.model import Alert, AlertKind
from bot.deliver.slack_calls import GONE_ERRORS, PAYLOAD_ERRORS, CallFailed, Pace, call, get, web_client
from bot.render.message import Message
from bot.render.slack import broadcasts, payload, plain
from bot.render.slack_thread import ThreadState, updated_parent

QUIET = timedelta(hours=24)
"""A story silent for so long begins a new thread."""
POST_GAP = 1.05
"""Seconds between messages in one channel: Slack allows about one a second."""
UPDATE_GAP = 1.3
"""Seconds between updates in one workspace: chat.update allows 50 a minute."""
TOKEN_PATIENCE = 60.0
"""After a refused token, seconds until Slack is asked again; alerts wait meanwhile."""
LOOK_BACK = timedelta(minutes=2)
HISTORY_LIMIT = 200
NAMES_AGE = 600.0

_ID = re.compile(r"^[CGD][A-Z0-9]{7,}$")
_PERSON = re.compile(r"^[UW][A-Z0-9]{7,}$")
_STORY_KINDS = {AlertKind.CHANGE, AlertKind.GONE, AlertKind.RETURNED, AlertKind.HEADLINE_TEST}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A story's thread in one channel. ``parent`` is the body its parent was posted with.

    ``told`` is the version last told there, ``shown`` how many changes the parent says, ``note`` what a button set
    (who muted it, until when; mrkdwn) and ``undo`` the value of the button that takes it back.
    """

    team: str
    channel: str
    watch_id: int
    ts: str
    changes: int
    started_at: datetime
    last_at: datetime
    told: int = 0
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


class SlackChannel:
    """The Channel ``slack``. Safe among threads; messages of one channel go out in the order they come in."""

    name = "slack"

    def __init__(
        self,
        settings: SlackSettings,
        threads: ThreadBook,
        *,
        tokens: TokenBook | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        background: bool = True,
    ) -> None:
        """``background`` lets a thread of our own bring parents up to date that a burst left behind."""
        self._settings = settings
        self._threads = threads
        self._tokens: TokenBook = tokens or OneToken(settings.bot_token)
        self._now = now
        self._monotonic = monotonic
        self._posts = Pace(POST_GAP, monotonic=monotonic, sleep=sleep)
        self._closed = threading.Event()
        nap = self._closed.wait if sleep is time.sleep else sleep  # closing wakes the sweeper
        self._updates = Pace(UPDATE_GAP, monotonic=monotonic, sleep=nap)
        self._background = background
        self._guard = threading.Lock()
        self._lanes: dict[str, threading.Lock] = {}
        self._clients: dict[str, WebClient] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._names_read: dict[str, float] = {}
        self._refused: dict[str, tuple[float, CallFailed]] = {}
        self._no_history: set[str] = set()
        self._behind: dict[tuple[str, str, str], Thread] = {}
        self._sweeper: threading.Thread | None = None
        self._sweeping = False

    def send(self, message: Message, alert: Alert) -> Mapping[str, Any]:
        """Post one alert and return ``{"channel", "ts", "thread_ts"?, ...}``.

        Raises DeliveryError: scope ``target`` (permanent) where the channel cannot be posted to, scope ``channel``
        where the token is refused, else to be tried again, with ``retry_after`` where Slack named a time.
        """
        team, address = self._address(alert.target.address)
        lane = f"{team}:{address}"
        try:
            self._patience(team)
            client = self._client(team)
            channel = self._channel_id(client, team, address)
            lane = f"{team}:{channel}"  # one queue, whether a channel is given by name or by id
            with self._turn(lane):
                return self._send(client, message, alert, team, channel, lane)
        except CallFailed as failure:
            if failure.scope == "channel":
                with self._guard:
                    self._refused[team] = (self._monotonic() + TOKEN_PATIENCE, failure)
            if failure.retry_after is not None:
                self._posts.hold(lane, failure.retry_after)
            raise

    def tell(self, person: str, text: str, *, team: str = "") -> Mapping[str, Any]:
        """A direct message to one person (user id), for trouble that is told once. ``text`` is mrkdwn, escaped."""
        return call(
            self._client(team),
            "chat.postMessage",
            subject=person,
            channel=person,
            text=text,
            unfurl_links=False,
            unfurl_media=False,
        )

    def recall(self) -> None:
        """Take up the parents that an earlier process left behind. Called once at start."""
        for thread in self._threads.behind():
            with self._guard:
                self._behind[thread.team, thread.channel, thread.ts] = thread
        self._sweep()

    def bring_up_to_date(self, *, wait: bool = True) -> int:
        """Update the parents that replies left behind; returns how many. Without ``wait`` only what may go now."""
        done = 0
        while not self._closed.is_set():
            with self._guard:
                if not self._behind:
                    break
                key = next(iter(self._behind))
            if wait:
                self._updates.wait(key[0])
            elif not self._updates.take(key[0]):
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

    # ---- one alert ----

    def _send(
        self, client: WebClient, message: Message, alert: Alert, team: str, channel: str, lane: str
    ) -> Mapping[str, Any]:
        thread = self._thread(message, alert, team, channel)
        if thread is not None and alert.kind is AlertKind.CHANGE and thread.told == message.new_n:
            # Another route of the same channel, or this alert in a process that died before it could say so.
            return {"channel": thread.channel, "ts": thread.ts, "thread_ts": thread.ts, "already_told": True}
        if alert.maybe_sent and (found := self._look(client, team, channel, thread, alert)):
            return self._remember(message, alert, team, channel, found, thread, found["body"])
        if thread is not None:
            reply = payload(
                message,
                channel=thread.channel,
                public_url=self._settings.public_url,
                thread_ts=thread.ts,
                broadcast=broadcasts(message),
            )
            try:
                posted, sent = self._post(client, message, reply, lane)
                return self._remember(message, alert, team, channel, posted, thread, sent)
            except CallFailed as failure:
                if failure.error not in GONE_ERRORS:
                    raise
                self._threads.forget(thread)
        body = payload(message, channel=channel, public_url=self._settings.public_url)
        posted, sent = self._post(client, message, body, lane)
        return self._remember(message, alert, team, channel, posted, None, sent)

    def _post(
        self, client: WebClient, message: Message, body: Mapping[str, Any], lane: str
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Post at the channel's pace; where Slack refuses the blocks, the same alert as short text with a link."""
        self._posts.wait(lane)
        subject = str(body["channel"])
        try:
            return call(client, "chat.postMessage", subject=subject, **body), body
        except CallFailed as failure:
            if failure.error not in PAYLOAD_ERRORS:
                raise
            refused = failure
        short = plain(message, channel=subject, public_url=self._settings.public_url, thread_ts=body.get("thread_ts"))
        self._posts.wait(lane)
        posted = call(client, "chat.postMessage", subject=subject, **short)
        return {**posted, "refused": f"{refused.error} {refused.detail}".strip()}, short

    def _remember(
        self,
        message: Message,
        alert: Alert,
        team: str,
        address: str,
        posted: Mapping[str, Any],
        thread: Thread | None,
        body: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        channel, ts = str(posted.get("channel") or address), str(posted.get("ts", ""))
        if channel != address:
            with self._guard:
                self._names[team, address] = channel
        receipt: dict[str, Any] = {"channel": channel, "ts": ts}
        for word in ("refused", "found"):
            if posted.get(word):
                receipt[word] = posted[word]
        if message.watch_id is None or alert.kind not in _STORY_KINDS or not ts:
            return receipt
        now = self._now()
        if thread is None:
            self._threads.keep(
                Thread(
                    team=team,
                    channel=channel,
                    watch_id=message.watch_id,
                    ts=ts,
                    changes=1,
                    started_at=now,
                    last_at=now,
                    told=message.new_n or 0,
                    headline=message.headline,
                    url=message.links.get("story", ""),
                    zone=message.zone,
                    parent={key: body[key] for key in ("text", "blocks", "metadata") if key in body},
                )
            )
            return receipt
        thread = replace(
            thread,
            changes=thread.changes + 1,
            last_at=now,
            told=message.new_n or thread.told,
            headline=message.headline,
            url=message.links.get("story", "") or thread.url,
        )
        self._threads.keep(thread)
        with self._guard:
            self._behind[team, channel, thread.ts] = thread
        self._sweep()
        return {**receipt, "thread_ts": thread.ts}

    def _thread(self, message: Message, alert: Alert, team: str, channel: str) -> Thread | None:
        if message.watch_id is None or alert.kind not in _STORY_KINDS:
            return None
        thread = self._threads.current(team, channel, message.watch_id)
        if thread is None or self._now() - thread.last_at >= QUIET:
            return None
        return thread

    def _look(
        self, client: WebClient, team: str, channel: str, thread: Thread | None, alert: Alert
    ) -> Mapping[str, Any] | None:
        """The message that an earlier attempt may have left, found by the alert's id in the messages' metadata."""
        if team in self._no_history or not _ID.match(channel):
            return None
        since = f"{(alert.created_at - LOOK_BACK).timestamp():.6f}"
        window = {"channel": channel, "oldest": since, "limit": HISTORY_LIMIT, "include_all_metadata": True}
        try:
            if thread is not None:
                answer = get(client, "conversations.replies", subject=channel, ts=thread.ts, **window)
            else:
                answer = get(client, "conversations.history", subject=channel, **window)
        except CallFailed as failure:
            if failure.error == "missing_scope":
                self._no_history.add(team)
                return None
            if failure.error in GONE_ERRORS:
                return None
            raise
        for told in answer.get("messages", ()):
            facts = (told.get("metadata") or {}).get("event_payload") or {}
            if alert.public_id and facts.get("alert_id") == alert.public_id:
                return {"channel": channel, "ts": told.get("ts", ""), "found": True, "body": told}
        return None

    # ---- parents ----

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
                self._updates.hold(thread.team, failure.retry_after or 5.0)
                with self._guard:
                    self._behind.setdefault((thread.team, thread.channel, thread.ts), thread)
            return 0
        newest = self._threads.current(thread.team, thread.channel, thread.watch_id)
        if newest is not None and newest.ts == thread.ts:
            self._threads.keep(replace(newest, shown=max(newest.shown, thread.changes)))
        return 1

    def _sweep(self) -> None:
        """Update what may be updated now; leave the rest to the sweeper."""
        with self._guard:
            if self._sweeping:
                return
        self.bring_up_to_date(wait=False)
        with self._guard:
            if not self._behind or not self._background or self._sweeping or self._closed.is_set():
                return
            self._sweeping = True
            self._sweeper = threading.Thread(target=self._work_off, name="slack-parents", daemon=True)
            self._sweeper.start()

    def _work_off(self) -> None:
        while True:
            self.bring_up_to_date(wait=True)
            with self._guard:
                if not self._behind or self._closed.is_set():
                    self._sweeping = False
                    return

    # ---- addresses and tokens ----

    def _address(self, address: str) -> tuple[str, str]:
        """``T0123:C0123`` as its two parts; a bare address belongs to the only, or the known, workspace."""
        team, colon, rest = address.partition(":")
        if colon and team.startswith(("T", "E")):
            return team, rest
        return self._tokens.team_of(address), address

    def _turn(self, lane: str) -> threading.Lock:
        with self._guard:
            return self._lanes.setdefault(lane, threading.Lock())

    def _patience(self, team: str) -> None:
        """After a refused token no alert is tried until its time; each would only be refused again."""
        with self._guard:
            refused = self._refused.get(team)
            if refused is None:
                return
            until, failure = refused
            if self._monotonic() >= until:
                del self._refused[team]
                return
        raise CallFailed(
            failure.message,
            error=failure.error,
            subject=failure.subject,
            permanent=True,
            scope="channel",
            retry_after=max(1.0, until - self._monotonic()),
        )

    def _client(self, team: str) -> WebClient:
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

    def _channel_id(self, client: WebClient, team: str, address: str) -> str:
        """The id of ``#name`` or of the conversation with a person; the address itself where it cannot be found out."""
        if _ID.match(address):
            return address
        with self._guard:
            known = self._names.get((team, address))
        if known:
            return known
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
            with self._guard:
                self._names[team, address] = found
        return found or address

    def _by_name(self, client: WebClient, team: str, name: str) -> str:
        read_at = self._names_read.get(team)
        if read_at is not None and self._monotonic() - read_at < NAMES_AGE:
            return ""
        self._names_read[team] = self._monotonic()
        cursor = ""
        found = ""
        for _ in range(20):
            page = get(
                client,
                "conversations.list",
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=1000,
                cursor=cursor,
            )
            with self._guard:
                for channel in page.get("channels", ()):
                    self._names[team, f"#{channel.get('name', '')}"] = str(channel.get("id", ""))
            found = self._names.get((team, f"#{name}"), "")
            cursor = str(page.get("response_metadata", {}).get("next_cursor", ""))
            if found or not cursor:
                break
        return found
