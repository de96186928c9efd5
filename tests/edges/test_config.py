"""Configuration: the reference file, every problem at once, secrets that never show."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from bot import wiring
from bot.config import SECRETS, Config, find, load, parse, parse_duration, shown
from bot.core.comparison import Severity
from bot.errors import ConfigError
from bot.extract.rules import FIELDS
from bot.settings import STORY_FIELDS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.toml"


def test_the_reference_file_holds_the_defaults() -> None:
    loaded = load(EXAMPLE, {})
    assert loaded.model_dump(exclude={"path"}) == Config().model_dump(exclude={"path"})


def test_everything_that_is_commented_out_there_can_be_switched_on(tmp_path: Path) -> None:
    text = re.sub(r"^# (?=(\[\[|[a-z_]+ = ))", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    config = load(path, {})
    assert config.route[0].to.email == ("desk@newsroom.example",)
    assert wiring.routes(config)[0].quiet is not None
    assert wiring.outlet_of(config)("https://www.example.com/x").name == "The Example"


def test_every_setting_stands_in_the_reference_file() -> None:
    """In its own section; that nothing else stands there is shown by the two tests above: unknown keys are refused."""
    parts = re.split(r"^(?:# )?\[\[?(\w+)\]\]?.*$", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    sections["judge"] += "severity_overrides ="  # a table of its own
    for name, field in Config.model_fields.items():
        if name in ("secrets", "path"):
            continue
        section = next((one for one in get_args(field.annotation) if hasattr(one, "model_fields")), field.annotation)
        for inner, info in section.model_fields.items():  # type: ignore[union-attr]
            key = re.escape(info.alias or inner)
            assert re.search(rf"^(# )?{key} ?=", sections[name], re.MULTILINE), f"{name}.{inner}"


def test_an_outlets_cookies_go_with_its_headers_and_remove_means_ignore() -> None:
    outlet = {
        "name": "X", "hosts": ["x.example"], "headers": {"cookie": "old=1", "X-Desk": "quay"},
        "cookies": {"consent": "yes", "lang": "en"}, "ignore": [".promo"], "remove": ["#ticker"],
    }  # fmt: skip
    found = wiring.outlet_of(parse({"outlet": [outlet]}, {}))("https://x.example/a")
    assert found.headers == {"X-Desk": "quay", "Cookie": "old=1; consent=yes; lang=en"}
    assert found.rules.remove == (".promo", "#ticker")


def test_an_outlet_may_name_the_parts_of_a_story_that_are_read() -> None:
    assert STORY_FIELDS == FIELDS


def test_every_problem_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[bot]\ntimezon = "UTC"\n[judge]\nmin_severity = "huge"\n[email]\nport = 465\nfrom = "a@b.c"\n')
    with pytest.raises(ConfigError) as caught:
        load(path, {"STET_WEB_TOKEN": "x", "STET_WEB_TOKEN_FILE": "/nowhere"})
    problems = "\n".join(caught.value.problems)
    assert "bot.timezon: there is no such setting; did you mean timezone? (line 2)" in problems
    assert "'huge' is no severity" in problems
    assert "port 465 speaks TLS from the start" in problems
    assert "STET_WEB_TOKEN and STET_WEB_TOKEN_FILE are both set" in problems


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"cadence": {"steps": [["3h", "10m"], ["1h", "30m"]]}}, "ages must rise"),
        ({"fetch": {"allow_private": ["10.0.0.0/99"]}}, "is no network"),
        ({"route": [{"name": "a", "kinds": ["headline_chnged"]}]}, "did you mean headline_changed"),
        ({"route": [{"name": "a"}, {"name": "a"}]}, "two routes are named"),
        ({"watch": [{"url": "https://x.example/", "route": "nobody"}]}, "which no [[route]] declares"),
        ({"engine": {"kind": "procrastinate"}}, "needs PostgreSQL"),
        ({"source": [{"url": "https://x.example/", "include": ["(?=x)"]}]}, "is no pattern of RE2: invalid"),
        ({"secrets": {"web_token": "x"}}, "secrets and paths are not set in the file"),
        ({"web": {"listen": "8080"}}, "write host:port"),
        ({"bot": {"timezone": "Mars/Base"}}, "is no time zone"),
        ({"email": {"from": "nobody"}}, "'nobody' is no mail address"),
        ({"email": {"reply_to": "desk@paper@example"}}, "is no mail address"),
        ({"email": {"envelope_sender": "bounces+{id}"}}, "is no mail address"),
        ({"watch": [{"url": "https://x.example/", "every": "5s"}]}, "the shortest interval is 1m"),
        ({"outlet": [{"name": "X", "hosts": ["https://x.example/"]}]}, "'https://x.example/' is no host"),
        ({"outlet": [{"name": "X", "hosts": ["x.example"], "selectors": {"headlin": "h1"}}]}, "did you mean headline?"),
        ({"outlet": [{"name": "X", "hosts": ["x.example"], "selectors": {"body": "div["}}]}, "is no CSS selector"),
        ({"outlet": [{"name": "X", "hosts": ["x.example"], "ignore": ["p["]}]}, "is no CSS selector"),
        ({"outlet": [{"name": "X", "hosts": ["x.example"], "remove": ["p["]}]}, "is no CSS selector"),
        ({"outlet": [{"name": "X", "hosts": ["x.example"], "cookies": {"a b": "1"}}]}, "is no cookie"),
        ({"outlet": [{"name": "X", "hosts": ["x.example"], "cookies": {"a": "1\r\nX: y"}}]}, "is no cookie"),
        ({"outlet": [{"name": "X", "hosts": ["x.example"], "cookies": {"a": "1; b=2"}}]}, "is no cookie"),
        ({"outlet": [{"name": "X", "hosts": ["x.example"], "cookies": {"a": "1;b=2"}}]}, "no comma or semicolon"),
        ({"fetch": {"workers": "many"}}, "fetch.workers: 'many' is no whole number"),
        ({"fetch": {"host_gap": -1}}, "-1 is too small; the least is 0"),
        ({"email": {"port": 70000}}, "70000 is too large; the most is 65535"),
        ({"route": [{"name": "a", "digest": "hourly"}]}, "'hourly' is not one of 'daily' or 'weekly'"),
    ],
)
def test_wrong_settings_get_their_sentence(document: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(document, {})
    assert words in "\n".join(caught.value.problems)


@pytest.mark.parametrize("sender", ["Stet <stet@localhost>", "stet@paper.example", '"Desk, the" <desk@paper.example>'])
def test_usual_senders_are_taken_and_bounces_may_carry_an_id(sender: str) -> None:
    found = parse({"email": {"from": sender, "envelope_sender": "bounces+{id}@paper.example"}}, {})
    assert found.email.sender == sender


def test_secrets_come_from_the_environment_or_a_file_and_never_show(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret-in-file\n")
    env = {name: f"s3cret-{name}" for name in SECRETS if name not in ("STET_WEB_TOKEN", "STET_STORE_URL")}
    env |= {"STET_WEB_TOKEN_FILE": str(file), "STET_STORE_URL": "postgresql+psycopg://stet:s3cret@db/stet"}
    config = parse({"store": {"url": "postgresql+psycopg://a:s3cret@db/x"}}, env)
    assert config.secrets.web_token == "s3cret-in-file"
    assert "s3cret" not in repr(config.secrets) + str(config.secrets)
    assert "s3cret" not in json.dumps(shown(config))


def test_the_file_is_found_where_the_documentation_says(tmp_path: Path) -> None:
    home, cwd = tmp_path / "home", tmp_path / "cwd"
    (home / ".config/stet").mkdir(parents=True)
    cwd.mkdir()
    assert find(None, {}, cwd=cwd, home=home) is None
    (home / ".config/stet/config.toml").write_text("")
    assert find(None, {}, cwd=cwd, home=home) == home / ".config/stet/config.toml"
    (cwd / "config.toml").write_text("")
    assert find(None, {}, cwd=cwd, home=home) == cwd / "config.toml"
    with pytest.raises(ConfigError, match="stet init"):
        find(None, {"STET_CONFIG": str(tmp_path / "missing.toml")}, cwd=cwd, home=home)


def test_a_folder_in_the_file_s_place_is_said_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError, match="a folder, not a file"):
        find(None, {}, cwd=tmp_path, home=tmp_path / "home")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("1.5h", 5400), ("7d", 604800), (60, 60)]
)
def test_lengths_of_time(text: str | int, seconds: int) -> None:
    assert parse_duration(text) == seconds


def test_without_routes_everything_worth_telling_goes_to_the_terminal() -> None:
    (route,) = wiring.routes(Config())
    assert (route.targets[0].channel, route.min_severity) == ("terminal", Severity.MAJOR)
