"""Paragraphs: added, removed, edited, moved, split, merged; entries of live blogs; furniture; and the whole."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.core.align import Aligner, Match
from bot.core.comparison import Comparison, FieldChange, Finding, Link, Severity, Span
from bot.core.figures import find_figures
from bot.core.findings import notes
from bot.core.findings.copyedit import Hunk, content_changed
from bot.core.findings.quoting import Quoted
from bot.core.findings.stance import attributions
from bot.core.lexicon import rules
from bot.core.pair import Pair, Side, clip, edits_of, explain
from bot.core.quotes import name_runs
from bot.core.story import BlockKind
from bot.core.text import closeness, excerpt, fold_text, keys, tokenize

if TYPE_CHECKING:
    from bot.core.compare import Version, Work
    from bot.core.compare_config import CompareConfig

_CLOCK = re.compile(r"\s*(\d{1,2})[:.h](\d{2})\b")

SUSPECT_LENGTH = 200
"""Words up to which a page that looks like a consent wall is believed to be one."""


@dataclass(slots=True, eq=False)
class LinkedPair:
    """A link with its pair (None where nothing differs) and what the rules said of it."""

    link: Link
    pair: Pair | None
    match: Match
    hunks: list[Hunk] = field(default_factory=list)
    typed: list[Finding] = field(default_factory=list)
    trivial: list[Finding] = field(default_factory=list)


def is_suspect(old: Version, new: Version, config: CompareConfig) -> bool:
    """True where the new page is probably no page of this story: nearly empty, a wall, an error page."""
    if not old.words:
        return False
    if not new.words and not any(sort.sort == "note" for sort in new.sorts):
        return True
    if old.words > config.suspect_words and new.words < config.suspect_ratio * old.words:
        return True
    return (
        new.words <= max(SUSPECT_LENGTH, old.words // 4)
        and not _mostly_there(old, new)
        and _looks_like_wall(new, config)
        and not _looks_like_wall(old, config)
    )


def _mostly_there(old: Version, new: Version) -> bool:
    """Half of the old words or more still stand there, in paragraphs as they were."""
    there = set(new.folded)
    kept = sum(
        text.count(" ") + 1
        for text, sort in zip(old.folded, old.sorts, strict=True)
        if sort.sort == "content" and text in there
    )
    return 2 * kept >= old.words


_PLAIN_FURNITURE = (".ad", ".adlead", ".counter", ".readmore", ".reading")
"""Furniture of any page: what it says (*scroll to continue reading*) makes no wall."""


def _looks_like_wall(version: Version, config: CompareConfig) -> bool:
    shown = [
        text
        for text, sort in zip(version.folded, version.sorts, strict=True)
        if sort.sort != "furniture" or not sort.rule.endswith(_PLAIN_FURNITURE)
    ]
    text = " ".join([fold_text(version.story.headline), *shown]).casefold()[:8000]
    return any(rule.id not in config.rules_off and rule.hits(text) for rule in rules("suspect"))


def suspect(work: Work) -> Comparison:
    """The single finding of a suspect page: hold it and fetch again."""
    body = next((block.text for block in work.new.blocks if block.text.strip()), work.new.story.headline)
    left, right = excerpt(body, 0, min(1, len(body)), context=30) if body else (0, 0)
    finding = Finding(
        kind="extraction_suspect",
        severity=Severity.NOTABLE,
        rule="X2",
        field="page",
        after=body[left:right],
        explanation=explain(
            f"The page came back with {work.new.words} of {work.old.words} words",
            "page",
            "",
            body[left:right],
            why="Look again before believing it.",
        ),
        data={"old_words": work.old.words, "new_words": work.new.words},
    )
    links, used_old, used_new = [], set(), set()
    waiting: dict[str, list[int]] = {}
    for position in range(len(work.old.blocks) - 1, -1, -1):
        waiting.setdefault(work.old.folded[position], []).append(position)
    for position, text in enumerate(work.new.folded):
        queue = waiting.get(text)
        if text and queue:
            mate = queue.pop()
            used_old.add(mate)
            used_new.add(position)
            side_old = Side.of((mate + 1,), (work.old.blocks[mate].text,))
            side_new = Side.of((position + 1,), (work.new.blocks[position].text,))
            pair = Pair.of(side_old, side_new, work.lexicon_for(()), work.budget)
            same = work.old.blocks[mate].text == work.new.blocks[position].text
            links.append(
                Link(
                    old=(mate + 1,),
                    new=(position + 1,),
                    relation="unchanged" if same else "typographic",
                    score=1.0,
                    edits=edits_of(pair),
                )
            )
    return Comparison(
        status="suspect",
        severity=Severity.NOTABLE,
        findings=(finding,),
        links=tuple(links),
        removed=tuple(at + 1 for at in range(len(work.old.story.blocks)) if at not in used_old),
        added=tuple(at + 1 for at in range(len(work.new.story.blocks)) if at not in used_new),
        headline=_plain_field(work.old.story.headline, work.new.story.headline),
        standfirst=_plain_field(work.old.story.standfirst, work.new.story.standfirst),
        summary=clip(f"Suspect page: {work.new.words} of {work.old.words} words came back. Look again.", 240),
        flags=frozenset({"live"} if work.old.story.is_live else ()),
        counts={"words_removed": 0, "words_added": 0, "old_words": work.old.words, "new_words": work.new.words},
        engine=work.config.engine,
        degraded=work.budget.spent,
    )


def _plain_field(before: str, after: str) -> FieldChange:
    return FieldChange(before=before, after=after, changed=fold_text(before) != fold_text(after))


def is_live(work: Work) -> bool:
    """A live blog by what the page says, by its entries, or by the watch's profile."""
    return (
        work.config.profile == "live"
        or work.old.story.is_live
        or work.new.story.is_live
        or any(block.kind is BlockKind.LIVE_ENTRY for block in (*work.old.blocks, *work.new.blocks))
    )


