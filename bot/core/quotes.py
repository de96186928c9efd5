"""Quotations in story text: where they begin and end, what kind they are, and who is named as saying them.

Marks of many houses and languages are known; an apostrophe never opens a quotation. An opening mark that is not
closed in its paragraph runs on where the next paragraph begins with an opening mark again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.core.lexicon import Lexicon
from bot.core.text import Folded, Token, closeness

_OPENERS = "“„«「『‘‚‹〝❝"
_CLOSERS = "”»」』’›〞❞"
_MARK = re.compile(r"[\"']")
_PARTICLES = frozenset(
    "de la le van der den von zu zur da dos das do di del della bin ibn al el ben y e du des ter ten".split()
)
_DECADE = re.compile(r"'\d0s?\b|'(?:twas|tis|em|cause|til|till|n|bout|round)\b", re.IGNORECASE)
_PROPER = frozenset(["mc", "mac", "o'"])


@dataclass(frozen=True, slots=True)
class Quotation:
    """One quotation, perhaps over several paragraphs.

    ``parts`` are (block position, start, end) of the words inside the marks in folded text; ``words`` their keys.
    """

    parts: tuple[tuple[int, int, int], ...]
    words: tuple[str, ...]
    keys: tuple[str, ...]
    kind: str
    """``direct`` (four words or more), ``fragment``, ``scare`` (one word) or ``title``."""
    speaker: str | None = None
    named_here: bool = False
    confidence: float = 0.9
    verb: str = ""
    text: str = field(default="", compare=False)

    @property
    def position(self) -> int:
        """Position (not number) of the block in which it begins."""
        return self.parts[0][0]


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph made ready: folded text, its display text and its tokens."""

    folded: Folded
    display: str
    tokens: Sequence[Token]
    is_quote_block: bool = False

    def shown(self, index: int) -> str:
        """The display character behind a folded one."""
        at = self.folded.starts[index]
        return self.display[at] if at < len(self.display) else ""


def _opens(passage: Passage, index: int, *, single: bool) -> bool:
    text = passage.folded.text
    before = text[index - 1] if index else " "
    after = text[index + 1] if index + 1 < len(text) else " "
    shown = passage.shown(index)
    if single:
        if shown == "’" and not (before.isspace() and _ends_right(text, index)):
            return False
        if _DECADE.match(text, index):
            return False
        return (before.isspace() or before in '([{"-/') and (after.isalnum() or after in '[(.$£€¿¡"')
    if shown in "“„「『〝❝" or (shown == "«"):
        return True
    if shown in "”」』":
        return before.isspace() and after.isalnum()
    if shown == "»":
        return (before.isspace() or before in "([{-") and (after.isalnum() or after in "[(.'¿¡")
    if before.isalnum():
        return False
    return after.isalnum() or after in "[(.'$£€#@¿¡-&" or (after == " " and before.isspace() and False)


def _ends_right(text: str, index: int) -> bool:
    """A right-curled single mark at a word's start that has a partner: Swedish and Finnish houses open with it."""
    close = text.find("'", index + 2)
    return close > 0 and close + 1 < len(text) and not text[close + 1].isalnum() and not text[close - 1].isspace()


def _closes(passage: Passage, index: int, opened: str) -> bool:
    text = passage.folded.text
    before = text[index - 1] if index else " "
    after = text[index + 1] if index + 1 < len(text) else " "
    shown = passage.shown(index)
    if opened in "«»":
        return (
            (shown in "«»" and shown != opened)
            or (shown == '"' and not before.isspace())
            or (shown == opened == "»" and not before.isspace())
        )
    if opened in "「『":
        return shown in "」』"
    if opened == "„":
        return shown in '“”"‟'
    if shown in "”":
        return True
    if opened == "“":
        return shown == '"' and not after.isalnum()
    if opened == "”":
        return shown == "”"
    if shown in "“„«":
        return False
    return not after.isalnum() and not before.isspace() if opened == '"' else not after.isalnum()


