"""Crash safety: the shipped service is killed with -9 again and again while stories change; then the books are read.

    python -m tests.acceptance.torture --kills 200

Kills come at random moments, at every marked step from the claim of a story to the receipt of its alert (see
``marked``), and in the middle of a send: when the mail server has the mail but has not said so, and while Slack is
still answering. In the end: versions without gaps, every stored change told on every route, nothing told twice but
what was on its way when a life ended, and that with the same identity.

How it is known that a second copy was due: after each death the database says which alerts were on their way, claimed
and without a receipt. An alert that came in one life and again in a later one must be among those of the first.
"""

from __future__ import annotations

import argparse
import email
import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.policy import default
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.acceptance.marked import STEPS
from tests.acceptance.pages import PARAGRAPHS, article
from tests.acceptance.rig import CHANNEL, Rig, wait_for
from tests.slack_standin import Fault

MOMENTS = ("random", "mail", "slack", *STEPS)
SETTINGS = """
[cadence]
steps = [["30d", "1s"]]
[log]
format = "json"
level = "debug"
"""
TOPICS = ("boathouse", "ferry", "library", "market")
PATIENCE = 40.0
"""Seconds for the service to start and come to the step where it is to die; it rarely takes five."""
EDIT_EVERY = (0.5, 1.6)
"""Seconds between two edits on the site: Slack takes one message a second."""


ECHO = 0.1
"""Seconds after a death until what was sent before it has been taken by the servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The end of one life: how much had come in all by then, and the alerts that were on their way."""

    accepted: int
    swallowed: int
    calls: int
    printed: int
    on_their_way: frozenset[str]


Copies = Mapping[str, Sequence[int]]
"""By alert, the lives in which it came, in order."""


@dataclass(kw_only=True)
class Report:
    """What was done, and what is wrong (nothing, one hopes)."""

    kills: Counter[str] = field(default_factory=Counter)
    edits: int = 0
    versions: int = 0
    changes: int = 0
    alerts: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    cut_off: int = 0
    """Alerts on their way at a death, all deaths together."""
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        told = ", ".join(f"{count} {name}" for name, count in sorted(self.sent.items()))
        twice = ", ".join(f"{count} {name}" for name, count in sorted(self.doubled.items())) or "none"
        return [
            f"{self.kills.total()} kills with -9 in {self.seconds:.0f} s ({kinds})",
            f"{self.edits} edits, {self.versions} versions and {self.changes} changes stored, {self.alerts} alerts",
            f"told: {told}",
            f"on their way when a life ended: {self.cut_off}; of these told again, with the same identity: {twice}",
            *(f"WRONG: {problem}" for problem in self.problems),
        ]


class Desk:
    """Somebody who edits stories all the time: every edit puts a number into the text that was never there before."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self._rig = rig
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="desk")
        self.number = 31_000
        self.edits = 0
        self.newest: dict[str, int] = {}
        """By story, the number that the last edit put in."""
        self._watched: set[str] = set()

    def begin(self) -> None:
        """The first texts, and each a watch."""
        for topic in TOPICS:
            self._edit(topic)
            self._rig.stet("add", self._rig.site.url(f"/{topic}"))
            self._watched.add(topic)
        self._thread.start()

    def end(self) -> None:
        """No more edits."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(self._random.uniform(*EDIT_EVERY)):
            self._edit(self._random.choice(TOPICS))

    def _edit(self, topic: str) -> None:
        self.number += 3
        self.number += not self.number % 5  # "rounded, or made exact" is no news
        self.edits += 1
        moved = PARAGRAPHS[1].replace("14 people", f"{self.number} people").replace("boathouses", topic)
        paragraphs = (PARAGRAPHS[0], moved, *PARAGRAPHS[2:])
        if topic in self._watched:
            self.newest[topic] = self.number
        page = article(headline=f"Council to rebuild the {topic} wall", paragraphs=paragraphs, turn=self.number)
        self._rig.site.page(f"/{topic}", page)


def torture(
    folder: Path,
    *,
    kills: int,
    moments: Sequence[str] = MOMENTS,
    seed: int = 1,
    say: Callable[[str], object] = lambda line: None,
) -> Report:
    """Kill the service ``kills`` times, at one of ``moments`` after the other, let it come to rest, read the books."""
    report = Report()
    chance = random.Random(seed)
    began = time.monotonic()
    deaths: list[Death] = []
    with Rig(folder, extra=SETTINGS) as rig:
        text = rig.config.read_text(encoding="utf-8")
        rig.config.write_text(text.replace("[email]\n", "[email]\nhourly_limit = 100000\n"), encoding="utf-8")
        desk = Desk(rig, seed)
        desk.begin()
        try:
            for turn in range(kills):
                moment = moments[turn % len(moments)]
                report.kills[_killed(rig, moment, chance)] += 1
                deaths.append(_death(rig))
                if (turn + 1) % 20 == 0:
                    say(f"{turn + 1} kills, {time.monotonic() - began:.0f} s, {desk.edits} edits")
        finally:
            desk.end()
        with rig.service():
            try:
                wait_for(lambda: _at_rest(rig, desk), "the last edits told on every route", seconds=20 + kills)
            except AssertionError as error:
                report.problems.append(str(error))
        report.edits = desk.edits
        report.cut_off = sum(len(death.on_their_way) for death in deaths)
        _audit(rig, desk, report, deaths)
    report.seconds = time.monotonic() - began
    return report


