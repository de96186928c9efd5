"""A digest as a Slack message: sections as lists of linked headlines, corrections first and never cut.

All story text stands in rich_text, which can neither ping nor be read as markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.core.digest import from_json
from bot.render.digest import Item, Section, View, view
from bot.render.message import Message
from bot.render.slack_blocks import bullets, leaf, line, linked, rich
from bot.render.slack_text import clean, cut, one_line, units, web_address

BUDGET = 8_000
"""UTF-16 units of text in all blocks together; Slack refuses somewhere above 11,000 and does not say where."""
LINE = 300
NEVER_CUT = ("corrections",)


def digest_blocks(message: Message, *, base_url: str = "") -> list[dict[str, Any]]:
    """The blocks of one digest alert. ``payload["digest"]`` is the JSON of ``core/digest.py``."""
    shown = view(
        from_json(message.payload["digest"]), base_url=base_url, page=message.links.get("digest", ""), prefix=""
    )
    stem = (message.public_id or "digest")[:200]
    blocks: list[dict[str, Any]] = [_head(shown, stem)]
    spent = 400
    left = 0
    for index, section in enumerate(shown.sections, start=1):
        lists, used, more = _section(section, BUDGET - spent)
        spent += used
        left += more + section.more
        if lists:
            blocks.append(rich(f"{stem}.{section.key}.{index}", [_bold(section.title), lists]))
    tail = [*shown.also, *shown.trouble, *shown.numbers]
    if left:
        tail.insert(0, f"and {left} more; see the page" if shown.page else f"and {left} more")
    if tail:
        lines = bullets([[leaf(cut(one_line(words), LINE))] for words in tail[:20]])
        blocks.append(rich(f"{stem}.tail", [lines]))
    if shown.page and (address := web_address(shown.page.address)):
        link = {"type": "link", "url": address, "text": shown.page.words}
        blocks.append(rich(f"{stem}.page", [line([link])]))
    return blocks[:50]


def digest_text(message: Message, *, base_url: str = "") -> str:
    """The notification: what the digest holds, on one line."""
    shown = view(from_json(message.payload["digest"]), base_url=base_url, prefix="")
    return cut(one_line(f"Digest, {shown.subject}. {shown.verdict}"), LINE)


def _head(shown: View, stem: str) -> dict[str, Any]:
    title = leaf(f"Digest: {one_line(shown.title)}\n", "bold")
    words = " ".join(part for part in (shown.verdict, shown.period, shown.covers) if part)
    elements = [{"type": "emoji", "name": "newspaper"}, leaf(" "), title, leaf(cut(one_line(words), 600))]
    return rich(f"{stem}.title", [line(elements)])


def _section(section: Section, room: int) -> tuple[dict[str, Any] | None, int, int]:
    rows: list[list[dict[str, Any]]] = []
    used = 0
    items = [item for _, group in section.groups for item in group]
    for item in items:
        row = list(_row(item))
        size = sum(units(str(part.get("text", ""))) for part in row)
        if section.key not in NEVER_CUT and rows and used + size > room:
            break
        used += size
        rows.append(row)
    return (bullets(rows) if rows else None), used, len(items) - len(rows)


def _row(item: Item) -> Iterator[dict[str, Any]]:
    headline = cut(one_line(item.headline), 150) or "(no headline)"
    address = item.link.address if item.link else ""
    yield linked(headline, address)
    if item.headline_before:
        yield leaf(" was ")
        yield leaf(cut(one_line(item.headline_before), 150), "strike")
    said = item.notes[0] if item.notes else item.remark or item.summary
    if not said and item.pairs:
        _, before, after = item.pairs[0]
        said = " → ".join(part for part in (before, after) if part)
    if said:
        yield leaf(f": {cut(one_line(clean(said)), LINE)}")


def _bold(words: str) -> dict[str, Any]:
    return line([leaf(one_line(words) or "Stories", "bold")])
