"""A message as Slack shows it: the body of chat.postMessage.

Pure: a Message in, JSON-ready dicts out. What an editor reads first comes first: linked headline, kind of change,
what was found, the changed words, buttons. Story text stands only in rich_text and plain_text, which can neither ping
nor break on markup; where mrkdwn cannot be avoided it is escaped after cutting. Limits come from Slack's
documentation where it has them; the size of all text in one message is not documented (messages of about 11,300
characters have been refused), so a message stays under ``MESSAGE_UNITS``.

The parent of a thread is brought up to date in ``slack_thread``, the window of the full diff is in ``slack_window``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.core.comparison import Finding, Severity
from bot.core.model import AlertKind
from bot.core.story import BlockKind
from bot.render.message import Message, kind_words, notable_findings, sort_of
from bot.render.phrases import counted
from bot.render.slack_blocks import (
    LEGEND,
    TEXT_UNITS,
    actions,
    button,
    context,
    leaf,
    line,
    list_block,
    mrkdwn,
    option,
    plain_text,
    rich,
    title_block,
    words_block,
)
from bot.render.slack_diff import Hunk, choose, clip, elements, gist, hunks
from bot.render.slack_digest import digest_blocks, digest_text
from bot.render.slack_notice import catch_up, notice
from bot.render.slack_text import cut, date, escape, escaped_cut, inert, one_line, units, web_address

SHOWN_UNITS = 1600
"""Changed words in the channel, beside headline, findings and legend: about 2,500 characters together."""
SHOWN_HUNKS = 5
SHOWN_FINDINGS = 4
FINDINGS_UNITS = 900
QUOTED_UNITS = 6000
"""An altered quotation is shown whole up to here."""
MESSAGE_UNITS = 9000

_EMOJI = {
    "correction": "warning",
    "removed": "wastebasket",
    "headline": "newspaper",
    "text": "pencil2",
    "restored": "arrow_up",
    "gone": "wastebasket",
    "notice": "information_source",
}
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
    diff = page_address(message, "diff", public_url)
    address = diff or page_address(message, "story", public_url)
    text = fallback(message)
    if address and units(escape(address)) <= 1000:
        text += f"\n<{escape(address)}|{'See the full diff' if diff else 'Open story'}>"
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
        return catch_up(message)
    if message.kind is AlertKind.DIGEST and "digest" in message.payload:
        return digest_blocks(message, base_url=public_url)
    if message.comparison is None and message.kind not in (AlertKind.GONE, AlertKind.RETURNED):
        return notice(message)
    stem = stem_of(message)
    found = hunks(message)
    blocks = [title(message, stem), meta(message, stem)]
    if message.kind is AlertKind.TEST:
        blocks.insert(0, words_block(f"{stem}.test.1", "\n".join(message.lines)))
    said = _findings(message, stem, alone=not found)
    blocks.extend(said)
    shown = _shown(found)
    if shown:
        blocks.append(rich(f"{stem}.diff.1", elements(shown)))
    elif text := _last_text(message):
        blocks.append(text)
    elif not said:
        blocks.append(words_block(f"{stem}.diff.1", summary(message)))
    blocks.append(_legend(message, stem, len(shown), len(found)))
    if buttons := _actions(message, stem, len(found)):
        blocks.append(buttons)
    return blocks


def _shown(found: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """What goes into the channel: the gravest hunks within the room, altered quotations whole as far as they go."""
    out = []
    for hunk in choose(found, most=SHOWN_HUNKS, room=SHOWN_UNITS):
        out.append(clip(hunk, QUOTED_UNITS if hunk.quotation else SHOWN_UNITS))
    return tuple(out)


def stem_of(message: Message) -> str:
    """The first part of every block id of this message."""
    return message.public_id or "preview"


def title(message: Message, stem: str) -> dict[str, Any]:
    """The linked headline under the sign of what happened."""
    return title_block(
        f"{stem}.title.1",
        emoji=_EMOJI.get(sort_of(message), "information_source"),
        headline=message.headline,
        url=message.links.get("story", ""),
    )


def meta(message: Message, stem: str) -> dict[str, Any]:
    """The small line below: kind, outlet, level, versions, words, time, label."""
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
    parts: list[dict[str, Any]] = [mrkdwn(f"*{inert(kind_words(message))}*")]
    if outlet := _outlet(message):
        parts.append(plain_text(outlet))
    if facts:
        parts.append(mrkdwn("  ·  ".join(facts)))
    if label := cut(one_line(message.label), 80):
        parts.append(plain_text(label))
    return context(*parts, block_id=f"{stem}.meta.1")


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
        blocks.append(list_block(f"{stem}.findings.1", lines))
    if message.lines and message.kind not in (AlertKind.CHANGE, AlertKind.TEST):
        blocks.append(words_block(f"{stem}.lines.1", "\n".join(message.lines)))
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


def summary(message: Message) -> str:
    """What to say where no marked words can be shown."""
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
    head = line([leaf(f"{label} ({counted(story.words, 'word')})", "bold")])
    return rich(f"{stem_of(message)}.diff.1", [head, {"type": "rich_text_quote", "elements": [leaf(words)]}])


def _legend(message: Message, stem: str, shown: int, total: int) -> dict[str, Any]:
    parts = []
    if total:
        seen = f"{shown} of {counted(total, 'change')} shown. " if shown < total else ""
        parts.append(mrkdwn(seen + LEGEND))
    if why := cut(one_line(message.why), 150):
        parts.append(plain_text(why))
    if not parts:
        number = f"Watch {message.watch_id}" if message.watch_id else "Stet"
        parts.append(plain_text(number))
    return context(*parts, block_id=f"{stem}.legend.1")


def _actions(message: Message, stem: str, total: int) -> dict[str, Any] | None:
    """The buttons, with ``total`` changes to show.

    Their values carry the alert's opaque id and nothing else; rights are checked when they are used.
    """
    if not message.public_id:
        return None
    pid = message.public_id
    buttons: list[dict[str, Any]] = []
    if total:
        spoken = f"Show all {counted(total, 'change')} in a window only you can see"
        buttons.append(button("alert.diff", "Full diff", pid, spoken=spoken))
    if address := web_address(message.links.get("story", "")):
        buttons.append(button("alert.open", "Open story", pid, url=address))
    buttons.append(
        {
            "type": "static_select",
            "action_id": "alert.mute",
            "placeholder": plain_text("Mute…"),
            "options": [option(words, f"{pid}:{key}") for key, words in MUTE_CHOICES],
        }
    )
    buttons.append(
        {
            "type": "overflow",
            "action_id": "alert.more",
            "options": [option(words, f"{key}:{pid}") for key, words in MORE_CHOICES],
        }
    )
    return actions(buttons, block_id=f"{stem}.act.1")


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


def page_address(message: Message, name: str, public_url: str) -> str:
    """One of the message's links as a whole web address, "" where there is none."""
    address = message.links.get(name, "")
    if address.startswith("/") and public_url:
        address = public_url.rstrip("/") + address
    return web_address(address)
