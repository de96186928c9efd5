"""A secret in every place that takes one, the shipped program in every trouble that makes it talk: it never does."""

from __future__ import annotations

import zipfile
from pathlib import Path

import httpx
import pytest

from bot.config import SECRETS
from tests.acceptance.pages import article
from tests.acceptance.rig import Rig, wait_for

pytestmark = pytest.mark.slow

MARK = "k9Marker"
"""What no output may hold."""
SHAPES = {"STET_SLACK_BOT_TOKEN": f"xoxb-1-{MARK}", "STET_SLACK_APP_TOKEN": f"xapp-1-{MARK}"}
SETTINGS = f"""
[log]
format = "json"
level = "debug"
[ping]
url = "http://127.0.0.1:1/ping/{MARK}-ping"
every = 10
[[outlet]]
name = "Members"
hosts = ["127.0.0.1"]
headers = {{ Cookie = "member={MARK}-cookie", Authorization = "Bearer {MARK}-header" }}
[[outlet]]
name = "Proxied"
hosts = ["127.0.0.2"]
proxy = "http://clerk:{MARK}-proxy@127.0.0.1:1"
"""


class Marked(Rig):
    """The world, with wrong secrets that all hold the mark."""

    @property
    def environment(self) -> dict[str, str]:
        marked = {name: SHAPES.get(name, f"{MARK}-{name.lower()}") for name in SECRETS if name != "STET_STORE_URL"}
        return {**super().environment, **marked}


def everything(rig: Rig) -> dict[str, str]:
    """What the program writes for people and machines, by where."""
    said: dict[str, str] = {}

    def run(*arguments: str) -> None:
        done = rig.stet(*arguments, expect=None)
        said[" ".join(arguments)] = done.stdout + done.stderr

    rig.site.page("/a", article())
    run("add", rig.site.url("/a"))
    run("add", rig.site.url("/a").replace("127.0.0.1", "127.0.0.2"))
    rig.site.page("/a", article(headline="Mayor resigns over port contract"))
    rig.due_now()
    with rig.service():
        wait_for(lambda: rig.output().count('"not delivered"') >= 2 and '"ping failed"' in rig.output(), "trouble")
        wait_for(lambda: "Mayor resigns" in rig.output(), "the terminal's alert")
        with httpx.Client(base_url=f"http://127.0.0.1:{rig.web_port}", trust_env=False) as client:
            for path in ("/", "/healthz", "/readyz", "/metrics", "/stories/1", "/no/such/page"):
                for token in ("wrong", f"{MARK}-stet_web_token"):
                    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
                    said[f"GET {path} as {token}"] = f"{answer.headers}\n{answer.text}"
    said["log"] = rig.output()
    for arguments in (
        *(("config", "show"), ("config", "show", "--json"), ("config", "check"), ("doctor",), ("doctor", "--json")),
        *(("list", "--json"), ("show", "1", "--json"), ("show", "2"), ("outbox", "list"), ("outbox", "list", "--json")),
        *(
            ("audit",),
            ("history", "1", "--json"),
            ("why", "1"),
            ("doctor", "--offline"),
            ("-vv", "check", "--all", "--json"),
        ),
        *(("-vv", "deliver"), ("doctor", "--send-test-email", "you@newsroom.example"), ("healthcheck",)),
        *(("export", "--as", form) for form in ("csv", "urls", "opml", "json")),
    ):
        run(*arguments)
    pack = rig.folder / "proof.zip"
    run("evidence", "1", "1..2", "--out", str(pack))
    with zipfile.ZipFile(pack) as packed:
        said |= {f"evidence {name}": packed.read(name).decode("latin-1") for name in packed.namelist()}
    run("backup", str(rig.folder / "copy.db"))
    files = [path for path in (rig.folder / "copy.db", *rig.data.rglob("*")) if path.is_file()]
    return said | {str(path): path.read_bytes().decode("latin-1") for path in files}


def test_no_output_of_the_program_holds_a_secret(tmp_path: Path) -> None:
    with Marked(tmp_path, extra=SETTINGS) as rig:
        said = everything(rig)
        assert MARK in rig.site.requests[-1].headers["cookie"], "the secrets were in use"
    leaks = {
        where: text[max(0, at - 150) : at + 60] for where, text in said.items() for at in [text.find(MARK)] if at >= 0
    }
    assert leaks == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STET_STORE_URL", f"postgresql+psycopg://stet:{MARK}@127.0.0.1:1/stet"),
        ("STET_STORE_URL", f"mysql://stet:{MARK}@127.0.0.1:1/stet"),
        ("STET_STORE_URL", f"postgresql://stet:{MARK}@[::1/stet"),
        ("STET_SMTP_PASSWORD_FILE", f"/no/such/{MARK[:3]}"),
    ],
)
def test_a_secret_that_is_wrong_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    class Wrong(Rig):
        @property
        def environment(self) -> dict[str, str]:
            kept = {key: one for key, one in super().environment.items() if not key.startswith("STET_SMTP")}
            return {**kept, name: value}

    with Wrong(tmp_path) as rig:
        for arguments in (("list",), ("-vv", "list"), ("doctor",), ("config", "show"), ("run",)):
            done = rig.stet(*arguments, expect=None)
            assert MARK not in done.stdout + done.stderr, arguments
            if arguments[-1] in ("list", "run"):
                assert done.returncode != 0
                assert len(done.stderr.strip().splitlines()) <= 6, done.stderr


def test_a_proxy_for_everything_is_shown_without_its_password(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        text = rig.config.read_text(encoding="utf-8")
        proxied = text.replace("[fetch]\n", f'[fetch]\nproxy = "http://clerk:{MARK}@127.0.0.1:1"\n')
        stored = proxied + f'\n[store]\nurl = "postgresql+psycopg://stet:{MARK}@127.0.0.1:1/stet"\n'
        rig.config.write_text(stored, encoding="utf-8")
        for arguments in (("config", "show"), ("config", "show", "--json"), ("config", "check"), ("doctor",)):
            done = rig.stet(*arguments, expect=None)
            assert MARK not in done.stdout + done.stderr, arguments
        rig.config.write_text(proxied, encoding="utf-8")
        done = rig.stet("add", "http://harbour.example/story", expect=None)
        assert done.returncode != 0
        assert MARK not in done.stdout + done.stderr
