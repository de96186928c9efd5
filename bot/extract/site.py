"""Lines seen in three or more stories of an outlet are furniture of that outlet: what may be learnt, and what follows.

A sign-up line, the label over a list of links or the name of a series stands in story after story. Learning it must
never silence a fact, so only three kinds of line can be learnt at all:

- a pitch: a sentence that speaks to the reader about the outlet's services (``pitch.is_pitch``);
- a label: a paragraph of at most eight words that ends like no sentence;
- a heading of that length, which counts only while it stands over a line that is furniture.

Whatever holds a quotation, and every note, caption, quotation, list item of the story, table row and live entry, is
never learnt: a sentence of background that closes three stories stays a sentence of each, and tells when it goes. A
line that is *edited* is another line and shows at once. A figure makes a line a fact ("Dead: 12"), too. Only a counter
that half of all stories of an outlet show, ten at least, is learnt without its number (``counters``).

What is learnt takes nothing out. The line stays in the Story as a block of kind FURNITURE, which fingerprints, words
and findings leave out. ``marked`` does that to *both* sides of a comparison, so that learning or forgetting a line is
no difference: values of two methods never meet, and nothing needs to be fetched or told again.

Counts are kept per outlet, once per story (``lines_of`` says what to count). A story printed at several addresses
would teach its own words, so its longest paragraph is counted too (``twin_of``): one seen before teaches nothing.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from bot.core.compare import CompareConfig
from bot.core.findings.notes import note_type_of
from bot.core.story import Block, BlockKind, Story
from bot.core.text import fold_text
from bot.extract.phrases import CORRECTION
from bot.extract.pitch import is_pitch
from bot.extract.walk import size_of

SEEN_IN = 3
COUNTED_IN = 10
"""So many stories must show a counter, and half of all counted: a toll stands in those of one disaster only."""
EVERY = "*"
"""The name under which all stories of an outlet are counted."""
RETURNS = 2
"""A line that may be furniture, and came back so often within one story, is furniture of that story."""
LABEL_WORDS = 8
LABEL_SIZE = 60
_TWIN_LEAST = 80
_ENDS = tuple('.!?…。！？।؟"”’»」』,;،、')
_SAID = frozenset('"“”„«»「」『』')
_KINDS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.HEADING)
_CONFIG = CompareConfig()
_DIGITS = re.compile(r"\d[\d.,\s]*")


def line_hash(text: str) -> str:
    """A line's name in the counts: eight hex digits over its words as a reader hears them, without case."""
    return f"{zlib.crc32(fold_text(text).casefold().encode('utf-8', 'replace')):08x}"


def may_be_furniture(block: Block) -> bool:
    """Whether a block is a line that can be learnt: a pitch, a label or a short heading, never a fact or a note."""
    text = block.text
    if block.kind not in _KINDS or any(map(str.isdigit, text)) or not _SAID.isdisjoint(text):
        return False
    label = block.kind is not BlockKind.LIST_ITEM and _is_label(text)
    if not label and (block.kind is BlockKind.HEADING or not is_pitch(text)):
        return False
    return not (CORRECTION.match(text) or note_type_of(fold_text(text), _CONFIG)[0])  # the dearest question comes last


def _is_label(text: str) -> bool:
    return size_of(text) <= LABEL_SIZE and len(text.split()) <= LABEL_WORDS and not text.endswith(_ENDS)


def _is_counter(block: Block) -> bool:
    """A short line with a figure that is no sentence and no note."""
    text = block.text
    return (
        block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
        and any(map(str.isdigit, text))
        and _is_label(text)
        and _SAID.isdisjoint(text)
        and not CORRECTION.match(text)
    )


@lru_cache(maxsize=2_048)
def name_of(block: Block) -> str:
    """The name under which a block is counted; empty where it can never be furniture.

    Remembered, because a story is asked on both sides of a comparison, when it is marked and when it is learnt from.
    """
    if may_be_furniture(block):
        return line_hash(block.text)
    return f"n:{line_hash(_DIGITS.sub('0', block.text))}" if _is_counter(block) else ""


def lines_of(story: Story) -> frozenset[str]:
    """The names of one story's lines that might be furniture."""
    return frozenset(name for block in story.blocks if (name := name_of(block)))


def twin_of(story: Story) -> str:
    """The name under which a story's own words are counted; empty where it has no long paragraph."""
    texts = [block.text for block in story.blocks if block.kind is BlockKind.PARAGRAPH]
    longest = max(texts, key=len, default="")
    return f"twin:{line_hash(longest)}" if size_of(longest) >= _TWIN_LEAST else ""


def furniture(seen: Mapping[str, int] | Iterable[frozenset[str]]) -> frozenset[str]:
    """The lines that are furniture of an outlet: from counts (name -> number of different stories) or from the sets of
    several stories (``lines_of``). Counters want the number of all stories among the counts, under ``EVERY``.
    """
    if not isinstance(seen, Mapping):
        sets = list(seen)
        seen = {**Counter(line for lines in sets for line in lines), EVERY: len(sets)}
    least = max(COUNTED_IN, seen.get(EVERY, 0) / 2)
    return frozenset(
        line
        for line, stories in seen.items()
        if line != EVERY and stories >= (least if line.startswith("n:") else SEEN_IN)
    )


def marked(story: Story, lines: frozenset[str]) -> Story:
    """The story with those lines as blocks of kind FURNITURE; the same object where there are none."""
    if not lines:
        return story
    blocks = list(story.blocks)
    below = False
    for at in range(len(blocks) - 1, -1, -1):
        block = blocks[at]
        over = block.kind is not BlockKind.HEADING or below
        if over and name_of(block) in lines:
            blocks[at] = replace(block, kind=BlockKind.FURNITURE)
        below = blocks[at].kind is BlockKind.FURNITURE
    return story if tuple(blocks) == story.blocks else replace(story, blocks=tuple(blocks))


def muted(story: Story) -> frozenset[str]:
    """The names of the lines that are marked in this story: they stay furniture of it even when forgotten."""
    found = (
        name_of(replace(block, kind=BlockKind.PARAGRAPH)) for block in story.blocks if block.kind is BlockKind.FURNITURE
    )
    return frozenset(name for name in found if name)
