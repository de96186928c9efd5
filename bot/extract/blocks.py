"""Lines of the region become the blocks of a Story: corrections in, captions in their place, no furniture."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.story import Block, BlockKind
from bot.extract import cards, live
from bot.extract.cards import is_caption
from bot.extract.live import Entry
from bot.extract.makes import Make
from bot.extract.names import is_signature
from bot.extract.phrases import BOXES, CORRECTION
from bot.extract.pitch import is_pitch
from bot.extract.region import Region
from bot.extract.sieve import END_MARKS, DroppedLine, Filter, is_note, sits_in_card
from bot.extract.walk import Line, Node, Walked

_TITLE = 110
_LONG_HEADING = 300
_SMALL = 650


@dataclass(slots=True)
class Kept:
    """A line that stays, and as what."""

    line: Line
    kind: BlockKind
    text: str


def in_region(walked: Walked, region: Region, entries: list[Entry]) -> list[Line]:
    """The lines below the region's parts and the entries of a live blog, in reading order."""
    _mark((*region.parts, *(entry.node for entry in entries)))
    return [line for line in walked.lines if line.node.kept]


def lead_captions(walked: Walked, headline: Line | None) -> list[Line]:
    """The captions of the pictures around the headline, above the region: most stories open with one.

    Wants the region's lines marked (``in_region``).
    """
    if headline is None:
        return []
    at = walked.lines.index(headline)
    found: list[Line] = []
    below = 0
    for number, line in enumerate(walked.lines[max(0, at - 6) : at + 45], start=max(0, at - 6)):
        if line.node.kept and number > at and line.weight:
            below += 1
            if below > 2:
                break
        if line.node.kept or not is_caption(line) or line.size < 10 or sits_in_card(line):
            continue
        if line.node.marked is not None and not line.in_caption:
            continue
        if number < at and not line.in_caption:
            continue
        if not any(node.make & Make.BYLINE for node in (line.node, line.node.parent) if node is not None):
            found.append(line)
    return found[:6]


NOTES_AROUND = 60
"""Corrections are looked for so many lines above and below the region, too."""


def with_outside_notes(walked: Walked, inside: list[Line]) -> list[Line]:
    """The region's lines and, in reading order, the correction notes that stand around it by their own words.

    Outlets put them above the headline, between text and footer, or in a box of their own. Links to corrections, and
    notes inside cards of other stories, are left out. Wants the region's lines marked (``in_region``).
    """
    if not inside:
        return inside
    place = {id(line): number for number, line in enumerate(walked.lines)}
    first, last = place[id(inside[0])], place[id(inside[-1])]
    around = walked.lines[max(0, first - NOTES_AROUND) : last + 1 + NOTES_AROUND]
    notes = [
        line
        for line in around
        if not line.node.kept
        and 25 <= len(line.text) <= 1500
        and CORRECTION.match(line.text)
        and line.link * 2 < len(line.text)
        and not sits_in_card(line)
    ]
    return sorted([*inside, *notes], key=lambda line: place[id(line)]) if notes else inside


_REPEATED = 25
"""Letters of a paragraph that stands above a live blog and again in it."""


def _mark(parts: tuple[Node, ...]) -> None:
    stack = list(parts)
    while stack:
        node = stack.pop()
        node.kept = True
        stack.extend(node.children)


def kind_of(line: Line) -> BlockKind:
    """What a line of the body is, by where it stands."""
    if line.heading and line.size <= _LONG_HEADING:
        return BlockKind.HEADING
    if line.in_row:
        return BlockKind.TABLE_ROW
    if line.in_list:
        return BlockKind.LIST_ITEM
    if line.in_quote:
        return BlockKind.QUOTE
    return BlockKind.PARAGRAPH


def build(lines: list[Line], filter_: Filter, entries: list[Entry]) -> list[Block]:
    """The blocks of a story from the lines of its region; those of a live blog end with one block per entry."""
    _condemn_boxes(lines, filter_)
    kept = _keep_all(lines, filter_)
    posts: list[Block] = []
    if entries:
        holders = {id(entry.node): index for index, entry in enumerate(entries)}
        inside = [one for one in kept if live.holder(one.line, holders) is not None]
        kept = [one for one in kept if live.holder(one.line, holders) is None]
        posts = live.group([(one.line, Block(text=one.text, kind=one.kind)) for one in inside], entries)
    if not filter_.plain:
        kept = _without_key_events(kept, posts, filter_) if posts else kept
        kept = _without_repeats(kept, filter_)
        kept = _without_bare_headings(kept, filter_, last=not posts)
        kept = _without_ends(kept, filter_)
        _raise_bold(kept)
    return [*(Block(text=one.text, kind=one.kind) for one in kept), *posts]


