"""Sites that fail in every way we know: no alert about a story that did not change, and nobody else held up."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.app import App
from bot.config import parse
from bot.core.model import Alert, AlertKind, WatchState
from bot.fetch import guard
from bot.fetch.client import Fetcher
from bot.jobs import trouble, watching
from bot.jobs.check import Checker
from bot.jobs.kit import Kit
from bot.jobs.record import Result
from bot.store import outbox, watches
from bot.wiring import fetch_settings
from tests.acceptance.pages import PARAGRAPHS, article
from tests.acceptance.rig import Rig
from tests.newsroom import FAULTS, LOOPBACK, STORY, Newsroom, Reply

pytestmark = pytest.mark.slow

MORE = {
    "unauthorised": (Reply(status=401),),
    "payment": (Reply(status=402),),
    "legal": (Reply(status=451),),
    "to_the_front": (Reply(status=302, headers=(("Location", "/"),)),),
    "to_this_machine": (Reply(status=302, headers=(("Location", "http://[::ffff:10.0.0.1]/"),)),),
    "to_credentials": (Reply(status=302, headers=(("Location", "http://a:b@127.0.0.1/"),)),),
    "not_a_page": (Reply(body=b"%PDF-1.7 nothing to read here", content_type="application/pdf"),),
    "spaces": (Reply(body=b" \n" * 500),),
    "no_article": (Reply(body=b"<!doctype html><html><body><p>Please wait.</p></body></html>"),),
}
SITES = {name: make() for name, make in FAULTS.items()} | MORE
HARMLESS = {"http10", "keep_alive_race", "wrong_charset"}
"""These must be read as if nothing were the matter."""
MISSING = {"not_found", "gone", "to_the_front"}
"""These may be a story that is gone: to be confirmed before it is said."""
FRONT = Reply(body=b"<!doctype html><html><body><h1>The Quay Post</h1><a href=/story>Bridge closed</a></body></html>")
START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def first_text(name: str) -> Reply:
    """What the site said before it began to fail."""
    text = STORY.replace("crack", "crack “naïve”") if name == "wrong_charset" else STORY
    return Reply(body=text.encode())


def hosts(count: int) -> tuple[str, ...]:
    """Loopback addresses: a host for each site, so that none waits for another's Retry-After."""
    return tuple(f"127.0.1.{number}" for number in range(1, count + 1))


def test_no_fault_of_a_site_makes_an_alert_or_holds_up_another(tmp_path: Path) -> None:
    addresses = dict(zip([*SITES, "well"], hosts(len(SITES) + 1), strict=True))
    with Rig(tmp_path) as rig, Newsroom(addresses=tuple(addresses.values())) as site:
        text = rig.config.read_text(encoding="utf-8")
        rig.config.write_text(text.replace("[fetch]\n", "[fetch]\ntimeout = 4\n"), encoding="utf-8")
        urls = {name: site.url("/news/story", host=host) for name, host in addresses.items()}
        for name, host in addresses.items():
            site.serve("/news/story", first_text(name), host=host)
            site.serve("/", FRONT, host=host)
        addresses_file = tmp_path / "stories.txt"
        addresses_file.write_text("\n".join(urls.values()), encoding="utf-8")
        rig.stet("import", str(addresses_file))
        first = rig.json_lines("check", "--all", "--json", expect=None)[:-1]
        assert {line["outcome"] for line in first} == {"first_seen"}, first

        for name, replies in SITES.items():
            site.serve("/news/story", *replies, host=addresses[name])
        edited = STORY.replace("carries 37 vehicles", "carries 91 vehicles")
        site.page("/news/story", edited, host=addresses["well"])
        *lines, summary = rig.json_lines("check", "--all", "--json", expect=1)

        outcomes = {name_of(line["url"], urls): line["outcome"] for line in lines}
        assert set(outcomes) == set(urls)
        assert {name for name, outcome in outcomes.items() if outcome == "changed"} == {"well"}
        assert {name for name, outcome in outcomes.items() if outcome == "unchanged"} == HARMLESS
        assert {name for name in MISSING if outcomes[name] == "held"} == MISSING
        assert "gone" not in outcomes.values()
        assert all(line["error"]["message"] for line in lines if line["outcome"] == "failed"), lines
        assert len(rig.slack_texts()) == len(rig.mails()) == 1, "only the story that changed is told"
        assert summary["summary"]["changed"] == 1

        for name in SITES:
            site.serve("/news/story", first_text(name), host=addresses[name])
        again = rig.json_lines("check", "--all", "--json", expect=None)[:-1]
        again = [line for line in again if not str(line.get("error") or "").count("pause")]
        assert {line["outcome"] for line in again} == {"unchanged"}, again
        assert len(rig.slack_texts()) == len(rig.mails()) == 1, "and coming back is no change"


