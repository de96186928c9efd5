"""Look at one story: fetch it and read it. No database, no decision; what was seen is a value.

watch -> fetch -> same bytes? same quick key? -> extract -> Seen
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.core.hold import leads_away
from bot.core.model import Watch
from bot.core.story import Story
from bot.discover.address import host_of, key_of
from bot.errors import BadStatus, CheckError, ExtractError
from bot.extract import Previous
from bot.extract.apart import LARGE
from bot.extract.apart import read as extract
from bot.extract.gate_before import sketch
from bot.extract.page import Extraction
from bot.extract.page import recipe as recipe_of
from bot.extract.quick import quick_key
from bot.fetch import NotModified, Page, Request
from bot.jobs.kit import Kit, Outlet

GONE_STATUSES = (404, 410)
LISTED = 5
"""A page that links to so many stories lists them."""
_LISTS = ("not_article", "empty")
_SIGN_IN = re.compile(r"log-?in|sign-?in|account|anmeld|konto|consent|subscri|abo(?:$|/)|auth|cookie", re.IGNORECASE)
_READING = threading.Semaphore(2)
"""So many pages are read at once, however many are fetched: more only hold their trees and wait for each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """Nothing a reader reads has changed: a 304, the same bytes, or the same quick key. ``how`` says which."""

    how: str
    etag: str | None = None
    last_modified: str | None = None
    quick_key: str | None = None
    body_hash: str | None = None
    bytes: int = 0
    moved: str = ""
    """Where the site says that the story is for good now; empty where that is where it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A story was read from a page. ``before``: the newest version's text, where it was needed for reading."""

    page: Page
    extraction: Extraction
    quick_key: str
    body_hash: str
    before: Story | None = None

    @property
    def story(self) -> Story:
        """The story."""
        return self.extraction.story


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The story is not there: ``what`` says how the site put it."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The look failed; the error says why."""

    error: CheckError


Seen = Same | Read | Missing | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look: the watch as it was claimed, what was seen, and how long it took in milliseconds."""

    watch: Watch
    seen: Seen
    ms: float


def look(
    kit: Kit,
    watch: Watch,
    latest: Callable[[], Story | None] = lambda: None,
    *,
    patience: float | None = None,
    came: Callable[[], None] = lambda: None,
) -> Look:
    """Fetch and read one story. Never raises a CheckError: a failure is what was seen.

    ``latest`` gives the text of the newest version; it is called only where a page is read in full, and sharpens the
    gate. ``patience``: seconds to wait for the host's turn, None for the fetcher's own. ``came`` is called when there
    is nothing to wait for any more but our own core.
    """
    started = time.perf_counter()
    try:
        seen = _see(kit, watch, latest, patience, came)
    except BadStatus as error:
        seen = Missing(what=f"HTTP {error.status}") if error.status in GONE_STATUSES else Failed(error=error)
    except ExtractError as error:
        seen = Missing(what="the page says it is not there") if error.kind == "not_found" else Failed(error=error)
    except CheckError as error:
        seen = Failed(error=error)
    return Look(watch=watch, seen=seen, ms=(time.perf_counter() - started) * 1000)


def reread(kit: Kit, watch: Watch, raw: bytes, headers: tuple[tuple[str, str], ...] = ()) -> Extraction | None:
    """Read a stored page again with today's recipe; None where it holds no story."""
    outlet = kit.outlet_of(watch.url)
    content_type = next((value for name, value in headers if name == "content-type"), "")
    try:
        return extract(
            raw,
            url=watch.url,
            content_type=content_type,
            charset_hint=watch.charset,
            rules=outlet.rules,
            final_url=watch.url,
        )
    except ExtractError:
        return None