def _killed(rig: Rig, moment: str, chance: random.Random) -> str:
    """One life of the service, ended at ``moment``; where that never comes, after a while. Returns how it ended."""
    came = threading.Event()
    marked = ("tests.acceptance.marked", moment, str(chance.randint(1, 3)))
    with rig.service(program=marked if moment in STEPS else ("bot",)) as process:
        if moment == "mail":

            def cut(envelope: Any) -> None:
                if not came.is_set():
                    came.set()
                    process.kill()

            rig.mail.on_data = cut
        elif moment == "slack":
            rig.slack.faults.append(Fault("chat.postMessage", "slow", 0.3))
        posts = len(rig.slack.calls)
        patience = time.monotonic() + (chance.uniform(0.3, 4.0) if moment == "random" else PATIENCE)
        while time.monotonic() < patience and not came.is_set() and process.poll() is None:
            if moment == "slack" and any(name == "chat.postMessage" for name, _ in rig.slack.calls[posts:]):
                came.set()
            time.sleep(0.002 if moment == "slack" else 0.01)
        if moment in STEPS and process.poll() == -signal.SIGKILL:
            came.set()
        process.kill()
        process.wait()
    rig.mail.on_data = lambda envelope: None
    rig.slack.faults.clear()
    return moment if came.is_set() or moment == "random" else f"late ({moment})"


def _death(rig: Rig) -> Death:
    time.sleep(ECHO)
    return Death(
        accepted=len(rig.mail.accepted),
        swallowed=len(rig.mail.swallowed),
        calls=len(rig.slack.calls),
        printed=rig.log.stat().st_size,
        on_their_way=frozenset(row[0] for row in _rows(rig, "SELECT public_id FROM alerts WHERE status = 'leased'")),
    )


def _rows(rig: Rig, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(rig.data / "stet.db", timeout=10)) as connection:
        return connection.execute(query).fetchall()


def _at_rest(rig: Rig, desk: Desk) -> bool:
    if _rows(rig, "SELECT 1 FROM alerts WHERE status NOT IN ('sent', 'dead') LIMIT 1"):
        return False
    output = rig.output()
    return all(re.search(rf"\b{number}\b", output) for number in desk.newest.values())


def _audit(rig: Rig, desk: Desk, report: Report, deaths: Sequence[Death]) -> None:
    """Compare what the database says with what Slack, the mail server and the terminal have."""
    wrong = report.problems
    numbers: dict[int, list[int]] = {}
    for watch, n in _rows(rig, "SELECT watch_id, n FROM versions ORDER BY watch_id, n"):
        numbers.setdefault(watch, []).append(n)
    wrong += [f"watch {one}: versions {got}" for one, got in numbers.items() if got != list(range(1, len(got) + 1))]
    steps = _rows(rig, "SELECT watch_id, old_n, new_n FROM changes")
    alerts = _rows(
        rig,
        "SELECT public_id, channel, status, watch_id, old_n, new_n, maybe_sent FROM alerts"
        " WHERE kind NOT IN ('notice')",
    )
    report.versions = sum(len(got) for got in numbers.values())
    report.changes, report.alerts = len(steps), len(alerts)
    if [n - 1 for got in numbers.values() for n in got if n > 1] != [
        old for _, old, new in sorted(steps) if new == old + 1
    ]:
        wrong.append("there are versions without a change from the one before")
    for channel in ("slack", "email", "terminal"):
        mine = [one for one in alerts if one[1] == channel]
        for watch, _, new in steps:
            if not any(one[3] == watch and one[4] < new <= one[5] and one[2] == "sent" for one in mine):
                wrong.append(f"{channel}: version {new} of watch {watch} was never told")
    copies = {
        "slack": _slack_copies(rig, deaths),
        "email": _mail_copies(rig, deaths),
        "terminal": _printed_copies(rig, deaths, alerts),
    }
    for channel, came in copies.items():
        _arrived(report, alerts, channel, came, deaths)
    output, letters = rig.output(), "\n".join(_mail_texts(rig))
    posts = json.dumps([given for name, given in list(rig.slack.calls) if name == "chat.postMessage"])
    for where, texts in (("terminal", output), ("email", letters), ("slack", posts)):
        missing = [number for number in desk.newest.values() if not re.search(rf"\b{number}\b", texts)]
        wrong += [f"{where}: the last edit, with {number}, was not told" for number in missing]
    wrong += [f"slack: {violation}" for violation in rig.slack.violations]
    if "Traceback" in output:
        wrong.append("the log has a traceback")


