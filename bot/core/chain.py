"""The hash chain over all versions of one story: what makes a quiet change of our own record visible.

Each link is the SHA-256 of one short text that anybody can type again, so that a reader can verify an evidence pack
with ``sha256sum`` alone. The text (UTF-8, every line ended by one newline) is::

    stet-chain-1
    previous 4a3f…            (``-`` for the first version)
    version 2
    seen 2026-11-24T05:40:00Z
    raw 9b1c…                 (``-`` where no raw page was kept)
    story 77aa…
    headers 01ff…             (``-`` where there were none)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

FORMAT = "stet-chain-1"
NONE = "-"


def link_text(
    previous: str,
    *,
    n: int,
    seen_at: datetime,
    raw_sha256: str | None,
    story_sha256: str,
    headers_sha256: str | None,
) -> str:
    """The text whose SHA-256 is the link. ``previous`` is the chain of version ``n - 1``, empty for the first.

    ``seen_at`` must be aware; it is written in UTC with whole microseconds only where there are any.
    """
    if seen_at.tzinfo is None:
        raise ValueError("seen_at must carry its time zone")
    seen = seen_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return (
        f"{FORMAT}\nprevious {previous or NONE}\nversion {n}\nseen {seen}\n"
        f"raw {raw_sha256 or NONE}\nstory {story_sha256 or NONE}\nheaders {headers_sha256 or NONE}\n"
    )


def link(
    previous: str,
    *,
    n: int,
    seen_at: datetime,
    raw_sha256: str | None,
    story_sha256: str,
    headers_sha256: str | None,
) -> str:
    """The next link of a story's chain, as 64 lower-case hex digits. The arguments are those of ``link_text``."""
    text = link_text(
        previous,
        n=n,
        seen_at=seen_at,
        raw_sha256=raw_sha256,
        story_sha256=story_sha256,
        headers_sha256=headers_sha256,
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def headers_text(headers: Iterable[tuple[str, str]]) -> str:
    """Response headers in the form that is hashed and put into evidence: ``name: value`` lines as received.

    Line breaks and control characters inside a value become spaces, so that one header stays one line.
    """
    lines = (f"{_one_line(name)}: {_one_line(value)}\n" for name, value in headers)
    return "".join(lines)


def headers_sha256(headers: Iterable[tuple[str, str]]) -> str | None:
    """Hex SHA-256 of ``headers_text``; None where there are no headers."""
    text = headers_text(headers)
    return hashlib.sha256(text.encode("utf-8")).hexdigest() if text else None


def _one_line(text: str) -> str:
    return "".join(" " if ord(character) < 32 or ord(character) == 127 else character for character in text).strip()
