"""Names in story text: runs of capitalised words, and whether two names can be one person."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.lexicon import Lexicon
from bot.core.text import Token, closeness

_PARTICLES = frozenset(
    "de d' la le van der den von zu zur da dos das do di del della bin ibn al el ben y e du des ter ten".split()
)

_OPENS_SENTENCE = frozenset({".", "!", "?", ":", '"', "'", "...", "•", "-", "["})


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
                            and (
                                len(tokens[end - 1].text) == 1
                                or tokens[end - 1].key in words.titles
                                or (tokens[end - 1].text.isupper() and tokens[end + 1].text.isupper())  # *EE. UU.*
                            )
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
    mixed = any(token.text[0].islower() for token in tokens)
    for start, end, opener in runs:
        led = False
        while start < end and (
            tokens[start].key in words.office_words
            or tokens[start].key in words.titles
            or tokens[start].key in {".", "-"}
            or (
                tokens[start].key in words.function_words
                and (opener or end - start == 1 or words.lang != "en")
                and not (mixed and len(tokens[start].text) == 2 and tokens[start].text.isupper())  # *US*
            )
            or (tokens[start].key in words.not_names)
            or (opener and tokens[start].key in words.quantifiers.single)
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
        if words.nouns_capitalised and not (led or _surely_two(tokens, start, end, words)):
            continue
        if all(token.key in words.scales or token.key in words.currencies for token in tokens[start:end]):
            continue  # *Millionen Euro*
        kept.append((start, end, opener))
    return kept


def _surely_two(tokens: Sequence[Token], start: int, end: int, words: Lexicon) -> bool:
    """Two German capitals or more; *Bilder von Malern* are none, *Otto von Bismarck* is one by his first name."""
    if end - start == 3 and tokens[start + 1].key == "von":
        led = start > 0 and tokens[start - 1].kind == "word" and not tokens[start - 1].text[0].islower()
        return led or words.gazetteer.get(tokens[start].key) == "first_names"
    return end - start >= 2


def leads_a_noun(before: str, words: Lexicon) -> bool:
    """True for the article or inflected adjective that stands before a plain noun: *die Mauer*, *neue Züge*."""
    if before in words.determiners:
        return True
    inflected = before.endswith(("e", "er", "es", "em", "en")) and len(before) > 3
    return inflected and before not in words.function_words and before not in words.prepositions


def _office_compound(key: str, words: Lexicon) -> bool:
    """``Betriebsratschef``: a German compound that ends with an office."""
    return any(len(office) >= 4 and key.endswith(office) for office in words.office_words)


def same_person(left: str, right: str) -> bool:
    """True where two names can be one person: one holds the other's last word."""
    a, b = left.casefold().split(), right.casefold().split()
    return bool(a and b) and (a[-1] in b or b[-1] in a or closeness(a[-1], b[-1]) >= 0.75)
