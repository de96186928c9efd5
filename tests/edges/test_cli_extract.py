"""``stet extract``: odd folders, an outlet's rules by address, explanations, and the second opinion both ways."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
from pathlib import Path

import pytest

from tests import bridge
from tests.edges.cli_process import in_a_terminal, stet

TEXT = bridge.TEXT[:3]
PAGE = (
    '<html lang=en><head><title>Bridge</title><meta property="og:type" content="article"></head><body><main>'
    "<h1>Swing bridge to close</h1>" + "".join(f"<p>{text}</p>" for text in TEXT) + '<p><a href="/x">Read more</a></p>'
    '<div class="house"><p>A house notice that reads like any other paragraph of the text.</p></div>'
    "</main></body></html>"
)
OTHER = '''
"""Stands in for the other extractor: says what it is told to say."""
__version__ = "9.9"
def extract(text, **given):
    assert given["favor_precision"] and "<h1>" in text
    return "\\n".join(%r)
'''


def _lines(out: bytes) -> dict[str, dict[str, object]]:
    return {line["file"]: line for line in map(json.loads, out.splitlines())}


def test_a_folder_of_odd_things_gives_its_pages_and_leaves_the_rest(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    (pages / "deep" / "er").mkdir(parents=True)
    (pages / "a.html").write_text(PAGE, encoding="utf-8")
    (pages / "B.HTM").write_text(PAGE, encoding="utf-8")
    (pages / "deep" / "c.htm.gz").write_bytes(gzip.compress(PAGE.encode()))
    (pages / "deep" / "er" / "d ü 港.html").write_text(PAGE, encoding="utf-8")
    (pages / "empty.html").write_bytes(b"")
    (pages / "picture.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (pages / "plain.html.gz").write_text(PAGE, encoding="utf-8")  # named so, and not packed
    (pages / "notes.txt").write_text("not a page")
    (pages / "style.css").write_text("p {}")
    (pages / "folder.html").mkdir()
    (pages / "gone.html").symlink_to(tmp_path / "nowhere")
    (pages / "loop").symlink_to(pages, target_is_directory=True)
    os.mkfifo(pages / "pipe.html")
    done = stet("extract", "pages", "--json", cwd=tmp_path)
    found = _lines(done.stdout)
    assert set(found) == {
        "a.html", "B.HTM", "deep/c.htm.gz", "deep/er/d ü 港.html", "empty.html", "picture.html", "plain.html.gz",
    }  # fmt: skip
    stories = [name for name, line in found.items() if line.get("headline") == "Swing bridge to close"]
    assert len(stories) == 5
    assert found["empty.html"]["error"]["kind"] == "empty"  # type: ignore[index]
    assert found["picture.html"]["error"]["kind"] == "not_html"  # type: ignore[index]
    assert b"no story in 2 of 7 pages" in done.stderr


def test_a_file_that_may_not_be_read_is_an_error_of_its_own(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.html").chmod(0)
    found = _lines(stet("extract", ".", "--json", cwd=tmp_path).stdout)
    assert found["a.html"]["headline"] == "Swing bridge to close"
    assert found["b.html"]["error"]["kind"] == "not_html"  # type: ignore[index]


def test_a_folder_without_pages_is_not_found(tmp_path: Path) -> None:
    done = stet("extract", ".", "--json", cwd=tmp_path)
    assert done.returncode == 4
    assert b"no .html" in done.stderr


def test_progress_shows_in_a_terminal_and_not_in_a_pipe(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.html").write_text(PAGE, encoding="utf-8")
    code, shown = in_a_terminal("extract", ".", "--json", cwd=tmp_path)
    assert code == 0 and "reading" in shown
    assert stet("extract", ".", "--json", cwd=tmp_path).stderr == b""


def test_with_an_address_the_rules_of_its_outlet_apply(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "config.toml").write_text(
        '[[outlet]]\nname = "Quay Post"\nhosts = ["quaypost.example"]\nignore = [".house"]\n', encoding="utf-8"
    )
    plain = json.loads(stet("extract", "p.html", "--json", cwd=tmp_path).stdout)
    ruled = json.loads(
        stet("extract", "p.html", "--url", "https://www.quaypost.example/s", "--json", cwd=tmp_path).stdout
    )
    assert any("house notice" in block["text"] for block in plain["blocks"])
    assert [block["text"] for block in ruled["blocks"]] == list(TEXT)


def test_a_large_page_is_read_too(tmp_path: Path) -> None:
    large = PAGE.replace("</head>", "<script>" + "var a = 1; " * 120_000 + "</script></head>")
    (tmp_path / "p.html").write_text(large, encoding="utf-8")
    assert json.loads(stet("extract", "p.html", "--json", cwd=tmp_path).stdout)["headline"] == "Swing bridge to close"


def test_an_explanation_names_each_fields_source_and_each_left_out_lines_rule(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(PAGE, encoding="utf-8")
    told = json.loads(stet("extract", "p.html", "--explain", "--json", cwd=tmp_path).stdout)["explain"]
    assert {"headline", "byline", "standfirst", "body", "published_at", "updated_at"} <= set(told["sources"])
    assert {"text": "Read more", "rule": "phrase"} in told["dropped"] or {"text": "Read more", "rule": "link"} in told[
        "dropped"
    ]
    said = stet("extract", "p.html", "--explain", cwd=tmp_path).stdout.decode()
    assert "headline: h1" in said and "left out (" in said and "evidence" in said


def test_a_second_opinion_that_is_not_installed_is_one_plain_word(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "trafilatura.py").write_text("raise ImportError('not here')\n")
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    done = stet("extract", "p.html", "--explain", cwd=tmp_path, PYTHONPATH=path)
    assert "second opinion: not installed" in done.stdout.decode()
    assert done.stderr == b""


def test_a_second_opinion_says_how_far_it_agrees_and_where_it_does_not(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "trafilatura.py").write_text(OTHER % ([*TEXT, "A line that only the other one has."],))
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    done = stet("extract", "p.html", "--explain", "--json", cwd=tmp_path, PYTHONPATH=path)
    opinion = json.loads(done.stdout)["explain"]["second_opinion"]
    assert opinion["by"] == "trafilatura 9.9"
    assert 0.7 < opinion["agreement"] < 1.0
    assert opinion["only_there"] == ["A line that only the other one has."]
    assert opinion["only_here"] == ["A house notice that reads like any other paragraph of the text."]


def test_a_second_opinion_that_fails_spoils_nothing(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "trafilatura.py").write_text("def extract(text, **given):\n    raise RecursionError\n")
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    done = stet("extract", "p.html", "--explain", cwd=tmp_path, PYTHONPATH=path)
    assert done.returncode == 0
    assert "failed: RecursionError" in done.stdout.decode()


def test_the_real_other_extractor_agrees_where_it_is_installed(tmp_path: Path) -> None:
    if importlib.util.find_spec("trafilatura") is None:
        pytest.skip("trafilatura is not installed")
    (tmp_path / "p.html").write_text(PAGE, encoding="utf-8")
    done = stet("extract", "p.html", "--explain", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["explain"]["second_opinion"]["agreement"] > 0.7
