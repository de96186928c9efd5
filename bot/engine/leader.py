"""Who leads: one process among all that share a PostgreSQL database, by an advisory lock that ends with its session."""

from __future__ import annotations

import contextlib

import psycopg

LOCK = 0x57E7_1EAD
"""Number of the advisory lock."""


class Leader:
    """Tries for the lock and keeps it. Use it from one thread; ``held`` may be read from any.

    PostgreSQL drops the lock when the session ends: a leader that dies is followed within one try of another process,
    one whose machine vanishes when TCP keepalives give up (about 30 seconds).
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self.held = False

    def try_(self) -> bool:
        """Whether this process leads now: takes the lock if it is free, makes sure of it if it was taken before."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    self._conninfo,
                    autocommit=True,
                    connect_timeout=5,
                    application_name="stet leader",
                    keepalives_idle=10,
                    keepalives_interval=5,
                    keepalives_count=4,
                )
            query = "SELECT true" if self.held else f"SELECT pg_try_advisory_lock({LOCK})"
            row = self._connection.execute(query).fetchone()
            self.held = bool(row and row[0])
        except psycopg.Error:
            self.close()
        return self.held

    def close(self) -> None:
        """Let another lead."""
        held, self.held = self.held, False
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                if held:  # at once, not when the server notices that the session is over
                    self._connection.execute(f"SELECT pg_advisory_unlock({LOCK})")
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None
