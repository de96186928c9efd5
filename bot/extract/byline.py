"""Who wrote the story: JSON-LD, meta tags, or the line a reader sees, in scripts with capitals and without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from bot.extract import jsonld
from bot.extract.clean import clean
from bot.extract.head import Head
from bot.extract.makes import Make
from bot.extract.phrases import MOMENT_WORDS, MOMENTS, is_fleeting
from bot.extract.walk import Line, Walked, up

_NEAR = (3, 14)
"""Lines above and below the headline among which the visible byline is looked for."""
_LONGEST = 200
_BY_WORDS = (
    r"(?:written |reported |story |words |text |article |posted |published |edited |interview )?by|von|vom|par|por|"
    r"di|da|door|av|af|przez|autor(?:en|es|in|innen|i)?|authors?|auteure?s?|autore|escribe|автор\w*|text(?:e|o)?|"
    r"testo|words|erstellt von|(?:ein|eine) (?:artikel|beitrag|interview|kommentar|gastbeitrag|reportage) von|"
    r"interview|das gespräch führte(?:n)?|propos recueillis par|reporting by|作者|著者|撰文|記者|记者|文|글|"
    r"כתב(?:ה|ת)?|מאת|بقلم|كتب(?:ت)?|تقرير|द्वारा|लेखक|रिपोर्ट|প্রতিবেদক"
)
_BY = re.compile(
    rf"^(?:{_BY_WORDS})(?:\s*(?:&|und|and)\s+(?:interview|fotos?|photos?))?\s*(?:[:：・＝=／]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
# "ByAnn Example": the word stands in an element of its own, with no space after it.
_GLUED_BY = re.compile(r"^(?:By|BY|Von|Par|Por)(?=\s?(?:by |By |[A-Z][\w.'’-]+ [A-Z]|[A-Z]\. ?[A-Z]))(?![A-Z]+\b)")
# In the middle of a line: "Published on 3 May by Ann Example".
_BY_INSIDE = re.compile(r"(?:^|[\s|,])(?:by|von|par|por|door)\s+(?=\S)", re.IGNORECASE)
_AND = re.compile(
    r"\s*(?:,|;|\||/|、|，|·|•| & | and | und | et | y | e | en | og | och | ja | i | и | with | mit | ve )\s*"
)
_AFTER_NAME = re.compile(
    r"\s*(?:\||•|·|–|—| - |\(|（|<|\bin\s|\bat\s|@).*$|,\s*(?:BBC|CNN|Reuters|AP|AFP|dpa|Associated|Correspondent|"
    r"Editor|Reporter|Staff).*$|\s+(?:Illustration|Fotos?|Photos?)\b.*$"
)
_NO_NAME = re.compile(
    r"https?:|www\.|@|^\W*$|^\d+$|^(?:admin|author|staff|none|null|undefined|unknown|n/?a|redaction|test|no author|"
    r"super user|publisher|by|von|par|por|autor)$",
    re.IGNORECASE,
)
_TITLES = re.compile(r"^(?:PhD|Ph\.D\.?|MD|M\.D\.?|RD|Jr\.?|Sr\.?|MBA|MSc|BSc|MS|MPH|RN|Esq\.?)$", re.IGNORECASE)
# "홍길동 기자", "記者 王小明": what a person is, written beside the name without a mark between.
_OFFICE = re.compile(r"\s*(?:기자|특파원|논설위원|記者|记者|特派員|通讯员|編輯|编辑)$|^(?:記者|记者|通讯员|撰文)\s*")
_PARTICLES = frozenset("de da di do del della dos van von der den zu al el bin ben la le y".split())
_AGENCY = re.compile(
    r"\b(?:press|agenc\w+|reuters|afp|dpa|apa|sda|ap|efe|ansa|news|media|times|post|service|images|staff|team|"
    r"photos?|fotos?|read|more|comments?|updated|published|subscribe|share|watch|live|video)\b",
    re.IGNORECASE,
)
_DESK = re.compile(
    r"\b(?:staff|newsroom|news desk|web desk|desk|editorial (?:team|board)|editors|online desk|redaktion|"
    r"rédaction|redacci[oó]n|redazione|redação|redactie|redakcja|редакция|nachrichten)\b",
    re.IGNORECASE,
)
_PEOPLE_PATH = re.compile(
    r"/(?:authors?|autore?n?|autores|auteurs?|people|person|profiles?|staff|writers?|contributors?|redakteure?|"
    r"reporters?|journalists?|journalisten|columnists?|by)/",
    re.IGNORECASE,
)
_WIDE_NAME = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3・々]{2,10}")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# At the end of a text only a plain label is believed.
_SIGNED = re.compile(
    r"^(?:autor(?:in|en)?|authors?|auteure?|autore|text|texte|texto|words|автор|written by|erstellt von|von|by|par|"
    r"por|作者|文|글)\s*[:：]?\s+\S.{3,70}$",
    re.IGNORECASE,
)


def byline(walked: Walked, head: Head, headline: Line | None) -> tuple[tuple[str, ...], str]:
    """The authors' names and where they came from. The site's own name stays out where a person is named."""
    told, source = _ld_authors(head), "json-ld"
    if not told:
        told, source = tidy_names(head.authors), "meta"
    people = [name for name in told if letters(name) != letters(head.site_name)] or told
    if people and not all(_is_house(name, head) for name in people):
        return tuple(people[:20]), source
    seen = [name for name in _visible(walked, headline) if not _is_house(name, head)]
    if seen and (not people or any(looks_like_person(name) for name in seen)):
        return tuple(seen[:20]), "byline"
    return tuple(people[:20]), source if people else ""


def tidy_names(raw: Iterable[str]) -> list[str]:
    """Names split and tidied, each once, in order."""
    out: list[str] = []
    for text in raw:
        text = _BY.sub("", clean(text))
        if not text or _NO_NAME.search(text):
            continue
        for piece in _AND.split(text[:600]):
            name = _OFFICE.sub("", _BY.sub("", _AFTER_NAME.sub("", piece)).strip(" .,:;-–—|[]［］")).strip()
            if (
                2 <= len(name) <= 80
                and not _NO_NAME.search(name)
                and not (out and _TITLES.match(name))
                and name.casefold() not in (o.casefold() for o in out)
            ):
                out.append(name)
    return out


def is_signature(text: str) -> bool:
    """Whether a short line is who wrote a story and nothing else: "By Ann Example, Oslo", "AFP, MANILA", "dpa/xy"."""
    if len(text) > _SIGNATURE or text[-1] in '.!?:…»”"' or any(map(str.isdigit, text)):
        return False
    if _AGENCY_MARK.fullmatch(text):
        return True
    if _BY.match(text):
        return looks_like_person(_BY.sub("", text).split(",")[0].strip())
    pieces = [piece.strip() for piece in re.split(r"[/&]| and | und ", text)]
    return all(looks_like_person(piece) and _NAME_ONLY.fullmatch(piece) is not None for piece in pieces)


_SIGNATURE = 60
# Initials of agencies and writers, and an agency with the place it writes from.
_AGENCY_MARK = re.compile(
    r"[(\[]?(?:[A-Za-zÄÖÜäöü]{2,8}/)+[A-Za-zÄÖÜäöü]{2,8}[)\]]?|"
    r"(?:AFP|AP|REUTERS|DPA|EFE|ANSA|BLOOMBERG)\s?, [A-Z][A-Z .]{2,30}|[A-Z]{2,5} \([a-zA-Z, ]{2,30}\)"
)
_NAME_ONLY = re.compile(r"[^\W\d_][\w'’.-]*(?:\s[^\W\d_][\w'’.-]*){1,3}")


def may_be_byline(text: str) -> bool:
    """Whether a line near the headline could be read as a byline: the quick key must not leave such a line out."""
    return len(text) <= _LONGEST and (_looks_like_names(text) or bool(_BY.match(text) or _BY_INSIDE.search(text)))


def letters(text: str) -> str:
    """The letters and digits of a name, lower-cased, to compare it by."""
    return "".join(filter(str.isalnum, text.casefold()))


def domain_word(url: str) -> str:
    """The part of an address that is the outlet's name, such as ``herald`` of ``www.herald.co.uk``."""
    host = urlsplit(url).hostname or ""
    parts = [part for part in host.split(".") if part not in ("www", "com", "co", "org", "net", "uk", "news")]
    return max(parts, key=len, default="")


