"""Mail through apprise and real servers: what arrives, and what becomes of what is refused."""

from __future__ import annotations

import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from pipeline import Rejected, TryAgain
from pipeline.notifiers.mail import message_id
from tests.alerts.letters import HTML, KEY, TEXT, hostile, message, refused, send
from tests.alerts.services import answering, closed_port, mail_server

QUEUED = "250 2.0.0 Ok: queued as 4711"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key beside it."""
    pytest.importorskip("cryptography")
    from tests.s3.certificate import self_signed

    return self_signed(tmp_path)[0]


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


def content(mail: EmailMessage, kind: str) -> str:
    (part,) = (part for part in mail.walk() if part.get_content_type() == kind)
    text: str = part.get_content().replace("\r\n", "\n")
    return text.removesuffix("\n")


def test_a_mail_has_our_html_and_exactly_our_plain_text() -> None:
    with mail_server() as post:
        assert send(post.url()) == QUEUED
    (mail,) = post.mails
    assert mail.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert content(mail, "text/plain") == TEXT
    assert content(mail, "text/html") == HTML
    assert mail["Subject"] == "10.0.40.7: core complete é"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_is_plain_where_its_url_asks_for_that() -> None:
    with mail_server() as post:
        send(post.url(format="text"))
    (mail,) = post.mails
    assert mail.get_content_type() == "text/plain"
    assert content(mail, "text/plain") == TEXT


def test_a_long_mail_is_not_cut() -> None:
    long = message(html=f"<p>{'a word ' * 20_000}</p>", text="a word " * 20_000 + "end")
    with mail_server() as post:
        send(post.url(), long)
    assert content(post.mails[0], "text/plain") == long.text
    assert content(post.mails[0], "text/html") == long.html


def test_each_try_of_a_mail_has_the_same_id_and_each_message_another() -> None:
    with mail_server() as post:
        for key in (KEY, KEY, "another"):
            send(post.url(), message(key=key))
    ids = [mail["Message-ID"] for mail in post.mails]
    assert ids[0] == ids[1] == message_id(KEY)
    assert ids[2] != ids[0]
    assert all(mail.get_all("Message-ID") == [mail["Message-ID"]] for mail in post.mails)


@pytest.mark.parametrize("key", ["a b>\r\nBcc: x@y", "<@>", "", "ä"])
def test_no_key_breaks_a_header(key: str) -> None:
    with mail_server() as post:
        send(post.url(), message(key=key))
    (mail,) = post.mails
    assert mail["Bcc"] is None
    assert mail["Message-ID"].startswith("<")
    assert not mail.defects


def test_what_a_mails_url_says_itself_comes_first() -> None:
    with mail_server() as post:
        send(post.url(**{"%2Bauto-submitted": "no"}))
    assert post.mails[0].get_all("Auto-Submitted") == ["no"]


@pytest.mark.parametrize(
    "words",
    [
        '"<script>alert(1)</script> & **bold** <!channel> \x1b[31m"',
        "x\r\nBcc: victim@example.com\r\n\r\n<b>",
        "=?utf-8?q?=0D=0ABcc:_victim=40example.com?=",
        "\r\n.\r\nMAIL FROM:<victim@example.com>",
        "\u202egpj.exe \ud800 \x00",
    ],
)
def test_a_dump_has_no_say_in_headers_html_or_the_dialogue(words: str) -> None:
    with mail_server() as post:
        send(post.url(), hostile(words))
    (mail,) = post.mails
    assert mail["Bcc"] is None
    assert mail["To"] == "ops@example.com"
    page, text = content(mail, "text/html"), content(mail, "text/plain")
    assert "panic(cpu 0)" in page
    assert "panic(cpu 0)" in text
    assert "<script" not in page
    assert "<b>" not in page
    for part in (page, text, mail["Subject"]):
        assert part.replace("\n", "").isprintable()


def test_a_server_with_tls_is_sent_to_where_its_certificate_is_vouched_for(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for mode, context in (("ssl", {"tls": tls}), ("starttls", {"starttls": tls})):
        with mail_server(**context) as post:
            assert send(post.url(mode=mode)) == QUEUED
        assert post.encrypted == [True]


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused_unless_the_url_says_so(
    mode: str, tls: ssl.SSLContext
) -> None:
    with mail_server(**{"tls" if mode == "ssl" else "starttls": tls}) as post:
        told = refused(post.url(mode=mode))
        assert isinstance(told, TryAgain)
        assert str(told).startswith("cannot be sent: its certificate is not trusted: self")
        assert post.mails == []
        assert send(post.url(mode=mode, verify="no")) == QUEUED
    assert post.encrypted == [True]


def test_a_server_without_the_encryption_that_is_wanted_gets_nothing() -> None:
    with mail_server() as post:
        told = refused(post.url(mode="starttls"))
        assert str(told) == ("cannot be sent: STARTTLS extension not supported by server.")
        wrong = refused(post.url(mode="ssl"))
        assert str(wrong).startswith("cannot be sent: TLS failed: ")
    assert post.mails == []


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"to_recipient": "550 5.1.1 no such person"}, Rejected, "550 5.1.1 no such person"),
        ({"to_recipient": "530 5.7.0 log in first"}, TryAgain, "530 5.7.0 log in first"),
        ({"to_recipient": "450 4.2.0 greylisted"}, TryAgain, "450 4.2.0 greylisted"),
        ({"to_recipient": "421 4.3.2 going down"}, TryAgain, "421 4.3.2 going down"),
        ({"to_sender": "550 5.7.1 not from you"}, TryAgain, "550 5.7.1 not from you"),
        ({"to_sender": "552 5.3.4 too large"}, Rejected, "552 5.3.4 too large"),
        ({"to_sender": "421 4.3.2 going down"}, TryAgain, "421 4.3.2 going down"),
        ({"answer": "552 5.2.3 too large"}, Rejected, "552 5.2.3 too large"),
        ({"answer": "554 5.7.1 looks like spam"}, Rejected, "554 5.7.1 looks like spam"),
        ({"answer": "451 come back later"}, TryAgain, "451 come back later"),
        ({"answer": "421 going down"}, TryAgain, "421 going down"),
    ],
)
def test_what_a_server_refuses_is_told_in_its_words(
    options: dict[str, Any], kind: type, words: str
) -> None:
    with mail_server(**options) as post:
        told = refused(post.url())
    assert isinstance(told, kind)
    assert str(told) == f"the server answered {words}"
    assert post.mails == []


@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
def test_a_server_that_hangs_up_is_told_as_that(command: str) -> None:
    with mail_server(hangs_up_at=command) as post:
        told = refused(post.url())
    assert isinstance(told, TryAgain)
    assert str(told) in {
        "cannot be sent: the server closed the connection",
        "cannot be sent: Connection reset by peer",
    }


@pytest.mark.parametrize("password", ["wr0ngpassword", "wr0ng%2Fpassword"])
def test_a_wrong_password_is_for_the_owner_to_mend_and_is_not_told(password: str) -> None:
    with mail_server() as post:
        told = refused(post.url(password))
    assert isinstance(told, TryAgain)
    assert str(told).startswith("the server answered 535 ")
    assert "wr0ng" not in str(told)
    assert post.mails == []


def test_what_a_server_repeats_of_a_password_when_it_takes_a_mail_is_not_told() -> None:
    with mail_server(answer="250 hunter22 AG9wcwBodW50ZXIyMg== is fine") as post:
        assert send(post.url()) == "250 … … is fine"


def test_what_a_server_repeats_of_a_password_is_not_told() -> None:
    """In clear, or as it went over the wire."""
    with mail_server(answer="554 hunter22 AG9wcwBodW50ZXIyMg==") as post:
        told = str(refused(post.url()))
    assert told.startswith("the server answered 554 ")
    for secret in ("hunter22", "AG9wcwBodW50ZXIyMg"):
        assert secret not in told


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"554 5.7.1 you are on a list\r\n", "the server answered 554 5.7.1 you are on a list"),
        (b"\xff\x00garbage\r\n", "the answer is not SMTP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the answer is not SMTP"),
        (b"", "cannot be sent: the server closed the connection"),
    ],
)
def test_a_server_that_greets_otherwise_is_told_as_that(greeting: bytes, words: str) -> None:
    with answering(greeting, unasked=True) as port:
        told = refused(f"mailto://u:p@127.0.0.1:{port}?mode=insecure&from=a@b.de")
    assert isinstance(told, TryAgain)
    assert str(told) == words


def test_a_server_that_is_silent_or_not_there_is_given_up() -> None:
    with answering(None) as port:
        url = f"mailto://u:p@127.0.0.1:{port}?mode=insecure&from=a@b.de"
        assert str(refused(url, timeout_seconds=1)) == "cannot be sent: timed out"
    url = f"mailto://u:p@127.0.0.1:{closed_port()}?mode=insecure&from=a@b.de"
    assert str(refused(url)) == "cannot be sent: Connection refused"
