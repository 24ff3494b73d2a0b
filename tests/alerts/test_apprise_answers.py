"""What web services answer, and what becomes of the message then."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pipeline import Rejected, TryAgain
from pipeline.notifiers.pausing import LONGEST, asked
from tests.alerts.letters import refused, send
from tests.alerts.services import answering, closed_port, trickling

SCHEMES = ("json://HERE/hook", "form://HERE/hook", "xml://HERE/hook", "mmost://HERE/abcdefgh")
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
DISCORD = "discord://123456789012345678/abcdefghijklmnopqrstuvwxyzABCDEFGH"
OK = b"HTTP/1.1 200 OK\r\n"


def at(web: HTTPServer, url: str = "json://HERE/hook") -> str:
    return url.replace("HERE", f"127.0.0.1:{web.port}")


def fault(web: HTTPServer, url: str, answer: Response) -> TryAgain | Rejected:
    def respond(_: Request) -> Response:
        return answer

    for path in ("/hook", "/hooks/abcdefgh", "/", "/slack"):
        web.expect_request(path).respond_with_handler(respond)
    return refused(at(web, url))


@pytest.mark.parametrize("url", [*SCHEMES, "ntfy://HERE/topic"])
@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, Rejected, "HTTP 400 Bad Request: it is too warm"),
        (413, Rejected, "HTTP 413 "),
        (422, Rejected, "HTTP 422 "),
        (401, TryAgain, "HTTP 401 Unauthorized: it is too warm"),
        (403, TryAgain, "HTTP 403 Forbidden: it is too warm"),
        (404, TryAgain, "HTTP 404 Not Found: it is too warm"),
        (429, TryAgain, "HTTP 429 Too Many Requests: it is too warm"),
        (500, TryAgain, "HTTP 500 Internal Server Error: it is too warm"),
        (503, TryAgain, "HTTP 503 Service Unavailable: it is too warm"),
    ],
)
def test_a_status_says_whether_the_message_is_at_fault_or_something_else(
    web: HTTPServer, url: str, status: int, kind: type, words: str
) -> None:
    """And the service's own words say why; it is asked once."""
    told = fault(web, url, Response("it is too warm", status))
    assert isinstance(told, kind)
    assert str(told).startswith(words)
    assert len(web.log) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error": {"code": 7, "message": "no such room"}}', "no such room"),
        ('{"errors": [{"detail": "no such room"}]}', "no such room"),
        ('{"message": "two\\nlines \\u001b[31m"}', "two lines \\x1b[31m"),
        ("<html><head><title>502 &amp; more</title></head>a lot</html>", "502 & more"),
        ("plain\r\nwords\x07", "plain words\\x07"),
        ("x" * 5000, "x" * 159 + "…"),
        ('{"a":' * 3000, '{"a":' * 31 + '{"a"…'),
    ],
)
def test_a_services_own_words_are_found_and_fit_one_line(
    web: HTTPServer, body: str, words: str
) -> None:
    assert str(fault(web, SCHEMES[0], Response(body, 502))) == f"HTTP 502 Bad Gateway: {words}"


@pytest.mark.parametrize("body", ["", "Bad Gateway", "<html>no title</html>", "[]", '{"a": 1}'])
def test_a_service_without_words_is_told_by_its_status(web: HTTPServer, body: str) -> None:
    assert str(fault(web, SCHEMES[0], Response(body, 502))) == "HTTP 502 Bad Gateway"


@pytest.mark.parametrize(
    "echo",
    [
        "S3CRETuser",
        "S3CRETpass",
        "UzNDUkVUdXNlcjpTM0NSRVRwYXNz",
        "S3CRETpath",
        "json://S3CRETuser:S3CRETpass@127.0.0.1/",
        "S3CRETtoken",
    ],
)
def test_secrets_that_a_service_repeats_are_not_told(web: HTTPServer, echo: str) -> None:
    web.expect_request("/S3CRETpath").respond_with_json({"error": f"no {echo} here"}, status=401)
    url = "json://S3CRETuser:S3CRETpass@HERE/S3CRETpath?%2BX-Token=S3CRETtoken"
    told = str(refused(at(web, url)))
    assert told.startswith("HTTP 401 Unauthorized: no ")
    assert "S3CRET" not in told
    assert "UzNDUk" not in told


@pytest.mark.parametrize("before", range(120, 160, 8))
def test_no_part_of_a_secret_is_told_where_a_long_answer_is_cut(
    web: HTTPServer, before: int
) -> None:
    said = f"{'x' * before} S3CRETpathS3CRETpath"
    web.expect_request("/S3CRETpathS3CRETpath").respond_with_data(said, status=401)
    told = str(refused(at(web, "json://HERE/S3CRETpathS3CRETpath")))
    assert told.startswith("HTTP 401 Unauthorized: xxx")
    assert "S3" not in told


