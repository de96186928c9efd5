"""extract, compare, preview and feeds as scripts use them, and what they do with hostile text."""

from __future__ import annotations

import email
import gzip
import json
import re
import subprocess
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from tests.edges.cli_process import HOSTILE, STET, controls, environment, page, saved, stet

HTML = """<!doctype html><html lang="en"><head><title>Ferry stopped</title>
<link rel="canonical" href="https://courier.example/ferry"></head>
<body><article><h1>Ferry stopped after engine fire</h1>
<p>The ferry between the two harbours was stopped on Tuesday after a fire in its engine room, the owner said.</p>
<p>Nobody was hurt and all 212 passengers were brought ashore by three lifeboats within an hour.</p>
<p>“We are looking at the cause,” said Ida Holm, who runs the line. Sailings begin again on Friday morning.</p>
<p>It is the second fire on the ferry within five years, according to the harbour office.</p>
</article></body></html>"""


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A folder with old.json and new.json, hostile in every field."""
    saved(tmp_path, "old.json", page(f"{HOSTILE} Twelve dead", "The mayor said 12 people died.", f"{HOSTILE} one."))
    saved(
        tmp_path, "new.json", page(f"{HOSTILE} Nineteen dead", "The mayor said 19 people died.", f"{HOSTILE} two.", "x")
    )
    return tmp_path


def document(out: bytes) -> Any:
    """The one JSON document that standard output holds."""
    text = out.decode("utf-8")
    assert text.endswith("\n")
    assert text.count("\n") == 1
    return json.loads(text)


def test_compare_prints_one_document_and_exits_ten_where_something_changed(pair: Path) -> None:
    done = stet("compare", "old.json", "new.json", "--json", "--exit-code", cwd=pair)
    found = document(done.stdout)
    assert done.returncode == 10
    assert done.stderr == b""
    assert found["schema"] == 1
    assert found["status"] == "changed"
    assert {"severity", "severity_name", "summary", "flags", "engine", "degraded", "headline", "links", "removed",
            "added", "findings", "quotes"} <= set(found)  # fmt: skip
    assert found["headline"]["changed"] is True
    assert stet("compare", "old.json", "old.json", "--exit-code", cwd=pair).returncode == 0


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_a_diff_in_a_pipe_is_plain_and_hostile_text_is_inert(pair: Path, columns: str) -> None:
    done = stet("compare", "old.json", "new.json", cwd=pair, COLUMNS=columns)
    text = done.stdout.decode("utf-8")
    assert done.returncode == 0
    assert controls(text) == []
    assert "[red]Bold[/b]" in text.replace("\n", " ")
    assert ":smile:" in text
    assert "[-12-]" in text
    assert "{+19+}" in text
    assert max(len(line) for line in text.splitlines()) <= int(columns)
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_a_narrow_terminal_cuts_no_word(pair: Path) -> None:
    narrow, wide = (
        set(re.findall(r"\w+", stet("compare", "old.json", "new.json", cwd=pair, COLUMNS=columns).stdout.decode()))
        for columns in ("40", "95")
    )
    assert {"Nineteen", "headline", "changed"} < narrow
    assert narrow == wide


def test_colour_is_shown_on_demand_and_never_else(pair: Path) -> None:
    assert b"\x1b[" in stet("--color", "always", "compare", "old.json", "new.json", cwd=pair).stdout
    assert b"\x1b[" in stet("compare", "old.json", "new.json", "--color=always", cwd=pair).stdout
    assert b"\x1b" not in stet("--color", "never", "compare", "old.json", "new.json", cwd=pair).stdout
    assert b"\x1b" not in stet("compare", "old.json", "new.json", cwd=pair, NO_COLOR="1").stdout
    assert stet("--color", "purple", "compare", "old.json", "new.json", cwd=pair).returncode == 2


def test_coloured_hostile_text_brings_no_controls_of_its_own(pair: Path) -> None:
    out = stet("--color", "always", "compare", "old.json", "new.json", cwd=pair).stdout.decode("utf-8")
    assert controls(re.sub("\x1b\\[[0-9;]*m", "", out)) == []
    assert "\x1b[2J" not in out


@pytest.mark.parametrize("form", ["slack", "email", "html", "text", "terminal", "atom"])
def test_an_alert_is_previewed_in_every_form(pair: Path, form: str) -> None:
    done = stet("preview", "alert", "--old", "old.json", "--new", "new.json", "--as", form, cwd=pair)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    text = done.stdout.decode("utf-8")
    assert controls(text) == []
    match form:
        case "slack":
            assert json.loads(text)["blocks"]
        case "email":
            mail = email.message_from_bytes(done.stdout, policy=default)
            assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
            assert "19" in str(mail.get_body(("plain",)))
        case "html":
            assert text.lstrip().lower().startswith("<!doctype html>")
            assert "[red]Bold[/b]" in text
        case "atom":
            from lxml import etree

            assert etree.fromstring(done.stdout).tag.endswith(("feed", "entry"))
        case _:
            assert "19" in text
            assert "[red]Bold[/b]" in text.replace("\n", " ")


def test_a_word_of_a_million_letters_does_not_flood_an_alert(tmp_path: Path) -> None:
    saved(tmp_path, "old.json", page("Port reopens", "The port reopens on Monday.", "W" * 1_000_000))
    saved(tmp_path, "new.json", page("Port stays shut", "The port stays shut.", "X" * 1_000_000))
    assert stet("compare", "old.json", "new.json", cwd=tmp_path, COLUMNS="40").returncode == 0
    for form in ("text", "terminal", "slack", "atom"):
        done = stet("preview", "alert", "--old", "old.json", "--new", "new.json", "--as", form, cwd=tmp_path)
        assert done.returncode == 0
        assert len(done.stdout) < 60_000, form


def test_pairs_go_through_one_process_and_a_broken_line_stops_nobody(tmp_path: Path) -> None:
    one = {"id": "a", "old": page("A", "It rained on Monday."), "new": page("A", "It rained on Tuesday.")}
    lines = [json.dumps(one), '{"id": "b", "old": 1}', "", "no json", json.dumps({**one, "id": 7, "new": one["old"]})]
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = stet("compare", "--pairs", "pairs.jsonl", "--json", cwd=tmp_path)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in found] == ["a", "b", None, 7]
    assert found[0]["status"] == "changed"
    assert found[1]["error"]["kind"] == "not_a_pair"
    assert found[3]["status"] == "same"
    assert done.returncode == 1
    assert b"line 2" in done.stderr
    (tmp_path / "good.jsonl").write_text(lines[0] + "\n", encoding="utf-8")
    assert stet("compare", "--pairs", "good.jsonl", "--json", cwd=tmp_path).returncode == 0
    assert stet("compare", "--pairs", "good.jsonl", "--exit-code", cwd=tmp_path).returncode == 10


def test_unknown_keys_of_a_story_are_named_on_standard_error(tmp_path: Path) -> None:
    saved(tmp_path, "old.json", {**page("A", "One thing."), "colour": "red"})
    done = stet("compare", "old.json", "old.json", "--json", cwd=tmp_path)
    assert document(done.stdout)["status"] == "same"
    assert b"colour" in done.stderr


def test_times_and_corrections_of_a_story_are_read_under_their_other_names(tmp_path: Path) -> None:
    old = page("A", "One thing.")
    new = {**old, "structured_corrections": ["The number of boats was wrong."], "published": "2026-11-20T06:00:00Z"}
    saved(tmp_path, "old.json", {**old, "published_at": "2026-11-21T06:00:00Z"})
    saved(tmp_path, "new.json", new)
    done = stet("compare", "old.json", "new.json", "--json", cwd=tmp_path)
    kinds = {finding["kind"] for finding in document(done.stdout)["findings"]}
    assert {"correction_added", "published_changed"} <= kinds
    assert done.stderr == b""


def test_a_page_is_read_from_a_file_from_gzip_and_from_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(HTML, encoding="utf-8")
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(HTML.encode()))
    ways = [
        stet("extract", "page.html", "--json", cwd=tmp_path),
        stet("extract", "page.html.gz", "--json", cwd=tmp_path),
        stet("extract", "-", "--json", cwd=tmp_path, given=HTML.encode()),
        stet("--json", "extract", "-", cwd=tmp_path, given=gzip.compress(HTML.encode())),
    ]
    assert [done.returncode for done in ways] == [0, 0, 0, 0]
    assert len({done.stdout for done in ways}) == 1
    assert document(ways[0].stdout)["headline"] == "Ferry stopped after engine fire"
    assert document(ways[0].stdout)["canonical_url"] == "https://courier.example/ferry"


def test_a_folder_gives_a_line_for_each_page_and_one_broken_page_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "pages" / "deep").mkdir(parents=True)
    (tmp_path / "pages" / "a.html").write_text(HTML, encoding="utf-8")
    (tmp_path / "pages" / "deep" / "b.html.gz").write_bytes(gzip.compress(HTML.encode()))
    (tmp_path / "pages" / "c.html").write_text("<html><body>nothing</body></html>", encoding="utf-8")
    (tmp_path / "pages" / "d.html.gz").write_bytes(gzip.compress(HTML.encode())[:200])
    done = stet("extract", "pages", "--json", cwd=tmp_path)
    found = {line["file"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert set(found) == {"a.html", "deep/b.html.gz", "c.html", "d.html.gz"}
    assert found["a.html"]["headline"] == found["deep/b.html.gz"]["headline"] == "Ferry stopped after engine fire"
    known = {"consent_wall", "bot_wall", "paywall", "error_page", "empty", "not_html", "too_large"}
    assert found["c.html"]["error"]["kind"] in known
    assert found["d.html.gz"]["error"]["kind"] in known


def test_a_page_without_a_story_is_an_error_document_and_exit_one(tmp_path: Path) -> None:
    (tmp_path / "gone.html").write_text(
        "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1><p>Nothing here.</p></body></html>"
    )
    done = stet("extract", "gone.html", "--json", cwd=tmp_path)
    assert done.returncode == 1
    error = document(done.stdout)["error"]
    assert error["kind"] in {"error_page", "empty"}
    assert error["message"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("extract", "missing.html"), 2),
        (("compare", "old.json"), 2),
        (("compare", "old.json", "nowhere.json"), 2),
        (("preview", "alert", "--old", "old.json", "--new", "new.json", "--as", "fax"), 2),
        (("--config", "missing.toml", "list"), 3),
        (("show", "17"), 4),
        (("show", "https://courier.example/nothing"), 4),
        (("db", "current"), 4),
        (("outbox", "show", "3"), 4),
        (("source", "remove", "9"), 4),
        (("why", "1"), 4),
        (("nonsense",), 2),
        (("completion", "tcsh"), 2),
    ],
)
def test_exit_codes_say_what_kind_of_failure_it_was(pair: Path, words: tuple[str, ...], code: int) -> None:
    done = stet(*words, "--data-dir", "data", cwd=pair)
    assert done.returncode == code, done.stderr
    assert done.stdout == b""
    assert done.stderr.startswith(b"stet: ")
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (("show", "17"), 4, "not_found"),
        (("extract", "missing.html"), 2, "usage"),
        (("dif",), 2, "usage"),
        (("diff",), 2, "usage"),
        (("list", "--dsk", "world"), 2, "usage"),
        (("--color", "purple", "list"), 2, "usage"),
        (("--config", "missing.toml", "list"), 3, "configuration"),
        (("check", "https://courier.example/nothing"), 4, "not_found"),
        (("restore", "missing.db"), 4, "not_found"),
    ],
)
def test_with_json_a_failure_is_a_document_too(tmp_path: Path, words: tuple[str, ...], code: int, kind: str) -> None:
    done = stet(*words, "--json", "--data-dir", "data", cwd=tmp_path)
    assert done.returncode == code
    answer = document(done.stdout)
    assert answer["schema"] == 1
    assert answer["error"]["kind"] == kind
    assert answer["error"]["message"] in done.stderr.decode("utf-8")
    assert "Errno" not in answer["error"]["message"]


def test_every_line_of_json_lines_says_its_schema(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[fetch]\nallow_private = ["127.0.0.0/8"]\n')
    assert stet("add", "--no-check", "http://127.0.0.1:9/story", "--data-dir", "data", cwd=tmp_path).returncode == 0
    for words in (("check", "--all"), ("check",), ("reextract",)):
        done = stet(*words, "--json", "--data-dir", "data", cwd=tmp_path)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, words
        assert all(line["schema"] == 1 for line in lines), words


def test_a_broken_configuration_names_every_problem_and_exits_three(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[bot]\ntimezoen = "UTC"\n[fetch]\nworkers = "many"\n')
    done = stet("list", cwd=tmp_path)
    assert done.returncode == 3
    assert b"did you mean timezone?" in done.stderr
    problems = document(stet("list", "--json", cwd=tmp_path).stdout)["error"]["problems"]
    assert len(problems) == 2
    assert b"fetch.workers" in done.stderr


def test_a_reader_that_leaves_early_is_no_failure(pair: Path) -> None:
    many = {"id": 1, "old": page("A", *("Rain fell." for _ in range(50))), "new": page("B", "Rain fell on us.")}
    (pair / "pairs.jsonl").write_text((json.dumps(many) + "\n") * 400)
    command = " ".join(STET)
    for what in ("compare --pairs pairs.jsonl --json", "--help", "compare old.json new.json"):
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command} {what} | head -1"],
            cwd=pair, env=environment(), capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.stderr == b"", what
        assert done.returncode == 0, what
        assert done.stdout.count(b"\n") == 1


def test_closed_standard_output_is_no_traceback(pair: Path) -> None:
    for what in ("compare old.json new.json", "compare old.json new.json --json", "--help", "--version"):
        done = subprocess.run(
            ["bash", "-c", f"{' '.join(STET)} {what} >&-"],
            cwd=pair, env=environment(), capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr, what
        assert b"Exception ignored" not in done.stderr, what
        assert done.returncode in (0, 1), what


def test_a_full_disk_behind_standard_output_is_said_in_one_line(pair: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*STET, "compare", "old.json", "new.json"],
            cwd=pair, env=environment(), stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"stet: " in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_a_terminal_without_utf_8_gets_what_looks_alike(tmp_path: Path) -> None:
    saved(tmp_path, "old.json", page("Café “opens”", "The owner paid £12 – no more…", "One thing stays as it was."))
    saved(tmp_path, "new.json", page("Café “closes”", "The owner paid £14 – no more… 中", "One thing stays as it was."))
    for more in ({"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "ascii", "FORCE_COLOR": "1"}):
        text = stet("compare", "old.json", "new.json", cwd=tmp_path, **more).stdout.decode("ascii")
        assert 'Cafe "' in text
        assert "GBP 14" in re.sub("\x1b\\[[0-9;]*m", "", text)
        assert "->" in text
        assert "\\u" not in text
    assert "£14 " in stet("compare", "old.json", "new.json", cwd=tmp_path, PYTHONIOENCODING="latin-1").stdout.decode(
        "latin-1"
    ).replace("{+", "").replace("+}", "")


def test_feeds_reads_a_feed_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(
        '<rss version="2.0"><channel><title>Quay</title><item><title>Ferry &#x1b; stopped</title>'
        "<link>https://courier.example/ferry</link></item></channel></rss>"
    )
    found = document(stet("feeds", "feed.xml", "--json", cwd=tmp_path).stdout)
    assert found["schema"] == 1
    assert found["entries"][0]["url"] == "https://courier.example/ferry"
    assert set(found["entries"][0]) >= {"url", "title", "published_at"}


def test_the_shell_completion_names_the_shell(tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert b"_STET_COMPLETE" in stet("completion", shell, cwd=tmp_path).stdout
    assert b"_STET_COMPLETE" in stet("completion", cwd=tmp_path, SHELL="/bin/zsh").stdout


@pytest.mark.parametrize(
    ("shell", "asked"),
    [
        ("bash", lambda words: {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}),
        ("zsh", lambda words: {"_TYPER_COMPLETE_ARGS": words}),
        ("fish", lambda words: {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_each_shell_is_offered_commands_their_commands_and_options(tmp_path: Path, shell: str, asked: Any) -> None:
    for words, wanted in (("stet his", "history"), ("stet outbox re", "retry"), ("stet list --tr", "--trouble")):
        done = stet(cwd=tmp_path, _STET_COMPLETE=f"complete_{shell}", **asked(words))
        assert wanted in done.stdout.decode("utf-8"), done.stderr
        assert b"not supported" not in done.stderr


def test_the_numbers_of_watches_are_offered_and_nothing_is_made_for_it(tmp_path: Path) -> None:
    asked = {"_STET_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "stet show 1"}
    assert (stet(cwd=tmp_path, **asked).stdout.count(b'"1"'), list(tmp_path.iterdir())) == (0, [])
    stet("add", "https://news.example/ferry", "--no-check", cwd=tmp_path)
    assert b'"1":"https' in stet(cwd=tmp_path, **asked).stdout


def test_bash_completes_with_the_script_it_was_given(tmp_path: Path) -> None:
    program = tmp_path / "stet"
    program.write_text(f'#!/bin/sh\nexec {" ".join(STET)} "$@"\n')
    program.chmod(0o755)
    script = 'eval "$(stet completion bash)"; COMP_WORDS=(stet outbox s); COMP_CWORD=2; _stet_completion stet; '
    done = subprocess.run(
        ["bash", "-c", script + 'echo "${COMPREPLY[@]}"'], capture_output=True, timeout=60, check=False, cwd=tmp_path,
        env={**environment(), "PATH": f"{tmp_path}:/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.strip() == b"show", done.stderr
