"""Delivering: alerts leave the outbox in order per target, each outcome is written down before the next goes.

    claim (a lease) -> message -> channel.send -> sent | retry | dead | its target paused

Detection never waits for this. A worker that dies between sending and writing leaves a lease that runs out; the alert
is then sent again with the same identity and ``maybe_sent`` set, because an alert lost is worse than one told twice.
A message that went out while the database took nothing (a full disk) is remembered, and written down before anything
else is sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from bot.core import retry
from bot.core.model import Alert, AlertKind, AlertStatus, Target
from bot.core.retry import Answer, Attempt
from bot.deliver import FoldingChannel
from bot.errors import DeliveryError, NotFound, StoreError
from bot.jobs import folding
from bot.jobs.decide import notify
from bot.jobs.kit import Kit
from bot.jobs.messages import message_for
from bot.log import clean, get
from bot.store import notices, outbox, targets
from bot.store.database import Tx

LEASE = timedelta(minutes=5)

log = get("deliver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How one attempt ended."""

    alert: Alert
    status: AlertStatus
    error: str = ""


class Receipts:
    """What went out and could not be written down. Safe among threads."""

    def __init__(self) -> None:
        self._kept: list[tuple[Alert, Mapping[str, Any], datetime]] = []
        self._lock = threading.Lock()

    def keep(self, alert: Alert, receipt: Mapping[str, Any], at: datetime) -> None:
        """Remember that it arrived."""
        with self._lock:
            self._kept.append((alert, receipt, at))

    def write(self, kit: Kit) -> None:
        """Write down what is remembered. Raises StoreError where the database still refuses: then send nothing."""
        with self._lock:
            if not self._kept:
                return
            with kit.db.begin() as tx:
                for alert, receipt, at in self._kept:
                    _arrived(tx, alert, receipt, at)
            log.info("written down late", alerts=len(self._kept))
            self._kept.clear()


class Courier:
    """Works off the outbox: several targets at a time, one alert of a target at a time; nobody waits for a slow one.

    ``channels`` limits it to some; the service has a courier per channel, so that a mail server that hangs does not
    hold up Slack.
    """

    def __init__(
        self,
        kit: Kit,
        *,
        workers: int = 4,
        channels: Collection[str] | None = None,
        on_delivery: Callable[[Delivery], None] | None = None,
        holder: str = "",
    ) -> None:
        self._kit = kit
        self._holder = holder
        self._workers = workers
        self._channels = sorted(channels if channels is not None else kit.channels)
        self._receipts = Receipts()
        self._in_hand: set[int] = set()
        self.sign = time.monotonic()
        """When it last gave a sign of life, in monotonic seconds."""
        self._on_delivery = on_delivery

    def work(self, stop: threading.Event | None = None) -> list[Delivery]:
        """Deliver what may go out now and what that frees, until nothing is left or ``stop`` is set.

        A message being sent is finished; claimed ones that were not begun are given back.
        """
        stop = stop or threading.Event()
        made: list[Delivery] = []
        flying: set[Future[Delivery | None]] = set()
        with ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="courier") as pool:
            while True:
                self.sign = time.monotonic()
                claimed = self._claim(self._workers - len(flying)) if not stop.is_set() else []
                flying |= {pool.submit(self._one, alert, stop) for alert in claimed}
                if not flying:
                    return made
                ended, flying = wait(flying, timeout=10, return_when=FIRST_COMPLETED)
                made += [delivery for future in ended if (delivery := future.result()) is not None]

    def _claim(self, room: int) -> list[Alert]:
        if room <= 0 or not self._channels:
            return []
        self._receipts.write(self._kit)
        now = self._kit.clock()
        with self._kit.db.read() as tx:
            due = outbox.next_try(tx)
        if due is None or due > now:
            return []
        with self._kit.db.begin() as tx:
            if self._in_hand:  # a slow server, or a clock put forward, must not make us take our own a second time
                outbox.extend(tx, sorted(self._in_hand), now + LEASE)
            claimed = outbox.claim(tx, now, room, LEASE, channels=self._channels, holder=self._holder)
        self._in_hand.update(alert.id for alert in claimed)
        return claimed

    def _one(self, alert: Alert, stop: threading.Event) -> Delivery | None:
        try:
            if stop.is_set():
                with self._kit.db.begin() as tx:
                    outbox.release(tx, [alert.id], self._kit.clock())
                return None
            delivery = deliver(self._kit, alert, self._receipts)
        finally:
            self._in_hand.discard(alert.id)
        if self._on_delivery is not None:
            self._on_delivery(delivery)
        return delivery


