"""A real SMTP server on loopback (aiosmtpd) with TLS, logins and faults that a test asks for.

with MailServer() as server:
    server.refuse_recipient("gone@paper.example", "550 5.1.1 no such user")
    ...
    assert server.accepted[0].recipients == ["desk@paper.example"]
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import threading
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

HOST = "127.0.0.1"
USER = "stet"
PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One mail the server has: with or without having said so."""

    sender: str
    recipients: list[str]
    content: bytes
    secured: bool
    login: str | None


class MailServer:
    """One server. ``security`` is ``none``, ``starttls`` or ``tls``; ``login`` asks for USER and PASSWORD.

    ``on_data`` is asked for every mail: None takes it, a text is the answer instead, ``"drop"`` takes it and hangs up
    without an answer, ``"drop-before"`` hangs up without taking it, ``"stall"`` takes it and never answers.
    """

    def __init__(
        self,
        *,
        security: str = "none",
        login: bool = False,
        size_limit: int = 10_000_000,
        smtputf8: bool = True,
        authority: trustme.CA | None = None,
        host_in_certificate: str = "localhost",
    ) -> None:
        self.security = security
        self.login = login
        self.size_limit = size_limit
        self.smtputf8 = smtputf8
        self.authority = authority or trustme.CA()
        self._certificate = self.authority.issue_cert(host_in_certificate, HOST)
        self.accepted: list[Taken] = []
        """Mails the client was told we have."""
        self.swallowed: list[Taken] = []
        """Mails we have, though the client never heard it."""
        self.connections = 0
        self.recipient_answers: dict[str, list[str]] = defaultdict(list)
        self.sender_answers: list[str] = []
        self.on_data: Callable[[Envelope], str | None] = lambda envelope: None
        self.on_connect: Callable[[], str | None] = lambda: None
        self.port = 0
        self._ready = threading.Event()
        self._stalled: list[asyncio.Event] = []
        self._transports: set[asyncio.Transport] = set()

    def refuse_recipient(self, address: str, *answers: str) -> None:
        """Answer these to the next RCPTs for an address, one each; an answer ending in ``…`` stays for ever."""
        self.recipient_answers[address].extend(answers)

    def trust(self, folder: Path) -> str:
        """A file with the certificate to trust for this server."""
        path = folder / "authority.pem"
        self.authority.cert_pem.write_to_path(str(path))
        return str(path)

    def __enter__(self) -> Self:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self._thread = threading.Thread(target=self._live, name="mail-server", daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _live(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(lambda loop, context: None)  # hanging up on purpose is no news
        self._stop = asyncio.Event()
        server = await self._loop.create_server(
            self._session, HOST, 0, ssl=self._context() if self.security == "tls" else None
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for event in self._stalled:
            event.set()
        for transport in list(self._transports):
            with contextlib.suppress(AttributeError):  # early 3.11 cannot abort a TLS transport that has closed
                transport.abort()
        await asyncio.sleep(0.01)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._certificate.configure_cert(context)
        return context

    def _session(self) -> SMTP:
        self.connections += 1
        owner = self

        class Watched(SMTP):
            def connection_made(self, transport: Any) -> None:
                owner._transports.add(transport)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                if self.transport is not None:
                    owner._transports.discard(self.transport)
                super().connection_lost(error)

            async def push(self, status: Any) -> None:
                greeting = owner.on_connect() if str(status).startswith("220 ") and "ESMTP" in str(status) else None
                await super().push(greeting or status)

        with warnings.catch_warnings():
            # a login in TLS from the first byte is protected, which aiosmtpd does not see
            warnings.simplefilter("ignore", UserWarning)
            return self._watched(Watched)

    def _watched(self, kind: type[SMTP]) -> SMTP:
        return kind(
            _Rules(self),
            hostname="mail.test",
            ident="ESMTP stand-in",
            data_size_limit=self.size_limit,
            enable_SMTPUTF8=self.smtputf8,
            tls_context=self._context() if self.security == "starttls" else None,
            require_starttls=self.security == "starttls",
            authenticator=self._authenticate if self.login else None,
            auth_required=self.login,
            auth_require_tls=False,
            loop=self._loop,
        )

    @staticmethod
    def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
        good = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        # handled=False lets aiosmtpd answer 535 itself; without it the client would wait for ever
        return AuthResult(success=good, handled=good, auth_data=USER if good else None)


class _Rules:
    """What the server answers, step by step."""

    def __init__(self, owner: MailServer) -> None:
        self._owner = owner

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._owner.sender_answers:
            return self._owner.sender_answers.pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answers = self._owner.recipient_answers[address]
        if answers:
            return answers[0].rstrip("…") if answers[0].endswith("…") else answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        taken = Taken(
            sender=envelope.mail_from or "",
            recipients=list(envelope.rcpt_tos),
            content=content,
            secured=server.transport is not None and server.transport.get_extra_info("ssl_object") is not None,
            login=session.auth_data,
        )
        answer = self._owner.on_data(envelope)
        if answer is None:
            self._owner.accepted.append(taken)
            return "250 2.0.0 queued"
        if answer in ("drop", "drop-before"):
            if answer == "drop":
                self._owner.swallowed.append(taken)
            server.transport.abort()
            return "250 never heard"
        if answer == "stall":
            self._owner.swallowed.append(taken)
            event = asyncio.Event()
            self._owner._stalled.append(event)
            await event.wait()
            return "250 too late"
        return answer
