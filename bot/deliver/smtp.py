"""One SMTP connection: settings, a conversation step by step, and what every answer of a server means.

Steps are taken one by one (MAIL, RCPT, DATA, the text) because only the step tells whether a mail may have arrived:
a connection lost after the text went out leaves the outcome unknown, one lost before does not.

  what happened                                        means
  no connection, dropped or slow before the text       try again
  dropped or slow after the text                       outcome unknown: try again with the same Message-ID
  4xx to anything                                      try again
  5xx to RCPT                                          permanent for this recipient
  552 to MAIL or DATA, other 5xx to DATA               permanent for this mail
  other 5xx to MAIL, EHLO or AUTH; no STARTTLS;        configuration: keep the mail, tell the operator
  a certificate that does not verify
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from bot.errors import ConfigError, DeliveryError
from bot.render.letter import Letterhead, ascii_domain
from bot.render.phrases import one_line
from bot.settings import address_problem

PORTS = {"starttls": 587, "tls": 465, "none": 25}
CONFIGURATION_RETRY = 900.0
"""Seconds to wait after a configuration error: long enough for a person, short enough that mending it shows."""
PER_CONNECTION = 100
"""Mails over one connection; servers limit it, commonly at 100."""


class Security(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """The ``[email]`` section. ``port`` 0 means the usual one of ``security``: 587, 465 or 25.

    ``host`` empty means that mail goes to a folder of ``.eml`` files. ``timeout`` is in seconds. ``fold_above`` is
    how many mails one recipient gets in an hour before they are folded into one. ``ca_file`` holds certificates to
    trust beside the system's. ``domain`` is that of Message-IDs and of our greeting.
    """

    host: str = ""
    port: int = 0
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    sender_name: str = "Stet"
    reply_to: str = ""
    envelope_sender: str = ""
    """Where bounces go; the sender by default. ``{id}`` in it becomes the alert's id, which names the mail that came
    back (``bounces+{id}@paper.example``)."""
    timeout: float = 30.0
    domain: str = ""
    feedback_tag: str = "stet"
    subject_prefix: str = "[Stet]"
    allow_local_domains: bool = False
    fold_above: int = 20
    ca_file: str = ""

    @property
    def number(self) -> int:
        """The port to connect to."""
        return self.port or PORTS[self.security]

    @property
    def server(self) -> str:
        """``smtp.paper.example:587``, for messages."""
        return f"{self.host}:{self.number}"

    def return_path(self, alert: str = "") -> str:
        """The address on the envelope of the mail about this alert."""
        return (self.envelope_sender or self.sender).replace("{id}", alert or "none")

    def letterhead(self, *, base_url: str = "", secret_key: str = "") -> Letterhead:
        """What the renderer needs to know. ``base_url`` and ``secret_key`` are those of the installation."""
        return Letterhead(
            sender=self.sender,
            sender_name=self.sender_name,
            reply_to=self.reply_to,
            domain=self.domain,
            base_url=base_url,
            secret_key=secret_key,
            tag=self.feedback_tag,
            prefix=self.subject_prefix,
        )


def problems(settings: EmailSettings) -> tuple[str, ...]:
    """Everything wrong with the settings, one line each with its key path. Empty: fine."""
    out = []
    if settings.host and any(character.isspace() or character in "/@" for character in settings.host):
        out.append(f"email.host: {one_line(settings.host)!r} is no host name")
    if not 0 <= settings.port <= 65535:
        out.append(f"email.port: {settings.port} is no port")
    usual = {465: Security.TLS, 587: Security.STARTTLS}.get(settings.port)
    if usual is Security.TLS and settings.security is not Security.TLS:
        out.append(
            f'email.security: port 465 speaks TLS from the start; use security = "tls", not "{settings.security}"'
        )
    if usual is Security.STARTTLS and settings.security is Security.TLS:
        out.append('email.security: port 587 starts in clear text; use security = "starttls", or port 465')
    if bool(settings.username) != bool(settings.password):
        missing = "STET_SMTP_PASSWORD" if settings.username else "email.username"
        out.append(f"email: a login needs both a username and a password; {missing} is missing")
    if settings.password and settings.security is Security.NONE and not _loopback(settings.host):
        out.append('email.security: "none" would send the password in clear text; use "starttls" or "tls"')
    if settings.timeout <= 0:
        out.append("email.timeout: a number of seconds above 0 is wanted")
    if settings.fold_above < 1:
        out.append("email.fold_above: at least 1 mail an hour is wanted")
    back = settings.return_path() if settings.envelope_sender else ""
    addresses = {"from": settings.sender, "reply_to": settings.reply_to, "envelope_sender": back}
    if settings.host and not settings.sender:
        out.append("email.from: the address that mail comes from is missing")
    for key, address in addresses.items():
        if address and (reason := address_problem(address, local=settings.allow_local_domains)):
            out.append(f"email.{key}: {reason}")
    for key, address in (("from", settings.sender), ("envelope_sender", back)):
        if address and not address.rpartition("@")[0].isascii():
            out.append(f"email.{key}: letters beyond ASCII before the @ are not possible for a sender")
    if "{id}" in settings.envelope_sender.rpartition("@")[2]:
        out.append("email.envelope_sender: {id} belongs before the @")
    if settings.domain and address_problem(f"stet@{settings.domain}", local=settings.allow_local_domains):
        out.append(f"email.domain: {one_line(settings.domain)!r} is no domain")
    return tuple(out)


def validate(settings: EmailSettings) -> EmailSettings:
    """The settings themselves. Raises ConfigError with every problem where they contradict each other."""
    if found := problems(settings):
        raise ConfigError("the mail settings do not fit together: " + "; ".join(found), problems=found)
    return settings


def _loopback(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Wire(smtplib.SMTP):
    """smtplib's client, writing down what is said. Logins are never written down."""

    def __init__(self, said: list[str], settings: EmailSettings, **more: Any) -> None:
        self.said = said
        self.hushed = False
        name = ascii_domain(settings.domain or settings.sender.rpartition("@")[2] or "localhost")
        super().__init__(settings.host, settings.number, name, timeout=settings.timeout, **more)

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Send a command, and remember it."""
        line = f"{cmd} {args}".strip() if args else cmd
        if cmd.upper() == "AUTH":
            line, self.hushed = "AUTH " + (args.split(" ", 1)[0] if args else "") + " ****", True
        elif self.hushed:
            line = "****"
        self._note("C", line)
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer, and remember it."""
        code, text = super().getreply()
        if code != 334:
            self.hushed = False
        for line in text.decode("utf-8", "replace").split("\n"):
            self._note("S", f"{code} {line}" if code != 334 else "334 ****")
        return code, text

    def _note(self, who: str, line: str) -> None:
        if len(self.said) < 200:
            self.said.append(f"{who}: {one_line(line)[:300]}")


