"""A digest as a Slack message: everything that counts is there, within the limits, and nothing in it is live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.digest import Digest, to_json
from bot.core.model import AlertKind
from bot.render.message import Message
from bot.render.slack import payload
from tests.edges import mail_letters
from tests.slack_checks import check_message, mentions, texts

HOSTILE = "<!channel> <@U1> *bold* _i_ ~s~ `c` &amp; \u202e\u0007" + "ä" * 5000


def digest_message(digest: Digest) -> Message:
    return Message(
        kind=AlertKind.DIGEST, public_id="a_digest00001", title="Digest", payload={"digest": to_json(digest)}
    )


def test_corrections_headlines_and_numbers_are_shown() -> None:
    body = payload(digest_message(mail_letters.a_day()), channel="C0NEWS0000")
    assert check_message(body) == []
    said = " ".join(texts(body["blocks"]))
    digest = mail_letters.a_day()
    for entry in digest.corrections:
        assert entry.headline in said
    for entry in digest.headlines:
        assert entry.headline in said
    assert body["text"].startswith("Digest")
    assert len(body["text"]) <= 300


@pytest.mark.parametrize("count", [1, 400])
def test_hostile_and_endless_digests_keep_the_limits(count: int) -> None:
    digest = mail_letters.a_day()
    entry = replace(digest.corrections[0], headline=HOSTILE, notes=(HOSTILE,))
    minor = tuple(replace(entry, watch_id=1000 + number) for number in range(count))
    body = payload(digest_message(replace(digest, corrections=(entry,), minor=minor)), channel="C0NEWS0000")
    assert check_message(body) == []
    assert not [one for one in texts(body["blocks"]) if mentions(one)] or all(
        block["type"] == "rich_text" for block in body["blocks"]
    )
    if count > 50:
        assert "more" in " ".join(texts(body["blocks"]))
