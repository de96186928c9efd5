"""The service, the command line and the web view on one SQLite file at once, as processes of their own."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.store import outbox, versions, watches
from bot.store.database import Database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUNDS = 25

SERVICE = """
import sys
from datetime import timedelta
from bot.store import outbox, watches
from bot.store.database import Database
from tests.contract.values import NOW, alert, story, version
with Database.open(sys.argv[1]) as db:
    for n in range({rounds}):
        with db.begin() as tx:
            version(tx, 1, story(f"headline {{n}}"))
            outbox.add(tx, alert(f"{{n}}", f"C{{n}}"), NOW)
        with db.begin() as tx:
            watches.record_unchanged(tx, [watches.UnchangedCheck(watch_id=1, checked_at=NOW, next_check_at=NOW)])
"""
COMMAND = """
import sys
from bot.store import watches
from bot.store.database import Database
from tests.contract.values import NOW
for n in range({rounds}):
    with Database.open(sys.argv[1]) as db, db.begin() as tx:
        watches.add(tx, url=f"https://quay.example/{{sys.argv[2]}}/{{n}}", key=f"{{sys.argv[2]}}/{{n}}", now=NOW)
"""
WEB = """
import sys
from bot.store import changes, versions, watches
from bot.store.database import Database
with Database.open(sys.argv[1]) as db:
    for n in range({rounds} * 4):
        with db.read() as tx:
            watch = watches.get(tx, 1)
            assert watch.latest_n == len(versions.list_(tx, 1)), "half a transaction was seen"
            watches.list_(tx)
"""


def test_nothing_is_refused_torn_or_lost(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'stet.db'}"
    with Database.open(url) as db, db.begin() as tx:
        watches.add(tx, url="https://harbour.example/1", key="1", now=NOW)
    programs = [(SERVICE, ""), (COMMAND, "a"), (COMMAND, "b"), (WEB, "")]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program.format(rounds=ROUNDS), url, name], stderr=subprocess.PIPE, text=True
        )
        for program, name in programs
    ]
    ends = [(process.communicate(timeout=120)[1], process.returncode) for process in running]
    assert ends == [("", 0)] * len(programs)
    with Database.open(url) as db, db.read() as tx:
        assert [found.n for found in versions.list_(tx, 1)] == list(range(1, ROUNDS + 1))
        assert len(outbox.list_(tx, limit=None)) == ROUNDS
        assert watches.count(tx) == 1 + 2 * ROUNDS
        assert db.check(thorough=True) == []
