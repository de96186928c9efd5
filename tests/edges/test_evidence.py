"""Evidence: what is in the archive, that standard tools verify it, and that any changed byte is found."""

from __future__ import annotations

import hashlib
import io
import random
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.compare import compare
from bot.errors import NotFound, StoreFull, UsageError
from bot.jobs import evidence
from bot.store import versions
from bot.store.database import Database
from tests.web_site import browse, fill


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path]]:
    """The sample stories, and the evidence for versions 1 and 2 of the first."""
    folder = tmp_path_factory.mktemp("evidence")
    with Database.open(f"sqlite:///{folder / 'stet.db'}") as db:
        fill(db)
        evidence.build(db, 1, 1, 2, folder / "pack.zip", compare=compare, zone="Europe/London")
        yield db, folder / "pack.zip"


def files_of(path: Path) -> dict[str, bytes]:
    """Name and content of each file."""
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_archive_holds_both_pages_headers_texts_the_chain_and_the_comparison(made: tuple[Database, Path]) -> None:
    db, path = made
    files = files_of(path)
    assert set(files) == {
        "README.txt",
        "SHA256SUMS",
        "comparison.html",
        "comparison.json",
        "comparison.txt",
        *(f"chain/{n:06d}.txt" for n in (1, 2, 3)),
        *(f"version-{n}/{name}" for n in (1, 2) for name in ("page.raw", "headers.txt", "story.json", "record.json")),
    }
    with db.read() as tx:
        assert files["version-2/page.raw"] == versions.raw(tx, 1, 2)
        assert hashlib.sha256(files["chain/000003.txt"]).hexdigest() == versions.list_(tx, 1)[2].chain
    assert b"etag: " in files["version-1/headers.txt"]
    assert "herald.example" in files["README.txt"].decode()
    assert "£14,000" in files["comparison.txt"].decode()
    assert "<del>£40,000</del>" in files["comparison.html"].decode()
    assert b"sha256sum --check SHA256SUMS" in files["README.txt"]


def test_the_whole_archive_verifies(made: tuple[Database, Path]) -> None:
    assert evidence.verify(made[1]) == []


def test_the_same_evidence_is_the_same_bytes(made: tuple[Database, Path]) -> None:
    db, path = made
    with db.read() as tx:
        assert evidence.pack(tx, 1, 2, 1, compare=compare, zone="Europe/London").content == path.read_bytes()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_standard_tools_verify_it_as_the_readme_says(made: tuple[Database, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(made[1]) as opened:
        opened.extractall(tmp_path)
    done = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    sums = subprocess.run(
        ["sha256sum", *sorted(str(p) for p in (tmp_path / "chain").iterdir())],
        capture_output=True,
        text=True,
        check=True,
    )
    hashes = [line.split()[0] for line in sums.stdout.splitlines()]
    for before, name in zip(hashes, ("000002.txt", "000003.txt"), strict=False):
        assert f"previous {before}\n" in (tmp_path / "chain" / name).read_text()
    (tmp_path / "version-1" / "page.raw").write_bytes(b"forged")
    done = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0


def test_any_changed_byte_is_found(made: tuple[Database, Path], tmp_path: Path) -> None:
    content = made[1].read_bytes()
    chosen = random.Random(7)
    places = {*range(64), *range(len(content) - 120, len(content)), *chosen.sample(range(len(content)), 150)}
    target = tmp_path / "changed.zip"
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 1 << chosen.randrange(8)
        target.write_bytes(changed)
        assert evidence.verify(target), f"byte {place} of {len(content)}"


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -30])
def test_a_file_that_was_cut_or_lengthened_is_found(made: tuple[Database, Path], tmp_path: Path, cut: int) -> None:
    content = made[1].read_bytes()
    target = tmp_path / "cut.zip"
    target.write_bytes(content[:cut])
    assert evidence.verify(target)
    target.write_bytes(content + b"x" * (abs(cut) + 1))
    assert evidence.verify(target)


def rebuilt(files: dict[str, bytes], path: Path) -> Path:
    """An archive whose checksums were made to fit, as a careful forger would."""
    files = {name: content for name, content in files.items() if name != "SHA256SUMS"}
    files["SHA256SUMS"] = evidence._sums(files)
    path.write_bytes(evidence.archive(files))
    return path


