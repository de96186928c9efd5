"""Large pages are read in a process of their own, with a deadline and a limit of memory; all others at once, here.

``read`` is ``extract`` with one more promise: no page holds up or ends the program that reads it, whatever a parser
makes of it. Pages up to ``LARGE`` bytes are read in this process: the worst known ones of that size take about a
second. For a larger one a child is started when the first comes, and kept for the next. It is a fresh interpreter
(never a fork of a process with threads and database handles), knows no secret of ours, and limits itself: memory by
RLIMIT_AS, CPU time page by page by RLIMIT_CPU. A child that dies, or has not answered when the time is over, is killed
and waited for, the page gets an ExtractError of kind ``too_large``, and the next large page starts another child.

One page at a time: other threads wait for their turn, which bounds the memory of all readers together. What goes
through the pipes is JSON, for the child reads what strangers wrote and is not believed more than they are. It ends when
its input ends, so it cannot outlive its parent by more than one page.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any

from bot.core.story import from_json, to_json
from bot.errors import ExtractError
from bot.extract.page import MAX_BYTES, Extraction, extract
from bot.extract.rules import OutletRules, Previous
from bot.extract.sieve import DroppedLine

LARGE = 1_000_000
"""Bytes of a page above which it is read in the child."""
SECONDS = 20.0
"""Seconds of CPU time, and three times as many by the clock, that one page may take."""
MEMORY = 1 << 30
"""Bytes of address space that the child may take."""
PAGES = 200
"""A child is replaced after so many pages, so that no leak of a parser grows without end."""
MAX_ANSWER = 64_000_000
_LENGTH = struct.Struct(">Q")


def read(html: bytes, **given: Any) -> Extraction:
    """``extract(html, **given)``, in the child where the page is large. Raises ExtractError and nothing else."""
    if not LARGE < len(html) <= MAX_BYTES or os.name != "posix":
        return extract(html, **given)
    return _reader.read(html, **given)


def close() -> None:
    """End the child; a later large page starts another."""
    _reader.close()


class Reader:
    """One child process and the pipes to it. Safe to use from many threads; ``close`` it."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._read = 0

    @property
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        child = self._child
        return child.pid if child is not None else None

    def read(self, html: bytes, **given: Any) -> Extraction:
        """Read one page in the child."""
        subject = str(given.get("final_url") or given.get("url") or "")
        request = json.dumps({**_packed(given), "seconds": self._seconds}).encode()
        with self._turn:
            try:
                answer = self._asked(request, html)
            except TimeoutError as error:
                self._end(kill=True)
                raise _too_large(f"reading the page took more than {self._seconds:.0f} s", subject) from error
            except (OSError, ValueError, EOFError) as error:
                code = self._end(kill=True)
                if code == -signal.SIGXCPU:
                    raise _too_large(f"reading the page took more than {self._seconds:.0f} s", subject) from error
                raise _too_large(f"reading the page ended its reader (exit {code})", subject) from error
            self._read += 1
            if self._read >= PAGES:
                self._end()
        if "error" in answer:
            told = answer["error"]
            if told["kind"] == "memory":
                raise _too_large(f"reading the page took more than {self._memory >> 20} MB of memory", subject)
            raise ExtractError(told["message"], kind=told["kind"], subject=told["subject"], **told.get("more", {}))
        return _unpacked(answer)

    def close(self) -> None:
        """End the child and wait for it."""
        with self._turn:
            self._end()

    def _asked(self, request: bytes, html: bytes) -> dict[str, Any]:
        child = self._child
        if child is None or child.poll() is not None:
            self._end(kill=True)
            child = self._child = self._started()
        deadline = time.monotonic() + 3 * self._seconds
        assert child.stdin is not None and child.stdout is not None  # noqa: S101 - both are pipes
        _send(child.stdin, _LENGTH.pack(len(request)) + request + _LENGTH.pack(len(html)) + html, deadline)
        (length,) = _LENGTH.unpack(_receive(child.stdout, _LENGTH.size, deadline))
        if length > MAX_ANSWER:
            raise ValueError("the reader's answer is too long")
        answer = json.loads(_receive(child.stdout, length, deadline))
        if not isinstance(answer, dict):
            raise ValueError("the reader's answer is no object")
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        self._read = 0
        known = {name: value for name, value in os.environ.items() if not name.startswith("STET_")}
        known["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), known.get("PYTHONPATH"))))
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-W", "ignore", "-m", "bot.extract.apart", str(self._memory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, env=known,
        )  # fmt: skip
        for pipe in (child.stdin, child.stdout):
            os.set_blocking(pipe.fileno(), False)  # type: ignore[union-attr]  # both are pipes
        return child

    def _end(self, *, kill: bool = False) -> int | None:
        """The child's exit code; it is gone and its pipes are closed when this returns."""
        child, self._child = self._child, None
        if child is None:
            return None
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        if kill and child.poll() is None:
            try:  # one that is ending by itself tells why
                return child.wait(0.2)
            except subprocess.TimeoutExpired:
                child.kill()
        try:
            return child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


