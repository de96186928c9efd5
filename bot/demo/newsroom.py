"""A small pretend newspaper on loopback that edits its stories, for ``stet demo``. All names and facts are invented.

Each page is built as a real outlet builds it: JSON-LD, navigation, related links, relative times, adverts. The second
edition changes one thing a page.
"""

from __future__ import annotations

import html
import json
import threading
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PAPER = "The Marlow Quay Courier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One story as the pretend paper keeps it. ``edition`` only turns the furniture of the page."""

    path: str
    headline: str
    standfirst: str
    author: str
    paragraphs: tuple[str, ...]
    note: str = ""
    edition: int = 1
    spaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What the paper does to a page, in words, and the page afterwards."""

    what: str
    page: Page


FIRST = (
    Page(
        path="/politics/minister-donation",
        headline="Minister denies receiving £40,000 from ferry owner",
        standfirst="Opposition calls for an inquiry into the harbour contract.",
        author="Ruth Amberley",
        paragraphs=(
            "The transport minister, Daniel Osei, denied on Tuesday that he had received £40,000 from the owner of "
            "the Marlow Quay ferry line.",
            "“I have never taken a penny from that company, and the register shows it,” Mr Osei told reporters "
            "outside parliament.",
            "The opposition said the donation was declared in 2023 and asked why the ferry contract was renewed four "
            "weeks later.",
            "A spokesman for the ferry line declined to comment on the register.",
            "The harbour committee will meet on Thursday to decide whether to open an inquiry.",
        ),
    ),
    Page(
        path="/local/bridge-closed",
        headline="Swing bridge closed after crack is found",
        standfirst="Drivers face a detour of twelve miles.",
        author="Tom Halloran",
        paragraphs=(
            "The swing bridge at Marlow Quay was closed to traffic on Monday evening after engineers found a crack in "
            "one of its bearings.",
            "At least 14 people were on the bridge when the alarm was raised, the county council said.",
            "“We saw the deck drop by the width of a hand, and then everybody ran,” said Ines Calloway, who works at "
            "the lock.",
            "Repairs are expected to take three weeks and to cost about £1.2 million.",
            "The bridge was last inspected in March.",
        ),
    ),
    Page(
        path="/local/school-roof",
        headline="School reopens after storm damage",
        standfirst="Pupils return to St Brannock’s on Monday.",
        author="Priya Raman",
        paragraphs=(
            "St Brannock’s primary school will reopen on Monday, a month after a storm took part of its roof.",
            "The head teacher, Moira Keane, said that lessons would begin in the main hall while builders finish the "
            "upper floor.",
            "The council allegedly ignored two warnings about the roof, according to a report seen by the Courier.",
            "About 230 children had been taught in two other schools.",
            "A public meeting on the report will be held at the library next week.",
        ),
    ),
    Page(
        path="/sport/harbour-swim",
        headline="Record crowd at the harbour swim",
        standfirst="Sunshine brought the whole town to the quay.",
        author="Leo Marchetti",
        paragraphs=(
            "More than 2,000 people watched the annual harbour swim on Sunday, the largest crowd since it began.",
            "The race was won by Hana Suzuki in 21 minutes and 40 seconds.",
            "“The water was colder than it looked - and I loved every minute,” she said.",
            "The organisers said they would ask for a second lifeboat next year.",
        ),
    ),
    Page(
        path="/culture/library-mural",
        headline="Library mural uncovered after sixty years",
        standfirst="Painters found it behind a bookcase.",
        author="Ruth Amberley",
        paragraphs=(
            "A mural of the old fish market has been uncovered in the reading room of the town library.",
            "It was painted in 1958 and hidden six years later when the room was rebuilt.",
            "The librarian, Oskar Lind, said that the colours were as fresh as on the first day.",
            "Visitors can see it from Saturday.",
        ),
    ),
)
"""The first edition."""


def second_edition() -> tuple[Edit, ...]:
    """What the paper changes: four things that matter, two that do not."""
    minister, bridge, school, swim, mural = FIRST
    return (
        Edit(
            what="appends a correction and changes the sum",
            page=replace(
                minister,
                headline="Minister denies receiving £14,000 from ferry owner",
                paragraphs=(
                    minister.paragraphs[0].replace("£40,000", "£14,000"),
                    *minister.paragraphs[1:],
                ),
                note="Correction, 24 November: An earlier version of this article said the sum was £40,000. It was "
                "£14,000.",
            ),
        ),
        Edit(
            what="rewrites the headline and raises the count, with no note",
            page=replace(
                bridge,
                headline="Nineteen flee as swing bridge drops",
                paragraphs=(
                    bridge.paragraphs[0],
                    bridge.paragraphs[1].replace("At least 14", "At least 19"),
                    *bridge.paragraphs[2:],
                ),
            ),
        ),
        Edit(
            what="drops “allegedly” and the source",
            page=replace(
                school,
                paragraphs=(
                    *school.paragraphs[:2],
                    "The council ignored two warnings about the roof.",
                    *school.paragraphs[3:],
                ),
            ),
        ),
        Edit(
            what="alters words inside a quotation",
            page=replace(
                swim,
                paragraphs=(
                    *swim.paragraphs[:2],
                    "“The water was colder than it looked - and I hated every minute,” she said.",
                    *swim.paragraphs[3:],
                ),
            ),
        ),
        Edit(
            what="only tidies typography and spacing",
            page=replace(
                mural,
                paragraphs=tuple(text.replace(", said", ",  said") for text in mural.paragraphs),
                spaced=True,
            ),
        ),
    )


class Newsroom:
    """The paper's web server on 127.0.0.1 and a free port. Use as a context manager."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {page.path: page for page in FIRST}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo-newsroom", daemon=True)
        self.port = int(self._server.server_address[1])
        self.address = f"http://127.0.0.1:{self.port}"

    @property
    def urls(self) -> tuple[str, ...]:
        """Addresses of all stories."""
        return tuple(self.address + path for path in self._pages)

    def publish(self, page: Page) -> None:
        """Put a page on the site, in place of the one with the same path."""
        self._pages[page.path] = page

    def turn_furniture(self) -> None:
        """A new hour: relative times, counters, adverts and related links change on every page, and nothing else."""
        self._pages = {path: replace(page, edition=page.edition + 1) for path, page in self._pages.items()}

    def page(self, path: str) -> Page | None:
        """What stands at a path."""
        return self._pages.get(path)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def markup(page: Page, address: str) -> str:
    """The page as HTML, with all that surrounds a story on the web."""
    url = address + page.path
    linked = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": page.headline,
        "datePublished": "2026-11-24T06:00:00Z",
        "author": {"@type": "Person", "name": page.author},
        "publisher": {"@type": "NewsMediaOrganization", "name": PAPER},
    }
    gap = "\n\n      " if page.spaced else "\n"
    paragraphs = gap.join(f"<p>{html.escape(_respaced(text, page.spaced))}</p>" for text in page.paragraphs)
    note = f'<p class="correction">{html.escape(page.note)}</p>' if page.note else ""
    related = "".join(
        f'<li><a href="/x/{page.edition * 7 + index}">Also in the Courier: item {page.edition * 7 + index}</a></li>'
        for index in range(4)
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>{html.escape(page.headline)} | {PAPER}</title>
<link rel="canonical" href="{url}">
<meta property="og:type" content="article"><meta property="og:site_name" content="{PAPER}">
<meta property="og:title" content="{html.escape(page.headline)}">
<meta name="description" content="{html.escape(page.standfirst)}">
<script type="application/ld+json">{json.dumps(linked)}</script>
<script nonce="n{page.edition * 7919}">window.t={page.edition}</script></head>
<body class="v{page.edition}"><header><nav><a href="/">Home</a> <a href="/politics">Politics</a></nav></header>
<main><article>
<h1>{html.escape(page.headline)}</h1>
<p class="standfirst">{html.escape(page.standfirst)}</p>
<div class="byline">By {html.escape(page.author)}</div>
<time datetime="2026-11-24T06:00:00Z">{page.edition} hours ago</time>
<div class="share-bar"><span class="count">{page.edition * 113} shares</span></div>
{paragraphs}
{note}
<aside class="ad-slot" data-slot="a{page.edition}">Advertisement {page.edition}</aside>
</article>
<section class="related"><h2>More on this story</h2><ul>{related}</ul></section></main>
<footer>© {PAPER} · {page.edition * 31} readers online</footer></body></html>
"""


def _respaced(text: str, spaced: bool) -> str:
    return text.replace(" - ", " – ").replace(" said", "  said") if spaced else text


def _handler(newsroom: Newsroom) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = newsroom.page(self.path)
            if page is None:
                body, status = b"not found", 404
            else:
                body, status = markup(page, newsroom.address).encode(), 200
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8" if page else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the demo tells its own story."""

    return Handler
