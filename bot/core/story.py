"""Story: what a reader would quote of one published page, and its JSON form.

The JSON form is the public one of ``stet extract`` and ``stet compare`` (``"schema": 1``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

SCHEMA = 1


class BlockKind(StrEnum):
    """What a block of a story's body is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    CAPTION = "caption"
    TABLE_ROW = "table_row"
    NOTE = "note"
    LIVE_ENTRY = "live_entry"
    FURNITURE = "furniture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph-like piece of the body. ``id`` and ``time`` belong to the entries of live blogs."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    id: str | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a reader would quote: fields, and the body as ordered blocks.

    All datetimes are aware and in UTC. ``corrections`` are structured ones (schema.org ``correction``); corrections
    in the text are blocks of kind NOTE. ``social_headline`` and ``search_headline`` are what other places show
    (og:title, JSON-LD) where they differ from ``headline``; each is only ever compared with its own kind.
    """

    headline: str = ""
    blocks: tuple[Block, ...] = ()
    standfirst: str = ""
    byline: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    lang: str | None = None
    is_live: bool = False
    corrections: tuple[str, ...] = ()
    social_headline: str = ""
    search_headline: str = ""
    url: str = ""
    canonical_url: str = ""
    site_name: str = ""

    @property
    def words(self) -> int:
        """Whitespace-delimited words of the body, furniture left out."""
        return sum(len(block.text.split()) for block in self.blocks if block.kind is not BlockKind.FURNITURE)


def fingerprint(story: Story) -> str:
    """Hex SHA-256 over everything a reader reads.

    Two stories with the same fingerprint are the same version. Addresses, the modified time and furniture are left
    out: they change without any word changing.
    """
    read = [
        story.headline,
        story.standfirst,
        list(story.byline),
        list(story.corrections),
        story.social_headline,
        story.search_headline,
        [[block.kind.value, block.text, block.id] for block in story.blocks if block.kind is not BlockKind.FURNITURE],
    ]
    packed = json.dumps(read, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode("ascii")).hexdigest()


def to_json(story: Story) -> dict[str, Any]:
    """The public Story JSON. Optional fields that are empty stay out, but for those the contract always shows."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "url": story.url,
        "canonical_url": story.canonical_url,
        "site_name": story.site_name,
        "lang": story.lang,
        "headline": story.headline,
        "standfirst": story.standfirst,
        "byline": list(story.byline),
        "published_at": _iso(story.published_at),
        "updated_at": _iso(story.updated_at),
        "is_live": story.is_live,
        "blocks": [
            {"kind": block.kind.value, "text": block.text, "id": block.id, "time": _iso(block.time)}
            for block in story.blocks
        ],
    }
    if story.corrections:
        document["corrections"] = list(story.corrections)
    if story.social_headline:
        document["social_headline"] = story.social_headline
    if story.search_headline:
        document["search_headline"] = story.search_headline
    return document


class StoryFormatError(ValueError):
    """The document is not Story JSON; the message says where."""


KNOWN_KEYS = frozenset(
    "schema url canonical_url site_name lang headline standfirst byline published_at updated_at is_live blocks "
    "corrections social_headline search_headline".split()
)
ALSO_CALLED = {"published": "published_at", "modified": "updated_at", "structured_corrections": "corrections"}
"""Names that others give to the same things (schema.org: ``datePublished``, ``dateModified``); read, never written."""


def unknown_keys(document: Mapping[str, Any]) -> list[str]:
    """Keys a reader of Story JSON does not know, sorted: worth a warning, never an error."""
    return sorted(str(key) for key in document if key not in KNOWN_KEYS and key not in ALSO_CALLED)


def from_json(document: Any) -> Story:
    """Read Story JSON. Missing optional keys are fine, ``byline`` may be a string, unknown keys are ignored.

    A key of ``ALSO_CALLED`` counts where its proper name is missing.

    Raises StoryFormatError where a value has the wrong shape.
    """
    if not isinstance(document, Mapping):
        raise StoryFormatError("a story is a JSON object")
    document = {**{ALSO_CALLED[key]: document[key] for key in ALSO_CALLED if key in document}, **document}
    raw_blocks = document.get("blocks") or []
    if not isinstance(raw_blocks, list):
        raise StoryFormatError("blocks: a list of objects is wanted")
    return Story(
        headline=_text(document, "headline"),
        standfirst=_text(document, "standfirst"),
        byline=_names(document, "byline"),
        blocks=tuple(_block(raw, index) for index, raw in enumerate(raw_blocks, start=1)),
        published_at=_time(document, "published_at"),
        updated_at=_time(document, "updated_at"),
        lang=_text(document, "lang") or None,
        is_live=bool(document.get("is_live")),
        corrections=_names(document, "corrections"),
        social_headline=_text(document, "social_headline"),
        search_headline=_text(document, "search_headline"),
        url=_text(document, "url"),
        canonical_url=_text(document, "canonical_url"),
        site_name=_text(document, "site_name"),
    )


def _block(raw: Any, index: int) -> Block:
    where = f"blocks[{index}]"
    if not isinstance(raw, Mapping):
        raise StoryFormatError(f"{where}: an object is wanted")
    try:
        kind = BlockKind(raw.get("kind") or "paragraph")
    except ValueError as error:
        raise StoryFormatError(f"{where}.kind: {raw.get('kind')!r} is no kind of block") from error
    identity = raw.get("id")
    return Block(
        kind=kind,
        text=_text(raw, "text", where),
        id=None if identity is None else str(identity),
        time=_time(raw, "time", where),
    )


def _text(document: Mapping[str, Any], key: str, where: str = "") -> str:
    value = document.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise StoryFormatError(f"{where + '.' if where else ''}{key}: text is wanted")
    return value


def _names(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = document.get(key)
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise StoryFormatError(f"{key}: text or a list of texts is wanted")


def _time(document: Mapping[str, Any], key: str, where: str = "") -> datetime | None:
    value = document.get(key)
    if value is None or value == "":
        return None
    place = f"{where + '.' if where else ''}{key}"
    if not isinstance(value, str):
        raise StoryFormatError(f"{place}: an ISO 8601 time is wanted")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise StoryFormatError(f"{place}: {value!r} is no ISO 8601 time") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
