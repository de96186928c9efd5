"""Full-text search: the same stories on both databases, words that are gone too, and no query that breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.story import Block, Story
from bot.store import search, views, watches
from bot.store.database import Database
from tests.contract import values


def follow(db: Database, number: int, *texts: Story) -> int:
    """A story with these versions."""
    with db.begin() as tx:
        watch = values.watch(tx, number)
        for text in texts:
            values.version(tx, watch.id, text)
    return watch.id


def found(db: Database, query: str) -> list[int]:
    """Numbers of the stories a search lists."""
    with db.read() as tx:
        return sorted(line.watch.id for line in views.stories(tx, views.Filter(terms=search.parse(query))).stories)


@pytest.fixture
def three(db: Database) -> tuple[int, int, int]:
    """Three stories: one that lost a sentence, one with accents, one in Japanese."""
    first = follow(
        db,
        1,
        values.story("Minister denies £40,000 gift", "He met the developer in Málaga.", "Allegedly he smiled."),
        values.story("Minister denies £14,000 gift", "He met the developer in Málaga."),
    )
    second = follow(
        db, 2, values.story("Harbour works delayed", "The minister for harbours spoke: naïve, said e\u0301lan.")
    )
    third = follow(db, 3, values.story("東京で地震", "気象庁によると、震度は5だった。"))
    return first, second, third


def test_every_word_must_be_somewhere_in_some_version(db: Database, three: tuple[int, int, int]) -> None:
    first, second, third = three
    assert found(db, "minister") == [first, second]
    assert found(db, "minister gift") == [first]
    assert found(db, "allegedly 14,000") == [first]  # the one is gone, the other came: both were in the story
    assert found(db, "minister zebra") == []
    assert found(db, "HARBOUR delayed") == [second]
    assert found(db, "地震") == [third]
    assert found(db, "震度 気象庁") == [third]


def test_accents_case_and_punctuation_do_not_matter(db: Database, three: tuple[int, int, int]) -> None:
    first, second, _ = three
    assert found(db, "malaga") == [first]
    assert found(db, "MÁLAGA") == [first]
    assert found(db, "naive elan") == [second]
    assert found(db, "£40,000") == [first]
    assert found(db, "$40.000") == [first]


def test_quotation_marks_keep_words_together_and_a_star_leaves_the_end_open(
    db: Database, three: tuple[int, int, int]
) -> None:
    first, second, _ = three
    assert found(db, '"met the developer"') == [first]
    assert found(db, '"developer the met"') == []
    assert found(db, "harbou*") == [second]
    assert found(db, "harbou") == []
    assert found(db, '"denies £14,000 gift') == [first]


def test_a_line_is_kept_once_with_the_versions_that_showed_it(db: Database) -> None:
    text = values.story("Same", "One.", "Two.")
    watch_id = follow(db, 1, text, values.story("Same", "Two.", "Three."), text)
    with db.read() as tx:
        lines = {line.text: (line.first, line.last) for line in search.lines(tx, watch_id) if line.field != "byline"}
    assert lines == {"Same": (1, 3), "One.": (1, 3), "Two.": (1, 3), "Three.": (2, 2)}


def test_indexing_a_version_again_changes_nothing(db: Database) -> None:
    text = values.story("Same", "One.")
    watch_id = follow(db, 1, text)
    with db.begin() as tx:
        before = search.lines(tx, watch_id)
        search.index(tx, watch_id, 1, text)
        assert search.lines(tx, watch_id) == before
    assert found(db, "same") == [watch_id]


def test_a_hidden_story_is_not_found_and_a_removed_one_is(db: Database, three: tuple[int, int, int]) -> None:
    first, second, _ = three
    with db.begin() as tx:
        views.hide(tx, first, reason="law", by="test", now=values.NOW)
        watches.remove(tx, second, values.NOW)
    assert found(db, "minister") == [second]


@pytest.mark.parametrize(
    "query",
    [
        "minister AND NOT gift",
        "NEAR(minister gift)",
        "headlines : minister",
        "minister OR",
        '"',
        '""',
        "*",
        "a*b*",
        "' OR 1=1 --",
        "minister:*",
        "(minister",
        "min\x00ister",
        "\ud800",
        "x" * 10_000,
        "a " * 5_000,
        "& | ! <->",
        "{col}: ^minister",
        "\\",
        "½ ² ﬁ ß İ",
    ],
)
def test_no_query_breaks_the_search(db: Database, three: tuple[int, int, int], query: str) -> None:
    terms = search.parse(query)
    assert len(terms) <= search.MAX_TERMS
    if terms:
        found(db, query)


@given(st.text(max_size=300))
def test_parsing_never_fails_and_only_plain_words_reach_the_database(query: str) -> None:
    for term in search.parse(query):
        assert term.words
        for word in term.words:
            assert word
            assert len(word) <= search.MAX_WORD
            assert not set(word) & set("\"'\\&|!<>():*^{} ")


@given(st.text(max_size=200))
def test_highlights_lie_inside_the_line(words: str) -> None:
    line = search.Line(field="body", text=words, first=1, last=1)
    best = search.best_line([line], search.parse(words))
    if best is not None:
        for start, end in best[1]:
            assert 0 <= start < end <= len(words)


def test_the_newest_line_with_most_of_the_words_is_shown() -> None:
    lines = [
        search.Line(field="body", text="The minister spoke.", first=1, last=1),
        search.Line(field="body", text="The minister took the gift.", first=1, last=2),
        search.Line(field="body", text="The minister kept the gift.", first=3, last=3),
    ]
    best = search.best_line(lines, search.parse("minister gift"))
    assert best is not None
    line, spans = best
    assert line.first == 3
    assert [line.text[a:b] for a, b in spans] == ["minister", "gift"]


def test_a_story_of_a_megabyte_is_indexed_as_far_as_the_database_can(db: Database) -> None:
    text = Story(headline="Long", blocks=(Block(text="word " * 200_000), Block(text="1 " + "é" * 300_000)))
    watch_id = follow(db, 1, text)
    assert found(db, "long word") == [watch_id]
