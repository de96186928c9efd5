"""A comparison as rows: the one model of a diff that every renderer shows.

Rows come in the order of the new version; removed blocks stand at their old place. A row's segments are slices of
display text, so that an edited row's ``equal`` and ``deleted`` segments give the old text and ``equal`` and
``inserted`` ones the new. Renderers escape, colour and cut; they never compute what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.comparison import Comparison, Edit, Link
from bot.core.story import BlockKind, Story


class RowKind(StrEnum):
    """What happened to the text of a row."""

    HEADLINE = "headline"
    STANDFIRST = "standfirst"
    EDITED = "edited"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    SPLIT = "split"
    MERGED = "merged"
    COLLAPSED = "collapsed"


class Mark(StrEnum):
    """What happened to a run of words."""

    EQUAL = "equal"
    DELETED = "deleted"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of words with one fate. ``old_text`` differs from ``text`` only where typography alone differs."""

    mark: Mark
    text: str
    old_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One paragraph of the story beside what it was.

    ``old`` and ``new`` are block numbers from 1 (several for splits and merges, empty where there is none).
    ``moved`` says the paragraph stands elsewhere than before. ``hidden`` is how many unchanged rows a COLLAPSED row
    stands for. ``block`` is the kind of block (paragraph, caption, note …).
    """

    kind: RowKind
    old: tuple[int, ...] = ()
    new: tuple[int, ...] = ()
    segments: tuple[Segment, ...] = ()
    moved: bool = False
    rewritten: bool = False
    block: BlockKind = BlockKind.PARAGRAPH
    hidden: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything in this row differs beyond typography and place."""
        return self.kind in (RowKind.ADDED, RowKind.REMOVED) or any(
            segment.mark is not Mark.EQUAL for segment in self.segments
        )

    @property
    def old_text(self) -> str:
        """The text before."""
        return "".join(
            (segment.old_text or segment.text) if segment.mark is Mark.EQUAL else segment.text
            for segment in self.segments
            if segment.mark is not Mark.INSERTED
        )

    @property
    def new_text(self) -> str:
        """The text after."""
        return "".join(segment.text for segment in self.segments if segment.mark is not Mark.DELETED)


def segments(edits: Iterable[Edit]) -> tuple[Segment, ...]:
    """Edits as segments, deletion before insertion, neighbours of one fate joined."""
    out: list[Segment] = []
    for edit in edits:
        if edit.op == "equal":
            out.append(Segment(mark=Mark.EQUAL, text=edit.new, old_text="" if edit.old == edit.new else edit.old))
            continue
        if edit.old:
            out.append(Segment(mark=Mark.DELETED, text=edit.old))
        if edit.new:
            out.append(Segment(mark=Mark.INSERTED, text=edit.new))
    return _joined(out)


def rows(comparison: Comparison, old: Story, new: Story) -> tuple[Row, ...]:
    """Every row of the body, unchanged ones too, in new order with removed blocks at their old place.

    Furniture is left out. Headline and standfirst come first where they changed.
    """
    out = list(_field_rows(comparison))
    by_new = {number: link for link in comparison.links for number in link.new}
    removed = [number for number in comparison.removed if _shown(old, number)]
    placed: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
    reached = 0  # the furthest old block that the rows so far have passed
    waiting = iter(sorted(removed))
    pending = next(waiting, None)
    for number in range(1, len(new.blocks) + 1):
        link = by_new.get(number)
        if link is not None and not link.moved and link.old:
            reached = max(reached, min(link.old))
        while pending is not None and pending < reached:
            out.append(_removed_row(old, pending))
            pending = next(waiting, None)
        if link is None:
            if _shown(new, number):
                out.append(_added_row(new, number))
            continue
        if (link.old, link.new) in placed or not _shown(new, number):
            continue
        placed.add((link.old, link.new))
        out.append(_link_row(link, old, new))
    while pending is not None:
        out.append(_removed_row(old, pending))
        pending = next(waiting, None)
    return tuple(out)


