"""Text of a page made plain, once, here: invisible characters out, white space single."""

from __future__ import annotations

import re

_LINE_BREAKS = re.compile(r"[ \t\f\v\xa0]*\n\s*")

# What no reader sees and what can hide or reorder words: C0 and C1 controls (tab and newline are white space and are
# handled before), soft hyphen, bidi marks, embeddings, overrides and isolates, zero-width space, word joiner, BOM,
# interlinear marks, lone surrogates, non-characters, tag characters; and the private use area, where icon fonts live.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5"  # the ones of them that Python calls printable
# Joiners are spelling in Arabic and Indic scripts and inside emoji, and an invisible difference everywhere else.
_JOINER = re.compile(
    "(?<![\u0600-\u1fff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u1fff\u2190-\u2bff\U0001f000-\U0001faff])"
)


def clean(text: str) -> str:
    """One line of text as a reader sees it: no controls, bidi controls, zero-width characters or soft hyphens.

    Every run of white space (no-break and thin spaces too) becomes one space; the ends are bare.
    """
    # Nearly every line is printable once its white space is single: told in a tenth of the time of the search below.
    single = text.strip() if "  " not in text and text.isprintable() else " ".join(text.split())
    if single.isprintable() and (single.isascii() or not any(blank in single for blank in _BLANKS)):
        return single
    text = _INVISIBLE.sub("", text)
    if "\u200c" in text or "\u200d" in text:
        text = _JOINER.sub("", text)
    return " ".join(text.split())


def clean_lines(text: str) -> list[str]:
    """The same, line by line; empty lines are left out."""
    return [line for raw in _LINE_BREAKS.split(text) if (line := clean(raw))]
