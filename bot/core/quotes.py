"""Quotations in story text: where they begin and end, what kind they are, and who is named as saying them.

Marks of many houses and languages are known; an apostrophe never opens a quotation. An opening mark that is not
closed in its paragraph runs on where the next paragraph begins with an opening mark again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from bot.core.lexicon import Lexicon
from bot.core.text import Folded, Token, closeness

_OPENERS = "“„«「『‘‚‹〝❝"
_CLOSERS = "”»」』’›〞❞"
_MARK = re.compile(r"[\"']")
_PARTICLES = frozenset(
    "de d' la le van der den von zu zur da dos das do di del della bin ibn al el ben y e du des ter ten".split()
)
_DECADE = re.compile(r"'\d0s?\b|'(?:twas|tis|em|cause|til|till|n|bout|round)\b", re.IGNORECASE)
_OPENS_SENTENCE = frozenset({".", "!", "?", ":", '"', "'", "...", "•", "-", "["})


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
    last_speaker: str | None = None
    surnames = _surnames(passages, words_of)
    order = [position for position in range(len(passages)) if position not in skip]
    for number, position in enumerate(order):
        passage = passages[position]
        if passage is None:
            running = []
            continue
        spans, unclosed = _spans(passage)
        text = passage.folded.text
        if passage.is_quote_block and not spans and unclosed < 0:
            spans = [(0, len(text))]
        following = passages[order[number + 1]] if number + 1 < len(order) else None
        goes_on = unclosed >= 0 and following is not None and _starts_with_mark(following)
        pieces: list[tuple[tuple[int, int, int], ...]] = []
        if running and spans and spans[0][0] == 1:
            pieces.append((*running, (position, *spans[0])))
            pieces += [((position, *span),) for span in spans[1:]]
        elif running and not spans and unclosed == 0:
            if goes_on:
                running = [*running, (position, 1, len(text))]
                continue
            pieces.append((*running, (position, 1, len(text))))
        else:
            pieces += [((position, *span),) for span in spans]
        running = [(position, unclosed + 1, len(text))] if goes_on else []
        for parts in pieces:
            quotation = _quotation(passages, parts, words_of[position])
            if not quotation.words:
                continue
            quotation = _attributed(quotation, passages, words_of, last_speaker, surnames)
            if quotation.named_here and quotation.speaker:
                last_speaker = quotation.speaker
            found.append(quotation)
    return found


def _surnames(passages: Sequence[Passage | None], words_of: Sequence[Lexicon]) -> frozenset[str]:
    """Last words of the full names of a story: by these alone people are named later."""
    found: set[str] = set()
    for passage, words in zip(passages, words_of, strict=True):
        if passage is not None:
            found.update(
                passage.tokens[end - 1].key for start, end, _ in name_runs(passage.tokens, words) if end - start >= 2
            )
    return frozenset(found)


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
        speech = _speaker(passage, spans, own, words_of[position], surnames, quotation.kind == "direct")
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
        opener = index == 0 or tokens[index - 1].key in _OPENS_SENTENCE
        if opener and len(token.text) == 1 and end == index + 1 and end < total and tokens[end].key == "]":
            index = end  # ``[W]e``: a capital that an editor put there
            continue
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
            or (tokens[start].key in words.months and (end - start == 1 or len(tokens[start].key) > 3))
            or tokens[start].key in words.weekdays
            or (words.nouns_capitalised and end - start >= 3 and _office_compound(tokens[start].key, words))
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


def _office_compound(key: str, words: Lexicon) -> bool:
    """``Betriebsratschef``: a German compound that ends with an office."""
    return any(len(office) >= 4 and key.endswith(office) for office in words.office_words)


@dataclass(frozen=True, slots=True)
class _Speech:
    """Who says a quotation, by its paragraph; ``goes_on``: whoever spoke before, by a pronoun or by saying nothing."""

    name: str | None = None
    verb: str = ""
    sure: float = 0.4
    goes_on: bool = False


NAMED = 0.65
"""From this confidence on a speaker counts as named in the paragraph."""
_PRO_DROP = frozenset({"es", "it", "pt"})
"""Languages in which a verb of saying needs no subject."""


def _speaker(
    passage: Passage,
    spans: Sequence[tuple[int, int]],
    own: tuple[int, int, int],
    words: Lexicon,
    surnames: frozenset[str],
    direct: bool,
) -> _Speech:
    """Who is said to say one quotation of a paragraph; the cue for a fragment stands in its own sentence."""
    tokens = passage.tokens
    outside = [
        index
        for index, token in enumerate(tokens)
        if token.wordlike and not any(start <= token.start < end for start, end in spans)
    ]
    if not outside:
        return _Speech(goes_on=True)
    start, end = own[1], own[2]
    names = _people(tokens, words, spans, surnames)
    sequence = [tokens[index].key for index in outside]
    only = set(words.attribution_only.find(sequence))
    cues = {*words.verbs.find(sequence), *only}
    near = sorted((_distance(passage, tokens[outside[cue[0]]], start, end), cue) for cue in cues)
    near = [
        entry
        for entry in near
        if entry[0] <= 160 and (direct or not _other_sentence(passage, tokens[outside[entry[1][0]]], start, end))
    ]
    if not near:
        name = _beside(passage, names, start, end, words)
        return _Speech(name, "", 0.7) if name else _Speech(_opener(passage, names, words), "", 0.6)
    first = tokens[outside[near[0][1][0]]].key
    for _, cue in near[:3]:
        told = tokens[outside[cue[1] - 1]].end <= start
        subjects = [run for run in names if not (told and _within(passage, run, outside[cue[1] - 1], start))]
        speech = _by_cue(passage, outside, cue, subjects, words, cue in only)
        if speech.name or speech.goes_on:
            return replace(speech, verb=first)
    return _Speech(None, first, 0.4)


def _within(passage: Passage, run: tuple[int, int], cue: int, start: int) -> bool:
    """Between a cue and the quotation that follows: what is told there is no speaker (*said Acme had been "…"*)."""
    tokens = passage.tokens
    behind = tokens[run[1]].key if run[1] < len(tokens) else ""
    return run[0] > cue and tokens[run[1] - 1].end <= start and behind not in {":", ",", '"', "'"}


def _by_cue(
    passage: Passage,
    outside: Sequence[int],
    cue: tuple[int, int],
    listed: Sequence[tuple[int, int]],
    words: Lexicon,
    only: bool,
) -> _Speech:
    """The subject of one cue verb."""
    tokens, names = passage.tokens, list(listed)
    verb_at, verb_end = outside[cue[0]], outside[cue[1] - 1]
    before = outside[cue[0] - 1] if cue[0] else -1
    after = outside[cue[1]] if cue[1] < len(outside) else -1
    if (
        words.nouns_capitalised
        and after >= 0
        and tokens[after].text[0].isupper()
        and tokens[after].key not in words.office_words | words.titles | words.function_words
        and not any(first <= after + 3 and after < last for first, last in names)
    ):
        names.append((after, after + 1))
    best = _nearest_name(passage, names, verb_at, verb_end, words, only)
    pronoun = any(index >= 0 and tokens[index].key in words.pronouns for index in (before, after))
    subject_told = before >= 0 and before + 1 == verb_at and tokens[before].key in words.pronouns
    if best is not None and not (pronoun and best[2] > 0) and not best[0] and not subject_told:
        return _Speech(best[3], tokens[verb_at].key, 0.9)
    if pronoun or words.lang in _PRO_DROP:
        earlier = [run for run in names if run[1] <= verb_at and not _after_preposition(tokens, run, words)]
        if earlier:
            subject = next((run for run in reversed(earlier) if _subject(tokens, run, words)), earlier[0])
            return _Speech(_named(passage, subject), tokens[verb_at].key, 0.7)
    return _Speech(goes_on=pronoun)


def _people(
    tokens: Sequence[Token], words: Lexicon, spans: Sequence[tuple[int, int]], surnames: frozenset[str]
) -> list[tuple[int, int]]:
    """Runs that can be somebody who speaks: no possessive, no plain word that only opens its sentence."""
    found = []
    for first, last, opener in name_runs(tokens, words, spans):
        if tokens[last - 1].key.endswith("'s"):
            continue
        if opener and last - first == 1:
            key = tokens[first].key
            following = tokens[last].key if last < len(tokens) else ""
            if key in words.numbers or following in {"of", "to"} or words.negation.at([key], 0):
                continue
            if key not in surnames and following not in words.verbs.single:
                continue  # *Asked*, *Parents*, *Además*, *Avrebbe*: a word that only opens its sentence
        found.append((first, last))
    if words.nouns_capitalised:
        covered = {at for run in found for at in range(*run)}
        found += [
            (at, at + 1)
            for at, token in enumerate(tokens)
            if at not in covered
            and token.key in surnames
            and token.text[0].isupper()
            and not any(start <= token.start < end for start, end in spans)
        ]
        found.sort()
    return found


def _opener(passage: Passage, names: Sequence[tuple[int, int]], words: Lexicon) -> str | None:
    """The only full name of a paragraph without a word of saying, where the paragraph begins with it."""
    full = [run for run in names if run[1] - run[0] >= 2 and not _after_preposition(passage.tokens, run, words)]
    return _named(passage, full[0]) if len(full) == 1 and full[0][0] <= 3 else None


def _distance(passage: Passage, token: Token, start: int, end: int) -> int:
    """How far a cue is from a quotation, in characters; a sentence end between them counts as forty."""
    text = passage.folded.text
    gap = text[end : token.start] if token.start >= end else text[token.end : start]
    return len(gap) + 40 * sum(gap.count(mark) for mark in ".!?") + (0 if token.start >= end else 3)


def _other_sentence(passage: Passage, token: Token, start: int, end: int) -> bool:
    """A sentence ends between the cue and the quotation, or with the quotation."""
    text = passage.folded.text
    gap = text[end - 1 : token.start] if token.start >= end else text[token.end : start]
    return any(
        mark in ".!?" and gap[at + 1 : at + 2] in {"", " ", '"', "'"} and gap[at + 2 : at + 3].isupper()
        for at, mark in enumerate(gap)
    )


def _nearest_name(
    passage: Passage, names: Sequence[tuple[int, int]], verb_at: int, verb_end: int, words: Lexicon, only: bool
) -> tuple[bool, bool, int, str] | None:
    """The likeliest subject of a cue: not behind a preposition, of more than one word, nearest."""
    tokens = passage.tokens
    ranked: list[tuple[bool, bool, int, str]] = []
    for first, last in names:
        left = last <= verb_at
        far = verb_at - last if left else first - verb_end - 1
        between = (last, verb_at) if left else (verb_end, first)
        if far < 0 or far > 14 or _crosses_sentence(tokens, *between):
            continue
        behind = _after_preposition(tokens, (first, last), words) and not (only and not left)
        object_of = not left and tokens[verb_at].key in {"told", "tells", "tell", "telling"}
        ranked.append((behind or object_of, last - first < 2 and far > 1, far, _named(passage, (first, last))))
    return min(ranked) if ranked else None


def _named(passage: Passage, run: tuple[int, int]) -> str:
    tokens = passage.tokens
    return passage.folded.text[tokens[run[0]].start : tokens[run[1] - 1].end]


def _after_preposition(tokens: Sequence[Token], run: tuple[int, int], words: Lexicon) -> bool:
    first = run[0]
    while first and (tokens[first - 1].key in words.office_words or tokens[first - 1].key in words.titles):
        first -= 1
    return first > 0 and tokens[first - 1].key in words.prepositions


def _subject(tokens: Sequence[Token], run: tuple[int, int], words: Lexicon) -> bool:
    """A cue verb follows the name at once."""
    return run[1] < len(tokens) and tokens[run[1]].key in words.verbs.single


def _beside(passage: Passage, names: Sequence[tuple[int, int]], start: int, end: int, words: Lexicon) -> str | None:
    """A name right behind a quotation, one lower-case word between: an unlisted verb of saying."""
    tokens = passage.tokens
    for run in names:
        gap = [token for token in tokens if token.start >= end and token.end <= tokens[run[0]].start and token.wordlike]
        gap = [
            token
            for token in gap
            if token.key not in words.office_words and token.key not in words.titles | words.pronouns
        ]
        if len(gap) == 2 and gap[1].key in words.function_words and gap[1].key not in words.prepositions:
            gap = gap[:1]  # *protestó su presidente, Fermín Ochoa*
        near = tokens[run[0]].start >= end and tokens[run[0]].start - end <= 40
        plain = all(
            token.text[0].islower() and token.key not in words.prepositions | words.function_words for token in gap
        )
        if near and len(gap) <= 1 and plain and run[1] - run[0] >= 2:
            return _named(passage, run)
    return None


def _crosses_sentence(tokens: Sequence[Token], start: int, end: int) -> bool:
    return any(
        token.key in {"!", "?"} or (token.key == "." and not _initial(tokens, start + number))
        for number, token in enumerate(tokens[start:end])
    )


def _initial(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and len(tokens[index - 1].text) <= 3 and tokens[index - 1].text[0].isupper()


def same_person(left: str, right: str) -> bool:
    """True where two names can be one person: one holds the other's last word."""
    a, b = left.casefold().split(), right.casefold().split()
    return bool(a and b) and (a[-1] in b or b[-1] in a or closeness(a[-1], b[-1]) >= 0.75)
