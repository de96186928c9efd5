"""Crash safety: the shipped service is killed with -9 again and again while stories change; then the books are read.

    python -m tests.acceptance.torture --kills 200

Kills come at random moments, at every marked step from the claim of a story to the receipt of its alert (see
``marked``), and in the middle of a send: when the mail server has the mail but has not said so, and while Slack is
still answering. In the end: versions without gaps, every stored change told on every route, nothing told twice unless
it carries the same identity.
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
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.policy import default
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
            f"told twice, with the same identity, after a send that was cut off: {twice}",
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
    with Rig(folder, extra=SETTINGS) as rig:
        text = rig.config.read_text(encoding="utf-8")
        rig.config.write_text(text.replace("[email]\n", "[email]\nhourly_limit = 100000\n"), encoding="utf-8")
        desk = Desk(rig, seed)
        desk.begin()
        try:
            for turn in range(kills):
                moment = moments[turn % len(moments)]
                report.kills[_killed(rig, moment, chance)] += 1
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
        _audit(rig, desk, report)
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


def _rows(rig: Rig, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(rig.data / "stet.db", timeout=10)) as connection:
        return connection.execute(query).fetchall()


def _at_rest(rig: Rig, desk: Desk) -> bool:
    if _rows(rig, "SELECT 1 FROM alerts WHERE status NOT IN ('sent', 'dead') LIMIT 1"):
        return False
    output = rig.output()
    return all(re.search(rf"\b{number}\b", output) for number in desk.newest.values())


def _audit(rig: Rig, desk: Desk, report: Report) -> None:
    """Compare what the database says with what Slack, the mail server and the terminal have."""
    wrong = report.problems
    numbers: dict[int, list[int]] = {}
    for watch, n in _rows(rig, "SELECT watch_id, n FROM versions ORDER BY watch_id, n"):
        numbers.setdefault(watch, []).append(n)
    wrong += [f"watch {one}: versions {got}" for one, got in numbers.items() if got != list(range(1, len(got) + 1))]
    steps = _rows(rig, "SELECT watch_id, old_n, new_n FROM changes")
    alerts = _rows(
        rig,
        "SELECT public_id, channel, status, watch_id, old_n, new_n, attempts, maybe_sent FROM alerts"
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
    _arrived(report, alerts, "slack", _slack_identities(rig))
    _arrived(report, alerts, "email", _mail_identities(rig))
    report.sent["terminal"] = sum(1 for one in alerts if one[1] == "terminal" and one[2] == "sent")
    output, letters = rig.output(), "\n".join(_mail_texts(rig))
    posts = json.dumps([given for name, given in list(rig.slack.calls) if name == "chat.postMessage"])
    for where, texts in (("terminal", output), ("email", letters), ("slack", posts)):
        missing = [number for number in desk.newest.values() if not re.search(rf"\b{number}\b", texts)]
        wrong += [f"{where}: the last edit, with {number}, was not told" for number in missing]
    wrong += [f"slack: {violation}" for violation in rig.slack.violations]
    if "Traceback" in output:
        wrong.append("the log has a traceback")


def _arrived(report: Report, alerts: Sequence[tuple[Any, ...]], channel: str, came: Counter[str]) -> None:
    """Each sent alert is there; twice only where an attempt was cut off, which the alert must know."""
    for public_id, where, status, _, _, _, attempts, _ in alerts:
        if where != channel or status != "sent":
            continue
        report.sent[channel] += 1
        count = came.pop(public_id, 0)
        if not count:
            report.problems.append(f"{channel}: alert {public_id} is marked sent and never came")
        elif count > 1:
            report.doubled[channel] += 1
            if attempts < count:
                report.problems.append(f"{channel}: alert {public_id} came {count} times in {attempts} attempts")
    report.problems += [f"{channel}: {count} messages of no alert, {one}" for one, count in came.items()]


def _slack_identities(rig: Rig) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, given in list(rig.slack.calls):
        if name == "chat.postMessage" and given.get("channel") == CHANNEL:
            told = given.get("metadata") or {}
            told = json.loads(told) if isinstance(told, str) else told
            if told.get("event_type") == "story_change":
                found[str(told["event_payload"]["alert_id"])] += 1
    return found


def _mail_identities(rig: Rig) -> Counter[str]:
    """Mails by the alert they tell; every mail of one alert must carry one Message-ID."""
    ids = _rows(rig, "SELECT public_id, json_extract(receipt, '$.message_id') FROM alerts WHERE channel = 'email'")
    alert_of = {str(identity): public_id for public_id, identity in ids if identity}
    found: Counter[str] = Counter()
    for mail in rig.mail.accepted + rig.mail.swallowed:
        match = re.search(rb"(?im)^message-id:\s*(<[^>]+>)", mail.content)
        identity = match[1].decode() if match else "no Message-ID"
        found[alert_of.get(identity, identity)] += 1
    return found


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
