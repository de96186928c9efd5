"""``/stet`` as people type it, answered by the whole program over Socket Mode."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import WatchState
from bot.store import audit, subscriptions, targets, watches
from tests.newsroom import Reply, Seen
from tests.slack_newsroom import Desk, desk
from tests.slack_standin import PATIENCE

NEWS = "C0NEWS0000"


@pytest.fixture
def news(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as it:
        yield it


@pytest.fixture(scope="module")
def quiet_news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One program for all tests that change nothing."""
    with desk(tmp_path_factory.mktemp("quiet")) as it:
        yield it


def test_help_is_what_an_empty_command_means(quiet_news: Desk) -> None:
    answer = quiet_news.text("")
    assert "/stet add" in answer
    assert quiet_news.text("help mute").startswith("/stet mute 17")


def test_adding_a_story_saves_its_first_version_and_says_so_in_the_channel(news: Desk) -> None:
    url = news.story("ferry")
    answer = news.text(f"add <{url}|ferry> every 15m label “Ferry”")
    assert (
        answer == f"Watching “<{url}|Ferry>” every 15 minutes in <#{NEWS}>. First version saved (160 words). Watch 1."
    )
    [line] = news.slack.wait_for(lambda: news.slack.posted(NEWS))
    assert line["text"] == f"<@U0ALICE00> asked me to watch “<{url}|Ferry>” here (watch 1)."
    with news.app.kit.db.read() as tx:
        assert [deed.action for deed in audit.list_(tx)] == ["follow", "add"]
        assert {(deed.actor, deed.via, deed.channel) for deed in audit.list_(tx)} == {("U0ALICE00", "slack", NEWS)}


def test_a_story_of_this_channel_is_not_added_twice(news: Desk) -> None:
    url = news.story("ferry")
    news.say(f"add {url} every 15m")
    answer = news.text(f"add {url}?utm_source=x")
    assert answer == "Already watched here as 1 (every 15 minutes, added by <@U0ALICE00>)."


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("add nonsense", "I need a web address: /stet add https://example.com/story"),
        ("add ftp://example.com/x", "I need a web address: /stet add https://example.com/story"),
        ("add http://169.254.169.254/latest/meta-data", "That address is not on the public web, so I can't watch it."),
        ("add http://10.0.0.1/story", "That address is not on the public web, so I can't watch it."),
        ("add https://a.example/x #nowhere", "I can't see #nowhere. If it is private, run /invite @Stet there first."),
        (
            "add https://a.example/x <#C0ABSENT00|secret-plans>",
            "I can't see #secret-plans. If it is private, run /invite @Stet there first.",
        ),
        ("show 99", "No watch 99 in this channel. /stet list shows them."),
        ("remove 99", "No watch 99 in this channel. /stet list shows them."),
        ("mute 99 for 2h", "No watch 99 in this channel. /stet list shows them."),
        (
            "add https://a.example/x every 2m",
            '"every 2m" is not available. Use 5m, 15m, 30m, 1h, 6h or 1d.',
        ),
        ("lsit", 'I don\'t know "lsit". Did you mean list? /stet help'),
        ("xyzzy", 'I don\'t know "xyzzy". /stet help'),
        ("<!channel> hello", "I never call a whole channel. Leave that out, please."),
        ("show", "Which one? /stet show NUMBER; /stet list shows the numbers."),
        ("list", "Nothing is watched in <#C0NEWS0000> yet. Start with /stet add https://example.com/story"),
        ("source list", "No sources yet. /stet source add https://example.com/feed"),
        ("digest", "Nothing changed in the last 24 hours in the stories this channel follows."),
        ("source remove 7", "No source 7. /stet source list shows them."),
    ],
)
def test_every_mistake_has_its_own_answer(quiet_news: Desk, typed: str, answer: str) -> None:
    assert quiet_news.text(typed) == answer


def test_what_people_type_is_echoed_inert(quiet_news: Desk) -> None:
    answer = quiet_news.text("*bold*_x_`y`")
    assert "*bold*" not in answer
    assert "\u200b*\u200bbold" in answer


def test_a_page_that_cannot_be_opened_keeps_its_watch_and_says_when_it_is_tried_again(news: Desk) -> None:
    news.site.serve("/closed", Reply(status=500))
    answer = news.text(f"add {news.site.url('/closed')}")
    assert answer.startswith("I couldn't open that page (")
    assert "I saved the watch and will try again in" in answer
    ack = news.say(f"add {news.site.url('/closed')}")
    assert "Already watched here as 1" in ack.responses[0]["text"]


