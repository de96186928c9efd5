"""Draw the Slack pictures of the documentation: blocks as plain HTML, photographed by a headless Chromium.

    python docs/tools/slack_preview.py docs/pictures

The drawing is honest, not pretty: every block is shown in the order, style and wording Slack is given, long buttons are
cut as Slack cuts them, and nothing is added but names and times beside the messages.
"""

# ruff: noqa: E501, S603 - CSS and HTML in long lines; the one program that is run is the Chromium of this machine
from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.compare import compare
from bot.core.comparison import Severity
from bot.core.model import AlertKind, Health, Only, Subscription, Watch
from bot.core.story import Block, BlockKind, Story
from bot.render.message import Message
from bot.render.slack import payload
from bot.render.slack_thread import ThreadState, updated_parent
from bot.render.slack_window import diff_view
from bot.slack.following import Following, Place, Status
from bot.slack.home import home

NOON = datetime(2026, 11, 21, 12, 4, tzinfo=UTC)
URL = "https://harbour-times.example/local/ferry-timetable"
EMOJI = {
    "newspaper": "▤", "pencil2": "✏️", "warning": "⚠️", "wastebasket": "🗑️", "arrow_up": "⬆️", "mute": "🔇",
    "information_source": "ℹ️", "sunrise": "🌅", "pause_button": "⏸️", "test_tube": "🧪",
}  # fmt: skip
CSS = """
* { box-sizing: border-box } body { margin: 0; padding: 18px; background: #fff; color: #1d1c1d;
font: 15px/1.46 "Lato", "DejaVu Sans", "Noto Sans", sans-serif; width: %dpx }
.m { display: flex; gap: 10px; margin-bottom: 14px } .m.reply { margin-left: 46px }
.face { width: 36px; height: 36px; border-radius: 6px; background: #7a1f1f; color: #fff; font-weight: 700; display: flex;
align-items: center; justify-content: center; flex: none } .name { font-weight: 700 } .app { font-size: 10px; color: #616061;
background: #eee; border-radius: 2px; padding: 1px 3px; margin: 0 4px; vertical-align: 2px } .time { font-size: 12px; color: #616061 }
a { color: #1264a3; text-decoration: none } .ctx { color: #616061; font-size: 12.5px; display: flex; flex-wrap: wrap; gap: 2px 10px;
margin: 3px 0 } blockquote { margin: 3px 0 7px; padding: 1px 0 1px 10px; border-left: 4px solid #ddd; white-space: pre-wrap }
s { color: #616061 } ul { margin: 4px 0; padding-left: 22px } .row { display: flex; gap: 12px; justify-content: space-between;
align-items: flex-start; margin: 4px 0 } .acts { display: flex; gap: 8px; flex-wrap: wrap; margin: 7px 0 }
.b { border: 1px solid #bbb; border-radius: 4px; padding: 4px 12px; font-size: 13px; font-weight: 700; background: #fff; white-space: nowrap }
.b.primary { background: #007a5a; color: #fff; border-color: #007a5a } .b.sel { font-weight: 400; color: #616061 }
hr { border: 0; border-top: 1px solid #ddd; margin: 10px 0 } .note { font-size: 12px; color: #616061; margin: 2px 0 0 46px }
.modal { border: 1px solid #ccc; border-radius: 8px; box-shadow: 0 2px 14px #0003; overflow: hidden } .modal header {
padding: 12px 18px; font-weight: 800; font-size: 18px; border-bottom: 1px solid #ddd; display: flex; justify-content: space-between }
.modal main { padding: 10px 18px } .modal footer { padding: 10px 18px; border-top: 1px solid #ddd; text-align: right }
.also { font-size: 12px; color: #616061 }
"""


def mrkdwn(text: str) -> str:
    """Slack's markup as HTML: dates, links, people, bold, struck, emoji."""
    text = re.sub(r"<!date\^(\d+)\^[^|]*\|[^>]*>", lambda found: _moment(int(found.group(1))), text)
    text = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r"[[a \1]]\2[[/a]]", text)
    text = re.sub(r"<@(U[A-Z0-9]+)>", lambda found: f"[[p]]@{PEOPLE.get(found.group(1), 'somebody')}[[/a]]", text)
    text = re.sub(r"<#(C[A-Z0-9]+)>", lambda found: f"[[p]]#{CHANNELS.get(found.group(1), 'channel')}[[/a]]", text)
    text = html.escape(html.unescape(text.replace("\u200b", "")), quote=False)
    text = re.sub(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)", r"<b>\1</b>", text)
    text = re.sub(r"(?<!\w)~(\S(?:[^~\n]*\S)?)~(?!\w)", r"<s>\1</s>", text)
    text = re.sub(r":([a-z0-9_]+):", lambda found: EMOJI.get(found.group(1), found.group()), text)
    text = (
        re.sub(r"\[\[a ([^\]]+)\]\]", '<a href="#">', text).replace("[[p]]", '<a href="#">').replace("[[/a]]", "</a>")
    )
    return text.replace("\n", "<br>")


