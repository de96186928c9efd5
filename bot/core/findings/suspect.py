"""Pages that are probably no page of the story: nearly empty, a wall, an error. They are looked at again."""

from __future__ import annotations

from bot.core.compare_config import CompareConfig
from bot.core.comparison import Comparison, FieldChange, Finding, Link, Severity
from bot.core.pair import Pair, Side, clip, edits_of, explain
from bot.core.patterns import rules
from bot.core.text import excerpt, fold_text
from bot.core.work import Version, Work

SUSPECT_LENGTH = 200
"""Words up to which a page that looks like a consent wall is believed to be one."""


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
