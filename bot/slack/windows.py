"""Opening windows: a trigger lives three seconds and works once, so a page that takes thought follows a loading one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.core.model import Only
from bot.deliver.slack_calls import CallFailed, call
from bot.errors import NotFound, StetError
from bot.log import get
from bot.render.message import Message
from bot.render.sample import SAMPLE
from bot.render.slack_text import inert
from bot.render.slack_window import diff_view
from bot.slack import answers, forms, grammar, people
from bot.slack.desk import Talk
from bot.slack.following import Following, Place
from bot.slack.words import person_words

log = get("slack")

_PAIR = re.compile(r"^w(\d+)\.(\d+)\.(\d+)$")
TRIGGER_ERRORS = (
    "expired_trigger_id",
    "exchanged_trigger_id",
    "invalid_trigger_id",
    "trigger_expired",
    "trigger_exchanged",
)
TOO_LATE = "Slack gave up waiting for me before the window was open. Try again."


class Windows:
    """Opens and turns the pages of windows."""

    def open(self, talk: Talk, view: Mapping[str, Any], *, push: bool = False) -> Mapping[str, Any] | None:
        """Open a view, or lay it upon the open one. None where the trigger is too old; the person is told."""
        method = "views.push" if push else "views.open"
        try:
            return call(talk.client, method, trigger_id=talk.trigger, view=view)["view"]  # type: ignore[no-any-return]
        except CallFailed as failure:
            if failure.error not in TRIGGER_ERRORS:
                raise
            log.warning("window too late", error=failure.error)
            talk.whisper(answers.Answer(text=TOO_LATE).body())
            return None

    def open_slow(self, talk: Talk, title: str, make: Callable[[], Mapping[str, Any]], *, push: bool = False) -> None:
        """Open a loading page, then put in its place what ``make`` returns or the words of its failure."""
        opened = self.open(talk, forms.loading(title), push=push)
        if opened is None:
            return
        try:
            view = make()
        except StetError as failure:
            view = forms.message_window(title, inert(failure.message))
        self.update(talk, opened, view)

    def update(self, talk: Talk, opened: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        """Replace an open view, unless somebody was faster or has closed it."""
        try:
            call(talk.client, "views.update", view_id=opened["id"], hash=opened.get("hash", ""), view=view)
        except CallFailed as failure:
            if failure.error not in ("hash_conflict", "not_found"):
                raise

    # ---- the full diff ----

    def open_diff(self, talk: Talk, source: str, *, push: bool = False) -> None:
        """The full diff of an alert (its public id) or of two versions (``w17.2.3``)."""
        self.open_slow(talk, "Full diff", lambda: self.diff_page(talk, source, 1), push=push)

    def turn(self, talk: Talk, opened: Mapping[str, Any], value: str) -> None:
        """Another page of an open diff; ``value`` is ``SOURCE:PAGE``."""
        source, _, page = value.rpartition(":")
        meta = forms.read_meta(str(opened.get("private_metadata", "")))
        channel = str(meta.get("channel", "")) or talk.place.channel
        talk = replace(talk, place=Place(team=talk.place.team, channel=channel, name=str(meta.get("name", ""))))
        self.update(talk, opened, self.diff_page(talk, source, int(page) if page.isdigit() else 1))

    def diff_page(self, talk: Talk, source: str, page: int) -> dict[str, Any]:
        """One page as a view."""
        message = self._message(talk, source)
        meta = forms.meta(channel=talk.place.channel, name=talk.place.name)
        return diff_view(message, page=page, public_url=talk.settings.public_url, private_metadata=meta)

    def _message(self, talk: Talk, source: str) -> Message:
        if source == SAMPLE:
            return talk.services.sample()
        pair = _PAIR.match(source)
        if pair is None:
            return talk.services.told(source, talk.place).message
        watch_id, old, new = (int(number) for number in pair.groups())
        found = talk.services.following(watch_id, talk.place)
        if found is None:
            raise NotFound("This channel no longer hears of that story.")
        return replace(talk.services.diff(found, old, new), public_id=source)

    # ---- forms ----

    def open_add(self, talk: Talk, wanted: grammar.Add | None = None, *, url: str = "") -> None:
        """The form for a new watch, filled in as far as known."""
        wanted = wanted or grammar.Add(url=url)
        channel = wanted.channel.id if wanted.channel else talk.place.channel
        view = forms.add_form(
            url=wanted.url or url,
            channel=channel,
            every=wanted.every,
            only=wanted.only or Only.ALL,
            label=wanted.label,
            shared=talk.settings.allow_shared_channels,
        )
        self.open(talk, view)

    def open_settings(self, talk: Talk, found: Following) -> None:
        """A watch's settings; who may change them is asked first, which takes a moment."""

        def make() -> dict[str, Any]:
            may = people.may_edit(talk.person(), found, talk.settings)
            owner = found.owner
            added = f"{person_words(owner)} (who added it) or " if owner.startswith(("U", "W")) else ""
            owners = f"{added}a Stet admin"
            return forms.settings_form(found, talk.place.channel, may_edit=may, owner=owners, name=talk.place.name)

        self.open_slow(talk, "Watch settings", make)

    def open_versions(self, talk: Talk, found: Following) -> None:
        """All versions of a story."""
        self.open_slow(
            talk,
            "All versions",
            lambda: forms.versions_window(
                found,
                talk.services.versions(found.watch.id),
                public_url=talk.settings.public_url,
                channel=talk.place.channel,
                name=talk.place.name,
            ),
        )