@pytest.mark.parametrize(
    ("headers", "body", "pause"),
    [
        ({"Retry-After": "120"}, "", 120),
        ({"Retry-After": "86401"}, "", 86400),
        ({"Retry-After": "99999999999"}, "", 86400),
        ({"Retry-After": "0"}, "", None),
        ({"Retry-After": "-5"}, "", None),
        ({"Retry-After": "soon"}, "", None),
        ({"Retry-After": "1e9"}, "", None),
        ({"Retry-After": "nan"}, "", None),
        ({"Retry-After": "Fri, 32 Foo 2026 99:99:99 GMT"}, "", None),
        ({"Retry-After": "Wed, 21 Oct 1970 07:28:00 GMT"}, "", None),
        ({"Retry-After": "Wed, 21 Oct 9999 07:28:00 GMT"}, "", 86400),
        ({"X-RateLimit-Reset-After": "1.250"}, "", 1.25),
        ({"Retry-After": "3", "X-RateLimit-Reset-After": "1.250"}, "", 3),
        ({}, '{"retry_after": 0.75, "global": false}', 0.75),
        ({}, '{"ok": false, "parameters": {"retry_after": 35}}', 35),
        ({}, '{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}', 2.5),
        ({}, '{"retry_after": true}', None),
        ({}, '{"retry_after": "35"}', None),
        ({}, '{"retry_after": 1e400}', None),
        ({}, '{"retry_after": -1}', None),
        ({}, '{"parameters": [35]}', None),
    ],
)
def test_a_pause_is_kept_that_a_service_asks_for(
    web: HTTPServer, headers: dict[str, str], body: str, pause: float | None
) -> None:
    told = fault(web, SCHEMES[0], Response(body, 429, headers))
    assert isinstance(told, TryAgain)
    assert told.after == pause


def test_a_date_to_wait_for_counts_by_the_services_own_clock() -> None:
    """Clocks differ, and ours may jump."""
    for now in (1_000_000_000, 4_000_000_000):
        headers = {"Date": formatdate(now, usegmt=True)}
        headers["Retry-After"] = formatdate(now + 90, usegmt=True)
        assert asked(headers, b"") == 90
    alone = {"Retry-After": formatdate(time.time() + 5000, usegmt=True)}
    assert 4000 < (asked(alone, b"") or 0) <= 5000


@given(st.text(max_size=60), st.text(max_size=60), st.binary(max_size=80))
def test_no_answer_upsets_the_search_for_a_pause(after: str, date: str, body: bytes) -> None:
    pause = asked({"Retry-After": after, "Date": date}, body)
    assert pause is None or 0 < pause <= LONGEST


@pytest.mark.parametrize("reset_at", [lambda time: f"{time:.0f}", lambda time: f"{time:.3f}"])
def test_a_service_that_is_busy_is_not_asked_again_by_apprise(
    web: HTTPServer, monkeypatch: pytest.MonkeyPatch, reset_at: Callable[[float], str]
) -> None:
    """Discord's plugin would sleep until its reset, and ask once more."""
    from apprise.plugins import discord

    address = f"http://127.0.0.1:{web.port}/discord"
    monkeypatch.setattr(discord.NotifyDiscord, "notify_url", address)
    reset = {"X-RateLimit-Reset": reset_at(time.time() + 500), "X-RateLimit-Remaining": "0"}
    path = DISCORD.replace("discord:/", "/discord")
    web.expect_request(path).respond_with_json(
        {"message": "You are being rate limited.", "retry_after": 64.57},
        status=429,
        headers=reset | {"Retry-After": "65"},
    )
    told = refused(f"{DISCORD}?retry=3&wait=1")
    assert isinstance(told, TryAgain)
    assert (str(told), told.after) == (
        "HTTP 429 Too Many Requests: You are being rate limited.",
        65,
    )
    assert len(web.log) == 1


def test_a_failure_of_an_optional_service_is_one(web: HTTPServer) -> None:
    """Apprise itself would say that it was sent."""
    assert str(fault(web, "json://HERE/hook?optional=yes", Response(status=500)))


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("invalid_token", TryAgain, "HTTP 200 OK, but not accepted: invalid_token"),
        ("no_text", Rejected, "HTTP 200 OK, but not accepted: no_text"),
        ('{"ok": false, "error": "msg_too_long"}', Rejected, "msg_too_long"),
        ("\xff\x00 what is this", TryAgain, "HTTP 200 OK, but not accepted: ÿ\\x00 what is this"),
    ],
)
def test_slack_may_refuse_with_a_good_status(
    web: HTTPServer, monkeypatch: pytest.MonkeyPatch, answer: str, kind: type, words: str
) -> None:
    from apprise.plugins import slack

    address = f"http://127.0.0.1:{web.port}/slack"
    monkeypatch.setattr(slack.NotifySlack, "webhook_url", address)
    path = SLACK.replace("slack:/", "/slack")
    web.expect_request(path).respond_with_data(answer)
    told = refused(SLACK)
    assert isinstance(told, kind)
    assert str(told).endswith(words)


