"""One page through the guarded door, for commands that need no database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.cli.session import session

if TYPE_CHECKING:
    from bot.fetch import Page


def fetch_page(url: str, *, kind: Literal["story", "feed"] = "story") -> Page:
    """Fetch ``url`` with the settings of the configuration where there is one. Raises FetchError, UsageError."""
    from bot.config import Config, find, load
    from bot.discover.address import web_address
    from bot.errors import FetchError
    from bot.fetch import Fetcher, NotModified, Request
    from bot.wiring import fetch_settings

    path = find(session().config_path, os.environ, cwd=Path.cwd(), home=Path.home())
    config = load(path, os.environ) if path is not None else Config()
    with Fetcher(fetch_settings(config)) as fetcher:
        page = fetcher.get(Request(url=web_address(url), kind=kind))
    if isinstance(page, NotModified):
        raise FetchError("the site says nothing changed, though nothing was asked", subject=url)
    return page
