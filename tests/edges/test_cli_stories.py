"""The commands about watched stories, over one small newsroom on loopback whose text is hostile."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from bot.cli.main import run
from bot.core.model import AlertKind, NewAlert, Target
from bot.store import feedback, outbox
from bot.store.database import Database
from tests.edges.cli_process import STET, controls, environment, heed_interrupts, in_a_terminal, page, saved, stet
from tests.edges.test_bounce import report
from tests.newsroom import Newsroom

HOSTILE = "[red]Bold[/b] &#27;[2J &#x202e;evil&#x202c; <b>&#155;31m</b> :smile:"


def html(deaths: int, extra: str = "") -> str:
    return f"""<!doctype html><html lang="en"><head><title>{HOSTILE} {deaths} dead in ferry fire</title>
<script type="application/ld+json">
{{"@type": "NewsArticle", "headline": "[red]Bold[/b] \\u001b[2J {deaths} dead in ferry fire"}}</script>
</head><body><article><h1>{HOSTILE} {deaths} dead in ferry fire</h1>
<p>The harbour master said on Tuesday that {deaths} people had died in the fire aboard the ferry to the islands.</p>
<p>{HOSTILE} Passengers were brought ashore by three lifeboats within the hour, and taken to the town hall.</p>
<p>“We are looking at the cause,” said Ida Holm, who runs the line. Sailings begin again on Friday morning.</p>
{extra}</article></body></html>"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with a configuration and a database of one story in two versions, and the story's address."""
    folder = tmp_path_factory.mktemp("stories")
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("STET_")}
    with Newsroom() as site:
        site.page("/fire", html(12))
        (folder / "config.toml").write_text(
            '[bot]\ntimezone = "Europe/London"\n[fetch]\nallow_private = ["127.0.0.0/8"]\nhost_gap = 0\n'
            "robots = false\n[judge]\nsettle = 0\nconfirm_gap = 0\n"
            '[[route]]\nname = "desk"\nmin_severity = "major"\nto = { terminal = true }\n',
            encoding="utf-8",
        )
        url = site.url("/fire")
        words = ["--config", str(folder / "config.toml")]
        assert run([*words, "add", url, "--desk", "[blink]harbour", "--label", "x[/]"]) == 0
        site.page("/fire", html(19, "<p>The line's owner has been told to appear before the inquiry next week.</p>"))
        assert run([*words, "check", "--all"]) == 0
        yield folder, url
    os.environ.update(kept)


