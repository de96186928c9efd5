"""Messages to show in Slack, built by hand: two stories, compared paragraph by paragraph in the plainest way."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime
from typing import Any

from bot.core.comparison import Comparison, Edit, FieldChange, Finding, Link, Severity, Span
from bot.core.model import Alert, AlertKind, AlertStatus, Target
from bot.core.story import Block, Story
from bot.render.message import Message

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHANNEL = "C0123ABCD"


def story(headline: str, *paragraphs: str, url: str = "https://harbour.example/a", **more: Any) -> Story:
    return Story(headline=headline, blocks=tuple(Block(text=text) for text in paragraphs), url=url, **more)


def edits(old: str, new: str) -> tuple[Edit, ...]:
    """Word edits whose old (new) texts joined give the old (new) text."""
    a, b = re.findall(r"\S+\s*|^\s+", old), re.findall(r"\S+\s*|^\s+", new)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    return tuple(
        Edit(op=op, old="".join(a[i1:i2]), new="".join(b[j1:j2])) for op, i1, i2, j1, j2 in matcher.get_opcodes()
    )


def compared(old: Story, new: Story, *findings: Finding, severity: Severity = Severity.MAJOR) -> Comparison:
    both = min(len(old.blocks), len(new.blocks))
    links = []
    for n in range(1, both + 1):
        before, after = old.blocks[n - 1].text, new.blocks[n - 1].text
        same = before == after
        links.append(
            Link(
                old=(n,),
                new=(n,),
                relation="unchanged" if same else "edited",
                score=1.0 if same else 0.8,
                edits=() if same else edits(before, after),
            )
        )
    headline = FieldChange(
        before=old.headline,
        after=new.headline,
        changed=old.headline != new.headline,
        edits=edits(old.headline, new.headline),
    )
    every = [edit for link in links for edit in link.edits if edit.op != "equal"]
    counts = {
        "words_added": sum(len(edit.new.split()) for edit in every),
        "words_removed": sum(len(edit.old.split()) for edit in every),
    }
    return Comparison(
        status="changed",
        severity=severity,
        findings=findings,
        links=tuple(links),
        removed=tuple(range(both + 1, len(old.blocks) + 1)),
        added=tuple(range(both + 1, len(new.blocks) + 1)),
        headline=headline,
        counts=counts,
        summary="The story changed.",
    )


def message(old: Story, new: Story, *findings: Finding, n: int = 3, **more: Any) -> Message:
    comparison = compared(old, new, *findings)
    fields: dict[str, Any] = {
        "kind": AlertKind.CHANGE,
        "public_id": "a7f3kq2m",
        "severity": comparison.severity,
        "watch_id": 17,
        "outlet": "Harbour Times",
        "old": old,
        "new": new,
        "old_n": n,
        "new_n": n + 1,
        "comparison": comparison,
        "findings": findings,
        "seen_at": NOON,
        "links": {"story": new.url},
        "why": "this channel follows the story",
    }
    return Message(**{**fields, **more})


def council(**more: Any) -> Message:
    """A headline, a figure, and a quotation that lost its brackets."""
    old = story(
        "Council approves £12m budget for harbour & ferry works",
        "The council voted on Tuesday to approve a £12m budget for the harbour works. Officials said the money would "
        "be available from April, and that no jobs would be lost.",
        "“There [were] still questions about the survey, and we want every one of them answered, in public and by "
        "the people who signed it, before the winter comes,” said Ann Example, who leads the council, on Monday.",
        "Work starts in spring.",
    )
    new = story(
        "Council delays £12m budget for harbour & ferry works after <audit> warning",
        "The council voted on Tuesday to delay a £12m budget for the harbour works after an audit warning. Officials "
        "said the money would be available from June at the earliest. The union said up to 40 jobs were at risk.",
        "“There were still questions about the survey, and we want every one of them answered, in public and by the "
        "people who signed it, before the spring comes,” said Ann Example, who leads the council, on Monday.",
        "Work starts in spring.",
    )
    quotation_old, quotation_new = old.blocks[1].text.split(",” said")[0], new.blocks[1].text.split(",” said")[0]
    finding = Finding(
        kind="quote_altered",
        severity=Severity.MAJOR,
        rule="Q1",
        field="body",
        before=quotation_old[1:],
        after=quotation_new[1:],
        speaker="Ann Example",
        old=Span(block=2, start=1, end=len(quotation_old)),
        new=Span(block=2, start=1, end=len(quotation_new)),
        explanation="Quotation altered (Ann Example, ¶2): “before the winter comes” → “before the spring comes”.",
    )
    headline = Finding(
        kind="headline_changed",
        severity=Severity.MAJOR,
        rule="H1",
        field="headline",
        before=old.headline,
        after=new.headline,
        explanation="Headline changed.",
    )
    return message(old, new, finding, headline, **more)


def alert(told: Message, *, id: int = 1, channel: str = CHANNEL, **more: Any) -> Alert:
    fields: dict[str, Any] = {
        "id": id,
        "public_id": told.public_id,
        "key": f"change:{told.watch_id}:{told.new_n}/slack:{channel}/slack:{channel}",
        "kind": told.kind,
        "route": f"slack:{channel}",
        "target": Target(channel="slack", address=channel),
        "severity": told.severity,
        "watch_id": told.watch_id,
        "change_id": 1,
        "old_n": told.old_n,
        "new_n": told.new_n,
        "payload": {},
        "status": AlertStatus.LEASED,
        "created_at": NOON,
    }
    return Alert(**{**fields, **more})
