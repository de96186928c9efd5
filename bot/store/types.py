"""Column types: moments, enums, JSON, and compressed documents, the same on SQLite and PostgreSQL.

Each turns a value of ``bot.core`` into what the database keeps and back, so that no other module converts anything.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import zstandard
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.core.comparison import Severity
from bot.errors import StoreError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ZSTD_LEVEL = 3
LARGEST_DOCUMENT = 256 * 1024 * 1024
"""A stored document never unpacks to more than this many bytes: a damaged or forged row cannot eat the memory."""

Id = BigInteger().with_variant(Integer, "sqlite")
"""Row numbers: 64 bits; on SQLite the rowid itself."""

DAMAGED = "a row of the database is damaged; run `stet doctor`, and restore a backup if there are more"

_local = threading.local()


class Words(TypeDecorator[str]):
    """Text of any origin. NUL and lone surrogates, which no database takes, become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean on the way in."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


class Moment(TypeDecorator[datetime]):
    """An aware datetime, read back in UTC: whole microseconds since 1970 on SQLite, TIMESTAMPTZ on PostgreSQL.

    Both order and index as times do. A naive datetime is refused with ValueError: the host's zone is nobody's business.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMPTZ where there is one."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware in, UTC kept."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return (value - EPOCH) // MICROSECOND if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """UTC out."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return EPOCH + timedelta(microseconds=value)
        moment: datetime = value
        return moment.astimezone(UTC)


class Level(TypeDecorator[Severity]):
    """A Severity, kept as its number so that ``>=`` works in SQL."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Severity | int | None, dialect: Dialect) -> int | None:
        """Number in."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Severity | None:
        """Severity out."""
        return None if value is None else Severity(value)


class Choice(TypeDecorator[StrEnum]):
    """A StrEnum, kept as its word."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        """Checked on the way in: ValueError for a word that is no choice."""
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Member out."""
        try:
            return None if value is None else self.choices(value)
        except ValueError as error:
            raise StoreError(DAMAGED) from error


class Json(TypeDecorator[Any]):
    """A small JSON document as ASCII text (``\\u0000`` from hostile pages passes; PostgreSQL's jsonb refuses it)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Text in."""
        return None if value is None else dump(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Document out."""
        return None if value is None else load(value)


class JsonTuple(TypeDecorator[tuple[Any, ...]]):
    """A JSON list read back as a tuple (lists inside it too)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Text in."""
        return None if value is None else dump(list(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Any, ...]:
        """Tuple out; nothing is the empty tuple."""
        if value is None or value == "[]":
            return ()
        return tuple(tuple(part) if isinstance(part, list) else part for part in load(value))


class Packed(TypeDecorator[bytes]):
    """Bytes compressed with zstd."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Compressed in."""
        return None if value is None else pack(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Plain out."""
        return None if value is None else unpack(bytes(value))


class PackedJson(TypeDecorator[Any]):
    """A large JSON document (a story, a comparison) compressed with zstd."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Compressed in."""
        return None if value is None else pack(dump(value).encode("ascii"))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Document out."""
        return None if value is None else load(unpack(bytes(value)))


def dump(document: Any) -> str:
    """Compact ASCII JSON. Mappings and tuples of the core's frozen types are accepted; datetimes become ISO 8601."""
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"), default=_plain)


def load(words: str | bytes) -> Any:
    """Read what ``dump`` wrote. Raises StoreError where it is damaged."""
    try:
        return json.loads(words)
    except ValueError as error:
        raise StoreError(DAMAGED) from error


def pack(plain: bytes) -> bytes:
    """Compress with zstd. The result names its own size. One context per thread: contexts are not shared."""
    compressor = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
    packed: bytes = compressor.compress(plain)
    return packed


def unpack(packed: bytes) -> bytes:
    """Decompress what ``pack`` made. Raises StoreError where the bytes are damaged or too large."""
    decompressor = getattr(_local, "decompressor", None)
    if decompressor is None:
        decompressor = _local.decompressor = zstandard.ZstdDecompressor()
    try:
        if zstandard.frame_content_size(packed) > LARGEST_DOCUMENT:
            raise StoreError(DAMAGED)
        plain: bytes = decompressor.decompress(packed)
    except zstandard.ZstdError as error:
        raise StoreError(DAMAGED) from error
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")