class Stet:
    """Runs commands in this process."""

    def __init__(self, folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.url, self._capsys = folder, url, capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        self._capsys.readouterr()
        assert run(["--config", str(self.folder / "config.toml"), *words]) == code
        said = self._capsys.readouterr()
        self.err = said.err
        assert "Traceback" not in said.err
        assert controls(said.out + said.err) == []
        return said.out

    def json(self, *words: str, code: int = 0) -> Any:
        out = self(*words, "--json", code=code)
        assert out.count("\n") == 1
        document = json.loads(out)
        assert document["schema"] == 1
        return document


@pytest.fixture
def cli(watched: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> Stet:
    return Stet(*watched, capsys)


def test_lists_show_the_story_as_text(cli: Stet) -> None:
    for words in (("list",), ("show", "1"), ("history", "1"), ("diff", "1"), ("why", "1"), ("diff", "1", "--full")):
        flat = " ".join(cli(*words).split())
        assert "[red]Bold[/b]" in flat, words
        assert "dead in ferry fire" in flat, words
    assert "[blink]harbour" in cli("show", "1")


def test_every_reading_command_answers_with_one_document(cli: Stet) -> None:
    assert cli.json("list")["watches"][0]["versions"] == 2
    assert cli.json("show", cli.url)["watch"] == 1
    assert [one["version"] for one in cli.json("history", "1")["versions"]] == [1, 2]
    assert cli.json("diff", "1", "1..2")["findings"]
    assert cli.json("why", "1")["severity_name"] in ("major", "critical")
    assert cli.json("tune", "--since", "1d")["routes"] is not None
    assert cli.json("audit")["entries"][0]["action"]
    assert cli.json("outbox", "list")["alerts"][0]["status"] == "sent"
    assert cli.json("source", "list")["sources"] == []
    assert cli.json("list", "--hosts")["hosts"] is not None
    assert cli.json("config", "show")["bot"]["timezone"] == "Europe/London"
    assert cli.json("db", "current")["current"] == cli.json("db", "current")["wanted"]


@pytest.mark.parametrize(
    "words",
    ["mute 1", "unmute 1", "edit 1 --label quay", "deliver", "digest", "config check", "prune --dry-run", "open 1",
     "outbox retry --all", "db upgrade", "export"],
)  # fmt: skip
def test_commands_that_only_speak_to_people_answer_with_one_document_too(cli: Stet, words: str) -> None:
    document = json.loads(cli(*words.split(), "--json"))
    assert document["schema"] == 1
    assert "watches" in document or (document["ok"] and document["message"])


def test_global_json_before_the_command_means_the_same(cli: Stet, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["--json", "--config", str(cli.folder / "config.toml"), "show", "1"]) == 0
    assert json.loads(capsys.readouterr().out) == cli.json("show", "1")


def test_check_gives_a_line_for_each_watch_and_a_summary(cli: Stet) -> None:
    lines = [json.loads(line) for line in cli("check", "1", "--json").splitlines()]
    assert set(lines[0]) >= {"watch", "url", "outcome", "version", "severity", "ms"}
    assert lines[0]["outcome"] == "unchanged"
    assert lines[-1]["summary"]["checked"] == 1
    cli("check", "1", "--exit-code")
    assert cli("diff", "1", "--exit-code", code=10)


def test_a_story_is_named_by_number_or_address_and_a_stranger_is_not_found(cli: Stet) -> None:
    assert cli("show", "1") == cli("show", cli.url)
    cli("show", "99", code=4)
    assert "99" in cli.err
    cli("diff", "1", "2..9", code=4)
    cli("diff", "1", "nine", code=2)


def test_what_was_called_not_important_is_shown_by_tune(cli: Stet) -> None:
    with Database.open(f"sqlite:///{cli.folder / 'stet-data' / 'stet.db'}", migrate=False) as db, db.begin() as tx:
        feedback.add(tx, at=datetime.now(UTC), verdict="not_important", actor="U0ALICE00", watch_id=1, change_id=1)
        feedback.add(tx, at=datetime.now(UTC), verdict="not_important", actor="U0BOB0000", watch_id=1, change_id=1)
    said = cli("tune", "--since", "1d")
    assert "“Not important” was said 2 times, by 2 people." in said
    assert re.search(r"stet tune --off \w+", said)
    assert len(cli.json("tune", "--since", "1d")["not_important"]) == 2


def test_hosts_show_their_budgets(cli: Stet) -> None:
    said = cli("list", "--hosts")
    assert said.startswith("127.0.0.1  2 at once, last answered "), "written down by the check that made the stories"
    (host,) = cli.json("list", "--hosts")["hosts"]
    assert (host["host"], host["budget"]["at_once"], host["budget"]["requests"]) == ("127.0.0.1", 2, 1)


def test_looking_at_the_schema_changes_nothing(cli: Stet) -> None:
    file = cli.folder / "stet-data" / "stet.db"
    before = file.read_bytes()
    assert "as this release wants" in cli("db", "current")
    assert file.read_bytes() == before


def test_lists_of_other_programs_are_imported(cli: Stet, tmp_path: Path) -> None:
    lists = {
        "urlwatch.yaml": 'name: "Port"\nurl: "https://courier.example/u1"\nfilter:\n  - html2text\n---\n'
        "kind: url\nname: Sea\nurl: https://courier.example/u2\n",
        "webchanges.yaml": "name: Sky\nnavigate: https://courier.example/w1\nuse_browser: true\n",
        "list.yaml": "# jobs\n- name: Fog  # often\n  url: 'https://courier.example/u3#top'\n- command: ls\n"
        "- url: https://courier.example/form\n  data: {a: 1}\n",
        "klaxon.csv": "id,name,url,css_selector\n1,Budget,https://courier.example/k1,#main\n",
        "klaxon.json": '[{"id":2,"name":"Mayor","url":"https://courier.example/k2","css_selector":"#main",'
        '"exclude_selector":null,"user_id":1,"created_at":"2024-05-01T10:00:00.000Z"}]',
        "url-watches.json": '{"version":"0.50","watching":{"a1-b2":{"url":"https://courier.example/c1","title":"Tide",'
        '"paused":false}}}',
        "lines.txt": "# ours\nhttps://courier.example/l1\n\nhttps://courier.example/l2\n",
    }
    wanted = {"urlwatch.yaml": 2, "webchanges.yaml": 1, "list.yaml": 1, "klaxon.csv": 1, "klaxon.json": 1,
              "url-watches.json": 1, "lines.txt": 2}  # fmt: skip
    data = str(tmp_path / "data")
    for name, text in lists.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert cli.json("import", str(tmp_path / name), "--data-dir", data)["added"] == wanted[name], name
        assert cli.json("import", str(tmp_path / name), "--data-dir", data)["known"] == wanted[name], name
    exported = cli("export", "--data-dir", data)
    assert exported.splitlines()[0].startswith("url,title,desk")
    (tmp_path / "back.csv").write_text(exported, encoding="utf-8")
    other = str(tmp_path / "other")
    assert cli.json("import", str(tmp_path / "back.csv"), "--data-dir", other)["added"] == sum(wanted.values())
    assert cli("export", "--data-dir", other) == exported
    for title in ("Port", "Sea", "Sky", "Fog", "Budget", "Mayor", "Tide"):
        assert title in exported


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_was_exported_comes_back_with_its_settings(cli: Stet, tmp_path: Path, form: str) -> None:
    first, second, url = str(tmp_path / "first"), str(tmp_path / "second"), "https://courier.example/quay"
    words = ("--no-check", "--desk", "world", "--label", "Quay, “new”", "--every", "15m", "--min-severity", "notable")
    cli("add", url, *words, "--route", "desk", "--data-dir", first)
    (tmp_path / "feed.opml").write_text(
        '<opml version="2.0"><body><outline text="Rivals"><outline type="rss" text="Courier" '
        'xmlUrl="https://courier.example/rss.xml"/></outline></body></opml>'
    )
    assert cli.json("import", str(tmp_path / "feed.opml"), "--data-dir", first)["sources"] == 1
    cli("export", "--as", form, "--out", str(tmp_path / "all"), "--data-dir", first)
    back = cli.json("import", str(tmp_path / "all"), "--data-dir", second)
    assert (back["added"], back["sources"]) == (1, 1 if form == "json" else 0)
    kept = ("url", "label", "desk", "every") + (("min_severity", "routes") if form == "json" else ())
    (before,), (after,) = (cli.json("list", "--data-dir", data)["watches"] for data in (first, second))
    assert {name: before[name] for name in kept} == {name: after[name] for name in kept}
    if form == "json":
        (before,), (after,) = (cli.json("source", "list", "--data-dir", data)["sources"] for data in (first, second))
        assert {name: before[name] for name in ("url", "title", "desk")} == {
            name: after[name] for name in ("url", "title", "desk")
        }


def test_a_terminal_gets_colour_and_a_side_by_side_diff(watched: tuple[Path, str]) -> None:
    folder, _ = watched
    code, wide = in_a_terminal("diff", "1", cwd=folder, columns=130)
    assert code == 0
    assert "\x1b[" in wide
    assert "Before" in wide
    assert "After" in wide
    assert controls(re.sub("\x1b\\[[0-9;]*m", "", wide)) == []
    code, plain = in_a_terminal("diff", "1", cwd=folder, columns=130, NO_COLOR="1")
    assert code == 0
    assert "\x1b[3" not in plain
    assert "[-12-]" in plain
    _, narrow = in_a_terminal("diff", "1", cwd=folder, columns=40)
    assert "Before" not in narrow


def test_a_report_of_a_lost_mail_is_taken_from_standard_input(watched: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = watched
    with Database.open(f"sqlite:///{folder / 'stet-data' / 'stet.db'}", now=datetime.now(UTC)) as db, db.begin() as tx:
        new = NewAlert(
            key="bounce:1",
            kind=AlertKind.NOTICE,
            route="desk",
            target=Target(channel="email", address="a@desk.example"),
        )
        alert = outbox.add(tx, new, datetime.now(UTC))
        assert alert is not None
        outbox.sent(tx, alert.id, {}, datetime.now(UTC))
    raw = report(to=f"bounces+{alert.public_id}@paper.example", fields="Action: failed\nStatus: 5.1.1")
    done = stet("bounce", "--json", cwd=folder, given=raw)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "lost"
    (tmp_path / "report.eml").write_bytes(raw)
    assert json.loads(stet("bounce", str(tmp_path / "report.eml"), "--json", cwd=folder).stdout)["outcome"] == "known"
    assert json.loads(stet("bounce", "--json", cwd=folder, given=b"hello").stdout)["outcome"] == "no_report"


def test_a_list_in_a_pipe_is_a_line_each_with_tabs_and_whole_addresses(watched: tuple[Path, str]) -> None:
    folder, url = watched
    (line,) = stet("list", cwd=folder, COLUMNS="40").stdout.decode("utf-8").splitlines()
    number, versions, state, desk, headline, address = line.split("\t")
    assert (number, versions, state, desk) == ("1", "2", "active", "[blink]harbour")
    assert "dead in ferry fire" in headline
    assert address == url


@pytest.mark.parametrize("columns", [40, 72])
@pytest.mark.parametrize("words", ["list", "history 1", "diff 1", "why 1", "audit", "doctor --offline"])
def test_no_line_in_a_terminal_is_broken_inside_a_word(watched: tuple[Path, str], words: str, columns: int) -> None:
    """A line may only be wider than the terminal where it is one word, such as an address: those are copied."""
    folder, _ = watched
    code, shown = in_a_terminal(*words.split(), cwd=folder, columns=columns, NO_COLOR="1")
    assert code in (0, 1)
    for line in re.sub("\x1b\\[[0-9;]*m", "", shown).splitlines():
        assert cell_len(line) <= columns or len(line.split()) == 1, line


def test_init_asks_on_a_terminal_and_never_overwrites(tmp_path: Path) -> None:
    questions = ["Time zone", "contact you", "Slack channel", "Mail addresses", "SMTP server", "Sender", "web view"]
    answers = [b"Europe/Oslo\n", b"desk@newsroom.example\n", *([b"\n"] * 5)]
    code, shown = in_a_terminal("init", cwd=tmp_path, typed=list(zip(questions, answers, strict=True)))
    assert code == 0, shown
    assert re.search(r"Next: (stet|\S*/stet|python -m bot) doctor", shown)
    text = (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert 'timezone = "Europe/Oslo"' in text
    assert "desk@newsroom.example" in text
    done = stet("init", "--yes", cwd=tmp_path)
    assert done.returncode == 2
    assert b"never overwritten" in done.stderr
    assert (tmp_path / "config.toml").read_text(encoding="utf-8") == text


def test_init_asks_again_where_an_answer_cannot_be_used(tmp_path: Path) -> None:
    typed = [("Time zone", b"Europe/Londn\n")]
    typed += [("no time zone", b"Europe/London\n"), ("contact you", b"\n"), ("Slack channel", b"\n")]
    typed += [("Mail addresses", b"nonsense\n"), ("nonsense", b"desk@newsroom.example\n"), ("SMTP server", b"\n")]
    typed += [("Sender", b"\n"), ("web view", b"\n")]
    code, shown = in_a_terminal("init", cwd=tmp_path, typed=typed)
    assert code == 0, shown
    text = (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert 'timezone = "Europe/London"' in text
    assert 'email = ["desk@newsroom.example"]' in text


def test_ctrl_c_ends_with_130_and_one_line(tmp_path: Path) -> None:
    code, shown = in_a_terminal("init", cwd=tmp_path, typed=[("Time zone", b"\x03")])
    assert code == 130
    assert "Traceback" not in shown
    assert "stet: stopped" in shown
    assert not (tmp_path / "config.toml").exists()


def test_an_interrupt_in_the_middle_of_reading_ends_with_130(tmp_path: Path) -> None:
    saved(tmp_path, "old.json", page("A", "It rained."))
    with subprocess.Popen(
        [*STET, "compare", "old.json", "/dev/stdin", "--json"],
        cwd=tmp_path, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=heed_interrupts,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stderr is not None
        wait_until_it_reads(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b"stet: stopped\n"


def wait_until_it_reads(pid: int) -> None:
    """Until the process has its standard input open as the second side: an fd beyond the first three."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        links = []
        for name in Path(f"/proc/{pid}/fd").iterdir():
            try:
                links.append(str(name.readlink()))
            except OSError:
                continue
        if len([link for link in links if link.startswith("pipe:")]) > 3:
            return
        time.sleep(0.02)


@pytest.mark.parametrize("form", ["opml", "json"])
def test_sources_come_back_with_their_kind_patterns_and_limits(cli: Stet, tmp_path: Path, form: str) -> None:
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    (tmp_path / "sources.opml").write_text(
        '<opml version="2.0" xmlns:stet="urn:stet:opml"><body><outline text="Politics" category="home" '
        'url="https://courier.example/politics" stet:kind="section" stet:maxNewPerCheck="9" '
        'stet:include="[&quot;/politics/&quot;, &quot;a &lt; b&quot;]" '
        'stet:exclude="[&quot;sponsored&quot;]" stet:every="7m" stet:routes="[&quot;desk&quot;]" '
        'stet:maxAgeDays="0"/></body></opml>'
    )
    assert cli.json("import", str(tmp_path / "sources.opml"), "--data-dir", first)["sources"] == 1
    cli("export", "--as", form, "--out", str(tmp_path / "all"), "--data-dir", first)
    assert cli.json("import", str(tmp_path / "all"), "--data-dir", second)["sources"] == 1
    (before,), (after,) = (cli.json("source", "list", "--data-dir", data)["sources"] for data in (first, second))
    assert before == after
    assert (after["kind"], after["every"], after["max_new_per_check"], after["max_age_days"]) == ("section", 420, 9, 0)
    assert (after["include"], after["exclude"], after["routes"]) == (["/politics/", "a < b"], ["sponsored"], ["desk"])