PEOPLE = {"U0ALICE00": "alice", "U0BOB0000": "bob"}
CHANNELS = {"C0NEWS0000": "news", "C0WORLD000": "world-desk"}


def _moment(epoch: int) -> str:
    when = datetime.fromtimestamp(epoch, UTC)
    day = "Today" if when.date() == NOON.date() else f"{when:%b} {when.day}"
    return f"{day} {when:%H:%M}"


def leaf(element: dict[str, Any]) -> str:
    if element["type"] == "emoji":
        return EMOJI.get(element["name"], "▫️")
    text = html.escape(element.get("text", ""), quote=False)
    style = element.get("style", {})
    for name, tag in (("bold", "b"), ("strike", "s"), ("italic", "i")):
        if style.get(name):
            text = f"<{tag}>{text}</{tag}>"
    return f'<a href="#">{text}</a>' if element["type"] == "link" else text


def rich(block: dict[str, Any]) -> str:
    out = []
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            out.append(
                "<ul>"
                + "".join(f"<li>{''.join(map(leaf, row['elements']))}</li>" for row in part["elements"])
                + "</ul>"
            )
            continue
        inner = "".join(leaf(element) for element in part["elements"])
        out.append(f"<blockquote>{inner}</blockquote>" if part["type"] == "rich_text_quote" else f"<div>{inner}</div>")
    return "".join(out)


def control(element: dict[str, Any]) -> str:
    if element["type"] == "overflow":
        return '<span class="b">⋯</span>'
    if element["type"] == "static_select":
        return f'<span class="b sel">{html.escape(element["placeholder"]["text"])} ▾</span>'
    words = element["text"]["text"]
    words = words if len(words) <= 30 else words[:29] + "…"
    return f'<span class="b {element.get("style", "")}">{html.escape(words)}</span>'


def text_object(value: dict[str, Any]) -> str:
    return mrkdwn(value["text"]) if value["type"] == "mrkdwn" else html.escape(value["text"], quote=False)


def draw(blocks: list[dict[str, Any]]) -> str:
    """Blocks as HTML, in order."""
    out = []
    for block in blocks:
        kind = block["type"]
        if kind == "rich_text":
            out.append(rich(block))
        elif kind == "context":
            out.append(
                '<div class="ctx">'
                + "".join(f"<span>{text_object(one)}</span>" for one in block["elements"])
                + "</div>"
            )
        elif kind == "section":
            beside = control(block["accessory"]) if "accessory" in block else ""
            out.append(f'<div class="row"><div>{text_object(block["text"])}</div>{beside}</div>')
        elif kind == "actions":
            out.append('<div class="acts">' + "".join(map(control, block["elements"])) + "</div>")
        elif kind == "divider":
            out.append("<hr>")
    return "".join(out)


def posted(body: dict[str, Any], time: str, *, reply: bool = False) -> str:
    also = '<div class="also">also sent to the channel</div>' if body.get("reply_broadcast") else ""
    return (
        f'<div class="m{" reply" if reply else ""}"><div class="face">S</div><div style="flex:1"><span class="name">Stet</span>'
        f'<span class="app">APP</span><span class="time">{time}</span>{also}{draw(body["blocks"])}</div></div>'
    )


def window(view: dict[str, Any]) -> str:
    close = f'<footer><span class="b">{html.escape(view["close"]["text"])}</span></footer>'
    return f'<div class="modal"><header>{html.escape(view["title"]["text"])}<span>✕</span></header><main>{draw(view["blocks"])}</main>{close}</div>'


# ---- an invented story ----

FIRST = Story(
    headline="Island ferry keeps all four crossings this winter",
    standfirst="The company says the timetable is safe after a week of talks.",
    url=URL,
    blocks=tuple(
        Block(text=text)
        for text in (
            "The Harbour Line will keep all four daily crossings to the island this winter, it said on Tuesday after a week of "
            "talks with the harbour board, which had asked for £12 million to mend the quay.",
            "“We will not cut a single crossing, and there [were] never any plans to do so, whatever some people on the quay "
            "have been saying this autumn,” said Ann Example, who runs the company.",
            "Some 1,900 people live on the island, and about 140 children cross the water to school every day.",
            "Shopkeepers said that they were relieved and would order their goods for the holidays as usual.",
        )
    ),
)
SECOND = Story(
    headline="Island ferry to lose two crossings this winter",
    standfirst="The company says the timetable is under review after a week of talks.",
    url=URL,
    blocks=(
        Block(
            text="The Harbour Line will keep two daily crossings to the island this winter, it said on Tuesday after a week of "
            "talks with the harbour board, which had asked for £21 million to mend the quay."
        ),
        Block(
            text="“We will cut no crossing that people need, and there were never any plans to do so, whatever some people on "
            "the quay have been saying this autumn,” said Ann Example, who runs the company."
        ),
        FIRST.blocks[2],
        Block(text="Shopkeepers said that they were worried and did not know when goods for the holidays would come."),
    ),
)
KEPT = (FIRST.blocks[0], SECOND.blocks[1], *FIRST.blocks[2:])
THIRD = Story(
    headline=SECOND.headline,
    standfirst=SECOND.standfirst,
    url=URL,
    blocks=(
        *SECOND.blocks,
        Block(
            kind=BlockKind.NOTE,
            text="Correction: an earlier version of this article said that the company would keep all crossings. It will keep two.",
        ),
    ),
)


