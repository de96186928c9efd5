"""What a newsroom can set about comparing: thresholds, kinds switched off, severities, more patterns and words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bot.core.comparison import KINDS, Severity
from bot.core.lexicon import digest
from bot.errors import ConfigError

ENGINE = "stet-compare/1"
PROFILES = ("story", "live", "policy_page")
LISTS = frozenset(
    "hedges modality quantifiers negation titles office_words not_names prepositions pronouns attribution_only".split()
)
MAX_PATTERN = 300
_NESTED = re.compile(r"\([^()]*[+*][^()]*\)\s*[+*{]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareConfig:
    """Settings of ``compare``. Everything out of range raises ConfigError with all problems at once.

    ``kinds_off`` are kinds of finding never made; ``rules_off`` ids of single patterns (``en.furniture.ad``);
    ``severity_overrides`` maps kinds to 0-4; ``furniture`` and ``notes`` are more regular expressions, matched without
    case against folded text; ``lexicon`` adds words to lists (``{"hedges": ("mooted",)}``); ``lang`` "" means find out.
    """

    profile: str = "story"
    lang: str = ""
    kinds_off: frozenset[str] = frozenset()
    rules_off: frozenset[str] = frozenset()
    severity_overrides: Mapping[str, int] = field(default_factory=dict)
    furniture: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lexicon: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    context_words: int = 6
    suspect_ratio: float = 0.4
    suspect_words: int = 80
    edited: float = 0.42
    rewritten: float = 0.30
    joined: float = 0.55
    volume: float = 0.35
    many_findings: int = 6
    budget: int = 40_000_000
    max_blocks: int = 20_000
    max_chars: int = 2_000_000

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ConfigError("the settings of the comparison are wrong", problems=problems)

    def _problems(self) -> Any:
        if self.profile not in PROFILES:
            yield f"profile: {self.profile!r} is not one of {', '.join(PROFILES)}"
        for kind in sorted(self.kinds_off - KINDS):
            yield f"kinds_off: {kind!r} is no kind of finding"
        for kind, severity in self.severity_overrides.items():
            if kind not in KINDS:
                yield f"severity_overrides: {kind!r} is no kind of finding"
            elif not isinstance(severity, int) or isinstance(severity, bool) or not 0 <= severity <= 4:
                yield f"severity_overrides.{kind}: a number from 0 to 4 is wanted, not {severity!r}"
        for name in ("suspect_ratio", "edited", "rewritten", "joined", "volume"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value < 1:
                yield f"{name}: a number between 0 and 1 is wanted, not {value!r}"
        for name, low, high in (
            ("context_words", 0, 50),
            ("suspect_words", 0, 10_000),
            ("many_findings", 1, 1000),
            ("budget", 100_000, 1_000_000_000),
            ("max_blocks", 10, 100_000),
            ("max_chars", 1000, 20_000_000),
        ):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                yield f"{name}: a whole number from {low} to {high} is wanted, not {value!r}"
        for name in ("furniture", "notes"):
            for pattern in getattr(self, name):
                problem = pattern_problem(pattern)
                if problem:
                    yield f"{name}: {problem}: {pattern[:60]!r}"
        for name in self.lexicon:
            if name not in LISTS:
                yield f"lexicon: {name!r} is not one of {', '.join(sorted(LISTS))}"

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> CompareConfig:
        """From plain configuration values. Unknown keys raise ConfigError like values out of range."""
        known = {entry.name for entry in fields(cls)}
        unknown = sorted(str(key) for key in settings if key not in known)
        if unknown:
            raise ConfigError(
                "the settings of the comparison are wrong",
                problems=[f"{key}: no such setting; known are {', '.join(sorted(known))}" for key in unknown],
            )
        values: dict[str, Any] = dict(settings)
        for name in ("kinds_off", "rules_off"):
            if name in values:
                values[name] = frozenset(values[name])
        for name in ("furniture", "notes"):
            if name in values:
                values[name] = tuple(values[name])
        if "lexicon" in values:
            values["lexicon"] = {name: tuple(words) for name, words in values["lexicon"].items()}
        if "severity_overrides" in values:
            overrides = {}
            for kind, severity in values["severity_overrides"].items():
                try:
                    overrides[kind] = int(Severity.parse(severity))
                except ValueError as error:
                    raise ConfigError(
                        "the settings of the comparison are wrong", problems=[f"severity_overrides.{kind}: {error}"]
                    ) from None
            values["severity_overrides"] = overrides
        return cls(**values)

    @property
    def engine(self) -> str:
        """Version, and a hash of the settings and lexicons: stored with every result."""
        parts = []
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, frozenset):
                value = sorted(value)
            elif isinstance(value, Mapping):
                value = sorted(value.items())
            parts.append(f"{entry.name}={value!r}")
        hashed = hashlib.sha256((digest() + "\n".join(parts)).encode("utf-8", "surrogatepass")).hexdigest()
        return f"{ENGINE}+{hashed[:10]}"


def pattern_problem(pattern: object) -> str:
    """Why a pattern of a newsroom is not taken, "" where it is: it must compile, be short, and not nest repeats."""
    if not isinstance(pattern, str) or not pattern:
        return "text is wanted"
    if len(pattern) > MAX_PATTERN:
        return f"longer than {MAX_PATTERN} characters"
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"no regular expression ({error})"
    if _NESTED.search(pattern):
        return "a repeated group that repeats inside can take for ever"
    if compiled.fullmatch("") is not None:
        return "matches the empty text"
    return ""
