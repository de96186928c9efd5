"""The lock on a data directory: one service per SQLite database."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import StoreBusy, StoreFull

NAME = "stet.lock"


@contextmanager
def hold_data_dir(path: Path) -> Iterator[None]:
    """Hold the data directory for the time of the block. The lock goes with the process, however it ends.

    Raises StoreBusy where another process holds it, StoreFull where the directory may not be written.
    """
    file = path / NAME
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreFull(
            "the data directory may not be written; check its owner and rights", subject=str(path)
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            who = f" (process {owner})" if owner else ""
            raise StoreBusy(
                f"Stet already runs on this data directory{who}; stop it first, or use another --data-dir",
                subject=str(path),
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)
