"""One pass over the tree: block elements become Nodes, runs of text between block boundaries become Lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from bot.extract.clean import clean
from bot.extract.makes import Make, make_of

INLINE = frozenset(
    "a abbr acronym b bdi bdo big blink cite code data del dfn em font i ins kbd label mark nobr q s samp small span "
    "strike strong sub sup time tt u var wbr ruby rb rt rp rtc output img picture source track input svg math "
    "meta link bsp-link gu-link person org location chron money num".split()
)
NEVER = frozenset(
    "script style noscript template iframe svg math select option optgroup datalist button input textarea object "
    "embed applet video audio canvas map area meter progress link meta title head base dialog nav "
    "amp-ad amp-embed amp-analytics amp-iframe amp-consent amp-sidebar amp-social-share".split()
)
_NAMED = frozenset(
    "class id role itemprop hidden style aria-hidden data-testid data-component data-component-name".split()
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_PICTURES = frozenset("img picture amp-img".split())
_BOLD = frozenset("b strong".split())
# Of the tags inside a line these alone tell something; by far the most are spans.
_QUIET = INLINE - _PICTURES - _BOLD - {"a", "time"}
_COUNTED = Make.QUOTE | Make.CAPTION
_COUNTED_TAGS = frozenset([*_HEADINGS, "li", "blockquote", "figure", "figcaption"])
_SOFT_ROLES = frozenset(
    "navigation banner contentinfo search menu menubar toolbar dialog alertdialog tablist complementary alert status "
    "log marquee timer progressbar link button".split()
)


@dataclass(slots=True, eq=False)
class Node:
    """A block element. ``weight``: paragraph weight below it; ``marked``: the nearest marked node, itself included.

    ``size`` and ``link`` sum up the text below it and the linked part of it, ``images``, ``headings`` and
    ``captions`` count.
    """

    element: etree._Element
    tag: str
    parent: Node | None
    make: int
    names: str
    marked: Node | None = None
    weight: float = 0.0
    size: int = 0
    link: int = 0
    images: int = 0
    headings: int = 0
    captions: int = 0
    order: int = 0
    kept: bool = False
    why: str = ""
    children: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Line:
    """A run of text with no block boundary inside. ``size`` counts characters, those of wide scripts thrice.

    ``prose``: no caption, though it stands beside a picture (``cards.spare_prose``).
    """

    text: str
    node: Node
    tag: str
    link: int
    bold: int
    timed: int
    size: int
    weight: float
    heading: int = 0
    in_list: bool = False
    in_quote: bool = False
    in_caption: bool = False
    in_row: bool = False
    part: int = 0
    prose: bool = False


@dataclass(slots=True)
class Walked:
    """A walked page: lines in reading order, every block node, the nodes of headings of the first level."""

    root: Node
    lines: list[Line]
    nodes: list[Node]
    h1s: list[Line]

    def let_go(self) -> None:
        """Cut the circles among the nodes, when reading is over.

        Else the whole tree of the page, some megabytes, lives until the collector comes by: a hundred pages later.
        """
        for node in self.nodes:
            node.parent = node.marked = None


def nearest_marked(node: Node, parent: Node | None) -> Node | None:
    """The marked node a node stands in: the nearest, unless a further one is marked beyond doubt."""
    above = parent.marked if parent is not None else None
    if not node.make & Make.SOFT or (above is not None and above.make & ~node.make & Make.STRONG):
        return above
    return node


def is_under(node: Node | None, box: Node) -> bool:
    """Whether ``node`` is ``box`` or stands inside it."""
    while node is not None:
        if node is box:
            return True
        node = node.parent
    return False


def up(node: Node | None, levels: int) -> Iterator[Node]:
    """``node`` and what stands around it, ``levels`` boxes at most."""
    while node is not None and levels:
        yield node
        node = node.parent
        levels -= 1


def nearest(node: Node | None, tag: str) -> Node | None:
    """``node`` or the nearest box around it that is of this tag."""
    while node is not None and node.tag != tag:
        node = node.parent
    return node


def size_of(text: str) -> int:
    """Length for comparisons across scripts: a character of a wide script says about as much as three letters."""
    return len(text) if text.isascii() else len(text) + 2 * len(_WIDE.findall(text))


class _Walk:
    def __init__(self, root: etree._Element) -> None:
        self.root = Node(root, str(root.tag), None, Make.NONE, "")
        self.node = self.root
        self.nodes = [self.root]
        self.lines: list[Line] = []
        self.h1s: list[Line] = []
        self.buffer: list[str] = []
        self.links: list[bool] = []
        self.link = self.bold = self.time = self.row = 0
        self.heading = self.list = self.quote = self.caption = 0
        self.in_link = self.in_bold = self.in_time = 0
        self.breaks = 0
        self.part = 0

    def text(self, text: str) -> None:
        if text.isspace():
            if self.buffer:  # a line does not begin with spaces; most texts are the gaps between blocks
                self.buffer.append(" ")
            return
        self.breaks = 0
        self.buffer.append(text)
        length = len(text)
        if self.link:
            self.in_link += length
        if self.bold:
            self.in_bold += length
        if self.time:
            self.in_time += length

    def flush(self) -> None:
        if not self.buffer:
            return
        text = clean("".join(self.buffer))
        self.buffer.clear()
        if text:
            self.lines.append(self.line(text))
        self.in_link = self.in_bold = self.in_time = 0

    def line(self, text: str) -> Line:
        node = self.node
        size, length = size_of(text), len(text)
        link = min(self.in_link, length)
        weight = 0.0
        if not self.heading and not self.caption and size >= 40 and link * 2 < length:
            weight = min(size, 500) * (0.5 if self.list else 1.0 if node.tag == "p" else 0.8)
        node.size += size
        node.link += link * size // length
        if self.heading:
            node.headings += 1
        if self.caption:
            node.captions += 1
        line = Line(
            text, node, node.tag, link, min(self.in_bold, length), min(self.in_time, length), size, weight,
            self.heading, self.list > 0, self.quote > 0, self.caption > 0, self.row > 0, self.part,
        )  # fmt: skip
        self.part += 1
        if self.heading == 1:
            self.h1s.append(line)
        return line

    def sum_up(self) -> None:
        """Add what each node holds to the nodes around it; children come after their parents in ``nodes``."""
        for node in reversed(self.nodes):
            above = node.parent
            if above is not None and node.size:
                above.size += node.size
                above.link += node.link
                above.headings += node.headings
                above.captions += node.captions

    def block(self, element: etree._Element, tag: str) -> None:
        """Enter a block element."""
        if self.buffer:
            self.flush()
        names, role, make = "", "", Make.NONE
        for key, value in _attributes(element):
            if key == "class" or (key == "id" and tag not in _SPOKEN):
                names += " " + value
            elif key not in _NAMED:
                continue
            elif key == "role":
                role = value
            elif key == "itemprop":
                make |= _ITEMPROPS.get(value, Make.NONE)
            elif key == "hidden" or (key == "aria-hidden" and value == "true" and tag not in _SPOKEN):
                make |= Make.HIDDEN | Make.SOFT
            elif key == "style":
                if _HIDDEN_STYLE.search(value):
                    make |= Make.HIDDEN | Make.SOFT
            elif key.startswith("data-"):
                names += " " + value
        if names:
            make |= make_of(names)
        if role in _SOFT_ROLES:
            make |= Make.SOFT
        if tag in _SAYING:
            make = _by_tag(tag, make)
        parent = self.node
        node = Node(element, tag, parent, make, names)
        if parent.marked is None:
            node.marked = node if make & Make.SOFT else None
        else:
            node.marked = nearest_marked(node, parent)
        parent.children.append(node)
        self.nodes.append(node)
        self.node = node
        self.part = 0
        if make & _COUNTED or tag in _COUNTED_TAGS:
            self.count(node, 1)

    def count(self, node: Node, step: int) -> None:
        """Note that a heading, list item, quotation or caption begins (``step`` 1) or ends (-1)."""
        tag, make = node.tag, node.make
        level = _HEADINGS.get(tag)
        if level and step < 0:
            self.heading = 0
        elif level and not _holds_text(node.element):
            self.heading = level
        elif tag == "li":
            self.list += step
        elif tag == "blockquote" or make & Make.QUOTE:
            self.quote += step
        if tag in ("figcaption", "figure") or make & Make.CAPTION:
            self.caption += step

    def leave(self, element: etree._Element) -> None:
        if self.buffer:
            self.flush()
        node = self.node
        if node.element is not element or node.parent is None:
            return
        if node.make & _COUNTED or node.tag in _COUNTED_TAGS:
            self.count(node, -1)
        self.node = node.parent

    def run(self) -> Walked:
        first = self.root.element
        walk = etree.iterwalk(first, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if tag in NEVER and element is not first and not _holds_story(element, tag):
                    if tag not in INLINE:
                        self.flush()
                    walk.skip_subtree()
                    continue
                if tag not in _QUIET:
                    self.start(element, tag)
                text = element.text
                if text:
                    self.text(text)
            elif element is not first:
                if tag not in _QUIET:
                    self.end(element, tag)
                text = element.tail
                if text:
                    self.text(text)
        self.flush()
        _weigh_headings(self.lines)
        self.sum_up()
        return Walked(self.root, self.lines, self.nodes, self.h1s)

    def start(self, element: etree._Element, tag: str) -> None:
        if tag in _PICTURES:
            above: Node | None = self.node if not self.link else None
            for _ in range(5):
                if above is None:
                    break
                above.images += 1
                above = above.parent
            if tag in INLINE:
                return
        if tag == "br":
            self.breaks += 1
            if self.breaks >= 2:
                self.flush()
            self.buffer.append("\n")
        elif tag in INLINE:
            if tag == "a":
                self.links.append(_leads_away(element))
                self.link += self.links[-1]
            elif tag == "time":
                self.time += 1
            elif tag in _BOLD:
                self.bold += 1
        elif self.heading:
            self.buffer.append(" ")
        elif self.row:
            if tag == "tr":
                self.flush()
            else:
                self.buffer.append(" ")
            if tag == "table":
                self.row += 1
        elif element is not self.root.element:
            self.block(element, tag)
            if tag == "table" and _is_data(element):
                self.row += 1

    def end(self, element: etree._Element, tag: str) -> None:
        if tag == "br":
            return
        if tag == "table" and self.row:
            self.row -= 1
            self.flush()
            if self.row == 0:
                self.leave(element)
            return
        if tag in INLINE:
            if tag == "a":
                self.link -= self.links.pop()
            elif tag == "time":
                self.time -= 1
            elif tag in _BOLD:
                self.bold -= 1
        elif self.heading and element is not self.node.element:
            self.buffer.append(" ")
        elif self.row:
            if tag == "tr":
                self.flush()
        elif tag not in NEVER or tag in ("nav", "button"):
            self.leave(element)


def _holds_text(heading: etree._Element) -> bool:
    """Whether a heading left open holds the paragraphs of a story."""
    if not len(heading):
        return False
    paragraphs = [len(_text_of(one)) for one in heading.iter("p")]
    return len(paragraphs) > 1 and sum(paragraphs) > _LONG_HEADING


_LONG_HEADING = 300


def _holds_story(element: etree._Element, tag: str) -> bool:
    """Whether a part that never holds text does: a menu that was left open, a picture that opens large when pressed."""
    if tag == "button":
        return next(element.iter("figcaption"), None) is not None
    return tag == "nav" and _swallowed(element)


def _swallowed(nav: etree._Element) -> bool:
    """Whether a menu holds the story: one box left open in it, and the parser puts all that follows inside."""
    return next(nav.iter("main", "article"), None) is not None


_IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


def _attributes(element: etree._Element) -> list[tuple[str, str]]:
    return element.items()  # type: ignore[return-value]  # text for HTML trees, bytes never


def _text_of(element: etree._Element) -> str:
    return "".join(element.itertext())  # type: ignore[arg-type]  # the same


def _leads_away(link: etree._Element) -> bool:
    """A link to another page; anchors inside the page link nothing."""
    href = link.get("href") or ""
    return bool(href) and not href.startswith("#") and not href.lower().endswith(_IMAGES)


_ITEMPROPS = {
    "articleBody": Make.BODY, "text": Make.BODY, "author": Make.BYLINE, "description": Make.STANDFIRST,
    "caption": Make.CAPTION, "alternativeHeadline": Make.STANDFIRST, "commentCount": Make.SOFT, "comment": Make.SOFT,
}  # fmt: skip
_WHOLE = frozenset(
    "html body article main figure figcaption picture tr td th tbody thead table p blockquote ul ol li".split()
)


_SAYING = frozenset([*"footer form menu aside article main body html figure figcaption".split(), *_HEADINGS])
# Ids of headings and paragraphs are made from their words, and say nothing about purpose.
_SPOKEN = frozenset("h1 h2 h3 h4 h5 h6 p li".split())


def _by_tag(tag: str, make: int) -> int:
    if tag in ("footer", "form", "menu", "aside"):
        return make | Make.SOFT
    if tag in ("article", "main", "body", "html"):
        return make & ~(Make.SOFT | Make.STRONG | Make.WEAK | Make.CAPTION) if not make & Make.HIDDEN else make
    if tag in ("figure", "figcaption") and not make & (Make.STRONG | Make.HIDDEN):
        return make & ~Make.SOFT
    if tag in _HEADINGS and not make & (Make.STRONG | Make.HIDDEN):
        return make & ~Make.SOFT
    return make


def _is_data(table: etree._Element) -> bool:
    """A table of figures, not one that lays out a page: no tables or paragraphs inside, two columns, short cells."""
    cells = 0
    rows = 0
    for below in table.iter("tr", "td", "th", "table", "p", "div", "h1", "h2", "h3", "ul", "article"):
        if below.tag == "tr":
            rows += 1
        elif below.tag in ("td", "th"):
            cells += 1
        elif below.tag in ("p", "div", "ul"):
            if len(_text_of(below)) > 200:
                return False
        elif below is not table:
            return False
    return rows >= 1 and cells >= 2 * rows


def _weigh_headings(lines: list[Line]) -> None:
    """Where the sentences of a list ("17 ways to ...") are set as headings, they weigh as text."""
    told = [
        line for line in lines
        if line.heading > 1 and line.size >= 100 and line.link * 2 < len(line.text) and line.text[-1] in ".!?。"
    ]  # fmt: skip
    if len(told) >= _TOLD:
        for line in told:
            line.weight = min(line.size, 500) * 0.5


_TOLD = 3


def walk(root: etree._Element) -> Walked:
    """Walk the body of a page."""
    body = root.find("body") if root.tag == "html" else None
    return _Walk(root if body is None else body).run()
