"""A digest as a mail, as text, as HTML, and as the plain view that pages and Slack show.

Order is fixed: corrections, stories gone, headlines, text, what changed back, minor ones by outlet, trouble, numbers.
When a mail grows beyond its size, minor lines go first; corrections are shortened last and never left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from bot.core import tokens
from bot.core.digest import Digest, Entry, Numbers, Trouble, counted_sections, from_json, verdict
from bot.render.email import MAX_HTML, MAX_TEXT, WebLink
from bot.render.letter import Letter, Letterhead, inlined, slug
from bot.render.phrases import counted, day, local_time, one_line, shorten, web_address, zone_of
from bot.render.templates import fill

TITLES = {
    "corrections": "Corrections and clarifications",
    "gone": "Deleted or withdrawn",
    "headlines": "Headlines",
    "texts": "Significant changes in the text",
    "reverted": "Changed and changed back",
    "minor": "Smaller changes",
}
CAPS: tuple[Mapping[str, int], ...] = (
    {},
    {"minor": 60},
    {"minor": 20, "reverted": 20},
    {"minor": 0, "reverted": 10, "headlines": 40},
    {"minor": 0, "reverted": 5, "headlines": 15, "texts": 5, "gone": 40},
    {"minor": 0, "reverted": 0, "headlines": 5, "texts": 2, "gone": 15, "detail": 0},
    {"minor": 0, "reverted": 0, "headlines": 0, "texts": 0, "gone": 5, "detail": -1},
)
"""How many stories of a section are shown, tried in this order until the mail fits. ``detail`` 0 shortens notes and
leaves out was/now pairs, -1 leaves a line for each story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story as shown: its headline, what it was, details, and where to read on."""

    headline: str
    headline_before: str = ""
    meta: tuple[str, ...] = ()
    remark: str = ""
    notes: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str, str], ...] = ()
    """``(place, before, after)``."""
    summary: str = ""
    link: WebLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section. ``groups`` holds the stories by outlet where ``by_outlet``, else one group without a name."""

    key: str
    title: str
    groups: tuple[tuple[str, tuple[Item, ...]], ...]
    more: int = 0
    by_outlet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A digest in words. ``page`` is its permalink, if readers can reach our pages."""

    subject: str
    title: str
    verdict: str
    period: str
    covers: str
    sections: tuple[Section, ...]
    also: tuple[str, ...]
    trouble: tuple[str, ...]
    numbers: tuple[str, ...]
    page: WebLink | None = None


def view(
    digest: Digest, *, base_url: str = "", page: str = "", prefix: str = "[Stet]", caps: Mapping[str, int] | None = None
) -> View:
    """The digest in words, for any renderer. ``caps`` limits sections as CAPS does."""
    caps = caps or {}
    named = day(datetime.combine(digest.local_date, datetime.min.time()))
    counts = ", ".join(counted_sections(digest)) or ("all quiet" if digest.is_empty else "new stories only")
    return View(
        subject=f"{prefix} {named}: {counts}".strip(),
        title=f"{'The week to ' if digest.period > 1 else ''}{named} {digest.local_date.year}",
        verdict=verdict(digest),
        period=_period(digest),
        covers=_covers(digest),
        sections=tuple(_sections(digest, base_url, caps)),
        also=tuple(_also(digest)),
        trouble=tuple(_trouble(one, digest.zone) for one in digest.trouble),
        numbers=_numbers(digest.numbers, digest.zone),
        page=WebLink(words="Read this digest as a page", address=page) if web_address(page) else None,
    )


def _period(digest: Digest) -> str:
    """``Mon 20 Nov 07:00 – Tue 21 Nov 07:00, Europe/London``."""
    zone = zone_of(digest.zone)
    ends = [moment.astimezone(zone) for moment in (digest.start, digest.end)]
    return " – ".join(f"{day(end)} {end:%H:%M}" for end in ends) + f", {zone.key}"


def _covers(digest: Digest) -> str:
    if digest.listed_from > digest.start:
        since = local_time(digest.listed_from, digest.zone)
        return f"No digest went out for {counted(digest.days, 'day')}; changes since {since} are listed."
    if digest.late:
        return f"Covers {counted(digest.days, 'day')}, because no digest went out in between."
    return ""


def _sections(digest: Digest, base_url: str, caps: Mapping[str, int]) -> list[Section]:
    out = []
    detail = caps.get("detail", 1)
    for key, title in TITLES.items():
        entries: Sequence[Entry] = getattr(digest, key)
        cap = caps.get(key, len(entries))
        shown = entries[:cap]
        if not entries:
            continue
        brief = key == "minor"
        items = [(entry.outlet, _item(entry, digest.zone, base_url, -1 if brief else detail)) for entry in shown]
        if brief:
            groups = tuple(
                (outlet or "Other", tuple(item for _, item in found))
                for outlet, found in groupby(items, key=lambda pair: pair[0])
            )
        else:
            groups = (("", tuple(item for _, item in items)),)
        out.append(Section(key=key, title=title, groups=groups, more=len(entries) - len(shown), by_outlet=brief))
    return out


def _item(entry: Entry, zone: str, base_url: str, detail: int) -> Item:
    long = detail > 0
    notes = entry.notes if long else tuple(shorten(note, 160) for note in entry.notes[:1]) if detail == 0 else ()
    return Item(
        headline=shorten(entry.headline, 200),
        headline_before=shorten(entry.headline_before, 200) if detail >= 0 else "",
        meta=tuple(_meta(entry, zone)),
        remark=entry.remark,
        notes=notes,
        pairs=tuple((pair.place, pair.before, pair.after) for pair in entry.pairs) if long else (),
        summary=entry.summary if detail == -1 or (long and not entry.pairs and not entry.notes) else "",
        link=_steps_link(entry, base_url),
    )


def _meta(entry: Entry, zone: str) -> list[str]:
    out = [entry.outlet] if entry.outlet else []
    if entry.times > 1:
        out.append(f"changed {counted(entry.times, 'time')}")
    if entry.last_at is not None:
        out.append(f"last {_clock(entry.last_at, zone)}" if entry.times > 1 else _clock(entry.last_at, zone))
    if entry.told_at:
        out.append("alerted " + ", ".join(_clock(at, zone) for at in entry.told_at[:3]))
    return out


def _clock(at: datetime, zone: str) -> str:
    local = at.astimezone(zone_of(zone))
    return f"{local:%H:%M} on {day(local)}"


def _steps_link(entry: Entry, base_url: str) -> WebLink | None:
    if base_url:
        story = f"{base_url.rstrip('/')}/stories/{entry.watch_id}"
        if entry.old_n and entry.new_n and entry.old_n < entry.new_n:
            words = f"See all {entry.times} steps" if entry.times > 1 else "See it side by side"
            return WebLink(
                words=words, address=story if entry.times > 1 else f"{story}/diff/{entry.old_n}..{entry.new_n}"
            )
        return WebLink(words="See its versions", address=story)
    return WebLink(words="Open the story", address=entry.url) if web_address(entry.url) else None


def _also(digest: Digest) -> list[str]:
    out = []
    if digest.trivial:
        out.append(f"Also {counted(digest.trivial, 'story', 'stories')} with trivial edits (typos, punctuation).")
    if digest.new:
        by_outlet: dict[str, int] = {}
        for entry in digest.new:
            by_outlet[entry.outlet or "other"] = by_outlet.get(entry.outlet or "other", 0) + 1
        listed = ", ".join(f"{outlet} {number:,}" for outlet, number in sorted(by_outlet.items()))
        out.append(f"Now watching {counted(len(digest.new), 'new story', 'new stories')}: {listed}.")
    if digest.elsewhere:
        out.append(
            f"{counted(digest.elsewhere, 'story', 'stories').capitalize()} left out: in your other digest of today."
        )
    return out


def _trouble(one: Trouble, zone: str) -> str:
    since = f" since {_clock(one.since, zone)}" if one.since else ""
    return f"{shorten(one.subject, 120)}: {shorten(one.what, 200)}{since}"


def _numbers(numbers: Numbers, zone: str) -> tuple[str, ...]:
    first = f"{counted(numbers.watched, 'story', 'stories')} watched, {numbers.checked:,} checked"
    if numbers.last_check_at:
        first += f", last check {_clock(numbers.last_check_at, zone)}"
    outlets = ", ".join(f"{outlet or 'other'} {number:,}" for outlet, number in numbers.by_outlet[:20])
    second = counted(numbers.changes, "change") + (f" by outlet: {outlets}" if outlets else "")
    return (first + ".", second + ".")


def page_address(letterhead: Letterhead, digest: Digest, recipient: str) -> str:
    """The permalink of a recipient's digest: ``/digests/2026-11-21?d=TOKEN``; empty where there can be none.

    The token is ``tokens.pack(secret, "digest", RECIPIENT, RULE)``; RECIPIENT is the target's key.
    """
    if not letterhead.secret_key or not letterhead.base_url:
        return ""
    token = tokens.pack(letterhead.secret_key, "digest", recipient, digest.rule)
    return letterhead.page(f"digests/{digest.local_date.isoformat()}?d={token}")


def html(digest: Digest, *, base_url: str = "", **more: Any) -> str:
    """A whole HTML page in the mail's own dress, within MAX_HTML bytes."""
    return _within(digest, "email/digest/body.html", MAX_HTML, base_url=base_url, **more)


