"""How Slack and Stet reach each other: Socket Mode and its breaks, signed requests, several workspaces."""

from __future__ import annotations

import gc
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import App as BoltApp

from bot.deliver.slack import SlackChannel, SlackSettings
from bot.errors import ConfigError, StoreError
from bot.jobs.threadbook import StoredThreads, StoredTokens
from bot.slack.app import build_app
from bot.slack.http import handle
from bot.slack.oauth import OPTIONAL_SCOPES, SCOPES, Installer
from bot.slack.run import endpoint
from bot.slack.services import Services
from bot.slack.socket import SocketRunner
from bot.store import installations, meta, subscriptions
from bot.web.run import start as start_web
from tests.newsroom import Reply, Seen
from tests.slack_cases import alert, council
from tests.slack_newsroom import Desk, desk, page
from tests.slack_standin import APP_TOKEN, BOT_TOKEN, PATIENCE, SIGNING_SECRET, SlackStandIn, running

NEWS = "C0NEWS0000"
ROOT = Path(__file__).parents[2]

# the SDK's client leaves the socket of a connection that was torn away to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


# ---- Socket Mode ----


@contextmanager
def quick(tmp_path: Path, *, silent_seconds: float = 3600.0) -> Iterator[tuple[Desk, SocketRunner]]:
    """Socket Mode with a watchdog that looks often, so that tests need not wait.

    Slow machines answer pings late: silence counts only where a test is about it.
    """
    with desk(tmp_path, mode="none") as it:
        settings = SlackSettings(
            mode="socket", api_url=it.slack.api_url, bot_token=BOT_TOKEN, app_token=APP_TOKEN, admins=("U0ADMIN00",)
        )
        bolt = build_app(Services(it.app.kit), settings)
        runner = SocketRunner(bolt, settings, ping_seconds=1.0, silent_seconds=silent_seconds, look_seconds=0.05)
        runner.start()
        try:
            yield it, runner
        finally:
            runner.stop()
            gc.collect()  # sockets the SDK dropped end here, within the filter above


def answered(it: Desk) -> bool:
    """Whether a command is answered, in the end: one sent to a dying connection is lost, as in life."""
    lost = it.slack.ack_seconds
    it.slack.ack_seconds = 3.0
    try:
        for _ in range(10):
            ack = it.slack.command("help")
            if it.slack.wait_for(lambda ack=ack: ack.responses, 3.0):
                return True
    finally:
        it.slack.ack_seconds = lost
    return False


def stands(it: Desk, runner: SocketRunner) -> bool:
    """Whether a connection stands in the end; the ones before were dropped by Slack."""
    return bool(it.slack.wait_for(lambda: it.slack.connections and runner.connected))


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_when_slack_asks_for_a_new_connection_the_next_command_is_answered(tmp_path: Path, reason: str) -> None:
    with quick(tmp_path) as (it, runner):
        assert answered(it)
        opened = it.slack.count("apps.connections.open")
        it.slack.disconnect(reason)
        assert it.slack.wait_for(lambda: it.slack.count("apps.connections.open") > opened)
        assert stands(it, runner)
        assert answered(it)


def test_an_abrupt_end_is_mended(tmp_path: Path) -> None:
    with quick(tmp_path) as (it, runner):
        for _ in range(3):
            it.slack.drop_connections()
            assert stands(it, runner)
        assert answered(it)


def test_a_connection_that_no_longer_answers_is_replaced(tmp_path: Path) -> None:
    with quick(tmp_path, silent_seconds=3.0) as (it, runner):
        assert stands(it, runner)
        opened = it.slack.count("apps.connections.open")
        it.slack.go_silent()
        assert it.slack.wait_for(lambda: it.slack.count("apps.connections.open") > opened)
        it.slack.drop_connections()
        assert answered(it)


def test_a_connection_that_never_answered_a_ping_counts_as_silent_too(tmp_path: Path) -> None:
    with desk(tmp_path, mode="none") as it:
        settings = _settings(it.slack, bot_token=BOT_TOKEN, app_token=APP_TOKEN)
        ahead = [0.0]
        runner = SocketRunner(
            build_app(Services(it.app.kit), settings),
            settings,
            ping_seconds=3600.0,
            silent_seconds=45.0,
            look_seconds=3600.0,
            clock=lambda: time.time() + ahead[0],
        )
        runner.start()
        try:
            assert it.slack.wait_for(lambda: runner.connected)
            for seconds, standing in ((0.0, True), (3600.0, False), (0.0, True)):
                ahead[0] = seconds
                assert runner.connected is standing
        finally:
            runner.stop()
            gc.collect()


