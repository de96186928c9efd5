"""What the gate looks at on a page, how it counts words, and how it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import ExtractError

# What to do next, and what the page is, by verdict.
NEXT = {
    "bot_wall": "ask the outlet to allow Stet, or set headers or the browser for this outlet",
    "consent_wall": "set a consent cookie for this outlet",
    "paywall": "set the newsroom's own subscription cookie for this outlet",
    "javascript": "set browser = true for this outlet and install stet[browser], or, where it is set, name the "
    "body of its stories by a selector",
}
SAYS = {
    "bot_wall": "the site shows a check of its visitors instead of the story",
    "consent_wall": "the site shows its consent page instead of the story",
    "paywall": "the story is behind the site's paywall",
    "error_page": "the site shows an error page instead of the story",
    "not_found": "the site says that the page does not exist",
    "not_article": "the page speaks of the site and tells no story",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the gate looks at. ``body`` is the text of the blocks, ``visible`` all visible text of the page."""

    url: str
    final_url: str
    markup: str
    visible: str
    title: str
    h1: str
    headline: str
    body: str
    words: int
    blocks: int
    ld_article: bool
    og_article: bool
    dated: bool
    free: bool | None
    complete: bool
    min_words: int = 0
    stamped: bool = False
    """The date is only written in the text, to the second: error pages carry the time of the error."""
    rows: int = 0
    """Blocks that are rows of a table or items of a list."""
    noted: bool = False
    """A note of correction stands on the page."""
    cards: int = 0
    """Headings that are links, where most of the text stands in what looks like cards; else 0."""
    teasers: tuple[str, ...] = ()
    """Lines that are the linked title of another story and a few words about it."""

    @property
    def evidence(self) -> int:
        """0 to 6: how much speaks for a story."""
        return (
            self.ld_article
            + self.og_article
            + self.dated
            + bool(self.headline)
            + (self.blocks >= 3)
            + (self.words >= 120)
        )


def count_words(text: str) -> int:
    """Words of a text; in scripts without spaces two characters count as one, or five letters of an alphabet."""
    wide, spelt = len(WIDE.findall(text)), len(_SPELT.findall(text))
    return len(text.split()) + wide // 2 + spelt // 5


_SPELT = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer: alphabets that put no spaces between words."""
WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def refusal(kind: str, what: str, signs: Signs) -> ExtractError:
    advice = NEXT.get(kind)
    return ExtractError(f"{what}; {advice}" if advice else what, kind=kind, subject=signs.final_url or signs.url)
