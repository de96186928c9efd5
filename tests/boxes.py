"""What news pages change between two fetches, box by box, as markup for any page: invented or saved.

``box(kind, lang, rng)`` makes one box; the same seed gives the same bytes, another seed is the next fetch. Boxes were
written as pages have them, before any rule was written for them: with telling class names, with hashed ones and without
any, as ``<div>``, ``<aside>``, ``<section>`` or an element of the site's own. ``PLACES`` says where a kind stands.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.publishers import TONGUES, Tongue, headline, prose, sentence


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the pieces of one box, in one language."""

    tongue: Tongue
    rng: random.Random
    telling: str

    def say(self, **texts: str) -> str:
        """The text in the page's language; English where there is none."""
        return texts.get(self.tongue.lang, texts["en"])

    @property
    def title(self) -> str:
        return headline(self.tongue, self.rng)

    @property
    def line(self) -> str:
        return sentence(self.tongue, self.rng)

    @property
    def text(self) -> str:
        return prose(self.tongue, self.rng)

    @property
    def name(self) -> str:
        return self.rng.choice(self.tongue.authors)

    def number(self, least: int, most: int) -> str:
        """A number as the language writes it: 1,204 or 1.204."""
        shown = f"{self.rng.randint(least, most):,}"
        return shown if self.tongue.lang in ("en", "zh", "ja", "ko", "hi", "he") else shown.replace(",", ".")

    def link(self, text: str, path: str = "s") -> str:
        return f'<a href="/{path}/{self.rng.getrandbits(20):x}">{text}</a>'

    def wrap(self, inner: str, *tags: str) -> str:
        """The box: one of the tags, with a name that tells, one that is hashed, or none."""
        tag = self.rng.choice(tags or ("div", "div", "aside", "section", "news-unit"))
        names = self.rng.choice(("", f' class="{self.telling}"', f' class="sc-{self.rng.getrandbits(24):x}"', ""))
        return f"<{tag}{names}>{inner}</{tag}>"


Box = Callable[[Maker], str]


def _live_score(m: Maker) -> str:
    one, two = m.rng.sample(["FC Nord", "Rovers", "Albertown", "Vento 04"], 2)
    goals = f"<b>{m.rng.randint(0, 5)}</b><span>–</span><b>{m.rng.randint(0, 5)}</b>"
    return m.wrap(f"<span>{one}</span>{goals}<span>{two}</span><span>{m.rng.randint(1, 90)}'</span>")


def _reading_now(m: Maker) -> str:
    n = m.number(100, 9000)
    said = m.say(
        en=f"{n} people are reading this story right now",
        de=f"{n} Menschen lesen gerade diesen Artikel",
        fr=f"{n} personnes lisent cet article en ce moment",
        es=f"{n} personas están leyendo esta noticia ahora",
        it=f"{n} persone stanno leggendo questo articolo",
        pt=f"{n} pessoas estão lendo esta notícia agora",
        ru=f"{n} человек читают эту статью прямо сейчас",
    )
    return m.wrap(said, "p", "div", "span")


def _poll_result(m: Maker) -> str:
    shares = [m.rng.randint(10, 60) for _ in range(3)]
    rows = "".join(f"<div><span>{m.rng.choice(m.tongue.deeds)}</span><span>{n} %</span></div>" for n in shares)
    votes = m.say(en="votes cast", de="Stimmen abgegeben", fr="votes", es="votos", it="voti", pt="votos", ru="голосов")
    return m.wrap(f"<h3>{m.title}?</h3>{rows}<p>{m.number(900, 90000)} {votes}</p>")


def _ai_summary(m: Maker) -> str:
    title = m.say(
        en="Summary", de="Zusammenfassung", fr="Résumé", es="Resumen", it="Riassunto", pt="Resumo", ru="Кратко"
    )
    told = m.say(
        en="This summary was created with the help of AI and checked by an editor.",
        de="Diese Zusammenfassung wurde mit KI erstellt und redaktionell geprüft.",
        fr="Ce résumé a été généré par une IA et relu par la rédaction.",
        es="Este resumen ha sido generado por IA y revisado por un editor.",
        it="Questo riassunto è stato generato con l’IA e controllato dalla redazione.",
        pt="Este resumo foi gerado por IA e revisto por um editor.",
        ru="Краткое содержание создано с помощью ИИ и проверено редактором.",
    )
    rows = "".join(f"<li>{m.line}</li>" for _ in range(3))
    return m.wrap(f"<h3>{title}</h3><ul>{rows}</ul><p><small>{told}</small></p>")