def _without_key_events(kept: list[Kept], posts: list[Block], filter_: Filter) -> list[Kept]:
    """Lines above a live blog's entries that they repeat are a list of links to them, or one that is pinned.

    A heading above them goes too.
    """
    begun, known = live.openings(posts)
    left: list[Kept] = []
    for one in kept:
        words = live.repeated(one.text)
        listed = one.line.in_list or one.line.heading or one.line.link * 2 > len(one.text)
        if not ((listed and words in begun) or (len(words) >= _REPEATED and words in known)):
            left.append(one)
            continue
        filter_.dropped.append(DroppedLine(one.text, "key-events"))
        if left and left[-1].kind is BlockKind.HEADING:
            filter_.dropped.append(DroppedLine(left.pop().text, "key-events"))
    return left


def _keep_all(lines: list[Line], filter_: Filter) -> list[Kept]:
    """The lines that stay. A label right above links that went ("Read this next:") goes with them."""
    kept: list[Kept] = []
    above: Line | None = None
    for number, line in enumerate(lines):
        one = _keep(line, filter_, above, lines[number + 1] if number + 1 < len(lines) else None)
        if one is not None:
            kept.append(one)
        elif kept and kept[-1].line is above and filter_.dropped[-1].rule in _LINKED and _is_label(kept[-1]):
            filter_.dropped.append(DroppedLine(kept.pop().text, "label"))
        above = line
    return kept


def _introduces(line: Line, below: Line) -> bool:
    """Whether a linked line says where the text below it is from: "The Herald reports:", and then a quotation."""
    if not line.text.endswith((":", "：")) or line.heading or line.in_list:
        return False
    return below.in_quote or (below.weight > 0 and below.node.marked is None and below.link * 2 < len(below.text))


_LINKED = frozenset(("link", "link-list", "card", "names+links"))
_LABEL = 60


def _is_label(one: Kept) -> bool:
    line = one.line
    if one.kind is not BlockKind.PARAGRAPH or line.size > _LABEL or line.in_quote:
        return False
    if line.text.endswith(":"):
        return line.size <= 45
    return not line.text.endswith(END_MARKS) or (line.size <= 20 and line.text[-1] in "?!")


def _keep(line: Line, filter_: Filter, above: Line | None, below: Line | None) -> Kept | None:
    """The line as a block, or None with the reason among what was dropped. Corrections pass every filter."""
    if is_note(line):
        return Kept(line, BlockKind.NOTE, line.text)
    rule = filter_.rule_against(line) if not is_caption(line) else filter_.rule_against_caption(line)
    if rule == "link" and below is not None and _introduces(line, below):
        rule = ""
    if rule == "orphan" and _runs_on(line, above, below):
        rule = ""
    if rule:
        filter_.dropped.append(DroppedLine(line.text, rule))
        return None
    return Kept(line, BlockKind.CAPTION if is_caption(line) else kind_of(line), line.text)


def _runs_on(line: Line, above: Line | None, below: Line | None) -> bool:
    """Whether a short line stands between paragraphs in one element, parted by line breaks alone: a sub-heading."""
    return (
        above is not None
        and below is not None
        and above.node is line.node is below.node
        and above.weight > 0 < below.weight
        and not line.link
    )


def _condemn_boxes(lines: list[Line], filter_: Filter) -> None:
    """Mark the small box around a line that gives it away: a sign-up wall, an embed waiting for consent.

    The box grows only while such lines are at least half of its running text.
    """
    telling = [
        line for line in lines
        if line.node.marked is None and line.size < 420 and not is_note(line) and BOXES.fullmatch(line.text)
    ]  # fmt: skip
    told: dict[int, float] = {}
    for line in telling:
        node: Node | None = line.node
        while node is not None:
            told[id(node)] = told.get(id(node), 0.0) + line.weight
            node = node.parent
    for line in telling:
        box = line.node
        if box.size >= _SMALL:
            continue  # a line among others in the text itself
        while (
            box.parent is not None and box.parent.size < _SMALL and box.parent not in filter_.region.parts
            and not box.parent.make & Make.BODY and box.parent.tag not in ("article", "main", "body")
            and told.get(id(box.parent), 0.0) * 2 >= box.parent.weight
        ):  # fmt: skip
            box = box.parent
        cards.soften(box, "sign-up")
        _mark_down(box)


def _mark_down(box: Node) -> None:
    stack = [box]
    while stack:
        node = stack.pop()
        node.marked = node.marked or box
        stack.extend(node.children)


def _without_repeats(kept: list[Kept], filter_: Filter) -> list[Kept]:
    """No line twice (mobile twins), no pull quote that repeats a paragraph.

    A paragraph said again beside itself, in an element made alike, is no twin but what the reader sees.
    """
    paragraphs = [one.text for one in kept if one.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)]
    whole = "\n".join(paragraphs)
    seen: dict[str, Node] = {}
    out: list[Kept] = []
    for one in kept:
        key = one.text.casefold()
        if len(key) > 30 and key in seen and not _is_beside(seen[key], one.line.node):
            filter_.dropped.append(DroppedLine(one.text, "repeat"))
            continue
        seen[key] = one.line.node
        if one.kind is BlockKind.QUOTE and len(one.text) > 20 and one.text.strip("\"“”'‘’«»„ ") in whole:
            filter_.dropped.append(DroppedLine(one.text, "pull-quote"))
            continue
        out.append(one)
    return out