def text(digest: Digest, *, base_url: str = "", **more: Any) -> str:
    """The same as plain text."""
    return _within(digest, "email/digest/body.txt", MAX_TEXT, base_url=base_url, **more)


def _within(
    digest: Digest,
    template: str,
    limit: int,
    *,
    base_url: str = "",
    page: str = "",
    prefix: str = "[Stet]",
    why: str = "",
    foot_links: Sequence[WebLink] = (),
) -> str:
    said = ""
    for caps in CAPS:
        shown = view(digest, base_url=base_url, page=page, prefix=prefix, caps=caps)
        values = {"title": shown.subject, "preheader": shorten(shown.verdict, 90), "digest": shown, "why": why}
        said = fill(template, {**values, "foot_links": foot_links, "cut": bool(caps)})
        said = inlined(said) if template.endswith(".html") else said
        if len(said.encode()) <= limit:
            break
    return said


def digest_letter(payload: Mapping[str, Any], *, recipient: str, letterhead: Letterhead) -> Letter:
    """The mail of a digest alert. ``payload["digest"]`` is the JSON of ``core/digest.py``."""
    digest = from_json(payload["digest"])
    wanted = (
        ("Change when it comes", letterhead.settings_page(recipient, digest.rule)),
        ("Unsubscribe", letterhead.unsubscribe_page(recipient, digest.rule)),
    )
    links = tuple(WebLink(words=words, address=safe) for words, link in wanted if (safe := web_address(link)))
    rhythm = "weekly" if digest.period > 1 else "daily"
    more: dict[str, Any] = {
        "base_url": letterhead.base_url,
        "page": page_address(letterhead, digest, f"email:{recipient}"),
        "prefix": letterhead.prefix,
        "why": f"route “{one_line(digest.rule)}” sends you a {rhythm} digest",
        "foot_links": links,
    }
    return Letter(
        recipient=recipient,
        identity=f"digest.{slug(digest.rule)}.{digest.local_date.isoformat()}",
        subject=shorten(view(digest, prefix=letterhead.prefix).subject, 120),
        text=text(digest, **more),
        html=html(digest, **more),
        rule=digest.rule,
        kind="digest",
        stet={"Kind": "digest", "Date": digest.local_date.isoformat()},
    )


def without_links(shown: View) -> View:
    """The view as somebody who cannot reach our pages should see it."""
    return replace(shown, page=None)
