"""Who hears of a watch: its routes, what each wants to hear, who is muted, and when it is too late at night to say so.

Local wall times are read with zoneinfo. A time that the clock skips in spring means the moment after the gap; one that
it shows twice in autumn means the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.comparison import Severity
from bot.core.model import Only, Quiet, Route, Subscription, Target, Watch
from bot.core.policy import Policy


def routes_for(watch: Watch, subscriptions: Iterable[Subscription], routes: Iterable[Route]) -> tuple[Route, ...]:
    """The routes that hear of this watch, each once, configured ones first.

    A route hears of a watch when it is named by it, when it names it, or when its desks and outlets (empty: all)
    match. A Slack channel that follows the watch is a route of its own, ``slack:CHANNEL``; a configured route does not
    also post to that channel, because the nearer setting wins and nobody wants to be told twice.
    """
    following = [one for one in subscriptions if one.watch_id == watch.id]
    own = {one.route: route_of(one) for one in following}
    taken = {target.key for route in own.values() for target in route.targets}
    taken |= {f"slack:#{one.channel_name}" for one in following if one.channel_name}  # routes may name it so
    found: dict[str, Route] = {}
    for route in routes:
        if route.name in found or not concerns(route, watch):
            continue
        left = tuple(target for target in route.targets if target.key not in taken)
        if left or not route.targets:
            found[route.name] = replace(route, targets=left)
    return (*found.values(), *own.values())


def concerns(route: Route, watch: Watch) -> bool:
    """Does this configured route hear of this watch?"""
    if route.name in watch.routes or watch.id in route.watches:
        return True
    if route.watches:
        return False
    return _matches(route.desks, watch.desk) and _matches(route.outlets, watch.outlet)


def route_of(subscription: Subscription) -> Route:
    """The route that a Slack channel's subscription stands for."""
    return Route(
        name=subscription.route,
        targets=(Target(channel="slack", address=subscription.channel),),
        min_severity=subscription.min_severity if subscription.min_severity is not None else Severity.MAJOR,
        only=subscription.only,
        watches=(subscription.watch_id,),
    )


def policy_for(base: Policy, route: Route, watch: Watch, subscription: Subscription | None = None) -> Policy:
    """The policy of one route for one watch: the nearest setting wins (subscription, watch, route, ``[judge]``).

    A subscription that asks for one thing only (headlines, corrections) and for no level hears of it from notable
    upwards: who asks for headlines wants to see headlines.
    """
    level = route.min_severity
    only = subscription.only if subscription is not None else route.only
    if watch.min_severity is not None:
        level = watch.min_severity
    elif subscription is not None:
        level = base.min_severity if only is Only.ALL else Severity.NOTABLE
    if subscription is not None and subscription.min_severity is not None:
        level = subscription.min_severity
    profile = "live" if watch.profile == "live" or watch.is_live else watch.profile
    return replace(
        base,
        min_severity=level,
        kinds_on=base.kinds_on | frozenset(route.kinds),
        only=only,
        profile=profile if profile in ("story", "live", "policy_page") else "story",
    )


def muted_until(watch: Watch, subscription: Subscription | None, now: datetime) -> datetime | None:
    """Until when this watch is muted on this route, None if it is not."""
    ends = [watch.muted_until, subscription.muted_until if subscription else None]
    later = [end for end in ends if end is not None and end > now]
    return max(later) if later else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Whether an alert goes now. ``not_before`` is set when it waits for the end of quiet hours."""

    not_before: datetime | None
    catch_up: bool
    reason: str


def sending(route: Route, severity: Severity, now: datetime) -> Sending:
    """Now, or with the morning's catch-up? Critical changes ring at any hour."""
    until = quiet_until(route, now)
    if until is None:
        return Sending(not_before=None, catch_up=False, reason="Not in quiet hours.")
    if severity >= Severity.CRITICAL:
        return Sending(not_before=None, catch_up=False, reason="Critical: told although the route has quiet hours.")
    return Sending(
        not_before=until,
        catch_up=True,
        reason=f"Quiet hours until {until.isoformat(timespec='minutes')}; told in the morning (quiet).",
    )


def quiet_until(route: Route, now: datetime) -> datetime | None:
    """The end of the quiet hours that ``now`` lies in, in UTC; None outside them."""
    if route.quiet is None:
        return None
    zone = ZoneInfo(route.quiet.timezone or route.timezone)
    start, end = wall_time(route.quiet.start), wall_time(route.quiet.end)
    if start == end:
        return None
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        begins = instant(day, start, zone)
        ends = instant(day if end > start else day + timedelta(days=1), end, zone)
        if begins <= now < ends:
            return ends
    return None


def catch_up_groups(waiting: Sequence[tuple[int, Target, Severity]]) -> dict[str, list[int]]:
    """Alert ids that waited for the same morning, by target: two or more become one catch-up message.

    ``waiting`` holds (alert id, target, severity); the ids come back gravest first.
    """
    groups: dict[str, list[tuple[int, int]]] = {}
    for number, target, severity in waiting:
        groups.setdefault(target.key, []).append((-int(severity), number))
    return {key: [number for _, number in sorted(rows)] for key, rows in groups.items() if len(rows) > 1}


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment in UTC at which the clocks of ``zone`` show this time on this day.

    Twice on the same day: the first. Never (the clock was put forward): the moment after the gap, by as much as the
    wall time lies beyond its start.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def wall_time(text: str) -> time:
    """``07:00`` as a time. Raises ValueError with the form that is wanted."""
    try:
        hours, minutes = text.split(":")
        return time(int(hours), int(minutes))
    except ValueError:
        raise ValueError(f"{text!r} is no time of day; write HH:MM") from None


def check_quiet(quiet: Quiet) -> None:
    """Raise ValueError where quiet hours cannot be read: times not HH:MM, a time zone nobody knows."""
    wall_time(quiet.start)
    wall_time(quiet.end)
    try:
        ZoneInfo(quiet.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{quiet.timezone!r} is no time zone; write one such as Europe/London") from error


def _matches(wanted: tuple[str, ...], value: str) -> bool:
    return not wanted or value.casefold() in {one.casefold() for one in wanted}
