"""The twin that says no for an expression: it may be wider, and must never be narrower."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.extract import gate_words, phrases
from bot.extract.gate_voice import _words
from bot.extract.guarded import Guarded, guarded, wider

EXPRESSIONS = {
    **{f"{module.__name__}.{name}": one for module in (gate_words, phrases) for name, one in vars(module).items()
       if isinstance(one, Guarded)},
    "voice.spoken_to": _words().spoken_to,
    "voice.we": _words().we,
    "voice.sign": _words().sign,
    **{f"voice.about.{topic}": one for topic, one in _words().about.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
def test_whatever_an_expression_matches_its_twin_lets_through(name: str) -> None:
    one = EXPRESSIONS[name]

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.from_regex(one.expression))
    def holds(text: str) -> None:
        text = text.replace("\n", " ").encode("utf-8", "replace").decode()
        for how in ("search", "match", "fullmatch"):
            plain = getattr(one.expression, how)(text)
            found = getattr(one, how)(text)
            assert (plain and plain.span()) == (found and found.span())

    holds()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?<!\w)(?:dead|hurt)(?!\w)", "12 dead"),
        (r"\bnoon\b$", "at noon"),
        (r"^\W{0,3}\d{1,4}[./-]\d{2,40}", "« 2026-11/24"),
        (r"[^\W\d_]++ \w{2,9}?", "вторник вечером"),
        (r"[\d\u0660-\u0669]+(?>x|\))", "٣٤)"),
        (r"[]\[]|[^]]\s\S\D", "a\u00a0bc"),
        (r"\u2026\x41\.(?=[)\]]).", "\u2026A.)"),
    ],
)
def test_an_expression_of_pythons_is_made_wider_for_re2(pattern: str, text: str) -> None:
    assert re.search(pattern, text)
    assert guarded(pattern).search(text), wider(pattern)


def test_an_expression_is_asked_only_where_it_may_match() -> None:
    one = guarded(r"(?<!\d)noon\b", re.IGNORECASE)
    assert one.sub("-", "At NOON or at noon") == "At - or at -"
    assert one.subn("-", "at night") == ("at night", 0)
    assert one.findall("noon Noon 5noon") == ["noon", "Noon"]
    assert [match.start() for match in one.finditer("at noon")] == [3]
    assert not list(one.finditer("at night")) and not one.findall("at night")
    assert one.pattern == r"(?<!\d)noon\b"
