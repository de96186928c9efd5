"""Signed words that travel through mail and links: unsubscribe, settings, mute, permalinks of digests.

A token proves that we wrote it and what it is for; it hides nothing. HMAC-SHA256 cut to 128 bits, which RFC 2104
allows and nobody guesses. Parts are length-prefixed before signing, so ("ab", "c") and ("a", "bc") differ.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

SIGNATURE_BYTES = 16
_STORY = "story:"


def sign(secret: str, purpose: str, *parts: str) -> str:
    """The signature of ``parts`` for one ``purpose``, 22 URL-safe characters. An empty secret raises ValueError."""
    if not secret:
        raise ValueError("a token needs a secret key")
    message = b"".join(len(raw).to_bytes(8, "big") + raw for raw in (part.encode() for part in (purpose, *parts)))
    return _text(hmac.new(secret.encode(), message, hashlib.sha256).digest()[:SIGNATURE_BYTES])


def verify(secret: str, signature: str, purpose: str, *parts: str) -> bool:
    """Whether ``signature`` is ours, compared in constant time. Never raises on what a stranger sends."""
    return bool(secret) and hmac.compare_digest(
        sign(secret, purpose, *parts).encode(), signature.encode("utf-8", "replace")
    )


def pack(secret: str, purpose: str, *parts: str) -> str:
    """``parts`` and their signature as one URL-safe word (no padding, no dots at the ends)."""
    content = _text(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{content}.{sign(secret, purpose, content)}"


def unpack(secret: str, purpose: str, token: str) -> tuple[str, ...] | None:
    """The parts of a token of ours for this purpose; None for anything else."""
    content, dot, signature = token.partition(".")
    if not dot or not verify(secret, signature, purpose, content):
        return None
    parts: list[str] = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    return tuple(parts)


def unsubscribe(secret: str, recipient: str, rule: str) -> str:
    """The token of the unsubscribe and settings page: a mail recipient and the route that wrote to them."""
    return pack(secret, "unsubscribe", recipient, rule)


def read_unsubscribe(secret: str, token: str) -> tuple[str, str] | None:
    """``(recipient, rule)`` of an unsubscribe token, None when it is not ours."""
    parts = unpack(secret, "unsubscribe", token)
    return (parts[0], parts[1]) if parts is not None and len(parts) == 2 else None


def story_rule(watch_id: int) -> str:
    """What a recipient unsubscribes from to mute one story: it stands where a route's name does."""
    return f"{_STORY}{watch_id}"


def muted_story(rule: str) -> int | None:
    """The number of the story that ``rule`` mutes, None where it is a route's name."""
    number = rule.removeprefix(_STORY)
    return int(number) if number != rule and number.isascii() and number.isdecimal() else None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
