"""Lists of addresses from elsewhere, and back: OPML, CSV, plain lists, and the public formats of three other systems.

Klaxon exports CSV; urlwatch and webchanges keep YAML documents, of which the plain ``key: value`` form is read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from bot.discover.feed import refuse_declarations
from bot.discover.found import plain
from bot.errors import ExtractError, UsageError

MAX_ROWS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One address of an imported list. ``feed``: it is a source of stories rather than a story."""

    url: str
    title: str = ""
    desk: str = ""
    every: str = ""
    feed: bool = False


def read_list(body: bytes, name: str = "") -> list[Listed]:
    """The addresses in a list, whatever its form. Raises UsageError where no address is in it."""
    text = _text(body)
    start = text.lstrip()[:200].lower()
    if "<opml" in start or start.startswith("<?xml"):
        rows = _opml(body, name)
    elif re.search(r"^\s*(?:url|navigate)\s*:\s*\S", text, re.MULTILINE) and not start.startswith("http"):
        rows = _yaml(text)
    elif _is_csv(text):
        rows = _csv(text)
    else:
        rows = [Listed(url=line) for line in _lines(text)]
    if not rows:
        raise UsageError("no address is in this file; give a list of addresses, OPML or CSV", subject=name)
    return rows[:MAX_ROWS]


def write_opml(sources: Iterable[tuple[str, str, str]], title: str = "Stet") -> str:
    """Sources ``(address, title, desk)`` as OPML 2.0."""
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{_attribute(title)[1:-1]}</title></head>",
        "  <body>",
    ]
    for url, name, desk in sources:
        category = f" category={_attribute(desk)}" if desk else ""
        out.append(f'    <outline type="rss" text={_attribute(name or url)} xmlUrl={_attribute(url)}{category}/>')
    return "\n".join([*out, "  </body>", "</opml>", ""])


def write_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Watches as CSV with the columns that ``read_list`` reads back."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=["url", "title", "desk", "every", "label"], extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _unformula(str(value or "")) for key, value in row.items()})
    return out.getvalue()


def _opml(body: bytes, name: str) -> list[Listed]:
    try:
        refuse_declarations(body, name)
    except ExtractError as error:
        raise UsageError(error.message, subject=name) from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        tree: Any = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise UsageError("the OPML file is not XML", subject=name) from error
    rows: list[Listed] = []
    for outline in tree.iter("outline") if tree is not None else ():
        feed = outline.get("xmlUrl") or ""
        page = outline.get("url") or outline.get("htmlUrl") or ""
        if not (feed or page):
            continue
        parent = outline.getparent()
        group = parent.get("text") if parent is not None and parent.tag == "outline" else ""
        rows.append(
            Listed(
                url=feed or page,
                title=plain(outline.get("title") or outline.get("text")),
                desk=plain(outline.get("category") or group, 60).strip("/"),
                feed=bool(feed),
            )
        )
    return rows


def _csv(text: str) -> list[Listed]:
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        cells = {
            (key or "").strip().lower(): (value or "").strip() for key, value in row.items() if isinstance(value, str)
        }
        url = next((cells[name] for name in ("url", "address", "link", "page_url") if cells.get(name)), "")
        if url:
            title = cells.get("title") or cells.get("name") or cells.get("label") or ""
            rows.append(Listed(url=url, title=plain(title), desk=cells.get("desk", ""), every=cells.get("every", "")))
    return rows


def _yaml(text: str) -> list[Listed]:
    """The ``url:`` (or ``navigate:``) and ``name:`` of each YAML document; other keys belong to other programs."""
    rows = []
    for document in re.split(r"^---\s*$", text, flags=re.MULTILINE):
        found: dict[str, str] = {}
        for key, value in re.findall(r"^(?:-\s+)?(url|navigate|name)\s*:\s*(.+?)\s*$", document, re.MULTILINE):
            found.setdefault(key, value.strip("'\""))
        url = found.get("url") or found.get("navigate")
        if url:
            rows.append(Listed(url=url, title=plain(found.get("name"))))
    return rows


def _lines(text: str) -> list[str]:
    lines = (
        line.split("#")[0].strip() if line.lstrip().startswith("#") else line.strip() for line in text.splitlines()
    )
    return [line for line in lines if line and re.match(r"^(https?://|[\w-]+(\.[\w-]+)+/)", line)]


def _is_csv(text: str) -> bool:
    head = text.lstrip("\ufeff").splitlines()[:1]
    names = {cell.strip().strip('"').lower() for cell in re.split(r"[,;\t]", head[0])} if head else set()
    return bool(names & {"url", "address", "link", "page_url"})


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _attribute(text: str) -> str:
    return quoteattr(plain(text, 2000))


def _unformula(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
