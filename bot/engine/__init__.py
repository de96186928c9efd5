"""How jobs are run: threads in this process (``local``), or many machines over PostgreSQL (``procrastinate``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

__all__ = ["Engine"]


class Engine(Protocol):
    """Runs checks and deliveries, and says who does the periodic work.

    The service starts it, calls each of ``beats`` about once a second (never two of one name at a time), and does
    periodic work (settling, discovering, digests, housekeeping) only while ``leads`` says so.
    """

    def start(self) -> None:
        """Begin. Raises StoreError where the database refuses."""

    def stop(self, timeout: float) -> None:
        """End within ``timeout`` seconds: nothing new begins, what is in flight is finished or given back."""

    def beats(self) -> Mapping[str, Callable[[], object]]:
        """What the service's scheduler calls for it, by name; empty where the engine has threads of its own."""

    def signs(self) -> Mapping[str, float]:
        """Seconds since the loops of each part (``checker``, ``courier``) last came round: a stuck one grows old."""

    def leads(self) -> bool:
        """Whether this process does the periodic work now: one does, among all that share a database."""
