"""One line of the log for each check and one for each attempt to deliver, with the same names every time."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import log
from bot.jobs.deliver import Courier
from bot.store import watches
from tests.acceptance.pages import PARAGRAPHS
from tests.jobs.test_lives import MAJOR, Desk, Open, opened  # noqa: F401 - a fixture
from tests.newsroom import Reply


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, from debug on, as JSON."""
    for name in {"_wanted", "_quieter"} & vars(log).keys():
        monkeypatch.setattr(log, name, getattr(log, name))  # as it was, afterwards
    out = io.StringIO()
    log.set_up(style="json", level="debug", stream=out)
    yield out
    structlog.reset_defaults()


def lines(written: io.StringIO, *events: str) -> list[dict[str, Any]]:
    said = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in said if line["event"] in events]


def test_every_check_and_every_attempt_to_deliver_writes_one_line(
    opened: Open,  # noqa: F811
    written: io.StringIO,
) -> None:
    with opened(judge={"settle": 0}) as desk:
        paths = ("/same", "/edited", "/broken")
        for path in paths:
            desk.watch(path)
        assert Counter(line["outcome"] for line in lines(written, "checked")) == {"first_seen": 3}
        written.truncate(0)
        written.seek(0)

        desk.publish("/edited", paragraphs=MAJOR)
        desk.site.serve("/broken", Reply(status=500))
        make_due(desk)
        desk.pass_time(1)
        checked = lines(written, "checked")
        assert Counter(line["outcome"] for line in checked) == {"unchanged": 1, "changed": 1, "failed": 1}
        assert len({line["watch"] for line in checked}) == 3
        assert {frozenset(line) >= {"watch", "outcome", "version", "ms", "level", "timestamp"} for line in checked} == {
            True
        }
        assert [line["alerts"] for line in checked if line["outcome"] == "changed"] == [1]
        assert all(line["error"] for line in checked if line["outcome"] == "failed")

        (told,) = desk.alerts()
        (delivered,) = lines(written, "delivered", "not delivered")
        assert delivered["event"] == "delivered"
        assert (delivered["alert"], delivered["target"], delivered["attempt"]) == (told.public_id, "terminal:", 1)
        Courier(desk.kit).work()
        assert len(lines(written, "delivered", "not delivered")) == 1
        words = [word for paragraph in (*PARAGRAPHS, *MAJOR) for word in paragraph.split() if len(word) > 8]
        assert not [word for word in words if word in written.getvalue()], "no text of a story is logged"


def make_due(desk: Desk) -> None:
    with desk.kit.db.begin() as tx:
        for watch in watches.list_(tx):
            watches.update(tx, watch.id, next_check_at=desk.clock[0])
