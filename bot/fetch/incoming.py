"""What a site's answer becomes: a page, the word that nothing changed, or a status that is no page."""

from __future__ import annotations

import re
from datetime import datetime

from bot.errors import BadStatus
from bot.fetch.curl import Answer
from bot.fetch.journey import Journey
from bot.fetch.page import Headers, NotModified, Page
from bot.fetch.politeness import parse_retry_after

MAX_KEPT_HEADERS = 100
MAX_KEPT_VALUE = 2_000

_PAGES = frozenset((200, 203))
_NOT_EVIDENCE = frozenset(("set-cookie", "set-cookie2"))
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:+-]{1,40})""", re.IGNORECASE)

_MEANING = {
    401: "a login is needed",
    402: "payment is needed",
    403: "we are not welcome",
    404: "not found",
    410: "gone",
    429: "too many requests",
    451: "closed for legal reasons",
    503: "not available for now",
}
_WALLS = {
    "cf-mitigated": "challenge",
    "x-amzn-waf-action": "",
    "x-datadome": "",
    "x-px-block": "",
}
"""Headers by which the services that keep robots out say that it was they who answered (and with what value)."""


def result(journey: Journey, answer: Answer, body: bytes, *, took_ms: float, now: datetime) -> Page | NotModified:
    """What the last hop of a fetch brought. ``body`` is unpacked. Raises `BadStatus`."""
    request = journey.request
    fields = dict(reversed(answer.headers))  # the first of each name counts
    etag, last_modified = fields.get("etag"), fields.get("last-modified")
    if answer.status == 304 and (request.etag or request.last_modified):
        return NotModified(
            url=request.url,
            final_url=journey.target.url,
            headers=evidence(answer),
            redirects=tuple(journey.redirects),
            permanent_redirect=journey.permanent,
            etag=etag or request.etag,
            last_modified=last_modified or request.last_modified,
            fetched_in_ms=took_ms,
            wire_bytes=answer.wire_bytes,
            address=answer.address,
        )
    if answer.status not in _PAGES:
        raise _no_page(journey, answer, fields, now)
    content_type = fields.get("content-type", "")
    charset = _CHARSET.search(content_type)
    return Page(
        url=request.url,
        final_url=journey.target.url,
        status=answer.status,
        headers=evidence(answer),
        body=body,
        redirects=tuple(journey.redirects),
        permanent_redirect=journey.permanent,
        etag=etag,
        last_modified=last_modified,
        content_type=content_type,
        charset=charset[1].lower() if charset else None,
        charset_before=request.charset,
        fetched_in_ms=took_ms,
        wire_bytes=answer.wire_bytes,
        address=answer.address,
    )


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds that an answer asks us to wait, None where it does not."""
    fields = dict(reversed(answer.headers))
    value = fields.get("retry-after")
    return parse_retry_after(value, date=fields.get("date", ""), now=now) if value else None


def evidence(answer: Answer) -> Headers:
    """An answer's headers as they are kept: in order, without cookies, within limits."""
    kept = [(name, value[:MAX_KEPT_VALUE]) for name, value in answer.headers if name not in _NOT_EVIDENCE]
    return tuple(kept[:MAX_KEPT_HEADERS])


def _no_page(journey: Journey, answer: Answer, fields: dict[str, str], now: datetime) -> BadStatus:
    meaning = _MEANING.get(answer.status, "")
    if any(name in fields and wanted in fields[name].lower() for name, wanted in _WALLS.items()):
        meaning = "a wall that keeps robots out; ask the outlet to let us in"
    return BadStatus(
        f"the site answered {answer.status}" + (f" ({meaning})" if meaning else ""),
        status=answer.status,
        subject=journey.target.url,
        retry_after=retry_after(answer, now),
    )
