"""The apprise notifier in the children that send, and through the outbox."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pipeline.alerts.delivery import deliver
from pipeline.alerts.receipts import Outcome, Receipt, Slip
from pipeline.alerts.sender import Letter, Recipe
from pipeline.messages import Style
from pipeline.model import Alert
from pipeline.pauses import Pauses
from tests.alerts.lane import Lane, alert, apprise, running, send_all, until
from tests.alerts.letters import KEY
from tests.alerts.services import answering, closed_port, mail_server


def letter(url: str, limit: float = 30) -> Letter:
    built = apprise(url)
    lines = (("Panic", "<b>boom</b>"),)
    what = Alert(event="dump.complete", what="core complete", client="10.0.40.7", lines=lines)
    recipe = Recipe(built.reference, built.config)
    return Letter(recipe, what, KEY, Style(dns=False), limit)


def receipt(place: Path, url: str, limit: float = 30) -> Receipt:
    """Send one alert in a child, as the outbox does; return what it wrote down."""
    slip = Slip(place / "slip")
    try:
        assert slip.try_lock()
        return asyncio.run(deliver(letter(url, limit), slip))
    finally:
        slip.discard()
        slip.close()


def port_of(web: HTTPServer) -> str:
    return f"127.0.0.1:{web.port}"


def test_a_child_renders_sends_and_notes_what_a_web_service_answered(
    tmp_path: Path, web: HTTPServer
) -> None:
    web.expect_request("/hook", method="POST").respond_with_data("ok", status=202)
    assert receipt(tmp_path, f"json://{port_of(web)}/hook") == Receipt(
        Outcome.SENT, answer="HTTP 202"
    )
    posted = json.loads(web.log[0][0].data)
    assert posted["title"] == "10.0.40.7: core complete"
    assert posted["message"] == "Panic: <b>boom</b>"
    assert posted["key"] == KEY


def test_a_child_renders_sends_and_notes_what_a_mail_server_answered(tmp_path: Path) -> None:
    with mail_server() as post:
        noted = receipt(tmp_path, post.url())
    assert noted == Receipt(Outcome.SENT, answer="250 2.0.0 Ok: queued as 4711")
    (mail,) = post.mails
    parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
    assert parts["text/plain"].strip() == "Panic: <b>boom</b>"
    assert "<table" in parts["text/html"]
    assert "<b>boom" not in parts["text/html"]


def test_a_child_notes_a_pause_that_is_asked_for(tmp_path: Path, web: HTTPServer) -> None:
    web.expect_request("/hook").respond_with_data("", status=429, headers={"Retry-After": "300"})
    noted = receipt(tmp_path, f"json://{port_of(web)}/hook")
    assert noted == Receipt(Outcome.AGAIN, "HTTP 429 Too Many Requests", after=300)


def test_a_child_notes_that_a_message_is_refused(tmp_path: Path, web: HTTPServer) -> None:
    web.expect_request("/hook").respond_with_data("no such field: key", status=422)
    noted = receipt(tmp_path, f"json://{port_of(web)}/hook")
    assert noted.outcome is Outcome.REFUSED
    assert noted.reason.endswith(": no such field: key")


def test_a_url_that_apprise_cannot_use_is_for_the_owner_to_mend(tmp_path: Path) -> None:
    """Nothing is lost by it: what is owed goes out once it can be used."""
    noted = receipt(tmp_path, "nosuchservice://S3CREThost/path")
    assert noted.outcome is Outcome.AGAIN
    assert noted.reason.startswith("apprise cannot use this URL: ")
    assert "S3CRET" not in noted.reason


def test_a_silent_server_is_given_up_after_the_childs_limit(tmp_path: Path) -> None:
    """Whatever a library makes of its time-outs, the child that hangs is killed."""
    with answering(None) as port:
        noted = receipt(tmp_path, f"json://127.0.0.1:{port}/", limit=1.5)
    assert noted == Receipt(Outcome.AGAIN, "no answer within 2 s")


def test_no_secret_can_be_seen_in_the_list_of_processes(tmp_path: Path, web: HTTPServer) -> None:
    seen: list[str] = []

    def look(_: Request) -> Response:
        everything = ["ps", "-axww", "-o", "command"]
        seen.append(subprocess.run(everything, capture_output=True, text=True).stdout)
        return Response("ok")

    web.expect_request("/S3CRETpath").respond_with_handler(look)
    url = f"json://S3CRETuser:S3CRETpass@{port_of(web)}/S3CRETpath?%2BX-Token=S3CRETtoken"
    assert receipt(tmp_path, url).outcome is Outcome.SENT
    assert "pipeline.alerts.sender" in seen[0]
    assert "S3CRET" not in seen[0]


def test_no_secret_reaches_log_or_journal_or_standard_error(
    lane: Lane,
    web: HTTPServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Whatever happens to it: a URL that is sent to, one that fails, one that cannot be used."""
    caplog.set_level(logging.DEBUG)
    web.expect_request("/S3CRET-good").respond_with_data("ok")
    web.expect_request("/S3CRET-bad").respond_with_data("no S3CRETuser here", status=500)
    urls = [
        f"json://S3CRETuser:S3CRETpass@{port_of(web)}/S3CRET-good?%2BX-Token=S3CRETtoken",
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
            await until(lambda: all(each.sent or each.attempts for each in lane.alerts()))

    asyncio.run(life())
    sent = [each for each in lane.alerts() if each.sent]
    assert len(sent) == 1
    written = capfd.readouterr()
    ours = [line for line in caplog.messages if "alert:" in line]
    assert len(ours) >= len(urls)
    said = "".join([*ours, written.out, written.err, repr(apprise(*urls).plugin)])
    assert "S3CRET" not in said
    stored = b"".join(file.read_bytes() for file in lane.place.rglob("*") if file.is_file())
    assert b"S3CRET" not in stored


def test_a_service_that_recovers_gets_the_alert_once(lane: Lane, web: HTTPServer) -> None:
    answers = iter([500, 200])
    web.expect_request("/hook").respond_with_handler(lambda _: Response(status=next(answers)))
    (sent,) = send_all(lane, lane.outbox(apprise(f"json://{port_of(web)}/hook")), "x")
    assert (sent.attempts, sent.error, len(web.log)) == (2, None, 2)
    keys = {json.loads(request.data)["key"] for request, _ in web.log}
    assert len(keys) == 1


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


def test_hostile_text_of_an_alert_comes_to_nothing_in_a_chat(lane: Lane, web: HTTPServer) -> None:
    web.expect_request("/hooks/abcdefgh").respond_with_data("ok")
    outbox = lane.outbox(apprise(f"mmost://{port_of(web)}/abcdefgh"))
    words = alert("@channel <!here> [x](http://evil.example)", body="@all **now**")
    lane.journal.outbox.owe(lane.dump, outbox.routes, words, 1.0)
    send_all(lane, outbox)
    text = json.loads(web.log[0][0].data)["text"]
    assert "@channel" not in text
    assert "@all" not in text
    assert "](http" not in text