def _see(
    kit: Kit, watch: Watch, latest: Callable[[], Story | None], patience: float | None, came: Callable[[], None]
) -> Seen:
    outlet = kit.outlet_of(watch.url)
    known = watch.recipe == recipe_of(outlet.rules)
    page = _fetch(kit, watch, outlet, conditional=known, patience=patience)
    if isinstance(page, NotModified):
        moved = _moved(watch, page)
        return Same(how="304", etag=page.etag, last_modified=page.last_modified, bytes=page.wire_bytes, moved=moved)
    if page.final_url != watch.url and leads_away(watch.url, page.final_url):
        return Missing(what=f"redirect to {page.final_url}")
    if len(page.body) <= LARGE:
        came()
    body_hash = hashlib.sha256(page.body).hexdigest()
    if known and body_hash == watch.body_hash:
        return _same("same bytes", watch, page, watch.quick_key, body_hash)
    key = quick_key(page.body, charset_hint=page.charset or watch.charset, keep_links=outlet.rules.method == "selector")
    if known and key == watch.quick_key:
        return _same("same words", watch, page, key, body_hash)
    before = latest() if known else None
    try:
        with _turn(page.body):
            extraction = extract(
                page.body,
                url=watch.url,
                content_type=page.content_type,
                charset_hint=watch.charset,
                rules=outlet.rules,
                previous=_previous(watch, before),
                status=page.status,
                final_url=page.final_url,
            )
    except ExtractError as error:
        if error.kind in _LISTS and _led_to_a_list(watch, page):
            return Missing(what=f"redirect to {page.final_url}")
        raise
    return Read(page=page, extraction=extraction, quick_key=key, body_hash=body_hash, before=before)


def _led_to_a_list(watch: Watch, page: Page) -> bool:
    """Whether a redirect ended at a page of the site that is no story and lists stories: a section, wherever it is."""
    from bot.discover.section import read_page

    if key_of(page.final_url) == watch.key or host_of(page.final_url) != host_of(watch.url):
        return False
    if urlsplit(page.final_url).query or len(page.body) > LARGE or _SIGN_IN.search(page.final_url):
        return False
    found = read_page(page.body, page.final_url, page.content_type)
    return found is not None and len(found.entries) >= LISTED


def _turn(body: bytes) -> AbstractContextManager[object]:
    """A reader's turn. Large pages wait for the one process that reads them, and must not keep others waiting here."""
    return _READING if len(body) <= LARGE else nullcontext()


def _fetch(kit: Kit, watch: Watch, outlet: Outlet, *, conditional: bool, patience: float | None) -> Page | NotModified:
    request = Request(
        url=watch.url,
        etag=watch.etag if conditional else None,
        last_modified=watch.last_modified if conditional else None,
        headers=tuple(outlet.headers.items()),
        charset=watch.charset,
        proxy=outlet.proxy,
        patience=patience,
    )
    if outlet.browser:
        from bot.fetch.browser import get_rendered

        return get_rendered(kit.fetcher, request)
    return kit.fetcher.get(request)


def _moved(watch: Watch, page: Page | NotModified) -> str:
    address = page.permanent_redirect or ""
    return "" if address == watch.url or leads_away(watch.url, address) else address


def _same(how: str, watch: Watch, page: Page, key: str | None, body_hash: str) -> Same:
    return Same(
        how=how,
        etag=page.etag,
        last_modified=page.last_modified,
        quick_key=key,
        body_hash=body_hash,
        bytes=page.wire_bytes,
        moved=_moved(watch, page),
    )


def remember(previous: Previous) -> dict[str, Any]:
    """The part of ``Previous`` that cannot be had from the newest version, as JSON for the watch."""
    return {
        "had_closing_html": previous.had_closing_html,
        "was_free": previous.was_free,
        "offers": previous.offers,
    }


def _previous(watch: Watch, latest: Story | None) -> Previous | None:
    if latest is None:
        return None
    kept: Mapping[str, Any] = watch.remembered or {}
    return Previous(
        charset=watch.charset,
        recipe=watch.recipe or "",
        words=latest.words,
        sketch=sketch("\n".join(block.text for block in latest.blocks)),
        headline=latest.headline,
        had_closing_html=bool(kept.get("had_closing_html")),
        was_free=kept.get("was_free"),
        offers=kept.get("offers"),
    )
