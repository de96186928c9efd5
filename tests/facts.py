"""Facts for any Story: exactly one thing changed, and how it must be found.

Injectors know the seven languages of the lexicons; one that needs words of a language it does not know gives None.
The same seed gives the same pair. Noise, which must stay silent, is in ``tests/noise.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from bot.core.comparison import Comparison, Severity
from bot.core.lexicon import detect
from bot.core.story import Block, BlockKind, Story
from bot.core.text import fold_text, keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One changed fact: both stories, and how it must be found (one of ``kinds``, at ``least`` or above)."""

    name: str
    old: Story
    new: Story
    kinds: frozenset[str]
    least: Severity
    before: str = ""
    after: str = ""

    def found(self, comparison: Comparison) -> bool:
        """True where a finding of the right kind has the severity of the table; a rounding or a number in a name: 2."""
        for one in comparison.findings:
            if one.kind in self.kinds:
                mild = one.kind == "figure_changed" and (one.data.get("rounding") or one.rule == "F2")
                if one.severity >= (Severity.NOTABLE if mild else self.least):
                    return True
        return False


def backwards(fact: Fact) -> Fact:
    """The same change the other way round: what was put in is taken out."""
    turned = {"added": "removed", "removed": "added"}
    kinds = frozenset(
        f"{head}_{turned.get(tail, tail)}" for head, _, tail in (kind.rpartition("_") for kind in fact.kinds)
    )
    return replace(fact, old=fact.new, new=fact.old, kinds=kinds, before=fact.after, after=fact.before)


_WORD = re.compile(r"[^\W\d_]{5,}")
_QUOTED = re.compile(
    r"""(?:^|(?<=[ (]))(?:"([^"“”]{25,}?)"|“([^"“”]{25,}?)”|«([^«»]{25,}?)»|„([^“”„]{25,}?)“|»([^«»]{25,}?)«)(?!\w)"""
)
_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|Sept|[a-zä]+(?:ero|bre)"
)
_MONTH = re.compile(rf"(?:{_MONTHS})\.? $")
_OF_MONTH = re.compile(rf"\W{{1,2}}(?:\d+,? )?(?:de )?(?:{_MONTHS})\b")
_FIGURE = re.compile(r"(?<![\w.,:/-])\d{2,}(?:[.,]\d+)*(?![\w:/-])")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-zà-ÿ]{2,} [A-Z][a-zà-ÿ]{3,}(?= [a-z]|,)(?!, [A-Z])")
OTHER_WORDS = ("lanterns", "walnut", "granite", "ribbons", "marble", "pepper", "candle", "ladder")
OTHER_NAMES = ("Benedikt Achterberg", "Rosalind Quimby", "Teodor Vasska", "Winona Clutterbuck")

_DAYS = frozenset("montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag".split())

_AUXILIARIES = {
    "en": "is was were are will would had has have could should",
    "de": "ist war sind waren wird werden wurde wurden hat haben hatte kann soll",
    "fr": "est sont sera seront était étaient peut doit",
    "es": "es era fue ha han será puede está están son",
    "it": "è era ha hanno sarà può sono erano",
    "pt": "é era foi tem está são será pode estão",
    "nl": "is was zijn waren wordt worden heeft hebben kan zal",
}
_NOT = {
    "en": ("{} not", "not never no"),
    "de": ("{} nicht", "nicht kein keine keinen nie niemand"),
    "fr": ("ne {} pas", "ne pas n plus que"),
    "es": ("no {}", "no ni nunca"),
    "it": ("non {}", "non mai"),
    "pt": ("não {}", "não nem nunca"),
    "nl": ("{} niet", "niet geen nooit"),
}
_HEDGES = {
    "en": ("allegedly", "reportedly"),
    "de": ("angeblich", "mutmaßlich"),
    "fr": ("prétendument",),
    "es": ("presuntamente", "supuestamente"),
    "it": ("presumibilmente", "presuntamente"),
    "pt": ("alegadamente", "supostamente"),
    "nl": ("vermoedelijk", "naar verluidt"),
}
CORRECTIONS = (
    "Correction: an earlier version of this article gave the wrong name for the town.",
    "This article was amended on 4 March 2026. An earlier version misstated the year.",
    "Clarification: the company says that it was not asked for a comment.",
    "An earlier version of this story said that the vote was unanimous. It was not.",
    "Korrektur: In einer früheren Version hieß es, die Brücke sei gesperrt.",
    "Anmerkung der Redaktion: In einer früheren Fassung dieses Artikels stand ein falsches Datum.",
    "Rectificatif : une version précédente de cet article donnait un mauvais chiffre.",
    "Corrección: en una versión anterior de esta noticia se dio un nombre equivocado.",
    "Rettifica: in una versione precedente di questo articolo la data era sbagliata.",
    "Correção: uma versão anterior deste texto trazia o nome errado.",
    "Correctie: in een eerdere versie van dit artikel stond een verkeerd jaartal.",
)


def language(story: Story, block: Block) -> str:
    """The language of a paragraph, "" where that is not clear."""
    lang, sure = detect(keys(fold_text(block.text)))
    if story.lang and story.lang.split("-")[0] in _NOT:
        return lang if lang == story.lang.split("-")[0] else ""
    return lang if sure >= 0.5 and lang in _NOT else ""


