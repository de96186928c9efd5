"""Over so many mails an hour a recipient gets one that lists everything: thin the mails, not the news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.comparison import Severity
from bot.core.model import Alert, AlertKind

HOUR = timedelta(hours=1)
LOOK_AGAIN = timedelta(minutes=1)
"""A recipient who has had enough for now is looked at again so often: a correction behind must not wait an hour."""
FOLDABLE = frozenset({AlertKind.CHANGE, AlertKind.GONE, AlertKind.RETURNED, AlertKind.HEADLINE_TEST})
LARGEST_FOLD = 200
"""Alerts in one folded mail: about what 80 kB of one-line headlines hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folding:
    """What to do with the alert that is next for a recipient.

    ``together``: send it and these as one mail; empty: send it alone. ``wait_until``: send nothing before.
    """

    together: tuple[Alert, ...] = ()
    wait_until: datetime | None = None


def fold(head: Alert, behind: Sequence[Alert], *, sent: Sequence[datetime], limit: int, now: datetime) -> Folding:
    """Decide for one recipient: ``head`` is next, ``behind`` wait after it, mails went to them at ``sent``.

    While head and those behind fit into ``limit`` mails an hour each goes alone. Otherwise they go together. Once the
    hour's mails are used up they gather until there is room; a critical change among them does not wait, so an hour
    may see up to twice the limit, and never more. Notices and digests are never folded and never wait.
    """
    if head.kind not in FOLDABLE:
        return Folding()
    waiting = tuple(alert for alert in behind if alert.kind in FOLDABLE)[: LARGEST_FOLD - 1]
    recent = sorted(at for at in sent if now - HOUR < at <= now)
    room = limit - len(recent)
    if room > len(waiting):
        return Folding()
    urgent = any(alert.severity >= Severity.CRITICAL for alert in (head, *waiting))
    if room <= 0 and not (urgent and len(recent) < 2 * limit):
        return Folding(wait_until=min(recent[-limit] + HOUR, now + LOOK_AGAIN))
    return Folding(together=waiting)
