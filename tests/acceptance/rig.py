"""The shipped program with a whole world around it on loopback: a newsroom, Slack, a mail server, a data directory.

The program is started as users start it (``python -m bot``), in a process of its own that can be killed.
"""

from __future__ import annotations

import email
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme

from tests.newsroom import Newsroom
from tests.slack_standin import BOT_TOKEN, SlackStandIn
from tests.smtp_server import PASSWORD, USER, MailServer

ROOT = Path(__file__).resolve().parents[2]
RECIPIENT = "standards@newsroom.example"
CHANNEL = "C0NEWS0000"


class Rig:
    """Use as a context manager. ``site``, ``slack`` and ``mail`` are the world; ``stet`` runs one command."""

    def __init__(self, folder: Path, *, settle: int = 0, extra: str = "") -> None:
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "config.toml"
        self.log = folder / "service.log"
        self._settle = settle
        self._extra = extra
        self._authority = trustme.CA()
        self.site = Newsroom()
        self.slack = SlackStandIn(limits=False)
        self.mail = MailServer(security="starttls", login=True, authority=self._authority)
        self.web_port = free_port()

    def __enter__(self) -> Self:
        self.site.__enter__()
        self.slack.__enter__()
        self.mail.__enter__()
        ca_file = self.mail.trust(self.folder)
        self.config.write_text(
            f"""
[bot]
timezone = "Europe/London"
base_url = "http://127.0.0.1:{self.web_port}"
[fetch]
allow_private = ["127.0.0.0/8"]
host_gap = 0
robots = false
[judge]
settle = {self._settle}
confirm_gap = 1
[[route]]
name = "quay"
min_severity = "major"
to = {{ slack = "{CHANNEL}", email = ["{RECIPIENT}"], terminal = true }}
[slack]
mode = "off"
api_url = "{self.slack.api_url}"
[email]
host = "localhost"
port = {self.mail.port}
security = "starttls"
username = "{USER}"
from = "Stet <stet@newsroom.example>"
ca_file = "{ca_file}"
[web]
listen = "127.0.0.1:{self.web_port}"
{self._extra}
""".replace('mode = "off"', 'mode = "http"'),
            encoding="utf-8",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mail.__exit__(kind, error, trace)
        self.slack.__exit__(kind, error, trace)
        self.site.__exit__(kind, error, trace)

    @property
    def environment(self) -> dict[str, str]:
        """What the process sees: its secrets, and nothing of Stet's that the tests' own environment may hold."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STET_")}
        return {
            **kept,
            "STET_SLACK_BOT_TOKEN": BOT_TOKEN,
            "STET_SLACK_SIGNING_SECRET": "sign-me-please",
            "STET_SMTP_PASSWORD": PASSWORD,
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "PYTHONWARNINGS": "default",
        }

    def command(self, *arguments: str, program: Sequence[str] = ("bot",)) -> list[str]:
        """The command line; ``program`` is the module to run, with what comes before the program's own arguments."""
        home = ["--config", str(self.config), "--data-dir", str(self.data)]
        return [sys.executable, "-m", *program, *home, *arguments]

    def stet(self, *arguments: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; ``expect`` is its exit code."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        if expect is not None:
            assert done.returncode == expect, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json_lines(self, *arguments: str, expect: int | None = 0) -> list[Any]:
        """Run one command and read its JSON Lines."""
        return [json.loads(line) for line in self.stet(*arguments, expect=expect).stdout.splitlines()]

    @contextmanager
    def service(self, *arguments: str, program: Sequence[str] = ("bot",)) -> Iterator[subprocess.Popen[bytes]]:
        """The running service; ended with SIGTERM at the end of the block unless it was killed."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command("run", *arguments, program=program),
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    try:
                        process.wait(timeout=15)
                    finally:
                        if process.poll() is None:
                            process.kill()
                            process.wait()

    def output(self) -> str:
        """Everything the service has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def slack_texts(self) -> list[str]:
        """The texts of the messages in the channel, oldest first."""
        return [str(message.get("text", "")) for message in self.slack.posted(CHANNEL)]

    def mails(self) -> list[Mapping[str, str]]:
        """The mails taken: subject and text."""
        found = []
        for taken in self.mail.accepted:
            mail = email.message_from_bytes(taken.content, policy=default)
            part = mail.get_body(preferencelist=("plain",))
            found.append(
                {"subject": str(mail["Subject"]), "text": part.get_content() if part else "", "id": mail["Message-ID"]}
            )
        return found

    def due_now(self) -> None:
        """Make every watch due, as if its time had come."""
        import sqlite3

        with sqlite3.connect(self.data / "stet.db", timeout=10) as connection:
            connection.execute("UPDATE watches SET next_check_at = 1")
        connection.close()


def wait_for(true: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := true():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
