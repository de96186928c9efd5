"""From HTML to a Story. CPU only, no network.

The reader is loaded when the first page is read: commands that read none start without its lists and patterns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.extract.rules import OutletRules, Previous
from bot.later import attributes

if TYPE_CHECKING:
    from bot.extract.page import Extraction, extract
    from bot.extract.quick import quick_key
    from bot.extract.sieve import DroppedLine
    from bot.extract.site import furniture, line_hash, lines_of

__all__ = [
    "DroppedLine",
    "Extraction",
    "OutletRules",
    "Previous",
    "extract",
    "furniture",
    "line_hash",
    "lines_of",
    "quick_key",
]

_HOMES = {
    "DroppedLine": "sieve",
    "Extraction": "page",
    "extract": "page",
    "quick_key": "quick",
    "furniture": "site",
    "line_hash": "site",
    "lines_of": "site",
}

__getattr__ = attributes(__name__, _HOMES)
