"""The gate: walls, error pages and fragments never become a Story; real stories that mention such words do."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.core.story import BlockKind
from bot.errors import ExtractError
from bot.extract import Previous, extract
from tests import publishers
from tests.publishers import TONGUES, Article, Part

ADDRESS = "https://outlet.example/2025/05/story"
WRONG_AT_MOST = 0.02
NOT_FOUND = {
    "en": ("Page not found", "We can't find that page. It may have moved."),
    "de": ("Seite nicht gefunden", "Die gesuchte Seite gibt es nicht mehr."),
    "fr": ("Page introuvable", "La page demandée n'existe pas ou plus."),
    "es": ("Página no encontrada", "La página que busca no existe."),
    "it": ("Pagina non trovata", "La pagina cercata non esiste più."),
    "pt": ("Página não encontrada", "A página procurada não existe."),
    "ru": ("Страница не найдена", "Такой страницы больше нет."),
    "ar": ("الصفحة غير موجودة", "لم نعثر على هذه الصفحة."),
    "he": ("הדף לא נמצא", "הדף המבוקש אינו קיים."),
    "hi": ("पृष्ठ नहीं मिला", "यह पृष्ठ अब उपलब्ध नहीं है।"),
    "zh": ("页面不存在", "您访问的页面已被删除。"),
    "ja": ("ページが見つかりません", "お探しのページは移動した可能性があります。"),
    "ko": ("페이지를 찾을 수 없습니다", "요청하신 페이지가 없습니다."),
}
BOT_WALLS = {
    "en": ("Just a moment...", "Checking your browser before you go on. This takes a few seconds."),
    "en-2": ("Access Denied", "You don't have permission to view this page on this server. Reference 18.2f"),
    "en-3": ("Pardon Our Interruption", "Something about your browser made us think you might be a robot."),
    "en-4": ("Are you a robot?", "Please solve the puzzle below to go on to the site."),
    "en-5": ("Attention Required!", "Sorry, you have been blocked. This site is using a security service."),
    "de": ("Einen Moment bitte", "Wir prüfen Ihren Browser, bevor es weitergeht."),
    "de-2": ("Zugriff verweigert", "Sie dürfen diese Seite nicht aufrufen."),
    "fr": ("Accès refusé", "Vous n'avez pas le droit de voir cette page."),
    "es": ("Acceso denegado", "No tiene permiso para ver esta página."),
    "ru": ("Доступ ограничен", "Подтвердите, что вы не робот."),
    "zh": ("安全验证", "请完成验证后继续访问。"),
    "ja": ("アクセスが拒否されました", "しばらくしてからもう一度お試しください。"),
}
CONSENT = {
    "en": (
        "Your privacy choices",
        "We and our 812 partners store and/or access information on a device.",
        "Accept all",
    ),
    "en-2": (
        "We value your privacy",
        "Before you read on, tell us what we may keep. Manage choices below.",
        "Accept all",
    ),
    "de": ("Datenschutz-Einstellungen", "Wir und unsere 812 Partner speichern Daten.", "Alle akzeptieren"),
    "fr": ("Vos choix", "Nous et nos 812 partenaires gardons des informations.", "Tout accepter"),
    "es": ("Tu privacidad", "Guardamos datos con nuestros socios.", "Aceptar todo"),
    "it": ("La tua privacy", "Conserviamo dati insieme ai nostri fornitori.", "Accetta tutto"),
}
ERRORS = {
    "en": ("502 Bad Gateway", "nginx"),
    "en-2": ("Service temporarily unavailable", "We are working on it. Please come back in a while."),
    "en-3": ("Site maintenance", "We will be back before noon."),
    "de": ("Wartungsarbeiten", "Wir sind bald zurück."),
    "fr": ("Erreur interne", "Le service sera bientôt rétabli."),
    "ru": ("Ошибка сервера", "Скоро всё заработает."),
}


def _shell(title: str, *texts: str, head: str = "", lang: str = "en") -> bytes:
    """A page of a site with its menu, and hardly anything in it."""
    menu = "".join(f'<li><a href="/{n}">{word}</a></li>' for n, word in enumerate(TONGUES[lang[:2]].rest))
    body = "".join(f"<p>{text}</p>" for text in texts)
    return (
        f'<!doctype html><html lang="{lang[:2]}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><nav><ul>{menu}</ul></nav><main><h1>{title}</h1>{body}</main><footer>© 2025</footer></body></html>"
    ).encode()


def verdict(page: bytes, **told: object) -> str:
    try:
        extract(page, url=ADDRESS, **told)  # type: ignore[arg-type]
    except ExtractError as error:
        assert error.kind != "not_html" or b"<html" not in page, str(error)
        assert "\n" not in str(error)
        return error.kind
    return "ok"


def walls() -> list[tuple[str, str, bytes]]:
    """(the verdict wanted, which one, the page)."""
    found = [("not_found", lang, _shell(title, text, lang=lang)) for lang, (title, text) in NOT_FOUND.items()]
    found += [("bot_wall", lang, _shell(title, text, lang=lang)) for lang, (title, text) in BOT_WALLS.items()]
    found += [("error_page", lang, _shell(title, text, lang=lang)) for lang, (title, text) in ERRORS.items()]
    found += [
        ("consent_wall", lang, _shell(title, text, f"<button>{button}</button>", lang=lang))
        for lang, (title, text, button) in CONSENT.items()
    ]
    for vendor in (
        "/cdn-cgi/challenge-platform/x.js",
        "https://ct.captcha-delivery.com/c.js",
        "/_Incapsula_Resource?x=1",
    ):
        head = "<!doctype html><html><head><title>outlet.example</title></head>"
        page = f'{head}<body><script src="{vendor}"></script></body></html>'
        found.append(("bot_wall", vendor, page.encode()))
    for lang, tongue in TONGUES.items():
        found.append(("empty", lang, _shell(tongue.subjects[0], lang=lang)))
        links = "".join(f"<li><a href='/{n}'>{deed}</a></li>" for n, deed in enumerate(tongue.deeds))
        found.append(("not_article", lang, _shell("outlet.example", f"<ul>{links}</ul>", lang=lang)))
    return found


def test_walls_and_error_pages_never_become_a_story() -> None:
    passed = [(wanted, name) for wanted, name, page in walls() if verdict(page) == "ok"]
    assert passed == []


def test_walls_and_error_pages_get_the_right_verdict() -> None:
    matrix: Counter[tuple[str, str]] = Counter()
    wrong = []
    for wanted, name, page in walls():
        got = verdict(page)
        same = got == wanted or {got, wanted} <= {"empty", "not_article"}
        matrix[(wanted, got)] += 1
        if not same:
            wrong.append(f"{name}: {wanted} read as {got}")
    assert len(wrong) <= WRONG_AT_MOST * matrix.total(), f"{dict(matrix)}; {wrong}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "paywall"), (402, "paywall"), (403, "bot_wall"), (404, "not_found"), (410, "not_found"), (429, "bot_wall"),
     (451, "bot_wall"), (500, "error_page"), (503, "error_page")],
)  # fmt: skip
def test_a_status_decides_even_where_the_page_looks_like_a_story(status: int, kind: str) -> None:
    publisher = publishers.publishers()[0]
    page = publishers.render(publisher, publishers.article(publisher, 0))
    assert verdict(page, status=status) == kind


def test_a_redirect_to_the_consent_host_or_the_front_page_is_no_story() -> None:
    tongue = TONGUES["en"]
    front = _shell(
        "outlet.example", *tongue.subjects, *(f"<a href='/{n}'>{deed}</a>" for n, deed in enumerate(tongue.deeds))
    )
    assert verdict(front, final_url="https://consent.outlet.example/collect?back=1") == "consent_wall"
    assert verdict(front, final_url="https://outlet.example/") == "not_article"


def test_a_paywalls_teaser_is_no_story() -> None:
    told = (
        '{"@type":"NewsArticle","headline":"Quay closed for the year",'
        '"datePublished":"2025-05-01T06:00:00Z","isAccessibleForFree":false}'
    )
    head = f'<meta property="og:type" content="article"><script type="application/ld+json">{told}</script>'
    page = _shell("Quay closed for the year", "Subscribe to continue reading this story.", head=head)
    assert verdict(page) in ("paywall", "empty")


def _with(written: Article, *texts: str, headline: str = "") -> Article:
    parts = list(written.parts)
    for at, text in enumerate(texts):
        parts.insert(2 * at + 1, Part(BlockKind.PARAGRAPH, text))
    new = headline or written.headline
    return Article(
        lang=written.lang, headline=new, told=new, standfirst=written.standfirst, authors=written.authors,
        published=written.published, parts=tuple(parts),
    )  # fmt: skip


# A sentence in the story, and a headline (none: the story's own).
MENTIONS = [
    ("The board told readers to subscribe to its letter, and said the captcha on its site would go.", ""),
    (
        "“Page not found,” said the site when we looked for the minutes of the meeting.",
        "404 pages are missing from the county archive",
    ),
    (
        "Access denied: that was the answer the reporters had from the harbour office.",
        "Access denied at the harbour gate",
    ),
    (
        "The firm must ask for consent before it sets cookies, the court found.",
        "Cookie consent rules change for all ports",
    ),
    ("The site was under maintenance when the storm came in.", "Something went wrong at the lock, report finds"),
    ("Readers behind the paywall saw another figure, and those who log in to continue saw a third.", ""),
    ("Are you a robot? The exhibition asks this of all its visitors.", "Are you a robot? A show asks its visitors"),
]


def test_real_stories_that_mention_walls_pass() -> None:
    rejected = []
    tried = 0
    for publisher in publishers.publishers():
        if publisher.lang != "en":
            continue
        for number, (text, headline) in enumerate(MENTIONS):
            written = _with(publishers.article(publisher, number % 3), text, headline=headline)
            tried += 1
            got = verdict(publishers.render(publisher, written))
            if got != "ok":
                rejected.append(f"{publisher.name} {headline or text[:30]}: {got}")
    assert tried >= 35
    assert rejected == []


def test_no_story_of_the_corpus_is_rejected() -> None:
    rejected = []
    for publisher in publishers.publishers():
        for number in range(2):
            page = publishers.render(publisher, publishers.article(publisher, number), publishers.NOISES, seed=1)
            got = verdict(page)
            if got != "ok":
                rejected.append(f"{publisher.name} {publisher.lang}: {got}")
    assert rejected == []


@pytest.mark.parametrize("lang", sorted(TONGUES))
def test_a_short_brief_is_a_story(lang: str) -> None:
    """About forty-five words with the evidence of a real page."""
    publisher = next(one for one in publishers.publishers() if one.lang == lang and one.ld != "none")
    written = publishers.article(publisher, 0)
    parts: list[Part] = []
    while sum(len(part.text.split()) + len(part.text) // 8 * (lang in ("zh", "ja")) for part in parts) < 45:
        parts.append([part for part in written.parts if part.kind is BlockKind.PARAGRAPH][len(parts)])
    brief = _with(written)
    brief = type(brief)(
        lang=lang, headline=brief.headline, told=brief.told, standfirst="", authors=brief.authors,
        published=brief.published, parts=tuple(parts),
    )  # fmt: skip
    assert verdict(publishers.render(publisher, brief)) == "ok"


def _known() -> tuple[bytes, Previous]:
    publisher = next(one for one in publishers.publishers() if one.lang == "en" and one.ld == "full")
    page = publishers.render(publisher, publishers.article(publisher, 1))
    return page, extract(page, url=ADDRESS).remembered


def _first_paragraphs(page: bytes, *, more: str, closed: bool = False) -> bytes:
    """The page cut after its first paragraphs, with ``more`` where the rest was."""
    text = page.decode()
    start = text.index("<h1")
    cut = text.index("</p>", text.index("</p>", start) + 4) + 4
    end = text.rindex("<footer")
    text = text[:cut] + more + "</div></article></main>" + text[end:]
    if closed:
        text = text.replace('"@type": "NewsArticle"', '"@type": "NewsArticle", "isAccessibleForFree": false', 1)
    return text.encode()


def test_a_story_that_goes_behind_the_paywall_makes_no_version() -> None:
    page, previous = _known()
    walled = _first_paragraphs(page, more='<div class="wall"><p>Subscribe to continue reading.</p></div>', closed=True)
    assert verdict(walled, previous=previous) in ("paywall", "empty")
    only_said = _first_paragraphs(page, more="<p>Already a subscriber? Log in to continue.</p>")
    assert verdict(only_said, previous=previous) in ("paywall", "empty")


def test_a_page_cut_off_in_the_middle_makes_no_version() -> None:
    page, previous = _known()
    assert previous.had_closing_html
    story = page.index(b"<h1")
    cuts = [story + (page.rindex(b"</p>") - story) * share // 10 for share in range(1, 6)]
    assert {verdict(page[:cut], previous=previous) for cut in cuts} <= {"truncated", "empty", "not_article"}


def test_the_same_page_and_an_edited_one_pass_beside_the_one_before() -> None:
    held = []
    for publisher in publishers.publishers()[::3]:
        written = publishers.article(publisher, 0)
        previous = extract(publishers.render(publisher, written), url=ADDRESS).remembered
        for name, edited in {"same": written, **publishers.edits(written)}.items():
            found = extract(publishers.render(publisher, edited), url=ADDRESS, previous=previous)
            if found.suspect:
                held.append(f"{publisher.name} {name}")
    assert held == []


def test_quite_another_text_at_the_address_is_suspect() -> None:
    one, two = (next(each for each in publishers.publishers() if each.lang == lang) for lang in ("en", "ru"))
    previous = extract(publishers.render(one, publishers.article(one, 0)), url=ADDRESS).remembered
    other = extract(publishers.render(two, publishers.article(two, 0)), url=ADDRESS, previous=previous)
    assert other.suspect


_TEASERS = "".join(
    f"<li><a href=/{name}>{title}</a> {words}</li>"
    for name, title, words in (
        ("ferry", "Ferry to Halden stays in port", "The 3rd time in May."),
        ("market", "Market moves to Albert Quay", "From 12 June on, the council said."),
        ("school", "School in Marlow gets a roof", "It cost 2m crowns."),
        ("bridge", "Bridge at Tarn Lock is shut", "Until 14 July."),
    )
)


def _plain(headline: str, text: str, head: str = "") -> bytes:
    page = f"<html lang=en><head><title>{headline}</title>{head}</head><body><h1>{headline}</h1>{text}</body></html>"
    return page.encode()


def test_a_missing_page_that_offers_other_stories_is_none() -> None:
    with pytest.raises(ExtractError):
        extract(_plain("Nothing but fog", f"<p>It went out with the tide of 2019.</p><ul>{_TEASERS}</ul>"), url=ADDRESS)


def test_a_correction_above_other_stories_is_a_story() -> None:
    told = "On Tuesday we said that the choir is two hundred years old. It is one hundred; the ticket costs 200 crowns."
    story = extract(_plain("Correction", f"<p>{told}</p><ul>{_TEASERS}</ul>"), url=ADDRESS).story
    assert told in [block.text for block in story.blocks]


def test_a_wall_that_every_template_calls_an_article_is_none() -> None:
    kind = '<meta property="og:type" content="article">'
    said = (
        "We would like to follow what you read on this website, so that our advertisers can reach you.",
        "You may change your choice at any time in the privacy settings of your account.",
        "If you subscribe, you can read all our pages without cookies and without being followed.",
        "The newsroom lives on both: nine people, two rooms on the quay and a telephone from 1987 that still rings.",
        "The harbour company has paid for the lamps, the brewery for the chairs, and the ferry for the coffee.",
    )
    with pytest.raises(ExtractError):
        extract(_plain("It is up to you", "".join(f"<p>{one}</p>" for one in said), kind), url=ADDRESS)
