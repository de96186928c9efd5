"""The gate: is this page a story at all? Nothing but a story ever becomes a version.

A marker ("Access denied", "subscribe") is never enough alone: of real articles two thirds say "subscribe" and a fifth
"captcha". It counts only together with little text and low evidence. Evidence runs from 0 to 6: a JSON-LD article,
og:type article, a published date, a headline, three blocks, 120 words.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from bot.errors import ExtractError
from bot.extract.rules import Previous

_WORD = re.compile(r"\w+")
_BLOCK_TITLES = re.compile(
    r"just a moment|attention required|access (?:to this page has been )?denied|pardon our interruption|"
    r"are you (?:a )?(?:human|robot)|"
    r"robot check|human verification|verify(?:ing)? (?:that )?you are (?:a )?human|checking your browser|"
    r"security check|ddos protection|one more step|bot (?:detection|verification)|"
    r"request (?:blocked|rejected|unsuccessful)|you have been blocked|unusual traffic|please enable (?:js|"
    r"javascript|cookies)|captcha|403 forbidden|^forbidden|"
    r"too many requests|rate limit|not available in your (?:country|region)|unavailable for legal reasons|"
    r"einen moment|zugriff (?:verweigert|gesperrt)|sicherheitsüberprüfung|sind sie ein (?:mensch|roboter)|"
    r"accès (?:refusé|interdit)|vérification de sécurité|un instant|acceso denegado|un momento|accesso negato|"
    r"acesso negado|só um momento|toegang geweigerd|"
    r"доступ (?:запрещ[её]н|ограничен)|проверка браузера|один момент|bir dakika|erişim engellendi|odmowa dostępu|"
    r"访问(?:被拒绝|受限)|安全验证|请稍候|人机验证|"
    r"アクセスが拒否|少々お待ち|접근이? 거부|잠시만 기다리|تم رفض الوصول|لحظة|הגישה נדחתה|"
    r"vérification en cours|(?:verifica|confirma|comprueba) (?:que eres|que usted es|che sei|que é) (?:un )?h?umano|"
    r"проверка безопасности|что вы человек|完成验证|完成驗證|"
    r"पहुँच अस्वीकृत|पहुंच अस्वीकृत|सुरक्षा जाँच|सुरक्षा जांच|보안 확인|セキュリティ(?:チェック|確認)|التحقق من الأمان|בדיקת אבטחה",
    re.IGNORECASE,
)
_VENDORS = re.compile(
    r"cf-browser-verification|cf_chl_|challenge-platform|cdn-cgi/challenge|_cf_chl_opt|datadome|"
    r"captcha-delivery|px-captcha|perimeterx|_pxAppId|"
    r"_Incapsula_Resource|incapsula incident|imperva|akamai.{0,40}reference|errors\.edgesuite\.net|"
    r"awsWafCookieDomainList|aws-waf-token|token\.awswaf|kpsdk|kasada|"
    r"hcaptcha\.com|recaptcha/api|turnstile|sucuri_cloudproxy|ddos-guard|distil_r_captcha|geo\.captcha|friendlycaptcha",
    re.IGNORECASE,
)
_CONSENT_HOST = re.compile(
    r"^(?:consent|cmp|privacy|myprivacy|cookie|gdpr|consentcookie|privacy-mgmt|cmpv2)[.-]|consent\.(?:yahoo|"
    r"google|youtube)|myprivacy\.dpg",
    re.IGNORECASE,
)
_CONSENT_PATH = re.compile(
    r"/(?:consent|collectconsent|cookie-?wall|privacy-?wall|cmp|gdpr|datenschutz-?einwilligung|"
    r"privacy-?gate)(?:[/?.]|$)",
    re.IGNORECASE,
)
_CONSENT_TITLE = re.compile(
    r"\b(?:cookies (?:on|op|auf|sur|su) |"
    r"your privacy|privacy (?:settings|choices|preferences|gate)|cookie (?:settings|consent|choices|wall|"
    r"preferences|policy)|we value your privacy|before you continue|consent|datenschutz|"
    r"privatsphäre|einwilligung|zustimmung|cookies? akzeptieren|mit werbung weiterlesen|vos choix|"
    r"votre vie privée|gestion des cookies|consentement|tu privacidad|privacidad|la tua privacy|"
    r"privacyinstellingen|privacy-?instellingen|"
    r"prywatno|samtykke|samtycke|evästeet|çerez|конфиденциальност|согласие|a sua privacidade|sua privacidade)|"
    r"خصوصي|ملفات تعريف الارتباط|הפרטיות|העוגיות|गोपनीयता|कुकी|隐私|隱私|プライバシー|クッキー|개인정보|쿠키",
    re.IGNORECASE,
)
_CONSENT_TEXT = re.compile(
    r"accept all|accept (?:and continue|cookies)|we and our (?:\d+ )?partners|legitimate interest|"
    r"manage (?:choices|preferences|options|cookies)|store and/or access information|"
    r"alle akzeptieren|akzeptieren und weiter|mit werbung|berechtigte[sn]? interesse|"
    r"unsere(?:n)? (?:\d+ )?partner|tout accepter|nos (?:\d+ )?partenaires|accepter et continuer|"
    r"aceptar (?:todo|y continuar)|nuestros socios|accetta (?:tutto|e continua)|aceitar tudo|alles accepteren|"
    r"godta alle|godkänn alla|принять вс[её]|zaakceptuj|tümünü kabul|i nostri partner|nossos parceiros|"
    r"nuestros? \d* ?socios|наши партн[её]ры|قبول الكل|وشركاؤنا|אישור הכו?ל|השותפים שלנו|सभी स्वीकार|हमारे साझेदार|"
    r"全部接受|接受全部|合作伙伴|すべて同意|同意して|すべて許可|모두 동의|모두 허용|파트너는",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"\b404\b|\b410\b|page (?:not found|cannot be found|can['’]t be found|doesn['’]t exist|unavailable|"
    r"is no longer)|not found|(?:page|article|story|content) (?:you (?:are|were) looking for|"
    r"no longer (?:exists|available)|has been removed|is unavailable)|"
    r"can['’]t find (?:that|the|this) page|no longer available|nothing (?:was )?found|seite (?:nicht gefunden|"
    r"existiert nicht)|nicht gefunden|nicht mehr verfügbar|page (?:introuvable|non trouvée|inexistante)|"
    r"introuvable|"
    r"página no (?:encontrada|existe)|no encontrad[ao]|pagina non trovata|página não encontrada|não encontrada|"
    r"pagina niet gevonden|niet gevonden|sidan (?:hittades inte|finns inte)|siden (?:finnes ikke|"
    r"blev ikke fundet|ble ikke funnet)|sivua ei löyt|"
    r"страница не найдена|не найден[ао]?|сторінку не знайдено|nie znalezion|nenalezen|sayfa bulunamadı|"
    r"halaman tidak ditemukan|không tìm thấy|页面不存在|找不到|未找到|不存在|"
    r"見つかりません|찾을 수 없|غير موجود|לא נמצא|नहीं मिला|"
    r"page (?:isn['’]t here|has gone missing)|page n['’]existe (?:plus|pas)|página (?:no está|não está) disponible|"
    r"conteúdo não disponível|pagina non esiste|pagina bestaat|artikel wurde entfernt|hier ist nichts|"
    r"삭제된 (?:기사|페이지)|존재하지 않는 (?:기사|페이지)|已(?:被)?删除|已(?:被)?刪除|記事は削除|掲載期間が終了",
    re.IGNORECASE,
)
_ERROR_TITLE = re.compile(
    r"\b(?:500|502|503|504)\b|internal server error|bad gateway|service (?:temporarily )?unavailable|"
    r"gateway time-?out|application error|something went wrong|technical (?:difficulties|error|problem)|"
    r"under maintenance|scheduled maintenance|maintenance mode|site (?:maintenance|offline|is down)|"
    r"be right back|an error (?:has )?occurred|^error\b|web server is down|connection timed out|"
    r"origin dns error|"
    r"wartungsarbeiten|serverfehler|fehler (?:ist )?aufgetreten|(?:sitio|sito|site) (?:en|in|em) "
    r"(?:mantenimiento|manutenzione|manutenção)|на обслуживании|erreur (?:serveur|interne|technique)|maintenance|"
    r"error (?:interno|del servidor)|errore (?:interno|del server)|erro interno|ошибка сервера|"
    r"технические работы|server error|database error|error establishing|خطأ في الخادم|خطأ في الخدمة|שגיאת שרת|"
    r"सर्वर त्रुटि|服务器错误|伺服器錯誤|服务暂时不可用|系统维护|系統維護|サーバーエラー|"
    r"メンテナンス(?:中|のお知らせ)|서버 오류|서비스 점검|"
    r"sunucu hatası|błąd serwera|serverfout|serverfel|erro (?:do|no) servidor",
    re.IGNORECASE,
)
_PAYWALL_TEXT = re.compile(
    r"subscribe (?:to|now|for|today)|subscribers? only|subscriber[- ]exclusive|(?:to )?continue reading|"
    r"already a subscriber|for subscribers|sign in to (?:read|continue)|log ?in to (?:read|continue)|"
    r"register to (?:read|continue)|start your (?:free )?(?:trial|subscription)|unlock (?:this|the) (?:article|"
    r"story)|"
    r"free articles? (?:left|remaining)|reached your (?:article )?limit|create (?:a free|an) account|"
    r"become a (?:member|subscriber)|support (?:our|quality) journalism|premium (?:content|article)|"
    r"weiterlesen mit|jetzt (?:abonnieren|abo|weiterlesen)|nur für abonnenten|abonnent(?:en|in)?\b|"
    r"bereits abonnent|jetzt (?:gratis |kostenlos )?testen|jetzt freischalten|plus-artikel|mit .{1,12}plus|"
    r"réservé aux abonnés|abonnez-vous|déjà abonné|pour lire la suite|"
    r"la suite (?:de cet article )?est réservée|il vous reste .{1,10}% de|solo para suscriptores|suscríbete|"
    r"exclusivo para suscriptores|contenido exclusivo|"
    r"riservato agli abbonati|abbonati (?:per|a|ora)|sei già abbonato|exclusivo para assinantes|assine|"
    r"já é assinante|alleen voor abonnees|word abonnee|lees verder met|"
    r"för prenumeranter|kun for abonnenter|bli abonnent|for abonnenter|tilaajille|dla subskrybentów|"
    r"wykup (?:dostęp|subskrypcję)|только для подписчиков|оформите подписку|"
    r"केवल सदस्यों|सदस्य बनें|सब्सक्राइब करें|"
    r"会員限定|有料会員|この記事は有料|残り\d+文字|订阅|付费|구독|유료|aboneler|المشتركين|מנויים",
    re.IGNORECASE,
)
# Text that a page shows to readers without JavaScript, and the element that its scripts fill.
_NEEDS_SCRIPT = re.compile(
    r"(?:enable|activate|requires?|need|without|turn on|allow|disabled)\W(?:\w+\W){0,4}?java ?script|"
    r"java ?script\W(?:\w+\W){0,5}?(?:enabled?|disabled|required|activated?|to (?:run|view|see|work|function))|"
    r"(?:aktivier|benötig|einschalt|erforder|désactiv|activ|habilit|attiv|ativ|inschakel|nodig|aktivera|włącz|"
    r"включ|отключ|требует|etkinleştir)\w*\W(?:\w+\W){0,5}?java ?script|"
    r"java ?script\W(?:\w+\W){0,6}?(?:aktivier|benötig|einschalt|eingeschaltet|erforder|activ|habilit|attiv|ativ|"
    r"inschakel|ingeschakeld|nodig|aktivera|włącz|включ|отключ|etkinleştir)|"
    r"java ?script.{0,12}(?:启用|啟用|开启|有効|활성화|सक्षम)|"
    r"(?:启用|啟用|开启|请打开|有効|تفعيل|تمكين|הפעל\w*|सक्षम).{0,12}java ?script",
    re.IGNORECASE,
)
_APP_ROOT = re.compile(
    r"""<(?:div|main|section)\b[^>]{0,200}\bid\s*=\s*["']?(?:root|app|__next|__nuxt|___gatsby|react-root|app-root|"""
    r"""react-app|reactroot|svelte|sapper|q-app|main-app|spa-root|application|app-container|mount|ember-app|"""
    r"""vue-app|single-spa[\w-]*)["'\s>]|<(?:app-root|ng-app|my-app|app-main)\b|\bng-app\b|\bdata-reactroot\b""",
    re.IGNORECASE,
)
_FEW_WORDS = 40
_MENU_WORDS = 120
_CARDS = 4
_WALL_SIZE = 300_000
"""Characters of a page that are looked through for a vendor's marks: walls are small, and the search is slow."""
_BLOCKED_STATUS = {401: "paywall", 402: "paywall", 403: "bot_wall", 407: "bot_wall", 429: "bot_wall", 451: "bot_wall"}
_NEXT = {
    "bot_wall": "ask the outlet to allow Stet, or set headers or the browser for this outlet",
    "consent_wall": "set a consent cookie for this outlet",
    "paywall": "set the newsroom's own subscription cookie for this outlet",
    "javascript": "set browser = true for this outlet and install stet[browser], or, where it is set, name the "
    "body of its stories by a selector",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the gate looks at. ``body`` is the text of the blocks, ``visible`` all visible text of the page."""

    url: str
    final_url: str
    markup: str
    visible: str
    title: str
    h1: str
    headline: str
    body: str
    words: int
    blocks: int
    ld_article: bool
    og_article: bool
    dated: bool
    free: bool | None
    complete: bool
    min_words: int = 0
    cards: int = 0
    """Headings that are links, where most of the text stands in what looks like cards; else 0."""

    @property
    def evidence(self) -> int:
        """0 to 6: how much speaks for a story."""
        return (
            self.ld_article
            + self.og_article
            + self.dated
            + bool(self.headline)
            + (self.blocks >= 3)
            + (self.words >= 120)
        )


def count_words(text: str) -> int:
    """Words of a text; in scripts without spaces two characters count as one."""
    wide = len(_WIDE.findall(text))
    return len(text.split()) + wide // 2 if wide else len(text.split())


_PLAIN = 40
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def sketch(text: str, size: int = 2_000) -> frozenset[int]:
    """Hashes of a text's distinct words (of pairs of characters where words are not spaced), the ``size`` smallest.

    Kept per story to see how much of an old text is still there; 32 bits each, stable across processes.
    """
    lowered = text.casefold()
    units = (
        {lowered[i : i + 2] for i in range(len(lowered) - 1)}
        if len(_WIDE.findall(text)) * 3 > len(text)
        else set(_WORD.findall(lowered))
    )
    return frozenset(sorted(zlib.crc32(unit.encode("utf-8", "replace")) for unit in units)[:size])


def check(signs: Signs, previous: Previous | None) -> None:
    """Raise ExtractError with the verdict where the page is no story, or not the whole of it."""
    for verdict in (_by_consent, _by_script, _by_wall, _by_not_found, _by_error, _by_front_page, _by_list, _by_text):
        found = verdict(signs)
        if found is not None:
            raise found
    if previous is not None:
        for compared in (_truncated, _walled_off):
            found = compared(signs, previous)
            if found is not None:
                raise found


def is_suspect(signs: Signs, previous: Previous | None) -> bool:
    """Whether the text is so unlike the last that it wants two more fetches before it is believed."""
    if previous is None or not previous.sketch or not previous.words:
        return False
    now = sketch(signs.body)
    shared = len(now & previous.sketch) / max(1, min(len(now), len(previous.sketch)))
    whole = len(now & previous.sketch) / max(1, len(previous.sketch))
    if signs.words < 0.35 * previous.words and whole < 0.35:
        return True
    alike = fuzz.ratio(signs.headline.casefold(), previous.headline.casefold()) / 100 if previous.headline else 1.0
    return shared < 0.05 and alike < 0.5


def _error(kind: str, what: str, signs: Signs) -> ExtractError:
    advice = _NEXT.get(kind)
    return ExtractError(f"{what}; {advice}" if advice else what, kind=kind, subject=signs.final_url or signs.url)


def check_status(status: int, html: bytes, url: str, final_url: str) -> None:
    """Raise where the HTTP status alone says that this is no story."""
    subject = final_url or url
    if status in _BLOCKED_STATUS:
        kind = _BLOCKED_STATUS[status]
        raise ExtractError(f"the site refused us the page (HTTP {status}); {_NEXT[kind]}", kind=kind, subject=subject)
    if status in (404, 410):
        raise ExtractError(f"the page is gone (HTTP {status})", kind="not_found", subject=subject)
    if status >= 400:
        walled = _VENDORS.search(html[:200_000].decode("latin-1"))
        kind = "bot_wall" if walled else "error_page"
        raise ExtractError(f"the site answered with an error (HTTP {status})", kind=kind, subject=subject)


def _by_consent(signs: Signs) -> ExtractError | None:
    if signs.final_url and signs.final_url != signs.url:
        parts = _split(signs.final_url)
        asked = _split(signs.url)
        if (_CONSENT_HOST.search(parts[0]) and not _CONSENT_HOST.search(asked[0])) or (
            _CONSENT_PATH.search(parts[1]) and not _CONSENT_PATH.search(asked[1])
        ):
            return _error("consent_wall", "the site shows its consent page instead of the story", signs)
    if signs.ld_article or (signs.words >= 250 and signs.evidence >= 4):
        return None
    told = _CONSENT_TITLE.search(signs.title) or _CONSENT_TITLE.search(signs.h1)
    pressed = len({match.lower() for match in _CONSENT_TEXT.findall(signs.visible[:20_000])})
    if told and not pressed and signs.evidence <= 3 and not signs.dated:  # buttons are no visible text
        pressed = len(_CONSENT_TEXT.findall(signs.markup[:200_000]))
    if (told and (pressed or signs.evidence <= 2)) or (pressed >= 2 and signs.evidence <= 2 and signs.words < 400):
        return _error("consent_wall", "the site shows its consent page instead of the story", signs)
    return None


def _by_script(signs: Signs) -> ExtractError | None:
    """A page whose text is made by JavaScript: hardly a word, and an application's root, a plea or script alone.

    Walls want JavaScript, too; one that is recognised by its title or its vendor is a wall.
    """
    if signs.words >= _FEW_WORDS or signs.blocks > 2 or count_words(signs.visible) > _MENU_WORDS:
        return None
    titled = f"{signs.title}\n{signs.h1}"
    if _BLOCK_TITLES.search(titled) or _NOT_FOUND.search(titled) or _ERROR_TITLE.search(titled):
        return None
    if _VENDORS.search(signs.markup[:_WALL_SIZE]) and not signs.evidence:
        return None
    rooted = _APP_ROOT.search(signs.markup[:300_000]) is not None
    pleads = _NEEDS_SCRIPT.search(signs.markup[:200_000]) is not None
    if (rooted and (pleads or "<script" in signs.markup)) or (pleads and _script_share(signs.markup) >= 0.6):
        return _error("javascript", "the page shows its text only with JavaScript", signs)
    return None


def _script_share(markup: str) -> float:
    """How much of a page's markup is script."""
    total = at = 0
    while (start := markup.find("<script", at)) >= 0:
        at = markup.find("</script", start)
        if at < 0:
            return (total + len(markup) - start) / len(markup)
        total += at - start
    return total / max(1, len(markup))


def _by_wall(signs: Signs) -> ExtractError | None:
    if signs.evidence > 3:
        return None
    titled = _BLOCK_TITLES.search(signs.title) or _BLOCK_TITLES.search(signs.h1)
    if titled and signs.words < 250 and not signs.ld_article:
        return _error(
            "bot_wall", f"the site shows a bot check ({titled.group().strip()!r}) instead of the story", signs
        )
    if signs.words < 80 and signs.evidence <= 2 and _VENDORS.search(signs.markup[:_WALL_SIZE]):
        return _error("bot_wall", "the site shows a bot check instead of the story", signs)
    if signs.words < 80 and signs.evidence <= 1 and _BLOCK_TITLES.search(signs.visible[:3_000]):
        return _error("bot_wall", "the site shows a bot check instead of the story", signs)
    return None


def _by_not_found(signs: Signs) -> ExtractError | None:
    if signs.words >= 150 or (signs.ld_article and signs.dated):
        return None
    if _NOT_FOUND.search(signs.title) or _NOT_FOUND.search(signs.h1):
        return _error("not_found", "the site says that the page does not exist", signs)
    return None


def _by_error(signs: Signs) -> ExtractError | None:
    if signs.words >= 150 or signs.evidence > 3 or signs.dated or signs.ld_article:
        return None
    if _ERROR_TITLE.search(signs.title) or _ERROR_TITLE.search(signs.h1):
        return _error("error_page", "the site shows an error page instead of the story", signs)
    return None


def _by_front_page(signs: Signs) -> ExtractError | None:
    if not signs.final_url or signs.final_url == signs.url:
        return None
    asked, got = _split(signs.url), _split(signs.final_url)
    if got[1].strip("/") == "" and asked[1].strip("/") != "" and not signs.ld_article:
        return _error("not_article", "the address now leads to the site's front page", signs)
    return None


def _by_list(signs: Signs) -> ExtractError | None:
    """A front page or section: hardly any text but in cards, and nothing that says it is a story."""
    if signs.cards < _CARDS or signs.ld_article or signs.dated or signs.evidence > 4:
        return None
    return _error("not_article", "the page lists stories and is none itself; follow it as a source", signs)


def _by_text(signs: Signs) -> ExtractError | None:
    floor = signs.min_words
    if floor and signs.words < floor:
        return _error(
            "empty", f"only {signs.words} words of text, and this outlet's stories have {floor} or more", signs
        )
    if not signs.blocks:
        walled = _PAYWALL_TEXT.search(signs.visible[:30_000]) and (signs.free is False or signs.evidence >= 3)
        if walled and signs.headline:
            return _error("paywall", "the story is behind the site's paywall", signs)
        return _error("empty", "no text of a story on the page", signs)
    if len(signs.body) < 60 or (signs.words < 40 and signs.evidence <= 2) or (signs.words < 12 and signs.evidence <= 4):
        if _PAYWALL_TEXT.search(signs.visible[:30_000]) and signs.headline and signs.evidence >= 3:
            return _error("paywall", "the story is behind the site's paywall", signs)
        return _error("empty", f"only {signs.words} words of text on the page", signs)
    if signs.words < 60 and signs.free is False and _PAYWALL_TEXT.search(signs.body):
        return _error("paywall", "the story is behind the site's paywall", signs)
    # A headline over paragraphs, or over one of some length, is how a plain page tells a story.
    told = bool(signs.headline) and (signs.blocks >= 3 or signs.words >= _PLAIN)
    if signs.evidence <= 2 and signs.words < 120 and not told:
        return _error("not_article", "nothing on the page says that it is a story", signs)
    return None


def _truncated(signs: Signs, previous: Previous) -> ExtractError | None:
    if previous.had_closing_html and not signs.complete and previous.words and signs.words < 0.95 * previous.words:
        return _error("truncated", "the page ends in the middle", signs)
    return None


def _walled_off(signs: Signs, previous: Previous) -> ExtractError | None:
    if not previous.words or signs.words >= 0.5 * previous.words:
        return None
    newly_closed = signs.free is False and previous.was_free is not False
    if not newly_closed and not _PAYWALL_TEXT.search(signs.visible[:60_000]):
        return None
    now = sketch(signs.body)
    if previous.sketch and len(now & previous.sketch) < 0.8 * len(now):
        return None
    return _error("paywall", "most of the story has gone behind the site's paywall", signs)


def _split(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.hostname or "", parts.path
