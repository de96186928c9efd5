"""Lists of addresses from elsewhere, and back: OPML, CSV, JSON, plain lists, and what four other systems keep.

Klaxon's ``/api/pages`` is a JSON list of objects with ``url`` and ``name`` (a CSV of its table ``pages`` has the same
names); changedetection.io keeps ``{"watching": {ID: {"url", "title"}}}``; urlwatch and webchanges keep YAML documents,
of which the plain ``key: value`` form is read, and jobs that run a command or send a form are left out.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
    min_severity: str = ""
    routes: tuple[str, ...] = ()
    feed: bool = False


def read_list(body: bytes, name: str = "") -> list[Listed]:
    """The addresses in a list, whatever its form. Raises UsageError where no address is in it."""
    text = _text(body)
    start = text.lstrip()[:200].lower()
    if "<opml" in start or start.startswith("<?xml"):
        rows = _opml(body, name)
    elif start.startswith(("[", "{")):
        rows = _json(text, name)
    elif re.search(r"^\s*(?:-\s+)?(?:url|navigate)\s*:\s*\S", text, re.MULTILINE) and not start.startswith("http"):
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
    """The ``url:`` (or ``navigate:``) and ``name:`` of each job; other keys belong to other programs.

    Jobs are documents (between ``---``), as both programs write them, or members of a list.
    """
    rows = []
    for document in re.split(r"^---.*$", text, flags=re.MULTILINE):
        for job in re.split(r"^(?=-\s+\w+\s*:)", document, flags=re.MULTILINE):
            member = job.startswith("-")
            found: dict[str, str] = {}
            for key, value in re.findall(
                r"^(?:-\s+|  )(\w+)\s*:[ \t]*(.*)$" if member else r"^(\w+)\s*:[ \t]*(.*)$", job, re.MULTILINE
            ):
                found.setdefault(key, _scalar(value.strip()))
            url = found.get("url") or found.get("navigate")
            if url and not ({"command", "data", "post"} & set(found)):
                rows.append(Listed(url=url, title=plain(found.get("name"))))
    return rows


def _scalar(value: str) -> str:
    """A YAML value on one line: without its quotes, or without a comment behind it."""
    quoted = re.match(r"""(["'])(.*?)\1""", value)
    return quoted[2] if quoted else re.sub(r"\s+#.*$", "", value)


def _json(text: str, name: str) -> list[Listed]:
    """Our own export (``watches`` and ``sources``), a list of objects with ``url``, or changedetection.io's watches."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("the file is not whole JSON", subject=name) from None
    if isinstance(document, list):
        return _objects(document)
    if isinstance(document.get("watching"), dict):
        return _objects(document["watching"].values())
    watches, sources = document.get("watches"), document.get("sources")
    rows = _objects(watches if isinstance(watches, list) else ())
    return rows + [replace(one, feed=True) for one in _objects(sources if isinstance(sources, list) else ())]


def _objects(found: Iterable[Any]) -> list[Listed]:
    rows = []
    for one in found:
        if isinstance(one, str):
            rows.append(Listed(url=one))
        elif isinstance(one, dict) and isinstance(one.get("url"), str):
            words = {key: value for key, value in one.items() if isinstance(value, str)}
            title = words.get("label") or words.get("name") or words.get("title") or ""
            every, routes = one.get("every"), one.get("routes")
            rows.append(
                Listed(
                    url=words["url"],
                    title=plain(title),
                    desk=plain(words.get("desk"), 60),
                    every=f"{every}s" if isinstance(every, int) else words.get("every", ""),
                    min_severity=words.get("min_severity", ""),
                    routes=tuple(str(route) for route in routes) if isinstance(routes, list) else (),
                )
            )
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
