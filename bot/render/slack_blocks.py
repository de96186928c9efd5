"""The pieces that every Slack message and window is made of: text objects, rich text, lists, titles, buttons. Pure.

Story text stands only in rich_text and plain_text, which can neither ping nor break on markup; what goes into
``mrkdwn`` is escaped by whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.render.slack_text import clean, cut, one_line, web_address

TEXT_UNITS = 300
"""The fallback text of a message: what a phone shows, search finds and a screen reader speaks."""
TITLE_UNITS = 300
LEGEND = "~Struck~ = removed, *bold* = added."


def mrkdwn(text: str) -> dict[str, Any]:
    """Escaped markup; names and bare addresses in it are not turned into links."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain_text(text: str) -> dict[str, Any]:
    """Words that stay words; ``:smile:`` stays, too."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str, accessory: Mapping[str, Any] | None = None, *, block_id: str = "") -> dict[str, Any]:
    """Escaped markup as a block."""
    block: dict[str, Any] = {"type": "section", "text": mrkdwn(text)}
    if block_id:
        block["block_id"] = block_id
    if accessory:
        block["accessory"] = accessory
    return block


def context(*parts: str | Mapping[str, Any], block_id: str = "") -> dict[str, Any]:
    """A small line of text objects; a str is escaped markup."""
    elements = [mrkdwn(part) if isinstance(part, str) else part for part in parts]
    return {"type": "context", **({"block_id": block_id} if block_id else {}), "elements": elements}


def button(action: str, words: str, value: str, *, url: str = "", style: str = "", spoken: str = "") -> dict[str, Any]:
    """A button. ``value`` is an id, never a right; ``style`` is primary or danger, ``spoken`` for screen readers."""
    element: dict[str, Any] = {"type": "button", "action_id": action, "text": plain_text(words), "value": value}
    for key, given in (("url", url), ("style", style), ("accessibility_label", spoken)):
        if given:
            element[key] = given
    return element


def actions(elements: Sequence[Mapping[str, Any]], *, block_id: str = "") -> dict[str, Any]:
    """A row of buttons and menus."""
    return {"type": "actions", **({"block_id": block_id} if block_id else {}), "elements": list(elements)}


def option(words: str, value: str) -> dict[str, Any]:
    """One choice of a menu."""
    return {"text": plain_text(words), "value": value}


def rich(block_id: str, elements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A rich_text block."""
    return {"type": "rich_text", "block_id": block_id[:255], "elements": list(elements)}


def line(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A rich_text_section: one paragraph of leaves."""
    return {"type": "rich_text_section", "elements": list(parts)}


def leaf(words: str, style: str = "") -> dict[str, Any]:
    """Text in rich_text, with ``bold`` or ``strike``; Slack refuses an empty one."""
    return {"type": "text", "text": words or " ", **({"style": {style: True}} if style else {})}


def linked(headline: str, url: str) -> dict[str, Any]:
    """A bold headline, a link where ``url`` is a web address. Already cut."""
    address = web_address(url)
    if not address:
        return leaf(headline, "bold")
    return {"type": "link", "url": address, "text": headline, "style": {"bold": True}}


def bullets(rows: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """A list, each row made of leaves."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [line(row) for row in rows]}


def title_block(block_id: str, *, emoji: str, headline: str, url: str) -> dict[str, Any]:
    """What stands on top: a sign and the linked headline."""
    words = cut(one_line(headline) or "(no headline)", TITLE_UNITS)
    sign = {"type": "emoji", "name": emoji}
    return rich(block_id, [line([sign, leaf(" "), linked(words, url)])])


def words_block(block_id: str, text: str) -> dict[str, Any]:
    """Words that may come from anywhere, as a block in which they stay words."""
    return rich(block_id, [line([leaf(cut(clean(text).strip(), 2900) or "—")])])


def list_block(block_id: str, lines: Iterable[str]) -> dict[str, Any]:
    """Plain lines as a list."""
    return rich(block_id, [bullets([[leaf(words)] for words in lines])])
