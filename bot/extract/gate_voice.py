"""Who speaks in a text: a newsroom that tells a story, or a site that speaks to its visitor about itself.

Walls, errors and forms come in words nobody has foreseen, but they are all made alike: sentence after sentence they
speak to the visitor ("you", "please") about the site's own things (page, browser, account, cookies, server). A story
may quote such a sentence; it does not consist of them. So a sentence counts as the site's where it speaks to the
visitor and names one of those things, or names two; what counts is their share of the text.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bot.extract import gate_words
from bot.extract.guarded import Guarded, guarded

_FACT = re.compile(r"\d|[“”„«»「」『』]")
# What machines write of themselves is no fact of a report: addresses, hosts, ids, codes and moments to the second.
_MACHINE = re.compile(
    r"https?://\S+|\bwww\.\S+|\S+@\S+\.\w+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}(?:/\S*)?\b|"
    r"\b(?=\w*\d)(?=\w*[a-fA-F])[\da-fA-F]{8,}\b|\b[\da-f]{4,}(?:-[\da-f]{4,}){2,}\b|#[\w.]{6,}|"
    r"\bHTTP/?\d?[\d.]*(?:\s\d{3})?|\b[A-Z]{3,}(?:_[A-Z\d]+)+\b|\b\d{1,2}:\d\d:\d\d\b|\b\d{4}-\d\d-\d\dT\S+|"
    r"(?i:error|code|status|id|fehler|erreur|código|codice|ошибка)\W{0,2}\d{3,}\b"
)
_NAME = re.compile(r"(?<=[\w,] )(?!(?:Sie|Ihr)\b)[A-ZÀ-ÖØ-ÞА-ЯŁŚŻĄ][a-zà-öø-ÿа-яłśżąęćńó]{2,}")

_KNOWN = re.compile(
    "[a-zA-Z\u00c0-\u024f\u0400-\u04ff\u0590-\u06ff\u0900-\u097f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
)
_GERMAN = re.compile(r"\b(?:der|die|das|den|dem|eine?[mnrs]?|keine?[nr]?|und|ist|nicht|wir|zum|zur)\b")
_SENTENCE = re.compile(
    r"(?<=[.!?…])(?<![ap]\.m\.)(?<! [A-Z]\.)(?<!\d\.)(?<!Mr\.)(?<!Dr\.)(?<!Nr\.)(?<!Abs\.)\s+|(?<=[。！？।؟])|\n+"
)
_QUOTED = re.compile(
    r"“[^”]{12,}”|„[^“”]{12,}[“”]|«[^»]{12,}»|»[^«]{12,}«|\"[^\"\n]{12,}\"|「[^」]{4,}」|『[^』]{4,}』"
)
_MENU = re.compile(r"\s[|·•]\s|｜")
"""Words between such signs are a menu, and nobody's voice."""
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0600-\u06ff\u0590-\u05ff]")
_KIND = {
    "site": "not_article", "account": "paywall", "consent": "consent_wall", "machine": "bot_wall",
    "error": "error_page", "gone": "not_found", "app": "bot_wall", "owner": "error_page",
}  # fmt: skip
_MAX = 6_000
_ENDS = tuple('.!?…。！？।؟"”’»」』')


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """``share``: of the text, 0 to 1, in which the site speaks for itself; ``topic``: the verdict it points to.

    ``addressed``: of the text, what is said to the visitor. ``spoken``: both of them. ``quotes``: how much of the
    text stands in quotation marks, 0 to 1. ``reports``: sentences that tell something, with a figure, a quotation, a
    name, a source or a day in them, and do not speak to the visitor; ``sourced``: those with a source or a day.
    ``known``: the text is in a script whose words are known here. ``whole``: it is written in sentences, or in a line
    or two; lists are not.
    """

    share: float
    topic: str
    addressed: float
    spoken: float
    quotes: float
    reports: int
    sourced: int
    known: bool
    whole: bool


