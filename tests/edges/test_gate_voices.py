"""Who speaks on a page, in more languages; walls in a story's frame; stories cut short. All text is invented."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.errors import ExtractError
from bot.extract import Previous, extract
from bot.extract.gate_voice import voice

ADDRESS = "https://outlet.example/2025/05/quay-vote-put-off"
OG = '<meta property="og:type" content="article"><meta property="og:title" content="{0}">'


def page(headline: str, texts: Sequence[str], *, title: str = "", head: str = "") -> bytes:
    told = "".join(f"<p>{text}</p>" for text in texts)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title or headline}</title>{head}</head>'
        f"<body><main><h1>{headline}</h1>{told}</main></body></html>"
    ).encode()


def verdict(html: bytes, previous: Previous | None = None) -> str:
    try:
        extract(html, url=ADDRESS, previous=previous)
    except ExtractError as error:
        return error.kind
    return "story"


@pytest.mark.parametrize(
    "headline, texts",
    [
        (
            "Сторінку закрито",
            ["Вибачте, ваш запит до цієї сторінки заблоковано.", "Перевірте адресу сторінки і спробуйте увійти."],
        ),
        (
            "Az oldal nem érhető el",
            ["Sajnáljuk, a keresett oldal nem található.", "Kérjük, ellenőrizze a weboldal címét."],
        ),
        ("Stránka je nedostupná", ["Omlouváme se, na serveru probíhá údržba.", "Zkuste prosím stránku načíst znovu."]),
        (
            "Siden mangler",
            ["Beklager, denne siden finnes ikke.", "Sjekk adressen eller gå til forsiden av nettstedet."],
        ),
        (
            "Sivua ei ole",
            ["Pahoittelemme, hakemaasi sivua ei löytynyt.", "Tarkista osoite tai palaa sivuston etusivulle."],
        ),
        (
            "Η πρόσβαση δεν επιτρέπεται",
            [
                "Συγγνώμη, η πρόσβαση σε αυτή τη σελίδα δεν είναι δυνατή.",
                "Παρακαλούμε συνδεθείτε στην ιστοσελίδα ξανά.",
            ],
        ),
        ("Halaman diblokir", ["Maaf, akses ke situs ini diblokir.", "Silakan periksa halaman lain di beranda."]),
        ("Trang bị chặn", ["Xin lỗi, truy cập vào trang này đã bị chặn.", "Vui lòng đăng nhập tài khoản của bạn."]),
    ],
)
def test_a_wall_in_a_further_language_is_heard(headline: str, texts: list[str]) -> None:
    assert verdict(page(headline, texts)) != "story"
    assert voice(" ".join(texts)).share >= 0.4


def test_a_text_that_repeats_the_address_it_was_asked_for_is_a_servers() -> None:
    texts = [
        "Kufikia anwani ifuatayo kumeshindikana kwa sababu seva ya mbali haikujibu ombi letu ndani ya muda uliowekwa:",
        ADDRESS,
        "Msimamizi amearifiwa kuhusu tatizo hili mapema asubuhi na anashughulikia suala hilo pamoja na timu yake yote.",
        "Jaribu tena baada ya muda mfupi au wasiliana na msimamizi ikiwa tatizo linaendelea kwa siku kadhaa mfululizo.",
    ]
    assert verdict(page("Imeshindikana", texts)) != "story"


def test_addresses_and_codes_are_no_facts_of_a_report() -> None:
    texts = ["The gateway at 192.0.2.7 gave no answer.", "Reference 8c1f22aa90b4 was written to the log.", "Code 1020."]
    assert verdict(page("The page could not be shown", texts)) != "story"


def test_a_wall_under_a_storys_title_is_told_by_its_strange_heading() -> None:
    texts = [
        "Our systems have seen many pages being opened from your network within a very short while.",
        "That is how programs behave which copy whole newspapers, so we have paused this page for you.",
        "The Prairie Ledger allows no automated collection of its journalism, for archives or for models.",
        "If you are a person and came here by accident, we apologise for the interruption of your reading.",
        "Tick the box below, and you will be taken on to the page that you have asked for in a moment.",
        "Readers behind a firewall or a VPN of their employer may see this notice more often than others.",
        "Session code: PL-7731-QX-09. Call the help desk at 555-0142 and have the code ready.",
    ]
    head = OG.format("Lift fire in Odell ruled an accident")
    assert (
        verdict(page("One thing first", texts, title="Lift fire in Odell ruled an accident", head=head)) == "bot_wall"
    )


@pytest.mark.parametrize(
    "texts",
    [
        ["Dieser Artikel ist unseren Abonnenten vorbehalten.", "Vier Wochen gratis, danach 8,90 € monatlich."],
        ["Den här artikeln är låst.", "Bli plusmedlem för 1 krona.", "Därefter 129 kr/mån."],
        ["本文为付费内容，订阅后即可阅读全文。", "年卡 298 元 / 月卡 35 元 / 单篇 3 元", "已订阅用户请扫码登录"],
    ],
)
def test_an_offer_with_a_price_and_nothing_else_is_a_paywall(texts: list[str]) -> None:
    assert verdict(page("Neue Brücke wird teurer", texts, head=OG.format("Neue Brücke wird teurer"))) == "paywall"


@pytest.mark.parametrize(
    "headline, texts",
    [
        (
            "Flash",
            ["Norland bank cuts rate by half a point to 3.25 pct, citing weak trade, a long strike and low crown now"],
        ),
        (
            "Rodlerin verletzt",
            [
                "Eine 34-jährige Urlauberin ist am Sonntag bei Steinach gegen einen Zaun geprallt.",
                "Der Hubschrauber brachte sie in die Klinik.",
            ],
        ),
        (
            "Un chien retrouvé",
            [
                "Perdu en août près de Gap, le chien Oslo a été retrouvé lundi dans une ferme du Jura.",
                "Il portait encore son collier.",
            ],
        ),
        (
            "Две фуры столкнулись",
            [
                "Авария произошла 24 ноября около шести утра под Сызранью.",
                "Один из водителей госпитализирован с переломом ноги.",
                "Движение было перекрыто на полтора часа.",
            ],
        ),
        (
            "Golpe da senha",
            [
                "A polícia prendeu dois homens que pediam a senha do banco em mensagens.",
                "Cerca de 140 pessoas caíram no golpe.",
            ],
        ),
        (
            "老茶馆关门",
            [
                "开了四十年的东街茶馆昨天卖出最后一壶茶，附近居民送来一束花和一双新布鞋。",
                "店主今年八十一岁，他说眼睛已经花了。",
            ],
        ),
    ],
)
def test_a_plain_brief_of_two_sentences_is_a_story(headline: str, texts: list[str]) -> None:
    assert verdict(page(headline, texts)) == "story"


def test_a_brief_in_an_applications_filled_root_needs_no_browser() -> None:
    text = "En bil körde in i en älg utanför Storå på tisdagsmorgonen. Föraren klarade sig oskadd."
    html = page("Älgkrock på riksväg 68", [text], head=OG.format("Älgkrock på riksväg 68"))
    html = html.replace(b"<main>", b'<div id="__next"><main>').replace(
        b"</main>", b'</main></div><script src="/a.js"></script>'
    )
    assert verdict(html) == "story"


WHO = (
    "harbour board",
    "fishing fleet",
    "parish council",
    "night watch",
    "rope makers",
    "ferry company",
    "school choir",
    "salt works",
    "pilot station",
    "timber yard",
    "customs house",
    "lifeboat crew",
)
DID = (
    "met at noon in the old hall",
    "asked for a second survey",
    "spent its reserve on lamps",
    "lost three of its boats",
    "raised a claim against builders",
    "cut two sailings a day",
    "sang for the visiting judge",
    "closed a furnace early",
    "moved its mast to higher ground",
    "sold oak to a shipwright",
    "found silver under a floor",
    "trained forty young hands",
)
TEXTS = [f"The {who} {did}, a clerk said on Monday." for who, did in zip(WHO, DID, strict=True)]
INVITES = '<p class="join">Subscribe now for the weekend edition.</p>'


def cut(texts: Sequence[str], wall: str = "") -> bytes:
    return page("Quay vote put off", texts).replace(b"</main>", f"</main><section>{INVITES}{wall}</section>".encode())


def test_a_story_cut_by_more_than_half_is_an_edit_where_the_site_invites_on_every_page() -> None:
    first = extract(cut(TEXTS), url=ADDRESS).remembered
    assert first.offers
    assert verdict(cut(TEXTS[:5]), first) == "story"


def test_a_story_cut_by_more_than_half_under_a_new_offer_is_walled_off() -> None:
    first = extract(cut(TEXTS), url=ADDRESS).remembered
    wall = "<p>Already a subscriber? Sign in to continue reading.</p>"
    assert verdict(cut(TEXTS[:5], wall), first) == "paywall"
