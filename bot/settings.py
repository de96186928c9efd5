"""What can be set: a frozen type for each section of config.toml, and what makes a value good."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.core.comparison import KINDS, Severity

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LOCAL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.(local|lan|test|internal))?")
STORY_FIELDS = ("headline", "standfirst", "byline", "body", "published", "updated", "corrections", "captions")
"""What an outlet may give a selector of its own for."""
SHORTEST = 60
"""Seconds between two looks at a story or source, at the least."""
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*$")


def parse_duration(value: str | int | float) -> int:
    """Seconds from ``"90s"``, ``"15m"``, ``"2h"``, ``"7d"``, ``"4w"`` or a number of seconds.

    Raises ValueError with the accepted forms.
    """
    if isinstance(value, bool):
        raise ValueError("a length of time such as 15m, 2h or 7d is wanted")
    if isinstance(value, int | float):
        if value < 0:
            raise ValueError("a length of time cannot be negative")
        return int(value)
    match = _DURATION.match(value)
    if match is None:
        raise ValueError(f"{value!r} is no length of time; write 90s, 15m, 2h or 7d")
    return int(float(match[1]) * _UNITS[match[2]])


def _interval(value: Any) -> Any:
    if value is not None and parse_duration(value) < SHORTEST:
        raise ValueError(f"{value!r} is too often; the shortest interval is 1m")
    return value if value is None else parse_duration(value)


def _severity(value: Any) -> Any:
    if isinstance(value, str):
        return Severity.parse(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Severity(value)
    raise ValueError("a severity is one of trivial, minor, notable, major, critical")


def _kinds(values: Any) -> Any:
    if isinstance(values, list | tuple | set | dict):
        for value in values:
            if value not in KINDS:
                raise ValueError(f"{value!r} is no kind of finding{_meant(value, KINDS)}")
    return values


def _meant(value: Any, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(value), list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _zone(value: Any) -> Any:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is no time zone; write a name such as Europe/London") from error
    return value


def _clock(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError(f"{value!r} is no time of day; write HH:MM")
    return value


Seconds = Annotated[int, BeforeValidator(parse_duration)]
Interval = Annotated[int | None, BeforeValidator(_interval)]
Level = Annotated[Severity, BeforeValidator(_severity)]
Kinds = Annotated[tuple[str, ...], BeforeValidator(_kinds)]
Zone = Annotated[str, BeforeValidator(_zone)]
Clock = Annotated[str, BeforeValidator(_clock)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class BotSection(_Section):
    """``[bot]``: who runs Stet, where readers find it, and in which time zone it speaks."""

    timezone: Zone = "UTC"
    base_url: str = ""
    contact: str = ""
    owners: tuple[str, ...] = ()
    """Targets that hear of trouble: ``#channel`` or mail addresses; empty: the terminal."""

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write the whole address, such as https://stet.example.com")
        return value.rstrip("/")


class StoreSection(_Section):
    """``[store]``: where versions are kept, and for how long."""

    url: str = ""
    raw_snapshots: bool = True
    keep_days: int | None = Field(default=None, ge=1)
    keep_versions: int | None = Field(default=None, ge=2)


class FetchSection(_Section):
    """``[fetch]``: how pages are asked for."""

    workers: int = Field(default=16, ge=1, le=256)
    per_host: int = Field(default=2, ge=1, le=32)
    host_gap: float = Field(default=1.0, ge=0, le=3600)
    timeout: float = Field(default=30.0, ge=1, le=600)
    max_bytes: int = Field(default=5_000_000, ge=10_000, le=100_000_000)
    robots: bool = True
    user_agent: str = ""
    allow_private: tuple[str, ...] = ()
    ports: tuple[int, ...] = (80, 443)
    proxy: str = ""

    @field_validator("allow_private")
    @classmethod
    def _networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            try:
                ipaddress.ip_network(value)
            except ValueError as error:
                raise ValueError(f"{value!r} is no network; write 127.0.0.0/8 or fd00::/8") from error
        return values


