"""Terminals that do not speak UTF-8: what cannot be shown becomes what looks like it, instead of a row of ``?``.

Importing this module registers the error handler ``stet.lookalike`` for encoding.
"""

from __future__ import annotations

import codecs
import unicodedata

HANDLER = "stet.lookalike"

ASCII = {
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": "<<",
    "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": ">>",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "--",
    "\N{MINUS SIGN}": "-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{MIDLINE HORIZONTAL ELLIPSIS}": "...",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{MIDDLE DOT}": "|",
    "\N{BULLET}": "*",
    "\N{PILCROW SIGN}": "par. ",
    "\N{CHECK MARK}": "ok",
    "\N{BALLOT X}": "NO",
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-",
    "\N{BOX DRAWINGS HEAVY HORIZONTAL}": "-",
    "\N{POUND SIGN}": "GBP ",
    "\N{EURO SIGN}": "EUR ",
    "\N{NO-BREAK SPACE}": " ",
}


def _lookalike(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_shown(one) for one in error.object[error.start : error.end]), error.end


def _shown(character: str) -> str:
    if (known := ASCII.get(character)) is not None:
        return known
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode("ascii")
    return plain or "?"


codecs.register_error(HANDLER, _lookalike)
