"""The config.toml that ``stet init`` writes: short, commented, with the answers filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def filled(answers: Mapping[str, Any]) -> str:
    """The file for these answers; what was not answered stands as a comment with its default."""
    zone = answers.get("timezone") or "UTC"
    contact, base_url = answers.get("contact") or "", answers.get("base_url") or ""
    slack, email = answers.get("slack") or "", list(answers.get("email") or ())
    host, sender = answers.get("smtp_host") or "", answers.get("smtp_from") or ""
    to = []
    if slack:
        to.append(f"slack = {_q(slack if slack.startswith(('#', 'C', 'G')) else '#' + slack)}")
    if email:
        to.append(f"email = {_q(email)}")
    if not to:
        to.append("terminal = true")
    return f"""# Stet. Every setting with its default: config.example.toml. Check this file with: stet config check
# Secrets come from the environment: STET_SLACK_BOT_TOKEN, STET_SLACK_APP_TOKEN, STET_SMTP_PASSWORD, ...

[bot]
timezone = {_q(zone)}
{_or_comment("contact", contact, "an address or page in our User-Agent")}
{_or_comment("base_url", base_url, "where readers reach the web view")}

# Who hears of what. Add more routes for more desks.
[[route]]
name = "newsroom"
min_severity = "major"          # trivial, minor, notable, major, critical
to = {{ {", ".join(to)} }}
# desks = ["world"]             # only these desks
# digest = "daily"              # beside the alerts
# quiet = {{ from = "22:00", to = "07:00" }}

[slack]
mode = {_q("socket" if slack else "off")}

[email]
{_or_comment("host", host, "empty: mails are written as files")}
{_or_comment("from", sender, "the sender's address")}
# security = "starttls"         # starttls (587), tls (465), none

[web]
listen = "127.0.0.1:8080"

# Stories and feeds that are always followed; or add them with: stet add URL, stet source add URL
# [[watch]]
# url = "https://example.com/story"
# [[source]]
# url = "https://example.com/feed.xml"
"""


def _q(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _or_comment(key: str, value: str, words: str) -> str:
    return f"{key} = {_q(value)}" if value else f'# {key} = ""  # {words}'
