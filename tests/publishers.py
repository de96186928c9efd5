"""Invented publishers: pages of many shapes with gold Stories beside them, noise that must not show, edits that must.

An ``Article`` is what was written, a ``Publisher`` how a site builds its pages; ``render`` makes bytes of both, and
``gold`` says what a reader would quote. Noise changes the page and not the article; an edit changes the article and
nothing else. Everything follows from seeds: the same arguments give the same bytes.
"""

from __future__ import annotations

import html as entities
import json
import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from bot.core.story import Block, BlockKind, Story

KIND = BlockKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One language: sentences are subject + deed + tail; ``gap`` stands before the tail, ``stop`` ends a sentence.

    ``quote`` has ``{words}`` and ``{who}``; ``by`` goes before authors; ``note`` is a correction; ``rest`` is the page
    furniture: related, most read, advert, share, newsletter, cookies, accept, comments, read more.
    """

    lang: str
    subjects: list[str]
    deeds: list[str]
    tails: list[str]
    quote: str
    by: str
    authors: list[str]
    note: str
    ago: str
    rest: list[str]
    swap: str
    gap: str = " "
    stop: str = "."
    rtl: bool = False


_WORDS = (Path(__file__).parent / "data" / "tongues.toml").read_text(encoding="utf-8")
TONGUES = {lang: Tongue(lang=lang, **told) for lang, told in tomllib.loads(_WORDS).items()}


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of an article's body, in order."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What was written. ``told``: the headline in og:title and JSON-LD. Notes stand above and below the body."""

    lang: str
    headline: str
    told: str
    standfirst: str
    authors: tuple[str, ...]
    published: datetime
    parts: tuple[Part, ...]
    note_top: str = ""
    note_end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """How one invented site builds its pages; each field names one of the forms below."""

    name: str
    lang: str
    frame: str
    classes: str
    ld: str
    paragraphs: str
    standfirst: str
    byline: str
    date: str
    kicker: str
    note: str
    extras: frozenset[str]

    @property
    def shape(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__ if name not in ("name", "lang"))


FRAMES = tuple(
    "article main divs sections microdata amp wordpress outside table grid rail-first nested twin-nav body-only".split()
)
CLASSES = ("bem", "camel", "hashed", "utility", "plain", "wordpress", "ids", "none")
LDS = ("full", "graph", "array", "commas", "comment", "entities", "none", "linked", "newsarticle-list")
PARAGRAPHS = ("p", "p", "p", "p-span", "div", "br", "p-class", "p-links", "p-bold")
STANDFIRSTS = ("p-class", "h2", "div-dek", "bold", "header-p", "described", "none", "strong-p")
BYLINES = ("rel", "by-line", "spans", "meta", "ld", "address", "itemprop", "by-line-date")
DATES = ("ld", "meta", "time", "itemprop")
KICKERS = ("none", "p", "link", "span")
NOTES = ("box", "plain", "aside", "below", "italic")
EXTRAS = ("heading", "list", "quote", "pull", "figure", "lead-figure", "table")


