"""robots.txt as RFC 9309 means it: fetched through the same door, kept with its validators, asked before each story.

| robots.txt answers | then |
|---|---|
| 200 | its rules hold for a day, then it is asked for again, conditionally |
| 4xx (not 429), or redirects that lead nowhere | there are no rules: everything is open |
| 5xx, 429 | the site is closed, until a day has passed without rules; an older copy holds for 30 days |
| nothing (DNS, timeout, reset) | the story would not answer either: the same error; an older copy holds |
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from protego import Protego

from bot.errors import BadStatus, FetchError, Refused, TooLarge, Unreachable
from bot.fetch.url import ParsedUrl

FRESH_FOR = 86_400.0
"""Seconds a copy is used without asking (RFC 9309, 2.4: not more than a day)."""

STALE_FOR = 30 * 86_400.0
"""Seconds an old copy holds while no new one can be had."""

CLOSED_FOR = 86_400.0
"""Seconds a site without a copy counts as closed while its robots.txt answers 5xx."""

ASK_AGAIN = 300.0
"""Seconds until a robots.txt that failed is asked for again."""

MAX_READ = 512_000
"""Bytes that are read of a robots.txt (RFC 9309, 2.5: at least 500 KiB)."""

REMEMBERED_SITES = 20_000
REMEMBERED_PATHS = 5_000

Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFile:
    """What came back: ``body`` None means not modified."""

    body: bytes | None
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsVerdict:
    """Whether an address may be fetched, and how slowly."""

    allowed: bool
    crawl_delay: float | None
    state: str
    """``rules``, ``none``, ``closed`` or ``unreachable``."""
    retry_after: float | None = None


Ask = Callable[[str, str | None, str | None], RobotsFile]


@dataclass(slots=True)
class _Site:
    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Protego | None = None
    crawl_delay: float | None = None
    state: str = ""
    got_at: float | None = None
    ask_at: float = float("-inf")
    failing_since: float | None = None
    failure: FetchError | None = None
    etag: str | None = None
    last_modified: str | None = None
    verdicts: dict[str, bool] = field(default_factory=dict)


class RobotsBook:
    """What is known of each site's robots.txt. Thread-safe; a site is asked by one thread at a time."""

    def __init__(self, product: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._product = product
        self._clock = clock
        self._lock = threading.Lock()
        self._sites: OrderedDict[Origin, _Site] = OrderedDict()

    def peek(self, target: ParsedUrl) -> RobotsVerdict | None:
        """The verdict where it is known without asking the site, else None."""
        with self._lock:
            site = self._sites.get(target.origin)
        if site is None or self._clock() >= site.ask_at or site.failure is not None:
            return None
        return self._judge(site, target)

    def check(self, target: ParsedUrl, ask: Ask) -> RobotsVerdict:
        """The verdict, with ``ask(url, etag, last_modified)`` called where the copy is missing or old.

        Raises what ``ask`` raised where the site cannot be reached and no copy is at hand.
        """
        with self._lock:
            site = self._sites.get(target.origin)
            if site is None:
                site = self._sites[target.origin] = _Site()
                if len(self._sites) > REMEMBERED_SITES:
                    self._sites.popitem(last=False)
        with site.lock:
            if self._clock() >= site.ask_at:
                self._refresh(site, target, ask)
            if site.failure is not None:
                raise site.failure
            return self._judge(site, target)

    def _judge(self, site: _Site, target: ParsedUrl) -> RobotsVerdict:
        if site.state == "closed":
            return RobotsVerdict(
                allowed=False, crawl_delay=None, state="closed", retry_after=max(1.0, site.ask_at - self._clock())
            )
        allowed = site.verdicts.get(target.target)
        if allowed is None:
            allowed = site.rules is None or bool(site.rules.can_fetch(target.url, self._product))
            if len(site.verdicts) >= REMEMBERED_PATHS:
                site.verdicts.clear()
            site.verdicts[target.target] = allowed
        return RobotsVerdict(allowed=allowed, crawl_delay=site.crawl_delay, state=site.state)

    def _refresh(self, site: _Site, target: ParsedUrl, ask: Ask) -> None:
        url = f"{target.scheme}://{target.authority}/robots.txt"
        now = self._clock()
        try:
            answer = ask(url, site.etag, site.last_modified)
        except BadStatus as error:
            if 400 <= error.status < 500 and error.status != 429:
                self._open(site, now)
            else:
                self._failed(site, now, error.retry_after, None)
        except Refused as error:
            if error.reason in ("paused", "busy"):
                raise
            self._open(site, now)  # redirected to where nobody may go: "unavailable" (RFC 9309, 2.3.1.2)
        except (Unreachable, TooLarge) as error:
            if isinstance(error, Unreachable) and error.reason == "down":
                raise
            self._failed(site, now, error.retry_after, error if isinstance(error, Unreachable) else None)
        else:
            self._learn(site, now, answer)

    def _open(self, site: _Site, now: float) -> None:
        site.rules = None
        site.crawl_delay = None
        site.etag = site.last_modified = None
        self._settled(site, now, "none")

    def _learn(self, site: _Site, now: float, answer: RobotsFile) -> None:
        if answer.body is not None:
            text = answer.body[:MAX_READ].decode("utf-8-sig", "replace")
            site.rules = Protego.parse(text)
            site.crawl_delay = site.rules.crawl_delay(self._product)
            site.etag, site.last_modified = answer.etag, answer.last_modified
        self._settled(site, now, "rules")

    @staticmethod
    def _settled(site: _Site, now: float, state: str) -> None:
        site.state = state
        site.got_at = now
        site.ask_at = now + FRESH_FOR
        site.failing_since = None
        site.failure = None
        site.verdicts.clear()

    @staticmethod
    def _failed(site: _Site, now: float, retry_after: float | None, failure: Unreachable | None) -> None:
        if site.failing_since is None:
            site.failing_since = now
        site.ask_at = now + max(ASK_AGAIN, retry_after or 0.0)
        site.failure = None
        if site.got_at is not None and now - site.got_at < STALE_FOR:
            return  # the old copy holds
        site.rules, site.got_at, site.crawl_delay = None, None, None
        site.verdicts.clear()
        if failure is not None:
            site.state, site.failure, site.ask_at = "unreachable", failure, now  # the next story asks again
        else:
            site.state = "closed" if now - site.failing_since < CLOSED_FOR else "none"
