"""Lines seen in three or more stories of a site are furniture of that site.

The caller keeps, per site, how many *different* stories each line was seen in; this module only says what to count and
what follows from the counts. A line is counted once per story, by a short hash of its words without digits.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping

from bot.core.story import BlockKind, Story

SEEN_IN = 3
_DIGITS = re.compile(r"\d+")


def line_hash(text: str) -> str:
    """A line's name in the counts: eight hex digits over its words, case and numbers left out."""
    return f"{zlib.crc32(_DIGITS.sub('0', text.casefold()).encode('utf-8', 'replace')):08x}"


def lines_of(story: Story) -> frozenset[str]:
    """The hashes of one story's lines that might be furniture: all but notes, entries and the very long."""
    kinds = (BlockKind.NOTE, BlockKind.LIVE_ENTRY)
    return frozenset(
        line_hash(block.text) for block in story.blocks if block.kind not in kinds and len(block.text) < 600
    )


def furniture(seen: Mapping[str, int] | Iterable[frozenset[str]]) -> frozenset[str]:
    """The lines that are furniture of a site: from counts (hash -> number of different stories) or from the sets of
    several stories (``lines_of``). Pass the result to ``extract(site_lines=...)``.
    """
    if isinstance(seen, Mapping):
        return frozenset(line for line, stories in seen.items() if stories >= SEEN_IN)
    counts: dict[str, int] = {}
    for lines in seen:
        for line in lines:
            counts[line] = counts.get(line, 0) + 1
    return frozenset(line for line, stories in counts.items() if stories >= SEEN_IN)