def publishers(count: int = 60) -> tuple[Publisher, ...]:
    """``count`` publishers of different shapes, languages taken in turn."""
    rng = random.Random(20)
    langs = list(TONGUES)
    found: list[Publisher] = []
    shapes: set[tuple[object, ...]] = set()
    while len(found) < count:
        number = len(found)
        one = Publisher(
            name=f"outlet{number:02}",
            lang=langs[number % len(langs)],
            frame=FRAMES[number % len(FRAMES)],
            classes=CLASSES[(number * 3 + number // 8) % len(CLASSES)],
            ld=LDS[(number * 2 + number // 9) % len(LDS)],
            paragraphs=rng.choice(PARAGRAPHS),
            standfirst=rng.choice(STANDFIRSTS),
            byline=rng.choice(BYLINES),
            date=rng.choice(DATES),
            kicker=rng.choice(KICKERS),
            note=rng.choice(NOTES),
            extras=frozenset(rng.sample(EXTRAS, rng.randint(1, 5))),
        )
        if one.byline == "ld" and one.ld == "none":
            one = replace(one, byline="meta")
        if one.date == "ld" and one.ld == "none":
            one = replace(one, date="meta")
        if one.shape not in shapes:
            shapes.add(one.shape)
            found.append(one)
    return tuple(found)


# --- what is written


class _Fresh(random.Random):
    """Chance that never says the same sentence twice: a story read without repeats must equal its gold."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.said: set[str] = set()


def sentence(tongue: Tongue, rng: random.Random) -> str:
    """One invented sentence."""
    said = rng.said if isinstance(rng, _Fresh) else set()
    while (text := _sentence(tongue, rng)) in said:
        pass
    said.add(text)
    return text


def _sentence(tongue: Tongue, rng: random.Random) -> str:
    subject, deed, tail = rng.choice(tongue.subjects), rng.choice(tongue.deeds), rng.choice(tongue.tails)
    if tongue.lang == "ja":
        return f"{subject}、{tail}、{deed}{tongue.stop}"
    if tongue.lang == "ko":
        return f"{subject} {tail} {deed}{tongue.stop}"
    return f"{subject}{'' if tongue.lang == 'zh' else ' '}{deed}{tongue.gap}{tail}{tongue.stop}"


def prose(tongue: Tongue, rng: random.Random, least: int = 2, most: int = 4) -> str:
    """A paragraph."""
    between = "" if tongue.lang in ("zh", "ja") else " "
    return between.join(sentence(tongue, rng) for _ in range(rng.randint(least, most)))


def headline(tongue: Tongue, rng: random.Random) -> str:
    """A sentence without its stop."""
    return sentence(tongue, rng).removesuffix(tongue.stop)


@cache
def article(publisher: Publisher, number: int) -> Article:
    """The publisher's article of that number."""
    tongue = TONGUES[publisher.lang]
    rng = _Fresh(f"{publisher.name}/{number}")
    title = headline(tongue, rng)
    summary = prose(tongue, rng, 1, 2)
    while fuzz.ratio(title, summary) > 60:
        summary = prose(tongue, rng, 1, 2)
    words = Part(
        KIND.PARAGRAPH,
        tongue.quote.format(words=sentence(tongue, rng).removesuffix(tongue.stop), who=rng.choice(tongue.authors)),
    )
    parts = [Part(KIND.PARAGRAPH, prose(tongue, rng)) for _ in range(rng.randint(6, 11))]
    parts.insert(3, words)
    extras = publisher.extras
    if "heading" in extras:
        for at in (5, 3):
            parts.insert(at, Part(KIND.HEADING, headline(tongue, rng)))
    if "list" in extras:
        parts[5:5] = [Part(KIND.LIST_ITEM, sentence(tongue, rng)) for _ in range(3)]
    if "quote" in extras:
        parts.insert(4, Part(KIND.QUOTE, prose(tongue, rng, 1, 2)))
    if "table" in extras:
        parts[-1:-1] = [Part(KIND.TABLE_ROW, f"{rng.choice(tongue.authors)} {rng.randint(10, 99)}") for _ in range(3)]
    if "figure" in extras:
        parts.insert(2, Part(KIND.CAPTION, sentence(tongue, rng)))
    if "lead-figure" in extras:
        parts.insert(0, Part(KIND.CAPTION, sentence(tongue, rng)))
    return Article(
        lang=tongue.lang,
        headline=title,
        told=title,
        standfirst="" if publisher.standfirst == "none" else summary,
        authors=tuple(rng.sample(tongue.authors, rng.choice((1, 1, 2)))),
        published=datetime(2025, 3, 1, 6, 0, tzinfo=UTC) + timedelta(minutes=rng.randint(0, 300_000)),
        parts=tuple(parts),
        note_end=tongue.note if number % 4 == 3 else "",
    )


def gold(written: Article) -> Story:
    """What a reader would quote of it."""
    blocks = [Block(kind=part.kind, text=part.text) for part in written.parts]
    if written.note_top:
        blocks.insert(0, Block(kind=KIND.NOTE, text=written.note_top))
    if written.note_end:
        blocks.append(Block(kind=KIND.NOTE, text=written.note_end))
    return Story(
        headline=written.headline,
        standfirst=written.standfirst,
        byline=written.authors,
        published_at=written.published,
        lang=written.lang,
        blocks=tuple(blocks),
    )


# --- how it is built


class Builder:
    """Writes the elements of one page: class names in the publisher's style, attributes in order or shuffled."""

    def __init__(self, publisher: Publisher, noise: frozenset[str], seed: int) -> None:
        self.publisher = publisher
        self.noise = noise
        self.rng = random.Random(f"{publisher.name}/{seed}")
        self.fixed = random.Random(publisher.name)
        self.tongue = TONGUES[publisher.lang]
        self.build = f"{self.rng.getrandbits(24):06x}" if "hashes" in noise else "a1b2c3"
        self.attributes = random.Random(seed)

    def name(self, words: str) -> str:
        """The attributes that name an element: ``story body`` in the style of the site."""
        parts = words.split()
        style = self.publisher.classes
        if style == "bem":
            return f'class="{parts[0]}__{"-".join(parts[1:]) or "root"}"'
        if style == "camel":
            return f'class="{parts[0]}{"".join(part.title() for part in parts[1:])}"'
        if style == "hashed":
            return f'class="{"-".join(parts)}_{"".join(parts)[:3]}__{self.build[:5]}"'
        if style == "utility":
            return f'class="md:px-4 mt-{len(words) % 7} text-lg has-[img]:pb-2 grid-cols-{len(parts)}"'
        if style == "plain":
            return f'class="{" ".join(parts)}"'
        if style == "wordpress":
            return f'class="{"-".join(parts)} post-{100 + len(words)} has-text-color"'
        if style == "ids":
            return f'id="{"-".join(parts)}-{self.attributes.getrandbits(16):x}" class="{"-".join(parts)}"'
        return ""

    def el(self, tag: str, inner: str, *attributes: str) -> str:
        """An element; ``attributes`` are written out already."""
        listed = [one for one in attributes if one]
        if "nonce" in self.noise:
            listed.append(f'data-reqid="{self.rng.getrandbits(32):x}"')
        if "attributes" in self.noise:
            self.rng.shuffle(listed)
        opened = " ".join([tag, *listed])
        space = "\n" + " " * self.rng.randint(1, 12) if "whitespace" in self.noise else ""
        return f"<{opened}>{inner}</{tag}>{space}"

    def box(self, words: str, inner: str, tag: str = "div") -> str:
        return self.el(tag, inner, self.name(words))


def _text(text: str) -> str:
    return entities.escape(text, quote=False)


def _paragraph(b: Builder, part: Part, number: int) -> str:
    form = b.publisher.paragraphs
    text = _text(part.text)
    if form == "p-span":
        return b.el("p", b.el("span", text).strip())
    if form == "div":
        return b.box("text block", text)
    if form == "p-class":
        return b.box("body text", text, "p")
    if form in ("p-links", "p-bold") and b.tongue.lang not in ("zh", "ja"):
        words = text.split(" ")
        at = 1 + number % 3
        inner = f"<b>{words[at]}</b>" if form == "p-bold" else f'<a href="/t/{number}">{words[at]}</a>'
        return b.el("p", " ".join([*words[:at], inner, *words[at + 1 :]]))
    return b.el("p", text)


def _figure(b: Builder, text: str) -> str:
    lazy = "lazy" in b.noise
    source = (
        f'data-src="/i/{b.rng.getrandbits(20):x}.jpg" loading="lazy" src="data:image/gif;base64,R0"'
        if lazy
        else 'src="/i/1.jpg"'
    )
    image = f'<img {source} width="{b.rng.randint(300, 900) if lazy else 640}" alt="">'
    if b.publisher.frame in ("divs", "table", "wordpress"):
        return b.box("image box", image + b.box("image caption", _text(text), "p"))
    return b.el("figure", image + b.el("figcaption", _text(text)))


_GROUPED = {KIND.LIST_ITEM: ("ul", "li"), KIND.TABLE_ROW: ("table", "tr")}


def _parts(b: Builder, written: Article) -> list[str]:
    """The body's pieces as markup, lists and tables together."""
    out: list[str] = []
    index = 0
    parts = written.parts
    broken: list[str] = []

    def flush() -> None:
        if broken:
            out.append(b.box("text block", "<br><br>".join(broken)))
            broken.clear()

    while index < len(parts):
        part = parts[index]
        if part.kind is KIND.PARAGRAPH and b.publisher.paragraphs == "br":
            broken.append(_text(part.text))
            index += 1
            continue
        flush()
        if part.kind in _GROUPED:
            holder, row = _GROUPED[part.kind]
            rows = []
            while index < len(parts) and parts[index].kind is part.kind:
                text = _text(parts[index].text)
                if row == "tr":
                    one, _, two = text.rpartition(" ")
                    text = f"<td>{one}</td><td>{two}</td>"
                rows.append(b.el(row, text))
                index += 1
            out.append(b.el(holder, "".join(rows)))
            continue
        if part.kind is KIND.HEADING:
            out.append(b.el("h2", _text(part.text)))
        elif part.kind is KIND.QUOTE:
            out.append(b.el("blockquote", b.el("p", _text(part.text))))
        elif part.kind is KIND.CAPTION:
            out.append(_figure(b, part.text))
        else:
            out.append(_paragraph(b, part, index))
        index += 1
    flush()
    if "pull" in b.publisher.extras and len(out) > 4:
        said = next(part.text for part in parts if part.kind is KIND.PARAGRAPH)
        out.insert(4, b.el("aside", b.el("p", _text(said)), b.name("pull quote") or 'class="pullquote"'))
    return out


def _note(b: Builder, text: str) -> str:
    form = b.publisher.note
    if form == "box":
        return b.box("article correction", b.el("p", _text(text)))
    if form == "aside":
        return b.el("aside", b.el("p", _text(text)))
    if form == "italic":
        return b.el("p", f"<em>{_text(text)}</em>")
    return b.el("p", _text(text))


def _standfirst(b: Builder, written: Article) -> str:
    text = _text(written.standfirst)
    if not text:
        return ""
    form = b.publisher.standfirst
    if form == "h2":
        return b.box("sub title", text, "h2")
    if form == "div-dek":
        return b.el("div", b.el("p", text), 'class="article-dek"')
    if form == "bold":
        return b.el("p", f"<b>{text}</b>")
    if form == "strong-p":
        return b.el("p", f"<strong>{text}</strong>", b.name("intro text"))
    if form == "p-class":
        return b.el("p", text, 'class="standfirst"')
    if form == "described":
        return b.box("head text", text)
    return b.el("p", text)


def _byline(b: Builder, written: Article) -> str:
    names = [_text(name) for name in written.authors]
    form = b.publisher.byline
    by = b.tongue.by
    if form == "rel":
        links = ", ".join(f'<a rel="author" href="/a/{n}">{name}</a>' for n, name in enumerate(names))
        return b.box("story byline", f"{by} {links}")
    if form == "spans":
        return b.el("div", ", ".join(f'<span class="author">{name}</span>' for name in names), 'class="byline"')
    if form == "itemprop":
        return b.el(
            "div",
            ", ".join(f'<span itemprop="author"><span itemprop="name">{name}</span></span>' for name in names),
            'class="byline"',
        )
    if form == "address":
        links = ", ".join(f'<a rel="author" href="/a/{n}">{name}</a>' for n, name in enumerate(names))
        return b.el("address", f"{by} {links}")
    if form == "by-line":
        return b.el("p", f"{by} {', '.join(names)}", 'class="byline"')
    if form == "by-line-date":
        return b.el(
            "p",
            f"{by} {', '.join(names)} | <time>{b.tongue.ago.format(n=b.rng.randint(2, 9))}</time>",
            'class="byline"',
        )
    return ""


def _date(b: Builder, written: Article) -> str:
    stamp = written.published.isoformat()
    shown = written.published.strftime("%d.%m.%Y %H:%M")
    if b.publisher.date == "time":
        return b.el("time", shown, f'datetime="{stamp}"')
    if b.publisher.date == "itemprop":
        return b.el("span", shown, 'itemprop="datePublished"', f'content="{stamp}"')
    return b.box("publish date", shown, "span")


# --- what stands around it


def _cards(b: Builder, rng: random.Random, count: int, *, bare: bool = False) -> str:
    out = []
    for _ in range(count):
        title = _text(headline(b.tongue, rng))
        link = f'<a href="/s/{rng.getrandbits(20):x}">{title}</a>'
        out.append(
            b.el("li", link)
            if bare
            else b.box("teaser card", b.el("h3", link) + b.el("p", _text(sentence(b.tongue, rng))), "div")
        )
    return b.el("ul", "".join(out)) if bare else "".join(out)


def _advert(b: Builder) -> str:
    return b.box("ad slot", b.el("div", _text(b.tongue.rest[2])) + f'<div id="ad-{b.rng.getrandbits(24):x}"></div>')


def _related(b: Builder, *, inline: bool = False) -> str:
    rng = b.rng if "related" in b.noise else b.fixed
    title = b.el("h3", _text(b.tongue.rest[0]))
    return b.box(
        "related links" if inline else "related stories",
        title + _cards(b, rng, 3 if inline else 5, bare=True),
        "div" if inline else "aside",
    )


def _rail(b: Builder) -> str:
    rng = b.rng if "most_read" in b.noise else b.fixed
    return b.el(
        "aside",
        b.box("most read", b.el("h2", _text(b.tongue.rest[1])) + _cards(b, rng, 5, bare=True)),
        b.name("side bar"),
    )


def _ago(b: Builder) -> str:
    return b.tongue.ago.format(n=b.rng.randint(2, 23))


def _furnish(b: Builder, parts: list[str]) -> list[str]:
    """Noise between the paragraphs of the text column."""
    out = list(parts)
    if "inline_related" in b.noise:
        out.insert(min(3, len(out)), _related(b, inline=True))
    if "adverts" in b.noise:
        for at in sorted(b.rng.sample(range(1, len(out) + 1), min(3, len(out))), reverse=True):
            out.insert(at, _advert(b))
    if "relative_time" in b.noise:
        out.insert(0, b.el("div", _text(_ago(b))))
        out.insert(len(out) // 2, b.el("p", _text(_ago(b))))
    if "counters" in b.noise:
        out.insert(
            0, b.box("share tools", b.el("span", f"{b.rng.randint(3, 999)}") + b.el("button", _text(b.tongue.rest[3])))
        )
        out.append(b.el("div", f"{b.rng.randint(2, 900)} {_text(b.tongue.rest[7])}"))
    if "newsletter" in b.noise:
        form = b.el("p", _text(b.tongue.rest[4])) + '<form><input type="email"><button>OK</button></form>'
        out.insert(len(out) // 2 + 1, b.box("newsletter signup", form))
    if "ab_slot" in b.noise:
        variant = "ab"[b.rng.randint(0, 1)]
        out.insert(
            2,
            f'<div data-variant="{variant}" data-slot="{b.rng.randint(1, 99)}">'
            + ("<span></span>" if variant == "a" else "")
            + "</div>",
        )
    if "cards" in b.noise:
        out.append(b.box("recommended stories", b.el("h2", _text(b.tongue.rest[0])) + _cards(b, b.rng, 4), "section"))
    return out


def _link(b: Builder) -> str:
    return f'<a href="/s/{b.rng.getrandbits(20):x}">{_text(headline(b.tongue, b.rng))}</a>'


def _furnish_hard(b: Builder, parts: list[str]) -> list[str]:
    """Noise that gives nothing away by its names."""
    out = list(parts)
    middle = len(out) // 2
    if "see_also" in b.noise:
        out.insert(middle, b.el("p", f"{_text(b.tongue.rest[8])}: {_link(b)}"))
        out.insert(2, b.el("p", f"<strong>{_text(b.tongue.rest[0])}:</strong> {_link(b)}"))
    if "bare_cards" in b.noise:
        card = b.el("h3", _link(b)) + b.el("p", _text(sentence(b.tongue, b.rng))) + b.el("span", _text(_ago(b)))
        out.insert(middle, b.el("div", card))
    if "bare_list" in b.noise:
        links = "".join(b.el("li", _link(b)) for _ in range(4))
        out.append(b.el("ul", links))
        out.insert(middle, b.el("ul", links))
    if "tags" in b.noise:
        words = b.rng.sample(b.tongue.subjects, 4)
        out.append(b.el("p", " ".join(f'<a href="/t/{n}">{_text(word)}</a>' for n, word in enumerate(words))))
    if "video_teaser" in b.noise:
        inner = f'<a href="/v/{b.rng.getrandbits(20):x}"><img src="/v.jpg" alt=""></a>' + b.el("div", _link(b))
        out.insert(2, b.el("div", inner + b.el("span", f"0:{b.rng.randint(10, 59)}")))
    if "ticker" in b.noise:
        rows = "".join(b.el("li", f"{name} {b.rng.uniform(1, 99):.2f} %") for name in ("ABX", "QUO", "ZIN"))
        out.insert(0, b.box("stock ticker", b.el("ul", rows)))
    if "top_comment" in b.noise:
        said = b.el("p", _text(prose(b.tongue, b.rng)))
        out.append(b.el("section", b.el("h3", _text(b.tongue.rest[7])) + said, 'id="comments"', 'class="comments"'))
    if "donation_box" in b.noise:
        asked = b.el("p", _text(sentence(b.tongue, b.rng))) + b.el("button", f"{b.rng.randint(3, 50)} €")
        out.insert(middle, b.el("div", asked, 'class="donation-box"'))
    return out


def _furnish_odd(b: Builder, parts: list[str], written: Article) -> list[str]:
    """Noise of a third batch, measured before any rule was written for it: small boxes without names or classes."""
    out = list(parts)
    middle = len(out) // 2
    rest = [_text(word) for word in b.tongue.rest]
    if "inline_promo" in b.noise:
        out.insert(middle, b.el("p", b.el("em", f"{rest[4]}: {_link(b)}")))
    if "live_strip" in b.noise:
        rows = "".join(
            b.el("li", f"<span>{b.rng.randint(10, 23)}:{b.rng.randint(10, 59)}</span> {_link(b)}") for _ in "123"
        )
        out.insert(0, b.el("div", f"<b>LIVE</b><ul>{rows}</ul>"))
    if "podcast_box" in b.noise:
        title = f"<span>{_text(headline(b.tongue, b.rng))}</span>"
        length = f"<span>{b.rng.randint(10, 59)}:{b.rng.randint(10, 59)}</span>"
        out.insert(2, b.el("div", f'<button aria-label="play">▶</button>{title}{length}<audio src="/a.mp3"></audio>'))
    if "poll" in b.noise:
        options = "".join(
            f'<li><label><input type="radio" name="v"> {_text(b.rng.choice(b.tongue.deeds))}</label></li>'
            for _ in "123"
        )
        asked = b.el("h3", _text(headline(b.tongue, b.rng)) + "?")
        out.insert(middle, b.el("div", f"{asked}<ul>{options}</ul><button>OK</button>"))
    if "inline_most_read" in b.noise:
        rows = "".join(b.el("li", f"<span>{n}</span> {_link(b)}") for n in range(1, 6))
        out.insert(middle, b.el("div", b.el("h4", rest[1]) + f"<ol>{rows}</ol>"))
    if "author_bio" in b.noise:
        name = _text(written.authors[0])
        about = f'<a href="/authors/{b.rng.getrandbits(8)}">{name}</a> {_text(sentence(b.tongue, b.rng))}'
        out.append(b.el("div", f'<img src="/p.jpg" alt="">{b.el("p", about)}'))
    if "app_banner" in b.noise:
        stores = '<a href="https://apps.example/1">App Store</a> <a href="https://play.example/1">Google Play</a>'
        out.append(b.el("div", b.el("p", _text(sentence(b.tongue, b.rng))) + b.el("div", stores)))
    if "comment_teaser" in b.noise:
        said = b.el("p", _text(sentence(b.tongue, b.rng)))
        out.append(b.el("div", f'<h4>{rest[7]} ({b.rng.randint(2, 400)})</h4>{said}<a href="#c">{rest[8]}</a>'))
    if "donation_numbers" in b.noise:
        asked = b.el("p", f"{b.rng.randint(2, 90)} 000: {_text(sentence(b.tongue, b.rng))}")
        sums = "".join(f"<button>{n} €</button>" for n in (5, 10, 25))
        out.insert(middle, b.el("div", asked + sums))
    if "cookie_inside" in b.noise:
        out.insert(0, b.el("div", b.el("p", rest[5]) + b.el("button", rest[6])))
    if "linked_card" in b.noise:
        card = b.el("h3", _text(headline(b.tongue, b.rng))) + b.el("p", _text(sentence(b.tongue, b.rng)))
        out.append(f'<a href="/s/{b.rng.getrandbits(20):x}">{card}</a>')
    if "topics" in b.noise:
        words = ", ".join(
            f'<a href="/t/{n}">{_text(word)}</a>' for n, word in enumerate(b.rng.sample(b.tongue.subjects, 3))
        )
        out.append(b.el("p", f"{b.tongue.rest[0]}: {words}"))
    if "mail_tip" in b.noise:
        address = '<a href="mailto:tips@outlet.example">tips@outlet.example</a>'
        out.append(b.el("p", f"<i>{_text(sentence(b.tongue, b.rng))} {address}</i>"))
    if "sponsored" in b.noise:
        said = b.el("p", _text(sentence(b.tongue, b.rng)))
        picture = '<a href="https://shop.example/x"><img src="/x.jpg" alt=""></a>'
        link = f'<a href="https://shop.example/x">{rest[8]}</a>'
        out.insert(middle, b.el("div", f"<small>{rest[2]}</small>{picture}{said}{link}"))
    if "weather" in b.noise:
        degrees = f"<span>{b.rng.randint(-5, 30)}°C</span> <span>{_text(b.tongue.subjects[1])}</span>"
        out.insert(2, b.el("div", degrees))
    if "numbered_links" in b.noise:
        rows = "".join(b.el("p", f"{n}. {_link(b)}") for n in range(1, 6))
        out.append(b.el("div", b.el("p", rest[1]) + rows))
    if "breadcrumb" in b.noise:
        trail = f'<a href="/">Start</a> › <a href="/n">{rest[0]}</a> › {rest[1]}'
        out.insert(0, b.el("div", trail))
    if "offer" in b.noise:
        said = b.el("p", _text(sentence(b.tongue, b.rng)))
        out.append(b.el("div", b.el("h3", rest[4]) + said + f'<a href="/abo">{rest[6]}</a>'))
    return out


def _ld(b: Builder, written: Article) -> str:
    form = b.publisher.ld
    if form == "none":
        return ""
    authors: Any = [{"@type": "Person", "name": name} for name in written.authors]
    node: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": written.told,
        "datePublished": written.published.isoformat(),
        "dateModified": (written.published + timedelta(minutes=b.rng.randint(5, 90))).isoformat(),
        "author": authors,
        "description": written.standfirst,
        "publisher": {"@type": "Organization", "name": b.publisher.name.title()},
        "image": [f"https://{b.publisher.name}.example/i/{b.rng.getrandbits(20):x}.jpg"],
    }
    document: Any = node
    if form == "linked":
        node["author"] = [{"@id": f"#a{n}"} for n, _ in enumerate(written.authors)]
        document = {"@graph": [node, *({"@id": f"#a{n}", **author} for n, author in enumerate(authors))]}
    elif form == "graph":
        document = {
            "@context": "https://schema.org",
            "@graph": [
                {"@type": "WebSite", "name": b.publisher.name.title()},
                {"@type": "BreadcrumbList", "itemListElement": []},
                node,
            ],
        }
    elif form == "array":
        document = [{"@type": "Organization", "name": b.publisher.name.title()}, node]
    elif form == "newsarticle-list":
        node["@type"] = ["Article", "NewsArticle"]
        node["articleBody"] = written.parts[0].text
    elif form == "entities":
        node["headline"] = entities.escape(written.told)
    packed = json.dumps(document, ensure_ascii=form == "array")
    if form == "commas":
        packed = packed[:-1] + ",}"
    elif form == "comment":
        packed = f"/*<![CDATA[*/{packed}/*]]>*/"
    return f'<script type="application/ld+json">{packed}</script>'


def _head(b: Builder, written: Article) -> str:
    site = b.publisher.name.title()
    told = entities.escape(written.told)
    described = entities.escape(written.standfirst)
    nonce = f' nonce="{b.rng.getrandbits(64):x}"' if "nonce" in b.noise else ""
    metas = [
        '<meta charset="utf-8">',
        f"<title>{told} | {site}</title>",
        f'<meta property="og:title" content="{told}">',
        f'<meta property="og:site_name" content="{site}">',
    ]
    if b.publisher.frame not in ("divs", "table"):
        metas.append('<meta property="og:type" content="article">')
    if described:
        metas.append(f'<meta name="description" content="{described}">')
    if b.publisher.date == "meta":
        metas.append(f'<meta property="article:published_time" content="{written.published.isoformat()}">')
    if b.publisher.byline == "meta":
        metas += [f'<meta name="author" content="{entities.escape(name)}">' for name in written.authors]
    if "attributes" in b.noise:
        b.rng.shuffle(metas)
    script = f"<script{nonce}>window.t={b.rng.getrandbits(30) if 'nonce' in b.noise else 1};</script>"
    return "".join(metas) + _ld(b, written) + script + "<style>.x{color:red}</style>"


def _kicker(b: Builder) -> str:
    form = b.publisher.kicker
    word = _text(b.tongue.rest[7])
    return {
        "p": b.el("p", word, 'class="kicker"'),
        "link": f'<a class="section-label" href="/s">{word}</a>',
        "span": b.el("span", word, b.name("top label")),
    }.get(form, "")


def _column(b: Builder, written: Article) -> tuple[str, str]:
    """The header (kicker, headline, standfirst, byline, date) and the body's column."""
    h1 = b.el(
        "h1",
        _text(written.headline),
        b.name("story headline"),
        'itemprop="headline"' if b.publisher.frame == "microdata" else "",
    )
    stand = _standfirst(b, written)
    early = b.publisher.standfirst in ("bold", "strong-p") and b.publisher.frame != "outside"
    head = _kicker(b) + h1 + ("" if early else stand) + _byline(b, written) + _date(b, written)
    parts = _parts(b, written)
    if written.note_top:
        parts.insert(0, _note(b, written.note_top))
    if written.note_end and b.publisher.note != "below":
        parts.append(_note(b, written.note_end))
    if early:
        parts.insert(0, stand)
    parts = _furnish_odd(b, _furnish_hard(b, _furnish(b, parts)), written)
    if b.publisher.frame == "sections":
        return head, "".join(b.el("section", one) for one in parts)
    if b.publisher.frame == "grid":
        return head, "".join(b.el("div", b.box("grid cell", one)) for one in parts)
    return head, "".join(parts)


def _frame(b: Builder, head: str, body: str) -> str:
    frame = b.publisher.frame
    if frame in ("article", "sections", "grid", "twin-nav"):
        return b.el("main", b.el("article", b.el("header", head) + b.box("story body", body)))
    if frame == "main":
        return b.el("main", head + body, b.name("page main"))
    if frame == "divs":
        return b.box("outer wrap", b.box("inner wrap", b.box("text head", head) + b.box("text main", body)))
    if frame == "microdata":
        return b.el(
            "div",
            head + b.el("div", body, 'itemprop="articleBody"'),
            "itemscope",
            'itemtype="https://schema.org/NewsArticle"',
        )
    if frame == "amp":
        return b.el(
            "article",
            b.el("div", head, 'class="amp-wp-article-header"') + b.el("div", body, 'class="amp-wp-article-content"'),
        )
    if frame == "wordpress":
        return b.el(
            "article",
            b.el("header", head, 'class="entry-header"') + b.el("div", body, 'class="entry-content"'),
            'class="post type-post"',
        )
    if frame == "outside":
        return b.box("page top", head, "section") + b.el("div", b.el("div", b.el("article", body)))
    if frame == "table":
        return f"<table><tr><td>{b.box('left column', '')}</td><td>{head}{b.box('text column', body)}</td></tr></table>"
    if frame == "rail-first":
        return b.el("div", _rail(b) + b.el("div", head + b.box("article content", body)))
    if frame == "nested":
        return b.el("div", b.el("div", b.el("div", b.el("div", head) + b.el("div", b.el("div", b.el("div", body))))))
    return head + body


def render(publisher: Publisher, written: Article, noise: Sequence[str] = (), seed: int = 0) -> bytes:
    """The page of an article, in UTF-8."""
    b = Builder(publisher, frozenset(noise), seed)
    head, body = _column(b, written)
    story = _frame(b, head, body)
    if written.note_end and publisher.note == "below":
        story += b.box("page bottom", b.el("p", _text(written.note_end)))
    if "next_story" in noise:
        heading = b.el("h2", _text(headline(b.tongue, b.rng)))
        story += b.el("article", heading + "".join(b.el("p", _text(prose(b.tongue, b.rng))) for _ in range(3)))
    nav = b.el(
        "nav",
        b.el("ul", "".join(b.el("li", f'<a href="/{n}">{_text(word)}</a>') for n, word in enumerate(b.tongue.rest))),
    )
    top = b.el("header", b.el("a", publisher.name.title(), 'href="/"') + nav)
    if publisher.frame == "twin-nav":
        top += b.el("div", nav, 'aria-hidden="true"')
    cookie = (
        b.box("cookie banner", b.el("p", _text(b.tongue.rest[5])) + b.el("button", _text(b.tongue.rest[6])))
        if "cookie" in b.noise
        else ""
    )
    rest = _related(b) + ("" if publisher.frame == "rail-first" else _rail(b))
    foot = b.el("footer", b.el("p", f"© 2025 {publisher.name.title()}"))
    direction = ' dir="rtl"' if b.tongue.rtl else ""
    amp = " amp" if publisher.frame == "amp" else ""
    page = (
        f'<!DOCTYPE html>\n<html lang="{publisher.lang}"{direction}{amp}><head>{_head(b, written)}</head>'
        f"<body>{cookie}{top}{story}{rest}{foot}</body></html>"
    )
    return page.encode()


# --- what may change

NOISES = (
    "related", "inline_related", "cards", "most_read", "relative_time", "adverts", "cookie", "counters", "newsletter",
    "lazy", "nonce", "hashes", "attributes", "ab_slot", "whitespace",
)  # fmt: skip

HARD_NOISES = (
    "see_also", "bare_cards", "bare_list", "tags", "video_teaser", "ticker", "top_comment", "donation_box",
    "next_story",
)  # fmt: skip

ODD_NOISES = (
    "inline_promo", "live_strip", "podcast_box", "poll", "inline_most_read", "author_bio", "app_banner",
    "comment_teaser", "donation_numbers", "cookie_inside", "linked_card", "topics", "mail_tip", "sponsored", "weather",
    "numbered_links", "breadcrumb", "offer",
)  # fmt: skip

EDITS = (
    "h1_only", "headline", "paragraph_word", "last_paragraph_word", "quotation_word", "paragraph_added",
    "paragraph_removed", "correction_top", "correction_end", "standfirst_word", "caption_word", "list_item",
    "heading_word", "quote_block_word", "table_word",
)  # fmt: skip


def _swap(text: str, tongue: Tongue) -> str:
    """One word replaced in the middle of a text."""
    if tongue.lang in ("zh", "ja"):
        at = len(text) // 2
        return text[:at] + tongue.swap + text[at + 1 :]
    words = text.split(" ")
    words[len(words) // 2] = tongue.swap
    return " ".join(words)


def _swap_part(written: Article, wanted: Callable[[Part], bool], last: bool = False) -> Article | None:
    found = [index for index, part in enumerate(written.parts) if wanted(part)]
    if not found:
        return None
    at = found[-1 if last else len(found) // 2]
    parts = list(written.parts)
    parts[at] = replace(parts[at], text=_swap(parts[at].text, TONGUES[written.lang]))
    return replace(written, parts=tuple(parts))


def _is_quotation(part: Part) -> bool:
    return part.kind is KIND.PARAGRAPH and any(mark in part.text for mark in "“«„「")


def _added(written: Article) -> Article:
    tongue = TONGUES[written.lang]
    at = len(written.parts) // 2
    new = Part(KIND.PARAGRAPH, prose(tongue, random.Random(written.headline)))
    return replace(written, parts=(*written.parts[:at], new, *written.parts[at:]))


def _removed(written: Article) -> Article:
    found = [index for index, part in enumerate(written.parts) if part.kind is KIND.PARAGRAPH]
    at = found[len(found) // 2]
    return replace(written, parts=written.parts[:at] + written.parts[at + 1 :])


def edits(written: Article) -> dict[str, Article]:
    """The article after each kind of edit that is possible in it."""
    tongue = TONGUES[written.lang]
    new = _swap(written.headline, tongue)
    made: dict[str, Article | None] = {
        "h1_only": replace(written, headline=new),
        "headline": replace(written, headline=new, told=new),
        "paragraph_word": _swap_part(written, lambda part: part.kind is KIND.PARAGRAPH and not _is_quotation(part)),
        "last_paragraph_word": _swap_part(written, lambda part: part.kind is KIND.PARAGRAPH, last=True),
        "quotation_word": _swap_part(written, _is_quotation),
        "paragraph_added": _added(written),
        "paragraph_removed": _removed(written),
        "correction_top": replace(written, note_top=tongue.note),
        "correction_end": replace(written, note_end=tongue.note + " " + tongue.swap + tongue.stop),
        "standfirst_word": replace(written, standfirst=_swap(written.standfirst, tongue))
        if written.standfirst
        else None,
        "caption_word": _swap_part(written, lambda part: part.kind is KIND.CAPTION),
        "list_item": _swap_part(written, lambda part: part.kind is KIND.LIST_ITEM),
        "heading_word": _swap_part(written, lambda part: part.kind is KIND.HEADING),
        "quote_block_word": _swap_part(written, lambda part: part.kind is KIND.QUOTE),
        "table_word": _swap_part(written, lambda part: part.kind is KIND.TABLE_ROW),
    }
    return {name: one for name, one in made.items() if one is not None and one != written}


def live_page(lang: str, entries: int = 6, *, word: str = "") -> tuple[bytes, list[str]]:
    """A live blog of that many entries, and their texts; ``word`` is added to the second."""
    tongue = TONGUES[lang]
    rng = random.Random(lang)
    texts = [prose(tongue, rng) for _ in range(entries)]
    if word:
        texts[1] = f"{texts[1]} {word}{tongue.stop}"
    start = datetime(2025, 4, 2, 9, 0, tzinfo=UTC)
    title = headline(tongue, rng)
    updates = [
        {
            "@type": "BlogPosting",
            "headline": title,
            "articleBody": text,
            "datePublished": (start + timedelta(minutes=9 * n)).isoformat(),
        }
        for n, text in enumerate(texts)
    ]
    ld = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": title,
        "datePublished": start.isoformat(),
        "liveBlogUpdate": updates,
    }
    posts = ""
    for n, text in enumerate(texts):
        moment = (start + timedelta(minutes=9 * n)).isoformat()
        stamp = f'<time datetime="{moment}">{9 + n}:00</time>'
        posts += f'<article class="live-post" id="post-{n}">{stamp}<p>{_text(text)}</p></article>'
    page = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{_text(title)}</title>'
        f'<script type="application/ld+json">{json.dumps(ld)}</script></head><body><main><h1>{_text(title)}</h1>'
        f'<p>{_text(prose(tongue, rng))}</p><div class="live-blog">{posts}</div></main></body></html>'
    )
    return page.encode(), texts