def told(old: Story, new: Story, n: int, seen: datetime, **more: Any) -> Message:
    comparison = compare(old, new)
    return Message(
        kind=AlertKind.CHANGE, public_id=f"a_example{n}", severity=comparison.severity, watch_id=17, outlet="Harbour Times",
        old=old, new=new, old_n=n, new_n=n + 1, comparison=comparison, findings=comparison.findings, seen_at=seen,
        links={"story": URL, "diff": "https://stet.example/stories/17/diff/1..2"}, why="This channel follows the story.", **more,
    )  # fmt: skip


def pictures() -> dict[str, tuple[str, int]]:
    """HTML and width by name."""
    first = told(FIRST, SECOND, 1, NOON, edits=2, span_minutes=7)
    short = told(FIRST, replace(SECOND, standfirst=FIRST.standfirst, blocks=KEPT), 1, NOON)
    second = told(SECOND, THIRD, 2, NOON + timedelta(hours=2))
    alert = payload(first, channel="C0NEWS0000")
    state = ThreadState(
        changes=2, last_at=NOON + timedelta(hours=2), headline=THIRD.headline, url=URL,
        note="Muted until <!date^1795273440^{time}|13:04> by <@U0ALICE00>", undo="unmute:a",
    )  # fmt: skip
    parent = updated_parent(payload(short, channel="C0NEWS0000"), state, channel="C0NEWS0000", ts="1")
    reply = payload(second, channel="C0NEWS0000", thread_ts="1", broadcast=True)
    return {
        "slack-alert": (posted(alert, "12:04"), 700),
        "slack-thread": (posted(parent, "12:04") + posted(reply, "14:04", reply=True), 700),
        "slack-modal": (window(diff_view(first, public_url="https://stet.example")), 620),
        "slack-home": (draw(_home()["blocks"]), 700),
    }


def _home() -> dict[str, Any]:
    def watch(n: int, headline: str, **more: Any) -> Watch:
        url = f"https://harbour-times.example/{n}"
        return Watch(
            id=n, url=url, key=url, headline=headline, added_at=NOON, latest_n=n % 4 + 1, last_changed_at=NOON, **more
        )

    def follows(one: Watch, channel: str, **more: Any) -> Following:
        subscription = Subscription(
            id=one.id, watch_id=one.id, team="T", channel=channel, added_at=NOON, added_by="U0ALICE00", **more
        )
        return Following(watch=one, subscription=subscription)

    news, world = (
        Place(team="T", channel="C0NEWS0000", name="news"),
        Place(team="T", channel="C0WORLD000", name="world-desk"),
    )
    blocked = watch(
        23,
        "Harbour board publishes its accounts",
        failures=5,
        last_error="HTTP 403: the site refuses us",
        health=Health.BLOCKED,
    )
    channels = [
        (
            news,
            [
                follows(watch(17, SECOND.headline), news.channel, muted_until=NOON + timedelta(hours=1)),
                follows(watch(18, "Mayor: the quay will be mended by May", every=900), news.channel, label="Quay"),
                follows(blocked, news.channel),
            ],
        ),
        (
            world,
            [
                follows(watch(31, "Ministers meet on fishing quotas"), world.channel, only=Only.CORRECTIONS),
                follows(watch(32, "What we know about the storm"), world.channel, min_severity=Severity.CRITICAL),
            ],
        ),
    ]
    numbers = Status(watched=5, here=3, failing=1, last_check=NOON)
    return home(channels, numbers, NOON, page=1, command="/stet")


def main() -> int:
    """Write the pictures into the folder given."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None or len(sys.argv) != 2:
        sys.stderr.write("usage: slack_preview.py FOLDER (needs Chromium)\n")
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, (body, width) in pictures().items():
            page = Path(scratch) / f"{name}.html"
            page.write_text(
                f"<!doctype html><meta charset=utf-8><style>{CSS % width}</style><body>{body}", encoding="utf-8"
            )
            height = _height(chromium, page, scratch, width)
            _shoot(chromium, page, folder / f"{name}.png", scratch, width, height)
    return 0


def _height(chromium: str, page: Path, scratch: str, width: int) -> int:
    probe = page.with_suffix(".probe.html")
    measured = "<script>document.title = document.documentElement.scrollHeight</script>"
    probe.write_text(page.read_text(encoding="utf-8") + measured, encoding="utf-8")
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={scratch}/profile",
         f"--window-size={width + 36},200", "--dump-dom", probe.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    found = re.search(r"<title>(\d+)</title>", done.stdout)
    return int(found.group(1)) if found else 1200


def _shoot(chromium: str, page: Path, target: Path, scratch: str, width: int, height: int) -> None:
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={scratch}/profile",
         f"--window-size={width},{height}", f"--screenshot={target.resolve()}", page.as_uri()],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
