"""What Slack would refuse, or do with text we did not mean: a strict check of messages and views.

Every function returns a list of complaints, empty where all is well. Where Slack's documents disagree the stricter
number is used; the size of all text in one message is not documented and is held to 9,000 here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MESSAGE_TEXT = 9000
VIEW_BYTES = 250_000
VIEW_TEXT = 11_000
PINGS = re.compile(r"<(?:!(?:channel|here|everyone|subteam)|@[UWB])", re.IGNORECASE)
TOKENS = re.compile(r"<([^<>]*)>")
ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
URL = re.compile(r"^https?://[^\s<>|]+$")
IDENTIFIER = re.compile(r"^[A-Za-z0-9_.:\-]+$")
BLOCKS = {
    "message": {
        "section", "divider", "image", "actions", "context", "rich_text", "header", "markdown", "table", "file",
        "video", "container", "context_actions",
    },
    "modal": {"section", "divider", "image", "actions", "context", "rich_text", "header", "input", "video", "alert"},
    "home": {"section", "divider", "image", "actions", "context", "rich_text", "header", "input", "video", "container"},
}  # fmt: skip
ALLOWED = {
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "divider": {"type", "block_id"},
    "actions": {"type", "block_id", "elements"},
    "context": {"type", "block_id", "elements"},
    "rich_text": {"type", "block_id", "elements"},
    "header": {"type", "block_id", "text", "level"},
    "input": {"type", "block_id", "label", "element", "dispatch_action", "hint", "optional"},
    "button": {"type", "action_id", "text", "url", "value", "style", "confirm", "accessibility_label"},
    "overflow": {"type", "action_id", "options", "confirm"},
    "static_select": {
        "type", "action_id", "placeholder", "options", "option_groups", "initial_option", "confirm", "focus_on_load",
    },
    "conversations_select": {
        "type", "action_id", "placeholder", "initial_conversation", "default_to_current_conversation", "confirm",
        "response_url_enabled", "filter", "focus_on_load",
    },
    "plain_text_input": {
        "type", "action_id", "placeholder", "initial_value", "multiline", "min_length", "max_length",
        "dispatch_action_config", "focus_on_load",
    },
    "url_text_input": {
        "type", "action_id", "placeholder", "initial_value", "dispatch_action_config", "focus_on_load",
    },
    "checkboxes": {"type", "action_id", "options", "initial_options", "confirm", "focus_on_load"},
    "radio_buttons": {"type", "action_id", "options", "initial_option", "confirm", "focus_on_load"},
    "text": {"type", "text", "style"},
    "link": {"type", "url", "text", "unsafe", "style"},
    "emoji": {"type", "name", "unicode", "skin_tone"},
    "date": {"type", "timestamp", "format", "url", "fallback"},
    "plain_text": {"type", "text", "emoji"},
    "mrkdwn": {"type", "text", "verbatim"},
}  # fmt: skip
INTERACTIVE = {"button", "overflow", "static_select", "conversations_select", "checkboxes", "radio_buttons"}
INPUTS = {"plain_text_input", "url_text_input", "static_select", "conversations_select", "checkboxes", "radio_buttons"}


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_message(body: dict[str, Any], *, update: bool = False) -> list[str]:
    """A body of chat.postMessage, chat.postEphemeral or chat.update, or what is sent to a response_url."""
    bad: list[str] = []
    text = body.get("text", "")
    if not text and not body.get("blocks"):
        bad.append("no_text")
    if body.get("blocks") and not text:
        bad.append("text: empty, so nothing for notifications and screen readers")
    if units(text) > 4000:
        bad.append("text: longer than 4,000")
    if update and len(text.encode("utf-8", "replace")) > 4000:
        bad.append("msg_too_long")
    bad += check_mrkdwn(_without_mentions(text), "text")
    if "blocks" in body:
        bad += check_blocks(body["blocks"], "message")
    bad += _metadata(body.get("metadata"))
    return bad


def _metadata(metadata: Any) -> list[str]:
    if metadata is None:
        return []
    if set(metadata) != {"event_type", "event_payload"} or not IDENTIFIER.match(metadata["event_type"]):
        return ["metadata: wants event_type and event_payload"]
    bad = [
        f"metadata.{key}: {type(value).__name__}"
        for key, value in metadata["event_payload"].items()
        if not isinstance(value, str | int | float | bool)
    ]
    if len(json.dumps(metadata)) > 8000:
        bad.append("metadata_too_large")
    return bad


def check_view(view: dict[str, Any]) -> list[str]:
    """A modal or Home view."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [f"view.type {kind!r}"]
    bad = check_blocks(view.get("blocks", []), str(kind))
    allowed = {
        "type", "blocks", "title", "submit", "close", "private_metadata", "callback_id", "clear_on_close",
        "notify_on_close", "external_id",
    }  # fmt: skip
    bad += [f"view: unknown key {key}" for key in set(view) - allowed]
    if kind == "modal":
        if "title" not in view:
            bad.append("view.title is required")
        for key in ("title", "submit", "close"):
            if key in view:
                bad += _text_object(view[key], f"view.{key}", 24, plain=True)
        if any(block.get("type") == "input" for block in view.get("blocks", [])) and "submit" not in view:
            bad.append("view.submit is required with input blocks")
    if units(view.get("private_metadata", "")) > 3000:
        bad.append("view.private_metadata over 3,000")
    if len(view.get("callback_id", "")) > 255:
        bad.append("view.callback_id over 255")
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        bad.append("view over 250 KB")
    return bad


