"""The web view of an open App: its settings from the configuration, its services from the kit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from bot.core.comparison import Comparison
from bot.core.story import Story
from bot.metrics import Metrics
from bot.store import meta
from bot.web.server import Server, serve
from bot.web.site import Services, WebSettings

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Config
    from bot.core.compare import CompareConfig

AUTHORITY = "feed_authority"


def start(app: App, *, slack: ASGIApp | None = None, metrics: Metrics | None = None) -> Server:
    """Serve the pages of ``app`` in a thread. Call ``stop()`` on what this returns; ``address`` says where it is."""
    chosen = replace(settings(app.config), authority=_authority(app))
    return serve(services(app, metrics=metrics), chosen, slack=slack)


def services(app: App, *, metrics: Metrics | None = None) -> Services:
    """What the pages read from."""
    kit = app.kit
    return Services(
        db=kit.db,
        now=kit.clock,
        compare=partial(_compare, config=kit.compare),
        secret=kit.secret_key,
        metrics=metrics or getattr(kit, "metrics", None) or Metrics(),
        version=version(),
        kit=kit,
    )


def settings(config: Config) -> WebSettings:
    """``[web]`` and what it takes from ``[bot]`` and the environment."""
    section = config.web
    return WebSettings(
        listen=section.listen,
        base_url=config.bot.base_url,
        token=config.secrets.web_token,
        proxy_login_header=section.proxy_login_header,
        trusted_proxies=section.trusted_proxies,
        hosts=tuple(getattr(section, "hosts", ())),
        timezone=config.bot.timezone,
        noindex=section.noindex,
    )


def _authority(app: App) -> str:
    """The host we were first reached under, remembered, so that feeds keep their ids when the address changes."""
    host = urlsplit(app.config.bot.base_url).hostname or ""
    with app.kit.db.read() as tx:
        known = meta.get(tx, AUTHORITY)
    if known is None and host:
        with app.kit.db.begin() as tx:
            meta.set_(tx, AUTHORITY, host, app.kit.clock())
    return known or host


def version() -> str:
    """The installed version of Stet."""
    try:
        return metadata.version("stet")
    except metadata.PackageNotFoundError:
        return "0"


def _compare(old: Story, new: Story, *, config: CompareConfig) -> Comparison:
    from bot.core.compare import compare

    return compare(old, new, config)
