"""Installations: the Slack workspaces Stet is installed in. Tokens are sealed with the secret key.

Sealing is Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from the secret key: who copies the database
without the key has no token, and a sealed value that was tampered with does not open.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, insert, select, update

from bot.errors import StoreError
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import installations, oauth_states

STATE_AGE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One installation. ``secrets`` holds its tokens in the clear: never log it."""

    team: str
    enterprise: str
    installer: str
    installed_at: datetime
    secrets: Mapping[str, Any]
    details: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Sealed(team={self.team!r}, installer={self.installer!r})"


def put(
    tx: Tx,
    key: bytes,
    *,
    team: str,
    now: datetime,
    secrets: Mapping[str, Any],
    enterprise: str = "",
    installer: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Store an installation; a newer one of the same person replaces the older."""
    values = {"installed_at": now, "sealed": _seal(key, secrets), "details": dict(details or {})}
    same = _where(enterprise, team, installer)
    if tx.execute(update(installations).where(*same).values(values)).rowcount == 0:
        tx.execute(insert(installations).values(enterprise=enterprise, team=team, installer=installer, **values))


def find(tx: Tx, key: bytes, *, team: str, enterprise: str = "", installer: str | None = None) -> Sealed | None:
    """The newest installation in a workspace, or an installer's own. StoreError where another key sealed it."""
    terms = _where(enterprise, team, installer)
    wanted = select(installations).where(*terms).order_by(installations.c.installed_at.desc()).limit(1)
    row = tx.execute(wanted).first()
    if row is None:
        return None
    return Sealed(
        team=row.team,
        enterprise=row.enterprise,
        installer=row.installer,
        installed_at=row.installed_at,
        secrets=_open(key, row.sealed, team),
        details=row.details,
    )


def teams(tx: Tx) -> list[str]:
    """Workspaces in which Stet is installed."""
    wanted = select(installations.c.team).distinct().order_by(installations.c.team)
    return [str(row.team) for row in tx.execute(wanted)]


def remove(tx: Tx, *, team: str, enterprise: str = "", installer: str | None = None) -> int:
    """Uninstalled: forget the tokens. Returns how many installations went."""
    return tx.execute(delete(installations).where(*_where(enterprise, team, installer))).rowcount


def add_state(tx: Tx, state: str, now: datetime) -> None:
    """Remember a state of the OAuth round trip, by its hash, for ten minutes."""
    tx.execute(insert(oauth_states).values(state_sha256=rows.sha256(state), expires_at=now + STATE_AGE))


def use_state(tx: Tx, state: str, now: datetime) -> bool:
    """Whether the state is ours, fresh and used for the first time."""
    tx.execute(delete(oauth_states).where(oauth_states.c.expires_at < now))
    return tx.execute(delete(oauth_states).where(oauth_states.c.state_sha256 == rows.sha256(state))).rowcount == 1


def _where(enterprise: str, team: str, installer: str | None) -> list[Any]:
    terms = [installations.c.enterprise == enterprise, installations.c.team == team]
    return terms if installer is None else [*terms, installations.c.installer == installer]


def _fernet(key: bytes) -> Fernet:
    derived = hashlib.blake2b(key, person=b"stet-slack-oauth", digest_size=32).digest()
    return Fernet(base64.urlsafe_b64encode(derived))


def _seal(key: bytes, secrets: Mapping[str, Any]) -> bytes:
    return _fernet(key).encrypt(json.dumps(dict(secrets)).encode("utf-8"))


def _open(key: bytes, sealed: bytes, team: str) -> dict[str, Any]:
    try:
        document = json.loads(_fernet(key).decrypt(bytes(sealed)))
    except (InvalidToken, ValueError) as error:
        raise StoreError(
            "the Slack tokens were sealed with another STET_SECRET_KEY; set that one, or install the app again",
            subject=team,
        ) from error
    return dict(document)
