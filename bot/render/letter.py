"""A letter: the MIME form and the headers that every mail of Stet has, whatever it tells.

Python's own ``policy.SMTP`` is not used as it stands. It turns a List-Unsubscribe address longer than 78 characters
into encoded words, which mail programs then do not read, and doubles spaces where it folds a mixed subject
(https://github.com/python/cpython/issues/85725). Here text is encoded by ``email.header.Header`` and addresses
and tokens are folded at spaces only.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import css_inline
import idna

from bot.core import tokens
from bot.render.phrases import one_line

LINE = 78
"""Characters of a header line we aim for (RFC 5322, 2.1.1)."""
SUBJECT_LIMIT = 78
"""Characters of a whole subject. Phones show about 40, so what matters stands first."""
_ENCODED_WORD_LINE = 76
_ADDRESSES = frozenset({"from", "to", "reply-to", "sender", "cc"})
_TEXTS = frozenset({"subject", "thread-topic", "list-id", "x-stet-source", "x-stet-desk"})
_PLAIN = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*\Z")


class LetterPolicy(EmailPolicy):
    """CRLF, ASCII only, no header mangled. Parts inside the mail keep the standard folding."""

    def fold(self, name: str, value: Any) -> str:
        """One header as the lines that go over the wire, with their line ends."""
        key = name.lower()
        if key in _ADDRESSES:
            addresses: tuple[Address, ...] = value.addresses
            return self._lines(name, [_words_of(address, self._last(addresses, address)) for address in addresses])
        if key in _TEXTS:
            return f"{name}: {_encoded(str(value), len(name) + 2)}".replace("\n", self.linesep) + self.linesep
        if key.startswith(("content-", "mime-")):
            standard: str = super().fold(name, value)
            return standard
        return self._lines(name, [str(value).split()])

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as bytes."""
        return self.fold(name, value).encode("utf-8")  # ASCII, but for a recipient who needs SMTPUTF8

    @staticmethod
    def _last(addresses: tuple[Address, ...], address: Address) -> str:
        return "" if address is addresses[-1] else ","

    def _lines(self, name: str, groups: Iterable[list[str]]) -> str:
        lines = [f"{name}:"]
        for word in (word for group in groups for word in group):
            if len(lines[-1]) + 1 + len(word) > LINE and len(lines[-1].strip()) > 0 and not lines[-1].endswith(":"):
                lines.append("")
            lines[-1] += " " + word
        return self.linesep.join(lines) + self.linesep


POLICY = LetterPolicy(linesep="\r\n", max_line_length=LINE, cte_type="7bit")


def _encoded(text: str, offset: int) -> str:
    """Text for an unstructured header: folded ASCII where that is safe, else UTF-8 encoded words."""
    words = text.split(" ")
    if text.isascii() and "=?" not in text and all(len(word) <= LINE - 14 for word in words):
        lines = [""]
        room = LINE - offset
        for word in words:
            if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
                lines.append("")
                room = LINE - 1
            lines[-1] += (" " if lines[-1] else "") + word
        return "\n ".join(lines)
    # the name is only there for its length on the first line
    return Header(text, "utf-8", maxlinelen=_ENCODED_WORD_LINE, header_name="x" * (offset - 2)).encode()


