"""One page through the guarded door, for commands that need no database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.cli.session import session

if TYPE_CHECKING:
    from bot.config import Config
    from bot.discover import Found
    from bot.fetch import Page


def _config() -> Config:
    from bot.config import Config, find, load

    path = find(session().config_path, os.environ, cwd=Path.cwd(), home=Path.home())
    return load(path, os.environ) if path is not None else Config()


def offered(url: str) -> tuple[str, Found]:
    """What a feed, sitemap, section or home page offers: ``(final address, found)``. Raises CheckError, UsageError."""
    from bot.fetch import Fetcher
    from bot.jobs.sources import look_through
    from bot.wiring import fetch_settings

    with Fetcher(fetch_settings(_config())) as fetcher:
        return look_through(fetcher, url)


def fetch_page(url: str, *, kind: Literal["story", "feed"] = "story") -> Page:
    """Fetch ``url`` as the service would: with the settings of the configuration and its outlet's, where there is one.

    Raises FetchError, UsageError.
    """
    from bot.discover.address import web_address
    from bot.errors import FetchError
    from bot.fetch import Fetcher, NotModified, Request
    from bot.wiring import fetch_settings, outlet_of

    config = _config()
    outlet = outlet_of(config)(url)
    request = Request(url=web_address(url), kind=kind, headers=tuple(outlet.headers.items()), proxy=outlet.proxy)
    with Fetcher(fetch_settings(config)) as fetcher:
        if outlet.browser and kind == "story":
            from bot.fetch.browser import get_rendered

            page = get_rendered(fetcher, request)
        else:
            page = fetcher.get(request)
    if isinstance(page, NotModified):
        raise FetchError("the site says nothing changed, though nothing was asked", subject=url)
    return page