def _audio_article(m: Maker) -> str:
    length = f"{m.rng.randint(2, 9)}:{m.rng.randint(10, 59)}"
    said = m.say(
        en="Listen to this article", de="Artikel anhören", fr="Écouter l’article", es="Escuchar el artículo",
        it="Ascolta l’articolo", pt="Ouvir o artigo", ru="Слушать статью",
    )  # fmt: skip
    note = m.say(
        en="This audio is auto-generated. Please let us know if you have feedback.",
        de="Diese Audiofassung wurde technisch erzeugt. Wir freuen uns über Ihr Feedback.",
        fr="Cette version audio est générée automatiquement. Dites-nous ce que vous en pensez.",
        es="Este audio se ha generado automáticamente. Cuéntenos su opinión.",
    )
    return m.wrap(f"<div><span>{said}</span> <span>{length} min</span></div><p>{note}</p>")


def _donation_meter(m: Maker) -> str:
    raised, givers = m.number(3000, 49000), m.number(100, 4000)
    said = m.say(
        en=f"£{raised} raised of £50,000. {givers} readers have given so far.",
        de=f"{raised} Euro von 50.000 Euro erreicht. {givers} Leserinnen und Leser haben bisher gespendet.",
        fr=f"{raised} euros récoltés sur 50 000. {givers} lecteurs ont déjà donné.",
        es=f"{raised} euros de 50.000. {givers} lectores ya han donado.",
    )
    ask = m.say(en="Support us", de="Jetzt unterstützen", fr="Je soutiens", es="Apóyanos")
    return m.wrap(f"<p>{said}</p>{m.link(ask, 'give')}")


def _market_bar(m: Maker) -> str:
    cells = "".join(
        f"<span>{name}</span> <span>{m.rng.uniform(1, 20000):,.2f}</span> <span>{m.rng.uniform(-3, 3):+.2f}%</span> "
        for name in ("DAX", "FTSE 100", "Brent", "EUR/USD")
    )
    return m.wrap(cells)


def _weather_bar(m: Maker) -> str:
    day = m.say(en="Tonight", de="Heute Nacht", fr="Ce soir", es="Esta noche")
    sky = m.say(en="light rain", de="leichter Regen", fr="pluie faible", es="lluvia débil")
    return m.wrap(f"<span>{day}</span><span>{m.rng.randint(0, 14)}° / {m.rng.randint(-9, 0)}°</span><span>{sky}</span>")


def _native_card(m: Maker) -> str:
    paid = m.say(en="Paid for by", de="Anzeige von", fr="Contenu proposé par", es="Contenido ofrecido por")
    inner = f'<img src="/n.jpg" alt="">{m.link(m.title, "x")}<p>{m.line}</p><small>{paid} Vento Motors</small>'
    return m.wrap(inner)


def _editors_picks(m: Maker) -> str:
    head = m.say(
        en="Editors’ picks", de="Die Redaktion empfiehlt", fr="La sélection de la rédaction", es="Lo más destacado"
    )
    rows = "".join(f"<p>{m.link(m.title)}. {m.line}</p>" for _ in range(3))
    return m.wrap(f"<div>{head}</div>{rows}")


def _comment_quote(m: Maker) -> str:
    likes = m.say(en="likes", de="Gefällt mir", fr="j’aime", es="me gusta")
    join = m.say(en="Join the discussion", de="Mitdiskutieren", fr="Participez au débat", es="Únete al debate")
    who = f"<footer>{m.name.split()[0]} · {m.rng.randint(2, 400)} {likes}</footer>"
    said = f"<blockquote><p>“{m.text}”</p>{who}</blockquote>"
    return m.wrap(f"{said}{m.link(f'{join} ({m.rng.randint(3, 900)})', 'c')}")


def _progress(m: Maker) -> str:
    n = m.rng.randint(1, 99)
    said = m.say(
        en=f"You have read {n}% of this article", de=f"Sie haben {n} % dieses Artikels gelesen",
        fr=f"Vous avez lu {n} % de cet article", es=f"Ha leído el {n} % de este artículo",
    )  # fmt: skip
    return m.wrap(said, "div", "p", "read-progress")