def _arrived(
    report: Report, alerts: Sequence[tuple[Any, ...]], channel: str, came: Copies, deaths: Sequence[Death]
) -> None:
    """Each sent alert is there; again only in a life after one that ended while it was on its way, and it knows it."""
    known = {one[0]: one for one in alerts if one[1] == channel and one[2] == "sent"}
    for public_id, alert in known.items():
        lives = came.get(public_id, ())
        report.sent[channel] += 1
        if not lives:
            report.problems.append(f"{channel}: alert {public_id} is marked sent and never came")
        report.doubled[channel] += len(lives) > 1
        for life, later in pairwise(lives):
            if life == later:
                report.problems.append(f"{channel}: alert {public_id} came twice in one life")
            elif public_id not in deaths[life].on_their_way or not alert[6]:
                report.problems.append(f"{channel}: alert {public_id} came again though nothing cut off its sending")
    report.doubled += Counter()  # without the channels that told nothing twice
    report.problems += [
        f"{channel}: {len(lives)} messages of no alert that was sent, {one}"
        for one, lives in came.items()
        if one not in known
    ]


def _lives(places: Iterable[tuple[str, int]], ends: Sequence[int]) -> dict[str, list[int]]:
    """In which lives each thing came: ``places`` says the how-manieth it was, ``ends`` how many each life had seen."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for identity, place in places:
        found[identity].append(bisect_right(ends, place))
    return found


def _slack_copies(rig: Rig, deaths: Sequence[Death]) -> Copies:
    places = []
    for place, (name, given) in enumerate(list(rig.slack.calls)):
        if name == "chat.postMessage" and given.get("channel") == CHANNEL:
            told = given.get("metadata") or {}
            told = json.loads(told) if isinstance(told, str) else told
            if told.get("event_type") == "story_change":
                places.append((str(told["event_payload"]["alert_id"]), place))
    return _lives(places, [death.calls for death in deaths])


def _mail_copies(rig: Rig, deaths: Sequence[Death]) -> Copies:
    """By the alert they tell; every mail of one alert must carry one Message-ID."""
    ids = _rows(rig, "SELECT public_id, json_extract(receipt, '$.message_id') FROM alerts WHERE channel = 'email'")
    alert_of = {str(identity): public_id for public_id, identity in ids if identity}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for mails, ends in (
        (rig.mail.accepted, [death.accepted for death in deaths]),
        (rig.mail.swallowed, [death.swallowed for death in deaths]),
    ):
        places = []
        for place, mail in enumerate(mails):
            match = re.search(rb"(?im)^message-id:\s*(<[^>]+>)", mail.content)
            identity = match[1].decode() if match else "no Message-ID"
            places.append((alert_of.get(identity, identity), place))
        for one, lives in _lives(places, ends).items():
            found[one] = sorted(found[one] + lives)
    return found


def _printed_copies(rig: Rig, deaths: Sequence[Death], alerts: Sequence[tuple[Any, ...]]) -> Copies:
    """In the terminal an alert ends with the address of its page, which names the story and the two versions."""
    alert_of = {(one[3], one[4], one[5]): one[0] for one in alerts if one[1] == "terminal"}
    places = []
    for match in re.finditer(rb"(?m)^http://\S+/stories/(\d+)/diff/(\d+)\.\.(\d+)\s*$", rig.log.read_bytes()):
        told = (int(match[1]), int(match[2]), int(match[3]))
        places.append((alert_of.get(told, str(told)), match.start()))
    return _lives(places, [death.printed for death in deaths])


def _mail_texts(rig: Rig) -> list[str]:
    texts = []
    for mail in rig.mail.accepted + rig.mail.swallowed:
        part = email.message_from_bytes(mail.content, policy=default).get_body(preferencelist=("plain",))
        texts.append(part.get_content() if part else "")
    return texts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the long form and print its figures. 1 where something was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER", help="Leave the database and the log there.")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as passing:
        folder = given.keep or passing
        Path(folder).mkdir(parents=True, exist_ok=True)
        try:
            report = torture(Path(folder), kills=given.kills, seed=given.seed, say=lambda line: print(line, flush=True))
        except (AssertionError, subprocess.SubprocessError) as error:
            print(f"WRONG: {error}")
            log = Path(folder) / "service.log"
            print(log.read_text(encoding="utf-8", errors="replace")[-3000:] if log.exists() else "It never started.")
            return 1
    print("\n".join(report.lines()))
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
