"""What a service's answer means: delivered, try again and when, or refused."""

from __future__ import annotations

import html
import http.client
import json
import re
from collections.abc import Sequence

from pipeline import Rejected, TryAgain
from pipeline.display import one_line
from pipeline.notifiers.causes import cause
from pipeline.notifiers.listening import Exchange, Heard, HttpAnswer, SmtpReply
from pipeline.notifiers.pausing import asked
from pipeline.redaction import without_secrets

_LONGEST_WORDS = 160
_BAD_MESSAGE = frozenset({400, 413, 414, 422})
"""HTTP statuses that say the message is at fault; others, such as 401 and 404, the address is."""
_BAD_FOR_SLACK = frozenset(
    {"invalid_blocks", "invalid_payload", "msg_blocks_too_long", "msg_too_long", "no_text"}
)
"""What Slack says of a message with HTTP status 200."""
_MUST_LOG_IN = 530
_TOO_LARGE = 552
_KEYS = ("error", "message", "error_description", "description", "detail", "errors", "msg", "title")
_HTML_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LONGEST_HEAD = 8192
"""Characters of a page in which its title is looked for: many that do not end take their square."""


def confirmation(exchange: Exchange, secrets: Sequence[str]) -> str | None:
    """Return what a service said that took a message; None for one that says nothing."""
    for heard in reversed(exchange.heard):
        if isinstance(heard, HttpAnswer):
            return f"HTTP {heard.status}"
        if isinstance(heard, SmtpReply) and heard.command == "data":
            words = without_secrets(heard.text, [*secrets, *exchange.secrets])
            return one_line(f"{heard.code} {words}", _LONGEST_WORDS)
    return None


def fault(exchange: Exchange, said: str, secrets: Sequence[str]) -> TryAgain | Rejected:
    """Return why a message was not taken: by the service's answer, else as apprise `said`."""
    heard = _decisive(exchange.heard)
    text = _described(heard, said, [*secrets, *exchange.secrets])
    if _refuses_message(heard):
        return Rejected(text)
    after = asked(heard.headers, heard.body) if isinstance(heard, HttpAnswer) else None
    return TryAgain(text, after=after)


def _decisive(heard: Sequence[Heard]) -> Heard | None:
    """Return the last fault; where there is none, the last answer of the web."""
    faults = [each for each in heard if _is_fault(each)]
    others = [each for each in heard if isinstance(each, HttpAnswer)]
    return next(reversed(faults or others), None)


def _is_fault(heard: Heard) -> bool:
    if isinstance(heard, HttpAnswer):
        return heard.status >= 300
    if isinstance(heard, SmtpReply):
        return not 200 <= heard.code < 400 and heard.command != "quit"
    return True


def _refuses_message(heard: Heard | None) -> bool:
    if isinstance(heard, HttpAnswer):
        refused = heard.status == 200 and _words(heard.body).strip() in _BAD_FOR_SLACK
        return refused or heard.status in _BAD_MESSAGE
    if isinstance(heard, SmtpReply):
        about_it = heard.command in {"rcpt", "data"} and heard.code != _MUST_LOG_IN
        too_large = heard.command == "mail" and heard.code == _TOO_LARGE
        return 500 <= heard.code < 600 and (about_it or too_large)
    return False


def _described(heard: Heard | None, said: str, secrets: Sequence[str]) -> str:
    if isinstance(heard, HttpAnswer):
        return _answer_described(heard, secrets)
    if isinstance(heard, SmtpReply):
        if heard.code < 0:
            return "the answer is not SMTP"
        words = without_secrets(heard.text, secrets)
        return one_line(f"the server answered {heard.code} {words}", _LONGEST_WORDS)
    text = said if heard is None else f"cannot be sent: {cause(heard)}"
    return without_secrets(text, secrets) or "not delivered, and no reason was given"


def _answer_described(answer: HttpAnswer, secrets: Sequence[str]) -> str:
    phrase = http.client.responses.get(answer.status, "")
    status = f"HTTP {answer.status} {phrase}".rstrip()
    # Only then cut: half a secret would not be known for one.
    words = one_line(without_secrets(_words(answer.body), secrets), _LONGEST_WORDS)
    if not _is_fault(answer):
        status = f"{status}, but not accepted"
    return f"{status}: {words}" if words and words.lower() != phrase.lower() else status


def _words(body: bytes) -> str:
    """Return what an answer says, from JSON, a web page or plain text."""
    text = body[:65536].decode("utf-8", "replace")
    try:
        return _in_json(json.loads(text))
    except (ValueError, RecursionError):
        title = _HTML_TITLE.search(text[:_LONGEST_HEAD])
        return html.unescape(title[1]) if title else "" if "<html" in text.lower() else text


def _in_json(value: object, depth: int = 3) -> str:
    """Return the first text under a usual key, also of something inside."""
    if isinstance(value, str):
        return value
    if not depth:
        return ""
    if isinstance(value, list):
        return next(filter(None, (_in_json(each, depth - 1) for each in value)), "")
    if isinstance(value, dict):
        inner = (_in_json(value[key], depth - 1) for key in _KEYS if key in value)
        return next(filter(None, inner), "")
    return ""