def check_blocks(blocks: Any, surface: str = "message") -> list[str]:
    """Blocks on ``message``, ``modal`` or ``home``."""
    if not isinstance(blocks, list):
        return ["blocks: not a list"]
    bad: list[str] = []
    if len(blocks) > (50 if surface == "message" else 100):
        bad.append(f"blocks: {len(blocks)} of them")
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        where = f"blocks[{index}]"
        kind = block.get("type")
        if kind not in BLOCKS[surface]:
            bad.append(f"{where}: type {kind!r} on {surface}")
            continue
        where += f".{kind}"
        bad += _keys(block, where)
        block_id = block.get("block_id")
        if block_id is not None:
            if not 1 <= len(block_id) <= 255:
                bad.append(f"{where}.block_id: length")
            if block_id in seen:
                bad.append(f"{where}.block_id: {block_id} twice")
            seen.add(block_id)
        bad += _BY_TYPE.get(kind, lambda block, where: [f"{where}: not modelled here"])(block, where)
    total = sum(units(text) for text in texts(blocks))
    if surface == "message" and total > MESSAGE_TEXT:
        bad.append(f"msg_blocks_too_long: {total}")
    if surface == "modal" and total > VIEW_TEXT:
        bad.append(f"view text: {total}")
    return bad


def texts(value: Any) -> Iterator[str]:
    """Every string that is shown."""
    if isinstance(value, list):
        for child in value:
            yield from texts(child)
    elif isinstance(value, dict):
        for key, child in value.items():
            if key in ("text", "title", "label", "placeholder", "hint", "alt_text", "description", "fallback"):
                if isinstance(child, str):
                    yield child
                else:
                    yield from texts(child)
            elif isinstance(child, list | dict):
                yield from texts(child)


def check_mrkdwn(text: str, where: str) -> list[str]:
    """Nothing pings, nothing stands unescaped, no broken tokens."""
    bad = []
    if PINGS.search(text):
        bad.append(f"{where}: pings: {PINGS.search(text).group()}")  # type: ignore[union-attr]
    if ENTITY.search(text):
        bad.append(f"{where}: an & is not escaped")
    rest = text
    for token in TOKENS.findall(text):
        if token.startswith("!date^"):
            if not re.match(r"^!date\^\d+\^[^|^]*(\^[^|]+)?\|[^|]+$", token):
                bad.append(f"{where}: date token {token!r}")
        elif token.startswith(("http://", "https://")):
            address = token.split("|", 1)[0]
            if not URL.match(address):
                bad.append(f"{where}: link {token!r}")
        elif re.match(r"^(#[CGD]|@U)[A-Z0-9]+$", token):
            pass
        else:
            bad.append(f"{where}: unknown token <{token[:40]}>")
    rest = TOKENS.sub("", rest)
    if "<" in rest or ">" in rest:
        bad.append(f"{where}: a bracket is not escaped")
    if re.search("[\ud800-\udfff]", text):
        bad.append(f"{where}: a lone surrogate")
    return bad


def mentions(text: str) -> list[str]:
    """Names of people that a text of ours mentions on purpose (``<@U1>``)."""
    return re.findall(r"<@(U[A-Z0-9]+)>", text)


def _keys(element: dict[str, Any], where: str) -> list[str]:
    allowed = ALLOWED.get(str(element.get("type")))
    return [f"{where}: unknown key {key}" for key in set(element) - allowed] if allowed else []


