"""Attribution: whether a text names its source, and what became of that: dropped, added, or carried by another verb."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.core.comparison import Finding
from bot.core.diff import Op
from bot.core.findings.hunks import around, hunk_at, hunk_words, map_old
from bot.core.findings.negation import SHORT
from bot.core.lexicon import Lexicon
from bot.core.pair import Pair, Side


def attributions(side: Side, words: Lexicon, quoted: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Places where the text names a source, as (first token, last, verb class); passives name none."""
    keys = side.keys
    found = []
    for start, end in words.attribution_only.find(keys):
        if not any(a <= start < b for a, b in quoted):
            found.append((start, end, "neutral"))
    skip = set(words.raw.get("weak_cues", ()))
    for start, end in words.verbs.find(keys):
        if any(a <= start < b for a, b in quoted) or keys[start] in skip:
            continue
        if keys[start] in _COMMANDED and end < len(keys) and keys[end] == "to" and words.lang == "en":
            continue
        if words.lang == "en" and keys[start] in _NOUNS_TOO and not _has_subject(side, start, words):
            continue
        if start and keys[start - 1] in _ARTICLES.get(words.lang, ()):
            continue  # *l'accusa*, *die Klage*
        parts = tuple(keys[start:end])
        before = [key for key in keys[max(start - 3, 0) : start] if key[0].isalpha()]
        if (
            start
            and keys[start - 1] in {"to", "zu", "a", "the", "an", "his", "her", "their", "of"}
            and words.lang == "en"
        ):
            continue
        joined = all(key[0].isalpha() for key in keys[max(start - 2, 0) : start])
        passive = [key for key in before[-2 if joined else -1 :] if key in words.be_forms]
        if keys[start - 1 : start] == [","]:
            passive = []
        if words.lang == "en" and any(key in _NOT_SAID or key.endswith("n't") for key in before[-2:]):
            continue  # *has not said*, *did not respond*
        if passive and end - start == 1 and words.verbs.values[parts] is not None and _participle(words, keys[start]):
            continue
        found.append((start, end, words.verbs.values[parts]))
    if words.document_verbs:
        found += _documents(keys, words, quoted)
    found += _closing(side, words, quoted)
    if words.opinion_verbs:
        found += _opinions(side, words, quoted, {at for start, end, _ in found for at in range(start, end)})
    found.sort()
    return found


_CLOSING_VERBS = frozenset(
    """believe believes believed think thinks thought recall recalls recalled remember remembers estimate estimates
    estimated fear fears feared reckon reckons suspect suspects suspected expect expects expected""".split()
)

_TOLD_NL = frozenset(
    "bekendgemaakt gezegd gemeld verklaard bevestigd aangekondigd meegedeeld laten weten verteld gesteld".split()
)