def _ld_authors(head: Head) -> list[str]:
    ids: dict[str, Mapping[str, Any]] | None = None
    raw: list[str] = []
    for key in ("author", "creator"):
        for one in jsonld.many(head.article.get(key))[:40]:
            if isinstance(one, Mapping) and "name" not in one and isinstance(one.get("@id"), str):
                ids = jsonld.by_id(head.nodes) if ids is None else ids
                one = ids.get(one["@id"], one)
            if isinstance(one, Mapping):
                names = one.get("name")
                raw.extend(jsonld.text(name) for name in jsonld.many(names))
            elif isinstance(one, str):
                raw.append(jsonld.text(one))
        if raw:
            break
    return tidy_names(raw)


def _is_house(name: str, head: Head) -> bool:
    """The outlet itself under one of its names: site, publisher, domain."""
    own = letters(name)
    if not own:
        return False
    publisher = head.article.get("publisher")
    names = [head.site_name, jsonld.text(publisher) if publisher else ""]
    for author in jsonld.many(head.article.get("author")):
        if (
            isinstance(author, Mapping)
            and "organization" in " ".join(jsonld.types(author))
            and letters(jsonld.text(author.get("name"))) == own
        ):
            return True
    for known in filter(None, map(letters, names)):
        if own == known or (len(known) >= 3 and (known in own or own in known) and len(own) <= 2 * len(known) + 8):
            return True
    # A person's own site may bear the name, or a part of it: there only nearly the whole name is the house.
    domain = letters(domain_word(head.canonical))
    if len(domain) >= 3 and (domain in own or own in domain) and abs(len(own) - len(domain)) <= 4:
        return True
    return bool(_DESK.search(name)) or bool(domain in own and domain and not looks_like_person(name))