def _text_object(value: Any, where: str, limit: int, *, plain: bool = False) -> list[str]:
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        return [f"{where}: no text object"]
    bad = _keys(value, where)
    if plain and value["type"] != "plain_text":
        bad.append(f"{where}: wants plain_text")
    text = value.get("text")
    if not isinstance(text, str) or not text:
        return [*bad, f"{where}: empty"]
    if units(text) > limit:
        bad.append(f"{where}: {units(text)} units, {limit} allowed")
    if re.search("[\ud800-\udfff]", text):
        bad.append(f"{where}: a lone surrogate")
    if value["type"] == "mrkdwn":
        bad += check_mrkdwn(_without_mentions(text), where)
    return bad


def _without_mentions(text: str) -> str:
    """Mentions of our own making (who muted, who added) stand in blocks as ``<@U…>``; a story's never do."""
    return re.sub(r"<@U[A-Z0-9]{8,}>", "somebody", text)


def _section(block: dict[str, Any], where: str) -> list[str]:
    bad = []
    if "text" not in block and "fields" not in block:
        bad.append(f"{where}: text or fields is required")
    if "text" in block:
        bad += _text_object(block["text"], f"{where}.text", 3000)
    fields = block.get("fields", [])
    if len(fields) > 10:
        bad.append(f"{where}.fields: {len(fields)}")
    for field in fields:
        bad += _text_object(field, f"{where}.fields", 2000)
    if "accessory" in block:
        bad += _interactive(block["accessory"], f"{where}.accessory")
    return bad


def _actions(block: dict[str, Any], where: str) -> list[str]:
    elements = block.get("elements", [])
    bad = [] if 1 <= len(elements) <= 25 else [f"{where}: {len(elements)} elements"]
    ids = [element.get("action_id") for element in elements]
    if len(set(ids)) != len(ids):
        bad.append(f"{where}: an action_id twice")
    for index, element in enumerate(elements):
        bad += _interactive(element, f"{where}[{index}]")
    return bad


def _interactive(element: dict[str, Any], where: str) -> list[str]:
    kind = element.get("type")
    if kind not in INTERACTIVE:
        return [f"{where}: {kind!r} is not interactive"]
    bad = _keys(element, where)
    if not 1 <= len(element.get("action_id", "")) <= 255:
        bad.append(f"{where}.action_id")
    return bad + _element(element, where)


def _element(element: dict[str, Any], where: str) -> list[str]:
    kind = element["type"]
    bad: list[str] = []
    if kind == "button":
        bad += _text_object(element.get("text"), f"{where}.text", 75, plain=True)
        if units(element.get("value", "")) > 2000:
            bad.append(f"{where}.value over 2,000")
        if "url" in element and (not URL.match(element["url"]) or len(element["url"]) > 3000):
            bad.append(f"{where}.url")
        if units(element.get("accessibility_label", "")) > 75:
            bad.append(f"{where}.accessibility_label over 75")
        if element.get("style", "primary") not in ("primary", "danger"):
            bad.append(f"{where}.style")
    if kind == "overflow" and not 1 <= len(element.get("options", [])) <= 5:
        bad.append(f"{where}: {len(element.get('options', []))} options")
    if kind == "static_select" and not 1 <= len(element.get("options", [])) <= 100:
        bad.append(f"{where}: {len(element.get('options', []))} options")
    if kind in ("checkboxes", "radio_buttons") and not 1 <= len(element.get("options", [])) <= 10:
        bad.append(f"{where}: {len(element.get('options', []))} options")
    if kind in ("static_select", "overflow", "checkboxes", "radio_buttons"):
        values = [option.get("value") for option in element.get("options", [])]
        if len(set(values)) != len(values):
            bad.append(f"{where}: an option's value twice")
        for option in element.get("options", []):
            bad += [
                f"{where}.option: unknown key {key}" for key in set(option) - {"text", "value", "description", "url"}
            ]
            bad += _text_object(option.get("text"), f"{where}.option", 75)
            if not 1 <= units(option.get("value", "")) <= 150:
                bad.append(f"{where}.option.value length")
        initial = element.get("initial_option")
        if initial is not None and initial not in element.get("options", []):
            bad.append(f"{where}.initial_option is none of the options")
        for one in element.get("initial_options", []):
            if one not in element.get("options", []):
                bad.append(f"{where}.initial_options is none of the options")
    if "placeholder" in element:
        bad += _text_object(element["placeholder"], f"{where}.placeholder", 150, plain=True)
    if "confirm" in element:
        bad += _confirm(element["confirm"], f"{where}.confirm")
    if kind == "plain_text_input":
        if not 1 <= element.get("max_length", 3000) <= 3000:
            bad.append(f"{where}.max_length")
        if units(element.get("initial_value", "")) > element.get("max_length", 3000):
            bad.append(f"{where}.initial_value is longer than max_length")
    return bad


