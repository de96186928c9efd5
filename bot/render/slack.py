"""A message as Slack shows it: the body of chat.postMessage, of chat.update, and the windows of the full diff.

Pure: a Message in, JSON-ready dicts out. What an editor reads first comes first: linked headline, kind of change,
what was found, the changed words, buttons. Story text stands only in rich_text and plain_text, which can neither ping
nor break on markup; where mrkdwn cannot be avoided it is escaped after cutting. Limits come from Slack's
documentation where it has them; the size of all text in one message is not documented (messages of about 11,300
characters have been refused), so a message stays under ``MESSAGE_UNITS``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.core.comparison import Finding, Severity
from bot.core.model import AlertKind
from bot.core.story import BlockKind
from bot.render.message import Message, kind_words, notable_findings, sort_of
from bot.render.slack_diff import Hunk, choose, clip, elements, gist, hunks, pieces
from bot.render.slack_digest import digest_blocks, digest_text
from bot.render.slack_text import (
    clean,
    counted,
    cut,
    date,
    escape,
    escaped_cut,
    inert,
    one_line,
    units,
    web_address,
)

TEXT_UNITS = 300
"""The fallback: what a phone shows, search finds and a screen reader speaks."""
SHOWN_UNITS = 1600
"""Changed words in the channel, beside headline, findings and legend: about 2,500 characters together."""
SHOWN_HUNKS = 5
SHOWN_FINDINGS = 4
FINDINGS_UNITS = 900
QUOTED_UNITS = 6000
"""An altered quotation is shown whole up to here."""
MESSAGE_UNITS = 9000
PAGE_UNITS = 8500
PAGE_HUNKS = 8
TITLE_UNITS = 300

_EMOJI = {
    "correction": "warning",
    "removed": "wastebasket",
    "headline": "newspaper",
    "text": "pencil2",
    "restored": "arrow_up",
    "gone": "wastebasket",
    "notice": "information_source",
}
LEGEND = "~Struck~ = removed, *bold* = added."
_UNSPOKEN = {"headline_changed", "standfirst_changed", "para_edited", "para_added", "para_removed", "para_moved"}
"""Findings that say no more than the marked words below them: shown only where there is no other."""

MUTE_CHOICES: tuple[tuple[str, str], ...] = (
    ("1h", "Mute for 1 hour"),
    ("1d", "Mute until tomorrow"),
    ("headline", "Only headline changes"),
)
MORE_CHOICES: tuple[tuple[str, str], ...] = (
    ("settings", "Watch settings"),
    ("minor", "Not important"),
    ("versions", "All versions"),
    ("unwatch", "Stop watching"),
)


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


def payload(
    message: Message, *, channel: str, public_url: str = "", thread_ts: str | None = None, broadcast: bool = False
) -> dict[str, Any]:
    """The body of chat.postMessage for one alert: the parent of a thread, or with ``thread_ts`` a reply in one.

    ``public_url`` is the base address of our own pages ("" for none). ``broadcast`` shows a reply in the channel too.
    """
    body: dict[str, Any] = {
        "channel": channel,
        "text": fallback(message),
        "blocks": _blocks(message, public_url),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": _metadata(message),
    }
    if thread_ts:
        body["thread_ts"] = thread_ts
        if broadcast:
            body["reply_broadcast"] = True
    return body


def plain(message: Message, *, channel: str, public_url: str = "", thread_ts: str | None = None) -> dict[str, Any]:
    """The same alert as short text with a link, for the case that Slack refuses the blocks: always within limits."""
    address = _link(message, "diff", public_url) or _link(message, "story", public_url)
    text = fallback(message)
    if address and units(escape(address)) <= 1000:
        text += f"\n<{escape(address)}|{'See the full diff' if _link(message, 'diff', public_url) else 'Open story'}>"
    body: dict[str, Any] = {
        "channel": channel,
        "text": text,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": _metadata(message),
    }
    if thread_ts:
        body["thread_ts"] = thread_ts
    return body


def broadcasts(message: Message) -> bool:
    """Whether a reply in a thread is shown in the channel too: headline, correction, removal, CRITICAL and no other."""
    return message.severity >= Severity.CRITICAL or sort_of(message) in (
        "headline",
        "correction",
        "removed",
        "gone",
        "restored",
    )


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
        thread = {"type": "context", "block_id": f"{stem}.thread.{_revision(state)}", "elements": [_mrkdwn(line)]}
        blocks.insert(at, thread)
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
    block: dict[str, Any] = {"type": "section", "block_id": f"{stem}.note.{revision}", "text": _mrkdwn(note)}
    if undo:
        words = "Unmute" if undo.startswith("unmute:") else "Undo"
        button = {"type": "button", "action_id": "alert.undo", "text": _plain_text(words), "value": undo}
        block["accessory"] = button
    at = next((index for index, one in enumerate(kept) if _is_part(one, "act")), len(kept))
    return [*kept[:at], block, *kept[at:]]


def fallback(message: Message) -> str:
    """At most 300 characters that make sense alone: kind, headline, outlet, what went and what came. Escaped."""
    if message.kind is AlertKind.DIGEST and "digest" in message.payload:
        return escape(digest_text(message))
    if message.comparison is None and message.kind not in (AlertKind.GONE, AlertKind.RETURNED):
        words = " · ".join([message.title or "Stet", *message.lines[:2]])
        return escaped_cut(one_line(words), TEXT_UNITS) or "Stet"
    sort = kind_words(message)
    headline = cut(one_line(message.headline) or "(no headline)", 140)
    facts = [_outlet(message)]
    if message.old_n and message.new_n:
        facts.append(f"version {message.old_n} → {message.new_n}")
    if message.words_added or message.words_removed:
        facts.append(f"+{message.words_added} / −{message.words_removed} words")
    text = f"{sort}: “{headline}” ({', '.join(fact for fact in facts if fact)})"
    found = choose(hunks(message), most=1, room=1)
    if found:
        for word, style in (("Removed", "strike"), ("Added", "bold")):
            if words := gist(found[0], "strike" if style == "strike" else "bold"):
                text += f". {word}: “{cut(words, 60)}”"
    return escaped_cut(text, TEXT_UNITS)


# ---- the alert in the channel ----


def _blocks(message: Message, public_url: str) -> list[dict[str, Any]]:
    if message.kind is AlertKind.CATCH_UP:
        return _catch_up(message)
    if message.kind is AlertKind.DIGEST and "digest" in message.payload:
        return digest_blocks(message, base_url=public_url)
    if message.comparison is None and message.kind not in (AlertKind.GONE, AlertKind.RETURNED):
        return _notice(message)
    stem = _stem(message)
    found = hunks(message)
    blocks = [_title(message, stem), _meta(message, stem)]
    if message.kind is AlertKind.TEST:
        blocks.insert(0, _plain_block(f"{stem}.test.1", "\n".join(message.lines)))
    said = _findings(message, stem, alone=not found)
    blocks.extend(said)
    shown = _shown(found)
    if shown:
        blocks.append({"type": "rich_text", "block_id": f"{stem}.diff.1", "elements": elements(shown)})
    elif text := _last_text(message):
        blocks.append(text)
    elif not said:
        blocks.append(_plain_block(f"{stem}.diff.1", _summary(message)))
    blocks.append(_legend(message, stem, len(shown), len(found)))
    if buttons := _actions(message, stem, public_url):
        blocks.append(buttons)
    return blocks


def _shown(found: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """What goes into the channel: the gravest hunks within the room, altered quotations whole as far as they go."""
    out = []
    for hunk in choose(found, most=SHOWN_HUNKS, room=SHOWN_UNITS):
        out.append(clip(hunk, QUOTED_UNITS if hunk.quotation else SHOWN_UNITS))
    return tuple(out)


def _stem(message: Message) -> str:
    return message.public_id or "preview"


def _title(message: Message, stem: str) -> dict[str, Any]:
    return _title_block(
        f"{stem}.title.1",
        emoji=_EMOJI.get(sort_of(message), "information_source"),
        headline=message.headline,
        url=message.links.get("story", ""),
    )


def _title_block(block_id: str, *, emoji: str, headline: str, url: str) -> dict[str, Any]:
    words = cut(one_line(headline) or "(no headline)", TITLE_UNITS)
    address = web_address(url)
    text: dict[str, Any] = {"type": "text", "text": words, "style": {"bold": True}}
    if address:
        text = {"type": "link", "url": address, "text": words, "style": {"bold": True}}
    parts = [{"type": "emoji", "name": emoji}, {"type": "text", "text": " "}, text]
    return {
        "type": "rich_text",
        "block_id": block_id,
        "elements": [{"type": "rich_text_section", "elements": parts}],
    }


def _retitled(block: Mapping[str, Any], state: ThreadState) -> dict[str, Any]:
    if not state.headline:
        return dict(block)
    parts = block["elements"][0]["elements"]
    emoji = next((part["name"] for part in parts if part.get("type") == "emoji"), "pencil2")
    url = state.url or next((part["url"] for part in parts if part.get("type") == "link"), "")
    stem = str(block.get("block_id", "a")).split(".", 1)[0]
    return _title_block(f"{stem}.title.{_revision(state)}", emoji=emoji, headline=state.headline, url=url)


def _revision(state: ThreadState) -> str:
    return f"{state.changes}-{int(state.last_at.timestamp())}-{zlib.crc32(state.note.encode('utf-8')):x}"


def _is_part(block: Mapping[str, Any], part: str) -> bool:
    return f".{part}." in str(block.get("block_id", ""))


def _meta(message: Message, stem: str) -> dict[str, Any]:
    facts = []
    if message.severity > Severity.TRIVIAL:
        facts.append(message.severity.word)
    if message.old_n and message.new_n:
        facts.append(f"version {message.old_n} → {message.new_n}")
    if message.words_added or message.words_removed:
        facts.append(f"+{message.words_added} / −{message.words_removed} words")
    if message.edits > 1:
        facts.append(_edits(message))
    if message.seen_at:
        facts.append(date(message.seen_at, message.zone))
    parts: list[dict[str, Any]] = [_mrkdwn(f"*{inert(kind_words(message))}*")]
    if outlet := _outlet(message):
        parts.append(_plain_text(outlet))
    if facts:
        parts.append(_mrkdwn("  ·  ".join(facts)))
    if label := cut(one_line(message.label), 80):
        parts.append(_plain_text(label))
    return {"type": "context", "block_id": f"{stem}.meta.1", "elements": parts}


def _edits(message: Message) -> str:
    edits = counted(message.edits, "edit")
    return f"{edits} in {counted(message.span_minutes, 'minute')}" if message.span_minutes else edits


def _outlet(message: Message) -> str:
    story = message.new or message.old
    named = message.outlet or (story.site_name if story else "")
    if not named:
        try:
            named = urlsplit(message.links.get("story", "")).hostname or ""
        except ValueError:
            named = ""
    return cut(one_line(named), 60)


def _findings(message: Message, stem: str, *, alone: bool) -> list[dict[str, Any]]:
    """What was found, in an editor's words, gravest first; what the marked words say themselves is left to them."""
    found, more = notable_findings(message)
    telling = [finding for finding in found if finding.explanation and (alone or not _speaks_for_itself(finding))]
    telling = _varied(telling)
    lines: list[str] = []
    spent = 0
    for finding in telling:
        line = cut(one_line(finding.explanation), 300)
        if len(lines) == SHOWN_FINDINGS or (lines and spent + units(line) > FINDINGS_UNITS):
            break
        lines.append(line)
        spent += units(line)
    more += len(telling) - len(lines)
    blocks = []
    if lines:
        if more:
            lines.append(f"and {more} more")
        blocks.append(_list_block(f"{stem}.findings.1", lines))
    if message.lines and message.kind not in (AlertKind.CHANGE, AlertKind.TEST):
        blocks.append(_plain_block(f"{stem}.lines.1", "\n".join(message.lines)))
    return blocks