def _newsletter_pitch(m: Maker) -> str:
    day = m.rng.randint(0, 2)
    said = m.say(
        en=("Every Friday our climate desk explains the week in five minutes.",
            "What moves the capital, in your inbox before breakfast.",
            "The best of our reporting, once a week, for free.")[day],
        de=("Jeden Freitag erklärt unser Klimateam die Woche in fünf Minuten.",
            "Was die Hauptstadt bewegt, vor dem Frühstück in Ihrem Postfach.",
            "Das Beste aus der Redaktion, einmal in der Woche und kostenlos.")[day],
        fr=("Chaque vendredi, notre service climat résume la semaine en cinq minutes.",
            "L’essentiel de l’actualité dans votre boîte mail avant le petit-déjeuner.",
            "Le meilleur de nos enquêtes, une fois par semaine, gratuitement.")[day],
        es=("Cada viernes, nuestro equipo de clima explica la semana en cinco minutos.",
            "Lo que mueve la capital, en su correo antes del desayuno.",
            "Lo mejor de la redacción, una vez por semana y gratis.")[day],
    )  # fmt: skip
    sign = m.say(en="Sign up here", de="Hier anmelden", fr="Inscrivez-vous ici", es="Suscríbase aquí")
    return m.wrap(f"<em>{said} {m.link(sign, 'nl')}.</em>", "p", "div")


def _author_promo(m: Maker) -> str:
    book = m.rng.choice(("The Wall", "Salt Water", "Low Tide", "Nine Bridges"))
    said = m.say(
        en=f"{m.name} is the author of “{book}”, out now in paperback.",
        de=f"Von {m.name} ist gerade das Buch „{book}“ erschienen.",
        fr=f"{m.name} est l’auteur de « {book} », qui vient de paraître.",
        es=f"{m.name} es autor de «{book}», ya en librerías.",
    )
    order = m.say(en="Order it here", de="Hier bestellen", fr="Commander", es="Pídalo aquí")
    return m.wrap(f"<em>{said} {m.link(order, 'shop')}</em>", "p", "div")


def _follow_topic(m: Maker) -> str:
    head = m.say(
        en="Follow topics from this story", de="Diesen Themen folgen", fr="Suivre ces thèmes", es="Sigue estos temas"
    )
    word = m.say(en="followers", de="folgen", fr="abonnés", es="seguidores")
    rows = "".join(
        f"<li><button>+ {topic}</button> {m.number(100, 20000)} {word}</li>"
        for topic in m.rng.sample(m.tongue.subjects, 3)
    )
    return m.wrap(f"<span>{head}</span><ul>{rows}</ul>")


def _regional(m: Maker) -> str:
    place = m.rng.choice(("UK", "US", "Europe", "Asia"))
    said = m.say(
        en=f"You are reading the {place} edition.", de=f"Sie lesen die Ausgabe {place}.",
        fr=f"Vous lisez l’édition {place}.", es=f"Está leyendo la edición {place}.",
    )  # fmt: skip
    other = m.say(en="Change edition", de="Ausgabe wechseln", fr="Changer d’édition", es="Cambiar de edición")
    return m.wrap(f"<p>{said} {m.link(other, 'ed')}</p>", "div", "aside")


def _consent(m: Maker) -> str:
    n = m.rng.randint(120, 1400)
    said = m.rng.choice((
        f"We and our {n} partners store and access personal data, such as browsing data or unique identifiers, on "
        "your device. By choosing “I accept” you allow tracking for the purposes shown below.",
        f"Wir und unsere {n} Partner speichern personenbezogene Daten auf Ihrem Gerät und greifen darauf zu. "
        "Mit „Zustimmen“ erlauben Sie die Verarbeitung zu den genannten Zwecken.",
        f"Nos {n} partenaires et nous stockons des données personnelles sur votre appareil. En cliquant sur "
        "« Accepter », vous autorisez ce traitement.",
    ))  # fmt: skip
    buttons = "<div><button>OK</button><button>×</button></div>"
    return m.wrap(f"<h2>Privacy</h2><p>{said}</p>{buttons}", "div", "section", "cmp-layer")


def _order(m: Maker) -> str:
    read = m.tongue.rest
    parts = [
        f"<div><h4>{read[0]}</h4><ul><li>{m.link(read[8])}</li></ul></div>",
        f"<div><span>{read[2]}</span></div>",
        f"<div><p>{read[4]}</p><form><input type='email'><button>OK</button></form></div>",
        f"<div><h4>{read[1]}</h4><ol><li>{m.link(m.title)}</li></ol></div>",
    ]
    m.rng.shuffle(parts)
    return "".join(parts[: m.rng.randint(2, 4)])


def _related_quote(m: Maker) -> str:
    return m.wrap(f"<p>{m.link(m.title)}</p><p>{m.line}</p>", "blockquote")


