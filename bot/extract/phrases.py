"""Lines that are furniture by what they say: in a dozen languages, whole lines only, never a sentence of a story."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.extract.calendars import in_figures
from bot.extract.guarded import guarded
from bot.extract.lexicons import lexicon

# Each expression must match a whole short line (matched with fullmatch after lower-casing).
_EXPRESSIONS = (*lexicon("furniture.txt"), *lexicon("furniture_scripts.txt"))
FURNITURE = guarded("|".join(f"(?:{line})" for line in _EXPRESSIONS), re.IGNORECASE)

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|sept|déc|"
    r"ene|abr|ago|dic|gen|mag|giu|lug|set|ott|fev|out|mrt|mei|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|"
    r"ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık|sty|lut|kwi|maj|cze|lip|sie|"
    r"wrz|paź|lis|gru)"
    r"\w{0,9}\.?"
)
_RELATIVE = (
    r"(?:(?:about|vor|il y a|hace|há|fa|около|przed|před|for)\s+)?(?:\d{1,3}|an?|one|einer?|einem|un|une|uno|"
    r"una|um|uma)\s*"
    r"(?:s|m|h|d|sec|secs|seconds?|min|mins|minutes?|hrs?|hours?|days?|weeks?|months?|years?|mo|w|"
    r"sekunden?|minuten?|stunden?|tag(?:en?)?|wochen?|monat(?:en?)?|jahr(?:en?)?|secondes?|heures?|jours?|"
    r"semaines?|mois|ans?|"
    r"segundos?|minutos?|horas?|días?|dias?|semanas?|mes(?:es)?|años?|anos?|minut[oi]|or[ae]|giorn[oi]|"
    r"settiman[ae]|mes[ei]|ann[oi]|"
    r"минут\w*|час\w*|дн\w*|день|недел\w*|месяц\w*|лет|год\w*|uur|uren|dag(?:en)?|we(?:ek|ken)|maand(?:en)?|"
    r"timmar|dagar|saat|gün|dakika|minut\w*|godzin\w*|dni)"
    r"\s*(?:ago|old|fa|atrás|temu|назад|geleden|sedan|siden|önce|zuvor)?"
)
# Dates, clock times and relative times anywhere in a line, to see what else it holds.
MOMENTS = guarded(
    r"\d{1,2}(?:\.|st|nd|rd|th|er|º)?\s*(?:de\s+)?"
    + _MONTH
    + r",?(?:\s*(?:de\s+)?\d{4})?|"
    + _MONTH
    + r"\s+\d{1,2}(?:st|nd|rd|th)?,?(?:\s*\d{4})?"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{4}\s*[年년]\s*\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일]|"
    r"\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr)?\b"
    r"|(?<!\w)\d{1,3}\s*(?:s|m|h|d|sec|min|mins|minutes?|hrs?|hours?|days?|weeks?|months?|years?)\s+ago|"
    r"\b(?:vor|il y a|hace|há|fa)\s+(?:\d{1,3}|ein\w*|une?|un[ao]?)\s+\w{3,9}|\d{1,3}\s+\w{3,9}\s+(?:fa|atrás|"
    r"назад|temu|geleden|sedan|siden|önce)\b",
    re.IGNORECASE,
)
MOMENT_WORDS = guarded(
    r"\b(?:published|updated|posted|modified|last|first|on|at|by|von|um|uhr|am|pm|stand|aktualisiert|"
    r"veröffentlicht|zuletzt|geändert|publié|modifié|mis|jour|le|à|actualizado|publicado|modifica|il|el|de|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun|(?:mon|diens|donners|frei|sams|"
    r"sonn)tag|mittwoch|mo|di|mi|do|fr|sa|so|uppdaterad|publicerad|submitted|jst|est|edt|gmt|bst|cet|cest|utc|ist)\b"
    rf"|(?<![^\W_])(?:{'|'.join(lexicon('day_words.txt'))})(?![^\W_])|[年月日時时点分]|작성|입력|수정|등록|승인|송고|오전|오후",
    re.IGNORECASE,
)
# A line that is only a moment: a date, a clock time, "3 hours ago", with or without "Updated" in front.
MOMENT = guarded(
    r"(?:(?:last |first )?(?:updated?|published|posted|modified|stand|aktualisiert|veröffentlicht|erstellt|"
    r"publié|mis à jour|modifié|actualizado|"
    r"publicado|aggiornato|pubblicato|atualizado|bijgewerkt|gepubliceerd|uppdaterad|publicerad|oppdatert|"
    r"publisert|opublikowano|обновлено|опубликовано|güncelleme|"
    r"updated at|on|at|le|el|il|am|vom|date|das|em)[\s:.,|–-]*)*"
    r"(?:"
    + _RELATIVE
    + r"|(?:today|yesterday|just now|heute|gestern|hier|aujourd['’]hui|hoy|ayer|oggi|ieri|сегодня|вчера)"
    + r"(?:[\s,]+(?:at|um|à|a las|alle)?\s*\d{1,2}[:.h]\d{2}.{0,12})?"
    r"|(?:\w{2,12}[.,]?\s+)?(?:\d{1,2}(?:st|nd|rd|th|er|º|\.)?\s*(?:de\s+)?"
    + _MONTH
    + r"|"
    + _MONTH
    + r"\s*\d{1,2}(?:st|nd|rd|th)?),?(?:\s*(?:de\s+)?\d{4})?(?:.{0,4}\d{1,2}[:.h]\d{2}.{0,20})?"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:.{0,6}\d{1,2}[:.h]\d{2}.{0,20})?"
    r"|\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr)?(?:\s*[a-z]{2,4})?"
    r"|\d{4}\s*[年년]\s*\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일].{0,24}"
    r"|\d{1,3}\s*(?:सेकंड|मिनट|घंटे|घंटा|दिन|हफ़्ते|महीने|साल)\s*पहले|\d{1,3}\s*(?:মিনিট|ঘণ্টা|দিন)\s*আগে"
    r"|\d{1,3}\s*(?:phút|giờ|ngày) trước|\d{1,3}\s*(?:menit|jam|hari)(?: yang)? lalu|\d{1,3}\s*(?:хвилин\w*|"
    r"годин\w*|дн\w+) тому"
    r"|πριν (?:από )?\d{1,3}\s*\w{2,8}|\d{1,3}\s*\w{2,12} sitten|\d{1,3} (?:perce|órája|napja)|"
    r"\d{1,3}\s*(?:นาที|ชั่วโมง|วัน)ที่แล้ว"
    r"|\d{1,3}\s*(?:分钟|小时|天|分鐘|小時|時間|分|日|시간|분|일)\s*(?:前|전)"
    r"|(?:منذ|قبل|לפני|vor)\s.{1,20}"
    r")[\s.,|·•–-]*",
    re.IGNORECASE,
)

# Lines that give away the box they stand in: sign-up walls, consent placeholders of embeds, newsletter forms. The whole
# small box around such a line is furniture.
BOXES = guarded(
    r"(?:register|sign[ -]?in|log ?in|create an? (?:free )?account|subscribe)(?: ?/ ?(?:register|sign[ -]?in|"
    r"log ?in))? (?:to|or|and) (?:unlock|continue|read|access|create an account|keep reading|enjoy|get).{0,80}"
    r"|access articles from across.{0,60}|create an account or sign in.{0,80}|enjoy additional articles.{0,40}|"
    r"share your thoughts and join the conversation.{0,40}"
    r"|.{0,160}delivered (?:straight |directly )?to your inbox.{0,160}"
    r"|.{0,200}(?:may|might|could|will|can) (?:earn|receive|get|make|collect) .{0,40}commissions?\b.{0,200}"
    r"|.{0,80}(?:contains?|uses?|include) affiliate links.{0,160}"
    r"|.{0,80}(?:we['’]re offering|sign up (?:for|to) (?:our|the)|subscribe to our|get our|"
    r"unsubscribe at any time|by (?:signing up|subscribing|"
    r"clicking|entering your)).{0,160}"
    r"|an dieser stelle (?:finden sie|findest du|befindet sich).{0,260}|(?:ich|hiermit) (?:bin|"
    r"erkläre).{0,20}einverstanden.{0,340}|.{0,40}personenbezogene daten.{0,40}(?:drittplattformen|"
    r"übermittelt).{0,160}"
    r"|ein klick für den datenschutz|empfohlener (?:externer|redaktioneller) inhalt|externer inhalt.{0,60}|"
    r".{0,60}(?:jederzeit wieder abmelden|newsletter (?:ab)?bestellen|werbevereinbarung).{0,160}"
    r"|(?:este|ce|dieser|questo|this) (?:contenido|contenu|inhalt|contenuto|content) (?:no|est|n['’]est|wird|"
    r"kann|non|is|is not|cannot|could not).{0,120}(?:cookies?|consent|geladen|bloqu|block|available|"
    r"display).{0,120}"
    r"|.{0,30}(?:pour afficher|zum anzeigen|to view) (?:ce|this|dieses).{0,60}(?:cookies|consent|zustimm).{0,100}"
    r"|für \d+[.,]\d\d ?€ können sie diesen artikel.{0,60}|(?:jeden|jede) (?:montag|dienstag|mittwoch|"
    r"donnerstag|freitag|woche|morgen).{0,60}(?:postfach|redaktion|newsletter).{0,60}"
    r"|please read our comment policy.{0,60}|to (?:join|view) the (?:conversation|comments).{0,80}|"
    r".{0,60}all comments are moderated.{0,80}|.{0,40}support independent journalism.{0,120}",
    re.IGNORECASE,
)

_NOTE_WORDS = (
    r"corrections?(?: and clarifications?)?|clarifications?(?: and corrections?)?|editor['’]?s['’]? (?:note|update)|"
    r"editorial note|publisher['’]s note|erratum|errata(?: corrige)?|"
    r"korrektur|berichtigung|richtigstellung|anmerkung der redaktion|hinweis der redaktion|"
    r"redaktioneller hinweis|anm\. d\. red\.|"
    r"rectificatif|correctif|note de la rédaction|ndlr|correcci[oó]n|rectificaci[oó]n|fe de erratas|fe de errores|"
    r"nota del editor|nota de la redacción|nota da redação|nota do editor|correção|erramos|rettifica|"
    r"nota della redazione|"
    r"correctie|rectificatie|rättelse|rettelse|korreksjon|korjaus|исправление|поправка|уточнение|от редакции|"
    r"примечание редакции|"
    r"виправлення|від редакції|düzeltme|sprostowanie|korekta|oprava|تصحيح|توضيح|תיקון|הבהרה|संशोधन|भूल सुधार|"
    r"更正|勘误|勘誤|編按|编者按|訂正|お詫び(?:と訂正)?|정정|바로잡습니다|편집자 주"
)
_NOTE_PHRASES = (
    r"this (?:article|story|post|report|piece|headline|page|version)(?:['’]s headline)? (?:has been|was|"
    r"is being)(?: later| since)? "
    r"(?:updated (?:to|with|on|at|after|throughout)|corrected|amended|edited (?:to|on|after)|revised|"
    r"changed (?:to|on|after)|clarified|modified (?:to|on))|"
    r"(?:a|an|the) (?:previous|earlier|prior|original) version of (?:this|the)|the headline (?:of|on|"
    r"to) this (?:article|story) (?:has|was)|this (?:is|was) a corrected|"
    r"in einer (?:früheren|vorherigen|ersten) (?:version|fassung)|(?:dieser artikel|der artikel|der text|"
    r"dieser text) wurde (?:nachträglich |am .{1,20})?(?:korrigiert|aktualisiert|geändert)|"
    r"mise à jour\s*[:\(]|cet article a été (?:modifié|corrigé|mis à jour)|une (?:première|précédente) version|"
    r"este artículo (?:ha sido|fue)|esta noticia (?:ha sido|fue)|una versión anterior|esta reportagem foi|"
    r"uma versão anterior|una versione precedente|questo articolo è stato|"
    r"een eerdere versie|dit artikel is aangepast|в (?:более ранней|первой|предыдущей) версии|"
    r"poprzednia wersja|この記事は.{0,20}(?:訂正|修正)|本文.{0,10}更正"
)
# A correction, clarification or editor's note, by how it opens. A bare word needs a mark after it: "Corrections
# officers" are no correction.
CORRECTION = re.compile(
    rf"^\W{{0,3}}(?:(?:{_NOTE_WORDS})\s*(?:[:：.\-–—(（,|\]】)]|$|appended\b|\d|(?:on|of|from|vom|du|del|"
    rf"am)\s+\d)|(?:{_NOTE_PHRASES}))",
    re.IGNORECASE,
)

_COUNTER = re.compile(
    r"[(\[]?\d[\d.,\s]{0,12}[kKmM]?\+?[)\]]?\s*(?:comments?|shares?|likes?|views?|reactions?|replies|votes?|"
    r"reads?|readers?|(?:readers?|people|users?|visitors?)\s(?:online|reading|viewing|here)(?:\s(?:right\s)?now)?|"
    r"kommentare?|commentaires?|"
    r"comentarios?|comentários?|commenti|reacties|kommentarer|комментари\w+|просмотр\w*|評論|评论|コメント|댓글)?"
    r"|(?:comments?|shares?|views?|likes?)\s*[(\[:]?\s*\d[\d.,]{0,12}[kKmM]?[)\]]?"
    r"|advertisements?|advertising|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie|"
    r"annons|annonse|annonce|reklama?|реклама|広告|廣告|广告|광고|إعلان|विज्ञापन",
    re.IGNORECASE,
)


def is_volatile(text: str) -> bool:
    """A whole line that changes by itself: a moment ("3 hours ago"), a counter ("12 comments"), an advert's label.

    Never part of a story; the quick key leaves out exactly these lines too.
    """
    return len(text) <= 100 and _is_volatile(text)


@lru_cache(maxsize=16_384)
def _is_volatile(text: str) -> bool:  # lines only: whole paragraphs would make the memory of it ten times larger
    return bool(_COUNTER.fullmatch(text) or MOMENT.fullmatch(in_figures(text)))


def is_tools(text: str) -> bool:
    """A line of two words or more that all name a tool beside the text: "Print Email Facebook", "打印 收藏 微博"."""
    words = [word for word in _APART.split(text.casefold()) if word]
    return 2 <= len(words) <= 20 and all(word in _TOOLS for word in words)


_TOOLS = frozenset(word for line in lexicon("tools.txt") for word in line.split())


def is_dateline(text: str) -> bool:
    """Dates and times with hardly anything else: "Do 25.04.24 | 14:07 Uhr | Von E. Beispiel"."""
    if len(text) > 140 or text.endswith((".", "。", "।", "…", "！", "？")) or not any(map(str.isdigit, text)):
        return False
    rest, found = MOMENTS.subn(" ", in_figures(text))
    if not found:
        return False
    words = [word for word in _APART.split(MOMENT_WORDS.sub(" ", rest)) if any(map(str.isalnum, word))]
    return (
        len(words) <= 4
        and not any(map(str.isdigit, words))
        and sum(map(len, words)) + 2 * len(_HAN.findall("".join(words))) <= 36
    )


_APART = re.compile(r"[\s|,;:·•/()\[\]+–—：（）【】／-]+")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


_FLEETING = guarded(
    r"\bago\b|^just now|comment|share|views?\b|likes?\b|reactions?\b|replies|reacties|online|reading|viewing|"
    r"^(?:vor|il y a|hace|há)\s|\b(?:fa|atrás|temu|назад|geleden|sedan|siden|önce)\b|(?:前|전)$|^(?:منذ|قبل|לפני)\s",
    re.IGNORECASE,
)


def is_fleeting(text: str) -> bool:
    """A moment told by how long ago it is, or a counter that names what it counts ("12 min ago", "34 comments").

    Unlike a bare number, a duration or a date this is never a figure of a story, even in a line with other words.
    """
    return bool(_FLEETING.search(text)) and is_volatile(text)