def test_a_page_without_an_article_asks_whether_it_is_a_section(news: Desk) -> None:
    news.site.page("/empty", "<html><body><h1>Nothing</h1></body></html>")
    ack = news.say(f"add {news.site.url('/empty')}")
    assert ack.responses[0]["text"] == "That page has no article text I can follow. Is it a section page?"
    buttons = ack.responses[0]["blocks"][-1]["elements"]
    assert [button["text"]["text"] for button in buttons] == ["Watch the section", "Cancel"]
    with news.app.kit.db.read() as tx:
        assert watches.list_(tx, states=[WatchState.ACTIVE]) == []


def test_a_home_page_offers_the_feeds_found_there_and_a_click_follows_one(news: Desk) -> None:
    feed = news.site.url("/feed.xml")
    links = "".join(
        f'<li><a href="/news/{n}-a-longer-headline-of-the-day">Story number {n} of today</a></li>' for n in range(30)
    )
    news.site.page(
        "/",
        f'<html><head><title>Harbour Times</title><link rel="alternate" type="application/rss+xml" title="All news" '
        f'href="/feed.xml"></head><body><ul>{links}</ul></body></html>',
    )
    news.site.serve(
        "/feed.xml",
        Reply(
            body=f"<rss version='2.0'><channel><title>All news</title><item><title>A</title><link>{news.site.url('/a')}"
            "</link></item></channel></rss>".encode(),
            content_type="application/rss+xml",
        ),
    )
    ack = news.say(f"add {news.site.url('/')}")
    assert ack.responses[0]["text"].startswith("That is a home page. I found these there")
    button = ack.responses[0]["blocks"][-1]["elements"][0]
    assert button["value"] == feed
    clicked = news.slack.click(button, message={"ts": "1.1", "blocks": [], "text": "x"})
    news.slack.wait_for(lambda: clicked.responses)
    assert clicked.responses[0]["text"].startswith(f"Following <{feed}|All news> (feed)")
    assert news.text("source list").startswith(f"*1*  <{feed}|All news> (feed)")
    assert news.text("source remove 1", user="U0BOB0000") == "Only who added it or a Stet admin can remove a source."
    assert news.text("source remove 1") == "No longer following All news. The stories found there stay watched."


def test_members_add_and_guests_and_strangers_do_not(news: Desk) -> None:
    url = news.story("ferry")
    guest = "Guests can read alerts but not change what is watched."
    stranger = "People from other organisations can read alerts but not change what is watched."
    assert news.text(f"add {url}", user="U0GUEST00") == guest
    assert news.text(f"add {url}", user="U0STRANGER") == stranger
    assert news.text(f"add {url}", user="U0BOB0000").startswith("Watching")
    for typed in ("mute 1", "unmute 1", "remove 1", "source add https://a.example/feed", "mute all", "test"):
        assert news.text(typed, user="U0GUEST00") == guest
    assert news.text("list", user="U0GUEST00").startswith("*1 watch*")


def test_only_who_added_it_or_an_admin_removes_a_watch(news: Desk) -> None:
    news.say(f"add {news.story('ferry')}")
    assert (
        news.text("remove 1", user="U0BOB0000")
        == "Only <@U0ALICE00> (who added it) or a Stet admin can remove watch 1."
    )
    assert news.text("remove 1", user="U0ADMIN00").startswith("No longer watching 1 here")
    assert news.text("remove 1", user="U0ADMIN00") == "No watch 1 in this channel. /stet list shows them."


def test_a_right_is_checked_when_it_is_used_and_not_when_it_was_given(news: Desk) -> None:
    news.say(f"add {news.story('ferry')}")
    news.slack.users["U0ALICE00"]["is_restricted"] = True
    assert news.text("remove 1") == "Guests can read alerts but not change what is watched."


def test_a_removed_watch_comes_back_with_undo_under_the_same_number(news: Desk) -> None:
    url = news.story("ferry")
    news.say(f"add {url}")
    ack = news.say("rm 1")
    [button] = ack.responses[0]["blocks"][-1]["elements"]
    undone = news.slack.click(button, message={"ts": "1.1", "blocks": [], "text": "x"})
    news.slack.wait_for(lambda: undone.responses)
    assert undone.responses[0]["text"].startswith("Watching 1 here again")
    assert news.text("list").startswith("*1 watch*")
    again = news.slack.click(button, message={"ts": "1.1", "blocks": [], "text": "x"})
    news.slack.wait_for(lambda: again.responses)
    assert again.responses[0]["text"].startswith("Watching 1 here again"), "a second click does no harm"


