"""When to try a delivery again, or give up: a decision per failure, by channel and class of error.

Email follows the habit of mail servers: 1, 5, 15 and 60 minutes, then every four hours, for 48 hours; after that the
alert is dead and shown as such. Slack backs off from seconds to minutes, with jitter, for as long. What is permanent
for one alert kills that alert, for one target pauses the target, for a whole channel (a token, a login) stops the
channel: alerts stay in the outbox until somebody has mended it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.model import Alert
from bot.errors import DeliveryError

EMAIL_WAITS = (60, 300, 900, 3600, 4 * 3600)
SLACK_WAITS = (5, 15, 45, 120, 300, 600, 900)
TERMINAL_WAITS = (1, 5, 30)
GIVE_UP_AFTER = timedelta(hours=48)
TERMINAL_GIVE_UP = timedelta(minutes=5)
RETRY_AFTER_MAX = timedelta(days=1)
CHANNEL_PROBE = timedelta(minutes=15)
"""A stopped channel is tried with one alert so often, to notice that it was mended."""
REFUSED_IN_A_ROW = 3
"""So many permanent refusals of one mail address in a row pause it."""


class Answer(StrEnum):
    """What to do with an alert that did not go out."""

    RETRY = "retry"
    DEAD = "dead"
    """Given up; kept and shown."""
    PAUSE_TARGET = "pause_target"
    """The alert and its neighbours wait until the channel or recipient is mended; its owner is told once."""
    STOP_CHANNEL = "stop_channel"
    """All of Slack or email waits; the operator is told once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What follows from one failed attempt. ``at`` is None where only a person can help.

    ``maybe_sent``: it may have arrived all the same; the next try carries the same identity.
    """

    answer: Answer
    at: datetime | None
    reason: str
    maybe_sent: bool = False


def after_failure(alert: Alert, error: DeliveryError, now: datetime) -> Attempt:
    """Decide. ``alert.attempts`` counts the attempts made, this one included."""
    maybe = error.outcome_unknown or alert.maybe_sent
    if error.permanent and error.scope == "channel":
        return Attempt(
            answer=Answer.STOP_CHANNEL,
            at=now + CHANNEL_PROBE,
            reason=f"{alert.target.channel} is stopped until its settings are mended; nothing is lost.",
            maybe_sent=maybe,
        )
    if error.permanent and error.scope == "target" and alert.target.channel != "email":
        return Attempt(
            answer=Answer.PAUSE_TARGET,
            at=None,
            reason=f"{alert.target.key} is paused; its alerts wait until it is mended.",
            maybe_sent=maybe,
        )
    if error.permanent:
        return Attempt(answer=Answer.DEAD, at=None, reason="Trying again cannot help.", maybe_sent=maybe)
    at = now + _wait(alert, error, now)
    limit = TERMINAL_GIVE_UP if alert.target.channel == "terminal" else GIVE_UP_AFTER
    if at > _counts_from(alert, now) + limit:
        tried = f"tried {max(alert.attempts, 1)} times over {round(limit.total_seconds() / 3600)} h"
        return Attempt(answer=Answer.DEAD, at=None, reason=f"Given up: {tried}.", maybe_sent=maybe)
    return Attempt(answer=Answer.RETRY, at=at, reason="Tried again later.", maybe_sent=maybe)


def next_try(alert: Alert, error: DeliveryError, now: datetime) -> datetime | None:
    """When to try again; None: do not. See ``after_failure`` for what else follows."""
    decided = after_failure(alert, error, now)
    return decided.at if decided.answer is Answer.RETRY else None


def pauses(refusals_in_a_row: int) -> bool:
    """Is a mail address refused so often in a row that it is paused?"""
    return refusals_in_a_row >= REFUSED_IN_A_ROW


def _counts_from(alert: Alert, now: datetime) -> datetime:
    """The 48 hours are of trying: not of quiet hours, of a paused target, or of a weekend while Stet was off."""
    first = alert.first_try_at or alert.created_at
    return max(alert.created_at, min(first, now))


def _wait(alert: Alert, error: DeliveryError, now: datetime) -> timedelta:
    waits = {"email": EMAIL_WAITS, "slack": SLACK_WAITS}.get(alert.target.channel, TERMINAL_WAITS)
    base = float(waits[min(max(alert.attempts, 1), len(waits)) - 1])
    wait = timedelta(seconds=base * (1 + 0.2 * _draw(alert)))
    if error.retry_after is not None:
        # what the other side asks for is a floor; it is not waited for longer than a day
        wait = max(wait, min(timedelta(seconds=max(error.retry_after, 0.0)), RETRY_AFTER_MAX))
    return max(wait, timedelta(seconds=1))


def _draw(alert: Alert) -> float:
    """A number in [0, 1) from the alert and the attempt: many alerts that failed at once do not return at once."""
    packed = hashlib.blake2b(f"{alert.public_id}:{alert.attempts}".encode(), digest_size=8).digest()
    return int.from_bytes(packed, "big") / 2**64
