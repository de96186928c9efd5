"""Heavily rewritten stories with full gold: every link, the fate of every quotation, every figure that changed.

A file of ``tests/data/rewrites`` has the parts *old*, *new* and *gold*. ``links: 2+4>4`` says which old paragraphs
became which new ones; every other paragraph is removed or added. ``may:`` lists links that could be drawn as well.
``quote: trimmed,altered | We saw`` names the fates that are right for the quotation with these words; quotations not
listed are kept. ``figures:`` lists the figures that did change, ``40 -> 45``; any other figure finding is false.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.core.comparison import Comparison
from bot.core.story import Block, Story

FOLDER = Path(__file__).parent / "data" / "rewrites"
Ends = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """One story before and after, and what an editor says became of it."""

    name: str
    old: Story
    new: Story
    links: frozenset[Ends]
    may: frozenset[Ends]
    removed: frozenset[int]
    added: frozenset[int]
    quotes: tuple[tuple[frozenset[str], str], ...]
    figures: frozenset[str]


def read(path: Path) -> Rewrite:
    """One file of the folder."""
    parts: dict[str, list[str]] = {"": []}
    part = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            part = line[3:].strip()
            parts[part] = []
        elif line.strip():
            parts[part].append(line)
    lang = next(line.partition(":")[2].strip() for line in parts[""] if line.startswith("lang:"))
    gold: dict[str, str] = {}
    quotes = []
    for line in parts["gold"]:
        key, _, value = line.partition(":")
        if key == "quote":
            fates, _, words = value.partition("|")
            quotes.append((frozenset(fates.strip().split(",")), words.strip()))
        else:
            gold[key] = value.strip()
    return Rewrite(
        name=path.stem,
        old=_story(lang, parts["old"]),
        new=_story(lang, parts["new"]),
        links=frozenset(map(_ends, gold.get("links", "").split())),
        may=frozenset(map(_ends, gold.get("may", "").split())),
        removed=frozenset(int(number) for number in gold.get("removed", "").split()),
        added=frozenset(int(number) for number in gold.get("added", "").split()),
        quotes=tuple(quotes),
        figures=frozenset(one.strip() for one in gold.get("figures", "").split(";") if one.strip()),
    )


def rewrites() -> list[Rewrite]:
    """All of them."""
    return [read(path) for path in sorted(FOLDER.glob("*.txt"))]


def _story(lang: str, lines: list[str]) -> Story:
    headline = next(line[2:].strip() for line in lines if line.startswith("H:"))
    texts = [line.partition("|")[2].strip() for line in lines if not line.startswith("H:")]
    return Story(headline=headline, lang=lang, blocks=tuple(Block(text=text) for text in texts))


def _ends(text: str) -> Ends:
    old, _, new = text.partition(">")
    return tuple(sorted(map(int, old.split("+")))), tuple(sorted(map(int, new.split("+"))))


def shown(ends: Ends) -> str:
    """``2+4>4``."""
    return ">".join("+".join(map(str, side)) for side in ends)


def wrong_links(one: Rewrite, found: Comparison) -> list[str]:
    """Links missed or too many, blocks left over or taken that should not be."""
    links = {(link.old, link.new) for link in found.links}
    loose_old = {number for ends in one.may for number in ends[0]}
    loose_new = {number for ends in one.may for number in ends[1]}
    problems = [f"link {shown(ends)} missing" for ends in sorted(one.links - one.may - links)]
    problems += [f"link {shown(ends)} is false" for ends in sorted(links - one.links - one.may)]
    problems += [f"¶{n} is not removed" for n in sorted(one.removed - set(found.removed) - loose_old)]
    problems += [f"¶{n} is removed" for n in sorted(set(found.removed) - one.removed - loose_old)]
    problems += [f"¶{n} is not added" for n in sorted(one.added - set(found.added) - loose_new)]
    problems += [f"¶{n} is added" for n in sorted(set(found.added) - one.added - loose_new)]
    return problems


def wrong_quotes(one: Rewrite, found: Comparison) -> list[str]:
    """Quotations whose fate is another one, or that no rule spoke of."""
    problems = []
    for fates, words in one.quotes:
        said = [quote.fate for quote in found.quotes if words in quote.before]
        if not said and fates == {"verbatim"}:
            continue
        if not said or not set(said) <= fates:
            problems.append(f"“{words}”: {', '.join(said) or 'nothing'}, wanted {' or '.join(sorted(fates))}")
    return problems


def wrong_figures(one: Rewrite, found: Comparison) -> list[str]:
    """Figures reported that did not change, or changed and not reported."""
    told = {
        f"{finding.before} -> {finding.after}": finding
        for finding in found.findings
        if finding.kind in {"figure_changed", "date_changed"} and finding.field == "body"
    }
    problems = []
    for wanted in one.figures:
        before, _, after = wanted.partition(" -> ")
        hit = [key for key, finding in told.items() if before in finding.before and after in finding.after]
        if not hit:
            problems.append(f"figure {wanted} not reported")
        for key in hit:
            del told[key]
    return problems + [f"figure {key} is false" for key in told]
