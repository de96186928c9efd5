"""Noise does not show, edits do, and the quick key never hides what reading would show.

Pages of ``tests/publishers.py`` are rendered again with one kind of noise, or after one kind of edit. "Shows" means
that the Story's fingerprint differs: that is what makes a new version, and in the end an alert.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest

from bot.core.story import Story, fingerprint
from bot.errors import ExtractError
from bot.extract import extract, quick_key
from tests import publishers
from tests.publishers import EDITS, HARD_NOISES, NOISES, ODD_NOISES, Article, Publisher

ARTICLES = 1
UNSTABLE_AT_MOST = 0.02
SHOWN_AT_LEAST = 0.99
SHOWN_AT_LEAST_IN = {"standfirst_word": 0.92, "caption_word": 0.92}
# Noise the quick key sees through: scripts, attributes, class names, pictures.
SILENT = ("lazy", "nonce", "hashes", "attributes", "whitespace")
SPARED_FLOOR = 0.5


@cache
def _pages() -> tuple[tuple[Publisher, Article], ...]:
    every = publishers.publishers()
    return tuple((one, publishers.article(one, number)) for one in every for number in range(ARTICLES))


@cache
def _render(publisher: Publisher, written: Article, kind: str = "", seed: int = 7) -> bytes:
    return publishers.render(publisher, written, [kind] if kind else [], seed=seed)


@cache
def _read(page: bytes) -> str:
    """The fingerprint of a page's story; the verdict where there is none."""
    try:
        return fingerprint(_story(page))
    except ExtractError as error:
        return error.kind


def _story(page: bytes) -> Story:
    return extract(page, url="https://outlet.example/story").story


def _first_difference(one: bytes, two: bytes) -> str:
    old, new = _story(one), _story(two)
    left, right = {block.text for block in old.blocks}, {block.text for block in new.blocks}
    fields = [name for name in ("headline", "standfirst", "byline") if getattr(old, name) != getattr(new, name)]
    return f"{fields} gone {[text[:50] for text in left - right][:2]} come {[text[:50] for text in right - left][:2]}"


@pytest.mark.parametrize("kind", NOISES)
def test_noise_of_one_kind_shows_on_hardly_any_page(kind: str) -> None:
    shown = []
    for publisher, written in _pages():
        before = _render(publisher, written)
        after = _render(publisher, written, kind)
        if _read(before) != _read(after):
            shown.append(f"{publisher.name} {publisher.frame}/{publisher.classes}: {_first_difference(before, after)}")
    assert len(shown) <= UNSTABLE_AT_MOST * len(_pages()), shown[:6]


@pytest.mark.parametrize("kind", [*HARD_NOISES, *ODD_NOISES])
def test_noise_without_telling_names_shows_on_few_pages(kind: str) -> None:
    shown = []
    for publisher, written in _pages():
        before = _render(publisher, written)
        after = _render(publisher, written, kind)
        if _read(before) != _read(after):
            shown.append(f"{publisher.name} {publisher.lang} {publisher.frame}: {_first_difference(before, after)}")
    assert len(shown) <= UNSTABLE_AT_MOST * len(_pages()), shown[:6]


def test_two_fetches_with_all_noise_at_once_read_the_same() -> None:
    shown = []
    for publisher, written in _pages():
        one, two = (publishers.render(publisher, written, NOISES, seed=seed) for seed in (3, 4))
        if _read(one) != _read(two):
            shown.append(f"{publisher.name} {publisher.frame}/{publisher.classes}: {_first_difference(one, two)}")
    assert len(shown) <= UNSTABLE_AT_MOST * len(_pages()), shown[:6]


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_shows(kind: str) -> None:
    hidden, tried = [], 0
    for publisher, written in _pages():
        edited = publishers.edits(written).get(kind)
        if edited is None:
            continue
        tried += 1
        if _read(_render(publisher, written)) == _read(_render(publisher, edited)):
            hidden.append(f"{publisher.name} {publisher.frame}/{publisher.standfirst}/{publisher.note}")
    assert tried >= 20
    assert tried - len(hidden) >= SHOWN_AT_LEAST_IN.get(kind, SHOWN_AT_LEAST) * tried, hidden


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_shows_through_all_noise(kind: str) -> None:
    hidden, tried = [], 0
    for publisher, written in _pages()[::2]:
        edited = publishers.edits(written).get(kind)
        if edited is None:
            continue
        tried += 1
        one = publishers.render(publisher, written, NOISES, seed=5)
        two = publishers.render(publisher, edited, NOISES, seed=6)
        if _read(one) == _read(two):
            hidden.append(f"{publisher.name} {publisher.frame}/{publisher.standfirst}/{publisher.note}")
    assert tried - len(hidden) >= SHOWN_AT_LEAST_IN.get(kind, SHOWN_AT_LEAST) * tried, hidden


