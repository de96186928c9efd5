"""Large pages are read in a process of their own: the same answer, a deadline, a limit of memory, and no trace left."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import ExtractError
from bot.extract import OutletRules, apart, extract
from bot.extract.page import Extraction
from bot.extract.walk import Node
from tests import publishers
from tests.newsroom import STORY

ADDRESS = "https://outlet.example/a"
FILL = b"<script>" + b"var a = 1; " * 100_000 + b"</script>"


def _large(page: bytes) -> bytes:
    return page.replace(b"</head>", FILL + b"</head>", 1)


@pytest.fixture
def reader() -> Iterator[apart.Reader]:
    one = apart.Reader(seconds=20)
    yield one
    one.close()


def _shape(found: Extraction) -> dict[str, object]:
    return {name: getattr(found, name) for name in Extraction.__slots__}


def test_a_large_page_reads_the_same_in_the_child_as_here(reader: apart.Reader) -> None:
    for publisher in publishers.publishers(8):
        page = _large(publishers.render(publisher, publishers.article(publisher, 3), publishers.NOISES, seed=1))
        before = extract(page, url=ADDRESS)
        given = {"url": ADDRESS, "previous": before.remembered, "explain": True, "content_type": "text/html"}
        given["rules"] = OutletRules(drop_lines=("xyz",), selectors={"headline": "h1"}, remove=(".none",))
        assert _shape(reader.read(page, **given)) == _shape(extract(page, **given))  # type: ignore[arg-type]


def test_a_live_blog_keeps_its_times_through_the_child(reader: apart.Reader) -> None:
    page, _ = publishers.live_page("de")
    assert _shape(reader.read(page, url=ADDRESS)) == _shape(extract(page, url=ADDRESS))


def test_a_verdict_comes_back_as_it_was_given(reader: apart.Reader) -> None:
    page = b"<html><title>Just a moment...</title><body><p>Checking your browser</p></body></html>" + FILL
    with pytest.raises(ExtractError) as here:
        extract(page, url=ADDRESS)
    with pytest.raises(ExtractError) as there:
        reader.read(page, url=ADDRESS)
    assert (there.value.kind, str(there.value)) == (here.value.kind, str(here.value))


def test_small_pages_start_no_child_and_large_ones_share_one() -> None:
    apart.close()
    publisher = publishers.publishers(1)[0]
    page = publishers.render(publisher, publishers.article(publisher, 0))
    apart.read(page, url=ADDRESS)
    assert apart._reader.pid is None
    apart.read(_large(page), url=ADDRESS)
    first = apart._reader.pid
    assert first is not None and first != os.getpid()
    apart.read(_large(page), url=ADDRESS)
    assert apart._reader.pid == first
    apart.close()
    assert not _is_alive(first)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_page_that_takes_too_long_is_stopped_and_the_next_one_read() -> None:
    reader = apart.Reader(seconds=0)
    slow = b"<html><body><h1>" + b"The board met " * 150_000 + b"</h1></body></html>"
    with pytest.raises(ExtractError) as caught:
        reader.read(slow, url=ADDRESS)
    assert caught.value.kind == "too_large"
    assert "stopped" in str(caught.value) and "[[outlet]]" in str(caught.value)
    assert reader.pid is None
    publisher = publishers.publishers(1)[0]
    reader._seconds = 20
    assert reader.read(publishers.render(publisher, publishers.article(publisher, 0)), url=ADDRESS).story.headline
    reader.close()


def test_a_page_that_takes_too_much_memory_is_said_so() -> None:
    reader = apart.Reader(memory=160 << 20)
    page = b"<html><body><h1>Quay</h1>" + b"<p>The board met at noon and put off the vote.</p>" * 200_000
    with pytest.raises(ExtractError) as caught:
        reader.read(page, url=ADDRESS)
    assert caught.value.kind == "too_large"
    reader.close()


def test_a_child_that_dies_is_replaced(reader: apart.Reader) -> None:
    publisher = publishers.publishers(1)[0]
    page = publishers.render(publisher, publishers.article(publisher, 0))
    reader.read(page, url=ADDRESS)
    first = reader.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    found = _read_until_replaced(reader, page)
    assert found.story.headline and reader.pid not in (None, first)
    assert not _is_alive(first)


def _read_until_replaced(reader: apart.Reader, page: bytes) -> Extraction:
    try:
        return reader.read(page, url=ADDRESS)
    except ExtractError as error:  # it died with the page in its hands
        assert error.kind == "too_large" and "ended its reader" in str(error)
        return reader.read(page, url=ADDRESS)


def test_many_threads_take_turns(reader: apart.Reader) -> None:
    publisher = publishers.publishers(1)[0]
    pages = [publishers.render(publisher, publishers.article(publisher, number)) for number in range(6)]
    found: dict[int, str] = {}

    def run(number: int) -> None:
        found[number] = reader.read(pages[number], url=ADDRESS).story.headline

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == {number: publishers.article(publisher, number).headline for number in range(6)}


def test_the_child_knows_none_of_our_secrets(reader: apart.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STET_SMTP_PASSWORD", "locksmith")
    publisher = publishers.publishers(1)[0]
    reader.read(publishers.render(publisher, publishers.article(publisher, 0)), url=ADDRESS)
    environ = Path(f"/proc/{reader.pid}/environ")
    if not environ.exists():
        pytest.skip("no /proc here")
    assert b"locksmith" not in environ.read_bytes()


def test_a_child_does_not_outlive_a_parent_that_is_killed() -> None:
    script = (
        "import sys, time\n"
        "from bot.extract import apart\n"
        "try:\n    apart._reader.read(b'<html>', url='')\nexcept Exception: pass\n"
        "print(apart._reader.pid, flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert _is_alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while _is_alive(child) and not _is_zombie(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(child) or _is_zombie(child)


def _is_zombie(pid: int) -> bool:
    """Dead, and not yet waited for by whoever inherited it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def test_a_page_that_was_read_is_let_go_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        assert extract(STORY.encode(), url="https://quay.example/story").story.blocks
        left = [one for one in gc.get_objects() if isinstance(one, Node)]
    finally:
        gc.enable()
    assert left == [], "a circle would keep the whole tree of the page in memory for a while"