def pair_entries(work: Work, aligner: Aligner) -> list[Match]:
    """Pair live entries by id, else by time and first eight words; then everything else as usual."""
    for identity in (_by_id, _by_time):
        waiting: dict[object, int] = {}
        for unit in list(aligner.free_old.values()):
            key = identity(work.old, unit.position)
            if key is not None:
                waiting.setdefault(key, unit.position)
        for unit in list(aligner.free_new.values()):
            key = identity(work.new, unit.position)
            mate = waiting.get(key) if key is not None else None
            if mate is not None and mate in aligner.free_old:
                same = aligner.free_old[mate].folded == unit.folded
                words = aligner.free_old[mate].exact == unit.exact
                aligner._take((mate,), (unit.position,), 1.0, "exact" if same else "words" if words else "entry")
    return aligner.run()


def _by_id(version: Version, position: int) -> object | None:
    block = version.blocks[position]
    return ("id", block.id) if block.id else None


def _by_time(version: Version, position: int) -> object | None:
    block = version.blocks[position]
    if block.kind is not BlockKind.LIVE_ENTRY or block.time is None:
        return None
    return ("time", block.time, tuple(keys(version.folded[position][:200])[:8]))


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
    return [
        position
        for position, sort in enumerate(version.sorts)
        if sort.sort == "content"
        and version.blocks[position].kind not in {BlockKind.CAPTION, BlockKind.HEADING}
        and not is_scrap(version.folded[position])
    ][:3]


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
    window = _window(work) if live else None
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
            pinned = position in lead[:1] and block.time is None and block.id is None and _pinned(block.text)
            return _Run([number], 2 if pinned else 1, "", "entry_added", "E1")
        if window is not None and _aged(work, position, window):
            return _Run([number], 0, "It aged off the end.", "entry_removed", "E1")
        return _Run([number], 3, "It vanished from inside the window still shown.", "entry_removed", "E1")
    if block.kind is BlockKind.CAPTION:
        return _Run([number], 1, "", "caption_changed", "H4")
    if removed:
        severity, why = _removed_severity(work, quoted, position, lead, live)
        return _Run([number], severity, why, "para_removed", "P1")
    severity, why = _added_severity(work, quoted, position, lead, live)
    return _Run([number], severity, why, "para_added", "P2")


def _pinned(text: str) -> bool:
    lowered = fold_text(text).casefold()
    return lowered.startswith(("summary", "key points", "what we know", "the latest", "at a glance", "recap"))


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


def _window(work: Work) -> tuple[Any, ...]:
    """What is still shown of a live blog: its oldest time, or the old positions that are kept."""
    times = [block.time for block in work.new.blocks if block.kind is BlockKind.LIVE_ENTRY and block.time]
    kept = [
        number - 1
        for link in work.links
        for number in link.old
        if work.old.blocks[number - 1].kind is BlockKind.LIVE_ENTRY
    ]
    return (min(times) if times else None, max(kept) if kept else -1, min(kept) if kept else -1)


