"""Headline and dates: each from the best source a page has, with the source's name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from bot.extract import jsonld
from bot.extract.calendars import in_figures
from bot.extract.clean import clean
from bot.extract.head import Head
from bot.extract.makes import Make
from bot.extract.names import domain_word, letters
from bot.extract.walk import Line, Walked, up
from bot.extract.when import moment

_SUFFIX = re.compile(r"\s+[|\-–—·•»:]\s+|\s*[|｜ㅣ]\s*|\s*:\s+(?=[^:]{2,30}$)")
_MAX_HEADLINE = 400
_COUNTER = re.compile(r"^\(\d{1,3}\+?\)\s+")  # of unread messages, in front of a title


@dataclass(frozen=True, slots=True)
class Headlines:
    """``shown``: the visible one, ``line`` where it stands; ``social`` and ``search``: what other places show."""

    shown: str
    source: str
    line: Line | None
    social: str
    search: str


def headlines(walked: Walked, head: Head) -> Headlines:
    """The visible headline, and og:title and the JSON-LD headline, without the site's suffix.

    Search engines show the JSON-LD headline, or the title where there is none; a page may print it in its trail too,
    and then what a reader sees counts.
    """
    raw_social = head.first("og:title", "twitter:title", "dc.title", "sailthru.title")[0]
    search = clean(jsonld.text(head.article.get("headline")) or _named(head, raw_social))[:_MAX_HEADLINE]
    line, source = _visible(walked, [search, raw_social, head.title], head.site_name)
    shown = line.text[:_MAX_HEADLINE] if line is not None else ""
    known = shown or search
    social = without_site(raw_social, head, known)[:_MAX_HEADLINE]
    title = without_site(_COUNTER.sub("", head.title)[:_MAX_HEADLINE], head, "")
    search = without_site(search, head, known) if search else title
    search = _in_trail(walked, line, search) or search
    if not shown:
        shown, source = next(
            ((value, name) for value, name in ((search, "json-ld"), (social, "og:title")) if value),
            (title, "title"),
        )
    return Headlines(shown, source if shown else "", line, social, search)


def _named(head: Head, social: str) -> str:
    """What a meta tag or an attribute called "headline" says, where it is like the page's title."""
    value = head.meta.get("headline", "")
    told = (social or head.title).casefold()
    return value if value and _alike(value.casefold(), told) >= _LOWER[0] else ""


def _visible(walked: Walked, told: list[str], site: str) -> tuple[Line | None, str]:
    """The h1 most like what the head tells; a lower heading where no h1 is like it at all."""
    told = [one.casefold() for one in told if one]
    best: tuple[float, Line | None] = (0.0, None)
    shown = [line for line in walked.h1s[:40] if not (site and line.text.casefold() == site.casefold())]
    trail = [line for line in shown if _is_in_trail(line)]
    shown = [line for line in shown if line not in trail]
    for line in shown:
        alike = max((_alike(line.text.casefold(), one) for one in told), default=50.0)
        if line.node.make & Make.HIDDEN or _UNSEEN.search(line.node.names):
            alike -= 20
        if alike > best[0]:
            best = (alike, line)
    if best[0] >= 45:
        return best[1], "h1"
    lower = _lower(walked, told) or _opening(walked, told, site)
    if lower is None and not shown:
        lower = _first(walked)
    if lower is not None:
        return lower, f"h{lower.heading}" if lower.heading else "text"
    if len(shown) == 1 and shown[0].size > 12:
        return shown[0], "h1"
    if best[1] is not None and (best[1].size > 20 or best[0] >= 25) and best[1].node.marked is None:
        return best[1], "h1"
    return (trail[0], "h1") if trail else (None, "")


def _is_in_trail(line: Line) -> bool:
    return any(_TRAIL.search(node.names) for node in up(line.node, 3))


def _in_trail(walked: Walked, headline: Line | None, search: str) -> str:
    """The first-level heading of a trail of links, where it is the search headline or that with a few words changed."""
    for line in walked.h1s[:40]:
        if line is not headline and search and _is_in_trail(line):
            return line.text[:_MAX_HEADLINE] if _alike(line.text.casefold(), search.casefold()) >= _LOWER[0] else ""
    return ""