def _single_close(text: str, start: int, limit: int) -> int:
    """Where a single-marked quotation that opens before ``start`` ends; -1 for nowhere.

    A plural possessive (``the Smiths' boat``) looks like a close; a mark beside punctuation is preferred to one.
    """
    doubtful = -1
    at = text.find("'", start, limit)
    while at >= 0:
        before, after = text[at - 1], text[at + 1] if at + 1 < len(text) else " "
        if not after.isalnum() and not before.isspace():
            if before in ".,!?;:" or after in '.,;:!?)]-"' or at + 1 >= len(text) or before != "s":
                return at
            if doubtful < 0:
                doubtful = at
        at = text.find("'", at + 1, limit)
    return doubtful


def _spans(passage: Passage) -> tuple[list[tuple[int, int]], int]:
    """Stretches inside quotation marks, and where an unclosed one opens (-1)."""
    text = passage.folded.text
    found: list[tuple[int, int]] = []
    opened, open_at, skip = "", -1, -1
    for match in _MARK.finditer(text):
        at = match.start()
        if at < skip:
            continue
        if match.group() == "'":
            if not opened and _opens(passage, at, single=True):
                close = _single_close(text, at + 1, len(text))
                double = text.find('"', at + 1, close) if close > 0 else -1
                if close > at + 1 and (double < 0 or text.count('"', at + 1, close) % 2 == 0):
                    found.append((at + 1, close))
                    skip = close + 1
            continue
        shown = passage.shown(at)
        if not opened:
            if _opens(passage, at, single=False):
                opened, open_at = shown, at
        elif _closes(passage, at, opened):
            found.append((open_at + 1, at))
            opened = ""
        elif opened == '"' and _opens(passage, at, single=False) and at > open_at + 1 and text[at - 1] == " ":
            opened, open_at = shown, at  # the earlier mark was never closed: it is not a quotation
    return found, (open_at if opened else -1)


def _starts_with_mark(passage: Passage) -> bool:
    return passage.folded.text[:1] == '"'


def _inner(passage: Passage, start: int, end: int) -> list[Token]:
    return [token for token in passage.tokens if token.start >= start and token.end <= end]


def find_quotations(passages: Sequence[Passage | None], words_of: Sequence[Lexicon]) -> list[Quotation]:
    """All quotations of a run of paragraphs, in order, with speakers. None stands for a paragraph without marks."""
    found: list[Quotation] = []
    open_parts: list[tuple[int, int, int]] = []
    last_speaker: str | None = None
    for position, passage in enumerate(passages):
        if passage is None:
            open_parts = []
            continue
        spans, unclosed = _spans(passage)
        if open_parts and not _starts_with_mark(passage):
            open_parts = []
        carried = open_parts
        open_parts = []
        text = passage.folded.text
        if passage.is_quote_block and not spans and unclosed < 0:
            spans = [(0, len(text))]
        ends = list(spans)
        if unclosed >= 0:
            following = passages[position + 1] if position + 1 < len(passages) else None
            if following is not None and _starts_with_mark(following):
                open_parts = [*(carried if not spans else ()), (position, unclosed + 1, len(text))]
                ends.append((unclosed + 1, len(text)))
        here: list[Quotation] = []
        for number, (start, end) in enumerate(ends):
            parts = ((position, start, end),)
            runs_on = bool(open_parts) and number == len(ends) - 1
            if number == 0 and carried:
                parts = (*carried, *parts)
            if runs_on:
                open_parts = list(parts)
                if not any(part[0] != position for part in parts):
                    here.append(_quotation(passages, parts, words_of[position]))
                continue
            here.append(_quotation(passages, parts, words_of[position]))
        if carried and ends and found and found[-1].parts == tuple(carried):
            found.pop()  # the whole is told with its last paragraph
        for index, quotation in enumerate(here):
            if not quotation.words:
                continue
            named = _speaker(passage, spans, quotation, words_of[position])
            if named is None and quotation.verb == "":
                quotation = replace(quotation, speaker=last_speaker, confidence=0.4)
            else:
                name, verb = named if named else (None, "")
                quotation = replace(
                    quotation,
                    speaker=name or last_speaker,
                    named_here=bool(name),
                    verb=verb,
                    confidence=0.9 if name else 0.4,
                )
                if name:
                    last_speaker = name
            found.append(_kind(quotation, passage, index))
    return found


