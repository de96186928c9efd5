"""Retention: old texts that were told to nobody go, in small transactions; what was told stays as evidence.

A version keeps its row for ever (number, times, hashes, headline): the numbering stays without gaps and the hash
chain verifiable. What goes is its text, its raw page, and the comparisons with it that no alert refers to. Never
touched: the newest and the first version of a story, versions that an alert or a person's verdict refers to, versions
a route still compares with, and their neighbours in such a change.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select, update

from bot.store import line_counts, search, sources, versions
from bot.store.database import Database, Tx
from bot.store.tables import (
    alerts,
    changes,
    feedback,
    oauth_states,
    route_states,
    seen_events,
    snapshots,
    story_texts,
    watches,
)
from bot.store.tables import versions as rows_

BATCH = 100
"""Versions in one transaction: a few milliseconds, so that checks and deliveries hardly wait."""
LINKS_KEPT = timedelta(days=90)
LINES_KEPT = timedelta(days=180)
EVENTS_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneReport:
    """How many of each went: texts of versions, comparisons, raw pages, and small records past their use."""

    versions: int = 0
    changes: int = 0
    snapshots: int = 0
    records: int = 0

    def plus(self, other: PruneReport) -> PruneReport:
        """Both together."""
        return PruneReport(
            versions=self.versions + other.versions,
            changes=self.changes + other.changes,
            snapshots=self.snapshots + other.snapshots,
            records=self.records + other.records,
        )


def prune(
    db: Database,
    now: datetime,
    *,
    keep_days: int | None = None,
    keep_versions: int | None = None,
    batch: int = BATCH,
    dry_run: bool = False,
) -> PruneReport:
    """Drop texts seen more than ``keep_days`` ago, and all but the newest ``keep_versions`` of each story.

    Either may be None: that rule does not apply; with both None only small records past their use go. Interrupted at
    any moment it leaves nothing half-done and goes on from there the next time. ``dry_run`` only counts the versions
    and pages that would go (pages are counted with the versions, since they may be shared).
    """
    total = PruneReport()
    expired = _expired(now, keep_days, keep_versions)
    if dry_run:
        with db.read() as tx:
            number = tx.execute(select(func.count()).select_from(expired.subquery())).scalar_one()
        return PruneReport(versions=int(number))
    after: int | None = 0
    while after is not None:
        with db.begin() as tx:
            done, after = _one_batch(tx, expired.where(rows_.c.id > after), batch)
        total = total.plus(done)
    with db.begin() as tx:
        records = sources.forget_links(tx, now - LINKS_KEPT) + line_counts.forget(tx, now - LINES_KEPT)
        records += tx.execute(delete(seen_events).where(seen_events.c.at < now - EVENTS_KEPT)).rowcount
        records += tx.execute(delete(oauth_states).where(oauth_states.c.expires_at < now)).rowcount
    return total.plus(PruneReport(records=records))


def compact(db: Database) -> int:
    """Give freed pages back to the file system; returns the bytes saved. Takes the whole database while it runs.

    On PostgreSQL autovacuum does this; nothing is done there.
    """
    if not db.is_sqlite:
        return 0
    before = db.size()
    db.vacuum()
    return max(0, before - db.size())


def _expired(now: datetime, keep_days: int | None, keep_versions: int | None) -> Select[tuple[int, int, int]]:
    """Ids, stories and numbers of the versions whose text may go, oldest first."""
    rules: list[ColumnElement[bool]] = []
    if keep_days is not None:
        rules.append(rows_.c.seen_at < now - timedelta(days=keep_days))
    if keep_versions is not None:
        rules.append(rows_.c.n <= watches.c.latest_n - keep_versions)
    told = (
        select(alerts.c.id)
        .where(
            alerts.c.watch_id == rows_.c.watch_id,
            or_(alerts.c.old_n == rows_.c.n, alerts.c.new_n == rows_.c.n),
        )
        .exists()
    )
    return (
        select(rows_.c.id, rows_.c.watch_id, rows_.c.n)
        .join(watches, watches.c.id == rows_.c.watch_id)
        .where(
            rows_.c.story.is_not(None),
            rows_.c.n > 1,
            rows_.c.n < watches.c.latest_n,
            or_(*rules) if rules else false(),
            ~told,
            ~_in_a_kept_change(),
        )
        .order_by(rows_.c.id)
    )


def _in_a_kept_change() -> ColumnElement[bool]:
    """Whether the version is one side of a change that was told or that a person gave a verdict on."""
    return (
        select(changes.c.id)
        .where(
            changes.c.watch_id == rows_.c.watch_id,
            or_(changes.c.old_n == rows_.c.n, changes.c.new_n == rows_.c.n),
            _is_kept(),
        )
        .exists()
    )


def _is_kept() -> ColumnElement[bool]:
    """Whether a change was told, waits to be told, or has a person's verdict."""
    told = select(alerts.c.id).where(alerts.c.change_id == changes.c.id).exists()
    judged = select(feedback.c.id).where(feedback.c.change_id == changes.c.id).exists()
    return or_(told, judged)


def _one_batch(tx: Tx, expired: Select[tuple[int, int, int]], batch: int) -> tuple[PruneReport, int | None]:
    """What went, and the id after which to go on; None at the end."""
    found = tx.execute(expired.limit(batch)).all()
    if not found:
        return PruneReport(), None
    bases = _compared_with(tx, {row.watch_id for row in found})
    going = [row for row in found if (row.watch_id, row.n) not in bases]
    if not going:
        return PruneReport(), found[-1].id
    ids = [row.id for row in going]
    digests = set(tx.execute(select(rows_.c.raw_sha256).where(rows_.c.id.in_(ids))).scalars())
    tx.execute(update(rows_).where(rows_.c.id.in_(ids)).values(story=None))
    pairs = [
        and_(changes.c.watch_id == row.watch_id, or_(changes.c.old_n == row.n, changes.c.new_n == row.n))
        for row in going
    ]
    gone = tx.execute(delete(changes).where(or_(*pairs), ~_is_kept())).rowcount
    pages = _drop_pages(tx, {digest for digest in digests if digest})
    for watch_id in {row.watch_id for row in going}:
        _search_only_what_is_kept(tx, watch_id)
    return PruneReport(versions=len(going), changes=gone, snapshots=pages), found[-1].id


def _compared_with(tx: Tx, watch_ids: Collection[int]) -> set[tuple[int, int]]:
    """Versions that routes still compare with (the ``baseline_n`` of the judge's states)."""
    found = tx.execute(
        select(route_states.c.watch_id, route_states.c.state).where(route_states.c.watch_id.in_(list(watch_ids)))
    )
    return {(row.watch_id, int(row.state.get("baseline_n") or 0)) for row in found}


def _drop_pages(tx: Tx, digests: Collection[str]) -> int:
    """Delete raw pages that no version with a text refers to any more."""
    used = select(rows_.c.raw_sha256).where(rows_.c.raw_sha256.in_(list(digests)), rows_.c.story.is_not(None))
    still = set(tx.execute(used).scalars())
    return tx.execute(delete(snapshots).where(snapshots.c.sha256.in_(list(set(digests) - still)))).rowcount


def _search_only_what_is_kept(tx: Tx, watch_id: int) -> None:
    tx.execute(delete(story_texts).where(story_texts.c.watch_id == watch_id))
    kept = select(rows_.c.n).where(rows_.c.watch_id == watch_id, rows_.c.story.is_not(None)).order_by(rows_.c.n)
    for n in tx.execute(kept).scalars().all():
        search.index(tx, watch_id, n, versions.story(tx, watch_id, n))