class TlsWire(Wire, smtplib.SMTP_SSL):
    """The same, in TLS from the first byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That a server took a mail: its answer in words."""

    reply: str


class Connection:
    """A connection that is opened when needed, kept for the next mail, and given up after any doubt.

    Not safe for several threads at once. ``said`` is the conversation of the last attempt, secrets left out.
    """

    def __init__(self, settings: EmailSettings) -> None:
        self.settings = settings
        self.said: list[str] = []
        self._wire: Wire | None = None
        self._sent = 0

    def send(self, recipient: str, mail: bytes, *, alert: str = "") -> Receipt:
        """Give one mail for one recipient to the server. Raises DeliveryError as the table above says.

        ``alert`` is the id that a bounce brings back, where the envelope's sender has room for one.
        """
        fresh = self._wire is None
        self.said.clear()
        try:
            wire = self._wire or self._open()
            if not fresh and not self._alive(wire):
                self._drop()
                wire = self._open()
            receipt = self._transaction(wire, recipient, mail, self.settings.return_path(alert))
        except BaseException:
            self._drop()
            raise
        self._sent += 1
        if self._sent >= PER_CONNECTION:
            self.close()
        return receipt

    def greet(self) -> None:
        """Connect, protect and log in, and nothing more. Raises DeliveryError."""
        self.said.clear()
        self._drop()
        try:
            self._open()
        except BaseException:
            self._drop()
            raise

    def close(self) -> None:
        """Say goodbye. Safe to call twice."""
        wire, self._wire, self._sent = self._wire, None, 0
        if wire is not None:
            try:
                wire.quit()
            except (smtplib.SMTPException, OSError):
                wire.close()

    def _drop(self) -> None:
        wire, self._wire, self._sent = self._wire, None, 0
        if wire is not None:
            wire.close()

    @staticmethod
    def _alive(wire: Wire) -> bool:
        try:
            return wire.docmd("RSET")[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _open(self) -> Wire:
        settings = self.settings
        with self._answers("connecting"):
            if settings.security is Security.TLS:
                wire: Wire = TlsWire(self.said, settings, context=self._trust())
            else:
                wire = Wire(self.said, settings)
            self._wire = wire
            wire.ehlo_or_helo_if_needed()
        if settings.security is Security.STARTTLS:
            self._protect(wire)
        if settings.username:
            with self._answers("logging in"):
                wire.login(settings.username, settings.password)
        return wire

    def _protect(self, wire: Wire) -> None:
        if not wire.has_extn("starttls"):
            raise self._misconfigured(
                "the server offers no STARTTLS, and nothing is sent in clear text; "
                'check the port, or use security = "tls" with port 465'
            )
        with self._answers("starting TLS"):
            code, reply = wire.starttls(context=self._trust())
            if code != 220:
                raise smtplib.SMTPResponseException(code, reply)
            wire.ehlo_or_helo_if_needed()

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.settings.ca_file:
            try:
                context.load_verify_locations(cafile=self.settings.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise self._misconfigured("the file of trusted certificates (email.ca_file) cannot be read") from error
        return context

    def _transaction(self, wire: Wire, recipient: str, mail: bytes, sender: str) -> Receipt:
        address = _with_ascii_domain(recipient)
        local = recipient.rpartition("@")[0]
        options = []
        if wire.has_extn("size"):
            options.append(f"SIZE={len(mail)}")
        if not local.isascii():
            if not wire.has_extn("smtputf8"):
                raise DeliveryError(
                    "the mail server cannot write to letters beyond ASCII before the @ (it lacks SMTPUTF8); "
                    "use another address for this recipient",
                    subject=recipient,
                    permanent=True,
                    scope="target",
                )
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            wire.command_encoding = "utf-8"
        else:
            wire.command_encoding = "ascii"
        with self._answers("naming the sender", recipient):
            self._accept(wire.mail(_with_ascii_domain(sender), options), (250,), "sender", recipient)
        with self._answers("naming the recipient", recipient):
            self._accept(wire.rcpt(address), (250, 251), "recipient", recipient)
        with self._answers("asking to send the text", recipient):
            self._accept(wire.docmd("DATA"), (354,), "text", recipient)
        with self._answers("sending the text", recipient, text_sent=True):
            wire.send(stuffed(mail))
            answer = wire.getreply()
        self._accept(answer, (250,), "text", recipient)
        return Receipt(reply=one_line(f"{answer[0]} {answer[1].decode('utf-8', 'replace')}")[:200])

    def _accept(self, answer: tuple[int, bytes], wanted: tuple[int, ...], step: str, recipient: str) -> None:
        code, text = answer
        if code not in wanted:
            raise self._refused(code, text.decode("utf-8", "replace"), step, recipient)

    def _refused(self, code: int, text: str, step: str, recipient: str) -> DeliveryError:
        said = f"{code} {one_line(text)[:200]}"
        if code < 500:
            return DeliveryError(f"the mail server put us off ({said}); it is tried again", subject=recipient)
        if step == "recipient":
            return DeliveryError(
                f"the mail server refuses this recipient ({said}); check the address",
                subject=recipient,
                permanent=True,
                scope="target",
            )
        if step == "text" or code == 552:
            hint = "it is too large for the server" if code == 552 else "see what the server says"
            return DeliveryError(
                f"the mail server refuses this mail ({said}); {hint}", subject=recipient, permanent=True
            )
        return self._misconfigured(f"the mail server refuses the {step} ({said}); {likely_cause(code, text, step)}")

    @contextmanager
    def _answers(self, doing: str, recipient: str = "", *, text_sent: bool = False) -> Iterator[None]:
        """Turn what smtplib and the network raise into DeliveryError. ``text_sent``: it may have arrived."""
        try:
            yield
        except DeliveryError:
            raise
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code < 500:
                raise DeliveryError(
                    "the mail server cannot check the login now", subject=self.settings.server
                ) from error
            raise self._misconfigured(
                f"the mail server refuses the login ({error.smtp_code}); "
                "check email.username and STET_SMTP_PASSWORD (many providers want an app password)"
            ) from None
        except smtplib.SMTPNotSupportedError as error:
            raise self._misconfigured("the mail server lacks what the settings ask for") from error
        except smtplib.SMTPResponseException as error:
            reply = error.smtp_error
            words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
            if 500 <= error.smtp_code < 600:
                raise self._misconfigured(
                    f"the mail server refuses us while {doing} ({error.smtp_code} {one_line(words)[:200]}); "
                    f"{likely_cause(error.smtp_code, words, doing)}"
                ) from None
            raise DeliveryError(
                f"the mail server does not answer as one while {doing} ({error.smtp_code}); it is tried again",
                subject=self.settings.server,
                outcome_unknown=text_sent,
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise self._misconfigured(
                f"the certificate of the mail server cannot be trusted ({error.verify_message}); "
                "check email.host, or name its authority in email.ca_file"
            ) from None
        except ssl.SSLError as error:
            raise self._misconfigured(
                'no TLS connection: the port probably speaks another way; 465 is "tls", 587 and 25 are "starttls"'
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            if isinstance(error, smtplib.SMTPException) and "AUTH" in str(error):
                raise self._misconfigured("the mail server offers no login that we can use") from error
            raise DeliveryError(
                f"the mail server could not be reached while {doing}; it is tried again"
                if not text_sent
                else "the connection broke after the mail went out; it may have arrived and is sent again unaltered",
                subject=recipient or self.settings.server,
                outcome_unknown=text_sent,
            ) from error

    def _misconfigured(self, message: str) -> DeliveryError:
        return DeliveryError(
            message,
            subject=self.settings.server,
            permanent=True,  # for as long as the settings stay as they are; the mail itself is kept
            retry_after=CONFIGURATION_RETRY,
            scope="channel",
        )


def _with_ascii_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


def stuffed(mail: bytes) -> bytes:
    """The text as DATA wants it: CRLF, leading dots doubled, closed by a dot on its own line."""
    lines = re.sub(rb"(?m)^\.", b"..", re.sub(rb"\r\n|\n|\r(?!\n)", b"\r\n", mail))
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return lines + b".\r\n"


def likely_cause(code: int, text: str, step: str) -> str:
    """What an operator should look at first, for an answer of a mail server."""
    said = text.lower()
    if code in (534, 535) or "authentic" in said or "password" in said or "credential" in said:
        return "check email.username and STET_SMTP_PASSWORD (many providers want an app password)"
    if code == 530 or "starttls" in said:
        return 'the server wants a login or TLS first: set email.username, and security = "starttls" or "tls"'
    if step in ("sender", "naming the sender") or code in (550, 551, 553, 554):
        return "the server does not let us write as email.from: use an address it knows, or verify it there"
    if code == 552:
        return "the mail is larger than the server allows"
    return "read the conversation above, and ask whoever runs the mail server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A test mail's whole conversation. ``lines`` are ``C: …`` and ``S: …``, secrets left out."""

    server: str
    lines: tuple[str, ...]
    sent: bool
    problem: str = ""
    """What went wrong and the likely cause, in one line; empty when the server took the mail."""


def converse(settings: EmailSettings, recipient: str, mail: bytes) -> Conversation:
    """Send one mail and give back everything that was said. Raises nothing that a server can cause."""
    connection = Connection(settings)
    try:
        connection.send(recipient, mail)
    except DeliveryError as error:
        return Conversation(server=settings.server, lines=tuple(connection.said), sent=False, problem=str(error))
    finally:
        connection.close()
    return Conversation(server=settings.server, lines=tuple(connection.said), sent=True)