def _closing(side: Side, words: Lexicon, quoted: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """A source in a clause of its own, as (first token, last, class).

    Behind the claim: *engineers believe* after a comma, *heeft de eigenaar bekendgemaakt*. Before it: *Pour le maire,*.
    """
    keys, found = side.keys, []
    for at, key in enumerate(keys):
        opens = not at or keys[at - 1] in {".", "!", "?"}
        if key != "," and not (opens and key == "pour"):
            continue
        end = next((to for to in range(at + 1, min(at + 10, len(keys))) if keys[to] in _CLAUSE_ENDS), len(keys))
        clause = keys[at + 1 : end]
        if end - at > 9 or len(clause) < 2 or any(a <= at < b for a, b in quoted):
            continue
        if words.lang == "en" and key == ",":
            said = clause[-1] in _CLOSING_VERBS and any(one in words.headline_sources for one in clause[:-1])
        elif words.lang == "nl" and key == ",":
            said = clause[0] in {"heeft", "hebben"} and clause[-1] in _TOLD_NL
        elif words.lang == "fr" and key == "pour":
            said = keys[end : end + 1] == [","] and clause[0] in _ARTICLES["fr"] and clause[1] in words.office_words
        else:
            said = False
        if said:
            found.append((at, end, "neutral"))
    return found


_CLAUSE_ENDS = frozenset({",", ".", ";", "!", "?", ":"})


def _opinions(
    side: Side, words: Lexicon, quoted: Sequence[tuple[int, int]], taken: Collection[int]
) -> list[tuple[int, int, str]]:
    """*Researchers believe the wreck is Roman*: who holds what follows, as (first token, last, class)."""
    keys, found = side.keys, []
    for at, key in enumerate(keys):
        if key not in words.opinion_verbs or not at or at in taken or any(a <= at < b for a, b in quoted):
            continue
        who = at - 1
        if who and keys[who] not in words.opinion_sources and keys[who] in _ADVERBS:
            who -= 1
        behind = keys[at + 1 : at + 2]
        if keys[who] in words.opinion_sources and behind and behind[0] not in _NO_CLAUSE and behind[0] != ".":
            found.append((who, at + 1, "neutral"))
    return found


_ADVERBS = frozenset(
    "now also still widely all auch nun nach aussi encore también ahora anche ora também nu ook".split()
)
_NO_CLAUSE = frozenset("in to for at of an auf über nach à de en a su por di per op naar over".split())


def _documents(keys: Sequence[str], words: Lexicon, quoted: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """*Emails show*, *data from the state suggest*: a document that says something, as (first token, last, class)."""
    found = []
    for at, key in enumerate(keys):
        if key not in words.document_verbs or any(a <= at < b for a, b in quoted):
            continue
        for back in range(at - 1, max(at - 6, -1), -1):
            if not keys[back][0].isalpha():
                break
            if keys[back] in words.document_nouns:
                found.append((back, at + 1, "neutral"))
                break
    return found


def headline_source(side: Side, words: Lexicon) -> list[tuple[int, int, str]]:
    """The source before a headline's colon or behind its dash: *Minister: clubs pay*, *Clubs pay - minister*."""
    keys, who = side.keys, words.office_words | words.headline_sources
    if ":" in keys[1:6]:
        end = keys.index(":", 1)
        if any(key in who for key in keys[:end]):
            return [(0, end + 1, "neutral")]
    for end in range(2, min(7, len(keys))):
        if keys[-end] == "," and keys[-end + 1] not in words.function_words:
            behind = keys[-end + 1 :]
            if any(key in who for key in behind[:-1]) and behind[-1] in words.headline_verbs:
                return [(len(keys) - end, len(keys), "neutral")]
        if keys[-end] == ":" and end <= 4 and any(key in who for key in keys[-end + 1 :]):
            return [(len(keys) - end, len(keys), "neutral")]
        if keys[-end] == "-" and side.tokens[-end].start > side.tokens[-end - 1].end:
            if any(key in who for key in keys[-end + 1 :]):
                return [(len(keys) - end, len(keys), "neutral")]
            break
    return []


_THAT = frozenset("that dass que qu' che dat ob si se to zu".split())

_NOUNS_TOO = frozenset("notes comments reports states reads".split())

_NOT_SAID = frozenset("not never".split())

_ARTICLES = {
    "fr": frozenset("l' la le les une un des".split()),
    "it": frozenset("l' la le il lo i gli una un un' dell' dall' all' sull' nell' della delle alla sulla".split()),
    "es": frozenset("el la los las un una".split()),
    "pt": frozenset("o a os as um uma da do das dos".split()),
    "de": frozenset("der die das eine einer dem den".split()),
    "nl": frozenset("de het een".split()),
}


def _has_subject(side: Side, start: int, words: Lexicon) -> bool:
    """A name, a pronoun or an office stands before a word that is as often a noun: *Lomas notes*, *she claims*."""
    if not start:
        return False
    before = side.tokens[start - 1]
    if side.tokens[start].text[0].isupper() and before.text[0].isupper():
        return False  # *the United States*
    known = before.key in words.pronouns or before.key in words.office_words or before.key in {"it", "who", ","}
    return known or (before.kind == "word" and before.text[0].isupper() and start > 1)


_COMMANDED = frozenset("told asked urged warned advised ordered found believed reported reminded".split())
"""Participles that name no source before *to*: *residents told to leave*."""


def _participle(words: Lexicon, key: str) -> bool:
    if words.lang == "en":
        return key.endswith(("ed", "told", "said", "found", "en"))
    return True


def attribution(pair: Pair) -> list[Finding]:
    """S4 and S5: a source named or no longer named, or the verb that carries it changed its colour."""
    old = attributions(pair.old, pair.words, pair.old_quoted)
    new = attributions(pair.new, pair.words, pair.new_quoted)
    if pair.field == "headline":
        old, new = old or headline_source(pair.old, pair.words), new or headline_source(pair.new, pair.words)
    if not old and not new:
        return []
    found: list[Finding] = []
    if old and not new:
        place = old[0]
        op = hunk_at(pair, place[:2], old=True)
        said = op is not None and bool(pair.words.verbs.find(pair.new.keys, op[3], op[4]))
        if op is not None and not said and _close_enough(pair) and not _with_its_clause(pair, op, place):
            found.append(_dropped(pair, op, place, 0.85))
    elif new and not old:
        place = new[0]
        op = hunk_at(pair, place[:2], old=False)
        said = op is not None and bool(pair.words.verbs.find(pair.old.keys, op[1], op[2]))
        if op is not None and not said and _close_enough(pair):
            found.append(
                pair.finding(
                    "attribution_added",
                    2,
                    "S5",
                    "Attribution added",
                    (op[1], op[2]),
                    around(op, place[:2], old=False),
                    why="The claim is now given to a source.",
                    context=5,
                    confidence=0.8,
                    data={"source": source_of(pair.new, pair.words, place)},
                )
            )
    else:
        found += _dropped_in_sentence(pair, old, new)
    for op in pair.ops:
        if op[0] != "replace":
            continue
        before = [place for place in old if place[0] < op[2] and place[1] > op[1]]
        after = [place for place in new if place[0] < op[4] and place[1] > op[3]]
        if len(before) == 1 and len(after) == 1 and before[0][2] != after[0][2]:
            found.append(
                pair.finding(
                    "attribution_verb",
                    2,
                    "S5",
                    "Attribution verb changed",
                    before[0][:2],
                    after[0][:2],
                    why=f"From {_CLASS_WORDS[before[0][2]]} to {_CLASS_WORDS[after[0][2]]}.",
                    data={"from": before[0][2], "to": after[0][2]},
                )
            )
    return found


def _close_enough(pair: Pair) -> bool:
    """The two are one paragraph told a little otherwise; in a short one the source is much of it."""
    return pair.score >= 0.4 or max(len(pair.old.keys), len(pair.new.keys)) <= SHORT


def _with_its_clause(pair: Pair, op: Op, place: tuple[int, int, str]) -> bool:
    """What the source says went with it: the cue is followed by a clause that is gone too."""
    _, i1, i2, j1, j2 = op
    behind = [key for key in pair.old.keys[place[1] : i2] if key[0].isalnum() and pair.words.is_content(key)]
    kept = set(pair.new.keys[j1:j2])
    gone = [key for key in behind if key not in kept]
    quiet = tuple(pair.old.keys[place[0] : place[1]]) not in pair.words.attribution_only.values
    opened = pair.old.keys[place[1] : place[1] + 1]
    clause = bool(opened) and (opened[0] == "," or opened[0] in _THAT)
    clause = clause or (pair.old.keys[i1] == "," and pair.old.keys[i1 + 1 : i1 + 2] in (["which"], ["who"], ["whose"]))
    return (
        quiet
        and len(gone) >= (3 if clause else 5)
        and pair.old.sentence_of(place[0]) == pair.old.sentence_of(max(i2 - 1, 0))
    )


_CLASS_WORDS = {
    "neutral": "a neutral verb",
    "doubt": "a verb of doubt",
    "concede": "a verb of admission",
    "force": "a verb of insistence",
    "attack": "a verb of attack",
    "deny": "a denial",
    "confirm": "a confirmation",
}


def _dropped(pair: Pair, op: Op, place: tuple[int, int, str], confidence: float) -> Finding:
    return pair.finding(
        "attribution_removed",
        3,
        "S4",
        "Attribution dropped",
        around(op, place[:2], old=True),
        (op[3], op[4]),
        why="The claim now stands in the outlet's own voice.",
        context=5,
        confidence=confidence,
        data={"source": source_of(pair.old, pair.words, place)},
    )


def _dropped_in_sentence(
    pair: Pair, old: Sequence[tuple[int, int, str]], new: Sequence[tuple[int, int, str]]
) -> list[Finding]:
    """The paragraph still names a source, but a sentence that had its own lost it in a small edit."""
    found = []
    new_sentences = {pair.new.sentence_of(place[0]) for place in new}
    for place in old:
        op = hunk_at(pair, place[:2], old=True)
        if op is None:
            continue
        sizes = hunk_words(pair, op)
        whole = tuple(pair.old.keys[place[0] : place[1]]) in pair.words.attribution_only.values
        if max(sizes) > (16 if whole and not sizes[1] else 8) or sizes[1] >= sizes[0]:
            continue
        here = pair.old.sentence_of(place[0])
        others = [other for other in old if other != place and pair.old.sentence_of(other[0]) == here]
        if any(not whole or other[2] == "neutral" or op[1] <= other[0] < op[2] for other in others):
            continue
        kept = list(range(op[1])[-3:]) + list(range(op[2], min(op[2] + 3, len(pair.old.keys))))
        anchors = [
            map_old(pair, index) for index in kept if pair.old.sentence_of(index) == here and not op[1] <= index < op[2]
        ]
        if anchors and any(pair.in_new_quote(at, at + 1) for at in anchors):
            continue  # inside a quotation: the paragraph still says whose it is
        if not anchors or (
            not others
            and any(pair.new.sentence_of(min(at, max(len(pair.new.tokens) - 1, 0))) in new_sentences for at in anchors)
        ):
            continue
        found.append(_dropped(pair, op, place, 0.7))
    return found[:1]


def source_of(side: Side, words: Lexicon, place: tuple[int, int, str]) -> str:
    """The words that name the source beside a cue: up to four content words."""
    around = [*side.tokens[max(place[0] - 4, 0) : place[0]], *side.tokens[place[1] : place[1] + 5]]
    return " ".join(token.key for token in around if token.kind == "word" and words.is_content(token.key))
