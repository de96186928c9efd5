"""What a digest says: sections and their order, net change, what came and went, and its JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.core.comparison import Comparison, FieldChange, Finding, Severity, Span
from bot.core.digest import (
    NOISY,
    PAIR,
    TOP,
    Digest,
    Numbers,
    Step,
    StoryWindow,
    Trouble,
    build,
    counted_sections,
    from_json,
    pairs,
    to_json,
    verdict,
)

START = datetime(2026, 11, 23, 7, tzinfo=UTC)
END = START + timedelta(days=1)


def step(
    number: int = 1, *kinds: str, severity: Severity = Severity.NOTABLE, note: str = "", told_at: datetime | None = None
) -> Step:
    return Step(
        at=START + timedelta(hours=number),
        old_n=number,
        new_n=number + 1,
        severity=severity,
        kinds=kinds,
        notes=(note,) if note else (),
        told_at=told_at,
    )


def finding(kind: str, severity: Severity = Severity.NOTABLE, **more: Any) -> Finding:
    return Finding(kind=kind, severity=severity, rule="T1", **{"field": "body", **more})


def net(severity: Severity = Severity.NOTABLE, *findings: Finding, headline: bool = False) -> Comparison:
    return Comparison(
        status="trivial" if severity is Severity.TRIVIAL else "changed",
        severity=severity,
        findings=findings,
        headline=FieldChange(before="Old", after="New", changed=headline),
        summary="Text changed.",
    )


def story(number: int, **more: Any) -> StoryWindow:
    values: dict[str, Any] = {
        "watch_id": number,
        "headline": f"Story {number}",
        "outlet": "Harbour Times",
        "old_n": 1,
        "new_n": 2,
        "steps": (step(),),
        "net": net(),
    }
    return StoryWindow(**(values | more))


def digest(*stories: StoryWindow, **more: Any) -> Digest:
    values: dict[str, Any] = {
        "rule": "world",
        "zone": "Europe/London",
        "local_date": date(2026, 11, 24),
        "start": START,
        "end": END,
    }
    return build(stories, **(values | more))


def test_each_story_stands_once_in_the_gravest_section_that_fits() -> None:
    found = digest(
        story(1, net=net(Severity.CRITICAL, finding("correction_added"), headline=True)),
        story(2, gone_at=START + timedelta(hours=2), net=None),
        story(3, net=net(Severity.MAJOR, headline=True)),
        story(4, net=net(Severity.MAJOR)),
        story(5, net=net(Severity.MINOR)),
        story(6, net=net(Severity.TRIVIAL)),
        story(7, net=None),
        story(8, net=None, steps=(), old_n=None),
    )
    sections = {
        name: [entry.watch_id for entry in getattr(found, name)]
        for name in ("corrections", "gone", "headlines", "texts", "minor", "reverted", "new")
    }
    assert sections == {
        "corrections": [1],
        "gone": [2],
        "headlines": [3],
        "texts": [4],
        "minor": [5],
        "reverted": [7],
        "new": [8],
    }
    assert found.trivial == 1
    assert counted_sections(found) == [
        "1 correction",
        "1 story gone",
        "1 headline",
        "3 other changes",
        "1 changed back",
    ]
    assert verdict(found) == "1 correction, 1 story gone, 1 headline, 3 other changes and 1 changed back."


def test_what_changed_and_changed_back_is_told_and_not_dropped() -> None:
    [entry] = digest(story(1, net=None, steps=(step(1), step(2)))).reverted
    assert entry.times == 2
    assert entry.remark == "changed and changed back"


def test_only_trivial_steps_that_cancel_out_are_counted_as_trivial() -> None:
    found = digest(story(1, net=None, steps=(step(1, severity=Severity.TRIVIAL), step(2, severity=Severity.TRIVIAL))))
    assert (found.reverted, found.trivial) == ((), 1)


def test_a_correction_that_came_and_went_stays_a_correction() -> None:
    steps = (step(1, "correction_added", note="It was £14,000."), step(2, "correction_removed", note="It was £14,000."))
    [entry] = digest(story(1, net=None, steps=steps)).corrections
    assert entry.remark == "a correction came and was taken out again"
    assert entry.notes == ("It was £14,000.",)


def test_a_new_story_that_was_changed_is_listed_as_changed() -> None:
    found = digest(story(1, net=net(Severity.MAJOR, headline=True)), story(2, steps=(), net=None, old_n=None))
    assert [entry.watch_id for entry in found.headlines] == [1]
    assert [entry.watch_id for entry in found.new] == [2]


def test_corrections_are_never_cut_and_texts_beyond_the_top_go_to_the_lines() -> None:
    corrected = [story(n, net=net(Severity.MAJOR, finding("correction_added"))) for n in range(1, 41)]
    texts = [story(n, net=net(Severity.MAJOR)) for n in range(100, 130)]
    found = digest(*corrected, *texts)
    assert len(found.corrections) == 40
    assert len(found.texts) == TOP
    assert len(found.minor) == 30 - TOP


def test_a_longer_look_at_an_edit_that_is_shown_is_left_out() -> None:
    def found(kind: str, severity: Severity, before: str, after: str, block: int) -> Finding:
        span = Span(block=block, start=0, end=1)
        return Finding(kind=kind, severity=severity, rule="X", field="body", before=before, after=after, new=span)

    net = Comparison(
        status="changed",
        severity=Severity.MAJOR,
        findings=(
            found("figure_changed", Severity.MAJOR, "received £40,000 from", "received £14,000 from", 1),
            found(
                "para_edited",
                Severity.MINOR,
                "he received £40,000 from the owner",
                "he received £14,000 from the owner",
                1,
            ),
            found("para_edited", Severity.MINOR, "on Monday", "on Tuesday", 2),
        ),
    )
    assert [(pair.place, pair.before) for pair in pairs(net)] == [
        ("paragraph 1", "received £40,000 from"),
        ("paragraph 2", "on Monday"),
    ]


def test_the_most_telling_pairs_come_first_and_long_ones_are_clipped_at_a_word() -> None:
    long = "word " * 200
    found = digest(
        story(
            1,
            net=net(
                Severity.MAJOR,
                finding("para_added", Severity.MINOR, after="Something small."),
                finding("figure_changed", Severity.MAJOR, before="£40,000", after="£14,000"),
                finding("para_edited", Severity.MAJOR, before=long, after=long + "more"),
                finding("typography", Severity.TRIVIAL, before="a", after="b"),
            ),
        )
    )
    [entry] = found.texts
    assert [len(pair.before) <= PAIR for pair in entry.pairs] == [True, True]
    assert entry.pairs[0].before.endswith("word…")
    assert (entry.pairs[1].before, entry.pairs[1].after) == ("£40,000", "£14,000")


def test_a_story_that_another_digest_of_the_day_tells_of_is_left_out_and_counted() -> None:
    found = digest(story(1), story(2), told_elsewhere=frozenset({1}))
    assert [entry.watch_id for entry in found.changed] == [2]
    assert found.elsewhere == 1


def test_a_story_with_too_many_versions_is_trouble() -> None:
    steps = tuple(step(1) for _ in range(NOISY + 1))
    [trouble] = digest(story(1, steps=steps)).trouble
    assert trouble.what == f"noisy: {NOISY + 1} versions"
    assert digest(story(1, steps=steps), days=2).trouble == ()


def test_alerted_times_are_kept() -> None:
    told = START + timedelta(hours=3)
    [entry] = digest(story(1, steps=(step(1, told_at=told), step(2)))).texts
    assert entry.told_at == (told,)


def test_a_story_gone_and_back_says_so() -> None:
    [entry] = digest(
        story(1, gone_at=START + timedelta(hours=1), returned_at=START + timedelta(hours=2), net=None, steps=())
    ).gone
    assert entry.remark == "was gone and is back"


def test_a_story_that_came_back_in_the_window_is_told_although_it_went_before_it() -> None:
    [entry] = digest(story(1, returned_at=START + timedelta(hours=2), net=None, steps=())).gone
    assert entry.remark == "is back after it was gone"


def test_nothing_at_all_is_empty_and_says_all_quiet() -> None:
    found = digest(numbers=Numbers(watched=12, checked=10))
    assert found.is_empty
    assert verdict(found) == "All quiet: 10 stories checked, nothing changed."
    assert counted_sections(found) == []


def test_its_json_reads_back_without_loss() -> None:
    found = digest(
        story(1, net=net(Severity.CRITICAL, finding("correction_added", after="Note.")), headline_before="Was this"),
        story(2, gone_at=START + timedelta(hours=2), net=None, steps=()),
        story(3, net=net(Severity.MAJOR, finding("figure_changed", before="1", after="2"))),
        story(4, steps=(step(1, told_at=END),)),
        trouble=(Trouble(what="blocked", subject="X", since=START, watch_id=9), Trouble(what="w", subject="s")),
        numbers=Numbers(watched=3, checked=3, changes=9, last_check_at=END, by_outlet=(("Harbour Times", 9),)),
        days=3,
    )
    assert from_json(json.loads(json.dumps(to_json(found)))) == found
    assert found.late
