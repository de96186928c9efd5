"""Furniture by its shape: link lists, cards (a heading that is a link), sign-up boxes. Names do not matter here."""

from __future__ import annotations

from bot.extract.makes import Make
from bot.extract.walk import Line, Node, Walked

_CARD = 700
_BOX = 500
_LISTS = frozenset("ul ol dl".split())


def mark(walked: Walked) -> None:
    """Mark the nodes that have the shape of furniture; ``why`` says which."""
    whole = walked.root.weight or walked.root.size or 1
    for node in walked.nodes:
        make = node.make
        if make & Make.WEAK and not make & Make.SOFT and node.tag != "p" and node.link * 5 >= node.size * 2 and node.size:
            soften(node, "names+links")
        elif node.tag in _LISTS and node.size < 4_000 and node.link * 5 >= node.size * 3 and node.size:
            soften(node, "link-list")
        elif node.tag == "form":
            soften(_climb(node, _BOX, whole), "form")
        elif node.tag == "a" or (node.tag == "article" and _inside_article(node) and node.size < _CARD and node.link):
            soften(node, "card")
    for line in walked.lines:
        if line.heading > 1 and line.link * 5 >= len(line.text) * 4:
            soften(_climb(line.node, _CARD, whole), "card")


def soften(node: Node, why: str) -> None:
    """Mark a node as furniture, unless it already is for another reason."""
    node.make |= Make.SOFT
    node.why = node.why or why


def _climb(node: Node, limit: int, whole: float) -> Node:
    """The largest box around the node that still is small: no region of a story, no more than three headings."""
    while (
        node.parent is not None
        and node.parent.parent is not None
        and node.parent.size <= limit
        and node.parent.headings <= 2
        and node.parent.tag not in ("body", "main", "article", "html")
        and not node.parent.make & Make.BODY
    ):
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
    if line.heading or line.in_row:
        return False
    node: Node | None = line.node
    for _ in range(3):
        if node is None or node.size > 450 or node.headings or node.tag in ("li", "ul", "ol", "article", "body", "main"):
            return False
        if node.images:
            return True
        node = node.parent
    return False
