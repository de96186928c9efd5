"""``extract``: one page in, one Story out, or a typed error that says in a sentence why not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from bot.core.story import Story
from bot.errors import ExtractError
from bot.extract import blocks, charset, fields, gate, head, markup, region, standfirst, walk
from bot.extract.blocks import DroppedLine
from bot.extract.rules import OutletRules, Previous

VERSION = "stet-1"
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """A Story and how it was read.

    ``recipe`` names the method and the rules: texts of different recipes are never compared. ``charset``: the codec
    that worked, to be remembered. ``sources``: field -> where it came from. ``dropped``: the lines left out and the
    rule that took each (only with ``explain=True``). ``evidence``: 0-6, how much speaks for a story. ``live``: a live
    blog. ``suspect``: so unlike the last good text that it wants confirming by another fetch. ``remembered``: what to
    keep for the next ``extract`` of this page.
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


def recipe(rules: OutletRules) -> str:
    """Name and version of the method and of an outlet's rules, such as ``stet-1/article+a1b2c3d4``."""
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
    rules: OutletRules = OutletRules(),  # noqa: B008 - frozen, and there is only one
    previous: Previous | None = None,
    status: int = 200,
    final_url: str = "",
    site_lines: frozenset[str] = frozenset(),
    explain: bool = False,
) -> Extraction:
    """Read one page. Raises ExtractError (its ``kind`` is the gate's verdict) and nothing else, for any input."""
    try:
        return _Page(html, url, content_type, charset_hint, rules, previous, status, final_url, site_lines, explain).read()
    except (RecursionError, MemoryError, etree.LxmlError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ExtractError("the page could not be read; please report it", kind="not_html", subject=final_url or url) from error


_HTML_SIGN = re.compile(r"<(?:!doctype html|html|head|body|p|div|article|h1|title|meta|span|table|main|section|a)\b", re.IGNORECASE)
_NOT_HTML = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x7fELF", b"BM", b"\0\0\0")


def _typed(html: bytes, content_type: str, subject: str) -> None:
    """Raise where the bytes are no HTML page at all."""
    if len(html) > MAX_BYTES:
        raise ExtractError(f"the page is {len(html) // 1_000_000} MB, too large for a story", kind="too_large", subject=subject)
    if not html.strip():
        raise ExtractError("the page is empty", kind="empty", subject=subject)
    if html.startswith(_NOT_HTML):
        raise ExtractError("this is a file, not a web page", kind="not_html", subject=subject)
    kind = content_type.split(";")[0].strip().lower()
    if kind and ("json" in kind or kind.startswith(("image/", "audio/", "video/", "font/")) or kind in ("application/pdf", "application/zip", "text/css")):
        raise ExtractError(f"this is {kind}, not a web page", kind="not_html", subject=subject)


@dataclass(slots=True)
class _Page:
    """The steps of one extraction, in order; each leaves what the next needs."""

    html: bytes
    url: str
    content_type: str
    charset_hint: str | None
    rules: OutletRules
    previous: Previous | None
    status: int
    final_url: str
    site_lines: frozenset[str]
    explain: bool
    sources: dict[str, str] = field(default_factory=dict)
    dropped: list[DroppedLine] = field(default_factory=list)

    def read(self) -> Extraction:
        subject = self.final_url or self.url
        _typed(self.html, self.content_type, subject)
        hint = self.charset_hint or (self.previous.charset if self.previous else None)
        text, codec = charset.decode(self.html, content_type=self.content_type, hint=hint)
        complete = "</html" in text[-3_000:].lower()
        stripped = markup.strip(text)
        if len(stripped.html) > markup.MAX_CHARS:
            raise ExtractError("the page holds too much text for a story", kind="too_large", subject=subject)
        if not _HTML_SIGN.search(stripped.html[:20_000]):
            raise ExtractError("this is not an HTML page", kind="not_html", subject=subject)
        root = markup.parse(stripped.html)
        if root is None:
            raise ExtractError("this is not an HTML page", kind="not_html", subject=subject)
        about = head.read(root, stripped.ld_json, subject)
        walked = walk.walk(root)
        found = fields.headlines(walked, about)
        place = region.find(walked, found.line)
        stand, why = standfirst.find(walked, about, place, found.line)
        lines = [line for line in blocks.in_region(walked, place) if line not in stand]
        lines = [line for line in blocks.lead_captions(walked, place, found.line) if line not in stand] + lines
        names, byline_source = fields.byline(walked, about, found.line)
        filter_ = blocks.Filter(place, headline=found.shown, site_lines=self.site_lines, byline=names)
        body = blocks.build(lines, filter_)
        return self.finish(about, walked, found, stand, why, body, filter_, codec, complete, text, names, byline_source)

    def finish(self, about, walked, found, stand, why, body, filter_, codec, complete, text, names, byline_source):  # type: ignore[no-untyped-def]
        published, published_source = fields.published(walked, about, found.line)
        updated, updated_source = fields.updated(about)
        joined = "\n".join(block.text for block in body)
        story = Story(
            headline=found.shown,
            blocks=tuple(body),
            standfirst=" ".join(line.text for line in stand),
            byline=names,
            published_at=published,
            updated_at=updated,
            lang=about.lang,
            corrections=fields.corrections(about),
            social_headline=found.social if found.social != found.shown else "",
            search_headline=found.search if found.search != found.shown else "",
            url=self.url or self.final_url,
            canonical_url=about.canonical,
            site_name=about.site_name,
        )
        signs = gate.Signs(
            status=self.status, url=self.url, final_url=self.final_url, size=len(self.html), markup=text,
            visible="\n".join(line.text for line in walked.lines[:400]), title=about.title,
            h1=" ".join(line.text for line in walked.h1s[:3]), headline=found.shown, body=joined,
            words=gate.count_words(joined), blocks=len(body), ld_article=any(map(head.jsonld.is_article, about.nodes)),
            og_article=about.meta.get("og:type", "").lower().startswith("article"), dated=published is not None,
            free=fields.free(about), complete=complete, min_words=self.rules.min_words,
        )  # fmt: skip
        gate.check(signs, self.previous)
        self.sources = {"headline": found.source, "standfirst": why, "byline": byline_source, "published_at": published_source, "updated_at": updated_source}
        return Extraction(
            story=story, recipe=recipe(self.rules), charset=codec, sources=self.sources,
            remembered=Previous(charset=codec, recipe=recipe(self.rules), words=signs.words, sketch=gate.sketch(joined), headline=found.shown, had_closing_html=complete, was_free=signs.free),
            dropped=tuple(filter_.dropped) if self.explain else (), evidence=signs.evidence, suspect=gate.is_suspect(signs, self.previous),
        )  # fmt: skip
