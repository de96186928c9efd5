"""Pages that are no story, with the verdict they deserve, and stories that look like such pages. All text is invented.

Each kind comes in thirteen languages and several shapes: bare, inside a site's frame with its menu and its most read
stories, and with what makes it hard (a vendor's script, a teaser, long legal words). ``python -m benchmarks extract``
prints what the gate makes of them; ``tests/edges/test_reading_walls.py`` pins it.
"""

from __future__ import annotations

import html
import json
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.core.story import BlockKind
from bot.errors import ExtractError
from bot.extract import extract
from tests import publishers
from tests.publishers import TONGUES, Article, Part

ADDRESS = "https://outlet.example/2025/05/story"
_SAID = tomllib.loads((Path(__file__).parent / "data" / "walls.toml").read_text(encoding="utf-8"))
_VENDOR = {
    "en": '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>',
    "de": '<script>var dd={"host":"geo.captcha-delivery.com"}</script>',
    "fr": '<script src="https://client.perimeterx.net/PX1/main.min.js"></script><div id="px-captcha"></div>',
    "es": '<script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3"></script>',
}


@dataclass(frozen=True, slots=True)
class Wall:
    """A page that is no story. ``wanted``: the gate's verdict; ``name`` says which page it is."""

    wanted: str
    name: str
    page: bytes


def walls() -> list[Wall]:
    """All of them, some 350."""
    return [*_told(), *_in_other_words(), *_scripted(), *_lists()]


def stories() -> Iterator[tuple[str, bytes]]:
    """Real stories: as they are, in all noise at once, short ones, and those that speak of walls."""
    for publisher in publishers.publishers():
        written = publishers.article(publisher, 0)
        yield f"{publisher.name} plain", publishers.render(publisher, written)
        yield (
            f"{publisher.name} noisy",
            publishers.render(publisher, publishers.article(publisher, 1), publishers.NOISES),
        )
        said = _SAID[("not_found", "bot_wall", "error_page", "paywall", "consent_wall")[len(written.parts) % 5]]
        told = said[publisher.lang]
        part = Part(BlockKind.PARAGRAPH, f"{told[1]} {told[2]}")
        yield f"{publisher.name} speaks of walls", publishers.render(publisher, _with(written, part, told[0]))
        short = replace(written, parts=tuple(p for p in written.parts if p.kind is BlockKind.PARAGRAPH)[:2])
        if publisher.ld != "none":
            yield f"{publisher.name} short", publishers.render(publisher, short)


def verdict(page: bytes) -> str:
    """The gate's verdict, ``story`` where it lets the page pass."""
    try:
        extract(page, url=ADDRESS)
    except ExtractError as error:
        return error.kind
    return "story"


def _with(written: Article, part: Part, headline: str) -> Article:
    return replace(written, headline=headline, told=headline, parts=(*written.parts[:2], part, *written.parts[2:]))


def _told() -> Iterator[Wall]:
    for kind in ("not_found", "bot_wall", "consent_wall", "error_page", "paywall"):
        for lang, (title, one, two, button) in _SAID[kind].items():
            inner = f"<h1>{title}</h1><p>{one}</p><p>{two}</p><button>{button}</button>"
            if kind == "paywall":
                yield Wall(kind, f"{kind} {lang} teaser", _teaser(lang, inner))
                continue
            head = _VENDOR.get(lang, "") if kind == "bot_wall" else ""
            yield Wall(kind, f"{kind} {lang} bare", _page(lang, title, f"<div>{inner}</div>", head))
            yield Wall(kind, f"{kind} {lang} in the site", _framed(lang, title, f"<main>{inner}</main>"))
            if kind in ("not_found", "error_page"):
                more = f"<main>{inner}<h2>{TONGUES[lang].rest[1]}</h2>{_cards(lang, 6)}</main>"
                yield Wall(kind, f"{kind} {lang} with teasers", _framed(lang, title, more))
            if kind == "consent_wall":
                legal = "".join(f"<h3>{TONGUES[lang].rest[n]}</h3><p>{one} {two}</p>" for n in range(4))
                yield Wall(kind, f"{kind} {lang} with legal words", _page(lang, title, f"<main>{inner}{legal}</main>"))


def _in_other_words() -> Iterator[Wall]:
    for kind, told, title, sentence in _SAID["more"]["rows"]:
        lang = told if told in TONGUES else "en"
        inner = f"<h1>{title}</h1><p>{sentence}</p>"
        yield Wall(kind, f"{kind} bare: {title}", _page(lang, title, f"<div>{inner}</div>"))
        yield Wall(kind, f"{kind} in the site: {title}", _framed(lang, title, f"<main>{inner}</main>"))
        more = f"<main>{inner}{_cards(lang, 5)}</main>"
        yield Wall(kind, f"{kind} with teasers: {title}", _framed(lang, title, more))


