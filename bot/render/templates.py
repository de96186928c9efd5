"""Where the templates are, and the one Jinja2 environment that reads them.

``templates/`` stands at the top of the repository and travels inside the wheel as ``bot/templates`` (a link in the
checkout, real files once installed). Templates are named ``*.html`` and ``*.txt``: the ending decides about escaping,
and Jinja2's own ``select_autoescape`` would leave a ``.html.j2`` unescaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

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
    return Environment(
        loader=FileSystemLoader(folder()),
        autoescape=escapes,  # noqa: S701  # it is on for every ending but .txt
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


def escapes(name: str | None) -> bool:
    """Whether values in this template are escaped: always, but for ``*.txt``."""
    return name is None or not name.endswith(".txt")


def fill(name: str, values: Mapping[str, Any]) -> str:
    """Render one template, such as ``email/alert/body.html``. A name it does not know raises UndefinedError."""
    return environment().get_template(name).render(values)