def test_a_switched_off_socket_mode_does_not_end_the_program_and_is_tried_again(tmp_path: Path) -> None:
    with quick(tmp_path) as (it, runner):
        refused = it.slack.fail("apps.connections.open", "error", "link_disabled", times=4)
        it.slack.disconnect("link_disabled")
        it.slack.drop_connections()
        assert it.slack.wait_for(lambda: refused.times == 0)
        assert stands(it, runner)
        assert answered(it)


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ({"app_token": ""}, "set STET_SLACK_APP_TOKEN"),
        ({"app_token": "xapp-wrong"}, "Slack refuses STET_SLACK_APP_TOKEN: invalid_auth"),
        ({"bot_token": "xoxb-wrong"}, "Slack refuses STET_SLACK_BOT_TOKEN: invalid_auth"),
        ({"app_token": BOT_TOKEN}, "set STET_SLACK_APP_TOKEN"),
    ],
)
def test_a_bad_token_is_named_at_start_in_one_sentence(secrets: dict[str, str], words: str) -> None:
    with running() as slack:
        given = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, **secrets}
        runner = SocketRunner(BoltApp(token="xoxb-1", token_verification_enabled=False), _settings(slack, **given))
        with pytest.raises(ConfigError) as failure:
            runner.start()
        assert words in str(failure.value)
        assert "wrong" not in str(failure.value)
        runner.stop()


def test_an_unreachable_slack_at_start_is_waited_for(tmp_path: Path) -> None:
    with quick(tmp_path) as (it, _):
        it.slack.fail("auth.test", "status", 503, times=1)
        it.slack.fail("apps.connections.open", "status", 503, times=2)
        settings = _settings(it.slack, bot_token=BOT_TOKEN, app_token=APP_TOKEN)
        second = SocketRunner(build_app(Services(it.app.kit), settings), settings, look_seconds=0.05)
        second.start()
        assert it.slack.wait_for(lambda: second.connected)
        second.stop()


def test_a_command_reaches_exactly_one_of_several_connections(tmp_path: Path) -> None:
    with quick(tmp_path) as (it, _):
        settings = _settings(it.slack, bot_token=BOT_TOKEN, app_token=APP_TOKEN)
        second = SocketRunner(build_app(Services(it.app.kit), settings), settings)
        second.start()
        assert it.slack.wait_for(lambda: it.slack.connections == 2)
        for _ in range(6):
            ack = it.say("help")
            assert len(ack.responses) == 1
        second.stop()


def test_an_event_that_is_not_acknowledged_in_time_comes_again_with_the_same_id() -> None:
    with running(ack_seconds=0.05, retry_seconds=(0.0, 0.0, 0.0)) as slack:
        seen: list[tuple[Any, Any]] = []
        may_go_on = threading.Event()
        bolt = _bolt(slack)

        @bolt.middleware
        def slow(body: Any, payload: Any, next: Any, req: Any) -> None:
            seen.append((body["event_id"], req.headers.get("x-slack-retry-num", [None])[0]))
            may_go_on.wait(PATIENCE)
            next()

        runner = SocketRunner(bolt, _settings(slack, bot_token=BOT_TOKEN, app_token=APP_TOKEN))
        runner.start()
        ack = slack.event({"type": "channel_rename", "channel": {"id": NEWS, "name": "x"}}, event_id="Ev9")
        assert slack.wait_for(lambda: len(seen) >= 3)
        may_go_on.set()
        runner.stop()
        assert ack.attempts == 3
        assert ack.problem == "operation_timeout"
        assert [identity for identity, _ in seen] == ["Ev9"] * 3
        # listeners run in threads of their own: which of two redeliveries is noted first is not promised
        assert sorted(retry for _, retry in seen) == ["0", "1", "2"]


def _settings(slack: SlackStandIn, **more: Any) -> SlackSettings:
    return SlackSettings(mode="socket", api_url=slack.api_url, **more)


def _bolt(slack: SlackStandIn) -> BoltApp:
    from bot.deliver.slack_calls import Quiet, web_client

    client = web_client(BOT_TOKEN, api_url=slack.api_url)
    return BoltApp(client=client, token=BOT_TOKEN, token_verification_enabled=False, logger=Quiet())


# ---- HTTP mode ----


