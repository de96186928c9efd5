"""What Slack must remember, on both databases: threads, deeds, opinions, events, installations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.deliver.slack import Thread
from bot.errors import StoreError
from bot.jobs.threadbook import StoredThreads, StoredTokens, set_note
from bot.store import audit, feedback, installations, seen_events, subscriptions, threads, watches
from bot.store.database import Database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def watch(db: Database, n: int = 1) -> int:
    with db.begin() as tx:
        return watches.add(tx, url=f"https://a.example/{n}", key=f"a.example/{n}", now=NOW)[0].id


def thread(watch_id: int, **more: object) -> Thread:
    base = Thread(
        team="T1", channel="C1", watch_id=watch_id, ts="1.1", changes=1, started_at=NOW, last_at=NOW, headline="A",
        parent={"text": "x", "blocks": [{"type": "divider"}]},
    )  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


def test_the_newest_thread_of_a_story_in_a_channel_is_the_current_one(db: Database) -> None:
    number = watch(db)
    book = StoredThreads(db, now=lambda: NOW)
    assert book.current("T1", "C1", number) is None
    book.keep(thread(number))
    book.keep(thread(number, ts="2.2", headline="B"))
    assert book.current("T1", "C1", number) == thread(number, ts="2.2", headline="B")
    assert book.current("T1", "C2", number) is None
    book.keep(thread(number, ts="2.2", changes=5, shown=2))
    current = book.current("T1", "C1", number)
    assert current is not None
    assert current.changes == 5
    book.forget(current)
    assert book.current("T1", "C1", number) == thread(number)


def test_parents_left_behind_are_found_and_a_note_survives_a_reply(db: Database) -> None:
    number = watch(db)
    book = StoredThreads(db, now=lambda: NOW)
    book.keep(thread(number, changes=3, shown=3))
    assert list(book.behind()) == []
    with db.begin() as tx:
        assert set_note(tx, "C1", "1.1", "Muted", "unmute:a")
        assert not set_note(tx, "C1", "9.9", "Muted", "unmute:a")
    book.keep(thread(number, changes=4, shown=3))
    [left] = book.behind()
    assert (left.note, left.undo, left.changes) == ("Muted", "unmute:a", 4)
    assert list(StoredThreads(db, now=lambda: NOW + timedelta(days=2)).behind()) == []
    with db.begin() as tx:
        assert threads.prune(tx, NOW + timedelta(seconds=1)) == 1


def test_deeds_are_listed_newest_first_and_filtered(db: Database) -> None:
    number = watch(db)
    with db.begin() as tx:
        for n in range(5):
            who = "U1" if n % 2 else "U2"
            audit.add(
                tx, at=NOW + timedelta(minutes=n), action="mute", actor=who, via="slack", watch_id=number, channel="C1"
            )
        audit.add(tx, at=NOW, action="remove", actor="root", details={"why": "x"})
        assert [deed.actor for deed in audit.list_(tx, watch_id=number)] == ["U2", "U1", "U2", "U1", "U2"]
        assert len(audit.list_(tx, actor="U1")) == 2
        assert audit.list_(tx, action="remove")[0].details == {"why": "x"}
        assert len(audit.list_(tx, since=NOW + timedelta(minutes=3))) == 2
        newest = audit.list_(tx, limit=2)
        assert len(audit.list_(tx, before_id=newest[-1].id)) == 4
        assert audit.prune(tx, NOW + timedelta(minutes=2)) == 3


def test_an_opinion_counts_once_for_each_person(db: Database) -> None:
    number = watch(db)
    with db.begin() as tx:
        same = {"verdict": "not_important", "watch_id": number}
        assert feedback.add(tx, at=NOW, actor="U1", **same)
        assert not feedback.add(tx, at=NOW, actor="U1", **same)
        assert feedback.add(tx, at=NOW, actor="U2", **same)
        assert {one.actor for one in feedback.list_(tx, watch_id=number)} == {"U1", "U2"}
        assert feedback.withdraw(tx, verdict="not_important", actor="U1")
        assert not feedback.withdraw(tx, verdict="not_important", actor="U1")
        assert feedback.list_(tx, since=NOW + timedelta(seconds=1)) == []


def test_an_event_is_new_once_and_forgotten_after_an_hour(db: Database) -> None:
    with db.begin() as tx:
        assert seen_events.first_time(tx, "Ev1", NOW)
        assert not seen_events.first_time(tx, "Ev1", NOW)
        assert seen_events.prune(tx, NOW + timedelta(hours=2)) == 1
        assert seen_events.first_time(tx, "Ev1", NOW)


def test_tokens_are_sealed_and_open_with_the_same_key_only(db: Database) -> None:
    with db.begin() as tx:
        installations.put(tx, b"key", team="T1", now=NOW, installer="U1", secrets={"bot_token": "xoxb-1"})
        installations.put(tx, b"key", team="T1", now=NOW, installer="U1", secrets={"bot_token": "xoxb-2"})
        found = installations.find(tx, b"key", team="T1")
        assert found is not None
        assert found.secrets == {"bot_token": "xoxb-2"}
        assert "xoxb" not in repr(found)
        assert installations.teams(tx) == ["T1"]
        with pytest.raises(StoreError, match="STET_SECRET_KEY"):
            installations.find(tx, b"other", team="T1")
        assert installations.remove(tx, team="T1") == 1
        assert installations.find(tx, b"key", team="T1") is None


def test_a_state_of_the_installation_works_once_and_ten_minutes(db: Database) -> None:
    with db.begin() as tx:
        installations.add_state(tx, "s1", NOW)
        installations.add_state(tx, "s2", NOW)
        assert installations.use_state(tx, "s1", NOW)
        assert not installations.use_state(tx, "s1", NOW)
        assert not installations.use_state(tx, "s2", NOW + timedelta(minutes=11))


def test_the_token_is_the_workspace_s_own_or_the_environment_s(db: Database) -> None:
    number = watch(db)
    tokens = StoredTokens(db, only="xoxb-env", secret_key="key")
    assert tokens.token("") == tokens.token("T1") == "xoxb-env"
    assert tokens.team_of("C1") == ""
    with db.begin() as tx:
        installations.put(tx, b"key", team="T1", now=NOW, secrets={"bot_token": "xoxb-1"})
        subscriptions.add(tx, watch_id=number, channel="C1", now=NOW, team="T1")
    assert tokens.token("T1") == "xoxb-1"
    assert tokens.team_of("C1") == "T1"
    assert tokens.team_of("C2") == ""
    assert StoredTokens(db, secret_key="key").team_of("C2") == "T1", "the only workspace there is"
