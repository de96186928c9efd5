"""Noise for any Story: what changes on a page without a reader having anything else to quote. It must stay silent.

Each injector is driven by a seeded ``random.Random``; the same seed gives the same pair. Facts are in
``tests/facts.py``; ``python -m tests.measure`` runs both over stories of your own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from bot.core.story import Block, BlockKind, Story

Noise = Callable[[Story, Random], Story]


def everywhere(story: Story, change: Callable[[str], str]) -> Story:
    """The story with every text changed."""
    return replace(
        story,
        headline=change(story.headline),
        standfirst=change(story.standfirst),
        blocks=tuple(replace(block, text=change(block.text)) for block in story.blocks),
    )


def _put(story: Story, place: int, *blocks: Block) -> Story:
    return replace(story, blocks=(*story.blocks[:place], *blocks, *story.blocks[place:]))


def _plain(*texts: str) -> tuple[Block, ...]:
    return tuple(Block(text=text) for text in texts)


# --- noise -----------------------------------------------------------------------------------------------------------


def typography(story: Story, rnd: Random) -> Story:
    """Straight marks for curly ones, dots for the ellipsis, dashes of other lengths, or the other way about."""
    tables: list[dict[str, str]] = [
        {"“": '"', "”": '"'},
        {"’": "'", "‘": "'"},
        {"'": "’"},
        {"“": "«", "”": "»"},
        {"...": "…"},
        {"…": "..."},
        {" - ": " – "},
        {" – ": " — "},
        {"-": "‑"},
    ]
    chosen = rnd.sample(tables, 4)

    def change(text: str) -> str:
        for table in chosen:
            if "„" in text and "“" in table:
                continue  # there “ closes what „ opened
            for old, new in table.items():
                text = text.replace(old, new)
        return text

    return everywhere(story, change)


def unicode_form(story: Story, rnd: Random) -> Story:
    """Letters decomposed, as ligatures, or as full-width figures."""
    form = rnd.choice(["NFD", "ligatures", "wide"])

    def change(text: str) -> str:
        if form == "wide":
            return text.translate({ord(c): 0xFF10 + int(c) for c in "0123456789"})
        if form == "ligatures":
            return text.replace("fi", "ﬁ").replace("fl", "ﬂ")
        return unicodedata.normalize("NFD", text)

    return everywhere(story, change)


def invisible(story: Story, rnd: Random) -> Story:
    """Soft hyphens, zero-width and bidi characters, byte-order marks between the letters."""

    def change(text: str) -> str:
        letters = list(text)
        for _ in range(max(len(letters) // 40, 1)):
            place = rnd.randrange(len(letters) + 1)
            letters.insert(place, rnd.choice("\u00ad\u200b\u200c\u2060\ufeff\u200e\u200f"))
        return "".join(letters)

    return everywhere(story, change)


def spaces(story: Story, rnd: Random) -> Story:
    """No-break, thin and doubled spaces, tabs and line breaks where there was a space."""
    kinds = ["\u00a0", "\u202f", "\u2009", "  ", "\n", "\t", " \u00a0"]
    return everywhere(
        story, lambda text: "".join(rnd.choice(kinds) if c == " " and rnd.random() < 0.1 else c for c in text)
    )


LINKS = (
    "Five things to know before the vote",
    "In pictures: a week on the coast",
    "Who pays for the new harbour?",
    "Storm warning for the weekend",
    "Quiz: how well do you know your county?",
    "‘I lost everything’: one family’s year",
    "Fire chief to retire after 31 years",
    "Opinion: why nobody trusts the water firm",
    "Town 2-1 Rovers: late goal sinks leaders",
    "House prices: the map that shows where 4.9% hurts",
    "Minister denies misleading parliament",
    "Two killed in crash on coast road",
    "Mayor: “I will not resign”",
    "Fünf Fragen zur Wahl",
    "Ce que l’on sait de l’incendie",
    "Las claves del pacto",
)
HEADINGS = (
    *("Related topics", "More on this story", "Read more", "Related stories", "You may also like", "Most read"),
    *("Mehr zum Thema", "Lesen Sie auch", "À lire aussi", "Sur le même sujet", "Te puede interesar", "Leggi anche"),
    *(
        "Leia também",
        "Lees ook",
        "Noticias relacionadas",
        "From around the web",
        "Editor’s picks",
        "Articoli correlati",
    ),
)
LEADS = (
    *("Read more: ", "Related: ", "READ ALSO | ", "See also: ", "Watch: ", "Don’t miss: ", "Lesen Sie auch: "),
    *("Lire aussi : ", "À lire aussi : ", "Lea también: ", "Leggi anche: ", "Leia também: ", "Lees ook: "),
)


def related_links(story: Story, rnd: Random) -> Story:
    """A list of other stories below the text, or a line that leads to one between the paragraphs."""
    if rnd.random() < 0.3:
        return _put(story, rnd.randint(0, len(story.blocks)), *_plain(rnd.choice(LEADS) + rnd.choice(LINKS)))
    chosen = rnd.sample(LINKS, rnd.randint(2, 5))
    items = (Block(kind=BlockKind.LIST_ITEM, text=text) for text in chosen)
    return _put(story, len(story.blocks), Block(kind=BlockKind.HEADING, text=rnd.choice(HEADINGS)), *items)


COUNTERS = (
    *("{n} comments", "{k} Comments", "{n} shares", "View {n} comments", "Comments ({n})", "{n} people reading this"),
    *("1.{s}K views", "Shared {n} times", "{n} Kommentare", "Kommentare ({n})", "{n} commentaires", "{n} comentarios"),
    *("{n} commenti", "{n} comentários", "{n} reacties", "{n} likes", "Be the first to comment", "{k} views"),
)


def counters(story: Story, rnd: Random) -> Story:
    """Comments, shares and readers, counted."""
    number = rnd.randint(2, 9999)
    text = rnd.choice(COUNTERS).format(n=number, k=f"{number:,}", s=number % 10)
    return _put(story, rnd.choice([0, len(story.blocks)]), *_plain(text))


STAMPS = (
    *("Published {n} minutes ago", "Updated {n} hours ago", "{n} days ago", "Last updated {n} minutes ago", "{n}h ago"),
    *("an hour ago", "{n} mins ago", "Yesterday at {c}", "Updated at {c} GMT", "Published: {n} hours ago"),
    *("Last updated: {d} March 2026 {c}", "{d} March 2026", "Mon {d} Mar 2026 {c} GMT", "March {d}, 2026 at {c} p.m."),
    *("vor {n} Stunden", "Aktualisiert vor {n} Minuten", "Stand: {d}.03.2026, {c} Uhr", "il y a {n} heures"),
    *(
        "Publié il y a {n} minutes",
        "Mis à jour le {d} mars 2026 à {c}",
        "hace {n} horas",
        "Actualizado hace {n} minutos",
    ),
    *("{n} ore fa", "Aggiornato {n} minuti fa", "há {n} horas", "Atualizado há {n} minutos", "{n} uur geleden"),
    *("Bijgewerkt {n} minuten geleden", "Posted {n} days ago", "First published on {d} March 2026"),
)


def relative_time(story: Story, rnd: Random) -> Story:
    """A stamp that ages."""
    clock = f"{rnd.randint(1, 12)}:{rnd.randint(0, 59):02}"
    return _put(story, 0, *_plain(rnd.choice(STAMPS).format(n=rnd.randint(2, 55), d=rnd.randint(1, 28), c=clock)))


READINGS = (
    *("{n} min read", "{n} minute read", "{n}-minute read", "Reading time: {n} minutes", "Read time: {n} mins"),
    *("Lesezeit: {n} Minuten", "Lesedauer: {n} Min.", "Temps de lecture : {n} min", "{n} min de lecture"),
    *("Tiempo de lectura: {n} min", "Tempo di lettura: {n} minuti", "Leestijd: {n} minuten", "{n} min de leitura"),
)


def reading_time(story: Story, rnd: Random) -> Story:
    """How long it takes to read."""
    text = rnd.choice(READINGS).format(n=rnd.randint(2, 14))
    return _put(story, min(1, len(story.blocks)), *_plain(text))


ADVERTS = (
    *("Advertisement", "ADVERTISEMENT", "Article continues after advertisement", "Sponsored", "- Advertisement -"),
    *(
        "Sign up for our newsletter",
        "Subscribe to our newsletter",
        "Get our free daily newsletter",
        "Follow us on Facebook",
    ),
    *("Share on Facebook", "Share this story", "Save", "Print", "Story continues below advertisement", "Ad feedback"),
    *("Advertisement. Scroll to continue reading.", "Anzeige", "Werbung", "Publicité", "Publicidad", "Pubblicità"),
    *("La suite après cette publicité", "Publicidade", "Advertentie", "Diesen Artikel teilen", "Partager", "Condividi"),
    *("Sponsored: Save 20% on your first order", "Listen to this article", "Skip advertisement"),
)


def adverts(story: Story, rnd: Random) -> Story:
    """Adverts and share buttons between the paragraphs."""
    for text in rnd.sample(ADVERTS, rnd.randint(1, 3)):
        story = _put(story, rnd.randint(0, len(story.blocks)), *_plain(text))
    return story


NOISE: dict[str, Noise] = {
    "typography": typography,
    "unicode forms": unicode_form,
    "invisible characters": invisible,
    "spaces": spaces,
    "related links": related_links,
    "counters": counters,
    "relative times": relative_time,
    "reading time": reading_time,
    "adverts": adverts,
}


def noisy_pair(story: Story, rnd: Random, *, kinds: Sequence[str] = ()) -> tuple[Story, Story, tuple[str, ...]]:
    """Two readings of one page that differ in noise only, and which noise it was: one to four kinds of it."""
    chosen = tuple(kinds) or tuple(rnd.sample(sorted(NOISE), rnd.randint(1, 4)))
    old = new = story
    for name in chosen:
        if rnd.random() < 0.5:
            old = NOISE[name](old, rnd)
        new = NOISE[name](new, rnd)
    return old, new, chosen
