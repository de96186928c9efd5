"""Noise and facts for any Story: what must stay silent, and what must be found.

Noise injectors change a page without changing what a reader would quote. Fact injectors change exactly one thing and
say which kinds of finding may name it. All are driven by a seeded ``random.Random``; the same seed gives the same pair.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from bot.core.comparison import Severity
from bot.core.story import Block, BlockKind, Story

Noise = Callable[[Story, Random], Story]


def everywhere(story: Story, change: Callable[[str], str]) -> Story:
    """The story with every text changed."""
    return replace(
        story,
        headline=change(story.headline),
        standfirst=change(story.standfirst),
        blocks=tuple(replace(block, text=change(block.text)) for block in story.blocks),
    )


def _put(story: Story, place: int, *blocks: Block) -> Story:
    return replace(story, blocks=(*story.blocks[:place], *blocks, *story.blocks[place:]))


def _plain(*texts: str) -> tuple[Block, ...]:
    return tuple(Block(text=text) for text in texts)


# --- noise -----------------------------------------------------------------------------------------------------------


def typography(story: Story, rnd: Random) -> Story:
    """Straight marks for curly ones, dots for the ellipsis, dashes of other lengths, or the other way about."""
    tables: list[dict[str, str]] = [
        {"“": '"', "”": '"'},
        {"’": "'", "‘": "'"},
        {"'": "’"},
        {"“": "«", "”": "»"},
        {"...": "…"},
        {"…": "..."},
        {" - ": " – "},
        {" – ": " — "},
        {"-": "‑"},
    ]
    chosen = rnd.sample(tables, 4)

    def change(text: str) -> str:
        for table in chosen:
            if "„" in text and "“" in table:
                continue  # there “ closes what „ opened
            for old, new in table.items():
                text = text.replace(old, new)
        return text

    return everywhere(story, change)


def unicode_form(story: Story, rnd: Random) -> Story:
    """Letters decomposed, as ligatures, or as full-width figures."""
    form = rnd.choice(["NFD", "ligatures", "wide"])

    def change(text: str) -> str:
        if form == "wide":
            return text.translate({ord(c): 0xFF10 + int(c) for c in "0123456789"})
        if form == "ligatures":
            return text.replace("fi", "ﬁ").replace("fl", "ﬂ")
        return unicodedata.normalize("NFD", text)

    return everywhere(story, change)


def invisible(story: Story, rnd: Random) -> Story:
    """Soft hyphens, zero-width and bidi characters, byte-order marks between the letters."""

    def change(text: str) -> str:
        letters = list(text)
        for _ in range(max(len(letters) // 40, 1)):
            place = rnd.randrange(len(letters) + 1)
            letters.insert(place, rnd.choice("\u00ad\u200b\u200c\u2060\ufeff\u200e\u200f"))
        return "".join(letters)

    return everywhere(story, change)


def spaces(story: Story, rnd: Random) -> Story:
    """No-break, thin and doubled spaces, tabs and line breaks where there was a space."""
    kinds = ["\u00a0", "\u202f", "\u2009", "  ", "\n", "\t", " \u00a0"]
    return everywhere(
        story, lambda text: "".join(rnd.choice(kinds) if c == " " and rnd.random() < 0.1 else c for c in text)
    )


LINKS = (
    "Five things to know before the vote",
    "In pictures: a week on the coast",
    "Who pays for the new harbour?",
    "Storm warning for the weekend",
    "Quiz: how well do you know your county?",
    "‘I lost everything’: one family’s year",
    "Fire chief to retire after 31 years",
    "Opinion: why nobody trusts the water firm",
    "Town 2-1 Rovers: late goal sinks leaders",
    "House prices: the map that shows where 4.9% hurts",
)
HEADINGS = ("Related topics", "More on this story", "Read more", "Related stories", "You may also like", "Most read")


def related_links(story: Story, rnd: Random) -> Story:
    """A list of other stories below the text."""
    chosen = rnd.sample(LINKS, rnd.randint(2, 5))
    items = (Block(kind=BlockKind.LIST_ITEM, text=text) for text in chosen)
    return _put(story, len(story.blocks), Block(kind=BlockKind.HEADING, text=rnd.choice(HEADINGS)), *items)


def counters(story: Story, rnd: Random) -> Story:
    """Comments and shares, counted."""
    number = rnd.randint(2, 9999)
    text = rnd.choice([f"{number} comments", f"{number:,} Comments", f"{number} shares", f"View {number} comments"])
    return _put(story, rnd.choice([0, len(story.blocks)]), *_plain(text))


def relative_time(story: Story, rnd: Random) -> Story:
    """A stamp that ages."""
    number = rnd.randint(2, 55)
    unit = rnd.choice(["minutes", "hours", "days"])
    texts = [
        f"Published {number} {unit} ago",
        f"Updated {number} {unit} ago",
        f"{number} {unit} ago",
        f"Last updated {number} {unit} ago",
        f"Last updated: {rnd.randint(1, 28)} March 2026 {rnd.randint(0, 23):02}:{rnd.randint(0, 59):02}",
    ]
    return _put(story, 0, *_plain(rnd.choice(texts)))


def reading_time(story: Story, rnd: Random) -> Story:
    """How long it takes to read."""
    number = rnd.randint(2, 14)
    texts = [f"{number} min read", f"{number} minute read", f"Reading time: {number} minutes"]
    return _put(story, min(1, len(story.blocks)), *_plain(rnd.choice(texts)))


ADVERTS = (
    "Advertisement",
    "ADVERTISEMENT",
    "Article continues after advertisement",
    "Sponsored",
    "Sign up for our newsletter",
    "Subscribe to our newsletter",
    "Share on Facebook",
    "Share this story",
    "Save",
    "Print",
)


def adverts(story: Story, rnd: Random) -> Story:
    """Adverts and share buttons between the paragraphs."""
    for text in rnd.sample(ADVERTS, rnd.randint(1, 3)):
        story = _put(story, rnd.randint(0, len(story.blocks)), *_plain(text))
    return story


NOISE: dict[str, Noise] = {
    "typography": typography,
    "unicode forms": unicode_form,
    "invisible characters": invisible,
    "spaces": spaces,
    "related links": related_links,
    "counters": counters,
    "relative times": relative_time,
    "reading time": reading_time,
    "adverts": adverts,
}


def noisy_pair(story: Story, rnd: Random, *, kinds: Sequence[str] = ()) -> tuple[Story, Story, tuple[str, ...]]:
    """Two readings of one page that differ in noise only, and which noise it was: one to four kinds of it."""
    chosen = tuple(kinds) or tuple(rnd.sample(sorted(NOISE), rnd.randint(1, 4)))
    old = new = story
    for name in chosen:
        if rnd.random() < 0.5:
            old = NOISE[name](old, rnd)
        new = NOISE[name](new, rnd)
    return old, new, chosen


# --- facts -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One changed fact: the new story, and how it must be found (one of ``kinds``, at ``least`` or above)."""

    name: str
    new: Story
    kinds: frozenset[str]
    least: Severity
    before: str = ""
    after: str = ""


