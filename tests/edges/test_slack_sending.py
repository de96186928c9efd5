"""Alerts on their way to Slack: threads, pace, and every way in which Slack may fail to answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.comparison import Severity
from bot.core.model import AlertKind
from bot.deliver.slack import MemoryThreads, SlackChannel, SlackSettings
from bot.errors import DeliveryError
from bot.render.message import Message
from tests.slack_cases import NOON, alert, council, message, story
from tests.slack_standin import BOT_TOKEN, SlackStandIn, running

NEWS = "C0NEWS0000"


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


class Desk:
    """A stand-in, a channel towards it and a clock, with the alerts numbered as they are sent."""

    def __init__(self, slack: SlackStandIn, clock: Clock, channel: SlackChannel, threads: MemoryThreads) -> None:
        self.slack = slack
        self.clock = clock
        self.channel = channel
        self.threads = threads
        self.count = 0

    def send(self, told: Message, address: str = NEWS, **more: Any) -> Any:
        self.count += 1
        told = told if told.public_id != "a7f3kq2m" else replace(told, public_id=f"a{self.count}")
        return self.channel.send(told, alert(told, id=self.count, channel=address, **more))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[SlackStandIn]:
    with running(clock=clock.monotonic) as standin:
        yield standin


@pytest.fixture
def desk(slack: SlackStandIn, clock: Clock) -> Iterator[Desk]:
    threads = MemoryThreads()
    settings = SlackSettings(mode="socket", api_url=slack.api_url, bot_token=BOT_TOKEN, timeout=1)
    channel = SlackChannel(
        settings, threads, now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep, background=False
    )
    yield Desk(slack, clock, channel, threads)
    channel.close()


def version(n: int, watch_id: int = 17, **more: Any) -> Message:
    """The n-th change of one story: a small one in the text."""
    old = story("Ferry sails on", f"The ferry sails with {n} people aboard.")
    new = story("Ferry sails on", f"The ferry sails with {n + 1} people aboard.")
    return message(old, new, n=n, watch_id=watch_id, **more)


def test_an_alert_arrives_as_blocks_with_a_text_and_its_metadata(desk: Desk) -> None:
    receipt = desk.send(council())
    [posted] = desk.slack.posted(NEWS)
    assert receipt == {"channel": NEWS, "ts": posted["ts"]}
    assert posted["metadata"]["event_payload"] == {"alert_id": "a1", "watch_id": 17, "from_version": 3, "to_version": 4}
    assert len(posted["text"]) <= 300
    assert posted["text"].startswith("Headline and text changed: “Council delays £12m budget for harbour &amp; ferry")


def test_the_first_alert_of_a_channel_waits_for_nothing(slack: SlackStandIn) -> None:
    settings = SlackSettings(api_url=slack.api_url, bot_token=BOT_TOKEN)
    slept: list[float] = []
    channel = SlackChannel(settings, MemoryThreads(), sleep=slept.append)
    channel.send(council(), alert(council(), channel=NEWS))
    assert slack.posted(NEWS)
    assert slept == []
    assert slack.count("chat.postMessage") == len(slack.calls) == 1, "and asks nothing first"
    channel.close()


def test_later_changes_are_replies_and_the_parent_says_how_many(desk: Desk) -> None:
    first = desk.send(version(1))
    for n in range(2, 6):
        receipt = desk.send(version(n))
        assert receipt["thread_ts"] == first["ts"]
    desk.channel.bring_up_to_date()
    [parent] = desk.slack.parents(NEWS)
    assert len(desk.slack.posted(NEWS, thread=first["ts"])) == 4
    assert parent["updates"] >= 1
    [line] = [block for block in parent["blocks"] if ".thread." in block["block_id"]]
    assert line["elements"][0]["text"].startswith("*5 changes*, last <!date^")
    assert [block for block in parent["blocks"] if block["type"] == "actions"], "the buttons stay"
    assert "(5 changes)" in parent["text"]


def test_the_parent_carries_the_newest_headline(desk: Desk) -> None:
    desk.send(version(1))
    old, new = story("Ferry sails on", "Same."), story("Ferry sinks", "Same.")
    desk.send(message(old, new, n=2))
    desk.channel.bring_up_to_date()
    [parent] = desk.slack.parents(NEWS)
    title = next(block for block in parent["blocks"] if ".title." in block["block_id"])
    assert title["elements"][0]["elements"][-1]["text"] == "Ferry sinks"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (version(2), False),
        (version(2, severity=Severity.CRITICAL), True),
        (message(story("Old", "Same."), story("New", "Same."), n=2), True),
    ],
    ids=["a small change stays in the thread", "critical is broadcast", "a new headline is broadcast"],
)
def test_only_what_is_important_leaves_the_thread(desk: Desk, told: Message, shown: bool) -> None:
    desk.send(version(1))
    desk.send(told)
    assert bool(desk.slack.posted(NEWS)[-1].get("reply_broadcast")) is shown


def test_after_a_quiet_day_a_story_begins_a_new_thread(desk: Desk) -> None:
    desk.send(version(1))
    desk.clock.seconds += 24 * 3600
    receipt = desk.send(version(2))
    assert "thread_ts" not in receipt
    assert len(desk.slack.parents(NEWS)) == 2


def test_a_deleted_parent_is_replaced_by_a_new_one(desk: Desk) -> None:
    desk.send(version(1))
    desk.slack.messages[NEWS].clear()
    receipt = desk.send(version(2))
    assert "thread_ts" not in receipt
    assert len(desk.slack.parents(NEWS)) == 1


def test_the_same_version_is_told_once_however_many_routes_lead_to_a_channel(desk: Desk) -> None:
    desk.send(version(1))
    assert desk.send(version(1))["already_told"]
    assert len(desk.slack.posted(NEWS)) == 1


def test_a_channel_may_be_given_by_name(desk: Desk) -> None:
    assert desk.send(version(1), "#news")["channel"] == NEWS
    desk.send(version(2), NEWS)
    assert len(desk.slack.parents(NEWS)) == 1, "the name and the id lead to one thread"


def test_a_person_gets_direct_messages(desk: Desk) -> None:
    assert desk.send(version(1), "U0ALICE00")["channel"].startswith("D")


def test_an_end_is_told_once_in_a_channel_that_two_routes_lead_to_and_each_return_again(desk: Desk) -> None:
    desk.send(version(1))
    for hour, kind in enumerate((AlertKind.GONE, AlertKind.RETURNED, AlertKind.GONE)):
        before = len(desk.slack.posted(NEWS))
        desk.send(ended(kind, hour), "#news")
        again = desk.send(ended(kind, hour))
        assert again["already_told"]
        assert len(desk.slack.posted(NEWS)) == before + 1


@pytest.mark.parametrize("begun", [True, False], ids=["in a thread", "as the first word of a story"])
def test_an_end_that_was_told_before_a_restart_is_not_told_again_by_the_other_route(
    desk: Desk, slack: SlackStandIn, clock: Clock, begun: bool
) -> None:
    if begun:
        desk.send(version(1))
    desk.send(ended(AlertKind.GONE, 1), "#news")
    posted = len(slack.posted(NEWS))
    settings = SlackSettings(mode="socket", api_url=slack.api_url, bot_token=BOT_TOKEN, timeout=1)
    later = SlackChannel(
        settings, desk.threads, now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep, background=False
    )
    desk.channel.close()
    desk.channel = later
    clock.seconds += 2
    assert desk.send(ended(AlertKind.GONE, 1))["already_told"]
    assert len(slack.posted(NEWS)) == posted
    desk.send(ended(AlertKind.GONE, 2))
    assert len(slack.posted(NEWS)) == posted + 1, "another time it goes is told"


def ended(kind: AlertKind, hour: int) -> Message:
    """The story went, or came back, at that hour."""
    return replace(version(1), kind=kind, comparison=None, old=None, old_n=None, seen_at=NOON + timedelta(hours=hour))


def test_a_dropped_answer_is_looked_for_before_anything_is_posted_again(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", "drop_after")
    with pytest.raises(DeliveryError) as failure:
        desk.send(council(public_id="x1"))
    assert failure.value.outcome_unknown
    assert not failure.value.permanent
    receipt = desk.send(council(public_id="x1"), maybe_sent=True)
    assert receipt["found"]
    assert len(desk.slack.posted(NEWS)) == 1


def test_a_dropped_reply_is_found_in_its_thread(desk: Desk) -> None:
    first = desk.send(version(1))
    desk.slack.fail("chat.postMessage", "drop_after")
    with pytest.raises(DeliveryError):
        desk.send(version(2, public_id="x2"))
    receipt = desk.send(version(2, public_id="x2"), maybe_sent=True)
    assert receipt["found"]
    assert receipt["thread_ts"] == first["ts"]
    assert len(desk.slack.posted(NEWS)) == 2


def test_without_the_history_scope_an_alert_rather_comes_twice_than_never(desk: Desk) -> None:
    desk.slack.scopes -= {"channels:history", "groups:history"}
    desk.slack.fail("chat.postMessage", "drop_after")
    with pytest.raises(DeliveryError):
        desk.send(council(public_id="x1"))
    desk.send(council(public_id="x1"), maybe_sent=True)
    assert len(desk.slack.posted(NEWS)) == 2


def test_a_public_channel_that_cannot_be_read_is_posted_to_again_and_not_paused(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", "drop_after")
    with pytest.raises(DeliveryError):
        desk.send(council(public_id="x1"), "C0OPEN0000")
    desk.send(council(public_id="x1"), "C0OPEN0000", maybe_sent=True)
    assert desk.slack.count("conversations.history") == 1
    assert len(desk.slack.posted("C0OPEN0000")) == 2


def test_a_connection_dropped_before_the_answer_is_not_posted_again_by_the_sdk(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", "drop_after", times=5)
    with pytest.raises(DeliveryError):
        desk.send(council())
    assert desk.slack.count("chat.postMessage") == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [("status", 500), ("status", 502), ("status", 503), ("html", 200), ("html", 502), ("truncated", None)]
    + [("error", word) for word in ("internal_error", "fatal_error", "service_unavailable", "request_timeout")],
)
def test_half_an_answer_means_that_it_may_have_arrived(desk: Desk, kind: str, value: Any) -> None:
    desk.slack.fail("chat.postMessage", kind, value)
    with pytest.raises(DeliveryError) as failure:
        desk.send(council())
    assert failure.value.outcome_unknown
    assert not failure.value.permanent
    assert "<html" not in str(failure.value)


def test_a_hanging_slack_is_given_up_after_the_timeout(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", "hang")
    with pytest.raises(DeliveryError) as failure:
        desk.send(council())
    assert failure.value.outcome_unknown
    assert isinstance(failure.value.__cause__, TimeoutError)


def test_where_no_connection_was_made_nothing_was_sent(desk: Desk, clock: Clock) -> None:
    settings = SlackSettings(api_url="http://127.0.0.1:9/api/", bot_token=BOT_TOKEN)
    channel = SlackChannel(settings, MemoryThreads(), now=clock.now)
    with pytest.raises(DeliveryError) as failure:
        channel.send(council(), alert(council(), channel=NEWS))
    assert not failure.value.outcome_unknown
    assert not failure.value.permanent
    channel.close()


def test_slack_s_own_wait_is_handed_on_and_kept(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", "error", "ratelimited", headers={"Retry-After": "17"})
    with pytest.raises(DeliveryError) as failure:
        desk.send(version(1))
    assert failure.value.retry_after == 17
    before = desk.clock.seconds
    desk.send(version(1))
    assert desk.clock.seconds - before >= 17


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive", "missing_scope"])
def test_a_refused_token_stops_slack_and_is_not_asked_for_every_alert(desk: Desk, error: str) -> None:
    desk.slack.fail("chat.postMessage", "error", error, times=9)
    for n in range(1, 4):
        with pytest.raises(DeliveryError) as failure:
            desk.send(version(n))
        assert failure.value.scope == "channel"
        assert failure.value.permanent
    assert desk.slack.count("chat.postMessage") == 1
    desk.slack.faults.clear()
    desk.clock.seconds += 61
    desk.send(version(1))
    assert len(desk.slack.posted(NEWS)) == 1


def test_no_message_of_ours_shows_the_token(desk: Desk) -> None:
    desk.slack.dead_tokens[BOT_TOKEN] = "token_revoked"
    with pytest.raises(DeliveryError) as failure:
        desk.send(council())
    assert BOT_TOKEN not in f"{failure.value!s}{failure.value!r}{desk.channel._settings!r}"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"archived": True}, "archived"),
        ({"private": True}, "/invite @Stet"),
        ({"restricted": True}, "workspace admin"),
    ],
)
def test_a_channel_that_cannot_be_posted_to_is_that_channel_s_trouble_alone(
    desk: Desk, setting: dict[str, bool], words: str
) -> None:
    desk.slack.channel("C0BAD00000", "bad", **setting)
    with pytest.raises(DeliveryError) as failure:
        desk.send(council(), "C0BAD00000")
    assert failure.value.scope == "target"
    assert failure.value.permanent
    assert words in str(failure.value)
    desk.send(council())


def test_a_public_channel_needs_no_invitation_unless_the_scope_is_missing(desk: Desk) -> None:
    desk.send(version(1), "C0OPEN0000")
    desk.slack.scopes.discard("chat:write.public")
    with pytest.raises(DeliveryError) as failure:
        desk.send(version(2), "C0OPEN0000")
    assert failure.value.scope == "target"


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long", "metadata_too_large"])
def test_refused_blocks_go_out_as_short_text_with_a_link(desk: Desk, error: str) -> None:
    desk.slack.fail("chat.postMessage", "error", error)
    receipt = desk.send(council())
    [posted] = desk.slack.posted(NEWS)
    assert "blocks" not in posted
    assert "<https://harbour.example/a|Open story>" in posted["text"]
    assert receipt["refused"].startswith(error)


def test_a_thread_that_began_as_short_text_keeps_its_text_when_updated(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", "error", "invalid_blocks")
    desk.send(version(1))
    desk.send(version(2))
    desk.channel.bring_up_to_date()
    [parent] = desk.slack.parents(NEWS)
    assert "(2 changes)" in parent["text"]


def test_an_update_always_brings_its_blocks_because_text_alone_would_remove_them(desk: Desk) -> None:
    desk.send(version(1))
    desk.send(version(2))
    desk.channel.bring_up_to_date()
    updates = [body for method, body in desk.slack.calls if method == "chat.update"]
    assert updates
    assert all(body["blocks"] for body in updates)


def test_a_failed_update_is_made_good_later_and_never_costs_an_alert(desk: Desk) -> None:
    desk.slack.fail("chat.update", "status", 500)
    desk.send(version(1))
    desk.send(version(2))
    desk.channel.bring_up_to_date()
    [parent] = desk.slack.parents(NEWS)
    assert "(2 changes)" in parent["text"]


def test_parents_left_behind_by_a_dead_process_are_taken_up_at_the_next_start(desk: Desk) -> None:
    desk.send(version(1))
    desk.slack.fail("chat.update", "error", "internal_error", times=1)
    desk.send(version(2))
    later = SlackChannel(
        desk.channel._settings,
        desk.threads,
        now=desk.clock.now,
        monotonic=desk.clock.monotonic,
        sleep=desk.clock.sleep,
        background=False,
    )
    later.recall()
    later.bring_up_to_date()
    assert "(2 changes)" in desk.slack.parents(NEWS)[0]["text"]
    later.close()


def test_a_burst_of_300_changes_on_20_stories_arrives_whole_and_in_order_without_a_single_429(desk: Desk) -> None:
    for n in range(1, 16):
        for watch in range(1, 21):
            desk.send(version(n, watch_id=watch, public_id=f"w{watch}n{n}"))
    desk.channel.bring_up_to_date()
    posted = desk.slack.posted(NEWS)
    assert len(posted) == 300
    assert desk.slack.refused_429 == 0
    order = [one["metadata"]["event_payload"]["alert_id"] for one in posted]
    assert order == [f"w{watch}n{n}" for n in range(1, 16) for watch in range(1, 21)]
    parents = desk.slack.parents(NEWS)
    assert len(parents) == 20
    for parent in parents:
        replies = desk.slack.posted(NEWS, thread=parent["ts"])
        assert [one["metadata"]["event_payload"]["to_version"] for one in replies] == list(range(3, 17))
        assert "(15 changes)" in parent["text"]
    assert desk.clock.seconds < 400, "about a message a second"


def test_two_threads_sending_to_one_channel_keep_its_pace(desk: Desk) -> None:
    errors: list[BaseException] = []

    def work(watch: int) -> None:
        try:
            for n in range(1, 6):
                desk.send(version(n, watch_id=watch))
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(watch,)) for watch in (1, 2, 3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    assert desk.slack.refused_429 == 0
    assert len(desk.slack.parents(NEWS)) == 3
    assert len(desk.slack.posted(NEWS)) == 15


@pytest.mark.parametrize(
    "told",
    [
        Message(kind=AlertKind.NOTICE, public_id="n1", title="Harbour Times cannot be read", lines=("HTTP 403",)),
        Message(kind=AlertKind.TEST, public_id="n2", title="A test from Stet"),
        Message(
            kind=AlertKind.CATCH_UP,
            public_id="n3",
            title="While it was quiet: 2 stories",
            payload={
                "stories": [{"headline": "<!channel> A", "url": "https://a.example/", "words": "headline changed"}]
            },
        ),
        Message(kind=AlertKind.CATCH_UP, public_id="n4", lines=("one", "two")),
        Message(
            kind=AlertKind.GONE,
            public_id="n5",
            watch_id=3,
            old=story("Gone", "The last words of it."),
            old_n=2,
            links={"story": "https://a.example/"},
        ),
        Message(
            kind=AlertKind.RETURNED,
            public_id="n6",
            watch_id=3,
            old=story("B", "x"),
            new=story("B", "x"),
            old_n=2,
            new_n=2,
        ),
    ],
    ids=["notice", "test", "catch-up", "catch-up of lines", "gone", "returned"],
)
def test_every_kind_of_alert_has_a_form(desk: Desk, told: Message) -> None:
    desk.send(told)
    [posted] = desk.slack.posted(NEWS)
    assert posted["text"]
    assert posted["blocks"]
