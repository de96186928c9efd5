"""From an outbox row to the message it tells: the two versions, their comparison, the findings the route wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core import tokens
from bot.core.comparison import Comparison, Finding, Severity, from_json
from bot.core.model import Alert, AlertKind, Route, Watch
from bot.core.policy import with_severity
from bot.core.story import Story
from bot.errors import NotFound
from bot.jobs.kit import Kit
from bot.render.message import Message
from bot.store import changes, versions, watches
from bot.store.database import Tx

COMPARED = (AlertKind.CHANGE, AlertKind.HEADLINE_TEST)


def message_for(tx: Tx, kit: Kit, alert: Alert) -> Message:
    """Everything one alert says. Raises NotFound where a version it tells of was pruned."""
    watch = watches.get(tx, alert.watch_id) if alert.watch_id is not None else None
    base = _plain(kit, alert, watch)
    if watch is None:
        return base
    if alert.kind in COMPARED and alert.old_n and alert.new_n:
        return _compared(tx, kit, alert, watch, base)
    if alert.kind in (AlertKind.GONE, AlertKind.RETURNED) and alert.new_n:
        story = versions.story(tx, watch.id, alert.new_n)
        return replace(base, new=story, new_n=alert.new_n, links=_links(kit, watch, None, alert.new_n))
    return base


def comparison_of(tx: Tx, kit: Kit, watch: Watch, old_n: int, new_n: int) -> tuple[Comparison, Story, Story]:
    """The comparison of any two versions, as stored where they are neighbours, and the two texts."""
    old, new = versions.story(tx, watch.id, old_n), versions.story(tx, watch.id, new_n)
    stored = changes.between(tx, watch.id, old_n, new_n)
    if stored is not None:
        return from_json(stored.comparison), old, new
    from bot.core.compare import compare  # here: what was compared before is read without the comparator
    from bot.jobs import sitelines
    from bot.jobs.decide import compare_config

    old, new = sitelines.marked(tx, watch, old, new)
    return compare(old, new, compare_config(kit, watch, confirmed=True)), old, new


def change_message(
    tx: Tx, kit: Kit, watch: Watch, old_n: int, new_n: int, *, seen_at: datetime | None = None
) -> Message:
    """The message about two versions that no alert was written for: for the terminal, feeds and pages."""
    comparison, old, new = comparison_of(tx, kit, watch, old_n, new_n)
    if seen_at is None:
        version = versions.get(tx, watch.id, new_n)
        if version is None:
            raise NotFound("there is no such version", subject=f"story {watch.id}, version {new_n}")
        seen_at = version.seen_at
    return Message(
        kind=AlertKind.CHANGE,
        severity=comparison.severity,
        watch_id=watch.id,
        label=watch.label,
        desk=watch.desk,
        outlet=watch.outlet or new.site_name,
        old=old,
        new=new,
        old_n=old_n,
        new_n=new_n,
        comparison=comparison,
        findings=comparison.findings,
        seen_at=seen_at,
        zone=kit.zone,
        links=_links(kit, watch, old_n, new_n),
    )


def _plain(kit: Kit, alert: Alert, watch: Watch | None) -> Message:
    payload = alert.payload
    return Message(
        kind=alert.kind,
        public_id=alert.public_id,
        title=str(payload.get("title", "")),
        lines=tuple(str(line) for line in payload.get("lines", ())),
        severity=alert.severity,
        watch_id=alert.watch_id,
        label=watch.label if watch else "",
        desk=watch.desk if watch else "",
        outlet=watch.outlet if watch else "",
        route=alert.route,
        why=_why(kit, alert),
        seen_at=_moment(payload.get("seen_at")) or alert.created_at,
        zone=_zone(kit, alert.route),
        links=_links(kit, watch, None, None) if watch else _digest_link(kit, alert),
        payload=payload,
    )


def _compared(tx: Tx, kit: Kit, alert: Alert, watch: Watch, base: Message) -> Message:
    assert alert.old_n is not None and alert.new_n is not None  # noqa: S101 - asked by the caller
    comparison, old, new = comparison_of(tx, kit, watch, alert.old_n, alert.new_n)
    return replace(
        base,
        outlet=watch.outlet or new.site_name,
        old=old,
        new=new,
        old_n=alert.old_n,
        new_n=alert.new_n,
        comparison=comparison,
        findings=_wanted(comparison, alert.payload.get("findings", ())),
        edits=int(alert.payload.get("edits") or 1),
        span_minutes=int(alert.payload.get("minutes") or 0),
        links=_links(kit, watch, alert.old_n, alert.new_n),
    )


def _wanted(comparison: Comparison, brief: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """The comparison's findings that the verdict lists, weighed as the verdict weighed them; its own added."""
    if not brief:
        return comparison.findings
    left = list(comparison.findings)
    out: list[Finding] = []
    for said in brief:
        severity = Severity(said["severity"])
        found = next(
            (one for one in left if (one.kind, one.rule, one.field) == (said["kind"], said["rule"], said["field"])),
            None,
        )
        if found is None:
            found = Finding(
                kind=said["kind"],
                severity=severity,
                rule=said["rule"],
                field=said["field"],
                explanation=said.get("explanation", ""),
            )
        else:
            left.remove(found)
            found = replace(with_severity(found, severity), explanation=said.get("explanation") or found.explanation)
        out.append(found)
    return tuple(out)


def _links(kit: Kit, watch: Watch, old_n: int | None, new_n: int | None) -> dict[str, str]:
    links = {"story": watch.url} if watch.url.startswith(("http://", "https://")) else {}
    if kit.base_url:
        page = f"{kit.base_url}/stories/{watch.id}"
        links["versions"] = page
        if old_n and new_n:
            links["diff"] = f"{page}/diff/{old_n}..{new_n}"
            links["evidence"] = f"{page}/evidence/{old_n}..{new_n}.zip"
        elif new_n:
            links["diff"] = f"{page}/versions/{new_n}"
    return links


def _digest_link(kit: Kit, alert: Alert) -> dict[str, str]:
    """The permalink of a digest's page, for the reader it was made for."""
    digest = alert.payload.get("digest")
    if alert.kind is not AlertKind.DIGEST or not kit.base_url or not isinstance(digest, Mapping):
        return {}
    token = tokens.pack(kit.secret_key, "digest", alert.target.key, str(digest.get("rule", "")))
    return {"digest": f"{kit.base_url}/digests/{digest.get('local_date', '')}?d={token}"}


def _why(kit: Kit, alert: Alert) -> str:
    route = route_named(kit, alert.route)
    if route is not None:
        return f"Route “{route.name}” hears of {route.min_severity.word} changes and graver ones."
    if alert.route.startswith("slack:"):
        return "This channel follows the story."
    return ""


def route_named(kit: Kit, name: str) -> Route | None:
    """The configured route of this name."""
    return next((route for route in kit.routes if route.name == name), None)


def _zone(kit: Kit, name: str) -> str:
    route = route_named(kit, name)
    return route.timezone if route is not None else kit.zone


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None
