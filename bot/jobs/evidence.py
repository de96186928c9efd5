"""Evidence: two versions of a story in one archive that anybody can check later with standard tools.

The archive holds both pages as they came, the response headers, the texts read from them, the comparison (HTML, text,
JSON), and the hash chain over *all* versions of the story (``core/chain.py``), each link as the small text file whose
SHA-256 it is. ``SHA256SUMS`` names every other file. Files are stored uncompressed, in a fixed order and with fixed
times, so that the same evidence is the same bytes and any changed byte of the archive shows.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core import chain
from bot.core import comparison as comparison_
from bot.core.comparison import Comparison
from bot.core.model import Version, Watch
from bot.core.story import Story
from bot.errors import NotFound, StoreFull, UsageError
from bot.render import html, html_words, plain
from bot.render.rows import collapse, rows
from bot.store import changes, versions, watches
from bot.store.database import Database, Tx

FORMAT = "stet-evidence-1"
SUMS = "SHA256SUMS"
README = "README.txt"
MOMENT = (1980, 1, 1, 0, 0, 0)
"""The time every file in the archive bears: the times that matter are in the records."""
MAX_ARCHIVE = 512 * 1024 * 1024
MAX_FILES = 20_000

_NAME = re.compile(r"(?:version-\d{1,9}/|chain/)?[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_SUM = re.compile(r"([0-9a-f]{64})  ([^\n]+)")
_CHAIN = re.compile(r"chain/(\d{6,9})\.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """An archive made: its bytes, their SHA-256, a name for it, and what in our own record did not fit together."""

    content: bytes
    sha256: str
    name: str
    problems: tuple[str, ...] = ()


def build(
    db: Database,
    watch_id: int,
    a: int,
    b: int,
    out: Path,
    *,
    compare: Callable[[Story, Story], Comparison],
    zone: str = "UTC",
) -> Pack:
    """Write the evidence for versions ``a`` and ``b`` of a story to ``out``, whole or not at all.

    ``compare`` is asked where the pair was not compared before. Raises NotFound for an unknown or pruned version,
    UsageError for twice the same one, StoreFull where the file cannot be written.
    """
    with db.read() as tx:
        made = pack(tx, watch_id, a, b, compare=compare, zone=zone)
    try:
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(made.content)
            Path(name).replace(out)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreFull("the evidence cannot be written there; name another file", subject=str(out)) from error
    return made


def pack(
    tx: Tx, watch_id: int, a: int, b: int, *, compare: Callable[[Story, Story], Comparison], zone: str = "UTC"
) -> Pack:
    """The same as bytes. ``a`` and ``b`` in either order; see ``build``."""
    if a == b:
        raise UsageError("evidence needs two different versions", subject=f"version {a}")
    first, last = sorted((a, b))
    watch = watches.get(tx, watch_id)
    if watch is None:
        raise NotFound("there is no such story", subject=str(watch_id))
    files: dict[str, bytes] = {}
    all_versions = versions.list_(tx, watch_id)
    by_number = {version.n: version for version in all_versions}
    for n in (first, last):
        if n not in by_number:
            raise NotFound("there is no such version", subject=f"story {watch_id}, version {n}")
        files |= _version_files(tx, by_number[n])
    problems = _chain_files(all_versions, files)
    old, new = (versions.story(tx, watch_id, n) for n in (first, last))
    stored = changes.between(tx, watch_id, first, last)
    comparison = comparison_.from_json(stored.comparison) if stored and stored.comparison else compare(old, new)
    files |= _comparison_files(watch, by_number[first], by_number[last], old, new, comparison, zone)
    files[README] = _readme(watch, by_number[first], by_number[last], len(all_versions), files, problems, zone)
    files[SUMS] = _sums(files)
    content = archive(files)
    return Pack(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        name=f"stet-story-{watch_id}-versions-{first}-{last}.zip",
        problems=tuple(problems),
    )


def archive(files: Mapping[str, bytes]) -> bytes:
    """The files as a ZIP archive, byte for byte the same for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=MOMENT)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            made.writestr(entry, files[name])
    return buffer.getvalue()


