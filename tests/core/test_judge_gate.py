"""The judge gate: hundreds of labelled pairs, with floors that only ever rise.

The labels were written from what an editor wants to know, not from what the comparator says. A pair that fails is a
task for the comparator. ``python -m tests.gate`` prints the table; ``--pin`` makes today's rates the floors.
"""

from __future__ import annotations

import json

import pytest

from bot.core.compare import compare
from bot.core.comparison import KINDS
from bot.core.comparison import from_json as comparison_from_json
from bot.core.comparison import to_json as comparison_to_json
from bot.core.story import BlockKind
from tests import gate

CORPUS = gate.pairs()


@pytest.fixture(scope="module")
def outcome() -> gate.Gate:
    return gate.run(CORPUS, compare)


def test_the_corpus_is_the_one_the_floors_were_pinned_for() -> None:
    assert gate.pinned()["sha256"] == gate.corpus_hash(), (
        "The labelled pairs changed, so the floors say nothing any more. Read the table of `python -m tests.gate`, "
        "make sure that no label was weakened to pass, then pin anew with `python -m tests.gate --pin`."
    )


def test_every_family_passes_as_often_as_it_did(outcome: gate.Gate) -> None:
    floors = gate.pinned()["families"]
    fallen = [name for name, score in outcome.families.items() if score.rate < floors[name]]
    assert not fallen, f"worse than before: {', '.join(fallen)}\n{outcome.table()}"


def test_the_whole_corpus_passes_as_often_as_it_did(outcome: gate.Gate) -> None:
    assert outcome.overall.rate >= gate.pinned()["overall"], outcome.table()


def test_what_is_worth_telling_is_told_and_little_else(outcome: gate.Gate) -> None:
    floors = gate.pinned()
    assert outcome.recall >= floors["recall"], f"facts are silenced\n{outcome.table()}"
    assert outcome.precision >= floors["precision"], f"noise is told\n{outcome.table()}"


def test_the_floors_are_high_enough_to_mean_something() -> None:
    floors = gate.pinned()
    assert min(floors["overall"], floors["recall"], floors["precision"]) >= 0.85


def test_a_silenced_fact_would_be_noticed(outcome: gate.Gate) -> None:
    """The gate itself can fail: a comparator that says nothing passes hardly anything worth telling."""
    nothing = gate.run(CORPUS, lambda old, _: compare(old, old))
    assert nothing.recall == 0.0
    assert nothing.overall.rate < 0.4


def test_a_comparator_that_cries_wolf_would_be_noticed() -> None:
    wolf = compare(CORPUS[0].old, next(one for one in CORPUS if one.id == "HL02").new)
    crying = gate.run(CORPUS, lambda old, new: wolf)
    assert crying.precision < 0.8


def test_ids_are_unique_and_kinds_are_known() -> None:
    assert len({one.id for one in CORPUS}) == len(CORPUS) >= 300
    for one in CORPUS:
        wanted = one.expected
        named = {
            *wanted["kinds_required"],
            *wanted["kinds_forbidden"],
            *(k for ks in wanted["kinds_any_of"] for k in ks),
        }
        assert named <= KINDS, one.id
        assert not set(wanted["kinds_required"]) & set(wanted["kinds_forbidden"]), one.id
        low, high = wanted["severity_ok"]
        assert 0 <= low <= wanted["severity"] <= high <= 4, one.id


def test_labelled_links_are_within_the_stories_and_cover_each_block_once() -> None:
    for one in CORPUS:
        links = one.expected.get("links", [])
        for side, story in (("old", one.old), ("new", one.new)):
            numbers = [number for link in links for number in link[side]]
            numbers += one.expected.get("removed" if side == "old" else "added", [])
            assert len(numbers) == len(set(numbers)), one.id
            assert all(1 <= number <= len(story.blocks) for number in numbers), one.id


def test_no_two_families_share_one_template() -> None:
    """Pairs of the same few sentences would measure the same thing hundreds of times."""
    openings = {one.old.blocks[0].text for one in CORPUS if one.old.blocks}
    assert len(openings) >= 30


def test_every_pair_survives_the_journey_through_json() -> None:
    for one in CORPUS[::7]:
        comparison = compare(one.old, one.new)
        assert comparison_from_json(json.loads(json.dumps(comparison_to_json(comparison)))) == comparison_from_json(
            comparison_to_json(comparison)
        )


def test_comparing_a_corpus_story_with_itself_finds_nothing() -> None:
    for one in CORPUS[::5]:
        assert compare(one.old, one.old).status == "same"
        assert all(block.kind in BlockKind for block in one.old.blocks)