def _aged(work: Work, position: int, window: tuple[Any, ...]) -> bool:
    oldest, last_kept, first_kept = window
    moment = work.old.blocks[position].time
    if oldest is not None and moment is not None:
        return bool(moment < oldest)
    if last_kept < 0:
        return True
    return bool(position > last_kept if _newest_first(work) else position < first_kept)


def _newest_first(work: Work) -> bool:
    clock = [
        (int(match[1]), int(match[2]))
        for block in work.old.blocks
        if block.kind is BlockKind.LIVE_ENTRY and (match := _CLOCK.match(block.text))
    ]
    ups = sum(1 for a, b in itertools.pairwise(clock) if b > a)
    return ups * 2 <= max(len(clock) - 1, 0)


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


def furniture(work: Work) -> None:
    """Link furniture with furniture in order; at most one severity-0 finding for all of it."""
    old = [at for at, sort in enumerate(work.old.sorts) if sort.sort == "furniture"]
    new = [at for at, sort in enumerate(work.new.sorts) if sort.sort == "furniture"]
    if not old and not new:
        return
    bag_old = Counter(work.old.folded[at].casefold() for at in old)
    bag_new = Counter(work.new.folded[at].casefold() for at in new)
    waiting: dict[str, list[int]] = {}
    for at in reversed(old):
        waiting.setdefault(work.old.folded[at], []).append(at)
    linked: list[tuple[int, int, bool]] = []
    free_new: list[int] = []
    used: set[int] = set()
    for at in new:
        queue = waiting.get(work.new.folded[at])
        if queue:
            mate = queue.pop()
            used.add(mate)
            linked.append((mate, at, True))
        else:
            free_new.append(at)
    by_rule: dict[str, list[int]] = {}
    for at in reversed([at for at in old if at not in used]):
        by_rule.setdefault(work.old.sorts[at].rule, []).append(at)
    for at in free_new:
        queue = by_rule.get(work.new.sorts[at].rule)
        if queue:
            mate = queue.pop()
            used.add(mate)
            linked.append((mate, at, False))
        else:
            work.added.add(at + 1)
    work.removed |= {at + 1 for at in old if at not in used}
    for before, after, _ in linked:
        work.links.append(_small_link(work, before, after))
    if bag_old != bag_new:
        gone = next(
            (
                work.old.blocks[at].text
                for at in old
                if bag_old[work.old.folded[at].casefold()] > bag_new[work.old.folded[at].casefold()]
            ),
            "",
        )
        come = next(
            (
                work.new.blocks[at].text
                for at in new
                if bag_new[work.new.folded[at].casefold()] > bag_old[work.new.folded[at].casefold()]
            ),
            "",
        )
        shown = [text[slice(*excerpt(text, 0, min(1, len(text)), context=12))] if text else "" for text in (gone, come)]
        work.findings.append(
            Finding(
                kind="furniture",
                severity=Severity.TRIVIAL,
                rule="X1",
                field="body",
                before=shown[0],
                after=shown[1],
                explanation=explain("Page furniture changed", "around the story", *shown),
            )
        )


def _small_link(work: Work, before: int, after: int, score: float = 1.0) -> Link:
    old, new = work.old.blocks[before].text, work.new.blocks[after].text
    pair = Pair.of(Side.of((before + 1,), (old,)), Side.of((after + 1,), (new,)), work.lexicon_for(()), work.budget)
    note = work.new.sorts[after].sort == "note"
    relation = "unchanged" if old == new else "edited" if note and pair.hunks else "typographic"
    return Link(old=(before + 1,), new=(after + 1,), relation=relation, score=score, edits=edits_of(pair))  # type: ignore[arg-type]


