"""What of a region is furniture, line by line, each with the rule that says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import re2
from rapidfuzz import fuzz

from bot.extract import strays
from bot.extract.makes import Make
from bot.extract.phrases import (
    CORRECTION,
    FURNITURE,
    MOMENT_WORDS,
    MOMENTS,
    is_dateline,
    is_fleeting,
    is_tools,
    is_volatile,
)
from bot.extract.region import Region
from bot.extract.walk import Line, Node

_SHORT = 160
END_MARKS = tuple('.!?…。！？।؟:;"”’»)]」』】')
_WORDS = re.compile(r"\w+")
_LITTLE = frozenset(
    "by von and und et y e i og och en par por di da de del der van the text texte texto fotos foto "
    "redaktion reporting".split()
)
_BY = re.compile(r"(?:by|von|par|por|di|door|af|av|text)\b[:\s]", re.IGNORECASE)
_DATA = re.compile(r'[\[{\s]*"[\w.-]{1,40}"\s*:\s*["\[{\d\w-]')
_LABELLED = re.compile(r"[:»>›|→]|^\W|^\w+ \|")


@dataclass(frozen=True, slots=True)
class DroppedLine:
    """A line that was inside the region and is not in the Story, and the rule that took it out."""

    text: str
    rule: str


class Filter:
    """Decides line by line; remembers what it dropped and why."""

    def __init__(
        self,
        region: Region,
        *,
        headline: str = "",
        drop: tuple[Any, ...] = (),
        byline: tuple[str, ...] = (),
        plain: bool = False,
    ) -> None:
        self.region = region
        self.headline = headline.casefold()
        self.drop = drop
        self.byline = byline
        self.names = frozenset(word for name in byline for word in _WORDS.findall(name.casefold()))
        self.plain = plain
        self.dropped: list[DroppedLine] = []

    def rule_against(self, line: Line) -> str:
        """The name of the rule that makes a line furniture, or the empty string."""
        for number, expression in enumerate(self.drop, start=1):
            if expression.search(line.text):
                return f"drop_lines:{number}"
        if self.plain:
            return ""
        if line.node.marked is not None and (self.region.pruned or line.node.marked.make & (Make.STRONG | Make.HIDDEN)):
            marked = line.node.marked
            return marked.why or f"names:{marked.names.strip()[:60] or marked.tag}"
        text = line.text
        if not any(map(str.isalpha, text)):
            return "no-letters"
        if text.startswith(("{", "[{")) and _DATA.match(text):
            return "data"
        if line.timed * 3 >= len(text) * 2:
            return "moment"
        if line.size <= _SHORT:
            if is_volatile(text):
                return "moment"
            if FURNITURE.fullmatch(text) or is_tools(text):
                return "phrase"
            if not line.heading and is_dateline(text):
                return "moment"
            if self._is_byline(text):
                return "byline"
        if not line.in_row and (
            line.link * 10 >= len(text) * 9
            or strays.are_links(line)
            or (line.link and _is_fleeting_beside(text, line.link))
            or (
                line.link * 20 >= len(text) * 11
                and line.size < 200
                and _LABELLED.search(text)
                and not text.endswith(".")
            )
        ):
            return "link"
        if self.headline and (
            text.casefold() == self.headline or (line.heading == 1 and fuzz.ratio(text.casefold(), self.headline) > 80)
        ):
            return "headline"
        return self._orphan(line)

    def rule_against_caption(self, line: Line) -> str:
        """The same for the words under a picture, which may stand in what else is furniture."""
        for number, expression in enumerate(self.drop, start=1):
            if expression.search(line.text):
                return f"drop_lines:{number}"
        if line.size < 10 or line.link * 3 >= len(line.text) * 2:
            return "caption-link"
        if sits_in_card(line):
            return "names"
        if not self.plain and _is_set_phrase(line):
            return "phrase"
        return ""

    def _is_byline(self, text: str) -> bool:
        """Only the authors' names and little words around them."""
        if any(map(str.isdigit, text)):
            text = MOMENT_WORDS.sub(" ", MOMENTS.sub(" ", text))
        words = _WORDS.findall(text.casefold())
        if not words or len(words) > 16:
            return False
        rest = [word for word in words if word not in self.names and word not in _LITTLE]
        return not rest and len(rest) < len(words) and any(word in self.names for word in words)

    def is_signed(self, text: str) -> bool:
        """Whether a line is the author's name after "By", with a title, an outlet or a date behind it."""
        return (
            len(text) <= _SHORT
            and not text.endswith(END_MARKS)
            and _BY.match(text) is not None
            and any(name.casefold() in text.casefold() for name in self.byline)
        )

    def _orphan(self, line: Line) -> str:
        if line.heading or line.in_list or line.in_row or line.in_quote or line.tag in ("p", "pre"):
            return ""
        if line.size < 25 and not line.text.endswith(END_MARKS):
            return "orphan"
        return ""


def _is_fleeting_beside(text: str, link: int) -> bool:
    """Whether all but ``link`` characters of a line is how long ago that was: a card ("Ferry back 12 min ago")."""
    rest = len(text) - link
    return 0 < rest <= 40 and (is_fleeting(text[link:].strip(" |·•,–—-")) or is_fleeting(text[:rest].strip(" |·•,–—-")))


def _is_set_phrase(line: Line) -> bool:
    return (
        line.size <= _SHORT
        and bool(is_volatile(line.text) or FURNITURE.fullmatch(line.text))
        and not _CREDIT.match(line.text)
    )


_CREDIT = re.compile(r"(?:image|photo|picture|foto|bild|\(?c\)|©|getty|reuters|ap\b|afp|dpa)", re.IGNORECASE)


def sits_in_card(line: Line) -> bool:
    """Whether an element around the line is named as furniture beyond doubt."""
    return line.node.marked is not None and bool(line.node.marked.make & Make.STRONG)


def is_note(line: Line) -> bool:
    """Whether a line is a correction, clarification or editor's note, by its words or by its element's names."""
    linked = line.link * 10 >= len(line.text) * 9
    if CORRECTION.match(line.text):
        return not linked or len(line.text) > 25
    if linked:
        return False
    node: Node | None = line.node
    for _ in range(3):
        if node is None:
            return False
        if node.make & Make.NOTE:
            return len(line.text) > 20
        node = node.parent
    return False


def compile_drops(expressions: tuple[str, ...]) -> tuple[tuple[Any, ...], list[str]]:
    """Outlet expressions compiled with RE2, and those that do not compile."""
    good: list[Any] = []
    bad: list[str] = []
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 22
    for expression in expressions:
        try:
            good.append(re2.compile(expression, options=options))
        except re2.error:
            bad.append(expression)
    return tuple(good), bad