class CadenceSection(_Section):
    """``[cadence]``: ``steps`` are pairs of "younger than" and "look every"."""

    steps: tuple[tuple[Seconds, Seconds], ...] = (
        (3 * 3600, 600),
        (24 * 3600, 1800),
        (7 * 86400, 3 * 3600),
        (30 * 86400, 86400),
    )
    retire_after: Seconds = 30 * 86400
    after_change: Seconds = 3600
    failure_backoff: Seconds = 900

    @field_validator("steps")
    @classmethod
    def _rising(cls, value: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        ages = [age for age, _ in value]
        if not value or ages != sorted(set(ages)):
            raise ValueError("ages must rise from step to step")
        if any(interval < 1 for _, interval in value):
            raise ValueError("an interval is at least a second")
        return value


class JudgeSection(_Section):
    """``[judge]``: what is worth telling, and how long to wait before it is told."""

    min_severity: Level = Severity.MAJOR
    settle: Seconds = 600
    settle_max: Seconds = 1800
    confirm_gap: Seconds = 600
    kinds_off: Kinds = ()
    severity_overrides: Annotated[dict[str, Level], BeforeValidator(_kinds)] = Field(default_factory=dict)
    furniture: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lang: str | None = None
    context_words: int = Field(default=6, ge=0, le=50)


class OutletSection(_Section):
    """``[[outlet]]``: a publisher whose pages need help; its hosts are names without scheme or port."""

    name: str
    hosts: tuple[str, ...]
    desk: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    proxy: str = ""
    browser: bool = False
    selectors: dict[str, str] = Field(default_factory=dict)
    cookies: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    """The same as ``ignore``."""
    drop_lines: tuple[str, ...] = ()
    min_words: int = Field(default=0, ge=0)
    method: Literal["", "article", "selector", "live"] = ""

    @field_validator("hosts")
    @classmethod
    def _hosts(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"[^\s/:@]+|\[?[0-9a-fA-F:.]+\]?", value):
                raise ValueError(f"{value!r} is no host; write the name alone, such as news.example")
        return values

    @field_validator("selectors")
    @classmethod
    def _selectors(cls, values: dict[str, str]) -> dict[str, str]:
        for name, selector in values.items():
            if name not in STORY_FIELDS:
                raise ValueError(f"{name!r} is no part of a story{_meant(name, STORY_FIELDS)}")
            _css(selector)
        return values

    @field_validator("cookies")
    @classmethod
    def _cookies(cls, values: dict[str, str]) -> dict[str, str]:
        for name, value in values.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not re.fullmatch(r"[\x21-\x7e]*", value):
                raise ValueError(f"{name!r} is no cookie that can be sent")
            if ";" in value or "," in value:
                raise ValueError(f"the value of the cookie {name!r} may hold no comma or semicolon")
        return values

    @field_validator("ignore", "remove")
    @classmethod
    def _ignored(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            _css(value)
        return values

    @field_validator("drop_lines")
    @classmethod
    def _patterns(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _patterns(values)


class WatchSection(_Section):
    """``[[watch]]``: a declared watch; shown as such, not removable from Slack."""

    url: str
    desk: str = ""
    label: str = ""
    outlet: str = ""
    every: Interval = None
    min_severity: Level | None = None
    route: tuple[str, ...] | str = ()
    profile: Literal["story", "live", "policy_page"] = "story"

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _http(value)


class SourceSection(_Section):
    """``[[source]]``: a declared feed, sitemap or section page."""

    url: str
    kind: Literal["feed", "sitemap", "section", "auto"] = "auto"
    title: str = ""
    desk: str = ""
    outlet: str = ""
    every: Interval = None
    route: tuple[str, ...] | str = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_new_per_check: int = Field(default=50, ge=1, le=5000)
    max_age_days: int = Field(default=7, ge=0, le=3650)

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _http(value)

    @field_validator("include", "exclude")
    @classmethod
    def _patterns(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _patterns(values)


class QuietSection(_Section):
    """``quiet`` of a route: local hours in which only CRITICAL is told."""

    start: Clock = Field(alias="from", default="22:00")
    end: Clock = Field(alias="to", default="07:00")
    timezone: Zone | None = None


class ToSection(_Section):
    """``to`` of a route."""

    slack: tuple[str, ...] | str = ()
    email: tuple[str, ...] | str = ()
    terminal: bool = False

    @field_validator("email")
    @classmethod
    def _addresses(cls, value: tuple[str, ...] | str) -> tuple[str, ...] | str:
        for address in (value,) if isinstance(value, str) else value:
            if problem := address_problem(address):
                raise ValueError(problem)
        return value


class RouteSection(_Section):
    """``[[route]]``: who hears of what."""

    name: str = Field(pattern=r"^[\w][\w .-]{0,59}$")
    desks: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    min_severity: Level | None = None
    kinds: Kinds = ()
    only: Literal["all", "headline", "body", "corrections"] = "all"
    to: ToSection = ToSection(terminal=True)
    digest: Literal["daily", "weekly"] | None = None
    digest_only: bool = False
    digest_at: Clock = "07:00"
    digest_empty: Literal["skip", "send"] = "skip"
    timezone: Zone | None = None
    quiet: QuietSection | None = None


class SlackSection(_Section):
    """``[slack]``: how Stet speaks with a workspace."""

    mode: Literal["socket", "http", "off"] = "socket"
    api_url: str = "https://slack.com/api/"
    command: str = Field(default="/stet", pattern=r"^/[a-z0-9_-]{1,31}$")
    admins: tuple[str, ...] = ()
    client_id: str = ""
    allow_shared_channels: bool = False
    max_watches_per_channel: int = Field(default=100, ge=1)

    @field_validator("api_url")
    @classmethod
    def _slash(cls, value: str) -> str:
        return _http(value).rstrip("/") + "/"


class EmailSection(_Section):
    """``[email]``: without ``host`` mails are written as files into the data dir."""

    host: str = ""
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    sender: str = Field(alias="from", default="Stet <stet@localhost>")
    reply_to: str = ""
    envelope_sender: str = ""
    domain: str = ""
    timeout: float = Field(default=30.0, ge=1, le=300)
    hourly_limit: int = Field(default=20, ge=1)
    ca_file: str = ""

    @field_validator("sender", "reply_to", "envelope_sender")
    @classmethod
    def _address(cls, value: str) -> str:
        address = parseaddr(value)[1] or value
        if value and (problem := address_problem(address.replace("{id}", "id"), local=True)):
            raise ValueError(problem)
        return value

    @model_validator(mode="after")
    def _ports(self) -> EmailSection:
        if self.port == 465 and self.security == "starttls":
            raise ValueError('port 465 speaks TLS from the start: set security = "tls", or port 587 for starttls')
        if self.port == 587 and self.security == "tls":
            raise ValueError('port 587 begins in clear: set security = "starttls", or port 465 for tls')
        return self


class WebSection(_Section):
    """``[web]``: the pages, and who may ask for them."""

    listen: str = "127.0.0.1:8080"
    enabled: bool = True
    proxy_login_header: str = ""
    trusted_proxies: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    noindex: bool = True

    @field_validator("listen")
    @classmethod
    def _address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("write host:port, such as 127.0.0.1:8080")
        return value


class EngineSection(_Section):
    """``[engine]``: how jobs are run."""

    kind: Literal["local", "procrastinate"] = "local"


class LogSection(_Section):
    """``[log]``: how much is logged, and in which form."""

    format: Literal["auto", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class PingSection(_Section):
    """``[ping]``: an address that is fetched while all is well, for a dead-man switch elsewhere."""

    url: str = ""
    every: Seconds = 300


class Secrets(_Section):
    """What only the environment may say. Never shown, never logged."""

    slack_bot_token: str = ""
    slack_app_token: str = ""
    slack_signing_secret: str = ""
    slack_client_secret: str = ""
    smtp_password: str = ""
    store_url: str = ""
    web_token: str = ""
    secret_key: str = ""

    def __repr__(self) -> str:
        given = [name for name, value in self.model_dump().items() if value]
        return f"Secrets({', '.join(given) or 'none'} given)"

    __str__ = __repr__


class Config(_Section):
    """Everything that can be set. ``path`` is the file it came from, None for embedded defaults."""

    bot: BotSection = BotSection()
    store: StoreSection = StoreSection()
    fetch: FetchSection = FetchSection()
    cadence: CadenceSection = CadenceSection()
    judge: JudgeSection = JudgeSection()
    outlet: tuple[OutletSection, ...] = ()
    watch: tuple[WatchSection, ...] = ()
    source: tuple[SourceSection, ...] = ()
    route: tuple[RouteSection, ...] = ()
    slack: SlackSection = SlackSection()
    email: EmailSection = EmailSection()
    web: WebSection = WebSection()
    engine: EngineSection = EngineSection()
    log: LogSection = LogSection()
    ping: PingSection = PingSection()
    secrets: Secrets = Secrets()
    path: Path | None = None

    @model_validator(mode="after")
    def _names(self) -> Config:
        seen: set[str] = set()
        for route in self.route:
            if route.name in seen:
                raise ValueError(f"two routes are named {route.name!r}; give each its own name")
            seen.add(route.name)
        declared = [(watch.url, watch.route) for watch in self.watch]
        declared += [(source.url, source.route) for source in self.source]
        for url, wanted in declared:
            for name in names(wanted):
                if name not in seen:
                    raise ValueError(f"{url} names the route {name!r}, which no [[route]] declares")
        if self.engine.kind == "procrastinate" and not self.database_url("").startswith("postgres"):
            raise ValueError('[engine] kind = "procrastinate" needs PostgreSQL: set [store] url or STET_STORE_URL')
        return self

    def database_url(self, default: str) -> str:
        """The database: ``STET_STORE_URL``, else ``[store] url``, else ``default``."""
        return self.secrets.store_url or self.store.url or default


def address_problem(address: str, *, local: bool = False) -> str:
    """What is wrong with a mail address, in words; empty when nothing is. ``local`` allows ``desk@localhost``."""
    if local and _LOCAL_ADDRESS.fullmatch(address):
        return ""
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        words = str(error).rstrip(".")
        return f"{address!r} is no mail address: {words[:1].lower()}{words[1:]}"
    return ""


def names(value: tuple[str, ...] | str) -> tuple[str, ...]:
    """One name or several, as a tuple."""
    return (value,) if isinstance(value, str) and value else tuple(value)


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError(f"{value!r} is no web address; it begins with https:// or http://")
    return value


def _css(selector: str) -> None:
    from cssselect import HTMLTranslator, SelectorError  # imported here: most configurations hold no selector

    try:
        HTMLTranslator().css_to_xpath(selector)
    except SelectorError as error:
        raise ValueError(f"{selector!r} is no CSS selector: {error}") from error


def _patterns(values: tuple[str, ...]) -> tuple[str, ...]:
    import re2  # imported here: most configurations hold no pattern

    options = re2.Options()
    options.log_errors = False
    for value in values:
        if len(value) > 500:
            raise ValueError("a pattern of more than 500 characters is refused")
        try:
            re2.compile(value, options=options)
        except re2.error as error:
            words = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
            raise ValueError(f"{value!r} is no pattern of RE2: {words}") from error
    return values
