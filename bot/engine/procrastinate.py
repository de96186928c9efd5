"""The distributed engine: procrastinate on PostgreSQL, any number of ``stet worker`` on any number of machines.

    leader, every second:  hosts with due stories, targets with due alerts -> one job each, unless one is there
    any worker:            check_host(host): claim its due stories, a few at a time, look, record
                           deliver_target(target): claim its alerts one by one, send, record

A job is a host or a target, never one check: that costs little, and keeps politeness and order in one place. Its lock
(``host:…``, ``target:…``) lets one job of a name run at a time over all machines. Jobs carry no state: what is due
stands in the database's own columns, so a job that is lost, doubled or late does no harm. The jobs of a worker that
gives no heartbeat for ``lost_after`` seconds are ended and their leases given back; the next plan has them again.
A host that did not answer when it was last asked has its jobs in another queue, ``slow``, one story each: those that
hang hold places of their own, and nobody else waits behind them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import procrastinate
import psycopg
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job, Status
from sqlalchemy.engine import make_url

from bot.app import App
from bot.engine.clock import ClockWatch
from bot.engine.leader import Leader
from bot.errors import ConfigError, StetError
from bot.jobs.check import check_claimed, spread_overdue
from bot.jobs.deliver import LEASE, Receipts, deliver
from bot.log import clean, get
from bot.store import hosts, outbox, watches

SLOW = "slow"
"""The queue of hosts that did not answer when they were last asked."""
PLAN_EVERY = 1.0
RECOVER_EVERY = 5.0
RESTART_AFTER = 3.0
"""Seconds before a worker that fell over (the server restarted) begins anew."""
PLANNED = 500
"""So many hosts, and so many targets, are planned at once."""
CLAIM = 20
"""Stories of one host that a job claims at a time."""
TURN = 60.0
"""Seconds after which a job makes room for other hosts; what is left is planned anew."""
LONGEST_REST = 5.0
"""A job keeps its host's lock while politeness asks for a shorter rest than this; a longer one is written down."""
INSTALL_LOCK = 0x57E7_0001

log = get("engine")


