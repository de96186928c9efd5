"""What the pages list, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.comparison import Severity
from bot.core.model import Health, WatchState
from bot.errors import NotFound, UsageError
from bot.store import changes, views, watches
from bot.store.database import Database
from tests.contract import values
from tests.contract.values import NOW

DAY = timedelta(days=1)


@pytest.fixture
def stories(db: Database) -> list[int]:
    """Four stories of two outlets; the first changed twice (trivial, then major), the second once, long ago."""
    ids = []
    with db.begin() as tx:
        for number, (outlet, desk) in enumerate(
            (("Post", "local"), ("Post", "world"), ("Herald", "world"), ("", "")), 1
        ):
            watch = values.watch(tx, number, outlet=outlet, desk=desk)
            ids.append(watch.id)
            values.version(tx, watch.id, values.story(f"Headline {number}"))
        for n, level, at in ((2, Severity.MAJOR, NOW - DAY), (3, Severity.TRIVIAL, NOW)):
            values.version(tx, ids[0], values.story(f"Headline 1, {n}"))
            changes.add(tx, ids[0], n - 1, n, values.comparison(level), at)
            watches.update(tx, ids[0], last_changed_at=at)
        values.version(tx, ids[1], values.story("Headline 2, 2"))
        changes.add(tx, ids[1], 1, 2, values.comparison(Severity.MINOR), NOW - 30 * DAY)
        watches.update(tx, ids[1], last_changed_at=NOW - 30 * DAY)
    return ids


def listed(db: Database, **wanted: object) -> list[int]:
    """Numbers in the order of the list."""
    with db.read() as tx:
        return [line.watch.id for line in views.stories(tx, views.Filter(**wanted)).stories]  # type: ignore[arg-type]


def test_the_latest_change_stands_first_and_comes_with_its_story(db: Database, stories: list[int]) -> None:
    first, second, third, fourth = stories
    assert listed(db) == [fourth, third, first, second] or listed(db)[-1] == second
    with db.read() as tx:
        line = next(one for one in views.stories(tx, views.Filter()).stories if one.watch.id == first)
    assert line.change is not None
    assert (line.change.old_n, line.change.new_n, line.change.severity) == (2, 3, Severity.TRIVIAL)


def test_filters_narrow_by_what_the_story_is_and_what_happened_to_it(db: Database, stories: list[int]) -> None:
    first, second, third, _ = stories
    assert set(listed(db, outlet="Post")) == {first, second}
    assert set(listed(db, desk="world")) == {second, third}
    assert set(listed(db, min_severity=Severity.MINOR)) == {first, second}
    assert set(listed(db, min_severity=Severity.MAJOR)) == {first}
    assert set(listed(db, since=NOW - 2 * DAY)) == {first}
    assert set(listed(db, until=NOW - 2 * DAY)) == {second}
    assert listed(db, min_severity=Severity.MAJOR, since=NOW - timedelta(hours=1)) == []
    assert listed(db, states=(WatchState.RETIRED,)) == []


def test_a_page_knows_how_many_there_are_and_whether_more_follow(db: Database, stories: list[int]) -> None:
    with db.read() as tx:
        first = views.stories(tx, views.Filter(), limit=3)
        rest = views.stories(tx, views.Filter(), limit=3, offset=3)
    assert (len(first.stories), first.total, first.more) == (3, 4, True)
    assert (len(rest.stories), rest.total, rest.more) == (1, 4, False)
    assert {line.watch.id for line in (*first.stories, *rest.stories)} == set(stories)


def test_recent_changes_are_newest_first_and_leave_out_the_trivial_unless_asked(
    db: Database, stories: list[int]
) -> None:
    first, second, _, _ = stories
    with db.read() as tx:
        usual = [(watch.id, change.new_n) for change, watch in views.recent_changes(tx)]
        everything = views.recent_changes(tx, watch_id=first, min_severity=Severity.TRIVIAL)
        world = views.recent_changes(tx, desk="world")
        late = views.recent_changes(tx, since=NOW - 2 * DAY)
    assert usual == [(first, 2), (second, 2)]
    assert [change.new_n for change, _ in everything] == [3, 2]
    assert [watch.id for _, watch in world] == [second]
    assert [watch.id for _, watch in late] == [first]


def test_names_are_counted_and_empty_ones_left_out(db: Database, stories: list[int]) -> None:
    with db.read() as tx:
        names = views.names(tx)
    assert names.outlets == (("Post", 2), ("Herald", 1))
    assert names.desks == (("world", 2), ("local", 1))


def test_taking_down_needs_a_reason_and_leaves_every_list(db: Database, stories: list[int]) -> None:
    first = stories[0]
    with pytest.raises(UsageError, match="say why"), db.begin() as tx:
        views.hide(tx, first, reason=" ", by="t", now=NOW)
    with pytest.raises(NotFound), db.begin() as tx:
        views.hide(tx, 999, reason="r", by="t", now=NOW)
    with db.begin() as tx:
        views.hide(tx, first, reason="court order", by="t", now=NOW)
    with db.read() as tx:
        assert views.hidden(tx, first) == views.Hidden(watch_id=first, reason="court order", at=NOW)
        assert first not in {watch.id for _, watch in views.recent_changes(tx)}
        assert views.names(tx).outlets == (("Herald", 1), ("Post", 1))
        assert views.changes_of(tx, first)
    assert first not in listed(db)
    with db.begin() as tx:
        assert views.unhide(tx, first)
        assert not views.unhide(tx, first)
        assert views.hidden(tx, first) is None


def test_gauges_count_stories_by_state_and_what_is_overdue(db: Database, stories: list[int]) -> None:
    with db.begin() as tx:
        watches.update(tx, stories[0], health=Health.BLOCKED, next_check_at=NOW - DAY)
        watches.update(tx, stories[1], state=WatchState.RETIRED)
    with db.read() as tx:
        gauges = views.gauges(tx, NOW - timedelta(hours=1))
    assert gauges.watches[WatchState.ACTIVE, Health.BLOCKED] == 1
    assert gauges.watches[WatchState.RETIRED, Health.OK] == 1
    assert gauges.overdue == 1
    assert gauges.oldest_due_seconds == 0
