"""Lines an outlet prints in story after story stop telling, through the real jobs; facts never do."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.core.comparison import Severity
from bot.core.model import Outcome
from bot.core.story import BlockKind
from bot.jobs.messages import change_message, comparison_of
from bot.jobs.reextract import reextract
from bot.store import versions
from tests.acceptance.pages import PARAGRAPHS
from tests.jobs.test_lives import MAJOR, START, Desk
from tests.newsroom import Newsroom

PITCH = "Our Tide Table lands in your inbox before breakfast, whatever the weather."
BACKGROUND = "The harbour master has denied all of the charges against him."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    config = parse(
        {
            "fetch": {"allow_private": ["127.0.0.0/8"], "host_gap": 0, "robots": False},
            "cadence": {"steps": [["365d", "5m"]]},
            "judge": {"settle": 0},
        },
        {},
    )
    clock, screen = [START], io.StringIO()
    console = Console(file=screen, width=100)
    with Newsroom() as site, App.open(config, tmp_path / "d", console=console, clock=lambda: clock[0]) as app:
        one = Desk(app, site, clock, screen)
        try:
            yield one
        finally:
            one.close()


def _texts(number: int) -> tuple[str, ...]:
    """The paragraphs of a story of its own."""
    return tuple(f"{text} That was told on pier {number}." for text in PARAGRAPHS)


def within(paragraphs: Sequence[str], line: str) -> tuple[str, ...]:
    """The line amid the paragraphs; at the end of a page an appeal is left out by its words alone."""
    return (*paragraphs[:2], line, *paragraphs[2:])


def _publish_others(desk: Desk, line: str, count: int = 3) -> None:
    for number in range(count):
        desk.watch(f"/{number}", headline=f"Harbour story number {number}", paragraphs=within(_texts(number), line))


def test_a_line_of_three_stories_may_come_and_go_in_a_fourth(desk: Desk) -> None:
    _publish_others(desk, PITCH)
    watch = desk.watch("/a", paragraphs=within(PARAGRAPHS, PITCH))
    desk.publish("/a", paragraphs=PARAGRAPHS)
    assert desk.look(watch).outcome is Outcome.UNCHANGED
    desk.publish("/a", paragraphs=(PITCH, *PARAGRAPHS))
    assert desk.look(watch).outcome is Outcome.UNCHANGED
    assert desk.state(watch).latest_n == 1
    assert desk.alerts() == []


def test_in_two_stories_it_is_a_line_like_any_other(desk: Desk) -> None:
    _publish_others(desk, PITCH, count=1)
    watch = desk.watch("/a", paragraphs=within(PARAGRAPHS, PITCH))
    desk.publish("/a", paragraphs=PARAGRAPHS)
    assert desk.look(watch).outcome is Outcome.CHANGED


def test_a_line_learnt_after_the_first_version_is_left_out_of_what_is_told(desk: Desk) -> None:
    watch = desk.watch("/a", paragraphs=within(PARAGRAPHS, PITCH))
    _publish_others(desk, PITCH)
    desk.publish("/a", paragraphs=MAJOR)
    assert desk.look(watch).outcome is Outcome.CHANGED
    (alert,) = desk.alerts()
    assert (alert.old_n, alert.new_n) == (1, 2)
    with desk.kit.db.read() as tx:
        comparison, old, _ = comparison_of(tx, desk.kit, watch, 1, 2)
        message = change_message(tx, desk.kit, watch, 1, 2)
    assert [finding.kind for finding in comparison.findings if "para" in finding.kind] == ["para_edited"]
    assert PITCH in [block.text for block in old.blocks]
    assert not any(PITCH[:20] in finding.explanation and finding.severity for finding in message.findings)


def test_a_learnt_line_over_several_versions_is_no_news_between_any_two_of_them(desk: Desk) -> None:
    watch = desk.watch("/a", paragraphs=within(PARAGRAPHS, PITCH))
    desk.publish("/a", paragraphs=within(MAJOR, PITCH))
    desk.look(watch)
    _publish_others(desk, PITCH)
    desk.publish("/a", paragraphs=PARAGRAPHS[:2] + MAJOR[2:])
    desk.look(watch)
    with desk.kit.db.read() as tx:
        comparison, _, _ = comparison_of(tx, desk.kit, watch, 1, 3)
    assert "para_removed" not in {finding.kind for finding in comparison.findings}


def test_a_sentence_of_background_in_many_stories_tells_when_it_goes(desk: Desk) -> None:
    _publish_others(desk, BACKGROUND, count=4)
    watch = desk.watch("/a", paragraphs=(*PARAGRAPHS, BACKGROUND))
    desk.publish("/a", paragraphs=PARAGRAPHS)
    found = desk.look(watch)
    assert found.outcome is Outcome.CHANGED
    assert found.severity is not None and found.severity >= Severity.NOTABLE


def test_and_when_it_is_edited(desk: Desk) -> None:
    _publish_others(desk, BACKGROUND, count=4)
    watch = desk.watch("/a", paragraphs=(*PARAGRAPHS, BACKGROUND))
    desk.publish("/a", paragraphs=(*PARAGRAPHS, BACKGROUND.replace("denied", "admitted")))
    found = desk.look(watch)
    assert found.outcome is Outcome.CHANGED
    assert found.severity is not None and found.severity >= Severity.NOTABLE


def test_the_edit_of_a_learnt_line_shows(desk: Desk) -> None:
    _publish_others(desk, PITCH)
    watch = desk.watch("/a", paragraphs=within(PARAGRAPHS, PITCH))
    desk.publish("/a", paragraphs=(*PARAGRAPHS, "The harbour master was arrested on Sunday night."))
    assert desk.look(watch).outcome is Outcome.CHANGED


def test_a_correction_in_three_stories_still_tells(desk: Desk) -> None:
    note = "Correction: An earlier version of this article gave the wrong name for the harbour."
    _publish_others(desk, note)
    watch = desk.watch("/a")
    desk.publish("/a", note=note)
    found = desk.look(watch)
    assert found.severity is Severity.CRITICAL


def test_one_story_at_four_addresses_teaches_nothing(desk: Desk) -> None:
    label = "A series about water"
    for number in range(4):
        desk.watch(f"/{number}", paragraphs=(*PARAGRAPHS, label), headline=f"Harbour story number {number}")
    watch = desk.watch("/a", paragraphs=(*_texts(9), label))
    desk.publish("/a", paragraphs=_texts(9))
    assert desk.look(watch).outcome is Outcome.CHANGED


def test_the_versions_of_one_story_teach_a_line_once(desk: Desk) -> None:
    watch = desk.watch("/a")
    for turn in range(4):
        desk.clock[0] = desk.clock[0].replace(hour=10 + turn)
        with_line = () if turn % 2 else (PITCH,)
        desk.publish("/a", paragraphs=(*PARAGRAPHS[: 3 + turn % 3], *MAJOR[1:2] * (turn % 2), *with_line), turn=turn)
        desk.look(watch)
    other = desk.watch("/b", paragraphs=within(_texts(1), PITCH), headline="Another harbour story")
    desk.publish("/b", paragraphs=_texts(1))
    assert desk.look(other).outcome is Outcome.CHANGED


def test_reading_stored_pages_again_keeps_what_is_marked(desk: Desk) -> None:
    _publish_others(desk, PITCH)
    watch = desk.watch("/a", paragraphs=within(PARAGRAPHS, PITCH))
    with desk.kit.db.read() as tx:
        kinds = {block.text: block.kind for block in versions.story(tx, watch.id, 1).blocks}
    assert kinds[PITCH] is BlockKind.FURNITURE
    found = reextract(desk.kit, desk.state(watch), desk.clock[0])
    assert not found.differs
    assert desk.state(watch).latest_n == 1


def test_a_label_that_keeps_coming_back_in_one_story_stops_telling(desk: Desk) -> None:
    label = "A series about water"
    watch = desk.watch("/a")
    outcomes = []
    for turn in range(8):
        desk.clock[0] += timedelta(minutes=45)
        desk.publish("/a", paragraphs=(*PARAGRAPHS, *([label] if turn % 2 == 0 else [])), turn=turn + 2)
        outcomes.append(desk.look(watch).outcome)
    assert outcomes[0] is Outcome.CHANGED
    assert outcomes[5:] == [Outcome.UNCHANGED] * 3


def test_a_counter_on_every_page_of_an_outlet_stops_telling_and_a_toll_never_does(desk: Desk) -> None:
    for number in range(12):
        toll = ["Toll so far: 12"] if number < 4 else []
        paragraphs = (*_texts(number), f"Просмотров {number * 31 + 8}", *toll)
        desk.watch(f"/{number}", headline=f"Harbour story number {number}", paragraphs=paragraphs)
    watch = desk.watch("/a", paragraphs=(*PARAGRAPHS, "Просмотров 17", "Toll so far: 12"))
    desk.publish("/a", paragraphs=(*PARAGRAPHS, "Просмотров 451", "Toll so far: 12"))
    assert desk.look(watch).outcome is Outcome.UNCHANGED
    desk.publish("/a", paragraphs=(*PARAGRAPHS, "Просмотров 518", "Toll so far: 19"))
    found = desk.look(watch)
    assert found.outcome is Outcome.CHANGED and found.severity is Severity.MAJOR
