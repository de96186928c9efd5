"""config.toml and the environment, read into frozen values; every problem is reported at once.

``load`` finds the file (``--config``, ``$STET_CONFIG``, ``./config.toml``, ``~/.config/stet/config.toml``), checks
it whole, adds secrets from the environment (each with a ``_FILE`` twin) and answers a Config. ``config.example.toml``
is the reference of every setting and is parsed by a test.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.errors import ConfigError
from bot.settings import (
    BotSection,
    CadenceSection,
    Config,
    EmailSection,
    EngineSection,
    FetchSection,
    JudgeSection,
    LogSection,
    OutletSection,
    PingSection,
    QuietSection,
    RouteSection,
    Secrets,
    SlackSection,
    SourceSection,
    StoreSection,
    ToSection,
    WatchSection,
    WebSection,
    names,
    parse_duration,
)

__all__ = ["SECRETS", "Config", "RouteSection", "Secrets", "find", "load", "names", "parse", "parse_duration", "shown"]

SECRETS = (
    "STET_SLACK_BOT_TOKEN",
    "STET_SLACK_APP_TOKEN",
    "STET_SLACK_SIGNING_SECRET",
    "STET_SLACK_CLIENT_SECRET",
    "STET_SMTP_PASSWORD",
    "STET_STORE_URL",
    "STET_WEB_TOKEN",
    "STET_SECRET_KEY",
)
"""Environment names of secrets; each may instead be given as ``NAME_FILE``, the path of a file that holds it."""


def find(explicit: Path | None, env: Mapping[str, str], *, cwd: Path, home: Path) -> Path | None:
    """The configuration file to read, None where there is none. Raises ConfigError if a named one is missing."""
    named = explicit or (Path(env["STET_CONFIG"]) if env.get("STET_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError("there is no configuration file there; create one with `stet init`", subject=str(named))
        return named
    for candidate in (cwd / "config.toml", home / ".config" / "stet" / "config.toml"):
        if candidate.is_file():
            return candidate
        if candidate.is_dir():  # what a container makes of a file that is not there when it is mounted
            raise ConfigError(
                "the configuration is a folder, not a file; was it there when it was mounted?", subject=str(candidate)
            )
    return None


def load(path: Path | None, env: Mapping[str, str]) -> Config:
    """Read and check the file at ``path`` (None: defaults) and the secrets in ``env``.

    Raises ConfigError whose ``problems`` name every wrong key with its path and, where it can be told, its line.
    """
    text = ""
    document: dict[str, Any] = {}
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
            document = tomllib.loads(text)
        except OSError as error:
            raise ConfigError("the configuration file cannot be read", subject=str(path)) from error
        except UnicodeDecodeError as error:
            raise ConfigError("the configuration file is not UTF-8 text", subject=str(path)) from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError("the configuration file is not valid TOML", subject=str(path)) from error
    return parse(document, env, path=path, text=text)


def parse(document: Mapping[str, Any], env: Mapping[str, str], *, path: Path | None = None, text: str = "") -> Config:
    """Check a parsed document. See ``load``."""
    problems = [
        f"{name}: secrets and paths are not set in the file; use the environment"
        for name in ("secrets", "path")
        if name in document
    ]
    secrets, secret_problems = _secrets(env)
    problems += secret_problems
    try:
        config = Config.model_validate(
            {**{k: v for k, v in document.items() if k not in ("secrets", "path")}, "secrets": secrets, "path": path}
        )
    except ValidationError as error:
        problems += [_problem(item, text) for item in error.errors()]
        config = Config()
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        raise ConfigError(
            f"the configuration has {count}", subject=str(path) if path else "environment", problems=problems
        )
    return config


def shown(config: Config) -> dict[str, Any]:
    """The configuration for people: secrets as ``set`` or ``not set``, and nothing that lets anybody in elsewhere.

    Headers of outlets (cookies), passwords of proxies and the path of the ping address are such.
    """
    document = config.model_dump(mode="json", by_alias=True, exclude={"secrets", "path"})
    document["secrets"] = {
        f"STET_{name.upper()}": "set" if value else "not set" for name, value in config.secrets.model_dump().items()
    }
    document["store"]["url"] = _without_password(document["store"]["url"])
    document["fetch"]["proxy"] = _without_password(document["fetch"]["proxy"])
    document["ping"]["url"] = re.sub(r"(://[^/]*/)..*", r"\1***", _without_password(document["ping"]["url"]))
    for outlet in document["outlet"]:
        outlet["headers"] = dict.fromkeys(outlet["headers"], "set")
        outlet["proxy"] = _without_password(outlet["proxy"])
    return document


def _secrets(env: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    values: dict[str, str] = {}
    problems: list[str] = []
    for name in SECRETS:
        key = name.removeprefix("STET_").lower()
        file = env.get(f"{name}_FILE")
        if env.get(name) and file:
            problems.append(f"{name} and {name}_FILE are both set; keep one")
        if env.get(name):
            values[key] = env[name]
        elif file:
            try:
                values[key] = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{name}_FILE: {file} cannot be read ({type(error).__name__})")
    return values, problems


_PLAIN = {
    "int_parsing": "is no whole number",
    "int_type": "is no whole number",
    "int_from_float": "is no whole number",
    "float_parsing": "is no number",
    "float_type": "is no number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is no text in quotes",
    "greater_than_equal": "is too small; the least is {ge}",
    "greater_than": "is too small; more than {gt} is wanted",
    "less_than_equal": "is too large; the most is {le}",
    "literal_error": "is not one of {expected}",
}
"""What pydantic says of a value, in plain words."""


def _problem(item: Any, text: str) -> str:
    place = ".".join(str(part) if not isinstance(part, int) else f"[{part + 1}]" for part in item["loc"])
    place = place.replace(".[", "[")
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = "there is no such setting" + _hint(item["loc"])
    elif item["type"] == "missing":
        message = "is needed"
    elif item["type"] in _PLAIN:
        message = f"{item['input']!r} {_PLAIN[item['type']].format(**item.get('ctx', {}))}"
    line = _line(item["loc"], text)
    return f"{place or 'config'}: {message}{f' (line {line})' if line else ''}"


def _hint(loc: tuple[Any, ...]) -> str:
    fields: Iterable[str] = _fields(Config)
    model: Any = Config
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        model = _SECTIONS.get(part, model)
        fields = _fields(model)
    near = difflib.get_close_matches(str(loc[-1]), list(fields), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _fields(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items() if name not in ("secrets", "path")]


_SECTIONS: dict[str, type[BaseModel]] = {
    "bot": BotSection,
    "store": StoreSection,
    "fetch": FetchSection,
    "cadence": CadenceSection,
    "judge": JudgeSection,
    "outlet": OutletSection,
    "watch": WatchSection,
    "source": SourceSection,
    "route": RouteSection,
    "slack": SlackSection,
    "email": EmailSection,
    "web": WebSection,
    "engine": EngineSection,
    "log": LogSection,
    "ping": PingSection,
    "to": ToSection,
    "quiet": QuietSection,
}


def _line(loc: tuple[Any, ...], text: str) -> int | None:
    keys = [part for part in loc if isinstance(part, str)]
    if not text or not keys:
        return None
    wanted = re.compile(rf"^\s*(?:\[\[?\s*)?{re.escape(keys[-1])}\s*(?:=|\]|\.)")
    section = re.compile(rf"^\s*\[\[?\s*{re.escape(keys[0])}[\s.\]]")
    index = next((part for part in loc if isinstance(part, int)), 0)
    inside, seen = len(keys) == 1, -1
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("["):
            inside = bool(section.match(line)) or len(keys) == 1
            seen += bool(section.match(line))
        if inside and (len(keys) == 1 or seen >= index) and wanted.match(line):
            return number
    return None


def _without_password(url: str) -> str:
    def masked(found: re.Match[str]) -> str:
        return f"://{found[1]}:***@" if found[1] else "://***@"

    return re.sub(r"://(?!/)(?:([^:/@]+):)?.*@", masked, url)
