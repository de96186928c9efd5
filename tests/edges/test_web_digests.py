"""Digest pages over an App as it is really built: a day of everything, the very digest somebody got, the JSON."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from rich.console import Console

from bot.app import App
from bot.config import Config
from bot.core import digest as digest_
from bot.core import tokens
from bot.jobs import digest as jobs
from bot.store import digests, views
from bot.web import WebSettings, serve
from bot.web.run import services, settings, start
from tests.web_site import HOSTILE, NOW, fill


def test_a_day_is_a_page_and_a_document_and_a_mailed_digest_is_found_again(tmp_path: Path) -> None:
    with App.open(Config(), tmp_path, console=Console(file=io.StringIO()), clock=lambda: NOW) as app:
        fill(app.kit.db)
        assert settings(app.config).listen == "127.0.0.1:8080"
        server = serve(services(app), WebSettings(listen="127.0.0.1:0"))
        try:
            with httpx.Client(base_url=server.address, trust_env=False) as client:
                page = client.get("/digests/2026-11-24")
                assert page.status_code == 200
                assert "Minister denies receiving £14,000 from developer" in page.text
                assert HOSTILE not in page.text
                assert client.get("/digests/2026-11-24.json").json()["schema"] == 1
                assert "No story changed" in client.get("/digests/2026-11-01").text
                assert client.get("/digests/2026-11-26").status_code == 404

                with app.kit.db.read() as tx:
                    made = jobs.everything(tx, app.kit, start=NOW - timedelta(days=1), end=NOW, rule="world")
                with app.kit.db.begin() as tx:
                    digests.add(
                        tx, recipient="email:a@x.example", rule="world", local_date=made.local_date,
                        window_start=made.start, window_end=made.end, now=datetime.now(UTC),
                        details=digest_.to_json(made),
                    )  # fmt: skip
                token = tokens.pack(app.kit.secret_key, "digest", "email:a@x.example", "world")
                own = client.get(f"/digests/{made.local_date.isoformat()}?d={token}")
                assert own.status_code == 200
                assert "Minister denies" in own.text
                assert "The day before" not in own.text
                assert client.get(f"/digests/2026-11-20?d={token}").status_code == 404

                with app.kit.db.begin() as tx:
                    views.hide(tx, 1, reason="a court order", by="ann", now=NOW)
                for path in ("/digests/2026-11-24", "/digests/2026-11-24.json", own.request.url.raw_path.decode()):
                    shown = client.get(path)
                    assert shown.status_code == 200
                    assert "Minister denies" not in shown.text
                    assert "Storm Edda" in shown.text, "the other stories stay"
        finally:
            assert server.stop()


def test_feeds_keep_their_ids_when_the_site_moves_to_another_address(tmp_path: Path) -> None:
    ids = []
    for base_url in ("https://stet.old.example", "https://news.example/stet", ""):
        config = Config.model_validate({"bot": {"base_url": base_url}, "web": {"listen": "127.0.0.1:0"}})
        with App.open(config, tmp_path, console=Console(file=io.StringIO()), clock=lambda: NOW) as app:
            if not ids:
                fill(app.kit.db)
            server = start(app)
            try:
                with httpx.Client(base_url=server.address, trust_env=False) as client:
                    feed = client.get("/feed.atom").text
            finally:
                assert server.stop()
            ids.append(re.findall(r"<id>([^<]+)</id>", feed))
    assert ids[0] == ids[1] == ids[2]
    assert len(ids[0]) > 3
    assert all(one.startswith("tag:stet.old.example,2026:") for one in ids[0])
