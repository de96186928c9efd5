"""Loggers that were made before logging was set up obey it all the same."""

from __future__ import annotations

import io
import json

import pytest
import structlog

from bot import log

EARLY = log.get("early")


def test_a_logger_made_at_import_follows_level_form_and_stream(capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    try:
        log.set_up(style="json", level="warning", stream=out)
        EARLY.info("unheard")
        EARLY.warning("heard", address="https://u:hunter2@harbour.example/")
    finally:
        structlog.reset_defaults()
    (line,) = out.getvalue().splitlines()
    said = json.loads(line)
    assert (said["event"], said["part"], said["level"]) == ("heard", "early", "warning")
    assert "hunter2" not in line
    assert capsys.readouterr().out == ""