class Door:
    """A public address in front of ``handle``: the web view's part, without the web view."""

    def __init__(self, bolt: BoltApp, installer: Installer | None = None) -> None:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                pass

            def _any(self) -> None:
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answered, out = handle(bolt, self.command, path, query, headers, body, installer=installer)
                self.send_response(status)
                for name, value in answered:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            def do_POST(self) -> None:
                self._any()

            def do_GET(self) -> None:
                self._any()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/slack/events"

    def __enter__(self) -> Door:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, mode="http") as it:
        settings = SlackSettings(
            mode="http", api_url=it.slack.api_url, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET
        )
        bolt = build_app(Services(it.app.kit), settings)
        it.bolt = bolt
        with Door(bolt) as door:
            it.slack.request_url = door.url
            yield it
        bolt.listener_runner.listener_executor.shutdown()


def test_commands_clicks_and_events_work_over_signed_requests(web: Desk) -> None:
    assert web.text(f"add {web.story('story')}").startswith("Watching")
    told = web.changed(watch=False)
    menu = next(one for one in told["blocks"][-1]["elements"] if one["action_id"] == "alert.mute")
    clicked = web.slack.click(
        {"type": "static_select", "action_id": "alert.mute", "selected_option": menu["options"][0]}, message=told
    )
    assert clicked.acked
    assert web.slack.wait_for(lambda: any(".note." in block["block_id"] for block in told["blocks"]))
    assert web.slack.event({"type": "app_home_opened", "user": "U0ALICE00", "tab": "home"}).acked
    assert web.slack.wait_for(lambda: web.slack.homes)


def test_the_web_view_carries_slack_s_requests_to_the_app(tmp_path: Path) -> None:
    with desk(tmp_path, mode="http", settings='client_id = "1.2"', more='[web]\nlisten = "127.0.0.1:0"\n') as it:
        slack = endpoint(it.app)
        server = start_web(it.app, slack=slack)
        try:
            base = server.address if server.address.startswith("http") else f"http://{server.address}"
            it.slack.request_url = f"{base.rstrip('/')}/slack/events"
            assert "/stet add" in it.text("help")
            assert it.slack.post(b"payload={}", signature="v0=forged")[0] == 401
            with pytest.raises(urllib.error.HTTPError) as sent:
                opener = urllib.request.build_opener(_Stay)
                opener.open(f"{base.rstrip('/')}/slack/install", timeout=5)
            with sent.value:
                assert sent.value.code == 302
                assert "/oauth/v2/authorize?client_id=1.2" in sent.value.headers["location"]
                assert "HttpOnly" in sent.value.headers["set-cookie"]
        finally:
            server.stop()
            slack.stop()


def test_what_slack_asked_for_over_http_is_finished_at_the_end(tmp_path: Path) -> None:
    with desk(tmp_path, mode="http", more='[web]\nlisten = "127.0.0.1:0"\n') as it:
        may_answer = threading.Event()

        def slow(asked: Seen) -> Reply:
            assert may_answer.wait(PATIENCE)
            return Reply(body=page("Slow ferry").encode())

        it.site.answer("/slow", slow)
        slack = endpoint(it.app)
        server = start_web(it.app, slack=slack)
        it.slack.request_url = f"{server.address}/slack/events"
        ack = it.slack.command(f"add {it.site.url('/slow')}")
        assert ack.acked
        server.stop()
        threading.Timer(0.1, may_answer.set).start()
        slack.stop()
        assert [answer["text"][:8] for answer in ack.responses] == ["Watching"]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def test_url_verification_is_answered(web: Desk) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c-123", "token": "t"}).encode()
    status, text = web.slack.post(body, headers={"Content-Type": "application/json"})
    assert status == 200
    assert "c-123" in text


@pytest.mark.parametrize(
    "how",
    [{"signature": "v0=" + "0" * 64}, {"signature": "nonsense"}, {"age": 360}, {"age": -360}],
    ids=["forged", "malformed", "six minutes old", "from the future"],
)
def test_a_request_that_slack_did_not_sign_just_now_is_refused(web: Desk, how: dict[str, Any]) -> None:
    body = urllib.parse.urlencode({"command": "/stet", "text": "help", "team_id": "T0STANDIN"}).encode()
    status, _ = web.slack.post(body, headers={"Content-Type": "application/x-www-form-urlencoded"}, **how)
    assert status == 401


