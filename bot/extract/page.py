"""``extract``: one page in, one Story out, or a typed error that says in a sentence why not.

The steps: bytes to text, scripts out, tree, head, walk, headline, region, standfirst, lines, blocks, gate. Each is a
module of its own; this one calls them in order and lets an outlet's rules overrule them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from lxml import etree

from bot.core.story import Block, BlockKind, Story
from bot.errors import ExtractError
from bot.extract import (
    blocks,
    byline,
    charset,
    fields,
    gate,
    gate_before,
    head,
    jsonld,
    live,
    markup,
    odd,
    region,
    scripted,
    select,
    sieve,
    standfirst,
    walk,
)
from bot.extract.fields import Headlines
from bot.extract.gate_signs import Signs, count_words
from bot.extract.head import Head
from bot.extract.makes import Make
from bot.extract.region import Region
from bot.extract.rules import OutletRules, Previous
from bot.extract.sieve import DroppedLine
from bot.extract.walk import Line, Walked
from bot.extract.when import moment

VERSION = "stet-3"
MAX_BYTES = 20_000_000

_HTML_SIGN = re.compile(
    r"<(?:!doctype\s+html|html|head|body|p|div|article|h1|title|meta|span|table|main|section|a|ul|header)\b",
    re.IGNORECASE,
)
_XML = re.compile(r"^\s*<\?xml[^>]*\?>\s*(?:<!--.*?-->\s*)*<(?!html|!doctype html)", re.IGNORECASE | re.DOTALL)
_NOT_HTML = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x7fELF", b"\0\0\0")
_NO_RULES = OutletRules()
_SECONDS = re.compile(r">[^<]{0,80}\d:\d\d:\d\d")
_ROWS = frozenset({BlockKind.TABLE_ROW, BlockKind.LIST_ITEM})
_NO_TEXT = frozenset({BlockKind.HEADING, BlockKind.CAPTION, BlockKind.NOTE, BlockKind.FURNITURE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """A Story and how it was read.

    ``recipe`` names the method and the rules: texts of different recipes are never compared. ``charset``: the codec
    that worked, to be remembered. ``sources``: field -> where it came from. ``dropped``: the lines left out and the
    rule that took each (only with ``explain=True``). ``evidence``: 0-6, how much speaks for a story. ``live``: a live
    blog. ``suspect``: so unlike the last good text that it wants confirming by two more fetches. ``remembered``: what
    to keep and hand back as ``previous`` at the next reading of this page.
    """

    story: Story
    recipe: str
    charset: str
    sources: Mapping[str, str]
    remembered: Previous
    dropped: tuple[DroppedLine, ...] = ()
    evidence: int = 0
    live: bool = False
    suspect: bool = False


def recipe(rules: OutletRules = _NO_RULES) -> str:
    """Name and version of the method and of an outlet's rules, such as ``stet-3/article+a1b2c3d4``."""
    if not rules:
        return f"{VERSION}/article"
    parts = (sorted(rules.selectors.items()), rules.remove, rules.drop_lines, rules.method)
    return f"{VERSION}/{rules.method}+{hashlib.sha256(repr(parts).encode()).hexdigest()[:8]}"


def extract(
    html: bytes,
    *,
    url: str = "",
    content_type: str = "",
    charset_hint: str | None = None,
    rules: OutletRules = _NO_RULES,
    previous: Previous | None = None,
    status: int = 200,
    final_url: str = "",
    explain: bool = False,
) -> Extraction:
    """Read one page. Raises ExtractError (its ``kind`` is the gate's verdict) and nothing else, for any input.

    ``url`` is the address asked for, ``final_url`` the one that answered, ``status`` its HTTP status, ``content_type``
    its header. ``charset_hint``: the codec that worked last time. ``explain`` fills
    ``dropped``.
    """
    page = _Page(html, url, content_type, charset_hint, rules, previous, status, final_url, explain)
    try:
        return page.read()
    except (
        RecursionError, MemoryError, etree.LxmlError, ValueError, LookupError, TypeError, AttributeError,
        ArithmeticError,
    ) as error:  # fmt: skip
        # A page nobody foresaw must not stop a batch; the cause is chained for the log.
        raise ExtractError(
            "the page could not be read; please report it", kind="not_html", subject=final_url or url
        ) from error
    finally:
        if page.walked is not None:
            page.walked.let_go()


