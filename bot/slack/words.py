"""How Stet names things to people in Slack: a watch, a pace, a channel, a person, a state. Escaped and inert. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.core.model import Only, Watch, WatchState
from bot.render.phrases import counted
from bot.render.slack_text import cut, date, inert, link, one_line, units
from bot.slack.following import Following

LINK_UNITS = 600
"""An address longer than this is not linked in a list: thirty of them must fit into one message."""
ONLY_WORDS = {
    Only.ALL: "everything that matters",
    Only.HEADLINE: "only headline changes",
    Only.BODY: "only changes in the text",
    Only.CORRECTIONS: "only corrections",
}


def title_of(found: Following | Watch, limit: int = 120) -> str:
    """The story's name as a link, inert."""
    watch = found.watch if isinstance(found, Following) else found
    name = found.title if isinstance(found, Following) else (watch.label or watch.headline or watch.url)
    words = cut(one_line(name), limit)
    return link(watch.url, words) if units(watch.url) <= LINK_UNITS else inert(words)


def every_words(seconds: int | None) -> str:
    """``every 15 minutes``; by age where no pace is set."""
    if seconds is None:
        return "as often as its age asks (every 10 minutes while it is new)"
    if seconds % 86400 == 0:
        return "every day" if seconds == 86400 else f"every {seconds // 86400} days"
    if seconds % 3600 == 0:
        return "every hour" if seconds == 3600 else f"every {seconds // 3600} hours"
    if seconds % 60 == 0:
        return f"every {seconds // 60} minutes" if seconds > 60 else "every minute"
    return f"every {seconds} seconds"


def channel_words(channel: str, name: str = "") -> str:
    """The channel as Slack shows it; a conversation with one person is ``this conversation``."""
    if channel.startswith("D"):
        return "this conversation"
    return f"<#{channel}>" if channel.startswith(("C", "G")) else f"#{inert(name)}"


def person_words(who: str) -> str:
    """``<@U1>``, or the name of whoever added it elsewhere."""
    if who.startswith(("U", "W")) and who.isalnum() and who.isupper():
        return f"<@{who}>"
    return inert(cut(one_line(who), 60)) if who else "somebody"


def wait_words(seconds: float) -> str:
    """``5 minutes``, ``2 hours``."""
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return counted(minutes, "minute")
    hours = round(minutes / 60)
    return counted(hours, "hour") if hours < 48 else counted(round(hours / 24), "day")


def watch_line(found: Following, now: datetime) -> str:
    """One watch on two lines: number and title; pace, versions, state."""
    watch = found.watch
    facts = [every_words(watch.every) if watch.every else "by age", *state_words(found, now)]
    if watch.latest_n:
        facts.append(counted(watch.latest_n, "version"))
    if watch.last_changed_at and watch.latest_n > 1:
        facts.append(f"last change {date(watch.last_changed_at)}")
    if found.only is not Only.ALL:
        facts.append(ONLY_WORDS[found.only])
    if found.through:
        facts.append(f"through the route “{inert(cut(one_line(found.through), 60))}”")
    return f"*{watch.id}*  {title_of(found, 100)}\n{' · '.join(facts)}"


def state_words(found: Following, now: datetime) -> list[str]:
    """Trouble and silence, where there is any."""
    watch = found.watch
    out = []
    if found.muted_until is not None and found.muted_until > now:
        out.append(f":mute: {muted_words(found.muted_until, now)}")
    if watch.state is not WatchState.ACTIVE:
        out.append(f":pause_button: {watch.state.value}")
    if watch.failures:
        out.append(f":warning: not read lately: {inert(cut(one_line(watch.last_error or 'no answer'), 100))}")
    return out


def muted_words(until: datetime, now: datetime) -> str:
    """``muted until 19:33``; for good beyond a year."""
    return "muted for good" if (until - now).days > 366 else f"muted until {date(until)}"
