"""Installing into several workspaces: Slack's OAuth 2 in HTTP mode, tokens sealed in our own database.

``/slack/install`` sends the browser to Slack with a state that is used once, lives ten minutes and is tied to the
browser by a cookie; ``/slack/oauth_redirect`` takes the code back and stores the workspace's token.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.deliver.slack import SlackSettings
from bot.deliver.slack_calls import CallFailed, form, web_client
from bot.log import get as get_logger
from bot.store import audit, installations, meta
from bot.store.database import Database

SCOPES = (
    "commands",
    "chat:write",
    "chat:write.public",
    "channels:read",
    "groups:read",
    "im:write",
    "users:read",
)
"""What Stet needs."""
OPTIONAL_SCOPES = ("channels:history", "groups:history")
"""With these an alert whose answer was lost is looked for before it is sent again."""
COOKIE = "stet_slack_state"

log = get_logger("slack")

Answer = tuple[int, list[tuple[str, str]], bytes]


class Installer:
    """The two pages of an installation."""

    def __init__(
        self, db: Database, settings: SlackSettings, *, now: Callable[[], datetime], secret_key: str | None = None
    ) -> None:
        self._db = db
        self._settings = settings
        self._now = now
        self._given = secret_key

    @property
    def redirect_url(self) -> str:
        """Where Slack sends the browser back to."""
        return f"{self._settings.public_url.rstrip('/')}/slack/oauth_redirect"

    def begin(self) -> Answer:
        """Send the browser to Slack."""
        state = secrets.token_urlsafe(24)
        with self._db.begin() as tx:
            installations.add_state(tx, state, self._now())
        asked = {
            "client_id": self._settings.client_id,
            "scope": ",".join((*SCOPES, *OPTIONAL_SCOPES)),
            "state": state,
            "redirect_uri": self.redirect_url,
        }
        parts = urlsplit(self._settings.api_url)
        where = f"{parts.scheme}://{parts.netloc}/oauth/v2/authorize?{urlencode(asked)}"
        secure = "; Secure" if self._settings.public_url.startswith("https://") else ""
        cookie = f"{COOKIE}={state}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax{secure}"
        return 302, [("location", where), ("set-cookie", cookie), ("cache-control", "no-store")], b""

    def finish(self, query: str, cookie: str) -> Answer:
        """Slack's answer: store the token, or say in one sentence why not."""
        given = {name: values[0] for name, values in parse_qs(query).items()}
        if "error" in given:
            return _page(400, "Nothing was installed", f"Slack said: {given['error'][:100]}")
        state = given.get("state", "")
        held = _cookie(cookie)
        with self._db.begin() as tx:
            fresh = bool(state) and installations.use_state(tx, state, self._now())
        if not fresh or not secrets.compare_digest(held.encode(), state.encode()):
            return _page(400, "Nothing was installed", "This link is too old or was opened elsewhere. Begin again.")
        client = web_client("", api_url=self._settings.api_url, timeout=self._settings.timeout)
        try:
            answer = form(
                client,
                "oauth.v2.access",
                {
                    "client_id": self._settings.client_id,
                    "client_secret": self._settings.client_secret,
                    "code": given.get("code", ""),
                    "redirect_uri": self.redirect_url,
                },
            )
        except CallFailed as failure:
            log.warning("an installation failed", error=failure.error)
            return _page(502, "Nothing was installed", f"Slack refused the code ({failure.error}). Begin again.")
        team = self._keep(answer)
        log.info("installed in a workspace", team=team.get("id"))
        name = str(team.get("name") or team.get("id") or "your workspace")
        return _page(200, f"Stet is installed in {name}", f"Type {self._settings.command} help in a channel to begin.")

    def _keep(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Store the workspace's token, sealed; returns Slack's card of the workspace."""
        team = answer.get("team") or {}
        who = str((answer.get("authed_user") or {}).get("id", ""))
        with self._db.begin() as tx:
            installations.put(
                tx,
                meta.secret_key(tx, self._given),
                team=str(team.get("id", "")),
                installer=who,
                now=self._now(),
                secrets={"bot_token": str(answer.get("access_token", ""))},
                details={
                    "name": str(team.get("name", "")),
                    "bot_user": str(answer.get("bot_user_id", "")),
                    "scopes": str(answer.get("scope", "")),
                },
            )
            audit.add(tx, at=self._now(), action="install", actor=who, via="slack", team=str(team.get("id", "")))
        return team


def _cookie(header: str) -> str:
    """Our cookie's value, whatever other cookies look like; "" where there is none."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")


def _page(status: int, title: str, words: str) -> Answer:
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1><p>{escape(words)}</p></html>"
    )
    headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", "default-src 'none'"),
        ("cache-control", "no-store"),
    ]
    return status, headers, body.encode("utf-8")