def note_changes(work: Work) -> None:
    """Pair notes with notes; told are the added, the reworded and the withdrawn."""
    old = [at for at, sort in enumerate(work.old.sorts) if sort.sort == "note"]
    new = [at for at, sort in enumerate(work.new.sorts) if sort.sort == "note"]
    if not old and not new:
        return
    words_old = {at: [key for key in keys(work.old.folded[at]) if key[0].isalnum()] for at in old}
    words_new = {at: [key for key in keys(work.new.folded[at]) if key[0].isalnum()] for at in new}
    pairs: list[tuple[int, int]] = []
    for a in list(old):
        mate = next((b for b in new if words_new[b] == words_old[a]), None)
        if mate is not None:
            pairs.append((a, mate))
            old.remove(a)
            new.remove(mate)
    scored = []
    for a in old:
        for b in new:
            shared = sum((Counter(words_old[a]) & Counter(words_new[b])).values())
            score = 2 * shared / max(len(words_old[a]) + len(words_new[b]), 1)
            family = (
                notes.NOTE_SEVERITY[work.old.sorts[a].note_type] == notes.NOTE_SEVERITY[work.new.sorts[b].note_type]
            )
            if score >= (0.4 if family else 0.6):
                scored.append((-score, a, b))
    for _, a, b in sorted(scored):
        if a in old and b in new:
            pairs.append((a, b))
            old.remove(a)
            new.remove(b)
    for severity in (4, 3):  # the only note of its family on either side: worded anew
        left = [at for at in old if notes.NOTE_SEVERITY[work.old.sorts[at].note_type] == severity]
        right = [at for at in new if notes.NOTE_SEVERITY[work.new.sorts[at].note_type] == severity]
        if len(left) == len(right) == 1 and work.old.sorts[left[0]].note_type == work.new.sorts[right[0]].note_type:
            pairs.append((left[0], right[0]))
            old.remove(left[0])
            new.remove(right[0])
    for a, b in pairs:
        work.links.append(_small_link(work, a, b))
        if words_old[a] != words_new[b]:
            graver = max(
                (work.old.sorts[a].note_type, work.new.sorts[b].note_type), key=lambda name: notes.NOTE_SEVERITY[name]
            )
            if graver == "update" and closeness(work.old.folded[a][:60], work.new.folded[b][:60]) < 0:
                continue
            work.findings.append(
                notes.note_finding("changed", graver, work.old.blocks[a].text, work.new.blocks[b].text, a + 1, b + 1)
            )
    for a in old:
        work.removed.add(a + 1)
        work.findings.append(
            notes.note_finding("removed", work.old.sorts[a].note_type, work.old.blocks[a].text, "", a + 1, 0)
        )
    for b in new:
        work.added.add(b + 1)
        work.findings.append(
            notes.note_finding("added", work.new.sorts[b].note_type, "", work.new.blocks[b].text, 0, b + 1)
        )


_FIELD_ORDER = {
    "page": 0,
    "headline": 1,
    "standfirst": 2,
    "byline": 3,
    "published": 4,
    "body": 5,
    "caption": 5,
    "note": 6,
}


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.new or finding.old
    return (
        -finding.severity,
        _FIELD_ORDER.get(finding.field, 5),
        place.block if place else 1 << 30,
        place.start if place else 0,
        finding.kind,
        finding.before,
        finding.after,
        finding.explanation,
    )


def finish(work: Work) -> Comparison:
    """Apply the settings, cap by confidence, sort, sum up."""
    config = work.config
    total_old, total_new = len(work.old.story.blocks), len(work.new.story.blocks)
    work.removed |= set(range(len(work.old.blocks) + 1, total_old + 1))
    work.added |= set(range(len(work.new.blocks) + 1, total_new + 1))
    found: list[Finding] = []
    seen: set[tuple[object, ...]] = set()
    for finding in work.findings:
        if finding.kind in config.kinds_off:
            continue
        if finding.confidence < 0.5 and finding.severity > Severity.NOTABLE:
            finding = replace(finding, severity=Severity.NOTABLE)
        if finding.kind in config.severity_overrides:
            finding = replace(finding, severity=Severity(config.severity_overrides[finding.kind]))
        signature = (finding.kind, finding.field, finding.before, finding.after, finding.old, finding.new)
        if signature not in seen:
            seen.add(signature)
            found.append(finding)
    found.sort(key=_order)
    severity = max((finding.severity for finding in found), default=Severity.TRIVIAL)
    share = (work.words_removed + work.words_added) / max(work.old.words + work.new.words, 1)
    notable = sum(1 for finding in found if finding.severity >= Severity.NOTABLE)
    live = work.old.story.is_live or work.new.story.is_live or config.profile == "live"
    if (
        not live
        and severity >= Severity.MINOR
        and ((share > config.volume and min(work.old.words, work.new.words) >= 60) or notable >= config.many_findings)
    ):
        work.flags.add("rewritten")
        severity = max(severity, Severity.MAJOR)
    if live:
        work.flags.add("live")
    lede = any(finding.kind == "lede_changed" and finding.severity >= 3 for finding in found)
    if lede and any(finding.kind == "headline_changed" and finding.severity >= 3 for finding in found):
        work.flags.add("story_reframed")
    told = {"correction_added", "correction_changed"}
    noted = any(
        finding.kind in told or (finding.kind == "update_note_changed" and finding.data.get("change") != "removed")
        for finding in found
    )
    if severity >= Severity.MAJOR and not noted:
        work.flags.add("silent_change")
    if work.budget.spent:
        work.flags.add("degraded")
    work.links.sort(key=lambda link: (link.new, link.old))
    return Comparison(
        status="changed" if severity > Severity.TRIVIAL else "trivial" if found or _differs(work) else "same",
        severity=severity,
        findings=tuple(found),
        links=tuple(work.links),
        removed=tuple(sorted(work.removed)),
        added=tuple(sorted(work.added)),
        quotes=tuple(work.quotes),
        headline=work.headline,
        standfirst=work.standfirst,
        summary=summary(work, found),
        flags=frozenset(work.flags),
        counts=_counts(work, found),
        engine=config.engine,
        degraded=work.budget.spent,
    )


