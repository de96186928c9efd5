"""What deploy/ ships is checked by the public checkers, where they are installed, and by hand where it can be."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def checker(name: str) -> str:
    """The path of a checker, beside this Python or on the PATH; the test is skipped where it is missing."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(name)
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_service_unit_is_hardened() -> None:
    analyze = checker("systemd-analyze")
    done = run(analyze, "security", "--offline=true", "--threshold=20", str(DEPLOY / "stet.service"))
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd")
    assert done.returncode == 0, done.stdout[-600:] + done.stderr
    level = re.search(r"Overall exposure level for stet.service: ([\d.]+)", done.stdout)
    assert level is not None and float(level[1]) <= 2.0


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = run(checker("hadolint"), str(DEPLOY / "Dockerfile"))
    assert done.stdout == "" and done.returncode == 0


def test_the_compose_file_fits_its_schema() -> None:
    done = run(checker("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_runs_as_nobody_and_knows_whether_it_is_well() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert text.count("\nFROM ") + text.startswith("FROM") == 2
    assert "USER 10001:10001" in text
    assert 'CMD ["stet", "healthcheck"]' in text
    assert "--constraint constraints.txt" in text
    assert not re.search(r"FROM \S+:latest|FROM [^:\s]+\s", text)


def test_compose_has_the_profiles_the_docs_name() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert "profiles: [postgres]" in text
    assert "profiles: [workers]" in text
    assert '"127.0.0.1:8080:8080"' in text


def test_alert_rules_name_metrics_that_exist() -> None:
    rules = (DEPLOY / "prometheus-alerts.yaml").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    for name in set(re.findall(r"\bstet_[a-z_]+\b", rules)):
        assert f'"{name.removesuffix("_total")}"' in code, name


def test_constraints_name_no_index_and_pin_everything() -> None:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[^\s/:]+", line), line
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().split()}
    for requirement in wanted:
        name = re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-")
        assert name in pinned, name
