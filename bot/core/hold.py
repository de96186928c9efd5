"""Odd fetches are confirmed before they are believed: incomplete pages, cache flaps, stories that are gone.

A *hold* is a note on the watch (``Watch.hold``, JSON) that says what was seen and how often. It ends when the page is
as it was, when it is confirmed, or when something else comes. Pure functions: the caller stores the hold and asks for
the next check at ``check_at``.

Numbers: an incomplete page is confirmed by two further fetches at least ten minutes apart, a body that returns within
15 minutes by one more, a missing story by two more over at least ten minutes. A story that comes and goes needs longer
each time, so that a server that cannot make up its mind is no storm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from bot.core.comparison import Comparison
from bot.core.history import History, runs
from bot.core.policy import Policy

FLAP_GAP = timedelta(minutes=5)
GONE_GAP = timedelta(minutes=5)
GONE_SPAN = timedelta(minutes=10)
GONE_SIGHTINGS = 3
"""The first and two that confirm it."""
REPEAT_WINDOW = timedelta(days=1)
"""A story that returned within this time must be gone for longer to be called gone again."""
SLACK = timedelta(seconds=60)
"""Jitter brings a check a little early; a confirmation may come by so much before its time."""


class HoldKind(StrEnum):
    """What is being confirmed."""

    SUSPECT = "suspect"
    FLAP = "flap"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Something odd was seen ``seen`` times since ``since``, the last time at ``last_at``."""

    kind: HoldKind
    since: datetime
    last_at: datetime
    seen: int = 1
    fingerprint: str = ""
    what: str = ""
    """In words: ``HTTP 404``, ``redirect to https://…``."""

    def to_json(self) -> dict[str, Any]:
        """For ``Watch.hold``."""
        return {
            "kind": self.kind.value,
            "since": self.since.isoformat(),
            "last_at": self.last_at.isoformat(),
            "seen": self.seen,
            "fingerprint": self.fingerprint,
            "what": self.what,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any] | None) -> Hold | None:
        """What ``to_json`` wrote, None for no hold or one that cannot be read (it starts anew)."""
        try:
            if not document:
                return None
            return cls(
                kind=HoldKind(document["kind"]),
                since=datetime.fromisoformat(document["since"]).astimezone(UTC),
                last_at=datetime.fromisoformat(document["last_at"]).astimezone(UTC),
                seen=int(document["seen"]),
                fingerprint=str(document.get("fingerprint") or ""),
                what=str(document.get("what") or ""),
            )
        except (KeyError, ValueError, TypeError):
            return None


class Belief(StrEnum):
    """What to make of a fetch."""

    ACCEPT = "accept"
    """It is what it looks like: store and judge it. The hold ends."""
    HOLD = "hold"
    """Odd: store nothing, look again at ``check_at``."""
    CONFIRMED = "confirmed"
    """Odd and confirmed: store it, compared without the suspect gate."""
    WITHDRAWN = "withdrawn"
    """Confirmed, and hardly any story is left: ``story_withdrawn``."""
    GONE = "gone"
    """Confirmed gone: tell it once, with the last text."""
    STILL_GONE = "still_gone"
    """Gone as before: nothing to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to make of one fetch, and the note to keep on the watch.

    ``hold`` replaces ``Watch.hold`` (None ends it). ``check_at`` is when to look again, if sooner than usual.
    ``tell`` is set where a story that is gone, or returned, is to be told; ``told`` then replaces ``Watch.told``.
    """

    belief: Belief
    rule: str
    reason: str
    hold: Hold | None = None
    check_at: datetime | None = None
    tell: bool = False
    told: Mapping[str, Any] | None = None


