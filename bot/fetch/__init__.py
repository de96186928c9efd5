"""The way out to the news sites: one guarded, polite, bounded fetch for every kind of page.

`Fetcher` does it, `FetchSettings` and `Request` say what, `Page` and `NotModified` come back. The engine is loaded when
the first `Fetcher` is made, so that commands without network start fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.fetch.page import FetchSettings, NotModified, Page, Request
from bot.later import attributes

if TYPE_CHECKING:
    from bot.fetch.addresses import is_public
    from bot.fetch.client import Fetcher
    from bot.fetch.guard import Guard
    from bot.fetch.outgoing import header_problems
    from bot.fetch.politeness import HostState, host_key
    from bot.fetch.url import ParsedUrl

__all__ = [
    "FetchSettings",
    "Fetcher",
    "Guard",
    "HostState",
    "NotModified",
    "Page",
    "ParsedUrl",
    "Request",
    "header_problems",
    "host_key",
    "is_public",
]

_HOMES = {
    "Fetcher": "client",
    "header_problems": "outgoing",
    "Guard": "guard",
    "ParsedUrl": "url",
    "is_public": "addresses",
    "HostState": "politeness",
    "host_key": "politeness",
}

__getattr__ = attributes(__name__, _HOMES)
