"""The judge gate's scoring: what a labelled pair asks for, and whether a comparison gives it.

The corpus is ``tests/data/stories/*.jsonl``, one file per family, one pair per line. A pair passes when the overall
severity lies in ``severity_ok``, every kind of ``kinds_required`` is there, each list of ``kinds_any_of`` has one of
its kinds, no kind of ``kinds_forbidden`` is there at MINOR or above, and each of ``explanation_mentions`` occurs in
some explanation, before or after text. Optional: ``status``, ``flags_required``, ``flags_forbidden``, ``links``,
``removed``, ``added`` (block numbers) and ``quotes`` (each quotation's fates that are right).
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.compare import compare as compare_stories
from bot.core.comparison import Comparison, Severity
from bot.core.story import Story, from_json

CORPUS = Path(__file__).parent / "data" / "stories"
FLOORS = CORPUS / "floors.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One labelled pair."""

    id: str
    family: str
    title: str
    old: Story
    new: Story
    expected: Mapping[str, Any]

    @property
    def worth_telling(self) -> bool | None:
        """Does the label say that the pair is worth telling? None where either answer is right."""
        low, high = self.expected["severity_ok"]
        if low >= Severity.MAJOR:
            return True
        return False if high < Severity.MAJOR else None


def pairs(folder: Path = CORPUS) -> list[Pair]:
    """The whole corpus, by file and line."""
    return [pair(json.loads(line)) for path in sorted(folder.glob("*.jsonl")) for line in _lines(path)]


def pair(document: Mapping[str, Any]) -> Pair:
    """One line of the corpus."""
    return Pair(
        id=document["id"],
        family=document["family"],
        title=document["title"],
        old=from_json(document["old"]),
        new=from_json(document["new"]),
        expected=document["expected"],
    )


def corpus_hash(folder: Path = CORPUS) -> str:
    """SHA-256 over the corpus, names of the files included."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.jsonl")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def misses(expected: Mapping[str, Any], comparison: Comparison) -> list[str]:
    """What the comparison gets wrong, one plain line each; empty where it passes."""
    return [*_severity(expected, comparison), *_kinds(expected, comparison), *_shape(expected, comparison)]


def _severity(expected: Mapping[str, Any], comparison: Comparison) -> Iterator[str]:
    low, high = expected["severity_ok"]
    if expected.get("status") and comparison.status != expected["status"]:
        yield f"status {comparison.status}, wanted {expected['status']}"
    elif not low <= comparison.severity <= high:
        yield f"severity {int(comparison.severity)}, wanted {low}-{high}"
    for flag in expected.get("flags_required", ()):
        if flag not in comparison.flags:
            yield f"flag {flag} missing"
    for flag in expected.get("flags_forbidden", ()):
        if flag in comparison.flags:
            yield f"flag {flag} set"


def _kinds(expected: Mapping[str, Any], comparison: Comparison) -> Iterator[str]:
    found = {finding.kind for finding in comparison.findings}
    loud = {finding.kind for finding in comparison.findings if finding.severity >= Severity.MINOR}
    for kind in expected["kinds_required"]:
        if kind not in found:
            yield f"{kind} missing"
    for choice in expected["kinds_any_of"]:
        if not found & set(choice):
            yield f"none of {' '.join(choice)}"
    for kind in expected["kinds_forbidden"]:
        if kind in loud:
            yield f"{kind} is false"
    said = " ".join(" ".join((one.explanation, one.before, one.after)) for one in comparison.findings)
    for words in expected["explanation_mentions"]:
        if words not in said:
            yield f"nobody mentions {words!r}"


def _shape(expected: Mapping[str, Any], comparison: Comparison) -> Iterator[str]:
    links = {(link.old, link.new) for link in comparison.links}
    for wanted in expected.get("links", ()):
        key = (tuple(wanted["old"]), tuple(wanted["new"]))
        if key not in links:
            near = [f"{old}->{new}" for old, new in links if set(old) & set(key[0]) or set(new) & set(key[1])]
            yield f"link {key[0]}->{key[1]} missing (is {', '.join(sorted(near)) or 'nothing'})"
    for side in ("removed", "added"):
        for number in expected.get(side, ()):
            if number not in getattr(comparison, side):
                yield f"block {number} not {side}"
    for wanted in expected.get("quotes", ()):
        fates = [quote.fate for quote in comparison.quotes if wanted["before"] in quote.before]
        if wanted["fates"] == ["verbatim"] and not fates:
            continue  # quotations of unchanged paragraphs need not be listed
        if not set(fates) & set(wanted["fates"]):
            yield f"quotation {wanted['before']!r}: {fates or 'not listed'}, wanted {wanted['fates']}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one family, or all, did."""

    name: str
    passed: int
    total: int

    @property
    def rate(self) -> float:
        """Passed pairs per pair."""
        return self.passed / self.total if self.total else 1.0


