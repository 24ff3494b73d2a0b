"""Which of a message's texts a service gets, and how its title is shown there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from pipeline import Message, Severity
from pipeline.notifiers.schemes import schemes

Format = Literal["text", "markdown", "html"]

_CHATS = frozenset({"dingtalk", "discord", "matrix", "mmost", "revolt", "stoat", "zulip"})
"""Services that show Markdown, though apprise would send them plain text."""
_PROGRAMS = frozenset({"json", "xml", "form", "syslog", "rsyslog"})
"""Readers that get the text as it is: nobody can be mentioned there."""
_TITLE_IN_BODY = frozenset({"discord"})
"""Services that get the title in front of the body, besides those that know no titles."""
_PAGERS = frozenset(
    {"goalert", "ilert", "incidentio", "pagerduty", "signl4", "splunk", "squadcast", "victorops"}
)
"""Services to which a success is the end of some incident, and no news."""

_TYPES = {
    Severity.INFO: "info",
    Severity.NOTICE: "success",
    Severity.WARNING: "warning",
    Severity.ERROR: "failure",
}
_FORMAT_IN_URL = re.compile(r"[?&]format=(text|markdown|html)(?=&|$)", re.IGNORECASE)
_MENTION = re.compile(r"@(?=[^\s@])")
_MARKUP = re.compile(r"[\\`*_~|\[\]<>&]")
_NOTHING_TO_SEE = "\u200b"


@dataclass(frozen=True)
class Suited:
    """A message as apprise is given it."""

    title: str
    body: str
    body_format: Format
    notify_type: str


def suited(service: Any, url: str, message: Message) -> Suited:
    """Return the message as `service`, apprise's object for the URL, is to get it."""
    chosen = _format(service, url)
    title, body = _texts(service, chosen, message)
    return Suited(title, body, chosen, _type(service, message.alert.severity))


def _format(service: Any, url: str) -> Format:
    asked = _FORMAT_IN_URL.search(url)
    if asked:
        return asked[1].lower()  # type: ignore[return-value]  # the pattern knows three
    known = _formats(service)
    if schemes(service) & _CHATS or known[0] == "markdown":
        return "markdown"
    if known[0] == "html":  # some speak a little HTML only, but then Markdown as well
        return "markdown" if "markdown" in known else "html"
    return "text"


def _formats(service: Any) -> list[str]:
    """Return what the service can show, in the order that apprise prefers."""
    declared = service.notify_format
    several = [declared] if isinstance(declared, str) else declared
    return [str(getattr(each, "value", each)) for each in several]


def _texts(service: Any, chosen: Format, message: Message) -> tuple[str, str]:
    if chosen == "html":
        return message.title, message.html
    if schemes(service) & _PROGRAMS:
        return message.title, message.markdown if chosen == "markdown" else message.text
    if chosen == "text":
        return unmentioned(message.title), unmentioned(message.text)
    if service.title_maxlen <= 0 or schemes(service) & _TITLE_IN_BODY:
        return "", f"**{literal(message.title)}**\n\n{message.markdown}"
    return unmentioned(message.title), message.markdown


def unmentioned(text: str) -> str:
    """Return text in which a chat finds nobody to call: nothing can be seen of the change."""
    return _MENTION.sub(f"@{_NOTHING_TO_SEE}", text)


def literal(text: str) -> str:
    """Return one line of plain text as Markdown that shows it as it is."""
    return _MARKUP.sub(lambda mark: f"\\{mark[0]}", unmentioned(text))


def _type(service: Any, severity: Severity) -> str:
    kind = _TYPES[severity]
    return "info" if kind == "success" and schemes(service) & _PAGERS else kind