def test_requests_without_a_signature_and_with_garbage_are_refused(web: Desk) -> None:
    bolt = build_app(
        Services(web.app.kit),
        SlackSettings(mode="http", api_url=web.slack.api_url, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET),
    )
    assert handle(bolt, "POST", "/slack/events", "", {}, b"payload={}")[0] == 401
    assert handle(bolt, "POST", "/slack/events", "", {}, b"\xff\xfe")[0] == 400
    assert handle(bolt, "POST", "/slack/events", "", {}, b"x" * 1_000_001)[0] == 413
    assert handle(bolt, "GET", "/slack/events", "", {}, b"")[0] == 405
    assert handle(bolt, "GET", "/slack/elsewhere", "", {}, b"")[0] == 404
    assert handle(bolt, "GET", "/slack/install", "", {}, b"")[0] == 404, "no installing without a client id"


def test_an_unknown_command_is_not_answered(web: Desk) -> None:
    body = urllib.parse.urlencode({"command": "/other", "text": "", "team_id": "T0STANDIN", "user_id": "U0ALICE00"})
    status, _ = web.slack.post(body.encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert status == 404


def test_an_event_sent_twice_over_http_is_answered_once(web: Desk) -> None:
    event = {"type": "member_joined_channel", "user": "U0BOT0000", "channel": "C0OPEN0000"}
    web.slack.event(event, event_id="Ev1", once=False)
    assert web.slack.wait_for(lambda: web.slack.posted("C0OPEN0000"))
    assert web.bolt is not None
    web.bolt.listener_runner.listener_executor.shutdown(wait=True)  # both have been worked off
    assert len(web.slack.posted("C0OPEN0000")) == 1


# ---- several workspaces ----


def _install(it: Desk, installer: Installer, *, cookie: str | None = None, state: str | None = None) -> tuple[int, str]:
    status, headers, _ = installer.begin()
    assert status == 302
    found = dict(headers)
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(found["location"]).query)
    it.slack.codes["code-1"] = {"team": "T0OTHER00", "user": "U0BOSS000"}
    given = state if state is not None else asked["state"][0]
    query = urllib.parse.urlencode({"code": "code-1", "state": given})
    held = 'odd={"a": 1}; ' + found["set-cookie"].split(";")[0] + "; tail" if cookie is None else cookie
    answered, _, body = installer.finish(query, held)
    return answered, body.decode()


def _installer(it: Desk) -> Installer:
    settings = SlackSettings(
        mode="http",
        api_url=it.slack.api_url,
        client_id="1.2",
        client_secret="client-secret",
        public_url="http://stet.example",
    )
    return Installer(it.app.kit.db, settings, now=it.clock, secret_key="key")


def test_installing_into_a_second_workspace_seals_its_token_and_alerts_go_there(tmp_path: Path) -> None:
    with desk(tmp_path, mode="none") as it:
        status, text = _install(it, _installer(it))
        assert (status, "Stet is installed in T0OTHER00" in text) == (200, True)
        tokens = StoredTokens(it.app.kit.db, only=BOT_TOKEN, secret_key="key")
        other = tokens.token("T0OTHER00")
        assert other.startswith("xoxb-T0OTHER00-")
        assert tokens.token("") == BOT_TOKEN
        assert other.encode() not in (tmp_path / "data" / "stet.db").read_bytes()
        with it.app.kit.db.read() as tx, pytest.raises(StoreError, match="another STET_SECRET_KEY"):
            installations.find(tx, b"wrong key", team="T0OTHER00")
        with it.app.kit.db.begin() as tx:
            from bot.store import watches

            watch, _ = watches.add(tx, url="https://a.example/1", key="a.example/1", now=it.clock())
            subscriptions.add(tx, watch_id=watch.id, channel="C0OTHER000", now=it.clock(), team="T0OTHER00")
        it.slack.channel("C0OTHER000", "other")
        channel = SlackChannel(
            SlackSettings(api_url=it.slack.api_url), StoredThreads(it.app.kit.db, now=it.clock), tokens=tokens
        )
        told = council(watch_id=watch.id)
        channel.send(told, alert(told, channel="C0OTHER000"))
        channel.close()
        [posted] = it.slack.posted("C0OTHER000")
        assert posted["team"] == "T0OTHER00"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"cookie": ""}, "too old or was opened elsewhere"),
        ({"cookie": "stet_slack_state=other"}, "too old or was opened elsewhere"),
        ({"state": "guessed"}, "too old or was opened elsewhere"),
    ],
)
def test_an_installation_that_was_begun_elsewhere_is_refused(tmp_path: Path, how: dict[str, str], words: str) -> None:
    with desk(tmp_path, mode="none") as it:
        status, text = _install(it, _installer(it), **how)
        assert status == 400
        assert words in text
        with it.app.kit.db.read() as tx:
            assert installations.teams(tx) == []


