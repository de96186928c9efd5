"""A story written anew, a third of the words or more and its opening: links, quotations and figures are right."""

from __future__ import annotations

import pytest

from bot.core.compare import compare
from bot.core.comparison import Severity
from tests import rewrites
from tests.rewrites import Rewrite

ALL = rewrites.rewrites()


def test_there_are_rewrites_in_five_languages() -> None:
    assert len(ALL) >= 8
    assert len({one.old.lang for one in ALL}) >= 5


@pytest.mark.parametrize("one", ALL, ids=lambda one: str(one.name))
def test_links_quotations_and_figures_of_a_rewritten_story_are_right(one: Rewrite) -> None:
    found = compare(one.old, one.new)
    assert rewrites.wrong_links(one, found) == []
    assert rewrites.wrong_quotes(one, found) == []
    assert rewrites.wrong_figures(one, found) == []
    assert found.severity >= Severity.MAJOR
    assert "rewritten" in found.flags


@pytest.mark.parametrize("one", ALL, ids=lambda one: str(one.name))
def test_the_way_back_has_the_same_links(one: Rewrite) -> None:
    there, back = compare(one.old, one.new), compare(one.new, one.old)
    turned = {(link.new, link.old) for link in back.links}
    shared = turned & {(link.old, link.new) for link in there.links}
    assert len(shared) >= len(there.links) - 2
