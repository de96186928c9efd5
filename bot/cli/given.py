"""What a command is given to read: a file's bytes, ``-`` for standard input, a story in either of its two forms."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.session import tell

if TYPE_CHECKING:
    from bot.core.story import Story

MAX_INPUT = 100_000_000
"""Bytes, before and after unpacking."""


def read_bytes(source: str) -> bytes:
    """A file's bytes, ``-`` for standard input, ``.gz`` unpacked; at most 100 MB."""
    from bot.errors import UsageError

    if source == "-":
        data = sys.stdin.buffer.read(MAX_INPUT + 1)
        name = "standard input"
    else:
        name = source
        try:
            with Path(source).open("rb") as file:
                data = file.read(MAX_INPUT + 1)
        except FileNotFoundError:
            raise UsageError("there is no such file", subject=source) from None
        except OSError as error:
            raise UsageError(f"the file cannot be read ({error.strerror})", subject=source) from None
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as unpacked:
                data = unpacked.read(MAX_INPUT + 1)
        except (OSError, EOFError):
            raise UsageError("the file is not whole gzip data", subject=name) from None
    if len(data) > MAX_INPUT:
        raise UsageError("the file holds more than 100 MB; that is no story", subject=name)
    return data


def read_story(source: str) -> Story:
    """A story from Story JSON or an HTML page. Raises UsageError or ExtractError with the file's name."""
    from bot.core.story import StoryFormatError, from_json, unknown_keys
    from bot.errors import UsageError

    data = read_bytes(source)
    if data.lstrip()[:1] != b"{":
        from bot.errors import ExtractError
        from bot.extract import extract as read

        try:
            return read(data).story
        except ExtractError as error:
            error.subject = error.subject or source
            raise
    try:
        document = json.loads(data.decode("utf-8-sig", "surrogatepass"))
        story = from_json(document)
    except (ValueError, StoryFormatError, RecursionError) as error:
        raise UsageError("this is not Story JSON", subject=source) from error
    if extra := unknown_keys(document):
        tell(f"stet: {source}: ignoring unknown keys: {', '.join(extra)}")
    return story


def encodable(story: Story) -> Story:
    """The story with U+FFFD for lone surrogates, which Story JSON may hold and no page ever does."""
    from bot.core.story import from_json, to_json

    text = json.dumps(to_json(story), ensure_ascii=False).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return from_json(json.loads(text))