def collapse(all_rows: Sequence[Row], *, context: int = 0) -> tuple[Row, ...]:
    """Replace runs of unchanged rows by one COLLAPSED row that counts them, keeping ``context`` neighbours."""
    keep = [False] * len(all_rows)
    for index, row in enumerate(all_rows):
        if row.kind is not RowKind.UNCHANGED:
            for near in range(max(0, index - context), min(len(all_rows), index + context + 1)):
                keep[near] = True
    out: list[Row] = []
    hidden = 0
    for row, kept in zip(all_rows, keep, strict=True):
        if kept:
            if hidden:
                out.append(Row(kind=RowKind.COLLAPSED, hidden=hidden))
                hidden = 0
            out.append(row)
        else:
            hidden += 1
    if hidden:
        out.append(Row(kind=RowKind.COLLAPSED, hidden=hidden))
    return tuple(out)


def glue(parts: Sequence[Segment], *, words: int = 2) -> tuple[Segment, ...]:
    """Join edits that at most ``words`` equal words separate, so that a reader sees one phrase go and one come.

    The equal words between them are then shown both as removed and as added.
    """
    out: list[Segment] = []
    index = 0
    while index < len(parts):
        if parts[index].mark is Mark.EQUAL:
            out.append(parts[index])
            index += 1
            continue
        gone: list[str] = []
        come: list[str] = []
        while index < len(parts):
            part = parts[index]
            if part.mark is Mark.DELETED:
                gone.append(part.text)
            elif part.mark is Mark.INSERTED:
                come.append(part.text)
            elif index + 1 < len(parts) and len(part.text.split()) <= words and "\n" not in part.text:
                gone.append(part.old_text or part.text)
                come.append(part.text)
            else:
                break
            index += 1
        if text := "".join(gone):
            out.append(Segment(mark=Mark.DELETED, text=text))
        if text := "".join(come):
            out.append(Segment(mark=Mark.INSERTED, text=text))
    return tuple(out)


def _field_rows(comparison: Comparison) -> Iterable[Row]:
    for kind, change in ((RowKind.HEADLINE, comparison.headline), (RowKind.STANDFIRST, comparison.standfirst)):
        if not change.changed:
            continue
        if change.edits:
            marked = segments(change.edits)
        else:
            marked = tuple(
                Segment(mark=mark, text=text)
                for mark, text in ((Mark.DELETED, change.before), (Mark.INSERTED, change.after))
                if text
            )
        yield Row(kind=kind, segments=marked, block=BlockKind.HEADING)


def _link_row(link: Link, old: Story, new: Story) -> Row:
    block = new.blocks[link.new[0] - 1].kind
    if link.edits:
        marked = segments(link.edits)
    else:
        text = "\n".join(new.blocks[number - 1].text for number in link.new)
        before = "\n".join(old.blocks[number - 1].text for number in link.old)
        marked = (Segment(mark=Mark.EQUAL, text=text, old_text="" if before == text else before),)
    changed = any(segment.mark is not Mark.EQUAL for segment in marked)
    if link.relation == "split":
        kind = RowKind.SPLIT
    elif link.relation == "merged":
        kind = RowKind.MERGED
    elif changed:
        kind = RowKind.EDITED
    else:
        kind = RowKind.MOVED if link.moved else RowKind.UNCHANGED
    return Row(
        kind=kind,
        old=link.old,
        new=link.new,
        segments=marked,
        moved=link.moved,
        rewritten=link.relation == "rewritten",
        block=block,
    )


def _added_row(new: Story, number: int) -> Row:
    block = new.blocks[number - 1]
    return Row(
        kind=RowKind.ADDED,
        new=(number,),
        segments=(Segment(mark=Mark.INSERTED, text=block.text),),
        block=block.kind,
    )


def _removed_row(old: Story, number: int) -> Row:
    block = old.blocks[number - 1]
    return Row(
        kind=RowKind.REMOVED,
        old=(number,),
        segments=(Segment(mark=Mark.DELETED, text=block.text),),
        block=block.kind,
    )


def _shown(story: Story, number: int) -> bool:
    return story.blocks[number - 1].kind is not BlockKind.FURNITURE


def _joined(parts: Sequence[Segment]) -> tuple[Segment, ...]:
    out: list[Segment] = []
    for part in parts:
        if out and out[-1].mark is part.mark:
            last = out[-1]
            old_text = ""
            if part.old_text or last.old_text:
                old_text = (last.old_text or last.text) + (part.old_text or part.text)
            out[-1] = Segment(mark=part.mark, text=last.text + part.text, old_text=old_text)
        else:
            out.append(part)
    return tuple(out)
