"""A stand-in for Slack: Web API, Socket Mode, signed requests, response_urls and OAuth on one loopback port.

Strict where Slack is strict (tokens, memberships, limits of every payload, triggers used once and in time,
response_urls used five times, rates per channel and method), and able to fail on order: see ``Fault``. Nothing here
knows anything of Stet.

Slack waits three seconds for an acknowledgement and for the use of a trigger. Here it is ``PATIENCE``, because on a
busy machine a thread may wait that long for the processor: tests prove that the acknowledgement comes before the
work by holding up the work, not by a stopwatch.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import random
import socket
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.slack_checks import check_blocks, check_message, check_view

APP_ID = "A0STANDIN"
PATIENCE = 30.0
"""Seconds that anybody here waits for anything that is sure to come."""
BOT_TOKEN = "xoxb-standin-bot-token"
APP_TOKEN = "xapp-standin-app-token"
SIGNING_SECRET = "standin-signing-secret"
ALL_SCOPES = frozenset(
    "commands chat:write chat:write.public channels:read groups:read im:write users:read channels:history "
    "groups:history".split()
)
PER_MINUTE = {
    "chat.update": 50, "chat.delete": 50, "conversations.info": 50, "conversations.open": 50,
    "conversations.history": 50, "conversations.replies": 50, "conversations.list": 20, "users.conversations": 20,
    "users.info": 100, "conversations.members": 100, "views.open": 100, "views.update": 100, "views.publish": 100,
    "views.push": 100, "chat.postEphemeral": 100,
}  # fmt: skip
SCOPES = {
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.list": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "users.conversations": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "users.info": {"users:read"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.replies": {"channels:history", "groups:history"},
}


@dataclass
class Fault:
    """What goes wrong with calls of ``method``: the first ``times`` of them after ``skip``.

    ``kind``: ``hang`` ``status`` (with ``value``) ``html`` ``truncated`` ``error`` (Slack's word in ``value``)
    ``drop`` (before anything is done) ``drop_after`` (the work is done, the answer never comes) ``slow`` (``value`` s).
    """

    method: str
    kind: str
    value: Any = None
    times: int = 1
    skip: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Channel:
    id: str
    name: str
    private: bool = False
    archived: bool = False
    member: bool = False
    shared: bool = False
    restricted: bool = False
    people: set[str] = field(default_factory=set)
    team: str = "T0STANDIN"
    im: bool = False


@dataclass
class Ack:
    """What the app answered to one command, click or event."""

    acked: bool = False
    payload: Any = None
    seconds: float = 0.0
    attempts: int = 1
    problem: str = ""
    responses: list[dict[str, Any]] = field(default_factory=list)
    trigger_id: str = ""


@dataclass
class _Connection:
    sock: socket.socket
    lock: threading.Lock = field(default_factory=threading.Lock)
    silent: bool = False
    closed: bool = False


class SlackStandIn:
    """The server. ``with SlackStandIn() as slack: ... slack.api_url``."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        scopes: frozenset[str] = ALL_SCOPES,
        burst: int = 1,
        limits: bool = True,
        ack_seconds: float = PATIENCE,
        trigger_seconds: float = PATIENCE,
        retry_seconds: tuple[float, ...] = (0.0, 0.05, 0.1),
        seed: int = 1,
    ) -> None:
        self.clock = clock
        self.scopes = set(scopes)
        self.burst = burst
        self.limits = limits
        self.ack_seconds = ack_seconds
        self.trigger_seconds = trigger_seconds
        self.retry_seconds = retry_seconds
        self.random = random.Random(seed)
        self.lock = threading.RLock()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.violations: list[str] = []
        self.refused_429 = 0
        self.faults: list[Fault] = []
        self.tokens: dict[str, str] = {BOT_TOKEN: "T0STANDIN"}
        self.dead_tokens: dict[str, str] = {}
        self.app_token = APP_TOKEN
        self.channels: dict[str, Channel] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.ephemerals: list[dict[str, Any]] = []
        self.views: dict[str, dict[str, Any]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.request_url = ""
        self.signing_secret = SIGNING_SECRET
        self.metadata_supported = True
        self._triggers: dict[str, list[Any]] = {}
        self._responses: dict[str, list[Any]] = {}
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._waiting: dict[str, tuple[threading.Event, Ack]] = {}
        self._bucket: dict[str, tuple[float, float]] = {}
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._count = itertools.count(1)
        self._changed = threading.Condition(self.lock)
        self._base = 1_790_000_000
        for identity, name in (("U0ALICE00", "alice"), ("U0BOB0000", "bob"), ("U0ADMIN00", "admin")):
            self.user(identity, name=name)
        self.user("U0GUEST00", name="guest", is_restricted=True)
        self.user("U0STRANGER", name="stranger", is_stranger=True, team_id="T0OTHER00")
        self.channel("C0NEWS0000", "news", member=True)
        self.channel("C0OPEN0000", "open")
        self.channel("G0SECRET00", "secret", private=True, people={"U0ALICE00"})
        self.channel("C0SHARED00", "partners", shared=True, member=True)

    # ---- set-up ----

    def user(self, identity: str, *, name: str, **more: Any) -> None:
        self.users[identity] = {
            "id": identity, "team_id": "T0STANDIN", "name": name, "real_name": name.capitalize(), "deleted": False,
            "is_bot": False, "is_restricted": False, "is_ultra_restricted": False, "is_stranger": False,
            "is_admin": False, "tz": "Europe/London", "tz_offset": 0, **more,
        }  # fmt: skip

    def channel(self, identity: str, name: str, **more: Any) -> Channel:
        self.channels[identity] = Channel(identity, name, **more)
        if not self.channels[identity].people:
            self.channels[identity].people = {"U0ALICE00", "U0BOB0000", "U0ADMIN00", "U0GUEST00"}
        return self.channels[identity]

    def fail(self, method: str, kind: str, value: Any = None, **more: Any) -> Fault:
        fault = Fault(method, kind, value, **more)
        with self.lock:
            self.faults.append(fault)
        return fault

    def __enter__(self) -> SlackStandIn:
        standin = self

        class Handler(_Handler):
            slack = standin

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._released.set()
        self.drop_connections()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def api_url(self) -> str:
        return f"http://{self.host}/api/"

    # ---- what happened ----

    def count(self, method: str) -> int:
        with self.lock:
            return sum(1 for name, _ in self.calls if name == method)

    def posted(self, channel: str, *, thread: str | None = None) -> list[dict[str, Any]]:
        """Messages of a channel in order; with ``thread`` the replies in it."""
        with self.lock:
            found = list(self.messages[channel])
        return found if thread is None else [one for one in found if one.get("thread_ts") == thread]

    def parents(self, channel: str) -> list[dict[str, Any]]:
        return [one for one in self.posted(channel) if one.get("thread_ts") in (None, one["ts"])]

    def wait_for(self, true: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """Wait until ``true()`` holds; its value, falsy where it never did."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not (value := true()) and time.monotonic() < deadline:
                self._changed.wait(0.05)
        return value

    # ---- towards the app ----

    def command(self, text: str, *, user: str = "U0ALICE00", channel: str = "C0NEWS0000", **more: Any) -> Ack:
        """Somebody types ``/stet TEXT``; waits for the ack, not for what comes later (see ``wait_for``)."""
        ack = Ack()
        place = self.channels.get(channel)
        payload = {
            "command": "/stet", "text": text, "user_id": user, "user_name": self.users[user]["name"],
            "channel_id": channel, "channel_name": "directmessage" if place is None or place.im else
            ("privategroup" if place.private else place.name),
            "team_id": self.users[user]["team_id"], "team_domain": "standin", "api_app_id": APP_ID,
            "is_enterprise_install": "false", "token": "legacy", "trigger_id": self.trigger(ack),
            "response_url": self.response_url(ack, user, channel), **more,
        }  # fmt: skip
        return self._send("slash_commands", payload, ack)

    def click(
        self, action: dict[str, Any], *, message: dict[str, Any] | None = None, user: str = "U0ALICE00",
        channel: str = "C0NEWS0000", view: dict[str, Any] | None = None,
    ) -> Ack:  # fmt: skip
        """Somebody uses a button or menu of a message or view."""
        ack = Ack()
        payload: dict[str, Any] = {
            "type": "block_actions", "user": {"id": user, "team_id": self.users[user]["team_id"]},
            "team": {"id": self.users[user]["team_id"], "domain": "standin"}, "api_app_id": APP_ID, "token": "legacy",
            "trigger_id": self.trigger(ack), "enterprise": None, "is_enterprise_install": False,
            "actions": [{"action_ts": "1790000000.000001", "block_id": "b", **action}],
        }  # fmt: skip
        if message is not None:
            payload |= {
                "channel": {"id": channel, "name": self.channels[channel].name}, "message": message,
                "container": {
                    "type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": False,
                },
                "response_url": self.response_url(ack, user, channel), "state": {"values": {}},
            }  # fmt: skip
        if view is not None:
            payload |= {"view": view, "container": {"type": "view", "view_id": view["id"]}}
        return self._send("interactive", payload, ack)

    def submit(self, view: dict[str, Any], values: dict[str, Any], *, user: str = "U0ALICE00") -> Ack:
        """Somebody submits a modal."""
        ack = Ack()
        payload = {
            "type": "view_submission", "user": {"id": user, "team_id": self.users[user]["team_id"]},
            "team": {"id": self.users[user]["team_id"], "domain": "standin"}, "api_app_id": APP_ID, "token": "legacy",
            "trigger_id": self.trigger(ack), "view": {**view, "state": {"values": values}}, "response_urls": [],
            "enterprise": None, "is_enterprise_install": False,
        }  # fmt: skip
        return self._send("interactive", payload, ack)

    def shortcut(
        self, callback_id: str, *, message: dict[str, Any] | None = None, user: str = "U0ALICE00",
        channel: str = "C0NEWS0000",
    ) -> Ack:  # fmt: skip
        ack = Ack()
        payload: dict[str, Any] = {
            "type": "shortcut" if message is None else "message_action", "callback_id": callback_id,
            "user": {"id": user, "team_id": self.users[user]["team_id"]},
            "team": {"id": self.users[user]["team_id"], "domain": "standin"}, "api_app_id": APP_ID, "token": "legacy",
            "trigger_id": self.trigger(ack), "action_ts": "1790000000.000001", "enterprise": None,
            "is_enterprise_install": False,
        }  # fmt: skip
        if message is not None:
            payload |= {
                "channel": {"id": channel, "name": "news"}, "message": message, "message_ts": message["ts"],
                "response_url": self.response_url(ack, user, channel),
            }  # fmt: skip
        return self._send("interactive", payload, ack)

    def event(self, event: dict[str, Any], *, event_id: str = "", team: str = "T0STANDIN", once: bool = True) -> Ack:
        """An event; redelivered with the same event_id while it is not acked. ``once`` False sends it twice anyway."""
        identity = event_id or f"Ev{next(self._count):08d}"
        payload = {
            "type": "event_callback", "team_id": team, "api_app_id": APP_ID, "token": "legacy", "event": event,
            "event_id": identity, "event_time": self._base, "authorizations": [
                {"enterprise_id": None, "team_id": team, "user_id": "U0BOT0000", "is_bot": True,
                 "is_enterprise_install": False},
            ],
        }  # fmt: skip
        ack = Ack()
        for attempt in range(3):
            ack.attempts = attempt + 1
            reason = {} if attempt == 0 else {"retry_attempt": attempt, "retry_reason": "timeout"}
            self._send("events_api", payload, ack, **reason)
            if ack.acked and (once or attempt):
                break
            time.sleep(self.retry_seconds[attempt])
        return ack

    def trigger(self, ack: Ack) -> str:
        ack.trigger_id = f"{next(self._count)}.{uuid.uuid4().hex}"
        with self.lock:
            self._triggers[ack.trigger_id] = [time.monotonic(), False]
        return ack.trigger_id

    def response_url(self, ack: Ack, user: str, channel: str) -> str:
        key = uuid.uuid4().hex
        with self.lock:
            self._responses[key] = [ack, user, channel, 0]
        return f"http://{self.host}/response/{key}"

    def _send(self, kind: str, payload: dict[str, Any], ack: Ack, **reason: Any) -> Ack:
        started = time.monotonic()
        if self.request_url:
            self._post_signed(kind, payload, ack, reason)
        else:
            self._over_socket(kind, payload, ack, reason)
        ack.seconds = time.monotonic() - started
        return ack

    def _over_socket(self, kind: str, payload: dict[str, Any], ack: Ack, reason: dict[str, Any]) -> None:
        envelope = uuid.uuid4().hex
        arrived = threading.Event()
        self.wait_for(lambda: self.connections)
        with self.lock:
            live = [one for one in self._connections if not one.closed]
            self._waiting[envelope] = (arrived, ack)
        if not live:
            ack.problem = "no connection"
            return
        message = {
            "type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": kind != "events_api",
            **({"retry_attempt": 0, "retry_reason": ""} if kind == "events_api" else {}), **reason,
        }  # fmt: skip
        _write(self.random.choice(live), 1, json.dumps(message).encode())
        if not arrived.wait(self.ack_seconds):
            ack.problem = "operation_timeout"

    def _post_signed(self, kind: str, payload: dict[str, Any], ack: Ack, reason: dict[str, Any]) -> None:
        if kind == "slash_commands":
            body, form = urllib.parse.urlencode(payload).encode(), True
        elif kind == "interactive":
            body, form = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode(), True
        else:
            body, form = json.dumps(payload).encode(), False
        headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        if reason:
            headers |= {"X-Slack-Retry-Num": str(reason["retry_attempt"]), "X-Slack-Retry-Reason": "http_timeout"}
        status, text = self.post(body, headers=headers)
        ack.acked = status == 200
        ack.payload = json.loads(text) if text.startswith("{") else text
        if status != 200:
            ack.problem = f"status {status}"

    def post(
        self, body: bytes, *, headers: dict[str, str] | None = None, age: int = 0, signature: str = "", path: str = ""
    ) -> tuple[int, str]:
        """A request to the app's public URL, signed as of ``age`` seconds ago, or with ``signature`` as given."""
        stamp = str(int(time.time()) - age)
        good = hmac.new(self.signing_secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        sent = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature or f"v0={good}",
            **(headers or {}),
        }
        request = urllib.request.Request(self.request_url + path, data=body, headers=sent, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=self.ack_seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as failure:
            with failure:
                return failure.code, failure.read().decode()
        except (OSError, TimeoutError):
            return 599, ""

    # ---- Socket Mode faults ----

    @property
    def connections(self) -> int:
        with self.lock:
            return sum(1 for one in self._connections if not one.closed)

    def disconnect(self, reason: str) -> None:
        """``warning``, ``refresh_requested`` or ``link_disabled``."""
        with self.lock:
            live = [one for one in self._connections if not one.closed]
        for one in live:
            _write(one, 1, json.dumps({"type": "disconnect", "reason": reason}).encode())

    def drop_connections(self) -> None:
        """Abrupt TCP close."""
        with self.lock:
            live, self._connections = self._connections, []
        for one in live:
            _shut(one)

    def go_silent(self) -> None:
        """Half-open: the connections stay up and answer nothing any more."""
        with self.lock:
            for one in self._connections:
                one.silent = True

    # ---- the Web API ----

    def api(self, method: str, arguments: dict[str, Any], token: str) -> tuple[int, dict[str, str], dict[str, Any]]:
        with self._changed:
            self.calls.append((method, arguments))
            done = self._api(method, arguments, token)
            self._changed.notify_all()
        return done

    def _api(self, method: str, arguments: dict[str, Any], token: str) -> tuple[int, dict[str, str], dict[str, Any]]:
        if method == "apps.connections.open":
            return 200, {}, self._open_connection(token)
        if method == "oauth.v2.access":
            return 200, {}, self._oauth(arguments)
        if token in self.dead_tokens:
            return 200, {}, {"ok": False, "error": self.dead_tokens[token]}
        if not token:
            return 200, {}, {"ok": False, "error": "not_authed"}
        if token not in self.tokens:
            return 200, {}, {"ok": False, "error": "invalid_auth"}
        needed = SCOPES.get(method, set())
        if missing := needed - self.scopes:
            return 200, {}, {
                "ok": False, "error": "missing_scope", "needed": ",".join(sorted(missing)),
                "provided": ",".join(sorted(self.scopes)),
            }  # fmt: skip
        headers = {"X-OAuth-Scopes": ",".join(sorted(self.scopes)), "X-Accepted-OAuth-Scopes": ",".join(sorted(needed))}
        if wait := self._too_fast(method, arguments):
            self.refused_429 += 1
            return 429, {"Retry-After": str(wait)}, {"ok": False, "error": "ratelimited"}
        work = getattr(self, "_" + method.replace(".", "_"), None)
        if work is None:
            return 200, {}, {"ok": False, "error": "unknown_method", "req_method": method}
        try:
            return 200, headers, {"ok": True, **work(arguments, self.tokens[token])}
        except _Refusal as refusal:
            return 200, headers, {"ok": False, "error": refusal.error, **refusal.more}

    def _too_fast(self, method: str, arguments: dict[str, Any]) -> int:
        if not self.limits:
            return 0
        now = self.clock()
        if method == "chat.postMessage":
            key = str(arguments.get("channel"))
            left, at = self._bucket.get(key, (float(self.burst), now))
            left = min(float(self.burst), left + (now - at))
            if left < 0.999:
                self._bucket[key] = (left, now)
                return max(1, int(1 - left) + 1)
            self._bucket[key] = (left - 1, now)
            return 0
        most = PER_MINUTE.get(method)
        if most is None:
            return 0
        recent = self._recent[method]
        while recent and now - recent[0] >= 60:
            recent.popleft()
        if len(recent) >= most:
            return max(1, int(60 - (now - recent[0])) + 1)
        recent.append(now)
        return 0

    def _open_connection(self, token: str) -> dict[str, Any]:
        if token.startswith("xoxb"):
            return {"ok": False, "error": "not_allowed_token_type"}
        if token != self.app_token:
            return {"ok": False, "error": "invalid_auth"}
        if self.connections >= 10:
            return {"ok": False, "error": "too_many_websockets"}
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return {"ok": True, "url": f"ws://{self.host}/link/?ticket={ticket}&app_id={APP_ID}"}

    def _oauth(self, arguments: dict[str, Any]) -> dict[str, Any]:
        known = self.codes.pop(str(arguments.get("code")), None)
        if known is None:
            return {"ok": False, "error": "invalid_code"}
        token = f"xoxb-{known['team']}-{next(self._count)}"
        self.tokens[token] = known["team"]
        return {
            "ok": True, "access_token": token, "token_type": "bot", "scope": ",".join(sorted(self.scopes)),
            "bot_user_id": "U0BOT0000", "app_id": APP_ID, "team": {"id": known["team"], "name": known["team"]},
            "enterprise": None, "is_enterprise_install": False, "authed_user": {"id": known["user"]},
        }  # fmt: skip

    def _auth_test(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        return {
            "url": "https://standin.slack.example/", "team": "Stand-in", "team_id": team, "user": "stet",
            "user_id": "U0BOT0000", "bot_id": "B0BOT0000", "is_enterprise_install": False,
        }  # fmt: skip

    def _place(self, identity: Any, team: str, *, post: bool = False) -> Channel:
        name = str(identity or "")
        found = self.channels.get(name) or next(
            (one for one in self.channels.values() if name.lstrip("#") == one.name and not one.private), None
        )
        if name in self.users:
            found = self._im(name)
        if found is None or (found.private and not found.member):
            raise _Refusal("channel_not_found")
        if post:
            if found.archived:
                raise _Refusal("is_archived")
            if found.restricted:
                raise _Refusal("restricted_action")
            if not found.member and not found.im and "chat:write.public" not in self.scopes:
                raise _Refusal("not_in_channel")
        return found

    def _im(self, user: str) -> Channel:
        identity = "D0" + user[2:].ljust(8, "0")
        if identity not in self.channels:
            self.channels[identity] = Channel(identity, "", member=True, im=True, people={user})
        return self.channels[identity]

    def _checked(self, body: dict[str, Any], *, update: bool = False) -> None:
        complaints = check_message(body, update=update)
        if not complaints:
            return
        self.violations += complaints
        if "no_text" in complaints:
            raise _Refusal("no_text")
        if "msg_too_long" in complaints:
            raise _Refusal("msg_too_long")
        if any(line.startswith("msg_blocks_too_long") for line in complaints):
            raise _Refusal("msg_blocks_too_long")
        if any(line.startswith("metadata") for line in complaints):
            raise _Refusal("metadata_too_large")
        raise _Refusal("invalid_blocks", response_metadata={"messages": [f"[ERROR] {line}" for line in complaints]})

    def _stamp(self) -> str:
        count = next(self._count)
        return f"{self._base + count}.{count:06d}"

    def _chat_postMessage(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:  # noqa: N802 - Slack's name
        place = self._place(arguments.get("channel"), team, post=True)
        self._checked(arguments)
        parent = arguments.get("thread_ts")
        if parent and not any(one["ts"] == parent for one in self.messages[place.id]):
            raise _Refusal("thread_not_found")
        message = {
            key: value
            for key, value in arguments.items()
            if key in ("text", "blocks", "metadata", "thread_ts", "reply_broadcast")
        } | {"ts": self._stamp(), "type": "message", "user": "U0BOT0000", "bot_id": "B0BOT0000", "team": team}
        self.messages[place.id].append(message)
        return {"channel": place.id, "ts": message["ts"], "message": message}

    def _blocks_validate(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        given = {key: arguments[key] for key in ("blocks", "message", "view") if key in arguments}
        if len(given) != 1:
            raise _Refusal("invalid_arguments")
        ((kind, body),) = given.items()
        body = json.loads(body) if isinstance(body, str) else body
        match kind:
            case "view":
                problems = check_view(body)
            case "message":
                problems = check_message(body)
            case _:
                problems = check_blocks(body)
        if problems:
            errors = [{"code": "failed_constraint", "message": one, "pointer": "/" + kind} for one in problems]
            raise _Refusal(f"invalid_{kind}", errors=errors)
        return {}

    def _chat_update(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        place = self._place(arguments.get("channel"), team, post=True)
        message = next((one for one in self.messages[place.id] if one["ts"] == arguments.get("ts")), None)
        if message is None:
            raise _Refusal("message_not_found")
        self._checked(arguments, update=True)
        if "text" in arguments and "blocks" not in arguments:
            message.pop("blocks", None)  # what Slack does, and what takes people by surprise
        for key in ("text", "blocks", "metadata"):
            if key in arguments:
                message[key] = arguments[key]
        message["updates"] = message.get("updates", 0) + 1
        return {"channel": place.id, "ts": message["ts"], "text": message.get("text", ""), "message": message}

    def _chat_postEphemeral(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:  # noqa: N802 - Slack's name
        place = self._place(arguments.get("channel"), team, post=True)
        if arguments.get("user") not in place.people:
            raise _Refusal("user_not_in_channel")
        self._checked(arguments)
        self.ephemerals.append({**arguments, "channel": place.id})
        return {"message_ts": self._stamp()}

    def _conversations_info(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        return {"channel": self._card(self._place(arguments.get("channel"), team))}

    def _card(self, place: Channel) -> dict[str, Any]:
        return {
            "id": place.id, "name": place.name, "is_channel": not place.private, "is_private": place.private,
            "is_archived": place.archived, "is_member": place.member, "is_ext_shared": place.shared,
            "is_shared": place.shared, "is_im": place.im,
        }  # fmt: skip

    def _conversations_list(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        seen = [one for one in self.channels.values() if not one.im and (not one.private or one.member)]
        if str(arguments.get("exclude_archived")) in ("1", "true", "True"):
            seen = [one for one in seen if not one.archived]
        return {"channels": [self._card(one) for one in seen], "response_metadata": {"next_cursor": ""}}

    def _conversations_open(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        if arguments.get("users") not in self.users:
            raise _Refusal("user_not_found")
        return {"channel": {"id": self._im(str(arguments["users"])).id}}

    def _conversations_members(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        place = self._place(arguments.get("channel"), team)
        return {"members": sorted(place.people), "response_metadata": {"next_cursor": ""}}

    def _users_conversations(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        user = arguments.get("user")
        seen = [one for one in self.channels.values() if user in one.people and (not one.private or one.member)]
        return {"channels": [self._card(one) for one in seen], "response_metadata": {"next_cursor": ""}}

    def _conversations_history(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        place = self._place(arguments.get("channel"), team)
        if not place.member:
            raise _Refusal("not_in_channel")
        return {"messages": self._shown(self.parents(place.id), arguments), "has_more": False}

    def _conversations_replies(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        place = self._place(arguments.get("channel"), team)
        if not place.member:
            raise _Refusal("not_in_channel")
        parent = arguments.get("ts")
        found = [one for one in self.messages[place.id] if parent in (one["ts"], one.get("thread_ts"))]
        if not found:
            raise _Refusal("thread_not_found")
        return {"messages": self._shown(found, arguments), "has_more": False}

    def _shown(self, found: list[dict[str, Any]], arguments: dict[str, Any]) -> list[dict[str, Any]]:
        whole = str(arguments.get("include_all_metadata")).lower() in ("1", "true")
        return [
            {key: value for key, value in one.items() if key != "metadata" or whole}
            for one in found[-int(arguments.get("limit", 100)) :]
        ]

    def _users_info(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        user = self.users.get(str(arguments.get("user")))
        if user is None:
            raise _Refusal("user_not_found")
        return {"user": user}

    def _views_open(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        self._use_trigger(str(arguments.get("trigger_id")))
        return {"view": self._view(arguments["view"], f"V{next(self._count):09d}", team)}

    def _views_push(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        return self._views_open(arguments, team)

    def _views_update(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        identity = str(arguments.get("view_id"))
        if identity not in self.views:
            raise _Refusal("not_found")
        if arguments.get("hash") and arguments["hash"] != self.views[identity]["hash"]:
            raise _Refusal("hash_conflict")
        return {"view": self._view(arguments["view"], identity, team)}

    def _views_publish(self, arguments: dict[str, Any], team: str) -> dict[str, Any]:
        view = self._view(arguments["view"], f"V{next(self._count):09d}", team)
        self.homes[str(arguments["user_id"])] = view
        return {"view": view}

    def _view(self, view: dict[str, Any], identity: str, team: str) -> dict[str, Any]:
        if isinstance(view, str):
            view = json.loads(view)
        if complaints := check_view(view):
            self.violations += complaints
            raise _Refusal("invalid_arguments", response_metadata={"messages": complaints})
        known = {**view, "id": identity, "hash": uuid.uuid4().hex, "team_id": team, "root_view_id": identity}
        self.views[identity] = known
        return known

    def _use_trigger(self, trigger: str) -> None:
        known = self._triggers.get(trigger)
        if known is None:
            raise _Refusal("invalid_trigger_id")
        if known[1]:
            raise _Refusal("exchanged_trigger_id")
        known[1] = True
        if time.monotonic() - known[0] > self.trigger_seconds:
            raise _Refusal("expired_trigger_id")

    def respond(self, key: str, body: dict[str, Any]) -> tuple[int, str]:
        """What a POST to a response_url does."""
        with self._changed:
            known = self._responses.get(key)
            if known is None:
                return 404, "expired_url"
            ack, _user, channel, used = known
            if used >= 5:
                return 404, "used_url"
            known[3] += 1
            if not body.get("delete_original"):
                complaints = check_message(body)
                self.violations += complaints
                if complaints:
                    return 400, json.dumps({"ok": False, "error": "invalid_blocks", "messages": complaints})
            ack.responses.append(body)
            if body.get("response_type") == "in_channel":
                self.messages[channel].append({**body, "ts": self._stamp(), "user": "U0BOT0000"})
            self._changed.notify_all()
        return 200, "ok"

    def fault(self, method: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.method == method and fault.times > 0:
                    if fault.skip > 0:
                        fault.skip -= 1
                        return None
                    fault.times -= 1
                    return fault
        return None

    def acked(self, message: dict[str, Any]) -> None:
        with self._changed:
            waiting = self._waiting.pop(str(message.get("envelope_id")), None)
            if waiting is None:
                return
            arrived, ack = waiting
            ack.acked = True
            ack.payload = message.get("payload")
            arrived.set()
            self._changed.notify_all()


class _Refusal(Exception):
    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


class _Handler(BaseHTTPRequestHandler):
    slack: SlackStandIn
    timeout = 30

    def log_message(self, *args: Any) -> None:
        """Nothing: tests read what happened from the stand-in."""

    def do_POST(self) -> None:
        path = urllib.parse.urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path.path.startswith("/response/"):
            status, text = self.slack.respond(path.path.rsplit("/", 1)[1], json.loads(raw))
            self._answer(status, text.encode(), {})
            return
        method = path.path.removeprefix("/api/")
        asked = dict(urllib.parse.parse_qsl(path.query))
        if asked.keys() & {"client_secret", "token"}:
            self.slack.violations.append(f"{method}: a secret in the address, where proxies log it")
        arguments = self._arguments(raw) | asked
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or str(arguments.pop("token", ""))
        fault = self.slack.fault(method)
        if fault is None:
            self._reply(*self.slack.api(method, arguments, token))
            return
        self._fail(fault, method, arguments, token)

    def _arguments(self, raw: bytes) -> dict[str, Any]:
        kind = self.headers.get("Content-Type", "")
        if "json" in kind and raw:
            return dict(json.loads(raw))
        found: dict[str, Any] = dict(urllib.parse.parse_qsl(raw.decode()))
        for key in ("blocks", "metadata", "view"):
            if isinstance(found.get(key), str):
                found[key] = json.loads(found[key])
        return found

    def _fail(self, fault: Fault, method: str, arguments: dict[str, Any], token: str) -> None:
        slack = self.slack
        if fault.kind == "slow":
            slack._released.wait(float(fault.value))
            self._reply(*slack.api(method, arguments, token))
        elif fault.kind == "hang":
            slack._released.wait(30)
        elif fault.kind == "status":
            with slack.lock:
                slack.calls.append((method, arguments))
            self._answer(int(fault.value), b"", fault.headers)
        elif fault.kind == "html":
            with slack.lock:
                slack.calls.append((method, arguments))
            self._answer(
                int(fault.value or 200), b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"}
            )
        elif fault.kind == "error":
            with slack.lock:
                slack.calls.append((method, arguments))
            status = 429 if fault.value == "ratelimited" else 200
            self._reply(status, fault.headers, {"ok": False, "error": fault.value})
        elif fault.kind == "truncated":
            slack.api(method, arguments, token)
            self._answer(200, b'{"ok": true, "chan', {})
        elif fault.kind == "drop_after":
            slack.api(method, arguments, token)
            self._hang_up()
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _reply(self, status: int, headers: dict[str, str], body: dict[str, Any]) -> None:
        self._answer(status, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8", **headers})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        path = urllib.parse.urlsplit(self.path)
        ticket = dict(urllib.parse.parse_qsl(path.query)).get("ticket", "")
        with self.slack.lock:
            known = ticket in self.slack._tickets
            self.slack._tickets.discard(ticket)
        if path.path != "/link/" or not known:
            self._answer(404, b"", {})
            return
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.close_connection = True
        connection = _Connection(self.connection)
        with self.slack._changed:
            self.slack._connections.append(connection)
            count = self.slack.connections
        hello = {
            "type": "hello", "num_connections": count, "connection_info": {"app_id": APP_ID},
            "debug_info": {"host": "standin", "approximate_connection_time": 18060},
        }  # fmt: skip
        _write(connection, 1, json.dumps(hello).encode())
        with self.slack._changed:
            self.slack._changed.notify_all()
        self.connection.settimeout(None)
        try:
            for opcode, payload in _frames(self.rfile):
                if opcode == 8:
                    break
                if connection.silent:
                    continue
                if opcode == 9:
                    _write(connection, 10, payload)
                elif opcode == 1:
                    self.slack.acked(json.loads(payload))
        except (OSError, ValueError):
            pass
        connection.closed = True
        with self.slack._changed:
            self.slack._changed.notify_all()


def _write(connection: _Connection, opcode: int, payload: bytes) -> None:
    size = len(payload)
    head = bytes([0x80 | opcode])
    if size < 126:
        head += bytes([size])
    elif size < 65536:
        head += bytes([126]) + struct.pack(">H", size)
    else:
        head += bytes([127]) + struct.pack(">Q", size)
    try:
        with connection.lock:
            connection.sock.sendall(head + payload)
    except OSError:
        connection.closed = True


def _frames(stream: Any) -> Iterator[tuple[int, bytes]]:
    while True:
        head = stream.read(2)
        if len(head) < 2:
            return
        opcode, size = head[0] & 15, head[1] & 127
        if size == 126:
            size = struct.unpack(">H", stream.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", stream.read(8))[0]
        mask = stream.read(4)
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(stream.read(size)))
        yield opcode, payload


def _shut(connection: _Connection) -> None:
    connection.closed = True
    try:
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


@contextmanager
def running(**options: Any) -> Iterator[SlackStandIn]:
    """A stand-in for the length of a ``with`` block that complains about every payload Slack would refuse."""
    with SlackStandIn(**options) as slack:
        yield slack
        assert slack.violations == [], slack.violations[:5]
