"""Whether a sentence speaks to the reader about the outlet's own services, in thirteen languages.

Two things must come together: a word for a service (newsletter, app, channel, subscription, donation) and a word that
speaks to the reader or for the outlet ("you", "our", "sign up"). One alone says nothing: "The council closed its app"
is news. Lines with a figure or a quotation are never a pitch here; whoever asks may have other reasons to drop them.
"""

from __future__ import annotations

import re
from typing import Any

import re2

_SPACED = (
    # a service, then what speaks to a reader; each word as it begins, so that endings do not matter
    (
        r"newsletters?|briefings?|inbox|podcasts?|apps?|whatsapp|telegram|facebook|instagram|youtube|tiktok|bluesky|"
        r"channel|alerts?|notifications?|subscri\w+|membership|donat\w+|journalism|google news|"
        r"preferred source|comments",
        r"you|your|yours|our|ours|(?-i:us)|we|sign up|(?:never|don['’]t) miss|^(?:subscribe|get|follow|download|join|"
        r"support|listen|register|receive|stay|donate|click|tap|visit|try|watch)",
    ),
    (
        r"newsletters?|kommentare?n?|abo|abos|abonn\w+|app|apps|podcasts?|kanal|postfach|spende\w*|push-\w+|whatsapp\S*|telegram|"
        r"instagram|facebook",
        r"(?-i:[A-ZÄÖÜ]\w+en Sie)|du|dir|dein\w*|wir|uns|unser\w*|^(?:jetzt|hier|mit)",
    ),
    (
        r"newsletters?|infolettres?|abonn\w+|appli\w*|podcasts?|chaîne|boîte mail|dons?|whatsapp|telegram|instagram|"
        r"facebook|notifications?",
        r"vous|votre|vos|nous|notre|nos|recevez|suivez|inscrivez|abonnez|téléchargez|soutenez|rejoignez|retrouvez",
    ),
    (
        r"newsletters?|bolet(?:ín|ines)|suscri\w+|apps?|aplicación|p[oó]dcasts?|canal|correo|donaci\w+|dona|whatsapp|"
        r"telegram|instagram|facebook|notificaciones",
        r"tu|tus|te|usted|nuestr\w+|nos|recib\w+|s[ií]gu\w+|suscr[ií]b\w+|descarg\w+|ap[oó]y\w+|[uú]n\w+te|"
        r"reg[ií]str\w+",
    ),
    (
        r"newsletters?|abbonament\w+|abbonat\w+|app|podcasts?|canale|donazion\w+|whatsapp|telegram|instagram|facebook|"
        r"notifiche",
        r"tu|tuo|tua|tuoi|ti|nostr\w+|noi|ricevi|segui\w*|iscriviti|scarica|sostieni|sostenete|unisciti|clicca",
    ),
    (
        r"newsletters?|boletim|boletins|assinatura\w*|assinantes?|assine|app|aplicativo|podcasts?|canal|doaç\w+|"
        r"whatsapp|telegram|instagram|facebook|notificações",
        r"você|noss\w+|receba|siga|assine|baixe|apoie|participe|inscreva|clique|entre|cadastre",
    ),
    (
        r"nieuwsbrie\w+|abonnement\w*|abonne\w*|app|podcasts?|kanaal|donati\w+|doneer|whatsapp\S*|telegram|instagram|"
        r"facebook|meldingen|inbox",
        r"u|uw|jij|je|jouw|wij|we|ons|onze|schrijf|volg|^download|steun|ontvang|meld|abonneer",
    ),
    (
        r"рассылк\w*|подпис\w+|приложени\w+|подкаст\w*|канал\w*|телеграм\w*|telegram\S*|whatsapp|пожертв\w+|донат\w*|"
        r"уведомлени\w+",
        r"подпиш\w+|вы|вам|вас|ваш\w*|мы|нас|наш\w*|подпис\w+ся|подписывайтесь|получайте|следите|читайте|поддержите|скачайте|"
        r"присоединяйтесь|оформите",
    ),
    (
        r"\w*النشرة|\w*نشرتنا|اشتراك\w*|\w*تطبيق\w*|بودكاست|\w*قناتنا|\w*قناة|\w*تبرع\w*|واتساب|تليغرام|تلغرام|\w*إشعارات",
        r"اشترك\w*|تابع\w*|حمل\w*|انضم\w*|ادعم\w*|احصل\w*|سجل\w*|\w*كم|\w*نا|لك|بريدك",
    ),
    (
        r"\w*ניוזלטר|\w*אפליקצי\w+|\w*פודקאסט\w*|\w*ערוץ|\w*תרומה|\w*מנוי\w*|\w*וואטסאפ|\w*טלגרם|\w*התראות|\w*עדכונים",
        r"הירשמו|הצטרפו|עקבו|הורידו|תמכו|קבלו|שלנו|שלכם|אלינו|אתם|לכם|אותנו",
    ),
    (
        r"न्यूज़?लेटर|सब्सक्राइब|ऐप|एप|पॉडकास्ट|चैनल|व्हाट्सएप|टेलीग्राम|दान|सदस्यता|नोटिफिकेशन",
        r"आप|आपके|आपको|आपकी|हम|हमारे|हमारी|हमारा|हमें|करें|पाएं|जुड़ें|लें|कीजिए",
    ),
)
_UNSPACED = (
    (
        r"通讯|訂閱|订阅|客户端|應用|应用程序|APP|播客|频道|頻道|公众号|公眾號|微信|捐款|捐助|会员",
        r"您|你|我们|我們|本报|本站|请|請|点击|點擊|立即|扫码|掃碼|欢迎|歡迎|关注|關注|下载|下載",
    ),
    (
        r"ニュースレター|メルマガ|アプリ|ポッドキャスト|チャンネル|会員|寄付|購読|LINE|メール",
        r"あなた|当社|弊紙|本紙|私たち|こちら|ください|下さい|ぜひ|無料|お届け|登録|フォロー|お申し込み",
    ),
    (
        r"뉴스레터|구독|앱|팟캐스트|채널|후원|카카오톡|텔레그램|알림|회원",
        r"여러분|당신|우리|저희|하세요|바랍니다|보세요|주세요|지금|무료|받아|신청",
    ),
)
_PAIRS = tuple(
    (
        re.compile(rf"(?<!\w)(?:{service})(?!\w)", re.IGNORECASE),
        re.compile(rf"(?<!\w)(?:{spoken})(?!\w)", re.IGNORECASE),
    )
    for service, spoken in _SPACED
) + tuple((re.compile(service, re.IGNORECASE), re.compile(spoken)) for service, spoken in _UNSPACED)
# One question for all languages, asked of every paragraph: the stems of all services, in a single linear automaton.
_STEMS = "|".join(re.sub(r"\\[wS][*+]", "", service) for service, _ in (*_SPACED, *_UNSPACED))
_ANY_SERVICE: Any = re2.compile(f"(?i){_STEMS}")
# A number; the one in a name ("News18") is none.
_FIGURE = re.compile(r"(?<!\w)\d")
_SAID = re.compile('["“”„«»「」『』]')
LONGEST = 300


def is_pitch(text: str) -> bool:
    """Whether a line asks the reader to use, follow or pay for the outlet; never one with a figure or a quotation."""
    if len(text) > LONGEST or not _ANY_SERVICE.search(text) or _FIGURE.search(text) or _SAID.search(text):
        return False
    return any(service.search(text) and _speaks(spoken, service, text) for service, spoken in _PAIRS)


def is_offer(text: str) -> bool:
    """Whether a short heading names a service and hardly anything else: "Newsletter abonnieren"."""
    return len(text) <= 40 and any(
        len("".join(_LETTERS.findall(service.sub("", text)))) <= 3 for service, _ in _PAIRS if service.search(text)
    )


_LETTERS = re.compile(r"[^\W\d_]")


def _speaks(spoken: re.Pattern[str], service: re.Pattern[str], text: str) -> bool:
    """A word that names a service and speaks to the reader ("abonnez") counts once only."""
    return spoken.search(service.sub(" ", text)) is not None or spoken.match(text) is not None
