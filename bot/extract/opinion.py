"""A second opinion on a reading: how far another extractor agrees, where it is installed.

trafilatura is the optional extra ``stet[opinion]``. It is asked only when somebody wants an explanation
(``stet extract URL --explain``), never while stories are checked: a second method chosen now and then would make
differences of its own. Where the two agree a reading can be trusted; where they do not, look at the lines that only
one of them has.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from bot.core.story import BlockKind, Story
from bot.extract.clean import clean_lines

MAX_BYTES = 1_000_000
"""It takes half a minute for 10 MB."""
_SHOWN = 5
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_RUN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """``agreement``: 0 to 1 over runs of four words, None where there is none and ``note`` says why.

    ``only_here`` and ``only_there``: the first lines that one of the two readings has and the other has not.
    """

    by: str = ""
    agreement: float | None = None
    only_here: tuple[str, ...] = ()
    only_there: tuple[str, ...] = ()
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "by": self.by,
            "agreement": self.agreement,
            "only_here": list(self.only_here),
            "only_there": list(self.only_there),
            "note": self.note,
        }

    @property
    def words(self) -> str:
        """In one line."""
        return self.note if self.agreement is None else f"{self.by} agrees to {self.agreement:.0%}"


def second_opinion(html: bytes, story: Story, *, charset: str, url: str = "") -> Opinion:
    """What the other extractor makes of the page. Never fails."""
    try:
        other: Any = importlib.import_module("trafilatura")
    except ImportError:
        return Opinion(note="not installed")
    by = f"trafilatura {getattr(other, '__version__', '')}".strip()
    if len(html) > MAX_BYTES:
        return Opinion(by=by, note="not asked: the page is over 1 MB")
    try:
        text = other.extract(
            html.decode(charset or "utf-8", "replace"), url=url or None, include_comments=False, favor_precision=True
        )
    except Exception as error:  # whatever it stumbles over is no trouble of ours
        return Opinion(by=by, note=f"{by} failed: {type(error).__name__}")
    here = [
        line
        for block in story.blocks
        if block.kind not in (BlockKind.CAPTION, BlockKind.FURNITURE)
        for line in clean_lines(block.text)
    ]
    return _compared(by, [*([story.standfirst] if story.standfirst else []), *here], clean_lines(text or ""))


def _compared(by: str, here: list[str], there: list[str]) -> Opinion:
    ours, theirs = _runs("\n".join(here)), _runs("\n".join(there))
    shared = sum((ours & theirs).values())
    total = sum(ours.values()) + sum(theirs.values())
    return Opinion(
        by=by,
        agreement=round(2 * shared / total, 3) if total else 1.0,
        only_here=_strangers(here, there),
        only_there=_strangers(there, here),
    )


def _strangers(lines: list[str], others: list[str]) -> tuple[str, ...]:
    whole = _plain("\n".join(others))
    return tuple(line for line in lines if (plain := _plain(line)) and plain not in whole)[:_SHOWN]


def _plain(text: str) -> str:
    return "".join(_WORD.findall(text.casefold()))


def _runs(text: str) -> Counter[tuple[str, ...]]:
    unspaced = len(_UNSPACED.findall(text)) * 3 > len(text)
    words = [sign for sign in text if sign.isalnum()] if unspaced else _WORD.findall(text.casefold())
    return Counter(tuple(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1)) if words)
