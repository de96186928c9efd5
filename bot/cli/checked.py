"""What ``stet doctor`` says about one thing it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing that was looked at. ``fix`` says what to do where it is not ok."""

    name: str
    status: Literal["ok", "warn", "bad"]
    words: str
    fix: str = ""
    more: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "name": self.name,
            "status": self.status,
            "message": self.words,
            "fix": self.fix,
            "more": list(self.more),
        }


def ok(name: str, words: str) -> Checked:
    """It is as it should be."""
    return Checked(name=name, status="ok", words=words)


def warn(name: str, words: str, fix: str) -> Checked:
    """It works, but somebody will be surprised."""
    return Checked(name=name, status="warn", words=words, fix=fix)


def bad(name: str, words: str, fix: str, more: tuple[str, ...] = ()) -> Checked:
    """It does not work."""
    return Checked(name=name, status="bad", words=words, fix=fix, more=more)