@dataclass(slots=True)
class _Page:
    """The steps of one extraction; each leaves what the next needs."""

    html: bytes
    url: str
    content_type: str
    charset_hint: str | None
    rules: OutletRules
    previous: Previous | None
    status: int
    final_url: str
    explain: bool
    sources: dict[str, str] = field(default_factory=dict)
    cards: int = 0
    teasers: list[str] = field(default_factory=list)
    sparse: bool = False
    walked: Walked | None = None

    @property
    def subject(self) -> str:
        return self.final_url or self.url

    def read(self) -> Extraction:
        self.typed()
        hint = self.charset_hint or (self.previous.charset if self.previous else None)
        text, codec = charset.decode(self.html, content_type=self.content_type, hint=hint)
        root, ld_json = self.tree(text)
        select.remove(root, self.rules.remove)
        about = head.read(root, ld_json, self.subject)
        walked = self.walked = walk.walk(root)
        if len(walked.lines) > markup.MAX_LINES:
            raise self.error("the page holds too many paragraphs for a story", "too_large")
        shown = self.headline(root, fields.headlines(walked, about))
        body, stand, filter_, is_live = self.body(root, walked, about, shown)
        story = self.story(root, walked, about, shown, body, stand, filter_)
        story = replace(story, is_live=is_live)
        if self.sparse and not self.rules.selectors.get("body") and gate.is_brief(story):
            story = self.scripted(text, about, story)
        signs = self.signs(text, walked, about, story)
        gate.check(signs, self.previous)
        remembered = Previous(
            charset=codec, recipe=recipe(self.rules), words=signs.words, sketch=gate_before.sketch(signs.body),
            headline=story.headline, had_closing_html=signs.complete, was_free=signs.free,
            offers=gate_before.offers(signs),
        )  # fmt: skip
        return Extraction(
            story=story,
            recipe=remembered.recipe,
            charset=codec,
            sources=self.sources,
            remembered=remembered,
            dropped=tuple(filter_.dropped) if self.explain else (),
            evidence=signs.evidence,
            live=is_live,
            suspect=gate_before.is_suspect(signs, self.previous),
        )

    def error(self, message: str, kind: str) -> ExtractError:
        return ExtractError(message, kind=kind, subject=self.subject)

    def typed(self) -> None:
        """Raise where the bytes are no HTML page at all."""
        gate.check_status(self.status, self.html, self.url, self.final_url)
        if len(self.html) > MAX_BYTES:
            raise self.error(f"the page is {len(self.html) // 1_000_000} MB, too large for a story", "too_large")
        if not self.html.strip():
            raise self.error("the page is empty", "empty")
        if self.html.startswith(_NOT_HTML) or charset.is_binary(self.html):
            raise self.error("this is a file, not a web page", "not_html")
        kind = self.content_type.split(";")[0].strip().lower()
        if "json" in kind or kind.startswith(("image/", "audio/", "video/", "font/")) or kind in _OTHER_TYPES:
            raise self.error(f"this is {kind}, not a web page", "not_html")

    def tree(self, text: str) -> tuple[etree._Element, tuple[str, ...]]:
        stripped = markup.strip(text)
        if len(stripped.html) > markup.MAX_CHARS:
            raise self.error("the page holds too much text for a story", "too_large")
        if (
            stripped.html.lstrip()[:1] in ("{", "[")
            or _XML.match(stripped.html[:5_000])
            or not _HTML_SIGN.search(stripped.html[:50_000])
        ):
            raise self.error("this is not an HTML page", "not_html")
        if stripped.html.count("<") > 2 * markup.MAX_ELEMENTS:
            raise self.error("the page holds too many elements for a story", "too_large")
        self.sparse = scripted.shows_little(stripped.html)
        root = markup.parse(stripped.html)
        if root is None:
            raise self.error("this is not an HTML page", "not_html")
        return root, stripped.ld_json

    def headline(self, root: etree._Element, found: Headlines) -> Headlines:
        self.sources["headline"] = found.source
        own = self.selected(root, "headline")
        return replace(found, shown=own[0]) if own else found

    def selected(self, root: etree._Element, name: str) -> list[str]:
        """What an outlet's selector finds for a field; the source is recorded where it finds something."""
        selector = self.rules.selectors.get(name)
        if not selector:
            return []
        if not select.is_valid(selector):
            self.sources["rules"] = f"the selector for {name} is not CSS: {selector!r}"
            return []
        found = select.texts(root, selector)
        if found:
            self.sources[name] = f"selector {selector}"
        return found

    def body(
        self, root: etree._Element, walked: Walked, about: Head, shown: Headlines
    ) -> tuple[list[Block], list[Line], sieve.Filter, bool]:
        """The blocks, the lines of the standfirst, the filter with what it dropped, and whether this is a live blog."""
        place = region.find(walked, shown.line)
        told = live.is_live(about.nodes, about.article) or self.rules.method == "live"
        entries = live.entries(walked, told=told, nodes=about.nodes)
        own = self.own_region(root, walked)
        place = own or place
        names, self.sources["byline"] = byline.byline(walked, about, shown.line)
        drops, bad = sieve.compile_drops(self.rules.drop_lines)
        if bad:
            self.sources["rules"] = f"no regular expression: {bad[0]!r}"

        def new_filter() -> sieve.Filter:
            return sieve.Filter(
                place, headline=shown.shown, drop=drops, byline=names,
                plain=self.rules.method == "selector" and own is not None,
            )  # fmt: skip

        filter_ = new_filter()
        inside = blocks.with_outside_notes(walked, blocks.in_region(walked, place, entries))
        stand, self.sources["standfirst"] = standfirst.find(walked, about, place, shown.line)
        if not entries and not told and own is None and odd.mark(walked, stand, told=self.sources["standfirst"]):
            stand, self.sources["standfirst"] = standfirst.find(walked, about, place, shown.line)
        self.cards = _cards(inside)
        everything = [*blocks.lead_captions(walked, shown.line), *inside]
        standing = set(map(id, stand))
        built = blocks.build([line for line in everything if id(line) not in standing], filter_, entries)
        if stand and all(block.kind in _NO_TEXT for block in built):
            # A story of one paragraph has no standfirst.
            stand, self.sources["standfirst"], filter_ = [], "", new_filter()
            built = blocks.build(everything, filter_, entries)
        if not entries:
            built = live.fold(built, told=told, walked=walked)
        known = {block.text for block in built}
        self.teasers = [line.text for line in inside if line.text in known and _is_teaser(line)]
        self.sources["body"] = "selector" if own else "live" if entries else "region"
        return built, stand, filter_, told or any(block.kind is BlockKind.LIVE_ENTRY for block in built)

    def own_region(self, root: etree._Element, walked: Walked) -> Region | None:
        selector = self.rules.selectors.get("body")
        if not selector:
            return None
        wanted = {id(element): element for element in select.elements(root, selector)}
        parts = tuple(node for node in walked.nodes if id(node.element) in wanted)
        if not parts:
            self.sources["rules"] = f"the selector for body finds nothing: {selector!r}"
            return None
        for part in parts:
            part.make &= ~(Make.SOFT | Make.STRONG | Make.HIDDEN)
        return Region(parts, True, sum(part.weight for part in parts))

    def story(
        self, root: etree._Element, walked: Walked, about: Head, shown: Headlines, body: list[Block], stand: list[Line],
        filter_: sieve.Filter,
    ) -> Story:  # fmt: skip
        published, self.sources["published_at"] = fields.published(walked, about, shown.line)
        if self.sources["published_at"] in ("time", "text") and any(one.kind is BlockKind.LIVE_ENTRY for one in body):
            published, self.sources["published_at"] = None, ""  # the first time on such a page is the newest entry's
        updated, self.sources["updated_at"] = fields.updated(about)
        standfirst_ = " ".join(line.text for line in stand)
        own = {name: self.selected(root, name) for name in self.rules.selectors if name not in ("body", "headline")}
        if own.get("captions"):
            body = [one for one in body if one.kind is not BlockKind.CAPTION]
            body += [Block(text=text, kind=BlockKind.CAPTION) for text in own["captions"]]
        if own.get("corrections"):
            known = {one.text for one in body if one.kind is BlockKind.NOTE}
            body = [*body, *(Block(text=t, kind=BlockKind.NOTE) for t in own["corrections"] if t not in known)]
        names = tuple(byline.tidy_names(own["byline"]))[:20] if own.get("byline") else filter_.byline
        return Story(
            headline=shown.shown,
            blocks=tuple(body),
            standfirst=" ".join(own.get("standfirst") or []) or standfirst_,
            byline=names,
            published_at=_first_moment(own.get("published")) or published,
            updated_at=_first_moment(own.get("updated")) or updated,
            lang=about.lang,
            corrections=fields.corrections(about),
            social_headline=shown.social if shown.social != shown.shown else "",
            search_headline=shown.search if shown.search != shown.shown else "",
            url=self.url or self.final_url,
            canonical_url=about.canonical,
            site_name=about.site_name,
        )

    def scripted(self, text: str, about: Head, story: Story) -> Story:
        """The story with the text its page's scripts hold, where that is more than a few words."""
        found = scripted.blocks(text, about.article, story.headline or about.title)
        if not found:
            return story
        self.sources["body"] = "scripts"
        self.cards = 0
        known = {block.text for block in found}
        kept = [block for block in story.blocks if block.kind is BlockKind.CAPTION and block.text not in known]
        standfirst_ = "" if story.standfirst in known else story.standfirst
        return replace(story, blocks=(*found, *kept), standfirst=standfirst_)

    def signs(self, text: str, walked: Walked, about: Head, story: Story) -> Signs:
        read = [block.text for block in story.blocks if block.kind is not BlockKind.CAPTION]
        joined = "\n".join([story.standfirst, *read] if read and story.standfirst else read)
        return Signs(
            url=self.url,
            final_url=self.final_url,
            markup=text,
            visible="\n".join(line.text for line in walked.lines[:400]),
            title=about.title,
            h1=" ".join(line.text for line in walked.h1s[:3]),
            headline=story.headline,
            body=joined,
            words=count_words(joined),
            blocks=len(story.blocks),
            ld_article=any(map(jsonld.is_article, about.nodes)),
            og_article=about.meta.get("og:type", "").lower().startswith("article"),
            dated=story.published_at is not None,
            free=fields.free(about),
            complete="</html" in text[-3_000:].lower(),
            min_words=self.rules.min_words,
            stamped=self.sources["published_at"] == "text" and bool(_SECONDS.search(text)),
            rows=sum(block.kind in _ROWS for block in story.blocks),
            noted=any(block.kind is BlockKind.NOTE for block in story.blocks),
            cards=self.cards,
            teasers=tuple(self.teasers),
        )


_OTHER_TYPES = frozenset("application/pdf application/zip application/octet-stream text/css text/javascript".split())


def _cards(lines: list[Line]) -> int:
    """How many headings of the region are links, where they are as many as half its paragraphs; else 0."""
    linked = sum(line.heading > 1 and line.link * 5 >= len(line.text) * 4 for line in lines)
    return linked if linked * 2 >= sum(line.weight > 0 for line in lines) else 0


_TITLE = 12
_TEASER = 120


def _is_teaser(line: Line) -> bool:
    """Whether a short line is the linked title of another story and a few words about it."""
    if line.link < _TITLE or len(line.text) > _TEASER or line.link * 5 < len(line.text) * 2:
        return False
    element: etree._Element | None = line.node.element
    while element is not None and element.tag != "a":
        if (element.text or "").strip():
            return False
        element = next((one for one in element if isinstance(one.tag, str)), None)
    return element is not None


def _first_moment(values: list[str] | None) -> datetime | None:
    return next((found for value in values or () if (found := moment(value)) is not None), None)
