"""``stet doctor``: look at the whole installation, and name the fix of whatever is wrong.

Every check is a function that yields Checked; none raises, and none stops another.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.checked import Checked, bad, ok, warn
from bot.cli.session import Session, now
from bot.render.phrases import counted, gap_words

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Config

FREE_WANTED = 500_000_000
"""Bytes free below which the disk is worth a warning."""


def examine(
    session: Session, *, mail_to: str | None = None, slack_to: str | None = None, offline: bool = False
) -> Iterator[Checked]:
    """Look at everything, in the order in which things depend on each other."""
    from bot.errors import ConfigError

    yield from _python()
    try:
        config = session.config()
    except ConfigError as error:
        yield bad("configuration", str(error), "mend these, then: stet config check", tuple(error.problems))
        return
    yield ok("configuration", str(config.path or "embedded defaults (no config.toml; `stet init` writes one)"))
    yield from _settings(config)
    yield from _data_dir(session.data(config))
    yield from _clock(config)
    with ExitStack() as stack:
        app = yield from _open(session, stack)
        if app is None:
            return
        steps: list[Callable[[], Iterator[Checked]]] = [
            lambda: _database(app),
            lambda: _routes(app),
            lambda: _watched(app),
            lambda: _outbox(app),
            lambda: _service(app),
            lambda: _mail(app, mail_to, offline),
            lambda: _slack(app, slack_to, offline),
        ]
        if not offline:
            steps += [lambda: _web(app), lambda: _sources(app)]
        for step in steps:
            yield from _guarded(step)


def _guarded(step: Callable[[], Iterator[Checked]]) -> Iterator[Checked]:
    from bot.errors import StetError
    from bot.log import clean

    try:
        yield from step()
    except StetError as error:
        yield bad("check", str(error), "see the message; the other checks went on")
    except Exception as error:
        words = clean(f"{type(error).__name__}: {error}", limit=200)
        yield bad("check", f"a fault inside Stet ({words})", "please report it; the other checks went on")


def _python() -> Iterator[Checked]:
    from importlib.util import find_spec

    yield ok("Python", sys.version.split()[0])
    missing = [name for name in ("sqlalchemy", "slack_bolt", "jinja2", "apscheduler") if find_spec(name) is None]
    for module in ("lxml", "pycurl", "re2", "zstandard", "cchardet"):  # compiled: loading proves them
        try:
            __import__(module)
        except ImportError:
            missing.append(module)
    if missing:
        yield bad(
            "packages", f"cannot be imported: {', '.join(missing)}", "install again: pip install -c constraints.txt ."
        )


def _settings(config: Config) -> Iterator[Checked]:
    if not config.bot.contact:
        yield warn(
            "contact",
            "sites cannot see who fetches their pages",
            'set [bot] contact = "desk@newsroom.example" or a page about you',
        )
    url = config.bot.base_url
    if config.web.enabled and not url:
        yield warn("public address", "alerts carry no link to the side-by-side page", "set [bot] base_url")
    host = config.web.listen.rpartition(":")[0]
    if (
        config.web.enabled
        and host not in ("127.0.0.1", "localhost", "[::1]")
        and not (config.secrets.web_token or config.web.proxy_login_header)
    ):
        yield bad(
            "web login",
            f"the pages are open to everybody who reaches {config.web.listen}",
            "set STET_WEB_TOKEN, or listen on 127.0.0.1 behind a proxy with a login",
        )
    if config.email.host and config.email.security == "none" and config.secrets.smtp_password:
        yield bad(
            "mail security",
            "the mail password would go over the wire in clear",
            'set [email] security = "starttls" (port 587) or "tls" (port 465)',
        )
    if config.slack.client_id and not config.secrets.secret_key:
        yield warn(
            "secret key",
            "the tokens of Slack workspaces are sealed with a key that lies in the same database",
            "set STET_SECRET_KEY to a long random word before anybody gets a copy of it",
        )
    if config.email.username and not config.secrets.smtp_password:
        yield bad("mail password", "[email] username is set, but no password", "set STET_SMTP_PASSWORD")
    if config.email.host and config.email.sender.endswith("@localhost>"):
        yield bad("mail sender", "mails would come from localhost", 'set [email] from = "Stet <stet@your.domain>"')
    if config.email.ca_file and not Path(config.email.ca_file).is_file():
        yield bad(
            "mail certificates",
            f"there is no file {config.email.ca_file}",
            "mend [email] ca_file, or leave it out: the system's certificates count then",
        )
    if config.fetch.allow_private:
        networks = ", ".join(config.fetch.allow_private)
        yield warn("private networks", f"{networks} may be fetched", "remove [fetch] allow_private unless you mean it")
    if not config.fetch.robots:
        yield warn("robots.txt", "is not honoured", "set [fetch] robots = true unless every outlet agreed")


def _data_dir(path: Path) -> Iterator[Checked]:
    probe = next((one for one in (path, *path.absolute().parents) if _exists(one)), Path("/"))
    if not probe.is_dir():
        yield bad("data directory", f"{probe} is a file", "name another with --data-dir")
        return
    if not os.access(probe, os.W_OK):
        yield bad("data directory", f"{probe} may not be written", "give the service's user the right to write there")
        return
    free = shutil.disk_usage(probe).free
    if free < FREE_WANTED:
        yield bad("disk", f"{free / 1e6:.0f} MB are free", "make room, or prune: stet prune --compact")
    else:
        yield ok("data directory", f"{path} ({free / 1e9:.1f} GB free)")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _clock(config: Config) -> Iterator[Checked]:
    from zoneinfo import ZoneInfo

    moment = now()
    if moment.year < 2026:
        yield bad("clock", f"says {moment:%Y-%m-%d}", "set the clock: alerts, digests and certificates depend on it")
    local = moment.astimezone(ZoneInfo(config.bot.timezone))
    yield ok("clock", f"{local:%a %-d %b %Y %H:%M} in {config.bot.timezone}")
    if config.bot.timezone == "UTC":
        yield warn("time zone", "times are shown in UTC", 'set [bot] timezone = "Europe/London" or yours')


def _open(session: Session, stack: ExitStack) -> Any:
    from bot import log
    from bot.app import App
    from bot.errors import StetError

    log.set_up(level="error")
    config = session.config()
    if (older := _older_schema(session.data(config), config)) is not None:
        yield bad("database", older, "stop the service, then: stet db upgrade (the database is copied first)")
        return None
    try:
        return stack.enter_context(App.open(config, session.data(config), console=session.console()))
    except StetError as error:
        fixes = {
            "SchemaMismatch": "install the newer Stet, or restore the copy made before the upgrade: stet restore FILE",
            "StoreBusy": "wait, or end the process that holds it",
            "StoreFull": "make room, or give the service's user the right to write",
            "ConfigError": "mend [store] url or [email] in the configuration",
        }
        fix = fixes.get(type(error).__name__, "restore a backup: stet restore FILE")
        yield bad("database", str(error), fix)
        return None


def _older_schema(data: Path, config: Config) -> str | None:
    """What is said of a database that an older release wrote; looking at it never upgrades it."""
    from bot.errors import StetError
    from bot.store.database import Database

    file = data.absolute() / "stet.db"
    url = config.database_url(f"sqlite:///{file}")
    if url.startswith("sqlite") and not file.exists():
        return None
    try:
        Database.open(url, migrate=False).close()
    except StetError as error:
        return str(error) if "older schema" in error.message else None
    return None


def _database(app: App) -> Iterator[Checked]:
    from bot.store.migrations import HEAD

    problems = app.kit.db.check()
    if problems:
        yield bad("database", problems[0], "restore a backup: stet restore FILE", tuple(problems[1:5]))
        return
    yield ok("database", f"{app.kit.db.subject}, schema {HEAD}, {app.kit.db.size() / 1e6:.1f} MB")


def _routes(app: App) -> Iterator[Checked]:
    from bot.wiring import slack_is_on

    channels = {target.channel for route in app.kit.routes for target in route.targets}
    if "slack" in channels and not slack_is_on(app.config):
        yield bad(
            "routes",
            "a route names a Slack channel, but Slack is off: its alerts wait",
            "set STET_SLACK_BOT_TOKEN (and [slack] mode), or take slack out of the route",
        )
    if "email" in channels and not app.config.email.host:
        yield warn("routes", "mails are written as files into the data dir's outbox", "set [email] host to send them")
    desks = {desk for route in app.kit.routes for desk in route.desks}
    config = app.config
    named = (
        {one.desk for one in config.watch} | {one.desk for one in config.source} | {one.desk for one in config.outlet}
    )
    named -= {""}
    if unheard := sorted(named - desks) if all(route.desks for route in app.kit.routes) else []:
        yield warn("routes", f"nobody hears of the desk {unheard[0]!r}", "add it to a route's desks")
    silent = [route.name for route in app.kit.routes if not route.targets]
    if silent:
        yield bad("routes", f"the route {silent[0]!r} goes nowhere", "give it a to = { … }")
    else:
        yield ok("routes", ", ".join(route.name for route in app.kit.routes))


def _watched(app: App) -> Iterator[Checked]:
    from bot.core.model import Health, WatchState
    from bot.store import sources, watches

    with app.kit.db.read() as tx:
        active = watches.count(tx, states=[WatchState.ACTIVE])
        paused = watches.list_(tx, states=[WatchState.PAUSED], limit=200)
        trouble = watches.list_(tx, health=[one for one in Health if one is not Health.OK], limit=200)
        followed = sources.list_(tx)
    declared = len(app.config.watch) + len(app.config.source)
    if not active and not followed and declared:
        yield ok("watches", f"{declared} declared in the configuration; `stet run` takes them up")
        return
    if not active and not followed and not paused:
        yield warn("watches", "nothing is watched yet", "stet add URL, or stet source add URL")
        return
    if paused:
        lines = tuple(f"{one.id}: {one.headline or one.url}" for one in paused[:5])
        yield Checked(
            name="paused watches",
            status="warn",
            words=f"{len(paused)} of {active + len(paused)}; nobody looks at them",
            fix=f"stet resume {paused[0].id}, or stet remove {paused[0].id}",
            more=lines,
        )
    if trouble:
        lines = tuple(f"{one.id} {one.health.value}: {one.last_error or one.url}" for one in trouble[:5])
        yield Checked(
            name="watches",
            status="warn",
            words=f"trouble with {len(trouble)} of {active}",
            fix="stet list --trouble",
            more=lines,
        )
    else:
        yield ok("watches", f"{counted(active, 'story', 'stories')}, {counted(len(followed), 'source')}")


def _outbox(app: App) -> Iterator[Checked]:
    from bot.store import outbox, targets

    with app.kit.db.read() as tx:
        counts = outbox.counts(tx, now())
        paused = targets.paused(tx)
    for one in paused:
        yield bad(
            "delivery",
            f"{one.key} is paused: {one.paused_reason}",
            f"mend it, then: stet outbox retry --target {one.key}",
        )
    if counts.get("dead"):
        yield warn("outbox", f"given up: {counted(int(counts['dead']), 'alert')}", "stet outbox list --status dead")
    if counts["oldest_age"] > 900:
        yield bad(
            "outbox",
            f"an alert has waited for {counts['oldest_age'] / 60:.0f} min",
            "is `stet run` up? see: stet outbox list --status pending",
        )
    elif not counts.get("dead") and not paused:
        yield ok("outbox", f"{counts['sent']:.0f} told, {counts['pending']:.0f} waiting")


def _service(app: App) -> Iterator[Checked]:
    from bot.store import meta, watches

    with app.kit.db.read() as tx:
        ticks = meta.ticks(tx)
        due = watches.next_due(tx)
    last = max(ticks.values(), default=None)
    if last is None:
        yield warn("service", "has never run here", "start it: stet run")
    elif now() - last > timedelta(minutes=5):
        yield bad("service", f"last alive {_span(last)} ago", "start it: stet run (systemctl start stet)")
    else:
        yield ok("service", f"alive, last seen {_span(last)} ago")
    if due is not None and now() - due > timedelta(hours=1):
        yield bad("checks", f"a story has been due for {_span(due)}", "is the checker running? stet run, or stet check")


def _mail(app: App, to: str | None, offline: bool) -> Iterator[Checked]:
    from bot.deliver.email import check
    from bot.wiring import email_settings

    if not app.config.email.host:
        if to:
            yield bad("test mail", "no SMTP server is configured", "set [email] host")
        return
    settings = email_settings(app.config)
    if to:
        said = check(settings, to, now=now(), base_url=app.kit.base_url)
        if said.sent:
            yield ok("test mail", f"{said.server} took it for {to}")
        else:
            yield bad("test mail", said.problem, "see the conversation below", said.lines)
        return
    if offline:
        return
    from bot.deliver.smtp import Connection
    from bot.errors import DeliveryError

    connection = Connection(settings)
    try:
        connection.greet()
        yield ok("mail server", f"{settings.server} answers" + (", login works" if settings.username else ""))
    except DeliveryError as error:
        yield bad("mail server", str(error), _mail_fix(str(error)))
    finally:
        connection.close()


def _mail_fix(said: str) -> str:
    """What to do about a mail server that does not take us, by what was said."""
    said = said.lower()
    talk = "`stet doctor --send-test-email YOU` shows the conversation"
    if "login" in said:
        return f"set [email] username and STET_SMTP_PASSWORD as the server knows them; {talk}"
    if "certificate" in said:
        return f"set [email] host to the name in the certificate, or [email] ca_file to who signed it; {talk}"
    if any(word in said for word in ("tls", "ssl", "security", "closed", "timed out")):
        return f'set [email] security to what the port speaks: "starttls" (587) or "tls" (465); {talk}'
    return f"check [email] host and port; {talk}"


def _slack(app: App, to: str | None, offline: bool) -> Iterator[Checked]:
    from bot.wiring import slack_is_on

    if not slack_is_on(app.config):
        if to:
            yield bad("test message", "Slack is off", "set STET_SLACK_BOT_TOKEN and [slack] mode")
        return
    if app.config.slack.mode == "socket" and not app.config.secrets.slack_app_token:
        yield bad(
            "Slack app token",
            "Socket Mode needs one",
            'set STET_SLACK_APP_TOKEN (xapp-…, scope connections:write), or [slack] mode = "http"',
        )
    if app.config.slack.mode == "http" and not app.config.secrets.slack_signing_secret:
        yield bad("Slack signing secret", "HTTP mode needs it", "set STET_SLACK_SIGNING_SECRET")
    if offline:
        return
    from bot.cli.doctor_slack import examine_slack

    yield from examine_slack(app, to)


def _web(app: App) -> Iterator[Checked]:
    from bot.errors import CheckError
    from bot.fetch import Request

    url = app.config.bot.base_url
    if not url:
        return
    try:
        app.kit.fetcher.get(Request(url=f"{url}/healthz", kind="test"))
        yield ok("public address", f"{url} answers")
    except CheckError as error:
        yield warn(
            "public address",
            f"{url} does not answer from here: {error}",
            "is `stet run` up, and does [bot] base_url lead to it? From outside it may still work",
        )


def _sources(app: App) -> Iterator[Checked]:
    from bot.errors import CheckError
    from bot.jobs.sources import look_at
    from bot.store import sources

    with app.kit.db.read() as tx:
        followed = [(f"source {one.id}", one.url, one.title) for one in sources.list_(tx, limit=20)]
    known = {url for _, url, _ in followed}
    followed += [("declared source", one.url, "") for one in app.config.source[:20] if one.url not in known]
    for name, url, title in followed:
        try:
            _, found = look_at(app.kit, url)
        except CheckError as error:
            reason = getattr(error, "reason", "")
            fix = "ask the outlet, or remove it" if reason == "robots" else f"open it yourself: {url}"
            yield bad(name, str(error), fix)
            continue
        if found.entries or found.parts:
            yield ok(name, f"{title or url}: {len(found.entries) or len(found.parts)} entries")
        else:
            yield warn(name, f"{url} shows no story", f"has its address changed? look: stet feeds {url}")


def _span(since: datetime) -> str:

    return gap_words(now() - since)
