"""A desk for the tests of digests and mails: a database, stories that change when told, a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bot.core.cadence import Cadence
from bot.core.compare import CompareConfig, compare
from bot.core.model import Alert, AlertKind, NewAlert, Route, Target, Watch
from bot.core.policy import Policy
from bot.core.story import Block, Story, fingerprint
from bot.extract import OutletRules
from bot.jobs.kit import Kit, Outlet
from bot.render.message import Message
from bot.store import changes, outbox, versions, watches
from bot.store.database import Database

START = datetime(2026, 11, 23, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
DESK = Target(channel="email", address="desk@paper.example")


class NewsDesk:
    """Everything jobs need, and nothing that looks at a network. ``close`` it."""

    def __init__(self, folder: Path, routes: Sequence[Route], **more: Any) -> None:
        self.now = START
        self.db = Database.open(f"sqlite:///{folder / 'stet.db'}", now=START)
        values: dict[str, Any] = {
            "db": self.db,
            "fetcher": cast(Any, None),
            "clock": lambda: self.now,
            "outlet_of": lambda url: Outlet(name="Harbour Times", rules=OutletRules()),
            "channels": {},
            "policy": Policy(),
            "compare": CompareConfig(),
            "cadence": Cadence(),
            "routes": tuple(routes),
        }
        self.kit = Kit(**(values | more))

    def close(self) -> None:
        self.db.close()

    def story(
        self, number: int, *paragraphs: str, headline: str = "", at: datetime | None = None, **more: Any
    ) -> Watch:
        """The story ``number`` reads so from ``at`` on: a watch at first, then versions and changes."""
        at = at or self.now
        url = f"https://harbour-times.example/{number}"
        text = Story(
            headline=headline or f"Story {number}",
            blocks=tuple(Block(text=paragraph) for paragraph in paragraphs or ("It stands as it stood.",)),
            url=url,
        )
        with self.db.begin() as tx:
            watch, _ = watches.add(tx, url=url, key=url, now=at, **({"outlet": "Harbour Times"} | more))
            before = versions.latest(tx, watch.id)
            version = versions.add(
                tx,
                watch.id,
                story=text,
                seen_at=at,
                recipe="r1",
                fingerprint=fingerprint(text),
                raw=None,
                final_url=url,
                status=200,
                headers=(),
                now=at,
            )
            watches.update(tx, watch.id, last_checked_at=at)
            if before is not None:
                comparison = compare(versions.story(tx, watch.id, before.n), text, self.kit.compare)
                changes.add(tx, watch.id, before.n, version.n, comparison, at)
            found = watches.get(tx, watch.id)
        assert found is not None
        return found

    def alert(self, key: str, watch: Watch, target: Target = DESK, **more: Any) -> Alert:
        """An alert about the newest change of a story."""
        values: dict[str, Any] = {
            "kind": AlertKind.CHANGE,
            "route": "world",
            "watch_id": watch.id,
            "old_n": watch.latest_n - 1,
            "new_n": watch.latest_n,
        }
        with self.db.begin() as tx:
            added = outbox.add(tx, NewAlert(key=key, target=target, **(values | more)), self.now)
        assert added is not None
        return added


class Letterbox:
    """A channel that keeps what it is given; ``fail`` may raise instead."""

    name = "email"

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        """Public ids of the alerts in each mail."""
        self.fail: Any = None

    def send(self, message: Message, alert: Alert) -> Mapping[str, Any]:
        return self.send_folded([message], [alert], alert.target)

    def send_folded(self, messages: Sequence[Message], alerts: Sequence[Alert], target: Target) -> Mapping[str, Any]:
        if self.fail is not None:
            raise self.fail
        self.sent.append([alert.public_id for alert in alerts])
        return {"mail": len(self.sent)}

    def close(self) -> None:
        pass
