"""Full-text search over every version of every story: FTS5 on SQLite, tsvector on PostgreSQL.

One row per story holds each line (headline, standfirst, paragraph …) once, with the first and last version that
showed it, so that a search finds words that are long gone and says where they stood. Both databases index the same
folded words (no accents, no case, one word per CJK character), so both find the same stories.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, text, update

from bot.core.story import BlockKind, Story
from bot.store import rows
from bot.store.database import Tx
from bot.store.tables import story_texts

MAX_WORDS = 250_000
"""Characters of one story that are indexed. PostgreSQL's tsvector ends at 1 MB."""
MAX_TERMS = 12
MAX_QUERY = 300
MAX_WORD = 60

_TOKEN = re.compile(r"[^\W_]+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0e7f]")
_TERM = re.compile(r'"([^"]*)"?|(\S+)')


_KNOWN = select(story_texts.c.lines, story_texts.c.words).where(story_texts.c.watch_id == bindparam("watch"))
_SEEN_AGAIN = (
    update(story_texts)
    .where(story_texts.c.watch_id == bindparam("watch"))
    .values(lines=bindparam("seen", type_=story_texts.c.lines.type))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a story and the versions that showed it, ``first`` to ``last``.

    ``field`` is ``headline``, ``standfirst``, ``byline`` or ``body``. A line that went and came back counts as shown
    all the while.
    """

    field: str
    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words that must stand side by side; ``prefix``: the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


def index(tx: Tx, watch_id: int, n: int, story: Story) -> None:
    """Make version ``n`` findable, in the transaction that stores it. Indexing it again changes nothing."""
    row = tx.execute(_KNOWN, {"watch": watch_id}).first()
    known = _lines(row.lines if row else ())
    by_text = {(line.field, line.text): place for place, line in enumerate(known)}
    merged = list(known)
    for field, words in _texts(story):
        place = by_text.get((field, words))
        if place is None:
            by_text[field, words] = len(merged)
            merged.append(Line(field=field, text=words, first=n, last=n))
            continue
        line = merged[place]
        merged[place] = Line(field=field, text=words, first=min(line.first, n), last=max(line.last, n))
    if merged == list(known):
        return
    values: dict[str, Any] = {"lines": [[line.field, line.text, line.first, line.last] for line in merged]}
    if row is not None and len(merged) == len(known):  # only seen again: the index stays as it is
        tx.execute(_SEEN_AGAIN, {"watch": watch_id, "seen": values["lines"]})
        return
    folded = [row.words] if row is not None else []  # folding is what costs: only new lines pay it
    folded += [" ".join(fold(line.text)) for line in merged[len(known) :]]
    values["words"] = " \n".join(folded)[:MAX_WORDS]
    rows.put(tx, story_texts, {"watch_id": watch_id}, values)


def lines(tx: Tx, watch_id: int) -> tuple[Line, ...]:
    """Every line a story ever had; empty for a story that was never indexed."""
    found = tx.execute(select(story_texts.c.lines).where(story_texts.c.watch_id == watch_id)).scalar_one_or_none()
    return _lines(found or ())


def _lines(stored: Iterable[Sequence[Any]]) -> tuple[Line, ...]:
    return tuple(Line(field=field, text=words, first=first, last=last) for field, words, first, last in stored)


def lines_of(tx: Tx, watch_ids: Sequence[int]) -> dict[int, tuple[Line, ...]]:
    """``lines`` for several stories in one query."""
    query = select(story_texts.c.watch_id, story_texts.c.lines).where(story_texts.c.watch_id.in_(watch_ids))
    return {
        row.watch_id: tuple(Line(field=field, text=words, first=a, last=b) for field, words, a, b in row.lines)
        for row in tx.execute(query)
    }


def parse(query: str) -> tuple[Term, ...]:
    """What a person typed, as terms that must all be found: words, ``"a phrase"``, ``begin*``.

    Never fails: punctuation separates words, anything past MAX_QUERY characters or MAX_TERMS terms is left out.
    ``£40,000`` is the phrase *40 000*. Nothing to look for gives no terms.
    """
    terms: list[Term] = []
    for match in _TERM.finditer(query[:MAX_QUERY]):
        chunk = match.group(1) if match.group(1) is not None else match.group(2)
        words = tuple(fold(chunk))[:MAX_TERMS]
        prefix = match.group(1) is None and chunk.endswith("*")
        if words and Term(words=words, prefix=prefix) not in terms:
            terms.append(Term(words=words, prefix=prefix))
    return tuple(terms[:MAX_TERMS])


def matching(tx: Tx, terms: Sequence[Term]) -> ColumnElement[Any]:
    """The ids of stories with every term, as a subquery for ``watches.id.in_``. ``terms`` must not be empty."""
    if not terms:
        raise ValueError("nothing to look for")
    if tx.dialect.name == "sqlite":
        query = text("SELECT rowid FROM story_search WHERE story_search MATCH :words")
        return query.bindparams(words=_fts5(terms)).columns(story_texts.c.watch_id).scalar_subquery()
    query = text("SELECT watch_id FROM story_texts WHERE found @@ to_tsquery('simple', :words)")
    return query.bindparams(words=_tsquery(terms)).columns(story_texts.c.watch_id).scalar_subquery()


def fold(words: str) -> list[str]:
    """The words of a text as they are indexed and looked for."""
    return [word for word, _, _ in _folded(words)]


def best_line(found: Iterable[Line], terms: Sequence[Term]) -> tuple[Line, tuple[tuple[int, int], ...]] | None:
    """The line that holds most of the terms (the newest, then the earliest in the story) and where, in characters."""
    best: tuple[tuple[int, int, int], Line, tuple[tuple[int, int], ...]] | None = None
    for place, line in enumerate(found):
        hits, count = _hits(line.text, terms)
        if count and (best is None or (count, line.last, -place) > best[0]):
            best = ((count, line.last, -place), line, hits)
    return (best[1], best[2]) if best else None


def _hits(words: str, terms: Sequence[Term]) -> tuple[tuple[tuple[int, int], ...], int]:
    folded = list(_folded(words))
    tokens = [word for word, _, _ in folded]
    spans: list[tuple[int, int]] = []
    count = 0
    for term in terms:
        size, found = len(term.words), False
        for start in range(len(tokens) - size + 1):
            window = tokens[start : start + size]
            last_fits = window[-1].startswith(term.words[-1]) if term.prefix else window[-1] == term.words[-1]
            if last_fits and tuple(window[:-1]) == term.words[:-1]:
                spans.append((folded[start][1], folded[start + size - 1][2]))
                found = True
        count += found
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged), count


def _folded(words: str) -> Iterable[tuple[str, int, int]]:
    """Each indexed word with its place (characters) in the text given."""
    for match in _TOKEN.finditer(_bare_marks(words)):
        start, end = match.span()
        token = match.group()
        if not _CJK.search(token):
            yield _plain(words[start:end]), start, end
            continue
        run = start
        for place in range(start, end):
            if _CJK.match(words[place]):
                if run < place:
                    yield _plain(words[run:place]), run, place
                yield _plain(words[place]), place, place + 1
                run = place + 1
        if run < end:
            yield _plain(words[run:end]), run, end


def _bare_marks(words: str) -> str:
    """Combining marks would cut a word in two; a letter in their place keeps every character where it was."""
    if words.isascii():
        return words
    return "".join("x" if unicodedata.category(character) in ("Mn", "Mc") else character for character in words)


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()[:MAX_WORD]
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(character for character in decomposed if unicodedata.category(character)[0] in "LN")
    return (bare or word)[:MAX_WORD]


def _texts(story: Story) -> Iterable[tuple[str, str]]:
    yield from (
        ("headline", words) for words in (story.headline, story.social_headline, story.search_headline) if words
    )
    if story.standfirst:
        yield "standfirst", story.standfirst
    yield from (("byline", name) for name in story.byline if name)
    yield from (("body", words) for words in story.corrections if words)
    for block in story.blocks:
        if block.kind is not BlockKind.FURNITURE and block.text:
            yield "body", block.text


def _fts5(terms: Sequence[Term]) -> str:
    """Only folded words reach the query, each quoted: no operator of FTS5 can be smuggled in."""
    return " AND ".join(f'"{" ".join(term.words)}"{" *" if term.prefix else ""}' for term in terms)


def _tsquery(terms: Sequence[Term]) -> str:
    parts = []
    for term in terms:
        quoted = [f"'{word}'" for word in term.words]
        if term.prefix:
            quoted[-1] += ":*"
        parts.append(f"({' <-> '.join(quoted)})")
    return " & ".join(parts)
