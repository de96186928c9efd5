"""The parent of a story's thread: brought up to date as more happens, and saying what a button did. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.render.phrases import counted
from bot.render.slack_blocks import TEXT_UNITS, button, context, section, title_block
from bot.render.slack_text import date, escaped_cut, one_line, units


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadState:
    """What the parent of a story's thread says about the thread.

    ``note`` is what a button did (who muted it, until when; mrkdwn), ``undo`` the value of the button to take it back.
    """

    changes: int
    last_at: datetime
    headline: str = ""
    url: str = ""
    note: str = ""
    undo: str = ""
    zone: str = "UTC"


def updated_parent(first: Mapping[str, Any], state: ThreadState, *, channel: str, ts: str) -> dict[str, Any]:
    """The body of chat.update that brings a parent up to date: newest headline, number of changes, the last one's time.

    ``first`` is the body the parent was posted with. Blocks are always sent again: an update with text alone would
    remove them. Changed blocks get new ids, else clients may keep old input state.
    """
    blocks = [dict(block) for block in first.get("blocks", ()) if not _is_part(block, "thread")]
    stem = str(blocks[0].get("block_id", "a")).split(".", 1)[0] if blocks else "a"
    at = 0
    for index, block in enumerate(blocks):
        if _is_part(block, "title"):
            blocks[index] = _retitled(block, state)
            at = index + 1
        elif _is_part(block, "meta"):
            at = index + 1
    if state.changes > 1 and blocks:
        line = f"*{counted(state.changes, 'change')}*, last {date(state.last_at, state.zone)}"
        blocks.insert(at, context(line, block_id=f"{stem}.thread.{_revision(state)}"))
    blocks = noted(blocks, state.note, state.undo, stem=stem, revision=_revision(state))
    text = str(first.get("text", ""))
    if state.changes > 1 and state.headline:
        tail = f" ({counted(state.changes, 'change')})"
        text = escaped_cut(f"Changed again: “{one_line(state.headline)}”", TEXT_UNITS - units(tail)) + tail
    body: dict[str, Any] = {"channel": channel, "ts": ts, "text": text, "blocks": blocks}
    if "metadata" in first:
        body["metadata"] = first["metadata"]
    return body


def noted(
    blocks: Sequence[Mapping[str, Any]], note: str, undo: str, *, stem: str = "a", revision: str = "1"
) -> list[dict[str, Any]]:
    """The blocks of a message with what a button did said above its buttons, for everybody; "" takes the note away."""
    kept = [dict(block) for block in blocks if not _is_part(block, "note")]
    if not note or not kept:
        return kept
    taking_back = None
    if undo:
        taking_back = button("alert.undo", "Unmute" if undo.startswith("unmute:") else "Undo", undo)
    block = section(note, taking_back, block_id=f"{stem}.note.{revision}")
    at = next((index for index, one in enumerate(kept) if _is_part(one, "act")), len(kept))
    return [*kept[:at], block, *kept[at:]]


def _retitled(block: Mapping[str, Any], state: ThreadState) -> dict[str, Any]:
    if not state.headline:
        return dict(block)
    parts = block["elements"][0]["elements"]
    emoji = next((part["name"] for part in parts if part.get("type") == "emoji"), "pencil2")
    url = state.url or next((part["url"] for part in parts if part.get("type") == "link"), "")
    stem = str(block.get("block_id", "a")).split(".", 1)[0]
    return title_block(f"{stem}.title.{_revision(state)}", emoji=emoji, headline=state.headline, url=url)


def _revision(state: ThreadState) -> str:
    return f"{state.changes}-{int(state.last_at.timestamp())}-{zlib.crc32(state.note.encode('utf-8')):x}"


def _is_part(block: Mapping[str, Any], part: str) -> bool:
    return f".{part}." in str(block.get("block_id", ""))