def _quotation(
    passages: Sequence[Passage | None], parts: tuple[tuple[int, int, int], ...], words: Lexicon
) -> Quotation:
    tokens: list[Token] = []
    shown: list[str] = []
    for position, start, end in parts:
        passage = passages[position]
        if passage is None:
            continue
        inner = _inner(passage, start, end)
        tokens += inner
        if inner:
            first, last = passage.folded.span(inner[0].start, inner[-1].end)
            shown.append(passage.display[first:last])
    spoken = tuple(token.key for token in tokens if token.wordlike)
    return Quotation(
        parts=parts,
        words=spoken,
        keys=tuple(token.key for token in tokens),
        kind=_first_kind(tokens, spoken, words),
        text=shown[0] if shown else "",
    )


def _first_kind(tokens: Sequence[Token], spoken: Sequence[str], words: Lexicon) -> str:
    content = [token for token in tokens if token.kind == "word" and words.is_content(token.key)]
    if len(content) >= 2 and all(token.text[0].isupper() for token in content):
        ended = tokens and tokens[-1].key in {".", ",", "!"}
        if not ended:
            return "title"
    wide = sum(1 for token in tokens if token.kind == "wide")
    if wide:
        return "direct" if wide >= 8 else "fragment" if wide > 3 else "scare"
    if len(spoken) >= 4:
        return "direct"
    return "fragment" if len(spoken) > 1 else "scare"


def _kind(quotation: Quotation, passage: Passage, index: int) -> Quotation:
    if quotation.kind == "scare" and quotation.verb:
        return replace(quotation, kind="fragment")
    return quotation


def name_runs(
    tokens: Sequence[Token], words: Lexicon, inside: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int, bool]]:
    """Runs of capitalised words as (start, end, starts a sentence), token indexes; those inside quotations left out.

    Office words, titles and plain sentence openers are trimmed away. In German only runs of two or more, or those a
    title or office leads in, count, because every noun has a capital.
    """
    runs: list[tuple[int, int, bool]] = []
    index, total = 0, len(tokens)
    while index < total:
        token = tokens[index]
        if token.kind != "word" or not token.text[0].isupper() or any(a <= token.start < b for a, b in inside):
            index += 1
            continue
        end = index + 1
        while end < total:
            following = tokens[end]
            if (following.kind == "word" and following.text[0].isupper()) or (
                following.kind == "word"
                and following.key in _PARTICLES
                and end + 1 < total
                and any(
                    tokens[ahead].kind == "word" and tokens[ahead].text[0].isupper()
                    for ahead in range(end + 1, min(end + 3, total))
                    if all(tokens[between].key in _PARTICLES for between in range(end + 1, ahead))
                )
                and words.lang
                not in {"en", "neutral"}
                | ({"de"} if following.key in {"des", "der"} else set())
                | ({"es", "pt", "fr", "it"} if following.key in {"y", "e"} else set())
            ):
                end += 1
            elif (
                following.key in {"-", "."}
                and end + 1 < total
                and tokens[end + 1].kind == "word"
                and (
                    tokens[end + 1].text[0].isupper()
                    and (
                        (following.key == "-" and tokens[end + 1].start == following.end == following.start + 1)
                        or (
                            following.key == "."
                            and len(tokens[end - 1].text) <= 3
                            and tokens[end - 1].text[0].isupper()
                            and (len(tokens[end - 1].text) == 1 or tokens[end - 1].key in words.titles)
                        )
                    )
                )
            ):
                end += 2
            else:
                break
        opener = index == 0 or tokens[index - 1].key in {".", "!", "?", ":", '"', "'", "...", "•", "-"}
        runs.append((index, end, opener))
        index = end
    kept: list[tuple[int, int, bool]] = []
    for start, end, opener in runs:
        led = False
        while start < end and (
            tokens[start].key in words.office_words
            or tokens[start].key in words.titles
            or tokens[start].key in {".", "-"}
            or (tokens[start].key in words.function_words and (opener or end - start == 1 or words.lang != "en"))
            or (tokens[start].key in words.not_names)
            or tokens[start].key in words.months
            or tokens[start].key in words.weekdays
        ):
            led = led or tokens[start].key in words.office_words or tokens[start].key in words.titles
            start += 1
            opener = False
        while end > start and (tokens[end - 1].key in words.office_words or tokens[end - 1].key in {".", "-"}):
            end -= 1
        if start == end:
            continue
        if words.nouns_capitalised and not (led or end - start >= 2):
            continue
        kept.append((start, end, opener))
    return kept


