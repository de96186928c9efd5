"""``stet doctor`` finds each planted mistake, and names its fix."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import run
from bot.core.comparison import Severity
from bot.core.model import AlertKind, Target, WatchState
from bot.store import database, meta, outbox, schema, targets, watches
from bot.store.database import Database
from bot.store.migrations import HEAD, REVISIONS
from bot.store.outbox import NewAlert
from tests.edges import cli_process
from tests.newsroom import Newsroom
from tests.slack_standin import APP_TOKEN, BOT_TOKEN, Fault, SlackStandIn
from tests.smtp_server import PASSWORD, USER, MailServer

NOW = datetime.now(UTC)


class Desk:
    """One installation on loopback, sound until a mistake is planted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.real = False
        """Whether ``stet`` is a process of its own, as people start it."""
        self.data = folder / "data"
        self.settings: dict[str, list[str]] = {
            "bot": ['timezone = "Europe/London"', 'contact = "desk@newsroom.example"'],
            "fetch": ['allow_private = ["127.0.0.0/8"]', "host_gap = 0"],
            "web": ['listen = "127.0.0.1:0"'],
        }
        self.routes = ['name = "terminal"\nto = { terminal = true }']
        self.secrets: dict[str, str] = {}
        self.options: list[str] = []
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def text(self) -> str:
        sections = [f"[{name}]\n" + "\n".join(lines) for name, lines in self.settings.items()]
        return "\n".join([*sections, *(f"[[route]]\n{route}" for route in self.routes)]) + "\n"

    def database(self) -> Database:
        self.data.mkdir(parents=True, exist_ok=True)
        return Database.open(f"sqlite:///{self.data / 'stet.db'}", now=NOW)

    def stet(self, *words: str) -> tuple[int, str, str]:
        config = self.folder / "config.toml"
        config.write_text(self.text(), encoding="utf-8")
        if self.real:
            where = ("--config", str(config), "--data-dir", str(self.data))
            done = cli_process.stet(*where, *words, cwd=self.folder, **self.secrets)
            return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        for name, value in self.secrets.items():
            self._monkeypatch.setenv(name, value)
        self._capsys.readouterr()
        code = run(["--config", str(config), "--data-dir", str(self.data), *words])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def doctor(self) -> tuple[int, list[dict[str, Any]]]:
        code, out, err = self.stet("doctor", "--json", *self.options)
        assert "Traceback" not in out + err
        return code, json.loads(out)["checks"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    import os

    for name in list(os.environ):
        if name.startswith("STET_"):
            monkeypatch.delenv(name)
    yield Desk(tmp_path, monkeypatch, capsys)


Planting = Callable[[Desk], None]


def slack_route(desk: Desk, channel: str = "C0NEWS0000", name: str = "news") -> None:
    desk.routes.append(f'name = "{name}"\nto = {{ slack = "{channel}" }}')


def slack(desk: Desk, server: SlackStandIn, channel: str = "C0NEWS0000") -> None:
    slack_route(desk, channel)
    desk.settings["slack"] = ['mode = "socket"', f'api_url = "{server.api_url}"']
    desk.secrets |= {"STET_SLACK_BOT_TOKEN": BOT_TOKEN, "STET_SLACK_APP_TOKEN": APP_TOKEN}


def mail(desk: Desk, server: MailServer, security: str) -> None:
    desk.routes.append('name = "mail"\nto = { email = ["standards@newsroom.example"] }')
    desk.settings["email"] = [
        'host = "localhost"', f"port = {server.port}", f'security = "{security}"', f'username = "{USER}"',
        'from = "Stet <stet@newsroom.example>"', f'ca_file = "{server.trust(desk.folder)}"',
    ]  # fmt: skip
    desk.secrets["STET_SMTP_PASSWORD"] = PASSWORD


def unknown_key(desk: Desk) -> None:
    desk.settings["bot"].append('base_ulr = "https://stet.newsroom.example"')


def bad_zone(desk: Desk) -> None:
    desk.settings["bot"][0] = 'timezone = "Europe/Londn"'


def no_contact(desk: Desk) -> None:
    desk.settings["bot"].pop()


def data_is_a_file(desk: Desk) -> None:
    desk.data.write_text("not a folder")


def not_writable(desk: Desk) -> None:
    (desk.folder / "file").write_text("in the way")
    desk.data = desk.folder / "file" / "data"


def newer_schema(desk: Desk) -> None:
    desk.database().close()
    with closing(sqlite3.connect(desk.data / "stet.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")


def corrupt(desk: Desk) -> None:
    desk.database().close()
    (desk.data / "stet.db").write_bytes(b"this is no database at all, " * 500)


def slack_route_without_token(desk: Desk) -> None:
    slack_route(desk)


def username_without_password(desk: Desk) -> None:
    desk.settings["email"] = ['host = "127.0.0.1"', "port = 9", 'security = "starttls"', 'username = "stet"']
    desk.settings["email"].append('from = "Stet <stet@newsroom.example>"')
    desk.options = ["--offline"]


def password_in_clear(desk: Desk) -> None:
    desk.settings["email"] = ['host = "mail.newsroom.example"', "port = 25", 'security = "none"', 'username = "stet"']
    desk.settings["email"].append('from = "Stet <stet@newsroom.example>"')
    desk.secrets["STET_SMTP_PASSWORD"] = "secret-word"
    desk.options = ["--offline"]


def goes_nowhere(desk: Desk) -> None:
    desk.routes.append('name = "lost"\nto = {}')


def desk_nobody_hears(desk: Desk) -> None:
    desk.routes = ['name = "terminal"\ndesks = ["world"]\nto = { terminal = true }']
    desk.settings["[watch]"] = ['url = "https://courier.example/quay"', 'desk = "sport"']
    desk.options = ["--offline"]


def an_alert(desk: Desk, *, key: str = "test:1") -> tuple[Database, int]:
    db = desk.database()
    with db.begin() as tx:
        alert = outbox.add(
            tx,
            NewAlert(
                key=key,
                kind=AlertKind.NOTICE,
                route="terminal",
                target=Target(channel="email", address="standards@newsroom.example"),
                severity=Severity.MAJOR,
                payload={"lines": ["something"]},
            ),
            NOW - timedelta(hours=2),
        )
        assert alert is not None
    return db, alert.id


def dead_alerts(desk: Desk) -> None:
    db, number = an_alert(desk)
    with db, db.begin() as tx:
        outbox.dead(tx, number, "550 no such person", NOW)


def alerts_wait(desk: Desk) -> None:
    db, _ = an_alert(desk)
    db.close()


def paused_target(desk: Desk) -> None:
    with desk.database() as db, db.begin() as tx:
        targets.pause(tx, "email:standards@newsroom.example", "refused three times", NOW)


def stale_service(desk: Desk) -> None:
    with desk.database() as db, db.begin() as tx:
        meta.tick(tx, "checker", NOW - timedelta(hours=3))


def open_pages(desk: Desk) -> None:
    desk.settings["web"] = ['listen = "0.0.0.0:8080"']


def nothing_watched(desk: Desk) -> None:
    pass


def paused_watch(desk: Desk) -> None:
    with desk.database() as db, db.begin() as tx:
        watch, _ = watches.add(tx, url="https://courier.example/quay", key="courier.example/quay", now=NOW)
        watches.update(tx, watch.id, state=WatchState.PAUSED)


def no_mail_certificates(desk: Desk) -> None:
    desk.settings["email"] = ['host = "mail.newsroom.example"', 'from = "Stet <stet@newsroom.example>"']
    desk.settings["email"].append('ca_file = "/etc/stet/nowhere.pem"')
    desk.options = ["--offline"]


def workspaces_without_a_key(desk: Desk) -> None:
    desk.settings["slack"] = ['mode = "http"', 'client_id = "1.2"']
    desk.secrets |= {"STET_SLACK_CLIENT_SECRET": "secret-word", "STET_SLACK_SIGNING_SECRET": "secret-word"}
    desk.options = ["--offline"]


OFFLINE: list[tuple[Planting, str, str]] = [
    (unknown_key, "did you mean base_url?", "stet config check"),
    (bad_zone, "Europe/Londn", "stet config check"),
    (no_contact, "who fetches", "[bot] contact"),
    (data_is_a_file, "is a file", "--data-dir"),
    (not_writable, "file", "--data-dir"),
    (newer_schema, "9999", "stet restore"),
    (corrupt, "database", "stet restore"),
    (slack_route_without_token, "Slack is off", "STET_SLACK_BOT_TOKEN"),
    (username_without_password, "no password", "STET_SMTP_PASSWORD"),
    (password_in_clear, "in clear", "starttls"),
    (goes_nowhere, "lost", "to = {"),
    (desk_nobody_hears, "sport", "desks"),
    (dead_alerts, "given up", "stet outbox list --status dead"),
    (alerts_wait, "waited", "stet run"),
    (paused_target, "standards@newsroom.example", "stet outbox retry --target"),
    (stale_service, "last alive", "stet run"),
    (workspaces_without_a_key, "same database", "STET_SECRET_KEY"),
    (open_pages, "open to everybody", "STET_WEB_TOKEN"),
    (nothing_watched, "nothing is watched", "stet add"),
    (paused_watch, "paused watches 1 of 1; nobody looks at them", "stet resume 1"),
    (no_mail_certificates, "/etc/stet/nowhere.pem", "[email] ca_file"),
]


def found(desk: Desk, words: str, fix: str) -> None:
    code, checks = desk.doctor()
    wrong = [one for one in checks if one["status"] != "ok"]
    hits = [
        one for one in wrong if words in " ".join((one["name"], one["message"], *one["more"])) and fix in one["fix"]
    ]
    assert hits, wrong
    assert code == (1 if any(one["status"] == "bad" for one in wrong) else 0)
    secrets = [PASSWORD, BOT_TOKEN, APP_TOKEN, "secret-word"]
    assert not any(secret in json.dumps(checks) for secret in secrets)


@pytest.mark.parametrize(("plant", "words", "fix"), OFFLINE, ids=[plant.__name__ for plant, _, _ in OFFLINE])
def test_a_planted_mistake_is_found_with_its_fix(desk: Desk, plant: Planting, words: str, fix: str) -> None:
    plant(desk)
    found(desk, words, fix)


SLACK: list[tuple[str, Callable[[Desk, SlackStandIn], None], str, str]] = [
    ("missing app token", lambda desk, server: desk.secrets.pop("STET_SLACK_APP_TOKEN") and None, "Socket Mode",
     "STET_SLACK_APP_TOKEN"),
    ("revoked token", lambda desk, server: server.dead_tokens.update({BOT_TOKEN: "token_revoked"}), "Slack token",
     "STET_SLACK_BOT_TOKEN"),
    ("wrong app token", lambda desk, server: desk.secrets.update(STET_SLACK_APP_TOKEN="xapp-1-A0-wrong"),
     "Slack app token", "connections:write"),
    ("refused samples", lambda desk, server: server.faults.append(
        Fault("blocks.validate", "error", "invalid_message", times=9)), "refuse our alert", "report"),
    ("missing scope", lambda desk, server: server.scopes.discard("chat:write"), "chat:write", "reinstall"),
    ("archived channel", lambda desk, server: setattr(server.channels["C0NEWS0000"], "archived", True), "archived",
     "unarchive"),
    ("private channel without the bot", lambda desk, server: slack_route(desk, "G0SECRET00", "private"),
     "G0SECRET00", "/invite"),
    ("channel name that is private", lambda desk, server: slack_route(desk, "#secret", "private"),
     "#secret", "/invite"),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "words", "fix"), [one[1:] for one in SLACK], ids=[one[0] for one in SLACK])
def test_a_mistake_in_slack_is_found_with_its_fix(
    desk: Desk, plant: Callable[[Desk, SlackStandIn], None], words: str, fix: str
) -> None:
    with SlackStandIn(limits=False) as server:
        slack(desk, server)
        plant(desk, server)
        found(desk, words, fix)


@pytest.mark.parametrize(("plant", "words", "fix"), OFFLINE, ids=[plant.__name__ for plant, _, _ in OFFLINE])
def test_the_real_command_finds_a_planted_mistake(desk: Desk, plant: Planting, words: str, fix: str) -> None:
    """The same in a process of its own, with nothing of the tests in it: what a person gets."""
    desk.real = True
    plant(desk)
    found(desk, words, fix)


@pytest.mark.parametrize(("plant", "words", "fix"), [one[1:] for one in SLACK], ids=[one[0] for one in SLACK])
def test_the_real_command_finds_a_mistake_in_slack(
    desk: Desk, plant: Callable[[Desk, SlackStandIn], None], words: str, fix: str
) -> None:
    desk.real = True
    with SlackStandIn(limits=False) as server:
        slack(desk, server)
        plant(desk, server)
        found(desk, words, fix)


def test_slack_is_shown_one_of_each_shape_and_nothing_is_posted(desk: Desk) -> None:
    with SlackStandIn(limits=False) as server:
        slack(desk, server)
        code, checks = desk.doctor()
        assert code == 0
        (said,) = [one for one in checks if one["name"] == "Slack samples"]
        assert said["status"] == "ok"
        assert said["message"] == "Slack takes our alert, full diff, form, Home tab"
        assert [method for method, _ in server.calls].count("blocks.validate") == 4
        assert not any(server.messages.values())


def test_a_slack_that_cannot_check_samples_is_no_mistake_of_ours(desk: Desk) -> None:
    with SlackStandIn(limits=False) as server:
        slack(desk, server)
        server.faults.append(Fault("blocks.validate", "error", "unknown_method", times=9))
        code, checks = desk.doctor()
        assert code == 0
        assert [one["status"] for one in checks if one["name"] == "Slack samples"] == ["warn"]


def test_an_older_schema_is_named_and_not_upgraded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.database().close()
    monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "9999"))
    monkeypatch.setattr(database, "HEAD", "9999")
    found(desk, f"older schema {HEAD}", "stet db upgrade")
    code, out, err = desk.stet("db", "current")
    assert (code, out) == (1, "")
    assert f"the database has the older schema {HEAD}: " in err
    assert err.rstrip().endswith("; run `stet db upgrade`")
    code, out, err = desk.stet("db", "current", "--json")
    assert code == 1
    assert json.loads(out)["error"]["kind"] == "failed"


