"""A comparison as rows: every paragraph once, in the new order, and the texts of both versions to be read off."""

from __future__ import annotations

import random

import pytest

from bot.core.compare import compare
from bot.core.story import Block, BlockKind, Story
from bot.render.rows import Mark, Row, RowKind, Segment, collapse, glue, rows

SENTENCES = (
    "The harbour master said on Tuesday that twelve people had died aboard the ferry.",
    "“The engine was old,” said Ida Holm, who runs the line to the islands.",
    "Sailings begin again on Friday morning from the northern quay.",
    "The town hall was opened for the passengers and their families.",
    "An inquiry opens next week under a retired judge, the ministry said.",
    "It is the second fire within five years on a ferry of this line.",
    "Three lifeboats brought everybody ashore within the hour.",
    "The owner declined to comment on the insurance of the vessel.",
)


def story(*paragraphs: str, headline: str = "Ferry fire", kind: BlockKind = BlockKind.PARAGRAPH) -> Story:
    return Story(headline=headline, blocks=tuple(Block(kind=kind, text=words) for words in paragraphs))


def made(old: Story, new: Story) -> tuple[Row, ...]:
    return rows(compare(old, new), old, new)


def kinds(found: tuple[Row, ...]) -> list[RowKind]:
    return [row.kind for row in found]


def test_an_unchanged_story_has_only_unchanged_rows() -> None:
    found = made(story(*SENTENCES), story(*SENTENCES))
    assert kinds(found) == [RowKind.UNCHANGED] * len(SENTENCES)
    assert not any(row.changed for row in found)


def test_an_edited_paragraph_shows_its_words_before_and_after() -> None:
    old, new = story(*SENTENCES[:3]), story(SENTENCES[0].replace("twelve", "nineteen"), *SENTENCES[1:3])
    row = made(old, new)[0]
    assert row.kind is RowKind.EDITED
    assert row.old_text == SENTENCES[0]
    assert row.new_text == SENTENCES[0].replace("twelve", "nineteen")
    changed = [(part.mark, part.text.strip()) for part in row.segments if part.mark is not Mark.EQUAL]
    assert changed == [(Mark.DELETED, "twelve"), (Mark.INSERTED, "nineteen")]


def test_a_removed_paragraph_stands_at_its_old_place() -> None:
    found = made(story(*SENTENCES[:4]), story(SENTENCES[0], SENTENCES[2], SENTENCES[3]))
    assert kinds(found) == [RowKind.UNCHANGED, RowKind.REMOVED, RowKind.UNCHANGED, RowKind.UNCHANGED]
    assert found[1].old == (2,)
    assert found[1].new == ()
    assert found[1].old_text == SENTENCES[1]
    assert found[1].new_text == ""


def test_what_was_removed_at_the_end_comes_last() -> None:
    found = made(story(*SENTENCES[:4]), story(*SENTENCES[:2]))
    assert kinds(found) == [RowKind.UNCHANGED, RowKind.UNCHANGED, RowKind.REMOVED, RowKind.REMOVED]
    assert [row.old for row in found[2:]] == [(3,), (4,)]


def test_an_added_paragraph_stands_at_its_new_place() -> None:
    found = made(story(*SENTENCES[:2]), story(SENTENCES[0], SENTENCES[5], SENTENCES[1]))
    assert kinds(found) == [RowKind.UNCHANGED, RowKind.ADDED, RowKind.UNCHANGED]
    assert found[1].new == (2,)
    assert found[1].new_text == SENTENCES[5]


def test_a_moved_paragraph_says_so_and_is_no_removal() -> None:
    found = made(story(*SENTENCES[:5]), story(SENTENCES[4], *SENTENCES[:4]))
    moved = [row for row in found if row.moved]
    assert [row.kind for row in moved] == [RowKind.MOVED]
    assert (moved[0].old, moved[0].new) == ((5,), (1,))
    assert not moved[0].changed
    assert RowKind.REMOVED not in kinds(found)


def test_a_split_paragraph_is_one_row_with_both_halves() -> None:
    joined = f"{SENTENCES[0]} {SENTENCES[5]}"
    found = made(story(joined, SENTENCES[2]), story(SENTENCES[0], SENTENCES[5], SENTENCES[2]))
    assert kinds(found) == [RowKind.SPLIT, RowKind.UNCHANGED]
    assert (found[0].old, found[0].new) == ((1,), (1, 2))
    back = made(story(SENTENCES[0], SENTENCES[5], SENTENCES[2]), story(joined, SENTENCES[2]))
    assert kinds(back) == [RowKind.MERGED, RowKind.UNCHANGED]


