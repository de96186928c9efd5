"""Stories and messages that the mail tests share: small ones by hand, large ones by rule. Invented outlets only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.core.comparison import Comparison, Edit, EditOp, FieldChange, Finding, Link, Severity
from bot.core.model import Alert, AlertKind, AlertStatus, Target
from bot.core.story import Block, BlockKind, Story
from bot.render.letter import Letterhead
from bot.render.message import Message

NOW = datetime(2026, 11, 24, 14, 3, tzinfo=UTC)
LETTERHEAD = Letterhead(
    sender="stet@paper.example",
    sender_name="Stet",
    reply_to="standards@paper.example",
    base_url="https://stet.paper.example",
    secret_key="a secret for tests",
)


def edit(op: EditOp, old: str, new: str | None = None) -> Edit:
    """``edit("equal", "words")`` or ``edit("replace", "old", "new")``."""
    return Edit(op=op, old=old, new=old if new is None else new)


def correction(**changes: Any) -> Message:
    """£40,000 becomes £14,000, with a correction note."""
    old = Story(
        headline="Minister denies receiving £40,000",
        blocks=(
            Block(text="The donation of £40,000 was declared in 2023."),
            Block(text="The minister said: “I have nothing to hide.”"),
        ),
    )
    new = Story(
        headline="Minister denies receiving £14,000",
        blocks=(
            Block(text="The donation of £14,000 was declared in 2023."),
            Block(text="The minister said: “I have nothing to hide.”"),
            Block(
                kind=BlockKind.NOTE,
                text="Correction: an earlier version of this story gave the donation as £40,000. It was £14,000.",
            ),
        ),
    )
    comparison = Comparison(
        status="changed",
        severity=Severity.CRITICAL,
        headline=FieldChange(
            before=old.headline,
            after=new.headline,
            changed=True,
            edits=(edit("equal", "Minister denies receiving "), edit("replace", "£40,000", "£14,000")),
        ),
        links=(
            Link(
                old=(1,),
                new=(1,),
                relation="edited",
                score=0.9,
                edits=(
                    edit("equal", "The donation of "),
                    edit("replace", "£40,000", "£14,000"),
                    edit("equal", " was declared in 2023."),
                ),
            ),
            Link(old=(2,), new=(2,), relation="unchanged", score=1.0),
        ),
        added=(3,),
        findings=(
            Finding(
                kind="correction_added",
                severity=Severity.CRITICAL,
                rule="N1",
                field="note",
                after=new.blocks[2].text,
                explanation="A correction was added: the donation was £14,000, not £40,000.",
            ),
            Finding(
                kind="figure_changed",
                severity=Severity.MAJOR,
                rule="F1",
                field="body",
                before="£40,000",
                after="£14,000",
                explanation="A sum changed: £40,000 became £14,000.",
            ),
        ),
        counts={"words_added": 19, "words_removed": 2},
        summary="Headline changed; correction added; 1 figure changed.",
    )
    return message(**({"old": old, "new": new, "comparison": comparison} | changes))


def message(old: Story, new: Story, comparison: Comparison, **changes: Any) -> Message:
    """A message about one change, with every field set."""
    values: dict[str, Any] = {
        "kind": AlertKind.CHANGE,
        "public_id": "ab12cd34",
        "severity": comparison.severity,
        "watch_id": 812,
        "desk": "politics",
        "outlet": "Harbour Times",
        "route": "world",
        "why": "route “world” hears of major changes on the politics desk",
        "old": old,
        "new": new,
        "old_n": 1,
        "new_n": 2,
        "comparison": comparison,
        "findings": comparison.findings,
        "seen_at": datetime(2026, 11, 24, 14, 2, tzinfo=UTC),
        "zone": "Europe/London",
        "links": {
            "story": "https://harbour-times.example/politics/donation",
            "diff": "https://stet.paper.example/stories/812/diff/1..2",
            "versions": "https://stet.paper.example/stories/812",
        },
    }
    return Message(**(values | changes))


def notice(title: str, *lines: str, **changes: Any) -> Message:
    """Words to an operator, without a story."""
    return Message(
        **(
            {
                "kind": AlertKind.NOTICE,
                "public_id": "notice01",
                "title": title,
                "lines": lines,
                "route": "operators",
                "why": "you run Stet",
                "seen_at": NOW,
            }
            | changes
        )
    )


def rewritten(paragraphs: int, words: int = 25) -> Message:
    """A story of ``paragraphs`` paragraphs of ``words`` words, every one of them replaced."""
    old = Story(
        headline="Before", blocks=tuple(Block(text=_text("before", n, words)) for n in range(1, paragraphs + 1))
    )
    new = Story(headline="After", blocks=tuple(Block(text=_text("after", n, words)) for n in range(1, paragraphs + 1)))
    links = tuple(
        Link(
            old=(n,),
            new=(n,),
            relation="rewritten",
            score=0.1,
            edits=(edit("replace", old.blocks[n - 1].text, new.blocks[n - 1].text),),
        )
        for n in range(1, paragraphs + 1)
    )
    comparison = Comparison(
        status="changed",
        severity=Severity.MAJOR,
        links=links,
        headline=FieldChange(before="Before", after="After", changed=True),
        counts={"words_added": paragraphs * words, "words_removed": paragraphs * words},
        summary="Rewritten.",
        flags=frozenset({"rewritten"}),
    )
    return message(old, new, comparison)


def _text(word: str, number: int, words: int) -> str:
    return " ".join(f"{word}{number}w{place}" for place in range(words)) + "."


def alert(
    said: Message, recipient: str = "desk@paper.example", *, number: int = 1, public_id: str | None = None
) -> Alert:
    """The outbox row of a message."""
    return Alert(
        id=number,
        public_id=public_id or said.public_id or f"id{number}",
        key=f"test:{number}",
        kind=said.kind,
        route=said.route,
        target=Target(channel="email", address=recipient),
        severity=said.severity,
        watch_id=said.watch_id,
        change_id=None,
        old_n=said.old_n,
        new_n=said.new_n,
        payload=said.payload,
        status=AlertStatus.LEASED,
        created_at=NOW,
    )
