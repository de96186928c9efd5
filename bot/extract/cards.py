"""Furniture by its shape: link lists, cards (a heading that is a link), sign-up boxes. Names do not matter here."""

from __future__ import annotations

from bot.extract.makes import Make
from bot.extract.walk import Line, Node, Walked

_CARD = 700
_BOX = 500
_OF_TEXT = 0.2
_PITCH = 220
_IN_LINE = 100
_MUCH = 0.4
_LITTLE = 60.0
_STOPS = tuple(".!?…。！？।؟")
_LISTS = frozenset("ul ol dl".split())


def mark(walked: Walked) -> None:
    """Mark the nodes that have the shape of furniture; ``why`` says which. Paragraph weights must be there."""
    most = _OF_TEXT * walked.root.weight
    for node in walked.nodes:
        make = node.make
        if (
            make & Make.WEAK
            and not make & Make.SOFT
            and node.tag != "p"
            and node.link * 5 >= node.size * 2
            and node.size
        ):
            soften(node, "names+links")
        elif node.tag in _LISTS and node.size < 4_000 and node.link * 5 >= node.size * 3 and node.size:
            soften(node, "link-list")
        elif node.tag == "form":
            soften(_around_form(node, most), "form")
        elif node.tag == "article" and _inside_article(node) and node.size < _CARD and node.link:
            soften(node, "card")
    first = _first_prose(walked)
    for number, line in enumerate(walked.lines):
        if line.heading > 1 and line.link * 5 >= len(line.text) * 4:
            soften(_around_heading(line.node, number, first, most), "card")


def soften(node: Node, why: str) -> None:
    """Mark a node as furniture, unless it already is for another reason."""
    node.make |= Make.SOFT
    node.why = node.why or why


def _first_prose(walked: Walked) -> dict[int, int]:
    """Node (by identity) -> the number of the first line of running text below it."""
    first: dict[int, int] = {}
    for number, line in enumerate(walked.lines):
        if line.weight:
            node: Node | None = line.node
            while node is not None and id(node) not in first:
                first[id(node)] = number
                node = node.parent
    return first


def _is_box(node: Node, limit: int, most: float) -> bool:
    """Small enough for a box of furniture, and no part of the page's skeleton."""
    return (
        node.parent is not None
        and node.size <= limit
        and node.weight <= most
        and node.headings <= 2
        and node.tag not in ("body", "main", "article", "html")
        and not node.make & Make.BODY
    )


def _around_heading(node: Node, number: int, first: dict[int, int], most: float) -> Node:
    """A card: the linked heading and the excerpt below it; text above the heading or a second helping is none."""
    while node.parent is not None and _is_box(node.parent, _CARD, most):
        above = node.parent
        if first.get(id(above), number) < number or (node.weight and above.weight > node.weight):
            break
        node = above
    return node


def _around_form(node: Node, most: float) -> Node:
    """A sign-up box: the form and the heading and line above it."""
    while node.parent is not None and _is_box(node.parent, _BOX, most):
        gain = node.parent.weight - node.weight
        if gain and (node.weight or node.parent.headings == 0 or gain > _PITCH):
            break
        node = node.parent
    return node


def _inside_article(node: Node) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in ("article", "main") or above.make & Make.BODY:
            return True
        above = above.parent
    return False


def is_caption(line: Line) -> bool:
    """Words that belong to a picture: in a figure, in an element named a caption, or alone with a picture in a box."""
    if line.in_caption:
        return line.size <= 900 and not (line.in_quote and line.tag != "figcaption")
    return not line.prose and _beside_picture(line)


def _beside_picture(line: Line) -> bool:
    if line.heading or line.in_row or (line.tag == "p" and line.size > (_IN_LINE if line.node.images else 320)):
        return False
    node: Node | None = line.node
    for _ in range(3):
        if (
            node is None
            or node.size > 450
            or node.headings
            or node.tag in ("li", "ul", "ol", "article", "body", "main")
        ):
            return False
        if node.images:
            if line.text.endswith(_STOPS) and node.weight > 1.5 * max(line.weight, _LITTLE):
                return False  # a box with more sentences than this
            # A picture with a caption of its own needs no paragraph for another.
            return not (node.captions and line.tag == "p" and line.text.endswith(_STOPS))
        node = node.parent
    return False


def spare_prose(walked: Walked, parts: tuple[Node, ...]) -> None:
    """Where much of a story's text stands in boxes with pictures (the steps of a recipe), it is text, no captions."""
    inside = set(map(id, parts))
    beside: list[Line] = []
    rest = 0.0
    for line in walked.lines:
        if line.node.marked is not None or not _is_inside(line.node, inside):
            continue
        if _beside_picture(line):
            beside.append(line)
        elif not line.in_caption:
            rest += line.weight
    if sum(line.weight for line in beside) > _MUCH * rest:
        for line in beside:
            line.prose = True


def _is_inside(node: Node | None, parts: set[int]) -> bool:
    while node is not None:
        if id(node) in parts:
            return True
        node = node.parent
    return False
