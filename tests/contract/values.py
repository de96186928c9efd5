"""Values the contract tests store again and again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core.comparison import Comparison, Finding, Severity
from bot.core.model import AlertKind, NewAlert, Target, Version, Watch
from bot.core.story import Block, Story, fingerprint
from bot.store import versions, watches
from bot.store.database import Tx

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=2)


def url(number: int, host: str = "harbour.example") -> str:
    """A story's address."""
    return f"https://{host}/story/{number}"


def watch(tx: Tx, number: int = 1, **given: object) -> Watch:
    """Follow a story."""
    address = str(given.pop("url", url(number)))
    added, _ = watches.add(tx, url=address, key=str(given.pop("key", address)), now=NOW, **given)  # type: ignore[arg-type]
    return added


def story(headline: str = "Council delays harbour works", *paragraphs: str) -> Story:
    """A short story."""
    blocks = tuple(Block(text=text) for text in paragraphs or ("Work will begin in May.",))
    return Story(headline=headline, byline=("A. Writer",), blocks=blocks, url=url(1))


def version(
    tx: Tx, watch_id: int, text: Story | None = None, *, raw: bytes | None = b"<html>", **given: object
) -> Version:
    """Store the next version."""
    text = text or story()
    row = {
        "seen_at": NOW,
        "recipe": "r1",
        "fingerprint": fingerprint(text),
        "final_url": url(1),
        "status": 200,
        "headers": [("content-type", "text/html")],
        "now": NOW,
        **given,
    }
    return versions.add(tx, watch_id, story=text, raw=raw, **row)  # type: ignore[arg-type]


def comparison(severity: Severity = Severity.MAJOR) -> Comparison:
    """A comparison with one finding."""
    return Comparison(
        status="changed",
        severity=severity,
        summary="Headline changed",
        findings=(
            Finding(
                kind="headline_changed", severity=severity, rule="H1", field="headline", before="a", after="b\0\ud800"
            ),
        ),
        flags=frozenset({"silent_change"}),
        counts={"words_added": 3, "words_removed": 2},
    )


def alert(key: str, address: str = "C1", channel: str = "slack", **given: object) -> NewAlert:
    """An alert about to be stored."""
    row = {"kind": AlertKind.CHANGE, "route": "desk", "target": Target(channel=channel, address=address), **given}
    return NewAlert(key=key, **row)  # type: ignore[arg-type]
