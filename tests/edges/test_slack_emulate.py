"""An independent reading of Slack's Web API: the same sends and updates against the npm package ``emulate``.

Runs where Node 22 or newer is and the package is in npm's cache (``npx --yes emulate@0.12.2 --help`` puts it there), or
where STET_EMULATE names its ``dist/index.js``; skipped elsewhere. Nothing is downloaded by the test.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.deliver.slack import MemoryThreads, SlackChannel, SlackSettings
from bot.deliver.slack_calls import call, get, web_client
from bot.errors import DeliveryError
from tests.slack_cases import NOON, alert, council, message, story

PACKAGE = "emulate@0.12.2"
TOKEN = "xoxb-test"

pytestmark = pytest.mark.node


def _command() -> list[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    if named := os.environ.get("STET_EMULATE"):
        return [node, named]
    version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    if int(version.strip().lstrip("v").split(".")[0]) < 22:
        pytest.skip("Node.js is older than 22")
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("npx is not installed")
    known = subprocess.run(
        [npx, "--offline", "--yes", PACKAGE, "--version"], capture_output=True, timeout=60, check=False
    )
    if known.returncode != 0:
        pytest.skip(f"{PACKAGE} is not in npm's cache")
    return [npx, "--offline", "--yes", PACKAGE]


@pytest.fixture(scope="module")
def api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = _command()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("emulate")
    with (
        (folder / "out.txt").open("wb") as out,
        subprocess.Popen(
            [*command, "--service", "slack", "--port", str(port)],
            stdout=out,
            stderr=out,
            cwd=folder,
            start_new_session=True,
        ) as running,
    ):
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            else:
                pytest.fail((folder / "out.txt").read_text(encoding="utf-8", errors="replace"))
            yield f"http://127.0.0.1:{port}/api/"
        finally:
            os.killpg(running.pid, signal.SIGTERM)


@pytest.fixture
def channel(api_url: str) -> Iterator[SlackChannel]:
    made = SlackChannel(SlackSettings(api_url=api_url, bot_token=TOKEN), MemoryThreads(), background=False)
    yield made
    made.close()


def _replies(api_url: str, receipt: Any) -> list[Any]:
    client = web_client(TOKEN, api_url=api_url)
    answer = get(
        client, "conversations.replies", channel=receipt["channel"], ts=receipt["ts"], include_all_metadata=True
    )
    return list(answer["messages"])


def test_alert_reply_and_update_are_understood_elsewhere_too(api_url: str, channel: SlackChannel) -> None:
    first = council(public_id="a1", watch_id=901)
    receipt = channel.send(first, alert(first, channel="#general"))
    assert receipt["channel"] == "C000000001"
    second = message(story("Old", "A b c."), story("New", "A b d."), n=4, watch_id=901, public_id="a2")
    reply = channel.send(second, alert(second, id=2, channel="C000000001"))
    assert reply["thread_ts"] == receipt["ts"]
    channel.bring_up_to_date()
    parent, answered = _replies(api_url, receipt)
    assert "(2 changes)" in parent["text"]
    assert parent["blocks"][-1]["type"] == "actions"
    assert answered["thread_ts"] == receipt["ts"]


def test_a_message_that_may_have_arrived_is_found_by_its_metadata(api_url: str, channel: SlackChannel) -> None:
    told = council(public_id="a77", watch_id=902)
    channel.send(told, alert(told, channel="C000000001"))
    fresh = SlackChannel(SlackSettings(api_url=api_url, bot_token=TOKEN), MemoryThreads(), background=False)
    again = replace(alert(told, channel="C000000001", maybe_sent=True), created_at=NOON)
    try:
        assert fresh.send(told, again).get("found")
    finally:
        fresh.close()


def test_refusals_have_the_same_words(api_url: str, channel: SlackChannel) -> None:
    told = council(public_id="a3", watch_id=903)
    with pytest.raises(DeliveryError) as failure:
        channel.send(told, alert(told, channel="C999999999"))
    assert failure.value.scope == "target"
    with pytest.raises(DeliveryError) as refused:
        call(web_client(TOKEN, api_url=api_url), "chat.update", channel="C000000001", ts="1.1", text="x")
    assert "message_not_found" in str(refused.value)