def _confirm(confirm: dict[str, Any], where: str) -> list[str]:
    bad = [f"{where}: unknown key {key}" for key in set(confirm) - {"title", "text", "confirm", "deny", "style"}]
    for key, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        bad += _text_object(confirm.get(key), f"{where}.{key}", limit, plain=key != "text")
    return bad


def _context(block: dict[str, Any], where: str) -> list[str]:
    elements = block.get("elements", [])
    bad = [] if 1 <= len(elements) <= 10 else [f"{where}: {len(elements)} elements"]
    for index, element in enumerate(elements):
        if element.get("type") == "image":
            continue
        bad += _text_object(element, f"{where}[{index}]", 3000)
    return bad


def _header(block: dict[str, Any], where: str) -> list[str]:
    return _text_object(block.get("text"), f"{where}.text", 150, plain=True)


def _input(block: dict[str, Any], where: str) -> list[str]:
    bad = _text_object(block.get("label"), f"{where}.label", 2000, plain=True)
    if "hint" in block:
        bad += _text_object(block["hint"], f"{where}.hint", 2000, plain=True)
    element = block.get("element", {})
    if element.get("type") not in INPUTS:
        return [*bad, f"{where}.element: {element.get('type')!r}"]
    bad += _keys(element, f"{where}.element")
    return bad + _element(element, f"{where}.element")


def _rich_text(block: dict[str, Any], where: str) -> list[str]:
    bad: list[str] = []
    if not block.get("elements"):
        bad.append(f"{where}: no elements")
    for index, part in enumerate(block.get("elements", [])):
        bad += _rich_part(part, f"{where}[{index}]")
    return bad


def _rich_part(part: dict[str, Any], where: str) -> list[str]:
    kind = part.get("type")
    if kind == "rich_text_list":
        bad = [] if part.get("style") in ("bullet", "ordered") else [f"{where}.style"]
        if not 0 <= part.get("indent", 0) <= 8:
            bad.append(f"{where}.indent")
        for index, child in enumerate(part.get("elements", [])):
            if child.get("type") != "rich_text_section":
                bad.append(f"{where}[{index}]: a list holds sections")
            bad += _rich_part(child, f"{where}[{index}]")
        return bad if part.get("elements") else [*bad, f"{where}: empty list"]
    if kind not in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
        return [f"{where}: {kind!r}"]
    bad = [f"{where}: unknown key {key}" for key in set(part) - {"type", "elements", "border"}]
    if not part.get("elements"):
        bad.append(f"{where}: empty")
    for index, leaf in enumerate(part.get("elements", [])):
        bad += _leaf(leaf, f"{where}[{index}]")
    return bad


def _leaf(leaf: dict[str, Any], where: str) -> list[str]:
    kind = leaf.get("type")
    if kind in ("broadcast", "usergroup", "user", "channel"):
        return [f"{where}: {kind} pings"]
    if kind not in ("text", "link", "emoji", "date"):
        return [f"{where}: {kind!r}"]
    bad = _keys(leaf, where)
    if kind == "text" and not (isinstance(leaf.get("text"), str) and leaf["text"]):
        bad.append(f"{where}: an empty leaf")
    if kind == "link" and not URL.match(leaf.get("url", "")):
        bad.append(f"{where}: url {leaf.get('url')!r}")
    if kind == "emoji" and not re.match(r"^[a-z0-9_+\-]+$", leaf.get("name", "")):
        bad.append(f"{where}: emoji {leaf.get('name')!r}")
    for key, value in leaf.get("style", {}).items():
        if key not in ("bold", "italic", "strike", "code", "underline") or value is not True:
            bad.append(f"{where}.style.{key}")
    if "style" in leaf and not leaf["style"]:
        bad.append(f"{where}.style: empty")
    if re.search("[\ud800-\udfff]", str(leaf.get("text", ""))):
        bad.append(f"{where}: a lone surrogate")
    return bad


_BY_TYPE = {
    "section": _section,
    "actions": _actions,
    "context": _context,
    "header": _header,
    "input": _input,
    "rich_text": _rich_text,
    "divider": lambda block, where: [],
}
