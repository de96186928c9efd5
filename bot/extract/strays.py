"""Furniture inside the text column that gives nothing away by its names: told by the small box it stands in.

- ``controls``: a box with buttons, choices or a player beside its words: polls, podcast players, appeals for money,
  consent notices between the paragraphs.
- ``stores``: a box whose links lead to app stores, channels and messengers.
- ``headed``: a box that opens with a heading or label of furniture ("Comments (213)", "Advertisement", "Get our
  newsletter") and has a count in it or ends in a link.
- ``weather``: a short line with a temperature, outside paragraphs.
- ``contact``: a paragraph in italics or bold that gives a mail address to write to.
- ``author``: a box below the text that opens with a link to an author's page.
- ``next-story``: an article of its own below the text, with a heading of its own.

A box is a plain element of at most ``_BOX`` characters and an eighth of the page's text, so no rule can take a story.
What stands in paragraphs, quotations, figures and lists of the story is no box; three boxes made alike that hold
controls are how a site builds its paragraphs. Corrections pass all of this, as they pass every filter.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any

import re2
from lxml import etree

from bot.extract.cards import soften
from bot.extract.gate_voice import voice
from bot.extract.makes import Make
from bot.extract.phrases import FURNITURE, is_volatile
from bot.extract.pitch import is_offer, is_pitch
from bot.extract.walk import Line, Node, Walked, is_under

_BOX = 500
_SPEAKS = 0.6
"""Share of a box in which the site speaks of itself; of stories' paragraphs it is next to nothing."""
_EIGHTH = 0.125
_THIRD = 0.34
_SAID = 60
_LONG_HEADING = 60
_PLAIN = frozenset("div section aside nav".split())
_CONTROLS = ("button", "input", "select", "textarea", "audio", "video", "progress")
_SILENT = frozenset("hidden image reset".split())
_HOSTS = (
    "apps.apple.", "itunes.apple.", "play.google.", "appgallery.huawei.", "whatsapp.com/", "//wa.me/", "//t.me/",
    "//telegram.me/", "news.google.", "//apple.news", "flipboard.com", "open.spotify.", "podcasts.apple.",
    "podcasts.google.", "patreon.com", "paypal.", "//ko-fi.com", "buymeacoffee.com", "steadyhq.com",
)  # fmt: skip
_STORE_WORDS = ("App Store", "Google Play", "Play Store", "AppGallery")
_AUTHOR_PATHS = (
    "/author/", "/authors/", "/autor/", "/autoren/", "/autores/", "/autori/", "/auteur/", "/auteurs/", "/redaktion/",
    "/redakteure/", "/people/", "/profile/", "/profiles/", "/staff/", "/journalist/", "/journalists/", "/contributor/",
    "/contributors/", "/autore/", "/firmas/", "/columnist/", "/by/",
)  # fmt: skip
# RE2, for one pass over all addresses however many words are looked for.
_STORES: Any = re2.compile("|".join(map(re2.escape, _HOSTS)))
_AUTHORS: Any = re2.compile("|".join(map(re2.escape, _AUTHOR_PATHS)))
_MAIL: Any = re2.compile("(?i)mailto:")
_DEGREES = re.compile(r"^[-−]?\d{1,2}\s?°|[-−]?\d{1,2}\s?°\s?[CFС]?$")
_LEAST_BEFORE = 0.4
_NEXT = 4


def mark(walked: Walked, headline: Line | None) -> None:
    """Mark such boxes as furniture. Paragraph weights must be there."""
    page = _Page(walked, headline)
    page.controls()
    page.stores()
    page.headed()
    page.weather()
    page.contacts()
    if headline is not None:
        page.authors()
        page.next_story(headline)