def test_a_state_is_used_once_and_slack_s_refusal_is_told(tmp_path: Path) -> None:
    with desk(tmp_path, mode="none") as it:
        installer = _installer(it)
        found = dict(installer.begin()[1])
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(found["location"]).query)["state"][0]
        query, cookie = urllib.parse.urlencode({"code": "bad", "state": state}), found["set-cookie"].split(";")[0]
        assert "Slack refused the code (invalid_code)" in installer.finish(query, cookie)[2].decode()
        assert installer.finish(query, cookie)[0] == 400
        assert installer.finish("error=access_denied", cookie)[0] == 400


@pytest.mark.parametrize(
    ("event", "left"),
    [
        ({"type": "app_uninstalled"}, []),
        ({"type": "tokens_revoked", "tokens": {"bot": ["U0BOT0000"], "oauth": []}}, []),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U0ALICE00"], "bot": []}}, ["T0STANDIN"]),
    ],
    ids=["removed", "its token revoked", "a person's token revoked"],
)
def test_an_app_that_was_removed_loses_its_token(tmp_path: Path, event: dict[str, Any], left: list[str]) -> None:
    with desk(tmp_path) as it:
        with it.app.kit.db.begin() as tx:
            key = meta.secret_key(tx)
            installations.put(tx, key, team="T0STANDIN", now=it.clock(), secrets={"bot_token": BOT_TOKEN})
        it.slack.event(event)
        it.stop()
        with it.app.kit.db.read() as tx:
            assert installations.teams(tx) == left


# ---- manifests ----


def _manifest(text: str) -> dict[str, Any]:
    """The plain part of YAML that the manifests keep to: maps, lists of words or maps, words, true and false."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]

    def word(value: str) -> Any:
        return {"true": True, "false": False}.get(value, value.strip('"'))

    def block(indent: int) -> Any:
        out: Any = None
        while lines:
            line = lines[0]
            depth = len(line) - len(line.lstrip())
            if depth < indent:
                break
            content = line.strip()
            if content.startswith("- "):
                out = [] if out is None else out
                lines.pop(0)
                if ": " in content:
                    lines.insert(0, " " * (depth + 2) + content[2:])
                    out.append(block(depth + 2))
                else:
                    out.append(word(content[2:]))
                continue
            key, _, value = content.partition(":")
            out = {} if out is None else out
            lines.pop(0)
            out[key] = word(value.strip()) if value.strip() else block(depth + 1)
        return out

    found = block(0)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_manifest_is_within_slack_s_limits_and_names_everything_the_app_uses(mode: str) -> None:
    manifest = _manifest((ROOT / "deploy" / f"slack-manifest-{mode}.yaml").read_text(encoding="utf-8"))
    shown, features, oauth = manifest["display_information"], manifest["features"], manifest["oauth_config"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.match(r"^#[0-9a-fA-F]{6}$", shown["background_color"])
    assert len(features["bot_user"]["display_name"]) <= 80
    [command] = features["slash_commands"]
    assert command["command"] == "/stet"
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
    assert command["should_escape"] is True
    assert {one["callback_id"] for one in features["shortcuts"]} == {"watch_story", "watch_message"}
    assert len(features["shortcuts"]) <= 10
    for one in features["shortcuts"]:
        assert len(one["name"]) <= 24
        assert len(one["description"]) <= 150
    scopes = oauth["scopes"]["bot"]
    assert set(scopes) == {*SCOPES, *OPTIONAL_SCOPES}
    settings = manifest["settings"]
    from bot.slack.events import Events

    events = settings["event_subscriptions"]["bot_events"]
    assert set(events) == set(Events.NAMES)
    assert len(events) <= 100
    assert settings["socket_mode_enabled"] is (mode == "socket")
    assert settings["token_rotation_enabled"] is False
    addresses = [
        command.get("url"),
        settings["interactivity"].get("request_url"),
        settings["event_subscriptions"].get("request_url"),
    ]
    if mode == "http":
        assert all(str(one).endswith("/slack/events") for one in addresses)
    else:
        assert addresses == [None, None, None]