def verify(path: Path) -> list[str]:
    """What is wrong with an archive, one line each; empty when every byte is as it was made.

    Nothing is written to disk, and names, counts and sizes are checked before a file is read. Raises UsageError where
    the file cannot be read at all.
    """
    try:
        if path.stat().st_size > MAX_ARCHIVE:
            return ["the archive is larger than any that Stet makes"]
        content = path.read_bytes()
    except OSError as error:
        raise UsageError("the evidence cannot be read", subject=str(path)) from error
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            problems = _unsafe(opened)
            if problems:
                return problems
            files = {entry.filename: opened.read(entry) for entry in opened.infolist()}
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        return [f"this is no sound ZIP archive: {error}"]
    problems = [*_wrong_sums(files), *_wrong_chain(files), *_wrong_versions(files)]
    if not problems and archive(files) != content:
        problems.append("the archive itself was changed or packed anew, though every file in it is as it was")
    return problems


def _version_files(tx: Tx, version: Version) -> dict[str, bytes]:
    folder = f"version-{version.n}/"
    record = {
        "format": FORMAT,
        "version": version.n,
        "seen_at": version.seen_at.isoformat(),
        "final_url": version.final_url,
        "status": version.status,
        "recipe": version.recipe,
        "fingerprint": version.fingerprint,
        "raw_sha256": version.raw_sha256,
        "story_sha256": version.story_sha256,
        "chain": version.chain,
    }
    files = {
        f"{folder}record.json": _json(record),
        f"{folder}headers.txt": chain.headers_text(version.headers).encode("utf-8"),
        f"{folder}story.json": versions.story_text(tx, version.watch_id, version.n),
    }
    page = versions.raw(tx, version.watch_id, version.n)
    if page is not None:
        files[f"{folder}page.raw"] = page
    return files


def _chain_files(all_versions: Sequence[Version], files: dict[str, bytes]) -> list[str]:
    """Add each link as the text it is the hash of; returns where our own record does not fit."""
    problems = []
    previous = ""
    for version in all_versions:
        text = chain.link_text(
            previous,
            n=version.n,
            seen_at=version.seen_at,
            raw_sha256=version.raw_sha256,
            story_sha256=version.story_sha256,
            headers_sha256=chain.headers_sha256(version.headers),
        ).encode("utf-8")
        files[f"chain/{version.n:06d}.txt"] = text
        if hashlib.sha256(text).hexdigest() != version.chain:
            problems.append(f"the record of version {version.n} does not fit its link in the chain")
        previous = version.chain
    return problems


def _comparison_files(
    watch: Watch, a: Version, b: Version, old: Story, new: Story, comparison: Comparison, zone: str
) -> dict[str, bytes]:
    shown = collapse(rows(comparison, old, new))
    lines = [
        f"{plain.one_line(new.headline or old.headline)}",
        f"{plain.one_line(watch.url)}",
        f"version {a.n}, {html_words.local(a.seen_at, zone)}",
        f"version {b.n}, {html_words.local(b.seen_at, zone)}",
        "",
        *(f"* {plain.finding_line(finding)}" for finding in comparison.findings),
        "",
        *(plain.row_line(row) for row in shown),
    ]
    page = html.standalone(
        comparison,
        old,
        new,
        title=new.headline or old.headline or watch.url,
        url=watch.url,
        heads=(f"Version {a.n}", f"Version {b.n}"),
        times=(a.seen_at, b.seen_at),
        zone=zone,
    )
    return {
        "comparison.json": _json(comparison_.to_json(comparison)),
        "comparison.txt": ("\n".join(lines) + "\n").encode("utf-8", "replace"),
        "comparison.html": page.encode("utf-8", "replace"),
    }


def _readme(
    watch: Watch,
    a: Version,
    b: Version,
    count: int,
    files: Mapping[str, bytes],
    problems: Sequence[str],
    zone: str,
) -> bytes:
    pages = [
        f"version-{version.n}/page.raw"
        + ("" if f"version-{version.n}/page.raw" in files else " is missing: it was past the time pages are kept")
        for version in (a, b)
    ]
    trouble = "".join(f"ATTENTION: {line}\n" for line in problems)
    text = f"""Evidence: two versions of one story
===================================

Story      {plain.one_line(watch.url)}
Outlet     {plain.one_line(watch.outlet) or "not named"}
Version {a.n}  seen {a.seen_at.astimezone(UTC).isoformat()} ({html_words.local(a.seen_at, zone)})
           {plain.one_line(a.headline)}
Version {b.n}  seen {b.seen_at.astimezone(UTC).isoformat()} ({html_words.local(b.seen_at, zone)})
           {plain.one_line(b.headline)}
{trouble}
What is in here
---------------
{chr(10).join(pages)}
    the page exactly as it came from the site
version-N/headers.txt   the response headers
version-N/story.json    the text that was read from the page
version-N/record.json   address, status, time, hashes
comparison.html .txt .json   what differs
chain/                  one small file for each of the {count} versions of the story
{SUMS}              SHA-256 of every other file

How to verify
-------------
1. Unpack, then:             sha256sum --check {SUMS}
   (macOS: shasum -a 256 --check {SUMS})
2. The chain:                sha256sum chain/*.txt
   The sum of each file is named as "previous" in the next one, so no version can be
   changed, left out or slipped in without changing every later sum.
3. Each version:             sha256sum version-{a.n}/* version-{b.n}/*
   page.raw, story.json and headers.txt have the sums that chain/{a.n:06d}.txt and
   chain/{b.n:06d}.txt name as "raw", "story" and "headers".
4. All of it at once:        stet evidence verify FILE.zip

What it shows, and what it does not
-----------------------------------
It shows what this installation received, when by its clock, and that nothing in this
archive was changed since. Whoever runs the installation could have made another
archive: if that may be doubted, note the SHA-256 of this file somewhere they do not
control (a mail to a colleague, a timestamping service) on the day it is made.
"""
    return text.encode("utf-8", "replace")