def test_an_edit_is_read_as_it_was_written() -> None:
    """Not only that something differs: the new words stand in the story."""
    wrong = []
    for publisher, written in _pages():
        for kind, edited in publishers.edits(written).items():
            if kind in ("paragraph_removed", "headline", "h1_only", "standfirst_word"):
                continue
            before = {block.text for block in publishers.gold(written).blocks}
            new = {block.text for block in publishers.gold(edited).blocks} - before
            read = {block.text for block in _story(_render(publisher, edited)).blocks}
            if not new <= read:
                wrong.append(f"{publisher.name} {kind}")
    assert len(wrong) <= 0.01 * len(_pages()) * len(EDITS), wrong


def _variants(publisher: Publisher, written: Article) -> list[tuple[str, bytes]]:
    found = [(kind, _render(publisher, written, kind)) for kind in NOISES]
    found += [(kind, _render(publisher, written, kind)) for kind in (*HARD_NOISES, *ODD_NOISES)]
    found += [("all", publishers.render(publisher, written, NOISES, seed=seed)) for seed in (3, 4)]
    for kind, edited in publishers.edits(written).items():
        found.append((kind, _render(publisher, edited)))
        found.append((f"{kind} in silence", publishers.render(publisher, edited, SILENT, seed=8)))
    return found


def test_the_quick_key_never_hides_what_reading_would_show() -> None:
    """Thousands of pairs: equal keys, equal stories."""
    hidden, checked = [], 0
    for publisher, written in _pages():
        same: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        for name, page in [("as it was", _render(publisher, written)), *_variants(publisher, written)]:
            same[quick_key(page)].append((name, page))
            checked += 1
        for group in same.values():
            if len(group) > 1 and len({_read(page) for _, page in group}) > 1:
                hidden.append(f"{publisher.name} {[name for name, _ in group]}")
    assert checked > 3000
    assert hidden == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("headline", "Swing bridge to close for weeks now", "Swing bridge to close for months now"),
        ("og:title", "Swing bridge to close for weeks now", "Swing bridge to close for months now"),
        ("author", "Ann Hale", "Bea Holm"),
        ("datePublished", "2026-01-02T03:04:00Z", "2026-02-03T04:05:00Z"),
        ("dateCreated", "2026-01-02T03:04:00Z", "2026-02-03T04:05:00Z"),
    ],
)
@pytest.mark.parametrize("attribute", ["name", "property", "itemprop"])
def test_the_quick_key_sees_what_a_meta_tag_alone_says_anew(name: str, old: str, new: str, attribute: str) -> None:
    told = "".join(f"<p>The harbour council heard the {one} report on the swing bridge.</p>" for one in "abcdef")
    title = "Swing bridge to close for weeks"
    pages = [
        f"<html lang=en><head><title>{title}</title><meta {attribute}='{name}' content='{value}'></head>"
        f"<body><main><h1>{title}</h1>{told}</main></body></html>".encode()
        for value in (old, new)
    ]
    stories = [extract(page, url="https://outlet.example/2026/bridge").story for page in pages]
    assert stories[0] != stories[1]
    assert quick_key(pages[0]) != quick_key(pages[1])


@pytest.mark.parametrize("kind", SILENT)
def test_the_quick_key_sees_through_noise_outside_the_text(kind: str) -> None:
    differs = [
        publisher.name
        for publisher, written in _pages()
        if quick_key(_render(publisher, written)) != quick_key(_render(publisher, written, kind))
    ]
    assert differs == []


def test_the_quick_key_spares_the_work_for_most_noise() -> None:
    same = tried = 0
    for publisher, written in _pages():
        key = quick_key(_render(publisher, written))
        for kind in NOISES:
            tried += 1
            same += quick_key(_render(publisher, written, kind)) == key
    assert same >= SPARED_FLOOR * tried, f"{same} of {tried}"
