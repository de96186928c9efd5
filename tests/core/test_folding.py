"""When mails to one recipient go alone, go together, or wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core.comparison import Severity
from bot.core.folding import LARGEST_FOLD, LOOK_AGAIN, Folding, fold
from bot.core.model import Alert, AlertKind, AlertStatus, Target

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def alert(number: int, kind: AlertKind = AlertKind.CHANGE, severity: Severity = Severity.MAJOR) -> Alert:
    return Alert(
        id=number,
        public_id=f"a{number}",
        key=str(number),
        kind=kind,
        route="world",
        target=Target(channel="email", address="desk@paper.example"),
        severity=severity,
        watch_id=1,
        change_id=None,
        old_n=1,
        new_n=2,
        payload={},
        status=AlertStatus.PENDING,
        created_at=NOW,
    )


def sent(number: int) -> list[datetime]:
    return [NOW - (n + 1) * MINUTE for n in range(number)]


def test_what_fits_into_the_hour_goes_alone() -> None:
    assert fold(alert(0), [alert(1)], sent=sent(3), limit=5, now=NOW) == Folding()
    assert fold(alert(0), [], sent=[NOW - timedelta(hours=2)] * 50, limit=5, now=NOW) == Folding()


def test_more_than_fits_goes_together() -> None:
    behind = [alert(n) for n in range(1, 4)]
    assert fold(alert(0), behind, sent=sent(3), limit=5, now=NOW).together == tuple(behind)


def test_a_used_up_hour_waits_and_is_looked_at_again_soon() -> None:
    assert fold(alert(0), [], sent=sent(5), limit=5, now=NOW).wait_until == NOW + LOOK_AGAIN
    nearly = [NOW - timedelta(minutes=59, seconds=30)] * 5
    assert fold(alert(0), [], sent=nearly, limit=5, now=NOW).wait_until == NOW + timedelta(seconds=30)


def test_a_correction_behind_takes_the_others_along_but_not_without_end() -> None:
    behind = [alert(1), alert(2, severity=Severity.CRITICAL)]
    assert fold(alert(0), behind, sent=sent(5), limit=5, now=NOW).together == tuple(behind)
    assert fold(alert(0), behind, sent=sent(10), limit=5, now=NOW).wait_until is not None


def test_notices_and_digests_are_neither_folded_nor_held() -> None:
    for kind in (AlertKind.NOTICE, AlertKind.DIGEST, AlertKind.CATCH_UP, AlertKind.TEST):
        assert fold(alert(0, kind), [alert(1)] * 9, sent=sent(50), limit=5, now=NOW) == Folding()
    mixed = fold(alert(0), [alert(1, AlertKind.NOTICE), alert(2)], sent=sent(4), limit=5, now=NOW)
    assert [one.id for one in mixed.together] == [2]


def test_one_mail_holds_a_bounded_number() -> None:
    behind = [alert(n) for n in range(1, 1000)]
    assert len(fold(alert(0), behind, sent=[], limit=5, now=NOW).together) == LARGEST_FOLD - 1
