"""Versions: every distinct text of a story, numbered from 1 without gaps, chained by hash, with its raw page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bot.core import chain
from bot.core.model import Version
from bot.core.story import Story, from_json, to_json
from bot.errors import NotFound
from bot.store import rows, search
from bot.store.database import Tx
from bot.store.tables import snapshots, versions, watches
from bot.store.types import load

COLUMNS = rows.columns(versions, Version)
HISTORY = 50
"""Versions the judge looks back on."""

_THIS = versions.c.watch_id == bindparam("watch")
_LOCK = select(watches.c.id).where(watches.c.id == bindparam("watch")).with_for_update()
_ONE = select(*COLUMNS).where(_THIS, versions.c.n == bindparam("number"))
_LATEST = select(*COLUMNS).where(_THIS).order_by(versions.c.n.desc()).limit(1)
_LIKE = (
    select(*COLUMNS).where(_THIS, versions.c.fingerprint == bindparam("print")).order_by(versions.c.n.desc()).limit(1)
)
_TEXT = select(versions.c.story).where(_THIS, versions.c.n == bindparam("number"))
_PAST = (
    select(
        versions.c.n,
        versions.c.seen_at.label("at"),
        versions.c.headline_hash,
        versions.c.body_hash,
        versions.c.fingerprint,
    )
    .where(_THIS)
    .order_by(versions.c.n.desc())
    .limit(HISTORY)
)
_NEW = insert(versions)
_KEPT = select(snapshots.c.sha256).where(snapshots.c.sha256 == bindparam("digest"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVersion:
    """What the judge needs to know of an earlier version. Its hashes are those of ``core.history``: equal hashes are
    texts that read the same."""

    n: int
    at: datetime
    headline_hash: str
    body_hash: str
    fingerprint: str


def add(
    tx: Tx,
    watch_id: int,
    *,
    story: Story,
    seen_at: datetime,
    recipe: str,
    fingerprint: str,
    raw: bytes | None,
    final_url: str,
    status: int,
    headers: Iterable[tuple[str, str]],
    now: datetime,
    raw_sha256: str | None = None,
    hashes: tuple[str, str] | None = None,
) -> Version:
    """Store the next version of a story, and its raw page (None: none is kept). Returns it with its number.

    The number is the last one plus one; the watch's ``latest_n``, ``headline`` and ``is_live`` follow, and the
    text can be searched. Two workers cannot number at once: on PostgreSQL the watch's row is locked. ``raw_sha256``:
    the page's hash in hex, ``hashes`` those of headline and body (``core.history``), where they are known. Raises
    NotFound for an unknown watch.
    """
    if tx.execute(_LOCK, {"watch": watch_id}).first() is None:
        raise NotFound("there is no such watch", subject=str(watch_id))
    before = latest(tx, watch_id)
    n = before.n + 1 if before else 1
    text = story_bytes(story)
    received = tuple((str(name), str(value)) for name, value in headers)
    page_sha256 = _keep_raw(tx, raw, raw_sha256, now) if raw is not None else None
    story_sha256 = hashlib.sha256(text).hexdigest()
    stored: dict[str, Any] = {
        "watch_id": watch_id,
        "n": n,
        "seen_at": seen_at,
        "fingerprint": fingerprint,
        "headline": story.headline,
        "words": story.words,
        "recipe": recipe,
        "raw_sha256": page_sha256,
        "story_sha256": story_sha256,
        "chain": chain.link(
            before.chain if before else "",
            n=n,
            seen_at=seen_at,
            raw_sha256=page_sha256,
            story_sha256=story_sha256,
            headers_sha256=chain.headers_sha256(received),
        ),
        "final_url": final_url,
        "status": status,
        "headers": received,
    }
    headline_hash, body_hash = hashes or _hashes(story)
    more = {"headline_hash": headline_hash, "body_hash": body_hash, "stored_at": now, "story": text}
    done = tx.execute(_NEW, {**stored, **more})
    rows.change(tx, watches, watch_id, {"latest_n": n, "headline": story.headline, "is_live": story.is_live})
    search.index(tx, watch_id, n, story)
    return Version(id=rows.stored_as(done), **stored)


def get(tx: Tx, watch_id: int, n: int) -> Version | None:
    """One version by its number."""
    row = tx.execute(_ONE, {"watch": watch_id, "number": n}).first()
    return None if row is None else rows.load(Version, row)


def latest(tx: Tx, watch_id: int) -> Version | None:
    """The newest version."""
    row = tx.execute(_LATEST, {"watch": watch_id}).first()
    return None if row is None else rows.load(Version, row)


def list_(tx: Tx, watch_id: int) -> list[Version]:
    """All versions of a story, oldest first."""
    wanted = select(*COLUMNS).where(versions.c.watch_id == watch_id).order_by(versions.c.n)
    return [rows.load(Version, row) for row in tx.execute(wanted)]


def by_fingerprint(tx: Tx, watch_id: int, fingerprint: str) -> Version | None:
    """The newest version with exactly this text."""
    row = tx.execute(_LIKE, {"watch": watch_id, "print": fingerprint}).first()
    return None if row is None else rows.load(Version, row)


def history(tx: Tx, watch_id: int) -> list[PastVersion]:
    """The last HISTORY versions, oldest first, without their texts."""
    return [rows.load(PastVersion, row) for row in tx.execute(_PAST, {"watch": watch_id})][::-1]


def story(tx: Tx, watch_id: int, n: int) -> Story:
    """The text of a version. Raises NotFound where there is none, or where it was pruned."""
    return from_json(load(story_text(tx, watch_id, n)))


def story_text(tx: Tx, watch_id: int, n: int) -> bytes:
    """The canonical Story JSON of a version, byte for byte what ``story_sha256`` was taken of. Raises NotFound."""
    row = tx.execute(_TEXT, {"watch": watch_id, "number": n}).first()
    if row is None:
        raise NotFound("there is no such version", subject=f"story {watch_id}, version {n}")
    if row.story is None:
        raise NotFound("the text of this version was pruned", subject=f"story {watch_id}, version {n}")
    text: bytes = row.story
    return text


def kept(tx: Tx, watch_id: int, n: int) -> bool:
    """Whether the text of a version is still there: False where it was pruned, or there is no such version."""
    wanted = select(versions.c.id).where(
        versions.c.watch_id == watch_id, versions.c.n == n, versions.c.story.is_not(None)
    )
    return tx.execute(wanted).first() is not None


def raw(tx: Tx, watch_id: int, n: int) -> bytes | None:
    """The page as it came, None where it was not kept or was pruned."""
    wanted = (
        select(snapshots.c.raw)
        .join(versions, versions.c.raw_sha256 == snapshots.c.sha256)
        .where(versions.c.watch_id == watch_id, versions.c.n == n)
    )
    page: bytes | None = tx.execute(wanted).scalar_one_or_none()
    return page


def set_recipe(tx: Tx, watch_id: int, n: int, recipe: str) -> bool:
    """Another recipe reads this version's page the same way: remember that. False where there is no such version."""
    wanted = update(versions).where(versions.c.watch_id == watch_id, versions.c.n == n)
    return tx.execute(wanted.values(recipe=recipe)).rowcount == 1


def story_bytes(story: Story) -> bytes:
    """Canonical Story JSON: sorted keys, no spaces, ASCII."""
    return json.dumps(to_json(story), ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def _hashes(story: Story) -> tuple[str, str]:
    from bot.core.history import body_hash, headline_hash  # folding text is for writers: who only reads starts sooner

    return headline_hash(story), body_hash(story)


def _keep_raw(tx: Tx, page: bytes, digest: str | None, now: datetime) -> str:
    digest = digest or hashlib.sha256(page).hexdigest()
    if tx.execute(_KEPT, {"digest": digest}).first() is None:
        tx.execute(rows.insert_new(tx, snapshots), {"sha256": digest, "size": len(page), "stored_at": now, "raw": page})
    return digest
