"""The apprise notifier against real servers, through the outbox and its children."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pipeline.pauses import Pauses
from tests.alerts.lane import Lane, alert, apprise, running, send_all, until
from tests.alerts.services import answering, closed_port, mail_server

HOSTILE = '"<script>alert(1)</script> & **bold** <!channel> \\x1b[31m"'
BODY = f"Mac: 10.0.40.7\nPanic: {HOSTILE}\nNext: attach this zip"


def first_failure(lane: Lane, url: str, **options: Any) -> str:
    """Owe one alert to a URL that does not take it; return why, as the journal has it."""

    async def life() -> None:
        outbox = lane.outbox(apprise(url, **options), pauses=Pauses(first=1000, longest=1000))
        async with running(outbox):
            lane.owe(outbox, "late")
            await until(lambda: lane.alerts()[0].attempts)

    asyncio.run(life())
    assert lane.alerts()[0].sent is None
    assert lane.alerts()[0].dropped is None
    return lane.alerts()[0].error or ""


def port_of(web: HTTPServer) -> str:
    return f"127.0.0.1:{web.port}"


def test_a_webhook_gets_title_and_body(lane: Lane, web: HTTPServer) -> None:
    web.expect_request("/hook", method="POST").respond_with_data("ok")
    outbox = lane.outbox(apprise(f"json://{port_of(web)}/hook"))
    lane.journal.outbox.owe(lane.dump, outbox.routes, alert("A title é", body=BODY), 1.0)
    alerts = send_all(lane, outbox)
    assert alerts[0].sent
    posted = [json.loads(request.data) for request, _ in web.log]
    assert [(each["title"], each["message"]) for each in posted] == [("A title é", BODY)]


def test_a_mail_arrives_once_with_hostile_text_as_plain_words(lane: Lane) -> None:
    """The password is checked by the server; HTML in a panic text is shown, not rendered."""
    with mail_server() as post:
        outbox = lane.outbox(apprise(post.url()))
        lane.journal.outbox.owe(lane.dump, outbox.routes, alert("A title é", body=BODY), 1.0)
        send_all(lane, outbox)
    (mail,) = post.mails
    assert mail["Subject"] == "A title é"
    assert "ops@example.com" in mail["To"]
    for part in mail.walk():
        if part.get_content_type() == "text/html":
            assert "<script>" not in part.get_content()
        elif part.get_content_type() == "text/plain":
            assert HOSTILE in part.get_content()


@pytest.mark.parametrize(("status", "words"), [(429, "error=429"), (500, "error=500")])
def test_an_answer_that_is_no_success_leaves_the_alert_owed(
    lane: Lane, web: HTTPServer, status: int, words: str
) -> None:
    web.expect_request("/SECRETPATH").respond_with_data("hunter22", status=status)
    reason = first_failure(lane, f"json://{port_of(web)}/SECRETPATH")
    assert words in reason
    assert "SECRETPATH" not in reason
    assert "hunter22" not in reason


def test_a_service_that_recovers_gets_the_alert_once(lane: Lane, web: HTTPServer) -> None:
    answers = iter([429, 200])

    def answer(_: Request) -> Response:
        return Response(status=next(answers))

    web.expect_request("/hook").respond_with_handler(answer)
    (sent,) = send_all(lane, lane.outbox(apprise(f"json://{port_of(web)}/hook")), "x")
    assert (sent.attempts, sent.error, len(web.log)) == (2, None, 2)


def test_a_refused_connection_is_told_as_that(lane: Lane) -> None:
    reason = first_failure(lane, f"json://user:hunter22@127.0.0.1:{closed_port()}/SECRETPATH")
    assert "Connection refused" in reason
    assert "hunter22" not in reason
    assert "SECRETPATH" not in reason


def test_a_silent_server_is_given_up_after_the_notifiers_timeout(lane: Lane) -> None:
    with answering(None) as port:
        reason = first_failure(lane, f"json://127.0.0.1:{port}/SECRET", timeout_seconds=0.3)
    assert "timed out" in reason


def test_a_silent_server_is_given_up_after_the_lanes_limit(lane: Lane) -> None:
    """Whatever a library makes of its timeout, the child that hangs is killed."""

    async def life(port: int) -> None:
        outbox = lane.outbox(apprise(f"json://127.0.0.1:{port}/"), limit=1.5)
        async with running(outbox):
            lane.owe(outbox, "late")
            await until(lambda: lane.alerts()[0].attempts)

    with answering(None) as port:
        asyncio.run(life(port))
    assert lane.alerts()[0].error == "no answer within 2 s"


def test_garbage_for_an_answer_leaves_the_alert_owed(lane: Lane) -> None:
    with answering(b"\xff\x00 what is this hunter22\r\n\r\n") as port:
        reason = first_failure(lane, f"json://127.0.0.1:{port}/")
    assert reason
    assert "hunter22" not in reason


@pytest.mark.parametrize("password", ["wr0ngpassword", "wr0ng%2Fpassword"])
def test_a_mail_server_that_refuses_the_password_is_told_without_it(
    lane: Lane, password: str
) -> None:
    with mail_server() as post:
        reason = first_failure(lane, post.url(password))
    assert "535" in reason
    assert "wr0ng" not in reason
    assert post.mails == []


def test_a_mail_server_that_is_busy_leaves_the_mail_owed(lane: Lane) -> None:
    with mail_server(answer="451 come back later") as post:
        assert first_failure(lane, post.url())


def test_no_secret_reaches_log_or_journal_or_standard_error(
    lane: Lane,
    web: HTTPServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Whatever happens to it: a URL that is sent to, one that fails, one that cannot be used."""
    caplog.set_level(logging.DEBUG)
    web.expect_request("/S3CRET-good").respond_with_data("ok")
    web.expect_request("/S3CRET-bad").respond_with_data("S3CRET", status=500)
    urls = [
        f"json://S3CRETuser:S3CRETpass@{port_of(web)}/S3CRET-good?+X-Token=S3CRETtoken",
        f"json://S3CRETuser:S3CRETpass@{port_of(web)}/S3CRET-bad?-q=S3CRETquery",
        f"json://127.0.0.1:{closed_port()}/S3CRET-none",
        "discord://S3CRETtoken",
        "nosuchservice://S3CRETuser:S3CRETpass@S3CREThost",
        f"mailto://S3CRETuser:S3CRETpass@127.0.0.1:{closed_port()}?to=S3CRET@example.com",
    ]

    async def life() -> None:
        outbox = lane.outbox(apprise(*urls), pauses=Pauses(first=1000, longest=1000))
        lane.owe(outbox, "x")
        async with running(outbox):
            await until(lambda: all(a.sent or a.dropped or a.attempts for a in lane.alerts()))

    asyncio.run(life())
    ends = sorted("sent" if a.sent else "dropped" if a.dropped else "owed" for a in lane.alerts())
    assert ends == ["dropped", "dropped", "dropped", "owed", "owed", "sent"]
    written = capfd.readouterr()
    ours = [line for line in caplog.messages if "alert:" in line]
    assert len(ours) == len(urls)
    said = "".join([*ours, written.out, written.err, repr(apprise(*urls).plugin)])
    assert "S3CRET" not in said
    stored = b"".join(file.read_bytes() for file in lane.place.rglob("*") if file.is_file())
    assert b"S3CRET" not in stored


