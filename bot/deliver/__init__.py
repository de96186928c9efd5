"""The outside world hears us: Slack, email, terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bot.core.model import Alert
from bot.render.message import Message


class Channel(Protocol):
    """One way out. Real ones: Slack, email, terminal."""

    name: str
    """``slack``, ``email`` or ``terminal``: the ``channel`` of the targets it serves."""

    def send(self, message: Message, alert: Alert) -> Mapping[str, Any]:
        """Send one alert to its target and return a receipt that can be stored as JSON.

        Raises DeliveryError; its fields say whether trying again helps, when, and whether it may have arrived.
        """
        ...

    def close(self) -> None:
        """Let go of connections. Safe to call twice."""
        ...