def _without_ends(kept: list[Kept], filter_: Filter) -> list[Kept]:
    """No appeal for the outlet's own services at the end, and not who wrote it as the first or last paragraph."""
    told = [number for number, one in enumerate(kept) if one.kind is not BlockKind.CAPTION]
    if len(told) < _SEVERAL:
        last = kept[told[-1]] if len(told) > 1 else None
        if last is not None and last.text.startswith(("(", "（")) and is_signature(last.text):
            filter_.dropped.append(DroppedLine(last.text, "byline"))
            return [one for one in kept if one is not last]
        return kept
    gone: dict[int, str] = {}
    for number in told[-2:]:
        if kept[number].kind is BlockKind.PARAGRAPH and is_pitch(kept[number].text):
            gone[number] = "pitch"
    left = [number for number in told if number not in gone]
    for number in (left[0], left[-1]):
        if kept[number].kind is BlockKind.PARAGRAPH and is_signature(kept[number].text):
            gone[number] = "byline"
    for number in left[:2]:
        if kept[number].kind is BlockKind.PARAGRAPH and filter_.is_signed(kept[number].text):
            gone[number] = "byline"
    filter_.dropped.extend(DroppedLine(kept[number].text, rule) for number, rule in gone.items())
    return [one for number, one in enumerate(kept) if number not in gone]


_SEVERAL = 4


def _is_beside(first: Node, second: Node) -> bool:
    """Whether two boxes of one make stand side by side, or in two such boxes with more text in each."""
    if first.tag != second.tag or first.names != second.names or first.parent is None or second.parent is None:
        return False
    if first.parent is second.parent:
        return True
    one, two = first.parent, second.parent
    return (
        first.tag == "p" and one.parent is two.parent and one.tag == two.tag and one.names == two.names
        and one.weight > 1.5 * first.size
    )  # fmt: skip


def _raise_bold(kept: list[Kept]) -> None:
    """A short paragraph all in bold, or called so, between paragraphs that are not is a sub-heading; two are none."""
    bold = [_is_bold_title(one) for one in kept]
    if not any(bold):
        return
    first = next((n for n, one in enumerate(kept) if one.kind is BlockKind.PARAGRAPH and one.line.weight), len(kept))
    for number in range(first + 1, len(kept) - 1):
        after = kept[number + 1]
        if (
            bold[number]
            and not bold[number - 1]
            and not bold[number + 1]
            and after.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.QUOTE)
            and after.line.bold * 2 < len(after.line.text)
        ):
            kept[number].kind = BlockKind.HEADING


def _is_bold_title(one: Kept) -> bool:
    line = one.line
    return (
        one.kind is BlockKind.PARAGRAPH
        and line.size <= _TITLE
        and (line.bold * 20 >= len(line.text) * 19 or bool(_BETWEEN.search(line.node.names)))
        and line.link * 2 < len(line.text)
        and (not line.text.endswith(END_MARKS) or (line.text.endswith(("?", "!", ")", "”", '"')) and line.size <= 40))
    )


# What newsrooms call a line between paragraphs, where it is no heading by its tag.
_BETWEEN = re.compile(
    r"cross-?head|inter-?(?:line|title|titre|titel)|zwischen-?(?:titel|zeile|ueberschrift)|sub-?head|ladillo|"
    r"intertitulo|mell[ao][nm]-?(?:rubrik|tittel)|mellemrubrik|tussenkop|v[aä]liotsikko",
    re.IGNORECASE,
)


def _heads_nothing(node: Node, region: Region, holders: set[int]) -> bool:
    """Whether the box around a heading had more text, and none of it stayed."""
    box = node.parent
    return box is not None and box not in region.parts and id(box) not in holders and box.size > node.size + 10


def _is_told(heading: Kept) -> bool:
    """Whether a heading is a sentence of a list ("17 reasons to ..."), and says what it has to say itself."""
    return heading.line.size >= _SENTENCE and heading.text[-1] in ".。"


_SENTENCE = 40


def _without_bare_headings(kept: list[Kept], filter_: Filter, *, last: bool) -> list[Kept]:
    """A heading with no text under it, or alone in its box, heads something that was taken out."""
    holders: set[int] = set()
    for one in kept:
        if one.kind is not BlockKind.HEADING:
            node: Node | None = one.line.node
            while node is not None and id(node) not in holders:
                holders.add(id(node))
                node = node.parent
    out: list[Kept] = []
    for one in reversed(kept):
        bare = (last and not any(o.kind is not BlockKind.CAPTION for o in out)) or (
            bool(out) and out[-1].kind is BlockKind.HEADING and out[-1].line.heading <= one.line.heading
        )
        bare = bare or (one.kind is BlockKind.HEADING and _heads_nothing(one.line.node, filter_.region, holders))
        if one.kind is BlockKind.HEADING and bare and not _is_told(one):
            filter_.dropped.append(DroppedLine(one.text, "bare-heading"))
            continue
        out.append(one)
    out.reverse()
    return out
