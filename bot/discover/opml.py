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

from bot.core.model import Source, SourceKind
from bot.discover.feed import refuse_declarations
from bot.discover.found import plain
from bot.discover.tags import escaped, narrow
from bot.errors import ExtractError, UsageError

MAX_ROWS = 200_000
_OWN = "urn:stet:opml"
_LIMITS = ("max_new_per_check", "max_age_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One address of an imported list. ``feed``: it is a source of stories rather than a story.

    ``kind`` (empty: a feed) and the fields below it are a source's own.
    """

    url: str
    title: str = ""
    desk: str = ""
    every: str = ""
    min_severity: str = ""
    routes: tuple[str, ...] = ()
    feed: bool = False
    kind: str = ""
    outlet: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_new_per_check: int | None = None
    max_age_days: int | None = None


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


def write_opml(sources: Iterable[Source], title: str = "Stet") -> str:
    """Sources as OPML 2.0 that ``read_list`` reads back whole.

    Any reader of feeds takes the feeds; sitemaps and section pages are links to it. What OPML has no word for stands in
    attributes of a namespace, which others pass over.
    """
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:stet="{_OWN}">',
        f"  <head><title>{_attribute(title)[1:-1]}</title></head>",
        "  <body>",
    ]
    for one in sources:
        feed = one.kind is SourceKind.FEED
        told = {
            "type": "rss" if feed else "link",
            "text": one.title or one.url,
            "xmlUrl" if feed else "url": one.url,
            "category": one.desk,
            "stet:kind": one.kind.value,
            "stet:outlet": one.outlet,
            "stet:every": f"{one.every}s" if one.every is not None else "",
            "stet:routes": _list(one.routes),
            "stet:include": _list(one.include),
            "stet:exclude": _list(one.exclude),
            "stet:maxNewPerCheck": str(one.max_new_per_check),
            "stet:maxAgeDays": str(one.max_age_days),
        }
        attributes = " ".join(
            f"{name}={quoteattr(value) if value[:1] == '[' else _attribute(value)}"
            for name, value in told.items()
            if value
        )
        out.append(f"    <outline {attributes}/>")
    return "\n".join([*out, "  </body>", "</opml>", ""])


def _list(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False) if values else ""


def write_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Watches as CSV with the columns that ``read_list`` reads back."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=["url", "title", "desk", "every", "label"], extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _unformula(str(value or "")) for key, value in row.items()})
    return out.getvalue()


def _opml(body: bytes, name: str) -> list[Listed]:
    """The outlines of an OPML file; names in any case and bare ampersands are read as they are meant."""
    body = narrow(body)
    try:
        refuse_declarations(body, name)
    except ExtractError as error:
        raise UsageError(error.message, subject=name) from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        tree: Any = etree.fromstring(escaped(body), parser)
    except etree.XMLSyntaxError as error:
        raise UsageError("the OPML file is not XML", subject=name) from error
    rows: list[Listed] = []
    for outline in tree.iter() if tree is not None else ():
        if not _is_outline(outline):
            continue
        told = {str(key).lower(): str(value) for key, value in outline.attrib.items()}
        feed = told.get("xmlurl", "")
        page = told.get("url") or told.get("htmlurl") or ""
        if not (feed or page):
            continue
        kind = outline.get(f"{{{_OWN}}}kind") or ""
        parent = outline.getparent()
        above = {str(key).lower(): str(value) for key, value in parent.attrib.items()} if _is_outline(parent) else {}
        rows.append(
            Listed(
                url=feed or page,
                title=plain(told.get("title") or told.get("text")),
                desk=plain(told.get("category") or above.get("text") or above.get("title"), 60).strip("/"),
                feed=bool(feed) or bool(kind),
                kind=kind,
                **_settings({name: outline.get(f"{{{_OWN}}}{name}") for name in _SETTINGS}),
            )
        )
    return rows


_WIDE = (b"\xff\xfe", b"\xfe\xff")


def _is_outline(element: Any) -> bool:
    return element is not None and isinstance(element.tag, str) and element.tag.lower() == "outline"


_SETTINGS = {
    "outlet": "outlet", "every": "every", "routes": "routes", "include": "include", "exclude": "exclude",
    "maxNewPerCheck": "max_new_per_check", "maxAgeDays": "max_age_days",
}  # fmt: skip


def _settings(told: Mapping[str, str | None]) -> dict[str, Any]:
    """A source's own settings from the attributes of its outline; what cannot be read is left out."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        field = _SETTINGS[name]
        if not value:
            continue
        if name.startswith("max"):
            if value.isdecimal() and len(value) < 7:
                found[field] = int(value)
        elif name in ("outlet", "every"):
            found[field] = value
        else:
            found[field] = _texts(_decoded(value))
    return found


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value[:1_000])) if isinstance(value, list) else ()


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
            every = one.get("every")
            limits = [value if type(value := one.get(name)) is int else None for name in _LIMITS]
            rows.append(
                Listed(
                    url=words["url"],
                    title=plain(title),
                    desk=plain(words.get("desk"), 60),
                    every=f"{every}s" if isinstance(every, int) else words.get("every", ""),
                    min_severity=words.get("min_severity", ""),
                    routes=_texts(one.get("routes")),
                    kind=words.get("kind", ""),
                    outlet=plain(words.get("outlet"), 200),
                    include=_texts(one.get("include")),
                    exclude=_texts(one.get("exclude")),
                    max_new_per_check=limits[0],
                    max_age_days=limits[1],
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
    if body.startswith(_WIDE):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _attribute(text: str) -> str:
    return quoteattr(plain(text, 2000))


def _unformula(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