def on_page(
    step: Comparison | None,
    *,
    fingerprint: str,
    new_words: int,
    hold: Hold | None,
    history: History,
    body: str,
    policy: Policy,
    now: datetime,
) -> Reading:
    """A page with a story in it came. ``step`` compares the latest version with it, None where there is no version
    yet or the text is that of the latest. ``new_words`` is its length, ``body`` its ``body_hash``.

    The caller asks this before it stores a version.
    """
    if step is None or step.status == "same":
        return Reading(belief=Belief.ACCEPT, rule="A0", reason="The page is as it was.")
    if step.status == "suspect":
        return _suspect(step, fingerprint, new_words, hold, policy, now)
    if _flaps(history, body, policy, now):
        return _flap(fingerprint, hold, now)
    return Reading(belief=Belief.ACCEPT, rule="A0", reason="An ordinary page.")


def _suspect(
    step: Comparison, fingerprint: str, new_words: int, hold: Hold | None, policy: Policy, now: datetime
) -> Reading:
    """A1. The same short page three times, ten minutes apart, is no accident; a wall never becomes a version."""
    gap = timedelta(seconds=policy.confirm_gap)
    again = hold is not None and hold.kind is HoldKind.SUSPECT and hold.fingerprint == fingerprint
    if not again or hold is None:
        # another odd page confirms nothing, but the trouble is as old as it is: its owner is told after a day
        since = hold.since if hold is not None and hold.kind is HoldKind.SUSPECT else now
        fresh = Hold(
            kind=HoldKind.SUSPECT, since=since, last_at=now, fingerprint=fingerprint, what="an incomplete page"
        )
        return Reading(
            belief=Belief.HOLD,
            rule="A1",
            reason="The page looks incomplete; it is fetched again before anything is believed (confirm_gap).",
            hold=fresh,
            check_at=now + gap,
        )
    if now - hold.last_at >= gap - SLACK:
        hold = replace(hold, seen=hold.seen + 1, last_at=now)
    if hold.seen >= CONFIRMED_BY and not _wall(step):
        empty = new_words < WITHDRAWN_WORDS
        return Reading(
            belief=Belief.WITHDRAWN if empty else Belief.CONFIRMED,
            rule="A1",
            reason=f"Seen {hold.seen} times over {_minutes(now - hold.since)} min: it is what the page says now.",
        )
    due = max(hold.last_at + gap, now + timedelta(seconds=1))
    if hold.seen >= CONFIRMED_BY:
        due = now + timedelta(hours=1)
    reason = f"The page still looks incomplete (seen {hold.seen} times since {hold.since:%H:%M} UTC)."
    return Reading(belief=Belief.HOLD, rule="A1", reason=reason, hold=hold, check_at=due)


CONFIRMED_BY = 3
WITHDRAWN_WORDS = 40
"""With fewer words left, the story was withdrawn rather than shortened."""


def _wall(step: Comparison) -> bool:
    """Did the comparator recognise a consent page, a paywall or an error page by its words?"""
    reasons = {str(finding.data.get("reason", "")) for finding in step.findings if finding.kind == "extraction_suspect"}
    return bool(reasons & {"wall", "consent", "consent_wall", "paywall", "bot_wall", "error_page", "not_found"})


def _flaps(history: History, body: str, policy: Policy, now: datetime) -> bool:
    """Is this body one that was there before, and did the present one come less than 15 minutes ago?"""
    line = runs(history, "body")
    if len(line) < 2 or line[-1].value == body:
        return False
    known = any(run.value == body for run in line[:-1])
    return known and now - line[-1].since < timedelta(seconds=policy.body_flap)


def _flap(fingerprint: str, hold: Hold | None, now: datetime) -> Reading:
    """A2. A body that comes back at once may be a stale cache: one more fetch decides."""
    if hold is not None and hold.kind is HoldKind.FLAP and hold.fingerprint == fingerprint:
        if now - hold.last_at >= FLAP_GAP - SLACK:
            return Reading(belief=Belief.ACCEPT, rule="A2", reason="The earlier text is back, and stayed.")
        return Reading(
            belief=Belief.HOLD,
            rule="A2",
            reason="The earlier text is back; one more fetch decides whether it is a stale copy (body_flap).",
            hold=hold,
            check_at=hold.last_at + FLAP_GAP,
        )
    fresh = Hold(kind=HoldKind.FLAP, since=now, last_at=now, fingerprint=fingerprint, what="an earlier text")
    return Reading(
        belief=Belief.HOLD,
        rule="A2",
        reason="Back within minutes; one more fetch decides whether the earlier text is a stale copy (body_flap).",
        hold=fresh,
        check_at=now + FLAP_GAP,
    )