def headline_word(story: Story, rnd: Random) -> Fact | None:
    """One word of the headline becomes another."""
    found = list(_WORD.finditer(story.headline))
    if not found:
        return None
    at, word = rnd.choice(found), rnd.choice(OTHER_WORDS)
    new = story.headline[: at.start()] + word + story.headline[at.end() :]
    return Fact(
        name="headline word",
        old=story,
        new=replace(story, headline=new),
        kinds=frozenset(["headline_changed"]),
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
    return _replaced(story, number, at, rnd.choice(OTHER_WORDS), "quotation word", ["quote_altered"], Severity.MAJOR)


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
    kinds = ["figure_changed", "date_changed", "quote_altered"]
    return _replaced(story, number, at, other, "figure", kinds, Severity.MAJOR)


def person(story: Story, rnd: Random) -> Fact | None:
    """A name of two words inside a sentence becomes another, where it stands only once in the story."""
    whole = " ".join([story.headline, story.standfirst, *(block.text for block in story.blocks)])
    places = [
        (number, at)
        for number, block in _content(story)
        for at in _NAME.finditer(block.text)
        if whole.count(at.group().split()[-1]) == 1 and at.group().split()[0].casefold() not in _DAYS
    ]
    if not places:
        return None
    number, at = rnd.choice(places)
    kinds = ["name_changed", "quote_reattributed", "quote_altered"]
    return _replaced(story, number, at, rnd.choice(OTHER_NAMES), "name", kinds, Severity.MAJOR)


def negation(story: Story, rnd: Random) -> Fact | None:
    """A *not* beside an auxiliary verb, or the same taken out."""

    def negated(lang: str, verb: str) -> str:
        form = _NOT[lang][0].format(verb)
        return re.sub(r"^ne (?=[aeéiouyh])", "n’", form) if lang == "fr" else form

    fact = _at_auxiliary(story, rnd, negated, "negation", ["negation_changed", "quote_altered"], Severity.CRITICAL)
    return fact if fact is None or rnd.random() < 0.6 else backwards(fact)


def hedge(story: Story, rnd: Random) -> Fact | None:
    """An *allegedly* beside an auxiliary verb, or the same taken out."""

    def hedged(lang: str, verb: str) -> str:
        return f"{verb} {rnd.choice(_HEDGES[lang])}"

    fact = _at_auxiliary(story, rnd, hedged, "hedge", ["hedge_added", "quote_altered"], Severity.MAJOR)
    return fact if fact is None or rnd.random() < 0.5 else backwards(fact)


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
        old=story,
        new=new,
        kinds=frozenset(["para_removed"]),
        least=Severity.NOTABLE,
        before=story.blocks[number].text,
    )


def correction(story: Story, rnd: Random) -> Fact | None:
    """A correction note, above or below the text."""
    text = rnd.choice(CORRECTIONS)
    place = rnd.choice([0, len(story.blocks)])
    blocks = (*story.blocks[:place], Block(text=text), *story.blocks[place:])
    fact = Fact(
        name="correction",
        old=story,
        new=replace(story, blocks=blocks),
        kinds=frozenset(["correction_added"]),
        least=Severity.CRITICAL,
        after=text,
    )
    return fact if rnd.random() < 0.7 else backwards(fact)


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


def _at_auxiliary(
    story: Story,
    rnd: Random,
    change: Callable[[str, str], str],
    name: str,
    kinds: Sequence[str],
    least: Severity,
) -> Fact | None:
    places = []
    for number, block in _content(story):
        if len(block.text.split()) < 10 or "?" in block.text:
            continue
        lang = language(story, block)
        if not lang:
            continue
        verbs = "|".join(_AUXILIARIES[lang].split())
        near = set(_NOT[lang][1].split())
        for at in re.finditer(rf"(?<=\w )({verbs})(?= [a-zà-ÿ])", block.text):
            around = keys(fold_text(block.text[max(at.start() - 25, 0) : at.end() + 25]))
            if not near & {key.removesuffix("'") for key in around}:
                places.append((number, at, lang))
    if not places:
        return None
    number, at, lang = rnd.choice(places)
    return _replaced(story, number, at, change(lang, at.group()), name, kinds, least)


def _replaced(
    story: Story, number: int, at: re.Match[str], text: str, name: str, kinds: Sequence[str], least: Severity
) -> Fact:
    block = story.blocks[number]
    changed = replace(block, text=block.text[: at.start()] + text + block.text[at.end() :])
    new = replace(story, blocks=(*story.blocks[:number], changed, *story.blocks[number + 1 :]))
    return Fact(name=name, old=story, new=new, kinds=frozenset(kinds), least=least, before=at.group(), after=text)


def mixture(stories: Sequence[Story], rnd: Random, paragraphs: int = 12) -> Story:
    """A story nobody wrote: a headline, and paragraphs of several stories of one language."""
    first = rnd.choice(stories)
    same = [story for story in stories if story.lang == first.lang]
    pool = list(dict.fromkeys(block.text for story in same for _, block in _content(story)))
    rnd.shuffle(pool)
    blocks = tuple(Block(text=text) for text in pool[:paragraphs])
    return Story(headline=first.headline, standfirst=first.standfirst, lang=first.lang, blocks=blocks)