def test_a_private_channel_wants_an_invitation_and_a_shared_one_is_refused(news: Desk) -> None:
    url = news.story("ferry")
    assert news.text(f"add {url}", channel="G0SECRET00") == "Invite me first: /invite @Stet, then run this again."
    assert (
        news.text(f"add {url} <#G0SECRET00|>")
        == "I can't see that channel. If it is private, run /invite @Stet there first."
    )
    assert news.text(f"add {url}", channel="C0SHARED00").startswith("This channel is shared with another organisation")
    news.slack.channels["G0SECRET00"].member = True
    assert news.text(f"add {url}", channel="G0SECRET00").startswith("Watching")


def test_a_private_channel_is_not_named_to_people_who_are_not_in_it(news: Desk) -> None:
    news.slack.channels["G0SECRET00"].member = True
    url = news.story("ferry")
    news.say(f"add {url}", channel="G0SECRET00")
    assert news.text(f"add {url} <#G0SECRET00|>", user="U0BOB0000").startswith("I can't see that channel")
    assert news.text("list <#G0SECRET00|>", user="U0BOB0000").startswith("I can't see that channel")
    assert "G0SECRET00" not in news.text("list all", user="U0BOB0000")
    assert news.text("list all").startswith("*1 watch* in your channels")


def test_an_archived_channel_says_so(news: Desk) -> None:
    news.slack.channels["C0OPEN0000"].archived = True
    assert (
        news.text(f"add {news.story('ferry')} <#C0OPEN0000|open>")
        == "<#C0OPEN0000> is archived. Choose another channel."
    )


def test_adding_for_another_channel_tells_that_channel(news: Desk) -> None:
    url = news.story("ferry")
    assert "in <#C0OPEN0000>" in news.text(f"add {url} #open")
    [line] = news.slack.wait_for(lambda: news.slack.posted("C0OPEN0000"))
    assert line["text"].startswith("<@U0ALICE00> asked me to watch")
    assert news.slack.posted(NEWS) == []


def test_a_full_channel_says_what_to_do(tmp_path: Path) -> None:
    with desk(tmp_path, settings="max_watches_per_channel = 1") as news:
        news.say(f"add {news.story('one')}")
        answer = news.text(f"add {news.story('two')}")
        assert answer == "This channel has 1 watches, the limit. Remove one first: /stet list"
        assert news.text(f"add {news.site.url('/one')}").startswith("Already watched here")


def test_muting_silences_this_channel_alone_and_ends(news: Desk) -> None:
    url = news.story("ferry")
    news.say(f"add {url}")
    news.say(f"add {url} <#C0OPEN0000|open>")
    assert news.text("mute 1 for 2h").startswith("Watch 1 is muted until <!date^")
    news.change("ferry")
    assert news.alerts(NEWS) == []
    assert len(news.alerts("C0OPEN0000")) == 1
    assert ":mute:" in news.say("list").responses[0]["blocks"][1]["text"]["text"]
    assert news.text("unmute 1").startswith("Watch 1 speaks again in this channel")


def test_until_a_time_means_the_person_s_own_clock(news: Desk) -> None:
    news.slack.users["U0ALICE00"]["tz"] = "Asia/Tokyo"
    news.say(f"add {news.story('ferry')}")
    news.say("mute 1 until 07:30")
    with news.app.kit.db.read() as tx:
        until = subscriptions.for_channel(tx, NEWS)[0].muted_until
    assert until is not None
    assert (until.hour, until.minute) == (22, 30)
    assert timedelta() < until - news.clock() <= timedelta(days=1)


def test_muting_all_mutes_each(news: Desk) -> None:
    for name in ("one", "two"):
        news.say(f"add {news.story(name)}")
    assert news.text("mute all for 1d").startswith("2 watches here muted until")
    assert news.text("unmute all") == "2 watches here may speak again."


