"""A digest: what became of the stories in one window, each with its *net* change.

Pure. It is given, for every story that changed, the text at the window's start and at its end (compared), and the
steps between. A story stands once, in the gravest section that fits: corrections, gone, headlines, text, minor;
what changed and changed back is told, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from typing import Any

from bot.core.comparison import Comparison, Finding, Severity

TOP = 10
"""Significant text changes shown in full; the others go to the minor lines."""
NOISY = 20
"""Versions a day beyond which a story is called noisy."""
PAIR = 320
"""Characters of one side of a was/now pair."""
NOTE_KINDS = frozenset({"correction_added", "correction_changed", "correction_removed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change in the window. ``told_at`` is when it was alerted, if it was."""

    at: datetime
    old_n: int
    new_n: int
    severity: Severity
    kinds: tuple[str, ...] = ()
    summary: str = ""
    notes: tuple[str, ...] = ()
    """Words of correction notes that came (or went) with this step."""
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWindow:
    """What happened to one story. ``net`` compares the window's ends; None where they read the same.

    ``old_n`` is the version at the window's start, None for a story first seen in it. ``gone_at`` and
    ``returned_at`` are the last such events.
    """

    watch_id: int
    headline: str
    outlet: str = ""
    desk: str = ""
    url: str = ""
    headline_before: str = ""
    old_n: int | None = None
    new_n: int | None = None
    net: Comparison | None = None
    steps: tuple[Step, ...] = ()
    gone_at: datetime | None = None
    returned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that needs a person: a story that cannot be read, a site that blocks us, an alert that failed."""

    what: str
    subject: str
    since: datetime | None = None
    watch_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The window in numbers. ``by_outlet`` counts changes, trivial ones too."""

    watched: int = 0
    checked: int = 0
    """Stories looked at in the window."""
    changes: int = 0
    last_check_at: datetime | None = None
    by_outlet: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One was/now pair: a headline, a sentence, a sum."""

    place: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One story in a section."""

    watch_id: int
    headline: str
    outlet: str = ""
    desk: str = ""
    url: str = ""
    headline_before: str = ""
    old_n: int | None = None
    new_n: int | None = None
    severity: Severity = Severity.MINOR
    kinds: tuple[str, ...] = ()
    summary: str = ""
    pairs: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()
    times: int = 0
    """How many times it changed in the window."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    told_at: tuple[datetime, ...] = ()
    remark: str = ""
    """``the correction was taken out again``, ``back since 14:02`` …; times are left to renderers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One digest. ``rule`` is the route's name. All times UTC; renderers show them in ``zone``."""

    rule: str
    zone: str
    local_date: date
    start: datetime
    end: datetime
    listed_from: datetime
    days: int = 1
    period: int = 1
    corrections: tuple[Entry, ...] = ()
    gone: tuple[Entry, ...] = ()
    headlines: tuple[Entry, ...] = ()
    texts: tuple[Entry, ...] = ()
    minor: tuple[Entry, ...] = ()
    reverted: tuple[Entry, ...] = ()
    """Changed and changed back: at both ends of the window the story reads the same."""
    new: tuple[Entry, ...] = ()
    trivial: int = 0
    """Stories whose net change is typography or spelling alone."""
    elsewhere: int = 0
    """Stories left out because another digest of the same day tells this recipient of them."""
    trouble: tuple[Trouble, ...] = ()
    numbers: Numbers = attribute(default_factory=Numbers)

    @property
    def changed(self) -> tuple[Entry, ...]:
        """Every story that is listed as changed, in the order of the sections."""
        return (*self.corrections, *self.gone, *self.headlines, *self.texts, *self.minor, *self.reverted)

    @property
    def is_empty(self) -> bool:
        """Nothing that a reader would want a mail for."""
        return not self.changed and not self.trivial and not self.new

    @property
    def late(self) -> bool:
        """Whether it covers more than its period, because we were down."""
        return self.days > self.period


