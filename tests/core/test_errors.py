"""How failures read: what happened, to what, why, and what to do, on one line."""

from __future__ import annotations

import pytest

from bot import errors
from bot.errors import ConfigError, StetError, UsageError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StetError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_failure_names_its_subject_and_its_cause_on_one_line(kind: type[StetError]) -> None:
    needs = {"BadStatus": {"status": 503}, "ExtractError": {"kind": "empty"}}.get(kind.__name__, {})
    error = kind("it did not work", subject="watch 17", **needs)
    assert str(error) == "it did not work: watch 17"
    error.__cause__ = OSError("no\nroom")
    assert str(error) == "it did not work: watch 17: OSError: no room"


def test_what_to_do_stands_at_the_end() -> None:
    error = UsageError("there is a configuration already; name another with --out", subject="config.toml")
    assert str(error) == "there is a configuration already: config.toml; name another with --out"
    error.__cause__ = ValueError()
    assert str(error) == "there is a configuration already: config.toml: ValueError; name another with --out"
    assert str(UsageError("nothing to change; name a --desk")) == "nothing to change; name a --desk"


def test_what_a_server_said_is_not_taken_for_a_remedy() -> None:
    error = UsageError(
        "the server put us off (450 4.7.1 busy; come back); it is tried again", subject="desk@paper.example"
    )
    assert str(error) == "the server put us off (450 4.7.1 busy; come back): desk@paper.example; it is tried again"


def test_a_wrong_configuration_keeps_its_problems_apart() -> None:
    assert ConfigError("two problems", problems=["[bot] a", "[web] b"]).problems == ("[bot] a", "[web] b")