def test_show_why_diff_and_digest_tell_of_a_change(news: Desk) -> None:
    news.changed()
    # a channel that names no level hears what [judge] min_severity says, here notable
    assert "Told here: everything that matters, from *notable* upwards." in news.text("show 1")
    why = news.text("why 1")
    assert "Judged *" in why
    assert "Told here:" in why
    assert "Headline" in why
    assert news.text("why 1 9") == "Version 9 of watch 1 is no change I know of."
    digest = news.say("digest").responses[0]
    assert digest["text"] == "*1 change in 1 story* in the last 24 hours."
    assert "Ferry timetable is cut" in digest["blocks"][1]["text"]["text"]
    news.say("diff 1", wait=False)
    view = news.slack.wait_for(lambda: next((v for v in news.slack.views.values() if v["callback_id"] == "diff"), None))
    assert "Ferry timetable" in str(view)
    assert news.text("diff 1 1..9") == "Watch 1 has 2 versions so far."


def test_status_settings_and_test(news: Desk) -> None:
    news.say(f"add {news.story('ferry')}")
    assert news.text("status").startswith("1 story watched, 1 of them for this channel. Last look <!date^")
    assert "Admins: <@U0ADMIN00>" in news.text("settings")
    assert news.text("test").startswith("That worked: I can post here.")
    assert news.slack.posted(NEWS)[-1]["text"].startswith("Test: Headline and text changed")


def test_status_says_why_this_channel_is_silent_and_nothing_of_other_people_s_places(news: Desk) -> None:
    with news.app.kit.db.begin() as tx:
        for key in ("email:ann@paper.example", "slack:G0SECRET00"):
            targets.pause(tx, key, "550 no such user", news.clock())
    said = news.text("status")
    assert "2 other places are paused" in said
    assert "ann@" not in said
    assert "G0SECRET00" not in said
    assert "550" not in said
    with news.app.kit.db.begin() as tx:
        targets.pause(tx, f"slack:{NEWS}", "the channel is archived", news.clock())
    assert "Alerts to this channel wait: the channel is archived" in news.text("status")


def test_settings_say_the_level_that_holds(tmp_path: Path) -> None:
    with desk(tmp_path) as news:
        assert "New ones are told from *notable* upwards." in news.text("settings")


def test_add_without_an_address_opens_the_form(news: Desk) -> None:
    news.say("add every 1h", wait=False)
    [view] = news.slack.wait_for(lambda: list(news.slack.views.values()))
    assert view["callback_id"] == "add"
    assert view["blocks"][2]["element"]["initial_option"]["value"] == "3600"


def test_a_watch_that_comes_through_a_route_can_be_seen_and_muted_here(tmp_path: Path) -> None:
    route = '[[route]]\nname = "world"\nto = {slack = "#news"}\nmin_severity = "notable"\n'
    with desk(tmp_path, routes=route) as news:
        url = news.story("ferry")
        news.say(f"add {url} #open")
        assert "through the route “world”" in news.say("list").responses[0]["blocks"][1]["text"]["text"]
        assert news.text("mute 1").startswith("Watch 1 is muted until")
        news.change("ferry")
        assert news.alerts(NEWS) == []
        assert len(news.alerts("C0OPEN0000")) == 1
        assert news.text("remove 1", user="U0BOB0000").startswith("Only <@U0ALICE00>")


def test_of_many_stories_that_come_through_a_route_the_latest_are_listed(tmp_path: Path) -> None:
    with desk(tmp_path, routes='[[route]]\nname = "world"\nto = {slack = "#news"}\n') as news:
        with news.app.kit.db.begin() as tx:
            rows = [{"url": f"https://a.example/{n}", "key": f"a.example/{n}"} for n in range(260)]
            watches.add_many(tx, rows, news.clock())
            watches.update(tx, 260, state=WatchState.RETIRED)
        said = news.say("list page 99").responses[0]
        assert said["text"].startswith("*200 watches*")
        assert "*259*" in said["blocks"][-1]["text"]["text"]


def test_a_failure_of_ours_gives_a_reference_and_no_traceback(news: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.services.Services.status", lambda self, place: 1 / 0)
    answer = news.text("status")
    assert answer.startswith("Something went wrong on my side (ref ")
    assert answer.endswith("). Nothing was changed.")
    assert "ZeroDivision" not in answer


def test_slow_pages_do_not_delay_the_acknowledgement(news: Desk) -> None:
    may_answer = threading.Event()

    def slow(asked: Seen) -> Reply:
        assert may_answer.wait(PATIENCE)
        return Reply(body=b"<html></html>")

    news.site.answer("/slow", slow)
    try:
        ack = news.slack.command(f"add {news.site.url('/slow')}")
        assert ack.acked, "while the page has not answered"
        assert not ack.responses
    finally:
        may_answer.set()
    assert news.slack.wait_for(lambda: ack.responses)
