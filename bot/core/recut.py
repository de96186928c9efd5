"""The same words, other breaks between paragraphs: pure splits, pure joins, and whole stretches cut anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bot.core.units import Unit

MAX_CHAIN = 16
"""Blocks of both sides that may together be the same text cut anew."""


def joins(wholes: Mapping[int, Unit], parts: Mapping[int, Unit]) -> Iterator[tuple[int, list[int]]]:
    """Pure splits and joins: (a block, the run of blocks of the other side whose words together are its words).

    Positions; whoever asks takes what is found out of both mappings before asking for the next.
    """
    if not wholes or len(parts) < 2:
        return
    ordered = sorted(parts)
    by_start: dict[str, list[int]] = defaultdict(list)
    for index, position in enumerate(ordered):
        start = parts[position].exact[:24]
        if start:
            by_start[start].append(index)
    widths = sorted({len(start) for start in by_start}, reverse=True)
    for whole_at in sorted(wholes):
        whole = wholes[whole_at].exact
        for width in widths:
            starts = by_start.get(whole[:width], ()) if width <= len(whole) else ()
            if width < 24:
                starts = [index for index in starts if len(_text_at(parts, ordered, index)) == width]
            run = next((run for index in starts[:8] if (run := _run(whole, ordered, index, parts))), None)
            if run:
                yield whole_at, run
                break


def _run(whole: str, ordered: Sequence[int], index: int, parts: Mapping[int, Unit]) -> list[int] | None:
    at = 0
    run: list[int] = []
    while index < len(ordered) and at < len(whole):
        unit = parts.get(ordered[index])
        if unit is None or (run and ordered[index] - run[-1] > 3):
            return None
        text = unit.exact
        if not text or not whole.startswith(text, at):
            return None
        run.append(ordered[index])
        at += len(text)
        if at < len(whole) and whole[at] == " ":
            at += 1
        index += 1
    return run if at >= len(whole) and len(run) > 1 else None


def chains(free_old: Mapping[int, Unit], free_new: Mapping[int, Unit]) -> Iterator[tuple[list[int], list[int]]]:
    """Text cut anew: runs of blocks on both sides that are together the same words, with other borders.

    Positions; whoever asks takes what is found out of both mappings before asking for the next.
    """
    olds, news = sorted(free_old), sorted(free_new)
    by_start: dict[str, list[int]] = defaultdict(list)
    for index, position in enumerate(news):
        by_start[_start(free_new[position])].append(index)
    for index, position in enumerate(olds):
        if position not in free_old:
            continue
        for other in by_start.get(_start(free_old[position]), ())[:8]:
            runs = _grow((olds, news), (index, other), (free_old, free_new))
            if runs is not None:
                yield runs
                break


def _grow(
    lists: tuple[Sequence[int], Sequence[int]],
    starts: tuple[int, int],
    units: tuple[Mapping[int, Unit], Mapping[int, Unit]],
) -> tuple[list[int], list[int]] | None:
    """Neighbouring blocks from both starts on, until their words are equal; None where they part."""
    runs: tuple[list[int], list[int]] = ([], [])
    texts = ["", ""]
    places = list(starts)
    side = 0
    while len(runs[0]) + len(runs[1]) < MAX_CHAIN:
        run, at = runs[side], places[side]
        if at >= len(lists[side]) or lists[side][at] not in units[side]:
            return None
        position = lists[side][at]
        if run and position - run[-1] > 3:
            return None
        run.append(position)
        places[side] += 1
        texts[side] = f"{texts[side]} {units[side][position].exact}".strip()
        short, long = sorted(texts, key=len)
        if not long.startswith(short):
            return None
        if runs[0] and runs[1] and texts[0] == texts[1]:
            return runs if len(runs[0]) + len(runs[1]) > 2 else None
        side = 0 if len(texts[0]) < len(texts[1]) else 1
        if not runs[1]:
            side = 1
    return None


def _start(unit: Unit) -> str:
    """The first two words of a block."""
    return " ".join(unit.exact.split(" ", 2)[:2])


def _text_at(parts: Mapping[int, Unit], ordered: Sequence[int], index: int) -> str:
    """The exact form of the part at ``index``, "" where it was taken meanwhile."""
    unit = parts.get(ordered[index])
    return unit.exact if unit is not None else ""