def _lower(walked: Walked, told: list[str]) -> Line | None:
    """The heading of the second or third level, or other line, that is most like a told headline."""
    best: tuple[float, Line | None] = (_LOWER[0], None)
    for line in walked.lines[:3_000]:
        if line.heading in (2, 3) or (not line.heading and 12 <= len(line.text) <= 250 and line.tag in ("div", "p")):
            text = line.text.casefold()
            alike = max((_alike(text, one) if line.heading else fuzz.ratio(text, one) for one in told[:2]), default=0.0)
            # In a box beside the story, what is only like the headline is another story's.
            first = line.heading == 2 and line.node.marked is None
            if alike < _LOWER[0 if first else 1]:
                continue
            # An edited heading goes before a copy of the old one in a bar or a list.
            alike += (_HEADED[0] if first else _HEADED[1]) if line.heading else 0.0
            if alike > best[0] + 1:
                best = (alike, line)
    return best[1]


def _opening(walked: Walked, told: list[str], site: str) -> Line | None:
    """The first line that says all a title does before a bar: what follows there are sections and the site.

    Where there is none, the longest that says what stands between bars or behind them.
    """
    opens, others = set(), set()
    for title in told:
        bars = [(0, 0), *((bar.start(), bar.end()) for bar in itertools.islice(_BAR.finditer(title), 6))]
        ends = [*(start for start, _ in bars[1:]), len(title)]
        opens |= {letters(title[:end]) for end in ends[:-1]}
        others |= {letters(title[bar[1] : end]) for number, bar in enumerate(bars[1:], 1) for end in ends[number:]}
    wanted = (opens | others) - {"", letters(site)}
    best: Line | None = None
    for line in walked.lines[:3_000] if wanted else ():
        if line.size >= 15 and (line.heading or line.link * 2 <= len(line.text)) and letters(line.text) in wanted:
            if letters(line.text) in opens:
                return line
            if line.size >= 24 and (best is None or line.size > best.size):
                best = line
    return best


_BAR = re.compile(r"\s*[|｜_]|\s[-–—»›:]+\s|//|::|(?<=[\u3040-\u9fff”’」])[-–—]| \(")


def _first(walked: Walked) -> Line | None:
    """The heading of the second level above the first paragraph of a page without a first level, if it is one alone."""
    found: Line | None = None
    for line in walked.lines[:600]:
        if line.node.marked is not None or line.link * 2 > len(line.text):
            continue
        if line.weight > 0 and line.size > 120 and not line.heading and not line.in_caption:
            return found
        if line.heading == 2 and line.size >= 15:
            if found is not None:
                return None
            found = line
    return None


_TRAIL = re.compile(r"breadcrumb", re.IGNORECASE)
_UNSEEN = re.compile(r"\b(?:hide|hidden|blind|is_blind|sr-only|visually-hidden|invisible)\b", re.IGNORECASE)
# How like the told headline a second-level heading, or another line, must be to be the headline of a page without h1.
_LOWER = (60.0, 80.0)
_HEADED = (25.0, 10.0)


def _alike(shown: str, told: str) -> float:
    """0-100: how like a told headline a shown one is; nearly as good where one holds the other and a kicker."""
    whole = fuzz.ratio(shown, told[: len(shown) + 40])
    if whole >= 80 or min(len(shown), len(told)) < 20 or max(len(shown), len(told)) > 2.2 * min(len(shown), len(told)):
        return whole
    return max(whole, 0.9 * fuzz.partial_ratio(shown, told))


def without_site(title: str, head: Head, known: str) -> str:
    """A title without `` - Site`` at its end or ``Site: `` at its start, where the page tells the site's name."""
    if not title:
        return ""
    if known and title.casefold().startswith(known.casefold()):
        rest = title[len(known) :].strip()
        if not rest or (rest[0] in "|-–—·•»｜ㅣ" and not _is_told_twice(title, rest, head)):
            return title[: len(known)]
    pieces = _SUFFIX.split(title)
    if len(pieces) < 2:
        return title
    names = _site_names(head)
    if any(_is_site(pieces[-1], name) for name in names):
        end = title.rfind(pieces[-1])
        return re.sub(r"[\s|\-–—·•»:｜ㅣ]+$", "", title[:end])
    if any(_is_site(pieces[0], name) for name in names) and len(pieces) > 1:
        return re.sub(r"^[\s|\-–—·•»:｜ㅣ]+", "", title[len(pieces[0]) :])
    return title


