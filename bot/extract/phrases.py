"""Lines that are furniture by what they say: in a dozen languages, whole lines only, never a sentence of a story."""

from __future__ import annotations

import re

# Each expression must match a whole short line (matched with fullmatch after lower-casing).
_LINES = r"""
(?:read|see|more|learn|find out|view|watch|listen|hear)(?: also| more| next| this| all| the full story| on)?(?: ?[:»>›→].*)?
(?:also|must|recommended|further|more)(?: ?-? ?)(?:read|reading|stories|news|like this|watch|for you|from .{2,40}|on .{2,40}|about .{2,40}|in .{2,30})(?: ?[:»>›→].*)?
(?:read|see|watch|listen|related|recommended|more|live|video|photos?|gallery|opinion|explainer|analysis|don['’]t miss)(?: more| also| now| story| stories| news| articles?| coverage| content| posts?| links?| topics?| reading| videos?| items?)? ?[:|»>›→].{0,140}
related(?: .{0,25})?
advert(?:isement|ising|s)?(?: ?[-–—:|.].{0,60})?
(?:article continues|story continues|continues|continue reading|scroll down)(?: below| after| to continue)?.{0,50}
sponsored(?: content| by.{0,40})?
(?:share|share this|share on|tweet|email|e-mail|print|save|copy link|link copied|copied|comment|comments|leave a comment|post a comment|view comments|show comments|reply|like|follow|follow us|subscribe|sign up|sign in|log in|register|join|donate|close|menu|search|skip to.*|back to top|top|next|previous|prev|loading|load more|show more|see more|view more|read less|expand|collapse|play|pause|mute|unmute|watch|listen)(?: now| here| all| more| article| story| this article| this story| the article| on facebook| on twitter| on x| on whatsapp| on linkedin| by email| via email| via whatsapp| to whatsapp| with friends)?[.!:…]{0,3}
(?:share|follow|find|like|join) (?:this|us|me|our) .{0,80}(?:facebook|twitter|instagram|whatsapp|telegram|x|linkedin|youtube|google news|tiktok|threads)\b.{0,60}
facebook|twitter|x|linkedin|whatsapp|telegram|pinterest|reddit|flipboard|instagram|youtube|tiktok|threads|bluesky|messenger|viber|line|pocket|xing|email|e-mail|rss|copy|link
\d+ ?(?:comments?|shares?|likes?|views?|reactions?|votes?|replies|kommentare?|commentaires?|comentarios?|commenti|комментари\w+|просмотр\w*|видел\w*)
(?:\d{1,3} ?)?(?:min(?:ute)?s?|mins?\.?) (?:read|reading time|lesezeit|de lecture|de lectura|di lettura|leestijd).{0,10}
(?:reading time|lesezeit|temps de lecture|tiempo de lectura|tempo di lettura|tempo de leitura|leestijd|lästid) ?:? ?.{0,25}
(?:up next|most read|most popular|most viewed|trending|trending now|popular|latest|latest news|breaking news|top stories|top news|editor['’]s picks?|editors['’] picks?|recommended|recommended for you|you may (?:also )?like|you might (?:also )?(?:like|be interested in)|more stories|more news|more from.{0,40}|in this (?:article|story)|on this page|table of contents|topics?|tags?|keywords?|filed under|key points?|newsletters?|our newsletters?)(?: ?:.{0,120})?
(?:posted in|filed under|tagged|tags?|topics?|categories|category|source|sources|via|labels|section|sections) ?: ?.{0,120}
(?:©|\(c\)|copyright|all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|tutti i diritti riservati|все права защищены|tüm hakları saklıdır|wszelkie prawa zastrzeżone).{0,160}
.{0,60}(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|tutti i diritti riservati|riproduzione riservata|reproduction interdite|все права защищены)[.!]?
(?:sign up|subscribe|register|get|join|enter|download|click|tap|become|support|follow)\b.{0,140}(?:newsletters?|inbox|alerts?|app store|our app|the app|google play|updates?|premium|subscribers?|member|membership|free trial|whatsapp channel|telegram channel|youtube channel|your email)\b.{0,60}
(?:this article (?:was|is|has been)|this story (?:was|is|has been)) (?:originally |first )?(?:published|appeared|featured|syndicated)\b.{0,120}
(?:mehr zum thema|lesen sie (?:auch|mehr).{0,140}|lesen sie hier.{0,120}|auch interessant.{0,60}|mehr dazu.{0,60}|mehr lesen|weiterlesen|weiterlesen nach der anzeige|zum thema.{0,60}|das könnte sie auch interessieren|anzeige|werbung|teilen|drucken|merken|artikel teilen|kommentare?|zur startseite|startseite|newsletter|nach oben|empfohlener redaktioneller inhalt|externer inhalt|an dieser stelle finden sie.{0,140}|themen|schlagwörter|quelle ?:.{0,60}|meistgelesen|empfehlungen der redaktion|mehr anzeigen|inhalt teilen|artikel vorlesen|vorlesen)
(?:lire (?:aussi|la suite|plus).{0,140}|à lire aussi.{0,140}|lire également.{0,140}|voir aussi.{0,140}|publicité|partager|partagez|imprimer|commentaires?|réagir|newsletter|sur le même (?:sujet|thème)|les plus lus|la suite après (?:cette |la )?publicité|suivez-nous.{0,80}|abonnez-vous.{0,120}|s['’]abonner|contenu sponsorisé|recommandé(?:s)?(?: pour vous)?|thèmes? ?:.{0,80}|article réservé.{0,60})
(?:lee también.{0,140}|leer (?:también|más).{0,140}|ver más|te puede interesar.{0,140}|le puede interesar.{0,140}|más información|más noticias|publicidad|compartir|comentarios?|suscríbete.{0,120}|síguenos.{0,100}|noticias relacionadas|lo más (?:leído|visto)|relacionad[oa]s?|etiquetas|temas|seguir leyendo|continúa leyendo|mira también.{0,140}|además.{0,3})
(?:leggi anche.{0,140}|leggi (?:tutto|di più).{0,80}|vedi anche.{0,140}|pubblicità|condividi|commenti|articoli correlati|potrebbe interessarti.{0,60}|ti potrebbe interessare.{0,60}|i più letti|continua a leggere.{0,60}|iscriviti.{0,100})
(?:leia (?:também|mais).{0,140}|veja também.{0,140}|saiba mais.{0,80}|publicidade|continua após a publicidade|compartilhe?|comentários?|mais lidas|notícias relacionadas|siga.{0,60}(?:whatsapp|instagram|google).{0,40}|assine.{0,80}|relacionad[oa]s|receba.{0,100}whatsapp.{0,40})
(?:lees (?:ook|meer|verder).{0,140}|bekijk ook.{0,140}|advertentie|deel|delen|deel dit artikel|reacties|meest gelezen|gerelateerd.{0,40}|abonneer.{0,80})
(?:läs (?:också|även|mer).{0,140}|les (?:også|mer).{0,140}|læs (?:også|mere).{0,140}|annons|annonse|annonce|reklame|artikkelen fortsetter under annonsen|artikeln fortsätter|artiklen fortsætter.{0,60}|dela|del|kommentarer|mest lest|mest läst|mest læste|lue (?:myös|lisää).{0,140}|mainos|jaa)
(?:czytaj (?:też|także|więcej|również).{0,140}|zobacz (?:też|także|również|więcej).{0,140}|reklama|udostępnij|komentarze|przeczytaj (?:też|także|również).{0,140}|dalsza część artykułu.{0,60}|czytejte (?:také|též).{0,140}|číst dál|inzerce|sdílet|diskuze|olvassa el.{0,100}|hirdetés|megosztás|citește și.{0,140}|publicitate)
(?:читайте (?:также|ещё|еще|на).{0,140}|читать (?:также|далее|ещё).{0,140}|смотрите также.{0,140}|подпис(?:ывайтесь|аться|ывайся).{0,140}|подробнее.{0,60}|реклама|поделиться|комментарии|теги|темы|новости по теме|по теме|материалы по теме|самое читаемое|популярное|рекомендуем|все новости|читайте також.{0,140}|підписуйтесь.{0,140}|поділитися|популярні новини|читайте ще.{0,100})
(?:ayrıca okuyun.{0,100}|devamını oku|reklam|paylaş|yorumlar|ilgili haberler|çok okunanlar|haberin devamı.{0,40}|ilginizi çekebilir.{0,40}|baca juga.{0,140}|simak juga.{0,140}|lihat juga.{0,140}|iklan|bagikan|komentar|artikel terkait|berita terkait|xem thêm.{0,140}|đọc thêm.{0,140}|quảng cáo|chia sẻ|bình luận|tin liên quan|gulir untuk lanjut membaca|scroll to continue.{0,40}|advertisement scroll.{0,40})
(?:اقرأ (?:أيضا|أيضًا|أيضاً|المزيد).{0,140}|إقرأ أيضا.{0,140}|شاهد أيضا.{0,140}|مواضيع ذات صلة|أخبار ذات صلة|إعلان|شارك|مشاركة|تعليقات|الأكثر قراءة|المزيد|قد يهمك.{0,60}|بیشتر بخوانید.{0,140}|خبرهای مرتبط|תגובות|קראו (?:גם|עוד).{0,140}|קרא עוד.{0,100}|כתבות נוספות|פרסומת|שתפו|שיתוף|עוד בנושא.{0,60}|הכי נקראות|מודעה)
(?:यह भी पढ़ें.{0,140}|ये भी पढ़ें.{0,140}|इसे भी पढ़ें.{0,140}|और पढ़ें.{0,100}|विज्ञापन|शेयर करें|टिप्पणियां|संबंधित खबरें|ट्रेंडिंग|আরও পড়ুন.{0,140}|விளம்பரம்|మరిన్ని.{0,60})
(?:相关(?:新闻|阅读|文章|报道|推荐|链接)|延伸阅读|推荐阅读|猜你喜欢|更多.{0,20}|分享(?:到.{0,20})?|广告|评论|热门.{0,10}|责任编辑.{0,40}|（?责任编辑.{0,40}|责编.{0,30}|來源.{0,20}|來源：.{0,30}|相關(?:新聞|文章|報導|閱讀)|延伸閱讀|推薦閱讀|廣告|留言|更多新聞|【?看更多.{0,60}|点击.{0,40}|下载.{0,40}(?:客户端|app).{0,20}|举报/反馈)
(?:関連(?:記事|ニュース|リンク|キーワード|トピックス)|あわせて読みたい|こちらもおすすめ|おすすめ(?:記事)?|広告|シェア(?:する)?|ツイート|コメント(?:する)?|続きを読む|もっと見る|アクセスランキング|人気記事|pr|この記事は有料.{0,40}|有料会員.{0,80}|この記事は会員限定.{0,40}|残り\d+文字.{0,20}|印刷|保存)
(?:관련(?:기사|뉴스| 기사| 뉴스)|공유|공유하기|댓글(?: ?\d*)?|광고|인기(?:기사| 기사| 뉴스)?|많이 본 (?:뉴스|기사)|추천(?:기사| 기사)?|더 ?보기|무단 ?전재.{0,60}|저작권자.{0,80}|ⓒ.{0,80}|기사제보.{0,60}|좋아요|구독|구독하기|제보는.{0,60})
(?:ad|anuncio|anúncio|annuncio|werbung|pub|sponsorisé|gesponsert|promoted)
(?:getty(?: images)?|reuters|ap|afp|dpa|ansa|epa)(?:/.{0,40})?
(?:image|photo|picture|foto|bild)(?: source| credit| caption)?(?: ?[:,] ?.{0,80})?
(?:us|uk|de|fr|es|en|pt|it)
(?:view|see) (?:image|photo|gallery|photos|all photos|in full ?screen|comments|original|on .{2,30})
(?:enter|submit|your) (?:email|e-mail|name).{0,40}
by (?:clicking|submitting|signing|subscribing|providing|entering).{0,220}
(?:follow|contact|reach|email) .{0,80}(?:@\w{2,30}|on twitter|on x|at \S+@\S+\.\w+).{0,60}
(?:click|tap) here (?:to|for).{0,120}
listen to (?:this|the) (?:article|story).{0,60}
(?:thank you|thanks) for (?:reading|subscribing|registering|signing up).{0,100}
(?:do you have|have you got|got) (?:a|any) (?:story|news tip|tip|confidential).{0,120}
(?:published|last updated|updated|posted|last modified|first published|modified|created|date)(?: on| at)? ?:? ?.{0,60}\d{4}.{0,30}
(?:related|noticias?|artículos?|artículo|nota|notas|articoli|articles?) (?:relacionad[oa]s?|news|article|story|correlat[oi]|liés?)
more about.{0,60}|about the authors?|über (?:den autor|die autorin|die autoren)|zur person|der autor|die autorin|à propos de l['’]auteur|sobre el autor|sull['’]autore
(?:dieses thema im programm|sendung|über dieses thema berichtete?) ?:?.{0,140}
(?:this is a (?:breaking|developing)(?: new)?s? story)[ ,.–-]*(?:more to follow|please check back|.{0,60})
we apologi[sz]e, but this video.{0,60}|try refreshing your browser.{0,100}|your browser does not support.{0,80}|this video is not available.{0,60}|video (?:unavailable|not available).{0,40}
(?:for more stories like this|get in touch with (?:our|the)|got a story|want more stories|for more (?:news|stories|from)).{0,140}
(?:box (?:auf|zu)klappen ?)+|hauptinhalt|ende der weiteren informationen|inhalt|navigation|hinweis|bild(?:unterschrift| in lightbox öffnen).{0,20}
(?:následuje obsah vložený|přejít (?:před|za) obsah|pokračování článku|článek pokračuje).{0,80}
(?:kommentare|comments?|drucken|teilen|print|share|email|merken|facebook|twitter|whatsapp){2,5}
click to (?:read|view|hide|expand|enlarge|see|show|play|share|subscribe|tweet|copy).{0,60}|tap (?:here|to) .{0,80}
il vous reste .{1,10} ?% de cet article.{0,80}|pozostało jeszcze \d+ ?% artykułu|残り\d+文字.{0,20}|dieser artikel ist (?:zuerst|erstmals) .{0,80}
\(?(?:quelle|quellen|source|sources|fonte|fuente|bron|kilde|źródło|zdroj|mit material von|mit agenturmaterial|mit agenturen|with agencies|agencies|avec agences|con agencias|con agenzie|mit)(?:[ :]{0,3})(?:(?:[a-zäöü]{2,5}|reuters|ansa|agenturen|sid|epd|kna|apa|sda|dpa|afp|ap|pa media|pa)[/, ;&-]{0,3}){0,5}(?: und | and )?(?:[a-zA-Z]{2,6})?\)?\.?
\(?(?:责编|责任编辑|编辑|来源|來源|記者|撰文|編輯|校对|监制|文|图)[:：].{0,40}\)?
(?:noticia|lee también|ver también|vea también).{0,3}
(?:follow|add|make) .{0,40}(?:on|as) .{0,30}(?:google news|preferred source|google).{0,140}
"""

