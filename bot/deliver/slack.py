"""Alerts to Slack: one queue per channel, a thread per story, and nothing posted twice for want of an answer.

A story's first alert in a channel is the parent; later ones are replies, and the parent is brought up to date in
place. After 24 quiet hours, or when the parent is gone, a new one begins. Where an earlier attempt ended without an
answer, the alert's id is looked for in the metadata of the channel's recent messages before anything is posted
again; that needs the history scopes, and without them the alert is posted again and may be there twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk import WebClient

from bot.core.model import Alert, AlertKind
from bot.deliver.slack_calls import GONE_ERRORS, PAYLOAD_ERRORS, CallFailed, Pace, call, get
from bot.deliver.slack_threads import MemoryThreads, Parents, Thread, ThreadBook
from bot.deliver.slack_workspaces import OneToken, SlackSettings, TokenBook, Workspaces, is_id
from bot.render.message import Message
from bot.render.slack import broadcasts, payload, plain

__all__ = ["MemoryThreads", "OneToken", "SlackChannel", "SlackSettings", "Thread", "ThreadBook", "TokenBook"]

QUIET = timedelta(hours=24)
"""A story silent for so long begins a new thread."""
POST_GAP = 1.05
"""Seconds between messages in one channel: Slack allows about one a second."""
TOKEN_PATIENCE = 60.0
"""After a refused token, seconds until Slack is asked again; alerts wait meanwhile."""
LOOK_BACK = timedelta(minutes=2)
HISTORY_LIMIT = 200

_ENDS = (AlertKind.GONE, AlertKind.RETURNED)
_STORY_KINDS = {AlertKind.CHANGE, AlertKind.GONE, AlertKind.RETURNED, AlertKind.HEADLINE_TEST}


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
        self._now = now
        self._monotonic = monotonic
        self._workspaces = Workspaces(settings, tokens or OneToken(settings.bot_token), monotonic=monotonic)
        self._posts = Pace(POST_GAP, monotonic=monotonic, sleep=sleep)
        self._parents = Parents(
            threads,
            self._workspaces.client,
            monotonic=monotonic,
            sleep=None if sleep is time.sleep else sleep,
            background=background,
        )
        self._guard = threading.Lock()
        self._lanes: dict[str, threading.Lock] = {}
        self._refused: dict[str, tuple[float, CallFailed]] = {}
        self._no_history: set[str] = set()

    def send(self, message: Message, alert: Alert) -> Mapping[str, Any]:
        """Post one alert and return ``{"channel", "ts", "thread_ts"?, ...}``.

        Raises DeliveryError: scope ``target`` (permanent) where the channel cannot be posted to, scope ``channel``
        where the token is refused, else to be tried again, with ``retry_after`` where Slack named a time.
        """
        team, address = self._workspaces.parts(alert.target.address)
        lane = f"{team}:{address}"
        try:
            self._patience(team)
            client = self._workspaces.client(team)
            channel = self._workspaces.channel_id(team, address)
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
            self._workspaces.client(team),
            "chat.postMessage",
            subject=person,
            channel=person,
            text=text,
            unfurl_links=False,
            unfurl_media=False,
        )

    def recall(self) -> None:
        """Take up the parents that an earlier process left behind. Called once at start."""
        self._parents.left_behind(*self._threads.behind())

    def bring_up_to_date(self, *, wait: bool = True) -> int:
        """Update the parents that replies left behind; returns how many. Without ``wait`` only what may go now."""
        return self._parents.bring_up_to_date(wait=wait)

    def close(self) -> None:
        """Stop updating; parents still behind are taken up at the next start."""
        self._parents.close()

    # ---- one alert ----

    def _send(
        self, client: WebClient, message: Message, alert: Alert, team: str, channel: str, lane: str
    ) -> Mapping[str, Any]:
        thread = self._thread(message, alert, team, channel)
        if thread is not None and alert.kind is AlertKind.CHANGE and thread.told == message.new_n:
            # Another route of the same channel, or this alert in a process that died before it could say so.
            return _already(thread)
        if thread is not None and alert.kind in _ENDS and thread.ended == _end_of(message):
            return _already(thread)
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
            self._workspaces.learn(team, address, channel)
        receipt: dict[str, Any] = {"channel": channel, "ts": ts}
        for word in ("refused", "found"):
            if posted.get(word):
                receipt[word] = posted[word]
        if message.watch_id is None or alert.kind not in _STORY_KINDS or not ts:
            return receipt
        now = self._now()
        if thread is None:
            begun = _begun(message, team, channel, ts, body, now)
            self._threads.keep(begun)
            return receipt
        thread = replace(
            thread,
            changes=thread.changes + 1,
            last_at=now,
            told=message.new_n or thread.told,
            ended=_end_of(message) if alert.kind in _ENDS else thread.ended,
            headline=message.headline,
            url=message.links.get("story", "") or thread.url,
        )
        self._threads.keep(thread)
        self._parents.left_behind(thread)
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
        if team in self._no_history or not is_id(channel):
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
            if failure.error in (*GONE_ERRORS, "not_in_channel"):
                return None  # one may post into a public channel without being in it, but not read there
            raise
        for told in answer.get("messages", ()):
            facts = (told.get("metadata") or {}).get("event_payload") or {}
            if alert.public_id and facts.get("alert_id") == alert.public_id:
                return {"channel": channel, "ts": told.get("ts", ""), "found": True, "body": told}
        return None

    # ---- turns ----

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


def _already(thread: Thread) -> Mapping[str, Any]:
    return {"channel": thread.channel, "ts": thread.ts, "thread_ts": thread.ts, "already_told": True}


def _end_of(message: Message) -> str:
    """Which going or coming back of the story a message tells: two routes that lead to a channel tell the same one."""
    at = message.seen_at.isoformat() if message.seen_at is not None else f"version {message.new_n}"
    return f"{message.kind.value} {at}"


def _begun(message: Message, team: str, channel: str, ts: str, body: Mapping[str, Any], now: datetime) -> Thread:
    """The thread of a story whose first alert was just posted; ``body`` is what was posted."""
    assert message.watch_id is not None  # noqa: S101 - asked by the caller
    return Thread(
        team=team,
        channel=channel,
        watch_id=message.watch_id,
        ts=ts,
        changes=1,
        started_at=now,
        last_at=now,
        told=message.new_n or 0,
        ended=_end_of(message) if message.kind in _ENDS else "",
        headline=message.headline,
        url=message.links.get("story", ""),
        zone=message.zone,
        parent={key: body[key] for key in ("text", "blocks", "metadata") if key in body},
    )
