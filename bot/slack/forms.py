"""The windows of Slack as data: add a story, change a watch, all versions, the loading page. Pure.

``private_metadata`` is JSON with a version number and ids only. Validation errors are keyed by the *input's* block id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.comparison import Severity
from bot.core.model import Only, Version
from bot.render.phrases import counted
from bot.render.slack_blocks import context, option, plain_text, section
from bot.render.slack_text import cut, date, inert, one_line, units, web_address
from bot.slack.following import Following
from bot.slack.typed import INTERVALS, LABEL_LENGTH
from bot.slack.words import every_words, title_of

META_VERSION = 1
BY_AGE = "age"
LEVELS = (Severity.MINOR, Severity.NOTABLE, Severity.MAJOR, Severity.CRITICAL)
ANY_LEVEL = "default"
MAX_VERSIONS = 40

_ONLY = {
    Only.ALL: "Everything that matters",
    Only.HEADLINE: "Only headline changes",
    Only.BODY: "Only changes in the text",
    Only.CORRECTIONS: "Only corrections",
}


def meta(**ids: Any) -> str:
    """Ids for ``private_metadata``."""
    return json.dumps({"v": META_VERSION, **ids}, separators=(",", ":"))


def read_meta(text: str) -> dict[str, Any]:
    """The ids again; empty for anything that is not of our version."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("v") == META_VERSION else {}


def _input(block_id: str, label: str, element: Mapping[str, Any], *, optional: bool = False, hint: str = "") -> Any:
    block: dict[str, Any] = {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label),
        "element": {"action_id": "value", **element},
        "optional": optional,
    }
    if hint:
        block["hint"] = plain_text(hint)
    return block


def _every(current: int | None) -> dict[str, Any]:
    options = [option("By the story's age", BY_AGE)]
    options += [option(every_words(seconds).capitalize(), str(seconds)) for seconds in INTERVALS.values()]
    if current is not None and str(current) not in [option["value"] for option in options]:
        options.append(option(every_words(current).capitalize(), str(current)))
    chosen = next(option for option in options if option["value"] == (BY_AGE if current is None else str(current)))
    return {"type": "static_select", "options": options, "initial_option": chosen}


def _only(current: Only) -> dict[str, Any]:
    options = [option(words, only.value) for only, words in _ONLY.items()]
    chosen = next(option for option in options if option["value"] == current.value)
    return {"type": "static_select", "options": options, "initial_option": chosen}


def _label(current: str) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "plain_text_input", "max_length": LABEL_LENGTH}
    if shown := cut(one_line(current), LABEL_LENGTH):
        element["initial_value"] = shown
    return element


def add_form(
    *,
    url: str = "",
    channel: str = "",
    every: int | None = None,
    only: Only = Only.ALL,
    label: str = "",
    shared: bool = False,
) -> dict[str, Any]:
    """Watch a story. ``channel`` preselects; channels shared with others are left out unless ``shared``."""
    address: dict[str, Any] = {"type": "url_text_input", "placeholder": plain_text("https://example.com/story")}
    if web_address(url):
        address["initial_value"] = url
    where: dict[str, Any] = {
        "type": "conversations_select",
        "filter": {
            "include": ["public", "private", "im"],
            "exclude_bot_users": True,
            "exclude_external_shared_channels": not shared,
        },
    }
    if channel:
        where["initial_conversation"] = channel
    else:
        where["default_to_current_conversation"] = True
    return {
        "type": "modal",
        "callback_id": "add",
        "title": plain_text("Watch a story"),
        "submit": plain_text("Watch"),
        "close": plain_text("Cancel"),
        "private_metadata": meta(channel=channel),
        "blocks": [
            _input("url", "Address of the story", address),
            _input("channel", "Channel", where, hint="In a private channel run /invite @Stet first."),
            _input("every", "How often", _every(every)),
            _input("only", "What to tell", _only(only)),
            _input("label", "Label", _label(label), optional=True),
        ],
    }