def _differs(work: Work) -> bool:
    return work.old.story != work.new.story


def _counts(work: Work, found: Sequence[Finding]) -> dict[str, int]:
    counts = {
        "words_added": work.words_added,
        "words_removed": work.words_removed,
        "old_words": work.old.words,
        "new_words": work.new.words,
        "findings": len(found),
    }
    for finding in found:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
    return counts


_NOUNS = {
    "correction_added": ("correction added", "corrections added"),
    "correction_changed": ("correction reworded", "corrections reworded"),
    "correction_removed": ("correction withdrawn", "corrections withdrawn"),
    "update_note_changed": ("note changed", "notes changed"),
    "lede_changed": ("opening changed", "opening changed"),
    "para_added": ("paragraph added", "paragraphs added"),
    "para_removed": ("paragraph removed", "paragraphs removed"),
    "para_edited": ("paragraph edited", "paragraphs edited"),
    "para_moved": ("paragraph moved", "paragraphs moved"),
    "para_split": ("paragraph split", "paragraphs split"),
    "para_merged": ("paragraph merged", "paragraphs merged"),
    "entry_added": ("entry added", "entries added"),
    "entry_removed": ("entry removed", "entries removed"),
    "entry_edited": ("entry edited", "entries edited"),
}
_OBJECTS = {
    "quote": "quotation",
    "figure": "figure",
    "date": "date",
    "name": "name",
    "attribution": "attribution",
    "hedge": "hedge",
}


def _phrase(kind: str, count: int) -> str:
    if kind in _NOUNS:
        return f"{count} {_NOUNS[kind][0 if count == 1 else 1]}" if kind != "lede_changed" else "opening changed"
    if kind == "quote_marks_removed":
        return f"{count} {'quotation lost its' if count == 1 else 'quotations lost their'} marks"
    if kind == "quote_marks_added":
        return f"{count} {'quotation gained' if count == 1 else 'quotations gained'} marks"
    if kind == "quote_brackets":
        return f"{count} {'quotation' if count == 1 else 'quotations'} with brackets changed"
    head, _, tail = kind.partition("_")
    noun = _OBJECTS.get(head, head)
    return f"{count} {noun}{'' if count == 1 else 's'} {tail.replace('_', ' ')}"


def summary(work: Work, found: Sequence[Finding]) -> str:
    """Headline fate, the three gravest kinds with counts, and how many smaller; at most 240 characters."""
    told = [finding for finding in found if finding.severity > Severity.TRIVIAL]
    parts: list[str] = []
    head = next((finding for finding in found if finding.kind == "headline_changed"), None)
    if head is not None and head.severity > 0:
        parts.append(f"Headline: “{clip(work.old.story.headline, 60)}” → “{clip(work.new.story.headline, 60)}”")
    rest = [finding for finding in told if finding.kind != "headline_changed"]
    counted: dict[str, int] = {}
    for finding in rest:
        size = (
            len(finding.data.get("blocks", ()))
            if finding.kind in {"para_added", "para_removed", "entry_added", "entry_removed"}
            else 1
        )
        counted[finding.kind] = counted.get(finding.kind, 0) + max(size, 1)
    kinds = list(counted)
    parts += [_phrase(kind, counted[kind]) for kind in kinds[:3]]
    smaller = sum(1 for finding in rest if finding.kind not in kinds[:3])
    if not parts:
        return "Only typography or page furniture changed." if found or _differs(work) else "No change."
    text = "; ".join(parts)
    if smaller:
        text = f"{clip(text, 222)} and {smaller} smaller"
    text = clip(text, 239)
    return text[:1].upper() + text[1:] + ("" if text.endswith("…") else ".")
