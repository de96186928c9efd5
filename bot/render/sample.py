"""An invented story that changed, and the alert it makes: for trying out how alerts look where they will be read."""

from __future__ import annotations

from datetime import datetime

from bot.core.compare import compare
from bot.core.model import AlertKind
from bot.core.story import Block, BlockKind, Story
from bot.render.message import Message

SAMPLE = "sample"
"""The public id of a sample: no alert of a story has it, and its buttons say so."""
URL = "https://example.com/harbour-works"
OUTLET = "The Example Post"
LINES = ("This is a test with an invented story. Alerts of the stories that are followed here look like this.",)

BEFORE = (
    "The council voted on Tuesday to approve a £12m budget for the harbour works.",
    "“We will open the new quay in April, and no jobs will be lost,” said Ann Example, who leads the council.",
    "Work begins in January. The ferry keeps to its timetable meanwhile.",
)
AFTER = (
    "The council voted on Tuesday to delay a £14m budget for the harbour works.",
    "“We hope to open the new quay in June, and no jobs will be lost,” said Ann Example, who leads the council.",
    "Work begins in January. The ferry keeps to its timetable meanwhile.",
    "The dockers' union said that up to 40 jobs were at risk.",
)


def sample(*, seen_at: datetime, zone: str = "UTC", why: str = "", public_id: str = "") -> Message:
    """The alert of the invented story, kind TEST. With ``public_id`` (``SAMPLE``) it carries buttons."""
    old = _story("Council approves £12m for harbour works", BEFORE)
    new = _story("Council delays £14m harbour works", AFTER)
    comparison = compare(old, new)
    return Message(
        kind=AlertKind.TEST,
        public_id=public_id,
        lines=LINES,
        severity=comparison.severity,
        outlet=OUTLET,
        why=why,
        old=old,
        new=new,
        old_n=1,
        new_n=2,
        comparison=comparison,
        findings=comparison.findings,
        seen_at=seen_at,
        zone=zone,
        links={"story": URL},
    )


def _story(headline: str, paragraphs: tuple[str, ...]) -> Story:
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=text) for text in paragraphs)
    return Story(url=URL, site_name=OUTLET, lang="en", headline=headline, blocks=blocks)