def _visible(walked: Walked, headline: Line | None) -> list[str]:
    """The names in a line near the headline that says whose story it is, or in a signature below the text."""
    lines = walked.lines
    start = lines.index(headline) if headline is not None and headline in lines else 0
    near = [line for line in lines[max(0, start - _NEAR[0]) : start + _NEAR[1]] if line is not headline]
    for line in near:
        if len(line.text) <= _LONGEST and line.weight <= 160 and not line.node.make & Make.STRONG:
            linked = _linked(line)
            if linked and _is_left_out(line.text, linked):
                continue
            names = _names_in(line, linked=linked)
            if names:
                return names
    for line in lines[start + 1 : start + 200]:
        if (
            line.size <= 90
            and line.link * 10 < len(line.text) * 9
            and line.node.marked is None
            and not line.in_caption
            and _SIGNED.match(line.text)
        ):
            names = [name for name in tidy_names([line.text]) if looks_like_person(name)]
            if names and "." not in line.text[-2:]:
                return names
    return []


def _is_left_out(text: str, linked: list[tuple[str, bool]]) -> bool:
    """A line the quick key leaves out, so that nothing is read from it here.

    Links and how long ago that was (a card), or links alone that do not look like names: figures, many words, no
    capitals where the script has them.
    """
    rest = text
    for link, _ in linked:
        rest = rest.replace(link, "|", 1)
    pieces = [piece.strip(" ,-–—") for piece in _BARS.split(rest)]
    pieces = [piece for piece in pieces if piece]
    if pieces and all(map(is_fleeting, pieces)):
        return True
    if any(map(str.isalpha, rest)) or _YEAR.search(text):
        return False
    words = text.split()
    return (
        len(words) > 14
        or any(map(str.isdigit, text))
        or (text.isascii() and sum(word[:1].isupper() for word in words) * 2 < len(words) - 1)
    )


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def _linked(line: Line) -> list[tuple[str, bool]]:
    """The links of a line's element and whether each leads to a person by its own words (rel, address, names)."""
    if not line.link or line.node.size > 400:
        return []
    found: list[tuple[str, bool]] = []
    for link in line.node.element.iter("a"):
        text = clean("".join(map(str, link.itertext())))
        if text and text in line.text:
            found.append((text, _leads_to_person(link)))
    return found[:20]


def _leads_to_person(link: etree._Element) -> bool:
    rel = (link.get("rel") or "").lower().split()
    names = (link.get("class") or "").lower()
    return (
        "author" in rel
        or link.get("itemprop") == "author"
        or "author" in names
        or bool(_PEOPLE_PATH.search(link.get("href") or ""))
    )


