"""What Stet answers when it is asked how things stand: lists, one watch, why, status, settings, a digest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.comparison import Severity
from bot.core.model import Change, Source, Version
from bot.render.phrases import counted
from bot.render.slack_blocks import context, section
from bot.render.slack_text import cut, date, inert, link, number, one_line, units
from bot.slack.answers import Answer, edit
from bot.slack.following import Following, Status
from bot.slack.words import ONLY_WORDS, every_words, person_words, state_words, title_of, wait_words, watch_line

PAGE = 10


def listed(found: Sequence[Following], page: int, *, where: str, command: str, now: datetime) -> Answer:
    """One page of watches."""
    if not found:
        return Answer(text=f"Nothing is watched in {where} yet. Start with {command} add https://example.com/story")
    pages = -(-len(found) // PAGE)
    page = min(max(1, page), pages)
    shown = found[(page - 1) * PAGE : page * PAGE]
    more = f" Page {page} of {pages}; {command} list page {page + 1}" if page < pages else ""
    if page == pages and pages > 1:
        more = f" Page {page} of {pages}."
    return Answer(
        text=f"*{counted(len(found), 'watch', 'watches')}* in {where}.{more}",
        blocks=tuple(section(watch_line(one, now)) for one in shown),
    )


def shown(found: Following, versions: Sequence[Version], now: datetime, *, level: Severity, command: str) -> Answer:
    """Everything about one watch."""
    watch = found.watch
    lines = [f"*Watch {watch.id}*: {title_of(found)}"]
    by = f"Added by {person_words(found.owner)} {date(watch.added_at)}"
    lines.append(f"{by}. Looked at {every_words(watch.every)}.")
    lines.append(f"Told here: {ONLY_WORDS[found.only]}, from *{level.word}* upwards.")
    if found.through:
        lines.append(f"It comes here through the route “{inert(cut(one_line(found.through), 60))}”.")
    if watch.last_checked_at:
        soon = f", next {date(watch.next_check_at)}" if watch.next_check_at else ", will not be checked again"
        lines.append(f"Last look {date(watch.last_checked_at)}{soon}.")
    lines += [words[:1].upper() + words[1:] for words in state_words(found, now)]
    if versions:
        last = versions[-1]
        lines.append(
            f"{counted(len(versions), 'version')}; the latest {date(last.seen_at)} ({counted(last.words, 'word')})."
        )
    hints = f"{command} diff {watch.id} · {command} why {watch.id} · {command} mute {watch.id} for 2h"
    return Answer(text="\n".join(lines), buttons=(edit(watch.id),), blocks=(context(hints),))


def why(found: Following, change: Change | None, decision: Mapping[str, Any] | None, *, level: Severity) -> Answer:
    """Why a change was told here, or was not."""
    watch = found.watch
    if change is None:
        return Answer(text=f"Watch {watch.id} has not changed since I know it. {title_of(found)}")
    lines = [
        f"*Watch {watch.id}, version {change.old_n} → {change.new_n}* ({date(change.seen_at)}): {title_of(found)}",
        f"Judged *{change.severity.word}*: {inert(cut(one_line(change.summary), 300))}",
    ]
    if decision:
        verb = {"tell": "Told", "wait": "Waiting", "confirm": "Waiting for a second look", "silent": "Not told"}
        what = verb.get(str(decision.get("action")), "Decided")
        reason = inert(cut(one_line(str(decision.get("reason", ""))), 300))
        lines.append(f"{what} here: {reason} (rule {inert(str(decision.get('rule', '')))})")
        told = [one for one in decision.get("findings", ()) if one.get("explanation")]
        lines += [f"• {one_finding(one)}" for one in told[:8]]
        aside = decision.get("set_aside", ())
        if aside:
            lines.append(f"Set aside by a setting: {counted(len(aside), 'finding')}.")
    else:
        found_ = [one for one in change.comparison.get("findings", ()) if one.get("explanation")]
        lines += [f"• {one_finding(one)}" for one in found_[:8]]
        lines.append(f"This channel hears of {level.word} changes and graver ones.")
    return Answer(text="\n".join(lines))


def one_finding(brief: Mapping[str, Any]) -> str:
    """One reason with its level."""
    level = Severity(int(brief.get("severity", 0))).word
    return f"{inert(cut(one_line(str(brief.get('explanation', ''))), 300))} _({level})_"


def settings(*, count: int, limit: int, level: Severity, admins: Iterable[str], zone: str, command: str) -> Answer:
    """What holds in this channel."""
    names = ", ".join(person_words(who) for who in admins if who.startswith(("U", "W"))) or "none named"
    return Answer(
        text=f"*{counted(count, 'watch', 'watches')}* here, {limit} at most. New ones are told from *{level.word}* "
        f"upwards.\nAdmins: {names}. Time zone: {inert(zone)}.\nOne watch's settings: {command} settings NUMBER"
    )


def status(numbers: Status, now: datetime) -> Answer:
    """How it goes."""
    lines = [
        f"{counted(numbers.watched, 'story', 'stories')} watched, {number(numbers.here)} of them for this channel. "
        + (f"Last look {date(numbers.last_check)}." if numbers.last_check else "None looked at yet.")
    ]
    if numbers.failing:
        lines.append(f":warning: {counted(numbers.failing, 'story', 'stories')} cannot be read at the moment.")
    if numbers.waiting:
        late = f", the oldest for {wait_words(numbers.oldest_seconds)}" if numbers.oldest_seconds >= 60 else ""
        lines.append(f"{counted(numbers.waiting, 'alert')} on the way{late}.")
    if numbers.dead:
        lines.append(f":warning: {counted(numbers.dead, 'alert')} could not be delivered; see stet outbox list.")
    if numbers.paused_here:
        lines.append(f":pause_button: Alerts to this channel wait: {inert(cut(one_line(numbers.paused_here), 200))}")
    if numbers.paused_elsewhere:
        others = counted(numbers.paused_elsewhere, "other place is paused", "other places are paused")
        lines.append(f":pause_button: {others}; see stet doctor.")
    return Answer(text="\n".join(lines))


def digest(told: Sequence[tuple[Following, Sequence[Change]]], *, hours: int) -> Answer:
    """What changed lately in the stories of this channel, gravest first."""
    if not told:
        return Answer(text=f"Nothing changed in the last {hours} hours in the stories this channel follows.")
    total = sum(len(changes) for _, changes in told)
    blocks = []
    for found, changes in told[:20]:
        gravest = max(changes, key=lambda change: change.severity)
        words = inert(cut(one_line(gravest.summary), 240))
        blocks.append(
            section(f"*{title_of(found, 100)}* ({counted(len(changes), 'change')}, {gravest.severity.word})\n{words}")
        )
    if len(told) > 20:
        blocks.append(context(f"and {counted(len(told) - 20, 'more story', 'more stories')}"))
    stories = counted(len(told), "story", "stories")
    return Answer(text=f"*{counted(total, 'change')} in {stories}* in the last {hours} hours.", blocks=tuple(blocks))


def source_list(found: Sequence[Source], command: str) -> Answer:
    """All sources."""
    if not found:
        return Answer(text=f"No sources yet. {command} source add https://example.com/feed")
    lines = []
    for source in found[:25]:
        name = cut(one_line(source.title or source.url), 80)
        shown_ = link(source.url, name) if units(source.url) <= 60 else inert(name)
        declared = ", declared in the configuration" if source.origin == "config" else ""
        trouble_ = f" :warning: {inert(cut(one_line(source.last_error or ''), 60))}" if source.failures else ""
        lines.append(f"*{source.id}*  {shown_} ({source.kind.value}{declared}){trouble_}")
    if len(found) > 25:
        lines.append(f"and {len(found) - 25} more; stet source list shows all")
    return Answer(text="\n".join(lines))
