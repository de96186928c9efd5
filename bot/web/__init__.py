"""The web view: read-only pages, feeds, health and metrics, in the bot's process or alone."""

from __future__ import annotations

from bot.web.app import build
from bot.web.server import Server, serve
from bot.web.site import Services, WebSettings

__all__ = ["Server", "Services", "WebSettings", "build", "serve"]