class ProcrastinateEngine:
    """One process of the distributed engine: works on jobs, and plans them while it leads.

    ``parts`` says which jobs it works on: ``checker``, ``courier``. ``concurrency`` is the number of hosts checked at
    the same time in this process; each with ``[fetch] per_host`` fetches. Raises ConfigError on SQLite.
    """

    def __init__(
        self,
        app: App,
        parts: tuple[str, ...] = ("checker", "courier"),
        *,
        concurrency: int = 8,
        heartbeat: float = 10.0,
        lost_after: float = 30.0,
    ) -> None:
        if app.kit.db.is_sqlite:
            raise ConfigError('[engine] kind = "procrastinate" needs PostgreSQL: set [store] url or STET_STORE_URL')
        self._app = app
        self._parts = parts
        self._concurrency = concurrency
        self._heartbeat = heartbeat
        self._lost_after = lost_after
        self._stop = threading.Event()
        self._patience = 8.0
        self._clock = ClockWatch(app.kit.db, app.kit.clock)
        self._receipts = Receipts()
        self._sign = time.monotonic()
        self._thread: threading.Thread | None = None
        conninfo = make_url(app.kit.db.url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._leader = Leader(conninfo)
        self._queue = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo, max_size=6))
        self._check_host = self._queue.task(name="check_host", queue="check", pass_context=True)(self._do_check)
        self._deliver_target = self._queue.task(name="deliver_target", queue="deliver", pass_context=True)(
            self._do_deliver
        )

    def start(self) -> None:
        """Install procrastinate's tables where they are missing, and begin in a thread."""
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        self._install()
        self._clock.start()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="engine")
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """No job begins any more; running ones end at the next story or alert, or give back what they hold."""
        self._patience = timeout
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout + 2)

    def beats(self) -> Mapping[str, Callable[[], object]]:
        """None: the engine has a thread of its own."""
        return {}

    def signs(self) -> Mapping[str, float]:
        """Of its own loop, which plans and recovers, for every part it works for."""
        return dict.fromkeys(("checker", "courier"), time.monotonic() - self._sign)

    def leads(self) -> bool:
        """Whether this process held the leader's lock at the last look, a second ago at most."""
        return self._leader.held

    def _install(self) -> None:
        with self._app.kit.db.begin() as tx:
            tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({INSTALL_LOCK})")
            if tx.exec_driver_sql("SELECT to_regclass('procrastinate_jobs')").scalar_one() is None:
                schema = self._queue.schema_manager.get_schema()
                tx.execution_options(no_parameters=True).exec_driver_sql(schema)

    async def _main(self) -> None:
        """Run until stopped; begin anew when the database went away and came back."""
        loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor(sum(self._queues().values()) + 12, thread_name_prefix="engine")
        loop.set_default_executor(threads)
        while not self._stop.is_set():
            try:
                async with self._queue.open_async():
                    await self._run()
            except (ProcrastinateException, psycopg.Error, StetError) as error:
                log.error("engine fell over", error=clean(f"{type(error).__name__}: {error}", limit=300))
            if not self._stop.is_set():
                await self._sleep(RESTART_AFTER)
        await asyncio.to_thread(self._leader.close)

    async def _run(self) -> None:
        """Workers, planning and recovery side by side, until one ends or we are stopped."""
        tasks = [asyncio.create_task(self._work(queue, jobs), name=queue) for queue, jobs in self._queues().items()]
        tasks.append(asyncio.create_task(self._lead(), name="lead"))
        stopped = asyncio.create_task(self._sleep(None), name="stop")
        try:
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, stopped, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    def _queues(self) -> dict[str, int]:
        queues = {}
        if "checker" in self._parts:
            queues["check"] = self._concurrency
            queues[SLOW] = max(2, self._concurrency // 2)
        if "courier" in self._parts:
            queues["deliver"] = 4
        return queues

    async def _work(self, queue: str, jobs: int) -> None:
        await self._queue.run_worker_async(
            queues=[queue],
            name=f"stet-{queue}",
            concurrency=jobs,
            delete_jobs="always",
            install_signal_handlers=False,
            shutdown_graceful_timeout=self._patience,
            fetch_job_polling_interval=2.0,
            update_heartbeat_interval=self._heartbeat,
            stalled_worker_timeout=self._lost_after,
        )

    async def _lead(self) -> None:
        recovered = 0.0
        led = False
        while not self._stop.is_set():
            self._sign = time.monotonic()
            leads = await asyncio.to_thread(self._leader.try_)
            if leads != led:
                log.info("leads" if leads else "leads no longer")
                led = leads
                if leads:
                    await self._spread()
            await asyncio.to_thread(self._clock.look, act=leads)
            if leads:
                await self._plan()
                if time.monotonic() - recovered >= min(RECOVER_EVERY, self._lost_after):
                    await self._recover()
                    recovered = time.monotonic()
            await self._sleep(PLAN_EVERY)

    async def _spread(self) -> None:
        """What fell due while nobody led is handed out over some minutes, and not to all sites at once."""
        spread = await asyncio.to_thread(spread_overdue, self._app.kit)
        if spread:
            log.info("overdue stories spread over the next minutes", checks=spread)

    async def _plan(self) -> None:
        """One job for each host and target with something due, where none waits or runs."""
        due_hosts, ready, silent = await asyncio.to_thread(self._due)
        if not due_hosts and not ready:
            return
        rows = await self._queue.connector.execute_query_all_async(
            "SELECT lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND lock IS NOT NULL"
        )
        taken = {row["lock"] for row in rows}
        for task, names, kind in ((self._check_host, due_hosts, "host"), (self._deliver_target, ready, "target")):
            for name in names:
                lock = f"{kind}:{name}"
                if lock in taken:
                    continue
                queue = SLOW if name in silent else task.queue
                with contextlib.suppress(procrastinate.exceptions.AlreadyEnqueued):
                    await task.configure(lock=lock, queueing_lock=lock, queue=queue).defer_async(**{kind: name})

    def _due(self) -> tuple[list[str], list[str], set[str]]:
        kit = self._app.kit
        now = kit.clock()
        with kit.db.read() as tx:
            due = watches.due_hosts(tx, now, PLANNED, skip_hosts=hosts.left_alone(tx, now))
            return list(due), outbox.ready_targets(tx, now, PLANNED, sorted(kit.channels)), hosts.silent(tx)

    async def _recover(self) -> None:
        """End the jobs of workers that gave no heartbeat, and give back what those jobs held."""
        manager = self._queue.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._lost_after):
            await manager.finish_job(job, Status.FAILED, delete_job=True)
            checks, alerts = await asyncio.to_thread(self._give_back, _holder(job))
            log.warning("worker lost", job=job.id, lock=job.lock, checks=checks, alerts=alerts)
        await manager.prune_stalled_workers(self._lost_after)

    def _give_back(self, holder: str) -> tuple[int, int]:
        now = self._app.kit.clock()
        with self._app.kit.db.begin() as tx:
            return watches.release(tx, holder, now), outbox.abandon(tx, holder, now)

    def _do_check(self, context: procrastinate.JobContext, host: str) -> None:
        """Look at one host's due stories, a few at a time, until none is due or the turn is over."""
        kit, fetch = self._app.kit, self._app.config.fetch
        holder = _holder(context.job)
        lease = timedelta(seconds=(fetch.timeout + fetch.host_gap) * CLAIM / fetch.per_host + 60)
        until = time.monotonic() + TURN
        most = 1 if context.job.queue == SLOW else CLAIM

        def is_silent() -> bool:
            return host in kit.fetcher.unsure()

        try:
            while not self._stop.is_set() and time.monotonic() < until:
                with kit.db.begin() as tx:
                    claimed = watches.claim_due(tx, kit.clock(), most, lease, host=host, holder=holder)
                if not claimed:
                    break
                check_claimed(kit, claimed, workers=fetch.per_host, stop=self._stop, enough=is_silent)
                if is_silent() or most == 1 or kit.fetcher.ready_in(host) > LONGEST_REST:
                    break
        except StetError as error:
            log.error("job failed", host=host, error=clean(str(error), limit=300))
        finally:
            if is_silent() or most == 1:
                self._told_silent(host, is_silent())
            self._rest(host)
            with contextlib.suppress(StetError):
                self._give_back(holder)

    def _told_silent(self, host: str, silent: bool) -> None:
        """Tell the leader in which queue this host's next job belongs."""
        with contextlib.suppress(StetError), self._app.kit.db.begin() as tx:
            hosts.put(tx, host, failures=self._app.kit.fetcher.politeness.state(host).failures_in_row if silent else 0)

    def _rest(self, host: str) -> None:
        """Hold the host's lock until its gap is over; a longer pause (Retry-After) is told to all machines."""
        seconds = self._app.kit.fetcher.ready_in(host)
        if seconds <= LONGEST_REST:
            self._stop.wait(seconds)
            return
        with contextlib.suppress(StetError), self._app.kit.db.begin() as tx:
            hosts.leave_alone(tx, host, self._app.kit.clock() + timedelta(seconds=seconds))

    def _do_deliver(self, context: procrastinate.JobContext, target: str) -> None:
        """Send one target's alerts, in order, until none may go or the turn is over."""
        kit = self._app.kit
        until = time.monotonic() + TURN
        try:
            while not self._stop.is_set() and time.monotonic() < until:
                self._receipts.write(kit)
                with kit.db.begin() as tx:
                    claimed = outbox.claim(
                        tx, kit.clock(), 1, LEASE, sorted(kit.channels), target=target, holder=_holder(context.job)
                    )
                if not claimed:
                    break
                deliver(kit, claimed[0], self._receipts)
        except StetError as error:
            log.error("job failed", target=target, error=clean(str(error), limit=300))

    async def _sleep(self, seconds: float | None) -> None:
        """Wait, but no longer than until we are stopped; None waits for that alone."""
        until = None if seconds is None else time.monotonic() + seconds
        while not self._stop.is_set() and (until is None or time.monotonic() < until):
            await asyncio.sleep(0.1)


def _holder(job: Job) -> str:
    """The name under which a job claims."""
    return f"job:{job.id}"