_WORD = re.compile(r"[^\W\d_]{5,}")
_QUOTED = re.compile(r"""(?:^|(?<=[ (]))(?:"([^"“”]{25,}?)"|“([^"“”]{25,}?)”|«([^«»]{25,}?)»|„([^“”„]{25,}?)“)(?!\w)""")
_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|Sept|[a-zä]+(?:ero|bre)"
)
_MONTH = re.compile(rf"(?:{_MONTHS})\.? $")
_OF_MONTH = re.compile(rf"\W{{1,2}}(?:\d+,? )?(?:de )?(?:{_MONTHS})\b")
_FIGURE = re.compile(r"(?<![\w.,:/-])\d{2,}(?:[.,]\d+)*(?![\w:/-])")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-zà-ÿ]{2,} [A-Z][a-zà-ÿ]{3,}(?= [a-z]|,)(?!, [A-Z])")
_AUXILIARY = re.compile(r"\b(is|was|were|are|will|would|had|has|have|could|should)(?= (?!not|never|no )[a-z])")
_QUESTION = re.compile(r"[?]")
OTHER_WORDS = ("lanterns", "walnut", "granite", "ribbons", "marble", "pepper", "candle", "ladder")
OTHER_NAMES = ("Benedikt Achterberg", "Rosalind Quimby", "Teodor Vasska", "Winona Clutterbuck")


