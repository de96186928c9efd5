"""The docs keep their word: links lead somewhere, commands exist, pages made by tools are up to date."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import build
from bot.config import Config

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[`\s/])stet ((?:[a-z-]+)(?: [a-z-]+)?)")
NOT_COMMANDS = {"cd"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        target = target if not target.startswith("#") else page.name + target
        place, _, anchor = target.partition("#")
        assert (page.parent / place).exists(), target
        if anchor:
            assert anchor in anchors(page.parent / place), target


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can lead to, named as Git hosts do."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def command_names() -> dict[str, set[str]]:
    """Every command, and for groups their commands."""
    tree: Any = build()
    return {name: set(getattr(one, "commands", {})) for name, one in tree.commands.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_named_exists(page: Path) -> None:
    known = command_names()
    text = page.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```", text, re.DOTALL) + re.findall(r"`(stet [^`]*)`", text))
    code = re.sub(r"/stet [^\n`|]*", "", code)
    for found in re.findall(r"(?<![/\w-])(?:\.venv/bin/)?stet ((?:[a-z]+))(?: ([a-z]+))?", code):
        name, inner = found
        if name in NOT_COMMANDS or name not in known:
            assert name in known or name in ("db", "stet") or name in NOT_COMMANDS, f"stet {name}"
            continue
        if known[name] and inner:
            assert inner in known[name], f"stet {name} {inner}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_in_command_blocks_exist(page: Path) -> None:
    tree: Any = build()
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if not words or not words[0].endswith("stet"):
                continue
            command: Any = tree
            for word in words[1:]:
                inner = getattr(command, "commands", {})
                if word in inner:
                    command = inner[word]
                elif word.startswith("--"):
                    options = {name for parameter in command.params for name in parameter.opts}
                    assert word.partition("=")[0] in options, line


def test_the_readme_is_short_and_names_the_two_commands_first() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 200
    first = text.index("```console")
    assert text[first:].startswith("```console\nmake demo")
    assert "make test" in text[first : first + 200]


def test_every_command_is_on_the_commands_page() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name in command_names():
        assert f"stet {name}" in text, name


def test_every_message_quoted_for_troubleshooting_is_one_that_is_said() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    quoted = [words for row in re.findall(r"^\| (.+?) \|", page, re.MULTILINE) for words in re.findall(r'"(.+?)"', row)]
    said = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    assert len(quoted) > 8
    for words in quoted:
        for part in re.split(r"…|\d+", words):
            assert part.strip() in said, words


def test_the_list_of_pages_names_every_page() -> None:
    listed = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in listed, page.name


def test_every_setting_named_in_the_docs_exists() -> None:
    sections = {name: set(getattr(field.annotation, "model_fields", {})) for name, field in Config.model_fields.items()}
    for page in PAGES:
        for section, rest in re.findall(r"`\[(\w+)\] ([a-z_, `and]+)", page.read_text(encoding="utf-8")):
            assert section in sections, f"{page.name}: [{section}]"
            aliases = {info.alias for info in _fields(section) if info.alias}
            for name in re.findall(r"[a-z_]{3,}", rest.split("`")[0]):
                assert name in sections[section] | aliases | {"and"}, f"{page.name}: [{section}] {name}"


def _fields(section: str) -> list[Any]:
    model: Any = Config.model_fields[section].annotation
    return list(getattr(model, "model_fields", {}).values())


def test_the_page_of_findings_is_what_its_tool_writes() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "tools" / "findings.py"), "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
    )
    assert done.returncode == 0, "run: python docs/tools/findings.py"