def _speaks_for_itself(finding: Finding) -> bool:
    """Whether the marked words say all of it. An added note is always among them where it is a block of the story."""
    return finding.kind in _UNSPOKEN or (finding.kind == "correction_added" and finding.new_block is not None)


def _varied(findings: Sequence[Finding]) -> list[Finding]:
    """Gravest first, but another of a kind that was named already counts one level less.

    Three figures in a headline must not push an altered quotation out of sight.
    """
    seen: set[str] = set()
    weighed: list[tuple[int, int]] = []
    for index, finding in enumerate(findings):
        weighed.append((-(int(finding.severity) - (finding.kind in seen)), index))
        seen.add(finding.kind)
    return [findings[index] for _, index in sorted(weighed)]


def _summary(message: Message) -> str:
    summary = message.comparison.summary if message.comparison else ""
    return summary or "The page changed in ways that its words do not show."


def _last_text(message: Message) -> dict[str, Any] | None:
    """The text of a story that went (or came back): its opening, so that the alert shows what was lost."""
    story = message.new or message.old  # of a story that went, the newest version we have
    if story is None or message.kind not in (AlertKind.GONE, AlertKind.RETURNED):
        return None
    body = " ".join(block.text for block in story.blocks if block.kind is not BlockKind.FURNITURE)
    words = cut(one_line(body), 700)
    if not words:
        return None
    label = "Its last text" if message.kind is AlertKind.GONE else "Its text now"
    return {
        "type": "rich_text",
        "block_id": f"{_stem(message)}.diff.1",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": f"{label} ({counted(story.words, 'word')})", "style": {"bold": True}}
                ],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": words}]},
        ],
    }


