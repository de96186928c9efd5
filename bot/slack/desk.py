"""What every handler is given: who asks, where, with which client, and how to answer.

Handlers acknowledge first and work afterwards: Slack waits three seconds and no longer. An answer goes to the
response_url where there is one (it works where the bot is no member), else as an ephemeral message, else directly.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slack_sdk import WebClient

from bot.deliver.slack import SlackSettings
from bot.deliver.slack_calls import CallFailed, call
from bot.errors import StetError
from bot.log import clean, get
from bot.render.slack_blocks import context
from bot.slack import answers, people
from bot.slack.answers import Answer
from bot.slack.following import Place
from bot.slack.people import Person
from bot.slack.services import Services

log = get("slack")

Respond = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One request of one person. ``trigger`` opens a window within three seconds, once."""

    services: Services
    settings: SlackSettings
    client: WebClient
    place: Place
    who: str
    home: str = ""
    """The workspace the app is installed in."""
    respond: Respond | None = None
    trigger: str = ""

    @property
    def command(self) -> str:
        """``/stet``, or what it was renamed to."""
        return self.settings.command

    def person(self) -> Person:
        """Who this is, asked now."""
        return people.person(self.client, self.who, team=self.home)

    def changer(self) -> Person | Answer:
        """The person if they may change what is watched, else the answer that says no."""
        person = self.person()
        if person.stranger:
            return answers.STRANGER
        return answers.GUEST if person.guest else person

    def say(self, answer: Answer, *, replace_original: bool = False) -> None:
        """Answer the asker alone, and the channel with the public line."""
        body = answer.body()
        if self.respond is not None:
            sent = self.respond(**body, response_type="ephemeral", replace_original=replace_original)
            if sent.status_code == 200:
                if answer.public and self.place.channel[:1] in "CG":
                    self.tell_channel(answer.public)
                return
            log.warning("answer not taken", status=sent.status_code, reason=clean(str(sent.body), limit=80))
        self.whisper(body)

    def whisper(self, body: Mapping[str, Any]) -> None:
        """An ephemeral message where the bot is in the channel, else a direct one."""
        if self.place.channel[:1] in ("C", "G"):
            try:
                call(
                    self.client,
                    "chat.postEphemeral",
                    subject=self.place.channel,
                    channel=self.place.channel,
                    user=self.who,
                    text=body["text"],
                    blocks=body["blocks"],
                )
                return
            except CallFailed as failure:
                if failure.scope == "channel" or failure.outcome_unknown:
                    raise
        call(self.client, "chat.postMessage", subject=self.who, channel=self.who, **body)

    def tell_channel(self, text: str) -> None:
        """One public line; it is a courtesy and never fails the deed it tells of."""
        try:
            call(
                self.client,
                "chat.postMessage",
                subject=self.place.channel,
                channel=self.place.channel,
                text=text,
                blocks=[context(text)],
                unfurl_links=False,
                unfurl_media=False,
            )
        except CallFailed as failure:
            log.info("public line not posted", channel=self.place.channel, error=failure.error)

    def elsewhere(self, place: Place) -> Talk:
        """The same person, speaking of another channel."""
        return replace(self, place=place, respond=None)


def excuse(error: Exception) -> Answer:
    """What a person is told of a failure: its own words where it has some, else a reference into the log."""
    if isinstance(error, StetError):
        return answers.trouble(error.message)
    reference = secrets.token_hex(2)
    log.error("handler failed", ref=reference, error=clean(f"{type(error).__name__}: {error}"), exc_info=error)
    return answers.our_failure(reference)
