"""What the gate says of a page against the last good text of its story: the same story, half of it, or another text."""

from __future__ import annotations

import re
import zlib

from rapidfuzz import fuzz

from bot.errors import ExtractError
from bot.extract import gate_words
from bot.extract.gate_signs import WIDE, Signs, refusal
from bot.extract.rules import Previous

BRIEF = 6
"""Words that a text has at least, to be known again."""
_WORD = re.compile(r"\w+")


def sketch(text: str, size: int = 2_000) -> frozenset[int]:
    """Hashes of a text's distinct words (of pairs of characters where words are not spaced), the ``size`` smallest.

    Kept per story to see how much of an old text is still there; 32 bits each, stable across processes.
    """
    lowered = text.casefold()
    units = (
        {lowered[i : i + 2] for i in range(len(lowered) - 1)}
        if len(WIDE.findall(text)) * 3 > len(text)
        else set(_WORD.findall(lowered))
    )
    return frozenset(sorted(zlib.crc32(unit.encode("utf-8", "replace")) for unit in units)[:size])


def is_the_story(signs: Signs, previous: Previous) -> bool:
    """Whether what is read now is, nearly word for word, what was read before: an edit, not another page."""
    if not signs.blocks or not previous.sketch or signs.words < max(BRIEF, signs.min_words):
        return False
    now = sketch(signs.body)
    shared = len(now & previous.sketch)
    if shared >= 0.8 * len(previous.sketch):
        return True
    kept = shared / max(1, len(now))
    return kept >= 0.8 or (kept >= 0.6 and _alike(signs.headline, previous.headline) >= 0.8)


def _alike(one: str, other: str) -> float:
    return fuzz.ratio(one.casefold(), other.casefold()) / 100


def is_suspect(signs: Signs, previous: Previous | None) -> bool:
    """Whether the text is so unlike the last that it wants two more fetches before it is believed."""
    if previous is None or not previous.sketch or not previous.words:
        return False
    now = sketch(signs.body)
    shared = len(now & previous.sketch) / max(1, min(len(now), len(previous.sketch)))
    whole = len(now & previous.sketch) / max(1, len(previous.sketch))
    if signs.words < 0.35 * previous.words and whole < 0.35:
        return True
    alike = _alike(signs.headline, previous.headline) if previous.headline else 1.0
    return shared < 0.05 and alike < 0.5


def truncated(signs: Signs, previous: Previous) -> ExtractError | None:
    if previous.had_closing_html and not signs.complete and previous.words and signs.words < 0.95 * previous.words:
        return refusal("truncated", "the page ends in the middle", signs)
    return None


def offers(signs: Signs) -> int:
    """How many different invitations to subscribe stand on the page: most real pages have one or two."""
    return len({match.group().casefold() for match in gate_words.PAYWALL_TEXT.finditer(signs.visible[:20_000])})


def walled_off(signs: Signs, previous: Previous) -> ExtractError | None:
    """Less than half of the old text is left and nothing but old text: a wall, where something sells the rest.

    Most sites invite to subscribe on every page, so an invitation counts where it was not there before, or where the
    page says that its story is not free. A shortened story that says why is no wall.
    """
    if not previous.words or signs.words >= 0.5 * previous.words or signs.noted:
        return None
    shown = offers(signs)
    newly_closed = signs.free is False and previous.was_free is not False
    sells = shown and (previous.offers is None or shown > previous.offers or signs.free is False)
    if not newly_closed and not sells:
        return None
    now = sketch(signs.body)
    if previous.sketch and len(now & previous.sketch) < 0.8 * len(now):
        return None
    return refusal("paywall", "most of the story has gone behind the site's paywall", signs)
