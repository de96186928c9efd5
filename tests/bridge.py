"""The story of the swing bridge, for tests that need a few paragraphs and nothing in particular in them."""

from __future__ import annotations

TEXT = (
    "The harbour council voted on Tuesday to close the swing bridge for eleven weeks.",
    "Engineers found rust in four of the main bearings during a survey in March.",
    "Ferry owners say the closure will cost them a good part of the season.",
    "Two schools on the north bank have arranged buses until the summer holidays.",
    "The council will meet again in the second week of May to look at the bids.",
    "Nobody from the bridge works could be reached on Tuesday evening.",
)


def paragraphs(texts: tuple[str, ...] = TEXT) -> str:
    """The texts as paragraphs of a page."""
    return "".join(f"<p>{text}</p>" for text in texts)