CERTIFICATES = ("expired", "other_name", "unknown", "self_signed")


Rooms = Mapping[str, Newsroom]


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rooms]:
    """A site with a good certificate for each way of going bad, and one that stays good."""
    with ExitStack() as stack:
        found = {
            name: stack.enter_context(Newsroom(addresses=(f"127.0.3.{number}",), tls="good"))
            for number, name in enumerate((*CERTIFICATES, "good"), start=1)
        }
        trusted = tmp_path / "authorities.pem"
        trusted.write_text("".join(Path(room.ca_file).read_text() for room in found.values()))
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        yield found


def test_a_certificate_that_goes_bad_is_no_news_and_hurts_nobody_else(tmp_path: Path, rooms: Rooms) -> None:
    with Rig(tmp_path) as rig:
        urls = {name: room.url("/news/story") for name, room in rooms.items()}
        for name, room in rooms.items():
            room.page("/news/story", STORY)
            rig.stet("add", urls[name])
        for name in CERTIFICATES:
            rooms[name].certify(name)
            rooms[name].page("/news/story", STORY.replace("carries 37 vehicles", "carries 55 vehicles"))
        rooms["good"].page("/news/story", STORY.replace("carries 37 vehicles", "carries 91 vehicles"))
        *lines, _ = rig.json_lines("check", "--all", "--json", expect=1)
        outcomes = {name_of(line["url"], urls): line["outcome"] for line in lines}
        assert outcomes == {**dict.fromkeys(CERTIFICATES, "failed"), "good": "changed"}
        said = {str(line["error"]["message"]) for line in lines if line["outcome"] == "failed"}
        assert all("certificate" in words for words in said), said
        assert len(rig.slack_texts()) == len(rig.mails()) == 1

        for name in CERTIFICATES:
            rooms[name].certify("good")
        again = rig.json_lines("check", "--all", "--json", expect=None)[:-1]
        assert Counter(line["outcome"] for line in again) == {"changed": len(CERTIFICATES), "unchanged": 1}


def name_of(url: str, urls: dict[str, str]) -> str:
    """Which site an address is."""
    return next(name for name, known in urls.items() if known == url)


