"""Mail goes out: over SMTP, or into a folder of ``.eml`` files where no server is configured.

One recipient a transaction, so that each has their own unsubscribe link, thread and outcome, and one refused address
never makes another person get a mail twice.
"""

from __future__ import annotations

import hashlib
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.core.model import Alert, AlertKind, Target
from bot.deliver.smtp import (
    Connection,
    Conversation,
    EmailSettings,
    Security,
    converse,
    problems,
    validate,
)
from bot.errors import DeliveryError
from bot.render.digest import digest_letter
from bot.render.email import folded_letter, letter, subject
from bot.render.letter import Letter, Letterhead, Thread, compose, message_id, story_root, wire
from bot.render.message import Message
from bot.render.phrases import one_line
from bot.settings import address_problem

__all__ = [
    "Conversation",
    "EmailChannel",
    "EmailSettings",
    "EmlOutbox",
    "MailThreads",
    "NoThreads",
    "Security",
    "address_problem",
    "check",
    "problems",
    "validate",
]


class MailThreads(Protocol):
    """What is remembered of a story's first mail to a recipient. The composition root gives one over the store."""

    def begin(self, recipient: str, watch_id: int, subject: str, alert: str) -> tuple[str, str]:
        """``(subject, alert)`` of the first mail; the ones given where there was none before."""
        ...


