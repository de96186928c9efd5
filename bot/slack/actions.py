"""Buttons, menus, forms and shortcuts. Each deed can be done twice without harm: a click may arrive again.

After a click on an alert the message itself says what was done, by whom, and offers to take it back: everybody sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.model import Only
from bot.deliver.slack_calls import GONE_ERRORS, CallFailed, call
from bot.errors import NotFound
from bot.render.sample import SAMPLE
from bot.render.slack_text import date
from bot.render.slack_thread import noted
from bot.slack import answers, forms, grammar, people, typed
from bot.slack.answers import Answer
from bot.slack.deeds import add_source, add_story, find_room, remove_story, tomorrow
from bot.slack.desk import Talk
from bot.slack.following import Following, Place, Told
from bot.slack.windows import Windows
from bot.slack.words import ONLY_WORDS, every_words, person_words, title_of

ALERT_GONE = "That alert is no longer known here."


class Actions:
    """What clicks do."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows

    # ---- on an alert ----

    def mute(self, talk: Talk, value: str, message: Mapping[str, Any]) -> None:
        """``PUBLIC_ID:1h``, ``:1d`` or ``:headline``."""
        public_id, _, choice = value.rpartition(":")
        if public_id == SAMPLE:
            return talk.say(answers.ONLY_A_SAMPLE)
        person = talk.changer()
        if isinstance(person, Answer):
            return talk.say(person)
        _, found = self._told(talk, public_id)
        now = talk.services.now()
        who = person_words(talk.who)
        if choice == "headline":
            if not people.may_edit(person, found, talk.settings):
                return talk.say(answers.not_allowed(found, "change"))
            talk.services.edit(found, talk.place, talk.who, {"only": Only.HEADLINE})
            return self._note(talk, message, f"Only headline changes from now on, says {who}", f"all:{public_id}")
        until = tomorrow(now, person.zone or talk.services.zone) if choice == "1d" else now + timedelta(hours=1)
        talk.services.mute(found, talk.place, talk.who, until)
        return self._note(talk, message, f"Muted until {date(until)} by {who}", f"unmute:{public_id}")

    def more(self, talk: Talk, value: str, message: Mapping[str, Any]) -> None:
        """``settings:PUBLIC_ID``, ``minor:``, ``versions:``, ``unwatch:``."""
        choice, _, public_id = value.partition(":")
        if public_id == SAMPLE:
            return talk.say(answers.ONLY_A_SAMPLE)
        if choice in ("settings", "versions"):
            _, found = self._told(talk, public_id)
            if choice == "settings":
                return self._windows.open_settings(talk, found)
            return self._windows.open_versions(talk, found)
        person = talk.changer()
        if isinstance(person, Answer):
            return talk.say(person)
        told, found = self._told(talk, public_id)
        who = person_words(talk.who)
        if choice == "minor":
            talk.services.not_important(told, talk.place, talk.who)
            return self._note(talk, message, f"Not important, says {who}", f"important:{public_id}")
        if not people.may_edit(person, found, talk.settings):
            return talk.say(answers.not_allowed(found, "remove"))
        talk.services.remove(found, talk.place, talk.who)
        return self._note(talk, message, f"{who} stopped this watch here", f"restore:{public_id}")

    def undo(self, talk: Talk, value: str, message: Mapping[str, Any]) -> None:
        """Take back what the note on the message says."""
        choice, _, public_id = value.partition(":")
        person = talk.changer()
        if isinstance(person, Answer):
            return talk.say(person)
        told = talk.services.told(public_id, talk.place)
        watch_id = told.alert.watch_id
        if watch_id is None:
            raise NotFound(ALERT_GONE)
        if choice == "restore":
            talk.services.restore(watch_id, talk.place, talk.who)
            return self._note(talk, message, "", "")
        if choice == "important":
            talk.services.not_important(told, talk.place, talk.who, undo=True)
            return self._note(talk, message, "", "")
        found = talk.services.following(watch_id, talk.place)
        if found is None:
            raise NotFound(ALERT_GONE)
        if choice == "all":
            talk.services.edit(found, talk.place, talk.who, {"only": Only.ALL})
        else:
            talk.services.mute(found, talk.place, talk.who, None)
        return self._note(talk, message, "", "")

    def _told(self, talk: Talk, public_id: str) -> tuple[Told, Following]:
        told = talk.services.told(public_id, talk.place)
        found = None
        if told.alert.watch_id is not None:
            found = talk.services.following(told.alert.watch_id, talk.place)
        if found is None:
            raise NotFound("This channel no longer hears of that story.")
        return told, found

    def _note(self, talk: Talk, message: Mapping[str, Any], note: str, undo: str) -> None:
        """Put the note on the message, and into the thread's memory where the message is a parent."""
        ts = str(message.get("ts", ""))
        talk.services.note(talk.place, ts, note, undo)
        blocks = message.get("blocks", ())
        if not ts or not blocks:
            return talk.say(Answer(text=note or "Taken back."))
        stem = str(blocks[0].get("block_id", "a")).split(".", 1)[0]
        revision = f"{int(talk.services.now().timestamp())}"
        body: dict[str, Any] = {
            "channel": talk.place.channel,
            "ts": ts,
            "text": str(message.get("text", "")) or "Stet",
            "blocks": noted(blocks, note, undo, stem=stem, revision=revision),
        }
        if message.get("metadata"):
            body["metadata"] = message["metadata"]
        try:
            call(talk.client, "chat.update", subject=talk.place.channel, **body)
        except CallFailed as failure:
            if failure.error not in GONE_ERRORS:
                raise
            talk.say(Answer(text=note or "Taken back."))
        return None

    # ---- under an answer ----

    def answer(self, talk: Talk, action: str, value: str) -> None:
        """Buttons of our own answers: edit, undo, remove, restore, section, source, cancel."""
        if action == "cancel":
            return talk.say(answers.CANCELLED, replace_original=True)
        if action == "edit":
            return self._windows.open_settings(talk, self._here(talk, value))
        person = talk.changer()
        if isinstance(person, Answer):
            return talk.say(person)
        if action in ("section", "source"):
            return talk.say(add_source(talk, value, as_section=action == "section"), replace_original=True)
        if action == "restore":
            found = talk.services.restore(int(value), talk.place, talk.who)
            text = f"Watching {found.watch.id} here again: {title_of(found)}"
            public = f"{person_words(talk.who)} took watch {found.watch.id} up again: {title_of(found, 80)}"
            return talk.say(Answer(text=text, public=public), replace_original=True)
        found_or_none = talk.services.following(int(value), talk.place)
        if found_or_none is None:
            return talk.say(Answer(text=f"Watch {value} is no longer here."), replace_original=True)
        return talk.say(remove_story(talk, found_or_none), replace_original=True)

    def _here(self, talk: Talk, value: str) -> Following:
        found = talk.services.following(int(value), talk.place) if value.isdigit() else None
        if found is None:
            raise NotFound("This channel no longer hears of that story.")
        return found

    # ---- windows ----

    def check_add(self, talk: Talk, filled: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with the form, by block: fast and local, because it travels in the acknowledgement."""
        wrong: dict[str, str] = {}
        url = str(filled.get("url") or "")
        if not typed.address(url.strip()):
            wrong["url"] = "I need a web address, such as https://example.com/story"
        if not filled.get("channel"):
            wrong["channel"] = "Choose a channel."
        return wrong

    def submit_add(self, talk: Talk, filled: Mapping[str, Any]) -> None:
        """The form for a new watch was sent: the page is looked at after the acknowledgement."""
        person = talk.changer()
        chosen = Place(team=talk.place.team, channel=str(filled["channel"]))
        talk = talk.elsewhere(chosen)
        if isinstance(person, Answer):
            return talk.say(person)
        room = find_room(talk, None, person)
        if isinstance(room, Answer):
            return self._tell_directly(talk, room)
        if room.private and not room.im and room.id not in people.rooms_of(talk.client, talk.who):
            return self._tell_directly(talk, answers.unseen_channel(""))
        wanted = grammar.Add(
            url=typed.address(str(filled["url"]).strip()),
            every=forms.every_of(filled.get("every")),
            only=Only(filled.get("only") or "all"),
            label=str(filled.get("label") or "").strip(),
        )
        place = replace(chosen, name=room.name)
        talk = talk.elsewhere(place)
        answer = add_story(talk, wanted.url, place, wanted)
        talk.say(answer)
        if answer.public:
            talk.tell_channel(answer.public)
        return None

    def _tell_directly(self, talk: Talk, answer: Answer) -> None:
        """Where the bot is not in the channel: a direct message."""
        body = answer.body()
        call(talk.client, "chat.postMessage", subject=talk.who, channel=talk.who, **body)

    def submit_settings(self, talk: Talk, meta: Mapping[str, Any], filled: Mapping[str, Any]) -> None:
        """A watch's settings were saved."""
        place = Place(team=talk.place.team, channel=str(meta.get("channel", "")), name=str(meta.get("name", "")))
        talk = talk.elsewhere(place)
        person = talk.changer()
        if isinstance(person, Answer):
            return talk.say(person)
        found = self._here(talk, str(meta.get("watch", "")))
        if not people.may_edit(person, found, talk.settings):
            return talk.say(answers.not_allowed(found, "change"))
        wanted = {
            "every": forms.every_of(filled.get("every")),
            "only": Only(filled.get("only") or "all"),
            "min_severity": forms.level_of(filled.get("level")),
            "label": str(filled.get("label") or "").strip(),
        }
        talk.services.edit(found, place, talk.who, wanted)
        now = self._here(talk, str(found.watch.id))
        only = ONLY_WORDS[now.only]
        text = f"Saved. Watch {now.watch.id} is looked at {every_words(now.watch.every)}; told here: {only}."
        return talk.say(Answer(text=text))

    # ---- home ----

    def home(self, talk: Talk, value: str) -> None:
        """The menu of one watch on the Home tab: ``mute:17:C1``, ``unmute:``, ``edit:``, ``remove:``."""
        choice, number, channel = [*value.split(":", 2), "", ""][:3]
        rooms = people.rooms_of(talk.client, talk.who)
        if channel not in rooms:
            raise NotFound("You are not in that channel.")
        talk = talk.elsewhere(Place(team=talk.place.team, channel=channel, name=rooms[channel]))
        found = self._here(talk, number)
        if choice == "edit":
            return self._windows.open_settings(talk, found)
        person = talk.changer()
        if isinstance(person, Answer):
            return talk.say(person)
        now = talk.services.now()
        if choice == "mute":
            until = tomorrow(now, person.zone or talk.services.zone)
            talk.services.mute(found, talk.place, talk.who, until)
        elif choice == "unmute":
            talk.services.mute(found, talk.place, talk.who, None)
        elif choice == "remove":
            answer = remove_story(talk, found)
            talk.say(answer)
            if answer.public:
                talk.tell_channel(answer.public)
        return None
