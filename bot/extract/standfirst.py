"""The standfirst: the sentence or two between headline and text that sums the story up, where there is one."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from bot.extract.cards import is_caption
from bot.extract.head import Head
from bot.extract.makes import Make
from bot.extract.phrases import BOXES, FURNITURE, MOMENT, MOMENT_WORDS, MOMENTS, is_dateline
from bot.extract.region import Region
from bot.extract.sieve import is_note
from bot.extract.strays import are_links
from bot.extract.walk import Line, Node, Walked

_WORDS = re.compile(r"\w+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_OVERLAP = 0.8
_REACH = 25


def find(walked: Walked, head: Head, region: Region, headline: Line | None) -> tuple[list[Line], str]:
    """The lines of the standfirst (mostly one) and the reason they were taken; empty where there is none.

    A line counts by its names (standfirst, dek, lead and the like) or by holding at least four fifths of the words
    of the page's description. Prefixes are not compared: that would hide edits. An opening paragraph made like the
    ones after it stays in the body.
    """
    lines = walked.lines
    if headline is None:
        return [], ""
    start = lines.index(headline)
    told = [words(value) for value in (head.first("og:description")[0], head.first("description")[0]) if value]
    body = _paragraphs(lines, start, region)
    usual = _usual_make(body)
    between = _between(lines, start, body)
    above = [line for line in lines[max(0, start - 4) : start] if not _is_of_site(line, headline)]
    first = next((line for line in between if _may_be(line, headline) and _is_prose(line, 40)), None)
    for line in [*between, *above]:
        if not _may_be(line, headline):
            if _is_told_in_a_box(line, headline, told):
                return [line], "description"
            continue
        if _make(line) == usual and not (_is_bold(line, body) and words(line.text) in told):
            continue
        if _is_named(line, headline):
            line = _lead(line, between, told)
            return _with_followers(line, lines, headline), "names"
        if any(_alike(words(line.text), one) for one in told):
            return [line], "description"
    outside = [line for line in between if not region.holds(line.node) and _may_be(line, headline) and _is_prose(line)]
    outside = [line for line in outside if not line.heading] or outside
    if outside and len(outside) <= 4:
        return [line for line in outside if _make(line) == _make(outside[0])], "position"
    if first is not None and (reason := _stands_out(first, body, lines)):
        return [first], reason
    run = _run(first, body) if first is not None else []
    return run, "make" if run else ""


def _stands_out(first: Line, body: list[Line], lines: list[Line]) -> str:
    """Why the first prose after the headline is no ordinary paragraph: a heading, all bold, or made differently."""
    if first.heading:
        at = lines.index(first)
        following = lines[at + 1] if at + 1 < len(lines) else None
        return "subtitle" if first.heading in (2, 3, 4) and following is not None else ""
    after = [line for line in body if line is not first][:4]
    if len(after) < 2:
        return ""
    if _is_bold(first, body):
        return "bold"
    shapes = {_shape(line) for line in after}
    if len(shapes) == 1 and _shape(first) not in shapes and not _DROP_CAP.search(first.node.names) and first.size < 500:
        return "make"
    return ""


def _is_bold(first: Line, body: list[Line]) -> bool:
    """All bold before paragraphs that are not."""
    after = [line for line in body if line is not first][:2]
    return first.bold * 20 >= len(first.text) * 19 and all(line.bold * 2 < len(line.text) for line in after)


def _run(first: Line, body: list[Line]) -> list[Line]:
    """Two to four first paragraphs of one make of their own, where those after them share another."""
    if first not in body:
        return []
    after = body[body.index(first) :]
    own = first.tag, first.node.names
    length = next((number for number, line in enumerate(after) if (line.tag, line.node.names) != own), 0)
    rest = after[length : length + 3]
    if (
        not 2 <= length <= _RUN
        or len(rest) < 3
        or not own[1].strip()
        or sum(line.size for line in after[:length]) > 700
    ):
        return []
    apart = len({id(line.node) for line in after[:length]}) == length
    shapes = {(line.tag, line.node.names, id(line.node.parent)) for line in [*after[:length], *rest]}
    return after[:length] if apart and len(shapes) == 2 and len({parent for _, _, parent in shapes}) == 1 else []


_RUN = 4


def _lead(line: Line, between: list[Line], told: list[frozenset[str]]) -> Line:
    """A heading called a standfirst gives way to a line so called that the page's description begins with."""
    if not line.heading or not told:
        return line
    own = (
        one for one in between
        if not one.heading and one.node.make & Make.STANDFIRST and one.size >= 20 and words(one.text) <= told[0]
    )  # fmt: skip
    return line if words(line.text) <= told[0] else next(own, line)


def _is_told_in_a_box(line: Line, headline: Line, told: list[frozenset[str]]) -> bool:
    """A line word for word the page's description: a standfirst, whatever the box around it is called."""
    return (
        line.node.marked is not None
        and not line.node.marked.make & (Make.STRONG | Make.HIDDEN)
        and line.size >= 60
        and words(line.text) in told
        and _may_be(line, headline, boxed=True)
    )