FURNITURE = re.compile("|".join(f"(?:{line})" for line in _LINES.strip().splitlines()), re.IGNORECASE)

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|sept|déc|"
    r"ene|abr|ago|dic|gen|mag|giu|lug|set|ott|fev|out|mrt|mei|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|"
    r"ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık|sty|lut|kwi|maj|cze|lip|sie|wrz|paź|lis|gru)"
    r"\w{0,9}\.?"
)
_RELATIVE = (
    r"(?:(?:about|vor|il y a|hace|há|fa|около|przed|před|for)\s+)?(?:\d{1,3}|an?|one|einer?|einem|un|une|uno|una|um|uma)\s*"
    r"(?:s|m|h|d|sec|secs|seconds?|min|mins|minutes?|hrs?|hours?|days?|weeks?|months?|years?|mo|w|"
    r"sekunden?|minuten?|stunden?|tag(?:en?)?|wochen?|monat(?:en?)?|jahr(?:en?)?|secondes?|heures?|jours?|semaines?|mois|ans?|"
    r"segundos?|minutos?|horas?|días?|dias?|semanas?|mes(?:es)?|años?|anos?|minut[oi]|or[ae]|giorn[oi]|settiman[ae]|mes[ei]|ann[oi]|"
    r"минут\w*|час\w*|дн\w*|день|недел\w*|месяц\w*|лет|год\w*|uur|uren|dag(?:en)?|we(?:ek|ken)|maand(?:en)?|timmar|dagar|saat|gün|dakika|minut\w*|godzin\w*|dni)"
    r"\s*(?:ago|old|fa|atrás|temu|назад|geleden|sedan|siden|önce|zuvor)?"
)
# Dates, clock times and relative times anywhere in a line, to see what else it holds.
MOMENTS = re.compile(
    r"\d{1,2}(?:\.|st|nd|rd|th|er|º)?\s*(?:de\s+)?" + _MONTH + r",?(?:\s*(?:de\s+)?\d{4})?|" + _MONTH + r"\s+\d{1,2}(?:st|nd|rd|th)?,?(?:\s*\d{4})?"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{4}\s*[年년]\s*\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일]|\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr)?\b"
    r"|(?<!\w)\d{1,3}\s*(?:s|m|h|d|sec|min|mins|minutes?|hrs?|hours?|days?|weeks?|months?|years?)\s+ago|\b(?:vor|il y a|hace|há|fa)\s+(?:\d{1,3}|ein\w*|une?|un[ao]?)\s+\w{3,9}|\d{1,3}\s+\w{3,9}\s+(?:fa|atrás|назад|temu|geleden|sedan|siden|önce)\b",
    re.IGNORECASE,
)
MOMENT_WORDS = re.compile(
    r"\b(?:published|updated|posted|modified|last|first|on|at|by|von|um|uhr|am|pm|stand|aktualisiert|veröffentlicht|zuletzt|geändert|publié|modifié|mis|jour|le|à|actualizado|publicado|modifica|il|el|de|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|mo|di|mi|do|fr|sa|so|uppdaterad|publicerad|jst|est|edt|gmt|bst|cet|cest|utc|ist)\b",
    re.IGNORECASE,
)
# A line that is only a moment: a date, a clock time, "3 hours ago", with or without "Updated" in front.
MOMENT = re.compile(
    r"(?:(?:last |first )?(?:updated?|published|posted|modified|stand|aktualisiert|veröffentlicht|erstellt|publié|mis à jour|modifié|actualizado|"
    r"publicado|aggiornato|pubblicato|atualizado|bijgewerkt|gepubliceerd|uppdaterad|publicerad|oppdatert|publisert|opublikowano|обновлено|опубликовано|güncelleme|"
    r"updated at|on|at|le|el|il|am|vom|date|das|em)[\s:.,|–-]*)*"
    r"(?:"
    + _RELATIVE
    + r"|(?:today|yesterday|just now|heute|gestern|hier|aujourd['’]hui|hoy|ayer|oggi|ieri|сегодня|вчера)(?:[\s,]+(?:at|um|à|a las|alle)?\s*\d{1,2}[:.h]\d{2}.{0,12})?"
    r"|(?:\w{2,12}[.,]?\s+)?(?:\d{1,2}(?:st|nd|rd|th|er|º|\.)?\s*(?:de\s+)?" + _MONTH + r"|" + _MONTH + r"\s*\d{1,2}(?:st|nd|rd|th)?),?(?:\s*(?:de\s+)?\d{4})?(?:.{0,4}\d{1,2}[:.h]\d{2}.{0,20})?"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:.{0,6}\d{1,2}[:.h]\d{2}.{0,20})?"
    r"|\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr)?(?:\s*[a-z]{2,4})?"
    r"|\d{4}\s*[年년]\s*\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일].{0,24}"
    r"|\d{1,3}\s*(?:分钟|小时|天|分鐘|小時|時間|分|日|시간|분|일)\s*(?:前|전)"
    r"|(?:منذ|قبل|לפני|vor)\s.{1,20}"
    r")[\s.,|·•–-]*",
    re.IGNORECASE,
)

