"""What an outlet's stories teach about its furniture, and the marking of both sides of a comparison with it.

    first sight of a story -> its lines are counted once      (``learn``)
    a version brings new lines -> counted once, too           (``learn``, with what the story held before)
    a line comes back          -> counted for this story      (twice: it flickers, and is furniture here)
    a text is compared -> its learnt lines are marked         (``marked``, ``story``), old and new alike

Which lines can be learnt, and why none of them can be a fact, is said in ``bot.extract.site``. The stored text keeps
every line; marks say how it was read. As both sides are marked by the same knowledge, learning or forgetting a line
makes no version and no alert: it is a silent re-baseline without another fetch.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from bot.core.model import Watch
from bot.core.story import Story
from bot.errors import NotFound
from bot.extract import site
from bot.store import line_counts, versions
from bot.store.database import Tx

LOOK_BACK = 20
"""A line that one of so many last versions held was counted with it."""


def learn(tx: Tx, watch: Watch, new: Story, now: datetime, *, old: Story | None = None) -> None:
    """Count the lines that a version brings. ``old``: the version before, None at first sight.

    Call it when the version is stored. A story whose longest paragraph is known of another address teaches nothing.
    """
    outlet = outlet_of(watch)
    lines = site.lines_of(new) | site.muted(new)
    if old is None:
        twin = site.twin_of(new)
        if twin and line_counts.counts(tx, outlet, [twin]):
            return
        line_counts.add(tx, outlet, [*lines, site.EVERY, *([twin] if twin else [])], now)
        return
    came = lines - site.lines_of(old) - site.muted(old)
    if came:
        back = came & _held_before(tx, watch)
        line_counts.add(tx, outlet, [*(came - back), *(_of(line, watch) for line in back)], now)


def marked(tx: Tx, watch: Watch, *stories: Story) -> tuple[Story, ...]:
    """The stories with the outlet's furniture marked; a line marked in one of them is marked in all."""
    lines = frozenset[str]().union(*map(site.lines_of, stories))
    known = frozenset[str]().union(*map(site.muted, stories))
    if lines - known:
        known |= _known(tx, watch, lines - known)
    return tuple(site.marked(one, known) for one in stories)


def story(tx: Tx, watch: Watch, n: int) -> Story:
    """The text of a stored version as it is compared today."""
    (found,) = marked(tx, watch, versions.story(tx, watch.id, n))
    return found


def outlet_of(watch: Watch) -> str:
    """The name under which a story's lines are counted: its outlet's, or its host where it has none."""
    if watch.outlet:
        return watch.outlet
    try:
        return (urlsplit(watch.url).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""


def _known(tx: Tx, watch: Watch, lines: frozenset[str]) -> frozenset[str]:
    """Those of these lines that are furniture: of the outlet, or of this story because they keep coming back."""
    asked = [*lines, *(_of(line, watch) for line in lines), site.EVERY]
    seen = line_counts.counts(tx, outlet_of(watch), asked)
    flickering = frozenset(line for line in lines if seen.get(_of(line, watch), 0) >= site.RETURNS)
    return flickering | site.furniture({line: seen[line] for line in (*lines, site.EVERY) if line in seen})


def _of(line: str, watch: Watch) -> str:
    """The name under which the returns of a line within one story are counted."""
    return f"{line}@{watch.id}"


def _held_before(tx: Tx, watch: Watch) -> frozenset[str]:
    """The lines of the last versions before the newest."""
    held: set[str] = set()
    for n in [past.n for past in versions.history(tx, watch.id)[-LOOK_BACK:-1]]:
        try:
            past = versions.story(tx, watch.id, n)
        except NotFound:  # its text was pruned
            continue
        held |= site.lines_of(past) | site.muted(past)
    return frozenset(held)
