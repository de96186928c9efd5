"""What holds for every pair of versions."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.compare import compare
from bot.core.comparison import from_json, to_json
from bot.core.story import Block, Story
from bot.core.text import fold_text

WORDS = (
    "the council said wall harbour 14 not 1,200 Lindqvist “we warned” Calloway's allegedly £5m ferry — by 3 March "
    "killed died may must [they] ... don't naïve 東京 voted more than told “nobody wrote back,” on Friday."
).split(" ")
paragraphs = st.lists(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), max_size=7)


def story(texts: list[str]) -> Story:
    return Story(headline=texts[0] if texts else "", lang="en", blocks=tuple(Block(text=text) for text in texts))


@given(paragraphs, paragraphs)
@settings(max_examples=120, deadline=None)
def test_edits_rebuild_both_texts_and_every_block_has_one_place(before: list[str], after: list[str]) -> None:
    old, new = story(before), story(after)
    result = compare(old, new)
    assert sorted([*result.removed, *(n for link in result.links for n in link.old)]) == [
        *range(1, len(old.blocks) + 1)
    ]
    assert sorted([*result.added, *(n for link in result.links for n in link.new)]) == [*range(1, len(new.blocks) + 1)]
    for link in result.links:
        assert "".join(edit.old for edit in link.edits) == "\n".join(old.blocks[n - 1].text for n in link.old)
        assert "".join(edit.new for edit in link.edits) == "\n".join(new.blocks[n - 1].text for n in link.new)
    shown_old = "\0".join([old.headline, *before])
    shown_new = "\0".join([new.headline, *after])
    for finding in result.findings:
        assert finding.before in shown_old
        assert finding.after in shown_new
    assert from_json(json.loads(json.dumps(to_json(result)))) == from_json(to_json(result))


@given(paragraphs)
@settings(max_examples=60, deadline=None)
def test_a_story_is_the_same_as_itself(texts: list[str]) -> None:
    result = compare(story(texts), story(texts))
    assert result.status == "same"
    assert result.findings == ()


LONG = [
    f"Paragraph {name} tells what {name} did on the quay while the {thing} was being repaired by the crew."
    for name, thing in zip(
        "Alder Birch Cedar Dogwood Elm Fir".split(), "wall crane ferry road mast pump".split(), strict=True
    )
]


@given(st.permutations(LONG))
@settings(max_examples=40, deadline=None)
def test_any_order_of_paragraphs_is_at_most_minor(order: list[str]) -> None:
    old = Story(headline="h", lang="en", blocks=tuple(Block(text=text) for text in LONG))
    result = compare(old, Story(headline="h", lang="en", blocks=tuple(Block(text=text) for text in order)))
    assert result.severity <= 1
    assert not result.added
    assert not result.removed


THINGS = "wall crane ferry road mast pump bridge lamp".split()
SENTENCES = [f"The {thing} on quay {number} was said to be {thing[::-1]}." for number, thing in enumerate(THINGS)]


@given(st.lists(st.integers(1, 7), max_size=5), st.lists(st.integers(1, 7), max_size=5))
@settings(max_examples=60, deadline=None)
def test_text_cut_into_other_paragraphs_is_at_most_minor(first: list[int], second: list[int]) -> None:
    def cut(borders: list[int]) -> Story:
        ends = [0, *sorted(set(borders)), len(SENTENCES)]
        texts = [" ".join(SENTENCES[a:b]) for a, b in itertools.pairwise(ends)]
        return Story(headline="h", lang="en", blocks=tuple(Block(text=text) for text in texts))

    result = compare(cut(first), cut(second))
    assert result.severity <= 1
    assert not result.added
    assert not result.removed


@given(paragraphs, paragraphs)
@settings(max_examples=60, deadline=None)
def test_the_other_way_round_added_is_removed(before: list[str], after: list[str]) -> None:
    there, back = compare(story(before), story(after)), compare(story(after), story(before))
    assume("suspect" not in {there.status, back.status})
    if {(link.old, link.new) for link in there.links} == {(link.new, link.old) for link in back.links}:
        assert there.removed == back.added
        assert there.added == back.removed
        kinds = [{finding.kind for finding in one.findings} for one in (there, back)]
        assert ("para_added" in kinds[0]) == ("para_removed" in kinds[1])


def test_the_answer_depends_on_no_hash_seed() -> None:
    code = (
        "import json; from tests.gate import pairs; from bot.core.compare import compare;"
        "from bot.core.comparison import to_json;"
        "print(hash('x'), json.dumps([to_json(compare(one.old, one.new)) for one in list(pairs())[::29]]))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.partition(" ")
        for seed in ("1", "2")
    ]
    assert said[0][0] != said[1][0]
    assert said[0][2] == said[1][2]


@given(paragraphs)
@settings(max_examples=60, deadline=None)
def test_folding_twice_is_folding_once(texts: list[str]) -> None:
    for text in texts:
        assert fold_text(fold_text(text)) == fold_text(text)


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_typographic_noise_is_trivial(seed: int) -> None:
    rng = random.Random(seed)
    quoted = [*LONG, 'He said: "We - all of us - won\'t go..." and left.']
    noisy = []
    for text in quoted:
        text = text.replace(" - ", rng.choice([" – ", " — ", " - "])).replace("...", rng.choice(["…", "..."]))
        text = text.replace("'", rng.choice(["’", "'"])).replace(" ", rng.choice([" ", "\u00a0", "  "]))
        at = rng.randrange(len(text))
        noisy.append(text[:at] + rng.choice(["\u200b", "\u00ad", "\ufeff"]) + text[at:])
    assert (
        compare(
            Story(lang="en", blocks=tuple(Block(text=text) for text in quoted)),
            Story(lang="en", blocks=tuple(Block(text=text) for text in noisy)),
        ).severity
        == 0
    )


@given(paragraphs, paragraphs)
@settings(max_examples=40, deadline=None)
def test_the_same_pair_gives_the_same_answer(before: list[str], after: list[str]) -> None:
    first = json.dumps(to_json(compare(story(before), story(after))))
    assert json.dumps(to_json(compare(story(before), story(after)))) == first
