"""Where the templates are, and the one Jinja2 environment that reads them.

``templates/`` stands at the top of the repository and travels inside the wheel as ``bot/templates`` (a link in the
checkout, real files once installed). Templates are named ``*.html`` and ``*.txt``: the ending decides about escaping,
and Jinja2's own ``select_autoescape`` would leave a ``.html.j2`` unescaped.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.errors import ConfigError


def folder() -> Path:
    """The folder that holds ``email/``, ``web/`` …, in a checkout and in an installed wheel alike.

    Raises ConfigError where the installation is incomplete.
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package / "templates", package.parent / "templates"):
        if place.is_dir():
            return place.resolve()
    raise ConfigError("the templates are missing; install Stet again", subject=str(package / "templates"))


@cache
def environment() -> Environment:
    """The shared environment: strict about names, escaping by ending, no stray blank lines."""
    made = Environment(
        loader=FileSystemLoader(folder()),
        autoescape=escapes,  # noqa: S701  # it is on for every ending but .txt
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters["wrapped"] = wrapped
    made.filters["broken"] = broken
    return made


def escapes(name: str | None) -> bool:
    """Whether values in this template are escaped: always, but for ``*.txt``."""
    return name is None or not name.endswith(".txt")


def wrapped(text: str, indent: str = "", width: int = 76) -> str:
    """Filter: text wrapped at ``width`` columns, later lines indented. Line ends in it stay, long words are not cut."""
    return "\n".join(
        textwrap.fill(
            line,
            width,
            initial_indent=indent if number else "",
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, line in enumerate(text.split("\n"))
    )


def broken(text: str) -> Markup:
    """Filter: escaped text whose line ends become ``<br>``."""
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def fill(name: str, values: Mapping[str, Any]) -> str:
    """Render one template, such as ``email/alert/body.html``. A name it does not know raises UndefinedError."""
    return environment().get_template(name).render(values)
