"""Who wrote the story: JSON-LD, meta tags, or the line a reader sees, in scripts with capitals and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from bot.extract import jsonld
from bot.extract.clean import clean
from bot.extract.head import Head
from bot.extract.makes import Make
from bot.extract.names import (
    BY,
    ROLE,
    SIGNATURE,
    domain_word,
    is_label,
    is_signature,
    letters,
    looks_like_names,
    looks_like_person,
    may_be_name,
)
from bot.extract.names import tidy_names as tidy_names
from bot.extract.phrases import MOMENT_WORDS, MOMENTS, is_fleeting
from bot.extract.walk import Line, Walked, up

_NEAR = (3, 14)
"""Lines above and below the headline among which the visible byline is looked for."""
_LONGEST = 200
# "ByAnn Example": the word stands in an element of its own, with no space after it.
_GLUED_BY = re.compile(
    r"^(?:By|BY|by|Von|Par|Por)(?=\s?(?:by |By |[A-Z][\w.'’-]+ [A-Z]|[A-Z]\. ?[A-Z]))(?![A-Z]{2,}\b)"
)
# In the middle of a line: "Published on 3 May by Ann Example".
_BY_INSIDE = re.compile(r"(?:^|[\s|,])(?:by|von|par|por|door)\s+(?=\S)", re.IGNORECASE)
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
# At the end of a text only a plain label is believed.
_SIGNED = re.compile(
    r"^(?:autorin/autor|autor(?:in|en)?|authors?|auteure?|autore|text|texte|texto|words|автор|written by|erstellt von|"
    r"von|by|par|por|作者|文|글)\s*[:：]?\s+\S.{3,70}$|^[(（【]?(?:责任编辑|责编|責任編輯)\s*[:：]\s*\S.{1,40}$|"
    r"^[가-힣]{2,4}\s?(?:기자|특파원|에디터|pd)\s*[(<\[]?\S+@\S+$",
    re.IGNORECASE,
)


def byline(walked: Walked, head: Head, headline: Line | None) -> tuple[tuple[str, ...], str]:
    """The authors' names and where they came from. The site's own name stays out where a person is named."""
    told, source = _ld_authors(head), "json-ld"
    if not told:
        told, source = tidy_names(head.authors), "meta"
    people = [name for name in told if letters(name) != letters(head.site_name)] or told
    if people and not all(_is_house(name, head) for name in people):
        shown = _beside(walked, headline, people)
        return tuple((shown or people)[:20]), "byline" if shown else source
    accounts = _account_names(head)
    seen = _visible(walked, headline, lambda name: not _is_house(name, head) and letters(name) not in accounts)
    if seen and (not people or any(looks_like_person(name) for name in seen)):
        return tuple(seen[:20]), "byline"
    if (people or head.article.get("author")) and (signed := _signed(walked, headline)):
        return tuple(signed[:20]), "signature"
    return tuple(people[:20]), source if people else ""


def _ld_authors(head: Head) -> list[str]:
    ids: dict[str, Mapping[str, Any]] | None = None
    raw: list[str] = []
    for key in ("author", "creator"):
        for one in _flat(head.article.get(key))[:40]:
            if isinstance(one, Mapping) and "name" not in one and isinstance(one.get("@id"), str):
                ids = jsonld.by_id(head.nodes) if ids is None else ids
                one = ids.get(one["@id"], one)
            if isinstance(one, Mapping):
                raw.extend(_ld_names(one))
            elif isinstance(one, str):
                raw.append(jsonld.text(one))
        if raw:
            break
    return tidy_names(raw)


def _flat(value: Any) -> list[Any]:
    """The authors of a value that may be one, a list, or a list of lists."""
    out: list[Any] = []
    for one in jsonld.many(value):
        out.extend(one if isinstance(one, list) else [one])
    return out


def _ld_names(author: Mapping[str, Any]) -> list[str]:
    """The names of one author: whole, or in parts; none of the account that runs the site."""
    if _is_account(author):
        return []
    names = [jsonld.text(name) for name in jsonld.many(author.get("name"))]
    if any(names):
        return names
    parts = [jsonld.text(author.get(key)) for key in ("givenName", "additionalName", "familyName")]
    return [" ".join(filter(None, parts))]


def _is_account(author: Mapping[str, Any]) -> bool:
    return any(_ADMIN.search(author[key]) for key in ("@id", "url") if isinstance(author.get(key), str))


def _account_names(head: Head) -> set[str]:
    """The name that the account which runs the site goes by on the page."""
    told = [one for one in _flat(head.article.get("author")) if isinstance(one, Mapping) and _is_account(one)]
    return {letters(jsonld.text(one.get("name"))) for one in told}


_ADMIN = re.compile(r"/author/(?:admin|administrator|webmaster)/?$", re.IGNORECASE)


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


def _visible(walked: Walked, headline: Line | None, may_be: Callable[[str], bool]) -> list[str]:
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
            if any(map(may_be, names)):
                return list(filter(may_be, names))
            if names:  # the house signs; names further down are of other stories
                break
    for line in lines[start + 1 : start + 200]:
        if (
            line.size <= 90
            and line.link * 10 < len(line.text) * 9
            and line.node.marked is None
            and not line.in_caption
            and _SIGNED.match(line.text)
        ):
            signed = _HANDLE.sub("", line.text).strip("()（）【】 ")
            names = [name for name in tidy_names([signed]) if looks_like_person(name)]
            names = list(filter(may_be, names))
            if names and "." not in line.text[-2:]:
                return names
    return []


def _beside(walked: Walked, headline: Line | None, told: list[str]) -> list[str]:
    """The names of a visible byline that holds every told name and more, in one line or in lines of one make.

    Empty where there is none: an editorial system often tells only the account that published the story.
    """
    lines = walked.lines
    start = lines.index(headline) if headline is not None and headline in lines else 0
    shown: dict[str, str] = {}
    make: tuple[str, str] | None = None
    for line in lines[max(0, start - _NEAR[0]) : start + _NEAR[1]]:
        own = line.node.tag, line.node.names
        if len(line.text) > _LONGEST or line is headline or line.node.make & Make.STRONG or (make and own != make):
            continue
        if not any(node.make & Make.BYLINE for node in up(line.node, 3)) and not BY.match(line.text):
            continue
        names = [name for name in _names_in(line, linked=_linked(line)) if not ROLE.search(name)]
        if names and all(map(looks_like_person, names)):
            shown.update((letters(name), name) for name in names)
            if not _NAMED.search(own[1]):
                break
            make = own
    known = set(map(letters, told))
    account = all(" " not in name and name.islower() for name in told)  # "adanovak", who is "Ada Novak" to readers
    return list(shown.values()) if known < shown.keys() or (account and known == shown.keys()) else []


# Boxes side by side hold an author each, not an author and the place it is written from.
_NAMED = re.compile(r"\b(?:name|author|autor|auteur)", re.IGNORECASE)


def _signed(walked: Walked, headline: Line | None) -> list[str]:
    """Who signed the story: names alone in a paragraph made like the others, before its first words or after its last.

    Asked only where the head names the house, or nobody that could be told, as the author.
    """
    lines = walked.lines
    start = lines.index(headline) if headline is not None and headline in lines else 0
    prose = {
        _make(line): number
        for number, line in enumerate(lines[start + 1 : start + 400], start + 1)
        if line.weight > 0 and line.size > SIGNATURE
    }
    for number, line in enumerate(lines[start + 1 : start + 400], start + 1):
        if line.size > SIGNATURE or line.heading or line.in_list or line.in_caption or line.link:
            continue
        last = prose.get(_make(line), -1)
        if (last == number - 1 or (last > number and number <= start + _NEAR[1])) and is_signature(line.text):
            names = tidy_names(line.text.split("/"))
            if names and all(looks_like_person(name) and not is_label(name) for name in names):
                return names
    return []


def _make(line: Line) -> tuple[int, str, str]:
    return id(line.node.parent), line.tag, line.node.names


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
    people = [name for link, personal in linked if personal for name in tidy_names([link]) if may_be_name(name)]
    if people:
        return list(dict.fromkeys(people))
    named = any(node.make & Make.BYLINE for node in up(line.node, 3))
    by = _by_pieces(text)
    if by is not None and (named or len(text) < 120):
        links = [name for link, _ in linked for name in tidy_names([link]) if looks_like_person(name)]
        names = [name for name in tidy_names(by) if looks_like_names(name) and not is_label(name)]
        return links if len(links) > len(names) else names
    if named:
        pieces = _pieces(text)
        return [name for name in tidy_names(pieces) if looks_like_names(name) and not is_label(name)]
    if line.heading or line.in_list or line.in_caption or line.node.marked is not None:
        return []
    pieces = _pieces(text)
    if pieces and (MOMENTS.search(text) or _HANDLE.search(text)) and len(text) <= 90 and looks_like_person(pieces[0]):
        return [name for name in tidy_names(pieces[:1]) if looks_like_person(name) and not is_label(name)]
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
        if BY.match(piece):
            rest = [BY.sub("", piece)]
            rest += [other for other in pieces[number + 1 : number + 4] if looks_like_person(other)]
            return rest
        inside = _BY_INSIDE.search(piece)
        if inside and (inside.start() == 0 or MOMENTS.search(text) or _PUBLISHED.match(piece)):
            return [piece[inside.end() :]]
    return None


_PUBLISHED = re.compile(r"(?:published|posted|written|veröffentlicht|erstellt|publiziert|geschrieben|publié)\b", re.I)
