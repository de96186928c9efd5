"""Versions and changes, on both databases."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta, timezone

import pytest

from bot.core import chain
from bot.core import comparison as comparison_
from bot.core.comparison import Severity
from bot.core.story import fingerprint
from bot.errors import NotFound
from bot.store import changes, tables, versions, watches
from bot.store.database import Database
from tests.contract.values import MINUTE, NOW, comparison, story, version, watch


def test_versions_are_numbered_from_one_and_the_watch_follows(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        assert versions.latest(tx, followed.id) is None
        numbers = [version(tx, followed.id, story(f"Headline {n}")).n for n in range(3)]
        stored = watches.get(tx, followed.id)
        assert numbers == [1, 2, 3]
        assert stored is not None
        assert (stored.latest_n, stored.headline) == (3, "Headline 2")
        assert [found.n for found in versions.list_(tx, followed.id)] == [1, 2, 3]
        assert versions.latest(tx, followed.id) == versions.get(tx, followed.id, 3)
        assert versions.get(tx, followed.id, 4) is None


def test_a_rolled_back_version_leaves_no_gap(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        version(tx, followed.id)
    with pytest.raises(RuntimeError), db.begin() as tx:
        version(tx, followed.id)
        raise RuntimeError("the power went")
    with db.begin() as tx:
        assert version(tx, followed.id).n == 2


def test_two_writers_of_one_story_number_without_gaps_or_doubles(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)

    def work() -> None:
        for _ in range(5):
            with db.begin() as tx:
                version(tx, followed.id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as tx:
        assert [found.n for found in versions.list_(tx, followed.id)] == list(range(1, 16))


def test_text_and_raw_page_come_back_as_they_went_in(db: Database) -> None:
    text = story("“Quoted” \u2028 \0 \ud800", "p" * 10_000)
    page = bytes(range(256)) * 100
    with db.begin() as tx:
        followed = watch(tx)
        version(tx, followed.id, text, raw=page)
        version(tx, followed.id, text, raw=None)
        assert versions.story(tx, followed.id, 1) == text
        assert versions.raw(tx, followed.id, 1) == page
        assert versions.raw(tx, followed.id, 2) is None
        assert versions.raw(tx, followed.id, 9) is None
        with pytest.raises(NotFound):
            versions.story(tx, followed.id, 9)


def test_the_same_page_is_kept_once(db: Database) -> None:
    with db.begin() as tx:
        for number in (1, 2):
            version(tx, watch(tx, number).id, raw=b"<html>the same</html>")
        assert len(tx.execute(tables.snapshots.select()).all()) == 1


def test_the_chain_can_be_verified_from_what_is_stored(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        version(tx, followed.id, story("one"), raw=b"1", seen_at=NOW.astimezone(timezone(timedelta(hours=5))))
        version(tx, followed.id, story("two"), raw=None, headers=[], seen_at=NOW + timedelta(microseconds=7))
    with db.read() as tx:
        previous = ""
        for found in versions.list_(tx, followed.id):
            text = versions.story_text(tx, followed.id, found.n)
            raw = versions.raw(tx, followed.id, found.n)
            assert hashlib.sha256(text).hexdigest() == found.story_sha256
            assert (hashlib.sha256(raw).hexdigest() if raw is not None else None) == found.raw_sha256
            previous = chain.link(
                previous,
                n=found.n,
                seen_at=found.seen_at,
                raw_sha256=found.raw_sha256,
                story_sha256=found.story_sha256,
                headers_sha256=chain.headers_sha256(found.headers),
            )
            assert previous == found.chain


def test_headers_keep_their_order_and_doubles(db: Database) -> None:
    headers = (("set-cookie", "a"), ("set-cookie", "b"), ("x", "é"))
    with db.begin() as tx:
        followed = watch(tx)
        assert version(tx, followed.id, headers=headers).headers == headers


def test_a_text_seen_before_is_found_again(db: Database) -> None:
    a, b = story("A"), story("B")
    with db.begin() as tx:
        followed = watch(tx)
        for text in (a, b, a):
            version(tx, followed.id, text)
        found = versions.by_fingerprint(tx, followed.id, fingerprint(a))
        assert found is not None
        assert found.n == 3
        assert versions.by_fingerprint(tx, followed.id, "0" * 64) is None
        assert versions.by_fingerprint(tx, followed.id + 1, fingerprint(a)) is None


def test_the_judges_history_is_the_last_fifty_oldest_first(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        for n in range(53):
            version(tx, followed.id, story(f"{n % 2}", f"{n % 3}"), seen_at=NOW + n * MINUTE)
        past = watches.read_history(tx, followed.id)
    assert [found.n for found in past] == list(range(4, 54))
    assert past[0].at == NOW + 3 * MINUTE
    assert past[0].headline_hash == past[2].headline_hash != past[1].headline_hash
    assert past[0].body_hash == past[3].body_hash != past[1].body_hash


def test_a_version_of_an_unknown_watch_is_refused(db: Database) -> None:
    with pytest.raises(NotFound), db.begin() as tx:
        version(tx, 77)


def test_a_change_comes_back_with_its_comparison_and_decisions(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        made = changes.add(tx, followed.id, 1, 2, comparison(), NOW, {"desk": {"action": "tell"}})
        assert changes.get(tx, made.id) == changes.between(tx, followed.id, 1, 2) == made
        assert changes.get(tx, 99) is None
    assert comparison_.from_json(made.comparison) == comparison()
    assert (made.severity, made.status, made.kinds) == (Severity.MAJOR, "changed", ("headline_changed",))
    assert (made.flags, made.words_added, made.words_removed) == (("silent_change",), 3, 2)
    assert made.decisions == {"desk": {"action": "tell"}}


def test_the_same_pair_again_replaces_the_comparison_under_the_same_number(db: Database) -> None:
    with db.begin() as tx:
        followed = watch(tx)
        first = changes.add(tx, followed.id, 1, 2, comparison(), NOW)
        second = changes.add(tx, followed.id, 1, 2, comparison(Severity.MINOR), NOW)
        assert second.id == first.id
        assert second.severity is Severity.MINOR


def test_changes_are_listed_newest_first_by_time_severity_desk_and_outlet(db: Database) -> None:
    with db.begin() as tx:
        city, world = watch(tx, 1, desk="city", outlet="Quay"), watch(tx, 2, desk="world")
        one = changes.add(tx, city.id, 1, 2, comparison(Severity.MINOR), NOW)
        two = changes.add(tx, world.id, 1, 2, comparison(), NOW + MINUTE)
        three = changes.add(tx, city.id, 2, 3, comparison(Severity.CRITICAL), NOW + 2 * MINUTE)

        def ids(**how: object) -> list[int]:
            return [found.id for found in changes.list_(tx, **how)]  # type: ignore[arg-type]

        assert ids() == [three.id, two.id, one.id]
        assert ids(watch_id=city.id) == [three.id, one.id]
        assert ids(since=NOW + MINUTE) == [three.id, two.id]
        assert ids(until=NOW + MINUTE) == [one.id]
        assert ids(min_severity=Severity.MAJOR) == [three.id, two.id]
        assert ids(desk="city") == [three.id, one.id]
        assert ids(outlet="Quay") == [three.id, one.id]
        assert ids(limit=1, before_id=three.id) == [two.id]
        watches.update(tx, city.id, hidden_reason="taken down")
        assert ids(hidden=False) == [two.id]
        assert changes.list_(tx, brief=True, limit=1)[0].comparison == {}
        assert changes.list_(tx, limit=None)[0].comparison["severity"] == 4


def test_a_decision_is_added_beside_the_others(db: Database) -> None:
    with db.begin() as tx:
        made = changes.add(tx, watch(tx).id, 1, 2, comparison(), NOW, {"a": {"action": "tell"}})
        changes.set_decision(tx, made.id, "b", {"action": "wait"})
        stored = changes.get(tx, made.id)
        assert stored is not None
        assert stored.decisions == {"a": {"action": "tell"}, "b": {"action": "wait"}}
        with pytest.raises(NotFound):
            changes.set_decision(tx, 99, "b", {})
