"""What a newsroom can say about one outlet's pages, and what is remembered of one story's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FIELDS = ("headline", "standfirst", "byline", "body", "published", "updated", "corrections", "captions")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRules:
    """An outlet's own selectors and filters; empty means the general method alone.

    ``selectors``: field -> CSS selector, fields of FIELDS; a body selector names the container(s) of the text, and
    may name the paragraphs themselves. ``remove``: CSS selectors taken out before anything is read. ``drop_lines``:
    regular expressions (RE2, linear time); a line of the body in which one is found is left out. ``min_words``: a
    page with fewer words in its body is ``empty`` (0: the general floor). ``method``: ``article`` (the general
    method), ``selector`` (nothing but the body selector: no pruning, no line rules) or ``live`` (entries, even where
    the page does not say it is a live blog). A selector or expression that does not parse is left out and named in
    ``Extraction.sources["rules"]``.
    """

    name: str = ""
    selectors: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    drop_lines: tuple[str, ...] = ()
    min_words: int = 0
    method: str = "article"

    def __bool__(self) -> bool:
        return bool(self.selectors or self.remove or self.drop_lines or self.min_words or self.method != "article")


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """What is remembered of a story's page, for the gate's comparisons.

    ``charset``: the one that worked. ``recipe``: of the last good version. ``words``: number of words of its body.
    ``sketch``: hashes of its words (``gate_before.sketch``), empty where unknown. ``headline``: its headline.
    ``had_closing_html``: the page ended with ``</html>``. ``was_free``: False where the page said
    ``isAccessibleForFree: false`` even then, None where it said nothing. ``offers``: how many different invitations to
    subscribe stood on the page, None where nobody counted.
    """

    charset: str | None = None
    recipe: str = ""
    words: int = 0
    sketch: frozenset[int] = frozenset()
    headline: str = ""
    had_closing_html: bool = False
    was_free: bool | None = None
    offers: int | None = None