def voice(text: str) -> Voice:
    """Who speaks in a text; its first 6,000 characters are heard."""
    text, words = text[:_MAX], _words()
    total = told = addressed = reports = sourced = 0
    topics: Counter[str] = Counter()
    quoted = sum(len(match.group()) for match in _QUOTED.finditer(text))
    for sentence in filter(None, map(str.strip, _SENTENCE.split(text))):
        if len(_MENU.findall(sentence)) >= 3:
            continue
        bare = _QUOTED.sub(" “…” ", sentence)
        total += len(sentence)
        spoken = bool(words.spoken_to.search(bare) or words.we.search(bare))
        found = words.topics(bare)
        addressed += len(sentence) * spoken
        by_source = not spoken and bool(words.sign.search(sentence))
        plain = _MACHINE.sub(" ", sentence)
        signed = by_source or bool(_FACT.search(plain) or _names(plain))
        if found and (spoken or not signed or (sum(found.values()) >= 2 and not by_source)):
            told += len(sentence)
            topics.update(found)
        elif signed and not spoken and _is_sentence(sentence):
            reports += 1
            sourced += by_source
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    ended = sum(line.endswith(_ENDS) for line in lines)
    first = max(topics, key=lambda topic: (topics[topic], topic != "site"), default="site")
    total = max(1, total)
    return Voice(
        share=told / total, topic=_KIND[first], addressed=addressed / total,
        spoken=max(addressed, told) / total, quotes=quoted / total,
        reports=reports, sourced=sourced, known=len(_KNOWN.findall(text)) * 2 >= sum(map(str.isalpha, text)),
        whole=ended * 2 >= len(lines) - 1 or len(lines) <= 2,
    )  # fmt: skip


def is_priced(text: str) -> bool:
    """Whether a text names a price for a while ("8,90 € monatlich")."""
    return gate_words.PRICE.search(text) is not None


def _names(sentence: str) -> bool:
    """Whether somebody or some place is named; in German every noun has a capital, so there it says nothing."""
    return bool(_NAME.search(sentence)) and not _GERMAN.search(sentence)


def _is_sentence(text: str) -> bool:
    """Whether a line tells something; flashes go without a full stop, but not without figures."""
    if text.count(" ") >= 11 and "©" not in text and re.search(r"\d", text):
        return True
    return text.endswith(_ENDS) and (text.count(" ") >= 4 or len(_UNSPACED.findall(text)) >= 12)


@dataclass(frozen=True, slots=True)
class _Words:
    """What ``voices.toml`` says, compiled. ``close``: topics where a word has no edges, or wears prefixes."""

    spoken_to: Guarded
    we: Guarded
    sign: Guarded
    about: Mapping[str, Guarded]
    close: Mapping[str, Guarded]

    def topics(self, sentence: str) -> Counter[str]:
        """Topic -> how many different words of it a sentence holds."""
        named = self.close if _UNSPACED.search(sentence) else self.about
        found: Counter[str] = Counter()
        for topic, words in named.items():
            different = {match.group().casefold() for match in words.finditer(sentence)}
            if different:
                found[topic] = len(different)
        if gate_words.PRICE.search(sentence):
            found["account"] += 2
        return found


@cache
def _words() -> _Words:
    told = tomllib.loads((resources.files("bot.extract") / "voices.toml").read_text("utf-8"))

    def either(row: Mapping[str, list[str]], first: str = "") -> Guarded:
        spaced, close = "|".join(row["spaced"]), "|".join(row["close"])
        # In Arabic and Hebrew "and", "in" or "the" stand before a word without a space.
        return guarded(rf"(?:{first})(?<!\w)[وفבהוש]?(?:{spaced})(?!\w){'|' + close if close else ''}", re.IGNORECASE)

    about = told["about"]
    anywhere = {
        topic: guarded("|".join([*row["spaced"], *row["close"]]), re.IGNORECASE) for topic, row in about.items()
    }
    return _Words(
        either(told["spoken_to"]),
        either(told["we"], first="^"),
        either(told["sign"]),
        {topic: either(row) for topic, row in about.items()},
        anywhere,
    )
