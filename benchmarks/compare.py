"""Time and memory of comparing two versions, beside difflib over the whole text: ``python -m benchmarks compare``."""

from __future__ import annotations

import random
import time
import tracemalloc
from difflib import SequenceMatcher

from bot.core.compare import compare
from bot.core.story import Block, Story

VOCABULARY = [
    "".join(pair) for pair in zip(*[iter("harbouralbertowncouncilferrywallbridgeminister" * 40)] * 2, strict=False)
]


def _words(rng: random.Random, count: int, vocabulary: int = 4000) -> list[str]:
    """Words as often as in language: the n-th commonest 1/n as often as the first (Zipf)."""
    weights = [1 / (rank + 1) for rank in range(vocabulary)]
    chosen = rng.choices(range(vocabulary), weights, k=count)
    return [f"{VOCABULARY[n % len(VOCABULARY)]}{n:x}".translate(_LETTERS) for n in chosen]


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def _story(rng: random.Random, paragraphs: int, words: int = 45) -> list[str]:
    return [" ".join(_words(rng, words)).capitalize() + "." for _ in range(paragraphs)]


def _edited(rng: random.Random, texts: list[str]) -> list[str]:
    """A tenth of the paragraphs edited, some moved, some gone, some new."""
    new = list(texts)
    for _ in range(max(len(new) // 10, 1)):
        at = rng.randrange(len(new))
        words = new[at].split()
        words[rng.randrange(len(words))] = "replaced"
        new[at] = " ".join(words)
    new.insert(rng.randrange(len(new)), new.pop(rng.randrange(len(new))))
    new.pop(rng.randrange(len(new)))
    new.insert(rng.randrange(len(new)), " ".join(_words(rng, 40)))
    return new


def _as_story(texts: list[str]) -> Story:
    return Story(
        headline="Council to vote on harbour plan", lang="en", blocks=tuple(Block(text=text) for text in texts)
    )


def _best(action: object, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        action()  # type: ignore[operator]
        times.append(time.process_time() - start)
    return min(times) * 1000


def _difflib(old: list[str], new: list[str]) -> None:
    SequenceMatcher(None, " ".join(old).split(), " ".join(new).split(), autojunk=False).get_opcodes()


def _by_letters(old: list[str], new: list[str]) -> None:
    SequenceMatcher(None, "\n".join(old), "\n".join(new), autojunk=False).get_opcodes()


def cases() -> list[tuple[str, list[str], list[str]]]:
    """(name, old paragraphs, new paragraphs) at the sizes of the target, and hostile ones."""
    rng = random.Random(11)
    found = []
    for count in (5, 10, 20, 200, 2000):
        old = _story(rng, count)
        found.append((f"{count} paragraphs, a tenth edited", old, _edited(rng, old)))
    block = [" ".join(_words(rng, 100_000))]
    found.append(("one 100,000-word block, edited", block, [" ".join(_edited(rng, block[0].split()))]))
    few = [" ".join(_words(rng, 45, 10)) for _ in range(2200)]
    found.append(("100,000 words of a 10-word vocabulary", few, [" ".join(_words(rng, 45, 10)) for _ in range(2200)]))
    one = [" ".join(_words(rng, 100_000, 10))]
    found.append(("the same in one block", one, [" ".join(_words(rng, 100_000, 10))]))
    found.append(("2,000 equal paragraphs, 3 fewer", few[:1] * 2000, few[:1] * 1997))
    found.append(("3,000 wholly different paragraphs", _story(rng, 3000, 33), _story(random.Random(5), 3000, 33)))
    found.append(("1 MB without a space", ["a" * 1_000_000], ["a" * 999_999 + "b"]))
    return found


def main() -> None:
    """Print one row per case: CPU milliseconds, peak megabytes, and how many times faster than difflib.

    difflib compares the whole texts, as words and (up to a thousand words) as characters. ``first`` is the time of a
    pair that was never seen before, with empty caches of folded text and tokens.
    """
    compare(_as_story(["One paragraph."]), _as_story(["Another paragraph."]))
    print(
        f"{'case':42} {'words':>8} {'first':>9} {'ms':>9} {'MB':>7} {'by words':>11} {'ratio':>7}"
        f" {'letters':>9} {'ratio':>7}"
    )
    for name, old, new in cases():
        before, after = _as_story(old), _as_story(new)
        words = sum(len(text.split()) for text in old)
        small = words < 20_000
        first = _best(lambda a=before, b=after: compare(a, b), 1)
        elapsed = _best(lambda a=before, b=after: compare(a, b), 5 if small else 1)
        tracemalloc.start()
        result = compare(before, after)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        reference = ratio = letters = letters_ratio = "-"
        if small:
            slow = _best(lambda a=old, b=new: _difflib(a, b), 1)
            reference, ratio = f"{slow:.1f}", f"{slow / elapsed:.1f}"
        if 1 < words <= 1000:
            slow = _best(lambda a=old, b=new: _by_letters(a, b), 1)
            letters, letters_ratio = f"{slow:.1f}", f"{slow / elapsed:.1f}"
        print(
            f"{name:42} {words:8} {first:9.1f} {elapsed:9.1f} {peak:7.1f} {reference:>11} {ratio:>7}"
            f" {letters:>9} {letters_ratio:>7}"
            f"{'  degraded' if result.degraded else ''}"
        )


if __name__ == "__main__":
    main()
