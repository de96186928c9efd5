"""From the sections of config.toml to the settings each part of the house takes. Values only; nothing is opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.config import Config, RouteSection, names
from bot.core.cadence import Cadence
from bot.core.compare_config import CompareConfig
from bot.core.model import Only, Quiet, Route, Target
from bot.core.policy import Policy
from bot.extract import OutletRules
from bot.jobs.kit import Outlet

if TYPE_CHECKING:
    from bot.deliver.slack import SlackSettings
    from bot.deliver.smtp import EmailSettings
    from bot.fetch import FetchSettings


def routes(config: Config) -> tuple[Route, ...]:
    """The declared routes; without any, everything worth telling is printed in the terminal."""
    if not config.route:
        terminal = Target(channel="terminal")
        return (
            Route(
                name="terminal",
                targets=(terminal,),
                min_severity=config.judge.min_severity,
                timezone=config.bot.timezone,
            ),
        )
    return tuple(_route(config, section) for section in config.route)


def targets_of(section: Any) -> tuple[Target, ...]:
    """``to = {slack = …, email = […], terminal = true}`` as targets, each once."""
    found = [Target(channel="slack", address=name) for name in names(section.slack)]
    found += [Target(channel="email", address=address) for address in names(section.email)]
    if section.terminal:
        found.append(Target(channel="terminal"))
    return tuple(dict.fromkeys(found))


def owners(config: Config) -> tuple[Target, ...]:
    """Who hears of trouble; the terminal where nobody is named."""
    found = [
        Target(channel="email", address=name)
        if "@" in name and not name.startswith(("#", "@"))
        else Target(channel="slack", address=name)
        for name in config.bot.owners
    ]
    return tuple(found) or (Target(channel="terminal"),)


def policy(config: Config) -> Policy:
    """What is worth telling where a route says nothing else."""
    judge = config.judge
    return Policy(
        min_severity=judge.min_severity,
        kinds_off=frozenset(judge.kinds_off),
        severity_overrides=dict(judge.severity_overrides),
        settle=judge.settle,
        settle_max=max(judge.settle_max, judge.settle),
        confirm_gap=judge.confirm_gap,
    )


def compare_config(config: Config) -> CompareConfig:
    """The comparator's settings. Kinds switched off stay in the comparison; the policy leaves them out of alerts."""
    judge = config.judge
    return CompareConfig(
        lang=judge.lang or "",
        severity_overrides={kind: int(level) for kind, level in judge.severity_overrides.items()},
        furniture=judge.furniture,
        notes=judge.notes,
        context_words=judge.context_words,
    )


def cadence(config: Config) -> Cadence:
    """When to look again. The first wait after a failure is ``failure_backoff``; it grows to six hours."""
    section = config.cadence
    first = max(1, section.failure_backoff)
    return Cadence(
        steps=section.steps,
        retire_after=section.retire_after,
        after_change=section.after_change,
        failure_backoff=(first, first * 3, first * 8, first * 24, max(first * 24, 6 * 3600)),
    )


def _headers(told: Mapping[str, str], cookies: Mapping[str, str]) -> dict[str, str]:
    """An outlet's own headers, its cookies with them."""
    if not cookies:
        return dict(told)
    own = [value for name, value in told.items() if name.lower() == "cookie"]
    line = "; ".join([*own, *(f"{name}={value}" for name, value in cookies.items())])
    return {name: value for name, value in told.items() if name.lower() != "cookie"} | {"Cookie": line}


def outlet_of(config: Config) -> Callable[[str], Outlet]:
    """The outlet of an address: the configured one whose hosts it is on, else its host by name."""
    by_host = {
        host.lower().removeprefix("www."): Outlet(
            name=section.name,
            rules=OutletRules(
                name=section.name,
                selectors=dict(section.selectors),
                remove=(*section.ignore, *section.remove),
                drop_lines=section.drop_lines,
                min_words=section.min_words,
                method=section.method or "article",
            ),
            desk=section.desk,
            headers=_headers(section.headers, section.cookies),
            proxy=section.proxy or None,
            browser=section.browser,
        )
        for section in config.outlet
        for host in section.hosts
    }

    @lru_cache(maxsize=4096)
    def of_host(host: str) -> Outlet:
        name = host
        while name:
            if name in by_host:
                return by_host[name]
            _, _, name = name.partition(".")
        return Outlet(name=host, rules=OutletRules())

    def of(url: str) -> Outlet:
        from bot.discover.address import host_of

        return of_host(host_of(url))

    return of


def fetch_settings(config: Config) -> FetchSettings:
    """The door's settings."""
    from bot.fetch import FetchSettings

    section = config.fetch
    return FetchSettings(
        workers=section.workers,
        per_host=section.per_host,
        host_gap=section.host_gap,
        timeout=section.timeout,
        max_bytes=section.max_bytes,
        robots=section.robots,
        user_agent=section.user_agent,
        contact=config.bot.contact,
        allow_private=section.allow_private,
        ports=section.ports,
        proxy=section.proxy or None,
        ca_file=os.environ.get("SSL_CERT_FILE") or None,
    )


def email_settings(config: Config) -> EmailSettings:
    """The mail server and our name on the envelope."""
    from bot.deliver.smtp import EmailSettings, Security

    section = config.email
    name, address = parseaddr(section.sender)
    return EmailSettings(
        host=section.host,
        port=section.port or 0,
        security=Security(section.security),
        username=section.username,
        password=config.secrets.smtp_password,
        sender=address or section.sender,
        sender_name=name or "Stet",
        reply_to=section.reply_to,
        envelope_sender=section.envelope_sender,
        domain=section.domain,
        timeout=section.timeout,
        allow_local_domains=True,
        fold_above=section.hourly_limit,
        ca_file=section.ca_file,
    )


def slack_settings(config: Config) -> SlackSettings:
    """How Slack is reached; off where no token is given."""
    from bot.deliver.slack import SlackSettings

    section, secrets = config.slack, config.secrets
    return SlackSettings(
        mode=section.mode if slack_is_on(config) else "off",
        api_url=section.api_url,
        command=section.command,
        admins=section.admins,
        bot_token=secrets.slack_bot_token,
        app_token=secrets.slack_app_token,
        signing_secret=secrets.slack_signing_secret,
        client_id=section.client_id,
        client_secret=secrets.slack_client_secret,
        allow_shared_channels=section.allow_shared_channels,
        max_watches_per_channel=section.max_watches_per_channel,
        public_url=config.bot.base_url,
        timezone=config.bot.timezone,
    )


def slack_is_on(config: Config) -> bool:
    """Whether Slack can be used at all: a mode, and a token or an app to install."""
    return config.slack.mode != "off" and bool(config.secrets.slack_bot_token or config.slack.client_id)


def _route(config: Config, section: RouteSection) -> Route:
    zone = section.timezone or config.bot.timezone
    quiet = None
    if section.quiet is not None:
        quiet = Quiet(start=section.quiet.start, end=section.quiet.end, timezone=section.quiet.timezone or zone)
    return Route(
        name=section.name,
        targets=targets_of(section.to),
        desks=section.desks,
        outlets=section.outlets,
        min_severity=section.min_severity if section.min_severity is not None else config.judge.min_severity,
        kinds=section.kinds,
        only=Only(section.only),
        digest=section.digest,
        digest_only=section.digest_only,
        digest_at=section.digest_at,
        digest_empty=section.digest_empty,
        timezone=zone,
        quiet=quiet,
    )
