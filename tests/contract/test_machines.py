"""Many machines as two worker processes on one PostgreSQL: polite together, in order together, and one of them leads.

Every test here fails where a lock is taken away: see the words at each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from bot.core.model import AlertKind, AlertStatus, NewAlert, SourceKind, Target
from bot.store import outbox, sources, watches
from bot.store.database import Database
from tests.contract.workers import HOSTS, Worker, page, until
from tests.newsroom import Newsroom, Reply
from tests.slack_standin import BOT_TOKEN, SlackStandIn

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

STORIES = 24
"""More than a job claims at a time, so that a second job of the same host would find some."""
ANSWER = 0.08
"""Seconds that a site takes for an answer: who waits for it cannot ask again earlier, however slow the machine is."""
CHANNEL = "C0NEWS0000"
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Quay</title><link>http://127.0.0.1/</link>
<description>News</description></channel></rss>"""


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    with Database.open(url) as opened:
        yield opened


def test_a_site_is_asked_by_one_machine_at_a_time(url: str, db: Database, newsroom: Newsroom, tmp_path: Path) -> None:
    """Without the job's lock both ask a site at once, each minding its own manners."""
    rows = []
    for host in HOSTS:
        for number in range(STORIES):
            newsroom.serve(f"/{number}", Reply(body=page(host, f"/{number}", "900"), delay=ANSWER), host=host)
            rows.append({"url": newsroom.url(f"/{number}", host), "key": newsroom.url(f"/{number}", host)})
    with db.begin() as tx:
        watches.add_many(tx, rows, datetime.now(UTC))
    with ExitStack() as stack:
        workers = [Worker(name, tmp_path, url, concurrency=2) for name in ("alpha", "beta")]
        for worker in workers:
            stack.callback(worker.kill)
        for turn in range(2):
            since = datetime.now(UTC)
            until(lambda since=since: all_looked_at(db, since), 90, f"turn {turn}", workers)  # type: ignore[misc]
            with db.begin() as tx:
                for watch in watches.list_(tx, limit=None):
                    watches.update(tx, watch.id, next_check_at=datetime.now(UTC))
    for host in HOSTS:
        asked = [seen for seen in newsroom.requests if seen.address == host]
        gaps = [after.at - before.at for before, after in pairwise(asked)]
        assert min(gaps) >= ANSWER, "two asked at once"
        turns = [agent for agent, _ in groupby(seen.headers["user-agent"] for seen in asked)]
        assert len(turns) <= 4, turns
    assert {seen.headers["user-agent"] for seen in newsroom.requests} == {"alpha", "beta"}, "both took part"


def all_looked_at(db: Database, since: datetime) -> bool:
    """Whether every story was looked at, and that was written down, since then."""
    with db.read() as tx:
        return all((watch.last_checked_at or watch.added_at) > since for watch in watches.list_(tx, limit=None))


def test_a_channel_hears_everything_once_and_in_order_whoever_tells_it(url: str, db: Database, tmp_path: Path) -> None:
    """Without the claim of the oldest alone, the second worker sends a later alert while the first still sends."""
    target = Target(channel="slack", address=CHANNEL)
    with SlackStandIn(limits=False) as slack, ExitStack() as stack:
        route = f'[[route]]\nname = "r"\nto = {{ slack = "{CHANNEL}" }}\n'
        more = f'{route}[slack]\nmode = "http"\napi_url = "{slack.api_url}"\n'
        secrets = {"STET_SLACK_BOT_TOKEN": BOT_TOKEN, "STET_SLACK_SIGNING_SECRET": "sign-me-please"}
        workers = [Worker(name, tmp_path, url, more=more, environment=secrets) for name in ("alpha", "beta")]
        for worker in workers:
            stack.callback(worker.kill)

        def put(number: int) -> None:
            payload = {"title": f"Notice {number}", "lines": ["It is so."], "seen_at": datetime.now(UTC).isoformat()}
            with db.begin() as tx:
                new = NewAlert(key=f"n{number}", kind=AlertKind.NOTICE, route="notices", target=target, payload=payload)
                outbox.add(tx, new, datetime.now(UTC))

        def sent() -> int:
            with db.read() as tx:
                return len(outbox.list_(tx, status=AlertStatus.SENT, limit=None))

        for number in range(1, 5):
            put(number)
        until(lambda: sent() >= 2, 60, "the first messages", workers)
        for number in range(5, 9):
            put(number)
        until(lambda: sent() == 8, 60, "all messages", workers)
        texts = [str(message) for message in slack.posted(CHANNEL)]
        told = [next(n for n in range(1, 9) if f"Notice {n}" in text) for text in texts]
        assert told == list(range(1, 9))
        assert slack.violations == []


def test_periodic_work_is_done_by_one_and_taken_over_when_that_one_is_killed(
    url: str, db: Database, newsroom: Newsroom, tmp_path: Path
) -> None:
    """Without the leader's lock both read the feed."""
    newsroom.serve("/feed", Reply(body=FEED, content_type="application/rss+xml"))
    feed = newsroom.url("/feed")
    with db.begin() as tx:
        sources.add(tx, url=feed, kind=SourceKind.FEED, now=datetime.now(UTC), every=3600)
    with ExitStack() as stack:
        workers = [Worker(name, tmp_path, url) for name in ("alpha", "beta")]
        for worker in workers:
            stack.callback(worker.kill)

        def leading() -> list[Worker]:
            return [worker for worker in workers if '"leads"' in worker.log.read_text()]

        def started() -> bool:
            return all('"started"' in worker.log.read_text() for worker in workers)

        until(lambda: started() and newsroom.seen("/feed"), 60, "the first reading", workers)
        (leader,) = leading()
        assert [seen.headers["user-agent"] for seen in newsroom.seen("/feed")] == [leader.name]
        leader.kill()
        with db.begin() as tx:
            for source in sources.list_(tx):
                sources.update(tx, source.id, next_check_at=datetime.now(UTC) - timedelta(seconds=1))
        until(lambda: len(newsroom.seen("/feed")) == 2, 45, "the second reading", workers)
        heir = next(worker for worker in workers if worker is not leader)
        assert set(leading()) == set(workers)
        assert newsroom.seen("/feed")[-1].headers["user-agent"] == heir.name
