"""Names of people as bylines write them: told apart from each other, from offices, agencies, labels and sections."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.extract.clean import clean

_BY_WORDS = (
    r"(?:written |reported |story |words |text |article |posted |published |edited |interview )?by|von|vom|par|por|"
    r"di|da|door|av|af|przez|autorin/autor|autor(?:en|es|in|innen|i)?|authors?|auteure?s?|autore|escribe|автор\w*|"
    r"text(?:e|o)?|testo|words|erstellt von|das gespräch führte(?:n)?|"
    r"(?:ein|eine) (?:artikel|beitrag|interview|kommentar|gastbeitrag|reportage) von|interview|"
    r"propos recueillis par|reporting by|作者|著者|撰文|記者|记者|文|글|"
    r"γράφ(?:ει|ουν)(?: οι?| η)?|συντάκτης|ρεπορτάζ|του|της|текст(?=:)|szerző|írta|teksti|kirjoittaja|yazan|tác giả|"
    r"โดย|حوار|إعداد|أعد(?:ه|ته)|متابعة|ترجمة|نویسنده|خبرنگار|نوشته|筆者|執筆|取材|本[报報](?:记者|記者)|লেখক|"
    r"责任编辑|责编|責任編輯|כתב(?:ה|ת)?|מאת|بقلم|كتب(?:ت)?|تقرير|द्वारा|लेखक|रिपोर्ट|প্রতিবেদক"
)
BY = re.compile(
    rf"^(?:{_BY_WORDS})(?:\s*(?:&|und|and)\s+(?:interview|fotos?|photos?))?\s*(?:[:：・＝=／]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\s*(?:,|;|\||/|、|，|·|•| & | and | und | et | y | e | en | og | och | ja | i | и | with | mit | ve )\s*"
)
_AFTER_NAME = re.compile(
    r"\s*(?:\||•|·|–|—| - |\(|（|<|\bin\s|\bat\s|@).*$|,\s*(?:BBC|CNN|Reuters|AP|AFP|dpa|Associated|Correspondent|"
    r"Editor|Reporter|Staff).*$|\s+(?:Illustration|Fotos?|Photos?)\b.*$|\s+im (?:Gespräch|Interview)$|"
    r"\s+(?:Chefredakteur|Redakteur|Korrespondent)(?:in)?$|\s+The Associated Press$|\s+[Ff]or [A-Z]\w+\.[a-zA-Z]{2,3}$"
)
# "By Ann Example, in Coast, Ferries": what follows are sections.
_IN_SECTION = re.compile(r",\s+in\s.*$")
# What a person is, after a comma: no name of its own.
ROLE = re.compile(
    r"\b(?:writer|editor|reporter|correspondent|columnist|producer|professor(?:in)?|director|redakteur(?:in)?|"
    r"korrespondent(?:in)?|autor(?:in)?|chefredakteur(?:in)?|journalist(?:e|in|a)?|jurnalis|profesorius)$|^(?:CEO|MdB|MEP|MP)$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"https?:|www\.|@|^\W*$|^\(?(?:image|photo|foto|picture|bild)s?\s*:|^\d+$|"
    r"^(?:admin|author|staff|none|null|undefined|unknown|n/?a|redaction|test|no author|"
    r"super user|publisher|by|von|par|por|autor)$",
    re.IGNORECASE,
)
_TITLES = re.compile(r"^(?:PhD|Ph\.D\.?|MD|M\.D\.?|RD|Jr\.?|Sr\.?|MBA|MSc|BSc|MS|MPH|RN|Esq\.?)$", re.IGNORECASE)
# "홍길동 기자", "記者 王小明": what a person is, written beside the name without a mark between.
_OFFICE = re.compile(
    r"\s*(?:기자|특파원|논설위원|에디터|PD|記者|记者|特派員|通讯员|編輯|编辑)$|^(?:記者|记者|通讯员|撰文)\s*"
)
_PARTICLES = frozenset("de da di do del della dos van von der den zu al el bin ben la le y".split())
_AGENCY = re.compile(
    r"\b(?:press|agenc\w+|reuters|afp|dpa|apa|sda|ap|efe|ansa|news|media|times|post|service|images|staff|team|"
    r"photos?|fotos?|read|more|comments?|updated|published|subscribe|share|watch|live|video)\b",
    re.IGNORECASE,
)
_WIDE_NAME = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3・々]{2,10}")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def tidy_names(raw: Iterable[str]) -> list[str]:
    """Names split and tidied, each once, in order."""
    out: list[str] = []
    for text in raw:
        text = BY.sub("", clean(text))
        if not text or _NO_NAME.search(text):
            continue
        for number, piece in enumerate(_AND.split(_IN_SECTION.sub("", text[:600]))):
            name = _OFFICE.sub("", BY.sub("", _AFTER_NAME.sub("", piece)).strip(" .,:;-–—|[]［］")).strip()
            if (
                2 <= len(name) <= 80
                and not _NO_NAME.search(name)
                and not (out and _TITLES.match(name))
                and not (number and out and _is_role(name))
                and letters(name) not in map(letters, out)
            ):
                out.append(name)
    return out


def _is_role(piece: str) -> bool:
    """Whether what follows a name tells what that person is: an office, or mostly words without capitals."""
    words = piece.split()
    small = sum(word[:1].islower() and word not in _PARTICLES for word in words)
    return bool(ROLE.search(piece)) or (len(words) > 2 and small * 2 >= len(words))


def is_signature(text: str) -> bool:
    """Whether a short line is who wrote a story and nothing else: "By Ann Example, Oslo", "AFP, MANILA", "dpa/xy"."""
    if len(text) > SIGNATURE or text[-1] in '.!?:…»”"' or any(map(str.isdigit, text)):
        return False
    if _AGENCY_MARK.fullmatch(text):
        return True
    text = text.strip("()（）[] ")
    if not text:
        return False
    if BY.match(text):
        return looks_like_person(BY.sub("", text).split(",")[0].strip())
    pieces = [piece.strip() for piece in re.split(r"[/&]| and | und ", text)]
    return all(looks_like_person(piece) and _NAME_ONLY.fullmatch(piece) is not None for piece in pieces)


SIGNATURE = 60
# Initials of agencies and writers, and an agency with the place it writes from.
_AGENCY_MARK = re.compile(
    r"[(\[]?(?:[A-Za-zÄÖÜäöü]{2,8}/)+[A-Za-zÄÖÜäöü]{2,8}[)\]]?|"
    r"(?:AFP|AP|REUTERS|DPA|EFE|ANSA|BLOOMBERG)\s?, [A-Z][A-Z .]{2,30}|[A-Z]{2,5} \([a-zA-Z, ]{2,30}\)"
)
_NAME_ONLY = re.compile(r"[^\W\d_][\w'’.-]*(?:\s[^\W\d_][\w'’.-]*){1,3}")


def letters(text: str) -> str:
    """The letters and digits of a name, lower-cased, to compare it by."""
    return "".join(filter(str.isalnum, text.casefold()))


def domain_word(url: str) -> str:
    """The part of an address that is the outlet's name, such as ``herald`` of ``www.herald.co.uk``."""
    host = urlsplit(url).hostname or ""
    parts = [part for part in host.split(".") if part not in ("www", "com", "co", "org", "net", "uk", "news")]
    return max(parts, key=len, default="")


