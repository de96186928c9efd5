"""What Stet says to people in Slack, word for word. Pure.

An ``Answer`` is seen by the asker alone; its ``public`` line, if it has one, by the channel. Whatever comes from people
or pages is escaped and made inert here; ``<@U…>`` of our own making names who did something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.comparison import Severity
from bot.core.model import Change, Only, Source, Version, Watch, WatchState
from bot.render.slack_text import counted, cut, date, inert, link, number, one_line, units
from bot.slack.grammar import INTERVALS
from bot.slack.services import Following, Status

SECTION_UNITS = 2800
PAGE = 10
LINK_UNITS = 600
"""An address longer than this is not linked in a list: thirty of them must fit into one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under an answer. ``value`` is an id, never a right."""

    action: str
    words: str
    value: str
    url: str = ""
    danger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``text`` is mrkdwn, escaped; ``blocks`` stand below it."""

    text: str
    buttons: tuple[Button, ...] = ()
    public: str = ""
    blocks: tuple[Mapping[str, Any], ...] = ()

    def body(self) -> dict[str, Any]:
        """What is posted to the response_url or as an ephemeral message."""
        text = joined(self.text.split("\n"))
        blocks: list[Mapping[str, Any]] = [section(text), *self.blocks]
        if self.buttons:
            blocks.append({"type": "actions", "elements": [_button(button) for button in self.buttons]})
        return {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def joined(lines: Iterable[str]) -> str:
    """Whole lines as far as one section goes: a cut inside a line could part a link from its end."""
    out: list[str] = []
    room = SECTION_UNITS
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            return "\n".join([*out, "…"])
        out.append(line)
    return "\n".join(out)


def section(text: str, accessory: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Escaped mrkdwn as a block."""
    block: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    if accessory:
        block["accessory"] = accessory
    return block


def context(text: str) -> dict[str, Any]:
    """Escaped mrkdwn as a small line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _button(button: Button) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "button",
        "action_id": button.action,
        "text": {"type": "plain_text", "text": button.words, "emoji": False},
        "value": button.value,
    }
    if button.url:
        element["url"] = button.url
    if button.danger:
        element["style"] = "danger"
    return element


# ---- words ----


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


ONLY_WORDS = {
    Only.ALL: "everything that matters",
    Only.HEADLINE: "only headline changes",
    Only.BODY: "only changes in the text",
    Only.CORRECTIONS: "only corrections",
}


# ---- add ----


def added(found: Following, channel: str, *, words: int, who: str, name: str = "") -> Answer:
    """It is watched; its first version is stored."""
    watch = found.watch
    pace = every_words(watch.every)
    only = "" if found.only is Only.ALL else f", {ONLY_WORDS[found.only]}"
    here = channel_words(channel, name)
    saved = f" First version saved ({counted(words, 'word')})." if words else ""
    return Answer(
        text=f"Watching “{title_of(found)}” {pace} in {here}{only}.{saved} Watch {watch.id}.",
        buttons=(_edit(watch.id), Button(action="answer.undo", words="Undo", value=str(watch.id))),
        public=f"{person_words(who)} asked me to watch “{title_of(found)}” here (watch {watch.id}).",
    )


def _edit(watch_id: int) -> Button:
    return Button(action="answer.edit", words="Edit", value=str(watch_id))


def already(found: Following, channel: str) -> Answer:
    """The channel follows it."""
    watch = found.watch
    by = f", added by {person_words(found.owner)}" if found.owner else ""
    return Answer(
        text=f"Already watched here as {watch.id} ({every_words(watch.every)}{by}).", buttons=(_edit(watch.id),)
    )


def not_opened(watch: Watch, error: str, now: datetime, *, who: str) -> Answer:
    """The first look failed; the watch stays."""
    again = ""
    if watch.next_check_at is not None:
        again = f" in {wait_words((watch.next_check_at - now).total_seconds())}"
    return Answer(
        text=f"I couldn't open that page ({inert(cut(one_line(error), 200))}). "
        f"I saved the watch and will try again{again}. Watch {watch.id}.",
        buttons=(Button(action="answer.remove", words="Remove", value=str(watch.id)),),
        public=f"{person_words(who)} asked me to watch {title_of(watch)} here (watch {watch.id}).",
    )


def wait_words(seconds: float) -> str:
    """``5 minutes``, ``2 hours``."""
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return counted(minutes, "minute")
    hours = round(minutes / 60)
    return counted(hours, "hour") if hours < 48 else counted(round(hours / 24), "day")


def no_story(url: str) -> Answer:
    """The page holds no article."""
    buttons = [Button(action="answer.cancel", words="Cancel", value="cancel")]
    if units(url) <= 1900:
        buttons.insert(0, Button(action="answer.section", words="Watch the section", value=url))
    return Answer(text="That page has no article text I can follow. Is it a section page?", buttons=tuple(buttons))


def no_feeds(url: str) -> Answer:
    """A home page that names no feed."""
    buttons = no_story(url).buttons
    return Answer(text="That is a home page, and it names no feed or sitemap. Watch it as a section?", buttons=buttons)


def offered(url: str, found: Sequence[Mapping[str, str]]) -> Answer:
    """A home page: what can be followed there."""
    buttons = [
        Button(
            action=f"answer.source.{index}", words=cut(one_line(one.get("title") or one["url"]), 60), value=one["url"]
        )
        for index, one in enumerate(found[:8])
        if units(one["url"]) <= 1900
    ]
    lines = [
        f"• {link(one['url'], cut(one_line(one.get('title') or one['url']), 80))} ({inert(one.get('kind', 'feed'))})"
        for one in found[:8]
        if units(one["url"]) <= LINK_UNITS
    ]
    head = "That is a home page. I found these there; which shall I follow?"
    return Answer(
        text="\n".join([head, *lines]),
        buttons=(*buttons, Button(action="answer.cancel", words="Cancel", value="cancel")),
    )


WANT_URL = "I need a web address: {command} add https://example.com/story"
NOT_PUBLIC = Answer(text="That address is not on the public web, so I can't watch it.")
GUEST = Answer(text="Guests can read alerts but not change what is watched.")
STRANGER = Answer(text="People from other organisations can read alerts but not change what is watched.")
SHARED = Answer(
    text="This channel is shared with another organisation, so I don't watch stories here. "
    "An admin can allow it (allow_shared_channels)."
)
INVITE = Answer(text="Invite me first: /invite @Stet, then run this again.")
NO_PEOPLE = Answer(text="I can't post in a conversation between people. Use a channel, or write to me directly.")
PING = Answer(text="I never call a whole channel. Leave that out, please.")
ONLY_A_SAMPLE = Answer(
    text="This is a sample, so there is nothing to change. On a real alert that mutes or ends the watch of its story."
)
CANCELLED = Answer(text="All right, nothing was changed.")


def want_url(command: str) -> Answer:
    """No or an invalid address."""
    return Answer(text=WANT_URL.format(command=command))


def unseen_channel(name: str) -> Answer:
    """Not a channel the bot sees."""
    shown = f"#{inert(cut(one_line(name), 80))}" if name else "that channel"
    return Answer(text=f"I can't see {shown}. If it is private, run /invite @Stet there first.")


def archived_channel(channel: str) -> Answer:
    """Nothing can be posted there."""
    return Answer(text=f"{channel_words(channel)} is archived. Choose another channel.")


def unknown_watch(ref: str, command: str) -> Answer:
    """Not a watch of this channel."""
    shown = ref if ref.isdigit() else inert(cut(one_line(ref), 120))
    return Answer(text=f"No watch {shown} in this channel. {command} list shows them.")


def not_allowed(found: Following, what: str = "remove") -> Answer:
    """Only who added it, and admins."""
    owner = found.owner
    added_it = f"{person_words(owner)} (who added it) or " if owner.startswith(("U", "W")) else ""
    return Answer(text=f"Only {added_it}a Stet admin can {what} watch {found.watch.id}.")


def bad_interval(typed: str) -> Answer:
    """Not one of ours."""
    names = list(INTERVALS)
    shown = inert(cut(one_line(typed), 30)) or "…"
    return Answer(text=f'"every {shown}" is not available. Use {", ".join(names[:-1])} or {names[-1]}.')


def too_many(limit: int, command: str) -> Answer:
    """The channel is full."""
    return Answer(text=f"This channel has {limit} watches, the limit. Remove one first: {command} list")


def typo(typed: str, hint: str, command: str) -> Answer:
    """Not a command."""
    guess = f" Did you mean {hint}?" if hint else ""
    return Answer(text=f'I don\'t know "{inert(cut(one_line(typed), 40))}".{guess} {command} help')


def our_failure(reference: str) -> Answer:
    """A fault of ours."""
    return Answer(text=f"Something went wrong on my side (ref {reference}). Nothing was changed.")


def trouble(words: str) -> Answer:
    """A failure that has words of its own."""
    return Answer(text=inert(cut(one_line(words), 500)))


_PROBLEMS = {
    "only": '"only {word}" is not available. Use headline, body, corrections or all.',
    "argument": 'I don\'t understand "{word}" there. {command} help {hint}',
    "ref": "Which one? {command} {hint} NUMBER; {command} list shows the numbers.",
    "range": '"{word}" is no pair of versions. Write it like this: {command} diff 17 2..3',
    "duration": 'I don\'t understand "{word}". Write for 30m, for 2h, for 1d, until 18:30 or until tomorrow.',
    "source_url": "I need a web address: {command} source add https://example.com/feed",
}


def problem(kind: str, word: str, hint: str, command: str) -> Answer:
    """What was typed makes no sense."""
    if kind == "ping":
        return PING
    if kind == "url":
        return want_url(command)
    if kind == "interval":
        return bad_interval(word)
    if kind == "unknown":
        return typo(word, hint, command)
    shown = inert(cut(one_line(word), 40))
    return Answer(text=_PROBLEMS[kind].format(word=shown, hint=hint, command=command))


# ---- list, show, why ----


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
    return Answer(text="\n".join(lines), buttons=(_edit(watch.id),), blocks=(context(hints),))


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


# ---- mute, remove, settings ----


def muted(found: Following, until: datetime, now: datetime, who: str, command: str) -> Answer:
    """Silence, and how to end it."""
    return Answer(
        text=f"Watch {found.watch.id} is {muted_words(until, now)} in this channel. {command} unmute {found.watch.id}",
        public=f"{person_words(who)} muted watch {found.watch.id} ({title_of(found, 80)}): {muted_words(until, now)}.",
    )


def muted_all(count: int, until: datetime, now: datetime, command: str) -> Answer:
    """The whole channel is quiet."""
    if not count:
        return Answer(text="Nothing is watched in this channel, so there is nothing to mute.")
    return Answer(text=f"{counted(count, 'watch', 'watches')} here {muted_words(until, now)}. {command} unmute all")


def unmuted(found: Following) -> Answer:
    """Speaking again."""
    return Answer(text=f"Watch {found.watch.id} speaks again in this channel: {title_of(found)}")


def removed(found: Following, who: str, *, ended: bool) -> Answer:
    """Gone from here; its versions stay."""
    watch = found.watch
    if found.subscription is None:
        return Answer(
            text=f"Watch {watch.id} comes here through the route “{inert(found.through)}”; I muted it here for good.",
            public=f"{person_words(who)} muted watch {watch.id} here for good: {title_of(found, 80)}",
            buttons=(Button(action="answer.restore", words="Undo", value=str(watch.id)),),
        )
    rest = "Its versions are kept." if ended else "Others still follow it."
    return Answer(
        text=f"No longer watching {watch.id} here: {title_of(found)}. {rest}",
        buttons=(Button(action="answer.restore", words="Undo", value=str(watch.id)),),
        public=f"{person_words(who)} stopped watch {watch.id} here: {title_of(found, 80)}",
    )


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
    if numbers.paused:
        shown_ = ", ".join(inert(cut(key, 60)) for key in numbers.paused[:5])
        lines.append(f":pause_button: Paused: {shown_}")
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


# ---- sources ----


def source_added(source: Source) -> Answer:
    """Every new story there becomes a watch."""
    name = link(source.url, cut(one_line(source.title or source.url), 100))
    return Answer(text=f"Following {name} ({source.kind.value}): every new story there is watched. Source {source.id}.")


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


def source_removed(source: Source) -> Answer:
    """Its stories stay watched."""
    name = inert(cut(one_line(source.title or source.url), 100))
    return Answer(text=f"No longer following {name}. The stories found there stay watched.")


# ---- help ----


_HELP = {
    "add": '{c} add https://example.com/story [#channel] [every 15m] [only headline] [label "Budget"]\n'
    "every: 5m, 15m, 30m, 1h, 6h, 1d; without it, by the story's age. only: headline, body, corrections, all. "
    "Without an address a form opens.",
    "list": "{c} list · {c} list all · {c} list #channel · {c} list page 2",
    "show": "{c} show 17 · {c} show https://example.com/story",
    "why": "{c} why 17 · {c} why 17 4: why version 4 was told here, or was not",
    "diff": "{c} diff 17 · {c} diff 17 2..5",
    "mute": "{c} mute 17 (an hour) · mute 17 for 2h · mute 17 until 18:30 · mute 17 until tomorrow · mute all for 1d",
    "unmute": "{c} unmute 17 · {c} unmute all",
    "remove": "{c} remove 17: stop watching it here; its versions are kept",
    "status": "{c} status: how many stories, what is failing, what waits",
    "settings": "{c} settings 17: pace, what to hear of, label",
    "digest": "{c} digest: what changed in the last 24 hours in the stories of this channel",
    "source": "{c} source add https://example.com/feed · {c} source list · {c} source remove 3",
    "test": "{c} test: I post an alert of an invented story here, so that you see that I can and what alerts look like",
    "help": "{c} help add: more about one command",
}


def help_(command: str, topic: str = "") -> Answer:
    """All commands, or one."""
    if topic in _HELP:
        return Answer(text=_HELP[topic].format(c=command))
    lines = [
        "I watch news stories and tell you here when they change in a way that matters.",
        "*{c} add* https://example.com/story: watch a story",
        "*{c} list*: what is watched here",
        "*{c} show*, *why*, *diff* 17: one story, why it was told, what changed",
        "*{c} mute* 17 for 2h, *unmute* 17: silence and back",
        "*{c} settings* 17, *remove* 17: change or end a watch",
        "*{c} digest*, *status*, *test*: the last day, how I am, whether I can post",
        "*{c} source add* https://example.com/feed: watch every new story there",
        "More about one: {c} help add",
    ]
    return Answer(text="\n".join(lines).format(c=command))
