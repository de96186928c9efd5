"""Unsubscribing and a person's settings: a GET changes nothing, a POST acts, a forged address does neither."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot.core import tokens
from bot.store import targets, views, watches
from bot.store.database import Database
from tests.web_site import NOW, SECRET, browse

WHO = "desk@paper.example"
TOKEN = tokens.unsubscribe(SECRET, WHO, "world <b>")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[httpx.Client, Database]]:
    """An empty site with a login, which these pages must not ask for."""
    with browse(tmp_path, filled=False, token="a-token-for-reading") as pair:
        yield pair


def unsubscribed(db: Database) -> bool:
    """What the store says."""
    with db.read() as tx:
        return targets.unsubscribed(tx, f"email:{WHO}", "world <b>")


def test_following_the_link_asks_and_changes_nothing(served: tuple[httpx.Client, Database]) -> None:
    client, db = served
    for method in ("GET", "HEAD"):
        answer = client.request(method, f"/unsubscribe/{TOKEN}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
    page = client.get(f"/unsubscribe/{TOKEN}").text
    assert "Stop these mails?" in page
    assert WHO in page
    assert "world &lt;b&gt;" in page
    assert not unsubscribed(db)


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
        {"data": {"action": "unsubscribe"}},
    ],
)
def test_one_post_without_a_cookie_unsubscribes_at_once(
    served: tuple[httpx.Client, Database], sent: dict[str, object]
) -> None:
    client, db = served
    answer = client.post(f"/unsubscribe/{TOKEN}", **sent)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert "sends nothing more" in answer.text
    assert unsubscribed(db)
    again = client.post(f"/unsubscribe/{TOKEN}", **sent)  # type: ignore[arg-type]
    assert again.status_code == 200


def test_who_left_by_mistake_comes_back(served: tuple[httpx.Client, Database]) -> None:
    client, db = served
    client.post(f"/unsubscribe/{TOKEN}")
    assert "You are not subscribed" in client.get(f"/unsubscribe/{TOKEN}").text
    answer = client.post(f"/unsubscribe/{TOKEN}", data={"action": "resubscribe"})
    assert "Subscribed again" in answer.text
    assert not unsubscribed(db)


def test_muting_one_story_names_the_story_and_says_that_others_still_come(tmp_path: Path) -> None:
    with browse(tmp_path, token="a-token-for-reading") as (client, db):
        with db.read() as tx:
            headline = next(one.headline for one in watches.list_(tx) if one.id == 1)
        address = f"/unsubscribe/{tokens.unsubscribe(SECRET, WHO, tokens.story_rule(1))}"
        asked = client.get(address).text
        assert "Mute this story?" in asked
        assert headline in unescape(asked)
        assert "story:1" not in asked
        done = client.post(address, data={"List-Unsubscribe": "One-Click"}).text
        assert "other stories still come" in done
        with db.read() as tx:
            assert targets.declined(tx, f"email:{WHO}", "any route", 1)
            assert not targets.declined(tx, f"email:{WHO}", "any route", 2)
        assert "Hear of it again" in client.get(address).text
        assert "come to" in client.post(address, data={"action": "resubscribe"}).text
        assert f"Mute the story “<bdi>{headline[:9]}" in client.get(address.replace("unsubscribe", "settings", 1)).text


def test_a_story_that_was_taken_down_is_muted_without_being_named(tmp_path: Path) -> None:
    with browse(tmp_path) as (client, db):
        with db.begin() as tx:
            headline = next(one.headline for one in watches.list_(tx) if one.id == 1)
            views.hide(tx, 1, reason="a court order", by="ann", now=NOW)
        for story, name in ((1, "Story 1"), (999_999, "Story 999999"), (10**30, f"Story {10**30}")):
            page = client.get(f"/unsubscribe/{tokens.unsubscribe(SECRET, WHO, tokens.story_rule(story))}")
            assert page.status_code == 200
            assert name in page.text
            assert headline not in unescape(page.text)


@pytest.mark.parametrize(
    "token", ["x", TOKEN[:-1], TOKEN + "A", tokens.unsubscribe("another-secret", WHO, "world <b>"), "." * 3000, "%00"]
)
def test_a_link_that_is_not_whole_is_not_believed(served: tuple[httpx.Client, Database], token: str) -> None:
    client, db = served
    for path in (f"/unsubscribe/{token}", f"/settings/{token}"):
        for method in ("GET", "POST"):
            answer = client.request(method, path)
            assert answer.status_code == 404
            assert "whole address" in answer.text
    assert not unsubscribed(db)


def test_settings_are_saved_by_a_post_and_shown_again(served: tuple[httpx.Client, Database]) -> None:
    client, db = served
    with db.begin() as tx:
        targets.set_settings(tx, f"email:{WHO}", {"other": 1})
    page = client.get(f"/settings/{TOKEN}").text
    assert "Your digests" in page
    chosen = {"digest": "weekly", "digest_at": "06:30", "zone": "Europe/Berlin"}
    answer = client.post(f"/settings/{TOKEN}", data=chosen)
    assert answer.status_code == 200
    assert "Saved." in answer.text
    with db.read() as tx:
        state = targets.get(tx, f"email:{WHO}")
    assert state is not None
    assert dict(state.settings) == {"other": 1, **chosen}
    assert 'value="06:30"' in client.get(f"/settings/{TOKEN}").text
    client.post(f"/settings/{TOKEN}", data={"digest": "", "digest_at": "", "zone": ""})
    with db.read() as tx:
        state = targets.get(tx, f"email:{WHO}")
    assert state is not None
    assert dict(state.settings) == {"other": 1}


@pytest.mark.parametrize(
    "wrong",
    [{"digest": "hourly"}, {"digest_at": "25:00"}, {"digest_at": "7"}, {"zone": "Mars/Olympus"}, {"zone": "../etc"}],
)
def test_settings_that_cannot_be_are_refused_and_nothing_is_saved(
    served: tuple[httpx.Client, Database], wrong: dict[str, str]
) -> None:
    client, db = served
    answer = client.post(f"/settings/{TOKEN}", data=wrong)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    with db.read() as tx:
        assert targets.get(tx, f"email:{WHO}") is None


def test_a_form_that_is_far_too_large_is_refused(served: tuple[httpx.Client, Database]) -> None:
    client, db = served
    answer = client.post(f"/unsubscribe/{TOKEN}", content=b"x" * 100_000)
    assert answer.status_code == 413
    assert not unsubscribed(db)