def _legend(message: Message, stem: str, shown: int, total: int) -> dict[str, Any]:
    parts = []
    if total:
        seen = f"{shown} of {counted(total, 'change')} shown. " if shown < total else ""
        parts.append(_mrkdwn(seen + LEGEND))
    if why := cut(one_line(message.why), 150):
        parts.append(_plain_text(why))
    if not parts:
        number = f"Watch {message.watch_id}" if message.watch_id else "Stet"
        parts.append(_plain_text(number))
    return {"type": "context", "block_id": f"{stem}.legend.1", "elements": parts}


def _actions(message: Message, stem: str, public_url: str) -> dict[str, Any] | None:
    """The buttons. Their values carry the alert's opaque id and nothing else; rights are checked when they are used."""
    if not message.public_id:
        return None
    pid = message.public_id
    total = len(hunks(message)) if message.comparison else 0
    buttons: list[dict[str, Any]] = []
    if total:
        buttons.append(
            {
                "type": "button",
                "action_id": "alert.diff",
                "text": _plain_text("Full diff"),
                "value": pid,
                "accessibility_label": f"Show all {counted(total, 'change')} in a window only you can see",
            }
        )
    if address := web_address(message.links.get("story", "")):
        buttons.append(
            {
                "type": "button",
                "action_id": "alert.open",
                "text": _plain_text("Open story"),
                "url": address,
                "value": pid,
            }
        )
    buttons.append(
        {
            "type": "static_select",
            "action_id": "alert.mute",
            "placeholder": _plain_text("Mute…"),
            "options": [{"text": _plain_text(words), "value": f"{pid}:{key}"} for key, words in MUTE_CHOICES],
        }
    )
    buttons.append(
        {
            "type": "overflow",
            "action_id": "alert.more",
            "options": [{"text": _plain_text(words), "value": f"{key}:{pid}"} for key, words in MORE_CHOICES],
        }
    )
    return {"type": "actions", "block_id": f"{stem}.act.1", "elements": buttons}


