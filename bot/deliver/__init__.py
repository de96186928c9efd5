"""The outside world hears us: Slack, email, terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from bot.core.model import Alert, Target
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


@runtime_checkable
class FoldingChannel(Protocol):
    """A Channel that can tell several alerts in one message: email."""

    def send_folded(self, messages: Sequence[Message], alerts: Sequence[Alert], target: Target) -> Mapping[str, Any]:
        """Send one message that lists them all; the first alert gives it its identity. Raises as ``send`` does."""
        ...
