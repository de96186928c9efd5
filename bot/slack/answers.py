"""What Stet says to people in Slack, word for word. Pure.

An ``Answer`` is seen by the asker alone; its ``public`` line, if it has one, by the channel. Whatever comes from people
or pages is escaped and made inert here; ``<@U…>`` of our own making names who did something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.model import Only, Source, Watch
from bot.render.phrases import counted
from bot.render.slack_blocks import actions, button, section
from bot.render.slack_text import cut, inert, link, one_line, units
from bot.slack.following import Following
from bot.slack.typed import INTERVALS
from bot.slack.words import (
    LINK_UNITS,
    ONLY_WORDS,
    channel_words,
    every_words,
    muted_words,
    person_words,
    title_of,
    wait_words,
)

SECTION_UNITS = 2800


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under an answer. ``value`` is an id, never a right."""

    action: str
    words: str
    value: str

    def block(self) -> dict[str, Any]:
        """As an element of a message."""
        return button(self.action, self.words, self.value)


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
            blocks.append(actions([one.block() for one in self.buttons]))
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
        buttons=(edit(watch.id), Button(action="answer.undo", words="Undo", value=str(watch.id))),
        public=f"{person_words(who)} asked me to watch “{title_of(found)}” here (watch {watch.id}).",
    )


def edit(watch_id: int) -> Button:
    """The button to a watch's settings."""
    return Button(action="answer.edit", words="Edit", value=str(watch_id))


def already(found: Following, channel: str) -> Answer:
    """The channel follows it."""
    watch = found.watch
    by = f", added by {person_words(found.owner)}" if found.owner else ""
    return Answer(
        text=f"Already watched here as {watch.id} ({every_words(watch.every)}{by}).", buttons=(edit(watch.id),)
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


# ---- mute, remove ----


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


# ---- sources ----


def source_added(source: Source) -> Answer:
    """Every new story there becomes a watch."""
    name = link(source.url, cut(one_line(source.title or source.url), 100))
    return Answer(text=f"Following {name} ({source.kind.value}): every new story there is watched. Source {source.id}.")


def source_removed(source: Source) -> Answer:
    """Its stories stay watched."""
    name = inert(cut(one_line(source.title or source.url), 100))
    return Answer(text=f"No longer following {name}. The stories found there stay watched.")
