"""Buttons, menus, windows, shortcuts, the Home tab and events, used as people and Slack use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Only
from bot.jobs import watching
from bot.jobs.catch_up import catch_up
from bot.store import audit, feedback, subscriptions, targets, watches
from tests.newsroom import Reply
from tests.slack_newsroom import PARAGRAPHS, Desk, desk

NEWS = "C0NEWS0000"


@pytest.fixture
def news(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as it:
        yield it


def element(message: dict[str, Any], action: str) -> dict[str, Any]:
    """The element with this action id, wherever it stands in a message or view."""
    for block in message["blocks"]:
        for one in [*block.get("elements", ()), block.get("accessory") or {}]:
            if isinstance(one, dict) and one.get("action_id") == action:
                return one
    raise AssertionError(f"no {action}")


def choose(message: dict[str, Any], action: str, words: str) -> dict[str, Any]:
    """The action that choosing this option sends."""
    menu = element(message, action)
    option = next(one for one in menu["options"] if one["text"]["text"] == words)
    return {"type": menu["type"], "action_id": action, "selected_option": option}


def press(message: dict[str, Any], action: str) -> dict[str, Any]:
    button = element(message, action)
    return {"type": "button", "action_id": action, "value": button["value"]}


def note(message: dict[str, Any]) -> str:
    """What a button left on the message."""
    return next((block["text"]["text"] for block in message["blocks"] if ".note." in block["block_id"]), "")


def leaves(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for block in message["blocks"]:
        if block["type"] == "rich_text":
            for part in block["elements"]:
                yield from part["elements"]


def view(news: Desk, callback: str) -> dict[str, Any]:
    found = news.slack.wait_for(
        lambda: next((one for one in reversed(news.slack.views.values()) if one.get("callback_id") == callback), None)
    )
    assert found, f"no view {callback}"
    return dict(found)


def test_a_mute_is_seen_by_everybody_and_taken_back_with_one_click(news: Desk) -> None:
    told = news.changed()
    news.slack.click(choose(told, "alert.mute", "Mute for 1 hour"), message=told)
    assert news.slack.wait_for(lambda: note(told).startswith("Muted until <!date^"))
    assert note(told).endswith(" by <@U0ALICE00>")
    with news.app.kit.db.read() as tx:
        assert subscriptions.for_channel(tx, NEWS)[0].muted_until is not None
    news.slack.click(press(told, "alert.undo"), message=told, user="U0BOB0000")
    assert news.slack.wait_for(lambda: note(told) == "")
    with news.app.kit.db.read() as tx:
        assert subscriptions.for_channel(tx, NEWS)[0].muted_until is None
        assert {"mute", "unmute"} <= {deed.action for deed in audit.list_(tx)}


def test_the_buttons_stay_after_a_click(news: Desk) -> None:
    told = news.changed()
    news.slack.click(choose(told, "alert.mute", "Mute until tomorrow"), message=told)
    assert news.slack.wait_for(lambda: note(told))
    assert element(told, "alert.diff")
    assert told["metadata"]["event_type"] == "story_change"


def test_a_note_outlives_the_parent_s_next_update(news: Desk) -> None:
    told = news.changed()
    news.slack.click(choose(told, "alert.more", "Not important"), message=told)
    assert news.slack.wait_for(lambda: note(told) == "Not important, says <@U0ALICE00>")
    third = (PARAGRAPHS[0], PARAGRAPHS[1], PARAGRAPHS[2].replace("£12 million", "£19 million"), PARAGRAPHS[3])
    news.story("story", "Ferry timetable stays after all and nobody loses a crossing", *third)
    news.check()
    assert news.slack.wait_for(lambda: "(2 changes)" in told["text"])
    assert note(told) == "Not important, says <@U0ALICE00>"


def test_not_important_is_remembered_once_and_can_be_taken_back(news: Desk) -> None:
    told = news.changed()
    for _ in range(2):
        news.slack.click(choose(told, "alert.more", "Not important"), message=told)
    assert news.slack.wait_for(lambda: note(told))
    with news.app.kit.db.read() as tx:
        assert [one.verdict for one in feedback.list_(tx)] == ["not_important"]
    news.slack.click(press(told, "alert.undo"), message=told)
    assert news.slack.wait_for(lambda: not note(told))
    with news.app.kit.db.read() as tx:
        assert feedback.list_(tx) == []


def test_only_headline_changes_is_a_setting_of_who_added_the_watch(news: Desk) -> None:
    told = news.changed()
    refused = news.slack.click(choose(told, "alert.mute", "Only headline changes"), message=told, user="U0BOB0000")
    assert news.slack.wait_for(lambda: refused.responses)
    assert refused.responses[0]["text"].startswith("Only <@U0ALICE00> (who added it) or a Stet admin can change")
    news.slack.click(choose(told, "alert.mute", "Only headline changes"), message=told)
    assert news.slack.wait_for(lambda: note(told) == "Only headline changes from now on, says <@U0ALICE00>")
    with news.app.kit.db.read() as tx:
        assert subscriptions.for_channel(tx, NEWS)[0].only is Only.HEADLINE


def test_stop_watching_and_its_undo(news: Desk) -> None:
    told = news.changed()
    news.slack.click(choose(told, "alert.more", "Stop watching"), message=told)
    assert news.slack.wait_for(lambda: note(told) == "<@U0ALICE00> stopped this watch here")
    with news.app.kit.db.read() as tx:
        assert subscriptions.for_channel(tx, NEWS) == []
    news.slack.click(press(told, "alert.undo"), message=told)
    assert news.slack.wait_for(lambda: not note(told))
    with news.app.kit.db.read() as tx:
        assert len(subscriptions.for_channel(tx, NEWS)) == 1


def test_a_guest_s_click_changes_nothing_and_says_why(news: Desk) -> None:
    told = news.changed()
    for action in (choose(told, "alert.mute", "Mute for 1 hour"), choose(told, "alert.more", "Not important")):
        refused = news.slack.click(action, message=told, user="U0GUEST00")
        assert news.slack.wait_for(lambda refused=refused: refused.responses)
        assert refused.responses[0]["text"] == "Guests can read alerts but not change what is watched."
    assert not note(told)


def test_a_button_works_only_in_the_channel_of_its_alert(news: Desk) -> None:
    told = news.changed()
    ack = news.slack.click(choose(told, "alert.mute", "Mute for 1 hour"), message=told, channel="C0OPEN0000")
    assert news.slack.wait_for(lambda: ack.responses)
    assert ack.responses[0]["text"] == "That alert is no longer here."


def test_full_diff_opens_a_loading_page_at_once_and_then_the_whole(news: Desk) -> None:
    told = news.changed()
    ack = news.slack.click(press(told, "alert.diff"), message=told)
    assert ack.acked
    shown = view(news, "diff")
    struck = [leaf["text"] for leaf in leaves(shown) if leaf.get("style", {}).get("strike")]
    assert "stays" in struck
    assert any("not" in words.split() for words in struck)
    assert news.slack.count("views.open") == 1
    assert news.slack.count("views.update") == 1


def test_an_expired_trigger_is_told_and_harms_nothing(tmp_path: Path) -> None:
    with desk(tmp_path, trigger_seconds=-1.0) as news:
        told = news.changed()
        news.slack.click(press(told, "alert.diff"), message=told)
        assert news.slack.wait_for(lambda: news.slack.ephemerals)
        assert news.slack.ephemerals[0]["text"].startswith("Slack gave up waiting for me")


def test_a_very_long_diff_is_paged_forth_and_back(news: Desk) -> None:
    old = [
        f"Paragraph {n} says that the committee met on day {n} and heard {n * 7} witnesses. " * 6 for n in range(1, 31)
    ]
    new = [text.replace("heard", "dismissed").replace("committee", "tribunal") for text in old]
    url = news.story("long", "A long report", *old)
    news.say(f"add {url}")
    news.story("long", "A long report, rewritten", *new)
    news.check()
    told = news.alerts()[-1]
    news.slack.click(press(told, "alert.diff"), message=told)
    first = view(news, "diff")
    assert "Page 1 of" in str(first)
    news.slack.click(press(first, "diff.next"), view=first)
    assert news.slack.wait_for(lambda: "Page 2 of" in str(news.slack.views[first["id"]]))
    second = dict(news.slack.views[first["id"]])
    news.slack.click(press(second, "diff.previous"), view=second)
    assert news.slack.wait_for(lambda: "Page 1 of" in str(news.slack.views[first["id"]]))


def test_all_versions_lists_them_and_opens_what_each_changed(news: Desk) -> None:
    told = news.changed()
    news.slack.click(choose(told, "alert.more", "All versions"), message=told)
    listed = view(news, "versions")
    assert "Version 2" in str(listed)
    assert "Version 1" in str(listed)
    news.slack.click(press(listed, "versions.diff.2"), view=listed)
    assert view(news, "diff")


def test_settings_are_saved_by_who_may_and_only_shown_to_others(news: Desk) -> None:
    told = news.changed()
    news.slack.click(choose(told, "alert.more", "Watch settings"), message=told, user="U0BOB0000")
    assert "Only <@U0ALICE00> (who added it) or a Stet admin can change it." in str(view(news, "look"))
    news.slack.click(choose(told, "alert.more", "Watch settings"), message=told)
    form = view(news, "settings")
    filled = {
        "every": {"value": {"selected_option": {"value": "3600"}}},
        "only": {"value": {"selected_option": {"value": "corrections"}}},
        "level": {"value": {"selected_option": {"value": "critical"}}},
        "label": {"value": {"value": "Ferries"}},
    }
    news.slack.submit(form, filled, user="U0BOB0000")
    assert news.slack.wait_for(lambda: news.slack.ephemerals)
    assert news.slack.ephemerals[0]["text"].startswith("Only <@U0ALICE00>")
    news.slack.submit(form, filled)
    assert news.slack.wait_for(lambda: len(news.slack.ephemerals) == 2)
    assert news.slack.ephemerals[1]["text"] == "Saved. Watch 1 is looked at every hour; told here: only corrections."
    with news.app.kit.db.read() as tx:
        [one] = subscriptions.for_channel(tx, NEWS)
        watch = watches.get(tx, 1)
    assert (one.only, one.label, int(one.min_severity or 0)) == (Only.CORRECTIONS, "Ferries", 4)
    assert watch is not None
    assert watch.every == 3600


def test_the_global_shortcut_opens_the_form_and_its_mistakes_travel_in_the_acknowledgement(news: Desk) -> None:
    news.slack.shortcut("watch_story")
    form = view(news, "add")
    wrong = news.slack.submit(form, {"url": {"value": {"value": "nonsense"}}, "channel": {"value": {}}})
    assert wrong.payload["response_action"] == "errors"
    assert set(wrong.payload["errors"]) == {"url", "channel"}
    url = news.story("ferry")
    news.slack.submit(
        form,
        {
            "url": {"value": {"value": url}},
            "channel": {"value": {"selected_conversation": NEWS}},
            "label": {"value": {}},
        },
    )
    assert news.slack.wait_for(lambda: news.slack.ephemerals)
    assert news.slack.ephemerals[0]["text"].startswith("Watching “")


def test_the_message_shortcut_takes_the_first_link_of_the_message(news: Desk) -> None:
    message = {"ts": "1790000000.1", "text": "Look: <https://a.example/x?a=1&amp;b=2|this> and <https://b.example/>"}
    news.slack.shortcut("watch_message", message=message)
    assert view(news, "add")["blocks"][0]["element"]["initial_value"] == "https://a.example/x?a=1&b=2"


def test_a_form_for_a_channel_without_the_bot_is_answered_directly(news: Desk) -> None:
    news.slack.shortcut("watch_story")
    url = news.story("ferry")
    news.slack.submit(
        view(news, "add"),
        {"url": {"value": {"value": url}}, "channel": {"value": {"selected_conversation": "G0SECRET00"}}},
    )
    direct = news.slack.wait_for(lambda: news.slack.posted("D0ALICE000"))
    assert direct[0]["text"].startswith("Invite me first")


def test_a_test_is_an_alert_as_editors_see_it_that_says_it_is_invented(news: Desk) -> None:
    news.say("test")
    told = news.slack.posted(NEWS)[-1]
    assert "invented story" in str(told["blocks"][0])
    assert "Quotation altered (Ann Example" in str(told["blocks"])
    struck = [leaf["text"] for leaf in leaves(told) if leaf.get("style", {}).get("strike")]
    assert "approves £12m for" in struck
    news.slack.click(press(told, "alert.diff"), message=told)
    assert news.slack.wait_for(lambda: "dockers" in str(view(news, "diff")))
    for clicked in (
        choose(told, "alert.mute", "Mute for 1 hour"),
        choose(told, "alert.more", "Stop watching"),
        choose(told, "alert.more", "All versions"),
    ):
        ack = news.slack.click(clicked, message=told)
        assert news.slack.wait_for(lambda ack=ack: ack.responses)
        assert ack.responses[0]["text"].startswith("This is a sample")


def test_home_shows_only_the_viewer_s_channels_and_trouble_first(news: Desk) -> None:
    news.slack.channels["G0SECRET00"].member = True
    news.say(f"add {news.story('one')}")
    news.say(f"add {news.story('two', 'Secret plans of the harbour board')}", channel="G0SECRET00")
    news.site.serve("/one", Reply(status=500))
    for _ in range(3):
        news.clock.ahead += timedelta(hours=8)
        news.check()
    news.slack.event({"type": "app_home_opened", "user": "U0ALICE00", "tab": "home"})
    mine = news.slack.wait_for(lambda: news.slack.homes.get("U0ALICE00"))
    assert "Needs attention" in str(mine)
    assert "Secret plans" in str(mine)
    news.slack.event({"type": "app_home_opened", "user": "U0BOB0000", "tab": "home"})
    other = news.slack.wait_for(lambda: news.slack.homes.get("U0BOB0000"))
    assert "Ferry timetable stays" in str(other)
    assert "Secret plans" not in str(other)
    assert "G0SECRET00" not in str(other)


def test_home_is_paged_and_its_menu_mutes(news: Desk) -> None:
    with news.app.kit.db.begin() as tx:
        for n in range(45):
            watch, _ = watches.add(
                tx, url=f"https://a.example/{n}", key=f"a.example/{n}", now=news.clock(), origin="slack"
            )
            subscriptions.add(
                tx, watch_id=watch.id, channel=NEWS, now=news.clock(), team="T0STANDIN", added_by="U0ALICE00"
            )
    news.slack.event({"type": "app_home_opened", "user": "U0ALICE00", "tab": "home"})
    first = news.slack.wait_for(lambda: news.slack.homes.get("U0ALICE00"))
    assert "Page 1 of 3" in str(first)
    news.slack.click(press(first, "home.next"), view=first)
    assert news.slack.wait_for(lambda: "Page 2 of 3" in str(news.slack.homes["U0ALICE00"]))
    shown = news.slack.homes["U0ALICE00"]
    news.slack.click(choose(shown, "home.menu", "Mute until tomorrow"), view=shown)
    assert news.slack.wait_for(
        lambda: ":mute:" in str(news.slack.homes["U0ALICE00"]) or news.slack.count("views.publish") > 2
    )
    with news.app.kit.db.read() as tx:
        assert sum(1 for one in subscriptions.for_channel(tx, NEWS) if one.muted_until) == 1


def test_an_event_delivered_twice_is_answered_once(news: Desk) -> None:
    event = {"type": "member_joined_channel", "user": "U0BOT0000", "channel": "C0OPEN0000", "inviter": "U0ALICE00"}
    ack = news.slack.event(event, event_id="Ev1", once=False)
    assert ack.attempts == 2
    news.slack.event({**event, "user": "U0ALICE00"})
    assert news.slack.wait_for(lambda: news.slack.posted("C0OPEN0000"))
    news.stop()
    assert len(news.slack.posted("C0OPEN0000")) == 1
    assert "<@U0ALICE00> invited me." in news.slack.posted("C0OPEN0000")[0]["text"]


def test_undoing_the_removal_of_a_story_that_comes_through_a_route_lets_it_speak_again(tmp_path: Path) -> None:
    routes = '[[route]]\nname = "world"\nto = {slack = "#news"}\nmin_severity = "notable"\n'
    with desk(tmp_path, routes=routes) as news:
        news.say(f"add {news.story('story')} #open")
        removed = news.say("remove 1").responses[0]
        assert "I muted it here for good" in removed["text"]
        undone = news.slack.click(press(removed, "answer.restore"), message={"ts": "1790000000.000001", "blocks": []})
        assert news.slack.wait_for(lambda: undone.responses)
        assert undone.responses[0]["text"].startswith("Watching 1 here again")
        news.change()
        assert len(news.alerts()) == 1


def test_a_route_that_goes_by_the_channel_s_name_speaks_again_when_the_channel_is_back(tmp_path: Path) -> None:
    routes = '[[route]]\nname = "world"\nto = {slack = "#news"}\nmin_severity = "notable"\n'
    with desk(tmp_path, routes=routes) as news:
        news.say(f"add {news.story('story')} #open")
        news.slack.channels[NEWS].archived = True
        news.change()
        assert news.alerts() == []

        def paused() -> bool:
            with news.app.kit.db.read() as tx:
                return targets.is_paused(tx, "slack:#news")

        assert paused()
        news.slack.channels[NEWS].archived = False
        news.slack.event({"type": "channel_unarchive", "channel": NEWS, "user": "U0ALICE00"})
        assert news.slack.wait_for(lambda: not paused())
        news.deliver()
        assert len(news.alerts()) == 1


def test_an_archived_channel_waits_and_speaks_again_when_it_is_back(news: Desk) -> None:
    news.say(f"add {news.story('story')}")
    news.slack.event({"type": "channel_archive", "channel": NEWS, "user": "U0ALICE00"})

    def paused() -> bool:
        with news.app.kit.db.read() as tx:
            return targets.is_paused(tx, f"slack:{NEWS}")

    assert news.slack.wait_for(paused)
    news.change()
    assert news.alerts() == []
    news.slack.event({"type": "channel_unarchive", "channel": NEWS, "user": "U0ALICE00"})
    assert news.slack.wait_for(lambda: not paused())
    news.deliver()
    assert len(news.alerts()) == 1


def test_a_renamed_channel_keeps_its_watches(news: Desk) -> None:
    news.say(f"add {news.story('story')}")
    news.slack.event({"type": "channel_rename", "channel": {"id": NEWS, "name": "newsroom"}})

    def name() -> str:
        with news.app.kit.db.read() as tx:
            return subscriptions.for_channel(tx, NEWS)[0].channel_name

    assert news.slack.wait_for(lambda: name() == "newsroom")


def test_a_used_up_response_url_is_answered_elsewhere(news: Desk) -> None:
    ack = news.slack.command("help", response_url=f"http://{news.slack.host}/response/none")
    assert ack.acked
    assert news.slack.wait_for(lambda: news.slack.ephemerals)
    assert "I watch news stories" in news.slack.ephemerals[0]["text"]


def test_a_channel_that_went_silently_is_told_to_the_owner_once_and_loses_nothing(news: Desk) -> None:
    news.say(f"add {news.story('story')}")
    news.say(f"add {news.story('other')}")
    news.slack.channels[NEWS].archived = True
    news.change()
    news.change("other")
    [told] = [one for one in news.slack.posted("D0ADMIN000") if "are waiting" in one["text"]]
    assert "the channel is archived" in str(told["blocks"])
    assert news.alerts() == []
    news.slack.channels[NEWS].archived = False
    news.slack.event({"type": "channel_unarchive", "channel": NEWS})
    assert news.slack.wait_for(lambda: not _paused(news))
    news.deliver()
    assert len(news.alerts()) == 2


def _paused(news: Desk) -> bool:
    with news.app.kit.db.read() as tx:
        return targets.is_paused(tx, f"slack:{NEWS}")


def test_quiet_hours_end_with_one_message_about_all_that_happened(tmp_path: Path) -> None:
    end = (datetime.now(UTC) + timedelta(minutes=3)).replace(second=0, microsecond=0)
    start, hour = (end - timedelta(hours=2)).strftime("%H:%M"), end.strftime("%H:%M")
    route = (
        '[[route]]\nname = "world"\nto = {slack = "#open"}\nmin_severity = "notable"\n'
        f'quiet = {{from = "{start}", to = "{hour}", timezone = "UTC"}}\n'
    )
    headline = "Ferry company names a new harbour master after long talks"
    with desk(tmp_path, mode="none", routes=route) as news:
        for name in ("one", "two"):
            watching.add_watch(news.app.kit, news.story(name), now=news.clock(), by=watching.Actor())
        for name in ("one", "two"):
            news.story(name, headline)
        news.check()
        assert news.alerts("C0OPEN0000") == []
        news.clock.ahead = end - datetime.now(UTC) - timedelta(seconds=30)
        catch_up(news.app.kit, news.clock())
        news.clock.ahead += timedelta(minutes=3)
        news.deliver()
        [told] = news.alerts("C0OPEN0000")
        assert told["text"].startswith("While it was quiet: 2 alerts")
        rows = told["blocks"][1]["elements"][0]["elements"]
        assert [row["elements"][0]["text"] for row in rows] == [headline] * 2