# Lines that give away the box they stand in: sign-up walls, consent placeholders of embeds, newsletter forms. The whole
# small box around such a line is furniture.
BOXES = re.compile(
    r"(?:register|sign[ -]?in|log ?in|create an? (?:free )?account|subscribe)(?: ?/ ?(?:register|sign[ -]?in|log ?in))? (?:to|or|and) (?:unlock|continue|read|access|create an account|keep reading|enjoy|get).{0,80}"
    r"|access articles from across.{0,60}|create an account or sign in.{0,80}|enjoy additional articles.{0,40}|share your thoughts and join the conversation.{0,40}"
    r"|.{0,80}(?:we['’]re offering|sign up (?:for|to) (?:our|the)|subscribe to our|get our|delivered (?:straight |directly )?to your inbox|unsubscribe at any time|by (?:signing up|subscribing|clicking|entering your)).{0,160}"
    r"|an dieser stelle (?:finden sie|findest du|befindet sich).{0,260}|(?:ich|hiermit) (?:bin|erkläre).{0,20}einverstanden.{0,340}|.{0,40}personenbezogene daten.{0,40}(?:drittplattformen|übermittelt).{0,160}"
    r"|ein klick für den datenschutz|empfohlener (?:externer|redaktioneller) inhalt|externer inhalt.{0,60}|.{0,60}(?:jederzeit wieder abmelden|newsletter (?:ab)?bestellen|werbevereinbarung).{0,160}"
    r"|(?:este|ce|dieser|questo|this) (?:contenido|contenu|inhalt|contenuto|content) (?:no|est|n['’]est|wird|kann|non|is|is not|cannot|could not).{0,120}(?:cookies?|consent|geladen|bloqu|block|available|display).{0,120}"
    r"|.{0,30}(?:pour afficher|zum anzeigen|to view) (?:ce|this|dieses).{0,60}(?:cookies|consent|zustimm).{0,100}"
    r"|für \d+[.,]\d\d ?€ können sie diesen artikel.{0,60}|(?:jeden|jede) (?:montag|dienstag|mittwoch|donnerstag|freitag|woche|morgen).{0,60}(?:postfach|redaktion|newsletter).{0,60}"
    r"|please read our comment policy.{0,60}|to (?:join|view) the (?:conversation|comments).{0,80}|.{0,60}all comments are moderated.{0,80}|.{0,40}support independent journalism.{0,120}",
    re.IGNORECASE,
)

