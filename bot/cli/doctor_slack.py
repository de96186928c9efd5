"""What ``stet doctor`` asks of Slack: the tokens, the scopes, the channels of the routes, our own samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bot.cli.checked import Checked, bad, ok, warn

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from bot.app import App

SLACK_SCOPES = ("commands", "chat:write", "chat:write.public", "channels:read", "groups:read", "im:write", "users:read")


def examine_slack(app: App, to: str | None) -> Iterator[Checked]:
    """Ask Slack. What it cannot answer is a warning, what it refuses is wrong."""
    from slack_sdk import WebClient

    from bot.deliver.slack_calls import CallFailed, call

    config = app.config
    client = WebClient(
        token=config.secrets.slack_bot_token, base_url=config.slack.api_url, timeout=15, retry_handlers=[]
    )
    try:
        answer = client.api_call("auth.test")
    except Exception:
        try:
            call(client, "auth.test")
        except CallFailed as error:
            words = str(error).removesuffix("; it is tried again")
            fix = "set a valid STET_SLACK_BOT_TOKEN (xoxb-…); reinstall the app if revoked"
            if error.error in ("unreachable", "no_answer"):
                fix = "can this machine reach Slack, and is [slack] api_url right?"
            yield bad("Slack token", words, fix)
            return
        raise
    data = answer.data if isinstance(answer.data, dict) else {}
    yield ok("Slack token", f"{data.get('user', 'the bot')} in {data.get('team', 'the workspace')}")
    yield from _scopes({str(k).lower(): str(v) for k, v in answer.headers.items()})
    if config.slack.mode == "socket" and config.secrets.slack_app_token:
        yield from _socket(app)
    yield from _samples(app, client)
    yield from _channels(app, client)
    if to:
        yield from _send(client, to)


def _scopes(headers: dict[str, str]) -> Iterator[Checked]:
    granted = headers.get("x-oauth-scopes")
    if granted is None:
        yield warn(
            "Slack scopes", "Slack did not say which are granted", "compare with deploy/slack-manifest-socket.yaml"
        )
        return
    held = {scope.strip() for scope in granted.split(",")}
    missing = [scope for scope in SLACK_SCOPES if scope not in held]
    if missing:
        yield bad(
            "Slack scopes",
            f"missing: {', '.join(missing)}",
            "add them to the app (OAuth & Permissions) and reinstall it",
        )
    else:
        yield ok("Slack scopes", "all granted")


def _samples(app: App, client: WebClient) -> Iterator[Checked]:
    """Show Slack what we would send, and let it say whether it would take it. Nothing is posted."""
    from bot.deliver.slack_calls import CallFailed, form

    named = samples(app.config.slack.command)
    for name, kind, body in named:
        try:
            form(client, "blocks.validate", {kind: body})
        except CallFailed as error:
            if not error.error.startswith("invalid_"):
                yield warn("Slack samples", f"Slack did not check them: {error}", "run stet doctor again later")
            else:
                detail = f": {error.detail}" if error.detail else ""
                yield bad(
                    "Slack samples",
                    f"Slack would refuse our {name} ({error.error}{detail})",
                    "please report this line; upgrade Stet where a newer one is out",
                )
            return
    yield ok("Slack samples", f"Slack takes our {', '.join(name for name, _, _ in named)}")


def samples(command: str) -> list[tuple[str, str, dict[str, Any]]]:
    """One of each shape we send: its name, ``message`` or ``view``, and the body."""
    from bot.cli.session import now
    from bot.render.sample import SAMPLE, sample
    from bot.render.slack import payload
    from bot.render.slack_window import diff_view
    from bot.slack.following import Status
    from bot.slack.forms import add_form
    from bot.slack.home import home

    message = sample(seen_at=now(), public_id=SAMPLE)
    body = payload(message, channel="C0SAMPLE00", public_url="https://stet.newsroom.example")
    return [
        ("alert", "message", {"text": body["text"], "blocks": body["blocks"]}),
        ("full diff", "view", diff_view(message, public_url="https://stet.newsroom.example")),
        ("form", "view", add_form(url="https://news.example/story")),
        ("Home tab", "view", home([], Status(), now(), page=1, command=command)),
    ]


def _socket(app: App) -> Iterator[Checked]:
    from slack_sdk import WebClient

    from bot.deliver.slack_calls import CallFailed, call

    client = WebClient(token=app.config.secrets.slack_app_token, base_url=app.config.slack.api_url, retry_handlers=[])
    try:
        call(client, "apps.connections.open")
        yield ok("Slack app token", "opens connections")
    except CallFailed as error:
        yield bad(
            "Slack app token", str(error), "make one with the scope connections:write and set STET_SLACK_APP_TOKEN"
        )


def _channels(app: App, client: WebClient) -> Iterator[Checked]:
    from bot.deliver.slack_calls import CallFailed, get

    named = sorted({t.address for route in app.kit.routes for t in route.targets if t.channel == "slack"})
    listed: dict[str, Mapping[str, Any]] | None = None
    for name in named:
        try:
            if name.startswith("#"):
                listed = _listed(client) if listed is None else listed
                if name[1:] not in listed:
                    yield bad(
                        f"Slack channel {name}",
                        "Stet sees no channel of that name",
                        "mend the name in the route; is it private? then: /invite @Stet there",
                    )
                    continue
                card = listed[name[1:]]
            else:
                card = get(client, "conversations.info", subject=name, channel=name).get("channel", {})
        except CallFailed as error:
            yield bad(f"Slack channel {name}", str(error), "is it private? then: /invite @Stet there")
            continue
        if card.get("is_archived"):
            yield bad(f"Slack channel {name}", "is archived", "unarchive it, or name another in the route")
        elif card.get("is_ext_shared") and not app.config.slack.allow_shared_channels:
            yield bad(
                f"Slack channel {name}",
                "is shared with another organisation",
                "name another, or set [slack] allow_shared_channels = true",
            )
        elif card.get("is_private") and not card.get("is_member"):
            yield bad(f"Slack channel {name}", "is private and Stet is not in it", "/invite @Stet there")
        else:
            yield ok(f"Slack channel {name}", f"#{card.get('name', name)}")


def _listed(client: WebClient) -> dict[str, Mapping[str, Any]]:
    """Every channel Stet sees, by name. Raises CallFailed. At most 20,000: more is no office."""
    from bot.deliver.slack_calls import get

    found: dict[str, Mapping[str, Any]] = {}
    cursor = ""
    for _ in range(20):
        kinds = "public_channel,private_channel"
        answer = get(client, "conversations.list", types=kinds, limit="1000", cursor=cursor)
        found |= {str(one.get("name")): one for one in answer.get("channels", ())}
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return found


def _send(client: WebClient, to: str) -> Iterator[Checked]:
    from bot.deliver.slack_calls import CallFailed, call

    try:
        call(
            client,
            "chat.postMessage",
            subject=to,
            channel=to,
            text="Stet can post here. This is the test you asked for.",
        )
        yield ok("test message", f"posted to {to}")
    except CallFailed as error:
        yield bad("test message", str(error), "see `stet doctor` above; a private channel needs /invite @Stet")
