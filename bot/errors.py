"""Every failure Stet knows, as one tree.

StetError
  ConfigError                 the configuration is wrong; carries every problem found
  UsageError                  a person asked for the impossible; shown as it is
    NotFound                  the thing named does not exist
  CheckError                  one check of a story failed; stored on the watch
    FetchError                the page did not come; .retry_after in seconds
      Unreachable             no answer: DNS, refused, reset, timeout, TLS
      BadStatus               an answer that is not a page; .status
      Refused                 we may not or must not look: robots, private address, wall
      TooLarge                more bytes, or slower, than the limits allow
    ExtractError              a page came, but no story is in it; .kind names the verdict
  DeliveryError               an alert did not go out; .permanent, .retry_after, .outcome_unknown
  StoreError                  the database failed
    StoreBusy                 somebody else holds the lock; try again
    StoreFull                 no room or no permission to write
    SchemaMismatch            the database belongs to another version of Stet

No exception of a library crosses an edge: adapters raise these instead, with the cause chained.
A message says what happened, to what, and what to do next, in one line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_REMEDY = re.compile(r"; (?![^()]*\))")
"""Where the words on what to do begin; not inside brackets, which quote others."""


class StetError(Exception):
    """Base of all. ``str`` gives ``what happened: subject: CauseType: cause; what to do`` on one line.

    ``message`` says what happened and, after a semicolon, what to do; ``subject`` names the watch, address or file.
    """

    def __init__(self, message: str, *, subject: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject

    def __str__(self) -> str:
        happened, *remedy = _REMEDY.split(self.message, maxsplit=1)
        parts = [happened]
        if self.subject:
            parts.append(self.subject)
        if self.__cause__ is not None:
            cause = " ".join(str(self.__cause__).split())
            cause = cause.rstrip(".?") if remedy else cause
            name = type(self.__cause__).__name__
            parts.append(f"{name}: {cause}" if cause else name)
        return "; ".join([": ".join(parts), *remedy])


class ConfigError(StetError):
    """The configuration is wrong. ``problems`` holds one line per problem, each with its key path."""

    def __init__(self, message: str, *, subject: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message, subject=subject)
        self.problems = tuple(problems)


class UsageError(StetError):
    """A person asked for the impossible: exit code 2 in the terminal, an ephemeral answer in Slack."""


class NotFound(UsageError):
    """The watch, version, source or file named does not exist: exit code 4, HTTP 404."""


class CheckError(StetError):
    """One check of one story failed. Recorded on the watch; never stops another."""

    kind = "failed"


class FetchError(CheckError):
    """The page did not come. ``retry_after`` is in seconds where the site named a time, else None."""

    kind = "fetch"

    def __init__(self, message: str, *, subject: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, subject=subject)
        self.retry_after = retry_after


class Unreachable(FetchError):
    """No usable answer: DNS, refused, reset, timeout, TLS, truncated body. ``reason`` is one word."""

    kind = "unreachable"

    def __init__(
        self, message: str, *, subject: str = "", retry_after: float | None = None, reason: str = "network"
    ) -> None:
        super().__init__(message, subject=subject, retry_after=retry_after)
        self.reason = reason


class BadStatus(FetchError):
    """An HTTP status that is not a page."""

    kind = "status"

    def __init__(self, message: str, *, status: int, subject: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, subject=subject, retry_after=retry_after)
        self.status = status


class Refused(FetchError):
    """We may not look (robots.txt), must not look (an address that is not public), or the address is malformed.

    ``reason`` is ``robots``, ``address``, ``scheme``, ``redirects`` or ``url``.
    """

    kind = "refused"

    def __init__(
        self, message: str, *, subject: str = "", retry_after: float | None = None, reason: str = "address"
    ) -> None:
        super().__init__(message, subject=subject, retry_after=retry_after)
        self.reason = reason


class TooLarge(FetchError):
    """More bytes than ``[fetch] max_bytes``, a decompression bomb, or a body dripping past the deadline."""

    kind = "too_large"


class ExtractError(CheckError):
    """A page came, but no story is in it.

    ``kind`` is one of ``consent_wall bot_wall paywall error_page not_found empty truncated not_html not_article
    too_large javascript`` (the gate's verdicts of the extractor), or ``not_feed`` for a document that offers no
    stories.
    """

    def __init__(self, message: str, *, kind: str, subject: str = "") -> None:
        super().__init__(message, subject=subject)
        self.kind = kind


class DeliveryError(StetError):
    """An alert did not go out.

    ``permanent``: trying again cannot help. ``retry_after``: seconds the other side asked for.
    ``outcome_unknown``: it may have arrived (a drop after sending); the same identity is used again.
    ``scope`` says how far the trouble reaches: ``alert``, ``target`` (this channel or recipient) or ``channel``
    (all of Slack, all of email: a token, a login, a configuration).
    """

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        permanent: bool = False,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
        scope: str = "alert",
    ) -> None:
        super().__init__(message, subject=subject)
        self.permanent = permanent
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
        self.scope = scope


class StoreError(StetError):
    """The database failed. The transaction was rolled back whole."""


class StoreBusy(StoreError):
    """Somebody else holds the database or the data directory."""


class StoreFull(StoreError):
    """The disk is full, or the database may not be written."""


class SchemaMismatch(StoreError):
    """The database was written by another version of Stet than this one can use."""