class _Page:
    """A walked page, and what all rules ask of it: how much a box may hold, and which boxes are the story's head."""

    def __init__(self, walked: Walked, headline: Line | None) -> None:
        self.walked = walked
        self.most = _EIGHTH * walked.root.weight
        self._nodes: dict[int, Node] = {}
        self._links: list[etree._Element] | None = None
        self._hrefs = b""
        self._head: set[int] = set()
        self._heard: set[int] = set()
        for line in walked.lines:
            if line.weight:
                break
            if line is headline or line.heading == 1 or (line.heading and line.size >= _LONG_HEADING):
                _add_chain(line.node, self._head)

    def is_box(self, node: Node, most: float | None = None) -> bool:
        return (
            node.tag in _PLAIN
            and node.parent is not None
            and node.size <= _BOX
            and node.weight <= (self.most if most is None else most)
            and node.headings <= 2
            and not node.make & Make.BODY
            and id(node) not in self._head
        )

    def grown(self, node: Node) -> Node:
        """The box, or the one around it that holds hardly any more text."""
        while node.parent is not None and self.is_box(node.parent) and node.parent.weight == node.weight:
            node = node.parent
        return node

    def holder(self, element: etree._Element) -> Node | None:
        """The block an element stands in."""
        if not self._nodes:
            self._nodes = {id(node.element): node for node in self.walked.nodes}
        above = element.getparent()
        while above is not None:
            found = self._nodes.get(id(above))
            if found is not None:
                return found
            above = above.getparent()
        return None

    def _linking(self, wanted: Any) -> list[etree._Element]:
        """The links whose address holds one of these words."""
        if self._links is None:
            self._links, hrefs = [], []
            for element in self.walked.root.element.iter("a"):
                href = element.get("href")
                if href:
                    self._links.append(element)
                    hrefs.append(href if "\n" not in href else href.replace("\n", " "))
            self._hrefs = "\n".join(hrefs).encode()  # else RE2 would encode them for each question
        found: list[etree._Element] = []
        at = row = 0
        for match in wanted.finditer(self._hrefs):
            row, at = row + self._hrefs.count(b"\n", at, match.start()), match.start()
            if not found or found[-1] is not self._links[row]:
                found.append(self._links[row])
        return found

    def _named(self, words: tuple[str, ...]) -> list[Node]:
        """The blocks of short lines of links that hold one of these words."""
        return [
            line.node
            for line in self.walked.lines
            if line.link and line.size <= 80 and any(word in line.text for word in words)
        ]

    def controls(self) -> None:
        boxes: dict[int, Node] = {}
        for element in self.walked.root.element.iter(*_CONTROLS):
            node = self.holder(element)
            while node is not None and node.tag in ("li", "ul", "ol", "label", "fieldset", "form", "p"):
                if node.tag == "p" and node.weight:
                    break
                node = node.parent
            if node is None:
                continue
            if not node.size:
                if _is_control(element) and (speaking := self._speaking(node)) is not None:
                    soften(speaking, "controls")
            elif id(node) not in boxes and self.is_box(node) and _is_control(element) and not _quotes(node):
                boxes[id(node)] = node
        alike = Counter((node.tag, node.names) for node in boxes.values() if node.weight)
        for node in boxes.values():
            if alike[node.tag, node.names] < 3:
                soften(self.grown(node), "controls")

    def _speaking(self, node: Node) -> Node | None:
        """The box a row of buttons closes, where the site speaks in it to its visitor: asks for consent, or sells."""
        around: Node | None = node
        while around is not None and not around.size:
            around = around.parent
        if around is None or around.marked is not None or around.size < _SAID or id(around) in self._heard:
            return None
        self._heard.add(id(around))
        if not self.is_box(around, _THIRD * self.walked.root.weight):
            return None
        return around if voice("\n".join(map(str, around.element.itertext()))).share >= _SPEAKS else None

    def stores(self) -> None:
        for node in [*map(self.holder, self._linking(_STORES)), *self._named(_STORE_WORDS)]:
            if node is None or (node.tag not in _PLAIN and node.weight):
                continue  # in a sentence
            while node.parent is not None and node.tag not in _PLAIN:
                node = node.parent
            if not node.weight and node.parent is not None and self.is_box(node.parent):
                node = node.parent
            if self.is_box(node) and not _quotes(node):
                soften(self.grown(node), "stores")

    def headed(self) -> None:
        """Boxes whose first line is a heading of furniture with a count, or whose last line is furniture or a link.

        A label that is no heading must be short, and what it heads must end in a link.
        """
        lines = self.walked.lines
        for number, line in enumerate(lines):
            if line.heading == 1 or line.size > (160 if line.heading else 40):
                continue
            box = line.node if line.node.children and not line.heading else line.node.parent
            if box is None or not box.weight or not self.is_box(box):
                continue
            if number and is_under(lines[number - 1].node, box):
                continue  # the heading does not open the box
            if not _is_furniture(line.text) or _quotes(box):
                continue
            end = number
            while end + 1 < len(lines) and is_under(lines[end + 1].node, box):
                end += 1
            if any(other.heading == 1 for other in lines[number:end]):
                continue  # a kicker over a headline
            if end > number and (
                (line.heading and (_COUNT.search(line.text) or _ABOUT_AUTHOR.fullmatch(line.text)))
                or _is_label(lines[end])
            ):
                soften(box, "headed")

    def weather(self) -> None:
        """One or two of them: where more lines are made so, they are what the story is about."""
        found = [
            line.node
            for line in self.walked.lines
            if line.size <= 45
            and line.node.tag in _PLAIN
            and line.node.size == line.size
            and _DEGREES.search(line.text)
            and self.is_box(line.node)
        ]
        for node in found if len(found) <= 2 else ():
            soften(node, "weather")

    def contacts(self) -> None:
        """Paragraphs set off as a whole that give a mail address."""
        for element in self._linking(_MAIL):
            around = element.getparent()
            if around is None or around.tag not in ("i", "em", "b", "strong") or around.getparent() is None:
                continue
            node = self.holder(element)
            alone = around.getparent() is (node.element if node is not None else None)
            if node is None or not alone or node.tag != "p" or node.size > _BOX or node.weight > self.most:
                continue
            if not (node.element.text or "").strip() and not (around.tail or "").strip():
                soften(node, "contact")

    def authors(self) -> None:
        """Boxes that open with a link to an author's page, after most of the text."""
        found = self._linking(_AUTHORS)
        before = 0.0
        late: set[int] = set()
        for line in self.walked.lines:
            if before >= 0.75 * self.walked.root.weight:
                late.add(id(line.node))
            before += line.weight
        for element in found:
            node = self.holder(element)
            if node is None or id(node) not in late or element.getprevious() is not None or not node.link:
                continue
            box = node.parent if node.tag == "p" else node
            opening = (node.element.text or "").strip()
            if not opening and box is not None and self.is_box(box) and not _quotes(box):
                box.make |= Make.STRONG  # beside a portrait the words would pass for its caption
                soften(box, "author")

    def next_story(self, headline: Line) -> None:
        """Articles that follow the text and do not hold its headline; live blogs are left alone."""
        articles = [
            node
            for node in self.walked.nodes
            if node.tag == "article" and node.headings and node.weight and not is_under(headline.node, node)
        ]
        if not 0 < len(articles) <= _NEXT:
            return
        lines = self.walked.lines
        start = lines.index(headline)
        for node in articles:
            inside = [number for number, line in enumerate(lines) if is_under(line.node, node)]
            if node.make & (Make.BODY | Make.LIVE) or not inside or not lines[inside[0]].heading:
                continue
            above = [
                line.weight
                for line in lines[start : inside[0]]
                if line.weight and not any(is_under(line.node, other) for other in articles)
            ]
            if len(above) >= 3 and sum(above) >= max(node.weight, _LEAST_BEFORE * self.walked.root.weight):
                node.make |= Make.STRONG
                soften(node, "next-story")


