"""Section and home pages: the links that look like stories, and the feeds and sitemaps a page offers.

A link looks like a story when its address does (a date, a long slug, a number) and its words read like a headline.
Links to sections, tags, authors, accounts, shops and other sites never do, nor do those in a page's footer. A link
without words of its own (laid over its card, or "read more") is called by the heading of its card.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

from bot.discover.address import host_of, key_of
from bot.discover.feed import absolute
from bot.discover.found import Entry, Found, FoundKind, Offer, plain
from bot.discover.tags import tamed

MAX_LINKS = 20_000
MAX_BYTES = 10_000_000

_DATE = re.compile(r"/(?:19|20)\d\d[/-](?:[01]?\d|[a-z]{3})(?:[/-][0-3]?\d)?(?=/|-|$)", re.IGNORECASE)
_NUMBER = re.compile(r"(?:[-/_.]|(?:id|idx\w*|sid|aid|nid|news|art\w*|story\w*)=)[a-z]{0,4}\d{5,}", re.IGNORECASE)
_NOT_STORIES = re.compile(
    r"/(?:tags?|topics?|themas?|themen?|temas?|etiquetas?|author|authors|autor|autores|auteurs?|by|profile|search|"
    r"suche|buscar|recherche|zoeken|ricerca|login|signin|register|account|subscribe|suscri\w*|abo|abonne\w*|newsletters?|"
    r"podcasts?|shop|store|jobs|about|contact|contacto|kontakt|impressum|imprint|privacy|datenschutz|terms|cookies?|"
    r"help|faq|rss|feeds?|sitemap|advert\w*|adx|adclick|sponsored|gutscheine?|coupons?|vouchers?|careers|horos[ck]op[eos]{0,2}|puzzles|"
    r"crosswords?|episodes?|games?|spiele|juegos|jeux|deals?|vergleich\w*|home(?:-\d+)?|startseite|page|user|users|share|print|comments?)(?:/|$|\.)",
    re.IGNORECASE,
)
_SHELVES = re.compile(
    r"/(?:people|category|categories|categorias?|categorie|rubrik|section|sections|seccion|weather|wetter|archive)"
    r"(?:/|$|\.)",
    re.IGNORECASE,
)
"""Where lists stand, and also stories whose address says so by a date or number of their own."""
_SIDE_HOST = re.compile(
    r"^(?:shop|store|abo|account|konto|login|sso|jobs?|stellenmarkt|karriere|careers|games?|spiele|tickets?|reisen?|"
    r"anzeigen|kleinanzeigen|immobilien\w*|gutscheine?|coupons?|vouchers?|epaper|mail|hilfe|help|support|vorteile|"
    r"premium|subscribe|newsletters?|services?|ads?|werbung|mediadaten|preisvergleich|search|suche|forum|community)\.",
    re.IGNORECASE,
)
"""Parts of a site that hold no stories, unless the page itself is there."""
_FILES = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|css|js|xml|rss|atom|json|ico|woff2?)$", re.IGNORECASE)
_FEED_TYPES = (
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/xml",
    "text/xml",
)  # fmt: skip
# A word for "story" before a name that is a code: "/news/articles/cx2lnzzr0mxo".
_CODE = re.compile(
    r"/(?:articles?|story|stories|artikel|artikkel|artiklar|articolo|articoli|noticias?|noticia|nieuws|actualite|nota|"
    r"news|a)/(?=[\w-]*\d)[\w-]{7,}(?:\.s?html?|/)?$",
    re.IGNORECASE,
)
# Codes of hexadecimal digits: "article69a372aa7c787f6a1cef2865", "a-85eb23d5-c607-401f-a43d-13be9d824104".
_HEX = re.compile(r"(?=[0-9a-f]{0,31}\d)[0-9a-f]{20,32}(?=[/.]|$)|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORDLESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts that put no spaces between words."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SILENT = frozenset(("style", "script", "noscript", "template", "svg"))
_UP = 6
_NEAR = 300
"""Elements above a link, and elements in each, in which the heading of its card is looked for."""
MAX_CARDS = 1_000
"""So many links of a page are called by their card."""
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_FEED_LINK = re.compile(
    r"(?:/(?:rss|feed|feeds|atom)(?:/|$|\.)|\.(?:rss|atom|rdf)$|[?&]feed=(?:rss2?|atom|rdf|json)\b)", re.IGNORECASE
)


def read_page(body: bytes, url: str, content_type: str = "") -> Found | None:
    """The stories and feeds a page links to; None where it is no HTML."""
    if b"<" not in body[:5000]:
        return None
    try:
        tree: Any = html.document_fromstring(tamed(body[:MAX_BYTES]), parser=_parser(body, content_type))
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    base = absolute(str(next(iter(tree.xpath("//base/@href")), "")), url) or url
    title = plain(next(iter(tree.xpath("//title/text()")), ""))
    feeds = tuple(_offers(tree, base))
    entries = tuple(_stories(tree, base, url))
    home = urlsplit(url).path in ("", "/") if url else bool(feeds)
    return Found(kind=FoundKind.HOME if home else FoundKind.SECTION, title=title, entries=entries, feeds=feeds)


def looks_like_story(address: str, words: str, *, headed: bool = False) -> bool:
    """Whether a link with this address and these words leads to a story. ``headed``: the words are a heading's."""
    own = _named(address)
    if own is None or own + 1 + headed < 3:
        return False
    count = len(words.split())
    short = (headed and own >= 2 and count >= 2) or (count >= 3 and _DATE.search(urlsplit(address).path) is not None)
    return short or _is_headline(words)


def _is_headline(words: str) -> bool:
    return len(words.split()) >= 4 or (len(words) >= 10 and _WORDLESS.search(words) is not None)


