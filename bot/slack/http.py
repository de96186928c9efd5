"""HTTP mode: Slack posts signed requests to our public address, behind the web view.

``handle`` is one request as plain values, ``Endpoint`` the same for a web server. Bolt checks the signature (``v0``, at
most five minutes old) and answers ``url_verification``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from slack_bolt import App
from slack_bolt.request import BoltRequest

from bot.slack.oauth import Installer

LARGEST_BODY = 1_000_000
"""Slack's own requests are far smaller."""
Answer = tuple[int, list[tuple[str, str]], bytes]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def handle(
    app: App,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str | Sequence[str]],
    body: bytes,
    *,
    installer: Installer | None = None,
) -> Answer:
    """``(status, headers, body)`` for one request below ``/slack``: ``/events``, ``/install``, ``/oauth_redirect``."""
    tail = "/" + path.rstrip("/").rsplit("/", 1)[-1]
    if tail == "/events":
        if method != "POST":
            return _plain(405, "POST only")
        if len(body) > LARGEST_BODY:
            return _plain(413, "too large")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return _plain(400, "not UTF-8")
        listed: dict[str, str | Sequence[str]] = {
            name: [value] if isinstance(value, str) else list(value) for name, value in headers.items()
        }
        answer = app.dispatch(BoltRequest(body=text, query=query, headers=listed))
        return answer.status, list(_flat(answer.first_headers())), (answer.body or "").encode("utf-8")
    if installer is not None and method == "GET" and tail in ("/install", "/oauth_redirect"):
        return installer.begin() if tail == "/install" else installer.finish(query, _one(headers, "cookie"))
    return _plain(404, "not found")


class Endpoint:
    """An ASGI application to be mounted at ``/slack``. Bolt's work is done in a thread."""

    def __init__(self, app: App, *, installer: Installer | None = None) -> None:
        self._app = app
        self._installer = installer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more and len(body) <= LARGEST_BODY:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = bool(message.get("more_body"))
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope.get("query_string", b"").decode("latin-1")
        status, answered, payload = await asyncio.to_thread(
            handle, self._app, scope["method"], scope["path"], query, headers, body, installer=self._installer
        )
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answered]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": payload})

    def stop(self) -> None:
        """Finish what is being answered: Slack had its acknowledgement, the person waits for the answer."""
        self._app.listener_runner.listener_executor.shutdown(wait=True)


def _flat(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in headers.items()]


def _one(headers: Mapping[str, str | Sequence[str]], name: str) -> str:
    value = headers.get(name, "")
    return value if isinstance(value, str) else (value[0] if value else "")


def _plain(status: int, words: str) -> Answer:
    return status, [("content-type", "text/plain; charset=utf-8")], words.encode("utf-8")
