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
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from protego import Protego

from bot.errors import BadStatus, Refused, TooLarge, Unreachable
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

MAX_KEPT = 64_000
"""Bytes, compressed, of a file that is kept over a restart."""

REMEMBERED_SITES = 20_000
REMEMBERED_PATHS = 5_000

PARSED_SITES = 64
"""Files that are kept parsed: a small one takes 40 kB."""

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
    """``rules``, ``none`` or ``closed``."""
    retry_after: float | None = None


Ask = Callable[[str, str | None, str | None], RobotsFile]


@dataclass(slots=True)
class _Site:
    origin: Origin
    lock: threading.Lock = field(default_factory=threading.Lock)
    packed: bytes = b""
    """The file's text, compressed: parsed rules take some twenty times the room of the text, so few are kept."""
    crawl_delay: float | None = None
    state: str = ""
    got_at: float | None = None
    ask_at: float = float("-inf")
    failing_since: float | None = None
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
        self._rules: OrderedDict[Origin, Protego] = OrderedDict()

    def peek(self, target: ParsedUrl) -> RobotsVerdict | None:
        """The verdict where it is known without asking the site, else None."""
        with self._lock:
            site = self._sites.get(target.origin)
        if site is None or self._clock() >= site.ask_at:
            return None
        return self._judge(site, target)

    def check(self, target: ParsedUrl, ask: Ask) -> RobotsVerdict:
        """The verdict, with ``ask(url, etag, last_modified)`` called where the copy is missing or old.

        Raises what ``ask`` raised where the site cannot be reached and no copy is at hand.
        """
        site = self._site(target.origin)
        with site.lock:
            if self._clock() >= site.ask_at:
                self._refresh(site, target, ask)
            return self._judge(site, target)

    def remember(self, origin: Origin, now: datetime) -> dict[str, Any] | None:
        """A site's file as JSON, for `recall` after a restart; None where nothing is known for sure, or too much."""
        with self._lock:
            site = self._sites.get(origin)
        if site is None or site.got_at is None or site.state not in ("rules", "none") or len(site.packed) > MAX_KEPT:
            return None
        return {
            "origin": list(origin),
            "state": site.state,
            "text": _unpack(site.packed),
            "etag": site.etag,
            "last_modified": site.last_modified,
            "got_at": (now - timedelta(seconds=self._clock() - site.got_at)).isoformat(),
        }

    def recall(self, known: Mapping[str, Any], now: datetime) -> Origin | None:
        """Take over what `remember` gave, and say whose it is. None where it cannot be read, or is known by now."""
        try:
            scheme, host, port = known["origin"]
            age = (now - datetime.fromisoformat(known["got_at"])).total_seconds()
            text, state = str(known["text"]), str(known["state"])
        except (KeyError, ValueError, TypeError):
            return None
        site = self._site((str(scheme), str(host), int(port)))
        with site.lock:
            if site.got_at is not None or not 0 <= age < STALE_FOR or state not in ("rules", "none"):
                return None
            self._take(site, text if state == "rules" else "")
            site.etag, site.last_modified = known.get("etag"), known.get("last_modified")
            self._settled(site, self._clock() - age, state)
            return site.origin

    def summary(self, origin: Origin) -> tuple[str, float | None]:
        """The state of a site's file and its Crawl-delay in seconds."""
        site = self._site(origin)
        return site.state, site.crawl_delay

    def _site(self, origin: Origin) -> _Site:
        with self._lock:
            site = self._sites.get(origin)
            if site is None:
                site = self._sites[origin] = _Site(origin=origin)
                if len(self._sites) > REMEMBERED_SITES:
                    self._sites.popitem(last=False)
            return site

    def _judge(self, site: _Site, target: ParsedUrl) -> RobotsVerdict:
        if site.state == "closed":
            return RobotsVerdict(
                allowed=False, crawl_delay=None, state="closed", retry_after=max(1.0, site.ask_at - self._clock())
            )
        allowed = site.verdicts.get(target.target)
        if allowed is None:
            allowed = not site.packed or bool(self._rules_of(site).can_fetch(target.url, self._product))
            if len(site.verdicts) >= REMEMBERED_PATHS:
                site.verdicts.clear()
            site.verdicts[target.target] = allowed
        return RobotsVerdict(allowed=allowed, crawl_delay=site.crawl_delay, state=site.state)

    def _rules_of(self, site: _Site) -> Protego:
        with self._lock:
            rules = self._rules.get(site.origin)
            if rules is not None:
                self._rules.move_to_end(site.origin)
                return rules
        rules = Protego.parse(_unpack(site.packed))
        with self._lock:
            self._rules[site.origin] = rules
            while len(self._rules) > PARSED_SITES:
                self._rules.popitem(last=False)
        return rules

    def _take(self, site: _Site, text: str) -> None:
        with self._lock:
            self._rules.pop(site.origin, None)
        site.packed = zlib.compress(text.encode("utf-8")) if text else b""
        site.crawl_delay = self._rules_of(site).crawl_delay(self._product) if text else None
        site.verdicts = {}

    def _refresh(self, site: _Site, target: ParsedUrl, ask: Ask) -> None:
        url = f"{target.scheme}://{target.authority}/robots.txt"
        now = self._clock()
        try:
            answer = ask(url, site.etag, site.last_modified)
        except BadStatus as error:
            if 400 <= error.status < 500 and error.status != 429:
                self._open(site, now)
            else:
                self._failed(site, now, error.retry_after)
        except Refused as error:
            if error.reason in ("paused", "busy"):
                raise
            self._open(site, now)  # redirected to where nobody may go: "unavailable" (RFC 9309, 2.3.1.2)
        except TooLarge:
            self._failed(site, now, None)
        except Unreachable as error:
            if error.reason == "down" or not self._still_holds(site, now):
                raise  # the story would not answer either; the next one asks again
            self._failed(site, now, error.retry_after)
        else:
            if answer.body is not None:
                self._take(site, answer.body[:MAX_READ].decode("utf-8-sig", "replace"))
                site.etag, site.last_modified = answer.etag, answer.last_modified
            self._settled(site, now, "rules")

    def _open(self, site: _Site, now: float) -> None:
        self._take(site, "")
        site.etag = site.last_modified = None
        self._settled(site, now, "none")

    @staticmethod
    def _settled(site: _Site, now: float, state: str) -> None:
        site.state = state
        site.got_at = now
        site.ask_at = now + FRESH_FOR
        site.failing_since = None

    @staticmethod
    def _still_holds(site: _Site, now: float) -> bool:
        return site.got_at is not None and now - site.got_at < STALE_FOR

    def _failed(self, site: _Site, now: float, retry_after: float | None) -> None:
        if site.failing_since is None:
            site.failing_since = now
        site.ask_at = now + max(ASK_AGAIN, retry_after or 0.0)
        if self._still_holds(site, now):
            return
        self._take(site, "")
        site.got_at = None
        site.state = "closed" if now - site.failing_since < CLOSED_FOR else "none"


def _unpack(packed: bytes) -> str:
    return zlib.decompress(packed).decode("utf-8") if packed else ""