_DROP_CAP = re.compile(r"drop|first|initial|begin|start", re.IGNORECASE)


def _shape(line: Line) -> tuple[str, str, str, str]:
    parent = line.node.parent
    return line.tag, line.node.names, parent.tag if parent else "", parent.names if parent else ""


def _between(lines: list[Line], start: int, body: list[Line]) -> list[Line]:
    """The lines from the headline to the second paragraph, at most _REACH of them."""
    stop = body[1] if len(body) > 1 else None
    out: list[Line] = []
    for line in lines[start + 1 : start + 1 + _REACH]:
        if line is stop:
            break
        out.append(line)
    return out


def _is_of_site(line: Line, headline: Line) -> bool:
    """A line above the headline, in a ``<header>`` that does not hold it: the site's slogan."""
    return any(node.tag == "header" for node in _up(line.node, 8, headline))


def _is_named(line: Line, headline: Line) -> bool:
    """Named a standfirst by its element, or by an element around it and little else."""
    for node in _up(line.node, 3, headline):
        if node.make & Make.STANDFIRST:
            return node is line.node or node.size < 3 * line.size or node.size < 900
    return False


def _is_prose(line: Line, least: int = 50) -> bool:
    """Running text between headline and story: no byline, date, caption, link or label."""
    if line.size < least or line.link * 3 > len(line.text) or is_caption(line):
        return False
    return line.node.marked is None and not any(node.make & Make.BYLINE for node in _up(line.node, 2, None))


def words(text: str) -> frozenset[str]:
    """The distinct words of a text, lower-cased; characters for scripts without spaces."""
    if _CJK.search(text):
        return frozenset(_CJK.findall(text))
    return frozenset(_WORDS.findall(text.casefold()))


def _alike(one: frozenset[str], two: frozenset[str]) -> bool:
    if len(one) < 4 or len(two) < 4:
        return one == two and bool(one)
    return len(one & two) >= _OVERLAP * max(min(len(one), len(two)), 0.7 * max(len(one), len(two)))


def _may_be(line: Line, headline: Line, least: int = 20, *, boxed: bool = False) -> bool:
    text = line.text
    if is_caption(line) or line.size < least or line.size > 1_200 or line.heading == 1 or line.link * 2 > len(text):
        return False
    if (
        not boxed
        and line.node.marked is not None
        and (
            line.node.marked.make & (Make.STRONG | Make.HIDDEN)
            or line.node.marked.tag == "form"
            or not any(node.make & Make.STANDFIRST for node in _up(line.node, 3, headline))
        )
    ):
        return False
    if fuzz.ratio(text.casefold(), headline.text.casefold()) > 75 or is_note(line):
        return False
    if is_dateline(text):
        return False
    return not (len(text) < 160 and (FURNITURE.fullmatch(text) or MOMENT.fullmatch(text) or BOXES.fullmatch(text)))


def _paragraphs(lines: list[Line], start: int, region: Region) -> list[Line]:
    found = []
    for line in lines[start + 1 : start + 400]:
        if (
            line.weight and line.node.marked is None and region.holds(line.node) and not are_links(line)
            and not (len(line.text) < 90 and _begins_with_a_day(line.text))
        ):  # fmt: skip
            found.append(line)
            if len(found) >= 12:
                break
    return found


def _begins_with_a_day(text: str) -> bool:
    """ "Updated on 7 January 2026 - 18:50": no paragraph, though it may be as long as one."""
    return bool(MOMENTS.search(text) and (MOMENTS.match(text) or MOMENT_WORDS.match(text)))


def _make(line: Line) -> tuple[str, str, int]:
    parent = line.node.parent
    return line.tag, line.node.names, id(parent)


def _usual_make(body: list[Line]) -> tuple[str, str, int] | None:
    """The make most of the body's first paragraphs share."""
    counts: dict[tuple[str, str, int], int] = {}
    for line in body:
        counts[_make(line)] = counts.get(_make(line), 0) + 1
    best = max(counts, key=lambda make: counts[make], default=None)
    return best if best is not None and counts[best] >= 2 else None


def _with_followers(line: Line, lines: list[Line], headline: Line) -> list[Line]:
    """A standfirst of several paragraphs or bullets, in one element or alike side by side, is one standfirst."""
    holder = next((node for node in _up(line.node, 3, headline) if node.make & Make.STANDFIRST), line.node)
    at = lines.index(line)
    out = [line]
    for other in lines[at + 1 : at + 12]:
        inside = holder in _up(other.node, 4, None)
        beside = other.node.parent is holder.parent and _shape(other) == _shape(line)
        if not inside and not beside:
            break
        if other.size >= 15 and _may_be(other, headline, 15):
            out.append(other)
    return out


def _up(node: Node | None, levels: int, headline: Line | None) -> list[Node]:
    """The node and its ancestors, but none that also holds the headline."""
    out: list[Node] = []
    above = set()
    if headline is not None:
        one: Node | None = headline.node
        while one is not None:
            above.add(id(one))
            one = one.parent
    for _ in range(levels):
        if node is None or id(node) in above:
            break
        out.append(node)
        node = node.parent
    return out
