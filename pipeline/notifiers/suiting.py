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
    body = {"text": message.text, "markdown": message.markdown, "html": message.html}[chosen]
    body = body or message.title  # apprise sends nothing without a body
    titled = service.title_maxlen > 0 and not schemes(service) & _TITLE_IN_BODY
    if titled or chosen != "markdown":
        return message.title, body
    return "", f"**{message.title}**\n\n{body}"  # apprise would make a heading of it, or nothing


def _type(service: Any, severity: Severity) -> str:
    kind = _TYPES[severity]
    return "info" if kind == "success" and schemes(service) & _PAGERS else kind
