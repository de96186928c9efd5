"""The shipped service on a disk that fills up, and on one that turns read-only: it says so and goes on when it can."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.pages import PARAGRAPHS, article
from tests.acceptance.rig import Rig, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.getuid() != 0, reason="tmpfs")]

SETTINGS = """
[cadence]
steps = [["30d", "1s"]]
[log]
format = "json"
"""
EDITED = (PARAGRAPHS[0], PARAGRAPHS[1].replace("14 people", "19 people"), *PARAGRAPHS[2:])


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """The world, with a data directory on a disk of its own of twelve megabytes."""
    with Rig(tmp_path, extra=SETTINGS) as one:
        one.data.mkdir()
        if mount("-t", "tmpfs", "-o", "size=12m", "tmpfs", str(one.data)):
            pytest.skip("tmpfs")
        try:
            yield one
        finally:
            subprocess.run(["umount", "-l", str(one.data)], capture_output=True, check=True)


def mount(*arguments: str) -> int:
    """Run mount; its exit code."""
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode


def fill(rig: Rig) -> Path:
    """A file that leaves no room."""
    ballast = rig.data / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            pass
    return ballast


def errors(rig: Rig) -> list[str]:
    """What the service complained about."""
    lines = [json.loads(line) for line in rig.output().splitlines() if line.startswith("{")]
    return [str(line.get("error", "")) for line in lines if line.get("level") == "error"]


def told(rig: Rig) -> tuple[int, int]:
    """How many messages and mails there are."""
    return len(rig.slack_texts()), len(rig.mails())


def test_a_disk_that_fills_up_is_said_and_nothing_is_lost_or_told_twice(rig: Rig) -> None:
    rig.site.page("/a", article())
    rig.stet("add", rig.site.url("/a"))
    with rig.service() as process:
        wait_for(lambda: len(rig.site.seen("/a")) > 3, "looks at the story")
        ballast = fill(rig)
        rig.site.page("/a", article(paragraphs=EDITED, turn=2))
        wait_for(lambda: any("no room left" in error for error in errors(rig)), "the words for it")
        so_far = len(rig.site.seen("/a"))
        wait_for(lambda: len([error for error in errors(rig) if "no room left" in error]) > 5, "more of them", 60)
        assert len(rig.site.seen("/a")) <= so_far + 3, "what cannot be stored is not fetched on and on"
        assert process.poll() is None, "it lives"
        assert told(rig) == (0, 0)
        ballast.unlink()
        wait_for(lambda: told(rig) == (1, 1), "the telling when there is room again", seconds=60)
        process.terminate()
        process.wait(15)
    assert told(rig) == (1, 1)
    assert "Traceback" not in rig.output()
    with closing(sqlite3.connect(rig.data / "stet.db")) as stored:
        assert stored.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_disk_that_turns_read_only_is_said_and_the_service_goes_on_when_it_is_mended(rig: Rig) -> None:
    rig.site.page("/a", article())
    rig.stet("add", rig.site.url("/a"))
    with rig.service() as process:
        wait_for(lambda: len(rig.site.seen("/a")) > 3, "looks at the story")
        rig.site.page("/a", article(paragraphs=EDITED, turn=2))
        wait_for(lambda: told(rig) == (1, 1), "the first edit told")
        process.terminate()
        process.wait(15)
    assert mount("-o", "remount,ro", str(rig.data)) == 0
    refused = rig.stet("run", expect=None)
    assert refused.returncode == 1
    assert "may not be written" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) <= 4, refused.stderr
    assert mount("-o", "remount,rw", str(rig.data)) == 0
    rig.site.page("/a", article(headline="Mayor resigns over port contract", paragraphs=EDITED, turn=3))
    with rig.service():
        wait_for(lambda: told(rig) == (2, 2), "the second edit told")
