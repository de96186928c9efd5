"""The memory of a long-running process: few arenas for many threads, and what was freed goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from contextlib import suppress

M_ARENA_MAX = -8
"""Of ``malloc.h`` of the GNU C library."""
ARENAS = 2


def keep_together() -> bool:
    """Let all threads share two arenas; whether that could be set. Call it before threads begin.

    The GNU C library gives a thread an arena of its own, up to eight times the number of cores. Sixteen threads that
    read pages leave as many half-empty ones behind: after a few hours 15 MB were free and held, with two arenas 4 MB.
    Whoever sets MALLOC_ARENA_MAX knows better; other C libraries have no such thing.
    """
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return False
    with suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS))
    return False


def settle() -> None:
    """Let the collector pass over what is loaded now. Call it when the service is up, before the first page.

    Modules, tables and patterns are three hundred thousand objects that stay; a collection that looks at them all takes
    a tenth of a second, and a hundred changed stories cause two.
    """
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Return free pages of the C heap to the system; some milliseconds. Call it a few times a minute.

    Reading a page takes megabytes for milliseconds. What lives on in between keeps the arenas from shrinking by
    themselves: of 50 MB that were free after some hundred pages, 38 came back so.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
