"""The real command in a process of its own: in a pipe, in a pseudo-terminal, with its output closed."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STET = [sys.executable, "-m", "bot"]


def environment(**more: str) -> dict[str, str]:
    """The tests' environment without what would colour or configure Stet."""
    dropped = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONWARNINGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STET_") and name not in dropped}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "TERM": "xterm-256color", **more}


def stet(*words: str, cwd: Path, given: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run one command with its output in pipes."""
    return subprocess.run(
        [*STET, *words], cwd=cwd, env=environment(**more), input=given, capture_output=True, timeout=60, check=False
    )


def heed_interrupts() -> None:
    """In a child before it becomes stet: a shell that runs the tests in the background has SIGINT ignored for all."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def in_a_terminal(
    *words: str,
    cwd: Path,
    typed: Sequence[tuple[str, bytes]] = (),
    columns: int = 80,
    **more: str,
) -> tuple[int, str]:
    """Run one command in a pseudo-terminal; its exit code and all that the terminal showed.

    ``typed``: when the first text shows up on the screen, the second is typed, one after the other.
    """
    pid, master = pty.fork()
    if pid == 0:  # pragma: no cover - the child becomes stet
        heed_interrupts()
        os.chdir(cwd)
        os.execve(sys.executable, [*STET, *words], environment(COLUMNS=str(columns), **more))
    shown = b""
    waiting = list(typed)
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            ready, _, _ = select.select([master], [], [], 0.2)
            if ready:
                try:
                    part = os.read(master, 65536)
                except OSError:
                    break
                if not part:
                    break
                shown += part
            if waiting and waiting[0][0].encode() in shown:
                os.write(master, waiting.pop(0)[1])
        else:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(master)
    return os.waitstatus_to_exitcode(status), shown.decode("utf-8", "replace")


HOSTILE = "[red]Bold[/b] [/red] \x1b[2J\x1b]0;owned\x07\x9b31m \u202eevil\u202c \u2066x\u2069 \ud800 :smile: \x00\x08"
"""Markup, terminal controls, a window title, bidirectional overrides, a lone surrogate, an emoji code."""


def page(headline: str, *paragraphs: str) -> dict[str, Any]:
    """Story JSON."""
    return {
        "schema": 1,
        "url": "https://courier.example/2026/quay",
        "site_name": "The Quay Courier",
        "lang": "en",
        "headline": headline,
        "byline": "A. Writer",
        "published_at": "2026-01-02T03:04:05+00:00",
        "blocks": [{"kind": "paragraph", "text": text} for text in paragraphs],
    }


def saved(folder: Path, name: str, document: Any) -> str:
    """The document as a JSON file; its name."""
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return name


def controls(text: str) -> list[str]:
    """What a terminal would obey, or the eye be fooled by."""
    bad = {"\x1b", "\x07", "\x9b", "\x08", "\x00", "\u202e", "\u202c", "\u2066", "\u2069"}
    return sorted({character for character in text if character in bad})