def _add_chain(node: Node | None, chain: set[int]) -> None:
    while node is not None:
        chain.add(id(node))
        node = node.parent


def _is_control(element: etree._Element) -> bool:
    tag = str(element.tag)
    if tag == "button":
        words = "".join(map(str, element.itertext())).strip() or (element.get("aria-label") or "").strip()
        return 0 < len(words) <= 60
    return (element.get("type") or "").lower() not in _SILENT


def _quotes(node: Node) -> bool:
    """Whether a box holds a quotation, a picture with its words, a table or code: those are of the story."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.tag in ("blockquote", "figure", "figcaption", "table", "pre") or one.make & (Make.NOTE | Make.CAPTION):
            return True
        stack.extend(one.children)
    return False


def _is_label(line: Line) -> bool:
    return line.link * 10 >= len(line.text) * 9 or _is_furniture(line.text)


@lru_cache(maxsize=8_192)
def _is_furniture(text: str) -> bool:
    return len(text) <= 160 and bool(
        is_volatile(text)
        or FURNITURE.fullmatch(_COUNT.sub("", text))
        or (len(text) <= 80 and (is_pitch(text) or is_offer(text)))
    )


_COUNT = re.compile(r"\s*[(\[]?\d[\d.,]{0,9}[)\]]?\s*$")


_ABOUT_AUTHOR = re.compile(
    r"\W*(?:about (?:the |this )?(?:authors?|writers?)|written by|meet the authors?|zur person|"
    r"über (?:den autor|die autor(?:in|en))|à propos de l['’]auteure?|sobre (?:el autor|la autora)|sull['’]autore)\W*",
    re.IGNORECASE,
)


def are_links(line: Line) -> bool:
    """Links with nothing but gaps between them, in a script that has no spaces ("港口 议会 法院"), a numbered link, or
    a trail of links ("Home › World › Ports").
    """
    text = line.text
    if not line.link:
        return False
    if len(text) - line.link <= 5 and _NUMBERED.match(text):
        return True
    if len(_TRAIL.findall(text)) >= 2 and line.link * 10 >= len(text) * 3 and not text.endswith((".", "。", "।")):
        return True
    gaps = text.count(" ")
    return bool(gaps) and len(text) - line.link <= gaps and len(_HAN.findall(text)) * 5 >= len(text) * 3


_NUMBERED = re.compile(r"\d{1,2}[.)]?\s")
_TRAIL = re.compile(r"\s[›»>→/]\s")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