def settings_form(found: Following, channel: str, *, may_edit: bool, owner: str, name: str = "") -> dict[str, Any]:
    """One watch's settings, or only a look at them for those who may not change them."""
    watch = found.watch
    head = [section(f"*Watch {watch.id}*: {title_of(found)}")]
    if not may_edit:
        lines = [
            f"Looked at {every_words(watch.every)}. Told here: {_ONLY[found.only].lower()}.",
            f"Only {owner} can change it.",
        ]
        return {
            "type": "modal",
            "callback_id": "look",
            "title": plain_text("Watch settings"),
            "close": plain_text("Close"),
            "blocks": [*head, section("\n".join(lines))],
        }
    level = found.subscription.min_severity if found.subscription else None
    levels = [option("As the newsroom has set it", ANY_LEVEL)]
    levels += [option(f"From {one.word} upwards", one.word) for one in LEVELS]
    chosen = next(option for option in levels if option["value"] == (level.word if level else ANY_LEVEL))
    return {
        "type": "modal",
        "callback_id": "settings",
        "title": plain_text("Watch settings"),
        "submit": plain_text("Save"),
        "close": plain_text("Cancel"),
        "private_metadata": meta(watch=watch.id, channel=channel, name=name),
        "blocks": [
            *head,
            _input("every", "How often", _every(watch.every), hint="For everybody who follows this story."),
            _input("only", "What to tell here", _only(found.only)),
            _input(
                "level",
                "How grave a change must be",
                {"type": "static_select", "options": levels, "initial_option": chosen},
            ),
            _input("label", "Label", _label(found.subscription.label if found.subscription else ""), optional=True),
        ],
    }


def values(view: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, by block id: text, chosen value or chosen channel; None where nothing was."""
    out: dict[str, Any] = {}
    for block_id, fields in view.get("state", {}).get("values", {}).items():
        for field in fields.values():
            option = field.get("selected_option")
            out[block_id] = option["value"] if option else field.get("selected_conversation") or field.get("value")
    return out


def every_of(value: Any) -> int | None:
    """Seconds from the form's choice."""
    return None if value in (None, BY_AGE) else int(value)


def level_of(value: Any) -> Severity | None:
    """A level from the form's choice."""
    return None if value in (None, ANY_LEVEL) else Severity.parse(str(value))


def loading(title: str) -> dict[str, Any]:
    """Opened at once, because a trigger lives three seconds; the real page follows."""
    return {
        "type": "modal",
        "callback_id": "loading",
        "title": plain_text(title),
        "close": plain_text("Close"),
        "blocks": [section("One moment …")],
    }


def message_window(title: str, text: str) -> dict[str, Any]:
    """A window that only says something."""
    return {
        "type": "modal",
        "callback_id": "look",
        "title": plain_text(title),
        "close": plain_text("Close"),
        "blocks": [section(text)],
    }


def versions_window(
    found: Following, all_versions: Sequence[Version], *, public_url: str = "", channel: str = "", name: str = ""
) -> dict[str, Any]:
    """All versions of a story, newest first, each with a button for what it changed."""
    blocks: list[dict[str, Any]] = [section(f"*Watch {found.watch.id}*: {title_of(found)}")]
    newest = list(reversed(all_versions))
    for version in newest[:MAX_VERSIONS]:
        headline = inert(cut(one_line(version.headline) or "(no headline)", 150))
        text = f"*Version {version.n}*  {date(version.seen_at)} · {counted(version.words, 'word')}\n{headline}"
        button = None
        if version.n > 1:
            button = {
                "type": "button",
                "action_id": f"versions.diff.{version.n}",
                "text": plain_text("What changed"),
                "value": f"w{found.watch.id}.{version.n - 1}.{version.n}",
            }
        blocks.append(section(text, button))
    if len(newest) > MAX_VERSIONS:
        blocks.append(context(f"and {len(newest) - MAX_VERSIONS} older ones"))
    address = web_address(f"{public_url.rstrip('/')}/stories/{found.watch.id}") if public_url else ""
    if address and units(address) < 3000:
        button = {
            "type": "button",
            "action_id": "versions.web",
            "text": plain_text("On the web"),
            "url": address,
            "value": "web",
        }
        blocks.append({"type": "actions", "elements": [button]})
    return {
        "type": "modal",
        "callback_id": "versions",
        "title": plain_text("All versions"),
        "close": plain_text("Close"),
        "private_metadata": meta(watch=found.watch.id, channel=channel, name=name),
        "blocks": blocks,
    }