def _words_of(address: Address, end: str) -> list[str]:
    name = address.display_name
    spec = address.addr_spec
    if not name:
        return [spec + end]
    if _PLAIN.match(name) and "=?" not in name:
        shown = name.split(" ")
    elif name.isascii() and "=?" not in name and len(name) < LINE - 12:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        shown = [f'"{quoted}"']
    else:
        shown = Header(name, "utf-8", maxlinelen=_ENCODED_WORD_LINE - 10, header_name="Reply-To").encode().split()
    return [*shown, f"<{spec}>{end}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every letter of one installation has in common.

    ``sender`` is the bare address, ``domain`` that of Message-IDs (the sender's by default). ``base_url`` is where
    readers reach our pages; empty where they cannot, and then no link to them is made. Without ``secret_key``
    there is no unsubscribe page to link to, only a mail address.
    """

    sender: str
    sender_name: str = "Stet"
    reply_to: str = ""
    domain: str = ""
    base_url: str = ""
    secret_key: str = field(default="", repr=False)
    tag: str = "stet"
    prefix: str = "[Stet]"

    @property
    def at(self) -> str:
        """The domain of our identifiers, ASCII."""
        domain = self.domain or self.sender.rpartition("@")[2] or "localhost"
        return ascii_domain(domain)

    def page(self, path: str) -> str:
        """The address of one of our pages, empty where readers cannot reach them."""
        return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}" if self.base_url else ""

    def settings_page(self, recipient: str, rule: str) -> str:
        """The page where ``recipient`` says when digests come; empty where there can be none."""
        if not self.secret_key or not rule:
            return ""
        return self.page("settings/" + tokens.unsubscribe(self.secret_key, recipient, rule))

    def mute_page(self, recipient: str, watch_id: int | None) -> str:
        """The page that ends mails about one story to ``recipient``; empty where there can be none."""
        return self.unsubscribe_page(recipient, tokens.story_rule(watch_id)) if watch_id is not None else ""

    def unsubscribe_page(self, recipient: str, rule: str) -> str:
        """The page that ends (or changes) what ``rule`` sends to ``recipient``; empty where there can be none."""
        if not self.secret_key or not rule:
            return ""
        return self.page("unsubscribe/" + tokens.unsubscribe(self.secret_key, recipient, rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where a mail stands among those about one story to one recipient.

    ``subject`` is that of the first mail, without ``Re:``, and never changes; mail programs group by it.
    """

    root: str
    subject: str
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one person, before it has headers. ``identity`` names it for ever: a retry has the same."""

    recipient: str
    identity: str
    subject: str
    text: str
    html: str
    rule: str = ""
    kind: str = "alert"
    """``alert``, ``digest``, ``notice`` or ``test``: the first word of Feedback-ID."""
    stet: Mapping[str, str] = field(default_factory=dict)
    """Values of X-Stet-* headers, for people's filters."""
    thread: Thread | None = None
    alert: str = ""
    """The alert's opaque id; a mail that comes back is recognised by it."""


def recipient_hash(recipient: str) -> str:
    """16 hex characters that stand for a recipient in identifiers, so that no address leaks into References."""
    return hashlib.sha256(recipient.strip().lower().encode("utf-8", "replace")).hexdigest()[:16]


def message_id(letterhead: Letterhead, identity: str, recipient: str) -> str:
    """``<IDENTITY.RECIPIENT@domain>``: derived, never random, so that a second copy is recognised as one."""
    word = re.sub(r"[^A-Za-z0-9_-]+", ".", identity).strip(".") or "stet"
    if word != identity or len(word) > 60:
        word = f"{word[:40].strip('.')}.{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
    return f"<{word}.{recipient_hash(recipient)}@{letterhead.at}>"


def story_root(letterhead: Letterhead, watch_id: int, recipient: str) -> str:
    """The id that every mail about one story to one recipient refers to."""
    return f"<story.{watch_id}.{recipient_hash(recipient)}@{letterhead.at}>"


def thread_index(root: str, identity: str | None) -> str:
    """Exchange's Thread-Index: a 22-byte head that is the same for the whole thread, 5 bytes more for later mails.

    The head is 0x01, five bytes of a fixed time and a GUID made from the root (MS-OXOMSG 2.2.1.3).
    """
    head = b"\x01\xdc\x7a\x00\x00\x00" + hashlib.sha256(root.encode()).digest()[:16]
    if identity is not None:
        child = hashlib.sha256(identity.encode()).digest()
        head += bytes([child[0] & 0x7F]) + child[1:5]
    return base64.b64encode(head).decode("ascii")


def ascii_domain(domain: str) -> str:
    """A domain in its ASCII form; one that has none is returned with odd characters dropped."""
    try:
        return domain.encode("ascii").decode("ascii")
    except UnicodeEncodeError:
        try:
            return idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return re.sub(r"[^A-Za-z0-9.-]", "", domain) or "localhost"


def address(text: str, name: str = "") -> Address:
    """A mail address for a header, its domain in ASCII. Raises ValueError where it is none."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not local or not domain or one_line(text) != text.strip():
        raise ValueError(f"{text!r} is no mail address")
    where = ascii_domain(domain)
    if local.isascii():
        return Address(one_line(name), addr_spec=f"{local}@{where}")
    return Address(one_line(name), username=local, domain=where)


def slug(text: str) -> str:
    """A rule's name as a label of a List-Id: ``a-z0-9-``, a hash where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return (
        re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or hashlib.sha256(text.encode()).hexdigest()[:12]
    )


def inlined(html: str) -> str:
    """Styles moved onto the elements, since several mail programs drop ``<style>``; one marked ``keep`` stays."""
    result: str = _INLINER.inline(html)
    return result


_INLINER = css_inline.CSSInliner(inline_style_tags=True, keep_style_tags=False, load_remote_stylesheets=False)


def compose(letter: Letter, letterhead: Letterhead, now: datetime) -> EmailMessage:
    """The whole mail, every header set. ``now`` becomes its Date. The result is ASCII with CRLF line ends."""
    mail = EmailMessage(policy=POLICY)
    subject = letter.subject
    mail["From"] = address(letterhead.sender, letterhead.sender_name)
    mail["To"] = address(letter.recipient)
    if letterhead.reply_to:
        mail["Reply-To"] = address(letterhead.reply_to)
    identity = message_id(letterhead, letter.identity, letter.recipient)
    if letter.thread is not None:
        thread = letter.thread
        subject = thread.subject if thread.first else f"Re: {thread.subject}"
        if thread.first:
            identity = thread.root
    mail["Subject"] = one_line(subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = identity
    if letter.thread is not None:
        if not letter.thread.first:
            mail["In-Reply-To"] = letter.thread.root
            mail["References"] = letter.thread.root
        mail["Thread-Topic"] = one_line(letter.thread.subject)
        mail["Thread-Index"] = thread_index(letter.thread.root, None if letter.thread.first else letter.identity)
    _list_headers(mail, letter, letterhead)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    for name, value in (*letter.stet.items(), ("Alert", letter.alert)):
        if value:
            mail[f"X-Stet-{name}"] = one_line(value)
    mail.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", charset="utf-8", cte="quoted-printable")
    mail.set_boundary("=_stet_" + hashlib.sha256(identity.encode()).hexdigest()[:24])
    return mail


def _list_headers(mail: EmailMessage, letter: Letter, letterhead: Letterhead) -> None:
    if letter.rule:
        mail["List-Id"] = f"Stet: {one_line(letter.rule)} <{slug(letter.rule)}.stet.{letterhead.at}>"
        ways = []
        if page := letterhead.unsubscribe_page(letter.recipient, letter.rule):
            ways.append(f"<{page}>")
        back = letterhead.reply_to or letterhead.sender
        ways.append(f"<mailto:{quote(back, safe='@')}?subject={quote('unsubscribe ' + slug(letter.rule))}>")
        mail["List-Unsubscribe"] = ", ".join(ways)
        if page.startswith("https://"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Feedback-ID"] = f"{letter.kind}:{slug(letter.rule or 'none')}:stet:{slug(letterhead.tag)}"


def wire(mail: EmailMessage) -> bytes:
    """The bytes that go over the wire or into a file: ASCII, CRLF."""
    return mail.as_bytes(policy=POLICY)
