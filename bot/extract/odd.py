"""Boxes in the text column that are made like nothing else in it.

The paragraphs of a story are made alike: a run of ``<p>`` side by side, or of boxes with the same names. What a site
puts between them while readers read (polls, counters, appeals, teasers, tickers) comes from other hands and is made
otherwise: a ``<div>``, ``<aside>`` or element of the site's own, once or twice in a column. That holds in any language
and without any class name. So a small box which is made like nothing else in its column is furniture, unless it is a
part every story may have: a list, quotation, picture, table, heading, note, standfirst.

Two kinds of furniture are set as parts of a story all the same:

- an aside: a paragraph that stands in italics or small print as a whole and ends in a link ("Order it here"), or
  opens with a label in bold and ends in a link instead of a stop;
- a quoted teaser: a quotation that opens with a linked title, as sites embed other stories.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from lxml import etree

from bot.core.compare import CompareConfig
from bot.core.findings.notes import note_type_of
from bot.core.text import fold_text
from bot.extract.makes import Make
from bot.extract.region import stable
from bot.extract.sieve import is_note
from bot.extract.walk import Line, Node, Walked, up

_PARTS = frozenset(
    "p h1 h2 h3 h4 h5 h6 ul ol dl li dt dd figure figcaption blockquote table tbody tr td th pre article main "
    "body".split()
)
_STORY = frozenset("figure figcaption blockquote table pre".split())
_OWN = Make.NOTE | Make.CAPTION | Make.QUOTE | Make.LIVE | Make.STANDFIRST | Make.BODY
_NO_COLUMN = frozenset("p li blockquote table tbody tr figure".split())
_BOX = 700
_SHARE = 0.3
_MUCH = 0.25
_COLUMN = 0.6
_RARE = 0.3
_LEAST = 3
_TITLE = 25
_SENTENCE = 50
_SURE = ("names", "description", "bold")
_WRAPPERS = frozenset("div section span".split())
_SET_OFF = frozenset("em i small cite".split())
_ASIDE = 300
_FEW = 2
_LEAVES = frozenset("p div".split())
_OFFER = 160
_CALL = 30
_LABEL = re.compile(r".{2,40}?[:：]\s")
_SEVERAL = 3
_CONFIG = CompareConfig()
_STOPS = tuple(".!?…。！？।؟")
_ENDS = (*_STOPS, *'"“”’»«)」』:：')


def mark(walked: Walked, stand: list[Line], *, told: str) -> bool:
    """Mark such boxes beyond doubt; whether there were any. Wants the region's lines marked as kept.

    ``stand``: the lines of the standfirst, and ``told`` why they were taken. Their box stays where the page itself
    speaks for them, or where it is one sentence or two and nothing beside them.
    """
    sure = told in _SURE
    standing = {id(line) for line in stand if sure or _is_plain(line)}
    inside: dict[int, list[Line]] = defaultdict(list)
    spared: set[int] = set()
    total = 0.0
    for line in walked.lines:
        if not line.node.kept:
            continue
        opens = not total and line.weight > 0 and line.tag == "p" and _is_plain(line)
        if line.node.marked is None:
            total += line.weight
        spare = is_note(line) or (sure and id(line) in standing)
        for node in up(line.node, 12):
            inside[id(node)].append(line)
            if spare or (opens and _wraps(node, line)):
                spared.add(id(node))
    columns: dict[tuple[str, ...], list[Node]] = defaultdict(list)
    for node in walked.nodes:
        if id(node) in inside and node.tag not in _NO_COLUMN:
            columns[_make(node)].append(node)
    found = False
    for alike in columns.values():
        kin = Counter(_key(child) for column in alike for child in column.children if id(child) in inside)
        boxes, usual = _odd(alike, inside)
        for box in boxes:
            held = inside[id(box)]
            if id(box) in spared or all(id(line) in standing for line in held):
                continue
            if sum(line.weight for line in held) <= _SHARE * total and _is_foreign(box, held, usual, kin[_key(box)]):
                found |= _condemn(box, held)
    for node, held in _set_as_parts(walked, inside):
        if not spared & {id(one) for one in (node, *node.children)}:
            found |= _condemn(node, held)
    return found


def _set_as_parts(walked: Walked, inside: dict[int, list[Line]]) -> list[tuple[Node, list[Line]]]:
    """Asides and quoted teasers; where they are many, this is how the site sets its text."""
    asides, teasers = [], []
    for node in walked.nodes:
        held = inside.get(id(node))
        if not held or node.marked is not None:
            continue
        line = held[0]
        if node.tag in _LEAVES and not node.children and len(held) == 1 and line.link and line.size <= _ASIDE:
            if _is_aside(node.element) or _is_offer(line):
                asides.append((node, held))
        elif node.tag == "blockquote" and len(held) > 1 and _is_link(line) and line.size >= _TITLE:
            teasers.append((node, held))
    return [*(asides if len(asides) <= _FEW else ()), *teasers]


def _is_offer(line: Line) -> bool:
    """A label in bold, what is offered, and a link, without the stop of a sentence: "Jobs near you: Welder Apply"."""
    return (
        line.bold > 0 and line.size <= _OFFER and line.link <= _CALL and not line.text.endswith(_ENDS)
        and _LABEL.match(line.text) is not None and _ends_in_link(line.node.element)
    )  # fmt: skip


def _is_aside(paragraph: etree._Element) -> bool:
    """Whether all words of a paragraph are set off, and a link is the last of them."""
    element = paragraph
    while len(element) and not (element.text or "").strip():
        parts = [one for one in element if isinstance(one.tag, str) and (one.tail or "").strip(" .!)") == ""]
        if len(parts) != len(element) or element.tag in _SET_OFF:
            break
        if len(parts) != 1:
            return False
        element = parts[0]
    return element.tag in _SET_OFF and _ends_in_link(element)


def _ends_in_link(element: etree._Element) -> bool:
    while len(element):
        element = element[-1]
        if (element.tail or "").strip(" .!)"):
            return False
        if element.tag == "a":
            return True
    return False


def _odd(columns: list[Node], inside: dict[int, list[Line]]) -> tuple[list[Node], frozenset[str]]:
    """The boxes in columns of one make that are made like no others, and the tags that are usual in them.

    None where nothing is usual.
    """
    weights: dict[tuple[str, str], float] = defaultdict(float)
    counts: Counter[tuple[str, str]] = Counter()
    prose: Counter[tuple[str, str]] = Counter()
    children = [child for column in columns for child in column.children if id(child) in inside]
    for child in children:
        key = _key(child)
        told = [line.weight for line in inside[id(child)] if line.weight and line.node.marked is None]
        weights[key] += sum(told)
        counts[key] += bool(told)
        prose[key] += len(told)
    whole = sum(weights.values())
    usual = {key for key, weight in weights.items() if prose[key] >= _LEAST and weight >= _MUCH * whole}
    if not whole or sum(weights[key] for key in usual) < _COLUMN * whole:
        return [], frozenset()
    paragraphs = sum(prose[key] for key in usual)
    boxes = [
        child for child in children
        if child.tag not in _PARTS and child.size <= _BOX and not child.make & _OWN
        and (key := _key(child)) not in usual and counts[key] * 2 <= paragraphs and weights[key] <= _RARE * whole
    ]  # fmt: skip
    return boxes, frozenset([*(tag for tag, _ in usual), *(child.tag for child in children if child.headings)])


def _wraps(node: Node, line: Line) -> bool:
    """Whether a node is a wrapper of one line and nothing else, as the opening of a story may have one of its own."""
    return node.size == line.size and next(node.element.iter("button", "input", "a", "img", "audio"), None) is None


def _is_plain(line: Line) -> bool:
    return not line.link and line.size >= _SENTENCE and line.text.endswith(_STOPS) and line.node.size == line.size


def _make(node: Node) -> tuple[str, ...]:
    """How a column is made: columns of one make, side by side, hold one story."""
    around = node.parent
    return (*_key(node), *(_key(around) if around is not None else ()))


def _key(node: Node) -> tuple[str, str]:
    """Tag and classes; an id names one element only."""
    return ("p", "") if node.tag == "p" else (node.tag, stable(node.element.get("class") or ""))


def _is_foreign(box: Node, lines: list[Line], usual: frozenset[str], alike: int) -> bool:
    """Whether a box holds more than a picture with its words, a heading, a quotation or the points of a story."""
    if _is_link(lines[-1]) and len(lines) > 1 and not box.images:
        return True
    if box.tag in _WRAPPERS and all(_is_paragraph(line, usual) for line in lines):
        # Paragraphs and nothing else, under a heading or not, are a part of the story in a box of its own.
        return box.size <= _ASIDE and not lines[-1].heading and _ends_in_link(lines[-1].node.element)
    stack = [box]
    while stack:
        node = stack.pop()
        if node.tag in _STORY or node.make & (Make.NOTE | Make.CAPTION | Make.QUOTE):
            return False
        stack.extend(node.children)
    if alike >= _SEVERAL and not box.link:
        return False
    if box.images:
        return any(_is_link(line) and line.size >= _TITLE for line in lines)
    return not all(line.heading for line in lines)


def _is_paragraph(line: Line, usual: frozenset[str]) -> bool:
    """Whether a line is a paragraph, or a sub-heading, as others in the column are."""
    if line.heading:
        return not line.link and (line.heading == 2 or line.tag in usual)
    tags = line.tag == "p" or (line.tag in usual and not line.node.children)
    return tags and line.weight > 0 and line.text.endswith(_ENDS)


def _is_link(line: Line) -> bool:
    return line.link * 10 >= len(line.text) * 9


def _condemn(box: Node, lines: list[Line]) -> bool:
    """Mark a box, unless one of its lines is a note by its words."""
    if any(line.link * 2 < len(line.text) and note_type_of(fold_text(line.text), _CONFIG)[0] for line in lines):
        return False
    box.make |= Make.SOFT | Make.STRONG
    box.why = box.why or "odd-box"
    stack = [box]
    while stack:
        node = stack.pop()
        node.marked = box
        stack.extend(node.children)
    return True
