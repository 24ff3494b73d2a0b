"""What each kind of service is really sent, through apprise's own plugins."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request

from pipeline import Severity
from tests.alerts.letters import HTML, KEY, MARKDOWN, TEXT, hostile, message, send

DISCORD = "discord://123456789012345678/abcdefghijklmnopqrstuvwxyzABCDEFGH"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TELEGRAM = "tgram://123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI/-10012345"
MENTIONS = (
    "@channel @here @all @everyone <!channel> <!here|x> <@U012ABC> <@123456789012345678> <@&42> "
    "&lt;!channel&gt; <#C012> @**all** [x](https://evil.example) <https://evil.example|x>"
)

ACTIVE = re.compile(
    r"@(channel|here|all|everyone|U0|\d|&|\*)|<[!#@]\S|\]\(https://evil|evil\.example\|"
    r'|href="https://evil[^>]*>(?!https://evil)'
)
"""What a service would act upon, or show under another name."""


@pytest.fixture(autouse=True)
def at_home(web: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let plugins that know one address on the internet find it here instead."""
    from apprise.plugins import discord, pagerduty, slack, telegram

    here = f"http://127.0.0.1:{web.port}"
    monkeypatch.setattr(slack.NotifySlack, "webhook_url", f"{here}/slack")
    monkeypatch.setattr(discord.NotifyDiscord, "notify_url", f"{here}/discord")
    monkeypatch.setattr(telegram.NotifyTelegram, "notify_url", f"{here}/telegram/bot")
    monkeypatch.setitem(pagerduty.PAGERDUTY_API_LOOKUP, "us", f"{here}/pagerduty")
    web.expect_request("/pagerduty").respond_with_json({"status": "success"}, status=202)
    web.expect_request("/ntfy").respond_with_json({})


def taken(web: HTTPServer, url: str, what: Any = None, answer: str = "ok") -> Request:
    """Send to a service on this machine that takes everything; return what it got."""
    web.expect_request("/").respond_with_data(answer)
    web.expect_request("/hook").respond_with_data(answer)
    web.expect_request("/hooks/abcdefgh").respond_with_data(answer)
    for service in ("/slack", "/discord", "/telegram"):
        web.expect_request(re.compile(f"{service}/.*")).respond_with_data(answer)
    assert send(url.replace("HERE", f"127.0.0.1:{web.port}"), what) in {"HTTP 200", "HTTP 202"}
    return web.log[-1][0]


def test_a_json_webhook_gets_text_and_values_and_a_key_for_repetitions(web: HTTPServer) -> None:
    request = taken(web, "json://HERE/hook", message(severity=Severity.WARNING))
    posted = json.loads(request.data)
    assert posted == posted | {
        "title": "10.0.40.7: core complete é",
        "message": TEXT,
        "type": "warning",
        "event": "dump.complete",
        "severity": "warning",
        "key": KEY,
        "facts": {"size": 64, "kexts": ["a", "b"], "why": "<&>"},
    }
    assert request.headers["Idempotency-Key"] == KEY


def test_an_xml_webhook_gets_the_same_with_the_values_as_json(web: HTTPServer) -> None:
    request = taken(web, "xml://HERE/hook")
    posted = {each.tag: each.text for each in ElementTree.fromstring(request.data).iter()}
    assert posted["Message"] == TEXT
    assert (posted["event"], posted["severity"], posted["key"]) == ("dump.complete", "notice", KEY)
    assert json.loads(posted["facts"] or "") == message().alert.facts
    assert request.headers["Idempotency-Key"] == KEY


@pytest.mark.parametrize("url", ["json://HERE/hook", "xml://HERE/hook", "form://HERE/hook"])
def test_values_that_xml_or_utf_8_cannot_hold_arrive_all_the_same(
    web: HTTPServer, url: str
) -> None:
    facts = {"panic": "<a>]]>&\ufffe\uffff\x00\x1b", "name": "\udc80"}
    request = taken(web, url, message(facts=facts))
    if url.startswith("json"):
        assert json.loads(request.data)["facts"] == facts
    elif url.startswith("form"):
        assert json.loads(request.form["facts"]) == facts
    else:
        posted = {each.tag: each.text for each in ElementTree.fromstring(request.data).iter()}
        assert json.loads(posted["facts"] or "") == facts


def test_a_form_webhook_gets_the_same_with_the_values_as_json(web: HTTPServer) -> None:
    request = taken(web, "form://HERE/hook")
    assert request.form["message"] == TEXT
    assert request.form["event"] == "dump.complete"
    assert request.form["key"] == request.headers["Idempotency-Key"] == KEY
    assert json.loads(request.form["facts"]) == message().alert.facts


def test_what_a_webhooks_url_says_itself_comes_first(web: HTTPServer) -> None:
    url = "json://HERE/hook?:event=panic&:message=what&%2Bidempotency-key=mine&format=markdown"
    request = taken(web, url)
    posted = json.loads(request.data)
    assert (posted["event"], posted["what"], posted["key"]) == ("panic", MARKDOWN, KEY)
    assert request.headers.get_all("Idempotency-Key") == ["mine"]


@pytest.mark.parametrize(
    ("severity", "kind"),
    list(zip(Severity, ["info", "success", "warning", "failure"], strict=True)),
)
def test_each_severity_has_its_own_type(web: HTTPServer, severity: Severity, kind: str) -> None:
    request = taken(web, "json://HERE/hook", message(severity=severity))
    assert json.loads(request.data)["type"] == kind


