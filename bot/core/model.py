"""The remembered nouns: Watch, Source, Subscription, Version, Change, Route, Alert, and how a check ends.

Plain values. The store reads and writes them; nothing here knows how. All datetimes are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.core.comparison import Severity


class Outcome(StrEnum):
    """How one check ended."""

    FIRST_SEEN = "first_seen"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    REBASELINED = "rebaselined"
    """A new extractor recipe read the page differently: stored, told to nobody."""
    REVERTED = "reverted"
    """The text is one that was seen before."""
    HELD = "held"
    """Something looked odd and waits for further fetches to confirm it."""
    GONE = "gone"
    FAILED = "failed"


class WatchState(StrEnum):
    """Whether a story is looked at."""

    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"
    """Old and quiet: will not be checked again unless its source shows it again."""
    GONE = "gone"
    """Confirmed gone from its site; looked at now and then, because its return is news."""
    REMOVED = "removed"
    """No longer followed; its versions stay."""


class Health(StrEnum):
    """What is wrong with a watch or source, as its owner is told it."""

    OK = "ok"
    FAILING = "failing"
    BLOCKED = "blocked"
    BROKEN = "broken"
    """Answers, but no story can be read in it."""
    SILENT = "silent"
    NOISY = "noisy"


class SourceKind(StrEnum):
    """What stories are discovered from."""

    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"


class Only(StrEnum):
    """What a subscription wants to hear of."""

    ALL = "all"
    HEADLINE = "headline"
    BODY = "body"
    CORRECTIONS = "corrections"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A story address the newsroom follows. ``id`` is the number people use.

    ``key`` is the canonical address that makes one story one watch. ``every`` is a fixed interval in seconds (None:
    by age). ``routes`` names routes that hear of it beside those that match its desk and outlet. ``hold`` is the
    judge's note about an odd fetch that waits for confirmation; ``told`` is what trouble its owner was told of.
    """

    id: int
    url: str
    key: str
    outlet: str = ""
    desk: str = ""
    label: str = ""
    state: WatchState = WatchState.ACTIVE
    every: int | None = None
    min_severity: Severity | None = None
    routes: tuple[str, ...] = ()
    profile: str = "story"
    origin: str = "cli"
    """``cli``, ``config``, ``import``, ``slack`` or ``source``."""
    source_id: int | None = None
    added_by: str = ""
    added_at: datetime
    next_check_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    quick_key: str | None = None
    body_hash: str | None = None
    charset: str | None = None
    recipe: str | None = None
    failures: int = 0
    last_error: str | None = None
    last_error_kind: str | None = None
    failing_since: datetime | None = None
    last_checked_at: datetime | None = None
    last_success_at: datetime | None = None
    last_changed_at: datetime | None = None
    quiet_checks: int = 0
    """Checks in a row that found nothing new."""
    published_at: datetime | None = None
    latest_n: int = 0
    """Number of the newest version, 0 before the first."""
    headline: str = ""
    is_live: bool = False
    health: Health = Health.OK
    told: Mapping[str, Any] = attribute(default_factory=dict)
    hold: Mapping[str, Any] | None = None
    remembered: Mapping[str, Any] | None = None
    """What the extractor keeps of the last good page (charset, whether it was whole, whether it was free)."""
    muted_until: datetime | None = None
    muted_by: str = ""
    hidden_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed, sitemap or section page from which stories are discovered."""

    id: int
    url: str
    kind: SourceKind
    title: str = ""
    outlet: str = ""
    desk: str = ""
    routes: tuple[str, ...] = ()
    every: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_new_per_check: int = 50
    max_age_days: int = 7
    origin: str = "cli"
    added_by: str = ""
    added_at: datetime
    state: WatchState = WatchState.ACTIVE
    next_check_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    failures: int = 0
    last_error: str | None = None
    last_checked_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    health: Health = Health.OK
    told: Mapping[str, Any] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A Slack channel follows one watch. Its route is ``slack:CHANNEL``."""

    id: int
    watch_id: int
    team: str
    channel: str
    channel_name: str = ""
    label: str = ""
    only: Only = Only.ALL
    min_severity: Severity | None = None
    added_by: str = ""
    added_at: datetime
    muted_until: datetime | None = None
    muted_by: str = ""

    @property
    def route(self) -> str:
        """Name of the route this subscription stands for."""
        return f"slack:{self.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One distinct text of a story, numbered from 1 without gaps. The story itself and the raw page are read apart.

    ``chain`` is the hash chain over all versions of the story: hex SHA-256 of the previous chain and this version's
    hashes (see ``core/chain.py``).
    """

    id: int
    watch_id: int
    n: int
    seen_at: datetime
    fingerprint: str
    headline: str
    words: int
    recipe: str
    raw_sha256: str | None = None
    story_sha256: str = ""
    chain: str = ""
    final_url: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Two neighbouring versions of one story, with their comparison, as remembered.

    ``comparison`` is the JSON of ``core/comparison.py``. ``decisions`` maps a route to what was decided for it and
    why (the JSON of a Verdict).
    """

    id: int
    watch_id: int
    old_n: int
    new_n: int
    seen_at: datetime
    severity: Severity
    status: str
    kinds: tuple[str, ...]
    summary: str
    flags: tuple[str, ...] = ()
    words_added: int = 0
    words_removed: int = 0
    comparison: Mapping[str, Any] = attribute(default_factory=dict)
    decisions: Mapping[str, Any] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which a route is silent (local wall time, ``HH:MM``); ``start`` after ``end`` spans midnight."""

    start: str
    end: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One place an alert goes to: a Slack channel, a mail address, the terminal."""

    channel: str
    """``slack``, ``email`` or ``terminal``: which Channel carries it."""
    address: str = ""
    """``#world`` or ``C0123``; ``desk@paper.example``; empty for the terminal."""

    @property
    def key(self) -> str:
        """``slack:C0123``, ``email:desk@paper.example``, ``terminal:``."""
        return f"{self.channel}:{self.address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Who hears of what. Empty ``desks`` and ``outlets`` match every watch; empty ``kinds`` every kind of finding."""

    name: str
    targets: tuple[Target, ...]
    desks: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    min_severity: Severity = Severity.MAJOR
    kinds: tuple[str, ...] = ()
    only: Only = Only.ALL
    digest: str | None = None
    """``daily``, ``weekly``, or None: at once only. ``digest_only`` routes send nothing at once."""
    digest_only: bool = False
    digest_at: str = "07:00"
    digest_empty: str = "skip"
    """``send``: a digest goes out although nothing changed; ``skip``: once a week, as a sign of life."""
    timezone: str = "UTC"
    quiet: Quiet | None = None
    watches: tuple[int, ...] = ()
    """For subscriptions: only these watches."""


