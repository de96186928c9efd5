"""What an outlet's own rules change, how furniture of a site is learnt, and how a reading explains itself."""

from __future__ import annotations

import pytest

from bot.core.story import BlockKind
from bot.errors import ExtractError
from bot.extract import Extraction, OutletRules, extract, furniture, line_hash, lines_of
from bot.extract.page import recipe
from bot.extract.site import marked
from tests import bridge

TEXT = bridge.TEXT[:4]
SLOGAN = "Independent since the year of the great frost"


def _page(*lines: str, extra: str = "", title: str = "Swing bridge to close") -> bytes:
    body = "".join(f'<p class="t">{line}</p>' for line in (*TEXT, *lines))
    head = f'<title>{title}</title><meta property="og:type" content="article"><meta name="author" content="M. Lind">'
    head += '<meta property="article:published_time" content="2026-01-02T03:04:00Z">'
    return (
        f"<html lang=en><head>{head}</head><body><main><h1>{title}</h1>"
        f'<div class="copy">{body}</div>{extra}</main></body></html>'
    ).encode()


def _read(page: bytes, **given: object) -> Extraction:
    return extract(page, url="https://outlet.example/s", explain=True, **given)  # type: ignore[arg-type]


def _texts(found: Extraction) -> list[str]:
    return [block.text for block in found.story.blocks]


def test_a_line_an_outlet_drops_is_gone_and_said_so() -> None:
    found = _read(_page(SLOGAN), rules=OutletRules(drop_lines=("^Independent since",)))
    assert SLOGAN not in _texts(found)
    assert ("drop_lines:1", SLOGAN) in [(one.rule, one.text) for one in found.dropped]


def test_what_an_outlet_removes_is_never_read() -> None:
    extra = '<div class="house"><p>A long house notice that reads like any other paragraph of the text.</p></div>'
    page = _page(*TEXT[:1], extra=extra)
    assert not any("house notice" in text for text in _texts(_read(page, rules=OutletRules(remove=(".house",)))))


def test_an_outlets_selectors_win_over_the_general_method() -> None:
    extra = '<div id="hl">The headline we print</div><div id="by">By Ada Quay and Otto Pier</div>'
    extra += '<div id="st">A standfirst kept in an odd place on the page.</div>'
    extra += '<time id="d" datetime="2026-02-03T04:05:00+01:00"></time>'
    selectors = {"headline": "#hl", "byline": "#by", "standfirst": "#st", "published": "#d", "body": ".copy"}
    found = _read(_page(extra=extra), rules=OutletRules(selectors=selectors))
    story = found.story
    assert story.headline == "The headline we print"
    assert story.byline == ("Ada Quay", "Otto Pier")
    assert story.standfirst == "A standfirst kept in an odd place on the page."
    assert story.published_at is not None and story.published_at.isoformat() == "2026-02-03T03:05:00+00:00"
    assert found.sources["headline"] == "selector #hl"
    assert found.sources["body"] == "selector"


def test_method_selector_takes_every_line_of_its_container() -> None:
    link = '<p><a href="/x">Read more: a line that is nothing but a link</a></p>'
    page = _page(extra=f'<div class="all"><p>{TEXT[0]}</p><p>{TEXT[1]}</p>{link}<p>{TEXT[2]}</p></div>')
    plain = _read(page, rules=OutletRules(method="selector", selectors={"body": ".all"}))
    assert any("nothing but a link" in text for text in _texts(plain))


def test_corrections_by_selector_become_notes() -> None:
    extra = '<div id="c">The bridge has four bearings, and not six as we wrote.</div>'
    found = _read(_page(extra=extra), rules=OutletRules(selectors={"corrections": "#c"}))
    notes = [block.text for block in found.story.blocks if block.kind is BlockKind.NOTE]
    assert notes == ["The bridge has four bearings, and not six as we wrote."]


@pytest.mark.parametrize(
    "rules", [OutletRules(selectors={"headline": "h1[[["}), OutletRules(drop_lines=("(unclosed",))], ids=["css", "re"]
)
def test_a_rule_that_does_not_parse_is_named_and_left_out(rules: OutletRules) -> None:
    found = _read(_page(), rules=rules)
    assert found.story.headline == "Swing bridge to close"
    assert "h1[[[" in found.sources["rules"] or "(unclosed" in found.sources["rules"]


def test_an_outlets_floor_of_words_makes_a_shorter_page_empty() -> None:
    with pytest.raises(ExtractError) as caught:
        _read(_page(), rules=OutletRules(min_words=500))
    assert caught.value.kind == "empty"


def test_the_recipe_follows_the_rules_and_nothing_else() -> None:
    plain, ruled = OutletRules(), OutletRules(remove=(".x",))
    assert recipe(plain) == recipe(OutletRules(name="other"))
    assert recipe(ruled) != recipe(plain)
    assert recipe(ruled) == _read(_page(), rules=ruled).recipe


def test_a_line_of_three_stories_is_furniture_of_the_site() -> None:
    others = [
        _page(SLOGAN, f"Only here, number {word}, a line of this story alone.", title=f"The {word} story")
        for word in ("first", "second", "third")
    ]
    learnt = furniture(lines_of(_read(page).story) for page in others)
    assert line_hash(SLOGAN) in learnt
    fourth = _page(SLOGAN, "A line that nobody has printed before, about the fourth pier.")
    assert SLOGAN in _texts(_read(fourth))
    after = marked(_read(fourth).story, learnt)
    assert [block.text for block in after.blocks if block.kind is BlockKind.FURNITURE] == [SLOGAN]


def test_two_stories_teach_nothing_yet() -> None:
    assert furniture([frozenset({"a"}), frozenset({"a"})]) == frozenset()
    assert furniture({"a": 3, "b": 2}) == frozenset({"a"})


def test_a_correction_passes_every_filter_but_the_outlets_own_removal() -> None:
    note = "Correction: An earlier version of this story gave the wrong number of bearings."
    found = _read(_page(note), rules=OutletRules(drop_lines=("earlier version",)))
    assert [block.text for block in found.story.blocks if block.kind is BlockKind.NOTE] == [note]