def headline_word(story: Story, rnd: Random) -> Fact | None:
    """One word of the headline becomes another."""
    found = list(_WORD.finditer(story.headline))
    if not found:
        return None
    at, word = rnd.choice(found), rnd.choice(OTHER_WORDS)
    new = story.headline[: at.start()] + word + story.headline[at.end() :]
    kinds = frozenset(["headline_changed"])
    return Fact(
        name="headline word",
        new=replace(story, headline=new),
        kinds=kinds,
        least=Severity.NOTABLE,
        before=at.group(),
        after=word,
    )


def quotation_word(story: Story, rnd: Random) -> Fact | None:
    """One content word inside a quotation of some length becomes another."""
    places = []
    for number, block in _content(story):
        for quoted in _QUOTED.finditer(block.text):
            said = quoted[quoted.lastindex or 0]
            titles = sum(word[:1].isupper() for word in said.split())
            if len(said.split()) < 6 or titles > 2 or "[" in said or "\\" in said:
                continue  # a title, or words with editorial marks, is another matter
            start, end = quoted.span(quoted.lastindex or 0)
            places += [(number, word) for word in _WORD.finditer(block.text, start, end)]
    if not places:
        return None
    number, at = rnd.choice(places)
    return _replaced(
        story,
        number,
        at.start(),
        at.end(),
        rnd.choice(OTHER_WORDS),
        name="quotation word",
        kinds=frozenset(["quote_altered"]),
        least=Severity.MAJOR,
    )


def figure(story: Story, rnd: Random) -> Fact | None:
    """A figure becomes a clearly different one of the same form."""
    places = [
        (number, at)
        for number, block in _content(story)
        for at in _FIGURE.finditer(block.text)
        if len(block.text.split()) >= 8  # a lone counter or stamp is furniture
    ]
    if not places:
        return None
    number, at = rnd.choice(places)
    digits = at.group()
    text = story.blocks[number].text
    if len(digits) == 2 and (_MONTH.search(text[: at.start()]) or _OF_MONTH.match(text, at.end())):
        other = rnd.choice([str(day) for day in range(10, 29) if str(day) != digits])  # another day of that month
    elif re.fullmatch(r"(?:19|20)\d\d", digits):
        other = f"19{rnd.randint(10, 99)}" if digits.startswith("20") else f"20{rnd.randint(10, 25)}"
    else:
        other = "".join(str((int(c) + rnd.choice([2, 3, 4, 5])) % 10 or 1) if c.isdigit() else c for c in digits)
    return _replaced(
        story,
        number,
        at.start(),
        at.end(),
        other,
        name="figure",
        kinds=frozenset(["figure_changed", "date_changed", "quote_altered"]),
        least=Severity.NOTABLE,
    )


def person(story: Story, rnd: Random) -> Fact | None:
    """A name of two words inside a sentence becomes another, where it stands only once in the story."""
    whole = " ".join([story.headline, story.standfirst, *(block.text for block in story.blocks)])
    places = [
        (number, at)
        for number, block in _content(story)
        for at in _NAME.finditer(block.text)
        if whole.count(at.group().split()[-1]) == 1
    ]
    if not places:
        return None
    number, at = rnd.choice(places)
    return _replaced(
        story,
        number,
        at.start(),
        at.end(),
        rnd.choice(OTHER_NAMES),
        name="name",
        kinds=frozenset(["name_changed", "quote_reattributed", "quote_altered"]),
        least=Severity.NOTABLE,
    )


