"""Logs: for a person on a terminal, JSON lines otherwise. One event name per line, ids as fields, never a secret.

Story text never goes into a log; what comes from outside (addresses, error words) is cleaned of control characters.
structlog is loaded when the first line is written: most commands write none, and it takes a tenth of a second.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TOKENS = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


_wanted: tuple[str, str, TextIO | None] | None = None
"""What ``set_up`` asked for and nobody needed yet."""
_turn = threading.Lock()
_quieter: frozenset[str] = frozenset()
"""Levels below the one that was asked for. A line that nobody will read must cost nothing: one is written a check."""


def set_up(*, style: str = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Configure logging once per process. ``style`` is ``auto`` (by terminal), ``console`` or ``json``."""
    global _wanted, _quieter
    _wanted = (style, level, stream)
    _quieter = frozenset(name for name, value in _LEVELS.items() if value < _LEVELS[level])
    for name in ("apscheduler", "slack_bolt", "slack_sdk", "uvicorn", "httpx", "alembic", "procrastinate"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is still at work is no news


def _configure(style: str, level: str, stream: TextIO | None) -> None:
    import structlog

    out = stream or sys.stderr
    console = style == "console" or (style == "auto" and out.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer(
            colors=console and out.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _clean,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),  # the stream there is when it speaks
        cache_logger_on_first_use=False,
    )


def _unheard(*_: object, **__: object) -> None:
    """A line below the level."""


class _Logger:
    """A logger whose first line loads structlog and does what ``set_up`` asked for last."""

    __slots__ = ("_part",)

    def __init__(self, part: str) -> None:
        self._part = part

    def __getattr__(self, name: str) -> Any:
        global _wanted
        if name in _quieter:
            return _unheard
        import structlog

        if _wanted is not None:
            with _turn:  # a second thread's first line waits until it is known where lines go
                if _wanted is not None:
                    _configure(*_wanted)
                    _wanted = None
        return getattr(structlog.get_logger(part=self._part), name)


def get(name: str) -> BoundLogger:
    """The logger of one part of the house. It follows ``set_up``, also when that comes later than this."""
    return cast("BoundLogger", _Logger(name))


def clean(text: str, *, limit: int = 500) -> str:
    """Outside text made fit for a log line or an error stored for people: one line, no controls, no tokens, bounded."""
    one_line = " ".join(_CONTROLS.sub("", text).split())
    return _TOKENS.sub("***", one_line)[:limit]


def _clean(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = clean(value, limit=2000)
    return event