def _metadata(message: Message) -> dict[str, Any]:
    facts: dict[str, Any] = {"alert_id": message.public_id or "preview"}
    for key, value in (
        ("watch_id", message.watch_id),
        ("from_version", message.old_n),
        ("to_version", message.new_n),
    ):
        if value is not None:
            facts[key] = value
    return {"event_type": "story_change" if message.comparison else "stet_notice", "event_payload": facts}


def _link(message: Message, name: str, public_url: str) -> str:
    address = message.links.get(name, "")
    if address.startswith("/") and public_url:
        address = public_url.rstrip("/") + address
    return web_address(address)


# ---- notices, catch-ups, digests ----


def _notice(message: Message) -> list[dict[str, Any]]:
    stem = _stem(message)
    emoji = "test_tube" if message.kind is AlertKind.TEST else "information_source"
    if message.severity >= Severity.MAJOR:
        emoji = "warning"
    blocks = [
        _title_block(
            f"{stem}.title.1", emoji=emoji, headline=message.title or "Notice", url=message.links.get("story", "")
        )
    ]
    if message.lines:
        blocks.append(_plain_block(f"{stem}.lines.1", cut(clean("\n".join(message.lines)), SHOWN_UNITS)))
    if message.seen_at:
        blocks.append(
            {
                "type": "context",
                "block_id": f"{stem}.meta.1",
                "elements": [_mrkdwn(date(message.seen_at, message.zone))],
            }
        )
    return blocks


