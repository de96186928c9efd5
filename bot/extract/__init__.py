"""From HTML to a Story. CPU only, no network."""

from __future__ import annotations

from bot.extract.blocks import DroppedLine
from bot.extract.page import Extraction, extract
from bot.extract.quick import quick_key
from bot.extract.rules import OutletRules, Previous
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