def precision_and_recall(judged: Iterable[tuple[bool | None, bool]]) -> tuple[float, float]:
    """Of (wanted, told): how many of the told were wanted, and how many of the wanted were told."""
    right = wrong = missed = 0
    for wanted, told in judged:
        if wanted is None:
            continue
        right += wanted and told
        wrong += told and not wanted
        missed += wanted and not told
    return (right / (right + wrong) if right + wrong else 1.0, right / (right + missed) if right + missed else 1.0)


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The whole run: scores by family, precision and recall of "worth telling", and every miss in words."""

    families: Mapping[str, Score]
    overall: Score
    precision: float
    recall: float
    missed: tuple[tuple[Pair, tuple[str, ...]], ...]

    def table(self) -> str:
        """Rates by family, then every miss."""
        rows = [
            f"{score.name:20} {score.passed:4} of {score.total:4}  {score.rate:7.1%}"
            for score in self.families.values()
        ]
        total = f"{'all':20} {self.overall.passed:4} of {self.overall.total:4}  {self.overall.rate:7.1%}"
        told = f"worth telling: precision {self.precision:.1%}, recall {self.recall:.1%}"
        missed = [f"{one.id} ({one.family}) {one.title}: {'; '.join(words)}" for one, words in self.missed]
        return "\n".join([*rows, total, told, *missed])


def run(corpus: Iterable[Pair], compare: Callable[[Story, Story], Comparison]) -> Gate:
    """Compare every pair and score it."""
    passed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    judged, missed = [], []
    for one in corpus:
        comparison = compare(one.old, one.new)
        words = misses(one.expected, comparison)
        total[one.family] += 1
        passed[one.family] += not words
        judged.append((one.worth_telling, comparison.severity >= Severity.MAJOR))
        if words:
            missed.append((one, tuple(words)))
    families = {name: Score(name=name, passed=passed[name], total=total[name]) for name in sorted(total)}
    precision, recall = precision_and_recall(judged)
    overall = Score(name="all", passed=sum(passed.values()), total=sum(total.values()))
    return Gate(families=families, overall=overall, precision=precision, recall=recall, missed=tuple(missed))


def pinned() -> dict[str, Any]:
    """The floors: ``sha256`` of the corpus, ``families`` and ``overall`` pass rates, ``precision`` and ``recall``."""
    document: dict[str, Any] = json.loads(FLOORS.read_text(encoding="utf-8"))
    return document


def pin(gate: Gate) -> None:
    """Write the floors anew from a run, rounded down to a tenth of a per cent."""

    def down(rate: float) -> float:
        return math.floor(rate * 1000) / 1000

    document = {
        "sha256": corpus_hash(),
        "families": {name: down(score.rate) for name, score in gate.families.items()},
        "overall": down(gate.overall.rate),
        "precision": down(gate.precision),
        "recall": down(gate.recall),
    }
    FLOORS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """``python -m tests.gate [--pin]``: print the table; with ``--pin``, make today's rates the floors."""
    gate = run(pairs(), compare_stories)
    print(gate.table())
    if "--pin" in sys.argv[1:]:
        pin(gate)


if __name__ == "__main__":
    main()
