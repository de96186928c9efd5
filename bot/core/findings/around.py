"""What stands around the story: furniture, compared as one, and notes, paired with notes."""

from __future__ import annotations

from collections import Counter

from bot.core.comparison import Finding, Link, Severity
from bot.core.findings import notes
from bot.core.pair import Pair, Side, edits_of, explain
from bot.core.text import closeness, excerpt, keys
from bot.core.work import Work


def furniture(work: Work) -> None:
    """Link furniture with furniture in order; at most one severity-0 finding for all of it."""
    old = [at for at, sort in enumerate(work.old.sorts) if sort.sort == "furniture"]
    new = [at for at, sort in enumerate(work.new.sorts) if sort.sort == "furniture"]
    if not old and not new:
        return
    bag_old = Counter(work.old.folded[at].casefold() for at in old)
    bag_new = Counter(work.new.folded[at].casefold() for at in new)
    waiting: dict[str, list[int]] = {}
    for at in reversed(old):
        waiting.setdefault(work.old.folded[at], []).append(at)
    linked: list[tuple[int, int, bool]] = []
    free_new: list[int] = []
    used: set[int] = set()
    for at in new:
        queue = waiting.get(work.new.folded[at])
        if queue:
            mate = queue.pop()
            used.add(mate)
            linked.append((mate, at, True))
        else:
            free_new.append(at)
    by_rule: dict[str, list[int]] = {}
    for at in reversed([at for at in old if at not in used]):
        by_rule.setdefault(work.old.sorts[at].rule, []).append(at)
    for at in free_new:
        queue = by_rule.get(work.new.sorts[at].rule)
        if queue:
            mate = queue.pop()
            used.add(mate)
            linked.append((mate, at, False))
        else:
            work.added.add(at + 1)
    work.removed |= {at + 1 for at in old if at not in used}
    for before, after, _ in linked:
        work.links.append(_small_link(work, before, after))
    if bag_old != bag_new:
        gone = next(
            (
                work.old.blocks[at].text
                for at in old
                if bag_old[work.old.folded[at].casefold()] > bag_new[work.old.folded[at].casefold()]
            ),
            "",
        )
        come = next(
            (
                work.new.blocks[at].text
                for at in new
                if bag_new[work.new.folded[at].casefold()] > bag_old[work.new.folded[at].casefold()]
            ),
            "",
        )
        shown = [text[slice(*excerpt(text, 0, min(1, len(text)), context=12))] if text else "" for text in (gone, come)]
        work.findings.append(
            Finding(
                kind="furniture",
                severity=Severity.TRIVIAL,
                rule="X1",
                field="body",
                before=shown[0],
                after=shown[1],
                explanation=explain("Page furniture changed", "around the story", *shown),
            )
        )


def _small_link(work: Work, before: int, after: int, score: float = 1.0) -> Link:
    old, new = work.old.blocks[before].text, work.new.blocks[after].text
    pair = Pair.of(Side.of((before + 1,), (old,)), Side.of((after + 1,), (new,)), work.lexicon_for(()), work.budget)
    note = work.new.sorts[after].sort == "note"
    relation = "unchanged" if old == new else "edited" if note and pair.hunks else "typographic"
    return Link(old=(before + 1,), new=(after + 1,), relation=relation, score=score, edits=edits_of(pair))  # type: ignore[arg-type]


def note_changes(work: Work) -> None:
    """Pair notes with notes; told are the added, the reworded and the withdrawn."""
    old = [at for at, sort in enumerate(work.old.sorts) if sort.sort == "note"]
    new = [at for at, sort in enumerate(work.new.sorts) if sort.sort == "note"]
    if not old and not new:
        return
    words_old = {at: [key for key in keys(work.old.folded[at]) if key[0].isalnum()] for at in old}
    words_new = {at: [key for key in keys(work.new.folded[at]) if key[0].isalnum()] for at in new}
    pairs: list[tuple[int, int]] = []
    for a in list(old):
        mate = next((b for b in new if words_new[b] == words_old[a]), None)
        if mate is not None:
            pairs.append((a, mate))
            old.remove(a)
            new.remove(mate)
    scored = []
    for a in old:
        for b in new:
            shared = sum((Counter(words_old[a]) & Counter(words_new[b])).values())
            score = 2 * shared / max(len(words_old[a]) + len(words_new[b]), 1)
            family = (
                notes.NOTE_SEVERITY[work.old.sorts[a].note_type] == notes.NOTE_SEVERITY[work.new.sorts[b].note_type]
            )
            if score >= (0.4 if family else 0.6):
                scored.append((-score, a, b))
    for _, a, b in sorted(scored):
        if a in old and b in new:
            pairs.append((a, b))
            old.remove(a)
            new.remove(b)
    for severity in (4, 3):  # the only note of its family on either side: worded anew
        left = [at for at in old if notes.NOTE_SEVERITY[work.old.sorts[at].note_type] == severity]
        right = [at for at in new if notes.NOTE_SEVERITY[work.new.sorts[at].note_type] == severity]
        if len(left) == len(right) == 1 and work.old.sorts[left[0]].note_type == work.new.sorts[right[0]].note_type:
            pairs.append((left[0], right[0]))
            old.remove(left[0])
            new.remove(right[0])
    for a, b in pairs:
        work.links.append(_small_link(work, a, b))
        if words_old[a] != words_new[b]:
            work.note_words_removed += sum((Counter(words_old[a]) - Counter(words_new[b])).values())
            work.note_words_added += sum((Counter(words_new[b]) - Counter(words_old[a])).values())
            graver = max(
                (work.old.sorts[a].note_type, work.new.sorts[b].note_type), key=lambda name: notes.NOTE_SEVERITY[name]
            )
            if graver == "update" and closeness(work.old.folded[a][:60], work.new.folded[b][:60]) < 0:
                continue
            work.findings.append(
                notes.note_finding("changed", graver, work.old.blocks[a].text, work.new.blocks[b].text, a + 1, b + 1)
            )
    for a in old:
        work.removed.add(a + 1)
        work.note_words_removed += len(words_old[a])
        work.findings.append(
            notes.note_finding("removed", work.old.sorts[a].note_type, work.old.blocks[a].text, "", a + 1, 0)
        )
    for b in new:
        work.added.add(b + 1)
        work.note_words_added += len(words_new[b])
        work.findings.append(
            notes.note_finding("added", work.new.sorts[b].note_type, "", work.new.blocks[b].text, 0, b + 1)
        )