class Night:
    """Stet on a clock that is driven: ``pass_`` lets time go by, looking at what falls due.

    ``names`` is its name server: what is not in it cannot be resolved.
    """

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.folder = folder
        self.app: App
        self.kit: Kit
        self.names: dict[str, str] = {}
        self.results: list[tuple[datetime, Result]] = []

    @contextmanager
    def open(self) -> Iterator[Night]:
        settings: dict[str, Any] = {
            "fetch": {"allow_private": [LOOPBACK], "host_gap": 0, "robots": False, "timeout": 1},
            "cadence": {"steps": [["30d", "30m"]]},
            "judge": {"settle": 0},
            "route": [{"name": "quay", "to": {"terminal": True}}],
        }
        console = Console(file=io.StringIO(), width=100)
        config = parse(settings, {})
        began = time.monotonic()
        with (
            App.open(config, self.folder, console=console, clock=lambda: self.now) as app,
            Fetcher(
                fetch_settings(config),
                resolver=self._resolve,
                clock=lambda: (self.now - START).total_seconds() + time.monotonic() - began,
                wall=lambda: self.now,
            ) as fetcher,
        ):
            self.app = app
            self.kit = replace(app.kit, fetcher=fetcher)
            self.checker = Checker(self.kit, workers=32, per_host=2, lease=timedelta(minutes=5), on_result=self._took)
            try:
                yield self
            finally:
                self.checker.close()

    def _resolve(self, host: str) -> list[str]:
        if host not in self.names:
            raise OSError(-2, "Name or service not known")
        return [self.names[host]]

    def _took(self, result: Result) -> None:
        self.results.append((self.now, result))

    def follow(self, url: str) -> int:
        """Add a watch; its number."""
        added = watching.add_watch(self.kit, url, now=self.now, by=watching.Actor(name="night", via="cli"))
        return added.watch.id

    def pass_(self, length: timedelta, *, step: timedelta = timedelta(minutes=10)) -> None:
        """Let time go by."""
        end = self.now + length
        while self.now < end:
            self.now += step
            self.checker.work(wait_for_all=True)
            trouble.our_network(self.kit, self.now)

    def alerts(self) -> list[Alert]:
        """Everything that was written to the outbox, oldest first."""
        with self.app.kit.db.read() as tx:
            return outbox.list_(tx, limit=None, oldest_first=True)

    def titles(self) -> Counter[str]:
        """The titles of what was written, counted."""
        return Counter(str(alert.payload.get("title") or alert.kind.value) for alert in self.alerts())


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rooms: Rooms) -> Iterator[Night]:
    monkeypatch.setattr(trouble, "HOSTS", trouble.HostLog())
    with Night(tmp_path).open() as one:
        yield one


SERVED = tuple(sorted(set(SITES) - HARMLESS - MISSING))
NAMES = {"no_name": "lost.test", "rebinding": "moving.test"}
LASTING = (*SERVED, *CERTIFICATES, *NAMES)
"""Every fault that can last, of the page, of the certificate and of the name."""
WELL = [f"well {number}" for number in range(20)]


def test_an_owner_hears_once_of_a_site_that_fails_for_a_day_and_once_when_it_reads_again(
    night: Night, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "FRESH_FOR", 0.2)
    monkeypatch.setattr(guard, "FAILED_FOR", 0.2)
    plain = (*SERVED, *NAMES, *WELL)
    addresses = dict(zip(plain, hosts(len(plain)), strict=True))
    with Newsroom(addresses=tuple(addresses.values())) as site:
        night.names = {host: addresses[name] for name, host in NAMES.items()}
        urls = {name: site.url("/news/story", host=NAMES.get(name, host)) for name, host in addresses.items()}
        urls |= {name: rooms[name].url("/news/story") for name in CERTIFICATES}
        for host in addresses.values():
            site.serve("/news/story", first_text(""), host=host)
        for room in rooms.values():
            room.serve("/news/story", first_text(""))
        ids = {name: night.follow(url) for name, url in urls.items()}
        night.pass_(timedelta(minutes=20), step=timedelta(minutes=20))
        for name in SERVED:
            site.serve("/news/story", *SITES[name], host=addresses[name])
        for name in CERTIFICATES:
            rooms[name].certify(name)
        known, night.names = night.names, {NAMES["rebinding"]: "10.0.0.7"}
        night.pass_(timedelta(hours=16), step=timedelta(minutes=20))

        told = [alert for alert in night.alerts() if alert.kind is AlertKind.NOTICE]
        assert Counter(alert.watch_id for alert in told) == Counter(ids[name] for name in LASTING)
        assert {alert.payload["title"] for alert in told} == {"Trouble with a watched story"}
        assert night.alerts() == told, "no alert about a story"
        for name in WELL:
            looks = [at for at, result in night.results if result.watch_id == ids[name]]
            gaps = [after - before for before, after in pairwise(looks)]
            assert max(gaps) <= timedelta(minutes=80), "the others are looked at as ever (quiet: up to twice the step)"
        with night.app.kit.db.read() as tx:
            assert {watch.latest_n for watch in watches.list_(tx)} == {1}
            assert {watch.state for watch in watches.list_(tx)} == {WatchState.ACTIVE}

        for name in SERVED:
            site.serve("/news/story", first_text(name), host=addresses[name])
        for name in CERTIFICATES:
            rooms[name].certify("good")
        night.names = known
        night.pass_(timedelta(hours=16), step=timedelta(minutes=20))
        back = [alert for alert in night.alerts() if alert.payload["title"] == "A watched story reads again"]
        last = {result.watch_id: (at, result.outcome, result.error) for at, result in night.results}
        silent = {name: last[ids[name]] for name in LASTING if ids[name] not in {alert.watch_id for alert in back}}
        assert silent == {}
        assert len(back) == len(LASTING)
        assert night.alerts() == [*told, *back]


