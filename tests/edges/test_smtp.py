"""What every answer of a mail server means, against a real one on loopback."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.deliver.email import EmailChannel, EmailSettings, EmlOutbox, Security, check, problems, validate
from bot.errors import ConfigError, DeliveryError
from tests.edges.mail_samples import NOW, alert, correction, notice
from tests.smtp_server import PASSWORD, USER, MailServer


@contextmanager
def sending(server: MailServer, folder: Path, **changes: Any) -> Iterator[EmailChannel]:
    """A channel that talks to the server."""
    channel = EmailChannel(settings_for(server, folder, **changes), now=lambda: NOW, secret_key="k")
    try:
        yield channel
    finally:
        channel.close()


def settings_for(server: MailServer, folder: Path, **changes: Any) -> EmailSettings:
    values: dict[str, Any] = {
        "host": "localhost" if server.security != "none" else "127.0.0.1",
        "port": server.port,
        "security": Security(server.security),
        "sender": "stet@paper.example",
        "timeout": 5.0,
        "ca_file": server.trust(folder),
    }
    if server.login:
        values |= {"username": USER, "password": PASSWORD}
    return EmailSettings(**(values | changes))


def failure(channel: EmailChannel, recipient: str = "desk@paper.example") -> DeliveryError:
    message = correction()
    with pytest.raises(DeliveryError) as caught:
        channel.send(message, alert(message, recipient))
    said = str(caught.value)
    assert "\n" not in said
    assert PASSWORD not in said
    return caught.value


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_out_protected_and_logged_in(security: str, tmp_path: Path) -> None:
    message = correction()
    with MailServer(security=security, login=True) as server:
        with sending(server, tmp_path) as channel:
            receipt = channel.send(message, alert(message))
        [taken] = server.accepted
    assert taken.secured
    assert taken.login == USER
    assert taken.recipients == ["desk@paper.example"]
    assert taken.sender == "stet@paper.example"
    mail = email.message_from_bytes(taken.content, policy=email.policy.default)
    assert mail["Message-ID"] == receipt["message_id"]
    assert "£14,000" in mail.get_body(("plain",)).get_content()


def test_a_batch_uses_one_connection_and_one_transaction_a_recipient(tmp_path: Path) -> None:
    message = correction()
    with MailServer() as server:
        with sending(server, tmp_path) as channel:
            for number in range(5):
                channel.send(message, alert(message, f"r{number}@paper.example", number=number))
        assert server.connections == 1
        assert [taken.recipients for taken in server.accepted] == [[f"r{n}@paper.example"] for n in range(5)]


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(tmp_path: Path) -> None:
    message = correction()
    with MailServer() as server, sending(server, tmp_path) as channel:
        channel.send(message, alert(message))
        for transport in list(server._transports):
            server._loop.call_soon_threadsafe(transport.abort)
        channel.send(message, alert(message, number=2))
        assert len(server.accepted) == 2
        assert server.connections == 2


def test_a_refused_recipient_is_permanent_for_that_recipient_alone(tmp_path: Path) -> None:
    message = correction()
    with MailServer() as server, sending(server, tmp_path) as channel:
        server.refuse_recipient("gone@paper.example", "550 5.1.1 no such user")
        error = failure(channel, "gone@paper.example")
        assert (error.permanent, error.scope, error.outcome_unknown) == (True, "target", False)
        channel.send(message, alert(message))
        assert [taken.recipients for taken in server.accepted] == [["desk@paper.example"]]


def test_a_greylisted_recipient_is_tried_again(tmp_path: Path) -> None:
    message = correction()
    with MailServer() as server, sending(server, tmp_path) as channel:
        server.refuse_recipient("grey@paper.example", "451 4.7.1 come back later")
        error = failure(channel, "grey@paper.example")
        assert (error.permanent, error.outcome_unknown) == (False, False)
        channel.send(message, alert(message, "grey@paper.example"))
        assert len(server.accepted) == 1


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("452 4.3.1 no room", False),
        ("421 4.3.2 shutting down", False),
        ("554 5.7.1 looks like spam", True),
        ("552 too big", True),
    ],
)
def test_an_answer_to_the_text_decides_about_that_mail(answer: str, permanent: bool, tmp_path: Path) -> None:
    with MailServer() as server, sending(server, tmp_path) as channel:
        server.on_data = lambda envelope: answer
        error = failure(channel)
    assert (error.permanent, error.scope, error.outcome_unknown) == (permanent, "alert", False)


def test_a_mail_beyond_the_size_that_the_server_takes_is_permanent(tmp_path: Path) -> None:
    with MailServer(size_limit=2_000) as server, sending(server, tmp_path) as channel:
        error = failure(channel)
    assert (error.permanent, error.scope) == (True, "alert")
    assert "too large" in str(error)


def test_a_refused_sender_is_a_configuration_error_that_keeps_the_mail(tmp_path: Path) -> None:
    with MailServer() as server, sending(server, tmp_path) as channel:
        server.sender_answers = ["553 5.7.1 sender address rejected: not owned by user"]
        error = failure(channel)
    assert (error.permanent, error.scope) == (True, "channel")
    assert error.retry_after
    assert "email.from" in str(error)


def test_a_wrong_password_is_a_configuration_error_that_keeps_the_mail(tmp_path: Path) -> None:
    with MailServer(security="starttls", login=True) as server, sending(server, tmp_path, password="not it") as channel:
        error = failure(channel)
    assert (error.permanent, error.scope) == (True, "channel")
    assert "STET_SMTP_PASSWORD" in str(error)
    assert "not it" not in str(error)


def test_nothing_is_sent_in_clear_text_where_the_server_lacks_starttls(tmp_path: Path) -> None:
    with MailServer() as server, sending(server, tmp_path, security=Security.STARTTLS) as channel:
        error = failure(channel)
        assert server.accepted == []
    assert (error.permanent, error.scope) == (True, "channel")
    assert "STARTTLS" in str(error)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_untrusted_certificate_is_a_configuration_error(security: str, tmp_path: Path) -> None:
    with MailServer(security=security) as server, sending(server, tmp_path, ca_file="") as channel:
        error = failure(channel)
        assert server.accepted == []
    assert (error.permanent, error.scope) == (True, "channel")
    assert "certificate" in str(error)


def test_a_certificate_for_another_host_is_a_configuration_error(tmp_path: Path) -> None:
    with MailServer(security="starttls", host_in_certificate="elsewhere.test") as server:
        with sending(server, tmp_path) as channel:
            error = failure(channel)
        assert server.accepted == []
    assert error.scope == "channel"


def test_tls_to_a_clear_text_port_is_a_configuration_error(tmp_path: Path) -> None:
    with MailServer() as server, sending(server, tmp_path, security=Security.TLS) as channel:
        error = failure(channel)
    assert error.scope == "channel"
    assert "starttls" in str(error)


def test_a_closed_port_is_tried_again(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings = EmailSettings(
            host="127.0.0.1", port=held.getsockname()[1], security=Security.NONE, sender="stet@paper.example"
        )
        channel = EmailChannel(settings, now=lambda: NOW)
        error = failure(channel)
        channel.close()
    assert (error.permanent, error.outcome_unknown, error.scope) == (False, False, "alert")


@pytest.mark.parametrize("greeting", ["421 too many connections", "554 go away"])
def test_a_greeting_that_refuses_is_kept_for_later(greeting: str, tmp_path: Path) -> None:
    with MailServer() as server, sending(server, tmp_path) as channel:
        server.on_connect = lambda: greeting
        error = failure(channel)
    assert not error.outcome_unknown
    assert (error.permanent, error.scope) == ((True, "channel") if greeting.startswith("5") else (False, "alert"))


@pytest.mark.parametrize("fault", ["drop", "stall"])
def test_a_connection_lost_after_the_text_leaves_the_outcome_unknown_and_keeps_the_message_id(
    fault: str, tmp_path: Path
) -> None:
    message = correction()
    with MailServer() as server, sending(server, tmp_path, timeout=0.5) as channel:
        faults = [fault]
        server.on_data = lambda envelope: faults.pop() if faults else None
        error = failure(channel)
        assert (error.permanent, error.outcome_unknown) == (False, True)
        channel.send(message, alert(message))
        assert server.swallowed[0].content == server.accepted[0].content


def test_a_connection_lost_before_the_text_was_taken_is_no_unknown_outcome(tmp_path: Path) -> None:
    with MailServer() as server, sending(server, tmp_path) as channel:
        server.recipient_answers["desk@paper.example"] = ["421 4.4.2 idle too long"]
        error = failure(channel)
    assert (error.permanent, error.outcome_unknown) == (False, False)


def test_letters_beyond_ascii_before_the_at_need_a_server_that_can(tmp_path: Path) -> None:
    message = correction()
    with MailServer(smtputf8=False) as server, sending(server, tmp_path) as channel:
        error = failure(channel, "jürgen@paper.example")
        assert (error.permanent, error.scope) == (True, "target")
    with MailServer() as server, sending(server, tmp_path) as channel:
        channel.send(message, alert(message, "jürgen@bücher.example"))
        [taken] = server.accepted
        assert taken.recipients == ["jürgen@xn--bcher-kva.example"]


def test_an_address_that_is_none_is_permanent_for_that_target(tmp_path: Path) -> None:
    with MailServer() as server, sending(server, tmp_path) as channel:
        error = failure(channel, "not an address")
    assert (error.permanent, error.scope) == (True, "target")


def test_lines_that_begin_with_a_dot_arrive_as_they_are(tmp_path: Path) -> None:
    message = notice("Dots", ".", "..two", ".\n.")
    with MailServer() as server, sending(server, tmp_path) as channel:
        channel.send(message, alert(message))
        [taken] = server.accepted
    text = email.message_from_bytes(taken.content, policy=email.policy.default).get_body(("plain",)).get_content()
    text = text.replace("\r\n", "\n")
    assert "\n..two\n" in text
    assert "\n.\n" in text


def test_the_outbox_folder_has_one_file_an_alert_however_often_it_is_sent(tmp_path: Path) -> None:
    message = correction()
    outbox = EmlOutbox(tmp_path / "outbox", now=lambda: NOW)
    first = outbox.send(message, alert(message))
    again = outbox.send(message, alert(message))
    other = outbox.send(message, alert(message, "second@paper.example", number=2))
    assert first["file"] == again["file"] != other["file"]
    assert sorted(path.name[:4] for path in (tmp_path / "outbox").iterdir()) == ["0001", "0002"]
    mail = email.message_from_bytes(Path(first["file"]).read_bytes(), policy=email.policy.default)
    assert mail["To"] == "desk@paper.example"


def test_a_folder_that_cannot_be_written_is_told_and_keeps_the_mail(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands in the way")
    message = correction()
    with pytest.raises(DeliveryError) as caught:
        EmlOutbox(tmp_path / "outbox", now=lambda: NOW).send(message, alert(message))
    assert caught.value.scope == "channel"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"port": 465}, "465"),
        ({"port": 587, "security": Security.TLS}, "587"),
        ({"username": "u"}, "STET_SMTP_PASSWORD"),
        ({"password": "p"}, "email.username"),
        ({"username": "u", "password": "p", "security": Security.NONE}, "clear text"),
        ({"sender": ""}, "email.from"),
        ({"sender": "stet@localhost"}, "email.from"),
        ({"sender": "stet@paper.example\r\nBcc: x@y.example"}, "email.from"),
        ({"reply_to": "nobody"}, "email.reply_to"),
        ({"envelope_sender": "bounces+{id}"}, "email.envelope_sender"),
        ({"envelope_sender": "bounces@{id}.paper.example"}, "{id} belongs before the @"),
        ({"domain": "not a domain"}, "email.domain"),
        ({"host": "smtp://paper.example"}, "email.host"),
        ({"timeout": 0}, "email.timeout"),
        ({"fold_above": 0}, "email.fold_above"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes: dict[str, Any], words: str) -> None:
    values: dict[str, Any] = {"host": "smtp.paper.example", "sender": "stet@paper.example"}
    with pytest.raises(ConfigError) as caught:
        validate(EmailSettings(**(values | changes)))
    assert words in "\n".join(caught.value.problems)
    assert "\n" not in str(caught.value)


def test_usual_settings_are_fine_and_know_their_port() -> None:
    for security, port in (("starttls", 587), ("tls", 465), ("none", 25)):
        settings = EmailSettings(host="smtp.paper.example", sender="stet@paper.example", security=Security(security))
        assert problems(settings) == ()
        assert settings.number == port
    local = EmailSettings(host="localhost", sender="stet@localhost", allow_local_domains=True)
    assert problems(local) == ()


def test_a_test_mail_gives_the_whole_conversation_without_secrets(tmp_path: Path) -> None:
    with MailServer(security="starttls", login=True) as server:
        said = check(settings_for(server, tmp_path), "editor@paper.example", now=NOW)
        assert len(server.accepted) == 1
    assert said.sent
    assert said.problem == ""
    talk = "\n".join(said.lines)
    assert "S: 220 mail.test" in talk
    assert "C: STARTTLS" in talk
    assert "C: AUTH" in talk
    assert "C: rcpt TO:<editor@paper.example>" in talk
    assert_no_secret(talk)


def test_a_failed_test_mail_names_the_likely_cause(tmp_path: Path) -> None:
    with MailServer(security="starttls", login=True) as server:
        said = check(settings_for(server, tmp_path, password="wrong one"), "editor@paper.example", now=NOW)
    assert not said.sent
    assert "app password" in said.problem
    assert any(line.startswith("S: 535") for line in said.lines)
    assert_no_secret("\n".join(said.lines), "wrong one")


def assert_no_secret(talk: str, password: str = PASSWORD) -> None:
    import base64

    for secret in (
        password,
        base64.b64encode(f"\0{USER}\0{password}".encode()).decode(),
        base64.b64encode(password.encode()).decode(),
    ):
        assert secret not in talk
