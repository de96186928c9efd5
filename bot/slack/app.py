"""The Bolt app: every listener, each acknowledging before it works. What it does is in the modules beside this one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.deliver.slack import OneToken, SlackSettings, TokenBook
from bot.deliver.slack_calls import CallFailed, Quiet, call, web_client
from bot.slack import forms
from bot.slack.actions import Actions
from bot.slack.commands import Commands
from bot.slack.desk import Talk, excuse, log
from bot.slack.events import Events
from bot.slack.following import Place
from bot.slack.services import Services
from bot.slack.tabs import HomeTabs
from bot.slack.windows import Windows

WORKERS = 10
Body = Mapping[str, Any]


def build_app(services: Services, settings: SlackSettings, *, tokens: TokenBook | None = None) -> App:
    """All of Stet in Slack, for Socket Mode and HTTP mode alike. Nothing is asked of Slack before the first request."""
    door = Door(settings, tokens or OneToken(settings.bot_token))

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        # Bolt goes by these names and takes None for "not installed", whatever its annotation says.
        return door.open(enterprise_id, team_id)  # type: ignore[return-value]

    client = web_client(settings.bot_token, api_url=settings.api_url, timeout=settings.timeout)
    tabs = HomeTabs()
    app = App(
        name="stet",
        logger=Quiet(),
        client=client,
        authorize=authorize,
        signing_secret=settings.signing_secret or None,
        request_verification_enabled=settings.mode == "http",
        listener_executor=Threads(tabs),
    )
    _Listeners(app, services, settings, tabs).register()
    return app


class Threads(ThreadPoolExecutor):
    """The threads that requests are answered in. Whoever ends them ends the drawing of Home tabs too."""

    def __init__(self, tabs: HomeTabs) -> None:
        super().__init__(max_workers=WORKERS, thread_name_prefix="slack")
        self._tabs = tabs

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See Executor: what is being answered is finished."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._tabs.close()


class Door:
    """Who the bot is in a workspace: asked of Slack once for each token, and again when a token changes."""

    def __init__(self, settings: SlackSettings, tokens: TokenBook) -> None:
        self._settings = settings
        self._tokens = tokens
        self._lock = threading.Lock()
        self._known: dict[str, AuthorizeResult] = {}

    def open(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """The bot of this workspace. None where the app is not installed or its token is refused."""
        token = self._tokens.token(team_id or "")
        if not token:
            return None
        with self._lock:
            known = self._known.get(token)
        if known is None:
            client = web_client(token, api_url=self._settings.api_url, timeout=2.0)
            try:
                answer = call(client, "auth.test")
            except CallFailed as failure:
                log.error("the Slack token is refused", error=failure.error, team=team_id)
                return None
            known = AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=str(answer.get("team_id", "")),
                bot_user_id=str(answer.get("user_id", "")),
                bot_id=str(answer.get("bot_id", "")),
                bot_token=token,
            )
            with self._lock:
                self._known[token] = known
        return known


class _Listeners:
    """Registers what Slack may send, and turns each request into a Talk."""

    def __init__(self, app: App, services: Services, settings: SlackSettings, tabs: HomeTabs) -> None:
        self._app = app
        self._services = services
        self._settings = settings
        self._windows = Windows()
        self._commands = Commands(self._windows)
        self._actions = Actions(self._windows)
        self._tabs = tabs
        self._events = Events(services.places, settings, tabs)

    def register(self) -> None:
        app = self._app
        app.command(self._settings.command)(self._command)
        for pattern, work in (
            (r"alert\.diff", self._alert_diff),
            (r"alert\.mute", self._alert(self._actions.mute)),
            (r"alert\.more", self._alert(self._actions.more)),
            (r"alert\.undo", self._alert(self._actions.undo)),
            (r"alert\.open|diff\.web|versions\.web", self._nothing),
            (r"diff\.(previous|next)", self._turn),
            (r"versions\.diff\.\d+", self._version_diff),
            (r"answer\..*", self._answer),
            (r"home\.menu", self._home_menu),
            (r"home\.add", self._home_add),
            (r"home\.(previous|next)", self._home_page),
        ):
            app.action(re.compile(rf"^(?:{pattern})$"))(work)
        app.view("add")(self._submit_add)
        app.view("settings")(self._submit_settings)
        app.shortcut("watch_story")(self._shortcut)
        app.shortcut("watch_message")(self._message_shortcut)
        for name in self._events.NAMES:
            app.event(name)(self._event)
        app.event(re.compile(".*"))(self._nothing)
        app.error(self._failed)

    # ---- requests as talks ----

    def _talk(self, body: Body, client: WebClient, context: Mapping[str, Any], respond: Any = None) -> Talk:
        user = body.get("user_id") or (body.get("user") or {}).get("id", "")
        channel = body.get("channel_id") or (body.get("channel") or {}).get("id", "")
        name = body.get("channel_name") or (body.get("channel") or {}).get("name", "")
        if name in ("directmessage", "privategroup"):
            name = ""
        if not channel and body.get("view"):
            meta = forms.read_meta(str(body["view"].get("private_metadata", "")))
            channel, name = str(meta.get("channel", "")), str(meta.get("name", ""))
        home = context["authorize_result"].team_id if context.get("authorize_result") else ""
        return Talk(
            services=self._services,
            settings=self._settings,
            client=client,
            place=Place(team=str(home or context.get("team_id") or ""), channel=str(channel), name=str(name)),
            who=str(user),
            home=str(home or ""),
            respond=respond if body.get("response_url") else None,
            trigger=str(body.get("trigger_id", "")),
        )

    def _command(self, ack: Ack, body: Body, client: WebClient, context: Any, respond: Any) -> None:
        ack()
        self._commands.run(self._talk(body, client, context, respond), str(body.get("text", "")))

    def _nothing(self, ack: Ack) -> None:
        ack()

    def _alert(self, work: Callable[[Talk, str, Mapping[str, Any]], None]) -> Callable[..., None]:
        def handle(ack: Ack, body: Body, action: Any, client: WebClient, context: Any, respond: Any) -> None:
            ack()
            option = action.get("selected_option")
            value = str(option["value"] if option else action.get("value", ""))
            work(self._talk(body, client, context, respond), value, body.get("message") or {})

        return handle

    def _alert_diff(self, ack: Ack, body: Body, action: Any, client: WebClient, context: Any, respond: Any) -> None:
        ack()
        self._windows.open_diff(self._talk(body, client, context, respond), str(action.get("value", "")))

    def _turn(self, ack: Ack, body: Body, action: Any, client: WebClient, context: Any) -> None:
        ack()
        self._windows.turn(self._talk(body, client, context), body["view"], str(action.get("value", "")))

    def _version_diff(self, ack: Ack, body: Body, action: Any, client: WebClient, context: Any) -> None:
        ack()
        self._windows.open_diff(self._talk(body, client, context), str(action.get("value", "")), push=True)

    def _answer(self, ack: Ack, body: Body, action: Any, client: WebClient, context: Any, respond: Any) -> None:
        ack()
        name = str(action.get("action_id", "")).split(".")[1]
        self._actions.answer(self._talk(body, client, context, respond), name, str(action.get("value", "")))

    # ---- forms and shortcuts ----

    def _submit_add(self, ack: Ack, body: Body, view: Any, client: WebClient, context: Any) -> None:
        talk = self._talk(body, client, context)
        filled = forms.values(view)
        if wrong := self._actions.check_add(talk, filled):
            ack(response_action="errors", errors=wrong)
            return
        ack()
        self._actions.submit_add(talk, filled)
        self._tabs.refresh(talk)

    def _submit_settings(self, ack: Ack, body: Body, view: Any, client: WebClient, context: Any) -> None:
        ack()
        talk = self._talk(body, client, context)
        meta = forms.read_meta(str(view.get("private_metadata", "")))
        self._actions.submit_settings(talk, meta, forms.values(view))
        self._tabs.refresh(talk)

    def _shortcut(self, ack: Ack, body: Body, client: WebClient, context: Any) -> None:
        ack()
        self._windows.open_add(self._talk(body, client, context))

    def _message_shortcut(self, ack: Ack, body: Body, client: WebClient, context: Any, respond: Any) -> None:
        ack()
        url = first_link(body.get("message") or {})
        self._windows.open_add(self._talk(body, client, context, respond), url=url)

    # ---- home and events ----

    def _home_add(self, ack: Ack, body: Body, client: WebClient, context: Any) -> None:
        ack()
        self._windows.open_add(self._talk(body, client, context))

    def _home_menu(self, ack: Ack, body: Body, action: Any, client: WebClient, context: Any) -> None:
        ack()
        talk = self._talk(body, client, context)
        self._actions.home(talk, str(action["selected_option"]["value"]))
        self._tabs.refresh(talk)

    def _home_page(self, ack: Ack, body: Body, action: Any, client: WebClient, context: Any) -> None:
        ack()
        page = str(action.get("value", "1"))
        self._tabs.refresh(self._talk(body, client, context), int(page) if page.isdigit() else 1)

    def _event(self, ack: Ack, body: Body, event: Any, client: WebClient, context: Any) -> None:
        ack()
        talk = self._talk({**body, "user_id": str(event.get("user") or "")}, client, context)
        self._events.run(talk, event, event_id=str(body.get("event_id", "")), bot_user=context.get("bot_user_id"))

    def _failed(self, error: Exception, body: Body, context: Any, respond: Any) -> None:
        """The one place where a failure of any listener ends: in words for the person, in the log for us."""
        answer = excuse(error)
        client = context.get("client")
        if not isinstance(client, WebClient) or body.get("event"):
            return
        talk = self._talk(body, client, context, respond)
        try:
            if talk.who:
                talk.say(answer)
        except CallFailed as failure:
            log.warning("nobody could be told of a failure", error=failure.error)


def first_link(message: Mapping[str, Any]) -> str:
    """The first web address in a message: in its text, else in what it unfurled or its blocks."""
    found = re.search(r"<(https?://[^|>]+)[|>]", str(message.get("text", "")))
    if found:
        return found.group(1).replace("&amp;", "&")
    for attachment in message.get("attachments", ()):
        for key in ("from_url", "title_link", "original_url"):
            if str(attachment.get(key, "")).startswith(("http://", "https://")):
                return str(attachment[key])
    return _first_in(message.get("blocks", ()))


def _first_in(value: Any) -> str:
    if isinstance(value, Mapping):
        if value.get("type") == "link" and str(value.get("url", "")).startswith(("http://", "https://")):
            return str(value["url"])
        value = list(value.values())
    if isinstance(value, list | tuple):
        for child in value:
            if found := _first_in(child):
                return found
    return ""