def _catch_up(message: Message) -> list[dict[str, Any]]:
    """What happened in the quiet hours, gravest first as handed over: a list of linked headlines with what changed.

    ``payload["stories"]`` holds dicts with ``headline``, ``url``, ``words`` and optionally ``when`` (epoch seconds);
    without it the message's lines are listed.
    """
    stem = _stem(message)
    title = message.title or "While it was quiet"
    blocks = [_title_block(f"{stem}.title.1", emoji="sunrise", headline=title, url="")]
    told = [story for story in message.payload.get("stories", ()) if isinstance(story, Mapping)]
    rows: list[list[dict[str, Any]]] = []
    spent = 0
    for story in told:
        headline = cut(one_line(str(story.get("headline", ""))) or "(no headline)", 150)
        words = cut(one_line(str(story.get("words", ""))), 300)
        if rows and spent + units(headline) + units(words) > MESSAGE_UNITS // 2:
            break
        spent += units(headline) + units(words)
        address = web_address(str(story.get("url", "")))
        row: list[dict[str, Any]] = [{"type": "text", "text": headline, "style": {"bold": True}}]
        if address:
            row = [{"type": "link", "url": address, "text": headline, "style": {"bold": True}}]
        rows.append([*row, {"type": "text", "text": f" · {words}"}] if words else row)
    if rows:
        blocks.append(
            {
                "type": "rich_text",
                "block_id": f"{stem}.stories.1",
                "elements": [
                    {
                        "type": "rich_text_list",
                        "style": "bullet",
                        "elements": [{"type": "rich_text_section", "elements": row} for row in rows],
                    }
                ],
            }
        )
        if len(rows) < len(told):
            left = counted(len(told) - len(rows), "more story", "more stories")
            blocks.append(_plain_block(f"{stem}.rest.1", f"and {left}"))
    elif message.lines:
        blocks.append(_plain_block(f"{stem}.lines.1", cut(clean("\n".join(message.lines)), MESSAGE_UNITS // 2)))
    return blocks


# ---- the window of the full diff ----


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
    stem = _stem(message)
    blocks: list[dict[str, Any]] = [_title(message, stem), _meta(message, stem)]
    if pages:
        blocks.append({"type": "rich_text", "block_id": f"{stem}.diff.{page}", "elements": elements(pages[page - 1])})
    else:
        blocks.append(_plain_block(f"{stem}.diff.1", _summary(message)))
    where = f"Page {page} of {len(pages)}. " if len(pages) > 1 else ""
    blocks.append({"type": "context", "block_id": f"{stem}.legend.{page}", "elements": [_mrkdwn(where + LEGEND)]})
    turns = _turns(message.public_id, page, len(pages))
    if address := _link(message, "diff", public_url):
        turns.append(
            {
                "type": "button",
                "action_id": "diff.web",
                "text": _plain_text("Side by side"),
                "url": address,
                "value": message.public_id or "preview",
            }
        )
    if turns:
        blocks.append({"type": "actions", "block_id": f"{stem}.pages.{page}", "elements": turns})
    return {
        "type": "modal",
        "callback_id": "diff",
        "title": _plain_text("Full diff"),
        "close": _plain_text("Close"),
        "private_metadata": private_metadata,
        "blocks": blocks,
    }


def _turns(public_id: str, page: int, pages: int) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    steps: tuple[tuple[Literal["previous", "next"], str, int], ...] = (
        ("previous", "Previous", page - 1),
        ("next", "Next", page + 1),
    )
    for name, words, to in steps:
        if 1 <= to <= pages:
            turns.append(
                {
                    "type": "button",
                    "action_id": f"diff.{name}",
                    "text": _plain_text(words),
                    "value": f"{public_id}:{to}",
                }
            )
    return turns


# ---- pieces ----


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain_text(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _plain_block(block_id: str, text: str) -> dict[str, Any]:
    """Words that may come from anywhere, as a block in which they stay words."""
    words = cut(clean(text).strip(), 2900) or "—"
    return {
        "type": "rich_text",
        "block_id": block_id,
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}],
    }


def _list_block(block_id: str, lines: Iterable[str]) -> dict[str, Any]:
    rows = [{"type": "rich_text_section", "elements": [{"type": "text", "text": line}]} for line in lines]
    return {
        "type": "rich_text",
        "block_id": block_id,
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": rows}],
    }