def _names_in(line: Line, *, linked: list[tuple[str, bool]]) -> list[str]:
    """The names a line tells, by its links, by its words ("By"), by its element's names, or with a date beside."""
    text = _GLUED_BY.sub(r"\g<0> ", line.text)
    people = [name for link, personal in linked if personal for name in tidy_names([link]) if _may_be_name(name)]
    if people:
        return list(dict.fromkeys(people))
    named = any(node.make & Make.BYLINE for node in up(line.node, 3))
    by = _by_pieces(text)
    if by is not None and (named or len(text) < 120):
        links = [name for link, _ in linked for name in tidy_names([link]) if looks_like_person(name)]
        names = [name for name in tidy_names(by) if _looks_like_names(name) and not _is_label(name)]
        return links if len(links) > len(names) else names
    if named:
        pieces = _pieces(text)
        return [name for name in tidy_names(pieces) if _looks_like_names(name) and not _is_label(name)]
    if line.heading or line.in_list or line.in_caption or line.node.marked is not None:
        return []
    pieces = _pieces(text)
    if pieces and (MOMENTS.search(text) or _HANDLE.search(text)) and len(text) <= 90 and looks_like_person(pieces[0]):
        return [name for name in tidy_names(pieces[:1]) if looks_like_person(name)]
    return []


def _pieces(text: str) -> list[str]:
    """What is left of a byline between dates, bars and dots."""
    text = MOMENTS.sub(" | ", _HANDLE.sub(" | ", _GLUED_YEAR.sub(r"\1 ", text)))
    pieces = [_LOOSE_END.sub("", piece.strip(" ,:;-–—[]()")) for piece in _BARS.split(text)]
    pieces = [piece for piece in pieces if piece and re.search(r"\w", MOMENT_WORDS.sub("", piece))]
    return [piece for number, piece in enumerate(pieces) if not number or not _SHORT_CAPITALS.fullmatch(piece)]


_GLUED_YEAR = re.compile(r"((?:19|20)\d\d)(?=\d)")
_LOOSE_END = re.compile(r"\s+(?:on|am|le|at|um|el|il|den|vom|dem|in|and|und|updated|published|posted):?$", re.I)
_SHORT_CAPITALS = re.compile("[A-Z]{2,4}")  # time zones and agencies
_BARS = re.compile(r"[|·•/—–＠]|\s-\s|\s{3,}")
_HANDLE = re.compile(r"\S+@\S+\.\w+|@\w{2,30}")


def _by_pieces(text: str) -> list[str] | None:
    """The pieces that follow a "By"; None where no such word stands where a byline has it."""
    pieces = _pieces(text)
    for number, piece in enumerate(pieces):
        if _BY.match(piece):
            rest = [_BY.sub("", piece)]
            rest += [other for other in pieces[number + 1 : number + 4] if looks_like_person(other)]
            return rest
        inside = _BY_INSIDE.search(piece)
        if inside and (inside.start() == 0 or MOMENTS.search(text) or _PUBLISHED.match(piece)):
            return [piece[inside.end() :]]
    return None


_PUBLISHED = re.compile(r"(?:published|posted|written|veröffentlicht|erstellt|publiziert|geschrieben|publié)\b", re.I)


def _is_label(name: str) -> bool:
    return bool(_LABEL.search(name))


_LABEL = re.compile(
    r"\b(?:comments?|kommentare?|keine|geschlossen|uhr|read|min|share|posts?|artikel|teilen|drucken|about|über|"
    r"online|updated|aktualisiert|published|watch|live|more|mehr|interview|redaktion|autoreninfo|ergebnisse)\b",
    re.IGNORECASE,
)


def _may_be_name(name: str) -> bool:
    """Where a link or a label says that it is a person: anything short without digits that is no label."""
    return len(name) <= 50 and len(name.split()) <= 6 and not any(map(str.isdigit, name)) and not _is_label(name)


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


def _looks_like_names(text: str) -> bool:
    text = _BY.sub("", text)
    words = text.split()
    if not words or len(words) > 12 or any(letter.isdigit() for letter in text):
        return False
    if not text.isascii() and not any(word[:1].isupper() for word in words):
        return len(text) <= 40
    return sum(not word[:1].islower() for word in words) * 2 >= len(words)
