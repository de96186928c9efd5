"""What Slack's handlers may ask of Stet: one place between them and the jobs and the store.

Handlers know people, channels and words; everything about stories is asked here. Every deed is audited by the job that
does it. ``Place`` is where somebody spoke, ``Following`` a watch as that channel sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.core.comparison import Severity
from bot.core.model import (
    Alert,
    Change,
    Health,
    Only,
    Route,
    Source,
    SourceKind,
    Subscription,
    Version,
    Watch,
    WatchState,
)
from bot.core.routing import concerns, policy_for, route_of
from bot.core.story import Story
from bot.discover import FoundKind
from bot.discover.address import key_of
from bot.errors import CheckError, NotFound, UsageError
from bot.jobs import sources as source_jobs
from bot.jobs import threadbook, watching
from bot.jobs.kit import Kit
from bot.jobs.messages import change_message, message_for
from bot.jobs.watching import Actor, Added, Follow
from bot.render.message import Message
from bot.render.sample import SAMPLE, sample
from bot.slack.following import Following, Place, Status, Told
from bot.slack.places import Places, reaches
from bot.store import (
    audit,
    changes,
    feedback,
    outbox,
    sources,
    subscriptions,
    targets,
    versions,
    views,
)
from bot.store import watches as watch_store
from bot.store.database import Tx

FOREVER = timedelta(days=3650)
NOT_IMPORTANT = "not_important"
LIVING = (WatchState.ACTIVE, WatchState.PAUSED, WatchState.GONE)
ROUTED = 200
"""A route may bring thousands of stories into a channel; nobody reads a longer list of them."""


class Services:
    """The facade. ``zone`` is the newsroom's time zone, used where Slack does not say the person's own."""

    def __init__(self, kit: Kit, *, limit: int = 100) -> None:
        self.places = Places(kit)
        self._kit = kit
        self._limit = limit

    @property
    def zone(self) -> str:
        """The newsroom's time zone."""
        return self._kit.zone

    def now(self) -> datetime:
        """The clock."""
        return self._kit.clock()

    # ---- watches ----

    def add(
        self,
        url: str,
        place: Place,
        who: str,
        *,
        every: int | None = None,
        only: Only | None = None,
        label: str = "",
        severity: Severity | None = None,
    ) -> Added:
        """Let the channel follow a story, looking at it at once. Raises UsageError.

        A story the channel follows already is answered as it is, whatever else was asked.
        """
        with self._kit.db.read() as tx:
            here = len(subscriptions.for_channel(tx, place.channel, place.team))
            known = watch_store.by_key(tx, key_of(url))
            follows = known is not None and any(
                one.channel == place.channel for one in subscriptions.for_watch(tx, known.id)
            )
        if here >= self._limit and not follows:
            raise TooMany(self._limit)
        follow = Follow(
            channel=place.channel,
            channel_name=place.name,
            team=place.team,
            only=only or Only.ALL,
            min_severity=severity,
        )
        return watching.add_watch(
            self._kit, url, now=self.now(), by=_actor(who, place), every=every, label=label, follow=follow
        )

    def look_up(self, ref: str, place: Place) -> Following:
        """A watch this channel hears of, by number or address. Raises NotFound."""
        with self._kit.db.read() as tx:
            watch = watch_store.find(tx, ref) or watch_store.by_key(tx, key_of(ref))
            found = self._following(tx, watch, place) if watch else None
        if found is None:
            raise NotFound(f"No watch {ref} in this channel.")
        return found

    def following(self, watch_id: int, place: Place) -> Following | None:
        """The watch as the channel sees it; None where the channel does not hear of it."""
        with self._kit.db.read() as tx:
            watch = watch_store.get(tx, watch_id)
            return self._following(tx, watch, place) if watch else None

    def here(self, place: Place) -> list[Following]:
        """What this channel follows, oldest first, then what comes through routes (of the latest ROUTED stories)."""
        with self._kit.db.read() as tx:
            out = []
            seen = set()
            for one in subscriptions.for_channel(tx, place.channel, place.team):
                watch = watch_store.get(tx, one.watch_id)
                if watch is not None and watch.state is not WatchState.REMOVED:
                    out.append(Following(watch=watch, subscription=one))
                    seen.add(watch.id)
            routes = self.places.routes_to(place)
            if routes:
                before = watch_store.count(tx, states=LIVING) - ROUTED
                for watch in watch_store.list_(tx, states=LIVING, limit=ROUTED, offset=max(0, before)):
                    through = next((route.name for route in routes if concerns(route, watch)), "")
                    if through and watch.id not in seen:
                        out.append(Following(watch=watch, through=through))
        return out

    def mute(self, found: Following, place: Place, who: str, until: datetime | None) -> None:
        """Say nothing of it in this channel until then; None: speak again."""
        if until is not None:
            self._ensure_subscription(found, place, who)
        elif found.watch.muted_until is not None:
            watching.mute(self._kit, found.watch, until=None, now=self.now(), by=_actor(who, place))
        watching.mute(self._kit, found.watch, until=until, now=self.now(), by=_actor(who, place), channel=place.channel)

    def mute_all(self, place: Place, who: str, until: datetime | None) -> int:
        """The same for everything this channel follows; returns how many."""
        found = self.here(place)
        for one in found:
            self.mute(one, place, who, until)
        return len(found)

    def edit(self, found: Following, place: Place, who: str, wanted: Mapping[str, Any]) -> None:
        """Change settings: ``only``, ``label`` and ``min_severity`` of this channel, ``every`` of the watch itself."""
        subscription = self._ensure_subscription(found, place, who)
        changed = {
            name: wanted[name]
            for name in ("only", "label", "min_severity")
            if name in wanted and wanted[name] != getattr(subscription, name)
        }
        if changed:
            with self._kit.db.begin() as tx:
                subscriptions.update(tx, subscription.id, **changed)
                details = {name: str(value) for name, value in changed.items()}
                self._audit(tx, place, who, "edit", found.watch, {**details, "channel": place.channel})
        if "every" in wanted and wanted["every"] != found.watch.every:
            every = {"every": wanted["every"]}
            watching.edit_watch(self._kit, found.watch, every, now=self.now(), by=_actor(who, place))

    def remove(self, found: Following, place: Place, who: str) -> bool:
        """Stop following here. True where the watch itself ended with it.

        What comes through a route is muted here for good instead: the route is not ours to change.
        """
        if found.subscription is None:
            self.mute(found, place, who, self.now() + FOREVER)
            return False
        return watching.remove_watch(
            self._kit, found.watch, now=self.now(), by=_actor(who, place), channel=place.channel
        )

    def restore(self, watch_id: int, place: Place, who: str, *, only: Only = Only.ALL, label: str = "") -> Following:
        """Undo a removal in this channel: the same number and versions. Raises NotFound."""
        now = self.now()
        with self._kit.db.read() as tx:
            watch = watch_store.get(tx, watch_id)
        if watch is None:
            raise NotFound(f"No watch {watch_id} any more.")
        follower = Subscription(
            id=0,
            watch_id=watch_id,
            team=place.team,
            channel=place.channel,
            channel_name=place.name,
            label=label,
            only=only,
            added_by=who,
            added_at=now,
        )
        by = _actor(who, place)
        watching.restore_watch(self._kit, watch, now=now, by=by, followers=[follower])
        found = self.following(watch_id, place)
        if found is not None and found.subscription is not None and found.subscription.muted_until is not None:
            # what comes through a route was not removed but muted for good
            watching.mute(self._kit, watch, until=None, now=now, by=by, channel=place.channel)
            found = self.following(watch_id, place)
        if found is None:
            raise NotFound(f"No watch {watch_id} any more.")
        return found

    def _following(self, tx: Tx, watch: Watch | None, place: Place) -> Following | None:
        if watch is None or watch.state is WatchState.REMOVED:
            return None
        for one in subscriptions.for_watch(tx, watch.id):
            if one.channel == place.channel:
                return Following(watch=watch, subscription=one)
        for route in self.places.routes_to(place):
            if concerns(route, watch):
                return Following(watch=watch, through=route.name)
        return None

    def _ensure_subscription(self, found: Following, place: Place, who: str) -> Subscription:
        """The channel's own subscription; one with the route's level where the story came through a route."""
        if found.subscription is not None:
            return found.subscription
        route = next((one for one in self._kit.routes if one.name == found.through), None)
        with self._kit.db.begin() as tx:
            made, _ = subscriptions.add(
                tx,
                watch_id=found.watch.id,
                channel=place.channel,
                now=self.now(),
                team=place.team,
                channel_name=place.name,
                min_severity=route.min_severity if route else None,
                only=route.only if route else Only.ALL,
                added_by=who,
            )
            self._audit(tx, place, who, "follow", found.watch, {"channel": place.channel, "was": found.through})
        return made

    # ---- alerts ----

    def told(self, public_id: str, place: Place) -> Told:
        """The alert of a button, if it was told in this channel. Raises NotFound."""
        with self._kit.db.read() as tx:
            alert = outbox.by_public_id(tx, public_id)
            if alert is None or not _belongs(alert, place):
                raise NotFound("That alert is no longer here.")
            watch = watch_store.get(tx, alert.watch_id) if alert.watch_id is not None else None
            return Told(alert=alert, message=message_for(tx, self._kit, alert), watch=watch)

    def not_important(self, told: Told, place: Place, who: str, *, undo: bool = False) -> bool:
        """Remember (or take back) that somebody found this not worth telling. False where nothing changed."""
        alert = told.alert
        same: dict[str, Any] = {"verdict": NOT_IMPORTANT, "actor": who, "change_id": alert.change_id}
        with self._kit.db.begin() as tx:
            if undo:
                return feedback.withdraw(tx, alert_id=alert.id, **same)
            new = feedback.add(
                tx,
                at=self.now(),
                watch_id=alert.watch_id,
                alert_id=alert.id,
                team=place.team,
                channel=place.channel,
                details={"kinds": [finding.kind for finding in told.message.findings][:20]},
                **same,
            )
            if new:
                self._audit(tx, place, who, "not important", told.watch, {"alert": alert.public_id})
            return new

    def note(self, place: Place, ts: str, note: str, undo: str) -> bool:
        """What a button did, for the thread's parent to go on saying. False where ``ts`` is no parent."""
        with self._kit.db.begin() as tx:
            return threadbook.set_note(tx, place.channel, ts, note, undo)

    # ---- reading ----

    def versions(self, watch_id: int) -> list[Version]:
        """All versions of a story, oldest first."""
        with self._kit.db.read() as tx:
            return versions.list_(tx, watch_id)

    def diff(self, found: Following, old: int | None, new: int | None) -> Message:
        """Two versions compared, the latest two by default. Raises NotFound."""
        new = new or found.watch.latest_n
        old = old or new - 1
        if old < 1 or new > found.watch.latest_n:
            raise NotFound(f"Watch {found.watch.id} has {found.watch.latest_n} versions so far.")
        with self._kit.db.read() as tx:
            return change_message(tx, self._kit, found.watch, old, new)

    def story(self, watch_id: int, n: int) -> Story:
        """The text of one version."""
        with self._kit.db.read() as tx:
            return versions.story(tx, watch_id, n)

    def sample(self) -> Message:
        """An alert of an invented story: shows that Stet can post, and what alerts look like here."""
        return sample(seen_at=self.now(), zone=self.zone, why="Somebody asked for a test here.", public_id=SAMPLE)

    def last_change(self, watch_id: int, version: int | None = None) -> Change | None:
        """The newest change, or the one that led to ``version``, with what was decided and why."""
        with self._kit.db.read() as tx:
            for change in changes.list_(tx, watch_id=watch_id, limit=500):
                if version is None or change.new_n == version:
                    return change
        return None

    def level(self, found: Following) -> Severity:
        """From which level on the channel hears of it."""
        if found.subscription is not None:
            route = route_of(found.subscription)
        else:
            through = [one for one in self._kit.routes if one.name == found.through]
            route = through[0] if through else Route(name="", targets=())
        return policy_for(self._kit.policy, route, found.watch, found.subscription).min_severity

    @property
    def usual_level(self) -> Severity:
        """From which level on a channel hears of a story that it begins to follow."""
        return self._kit.policy.min_severity

    def recent(self, place: Place, since: datetime) -> list[tuple[Following, list[Change]]]:
        """What changed lately in the stories this channel follows: for ``/stet digest``."""
        out = []
        for found in self.here(place):
            with self._kit.db.read() as tx:
                told = changes.list_(tx, watch_id=found.watch.id, since=since, limit=50)
            if told:
                out.append((found, told))
        return sorted(out, key=lambda pair: max(change.severity for change in pair[1]), reverse=True)

    def status(self, place: Place) -> Status:
        """How it goes, in numbers."""
        with self._kit.db.read() as tx:
            numbers = outbox.counts(tx, self.now())
            watched = watch_store.count(tx, states=[WatchState.ACTIVE])
            failing = sum(
                watch_store.count(tx, states=[WatchState.ACTIVE], health=health)
                for health in (Health.FAILING, Health.BLOCKED, Health.BROKEN)
            )
            here = len(subscriptions.for_channel(tx, place.channel, place.team))
            ours = {"slack:*", *self.places.keys(place)}
            paused = {state.key: state.paused_reason or "paused" for state in targets.paused(tx)}
            checked = views.last_check(tx)
        return Status(
            watched=watched,
            here=here,
            failing=failing,
            waiting=int(numbers.get("pending", 0) + numbers.get("leased", 0) + numbers.get("paused", 0)),
            oldest_seconds=float(numbers.get("oldest_age", 0.0)),
            dead=int(numbers.get("dead", 0)),
            paused_here=next((paused[key] for key in sorted(ours & paused.keys())), ""),
            paused_elsewhere=len(paused.keys() - ours),
            last_check=checked,
        )

    # ---- sources ----

    def offers(self, url: str) -> list[Mapping[str, str]]:
        """Feeds and sitemaps that a page names; empty where it names none or cannot be read."""
        try:
            _, found = source_jobs.look_at(self._kit, url)
        except CheckError:
            return []
        return [{"url": one.url, "title": one.title, "kind": one.kind} for one in found.feeds]

    def source_add(
        self, url: str, place: Place, who: str, *, as_section: bool = False
    ) -> tuple[Source | None, list[Mapping[str, str]]]:
        """Follow a feed, sitemap or section page. For a home page nothing is followed: what it offers comes back.

        Raises UsageError and CheckError.
        """
        by = _actor(who, place)
        if as_section:
            source, _ = source_jobs.add_source(self._kit, url, now=self.now(), by=by, kind=SourceKind.SECTION)
            return source, []
        _, found = source_jobs.look_at(self._kit, url)
        if found.kind is FoundKind.HOME:
            return None, [{"url": one.url, "title": one.title, "kind": one.kind} for one in found.feeds]
        source, _ = source_jobs.add_source(self._kit, url, now=self.now(), by=by, found=found)
        return source, []

    def source_list(self) -> list[Source]:
        """All sources."""
        with self._kit.db.read() as tx:
            return [one for one in sources.list_(tx) if one.state is not WatchState.REMOVED]

    def source_remove(self, ref: str, place: Place, who: str) -> Source:
        """Stop following a source; its stories stay watched. Raises NotFound, UsageError for a declared one."""
        source = source_jobs.find_source(self._kit, ref)
        if source.origin == "config":
            raise UsageError("That source is declared in the configuration file; remove it there.")
        source_jobs.remove_source(self._kit, source, now=self.now(), by=_actor(who, place))
        return source

    def _audit(
        self, tx: Tx, place: Place, who: str, action: str, watch: Watch | None, details: Mapping[str, Any]
    ) -> None:
        audit.add(
            tx,
            at=self.now(),
            actor=who,
            via="slack",
            action=action,
            subject=(watch.headline or watch.url) if watch else "",
            watch_id=watch.id if watch else None,
            team=place.team,
            channel=place.channel,
            details=dict(details),
        )


class TooMany(UsageError):
    """The channel has as many watches as it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"This channel has {limit} watches, the limit.")
        self.limit = limit


def _actor(who: str, place: Place) -> Actor:
    return Actor(name=who, via="slack", team=place.team, channel=place.channel)


def _belongs(alert: Alert, place: Place) -> bool:
    """Whether the alert went to this channel: by its target, or by where Slack said it was posted."""
    if alert.target.channel != "slack":
        return False
    posted = str((alert.receipt or {}).get("channel", ""))
    return reaches(alert.target, place) or (posted != "" and posted == place.channel)