def _outage(m: Maker) -> str:
    clock = f"{m.rng.randint(0, 23):02}:{m.rng.randint(0, 59):02}"
    said = m.say(
        en=f"Some of our services are currently unavailable. We are working on it. Last checked {clock}",
        de=f"Einige unserer Dienste sind derzeit gestört. Wir arbeiten daran. Stand {clock} Uhr",
        fr=f"Certains de nos services sont indisponibles. Nous y travaillons. Dernière vérification {clock}",
        es=f"Algunos de nuestros servicios no están disponibles. Estamos trabajando en ello. Última revisión {clock}",
    )
    return m.wrap(f'<p role="status">{said}</p>')


def _countdown(m: Maker) -> str:
    clock = f"{m.rng.randint(0, 23):02}:{m.rng.randint(0, 59):02}:{m.rng.randint(0, 59):02}"
    said = m.say(en="Offer ends in", de="Das Angebot endet in", fr="L’offre se termine dans", es="La oferta termina en")
    more = m.say(en="Get 6 months for £1", de="6 Monate für 1 Euro", fr="6 mois pour 1 euro", es="6 meses por 1 euro")
    return m.wrap(f"<span>{said}</span> <b>{clock}</b> <span>{more}</span>")


def _trending(m: Maker) -> str:
    head = m.say(en="Trending now", de="Gerade beliebt", fr="Tendances", es="Tendencias")
    rows = "".join(f"<li>{m.link(m.title)} <time>{m.rng.randint(1, 28)}.11.</time></li>" for _ in range(4))
    return m.wrap(f"<div>{head}</div><ol>{rows}</ol>")


def _translated(m: Maker) -> str:
    clock = f"{m.rng.randint(0, 23):02}:{m.rng.randint(0, 59):02}"
    said = m.say(
        en=f"This page was translated automatically at {clock}. The original is binding.",
        de=f"Diese Seite wurde um {clock} Uhr automatisch übersetzt. Maßgeblich ist das Original.",
        fr=f"Cette page a été traduite automatiquement à {clock}. L’original fait foi.",
        es=f"Esta página se ha traducido automáticamente a las {clock}. Prevalece el original.",
    )
    report = m.say(en="Report an error", de="Fehler melden", fr="Signaler une erreur", es="Informar de un error")
    return m.wrap(f"<small>{said} {m.link(report, 'tr')}</small>", "p", "div")


def _transcript(m: Maker) -> str:
    show = m.say(
        en="Show transcript", de="Transkript anzeigen", fr="Afficher la transcription", es="Mostrar transcripción"
    )
    return m.wrap(
        f"<details><summary>{show} ({m.rng.randint(1, 9)}:{m.rng.randint(10, 59)})</summary><p>{m.text}</p></details>"
    )


def _breaking(m: Maker) -> str:
    word = m.say(en="Breaking", de="Eilmeldung", fr="Urgent", es="Última hora")
    return m.wrap(f"<strong>{word}</strong> {m.link(m.title)}")


def _quiz(m: Maker) -> str:
    said = m.say(
        en=f"{m.number(900, 90000)} readers scored {m.rng.randint(3, 9)} out of 10 on average.",
        de=f"{m.number(900, 90000)} Leser hatten im Schnitt {m.rng.randint(3, 9)} von 10 richtig.",
        fr=f"{m.number(900, 90000)} lecteurs ont obtenu en moyenne {m.rng.randint(3, 9)} sur 10.",
        es=f"{m.number(900, 90000)} lectores acertaron de media {m.rng.randint(3, 9)} de 10.",
    )
    take = m.say(en="Take the quiz", de="Zum Quiz", fr="Faire le quiz", es="Haz el test")
    return m.wrap(f"<h4>{m.title}?</h4><p>{said}</p>{m.link(take, 'q')}")


def _metered(m: Maker) -> str:
    n = m.rng.randint(2, 9)
    said = m.say(
        en=f"You have {n} free articles left this month.",
        de=f"Sie können diesen Monat noch {n} Artikel kostenlos lesen.",
        fr=f"Il vous reste {n} articles gratuits ce mois-ci.", es=f"Le quedan {n} artículos gratis este mes.",
    )  # fmt: skip
    more = m.say(en="Subscribe", de="Abonnieren", fr="S’abonner", es="Suscribirse")
    return m.wrap(f"<p>{said} {m.link(more, 'sub')}</p>")


def _scripted_card(m: Maker) -> str:
    text = f"<h4>{m.title}</h4><p>{m.line}</p>"
    card = f'<div data-href="/s/{m.rng.getrandbits(20):x}" role="link" tabindex="0">{text}</div>'
    return m.wrap(card + card.replace("<h4>", "<h4>+ "))


