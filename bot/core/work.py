"""What one comparison has at hand: both versions made ready, the settings, the budget, and what was found so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.compare_config import CompareConfig
from bot.core.comparison import FieldChange, Finding, Link, QuoteFate
from bot.core.diff import Budget
from bot.core.findings import notes
from bot.core.index import StoryIndex
from bot.core.lexicon import Lexicon, detect, lexicon
from bot.core.story import Block, Story
from bot.core.text import fold_text, keys


@dataclass(slots=True)
class Version:
    """One story made ready: folded blocks and their sorts."""

    story: Story
    blocks: tuple[Block, ...]
    folded: list[str]
    sorts: list[notes.Sorted]
    words: int = 0


@dataclass(slots=True)
class Work:
    """What one comparison collects on its way."""

    config: CompareConfig
    old: Version
    new: Version
    lang: str
    budget: Budget
    findings: list[Finding] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)
    added: set[int] = field(default_factory=set)
    quotes: list[QuoteFate] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    index: StoryIndex = field(default_factory=StoryIndex)
    headline: FieldChange = field(default_factory=FieldChange)
    standfirst: FieldChange = field(default_factory=FieldChange)
    words_added: int = 0
    words_removed: int = 0
    note_words_added: int = 0
    note_words_removed: int = 0

    def lexicon_for(self, tokens: Sequence[str]) -> Lexicon:
        """The lexicon for one stretch: the story's language unless the stretch is clearly in another."""
        listed = self.config.lexicon
        additions = tuple(sorted((name, tuple(words)) for name, words in listed.items())) if listed else ()
        if self.config.lang:
            return lexicon(self.config.lang, additions)
        lang, sure = detect(tokens)
        if lang != self.lang and lang != "neutral" and sure >= 0.3 and len(tokens) >= 4:
            known = lexicon(self.lang).function_words
            foreign = lexicon(lang).function_words - known
            if len(foreign.intersection(tokens)) < 2:
                return lexicon(self.lang, additions)
            own = detect([key for key in tokens if key in known])
            if own[0] != self.lang or sure >= 0.5:
                return lexicon(lang, additions)
        return lexicon(self.lang, additions)


def prepare(old: Story, new: Story, config: CompareConfig) -> tuple[Version, Version]:
    """Both versions folded, and their blocks sorted into story, notes and furniture."""
    stories = old, new
    blocks = [_bounded(story, config) for story in stories]
    folded = [[fold_text(block.text) for block in listed] for listed in blocks]
    sorter = notes.Sorter((*folded[0], *folded[1]), config)
    left, right = (
        _version(story, listed, texts, sorter) for story, listed, texts in zip(stories, blocks, folded, strict=True)
    )
    return left, right


def _bounded(story: Story, config: CompareConfig) -> list[Block]:
    blocks: list[Block] = []
    room = config.max_chars
    for block in story.blocks[: config.max_blocks]:
        if room <= 0:
            break
        room -= len(block.text)
        blocks.append(block)
    return blocks


def _version(story: Story, blocks: list[Block], folded: list[str], sorter: notes.Sorter) -> Version:
    sorts = notes.sort_blocks(blocks, folded, sorter)
    words = sum(
        text.count(" ") + 1 for text, sort in zip(folded, sorts, strict=True) if sort.sort == "content" and text
    )
    return Version(story, tuple(blocks), folded, sorts, words)


SAMPLE = 300
"""Tokens from which the language of a story that names none is told."""


def language_of(old: Story, new: Story, left: Version, right: Version, config: CompareConfig) -> str:
    """The language whose rules apply: configured, else named by the story (``neutral`` without rules), else guessed."""
    if config.lang:
        return config.lang
    for named in (new.lang, old.lang):
        if named and lexicon(named).lang != "neutral":
            return lexicon(named).lang
        if named:
            return "neutral"
    sample: list[str] = []
    for version in (right, left):
        for text, sort in zip(version.folded, version.sorts, strict=True):
            if sort.sort == "content" and len(sample) < SAMPLE:
                sample += keys(text[:2000])
        sample += keys(fold_text(version.story.headline[:400]))
    lang, _ = detect(sample)
    return (
        lang if lang != "neutral" else ("en" if any(key.isascii() and key.isalpha() for key in sample) else "neutral")
    )