def test_a_changed_headline_comes_first() -> None:
    found = made(story(*SENTENCES[:2]), story(*SENTENCES[:2], headline="Ferry fire kills twelve"))
    assert found[0].kind is RowKind.HEADLINE
    assert found[0].new_text == "Ferry fire kills twelve"
    assert found[0].old_text == "Ferry fire"


def test_furniture_is_never_shown() -> None:
    extra = (Block(kind=BlockKind.FURNITURE, text="Read more: ten things about ferries"),)
    old, new = story(*SENTENCES[:2]), story(*SENTENCES[:2])
    with_extra = Story(headline=new.headline, blocks=(*extra, *new.blocks))
    assert kinds(made(old, with_extra)) == [RowKind.UNCHANGED] * 2
    assert kinds(made(with_extra, old)) == [RowKind.UNCHANGED] * 2


@pytest.mark.parametrize("seed", range(60))
def test_every_paragraph_of_both_versions_is_in_exactly_one_row(seed: int) -> None:
    dice = random.Random(seed)
    first = dice.sample(SENTENCES, k=dice.randint(1, len(SENTENCES)))
    second = [
        sentence.replace("the", "a", dice.randint(0, 2)) for sentence in first if dice.random() < 0.8
    ] + dice.sample(SENTENCES, k=dice.randint(0, 2))
    dice.shuffle(second) if dice.random() < 0.4 else None
    old, new = story(*first), story(*second)
    found = [row for row in made(old, new) if row.kind not in (RowKind.HEADLINE, RowKind.STANDFIRST)]
    assert sorted(number for row in found for number in row.old) == list(range(1, len(first) + 1))
    assert sorted(number for row in found for number in row.new) == list(range(1, len(second) + 1))
    assert [number for row in found for number in row.new] == list(range(1, len(second) + 1))
    for row in found:
        before = " ".join(" ".join(old.blocks[number - 1].text for number in row.old).split())
        after = " ".join(" ".join(new.blocks[number - 1].text for number in row.new).split())
        assert " ".join(row.old_text.split()) == (before if row.kind is not RowKind.ADDED else "")
        assert " ".join(row.new_text.split()) == (after if row.kind is not RowKind.REMOVED else "")


def test_collapsing_counts_what_it_hides_and_keeps_neighbours() -> None:
    new = [*SENTENCES]
    new[4] = new[4].replace("next week", "next month")
    found = made(story(*SENTENCES), story(*new))
    assert [(row.kind, row.hidden) for row in collapse(found)] == [
        (RowKind.COLLAPSED, 4), (RowKind.EDITED, 0), (RowKind.COLLAPSED, 3),
    ]  # fmt: skip
    near = collapse(found, context=1)
    assert [row.hidden for row in near if row.kind is RowKind.COLLAPSED] == [3, 2]
    assert len(near) == 5
    assert collapse([]) == ()


def edit(mark: Mark, words: str) -> Segment:
    return Segment(mark=mark, text=words)


def test_glue_joins_edits_that_two_words_separate_and_no_more() -> None:
    parts = (
        edit(Mark.DELETED, "old "), edit(Mark.INSERTED, "new "), edit(Mark.EQUAL, "of the "),
        edit(Mark.DELETED, "house"), edit(Mark.INSERTED, "home"), edit(Mark.EQUAL, " that everybody knew well "),
        edit(Mark.INSERTED, "then"),
    )  # fmt: skip
    glued = glue(parts)
    assert [(part.mark, part.text) for part in glued] == [
        (Mark.DELETED, "old of the house"),
        (Mark.INSERTED, "new of the home"),
        (Mark.EQUAL, " that everybody knew well "),
        (Mark.INSERTED, "then"),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_glue_never_changes_the_text_before_or_after(seed: int) -> None:
    dice = random.Random(seed)
    parts = tuple(
        edit(dice.choice(list(Mark)), " ".join("ab" for _ in range(dice.randint(1, 4))) + " ") for _ in range(12)
    )
    row, glued = Row(kind=RowKind.EDITED, segments=parts), Row(kind=RowKind.EDITED, segments=glue(parts))
    assert glued.old_text == row.old_text
    assert glued.new_text == row.new_text
