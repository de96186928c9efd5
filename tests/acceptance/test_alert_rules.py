"""The alert rules in deploy/ before promtool, where it is installed: they are valid, and ring when they should."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus-alerts.yaml"
TESTS = ROOT / "tests" / "data" / "alert-rules.yaml"


def promtool(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the tool; the test is skipped where it is missing."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool")
    return subprocess.run([found, *arguments], input=given, capture_output=True, timeout=60, check=False)


def test_the_rules_are_valid() -> None:
    done = promtool("check", "rules", str(RULES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_rule_rings_for_its_trouble_and_none_rings_when_all_is_well() -> None:
    done = promtool("test", "rules", str(TESTS))
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_every_rule_is_tested() -> None:
    names = [line.split("alert:")[1].strip() for line in RULES.read_text().splitlines() if "- alert:" in line]
    tested = TESTS.read_text()
    assert names
    assert [name for name in names if f"alertname: {name}\n" not in tested] == []