_NOTE_WORDS = (
    r"corrections?(?: and clarifications?)?|clarifications?(?: and corrections?)?|editor['’]?s['’]? (?:note|update)|"
    r"editorial note|publisher['’]s note|erratum|errata(?: corrige)?|"
    r"korrektur|berichtigung|richtigstellung|anmerkung der redaktion|hinweis der redaktion|redaktioneller hinweis|anm\. d\. red\.|"
    r"rectificatif|correctif|note de la rédaction|ndlr|correcci[oó]n|rectificaci[oó]n|fe de erratas|fe de errores|"
    r"nota del editor|nota de la redacción|nota da redação|nota do editor|correção|erramos|rettifica|nota della redazione|"
    r"correctie|rectificatie|rättelse|rettelse|korreksjon|korjaus|исправление|поправка|уточнение|от редакции|примечание редакции|"
    r"виправлення|від редакції|düzeltme|sprostowanie|korekta|oprava|تصحيح|توضيح|תיקון|הבהרה|संशोधन|भूल सुधार|更正|勘误|勘誤|編按|编者按|訂正|お詫び(?:と訂正)?|정정|바로잡습니다|편집자 주"
)
_NOTE_PHRASES = (
    r"this (?:article|story|post|report|piece|headline|page|version)(?:['’]s headline)? (?:has been|was|is being)(?: later| since)? "
    r"(?:updated (?:to|with|on|at|after|throughout)|corrected|amended|edited (?:to|on|after)|revised|changed (?:to|on|after)|clarified|modified (?:to|on))|"
    r"(?:a|an|the) (?:previous|earlier|prior|original) version of (?:this|the)|the headline (?:of|on|to) this (?:article|story) (?:has|was)|this (?:is|was) a corrected|"
    r"in einer (?:früheren|vorherigen|ersten) (?:version|fassung)|(?:dieser artikel|der artikel|der text|dieser text) wurde (?:nachträglich |am .{1,20})?(?:korrigiert|aktualisiert|geändert)|"
    r"mise à jour\s*[:\(]|cet article a été (?:modifié|corrigé|mis à jour)|une (?:première|précédente) version|"
    r"este artículo (?:ha sido|fue)|esta noticia (?:ha sido|fue)|una versión anterior|esta reportagem foi|uma versão anterior|una versione precedente|questo articolo è stato|"
    r"een eerdere versie|dit artikel is aangepast|в (?:более ранней|первой|предыдущей) версии|poprzednia wersja|この記事は.{0,20}(?:訂正|修正)|本文.{0,10}更正"
)
# A correction, clarification or editor's note, by how it opens. A bare word needs a mark after it: "Corrections
# officers" are no correction.
CORRECTION = re.compile(
    rf"^\W{{0,3}}(?:(?:{_NOTE_WORDS})\s*(?:[:：.\-–—(（,|\]】)]|$|appended\b|\d|(?:on|of|from|vom|du|del|am)\s+\d)|(?:{_NOTE_PHRASES}))",
    re.IGNORECASE,
)

_COUNTER = re.compile(
    r"[(\[]?\d[\d.,\s]{0,12}[kKmM]?\+?[)\]]?\s*(?:comments?|shares?|likes?|views?|reactions?|replies|votes?|reads?|readers?|kommentare?|commentaires?|"
    r"comentarios?|comentários?|commenti|reacties|kommentarer|комментари\w+|просмотр\w*|評論|评论|コメント|댓글)?"
    r"|(?:comments?|shares?|views?|likes?)\s*[(\[:]?\s*\d[\d.,]{0,12}[kKmM]?[)\]]?"
    r"|advertisements?|advertising|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie|annons|annonse|annonce|reklama?|реклама|広告|廣告|广告|광고|إعلان|विज्ञापन",
    re.IGNORECASE,
)


def is_volatile(text: str) -> bool:
    """A whole line that changes by itself: a moment ("3 hours ago"), a counter ("12 comments"), an advert's label.

    Never part of a story; the quick key leaves out exactly these lines too.
    """
    return len(text) <= 100 and bool(_COUNTER.fullmatch(text) or MOMENT.fullmatch(text))
