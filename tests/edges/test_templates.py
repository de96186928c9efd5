"""Templates: found where Stet runs, escaped by their ending, strict about names, packed into the wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from bot.render.templates import broken, environment, escapes, fill, folder, wrapped

ROOT = Path(__file__).parent.parent.parent


def test_the_templates_of_the_checkout_are_found_through_the_package() -> None:
    assert folder() == ROOT / "templates"
    assert (ROOT / "bot" / "templates").resolve() == ROOT / "templates"


def test_every_template_has_an_ending_that_is_packed_and_that_decides_about_escaping() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    names = [path for path in folder().rglob("*") if path.is_file()]
    assert names
    for path in names:
        assert any(path.match(pattern) for pattern in packed), path
        assert path.suffix != ".j2"


def test_every_mail_template_compiles() -> None:
    for path in (folder() / "email").rglob("*"):
        if path.suffix in (".html", ".txt"):
            environment().get_template(path.relative_to(folder()).as_posix())


@pytest.mark.parametrize(
    ("name", "escaped"), [("a.html", True), ("a.txt", False), ("a.html.j2", True), ("a.xml", True), (None, True)]
)
def test_only_plain_text_is_not_escaped(name: str | None, escaped: bool) -> None:
    assert escapes(name) is escaped


def test_a_name_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        fill("email/alert/subject.txt", {"prefix": "[Stet]"})


def test_wrapping_keeps_line_ends_and_long_words_and_breaking_escapes() -> None:
    address = "https://paper.example/" + "x" * 100
    assert wrapped(f"one\n{address}", "  ") == f"one\n  {address}"
    assert max(len(line) for line in wrapped("word " * 60, "  ").split("\n")) <= 76
    assert str(broken("<b>\nx")) == "&lt;b&gt;<br>x"