def _too_large(what: str, subject: str) -> ExtractError:
    advice = "name the body of its stories by a selector, or remove its heavy parts, in an [[outlet]] section"
    return ExtractError(f"{what} and was stopped; {advice}", kind="too_large", subject=subject)


def _send(pipe: IO[bytes], data: bytes, deadline: float) -> None:
    left = memoryview(data)
    with selectors.DefaultSelector() as ready:
        ready.register(pipe, selectors.EVENT_WRITE)
        while left:
            _wait(ready, deadline)
            left = left[os.write(pipe.fileno(), left[:1_000_000]) :]


def _receive(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    with selectors.DefaultSelector() as ready:
        ready.register(pipe, selectors.EVENT_READ)
        while length:
            _wait(ready, deadline)
            part = os.read(pipe.fileno(), min(length, 1_000_000))
            if not part:
                raise EOFError("the reader ended")
            parts.append(part)
            length -= len(part)
    return b"".join(parts)


def _wait(ready: selectors.BaseSelector, deadline: float) -> None:
    if not ready.select(max(0.0, deadline - time.monotonic())):
        raise TimeoutError


def _packed(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``extract`` as JSON."""
    packed = dict(given)
    if packed.get("rules") is not None:
        packed["rules"] = {one.name: getattr(packed["rules"], one.name) for one in fields(OutletRules)}
        packed["rules"]["selectors"] = dict(packed["rules"]["selectors"])
    if packed.get("previous") is not None:
        packed["previous"] = {**asdict(packed["previous"]), "sketch": sorted(packed["previous"].sketch)}
    return packed


def _arguments(packed: dict[str, Any]) -> dict[str, Any]:
    """What ``_packed`` packed."""
    given = dict(packed)
    if given.get("rules") is not None:
        rules: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in given["rules"].items()
        }
        given["rules"] = OutletRules(**rules)
    if given.get("previous") is not None:
        given["previous"] = _previous(given["previous"])
    return given


def _previous(packed: Mapping[str, Any]) -> Previous:
    return Previous(**{**packed, "sketch": frozenset(packed["sketch"])})


def _answer(found: Extraction) -> dict[str, Any]:
    packed = {one.name: getattr(found, one.name) for one in fields(Extraction)}
    return {
        **packed,
        "story": to_json(found.story),
        "sources": dict(found.sources),
        "remembered": {**asdict(found.remembered), "sketch": sorted(found.remembered.sketch)},
        "dropped": [[line.text, line.rule] for line in found.dropped],
    }


def _unpacked(answer: dict[str, Any]) -> Extraction:
    return Extraction(
        **{
            **answer,
            "story": from_json(answer["story"]),
            "remembered": _previous(answer["remembered"]),
            "dropped": tuple(DroppedLine(text, rule) for text, rule in answer["dropped"]),
        }
    )


# --- the child


def _limited(memory: int) -> None:
    import resource

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux":  # others know the limit and do not keep it, or refuse it
        resource.setrlimit(resource.RLIMIT_AS, (memory if most < 0 else min(memory, most), most))


def _given(seconds: float) -> None:
    """So much CPU time from now on; the kernel ends what takes more."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if most < 0 else min(soft, most), most))


def _one(request: bytes, html: bytes) -> dict[str, Any]:
    given = json.loads(request)
    _given(given.pop("seconds"))
    try:
        return _answer(extract(html, **_arguments(given)))
    except ExtractError as error:
        kind = "memory" if isinstance(error.__cause__, MemoryError) else error.kind
        detail = getattr(error, "detail", "")
        more = {"detail": detail} if detail else {}
        return {"error": {"kind": kind, "message": error.message, "subject": error.subject or "", "more": more}}
    except MemoryError:
        return {"error": {"kind": "memory", "message": "", "subject": ""}}


def _child(memory: int) -> None:
    _limited(memory)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(_LENGTH.size):
        request = source.read(_LENGTH.unpack(head)[0])
        html = source.read(_LENGTH.unpack(source.read(_LENGTH.size))[0])
        answer = json.dumps(_one(request, html)).encode()
        del html
        sink.write(_LENGTH.pack(len(answer)) + answer)
        sink.flush()


_ROOT = Path(__file__).parents[2]
_reader = Reader()
atexit.register(close)

if __name__ == "__main__":
    _child(int(sys.argv[1]))
