"""Socket Mode: Slack talks to us through a connection that we open, so no public address is needed.

The SDK reconnects by itself; a watchdog looks whether it really did, and connects anew when the connection was ended or
has not answered for a while. It never gives up and never ends the service: stories are watched and alerts are queued
whether Slack can be reached or not.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import select
import socket
import threading
import time
from collections.abc import Callable

from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection

from bot.deliver.slack import SlackSettings
from bot.deliver.slack_calls import CallFailed, Quiet, call, web_client
from bot.errors import ConfigError
from bot.log import clean, get

PING_SECONDS = 10.0
SILENT_SECONDS = 45.0
"""Without an answer to a ping for so long the connection is dead, whatever the socket says."""
LOOK_SECONDS = 5.0
LONGEST_WAIT = 60.0

log = get("slack")


class SocketRunner:
    """One connection, watched. ``start`` checks both tokens first; ``stop`` finishes what is being answered."""

    def __init__(
        self,
        app: App,
        settings: SlackSettings,
        *,
        ping_seconds: float = PING_SECONDS,
        silent_seconds: float = SILENT_SECONDS,
        look_seconds: float = LOOK_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._settings = settings
        self._silent_seconds = silent_seconds
        self._look_seconds = look_seconds
        self._clock = clock
        self._ping_seconds = ping_seconds
        self._stopping = threading.Event()
        self._handler: SocketModeHandler | None = None
        self._watchdog: threading.Thread | None = None
        self._failures = 0
        self._session: Connection | None = None
        self._since = 0.0
        self.reconnects = 0

    @property
    def connected(self) -> bool:
        """Whether the connection stands and answered lately."""
        return self._handler is not None and self._alive()

    def start(self) -> None:
        """Connect and watch. ConfigError where a token is missing or refused; an unreachable Slack is waited for."""
        self._check_tokens()
        web = web_client(self._settings.bot_token, api_url=self._settings.api_url, timeout=self._settings.timeout)
        self._handler = SocketModeHandler(
            self._app,
            app_token=self._settings.app_token,
            web_client=web,
            logger=Quiet(),
            ping_interval=self._ping_seconds,
        )
        if web.proxy is None:
            self._handler.client.proxy = None
        _replace_at_once(self._handler.client)
        self._connect()
        self._watchdog = threading.Thread(target=self._watch, name="slack-watchdog", daemon=True)
        self._watchdog.start()

    def stop(self) -> None:
        """Close the connection; answers that are being given are finished. Safe to call twice."""
        self._stopping.set()
        if self._watchdog is not None:
            self._watchdog.join(timeout=10)
            self._watchdog = None
        if self._handler is not None:
            self._hang_up(self._handler)
            self._handler.close()  # type: ignore[no-untyped-call]
            self._handler = None
            executor = self._app.listener_runner.listener_executor
            executor.shutdown(wait=True)

    @staticmethod
    def _hang_up(handler: SocketModeHandler) -> None:
        client = handler.client
        client.auto_reconnect_enabled = client.default_auto_reconnect_enabled = False
        client.closed = True
        if client.current_session is not None:
            _wake(client.current_session)

    def _check_tokens(self) -> None:
        """Ask Slack about both tokens, so that a bad one is named at start and not in a log of reconnects."""
        if not self._settings.app_token.startswith("xapp-"):
            raise ConfigError(
                "Socket Mode needs an app-level token (xapp-…); set STET_SLACK_APP_TOKEN", subject="[slack] mode"
            )
        for name, token, method in (
            ("STET_SLACK_BOT_TOKEN", self._settings.bot_token, "auth.test"),
            ("STET_SLACK_APP_TOKEN", self._settings.app_token, "apps.connections.open"),
        ):
            try:
                call(web_client(token, api_url=self._settings.api_url, timeout=self._settings.timeout), method)
            except CallFailed as failure:
                if failure.scope == "channel":
                    raise ConfigError(
                        f"Slack refuses {name}: {failure.error}; copy it again from the app's page", subject="[slack]"
                    ) from None
                log.warning("Slack cannot be asked about a token now", token=name, error=failure.error)
                return

    def _watch(self) -> None:
        wait = self._look_seconds
        while not self._stopping.wait(wait):
            if self._alive():
                self._failures = 0
                wait = self._look_seconds
                continue
            self._connect()
            wait = self._look_seconds
            if not self._alive():
                wait = min(LONGEST_WAIT, self._look_seconds * 2 ** min(self._failures, 6)) * random.uniform(0.8, 1.2)

    def _alive(self) -> bool:
        client = self._handler.client if self._handler is not None else None
        if client is None or not client.is_connected():
            return False
        session = client.current_session
        if session is not None and _hung_up(session):
            return False
        if session is not self._session:
            self._session, self._since = session, self._clock()
        answered = session.last_ping_pong_time if session is not None else None
        return self._clock() - max(self._since, answered or 0.0) < self._silent_seconds

    def _connect(self) -> None:
        """Open a new connection; a failure is counted and told in the log, never raised."""
        if self._handler is None or self._stopping.is_set():
            return
        try:
            self._handler.client.connect_to_new_endpoint(force=True)
        except (SlackApiError, SlackClientError, OSError, http.client.HTTPException, ValueError) as failure:
            reason = failure.response.get("error") if isinstance(failure, SlackApiError) else type(failure).__name__
            self._failed(clean(str(reason)))
            return
        if not self._handler.client.is_connected():
            self._failed("no connection")
            return
        self.reconnects += 1
        log.info("connected to Slack", times=self.reconnects)

    def _failed(self, reason: str) -> None:
        self._failures += 1
        log.warning(
            "no connection to Slack; alerts wait and stories are watched on", reason=reason, times=self._failures
        )


def _hung_up(session: Connection) -> bool:
    """Whether the other side has ended this connection.

    The SDK notices only when four pings were not answered, and reads the dead socket in a tight loop until then.
    """
    if session.sock is None:
        return False
    looked = select.poll()
    try:
        looked.register(session.sock, getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR)
        return bool(looked.poll(0))
    except (OSError, ValueError):  # closed meanwhile
        return True


def _wake(session: Connection) -> None:
    """End the wait of the thread that reads this connection: closing it would otherwise take three seconds."""
    if session.sock is not None:
        with contextlib.suppress(OSError):
            session.sock.shutdown(socket.SHUT_RDWR)


def _replace_at_once(client: SocketModeClient) -> None:
    """Let a new connection be read as soon as it stands.

    The SDK closes the old connection first, which waits for the thread that reads it; what Slack sends to the new one
    meanwhile would be acknowledged too late.
    """
    connect = client.connect

    def at_once() -> None:
        old = client.current_session
        if old is not None:
            close = old.close

            def hang_up() -> None:
                client.auto_reconnect_enabled = False  # it is being replaced; the SDK switches this on again
                _wake(old)
                close()

            setattr(old, "close", hang_up)  # noqa: B010 - a method of one object, not of the class
        connect()

    setattr(client, "connect", at_once)  # noqa: B010 - the same
