"""Content encodings undone within limits: gzip, deflate, brotli and zstd, with a cap on size and on ratio.

A page of a news site shrinks five- to thirtyfold; a bomb a thousandfold and more. Each decoder is fed so that it can
never have produced more than a little beyond the cap when it is stopped, and each must reach its own end
mark: a body that was cut is an error, never a shorter page.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import brotli  # type: ignore[import-untyped]
import zstandard

from bot.errors import TooLarge, Unreachable

MAX_RATIO = 300
"""Decoded bytes per byte on the wire, above `RATIO_FROM`; repetitive sitemaps reach about a hundred."""

RATIO_FROM = 2_000_000
"""Decoded bytes up to which the ratio does not matter."""

MAX_LAYERS = 2
"""Encodings on top of each other; a proxy may add one to the site's own."""

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

_PIECE = 1 << 20
_ZSTD_FEED = 256  # bytes: an RLE block makes 128 kB of four bytes, so one feed makes at most 8 MB
_ZSTD_WINDOW = 8 << 20  # RFC 9659: no window beyond 8 MB on the web


_BROKEN = (zlib.error, brotli.error, zstandard.ZstdError)


class _Cut(Exception):
    """The stream ended before its end mark."""


def decode(body: bytes, encodings: str, *, max_bytes: int, subject: str) -> bytes:
    """The body without its content encodings (the header's value, outermost last).

    Raises `TooLarge` past ``max_bytes`` or the ratio cap, `Unreachable` with reason ``truncated`` where the stream
    stops early, ``encoding`` where it is broken or of an unknown kind.
    """
    layers = [name for name in (part.strip().lower() for part in encodings.split(",")) if name not in ("", "identity")]
    if len(layers) > MAX_LAYERS:
        raise Unreachable("the page is packed too many times over", subject=subject, reason="encoding")
    limit = min(max_bytes, max(RATIO_FROM, len(body) * MAX_RATIO))
    for name in reversed(layers):
        if not body:
            return body
        body = _undo(body, name, limit, subject)
    return body


def _undo(body: bytes, name: str, limit: int, subject: str) -> bytes:
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise Unreachable(
            "the page is packed in a way nobody asked for", subject=subject, reason="encoding"
        ) from ValueError(name[:40])
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in decoder(body):
            size += len(piece)
            if size > limit:
                raise TooLarge(f"the page unpacks to more than {limit:,} bytes", subject=subject)
            pieces.append(piece)
    except _Cut:
        raise Unreachable("the page was cut short on the way", subject=subject, reason="truncated") from None
    except _BROKEN as error:
        raise Unreachable("the page cannot be unpacked", subject=subject, reason="encoding") from error
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _inflate(body: bytes, wbits: int) -> Iterator[bytes]:
    rest = body
    while rest:
        unpack = zlib.decompressobj(wbits)
        first = True
        while not unpack.eof:
            piece = unpack.decompress(rest if first else unpack.unconsumed_tail, _PIECE)
            first = False
            if not piece and not unpack.unconsumed_tail and not unpack.eof:
                raise _Cut("no end mark")
            yield piece
        rest = unpack.unused_data
        if wbits != 31 or not rest.startswith(b"\x1f\x8b"):
            return  # one stream, or padding after the last gzip member


def _gzip(body: bytes) -> Iterator[bytes]:
    return _inflate(body, 31)


def _deflate(body: bytes) -> Iterator[bytes]:
    zlib_header = len(body) >= 2 and body[0] & 0x0F == 8 and ((body[0] << 8) | body[1]) % 31 == 0
    return _inflate(body, 15 if zlib_header else -15)  # some servers send the bare stream


def _brotli(body: bytes) -> Iterator[bytes]:
    unpack = brotli.Decompressor()
    yield unpack.process(body, output_buffer_limit=_PIECE)
    while not unpack.is_finished():
        if unpack.can_accept_more_data():
            raise _Cut("no end mark")
        yield unpack.process(b"", output_buffer_limit=_PIECE)


def _zstd(body: bytes) -> Iterator[bytes]:
    view = memoryview(body)
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    start = 0
    while start < len(view):
        unpack = unpacker.decompressobj()
        while not unpack.eof:
            if start >= len(view):
                raise _Cut("no end mark")
            piece = unpack.decompress(view[start : start + _ZSTD_FEED])
            start += _ZSTD_FEED
            yield piece
        start = min(start, len(view)) - len(unpack.unused_data)


_DECODERS = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
