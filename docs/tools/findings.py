"""Writes docs/findings.md: every kind of finding, with an example that the comparator itself explains.

``python docs/tools/findings.py`` rewrites the page, ``--check`` exits 1 where it is out of date (a test calls it).
The examples are the smallest labelled pairs of the judge's corpus that show a kind.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bot.core.compare import compare
from bot.core.comparison import KINDS, Finding
from bot.core.story import from_json
from bot.core.why import RULES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "findings.md"
GROUPS = (
    ("Notes", "correction_added correction_changed correction_removed update_note_changed"),
    ("Fields", "headline_changed standfirst_changed byline_changed published_changed lede_changed caption_changed"),
    (
        "Quotations",
        "quote_altered quote_trimmed quote_brackets quote_paraphrased quote_marks_added quote_marks_removed "
        "quote_reattributed quote_removed quote_added",
    ),
    (
        "Facts",
        "figure_changed figure_added figure_removed date_changed name_changed name_spelling name_added name_removed",
    ),
    (
        "Stance",
        "negation_changed hedge_added hedge_removed modality_changed quantifier_changed attribution_added "
        "attribution_removed attribution_verb question_changed framing_changed",
    ),
    ("Paragraphs", "para_added para_removed para_edited para_moved para_split para_merged"),
    ("Live blogs", "entry_added entry_removed entry_edited"),
    ("The page and its past", "extraction_suspect story_withdrawn flip_flop"),
    ("Trivial: never told", "typography punctuation spelling figure_format furniture"),
)
SAID = {
    "flip_flop": "The headline is again what it was before; something else stood there for 20 min.",
    "story_withdrawn": "Story withdrawn: hardly any of its text is left. Seen 3 times over 20 min.",
}
"""Kinds that history gives, not a pair of texts."""


def main(arguments: list[str]) -> int:
    """Write or check the page."""
    text = page()
    if "--check" in arguments:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page() -> str:
    """The whole page."""
    found = examples()
    out = [
        "# What Stet finds",
        "",
        "Every finding has a kind, a severity, the id of the rule that made it, and the words before and after.",
        "Levels: *critical* (4) interrupts, *major* (3) is worth telling, *notable* (2), *minor* (1), *trivial* (0) is",
        "never told. A kind can be switched off or weighed differently: `[judge] kinds_off`, `severity_overrides`; a",
        "route can ask for some kinds only (`kinds`). `stet why REF` names the rules that fired.",
        "",
        "The examples are made by `docs/tools/findings.py` from the test corpus; their text is invented.",
    ]
    listed: set[str] = set()
    for title, kinds in GROUPS:
        out += ["", f"## {title}", "", "| kind | rule | example |", "|---|---|---|"]
        for kind in kinds.split():
            listed.add(kind)
            out.append(_row(kind, found.get(kind)))
    if listed != KINDS:
        raise SystemExit(f"kinds without a group: {sorted(KINDS ^ listed)}")
    out += ["", "## Rules", "", "| rule | looks at |", "|---|---|"]
    out += [f"| {rule} | {words} |" for rule, words in RULES.items()]
    return "\n".join(out) + "\n"


def examples() -> dict[str, Finding]:
    """For each kind the clearest finding of the corpus: high confidence, short explanation, English first."""
    best: dict[str, tuple[tuple[Any, ...], Finding]] = {}
    for path in sorted((ROOT / "tests" / "data" / "stories").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            pair = json.loads(line)
            if "old" not in pair or "new" not in pair:
                continue
            comparison = compare(from_json(pair["old"]), from_json(pair["new"]))
            for finding in comparison.findings:
                rank = (pair.get("lang", "en") != "en", -finding.confidence, len(finding.explanation), pair["id"])
                known = best.get(finding.kind)
                if finding.explanation and (known is None or rank < known[0]):
                    best[finding.kind] = (rank, finding)
    return {kind: finding for kind, (_, finding) in best.items()}


def _row(kind: str, finding: Finding | None) -> str:
    if finding is None:
        return f"| `{kind}` | | {SAID.get(kind, '')} |"
    words = finding.explanation.replace("|", "\\|").replace("\n", " ")
    return f"| `{kind}` | {finding.rule} | {words} *({finding.severity.word})* |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
