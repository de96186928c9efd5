"""The terminal channel: prints alerts where the service runs, for newsrooms of one and for first runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from bot.core.model import Alert
from bot.errors import DeliveryError
from bot.render.message import Message
from bot.render.terminal import alert_view


class TerminalChannel:
    """Prints to a rich console, one alert at a time."""

    name = "terminal"

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()

    def send(self, message: Message, alert: Alert) -> Mapping[str, Any]:
        """Print. Raises DeliveryError where standard output is closed."""
        try:
            with self._lock:
                self._console.print(alert_view(message, self._console))
                self._console.file.flush()
        except (OSError, ValueError) as error:
            raise DeliveryError("the terminal is closed; the alert waits", subject=alert.public_id) from error
        return {"printed": True}

    def close(self) -> None:
        """Nothing to let go of."""
