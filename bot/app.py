"""The composition root: from a Config to a program. The only place that builds adapters, and the only clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bot import wiring
from bot.config import Config
from bot.errors import StoreFull
from bot.jobs.kit import Kit
from bot.later import Later, LaterMapping
from bot.store import meta
from bot.store.database import Database
from bot.store.lock import hold_data_dir

if TYPE_CHECKING:
    from rich.console import Console

    from bot.deliver import Channel
    from bot.fetch import Fetcher


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Stet, built and open. ``kit`` is what jobs work with; ``data_dir`` holds the database and the outbox."""

    config: Config
    data_dir: Path
    kit: Kit
    console: Console

    @classmethod
    @contextmanager
    def open(
        cls,
        config: Config,
        data_dir: Path,
        *,
        console: Console,
        service: bool = False,
        lazily: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> Iterator[App]:
        """Open everything, and close it at the end of the block.

        ``service`` holds the data directory, so that a second service on the same SQLite database refuses to start.
        ``lazily`` builds the fetcher and the channels when they are first asked for: commands that only read start in
        half the time.
        Raises ConfigError, StoreError and its kinds.
        """
        with ExitStack() as stack:
            make_folder(data_dir)
            url = config.database_url(f"sqlite:///{data_dir.absolute() / 'stet.db'}")
            if service and url.startswith("sqlite"):
                stack.enter_context(hold_data_dir(data_dir))
            db = stack.enter_context(Database.open(url, now=clock()))
            secret = secret_of(config, db)
            fetcher = Later(lambda: fetcher_of(config, clock))
            stack.callback(fetcher.close)
            channels = build_channels(config, data_dir, db, console=console, clock=clock, secret=secret)
            stack.callback(channels.close)
            if not lazily:
                fetcher.build()
                channels.build()
            kit = Kit(
                db=db,
                fetcher=cast("Fetcher", fetcher),
                clock=clock,
                outlet_of=wiring.outlet_of(config),
                channels=channels,
                policy=wiring.policy(config),
                compare=wiring.compare_config(config),
                cadence=wiring.cadence(config),
                routes=wiring.routes(config),
                owners=wiring.owners(config),
                base_url=config.bot.base_url,
                zone=config.bot.timezone,
                raw_snapshots=config.store.raw_snapshots,
                secret_key=secret,
                hourly_mail_limit=config.email.hourly_limit,
            )
            yield cls(config=config, data_dir=data_dir, kit=kit, console=console)


def make_folder(folder: Path) -> None:
    """Create the data directory. Raises StoreFull with what to do."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFull(
            "the data directory cannot be created; name another with --data-dir", subject=str(folder)
        ) from error


def secret_of(config: Config, db: Database) -> str:
    """The key our links are signed with: from the environment, else one that is made once and kept in the database."""
    if config.secrets.secret_key:
        return config.secrets.secret_key
    with db.read() as tx:
        known = meta.get(tx, meta.SECRET_KEY)
    if known:
        return known
    with db.begin() as tx:
        meta.secret_key(tx)
    with db.read() as tx:
        return meta.get(tx, meta.SECRET_KEY) or ""


def fetcher_of(config: Config, clock: Callable[[], datetime] = utc_now) -> Fetcher:
    """The door to the news sites.

    Gaps and pauses run on the machine's monotonic clock, whatever the time of day does. A clock that is driven (in a
    simulation) moves them, too: what it jumps over counts as waited.
    """
    from bot.fetch import Fetcher

    settings = wiring.fetch_settings(config)
    if clock is utc_now:
        return Fetcher(settings)
    start, began = clock(), time.monotonic()
    return Fetcher(settings, clock=lambda: (clock() - start).total_seconds() + time.monotonic() - began, wall=clock)


def build_channels(
    config: Config,
    data_dir: Path,
    db: Database,
    *,
    console: Console,
    clock: Callable[[], datetime],
    secret: str,
) -> LaterMapping[Channel]:
    """The ways out. Without an SMTP server mails become files; without a Slack token Slack's alerts wait."""

    def terminal() -> Channel:
        from bot.deliver.terminal import TerminalChannel

        return TerminalChannel(console)

    def email() -> Channel:
        from bot.deliver.email import EmailChannel, EmlOutbox
        from bot.jobs.mailbook import StoredMailThreads

        threads = StoredMailThreads(db)
        base_url = config.bot.base_url
        settings = wiring.email_settings(config)
        if config.email.host:
            return EmailChannel(settings, now=clock, threads=threads, base_url=base_url, secret_key=secret)
        folder = data_dir / "outbox"
        return EmlOutbox(folder, now=clock, settings=settings, threads=threads, base_url=base_url, secret_key=secret)

    def slack() -> Channel:
        from bot.deliver.slack import SlackChannel
        from bot.jobs.threadbook import StoredThreads, StoredTokens

        tokens = StoredTokens(db, only=config.secrets.slack_bot_token, secret_key=config.secrets.secret_key or None)
        return SlackChannel(wiring.slack_settings(config), StoredThreads(db, now=clock), tokens=tokens, now=clock)

    makers = {"terminal": terminal, "email": email}
    if wiring.slack_is_on(config):
        makers["slack"] = slack
    return LaterMapping(makers)
