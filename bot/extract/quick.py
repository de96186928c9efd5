"""The quick key: in about a millisecond, whether anything a reader reads may have changed since the last fetch.

Equal keys mean that extraction would show the same Story, so it can be spared; different keys mean only that the work
must be done. The key is taken over all text extraction may show, in page order: lines outside scripts, the title, and
the fields of meta tags and JSON-LD that a Story takes over. Left out is what changes by itself and is never shown:
scripts and nonces, attributes in any order, class hashes, lines that are a moment, a counter or an advert's label
(``phrases.is_volatile``, the very rule of extraction), and lines that are nothing but links, or links and how long ago
that was; near the headline these stay where they may name an author or a day.
No tree is built: two passes of regular expressions over markup without scripts, linear in any input.
"""

from __future__ import annotations

import hashlib
import html as entities
import re
from functools import lru_cache

from bot.extract import charset, markup
from bot.extract.phrases import CORRECTION, is_fleeting, is_volatile

_META_TAG = re.compile(r"<meta\b[^>]*>")
_ATTRIBUTE = re.compile(
    r"""\b(name|property|itemprop|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_META = frozenset(
    "og:title twitter:title dc.title sailthru.title og:description description author article:author parsely-author "
    "dc.creator sailthru.author byl og:site_name og:type article:published_time datepublished date pubdate "
    "parsely-pub-date".split()
)
_LD_VOLATILE = re.compile(
    r'"(?:dateModified|userInteractionCount|commentCount|interactionCount|uploadDate|width|height|url|contentUrl|thumbnailUrl|@id|sameAs|image|logo|wordCount|nonce|cssSelector)"'
    r'\s*:\s*(?:"(?:[^"\\]|\\.)*+"|-?\d[\d.]*|\[\s*(?:"(?:[^"\\]|\\.)*+"[\s,]*)*+\])\s*,?'
)
_SPACE = re.compile(r"\s+")
_TITLE = re.compile(r"<title[^>]*>([^<]*)")
_SHOUTED = re.compile(r"<[A-Z]")
_TAG_NAME = re.compile(r"</?[A-Z][A-Za-z0-9]*")
# One letter per kind of tag, so that the second pass can tell lines, links, headlines and tables apart.
_LINK = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*["']?[^"'#\s>][^>]*>""")
_INLINE = re.compile(
    r"</?(?:span|a|img|b|i|em|strong|time|input|label|picture|source|small|abbr|acronym|bdi|bdo|big|blink|cite|code|data|del|dfn|font|ins|kbd|mark|nobr|q|s|samp|"
    r"strike|sub|sup|tt|u|var|wbr|ruby|rb|rt|rp|rtc|output|track|bsp-link|gu-link)(?:[\s/][^>]*)?>",
)
_SPACED = re.compile(r"<(?:br|/?t[dh])\b[^>]*>")
_TABLE = re.compile(r"<table\b[^>]*>")
_H1 = re.compile(r"<h1\b[^>]*>")
_TAG = re.compile(r"<[a-zA-Z/!?][^>]*>")
_LINKED = re.compile("\x05[^\x06]*\x06?")
_PIECES = re.compile("[|·•]")
_MARKS = re.compile("[\x05\x06]")
_LETTER = re.compile(r"[^\W_]")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}\.\d{1,2}\.\d\d\b")  # fields.published reads such lines
_NEAR_HEADLINE = 40
_MENU = 25  # shorter lines that are links are never notes (blocks.is_note)
_MAX = 12_000_000


def quick_key(html: bytes, *, charset_hint: str | None = None, keep_links: bool = False) -> str:
    """The key of a page: 32 hex digits. Never fails; for what is far too large it is the key of the bytes.

    ``keep_links``: for outlets with ``method = "selector"``, whose lines are shown even where they are links.
    """
    digest = hashlib.blake2b(digest_size=16)
    if len(html) > _MAX:
        digest.update(html)
        return digest.hexdigest()
    text, _ = charset.decode(html, hint=charset_hint)
    stripped = markup.strip(text)
    if _SHOUTED.search(stripped.html):
        lowered = _TAG_NAME.sub(lambda match: match.group().lower(), stripped.html)
        stripped = markup.Markup(lowered, stripped.ld_json)
    title = _TITLE.search(stripped.html)
    parts = [*_told(stripped), title.group(1) if title else ""]
    parts += _lines(stripped.html, parts[-1], keep_links)
    digest.update("\n".join(parts).encode("utf-8", "replace"))
    return digest.hexdigest()


