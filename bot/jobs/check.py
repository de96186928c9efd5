"""Checking: claimed watches are looked at by threads, and what they saw is written down as it comes.

    claim (the lease is the next due time) -> look, many at once -> record: plain ones in batches, the rest one by one

One watch's failure is recorded on that watch and never stops the others; a watch that makes us stumble is pushed ahead
before the error is raised, so that it cannot do so again at once.

Nothing waits behind a host that hangs. It holds at most ``per_host`` threads, one once it is known for it; a thread
that is held up for a second gets a stand-in (see `crew`); and half of the stand-ins are kept for hosts that hang for
the first time. Nor does a story wait in a thread until its host's turn comes: it is claimed when the turn is there.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.core import cadence
from bot.core.model import Outcome, Watch
from bot.core.story import Story
from bot.discover.address import host_of
from bot.errors import StetError, StoreError, Unreachable
from bot.jobs import hostbook, trouble
from bot.jobs.crew import Crew
from bot.jobs.kit import Kit
from bot.jobs.look import Failed, Look, Read, Same, look
from bot.jobs.record import PAUSED_REASONS, Result, is_plain, plain_row, record
from bot.log import clean, get
from bot.store import versions, watches
from bot.store.rows import host_of as hosts_name
from bot.store.watches import UnchangedCheck

BATCH = 100
"""So many unchanged checks are written at once."""
FLUSH = timedelta(seconds=1)
"""… or after this long, whichever comes first."""
SKIPPED = 5_000
"""So many resting hosts are left out of a claim at most: a database takes only so many words in one question."""
CROWD = 500
"""From so many overdue stories on they are spread after a restart."""
SHORT = 5.0
"""Seconds that a thread of the service waits for a host's turn; then the story is put off and others go first."""
SOON = 0.25
"""Seconds to a host's turn at which its next story is claimed, so that no turn passes by unused."""
AHEAD = 3
"""So many stories a thread are under way or wait for one. A claim costs more than a check: few large ones are cheap."""
SPARE = 4
"""So many times the usual number of threads may stand in for those that are held up."""
HELD_AFTER = 1.0
"""Seconds at one story after which a thread counts as held up."""
BREATH = 0.2
"""Seconds between two claims of the service that take what there is: a claim is a write, so a few stories share one."""
CLAIM_SHARE = 9
"""A claim that looked through thousands of due stories and found few that may be asked for takes 15 ms: then nobody
looks again before so many times as long has passed."""
ROUND, RESTING_ROUNDS = 0.05, 20
"""Seconds that a round waits for what comes in, and rounds that are waited for the turn of a host with due stories."""
LONG = 300.0
"""Seconds that somebody waits who asked for a check: many stories of one site come one after another."""

log = get("check")


def check_now(kit: Kit, chosen: Iterable[Watch], *, workers: int = 16) -> Iterator[Result]:
    """Look at these watches now, due or not, and yield each result as it is written. Somebody waits for the answer.

    What earlier runs learnt of their hosts is kept to, and what is learnt now is kept.
    """
    chosen = list(chosen)
    hostbook.recall(kit, {host_key(watch) for watch in chosen})
    try:
        with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="check") as pool:
            pending = [pool.submit(_look, kit, watch, LONG) for watch in chosen]
            for future in _as_done(pending):
                yield _recorded(kit, future.result(), at_once=True)
    finally:
        try:
            hostbook.keep(kit)
        except StoreError as error:  # it is learnt again
            log.warning("hosts not kept", error=str(error))


def spread_overdue(kit: Kit) -> int:
    """After a time without a checker: hand out what fell due meanwhile over the next minutes, the most overdue first.

    Else all sites are asked for everything at once, and again an interval later. A few hundred stories are no crowd,
    and new ones are never put off. Returns how many were.
    """
    now = kit.clock()
    with kit.db.read() as tx:
        if watches.due_count(tx, now) < CROWD:
            return 0
        late = watches.overdue_count(tx, now)
        if late < CROWD:
            return 0
        due: dict[int, datetime] = {}
        for part in watches.overdue(tx, now):
            due |= cadence.spread(part, now, kit.cadence, first=len(due), of=late)
    with kit.db.begin() as tx:
        watches.put_off(tx, due)
    return len(due)


def check_claimed(
    kit: Kit,
    claimed: Sequence[Watch],
    *,
    workers: int,
    stop: threading.Event | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> list[Result]:
    """Look at watches that somebody has claimed, write down what came, and return it. For the distributed engine.

    With ``stop`` set no further look begins, and what is still being fetched is left to its lease. When there is
    ``enough``, no further look begins either, and what is being fetched is waited for.
    """
    results: list[Result] = []
    rows: list[UnchangedCheck] = []
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="check")

    def begin(watch: Watch) -> Look | None:
        return None if enough() else _look(kit, watch)

    pending = {pool.submit(begin, watch) for watch in claimed}
    try:
        while pending and not (stop is not None and stop.is_set()):
            ended, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in ended:
                done = future.result()
                if done is None:
                    continue
                if (plain := _plain(kit, done)) is not None:
                    rows.append(plain[0])
                    results.append(plain[1])
                else:
                    results.append(_recorded(kit, done))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if rows:
            with kit.db.begin() as tx:
                watches.record_unchanged(tx, rows)
    return results


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fell:
    """A look that ended with an error nobody expected."""

    watch: Watch
    error: Exception


