"""What Slack is told that is no change of a story: notices, and what happened in the quiet hours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.comparison import Severity
from bot.core.model import AlertKind
from bot.render.message import Message
from bot.render.phrases import counted
from bot.render.slack_blocks import bullets, context, leaf, linked, rich, title_block, words_block
from bot.render.slack_text import clean, cut, date, one_line, units

NOTICE_UNITS = 1600
ROOM = 4500
"""UTF-16 units for the list of a catch-up."""


def notice(message: Message) -> list[dict[str, Any]]:
    """A sign, the title, the lines, the time."""
    stem = message.public_id or "preview"
    emoji = "test_tube" if message.kind is AlertKind.TEST else "information_source"
    if message.severity >= Severity.MAJOR:
        emoji = "warning"
    blocks = [
        title_block(
            f"{stem}.title.1", emoji=emoji, headline=message.title or "Notice", url=message.links.get("story", "")
        )
    ]
    if message.lines:
        blocks.append(words_block(f"{stem}.lines.1", cut(clean("\n".join(message.lines)), NOTICE_UNITS)))
    if message.seen_at:
        blocks.append(context(date(message.seen_at, message.zone), block_id=f"{stem}.meta.1"))
    return blocks


def catch_up(message: Message) -> list[dict[str, Any]]:
    """What happened in the quiet hours, gravest first as handed over: a list of linked headlines with what changed.

    ``payload["stories"]`` holds dicts with ``headline``, ``url``, ``words`` and optionally ``when`` (epoch seconds);
    without it the message's lines are listed.
    """
    stem = message.public_id or "preview"
    title = message.title or "While it was quiet"
    blocks = [title_block(f"{stem}.title.1", emoji="sunrise", headline=title, url="")]
    told = [story for story in message.payload.get("stories", ()) if isinstance(story, Mapping)]
    rows: list[list[dict[str, Any]]] = []
    spent = 0
    for story in told:
        headline = cut(one_line(str(story.get("headline", ""))) or "(no headline)", 150)
        words = cut(one_line(str(story.get("words", ""))), 300)
        if rows and spent + units(headline) + units(words) > ROOM:
            break
        spent += units(headline) + units(words)
        row = [linked(headline, str(story.get("url", "")))]
        rows.append([*row, leaf(f" · {words}")] if words else row)
    if rows:
        blocks.append(rich(f"{stem}.stories.1", [bullets(rows)]))
        if len(rows) < len(told):
            left = counted(len(told) - len(rows), "more story", "more stories")
            blocks.append(words_block(f"{stem}.rest.1", f"and {left}"))
    elif message.lines:
        blocks.append(words_block(f"{stem}.lines.1", cut(clean("\n".join(message.lines)), ROOM)))
    return blocks
