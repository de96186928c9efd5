"""How much noise is told and how many facts are missed on stories of your own.

``python -m tests.measure [--stories PATH] [--noise N] [--facts N] [--seed S] [--kind KIND]``: PATH is a folder of
Story JSON files or a ``.jsonl`` (also ``.jsonl.gz``) of them; without it the stories of ``tests/data/stories`` serve.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from bot.core.compare import compare
from bot.core.comparison import Comparison, Severity
from bot.core.story import Story, fingerprint, from_json
from tests import facts, gate, noise


def corpus() -> list[Story]:
    """Every different story of the judge's corpus, live blogs and pages without a body left out."""
    unique = {fingerprint(one.old): one.old for one in gate.pairs() if len(one.old.blocks) >= 5 and not one.old.is_live}
    return list(unique.values())


def read(path: Path) -> list[Story]:
    """The stories of a folder of JSON files or of a JSON Lines file."""
    return [from_json(document) for document in _documents(path)]


def _documents(path: Path) -> Iterator[object]:
    if path.is_dir():
        for file in sorted(path.glob("**/*.json")):
            yield json.loads(file.read_text(encoding="utf-8"))
        return
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in raw.decode("utf-8").splitlines():
        if line.strip():
            document = json.loads(line)
            yield document.get("old", document)


def told(comparison: Comparison) -> list[tuple[str, int, str]]:
    """The gravest findings, shortly."""
    return [(one.kind, int(one.severity), one.explanation[:140]) for one in comparison.findings[:3]]


def noise_told(stories: Sequence[Story], rnd: Random, pairs: int) -> list[str]:
    """Pairs that differ in noise only and still rose above TRIVIAL, one line each."""
    loud = []
    for number in range(pairs):
        old, new, kinds = noise.noisy_pair(rnd.choice(stories), rnd)
        found = compare(old, new)
        if found.severity > Severity.TRIVIAL:
            loud.append(f"{number} {', '.join(kinds)}: {told(found)}")
    return loud


def facts_missed(
    stories: Sequence[Story], rnd: Random, pairs: int, kinds: Sequence[str] = ()
) -> tuple[Counter[str], list[tuple[str, str]]]:
    """How many facts of each kind were put in, and (kind, line) of each that was not found."""
    tried: Counter[str] = Counter()
    missed = []
    for name, inject in facts.FACTS.items():
        if kinds and name not in kinds:
            continue
        for _ in range(pairs * 20):
            if tried[name] >= pairs:
                break
            fact = inject(rnd.choice(stories), rnd)
            if fact is None:
                continue
            tried[name] += 1
            found = compare(fact.old, fact.new)
            if not fact.found(found):
                missed.append((name, f"{name}: {fact.before[:80]!r} -> {fact.after[:80]!r}: {told(found)}"))
    return tried, missed


def main() -> None:
    """Print every failure and the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=Path)
    parser.add_argument("--noise", type=int, default=1000)
    parser.add_argument("--facts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", default=[])
    chosen = parser.parse_args()
    stories = read(chosen.stories) if chosen.stories else corpus()
    rnd = Random(chosen.seed)
    loud = noise_told(stories, rnd, chosen.noise)
    tried, missed = facts_missed(stories, rnd, chosen.facts, chosen.kind)
    print("\n".join([*loud, *(line for _, line in missed)]))
    print(f"{len(stories)} stories; noise told {len(loud)} of {chosen.noise}")
    for name, total in tried.items():
        lost = sum(1 for kind, _ in missed if kind == name)
        print(f"{name:20} found {total - lost:4} of {total:4}  {1 - lost / max(total, 1):7.1%}")
    every = sum(tried.values())
    print(f"{'all facts':20} found {every - len(missed):4} of {every:4}  {1 - len(missed) / max(every, 1):7.1%}")


if __name__ == "__main__":
    main()
