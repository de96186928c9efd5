"""The quick key: in about a millisecond, whether anything a reader reads may have changed since the last fetch.

Equal keys mean that extraction would show the same Story, so it can be spared; different keys mean only that the work
must be done. The key is taken over all text extraction may show, in page order: lines outside scripts, the title, and
the fields of meta tags and JSON-LD that a Story takes over. Left out is what changes by itself and is never shown:
scripts and nonces, attributes in any order, class hashes, lines that are a moment, a counter or an advert's label
(``phrases.is_volatile``, the very rule of extraction), and lines that are nothing but links, or links and how long ago
that was; near the headline these stay where they may name an author or a day.
No tree is built and nothing but the lines left at the end is decoded: a few passes of regular expressions over bytes,
each linear in any input. (A parser that builds the HTML5 tree in half a millisecond takes fourteen seconds for a
hundred thousand open elements.)
"""

from __future__ import annotations

import hashlib
import html as entities
import re
from functools import lru_cache

from bot.extract import charset
from bot.extract.phrases import CORRECTION, is_fleeting, is_volatile
from bot.extract.scripted import FEW_PARAGRAPHS

# What is never text, as ``markup.strip`` takes it out; a "ScRiPt" nobody writes stays in, which only costs work.
_RAW = re.compile(
    rb"<(?:!--|(script|style|noscript|template|iframe|textarea|math|SCRIPT|Script|STYLE|NOSCRIPT|IFRAME|TEXTAREA)(?=[\s>/]))"
)
# Plain scripts and styles stand in rows, so a whole row goes at once; what holds "</" or JSON is looked at by itself.
_RAW_ROW = re.compile(
    rb"(?:<(?:script(?=[\s>])(?![^<>]*(?i:json))[^<>]*+>[^<]*+(?:<(?!/)[^<]*+)*+</script>|"
    rb"style(?=[\s>])[^<>]*+>[^<]*+(?:<(?!/)[^<]*+)*+</style>)(?:(\s)\s*+)?)+"
)
_CLOSERS = {
    name: re.compile(b"</" + name + rb"(?:\s[^>]*+)?>", re.IGNORECASE)
    for name in (b"script", b"style", b"svg", b"noscript", b"template", b"iframe", b"textarea", b"math")
}
# Icons come by the hundred, so the plain ones go in one sweep of their own.
_DRAWING = re.compile(
    rb"<svg(?=[\s>])[^<>]*(?<!/)>(?:[^<]|</?(?:path|g|use|circle|rect|line|poly(?:gon|line)|ellipse|defs|title)(?=[\s>/])[^<>]*>)*+"
    rb"</svg\s*>"
)
_IN_ROWS = (b"script", b"style")
_LEFT_DRAWING = re.compile(rb"<(svg)(?=[\s>/])")
_LD_JSON = re.compile(rb"""type\s*=\s*["']?application/(?:[a-z]*\+)?(?:ld\+)?json""", re.IGNORECASE)

