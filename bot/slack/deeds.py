"""Deeds that a command and a button share: add a story, remove one, follow a source, find the channel that is meant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.routing import instant
from bot.core.story import BlockKind
from bot.errors import FetchError, UsageError
from bot.jobs import watching
from bot.jobs.watching import Added
from bot.slack import answers, grammar, people, typed
from bot.slack.answers import Answer
from bot.slack.desk import Talk
from bot.slack.following import Following, Place
from bot.slack.people import Person, Room
from bot.slack.services import TooMany

NO_ARTICLE = ("not_article", "not_html", "empty")


def find_room(talk: Talk, wanted: typed.ChannelRef | None, person: Person) -> Room | Answer:
    """The channel that is meant (none: this one), or the answer that says why not."""
    here = wanted is None or wanted.id == talk.place.channel
    if wanted is not None and not wanted.id:
        named = people.room_by_name(talk.client, wanted.name)
        if named is None:
            return answers.unseen_channel(wanted.name)
        wanted = typed.ChannelRef(id=named.id, name=named.name)
    channel = talk.place.channel if wanted is None else wanted.id
    room = people.room(talk.client, channel)
    if not room.seen:
        if not here:
            return answers.unseen_channel(wanted.name if wanted else "")
        return answers.NO_PEOPLE if channel.startswith("D") else answers.INVITE
    if room.archived:
        return answers.archived_channel(room.id)
    if room.shared and not talk.settings.allow_shared_channels:
        return answers.SHARED
    if not here and room.private and room.id not in people.rooms_of(talk.client, person.id):
        return answers.unseen_channel(wanted.name if wanted else "")
    return room


def add_story(talk: Talk, url: str, place: Place, wanted: grammar.Add) -> Answer:
    """Add, look, and say what came of it."""
    services = talk.services
    try:
        done = services.add(url, place, talk.who, every=wanted.every, only=wanted.only, label=wanted.label)
    except TooMany as full:
        return answers.too_many(full.limit, talk.command)
    except UsageError:
        return answers.want_url(talk.command)
    except FetchError as refused:
        return answers.NOT_PUBLIC if getattr(refused, "reason", "") == "address" else answers.trouble(refused.message)
    found = services.following(done.watch.id, place)
    if found is None:
        return answers.trouble("The watch was removed while I looked at it.")
    if not done.created and not done.subscribed:
        return answers.already(found, place.channel)
    if watching.failed(done.result):
        return _first_look_failed(talk, done, found, place)
    words = sum(len(block.text.split()) for block in _blocks(services, found) if block.kind is not BlockKind.FURNITURE)
    return answers.added(found, place.channel, words=words, who=talk.who, name=place.name)


def _blocks(services: Any, found: Following) -> Any:
    versions = services.versions(found.watch.id)
    return services.story(found.watch.id, versions[-1].n).blocks if versions else ()


def _first_look_failed(talk: Talk, done: Added, found: Following, place: Place) -> Answer:
    result = done.result
    error, kind = (result.error, result.error_kind) if result else ("", "")
    if "address is not public" in error:
        talk.services.remove(found, place, talk.who)
        return answers.NOT_PUBLIC
    if kind in NO_ARTICLE:
        talk.services.remove(found, place, talk.who)
        offers = talk.services.offers(found.watch.url)
        return answers.offered(found.watch.url, offers) if offers else answers.no_story(found.watch.url)
    return answers.not_opened(found.watch, _short(error), talk.services.now(), who=talk.who)


def _short(error: str) -> str:
    """The first part of an error: what happened, without addresses and causes."""
    return error.split(": ", 1)[0]


def remove_story(talk: Talk, found: Following) -> Answer:
    """Remove after asking who this is now."""
    person = talk.changer()
    if isinstance(person, Answer):
        return person
    if not people.may_edit(person, found, talk.settings):
        return answers.not_allowed(found, "remove")
    ended = talk.services.remove(found, talk.place, talk.who)
    return answers.removed(found, talk.who, ended=ended)


def add_source(talk: Talk, url: str, *, as_section: bool = False) -> Answer:
    """Follow a feed, sitemap or section; for a home page offer what is there."""
    try:
        source, offers = talk.services.source_add(url, talk.place, talk.who, as_section=as_section)
    except FetchError as refused:
        return answers.NOT_PUBLIC if getattr(refused, "reason", "") == "address" else answers.trouble(refused.message)
    if source is not None:
        return answers.source_added(source)
    return answers.offered(url, offers) if offers else answers.no_feeds(url)


def mute_end(command: grammar.Mute, now: datetime, zone: str) -> datetime:
    """When a silence ends, in UTC; wall-clock times are the person's own."""
    if command.seconds is not None:
        return now + timedelta(seconds=command.seconds)
    try:
        there = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        there = ZoneInfo("UTC")
    today = now.astimezone(there).date()
    if command.until is None:
        return tomorrow(now, zone)
    end = instant(today, command.until, there)
    return end if end > now else instant(today + timedelta(days=1), command.until, there)


def tomorrow(now: datetime, zone: str) -> datetime:
    """Seven in the morning of the next day in ``zone``."""
    try:
        there = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        there = ZoneInfo("UTC")
    day = now.astimezone(there).date() + timedelta(days=1)
    return instant(day, datetime.strptime("07:00", "%H:%M").time(), there)  # noqa: DTZ007 - a wall-clock time
