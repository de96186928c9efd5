"""Words that tell known walls, consent layers, errors and paywalls, in some fifteen languages; and vendors' marks.

What comes in other words is told by who speaks in it (``gate_voice``).
"""

from __future__ import annotations

import re

from bot.extract.guarded import guarded

BLOCK_TITLES = guarded(
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
    r"доступ (?:к \w+ )?(?:запрещ[её]н|ограничен|заблокирован)|(?:ресурс|страница|сайт) заблокирован|"
    r"проверка браузера|один момент|bir dakika|erişim engellendi|odmowa dostępu|"
    r"访问(?:被拒绝|受限)|安全验证|请稍候|人机验证|"
    r"アクセスが拒否|少々お待ち|접근이? 거부|잠시만 기다리|تم رفض الوصول|لحظة|הגישה נדחתה|"
    r"vérification en cours|(?:verifica|confirma|comprueba) (?:que eres|que usted es|che sei|que é) (?:un )?h?umano|"
    r"проверка безопасности|что вы человек|完成验证|完成驗證|"
    r"पहुँच अस्वीकृत|पहुंच अस्वीकृत|सुरक्षा जाँच|सुरक्षा जांच|보안 확인|セキュリティ(?:チェック|確認)|التحقق من الأمان|בדיקת אבטחה",
    re.IGNORECASE,
)
VENDORS = guarded(
    r"cf-browser-verification|cf_chl_|challenge-platform|cdn-cgi/challenge|_cf_chl_opt|datadome|"
    r"captcha-delivery|px-captcha|perimeterx|_pxAppId|"
    r"_Incapsula_Resource|incapsula incident|imperva|akamai.{0,40}reference|errors\.edgesuite\.net|"
    r"awsWafCookieDomainList|aws-waf-token|token\.awswaf|kpsdk|kasada|"
    r"hcaptcha\.com|recaptcha/api|turnstile|sucuri_cloudproxy|ddos-guard|distil_r_captcha|geo\.captcha|friendlycaptcha",
    re.IGNORECASE,
)
CONSENT_HOST = guarded(
    r"^(?:consent|cmp|privacy|myprivacy|cookie|gdpr|consentcookie|privacy-mgmt|cmpv2)[.-]|consent\.(?:yahoo|"
    r"google|youtube)|myprivacy\.dpg",
    re.IGNORECASE,
)
CONSENT_PATH = guarded(
    r"/(?:consent|collectconsent|cookie-?wall|privacy-?wall|cmp|gdpr|datenschutz-?einwilligung|"
    r"privacy-?gate)(?:[/?.]|$)",
    re.IGNORECASE,
)
CONSENT_TITLE = guarded(
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
CONSENT_TEXT = guarded(
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
NOT_FOUND = guarded(
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
ERROR_TITLE = guarded(
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
PAYWALL_TEXT = guarded(
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
NEEDS_SCRIPT = guarded(
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
APP_ROOT = guarded(
    r"""<(?:div|main|section)\b[^>]{0,200}\bid\s*=\s*["']?(?:root|app|__next|__nuxt|___gatsby|react-root|app-root|"""
    r"""react-app|reactroot|svelte|sapper|q-app|main-app|spa-root|application|app-container|mount|ember-app|"""
    r"""vue-app|single-spa[\w-]*)["'\s>]|<(?:app-root|ng-app|my-app|app-main)\b|\bng-app\b|\bdata-reactroot\b""",
    re.IGNORECASE,
)
_MONEY = (
    r"[€$£¥₹₺₽₩元円원]|:-|\b(?:euros?|eur|usd|chf|kr|krona|kronor|kroner|zł|tl|lei|ft|kč|rs|rub|руб\w*|грн|dollars?|"
    r"lira|रुपये)\b"
)
_PERIOD = (
    r"(?:month|week|year|day|mo|mth|monat|woche|jahr|mois|semaine|an|jour|mes|semana|año|mese|settimana|anno|mês|ano|"
    r"maand|jaar|mån|månad|måned|md|vecka|uge|uke|miesiąc|tydzień|rok|kuukausi|kk|мес|неделю|год|міс|měsíc|mesiac|hó|ay|"
    r"lună|mjesec)"
)
PRICE = re.compile(
    rf"(?:\d\s*(?:{_MONEY})|(?:{_MONEY})\s*\d[\d.,]*)\W{{0,3}}"
    rf"(?:(?:/|\b(?:per|pr|a|an|par|al|por|pro|im|om|i|för|za|в|на|ved)\b)\W{{0,2}}{_PERIOD}|"
    r"monatlich|jährlich|wöchentlich|monthly|yearly|weekly|mensu|mensil|maandelijks|mesečno|mjesečno|havonta|ежемесячно)|"
    r"(?:月[額额卡]?|年卡|毎月|月々|매월|월)\W{0,2}\d[\d,]*\s*[元円원]|\d\s*[元円원]\s*[/／一每]?\s*[月年日篇]",
    re.IGNORECASE,
)
"""A price for a while: what an offer names and a report hardly ever."""