def build(
    stories: Iterable[StoryWindow],
    *,
    rule: str,
    zone: str,
    local_date: date,
    start: datetime,
    end: datetime,
    listed_from: datetime | None = None,
    days: int = 1,
    period: int = 1,
    trouble: Sequence[Trouble] = (),
    numbers: Numbers | None = None,
    told_elsewhere: frozenset[int] = frozenset(),
) -> Digest:
    """Sort the stories of a window into a digest. ``told_elsewhere``: watches another digest of the day tells of."""
    sections: dict[str, list[Entry]] = {
        name: [] for name in ("corrections", "gone", "headlines", "texts", "minor", "reverted", "new")
    }
    trivial = elsewhere = 0
    noisy: list[Trouble] = []
    for story in stories:
        if story.watch_id in told_elsewhere:
            elsewhere += 1
            continue
        place = section(story)
        if place == "trivial":
            trivial += 1
        elif place:
            sections[place].append(entry(story))
        if len(story.steps) > NOISY * max(1, days):
            noisy.append(
                Trouble(what=f"noisy: {len(story.steps)} versions", subject=story.headline, watch_id=story.watch_id)
            )
    texts = sorted(sections["texts"], key=_rank)
    sections["texts"], sections["minor"] = texts[:TOP], texts[TOP:] + sections["minor"]
    return Digest(
        rule=rule,
        zone=zone,
        local_date=local_date,
        start=start,
        end=end,
        listed_from=listed_from or start,
        days=days,
        period=period,
        trivial=trivial,
        elsewhere=elsewhere,
        trouble=(*trouble, *noisy),
        numbers=numbers or Numbers(),
        **{
            name: tuple(entries if name == "texts" else sorted(entries, key=_by_outlet if name == "minor" else _rank))
            for name, entries in sections.items()
        },
    )


def section(story: StoryWindow) -> str:
    """The gravest section a story belongs to: a field of Digest, ``trivial``, or "" for nothing to tell."""
    net = story.net
    kinds = {kind for step in story.steps for kind in step.kinds} | set(net.kinds if net else ())
    if kinds & NOTE_KINDS:
        return "corrections"
    if story.gone_at is not None or story.returned_at is not None or "story_withdrawn" in kinds:
        return "gone"
    if story.old_n is None:
        return "new"
    if not story.steps and net is None:
        return ""
    if net is None or net.status == "same":
        return "reverted" if any(step.severity > Severity.TRIVIAL for step in story.steps) else "trivial"
    if net.headline.changed and net.severity > Severity.TRIVIAL:
        return "headlines"
    if net.severity <= Severity.TRIVIAL:
        return "trivial"
    return "texts" if net.severity >= Severity.NOTABLE else "minor"


def entry(story: StoryWindow) -> Entry:
    """One story as a digest shows it."""
    net = story.net
    came = {kind for step in story.steps for kind in step.kinds}
    staying = set(net.kinds) if net else set()
    remark = ""
    if "correction_added" in came and not staying & NOTE_KINDS:
        remark = "a correction came and was taken out again"
    elif story.gone_at is not None and story.returned_at is not None and story.returned_at > story.gone_at:
        remark = "was gone and is back"
    elif story.gone_at is None and story.returned_at is not None:
        remark = "is back after it was gone"
    elif net is None and story.steps and story.gone_at is None:
        remark = "changed and changed back"
    severities = [step.severity for step in story.steps]
    notes = [note for step in story.steps for note in step.notes]
    return Entry(
        watch_id=story.watch_id,
        headline=story.headline,
        outlet=story.outlet,
        desk=story.desk,
        url=story.url,
        headline_before=story.headline_before if story.headline_before != story.headline else "",
        old_n=story.old_n,
        new_n=story.new_n,
        severity=net.severity if net is not None else max(severities, default=Severity.MINOR),
        kinds=net.kinds
        if net is not None
        else tuple(dict.fromkeys(kind for step in story.steps for kind in step.kinds)),
        summary=net.summary if net is not None else _gravest(story.steps),
        pairs=pairs(net) if net is not None else (),
        notes=tuple(dict.fromkeys(_note_words(net) + notes)),
        times=len(story.steps),
        first_at=story.steps[0].at if story.steps else story.gone_at,
        last_at=story.steps[-1].at if story.steps else story.gone_at,
        told_at=tuple(step.told_at for step in story.steps if step.told_at is not None),
        remark=remark,
    )


def _gravest(steps: Sequence[Step]) -> str:
    """What a change that was taken back had been."""
    return max(steps, key=lambda step: step.severity).summary if steps else ""


