"""Delivery reports of mail servers are read, and only those about our own mails are believed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.deliver.bounce import Bounce, read
from bot.deliver.email import EmailChannel
from bot.render.letter import compose, wire
from tests.edges.mail_samples import LETTERHEAD, NOW, alert, correction
from tests.edges.test_smtp import sending
from tests.smtp_server import MailServer

ID = "a_k3v9w2mq7xtd"


def report(
    *,
    to: str = "bounces@paper.example",
    fields: str = "Final-Recipient: rfc822; desk@paper.example\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <desk@paper.example>: no such\n user here",
    ours: str = "",
    ours_kind: str = "message/rfc822",
    kind: str = "multipart/report; report-type=delivery-status",
) -> bytes:
    """A report as mail servers write it, in three parts."""
    parts = [
        "Content-Type: text/plain\n\nYour mail could not be delivered.",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.paper.example\n\n{fields}\n",
    ]
    if ours:
        parts.append(f"Content-Type: {ours_kind}\n\n{ours}\n\nwords")
    body = "\n".join(f"--b\n{part}\n" for part in parts)
    head = f"From: mailer-daemon@mx.paper.example\nTo: {to}\nSubject: Undelivered\nMIME-Version: 1.0\n"
    return f'{head}Content-Type: {kind}; boundary="b"\n\n{body}--b--\n'.encode()


def test_a_refused_address_is_read_with_what_the_server_said() -> None:
    found = read(report(to=f"bounces+{ID}@paper.example"))
    assert found == Bounce(
        alert=ID,
        recipient="desk@paper.example",
        action="failed",
        status="5.1.1",
        words="550 5.1.1 <desk@paper.example>: no such user here",
    )
    assert found.failed
    assert found.permanent


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    "ours",
    [
        f"X-Stet-Alert: {ID}",
        f"Message-ID: <alert.{ID}.0123456789abcdef@paper.example>",
        f"message-id:\n <folded.{ID}.0@x>",
    ],
)
def test_our_own_headers_name_the_mail_that_came_back(ours: str, kind: str) -> None:
    found = read(report(ours=f"From: stet@paper.example\n{ours}", ours_kind=kind))
    assert found is not None
    assert found.alert == ID


@pytest.mark.parametrize(
    ("fields", "failed", "permanent", "status"),
    [
        ("Action: delayed\nStatus: 4.4.1", False, False, "4.4.1"),
        ("Action: delivered\nStatus: 2.0.0", False, False, "2.0.0"),
        ("Action: failed\nStatus: 4.4.7", True, False, "4.4.7"),
        ("Action: FAILED (really)\nStatus: 5.7.1 (refused)", True, True, "5.7.1"),
        ("Action: failed\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full", True, True, "5.2.2"),
        ("Action: failed", True, False, ""),
        ("Action: relayed\n\nAction: failed\nStatus: 5.1.10", True, True, "5.1.10"),
    ],
)
def test_only_what_failed_for_good_counts_against_an_address(
    fields: str, failed: bool, permanent: bool, status: str
) -> None:
    found = read(report(fields=fields))
    assert found is not None
    assert (found.failed, found.permanent, found.status) == (failed, permanent, status)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 100,
        b"From: ann@paper.example\nTo: bounces+a_k3v9w2mq7xtd@paper.example\nSubject: Out of office\n\nI am away.",
        report(fields=""),
        report(kind="text/plain"),
    ],
    ids=["empty", "bytes", "an absence note", "a report about nobody", "no report"],
)
def test_what_is_no_report_is_none(raw: bytes) -> None:
    assert read(raw) is None


@pytest.mark.parametrize(
    "told",
    [
        {"ours": "Message-ID: <story.12.0123456789abcdef@paper.example>"},
        {"ours": "X-Stet-Alert: xa_k3v9w2mq7xtdx"},
        {"fields": f"Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; {ID}@paper.example"},
    ],
)
def test_a_report_that_does_not_prove_to_be_about_our_mail_names_none(told: dict[str, str]) -> None:
    found = read(report(**told))
    assert found is not None
    assert found.alert == ""


@given(st.binary(max_size=400), st.integers(0, 600))
@settings(max_examples=60)
def test_whatever_comes_in_is_read_without_a_fault(noise: bytes, at: int) -> None:
    whole = report(to=f"b+{ID}@x.example", ours=f"X-Stet-Alert: {ID}")
    read(whole[:at] + noise + whole[at:])


@pytest.mark.parametrize(
    ("given_", "seen"),
    [
        ({}, "stet@paper.example"),
        ({"envelope_sender": "bounces@paper.example"}, "bounces@paper.example"),
        ({"envelope_sender": "bounces+{id}@paper.example"}, "bounces+ID@paper.example"),
        ({"envelope_sender": "bounces+{id}@zürich.example"}, "bounces+ID@xn--zrich-kva.example"),
    ],
)
def test_the_envelope_names_the_alert_where_the_sender_has_room_for_it(
    given_: dict[str, str], seen: str, tmp_path: Path
) -> None:
    message = correction()
    about = alert(message)
    with MailServer(security="none") as server, sending(server, tmp_path, **given_) as channel:
        channel.send(message, about)
    [taken] = server.accepted
    assert taken.sender == seen.replace("ID", about.public_id)
    assert f"X-Stet-Alert: {about.public_id}\r\n".encode() in taken.content


def test_a_mail_of_ours_that_comes_back_whole_is_recognised(tmp_path: Path) -> None:
    message = correction()
    sent: list[bytes] = []
    with MailServer(security="none") as server, sending(server, tmp_path) as channel:
        assert isinstance(channel, EmailChannel)
        channel.send(message, alert(message, public_id=ID))
        sent = [one.content for one in server.accepted]
    found = read(report(ours=sent[0].decode().replace("\r\n", "\n")))
    assert found is not None
    assert found.alert == ID


def test_a_letter_of_no_alert_has_no_such_header() -> None:
    from bot.render.email import letter

    mail = wire(compose(letter(correction(), recipient="a@b.example", letterhead=LETTERHEAD), LETTERHEAD, NOW))
    assert b"X-Stet-Alert" not in mail