class AlertKind(StrEnum):
    """What one outbox row tells."""

    CHANGE = "change"
    GONE = "gone"
    RETURNED = "returned"
    HEADLINE_TEST = "headline_test"
    NOTICE = "notice"
    """To operators and owners: trouble, recovery, template change, outage."""
    CATCH_UP = "catch_up"
    DIGEST = "digest"
    TEST = "test"


class AlertStatus(StrEnum):
    """Where an alert stands."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    DEAD = "dead"
    PAUSED = "paused"
    """Its target is paused; waits until somebody mends it."""
    FOLDED = "folded"
    """Told inside another message (a folded mail, a catch-up)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """An alert about to be stored. ``key`` is its identity: the same key is stored once, however often it is tried.

    For changes the key is ``change:WATCH:NEW_N/ROUTE/TARGET``. ``payload`` holds what cannot be re-read from the
    versions: notices, digests, the number of edits coalesced, extra findings.
    """

    key: str
    kind: AlertKind
    route: str
    target: Target
    severity: Severity = Severity.NOTABLE
    watch_id: int | None = None
    change_id: int | None = None
    old_n: int | None = None
    new_n: int | None = None
    payload: Mapping[str, Any] = attribute(default_factory=dict)
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One outbox row: what is told to one target. ``public_id`` is the opaque id buttons and links carry."""

    id: int
    public_id: str
    key: str
    kind: AlertKind
    route: str
    target: Target
    severity: Severity
    watch_id: int | None
    change_id: int | None
    old_n: int | None
    new_n: int | None
    payload: Mapping[str, Any]
    status: AlertStatus
    created_at: datetime
    attempts: int = 0
    first_try_at: datetime | None = None
    """When trying began: the first attempt, or the first since a person or a mended channel set it going again."""
    next_try_at: datetime | None = None
    leased_until: datetime | None = None
    sent_at: datetime | None = None
    receipt: Mapping[str, Any] | None = None
    last_error: str | None = None
    maybe_sent: bool = False
    """An earlier attempt ended without an answer: it may already have arrived."""
    not_before: datetime | None = None
    """Held back until then (quiet hours)."""