def pairs(net: Comparison, limit: int = 2) -> tuple[Pair, ...]:
    """The most telling was/now pairs of the text: graver first, then the longer. The headline is not among them."""
    found = [
        finding
        for finding in net.findings
        if finding.field not in ("headline", "page")
        and finding.kind not in NOTE_KINDS
        and finding.severity > Severity.TRIVIAL
        and (finding.before or finding.after)
    ]
    found.sort(key=lambda finding: (-finding.severity, not (finding.before and finding.after), -_size(finding)))
    out: list[Pair] = []
    seen: set[tuple[str, str]] = set()
    for finding in found:
        words = (_clip(finding.before), _clip(finding.after))
        if words in seen:
            continue
        seen.add(words)
        number = finding.new_block or finding.old_block
        place = f"paragraph {number}" if number else finding.field
        if any(one.place == place and one.before in words[0] and one.after in words[1] for one in out):
            continue  # a longer look at an edit that is shown
        out.append(Pair(place=place, before=words[0], after=words[1]))
        if len(out) == limit:
            break
    return tuple(out)


def _note_words(net: Comparison | None) -> list[str]:
    if net is None:
        return []
    return [_clip(finding.after or finding.before) for finding in net.findings if finding.kind in NOTE_KINDS]


def _size(finding: Finding) -> int:
    return len(finding.before) + len(finding.after)


def _clip(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= PAIR:
        return line
    return line[: PAIR - 1].rpartition(" ")[0] + "…"


def _rank(found: Entry) -> tuple[int, int, str, int]:
    return (-found.severity, -found.times, found.outlet.casefold(), found.watch_id)


def _by_outlet(found: Entry) -> tuple[str, int, int]:
    return (found.outlet.casefold(), -found.severity, found.watch_id)


def verdict(digest: Digest) -> str:
    """The digest in one sentence: ``2 corrections, 5 headlines and 31 other changes.``"""
    if digest.is_empty:
        return f"All quiet: {_counted(digest.numbers.checked, 'story', 'stories')} checked, nothing changed."
    counts = counted_sections(digest)
    if not counts:
        return f"Nothing changed; {_counted(len(digest.new), 'new story', 'new stories')}."
    return (", ".join(counts[:-1]) + " and " if len(counts) > 1 else "") + counts[-1] + "."


def counted_sections(digest: Digest) -> list[str]:
    """``["2 corrections", "1 story gone", "5 headlines", "31 other changes"]``, empty sections left out."""
    others = len(digest.texts) + len(digest.minor) + digest.trivial
    wanted = (
        (len(digest.corrections), "correction", "corrections"),
        (len(digest.gone), "story gone", "stories gone"),
        (len(digest.headlines), "headline", "headlines"),
        (others, "other change", "other changes"),
        (len(digest.reverted), "changed back", "changed back"),
    )
    return [_counted(number, one, many) for number, one, many in wanted if number]


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def to_json(digest: Digest) -> dict[str, Any]:
    """A JSON form for the outbox and the web page; ``from_json`` reads it back without loss."""

    def plain(value: Any) -> Any:
        if isinstance(value, Severity):
            return int(value)
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, Mapping):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [plain(inner) for inner in value]
        return value

    document: dict[str, Any] = {"schema": 1, **plain(asdict(digest))}
    return document


def from_json(document: Mapping[str, Any]) -> Digest:
    """A Digest again. Raises KeyError, TypeError or ValueError where the document is none."""
    known = dict(document)
    known.pop("schema", None)
    for name in ("corrections", "gone", "headlines", "texts", "minor", "reverted", "new"):
        known[name] = tuple(_entry_from(raw) for raw in known.get(name, ()))
    known["trouble"] = tuple(Trouble(**{**raw, "since": _moment(raw.get("since"))}) for raw in known.get("trouble", ()))
    numbers = dict(known.get("numbers") or {})
    numbers["last_check_at"] = _moment(numbers.get("last_check_at"))
    numbers["by_outlet"] = tuple((str(outlet), int(count)) for outlet, count in numbers.get("by_outlet", ()))
    known["numbers"] = Numbers(**numbers)
    known["local_date"] = date.fromisoformat(known["local_date"])
    for name in ("start", "end", "listed_from"):
        known[name] = datetime.fromisoformat(known[name])
    return Digest(**known)


def _entry_from(raw: Mapping[str, Any]) -> Entry:
    known = dict(raw)
    known["severity"] = Severity(known["severity"])
    for name in ("kinds", "notes"):
        known[name] = tuple(known.get(name, ()))
    known["pairs"] = tuple(Pair(**pair) for pair in known.get("pairs", ()))
    known["told_at"] = tuple(datetime.fromisoformat(at) for at in known.get("told_at", ()))
    for name in ("first_at", "last_at"):
        known[name] = _moment(known.get(name))
    return Entry(**known)


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
