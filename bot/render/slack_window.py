"""The window of the full diff: every change, whole, by pages. Pure."""

from __future__ import annotations

from typing import Any

from bot.render.message import Message
from bot.render.slack import meta, page_address, stem_of, summary, title
from bot.render.slack_blocks import LEGEND, actions, button, context, plain_text, rich, words_block
from bot.render.slack_diff import Hunk, elements, hunks, pieces

PAGE_UNITS = 8500


PAGE_HUNKS = 8


def diff_pages(message: Message) -> list[list[Hunk]]:
    """All changes, whole, as pages of at most PAGE_HUNKS pieces and PAGE_UNITS units. No page for notices."""
    pages: list[list[Hunk]] = []
    page: list[Hunk] = []
    spent = 0
    for hunk in hunks(message, whole=True):
        for piece in pieces(hunk):
            if page and (len(page) == PAGE_HUNKS or spent + piece.size > PAGE_UNITS):
                pages.append(page)
                page, spent = [], 0
            page.append(piece)
            spent += piece.size
    if page:
        pages.append(page)
    return pages


def diff_view(message: Message, *, page: int = 1, public_url: str = "", private_metadata: str = "") -> dict[str, Any]:
    """One page (from 1; clamped) of the full diff as a modal view, with Previous and Next where there are more."""
    pages = diff_pages(message)
    page = max(1, min(page, len(pages) or 1))
    stem = stem_of(message)
    blocks: list[dict[str, Any]] = [title(message, stem), meta(message, stem)]
    if pages:
        blocks.append(rich(f"{stem}.diff.{page}", elements(pages[page - 1])))
    else:
        blocks.append(words_block(f"{stem}.diff.1", summary(message)))
    where = f"Page {page} of {len(pages)}. " if len(pages) > 1 else ""
    blocks.append(context(where + LEGEND, block_id=f"{stem}.legend.{page}"))
    turns = _turns(message.public_id, page, len(pages))
    if address := page_address(message, "diff", public_url):
        turns.append(button("diff.web", "Side by side", message.public_id or "preview", url=address))
    if turns:
        blocks.append(actions(turns, block_id=f"{stem}.pages.{page}"))
    return {
        "type": "modal",
        "callback_id": "diff",
        "title": plain_text("Full diff"),
        "close": plain_text("Close"),
        "private_metadata": private_metadata,
        "blocks": blocks,
    }


def _turns(public_id: str, page: int, pages: int) -> list[dict[str, Any]]:
    steps = (("previous", "Previous", page - 1), ("next", "Next", page + 1))
    return [button(f"diff.{name}", words, f"{public_id}:{to}") for name, words, to in steps if 1 <= to <= pages]
