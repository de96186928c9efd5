"""Atom feeds (RFC 4287): one entry per change, the change itself inside it, readable without any style.

Feed readers drop styles and often ``ins`` and ``del`` too, so words say what went and what came, and each changed
paragraph is shown as it was and as it is. Ids are ``tag:`` URIs (RFC 4151) that never change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from bot.core.comparison import Comparison, Severity
from bot.core.story import Story
from bot.render import html
from bot.render.html_diff import DiffLine, diff_view
from bot.render.html_words import href, kinds_line
from bot.render.message import Message, kind_words
from bot.render.plain import safe

ATOM = "http://www.w3.org/2005/Atom"
SINCE = "2026"
"""The year of the ``tag:`` ids: any in which the host was ours, and never another."""
MAX_LINES = 30
MAX_CHARACTERS = 60_000
"""What one entry holds at most; the rest is counted and linked."""
MAX_PARAGRAPH = 4_000
NEVER = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of a feed in which nothing has happened yet: it must have one, and it must not move."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change as a feed tells it. ``content`` is HTML made by ``content()``; addresses are absolute."""

    id: str
    title: str
    url: str
    updated: datetime
    summary: str = ""
    content: str = ""
    author: str = ""
    original: str = ""
    categories: tuple[str, ...] = ()


def feed(
    *, id: str, title: str, self_url: str, page_url: str, entries: Sequence[Entry], version: str = "", icon: str = ""
) -> bytes:
    """A whole feed as UTF-8 bytes, newest entry first as given."""
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _text(root, "id", id)
    _text(root, "title", title)
    _text(root, "updated", _time(max((entry.updated for entry in entries), default=NEVER)))
    _link(root, "self", self_url, "application/atom+xml")
    _link(root, "alternate", page_url, "text/html")
    _text(ElementTree.SubElement(root, "author"), "name", "Stet")
    _text(root, "generator", "Stet", **({"version": version} if version else {}))
    if icon:
        _text(root, "icon", icon)
    for entry in entries:
        _entry(root, entry)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def tag(authority: str, *parts: str | int) -> str:
    """A ``tag:`` id of ours: ``tag:news.example,2026:stet/story/812/2..3``."""
    return f"tag:{authority},{SINCE}:" + "/".join(["stet", *(str(part) for part in parts)])


def content(comparison: Comparison, old: Story, new: Story, *, diff_url: str = "", original: str = "") -> str:
    """The body of an entry: findings, then each changed place as it was and as it is."""
    view = diff_view(comparison, old, new)
    lines = [part for part in (*view.fields, *view.parts) if isinstance(part, DiffLine) and not part.quiet]
    shown: list[DiffLine] = []
    size = 0
    for line in lines:
        size += sum(len(words) for side in (line.old, line.new) for runs in side for _, words in runs)
        if len(shown) >= MAX_LINES or (shown and size > MAX_CHARACTERS):
            break
        shown.append(line)
    values = {
        "comparison": comparison,
        "findings": view.findings[:12],
        "more_findings": max(0, len(view.findings) - 12),
        "lines": shown,
        "limit": MAX_PARAGRAPH,
        "more": len(lines) - len(shown),
        "diff_url": href(diff_url),
        "original": href(original),
    }
    return html.page("entry.html", values)


def title(kinds: Sequence[str], headline: str, severity: Severity) -> str:
    """``Correction added, headline changed: Minister denies …``."""
    what = kinds_line(kinds, limit=2) or ("Changed" if severity > Severity.TRIVIAL else "Trivial change")
    return f"{what}: {headline}" if headline else what


def preview(message: Message, *, base_url: str = "https://stet.invalid") -> bytes:
    """One alert as a feed of one entry, for ``stet preview``."""
    when = message.seen_at or NEVER
    url = message.links.get("diff") or message.links.get("story") or f"{base_url}/"
    body = ""
    if message.comparison is not None and message.old is not None and message.new is not None:
        body = content(
            message.comparison,
            message.old,
            message.new,
            diff_url=message.links.get("diff", ""),
            original=message.links.get("story", ""),
        )
    entry = Entry(
        id=tag("stet.invalid", "preview", message.public_id or "alert"),
        title=f"{kind_words(message)}: {message.headline}",
        url=url,
        updated=when,
        summary=(message.comparison.summary if message.comparison else "") or " ".join(message.lines),
        content=body,
        author=message.outlet,
        original=message.links.get("story", ""),
        categories=(message.severity.word,),
    )
    return feed(
        id=tag("stet.invalid", "preview"),
        title="Stet: a preview",
        self_url=f"{base_url}/feed.atom",
        page_url=f"{base_url}/",
        entries=[entry],
    )


def _entry(root: ElementTree.Element, entry: Entry) -> None:
    node = ElementTree.SubElement(root, "entry")
    _text(node, "id", entry.id)
    _text(node, "title", " ".join(safe(entry.title).split()))
    _text(node, "updated", _time(entry.updated))
    _text(node, "published", _time(entry.updated))
    _link(node, "alternate", entry.url, "text/html")
    if original := href(entry.original):
        _link(node, "related", original)
    _text(ElementTree.SubElement(node, "author"), "name", " ".join(safe(entry.author).split()) or "Stet")
    for category in entry.categories:
        ElementTree.SubElement(node, "category", {"term": category})
    if entry.summary:
        _text(node, "summary", safe(entry.summary))
    if entry.content:
        _text(node, "content", entry.content, type="html")


def _text(parent: ElementTree.Element, name: str, words: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, name, attributes).text = _NOT_XML.sub("", words)


def _link(parent: ElementTree.Element, rel: str, url: str, media_type: str = "") -> None:
    attributes = {"rel": rel, "href": _NOT_XML.sub("", url)}
    if media_type:
        attributes["type"] = media_type
    ElementTree.SubElement(parent, "link", attributes)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
