"""The Home tab as data: what needs attention first, then the watches of the viewer's channels, by pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.core.model import WatchState
from bot.render.phrases import counted
from bot.render.slack_blocks import actions, button, context, option, section
from bot.render.slack_text import date, units
from bot.slack.following import Following, Place, Status
from bot.slack.words import channel_words, state_words, title_of, watch_line

PAGE = 20
ATTENTION = 5


def home(
    channels: Sequence[tuple[Place, Sequence[Following]]], numbers: Status, now: datetime, *, page: int, command: str
) -> dict[str, Any]:
    """The view for one person: ``channels`` are only those they are in. ``page`` counts from 1 and is clamped."""
    rows = [(place, one) for place, found in channels for one in found if one.subscription is not None]
    blocks: list[dict[str, Any]] = [_head(), *_summary(numbers, len(rows))]
    blocks.append(actions([button("home.add", "Watch a story", "add", style="primary")]))
    if not rows:
        blocks.append(section(f"Nothing is watched in your channels yet. {command} add in a channel does it too."))
        return {"type": "home", "blocks": blocks}
    ailing = [(place, one) for place, one in rows if _ails(one)]
    if ailing:
        blocks += [{"type": "divider"}, section("*Needs attention*")]
        for place, one in ailing[:ATTENTION]:
            words = " · ".join(state_words(one, now)) or one.watch.health.value
            blocks.append(section(f"*{one.watch.id}*  {title_of(one, 80)} in {channel_words(place.channel)}\n{words}"))
        if len(ailing) > ATTENTION:
            blocks.append(context(f"and {len(ailing) - ATTENTION} more"))
    pages = -(-len(rows) // PAGE)
    page = min(max(1, page), pages)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    last = ""
    for place, one in shown:
        if place.channel != last:
            last = place.channel
            total = sum(1 for other, _ in rows if other.channel == last)
            blocks += [
                {"type": "divider"},
                section(f"*{channel_words(place.channel)}* · {counted(total, 'watch', 'watches')}"),
            ]
        line = watch_line(one, now)
        blocks.append(
            section(line if units(line) <= 2800 else f"*{one.watch.id}*  {title_of(one, 60)}", _menu(one, place, now))
        )
    turns = []
    if page > 1:
        turns.append(button("home.previous", "Previous", str(page - 1)))
    if page < pages:
        turns.append(button("home.next", "Next", str(page + 1)))
    if turns:
        blocks += [context(f"Page {page} of {pages}"), actions(turns)]
    return {"type": "home", "blocks": blocks}


def _head() -> dict[str, Any]:
    return section("*Stet* tells you when a published story changes in a way that matters.")


def _summary(numbers: Status, here: int) -> list[dict[str, Any]]:
    words = [f"{counted(here, 'watch', 'watches')} in your channels"]
    if numbers.last_check:
        words.append(f"last look {date(numbers.last_check)}")
    if numbers.failing:
        words.append(f":warning: {counted(numbers.failing, 'story', 'stories')} cannot be read")
    if numbers.waiting:
        words.append(f"{counted(numbers.waiting, 'alert')} on the way")
    return [context(" · ".join(words))]


def _ails(one: Following) -> bool:
    return bool(one.watch.failures >= 3 or one.watch.state is WatchState.GONE)


def _menu(one: Following, place: Place, now: datetime) -> dict[str, Any]:
    silent = one.muted_until is not None and one.muted_until > now
    choices = [
        ("Unmute", "unmute") if silent else ("Mute until tomorrow", "mute"),
        ("Settings", "edit"),
        ("Stop watching", "remove"),
    ]
    return {
        "type": "overflow",
        "action_id": "home.menu",
        "options": [option(words, f"{choice}:{one.watch.id}:{place.channel}") for words, choice in choices],
    }
