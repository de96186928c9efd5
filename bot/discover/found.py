"""What discovery finds: story addresses with titles and dates, and the feeds a page offers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

MAX_ENTRIES = 50_000
"""Of one document; the sitemap protocol allows no more."""


class FoundKind(StrEnum):
    """What a document is."""

    FEED = "feed"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap_index"
    SECTION = "section"
    HOME = "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One story that a source shows. Times are aware and in UTC; ``url`` is absolute, http or https."""

    url: str
    title: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed or sitemap that a page or a robots.txt offers. ``kind`` is ``feed`` or ``sitemap``."""

    url: str
    title: str = ""
    kind: str = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One document read. ``parts`` are the sitemaps of an index, newest first."""

    kind: FoundKind
    title: str = ""
    entries: tuple[Entry, ...] = ()
    feeds: tuple[Offer, ...] = ()
    parts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The public form of ``stet feeds``."""
        document: dict[str, Any] = {
            "schema": 1,
            "kind": self.kind.value,
            "title": self.title,
            "entries": [
                {
                    "url": entry.url,
                    "title": entry.title,
                    "published_at": entry.published_at.isoformat() if entry.published_at else None,
                }
                for entry in self.entries
            ],
        }
        if self.feeds or self.kind is FoundKind.HOME:
            document["feeds"] = [{"url": one.url, "title": one.title, "kind": one.kind} for one in self.feeds]
        if self.parts:
            document["sitemaps"] = list(self.parts)
        return document


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


def plain(text: str | None, limit: int = 500) -> str:
    """Outside text on one line, without controls, bounded."""
    return " ".join(_CONTROLS.sub(" ", text or "").split())[:limit]