def is_label(name: str) -> bool:
    """Whether a short text holds a word of the page's own, such as "read", "comments" or "updated"."""
    return bool(_LABEL.search(name))


_LABEL = re.compile(
    r"\b(?:comments?|kommentare?|keine|geschlossen|uhr|read|min|share|posts?|artikel|teilen|drucken|about|über|"
    r"online|updated|aktualisiert|güncelleme|published|watch|live|more|mehr|weitere|informationen|interview|redaktion|autoreninfo|ergebnisse)\b",
    re.IGNORECASE,
)


def may_be_name(name: str) -> bool:
    """Where a link or a label says that it is a person: anything short without digits that is no label."""
    return len(name) <= 50 and len(name.split()) <= 6 and not any(map(str.isdigit, name)) and not is_label(name)


def looks_like_person(name: str) -> bool:
    """Two to four words with capitals (letters without case count as such), or one word of a script without spaces."""
    if _WIDE_NAME.fullmatch(name):
        return len(name) <= 5 or "・" in name
    words = name.split()
    return (
        2 <= len(words) <= 4
        and all((word[:1].isalpha() and not word[:1].islower()) or word in _PARTICLES for word in words)
        and not _AGENCY.search(name)
        and not any(map(str.isdigit, name))
        and len(name) <= 50
        and not _WIDE.search(name)
    )


def looks_like_names(text: str) -> bool:
    """Whether a short text may be one name or several: no figures, and capitals on half its words where it has any."""
    text = BY.sub("", text)
    words = text.split()
    if not words or len(words) > 12 or any(letter.isdigit() for letter in text):
        return False
    if not text.isascii() and not any(word[:1].isupper() for word in words):
        return len(text) <= 40
    return sum(not word[:1].islower() for word in words) * 2 >= len(words)
