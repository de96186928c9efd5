"""The quick key: in about a millisecond, whether anything a reader reads may have changed since the last fetch.

Equal keys mean that extraction would show the same Story, so it can be spared; different keys mean only that the
work must be done. The key is taken over what extraction may show (all text outside scripts, navigation and forms, in
page order, the headline and author fields of meta tags and JSON-LD) and leaves out what changes by itself: scripts
and nonces, attributes and their order, class hashes, counters, clock times, moments like "3 hours ago".
"""

from __future__ import annotations

import hashlib
import re

from selectolax.lexbor import LexborHTMLParser

from bot.extract import charset, markup
from bot.extract.clean import clean
from bot.extract.phrases import MOMENT

# Never shown by extraction, whatever it holds (see walk.NEVER): what is taken out here must be a part of that.
_NEVER = "script,style,noscript,template,iframe,select,button,nav,object,video,audio,canvas,dialog,svg,math,textarea"
_META = frozenset(
    "og:title twitter:title dc.title sailthru.title og:description description author article:author parsely-author dc.creator "
    "sailthru.author byl og:site_name og:type article:published_time robots".split()
)
_LD_FIELD = re.compile(
    r'"(headline|alternativeHeadline|name|description|correction|text|articleBody|datePublished|isAccessibleForFree|@type|author|inLanguage)"\s*:\s*("(?:[^"\\]|\\.)*+"|true|false|\[\s*"(?:[^"\\]|\\.)*+")'
)
_MAX = 12_000_000


def quick_key(html: bytes, *, charset_hint: str | None = None) -> str:
    """The key of a page: 32 hex digits. Never fails; for what is no page it is the key of the bytes."""
    if len(html) > _MAX:
        return "raw:" + hashlib.blake2b(html, digest_size=16).hexdigest()
    text, _ = charset.decode(html, hint=charset_hint)
    stripped = markup.strip(text)
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(stripped):
        digest.update(part.encode("utf-8", "replace"))
        digest.update(b"\n")
    return digest.hexdigest()


def _parts(stripped: markup.Markup) -> list[str]:
    parts: list[str] = []
    for script in stripped.ld_json:
        parts.extend(sorted({match.group(1) + "=" + match.group(2) for match in _LD_FIELD.finditer(script)}))
    try:
        tree = LexborHTMLParser(stripped.html)
    except (ValueError, RuntimeError):
        return [stripped.html]
    for element in tree.css("meta[content]"):
        attributes = element.attributes
        name = (attributes.get("property") or attributes.get("name") or "").lower()
        if name in _META:
            parts.append(f"{name}={attributes.get('content')}")
    parts.sort()
    title = tree.css_first("title")
    parts.append(clean(title.text()) if title is not None else "")
    for element in tree.css(_NEVER):
        element.decompose()
    body = tree.body
    if body is None:
        return parts
    for raw in body.text(separator="\n").split("\n"):
        line = clean(raw)
        if any(map(str.isalpha, line)) and not (len(line) < 60 and MOMENT.fullmatch(line)):
            parts.append(line)
    return parts