def test_an_answer_after_a_redirection_is_the_answer(web: HTTPServer) -> None:
    web.expect_request("/hook").respond_with_data(
        "", status=307, headers={"Location": "/elsewhere"}
    )
    web.expect_request("/elsewhere").respond_with_data("ok", status=201)
    assert send(at(web)) == "HTTP 201"
    assert str(refused(at(web, "json://HERE/hook?redirect=no"))) == "HTTP 307 Temporary Redirect"


@pytest.mark.parametrize("url", [*SCHEMES, "ntfy://HERE/topic"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\xff\x00 what is this hunter22\r\n\r\n", "cannot be sent: the answer is not HTTP"),
        (b"", "cannot be sent: the server closed the connection without an answer"),
        (OK + b"Content-Length: 100\r\n\r\nshort", "cannot be sent: the answer is not all there"),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            "cannot be sent: the answer is not all there",
        ),
    ],
)
def test_garbage_for_an_answer_is_told_as_that(url: str, answer: bytes, words: str) -> None:
    with answering(answer) as port:
        told = refused(url.replace("HERE", f"127.0.0.1:{port}"))
    assert isinstance(told, TryAgain)
    assert str(told).startswith(words)


@pytest.mark.parametrize("url", [*SCHEMES, "ntfy://HERE/topic"])
def test_a_service_that_is_not_there_is_told_as_that(url: str) -> None:
    told = refused(url.replace("HERE", f"127.0.0.1:{closed_port()}"))
    assert str(told) == "cannot be sent: Connection refused"
    assert "cannot be resolved" in str(refused(url.replace("HERE", "no-such-host.invalid")))


@pytest.mark.parametrize("url", [*SCHEMES, "ntfy://HERE/topic", "jsons://HERE/hook"])
def test_a_service_that_never_answers_is_given_up(url: str) -> None:
    with answering(None) as port:
        told = refused(url.replace("HERE", f"127.0.0.1:{port}"), timeout_seconds=1)
    assert str(told) == "cannot be sent: timed out"


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("json://HERE/hook", b""),
        ("json://HERE/hook", OK),
        ("json://HERE/hook", OK + b"X: "),
        ("json://HERE/hook", OK + b"Content-Length: 1000000\r\n\r\n"),
        ("jsons://HERE/hook", b"\x16\x03\x03\x10\x00"),
        ("mailto://u:p@HERE?mode=insecure&from=a@b.de", b""),
        ("mailto://u:p@HERE?mode=insecure&from=a@b.de", b"220-one\r\n220-"),
        ("mailtos://u:p@HERE?mode=ssl&from=a@b.de", b"\x16\x03\x03\x10\x00"),
    ],
)
def test_a_service_that_answers_without_end_is_given_up(url: str, first: bytes) -> None:
    """A byte now and then meets no time-out of a socket."""
    handler = signal.getsignal(signal.SIGUSR2)
    with trickling(first=first) as port:
        before = threading.active_count()
        told = refused(url.replace("HERE", f"127.0.0.1:{port}"), timeout_seconds=0.3)
        assert isinstance(told, TryAgain)
        assert str(told) in {"it took too long to answer to the end", "cannot be sent: timed out"}
        assert threading.active_count() <= before + 1  # the server's own
    assert signal.getsignal(signal.SIGUSR2) is handler


def test_no_trace_is_left_in_the_libraries_that_are_listened_to(web: HTTPServer) -> None:
    import smtplib

    import requests

    before = [requests.Session.send, smtplib.SMTP.getreply, smtplib.SMTP.__init__]
    fault(web, SCHEMES[0], Response(status=500))
    assert before == [requests.Session.send, smtplib.SMTP.getreply, smtplib.SMTP.__init__]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    import ssl

    from tests.s3.certificate import self_signed

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    with HTTPServer(ssl_context=context) as web:
        web.expect_request("/hook").respond_with_data("ok")
        told = str(refused(at(web, "jsons://HERE/hook")))
        assert told.startswith("cannot be sent: its certificate is not trusted: self")
        assert send(at(web, "jsons://HERE/hook?verify=no")) == "HTTP 200"
