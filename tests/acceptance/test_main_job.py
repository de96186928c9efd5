"""The main job, with the shipped process started as a user starts it."""

from __future__ import annotations

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.acceptance.pages import PARAGRAPHS, article
from tests.acceptance.rig import RECIPIENT, Rig, wait_for

pytestmark = pytest.mark.slow

EDITED = (
    PARAGRAPHS[0],
    PARAGRAPHS[1].replace("At least 14", "At least 19"),
    PARAGRAPHS[2].replace("warning about", "complaining about"),
    *PARAGRAPHS[3:],
)


def test_an_edit_is_told_once_on_every_route_and_whitespace_on_none(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        url = rig.site.url("/news/harbour-wall")
        rig.site.page("/news/harbour-wall", article())
        assert "First version saved" in rig.stet("add", url).stdout

        rig.site.page("/news/harbour-wall", article(turn=2, gap="\n\n   \n"))
        rig.json_lines("check", "--all", "--json")
        assert (rig.slack_texts(), rig.mails()) == ([], [])

        rig.site.page("/news/harbour-wall", article(paragraphs=EDITED, turn=3))
        checked = rig.stet("check", "--all", "--exit-code", expect=10)
        again = rig.json_lines("check", "--all", "--json")

        assert again[-1]["summary"]["unchanged"] == 1
        (text,) = rig.slack_texts()
        assert "Council to rebuild harbour wall" in text
        payload = str(rig.slack.posted("C0NEWS0000"))
        assert "complaining" in payload and "19" in payload
        (mail,) = rig.mails()
        assert "complaining" in mail["text"] and "19" in mail["text"]
        assert rig.mail.accepted[0].recipients == [RECIPIENT]
        assert rig.mail.accepted[0].secured and rig.mail.accepted[0].login == "stet"
        assert checked.stdout.count("TEXT CHANGED") == 1
        assert "[-warning-]" in checked.stdout and "{+complaining+}" in checked.stdout
        assert rig.slack.violations == []


def test_the_service_checks_what_is_due_and_tells_it(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.site.page("/a", article())
        rig.stet("add", rig.site.url("/a"))
        rig.site.page("/a", article(headline="Mayor resigns over port contract"))
        rig.due_now()
        with rig.service():
            wait_for(rig.slack_texts, "a Slack message")
            wait_for(rig.mails, "a mail")
            wait_for(lambda: "Mayor resigns over port contract" in rig.output(), "a terminal alert")
        assert len(rig.slack_texts()) == len(rig.mails()) == 1


def test_killed_between_store_and_delivery_the_alert_still_arrives(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.site.page("/a", article())
        rig.stet("add", rig.site.url("/a"))
        rig.site.page("/a", article(paragraphs=EDITED))
        rig.due_now()
        with rig.service("--only", "checker,scheduler") as process:
            wait_for(lambda: _alerts(rig) == 3, "three alerts in the outbox")
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert (rig.slack_texts(), rig.mails()) == ([], [])
        with rig.service():
            wait_for(lambda: rig.slack_texts() and rig.mails(), "the alert after the restart")
            time.sleep(1.5)
        assert len(rig.slack_texts()) == len(rig.mails()) == 1


def test_sigterm_ends_the_service_within_ten_seconds(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.site.page("/a", article())
        rig.stet("add", rig.site.url("/a"))
        with rig.service() as process:
            wait_for(lambda: "started" in rig.output(), "the start")
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=12) == 0
            assert time.monotonic() - began < 10


def test_a_second_service_on_the_same_data_refuses_with_a_sentence(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.stet("list")
        with rig.service():
            wait_for(lambda: "started" in rig.output(), "the start")
            second = rig.stet("run", expect=1)
        assert second.stderr.startswith("stet: ")
        assert str(rig.data) in second.stderr


def test_a_failing_story_stops_no_other(tmp_path: Path) -> None:
    from tests.newsroom import Reply

    with Rig(tmp_path) as rig:
        for name in "abc":
            rig.site.page(f"/{name}", article(headline=f"Harbour wall report {name} is published"))
            rig.stet("add", rig.site.url(f"/{name}"))
        rig.site.serve("/b", Reply(status=500))
        rig.site.page("/c", article(headline="Mayor resigns over secret contract"))
        lines = rig.json_lines("check", "--all", "--json", expect=1)
        outcomes = {line["watch"]: line["outcome"] for line in lines[:-1]}
        assert outcomes == {1: "unchanged", 2: "failed", 3: "changed"}
        assert len(rig.slack_texts()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["add", "not a url"], 2, "web address"),
        (["add", "http://10.0.0.1/story"], 1, "not public"),
        (["show", "99"], 4, "no watch 99"),
        (["diff", "99"], 4, "no watch 99"),
        (["frobnicate"], 2, "frobnicate"),
        (["lits"], 2, "list"),
    ],
)
def test_bad_input_gets_one_sentence_and_its_exit_code(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    with Rig(tmp_path) as rig:
        done = rig.stet(*arguments, expect=code)
        assert words in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_an_unknown_setting_is_named_with_its_line(tmp_path: Path) -> None:
    with Rig(tmp_path, extra='[bots]\ntimezone = "UTC"') as rig:
        done = rig.stet("list", expect=3)
        assert "bots: there is no such setting; did you mean bot?" in done.stderr


def test_an_unreachable_host_is_saved_and_tried_again(tmp_path: Path) -> None:
    from tests.acceptance.rig import free_port

    with Rig(tmp_path) as rig:
        done = rig.stet("add", f"http://127.0.0.1:{free_port()}/story", expect=1)
        assert "will be tried again" in done.stdout
        (line, _) = rig.json_lines("check", "--all", "--json", expect=1)
        assert line["error"]["kind"] == "unreachable"


def test_a_page_that_is_no_html_is_no_story(tmp_path: Path) -> None:
    from tests.newsroom import Reply

    with Rig(tmp_path) as rig:
        rig.site.serve("/data", Reply(body=b"%PDF-1.7 nothing to read here", content_type="application/pdf"))
        rig.stet("add", rig.site.url("/data"), expect=1)
        (line, _) = rig.json_lines("check", "--all", "--json", expect=1)
        assert line["error"]["kind"] == "not_html"


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.stet("list")
        with sqlite3.connect(rig.data / "stet.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        done = rig.stet("list", expect=1)
        assert "newer" in done.stderr


def _alerts(rig: Rig) -> int:
    with sqlite3.connect(rig.data / "stet.db", timeout=10) as connection:
        count = connection.execute("SELECT count(*) FROM alerts").fetchone()[0]
    connection.close()
    return int(count)
