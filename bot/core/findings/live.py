"""Live blogs: which entry is which, and which of those gone only aged off the end."""

from __future__ import annotations

import itertools
import re
from typing import Any

from bot.core.align import Aligner
from bot.core.story import BlockKind
from bot.core.text import fold_text, keys
from bot.core.units import Match
from bot.core.work import Version, Work

_CLOCK = re.compile(r"\s*(\d{1,2})[:.h](\d{2})\b")


def is_live(work: Work) -> bool:
    """A live blog by what the page says, by its entries, or by the watch's profile."""
    return (
        work.config.profile == "live"
        or work.old.story.is_live
        or work.new.story.is_live
        or any(block.kind is BlockKind.LIVE_ENTRY for block in (*work.old.blocks, *work.new.blocks))
    )


def pair_entries(work: Work, aligner: Aligner) -> list[Match]:
    """Pair live entries by id, else by time and first eight words; then everything else as usual."""
    for identity in (_by_id, _by_time):
        waiting: dict[object, int] = {}
        for unit in list(aligner.free_old.values()):
            key = identity(work.old, unit.position)
            if key is not None:
                waiting.setdefault(key, unit.position)
        for unit in list(aligner.free_new.values()):
            key = identity(work.new, unit.position)
            mate = waiting.get(key) if key is not None else None
            if mate is not None and mate in aligner.free_old:
                same = aligner.free_old[mate].folded == unit.folded
                words = aligner.free_old[mate].exact == unit.exact
                aligner._take((mate,), (unit.position,), 1.0, "exact" if same else "words" if words else "entry")
    return aligner.run()


def _by_id(version: Version, position: int) -> object | None:
    block = version.blocks[position]
    return ("id", block.id) if block.id else None


def _by_time(version: Version, position: int) -> object | None:
    block = version.blocks[position]
    if block.kind is not BlockKind.LIVE_ENTRY or block.time is None:
        return None
    return ("time", block.time, tuple(keys(version.folded[position][:200])[:8]))


def is_pinned(text: str) -> bool:
    """Whether an entry is the summary that a live blog keeps on top."""
    lowered = fold_text(text).casefold()
    return lowered.startswith(("summary", "key points", "what we know", "the latest", "at a glance", "recap"))


def window_of(work: Work) -> tuple[Any, ...]:
    """What is still shown of a live blog: its oldest time, or the old positions that are kept."""
    times = [block.time for block in work.new.blocks if block.kind is BlockKind.LIVE_ENTRY and block.time]
    kept = [
        number - 1
        for link in work.links
        for number in link.old
        if work.old.blocks[number - 1].kind is BlockKind.LIVE_ENTRY
    ]
    return (min(times) if times else None, max(kept) if kept else -1, min(kept) if kept else -1)


def aged(work: Work, position: int, window: tuple[Any, ...]) -> bool:
    """Whether an old entry went because the page shows only so many, by what ``window_of`` found."""
    oldest, last_kept, first_kept = window
    moment = work.old.blocks[position].time
    if oldest is not None and moment is not None:
        return bool(moment < oldest)
    if last_kept < 0:
        return True
    return bool(position > last_kept if _newest_first(work) else position < first_kept)


def _newest_first(work: Work) -> bool:
    clock = [
        (int(match[1]), int(match[2]))
        for block in work.old.blocks
        if block.kind is BlockKind.LIVE_ENTRY and (match := _CLOCK.match(block.text))
    ]
    ups = sum(1 for a, b in itertools.pairwise(clock) if b > a)
    return ups * 2 <= max(len(clock) - 1, 0)
