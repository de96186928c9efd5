"""Where on a page the story is: the smallest part of the tree that holds its paragraphs, without the furniture.

Links, cards and lists weigh nothing, so the region is found by running text alone. The steps and thresholds (35 %
of the paragraph weight for the ancestor of the headline, 62 % for stepping down, a third for overruling a furniture
name, 45 % for giving up pruning) are those that did best on real pages of some 150 publishers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.extract import after, cards, strays
from bot.extract.makes import Make
from bot.extract.walk import Line, Node, Walked, nearest, nearest_marked

_OF_HEADLINE = 0.35
_STEP_DOWN = 0.62
_NAMED_BODY = 0.55
_THIRD = 1 / 3
_HALF = 0.5
_KEPT = 0.55
_COMMENT = re.compile(r"comment|kommentar|comentario|reactie|reply|replies|discussion", re.IGNORECASE)
_TENTH = 0.1
_TRIES = 3
_NEAR = 60
_SOME = 250.0
_NOTHING = 100.0
_MUCH = 400.0
_OF_OTHER = (0.3, 0.15)
_PROSE = 0.8


@dataclass(frozen=True, slots=True)
class Region:
    """``parts``: the top nodes of the story, in page order. ``pruned``: whether furniture names were believed."""

    parts: tuple[Node, ...]
    pruned: bool
    weight: float

    def holds(self, node: Node | None) -> bool:
        """Whether the node is one of the parts or below one."""
        parts = self.parts
        while node is not None:
            if node in parts:
                return True
            node = node.parent
        return False


def find(walked: Walked, headline: Line | None) -> Region:
    """The region of a walked page. Unmarks furniture-named nodes that hold too much of the text to be furniture."""
    _overrule(walked, headline)
    everything = _weigh(walked, pruned=False)
    kept = _weigh(walked, pruned=True)
    pruned = kept >= _KEPT * everything or kept >= 3_000
    if not pruned and kept:
        small_print = sum(
            line.weight for line in walked.lines if line.node.marked is not None and nearest(line.node, "footer")
        )
        pruned = kept >= _KEPT * (everything - max(small_print, _spoken(walked)))
    if not kept and headline is not None and everything < _SOME:
        # A recipe, questions and answers, a table: no running text but the site's own small print.
        pruned = True
    if not kept and sum(line.weight for line in walked.lines if not nearest(line.node, "footer")) < _NOTHING:
        pruned = True
    if not pruned:
        _weigh(walked, pruned=False)
    found = _placed(walked, headline, pruned=pruned)
    for _ in range(_TRIES):
        if headline is None or not _passes_over(walked, headline, found):
            break
        for part in found.parts:
            _condemn(part)
        _weigh(walked, pruned=pruned)
        found = _placed(walked, headline, pruned=pruned)
    cards.spare_prose(walked, found.parts)
    return found


def _placed(walked: Walked, headline: Line | None, *, pruned: bool) -> Region:
    """The region by the weights that are there."""
    start = _start(walked, headline)
    part = _named_body(walked.nodes, start) or _step_down(start)
    if not walked.root.weight and headline is not None:
        part = _around(headline.node)
    parts = _same_make(part)
    parts = (*parts, *_beside(walked, parts, start, pruned))
    return Region(parts, pruned, part.weight)


def _passes_over(walked: Walked, headline: Line, found: Region) -> bool:
    """Whether the region leaves out running text that stands between it and the headline, and is no body by its names.

    Such a region is readers' comments, a rail or rules of a forum that outweigh a short story. A region above the
    headline is none where text follows the headline. The body of a story is nearly all running text; of the others
    a fifth or more is names, dates and links.
    """
    if any(node.make & Make.BODY or node.tag == "article" for part in found.parts for node in _chain(part)[:3]):
        return False
    lines = walked.lines
    start = lines.index(headline)
    inside = [number for number, line in enumerate(lines) if line.weight and found.holds(line.node)]
    if not inside or inside[0] <= start <= inside[-1] or found.holds(headline.node):
        return False
    above = inside[-1] < start
    stop = len(lines) if above else inside[0]
    near = [
        line for line in lines[start + 1 : min(stop, start + _NEAR)]
        if line.weight and (line.node.marked is None or not (found.pruned or line.node.marked.make & Make.STRONG))
    ]  # fmt: skip
    weight = sum(line.weight for line in near)
    own = sum(part.weight for part in found.parts)
    if above:
        return weight >= max(_SOME, _OF_OTHER[0] * own)
    size = sum(part.size for part in found.parts)
    return weight >= max(_MUCH, _OF_OTHER[1] * own) and len(near) >= 2 and own < _PROSE * size


def _condemn(part: Node) -> None:
    part.make |= Make.STRONG
    cards.soften(part, "passed-over")
    stack = [part]
    while stack:
        node = stack.pop()
        node.marked = part
        stack.extend(node.children)


def _weigh(walked: Walked, *, pruned: bool) -> float:
    for one in walked.nodes:
        one.weight = 0.0
    total = 0.0
    for line in walked.lines:
        if not line.weight or (line.node.marked is not None and (pruned or line.node.marked.make & Make.STRONG)):
            continue
        total += line.weight
        node: Node | None = line.node
        while node is not None:
            node.weight += line.weight
            node = node.parent
    return total


def _spoken(walked: Walked) -> float:
    """The weight of readers' comments, which may be many times a story's and say nothing of how it is built."""
    return sum(
        line.weight
        for line in walked.lines
        if line.weight
        and line.node.marked is not None
        and not line.node.marked.make & Make.STRONG
        and _COMMENT.search(line.node.marked.names)
    )


def _overrule(walked: Walked, headline: Line | None) -> None:
    """Mark furniture by shape, then believe no name or shape on a node that holds over a third of the text.

    A footer stays one, however little the page holds besides, unless the headline stands in it.
    """
    total = _weigh(walked, pruned=False)
    cards.mark(walked)
    strays.mark(walked, headline)
    after.mark(walked, headline)
    around = set(map(id, _chain(headline.node))) if headline is not None else set()
    below = _shown_below(walked, headline)
    for node in walked.nodes:
        if node.weight > total * _THIRD and _is_dialog(node) and id(node) not in around and below >= _SOME:
            # However much a dialog nobody has opened holds, where text is shown under the headline.
            node.make |= Make.STRONG
        if node.make & Make.STRONG and id(node) in around and node.size > _HALF * walked.root.size and not node.why:
            # No list of related stories and no comments hold the headline and most of the text of a page.
            # Weights say nothing here: what is named so beyond doubt has none.
            node.make &= ~(Make.STRONG | Make.SOFT)
        if (
            node.make & Make.SOFT
            and not node.make & Make.STRONG
            and node.weight > total * _THIRD
            and (id(node) in around or not (node.tag == "footer" or "footer" in node.names.lower()))
        ):
            node.make &= ~Make.SOFT
        if node.parent is None or node.parent.marked is None:
            node.marked = node if node.make & Make.SOFT else None
        else:
            node.marked = nearest_marked(node, node.parent)


def _is_dialog(node: Node) -> bool:
    return bool(node.make & Make.HIDDEN) and (
        node.element.get("role") in ("dialog", "alertdialog") or _DIALOG.search(node.names) is not None
    )


_DIALOG = re.compile(r"modal|dialog|popup|lightbox|consent|cookie", re.IGNORECASE)


def _shown_below(walked: Walked, headline: Line | None) -> float:
    """The weight of what is shown soon after the headline: no furniture by its names, and nothing hidden."""
    if headline is None:
        return 0.0
    at = walked.lines.index(headline)
    soft = Make.SOFT | Make.STRONG | Make.HIDDEN
    return sum(
        line.weight
        for line in walked.lines[at + 1 : at + 40]
        if line.weight and line.link * 2 < len(line.text) and not any(node.make & soft for node in _chain(line.node))
    )


def _start(walked: Walked, headline: Line | None) -> Node:
    if headline is None:
        return walked.root
    node: Node | None = headline.node
    while node is not None and node.weight < _OF_HEADLINE * walked.root.weight:
        node = node.parent
    return node or walked.root


def _around(node: Node) -> Node:
    """The article or named body around a headline, for pages with no running text at all."""
    above: Node | None = node
    while above is not None and above.tag not in ("article", "main") and not above.make & Make.BODY:
        above = above.parent
    return above or node.parent or node


def _named_body(nodes: Iterable[Node], start: Node) -> Node | None:
    best: Node | None = None
    around = set(map(id, _chain(start.parent)))
    for node in nodes:
        if not node.make & Make.BODY or node.weight < _NAMED_BODY * start.weight or not node.weight:
            continue
        if id(node) in around:
            continue
        if best is None or node.weight >= 0.9 * best.weight:
            best = node
    return best


def _step_down(node: Node) -> Node:
    while node.weight:
        heavy = max(node.children, key=lambda child: child.weight, default=None)
        if (
            heavy is None
            or heavy.weight < _STEP_DOWN * node.weight
            or heavy.tag in ("p", "li", "blockquote", "ul", "ol")
        ):
            return node
        node = heavy
    return node


def _beside(walked: Walked, parts: tuple[Node, ...], start: Node, pruned: bool) -> list[Node]:
    """Paragraphs made like the region's that stand beside it: the rest of a story split over several boxes.

    Taken are the children of the region's ancestors (up to the headline's) whose running text is made like the
    region's, where together they weigh a tenth of it.
    """
    inside = [line for line in walked.lines if line.weight and any(part in _chain(line.node) for part in parts)]
    shapes: dict[tuple[str, str], float] = {}
    for line in inside:
        key = (line.tag, stable(line.node.names))
        shapes[key] = shapes.get(key, 0.0) + line.weight
    usual = {shape for shape, weight in shapes.items() if weight >= 0.25 * parts[0].weight}
    alike: dict[int, float] = {}
    for line in walked.lines:
        if not line.weight or (line.node.marked is not None and pruned):
            continue
        shape = (line.tag, stable(line.node.names))
        plain = (line.in_list or line.in_quote) and (not shape[1] or shape in shapes)
        if plain or shape in usual:
            for node in _chain(line.node):
                alike[id(node)] = alike.get(id(node), 0.0) + line.weight
    found: list[Node] = []
    covered = set(map(id, _chain(parts[0])))
    node = parts[0]
    # A headline may stand in the first of several boxes; there only paragraphs with names of their own tell the rest.
    limit = (nearest(start, "article") if all(names for _, names in usual) else None) or start
    while node is not limit and node.parent is not None and node.parent.tag not in ("body", "html"):
        below, node = node, node.parent
        gain = node.weight - below.weight
        gained = alike.get(id(node), 0.0) - alike.get(id(below), 0.0)
        if gain >= _TENTH * parts[0].weight and gained >= 0.9 * gain and node.link * 5 < node.size:
            return [node]
        for child in node.children:
            if id(child) in covered or child in parts or child.marked is not None or not child.weight:
                continue
            same = alike.get(id(child), 0.0) >= 0.8 * child.weight or _is_twin(child, below)
            if same and child.link * 4 < child.size:
                found.append(child)
    lines = sum(1 for line in walked.lines if line.weight and any(child in found for child in _chain(line.node)))
    if lines < 2 or sum(child.weight for child in found) < _TENTH * parts[0].weight:
        return []
    return found


def _is_twin(node: Node, other: Node) -> bool:
    """Whether two boxes side by side are made alike: sections of one text, unless one is a story of its own."""
    return (
        bool(other.names) and node.tag == other.tag and node.tag in ("div", "section")
        and stable(node.names) == stable(other.names) and node.weight * 10 >= node.size * 7
    )  # fmt: skip


def _chain(node: Node | None) -> list[Node]:
    out: list[Node] = []
    while node is not None:
        out.append(node)
        node = node.parent
    return out


def _same_make(part: Node) -> tuple[Node, ...]:
    if part.parent is None or part.tag in ("body", "html", "main"):
        return (part,)
    names = stable(part.names)
    twins = [
        node
        for node in part.parent.children
        if node is part
        or (node.tag == part.tag and node.weight and stable(node.names) == names and node.marked is None)
    ]
    return tuple(twins)


@lru_cache(maxsize=4_096)
def stable(names: str) -> str:
    """Class names without the parts that count or hash: two parts of one story may be ``part-1`` and ``part-2``.

    Names of columns stay: a wide and a narrow one side by side are the story and its rail.
    """
    return " ".join(
        name for name in names.split() if not any(letter.isdigit() for letter in name) or _COLUMN.match(name)
    )


_COLUMN = re.compile(r"(?:col|column|grid|span|large|medium|small|width)[-_]?\w{0,2}[-_]?\d{1,2}$", re.IGNORECASE)
