"""Write docs/pictures/terminal-*.png: what the terminal shows of the demo's stories, drawn by Chromium.

Run: python docs/tools/terminal_pictures.py docs/pictures
"""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from bot.cli.preview import sample_message
from bot.core.compare import compare
from bot.core.story import Story
from bot.demo.newsroom import FIRST, PAPER, markup, second_edition
from bot.extract import extract
from bot.render.message import Message
from bot.render.terminal import alert_view, comparison_view

ROOT = Path(__file__).resolve().parents[2]

ADDRESS = "https://courier.example"
SEEN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FONT = "'DejaVu Sans Mono', 'Liberation Mono', monospace"


def pictures() -> dict[str, str]:
    """Name of a picture and its SVG."""
    wide = _console(118)
    old, new = _story(0)
    diff = comparison_view(compare(old, new), old, new, wide)
    narrow = _console(92)
    return {
        "terminal-diff": _svg(wide, f"stet diff 1 — {PAPER}", diff),
        "terminal-alert": _svg(narrow, "stet check --all", alert_view(_message(), narrow)),
        **_said(),
    }


def _said() -> dict[str, str]:
    """What the demo, ``stet why`` and ``stet doctor`` say in a terminal of 92 columns, run for real."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, title, words, until in (
            ("terminal-demo", "stet demo", ("demo",), "4/4"),
            ("terminal-why", "stet why 3", ("--data-dir", "stet-demo", "why", "3"), None),
            ("terminal-doctor", "stet doctor", ("--data-dir", "stet-demo", "doctor", "--offline"), None),
        ):
            told = _in_a_terminal(folder, *words).replace(folder, "/home/desk")
            if until:
                told = told[: told.index(until)].removesuffix("\x1b[1m")
            told = re.sub(r"127\.0\.0\.1:\d{5}", "127.0.0.1:53211", told).rstrip()
            found[name] = _svg(_console(92), title, Text.from_ansi(told))
    return found


def _in_a_terminal(folder: str, *words: str) -> str:
    pid, master = pty.fork()
    if pid == 0:  # the child becomes stet
        os.chdir(folder)
        plain = {
            name: value for name, value in os.environ.items() if name != "NO_COLOR" and not name.startswith("STET_")
        }
        more = {"PYTHONPATH": str(ROOT), "COLUMNS": "92", "TERM": "xterm-256color"}
        os.execve(sys.executable, [sys.executable, "-m", "bot", *words], {**plain, **more})  # noqa: S606 - our own program
    shown = b""
    try:
        while part := os.read(master, 65536):
            shown += part
    except OSError:  # how a terminal ends
        pass
    os.waitpid(pid, 0)
    os.close(master)
    return shown.decode("utf-8").replace("\r\n", "\n")


def _message() -> Message:
    old, new = _story(0)
    message = sample_message(old, new, compare(old, new))
    links = {"diff": "https://stet.example/stories/1/diff/1..2"}
    return replace(message, outlet=PAPER, seen_at=SEEN, zone="Europe/London", links=links)


def _story(which: int) -> tuple[Story, Story]:
    first = FIRST[which]
    edited = next(edit.page for edit in second_edition() if edit.page.path == first.path)
    url = ADDRESS + first.path
    before, after = (extract(markup(page, ADDRESS).encode(), url=url).story for page in (first, edited))
    return before, after


def _console(width: int) -> Console:
    return Console(
        file=io.StringIO(), record=True, width=width, force_terminal=True, color_system="truecolor", markup=False,
        highlight=False, emoji=False,
    )  # fmt: skip


def _svg(console: Console, title: str, shown: RenderableType) -> str:
    console.print(shown)
    svg = console.export_svg(title=title)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)  # no font is fetched
    return re.sub(r"font-family:\s*[^;]*;", f"font-family: {FONT};", svg)


def main() -> int:
    """Write the pictures into the folder given."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None or len(sys.argv) != 2:
        sys.stderr.write("usage: terminal_pictures.py FOLDER (needs Chromium)\n")
        return 2
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        for name, svg in pictures().items():
            _shoot(chromium, name, svg, folder / f"{name}.png", Path(scratch))
    return 0


def _shoot(chromium: str, name: str, svg: str, target: Path, scratch: Path) -> None:
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if box is None:
        raise ValueError("rich wrote no viewBox")
    width, height = (round(float(side) * 0.8) for side in box.groups())
    page = scratch / f"{name}.html"
    style = "<style>body { margin: 0 } svg { display: block; width: 100% }</style>"
    page.write_text(f"<!doctype html><meta charset=utf-8>{style}<body>{svg}", encoding="utf-8")
    subprocess.run(  # noqa: S603 - our own page, in the Chromium that is installed
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         "--disable-background-networking",
         f"--user-data-dir={scratch}/profile", f"--window-size={width},{height}",
         f"--screenshot={target.resolve()}", page.as_uri()],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