@pytest.mark.parametrize("name", sorted(MISSING))
def test_a_story_is_called_gone_once_after_it_was_looked_for_again_and_its_return_is_told(
    night: Night, name: str
) -> None:
    with Newsroom() as site:
        site.serve("/", FRONT)
        site.serve("/news/story", first_text(""))
        night.follow(site.url("/news/story"))
        site.serve("/news/story", *SITES[name])
        night.pass_(timedelta(minutes=40))
        site.serve("/news/story", first_text(""))
        night.pass_(timedelta(minutes=40))
        assert night.alerts() == [], "missing for a moment is not gone"

        site.serve("/news/story", *SITES[name])
        night.pass_(timedelta(hours=20))
        (gone,) = night.alerts()
        assert gone.kind is AlertKind.GONE
        site.serve("/news/story", first_text(""))
        night.pass_(timedelta(hours=8))
        assert [alert.kind for alert in night.alerts()] == [AlertKind.GONE, AlertKind.RETURNED]


def test_when_nobody_answers_it_is_our_network_and_one_notice_also_over_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "HOSTS", trouble.HostLog())
    night = Night(tmp_path)
    with Newsroom(addresses=hosts(8)) as site:
        pages = [(host, f"/news/story-{number}") for host in site.addresses for number in range(3)]
        with night.open():
            for host, path in pages:
                site.serve(path, first_text(""), host=host)
                night.follow(site.url(path, host=host))
            night.pass_(timedelta(minutes=90))
            assert night.alerts() == []
            for host, path in pages:
                site.serve(path, Reply(reset_after=0), host=host)
            night.pass_(timedelta(hours=14))
            assert night.titles() == {"Our network seems to be down": 1}

        monkeypatch.setattr(trouble, "HOSTS", trouble.HostLog())
        with night.open():
            trouble.our_network(night.kit, night.now)
            assert night.titles() == {"Our network seems to be down": 1}, "nobody has answered yet"
            for host, path in pages:
                site.serve(path, first_text(""), host=host)
            night.pass_(timedelta(hours=8))
            assert night.titles() == {"Our network seems to be down": 1, "Our network is back": 1}


def test_an_edit_made_while_the_site_failed_is_told_when_it_answers_again(night: Night) -> None:
    edited = (PARAGRAPHS[0], PARAGRAPHS[1].replace("14 people", "19 people"), *PARAGRAPHS[2:])
    with Newsroom() as site:
        site.page("/a", article())
        night.follow(site.url("/a"))
        site.serve("/a", *SITES["server_error"])
        night.pass_(timedelta(hours=3))
        assert night.alerts() == []
        site.serve("/a", replace(Reply(), body=article(paragraphs=edited, turn=2).encode()))
        night.pass_(timedelta(hours=6))
        (alert,) = night.alerts()
        assert (alert.kind, alert.old_n, alert.new_n) == (AlertKind.CHANGE, 1, 2)