def test_mattermost_gets_markdown_below_a_bold_title_and_no_picture(web: HTTPServer) -> None:
    posted = json.loads(taken(web, "mmost://HERE/abcdefgh").data)
    assert posted == {
        "text": f"**10.0.40.7: core complete é**\n\n{MARKDOWN}",
        "username": "panicpipe",
    }


def test_slack_gets_its_own_markup_and_a_title_and_the_colour_of_the_severity(
    web: HTTPServer,
) -> None:
    ours = message(severity=Severity.ERROR)
    (shown,) = json.loads(taken(web, SLACK, ours).data)["attachments"]
    assert shown["title"] == "10.0.40.7: core complete é"
    assert shown["text"].startswith("*Mac:* 10.0.40.7")
    assert "`näïve`" in shown["text"]
    assert shown["color"] == "#A32037"


def test_slack_gets_plain_text_where_the_url_asks_for_it(web: HTTPServer) -> None:
    posted = json.loads(taken(web, f"{SLACK}?format=text").data)
    assert posted["attachments"][0]["text"] == TEXT
    assert not posted["mrkdwn"]


def test_discord_gets_markdown_below_a_bold_title(web: HTTPServer) -> None:
    posted = json.loads(taken(web, DISCORD).data)
    assert posted["content"] == f"**10.0.40.7: core complete é**\n\n{MARKDOWN}"


def test_telegram_gets_its_own_markup_and_not_our_table(web: HTTPServer) -> None:
    posted = json.loads(taken(web, TELEGRAM, answer='{"ok": true}').data)
    assert posted["parse_mode"].startswith("MARKDOWN")
    assert "*Mac:*" in posted["text"]
    assert "<td>" not in posted["text"]


def test_a_service_that_shows_no_markup_gets_plain_text(web: HTTPServer) -> None:
    posted = json.loads(taken(web, "ntfy://HERE/topic").data)
    assert posted == {"topic": "topic", "title": "10.0.40.7: core complete é", "message": TEXT}


def test_html_is_sent_where_a_url_asks_for_it(web: HTTPServer) -> None:
    request = taken(web, "json://HERE/hook?format=html")
    assert json.loads(request.data)["message"] == HTML


def test_a_message_without_text_is_its_title(web: HTTPServer) -> None:
    """As with a template that leaves nothing over."""
    request = taken(web, "json://HERE/hook", message(text=""))
    assert json.loads(request.data)["message"] == "10.0.40.7: core complete é"


def test_what_is_too_long_for_a_service_is_cut_and_sent_once(web: HTTPServer) -> None:
    first = taken(web, DISCORD, message(markdown="first things first " + "x " * 4000))
    assert "first things first" in json.loads(first.data)["content"]
    assert len(json.loads(first.data)["content"]) <= 2000
    assert len(web.log) == 1


@pytest.mark.parametrize(
    "url",
    [
        SLACK,
        f"{SLACK}?blocks=yes",
        f"{SLACK}?format=text",
        DISCORD,
        f"{DISCORD}?format=markdown",
        f"{DISCORD}?format=text",
        "mmost://HERE/abcdefgh",
        "mmost://HERE/abcdefgh?format=text",
        TELEGRAM,
        f"{TELEGRAM}?format=html",
    ],
)
def test_nobody_is_mentioned_and_no_link_hidden_by_what_a_dump_says(
    web: HTTPServer, url: str
) -> None:
    """Whatever apprise escapes, decodes and rewrites on the way."""
    answer = '{"ok": true}' if "tgram" in url else "ok"
    for words in (MENTIONS, *MENTIONS.split()):
        shown = _texts(json.loads(taken(web, url, hostile(words), answer).data))
        assert "panic(cpu 0)" in shown
        assert not ACTIVE.search(shown), shown


def _texts(posted: Any) -> str:
    """Return all texts of a request, as they stand in it."""
    if isinstance(posted, dict):
        return "\n".join(map(_texts, posted.values()))
    if isinstance(posted, list):
        return "\n".join(map(_texts, posted))
    return str(posted)


def test_a_pager_gets_a_key_for_repetitions_and_no_end_of_an_incident_for_news(
    web: HTTPServer,
) -> None:
    posted = json.loads(taken(web, f"pagerduty://{'k' * 20}@{'i' * 20}").data)
    assert (posted["dedup_key"], posted["event_action"]) == (KEY, "trigger")
    own = f"pagerduty://{'k' * 20}@{'i' * 20}?action=map&dedup=mine"
    posted = json.loads(taken(web, own).data)
    assert (posted["dedup_key"], posted["event_action"]) == ("mine", "trigger")


def test_opsgenie_is_told_good_news_too(web: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise by itself would say that it has sent them, and send nothing."""
    from apprise.plugins import opsgenie

    address = f"http://127.0.0.1:{web.port}/opsgenie"
    monkeypatch.setitem(opsgenie.OPSGENIE_API_LOOKUP, "us", address)
    web.expect_request("/opsgenie").respond_with_json({"requestId": "1"}, status=202)
    assert send("opsgenie://0123456789abcdef") == "HTTP 202"
    assert json.loads(web.log[-1][0].data)["alias"] == KEY
    send("opsgenie://0123456789abcdef?:success=note")
    assert len(web.log) == 1