def test_a_wrong_mail_password_is_found_with_its_fix(desk: Desk) -> None:
    with MailServer(security="starttls", login=True) as server:
        mail(desk, server, "starttls")
        desk.secrets["STET_SMTP_PASSWORD"] = "wrong-word"
        found(desk, "mail server", "STET_SMTP_PASSWORD")


@pytest.mark.parametrize(("spoken", "set_"), [("none", "starttls"), ("none", "tls"), ("tls", "starttls")])
def test_the_wrong_kind_of_encryption_is_found_with_its_fix(desk: Desk, spoken: str, set_: str) -> None:
    with MailServer(security=spoken, login=True) as server:
        mail(desk, server, set_)
        desk.settings["email"].append("timeout = 3")
        found(desk, "mail server", "[email] security")


def test_a_source_that_shows_no_story_or_is_closed_to_us_is_found(desk: Desk) -> None:
    with Newsroom() as site:
        site.page(
            "/empty.xml", '<rss version="2.0"><channel><title>Quay</title></channel></rss>', content_type="text/xml"
        )
        site.page(
            "/closed/feed.xml", '<rss version="2.0"><channel><title>Q</title></channel></rss>', content_type="text/xml"
        )
        site.robots("User-agent: *\nDisallow: /closed/\n")
        desk.settings["[source]"] = [f'url = "{site.url("/empty.xml")}"']
        found(desk, "shows no story", "stet feeds")
        desk.settings["[source]"] = [f'url = "{site.url("/closed/feed.xml")}"']
        found(desk, "robots", "ask the outlet")
        desk.settings["[source]"] = [f'url = "{site.url("/nothing-here.xml")}"']
        found(desk, "404", "open it yourself")


def test_a_sound_installation_has_no_bad_line_and_reads_well(desk: Desk) -> None:
    with SlackStandIn(limits=False) as server, MailServer(security="starttls", login=True) as post:
        slack(desk, server)
        mail(desk, post, "starttls")
        code, out, err = desk.stet("doctor")
        assert code == 0, out
        assert "✗" not in out
        assert "login works" in out
        assert err == ""
        assert "Slack scopes" in out
