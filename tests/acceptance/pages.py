"""Article pages as outlets build them, for the loopback newsroom of the acceptance tests. All text is invented."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

PARAGRAPHS = (
    "The harbour authority of Marlow Quay will rebuild the outer wall after engineers found a second crack on Monday.",
    "At least 14 people were moved from the boathouses below the wall, the county council said in a statement.",
    "“We have been warning about that wall for eleven years and nobody wrote back,” said Pieter Lindqvist, a retired "
    "diver who lives beside the slipway.",
    "The work will cost about £12 million and take until next autumn, according to a report seen by councillors.",
    "A decision on the money is expected before the end of the month.",
)


def article(
    *,
    headline: str = "Council to rebuild harbour wall",
    paragraphs: Sequence[str] = PARAGRAPHS,
    turn: int = 1,
    note: str = "",
    gap: str = "\n",
) -> str:
    """One page. ``turn`` changes only its furniture: nonces, counters, relative times, related links, adverts."""
    linked = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": headline,
        "datePublished": "2026-11-20T06:00:00Z",
        "author": [{"@type": "Person", "name": "Ines Calloway"}],
    }
    body = gap.join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
    correction = f'<p class="correction">{html.escape(note)}</p>' if note else ""
    related = "".join(
        f'<li><a href="/x/{turn * 9 + i}">More from the quay, part {turn * 9 + i}</a></li>' for i in range(4)
    )
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>{html.escape(headline)} | The Quay Post</title>
<meta property="og:type" content="article"><meta property="og:site_name" content="The Quay Post">
<meta property="og:title" content="{html.escape(headline)}">
<script type="application/ld+json">{json.dumps(linked)}</script>
<script nonce="{turn * 7919}">window.build={turn}</script></head>
<body class="b{turn}"><nav><a href="/">Home</a> <a href="/news">News</a></nav>
<main><article><h1>{html.escape(headline)}</h1>
<div class="byline">By Ines Calloway</div><time datetime="2026-11-20T06:00:00Z">{turn} hours ago</time>
<div class="share"><span>{turn * 31} shares</span></div>
{body}{correction}
<div class="advert">Advertisement {turn}</div></article>
<aside class="related"><h2>More on this story</h2><ul>{related}</ul></aside></main>
<footer>{turn * 113} readers online</footer></body></html>"""
