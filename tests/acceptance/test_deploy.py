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


@pytest.mark.parametrize("unit", ["stet.service", "stet-backup.service"])
def test_a_unit_is_hardened(unit: str) -> None:
    analyze = checker("systemd-analyze")
    done = run(analyze, "security", "--offline=true", "--threshold=20", str(DEPLOY / unit))
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd")
    assert done.returncode == 0, done.stdout[-600:] + done.stderr
    level = re.search(rf"Overall exposure level for {unit}: ([\d.]+)", done.stdout)
    assert level is not None and float(level[1]) <= 2.0


def test_systemd_understands_every_line_of_the_units(tmp_path: Path) -> None:
    analyze = checker("systemd-analyze")
    units = [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]
    for unit in units:  # the program is not installed here
        text = unit.read_text(encoding="utf-8").replace("/opt/stet/.venv/bin/stet run", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = run(analyze, "verify", *(str(tmp_path / unit.name) for unit in units))
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if str(tmp_path) in line or "stet" in line]
    assert complaints == []


def test_the_admin_script_is_a_shell_script_that_runs_as_the_service_does() -> None:
    script = DEPLOY / "stet-admin"
    assert run("sh", "-n", str(script)).returncode == 0
    text, unit = script.read_text(encoding="utf-8"), (DEPLOY / "stet.service").read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111
    for shared in ("DynamicUser=yes", "User=stet", "EnvironmentFile=-/etc/stet/secrets.env",
                   "STET_CONFIG=/etc/stet/config.toml", "STET_DATA_DIR=/var/lib/stet"):  # fmt: skip
        assert shared in text
        assert shared in unit


def test_the_example_of_secrets_names_secrets_that_exist() -> None:
    text = (DEPLOY / "env.example").read_text(encoding="utf-8")
    known = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    assert {"STET_SLACK_BOT_TOKEN", "STET_STORE_URL", "POSTGRES_PASSWORD"} <= named
    for name in named - {"POSTGRES_PASSWORD"}:
        assert name in known, name


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
