"""``/stet``: from a parsed command to an answer. One method per command; every right is checked here and now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.deliver.slack_calls import call
from bot.errors import NotFound
from bot.render.phrases import counted
from bot.render.slack import payload
from bot.render.slack_text import inert
from bot.slack import answers, grammar, people, reports, typed
from bot.slack.answers import Answer
from bot.slack.deeds import add_source, add_story, find_room, mute_end, remove_story
from bot.slack.desk import Talk
from bot.slack.following import Following, Place
from bot.slack.help import help_
from bot.slack.people import Person, Room
from bot.slack.windows import Windows
from bot.slack.words import channel_words

DIGEST_HOURS = 24


class Commands:
    """Answers commands. ``windows`` opens the forms some of them want."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._by_type: dict[type[Any], Callable[[Talk, Any], Answer | None]] = {
            grammar.Add: self.add,
            grammar.List: self.list,
            grammar.Show: self.show,
            grammar.Why: self.why,
            grammar.Diff: self.diff,
            grammar.Mute: self.mute,
            grammar.Unmute: self.unmute,
            grammar.Remove: self.remove,
            grammar.Settings: self.settings,
            grammar.SourceAdd: self.source_add,
            grammar.SourceRemove: self.source_remove,
            grammar.Plain: self.plain,
            grammar.Help: lambda talk, command: help_(talk.command, command.topic),
            grammar.Problem: lambda talk, it: answers.problem(it.kind, it.word, it.hint, talk.command),
        }

    def run(self, talk: Talk, text: str) -> None:
        """Answer what was typed."""
        command = grammar.parse(text)
        try:
            answer = self._by_type[type(command)](talk, command)
        except NotFound as missing:
            ref = getattr(command, "ref", None)
            answer = answers.unknown_watch(ref, talk.command) if ref else answers.trouble(missing.message)
        if answer is not None:
            talk.say(answer)

    # ---- add ----

    def add(self, talk: Talk, command: grammar.Add) -> Answer | None:
        """``/stet add``: the channel is looked at before the page is."""
        if not command.url:
            self._windows.open_add(talk, command)
            return None
        person = talk.changer()
        if isinstance(person, Answer):
            return person
        room = self.room(talk, command.channel, person)
        if isinstance(room, Answer):
            return room
        place = Place(team=talk.place.team, channel=room.id, name=room.name)
        answer = add_story(talk, command.url, place, command)
        if answer.public and place.channel != talk.place.channel:
            talk.elsewhere(place).tell_channel(answer.public)
            return Answer(text=answer.text, buttons=answer.buttons, blocks=answer.blocks)
        return answer

    def room(self, talk: Talk, wanted: typed.ChannelRef | None, person: Person) -> Room | Answer:
        """The channel that is meant, if the bot can post there and the person may say so."""
        return find_room(talk, wanted, person)

    # ---- reading ----

    def list(self, talk: Talk, command: grammar.List) -> Answer:
        """``/stet list``; of other channels only to people who are in them."""
        services, now = talk.services, talk.services.now()
        if not command.everywhere and command.channel is None:
            where = channel_words(talk.place.channel, talk.place.name)
            return reports.listed(services.here(talk.place), command.page, where=where, command=talk.command, now=now)
        mine = people.rooms_of(talk.client, talk.who)
        if command.channel is not None:
            ref = command.channel
            room_id = ref.id or next((id_ for id_, name in mine.items() if name == ref.name), "")
            if room_id not in mine and room_id != talk.place.channel:
                return answers.unseen_channel(ref.name)
            place = Place(team=talk.place.team, channel=room_id, name=mine.get(room_id, ""))
            where = channel_words(room_id)
            return reports.listed(services.here(place), command.page, where=where, command=talk.command, now=now)
        found: list[Following] = []
        seen: set[int] = set()
        places = [
            one for one in services.places.following() if one.channel in mine or one.channel == talk.place.channel
        ]
        for place in places:
            for one in services.here(place):
                if one.watch.id not in seen:
                    seen.add(one.watch.id)
                    found.append(one)
        return reports.listed(found, command.page, where="your channels", command=f"{talk.command}", now=now)

    def show(self, talk: Talk, command: grammar.Show) -> Answer:
        """``/stet show``."""
        services = talk.services
        found = services.look_up(command.ref, talk.place)
        return reports.shown(
            found,
            services.versions(found.watch.id),
            services.now(),
            level=services.level(found),
            command=talk.command,
        )

    def why(self, talk: Talk, command: grammar.Why) -> Answer:
        """``/stet why``: the decision for this channel's route, with its reasons."""
        services = talk.services
        found = services.look_up(command.ref, talk.place)
        change = services.last_change(found.watch.id, command.version)
        if change is None and command.version is not None:
            return Answer(text=f"Version {command.version} of watch {found.watch.id} is no change I know of.")
        decision = None
        if change is not None:
            route = found.subscription.route if found.subscription else found.through
            decision = change.decisions.get(route)
        return reports.why(found, change, decision, level=services.level(found))

    def diff(self, talk: Talk, command: grammar.Diff) -> Answer | None:
        """``/stet diff`` opens the window of the full diff."""
        found = talk.services.look_up(command.ref, talk.place)
        if found.watch.latest_n < 2:
            return Answer(text=f"Watch {found.watch.id} has one version so far: nothing to compare.")
        new = command.new or found.watch.latest_n
        old = command.old or new - 1
        if old < 1 or new > found.watch.latest_n:
            return Answer(text=f"Watch {found.watch.id} has {found.watch.latest_n} versions so far.")
        self._windows.open_diff(talk, f"w{found.watch.id}.{old}.{new}")
        return None

    # ---- changing ----

    def mute(self, talk: Talk, command: grammar.Mute) -> Answer:
        """``/stet mute``: a member's right; everybody sees who did it."""
        person = talk.changer()
        if isinstance(person, Answer):
            return person
        now = talk.services.now()
        until = mute_end(command, now, person.zone or talk.services.zone)
        if command.ref is None:
            count = talk.services.mute_all(talk.place, talk.who, until)
            return answers.muted_all(count, until, now, talk.command)
        found = talk.services.look_up(command.ref, talk.place)
        talk.services.mute(found, talk.place, talk.who, until)
        return answers.muted(found, until, now, talk.who, talk.command)

    def unmute(self, talk: Talk, command: grammar.Unmute) -> Answer:
        """``/stet unmute``."""
        person = talk.changer()
        if isinstance(person, Answer):
            return person
        if command.ref is None:
            count = talk.services.mute_all(talk.place, talk.who, None)
            return Answer(text=f"{counted(count, 'watch', 'watches')} here may speak again.")
        found = talk.services.look_up(command.ref, talk.place)
        talk.services.mute(found, talk.place, talk.who, None)
        return answers.unmuted(found)

    def remove(self, talk: Talk, command: grammar.Remove) -> Answer:
        """``/stet remove``: by who added it, and admins."""
        return remove_story(talk, talk.services.look_up(command.ref, talk.place))

    def settings(self, talk: Talk, command: grammar.Settings) -> Answer | None:
        """``/stet settings``: a form for one watch, or what holds here."""
        if command.ref is not None:
            found = talk.services.look_up(command.ref, talk.place)
            self._windows.open_settings(talk, found)
            return None
        return reports.settings(
            count=sum(1 for one in talk.services.here(talk.place) if one.subscription),
            limit=talk.settings.max_watches_per_channel,
            level=talk.services.usual_level,
            admins=talk.settings.admins,
            zone=talk.services.zone,
            command=talk.command,
        )

    # ---- sources and the rest ----

    def source_add(self, talk: Talk, command: grammar.SourceAdd) -> Answer:
        """``/stet source add``."""
        person = talk.changer()
        return person if isinstance(person, Answer) else add_source(talk, command.url)

    def source_remove(self, talk: Talk, command: grammar.SourceRemove) -> Answer:
        """``/stet source remove``: admins, or who added it."""
        person = talk.changer()
        if isinstance(person, Answer):
            return person
        known = next((one for one in talk.services.source_list() if command.ref in (str(one.id), one.url)), None)
        if known is None:
            return Answer(text=f"No source {inert(command.ref)}. {talk.command} source list shows them.")
        if known.added_by != talk.who and not people.is_admin(person, talk.settings):
            return Answer(text="Only who added it or a Stet admin can remove a source.")
        return answers.source_removed(talk.services.source_remove(str(known.id), talk.place, talk.who))

    def plain(self, talk: Talk, command: grammar.Plain) -> Answer | None:
        """``status``, ``digest``, ``test`` and ``source list``."""
        services = talk.services
        if command.name == "status":
            return reports.status(services.status(talk.place), services.now())
        if command.name == "source list":
            return reports.source_list(services.source_list(), talk.command)
        if command.name == "digest":
            since = services.now() - timedelta(hours=DIGEST_HOURS)
            return reports.digest(services.recent(talk.place, since), hours=DIGEST_HOURS)
        person = talk.changer()
        if isinstance(person, Answer):
            return person
        call(
            talk.client,
            "chat.postMessage",
            subject=talk.place.channel,
            **payload(services.sample(), channel=talk.place.channel),
        )
        return Answer(text="That worked: I can post here. The story in it is invented.")