class Checker:
    """The service's checking: threads that outlive a tick, so that a host that hangs holds up nobody.

    ``work`` is called at every tick and stays while there is something to do; ``close`` ends the threads. Use it from
    one thread at a time. ``workers`` threads get on with it; one that is at a story for ``held_after`` seconds is held
    up and does not count.
    """

    def __init__(
        self,
        kit: Kit,
        *,
        workers: int,
        per_host: int,
        lease: timedelta,
        on_result: Callable[[Result], None] | None = None,
        holder: str = "",
        held_after: float = HELD_AFTER,
    ) -> None:
        self._kit = kit
        self._holder = holder
        self._workers = workers
        self._per_host = max(1, per_host)
        self._lease = lease
        self._on_result = on_result
        self._spare = workers * SPARE
        self._crew = Crew(workers, spare=self._spare, patience=held_after, name="check")
        self._done: queue.SimpleQueue[Look | _Fell] = queue.SimpleQueue()
        self._busy: Counter[str] = Counter()
        self._flying = 0
        self._claim_at = 0.0
        self._resting = False
        """Something is due whose host's turn has not come."""
        self._rows: list[UnchangedCheck] = []
        self._flushed = kit.clock()
        self.sign = time.monotonic()
        """When it last gave a sign of life, in monotonic seconds."""

    def work(self, stop: threading.Event | None = None, *, wait_for_all: bool = False) -> int:
        """Check what is due until nothing is due and nothing has come in for a moment. Returns how many came in.

        ``wait_for_all`` also waits for what is still being fetched; without it a slow host is left to the next tick.
        """
        looked = 0
        quiet = 0
        while quiet < (3 if wait_for_all or not self._resting else RESTING_ROUNDS) or (wait_for_all and self._flying):
            self.sign = time.monotonic()
            stopping = stop is not None and stop.is_set()
            held = self._crew.relieve()
            early = self._claim_at - self.sign
            claimed = 0 if stopping or early > 0 else self._claim(held, 0.0 if wait_for_all else BREATH)
            came = self._drain(wait=ROUND)
            looked += came
            if claimed or came or self._crew.waiting:
                quiet = 0
            elif early <= 0:
                quiet += 1
            if stopping and not came:
                break
            if not self._flying:
                if wait_for_all and not self._is_due():
                    break
                if early > 0 or (self._resting and not wait_for_all):
                    time.sleep(min(ROUND, early) if wait_for_all else ROUND)
        self._flush()
        return looked

    def close(self, *, patience: float = 8.0) -> None:
        """Write down what comes in within ``patience`` seconds; leases bring the rest back after a restart."""
        deadline = time.monotonic() + patience
        while self._flying and time.monotonic() < deadline:
            self._drain(wait=0.1)
        self._flush()
        self._crew.close()

    def _claim(self, held: int, breath: float) -> int:
        """Claim what may be looked at now, and have it looked at. Returns how many that is.

        ``held`` threads are held up. Where few were to be had, nobody claims again for ``breath`` seconds at the least.
        """
        room = self._workers * AHEAD - (self._flying - min(held, self._spare))
        if room < self._workers:
            return 0
        self._resting = self._is_due()
        if not self._resting:
            return 0
        now = self._kit.clock()
        most, skip = self._per_turn(), self._left_out(held)
        cpu = time.thread_time()
        with self._kit.db.begin() as tx:
            claimed = watches.claim_due(tx, now, room, self._lease, skip_hosts=skip, per_host=most, holder=self._holder)
        self._resting = not claimed
        if len(claimed) < room:
            self._claim_at = time.monotonic() + max(breath, CLAIM_SHARE * (time.thread_time() - cpu))
        for watch in claimed:
            self._flying += 1
            self._busy[host_key(watch)] += 1
            self._crew.submit(partial(self._look, watch))
        return len(claimed)

    def _is_due(self) -> bool:
        with self._kit.db.read() as tx:
            due = watches.next_due(tx)
        return due is not None and due <= self._kit.clock()

    def _per_turn(self) -> int:
        """So many stories of a host are claimed at once: those of a host with a gap come one by one."""
        return 1 if self._kit.fetcher.settings.host_gap > SOON else self._per_host * 2

    def _left_out(self, held: int) -> set[str]:
        """Hosts of which nothing is claimed now."""
        most = self._per_host if self._per_turn() == 1 else self._per_host * 2
        skip = {host for host, count in self._busy.items() if count >= most}
        unsure = self._kit.fetcher.unsure()[:SKIPPED]
        if unsure:
            crowded = held >= self._spare // 2
            skip.update(host for host in unsure if crowded or self._busy[host])
        skip.update(self._kit.fetcher.resting(SOON)[:SKIPPED])
        return skip

    def _look(self, watch: Watch) -> None:
        try:
            self._done.put(_look(self._kit, watch, SHORT, self._crew.goes_on))
        except Exception as error:  # the fault of one watch; who takes it says so
            self._done.put(_Fell(watch=watch, error=error))

    def _drain(self, *, wait: float) -> int:
        """Write down what has come in. Returns how many."""
        count = 0
        while self._flying:
            try:
                done = self._done.get(timeout=wait) if wait and not count else self._done.get_nowait()
            except queue.Empty:
                break
            count += 1
            self._take(done)
        if len(self._rows) >= BATCH or (self._rows and self._kit.clock() - self._flushed >= FLUSH):
            self._flush()
        return count

    def _take(self, done: Look | _Fell) -> None:
        self._flying -= 1
        host = host_key(done.watch)
        self._busy[host] -= 1
        if not self._busy[host]:
            del self._busy[host]
        if isinstance(done, _Fell):
            if isinstance(done.error, StoreError):
                raise done.error
            self._tell(_stumbled(self._kit, done.watch, self._kit.clock(), done.error))
            return
        if (plain := _plain(self._kit, done)) is not None:
            self._rows.append(plain[0])
            self._tell(plain[1])
            return
        self._tell(_recorded(self._kit, done))

    def _flush(self) -> None:
        if self._rows:
            rows, self._rows = self._rows, []
            with self._kit.db.begin() as tx:
                watches.record_unchanged(tx, rows)
        self._flushed = self._kit.clock()

    def _tell(self, result: Result) -> None:
        if self._on_result is not None:
            self._on_result(result)