def _sums(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode("ascii")


def _unsafe(opened: zipfile.ZipFile) -> list[str]:
    """Why this archive is not even read: names that lead elsewhere, too many or too large files, names twice."""
    entries = opened.infolist()
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_ARCHIVE:
        return ["the archive claims more than any that Stet makes"]
    names = [entry.filename for entry in entries]
    problems = [
        f"{plain.one_line(name, 80)!r} is no name that Stet gives" for name in names if not _NAME.fullmatch(name)
    ]
    if len(set(names)) < len(names):
        problems.append("a name stands in the archive twice")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
        problems.append("a file in the archive is compressed or locked; Stet stores them plainly")
    return problems[:20]


def _wrong_sums(files: Mapping[str, bytes]) -> list[str]:
    if SUMS not in files:
        return [f"{SUMS} is missing"]
    listed: dict[str, str] = {}
    for line in files[SUMS].decode("ascii", "replace").splitlines():
        match = _SUM.fullmatch(line)
        if match is None or match.group(2) in listed:
            return [f"{SUMS} holds a line that is no checksum"]
        listed[match.group(2)] = match.group(1)
    present = set(files) - {SUMS}
    problems = [f"{plain.one_line(name, 80)} is missing" for name in sorted(set(listed) - present)]
    problems += [f"{name} is not in {SUMS}" for name in sorted(present - set(listed))]
    problems += [
        f"{name} was changed"
        for name in sorted(present & set(listed))
        if hashlib.sha256(files[name]).hexdigest() != listed[name]
    ]
    return problems


def _wrong_chain(files: Mapping[str, bytes]) -> list[str]:
    links = sorted(name for name in files if _CHAIN.fullmatch(name))
    if not links:
        return ["the hash chain is missing"]
    previous = chain.NONE
    for place, name in enumerate(links, start=1):
        told = _told(files[name])
        if told.get("version") != str(place) or name != f"chain/{place:06d}.txt":
            return [f"the hash chain has a gap before {name}"]
        if told.get("previous") != previous:
            return [f"the hash chain is broken at version {place}"]
        previous = hashlib.sha256(files[name]).hexdigest()
    return []


def _wrong_versions(files: Mapping[str, bytes]) -> list[str]:
    problems = []
    folders = sorted({name.partition("/")[0] for name in files if name.startswith("version-")})
    if len(folders) != 2:
        problems.append("two versions are wanted")
    for folder in folders:
        link = files.get(f"chain/{int(folder.removeprefix('version-')):06d}.txt")
        if link is None:
            problems.append(f"{folder} has no link in the hash chain")
            continue
        told = _told(link)
        for file, key in (("page.raw", "raw"), ("story.json", "story"), ("headers.txt", "headers")):
            content = files.get(f"{folder}/{file}")
            if content is None:
                if file != "page.raw":
                    problems.append(f"{folder}/{file} is missing")
                continue
            found = hashlib.sha256(content).hexdigest() if content or key != "headers" else chain.NONE
            if told.get(key) != found:
                problems.append(f"{folder}/{file} is not what the hash chain names")
    return problems


def _told(link: bytes) -> dict[str, str]:
    pairs = (line.partition(" ") for line in link.decode("utf-8", "replace").splitlines())
    return {key: value for key, _, value in pairs}


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=True, default=_iso) + "\n").encode("ascii")


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")
