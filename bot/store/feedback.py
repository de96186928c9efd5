"""Feedback: what people said of an alert ("not important"), for ``stet tune``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import feedback


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One person's word on one change. ``verdict`` is ``not_important`` today."""

    at: datetime
    watch_id: int | None
    change_id: int | None
    alert_id: int | None
    verdict: str
    actor: str
    team: str
    channel: str
    details: Mapping[str, Any]


COLUMNS = rows.columns(feedback, Opinion)


def add(
    tx: Tx,
    *,
    at: datetime,
    verdict: str,
    actor: str,
    watch_id: int | None = None,
    change_id: int | None = None,
    alert_id: int | None = None,
    team: str = "",
    channel: str = "",
    details: Mapping[str, Any] | None = None,
) -> bool:
    """Remember it. False where the same person said the same of the same change before."""
    if _known(tx, verdict, actor, change_id, alert_id):
        return False
    tx.execute(
        insert(feedback).values(
            at=at,
            watch_id=watch_id,
            change_id=change_id,
            alert_id=alert_id,
            verdict=verdict,
            actor=actor,
            team=team,
            channel=channel,
            details=dict(details or {}),
        )
    )
    return True


def withdraw(tx: Tx, *, verdict: str, actor: str, change_id: int | None = None, alert_id: int | None = None) -> bool:
    """Undo. False where nothing of the kind was said."""
    return tx.execute(delete(feedback).where(*_same(verdict, actor, change_id, alert_id))).rowcount > 0


def list_(tx: Tx, *, watch_id: int | None = None, since: datetime | None = None, limit: int = 1000) -> list[Opinion]:
    """Opinions, newest first."""
    terms = []
    if watch_id is not None:
        terms.append(feedback.c.watch_id == watch_id)
    if since is not None:
        terms.append(feedback.c.at >= since)
    wanted = select(*COLUMNS).where(*terms).order_by(feedback.c.at.desc(), feedback.c.id.desc()).limit(limit)
    return [rows.load(Opinion, row) for row in tx.execute(wanted)]


def _known(tx: Tx, verdict: str, actor: str, change_id: int | None, alert_id: int | None) -> bool:
    return tx.execute(select(feedback.c.id).where(*_same(verdict, actor, change_id, alert_id))).first() is not None


def _same(verdict: str, actor: str, change_id: int | None, alert_id: int | None) -> list[Any]:
    terms = [feedback.c.verdict == verdict, feedback.c.actor == actor]
    if change_id is not None:
        return [*terms, feedback.c.change_id == change_id]
    return [*terms, feedback.c.alert_id == alert_id]
