"""Stories over time, through the real jobs on a driven clock: settling, quiet hours, templates, gone and back."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.core.comparison import Severity
from bot.core.model import Alert, AlertKind, AlertStatus, Outcome, Watch, WatchState
from bot.jobs import watching
from bot.jobs.catch_up import catch_up
from bot.jobs.check import Checker
from bot.jobs.decide import history_of
from bot.jobs.deliver import Courier
from bot.jobs.record import Result
from bot.jobs.reextract import reextract
from bot.jobs.settle import settle_due
from bot.jobs.watching import Actor, add_watch
from bot.store import changes, outbox, versions, watches
from tests.acceptance.pages import PARAGRAPHS, article
from tests.newsroom import Newsroom, Reply

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MAJOR = (PARAGRAPHS[0], PARAGRAPHS[1].replace("14", "19"), *PARAGRAPHS[2:])
MORE = (*MAJOR[:2], PARAGRAPHS[2].replace("warning", "complaining"), *MAJOR[3:])


class Desk:
    """A program over a loopback site; ``pass_time`` lives through minutes as the service would."""

    def __init__(self, app: App, site: Newsroom, clock: list[datetime], screen: io.StringIO) -> None:
        self.app, self.kit, self.site, self.clock, self.screen = app, app.kit, site, clock, screen
        self.results: list[Result] = []
        self._checker = Checker(
            self.kit, workers=4, per_host=4, lease=timedelta(minutes=5), on_result=self.results.append
        )

    def publish(self, path: str = "/a", **page: Any) -> str:
        self.site.page(path, article(**page))
        return self.site.url(path)

    def watch(self, path: str = "/a", **page: Any) -> Watch:
        return self.watch_url(self.publish(path, **page))

    def watch_url(self, url: str) -> Watch:
        return add_watch(self.kit, url, now=self.clock[0], by=Actor()).watch

    def pass_time(self, minutes: int, *, step: int = 1) -> None:
        """Minute by minute: check what is due, settle, catch up, deliver."""
        for _ in range(0, minutes, step):
            self.clock[0] += timedelta(minutes=step)
            self._checker.work(wait_for_all=True)
            settle_due(self.kit, self.clock[0])
            catch_up(self.kit, self.clock[0])
            Courier(self.kit).work()

    def look(self, watch: Watch) -> Result:
        """Make it due and check it as the service does."""
        with self.kit.db.begin() as tx:
            watches.update(tx, watch.id, next_check_at=self.clock[0])
        self.results.clear()
        self._checker.work(wait_for_all=True)
        return next(one for one in self.results if one.watch_id == watch.id)

    def alerts(self, kind: AlertKind | None = None) -> list[Alert]:
        with self.kit.db.read() as tx:
            found = outbox.list_(tx, oldest_first=True)
        return [one for one in found if kind is None or one.kind is kind]

    def state(self, watch: Watch) -> Watch:
        with self.kit.db.read() as tx:
            found = watches.get(tx, watch.id)
        assert found is not None
        return found

    def close(self) -> None:
        self._checker.close()


Open = Callable[..., Any]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    @contextmanager
    def run(**more: Mapping[str, Any] | list[Any]) -> Iterator[Desk]:
        clock = [START]
        screen = io.StringIO()
        base: dict[str, Any] = {
            "fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False},
            "cadence": {"steps": [["365d", "5m"]]},
        }
        config = parse({**base, **more}, {})
        console = Console(file=screen, width=100)
        with Newsroom() as site, App.open(config, tmp_path / "d", console=console, clock=lambda: clock[0]) as app:
            desk = Desk(app, site, clock, screen)
            try:
                yield desk
            finally:
                desk.close()

    return run


def test_a_burst_of_edits_is_one_alert_when_it_has_settled(opened: Open) -> None:
    with opened() as desk:
        watch = desk.watch()
        desk.publish(paragraphs=MAJOR)
        assert desk.look(watch).waiting == 1
        desk.pass_time(4)
        desk.publish(paragraphs=MORE)
        desk.look(watch)
        assert desk.alerts() == []
        desk.pass_time(12)
        (alert,) = desk.alerts()
        assert (alert.old_n, alert.new_n, alert.payload["edits"], alert.status) == (1, 3, 2, AlertStatus.SENT)
        assert "2 edits in" in desk.screen.getvalue()


def test_an_edit_taken_back_before_it_was_told_is_no_news(opened: Open) -> None:
    with opened() as desk:
        watch = desk.watch()
        desk.publish(paragraphs=MAJOR)
        desk.look(watch)
        desk.pass_time(3)
        desk.publish()
        assert desk.look(watch).outcome is Outcome.HELD
        desk.pass_time(40)
        assert desk.alerts(AlertKind.CHANGE) == []
        assert desk.state(watch).latest_n == 3


def test_a_cache_that_shows_the_old_text_once_makes_no_version(opened: Open) -> None:
    with opened() as desk:
        watch = desk.watch()
        desk.publish(paragraphs=MAJOR)
        desk.look(watch)
        desk.pass_time(3)
        desk.publish(turn=2)
        assert desk.look(watch).outcome is Outcome.HELD
        desk.publish(paragraphs=MAJOR, turn=3)
        desk.pass_time(40)
        (alert,) = desk.alerts()
        assert (alert.old_n, alert.new_n, alert.payload["edits"]) == (1, 2, 1)
        assert desk.state(watch).latest_n == 2


def test_an_old_text_that_returns_a_quarter_of_an_hour_later_is_believed_at_once(opened: Open) -> None:
    with opened(judge={"settle": 0}) as desk:
        watch = desk.watch()
        desk.publish(paragraphs=MAJOR)
        desk.look(watch)
        desk.clock[0] += timedelta(minutes=16)
        desk.publish()
        assert desk.look(watch).outcome is Outcome.REVERTED


def test_a_correction_goes_at_once_and_takes_along_what_waited(opened: Open) -> None:
    with opened() as desk:
        watch = desk.watch()
        desk.publish(paragraphs=MAJOR)
        desk.look(watch)
        assert desk.alerts() == []
        desk.publish(paragraphs=MAJOR, note="Correction: An earlier version of this article gave the wrong number.")
        desk.look(watch)
        (alert,) = desk.alerts()
        assert (alert.severity, alert.old_n, alert.new_n) == (Severity.CRITICAL, 1, 3)


def test_quiet_hours_end_in_one_catch_up_and_critical_rings_through(opened: Open) -> None:
    route = {"name": "night", "to": {"terminal": True}, "quiet": {"from": "08:00", "to": "10:30", "timezone": "UTC"}}
    with opened(route=[route], judge={"settle": 0}) as desk:
        quiet, other, grave = desk.watch("/a"), desk.watch("/b"), desk.watch("/c")
        for watch, path in ((quiet, "/a"), (other, "/b")):
            desk.publish(path, paragraphs=MAJOR)
            desk.look(watch)
        desk.publish("/c", note="Correction: An earlier version of this article gave the wrong number.")
        desk.look(grave)
        desk.pass_time(5)
        assert [(one.watch_id, one.status) for one in desk.alerts() if one.status is AlertStatus.SENT] == [
            (grave.id, AlertStatus.SENT)
        ]
        desk.pass_time(90)
        kinds = [(one.kind, one.status) for one in desk.alerts()]
        assert (AlertKind.CATCH_UP, AlertStatus.SENT) in kinds
        assert kinds.count((AlertKind.CHANGE, AlertStatus.FOLDED)) == 2
        assert "While it was quiet: 2 alerts" in desk.screen.getvalue()


def test_the_same_change_on_many_stories_is_one_notice_to_the_operator(opened: Open) -> None:
    with opened(judge={"settle": "10m"}) as desk:
        paths = [f"/s{number}" for number in range(7)]
        stories = [(desk.watch(path, headline=f"Harbour story number {path[2:]} of the week"), path) for path in paths]
        line = "The Quay Post has a new owner, and every reader may ask the editor about it at 5 Wharf Street."
        for watch, path in stories:
            desk.publish(path, headline=f"Harbour story number {path[2:]} of the week", paragraphs=(*PARAGRAPHS, line))
            desk.look(watch)
        desk.pass_time(30)
        notices = desk.alerts(AlertKind.NOTICE)
        assert len([one for one in notices if "changed its pages" in one.payload["title"]]) == 1
        assert desk.alerts(AlertKind.CHANGE) == []


def test_a_muted_story_is_kept_and_not_told(opened: Open) -> None:
    with opened(judge={"settle": 0}) as desk:
        watch = desk.watch()
        until = desk.clock[0] + timedelta(hours=2)
        watching.mute(desk.kit, watch, until=until, now=desk.clock[0], by=Actor())
        desk.publish(paragraphs=MAJOR)
        desk.look(watch)
        desk.pass_time(180, step=10)
        assert desk.alerts() == []
        assert desk.state(watch).latest_n == 2


def test_a_story_that_is_gone_is_told_after_three_looks_and_told_when_it_returns(opened: Open) -> None:
    with opened() as desk:
        watch = desk.watch()
        desk.site.serve("/a", Reply(status=404))
        assert desk.look(watch).outcome is Outcome.HELD
        assert desk.alerts() == []
        desk.pass_time(20)
        (gone,) = desk.alerts(AlertKind.GONE)
        assert desk.state(watch).state is WatchState.GONE
        assert "STORY GONE" in desk.screen.getvalue() and "version 1" in desk.screen.getvalue()
        desk.publish()
        desk.pass_time(7 * 60, step=30)
        (back,) = desk.alerts(AlertKind.RETURNED)
        assert (gone.status, back.status) == (AlertStatus.SENT, AlertStatus.SENT)
        assert desk.state(watch).state is WatchState.ACTIVE
        assert desk.alerts(AlertKind.CHANGE) == []


LISTED = "".join(
    f'<li><a href="/2026/11/2{n}/story-number-{n}-of-the-harbour">The harbour has story number {n}</a></li>'
    for n in range(6)
)


@pytest.mark.parametrize(
    ("target", "body", "gone"),
    [
        ("/politics/", f"<ul>{LISTED}</ul>", True),
        ("/", f"<ul>{LISTED}</ul>", True),
        ("/politics/", "<p>Please try again later.</p>", False),
        ("/login/", f"<ul>{LISTED}</ul>", False),
    ],
)
def test_a_story_that_leads_to_a_section_page_is_gone_and_one_that_leads_elsewhere_is_not(
    opened: Open, target: str, body: str, gone: bool
) -> None:
    with opened() as desk:
        watch = desk.watch("/news/harbour/2026/a")
        desk.site.page(target, f"<!doctype html><html><head><title>Politics</title></head><body>{body}</body></html>")
        desk.site.serve("/news/harbour/2026/a", Reply(status=302, headers=(("Location", desk.site.url(target)),)))
        assert desk.look(watch).outcome is (Outcome.HELD if gone else Outcome.FAILED)
        desk.pass_time(20)
        assert len(desk.alerts(AlertKind.GONE)) == gone
        assert (desk.state(watch).state is WatchState.GONE) is gone


def test_a_page_that_comes_almost_empty_is_no_change(opened: Open) -> None:
    with opened() as desk:
        watch = desk.watch(paragraphs=PARAGRAPHS * 3)
        desk.publish(paragraphs=PARAGRAPHS[:1])
        first = desk.look(watch)
        assert first.outcome in (Outcome.HELD, Outcome.FAILED)
        desk.pass_time(6)
        desk.publish(paragraphs=PARAGRAPHS * 3)
        desk.pass_time(30)
        assert desk.alerts() == []
        assert desk.state(watch).latest_n == 1


def test_our_own_outage_is_one_notice(opened: Open) -> None:
    from bot.jobs import trouble

    hosts = trouble.HostLog()
    with opened() as desk, pytest.MonkeyPatch.context() as patch:
        patch.setattr(trouble, "HOSTS", hosts)
        for host in ("a.example", "b.example", "c.example", "d.example"):
            hosts.add(host, desk.clock[0], answered=False)
        assert trouble.our_network(desk.kit, desk.clock[0])
        assert trouble.our_network(desk.kit, desk.clock[0] + timedelta(minutes=1))
        hosts.add("a.example", desk.clock[0] + timedelta(minutes=2), answered=True)
        assert not trouble.our_network(desk.kit, desk.clock[0] + timedelta(minutes=2))
        titles = [one.payload["title"] for one in desk.alerts(AlertKind.NOTICE)]
        assert titles == ["Our network seems to be down", "Our network is back"]


def test_new_rules_re_read_stored_pages_and_tell_nobody(opened: Open) -> None:
    with opened(judge={"settle": 0}) as desk:
        watch = desk.watch()
    outlet = {"name": "Quay", "hosts": ["127.0.0.1"], "drop_lines": ["^At least 14 people"]}
    with opened(judge={"settle": 0}, outlet=[outlet]) as desk:
        desk.site.page("/a", article(turn=5))
        with desk.kit.db.begin() as tx:
            watches.update(tx, watch.id, url=desk.site.url("/a"))
        watch = desk.state(watch)
        shown = reextract(desk.kit, watch, desk.clock[0], dry_run=True)
        assert shown.differs and "14" in str(shown.to_json())
        assert desk.state(watch).latest_n == 1
        assert desk.look(watch).outcome is Outcome.UNCHANGED
        assert desk.alerts() == []
        with desk.kit.db.read() as tx:
            assert "At least 14" not in str(versions.story(tx, watch.id, desk.state(watch).latest_n))
        edited = (MAJOR[0], *MAJOR[1:2], PARAGRAPHS[2].replace("eleven", "twelve"), *MAJOR[3:])
        desk.site.page("/a", article(paragraphs=edited, turn=6))
        assert desk.look(watch).severity is Severity.MAJOR


def test_edits_that_still_settle_when_the_rules_change_are_told_before_the_page_is_read_anew(opened: Open) -> None:
    with opened() as desk:
        watch = desk.watch()
        desk.publish(paragraphs=MAJOR)
        assert desk.look(watch).waiting == 1
    outlet = {"name": "Quay", "hosts": ["127.0.0.1"], "drop_lines": ["^A decision on the money"]}
    with opened(outlet=[outlet]) as desk:
        desk.clock[0] = START + timedelta(minutes=2)
        reextract(desk.kit, desk.state(watch), desk.clock[0])
        (alert,) = desk.alerts()
        assert (alert.kind, alert.old_n, alert.new_n) == (AlertKind.CHANGE, 1, 2)
        assert desk.state(watch).latest_n == 3
        desk.clock[0] += timedelta(hours=1)
        assert settle_due(desk.kit, desk.clock[0]) == []


def test_every_paragraph_of_a_passage_taken_out_is_remembered_not_only_the_first(opened: Open) -> None:
    with opened(judge={"settle": 0}) as desk:
        watch = desk.watch()
        desk.publish(paragraphs=PARAGRAPHS[:-3])
        assert desk.look(watch).outcome is Outcome.CHANGED
        with desk.kit.db.read() as tx:
            removed = history_of(tx, watch.id, desk.clock[0]).removed
        assert {passage.text for passage in removed} == set(PARAGRAPHS[-3:])
        desk.pass_time(30)
        desk.publish(paragraphs=(*PARAGRAPHS[:-3], PARAGRAPHS[-1]), turn=3)
        desk.look(watch)
        desk.pass_time(30)
        with desk.kit.db.read() as tx:
            newest = changes.list_(tx, watch_id=watch.id, limit=1)[0]
        assert "flip_flop" in newest.kinds, newest.kinds


def test_an_old_quiet_story_is_not_checked_again(opened: Open) -> None:
    with opened(cadence={"steps": [["5d", "1h"]], "retire_after": "5d"}) as desk:
        watch = desk.watch()
        desk.pass_time(19 * 60, step=60)
        assert desk.state(watch).state is WatchState.ACTIVE
        desk.pass_time(6 * 60, step=60)
        after = desk.state(watch)
        assert (after.state, after.next_check_at, after.latest_n) == (WatchState.RETIRED, None, 1)
        desk.site.forget()
        desk.pass_time(6 * 60, step=60)
        assert desk.site.requests == []
        assert desk.alerts() == []