def on_missing(
    what: str, *, hold: Hold | None, told: Mapping[str, Any], now: datetime, already_gone: bool = False
) -> Reading:
    """The story did not come: 404, 410, or a redirect to a section or front page. ``what`` says which, in words.

    ``already_gone``: the watch is in state GONE. A 5xx is never "missing".
    """
    if already_gone:
        return Reading(belief=Belief.STILL_GONE, rule="A3", reason=f"Still gone ({what}).")
    if hold is None or hold.kind is not HoldKind.GONE:
        hold = Hold(kind=HoldKind.GONE, since=now, last_at=now, what=what)
    elif now - hold.last_at >= GONE_GAP - SLACK:
        hold = replace(hold, seen=hold.seen + 1, last_at=now, what=what)
    times = _repeats(told, now)
    needed, needed_span = GONE_SIGHTINGS * times, GONE_SPAN * times
    if hold.seen >= needed and now - hold.since >= needed_span:
        return Reading(
            belief=Belief.GONE,
            rule="A3",
            reason=f"{what}, {hold.seen} times over {_minutes(now - hold.since)} min: the story is gone.",
            tell=True,
            told={**told, "gone_at": now.isoformat()},
        )
    return Reading(
        belief=Belief.HOLD,
        rule="A3",
        reason=f"{what}; looked at again before the story is called gone.",
        hold=hold,
        check_at=max(hold.last_at + GONE_GAP, now + timedelta(seconds=1)),
    )


def on_return(*, told: Mapping[str, Any], now: datetime) -> Reading:
    """A story that was told gone shows a page again: told, and the next disappearance is doubted for longer."""
    gone_at = _moment(told.get("gone_at"))
    away = f" after {_minutes(now - gone_at)} min" if gone_at else ""
    repeats = _repeats(told, now) if gone_at else 1
    rest = {key: value for key, value in told.items() if key != "gone_at"}
    return Reading(
        belief=Belief.ACCEPT,
        rule="A4",
        reason=f"The story is back{away}.",
        tell=gone_at is not None,
        told={**rest, "returned_at": now.isoformat(), "returns": min(repeats, 8)},
    )


def _repeats(told: Mapping[str, Any], now: datetime) -> int:
    """How many times as long a story must be gone: doubled for every return within a day."""
    returned_at = _moment(told.get("returned_at"))
    if returned_at is None or now - returned_at > REPEAT_WINDOW:
        return 1
    return min(int(told.get("returns") or 1) * 2, 8)


def leads_away(requested: str, final: str) -> bool:
    """Did a redirect end at a front page or a section instead of the story?

    True where the final path is the front page or a true prefix of the requested one (``/world/harbour-plan`` to
    ``/world/``), on the same site. A move to another story, host or canonical address is none.
    """
    old, new = urlsplit(requested), urlsplit(final)
    if _site(old.hostname) != _site(new.hostname):
        return False
    old_parts = [part for part in old.path.split("/") if part]
    new_parts = [part for part in new.path.split("/") if part and part not in ("index.html", "index.php")]
    if not old_parts or old_parts == new_parts or (new.query and not old.query):
        return False
    return len(new_parts) < len(old_parts) and new_parts == old_parts[: len(new_parts)]


def _site(host: str | None) -> str:
    name = (host or "").lower().rstrip(".")
    for prefix in ("www.", "m.", "amp."):
        name = name.removeprefix(prefix)
    return name


def _minutes(length: timedelta) -> int:
    return round(length.total_seconds() / 60)


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if value else None
    except (ValueError, TypeError):
        return None