_META_TAG = re.compile(rb"""(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
# Attribute names in any case, but written as sets of letters: so the search can skip ahead.
_META_NAME = re.compile(
    rb"""\b[nNpPiI](?:[aA][mM][eE]|[rR][oO][pP][eE][rR][tT][yY]|[tT][eE][mM][pP][rR][oO][pP])\s*=\s*["']?"""
    rb"""(?i:og:(?:title|description|site_name|type)|twitter:title|dc\.(?:title|creator)|sailthru\.(?:title|author)|"""
    rb"""headline|description|author|article:(?:author|published_time)|parsely-(?:author|pub-date)|byl|"""
    rb"""datepublished|datecreated|date|pubdate)"""
    rb"""(?=["'\s/>])"""
)
_META_CONTENT = re.compile(rb"""[cC][oO][nN][tT][eE][nN][tT]\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_LD_VOLATILE = re.compile(
    rb'"(?:dateModified|userInteractionCount|commentCount|interactionCount|uploadDate|width|height|url|contentUrl|thumbnailUrl|sameAs|image|logo|wordCount|nonce|cssSelector)"'
    rb'\s*:\s*(?:"(?:[^"\\]|\\.)*+"|-?\d[\d.]*|\[\s*(?:"(?:[^"\\]|\\.)*+"[\s,]*)*+\])\s*,?'
)
_TITLE = re.compile(rb"<title[^<>]*>([^<]*)")
_SHOUTED = re.compile(rb"<[A-Z]")
_TAG_NAME = re.compile(rb"</?[A-Z][A-Za-z0-9]*")
# One letter per kind of tag, so that the second pass can tell lines, links, headlines and tables apart.
_LINK = re.compile(rb"""<a\b[^<>]*?\bhref\s*=\s*["']?[^"'#\s>][^>]*>""")
_INLINE = re.compile(
    rb"</?+(?:span|a|img|b|i|em|strong|time|input|label|picture|source|small|abbr|acronym|bdi|bdo|big|blink|cite|code|data|del|dfn|font|ins|kbd|mark|nobr|q|s|samp|"
    rb"strike|sub|sup|tt|u|var|wbr|ruby|rb|rt|rp|rtc|output|track|bsp-link|gu-link|person|org|location|chron|money|num)(?:[\s/][^>]*+)?>"
)
_SPACED = re.compile(rb"<(?:br|/?t[dh])\b[^>]*>")
_TAG = re.compile(rb"<[a-zA-Z/!?][^>]*>")
_BLOCKS_LINKED = re.compile(rb"\x05[^\x05\x06<]*<[^\x05\x06]*\x06")
_ONE_BLOCK_LINKED = re.compile(
    rb"\x05([^\x05\x06<]*+)<(?!h1|table)([a-z][a-z0-9-]*+)[^\x05\x06<>]*+>([^\x05\x06<]*+)</\2>([^\x05\x06<]*+)\x06"
)
_OPEN_OR_CLOSE = re.compile(rb"</?")
_LINKED = re.compile("\x05[^\x06]*\x06?")
_PIECES = re.compile("[|·•]")
_MARKS = re.compile("[\x05\x06]")
_LETTER = re.compile(r"[^\W_]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\b\d{1,2}\.\d{1,2}\.\d\d\b")  # fields.published reads such lines
_FIGURE = re.compile(r"\d")
_NEAR_HEADLINE = 40
_WORDS_ONLY = 24
_SHORT = 40
_MENU = 25  # shorter lines that are links are never notes (sieve.is_note)
_MAX = 12_000_000


def quick_key(html: bytes, *, charset_hint: str | None = None, keep_links: bool = False) -> str:
    """The key of a page: 32 hex digits. Never fails; for what is far too large it is the key of the bytes.

    ``keep_links``: for outlets with ``method = "selector"``, whose lines are shown even where they are links.
    """
    if len(html) > _MAX:
        return _digest(html)
    if 0 not in html and 0x1B not in html:  # else UTF-16 or a charset that shifts
        try:
            return _digest(_told(html, keep_links))
        except UnicodeDecodeError:
            pass
    text, _ = charset.decode(html, hint=charset_hint)
    return _digest(_told(text.encode("utf-8", "replace"), keep_links))


def _digest(told: bytes) -> str:
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def _told(page: bytes, keep_links: bool) -> bytes:
    """All that the page may tell a reader. Raises UnicodeDecodeError where its lines are no UTF-8."""
    bare, ld_json = _bare(page)
    if _SHOUTED.search(bare):
        bare = _TAG_NAME.sub(lambda match: match.group().lower(), bare)
    found = _TITLE.search(bare)
    title = found.group(1).decode() if found else ""
    lines = _shown(_lines(bare, keep_links), frozenset(title.casefold().split()))
    parts = [_LD_VOLATILE.sub(b"", script) for script in ld_json]
    if not _has_paragraphs(bare):
        parts.extend(_states(page))
    return b"\n".join([*parts, *_metas(bare), title.encode(), *(line.encode("utf-8", "replace") for line in lines)])


def _has_paragraphs(bare: bytes) -> bool:
    """Whether the page has paragraphs enough to be read from its markup; counts no further than that."""
    found, at = 0, -1
    while found < FEW_PARAGRAPHS:
        at = bare.find(b"<p", at + 1)
        if at < 0:
            return False
        found += bare[at + 2 : at + 3] in (b">", b" ")
    return True


def _states(page: bytes) -> list[bytes]:
    """The scripts that hold JSON: of a page with hardly a paragraph the story may stand there (``scripted``)."""
    states: list[bytes] = []
    for script in page.split(b"<script")[1:]:
        tag, _, text = script.partition(b">")
        if not _LD_JSON.search(tag) and (b'":' in text or b'\\":' in text):
            states.append(text.split(b"</script", 1)[0])
    return states


def _bare(page: bytes) -> tuple[bytes, list[bytes]]:
    """The page without scripts, styles, comments and drawings, and the JSON-LD among its scripts."""
    ld_json: list[bytes] = []
    bare = _without(_RAW, page, ld_json)
    if b"<svg" in bare:
        bare = _DRAWING.sub(b"", bare)
        if b"<svg" in bare:
            bare = _without(_LEFT_DRAWING, bare, ld_json)
    return bare, ld_json


def _without(raw: re.Pattern[bytes], page: bytes, ld_json: list[bytes]) -> bytes:
    kept: list[bytes] = []
    unclosed: set[bytes] = set()
    position = 0
    while match := raw.search(page, position):
        kept.append(page[position : match.start()])
        name = match.group(1)
        if name in _IN_ROWS and (row := _RAW_ROW.match(page, match.start())):
            position = row.end()
            if row.group(1):
                kept.append(b" ")
            continue
        if name is None:
            end = page.find(b"-->", match.start() + 2)
            position = len(page) if end < 0 else end + 3
            continue
        name = name.lower()
        opened = page.find(b">", match.end())
        if opened < 0:
            return b"".join(kept)
        if page[opened - 1] == 0x2F and name in (b"svg", b"math"):
            position = opened + 1
            continue
        closed = _CLOSERS[name].search(page, opened) if name not in unclosed else None
        if closed is None:
            unclosed.add(name)
            # A browser takes the rest as script; for the others the tag alone is dropped.
            position = len(page) if name in (b"script", b"style", b"textarea") else opened + 1
            continue
        if name == b"script" and _LD_JSON.search(page, match.end(), opened):
            ld_json.append(page[opened + 1 : closed.start()])
        position = closed.end()
        if name == b"noscript":
            kept.append(b" ")
    kept.append(page[position:])
    return b"".join(kept)


def _metas(bare: bytes) -> list[bytes]:
    """What meta tags tell of the story, in any order of tags and attributes."""
    metas: set[bytes] = set()
    for rest in bare.split(b"<meta")[1:]:
        tag = _META_TAG.match(rest)
        told = tag.group() if tag else rest[: rest.find(b">") + 1]
        names = _META_NAME.findall(told)
        if names:
            metas.update(name + content for name in names for content in _META_CONTENT.findall(told))
    return sorted(metas)


def _lines(html: bytes, keep_links: bool) -> list[str]:
    """The page's lines, with marks where links, tables and headlines begin and end."""
    body = html.find(b"<body")
    end = html.rfind(b">") + 1  # what follows holds no whole tag
    html, rest = html[max(body, 0) : end].replace(b"\n", b" "), html[end:]
    if not keep_links:
        html = b"\x06".join(_LINK.sub(b"\x05", html).split(b"</a>"))
    html = _ONE_BLOCK_LINKED.sub(_one_linked, _SPACED.sub(b" ", _INLINE.sub(b"", html)))
    html = _BLOCKS_LINKED.sub(_each_linked, html)
    html = b"\n\x04<h1".join(html.split(b"<h1"))
    if b"<table" in html:
        html = html.replace(b"<table", b"\n\x02<table").replace(b"</table>", b"\x03\n")
    return (_TAG.sub(b"\n", html) + rest).decode().split("\n")


def _one_linked(link: re.Match[bytes]) -> bytes:
    """``_each_linked`` of a link around one block, as most cards are."""
    before, _, text, after = link.groups()
    return b"\x05%b\x06\n\x05%b\x06\n\x05%b\x06" % (before, text, after)


def _each_linked(link: re.Match[bytes]) -> bytes:
    """A link around whole blocks (a card: picture, heading, text) links every line of them, as in the walk.

    Only where it encloses them truly: of a link that was never closed nobody knows how far it goes.
    """
    inside = link.group()
    depth = 0
    for mark in _OPEN_OR_CLOSE.findall(inside):
        depth += 1 if mark == b"<" else -1
        if depth < 0:
            return inside
    if depth or b"<h1" in inside or b"table" in inside:
        return inside
    return _TAG.sub(b"\x06\n\x05", inside)


def _shown(lines: list[str], title: frozenset[str]) -> list[str]:
    """The lines extraction may show, in order."""
    kept: list[str] = []
    in_table = 0
    near = headline = -1
    for number, raw in enumerate(lines):
        bare = raw.strip()
        if not bare:
            continue
        linked = "\x05" in bare or "\x06" in bare
        if linked and number > near and not in_table and (passed := _passed_over(bare, title)) is not None:
            kept += passed  # by far the most: menus and cards
            continue
        text = " ".join((_MARKS.sub("", bare) if linked else bare).split())
        if not text:
            continue
        if text[-1] in "\x02\x03\x04":
            in_table = max(0, in_table + text.count("\x02") - text.count("\x03"))
            if text[-1] == "\x04":
                near, headline = number + _NEAR_HEADLINE, number + 1
            kept.append(text)
        elif in_table or number == headline:
            kept.append(text)
        elif _may_show(bare, text, title, linked=linked, near=number <= near):
            kept.append(_lasting(text))
    return kept


def _passed_over(bare: str, title: frozenset[str]) -> tuple[str, ...] | None:
    """What a line shows that is one link, or a short one of links, far from the headline: mostly nothing.

    None where it has to be looked at more closely.
    """
    if not _is_one_link(bare):
        return () if len(bare) <= _SHORT and _is_menu(bare) else None
    if len(bare) <= _MENU:
        return ()
    text = " ".join(bare[1:-1].split())
    if "\x05" in text:
        return None
    return (_lasting(text),) if len(text) > _MENU and (_like(text, title) or bool(CORRECTION.match(text))) else ()


@lru_cache(maxsize=4_096)
def _is_menu(bare: str) -> bool:
    """Whether a line is nothing but links, and too short for a note. Among them "7 min ago" beside a card."""
    text = " ".join(_MARKS.sub("", bare).split())
    return len(text) <= _MENU and text[-1:] not in ("\x02", "\x03", "\x04") and _is_only_links(bare)


def _may_show(bare: str, text: str, title: frozenset[str], *, linked: bool, near: bool) -> bool:
    """Whether extraction may show a line, or read a headline, a name or a day from it.

    A day with its year near the headline may be what tells when the story was published; other moments are not shown.
    """
    if len(text) > 100 and not linked:
        return True
    if near and _YEAR.search(text):
        return True
    if linked and _is_only_links(bare):
        if len(text) > _MENU:
            return _like(text, title) or _is_note(text) or (near and _may_be_names(text))
        return near and (_like(text, title) or _may_be_names(text))
    return len(text) > 100 or not _volatile(text)


def _may_be_names(text: str) -> bool:
    """Authors may be links (``fields.byline``): few words, mostly capitalised, no digits."""
    words = text.split()
    if len(words) > 14 or any(map(str.isdigit, text)):
        return False
    return not text.isascii() or sum(word[:1].isupper() for word in words) * 2 >= len(words) - 1


def _is_one_link(bare: str) -> bool:
    return bare[0] == "\x05" and bare.find("\x06") == len(bare) - 1


def _is_only_links(bare: str) -> bool:
    """Nothing beside the links, or only how long ago that was and how many comments it has."""
    if _is_one_link(bare):
        return True
    rest = _LINKED.sub("|", bare)
    if not _LETTER.search(rest):
        # Extraction asks for nine tenths of the line: short links with gaps between ("港口 议会 法院") fall short.
        gaps = len("".join(rest.split())) - 1
        return gaps * 10 <= len(_plain(" ".join(_MARKS.sub("", bare).split())))
    return len(rest) <= 80 and _all_fleeting(rest)


@lru_cache(maxsize=4_096)
def _is_note(text: str) -> bool:
    return bool(CORRECTION.match(text))


@lru_cache(maxsize=4_096)
def _all_fleeting(rest: str) -> bool:
    return all(is_fleeting(_plain(" ".join(piece.split()))) for piece in _PIECES.split(rest) if _LETTER.search(piece))


def _lasting(text: str) -> str:
    """The line without the parts between bars and dots that are fleeting: "By Ines Calloway · 3 hours ago"."""
    if len(text) > 140 or not _PIECES.search(text):
        return text
    return "|".join(piece for piece in _PIECES.split(text) if not is_fleeting(_plain(piece.strip())))


def _volatile(text: str) -> bool:
    # Longer moments and counters hold a figure: others need not be looked at.
    return (len(text) <= _WORDS_ONLY or bool(_FIGURE.search(text))) and is_volatile(_plain(text))


def _plain(text: str) -> str:
    return entities.unescape(text) if "&" in text else text


def _like(text: str, title: frozenset[str]) -> bool:
    words = text.casefold().split()
    return not title.isdisjoint(words) and sum(map(title.__contains__, words)) * 2 >= len(words)
