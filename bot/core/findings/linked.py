"""A link with its word difference and what the rules said of it: what passes from rule to rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.comparison import Finding, Link
from bot.core.findings.copyedit import Hunk
from bot.core.pair import Pair
from bot.core.units import Match


@dataclass(slots=True, eq=False)
class LinkedPair:
    """A link with its pair (None where nothing differs) and what the rules said of it."""

    link: Link
    pair: Pair | None
    match: Match
    hunks: list[Hunk] = field(default_factory=list)
    typed: list[Finding] = field(default_factory=list)
    trivial: list[Finding] = field(default_factory=list)