def _scripted() -> Iterator[Wall]:
    roots = ("root", "app", "__next", "__nuxt", "___gatsby", "app-root")
    bundle = (
        "<script>" + "self.__chunk=self.__chunk||[];" * 300 + '</script><script src="/static/js/main.8f3.js"></script>'
    )
    for number, (lang, (title, plea, _, _)) in enumerate(_SAID["javascript"].items()):
        root = roots[number % len(roots)]
        plain = f'<noscript>{plea}</noscript><div id="{root}"></div>{bundle}'
        yield Wall("javascript", f"javascript {lang} empty root", _page(lang, title, plain))
        written = publishers.article(next(p for p in publishers.publishers() if p.lang == lang), 0)
        told = {"@type": "NewsArticle", "headline": written.headline, "datePublished": written.published.isoformat()}
        meta = (
            f'<meta property="og:type" content="article"><meta property="og:title" content="{html.escape(title)}">'
            f'<script type="application/ld+json">{json.dumps(told)}</script>'
        )
        shown = f'<header><a href="/">{title}</a></header><div id="{root}"><div class="spinner">…</div></div>{bundle}'
        yield Wall("javascript", f"javascript {lang} with told headline", _page(lang, written.headline, shown, meta))


def _lists() -> Iterator[Wall]:
    """Pages of a site that are no story: front pages, sections, searches, sign-in forms, and pages with nothing."""
    for lang, tongue in TONGUES.items():
        cards = _cards(lang, 14)
        yield Wall("not_article", f"front page {lang}", _framed(lang, tongue.rest[1], f"<main>{cards}</main>"))
        section = f"<main><h1>{tongue.rest[0]}</h1>{_cards(lang, 10)}</main>"
        yield Wall("not_article", f"section {lang}", _framed(lang, tongue.rest[0], section))
        form = '<form><input type="email"><input type="password"><button>OK</button></form>'
        sign_in = f"<main><h1>{tongue.rest[3]}</h1>{form}</main>"
        yield Wall("empty", f"form {lang}", _framed(lang, tongue.rest[3], sign_in))
        yield Wall("empty", f"nothing {lang}", _framed(lang, "", "<main></main>"))


def _cards(lang: str, count: int) -> str:
    tongue, rng = TONGUES[lang], random.Random(f"cards {lang} {count}")
    return "".join(
        f'<div><a href="/s/{n}"><h3>{publishers.headline(tongue, rng)}</h3></a>'
        f"<p>{publishers.sentence(tongue, rng)}</p></div>"
        for n in range(count)
    )


def _teaser(lang: str, wall: str) -> bytes:
    """A story of which only the opening is shown, over its wall."""
    publisher = next(one for one in publishers.publishers() if one.lang == lang)
    written = publishers.article(publisher, 0)
    told = {
        "@type": "NewsArticle", "headline": written.headline, "datePublished": written.published.isoformat(),
        "isAccessibleForFree": False, "author": {"@type": "Person", "name": written.authors[0]},
    }  # fmt: skip
    head = f'<meta property="og:type" content="article"><script type="application/ld+json">{json.dumps(told)}</script>'
    box = wall.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    inner = f"<main><h1>{written.headline}</h1><div class='offer'>{box}</div></main>"
    return _framed(lang, written.headline, inner, head)


def _framed(lang: str, title: str, inner: str, head: str = "") -> bytes:
    words = TONGUES[lang].rest
    menu = "".join(f'<li><a href="/{n}">{word}</a></li>' for n, word in enumerate(words))
    foot = f'<footer><p>© 2025 Outlet</p><a href="/i">{words[0]}</a></footer>'
    return _page(lang, title, f'<header><a href="/">Outlet</a><nav><ul>{menu}</ul></nav></header>{inner}{foot}', head)


def _page(lang: str, title: str, body: str, head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{body}</body></html>"
    ).encode()


def matrix() -> dict[tuple[str, str], int]:
    """(wanted, verdict) -> how many pages; stories are wanted as ``story``."""
    found: dict[tuple[str, str], int] = {}
    for wall in walls():
        key = (wall.wanted, verdict(wall.page))
        found[key] = found.get(key, 0) + 1
    for _, page in stories():
        key = ("story", verdict(page))
        found[key] = found.get(key, 0) + 1
    return found


def main() -> None:
    """Print the matrix and every page that passed, or was refused, wrongly."""
    rows = matrix()
    print(f"{'page':16} {'verdict':16} {'pages':>6}")
    for (wanted, got), count in sorted(rows.items()):
        print(f"{wanted:16} {got:16} {count:6}")
    walls_ = sum(count for (wanted, _), count in rows.items() if wanted != "story")
    passed = sum(count for (wanted, got), count in rows.items() if wanted != "story" and got == "story")
    stories_ = sum(count for (wanted, _), count in rows.items() if wanted == "story")
    refused = stories_ - rows.get(("story", "story"), 0)
    print(f"{passed} of {walls_} walls passed; {refused} of {stories_} stories were refused")


if __name__ == "__main__":
    main()
