"""Word lists that stand beside this package as plain text."""

from __future__ import annotations

from importlib.resources import files


def lexicon(name: str) -> list[str]:
    """The lines of a list; empty ones and those that open with ``#`` are left out."""
    text = files("bot.extract").joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
