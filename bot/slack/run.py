"""Slack as a part of the running service: Socket Mode by itself, HTTP mode as an application for the web view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_bolt import App as BoltApp

from bot import wiring
from bot.deliver.slack import SlackSettings
from bot.errors import ConfigError
from bot.jobs.threadbook import StoredTokens
from bot.slack.app import build_app
from bot.slack.http import Endpoint
from bot.slack.oauth import Installer
from bot.slack.services import Services
from bot.slack.socket import SocketRunner

if TYPE_CHECKING:
    from bot.app import App


def start(app: App) -> SocketRunner:
    """Connect in Socket Mode. Raises ConfigError where a token is missing or refused."""
    settings = wiring.slack_settings(app.config)
    runner = SocketRunner(_bolt(app, settings), settings)
    runner.start()
    return runner


def endpoint(app: App) -> Endpoint:
    """The ASGI application for HTTP mode, to be mounted at ``/slack``. ConfigError where a setting is missing.

    Call ``stop()`` on it when the web view has stopped.
    """
    settings = wiring.slack_settings(app.config)
    if not settings.signing_secret:
        raise ConfigError("HTTP mode needs the signing secret; set STET_SLACK_SIGNING_SECRET", subject="[slack] mode")
    installer = None
    if settings.client_id:
        if not settings.client_secret or not settings.public_url:
            raise ConfigError(
                "installing into several workspaces needs STET_SLACK_CLIENT_SECRET and [bot] base_url",
                subject="[slack] client_id",
            )
        installer = Installer(app.kit.db, settings, now=app.kit.clock, secret_key=app.kit.secret_key or None)
    return Endpoint(_bolt(app, settings), installer=installer)


def _bolt(app: App, settings: SlackSettings) -> BoltApp:
    services = Services(app.kit, limit=settings.max_watches_per_channel)
    tokens = StoredTokens(app.kit.db, only=settings.bot_token, secret_key=app.kit.secret_key or None)
    return build_app(services, settings, tokens=tokens)
