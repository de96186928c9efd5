"""Every command explains itself, and starts without loading what it does not need."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.help import examples, first_sentence
from bot.cli.main import GROUPS, HEADINGS, build, module_of, run

ROOT = Path(__file__).resolve().parents[2]
HEAVY = "pydantic rich.progress rich.console lxml sqlalchemy slack_bolt slack_sdk pycurl httpx jinja2 starlette alembic"


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in tree.commands.items():
        here = (*path, name)
        yield here, command
        if hasattr(command, "commands"):
            yield from leaves(command, here)


ALL = list(leaves(build()))
NAMES = [" ".join(path) for path, _ in ALL]


@pytest.mark.parametrize(("path", "command"), ALL, ids=NAMES)
def test_every_command_has_help_with_an_example_and_a_place_to_read_on(
    path: tuple[str, ...], command: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: stet {' '.join(path)} ")
    assert "\nRead on: docs/" in text
    assert "\n  stet" in text.partition("\nExample")[2] or "| stet" in text, text
    for option in command.params:
        assert option.help, f"stet {' '.join(path)}: {option.name} says nothing about itself"


@pytest.mark.parametrize(("path", "command"), ALL, ids=NAMES)
def test_an_example_parses(path: tuple[str, ...], command: Any) -> None:
    """The words of every example are commands and options that exist."""
    import shlex

    tree: Any = build()
    for example in examples(command.help):
        words = shlex.split(example.rpartition("| ")[2].partition(" > ")[0])
        assert words[0] == "stet"
        at, options = tree, {name for one in tree.params for name in one.opts}
        for word in words[1:]:
            if word.startswith("--"):
                assert word in options, example
            elif word in getattr(at, "commands", {}):
                at = at.commands[word]
                options |= {name for one in at.params for name in one.opts}
        assert at is not tree, example


def test_help_shows_commands_under_headings_in_the_order_of_a_first_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    places = [text.index(f"\n{heading}:\n") for heading in HEADINGS]
    assert places == sorted(places)
    assert text.index("\n  demo ") < text.index("\n  init ") < text.index("\n  add ") < text.index("\n  diff ")


def test_examples_are_never_wrapped_into_prose(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert run(["source", "add", "--help"]) == 0
    text = capsys.readouterr().out
    assert "\n  stet source add https://news.example/rss.xml --desk rivals\n" in text
    assert run(["check", "--help"]) == 0
    text = capsys.readouterr().out
    assert "\n  stet check 17 --json\n" in text


def test_the_first_sentence_of_a_help_is_its_short_form() -> None:
    assert first_sentence("Follow a story, and more.\n\nAnother thing.") == "Follow a story, and more"
    assert first_sentence("One thing. Two things.") == "One thing"
    assert first_sentence("") == ""


def test_starting_loads_nothing_that_only_some_commands_need() -> None:
    words = ["import sys", "import bot.cli.main as m", "m.build()"]
    words += [f"print([n for n in {HEAVY.split()!r} if n in sys.modules])"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(words)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_each_command_is_built_with_its_module_alone() -> None:
    """The list of which module brings which command is complete and right."""
    for name, commands in GROUPS.items():
        assert sorted(build(name).commands) == sorted(commands.split()), name
        for word in commands.split():
            assert module_of([word, "--help"]) == name
            assert module_of(["--config", "list", "--json", word]) == name
    assert sorted(" ".join(GROUPS.values()).split()) == sorted(build().commands)
    assert module_of([]) is None
    assert module_of(["--version"]) is None
    assert module_of(["lst"]) is None


READS = [
    "list", "list --hosts", "show 1", "history 1", "why 1", "diff 1", "audit", "open 1", "outbox list", "source list",
    "mute 1", "unmute 1", "pause 1", "resume 1", "edit 1 --desk world", "hide 1 --reason court", "unhide 1",
    "prune --dry-run", "db current", "db upgrade", "backup copy.db --force", "config show",
]  # fmt: skip


def test_commands_that_only_read_load_neither_the_readers_nor_the_channels(tmp_path: Path) -> None:
    """What they load is most of what starting costs: half a second of a slow machine."""
    unneeded = ["structlog", "httpx", "pycurl", "jinja2", "lxml", "pygments", "slack_sdk", "prometheus_client"]
    unneeded += ["sqlalchemy.dialects.postgresql", "bot.core.compare", "bot.extract.page", "bot.jobs.check"]
    script = f"""
import os, sys
from bot.cli.main import run
os.chdir({str(tmp_path)!r})
before = run(["--data-dir", "data", "add", "--no-check", "https://courier.example/quay"])
for name in {unneeded!r}:
    for loaded in [one for one in sys.modules if one == name or one.startswith(name + ".")]:
        del sys.modules[loaded]
for words in {READS!r}:
    code = run(["--data-dir", "data", *words.split()])
    loaded = [name for name in {unneeded!r} if name in sys.modules]
    print("RESULT", code, words, loaded)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    results = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    assert len(results) == len(READS), done.stderr
    for line in results:
        assert line.endswith("[]"), line
        assert line.split()[1] in ("0", "4"), line  # 4: there is no second version yet


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["lst"], "list"),
        (["dif"], "diff"),
        (["outbox", "shw"], "show"),
        (["list", "--dsk", "world"], "--desk"),
        (["sorce", "list"], "source"),
    ],
)
def test_a_slip_of_the_keyboard_is_understood(words: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    said = capsys.readouterr()
    assert meant in said.err
    assert "--help" in said.err
    assert said.out == ""
    assert "Traceback" not in said.err


def test_no_command_at_all_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "Usage: stet" in capsys.readouterr().out
