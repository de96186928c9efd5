"""What libxml2 reads otherwise than every browser does, put right in the markup before it parses.

Its rules are those of HTML 4: it keeps no text after an early ``</html>``, ignores the end tag of an HTML 5 part while
a ``div`` in it is open, and a heading's end tag of another level. Each of these hid a story that readers saw; of 2,062
saved pages of eleven projects 59 forget a ``</div>`` so, 20 end early and 5 cross their headings.
"""

from __future__ import annotations

import re

_STRAY_QUOTE = re.compile(r"""(=(?:"[^"<>]*"|'[^'<>]*')\s+)"(?=[a-zA-Z-]+=")""")
_END = re.compile(r"</(?:body|html)(?:\s[^>]*)?>", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)[hH]([1-6])(?=[\s>])")
_PART = re.compile(
    r"<(/?)(div|figure|aside|section|article|nav|main|header|footer|table|td|th)(?=[\s>/])", re.IGNORECASE
)
_CELLS = frozenset({"td", "th"})
_RANKED = _CELLS | {"div", "table"}
_DEEPEST = 500
_HEAD_TAG = re.compile(
    r"(?:<(?:!doctype|html|head|title|meta|link|base|/head|/title|/html)\b[^>]*>|<\?[^>]*>|(?<=>)[^<]+(?=</title)|\s+)*+",
    re.IGNORECASE,
)
_BODY = re.compile(r"<(?:body|frameset)[\s>]", re.IGNORECASE)


def mend(html: str) -> str:
    """Markup without scripts and comments that libxml2 nests as browsers do; linear in its length."""
    if '" "' in html:
        # A quote before an attribute's name opens a value, for libxml2 and for whoever measures tags by their quotes.
        html = _STRAY_QUOTE.sub(r"\1", html)
    return _close_divs(_match_headings(_END.sub("", html)))


def _match_headings(html: str) -> str:
    """The end tag of any heading closes the one that is open (HTML standard, 13.2.6.4.7)."""
    level = ""

    def matched(match: re.Match[str]) -> str:
        nonlocal level
        if not match.group(1):
            level = match.group(2)
            return match.group()
        closes, level = level or match.group(2), ""
        return f"</h{closes}"

    return _HEADING.sub(matched, html)


def _close_divs(html: str) -> str:
    """The markup with the ``</div>`` a page forgot before it closes the part around: ``</figure>``, ``</aside>`` ...

    A browser closes the part and whatever is open in it; libxml2 ranks ``div`` above the parts HTML 5 added and drops
    their end tag, so the rest of the story would stand in a figure. Tables and cells bound a part. Only pages whose
    ``div``s do not match are looked at, one in thirteen; one nested beyond all reason is left as it is.
    """
    if html.count("<div") == html.count("</div"):
        return html
    kept: list[str] = []
    position = 0
    opened: list[str] = []
    for match in _PART.finditer(html):
        name = match.group(2).lower()
        if not match.group(1):
            opened.append(name)
            if len(opened) > _DEEPEST:
                return html
            continue
        place = _innermost(opened, name)
        if place is None:
            continue
        missing = opened[place:].count("div") if name not in _RANKED else 0
        if missing:
            kept += (html[position : match.start()], "</div>" * missing)
            position = match.start()
        del opened[place:]
    return "".join((*kept, html[position:]))


def _innermost(opened: list[str], name: str) -> int | None:
    """Where the innermost open part of this name is, unless a table or cell stands between."""
    if name not in opened:
        return None
    place = len(opened) - 1 - opened[::-1].index(name)
    between = opened[place + 1 :]
    bounds = () if name == "table" else ("table",) if name in _CELLS else ("table", "td", "th")
    return None if any(bound in between for bound in bounds) else place


def with_body(html: str) -> str:
    """The tags of head and body may be left out, but libxml2 takes elements it does not know for parts of the head."""
    if _BODY.search(html):
        return html
    end = _HEAD_TAG.match(html)
    return f"{html[: end.end()]}<body>{html[end.end() :]}" if end is not None else html