def _speaker(
    passage: Passage, spans: Sequence[tuple[int, int]], quotation: Quotation, words: Lexicon
) -> tuple[str | None, str] | None:
    """(name or None, cue verb) from the quotation's own paragraph; None where no cue verb is near."""
    tokens = passage.tokens
    outside = [
        index
        for index, token in enumerate(tokens)
        if token.wordlike and not any(start <= token.start < end for start, end in spans)
    ]
    if not outside:
        return None
    sequence = [tokens[index].key for index in outside]
    cues = words.verbs.find(sequence) + words.attribution_only.find(sequence)
    if not cues:
        return None
    start, end = quotation.parts[-1][1], quotation.parts[-1][2]
    text = passage.folded.text

    def distance(cue: tuple[int, int]) -> int:
        token = tokens[outside[cue[0]]]
        gap = text[end : token.start] if token.start >= end else text[token.end : start]
        return len(gap) + 40 * sum(gap.count(mark) for mark in ".!?") + (0 if token.start >= end else 3)

    cue = min(cues, key=lambda pair: (distance(pair), pair))
    if distance(cue) > 160:
        return None
    verb_at, verb_end = outside[cue[0]], outside[cue[1] - 1]
    verb = tokens[verb_at].key
    before = outside[cue[0] - 1] if cue[0] else -1
    after = outside[cue[1]] if cue[1] < len(outside) else -1
    names = name_runs(tokens, words, spans)
    if (
        words.nouns_capitalised
        and after >= 0
        and tokens[after].text[0].isupper()
        and not any(a <= after < b for a, b, _ in names)
    ):
        names.append((after, after + 1, False))
    ranked: list[tuple[bool, bool, int, str]] = []
    for first, last, _opener in names:
        far = verb_at - last if last <= verb_at else first - verb_end - 1
        if (
            far < 0
            or far > 14
            or _crosses_sentence(tokens, last if last <= verb_at else verb_end, verb_at if last <= verb_at else first)
        ):
            continue
        preposition = (
            first > 0 and tokens[first - 1].key in words.prepositions and verb not in words.attribution_only.single
        )
        told_to = first > verb_at and verb in {"told", "tells", "tell"}
        name = text[tokens[first].start : tokens[last - 1].end]
        ranked.append((preposition or told_to, last - first < 2 and far > 1, far, _strip_possessive(name)))
    pronoun_near = any(index >= 0 and tokens[index].key in words.pronouns for index in (before, after))
    if ranked:
        best = min(ranked)
        if not best[0] and not (pronoun_near and best[2] > 0):
            return best[3], verb
        if not pronoun_near and best[0] and best[2] > 6:
            return None, verb
        if best[0] is False:
            return best[3], verb
    return None, verb


def _crosses_sentence(tokens: Sequence[Token], start: int, end: int) -> bool:
    return any(
        token.key in {"!", "?"} or (token.key == "." and not _initial(tokens, start + number))
        for number, token in enumerate(tokens[start:end])
    )


def _initial(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and len(tokens[index - 1].text) <= 3 and tokens[index - 1].text[0].isupper()


def _strip_possessive(name: str) -> str:
    return name[:-2] if name.endswith(("'s", "'S")) else name


def same_person(left: str, right: str) -> bool:
    """True where two names can be one person: one holds the other's last word."""
    a, b = left.casefold().split(), right.casefold().split()
    return bool(a and b) and (a[-1] in b or b[-1] in a or closeness(a[-1], b[-1]) >= 0.75)