def _event(m: Maker) -> str:
    day = m.rng.randint(1, 28)
    said = m.say(
        en=f"Join us on {day} December for a live talk with our editors. Tickets from £5.",
        de=f"Erleben Sie unsere Redaktion am {day}. Dezember live. Karten ab 5 Euro.",
        fr=f"Rencontrez la rédaction le {day} décembre. Billets à partir de 5 euros.",
        es=f"Conozca a la redacción el {day} de diciembre. Entradas desde 5 euros.",
    )
    book = m.say(en="Book now", de="Jetzt buchen", fr="Réserver", es="Reservar")
    return m.wrap(f"<p>{said}</p>{m.link(book, 'ev')}")


def _reactions(m: Maker) -> str:
    cells = "".join(f"<span>{face} {m.rng.randint(0, 900)}</span> " for face in "😀😢😡👍")
    return m.wrap(cells, "div", "p", "reaction-bar")


def _job(m: Maker) -> str:
    job = m.rng.choice(("Welder", "Deckhand", "Lock keeper", "Clerk"))
    see = m.say(en="Apply", de="Bewerben", fr="Postuler", es="Solicitar")
    head = m.say(en="Jobs near you", de="Stellenangebote", fr="Offres d’emploi", es="Empleo")
    return m.wrap(f"<strong>{head}:</strong> {job} (m/f/d), Albertown Harbour Works {m.link(see, 'job')}", "p", "div")


def _now_playing(m: Maker) -> str:
    word = m.say(en="Now playing", de="Jetzt läuft", fr="En cours de lecture", es="Reproduciendo")
    return m.wrap(
        f"<span>{word}</span><h3>{m.title}</h3><span>0:{m.rng.randint(10, 59)} / 1:{m.rng.randint(10, 59)}</span>"
    )


def _social_counts(m: Maker) -> str:
    """The post stays, what counts below it moves: a post quoted in a story is the story's own."""
    still = random.Random(m.tongue.lang)
    said = sentence(m.tongue, still)
    n, k = m.number(100, 90000), m.number(10, 9000)
    return (
        f'<div class="post-embed"><p>@harbourauthority</p><p>{said}</p>'
        f"<div><span>♥ {n}</span> <span>↻ {k}</span> <span>{m.rng.randint(2, 23)} h</span></div></div>"
    )


BOXES: dict[str, Box] = {
    function.__name__.lstrip("_"): function
    for function in (
        _live_score, _reading_now, _poll_result, _ai_summary, _audio_article, _donation_meter, _market_bar,
        _weather_bar, _native_card, _editors_picks, _comment_quote, _progress, _newsletter_pitch, _author_promo,
        _follow_topic,
        _regional, _consent, _order, _related_quote, _outage, _countdown, _trending, _translated, _transcript,
        _breaking, _quiz, _metered, _scripted_card, _event, _reactions, _job, _now_playing, _social_counts,
    )
}  # fmt: skip
STAYING = frozenset({"social_counts"})
"""Kinds of which only the counts are noise: compared between two fetches, never with the page without them."""
_FIRST = ("consent", "breaking", "outage", "regional", "market_bar", "ai_summary", "audio_article", "progress")
_LAST = ("editors_picks", "comment_quote", "author_promo", "follow_topic", "trending", "quiz", "order")


def place_of(kind: str, rng: random.Random) -> str:
    """Where the box stands: ``first`` above the paragraphs, ``middle``, ``last`` below them, ``beside`` the column."""
    if kind in _FIRST:
        return rng.choice(("first", "first", "middle", "beside"))
    if kind in _LAST:
        return rng.choice(("last", "last", "middle", "beside"))
    return rng.choice(("middle", "middle", "last", "first"))


def box(kind: str, lang: str, seed: int, fetch: int = 0) -> str:
    """One box. ``seed`` says how the site builds it (tag and names), ``fetch`` what it holds this time."""
    tongue = TONGUES.get(lang, TONGUES["en"])
    built = random.Random(f"{kind}/{seed}")
    maker = _Site(tongue, random.Random(f"{kind}/{seed}/{fetch}"), kind.replace("_", "-"), built)
    return BOXES[kind](maker)


@dataclass(frozen=True, slots=True)
class _Site(Maker):
    """A maker whose boxes are built alike at every fetch, but for the hash in a name."""

    built: random.Random

    def wrap(self, inner: str, *tags: str) -> str:
        tag = self.built.choice(tags or ("div", "div", "aside", "section", "news-unit"))
        names = self.built.choice(("", f' class="{self.telling}"', f' class="sc-{self.rng.getrandbits(24):x}"', ""))
        return f"<{tag}{names}>{inner}</{tag}>"