class NoThreads:
    """Remembers nothing beyond this process: for previews, the demo and tests."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[str, str]] = {}

    def begin(self, recipient: str, watch_id: int, subject: str, alert: str) -> tuple[str, str]:
        """As in MailThreads."""
        return self._known.setdefault((recipient.lower(), watch_id), (subject, alert))


class _Writer(ABC):
    """Makes letters of messages; what both ways out have in common."""

    name = "email"

    def __init__(self, letterhead: Letterhead, threads: MailThreads, now: Callable[[], datetime]) -> None:
        self._letterhead = letterhead
        self._threads = threads
        self._now = now

    def send(self, message: Message, alert: Alert) -> Mapping[str, Any]:
        """One alert to ``alert.target``. The receipt names the Message-ID and where the mail went."""
        return self._post(self._letter(message, alert))

    def send_folded(self, messages: Sequence[Message], alerts: Sequence[Alert], target: Target) -> Mapping[str, Any]:
        """One mail that lists all of ``messages``, as ``core/folding.py`` decides. Alerts are in their order."""
        return self._post(self._folded(messages, alerts, target))

    @abstractmethod
    def _post(self, letter: Letter) -> Mapping[str, Any]:
        """Let it go out; returns the receipt."""

    def _letter(self, message: Message, alert: Alert) -> Letter:
        recipient = alert.target.address
        if alert.kind is AlertKind.DIGEST:
            made = digest_letter(alert.payload, recipient=recipient, letterhead=self._letterhead)
        else:
            made = letter(
                message,
                recipient=recipient,
                letterhead=self._letterhead,
                thread=self._thread(message, alert),
                identity=f"alert.{alert.public_id}",
            )
        return replace(made, alert=alert.public_id)

    def _folded(self, messages: Sequence[Message], alerts: Sequence[Alert], target: Target) -> Letter:
        made = folded_letter(messages, alerts, recipient=target.address, letterhead=self._letterhead)
        return replace(made, alert=alerts[0].public_id)

    def _thread(self, message: Message, alert: Alert) -> Thread | None:
        """Changes of a story, its end and its return share a thread; notices and tests stand alone."""
        if alert.watch_id is None or alert.kind in (AlertKind.NOTICE, AlertKind.TEST, AlertKind.CATCH_UP):
            return None
        recipient = alert.target.address
        first_subject, first_alert = self._threads.begin(
            recipient, alert.watch_id, subject(message, self._letterhead), alert.public_id
        )
        return Thread(
            root=story_root(self._letterhead, alert.watch_id, recipient),
            subject=first_subject,
            first=first_alert == alert.public_id,
        )

    def _mail(self, letter: Letter) -> tuple[str, bytes]:
        try:
            mail = compose(letter, self._letterhead, self._now())
        except ValueError as error:
            raise DeliveryError(
                "no mail can be written to this address; correct it in the route",
                subject=letter.recipient,
                permanent=True,
                scope="target",
            ) from error
        return str(mail["Message-ID"]), wire(mail)


class EmailChannel(_Writer):
    """Mail over SMTP. One connection is kept and used again; threads take turns."""

    def __init__(
        self,
        settings: EmailSettings,
        *,
        now: Callable[[], datetime],
        threads: MailThreads | None = None,
        base_url: str = "",
        secret_key: str = "",
    ) -> None:
        validate(settings)
        super().__init__(settings.letterhead(base_url=base_url, secret_key=secret_key), threads or NoThreads(), now)
        self.settings = settings
        self._connection = Connection(settings)
        self._turn = threading.Lock()

    def _post(self, letter: Letter) -> Mapping[str, Any]:
        identity, mail = self._mail(letter)
        with self._turn:
            receipt = self._connection.send(letter.recipient, mail, alert=letter.alert)
        return {"message_id": identity, "recipient": letter.recipient, "reply": receipt.reply}

    def rest(self) -> None:
        """Let go of the connection after a batch: servers dislike idle guests."""
        with self._turn:
            self._connection.close()

    def close(self) -> None:
        """Say goodbye. Safe to call twice."""
        self.rest()


class EmlOutbox(_Writer):
    """Mail as ``NNNN-SUBJECT-HASH.eml`` files in a folder. The same alert always has the same file."""

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], datetime],
        settings: EmailSettings | None = None,
        threads: MailThreads | None = None,
        base_url: str = "",
        secret_key: str = "",
    ) -> None:
        settings = settings or EmailSettings()
        letterhead = settings.letterhead(base_url=base_url, secret_key=secret_key)
        if not letterhead.sender:
            letterhead = EmailSettings(sender="stet@localhost", sender_name=settings.sender_name).letterhead(
                base_url=base_url, secret_key=secret_key
            )
        super().__init__(letterhead, threads or NoThreads(), now)
        self.folder = folder
        self._turn = threading.Lock()

    def _post(self, letter: Letter) -> Mapping[str, Any]:
        identity, mail = self._mail(letter)
        with self._turn:
            try:
                path = self._write(letter, mail)
            except OSError as error:
                raise DeliveryError(
                    "the mail could not be written into its folder; check its permissions and free space",
                    subject=str(self.folder),
                    permanent=True,
                    scope="channel",
                ) from error
        return {"message_id": identity, "recipient": letter.recipient, "file": str(path)}

    def _write(self, letter: Letter, mail: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        identity = message_id(self._letterhead, letter.identity, letter.recipient)
        ending = hashlib.sha256(identity.encode()).hexdigest()[:12]  # short, and the same for the same mail
        there = next(iter(sorted(self.folder.glob(f"[0-9]*-{ending}.eml"))), None)
        if there is None:
            used = [
                int(path.name.split("-", 1)[0]) for path in self.folder.glob("[0-9]*-*.eml") if path.name[:4].isdigit()
            ]
            words = re.sub(r"[^a-z0-9]+", "-", one_line(letter.subject).lower()).strip("-")[:40].strip("-") or "mail"
            there = self.folder / f"{max(used, default=0) + 1:04d}-{words}-{ending}.eml"
        waiting = there.with_suffix(".part")
        waiting.write_bytes(mail)
        waiting.replace(there)
        return there

    def rest(self) -> None:
        """Nothing is held open."""

    def close(self) -> None:
        """Nothing is held open."""


def check(settings: EmailSettings, to: str, *, now: datetime, base_url: str = "") -> Conversation:
    """Send a test mail for ``stet doctor --send-test-email`` and give back the whole conversation.

    Raises ConfigError where the settings contradict each other or ``to`` is no address; no server makes it raise.
    """
    validate(settings)
    message = Message(
        kind=AlertKind.TEST,
        public_id=f"test-{now:%Y%m%dT%H%M%S}",
        title="Mail from Stet arrives",
        lines=(f"This is the test mail you asked for. It went out through {settings.server}.",),
        why="somebody ran stet doctor --send-test-email",
        seen_at=now,
    )
    letterhead = settings.letterhead(base_url=base_url)
    return converse(settings, to, wire(compose(letter(message, recipient=to, letterhead=letterhead), letterhead, now)))
