"""Stet in Slack from end to end on loopback: a site with stories, the program itself, and the stand-in for Slack."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from slack_bolt import App as BoltApp

from bot import config, wiring
from bot.app import App
from bot.jobs.check import check_now
from bot.jobs.deliver import Courier
from bot.slack.run import start
from bot.slack.socket import SocketRunner
from bot.store import watches
from tests.newsroom import LOOPBACK, Newsroom
from tests.slack_standin import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Ack, SlackStandIn, running

PARAGRAPHS = (
    "The ferry company said on Tuesday that the winter timetable would stay as it is, with four crossings a day and a "
    "night boat on Fridays, after a week of meetings with the harbour board and the people of the island.",
    "“We will not cut a single crossing this winter,” said Ann Example, who runs the company, in the ticket hall on "
    "Monday. “The island can rely on us, and the children will get to school on every day of the week.”",
    "The harbour board had asked for £12 million to mend the quay, which was damaged in the storm of last January and "
    "has been closed to lorries since then, but it said that the money would come from the state.",
    "Island shopkeepers said that they were relieved, and that they would now order their goods for the holidays in "
    "the usual way. A spokesman for the council said that it would look at the figures again in spring.",
)


def page(headline: str, *paragraphs: str) -> str:
    """A plain article."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs or PARAGRAPHS)
    return (
        f"<!doctype html><html lang='en'><head><title>{headline}</title><meta property='og:type' content='article'>"
        f"<meta property='og:title' content='{headline}'></head><body><main><article><h1>{headline}</h1>{body}"
        "</article></main></body></html>"
    )


@dataclass
class Clock:
    """A clock that a test may put forward."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Desk:
    """Everything a test needs, and short ways to use it."""

    app: App
    slack: SlackStandIn
    site: Newsroom
    clock: Clock
    runner: SocketRunner | None = None
    bolt: BoltApp | None = None

    def say(self, text: str, *, wait: bool = True, **more: Any) -> Ack:
        """Type ``/stet TEXT`` and wait for the first answer."""
        ack = self.slack.command(text, **more)
        if wait:
            assert ack.acked, ack.problem
            self.slack.wait_for(lambda: ack.responses)
        return ack

    def text(self, text: str, **more: Any) -> str:
        """The answer's words."""
        ack = self.say(text, **more)
        return str(ack.responses[0]["text"]) if ack.responses else ""

    def story(self, name: str, headline: str = "Ferry timetable stays", *paragraphs: str) -> str:
        """Publish or change a story; its address."""
        self.site.page(f"/{name}", page(headline, *paragraphs))
        return self.site.url(f"/{name}")

    def stop(self) -> None:
        """Finish everything that Slack asked for, and answer no more: what has not happened now never will."""
        assert self.runner is not None
        self.runner.stop()

    def check(self) -> None:
        """Look at every watch, and deliver what that brings."""
        with self.app.kit.db.read() as tx:
            chosen = watches.list_(tx)
        list(check_now(self.app.kit, chosen, workers=2))
        self.deliver()

    def deliver(self) -> None:
        Courier(self.app.kit, workers=2).work()

    def changed(self, name: str = "story", *, watch: bool = True) -> dict[str, Any]:
        """A story that is followed in #news and has changed: its alert as posted."""
        url = self.story(name)
        if watch:
            self.say(f"add {url}")
        self.change(name)
        told = self.alerts()
        assert told, "the change was told"
        return told[-1]

    def change(self, name: str = "story") -> None:
        """Turn what somebody said into its opposite, and the headline with it; look, and deliver."""
        changed = (PARAGRAPHS[0], PARAGRAPHS[1].replace("We will not cut", "We will cut"), *PARAGRAPHS[2:])
        self.story(name, "Ferry timetable is cut", *changed)
        self.check()

    def alerts(self, channel: str = "C0NEWS0000") -> list[dict[str, Any]]:
        """What was told of stories there; not the lines about who did what."""
        return [one for one in self.slack.posted(channel) if "metadata" in one]


@contextmanager
def desk(
    tmp_path: Path, *, mode: str = "socket", settings: str = "", routes: str = "", more: str = "", **options: Any
) -> Iterator[Desk]:
    """The program with Slack on, in Socket Mode (``mode="none"``: Slack's inbound side stays off)."""
    clock = Clock()
    with running(burst=1000, **options) as slack, Newsroom() as site:
        file = tmp_path / "config.toml"
        file.write_text(
            f'[bot]\nbase_url = "http://stet.example"\nowners = ["U0ADMIN00"]\n'
            f'[fetch]\nallow_private = ["{LOOPBACK}"]\nhost_gap = 0\n'
            f'[judge]\nmin_severity = "notable"\nsettle = 0\n'
            f'[slack]\nmode = "{"http" if mode == "http" else "socket"}"\napi_url = "{slack.api_url}"\n'
            f'admins = ["U0ADMIN00"]\n{settings}\n{more}\n{routes}',
            encoding="utf-8",
        )
        secrets = {
            "STET_SLACK_BOT_TOKEN": BOT_TOKEN,
            "STET_SLACK_APP_TOKEN": APP_TOKEN,
            "STET_SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "STET_SLACK_CLIENT_SECRET": "client-secret",
        }
        loaded = config.load(file, secrets)
        console = Console(file=io.StringIO())
        with App.open(loaded, tmp_path / "data", console=console, clock=clock) as app:
            assert wiring.slack_is_on(loaded)
            runner = start(app) if mode == "socket" else None
            try:
                yield Desk(app, slack, site, clock, runner)
            finally:
                if runner is not None:
                    runner.stop()
