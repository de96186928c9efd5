"""compare(old, new): what differs between two versions of a story, and how much it matters.

The way through: sort blocks, gate, align, word edits, quotations, facts and stance, aggregate. Pure and deterministic;
work is bounded by a counted budget, and past it the answer is coarser and says ``degraded``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bot.core.align import Aligner, moved
from bot.core.compare_config import CompareConfig
from bot.core.comparison import Comparison, Edit, FieldChange, Finding, Link, Relation, Severity
from bot.core.diff import Budget
from bot.core.findings import headline, notes, suspect
from bot.core.findings.around import furniture, note_changes
from bot.core.findings.copyedit import Hunk, classify, trivial_findings
from bot.core.findings.figures import figures
from bot.core.findings.linked import LinkedPair
from bot.core.findings.live import is_live, pair_entries
from bot.core.findings.names import names
from bot.core.findings.quoting import read_quotations
from bot.core.findings.stance import stance
from bot.core.findings.structure import body_findings
from bot.core.index import StoryIndex
from bot.core.lexicon import lexicon
from bot.core.outcome import finish
from bot.core.pair import Pair, Side, edits_of
from bot.core.story import BlockKind, Story
from bot.core.text import fold_text
from bot.core.units import Match, Unit
from bot.core.work import Version, Work, language_of, prepare

__all__ = ["CompareConfig", "compare"]


def compare(old: Story, new: Story, config: CompareConfig = CompareConfig()) -> Comparison:  # noqa: B008 - frozen
    """What differs between two versions. Never raises for any input; bounded by ``config.budget``."""
    old, new = _agreed(old, new)
    if _equal(old, new):
        return _same(old, new, config)
    left, right = prepare(old, new, config)
    work = Work(config, left, right, language_of(old, new, left, right, config), Budget(config.budget))
    if len(old.blocks) > len(left.blocks) or len(new.blocks) > len(right.blocks):
        work.budget.spent = True
    if suspect.is_suspect(left, right, config):
        return suspect.suspect(work)
    _body(work)
    _fields(work)
    _corrections(work)
    return finish(work)


def _agreed(old: Story, new: Story) -> tuple[Story, Story]:
    """Both versions with the same idea of furniture: a line that one marks as furniture is furniture of the other too.

    A site's lines are learnt over time; that one was learnt, or forgotten, between two versions is no difference.
    """
    marked = {
        block.text for story in (old, new) for block in story.blocks if block.kind is BlockKind.FURNITURE and block.text
    }
    if not marked:
        return old, new
    return _muted(old, marked), _muted(new, marked)


def _muted(story: Story, marked: set[str]) -> Story:
    blocks = tuple(
        replace(block, kind=BlockKind.FURNITURE)
        if block.text in marked and block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.HEADING)
        else block
        for block in story.blocks
    )
    return replace(story, blocks=blocks)


def _equal(old: Story, new: Story) -> bool:
    return (
        old.headline == new.headline
        and old.standfirst == new.standfirst
        and old.byline == new.byline
        and old.corrections == new.corrections
        and old.social_headline == new.social_headline
        and old.search_headline == new.search_headline
        and old.published_at == new.published_at
        and [(block.kind, block.text) for block in old.blocks] == [(block.kind, block.text) for block in new.blocks]
    )


def _same(old: Story, new: Story, config: CompareConfig) -> Comparison:
    links = tuple(
        Link(old=(number,), new=(number,), relation="unchanged", score=1.0, edits=_equal_edit(block.text, block.text))
        for number, block in enumerate(old.blocks, start=1)
    )
    flags = frozenset({"live"} if old.is_live or new.is_live else ())
    return Comparison(
        status="same",
        severity=Severity.TRIVIAL,
        links=links,
        engine=config.engine,
        flags=flags,
        headline=FieldChange(before=old.headline, after=new.headline),
        standfirst=FieldChange(before=old.standfirst, after=new.standfirst),
        summary="No change.",
    )


def _equal_edit(old: str, new: str) -> tuple[Edit, ...]:
    return (Edit(op="equal", old=old, new=new),) if old or new else ()


def _units(version: Version, sort: str) -> list[Unit]:
    units = []
    for position, (block, folded, sorted_as) in enumerate(
        zip(version.blocks, version.folded, version.sorts, strict=True)
    ):
        if sorted_as.sort != sort:
            continue
        group = (
            "caption" if block.kind is BlockKind.CAPTION else "entry" if block.kind is BlockKind.LIVE_ENTRY else "text"
        )
        unit = Unit(position, group, folded, "")
        unit.wordcount = folded.count(" ") + 1
        units.append(unit)
    return units


def _body(work: Work) -> None:
    old_units, new_units = _units(work.old, "content"), _units(work.new, "content")
    changed = {unit.folded for unit in old_units} ^ {unit.folded for unit in new_units}
    for unit in (*old_units, *new_units):
        unit.exact = " ".join(unit.words) if unit.folded in changed or not unit.folded else unit.folded
    words = lexicon(work.lang)
    aligner = Aligner(
        old_units,
        new_units,
        edited=work.config.edited,
        rewritten=work.config.rewritten,
        joined=work.config.joined,
        function_words=words.function_words,
        budget=work.budget,
    )
    matches = pair_entries(work, aligner) if is_live(work) else aligner.run()
    shifted = moved(matches, {unit.position: unit.wordcount for unit in new_units})
    work.removed |= {position + 1 for position in aligner.free_old}
    work.added |= {position + 1 for position in aligner.free_new}
    work.index = _index(work)
    pairs: list[LinkedPair] = []
    for number, match in enumerate(matches):
        pairs.append(_link(work, match, number in shifted))
    quoted = read_quotations(work, pairs)
    for linked in pairs:
        if linked.pair is not None:
            _judge(work, linked)
    body_findings(work, pairs, quoted)
    furniture(work)
    note_changes(work)


def _index(work: Work) -> StoryIndex:
    """What each version says as a whole, for whole-story checks."""
    texts = [
        [text for text, sort in zip(version.folded, version.sorts, strict=True) if sort.sort == "content" and text]
        for version in (work.old, work.new)
    ]
    heads = [(version.story.headline, version.story.standfirst) for version in (work.old, work.new)]
    return StoryIndex((texts[0], texts[1]), (heads[0], heads[1]), work.lexicon_for)


def _link(work: Work, match: Match, shifted: bool) -> LinkedPair:
    old_blocks = [work.old.blocks[position] for position in match.old]
    new_blocks = [work.new.blocks[position] for position in match.new]
    old_numbers = tuple(position + 1 for position in match.old)
    new_numbers = tuple(position + 1 for position in match.new)
    relation: Relation
    if match.how == "exact":
        relation = "unchanged" if old_blocks[0].text == new_blocks[0].text else "typographic"
        link = Link(
            old=old_numbers,
            new=new_numbers,
            relation=relation,
            score=1.0,
            moved=shifted,
            edits=_equal_edit(old_blocks[0].text, new_blocks[0].text),
        )
        return LinkedPair(link, None, match)
    left = Side.of(old_numbers, [block.text for block in old_blocks])
    right = Side.of(new_numbers, [block.text for block in new_blocks])
    words = work.lexicon_for([*left.keys[:400], *right.keys[:400]])
    kind = "caption" if all(block.kind is BlockKind.CAPTION for block in new_blocks) else "body"
    pair = Pair.of(left, right, words, work.budget, field=kind, score=match.score)
    pair.entry = any(block.kind is BlockKind.LIVE_ENTRY for block in new_blocks)
    if match.how == "words" and not pair.hunks:
        relation = "typographic"
    elif len(match.old) > 1 and len(match.new) == 1:
        relation = "merged"
    elif len(match.new) > 1 and len(match.old) == 1:
        relation = "split"
    elif match.how == "rewritten":
        relation = "rewritten"
    else:
        relation = "edited"
    pair.relation = relation
    link = Link(
        old=old_numbers, new=new_numbers, relation=relation, score=match.score, moved=shifted, edits=edits_of(pair)
    )
    return LinkedPair(link, pair, match)


def _judge(work: Work, linked: LinkedPair) -> None:
    pair = linked.pair
    assert pair is not None  # noqa: S101 - the caller looked
    if not pair.hunks:
        linked.trivial = trivial_findings(pair, [])
        return
    result = figures(pair, work.index)
    linked.hunks = classify(pair, result.old_figures, result.new_figures, work.index)
    copyedited = all(hunk.sort == "spelling" for hunk in linked.hunks)
    linked.typed = [
        *(() if copyedited else result.findings),  # *3 yers* and *3 years* are one figure
        *names(pair, work.index),
        *stance(pair, linked.hunks, work.index, policy=work.config.profile == "policy_page"),
    ]
    linked.trivial = trivial_findings(pair, linked.hunks)


def _fields(work: Work) -> None:
    for name in ("headline", "standfirst"):
        before, after = getattr(work.old.story, name), getattr(work.new.story, name)
        change, found = _field_change(work, name, before, after)
        setattr(work, name, change)
        work.findings += found
    for name, what in (("social_headline", "Social headline"), ("search_headline", "Search headline")):
        before, after = getattr(work.old.story, name), getattr(work.new.story, name)
        if before and after and before != after:
            _, found = _field_change(work, "headline", before, after, what=what)
            main = {finding.kind for finding in work.findings if finding.field == "headline"}
            work.findings += [
                replace(finding, severity=Severity(min(2, finding.severity)))
                for finding in found
                if finding.kind not in main
            ]
    work.findings += headline.byline(work.old.story, work.new.story)
    work.findings += headline.published(work.old.story, work.new.story)


def _field_change(
    work: Work, name: str, before: str, after: str, *, what: str = "Headline"
) -> tuple[FieldChange, list[Finding]]:
    if before == after:
        return FieldChange(before=before, after=after), []
    left, right = Side.of((0,), (before,)), Side.of((0,), (after,))
    words = work.lexicon_for([*left.keys, *right.keys])
    pair = Pair.of(left, right, words, work.budget, field=name)
    same = sum(op[2] - op[1] for op in pair.ops if op[0] == "equal")
    pair.score = 2 * same / max(len(left.keys) + len(right.keys), 1)
    hunks: list[Hunk] = []
    typed: list[Finding] = []
    if pair.hunks and before and after:
        result = figures(pair, work.index)
        hunks = classify(pair, result.old_figures, result.new_figures, work.index)
        typed = [*result.findings, *names(pair, work.index), *stance(pair, hunks)]
    elif pair.hunks:
        hunks = classify(pair, [], [])
    if name == "headline":
        found = headline.headline(pair, hunks, typed, what=what)
    else:
        found = headline.standfirst(pair, hunks, typed)
    changed = any(hunk.sort not in {"punctuation", "typography"} for hunk in hunks) or any(
        finding.severity >= 1 for finding in found
    )
    return FieldChange(before=before, after=after, changed=changed, edits=edits_of(pair)), found


def _corrections(work: Work) -> None:
    """Structured corrections (schema.org ``correction``), those the text already told left out."""
    old = Counter(fold_text(text).casefold() for text in work.old.story.corrections)
    new = Counter(fold_text(text).casefold() for text in work.new.story.corrections)
    shown = {fold_text(text).casefold(): text for text in (*work.old.story.corrections, *work.new.story.corrections)}
    gone, come = sorted((old - new).elements()), sorted((new - old).elements())
    told_old = {
        text.casefold() for text, sort in zip(work.old.folded, work.old.sorts, strict=True) if sort.sort == "note"
    }
    told_new = {
        text.casefold() for text, sort in zip(work.new.folded, work.new.sorts, strict=True) if sort.sort == "note"
    }
    gone = [text for text in gone if not any(text in told for told in told_old)]
    come = [text for text in come if not any(text in told for told in told_new)]
    while gone and come:
        work.findings.append(
            notes.note_finding("changed", "correction", shown[gone.pop(0)], shown[come.pop(0)], 0, 0, structured=True)
        )
    work.findings += [
        notes.note_finding("removed", "correction", shown[text], "", 0, 0, structured=True) for text in gone
    ]
    work.findings += [
        notes.note_finding("added", "correction", "", shown[text], 0, 0, structured=True) for text in come
    ]
