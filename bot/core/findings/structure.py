"""Paragraphs: added, removed, edited, moved, split, merged; entries of live blogs; furniture; and the whole."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.core.comparison import Finding, Severity, Span
from bot.core.figure_scan import find_figures
from bot.core.findings.attribution import attributions
from bot.core.findings.copyedit import content_changed
from bot.core.findings.linked import LinkedPair
from bot.core.findings.live import aged, is_live, is_pinned, window_of
from bot.core.findings.quoting import Quoted
from bot.core.names import name_runs
from bot.core.pair import Pair, Side, explain
from bot.core.story import BlockKind
from bot.core.text import excerpt, tokenize
from bot.core.work import Version, Work


def body_findings(work: Work, pairs: Sequence[LinkedPair], quoted: Quoted) -> None:
    """All findings about paragraphs; also fills links, and the words counted."""
    live = is_live(work)
    first_old, first_new = _leading(work.old), _leading(work.new)
    for linked in pairs:
        work.links.append(linked.link)
        pair = linked.pair
        if linked.link.moved:
            edge = any(number - 1 in first_old for number in linked.link.old) != any(
                number - 1 in first_new for number in linked.link.new
            )
            work.findings.append(_moved(work, linked, 1 if edge and not live else 0))
        if pair is None:
            if linked.link.relation == "typographic":
                work.findings.append(_typography(work, linked))
            continue
        work.findings += _pair_findings(work, linked, live, first_old)
    _settle_attributions(work, pairs)
    _added_removed(work, pairs, quoted, live)


def _leading(version: Version) -> list[int]:
    """Positions of the first three content paragraphs."""
    return list(
        itertools.islice(
            (
                position
                for position, sort in enumerate(version.sorts)
                if sort.sort == "content"
                and version.blocks[position].kind not in {BlockKind.CAPTION, BlockKind.HEADING}
                and not is_scrap(version.folded[position])
            ),
            3,
        )
    )


def is_scrap(folded: str) -> bool:
    """A leftover such as ``by`` that is no paragraph: at most two words, no figure, in lower case."""
    return folded.count(" ") <= 1 and not any(char.isdigit() or char.isupper() for char in folded) and folded.isascii()


def _typography(work: Work, linked: LinkedPair) -> Finding:
    old_number, new_number = linked.link.old[0], linked.link.new[0]
    before, after = work.old.blocks[old_number - 1].text, work.new.blocks[new_number - 1].text
    at = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    a = excerpt(before, min(at, len(before)), min(at + 1, len(before)), context=2)
    b = excerpt(after, min(at, len(after)), min(at + 1, len(after)), context=2)
    shown_a, shown_b = before[a[0] : a[1]], after[b[0] : b[1]]
    return Finding(
        kind="typography",
        severity=Severity.TRIVIAL,
        rule="X1",
        field="body",
        before=shown_a,
        after=shown_b,
        old=Span(block=old_number, start=a[0], end=a[1]),
        new=Span(block=new_number, start=b[0], end=b[1]),
        explanation=explain("Typography changed", f"¶{new_number}", shown_a, shown_b),
    )


def _moved(work: Work, linked: LinkedPair, severity: int) -> Finding:
    old_number, new_number = linked.link.old[0], linked.link.new[0]
    text = work.new.blocks[new_number - 1].text
    left, right = excerpt(text, 0, min(1, len(text)), context=14)
    return Finding(
        kind="para_moved",
        severity=Severity(severity),
        rule="P4",
        field="body",
        before="",
        after=text[left:right],
        old=Span(block=old_number, start=0, end=len(work.old.blocks[old_number - 1].text)),
        new=Span(block=new_number, start=0, end=len(text)),
        explanation=explain("Paragraph moved", f"¶{new_number}, was ¶{old_number}", "", text[left:right]),
    )


def _pair_findings(work: Work, linked: LinkedPair, live: bool, first_old: Sequence[int]) -> list[Finding]:
    pair = linked.pair
    assert pair is not None  # noqa: S101 - the caller looked
    found: list[Finding] = []
    content, real = content_changed(linked.hunks)
    relation = linked.link.relation
    typed = linked.typed
    if relation == "rewritten":
        typed = [replace(finding, confidence=min(finding.confidence, 0.5)) for finding in typed]
    severity = 0 if not real else 2 if content > 3 or relation == "rewritten" else 1
    whole = _changed_range(pair)
    if relation in {"split", "merged"}:
        word = "Paragraph split" if relation == "split" else "Paragraphs merged"
        found.append(
            pair.finding(
                f"para_{'split' if relation == 'split' else 'merged'}", severity, "P4", word, *whole, context=8
            )
        )
    elif real:
        kind = "entry_edited" if pair.entry else "caption_changed" if pair.field == "caption" else "para_edited"
        rule = "E1" if pair.entry else "H4" if pair.field == "caption" else "P3"
        what = {"entry_edited": "Entry edited", "caption_changed": "Caption edited"}.get(kind, "Paragraph edited")
        found.append(
            pair.finding(
                kind,
                severity,
                rule,
                what,
                *whole,
                context=8,
                confidence=0.5 if relation == "rewritten" else 0.95,
                data={"content_words": content},
            )
        )
    opens = bool(first_old) and first_old[0] + 1 in linked.link.old
    lead_new = _leading(work.new)[:1]
    if opens and lead_new and lead_new[0] + 1 in work.added:
        opens = False  # another paragraph stands first: that is told
    if opens and content >= 4 and not live and work.config.profile == "story" and pair.field == "body":
        found.append(pair.finding("lede_changed", 3, "L1", "Opening paragraph changed", *whole, context=12))
    found += typed
    found += linked.trivial
    for hunk in linked.hunks:
        work.words_removed += sum(1 for token in pair.old.tokens[hunk.op[1] : hunk.op[2]] if token.wordlike)
        work.words_added += sum(1 for token in pair.new.tokens[hunk.op[3] : hunk.op[4]] if token.wordlike)
    return found


def _changed_range(pair: Pair) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    if not pair.hunks:
        return (0, min(8, len(pair.old.tokens))), (0, min(8, len(pair.new.tokens)))
    biggest = max(pair.hunks, key=lambda op: (op[2] - op[1] + op[4] - op[3], -op[1]))
    return (biggest[1], biggest[2]), (biggest[3], biggest[4])


def _settle_attributions(work: Work, pairs: Sequence[LinkedPair]) -> None:
    """S4: an attribution dropped here and gained by the neighbouring paragraph with the same source is minor."""
    gained: dict[int, str] = {}
    for linked in pairs:
        for finding in linked.typed:
            if finding.kind == "attribution_added" and finding.new is not None:
                gained[finding.new.block] = str(finding.data.get("source", ""))
    for number in sorted(work.added):
        if work.new.sorts[number - 1].sort != "content":
            continue
        side = Side.of((number,), (work.new.blocks[number - 1].text,))
        words = work.lexicon_for(side.keys[:200])
        if attributions(side, words, ()):
            gained[number] = " ".join(token.key for token in side.tokens if token.kind == "word")
    for at, finding in enumerate(work.findings):
        if finding.kind != "attribution_removed" or finding.new is None:
            continue
        source = set(str(finding.data.get("source", "")).split())
        for near in (finding.new.block - 1, finding.new.block + 1):
            if source and source & set(gained.get(near, "").split()):
                work.findings[at] = replace(finding, severity=Severity.MINOR)


@dataclass(slots=True)
class _Run:
    """Neighbouring added or removed paragraphs of one severity."""

    numbers: list[int]
    severity: int
    why: str
    kind: str
    rule: str


def _added_removed(work: Work, pairs: Sequence[LinkedPair], quoted: Quoted, live: bool) -> None:
    window = window_of(work) if live else None
    for removed in (True, False):
        version = work.old if removed else work.new
        numbers = sorted(work.removed if removed else work.added)
        lead = _leading(version)
        judged: list[_Run] = []
        for number in numbers:
            run = _judge_block(work, quoted, number, removed, lead, window, live)
            if run is None:
                continue
            last = judged[-1] if judged else None
            if last and last.severity == run.severity and last.kind == run.kind and number - last.numbers[-1] == 1:
                last.numbers.append(number)
                last.why = last.why or run.why
            else:
                judged.append(run)
        for run in judged:
            work.findings.append(_run_finding(version, run, removed))
        for number in numbers:
            words = len(work_words(version, number))
            if removed:
                work.words_removed += words
            else:
                work.words_added += words
    if not live and work.config.profile == "story":
        _lede_replaced(work)


def work_words(version: Version, number: int) -> list[str]:
    """Whitespace-delimited words of a content block, none for notes and furniture."""
    return version.folded[number - 1].split() if version.sorts[number - 1].sort == "content" else []


def _judge_block(
    work: Work,
    quoted: Quoted,
    number: int,
    removed: bool,
    lead: Sequence[int],
    window: tuple[Any, ...] | None,
    live: bool,
) -> _Run | None:
    version = work.old if removed else work.new
    position = number - 1
    block = version.blocks[position]
    if version.sorts[position].sort != "content" or not version.folded[position]:
        return None
    if block.kind is BlockKind.LIVE_ENTRY:
        if not removed:
            pinned = position in lead[:1] and block.time is None and block.id is None and is_pinned(block.text)
            return _Run([number], 2 if pinned else 1, "", "entry_added", "E1")
        if window is not None and aged(work, position, window):
            return _Run([number], 0, "It aged off the end.", "entry_removed", "E1")
        return _Run([number], 3, "It vanished from inside the window still shown.", "entry_removed", "E1")
    if block.kind is BlockKind.CAPTION:
        return _Run([number], 1, "", "caption_changed", "H4")
    if removed:
        severity, why = _removed_severity(work, quoted, position, lead, live)
        return _Run([number], severity, why, "para_removed", "P1")
    severity, why = _added_severity(work, quoted, position, lead, live)
    return _Run([number], severity, why, "para_added", "P2")


def _unit(version: Version, position: int, work: Work) -> tuple[Sequence[Any], Any]:
    tokens = tokenize(version.folded[position])
    return tokens, work.lexicon_for([token.key for token in tokens[:200]])


def _removed_severity(work: Work, quoted: Quoted, position: int, lead: Sequence[int], live: bool) -> tuple[int, str]:
    if work.old.blocks[position].kind is BlockKind.HEADING or is_scrap(work.old.folded[position]):
        return 1, ""
    if position in lead and not live:
        return 3, "It stood among the first three paragraphs."
    for quotation in quoted.old.quotations:
        if quotation.position == position and position in quoted.matcher.folded_away and quotation.kind == "direct":
            who = f" of {quotation.speaker}" if quotation.speaker and quotation.named_here else ""
            return 3, f"A quotation{who} is gone with it."
    tokens, words = _unit(work.old, position, work)
    for figure in find_figures(tokens, words):
        if figure.weak or figure.kind in {"relative", "weekday", "time", "ordinal"}:
            continue
        if figure.identity not in work.index.figures(True):
            return 3, "A figure is gone with it."
    for start, end, opener in name_runs(tokens, words):
        named = [tokens[at].key for at in range(start, end) if tokens[at].key[0].isalnum()]
        if (opener and len(named) == 1) or not named:
            continue
        there = work.index.words(True)
        if not any(key in there or key.removesuffix("'s") in there for key in named):
            return 3, "A name is gone with it."
    return 2, ""


def _added_severity(work: Work, quoted: Quoted, position: int, lead: Sequence[int], live: bool) -> tuple[int, str]:
    if work.new.blocks[position].kind is BlockKind.HEADING or is_scrap(work.new.folded[position]):
        return 1, ""
    if position in lead and not live:
        return 3, "It stands among the first three paragraphs."
    for quotation in quoted.new.quotations:
        if quotation.position == position and quotation.speaker and quotation.named_here and quotation.kind == "direct":
            name = quotation.speaker.casefold().split()[-1]
            if name not in work.index.words(False):
                return 3, f"It quotes {quotation.speaker}, new to the story."
    return 2, ""


def _run_finding(version: Version, run: _Run, removed: bool) -> Finding:
    first = run.numbers[0]
    text = version.blocks[first - 1].text
    left, right = excerpt(text, 0, min(1, len(text)), context=30)
    shown = text[left:right]
    noun = "Entry" if run.kind.startswith("entry") else "Caption" if run.kind == "caption_changed" else "Paragraph"
    if len(run.numbers) > 1:
        noun = f"{len(run.numbers)} {'entries' if noun == 'Entry' else noun.lower() + 's'}"
    place = f"¶{first}" if len(run.numbers) == 1 else f"¶{first}-{run.numbers[-1]}"
    span = Span(block=first, start=0, end=len(text))
    return Finding(
        kind=run.kind,
        severity=Severity(run.severity),
        rule=run.rule,
        field="body",
        before=shown if removed else "",
        after="" if removed else shown,
        confidence=0.95,
        old=span if removed else None,
        new=None if removed else span,
        explanation=explain(
            f"{noun} {'removed' if removed else 'added'}",
            place,
            shown if removed else "",
            "" if removed else shown,
            why=run.why,
        ),
        data={"blocks": list(run.numbers)},
    )


def _lede_replaced(work: Work) -> None:
    """L1: the opening paragraph went and another stands first."""
    old_lead, new_lead = _leading(work.old)[:1], _leading(work.new)[:1]
    if not old_lead or not new_lead:
        return
    gone, come = old_lead[0] + 1 in work.removed, new_lead[0] + 1 in work.added
    if not gone and not come:
        return
    before, after = work.old.blocks[old_lead[0]].text, work.new.blocks[new_lead[0]].text
    a, b = excerpt(before, 0, min(1, len(before)), context=30), excerpt(after, 0, min(1, len(after)), context=30)
    shown_a, shown_b = before[a[0] : a[1]], after[b[0] : b[1]]
    if gone and come:
        work.flags.add("lede_replaced")
    work.findings.append(
        Finding(
            kind="lede_changed",
            severity=Severity.MAJOR,
            rule="L1",
            field="body",
            before=shown_a,
            after=shown_b,
            old=Span(block=old_lead[0] + 1, start=0, end=len(before)),
            new=Span(block=new_lead[0] + 1, start=0, end=len(after)),
            explanation=explain("The story opens with another paragraph", f"¶{new_lead[0] + 1}", shown_a, shown_b),
        )
    )