def host_key(watch: Watch) -> str:
    """The host as the store keeps it, for ``claim_due(skip_hosts=…)``."""
    return hosts_name(watch.url)


def _look(kit: Kit, watch: Watch, patience: float | None = None, came: Callable[[], None] = lambda: None) -> Look:
    def latest() -> Story | None:
        with kit.db.read() as tx:
            return versions.story(tx, watch.id, watch.latest_n) if watch.latest_n else None

    done = look(kit, watch, latest, patience=patience, came=came)
    error = done.seen.error if isinstance(done.seen, Failed) else None
    if getattr(error, "reason", "") not in PAUSED_REASONS:  # else nothing was sent, which is no evidence
        trouble.HOSTS.add(host_of(watch.url), kit.clock(), answered=not isinstance(error, Unreachable))
    return done


def _plain(kit: Kit, done: Look) -> tuple[UnchangedCheck, Result] | None:
    """The row for the batch where a look found nothing new; None where it needs a transaction of its own."""
    if not is_plain(done):
        return None
    row, result = plain_row(kit, done, kit.clock())
    if row is None:
        return None
    kit.metrics.checked(result.outcome.value, seconds=result.ms / 1000, size=_size(done))
    log.debug("checked", watch=result.watch_id, outcome=result.outcome.value, version=result.version, ms=result.ms)
    return row, result


def _recorded(kit: Kit, done: Look, *, at_once: bool = False) -> Result:
    now = kit.clock()
    try:
        result = record(kit, done, now, at_once=at_once)
    except StoreError:
        raise
    except StetError as error:
        result = _stumbled(kit, done.watch, now, error, done.ms)
    except Exception as error:
        result = _stumbled(kit, done.watch, now, error, done.ms)
    kit.metrics.checked(result.outcome.value, seconds=result.ms / 1000, size=_size(done))
    log.info(
        "checked",
        watch=result.watch_id,
        outcome=result.outcome.value,
        version=result.version,
        ms=result.ms,
        alerts=result.alerts,
        error=result.error or None,
    )
    return result


def _size(done: Look) -> int:
    """Bytes that came over the wire for this look."""
    if isinstance(done.seen, Same):
        return done.seen.bytes
    return done.seen.page.wire_bytes if isinstance(done.seen, Read) else 0


def _stumbled(kit: Kit, watch: Watch, now: datetime, error: Exception, ms: float = 0.0) -> Result:
    """Our own fault on one watch: it is pushed ahead and says so; the others go on."""
    words = clean(f"{type(error).__name__}: {error}", limit=300)
    with kit.db.begin() as tx:
        watches.update(
            tx,
            watch.id,
            next_check_at=now + timedelta(hours=1),
            failures=watch.failures + 1,
            last_error=f"a fault inside Stet, please report it: {words}",
            last_error_kind="internal",
            last_checked_at=now,
        )
    log.error("stumbled", watch=watch.id, error=words)
    return Result(
        watch_id=watch.id,
        url=watch.url,
        outcome=Outcome.FAILED,
        version=watch.latest_n or None,
        ms=round(ms, 1),
        error=words,
        error_kind="internal",
    )


def _as_done(pending: Sequence[Future[Look]]) -> Iterator[Future[Look]]:
    from concurrent.futures import as_completed

    yield from as_completed(pending)