def test_a_url_that_apprise_cannot_use_drops_its_alert_with_a_reason(lane: Lane) -> None:
    (dropped,) = send_all(lane, lane.outbox(apprise("nosuchservice://S3CREThost/path")), "x")
    assert dropped.dropped is not None
    assert "apprise cannot use this URL" in dropped.dropped
    assert "S3CRET" not in dropped.dropped


def test_one_notifier_with_a_good_and_a_bad_url_repeats_nothing_to_the_good_one(
    lane: Lane, web: HTTPServer
) -> None:
    answers = iter([500, 200])
    web.expect_request("/good").respond_with_data("ok")
    web.expect_request("/bad").respond_with_handler(lambda _: Response(status=next(answers)))
    urls = [f"json://{port_of(web)}/{path}" for path in ("bad", "good")]
    send_all(lane, lane.outbox(apprise(*urls)), "x")
    asked = [request.path for request, _ in web.log]
    assert (asked.count("/good"), asked.count("/bad")) == (1, 2)


def test_a_chat_service_gets_hostile_text_as_it_is(lane: Lane, web: HTTPServer) -> None:
    """Of those that speak Markdown, one that can run on any host."""
    web.expect_request("/hooks/abcdefgh").respond_with_data("ok")
    outbox = lane.outbox(apprise(f"mmost://{port_of(web)}/abcdefgh"))
    lane.journal.outbox.owe(lane.dump, outbox.routes, alert("t", body=BODY), 1.0)
    send_all(lane, outbox)
    text = web.log[0][0].get_data(as_text=True)
    assert json.loads(text)["text"].endswith(BODY)
