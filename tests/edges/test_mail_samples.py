"""The sample mails in docs/samples are what is sent today.

After a wanted change of a mail: ``STET_REWRITE_SAMPLES=1 python -m pytest tests/edges/test_mail_samples.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.render.letter import compose, wire
from tests.edges.mail_letters import letters
from tests.edges.mail_samples import LETTERHEAD, NOW

SAMPLES = Path(__file__).parent.parent.parent / "docs" / "samples"
LETTERS = letters()


@pytest.mark.parametrize("name", LETTERS)
def test_the_sample_is_what_is_sent_today(name: str) -> None:
    letter = LETTERS[name]
    files = {
        f"{name}.eml": wire(compose(letter, LETTERHEAD, NOW)),
        f"{name}.html": letter.html.encode(),
        f"{name}.txt": letter.text.encode(),
    }
    if os.environ.get("STET_REWRITE_SAMPLES") == "1":
        SAMPLES.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (SAMPLES / file).write_bytes(content)
    for file, content in files.items():
        assert (SAMPLES / file).read_bytes() == content, f"{file} differs; see this module's first lines"


def test_no_sample_stands_there_that_nobody_makes() -> None:
    assert {path.stem for path in SAMPLES.iterdir()} == set(LETTERS)
