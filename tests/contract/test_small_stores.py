"""Sources, subscriptions, route states, notices, hosts, lines and meta, on both databases."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest

from bot.core.comparison import Severity
from bot.core.model import Only, Source, SourceKind, WatchState
from bot.store import (
    hosts,
    line_counts,
    meta,
    notices,
    route_states,
    sources,
    subscriptions,
    tables,
    watches,
)
from bot.store.database import Database
from tests.contract.values import LEASE, MINUTE, NOW, watch

FEED = "https://harbour.example/feed"


def test_every_field_of_a_source_is_a_column() -> None:
    assert {field.name for field in fields(Source)} <= set(tables.sources.c.keys())


def test_a_source_is_followed_once_and_again_after_its_removal(db: Database) -> None:
    with db.begin() as tx:
        made, created = sources.add(tx, url=FEED, kind=SourceKind.FEED, now=NOW, include=["/a"], desk="city")
        assert created
        assert sources.add(tx, url=FEED, kind=SourceKind.SITEMAP, now=NOW) == (made, False)
        assert sources.get(tx, made.id) == sources.find(tx, FEED) == sources.find(tx, f"#{made.id}") == made
        assert (made.include, made.next_check_at, made.max_new_per_check) == (("/a",), NOW, 50)
        assert sources.remove(tx, made.id, NOW)
        assert not sources.remove(tx, made.id, NOW)
        assert sources.list_(tx) == []
        again, created = sources.add(tx, url=FEED, kind=SourceKind.FEED, now=NOW)
        assert (again.id, created, again.state) == (made.id, True, WatchState.ACTIVE)
        assert sources.find(tx, "nowhere") is None


def test_due_sources_are_claimed_and_leased(db: Database) -> None:
    with db.begin() as tx:
        one, _ = sources.add(tx, url=FEED, kind=SourceKind.FEED, now=NOW)
        two, _ = sources.add(
            tx, url="https://quay.example/feed", kind=SourceKind.FEED, now=NOW, next_check_at=NOW - MINUTE
        )
        assert sources.next_due(tx) == NOW - MINUTE
        assert [found.id for found in sources.claim_due(tx, NOW, 5, LEASE, skip_hosts=["quay.example"])] == [one.id]
        assert [found.id for found in sources.claim_due(tx, NOW, 5, LEASE)] == [two.id]
        assert sources.claim_due(tx, NOW, 5, LEASE) == []
        assert len(sources.claim_due(tx, NOW + LEASE, 5, LEASE)) == 2
        assert sources.update(tx, one.id, state=WatchState.PAUSED, failures=3, last_error="x")
        assert len(sources.claim_due(tx, NOW + 2 * LEASE, 5, LEASE)) == 1
        with pytest.raises(KeyError):
            sources.update(tx, one.id, colour="teal")
        assert [found.failures for found in sources.list_(tx, states=[WatchState.PAUSED])] == [3]


def test_a_source_knows_the_links_it_showed_before(db: Database) -> None:
    links = [f"https://harbour.example/{number}" for number in range(900)]
    with db.begin() as tx:
        one, _ = sources.add(tx, url=FEED, kind=SourceKind.FEED, now=NOW)
        two, _ = sources.add(tx, url="https://quay.example/feed", kind=SourceKind.FEED, now=NOW)
        assert sources.remember_links(tx, one.id, links, NOW) == 900
        assert sources.remember_links(tx, one.id, [links[0], "new", "new"], NOW + timedelta(days=1)) == 1
        assert sources.seen_links(tx, one.id, [*links, "other"]) == set(links)
        assert sources.seen_links(tx, two.id, links) == set()
        assert sources.forget_links(tx, NOW + timedelta(hours=1)) == 899
        assert sources.seen_links(tx, one.id, links) == {links[0]}


def test_removing_a_source_keeps_the_stories_it_showed(db: Database) -> None:
    with db.begin() as tx:
        source, _ = sources.add(tx, url=FEED, kind=SourceKind.FEED, now=NOW)
        followed = watch(tx, source_id=source.id)
        sources.remove(tx, source.id, NOW)
        assert [found.id for found in watches.list_(tx, source_id=source.id)] == [followed.id]


def test_a_channel_follows_a_story_once(db: Database) -> None:
    with db.begin() as tx:
        one, two = watch(tx, 1), watch(tx, 2)
        made, created = subscriptions.add(
            tx, watch_id=one.id, channel="C1", team="T", now=NOW, only=Only.HEADLINE, min_severity=Severity.MINOR
        )
        assert created
        assert (made.route, made.only, made.min_severity) == ("slack:C1", Only.HEADLINE, Severity.MINOR)
        assert subscriptions.add(tx, watch_id=one.id, channel="C1", team="T", now=NOW) == (made, False)
        other, _ = subscriptions.add(tx, watch_id=two.id, channel="C1", team="U", now=NOW)
        assert subscriptions.list_(tx) == [made, other]
        assert subscriptions.for_watch(tx, one.id) == [made]
        assert subscriptions.for_channel(tx, "C1") == [made, other]
        assert subscriptions.for_channel(tx, "C1", "U") == [other]
        assert subscriptions.update(tx, made.id, muted_until=NOW, muted_by="U1", channel_name="desk")
        stored = subscriptions.get(tx, made.id)
        assert stored is not None
        assert (stored.muted_until, stored.channel_name) == (NOW, "desk")
        assert subscriptions.remove(tx, made.id)
        assert not subscriptions.remove(tx, made.id)
        assert not subscriptions.update(tx, made.id, label="x")


def test_a_route_state_is_remembered_and_comes_due(db: Database) -> None:
    with db.begin() as tx:
        one, two = watch(tx, 1), watch(tx, 2)
        route_states.put(tx, one.id, "desk", {"base": 1}, NOW + MINUTE)
        route_states.put(tx, one.id, "desk", {"base": 2}, NOW)
        route_states.put(tx, two.id, "desk", {}, NOW - MINUTE)
        route_states.put(tx, two.id, "world", {}, None)
        assert route_states.get(tx, one.id) == {"desk": {"base": 2}}
        assert route_states.due(tx, NOW, 9) == [(two.id, "desk"), (one.id, "desk")]
        assert route_states.due(tx, NOW, 1) == [(two.id, "desk")]
        assert route_states.next_due(tx) == NOW - MINUTE
        route_states.clear(tx, two.id, "desk")
        assert list(route_states.get(tx, two.id)) == ["world"]
        route_states.clear(tx, two.id)
        assert route_states.get(tx, two.id) == {}


def test_trouble_is_told_once_reminded_of_and_called_off(db: Database) -> None:
    day = timedelta(days=1)
    with db.begin() as tx:
        assert notices.begin(tx, "watch:1:failing", NOW, details={"error": "x"})
        assert not notices.begin(tx, "watch:1:failing", NOW + 9 * day)
        assert not notices.begin(tx, "watch:1:failing", NOW + day / 2, remind_after=day)
        assert notices.begin(tx, "watch:1:failing", NOW + day, remind_after=day)
        assert not notices.begin(tx, "watch:1:failing", NOW + day, remind_after=day)
        found = notices.get(tx, "watch:1:failing")
        assert found is not None
        assert (found.first_at, found.last_at, found.times) == (NOW, NOW + day, 2)
        assert [notice.key for notice in notices.list_(tx, "watch:")] == ["watch:1:failing"]
        assert notices.list_(tx, "watch%") == []
        assert notices.clear(tx, "watch:1:failing")
        assert not notices.clear(tx, "watch:1:failing")
        assert notices.begin(tx, "watch:1:failing", NOW + 2 * day)


def test_a_notice_goes_with_the_transaction_that_began_it(db: Database) -> None:
    with pytest.raises(RuntimeError), db.begin() as tx:
        assert notices.begin(tx, "outage", NOW)
        raise RuntimeError("before the alert was stored")
    with db.begin() as tx:
        assert notices.begin(tx, "outage", NOW)


def test_a_host_that_asked_for_a_pause_is_left_alone_until_the_latest_time_it_named(db: Database) -> None:
    with db.begin() as tx:
        hosts.put(tx, "harbour.example", robots="User-agent: *", crawl_delay=2.5)
        hosts.leave_alone(tx, "harbour.example", NOW + 2 * MINUTE)
        hosts.leave_alone(tx, "harbour.example", NOW + MINUTE)
        hosts.leave_alone(tx, "quay.example", NOW)
        assert hosts.left_alone(tx, NOW) == {"harbour.example": NOW + 2 * MINUTE}
        known = hosts.get(tx, "harbour.example")
        assert known is not None
        assert (known.robots, known.crawl_delay, known.state) == ("User-agent: *", 2.5, {})
        assert [state.host for state in hosts.list_(tx)] == ["harbour.example", "quay.example"]
        assert hosts.get(tx, "nowhere.example") is None
        hosts.put(tx, "quay.example", failures=2)
        assert hosts.silent(tx) == {"quay.example"}
        with pytest.raises(KeyError):
            hosts.put(tx, "harbour.example", colour="teal")


def test_lines_that_many_stories_share_are_common(db: Database) -> None:
    with db.begin() as tx:
        for number in range(5):
            line_counts.add(tx, "Harbour", ["Subscribe now", "Subscribe now", f"Story {number}"], NOW)
        line_counts.add(tx, "Quay", ["Subscribe now"], NOW + MINUTE)
        line_counts.add(tx, "Quay", [], NOW)
        assert line_counts.counts(tx, "Harbour", ["Subscribe now", "Story 1", "new"]) == {
            "Subscribe now": 5,
            "Story 1": 1,
        }
        assert line_counts.common(tx, "Harbour", ["Subscribe now", "Story 1"], 3) == {"Subscribe now"}
        assert line_counts.stories_seen(tx, "Harbour") == 5
        assert line_counts.stories_seen(tx, "Nobody") == 0
        assert line_counts.forget(tx, NOW + MINUTE) == 6
        assert line_counts.counts(tx, "Quay", ["Subscribe now"]) == {"Subscribe now": 1}


def test_values_are_set_read_and_forgotten(db: Database) -> None:
    with db.begin() as tx:
        assert meta.get(tx, "colour") is None
        meta.set_(tx, "colour", "teal")
        meta.set_(tx, "colour", "navy", NOW)
        assert meta.get(tx, "colour") == "navy"
        assert meta.remove(tx, "colour")
        assert not meta.remove(tx, "colour")
        meta.tick(tx, "checker", NOW)
        meta.tick(tx, "checker", NOW + MINUTE)
        assert meta.ticks(tx) == {"checker": NOW + MINUTE}


def test_the_secret_key_is_made_once_and_never_stored_when_given(db: Database) -> None:
    with db.begin() as tx:
        assert meta.secret_key(tx, "given") == b"given"
        assert meta.get(tx, meta.SECRET_KEY) is None
        made = meta.secret_key(tx)
        assert len(made) >= 32
    with db.read() as tx:
        assert meta.secret_key(tx) == made
