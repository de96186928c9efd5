"""The shipped program with a mark at one of its steps: when it gets there, it kills itself with -9.

    python -m tests.acceptance.marked STEP COUNT --config … run

It dies at the COUNTth time it comes to STEP. Nothing else differs from ``python -m bot``, which knows of no marks.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where: a function, before or after it, and only where its result is ``worth`` it."""

    module: str
    name: str
    before: bool = False
    worth: Callable[[Any], bool] = bool


def _changed(result: Any) -> bool:
    return str(getattr(result, "outcome", "")) in ("changed", "reverted")


def _new_text(done: Any) -> bool:
    return type(done.seen).__name__ == "Read"


STEPS = {
    "stories claimed": Mark(module="bot.jobs.check", name="Checker._claim"),
    "page read": Mark(module="bot.jobs.check", name="look", worth=_new_text),
    "texts compared": Mark(module="bot.jobs.record", name="compare"),
    "version added, not committed": Mark(module="bot.store.versions", name="add"),
    "change added, not committed": Mark(module="bot.store.changes", name="add"),
    "alert added, not committed": Mark(module="bot.store.outbox", name="add"),
    "check recorded": Mark(module="bot.jobs.check", name="record", worth=_changed),
    "unchanged checks added, not committed": Mark(
        module="bot.store.watches", name="record_unchanged", worth=lambda _: True
    ),
    "alerts claimed": Mark(module="bot.jobs.deliver", name="Courier._claim"),
    "message made": Mark(module="bot.jobs.deliver", name="message_for"),
    "message sent, not written down": Mark(module="bot.jobs.deliver", name="_arrived", before=True),
    "receipt added, not committed": Mark(module="bot.jobs.deliver", name="_arrived", worth=lambda _: True),
    "alert delivered": Mark(module="bot.jobs.deliver", name="deliver"),
}


def mark(step: str, times: int) -> None:
    """Put the mark: from now on this process ends at the step's ``times``th coming."""
    one = STEPS[step]
    *path, name = one.name.split(".")
    place: Any = importlib.import_module(one.module)
    for part in path:
        place = getattr(place, part)
    genuine = getattr(place, name)
    comings = count(1)

    def came() -> None:
        if next(comings) >= times:
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(genuine)
    def marked(*given: Any, **named: Any) -> Any:
        if one.before:
            came()
            return genuine(*given, **named)
        result = genuine(*given, **named)
        if one.worth(result):
            came()
        return result

    setattr(place, name, marked)


def main() -> None:
    """Mark, then run the program."""
    step, times, *arguments = sys.argv[1:]
    mark(step, int(times))
    from bot.cli.main import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