def _site_names(head: Head) -> list[str]:
    host = urlsplit(head.canonical).netloc.removeprefix("www.")
    return [name for name in (head.site_name, domain_word(head.canonical), host) if name]


def _is_told_twice(title: str, rest: str, head: Head) -> bool:
    """Whether og:title and the JSON-LD headline both end on these words and they are no site's name: the headline's."""
    words = rest.strip("|-–—·•»｜ㅣ ")
    told = (clean(jsonld.text(head.article.get("headline"))), head.first("og:title", "twitter:title")[0])
    return all(letters(one) == letters(title) for one in told) and not any(
        _is_site(words, name) for name in _site_names(head)
    )


def _is_site(piece: str, name: str) -> bool:
    one, two = letters(piece), letters(name)
    return (
        bool(one)
        and bool(two)
        and (one == two or (len(one) > 3 and one in two) or (len(two) > 3 and two in one and len(one) < 40))
    )


_PUBLISHED = """
article:published_time article:published og:article:published_time og:published_time datepublished
parsely-pub-date sailthru.date cxenseparse:recs:publishtime cxenseparse:publishtime publishdate publish-date
pubdate publication_date publisheddate published_time article.published date.created dc.date.issued dc.date
dc.date.created dcterms.created dcterms.issued date publishtime iso-8601-publish-date lastmod-published
originalpublicationdate citation_publication_date last-modified-published og:pubdate datecreated
""".split()
_MODIFIED = """
article:modified_time article:modified og:updated_time datemodified last-modified lastmod dcterms.modified
dc.date.modified revisiondate article.updated modified_time date.updated parsely-post-modified
cxenseparse:recs:updatedtime article:updated_time
""".split()


def published(walked: Walked, head: Head, headline: Line | None) -> tuple[datetime | None, str]:
    """When the story was published: JSON-LD, meta tags, a ``<time>`` by the headline; to the minute where possible."""
    coarse: tuple[datetime | None, str] = (None, "")
    for value, source in _published_candidates(walked, head, headline):
        found = moment(value)
        if found is None:
            continue
        if isinstance(value, str) and _CLOCK.search(value):
            if coarse[0] is not None and abs(found - coarse[0]) > _A_DAY:
                continue  # another story's, or when this one was changed
            return _with_offset(value, found, walked, head, headline), source
        if coarse[0] is None:
            coarse = (found, source)
    return coarse


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\b\d{1,2}\.\d{1,2}\.\d\d\b")
_A_DAY = timedelta(hours=36)  # a day without a clock time, in any time zone
_CLOCK = re.compile(r"\d\s?[:h時时시]\s?\d\d")
_OFFSET = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\s*$", re.IGNORECASE)


def _with_offset(value: str, found: datetime, walked: Walked, head: Head, headline: Line | None) -> datetime:
    """A time without an offset takes it from another mention of the same clock time that has one."""
    if _OFFSET.search(value):
        return found
    clock = f"{found:%Y-%m-%d}", f"{found:%H:%M}"
    for other, _ in _published_candidates(walked, head, headline):
        if isinstance(other, str) and _OFFSET.search(other) and other.startswith(clock[0]) and clock[1] in other[:17]:
            return moment(other) or found
    return found