def negation(story: Story, rnd: Random) -> Fact | None:
    """``not`` after an auxiliary verb. English only."""
    return _after_auxiliary(
        story, rnd, "not", "negation", frozenset(["negation_changed", "quote_altered"]), Severity.MAJOR
    )


def hedge(story: Story, rnd: Random) -> Fact | None:
    """``allegedly`` after an auxiliary verb. English only."""
    return _after_auxiliary(
        story, rnd, "allegedly", "hedge", frozenset(["hedge_added", "quote_altered"]), Severity.NOTABLE
    )


def paragraph_removed(story: Story, rnd: Random) -> Fact | None:
    """One paragraph of ten words or more is taken out."""
    places = [
        number
        for number, block in _content(story)
        if len(block.text.split()) >= 10 and sum(other.text == block.text for other in story.blocks) == 1
    ]
    if len(places) < 4:
        return None
    number = rnd.choice(places)
    new = replace(story, blocks=story.blocks[:number] + story.blocks[number + 1 :])
    return Fact(
        name="paragraph removed",
        new=new,
        kinds=frozenset(["para_removed"]),
        least=Severity.NOTABLE,
        before=story.blocks[number].text,
    )


CORRECTIONS = (
    "Correction: an earlier version of this article gave the wrong name for the town.",
    "This article was amended on 4 March 2026. An earlier version misstated the year.",
    "Clarification: the company says that it was not asked for a comment.",
    "An earlier version of this story said that the vote was unanimous. It was not.",
)


def correction(story: Story, rnd: Random) -> Fact | None:
    """A correction note, above or below the text."""
    place = rnd.choice([0, len(story.blocks)])
    text = rnd.choice(CORRECTIONS)
    return Fact(
        name="correction",
        new=_put(story, place, *_plain(text)),
        kinds=frozenset(["correction_added"]),
        least=Severity.CRITICAL,
        after=text,
    )


FACTS: dict[str, Callable[[Story, Random], Fact | None]] = {
    "headline word": headline_word,
    "quotation word": quotation_word,
    "figure": figure,
    "name": person,
    "negation": negation,
    "hedge": hedge,
    "paragraph removed": paragraph_removed,
    "correction": correction,
}


def _content(story: Story) -> list[tuple[int, Block]]:
    return [(number, block) for number, block in enumerate(story.blocks) if block.kind is BlockKind.PARAGRAPH]


def _after_auxiliary(
    story: Story, rnd: Random, word: str, name: str, kinds: frozenset[str], least: Severity
) -> Fact | None:
    if not (story.lang or "en").startswith("en"):
        return None
    places = [
        (number, at)
        for number, block in _content(story)
        for at in _AUXILIARY.finditer(block.text)
        if len(block.text.split()) >= 10 and not _QUESTION.search(block.text)
    ]
    if not places:
        return None
    number, at = rnd.choice(places)
    return _replaced(story, number, at.start(), at.end(), f"{at.group()} {word}", name=name, kinds=kinds, least=least)


def _replaced(
    story: Story,
    number: int,
    start: int,
    end: int,
    text: str,
    *,
    name: str,
    kinds: frozenset[str],
    least: Severity,
) -> Fact:
    block = story.blocks[number]
    changed = replace(block, text=block.text[:start] + text + block.text[end:])
    new = replace(story, blocks=(*story.blocks[:number], changed, *story.blocks[number + 1 :]))
    return Fact(name=name, new=new, kinds=kinds, least=least, before=block.text[start:end], after=text)


def mixture(stories: Sequence[Story], rnd: Random, paragraphs: int = 12) -> Story:
    """A story nobody wrote: a headline, and paragraphs of several stories of one language."""
    first = rnd.choice(stories)
    same = [story for story in stories if story.lang == first.lang]
    pool = list(dict.fromkeys(block.text for story in same for _, block in _content(story)))
    rnd.shuffle(pool)
    texts = pool[:paragraphs]
    return Story(headline=first.headline, standfirst=first.standfirst, lang=first.lang, blocks=_plain(*texts))