def deliver(kit: Kit, alert: Alert, receipts: Receipts) -> Delivery:
    """Send one claimed alert and write down how it went; where that cannot be, ``receipts`` keeps that it arrived."""
    began = time.perf_counter()
    channel = kit.channels[alert.target.channel]
    beside = folding.gather(kit, alert, kit.clock()) if isinstance(channel, FoldingChannel) else ()
    if beside is None:
        return Delivery(alert=alert, status=AlertStatus.PENDING, error="waits: enough mails for this hour")
    try:
        with kit.db.read() as tx:
            message = message_for(tx, kit, alert)
            others = folding.readable(tx, kit, beside)
        if others and isinstance(channel, FoldingChannel):
            receipt = channel.send_folded([message, *others], [alert, *beside], alert.target)
        else:
            receipt = channel.send(message, alert)
    except DeliveryError as error:
        return _undelivered(kit, alert, error)
    except NotFound as error:
        return _undelivered(kit, alert, _gone(error))
    except StoreError:
        raise
    except Exception as error:
        words = clean(f"{type(error).__name__}: {error}", limit=300)
        return _undelivered(kit, alert, DeliveryError(f"a fault inside Stet, please report it: {words}"))
    now = kit.clock()
    try:
        with kit.db.begin() as tx:
            _arrived(tx, alert, receipt, now)
    except StoreError as error:
        receipts.keep(alert, receipt, now)
        log.error("sent, and not written down yet", alert=alert.public_id, error=clean(str(error)))
    kit.metrics.delivered(alert.target.channel, "sent", seconds=time.perf_counter() - began)
    log.info("delivered", alert=alert.public_id, target=alert.target.key, kind=alert.kind.value, attempt=alert.attempts)
    return Delivery(alert=alert, status=AlertStatus.SENT)


def _arrived(tx: Tx, alert: Alert, receipt: Mapping[str, Any], at: datetime) -> None:
    outbox.sent(tx, alert.id, dict(receipt), at)
    targets.succeeded(tx, alert.target.key, at)


def _refused_in_a_row(tx: Tx, alert: Alert) -> int:
    """How many of the newest mails to this address died one after the other, this one included."""
    if alert.target.channel != "email":
        return 0
    ended = outbox.list_(
        tx, status=(AlertStatus.SENT, AlertStatus.DEAD), target=alert.target.key, limit=retry.REFUSED_IN_A_ROW
    )
    return sum(1 for _ in takewhile(lambda one: one.status is AlertStatus.DEAD, ended))


def _gone(error: NotFound) -> DeliveryError:
    return DeliveryError(error.message, subject=error.subject, permanent=True)


def _undelivered(kit: Kit, alert: Alert, error: DeliveryError) -> Delivery:
    now = kit.clock()
    attempt = retry.after_failure(alert, error, now)
    words = clean(str(error))
    with kit.db.begin() as tx:
        targets.failed(tx, alert.target.key, words, now)
        status = AlertStatus.PENDING
        if attempt.answer is Answer.RETRY and attempt.at is not None:
            outbox.retry(tx, alert.id, attempt.at, words, maybe_sent=attempt.maybe_sent)
        elif attempt.answer is Answer.DEAD:
            status = AlertStatus.DEAD
            outbox.dead(tx, alert.id, words, now)
            if error.permanent and retry.pauses(_refused_in_a_row(tx, alert)):
                targets.pause(tx, alert.target.key, words, now)
                _say(tx, kit, alert, attempt, words, now)
        elif attempt.answer is Answer.PAUSE_TARGET:
            status = AlertStatus.PAUSED
            targets.pause(tx, alert.target.key, words, now)
            outbox.retry(tx, alert.id, now, words, maybe_sent=attempt.maybe_sent)
            _say(tx, kit, alert, attempt, words, now)
        else:
            at = attempt.at or now + retry.CHANNEL_PROBE
            outbox.retry(tx, alert.id, at, words, maybe_sent=attempt.maybe_sent, anew=True)
            _say(tx, kit, alert, attempt, words, now)
    kit.metrics.delivered(alert.target.channel, "dead" if status is AlertStatus.DEAD else "retry")
    log.warning(
        "not delivered",
        alert=alert.public_id,
        target=alert.target.key,
        answer=attempt.answer.value,
        attempt=alert.attempts,
        error=words,
    )
    return Delivery(alert=alert, status=status, error=words)


def _say(tx: Tx, kit: Kit, alert: Alert, attempt: Attempt, words: str, now: datetime) -> None:
    """Tell the operators once that a target (or a whole channel) stands still; never through that very target."""
    whole = attempt.answer is Answer.STOP_CHANNEL
    name = f"{alert.target.channel}:*" if whole else alert.target.key
    if alert.kind is AlertKind.NOTICE or not notices.begin(tx, f"delivery:{name}", now, remind_after=timedelta(days=1)):
        return
    able = [
        target
        for target in kit.owners
        if (target.channel != alert.target.channel if whole else target.key != alert.target.key)
    ]
    notify(
        tx,
        able or (Target(channel="terminal"),),
        identity=f"delivery:{name}:{now.isoformat()}",
        title=f"Alerts to {name} are waiting",
        lines=[words, attempt.reason, "See: stet outbox list, stet doctor"],
        now=now,
    )