def _told(stripped: markup.Markup) -> list[str]:
    """What JSON-LD and meta tags tell of the story, without the fields that change by themselves."""
    parts = [_SPACE.sub(" ", _LD_VOLATILE.sub("", script)) for script in stripped.ld_json]
    metas = set()
    for match in _META_TAG.finditer(stripped.html):
        found = {name.lower(): one or two or three for name, one, two, three in _ATTRIBUTE.findall(match.group())}
        name = (found.get("property") or found.get("name") or found.get("itemprop") or "").lower()
        if name in _META:
            metas.add(f"{name}={found.get('content', '')}")
    return [*parts, *sorted(metas)]


def _lines(html: str, title: str, keep_links: bool) -> list[str]:
    body = html.find("<body")
    if body > 0:
        html = html[body:]
    html = html.replace("\n", " ")
    if not keep_links:
        html = _LINK.sub("\x05", html).replace("</a>", "\x06")
    html = _INLINE.sub("", html)
    html = _SPACED.sub(" ", html)
    html = _TABLE.sub("\n\x02", html).replace("</table>", "\x03\n")
    html = _H1.sub("\n\x04", html)
    html = _TAG.sub("\n", html)
    return _shown(html.split("\n"), frozenset(title.casefold().split()))


def _shown(lines: list[str], title: frozenset[str]) -> list[str]:
    """The lines extraction may show, in order."""
    kept: list[str] = []
    in_table = 0
    near = -_NEAR_HEADLINE - 1
    for number, raw in enumerate(lines):
        bare = raw.replace("\x05", "").replace("\x06", "") if "\x05" in raw or "\x06" in raw else raw
        text = " ".join(bare.split())
        if not text:
            continue
        if text[0] in "\x02\x03\x04" or "\x03" in text:
            in_table = max(0, in_table + text.count("\x02") - text.count("\x03"))
            if "\x04" in text:
                near = number
        if in_table or text[0] == "\x04":
            kept.append(text)
        elif _may_show(raw, text, title, linked=bare is not raw, near=number - near <= _NEAR_HEADLINE):
            kept.append(_lasting(text))
    return kept


def _may_show(raw: str, text: str, title: frozenset[str], *, linked: bool, near: bool) -> bool:
    """Whether extraction may show a line, or read a headline, a name or a day from it.

    A day with its year near the headline may be what tells when the story was published; other moments are not shown.
    """
    if near and _YEAR.search(text):
        return True
    if linked and _is_only_links(raw):
        if len(text) > _MENU and CORRECTION.match(text):
            return True
        return (near or len(text) > _MENU) and (_like(text, title) or (near and _may_be_names(text)))
    return len(text) > 100 or not _volatile(text)


def _may_be_names(text: str) -> bool:
    """Authors may be links (``fields.byline``): few words, mostly capitalised, no digits."""
    words = text.split()
    if len(words) > 14 or any(map(str.isdigit, text)):
        return False
    return not text.isascii() or sum(word[:1].isupper() for word in words) * 2 >= len(words) - 1


def _is_only_links(raw: str) -> bool:
    """Nothing beside the links, or only how long ago that was and how many comments it has."""
    rest = _LINKED.sub("|", raw)
    if not _LETTER.search(rest):
        # Extraction asks for nine tenths of the line: short links with gaps between ("港口 议会 法院") fall short.
        gaps = len("".join(rest.split())) - 1
        return gaps * 10 <= len(_plain(" ".join(_MARKS.sub("", raw).split())))
    return len(rest) <= 80 and _all_fleeting(rest)


@lru_cache(maxsize=4_096)
def _all_fleeting(rest: str) -> bool:
    return all(is_fleeting(_plain(" ".join(piece.split()))) for piece in _PIECES.split(rest) if _LETTER.search(piece))


def _lasting(text: str) -> str:
    """The line without the parts between bars and dots that are fleeting: "By Ines Calloway · 3 hours ago"."""
    if len(text) > 140 or not _PIECES.search(text):
        return text
    return "|".join(piece for piece in _PIECES.split(text) if not is_fleeting(_plain(piece.strip())))


def _volatile(text: str) -> bool:
    return is_volatile(_plain(text))


def _plain(text: str) -> str:
    return entities.unescape(text) if "&" in text else text


def _like(text: str, title: frozenset[str]) -> bool:
    words = text.casefold().split()
    return bool(words) and len([word for word in words if word in title]) * 2 >= len(words)
