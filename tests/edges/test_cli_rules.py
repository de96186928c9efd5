"""New rules of an outlet: stored pages are read again, nobody is told, and it is shown what would have been said."""

from __future__ import annotations

from pathlib import Path

from tests.edges.cli_process import stet
from tests.newsroom import Newsroom

TEXT = "".join(
    f"<p>The harbour council voted on day {day} to close the swing bridge for eleven weeks, engineers said.</p>"
    for day in range(8)
)
HOUSE = '<div class="house"><p>A house notice that reads like any other paragraph of the text, dear reader.</p></div>'
BASE = '[fetch]\nallow_private = ["127.0.0.0/8"]\nhost_gap = 0\nrobots = false\n[slack]\nmode = "off"\n'
OUTLET = '[[outlet]]\nname = "Quay"\nhosts = ["127.0.0.1"]\nremove = [".house"]\ncookies = { consent = "yes" }\n'


def page(more: str = "") -> str:
    return (
        '<html lang="en"><head><title>Swing bridge to close</title><meta property="og:type" content="article"></head>'
        f"<body><main><h1>Swing bridge to close</h1>{TEXT}{more}{HOUSE}</main></body></html>"
    )


def test_new_rules_read_stored_pages_again_and_tell_nobody(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        done = stet(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    config = tmp_path / "config.toml"
    config.write_text(BASE, encoding="utf-8")
    with Newsroom() as site:
        site.page("/a", page())
        run("add", site.url("/a"))
        config.write_text(BASE + OUTLET, encoding="utf-8")
        assert "1  1 paragraph removed." in run("reextract", "--dry-run")
        assert "1 differently." in run("reextract"), "a dry run stores nothing"
        shown = run("history", "1")
        assert "not changed yet" in shown
        assert "read with newer rules; nobody was told" in shown
        assert "0 alerts told" in run("check", "--all")
        assert site.seen("/a")[-1].headers["cookie"] == "consent=yes"
        site.page("/a", page("<p>The mayor, Ida Moss, said that the bridge had never been safe.</p>"))
        assert "1 paragraph added" in run("check", "--all")
        assert "changed once" in run("history", "1")