def _published_candidates(walked: Walked, head: Head, headline: Line | None) -> Iterable[tuple[Any, str]]:
    yield jsonld.text(head.article.get("datePublished")), "json-ld"
    for name in _PUBLISHED:
        if name in head.meta:
            yield head.meta[name], name
    yield jsonld.text(head.article.get("dateCreated")), "json-ld"
    yield jsonld.text(head.article.get("uploadDate")), "json-ld"
    yield jsonld.text(head.article.get("coverageStartTime")), "json-ld"
    if head.article.get("@type") == "LiveBlogPosting":
        return  # the first time on such a page is the newest entry's
    near = _near(walked, headline)
    times = _times(walked)
    for line in near:
        yield from ((value, "time") for value, shown in times if shown and shown in line.text)
        if len(line.text) < _BRIEF or _DATED.match(line.text):
            yield from _told_day(line)
    if not times:
        brief = (line for line in walked.lines[:2_000] if len(line.text) < _BRIEF and _DATED.match(line.text))
        yield from ((line.text, "text") for line in brief)
    for line in near:
        if len(line.text) >= _BRIEF:
            yield from _told_day(line)
    yield from ((value, "time") for value, _ in times)


def _told_day(line: Line) -> Iterable[tuple[str, str]]:
    """The line, where it names a year and is no post of somebody else's: "- Quay Office (@quay) June 1, 2026"."""
    if len(line.text) < 140 and _YEAR.search(in_figures(line.text)) and "(@" not in line.text:
        yield line.text, "text"


_BRIEF = 60  # a line about days, and about little else


def _near(walked: Walked, headline: Line | None) -> list[Line]:
    """The lines around the headline where a story says when it was published; no captions that date a picture."""
    if headline is None:
        return []
    at = walked.lines.index(headline)
    near = [line for line in walked.lines[max(0, at - 6) : at + 12] if not line.in_caption or line.text[:1].isdigit()]
    return sorted(near, key=lambda line: bool(_UPDATED_LINE.match(line.text)))


def _times(walked: Walked) -> list[tuple[str, str]]:
    """The ``<time>`` elements, value and text; those named published first, those named updated last."""
    found: list[tuple[int, str, str]] = []
    for element in islice(walked.root.element.iter("time"), 40):
        value = element.get("datetime") or element.get("content")
        if value:
            names = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
            rank = -bool(_PUBLISHED_NAME.search(names)) or int(bool(_UPDATED_NAME.search(names)))
            found.append((rank, value, clean("".join(map(str, element.itertext())))))
    found.sort(key=lambda one: one[0])
    return [(value, shown) for _, value, shown in found]


_PUBLISHED_NAME = re.compile(r"publi(?:sh|c)", re.IGNORECASE)
_UPDATED_NAME = re.compile(r"updat|modif", re.IGNORECASE)
_UPDATED_LINE = re.compile(
    r"\W*(?:last )?(?:updated|modified|aktualisiert|letzte änderung|mis à jour|actualizado|aggiornato|atualizado|"
    r"bijgewerkt|uppdaterad|oppdatert|обновлено|更新)",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"(?:date|datum|data|fecha|published|posted|created|veröffentlicht|publiziert|erstellt|publié|publicado|pubblicato|"
    r"opublikowano|gepubliceerd|publicerad|опубликовано|发布时间|發佈時間|公開日)\b.{0,14}\d",
    re.IGNORECASE,
)


def updated(head: Head) -> tuple[datetime | None, str]:
    """When the page says it was last modified."""
    found = moment(jsonld.text(head.article.get("dateModified")))
    if found is not None:
        return found, "json-ld"
    for name in _MODIFIED:
        if name in head.meta:
            found = moment(head.meta[name])
            if found is not None:
                return found, name
    return None, ""


def corrections(head: Head) -> tuple[str, ...]:
    """schema.org ``correction`` of the article: plain texts."""
    found: list[str] = []
    for one in jsonld.many(head.article.get("correction"))[:50]:
        value = one.get("text") or one.get("description") or one.get("name") if isinstance(one, Mapping) else one
        text = clean(jsonld.text(value))
        if text and text not in found:
            found.append(text[:2_000])
    return tuple(found)


def free(head: Head) -> bool | None:
    """``isAccessibleForFree``: None where the page does not say."""
    for node in (head.article, *head.nodes[:200]):
        value = node.get("isAccessibleForFree")
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip():
            return value.strip().rsplit("/", 1)[-1].lower() in ("true", "yes", "1")
    return None
