"""Quotations in story text: where they begin and end, what kind they are, and who is named as saying them.

Marks of many houses and languages are known; an apostrophe never opens a quotation. An opening mark that is not
closed in its paragraph runs on where the next paragraph begins with an opening mark again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from bot.core.lexicon import Lexicon
from bot.core.speakers import NAMED, Passage, speaker_of, surnames_of
from bot.core.text import Token

_OPENERS = "“„«「『‘‚‹〝❝"
_CLOSERS = "”»」』’›〞❞"
_MARK = re.compile(r"[\"']")
_DECADE = re.compile(r"'\d0s?\b|'(?:twas|tis|em|cause|til|till|n|bout|round)\b", re.IGNORECASE)


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
    if after == " " and before.isspace() and shown == '"':  # a stray space inside the opening mark
        return text.count('"') % 2 == 0 and text.count('"', 0, index) % 2 == 0
    return after.isalnum() or after in "[(.'$£€#@¿¡-&"


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
        return shown in '"“' and not after.isalnum() and not (shown == "“" and before.isspace())
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


MAX_BROKEN = 2
"""Paragraphs over which a quotation may run on without a mark before it is closed."""


def _breaks(passages: Sequence[Passage | None], behind: Sequence[int], opened: str) -> bool:
    """A quotation opened before is closed in one of the next paragraphs, where nothing else was opened meanwhile."""
    for position in behind[:MAX_BROKEN]:
        passage = passages[position]
        if passage is None or passage.is_quote_block:
            return False
        if '"' in passage.folded.text:
            return _closes_first(passage, opened) > 0
    return False


def _closes_first(passage: Passage, opened: str) -> int:
    """Where the first double mark of a paragraph stands, if it closes what ``opened`` before; -1 otherwise."""
    text = passage.folded.text
    at = text.find('"')
    closes = at > 0 and _closes(passage, at, opened) and not text[at - 1].isspace()
    return at if closes and not text[at + 1 : at + 2].isalnum() else -1


def _inner(passage: Passage, start: int, end: int) -> list[Token]:
    return [token for token in passage.tokens if token.start >= start and token.end <= end]


def find_quotations(
    passages: Sequence[Passage | None], words_of: Sequence[Lexicon], skip: Collection[int] = ()
) -> list[Quotation]:
    """All quotations of a run of paragraphs, in order, with speakers.

    None stands for a paragraph without marks; the positions in ``skip`` (page furniture between paragraphs) are passed
    over as if they were not there.
    """
    found: list[Quotation] = []
    running: list[tuple[int, int, int]] = []
    broken = ""
    last_speaker: str | None = None
    surnames = surnames_of(passages, words_of)
    order = [position for position in range(len(passages)) if position not in skip]
    for number, position in enumerate(order):
        passage = passages[position]
        if passage is None:
            running, broken = [], ""
            continue
        spans, unclosed = _spans(passage)
        text = passage.folded.text
        if passage.is_quote_block and not spans and unclosed < 0:
            spans = [(0, len(text))]
        following = passages[order[number + 1]] if number + 1 < len(order) else None
        goes_on = unclosed >= 0 and following is not None and _starts_with_mark(following)
        pieces: list[tuple[tuple[int, int, int], ...]] = []
        if broken:
            close = _closes_first(passage, broken)
            if close < 0:
                running.append((position, 0, len(text)))
                continue
            pieces.append((*running, (position, 0, close)))
            pieces += [((position, *span),) for span in spans if span[0] > close]
        elif running and spans and spans[0][0] == 1:
            pieces.append((*running, (position, *spans[0])))
            pieces += [((position, *span),) for span in spans[1:]]
        elif running and not spans and unclosed == 0:
            opened = passage.shown(0)
            if goes_on or _breaks(passages, order[number + 1 :], opened):
                running, broken = [*running, (position, 1, len(text))], "" if goes_on else opened
                continue
            pieces.append((*running, (position, 1, len(text))))
        else:
            pieces += [((position, *span),) for span in spans]
        opened = passage.shown(unclosed) if unclosed >= 0 and not goes_on else ""
        broken = opened if opened and _breaks(passages, order[number + 1 :], opened) else ""
        running = [(position, unclosed + 1, len(text))] if goes_on or broken else []
        for parts in pieces:
            quotation = _quotation(passages, parts, words_of[position])
            if not quotation.words:
                continue
            quotation = _attributed(quotation, passages, words_of, last_speaker, surnames)
            if quotation.named_here and quotation.speaker:
                last_speaker = quotation.speaker
            found.append(quotation)
    return found


def _attributed(
    quotation: Quotation,
    passages: Sequence[Passage | None],
    words_of: Sequence[Lexicon],
    last: str | None,
    surnames: frozenset[str],
) -> Quotation:
    """The quotation with its speaker: named in its paragraph; behind a pronoun, or without a word, the one before.

    Where somebody else is said to speak (*a spokeswoman said*) and not named, nobody is.
    """
    verb, goes_on = "", False
    for position in dict.fromkeys((quotation.parts[-1][0], quotation.parts[0][0])):
        passage = passages[position]
        if passage is None:
            continue
        spans, unclosed = _spans(passage)
        if unclosed >= 0:
            spans = [*spans, (unclosed + 1, len(passage.folded.text))]
        own = next(part for part in quotation.parts if part[0] == position)
        speech = speaker_of(passage, spans, own, words_of[position], surnames, quotation.kind == "direct")
        verb, goes_on = verb or speech.verb, goes_on or speech.goes_on
        if speech.name:
            kind = "fragment" if quotation.kind == "scare" and speech.verb else quotation.kind
            named = speech.sure >= NAMED
            return replace(
                quotation, speaker=speech.name, named_here=named, verb=speech.verb, confidence=speech.sure, kind=kind
            )
    kind = "fragment" if quotation.kind == "scare" and verb else quotation.kind
    return replace(quotation, speaker=last if goes_on else None, verb=verb, confidence=0.4, kind=kind)


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
    marks = spelled(tokens)
    spoken = tuple(key for key in marks if key[0].isalnum())
    return Quotation(
        parts=parts,
        words=spoken,
        keys=tuple(marks),
        kind=_first_kind(tokens, spoken, words),
        text=shown[0] if shown else "",
    )


def spelled(tokens: Sequence[Token]) -> list[str]:
    """Keys of the tokens, one for each; a first letter that an editor put in brackets is read with its word.

    ``[W]e`` gives ``[``, ``we``, ``]`` and a mark of no meaning: the words are those of ``We``, the brackets are told.
    """
    found = [token.key for token in tokens]
    for at in range(len(tokens) - 3):
        if (
            found[at] == "["
            and found[at + 2] == "]"
            and tokens[at + 1].kind == "word"
            and len(found[at + 1]) <= 2
            and tokens[at].end == tokens[at + 1].start
            and tokens[at + 2].end == tokens[at + 3].start
        ):
            if tokens[at + 3].kind == "word":
                found[at + 1], found[at + 3] = found[at + 1] + found[at + 3], "·"
            elif found[at + 3] == "'":
                found[at + 1], found[at + 3] = found[at + 1] + "'", "·"
    return found


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
