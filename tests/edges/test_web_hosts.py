"""The sites and their budgets as a page and as JSON."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console

from bot.app import App
from bot.config import Config
from bot.store import hosts
from bot.web import WebSettings, serve
from bot.web.run import services
from tests.web_site import HOSTILE, NOW


def test_a_sites_budget_its_pause_and_the_reason_are_shown(tmp_path: Path) -> None:
    with App.open(Config(), tmp_path, console=Console(file=io.StringIO()), clock=lambda: NOW) as app:
        with app.kit.db.begin() as tx:
            hosts.put(
                tx,
                "northfield.example",
                state={"gap": 5.0, "robots_state": "rules", "why": "retry-after", "requests": 41, "last_status": 429},
                crawl_delay=5.0,
                failures=2,
                last_success_at=NOW - timedelta(hours=1),
            )
            hosts.leave_alone(tx, "northfield.example", NOW + timedelta(minutes=30))
            hosts.put(tx, f"quay.example{HOSTILE}", state={"gap": "soon", "requests": None}, last_failure_at=NOW)
            hosts.leave_alone(tx, f"quay.example{HOSTILE}", NOW - timedelta(minutes=30))
        server = serve(services(app), WebSettings(listen="127.0.0.1:0"))
        try:
            with httpx.Client(base_url=server.address, trust_env=False) as client:
                page = client.get("/hosts")
                document = client.get("/hosts.json").json()
        finally:
            assert server.stop()
    assert page.status_code == 200
    assert "northfield.example</bdi>: a page every 5 s at most, robots.txt read, left alone until " in page.text
    assert "(as it asked), 2 failures in a row, last answered " in page.text
    assert HOSTILE not in page.text
    assert document["schema"] == 1
    first, second = document["hosts"]
    assert (first["host"], first["gap"], first["requests"], first["last_status"]) == (
        "northfield.example",
        5.0,
        41,
        429,
    )
    assert (second["gap"], second["left_alone"], second["why"], second["requests"]) == (None, None, "", 0)


def test_before_anything_was_asked_the_page_says_so(tmp_path: Path) -> None:
    with App.open(Config(), tmp_path, console=Console(file=io.StringIO()), clock=lambda: NOW) as app:
        server = serve(services(app), WebSettings(listen="127.0.0.1:0"))
        try:
            assert "No site was asked yet." in httpx.get(f"{server.address}/hosts", trust_env=False).text
        finally:
            assert server.stop()