def _named(address: str) -> int | None:
    """How far an address alone speaks for a story, None where it speaks against one."""
    parts = urlsplit(address)
    path = parts.path
    if path in ("", "/") or _NOT_STORIES.search(path) or _FILES.search(path):
        return None
    segments = [segment for segment in path.split("/") if segment]
    slug = max(segments, key=lambda one: (_hyphens(one), len(one)))
    hyphens = _hyphens(slug)
    named = 2 if hyphens >= 3 and len(slug) >= 20 else 1 if hyphens >= 2 and len(slug) >= 15 else 0
    dated, numbered = bool(_DATE.search(path)), bool(_NUMBER.search(f"{path}?{parts.query}"))
    coded = bool(_CODE.search(path) or _HEX.search(path))
    if _SHELVES.search(path) and not (dated or numbered or coded):
        return None
    return 2 * dated + 2 * numbered + 2 * coded + named + (len(segments) >= 3)


def _hyphens(segment: str) -> int:
    return segment.count("-") + segment.count("_")


@dataclass(slots=True)
class _Link:
    """What the links to one address say together."""

    url: str
    words: str
    headed: bool
    element: Any


def _stories(tree: Any, base: str, url: str) -> Iterable[Entry]:
    site = host_of(url) or host_of(base)
    below = {link for footer in tree.iter("footer") if not _within(footer, "article") for link in footer.iter("a")}
    best: dict[str, _Link] = {}
    for count, link in enumerate(tree.iter("a")):
        if count > MAX_LINKS:
            break
        address = absolute(link.get("href") or "", base)
        if address is None or link in below or not _may_have_stories(host_of(address), site):
            continue
        words, headed = _words(link)
        known = best.setdefault(key_of(address), _Link(address, words, headed, link))
        if (headed, len(words)) > (known.headed, len(known.words)) and _is_headline(words) >= _is_headline(known.words):
            known.words, known.headed = words, headed
    cards = 0
    for key, found in best.items():
        named = _named(found.url)
        if named is None or named < 2 or (_is_headline(found.words) and named + 1 + found.headed >= 3):
            continue
        cards += 1
        if cards > MAX_CARDS:
            break
        words = _of_the_card(found.element, key, base)
        if words:
            found.words, found.headed = words, True
    return [
        Entry(url=one.url, title=one.words)
        for one in best.values()
        if looks_like_story(one.url, one.words, headed=one.headed)
    ]


def _may_have_stories(host: str, site: str) -> bool:
    return not site or (_same_site(host, site) and (host == site or not _SIDE_HOST.match(host)))


def _words(link: Any) -> tuple[str, bool]:
    """What a link says, and whether it is a heading: its own, or that it stands in."""
    words = _text(link)
    heading = max((_text(one) for one in link.iter(*_HEADINGS)), key=len, default="")
    if heading:
        return (words if _is_headline(words) and not _is_headline(heading) else heading), True
    if words:
        return words, _within(link, *_HEADINGS)
    return plain(link.get("title") or link.get("aria-label"), 300), False


def _of_the_card(link: Any, key: str, base: str) -> str:
    """The heading of the card that a link stands in: of the smallest element with one, and with no other story."""
    for above in islice(link.iterancestors(), _UP):
        near = list(islice(above.iter(), _NEAR + 1))
        if len(near) > _NEAR:
            return ""
        for other in near:
            address = absolute(other.get("href") or "", base) if other.tag == "a" else None
            if address is not None and key_of(address) != key and (_named(address) or 0) >= 2:
                return ""
        words = next((found for one in near if one.tag in _HEADINGS and (found := _text(one))), "")
        if words:
            return words
    return ""


def _within(element: Any, *names: str) -> bool:
    return next(element.iterancestors(*names), None) is not None


def _text(element: Any) -> str:
    """The words of an element on one line, without scripts and styles."""
    found: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if event == "end":
            found.append(node.tail or "" if node is not element else "")
        elif node.tag in _SILENT:
            walk.skip_subtree()
        else:
            found.append(node.text or "")
    return plain(" ".join(found), 300)


def _offers(tree: Any, base: str) -> Iterable[Offer]:
    seen: set[str] = set()
    for link in tree.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower()
        address = absolute(link.get("href") or "", base)
        if address is None or address in seen:
            continue
        if "alternate" in rel and kind in _FEED_TYPES:
            seen.add(address)
            yield Offer(url=address, title=plain(link.get("title"), 200))
        elif "sitemap" in rel:
            seen.add(address)
            yield Offer(url=address, title=plain(link.get("title"), 200), kind="sitemap")
    for count, link in enumerate(tree.iter("a")):
        if count > MAX_LINKS:
            break
        address = absolute(link.get("href") or "", base)
        if (
            address
            and address not in seen
            and _FEED_LINK.search(address)
            and _same_site(host_of(address), host_of(base))
        ):
            seen.add(address)
            yield Offer(url=address, title=_text(link)[:200])


def _same_site(one: str, other: str) -> bool:
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _parser(body: bytes, content_type: str) -> html.HTMLParser:
    """A parser with the page's charset: UTF-8 where it is that, else the server's word, else the page's own."""
    try:
        body.decode("utf-8")
        charset = "utf-8"
    except UnicodeDecodeError:
        told = _CHARSET.search(content_type)
        charset = told[1].lower() if told else ""
        charset = "" if charset in ("utf-8", "utf8") else charset
    try:
        return _html(charset or None)
    except LookupError:
        return _html(None)


def _html(charset: str | None) -> html.HTMLParser:
    return html.HTMLParser(huge_tree=False, no_network=True, remove_comments=True, encoding=charset)