def test_a_forger_who_renews_the_checksums_is_caught_by_the_chain(made: tuple[Database, Path], tmp_path: Path) -> None:
    files = files_of(made[1])
    page = {**files, "version-1/page.raw": b"<html>forged</html>"}
    assert evidence.verify(rebuilt(page, tmp_path / "page.zip")) == [
        "version-1/page.raw is not what the hash chain names"
    ]
    link = {**files, "chain/000001.txt": files["chain/000001.txt"].replace(b"seen 2026", b"seen 2025")}
    assert any("broken" in line for line in evidence.verify(rebuilt(link, tmp_path / "link.zip")))
    gap = {name: content for name, content in files.items() if name != "chain/000002.txt"}
    assert any("gap" in line for line in evidence.verify(rebuilt(gap, tmp_path / "gap.zip")))
    gone = {name: content for name, content in files.items() if name != "version-2/story.json"}
    assert any("missing" in line for line in evidence.verify(rebuilt(gone, tmp_path / "gone.zip")))


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "version-1/../../x", "a\\b", "version-1/a/b", "C:x", "x\n", "", "chain/é"],
)
def test_names_that_lead_elsewhere_are_refused_unread(tmp_path: Path, name: str) -> None:
    target = tmp_path / "slip.zip"
    with zipfile.ZipFile(target, "w") as made_:
        made_.writestr(zipfile.ZipInfo(name or "."), b"x")
    problems = evidence.verify(target)
    assert problems
    assert "is no name that Stet gives" in problems[0]
    assert not (tmp_path.parent / "x").exists()


def test_bombs_locked_files_and_rubbish_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "bomb.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made_:
        made_.writestr("README.txt", b"0" * 50_000_000)
    assert "compressed or locked" in evidence.verify(target)[0]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made_:
        for n in range(evidence.MAX_FILES + 1):
            made_.writestr(f"chain/{n:06d}.txt", b"")
    target.write_bytes(buffer.getvalue())
    assert "more than any" in evidence.verify(target)[0]
    target.write_bytes(b"PK\x03\x04 no zip at all")
    assert "no sound ZIP" in evidence.verify(target)[0]
    with pytest.raises(UsageError, match="cannot be read"):
        evidence.verify(tmp_path / "nowhere.zip")


def test_what_cannot_be_packed_is_said(made: tuple[Database, Path], tmp_path: Path) -> None:
    db, _ = made
    with pytest.raises(NotFound, match="no such story"):
        evidence.build(db, 99, 1, 2, tmp_path / "a.zip", compare=compare)
    with pytest.raises(NotFound, match="no such version"):
        evidence.build(db, 1, 1, 9, tmp_path / "a.zip", compare=compare)
    with pytest.raises(UsageError, match="two different"):
        evidence.build(db, 1, 2, 2, tmp_path / "a.zip", compare=compare)
    with pytest.raises(StoreFull, match="cannot be written"):
        evidence.build(db, 1, 1, 2, tmp_path / "no" / "folder" / "a.zip", compare=compare)
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_was_changed_in_the_database_is_named_in_the_readme(tmp_path: Path) -> None:
    with Database.open(f"sqlite:///{tmp_path / 'stet.db'}") as db:
        fill(db)
        with db.begin() as tx:
            tx.exec_driver_sql("UPDATE versions SET seen_at = seen_at - 3600000000 WHERE watch_id = 1 AND n = 2")
        with db.read() as tx:
            pack = evidence.pack(tx, 1, 1, 3, compare=compare)
    assert pack.problems == ("the record of version 2 does not fit its link in the chain",)
    (tmp_path / "pack.zip").write_bytes(pack.content)
    assert any("broken" in line for line in evidence.verify(tmp_path / "pack.zip"))
    assert b"ATTENTION: the record of version 2" in files_of(tmp_path / "pack.zip")["README.txt"]


def test_the_page_offers_it_as_a_download(tmp_path: Path) -> None:
    with browse(tmp_path) as (client, _):
        answer = client.get("/stories/3/evidence/1..2.zip")
        assert answer.headers["content-type"] == "application/zip"
        assert "attachment" in answer.headers["content-disposition"]
        target = tmp_path / "download.zip"
        target.write_bytes(answer.content)
        assert evidence.verify(target) == []
        page = files_of(target)["comparison.html"].decode()
        assert "<script" not in page
        assert "default-src 'none'" in page
