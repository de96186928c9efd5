"""Web pages: the templates of ``templates/web/`` with their filters, and one diff as a page of its own.

What the templates are given is in ``html_diff``, the words they use for times and kinds in ``html_words``. Nothing here
makes markup: the templates do, and they escape.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from bot.core.comparison import Comparison
from bot.core.story import Story
from bot.render.html_diff import diff_view
from bot.render.html_words import (
    cut,
    finding_words,
    flag_words,
    href,
    kinds_line,
    language,
    local,
    local_short,
    quoted,
    quotes,
    shorten,
)
from bot.render.message import Message
from bot.render.phrases import counted, gap_words
from bot.render.plain import safe
from bot.render.templates import environment as shared


@cache
def environment() -> Environment:
    """The templates with the web's filters. Every value is cleaned of control characters, then escaped."""
    made = shared().overlay(finalize=_clean)
    made.filters = {  # a dict of its own: an overlay shares the one of the environment below it
        **made.filters,
        "cut": cut,
        "flags": flag_words,
        "gap": gap_words,
        "href": href,
        "kind": finding_words,
        "kinds": kinds_line,
        "lang": language,
        "local": local,
        "local_short": local_short,
        "many": counted,
        "quoted": quoted,
        "quotes": quotes,
        "shorten": shorten,
    }
    return made


def page(name: str, values: Mapping[str, Any]) -> str:
    """Render one page of ``templates/web``."""
    return environment().get_template(f"web/{name}").render(values)


def standalone(
    comparison: Comparison,
    old: Story,
    new: Story,
    *,
    title: str,
    url: str = "",
    heads: tuple[str, str] = ("Before", "After"),
    times: tuple[datetime | None, datetime | None] = (None, None),
    zone: str = "UTC",
) -> str:
    """One diff as a page that needs nothing beside itself: for evidence, mail attachments and previews."""
    values = {
        "comparison": comparison,
        "view": diff_view(comparison, old, new),
        "old": old,
        "new": new,
        "title": title,
        "url": url,
        "heads": heads,
        "times": times,
        "zone": zone,
        "lang": language(new.lang or old.lang),
        "inline": False,
        "root": "",
        "css": Markup(_style_sheet()),  # noqa: S704 - our own file, and style elements are not escaped
    }
    return page("standalone.html", values)


def preview(message: Message) -> str:
    """One alert as a page, for ``stet preview``. A notice without versions shows its title above an empty sheet."""
    return standalone(
        message.comparison or Comparison(status="same", severity=message.severity, summary=" ".join(message.lines)),
        message.old or Story(),
        message.new or Story(),
        title=message.headline,
        url=message.links.get("story", "") or (message.new.url if message.new else ""),
        heads=(
            f"Version {message.old_n}" if message.old_n else "Before",
            f"Version {message.new_n}" if message.new_n else "After",
        ),
        times=(None, message.seen_at),
        zone=message.zone,
    )


@cache
def _style_sheet() -> str:
    return (Path(__file__).resolve().parent.parent / "web" / "static" / "stet.css").read_text(encoding="utf-8")


def _clean(value: Any) -> Any:
    """Text for a page: no control characters, no bidirectional overrides. Markup was cleaned when it was made."""
    return safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value
