"""Which paragraph became which."""

from __future__ import annotations

from bot.core.compare import compare
from bot.core.comparison import Comparison
from bot.core.diff import Budget, diff_keys, increasing
from bot.core.story import Block, Story

A = "The council will vote on Thursday on a plan to rebuild the outer harbour wall."
B = "Engineers say the wall, which dates from 1911, has moved several centimetres since winter."
C = "Residents of the lower town were told on Friday to keep their cars away from the slipway."


def between(old: list[str], new: list[str]) -> Comparison:
    return compare(*(Story(lang="en", blocks=tuple(Block(text=text) for text in texts)) for texts in (old, new)))


def relations(result: Comparison) -> list[tuple[tuple[int, ...], tuple[int, ...], str]]:
    return [(link.old, link.new, link.relation) for link in result.links]


def test_a_split_at_a_sentence_end_is_a_split() -> None:
    assert ((1,), (1, 2), "split") in relations(between([f"{A} {B}", C], [A, B, C]))


def test_a_merge_is_a_merge() -> None:
    assert ((1, 2), (1,), "merged") in relations(between([A, B, C], [f"{A} {B}", C]))


def test_a_moved_paragraph_is_neither_added_nor_removed() -> None:
    result = between([A, B, C], [B, C, A])
    assert not result.removed
    assert not result.added
    assert [link.moved for link in result.links].count(True) == 1


def test_equal_paragraphs_pair_in_order() -> None:
    result = between([A] * 4, [A] * 3)
    assert len(result.links) == 3
    assert len(result.removed) == 1


def test_the_heaviest_chain_is_found() -> None:
    assert increasing([1, 2, 0, 3], [1, 1, 1, 1]) == [0, 1, 3]
    assert increasing([1, 0], [1, 5]) == [1]


def test_a_spent_budget_gives_a_coarse_answer_and_says_so() -> None:
    budget = Budget(left=1)
    assert diff_keys(["a", "b"], ["c", "b", "d"], budget) == [("replace", 0, 2, 0, 3)]
    assert budget.spent
