"""Mails that come back: reading a delivery report (RFC 3464) and finding out which of our mails it is about.

A report is believed only where it names one of our mails by an alert's unguessable id: in the address that it went to
(``bounces+a_k3v9…@paper.example``, where ``[email] envelope_sender`` has an ``{id}``), or in the headers of ours that
it carries back. Whoever else writes to that address can stop nobody's mails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import compat32

from bot.render.phrases import one_line

LARGEST = 4 * 1024 * 1024
"""Bytes of a report that are read; what stands behind is the mail itself, sent back whole."""
MOST_PARTS = 200
_ID = re.compile(r"(?<![a-z0-9_])a_[a-z0-9]{12}(?![a-z0-9_])")
_ADDRESSED = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to")
_OURS = ("x-stet-alert", "message-id")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a report says of one mail. ``alert`` is its public id, empty where the report does not prove it.

    ``action`` is ``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded``, ``status`` the enhanced code
    (``5.1.1``), ``words`` what the other server said, in one line.
    """

    alert: str
    recipient: str
    action: str
    status: str
    words: str

    @property
    def failed(self) -> bool:
        """Whether the mail will not arrive any more."""
        return self.action == "failed"

    @property
    def permanent(self) -> bool:
        """Whether another mail to this address would fail too, as far as the report says."""
        return self.failed and self.status.startswith("5")


def read(raw: bytes) -> Bounce | None:
    """The report in ``raw``, one mail as it came in. None where it is none: an answer, an absence note, whatever."""
    report = message_from_bytes(raw[:LARGEST], policy=compat32)
    said = next(_statuses(report), None)
    if said is None:
        return None
    status = _STATUS.search(_field(said, "Status")) or _STATUS.search(_field(said, "Diagnostic-Code"))
    recipient = _field(said, "Original-Recipient") or _field(said, "Final-Recipient")
    return Bounce(
        alert=_alert_of(report),
        recipient=recipient.partition(";")[2].strip() or recipient,
        action=_field(said, "Action").lower().split(" ")[0],
        status=status.group() if status else "",
        words=(_field(said, "Diagnostic-Code").partition(";")[2].strip() or _field(said, "Status"))[:300],
    )


def _parts(mail: Mail) -> Iterator[Mail]:
    for count, part in enumerate(mail.walk()):
        if count >= MOST_PARTS:
            return
        yield part


def _statuses(report: Mail) -> Iterator[Mail]:
    """The groups of fields about one recipient each, the failures first."""
    groups: list[Mail] = []
    for part in _parts(report):
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            inside = part.get_payload()
            groups += [one for one in inside if isinstance(one, Mail)] if isinstance(inside, list) else []
    about = [one for one in groups if one.get("Action")]
    yield from sorted(about, key=lambda one: _field(one, "Action").lower() != "failed")


def _alert_of(report: Mail) -> str:
    for name in _ADDRESSED:
        for value in report.get_all(name, ()):
            if found := _ID.search(str(value)):
                return found.group()
    for ours in _sent_back(report):
        for name in _OURS:
            if found := _ID.search(str(ours.get(name, ""))):
                return found.group()
    return ""


def _sent_back(report: Mail) -> Iterator[Mail]:
    """Our own mail, or its headers, where the report carries them."""
    for part in _parts(report):
        kind = part.get_content_type()
        inside = part.get_payload()
        if kind in ("message/rfc822", "message/global") and isinstance(inside, list):
            yield from (one for one in inside if isinstance(one, Mail))
        elif kind in ("text/rfc822-headers", "message/global-headers"):
            text = part.get_payload(decode=True)
            yield message_from_bytes(text if isinstance(text, bytes) else str(inside).encode(), policy=compat32)


def _field(group: Mail, name: str) -> str:
    return one_line(str(group.get(name, "")))
