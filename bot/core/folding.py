"""Over so many mails an hour a recipient gets one that lists everything: thin the mails, not the news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.comparison import Severity
from bot.core.model import Alert, AlertKind

HOUR = timedelta(hours=1)
FOLDABLE = frozenset({AlertKind.CHANGE, AlertKind.GONE, AlertKind.RETURNED, AlertKind.HEADLINE_TEST})
LARGEST_FOLD = 200
"""Alerts in one folded mail: about what 80 kB of one-line headlines hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folding:
    """What to do with a recipient's waiting alerts, in their order.

    ``alone`` go out as mails of their own. ``together`` (two or more, or none) go out as one folded mail.
    ``wait_until``: where set, the rest stays until then, because this hour's folded mail has gone out already.
    """

    alone: tuple[Alert, ...] = ()
    together: tuple[Alert, ...] = ()
    wait_until: datetime | None = None


def fold(
    waiting: Sequence[Alert], *, sent: Sequence[datetime], limit: int, now: datetime, folded_at: datetime | None = None
) -> Folding:
    """Decide for one recipient. ``sent``: when mails went to them; ``limit``: single mails in any one hour.

    Notices, digests and catch-ups are never folded, and a critical change never waits: corrections go out alone even
    beyond the limit, up to twice of it. ``folded_at`` is when the last folded mail went out: the next one waits an
    hour, so that a storm makes one mail an hour and not one a minute.
    """
    room = max(0, limit - sum(1 for at in sent if now - HOUR < at <= now))
    urgent_room = room + limit
    alone: list[Alert] = []
    rest: list[Alert] = []
    foldable = [alert for alert in waiting if alert.kind in FOLDABLE]
    crowded = len(foldable) > room
    for alert in waiting:
        if alert.kind not in FOLDABLE:
            alone.append(alert)
        elif not crowded or (alert.severity >= Severity.CRITICAL and urgent_room > 0):
            alone.append(alert)
            urgent_room -= 1
        else:
            rest.append(alert)
    if not rest:
        return Folding(alone=tuple(alone))
    if folded_at is not None and now - HOUR < folded_at <= now:
        return Folding(alone=tuple(alone), wait_until=folded_at + HOUR)
    if len(rest) == 1:
        return Folding(alone=(*alone, rest[0]))
    return Folding(alone=tuple(alone), together=tuple(rest[:LARGEST_FOLD]))
