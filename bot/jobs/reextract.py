"""Read stored pages again with today's recipe: what it would have said is shown, the new reading becomes the baseline.

Nobody is told. The newest version's page is read; where it reads differently, that reading is stored as a version of
its own with the page's own time, and every route takes it as told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.compare import compare
from bot.core.comparison import Comparison
from bot.core.model import Watch
from bot.core.story import fingerprint
from bot.jobs import sitelines
from bot.jobs.decide import compare_config
from bot.jobs.kit import Kit
from bot.jobs.look import reread
from bot.jobs.record import rebaseline
from bot.store import versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """One story read again. ``comparison`` is from the stored reading to the new one, None where both agree."""

    watch_id: int
    n: int
    old_recipe: str = ""
    new_recipe: str = ""
    comparison: Comparison | None = None
    problem: str = ""

    @property
    def differs(self) -> bool:
        """Whether today's rules read another text."""
        return self.comparison is not None

    @property
    def words(self) -> str:
        """In one line."""
        if self.problem:
            return self.problem
        return self.comparison.summary or "differs" if self.comparison else "reads the same"

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        from bot.core.comparison import to_json

        return {
            "watch": self.watch_id,
            "version": self.n,
            "old_recipe": self.old_recipe,
            "new_recipe": self.new_recipe,
            "differs": self.differs,
            "problem": self.problem or None,
            "comparison": to_json(self.comparison) if self.comparison else None,
        }


def reextract(kit: Kit, watch: Watch, now: datetime, *, dry_run: bool = False) -> Reread:
    """Read the newest stored page of a story again. ``dry_run`` stores nothing."""
    with kit.db.read() as tx:
        latest = versions.latest(tx, watch.id)
        raw = versions.raw(tx, watch.id, latest.n) if latest else None
        old = versions.story(tx, watch.id, latest.n) if latest else None
    if latest is None or old is None:
        return Reread(watch_id=watch.id, n=0, problem="has no version yet")
    if raw is None:
        return Reread(watch_id=watch.id, n=latest.n, old_recipe=latest.recipe, problem="its page was not kept")
    extraction = reread(kit, watch, raw, latest.headers)
    if extraction is None:
        return Reread(
            watch_id=watch.id, n=latest.n, old_recipe=latest.recipe, problem="today's rules read no story in its page"
        )
    with kit.db.read() as tx:
        old, new = sitelines.marked(tx, watch, old, extraction.story)
    differs = fingerprint(new) != fingerprint(old)
    comparison = compare(old, new, compare_config(kit, watch, confirmed=True)) if differs else None
    if not dry_run and (differs or latest.recipe != extraction.recipe):
        rebaseline(kit, watch, now)
    return Reread(
        watch_id=watch.id,
        n=latest.n,
        old_recipe=latest.recipe,
        new_recipe=extraction.recipe,
        comparison=comparison,
    )
